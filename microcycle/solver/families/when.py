"""Where one measure reaches a threshold, another is bounded: in the visit, day, days after or week."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from microcycle.models.clause import Measure, Table, When
from microcycle.models.selector import Expression
from microcycle.solver.problem import Placed, Problem, RuleInstance
from microcycle.solver.view import DAYS, Finding, Group, WeekView, ceil_div, step_of, whole

if TYPE_CHECKING:
    from microcycle.solver.cpsat import Lit
    from microcycle.solver.encoding import Encoding

    Terms = list[tuple[int, Lit]]
    Over = Callable[[Measure], Terms]

Area = Callable[[Expression], list[Group]]
"""The named pieces of a visit, or of some days, day by day."""


class Case(NamedTuple):
    """One place where the clause applies: `if_` is read over `cause`, `then` over `effect`."""

    days: tuple[int, ...]
    cause: Area
    effect: Area
    complete: bool
    """False where the effect runs past the end of what is known."""


def matches(problem: Problem, clause: When, week: WeekView) -> Iterator[Finding]:
    for case in _cases(problem, clause, week):
        if _read(week, clause.if_, case.cause) < whole(clause.at_least):
            continue
        value = _read(week, clause.then, case.effect)
        if clause.max is not None:
            most = _limit(week, clause.max, case.cause)
            if value > most:
                yield _finding(clause, case, value, most)
        if clause.min is not None and case.complete:
            least = _limit(week, clause.min, case.cause)
            if value < least:
                yield _finding(clause, case, value, least)


def _cases(problem: Problem, clause: When, week: WeekView) -> Iterator[Case]:
    if clause.scope == "visit":
        for visit in week.visits:
            area = _in_visit(week, visit)
            yield Case((visit[0],), area, area, True)
    elif clause.scope == "day":
        for day in DAYS:
            area = _on(week, (day,))
            yield Case((day,), area, area, True)
    elif clause.scope == "week":
        area = _on(week, tuple(DAYS))
        yield Case((), area, area, True)
    else:
        reach = 1 if clause.scope == "next-day" else clause.days
        known = 13 if problem.wraps else 6
        # Of last week only Sunday: what follows an earlier day began before this week could answer for it.
        for day in range(-1 if week.past else 0, 7):
            after = tuple(range(day + 1, day + reach + 1))
            to_come = tuple(d for d in after if d <= known)
            complete = len(to_come) == len(after)
            yield Case((day, *after), _on(week, (day,)), _on(week, to_come), complete)


def _on(week: WeekView, days: tuple[int, ...]) -> Area:
    return lambda expression: week.on(expression, days)


def _in_visit(week: WeekView, visit: tuple[int, int]) -> Area:
    return lambda expression: [week.by_visit(expression).get(visit, ())]


def _read(week: WeekView, measure: Measure, area: Area) -> int:
    return week.total(measure.quantity, None, area(measure.of))


def _limit(week: WeekView, limit: object, area: Area) -> int:
    return step_of(limit, _read(week, limit.over, area)) if isinstance(limit, Table) else whole(limit)


def _finding(clause: When, case: Case, value: int, limit: int) -> Finding:
    amount = ceil_div(abs(value - limit), clause.step)
    if not case.days:
        return Finding(amount, value=value, limit=limit)
    return Finding(amount, case.days, _any(case.cause(clause.if_.of)), _any(case.effect(clause.then.of)), value, limit)


def _any(groups: list[Group]) -> Placed | None:
    return next((seen.placed for group in groups for seen in group), None)


def post(enc: Encoding, instance: RuleInstance, clause: When) -> None:
    """if_ >= at_least implies then <= max and then >= min, in each scope; the condition is one literal."""
    for condition, then, over in _scopes(enc, clause):
        assert isinstance(clause.at_least, int)
        given = [enc.reaches(terms, least) for terms, least in condition]
        if any(lit is False for lit in given):
            continue
        if clause.max is not None:
            for more, limit in _limits(enc, clause.max, over):
                enc.upper(then, limit, instance, clause.step, [*given, *more])
        if clause.min is not None:
            for more, limit in _limits(enc, clause.min, over):
                enc.lower(then, limit, instance, clause.step, [*given, *more])


def _limits(enc: Encoding, number: int | str | Table, over: Over) -> list[tuple[tuple[Lit, ...], int]]:
    if isinstance(number, Table):
        return enc.steps(number, over(number.over))
    assert isinstance(number, int)
    return [((), number)]


def _scopes(enc: Encoding, clause: When) -> Iterator[tuple[list[tuple[Terms, int]], Terms, Over]]:
    """(conditions as (sum, threshold), the limited sum, how a table reads its measure) of each scope."""

    def conditions(read: Over) -> list[tuple[Terms, int]]:
        return [(read(clause.if_), int(clause.at_least))]

    if clause.scope == "week":
        yield conditions(enc.week_terms), enc.week_terms(clause.then), enc.week_terms
    elif clause.scope == "visit":
        for place in range(len(enc.problem.places)):
            read = partial(_post_in_visit, enc, place)
            yield conditions(read), read(clause.then), read
    else:
        ahead = range(1) if clause.scope == "day" else range(1, 2 if clause.scope == "next-day" else clause.days + 1)
        for day in range(0 if clause.scope == "day" or not enc.problem.history else -1, 7):
            days = [day + n for n in ahead]
            if not enc.problem.wraps and days[-1] > 6:
                # What lies past the end is unknown: nothing can be called missing there, and a cap binds what is known.
                days = [] if clause.min is not None else [d for d in days if d <= 6]
            if days:
                read = partial(_on_days, enc, [day])
                yield conditions(read), _on_days(enc, days, clause.then), read


def _post_in_visit(enc: Encoding, place: int, measure: Measure) -> Terms:
    return list(enc.terms(measure, [place]))


def _on_days(enc: Encoding, days: Sequence[int], measure: Measure) -> Terms:
    """A measure over days of the time line; history is a constant."""
    problem, found = enc.problem, []
    for day in days:
        if measure.quantity in ("days", "days-without"):
            held = enc.on(day, measure.of)
            found.append((1, held if measure.quantity == "days" else enc.negate(held)))
        elif day >= 0:
            found += list(enc.terms(measure, enc.days()[day % 7]))
        else:
            for piece in problem.history:
                if piece.day == day and problem.selectors.holds(measure.of, piece.piece):
                    found.append((problem.value(measure.quantity, None, piece.piece), True))
    return found
