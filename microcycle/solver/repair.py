"""What would help where no week exists: the cheapest changes of the file, each by the smallest amount that does."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from typing import NamedTuple

from microcycle.errors import InputError
from microcycle.models.catalogue import catalogue
from microcycle.models.clause import Bound, LongestWindow
from microcycle.models.clock import DAY_MIN, DAY_NAMES, DAYS, days_words, hhmm
from microcycle.models.edit import Edit, edited
from microcycle.models.naming import in_sentence
from microcycle.models.request import Request, dated
from microcycle.solver.causes import HOURS, STANDINGS, Cause, causes, coarse, left_out, settled
from microcycle.solver.conflict import Conflict, Conflicts
from microcycle.solver.encoding import Encoding
from microcycle.solver.families import POSTS
from microcycle.solver.giving import Ladder, Step, Ways
from microcycle.solver.guarded import Budget, Guarded, OutOfBudget, longer
from microcycle.solver.places import START_MIN
from microcycle.solver.problem import Pin, Problem
from microcycle.solver.resolve import resolve
from microcycle.solver.search import Limits
from microcycle.solver.solve import Result, solve

TOLD = 2
"""So many conflicts are told."""
MOST_REPAIRS, MOST_SETS = 3, 12
"""So many repairs are made, and so many sets of causes tried for them."""
SEARCH_WORK, WORK, PROOF_WORK = 20.0, 3.0, 10.0
"""Deterministic time for the first conflicts of a request, for all its repairs, and for the second proof of what is told."""
WEEK_WORK = 0.5
"""Deterministic time for the week of a repair: that there is one is known, and whoever applies it plans it anew."""
MOST_EVENED = 8
"""So many steps of one change are tried beside another."""
MOST_CHANGES = 6
"""A set of more changes than this is no repair but another request."""


@dataclass(frozen=True)
class Change:
    """One cause given up, by as little as it takes."""

    text: str
    cause: Cause
    share: Fraction
    """How much of it: of a number what it changes by, 1 where nothing of it is left."""
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class Repair:
    """Changes of the file with which there is a week."""

    changes: tuple[Change, ...]
    request: Request
    """As the changed file would state it."""
    problem: Problem
    result: Result
    """The week that it has then."""

    @property
    def edits(self) -> tuple[Edit, ...]:
        return tuple(edit for change in self.changes for edit in change.edits)

    @property
    def order(self) -> tuple[int, tuple[int, ...], Fraction]:
        """Fewest changes, then what is given up most readily, then least of it."""
        ranks = sorted((change.cause.rank for change in self.changes), reverse=True)
        return len(self.changes), tuple(ranks), sum((change.share for change in self.changes), Fraction(0))


class Explained(NamedTuple):
    conflicts: tuple[Conflict, ...]
    """The smallest ones, the smallest first."""
    known: int
    """How many were found."""
    repairs: tuple[Repair, ...]
    """The cheapest first."""


def explained(request: Request, budget: Budget, *, repairs: bool = True, like: Problem | None = None) -> Explained:
    """Why a request has no week, or none with the wishes and the anchor of a problem `like` it, and what would help.

    Both are empty where the budget was too small to tell.
    """
    asked, anchors = (like.wishes, like.anchors) if like is not None else ((), ())
    problem = replace(resolve(request, catalogue(), hours="all", cut=False), wishes=asked, anchors=anchors)
    found = Conflicts(Guarded(problem, causes(problem, request), budget))
    grid = [coarse(request)] if request.spec.grid > START_MIN else []
    # A rule on the windows themselves makes no sense where whole days are free.
    on_windows = any(instance.hard and isinstance(instance.clause, LongestWindow) for instance in problem.rules)
    always: list[Cause] = []
    made: list[Repair] = []
    budget.left = SEARCH_WORK
    with suppress(OutOfBudget):
        if not on_windows:
            found.look_around()
        if not found.known:
            # With finer starts there is a week: the causes are those that conflict on this grid.
            problem, always = resolve(request, catalogue(), cut=False), [HOURS] if on_windows else grid
            problem = replace(problem, wishes=asked, anchors=anchors)
            found = Conflicts(Guarded(problem, causes(problem, request), budget))
            found.look_around()
        if repairs and found.known:
            budget.left = WORK
            made.extend(_repairs(Shop(request, found.ground), found, grid, always))
    budget.left = PROOF_WORK
    told = tuple(_whole(request, problem, conflict, always) for conflict in found.told(TOLD))
    made.sort(key=lambda repair: repair.order)
    return Explained(told, sum(found.known.values()), tuple(made[:MOST_REPAIRS]))


def _whole(request: Request, problem: Problem, conflict: Conflict, always: Sequence[Cause]) -> Conflict:
    """A conflict with what holds in any case and has a part in it."""
    wished = [cause.wish for cause in conflict.causes if cause.wish is not None]
    known = {cause.text for cause in conflict.causes}
    facts = [fact for fact in settled(request, replace(problem, wishes=tuple(wished))) if fact.text not in known]
    facts += left_out(request, problem, conflict.causes)
    return replace(conflict, causes=(*conflict.causes, *always, *facts))


def _repairs(shop: Shop, conflicts: Conflicts, grid: Sequence[Cause], always: Sequence[Cause]) -> Iterator[Repair]:
    """Those of causes that are in each conflict in any case, then of sets of the others, the lightest first.

    What would help with finer starts may have to come with them. As many as are wanted, and those as light as the last.
    """
    everything = conflicts.ground.causes
    weights = {n: _weight(cause) for n, cause in enumerate(everything) if shop.may_go(cause)}
    if always and always == grid and (repair := shop.repair(always)):
        yield repair
    made, last = 0, 0
    for dropped in islice(conflicts.corrections(weights), MOST_SETS):
        weight = sum(weights[n] for n in dropped)
        if len(dropped) > MOST_CHANGES or (made >= MOST_REPAIRS and weight > last):
            return
        given_up = [everything[n] for n in sorted(dropped)]
        if repair := shop.repair(given_up) or (shop.repair([*given_up, *grid]) if grid else None):
            made, last = made + 1, weight
            yield repair


def _weight(cause: Cause) -> int:
    """Fewest changes first, then by standing: one that is given up less readily outweighs some that are more."""
    return 8 * int(4 ** len(STANDINGS)) + int(4**cause.rank)


class Shop:
    """Turns sets of causes into changes of the file."""

    def __init__(self, request: Request, ground: Guarded) -> None:
        self.request, self.budget, self.problem, self._all = request, ground.budget, ground.problem, ground.causes
        self._ways = Ways(request, ground.problem)

    def may_go(self, cause: Cause) -> bool:
        """Not what others have fixed, nor facts, nor what the file could not say."""
        if cause.pin is not None and self.request.spec.pinned[int(cause.pin.path[1])].counts_as is not None:
            return False
        negotiable = all(instance.rule.negotiable for instance in cause.instances)
        return cause.day is not None or (negotiable and bool(self._ways.gone(cause)))

    def repair(self, dropped: Sequence[Cause]) -> Repair | None:
        """None where no change of the file says what is meant, or where it would not help."""
        changes: list[Change] = []
        days = [cause.day for cause in dropped if cause.day is not None]
        if days:
            more = {found.day: found for found in longer(self.problem, self._but(dropped), days, self.budget)}
            if len(more) < len(days):
                return None
            longer_days = [(cause, more[cause.day]) for cause in dropped if cause.day is not None]
            changes += [
                self._change(cause, self._ways.more_time(found, self.problem.stated or ())) for cause, found in longer_days
            ]
        # What is given up least readily first: it changes by the least while the rest is gone altogether.
        others = sorted((cause for cause in dropped if cause.day is None), key=lambda cause: -cause.rank)
        for n, cause in enumerate(others):
            gone = [step.edits for other in others[n + 1 :] for step in self._ways.gone(other)[:1]]
            step = self._least(cause, _joined(*(change.edits for change in changes), *gone))
            if step is None:
                return None
            changes.append(self._change(cause, step))
        if len(others) > 1 and others[-2].rank == others[-1].rank:
            changes[-2:] = self._evened(changes[-2], changes[-1], _joined(*(change.edits for change in changes[:-2])))
        changes.sort(key=lambda change: change.cause.rank)
        edits = [edit for change in changes for edit in change.edits]
        try:
            changed = edited(self.request, edits)
            problem = resolve(changed, catalogue())
        except InputError:  # what moves to the hour that it would have by itself may be in the way of what is going on
            return None
        result = self._solved(problem)
        return Repair(tuple(changes), changed, problem, result) if result.outcome == "solved" else None

    def _solved(self, problem: Problem) -> Result:
        left = max(0.1, self.budget.until - time.perf_counter())
        return solve(problem, Limits(WEEK_WORK, left), parameters=self.budget.parameters)

    def _but(self, dropped: Sequence[Cause]) -> list[Cause]:
        return [cause for cause in self._all if all(cause is not other for other in dropped)]

    def _evened(self, first: Change, second: Change, others: Sequence[Edit]) -> tuple[Change, Change]:
        """Two changes of things that are given up alike: neither by much, rather than one by little and one by all."""

        def much(*shares: Fraction) -> tuple[Fraction, Fraction]:
            return max(shares), sum(shares, Fraction(0))

        best, least = (first, second), much(first.share, second.share)
        for ladder in self._ways.ladders(first.cause):
            for n in range(1, min(ladder.most, MOST_EVENED) + 1):
                step = ladder.step(n)
                if step.open or not first.share < step.share < least[0]:
                    continue
                other = self._least(second.cause, [*others, *step.edits])
                if other is not None and much(step.share, other.share) < least:
                    best, least = (
                        (self._change(first.cause, step), self._change(second.cause, other)),
                        much(step.share, other.share),
                    )
        return best

    @staticmethod
    def _change(cause: Cause, step: Step) -> Change:
        return Change(step.text, cause, step.share, step.edits)

    def _helps(self, edits: Iterable[Edit]) -> bool:
        """Whether the file has a week with these changes."""
        problem = self._resolved(edits)
        if problem is None:
            return False
        enc = Encoding(problem)
        for instance in problem.rules:
            if instance.hard:
                POSTS[instance.clause.family](enc, instance, instance.clause)
        return self.budget.run(enc.model).status == "optimal"

    def _resolved(self, edits: Iterable[Edit]) -> Problem | None:
        try:
            return resolve(edited(self.request, edits), catalogue())
        except InputError:
            return None

    def _least(self, cause: Cause, others: Sequence[Edit]) -> Step | None:
        """The smallest step of any ladder that helps beside the other changes, else the first that gives all of it up."""
        found = [step for ladder in self._ways.ladders(cause) if (step := self._climbed(ladder, others)) is not None]
        best = min(found, key=lambda step: step.share, default=None)
        if best is None:
            best = next((step for step in self._ways.gone(cause) if self._helps([*others, *step.edits])), None)
        if best is not None and best.open:
            return self._pinned_down(cause.pin, best, others) if cause.pin else self._few_days(cause, best, others)
        return best

    def _climbed(self, ladder: Ladder, others: Sequence[Edit]) -> Step | None:
        """The smallest step of a ladder that helps."""

        def helps(n: int) -> bool:
            return self._helps([*others, *ladder.step(n).edits])

        if not ladder.steady:
            return next((ladder.step(n) for n in range(1, ladder.most + 1) if helps(n)), None)
        if ladder.most < 1 or not helps(ladder.most):
            return None
        low, high = 0, ladder.most
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if helps(middle) else (middle, high)
        return ladder.step(high)

    def _few_days(self, cause: Cause, step: Step, others: Sequence[Edit]) -> Step:
        """Of the forbidden days only those that the best week without the line takes, and none that it can do without."""
        problem, clause = self._resolved([*others, *step.edits]), cause.instances[0].clause
        assert problem is not None
        assert isinstance(clause, Bound)
        holds = problem.selectors.holds
        taken = sorted({p.day for p in self._solved(problem).pieces if holds(clause.of, p.piece)} & set(clause.on))
        for day in list(taken):
            fewer = [other for other in taken if other != day]
            if fewer and self._helps([*others, *self._ways.allowed(cause, fewer).edits]):
                taken = fewer
        return self._ways.allowed(cause, taken) if 0 < len(taken) < len(clause.on) else step

    def _pinned_down(self, pin: Pin, step: Step, others: Sequence[Edit]) -> Step:
        """The day and hour that a pin has in the best week in which it is free to move."""
        problem = self._resolved([*others, *step.edits])
        assert problem is not None
        placed = next((piece for piece in self._solved(problem).pieces if piece.pin == pin.index), None)
        if placed is None or placed.start is None:
            return step
        key = self.request.spec.pinned[int(pin.path[1])].days_key
        when = dated(self.request, placed.day) if key == "date" else None
        edits = [] if pin.each else [Edit((*pin.path, key), DAYS[placed.day] if when is None else when.isoformat())]
        at = ""
        if pin.start is not None:
            at = f" {hhmm(placed.start % DAY_MIN)}"
            edits.append(Edit((*pin.path, "start"), at.strip()))
            edits += [edit for edit in step.edits if edit.path[-1] == "outside_windows"]
        old = " or ".join(DAY_NAMES[day] for day in pin.days) + (
            f" {hhmm(pin.start % DAY_MIN)}" if pin.start is not None else ""
        )
        text = f"Move {pin.label or in_sentence(pin.kind.name)} from {old} to {DAY_NAMES[placed.day]}{at}."
        if pin.each:
            name, old = pin.label or in_sentence(pin.kind.name), hhmm(pin.start or 0)
            text = f"Move {name} on each of {days_words(pin.each)} from {old} to{at}."
        return step._replace(text=text, edits=tuple(edits))


def _joined(*several: Iterable[Edit]) -> list[Edit]:
    return [edit for edits in several for edit in edits]
