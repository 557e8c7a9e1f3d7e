"""A week that has begun: what is done stands, what is over is over, and what was missed is not made up for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from typing import NoReturn

from microcycle.models.clause import (
    AnyClause,
    Availability,
    Bound,
    Clock,
    Declaration,
    FirstAfter,
    Habit,
    LoadShape,
    LongestWindow,
    Share,
    SpacingDays,
    SpacingHours,
    Streak,
    Table,
    When,
)
from microcycle.models.clock import DAY_MIN, DAY_NAMES, DAYS, Nights, range_text, week_text
from microcycle.models.naming import in_sentence
from microcycle.models.reading import fail
from microcycle.models.request import Request
from microcycle.models.rule import WEIGHTS
from microcycle.models.session import Muscle, SessionKind
from microcycle.solver import history
from microcycle.solver.audit import Match, audit
from microcycle.solver.inforce import level_of
from microcycle.solver.pins import assigned, serves
from microcycle.solver.problem import MISSING, Pin, Placed, Problem, RuleInstance

MOST_WAYS = 32
"""So many choices of days of what is fixed are tried, each by two audits of what is done."""


def done(request: Request, kinds: Mapping[str, SessionKind], nights: Nights) -> tuple[Placed, ...]:
    """The sessions that this week holds already, in time order; what follows in a visit is attached to its first.

    Raises InputError for one without an hour, or after `now`.
    """
    for i, one in enumerate(request.spec.done):
        began = history.begins(one, nights)
        if began is None:
            first = next(
                (o for o in request.spec.done if o.visit is not None and (o.day, o.visit) == (one.day, one.visit)), one
            )
            if first is one:
                fail(request.document, ("done", i), "a session that was done has an hour", expected="a 'start'", key=True)
        elif request.spec.now is None:
            expected = "'now', a day and an hour such as wed 12:00"
            fail(request.document, ("done", i), "what is done needs to know what time it is", expected=expected)
        elif began >= request.spec.now:
            at = week_text(request.spec.now)
            fail(request.document, ("done", i), f"this is not done yet at {at}", expected="an hour before 'now'")
    held = history.sightings(request, ("done",), request.spec.done, kinds, 0, nights)
    for early, late in pairwise(held):
        if early.end is not None and late.start is not None and late.start < early.end:
            _refuse_both(request, early, late, nights)
    return tuple(replace(piece, done=True) for piece in held)


def _refuse_both(request: Request, early: Placed, late: Placed, nights: Nights) -> NoReturn:
    """Nobody does two things at once; of what is over, news say only what was done otherwise than planned."""
    said = [path for path in request.document.said if path[0] == "done"]
    spoken = [request.spec.done[int(path[1])] for path in said]
    told = {(one.session, one.day[0], history.begins(one, nights)) for one in spoken}
    names = {piece: in_sentence(piece.kind.name) for piece in (early, late)}
    unsaid = [piece for piece in (early, late) if (piece.kind.id, piece.day, piece.start) not in told]
    at = week_text(late.start or 0)
    message = f"{names[early]} and {names[late]} are both said to be done at {at}"
    expected = "another hour or fewer minutes, or one of them missed"
    if said and len(unsaid) == 1:
        planned = unsaid[0]
        hours = range_text(((planned.start or 0) % DAY_MIN, (planned.end or 0) % DAY_MIN))
        message = f"at {at} {names[planned]} is taken as done as it was planned, {DAY_NAMES[planned.day]} {hours}"
        expected = f"another hour, or --missed {DAYS[planned.day]}-{planned.visit}-{planned.kind.id} if it was not done"
    fail(request.document, max(said, default=("done",)), message, expected=expected)


def over(now: int, held: Sequence[Placed]) -> int:
    """When what is going on is over."""
    return max([now, *(piece.end for piece in held if piece.end is not None)])


def visits(pieces: Sequence[Placed]) -> list[tuple[Placed, ...]]:
    """What was done, visit by visit."""
    return [tuple(visit) for _, visit in groupby(pieces, key=lambda piece: (piece.day, piece.visit))]


def as_done(problem: Problem, pieces: Sequence[Placed]) -> tuple[Placed, ...]:
    """The pieces of a week that was read, those that are done marked so."""
    over = {(piece.day, piece.start, piece.kind.id) for piece in problem.done}
    return tuple(replace(piece, done=(piece.day, piece.start, piece.kind.id) in over) for piece in pieces)


def missed(request: Request, kinds: Mapping[str, SessionKind], nights: Nights) -> tuple[Placed, ...]:
    """The sessions that were planned and did not happen."""
    return history.sightings(request, ("missed",), request.spec.missed, kinds, 0, nights)


def pins_left(
    pins: Sequence[Pin], now: int, held: Sequence[Placed], gone: Sequence[Placed], nights: Nights
) -> tuple[Pin, ...]:
    """What is still to come of what is fixed: not what was done or missed, nor what is over."""
    over = _served(pins, now, held, gone)
    found: list[Pin] = []
    for pin in pins:
        days = tuple(day for day in pin.days if _to_come(pin, day, now, nights))
        if days and pin not in over:
            found.append(replace(pin, index=len(found), days=days))
    return tuple(found)


def _served(pins: Sequence[Pin], now: int, held: Sequence[Placed], gone: Sequence[Placed]) -> list[Pin]:
    """The pins for which something was done or missed, a session each: what was told to be, then what was just what is
    fixed, then what was otherwise on its day.

    At another hour than its own, nothing was done instead of a pin whose hour is still to come, and what ends a lift never.
    """
    ends = [p for visit in visits(held) for p in visit[1:] if p.kind.ends_a_lift(p.minutes)]

    def just_so(piece: Placed, pin: Pin) -> bool:
        return serves(piece, pin) and (piece.start is not None or is_over(piece, pin))

    def otherwise(piece: Placed, pin: Pin) -> bool:
        here = piece.kind.id == pin.kind.id and piece.day in pin.days and piece not in ends
        return here and (piece.start is None or is_over(piece, pin))

    def is_over(piece: Placed, pin: Pin) -> bool:
        return pin.start is None or piece.day * DAY_MIN + pin.start < now

    found: list[Pin] = []
    free = [*held, *gone]
    for fits in (told_to_be, just_so, otherwise):
        taken = assigned([pin for pin in pins if pin not in found], free, fits)
        found += taken.values()
        free = [piece for at, piece in enumerate(free) if at not in taken and piece.fixed_on is None]
    return found


def told_to_be(piece: Placed, pin: Pin) -> bool:
    """Whether a piece is said to be what is fixed, whenever and however long it was."""
    return piece.kind.id == pin.kind.id and bool(piece.fixed_on) and set(piece.fixed_on or ()) <= set(pin.days)


def kept(pins: Sequence[Pin], held: Sequence[Placed]) -> frozenset[tuple[str, int]]:
    """Kind and start of what was done as it was fixed."""
    fixed = {(pin.kind.id, day * DAY_MIN + pin.start) for pin in pins if pin.start is not None for day in pin.days}
    return frozenset(fixed.intersection((piece.kind.id, piece.start) for piece in held if piece.start is not None))


def _to_come(pin: Pin, day: int, now: int, nights: Nights) -> bool:
    last = max(DAY_MIN, *(span.end for span in nights.free[day]), 0) - 1
    return day * DAY_MIN + (pin.start if pin.start is not None else last) >= now


def underway(problem: Problem, gone: Sequence[Placed]) -> Problem:
    """The problem with what was missed taken off its targets, and the past forgiven, but no more than the past.

    What is done may break a hard rule by itself, or with what is fixed: no plan can mend that. Such a rule is dear from then
    on, and nothing is added that would break it further. Of one with two ends, the other end stays hard.
    """
    if not problem.done and not gone:
        return problem
    rules = [lessened for instance in problem.rules for lessened in _lessened(problem, instance, gone)]
    ends = [end for instance in rules for end in _ends(instance)]
    for_good = _for_good(replace(problem, rules=tuple(replace(end, index=n) for n, end in enumerate(ends))))
    found: list[RuleInstance] = []
    ceilings: dict[int, int] = {}
    at = 0
    for instance in rules:
        of_rule = range(at, at := at + len(_ends(instance)))
        for n in of_rule if any(n in for_good for n in of_rule) else ():
            if n in for_good:
                ceilings[len(found)] = for_good[n]
            found.append(replace(_forgiven(problem, ends[n]) if n in for_good else ends[n], index=len(found)))
        if not any(n in for_good for n in of_rule):
            found.append(replace(instance, index=len(found)))
    return replace(problem, rules=tuple(found), ceilings=ceilings)


def _ends(instance: RuleInstance) -> list[RuleInstance]:
    """A hard rule with two ends, end by end: the past may have gone beyond one of them for good."""
    clause = instance.clause
    if not isinstance(clause, Bound | When) or not instance.hard or clause.min is None or clause.max is None:
        return [instance]
    return [replace(instance, clause=clause.model_copy(update={end: None})) for end in ("min", "max")]


def _for_good(problem: Problem) -> dict[int, int]:
    """The hard rules that the past breaks whatever is still to come, by itself or with what is fixed, and by how much.

    What is fixed on one of several days breaks what it breaks on each of them; what it breaks without the past is no
    matter of the past.
    """
    hard = tuple(i for i in problem.rules if i.hard and not isinstance(i.clause, Availability | Declaration))
    judged = replace(problem, rules=hard)
    past, ways = _broken(judged, problem.done), _ways(problem.pins)
    by_pins = [_broken(judged, way) for way in ways]
    both = [_broken(judged, [*problem.done, *way]) for way in ways]
    always = {n for n in both[0] if all(n in one for one in both) and not all(n in one for one in by_pins)}
    nearest = min(both, key=lambda one: (sum(n not in always and n not in past for n in one), sum(one.values())))
    return {n: max(past.get(n, 0), nearest.get(n, 0)) for n in sorted(always | past.keys())}


def _ways(pins: Sequence[Pin]) -> list[list[Placed]]:
    """What is fixed, on each choice of days; where these are too many, without some of what chooses."""
    ways: list[list[Placed]] = [[]]
    for pin in sorted(pins, key=lambda pin: len(pin.days)):
        if len(ways) * len(pin.days) <= MOST_WAYS:
            ways = [[*way, _as_pinned(pin, day)] for way in ways for day in pin.days]
    return ways


def _as_pinned(pin: Pin, day: int) -> Placed:
    start = None if pin.start is None else day * DAY_MIN + pin.start
    return Placed(pin.kind, min(pin.minutes), day, start, visit=MISSING - pin.index, pin=pin.index)


def _broken(problem: Problem, pieces: Sequence[Placed]) -> dict[int, int]:
    """By how much pieces break rules for good, by the rules' indices."""
    found: dict[int, int] = {}
    for match in audit(problem, pieces).hard if pieces else ():
        if _settled(match.instance.clause) or _is_over(problem, match):
            found[match.instance.index] = found.get(match.instance.index, 0) + match.finding.amount
    return found


def _is_over(problem: Problem, match: Match) -> bool:
    """Whether nothing can come any more where a rule is broken; of some rules that is the whole week."""
    first = min([*(w.day for w in problem.windows), *(day for pin in problem.pins for day in pin.days)], default=len(DAYS))
    days = () if isinstance(match.instance.clause, Share | LoadShape) else match.finding.days
    return all(day % len(DAYS) < first or day < 0 for day in days or range(len(DAYS)))


def _lessened(problem: Problem, instance: RuleInstance, gone: Sequence[Placed]) -> Iterator[RuleInstance]:
    """A least or an aim of the week, less by what was missed; where muscles get unlike parts of it, each by itself."""
    clause = instance.clause
    aimed = isinstance(clause, Bound) and clause.per == "week" and not clause.on and clause.quantity != "days-without"
    if not isinstance(clause, Bound) or not aimed or (clause.min is None and instance.rule.id != "overshoot"):
        yield instance
        return
    parts: dict[int, list[Muscle]] = {}
    held = [piece for piece in gone if problem.selectors.holds(clause.of, piece.piece)]
    for muscle in clause.muscles or (None,):
        if clause.quantity == "days":
            less = len({piece.day for piece in held})
        else:
            less = sum(problem.value(clause.quantity, muscle, piece.piece) for piece in held)
        parts.setdefault(less, []).extend([] if muscle is None else [muscle])
    for less, muscles in parts.items():
        low, high = (max(0, n - less) if isinstance(n, int) else n for n in (clause.min, clause.max))
        high = high if instance.rule.id == "overshoot" else clause.max
        changed = clause.model_copy(update={"min": low, "max": high, "muscles": tuple(muscles)})
        yield replace(instance, clause=changed if less else clause.model_copy(update={"muscles": tuple(muscles)}))


def _settled(clause: AnyClause) -> bool:
    """Whether what is still to come, wherever it stands, cannot undo what breaks a rule."""
    if isinstance(clause, Bound):
        # Days of rest only become fewer.
        return clause.max is None if clause.quantity == "days-without" else clause.min is None
    if isinstance(clause, When):
        return clause.min is None and not _may_rise(clause.max)
    return isinstance(clause, SpacingHours | SpacingDays | Clock | Streak | FirstAfter | Habit | LongestWindow)


def _may_rise(limit: object) -> bool:
    """Whether a limit may be higher where more is done."""
    return isinstance(limit, Table) and [n for _, n in limit.steps] != sorted(
        (n for _, n in limit.steps), key=int, reverse=True
    )


def _forgiven(problem: Problem, instance: RuleInstance) -> RuleInstance:
    clause = instance.clause
    if instance.rule.gate is not None and isinstance(clause, Bound):
        # Past what was done, a gate stays shut.
        held = [p.piece for p in problem.done if problem.selectors.holds(clause.of, p.piece)]
        values = [problem.value(clause.quantity, None, piece) for piece in held]
        most = sum(values) if clause.per == "week" else max(values)
        return replace(instance, clause=clause.model_copy(update={"max": most}))
    weight = WEIGHTS["tier4"] * instance.rule.weight
    return replace(instance, severity="tier4", level=level_of(instance.rule.level, "tier4"), weight=weight)
