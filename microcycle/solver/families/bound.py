"""A measure of the week, of each day, visit or session lies between min and max."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from microcycle.models.clause import Bound, Measure
from microcycle.models.session import Muscle
from microcycle.solver.problem import Problem, RuleInstance
from microcycle.solver.view import DAYS, Finding, Group, WeekView, ceil_div, whole

if TYPE_CHECKING:
    from microcycle.solver.cpsat import Lit
    from microcycle.solver.encoding import Encoding

EVERY = tuple(DAYS)
Unit = tuple[tuple[int, ...], list[Group]]
"""What one bound judges: the days to name, and the pieces day by day."""


def matches(problem: Problem, clause: Bound, week: WeekView) -> Iterator[Finding]:  # noqa: ARG001
    least = None if clause.min is None else whole(clause.min)
    most = None if clause.max is None else whole(clause.max)
    for days, groups in _units(clause, week):
        held = [seen for group in groups for seen in group]
        first = held[0].placed if clause.per != "week" and held else None
        for muscle in clause.muscles or (None,):
            value = week.total(clause.quantity, muscle, groups)
            if most is not None and value > most:
                amount = ceil_div(value - most, clause.step)
                yield Finding(amount, days, first, value=value, limit=most, muscle=muscle)
            # Nothing is missing from a day or visit that holds no such session.
            if least is not None and value < least and (held or clause.per == "week"):
                amount = ceil_div(least - value, clause.step)
                yield Finding(amount, days, first, value=value, limit=least, muscle=muscle)


def _units(clause: Bound, week: WeekView) -> Iterator[Unit]:
    counted = tuple(sorted(set(clause.on))) if clause.on else EVERY
    if clause.per == "week":
        yield clause.on and counted, week.on(clause.of, counted)
    elif clause.per == "day":
        for day in counted:
            yield (day,), week.on(clause.of, (day,))
    elif clause.per == "visit":
        for (day, _), group in week.by_visit(clause.of).items():
            if day in counted:
                yield (day,), [group]
    else:
        for seen in week.of(clause.of):
            if seen.day in counted and (clause.pinned or not week.problem.fixed(seen.placed)):
                yield (seen.day,), [(seen,)]


def post(enc: Encoding, instance: RuleInstance, clause: Bound) -> None:
    """sum over the scope <= max and >= min, each soft side with an amount variable where it may be exceeded."""
    for muscle in clause.muscles or (None,):
        measure = Measure(quantity=clause.quantity, of=clause.of)
        if clause.per == "week":
            _between(enc, instance, clause, enc.week_terms(measure, muscle, clause.on))
            continue
        for day, places in enumerate(enc.days()):
            if clause.on and day not in clause.on:
                continue
            if clause.per == "session":
                _sessions(enc, instance, clause, places, muscle)
                continue
            scopes = [places] if clause.per == "day" else [[place] for place in places]
            for scope in scopes:
                if clause.quantity == "visits":
                    terms: list[tuple[int, Lit]] = [(1, enc.at(place, clause.of)) for place in scope]
                else:
                    terms = list(enc.terms(measure, scope, muscle))
                some = enc.any([v for place in scope for v, _ in enc.lits(place, clause.of)])
                _between(enc, instance, clause, terms, (some,))


def _between(
    enc: Encoding,
    instance: RuleInstance,
    clause: Bound,
    terms: Sequence[tuple[int, Lit]],
    some: tuple[Lit, ...] = (),
) -> None:
    if clause.max is not None:
        assert isinstance(clause.max, int)
        enc.upper(terms, clause.max, instance, clause.step)
    if clause.min is not None:
        assert isinstance(clause.min, int)
        enc.lower(terms, clause.min, instance, clause.step, some)


def _sessions(enc: Encoding, instance: RuleInstance, clause: Bound, places: Sequence[int], muscle: Muscle | None) -> None:
    """What a single session costs is known beforehand: no variable is needed."""
    paid = []
    for place in places:
        spot = enc.problem.places[place]
        members = enc.problem.members(clause.of)
        for o in (o for o in enc.choices(place) if o in members):
            if not clause.pinned and enc.problem.said(spot, o):
                continue
            value = enc.problem.value(clause.quantity, muscle, enc.problem.options[o].piece)
            above = value - clause.max if isinstance(clause.max, int) else 0
            below = clause.min - value if isinstance(clause.min, int) else 0
            amount = -(-max(above, below, 0) // clause.step)
            if amount:
                paid.append((amount, enc.x[place, o]))
    enc.pay(instance, paid)
