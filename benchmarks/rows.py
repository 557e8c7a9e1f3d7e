"""What is measured side by side: ours, the same with less of it, the peers, and the floor. `ROWS` names them all."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from typing import Any

from benchmarks.instances import Instance
from benchmarks.peers import Peer, greedy, highs, lacking, textbook
from benchmarks.tables import PHASES
from microcycle.models.catalogue import catalogue
from microcycle.solver import cpsat
from microcycle.solver.audit import audit
from microcycle.solver.problem import Placed, Problem
from microcycle.solver.report import week_of
from microcycle.solver.resolve import resolve
from microcycle.solver.search import TUNED, Limits
from microcycle.solver.solve import solve

NO_LIMIT = 1e9
"""Deterministic work: only the cap in seconds ends a solve."""
STOPPED = 0.95
"""A search without a proof that took so much of the cap was stopped by it."""


@dataclass(frozen=True)
class Sample:
    """One row's answer to one instance, times in seconds."""

    row: str
    instance: str
    repeat: int
    outcome: str
    proven: bool
    total: float
    phases: dict[str, float]
    levels: dict[str, int] = field(default_factory=dict)
    """Of the audited week."""
    work: float = 0.0
    """Deterministic time, where the solver counts it."""
    variables: int = 0
    constraints: int = 0
    solves: list[dict[str, Any]] = field(default_factory=list)
    """Each call of the solver: its levels, seconds and deterministic work; of ours only."""
    gap: list[Any] = field(default_factory=list)
    """Level, value and bound of the first level whose bound is below its value; of ours only."""
    stopped: bool = False
    """By the cap; its solve counts as the cap's time."""
    sessions: int = 0
    """In the week found."""
    windows: int = 0
    rules: int = 0


@dataclass(frozen=True)
class Row:
    """A way to answer an instance, what it is compared with, and how."""

    answer: Callable[[Instance, float], Sample]
    """Takes an instance and the cap in seconds for its solve."""
    base: str = "ours"
    """The row that its times are divided by."""
    without: frozenset[str] = frozenset()
    """Families of rules that the row, and so its base, leaves out."""
    slow: bool = False
    """Repeated fewer times."""

    def __call__(self, instance: Instance, cap: float) -> Sample:
        return counted(self.answer(instance, cap), cap)


def counted(sample: Sample, cap: float) -> Sample:
    """Whether the cap stopped it; if so, what ran over the cap does not count."""
    spent = sample.phases["build"] + sample.phases["solve"]
    if sample.proven or spent < STOPPED * cap:
        return sample
    over = max(0.0, sample.phases["solve"] - cap)
    phases = {**sample.phases, "solve": sample.phases["solve"] - over}
    return replace(sample, stopped=True, total=sample.total - over, phases=phases)


def defaults() -> cpsat.Parameters:
    """CP-SAT's own values of the parameters that we tune; one worker, as all rows."""
    return cpsat.defaults(TUNED.keys() - {"num_workers"})


def sized(sample: Sample, problem: Problem, pieces: tuple[Placed, ...]) -> Sample:
    """With what the size of the week is told by."""
    sessions = sum(piece.kind.counts and not piece.finisher for piece in pieces)
    return replace(sample, sessions=sessions, windows=len(problem.windows), rules=len(problem.rules))


def ours(
    name: str, parameters: cpsat.Parameters | None = None, *, without: frozenset[str] = frozenset(), plain: bool = False
) -> Callable[[Instance, float], Sample]:
    """File to audited week and its JSON, as `microcycle plan` does it; if `plain`, all rules at once, level by level."""

    def answer(instance: Instance, cap: float) -> Sample:
        times = [time.perf_counter()]
        request = instance.request()
        times.append(time.perf_counter())
        problem = lacking(resolve(request, catalogue()), without)
        times.append(time.perf_counter())
        limits = Limits(NO_LIMIT, cap)
        result = solve(problem, limits, parameters=parameters, apart=plain, lazy=not plain)
        times.append(time.perf_counter())
        week_of(request, problem, result).to_json()
        times.append(time.perf_counter())
        read, resolved, solved, rendered = (b - a for a, b in pairwise(times))
        stats = result.stats
        inside = {phase: stats.seconds.get(phase, 0.0) for phase in ("build", "solve", "audit")}
        # What solve() does beside its three phases is building: packing levels, hints, reading off.
        inside["build"] += solved - sum(inside.values())
        sample = Sample(
            name,
            instance.name,
            0,
            result.outcome,
            result.proven,
            times[-1] - times[0],
            {"read": read, "resolve": resolved, **inside, "render": rendered},
            {str(level): value for level, value in result.audit.levels.items()} if result.audit else {},
            stats.deterministic,
            stats.variables,
            stats.constraints,
            [dict(one) for one in stats.solves],
            next(([str(v.level), v.value, v.bound] for v in result.levels if v.bound < v.value), []),
        )
        return sized(sample, problem, result.pieces)

    return answer


def peer(name: str, solver: Peer, without: frozenset[str] = frozenset()) -> Callable[[Instance, float], Sample]:
    """A peer on the same problem, all rules but those of the families `without`; its week is audited like ours."""

    def answer(instance: Instance, cap: float) -> Sample:
        began = time.perf_counter()
        request = instance.request()
        read = time.perf_counter()
        problem = lacking(resolve(request, catalogue()), without)
        resolved = time.perf_counter()
        found = solver(problem, cap)
        solved = time.perf_counter()
        checked = audit(problem, found.pieces) if found.outcome == "solved" else None
        if checked is not None and checked.hard:
            raise AssertionError(f"{name} breaks {checked.hard[0].instance.rule.id} on {instance.name}")
        ended = time.perf_counter()
        phases = {
            "read": read - began,
            "resolve": resolved - read,
            "build": solved - resolved - found.solving,
            "solve": found.solving,
            "audit": ended - solved,
            "render": 0.0,
        }
        levels = {str(level): value for level, value in checked.levels.items()} if checked else {}
        sample = Sample(name, instance.name, 0, found.outcome, found.proven, ended - began, phases, levels)
        return sized(sample, problem, found.pieces)

    return answer


def floor(instance: Instance, cap: float) -> Sample:
    """An empty CP-SAT model with our parameters: what any solve costs at least."""
    began = time.perf_counter()
    cpsat.run(cpsat.Model(), {**TUNED, "max_time_in_seconds": cap})
    took = time.perf_counter() - began
    return Sample("floor", instance.name, 0, "solved", True, took, dict.fromkeys(PHASES, 0.0) | {"solve": took})


def rows(names: list[str]) -> dict[str, Row]:
    """The rows asked for, and those that they are compared with, in the order of ROWS. Raises KeyError for another name."""
    wanted = {"ours", *names, *(ROWS[name].base for name in names)}
    return {name: row for name, row in ROWS.items() if name in wanted}


def _highs(name: str, solver: Peer) -> Row:
    return Row(peer(name, solver, highs.WITHOUT), "ours-linear", highs.WITHOUT, slow=True)


ROWS: dict[str, Row] = {
    "ours": Row(ours("ours")),
    "default": Row(ours("default", defaults())),
    "plain": Row(ours("plain", defaults(), plain=True)),
    "textbook": Row(peer("textbook", textbook.solve), slow=True),
    "textbook-tuned": Row(peer("textbook-tuned", partial(textbook.solve, parameters=TUNED)), slow=True),
    "ours-linear": Row(ours("ours-linear", without=highs.WITHOUT), "ours-linear", highs.WITHOUT, slow=True),
    "highs": _highs("highs", highs.solve),
    "highs-tuned": _highs("highs-tuned", highs.tuned),
    "greedy": Row(peer("greedy", greedy.solve), slow=True),
    "floor": Row(floor),
}
