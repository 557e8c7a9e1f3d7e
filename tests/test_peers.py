"""The benchmarks' peers solve the same problems: HiGHS agrees with us, a greedy search is never better."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from benchmarks.peers import Peer, PeerAnswer, greedy, highs, lacking
from benchmarks.tiny import RULES, problem_of, tiny
from microcycle import load_request
from microcycle.errors import InputError
from microcycle.models.catalogue import catalogue
from microcycle.solver.audit import audit
from microcycle.solver.problem import Problem
from microcycle.solver.resolve import resolve
from microcycle.solver.search import Limits
from microcycle.solver.solve import Result, solve

FAMILIES = sorted(RULES.keys() - highs.WITHOUT)
EXAMPLE = Path(__file__).parent.parent / "examples" / "jamie.yaml"
LIMIT = 60.0


def problems(family: str, count: int) -> Iterator[Problem]:
    """The first requests of a family that can be read."""
    seed = 0
    while count:
        try:
            yield problem_of(tiny(seed, family), f"tiny({seed}, {family!r})")
            count -= 1
        except InputError:
            pass
        seed += 1


@cache
def example() -> Problem:
    return resolve(load_request(EXAMPLE), catalogue())


def levels_of(problem: Problem, answer: PeerAnswer) -> list[int] | None:
    """As the audit has them, None for *infeasible*."""
    if answer.outcome == "infeasible":
        return None
    checked = audit(problem, answer.pieces)
    assert not checked.hard
    return [checked.levels[level] for level in problem.levels]


def ours(problem: Problem) -> tuple[Result, list[int] | None]:
    result = solve(problem, Limits())
    assert result.proven
    return result, [value.value for value in result.levels] if result.outcome == "solved" else None


def agrees(problem: Problem, peer: Peer) -> bool:
    """Whether the problem can be solved; AssertionError if the peer differs from us."""
    problem = lacking(problem, highs.WITHOUT)
    answer = peer(problem, LIMIT)
    result, levels = ours(problem)
    assert answer.proven
    assert answer.outcome == result.outcome
    assert levels_of(problem, answer) == levels
    return levels is not None


def test_highs_agrees() -> None:
    """On weeks of each family of rules, of which some cannot be met, and on an ordinary one."""
    assert {True, False} == {agrees(problem, highs.solve) for family in FAMILIES for problem in problems(family, 1)}
    assert agrees(example(), highs.solve)


def test_tuned_highs_agrees() -> None:
    for family in FAMILIES[::4]:
        assert all(agrees(problem, highs.tuned) in (True, False) for problem in problems(family, 1))
    assert agrees(example(), highs.tuned)


def test_highs_is_kept_out_of_our_process() -> None:
    code = "import sys, benchmarks.peers.highs; sys.exit('highspy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=EXAMPLE.parent.parent, check=False).returncode == 0


def test_highs_leaves_out_what_no_row_states() -> None:
    assert {rule.clause.family for rule in example().rules} >= highs.WITHOUT
    assert not {rule.clause.family for rule in lacking(example(), highs.WITHOUT).rules} & highs.WITHOUT


def test_greedy_is_never_better() -> None:
    found = 0
    for family in sorted(RULES):
        for problem in problems(family, 1):
            found += never_better(problem, 120)
    assert found
    assert never_better(example(), 800)


def never_better(problem: Problem, most: int) -> bool:
    """Whether the search found a week; AssertionError if that cannot be."""
    answer = greedy.solve(problem, LIMIT, most=most)
    assert not answer.proven
    if answer.outcome == "unknown":
        return False
    _, levels = ours(problem)
    theirs = levels_of(problem, answer)
    assert levels is not None
    assert theirs is not None
    assert theirs >= levels
    return True


def test_greedy_is_the_same_for_a_seed() -> None:
    once, again = (greedy.solve(example(), LIMIT, most=400) for _ in range(2))
    assert once.pieces == again.pieces
    assert (once.outcome, again.outcome) == ("solved", "solved")
