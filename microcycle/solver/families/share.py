"""One measure of the week is at most so many percent of another."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from microcycle.models.clause import Share, Table
from microcycle.solver.problem import Problem, RuleInstance
from microcycle.solver.view import DAYS, Finding, WeekView, ceil_div

if TYPE_CHECKING:
    from microcycle.solver.cpsat import Lit, Term
    from microcycle.solver.encoding import Encoding

MOST = 10


def matches(problem: Problem, clause: Share, week: WeekView) -> Iterator[Finding]:  # noqa: ARG001
    if clause.where is not None and week.measure(clause.where, DAYS) < clause.at_least:
        return
    whole = week.measure(clause.whole, DAYS)
    longest = None
    if clause.largest:
        pieces = week.of(clause.part.of)
        if not pieces:
            return
        longest = max(pieces, key=lambda seen: week.value(clause.part.quantity, None, seen))
        part = week.value(clause.part.quantity, None, longest)
    else:
        part = week.measure(clause.part, DAYS)
    most = week.limit(clause.max, DAYS)
    if 100 * part <= most * whole:
        return
    days, first = ((longest.day,), longest.placed) if longest else ((), None)
    if not whole:
        yield Finding(MOST, days, first, limit=most)  # no share of nothing
        return
    amount = min(MOST, ceil_div(100 * part - most * whole, clause.step * whole))
    yield Finding(amount, days, first, value=Fraction(100 * part, whole), limit=most)


def post(enc: Encoding, instance: RuleInstance, clause: Share) -> None:
    """100 part <= (max + step (j - 1)) whole unless literal "amount >= j" is true, for j = 1 to 10."""
    places = range(len(enc.problem.places))
    whole = enc.terms(clause.whole, places)
    part = enc.terms(clause.part, places)
    if not part:
        return
    given: Lit = True
    if clause.where is not None:
        given = enc.reaches(enc.week_terms(clause.where), clause.at_least)
    if isinstance(clause.max, Table):
        limits = enc.steps(clause.max, enc.week_terms(clause.max.over))
    else:
        assert isinstance(clause.max, int)
        limits = [((), clause.max)]
    parts = [[term] for term in _largest(enc, clause)] if clause.largest else [part]
    last: Lit = True
    for j in range(1, 2 if instance.hard else MOST + 1):
        exceeded: Lit = False if instance.hard else enc.model.new_bool()
        if not instance.hard:
            enc.imply(exceeded, last)
            enc.pay(instance, [(1, exceeded)])
            last = exceeded
        for conditions, limit in limits:
            enforced = enc.all_true([given, enc.negate(exceeded), *conditions])
            if enforced is None:
                continue
            allowed = limit + clause.step * (j - 1)
            for side in parts:
                terms = [(100 * n, lit) for n, lit in side] + [(-allowed * n, lit) for n, lit in whole]
                constant, free, _, high = enc.bounds(terms)
                if high > 0:
                    enc.at_most(enc.sum(free) + constant, 0, *enforced)


def _largest(enc: Encoding, clause: Share) -> list[Term]:
    """One variable at least as large as every single session's part. Assumes one option at most of each part of a place."""
    values = enc.terms(clause.part, range(len(enc.problem.places)))
    top = enc.model.new_int(max(n for n, _ in values))
    for day in enc.days():
        for place in day:
            for _, group in enc.parts(place, clause.part.of):
                terms = [(enc.problem.value(clause.part.quantity, None, piece), lit) for lit, piece in group]
                enc.model.at_most([*terms, (-1, top)], 0)
    return [(1, top)]
