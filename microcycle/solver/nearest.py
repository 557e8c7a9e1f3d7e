"""Of weeks that are worth the same the one nearest to a week that was planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from microcycle.errors import AuditError
from microcycle.solver import anchor, levels
from microcycle.solver.anchor import Anchor
from microcycle.solver.audit import audit
from microcycle.solver.problem import Placed, Problem
from microcycle.solver.readoff import read_off
from microcycle.solver.search import INTERRUPTIBLE, Limits, Search, Stats
from microcycle.solver.solve import LevelValue, Result, encode

WORK = 5.0
"""Deterministic time for the choice between weeks that are worth the same: without a proof it is still one of them."""


@dataclass(frozen=True)
class Nearest:
    """A week and its distance from the one that was planned."""

    changes: int
    hours: int
    """From day to day, and where that was asked for along the day as well."""
    pieces: tuple[Placed, ...]
    proven: bool
    """None is nearer: fewest changes first, then fewest hours."""


def nearest(problem: Problem, old: Anchor, values: Sequence[LevelValue], limits: Limits, *, hours: bool) -> Nearest | None:
    """The week nearest to an old one among those that cost no more on each level; None if none was found within limits.

    Without `hours` only days count between sessions that move: at what hour they stand then is free.
    """
    search = Search(INTERRUPTIBLE, limits, Stats())
    enc, _ = encode(replace(problem, anchors=(*problem.anchors, old)))
    apart = anchor.post(enc, old)
    for level, value in zip(levels.level_sums(enc), values, strict=True):
        enc.model.at_most(level.terms, level.reduced(value.value))
    fewest = search.least("changes", enc.model, apart.changes)
    if not fewest.values:
        return None
    changes = sum(n * fewest.values[v] for n, v in apart.changes)
    enc.at_most(enc.sum(apart.changes), changes)
    enc.model.hint({v: fewest.values[v] for v in enc.x.values()})
    way = apart.days + apart.along * hours
    least = search.least("hours", enc.model, way) if way else fewest
    found = least.values or fewest.values
    moved = sum(n * found[v] for n, v in way)
    return Nearest(changes, moved, read_off(enc, found), fewest.status == least.status == "optimal")


def as_near(problem: Problem, found: Result, old: Anchor, limits: Limits) -> Result:
    """Of the weeks that are worth what a found one is the nearest to the old one; a proof of the levels stays as it is."""
    if found.outcome != "solved" or not old.sessions:
        return found
    within = Limits(min(WORK, limits.deterministic), limits.seconds)
    near = nearest(problem, old, found.levels, within, hours=False)
    if near is None:
        return found
    judged = audit(problem, near.pieces)
    if judged.hard or any(judged.levels[level.level] > level.value for level in found.levels):
        raise AuditError("the nearest week is worth less than the one that it stands for")
    values = tuple(replace(level, value=judged.levels[level.level]) for level in found.levels)
    return replace(found, pieces=near.pieces, levels=values, audit=judged)
