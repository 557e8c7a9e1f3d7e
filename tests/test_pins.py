"""Weeks with sessions fixed where they stand, or where a hand has moved them: what is legal is never called impossible."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

import pytest
from draws import draws
from ordinary import ordinary

from benchmarks.tiny import Spec, hhmm, problem_of
from microcycle.errors import InputError
from microcycle.models.clock import DAY_MIN, DAYS
from microcycle.models.derive import at_length
from microcycle.solver.audit import audit
from microcycle.solver.pins import assigned
from microcycle.solver.problem import Pin, Placed, Problem
from microcycle.solver.search import Limits
from microcycle.solver.solve import Result, solve

LIMITS = Limits(deterministic=20.0, seconds=600.0)
CHUNKS = 6
HOURS = (360, 385, 420, 705, 1055, 1110, 1130)
Levels = tuple[int, ...]


def solved(chunk: int, number: int) -> Iterator[tuple[Random, Spec, Problem, Result]]:
    """Weeks of everyday size on the finest grid: a pin opens no start that was not there before."""
    seed = chunk
    while number:
        rng, spec = Random(f"pins {seed}"), {**ordinary(seed), "grid": 5}
        spec["rules"].pop("session-counts", None)  # a card's most that nobody keeps is no measure
        seed += CHUNKS
        try:
            problem = problem_of(spec)
        except InputError:
            continue
        result = solve(problem, LIMITS)
        if result.outcome == "solved" and result.proven:
            number -= 1
            yield rng, spec, problem, result


def levels(result: Result) -> Levels | None:
    assert result.proven
    return tuple(value.value for value in result.levels) if result.outcome == "solved" else None


def sessions(pieces: Sequence[Placed]) -> list[int]:
    """Places in the list of what may be pinned: sessions that lead their visit, on their own side of midnight."""
    leads = {(p.day, p.visit): n for n, p in reversed(list(enumerate(pieces)))}
    return [
        n
        for n in sorted(leads.values())
        if (p := pieces[n]).kind.counts
        and p.pin is None
        and p.start is not None
        and 0 <= p.start - p.day * DAY_MIN < DAY_MIN
    ]


def pinned(spec: Spec, pieces: Sequence[Placed], places: Sequence[int]) -> Spec:
    """The request with these sessions fixed at their hour and length."""
    fixed = [
        {"session": p.kind.id, "day": DAYS[p.day], "start": hhmm((p.start or 0) - p.day * DAY_MIN), "minutes": p.minutes}
        for p in (pieces[n] for n in places)
    ]
    return {**spec, "pinned": [*spec.get("pinned", ()), *({**pin, "outside_windows": True} for pin in fixed)]}


def judged(problem: Problem, pieces: Sequence[Placed]) -> Levels | None:
    """What a week costs where its pins are what the problem fixes; None if it is not legal."""

    def serves(placed: Placed, pin: Pin) -> bool:
        on_time = pin.start is None or placed.start == placed.day * DAY_MIN + pin.start
        return on_time and placed.kind.id == pin.kind.id and placed.minutes in pin.minutes and placed.day in pin.days

    served = assigned(problem.pins, pieces, serves)
    week = [replace(p, pin=served[n].index) if n in served else replace(p, pin=None) for n, p in enumerate(pieces)]
    found = audit(problem, week)
    return None if found.hard else tuple(found.levels[level] for level in problem.levels)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_sessions_fixed_where_they_stand_change_nothing(chunk: int) -> None:
    """One to three of a solved week's: equal levels, but for what is not asked of a fixed session, presolve or not."""
    for number, (rng, spec, _, result) in enumerate(solved(chunk, draws(10))):
        some = sessions(result.pieces)
        problem = problem_of(pinned(spec, result.pieces, rng.sample(some, min(len(some), rng.choice((1, 2, 3))))))
        truth = judged(problem, result.pieces)
        assert truth is not None
        assert truth <= (levels(result) or ())
        assert levels(solve(problem, LIMITS, verify=number % 3 == 0)) == truth, spec


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_two_sessions_moved_by_hand(chunk: int) -> None:
    """Where the audit has nothing against a week, the solver finds one with the same two pins that is as good or better."""
    legal = 0
    for rng, spec, _, result in solved(chunk, draws(7)):
        for _ in range(6):
            places = rng.sample(sessions(result.pieces), 2)
            week = list(result.pieces)
            for n in places:
                week[n] = _moved(rng, week[n], others=[p for m, p in enumerate(week) if m != n])
            try:
                problem = problem_of(pinned(spec, week, places))
            except InputError:
                continue
            truth = judged(problem, week)
            if truth is not None:
                found = levels(solve(problem, LIMITS))
                assert found is not None, (spec, week)
                assert found <= truth, (spec, week)
                legal += 1
                break
    assert legal > draws(2)


def _moved(rng: Random, placed: Placed, others: Sequence[Placed]) -> Placed:
    """Another length, and another hour or day, often that of another session."""
    minutes = max(20, placed.minutes + rng.choice((-7, -5, 0, 0, 5, 12)))
    day = rng.choice((placed.day, placed.day, rng.randrange(7), rng.choice(others).day))
    start = rng.choice(((placed.start or 0) % DAY_MIN, rng.choice(HOURS)))
    visit = 50 + rng.randrange(10**6)  # by itself
    kind = at_length(placed.kind, minutes)
    return replace(placed, kind=kind, minutes=minutes, day=day, start=day * DAY_MIN + start, visit=visit, window=None)
