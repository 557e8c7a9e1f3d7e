"""The textbook model of the benchmarks, which shares no encoding with ours, reaches the same levels on tiny weeks."""

from __future__ import annotations

import pytest

from benchmarks.peers.textbook import POSTS, solve
from benchmarks.tiny import RULES, problem_of, tiny
from microcycle.errors import InputError
from microcycle.solver.audit import audit
from microcycle.solver.families import families
from microcycle.solver.problem import Problem
from microcycle.solver.search import Limits
from microcycle.solver.solve import solve as ours

SECONDS = 30.0


def compare(problem: Problem) -> str:
    """The outcome, once it is the same."""
    wanted, found = ours(problem, Limits()), solve(problem, SECONDS)
    assert found.proven
    assert found.outcome == wanted.outcome
    if found.outcome == "solved":
        judged = audit(problem, found.pieces)
        assert not judged.hard, [match.text for match in judged.hard]
        assert judged.levels == {value.level: value.value for value in wanted.levels}
    return found.outcome


def first_of(family: str, seed: int) -> Problem:
    """The first tiny request from this seed on that can be read."""
    while True:
        try:
            return problem_of(tiny(seed, family))
        except InputError:
            seed += 1


def test_every_family_is_handled() -> None:
    assert POSTS.keys() == families()


@pytest.mark.parametrize("family", sorted(RULES))
def test_same_levels_as_ours(family: str) -> None:
    outcomes = {compare(first_of(family, seed)) for seed in (2, 4)}
    assert "solved" in outcomes


def test_out_of_time_it_proves_nothing() -> None:
    answer = solve(first_of("share", 1), 0.0)
    assert not answer.proven
    assert answer.outcome in ("unknown", "solved")
