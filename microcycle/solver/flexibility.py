"""How firmly each session of a week stands: what it would cost to have it on another day, and what keeps it there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from microcycle.models.rule import Level
from microcycle.solver.problem import Placed, Problem
from microcycle.solver.search import INTERRUPTIBLE, Limits
from microcycle.solver.solve import Result, solve
from microcycle.solver.wishes import EVERY, Wish


@dataclass(frozen=True)
class Cell:
    """A kind on a day: the least that a week with it there costs more, level by level in the goal's order."""

    kind: str
    day: int
    price: tuple[tuple[Level, int], ...] | None
    """Levels that differ, the first of them for the worse; empty where it is free, None where no such week is known."""
    proven: bool
    held: bool
    """The week in question has it there."""


def rows(pieces: Sequence[Placed]) -> list[str]:
    """The kinds of a week that count, in the order of their first session."""
    return list(dict.fromkeys(piece.kind.id for piece in pieces if piece.counted))


def cells(problem: Problem, best: Result, pieces: Sequence[Placed], limits: Limits) -> Iterator[Cell]:
    """Each kind of some week's pieces on each day, as they are known: first what it holds, then day by day.

    Prices are against the best week. Another week as good as that makes all that it holds free as well.
    """
    free = {(piece.kind.id, piece.day) for piece in best.pieces}
    kinds = rows(pieces)
    held = frozenset((piece.kind.id, piece.day) for piece in pieces)
    for kind in kinds:
        yield from (Cell(kind, day, (), best.proven, True) for day in EVERY if (kind, day) in held)
    for kind in kinds:
        for day in EVERY:
            if (kind, day) in held:
                continue
            if (kind, day) in free:
                yield Cell(kind, day, (), best.proven, False)
                continue
            found = _asked(problem, kind, day, limits)
            if found is None or found.outcome != "solved":
                yield Cell(kind, day, None, found is None or found.proven, False)
                continue
            more = price(problem, best, found)
            if not more:
                free.update((piece.kind.id, piece.day) for piece in found.pieces)
            yield Cell(kind, day, more, best.proven and found.proven, False)


def _asked(problem: Problem, kind: str, day: int, limits: Limits) -> Result | None:
    """The best week with the kind on the day; None where it fits in no window of it."""
    fits = any(problem.options[o].kind.id == kind for place in problem.places if place.day == day for o in place.options)
    if not fits:
        return None
    wish = Wish(f"{kind} on day {day}", kind, (day,))
    return solve(replace(problem, wishes=(*problem.wishes, wish)), limits, parameters=INTERRUPTIBLE)


def levels_of(result: Result) -> list[int]:
    """The value of each level in the goal's order."""
    return [level.value for level in result.levels]


def price(problem: Problem, one: Result, other: Result) -> tuple[tuple[Level, int], ...]:
    """What the other week costs more than the one, in each level that differs."""
    pairs = zip(problem.levels, levels_of(one), levels_of(other), strict=True)
    return tuple((level, theirs - ours) for level, ours, theirs in pairs if ours != theirs)
