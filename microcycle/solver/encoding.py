"""The only place that creates CP-SAT variables: what stands at each place, when it starts, and what it costs.

One literal for each option (a kind at one length) at each place, so every measure of the rulebook, however crooked as a
function of minutes, is linear in literals and no threshold on minutes is ever reified. Starts are variables only where
some rule may push a visit past the earliest minute of its place (see `timing`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from microcycle.models.clause import Measure, Table
from microcycle.models.rule import Level
from microcycle.models.selector import Expression, Piece
from microcycle.models.session import Muscle
from microcycle.solver.cliques import Cliques
from microcycle.solver.cpsat import Expr, Lit, Model, Term, Var, bounds, merged, negate
from microcycle.solver.front import awake
from microcycle.solver.problem import Pin, Placed, Problem, RuleInstance
from microcycle.solver.timing import Span, in_rooms, joined, overhanging, spans


class Group(NamedTuple):
    """Options of one part of a place that a rule treats alike: at most one of them is chosen."""

    lit: Lit
    pieces: tuple[Piece, ...]
    attached: bool

    @property
    def shortest(self) -> int:
        return min(piece.minutes for piece in self.pieces)

    @property
    def longest(self) -> int:
        return max(piece.minutes for piece in self.pieces)


class Visit(NamedTuple):
    """A visit of last week."""

    day: int
    pieces: tuple[Placed, ...]


class Cost(NamedTuple):
    instance: RuleInstance
    terms: list[Term]
    constant: int


class Encoding:
    """A model for a problem with its choices, starts and costs; families post their rules through its methods."""

    def __init__(self, problem: Problem, *, guarded: bool = False) -> None:
        """`guarded` where hard rules will be posted under guards, so that none of them is known to hold."""
        self.problem = problem = awake(problem)
        self.model = Model()
        self.costs: list[Cost] = []
        self.guard: Var | None = None
        """While set, hard constraints hold only where it is true (for naming what is in conflict)."""
        self.ties: list[tuple[int, Var]] = []
        self.lower_bounds: list[tuple[int, int | None, Expr, tuple[Var, ...]]] = []
        self._any: dict[frozenset[Var], Var] = {}
        self._both: dict[tuple[Var, Var], Var] = {}
        self._groups: dict[tuple[int, object], tuple[Group, ...]] = {}
        self._lits: dict[tuple[int, frozenset[int]], tuple[tuple[Var, Piece], ...]] = {}
        self._terms: dict[tuple[int, str, Expression, Muscle | None], list[Term]] = {}
        self._on: dict[tuple[int, Expression], Lit] = {}
        self.parts_of_day: dict[int, Sequence[tuple[int, Lit]]] = {}
        """The part of the day in which a place with a free start stands, one literal each (family habit)."""
        self.span: tuple[Span, ...] = spans(problem)
        self.x: dict[tuple[int, int], Var] = {}
        self.start: list[Expr] = []
        self._in_day: list[list[int]] = [[] for _ in range(7)]
        for place in problem.places:
            self._in_day[place.day].append(place.index)
        past: dict[tuple[int, int], list[Placed]] = {}
        for piece in problem.history:
            past.setdefault((piece.day, piece.visit), []).append(piece)
        self.past = [Visit(day, tuple(pieces)) for (day, _), pieces in sorted(past.items())]
        """What is known of last week, visit by visit."""
        for place in problem.places:
            self.x.update({(place.index, o): self.model.new_bool() for o in (*place.options, *place.attached)})
        self.cliques = Cliques(problem, self.x, rules=not guarded)
        self._choices()

    # -- what stands where ---------------------------------------------------------------------------------------------

    def _choices(self) -> None:
        model, problem = self.model, self.problem
        for place, span in zip(problem.places, self.span, strict=True):
            if place.done:
                for o in (*place.options, *place.attached):
                    model.clause([self.x[place.index, o]])
                self.start.append(self._start(span))
                continue
            for options in (place.options, place.attached):
                if len(options) > 1:
                    model.at_most_one([self.x[place.index, o] for o in options])
            for kind in sorted({problem.options[o].kind.id for o in place.attached}):
                carriers = [o for o in place.options if (problem.options[o].kind.id, kind) in problem.combos]
                same = [o for o in place.attached if problem.options[o].kind.id == kind]
                sides = [(1, self.x[place.index, o]) for o in same] + [(-1, self.x[place.index, o]) for o in carriers]
                model.at_most(sides, 0)
            self.start.append(self._start(span))
            longest = max((problem.options[o].minutes for o in place.options), default=0)
            longest += max((problem.options[o].minutes for o in place.attached), default=0)
            if span.high + longest > place.close:
                ends = self.start[-1] + self.length(place.index)
                model.at_most(ends.terms, place.close - ends.constant)
        for place in problem.places:
            if place.after is not None:
                self.imply(self.used(place.index), self.used(place.after))
        for before, after in in_rooms(problem):
            self.not_before(after.index, before.index, self.length(before.index), self.used(after.index))
        for one, other, shift in overhanging(problem):
            behind = self.any([self.x[one.index, o] for o in one.attached])
            self.not_before(other.index, one.index, self.length(one.index) - shift, behind, self.used(other.index))
        for joint, other in joined(problem):
            both = (self.used(joint.index), self.used(other.index))
            self.not_before(joint.index, other.index, self.length(other.index), *both)
        for place in problem.places:
            for o in place.attached if place.joint else ():
                self.imply(self.used(place.index), self.x[place.index, o])
        for pin in problem.pins:
            stands_on = [self.used(p.index) for p in problem.places if pin.index in (p.fixed_at(False), p.fixed_at(True))]
            if pin.start is not None and len(stands_on) > 1:
                # A second session at that hour is no pin: it needs a window like any other.
                model.at_most_one([lit for lit in stands_on if not isinstance(lit, bool)])
        for place in problem.places:
            for number, day, stands in place.given:
                there = [p.index for p in problem.places if p.day == day and number in (p.fixed_at(False), p.fixed_at(True))]
                here = self.any([self.used(p) for p in there])
                self.imply(self.used(place.index), here if stands else negate(here))

    def _start(self, span: Span) -> Expr:
        if span.low == span.high:
            return Expr((), span.low)
        return Expr(((1, self.model.new_grid(range(span.low, span.high + 1, self.problem.grid))),))

    def honours(self, pin: Pin) -> list[Var]:
        """The choices that would honour a pin."""
        return [self.x[place.index, o] for place in self.problem.places for o in self.problem.honouring(place, pin)]

    def length(self, place: int) -> Expr:
        """Minutes of the whole visit at a place, 0 where it is not used."""
        return self._minutes(place, self.choices(place))

    def main_length(self, place: int) -> Expr:
        return self._minutes(place, self.problem.places[place].options)

    def _minutes(self, place: int, options: Sequence[int]) -> Expr:
        return Expr(tuple((self.problem.options[o].minutes, self.x[place, o]) for o in options))

    def used(self, place: int) -> Lit:
        return self.any([self.x[place, o] for o in self.problem.places[place].options])

    def days(self) -> list[list[int]]:
        """Indices of the places of each day, in time order."""
        return self._in_day

    def choices(self, place: int) -> tuple[int, ...]:
        """Options that may stand at a place, main ones first."""
        spot = self.problem.places[place]
        return (*spot.options, *spot.attached)

    def may_hold(self, of: Expression) -> bool:
        """Whether the week, or what is known of the last one, can hold such a session at all."""
        holds, history = self.problem.selectors.holds, self.problem.history
        return bool(self.problem.members(of)) or any(holds(of, piece.piece) for piece in history)

    def lits(self, place: int, of: Expression) -> tuple[tuple[Var, Piece], ...]:
        """The choices at a place that a selector holds."""
        members = self.problem.members(of)
        if not members:
            return ()
        key = (place, members)
        if key not in self._lits:
            pieces = self.problem.pieces
            self._lits[key] = tuple((self.x[place, o], pieces[o]) for o in self.choices(place) if o in members)
        return self._lits[key]

    def groups(self, place: int, of: Expression) -> tuple[Group, ...]:
        """The main and the attached choices at a place that a selector holds, each as one literal."""
        key = (place, of)
        if key not in self._groups:
            self._groups[key] = tuple(
                Group(
                    self.any([v for v, _ in part]),
                    tuple(piece for _, piece in part),
                    attached,
                )
                for attached, part in self.parts(place, of)
            )
        return self._groups[key]

    def parts(self, place: int, of: Expression) -> list[tuple[bool, list[tuple[Var, Piece]]]]:
        spot, members, pieces = self.problem.places[place], self.problem.members(of), self.problem.pieces
        found = []
        for attached, chosen in ((False, spot.options), (True, spot.attached)):
            part = [(self.x[place, o], pieces[o]) for o in chosen if o in members]
            if part:
                found.append((attached, part))
        return found

    def at(self, place: int, of: Expression) -> Lit:
        """Whether some piece at the place is one of the selector's."""
        return self.any([group.lit for group in self.groups(place, of)])

    def on(self, day: int, of: Expression) -> Lit:
        """Whether a day holds one of the selector's sessions; days below 0 are history, above 6 the next copy."""
        if day < 0:
            return any(
                self.problem.selectors.holds(of, piece.piece)
                for visit in self.past
                for piece in visit.pieces
                if visit.day == day
            )
        day %= 7
        key = (day, of)
        if key not in self._on:
            self._on[key] = self.any([v for place in self._in_day[day] for v, _ in self.lits(place, of)])
        return self._on[key]

    def busy(self, day: int) -> Lit:
        """Whether a day of this week holds anything."""
        return self.any([self.x[place, o] for place in self._in_day[day] for o in self.choices(place)])

    # Families never import the solver themselves, so that the audit stays free of it: helpers come with the encoding.

    @staticmethod
    def sum(terms: Iterable[Term]) -> Expr:
        return Expr(tuple(terms))

    @staticmethod
    def bounds(terms: Iterable[tuple[int, Lit]]) -> tuple[int, list[Term], int, int]:
        return bounds(terms)

    @staticmethod
    def negate(lit: Lit) -> Lit:
        return negate(lit)

    # -- logic ---------------------------------------------------------------------------------------------------------

    def any(self, lits: Iterable[Lit]) -> Lit:
        """A literal that is true exactly if one of them is."""
        chosen: set[Var] = set()
        for lit in lits:
            if lit is True:
                return True
            if lit is not False:
                chosen.add(lit)
        if len(chosen) < 2:
            return chosen.pop() if chosen else False
        key = frozenset(chosen)
        if key not in self._any:
            some = self._any[key] = self.model.new_bool()
            ordered = sorted(chosen)
            cliques = self.cliques.cover(ordered)
            if len(cliques) == 1:
                self.model.exactly_one([*ordered, ~some])
            else:
                self.model.clause([*ordered, ~some])
                for clique in cliques:
                    self.model.at_most_one([*clique, ~some])
                most = self.cliques.most(ordered)
                if most < len(cliques):
                    # Implied, but not in the linear relaxation. Assumes that the lits are choices of one day.
                    self.model.at_most([*((1, lit) for lit in ordered), (-most, some)], 0)
        return self._any[key]

    def both(self, a: Lit, b: Lit, within: Lit = True) -> Lit:
        """A literal that is true at least where both are; for costs, which pull it down elsewhere.

        Assumes that `within` holds wherever one of them does: a + b - both <= within is tighter than with 1.
        """
        if a is False or b is False:
            return False
        if a is True:
            return b
        if b is True or a == b:
            return a
        key = (a, b) if a < b else (b, a)
        if key not in self._both:
            self._both[key] = self.model.new_bool()
            if isinstance(within, bool) or a < 0 or b < 0:
                self.model.clause([~a, ~b, self._both[key]])
            else:
                self.model.at_most([(1, a), (1, b), (-1, self._both[key]), (-1, within)], 0)
        return self._both[key]

    def all_true(self, lits: Sequence[Lit]) -> tuple[Var, ...] | None:
        """The variables of a conjunction; None where it can never hold."""
        if any(lit is False for lit in lits):
            return None
        return tuple(lit for lit in lits if not isinstance(lit, bool))

    def forbid(self, *lits: Lit) -> None:
        """Not all of them."""
        variables = self.all_true(lits)
        if variables is not None:
            guard = [] if self.guard is None else [~self.guard]
            self.model.clause([*(~v for v in variables), *guard])

    def at_most(self, expr: Expr, most: int, *given: Lit) -> None:
        """A hard constraint where all of `given` hold; while a guard is set, only under the guard."""
        conditions = self.all_true(given)
        if conditions is None:
            return
        if not expr.terms:
            if expr.constant > most:
                self.forbid(*conditions)
            return
        guard = () if self.guard is None else (self.guard,)
        self.model.at_most(merged(expr.terms), most - expr.constant, (*conditions, *guard))

    def at_least(self, expr: Expr, least: int, *given: Lit) -> None:
        self.at_most(-expr, -least, *given)

    def imply(self, a: Lit, b: Lit) -> None:
        if a is False or b is True:
            return
        if b is False:
            self.forbid(a)
        elif a is True:
            self.forbid(negate(b))
        else:
            self.model.imply(a, b)

    # -- measures ------------------------------------------------------------------------------------------------------

    def terms(self, measure: Measure, places: Iterable[int], muscle: Muscle | None = None) -> list[Term]:
        """A quantity that is summed over sessions, as coefficients on the choices at these places."""
        found: list[Term] = []
        for place in places:
            key = (place, measure.quantity, measure.of, muscle)
            if key not in self._terms:
                worth = [
                    (self.problem.value(measure.quantity, muscle, piece), v) for v, piece in self.lits(place, measure.of)
                ]
                self._terms[key] = [(n, v) for n, v in worth if n]
            found += self._terms[key]
        return found

    def week_terms(self, measure: Measure, muscle: Muscle | None = None, on: Sequence[int] = ()) -> list[tuple[int, Lit]]:
        """A quantity of the whole week; `on` keeps only some days."""
        days = on or range(7)
        if measure.quantity in ("days", "days-without"):
            sign = 1 if measure.quantity == "days" else -1
            found: list[tuple[int, Lit]] = [(sign, self.on(day, measure.of)) for day in days]
            return found if sign == 1 else [(len(days), True), *found]
        places = [place for day in days for place in self._in_day[day]]
        if measure.quantity == "visits":
            return [(1, self.at(place, measure.of)) for place in places]
        return list(self.terms(measure, places, muscle))

    def reaches(self, terms: Sequence[tuple[int, Lit]], least: int) -> Lit:
        """A literal that is true exactly if the sum reaches `least`."""
        constant, free, low, high = bounds(terms)
        if low >= least:
            return True
        if high < least:
            return False
        if least - constant == 1 and all(n >= 1 for n, _ in free):
            return self.any([v for _, v in free])
        lit = self.model.new_bool()
        self.model.at_least(free, least - constant, [lit])
        self.model.at_most(free, least - constant - 1, [~lit])
        return lit

    def steps(self, table: Table, terms: Sequence[tuple[int, Lit]]) -> list[tuple[tuple[Lit, ...], int]]:
        """(conditions, value) for each step of a table: the value holds where all its conditions do."""
        passed = [True if at == 0 else self.reaches(terms, at) for at, _ in table.steps]
        found: list[tuple[tuple[Lit, ...], int]] = []
        for i, (_, value) in enumerate(table.steps):
            conditions = [passed[i]]
            if i + 1 < len(passed):
                conditions.append(negate(passed[i + 1]))
            if all(c is not False for c in conditions):
                found.append((tuple(c for c in conditions if c is not True), int(value)))
        return found

    def upper(
        self,
        terms: Sequence[tuple[int, Lit]],
        limit: int,
        instance: RuleInstance,
        step: int = 1,
        given: Sequence[Lit] = (),
    ) -> None:
        """The sum is at most `limit` where all of `given` hold; a soft rule pays for each started `step` above."""
        constant, free, _, high = bounds(terms)
        excess = high - limit
        conditions = self.all_true(given)
        if excess <= 0 or conditions is None:
            return
        if instance.hard:
            self.at_most(Expr(tuple(free), constant), limit, *conditions)
            return
        most = -(-excess // step)
        if not free:
            self.pay(instance, [(most, self.conjunction(given))])
        elif len(free) == 1 and not conditions:
            (n, lit), beyond = free[0], constant - limit
            without, with_it = (-(-max(0, value) // step) for value in (beyond, beyond + n))
            self.pay(instance, [(without, True), (with_it - without, lit)])
        else:
            amount = self.model.new_int(most)
            self.model.at_most([*free, (-step, amount)], limit - constant, conditions)
            self.pay(instance, [(1, amount)])

    def lower(
        self,
        terms: Sequence[tuple[int, Lit]],
        limit: int,
        instance: RuleInstance,
        step: int = 1,
        given: Sequence[Lit] = (),
    ) -> None:
        """The sum is at least `limit` where all of `given` hold; a soft rule pays for each started `step` below."""
        self.upper([(-n, lit) for n, lit in terms], -limit, instance, step, given)

    def conjunction(self, lits: Sequence[Lit]) -> Lit:
        """At least true where all are (for costs)."""
        result: Lit = True
        for lit in lits:
            result = self.both(result, lit)
        return result

    # -- costs ---------------------------------------------------------------------------------------------------------

    def pay(self, instance: RuleInstance, terms: Iterable[tuple[int, Lit]]) -> None:
        """Adds amount terms of a soft rule, or makes them impossible for a hard one."""
        if instance.hard:
            constant, free, _, high = bounds(terms)
            if high > 0:
                self.at_most(Expr(tuple(free), constant), 0)
            return
        constant, free = 0, []
        for n, lit in terms:
            if lit is True:
                constant += n
            elif lit is not False and lit < 0:  # n (1 - v)
                constant += n
                free.append((-n, ~lit))
            elif lit is not False:
                free.append((n, lit))
        if constant or free:
            self.costs.append(Cost(instance, free, constant))

    def cap(self, index: int, most: int) -> None:
        """A soft rule, by its index, costs at most so many units of amount."""
        costs = [cost for cost in self.costs if cost.instance.index == index]
        terms = tuple(term for cost in costs for term in cost.terms)
        self.at_most(Expr(terms, sum(cost.constant for cost in costs)), most)

    def level_terms(self, level: Level) -> tuple[list[Term], int]:
        """The level's objective: weighted terms, merged by variable, and its constant."""
        merged: dict[Var, int] = {}
        constant = 0
        for cost in self.costs:
            if cost.instance.level == level:
                weight = cost.instance.weight
                constant += weight * cost.constant
                for n, v in cost.terms:
                    merged[v] = merged.get(v, 0) + weight * n
        return [(n, v) for v, n in sorted(merged.items()) if n], constant

    # -- time ----------------------------------------------------------------------------------------------------------

    def not_before(self, place: int, after: int | None, offset: Expr | int, *given: Lit) -> None:
        """The place's start is at least `after`'s start (0 if None) + offset, where all of `given` hold.

        Every rule that pushes a visit later says so here, so that the earliest starts can be read off at the end.
        """
        conditions = self.all_true(given)
        if conditions is None:
            return
        soonest = (Expr() if after is None else self.start[after]) + offset
        self.at_least(self.start[place] - soonest, 0, *conditions)
        if self.span[place].low < self.span[place].high:
            self.lower_bounds.append((place, after, Expr() + offset, conditions))
