"""Week documents: what they hold, that they come back as they went, and weeks by hand with every error placed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from handy_weeks import DATA, made

import microcycle
from microcycle import InputError, audit, load_request
from microcycle.models import reading
from microcycle.models.catalogue import catalogue
from microcycle.models.week import Check, Week
from microcycle.solver.handmade import read_week
from microcycle.solver.nutrition import nutrition
from microcycle.solver.resolve import resolve

JAMIE = DATA / "jamie.yaml"


def pieces(text: str) -> list[tuple[str, int, int, int | None, bool]]:
    """Kind, minutes, day, start and finisher of a week by hand."""
    request = load_request(JAMIE)
    document = reading.parse(text, "hand.yaml", "yaml")
    found = read_week(document, resolve(request, catalogue()), request)
    return [(p.kind.id, p.minutes, p.day, p.start, p.finisher) for p in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("week: {mon: easy-run}", [("easy-run", 30, 0, None, False)]),
        ("mon: [easy-run]", [("easy-run", 30, 0, None, False)]),
        ("week: {mon: {session: easy-run, minutes: 40 min}}", [("easy-run", 40, 0, None, False)]),
        ('week: {tue: [{session: easy-run, start: "6:30 pm"}]}', [("easy-run", 30, 1, 1440 + 1110, False)]),
        ("week: {2026-11-25: [easy-run], sun: rest, sat: []}", [("easy-run", 30, 2, None, False)]),
        ("week: {mon-tue: [core]}", [("core", 15, 0, None, False), ("core", 15, 1, None, False)]),
        (
            "week: {wed: [{session: upper, minutes: 45, visit: 1, start: 7am}, {session: easy-run, minutes: 15, visit: 1}]}",
            [("upper", 45, 2, 2880 + 420, False), ("easy-run", 15, 2, 2880 + 465, True)],
        ),
        (
            "week: {wed: [{session: upper, minutes: 45}, {session: easy-run, minutes: 15}]}",
            [("upper", 45, 2, None, False), ("easy-run", 15, 2, None, False)],
        ),
        (
            "week: {wed: [{session: easy-run, minutes: 15, start: 7:45}, {session: upper, minutes: 45, start: 7am}]}",
            [("upper", 45, 2, 2880 + 420, False), ("easy-run", 15, 2, 2880 + 465, True)],
        ),
        (
            "week: {wed: [{session: upper, minutes: 45, start: 7am}, {session: easy-run, minutes: 15, start: 7:50}]}",
            [("upper", 45, 2, 2880 + 420, False), ("easy-run", 15, 2, 2880 + 470, False)],
        ),
        ("week: {sat: [{session: long-run, minutes: 40}]}", [("long-run", 40, 5, None, False)]),
        ("week: {}", []),
    ],
)
def test_week_by_hand(text: str, expected: list[tuple[str, int, int, int | None, bool]]) -> None:
    assert pieces(text) == expected


@pytest.mark.parametrize(
    ("text", "place", "part"),
    [
        ("week: {mon: [{session: leg-dya}]}", "1:24", "did you mean 'leg-day'?"),
        ("week: {mon: [leg-dya]}", "1:14", "did you mean 'leg-day'?"),
        ("week: {mno: [easy-run]}", "1:8", "mon"),
        ("week:\n  mon: [{session: easy-run, minute: 30}]", "2:29", "did you mean 'minutes'?"),
        ("week:\n  mon: [{session: easy-run, minutes: 3}]", "2:38", "5 to 720 minutes"),
        ("week:\n  mon: [{session: easy-run, minutes: 0}]", "2:38", "5 to 720"),
        ("week:\n  mon: [{session: easy-run, minutes: often}]", "2:38", "length of time"),
        ('week:\n  mon: [{session: easy-run, start: "25:00"}]', "2:36", "time of day"),
        ("week:\n  mon: [{session: easy-run, visit: first}]", "2:36", "number from 1"),
        ("week:\n  mon: [{minutes: 30}]", "2:9", "session is missing"),
        ("week:\n  mon: 30", "2:8", "list of sessions"),
        ("week:\n  mon: [3]", "2:9", "no session"),
        ("week:\n  mon: [easy-run]\n  mon-wed: [core]", "3:3", "named twice"),
        ("week:\n  2026-12-25: [easy-run]", "2:3", "another week"),
        ("week: [1, 2]", "1:7", "no week"),
        ("{}", "1:1", "holds no week; expected 'week:' with days"),
        ("week:\n  2026-11-31: [easy-run]", "2:3", "no day of the calendar"),
        ("- 1", "1:1", "no week"),
        (
            'week: {wed: [{session: upper, visit: 1, start: "07:00"}, {session: core, visit: 1, start: "07:10"}]}',
            "1:91",
            "before the session in front of it",
        ),
        ('{"schema": "microcycle/week/2", "sessions": []}', "1:12", "microcycle/week/1"),
        ('{"outcome": "infeasible", "sessions": []}', "1:13", "holds no week"),
        ('{"sessions": {}}', "1:14", "list"),
        ('{"sessions": [3]}', "1:15", "no session"),
        ('{"sessions": [{"session": "easy-run", "day": "someday"}]}', "1:46", "no day"),
        ('{"sessions": [{"session": "easy-run"}]}', "1:15", "no day"),
    ],
)
def test_errors_name_their_place(text: str, place: str, part: str) -> None:
    with pytest.raises(InputError) as caught:
        pieces(text)
    message = str(caught.value)
    assert message.startswith(f"hand.yaml:{place}: "), message
    assert part in message


@pytest.mark.parametrize(
    ("first", "then", "at", "one"),
    [
        ("upper", "easy-run", "18:15", True),
        ("upper", "easy-run", "18:20", False),
        ("easy-run", "strides", "18:15", True),
        ("easy-run", "upper", "18:15", False),  # nothing that may follow an easy run in its visit
    ],
)
def test_what_follows_without_a_break_is_one_visit(first: str, then: str, at: str, one: bool) -> None:
    """Numbered or not, as the README says: rules on hours between sessions do not speak of it."""
    request = load_request({"goal": "run-10k", "availability": {"daily": "06:00-21:00"}})
    lines: list[dict[str, Any]] = [{"session": first, "start": "17:30", "minutes": 45}, {"session": then, "start": at}]
    for week in ([lines[0], lines[1]], lines[::-1]):
        found = audit(request, {"week": {"mon": week}})
        assert [session.visit for session in found.sessions] == [1, 1 if one else 2]
        assert ("same-day-separation" in {match.rule for match in found.hard}) == (not one)
    if one:
        numbered = audit(request, {"week": {"mon": [{**line, "visit": 1} for line in lines]}})
        assert numbered.matches == found.matches


def test_a_date_in_the_week_file_of_a_file_without_dates() -> None:
    request = load_request({"goal": "run-5k", "availability": {"daily": "06:00-22:00"}})
    document = reading.parse("week:\n  mon: rest\n  2026-11-24: [easy-run]\n", "hand.yaml")
    with pytest.raises(InputError) as caught:
        audit(request, document)
    assert str(caught.value).startswith("hand.yaml:3:3: a date needs to know its week; expected 'week_of'")
    assert "in request" in str(caught.value)


def test_a_week_of_rest_is_a_week() -> None:
    assert audit(load_request(JAMIE), {"week": {}}).sessions == ()
    with pytest.raises(InputError, match="holds no week"):
        audit(load_request(JAMIE), {})


@pytest.mark.parametrize(
    ("pinned", "says"),
    [
        ({"day": "tue"}, "Tuesday: easy run is missing (fixed by you)"),
        (
            {"day": ["tue", "thu"], "start": "18:30"},
            "Tuesday or Thursday: easy run is missing (fixed by you: 18:30, 30 min)",
        ),
        ({"day": "tue", "minutes": 40}, "Tuesday: easy run is missing (fixed by you: 40 min)"),
        (
            {"day": "tue", "session": "run club", "counts_as": "easy-run", "start": "18:30", "minutes": 45},
            "Tuesday: run club is missing (fixed by you: 18:30, 45 min)",
        ),
    ],
)
def test_a_pinned_session_that_is_not_there_is_missing(pinned: dict[str, Any], says: str) -> None:
    request = load_request(
        {"goal": "run-5k", "availability": {"daily": "17:00-21:00"}, "pinned": [{"session": "easy-run", **pinned}]}
    )
    found = audit(request, {"mon": [{"session": "easy-run", "minutes": 30, "start": "18:00"}]})
    assert [match.text for match in found.matches if match.rule == "fit-availability"] == [says]


def test_a_pin_is_recognised_and_exempt_from_windows() -> None:
    found = audit(load_request(JAMIE), {"tue": [{"session": "easy-run", "minutes": 45, "start": "18:30"}]})
    assert [s.pinned for s in found.sessions] == [True]
    assert found.sessions[0].note == "run club"
    assert not [m for m in found.matches if m.rule == "fit-availability"]


def test_document_comes_back_from_its_json() -> None:
    week = made()
    text = week.to_json()
    data = json.loads(text)
    assert list(data)[:6] == ["schema", "id", "revision", "outcome", "proven", "limit"]
    assert data["schema"] == "microcycle/week/1"
    assert "stats" not in data
    assert Week.model_validate_json(text) == week
    assert Week.model_validate(data).to_json() == text


def test_issue_names() -> None:
    data = json.loads(made().to_json())
    first = data["sessions"][0]
    wanted = {"id", "day", "date", "session", "start", "end", "minutes", "visit", "pinned", "content"}
    assert wanted <= set(first)
    assert first["date"] == "2026-11-23"
    assert {"name", "value", "bound", "proven"} == set(data["levels"][0])
    assert {"rule", "severity", "amount", "where", "text"} <= set(data["matches"][0])
    ids = [session["id"] for session in data["sessions"]]
    assert len(ids) == len(set(ids))
    assert len(data["measures"]["load_by_day"]) == 7
    assert data["nutrition"]


def test_a_planned_week_checks_like_the_week_it_is(tmp_path: Path) -> None:
    week = made()
    path = tmp_path / "week.json"
    path.write_text(week.to_json(), encoding="utf-8")
    request = load_request(JAMIE)
    from_file, from_model = audit(request, path), audit(request, week)
    assert from_file == from_model
    assert from_file.sessions == week.sessions
    assert from_file.measures == week.measures
    assert from_file.levels == {level.name: level.value for level in week.levels}
    assert Check.model_validate_json(from_file.to_json()) == from_file


def test_id_follows_the_meaning_of_the_request(tmp_path: Path) -> None:
    text = JAMIE.read_text(encoding="utf-8")
    other = tmp_path / "other.yaml"
    lines = text.splitlines()
    other.write_text("# a comment\n" + "\n".join([*lines[1:3], lines[0], *lines[3:]]) + "\ngrid: 5\n", encoding="utf-8")
    changed = tmp_path / "changed.yaml"
    changed.write_text(text.replace("sun: none", "sun: 09:00-10:00"), encoding="utf-8")
    assert made(other).id == made().id
    assert made(changed).id != made().id


def test_invisible_characters_are_escaped_in_json() -> None:
    name = "Zo\u00eb \u202eevil\u202c"
    week = made().model_copy(update={"athlete": name})
    text = week.to_json()
    assert "\u202e" not in text
    assert "Zo\u00eb" in text
    assert json.loads(text)["athlete"] == name


def test_nutrition_is_a_range_with_a_source() -> None:
    minutes = {"run": 60, "lift": 120, "cross": 30, "total": 210}
    protein, energy, carbohydrate = nutrition(72_575, minutes, deficit=False)
    assert (protein.low, protein.high, protein.unit) == (115, 160, "g/day")
    # 72.575 kg x (60 min x 7.0 + 120 min x 3.5) / 60, and at the upper table values.
    assert (energy.low, energy.high) == (1020, 1470)
    assert "not counted" in energy.text
    assert (carbohydrate.low, carbohydrate.high) == (220, 365)
    known = catalogue().sources
    assert all(source in known for item in (protein, energy, carbohydrate) for source in item.sources)
    assert "upper end" in nutrition(72_575, minutes, deficit=True)[0].text


def test_mapping_as_request() -> None:
    request = load_request({"goal": "run-5k", "availability": {"daily": "06:00-22:00"}})
    assert audit(request, {"week": {}}).measures.minutes == {"total": 0}
    with pytest.raises(InputError, match="goal"):
        load_request({"availability": {"daily": "06:00-22:00"}})


def test_no_week_to_check() -> None:
    with pytest.raises(InputError, match="holds no week"):
        audit(load_request(JAMIE))


@pytest.mark.parametrize(
    "code",
    [
        "import microcycle",
        "from microcycle import load_request, plan_week, audit, Week, Check, Request, InputError, AuditError",
        f"import microcycle as m; m.audit(m.load_request({str(JAMIE)!r}), {str(DATA / 'hand.yaml')!r})",
    ],
)
def test_no_heavy_imports(code: str) -> None:
    end = "; import sys; print(sorted({'ortools', 'pandas', 'numpy'} & {m.split('.')[0] for m in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code + end], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_public_names() -> None:
    names: list[Any] = [getattr(microcycle, name) for name in microcycle.__all__]
    assert all(name is not None for name in names)
    with pytest.raises(AttributeError):
        _ = microcycle.nothing
