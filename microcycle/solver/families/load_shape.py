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
    from microcycle.solver.cpsat import Lit, Term
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
    problem = enc.problem
    every = [
        [(problem.value("load", None, problem.options[o].piece), enc.x[p, o]) for p in day for o in enc.choices(p)]
        for day in enc.days()
    ]
    unit = gcd(*(n for day in every for n, _ in day)) or 1
    days: list[Term] = []
    squares: list[Term] = []
    for terms in every:
        most = sum(n // unit for n, _ in terms)
        most = min(most, 3000 // unit)
        x = enc.model.new_int(most)
        enc.model.equal([(n // unit, lit) for n, lit in terms], x)
        days.append((1, x))
        squares.append((7, enc.model.square(x)))
    total_most = 7 * max(3000 // unit, 1)
    total = enc.model.new_int(total_most)
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
