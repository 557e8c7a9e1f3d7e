"""Walks and the like in front of the first visit of a stretch: left out where no week is better for them.

Whoever walks first may as well train first, from the opening on, and walk then. That assumes that no rule pushes the
visit past the opening anyway, that lengths meet the grid, so that both fit in either order, and that no rule minds the
walk later.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import replace

from microcycle.models.clause import Clock, Habit, SpacingDays, SpacingHours, Stability
from microcycle.solver.problem import WEEK_MIN, Place, Problem, RuleInstance
from microcycle.solver.timing import spans


def awake(problem: Problem) -> Problem:
    """The problem without the places in front that no week needs."""
    rooms = [list(room) for _, room in itertools.groupby(problem.places, key=lambda place: place.room)]
    front = {room[0].room: _in_front(problem, room) for room in rooms}
    asleep = {room[0].room for room in rooms if front[room[0].room] and not _needed(problem, room)}
    while asleep:
        rest = _without(problem, [place.index for room in asleep for place in front[room]])
        open_ended = (p for p, span in zip(rest.places, spans(rest), strict=True) if span.high > span.low)
        pushed = {place.room for place in open_ended if place.after is None}
        if pushed.isdisjoint(asleep):
            return rest
        # What stands there may push what comes later.
        asleep -= pushed
    return problem


def _gentle(problem: Problem, place: Place) -> bool:
    return place.pin is None and not any(problem.options[o].kind.counts for o in place.options)


def _in_front(problem: Problem, room: Sequence[Place]) -> list[Place]:
    front = list(itertools.takewhile(lambda place: _gentle(problem, place), room))
    return front if len(front) < len(room) else []


def _needed(problem: Problem, room: Sequence[Place]) -> bool:
    """Whether the order matters in itself: lengths off the grid, or rules that mind when the gentle ones stand."""
    held = {o for place in room for o in (*place.options, *place.attached)}
    gentle = frozenset(room[0].options)
    starts = [piece for anchor in problem.anchors for piece in anchor.sessions if piece.start is not None]
    return (
        any(problem.options[o].minutes % problem.grid for o in held)
        or any(_minds(problem, instance, gentle, room[0]) for instance in problem.rules)
        or any(wish.start is not None and problem.members(wish.of) & gentle for wish in problem.wishes)
        or any(problem.members(piece.kind.id) & gentle for piece in starts)
    )


def _minds(problem: Problem, instance: RuleInstance, gentle: Collection[int], place: Place) -> bool:
    """Whether a rule may cost more for one of the gentle ones where it stands later, behind the visit."""
    clause = instance.clause
    if isinstance(clause, Clock) and clause.after is not None and not problem.members(clause.after).isdisjoint(gentle):
        return True  # it would end later
    if isinstance(clause, Clock | Habit):
        by_hours = isinstance(clause, Habit) or clause.start_not_before or clause.end_not_after
        return bool(by_hours or problem.asleep(place.low, place.close)) and not problem.members(clause.of).isdisjoint(gentle)
    if isinstance(clause, Stability):
        return any(not problem.members(piece.kind.id).isdisjoint(gentle) for piece in problem.reference)
    if not isinstance(clause, SpacingHours | SpacingDays):
        return False
    if (problem.members(clause.first) | problem.members(clause.then)).isdisjoint(gentle):
        return False
    if clause.order == "first-then":
        return True
    if isinstance(clause, SpacingDays):
        return False
    if clause.unless_lighter or clause.same_muscle is not None or clause.measured == "start-to-start":
        return True
    # Nearer to what comes next.
    soonest = place.close + int(clause.hours) * 60
    shifts = (0, WEEK_MIN) if problem.wraps else (0,)
    others = [(p.low + shift, p) for p in problem.places if p.room != place.room for shift in shifts]
    return any(place.low < low < soonest for low, p in others)


def _without(problem: Problem, gone: Collection[int]) -> Problem:
    kept = [place for place in problem.places if place.index not in gone]
    number = {place.index: n for n, place in enumerate(kept)}
    places = (replace(p, index=number[p.index], after=None if p.after is None else number[p.after]) for p in kept)
    return replace(problem, places=tuple(places))
