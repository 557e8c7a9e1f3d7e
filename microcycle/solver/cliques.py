"""Which choices shut each other out: at one part of a place, or on one day by a hard rule.

A literal for "some of these" is as tight in the linear relaxation as the cliques that cover them are large. With those of
a day instead of those of a place, and what a day may hold at most, the first bound on the convenience of weeks of
fourteen sessions came from about half of its value to about nine tenths.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import index

from microcycle.models.rule import Bound
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
        self._once = [held for held, most in self._daily if most == 1]
        self._cliques: dict[Var, tuple[int, ...]] = {}

    def cover(self, lits: Sequence[Var]) -> list[list[Var]]:
        """Few sets of which one literal at most is true each; one that is no choice is a set by itself."""
        if self.alone(lits):
            return [list(lits)]
        found: dict[tuple[int, ...], list[Var]] = {}
        for lit in lits:
            found.setdefault(self._clique(lit), []).append(lit)
        return list(found.values())

    def _clique(self, lit: Var) -> tuple[int, ...]:
        if lit not in self._cliques:
            self._cliques[lit] = (index(lit),)
            if lit in self.part:
                day, option = self._day[lit]
                once = next((n for n, held in enumerate(self._once) if option in held), None)
                self._cliques[lit] = self.part[lit] if once is None else (0, day, once)
        return self._cliques[lit]

    def alone(self, lits: Sequence[Var]) -> bool:
        """Whether one of them at most can be true."""
        if len({self.part.get(lit, lit) for lit in lits}) < 2 or len({self._clique(lit) for lit in lits}) < 2:
            return True
        return self.most(lits) < 2

    def most(self, lits: Sequence[Var]) -> int:
        """How many of them can be true by the rules of a day; MANY where they say nothing."""
        chosen = [self._day[lit] for lit in lits if lit in self._day]
        if len(chosen) < len(lits) or len({day for day, _ in chosen}) > 1:
            return MANY
        options = {option for _, option in chosen}
        return min((most for held, most in self._daily if options <= held), default=MANY)
