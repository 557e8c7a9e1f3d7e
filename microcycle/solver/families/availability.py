"""Visits lie in the athlete's windows, pins are honoured, and no two visits overlap."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from microcycle.models.clause import Availability
from microcycle.models.selector import Piece
from microcycle.solver.pins import assigned, overlap
from microcycle.solver.problem import DAY_MIN, MISSING, Pin, Place, Placed, Problem, RuleInstance, Window
from microcycle.solver.view import Finding, Group, Seen, WeekView

if TYPE_CHECKING:
    from microcycle.solver.cpsat import Expr, Lit
    from microcycle.solver.encoding import Encoding


def matches(problem: Problem, clause: Availability, week: WeekView) -> Iterator[Finding]:
    if clause.what == "overlap":
        yield from _overlaps(week)
        return
    if clause.what == "visit":
        yield from _strangers(week)
        return
    for (day, _), visit in week.visits.items():
        if not _fits(problem, visit):
            yield Finding(1, (day,), visit[0].placed)
    for pin in _missed(problem, week):
        yield Finding(1, pin.days, _as_wanted(pin), value=pin.minutes[0] if len(pin.minutes) == 1 else None)


def _fits(problem: Problem, visit: Group) -> bool:
    """A pin stands at its hour, what was done, where it was done; all else of a visit, in one window."""
    free = tuple(seen for seen in visit if not problem.fixed(seen.placed) and not seen.placed.done)
    if not free:
        return True
    return any(_holds(problem, window, free) for window in problem.windows if window.day == visit[0].day)


def _holds(problem: Problem, window: Window, visit: Group) -> bool:
    if window.only is not None and not all(problem.selectors.holds(window.only, s.piece) for s in visit):
        return False
    first, last = window.open + window.setup, window.close - window.setup
    if _timed(visit):
        return first <= min(s.start for s in visit) and max(s.end for s in visit) <= last
    return sum(s.placed.minutes for s in visit) <= last - first


def _timed(visit: Group) -> bool:
    return all(seen.timed for seen in visit)


def _missed(problem: Problem, week: WeekView) -> list[Pin]:
    """Pins that no piece serves when each piece serves one pin; what is done has served its own."""
    finishers = {(option.kind.id, option.minutes) for option in problem.options if option.finisher}

    def serves(seen: Seen, pin: Pin) -> bool:
        # The end of a lift is what is meant at its hour, or where this goal's lifts may end so.
        meant = not seen.piece.finisher or pin.start is not None or (seen.placed.kind.id, seen.placed.minutes) in finishers
        return meant and not seen.placed.done and _serves(seen, pin)

    serving = assigned(problem.pins, week.here, serves)
    return [pin for pin in problem.pins if pin not in serving.values()]


def _serves(seen: Seen, pin: Pin) -> bool:
    placed = seen.placed
    return (
        placed.pin in (None, pin.index)
        and placed.kind.id == pin.kind.id
        and placed.day in pin.days
        and (not pin.minutes or placed.minutes in pin.minutes)
        # A week without times is judged on the day alone.
        and (pin.start is None or not seen.timed or seen.start == placed.day * DAY_MIN + pin.start)
    )


def _as_wanted(pin: Pin) -> Placed:
    """The missing session, as the athlete asked for it."""
    day = pin.days[0]
    start = None if pin.start is None else day * DAY_MIN + pin.start
    minutes = pin.minutes[0] if pin.minutes else pin.kind.minutes.default
    return Placed(pin.kind, minutes, day, start, visit=MISSING, pin=pin.index, label=pin.label)


def _overlaps(week: WeekView) -> Iterator[Finding]:
    here, past, copy = (_spans(group) for group in (week.here, week.past, week.copy))
    for at, one in enumerate(here):
        for other in past + here[at + 1 :] + copy:
            if max(one[0], other[0]) < min(one[1], other[1]):
                early, late = sorted((one, other), key=lambda span: span[0])
                days = tuple(sorted({early[2].day, late[2].day}))
                yield Finding(1, days, early[2].placed, late[2].placed)


def _strangers(week: WeekView) -> Iterator[Finding]:
    """What does not go with the session in front of it in its visit; what was done is a fact."""
    for (day, _), visit in week.visits.items():
        for n, (one, other) in enumerate(itertools.pairwise(visit)):
            fits = n == 0 and other.placed.kind.may_follow(one.placed.kind, other.placed.minutes)
            if not fits and not all(seen.placed.done for seen in visit):
                yield Finding(1, (day,), one.placed, other.placed)


def _spans(pieces: Group) -> list[tuple[int, int, Seen]]:
    """Start, end and first piece of each visit whose times are all known."""
    visits: dict[tuple[int, int], list[Seen]] = {}
    for seen in pieces:
        visits.setdefault(seen.visit, []).append(seen)
    timed = [tuple(visit) for visit in visits.values() if _timed(tuple(visit))]
    return [(min(s.start for s in visit), max(s.end for s in visit), visit[0]) for visit in timed]


def post(enc: Encoding, instance: RuleInstance, clause: Availability) -> None:  # noqa: ARG001
    """The places hold windows, set-up time, what shares a visit and no overlap by themselves; pins do not, nor last week."""
    if clause.what == "visit":
        return
    if clause.what == "windows":
        for pin in enc.problem.pins:
            post_pin(enc, pin)
        return
    problem = enc.problem
    ends = [piece.end for piece in (*problem.history, *problem.done) if piece.end is not None]
    for place in problem.places:
        late = max(ends, default=0)
        if place.low < late and not place.done:
            enc.not_before(place.index, None, late, enc.used(place.index))
    fixed = [place for place in problem.places if place.pin is not None or place.done]
    for one, other in itertools.combinations(fixed, 2):
        lengths = [_least_length(problem, place) for place in (one, other)]
        if one.pin != other.pin and overlap(one.low, lengths[0], other.low, lengths[1], wraps=problem.wraps):
            enc.forbid(enc.used(one.index), enc.used(other.index))


def _least_length(problem: Problem, place: Place) -> int:
    """Minutes of what is done, or of a pin without what may stand behind it."""
    return place.close - place.low if place.done or place.joint else min(problem.options[o].minutes for o in place.options)


def post_day(enc: Encoding, day: int, guard: Lit) -> None:
    """Visits of a day lie in its stated windows where the guard holds, and otherwise at least between rising and bed.

    For a problem whose places span whole days; to be posted for each of them, with False where the windows do not hold.
    """
    problem = enc.problem
    awake = Window(
        -1, day, day * DAY_MIN + problem.nights.wake[day], day * DAY_MIN + problem.nights.bed[day], 0, None, None, ()
    )
    for place in enc.days()[day]:
        if problem.places[place].pin is None and not problem.places[place].done:
            outside = [enc.negate(inside(enc, place, w)) for w in problem.stated or () if w.day == day]
            enc.forbid(enc.used(place), guard, *outside)
            enc.forbid(enc.used(place), enc.negate(inside(enc, place, awake)), *outside)
    post_behind_pins(enc, day, guard, awake)


def post_behind_pins(enc: Encoding, day: int, guard: Lit, awake: Window | None = None) -> None:
    """What shares a visit with a fixed session lies in a stated window where the guard holds, or else `awake`."""
    problem = enc.problem
    for place in (problem.places[p] for p in enc.days()[day]):
        first = place.low + (0 if place.joint else max(problem.options[o].minutes for o in place.options))
        free = (() if place.lead is not None else place.options) if place.joint else place.attached
        for o in free if place.pin is not None else ():
            piece = problem.options[o].piece
            seen = (piece, first, first + piece.minutes)
            if not any(_open(problem, window, *seen) for window in problem.stated or () if window.day == day):
                enc.forbid(enc.x[place.index, o], guard)
                if awake is not None and not _open(problem, awake, *seen):
                    enc.forbid(enc.x[place.index, o])


def _open(problem: Problem, window: Window, piece: Piece, start: int, end: int) -> bool:
    inside = window.open + window.setup <= start and end <= window.close - window.setup
    return inside and (window.only is None or problem.selectors.holds(window.only, piece))


def inside(enc: Encoding, place: int, window: Window, before: Expr | int = 0, after: Expr | int = 0) -> Lit:
    """A literal that is true only where what stands at the place keeps to the window, so many minutes longer."""
    problem, inside = enc.problem, enc.model.new_bool()
    held = problem.members(window.only) if window.only is not None else None
    for option in enc.choices(place):
        if held is not None and option not in held:
            enc.forbid(inside, enc.x[place, option])
    enc.at_least(enc.start[place] + before, window.open + window.setup, inside)
    enc.at_most(enc.start[place] + enc.length(place) - after, window.close - window.setup, inside)
    return inside


def post_pin(enc: Encoding, pin: Pin, guards: Mapping[int, Lit] | None = None) -> None:
    """A session for the pin; pins of one kind without an hour need sessions of their own, however they are told apart.

    By Hall's theorem that is so if any few of them have as many sessions to share as they are. With `guards`, by the
    pins' indices, only pins with one count, and only where it is true.
    """
    counted = [p for p in enc.problem.pins if guards is None or p.index in guards]
    alike = [p for p in counted if (p.kind.id, p.start) == (pin.kind.id, None) and p.index > pin.index]
    different: dict[tuple[tuple[int, ...], tuple[int, ...]], list[Pin]] = {}
    for other in alike if pin.start is None else ():
        different.setdefault((other.days, other.minutes), []).append(other)
    same = different.pop((pin.days, pin.minutes), [])
    for size in range(len(different) + 1):
        for groups in itertools.combinations(different.values(), size):
            sharing = [pin, *same, *(other for group in groups for other in group)]
            choices = dict.fromkeys(v for one in sharing for v in enc.honours(one))
            given = [guards[one.index] for one in sharing] if guards is not None else []
            enc.at_least(enc.sum([(1, v) for v in choices]), len(sharing), *given)
