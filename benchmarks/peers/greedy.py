"""Greedy placing and local search, judged by the audit alone: what a careful program without a solver finds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from benchmarks.peers import PeerAnswer
from microcycle.models.clause import Clock, SpacingHours
from microcycle.solver.audit import audit
from microcycle.solver.problem import WEEK_MIN, Placed, Problem
from microcycle.solver.timing import PARTS_OF_DAY, gain, point, spans

MOST = 100_000
"""Audits after which the search ends by itself."""
AGAIN = 20
"""So many times as many weeks may be looked at, known ones and such as do not fit included."""
STALL = 400
"""Audits without a better week after which the search starts anew."""
ANEW = 4
"""Every so many new starts are from nothing; the others are from near the best week."""
KICK = 3
"""Random moves from the best week at such a start."""
SAMPLE = 40
"""Additions tried at each step of a start that is not the first."""

Cost = tuple[int, ...]
"""Hard matches, by how much they miss, then the levels in order."""


class Visit(NamedTuple):
    """What stands at a place: options, and steps of the grid past the place's opening."""

    main: int
    behind: int | None = None
    steps: int = 0


Week = tuple[Visit | None, ...]
"""The visit at each place."""


def solve(problem: Problem, seconds: float, *, seed: int = 1, most: int = MOST) -> PeerAnswer:
    """The best week found within the time and `most` audits; the same one for a seed, if the time is enough."""
    began = time.perf_counter()
    search = _Search(problem, Random(seed), began + seconds, most)
    search.run()
    spent = time.perf_counter() - began
    if search.best is None or search.best_cost[0]:
        return PeerAnswer("unknown", False, (), 0.0, spent)
    return PeerAnswer("solved", False, search.best_pieces, 0.0, spent)


class _OverError(Exception):
    """The time or the audits are used up, or nothing is left to improve."""


class _Search:
    def __init__(self, problem: Problem, rng: Random, until: float, most: int) -> None:
        self.problem, self.rng, self.until, self.most = problem, rng, until, most
        self.places, self.options = problem.places, problem.options
        self.span = spans(problem)
        self.by_kind: list[dict[str, list[int]]] = []
        for place in self.places:
            kinds: dict[str, list[int]] = {}
            for o in place.options:
                kinds.setdefault(self.options[o].kind.id, []).append(o)
            self.by_kind.append({k: sorted(v, key=lambda o: self.options[o].minutes) for k, v in kinds.items()})
        clauses = [rule.clause for rule in problem.rules]
        self.gaps = sorted({(int(c.hours) - int(c.tolerance)) * 60 for c in clauses if isinstance(c, SpacingHours)})
        self.not_before = sorted({c.start_not_before for c in clauses if isinstance(c, Clock) and c.start_not_before})
        self.known: dict[Week, Cost | None] = {}
        self.count = self.asked = 0
        self.best: Week | None = None
        self.best_cost: Cost = ()
        self.best_pieces: tuple[Placed, ...] = ()
        self.moves: tuple[Callable[[Week], Week | None], ...] = (
            self._add, self._add, self._remove, self._move, self._move, self._swap,
            self._length, self._length, self._kind, self._behind, self._shift,
        )  # fmt: skip

    # -- weeks ---------------------------------------------------------------------------------------------------------

    def timetable(self, week: Week) -> list[int] | None:
        """The start at each place; None where the visits do not fit."""
        stands = {(p.pin, p.day) for p, visit in zip(self.places, week, strict=True) if visit and p.pin is not None}
        if len({pin for pin, _ in stands}) < len(stands):
            return None
        starts, ends = [], dict[int, int]()
        for place, visit in zip(self.places, week, strict=True):
            start = place.low
            if visit is not None:
                if any(((pin, day) in stands) != wanted for pin, day, wanted in place.given):
                    return None
                earliest = max(place.low + visit.steps * self.problem.grid, ends.get(place.room, 0))
                start = self._snapped(place.index, earliest)
                end = start + self.minutes(visit)
                if start > place.high or end > place.close:
                    return None
                ends[place.room] = end
            starts.append(start)
        return starts

    def _snapped(self, place: int, minute: int) -> int:
        low, grid = self.places[place].low, self.problem.grid
        return low - (low - max(low, minute)) // grid * grid

    def minutes(self, visit: Visit) -> int:
        behind = 0 if visit.behind is None else self.options[visit.behind].minutes
        return self.options[visit.main].minutes + behind

    def pieces(self, week: Week, starts: list[int]) -> tuple[Placed, ...]:
        found, visits = [], [0] * 7
        for place, visit, at in zip(self.places, week, starts, strict=True):
            if visit is None:
                continue
            visits[place.day] += 1
            for o in (visit.main, visit.behind):
                if o is None:
                    continue
                option, pin = self.options[o], place.pin if o == visit.main else None
                label = "" if pin is None else self.problem.pins[pin].label
                n, window = visits[place.day], place.window
                found.append(Placed(option.kind, option.minutes, place.day, at, n, option.finisher, pin, window, label))
                at += option.minutes
        return tuple(found)

    def cost(self, week: Week) -> Cost | None:
        """None for what is no week."""
        self.asked += 1
        if self.asked > AGAIN * self.most:
            raise _OverError
        if week in self.known:
            return self.known[week]
        starts = self.timetable(week)
        cost = None
        if starts is not None:
            if self.count >= self.most or time.perf_counter() > self.until:
                raise _OverError
            self.count += 1
            pieces = self.pieces(week, starts)
            judged = audit(self.problem, pieces)
            hard = judged.hard
            levels = tuple(judged.levels[level] for level in self.problem.levels)
            cost = (len(hard), sum(match.finding.amount for match in hard), *levels)
            if self.best is None or cost < self.best_cost:
                self.best, self.best_cost, self.best_pieces = week, cost, pieces
        self.known[week] = cost
        return cost

    # -- the search ----------------------------------------------------------------------------------------------------

    def run(self) -> None:
        try:
            week = self._constructed(None)
            turn = 0
            while any(self.best_cost):
                self._climb(week)
                turn += 1
                week = self._kicked() if turn % ANEW else self._constructed(SAMPLE)
        except _OverError:
            pass

    def _constructed(self, sample: int | None) -> Week:
        """From nothing, addition by addition, each time the one that helps most, if any does."""
        week: Week = (None,) * len(self.places)
        cost = self.cost(week)
        assert cost is not None
        while True:
            tries = list(self._additions(week))
            if sample is not None:
                tries = self.rng.sample(tries, min(sample, len(tries)))
            found = [(value, n) for n, one in enumerate(tries) if (value := self.cost(one)) is not None]
            if not found or min(found)[0] >= cost:
                return week
            cost, n = min(found)
            week = tries[n]

    def _additions(self, week: Week) -> Iterator[Week]:
        """Each kind at each free place, at one length: the usual one there, or any where few are tried."""
        for place in self.places:
            if week[place.index] is None and (place.after is None or week[place.after] is not None):
                for lengths in self.by_kind[place.index].values():
                    yield _with(week, place.index, Visit(self._usual(lengths)))

    def _usual(self, lengths: list[int]) -> int:
        """The length nearest to the usual one of its kind."""
        return min(lengths, key=lambda o: abs(self.options[o].minutes - self.options[o].kind.minutes.default))

    def _climb(self, week: Week) -> None:
        """To neighbours that are no worse, until it has not got better for long."""
        cost = self.cost(week)
        if cost is None:
            return
        since, step = self.count, 0
        while self.count - since < STALL and any(self.best_cost) and step < 20 * STALL:
            step += 1
            new = self._neighbour(week)
            value = None if new is None else self.cost(new)
            if new is None or value is None:
                continue
            if value < cost:
                since, step = self.count, 0
            if value <= cost:
                week, cost = new, value

    def _neighbour(self, week: Week) -> Week | None:
        """One move on, sometimes two or three."""
        new: Week | None = week
        for _ in range(self.rng.choice((1, 1, 1, 2, 2, 3))):
            new = self.rng.choice(self.moves)(new) if new is not None else None
        return new

    def _kicked(self) -> Week:
        assert self.best is not None
        week = self.best
        for _ in range(KICK):
            new = self.rng.choice(self.moves)(week)
            if new is not None and self.timetable(new) is not None:
                week = new
        return week

    # -- moves ---------------------------------------------------------------------------------------------------------

    def _used(self, week: Week) -> list[int]:
        return [n for n, visit in enumerate(week) if visit is not None]

    def _free(self, week: Week) -> list[int]:
        return [n for n, visit in enumerate(week) if visit is None and self.by_kind[n]]

    def _pick(self, week: Week) -> tuple[int, Visit] | None:
        used = self._used(week)
        if not used:
            return None
        at = self.rng.choice(used)
        visit = week[at]
        assert visit is not None
        return at, visit

    def _add(self, week: Week) -> Week | None:
        free = self._free(week)
        return _with(week, place := self.rng.choice(free), self._some(week, place)) if free else None

    def _some(self, week: Week, place: int) -> Visit:
        lengths = self.by_kind[place][self.rng.choice(sorted(self.by_kind[place]))]
        visit = Visit(self._usual(lengths) if self.rng.random() < 0.5 else self.rng.choice(lengths))
        return visit._replace(steps=self._steps(week, place)) if self.rng.random() < 0.4 else visit

    def _remove(self, week: Week) -> Week | None:
        used = self._used(week)
        return _with(week, self.rng.choice(used), None) if used else None

    def _move(self, week: Week) -> Week | None:
        picked, free = self._pick(week), self._free(week)
        if picked is None or not free:
            return None
        at, to = picked[0], self.rng.choice(free)
        visit = self._fitted(picked[1], to)
        if visit is None:
            return None
        gone = _with(week, at, None)
        steps = self._steps(gone, to) if self.rng.random() < 0.4 else 0
        return _with(gone, to, visit._replace(steps=steps))

    def _swap(self, week: Week) -> Week | None:
        used = self._used(week)
        if len(used) < 2:
            return None
        one, other = self.rng.sample(used, 2)
        first, second = week[one], week[other]
        assert first is not None
        assert second is not None
        here, there = self._fitted(second, one), self._fitted(first, other)
        return None if here is None or there is None else _with(_with(week, one, here), other, there)

    def _fitted(self, visit: Visit, place: int) -> Visit | None:
        """A visit as it may stand at another place: the same kind at the nearest length, at the opening."""
        lengths = self.by_kind[place].get(self.options[visit.main].kind.id)
        if not lengths:
            return None
        minutes = self.options[visit.main].minutes
        behind = visit.behind if visit.behind in self.places[place].attached else None
        return Visit(min(lengths, key=lambda o: abs(self.options[o].minutes - minutes)), behind)

    def _length(self, week: Week) -> Week | None:
        picked = self._pick(week)
        if picked is None:
            return None
        place, visit = picked
        lengths = self.by_kind[place][self.options[visit.main].kind.id]
        if len(lengths) < 2:
            return None
        at = lengths.index(visit.main)
        near = [lengths[n] for n in (at - 1, at + 1) if 0 <= n < len(lengths)]
        main = self.rng.choice(near if self.rng.random() < 0.6 else [o for o in lengths if o != visit.main])
        return _with(week, place, visit._replace(main=main))

    def _kind(self, week: Week) -> Week | None:
        picked = self._pick(week)
        if picked is None:
            return None
        new = self._some(week, picked[0])
        return _with(week, picked[0], new._replace(steps=picked[1].steps))

    def _behind(self, week: Week) -> Week | None:
        """Attaches something, another thing or nothing."""
        picked = self._pick(week)
        if picked is None:
            return None
        place, visit = picked
        main = self.options[visit.main].kind.id
        choices: list[int | None] = [
            o for o in self.places[place].attached if (main, self.options[o].kind.id) in self.problem.combos
        ]
        if visit.behind is not None:
            choices = [None, *(o for o in choices if o != visit.behind)]
        return _with(week, place, visit._replace(behind=self.rng.choice(choices))) if choices else None

    def _shift(self, week: Week) -> Week | None:
        picked = self._pick(week)
        if picked is None or self.span[picked[0]].low == self.span[picked[0]].high:
            return None
        return _with(week, picked[0], picked[1]._replace(steps=self._steps(week, picked[0])))

    def _steps(self, week: Week, place: int) -> int:
        """The opening, or a start that some gap or hour asks for, now and then any."""
        low, high = self.span[place]
        if low == high:
            return 0
        grid = self.problem.grid
        if self.rng.random() < 0.15:
            return self.rng.randrange((high - low) // grid + 1)
        marks = sorted({0, *((self._snapped(place, m) - low) // grid for m in self._marks(week, place) if low < m <= high)})
        return self.rng.choice(marks)

    def _marks(self, week: Week, place: int) -> Iterator[int]:
        problem, spot = self.problem, self.places[place]
        for written in self.not_before:
            yield point(written, spot.day, problem)
        yield from (spot.day * 1440 + part for part in PARTS_OF_DAY)
        yield from (piece.start for piece in problem.reference if piece.start is not None and piece.day == spot.day)
        starts = self.timetable(week)
        times = [(p.start, p.start + p.minutes) for p in problem.history if p.start is not None]
        for n, visit in enumerate(week):
            if visit is not None and n != place and starts is not None:
                span = starts[n], starts[n] + self.minutes(visit)
                times += [span, (span[0] - WEEK_MIN, span[1] - WEEK_MIN)] if problem.wraps else [span]
        for start, end in times:
            slack = gain(problem, spot.low) - gain(problem, max(0, start))
            yield end
            for gap in self.gaps:
                yield start + gap + slack
                yield end + gap + slack


def _with(week: Week, place: int, visit: Visit | None) -> Week:
    return (*week[:place], visit, *week[place + 1 :])
