"""Searches CP-SAT's parameters on one half of a suite, against ours, and reports on the other half."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any, Literal, NamedTuple

from rich.console import Console

from benchmarks.instances import Instance, suite
from benchmarks.rows import NO_LIMIT
from benchmarks.tables import Grid, interval
from microcycle.models.catalogue import catalogue
from microcycle.solver import cpsat
from microcycle.solver.problem import Problem
from microcycle.solver.resolve import resolve
from microcycle.solver.search import TUNED, Limits
from microcycle.solver.solve import solve

BRANCHING: Any = type(cpsat.defaults(["search_branching"])["search_branching"])
SPACE: dict[str, tuple[Any, ...]] = {
    "linearization_level": (0, 1, 2),
    "cut_level": (0, 1),
    "max_num_cuts": (100, 1000, 10000),
    "max_cut_rounds_at_level_zero": (1, 3),
    "only_add_cuts_at_level_zero": (False, True),
    "add_lp_constraints_lazily": (True, False),
    "root_lp_iterations": (100, 500, 2000, 8000),
    "exploit_all_lp_solution": (True, False),
    "exploit_objective": (True, False),
    "cp_model_probing_level": (0, 1, 2),
    "symmetry_level": (0, 1, 2),
    "max_presolve_iterations": (1, 2, 3, 5),
    "cp_model_use_sat_presolve": (True, False),
    "presolve_bve_threshold": (100, 500),
    "presolve_substitution_level": (0, 1, 2),
    "find_big_linear_overlap": (True, False),
    "merge_at_most_one_work_limit": (0.0, 1e8),
    "encode_complex_linear_constraint_with_integer": (False, True),
    "inprocessing_dtime_ratio": (0.0, 0.1, 0.2),
    "inprocessing_probing_dtime": (0.1, 1.0),
    "inprocessing_minimization_dtime": (0.1, 1.0),
    "use_lns": (True, False),
    "use_feasibility_pump": (True, False),
    "use_feasibility_jump": (True, False),
    "search_branching": tuple(
        BRANCHING.__members__[f"{name}_SEARCH"] for name in ("LP", "PSEUDO_COST", "PORTFOLIO", "HINT")
    ),
    "use_objective_lb_search": (False, True),
    "use_implied_bounds": (True, False),
    "new_linear_propagation": (True, False),
    "optimize_with_core": (False, True),
    "hint_conflict_limit": (10, 100),
    "repair_hint": (False, True),
    "use_phase_saving": (True, False),
    "use_erwa_heuristic": (False, True),
    "clause_cleanup_period": (2000, 10000),
    "instantiate_all_variables": (True, False),
}
"""What may be changed, CP-SAT's own values included; never workers, seed or presolve_inclusion_work_limit."""
ENOUGH = 8
"""Pairs after which a change that is slower beyond noise is given up."""
ROUNDS = 2
"""Over the instances, for what is to be taken and for what is held out."""

Claim = tuple[str, tuple[int, ...]] | None
"""Outcome and levels, if proven."""


class Pair(NamedTuple):
    """Two parameter sets on one instance."""

    ratio: float
    """Of their CPU times."""
    agree: bool
    """Their proofs, if both have one."""
    same: bool
    """Their deterministic work: the solver did the very same."""


Run = Callable[..., Pair | None]


Verdict = Literal["taken", "no gain", "no effect", "slower", "crashed", "WRONG", "out of time"]


@dataclass(frozen=True)
class Trial:
    """A change, its CPU time as a ratio to the best set before it, and what became of it."""

    change: cpsat.Parameters
    ratios: tuple[float, ...]
    verdict: Verdict


class Runner:
    """Solves pairs in a process of its own, which may crash."""

    def __init__(self, cap: float) -> None:
        self.cap, self.pool = cap, self._started()

    def _started(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))

    def __call__(self, instance: Instance, one: cpsat.Parameters, other: cpsat.Parameters, *, swap: bool) -> Pair | None:
        """None for a crash or an error."""
        try:
            return self.pool.submit(pair, instance, one, other, self.cap, swap=swap).result()
        except BrokenProcessPool:
            self.pool = self._started()
        except Exception:  # whatever a parameter set does to the solver, the search goes on
            pass
        return None


def pair(instance: Instance, one: cpsat.Parameters, other: cpsat.Parameters, cap: float, *, swap: bool) -> Pair:
    """Both sets on one instance, one right after the other, so that a slow moment hits both."""
    sets = [other, one] if swap else [one, other]
    answers = [_timed(_problem(instance), parameters, cap) for parameters in sets]
    (first, claim, work), (second, claimed, worked) = reversed(answers) if swap else answers
    return Pair(first / second, None in (claim, claimed) or claim == claimed, work == worked)


def _timed(problem: Problem, parameters: cpsat.Parameters, cap: float) -> tuple[float, Claim, float]:
    """CPU seconds, building included, the proof and the deterministic work."""
    began = time.process_time()
    result = solve(problem, Limits(NO_LIMIT, cap), parameters=parameters)
    spent = time.process_time() - began
    claim = (result.outcome, tuple(v.value for v in result.levels)) if result.proven else None
    return spent, claim, result.stats.deterministic


@cache
def _problem(instance: Instance) -> Problem:
    return resolve(instance.request(), catalogue())


def changes(rng: Random) -> Iterator[cpsat.Parameters]:
    """Each single change once, in random order; then two at a time, without end."""
    single = [{name: value} for name, values in SPACE.items() for value in values]
    yield from rng.sample(single, len(single))
    while True:
        first, second = rng.sample(single, 2)
        yield {**first, **second}


def trial(run: Run, instances: Sequence[Instance], best: cpsat.Parameters, change: cpsat.Parameters, until: float) -> Trial:
    """A change against the best set so far, instance by instance; what was faster has to be so again.

    Given up as soon as it is slower beyond noise, or does nothing.
    """
    pairs: list[Pair] = []

    def ended(verdict: Verdict) -> Trial:
        return Trial(change, tuple(found.ratio for found in pairs), verdict)

    for turn in range(ROUNDS):
        for number, instance in enumerate(instances):
            if time.perf_counter() > until:
                return ended("out of time")
            found = run(instance, {**best, **change}, best, swap=bool((number + turn) % 2))
            if found is None:
                return ended("crashed")
            pairs.append(found)
            if not found.agree:
                return ended("WRONG")
            if len(pairs) >= ENOUGH and all(found.same for found in pairs):
                return ended("no effect")
            if len(pairs) >= ENOUGH and interval([found.ratio for found in pairs])[1] > 1:
                return ended("slower")
        if interval([found.ratio for found in pairs[-len(instances) :]])[2] >= 1:
            return ended("no gain")
    return ended("taken")


def search(run: Run, instances: Sequence[Instance], seconds: float, seed: int = 1) -> tuple[cpsat.Parameters, list[Trial]]:
    """Ours, changed wherever a change was faster beyond noise; and all that was tried."""
    best, trials, until = dict(TUNED), list[Trial](), time.perf_counter() + seconds
    silent = cpsat.defaults(SPACE)
    for change in changes(Random(seed)):
        if time.perf_counter() > until:
            break
        if all({**silent, **best}[name] == value for name, value in change.items()):
            continue
        trials.append(trial(run, instances, best, change, until))
        if trials[-1].verdict == "taken":
            best |= change
    return best, trials


def main(name: str, *, every: int, seconds: float, cap: float) -> int:
    """Prints what was tried on the even instances and how the best set does on the odd ones."""
    console, instances, run = Console(width=125), suite(name, every), Runner(cap)
    best, trials = search(run, instances[::2], seconds)
    console.print(tried(trials).rich())
    changed = {name: value for name, value in best.items() if TUNED.get(name) != value}
    console.print(f"best: {_written(changed) or 'ours as they are'}", soft_wrap=True)
    if changed:
        console.print(held_out(run, instances[1::2], best))
    run.pool.shutdown()
    return 0


def tried(trials: Sequence[Trial]) -> Grid:
    lines = []
    for one in trials:
        middle, low, high = interval(one.ratios)
        ratio = (f"{middle:.3f}", f"{low:.3f} to {high:.3f}") if one.ratios else ("", "")
        lines.append((_written(one.change), str(len(one.ratios)), *ratio, one.verdict))
    return Grid(("change", "pairs", "CPU time", "95 % interval", "verdict"), lines, "Against the best set before it")


def held_out(run: Run, instances: Sequence[Instance], best: cpsat.Parameters) -> str:
    """The best set against ours on instances that the search has not seen."""
    pairs = [
        run(instance, best, dict(TUNED), swap=bool((number + turn) % 2))
        for turn in range(ROUNDS)
        for number, instance in enumerate(instances)
    ]
    good = [found for found in pairs if found is not None]
    middle, low, high = interval([found.ratio for found in good])
    return (
        f"held out: CPU time {middle:.3f} ({low:.3f} to {high:.3f}) of ours in the median of {len(good)} pairs, "
        f"{len(pairs) - len(good)} crashed, {sum(not found.agree for found in good)} WRONG"
    )


def _written(change: cpsat.Parameters) -> str:
    return ", ".join(f"{name}={value}" for name, value in change.items())
