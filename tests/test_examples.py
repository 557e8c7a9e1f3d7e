"""Every file in examples/ does what its comment promises, and an editor finds no fault in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from microcycle import load_request
from microcycle.cli.app import app
from microcycle.models import reading
from microcycle.models.week import Week

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "examples"
SCHEMA = ROOT / "docs" / "constraints.schema.json"
FILES = sorted(path.name for path in FOLDER.iterdir() if path.is_file())


def days(week: Week, *wanted: str) -> list[str]:
    """The days of sessions of these modalities or kinds."""
    return [s.day for s in week.sessions if s.session in wanted or s.modality in wanted]


def jamie(week: Week) -> bool:
    return len(days(week, "lift")) == 3 and days(week, "run")[0] == "tue" and "sun" in week.rest_days


def lifter(week: Week) -> bool:
    return len(days(week, "lift")) == 4 and len(days(week, "run", "cross")) == 1 and week.rest_days == ("sun",)


def first_5k(week: Week) -> bool:
    runs = [("mon", "tue", "wed", "thu", "fri", "sat", "sun").index(day) for day in days(week, "run")]
    apart = all((later - day) % 7 > 1 for day, later in zip(runs, [*runs[1:], runs[0]], strict=True))
    return len(runs) == 3 and apart and len(days(week, "lift")) == 2 and len(week.rest_days) >= 2


def marathon(week: Week) -> bool:
    weekday = set(days(week, "medium-long-run")) <= {"mon", "tue", "wed", "thu", "fri"}
    return days(week, "long-run") == ["sun"] and weekday and len(days(week, "lift")) == 2


def health(week: Week) -> bool:
    return len(days(week, "full-body")) == 2 and len(days(week, "long-run")) == 1 and not days(week, "hiit-any")


def shifts(week: Week) -> bool:
    """In the morning before a late shift; in the afternoon before a night shift and after the last one."""
    morning = all(s.start is not None and s.start < "11:30" for s in week.sessions if s.day in ("mon", "tue"))
    return morning and all(
        s.start is not None and s.start >= "16:30" for s in week.sessions if s.day in ("wed", "thu", "fri")
    )


def parent(week: Week) -> bool:
    return len(days(week, "lift")) == 5 and 1 <= len(days(week, "run", "cross")) <= 2


def coach(week: Week) -> bool:
    legs = days(week, "heavy-lower", "leg-day", "full-body", "plyo-power")
    return days(week, "club-row") == ["wed"] and not {"tue", "wed"} & set(legs)


def consolidate(week: Week) -> bool:
    return bool(set(days(week, "runner-strength")) & set(days(week, "tempo-run", "intervals-vo2")))


def fast_runner(week: Week) -> bool:
    assert week.measures is not None
    metres = week.measures.distance_m["run"]
    return len(days(week, "lift")) == 2 and not {"sat", "sun"} & set(days(week, "lift")) and 60_000 <= metres <= 75_000


def team_sport(week: Week) -> bool:
    return days(week, "match") == ["sat"] and "tue" in days(week, "sprint-intervals") and len(days(week, "lift")) == 2


def comeback(week: Week) -> bool:
    return len(days(week, "lift")) == len(days(week, "run")) == 2 and "wed" in week.rest_days


PROMISES: dict[str, Callable[[Week], bool]] = {
    "jamie.yaml": jamie,
    "lifter.yaml": lifter,
    "first-5k.yaml": first_5k,
    "marathon.yaml": marathon,
    "health.yaml": health,
    "shifts.yaml": shifts,
    "parent.yaml": parent,
    "coach.yaml": coach,
    "consolidate.yaml": consolidate,
    "fast-runner.yaml": fast_runner,
    "team-sport.toml": team_sport,
    "comeback.json": comeback,
}
INFEASIBLE = {"impossible.yaml"}


def test_every_example_has_its_promise() -> None:
    assert {*PROMISES, *INFEASIBLE} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_outcome(name: str) -> None:
    found = CliRunner().invoke(app, ["plan", str(FOLDER / name), "--format", "json"])
    week = Week.model_validate_json(found.stdout)
    assert week.proven
    if name in INFEASIBLE:
        assert (found.exit_code, week.outcome) == (3, "infeasible")
        assert len(week.conflict) >= 2
    else:
        assert (found.exit_code, week.outcome) == (0, "solved")
        assert PROMISES[name](week), [(s.day, s.start, s.session, s.minutes) for s in week.sessions]


@pytest.mark.parametrize("name", FILES)
def test_editor(name: str) -> None:
    first = (FOLDER / name).read_text(encoding="utf-8").splitlines()[0]
    expected = {
        ".yaml": "# yaml-language-server: $schema=../docs/constraints.schema.json",
        ".toml": "#:schema ../docs/constraints.schema.json",
        ".json": "{",  # without comments, there is no place for it
    }
    assert first == expected[Path(name).suffix]
    load_request(FOLDER / name)
    schema: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    faults = [error.message for error in Draft202012Validator(schema).iter_errors(reading.read(FOLDER / name).data)]
    assert not faults


def test_schema_is_the_one_that_the_command_writes() -> None:
    found = CliRunner().invoke(app, ["schema"])
    assert found.stdout == SCHEMA.read_text(encoding="utf-8"), "microcycle schema -o docs/constraints.schema.json"
