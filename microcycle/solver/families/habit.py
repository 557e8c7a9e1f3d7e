"""Each kind keeps one part of the day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from microcycle.models.clause import Habit
from microcycle.solver.problem import DAY_MIN, Problem, RuleInstance
from microcycle.solver.timing import PARTS_OF_DAY
from microcycle.solver.view import Finding, Seen, WeekView

if TYPE_CHECKING:
    from microcycle.solver.cpsat import Lit
    from microcycle.solver.encoding import Encoding

MORNING_TO_MIN = 660
MIDDAY_TO_MIN = 960


def matches(problem: Problem, clause: Habit, week: WeekView) -> Iterator[Finding]:  # noqa: ARG001
    parts: dict[str, dict[str, Seen]] = {}
    for seen in week.of(clause.of):
        if seen.timed and not behind(week, seen):
            parts.setdefault(seen.placed.kind.id, {}).setdefault(part_of_day(seen), seen)
    for kept in parts.values():
        if len(kept) > 1:
            first, then = list(kept.values())[:2]
            days = tuple(sorted({seen.day for seen in kept.values()}))
            yield Finding(len(kept) - 1, days, first.placed, then.placed, len(kept), 1)


def behind(week: WeekView, seen: Seen) -> bool:
    """Whether the piece only follows another in its visit: such a piece has no habit of its own."""
    return any(other.visit == seen.visit and other.rank < seen.rank for other in week.here)


def part_of_day(seen: Seen) -> str:
    minute = seen.start - seen.day * DAY_MIN
    return "morning" if minute < MORNING_TO_MIN else "midday" if minute < MIDDAY_TO_MIN else "evening"


def post(enc: Encoding, instance: RuleInstance, clause: Habit) -> None:
    """For each kind: parts of the day used, less one if it is used at all.

    Assumes that no start is worth having past the opening of the last part, but for what pushes it (`timing`).
    """
    problem = enc.problem
    kinds = sorted(
        {
            option.kind.id
            for option in problem.options
            if not option.attached and problem.selectors.holds(clause.of, option.piece)
        }
    )
    for kind in kinds:
        by_part: dict[int, list[Lit]] = {}
        for place in problem.places:
            used = _main(enc, clause, place.index, kind)
            if used is not False:
                for part, here in _parts(enc, place.index):
                    by_part.setdefault(part, []).append(used if here is True else enc.both(used, here))
        if len(by_part) > 1:
            parts = [enc.any(lits) for lits in by_part.values()]
            # Not from the choices: the relaxation would take a day in halves and pay less than nothing.
            enc.pay(instance, [*((1, part) for part in parts), (-1, enc.any(parts))])


def _main(enc: Encoding, clause: Habit, place: int, kind: str) -> Lit:
    mains = [part for attached, part in enc.parts(place, clause.of) if not attached]
    return enc.any([lit for part in mains for lit, piece in part if piece.kind.id == kind])


def _parts(enc: Encoding, place: int) -> Sequence[tuple[int, Lit]]:
    """The parts of the day in which a place may start, each with a literal."""
    span, midnight = enc.span[place], enc.problem.places[place].day * DAY_MIN
    edges = [midnight + edge for edge in PARTS_OF_DAY] + [span.high + 1]
    found = [n for n in range(3) if edges[n] <= span.high and (n == 2 or span.low < edges[n + 1])]
    if len(found) == 1:
        return [(found[0], True)]
    if place not in enc.parts_of_day:
        lits = [(part, enc.model.new_bool()) for part in found]
        enc.model.exactly_one([lit for _, lit in lits])
        enc.ties += [(part, lit) for part, lit in lits if part]
        for part, lit in lits:
            if part > found[0]:
                enc.not_before(place, None, edges[part], lit)
            if part < found[-1]:
                start = enc.start[place]
                enc.model.at_most(start.terms, edges[part + 1] - 1 - start.constant, [lit])
        enc.parts_of_day[place] = lits
    return enc.parts_of_day[place]
