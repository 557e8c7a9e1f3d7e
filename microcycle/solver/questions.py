"""Questions about a week, answered by other weeks: why not this way, and what if the file said otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from microcycle.errors import InputError, NoWeek, Path
from microcycle.models import reading
from microcycle.models.catalogue import catalogue
from microcycle.models.change import Alternatives, Change, change
from microcycle.models.edit import Edit, edited
from microcycle.models.request import Request
from microcycle.solver import planning, wishes
from microcycle.solver.alternatives import alternatives
from microcycle.solver.anchor import planned_before
from microcycle.solver.flexibility import levels_of
from microcycle.solver.planning import planned
from microcycle.solver.problem import Problem
from microcycle.solver.report import week_of
from microcycle.solver.resolve import resolve
from microcycle.solver.search import Limits
from microcycle.solver.solve import Result


def why_not(request: Request, asked: Sequence[str], limits: Limits) -> Change:
    """The best week that is all that is asked beside the best week. Raises NoWeek where there is none to begin with."""
    problem = resolve(request, catalogue())
    wanted = tuple(wishes.parse(request, problem, wish) for wish in asked)
    first = best(request, problem, limits)
    after = planned(request, limits, problem=replace(problem, wishes=wanted), near=planned_before(first.pieces))
    return change(" ".join(wish.text for wish in wanted), week_of(request, problem, first), after, comparable=True)


def what_if(request: Request, settings: Sequence[str], limits: Limits) -> Change:
    """The best week of the file with other values beside the best week of the file as it is, if it has one."""
    edits = [setting(request, written) for written in settings]
    other = edited(request, edits, said_of(edits, settings))
    problem = resolve(request, catalogue())
    first = planning.best(problem, limits)
    after = planned(other, limits, near=planned_before(first.pieces), repairs=True)
    return change("; ".join(settings), week_of(request, problem, first), after, comparable=False)


def other_weeks(request: Request, number: int, within: int, limits: Limits) -> Alternatives:
    """Weeks with most sessions on other days, as good as the best but for so many points of convenience.

    Raises NoWeek where there is none to begin with.
    """
    problem = resolve(request, catalogue())
    first = best(request, problem, limits)
    week = week_of(request, problem, first)
    found = sorted(alternatives(problem, first, number, within, limits), key=levels_of)
    others = (change("", week, week_of(request, problem, other), comparable=True) for other in found)
    return Alternatives(within=within, week=week, others=tuple(others))


def best(request: Request, problem: Problem, limits: Limits) -> Result:
    """The best week to ask about. Raises NoWeek."""
    found = planning.best(problem, limits)
    if found.outcome != "solved":
        raise NoWeek(request.document.name, proven=found.proven)
    return found


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


def said_of(edits: Sequence[Edit], settings: Sequence[str]) -> dict[Path, str]:
    """By whom the values of settings were said, for messages."""
    return {edit.path: f"--set {written}" for edit, written in zip(edits, settings, strict=True)}


def _path(request: Request, key: str) -> Path:
    """Keys joined by points; in a list of the file a number is a position, from 0."""
    path: Path = ()
    for part in key.split("."):
        inside = request.document.get(path)
        path = (*path, int(part) if isinstance(inside, list) and part.isdecimal() else part)
    return path
