"""The solver against the oracle: hundreds of tiny requests, every week of each tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import prod
from random import Random
from typing import Any, NamedTuple

import oracle
import pytest
from draws import draws
from odd import ending, odd

from benchmarks.tiny import OPTIONAL, RULES, Spec, hhmm, problem_of, tiny
from microcycle.errors import InputError
from microcycle.models.catalogue import catalogue
from microcycle.models.clock import DAY_MIN, parse_range
from microcycle.solver.families import families
from microcycle.solver.problem import Problem
from microcycle.solver.search import Limits
from microcycle.solver.solve import Result, solve

CHUNKS = 12
BINDING, INFEASIBLE = 2, 1
"""Each chunk has so many requests for each family in which it binds, and so many that cannot be met."""
PLANS, WEEKS = 600, 6000
"""A request has at most so many plans a day, and weeks before any pruning."""
BEGUN = ("pinned", "done", "now")
"""What makes a request offer more than may stand anywhere."""
ODD = 10
ENDING = 5
"""Odd requests of each chunk, and those with the end of a lift fixed."""
LIMITS = Limits(deterministic=20.0, seconds=600.0)
WAYS = ((False, True), (True, True), (False, False))
"""Each level by itself or packed, costly rules only when they are broken or at once."""


class Tiny(NamedTuple):
    name: str
    problem: Problem
    days: list[list[oracle.Plan]]
    binds: bool


def claim(result: Result) -> oracle.Levels | None:
    """The level vector of a proven answer, None for *infeasible*."""
    assert result.proven
    return tuple(value.value for value in result.levels) if result.outcome == "solved" else None


def requests(family: str, chunk: int) -> Iterator[Tiny]:
    """Of every CHUNKS-th seed the first requests in which the family binds, and the first that cannot be met."""
    seed, binding, infeasible = chunk, 0, 0
    while binding < BINDING or infeasible < INFEASIBLE:
        spec, name = tiny(seed, family), f"tiny({seed}, {family!r})"
        seed += CHUNKS
        try:
            problem = problem_of(spec, name)
        except InputError:
            continue
        days = oracle.plans(problem, limit=PLANS)
        if days is None or prod(map(len, days)) > WEEKS:
            continue
        answer = claim(solve(problem, LIMITS))
        if binding < BINDING and answer != claim(solve(_without(family, spec, problem), LIMITS)):
            binding += 1
            yield Tiny(name, problem, days, True)
        elif infeasible < INFEASIBLE and answer is None:
            infeasible += 1
            yield Tiny(name, problem, days, False)


def _without(family: str, spec: Spec, problem: Problem) -> Problem:
    """The same without a family's rules.

    Without availability, pins are gone and the days are free: the places hold it even where no rule says so.
    """
    if family == "availability":
        free = {"availability": dict.fromkeys(spec["availability"], "05:00-23:00"), "pinned": [], "grid": 60}
        return problem_of({**spec, **free})
    return replace(problem, rules=tuple(r for r in problem.rules if r.clause.family != family))


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_agrees_with_the_oracle(chunk: int) -> None:
    """Feasibility and level vectors, with presolve and without, whichever way the levels are solved."""
    count, infeasible, free_starts = 0, 0, 0
    for family in sorted(RULES):
        bound = 0
        for name, problem, days, binds in requests(family, chunk):
            truth = oracle.best(problem, days).levels
            separate, lazy = WAYS[count % len(WAYS)]
            found = solve(problem, LIMITS, apart=separate, lazy=lazy, verify=True)
            assert claim(found) == truth, name
            count += 1
            bound += binds
            infeasible += truth is None
            free_starts += any(len(oracle.starts(plans)) > 1 for plans in days)
        assert bound >= BINDING
    assert count == len(RULES) * (BINDING + INFEASIBLE)
    assert infeasible * 10 >= count * 3
    assert free_starts * 2 >= count


def plans_of(spec: Spec, problem: Problem) -> list[list[oracle.Plan]] | None:
    """Every plan of each day, with what only pins offer on their days."""
    free = oracle.offered(problem_of({key: value for key, value in spec.items() if key not in BEGUN}))
    before = problem_of({key: value for key, value in spec.items() if key not in ("done", "now")})
    return oracle.plans(problem, limit=PLANS, free=free, fixed_once=before.pins)


@pytest.mark.parametrize(("drawn", "number"), [(odd, ODD), (ending, ENDING)])
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_odd_requests_agree(chunk: int, drawn: Callable[[int], Spec], number: int) -> None:
    """Whatever the encoding takes for granted, here is a request that may not have it (`odd`)."""
    count, infeasible, seed = 0, 0, chunk
    while count < draws(number):
        spec, name = drawn(seed), f"{drawn.__name__}({seed})"
        seed += CHUNKS
        try:
            problem = problem_of(spec, name)
            days = plans_of(spec, problem)
        except InputError:
            continue
        if days is None or prod(map(len, days)) > 3 * WEEKS:
            continue
        truth = oracle.best(problem, days).levels
        separate, lazy = WAYS[count % len(WAYS)]
        assert claim(solve(problem, LIMITS, apart=separate, lazy=lazy, verify=count % 5 == 0)) == truth, name
        count += 1
        infeasible += truth is None
    assert infeasible * 5 >= count


@pytest.mark.parametrize(
    ("drawn", "seed"), [*((odd, seed) for seed in (314, 647, 728, 1309, 2036)), (ending, 944), (ending, 6368)]
)
def test_odd_requests_that_once_differed(drawn: Callable[[int], Spec], seed: int) -> None:
    """A short piece behind what counts for nothing, what is like a kept session, a second proof, a window too small, two
    fixed of which one is done, two fixed in one visit, hours of the next day only."""
    spec = drawn(seed)
    problem = problem_of(spec)
    assert claim(solve(problem, LIMITS, verify=True)) == oracle.best(problem, plans_of(spec, problem)).levels


def test_the_chunks_hold_enough() -> None:
    assert families() == RULES.keys()
    assert CHUNKS * len(RULES) * (BINDING + INFEASIBLE) >= 400
    assert CHUNKS * BINDING >= 20


def case(availability: Spec, want: Spec, **more: Any) -> Spec:
    """Two visits a day, fat loss, nothing else that could be switched off."""
    rules = dict.fromkeys(OPTIONAL, "off") | {"visits-a-day": hard("bound", "training", **VISITS, max=2)}
    menu = catalogue().goals["fat-loss"].menu
    return {
        "goal": "fat-loss", "grid": 60, "availability": availability, "want": want,
        "exclude": sorted(set(menu) - set(want)), **more, "rules": {**rules, **more.get("rules", {})},
    }  # fmt: skip


def hard(family: str, of: str, **fields: Any) -> Spec:
    return {"family": family, "of": of, "severity": "hard", **fields}


def apart(first: str, then: str, hours: int, severity: str = "hard", **fields: Any) -> Spec:
    fields |= {"first": first, "then": then, "hours": hours, "severity": severity}
    return {"family": "spacing-hours", **fields}


def pin(session: str, day: str | list[str], start: str | None = None, *, outside: bool = False) -> Spec:
    hour = {} if start is None else {"start": start, "outside_windows": outside}
    return {"session": session, "day": day, "minutes": 30 if session == "easy-run" else 45, **hour}


VISITS = {"quantity": "visits", "per": "day"}
RUN, LIFT, TWICE = {"minutes": "30"}, {"minutes": "45"}, {"minutes": "30", "min": 2}
BOTH = {"easy-run": RUN, "upper": LIFT}
LATE = {"family": "clock", "of": "runs", "start_not_before": "20:00", "severity": "tier4"}
AWAKE = {"outside-sleep": "on"}
OVERNIGHT = {"gap": apart("runs", "runs", 12, "tier3", scope="next-day"), "late": LATE}
BANDED = {
    "short": apart("runs <= 30", "lifts", 6, scope="same-day"),
    "runs": apart("runs", "runs", 6), "lifts": apart("lifts", "lifts", 6),
}  # fmt: skip
CASES: dict[str, Spec] = {
    "a cap on lifts is none on visits": case(
        {"mon": "06:00-10:00"}, BOTH, rules={"one-lift": hard("bound", "lifts", **VISITS, max=1)}
    ),
    "a cap on Monday is none on Tuesday": case(
        {"tue": "06:00-10:00"},
        {"easy-run": RUN},
        rules={"one": hard("bound", "runs", quantity="sessions", per="day", max=1, on=["mon"])},
    ),
    "only short runs need the gap": case(
        {"tue": "06:00-08:00"}, {"easy-run": {"minutes": "30-40"}, "upper": LIFT}, rules=BANDED
    ),
    "a gap within one window": case(
        {"tue": "06:00-18:00"}, BOTH, rules={"gap": apart("lifts", "runs", 6, scope="same-day")}
    ),
    "strides behind a pin": case(
        {"tue": "06:00-08:00"}, {"easy-run": RUN, "strides": {"min": 1}}, pinned=[pin("easy-run", "tue")]
    ),
    "two pins that may meet": case(
        {"mon-tue": "06:00-09:00"},
        BOTH,
        pinned=[pin("easy-run", ["mon", "tue"], "07:00"), pin("upper", ["mon", "tue"], "07:00")],
    ),
    "a pin stands once": case(
        {"wed": "06:00-06:30"}, {"easy-run": TWICE}, pinned=[pin("easy-run", ["mon", "tue"], "07:00", outside=True)]
    ),
    "two pins of a kind": case(
        {"mon-tue": "06:00-06:30"},
        {"easy-run": RUN},
        pinned=[pin("easy-run", ["mon", "tue"]), pin("easy-run", "mon")],
    ),
    "three pins of a kind for two visits": case(
        {"mon-tue": "06:00-06:30"},
        {"easy-run": RUN},
        pinned=[pin("easy-run", ["mon", "tue"]), pin("easy-run", "mon"), pin("easy-run", ["mon", "tue"])],
    ),
    "a pin past midnight": case(
        {"tue": "00:00-01:30"},
        {**BOTH, "easy-run": {**RUN, "min": 1}},
        pinned=[pin("upper", "mon", "23:30", outside=True)],
    ),
    "a pin past the week's end": case(
        {"mon": "00:00-01:30"},
        {**BOTH, "easy-run": {**RUN, "min": 1}},
        pinned=[pin("upper", "sun", "23:30", outside=True)],
    ),
    "a pin over last week": case(
        {"mon": "00:00-01:30"},
        BOTH,
        history={"last_week": [{"session": "upper", "day": "sun", "start": "23:30", "minutes": 60}]},
        pinned=[pin("upper", "mon", "00:00")],
    ),
    "a night an hour shorter": case(
        {"sat": "18:00-22:00", "sun": "06:00-09:00"},
        {"easy-run": TWICE},
        week_of="2026-03-23",
        athlete={"timezone": "Europe/London"},
        rules=OVERNIGHT,
    ),
    "a night an hour longer": case(
        {"sat": "18:00-22:00", "sun": "06:00-09:00"},
        {"easy-run": TWICE},
        week_of="2026-10-19",
        athlete={"timezone": "Europe/London"},
        rules=OVERNIGHT,
    ),
    "a window past midnight": case(
        {"sat": "22:00-02:00", "sun": "06:00-09:00"},
        {"easy-run": TWICE},
        rules={"gap": apart("runs", "runs", 10, scope="next-day")},
    ),
    "hours preferred": case(
        {"sat": "18:00-22:00", "sun": "06:00-09:00"}, {"easy-run": TWICE}, prefer={"runs": {"hours": "19:30-20:00"}}
    ),
    "one option that falls short either way": case(
        {"wed": "06:00-10:00"},
        {"heavy-lower": LIFT},
        rules={"twice": {**hard("bound", "lifts", quantity="days", min=2), "severity": "tier2"}},
    ),
    "a hard habit leaves one part of the day": case(
        {"mon": "06:00-07:00", "tue": "18:00-19:00", "thu": "07:00-08:00"},
        {"easy-run": RUN},
        rules={"habit": hard("habit", "runs")},
    ),
    "last week's end past midnight": case(
        {"mon": "00:00-02:00"},
        {"easy-run": RUN},
        grid=30,
        history={"last_week": [{"session": "easy-run", "day": "sun", "start": "23:40", "minutes": 40}]},
    ),
    "a night that meets what Monday held": case(
        {"sun": "23:00-01:30", "tue": "07:00-08:00"},
        {"easy-run": TWICE},
        now="mon 01:10",
        done=[{"session": "easy-run", "day": "mon", "start": "00:10", "minutes": 30}],
    ),
    "a walk first, off the grid": case(
        {"mon": "06:00-07:15"}, {"upper": LIFT, "walk": {"minutes": "20", "min": 1}}, grid=30
    ),
    "a walk between two visits": case(
        {"mon": "06:00-12:00"},
        {**BOTH, "walk": {"minutes": "20", "min": 1, "max": 1}},
        rules={"gap": apart("lifts", "runs", 4, scope="same-day")},
    ),
    "a long pin where a shorter session cannot stand": case(
        {"tue": ["06:00-07:00", "18:00-19:00"]},
        BOTH,
        pinned=[{**pin("upper", "tue", "06:00"), "minutes": 60}, {**pin("easy-run", "tue", "18:20"), "minutes": 35}],
        rules={"gap": apart("lifts", "runs", 11, scope="same-day")},
    ),
    "strides behind a pin with a start": case(
        {"tue": "06:00-08:00"}, {"easy-run": RUN, "strides": {"min": 1}}, pinned=[pin("easy-run", "tue", "06:30")]
    ),
    "a hard hour of the reference week": case(
        {"mon": "06:00-10:00"},
        {"easy-run": RUN},
        stay_close_to=[{"session": "easy-run", "day": "mon", "start": "08:00"}],
        rules={"plan-stability": "hard"},
    ),
    "a night within a window": case(
        {"mon": "20:00-04:00"}, {"easy-run": TWICE}, sleep="23:00-02:00", rules={**AWAKE, "gap": apart("runs", "runs", 3)}
    ),
    "no way around a night": case(
        {"mon": "20:00-04:00"},
        {"easy-run": TWICE},
        sleep="23:00-03:30",
        rules={**AWAKE, "gap": apart("runs", "runs", 4), "late": {**LATE, "start_not_before": "21:00"}},
    ),
    "sleep by day": case({"tue": "08:00-19:00"}, BOTH, sleep="08:30-15:30", rules=AWAKE),
}


def asleep(seed: int) -> Spec:
    """A tiny request with sleep that reaches into one of its windows: at its opening, at its close, or within it."""
    rng, spec = Random(f"asleep {seed}"), tiny(seed, ("clock", "spacing-hours")[seed % 2])
    spec["rules"].pop("outside-sleep", None)
    spec["rules"].setdefault("late-hard-session", "off")
    written = [w for windows in spec["availability"].values() for w in (windows if isinstance(windows, list) else [windows])]
    windows = [parse_range(w if isinstance(w, str) else w["at"]) for w in written]
    window = max(windows, key=lambda span: span.minutes) if rng.random() < 0.5 else rng.choice(windows)
    into = rng.choice((15, 30, 45, 60, 70))
    bed, wake = rng.choice((
        (window.start - 300, window.start + into),
        (window.end - into, window.end + 300),
        (window.start + into, window.start + into + rng.choice((120, 180))),
    ))  # fmt: skip
    spec["sleep"] = f"{hhmm(bed % DAY_MIN)}-{hhmm(wake % DAY_MIN)}"
    return spec


def test_agrees_where_windows_reach_into_sleep() -> None:
    count, taken = 0, 0
    for seed in range(draws(24)):
        spec, name = asleep(seed), f"asleep({seed})"
        try:
            problem = problem_of(spec, name)
        except InputError:
            continue
        days = oracle.plans(problem, limit=PLANS)
        if days is None or prod(map(len, days)) > WEEKS:
            continue
        separate, lazy = WAYS[count % len(WAYS)]
        found = solve(problem, LIMITS, apart=separate, lazy=lazy)
        assert claim(found) == oracle.best(problem, days).levels, name
        count += 1
        taken += found.audit is not None and any(m.instance.rule.id == "outside-sleep" for m in found.audit.matches)
    assert count * 3 >= draws(24) * 2
    assert taken * 4 >= count


@pytest.mark.parametrize("name", CASES)
def test_where_they_once_differed(name: str) -> None:
    """Requests of which the solver was once wrong, or might easily be."""
    problem = problem_of(CASES[name], name)
    truth = oracle.best(problem).levels
    for separate, lazy in WAYS:
        assert claim(solve(problem, LIMITS, apart=separate, lazy=lazy, verify=True)) == truth
