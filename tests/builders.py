"""Small problems and weeks for tests, written as people would: `week("mon 07:00 legs 60 + easy-run 15")`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter

from microcycle.models.clause import AnyClause, Severity
from microcycle.models.clock import DAYS, Nights
from microcycle.models.rule import LEVELS, WEIGHTS, Level, Rule
from microcycle.models.selector import Attributes, Selectors
from microcycle.models.session import Exercise, Minutes, SessionKind, Steady
from microcycle.solver.problem import DAY_MIN, Option, Pin, Placed, Problem, RuleInstance, Window

BED, WAKE = 23 * 60, 6 * 60


def run(id: str, intensity: str, legs: str, srpe: int, fast: int = 0, **more: Any) -> SessionKind:
    """A run or ride of 5 to 180 minutes, `fast` percent of it fast."""
    steady = Steady(do="steady", effort="easy", minutes=(5, 30, 180), by=5, fast=fast)
    return SessionKind(
        **{"modality": "run", "minutes": Minutes(min=5, max=180, default=30), "steps": (steady,)}
        | _common(id, intensity, legs, srpe)
        | more
    )


def lift(id: str, intensity: str, legs: str, srpe: int, *sets: tuple[int, str], **more: Any) -> SessionKind:
    """A lift of 20 to 90 minutes: so many hard sets for each muscle at any length."""
    warm_up = Steady(do="steady", effort="easy", minutes=(0, 10, 90))
    exercises = tuple(
        Exercise(do="exercise", name=muscle, direct=(muscle,), sets=(n, n, n), reps="5", set_s=60) for n, muscle in sets
    )
    return SessionKind(
        **{"modality": "lift", "minutes": Minutes(min=20, max=90, default=60), "steps": (warm_up, *exercises)}
        | {"muscles": tuple(muscle for _, muscle in sets)}
        | _common(id, intensity, legs, srpe)
        | more
    )


def _common(id: str, intensity: str, legs: str, srpe: int) -> dict[str, Any]:
    name = id.replace("-", " ").capitalize()
    return {
        "id": id, "name": name, "short": id[:12], "intensity": intensity, "leg_load": legs, "srpe": srpe,
        "recovery_h": 24, "sources": ("own",),
    }  # fmt: skip


KINDS = {
    kind.id: kind
    for kind in (
        run("easy-run", "easy", "light", 3),
        run("tempo-run", "hard", "moderate", 7, fast=50),
        run("long-run", "moderate", "moderate", 5, hard_from=90),
        run("bike", "easy", "light", 3, modality="cross"),
        run("strides", "easy", "light", 4, fast=20, counts=False),
        run("walk", "easy", "none", 1, modality="walk", counts=False),
        run("yoga", "easy", "none", 2, modality="mobility", counts=False),
        lift("legs", "hard", "heavy", 7, (4, "quads"), (3, "glutes")),
        lift("full-body", "moderate", "moderate", 6, (3, "quads"), (3, "chest"), (2, "back")),
        lift("upper", "moderate", "none", 6, (4, "chest"), (4, "back")),
    )
}

ROWS: dict[str, dict[str, Any]] = {
    "runs": {"modality": ("run",), "counts": True},
    "main-runs": {"modality": ("run",), "counts": True, "finisher": False},
    "lifts": {"modality": ("lift",)},
    "aerobic": {"modality": ("run", "cross"), "counts": True},
    "hard": {"intensity": ("hard",)},
    "hard-runs": {"modality": ("run",), "intensity": ("hard",)},
    "heavy-legs": {"modality": ("lift",), "leg_load": ("heavy",)},
    "training": {"modality": ("run", "lift", "cross")},
    "active-active": {"modality": ("run", "lift", "power", "cross")},
    "active-gentle": {"any_of": ("active-active", "yoga", "walk > 30")},
    "active-strict": {"modality": ("run", "lift", "power", "cross", "mobility", "walk")},
}
SELECTORS = {name: Attributes(about=name, **row) for name, row in ROWS.items()}


def minute(day: int, clock: str) -> int:
    hours, minutes = clock.split(":")
    return day * DAY_MIN + int(hours) * 60 + int(minutes)


def week(*visits: str) -> tuple[Placed, ...]:
    """One string a visit: day, start if known, `kind minutes` joined by `+`; `last-sun` is last week's."""
    placed: list[Placed] = []
    for number, text in enumerate(visits):
        word, rest = text.split(maxsplit=1)
        day = DAYS.index(word.removeprefix("last-")) - 7 * word.startswith("last-")
        clock = rest.split()[0]
        start = minute(day, clock) if ":" in clock else None
        for order, part in enumerate((rest.removeprefix(clock) if start is not None else rest).split("+")):
            id, minutes = part.split()
            finisher = order > 0 and KINDS[id].counts
            placed.append(Placed(KINDS[id], int(minutes), day, start, number, finisher))
            start = None if start is None else start + int(minutes)
    return tuple(placed)


def window(day: str, open: str, close: str, setup: int = 0, only: str | None = None, index: int = 0) -> Window:
    at = DAYS.index(day)
    return Window(index, at, minute(at, open), minute(at, close), setup, only, None, ("windows", index))


def pin(kind: str, *days: str, start: str | None = None, minutes: tuple[int, ...] = (), index: int = 0) -> Pin:
    at = None if start is None else minute(0, start)
    which = tuple(DAYS.index(day) for day in days)
    return Pin(index, KINDS[kind], which, at, minutes, False, "", "", ("pins", index))


def options(kind: str, *lengths: int) -> tuple[Option, ...]:
    return tuple(Option(index, KINDS[kind], length, False) for index, length in enumerate(lengths))


CLAUSE: TypeAdapter[AnyClause] = TypeAdapter(AnyClause)


def clause(family: str, **fields: Any) -> AnyClause:
    return CLAUSE.validate_python({"family": family, **fields})


def rule(
    *clauses: AnyClause, severity: Severity = "tier2", level: Level = "interference", match: str = "{where}."
) -> tuple[RuleInstance, ...]:
    made = Rule(
        id="a-rule", statement="A rule.", why="A test.", evidence="own choice", sources=("own",), unit="item",
        severity=severity, level=level, clauses=clauses, match=match,
    )  # fmt: skip
    weight = WEIGHTS.get(severity, 0)
    return tuple(RuleInstance(i, made, c, severity, level, weight) for i, c in enumerate(clauses))


def problem(rules: Iterable[RuleInstance] = (), **fields: Any) -> Problem:
    """A cyclic week with nothing in it but the rules; `fields` are the Problem's own."""
    plain: dict[str, Any] = {
        "goal": "test", "primary": "run", "selectors": Selectors(SELECTORS, KINDS), "kinds": KINDS,
        "options": (), "combos": frozenset(), "windows": (), "places": (), "pins": (),
        "rules": tuple(rules), "levels": LEVELS, "history": (), "wraps": True,
        "nights": Nights((BED,) * 7, (WAKE,) * 7), "grid": 5,
    }  # fmt: skip
    return Problem(**plain | fields)
