"""Sessions start not before, or end not after, a point of their day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from microcycle.models.clause import Clock
from microcycle.models.selector import Expression, Piece
from microcycle.solver.problem import DAY_MIN, WEEK_MIN, Problem, RuleInstance
from microcycle.solver.timing import point
from microcycle.solver.view import Finding, Seen, WeekView, ceil_div

if TYPE_CHECKING:
    from microcycle.solver.cpsat import Lit, Var
    from microcycle.solver.encoding import Encoding

    Part = list[tuple[Var, Piece]]

_POINT = re.compile(r"^(?:(?P<night>bed|wake)(?P<offset>[+-]\d{1,4})?|(?P<hour>\d{1,2}):(?P<minute>\d{2}))$")


def matches(problem: Problem, clause: Clock, week: WeekView) -> Iterator[Finding]:
    for seen in week.of(clause.of):
        if not seen.timed:
            continue
        late = None
        if clause.after is not None:
            late = _late_before(problem, clause, week, seen.day)
            if late is None:
                continue
        first, then = seen.placed, late.placed if late else None
        midnight = seen.day * DAY_MIN
        if clause.start_not_before is not None:
            point = minute_of_day(problem, clause.start_not_before, seen.day)
            start = seen.start - midnight
            if start < point:
                amount = ceil_div(point - start, 60) if clause.per == "hour" else 1
                yield Finding(amount, (seen.day,), first, then, start, point)
        if clause.end_not_after is not None:
            point = minute_of_day(problem, clause.end_not_after, seen.day)
            end = seen.end - midnight
            if end > point:
                amount = ceil_div(end - point, 60) if clause.per == "hour" else 1
                yield Finding(amount, (seen.day,), first, then, end, point)


def minute_of_day(problem: Problem, point: str, day: int) -> int:
    """Minutes from the day's midnight to `bed-120`, `wake+60` or `07:00`; ValueError for anything else."""
    match = _POINT.match(point)
    if match is None:
        raise ValueError(f"{point!r} is no point of the day; expected bed-120, wake+60 or 07:00")
    if match["night"]:
        nights = problem.nights.bed if match["night"] == "bed" else problem.nights.wake
        return nights[day % 7] + int(match["offset"] or 0)
    return int(match["hour"]) * 60 + int(match["minute"])


def _late_before(problem: Problem, clause: Clock, week: WeekView, day: int) -> Seen | None:
    """What ended late on the day before; Monday follows last week's Sunday and, if it wraps, its own."""
    if clause.after is None or clause.ended_past is None:
        raise ValueError("`after` and `ended_past` go together")
    eves = (-1, 6) if day == 0 and problem.wraps else (day - 1,)
    for group in week.on(clause.after, eves):
        for seen in group:
            point = minute_of_day(problem, clause.ended_past, seen.day)
            if seen.timed and seen.end - seen.day * DAY_MIN > point:
                return seen
    return None


def post(enc: Encoding, instance: RuleInstance, clause: Clock) -> None:
    """start >= point, end <= point; settled beforehand where the place's start is, else on its start variable."""
    problem = enc.problem
    for place in problem.places:
        given: Lit = True
        if clause.after is not None:
            assert clause.ended_past is not None
            given = _late(enc, clause.after, clause.ended_past, place.day - 1)
        if given is False:
            continue
        for attached, part in enc.parts(place.index, clause.of):
            if clause.start_not_before is not None:
                _start(enc, instance, clause, place.index, attached, part, given)
            if clause.end_not_after is not None:
                _end(enc, instance, clause, place.index, attached, part, given)


def _amount(short: int, clause: Clock) -> int:
    if short <= 0:
        return 0
    return 1 if clause.per == "item" else -(-short // 60)


def _start(enc: Encoding, instance: RuleInstance, clause: Clock, place: int, attached: bool, part: Part, given: Lit) -> None:
    assert clause.start_not_before is not None
    at, span = point(clause.start_not_before, enc.problem.places[place].day, enc.problem), enc.span[place]
    mains = [enc.problem.options[o].minutes for o in enc.problem.places[place].options] if attached else [0]
    most, least = _amount(at - span.low - min(mains), clause), _amount(at - span.high - max(mains), clause)
    if most == 0:
        return
    some = enc.any([lit for lit, _ in part])
    behind = enc.main_length(place) if attached else enc.sum([])
    if instance.hard:
        enc.not_before(place, None, at - behind, some, given)
        return
    terms: list[tuple[int, Lit]] = [(least, enc.both(some, given))]
    if most > least:
        extra = enc.model.new_int(most - least)
        terms.append((1, extra))
        relief = 60 if clause.per == "hour" else at - span.low
        enc.not_before(place, None, at - relief * least - behind - enc.sum([(relief, extra)]), some, given)
    enc.pay(instance, terms)


def _end(enc: Encoding, instance: RuleInstance, clause: Clock, place: int, attached: bool, part: Part, given: Lit) -> None:
    assert clause.end_not_after is not None
    at, span = point(clause.end_not_after, enc.problem.places[place].day, enc.problem), enc.span[place]
    if span.low == span.high and not attached:
        for lit, piece in part:
            amount = _amount(span.low + piece.minutes - at, clause)
            if amount and instance.hard:
                enc.forbid(lit, given)
            elif amount:
                enc.pay(instance, [(amount, enc.both(lit, given))])
        return
    mains = max(enc.problem.options[o].minutes for o in enc.problem.places[place].options) if attached else 0
    most = _amount(span.high + mains + max(piece.minutes for _, piece in part) - at, clause)
    if most == 0:
        return
    end = enc.start[place] + (enc.length(place) if attached else enc.main_length(place))
    some = enc.any([lit for lit, _ in part])
    conditions = enc.all_true([some, given])
    if conditions is None:
        return
    if instance.hard:
        enc.at_most(end, at, *conditions)
        return
    late = enc.model.new_int(most)
    relief = 60 if clause.per == "hour" else WEEK_MIN
    enc.at_most(end - enc.sum([(relief, late)]), at, *conditions)
    enc.pay(instance, [(1, late)])


def _late(enc: Encoding, of: Expression, ended_past: str, day: int) -> Lit:
    """Whether some session of the selector on that day ends past the point."""
    problem = enc.problem
    if day < 0 and problem.history:
        return any(
            piece.day == day
            and piece.end is not None
            and piece.end > point(ended_past, day, problem)
            and problem.selectors.holds(of, piece.piece)
            for piece in problem.history
        ) or (_late_in_week(enc, of, ended_past, 6) if problem.wraps else False)
    if day < 0:
        return _late_in_week(enc, of, ended_past, 6) if problem.wraps else False
    return _late_in_week(enc, of, ended_past, day)


def _late_in_week(enc: Encoding, of: Expression, ended_past: str, day: int) -> Lit:
    at = point(ended_past, day, enc.problem)
    found: list[Lit] = []
    for place in enc.days()[day]:
        span = enc.span[place]
        for attached, part in enc.parts(place, of):
            if span.low == span.high and not attached:
                found += [lit for lit, piece in part if span.low + piece.minutes > at]
                continue
            mains = max(enc.problem.options[o].minutes for o in enc.problem.places[place].options) if attached else 0
            if span.high + mains + max(piece.minutes for _, piece in part) <= at:
                continue
            late = enc.model.new_bool()
            some = enc.any([lit for lit, _ in part])
            end = enc.start[place] + (enc.length(place) if attached else enc.main_length(place))
            enc.at_most(end, at, some, enc.negate(late))
            found.append(late)
    return enc.any(found)
