"""Two audits of different hands agree: on weeks that were planned, and on what people make of them.

The suite draws a part. The long run, 300 requests planned and 1,500 weeks changed by hand (some six minutes):
`MICROCYCLE_DRAWS=5 pytest -n 0 tests/test_second_audit.py`.
"""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

import pytest

from microcycle import audit, load_request, plan_week
from microcycle.errors import InputError
from microcycle.models.catalogue import catalogue
from tests.draws import draws
from tests.second_audit import judged, unasked
from tests.second_draws import Spec, begun, drawn, mutated

REQUESTS, CHANGED, BEGUN = 66, 5, 8
GROUPS = 6
WORK = 4.0
"""Of the solver's deterministic time: what takes longer is left out, not judged otherwise."""
OFTEN = ("walk", "mobility", "yoga", "core", "strides", "intervals-vo2", "hiit-any", "tempo-touch", "heavy-lower", "long-run",
         "medium-long-run", "plyo-power", "full-body", "upper", "bike-easy", "race", "walk-run", "hike")  # fmt: skip


def solved(spec: Spec) -> list[dict[str, Any]] | None:
    """Sessions of the week of a file, None where it has none or is refused."""
    try:
        week = plan_week(load_request(spec), repairs=False, work=WORK)
    except InputError:
        return None
    return week.model_dump(mode="json")["sessions"] if week.outcome == "solved" else None


@cache
def weeks(group: int) -> tuple[tuple[int, Spec, list[dict[str, Any]]], ...]:
    found = ((seed, drawn(seed)) for seed in range(group, draws(REQUESTS), GROUPS))
    return tuple((seed, spec, week) for seed, spec in found if (week := solved(spec)))


@pytest.mark.parametrize("group", range(GROUPS))
def test_nothing_hard_is_broken_in_a_planned_week(group: int) -> None:
    for seed, spec, week in weeks(group):
        assert [*judged(spec, week), *unasked(spec, week)] == [], seed


@pytest.mark.parametrize("group", range(GROUPS))
def test_both_break_the_same_rules(group: int) -> None:
    for seed, spec, week in weeks(group):
        request = load_request(spec)
        kinds = sorted({*OFTEN, *(kind for kind in spec["want"] if kind in catalogue().kinds)})
        for number in range(CHANGED):
            changed = mutated(Random(f"changed {seed} {number}"), week, kinds)
            if not changed:
                continue
            check = audit(request, {"sessions": changed})
            first = {match.rule for match in check.matches if match.severity == "hard"}
            second = {broken.rule for broken in judged(spec, check.model_dump(mode="json")["sessions"])}
            assert first == second, (seed, number)


def test_nothing_hard_is_broken_in_a_week_that_has_begun() -> None:
    """What was done stands, and nothing new is put before now.

    Not compared with `audit`, which calls what was done outside the athlete's time.
    """
    for seed, spec, week in weeks(0)[: draws(BEGUN)]:
        begun_spec = begun(Random(f"begun {seed}"), spec, week)
        rest = solved(begun_spec)
        assert rest is None or [*judged(begun_spec, rest), *unasked(begun_spec, rest)] == [], seed


def test_the_draws_hold_enough() -> None:
    """Weeks of most goals and calendars, and mutations that break and keep rules."""
    specs = [spec for group in range(GROUPS) for _, spec, _ in weeks(group)]
    assert len({spec["goal"] for spec in specs}) == len(catalogue().goals)
    for key in ("pinned", "history", "shifts", "sessions", "rules", "policies", "forbid", "exclude"):
        assert any(spec.get(key) for spec in specs), key
