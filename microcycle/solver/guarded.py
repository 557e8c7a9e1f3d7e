"""A model without preferences in which each cause holds where its own literal is true."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from math import inf
from typing import NamedTuple

from microcycle.models.clause import Availability
from microcycle.models.clock import DAY_MIN
from microcycle.solver import anchor, wishes
from microcycle.solver.causes import Cause
from microcycle.solver.cpsat import Answer, Lit, Model, Parameters, Term, Var, run
from microcycle.solver.encoding import Encoding
from microcycle.solver.families import POSTS
from microcycle.solver.families.availability import inside, post_behind_pins, post_day, post_pin
from microcycle.solver.places import START_MIN
from microcycle.solver.problem import Problem, Window
from microcycle.solver.search import UNPRESOLVED


class OutOfBudget(Exception):
    """The solver has stopped before an answer."""


class Budget:
    """How long to look for the causes of a conflict and for what would help."""

    def __init__(self, work: float, until: float, parameters: Parameters) -> None:
        """Deterministic time for each solve, `time.perf_counter` at the end of it all, and how CP-SAT is called."""
        self.work, self.until, self.parameters = work, until, parameters
        self.left = inf
        """Deterministic time for all that is still to come."""

    def run(self, model: Model, work: float = inf, more: Parameters | None = None) -> Answer:
        """Raises OutOfBudget where there is no answer within it, or within so much work."""
        seconds, work = self.until - time.perf_counter(), min(work, self.work, self.left)
        if seconds <= 0 or work <= 0:
            raise OutOfBudget
        limits = {"max_deterministic_time": work, "max_time_in_seconds": seconds}
        answer = run(model, {**self.parameters, **limits, **(more or {})})
        self.left -= answer.work
        if answer.status not in ("optimal", "infeasible"):
            raise OutOfBudget
        return answer


class Longer(NamedTuple):
    """Time that a day would need beside what is stated: minutes of the week [open, close)."""

    day: int
    window: int | None
    """The window of the file that it would lengthen, by its index; None for one of its own."""
    open: int
    close: int


class Guarded:
    """The causes of a problem under guards, to be held or let go."""

    def __init__(self, problem: Problem, everything: Sequence[Cause], budget: Budget, work: float = inf) -> None:
        """With so much work at most for each answer."""
        self.problem, self.causes = problem, tuple(everything)
        self.budget, self._work = budget, work
        enc = Encoding(problem, guarded=True)
        self.model = enc.model
        self._guards = [enc.model.new_bool() for _ in everything]
        _post(enc, everything, self._guards)

    def core(self, held: Collection[int]) -> set[int] | None:
        """Causes that suffice for infeasibility among those held (not always few); None if a week keeps them all."""
        self.model.assume([self._guards[n] for n in sorted(held)])
        answer = self.budget.run(self.model, self._work)
        self.model.assume([])
        if answer.status != "infeasible":
            return None
        return {n for n in held if self._guards[n] in answer.core}

    def clash(self, held: Collection[int], *, presolve: bool = True) -> bool:
        """Whether no week keeps all of those held. What is fixed is far sooner proven than what is assumed."""
        model = self.model.copy()
        for n, guard in enumerate(self._guards):
            model.fix(guard, int(n in held))
        return self.budget.run(model, self._work, None if presolve else UNPRESOLVED).status == "infeasible"

    def only(self, causes: Sequence[int], work: float = inf) -> Guarded:
        """The same for some of the causes, numbered from 0 in this order."""
        return Guarded(self.problem, [self.causes[n] for n in causes], self.budget, work)


def longer(problem: Problem, kept: Sequence[Cause], days: Sequence[int], budget: Budget) -> list[Longer]:
    """The least time that some days would need beside what is stated, for a week that keeps all of `kept`.

    Fewest windows are changed, then fewest minutes added, new windows at an hour that is free on other days if they can.
    """
    enc = Encoding(problem, guarded=True)
    _post(enc, kept, [None] * len(kept), days)
    usual = sorted((w.open + w.setup) % DAY_MIN for w in problem.stated or ())
    added = [_Added(enc, way, usual[len(usual) // 2] if usual else 0) for day in days for way in _ways(problem, day)]
    for day in days:
        own = [one for one in added if one.way.day == day]
        for place in enc.days()[day]:
            if problem.places[place].pin is None and not problem.places[place].done:
                here = [one.holds(place) for one in own]
                enc.forbid(enc.used(place), *(enc.negate(lit) for lit in here))
        post_behind_pins(enc, day, True)
    enc.model.minimise([term for one in added for term in one.cost])
    answer = budget.run(enc.model)
    if answer.status == "infeasible":
        return []
    return [found for one in added for found in one.read(answer.values)]


class _Way(NamedTuple):
    """A stretch of the day [low, high) that stated time, or new time, may grow into."""

    day: int
    window: Window | None
    low: int
    high: int


def _ways(problem: Problem, day: int) -> Iterator[_Way]:
    """Each window of the day with what is free around it, and each stretch between that, between rising and bed."""
    windows = [w for w in problem.stated or () if w.day == day]
    wake, bed = day * DAY_MIN + problem.nights.wake[day], day * DAY_MIN + min(problem.nights.bed[day], DAY_MIN)
    ends = [wake, *(w.close for w in windows)]
    opens = [*(w.open for w in windows), bed]
    for n, window in enumerate(windows):
        yield _Way(day, window, min(ends[n], window.open), max(opens[n + 1], window.close))
    for low, high in zip(ends, opens, strict=True):
        if high > low:
            yield _Way(day, None, low, high)


class _Added:
    """Variables for one way to have more time: minutes before and after a window, or a new one with its opening."""

    def __init__(self, enc: Encoding, way: _Way, usual: int) -> None:
        self.enc, self.way = enc, way
        model, window = enc.model, way.window
        self._changed = model.new_bool()
        room = (way.high - way.low) // START_MIN
        if window is None:
            # A new window opens so many steps after `low` and is so many long.
            self._before, self._after = model.new_int(room), model.new_int(room)
            model.at_most([(1, self._before), (1, self._after)], room)
            model.at_most([(1, self._after), (-room, self._changed)], 0)
            off, at = model.new_int(DAY_MIN // START_MIN), (usual + way.day * DAY_MIN - way.low) // START_MIN
            model.at_most([(1, self._before), (-1, off)], at)
            model.at_most([(-1, self._before), (-1, off), (at, self._changed)], 0)
            extra = [(1, off), (DAY_MIN, self._after)]
        else:
            self._before = model.new_int((window.open - way.low) // START_MIN)
            self._after = model.new_int((way.high - window.close) // START_MIN)
            model.at_most([(1, self._before), (1, self._after), (-room, self._changed)], 0)
            extra = [(DAY_MIN, self._before), (DAY_MIN, self._after)]
        self.cost: list[Term] = [(DAY_MIN * DAY_MIN, self._changed), *extra]

    def holds(self, place: int) -> Lit:
        """A literal that is true only where what stands at the place keeps to the time."""
        enc, window = self.enc, self.way.window
        if window is not None:
            return inside(enc, place, window, enc.sum([(START_MIN, self._before)]), enc.sum([(START_MIN, self._after)]))
        lit = enc.model.new_bool()
        opening = enc.sum([(START_MIN, self._before)]) + self.way.low
        enc.at_least(enc.start[place] - opening, 0, lit)
        enc.at_most(enc.start[place] + enc.length(place) - opening - enc.sum([(START_MIN, self._after)]), 0, lit)
        return lit

    def read(self, values: tuple[int, ...]) -> Iterator[Longer]:
        before, after, window = values[self._before] * START_MIN, values[self._after] * START_MIN, self.way.window
        if window is None and after:
            yield Longer(self.way.day, None, self.way.low + before, self.way.low + before + after)
        elif window is not None and before + after:
            yield Longer(self.way.day, window.index, window.open - before, window.close + after)


def _post(enc: Encoding, given: Sequence[Cause], guards: Sequence[Var | None], but: Collection[int] = ()) -> None:
    """The causes, each under its guard if it has one, and what holds in any case, but for the hours of some days."""
    pins: dict[int, Lit] = {
        cause.pin.index: True if guard is None else guard
        for cause, guard in zip(given, guards, strict=True)
        if cause.pin is not None
    }
    for instance in enc.problem.rules:
        # Two things at one time are in nobody's power.
        if isinstance(instance.clause, Availability) and instance.clause.what == "overlap":
            POSTS[instance.clause.family](enc, instance, instance.clause)
    stated = {cause.day: True if guard is None else guard for cause, guard in zip(given, guards, strict=True)}
    for day in range(7) if enc.problem.stated is not None else ():
        if day not in but:
            post_day(enc, day, stated.get(day, False))
    for cause, guard in zip(given, guards, strict=True):
        if cause.pin is not None:
            post_pin(enc, cause.pin, pins)
        enc.guard = guard
        if cause.wish is not None:
            wishes.post(enc, cause.wish)
        if cause.anchor is not None:
            anchor.post(enc, cause.anchor)
        for instance in cause.instances:
            POSTS[instance.clause.family](enc, instance, instance.clause)
            if instance.index in enc.problem.ceilings:
                enc.cap(instance.index, enc.problem.ceilings[instance.index])
        enc.guard = None
