"""Sessions start not before, or end not after, a point of their day."""

from __future__ import annotations

import re
from collections.abc import Iterator

from microcycle.models.rule import Clock
from microcycle.solver.problem import DAY_MIN, Problem
from microcycle.solver.view import Finding, Seen, WeekView, ceil_div

_POINT = re.compile(r"^(?:(?P<night>bed|wake)(?P<offset>[+-]\d{1,4})?|(?P<hour>\d{1,2}):(?P<minute>\d{2}))$")


def matches(problem: Problem, clause: Clock, week: WeekView) -> Iterator[Finding]:
    for seen in week.of(clause.of):
        if not seen.timed:
            continue
        late = None
        if clause.after is not None:
            late = _late_before(problem, clause, week, seen.day)
            if late is None:
                continue
        first, then = (late.placed, seen.placed) if late else (seen.placed, None)
        midnight = seen.day * DAY_MIN
        if clause.start_not_before is not None:
            point = minute_of_day(problem, clause.start_not_before, seen.day)
            start = seen.start - midnight
            if start < point:
                amount = ceil_div(point - start, 60) if clause.per == "hour" else 1
                yield Finding(amount, (seen.day,), first, then, start, point)
        if clause.end_not_after is not None:
            point = minute_of_day(problem, clause.end_not_after, seen.day)
            end = seen.end - midnight
            if end > point:
                amount = ceil_div(end - point, 60) if clause.per == "hour" else 1
                yield Finding(amount, (seen.day,), first, then, end, point)


def minute_of_day(problem: Problem, point: str, day: int) -> int:
    """Minutes from the day's midnight to `bed-120`, `wake+60` or `07:00`; ValueError for anything else."""
    match = _POINT.match(point)
    if match is None:
        raise ValueError(f"{point!r} is no point of the day; expected bed-120, wake+60 or 07:00")
    if match["night"]:
        nights = problem.bed if match["night"] == "bed" else problem.wake
        return nights[day % 7] + int(match["offset"] or 0)
    return int(match["hour"]) * 60 + int(match["minute"])


def _late_before(problem: Problem, clause: Clock, week: WeekView, day: int) -> Seen | None:
    """What ended late on the day before; Monday follows last week's Sunday and, if it wraps, its own."""
    if clause.after is None or clause.ended_past is None:
        raise ValueError("`after` and `ended_past` go together")
    eves = (-1, 6) if day == 0 and problem.wraps else (day - 1,)
    for group in week.on(clause.after, eves):
        for seen in group:
            point = minute_of_day(problem, clause.ended_past, seen.day)
            if seen.timed and seen.end - seen.day * DAY_MIN > point:
                return seen
    return None
