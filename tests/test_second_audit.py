"""Two audits of different hands agree: on weeks that were planned, and on what people make of them.

The suite draws a part. The long run, 1,500 requests and some 6,000 weeks changed by hand, takes ten minutes:
`MICROCYCLE_DRAWS=25 pytest -n 0 tests/test_second_audit.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

import pytest
from draws import draws
from second_audit import judged, unasked
from second_draws import GOALS, Row, Spec, begun, drawn, mutated

from microcycle import audit, load_request, plan_week
from microcycle.errors import InputError
from microcycle.models.catalogue import catalogue

REQUESTS, CHANGED, BEGUN = 60, 5, 8
CHUNKS = 6
WORK = 4.0
"""Of the solver's deterministic time: what takes longer is left out."""
OFTEN = ("walk", "mobility", "yoga", "core", "strides", "intervals-vo2", "hiit-any", "tempo-touch", "heavy-lower", "hike",
         "long-run", "medium-long-run", "plyo-power", "full-body", "upper", "bike-easy", "race", "walk-run")  # fmt: skip

ENDING_LIFTS = ("concurrent-beginner", "hybrid-advanced")
ENDS = ("bike-easy", "row-easy", "cardio-steady")
"""Goals whose lifts may end with short easy work, and this."""


def solved(spec: Spec) -> list[Row]:
    """Sessions of the week of a file; none where it has no week or is refused."""
    try:
        week = plan_week(load_request(spec), repairs=False, work=WORK)
    except InputError:
        return []
    sessions: list[Row] = week.model_dump(mode="json")["sessions"]
    return sessions


def planned(seeds: Iterable[int]) -> Iterator[tuple[int, Spec, list[Row]]]:
    for seed in seeds:
        spec = drawn(seed)
        if week := solved(spec):
            yield seed, spec, week


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_both_audits_find_the_same_broken(chunk: int) -> None:
    """Nothing hard in a planned week; in one changed by hand, the same rules."""
    compared = 0
    for seed, spec, week in planned(range(chunk, draws(REQUESTS), CHUNKS)):
        assert [*judged(spec, week), *unasked(spec, week)] == [], seed
        request = load_request(spec)
        kinds = sorted({*OFTEN, *(kind for kind in spec["want"] if kind in catalogue().kinds)})
        for number in range(CHANGED):
            changed = mutated(Random(f"changed {seed} {number}"), week, kinds)
            if not changed:
                continue
            check = audit(request, {"sessions": changed})
            read = check.model_dump(mode="json")["sessions"]
            compared += 1
            first = {match.rule for match in check.matches if match.severity == "hard"}
            assert first == {broken.rule for broken in judged(spec, read)}, (seed, number)
    assert compared > draws(REQUESTS) // CHUNKS * CHANGED // 2


def test_nothing_hard_is_broken_in_a_week_that_has_begun() -> None:
    """What was done stands, and nothing new is put before now.

    Not compared with `audit`, which calls what was done outside the athlete's time.
    """
    for seed, spec, week in planned(range(1000, 1000 + draws(BEGUN))):
        later: dict[str, Any] = begun(Random(f"begun {seed}"), spec, week)
        rest = solved(later)
        assert not rest or [*judged(later, rest), *unasked(later, rest)] == [], seed


def test_both_audits_know_the_end_of_a_lift_that_is_fixed() -> None:
    """At its hour, or on its day: in the week that it was taken from, and in others by hand."""
    seeds = [seed for seed in range(2000, 2000 + draws(12 * len(GOALS))) if GOALS[seed % len(GOALS)] in ENDING_LIFTS]
    ends = broken = 0
    for seed, spec, week in planned(seeds):
        for row in (row for row in week if row["finisher"] and not row["pinned"]):
            ends += 1
            pin = {key: row[key] for key in ("session", "day", "minutes")}
            hour = {"start": row["start"], "outside_windows": True}
            for fixed in (pin, {**pin, **hour}):
                file = {**spec, "pinned": [*spec.get("pinned", ()), fixed]}
                assert judged(file, week) == [], seed
                for number in range(CHANGED):
                    changed = [*mutated(Random(f"end {seed} {number}"), week, list(ENDS))] or week
                    check = audit(load_request(file), {"sessions": changed})
                    read = check.model_dump(mode="json")["sessions"]
                    first = {match.rule for match in check.matches if match.severity == "hard"}
                    assert first == {each.rule for each in judged(file, read)}, (seed, number)
                    broken += "fit-availability" in first
    assert ends > draws(3)
    assert broken


def test_the_draws_hold_everything() -> None:
    specs = [drawn(seed) for seed in range(REQUESTS)]
    assert {spec["goal"] for spec in specs} == set(catalogue().goals)
    for key in ("pinned", "history", "shifts", "sessions", "rules", "policies", "forbid", "exclude", "week_of"):
        assert any(spec.get(key) for spec in specs), key
