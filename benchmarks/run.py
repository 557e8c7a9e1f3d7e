"""Runs rows over a suite, interleaved and repeated, checks every value against the manifest, and writes the result."""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from benchmarks import tables
from benchmarks.instances import Instance, suite
from benchmarks.rows import Sample, ours, rows

MANIFEST = Path(__file__).parent / "manifest.json"
CAP_S = 10.0
STARTS: dict[str, tuple[str, ...]] = {
    "plan": ("-m", "microcycle", "plan", "examples/jamie.yaml"),
    "import ortools": ("-c", "from ortools.sat.python import cp_model"),
    "help": ("-m", "microcycle", "--help"),
    "import typer, rich": ("-c", "import typer, rich"),
}
"""Whole processes: ours, each followed by what it is compared with."""


def run(name: str, chosen: list[str], *, every: int, repeats: int, cap: float, out: Path | None) -> int:
    """Measures, prints the tables, writes JSON. 1 if a proven value differs from the manifest's."""
    instances = suite(name)[::every]
    samples, wrong = measured(instances, chosen, manifest(name), repeats=repeats, cap=cap)
    result = {
        "suite": name,
        "cap": cap,
        "machine": machine(),
        "samples": [asdict(sample) for sample in samples],
        "processes": processes(repeats),
    }
    tables.show(result, Console(width=120))
    for line in wrong:
        print(line, file=sys.stderr)
    if out is not None:
        out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return int(bool(wrong))


def measured(
    instances: Sequence[Instance], chosen: list[str], known: dict[str, Any], *, repeats: int, cap: float
) -> tuple[list[Sample], list[str]]:
    """Samples of every row on every instance, the rows' order turned with each, and what contradicts the manifest."""
    all_rows = list(rows(chosen).items())
    samples, wrong = list[Sample](), list[str]()
    # One solve outside: the first pays for imports and caches.
    ours()(instances[0], cap)
    for repeat in range(repeats):
        for number, instance in enumerate(track(instances, f"round {repeat + 1}", transient=True)):
            turn = (number + repeat) % len(all_rows)
            for name, row in all_rows[turn:] + all_rows[:turn]:
                sample = replace(row(instance, cap), row=name, repeat=repeat)
                samples.append(sample)
                wrong += contradictions(sample, known.get(instance.name))
    return samples, wrong


def contradictions(sample: Sample, known: dict[str, Any] | None) -> list[str]:
    """What a sample says that cannot be true if the manifest is."""
    if known is None or sample.row == "floor" or sample.outcome == "unknown":
        return []
    where = f"{sample.row} on {sample.instance}"
    if sample.outcome != known["outcome"]:
        return [f"{where}: {sample.outcome}, the manifest says {known['outcome']}"]
    best, found = list(known["levels"].values()), list(sample.levels.values())
    if found < best or (sample.proven and found != best):
        return [f"{where}: levels {found}, the manifest says {best}"]
    return []


def manifest(name: str) -> dict[str, Any]:
    """Proven outcomes and level values by instance; empty for a suite that has none yet."""
    if not MANIFEST.exists():
        return {}
    known: dict[str, Any] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return dict(known.get(name, {}))


def write_manifest(name: str, cap: float) -> int:
    """Solves a suite once and records what is proven; 1 if that contradicts what was recorded."""
    known = manifest(name)
    row = ours()
    found, wrong = {}, list[str]()
    for instance in track(suite(name), name):
        sample = row(instance, cap)
        wrong += contradictions(sample, known.get(instance.name))
        if sample.proven:
            found[instance.name] = {"outcome": sample.outcome, "levels": sample.levels}
        elif instance.name in known:
            found[instance.name] = known[instance.name]
    for line in wrong:
        print(line, file=sys.stderr)
    if not wrong:
        whole = json.loads(MANIFEST.read_text(encoding="utf-8")) if MANIFEST.exists() else {}
        MANIFEST.write_text(json.dumps({**whole, name: found}, indent=1) + "\n", encoding="utf-8")
        print(f"{name}: {len(found)} of {len(suite(name))} proven")
    return int(bool(wrong))


def processes(repeats: int) -> dict[str, list[float]]:
    """Seconds of whole processes, interleaved."""
    times: dict[str, list[float]] = {name: [] for name in STARTS}
    for _ in range(max(3, repeats)):
        for name, arguments in STARTS.items():
            began = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, cwd=MANIFEST.parent.parent)
            times[name].append(time.perf_counter() - began)
    return times


def machine() -> dict[str, Any]:
    """Where this was measured: no figure is comparable with another machine's."""
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {name: version(name) for name in ("ortools", "pydantic", "typer", "rich")},
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def names_of(text: str) -> list[str]:
    """`default,floor` as a list."""
    return [part.strip() for part in text.split(",") if part.strip()]


def read(path: Path) -> dict[str, Any]:
    """A written result."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
