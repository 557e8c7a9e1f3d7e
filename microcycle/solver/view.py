"""A finished week as the audit reads it: what is where and when, with last week's tail and its own copy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from microcycle.models.clause import Measure, Table
from microcycle.models.selector import Expression, Piece
from microcycle.models.session import Muscle
from microcycle.solver.problem import DAY_MIN, WEEK_MIN, Placed, Problem

DAYS = range(7)
NOON = 720


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a clause is not met.

    `days` count from this week's Monday: negative ones are last week's, 7 is the Monday after. `first` and
    `then` are the week's own pieces, also where their copy in the next week is meant. `value` and `limit` are
    in the clause's unit, times of day in minutes.
    """

    amount: int
    days: tuple[int, ...] = ()
    first: Placed | None = None
    then: Placed | None = None
    value: int | Fraction | None = None
    limit: int | Fraction | None = None
    muscle: Muscle | None = None

    def __post_init__(self) -> None:
        if self.amount <= 0:
            raise ValueError(f"a finding of amount {self.amount}")


class Seen(NamedTuple):
    """A piece where the audit meets it: last week, this week, or once more in the copy that follows."""

    placed: Placed
    piece: Piece
    rank: int
    """Its place in its week, in time order; the copy keeps it, last week's are negative."""
    day: int
    visit: tuple[int, int]
    timed: bool
    start: int
    """Minute of the week; an untimed piece is taken to start at 12:00."""
    end: int
    real_start: int
    real_end: int


Group = tuple[Seen, ...]


def ceil_div(amount: int, step: int) -> int:
    return -(-amount // step)


def whole(number: object) -> int:
    """A limit that the problem has already turned into a number; TypeError where it has not."""
    if not isinstance(number, int):
        raise TypeError(f"{number!r} is no number: parameters are filled in before the audit")
    return number


def before(one: Seen, other: Seen) -> bool:
    """Whether one piece is known to start before another: by list order in a visit, else by the clock."""
    if one.visit == other.visit:
        return one.rank < other.rank
    if one.day == other.day and not (one.timed and other.timed):
        return False
    return one.start < other.start


def in_time_order(pieces: Iterable[Placed]) -> tuple[Placed, ...]:
    """By day, then visits by their start (untimed ones at noon), each visit in the order given."""
    visits: dict[tuple[int, int], list[Placed]] = {}
    for placed in pieces:
        visits.setdefault((placed.day, placed.visit), []).append(placed)

    def start(key: tuple[int, int]) -> tuple[int, int, int]:
        times = [placed.start for placed in visits[key] if placed.start is not None]
        return key[0], min(times, default=key[0] * DAY_MIN + NOON), key[1]

    return tuple(placed for key in sorted(visits, key=start) for placed in visits[key])


@dataclass(frozen=True)
class WeekView:
    """The pieces of a week, sorted, with lookups by selector, day and visit that are worked out once."""

    problem: Problem
    pieces: tuple[Placed, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "pieces", in_time_order(self.pieces))

    @cached_property
    def here(self) -> Group:
        return tuple(self._see(placed, index, 0) for index, placed in enumerate(self.pieces))

    @cached_property
    def past(self) -> Group:
        """Last week's tail."""
        known = in_time_order(self.problem.history)
        return tuple(self._see(placed, index - len(known), 0) for index, placed in enumerate(known))

    @cached_property
    def copy(self) -> Group:
        """This week once more as the next one, where the end of the week meets its own Monday."""
        if not self.problem.wraps:
            return ()
        return tuple(self._see(placed, index, 1) for index, placed in enumerate(self.pieces))

    def _see(self, placed: Placed, index: int, weeks_on: int) -> Seen:
        real = self.problem.real
        day = placed.day + 7 * weeks_on
        timed = placed.start is not None
        start = day * DAY_MIN + NOON if placed.start is None else placed.start + WEEK_MIN * weeks_on
        end = start + placed.minutes
        visit = (day, placed.visit)
        return Seen(placed, placed.piece, index, day, visit, timed, start, end, real(start), real(end))

    @cached_property
    def _line(self) -> Group:
        """Last week's pieces, this week's and its copy's."""
        return self.past + self.here + self.copy

    @cached_property
    def _held(self) -> dict[Expression, frozenset[int]]:
        return {}

    def holding(self, expression: Expression) -> frozenset[int]:
        """The ranks of the pieces, this week's and last week's, that the expression names."""
        found = self._held.get(expression)
        if found is None:
            holds = self.problem.selectors.holds
            pieces = self.past + self.here
            found = self._held[expression] = frozenset([s.rank for s in pieces if holds(expression, s.piece)])
        return found

    def of(self, expression: Expression) -> Group:
        """This week's pieces that the expression names."""
        held = self.holding(expression)
        return tuple(seen for seen in self.here if seen.rank in held)

    @cached_property
    def _days(self) -> dict[Expression, Mapping[int, Group]]:
        return {}

    def by_day(self, expression: Expression) -> Mapping[int, Group]:
        """The named pieces of each day that has any: last week's, this week's and its copy's."""
        found = self._days.get(expression)
        if found is None:
            held = self.holding(expression)
            days: dict[int, list[Seen]] = {}
            for seen in self._line if held else ():
                if seen.rank in held:
                    days.setdefault(seen.day, []).append(seen)
            found = self._days[expression] = {day: tuple(group) for day, group in days.items()}
        return found

    def on(self, expression: Expression, days: Iterable[int]) -> list[Group]:
        """The named pieces of each of these days, empty days included."""
        groups = self.by_day(expression)
        return [groups.get(day, ()) for day in days]

    def by_visit(self, expression: Expression) -> Mapping[tuple[int, int], Group]:
        """This week's named pieces of each visit that has any."""
        return _visits(self.of(expression))

    @cached_property
    def visits(self) -> Mapping[tuple[int, int], Group]:
        """All visits of this week."""
        return _visits(self.here)

    @cached_property
    def _values(self) -> dict[tuple[str, str | None, str, int], int]:
        return {}

    def value(self, quantity: str, muscle: Muscle | None, seen: Seen) -> int:
        """What one piece adds to a summed quantity (Problem.value, remembered)."""
        key = (quantity, muscle, seen.placed.kind.id, seen.placed.minutes)
        if key not in self._values:
            self._values[key] = self.problem.value(quantity, muscle, seen.piece)
        return self._values[key]

    def total(self, quantity: str, muscle: Muscle | None, days: Sequence[Group]) -> int:
        """The quantity over these days, each given by its pieces: see `Quantity` in models.clause."""
        if quantity == "days":
            return sum(1 for group in days if group)
        if quantity == "days-without":
            return sum(1 for group in days if not group)
        if quantity == "visits":
            return len({seen.visit for group in days for seen in group})
        return sum(self.value(quantity, muscle, seen) for group in days for seen in group)

    def measure(self, measure: Measure, days: Iterable[int]) -> int:
        return self.total(measure.quantity, None, self.on(measure.of, days))

    def measure_visit(self, measure: Measure, visit: tuple[int, int]) -> int:
        return self.total(measure.quantity, None, [self.by_visit(measure.of).get(visit, ())])

    def limit(self, limit: object, days: Iterable[int]) -> int:
        """A number, or what a step table says for its measure on these days."""
        return step_of(limit, self.measure(limit.over, days)) if isinstance(limit, Table) else whole(limit)

    def pairs(self, first: frozenset[int], then: frozenset[int]) -> Iterator[tuple[Seen, Seen]]:
        """Each two pieces of which one is in each set, the earlier one first, each pair once.

        Both of this week; last week's and this week's; this week's and, where it wraps, its copy's. Two of
        last week are no pair, nor is a session with its own copy.
        """
        either = first | then
        here = [seen for seen in self.here if seen.rank in either]
        past = [seen for seen in self.past if seen.rank in either]
        copy = [seen for seen in self.copy if seen.rank in either]

        def fit(one: Seen, other: Seen) -> bool:
            return (one.rank in first and other.rank in then) or (one.rank in then and other.rank in first)

        for at, one in enumerate(here):
            for early in past:
                if fit(early, one):
                    yield early, one
            for other in here[at + 1 :]:
                if fit(one, other):
                    in_order = one.visit == other.visit or one.start <= other.start
                    yield (one, other) if in_order else (other, one)
            for late in copy:
                if late.rank != one.rank and fit(one, late):
                    yield (one, late) if one.start <= late.start else (late, one)


def _visits(pieces: Iterable[Seen]) -> dict[tuple[int, int], Group]:
    visits: dict[tuple[int, int], list[Seen]] = {}
    for seen in pieces:
        visits.setdefault(seen.visit, []).append(seen)
    return {visit: tuple(group) for visit, group in visits.items()}


def step_of(table: Table, measure: int) -> int:
    """The value of the last step whose threshold the measure reaches."""
    return whole([value for threshold, value in table.steps if threshold <= measure][-1])
