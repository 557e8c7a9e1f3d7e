"""At most so many days in a row hold a session."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from microcycle.models.clause import Streak
from microcycle.solver.problem import Problem, RuleInstance
from microcycle.solver.view import Finding, WeekView, whole

if TYPE_CHECKING:
    from microcycle.solver.encoding import Encoding


def matches(problem: Problem, clause: Streak, week: WeekView) -> Iterator[Finding]:
    held = week.by_day(clause.of)
    most = whole(clause.max_days)

    def active(day: int) -> bool:
        return (day % 7 if problem.wraps and day > 6 else day) in held

    for start in range(-6 if week.past else 0, 7):
        days = tuple(range(start, start + most + 1))
        if days[-1] >= 0 and all(active(day) for day in days):
            yield Finding(1, days, value=most + 1, limit=most)


def post(enc: Encoding, instance: RuleInstance, clause: Streak) -> None:
    """In each window of max_days + 1 days, at most max_days hold a session."""
    limit = int(clause.max_days)
    for first in range(-6 if enc.problem.history else 0, 7):
        days = range(first, first + limit + 1)
        if days[-1] < 0 or (days[-1] > 6 and not enc.problem.wraps):
            continue
        enc.upper([(1, enc.on(day, clause.of)) for day in days], limit, instance)
