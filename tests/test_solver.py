"""The solver's own machinery: the thin layer over CP-SAT, rules that wait, turns, limits, and what a window can hold."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from math import inf
from typing import Any

import pytest
from asks import resolved

from benchmarks.instances import suite
from benchmarks.tiny import problem_of
from microcycle.models.catalogue import catalogue
from microcycle.solver import cpsat, encoding, search
from microcycle.solver.cliques import MANY, Cliques
from microcycle.solver.cpsat import Expr, Model, Var, bounds, negate
from microcycle.solver.families import spacing_hours
from microcycle.solver.levels import LevelSum
from microcycle.solver.problem import Problem
from microcycle.solver.resolve import resolve
from microcycle.solver.search import TUNED, Limits, Search, Stats
from microcycle.solver.solve import Result, _open, encode, solve

# -- CP-SAT's core -------------------------------------------------------------------------------------------------------


def test_the_solver_comes_without_its_python_front() -> None:
    code = "import sys, microcycle.solver.solve; print(sorted({'ortools', 'pandas', 'numpy'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "['ortools']"


def test_a_model_says_what_it_means() -> None:
    model = Model()
    a, b, c = model.new_bool(), model.new_bool(), model.new_int(10)
    square, grid = model.product(c, c), model.new_grid([3, 5, 7])
    model.clause([a, b])
    model.at_most_one([a, b])
    model.imply(a, ~b)
    model.at_most([(1, square)], 40, [a])  # c <= 6 where a
    model.at_least([(1, grid), (-1, c)], 0)
    model.minimise([(-10, c), (1, a), (1, grid)])
    answer = cpsat.run(model, TUNED)
    assert answer.status == "optimal"
    assert [answer.values[v] for v in (a, b, c, square, grid)] == [0, 1, 7, 49, 7]
    assert answer.bound == -63
    assert cpsat.true(b, answer.values)
    assert cpsat.true(~a, answer.values)
    assert (Expr(((2, c), (1, a))) - 3).value(answer.values) == 11


def test_a_known_bound_is_kept_and_a_fixed_variable_stays() -> None:
    model = Model()
    a = model.new_int(9)
    model.minimise([(1, a)], 4, 9)
    assert cpsat.run(model, TUNED).values[a] == 4
    model.fix(a, 8)
    assert cpsat.run(model, TUNED).values[a] == 8
    copy = model.copy()
    copy.at_most([(1, a)], 7)
    assert cpsat.run(copy, TUNED).status == "infeasible"
    assert cpsat.run(model, TUNED).status == "optimal"


def test_assumptions_in_conflict_are_named() -> None:
    model = Model()
    a, b, c = model.new_bool(), model.new_bool(), model.new_bool()
    model.clause([~a, ~b])
    model.assume([a, b, c])
    answer = cpsat.run(model, TUNED)
    assert answer.status == "infeasible"
    assert answer.core == frozenset((a, b))
    assert not answer.values
    model.assume([a, c])
    assert cpsat.run(model, TUNED).status == "optimal"


def test_what_the_solver_cannot_take_is_an_error() -> None:
    model = Model()
    with pytest.raises(AttributeError, match="no_such_parameter"):
        cpsat.run(model, {"no_such_parameter": 1})
    model.clause([Var(3)])
    with pytest.raises(ValueError, match="Invalid literal"):
        cpsat.run(model, TUNED)


def test_sums_over_negations_and_known_values() -> None:
    a, b = Var(0), Var(1)
    assert bounds([(3, True), (5, False), (2, ~a), (4, b), (1, b)]) == (5, [(-2, a), (5, b)], 3, 10)
    assert (negate(True), negate(a), negate(~a)) == (False, ~a, a)


# -- the way of solving changes no value -----------------------------------------------------------------------------------


@cache
def problems() -> tuple[Problem, ...]:
    """Weeks in which some rule that waits is broken on the way."""
    chosen = [i for i in suite("standard") if i.name.startswith(("012", "072", "088", "148", "164"))]
    assert len(chosen) == 5
    return tuple(resolve(i.request(), catalogue()) for i in chosen)


def found(problem: Problem, work: float = inf) -> Result:
    return solve(problem, Limits(work, 300.0))


def levels(result: Result) -> list[int]:
    return [value.value for value in result.levels]


@pytest.mark.parametrize("number", range(5))
def test_turns_change_how_it_is_found_and_not_what(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problems()[number]
    once = found(problem)
    short: Any = ((0.002, {}), (0.004, {"linearization_level": 1, "cut_level": 0}), (inf, {}))
    monkeypatch.setattr(search, "TURNS", short)
    stopped: list[bool] = []

    def watched(model: Model, parameters: cpsat.Parameters) -> cpsat.Answer:
        answer = cpsat.run(model, parameters)
        stopped.append(answer.status not in ("optimal", "infeasible"))
        return answer

    monkeypatch.setattr(search, "run", watched)
    turned, again = found(problem), found(problem)
    assert any(stopped)
    assert once.proven
    assert turned.proven
    assert levels(turned) == levels(once)
    assert (turned.pieces, turned.stats.deterministic) == (again.pieces, again.stats.deterministic)


def lifts_and_runs(rules: str, *, known: bool = True) -> tuple[Cliques, dict[str, list[Var]]]:
    """The cliques of a week with two windows a day, and Monday's choices: lifts, runs; Tuesday's lifts."""
    problem = resolved(f"{rules}", when="availability: {daily: ['06:00-08:00', '17:00-20:00']}\n")
    chosen = {
        (place.index, o): Var(n)
        for n, (place, o) in enumerate((place, o) for place in problem.places for o in (*place.options, *place.attached))
    }
    found: dict[str, list[Var]] = {"lifts": [], "runs": [], "tuesday": []}
    for (place, o), v in chosen.items():
        day, modality = problem.places[place].day, problem.options[o].kind.modality
        if (day, modality) == (0, "lift"):
            found["lifts"].append(v)
        elif (day, modality) == (0, "run") and not problem.options[o].attached:
            found["runs"].append(v)
        elif (day, modality) == (1, "lift"):
            found["tuesday"].append(v)
    assert all(len(lits) > 3 for lits in found.values())
    return Cliques(problem, chosen, rules=known), found


def test_what_a_day_may_hold_once_is_one_clique() -> None:
    cliques, monday = lifts_and_runs("rules: {max-sessions-per-day: {runs: 2}}\n")
    assert cliques.alone(monday["lifts"])
    assert cliques.cover(monday["lifts"]) == [monday["lifts"]]
    assert (cliques.most(monday["lifts"]), cliques.most(monday["runs"])) == (1, 2)
    assert not cliques.alone(monday["runs"])
    assert len(cliques.cover(monday["runs"])) > 1
    assert sorted(v for clique in cliques.cover(monday["runs"]) for v in clique) == sorted(monday["runs"])
    both = monday["lifts"] + monday["tuesday"]
    assert not cliques.alone(both)
    assert cliques.cover(both) == [monday["lifts"], monday["tuesday"]]
    assert cliques.most(both) == MANY


@pytest.mark.parametrize(("rules", "known"), [("rules: {max-sessions-per-day: soft}\n", True), ("", False)])
def test_a_rule_that_may_be_broken_makes_no_clique(rules: str, known: bool) -> None:
    cliques, monday = lifts_and_runs(rules, known=known)
    assert not cliques.alone(monday["lifts"])
    assert cliques.most(monday["lifts"]) == MANY
    parts = cliques.cover(monday["lifts"])
    assert [len({cliques.part[v] for v in part}) for part in parts] == [1] * len(parts)


@pytest.mark.parametrize("name", ["014-hypertrophy", "022-sprint", "102-strength", "134-run-5k", "162-run-half"])
def test_cliques_tighten_the_search_and_change_no_value(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (instance,) = (i for i in suite("standard") if i.name.startswith(name))  # two windows a day
    problem = resolve(instance.request(), catalogue())
    tight = found(problem)
    monkeypatch.setattr(encoding, "Cliques", lambda problem, choices, **_: Cliques(problem, choices, rules=False))
    loose = found(problem)
    assert loose.proven
    assert levels(loose) == levels(tight)
    assert loose.stats.constraints != tight.stats.constraints


@pytest.mark.parametrize("name", ["014-hypertrophy", "026-run-marathon", "047-sprint", "134-run-5k", "179-run-10k"])
def test_lengths_that_exclude_each_other_were_excluded_before(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (instance,) = (i for i in suite("standard") if i.name.startswith(name))
    problem = resolve(instance.request(), catalogue())
    enc, _ = encode(problem)
    said, best = len(enc.model.proto.constraints), {v.level: v.value for v in found(problem).levels}
    monkeypatch.setattr(spacing_hours._Poster, "_by_length", lambda *_: None)
    enc, _ = encode(problem)
    assert len(enc.model.proto.constraints) < said
    assert {v.level: v.value for v in found(problem).levels} == best


@pytest.mark.parametrize("number", range(5))
def test_a_limit_loses_no_week(number: int) -> None:
    """More work never ends with less; an open level's bound is never above its best value."""
    problem = problems()[number]
    whole = found(problem)
    best = levels(whole)
    last: list[int] | None = None
    for share in (0.05, 0.2, 0.4, 0.6, 0.8, 0.95):
        cut = found(problem, share * whole.stats.deterministic)
        if cut.outcome == "unknown":
            assert last is None
            continue
        assert levels(cut) >= best
        assert last is None or levels(cut) <= last
        last = levels(cut)
        is_open = next((n for n, value in enumerate(cut.levels) if not value.proven), None)
        if is_open is not None:
            assert levels(cut)[:is_open] == best[:is_open]
            assert cut.levels[is_open].bound <= best[is_open]
            assert not any(value.proven or value.bound for value in cut.levels[is_open + 1 :])
    assert last is not None


def test_rules_that_wait_are_soft_and_of_the_rulebook() -> None:
    waiting = {rule.id for rule in catalogue().rules.values() if rule.lazy}
    assert {"monotony-max", "same-hours", "long-run-share"} <= waiting
    for problem in problems():
        _, left_out = encode(problem, lazy=True)
        assert {instance.rule.id for instance in left_out.values()} <= waiting
        assert not any(instance.hard for instance in left_out.values())
        assert encode(problem)[1] == {}


@pytest.mark.parametrize(
    ("bound", "claims"),
    [
        (23, [(2, True), (3, True)]),
        (22, [(2, True), (2, False)]),
        (20, [(2, True), (0, False)]),
        (19, [(1, False), (0, False)]),
        (0, [(0, False), (0, False)]),
    ],
)
def test_the_bound_of_a_sum_speaks_of_its_levels_in_order(bound: int, claims: list[tuple[int, bool]]) -> None:
    """Of 10 a + b, found at 23, b from 0 to 9."""
    a, b = Var(0), Var(1)
    group = [LevelSum("key", ((1, a),), 1, 0, 0, 5), LevelSum("counts", ((1, b),), 1, 0, 0, 9)]
    answer = cpsat.Answer("feasible", (2, 3), bound, 0.0, frozenset())
    assert [(v.bound, v.proven) for v in _open((2, 3), group, answer)] == claims


def test_a_large_model_is_solved_without_cuts() -> None:
    searches = [Search({}, Limits(), Stats()), Search({"cut_level": 1}, Limits(), Stats())]
    model = Model()
    for _ in range(search.LARGE):
        model.new_bool()
    calls: list[object] = []

    def told(_: Model, parameters: cpsat.Parameters) -> cpsat.Answer:
        calls.append(parameters["cut_level"])
        return cpsat.Answer("optimal", (), 0, 0.0, frozenset())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "run", told)
        for one in searches:
            one.least("any", Model(), [])
            one.least("any", model, [])
    assert calls == [1, 0, 1, 1]


# -- what a window can hold ------------------------------------------------------------------------------------------------


def held(window: str, *, runs: int, apart: str) -> list[set[str]]:
    """The kinds at each place of Monday, where Monday has this one window."""
    spec = {
        "athlete": {"experience": {"lift": "advanced", "run": "advanced"}},
        "goal": "hypertrophy",
        "availability": {"mon": window, "wed-sun": "06:00-09:00"},
        "policies": {"separation": apart, "order": "either"},
        "rules": {"max-sessions-per-day": {"visits": 3, "runs": runs}},
    }
    problem = problem_of(json.loads(json.dumps(spec)))
    places = [place for place in problem.places if place.day == 0]
    return [{problem.options[o].kind.modality for o in place.options if problem.options[o].kind.counts} for place in places]


def test_a_later_place_holds_only_what_can_follow() -> None:
    narrow = held("06:00-08:30", runs=2, apart="gap-3h")
    wide = held("06:00-14:00", runs=2, apart="gap-3h")
    assert "lift" in narrow[0]
    assert all("lift" not in later for later in narrow[1:])  # no lift within three hours of a run, and one lift a day
    assert "lift" in wide[1]
    assert len(held("06:00-06:35", runs=2, apart="gap-3h")) == 1
