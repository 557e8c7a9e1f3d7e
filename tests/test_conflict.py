"""Why there is no week: true, minimal, in the athlete's words, and time blamed only where it matters."""

from __future__ import annotations

import pytest
from asks import asked

from microcycle import plan_week
from microcycle.models.clock import DAY_NAMES
from microcycle.models.facts import sentences

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
            "A lift or jumps and endurance work",
            "Lifts: at least 1 a week.",
            "Your time on Monday to Saturday is 17:00-20:00.",
        ],
    ),
    "two pins and a rule, whatever the time": (
        f"goal: strength-power\n{EVENINGS}{HEAVY}rules: {{heavy-legs-spacing: off, no-back-to-back-hard-days: off}}\n",
        [
            "Heavy lower body is fixed on Monday at 18:00.",
            "Heavy lower body is fixed on Tuesday at 18:00.",
            "Sessions that each give the same muscle three sets or more start 48 hours apart",
        ],
    ),
    "history": (
        f"goal: run-10k\n{OPEN}{LONG}",
        ["Long run is fixed on Saturday at 18:00.", "No run but a race or a walk-run is more than 10 % longer"],
    ),
    "sessions longer than any window": (
        "goal: hypertrophy\navailability: {mon-fri: 18:00-18:45, sat-sun: 09:00-09:50}\nwant: {leg-day: 1}\n",
        [
            "You want exactly 1 leg day.",
            "Your time on Monday to Friday is 18:00-18:45.",
            "Your time on Saturday and Sunday is 09:00-09:50.",
        ],
    ),
    "a rule that the windows had hidden": (
        "athlete: {experience: beginner}\ngoal: health-longevity\navailability: {tue: 18:00-19:30, thu: 18:00-19:30}\n"
        "want: {lifts: 3}\n",
        [
            "You want exactly 3 lifts.",
            "Visits a day: at most 1",
            "There is no time on Monday, Wednesday and Friday to Sunday.",
        ],
    ),
    "the goal's own numbers": (
        f"goal: run-10k\n{EVENINGS}want: {{sessions: 12}}\n",
        ["You want exactly 12 sessions.", "Visits a day: at most 2", "This goal has at most 4 lifts"],
    ),
    "what is forbidden": (
        f"goal: run-10k\n{EVENINGS}want: {{long-run: 1}}\nforbid: {{long-run: daily}}\n",
        ["You want exactly 1 long run.", "You want no long runs on any day."],
    ),
    "a distance and too little running": (
        f"goal: run-10k\n{OPEN}want: {{run_distance: 40-45 km}}\nhistory: {{run_minutes: 100}}\n",
        ["You want 40-45 km of running.", "Weekly running grows by at most"],
    ),
    "pins on top of each other": (
        f"goal: run-10k\n{EVENINGS}pinned: [{{session: easy-run, day: mon-tue, start: '18:00', minutes: 40}}, "
        "{session: full-body, day: mon, start: '18:00'}, {session: upper, day: tue, start: '18:00'}]\n",
        ["Easy run is fixed on Monday or Tuesday at 18:00.", "Full body is fixed", "Upper body is fixed"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_conflict(name: str) -> None:
    text, expected = CASES[name]
    week = plan_week(asked(text), repairs=False)
    assert (week.outcome, week.proven) == ("infeasible", True)
    told = sentences(week.conflict)
    assert len(told) == len(expected), told
    for found, wanted in zip(sorted(told), sorted(expected), strict=True):
        assert found.startswith(wanted)
    assert all("week.yaml:" in found for found in told if found.startswith(("You want", "Your time", "Easy run")))


@pytest.mark.parametrize("dropped", range(6))
def test_without_any_of_them_there_is_a_week(dropped: int) -> None:
    pins = SIX.splitlines(keepends=True)
    del pins[dropped]
    assert plan_week(asked(f"goal: run-5k\n{EVENINGS}pinned:\n{''.join(pins)}")).outcome == "solved"


def test_two_of_several_conflicts_are_told_and_all_counted() -> None:
    text = f"goal: strength-power\n{EVENINGS}{HEAVY}"
    week = plan_week(asked(text), repairs=False)
    rules = {fact.rule for fact in week.conflict if fact.rule}, {fact.rule for fact in week.other_conflict if fact.rule}
    assert week.conflicts_found >= 2
    assert len(week.conflict) == len(week.other_conflict) == 3
    assert rules[0] != rules[1]
