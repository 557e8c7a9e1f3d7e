"""A measure of the week, of each day, visit or session lies between min and max."""

from __future__ import annotations

from collections.abc import Iterator

from microcycle.models.rule import Bound
from microcycle.solver.problem import Problem
from microcycle.solver.view import DAYS, Finding, Group, WeekView, ceil_div, whole

Unit = tuple[tuple[int, ...], list[Group]]
"""What one bound judges: the days to name, and the pieces day by day."""


def matches(problem: Problem, clause: Bound, week: WeekView) -> Iterator[Finding]:  # noqa: ARG001
    least = None if clause.min is None else whole(clause.min)
    most = None if clause.max is None else whole(clause.max)
    for days, groups in _units(clause, week):
        held = [seen for group in groups for seen in group]
        first = held[0].placed if days and held else None
        for muscle in clause.muscles or (None,):
            value = week.total(clause.quantity, muscle, groups)
            if most is not None and value > most:
                amount = ceil_div(value - most, clause.step)
                yield Finding(amount, days, first, value=value, limit=most, muscle=muscle)
            # Nothing is missing from a day or visit that holds no such session.
            if least is not None and value < least and (held or clause.per == "week"):
                amount = ceil_div(least - value, clause.step)
                yield Finding(amount, days, first, value=value, limit=least, muscle=muscle)


def _units(clause: Bound, week: WeekView) -> Iterator[Unit]:
    counted = tuple(sorted(set(clause.on))) or tuple(DAYS)
    if clause.per == "week":
        yield (), week.on(clause.of, counted)
    elif clause.per == "day":
        for day in counted:
            yield (day,), week.on(clause.of, (day,))
    elif clause.per == "visit":
        for (day, _), group in week.by_visit(clause.of).items():
            if day in counted:
                yield (day,), [group]
    else:
        for seen in week.of(clause.of):
            if seen.day in counted:
                yield (seen.day,), [(seen,)]
