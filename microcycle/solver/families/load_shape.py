"""The week's monotony (mean / population SD of the seven daily loads) stays below a limit (Foster 1998)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import isqrt

from microcycle.models.rule import LoadShape
from microcycle.solver.problem import Problem
from microcycle.solver.view import DAYS, Finding, WeekView, whole

MOST = 10


def matches(problem: Problem, clause: LoadShape, week: WeekView) -> Iterator[Finding]:  # noqa: ARG001
    loads = dict.fromkeys(DAYS, 0)
    for seen in week.here:
        loads[seen.day] += week.value("load", None, seen)
    total, squares = sum(loads.values()), sum(load * load for load in loads.values())
    if total == 0:
        return
    limit = whole(clause.max_tenths)

    def kept(tenths: int) -> bool:
        return 7 * squares * tenths * tenths >= (tenths * tenths + 100) * total * total

    amount = next((above for above in range(MOST) if kept(limit + above)), MOST)
    if amount:
        yield Finding(amount, value=_monotony(total, 7 * squares - total * total), limit=Fraction(limit, 10))


def _monotony(total: int, spread: int) -> Fraction | None:
    """total / sqrt(spread) in hundredths, rounded up; None where all seven days are the same."""
    if spread == 0:
        return None
    squared = -(-10_000 * total * total // spread)
    root = isqrt(squared)
    return Fraction(root + (root * root < squared), 100)
