"""Every broken constraints file is told at its place, with what was expected, exit code 2 and no traceback."""

from __future__ import annotations

import pickle
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from microcycle import load_request
from microcycle.cli.app import app
from microcycle.cli.commands.schema import constraints
from microcycle.errors import Code, InputError
from microcycle.models import reading

BAD = Path(__file__).parent / "data" / "bad" / "request"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((BAD / "expected.toml").read_text("utf-8"))
SYNTAX = BAD.parent / "syntax"
RUN = CliRunner()


def test_every_broken_file_is_expected() -> None:
    assert sorted(EXPECTED) == sorted(f.name for f in BAD.iterdir() if f.name != "expected.toml")
    assert len(EXPECTED) >= 60


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_broken_request(name: str) -> None:
    row = EXPECTED[name]
    found = RUN.invoke(app, ["plan", str(BAD / name)])
    assert found.exit_code == 2, found.output
    assert found.stdout == ""
    line, column = row["at"]
    assert found.stderr.startswith(f"{BAD / name}:{line}:{column}: ")
    assert found.stderr.count("\n") == 1
    assert len(found.stderr) < 700
    for words in row["says"]:
        assert words in found.stderr
    assert "expected" in found.stderr or "missing" in found.stderr


@pytest.mark.parametrize("command", ["plan", "check"])
@pytest.mark.parametrize("file", [BAD / "unknown_goal.yaml", BAD / "pin_over_pin.yaml", SYNTAX / "alias_bomb.yaml"])
def test_in_a_process_of_its_own(command: str, file: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "microcycle", command, str(file)], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith(f"{file}:")
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize("name", sorted(f.name for f in SYNTAX.iterdir() if f.name != "expected.toml"))
def test_broken_syntax_ends_alike(name: str) -> None:
    found = RUN.invoke(app, ["plan", str(SYNTAX / name)])
    assert (found.exit_code, found.stdout) == (2, "")
    assert found.stderr.count("\n") == 1


# What only a look at the names, the calendar or the whole can tell is beyond an editor.
SEEN_BY_EDITORS = [
    "age_900",
    "deep_rules",
    "list_for_map",
    "list_forbid",
    "list_want",
    "map_for_list",
    "missing_goal",
    "null_goal",
    "number_exclude",
    "number_window",
    "own_missing_like",
    "parameter_text",
    "parameter_too_large",
    "phase",
    "policy_number",
    "race",
    "text_want",
    "thousand_pins",
    "true_minutes",
    "unknown_athlete_key",
    "unknown_experience",
    "unknown_experience_word",
    "unknown_goal",
    "unknown_key",
    "unknown_modality",
    "unknown_parameter",
    "unknown_policy",
    "unknown_policy_value",
    "unknown_primary",
    "unknown_severity",
    "unknown_severity_field",
    "want_null",
    "want_unknown_field",
    "whole_list",
    "whole_text",
]


@pytest.mark.parametrize("name", SEEN_BY_EDITORS)
def test_editors_see_it_too(name: str) -> None:
    document = reading.read(BAD / f"{name}.yaml")
    assert not Draft202012Validator(constraints()).is_valid(document.data)


MANY = """\
goal: run-10k
availability:
  mon: 17:30-20:30
  tusday: 17:30-20:30
  sat: 08:00-12:00
want: {lifs: 3, runs: 3, distance: 5}
prefer: {long-rum: sat}
exclude: [tempo-rum]
pinned:
  - {session: easy-run, day: mon, start: "19:00", minutes: 45}
  - {session: esy-run, day: sat, start: "09:00", minutes: 45}
  - {session: easy-run, day: mon, start: "19:15"}
policies: {ordr: either}
rules: {easy-run-cap-on-lift-day: {minutes: 900}, mine: {family: bond}}
history: {last_week: [{session: esay-run, day: sun}]}
"""
FOUND = [
    "4:3 not-a-day", "6:8 unknown-name", "6:26 unknown-key", "7:10 unknown-name", "8:11 unknown-name", "11:15 unknown-name",
    "12:5 contradiction", "13:12 unknown-name", "14:45 contradiction", "14:66 unknown-name", "15:33 unknown-name",
]  # fmt: skip


def mistakes(text: str, tmp_path: Path) -> tuple[list[str], str]:
    """Place and code of all that is wrong in a file, and what `plan` prints."""
    path = tmp_path / "many.yaml"
    path.write_text(text, encoding="utf-8")
    found = RUN.invoke(app, ["plan", str(path)])
    assert (found.exit_code, found.stdout) == (2, "")
    told = [line.removeprefix(f"{path}:").split(": ")[0] for line in found.stderr.splitlines() if line.startswith(str(path))]
    codes = [line.rpartition(" [")[2].rstrip("]") for line in found.stderr.splitlines() if line.startswith(str(path))]
    return [f"{place} {code}" for place, code in zip(told, codes, strict=True)], found.stderr


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    found, printed = mistakes(MANY, tmp_path)
    assert found == FOUND[:10]
    assert printed.endswith("\nand 1 more\n")


def test_mistakes_of_form_and_of_meaning_are_told_together(tmp_path: Path) -> None:
    text = MANY.replace("runs: 3,", "runs: no,").replace("goal", "athlete: {age: 900, x: 1}\ngoal")
    found, printed = mistakes(text, tmp_path)
    assert found[:5] == ["1:16 bad-value", "1:21 unknown-key", "5:3 not-a-day", "7:8 unknown-name", "7:23 bad-value"]
    assert printed.endswith("\nand 4 more\n")


def test_names_are_told_though_nobody_knows_the_goal(tmp_path: Path) -> None:
    """A goal that is none, of no form or missing: names are the same for all, and what depends on it is not judged."""
    text = """
availability: {mon-fri: 18:00-20:00, sunday: 8-10}
primary: run
pinned: [{session: easy run, day: tue}, {session: upper, day: tue, start: "07:00", minutes: 40}]
prefer: {Long run: sat}
want: {mileage: 40 mi, hours: 6, run: 60 km, days: 4, tempo-run: 1}
forbid: {run: [sun, mun]}
"""
    places = ["2:46", "4:20", "5:10", "6:8", "6:24", "6:34", "6:46", "7:15"]
    for goal, at in (("goal: Run 10k", ["1:7"]), ("goal: 5", ["1:7"]), ("goal: [x]", ["1:7"]), ("next: cycle", ["1:1"])):
        assert [found.split()[0] for found in mistakes(goal + text, tmp_path)[0]] == at + places
    led = "goal: hypertrophy\nprimary: run\navailability: {mno: 18:00-20:00, tue: 18:00-20:00}\n"
    assert mistakes(led, tmp_path)[0] == ["2:10 unknown-name", "3:16 not-a-day"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # What stands where time is missing by mistake need not lie outside all windows.
        ("availability: {mno: 17:30-20:30, sat: 08:00-12:00}\npinned: [{session: easy-run, day: mon, start: '18:00'}]",
         ["2:16 not-a-day"]),
        # Keys with a comma between them are one slip.
        ("availability: {Mon, Wed, Fri: 17:30-20:30}\nwant: {lifts, runs, easy-run: 1}",
         ["2:16 empty-value", "3:8 empty-value"]),
        # A decimal comma between braces is one slip.
        ("availability: {daily: 17:30-20:30}\nwant: {run_distance: 40,5 km}\nathlete: {bodyweight: 72,5}",
         ["3:22 bad-value", "4:23 bad-value"]),
        # A session that is ill described is known all the same.
        ("availability: {daily: 17:30-20:30}\nsessions: {match: {like: rase}}\npinned: [{session: match, day: mon}]",
         ["3:26 unknown-name"]),
        # Without its goal or its week, nothing else that is told of a file need be true.
        ("availability: {daily: 17:30-20:30, 2026-11-24: none}\nweek_of: 2026-11-25\nwant: {lifs: 3}", ["3:10 not-a-date"]),
    ],
)  # fmt: skip
def test_nothing_is_told_that_only_follows(text: str, expected: list[str], tmp_path: Path) -> None:
    assert mistakes(f"goal: run-5k\n{text}\n", tmp_path)[0] == expected


def test_codes_are_those_of_the_readme() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    assert [code for code in get_args(Code) if f"`{code}`" not in readme] == []


def test_what_else_is_wrong_is_no_part_of_what_is_sent_between_processes() -> None:
    with pytest.raises(InputError) as caught:
        load_request({"goal": "run-5k", "availability": {}, "x": 1, "y": 2})
    sent = pickle.loads(pickle.dumps(caught.value))
    assert (str(sent), sent.code, sent.others) == (str(caught.value), "unknown-key", None)
    assert len(caught.value.mistakes) == 2
