"""Sessions of the reference week stay on their day and at their hour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from microcycle.models.rule import Stability
from microcycle.solver.problem import DAY_MIN, Placed, Problem
from microcycle.solver.view import Finding, WeekView, ceil_div, in_time_order

Places = dict[tuple[str, int], list[Placed]]


def matches(problem: Problem, clause: Stability, week: WeekView) -> Iterator[Finding]:
    then = _places(in_time_order(problem.reference))
    now = _places(week.pieces)
    for key, reference in then.items():
        kept = now.get(key, [])
        if clause.measure == "sessions":
            for gone in reference[len(kept) :]:
                yield Finding(1, (gone.day,), gone)
        else:
            for was, is_ in zip(_timed(reference), _timed(kept), strict=False):
                moved = abs(_start(is_) - _start(was))
                if moved:
                    yield Finding(ceil_div(moved, 60), (was.day,), was, is_, Fraction(moved, 60), 0)


def _places(pieces: Iterable[Placed]) -> Places:
    """Pieces by kind and day."""
    places: Places = {}
    for placed in pieces:
        places.setdefault((placed.kind.id, placed.day), []).append(placed)
    return places


def _timed(pieces: list[Placed]) -> list[Placed]:
    return sorted((placed for placed in pieces if placed.start is not None), key=_start)


def _start(placed: Placed) -> int:
    return placed.day * DAY_MIN if placed.start is None else placed.start
