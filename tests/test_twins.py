"""A kind is its ancestors: what is like another session is judged as that one is, wherever it stands for it."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from asks import refusal, resolved

from microcycle.models.catalogue import catalogue, expressions
from microcycle.models.clock import DAY_MIN
from microcycle.models.derive import derive
from microcycle.models.selector import Piece, Selectors, terms
from microcycle.solver.audit import audit
from microcycle.solver.problem import Placed, Problem
from microcycle.solver.solve import solve

GOALS = ("run-5k", "run-marathon", "hybrid-vo2-strength", "hybrid-advanced", "sprint-team-sport", "health-longevity")
KINDS = [name for name in catalogue().kinds if name != "rest"]
TWIN = """
sessions: {{one: {{like: {0}}}, twin: {{like: one}}}}
athlete: {{experience: advanced, age: 52, easy_pace: '5:30 /km'}}
"""


def weeks(problem: Problem, kind: str, rng: Random) -> list[tuple[Placed, ...]]:
    """A drawn week with the kind on three days, and the same with its twin: alone, behind a lift, beside what is hard."""
    kinds = problem.kinds
    others = [kinds[name] for name in ("long-run", "heavy-lower", "tempo-run", "full-body", "race", "easy-run")]
    days = rng.sample(range(7), 3)
    found = []
    for day in range(7):
        at = day * DAY_MIN + 420
        other = rng.choice(others)
        if day in days:
            minutes = rng.choice(kinds[kind].minutes.grid)
            found.append(Placed(kinds[kind], minutes, day, at, 0))
            at += minutes + rng.choice((0, 240, 480))
        if rng.random() < 0.6:
            minutes = rng.choice(other.minutes.grid)
            found.append(Placed(other, minutes, day, at, 1))
            finisher = kinds[kind].finisher
            if finisher is not None and other.modality == "lift":
                found.append(Placed(kinds[kind], finisher.min, day, at + minutes, 1, finisher=kinds[kind].counts))
    swapped = [replace(piece, kind=kinds["twin"]) if piece.kind.id == kind else piece for piece in found]
    return [tuple(found), tuple(swapped)]


def judged(problem: Problem, week: tuple[Placed, ...]) -> tuple[Any, ...]:
    found = audit(problem, week)
    matches = [(m.instance.index, m.finding.amount, m.finding.days, m.finding.value, m.finding.limit) for m in found.matches]
    return matches, found.levels


@pytest.mark.parametrize("kind", KINDS)
def test_a_twin_breaks_what_its_kind_breaks_at_the_same_cost(kind: str) -> None:
    rng = Random(f"twin {kind}")
    for goal in rng.sample(GOALS, 2):
        problem = resolved(TWIN.format(kind), goal=goal)
        for _ in range(3):
            week, swapped = weeks(problem, kind, rng)
            assert judged(problem, week) == judged(problem, swapped)


@pytest.mark.parametrize(
    ("kind", "goal", "at", "more"),
    [
        (
            "medium-long-run",
            "run-marathon",
            "{day: sun, start: '08:00', minutes: 90}",
            "rules: {easy-day-after-long-run: off}",
        ),
        ("race", "run-10k", "{day: sat, start: '09:00', minutes: 60}", ""),
        ("tempo-touch", "hybrid-vo2-strength", "{day: wed}", "primary: run"),
    ],
)
def test_a_twin_that_is_fixed_has_the_week_of_its_kind(kind: str, goal: str, at: str, more: str) -> None:
    text = f"{TWIN.format(kind)}{more}\npinned: [{{session: {{0}}, {at[1:]}]\n"
    one, other = (solve(resolved(text.replace("{0}", name), goal=goal)) for name in (kind, "twin"))
    assert one.outcome == other.outcome == "solved"
    assert one.levels == other.levels


def test_a_hard_rule_names_the_own_session_too() -> None:
    fixed = (
        "pinned: [{session: long-run, day: sat, start: '08:00', minutes: 115}, {session: trail, day: sun, start: '08:00'}]"
    )
    text = f"sessions: {{trail: {{like: medium-long-run}}}}\nrules: {{easy-day-after-long-run: off}}\n{fixed}"
    assert solve(resolved(text, goal="run-marathon")).outcome == "infeasible"


def test_rules_name_selectors_and_no_kinds() -> None:
    """What a rule is about is in its selector's row: an own session that changes it is another thing to that rule."""
    named = {t.name for r in catalogue().rules.values() for c in r.clauses for text in expressions(c) for t in terms(text)}
    assert not named & catalogue().kinds.keys()


@pytest.mark.parametrize(
    ("kind", "changes", "selector"),
    [
        ("medium-long-run", {"modality": "cross"}, "medium-long-like"),
        ("hill-repeats", {"intensity": "easy"}, "hills-like"),
        ("full-body", {"leg_load": "none"}, "full-body-like"),
        ("race", {"intensity": "easy"}, "race-like"),
    ],
)
def test_what_an_own_session_changes_it_is_no_more(kind: str, changes: dict[str, str], selector: str) -> None:
    base = catalogue().kinds[kind]
    kinds = dict(catalogue().kinds) | {"same": derive(base, "same", {}), "other": derive(base, "other", changes)}
    selectors = Selectors(dict(catalogue().selector_rows), kinds)
    meant = {
        name: selectors.holds(selector, Piece(kinds[name], base.minutes.default, False)) for name in (kind, "same", "other")
    }
    assert meant == {kind: True, "same": True, "other": False}


# --- what is asked for by name --------------------------------------------------------------------------------------


def test_an_own_session_counts_as_what_it_is_like_and_not_the_other_way_round() -> None:
    trail = "sessions: {trail: {like: medium-long-run}}\n"
    problem = resolved(trail + "want: {trail: 1}", goal="run-marathon")
    names = {of: {problem.options[o].kind.id for o in problem.members(of)} for of in ("trail", "medium-long-run")}
    assert names == {"trail": {"trail"}, "medium-long-run": {"trail", "medium-long-run"}}
    (week,) = [solve(resolved(trail + "want: {medium-long-run: 1, trail: 1}", goal="run-marathon"))]
    assert [p.kind.id for p in week.pieces if p.kind.id in ("trail", "medium-long-run")] == ["trail"]


def test_an_own_session_may_take_the_place_of_what_it_is_like() -> None:
    """It has the lengths that the card has for that one, and goes with the group but not with the name that is left out."""
    own = "sessions: {jog: {like: easy-run}}\nwant: {jog: 3}\n"
    problem = resolved(own + "exclude: easy-run")
    kinds = {option.kind.id for option in problem.options}
    assert "jog" in kinds
    assert "easy-run" not in kinds
    lengths = [[o.minutes for o in resolved(own).options if o.kind.id == name] for name in ("jog", "easy-run")]
    assert lengths[0] == lengths[1]
    assert "left out at" in refusal(own + "exclude: runs < 90")
    assert "left out at" in refusal("sessions: {jog: {like: easy-run}}\nwant: {jog: 3, easy-run: 0}")
    assert "a race is not planned" in refusal("sessions: {cup: {like: race}}\nwant: {cup: 1}")


def test_strides_go_behind_what_is_like_an_easy_run() -> None:
    problem = resolved("sessions: {jog: {like: easy-run}}\nwant: {jog: 3}", goal="run-5k")
    assert ("jog", "strides") in problem.combos
