"""How CP-SAT is called: parameters with their reasons, turns, limits, and what it took."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf

from microcycle.solver.cpsat import Answer, Model, Parameters, Term, Var, run

TUNED: Parameters = {
    "num_workers": 1,  # weeks are small: eight workers were slower than one; parallelise over athletes
    "random_seed": 1,
    "linearization_level": 2,  # the linear relaxation decides the solve time here
    "cp_model_probing_level": 0,
    "symmetry_level": 0,
    "max_presolve_iterations": 1,  # a second pass finds little: half the time of the costliest weeks, a sixth of the median
    "cut_level": 1,  # a median like 0, and far fewer weeks over a second
    "presolve_inclusion_work_limit": 0,  # or-tools #5274, #5293: wrong certified results after this presolve step
}

UNPRESOLVED: Parameters = {
    "cp_model_presolve": False,
    "use_sat_inprocessing": False,  # without presolve it aborts the process on some weeks that cannot be (ortools 9.15)
}
"""For a second proof, which shares as little as can be with the first."""

INTERRUPTIBLE: Parameters = {"catch_sigint_signal": False}
"""CP-SAT's own handler swallows an interrupt and goes on; Python's at least tells the caller afterwards."""

TURNS: tuple[tuple[float, Parameters], ...] = (
    (1.5, {}),
    (4.0, {"linearization_level": 1, "cut_level": 0}),
    (inf, {}),
)
"""Deterministic time that a solve gets before it is taken up again another way, with the week and the bound found so far.

How long a proof takes has a heavy tail, and a week that is hard with cuts is seldom hard without, nor the other way round.
"""
LARGE = 2000
"""Variables from which cuts cost more than they bring: the only turn is one without."""


@dataclass(frozen=True)
class Limits:
    """How long to try: deterministic time first, seconds on the wall as a backstop."""

    deterministic: float = 60.0
    seconds: float = 120.0


@dataclass
class Stats:
    """Phases in seconds, solver work in deterministic time; for `--stats` and the benchmarks only."""

    seconds: dict[str, float] = field(default_factory=dict)
    solves: list[dict[str, float | str]] = field(default_factory=list)
    deterministic: float = 0.0
    variables: int = 0
    constraints: int = 0
    wall_limit_hit: bool = False

    @contextmanager
    def clocked(self, phase: str) -> Iterator[None]:
        """Adds the time of the block to a phase."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[phase] = self.seconds.get(phase, 0.0) + time.perf_counter() - began


class Search:
    """The calls of CP-SAT for one question, within limits that they share."""

    def __init__(self, given: Parameters, limits: Limits, stats: Stats) -> None:
        """What is `given` goes before what is tuned."""
        self.limits, self.stats = limits, stats
        turns = [(work, {**TUNED, **change, **given}) for work, change in TURNS]
        # Turns that were made alike are one.
        self.turns = turns if turns[0][1] != turns[1][1] else [(inf, turns[0][1])]
        self._large = [(inf, {**TUNED, "cut_level": 0, **given})]
        self._turn = 0

    def least(self, name: str, model: Model, objective: Sequence[Term]) -> Answer:
        """The least value of an objective, turn by turn until one ends with a proof or a limit is reached."""
        limits, stats = self.limits, self.stats
        model.minimise(objective)
        best: Answer | None = None
        turns = self.turns[self._turn :] if len(model.high) < LARGE else self._large
        for turn, (work, parameters) in enumerate(turns):
            self._turn += turn > 0  # what this week was hard for, it is likely to be hard for again
            work = min(work, limits.deterministic - stats.deterministic)
            before = stats.seconds.get("solve", 0.0)
            with stats.clocked("solve"):
                answer = run(
                    model,
                    {
                        **parameters,
                        "max_deterministic_time": max(0.001, work),
                        "max_time_in_seconds": max(0.001, limits.seconds - before),
                    },
                )
            stats.deterministic += answer.work
            stats.solves.append({"levels": name, "seconds": stats.seconds["solve"] - before, "deterministic": answer.work})
            if answer.status in ("optimal", "infeasible"):
                return answer
            if answer.values:
                best = answer
                model.minimise(objective, answer.bound, sum(n * answer.values[v] for n, v in objective))
                model.hint({Var(v): value for v, value in enumerate(answer.values)})
            if answer.work < work:
                stats.wall_limit_hit = True
                break
            if stats.deterministic >= limits.deterministic:
                break
        return best or answer
