"""At least so many hours between two sessions."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from microcycle.models.clause import SpacingHours
from microcycle.models.selector import Piece
from microcycle.models.session import Muscle
from microcycle.solver.problem import DAY_MIN, WEEK_MIN, Place, Problem, RuleInstance
from microcycle.solver.timing import gain
from microcycle.solver.view import DAYS, Finding, Seen, WeekView, ceil_div, whole

if TYPE_CHECKING:
    from microcycle.solver.cpsat import Expr, Lit, Var
    from microcycle.solver.encoding import Encoding, Visit

HOUR_MIN = 60
LEGS = ("none", "light", "moderate", "heavy")
EFFORT = ("easy", "moderate", "hard")
DAYS_APART = {"same-day": 0, "next-day": 1, "any": None}


def matches(problem: Problem, clause: SpacingHours, week: WeekView) -> Iterator[Finding]:  # noqa: ARG001
    hours = whole(clause.hours)
    required = _required(clause)
    for early, late, gap in _pairs(clause, week):
        if gap >= required or not _concerned(clause, early, late):
            continue
        days = (early.day,) if early.day == late.day else (early.day, late.day)
        amount = ceil_div(required - gap, HOUR_MIN * clause.step)
        yield Finding(amount, days, early.placed, late.placed, Fraction(gap, HOUR_MIN), hours)


def kept(clause: SpacingHours, week: WeekView) -> Iterator[tuple[int, int]]:
    """Ranks of each session and the next one that the clause wants apart from it, and that is at least so far away.

    Nobody needs to be told of a rest that is twice as long as it must be, or a day longer.
    """
    required = _required(clause)
    seen: set[int] = set()
    for early, late, gap in sorted(_pairs(clause, week), key=lambda pair: (pair[0].rank, pair[1].day, pair[1].rank)):
        if early.day not in DAYS or late.day not in DAYS or early.rank in seen or not _concerned(clause, early, late):
            continue
        seen.add(early.rank)
        near = required <= gap < required + min(required, DAY_MIN)
        if near and early.visit != late.visit and early.timed and late.timed:
            yield early.rank, late.rank


def _required(clause: SpacingHours) -> int:
    """Minutes."""
    return (whole(clause.hours) - whole(clause.tolerance)) * HOUR_MIN


def _pairs(clause: SpacingHours, week: WeekView) -> Iterator[tuple[Seen, Seen, int]]:
    """The pairs of which the clause speaks, unless muscles or weight excuse them, and the minutes between."""
    apart = DAYS_APART[clause.scope]
    first, then = week.holding(clause.first), week.holding(clause.then)
    for early, late in week.pairs(first, then):
        if apart is not None and late.day - early.day != apart:
            continue
        if clause.order == "first-then" and not (early.rank in first and late.rank in then):
            continue
        gap = _gap(clause, early, late)
        if gap is not None:
            yield early, late, gap


def _gap(clause: SpacingHours, early: Seen, late: Seen) -> int | None:
    """Elapsed minutes between the two; None where they are no pair or the week does not tell."""
    if early.visit == late.visit:
        return 0 if clause.one_visit else None
    if early.day == late.day and not (early.timed and late.timed):
        return None
    return late.real_start - (early.real_end if clause.measured == "end-to-start" else early.real_start)


def _concerned(clause: SpacingHours, early: Seen, late: Seen) -> bool:
    if clause.unless_lighter and _strain(late) < _strain(early):
        return False
    if clause.same_muscle is None:
        return True
    ours = early.placed.kind.content(early.placed.minutes).sets
    theirs = late.placed.kind.content(late.placed.minutes).sets
    return any(sets >= clause.same_muscle <= theirs.get(muscle, 0) for muscle, sets in ours.items())


def _strain(seen: Seen) -> tuple[int, int]:
    kind = seen.placed.kind
    return LEGS.index(kind.leg_load), EFFORT.index(kind.intensity_at(seen.placed.minutes))


def post(enc: Encoding, instance: RuleInstance, clause: SpacingHours) -> None:
    """start(later) >= end(earlier) + needed, for each pair of placements: never, always, or as a linear constraint."""
    if enc.may_hold(clause.first) and enc.may_hold(clause.then):
        _Poster(enc, instance, clause).post()


class Class(NamedTuple):
    """What the rule sees of a piece."""

    first: bool
    then: bool
    muscles: frozenset[Muscle]
    weight: tuple[int, int]


Classes = tuple[Class, ...]


class Part(NamedTuple):
    """Choices of one class at one part of a place: one of them at most."""

    attached: bool
    lits: tuple[Var, ...]
    minutes: tuple[int, ...]

    @property
    def shortest(self) -> int:
        return min(self.minutes)

    @property
    def longest(self) -> int:
        return max(self.minutes)

    def each(self) -> Iterator[tuple[Var, int]]:
        """Choices and their minutes."""
        return zip(self.lits, self.minutes, strict=True)


PAST = Part(False, (), ())
"""A session of last week: no choice."""
Parts = dict[Class, list[Part]]
Parted = list[tuple[int, Part]]


class Day(NamedTuple):
    """What the rule sees of a day."""

    places: list[int]
    classes: Classes
    alone: bool
    """One of its sessions at most stands on the day."""


class Pair(NamedTuple):
    """Choices of two places that may stand too close, or of one place and a session of last week."""

    early: int | None
    first: Part
    ends: tuple[int, int]
    """First and last minute in which the earlier one ends, or starts where that is what counts."""
    late: int
    then: Part
    starts: tuple[int, int]
    """First and last minute in which the later one starts. Like `ends` in minutes that have passed, clock changes or not."""
    close: int
    """When the later one has to be over."""
    offset: int
    """By the clock, from where the gap begins (of history, from minute 0) to a start of the later one that is far enough."""

    @property
    def last(self) -> int:
        """The last minute in which the later one starts, if it is to be over in time."""
        return min(self.starts[1], self.close - self.then.shortest)

    @property
    def soonest(self) -> int:
        """The smallest gap that there can be."""
        return self.starts[0] - self.ends[1]

    @property
    def latest(self) -> int:
        """The largest gap that there can be."""
        return self.last - self.ends[0]


def heaviness(piece: Piece) -> tuple[int, int]:
    return LEGS.index(piece.kind.leg_load), EFFORT.index(piece.kind.intensity_at(piece.minutes))


class _Poster:
    """One clause on its way into an encoding."""

    def __init__(self, enc: Encoding, instance: RuleInstance, clause: SpacingHours) -> None:
        self.enc, self.instance, self.clause = enc, instance, clause
        self.needed = (int(clause.hours) - int(clause.tolerance)) * HOUR_MIN
        self.unit = HOUR_MIN * clause.step
        self._products: dict[tuple[Classes, Classes], list[tuple[Classes, Classes]]] = {}
        classes = [self._class_of(piece) for piece in enc.problem.pieces]
        self.parts = [self._parts(place, classes) for place in enc.problem.places]
        self.days = [self._day([place for place in places if self.parts[place]]) for places in enc.days()]
        self._joins: dict[tuple[int, Classes], list[Part]] = {}

    def _class_of(self, piece: Piece) -> Class | None:
        holds, clause = self.enc.problem.selectors.holds, self.clause
        first, then = holds(clause.first, piece), holds(clause.then, piece)
        if not (first or then):
            return None
        muscles: frozenset[Muscle] = frozenset()
        if clause.same_muscle is not None:
            sets = piece.kind.content(piece.minutes).sets
            muscles = frozenset(m for m, n in sets.items() if n >= clause.same_muscle)
            if not muscles:
                return None
        return Class(first, then, muscles, heaviness(piece) if clause.unless_lighter else (0, 0))

    def _parts(self, place: Place, classes: list[Class | None]) -> Parts:
        found: Parts = {}
        for attached, options in ((False, place.options), (True, place.attached)):
            by_class: dict[Class, list[int]] = {}
            for o in options:
                seen = classes[o]
                if seen is not None:
                    by_class.setdefault(seen, []).append(o)
            for seen, chosen in by_class.items():
                minutes = tuple(self.enc.problem.options[o].minutes for o in chosen)
                lits = tuple(self.enc.x[place.index, o] for o in chosen)
                found.setdefault(seen, []).append(Part(attached, lits, minutes))
        return found

    def _day(self, places: list[int]) -> Day:
        classes = tuple(dict.fromkeys(seen for place in places for seen in self.parts[place]))
        lits = [lit for place in places for parts in self.parts[place].values() for part in parts for lit in part.lits]
        return Day(places, classes, self.enc.cliques.alone(lits))

    def post(self) -> None:
        apart = DAYS_APART[self.clause.scope]
        most = self.needed // DAY_MIN + 2
        for visit in self.enc.past:
            for day in range(max(0, visit.day), min(7, visit.day + most + 1)):
                if apart in (None, day - visit.day):
                    for place in self.enc.days()[day]:
                        self._after_history(visit, place)
        for early in range(7):
            for late in range(early, min(early + most + 1, 14 if self.enc.problem.wraps else 7)):
                if apart in (None, late - early):
                    self._two_days(early, late)
        if self.clause.one_visit and self.needed > 0 and apart in (None, 0):
            for parts in self.parts:
                self._one_visit(parts)

    def _one_visit(self, parts: Parts) -> None:
        amount = ceil_div(self.needed, self.unit)
        for first, thens in self._partners(tuple(parts), tuple(parts)):
            main, behind = _joined(parts, first, attached=False), _joined(parts, thens, attached=True)
            if main and behind:
                a, b = self._any([main]), self._any([behind])
                if self.instance.hard:
                    self.enc.forbid(a, b)
                else:
                    self.enc.pay(self.instance, [(amount, self.enc.both(a, b))])

    def _after_history(self, early: Visit, late: int) -> None:
        for piece in early.pieces:
            mine = self._class_of(piece.piece)
            if mine is None or piece.start is None:
                continue
            end = piece.start if self.clause.measured == "start-to-start" else piece.start + piece.minutes
            partners = [seen for seen in self.parts[late] if self._meets(mine, seen)]
            for attached in (False, True):
                then = _joined(self.parts[late], partners, attached=attached)
                pair = self._gap(None, PAST, (end, end), late, then, 0) if then else None
                if pair and self.instance.hard:
                    self._never([pair])
                elif pair:
                    self._cost(pair)

    def _two_days(self, early: int, late: int) -> None:
        """All pairs of a day and a later one, or of one day."""
        earlier, later, shift = self.days[early], self.days[late % 7], WEEK_MIN if late > 6 else 0
        alone = earlier.alone and later.alone
        if alone and early == late:
            return  # no day holds both
        at = {(p, q) for p in earlier.places for q in later.places if early != late or p < q}
        turned = {(p, q) for p, q in at if late - early == 1 and self._is_turned(p, q, shift)}
        found = self._too_near(earlier, later, shift, at - turned)
        if turned and self.clause.scope == "any":
            for classes, pairs in self._too_near(later, earlier, -shift, {(q, p) for p, q in turned}).items():
                found.setdefault(classes, []).extend(pairs)
        if self.instance.hard:
            if early == late:
                self._never_on(earlier, found)
            for pairs in found.values():
                self._never(pairs)
        elif alone and found:
            self._one_cost(list(found.values()))
        else:
            for pair in (pair for pairs in found.values() for pair in pairs):
                self._cost(pair)

    def _is_turned(self, p: int, q: int, shift: int) -> bool:
        """Whether the later day's place comes first: what is fixed at 00:50 of a day's night stands on the day after, maybe
        behind what that day begins with."""
        return self.enc.span[q].high + shift < self.enc.span[p].low

    def _too_near(
        self, earlier: Day, later: Day, shift: int, at: Container[tuple[int, int]]
    ) -> dict[tuple[Classes, Classes], list[Pair]]:
        """By classes the choices of two days that may stand too close, at these places; none is a pair with itself."""
        found: dict[tuple[Classes, Classes], list[Pair]] = {}
        for firsts, thens in self._partners(earlier.classes, later.classes):
            froms = [(p, first, self._ends(p, first)) for p in earlier.places for first in self._at(p, firsts)]
            tos = [(q, then) for q in later.places for then in self._at(q, thens)]
            pairs = [
                pair
                for p, first, ends in froms
                for q, then in tos
                if (p, q) in at
                and (p != q or first.attached != then.attached)
                and (pair := self._gap(p, first, ends, q, then, shift))
            ]
            if pairs:
                found[firsts, thens] = pairs
        return found

    def _never_on(self, day: Day, found: Mapping[tuple[Classes, Classes], Sequence[Pair]]) -> None:
        """Sessions so long that no two places of a day hold both, in whichever order, exclude each other all day.

        Assumes that `found` has each pair of places that may stand too close: where it has none, they may stand.
        Without it the relaxation takes half of both at either place.
        """
        pairs = {(pair.first, pair.then): pair for some in found.values() for pair in some}
        for (firsts, thens), mirrored in itertools.combinations(found, 2):
            if mirrored != (thens, firsts) or not set(firsts).isdisjoint(thens):
                continue
            ours, theirs = (
                [(p, part) for p in day.places for part in self._at(p, side) if not part.attached]
                for side in (firsts, thens)
            )

            def apart(n: int, m: int, ours: Parted = ours, theirs: Parted = theirs) -> bool:
                for p, one in ours:
                    for q, other in theirs:
                        if p != q and n in one.minutes and m in other.minutes:
                            pair = pairs.get((one, other) if p < q else (other, one))
                            if pair is None or not self._too_close(pair, *((n, m) if p < q else (m, n))):
                                return False
                return True

            self._by_length(
                [each for _, one in ours for each in one.each()], [e for _, o in theirs for e in o.each()], apart
            )

    def _never(self, pairs: Sequence[Pair]) -> None:
        """Too close at any hour. Sessions that are so to the same others are one literal: tight, and few constraints."""
        others: dict[Part, list[Part]] = {}
        for pair in pairs:
            if pair.latest < self.needed:
                others.setdefault(pair.first, []).append(pair.then)
            else:
                self._push(pair, self.enc.sum([]))
                # The push says so too, but not in the relaxation.
                self._by_length([*pair.first.each()], [*pair.then.each()], partial(self._too_close, pair))
        alike: dict[tuple[Part, ...], list[Part]] = {}
        for first, thens in others.items():
            alike.setdefault(tuple(thens), []).append(first)
        for same, firsts in alike.items():
            self.enc.forbid(self._any(firsts), self._any(same))

    def _by_length(
        self, ours: list[tuple[Var, int]], theirs: list[tuple[Var, int]], apart: Callable[[int, int], bool]
    ) -> None:
        """Those of ours that are so long exclude some of theirs.

        Assumes nothing of the lengths: longer ones join a shorter one only where they are `apart` from the same others. (A
        length that only a pin offers is at one place, and may fit where a shorter one, which stands elsewhere, does not.)
        """
        minutes = sorted({n for _, n in ours})
        excluded = {n: frozenset(m for _, m in theirs if apart(n, m)) for n in minutes}
        known: frozenset[int] = frozenset()
        for n in minutes:
            lengths = excluded[n]
            if lengths and lengths != known:
                alike = {k for k in minutes if k >= n and lengths <= excluded[k]}
                self.enc.forbid(
                    self.enc.any([v for v, k in ours if k in alike]), self.enc.any([v for v, m in theirs if m in lengths])
                )
                known = lengths

    def _too_close(self, pair: Pair, first: int, then: int) -> bool:
        """Whether two sessions of these minutes are, at any hour."""
        longer = first - pair.first.shortest if self.clause.measured == "end-to-start" else 0
        return min(pair.starts[1], pair.close - then) - pair.ends[0] - longer < self.needed

    def _one_cost(self, products: Sequence[Sequence[Pair]]) -> None:
        """One amount for two days. Assumes that each holds one session of the clause: of all pairs, one at most is there."""
        enc = self.enc
        amount = enc.model.new_int(max(self._amount(pair.soonest) for pairs in products for pair in pairs))
        enc.pay(self.instance, [(1, amount)])
        for pairs in products:
            self._telescope(pairs, amount)
            for pair in pairs:
                if self._amount(pair.soonest) > self._amount(pair.latest):
                    self._push(pair, enc.sum([(self.unit, amount)]))

    def _telescope(self, pairs: Sequence[Pair], amount: Var) -> None:
        """What is short is at least where the earlier one ends, less where the later one starts, and a constant.

        Assumes that each of the days holds one session at most, and that `last` is no later than any later one can start.
        Summed over days in a row the hours cancel, so the relaxation gains nothing by mixing early and late places: for
        six lifts in a week its bound came from a quarter of the least cost to two thirds.
        """
        start = min(pair.last for pair in pairs)
        short = {lit: self.needed + pair.ends[0] - start for pair in pairs for lit in pair.first.lits}
        most = max(short.values())
        spared = {lit: pair.last - start for pair in pairs for lit in pair.then.lits}
        if most > 0:
            terms = [*((n, lit) for lit, n in short.items()), *((most - n, lit) for lit, n in spared.items())]
            self.enc.at_most(self.enc.sum([*terms, (-self.unit, amount)]), most)

    def _cost(self, pair: Pair) -> None:
        enc, unit = self.enc, self.unit
        most, least = self._amount(pair.soonest), self._amount(pair.latest)
        terms: list[tuple[int, Lit]] = []
        if least:
            terms.append((least, enc.both(self._any([pair.first]), self._any([pair.then]))))
        if most > least:
            extra = enc.model.new_int(most - least)
            terms.append((1, extra))
            self._push(pair, enc.sum([(unit, extra)]) + unit * least)
        enc.pay(self.instance, terms)

    def _amount(self, gap: int) -> int:
        return max(0, ceil_div(self.needed - gap, self.unit))

    def _at(self, place: int, classes: Classes) -> list[Part]:
        """The choices of some classes at a place: main ones, and attached ones."""
        key = (place, classes)
        if key not in self._joins:
            joined = (_joined(self.parts[place], classes, attached=attached) for attached in (False, True))
            self._joins[key] = [part for part in joined if part]
        return self._joins[key]

    def _ends(self, place: int, part: Part) -> tuple[int, int]:
        """When the earlier of a pair ends, or starts where that is what counts: local minutes of the week."""
        span, before = self.enc.span[place], _room(self.enc, place) if part.attached else (0, 0)
        shortest, longest = (part.shortest, part.longest) if self.clause.measured == "end-to-start" else (0, 0)
        return span.low + before[0] + shortest, span.high + before[1] + longest

    def _gap(self, early: int | None, first: Part, ends: tuple[int, int], late: int, then: Part, shift: int) -> Pair | None:
        """One product of choices that may be too close."""
        enc, span = self.enc, self.enc.span[late]
        before = _room(enc, late) if then.attached else (0, 0)
        gains = gain(enc.problem, ends[0]), gain(enc.problem, span.low + shift)
        passed = ends[0] - gains[0], ends[1] - gains[0]
        # The clock changes at night, or between places: none of them spans it.
        close = enc.problem.places[late].close + shift - gains[1]
        starts = span.low + before[0] + shift - gains[1], span.high + before[1] + shift - gains[1]
        offset = self.needed + gains[1] - gains[0] - shift + (0 if first.lits else ends[1])
        pair = Pair(early, first, passed, late, then, starts, close, offset)
        return pair if pair.soonest < self.needed else None

    def _push(self, pair: Pair, relief: Expr) -> None:
        """The later one starts late enough, but for the relief."""
        enc, first, then = self.enc, pair.first, pair.then
        after = enc.sum([]) + pair.offset - relief
        if pair.early is not None and (first.attached or self.clause.measured == "end-to-start"):
            to_its_end = first.attached and self.clause.measured == "end-to-start"
            after += enc.length(pair.early) if to_its_end else enc.main_length(pair.early)
        if then.attached:
            after -= enc.main_length(pair.late)
        enc.not_before(pair.late, pair.early, after, self._any([first]), self._any([then]))

    def _any(self, parts: Sequence[Part]) -> Lit:
        return True if parts == [PAST] else self.enc.any([lit for part in parts for lit in part.lits])

    def _partners(self, early: Classes, late: Classes) -> list[tuple[Classes, Classes]]:
        """Disjoint products of classes that make a pair, those with the same partners merged."""
        key = (early, late)
        if key not in self._products:
            by_partners: dict[Classes, list[Class]] = {}
            for mine in early:
                partners = tuple(seen for seen in late if self._meets(mine, seen))
                if partners:
                    by_partners.setdefault(partners, []).append(mine)
            self._products[key] = [(tuple(mine), partners) for partners, mine in by_partners.items()]
        return self._products[key]

    def _meets(self, early: Class, late: Class) -> bool:
        clause = self.clause
        selected = (early.first and late.then) or (clause.order == "either" and early.then and late.first)
        shared = clause.same_muscle is None or not early.muscles.isdisjoint(late.muscles)
        return selected and shared and not (clause.unless_lighter and late.weight < early.weight)


def _joined(parts: Parts, classes: Sequence[Class], *, attached: bool) -> Part | None:
    """The choices of some classes, of the main or of the attached part."""
    chosen = [part for seen in classes for part in parts.get(seen, ()) if part.attached == attached]
    if len(chosen) < 2:
        return chosen[0] if chosen else None
    lits = tuple(lit for part in chosen for lit in part.lits)
    return Part(attached, lits, tuple(n for part in chosen for n in part.minutes))


def _room(enc: Encoding, place: int) -> tuple[int, int]:
    """Shortest and longest main piece at a place, before an attached one."""
    minutes = [enc.problem.options[o].minutes for o in enc.problem.places[place].options]
    return min(minutes), max(minutes)
