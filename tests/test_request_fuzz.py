"""Broken in any way, a constraints file is refused in one line or still means a sound problem; nothing else happens."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from asks import OWN, SKETCH
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from microcycle.cli.commands.schema import constraints
from microcycle.errors import InputError
from microcycle.models import reading
from microcycle.models.catalogue import catalogue
from microcycle.models.request import Request, RequestSpec
from microcycle.solver.audit import audit
from microcycle.solver.pins import overlap
from microcycle.solver.problem import DAY_MIN, Problem
from microcycle.solver.resolve import resolve

EXAMPLES = Path(__file__).parent.parent / "examples"
OWN_READ = {key: reading.parse(text, "own", "yaml").data for key, text in OWN.items()}
OWN_RULES = "rules: {" + ", ".join(f"own-{name}: {text}" for name, text in OWN.items()) + "}"
SEEDS: list[Any] = [
    *(reading.read(path).data for path in sorted(EXAMPLES.iterdir()) if path.suffix in (".yaml", ".toml", ".json")),
    reading.parse(SKETCH, "sketch", "yaml").data,
    reading.parse(f"goal: run-10k\navailability: {{mon-sun: 17:30-20:30}}\n{OWN_RULES}", "own", "yaml").data,
]
SCHEMA = Draft202012Validator(constraints())
KINDS, GROUPS = list(catalogue().kinds), list(catalogue().selector_rows)
RULES, GOALS = list(catalogue().rules), list(catalogue().goals)
JUNK: list[Any] = [
    None, True, False, 0, -1, 1, 3, 52, 99999, 10**18, 0.5, 1e300, "", " ", "x", "none", "off", "on", "rest", "~3",
    "2-4",
    "5-2", "0", "25:00", "06:30", "18:30", "06:00-07:30", "22:00-02:00", "23:30-00:30", "08:00-07:00", "0:52", "mon",
    "tue", "mon-sun", "sat-mon", "2026-11-23", "2026-11-24", "2027-03-28", "{", "}", "{where}", "{0}", "{}", "$x", "$5",
    "runs > 45", "runs >", "run | lifts", "|", "a" * 300, "\u202e", "ä", "8 km", "5 mi", "60 min", "160 lb", "6:00 /km",
    "Europe/London", "bed-120", "home", "track", [], {}, [[]], [{}], {"a": 1}, [None], ["mon", "tue"], [1, 2, 3],
    {"at": "06:00-08:00"}, {"min": 1, "max": 2}, {"minutes": "60-90"}, {"days": "sat", "hours": "06:00-09:00"},
    {"session": "easy-run", "day": "tue", "start": "18:00", "minutes": 52}, {"session": "upper", "day": ["mon", "thu"]},
    {"family": "bound", "quantity": "sessions", "of": "runs", "max": 2}, {"like": "easy-run"}, {"like": "race"},
]  # fmt: skip
KEYS = [
    *RequestSpec.model_fields,
    "min",
    "max",
    "target",
    "minutes",
    "severity",
    "day",
    "start",
    "of",
    "at",
    "only",
    "x",
]


def nodes(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of everything below the top."""
    children = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from nodes(child, (*path, key))


def anything(random: Random) -> Any:
    pools: list[list[Any]] = [JUNK, JUNK, JUNK, KINDS, GROUPS, RULES, GOALS]
    return copy.deepcopy(random.choice(random.choice(pools)))


def retyped(random: Random, value: Any) -> Any:
    forms: list[Any] = [[value], {"x": value}, str(value)[:60], [value, value]]
    if isinstance(value, dict) and value:
        forms += [list(value.values()), next(iter(value))]
    if isinstance(value, list) and value:
        forms += [value[0], {str(i): v for i, v in enumerate(value)}]
    return copy.deepcopy(random.choice(forms))


def mutate(random: Random, data: Any) -> None:
    """One change somewhere: a node gone, another value, another type, twice, moved, or under another key."""
    path = random.choice(list(nodes(data)))
    parent = data
    for key in path[:-1]:
        parent = parent[key]
    key, how = path[-1], random.randrange(7)
    if how == 0:
        del parent[key]
    elif how in (1, 2):
        parent[key] = anything(random)
    elif how == 3:
        parent[key] = retyped(random, parent[key])
    elif how == 4 and isinstance(parent, list):
        parent.insert(random.randrange(len(parent) + 1), copy.deepcopy(parent[key]))
    elif isinstance(parent, dict):
        names = [random.choice(KEYS), str(anything(random))[:80], random.choice(KINDS), random.choice(GROUPS)]
        name = random.choice(names)
        parent[name] = parent.pop(key) if how == 5 else anything(random)
    else:
        parent[key] = copy.deepcopy(random.choice(SEEDS)).get(random.choice(KEYS))


def composed(random: Random) -> dict[str, Any]:
    """A request in which each line by itself is well written; together they may still contradict each other."""

    def some(most: int) -> range:
        return range(random.randint(0, most))

    def clock() -> str:
        return f"{random.randrange(24):02d}:{random.choice([0, 0, 0, 15, 30, 30, 33, 45]):02d}"

    def span() -> str:
        start = random.randrange(5 * 4, 23 * 4) * 15
        end = start + random.choice([15, 45, 60, 90, 120, 180, 240, 300])
        return f"{start // 60:02d}:{start % 60:02d}-{end // 60 % 24:02d}:{end % 60:02d}"

    def days() -> Any:
        names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        return random.choice([random.choice(names), random.sample(names, random.randint(1, 3)), "mon-fri", "weekend"])

    def name() -> str:
        return random.choice([*KINDS, *GROUPS, "run", "lift", "runs > 45", "lifts | easy-run", "match", "lifts", "runs"])

    def window() -> Any:
        extra: list[dict[str, Any]] = [{}, {"only": name()}, {"place": "gym"}, {"buffer": random.choice([0, 5, 20])}]
        return span() if random.random() < 0.6 else {"at": span(), **random.choice(extra), **random.choice(extra)}

    def count() -> Any:
        n = random.randint(0, 4)
        return random.choice([n, f"~{n}", f"{n}-{n + random.randint(0, 2)}", {"min": n}, {"max": n}, {"target": n}])

    def pin() -> dict[str, Any]:
        found: dict[str, Any] = {"session": random.choice(["easy-run", "upper", *KINDS]), "day": days()}
        if random.random() < 0.6:
            found |= {"start": clock()} | ({"outside_windows": True} if random.random() < 0.8 else {})
        if random.random() < 0.6:
            found["minutes"] = random.choice([20, 30, 45, 52, 7, 61, 90])
        return found

    def changed() -> tuple[str, Any]:
        rule = catalogue().rules[random.choice(RULES)]
        params = {key: random.randint(p.min, p.max) for key, p in rule.params.items()}
        severity = random.choice(["hard", "soft", "tier4", "tier2", "off", "on"])
        return rule.id, random.choice([severity, {**params, "severity": severity}, params or severity])

    goal = catalogue().goals[random.choice(GOALS)]
    allowed = [level for level in ("beginner", "intermediate", "advanced") if level not in goal.refuse]
    names = ["mon-fri", "sat", "sun", "weekend", "mon-sun", "tue", "wed", "2026-10-22", "2026-03-29"]
    found: dict[str, Any] = {
        "goal": goal.id,
        "athlete": {"experience": {"lift": random.choice(allowed), "run": random.choice(allowed)}},
        "availability": {"mon-sun": ["06:00-08:00", "17:00-21:00"]},
    }
    found["availability"] |= {key: [window() for _ in some(2)] for key in random.sample(names, random.randint(0, 2))}
    optional: dict[str, Any] = {
        "primary": random.choice(goal.primary),
        "week_of": random.choice(["2026-10-19", "2026-03-23", "2026-11-23"]),
        "sleep": random.choice(["23:00-06:00", {"mon-thu": "22:00-05:00"}, {"sat": "01:00-09:00"}]),
        "places": {"gym": random.choice([0, 10, 25])},
        "pinned": [pin() for _ in some(4)],
        "prefer": {name(): random.choice([days(), {"hours": span()}]) for _ in some(3)},
        "forbid": {name(): days() for _ in some(2)},
        "exclude": [name() for _ in some(2)],
        "want": {name(): count() for _ in some(3)}
        | {key: "60-150" for key in ("run_minutes", "minutes", "lift_minutes") if random.random() < 0.2},
        "history": {
            "longest_run_30d": random.choice([30, "60 min", "8 km", "12 mi"]),
            "run_minutes": [random.randrange(200) for _ in some(4)],
            "last_week": [pin() | {"day": "sun"} for _ in some(2)],
        },
        "policies": {p.id: random.choice(list(p.values)) for p in catalogue().policies.values() if random.random() < 0.2},
        "rules": dict(changed() for _ in some(3)) | {f"own-{key}": OWN_READ[key] for key in OWN if random.random() < 0.1},
        "sessions": {"match": {"like": random.choice(KINDS), "minutes": random.choice([30, "60-90"])}},
        "next": random.choice(["cycle", "open"]),
        "grid": random.choice([5, 15, 30]),
    }
    found |= {key: value for key, value in optional.items() if random.random() < 0.4}
    for sighting in found.get("history", {}).get("last_week", ()):
        sighting.pop("outside_windows", None)
    if random.random() < 0.3:
        found["athlete"]["timezone"] = random.choice(["Europe/London", "America/New_York", "Australia/Lord_Howe"])
    return found


def read(data: Any) -> Problem | InputError:
    """The problem of the data as a JSON file, or its refusal."""
    try:
        document = reading.parse(json.dumps(data), "fuzz.json", "json")
        return resolve(Request(reading.validate(document, RequestSpec), document), catalogue())
    except InputError as error:
        return error


def check_refusal(error: InputError) -> None:
    text = str(error)
    assert "\n" not in text
    assert len(text) < 1000
    assert error.line == 1
    assert error.column is not None
    assert error.message


def check_problem(problem: Problem) -> None:
    """What the solver and the audit take for granted."""
    assert [o.index for o in problem.options] == list(range(len(problem.options)))
    assert [p.index for p in problem.places] == list(range(len(problem.places)))
    assert [r.index for r in problem.rules] == list(range(len(problem.rules)))
    assert list(problem.places) == sorted(problem.places, key=lambda p: (p.day, p.low, p.room))
    assert 0 < len(problem.places) < 400
    for option in problem.options:
        assert option.kind.content(option.minutes).text
    for place in problem.places:
        assert place.options
        assert place.day * DAY_MIN <= place.low <= place.high < place.close
        shortest = min(problem.options[o].minutes for o in place.options)
        assert place.high + shortest <= place.close
    free = [p for p in problem.places if p.pin is None and not p.given]
    for one in free:
        for other in problem.places:
            fixed = not other.joint and (other.pin is None or len(problem.pins[other.pin].days) == 1)
            if one.room != other.room and not other.given and fixed:
                # Behind a fixed session there may be time for the rest of its visit.
                length = max(problem.options[o].minutes for o in other.options) if other.pin is not None else 0
                span = (one.low, one.close - one.low, other.low, length or other.close - other.low)
                assert not overlap(*span, wraps=problem.wraps)
    for pin in problem.pins:
        assert any(
            place.day in pin.days
            and place.pin in (None, pin.index)
            and any(problem.options[o].kind.id == pin.kind.id for o in place.options)
            for place in problem.places
        )
    for match in audit(problem, ()).matches:
        assert match.text
    if problem.history:
        assert all(piece.day < 0 for piece in problem.history)


@pytest.mark.parametrize("seed", range(len(SEEDS)))
def test_the_seeds_are_sound(seed: int) -> None:
    found = read(SEEDS[seed])
    assert isinstance(found, Problem), found
    check_problem(found)


@settings(max_examples=2000)
@given(random=st.randoms(use_true_random=False), seed=st.integers(0, len(SEEDS) - 1), changes=st.integers(1, 4))
def test_any_change_is_refused_or_means_something(random: Random, seed: int, changes: int) -> None:
    data = copy.deepcopy(SEEDS[seed])
    for _ in range(changes):
        if data:
            mutate(random, data)
    found = read(data)
    if isinstance(found, InputError):
        check_refusal(found)
    else:
        check_problem(found)


@settings(max_examples=800)
@given(random=st.randoms(use_true_random=False))
def test_well_written_lines_mean_something_or_are_refused(random: Random) -> None:
    found = read(composed(random))
    if isinstance(found, InputError):
        check_refusal(found)
    else:
        check_problem(found)


@settings(max_examples=300)
@given(random=st.randoms(use_true_random=False), seed=st.integers(0, len(SEEDS) - 1), whole=st.booleans())
def test_the_schema_refuses_nothing_that_is_read(random: Random, seed: int, whole: bool) -> None:
    data = composed(random) if whole else copy.deepcopy(SEEDS[seed])
    if not whole:
        mutate(random, data)
    if isinstance(read(data), Problem):
        assert [error.message for error in SCHEMA.iter_errors(data)] == []
