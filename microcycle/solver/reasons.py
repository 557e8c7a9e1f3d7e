"""Why the best week is as it is: what holds its sessions, what the rules that it breaks buy, what time would buy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import cast

from microcycle.errors import InputError
from microcycle.models.catalogue import catalogue
from microcycle.models.clock import DAYS, range_text
from microcycle.models.edit import edited
from microcycle.models.planned import Day
from microcycle.models.reading import Document
from microcycle.models.request import Request
from microcycle.models.saved import saved_week
from microcycle.models.week import RuleMatch, Week
from microcycle.models.why import Cell as CellPart
from microcycle.models.why import Gain, Obstacle, Price, Reason, Row, Trade, Why
from microcycle.solver import questions
from microcycle.solver.audit import Match, audit
from microcycle.solver.flexibility import Cell, cells, levels_of, price, rows
from microcycle.solver.giving import Ways
from microcycle.solver.guarded import Longer
from microcycle.solver.handmade import read_week
from microcycle.solver.news import standing
from microcycle.solver.problem import DAY_MIN, Placed, Problem
from microcycle.solver.report import in_order, match_of, week_of
from microcycle.solver.resolve import resolve
from microcycle.solver.search import INTERRUPTIBLE, Limits
from microcycle.solver.solve import Result, solve
from microcycle.solver.underway import as_done
from microcycle.solver.view import in_time_order

HOUR = 60
STEP = 30
"""Minutes between the hours at which a session is tried elsewhere."""


def why(request: Request, saved: Week | Document | None, limits: Limits, seen: Callable[[str, CellPart], None]) -> Why:
    """The reasons of a saved week, or of the best; `seen` is called with each cell as it is known.

    Raises NoWeek where there is no best week, InputError where the saved one breaks hard rules.
    """
    if saved is not None:
        saved = saved_week(saved) if isinstance(saved, Document) else saved
        # A week that was planned anew is judged by what was left of it then.
        request = standing(request, saved)
    problem = resolve(request, catalogue())
    best = questions.best(request, problem, limits)
    this = best if saved is None else _as_saved(request, problem, best, saved)
    found: list[Cell] = []
    for cell in cells(problem, best, this.pieces, limits):
        found.append(cell)
        seen(problem.kinds[cell.kind].short, _cell(cell))
    week = week_of(request, problem, this)
    return Why(
        week=week,
        behind=_prices(price(problem, best, this)),
        rows=tuple(_row(problem, kind, found) for kind in rows(this.pieces)),
        reasons=tuple(_reasons(request, problem, week, in_time_order(this.pieces))),
        trades=tuple(_trades(request, problem, best, this, limits)),
        gains=tuple(_gains(request, problem, best, limits)),
    )


def _as_saved(request: Request, problem: Problem, best: Result, saved: Week) -> Result:
    """A week that was saved, as if it had been found. Raises InputError."""
    document = Document("week", saved.model_dump(mode="json"), {}, {})
    pieces = as_done(problem, read_week(document, problem, request))
    judged = audit(problem, pieces)
    if judged.hard:
        first = f"the week breaks a hard rule of {request.document.name}: {judged.hard[0].text}"
        raise InputError(document.name, first, expected="a week of this file; `microcycle check` says more")
    levels = tuple(
        replace(level, value=judged.levels[level.level], bound=min(level.bound, judged.levels[level.level]))
        for level in best.levels
    )
    return replace(best, pieces=pieces, levels=levels, audit=judged)


def _prices(found: Sequence[tuple[str, int]]) -> tuple[Price, ...]:
    return tuple(Price(level=level, points=points) for level, points in found)


def _row(problem: Problem, kind: str, found: Sequence[Cell]) -> Row:
    mine = {cell.day: cell for cell in found if cell.kind == kind}
    return Row(
        session=kind,
        short=problem.kinds[kind].short,
        cells=tuple(_cell(cell) for _, cell in sorted(mine.items())),
    )


def _cell(cell: Cell) -> CellPart:
    possible, price = cell.price is not None, _prices(cell.price or ())
    return CellPart(day=cast(Day, DAYS[cell.day]), held=cell.held, possible=possible, price=price, proven=cell.proven)


# -- what holds a session ----------------------------------------------------------------------------------------------


def _reasons(request: Request, problem: Problem, week: Week, pieces: Sequence[Placed]) -> Iterator[Reason]:
    for session, piece in zip(week.sessions, pieces, strict=True):
        if not piece.counted:
            continue
        days = [day for day in range(7) if day != piece.day] if piece.pin is None and not piece.done else []
        obstacles = [found for day in days if (found := _obstacle(request, problem, pieces, piece, day)) is not None]
        yield Reason(id=session.id, pinned=piece.pin is not None, obstacles=tuple(obstacles))


def _obstacle(request: Request, problem: Problem, pieces: Sequence[Placed], piece: Placed, day: int) -> Obstacle | None:
    """The fewest hard rules that a session breaks on a day while all else stays; None where it breaks none."""
    rest = [other for other in pieces if other is not piece]
    already = {_key(match) for match in audit(problem, rest).hard}
    fewest: dict[str, RuleMatch] | None = None
    for start in _starts(problem, piece, day, [other.end for other in rest if other.day == day and other.end is not None]):
        moved = replace(piece, day=day, start=start, visit=1 + max((p.visit for p in rest if p.day == day), default=0))
        new = [match for match in audit(problem, [*rest, moved]).hard if _key(match) not in already]
        broken = {match.instance.rule.id: match_of(request, match) for match in new}
        if fewest is None or len(broken) < len(fewest):
            fewest = broken
        if not fewest:
            return None
    told = fewest or {}
    return Obstacle(
        day=cast(Day, DAYS[day]),
        rules=tuple(told),
        texts=tuple(match.text for match in told.values()),
        sources=tuple(match.source for match in told.values()),
    )


def _key(match: Match) -> tuple[int, str]:
    return match.instance.index, match.text


def _starts(problem: Problem, piece: Placed, day: int, ends: Sequence[int]) -> Iterator[int]:
    """Hours of the day's windows that leave enough time, and right behind what stands there."""
    for window in problem.windows:
        allowed = window.only is None or problem.selectors.holds(window.only, piece.piece)
        if window.day == day and allowed:
            hours = range(window.open + window.setup, window.close - window.setup - piece.minutes + 1)
            yield from hours[::STEP]
            yield from (end for end in ends if end in hours)


# -- what would change it ----------------------------------------------------------------------------------------------


def _trades(request: Request, problem: Problem, best: Result, this: Result, limits: Limits) -> Iterator[Trade]:
    """Each soft rule that the week breaks, broken by that much less."""
    assert this.audit is not None
    found = in_order(problem, this.audit.matches)
    whole = Counter[int]()
    for match in found:
        whole[match.instance.index] += match.finding.amount
    known: dict[tuple[int, int], Result] = {}
    for match in found:
        question = (match.instance.index, whole[match.instance.index] - match.finding.amount)
        if question not in known:
            capped = replace(problem, ceilings={**problem.ceilings, **dict([question])})
            known[question] = solve(capped, limits, parameters=INTERRUPTIBLE)
        other = known[question]
        solved = other.outcome == "solved"
        more = _prices(price(problem, best, other)) if solved else ()
        yield Trade(match=match_of(request, match), possible=solved, price=more, proven=best.proven and other.proven)


def _gains(request: Request, problem: Problem, best: Result, limits: Limits) -> Iterator[Gain]:
    """An hour more on each day, behind its last window if the evening has room for it."""
    ways = Ways(request, problem)
    for day in range(7):
        more = _hour_more(problem, day)
        if more is None:
            continue
        try:
            longer = resolve(edited(request, ways.more_time(more, problem.windows).edits), catalogue())
        except InputError:
            continue
        other = solve(longer, limits, parameters=INTERRUPTIBLE)
        if other.outcome == "solved" and levels_of(other) != levels_of(best):
            window = range_text((more.open - day * DAY_MIN, more.close - day * DAY_MIN))
            points = _prices(price(problem, best, other))
            yield Gain(day=cast(Day, DAYS[day]), window=window, price=points, proven=best.proven and other.proven)


def _hour_more(problem: Problem, day: int) -> Longer | None:
    """The day's last window with an hour more behind it, else before its first; an hour as other days have it if none."""
    windows = [w for w in problem.windows if w.day == day]
    bed, wake = day * DAY_MIN + min(problem.nights.bed[day], DAY_MIN), day * DAY_MIN + problem.nights.wake[day]
    if not windows:
        usual = sorted(w.open % DAY_MIN for w in problem.windows)
        opening = day * DAY_MIN + usual[len(usual) // 2]
        return Longer(day, None, opening, opening + HOUR) if opening + HOUR <= bed else None
    first, last = windows[0], windows[-1]
    if last.close + HOUR <= bed:
        return Longer(day, last.index, last.open, last.close + HOUR)
    if first.open - HOUR >= wake:
        return Longer(day, first.index, first.open - HOUR, first.close)
    return None
