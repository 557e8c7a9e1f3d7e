"""Runs rows over a suite, interleaved and repeated, checks every value against the manifest, and writes the result."""

from __future__ import annotations

import gc
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from benchmarks import goals, tables
from benchmarks.instances import Instance, suite
from benchmarks.rows import ROWS, Sample, rows
from microcycle.cli.entry import MANY
from microcycle.cli.output import write_file

HERE = Path(__file__).parent
MANIFEST = HERE / "manifest.json"
CAP_S = 10.0
STARTS: dict[str, tuple[str, ...]] = {
    "plan": ("-m", "microcycle", "plan", "examples/jamie.yaml"),
    "import ortools": ("-c", "from ortools.sat.python import cp_model"),
    "help": ("-m", "microcycle", "--help"),
    "import typer, rich": ("-c", "import typer, rich"),
}
"""Whole processes: ours, each followed by what it is compared with."""
Known = Mapping[str, Any]
"""A proven outcome and its levels."""


@dataclass(frozen=True)
class Effort:
    """How much is measured: one instance in `every`, rounds, rounds of slow rows, the cap in seconds a solve."""

    every: int = 1
    repeats: int = 3
    slow_repeats: int = 1
    cap: float = CAP_S
    memory: int = 0
    """Instances of the pass that measures memory, a process for each row."""


def run(name: str, chosen: list[str], effort: Effort, *, out: Path | None = None, report: bool = False) -> int:
    """Measures, prints the tables, writes JSON and the report. 1 if a proven value differs from another."""
    all_rows = rows(chosen)
    # Before anything is solved here: a child's peak counts from its parent's.
    memory = peaks(name, list(all_rows), effort) if effort.memory else {}
    samples = measured(suite(name, effort.every), list(all_rows), effort)
    result = {
        "suite": name,
        "cap": effort.cap,
        "machine": machine(),
        "bases": {row: ROWS[row].base for row in all_rows},
        "samples": [asdict(sample) for sample in samples],
        "memory": memory,
        "processes": processes(effort.repeats) if name == "standard" else {},
    }
    console = Console(width=125)
    tables.show(result, console)
    if goals.table(result).lines:
        console.print(goals.table(result).rich())
    if out is not None:
        write_file(json.dumps(result, indent=1) + "\n", str(out))
    if report:
        from benchmarks.report import write  # matplotlib is an extra, and slow to import

        write(result)
    wrong = disagreements(samples, manifest(name))
    for line in wrong:
        print(line, file=sys.stderr)
    return int(bool(wrong))


def measured(instances: Sequence[Instance], chosen: list[str], effort: Effort) -> list[Sample]:
    """Samples of every row on every instance, the rows' order turned with each; slow rows in the first rounds only."""
    samples = list[Sample]()
    gc.set_threshold(MANY)  # as the command does
    # One solve outside: the first pays for imports and caches.
    ROWS["ours"](instances[0], effort.cap)
    for repeat in range(effort.repeats):
        here = [(name, row) for name, row in rows(chosen).items() if repeat < effort.slow_repeats or not row.slow]
        for number, instance in enumerate(track(instances, f"round {repeat + 1}", transient=True)):
            turn = (number + repeat) % len(here)
            for name, row in here[turn:] + here[:turn]:
                samples.append(replace(row(instance, effort.cap), row=name, repeat=repeat))
    return samples


def disagreements(samples: Sequence[Sample], recorded: Mapping[str, Known]) -> list[str]:
    """What contradicts the manifest, or what any row proved of the same problem."""
    proofs: dict[tuple[str, frozenset[str]], Known] = {}
    for s in samples:
        if s.proven and s.row != "floor":
            proofs.setdefault((s.instance, ROWS[s.row].without), {"outcome": s.outcome, "levels": s.levels})
    wrong = []
    for s in samples:
        without = ROWS[s.row].without
        wrong += contradictions(s, recorded.get(s.instance), lacking=bool(without))
        wrong += contradictions(s, proofs.get((s.instance, without)))
    return sorted(set(wrong))


def contradictions(sample: Sample, known: Known | None, *, lacking: bool = False) -> list[str]:
    """What a sample says that cannot be true if what is known is; to a row `lacking` rules it is a bound only."""
    if known is None or sample.row == "floor" or sample.outcome == "unknown" or (lacking and known["outcome"] != "solved"):
        return []
    where = f"{sample.row} on {sample.instance}"
    if sample.outcome != known["outcome"]:
        return [f"{where}: {sample.outcome}, but {known['outcome']} is proven"]
    best, found = list(known["levels"].values()), list(sample.levels.values())
    if (found < best and not lacking) or (sample.proven and (found > best if lacking else found != best)):
        return [f"{where}: levels {found}, but {best} is proven"]
    return []


def manifest(name: str) -> dict[str, Any]:
    """Proven outcomes and level values by instance; empty for a suite that has none yet."""
    known: dict[str, Any] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return dict(known.get(name, {}))


def write_manifest(name: str, cap: float) -> int:
    """Solves a suite and records what is proven, instance by instance; 1 and no more if that contradicts a record."""
    whole: dict[str, Any] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    known, instances = dict(whole.get(name, {})), suite(name)
    for instance in track(instances, name):
        sample = ROWS["ours"](instance, cap)
        wrong = contradictions(sample, known.get(instance.name))
        if wrong:
            print(*wrong, file=sys.stderr)
            return 1
        if sample.proven:
            known[instance.name] = {"outcome": sample.outcome, "levels": sample.levels}
        whole[name] = {i.name: known[i.name] for i in instances if i.name in known}
        write_file(json.dumps(whole, indent=1) + "\n", str(MANIFEST))
    print(f"{name}: {len(whole[name])} of {len(instances)} proven")
    return 0


def peaks(name: str, chosen: list[str], effort: Effort) -> dict[str, float]:
    """Megabytes that each row takes at most on the first instances, in a process of its own."""
    found = {}
    for row in track(chosen, "memory", transient=True):
        asked = ("peak", "--suite", name, "--row", row, "--first", str(effort.memory), "--cap", str(effort.cap))
        done = subprocess.run([sys.executable, "-m", "benchmarks", *asked], check=True, capture_output=True, text=True)
        found[row] = float(done.stdout)
    return found


def peak(name: str, row: str, first: int, cap: float) -> int:
    """Prints the megabytes that this process, or one that it started, took at most for a row."""
    for instance in suite(name)[:first]:
        ROWS[row](instance, cap)
    print(max(peak_mb(resource.RUSAGE_SELF), peak_mb(resource.RUSAGE_CHILDREN)))
    return 0


def peak_mb(who: int) -> float:
    unit = 1024 if sys.platform == "darwin" else 1
    return resource.getrusage(who).ru_maxrss / unit / 1024


def processes(repeats: int) -> dict[str, list[float]]:
    """Seconds of whole processes, interleaved."""
    times: dict[str, list[float]] = {name: [] for name in STARTS}
    for _ in range(max(3, repeats)):
        for name, arguments in STARTS.items():
            began = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, cwd=HERE.parent)
            times[name].append(time.perf_counter() - began)
    return times


def machine() -> dict[str, Any]:
    """Where this was measured: no figure is comparable with another machine's."""
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {name: version(name) for name in ("ortools", "pydantic", "typer", "rich")},
    }


def names_of(text: str) -> list[str]:
    """`default,floor` as a list, `all` as all rows. Raises KeyError for a name that is none."""
    named = list(ROWS) if text == "all" else [part.strip() for part in text.split(",") if part.strip()]
    return list(rows(named))


def read(path: Path) -> dict[str, Any]:
    """A written result."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
