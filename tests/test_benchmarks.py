"""The benchmarks' own arithmetic and honesty: suites, manifest, contradictions, ratios."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from benchmarks import tables
from benchmarks.instances import HARD, STANDARD, suite
from benchmarks.rows import Sample, defaults
from benchmarks.run import contradictions, manifest, measured
from microcycle.solver.solve import TUNED

SAMPLE = Sample(
    "ours", "a", 0, "solved", True, 2.0, {**dict.fromkeys(tables.PHASES, 0.0), "solve": 1.0}, {"key": 0, "counts": 7}
)
KNOWN = {"outcome": "solved", "levels": {"key": 0, "counts": 7}}


@pytest.mark.parametrize(("name", "size"), [("standard", STANDARD), ("hard", HARD)])
def test_suites_are_always_the_same(name: str, size: int) -> None:
    instances = suite(name)
    assert len(instances) == len({i.name for i in instances}) == size
    assert all(json.loads(i.text)["goal"] for i in instances)


def test_the_manifest_is_whole_and_one_in_seven_cannot_be_done() -> None:
    known = manifest("standard")
    assert known.keys() == {i.name for i in suite("standard")}
    infeasible = [name for name, entry in known.items() if entry["outcome"] == "infeasible"]
    assert len(infeasible) * 100 >= 15 * STANDARD


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({}, False),
        ({"levels": {"key": 0, "counts": 6}}, True),
        ({"levels": {"key": 0, "counts": 8}}, True),
        ({"levels": {"key": 0, "counts": 8}, "proven": False}, False),
        ({"levels": {"key": 0, "counts": 6}, "proven": False}, True),
        ({"outcome": "infeasible", "levels": {}}, True),
        ({"outcome": "unknown", "levels": {}, "proven": False}, False),
        ({"row": "floor", "levels": {}}, False),
    ],
)
def test_what_the_manifest_contradicts(change: dict[str, Any], wrong: bool) -> None:
    assert bool(contradictions(replace(SAMPLE, **change), KNOWN)) == wrong
    assert contradictions(SAMPLE, None) == []


def test_rows_are_interleaved_and_agree_with_the_manifest() -> None:
    instances = [i for i in suite("standard") if "tight" in i.name][:4]
    samples, wrong = measured(instances, ["default", "floor"], manifest("standard"), repeats=2, cap=600.0)
    assert wrong == []
    assert [s.instance for s in samples[::3]] == [i.name for i in instances] * 2
    assert {(s.row, s.instance, s.repeat) for s in samples} == {
        (row, i.name, n) for row in ("ours", "default", "floor") for i in instances for n in (0, 1)
    }
    assert all(s.total >= sum(s.phases.values()) * 0.99 for s in samples if s.row == "ours")


def test_defaults_are_not_ours() -> None:
    assert defaults().keys() == TUNED.keys() - {"num_workers"}
    assert any(defaults()[name] != TUNED[name] for name in defaults())


def test_compare_tells_slower_from_noise() -> None:
    def result(*factors: float) -> dict[str, object]:
        samples = [
            asdict(replace(SAMPLE, instance=f"i{n}", total=2.0 * f, phases={**SAMPLE.phases, "solve": f}))
            for n, f in enumerate(factors)
        ]
        return {"samples": samples}

    console = Console(file=StringIO())
    steady = result(*[1.0] * 20)
    assert tables.compare(steady, result(*[1.5] * 20), console) == 1
    assert tables.compare(steady, result(*[0.5] * 20), console) == 0
    assert tables.compare(steady, result(*[0.7, 1.4] * 10), console) == 0


def test_the_interval_holds_the_median() -> None:
    middle, low, high = tables.interval([0.5, 1.0, 1.0, 2.0, 4.0])
    assert middle == pytest.approx(1.0)
    assert low <= middle <= high
