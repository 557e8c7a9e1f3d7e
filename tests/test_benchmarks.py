"""The benchmarks' own arithmetic and honesty: suites, manifest, rows, contradictions, ratios, search, report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from io import StringIO
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest
from rich.console import Console

from benchmarks import goals, report, run, tables, tune
from benchmarks.instances import HARD, STANDARD, TINY, Instance, suite
from benchmarks.peers import PeerAnswer, highs, textbook
from benchmarks.rows import ROWS, Sample, counted, defaults, peer, rows
from benchmarks.run import Effort, contradictions, disagreements, manifest, measured, names_of
from benchmarks.tiny import RULES
from microcycle.models.catalogue import catalogue
from microcycle.models.clock import DAYS
from microcycle.solver import cpsat
from microcycle.solver.families import POSTS, families
from microcycle.solver.problem import Problem
from microcycle.solver.resolve import resolve
from microcycle.solver.search import TUNED

SAMPLE = Sample(
    "ours", "a", 0, "solved", True, 2.0, {**dict.fromkeys(tables.PHASES, 0.0), "solve": 1.0}, {"key": 0, "counts": 7}
)
KNOWN = {"outcome": "solved", "levels": {"key": 0, "counts": 7}}


@pytest.mark.parametrize(("name", "size"), [("standard", STANDARD), ("hard", HARD), ("tiny", TINY * len(RULES))])
def test_suites_are_always_the_same(name: str, size: int) -> None:
    instances = suite(name)
    assert len(instances) == len({i.name for i in instances}) == size
    assert all(json.loads(i.text)["goal"] for i in instances)


@pytest.mark.parametrize("name", ["standard", "tiny"])
def test_the_manifest_is_whole_and_one_in_seven_cannot_be_done(name: str) -> None:
    known, instances = manifest(name), suite(name)
    assert known.keys() == {i.name for i in instances}
    infeasible = [name for name, entry in known.items() if entry["outcome"] == "infeasible"]
    assert len(infeasible) * 100 >= 15 * len(instances)


@pytest.mark.parametrize("every", [5, 10, 20])
def test_a_part_of_the_suite_is_like_the_whole(every: int) -> None:
    part, known = suite("standard", every), manifest("standard")
    assert len(part) == STANDARD // every
    assert {known[i.name]["outcome"] for i in part} == {"solved", "infeasible"}
    assert sum(known[i.name]["outcome"] == "infeasible" for i in part) < len(part) / 2


def test_hard_weeks_are_as_they_are_described() -> None:
    """Many windows, wide lengths, all rules, three visits a day, twelve to fourteen sessions."""
    for instance in suite("hard"):
        spec = json.loads(instance.text)
        problem = resolve(instance.request(), catalogue())
        assert len(problem.windows) >= 19
        assert sum("minutes" in want for want in spec["want"].values() if isinstance(want, dict)) == 3
        assert "off" not in spec["rules"].values()
        assert spec["rules"]["max-sessions-per-day"]["visits"] == 3
        assert 12 <= int(spec["want"]["sessions"][:2]) <= int(spec["want"]["sessions"][-2:]) <= 14
        assert {window.day for window in problem.windows} == set(range(len(DAYS)))


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


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({}, False),
        ({"levels": {"key": 0, "counts": 6}}, False),
        ({"levels": {"key": 0, "counts": 8}}, True),
        ({"levels": {"key": 0, "counts": 8}, "proven": False}, False),
        ({"outcome": "infeasible", "levels": {}}, True),
    ],
)
def test_to_a_row_with_fewer_rules_the_manifest_is_a_bound(change: dict[str, Any], wrong: bool) -> None:
    assert bool(contradictions(replace(SAMPLE, **change), KNOWN, lacking=True)) == wrong
    assert contradictions(SAMPLE, {"outcome": "infeasible", "levels": {}}, lacking=True) == []


def test_what_one_row_proves_binds_the_others() -> None:
    """Only those of the same problem, and whether the manifest knows it or not."""
    better = replace(SAMPLE, levels={"key": 0, "counts": 6})
    assert disagreements([SAMPLE, replace(better, row="textbook", proven=False)], {}) != []
    assert disagreements([SAMPLE, replace(better, row="highs")], {}) == []
    assert disagreements([replace(SAMPLE, row="ours-linear"), replace(better, row="highs")], {"a": KNOWN}) != []
    assert disagreements([SAMPLE, replace(SAMPLE, row="floor", levels={})], {"a": KNOWN}) == []


def test_every_row_agrees_with_the_manifest_and_slow_ones_run_once() -> None:
    """Greedy, which searches until the cap, for an instant only: what it finds is no better."""
    known, solvers = manifest("tiny"), [name for name in ROWS if name != "greedy"]
    instances = sorted((i for i in suite("tiny") if known[i.name]["levels"]), key=lambda i: len(i.text))[:2]
    samples = measured(instances, solvers, Effort(repeats=2, cap=600.0))
    hasty = measured(instances, ["greedy"], Effort(repeats=1, cap=0.3))
    assert disagreements([*samples, *hasty], known) == []
    assert {s.row for s in hasty} == {"ours", "greedy"}
    assert {(s.row, s.instance, s.repeat) for s in samples} == {
        (name, i.name, n) for name in solvers for i in instances for n in ((0,) if ROWS[name].slow else (0, 1))
    }
    assert [s.instance for s in samples[: len(solvers)]] == [instances[0].name] * len(solvers)
    assert [s.row for s in samples[len(solvers) :][:2]] == solvers[1:3]
    for s in samples:
        assert s.total >= sum(s.phases.values()) * 0.99 or s.row == "floor"
        assert s.proven
        assert bool(s.solves) <= s.row.startswith(("ours", "default", "plain"))
        assert s.sessions <= 14
        assert s.row == "floor" or (s.windows >= 2 and s.rules >= 2)


def test_a_row_brings_what_it_is_compared_with() -> None:
    assert list(rows(["highs"])) == ["ours", "ours-linear", "highs"]
    assert names_of("floor, default") == ["ours", "default", "floor"]
    assert names_of("all") == list(ROWS)
    with pytest.raises(KeyError):
        names_of("florr")
    for row in ROWS.values():
        assert row.without == ROWS[row.base].without


def test_every_peer_takes_every_family_or_names_it() -> None:
    """Greedy asks the audit alone; HiGHS posts with our own encoding all but what it names."""
    assert POSTS.keys() == textbook.POSTS.keys() == families()
    lacking = {name: row.without for name, row in ROWS.items() if row.without}
    assert lacking == dict.fromkeys(("ours-linear", "highs", "highs-tuned"), highs.WITHOUT)
    assert families() > highs.WITHOUT


def test_a_week_that_breaks_a_rule_is_no_answer() -> None:
    """Nothing at all is placed, where the goal asks for sessions."""

    def lazy(problem: Problem, seconds: float) -> PeerAnswer:  # noqa: ARG001
        return PeerAnswer("solved", True)

    with pytest.raises(AssertionError, match="breaks"):
        peer("lazy", lazy)(suite("standard")[1], 1.0)


def test_a_stopped_solve_counts_as_the_cap() -> None:
    """Not so one that is proven, or that ended by itself."""
    late = replace(SAMPLE, proven=False, total=13.0, phases={**SAMPLE.phases, "solve": 12.0})
    assert (counted(late, 10.0).stopped, counted(late, 10.0).total) == (True, 11.0)
    assert counted(late, 10.0).phases["solve"] == 10.0
    for other in (replace(late, proven=True), replace(SAMPLE, proven=False)):
        assert counted(other, 10.0) == other


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


def test_quantiles_are_of_the_nearest_rank() -> None:
    assert [tables.quantile(range(1, 21), share) for share in (0.0, 0.05, 0.5, 0.95, 1.0)] == [1, 1, 10, 19, 20]


def test_the_interval_holds_the_median() -> None:
    middle, low, high = tables.interval([0.5, 1.0, 1.0, 2.0, 4.0])
    assert middle == pytest.approx(1.0)
    assert low <= middle <= high


# -- the search for parameters -------------------------------------------------------------------------------------------


def test_the_space_is_of_parameters_that_exist_and_leaves_correctness_alone() -> None:
    assert cpsat.defaults(tune.SPACE).keys() == tune.SPACE.keys()
    assert not tune.SPACE.keys() & {"num_workers", "random_seed", "presolve_inclusion_work_limit"}


def test_changes_come_one_by_one_then_in_twos() -> None:
    single = sum(map(len, tune.SPACE.values()))
    first = list(islice(tune.changes(Random(1)), single + 5))
    assert [len(change) for change in first[:single]] == [1] * single
    assert first == list(islice(tune.changes(Random(1)), single + 5))


@pytest.mark.parametrize(
    ("pairs", "verdict", "asked"),
    [
        ([tune.Pair(0.5, True, False)] * 20, "taken", 20),
        ([tune.Pair(0.5, True, False)] * 10 + [tune.Pair(0.9, True, False), tune.Pair(1.1, True, False)] * 5, "no gain", 20),
        ([tune.Pair(1.0, True, False), tune.Pair(0.9, True, False)] * 5, "no gain", 10),
        ([tune.Pair(1.5, True, False)] * 10, "slower", tune.ENOUGH),
        ([tune.Pair(1.0, True, True)] * 10, "no effect", tune.ENOUGH),
        ([tune.Pair(0.5, False, False)] * 10, "WRONG", 1),
        ([tune.Pair(0.5, True, False), None], "crashed", 1),
    ],
)
def test_a_change_is_taken_beyond_noise_only(pairs: list[tune.Pair | None], verdict: str, asked: int) -> None:
    answers: Iterator[tune.Pair | None] = iter(pairs)

    def run(*_: Any, **__: Any) -> tune.Pair | None:
        return next(answers)

    found = tune.trial(run, suite("tiny")[:10], dict(TUNED), {"cut_level": 1}, float("inf"))
    assert (found.verdict, len(found.ratios)) == (verdict, asked)


def test_a_search_ends_and_keeps_what_paid() -> None:
    paid = "use_objective_lb_search"

    def run(_: Instance, one: dict[str, Any], other: dict[str, Any], *, swap: bool) -> tune.Pair:  # noqa: ARG001
        faster = one.get(paid, False) and not other.get(paid, False)
        return tune.Pair(0.5 if faster else 1.0, True, False)

    best, trials = tune.search(run, suite("tiny")[:2], 0.5)
    assert best == {**TUNED, paid: True}
    assert [t.verdict for t in trials].count("taken") == 1
    assert tune.tried(trials).markdown().count("taken") == 1
    assert "1.000" in tune.held_out(run, suite("tiny")[:2], dict(TUNED))


def test_what_a_parameter_does_to_the_solver_does_not_end_the_search() -> None:
    """A pair agrees with itself; a parameter that is none is a crash, and the next pair is solved."""
    runner, instance = tune.Runner(10.0), suite("tiny")[0]
    assert runner(instance, {"no_such": 1}, {}, swap=False) is None
    found = runner(instance, {}, {}, swap=True)
    runner.pool.shutdown()
    assert found is not None
    assert (found.agree, found.same) == (True, True)


# -- tables, goals and the report ----------------------------------------------------------------------------------------


def result_of(samples: list[Sample], suite: str = "standard") -> dict[str, Any]:
    return {
        "suite": suite,
        "cap": 10.0,
        "machine": {"cores": 1, "system": "s", "python": "p", "versions": {"ortools": "v"}},
        "bases": {name: row.base for name, row in ROWS.items()},
        "samples": [asdict(sample) for sample in samples],
        "memory": {"ours": 100.0},
        "processes": {
            "plan": [1.2, 1.2],
            "import ortools": [1.0, 1.0],
            "help": [0.3, 0.3],
            "import typer, rich": [0.2, 0.2],
        },
    }


def some() -> list[Sample]:
    """Three weeks of ours, a greedy that finds the best, a worse one and none, and a peer three times as slow."""
    mine = [
        replace(SAMPLE, instance=name, sessions=n, windows=n, rules=n, solves=[{"levels": "key+counts", "seconds": 1.0,
                                                                               "deterministic": 0.1}])
        for n, name in enumerate("abc", 5)
    ]  # fmt: skip
    theirs = [replace(s, row="textbook", total=3 * s.total) for s in mine]
    found = [
        replace(mine[0], row="greedy", proven=False),
        replace(mine[1], row="greedy", proven=False, levels={"key": 2, "counts": 7}),
        replace(mine[2], row="greedy", proven=False, outcome="unknown", levels={}),
    ]
    floors = [replace(s, row="floor", phases={**s.phases, "solve": 0.01}) for s in mine]
    return [*mine, *theirs, *found, *floors]


def test_quality_tells_how_far_off_a_row_without_a_proof_is() -> None:
    grid = tables.quality(result_of(some())["samples"], result_of(some())["bases"])
    assert grid.lines == [("`greedy`", "3", "1", "1", "1", "key 1 x, median 2")]


def test_goals_are_measured_where_their_rows_were_run() -> None:
    lines = {line[0]: line[3] for line in goals.table(result_of(some())).lines}
    assert lines["file to audited week, `textbook` / `ours`"] == "3.0 x"
    assert lines["solve, `ours` / `floor`"] == "100.0 x"
    assert lines["proven"] == "100.0% within 10 s, 100.0% within 2 s"
    assert lines["process `microcycle plan` / import of ortools"] == "1.20 x"
    assert lines["solve, `highs` / `ours-linear`"] == "n/a"
    hard = goals.table(result_of(some(), "hard")).lines
    assert [line[0] for line in hard] == ["`hard` suite, proven"]
    assert hard[0][3] == "100.0% within 10 s, 100.0% within 5 s"
    assert goals.table(result_of(some(), "tiny")).lines == []


def test_an_open_level_is_told_with_its_gap() -> None:
    open_ = replace(SAMPLE, proven=False, gap=["counts", 7, 3])
    assert tables.gaps([asdict(open_)]).lines == [("`ours`", "a", "counts", "7", "3")]


def test_the_report_is_the_same_for_the_same_run(tmp_path: Path) -> None:
    readme, result = tmp_path / "README.md", result_of(some())
    readme.write_text("one <!-- start of the report on standard --> old <!-- end of the report on standard --> two")
    written = []
    for _ in range(2):
        report.write(result, readme)
        written.append({path.name: path.read_bytes() for path in [readme, *(tmp_path / "plots").iterdir()]})
    assert written[0] == written[1]
    assert written[0].keys() == {"README.md", "standard-ratios.svg", "standard-sizes.svg"}
    text = readme.read_text()
    assert text.startswith("one <!-- start")
    assert text.endswith("--> two")
    assert "old" not in text.split("<!--")[1]
    assert "| `textbook` / `ours` | total | 3.00 |" in text
    with pytest.raises(ValueError, match="no place"):
        report.write(result_of(some(), "tiny"), readme)


def test_a_plotted_line_goes_through_medians_of_weeks_of_growing_size() -> None:
    points = [(4, 1.0), *[(7, float(n)) for n in range(10)], (12, 3.0), (13, 5.0)]
    line = report.binned(points)
    assert [x for x, _ in line] == [7, 12.5]
    assert line[-1] == (12.5, 4.0)


def test_the_readme_has_a_place_for_each_report_and_names_each_row() -> None:
    text = (run.HERE / "README.md").read_text(encoding="utf-8")
    for name in ("standard", "hard"):
        assert text.index(f"<!-- start of the report on {name} -->") < text.index(f"<!-- end of the report on {name} -->")
    assert all(f"| `{name}` |" in text for name in ROWS)


def test_memory_is_of_a_process_of_its_own() -> None:
    found = run.peaks("tiny", ["floor"], Effort(memory=1))
    assert 20 < found["floor"] < 2000


def test_the_manifest_is_never_contradicted_and_keeps_what_is_not_proven_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, *_ = (i.name for i in suite("tiny"))
    samples = {first: SAMPLE, second: replace(SAMPLE, proven=False)}
    monkeypatch.setattr(run, "MANIFEST", tmp_path / "manifest.json")
    monkeypatch.setattr(run, "suite", lambda _: [i for i in suite("tiny") if i.name in samples])
    monkeypatch.setitem(ROWS, "ours", replace(ROWS["ours"], answer=lambda instance, _: samples[instance.name]))
    run.MANIFEST.write_text(json.dumps({"other": {}, "tiny": {second: KNOWN, "gone": KNOWN}}))
    assert run.write_manifest("tiny", 10.0) == 0
    assert json.loads(run.MANIFEST.read_text()) == {"other": {}, "tiny": {first: KNOWN, second: KNOWN}}
    samples[first] = replace(SAMPLE, levels={"key": 0, "counts": 8})
    assert run.write_manifest("tiny", 10.0) == 1
    assert run.manifest("tiny")[first] == KNOWN
