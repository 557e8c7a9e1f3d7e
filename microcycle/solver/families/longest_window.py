"""Sessions of a kind stand in the best window of the week for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from microcycle.models.clause import LongestWindow
from microcycle.models.selector import Piece
from microcycle.solver.problem import Option, Place, Problem, RuleInstance, Window
from microcycle.solver.view import Finding, Seen, WeekView

if TYPE_CHECKING:
    from microcycle.solver.encoding import Encoding

Score = tuple[int, int]
"""Usable minutes, then 1 on a weekend day."""


def matches(problem: Problem, clause: LongestWindow, week: WeekView) -> Iterator[Finding]:
    best: dict[str, Score | None] = {}
    # What stands behind a fixed session has no say in where.
    fixed = {seen.visit for seen in week.here if problem.fixed(seen.placed)}
    for seen in week.of(clause.of):
        if seen.visit in fixed:
            continue
        window = _window(problem, seen)
        kind = seen.placed.kind.id
        options = _options(problem, clause, seen)
        if window is None or not options:
            continue
        longest = max(option.minutes for option in options)
        if kind not in best:
            scores = (_score(w, longest) for w in problem.whole if _may_hold(problem, w, options))
            best[kind] = max(scores, default=None)
        own, most = _score(window, longest), best[kind]
        if most is not None and own < most:
            yield Finding(1, (seen.day,), seen.placed, value=own[0], limit=most[0])


def _options(problem: Problem, clause: LongestWindow, seen: Seen) -> list[Option]:
    """The lengths of the piece's kind that the rule speaks of; of what it is like, where a week made by hand holds what no
    menu has."""
    for name in seen.placed.kind.lineage:
        found = [option for option in problem.options if option.kind.id == name and not option.attached]
        if found:
            return [option for option in found if problem.selectors.holds(clause.of, option.piece)] or found
    return []


def _score(window: Window, longest: int) -> Score:
    return min(_room(window), longest), int(window.day % 7 >= 5)


def _room(window: Window) -> int:
    return window.close - window.open - 2 * window.setup


def _may_hold(problem: Problem, window: Window, options: list[Option]) -> bool:
    return any(
        option.minutes <= _room(window) and (window.only is None or problem.selectors.holds(window.only, option.piece))
        for option in options
    )


def _window(problem: Problem, seen: Seen) -> Window | None:
    """The window that the piece names, else the one of its day that contains it."""
    for window in problem.whole:
        if seen.placed.window is not None:
            if window.index == seen.placed.window:
                return window
        elif window.day == seen.day and seen.timed and window.open <= seen.start and seen.end <= window.close:
            return window
    return None


def post(enc: Encoding, instance: RuleInstance, clause: LongestWindow) -> None:
    """Sessions in a lesser window cost one each: known beforehand. Assumes that a place's visit lies in its one window."""
    problem = enc.problem
    lengths: dict[str, list[int]] = {}
    for option in problem.options:
        if not option.attached and problem.selectors.holds(clause.of, option.piece):
            lengths.setdefault(option.kind.id, []).append(option.minutes)
    for kind, minutes in lengths.items():
        worth = {w.index: _score(w, max(minutes)) for w in problem.whole}
        admitted = [w for w in problem.whole if any(n <= _room(w) and _admits(problem, w, kind, n) for n in minutes)]
        best = max((worth[w.index] for w in admitted), default=(0, 0))
        for place in problem.places:
            for attached, group in () if problem.held(place) else enc.parts(place.index, clause.of):
                window = _of_done(problem, place, attached=attached) if place.done else place.window
                if window is not None and worth[window] < best:
                    enc.pay(instance, [(1, lit) for lit, piece in group if piece.kind.id == kind])


def _of_done(problem: Problem, place: Place, *, attached: bool) -> int | None:
    """The window in which something was done: the first session of a visit, or what stood behind it."""
    between = place.low + next(problem.options[o].minutes for o in place.options)
    start, end = (between, place.close) if attached else (place.low, between)
    return next((w.index for w in problem.whole if w.day == place.day and w.open <= start and end <= w.close), None)


def _admits(problem: Problem, window: Window, kind: str, minutes: int) -> bool:
    return window.only is None or problem.selectors.holds(window.only, Piece(problem.kinds[kind], minutes, False))
