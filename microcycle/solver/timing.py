"""How late a visit can be worth starting: most starts are settled before any solver runs.

Every rule on time only ever pushes a visit later (a gap after an earlier visit, an hour not to start before) or cuts
its end. So for fixed placements, lengths and amounts there is a componentwise earliest timetable that costs no more
than any other, and in it a start is the opening of its place or sits exactly on such a push. Following the pushes to
a fixed point bounds every start; where the bound is the opening itself the start is a constant.

Assumes that whatever may make a later start worth having is one of the pushes below: a rule on time that posts
`not_before`, or prefers an hour, has its line in `_pushes`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

from microcycle.models.clause import Clock, Habit, SpacingHours, Stability
from microcycle.models.selector import Expression
from microcycle.solver.problem import DAY_MIN, WEEK_MIN, Place, Problem

PARTS_OF_DAY = (0, 660, 960)
"""Morning to 11:00, midday to 16:00, evening after (own choice)."""


class Span(NamedTuple):
    """Earliest and latest start worth considering at a place."""

    low: int
    high: int


class _Push(NamedTuple):
    """The start at `place` is pushed to the start at `by` (0 for None) + `offset`."""

    place: int
    by: int | None
    offset: int


def point(written: str, day: int, problem: Problem) -> int:
    """A point of the day (`bed-120`, `wake+60`, `07:00`) as a minute of the week."""
    midnight = day * DAY_MIN
    for name, at in (("bed", problem.nights.bed), ("wake", problem.nights.wake)):
        if written.startswith(name):
            return midnight + at[day % 7] + int(written[len(name) :] or 0)
    hours, minutes = written.split(":")
    return midnight + int(hours) * 60 + int(minutes)


def gain(problem: Problem, minute: int) -> int:
    """Local minutes that the clock is ahead of elapsed time at a minute of the week."""
    return minute - problem.real(minute) if problem.clock_changes else 0


def in_rooms(problem: Problem) -> Iterator[tuple[Place, Place]]:
    """Each two places of a room, the earlier one first: one that is not used opens at its earliest minute and is 0 long."""
    for _, room in itertools.groupby(problem.places, key=lambda place: place.room):
        yield from itertools.combinations(room, 2)


def overhanging(problem: Problem) -> Iterator[tuple[Place, Place, int]]:
    """Places of fixed pins with time behind them for the rest of a visit, each with a place that opens in that time.

    With the minutes to the week of the other place: on Sunday night it may be next Monday's.
    """
    for one in (place for place in problem.places if place.pin is not None and place.attached):
        for shift in (0, WEEK_MIN) if problem.wraps else (0,):
            for other in problem.places:
                if other.index != one.index and one.low <= other.low + shift < one.close:
                    yield one, other, shift


def spans(problem: Problem) -> tuple[Span, ...]:
    """The span of each place, in the order of problem.places; multiples of the grid above its opening."""
    longest = [
        max((problem.options[o].minutes for o in place.options), default=0)
        + max((problem.options[o].minutes for o in place.attached), default=0)
        for place in problem.places
    ]
    high = [place.low for place in problem.places]
    pushes = _pushes(problem, longest)
    changed = True
    while changed:
        changed = False
        for push in pushes:
            place = problem.places[push.place]
            wanted = push.offset + (0 if push.by is None else high[push.by])
            steps = -((place.low - wanted) // problem.grid)
            reach = min(place.high, place.low + steps * problem.grid)
            if reach > high[push.place]:
                high[push.place] = reach
                changed = True
    return tuple(Span(place.low, top) for place, top in zip(problem.places, high, strict=True))


def _pushes(problem: Problem, longest: list[int]) -> list[_Push]:
    places = problem.places
    open_ended = [place for place in places if place.low < place.high]
    if not open_ended:
        return []

    def may(place: Place, of: Expression) -> bool:
        members = problem.members(of)
        return not (members.isdisjoint(place.options) and members.isdisjoint(place.attached))

    found: dict[tuple[int, int | None], int] = {}

    def push(place: int, by: int | None, offset: int) -> None:
        found[place, by] = max(found.get((place, by), -(10**9)), offset)

    for piece in (piece for anchor in problem.anchors for piece in anchor.sessions):
        for place in open_ended:
            if piece.start is not None and may(place, piece.kind.id):
                push(place.index, None, piece.start)
    for wish in problem.wishes:
        for place in open_ended:
            if wish.start is not None and place.day in wish.days and may(place, wish.of):
                push(place.index, None, place.day * DAY_MIN + wish.start)
    for place in open_ended if problem.stated is not None else ():
        push(place.index, None, place.day * DAY_MIN + problem.nights.wake[place.day])
        for window in problem.stated or ():
            # On other days too: new time is best at an hour that is free elsewhere.
            push(place.index, None, window.open + window.setup + (place.day - window.day) * DAY_MIN)
    for ends in (piece.end for piece in problem.history if piece.end is not None):
        for place in open_ended:
            # Nothing begins before last week is over.
            push(place.index, None, ends)
    for before, after in in_rooms(problem):
        push(after.index, before.index, longest[before.index])
    for pinned, after, shift in overhanging(problem):
        push(after.index, pinned.index, longest[pinned.index] - shift)
    for instance in problem.rules:
        clause = instance.clause
        if isinstance(clause, SpacingHours):
            need = (int(clause.hours) - int(clause.tolerance)) * 60
            either = clause.order == "either"
            firsts = [p for p in places if may(p, clause.first) or (either and may(p, clause.then))]
            thens = [p for p in open_ended if may(p, clause.then) or (either and may(p, clause.first))]
            for late in thens:
                for piece in problem.history:
                    if piece.start is not None:
                        push(late.index, None, piece.start + piece.minutes + need + gain(problem, late.low))
                for early in firsts:
                    from_end = clause.measured == "end-to-start" or bool(early.attached)
                    length = longest[early.index] if from_end else 0
                    for shift in (0, WEEK_MIN) if problem.wraps else (0,):
                        if not shift and early.index >= late.index:
                            continue  # places are in time order
                        slack = gain(problem, late.low + shift) - gain(problem, early.low)
                        offset = length + need + slack - shift
                        if early.high + offset > late.low:
                            push(late.index, early.index, offset)
        elif isinstance(clause, Clock) and clause.start_not_before is not None:
            for place in open_ended:
                if may(place, clause.of):
                    push(place.index, None, point(clause.start_not_before, place.day, problem))
        elif isinstance(clause, Habit):
            for place in open_ended:
                if may(place, clause.of):
                    push(place.index, None, place.day * DAY_MIN + PARTS_OF_DAY[-1])
        elif isinstance(clause, Stability):
            for place in open_ended:
                for piece in problem.reference:
                    if piece.day == place.day and piece.start is not None:
                        push(place.index, None, piece.start)
    return [_Push(place, by, offset) for (place, by), offset in found.items()]
