"""Figures of a run as tables: rows by themselves, and ratios pair by pair."""

from __future__ import annotations

import random
import statistics
from collections.abc import Mapping, Sequence
from math import exp, log
from typing import Any

from rich.console import Console
from rich.table import Table

PHASES = ("read", "resolve", "build", "solve", "audit", "render")
BOOTSTRAP = 2000
Samples = Sequence[Mapping[str, Any]]


def show(result: Mapping[str, Any], console: Console) -> None:
    """Times by row, phases of ours, ratios to ours, processes."""
    samples: Samples = result["samples"]
    cap = result["cap"]
    names = list(dict.fromkeys(sample["row"] for sample in samples))
    times = Table("row", "median s", "p95 s", "worst s", "p95/median", "proven", "solved", "infeasible", "median work")
    for name in names:
        mine = [s for s in samples if s["row"] == name]
        totals = sorted(medians(mine, "total").values())
        last = [s for s in mine if s["repeat"] == 0]
        times.add_row(
            name,
            *(f"{value:.3f}" for value in (statistics.median(totals), quantile(totals, 0.95), totals[-1])),
            f"{quantile(totals, 0.95) / statistics.median(totals):.1f}",
            f"{sum(s['proven'] for s in last)}/{len(last)}",
            str(sum(s["outcome"] == "solved" for s in last)),
            str(sum(s["outcome"] == "infeasible" for s in last)),
            f"{statistics.median(s['work'] for s in mine):.3f}",
        )
    console.print(f"suite {result['suite']}, cap {cap:g} s a solve, {result['machine']}", soft_wrap=True)
    console.print(times)
    mine = [s for s in samples if s["row"] == "ours"]
    parts = Table("phase of ours", "median ms", "p95 ms", "share of the total")
    whole = sum(s["total"] for s in mine)
    for phase in PHASES:
        values = sorted(medians(mine, phase).values())
        share = sum(s["phases"][phase] for s in mine) / whole
        parts.add_row(
            phase, f"{1000 * statistics.median(values):.1f}", f"{1000 * quantile(values, 0.95):.1f}", f"{share:.0%}"
        )
    rest = statistics.median(1 - s["phases"]["solve"] / s["total"] for s in mine)
    parts.add_row("all but solve", "", "", f"{rest:.0%} (median)")
    console.print(parts)
    ratios = Table("against ours", "of", "median ratio", "95 % interval", "quarter to quarter")
    for name in names:
        for what in ("total", "solve") if name != "ours" else ():
            found = paired(samples, name, "ours", what)
            middle, low, high = interval(found)
            quarters = sorted(found)
            ratios.add_row(
                name, what, f"{middle:.2f}", f"{low:.2f} to {high:.2f}",
                f"{quantile(quarters, 0.25):.2f} to {quantile(quarters, 0.75):.2f}",
            )  # fmt: skip
    if len(names) > 1:
        console.print(ratios)
    starts = list(result["processes"].items())
    processes = Table("process", "median s", "against", "ratio")
    for (name, took), (other, base) in zip(starts[::2], starts[1::2], strict=True):
        ratio = statistics.median(a / b for a, b in zip(took, base, strict=True))
        processes.add_row(name, f"{statistics.median(took):.2f}", other, f"{ratio:.2f}")
    console.print(processes)


def compare(before: Mapping[str, Any], after: Mapping[str, Any], console: Console) -> int:
    """Ratios after/before of each row that both have, on the instances of both; 1 if a row got slower beyond noise."""
    table = Table("row", "of", "instances", "median ratio", "95 % interval", "verdict")
    slower = False
    rows = [r for r in dict.fromkeys(s["row"] for s in before["samples"]) if any(s["row"] == r for s in after["samples"])]
    for row in rows:
        for what in ("total", "solve", "work"):
            one, two = (medians([s for s in run["samples"] if s["row"] == row], what) for run in (before, after))
            both = [two[name] / one[name] for name in one if name in two and one[name] > 0]
            if not both:
                continue
            middle, low, high = interval(both)
            verdict = "slower" if low > 1.02 else "faster" if high < 0.98 else "the same"
            slower |= verdict == "slower" and what != "work"
            table.add_row(row, what, str(len(both)), f"{middle:.2f}", f"{low:.2f} to {high:.2f}", verdict)
    console.print(table)
    return int(slower)


def medians(samples: Samples, what: str) -> dict[str, float]:
    """Of each instance, the median over its repeats of a phase, of `total` or of `work`."""
    found: dict[str, list[float]] = {}
    for sample in samples:
        value = sample[what] if what in ("total", "work") else sample["phases"][what]
        found.setdefault(sample["instance"], []).append(value)
    return {name: statistics.median(values) for name, values in found.items()}


def paired(samples: Samples, row: str, other: str, what: str) -> list[float]:
    """row/other of the same instance in the same round."""
    times = {(s["row"], s["instance"], s["repeat"]): s["total"] if what == "total" else s["phases"][what] for s in samples}
    return [
        value / times[other, instance, repeat]
        for (name, instance, repeat), value in times.items()
        if name == row and times[other, instance, repeat] > 0
    ]


def interval(ratios: Sequence[float]) -> tuple[float, float, float]:
    """Median of ratios with its 95 % bootstrap interval, on the log scale; the same for the same ratios."""
    logs = [log(r) for r in ratios if r > 0]
    if not logs:
        return (float("nan"),) * 3
    rng = random.Random(1)
    tries = sorted(statistics.median(rng.choices(logs, k=len(logs))) for _ in range(BOOTSTRAP))
    return exp(statistics.median(logs)), exp(quantile(tries, 0.025)), exp(quantile(tries, 0.975))


def quantile(ordered: Sequence[float], share: float) -> float:
    """Of sorted values, the nearest rank."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
