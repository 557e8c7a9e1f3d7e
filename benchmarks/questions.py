"""What a question about a week costs, as a multiple of planning that week, on the same instance in the same round."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

from rich.console import Console
from rich.table import Table

from benchmarks.instances import suite
from benchmarks.tables import quantile
from microcycle import alternatives, plan_week, why, why_not
from microcycle.models.catalogue import catalogue
from microcycle.models.request import Request
from microcycle.models.week import Week
from microcycle.solver.flexibility import cells
from microcycle.solver.resolve import resolve
from microcycle.solver.search import Limits
from microcycle.solver.solve import solve

Question = Callable[[Request, Week], object]


def _map(request: Request, _: Week) -> object:
    problem = resolve(request, catalogue())
    best = solve(problem)
    return list(cells(problem, best, best.pieces, Limits()))


def _why_not(request: Request, week: Week) -> object:
    """The first session a day later."""
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "mon")
    first = next(session for session in week.sessions if session.modality != "walk")
    return why_not(request, f"{first.session}={days[days.index(first.day) + 1]}")


SOLVED: Mapping[str, Question] = {
    "why --not, one day later": _why_not,
    "the map": _map,
    "why": lambda request, _: why(request),
    "alternatives, three": lambda request, _: alternatives(request, 3),
}
INFEASIBLE: Mapping[str, Question] = {
    "its conflicts": lambda request, _: plan_week(request, repairs=False),
    "its conflicts and repairs": lambda request, _: plan_week(request),
}
"""Against a plain solve, which for these is the two proofs."""


def main(name: str, every: int) -> int:
    """Prints a row for each question; always 0, for nothing is asserted of time."""
    ratios: dict[str, list[float]] = {}
    for instance in suite(name, every):
        request = instance.request()
        began = time.perf_counter()
        outcome = solve(resolve(request, catalogue()))
        once = time.perf_counter() - began
        week = plan_week(request, repairs=False)
        for question, ask in (SOLVED if outcome.outcome == "solved" else INFEASIBLE).items():
            began = time.perf_counter()
            ask(request, week)
            ratios.setdefault(question, []).append((time.perf_counter() - began) / once)
    table = Table("question", "weeks", "median", "quarter to quarter", "worst", title=f"Multiples of one solve, {name}")
    for question, found in ratios.items():
        ordered = sorted(found)
        span = f"{quantile(ordered, 0.25):.1f} to {quantile(ordered, 0.75):.1f}"
        table.add_row(question, str(len(found)), f"{statistics.median(found):.1f}", span, f"{ordered[-1]:.0f}")
    Console(width=120).print(table)
    return 0
