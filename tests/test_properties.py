"""What holds of every request: audited weeks, refusals and nothing else, and laws on how answers change."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ordinary import HOURS, ordinary

from benchmarks.tiny import RULES, Spec, hhmm, problem_of
from microcycle.errors import InputError
from microcycle.models.catalogue import catalogue
from microcycle.models.clock import DAYS
from microcycle.models.reading import parse, validate
from microcycle.models.request import Request, RequestSpec
from microcycle.solver.problem import DAY_MIN, Placed, Problem
from microcycle.solver.report import week_of
from microcycle.solver.resolve import resolve
from microcycle.solver.search import Limits
from microcycle.solver.solve import Result, solve

CHUNKS = 20
REQUESTS = int(os.environ.get("MICROCYCLE_REQUESTS", "800")) // CHUNKS
LAWS = int(os.environ.get("MICROCYCLE_LAWS", "24"))
"""Requests for each law."""
LIMITS = Limits(deterministic=10.0, seconds=600.0)
Levels = tuple[int, ...]
NONE: Levels = (10**12,)
"""Worse than every week: there is none."""


def answer(problem: Problem, **how: Any) -> Result:
    result = solve(problem, LIMITS, **how)
    assert result.proven
    return result


def levels(result: Result) -> Levels:
    return tuple(value.value for value in result.levels) if result.outcome == "solved" else NONE


def best(spec: Spec) -> Levels:
    return levels(answer(problem_of(spec)))


def lawful(seed: int, *, plain: bool = False) -> Spec:
    """A request that is not refused."""
    while True:
        spec = ordinary(seed, plain=plain)
        try:
            problem_of(spec)
        except InputError:
            seed += 1000
        else:
            return spec


# -- (a) weeks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_weeks_are_legal_and_their_levels_true(chunk: int) -> None:
    """Thousands of requests over all goals; most can be met, with six sessions or more."""
    full = 0
    for seed in range(chunk, chunk + REQUESTS * CHUNKS, CHUNKS):
        spec = ordinary(seed)
        try:
            problem = problem_of(spec)
        except InputError:
            continue
        result = answer(problem)
        if result.outcome == "solved":
            assert result.audit is not None
            assert result.audit.hard == ()
            assert {v.level: v.value for v in result.levels} == result.audit.levels
            _simple_checks(spec, problem, result.pieces)
            full += sum(piece.kind.counts for piece in result.pieces) >= 6
    assert full * 2 > REQUESTS


def _simple_checks(spec: Spec, problem: Problem, pieces: tuple[Placed, ...]) -> None:
    """Without any rule's code: time, names, numbers."""
    visits: dict[tuple[int, int], list[Placed]] = {}
    for piece in pieces:
        assert piece.start is not None
        assert piece.minutes in piece.kind.minutes.grid or piece.pin is not None or piece.finisher
        assert piece.kind.id not in spec.get("exclude", ())
        visits.setdefault((piece.day, piece.visit), []).append(piece)
    spans = []
    for (day, _), visit in sorted(visits.items()):
        start, end = visit[0].start, visit[-1].end
        assert start is not None
        assert end is not None
        assert all(one.end == other.start for one, other in pairwise(visit))
        pinned = any(piece.pin is not None for piece in visit)
        assert pinned or any(_lies_in(window, day, start, end) for window in spec["availability"].get(DAYS[day], ()))
        spans.append((start, end))
    assert all(one[1] <= other[0] for one, other in pairwise(sorted(spans)))
    served = {piece.pin for piece in pieces} - {None}
    assert served == {pin.index for pin in problem.pins}
    names: Counter[str] = Counter(piece.kind.modality for piece in pieces if piece.kind.counts and not piece.finisher)
    for key, modality in (("lifts", "lift"), ("runs", "run")):
        if key in spec["want"]:
            low, high = map(int, spec["want"][key].split("-"))
            assert low <= names[modality] <= high
    for name, days in spec.get("forbid", {}).items():
        holds = problem.selectors.holds
        assert not any(DAYS[piece.day] in days and holds(name, piece.piece) for piece in pieces)


def _lies_in(window: str, day: int, start: int, end: int) -> bool:
    opens, closes = window.split("-")
    return opens <= hhmm(start - day * DAY_MIN) and hhmm(end - day * DAY_MIN) <= closes


# -- (b) any request ---------------------------------------------------------------------------------------------------


Text = st.SearchStrategy[Any]


def _specs(wild: bool) -> st.SearchStrategy[Spec]:
    """Requests whose parts are each in order, if not `wild`; then some are not. Together they may still clash."""

    def one_of(good: Iterable[Any], *bad: Any) -> Text:
        return st.sampled_from([*good, *bad]) if wild else st.sampled_from(list(good))

    kinds, groups = one_of(sorted(catalogue().kinds), "no-such-thing"), one_of(("lifts", "runs", "hard", "upper"), "stuff")
    day = one_of(DAYS, "someday", "mon-mon-")
    minute = st.integers(72, 270).map(lambda n: hhmm(5 * n))
    hours = one_of((*HOURS, "07:00-09:00", "17:30-20:30", "22:00-23:30"), "25:00-26:00", "08:00-07:00", "soon", 17)
    count = one_of(("0-2", "1-3", "2-4", "~3", 2), -1, "3-2", None, "many", 10**30)
    window = hours | st.fixed_dictionaries(
        {"at": hours},
        optional={"only": st.lists(groups, max_size=2), "place": st.just("track"), "buffer": st.integers(0, 20)},
    )
    pin = st.fixed_dictionaries(
        {"session": kinds, "day": day | st.lists(day, min_size=1, max_size=3, unique=True)},
        optional={"minutes": st.integers(10, 90).map(lambda n: n // 5 * 5), "counts_as": kinds},
    )
    fixed = st.tuples(pin, minute).map(lambda made: {**made[0], "start": made[1], "outside_windows": True})
    seen = st.fixed_dictionaries(
        {"session": kinds, "day": day}, optional={"start": minute, "minutes": st.integers(6, 24).map(lambda n: 5 * n)}
    )
    own = st.tuples(st.sampled_from(sorted(RULES)), st.integers(0, 500)).map(lambda made: _own_rule(*made))
    severity = one_of(("hard", "tier4", "tier1", "off"), "loud", 3)
    changes = st.dictionaries(one_of(sorted(catalogue().rules), "no-rule"), severity, max_size=3)
    night = one_of(("22:00-06:00", "00:30-07:30"), "noon")
    athlete = {
        "experience": one_of(("beginner", "advanced"), "expert"),
        "age": st.integers(16, 90) if not wild else st.integers(-5, 200),
        "easy_pace": one_of(("6:00 /km", "9:00 /mi"), "fast"),
        "timezone": one_of(("Europe/London", "America/New_York"), "Mars/Base"),
        "bodyweight": one_of(("70 kg", "160 lb"), "heavy"),
    }
    return st.fixed_dictionaries(
        {
            "goal": one_of(sorted(catalogue().goals), "win"),
            "primary": one_of(("lift", "run"), "both"),
            "availability": st.dictionaries(day, st.lists(window, max_size=1), min_size=1, max_size=4),
        },
        optional={
            "athlete": st.fixed_dictionaries({}, optional=athlete),
            "week_of": one_of(("2026-03-23", "2026-10-19"), "2026-11-24"),
            "sleep": night | st.dictionaries(day, night, max_size=2),
            "pinned": st.lists(pin | fixed, max_size=2),
            "prefer": st.dictionaries(groups, day | st.fixed_dictionaries({"hours": hours}), max_size=2),
            "forbid": st.dictionaries(groups, day, max_size=2),
            "exclude": st.lists(groups, max_size=1),
            "want": st.dictionaries(groups | st.just("sessions"), count, max_size=2),
            "history": st.fixed_dictionaries(
                {"last_week": st.lists(seen, max_size=2)},
                optional={"longest_run_30d": one_of((60, "8 km"), "far"), "run_minutes": st.just([80, 90])},
            ),
            "policies": one_of(({"lift_spacing": "dup"}, {"separation": "gap-3h"}), {"luck": "good"}),
            "rules": changes | st.dictionaries(st.sampled_from(("mine", "coach-says")), own, max_size=2),
            "stay_close_to": st.lists(seen, max_size=2),
            "next": one_of(("open", "cycle"), "never"),
            "grid": one_of((5, 15, 30, 60), 7),
        },
    )


def _own_rule(family: str, seed: int) -> Spec:
    """One of the tiny requests' own rules."""
    spec: Spec = {"want": {"easy-run": {"minutes": "30-30"}}, "availability": {"mon": ["07:00-08:00"]}}
    rules: Spec = {}
    RULES[family](Random(seed), spec, rules)
    return next(iter(rules.values()), {"family": "habit", "of": "runs"})


@pytest.mark.parametrize("wild", [False, True])
def test_a_request_is_refused_or_answered(wild: bool) -> None:
    """Never anything but InputError or a Result, however little work is allowed; in-order requests are mostly answered."""
    met: Counter[str] = Counter()

    @settings(max_examples=int(os.environ.get("MICROCYCLE_EXAMPLES", "250")))
    @given(_specs(wild))
    def attempt(spec: Spec) -> None:
        try:
            problem = problem_of(spec)
        except InputError:
            met["refused"] += 1
            return
        result = solve(problem, Limits(deterministic=0.5, seconds=600.0))
        assert not result.stats.wall_limit_hit
        met[result.outcome] += 1

    attempt()
    assert met["refused"] > 20
    assert wild or met["solved"] > 40


# -- (c) laws ----------------------------------------------------------------------------------------------------------

ADDED = ("bound", "clock", "habit", "share", "spacing-days", "spacing-hours", "streak", "when")
seeds = pytest.mark.parametrize("seed", range(5000, 5000 + LAWS))


@seeds
def test_more_time_never_worsens(seed: int) -> None:
    """A window more, or a wider one. The best window of the week is another then: without that rule."""
    rng, spec = Random(seed), lawful(seed)
    spec["rules"]["long-run-in-longest-window"] = "off"
    before = best(spec)
    free = [day for day in DAYS if day not in spec["availability"]]
    if free and rng.random() < 0.5:
        spec["availability"][rng.choice(free)] = ["07:00-08:30"]
    else:
        windows = spec["availability"][rng.choice(list(spec["availability"]))]
        opens, closes = windows[0].split("-")
        windows[0] = f"{hhmm(_minute(opens) - spec['grid'])}-{hhmm(_minute(closes) + 45)}"
    assert best(spec) <= before


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return 60 * int(hours) + int(minutes)


@seeds
def test_a_hard_rule_more_never_improves(seed: int) -> None:
    rng, spec = Random(seed), lawful(seed)
    before = best(spec)
    while True:
        rules: Spec = {}
        RULES[rng.choice(ADDED)](rng, json.loads(json.dumps(spec)), rules)
        hard = {name: {**rule, "severity": "hard"} for name, rule in rules.items()}
        try:
            problem = problem_of({**spec, "rules": {**spec["rules"], **hard}})
        except InputError:
            continue
        assert levels(answer(problem)) >= before
        return


@seeds
def test_a_soft_rule_less_never_worsens(seed: int) -> None:
    problem = problem_of(lawful(seed))
    before = levels(answer(problem))
    rng = Random(seed)
    soft = [rule for rule in problem.rules if not rule.hard]
    gone = {rule.index for rule in rng.sample(soft, rng.choice((1, 3)))}
    kept = tuple(rule for rule in problem.rules if rule.index not in gone)
    assert levels(answer(replace(problem, rules=kept))) <= before


@seeds
def test_a_shift_by_whole_days_changes_nothing(seed: int) -> None:
    """Long runs like a weekend: without that rule no day is like another."""
    spec = lawful(seed, plain=True)
    spec["rules"]["long-run-in-longest-window"] = "off"
    days = Random(seed).randrange(1, 7)
    moved = {DAYS[(DAYS.index(day) + days) % 7]: windows for day, windows in spec["availability"].items()}
    assert best({**spec, "availability": moved}) == best(spec)


@seeds
def test_levels_do_not_depend_on_how_they_are_solved(seed: int) -> None:
    problem = problem_of(lawful(seed))
    found = levels(answer(problem))
    assert levels(answer(problem, apart=True)) == found
    assert levels(answer(problem, lazy=False)) == found


@pytest.mark.parametrize("seed", range(5000, 5004))
def test_a_second_proof_is_told_to_have_ended_or_not(seed: int) -> None:
    problem = problem_of(lawful(seed))
    once = answer(problem)
    assert once.verified is None
    assert answer(problem, verify=True).verified
    if once.outcome == "solved":
        enough = Limits(once.stats.deterministic + 1e-9, 600.0)
        cut = solve(problem, enough, verify=True)
        assert (cut.proven, cut.verified) == (True, False)


@seeds
def test_the_same_bytes_whatever_the_order_of_keys(seed: int) -> None:
    """Also from run to run."""
    spec = lawful(seed)
    week = _document(spec)
    assert _document(spec) == week
    assert _document(_shuffled(spec, Random(seed))) == week


def _document(spec: Spec) -> str:
    document = parse(json.dumps(spec), "week.json", "json")
    request = Request(validate(document, RequestSpec), document)
    problem = resolve(request, catalogue())
    return week_of(request, problem, answer(problem)).model_dump_json()


def _shuffled(value: Any, rng: Random) -> Any:
    if not isinstance(value, dict):
        return [_shuffled(one, rng) for one in value] if isinstance(value, list) else value
    keys = rng.sample(list(value), len(value))
    return {key: _shuffled(value[key], rng) for key in keys}
