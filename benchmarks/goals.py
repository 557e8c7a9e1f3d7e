"""What the project asks of itself, beside what a run measured."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.tables import Grid, Result, interval, medians, of, paired, quantile, started


@dataclass(frozen=True)
class Goal:
    what: str
    least: str
    aim: str
    measured: Callable[[Result], str | None]
    """None where the rows were not run."""
    suite: str = "standard"


def table(result: Result) -> Grid:
    """The goals of the run's suite."""
    lines = [
        (goal.what, goal.least, goal.aim, goal.measured(result) or "n/a") for goal in GOALS if goal.suite == result["suite"]
    ]
    return Grid(("goal", "at least", "aim", "measured"), lines, "Goals")


def _ratio(row: str, base: str, what: str) -> Callable[[Result], str | None]:
    def measured(result: Result) -> str | None:
        found = paired(result["samples"], row, base, what)
        return f"{interval(found)[0]:.1f} x" if found else None

    return measured


def _processes(name: str, other: str) -> Callable[[Result], str | None]:
    def measured(result: Result) -> str | None:
        found = result["processes"]
        return f"{started(found, name, other):.2f} x" if name in found else None

    return measured


def _proven(*limits: float) -> Callable[[Result], str | None]:
    """The share proven within so many seconds, file to audited week."""

    def measured(result: Result) -> str | None:
        mine = of(result["samples"], "ours")
        unproven = {s["instance"] for s in mine if not s["proven"]}
        took = {name: s for name, s in medians(mine, "total").items() if name not in unproven}
        all_of = len({s["instance"] for s in mine})
        shares = [sum(s <= limit for s in took.values()) / all_of for limit in limits]
        return ", ".join(f"{share:.1%} within {limit:g} s" for share, limit in zip(shares, limits, strict=True))

    return measured


def _tail(result: Result) -> str:
    totals = sorted(medians(of(result["samples"], "ours"), "total").values())
    return f"{quantile(totals, 0.95) / statistics.median(totals):.1f} x"


def _beside(result: Result) -> str:
    return f"{statistics.median(1 - s['phases']['solve'] / s['total'] for s in of(result['samples'], 'ours')):.0%}"


GOALS = (
    Goal("file to audited week, `textbook` / `ours`", "15 x", "40 x", _ratio("textbook", "ours", "total")),
    Goal("solve, `default` / `ours`", "8 x", "16 x", _ratio("default", "ours", "solve")),
    Goal("solve, `plain` / `ours`", "8 x", "16 x", _ratio("plain", "ours", "solve")),
    Goal("solve, `highs` / `ours-linear`", "2.5 x", "5 x", _ratio("highs", "ours-linear", "solve")),
    Goal("solve, `ours` / `floor`", "at most 300 x", "100 x", _ratio("ours", "floor", "solve")),
    Goal("p95 / median of `ours`", "at most 6 x", "3 x", _tail),
    Goal("proven", "100 % within 10 s", "100 % within 2 s", _proven(10, 2)),
    Goal("all but solve, share of the total (median)", "at most 25 %", "12 %", _beside),
    Goal("process `microcycle plan` / import of ortools", "at most 1.5 x", "1.15 x", _processes("plan", "import ortools")),
    Goal("process `microcycle --help` / import of typer, rich", "at most 1.3 x", "1.1 x",
         _processes("help", "import typer, rich")),
    Goal("`hard` suite, proven", "95 % within 10 s", "all within 5 s", _proven(10, 5), "hard"),
)  # fmt: skip
