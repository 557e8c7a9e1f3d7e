"""Other ways to solve the same problems. Each applies the same rules, and its answer is audited like ours.

None of this is imported by the package.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from microcycle.solver.problem import Placed, Problem


@dataclass(frozen=True)
class PeerAnswer:
    """What a peer says of a problem within its limit."""

    outcome: Literal["solved", "infeasible", "unknown"]
    proven: bool
    pieces: tuple[Placed, ...] = ()
    building: float = 0.0
    """Seconds from the problem to a model."""
    solving: float = 0.0
    """Seconds in the solver, all levels."""


Peer = Callable[[Problem, float], PeerAnswer]
"""Solves a problem to lexicographic optimality, its levels in order; the second argument is the limit in seconds."""


def lacking(problem: Problem, families: frozenset[str]) -> Problem:
    """The problem without the rules of some families."""
    return replace(problem, rules=tuple(r for r in problem.rules if r.clause.family not in families))
