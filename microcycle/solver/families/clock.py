"""Sessions start not before, or end not after, a point of their day, or stand outside sleep."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from microcycle.models.clause import Clock
from microcycle.models.clock import Span
from microcycle.models.selector import Expression, Piece
from microcycle.solver.problem import DAY_MIN, WEEK_MIN, Place, Problem, RuleInstance
from microcycle.solver.timing import point
from microcycle.solver.view import Finding, Seen, WeekView, ceil_div

if TYPE_CHECKING:
    from microcycle.solver.cpsat import Lit, Var
    from microcycle.solver.encoding import Encoding

    Part = list[tuple[Var, Piece]]

QUARTER = 15
_POINT = re.compile(r"^(?:(?P<night>bed|wake)(?P<offset>[+-]\d{1,4})?|(?P<hour>\d{1,2}):(?P<minute>\d{2}))$")


def matches(problem: Problem, clause: Clock, week: WeekView) -> Iterator[Finding]:
    if clause.outside is not None:
        yield from _asleep(problem, clause, week)
    for seen in week.of(clause.of) if clause.start_not_before or clause.end_not_after else ():
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


def _asleep(problem: Problem, clause: Clock, week: WeekView) -> Iterator[Finding]:
    """Visits that take from a night, each once; what the athlete has fixed to an hour stands where it stands."""
    for (day, _), visit in week.by_visit(clause.of).items():
        if not all(seen.timed for seen in visit) or any(problem.fixed(seen.placed) for seen in visit):
            continue
        if clause.after is not None and _late_before(problem, clause, week, day) is None:
            continue
        start, end = min(seen.start for seen in visit), max(seen.end for seen in visit)
        if lost := [_lost(night, start, end) for night in problem.asleep(start, end)]:
            yield Finding(sum(map(_quarters, lost)), (day,), visit[0].placed, value=sum(lost), limit=0)


def _lost(night: Span, start: int, end: int) -> int:
    """Minutes that a visit takes of a night which it meets: who is up in it sleeps on the longer side alone."""
    return min(end - night.start, night.end - start)


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
        if clause.outside is not None and not problem.held(place):
            for night in problem.asleep(place.low, place.close):
                _night(enc, instance, clause, place, night, given)
        for attached, part in enc.parts(place.index, clause.of) if clause.start_not_before or clause.end_not_after else ():
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


def _night(enc: Encoding, instance: RuleInstance, clause: Clock, place: Place, night: Span, given: Lit) -> None:
    """What a visit takes of a night is the lesser of the time to its end and from its start: one choice, where both can be.

    Either side only pushes the start later or cuts the end, as `timing` takes for granted.
    """
    parts, span, options = dict(enc.parts(place.index, clause.of)), enc.span[place.index], enc.problem.options
    if not parts:
        return
    mains, behind = parts.get(False, []), parts.get(True, [])
    named = {v for v, _ in mains}
    # What the selector leaves out comes before what it names: the first of it starts so much later.
    others = [(options[o].minutes, enc.x[place.index, o]) for o in place.options if enc.x[place.index, o] not in named]
    lengths = [options[o].minutes for o in place.options]
    first = span.low + (0 if mains else min(lengths))
    last = span.high + (max(n for n, _ in others) if others and behind else 0)
    soonest = span.low + min(lengths)
    latest = min(place.close, span.high + max(lengths) + max((piece.minutes for _, piece in behind), default=0))
    if night.end <= first or latest <= night.start:
        return
    if span.low == span.high and not behind:
        for lit, piece in mains:
            amount = _quarters(_lost(night, span.low, span.low + piece.minutes))
            if amount:
                enc.pay(instance, [(amount, enc.conjunction([lit, given]))])
        return
    some = enc.any([lit for part in parts.values() for lit, _ in part])
    before = enc.sum([(-n, lit) for n, lit in others if behind])
    end = enc.start[place.index] + enc.main_length(place.index) + enc.sum([(piece.minutes, lit) for lit, piece in behind])
    middle = night.start + night.end
    rises: Lit = first + soonest >= middle
    if not rises and last + latest > middle:
        rises = enc.model.new_bool()
    sides = [(night.end - last, night.end - first)] if rises is not False else []
    sides += [(soonest - night.start, latest - night.start)] if rises is not True else []
    least, most = (pick(map(_quarters, side)) for pick, side in zip((min, max), zip(*sides, strict=True), strict=True))
    spent = enc.sum([])
    if not instance.hard:
        terms: list[tuple[int, Lit]] = [(least, enc.both(some, given))]
        if most > least:
            extra = enc.model.new_int(most - least)
            terms.append((1, extra))
            spent = enc.sum([(QUARTER, extra)])
        enc.pay(instance, terms)
        spent += least * QUARTER
    if rises is not False:
        enc.not_before(place.index, None, before - spent + night.end, some, given, rises)
    if rises is not True:
        enc.at_most(end - spent, night.start, some, given, enc.negate(rises))


def _quarters(minutes: int) -> int:
    return max(0, ceil_div(minutes, QUARTER))


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
