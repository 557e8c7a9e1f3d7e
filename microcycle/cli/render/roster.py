"""A batch run for people: its progress on standard error, its summary, and the record that stays beside the journal."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from rich.table import Table
from rich.text import Text

from microcycle import __version__
from microcycle.batch.journal import RUN_SCHEMA, damaged_in, gone_from, record_of
from microcycle.batch.run import Plan, fingerprint
from microcycle.batch.tally import OUTCOMES, Tally
from microcycle.batch.work import peak_mb
from microcycle.cli.render.screen import Screen, plain_terminal
from microcycle.export import words
from microcycle.export.words import clean, whole
from microcycle.models.clock import duration_text

EVERY_S = 5.0
"""Seconds between plain lines of progress."""
STYLES = {"solved": "green", "infeasible": "yellow", "unknown": "yellow", "invalid": "red", "crashed": "red"}


@contextmanager
def progress(total: int | None, *, quiet: bool) -> Iterator[Callable[[str, bool], None]]:
    """What to call with each row's outcome: a bar on a terminal, else a line now and then; `total` where it is known."""
    counts: Counter[str] = Counter()
    began = time.monotonic()
    left = 0
    """Rows that an earlier run had left: they take no time, and say nothing of how long the others will."""
    if quiet:
        yield lambda _outcome, _kept: None
    elif sys.stderr.isatty() and not plain_terminal():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
        with Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=4) as bar:
            task = bar.add_task("", total=total)

            def seen(outcome: str, kept: bool) -> None:
                nonlocal left
                counts.update((outcome,))
                left += kept
                # The bar tells the time from what it shows as done.
                of = None if total is None else total - left
                bar.update(task, total=of, advance=not kept, description=_rate(counts, left, began))

            yield seen
    else:
        last = began

        def told(outcome: str, kept: bool) -> None:
            nonlocal last, left
            counts.update((outcome,))
            left += kept
            if time.monotonic() - last > EVERY_S:
                last = time.monotonic()
                of = "" if total is None else f" of {total}"
                line = f"{counts.total()}{of} athletes, {_rate(counts, left, began)}{_left(counts, left, total, began)}"
                print(line, file=sys.stderr, flush=True)

        yield told


def _rate(counts: Counter[str], kept: int, began: float) -> str:
    """`16.1/s: 1190 solved, 10 infeasible`, and `, 400 of them kept`."""
    rate = (counts.total() - kept) / max(time.monotonic() - began, 1e-9)
    told = ", ".join(f"{counts[name]} {name}" for name in OUTCOMES if counts[name])
    return f"{rate:.1f}/s: {told}{f', {kept} of them kept' if kept else ''}"


def _left(counts: Counter[str], kept: int, total: int | None, began: float) -> str:
    """`, about 5 min left`, at the pace so far of what was not kept."""
    made = counts.total() - kept
    if total is None or not made:
        return ""
    seconds = (total - counts.total()) * (time.monotonic() - began) / made
    return f", about {duration_text(round(seconds / 60)) if seconds > 90 else f'{seconds:.0f} s'} left"


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
    parts = [f"{tally.kept} kept from the run before"] * bool(tally.kept)
    parts += [f"{tally.changed} planned anew because they ask something else now"] * bool(tally.changed)
    parts += [f"{tally.cached} known from the cache"] * bool(tally.cached)
    parts += [f"{tally.shared} answered by a week that somebody else asked for"] * bool(tally.shared)
    if parts:
        screen.line(f"Of these {', '.join(parts)}.")
    if tally.gone:
        put = clean(gone_from(Path(journal)).name, 100)
        screen.line(
            f"{words.plural(tally.gone, 'athlete')} of this journal {'is' if tally.gone == 1 else 'are'} not in the roster "
            f"any more: what it said of them stands in {put}."
        )
    if tally.damaged:
        put = clean(damaged_in(Path(journal)).name, 100)
        screen.line(
            f"{words.plural(tally.damaged, 'line')} of this journal could not be read: what stood there is in {put}, and "
            "whose week it was is planned anew."
        )
    if not tally.rows:
        screen.line("The roster is empty.")
    if times := found["solve_seconds"]:
        screen.line()
        screen.line(f"Seconds for a week: median {times['p50']:.3f}, one in twenty over {times['p95']:.3f}.")
    if found["conflicts"]:
        screen.heading("Why there is no week, most often")
        for entry in found["conflicts"]:
            screen.item(f"{entry['count']} x: {whole(entry['conflict'])}")
    if tally.looks:
        screen.heading("Who needs a look")
        for look in tally.looks:
            at = f" ({look.place}, {look.outcome}): "
            inside = look.path and look.path not in look.message
            told = f"{look.path}: {look.message}" if inside else look.message
            screen.item(Text.assemble((clean(look.id, 40), "bold"), at, whole(told)))
        rest = tally.rows - tally.outcomes["solved"] - len(tally.looks)
        if rest > 0:
            screen.line(f"and {rest} more; the journal has all of them.", indent=1)


def record(tally: Tally, plan: Plan, engine: str, *, interrupted: bool = False) -> dict[str, Any]:
    """What stays of a run: ids and figures, no names; of one that was interrupted, as far as it came."""
    import platform
    from importlib.metadata import version

    ended = datetime.now(UTC).isoformat(timespec="seconds")
    rules, figures = fingerprint(plan.settings), tally.summary()
    before = record_of(plan.journal)
    if before and before["rules"] == rules and not figures["solve_seconds"]:
        # Nothing was solved this time: what is known of the run before holds.
        figures["solve_seconds"] = before["solve_seconds"]
    return {
        "schema": RUN_SCHEMA,
        "run": uuid4().hex,
        "rules": rules,
        "ended": ended,
        "interrupted": interrupted,
        "journal": plan.journal.name,
        "shard": "/".join(map(str, plan.shard)),
        "engine": engine.partition("://")[0],
        "versions": {"microcycle": __version__, "ortools": version("ortools"), "python": platform.python_version()},
        "limits": {"deterministic": plan.settings.work, "seconds": plan.settings.seconds},
        **figures,
        "memory_mb": {"driver": peak_mb(), "worker": tally.worker_mb},
    }


def merged_record(tally: Tally, records: Sequence[Mapping[str, Any]], journal: str) -> dict[str, Any]:
    """The record of shards that were put together; how long their weeks took stays with theirs."""
    found = {**records[0], **tally.summary(), "run": uuid4().hex, "journal": Path(journal).name, "shard": "1/1"}
    found["solve_seconds"] = {}
    return found | {"memory_mb": {"driver": peak_mb(), "worker": tally.worker_mb}}
