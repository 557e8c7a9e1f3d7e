"""Questions about a week, answered by other weeks: why not this way, and what if the file said otherwise."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from microcycle.errors import InputError, Path
from microcycle.models import reading
from microcycle.models.catalogue import catalogue
from microcycle.models.change import Alternatives, Change, change
from microcycle.models.edit import Edit, edited
from microcycle.models.request import Request
from microcycle.models.week import Week
from microcycle.solver import wishes
from microcycle.solver.alternatives import alternatives
from microcycle.solver.flexibility import levels_of
from microcycle.solver.guarded import Budget
from microcycle.solver.problem import Problem
from microcycle.solver.repair import explained
from microcycle.solver.report import week_of
from microcycle.solver.resolve import resolve
from microcycle.solver.search import INTERRUPTIBLE, TUNED, Limits
from microcycle.solver.solve import solve


def planned(
    request: Request,
    limits: Limits,
    *,
    verify: bool = False,
    repairs: bool = False,
    stats: bool = False,
    asked: Sequence[wishes.Wish] = (),
    problem: Problem | None = None,
) -> Week:
    """The best week of a request, if asked for one that is as wished, or why there is none; its problem if it is known."""
    problem = replace(problem or resolve(request, catalogue()), wishes=tuple(asked))
    until = time.perf_counter() + limits.seconds
    result = solve(problem, limits, parameters=INTERRUPTIBLE, verify=verify)
    why = None
    if result.outcome == "infeasible":
        budget = Budget(limits.deterministic, until, {**TUNED, **INTERRUPTIBLE})
        why = explained(request, budget, repairs=repairs, like=problem)
    return week_of(request, problem, result, why, stats=stats)


def why_not(request: Request, question: str, limits: Limits) -> Change:
    """The best week that is as wished beside the best week. Raises InputError where there is no week to begin with."""
    problem = resolve(request, catalogue())
    wish = wishes.parse(request, problem, question)
    before = _some_week(request, limits)
    after = planned(request, limits, asked=(wish,), problem=problem)
    return change(wish.text, before, after, comparable=True)


def what_if(request: Request, settings: Sequence[str], limits: Limits) -> Change:
    """The best week of the file with other values beside the best week of the file as it is. Raises InputError."""
    edits = [setting(request, written) for written in settings]
    other = edited(request, edits)
    before, after = _some_week(request, limits), planned(other, limits)
    return change("; ".join(settings), before, after, comparable=False)


def other_weeks(request: Request, number: int, within: int, limits: Limits) -> Alternatives:
    """Weeks with most sessions on other days, as good as the best but for so many points of convenience.

    Raises InputError where there is no week to begin with.
    """
    problem = resolve(request, catalogue())
    best = solve(problem, limits, parameters=INTERRUPTIBLE)
    if best.outcome != "solved":
        _some_week(request, limits)
    week = week_of(request, problem, best)
    found = sorted(alternatives(problem, best, number, within, limits), key=levels_of)
    others = (change("", week, week_of(request, problem, other), comparable=True) for other in found)
    return Alternatives(within=within, week=week, others=tuple(others))


def _some_week(request: Request, limits: Limits) -> Week:
    week = planned(request, limits)
    if week.outcome != "solved":
        why = "no week was found within the limit" if week.outcome == "unknown" else "no week keeps all that it asks for"
        raise InputError(request.document.name, why, expected="a file that has a week; `microcycle plan` says more")
    return week


def setting(request: Request, written: str) -> Edit:
    """`availability.thu=none`, `want.lifts=4`, `pinned.0.day=[tue, thu]`; with nothing behind the sign it is taken out."""
    key, sign, value = written.partition("=")
    path = _path(request, key.strip())
    if not sign or not key.strip():
        expected = "KEY=VALUE such as availability.thu=none, want.lifts=4 or policies.order=either"
        raise InputError(f"'{written}'", "this sets nothing", expected=expected)
    if not value.strip():
        if request.document.get(path) is None:
            raise InputError(f"'{written}'", f"the file has no {key.strip()} to take out", expected="a key of the file")
        return Edit(path, remove=True)
    return Edit(path, reading.parse(value.strip(), f"'{written}'", "yaml").data)


def _path(request: Request, key: str) -> Path:
    """Keys joined by points; in a list of the file a number is a position, from 0."""
    path: Path = ()
    for part in key.split("."):
        inside = request.document.get(path)
        path = (*path, int(part) if isinstance(inside, list) and part.isdecimal() else part)
    return path
