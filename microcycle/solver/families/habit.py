"""Each kind keeps one part of the day."""

from __future__ import annotations

from collections.abc import Iterator

from microcycle.models.rule import Habit
from microcycle.solver.problem import DAY_MIN, Problem
from microcycle.solver.view import Finding, Seen, WeekView

MORNING_TO_MIN = 660
MIDDAY_TO_MIN = 960


def matches(problem: Problem, clause: Habit, week: WeekView) -> Iterator[Finding]:  # noqa: ARG001
    parts: dict[str, dict[str, Seen]] = {}
    for seen in week.of(clause.of):
        if seen.timed:
            parts.setdefault(seen.placed.kind.id, {}).setdefault(part_of_day(seen), seen)
    for kept in parts.values():
        if len(kept) > 1:
            first, then = list(kept.values())[:2]
            days = tuple(sorted({seen.day for seen in kept.values()}))
            yield Finding(len(kept) - 1, days, first.placed, then.placed, len(kept), 1)


def part_of_day(seen: Seen) -> str:
    minute = seen.start - seen.day * DAY_MIN
    return "morning" if minute < MORNING_TO_MIN else "midday" if minute < MIDDAY_TO_MIN else "evening"
