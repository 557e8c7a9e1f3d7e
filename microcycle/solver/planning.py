"""One request to its document: the best week, or why there is none."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from microcycle.models.catalogue import catalogue
from microcycle.models.request import Request
from microcycle.models.week import Week
from microcycle.solver.problem import Problem
from microcycle.solver.report import week_of
from microcycle.solver.resolve import resolve
from microcycle.solver.search import INTERRUPTIBLE, TUNED, Limits
from microcycle.solver.solve import Result, solve

if TYPE_CHECKING:
    from microcycle.solver.anchor import Anchor


def best(problem: Problem, limits: Limits, *, near: Anchor | None = None, verify: bool = False) -> Result:
    """The best week: of those that are worth the same the nearest to a planned one, else to that which the request names."""
    result = solve(problem, limits, parameters=INTERRUPTIBLE, verify=verify)
    if near is None and not problem.reference:
        return result
    from microcycle.solver.anchor import planned_before
    from microcycle.solver.nearest import as_near

    return as_near(problem, result, near or planned_before(problem.reference), limits)


def planned(
    request: Request,
    limits: Limits,
    *,
    verify: bool = False,
    repairs: bool = False,
    stats: bool = False,
    problem: Problem | None = None,
    near: Anchor | None = None,
) -> Week:
    """The best week of a request, or why there is none; its `problem` where it is known, or asks for more.

    Of weeks that are worth the same it is the one `near` to a week that was planned.
    """
    problem = problem or resolve(request, catalogue())
    until = time.perf_counter() + limits.seconds
    result = best(problem, limits, near=near, verify=verify)
    why = None
    if result.outcome == "infeasible":
        # All that explains is loaded only where it is needed: most weeks are planned without.
        from microcycle.solver.guarded import Budget
        from microcycle.solver.repair import explained

        budget = Budget(limits.deterministic, until, {**TUNED, **INTERRUPTIBLE})
        why = explained(request, budget, repairs=repairs, like=problem)
    return week_of(request, problem, result, why, stats=stats)
