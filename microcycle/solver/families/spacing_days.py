"""No session of one sort so many calendar days from one of another."""

from __future__ import annotations

from collections.abc import Iterator

from microcycle.models.rule import Measure, SpacingDays
from microcycle.solver.problem import Problem
from microcycle.solver.view import DAYS, Finding, Group, Seen, WeekView, before


def matches(problem: Problem, clause: SpacingDays, week: WeekView) -> Iterator[Finding]:  # noqa: ARG001
    where: Measure | None = getattr(clause, "where", None)
    if where is not None and week.measure(where, DAYS) > getattr(clause, "at_most", 0):
        return
    firsts, thens = week.by_day(clause.first), week.by_day(clause.then)
    found: set[tuple[int, int]] = set()
    for day in sorted(firsts):
        for offset in sorted(set(clause.days)):
            other = day + offset
            # Last week by itself, and the next week by itself, are not ours to judge.
            if other not in thens or not (day in DAYS or other in DAYS):
                continue
            days = (min(day, other), max(day, other))
            if clause.first == clause.then and days in found:
                continue
            pair = _pair(clause, firsts[day], thens[other], offset)
            if pair:
                found.add(days)
                yield Finding(1, days if offset else (day,), pair[0].placed, pair[1].placed)


def _pair(clause: SpacingDays, firsts: Group, thens: Group, offset: int) -> tuple[Seen, Seen] | None:
    """Two different pieces, on one day in the order that the clause asks for."""
    ordered = clause.order == "first-then" and offset == 0
    for first in firsts:
        for then in thens:
            if first.rank != then.rank and (not ordered or before(first, then)):
                return first, then
    return None
