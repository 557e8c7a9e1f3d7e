"""The request says which modality comes first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from microcycle.models.clause import Declaration
from microcycle.solver.problem import Problem, RuleInstance
from microcycle.solver.view import Finding, WeekView

if TYPE_CHECKING:
    from microcycle.solver.encoding import Encoding


def matches(problem: Problem, clause: Declaration, week: WeekView) -> Iterator[Finding]:  # noqa: ARG001
    if not problem.declared_primary:
        yield Finding(1)


def post(enc: Encoding, instance: RuleInstance, clause: Declaration) -> None:  # noqa: ARG001
    """A constant: no week of this request can mend it."""
    if not enc.problem.declared_primary:
        enc.pay(instance, [(1, True)])
