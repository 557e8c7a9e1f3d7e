"""The request says which modality comes first."""

from __future__ import annotations

from collections.abc import Iterator

from microcycle.models.rule import Declaration
from microcycle.solver.problem import Problem
from microcycle.solver.view import Finding, WeekView


def matches(problem: Problem, clause: Declaration, week: WeekView) -> Iterator[Finding]:  # noqa: ARG001
    if not problem.declared_primary:
        yield Finding(1)
