"""The week's monotony (mean / population SD of the seven daily loads) stays below a limit (Foster 1998)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import gcd, isqrt
from typing import TYPE_CHECKING

from microcycle.models.clause import LoadShape
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
    """7 t^2 sum(x^2) >= (t^2 + 100) (sum x)^2 for t = max_tenths + a, unless literal "amount > a" is true.

    A day's x is p + q + ...: each one load at most, or 0, which assumes what `cliques` does. So p^2 is linear in the
    choices, and only (p + ...) q needs a product; to square x itself took an eighth longer (32 weeks, geometric mean), and
    with the parts of places instead of what a rule allows once a day the search was an eighth longer too (61 weeks).
    """
    every = [_parts(enc, day) for day in range(7)]
    unit = gcd(*(n for parts in every for part in parts for n, _ in part)) or 1
    loads: list[list[Term]] = []
    squares: list[Term] = []
    for parts in every:
        before: list[list[Term]] = []
        for part in parts:
            reduced = [(n // unit, lit) for n, lit in part]
            squares += [(7 * n * n, lit) for n, lit in reduced]  # one of them at most
            if before:
                squares.append((14, enc.model.product(_amount(enc, before), _amount(enc, [reduced]))))
            before.append(reduced)
        loads += before
    total = _amount(enc, loads)
    total_square = enc.model.product(total, total)
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
    """Loads of a day, in parts of which one at most is there: by place, or by what a rule allows once a day."""
    value, options = enc.problem.value, enc.problem.options
    loads = {enc.x[place, o]: value("load", None, options[o].piece) for place in enc.days()[day] for o in enc.choices(place)}
    return [[(loads[lit], lit) for lit in clique] for clique in enc.cliques.cover(list(loads)) if clique]


def _amount(enc: Encoding, parts: list[list[Term]]) -> Var:
    """A variable that is the sum of the terms."""
    made = enc.model.new_int(sum(max(n for n, _ in part) for part in parts))
    enc.model.equal([term for part in parts for term in part], made)
    return made
