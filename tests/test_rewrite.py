"""Changes written into a file's own text: what it says, and what it keeps."""

from __future__ import annotations

from pathlib import Path

import pytest
from asks import asked

from microcycle import load_request
from microcycle.errors import InputError
from microcycle.models.edit import Edit, edited
from microcycle.models.reading import parse
from microcycle.models.rewrite import rewritten

EXAMPLES = sorted(path for path in (Path(__file__).parent.parent / "examples").iterdir() if path.is_file())
YAML = """\
# Mine.
goal: run-10k   # the club's
availability:
  mon-fri: 17:30-20:30  # after work
  2026-11-28: 08:00-12:00
week_of: 2026-11-23
pinned:
  - {session: easy-run, day: tue}  # with Ann
  - session: upper
    day: thu
want: {lifts: 2-3, "runs": 3}
"""
EDITS = (
    Edit(("availability", "2026-11-28"), ["08:00-12:30", {"at": "18:00-19:00", "only": ["runs"]}]),
    Edit(("pinned", 0), remove=True),
    Edit(("want", "lifts"), 2),
    Edit(("want", "easy-run"), {"max": 2}),
    Edit(("rules", "same-day-separation", "hours"), 5),
)


def test_yaml_keeps_its_comments_and_order() -> None:
    assert rewritten(asked(YAML), EDITS) == (
        "# Mine.\n"
        "goal: run-10k   # the club's\n"
        "availability:\n"
        "  mon-fri: 17:30-20:30  # after work\n"
        "  2026-11-28: [08:00-12:30, {at: 18:00-19:00, only: [runs]}]\n"
        "week_of: 2026-11-23\n"
        "pinned:\n"
        "  - session: upper\n"
        "    day: thu\n"
        'want: {lifts: 2, "runs": 3, easy-run: {max: 2}}\n'
        "rules:\n"
        "  same-day-separation:\n"
        "    hours: 5\n"
    )


def test_toml_keeps_its_comments_and_order() -> None:
    text = (
        '# Mine.\ngoal = "run-10k"  # the club\'s\n[availability]\nmon-fri = "17:30-20:30"\n\n'
        '[[pinned]]\nsession = "upper"\nday = "thu"\n'
    )
    edits = [Edit(("availability", "sat"), "08:00-09:00"), Edit(("pinned", 0, "day"), "fri")]
    wanted = text.replace('20:30"\n', '20:30"\nsat = "08:00-09:00"\n').replace('"thu"', '"fri"')
    assert rewritten(asked(text, "toml"), edits) == wanted


@pytest.mark.parametrize(
    "text",
    [
        '{\n  "goal": "run-10k",\n  "want": {"lifts": 2, "runs": 3}\n}\n',
        '{"goal": "run-10k", "want": {"lifts": 2}}',
        '{\n\t"goal": "run-10k",\n\t"want": {\n\t\t"lifts": 2\n\t}\n}',
        '{\n    "want": {\n        "lifts": 2\n    },\n    "goal": "run-10k"\n}\n',
    ],
)
def test_json_keeps_its_layout(text: str) -> None:
    assert rewritten(asked(text, "json"), [Edit(("want", "lifts"), 1)]) == text.replace('"lifts": 2', '"lifts": 1')


def test_line_ends_stay() -> None:
    text = "goal: run-10k\r\nwant: {lifts: 2}\r\n"
    assert rewritten(asked(text), [Edit(("want", "lifts"), 1)]) == "goal: run-10k\r\nwant: {lifts: 1}\r\n"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_text_says_what_the_request_says(path: Path) -> None:
    request = load_request(path)
    edits = [Edit(("want", "lifts"), {"max": 4}), Edit(("rules", "max-sessions-per-day"), "soft")]
    edits += [Edit(("pinned", 0), remove=True)] if len(request.spec.pinned) > 1 else []
    again = parse(rewritten(request, edits), path.name, request.document.kind)
    assert again.data == edited(request, edits).document.data
    assert all(line in rewritten(request, edits) for line in request.document.text.splitlines() if line.startswith("#"))


def test_places_of_what_stays_are_known_under_their_new_numbers() -> None:
    request = edited(asked(YAML), [Edit(("pinned", 0), remove=True)])
    assert request.document.cite(("pinned", 0)) == "week.yaml:9"
    assert [pin.session for pin in request.spec.pinned] == ["upper"]


def test_what_was_never_a_text_cannot_be_written() -> None:
    with pytest.raises(InputError, match="no file that could be changed"):
        rewritten(load_request({"goal": "run-10k"}), [Edit(("want", "lifts"), 1)])


def test_what_only_one_of_the_libraries_cannot_read_is_kept() -> None:
    """A date that there is not is a text, and a separator of lines is no line, as for our own reader."""
    text = "goal: run-5k\nathlete: {name: 2026-02-30} # a\u2028b: c\nwant: {lifts: 3} # \ue000\n"
    assert rewritten(asked(text), [Edit(("want", "lifts"), 2)]) == text.replace("3}", "2}")


def test_an_item_behind_the_last_is_new_and_any_other_leads_nowhere() -> None:
    request = asked(YAML)
    pin = {"session": "easy-run", "day": "wed"}
    assert edited(request, [Edit(("pinned", 2), pin)]).document.data["pinned"][2] == pin
    assert parse(rewritten(request, [Edit(("pinned", 2), pin)]), "week.yaml").data["pinned"][2] == pin
    for path in (("pinned", 3), ("pinned", "x"), ("goal", "x"), ("availability", "mon-fri", "at"), ("pinned", 5, "day")):
        with pytest.raises(InputError, match="nothing can stand at"):
            edited(request, [Edit(path, "mon")])
