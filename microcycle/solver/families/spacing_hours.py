"""At least so many hours between two sessions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from microcycle.models.rule import SpacingHours
from microcycle.models.selector import Piece
from microcycle.models.session import Muscle
from microcycle.solver.problem import Place, Problem, RuleInstance
from microcycle.solver.timing import gain
from microcycle.solver.view import Finding, Seen, WeekView, ceil_div, whole

if TYPE_CHECKING:
    from microcycle.solver.cpsat import Expr, Lit
    from microcycle.solver.encoding import Encoding, Slot

HOUR_MIN = 60
LEGS = ("none", "light", "moderate", "heavy")
EFFORT = ("easy", "moderate", "hard")
DAYS_APART = {"same-day": 0, "next-day": 1, "any": None}


def matches(problem: Problem, clause: SpacingHours, week: WeekView) -> Iterator[Finding]:  # noqa: ARG001
    hours = whole(clause.hours)
    required = (hours - whole(clause.tolerance)) * HOUR_MIN
    apart = DAYS_APART[clause.scope]
    first, then = week.holding(clause.first), week.holding(clause.then)
    for early, late in week.pairs(first, then):
        if apart is not None and late.day - early.day != apart:
            continue
        if clause.order == "first-then" and not (early.rank in first and late.rank in then):
            continue
        gap = _gap(clause, early, late)
        if gap is None or gap >= required or not _concerned(clause, early, late):
            continue
        days = (early.day,) if early.day == late.day else (early.day, late.day)
        amount = ceil_div(required - gap, HOUR_MIN * clause.step)
        yield Finding(amount, days, early.placed, late.placed, Fraction(gap, HOUR_MIN), hours)


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


class Part(NamedTuple):
    """Choices of one class at one part of a place: one of them at most."""

    attached: bool
    lits: list[Lit]
    shortest: int
    longest: int


Parts = dict[Class, list[Part]]


def heaviness(piece: Piece) -> tuple[int, int]:
    return LEGS.index(piece.kind.leg_load), EFFORT.index(piece.kind.intensity_at(piece.minutes))


class _Poster:
    """One clause on its way into an encoding."""

    def __init__(self, enc: Encoding, instance: RuleInstance, clause: SpacingHours) -> None:
        self.enc, self.instance, self.clause = enc, instance, clause
        self.needed = (int(clause.hours) - int(clause.tolerance)) * HOUR_MIN
        self.unit = HOUR_MIN * clause.step
        self._products: dict[tuple[tuple[Class, ...], tuple[Class, ...]], list[tuple[list[Class], list[Class]]]] = {}
        classes = [self._class_of(piece) for piece in enc.problem.pieces]
        self.parts = [self._parts(place, classes) for place in enc.problem.places]

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
                minutes = [self.enc.problem.options[o].minutes for o in chosen]
                lits: list[Lit] = [self.enc.x[place.index, o] for o in chosen]
                found.setdefault(seen, []).append(Part(attached, lits, min(minutes), max(minutes)))
        return found

    def post(self) -> None:
        slots, scope, needed = self.enc.slots(), self.clause.scope, self.needed
        for i, early in enumerate(slots):
            if early.shift:
                break
            for late in slots[i + 1 :]:
                if late.place is None or (early.place is None and late.shift) or not self.parts[late.place]:
                    continue
                apart = late.day - early.day
                if apart > needed // 1440 + 2:
                    break
                if (scope == "same-day" and apart != 0) or (scope == "next-day" and apart != 1):
                    continue
                if early.place is None:
                    self._after_history(early, late.place)
                elif self.parts[early.place]:
                    self._pair(early.place, late.place, late.shift)
        if self.clause.one_visit and needed > 0:
            for parts in self.parts:
                self._one_visit(parts)

    def _one_visit(self, parts: Parts) -> None:
        amount = ceil_div(self.needed, self.unit)
        for first, thens in self._partners(parts, parts):
            main, behind = _joined(parts, first, attached=False), _joined(parts, thens, attached=True)
            if main and behind:
                a, b = self._any(main), self._any(behind)
                if self.instance.hard:
                    self.enc.forbid(a, b)
                else:
                    self.enc.pay(self.instance, [(amount, self.enc.both(a, b))])

    def _after_history(self, early: Slot, late: int) -> None:
        for piece in early.past:
            mine = self._class_of(piece.piece)
            if mine is None or piece.start is None:
                continue
            end = piece.start if self.clause.measured == "start-to-start" else piece.start + piece.minutes
            partners = [seen for seen in self.parts[late] if self._meets(mine, seen)]
            for attached in (False, True):
                thens = _joined(self.parts[late], partners, attached=attached)
                if thens:
                    self._gap(None, None, (end, end), late, thens, 0)

    def _pair(self, early: int, late: int, shift: int) -> None:
        enc, span = self.enc, self.enc.span[early]
        from_end = self.clause.measured == "end-to-start"
        for firsts, thens in self._partners(self.parts[early], self.parts[late]):
            for behind in (False, True):
                first = _joined(self.parts[early], firsts, attached=behind)
                if not first:
                    continue
                before = _room(enc, early) if behind else (0, 0)
                shortest, longest = (first.shortest, first.longest) if from_end else (0, 0)
                ends = (span.low + before[0] + shortest, span.high + before[1] + longest)
                for attached in (False, True):
                    then = _joined(self.parts[late], thens, attached=attached)
                    if then:
                        self._gap(early, first, ends, late, then, shift)

    def _gap(self, early: int | None, first: Part | None, ends: tuple[int, int], late: int, then: Part, shift: int) -> None:
        """One product of choices; the earlier ends between two local minutes of the week. `early` is None for history."""
        enc, needed, unit, span = self.enc, self.needed, self.unit, self.enc.span[late]
        before = _room(enc, late) if then.attached else (0, 0)
        slack = gain(enc.problem, span.low + shift) - gain(enc.problem, ends[0])
        soonest = span.low + shift + before[0] - ends[1] - slack
        if soonest >= needed:
            return
        latest = span.high + shift + before[1] - ends[0] - slack
        a, b = True if first is None else self._any(first), self._any(then)

        def push(relief: Expr, *given: Lit) -> None:
            """The later one starts late enough, but for the relief."""
            offset = self._length(early, first, ends[1]) + (needed + slack - shift) - relief
            enc.not_before(late, early, offset - enc.main_length(late) if then.attached else offset, *given)

        if self.instance.hard:
            if latest < needed:
                enc.forbid(a, b)
            else:
                push(enc.sum([]), a, b)
            return
        most, least = ceil_div(needed - soonest, unit), max(0, ceil_div(needed - latest, unit))
        terms: list[tuple[int, Lit]] = [(least, enc.both(a, b))] if least else []
        if most > least:
            extra = enc.model.new_int(most - least)
            terms.append((1, extra))
            push(enc.sum([(unit, extra)]) + unit * least, a, b)
        enc.pay(self.instance, terms)

    def _length(self, early: int | None, first: Part | None, end: int) -> Expr:
        """From the start of the earlier visit to where the gap is measured from; from minute 0 for history."""
        if early is None or first is None:
            return self.enc.sum([]) + end
        if self.clause.measured == "end-to-start":
            return self.enc.length(early) if first.attached else self.enc.main_length(early)
        return self.enc.main_length(early) if first.attached else self.enc.sum([])

    def _any(self, part: Part) -> Lit:
        return self.enc.any(part.lits, exclusive=True)

    def _partners(self, early: Parts, late: Parts) -> list[tuple[list[Class], list[Class]]]:
        """Disjoint products of classes that make a pair, those with the same partners merged."""
        key = (tuple(early), tuple(late))
        if key not in self._products:
            by_partners: dict[tuple[Class, ...], list[Class]] = {}
            for mine in early:
                partners = tuple(seen for seen in late if self._meets(mine, seen))
                if partners:
                    by_partners.setdefault(partners, []).append(mine)
            self._products[key] = [(mine, list(partners)) for partners, mine in by_partners.items()]
        return self._products[key]

    def _meets(self, early: Class, late: Class) -> bool:
        clause = self.clause
        selected = (early.first and late.then) or (clause.order == "either" and early.then and late.first)
        shared = clause.same_muscle is None or not early.muscles.isdisjoint(late.muscles)
        return selected and shared and not (clause.unless_lighter and late.weight < early.weight)


def _joined(parts: Parts, classes: Sequence[Class], *, attached: bool) -> Part | None:
    """The choices of some classes, of the main or of the attached part."""
    chosen = [part for seen in classes for part in parts[seen] if part.attached == attached]
    if len(chosen) < 2:
        return chosen[0] if chosen else None
    lits = [lit for part in chosen for lit in part.lits]
    return Part(attached, lits, min(part.shortest for part in chosen), max(part.longest for part in chosen))


def _room(enc: Encoding, place: int) -> tuple[int, int]:
    """Shortest and longest main piece at a place, before an attached one."""
    minutes = [enc.problem.options[o].minutes for o in enc.problem.places[place].options]
    return min(minutes), max(minutes)
