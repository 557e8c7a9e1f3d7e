"""What is measured side by side: ours, our model with default parameters, the peers, and the floor."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from benchmarks.instances import Instance
from benchmarks.peers import Peer, greedy, lacking, textbook
from benchmarks.tables import PHASES
from microcycle.models.catalogue import catalogue
from microcycle.solver import cpsat
from microcycle.solver.audit import audit
from microcycle.solver.report import week_of
from microcycle.solver.resolve import resolve
from microcycle.solver.solve import TUNED, Limits, solve

NO_LIMIT = 1e9
"""Deterministic work: only the cap in seconds ends a solve."""


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


Row = Callable[[Instance, float], Sample]
"""Takes an instance and the cap in seconds for its solve."""


def defaults() -> cpsat.Parameters:
    """CP-SAT's own values of the parameters that we tune; one worker, as all rows."""
    return cpsat.defaults(name for name in TUNED if name != "num_workers")


def ours(parameters: cpsat.Parameters | None = None, *, row: str = "ours") -> Row:
    """File to audited week and its JSON, as `microcycle plan` does it."""

    def run(instance: Instance, cap: float) -> Sample:
        times = [time.perf_counter()]
        request = instance.request()
        times.append(time.perf_counter())
        problem = resolve(request, catalogue())
        times.append(time.perf_counter())
        result = solve(problem, Limits(NO_LIMIT, cap), parameters=parameters, explain=False)
        times.append(time.perf_counter())
        week_of(request, problem, result).to_json()
        times.append(time.perf_counter())
        read, resolved, solved, rendered = (b - a for a, b in pairwise(times))
        inside = {name: result.stats.seconds.get(name, 0.0) for name in ("build", "solve", "audit")}
        # What solve() does beside its three phases is building: packing levels, hints, reading off.
        inside["build"] += solved - sum(inside.values())
        return Sample(
            row,
            instance.name,
            0,
            result.outcome,
            result.proven,
            times[-1] - times[0],
            {"read": read, "resolve": resolved, **inside, "render": rendered},
            {str(name): value for name, value in result.audit.levels.items()} if result.audit else {},
            result.stats.deterministic,
            result.stats.variables,
            result.stats.constraints,
        )

    return run


def peer(name: str, solver: Peer, without: frozenset[str] = frozenset()) -> Row:
    """A peer on the same problem, all rules but those of the families `without`; its week is audited like ours."""

    def run(instance: Instance, cap: float) -> Sample:
        began = time.perf_counter()
        request = instance.request()
        read = time.perf_counter()
        problem = lacking(resolve(request, catalogue()), without)
        resolved = time.perf_counter()
        answer = solver(problem, cap)
        solved = time.perf_counter()
        checked = audit(problem, answer.pieces) if answer.outcome == "solved" else None
        if checked is not None and checked.hard:
            raise AssertionError(f"{name} breaks {checked.hard[0].instance.rule.id} on {instance.name}")
        ended = time.perf_counter()
        phases = {
            "read": read - began,
            "resolve": resolved - read,
            "build": solved - resolved - answer.solving,
            "solve": answer.solving,
            "audit": ended - solved,
            "render": 0.0,
        }
        levels = {str(level): value for level, value in checked.levels.items()} if checked else {}
        return Sample(name, instance.name, 0, answer.outcome, answer.proven, ended - began, phases, levels)

    return run


def floor(instance: Instance, cap: float) -> Sample:
    """An empty CP-SAT model with our parameters: what any solve costs at least."""
    began = time.perf_counter()
    cpsat.run(cpsat.Model(), {**TUNED, "max_time_in_seconds": cap})
    took = time.perf_counter() - began
    return Sample("floor", instance.name, 0, "solved", True, took, dict.fromkeys(PHASES, 0.0) | {"solve": took})


def rows(names: list[str]) -> dict[str, Row]:
    """The rows asked for, ours first. Raises KeyError for a name that is none of ROWS."""
    return {name: ROWS[name] for name in ("ours", *(n for n in names if n != "ours"))}


ROWS: dict[str, Row] = {
    "ours": ours(),
    "default": ours(defaults(), row="default"),
    "textbook": peer("textbook", textbook.solve),
    "greedy": peer("greedy", greedy.solve),
    "floor": floor,
}
