"""Room for visits: the windows' free stretches, cut at pins and clock changes, each as so many places in time order."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from math import ceil
from typing import NamedTuple

from microcycle.models.clause import Bound, SpacingHours
from microcycle.models.clock import DAY_MIN
from microcycle.solver.inforce import Draft
from microcycle.solver.menu import Menu
from microcycle.solver.pins import meeting
from microcycle.solver.problem import Option, Pin, Place, Placed, Window
from microcycle.solver.underway import visits
from microcycle.solver.zone import ClockChanges

START_MIN = 5
"""Visits start on a multiple of this past midnight, unless pinned elsewhere; the finest grid."""
MOST_VISITS = 3
"""A day holds no more, whatever the rules say."""
Given = tuple[tuple[int, int, bool], ...]


class _Stretch(NamedTuple):
    """Free time for visits, without set-up time, where these pins do or do not stand on this day."""

    low: int
    high: int
    given: Given


class _Spot(NamedTuple):
    """A place before places are sorted and numbered."""

    day: int
    low: int
    high: int
    close: int
    room: int
    window: int | None
    pin: int | None
    given: Given
    mains: Sequence[Option]
    behind: Sequence[Option]
    done: bool = False


class _Fitting(NamedTuple):
    """What may stand in a stretch."""

    mains: Sequence[Option]
    behind: Sequence[Option]
    counted: Sequence[Option]
    later: Sequence[Sequence[Option]]
    """What may stand at its second and third place, as far as there are any."""


def places(
    food: Menu,
    windows: Sequence[Window],
    changes: ClockChanges,
    drafts: Sequence[Draft],
    grid: int,
    *,
    wraps: bool,
    held: Sequence[Placed] = (),
    over: int | None = None,
) -> tuple[Place, ...]:
    """Visit places of every window, fixed pins cut out of it, and of what is `held` already; by day and time.

    Nothing else starts before `over`, and whatever starts later may start when it might have before: the grid stays.
    """
    per_day = _visits_a_day(drafts)
    gaps = _Gaps(drafts, food)
    spots: list[_Spot] = []
    rooms = itertools.count(1)

    @cache  # the days of a week are much alike
    def fitting(minutes: int, only: str | None, free: frozenset[tuple[str, int]]) -> _Fitting:
        mains, behind = _fitting(food, only, free, minutes)
        counted = [o for o in mains if o.kind.counts]
        return _Fitting(mains, behind, counted, _later(mains, counted or mains, minutes, per_day, gaps))

    gone = [] if over is None else _gone(food, held, over)
    for window in windows:
        here = [pin for pin in food.left if pin.start is None and window.day in pin.days]
        free = frozenset((pin.kind.id, n) for pin in here for n in pin.minutes)
        for low, high, given in _stretches(window, food.left, changes, gone, wraps=wraps):
            low += ceil(max(0, (over or low) - low) / grid) * grid
            mains, behind, counted, later = fitting(high - low, window.only, free)
            if mains:
                latest = low + (high - low - min(o.minutes for o in mains)) // grid * grid
                spot = _Spot(window.day, low, latest, high, next(rooms), window.index, None, given, mains, behind)
                spots += [spot, *(spot._replace(mains=there) for there in later)]
                # A walk is no visit to any rule; it gets room of its own behind the visits, and nothing else does there.
                walks = [o for o in mains if not o.kind.counts]
                if counted and walks and min(o.minutes for o in counted) + min(o.minutes for o in walks) <= high - low:
                    latest = low + (high - low - min(o.minutes for o in walks)) // grid * grid
                    spots.append(spot._replace(mains=walks, behind=(), high=latest))
    for pin in food.left:
        for day in pin.days if pin.start is not None else ():
            assert pin.start is not None
            start = day * DAY_MIN + pin.start
            mains = [o for o in food.options if o.kind.id == pin.kind.id and o.minutes in pin.minutes and not o.attached]
            spots.append(_Spot(day, start, start, start + max(pin.minutes), next(rooms), None, pin.index, (), mains, ()))
    by_key = {(o.kind.id, o.minutes, o.attached): o for o in food.options}
    for visit in visits(held):
        first, *rest = visit
        assert first.start is not None
        main = by_key[first.kind.id, first.minutes, False]
        behind = [by_key[piece.kind.id, piece.minutes, True] for piece in rest]
        end = first.start + sum(piece.minutes for piece in visit)
        spots.append(_Spot(first.day, first.start, first.start, end, next(rooms), None, None, (), [main], behind, done=True))
    spots.sort(key=lambda spot: (spot.day, spot.low, spot.room))
    return tuple(
        Place(
            index,
            spot.day,
            spot.low,
            spot.high,
            spot.close,
            spot.window,
            spot.room,
            spot.pin,
            spot.given,
            tuple(o.index for o in spot.mains),
            tuple(o.index for o in spot.behind),
            spot.done,
        )
        for index, spot in enumerate(spots)
    )


def _gone(food: Menu, held: Sequence[Placed], over: int) -> list[tuple[int, int]]:
    """Starts and ends of fixed pins that are over: they stood in their windows, whatever became of them."""
    left = {(pin.path, day) for pin in food.left for day in pin.days}
    found = []
    for pin in food.pins:
        for day in pin.days if pin.start is not None else ():
            assert pin.start is not None
            start = day * DAY_MIN + pin.start
            stood = len(pin.days) == 1 or any((p.kind.id, p.start) == (pin.kind.id, start) for p in held)
            if (pin.path, day) not in left and start < over and stood:
                found.append((start, start + max(pin.minutes)))
    return found


def _stretches(
    window: Window, pins: Sequence[Pin], changes: ClockChanges, gone: Sequence[tuple[int, int]], *, wraps: bool
) -> Iterator[_Stretch]:
    """A window's free time, cut at fixed pins, those that are `gone` too, and at clock changes, which no visit may span.

    Pins that may choose their day leave one version for each way in which they can stand or not stand here.
    """
    whole = [(window.open + window.setup, window.close - window.setup)]
    for gap in changes.skipped:
        whole = _cut(whole, gap.start, gap.end)
    for at, _ in changes.at:
        whole = _cut(whole, at, at)
    for start, end in gone:
        whole = _cut(whole, start, end)
    choosing: dict[tuple[int, int], tuple[int, int]] = {}
    for pin, day, start, end in meeting(window, pins, wraps=wraps):
        if len(pin.days) == 1:
            whole = _cut(whole, start, end)
        else:
            choosing[pin.index, day] = (start, end)
    for standing in itertools.product((False, True), repeat=len(choosing)):
        here = [key for key, stands in zip(choosing, standing, strict=True) if stands]
        times = [choosing[key] for key in here]
        if len({pin for pin, _ in here}) < len(here) or _clash(times):
            continue
        given = tuple((pin, day, stands) for (pin, day), stands in zip(choosing, standing, strict=True))
        stretches = whole
        for start, end in times:
            stretches = _cut(stretches, start, end)
        for low, high in stretches:
            first = ceil(low / START_MIN) * START_MIN
            if high > first:
                yield _Stretch(first, high, given)


def _clash(times: Sequence[tuple[int, int]]) -> bool:
    return any(a < d and c < b for (a, b), (c, d) in itertools.combinations(times, 2))


def _cut(stretches: list[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    found = []
    for low, high in stretches:
        if end <= low or high <= start:
            found.append((low, high))
        else:
            found += [(a, b) for a, b in ((low, start), (end, high)) if b > a]
    return found


def _fitting(
    food: Menu, only: str | None, free: Collection[tuple[str, int]], minutes: int
) -> tuple[list[Option], list[Option]]:
    """The options that may stand in so many minutes of a window, as the main piece and behind one.

    `free` are those that stand nowhere but where they are pinned, and may be here.
    """
    open_to = None if only is None else food.members(only)
    mains, behind = [], []
    for option in food.options:
        if open_to is not None and option.index not in open_to:
            continue
        if (option.kind.id, option.minutes, option.attached) in food.done_only:
            continue
        if option.attached:
            behind.append(option)
        elif option.minutes <= minutes:
            key = (option.kind.id, option.minutes)
            if key not in food.pinned_only or key in free:
                mains.append(option)
    shortest: dict[str, int] = {}
    for o in mains:
        shortest[o.kind.id] = min(o.minutes, shortest.get(o.kind.id, o.minutes))
    behind = [
        o for o in behind if any((k, o.kind.id) in food.combos and n + o.minutes <= minutes for k, n in shortest.items())
    ]
    return mains, behind


def _visits_a_day(drafts: Sequence[Draft]) -> int:
    caps = [
        d.clause.max
        for d in drafts
        if isinstance(d.clause, Bound)
        and (d.clause.of, d.clause.per, d.clause.quantity) == ("training", "day", "visits")
        and not d.clause.on
        and d.severity == "hard"
    ]
    return min((c for c in caps if isinstance(c, int)), default=MOST_VISITS)


class _Gaps:
    """Least minutes between two visits of one day by kinds, from the hard rules; None where they cannot share a day."""

    def __init__(self, drafts: Sequence[Draft], food: Menu) -> None:
        hard = [d.clause for d in drafts if d.severity == "hard"]
        self._hours = [
            (food.members(c.first), food.members(c.then), c)
            for c in hard
            if isinstance(c, SpacingHours) and c.scope != "next-day" and c.same_muscle is None
        ]
        self._caps = [
            (food.members(c.of), c.max)
            for c in hard
            if isinstance(c, Bound) and c.per == "day" and c.quantity in ("visits", "sessions") and not c.on
            if isinstance(c.max, int) and c.max < MOST_VISITS
        ]
        groups = [held for first, then, _ in self._hours for held in (first, then)] + [held for held, _ in self._caps]
        self._seen = [tuple(option.index in held for held in groups) for option in food.options]
        self._least: dict[tuple[int, int], int | None] = {}

    def seen(self, option: Option) -> tuple[bool, ...]:
        """What the rules see of an option: lengths that they treat alike are one."""
        return self._seen[option.index]

    def between(self, first: Option, then: Option) -> int | None:
        # By index: options themselves are slow to hash.
        key = (first.index, then.index)
        if key not in self._least:
            self._least[key] = self._between(first, then)
        return self._least[key]

    def capped(self, *options: Option) -> bool:
        """Whether a day may not hold all of them."""
        return any(sum(o.index in held for o in options) > most for held, most in self._caps)

    def _between(self, first: Option, then: Option) -> int | None:
        a, b = first.index, then.index
        if self.capped(first, then):
            return None
        least = 0
        for firsts, thens, c in self._hours:
            if (a in firsts and b in thens) or (c.order == "either" and a in thens and b in firsts):
                start = first.minutes if c.measured == "start-to-start" else 0
                least = max(least, (int(c.hours) - int(c.tolerance)) * 60 - start)
        return least


def _later(
    mains: Sequence[Option], counted: Sequence[Option], minutes: int, per_day: int, gaps: _Gaps
) -> list[list[Option]]:
    """What may stand at a second and at a third place of a stretch, each as long as something may.

    A visit needs one before it that leaves it time, with the gap between them; and a third one needs two.
    """
    shortest: dict[tuple[str, tuple[bool, ...]], Option] = {}
    for option in counted:
        shortest.setdefault((option.kind.id, gaps.seen(option)), option)
    kinds = list(shortest.values())
    # By the later visit: minutes that have passed before it, and what was done.
    second = {b.index: [(a.minutes + gap, a) for a in kinds if (gap := gaps.between(a, b)) is not None] for b in kinds}
    third = {
        c.index: [
            (before + b.minutes + gap, a)
            for b in kinds
            if (gap := gaps.between(b, c)) is not None
            for before, a in second[b.index]
            if gaps.between(a, c) is not None and not gaps.capped(a, b, c)
        ]
        for c in kinds
        if per_day >= MOST_VISITS
    }
    found = []
    for ways in (second, third)[: max(0, per_day - 1)]:
        soonest = {index: min((passed for passed, _ in before), default=minutes) for index, before in ways.items()}
        there = {o.index for o in counted if soonest[shortest[o.kind.id, gaps.seen(o)].index] + o.minutes <= minutes}
        if not there:
            break
        found.append([o for o in mains if o.index in there or not o.kind.counts])
    return found
