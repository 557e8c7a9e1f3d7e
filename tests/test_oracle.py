"""The solver against the oracle: hundreds of tiny requests, every week of each tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from math import prod

import pytest

from microcycle.errors import InputError
from microcycle.solver.families import families
from microcycle.solver.problem import Problem
from microcycle.solver.solve import Limits, Result, solve
from tests import oracle
from tests.tiny import RULES, Spec, problem_of, tiny

CHUNKS = 10
MANY = ("clock", "habit", "load-shape", "longest-window", "spacing-days", "spacing-hours", "streak", "when")
EACH = {family: 5 if family in MANY else 3 for family in RULES}
"""Requests for each family in a chunk; more where a rule seldom binds."""
PLANS, WEEKS = 600, 6000
"""A request has at most so many plans a day, and weeks before any pruning."""
BINDING = 2
"""In each chunk every family binds in at least so many requests."""
LIMITS = Limits(deterministic=20.0, seconds=600.0)
WAYS: tuple[dict[str, bool], ...] = ({}, {"apart": True}, {"lazy": False})


def claim(result: Result) -> oracle.Levels | None:
    """The level vector of a proven answer, None for *infeasible*."""
    assert result.proven
    return tuple(value.value for value in result.levels) if result.outcome == "solved" else None


def requests(family: str, chunk: int) -> Iterator[tuple[str, Spec, Problem, list[list[oracle.Plan]]]]:
    """The chunk's requests of a family: every CHUNKS-th that is small enough."""
    seed, found = chunk, 0
    while found < EACH[family]:
        spec = tiny(seed, family)
        try:
            problem = problem_of(spec)
        except InputError:
            days = None
        else:
            days = oracle.plans(problem, limit=PLANS)
        if days is not None and prod(map(len, days)) <= WEEKS:
            yield f"tiny({seed}, {family!r})", spec, problem, days
            found += 1
        seed += CHUNKS


def binds(family: str, spec: Spec, problem: Problem, answer: oracle.Levels | None) -> bool:
    """Whether the answer is another without the family's rules.

    Without availability, pins are gone and every day is free: the places hold it even where no rule says so.
    """
    if family == "availability":
        free = {"availability": {"daily": "05:00-23:00"}, "pinned": [], "grid": 60}
        without = problem_of({**spec, **free})
    else:
        without = replace(problem, rules=tuple(r for r in problem.rules if r.clause.family != family))
    result = solve(without, LIMITS, explain=False)
    return result.outcome != "unknown" and tuple(v.value for v in result.levels) != (answer or ())


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_agrees_with_the_oracle(chunk: int) -> None:
    """Feasibility and level vectors, with presolve and without, whichever way the levels are solved."""
    count, infeasible, movable = 0, 0, 0
    bound: Counter[str] = Counter()
    for family in sorted(RULES):
        for name, spec, problem, days in requests(family, chunk):
            truth = oracle.best(problem, days)
            ways = WAYS[count % len(WAYS)]
            assert claim(solve(problem, LIMITS, **ways, verify=True, explain=False)) == truth.levels, (name, ways)
            count += 1
            infeasible += truth.levels is None
            movable += any(len(oracle.starts(plans)) > 1 for plans in days)
            owned = {r.clause.family for r in problem.rules if r.path and "own" in str(r.path[-1])} | {family}
            for one in sorted(owned):
                bound[one] += binds(one, spec, problem, truth.levels)
    print(chunk, count, infeasible, movable, sorted(bound.items()))
    assert count == sum(EACH.values())
    assert infeasible * 10 >= count * 3
    assert movable * 2 >= count
    assert {family for family in RULES if bound[family] < BINDING} == set()


def test_the_chunks_hold_enough() -> None:
    assert families() == RULES.keys()
    assert CHUNKS * sum(EACH.values()) >= 400
    assert CHUNKS * BINDING >= 20
