"""The first day behind a day of the week that holds any session holds only some."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from microcycle.models.clause import FirstAfter
from microcycle.solver.problem import Problem, RuleInstance
from microcycle.solver.view import Finding, WeekView

if TYPE_CHECKING:
    from microcycle.solver.encoding import Encoding


def matches(problem: Problem, clause: FirstAfter, week: WeekView) -> Iterator[Finding]:
    held = week.by_day(clause.of)
    first = next((day for day in range(clause.after + 1, 7) if day in held), None)
    if first is not None:
        others = [seen for seen in held[first] if not problem.selectors.holds(clause.among, seen.piece)]
        if others:
            yield Finding(1, (first,), others[0].placed)


def post(enc: Encoding, instance: RuleInstance, clause: FirstAfter) -> None:
    """Whatever else stands on a day has some session of an earlier one before it."""
    few = enc.problem.members(clause.among)
    for day in range(clause.after + 1, 7):
        before = [enc.on(early, clause.of) for early in range(clause.after + 1, day)]
        lits = [
            lit
            for place in enc.days()[day]
            for o, (lit, _) in zip(_members(enc, place, clause), enc.lits(place, clause.of), strict=True)
            if o not in few
        ]
        first = enc.negate(enc.any(before))
        if instance.hard:
            enc.forbid(enc.any(lits), first)
        else:
            enc.pay(instance, [(1, enc.both(enc.any(lits), first))])


def _members(enc: Encoding, place: int, clause: FirstAfter) -> list[int]:
    held = enc.problem.members(clause.of)
    return [o for o in enc.choices(place) if o in held]
