"""The suites: constraints files made from a seed, ordinary enough that anyone can plan them with `microcycle plan`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import count, islice, product
from random import Random
from typing import Any

from benchmarks import tiny as requests
from benchmarks.cards import CALENDARS, HISTORIES
from microcycle.errors import InputError
from microcycle.models.catalogue import catalogue
from microcycle.models.clock import DAYS
from microcycle.models.goal import CLASSES
from microcycle.models.reading import parse, validate
from microcycle.models.request import Request, RequestSpec
from microcycle.solver.resolve import resolve

Spec = dict[str, Any]
STANDARD, HARD = 200, 40
TINY = 8
"""Of each family."""
FIVE: dict[str, Spec] = {
    **CALENDARS,
    "two-a-day": {"mon-fri": ["06:00-07:15", "12:00-13:00"], "sat-sun": "07:30-10:30"},
    "tight": {"tue": "18:30-20:00", "thu": "18:30-20:00", "sat": "08:30-10:30", "sun": "08:30-10:00"},
}
"""Kinds of calendar, from roomy to tight."""
POLICIES: dict[str, tuple[str, ...]] = {
    "hard_pairing": ("separate-hours", "consolidate"), "order": ("lift-first", "run-first", "either"),
    "separation": ("gap-3h", "gap-8h"), "lift_spacing": ("dup",), "rest_mode": ("strict",),
}  # fmt: skip


@dataclass(frozen=True)
class Instance:
    name: str
    text: str
    """A constraints file in JSON, which is YAML too."""

    def request(self) -> Request:
        document = parse(self.text, f"{self.name}.json", "json")
        return Request(validate(document, RequestSpec), document)


def suite(name: str, every: int = 1) -> tuple[Instance, ...]:
    """The instances of a suite, always the same; or one in so many of them. Raises KeyError for an unknown one."""
    whole = SUITES[name]()
    # Not every n-th in order: each fifth of the standard suite asks for too much.
    return whole if every == 1 else tuple(Random(name).sample(whole, len(whole))[::every])


@cache
def tiny() -> tuple[Instance, ...]:
    """The oracle's: for each family of rules the first requests that can be read."""
    found: list[Instance] = []
    for family in requests.RULES:
        accepted = (one for seed in count() for one in _accepted(f"{family}-{seed}", requests.tiny(seed, family)))
        found += islice(accepted, TINY)
    return tuple(found)


@cache
def standard() -> tuple[Instance, ...]:
    """Every card, experience and kind of calendar comes up; some have pins, history, policies, or ask too much."""
    cases = [
        (goal, lift, run, calendar)
        for goal, lift, run, calendar in product(catalogue().goals, CLASSES, CLASSES, FIVE)
        if not {lift, run} & set(catalogue().goals[goal].refuse)
    ]
    Random("standard").shuffle(cases)
    found: list[Instance] = []
    for goal, lift, run, calendar in cases:
        if len(found) == STANDARD:
            break
        rng = Random(f"standard {goal} {lift} {run} {calendar}")
        spec: Spec = _base(goal, lift, run, FIVE[calendar])
        _history(rng, spec)
        _policy(rng, spec)
        _pin(rng, spec)
        if len(found) % 5 == 0:
            rng.choice(TOO_MUCH)(rng, spec)
        found += _accepted(f"{len(found):03d}-{goal}-{lift[0]}{run[0]}-{calendar}", spec)
    return tuple(found)


@cache
def hard() -> tuple[Instance, ...]:
    """Nineteen windows or more, wide lengths, all rules, three visits a day allowed, twelve to fourteen sessions."""
    goals = (
        "hybrid-advanced",
        "hybrid-vo2-strength",
        "run-10k",
        "run-marathon",
        "run-half",
        "hypertrophy",
        "run-5k",
        "fat-loss",
    )
    calendars: tuple[Spec, ...] = (
        {"daily": ["06:00-08:30", "11:30-14:00", "17:00-21:00"]},
        {"mon-fri": ["06:00-08:00", "12:00-13:15", "17:30-20:30"], "sat-sun": ["07:00-11:00", "16:00-19:00"]},
    )
    found: list[Instance] = []
    for number in count():
        if len(found) == HARD:
            return tuple(found)
        rng = Random(f"hard {number}")
        goal = goals[number % len(goals)]
        spec = _base(goal, "advanced", rng.choice(("intermediate", "advanced")), rng.choice(calendars))
        spec["want"] = {
            "sessions": rng.choice(("12-14", "12", "13-14")),
            "lifts": {"max": 7},
            "aerobic": {"max": 8},
            "runs": {"max": 8},
        }
        spec["want"] |= _wide(rng, goal)
        spec["policies"] = {"separation": "gap-3h", "order": "either", "back_to_back": "penalise"}
        spec["rules"] = {"max-sessions-per-day": {"visits": 3, "runs": 2}, "session-count-cap": {"visits": 14}}
        _history(rng, spec)
        found += _accepted(f"{len(found):03d}-{goal}", spec)
    raise AssertionError


SUITES: dict[str, Callable[[], tuple[Instance, ...]]] = {"standard": standard, "hard": hard, "tiny": tiny}


def _base(goal: str, lift: str, run: str, availability: Spec) -> Spec:
    spec: Spec = {
        "athlete": {"experience": {"lift": lift, "run": run}},
        "goal": goal,
        "availability": dict(availability),
    }
    if catalogue().goals[goal].must_choose:
        spec["primary"] = ("lift", "run")[len(lift + run) % 2]
    return spec


def _accepted(name: str, spec: Spec) -> Iterator[Instance]:
    """The instance, unless the request is refused."""
    instance = Instance(name, json.dumps(spec, indent=1))
    try:
        resolve(instance.request(), catalogue())
    except InputError:
        return
    yield instance


def _history(rng: Random, spec: Spec) -> None:
    if rng.random() < 0.4:
        spec["history"] = HISTORIES["some"]
        spec["next"] = rng.choice(("cycle", "open"))


def _policy(rng: Random, spec: Spec) -> None:
    if rng.random() < 0.3:
        name = rng.choice(sorted(POLICIES))
        spec["policies"] = {name: rng.choice(POLICIES[name])}


def _pin(rng: Random, spec: Spec) -> None:
    if rng.random() < 0.3:
        at = {"start": rng.choice(("17:30", "18:45", "07:00")), "outside_windows": True}
        spec["pinned"] = [{"session": rng.choice(("easy-run", "upper")), "day": rng.choice(DAYS), "minutes": 40, **at}]
    if rng.random() < 0.2:
        spec["prefer"] = {"rest": rng.choice(DAYS), rng.choice(("lifts", "runs")): rng.sample(DAYS, 3)}


def _wide(rng: Random, goal: str) -> Spec:
    """Up to five of each session of the card, three of them at any length that there is."""
    kinds = catalogue().kinds
    menu = [name for name, item in catalogue().goals[goal].menu.items() if not item.as_finisher and kinds[name].counts]
    found: Spec = {name: {"max": 5} for name in sorted(menu)}
    for name in rng.sample(sorted(menu), min(3, len(menu))):
        found[name]["minutes"] = f"{kinds[name].minutes.min}-{kinds[name].minutes.max}"
    return found


# -- what cannot be done -----------------------------------------------------------------------------------------------


def _too_many_lifts(rng: Random, spec: Spec) -> None:
    spec["want"] = {"lifts": rng.choice((7, 8)), "runs": 2}


def _legs_day_after_day(rng: Random, spec: Spec) -> None:
    first = rng.randrange(6)
    at = {"start": "18:00", "outside_windows": True}
    spec["pinned"] = [{"session": "heavy-lower", "day": DAYS[first + n], **at} for n in (0, 1)]


def _only_what_is_forbidden(rng: Random, spec: Spec) -> None:
    name = rng.choice(("runs", "lifts"))
    spec["want"] = {name: 2}
    spec["forbid"] = {name: "daily"}


def _no_rest(rng: Random, spec: Spec) -> None:
    at = {"start": rng.choice(("06:30", "19:00")), "minutes": 30, "outside_windows": True}
    spec["pinned"] = [{"session": "easy-run", "day": list(DAYS), **at} for _ in DAYS[:1]]
    spec["want"] = {"sessions": 14}


def _jump_in_length(rng: Random, spec: Spec) -> None:
    spec["history"] = {"longest_run_30d": 40, "run_minutes": [90, 90, 90]}
    spec["want"] = {"long-run": {"min": 1, "minutes": f"{rng.choice((75, 90))}-120"}}


TOO_MUCH = (_too_many_lifts, _legs_day_after_day, _only_what_is_forbidden, _no_rest, _jump_in_length)
