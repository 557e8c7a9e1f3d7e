"""At most so many days in a row hold a session."""

from __future__ import annotations

from collections.abc import Iterator

from microcycle.models.rule import Streak
from microcycle.solver.problem import Problem
from microcycle.solver.view import Finding, WeekView, whole


def matches(problem: Problem, clause: Streak, week: WeekView) -> Iterator[Finding]:
    held = week.by_day(clause.of)
    most = whole(clause.max_days)

    def active(day: int) -> bool:
        return (day % 7 if problem.wraps and day > 6 else day) in held

    for start in range(-6 if week.past else 0, 7):
        days = tuple(range(start, start + most + 1))
        if days[-1] >= 0 and all(active(day) for day in days):
            yield Finding(1, days, value=most + 1, limit=most)
