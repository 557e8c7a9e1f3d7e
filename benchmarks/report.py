"""Writes a run into benchmarks/README.md: its tables, and two plots beside it. Needs matplotlib, the extra `bench`."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from benchmarks import goals
from benchmarks.tables import Result, grids, heading, medians, names, of, paired, quantile
from microcycle.cli.output import write_file

HERE = Path(__file__).parent
BINS = 6
SIZES = ("sessions", "windows", "rules")
"""Fields of a sample."""
LINES = {"ours": "#0b6e99", "default": "#c77700", "textbook": "#8c2d6b", "highs": "#4d7c2a"}
"""Rows of the plot by size, with their colours."""
STYLE = {
    "svg.hashsalt": "microcycle", "svg.fonttype": "path", "font.size": 10, "axes.spines.top": False,
    "axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.3, "axes.axisbelow": True,
}  # fmt: skip


def write(result: Result, readme: Path = HERE / "README.md") -> None:
    """Between the markers of the run's suite. Raises ValueError where the file has none."""
    suite, plots = result["suite"], readme.parent / "plots"
    plots.mkdir(exist_ok=True)
    parts = [heading(result), *(grid.markdown().rstrip() for grid in (goals.table(result), *grids(result)) if grid.lines)]
    with matplotlib.rc_context(STYLE):
        for name, title, plot in PLOTS:
            figure = plot(result)
            if figure is not None:
                save(figure, plots / f"{suite}-{name}.svg")
                parts.append(f"![{title}](plots/{suite}-{name}.svg)")
    text = readme.read_text(encoding="utf-8")
    first, last = (f"<!-- {which} of the report on {suite} -->" for which in ("start", "end"))
    before, found, rest = text.partition(first)
    _, closed, after = rest.partition(last)
    if not found or not closed:
        raise ValueError(f"{readme} has no place for the report on {suite}")
    write_file("\n\n".join((before + first, *parts, last + after)), str(readme))


def save(figure: Figure, path: Path) -> None:
    """The same bytes for the same figures."""
    figure.savefig(path, metadata={"Date": None})
    # matplotlib ends lines of paths with a blank, which no file here has.
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("".join(f"{line.rstrip()}\n" for line in lines), encoding="utf-8")


def ratios(result: Result) -> Figure | None:
    """Each peer's times as multiples of its base's: median, quarter to quarter and 5 to 95 %."""
    samples, bases = result["samples"], result["bases"]
    peers = [name for name in names(samples) if name not in (bases[name], "floor", "greedy")]
    if not peers:
        return None
    figure = Figure(figsize=(8, 1.2 + 0.5 * len(peers)), layout="constrained")
    axes = figure.subplots()
    for at, name in enumerate(reversed(peers)):
        for what, colour, shift in (("total", "#0b6e99", 0.16), ("solve", "#c77700", -0.16)):
            found = sorted(paired(samples, name, bases[name], what))
            if not found:
                continue
            y = at + shift
            axes.plot([quantile(found, 0.05), quantile(found, 0.95)], [y, y], color=colour, lw=1.2)
            axes.plot([quantile(found, 0.25), quantile(found, 0.75)], [y, y], color=colour, lw=5, alpha=0.6)
            middle, label = statistics.median(found), what if at == 0 else None
            axes.plot([middle], [y], "o", color=colour, ms=6, label=label, mec="white")
    axes.axvline(1, color="#444444", lw=1)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:g}x")
    axes.set_yticks(range(len(peers)), [f"{name} / {bases[name]}" for name in reversed(peers)])
    axes.set_xlabel("times as long, pair by pair: median, quarter to quarter, 5 to 95 %")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=2, frameon=False)
    return figure


def sizes(result: Result) -> Figure | None:
    """Seconds from file to audited week against the size of the week, of the weeks that ours solved."""
    samples = result["samples"]
    size: dict[str, Mapping[str, Any]] = {s["instance"]: s for s in of(samples, "ours") if s["outcome"] == "solved"}
    shown = [name for name in names(samples) if name in LINES]
    if not size:
        return None
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    panels = figure.subplots(1, len(SIZES), sharey=True)
    for axes, what in zip(panels, SIZES, strict=True):
        for name in shown:
            totals = medians(of(samples, name), "total")
            points = sorted((size[i][what], t) for i, t in totals.items() if i in size)
            if name == "ours":
                axes.plot(*zip(*points, strict=True), "o", ms=3, alpha=0.3, color=LINES[name], mew=0)
            axes.plot(*zip(*binned(points), strict=True), "-o", ms=4, color=LINES[name], label=name)
        axes.set_xlabel(what)
        axes.set_yscale("log")
    panels[0].yaxis.set_major_formatter(lambda y, _: f"{y:g}")
    panels[0].set_ylabel("s, file to audited week")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=len(shown), frameon=False)
    return figure


def binned(points: list[tuple[int, float]]) -> list[tuple[float, float]]:
    """Medians of about equally many sorted points each; weeks of one size are not parted."""
    parts: list[list[tuple[int, float]]] = [[]]
    for _, same in groupby(points, key=lambda point: point[0]):
        if len(parts[-1]) * BINS >= len(points):
            parts.append([])
        parts[-1] += same
    return [(statistics.median(x for x, _ in part), statistics.median(y for _, y in part)) for part in parts if part]


PLOTS: tuple[tuple[str, str, Callable[[Result], Figure | None]], ...] = (
    ("ratios", "Time of each peer as a multiple of ours", ratios),
    ("sizes", "Time against sessions, windows and rules", sizes),
)
