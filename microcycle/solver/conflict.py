"""Why no week exists: sets of causes that cannot all hold, none of which can be left out, and what hits all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from microcycle.errors import AuditError
from microcycle.solver.causes import Cause
from microcycle.solver.cpsat import Model, run
from microcycle.solver.guarded import Guarded, OutOfBudget
from microcycle.solver.search import TUNED

SHRINK_WORK = 0.2
"""Deterministic time for each cause that is let go."""


@dataclass(frozen=True)
class Conflict:
    """Causes that cannot all hold."""

    causes: tuple[Cause, ...]
    minimal: bool
    """Proven: with any one of them left out there is a week. Else the time was too short to tell."""


class Conflicts:
    """The conflicts among some causes that are known so far, each by the causes' numbers."""

    def __init__(self, ground: Guarded) -> None:
        self.ground = ground
        self.known: dict[frozenset[int], bool] = {}
        """Whether each is minimal, as far as the work for it went."""

    def look(self, without: Collection[int] = ()) -> frozenset[int] | None:
        """A conflict without some causes, minimal if that takes little work; None where all the others can hold."""
        core = self.ground.core([n for n in range(len(self.ground.causes)) if n not in without])
        if core is None:
            return None
        found, minimal = _shrunk(self.ground, core)
        self.known[found] = minimal or self.known.get(found, False)
        return found

    def look_around(self) -> None:
        """A first conflict, and those that stay when a member of it is left out."""
        for member in sorted(self.look() or ()):
            self.look((member,))

    def told(self, most: int) -> list[Conflict]:
        """The smallest ones, proven again with presolve off as far as the budget reaches."""
        ordered = sorted(self.known, key=lambda found: (not self.known[found], len(found), sorted(found)))[:most]
        return [self._told(found) for found in ordered]

    def _told(self, found: frozenset[int]) -> Conflict:
        causes = tuple(self.ground.causes[n] for n in sorted(found))
        return Conflict(causes, _holds(self.ground, found, minimal=self.known[found]))

    def corrections(self, weights: Mapping[int, int]) -> Iterator[frozenset[int]]:
        """Sets of causes without which there is a week, those of least weight first, none of which holds all of another.

        Only causes with a weight may go. Whatever lets a week exist hits every conflict, so the lightest set that hits all
        known ones either lets one exist or leaves another conflict to be known.
        """
        found: list[frozenset[int]] = []
        while (hitting := _lightest(self.known, weights, found)) is not None:
            if self.look(hitting) is None:
                found.append(hitting)
                yield hitting


def _shrunk(ground: Guarded, core: Collection[int]) -> tuple[frozenset[int], bool]:
    """A conflict among some causes, by a deletion filter, and whether it is minimal.

    What is given up least readily is let go first; what it would take too much work to let go stays.
    """
    few = sorted(core)
    # A model of these alone is far smaller.
    small = ground.only(few, SHRINK_WORK)
    kept, minimal = list(range(len(few))), True
    for candidate in reversed(range(len(few))):
        less = [n for n in kept if n != candidate]
        try:
            kept = less if small.clash(less) else kept
        except OutOfBudget:
            minimal = False
    return frozenset(few[n] for n in kept), minimal


def _holds(ground: Guarded, found: frozenset[int], *, minimal: bool) -> bool:
    """Whether it is minimal, by a second proof with presolve off (google/or-tools #5274, #5293); False where that ran out.

    AuditError where that contradicts the first.
    """
    small = ground.only(sorted(found))
    everything = range(len(found))
    try:
        if not small.clash(everything, presolve=False):
            raise AuditError("presolve changes the answer: these causes do not conflict")
        spare = any(small.clash([n for n in everything if n != member], presolve=False) for member in everything)
    except OutOfBudget:
        return False
    if spare and minimal:
        raise AuditError("presolve changes the answer: a conflict is not minimal")
    return not spare


def _lightest(
    conflicts: Iterable[Collection[int]], weights: Mapping[int, int], others: Iterable[Collection[int]]
) -> frozenset[int] | None:
    """The set of least weight that shares a cause with every conflict and does not hold all of any of the others."""
    model = Model()
    taken = {n: model.new_bool() for n in weights}
    for conflict in conflicts:
        model.clause([taken[n] for n in sorted(conflict) if n in weights])
    for other in others:
        model.clause([~taken[n] for n in sorted(other)])
    model.minimise([(weight, taken[n]) for n, weight in weights.items()])
    answer = run(model, TUNED)
    return frozenset(n for n, v in taken.items() if answer.values[v]) if answer.status == "optimal" else None
