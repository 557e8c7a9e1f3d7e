"""What it takes to write a planned week in each format, as a share of planning it, on the same week in the same round."""

from __future__ import annotations

import statistics
import time
from datetime import date

from rich.console import Console
from rich.table import Table

from benchmarks.instances import suite
from benchmarks.tables import quantile
from microcycle import plan_week
from microcycle.export.formats import KINDS, Options

ROUNDS = 3


def main(name: str, every: int) -> int:
    """Prints a row for each format; always 0, for nothing is asserted of time."""
    options = Options(starting=date(2026, 11, 23))
    loading: dict[str, float] = {}
    plans: list[float] = []
    writes: dict[str, list[float]] = {format: [] for format in KINDS}
    for instance in suite(name, every):
        request = instance.request()
        began = time.perf_counter()
        week = plan_week(request, repairs=False)
        took = time.perf_counter() - began
        if week.outcome != "solved":
            continue
        plans.append(took)
        for format, kind in KINDS.items():
            rounds = []
            for _ in range(ROUNDS + (not writes[format])):
                began = time.perf_counter()
                kind.write(week, options)
                rounds.append(time.perf_counter() - began)
            if not writes[format]:
                loading[format] = rounds.pop(0)
            writes[format].append(statistics.median(rounds))
    middle = sorted(range(len(plans)), key=plans.__getitem__)[len(plans) // 2]
    title = f"Writing a week, {name}: {len(plans)} weeks, the median one planned in {1000 * plans[middle]:.0f} ms"
    table = Table("format", "ms", "quarter to quarter", "first time, ms", "share of the median week's plan", title=title)
    for format, found in writes.items():
        ordered = sorted(1000 * seconds for seconds in found)
        span = f"{quantile(ordered, 0.25):.2f} to {quantile(ordered, 0.75):.2f}"
        share = f"{100 * found[middle] / plans[middle]:.1f} %"
        table.add_row(format, f"{statistics.median(ordered):.2f}", span, f"{1000 * loading[format]:.0f}", share)
    Console(width=120).print(table)
    return 0
