"""At least so many hours between two sessions."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from microcycle.models.rule import SpacingHours
from microcycle.solver.problem import Problem
from microcycle.solver.view import Finding, Seen, WeekView, ceil_div, whole

HOUR_MIN = 60
LEGS = ("none", "light", "moderate", "heavy")
EFFORT = ("easy", "moderate", "hard")
DAYS_APART = {"same-day": 0, "next-day": 1, "any": None}


def matches(problem: Problem, clause: SpacingHours, week: WeekView) -> Iterator[Finding]:  # noqa: ARG001
    hours = whole(clause.hours)
    required = (hours - whole(clause.tolerance)) * HOUR_MIN
    apart = DAYS_APART[clause.scope]
    first, then = week.holding(clause.first), week.holding(clause.then)
    for early, late in week.pairs(first, then):
        if apart is not None and late.day - early.day != apart:
            continue
        if clause.order == "first-then" and not (early.rank in first and late.rank in then):
            continue
        gap = _gap(clause, early, late)
        if gap is None or gap >= required or not _concerned(clause, early, late):
            continue
        days = (early.day,) if early.day == late.day else (early.day, late.day)
        amount = ceil_div(required - gap, HOUR_MIN)
        yield Finding(amount, days, early.placed, late.placed, Fraction(gap, HOUR_MIN), hours)


def _gap(clause: SpacingHours, early: Seen, late: Seen) -> int | None:
    """Elapsed minutes between the two; None where they are no pair or the week does not tell."""
    if early.visit == late.visit:
        return 0 if clause.one_visit else None
    if early.day == late.day and not (early.timed and late.timed):
        return None
    return late.real_start - (early.real_end if clause.measured == "end-to-start" else early.real_start)


def _concerned(clause: SpacingHours, early: Seen, late: Seen) -> bool:
    if clause.unless_lighter and _strain(late) < _strain(early):
        return False
    if clause.same_muscle is None:
        return True
    ours = early.placed.kind.content(early.placed.minutes).sets
    theirs = late.placed.kind.content(late.placed.minutes).sets
    return any(sets >= clause.same_muscle <= theirs.get(muscle, 0) for muscle, sets in ours.items())


def _strain(seen: Seen) -> tuple[int, int]:
    kind = seen.placed.kind
    return LEGS.index(kind.leg_load), EFFORT.index(kind.intensity_at(seen.placed.minutes))
