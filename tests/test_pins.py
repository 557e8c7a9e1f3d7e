"""Weeks with sessions fixed where they stand, or where a hand has moved them: what is legal is never called impossible."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

import pytest
from draws import draws
from ordinary import GOALS, ordinary

from benchmarks.tiny import Spec, hhmm, problem_of
from microcycle import audit as check
from microcycle import load_request, plan_week
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
ENDING_LIFTS = ("concurrent-beginner", "hybrid-advanced")
"""Goals whose lifts may end with short easy work."""
HOURS = (360, 385, 420, 705, 1055, 1110, 1130)
Levels = tuple[int, ...]


def solved(chunk: int, number: int, step: int = CHUNKS) -> Iterator[tuple[Random, Spec, Problem, Result]]:
    """Weeks of everyday size on the finest grid: a pin opens no start that was not there before."""
    seed = chunk
    while number:
        rng, spec = Random(f"pins {seed}"), {**ordinary(seed), "grid": 5}
        spec["rules"].pop("session-counts", None)  # a card's most that nobody keeps is no measure
        seed += step
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
    """Places in the list of what may be pinned: sessions on their own side of midnight, also behind a lift or ending one."""
    return [
        n
        for n, p in enumerate(pieces)
        if p.kind.counts and p.pin is None and p.start is not None and 0 <= p.start - p.day * DAY_MIN < DAY_MIN
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
    """One to four of a solved week's: equal levels, but for what is not asked of a fixed session, presolve or not."""
    for number, (rng, spec, _, result) in enumerate(solved(chunk, draws(10))):
        some = sessions(result.pieces)
        problem = problem_of(pinned(spec, result.pieces, rng.sample(some, min(len(some), rng.choice((1, 2, 3, 4))))))
        _as_good(problem, result, verify=number % 3 == 0)


@pytest.mark.parametrize("goal", ENDING_LIFTS)
def test_ends_of_lifts_fixed_where_they_stand_change_nothing(goal: str) -> None:
    """With their lifts, or with any other sessions, or by themselves."""
    start = GOALS.index(goal)
    for rng, spec, _, result in solved(start, draws(8), step=len(GOALS)):
        some = sessions(result.pieces)
        short = [n for n in some if result.pieces[n].finisher]
        others = [n for n in some if n not in short]
        led = [n for n in others if any(_in_one_visit(result.pieces[n], result.pieces[m]) for m in short)]
        for places in (short, [*short, *led], short[:1], [*short[:1], *rng.sample(others, 2)]):
            _as_good(problem_of(pinned(spec, result.pieces, places)), result)


def _in_one_visit(one: Placed, other: Placed) -> bool:
    return (one.day, one.visit) == (other.day, other.visit)


def _as_good(problem: Problem, result: Result, *, verify: bool = False) -> None:
    """The week with these pins is as good as the one they were taken from; better, if one of them is a session there."""
    truth = judged(problem, result.pieces)
    assert truth is not None
    assert truth <= (levels(result) or ())
    after = solve(problem, LIMITS, verify=verify)
    found = levels(after)
    assert found is not None
    assert found <= truth
    ends_a_lift = any(p.pin is not None and p.kind.ends_a_lift(p.minutes) and not p.finisher for p in after.pieces)
    assert found == truth or ends_a_lift


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
            week = [replace(p, finisher=p.finisher and _is_behind(p, week)) for p in week]
            try:
                problem = problem_of(pinned(spec, week, places))
            except InputError:
                continue
            week = [p for n, p in enumerate(week) if n in places or _is_behind(p, week) == _is_behind(p, result.pieces)]
            truth = judged(problem, week)
            if truth is not None:
                found = levels(solve(problem, LIMITS))
                assert found is not None, (spec, week)
                assert found <= truth, (spec, week)
                legal += 1
                break
    assert legal > draws(2)


BEGINNER: Spec = {
    "athlete": {"experience": "beginner"},
    "goal": "concurrent-beginner",
    "availability": {"mon": "17:30-18:45", "wed": "18:15-20:45", "thu": "07:10-08:40", "sat": "09:00-11:00"},
}
LIFT: Spec = {"session": "full-body", "day": "mon", "start": "17:30", "minutes": 40}
CARDIO: Spec = {"session": "cardio-steady", "day": "mon", "start": "18:10", "minutes": 20}


def cardio_of(*pins: Spec) -> list[tuple[str, int | None, int, bool]]:
    """Where the fixed easy cardio stands in the best week with these pins: day, start, minutes, whether it ends a lift."""
    result = solve(problem_of({**BEGINNER, "pinned": list(pins)}), LIMITS)
    found = [p for p in result.pieces if p.kind.id == "cardio-steady" and p.pin is not None]
    return [(DAYS[p.day], p.start and p.start % DAY_MIN, p.minutes, p.finisher) for p in found]


def test_the_end_of_a_lift_is_fixed_where_it_stands() -> None:
    """With its lift or without, at its hour or on its day: the same week for `plan` and for `check`."""
    free = solve(problem_of(BEGINNER), LIMITS)
    assert [(p.kind.id, p.finisher) for p in free.pieces if p.day == 0] == [("full-body", False), ("cardio-steady", True)]
    day = {"session": "cardio-steady", "day": "mon"}
    for pins in ([LIFT, CARDIO], [CARDIO], [{**day, "minutes": 20}], [day]):
        spec = {**BEGINNER, "pinned": pins}
        problem = problem_of(spec)
        assert judged(problem, free.pieces) == levels(free)
        assert levels(solve(problem, LIMITS)) == levels(free)
        assert cardio_of(*pins)[0][3]
        week = plan_week(load_request(BEGINNER))
        assert not [m for m in check(load_request(spec), week.model_dump(mode="json")).matches if m.severity == "hard"]


def test_without_a_lift_before_it_short_easy_work_is_a_session() -> None:
    assert cardio_of({**CARDIO, "day": "sun", "outside_windows": True}) == [("sun", 1090, 20, False)]
    assert cardio_of({**LIFT, "day": "wed", "start": "18:15"}, {**CARDIO, "day": "thu", "start": "07:30"}) == [
        ("thu", 450, 20, False)
    ]


def test_another_length_than_the_one_fixed_is_missing() -> None:
    """25 minutes end no lift: more than a lift's visit may hold, and no second visit that day."""
    problem = problem_of({**BEGINNER, "pinned": [LIFT, {**CARDIO, "minutes": 25}]})
    assert judged(problem, solve(problem_of(BEGINNER), LIMITS).pieces) is None
    assert levels(solve(problem, LIMITS)) is None


@pytest.mark.parametrize(
    ("fixed", "ends"), [({"start": "18:20", "minutes": 20}, True), ({"minutes": 20}, False), ({}, False)]
)
def test_where_no_card_ends_lifts_so_a_mere_day_means_a_session(fixed: Spec, ends: bool) -> None:
    spec = {
        "goal": "hypertrophy",
        "availability": {"mon": ["06:00-07:30", "17:30-19:30"], "wed": "17:30-19:30", "fri": "17:30-19:30"},
        "pinned": [
            {"session": "upper", "day": "mon", "start": "17:30", "minutes": 50},
            {"session": "bike-easy", "day": "mon", **fixed},
        ],
    }
    visit = [{"session": "upper", "start": "17:30", "minutes": 50, "visit": 1}]
    visit.append({"session": "bike-easy", "minutes": 20, "visit": 1})
    told = [m.text for m in check(load_request(spec), {"week": {"mon": visit}}).matches if m.rule == "fit-availability"]
    assert bool(told) is not ends
    problem = problem_of(spec)
    placed = [p for p in solve(problem, LIMITS).pieces if p.kind.id == "bike-easy" and p.pin is not None]
    assert [p.finisher for p in placed] == [ends]


def _moved(rng: Random, placed: Placed, others: Sequence[Placed]) -> Placed:
    """Another length, and another hour or day, often that of another session; easy work perhaps straight behind a lift."""
    lifts = [p for p in others if placed.kind.may_follow(p.kind, placed.minutes)]
    lifts = [p for p in lifts if not any(_in_one_visit(p, other) for other in others if other is not p)]
    if lifts and rng.random() < 0.5:
        lead = rng.choice(lifts)
        minutes = max(10, placed.minutes + rng.choice((-5, 0, 0, 2)))
        kind = at_length(placed.kind, minutes)
        short = kind.ends_a_lift(minutes)
        return replace(lead, kind=kind, minutes=minutes, start=lead.end, finisher=short)
    minutes = max(20, placed.minutes + rng.choice((-7, -5, 0, 0, 5, 12)))
    day = rng.choice((placed.day, placed.day, rng.randrange(7), rng.choice(others).day))
    start = rng.choice(((placed.start or 0) % DAY_MIN, rng.choice(HOURS)))
    visit = 50 + rng.randrange(10**6)  # by itself
    kind = at_length(placed.kind, minutes)
    start += day * DAY_MIN
    return replace(placed, kind=kind, minutes=minutes, day=day, start=start, visit=visit, window=None, finisher=False)


def _is_behind(placed: Placed, week: Sequence[Placed]) -> bool:
    """Whether it stands straight behind a session in its visit."""
    return any(_in_one_visit(placed, p) and p.end == placed.start for p in week)
