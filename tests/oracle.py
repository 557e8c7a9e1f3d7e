"""Every week of a tiny request, starts included, judged by the audit alone: what the solver has to agree with.

Nothing here comes from the encoding, the levels or the timing of the solver. A week is a choice of one *day plan* for
each day: what was done, pins at their hour, and visits that start on the grid inside a window with its set-up time, one
after the other. A visit is a main option, alone or with one attached option that the catalogue lets stand behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import combinations, groupby, pairwise, permutations, product
from typing import NamedTuple

from microcycle.models.clause import Bound, SpacingDays, Table, When
from microcycle.models.session import Muscle
from microcycle.solver.audit import Audit, audit
from microcycle.solver.problem import DAY_MIN, WEEK_MIN, Option, Pin, Placed, Problem, RuleInstance, Window

Levels = tuple[int, ...]
Offer = tuple[str, int, bool]
"""Kind, minutes, whether behind another piece."""
Accept = Callable[[tuple[Placed, ...]], bool]


class Visit(NamedTuple):
    start: int
    end: int
    pieces: tuple[Placed, ...]


@dataclass(frozen=True)
class Plan:
    """What one day may hold, with the fixed pins that it honours."""

    pieces: tuple[Placed, ...] = ()
    pins: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Answer:
    """The best level vector of all weeks without a hard match; None where there is no such week."""

    levels: Levels | None
    pieces: tuple[Placed, ...]
    judged: int
    """Weeks, and parts of weeks, that were audited."""


def offered(problem: Problem) -> frozenset[Offer]:
    """What a problem may place, for `plans` of one with pins or sessions done, which stand nowhere else."""
    return frozenset((o.kind.id, o.minutes, o.attached) for o in problem.options)


def plans(
    problem: Problem, *, limit: int | None = None, free: Set[Offer] | None = None, fixed_once: Sequence[Pin] = ()
) -> list[list[Plan]] | None:
    """All plans of each day; None if some day has more than `limit`.

    `free` is what may stand in any window; what the problem offers beyond stands only on the days of its pins, and of
    those that were done since.
    """
    found, most = [], _most_visits(problem)
    for day in range(7):
        fixed = [pin for pin in problem.pins if pin.start is not None and day in pin.days]
        held = _held(problem, day)
        mere = (pin for pin in (*problem.pins, *fixed_once) if pin.start is None and day in pin.days)
        floating = {(pin.kind.id, n) for pin in mere for n in pin.minutes}
        menu = [
            o
            for o in problem.options
            if free is None or (o.kind.id, o.minutes, o.attached) in free or (o.kind.id, o.minutes) in floating
        ]
        here: list[Plan] = []
        for pins, pinned in _honoured(problem, fixed, day, menu):
            chosen = (*held, *pins)
            visits = [v for window in problem.whole if window.day == day for v in _in_window(problem, window, chosen, menu)]
            visits.sort(key=lambda visit: visit.start)
            for run in _runs(visits, chosen, most):
                here.append(_plan(run, pinned))
                if limit is not None and len(here) > limit:
                    return None
        found.append(here)
    return found


def _most_visits(problem: Problem) -> int:
    """The hard cap on visits a day, where every option falls under it."""
    caps = [
        int(clause.max)
        for r in problem.rules
        if isinstance(clause := r.clause, Bound)
        and r.hard
        and (clause.quantity, clause.per, clause.on) == ("visits", "day", ())
        and isinstance(clause.max, int)
        and all(problem.selectors.holds(clause.of, o.piece) for o in problem.options if not o.attached)
    ]
    return min(caps, default=99)


def _held(problem: Problem, day: int) -> tuple[Visit, ...]:
    """What was done on a day, visit by visit."""
    pieces = sorted((p for p in problem.done if p.day == day), key=lambda p: (p.visit, p.start))
    visits = [tuple(visit) for _, visit in groupby(pieces, key=lambda p: p.visit)]
    return tuple(Visit(v[0].start or 0, v[-1].end or 0, v) for v in visits)


def starts(plans: Sequence[Plan]) -> set[int]:
    """The minutes at which some piece of these plans starts."""
    return {piece.start for plan in plans for piece in plan.pieces if piece.start is not None}


def _in_window(problem: Problem, window: Window, pinned: Sequence[Visit], menu: Sequence[Option]) -> Iterator[Visit]:
    """Visits whose start is on the grid, counted from the opening, or from the end of what cuts the window."""
    # In a week that has begun the grid stays, and what is over is over.
    soonest = next((w.open + w.setup for w in problem.windows if w.index == window.index), WEEK_MIN * 2)
    for first, last in _stretches(problem, window, pinned):
        for pieces in _menu(problem, menu, window.only):
            minutes = sum(option.minutes for option in pieces)
            for start in range(first, last - minutes + 1, problem.grid):
                if start >= soonest:
                    yield _visit(pieces, window.day, start, window=window.index)


def _stretches(problem: Problem, window: Window, pinned: Sequence[Visit]) -> Iterator[tuple[int, int]]:
    """The window without set-up time, cut at pins and at clock changes, each from the next multiple of 5 minutes."""
    return _between(problem, window, [_own_time(visit) for visit in pinned])


def _own_time(visit: Visit) -> tuple[int, int]:
    """When what is fixed of a visit stands, or what was done."""
    fixed = [(p.start, p.start + p.minutes) for p in visit.pieces if p.pin is not None and p.start is not None]
    return (fixed[0][0], fixed[-1][1]) if fixed else (visit.start, visit.end)


def _between(problem: Problem, window: Window, fixed: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    cuts = list(fixed)
    cuts += [(at - max(gain, 0), at) for at, gain in problem.clock_changes]
    cuts += problem.gone
    if problem.wraps:
        cuts += [(v.start + WEEK_MIN, v.end + WEEK_MIN) for day in range(7) for v in _held(problem, day)]
    at, end = window.open + window.setup, window.close - window.setup
    for start, stop in sorted(cut for cut in cuts if cut[0] < end and at <= cut[1]):
        yield -(-at // 5) * 5, start
        at = max(at, stop)
    yield -(-at // 5) * 5, end


def _menu(problem: Problem, menu: Sequence[Option], only: str | None) -> Iterator[tuple[Option, ...]]:
    """What may make a visit in a window for the kinds of `only`."""
    allowed = [o for o in menu if only is None or problem.selectors.holds(only, o.piece)]
    for main in (option for option in allowed if not option.attached):
        yield (main,)
        for behind in (option for option in allowed if option.attached):
            if (main.kind.id, behind.kind.id) in problem.combos:
                yield main, behind


def _visit(options: Sequence[Option], day: int, start: int, *, window: int | None = None, pin: int | None = None) -> Visit:
    pieces, at = [], start
    for o in options:
        pieces.append(Placed(o.kind, o.minutes, day, at, 0, o.finisher, pin, window))
        at += o.minutes
    return Visit(start, at, tuple(pieces))


def _honoured(
    problem: Problem, fixed: Sequence[Pin], day: int, menu: Sequence[Option]
) -> Iterator[tuple[tuple[Visit, ...], frozenset[int]]]:
    """Each choice of pins that stand on this day: those that can stand nowhere else always do."""
    must = {pin.index for pin in fixed if len(pin.days) == 1}
    for count in range(len(must), len(fixed) + 1):
        for chosen in combinations(fixed, count):
            if must <= {pin.index for pin in chosen}:
                times = [(day * DAY_MIN + (pin.start or 0), max(pin.minutes)) for pin in chosen]
                cuts = [(start, start + minutes) for start, minutes in times]
                for visits in _honouring(problem, chosen, day, menu, cuts):
                    yield visits, frozenset(pin.index for pin in chosen)


def _honouring(
    problem: Problem, chosen: Sequence[Pin], day: int, menu: Sequence[Option], cuts: Sequence[tuple[int, int]]
) -> Iterator[tuple[Visit, ...]]:
    """The visits of the chosen pins; two that follow each other may be one visit."""
    yield from product(*(_at_its_hour(problem, pin, day, menu, cuts) for pin in chosen))
    for one, other in permutations(chosen, 2):
        if joint := _one_visit(problem, one, other, day):
            rest = [pin for pin in chosen if pin not in (one, other)]
            for visits in _honouring(problem, rest, day, menu, cuts):
                yield (joint, *visits)


def _one_visit(problem: Problem, one: Pin, other: Pin, day: int) -> Visit | None:
    at = day * DAY_MIN + (one.start or 0)
    for main in (o for o in problem.options if (o.kind.id, o.attached) == (one.kind.id, False) and o.minutes in one.minutes):
        for then in (o for o in problem.options if (o.kind.id, o.attached) == (other.kind.id, True)):
            follows = other.start == (one.start or 0) + main.minutes and then.minutes in other.minutes
            if follows and _pairs(problem, main, then):
                first, last = _visit((main, then), day, at).pieces
                pieces = (replace(first, pin=one.index), replace(last, pin=other.index))
                return Visit(at, at + main.minutes + then.minutes, pieces)
    return None


def _at_its_hour(
    problem: Problem, pin: Pin, day: int, menu: Sequence[Option], cuts: Sequence[tuple[int, int]]
) -> list[Visit]:
    """The pin alone, or with what the catalogue lets stand behind it or before it, if that lies in a window."""
    assert pin.start is not None
    at = day * DAY_MIN + pin.start
    mains = [o for o in problem.options if (o.kind.id, o.attached) == (pin.kind.id, False) and o.minutes in pin.minutes]
    found = [_visit((main,), day, at, pin=pin.index) for main in mains]
    for main in mains:
        for behind in (o for o in menu if o.attached and (main.kind.id, o.kind.id) in problem.combos):
            first, last = at + main.minutes, at + main.minutes + behind.minutes
            if any(_has_room(problem, window, behind, first, last) for window in problem.windows if window.day == day):
                pinned, free = _visit((main, behind), day, at).pieces
                found.append(Visit(at, last, (replace(pinned, pin=pin.index), free)))
    follows = [o for o in problem.options if (o.kind.id, o.attached) == (pin.kind.id, True)]
    for behind in (o for o in follows if o.minutes in pin.minutes):
        for window in (window for window in problem.windows if window.day == day):
            for first, end in _between(problem, window, cuts):
                for main in (o for o in _mains(problem, menu, window.only) if end == at):
                    start = at - main.minutes
                    if first <= start and (start - first) % problem.grid == 0 and _pairs(problem, main, behind):
                        free, pinned = _visit((main, behind), day, start).pieces
                        found.append(Visit(start, at + behind.minutes, (free, replace(pinned, pin=pin.index))))
    return found


def _mains(problem: Problem, menu: Sequence[Option], only: str | None) -> list[Option]:
    return [o for o in menu if not o.attached and (only is None or problem.selectors.holds(only, o.piece))]


def _pairs(problem: Problem, main: Option, behind: Option) -> bool:
    return (main.kind.id, behind.kind.id) in problem.combos


def _has_room(problem: Problem, window: Window, option: Option, first: int, last: int) -> bool:
    changes = [(at - max(gain, 0), at) for at, gain in problem.clock_changes]
    return (
        window.open + window.setup <= first
        and last <= window.close - window.setup
        and (window.only is None or problem.selectors.holds(window.only, option.piece))
        and not any(first < stop and start < last for start, stop in changes)
    )


def _runs(visits: Sequence[Visit], pinned: tuple[Visit, ...], most: int) -> Iterator[tuple[Visit, ...]]:
    """All sets of up to `most` visits, the pinned ones among them, that do not overlap; `visits` ascend by start."""
    ordered = sorted(pinned, key=lambda visit: visit.start)
    if any(one.end > other.start for one, other in pairwise(ordered)):
        return
    free = [v for v in visits if all(v.end <= p.start or p.end <= v.start for p in pinned)]

    def follow(run: tuple[Visit, ...], at: int) -> Iterator[tuple[Visit, ...]]:
        yield run
        for n in range(at, len(free) if len(run) + len(pinned) < most else 0):
            if not run or free[n].start >= run[-1].end:
                yield from follow((*run, free[n]), n + 1)

    for run in follow((), 0):
        yield tuple(sorted((*run, *pinned), key=lambda visit: visit.start))


def _plan(run: Sequence[Visit], pinned: frozenset[int]) -> Plan:
    return Plan(
        tuple(replace(piece, visit=n) for n, visit in enumerate(run, 1) for piece in visit.pieces),
        pinned,
    )


def grows(instance: RuleInstance) -> bool:
    """Whether more days of a week can only add to a rule's matches, so that part of a week is judged for the whole.

    True of caps on what is summed, of pairs of sessions that stand too close, of clocks and of days in a row, and of
    what concerns a single day. False wherever something may still come that mends it: floors over several days,
    shares, the spread of loads, a measure that switches the rule off, rest days.
    """
    clause = instance.clause
    if isinstance(clause, Bound):
        # A day that is not planned yet looks like a day of rest.
        return clause.quantity != "days-without" and (clause.min is None or clause.per != "week")
    if isinstance(clause, SpacingDays):
        return clause.where is None
    if isinstance(clause, When):
        if "days-without" in (clause.if_.quantity, clause.then.quantity) or int(clause.at_least) < 1:
            return False
        return clause.scope in ("visit", "day") or (clause.min is None and not isinstance(clause.max, Table))
    if clause.family == "availability":
        return clause.what == "overlap"
    return clause.family in ("spacing-hours", "clock", "habit", "longest-window", "streak", "declaration")


def _amount(judged: Audit, index: int) -> int:
    return sum(match.finding.amount for match in judged.matches if match.instance.index == index)


@dataclass(frozen=True)
class _Floor:
    """A least amount in the week: what the days still to come can add at most bounds the cost from below."""

    instance: RuleInstance
    least: int
    measure: tuple[str, str, tuple[int, ...]]
    muscle: Muscle | None


class _Search:
    def __init__(self, problem: Problem, days: list[list[Plan]], accept: Accept) -> None:
        self.problem, self.accept = problem, accept
        self.growing = replace(problem, rules=tuple(r for r in problem.rules if grows(r)))
        self.best: Levels | None = None
        self.week: tuple[Placed, ...] = ()
        self.judged = 0
        # Few plans first: the widest day is then cut by all that the others hold already.
        self.days = [[p for p in found if self._bound(p.pieces) is not None] for found in sorted(days, key=len)]
        self.floors = [
            _Floor(r, int(c.min), (c.quantity, c.of, c.on), muscle)
            for r in problem.rules
            if isinstance(c := r.clause, Bound) and c.per == "week" and c.min is not None
            for muscle in c.muscles or (None,)
        ]
        self.most = [[self._most(floor, found) for floor in self.floors] for found in self.days]

    def run(self) -> None:
        self._extend(0, (), frozenset(), [0] * len(self.floors))

    def _extend(self, depth: int, pieces: tuple[Placed, ...], pins: frozenset[int], held: list[int]) -> None:
        if depth == len(self.days):
            self.judged += 1
            judged = audit(self.problem, pieces)
            if any(_amount(judged, n) > most for n, most in self.problem.ceilings.items()):
                return
            levels = tuple(judged.levels[level] for level in self.problem.levels)
            if not judged.hard and (self.best is None or levels < self.best) and self.accept(pieces):
                self.best, self.week = levels, pieces
            return
        for plan in self.days[depth]:
            if plan.pins & pins:
                continue
            week = (*pieces, *plan.pieces)
            values = [n + self._value(floor, plan) for n, floor in zip(held, self.floors, strict=True)]
            # Level by level a lower bound of every week with these days: no better than the best, nothing is lost.
            missing = self._missing(depth + 1, values)
            if missing is None or (self.best is not None and self._lex(missing) >= self.best):
                continue
            if depth + 1 < len(self.days):
                bound = self._bound(week)
                if bound is None:
                    continue
                if self.best is not None and self._lex(self._sum(bound, missing)) >= self.best:
                    continue
            self._extend(depth + 1, week, pins | plan.pins, values)

    def _bound(self, pieces: tuple[Placed, ...]) -> dict[str, int] | None:
        """What the growing rules cost already; None where one of them is broken for good."""
        self.judged += 1
        judged = audit(self.growing, pieces)
        return None if judged.hard else {str(level): cost for level, cost in judged.levels.items()}

    def _value(self, floor: _Floor, plan: Plan) -> int:
        quantity, of, on = floor.measure
        held = [
            piece for piece in plan.pieces if (not on or piece.day in on) and self.problem.selectors.holds(of, piece.piece)
        ]
        if quantity == "days":
            return int(bool(held))
        if quantity == "visits":
            return len({piece.visit for piece in held})
        if quantity == "days-without":
            return -int(bool(held))
        return sum(self.problem.value(quantity, floor.muscle, piece.piece) for piece in held)

    def _most(self, floor: _Floor, found: list[Plan]) -> int:
        return max((self._value(floor, plan) for plan in found), default=0)

    def _missing(self, depth: int, values: list[int]) -> dict[str, int] | None:
        """The least cost of the floors when every day to come adds the most that it can; None if a hard one fails."""
        costs: dict[str, int] = {}
        for n, floor in enumerate(self.floors):
            clause = floor.instance.clause
            assert isinstance(clause, Bound)
            days = len(clause.on) or 7
            value = values[n] + (days if clause.quantity == "days-without" else 0)
            short = floor.least - value - sum(most[n] for most in self.most[depth:])
            if short > 0:
                if floor.instance.hard:
                    return None
                level = str(floor.instance.level)
                costs[level] = costs.get(level, 0) + floor.instance.weight * -(-short // clause.step)
        return costs

    def _lex(self, costs: dict[str, int]) -> Levels:
        return tuple(costs.get(level, 0) for level in self.problem.levels)

    @staticmethod
    def _sum(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
        return {level: one.get(level, 0) + other.get(level, 0) for level in one.keys() | other.keys()}


def best(problem: Problem, days: list[list[Plan]] | None = None, accept: Accept = lambda _: True) -> Answer:
    """The best level vector over all weeks that are accepted, by trying them."""
    found = days or plans(problem)
    assert found is not None
    search = _Search(problem, found, accept)
    search.run()
    return Answer(search.best, search.week, search.judged)
