"""Room for visits: the windows' free stretches, cut at pins and clock changes, each as so many places in time order."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from math import ceil
from typing import NamedTuple

from microcycle.models.clause import Bound, SpacingHours
from microcycle.models.clock import DAY_MIN, WEEK_MIN
from microcycle.solver.inforce import Draft
from microcycle.solver.menu import Menu
from microcycle.solver.pins import meeting
from microcycle.solver.problem import Option, Pin, Place, Placed, Window
from microcycle.solver.underway import visits
from microcycle.solver.zone import ClockChanges

START_MIN = 5
"""Visits start on a multiple of this past midnight, unless pinned elsewhere; the finest grid."""
MOST_VISITS = 3
"""A stretch holds no more, whatever the rules say, and no more walks and the like before, between or behind them."""
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
    joint: bool = False
    lead: int | None = None
    after: int = 0
    """It is used only behind the place so many before it; 0 for none."""


class _Fitting(NamedTuple):
    """What may stand in a stretch."""

    visits: Sequence[Sequence[Option]]
    """What counts, at its first, second and third place, as far as there are any."""
    behind: Sequence[Option]
    gentle: Sequence[Option]
    """What counts for nothing and is no visit to any rule."""
    together: int
    """How many of these there may be on one day."""


def places(
    food: Menu,
    windows: Sequence[Window],
    changes: ClockChanges,
    drafts: Sequence[Draft],
    grid: int,
    *,
    wraps: bool,
    held: Sequence[Placed] = (),
    gone: Sequence[tuple[int, int]] = (),
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
        counted, gentle = ([o for o in mains if o.kind.counts == counts] for counts in (True, False))
        visits = [counted, *_later(counted, minutes, per_day, gaps)] if counted else []
        return _Fitting(visits, behind, gentle, min(MOST_VISITS, sum(gaps.most(alike) for alike in _by_kind(gentle))))

    # Of this week it is over; Sunday night meets Monday's.
    done = [_next_week(visit) for visit in visits(held)] if wraps else []
    for window in windows:
        free = _floating(food, window.day)
        for low, high, given in _stretches(window, food.left, [*done, *gone], changes, wraps=wraps):
            low += ceil(max(0, (over or low) - low) / grid) * grid
            fits = fitting(high - low, window.only, free)
            spot = _Spot(window.day, low, low, high, next(rooms), window.index, None, given, (), ())
            spots += [_timed(one, grid) for one in _in_order(spot, fits)]
            leading = [o for visit in fits.visits[:1] for o in visit]
            for pin in food.left:
                follows = pin.start is not None and window.day in pin.days and high == window.day * DAY_MIN + pin.start
                if follows and (pin.index, window.day, False) not in given:
                    spots += [one._replace(room=next(rooms)) for one in _joint(food, spot, pin, leading, grid)]
    for pin in food.left:
        for day in pin.days if pin.start is not None else ():
            assert pin.start is not None
            start = day * DAY_MIN + pin.start
            mains = [o for o in food.options if o.kind.id == pin.kind.id and o.minutes in pin.minutes and not o.attached]
            close, behind = start + max(pin.minutes), list[Option]()
            for window in windows:
                if window.day == day:
                    end, there = _behind(food, window, pin, close, changes, _floating(food, day))
                    if there:
                        close, behind = end, there
            spots.append(_Spot(day, start, start, close, next(rooms), None, pin.index, (), mains, behind))
    for lead, then in itertools.permutations((pin for pin in food.left if pin.start is not None), 2):
        for day in lead.days:
            at, end = (day * DAY_MIN + (pin.start or 0) for pin in (lead, then))
            if day in then.days and end == at + max(lead.minutes):
                leading = [
                    o for o in food.options if (o.kind.id, o.attached) == (lead.kind.id, False) and o.minutes in lead.minutes
                ]
                spot = _Spot(day, at, at, end, 0, None, None, (), (), ())
                spots += [one._replace(room=next(rooms), lead=lead.index) for one in _joint(food, spot, then, leading, 1)]
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
            spot.joint,
            spot.lead,
            index - spot.after if spot.after else None,
        )
        for index, spot in enumerate(spots)
    )


def _next_week(visit: Sequence[Placed]) -> tuple[int, int]:
    start = (visit[0].start or 0) + WEEK_MIN
    return start, start + sum(piece.minutes for piece in visit)


def past_pins(food: Menu, held: Sequence[Placed], over: int) -> list[tuple[int, int]]:
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


def _in_order(spot: _Spot, fits: _Fitting) -> Iterator[_Spot]:
    """The places of a stretch in time order: visits, each only behind the one before, with what is gentle around them.

    Before a visit and between two there may be time that only a walk can fill: a rule pushes the visit, the grid does not
    meet its end.
    """
    gentle = [spot._replace(mains=fits.gentle, after=min(n, 1)) for n in range(fits.together)]
    yield from gentle
    for n, visit in enumerate(fits.visits):
        yield spot._replace(mains=visit, behind=fits.behind, after=1 + len(gentle) if n else 0)
        yield from (one._replace(after=1) for one in gentle)


def _by_kind(options: Sequence[Option]) -> list[list[Option]]:
    return [list(alike) for _, alike in itertools.groupby(options, key=lambda o: o.kind.id)]


def _joint(food: Menu, spot: _Spot, pin: Pin, leading: Sequence[Option], grid: int) -> Iterator[_Spot]:
    """Places at the end of a stretch for what a fixed session, which follows there, may stand straight behind."""
    behind = [o for o in food.options if (o.kind.id, o.attached) == (pin.kind.id, True)]
    behind = [o for o in behind if o.minutes in pin.minutes]
    mains = [o for o in leading if behind and pin.kind.may_follow(o.kind, behind[0].minutes)]
    for minutes, alike in itertools.groupby(sorted(mains, key=lambda o: (o.minutes, o.index)), key=lambda o: o.minutes):
        start = spot.close - minutes
        if (start - spot.low) % grid == 0:
            close = spot.close + behind[0].minutes
            yield spot._replace(
                low=start, high=start, close=close, window=None, pin=pin.index, mains=list(alike), behind=behind, joint=True
            )


def _timed(spot: _Spot, grid: int) -> _Spot:
    """With the last start on the grid that leaves time for its shortest option."""
    return spot._replace(high=spot.low + (spot.close - spot.low - min(o.minutes for o in spot.mains)) // grid * grid)


def _stretches(
    window: Window, pins: Sequence[Pin], past: Sequence[tuple[int, int]], changes: ClockChanges, *, wraps: bool
) -> Iterator[_Stretch]:
    """A window's free time, cut at fixed pins, at what is `past` and at clock changes, which no visit may span.

    Pins that may choose their day leave one version for each way in which they can stand or not stand here.
    """
    whole = [(window.open + window.setup, window.close - window.setup)]
    for gap in changes.skipped:
        whole = _cut(whole, gap.start, gap.end)
    for at, _ in changes.at:
        whole = _cut(whole, at, at)
    for start, end in past:
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


def _floating(food: Menu, day: int) -> frozenset[tuple[str, int]]:
    """What is fixed to the day, but to no hour; also what was done since: what else has its length stays where it is."""
    return frozenset((pin.kind.id, n) for pin in food.pins if pin.start is None and day in pin.days for n in pin.minutes)


def _behind(
    food: Menu, window: Window, pin: Pin, first: int, changes: ClockChanges, free: Collection[tuple[str, int]]
) -> tuple[int, list[Option]]:
    """Until when the window has time behind a fixed pin that ends at `first`, and what may stand there in its visit."""
    open_time = [(window.open + window.setup, window.close - window.setup)]
    for start, end in [*changes.skipped, *((at, at) for at, _ in changes.at)]:
        open_time = _cut(open_time, start, end)
    last = next((high for low, high in open_time if low <= first < high), first)
    open_to = None if window.only is None else food.members(window.only)
    return last, [
        o
        for o in food.options
        if o.attached
        and (pin.kind.id, o.kind.id) in food.combos
        and o.minutes <= last - first
        and (open_to is None or o.index in open_to)
        and (o.kind.id, o.minutes, True) not in food.done_only
        and ((o.kind.id, o.minutes, True) not in food.pinned_only or (o.kind.id, o.minutes) in free)
    ]


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
        key = (option.kind.id, option.minutes)
        if (*key, option.attached) in food.done_only or ((*key, option.attached) in food.pinned_only and key not in free):
            continue
        if option.attached:
            behind.append(option)
        elif option.minutes <= minutes:
            mains.append(option)
    shortest: dict[str, int] = {}
    for o in mains:
        shortest[o.kind.id] = min(o.minutes, shortest.get(o.kind.id, o.minutes))
    behind = [
        o for o in behind if any((k, o.kind.id) in food.combos and n + o.minutes <= minutes for k, n in shortest.items())
    ]
    return mains, behind


def capped(drafts: Sequence[Draft]) -> bool:
    """Whether a hard rule says how many visits a day holds; else it is the number of places that does."""
    return bool(_caps(drafts))


def _visits_a_day(drafts: Sequence[Draft]) -> int:
    return min(_caps(drafts), default=MOST_VISITS)


def _caps(drafts: Sequence[Draft]) -> list[int]:
    return [
        d.clause.max
        for d in drafts
        if isinstance(d.clause, Bound)
        and isinstance(d.clause.max, int)
        and (d.clause.of, d.clause.per, d.clause.quantity) == ("training", "day", "visits")
        and not d.clause.on
        and d.severity == "hard"
    ]


class _Gaps:
    """Least minutes between two visits of one day by kinds, from the hard rules; None where they cannot share a day.

    Assumes that such a rule looks at nothing but kinds and lengths: neither at muscles nor at which of the two is lighter.
    """

    def __init__(self, drafts: Sequence[Draft], food: Menu) -> None:
        hard = [d.clause for d in drafts if d.severity == "hard"]
        self._hours = [
            (food.members(c.first), food.members(c.then), c)
            for c in hard
            if isinstance(c, SpacingHours) and c.scope != "next-day" and c.same_muscle is None and not c.unless_lighter
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

    def most(self, options: Collection[Option]) -> int:
        """How many of these a day may hold."""
        return min((most for held, most in self._caps if all(o.index in held for o in options)), default=MOST_VISITS)

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


def _later(counted: Sequence[Option], minutes: int, per_day: int, gaps: _Gaps) -> list[list[Option]]:
    """What may stand at a second and at a third place of a stretch, each as long as something may.

    A visit needs one before it that leaves it time, with the gap between them; and a third one needs two. Assumes that the
    hard rules among the drafts are posted, and that of lengths which they treat alike the shortest leaves most time.
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
        there = [o for o in counted if soonest[shortest[o.kind.id, gaps.seen(o)].index] + o.minutes <= minutes]
        if not there:
            break
        found.append(there)
    return found
