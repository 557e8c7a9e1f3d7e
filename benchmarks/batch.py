"""Batches against bare loops, pools against a cluster, rosters of many against rosters of few; what a million would cost."""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from benchmarks.instances import suite
from microcycle import load_request, plan_week
from microcycle.batch.pools import Cluster, Pool, Processes
from microcycle.batch.roster import rows
from microcycle.batch.run import Plan, run
from microcycle.batch.work import Settings

SCALE = Path(__file__).parent.parent / "docs" / "scale.md"
Request = dict[str, Any]


class Measured(NamedTuple):
    """One figure of a run: its ratios, one for each round, and what they must come to."""

    name: str
    ratios: tuple[float, ...]
    aim: str

    @property
    def middle(self) -> float:
        return median(self.ratios)


def requests(every: int) -> list[Request]:
    """What the standard suite asks for; a fifth of it is impossible, as some of a roster is."""
    return [dict(instance.request().document.data) for instance in suite("standard", every)]


def several(found: Sequence[Request], count: int, distinct: int) -> Iterator[Request]:
    """So many requests, of which so many are different questions: the same weeks, with a place that nobody goes to."""
    for n in range(count):
        which = n % distinct
        request = found[which % len(found)]
        athlete = {**request.get("athlete", {}), "name": f"Athlete {n}"}
        places = {"places": {f"place-{which}": 0}} if which >= len(found) else {}
        yield {**request, "athlete": athlete, **places}


def roster(folder: Path, name: str, asked: Iterable[Request]) -> Path:
    """A roster in JSONL."""
    path = folder / f"{name}.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for n, request in enumerate(asked):
            file.write(json.dumps({"id": f"athlete-{n}", "request": request}) + "\n")
    return path


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def batch(source: Path, pool: Callable[[], Pool]) -> float:
    """Seconds from the first row to the last line, with a pool that has begun to work before."""
    ready = pool()
    ready.submit(os.getpid).result()
    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(rows(str(source)), Path(folder) / "plans.jsonl", Settings())
        return seconds(lambda: run(plan, lambda: ready))


def driver(source: Path, rows_: int) -> float:
    """Seconds of the driver's own processor for a row, all that goes to workers and comes back included."""
    began = time.process_time()
    batch(source, lambda: Processes(2))
    return (time.process_time() - began) / rows_


def loop(source: Path) -> float:
    """The same requests, one after the other, with nothing around them."""
    asked = [row.request for row in rows(str(source)) if row.request is not None]
    return seconds(lambda: [plan_week(load_request(request), repairs=False).to_json() for request in asked])


@contextmanager
def cluster(workers: int) -> Iterator[str]:
    """The address of a scheduler on loopback, with workers that are processes."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scheduler.json"
        root = str(Path(__file__).parent.parent)
        environment = {**os.environ, "PYTHONPATH": root}

        def start(what: str, *more: str) -> subprocess.Popen[bytes]:
            command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--scheduler-file", str(file), *more]
            quiet = subprocess.DEVNULL
            return subprocess.Popen(command, env=environment, cwd=folder, stdout=quiet, stderr=quiet, start_new_session=True)

        processes = [start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-show", "--no-dashboard")]
        try:
            while not file.exists():
                time.sleep(0.05)
            processes += [start("worker", "--nthreads", "1", "--no-dashboard") for _ in range(workers)]
            yield str(json.loads(file.read_text(encoding="utf-8"))["address"])
        finally:
            for process in processes:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def warmed(address: str, workers: int) -> Cluster:
    """A cluster all of whose workers are there and have loaded the solver."""
    found = Cluster(address)
    while found.workers < workers:
        time.sleep(0.2)
        found.recount()
    request = {"goal": "run-5k", "availability": {"mon-fri": "18:00-19:00"}}
    from microcycle.batch.work import solve

    for future in [found.submit(solve, [(request, None)], Settings()) for _ in range(8 * workers)]:
        future.result()
    return found


def speed(every: int, repeats: int) -> list[Measured]:
    """One worker against a bare loop, two against twice that loop, a cluster's two against the pool's two."""
    found = requests(every)
    one, two, dask = [list[float]() for _ in range(3)]
    with tempfile.TemporaryDirectory() as name, cluster(2) as address:
        source = roster(Path(name), "distinct", several(found, len(found), len(found)))
        remote = warmed(address, 2)
        loop(source)  # the catalogue is read, the solver loaded
        for _ in range(repeats):
            bare = loop(source)
            single, double = batch(source, lambda: Processes(1)), batch(source, lambda: Processes(2))
            one.append(bare / single)
            two.append(bare / 2 / double)
            dask.append(double / batch(source, lambda: Borrowed(remote)))
        remote.close()
    return [
        Measured("one worker, of a bare loop's rate", tuple(one), "at least 0.95"),
        Measured("two workers, of twice a bare loop's rate", tuple(two), "at least 0.85"),
        Measured("two workers of a Dask cluster, of the pool's rate", tuple(dask), "at least 0.80"),
    ]


class Borrowed:
    """A cluster that outlives a run."""

    loses_all = False

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.submit, self.died, self.renew = cluster.submit, cluster.died, cluster.renew

    @property
    def workers(self) -> int:
        return self._cluster.workers

    def close(self) -> None:
        pass


def shared(every: int, repeats: int, count: int) -> Measured:
    """A roster drawn from a twentieth of it against one of all different questions."""
    found = requests(every)
    with tempfile.TemporaryDirectory() as name:
        few = roster(Path(name), "few", several(found, count, max(1, count // 20)))
        many = roster(Path(name), "many", several(found, count, count))
        ratios = [batch(many, lambda: Processes(2)) / batch(few, lambda: Processes(2)) for _ in range(repeats)]
    return Measured(f"{count} rows of {count // 20} questions, times as fast as of {count}", tuple(ratios), "at least 10")


class Size(NamedTuple):
    """What a roster of so many rows took."""

    rows: int
    seconds: float
    driver_mb: int
    journal_mb: float
    again_s: float
    """The same command once more, with nothing left to do."""


def size(count: int, every: int) -> Size:
    """A run of the command over many rows of few questions, in a process of its own, and the same again."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = roster(folder, "roster", several(requests(every), count, 40))
        journal = folder / "plans.jsonl"
        command = [
            sys.executable,
            "-m",
            "microcycle",
            "batch",
            str(source),
            "-o",
            str(journal),
            "--quiet",
            "--summary",
            "json",
        ]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}

        def go() -> dict[str, Any]:
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
            return dict(json.loads(done.stdout))

        began = time.perf_counter()
        record = go()
        first = time.perf_counter() - began
        peak = record["memory_mb"]["driver"]
        again = seconds(go)
        return Size(count, first, peak, journal.stat().st_size / 1e6, again)


def main(every: int, repeats: int, count: int, many: int, *, report: bool) -> int:
    """Prints the figures; always 0, for nothing is asserted of time."""
    console = Console(width=120)
    measured = [*speed(every, repeats), shared(every, max(1, repeats // 2), count)]
    table = Table("figure", "median", "from", "to", "wanted", title=f"Batches, {repeats} rounds")
    for one in measured:
        table.add_row(one.name, f"{one.middle:.2f}", f"{min(one.ratios):.2f}", f"{max(one.ratios):.2f}", one.aim)
    console.print(table)
    few, all = size(1000, every), size(many, every)
    table = Table("rows", "seconds", "driver, MB", "journal, MB", "once more, s", title="The driver, shared questions")
    for found in (few, all):
        table.add_row(
            str(found.rows), f"{found.seconds:.1f}", str(found.driver_mb), f"{found.journal_mb:.0f}", f"{found.again_s:.1f}"
        )
    console.print(table)
    console.print(f"Memory at {many} rows against 1000: {all.driver_mb / few.driver_mb:.2f} (wanted: at most 1.2).")
    if report:
        SCALE.write_text(_report(every, measured, few, all), encoding="utf-8")
    return 0


def _report(every: int, measured: Sequence[Measured], few: Size, all: Size) -> str:
    """What 300,000 and a million athletes a week cost, from what was measured here."""
    found = requests(every)
    with tempfile.TemporaryDirectory() as name:
        source = roster(Path(name), "distinct", several(found, len(found), len(found)))
        loop(source)
        each = median(loop(source) for _ in range(3)) / len(found)
        per_row = median(driver(source, len(found)) for _ in range(3))
    two = measured[1].middle
    line_kb = all.journal_mb * 1000 / all.rows
    rows_ = []
    for count in (20, 10_000, 300_000, 1_000_000):
        core_h = count * each / two / 3600
        rows_.append(
            f"| {count:,} | {core_h:.2f} | {max(1, round(core_h + 0.499)):,} | {count * line_kb / 1e6:.2f} | "
            f"{count * per_row / 3600:.2f} | {all.again_s * count / all.rows:.0f} |"
        )
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    lines = [
        "# What a platform's roster costs",
        "",
        f"Computed by `python -m benchmarks batch --report` on {date.today()} ({machine}) from what it measured "
        f"there: {each * 1000:.0f} ms for a week of the `standard` suite (mean of {len(found)}), {two:.0%} of a bare loop's "
        f"rate with two workers, {per_row * 1000:.2f} ms of the driver for a row, {line_kb:.1f} kB of journal each.",
        "",
        "| athletes a week | core hours | cores for one hour | journal, GB | driver, h | a finished journal once more, s |",
        "|---|---|---|---|---|---|",
        *rows_,
        "",
        f"Memory: the driver had {few.driver_mb} MB at 1,000 rows and {all.driver_mb} MB at {all.rows:,}; what it "
        "remembers of rows is in a database on disk. A worker has what one week takes, whatever the roster.",
        "",
        "All questions are different in this table. Real rosters repeat themselves: what was asked before is answered from "
        "what is known, within a run, and with `--cache` from week to week.",
        "",
        f"The next wall is the driver: at {1 / per_row:,.0f} rows a second it keeps about {each / per_row:,.0f} cores busy. "
        "Beyond that, `--shard 1/8` to `8/8` give every driver its own part of the roster, and `batch merge` puts the "
        "journals together. Behind it stands the journal itself: one file, read in order.",
        "",
    ]
    return "\n".join(lines)
