"""Which choices shut each other out: at one part of a place, or on one day by a hard rule.

A literal for "some of these" is as tight in the linear relaxation as the cliques that cover them are large. With those of
a day instead of those of a place, and what a day may hold at most, the first bound on the convenience of weeks of
fourteen sessions came from about half of its value to about nine tenths.

Assumes that each hard cap on a day of the problem is posted, and not under a guard.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from microcycle.models.clause import Bound
from microcycle.solver.cpsat import Var
from microcycle.solver.problem import Problem

MANY = 1000


class Cliques:
    """What is known of the choices of a problem before any rule is posted."""

    def __init__(self, problem: Problem, choices: Mapping[tuple[int, int], Var], *, rules: bool) -> None:
        """`choices` by place and option; without `rules`, only what the places themselves allow is known."""
        self.part: dict[Var, tuple[int, bool]] = {}
        """The part of a place that a choice belongs to, of which one at most is chosen."""
        self._day: dict[Var, tuple[int, int]] = {}
        """Day and option of a choice."""
        self._daily: list[tuple[frozenset[int], int]] = []
        """Options, and how many of them a day may hold at most."""
        for (place, option), v in choices.items():
            self.part[v] = (place, problem.options[option].attached)
            self._day[v] = (problem.places[place].day, option)
        for instance in problem.rules if rules else ():
            clause = instance.clause
            if not isinstance(clause, Bound) or clause.per != "day" or clause.on or not isinstance(clause.max, int):
                continue
            if instance.hard and clause.quantity in ("sessions", "visits"):
                held = problem.members(clause.of)
                if clause.quantity == "visits":
                    held = frozenset(o for o in held if not problem.options[o].attached)
                self._daily.append((held, clause.max))
        once = [held for held, most in self._daily if most == 1]
        first = {o: next((n for n, held in enumerate(once) if o in held), None) for o in range(len(problem.options))}
        self._clique: dict[Var, object] = {
            v: self.part[v] if first[option] is None else (0, day, first[option]) for v, (day, option) in self._day.items()
        }

    def cover(self, lits: Sequence[Var]) -> list[list[Var]]:
        """Few sets of which one literal at most is true each; one that is no choice is a set by itself."""
        if self._one_part(lits):
            return [list(lits)]
        found: dict[object, list[Var]] = {}
        for lit in lits:
            found.setdefault(self._clique.get(lit, lit), []).append(lit)
        return list(found.values())

    def alone(self, lits: Sequence[Var]) -> bool:
        """Whether one of them at most can be true."""
        return self._one_part(lits) or len({self._clique.get(lit, lit) for lit in lits}) < 2 or self.most(lits) < 2

    def _one_part(self, lits: Sequence[Var]) -> bool:
        part = self.part.get(lits[0]) if lits else None
        return len(lits) < 2 or (part is not None and all(self.part.get(lit) == part for lit in lits))

    def most(self, lits: Sequence[Var]) -> int:
        """How many of them can be true by the rules of a day; MANY where they say nothing."""
        days, options = set[int](), set[int]()
        for lit in lits:
            if lit not in self._day:
                return MANY
            day, option = self._day[lit]
            days.add(day)
            options.add(option)
        return MANY if len(days) > 1 else min((most for held, most in self._daily if options <= held), default=MANY)
