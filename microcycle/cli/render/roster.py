"""A batch run for people: its progress on standard error, its summary, and the record that stays beside the journal."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from microcycle import __version__
from microcycle.batch.run import Plan, fingerprint
from microcycle.batch.tally import OUTCOMES, Tally
from microcycle.batch.work import peak_mb
from microcycle.cli.render import words
from microcycle.cli.render.screen import Screen, clean

EVERY_S = 5.0
"""Seconds between plain lines of progress."""
STYLES = {"solved": "green", "infeasible": "yellow", "unknown": "yellow", "invalid": "red", "crashed": "red"}


@contextmanager
def progress(quiet: bool) -> Iterator[Callable[[str], None]]:
    """What to call with the outcome of each row: a line that stays in place on a terminal, else a line now and then."""
    counts: Counter[str] = Counter()
    if quiet:
        yield lambda _outcome: None
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.live import Live

        began = time.monotonic()
        with Live(
            console=Console(stderr=True), transient=True, refresh_per_second=4, get_renderable=lambda: _line(counts, began)
        ):
            yield lambda outcome: counts.update((outcome,))
    else:
        began = last = time.monotonic()

        def seen(outcome: str) -> None:
            nonlocal last
            counts.update((outcome,))
            if time.monotonic() - last > EVERY_S:
                last = time.monotonic()
                print(_line(counts, began).plain, file=sys.stderr, flush=True)

        yield seen


def _line(counts: Counter[str], began: float) -> Text:
    """`1200 athletes, 16.1 a second: 1190 solved, 10 infeasible`."""
    done, seconds = counts.total(), max(time.monotonic() - began, 1e-9)
    told = ", ".join(f"{counts[name]} {name}" for name in OUTCOMES if counts[name])
    return Text(f"{words.plural(done, 'athlete')}, {done / seconds:.1f} a second{f': {told}' if told else ''}")


def summary(screen: Screen, tally: Tally, journal: str) -> None:
    """What came of a run."""
    found = tally.summary()
    screen.line(Text(f"{words.plural(tally.rows, 'athlete')} in {clean(journal, 200)}", style="bold"))
    table = Table.grid(padding=(0, 2, 0, 1))
    table.add_column()
    table.add_column(justify="right")
    for name, count in found["outcomes"].items():
        if count or name == "solved":
            table.add_row(Text(name, style=STYLES[name] if count else ""), str(count))
    screen.console.print(table)
    if tally.kept or tally.shared:
        parts = [f"{tally.kept} kept from the run before"] * bool(tally.kept)
        parts += [f"{tally.shared} answered by a week that somebody else asked for"] * bool(tally.shared)
        screen.line(f"Of these {' and '.join(parts)}.")
    if times := found["solve_seconds"]:
        screen.line()
        screen.line(f"Seconds for a week: median {times['p50']:.3f}, one in twenty over {times['p95']:.3f}.")
    if found["conflicts"]:
        screen.heading("Why there is no week, most often")
        for entry in found["conflicts"]:
            screen.item(f"{entry['count']} x: {clean(entry['conflict'], 300)}")
    if tally.looks:
        screen.heading("Who needs a look")
        for row, id, outcome, message in tally.looks:
            screen.item(Text.assemble((clean(id, 40), "bold"), f" (row {row}, {outcome}): {clean(message, 200)}"))
        rest = tally.rows - tally.outcomes["solved"] - len(tally.looks)
        if rest > 0:
            screen.line(f"and {rest} more.", indent=1)


def record(tally: Tally, plan: Plan, engine: str) -> dict[str, Any]:
    """What stays of a run: ids and figures, no names."""
    import platform
    from importlib.metadata import version

    ended = datetime.now(UTC).isoformat(timespec="seconds")
    return {
        "schema": "microcycle/run/1",
        "run": fingerprint(plan.settings),
        "ended": ended,
        "journal": plan.journal.name,
        "shard": "/".join(map(str, plan.shard)),
        "engine": engine.partition("://")[0],
        "versions": {"microcycle": __version__, "ortools": version("ortools"), "python": platform.python_version()},
        "limits": {"deterministic": plan.settings.work, "seconds": plan.settings.seconds},
        **tally.summary(),
        "memory_mb": {"driver": peak_mb(), "worker": tally.worker_mb},
    }
