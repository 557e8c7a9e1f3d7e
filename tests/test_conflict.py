"""Why there is no week: true, minimal, in the athlete's words, and time blamed only where it matters."""

from __future__ import annotations

import pytest
from asks import asked

from microcycle import plan_week
from microcycle.models.clock import DAY_NAMES

OPEN = "availability: {mon-sun: 00:00-24:00}\n"
EVENINGS = "availability: {mon-sun: 17:00-20:00}\n"
DAYS = DAY_NAMES[:6]
SIX = "".join(f"  - {{session: easy-run, day: {day}, minutes: 20}}\n" for day in DAYS)
HEAVY = "pinned: [{session: heavy-lower, day: mon, start: '18:00'}, {session: heavy-lower, day: tue, start: '18:00'}]\n"
LONG = "pinned: [{session: long-run, day: sat, start: '18:00', minutes: 100}]\nhistory: {longest_run_30d: 60}\n"
CASES: dict[str, tuple[str, list[str]]] = {
    "pins without an hour, all of them": (
        f"goal: run-5k\n{EVENINGS}pinned:\n{SIX}rules: {{max-consecutive-training-days: off}}\n",
        [
            *(f"Easy run is fixed on {day}." for day in DAYS),
            "Rest days: at least 1 a week.",
            "A lift and endurance work",
            "Lifts: at least 1 a week.",
            "The time there is.",
        ],
    ),
    "two pins and a rule, whatever the time": (
        f"goal: strength-power\n{EVENINGS}{HEAVY}rules: {{heavy-legs-spacing: off, no-back-to-back-hard-days: off}}\n",
        [
            "Heavy lower body is fixed on Monday at 18:00.",
            "Heavy lower body is fixed on Tuesday at 18:00.",
            "Sessions that train the same muscle hard start 48 hours apart",
        ],
    ),
    "history": (
        f"goal: run-10k\n{OPEN}{LONG}",
        ["Long run is fixed on Saturday at 18:00.", "No run is more than 10 % longer"],
    ),
    "a session longer than any window": (
        "goal: hypertrophy\navailability: {mon-fri: 18:00-18:45}\nwant: {leg-day: 2}\n",
        ["You want exactly 2 leg days.", "The time there is: a leg day takes 60 minutes or more, the longest window"],
    ),
    "a rule that the windows had hidden": (
        "athlete: {experience: beginner}\ngoal: health-longevity\navailability: {tue: 18:00-19:30, thu: 18:00-19:30}\n"
        "want: {lifts: 3}\n",
        ["You want exactly 3 lifts.", "Visits a day: at most 1", "The time there is."],
    ),
    "the goal's own numbers": (
        f"goal: run-10k\n{EVENINGS}want: {{sessions: 12}}\n",
        ["You want exactly 12 sessions.", "This goal has at most 5 runs", "This goal has at most 4 lifts"],
    ),
    "what is forbidden": (
        f"goal: run-10k\n{EVENINGS}want: {{long-run: 1}}\nforbid: {{long-run: daily}}\n",
        ["You want exactly 1 long run.", "You want no long runs on Monday"],
    ),
    "a distance and too little running": (
        f"goal: run-10k\n{OPEN}want: {{run_distance: 40-45 km}}\nhistory: {{run_minutes: 100}}\n",
        ["You want at least 40 km of running", "Weekly running grows by at most"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_conflict(name: str) -> None:
    text, expected = CASES[name]
    week = plan_week(asked(text))
    assert (week.outcome, week.proven) == ("infeasible", True)
    assert len(week.conflict) == len(expected), week.conflict
    for found, wanted in zip(sorted(week.conflict), sorted(expected), strict=True):
        assert found.startswith(wanted)
    assert all("week.yaml:" in found for found in week.conflict if found.startswith(("You want", "The time", "Easy run")))


@pytest.mark.parametrize("dropped", range(6))
def test_without_any_of_them_there_is_a_week(dropped: int) -> None:
    pins = SIX.splitlines(keepends=True)
    del pins[dropped]
    assert plan_week(asked(f"goal: run-5k\n{EVENINGS}pinned:\n{''.join(pins)}")).outcome == "solved"
