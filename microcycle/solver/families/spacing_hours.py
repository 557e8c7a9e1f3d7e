"""At least so many hours between two sessions."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from microcycle.models.rule import SpacingHours
from microcycle.models.selector import Piece
from microcycle.solver.problem import Problem, RuleInstance
from microcycle.solver.timing import gain
from microcycle.solver.view import Finding, Seen, WeekView, ceil_div, whole

if TYPE_CHECKING:
    from microcycle.solver.cpsat import Expr, Lit
    from microcycle.solver.encoding import Encoding, Slot

    Choice = tuple[Lit, Piece, bool]

HOUR_MIN = 60
LEGS = ("none", "light", "moderate", "heavy")
EFFORT = ("easy", "moderate", "hard")
DAYS_APART = {"same-day": 0, "next-day": 1, "any": None}


def matches(problem: Problem, clause: SpacingHours, week: WeekView) -> Iterator[Finding]:  # noqa: ARG001
    hours = whole(clause.hours)
    required = (hours - whole(clause.tolerance)) * HOUR_MIN
    apart = DAYS_APART[clause.scope]
    first, then = week.holding(clause.first), week.holding(clause.then)
    for early, late in week.pairs(first, then):
        if apart is not None and late.day - early.day != apart:
            continue
        if clause.order == "first-then" and not (early.rank in first and late.rank in then):
            continue
        gap = _gap(clause, early, late)
        if gap is None or gap >= required or not _concerned(clause, early, late):
            continue
        days = (early.day,) if early.day == late.day else (early.day, late.day)
        amount = ceil_div(required - gap, HOUR_MIN * clause.step)
        yield Finding(amount, days, early.placed, late.placed, Fraction(gap, HOUR_MIN), hours)


def _gap(clause: SpacingHours, early: Seen, late: Seen) -> int | None:
    """Elapsed minutes between the two; None where they are no pair or the week does not tell."""
    if early.visit == late.visit:
        return 0 if clause.one_visit else None
    if early.day == late.day and not (early.timed and late.timed):
        return None
    return late.real_start - (early.real_end if clause.measured == "end-to-start" else early.real_start)


def _concerned(clause: SpacingHours, early: Seen, late: Seen) -> bool:
    if clause.unless_lighter and _strain(late) < _strain(early):
        return False
    if clause.same_muscle is None:
        return True
    ours = early.placed.kind.content(early.placed.minutes).sets
    theirs = late.placed.kind.content(late.placed.minutes).sets
    return any(sets >= clause.same_muscle <= theirs.get(muscle, 0) for muscle, sets in ours.items())


def _strain(seen: Seen) -> tuple[int, int]:
    kind = seen.placed.kind
    return LEGS.index(kind.leg_load), EFFORT.index(kind.intensity_at(seen.placed.minutes))


def post(enc: Encoding, instance: RuleInstance, clause: SpacingHours) -> None:
    """start(later) >= end(earlier) + needed, for each pair of placements: never, always, or as a linear constraint."""
    needed = (int(clause.hours) - int(clause.tolerance)) * 60
    kinds = _classes(enc, clause)
    slots = enc.slots()
    for i, early in enumerate(slots):
        if early.shift:
            break
        for late in slots[i + 1 :]:
            if late.place is None or (early.place is None and late.shift):
                continue
            apart = late.day - early.day
            if apart > needed // 1440 + 2:
                break
            if (clause.scope == "same-day" and apart != 0) or (clause.scope == "next-day" and apart != 1):
                continue
            _pair(enc, instance, clause, early, late, needed, kinds)
    if clause.one_visit:
        for place in enc.problem.places:
            for first, thens in _partners(clause, kinds.get(place.index, {}), kinds.get(place.index, {})):
                main = [lit for lit, _, attached in first if not attached]
                behind = [lit for lit, _, attached in thens if attached]
                if main and behind and needed > 0:
                    amount = ceil_div(needed, HOUR_MIN * clause.step)
                    a, b = enc.any(main, exclusive=True), enc.any(behind, exclusive=True)
                    enc.forbid(a, b) if instance.hard else enc.pay(instance, [(amount, enc.both(a, b))])


Class = tuple[bool, bool, frozenset[str], tuple[int, int]]


def _class_of(clause: SpacingHours, problem: Problem, piece: Piece) -> Class | None:
    first = problem.selectors.holds(clause.first, piece)
    then = problem.selectors.holds(clause.then, piece)
    if not (first or then):
        return None
    muscles: frozenset[str] = frozenset()
    if clause.same_muscle is not None:
        sets = piece.kind.content(piece.minutes).sets
        muscles = frozenset(m for m, n in sets.items() if n >= clause.same_muscle)
        if not muscles:
            return None
    weight = heaviness(piece) if clause.unless_lighter else (0, 0)
    return first, then, muscles, weight


def heaviness(piece: Piece) -> tuple[int, int]:
    return LEGS.index(piece.kind.leg_load), EFFORT.index(piece.kind.intensity_at(piece.minutes))


def _meets(clause: SpacingHours, early: Class, late: Class) -> bool:
    selected = (early[0] and late[1]) or (clause.order == "either" and early[1] and late[0])
    shared = clause.same_muscle is None or bool(early[2] & late[2])
    return selected and shared and not (clause.unless_lighter and late[3] < early[3])


def _classes(enc: Encoding, clause: SpacingHours) -> dict[int, dict[Class, list[Choice]]]:
    """Choices of each place by what the rule sees of them."""
    problem = enc.problem
    memo: dict[tuple[str, int, bool], Class | None] = {}
    found: dict[int, dict[Class, list[Choice]]] = {}
    for place in problem.places:
        by_class: dict[Class, list[Choice]] = {}
        for o in (*place.options, *place.attached):
            option = problem.options[o]
            key = (option.kind.id, option.minutes, option.attached)
            if key not in memo:
                memo[key] = _class_of(clause, problem, option.piece)
            found_class = memo[key]
            if found_class is not None:
                by_class.setdefault(found_class, []).append((enc.x[place.index, o], option.piece, option.attached))
        if by_class:
            found[place.index] = by_class
    return found


def _partners(
    clause: SpacingHours, early: dict[Class, list[Choice]], late: dict[Class, list[Choice]]
) -> list[tuple[list[Choice], list[Choice]]]:
    """Disjoint products of choices that make a pair, classes with the same partners merged."""
    by_partners: dict[tuple[Class, ...], list[Choice]] = {}
    for mine, choices in early.items():
        partners = tuple(sorted((c for c in late if _meets(clause, mine, c)), key=repr))
        if partners:
            by_partners.setdefault(partners, []).extend(choices)
    return [(choices, [c for p in partners for c in late[p]]) for partners, choices in by_partners.items()]


def _pair(
    enc: Encoding,
    instance: RuleInstance,
    clause: SpacingHours,
    early: Slot,
    late: Slot,
    needed: int,
    kinds: dict[int, dict[Class, list[Choice]]],
) -> None:
    assert late.place is not None
    theirs = kinds.get(late.place)
    if theirs is None:
        return
    if early.place is None:
        for piece in early.past:
            mine = _class_of(clause, enc.problem, piece.piece)
            if mine is None or piece.start is None:
                continue
            end = piece.start if clause.measured == "start-to-start" else piece.start + piece.minutes
            partners = [c for k, choices in theirs.items() if _meets(clause, mine, k) for c in choices]
            for attached in (False, True):
                part = [(lit, p) for lit, p, behind in partners if behind == attached]
                if part:
                    _post_gap(enc, instance, clause.step, [True], None, end, end, late, part, attached, needed)
        return
    for mine_choices, their_choices in _partners(clause, kinds.get(early.place, {}), theirs):
        for behind in (False, True):
            firsts = [(lit, p) for lit, p, attached in mine_choices if attached == behind]
            if not firsts:
                continue
            place = early.place
            span = enc.span[place]
            if clause.measured == "end-to-start":
                lengths = [p.minutes for _, p in firsts]
                offset = enc.length(place) if behind else enc.main_length(place)
            else:
                lengths = [0]
                offset = enc.main_length(place) if behind else enc.sum([])
            extra = _room(enc, place) if behind else (0, 0)
            low = span.low + min(lengths) + extra[0]
            high = span.high + max(lengths) + extra[1]
            for attached in (False, True):
                thens = [(lit, p) for lit, p, a in their_choices if a == attached]
                if thens:
                    _post_gap(
                        enc,
                        instance,
                        clause.step,
                        [lit for lit, _ in firsts],
                        place,
                        low,
                        high,
                        late,
                        thens,
                        attached,
                        needed,
                        offset,
                    )


def _room(enc: Encoding, place: int) -> tuple[int, int]:
    """Shortest and longest main piece at a place, before an attached one."""
    minutes = [enc.problem.options[o].minutes for o in enc.problem.places[place].options]
    return min(minutes), max(minutes)


def _post_gap(
    enc: Encoding,
    instance: RuleInstance,
    step: int,
    firsts: list[Lit],
    place: int | None,
    low: int,
    high: int,
    late: Slot,
    thens: list[tuple[Lit, Piece]],
    attached: bool,
    needed: int,
    offset: Expr | None = None,
) -> None:
    """One product of choices: the earlier ends between low and high (local minutes of the week)."""
    assert late.place is not None
    span = enc.span[late.place]
    before = _room(enc, late.place) if attached else (0, 0)
    slack = gain(enc.problem, span.low + late.shift) - gain(enc.problem, low)
    soonest = span.low + late.shift + before[0] - high - slack
    latest = span.high + late.shift + before[1] - low - slack
    if soonest >= needed:
        return
    a = enc.any(firsts, exclusive=True)
    b = enc.any([lit for lit, _ in thens], exclusive=True)
    main = enc.main_length(late.place) if attached else enc.sum([])
    apart = (enc.sum([]) + high if offset is None else offset) - main + (needed + slack - late.shift)
    if instance.hard:
        if latest < needed:
            enc.forbid(a, b)
        else:
            enc.not_before(late.place, place, apart, a, b)
        return
    unit = HOUR_MIN * step
    most, least = ceil_div(needed - soonest, unit), max(0, ceil_div(needed - latest, unit))
    z = enc.both(a, b)
    terms: list[tuple[int, Lit]] = [(least, z)] if least else []
    if most > least:
        extra = enc.model.new_int(most - least)
        terms.append((1, extra))
        enc.not_before(late.place, place, apart - unit * least - enc.sum([(unit, extra)]), a, b)
    enc.pay(instance, terms)
