"""Figures of a run as tables: rows by themselves, and ratios pair by pair."""

from __future__ import annotations

import random
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, exp, log
from typing import Any

from rich.console import Console
from rich.table import Table

PHASES = ("read", "resolve", "build", "solve", "audit", "render")
BOOTSTRAP = 2000
DEAREST = 8
"""Groups of levels listed by themselves."""
Samples = Sequence[Mapping[str, Any]]
Result = Mapping[str, Any]


@dataclass(frozen=True)
class Grid:
    """A table, to be printed or written."""

    head: tuple[str, ...]
    lines: Sequence[tuple[str, ...]]
    title: str = ""

    def rich(self) -> Table:
        table = Table(*self.head, title=self.title or None, title_justify="left")
        for line in self.lines:
            table.add_row(*line)
        return table

    def markdown(self) -> str:
        lines = [self.head, ("---",) * len(self.head), *self.lines]
        return (f"{self.title}\n\n" if self.title else "") + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def show(result: Result, console: Console) -> None:
    """All tables that have something to say."""
    console.print(heading(result), soft_wrap=True)
    for grid in grids(result):
        console.print(grid.rich())


def heading(result: Result) -> str:
    """What was run, and where."""
    where = result["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in where["versions"].items())
    instances = len({sample["instance"] for sample in result["samples"]})
    rounds = 1 + max(sample["repeat"] for sample in result["samples"])
    return (
        f"Suite {result['suite']}, {instances} instances, {rounds} rounds at most, cap {result['cap']:g} s a solve; "
        f"{where['cores']} cores, "
        f"{where['system']}, Python {where['python']}, {versions}."
    )


def grids(result: Result) -> Iterator[Grid]:
    """Times, phases, levels, ratios, quality, gaps and processes, those of them that have lines."""
    samples: Samples = result["samples"]
    every = (
        times(samples, result.get("memory", {})),
        phases(samples),
        groups(samples),
        ratios(samples, result["bases"]),
        quality(samples, result["bases"]),
        gaps(samples),
        processes(result["processes"]),
    )
    yield from (grid for grid in every if grid.lines)


def times(samples: Samples, memory: Mapping[str, float]) -> Grid:
    """File to audited week of each row; each instance counts with the median of its repeats."""
    lines = []
    for name in names(samples):
        mine = of(samples, name)
        totals = sorted(medians(mine, "total").values())
        first = [s for s in mine if s["repeat"] == 0]
        middle, most = statistics.median(totals), quantile(totals, 0.95)
        outcomes = Counter(s["outcome"] for s in first)
        lines.append(
            (
                f"`{name}`", seconds(middle), seconds(most), seconds(totals[-1]), f"{most / middle:.1f}",
                f"{sum(s['proven'] for s in first) / len(first):.0%}", str(sum(s["stopped"] for s in first)),
                f"{outcomes['solved']} + {outcomes['infeasible']}",
                f"{statistics.median(s['work'] for s in mine):.3f}" if any(s["work"] for s in mine) else "",
                f"{memory[name]:.0f}" if name in memory else "",
            )
        )  # fmt: skip
    head = ("row", "median s", "p95 s", "worst s", "p95/median", "proven", "stopped", "solved + infeasible", "work", "MB")
    return Grid(head, lines, "From file to audited week")


def phases(samples: Samples) -> Grid:
    """Of ours, each phase."""
    mine = of(samples, "ours")
    whole, lines = sum(s["total"] for s in mine), list[tuple[str, ...]]()
    for phase in PHASES:
        values = sorted(medians(mine, phase).values())
        share = sum(s["phases"][phase] for s in mine) / whole
        lines.append((phase, *milliseconds(values), f"{share:.0%}"))
    rest = statistics.median(1 - s["phases"]["solve"] / s["total"] for s in mine)
    lines.append(("all but solve", "", "", "", f"{rest:.0%} (median)"))
    return Grid(("phase", "median ms", "p95 ms", "worst ms", "share"), lines, "Phases of `ours`")


def groups(samples: Samples) -> Grid:
    """Of ours, the calls of the solver by the first of the levels that they improve, the dearest first."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for sample in of(samples, "ours"):
        for one in sample["solves"]:
            first, *more = one["levels"].split("+")
            found.setdefault(f"{first} and {len(more)} more" if more else first, []).append(one)
    whole = sum(one["seconds"] for calls in found.values() for one in calls)
    dearest = sorted(found.items(), key=lambda item: -sum(one["seconds"] for one in item[1]))
    named = dearest[:DEAREST]
    rest = [one for _, calls in dearest[DEAREST:] for one in calls]
    lines = []
    for name, calls in [*named, ("others", rest)] if rest else named:
        values = sorted(one["seconds"] for one in calls)
        work = statistics.median(one["deterministic"] for one in calls)
        lines.append((name, str(len(calls)), *milliseconds(values), f"{work:.3f}", f"{sum(values) / whole:.0%}"))
    return Grid(("levels", "calls", "median ms", "p95 ms", "worst ms", "work", "share"), lines, "`solve` by levels")


def ratios(samples: Samples, bases: Mapping[str, str]) -> Grid:
    """How many times as long as its base each row takes; the floor the other way round."""
    lines = []
    for name in names(samples):
        base = bases[name]
        for what in ("total", "solve") if name != base else ():
            above, below = (base, name) if name == "floor" else (name, base)
            found = sorted(paired(samples, above, below, what))
            if found:
                middle, low, high = interval(found)
                spread = f"{quantile(found, 0.25):.2f} to {quantile(found, 0.75):.2f}"
                lines.append((f"`{above}` / `{below}`", what, f"{middle:.2f}", f"{low:.2f} to {high:.2f}", spread))
    head = ("ratio", "of", "median", "95 % interval", "quarter to quarter")
    return Grid(head, lines, "Pair by pair, the same instance in the same round")


def quality(samples: Samples, bases: Mapping[str, str]) -> Grid:
    """Of rows that end without a proof: how often the week is the best one, and how far off it is otherwise."""
    known = {(s["row"], s["instance"]): s for s in samples if s["proven"]}
    lines = []
    for name in names(samples):
        kinds: Counter[str] = Counter()
        worse: dict[str, list[int]] = {}
        for sample in of(samples, name):
            best = known.get((bases[name], sample["instance"]))
            if sample["proven"] or sample["repeat"] or best is None or best["outcome"] != "solved":
                continue
            if sample["outcome"] != "solved":
                kinds["none"] += 1
                continue
            differs = [(level, value - best["levels"][level]) for level, value in sample["levels"].items()]
            first = next(((level, by) for level, by in differs if by), None)
            kinds["worse" if first else "best"] += 1
            if first:
                worse.setdefault(first[0], []).append(first[1])
        if kinds:
            where = "; ".join(f"{level} {len(by)} x, median {statistics.median(by):g}" for level, by in worse.items())
            counts = (str(kinds[kind]) for kind in ("best", "worse", "none"))
            lines.append((f"`{name}`", str(kinds.total()), *counts, where))
    head = ("row", "weeks", "best", "worse", "none found", "first level that is worse, and by how much")
    return Grid(head, lines, "Without a proof, where the best week is known")


def gaps(samples: Samples) -> Grid:
    """What ours did not prove: the first open level."""
    lines = [
        (f"`{s['row']}`", s["instance"], s["gap"][0], f"{s['gap'][1]}", f"{s['gap'][2]}") if s["gap"]
        else (f"`{s['row']}`", s["instance"], s["outcome"], "", "")
        for s in samples if s["row"] in ("ours", "ours-linear") and not s["proven"] and not s["repeat"]
    ]  # fmt: skip
    return Grid(("row", "instance", "open level", "found", "bound"), lines, "Not proven")


def processes(found: Mapping[str, Sequence[float]]) -> Grid:
    """Whole processes, each against the one that follows it."""
    starts, lines = list(found.items()), []
    for (name, took), (other, base) in zip(starts[::2], starts[1::2], strict=True):
        lines.append((name, f"{statistics.median(took):.2f}", other, f"{started(found, name, other):.2f}"))
        assert len(took) == len(base)
    return Grid(("process", "median s", "against", "ratio"), lines, "Whole processes")


def compare(before: Result, after: Result, console: Console) -> int:
    """Ratios after/before of each row that both have, on the instances of both; 1 if a row got slower beyond noise."""
    lines, slower = list[tuple[str, ...]](), False
    for row in (name for name in names(before["samples"]) if name in names(after["samples"])):
        for what in ("total", "solve", "work"):
            one, two = (medians(of(run["samples"], row), what) for run in (before, after))
            both = [two[name] / one[name] for name in one if name in two and one[name] > 0]
            if not both:
                continue
            middle, low, high = interval(both)
            verdict = "slower" if low > 1.02 else "faster" if high < 0.98 else "the same"
            slower |= verdict == "slower" and what != "work"
            lines.append((row, what, str(len(both)), f"{middle:.2f}", f"{low:.2f} to {high:.2f}", verdict))
    console.print(Grid(("row", "of", "instances", "median ratio", "95 % interval", "verdict"), lines).rich())
    return int(slower)


def names(samples: Samples) -> list[str]:
    """Rows, in order."""
    return list(dict.fromkeys(sample["row"] for sample in samples))


def of(samples: Samples, row: str) -> list[Mapping[str, Any]]:
    return [sample for sample in samples if sample["row"] == row]


def medians(samples: Samples, what: str) -> dict[str, float]:
    """Of each instance, the median over its repeats of a phase, of `total` or of `work`."""
    found: dict[str, list[float]] = {}
    for sample in samples:
        value = sample[what] if what in ("total", "work") else sample["phases"][what]
        found.setdefault(sample["instance"], []).append(value)
    return {name: statistics.median(values) for name, values in found.items()}


def paired(samples: Samples, row: str, other: str, what: str) -> list[float]:
    """row/other of the same instance in the same round."""
    found = {(s["row"], s["instance"], s["repeat"]): s["total"] if what == "total" else s["phases"][what] for s in samples}
    return [
        value / base
        for (name, *where), value in found.items()
        if name == row and (base := found.get((other, *where), 0.0)) > 0
    ]


def started(found: Mapping[str, Sequence[float]], name: str, other: str) -> float:
    """Median ratio of two processes."""
    return statistics.median(a / b for a, b in zip(found[name], found[other], strict=True))


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
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def seconds(value: float) -> str:
    return f"{value:.4f}" if value < 0.01 else f"{value:.3f}" if value < 1 else f"{value:.2f}"


def milliseconds(ordered: Sequence[float]) -> tuple[str, str, str]:
    """Median, 95th percentile and worst of sorted seconds."""
    middle, most, worst = (
        f"{1000 * value:.1f}" for value in (statistics.median(ordered), quantile(ordered, 0.95), ordered[-1])
    )
    return middle, most, worst
