"""The week's monotony (mean / population SD of the seven daily loads) stays below a limit (Foster 1998)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import gcd, isqrt
from typing import TYPE_CHECKING

from microcycle.models.rule import LoadShape
from microcycle.solver.problem import Problem, RuleInstance
from microcycle.solver.view import DAYS, Finding, WeekView, whole

if TYPE_CHECKING:
    from microcycle.solver.cpsat import Lit, Term, Var
    from microcycle.solver.encoding import Encoding

MOST = 10


def matches(problem: Problem, clause: LoadShape, week: WeekView) -> Iterator[Finding]:  # noqa: ARG001
    loads = dict.fromkeys(DAYS, 0)
    for seen in week.here:
        loads[seen.day] += week.value("load", None, seen)
    total, squares = sum(loads.values()), sum(load * load for load in loads.values())
    if total == 0:
        return
    limit = whole(clause.max_tenths)

    def kept(tenths: int) -> bool:
        return 7 * squares * tenths * tenths >= (tenths * tenths + 100) * total * total

    amount = next((above for above in range(MOST) if kept(limit + above)), MOST)
    if amount:
        yield Finding(amount, value=_monotony(total, 7 * squares - total * total), limit=Fraction(limit, 10))


def _monotony(total: int, spread: int) -> Fraction | None:
    """total / sqrt(spread) in hundredths, rounded up; None where all seven days are the same."""
    if spread == 0:
        return None
    squared = -(-10_000 * total * total // spread)
    root = isqrt(squared)
    return Fraction(root + (root * root < squared), 100)


def post(enc: Encoding, instance: RuleInstance, clause: LoadShape) -> None:
    """7 t^2 sum(x^2) >= (t^2 + 100) (sum x)^2 for t = max_tenths + a, unless literal "amount > a" is true."""
    every = [_parts(enc, day) for day in range(7)]
    unit = gcd(*(n for parts in every for part in parts for n, _ in part)) or 1
    days: list[Term] = []
    squares: list[Term] = []
    for parts in every:
        reduced = [[(n // unit, lit) for n, lit in part] for part in parts]
        x = enc.model.new_int(sum(max(n for n, _ in part) for part in reduced))
        enc.model.equal([term for part in reduced for term in part], x)
        square = enc.model.square(x)
        days.append((1, x))
        squares.append((7, square))
        for ordered in (reduced, reduced[::-1]):
            _cut(enc, ordered, square)
    total = enc.model.new_int(sum(enc.model.high[x] for _, x in days))
    enc.model.equal(days, total)
    total_square = enc.model.square(total)
    last: Lit = True
    for a in range(1 if instance.hard else MOST):
        tenths = int(clause.max_tenths) + a
        more: Lit = False if instance.hard else enc.model.new_bool()
        if not instance.hard:
            enc.imply(more, last)
            enc.pay(instance, [(1, more)])
            last = more
        enforced = enc.all_true([enc.negate(more)])
        assert enforced is not None
        scaled = [(tenths**2 * n, square) for n, square in squares]
        enc.at_least(enc.sum([*scaled, (-(tenths**2) - 100, total_square)]), 0, *enforced)


def _parts(enc: Encoding, day: int) -> list[list[Term]]:
    """Loads of a day, of each part of a place one at most."""
    value, options = enc.problem.value, enc.problem.options
    return [
        [(value("load", None, options[o].piece), enc.x[place, o]) for o in part]
        for place in enc.days()[day]
        for part in (enc.problem.places[place].options, enc.problem.places[place].attached)
        if part
    ]


def _cut(enc: Encoding, parts: list[list[Term]], square: Var) -> None:
    """(sum p_i)^2 <= sum p_i^2 + 2 sum_(i < j) max(p_i) p_j, which is linear, for p_i is one load of the part or 0.

    Follows from the product, but without it proving that the days can be no less alike took ten times as long.
    """
    terms: list[Term] = [(-1, square)]
    before = 0
    for part in parts:
        terms += [(n * n + 2 * before * n, lit) for n, lit in part]
        before += max(n for n, _ in part)
    enc.model.at_least(terms, 0)
