"""Numbered sessions as optional intervals, with the literals and sums that the rules of the textbook model are made of."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from ortools.sat.python import cp_model

from microcycle.models.clause import Bound, Measure, Table
from microcycle.models.rule import Level
from microcycle.models.selector import Expression
from microcycle.models.session import Muscle
from microcycle.solver.problem import WEEK_MIN, Problem, RuleInstance
from microcycle.solver.timing import in_rooms

Lit = cp_model.IntVar
Terms = list[tuple[int, Lit]]
Expr = Any
"""A linear expression; its operators are not typed."""
MOST = 10
"""Shares and load shapes cost no more units than this."""


@dataclass(frozen=True, eq=False)
class Session:
    """The n-th session of a kind, as main piece or attached behind one."""

    number: int
    kind: str
    attached: bool
    here: Lit
    length: Mapping[int, Lit]
    """By option."""
    at: Mapping[int, Lit]
    """By place."""
    day: tuple[Lit, ...]
    start: Lit
    end: Lit
    minutes: Lit
    interval: cp_model.IntervalVar


class Textbook:
    """The model of a problem without its rules: sessions, where and when they are, who stands behind whom."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.model = cp_model.CpModel()
        self.true = self.model.new_constant(1)
        self.false = self.model.new_constant(0)
        self.costs: list[tuple[RuleInstance, int, Lit]] = []
        self._memo: dict[tuple[object, ...], Lit] = {}
        self._numbers = itertools.count()
        self.sessions = [s for attached in (False, True) for s in self._numbered(attached)]
        self.behind: dict[tuple[int, int], Lit] = {}
        """By main and attached session: whether the second follows the first in one visit."""
        self.serves: dict[tuple[int, int], Lit] = {}
        """By pin and session."""
        self._visits()

    # -- sessions ------------------------------------------------------------------------------------------------------

    def _numbered(self, attached: bool) -> list[Session]:
        kinds: dict[str, list[int]] = {}
        for option in self.problem.options:
            if option.attached == attached:
                kinds.setdefault(option.kind.id, []).append(option.index)
        found = []
        for kind, options in kinds.items():
            offered = {p.index: p.attached if attached else p.options for p in self.problem.places}
            places = [p for p, here in offered.items() if set(options) & set(here)]
            copies = [self._session(kind, attached, options, places, offered) for _ in range(self._most(options, places))]
            for one, other in itertools.pairwise(copies):
                # Copies are alike: they are numbered in time order.
                self.model.add_implication(other.here, one.here)
                self.model.add(one.start + 1 <= other.start).only_enforce_if(other.here)
            found += copies
        return found

    def _most(self, options: Sequence[int], places: Sequence[int]) -> int:
        """How many sessions of a kind a week can hold: by its places, and by the hard caps on a day or week."""
        days = [sum(self.problem.places[p].day == day for p in places) for day in range(7)]
        week = len(places)
        for instance in self.problem.rules:
            c = instance.clause
            if not (instance.hard and isinstance(c, Bound) and isinstance(c.max, int) and not c.on):
                continue
            if c.quantity in ("sessions", "visits") and set(options) <= self.problem.members(c.of):
                if c.per == "day":
                    days = [min(n, c.max) for n in days]
                elif c.per == "week":
                    week = min(week, c.max)
        return min(week, sum(days))

    def _session(
        self,
        kind: str,
        attached: bool,
        options: Sequence[int],
        places: Sequence[int],
        offered: Mapping[int, tuple[int, ...]],
    ) -> Session:
        model, problem = self.model, self.problem
        here = model.new_bool_var("")
        length = {o: model.new_bool_var("") for o in options}
        at = {p: model.new_bool_var("") for p in places}
        model.add(sum(length.values()) == here)
        model.add(sum(at.values()) == here)
        day = []
        for d in range(7):
            today = [lit for p, lit in at.items() if problem.places[p].day == d]
            day.append(model.new_bool_var("") if today else self.false)
            model.add(sum(today) == day[-1])
        latest = max(place.close for place in problem.places)
        start = model.new_int_var(min(0, *(place.low for place in problem.places)), latest, "")
        end = model.new_int_var(0, latest + WEEK_MIN, "")
        minutes = model.new_int_var(0, max(problem.options[o].minutes for o in options), "")
        model.add(minutes == sum(problem.options[o].minutes * lit for o, lit in length.items()))
        model.add(end == start + minutes)
        for p, lit in at.items():
            place = problem.places[p]
            model.add_bool_or([length[o] for o in options if o in offered[p]]).only_enforce_if(lit)
            model.add(end <= place.close).only_enforce_if(lit)
            if not attached:
                starts = cp_model.Domain.from_values(list(range(place.low, place.high + 1, problem.grid)))
                model.add_linear_expression_in_domain(start, starts).only_enforce_if(lit)
        interval = model.new_optional_interval_var(start, minutes, end, here, "")
        return Session(next(self._numbers), kind, attached, here, length, at, tuple(day), start, end, minutes, interval)

    def _visits(self) -> None:
        """A main session at each place, behind the one before it in its room; with at most one attached to it."""
        model, problem = self.model, self.problem
        mains = [s for s in self.sessions if not s.attached]
        for p in range(len(problem.places)):
            model.add_at_most_one([s.at[p] for s in mains if p in s.at])
        for place in problem.places:
            if place.after is not None:
                model.add_implication(self.used(place.index), self.used(place.after))
        for one, other in in_rooms(problem):
            for s in mains:
                for t in mains:
                    if s is not t and one.index in s.at and other.index in t.at:
                        model.add_bool_or(~s.at[one.index], ~t.at[other.index], self.before(s, t))
        for a in self.sessions:
            if a.attached:
                carriers = [m for m in mains if (m.kind, a.kind) in problem.combos]
                for m in carriers:
                    self.behind[m.number, a.number] = lit = model.new_bool_var("")
                    model.add_implication(lit, m.here)
                    model.add(a.start == m.end).only_enforce_if(lit)
                    for p, at in m.at.items():
                        model.add_bool_or(~lit, ~at, a.at.get(p, self.false))
                model.add(sum(self.behind[m.number, a.number] for m in carriers) == a.here)
        for m in mains:
            model.add_at_most_one([lit for (main, _), lit in self.behind.items() if main == m.number])
        for place in problem.places:
            for pin, day, stands in place.given:
                there = self.any(self.used(p.index) for p in problem.places if (p.pin, p.day) == (pin, day))
                model.add_implication(self.used(place.index), there if stands else ~there)

    # -- literals ------------------------------------------------------------------------------------------------------

    def any(self, lits: Iterable[Lit]) -> Lit:
        """A literal that is true exactly if one of them is."""
        chosen = list(lits)
        key = ("any", *sorted({lit.index for lit in chosen}))
        if key not in self._memo:
            self._memo[key] = some = self.model.new_bool_var("")
            self.model.add_bool_or(*chosen, ~some)
            for lit in chosen:
                self.model.add_implication(lit, some)
        return self._memo[key]

    def both(self, *lits: Lit) -> Lit:
        """A literal that is true exactly if all of them are."""
        key = ("both", *sorted({lit.index for lit in lits}))
        if key not in self._memo:
            self._memo[key] = every = self.model.new_bool_var("")
            self.model.add_bool_or(*(~lit for lit in lits), every)
            for lit in lits:
                self.model.add_implication(every, lit)
        return self._memo[key]

    def used(self, place: int) -> Lit:
        return self.any(s.at[place] for s in self.sessions if place in s.at and not s.attached)

    def before(self, one: Session, other: Session) -> Lit:
        """Whether one starts before the other (their starts differ if both are present)."""
        key = ("before", one.number, other.number)
        if key not in self._memo:
            self._memo[key] = lit = self.model.new_bool_var("")
            self.model.add(one.start + 1 <= other.start).only_enforce_if(lit)
            self.model.add(one.start >= other.start).only_enforce_if(~lit)
        return self._memo[key]

    def one_visit(self, one: Session, other: Session) -> Lit:
        found = self.behind.get((one.number, other.number))
        return found if found is not None else self.behind.get((other.number, one.number), self.false)

    def chosen(self, s: Session, options: Iterable[int]) -> Lit:
        """Whether the session is one of these options."""
        return self.any(s.length[o] for o in sorted(options) if o in s.length)

    def named(self, s: Session, of: Expression) -> Lit:
        return self.chosen(s, self.problem.members(of))

    def of(self, of: Expression) -> list[Session]:
        """The sessions that may be what a selector names."""
        members = self.problem.members(of)
        return [s for s in self.sessions if any(o in members for o in s.length)]

    def held(self, s: Session, of: Expression, day: int) -> Lit:
        return self.both(self.named(s, of), s.day[day % 7])

    def on(self, day: int, of: Expression) -> Lit:
        """Whether a day of the time line holds such a session: last week's below 0, the copy's above 6."""
        if day < 0:
            holds = self.problem.selectors.holds
            return self.true if any(p.day == day and holds(of, p.piece) for p in self.problem.history) else self.false
        if day > 6 and not self.problem.wraps:
            return self.false
        return self.any(self.held(s, of, day) for s in self.of(of))

    def at(self, place: int, of: Expression) -> Lit:
        """Whether the visit at a place holds such a session."""
        return self.any(self.both(self.named(s, of), s.at[place]) for s in self.of(of) if place in s.at)

    # -- measures ------------------------------------------------------------------------------------------------------

    def measured(self, measure: Measure, days: Iterable[int], muscle: Muscle | None = None) -> Terms:
        problem, quantity, of = self.problem, measure.quantity, measure.of
        found: Terms = []
        for day in days:
            if quantity in ("days", "days-without"):
                found.append((1, self.on(day, of) if quantity == "days" else negated(self.on(day, of))))
            elif quantity == "visits":
                found += [(1, self.at(p.index, of)) for p in problem.places if p.day == day % 7]
            elif day < 0:
                past = [p.piece for p in problem.history if p.day == day and problem.selectors.holds(of, p.piece)]
                found += [(problem.value(quantity, muscle, piece), self.true) for piece in past]
            else:
                found += self._summed(measure, muscle, _on_day(day))
        return found

    def in_visit(self, measure: Measure, place: int, muscle: Muscle | None = None) -> Terms:
        if measure.quantity == "visits":
            return [(1, self.at(place, measure.of))]
        return self._summed(measure, muscle, lambda s: s.at.get(place, self.false))

    def _summed(self, measure: Measure, muscle: Muscle | None, where: Callable[[Session], Lit]) -> Terms:
        members, pieces = self.problem.members(measure.of), self.problem.pieces
        return [
            (value, self.both(lit, where(s)))
            for s in self.sessions
            if where(s).index != self.false.index
            for o, lit in s.length.items()
            if o in members and (value := self.problem.value(measure.quantity, muscle, pieces[o]))
        ]

    def reaches(self, terms: Terms, least: int) -> Lit:
        lit = self.model.new_bool_var("")
        self.model.add(total(terms) >= least).only_enforce_if(lit)
        self.model.add(total(terms) <= least - 1).only_enforce_if(~lit)
        return lit

    def limits(self, number: object, read: Callable[[Measure], Terms]) -> list[tuple[list[Lit], int]]:
        """A limit and when it holds: a number always, each step of a table from its threshold to the next."""
        if not isinstance(number, Table):
            assert isinstance(number, int)
            return [([], number)]
        passed = [self.reaches(read(number.over), at) for at, _ in number.steps]
        following = [*(negated(lit) for lit in passed[1:]), self.true]
        return [([lit, nxt], int(n)) for lit, nxt, (_, n) in zip(passed, following, number.steps, strict=True)]

    # -- costs ---------------------------------------------------------------------------------------------------------

    def amount(self, instance: RuleInstance, most: int) -> Lit:
        """What a rule is short of: paid for where it is soft, nothing where it is hard."""
        amount = self.model.new_int_var(0, 0 if instance.hard else max(0, most), "")
        self.costs.append((instance, 1, amount))
        return amount

    def pay(self, instance: RuleInstance, amount: int, lit: Lit) -> None:
        if instance.hard and amount:
            self.model.add_bool_or(~lit)
        self.costs.append((instance, amount, lit))

    def upper(self, instance: RuleInstance, terms: Terms, limit: int, step: int, given: Sequence[Lit] = ()) -> None:
        amount = self.amount(instance, -(-(sum(max(0, n) for n, _ in terms) - limit) // step))
        self.model.add(total(terms) <= limit + step * amount).only_enforce_if(*given)

    def lower(self, instance: RuleInstance, terms: Terms, limit: int, step: int, given: Sequence[Lit] = ()) -> None:
        self.upper(instance, [(-n, lit) for n, lit in terms], -limit, step, given)

    def ladder(self, instance: RuleInstance) -> list[Lit]:
        """Exactly one of these is true, the n-th of which costs n."""
        steps = [self.model.new_bool_var("") for _ in range(1 if instance.hard else MOST + 1)]
        self.model.add_exactly_one(steps)
        for n, lit in enumerate(steps):
            self.pay(instance, n, lit)
        return steps

    def level(self, level: Level) -> Expr:
        paid = [(r.weight * n, lit) for r, n, lit in self.costs if r.level == level and not r.hard]
        return total(paid)

    def real(self, minute: Lit) -> Expr:
        """Elapsed minutes at a local minute: see Problem.real."""
        found: Expr = minute
        for at, gained in self.problem.clock_changes:
            key = ("past", minute.index, at)
            if key not in self._memo:
                self._memo[key] = self.reaches([(1, minute)], at)
            found = found - gained * self._memo[key]
        return found


def negated(lit: Lit) -> Lit:
    return cast(Lit, ~lit)


def total(terms: Terms) -> Expr:
    return cp_model.LinearExpr.weighted_sum([lit for _, lit in terms], [n for n, _ in terms])


def _on_day(day: int) -> Callable[[Session], Lit]:
    return lambda s: s.day[day % 7]
