"""No session of one sort so many calendar days from one of another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from microcycle.models.clause import SpacingDays
from microcycle.solver.problem import Problem, RuleInstance
from microcycle.solver.view import DAYS, Finding, Group, Seen, WeekView, before

if TYPE_CHECKING:
    from microcycle.solver.cpsat import Lit
    from microcycle.solver.encoding import Encoding


def matches(problem: Problem, clause: SpacingDays, week: WeekView) -> Iterator[Finding]:  # noqa: ARG001
    if clause.where is not None and week.measure(clause.where, DAYS) > clause.at_most:
        return
    firsts, thens = week.by_day(clause.first), week.by_day(clause.then)
    found: set[tuple[int, int]] = set()
    for day in sorted(firsts):
        for offset in sorted(set(clause.days)):
            other = day + offset
            # Last week by itself, and the next week by itself, are not ours to judge.
            if other not in thens or not (day in DAYS or other in DAYS):
                continue
            days = (min(day, other), max(day, other))
            if clause.first == clause.then and days in found:
                continue
            pair = _pair(clause, firsts[day], thens[other], offset)
            if pair:
                found.add(days)
                yield Finding(1, days if offset else (day,), pair[0].placed, pair[1].placed)


def kept(clause: SpacingDays, week: WeekView) -> Iterator[tuple[int, int]]:
    """Ranks of each session and the first one that the clause wants on a later day, where that is the next open day."""
    if clause.days == (0,):
        return
    if clause.where is not None and week.measure(clause.where, DAYS) > clause.at_most:
        return
    firsts, thens = week.by_day(clause.first), week.by_day(clause.then)
    for day in sorted(set(firsts).intersection(DAYS)):
        offset = max(clause.days) + 1
        near = any(day + n in thens for n in range(1, offset)) or (0 in clause.days and day in thens)
        early, late = firsts[day][-1], thens.get(day + offset, (None,))[0]
        if late is not None and day + offset in DAYS and not near and early.timed and late.timed:
            yield early.rank, late.rank


def _pair(clause: SpacingDays, firsts: Group, thens: Group, offset: int) -> tuple[Seen, Seen] | None:
    """Two different pieces, on one day in the order that the clause asks for."""
    ordered = clause.order == "first-then" and offset == 0
    for first in firsts:
        for then in thens:
            if first.rank != then.rank and (not ordered or before(first, then)):
                return first, then
    return None


def post(enc: Encoding, instance: RuleInstance, clause: SpacingDays) -> None:
    """not (first on d and then on d + offset), for each pair of days on the time line."""
    if not (enc.may_hold(clause.first) and enc.may_hold(clause.then)):
        return
    same = clause.first == clause.then
    few: Lit = True
    if clause.where is not None:
        few = enc.negate(enc.reaches(enc.week_terms(clause.where), clause.at_most + 1))
    last = 13 if enc.problem.wraps else 6
    for offset in sorted({abs(o) if same else o for o in clause.days}):
        for day in range(-7, 14):
            early, late = sorted((day, day + offset))
            if not (early >= -7 and late <= last) or late < 0 or early > 6 or (early < 0 and late > 6):
                continue
            if offset == 0:
                if 0 <= day <= 6:
                    _same_day(enc, instance, clause, day, few)
                continue
            a, b = enc.on(day, clause.first), enc.on(day + offset, clause.then)
            if instance.hard:
                enc.forbid(a, b, few)
            else:
                enc.pay(instance, [(1, enc.conjunction([a, b, few]))])


def _same_day(enc: Encoding, instance: RuleInstance, clause: SpacingDays, day: int, few: Lit) -> None:
    problem, places = enc.problem, enc.days()[day]
    both = problem.members(clause.first) & problem.members(clause.then)
    overlap = bool(both) and any(o in both for place in places for o in enc.choices(place))
    if clause.order == "either" and not overlap:
        pairs = [(enc.on(day, clause.first), enc.on(day, clause.then))]
    else:
        pairs = _ordered(enc, clause, places)
    if instance.hard:
        for a, b in pairs:
            enc.forbid(a, b, few)
    elif len(pairs) == 1:
        a, b = pairs[0]
        enc.pay(instance, [(1, enc.both(enc.both(a, b, enc.busy(day)), few))])
    elif pairs:
        broken = enc.model.new_bool()
        for a, b in pairs:
            enc.forbid(a, b, few, enc.negate(broken))
        enc.pay(instance, [(1, broken)])


def _ordered(enc: Encoding, clause: SpacingDays, places: Sequence[int]) -> list[tuple[Lit, Lit]]:
    """(earlier, later) literals of two different pieces of a day that make a match."""
    found: list[tuple[Lit, Lit]] = []
    for i, p in enumerate(places):
        firsts = {group.attached: group.lit for group in enc.groups(p, clause.first)}
        thens = {group.attached: group.lit for group in enc.groups(p, clause.then)}
        if False in firsts and True in thens:
            found.append((firsts[False], thens[True]))
        if clause.order == "either" and False in thens and True in firsts:
            found.append((thens[False], firsts[True]))
        both_ways = [(clause.first, clause.then)] + [(clause.then, clause.first)] * (clause.order == "either")
        for first, then in both_ways:
            found.append((enc.at(p, first), enc.any([lit for q in places[i + 1 :] for lit, _ in enc.lits(q, then)])))
    return [(a, b) for a, b in found if a is not False and b is not False]
