"""Sessions of the reference week stay on their day and at their hour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from microcycle.models.clause import Stability
from microcycle.solver.problem import DAY_MIN, Placed, Problem, RuleInstance
from microcycle.solver.view import Finding, WeekView, ceil_div, in_time_order

if TYPE_CHECKING:
    from microcycle.solver.cpsat import Lit
    from microcycle.solver.encoding import Encoding

Places = dict[tuple[str, int], list[Placed]]


def matches(problem: Problem, clause: Stability, week: WeekView) -> Iterator[Finding]:
    hours = clause.measure == "hours"
    then, now = (
        _places(_leading(pieces) if hours else pieces) for pieces in (in_time_order(problem.reference), week.pieces)
    )
    for key, reference in then.items():
        kept = now.get(key, [])
        if not hours:
            for gone in reference[len(kept) :]:
                yield Finding(1, (gone.day,), gone)
        else:
            for was, is_ in zip(_timed(reference)[:1], _timed(kept)[:1], strict=False):
                moved = abs(_start(is_) - _start(was))
                if moved:
                    yield Finding(ceil_div(moved, 60), (was.day,), was, is_, Fraction(moved, 60), 0)


def _leading(pieces: Sequence[Placed]) -> list[Placed]:
    """The first of each visit: what stands behind it moves with it."""
    first: dict[tuple[int, int], Placed] = {}
    for placed in pieces:
        first.setdefault((placed.day, placed.visit), placed)
    return list(first.values())


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


def post(enc: Encoding, instance: RuleInstance, clause: Stability) -> None:
    """sessions: reference sessions of a day and kind that the day no longer holds; hours: starts of first visits apart."""
    known = in_time_order(enc.problem.reference)
    for (kind, day), pieces in sorted(_places(_leading(known) if clause.measure == "hours" else known).items()):
        # What is only like the kind is another session here.
        kind = enc.problem.selectors.itself(kind)
        places = [place for place in enc.days()[day] if enc.at(place, kind) is not False]
        if clause.measure == "sessions":
            enc.lower([(1, lit) for place in places for lit, _ in enc.lits(place, kind)], len(pieces), instance)
            continue
        starts = [piece.start for piece in pieces if piece.start is not None]
        if not starts:
            continue
        earlier: list[Lit] = []
        for place in places:
            leads = enc.any([lit for attached, part in enc.parts(place, kind) for lit, _ in part if not attached])
            first = [leads, *(enc.negate(lit) for lit in earlier)]
            earlier.append(leads)
            _apart(enc, instance, place, min(starts), first)


def _apart(enc: Encoding, instance: RuleInstance, place: int, wanted: int, first: list[Lit]) -> None:
    span = enc.span[place]
    most = -(-max(abs(span.low - wanted), abs(span.high - wanted)) // 60)
    if not most or enc.all_true(first) is None:
        return
    amount = enc.model.new_int(most)
    relief = enc.sum([(60, amount)])
    enc.not_before(place, None, wanted - relief, *first)
    enc.at_most(enc.start[place] - relief, wanted, *first)
    enc.pay(instance, [(1, amount)])
