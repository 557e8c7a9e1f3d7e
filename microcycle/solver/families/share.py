"""One measure of the week is at most so many percent of another."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from microcycle.models.rule import Share
from microcycle.solver.problem import Problem
from microcycle.solver.view import DAYS, Finding, WeekView, ceil_div

MOST = 10


def matches(problem: Problem, clause: Share, week: WeekView) -> Iterator[Finding]:  # noqa: ARG001
    if clause.where is not None and week.measure(clause.where, DAYS) < clause.at_least:
        return
    whole = week.measure(clause.whole, DAYS)
    if whole == 0:
        return
    longest = None
    if clause.largest:
        pieces = week.of(clause.part.of)
        if not pieces:
            return
        longest = max(pieces, key=lambda seen: week.value(clause.part.quantity, None, seen))
        part = week.value(clause.part.quantity, None, longest)
    else:
        part = week.measure(clause.part, DAYS)
    most = week.limit(clause.max, DAYS)
    if 100 * part <= most * whole:
        return
    amount = min(MOST, ceil_div(100 * part - most * whole, clause.step * whole))
    days, first = ((longest.day,), longest.placed) if longest else ((), None)
    yield Finding(amount, days, first, value=Fraction(100 * part, whole), limit=most)
