"""What a coach would look for in whole weeks: a race, a short history, sessions fixed beyond what the card has."""

from __future__ import annotations

import pytest
from asks import asked, bounds, resolved, rule

from microcycle import audit, plan_week
from microcycle.models.catalogue import catalogue
from microcycle.models.planned import PlannedSession
from microcycle.models.week import Week
from microcycle.solver.solve import solve

EVENINGS = "availability: {mon-fri: 17:00-20:00, sat-sun: 08:00-12:00}\n"


def planned(text: str) -> Week:
    week = plan_week(asked(text if "availability" in text else EVENINGS + text))
    assert (week.outcome, week.proven) == ("solved", True)
    return week


def of(week: Week, *names: str) -> list[PlannedSession]:
    return [s for s in week.sessions if s.session in names]


def running(week: Week) -> int:
    return week.measures.minutes.get("run", 0) if week.measures else 0


# -- a race ----------------------------------------------------------------------------------------------------------

RACE = "week_of: 2026-11-23\npinned: [{session: race, day: sun, start: '09:30', minutes: MIN, outside_windows: true}]\n"


@pytest.mark.parametrize(("goal", "minutes"), [("run-5k", 30), ("run-10k", 45), ("run-half", 100), ("run-marathon", 210)])
def test_a_race_is_met_fresh(goal: str, minutes: int) -> None:
    history = f"history: {{run_minutes: [220, 230, 240], longest_run_30d: {max(60, minutes - 60)}}}\n"
    week = planned(f"goal: {goal}\n{history}{RACE.replace('MIN', str(minutes))}")
    assert not of(week, "long-run")
    before = [s for s in week.sessions if s.day in ("fri", "sat")]
    assert all(s.modality == "run" and s.session in ("easy-run", "recovery-run", "strides") for s in before), before
    assert sum(s.minutes for s in before if s.day == "sat") <= 30
    assert not [m for m in week.matches if m.rule == "race-protect"]


@pytest.mark.parametrize(("day", "broken"), [("sat", True), ("fri", True), ("thu", False), ("mon", False)])
def test_a_lift_that_spares_the_legs_is_told_where_it_is_too_close_to_a_race(day: str, broken: bool) -> None:
    request = asked(f"goal: run-half\n{EVENINGS}{RACE.replace('MIN', '100')}")
    race = {"session": "race", "day": "sun", "start": "09:30", "minutes": 100}
    week = {"sessions": [{"session": "upper", "day": day, "start": "17:00", "minutes": 50}, race]}
    assert ("race-protect" in {match.rule for match in audit(request, week).matches}) == broken


def test_a_match_in_the_week_keeps_its_surroundings_light() -> None:
    week = planned(
        "goal: sprint-team-sport\npinned: [{session: match, counts_as: race, day: sat, start: '10:00', minutes: 90}]\n"
    )
    heavy = of(week, "heavy-lower", "full-body", "sprint-intervals", "plyo-power")
    assert heavy
    assert not [s for s in heavy if s.day in ("thu", "fri", "sun")]


# -- history ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("goal", "weeks", "longest"),
    [("run-10k", 150, 60), ("run-10k", 160, 70), ("run-half", 190, 90), ("run-marathon", 300, 100)],
)
def test_growth_wins_over_the_card(goal: str, weeks: int, longest: int) -> None:
    week = planned(f"goal: {goal}\nhistory: {{run_minutes: [{weeks}, {weeks}, {weeks}], longest_run_30d: {longest}}}\n")
    assert weeks <= running(week) <= weeks * 1.1
    assert not [m for m in week.matches if m.rule == "volume-targets" and "of running" in m.text]
    assert any(f"allow {weeks * 11 // 10} minutes of running" in note for note in week.assumptions)
    assert not [s for s in of(week, "easy-run", "long-run") if s.minutes < 30]


def test_growth_of_a_single_run_that_is_a_wish_cuts_no_length() -> None:
    history = "goal: run-half\nhistory: {longest_run_30d: 50}\n"
    assert max(o.minutes for o in resolved(history).options if o.kind.id == "long-run") <= 55
    wish = resolved(history + "rules: {single-run-spike: soft}\n")
    assert max(o.minutes for o in wish.options if o.kind.id == "long-run") >= 75


def test_who_has_not_run_walks_and_runs() -> None:
    for longest in (0, 10, 15):
        for goal in ("run-5k", "health-longevity"):
            history = f"history: {{run_minutes: [0, 0, 0], longest_run_30d: {longest}}}\n"
            week = planned(f"athlete: {{experience: beginner}}\ngoal: {goal}\n{history}")
            assert of(week, "walk-run")
            assert {s.session for s in week.sessions if s.modality == "run"} == {"walk-run"}
            assert week.measures is not None
            assert week.measures.hard_days == ()


# -- what the athlete says -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("goal", "pin"),
    [
        ("run-10k", "{session: intervals-vo2, day: tue, start: '18:00', minutes: 45}"),
        ("run-5k", "{session: race, day: sat, start: '09:00', minutes: 35}"),
        ("strength-power", "{session: tempo-run, day: sat, start: '09:00', minutes: 40}"),
        ("return-maintenance", "{session: football, counts_as: race, day: wed, start: '18:00', minutes: 60}"),
    ],
)
def test_what_is_fixed_is_more_than_the_cards_most(goal: str, pin: str) -> None:
    week = planned(f"athlete: {{experience: beginner}}\ngoal: {goal}\npinned: [{pin}]\n")
    assert [s.pinned for s in week.sessions].count(True) == 1


def test_the_cards_most_rises_by_what_is_fixed_and_no_more() -> None:
    beginner = "athlete: {experience: beginner}\n"
    assert bounds(resolved(beginner), "hard-aerobic")["max"] == (0, "hard")
    pin = "pinned: [{session: intervals-vo2, day: tue, start: '18:00', minutes: 45}]"
    assert bounds(resolved(beginner + pin), "hard-aerobic")["max"] == (1, "hard")
    assert bounds(resolved(beginner + pin), "runs >= 20")["max"] == bounds(resolved(beginner), "runs >= 20")["max"]


@pytest.mark.parametrize(("wanted", "low", "high"), [("40 km", 39.0, 41.0), ("25 mi", 39.3, 41.2), ("38-42 km", 38.0, 42.0)])
def test_a_distance_can_be_met_and_replaces_the_cards_minutes(wanted: str, low: float, high: float) -> None:
    week = planned(f"athlete: {{easy_pace: '5:30 /km'}}\ngoal: run-10k\nwant: {{run_distance: {wanted}}}\n")
    assert week.measures is not None
    assert low <= week.measures.distance_m["run"] / 1000 <= high
    assert not [m for m in week.matches if "minutes of running" in m.text]


def test_no_session_aimed_at_is_none_planned() -> None:
    assert of(planned("goal: run-10k\n"), "tempo-run")
    assert not of(planned("goal: run-10k\nwant: {tempo-run: ~0}\n"), "tempo-run")


def test_a_preference_without_a_session_is_told() -> None:
    week = planned("goal: run-10k\nprefer: {swim-easy: tue, long-run: sun, rest: mon}\n")
    assert [note for note in week.assumptions if "changes nothing" in note] == [
        "prefer.swim-easy changes nothing: this week's menu has no easy swim."
    ]


# -- one day, or two -------------------------------------------------------------------------------------------------

FEW = ("sat: 08:00-12:00", "tue: 06:00-07:00", "wed: 17:30-18:10, sat: 08:00-12:00", "sat-sun: 08:00-10:00")
LEADS = [(goal, lead) for goal in catalogue().goals for lead in catalogue().goals[goal].primary if lead != "balanced"]
ROAD = ("run-5k", "run-10k", "run-half", "run-marathon")


@pytest.mark.parametrize("free", FEW)
@pytest.mark.parametrize(("goal", "lead"), LEADS)
def test_what_leads_has_the_first_session_of_few_days(goal: str, lead: str, free: str) -> None:
    """The other's floor comes behind it; a runner's is the long run or a hard one where that fits."""
    experience = "beginner" if "intermediate" in catalogue().goals[goal].refuse else "intermediate"
    start = f"goal: {goal}\nprimary: {lead}\nathlete: {{experience: {experience}}}\n"
    problem = resolved(f"{start}availability: {{{free}}}\n")
    result = solve(problem)
    assert result.outcome == "solved"
    led = [p for p in result.pieces if problem.selectors.holds("runs" if lead == "run" else "lifts", p.piece)]
    assert led
    if goal in ROAD:
        assert any(problem.selectors.holds("key-runs", p.piece) for p in led)
    if goal in ROAD[1:] and "12:00" in free:
        assert any(p.kind.id == "long-run" for p in led)


def test_the_floor_of_lifting_is_a_must_from_three_days_on() -> None:
    floors = [
        rule(resolved(f"goal: run-10k\navailability: {{{days}: 18:00-20:00}}"), "strength-floor")[0]
        for days in ("tue", "tue-wed", "tue-thu")
    ]
    assert [(r.severity, r.level) for r in floors] == [("tier4", "key"), ("tier4", "key"), ("hard", "counts")]
    short = resolved("goal: run-10k\navailability: {mon-thu: 12:00-12:25, sat: 18:00-20:00}")
    assert not rule(short, "strength-floor")[0].hard
    lifting = resolved("goal: hypertrophy\navailability: {tue: 18:00-20:00}")
    assert rule(lifting, "strength-floor")[0].hard


def test_two_days_with_time_for_both_hold_both() -> None:
    result = solve(resolved("goal: run-10k\navailability: {sat-sun: 08:00-12:00}"))
    assert {piece.kind.modality for piece in result.pieces} == {"run", "lift"}
