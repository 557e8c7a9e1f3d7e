"""What a replanned week makes of what is fixed, of an illness, and of what was done otherwise."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from asks import JAMIE, asked, refusal
from typer.testing import CliRunner

from microcycle import News, load_request, plan_week, replan
from microcycle import audit as check
from microcycle.cli.app import app
from microcycle.errors import InputError
from microcycle.models.catalogue import catalogue
from microcycle.models.change import Replan, begins
from microcycle.models.clock import DAYS, parse_week_minute
from microcycle.models.request import Request
from microcycle.models.week import Week
from microcycle.solver.anchor import planned_before
from microcycle.solver.illness import GO_ON, ROWS, days_of
from microcycle.solver.news import begun as begin
from microcycle.solver.resolve import resolve
from microcycle.solver.solve import solve

WED = parse_week_minute("wed 12:00")


# --- what is fixed ----------------------------------------------------------------------------------------------------

DAILY = """
goal: run-5k
athlete: {experience: intermediate}
availability: {daily: 06:00-07:30}
"""


def news(now: str, **told: list[str]) -> News:
    return News(parse_week_minute(now), **told)


def kept_by_its_file(request: Request, found: Replan) -> list[tuple[str, str, str | None, int, bool]]:
    """What is still to come of a week that is legal by its file, and stays as it is."""
    assert found.week is not None, [fact.text for fact in found.conflict]
    week = Week.model_validate_json(found.week.to_json())
    assert check(request, week).legal
    assert week.news is not None
    again = replan(request, week, News(parse_week_minute(week.news.now)))
    assert again.week is not None
    assert (again.changes, [s.start_min for s in again.week.sessions]) == (0, [s.start_min for s in week.sessions])
    assert [s.pinned for s in again.week.sessions] == [s.pinned for s in week.sessions]
    return [(s.session, s.day, s.start, s.minutes, s.pinned) for s in week.sessions if not s.done]


@pytest.mark.parametrize(
    ("days", "outcome"), [("[tue, wed]", "infeasible"), ("[thu, fri]", "infeasible"), ("sat", "solved")]
)
def test_what_a_choice_of_days_can_keep_is_not_forgiven(days: str, outcome: str) -> None:
    """On Tuesday the fixed run makes a second endurance session, elsewhere not: three runs never fit into Saturday."""
    week = plan_week(asked(f"""
        goal: run-5k
        athlete: {{experience: intermediate}}
        availability: {{sat: [06:00-07:30, 17:00-19:00], sun: {"06:00-07:30" if days == "sat" else "none"}}}
        now: tue 12:00
        done: [{{session: bike-easy, day: tue, start: "06:00", minutes: 40}}]
        want: {{easy-run: {2 if days == "sat" else 3}, lifts: 0}}
        pinned: [{{session: easy-run, day: {days}, minutes: 40, start: "19:00", outside_windows: true}}]
    """), repairs=False)  # fmt: skip
    assert week.outcome == outcome


@pytest.mark.parametrize("second", ["[sat, fri]", "[fri, sat]"])
def test_what_a_choice_of_days_can_keep_is_not_broken_by_what_is_fixed_alone(second: str) -> None:
    week = plan_week(
        asked(f"""{DAILY}now: thu 12:00
done: [{{session: easy-run, day: thu, start: "06:00", minutes: 40}}]
pinned:
  - {{session: bike-easy, day: thu, minutes: 40, start: "19:00", outside_windows: true}}
  - {{session: easy-run, day: {second}, minutes: 40}}
  - {{session: bike-easy, day: [fri, sun], minutes: 40}}
""")
    )
    assert week.outcome == "solved"
    broken = [(m.where, m.tier) for m in week.matches if m.rule == "max-sessions-per-day"]
    assert broken == [(("thu",), "tier4")]


@pytest.mark.parametrize(
    ("rules", "done"),
    [
        ("mine: {family: bound, quantity: sessions, of: runs, min: 1, max: 2}", "mon 06:00, tue 06:00, wed 06:00"),
        ("mine: {family: bound, quantity: sessions, of: runs, per: day, min: 2}", "mon 06:00"),
        ("same-hours: hard", "mon 06:00, tue 18:00"),
        ("mine: {family: longest-window, of: easy-run}", "mon 06:00"),
        ("mine: {family: streak, of: runs, max_days: 1}", "mon 06:00, tue 06:00"),
    ],
)
def test_whatever_rule_the_past_breaks_is_forgiven(rules: str, done: str) -> None:
    said = [f"{{session: easy-run, day: {one[:3]}, start: '{one[4:]}', minutes: 40}}" for one in done.split(", ")]
    text = f"{DAILY}rules: {{{rules}}}\nnow: thu 12:00\ndone: [{', '.join(said)}]\n"
    week = plan_week(asked(text.replace("daily:", "sat: 06:00-10:00, mon-fri:")))
    assert week.outcome == "solved"
    name = rules.partition(":")[0]
    assert {m.tier for m in week.matches if m.rule == name} == {"tier4"}


def test_the_other_end_of_a_forgiven_rule_stays() -> None:
    """The long run was too long for a day; no later day has too little, nor too much."""
    rules = "rules: {mine: {family: bound, quantity: minutes, of: runs, per: day, min: 45, max: 60}}"
    done = "done: [{session: long-run, day: mon, start: '06:00', minutes: 75}]"
    week = plan_week(asked(f"{DAILY}{rules}\nnow: tue 00:00\n{done}\n"))
    assert {m.tier for m in week.matches if m.rule == "mine"} == {"tier4"}
    runs = Counter[str]()
    for s in week.sessions:
        runs[s.day] += s.minutes * (s.modality == "run" and not s.done)
    assert all(45 <= n <= 60 for n in runs.values() if n)
    assert sum(runs.values()) > 0


def test_a_week_that_is_over_is_forgiven_what_only_more_could_mend() -> None:
    done = [f"{{session: easy-run, day: {day}, start: '18:00', minutes: 40}}" for day in DAYS[:6]]
    text = DAILY.replace("daily", "mon-sat") + "rules: {monotony-max: hard}\nnow: sun 12:00\n"
    assert plan_week(asked(f"{text}done: [{', '.join(done)}]\n")).outcome == "solved"


def test_a_share_of_ones_own_is_an_aim_where_the_rest_of_the_week_cannot_keep_it() -> None:
    request = asked(f"""{DAILY}pinned: [{{session: long-run, day: mon, minutes: 75}}]
rules:
  mine: {{family: share, part: {{quantity: minutes, of: long-run}}, whole: {{quantity: minutes, of: runs}}, max: 40}}
""")
    found = replan(request, plan_week(request), news("tue 12:00", lost=["wed", "thu", "fri"]))
    assert [fact.rule for fact in found.eased] == ["mine"]
    kept_by_its_file(request, found)


def test_what_done_and_fixed_sessions_break_together_is_told() -> None:
    request = asked("""
        goal: hybrid-vo2-strength
        primary: lift
        athlete: {experience: intermediate}
        availability: {mon-fri: 17:30-20:30, sat: 08:00-12:00}
        pinned: [{session: easy-run, day: tue, start: "18:30", minutes: 45, note: run club}]
    """)
    found = replan(request, plan_week(request), news("tue 16:00", done=["upper=tue 14:00 45 min"]))
    assert found.week is not None
    assert [(m.where, m.tier) for m in found.week.matches if m.rule == "same-day-separation"] == [(("tue",), "tier4")]
    assert ("easy-run", "tue", "18:30", 45, True) in kept_by_its_file(request, found)


@pytest.mark.parametrize(
    ("pin", "done", "left"),
    [
        ("{session: long-run, day: sat, start: '07:00', minutes: 75, outside_windows: true}", "sat", 0),
        ("{session: easy-run, each: [tue, thu, sat], start: '19:00', minutes: 40, outside_windows: true}", "thu", 1),
        ("{session: easy-run, day: [thu, sat], start: '19:00', minutes: 40, outside_windows: true}", "", 0),
    ],
)
def test_what_was_fixed_and_done_on_another_day_is_done(pin: str, done: str, left: int) -> None:
    request = asked(f"{DAILY}pinned: [{pin}]")
    week = plan_week(request)
    one = next(s for s in week.sessions if s.pinned and s.day in (done or "thu sat"))
    found = replan(request, week, news("wed 12:00", done=[f"{one.id}=wed 10:00 20 min"]))
    assert [s[1] for s in kept_by_its_file(request, found) if s[0] == one.session and s[4]] == ["sat"] * left
    late = replan(request, found.week or week, news("thu 20:00", lost=["fri"]))
    assert late.week is not None
    assert sum(s.pinned and not s.done for s in late.week.sessions) == left


@pytest.mark.parametrize(
    ("pins", "stays"),
    [
        ("{session: easy-run, day: sun, start: '19:00', minutes: 40, outside_windows: true}", ["sun 19:00 30"]),
        ("{session: easy-run, day: sat, minutes: 40}", ["sat 30"]),
        ("{session: easy-run, day: [tue, sat], minutes: 40}, {session: tempo-run, day: tue}", ["sat 30"]),
        ("{session: easy-run, each: [fri, sat, sun], minutes: 45}", ["fri 30", "sat 40", "sun 40"]),
        ("{session: tempo-run, day: fri, minutes: 40}", []),
    ],
)
def test_what_an_illness_shortens_stays_fixed(pins: str, stays: list[str]) -> None:
    request = asked(f"{DAILY}pinned: [{pins}]")
    week = plan_week(request)
    fixed = kept_by_its_file(request, replan(request, week, news("wed 12:00", ill=["thu"])))
    found = [f"{day} {start} {n}" if "19:00" in pins else f"{day} {n}" for _, day, start, n, pinned in fixed if pinned]
    assert found == stays


TWO = """
  - {session: easy-run, day: [tue, thu], start: "19:00", minutes: 40, outside_windows: true}
  - {session: easy-run, day: tue, start: "06:00", minutes: 30, outside_windows: true}
"""


def test_what_was_done_is_what_is_fixed_just_so_rather_than_otherwise() -> None:
    request = asked(f"{DAILY.replace('daily', 'mon: 06:00-07:30, wed: 06:00-07:00, sat-sun')}pinned: {TWO}")
    week = plan_week(request)
    found = replan(request, week, news("tue 12:00"))
    fixed = [(day, start, n) for _, day, start, n, pinned in kept_by_its_file(request, found) if pinned]
    assert fixed == [(s.day, s.start, s.minutes) for s in week.sessions if s.pinned and s.day == "thu"]


@pytest.mark.parametrize("rows", list(itertools.permutations(("[tue, wed]", "tue"))))
def test_what_was_done_is_what_has_no_other_day(rows: tuple[str, str]) -> None:
    pins = ", ".join(f"{{session: easy-run, day: {day}, minutes: 40}}" for day in rows)
    done = "now: wed 00:00\ndone: [{session: easy-run, day: tue, start: '06:00', minutes: 40}]"
    assert [pin.days for pin in resolve(asked(f"{DAILY}{done}\npinned: [{pins}]"), catalogue()).pins] == [(2,)]


@pytest.mark.parametrize(
    ("now", "done", "left"),
    [
        ("12:00", "{session: easy-run, day: mon, start: '06:00', minutes: 20}", 1),
        ("12:00", "{session: easy-run, day: mon, start: '06:00', minutes: 20, instead_of: mon}", 0),
        ("12:00", "{session: easy-run, day: mon, start: '06:00', minutes: 45, extra: true}", 1),
        ("19:01", "{session: easy-run, day: mon, start: '06:00', minutes: 20}", 0),
        (
            "12:00",
            "{session: full-body, day: mon, start: '06:00', minutes: 40, visit: 1}, "
            "{session: easy-run, day: mon, minutes: 10, visit: 1}",
            1,
        ),
    ],
)
def test_what_is_fixed_this_evening_is_still_to_come(now: str, done: str, left: int) -> None:
    pin = "{session: easy-run, day: mon, start: '19:00', minutes: 45, outside_windows: true}"
    problem = resolve(asked(f"{DAILY}now: mon {now}\ndone: [{done}]\npinned: [{pin}]"), catalogue())
    assert len(problem.pins) == left


def test_what_ends_a_lift_is_no_session_of_its_day() -> None:
    done = "{session: full-body, day: mon, start: '06:00', visit: 1}, {session: bike-easy, day: mon, minutes: 10, visit: 1}"
    request = asked(f"{DAILY}now: mon 12:00\ndone: [{done}]\npinned: [{{session: bike-easy, day: mon-tue, minutes: 45}}]")
    assert [pin.days for pin in resolve(request, catalogue()).pins] == [(0, 1)]


@pytest.mark.parametrize(("told", "fixed"), [({"lost": ["thu"]}, ["wed"]), ({"ill": ["thu"]}, [])])
def test_a_choice_of_days_is_one_of_those_that_are_left(told: dict[str, list[str]], fixed: list[str]) -> None:
    pin = "{session: easy-run, day: [wed, thu], start: '19:00', minutes: 40, outside_windows: true}"
    request = asked(f"{DAILY}pinned: [{pin}]")
    week = plan_week(request)
    assert [s.day for s in week.sessions if s.pinned] == ["thu"]
    left = kept_by_its_file(request, replan(request, week, news("mon 12:00", **told)))
    assert [day for _, day, _, _, pinned in left if pinned] == fixed
    assert "thu" not in {day for _, day, *_ in left}


@pytest.mark.parametrize(
    ("friday", "pin"),
    [
        ("06:00-06:20", "{session: easy-run, day: [fri, sun], minutes: 40}"),
        ("{at: 06:00-07:30, only: lifts}", "{session: easy-run, day: [fri, sun], minutes: 40}"),
        ("06:00-07:30", "{session: easy-run, day: [fri, sun], minutes: 40}, {session: bike-easy, day: fri}"),
    ],
)
def test_where_no_day_that_is_left_has_room_what_was_fixed_is_free(friday: str, pin: str) -> None:
    request = asked(f"{DAILY.replace('daily', f'mon-tue: 06:00-07:30, fri: [{friday}], sun')}pinned: [{pin}]")
    week = plan_week(request)
    assert [s.day for s in week.sessions if s.pinned and s.session == "easy-run"] == ["sun"]
    left = kept_by_its_file(request, replan(request, week, news("mon 12:00", lost=["sun"])))
    assert "sun" not in {day for _, day, *_ in left}


def test_settings_count_by_the_positions_of_the_file() -> None:
    pins = [("easy-run", "thu"), ("easy-run", "sat"), ("tempo-run", "sun")]
    rows = ", ".join(f"{{session: {name}, day: {day}, minutes: 40}}" for name, day in pins)
    request = asked(f"{DAILY}pinned: [{rows}]")
    found = replan(request, plan_week(request), news("wed 12:00", lost=["thu"], settings=["pinned.2.minutes=30"]))
    left = kept_by_its_file(request, found)
    assert [(name, day, n) for name, day, _, n, pinned in left if pinned] == [
        ("easy-run", "sat", 40),
        ("tempo-run", "sun", 30),
    ]


def test_a_day_that_is_lost_after_it_was_opened_is_lost() -> None:
    request = asked(DAILY)
    week = replan(request, plan_week(request), news("mon 12:00", settings=["availability.fri=06:00-08:00"])).week
    assert week is not None
    lost = replan(request, week, news("tue 12:00", lost=["fri"])).week
    assert lost is not None
    assert "fri" not in {s.day for s in lost.sessions}
    opened = begin(request, lost, news("wed 00:00", settings=["availability.fri=06:00-08:00"]))
    assert opened.told.lost == ()


def test_where_nothing_changes_what_stands_behind_a_session_stays_behind_it() -> None:
    problem = resolve(asked("""
        goal: health-longevity
        availability: {mon-fri: 06:00-07:30, sat: [06:00-08:00, 17:00-19:00]}
        want: {mobility: 1}
        pinned:
          - {session: full-body, day: sat, start: "06:00", minutes: 55}
          - {session: bike-easy, day: sat, start: "17:00", minutes: 45}
          - {session: mobility, day: sat}
    """), catalogue())  # fmt: skip
    pieces = solve(problem).pieces
    leads = {p.kind.id: p for p in pieces if p.day == 5 and p.kind.id != "mobility"}
    for lead in leads.values():
        moved = replace(next(p for p in pieces if p.kind.id == "mobility"), start=lead.end, visit=lead.visit)
        was = [q for p in pieces if p.kind.id != "mobility" for q in ((p, moved) if p is lead else (p,))]
        exact = replace(planned_before(was), changes=0, exact=True)
        again = solve(replace(problem, anchors=(exact,))).pieces
        assert [p.start for p in again if p.kind.id == "mobility"] == [lead.end]


# --- illness --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("tue-thu", "tue wed thu"),
        ("Tue, thu", "tue thu"),
        ("sat-mon", "sat sun"),
        ("daily", "mon tue wed thu fri sat sun"),
        ("2026-11-24", "tue"),
        ("2026-11-24..2026-11-26", "tue wed thu"),
        ("2026-11-28 to 2026-12-02", "sat sun"),
    ],
)
def test_days_of_illness(text: str, days: str) -> None:
    """What runs on past Sunday is the next week's, in a file too."""
    request = asked(f"{JAMIE}week_of: 2026-11-23\n")
    assert [DAYS[day] for day in sorted(days_of(request, text))] == days.split()
    if "20" not in text:
        assert [DAYS[day] for day in asked(f"{JAMIE}ill: '{text}'\n").spec.ill] == days.split()


def test_days_of_illness_past_sunday_are_told(tmp_path: Path) -> None:
    told = "Monday and Tuesday belong to the week after: say it there."
    assert f"ill: {told}" in resolve(asked(f"{JAMIE}ill: [thu, sat-tue]\n"), catalogue()).assumptions
    file, week = tmp_path / "week.yaml", tmp_path / "week.json"
    file.write_text(f"{JAMIE}week_of: 2026-11-23\n", encoding="utf-8")
    week.write_text(plan_week(load_request(file)).to_json(), encoding="utf-8")
    for ill in ("sat-tue", "2026-11-28..2026-12-01"):
        found = CliRunner().invoke(app, ["replan", str(file), str(week), "--now", "sat-07:00", "--ill", ill])
        assert f"--ill {ill}: {told}" in found.stderr
        assert "Nothing is planned on Saturday and Sunday." in found.stdout


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("soon", "'soon' is no day; expected days such as tue-thu"),
        ("2026-12-24", "none of these days is in this week; expected a date of the week of 2026-11-23"),
        ("", "'' is no list of days"),
    ],
)
def test_days_that_are_none(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        days_of(asked(f"{JAMIE}week_of: 2026-11-23\n"), text)


def test_who_is_ill_all_week_rests(jamie: tuple[Request, Week]) -> None:
    found = replan(*jamie, News(0, ill=["daily"]))
    assert found.week is not None
    assert (found.week.outcome, found.week.sessions, len(found.missed)) == ("solved", (), len(jamie[1].sessions))
    assert [fact.rule for fact in found.illness] == ["illness-gate"]


def test_what_an_illness_takes_away_is_told_by_its_rules(jamie: tuple[Request, Week]) -> None:
    found = replan(*jamie, News(parse_week_minute("tue 05:00"), ill=["tue-wed"]))
    assert found.week is not None
    assert [fact.rule for fact in found.illness] == list(ROWS)
    assert found.illness[2].text == "Nothing hard on Thursday and Friday; then at most 1 hard endurance session."
    assert found.advice == GO_ON
    first = next(s for s in found.week.sessions if not s.done)
    assert (first.modality, first.minutes <= 30) == ("run", True)


@pytest.mark.parametrize(("fixed", "ill", "left"), [("wed, fri", "tue", ["fri"]), ("wed, thu", "tue-thu", [])])
def test_of_a_row_of_fixed_days_only_the_ill_ones_give_way(fixed: str, ill: str, left: list[str]) -> None:
    rows = f"pinned: [{{session: upper, each: [{fixed}]}}, {{session: core, day: mon}}]"
    request = asked(re.sub("pinned: .*", rows, JAMIE))
    after = replan(request, plan_week(request), News(parse_week_minute("mon 05:00"), ill=[ill])).week
    assert after is not None
    assert [s.day for s in after.sessions if s.session == "upper" and s.pinned] == left
    again = replan(request, after, News(parse_week_minute("tue 05:00"))).week
    assert again is not None
    assert [s.day for s in again.sessions if s.session == "upper" and s.pinned] == left


LIFTER = """
athlete: {experience: {lift: intermediate, run: beginner}}
goal: hybrid-vo2-strength
primary: lift
availability: {mon-fri: [06:00-07:30, 17:30-20:30], sat: 08:00-12:00}
"""
RUNNER = """
athlete: {age: 38, experience: {run: intermediate, lift: beginner}}
goal: run-half
primary: run
availability: {mon: [05:30-07:00, 20:00-21:30], tue: 12:10-13:20, wed: [05:30-07:00, 20:00-21:30], thu: 12:10-13:20,
  fri: 05:30-07:00, sat: 06:00-10:00, sun: 06:00-09:00}
history: {longest_run_30d: 80 min, run_minutes: [190, 200, 210]}
"""


@pytest.mark.parametrize("ill", ["tue", "wed", "thu"])
def test_an_illness_puts_no_run_in_the_place_of_a_lift(ill: str) -> None:
    request = asked(LIFTER)
    week = plan_week(request)
    found = replan(request, week, News(parse_week_minute(f"{ill} 12:00"), ill=[ill]))
    assert found.week is not None
    before, after = ([s for s in one.sessions if s.id not in found.missed] for one in (week, found.week))
    for modality in ("run", "lift"):
        assert sum(s.modality == modality for s in after) == sum(s.modality == modality for s in before)
    assert not any(match.rule == "illness-gate" for match in found.came), "what was done before it is nobody's to give up"


def test_after_a_day_of_illness_the_long_run_stays_and_something_short_comes_first() -> None:
    request = asked(RUNNER)
    week = plan_week(request)
    found = replan(request, week, News(parse_week_minute("wed 12:00"), ill=["thu"]))
    assert found.week is not None
    ahead = [s for s in found.week.sessions if not s.done]
    assert [s.minutes for s in ahead if s.session == "long-run"] == [80]
    assert (ahead[0].session, ahead[0].minutes <= 30, ahead[0].day) == ("easy-run", True, "fri")


def test_a_week_planned_with_illness_is_not_a_whole_week_in_fewer_days() -> None:
    ill = plan_week(asked(f"{RUNNER}now: thu 00:10\nill: mon-wed\n"))
    assert max(s.minutes for s in ill.sessions if s.session == "long-run") <= 80
    assert sum(s.minutes for s in ill.sessions if s.modality == "run") < 200
    told = " ".join(ill.assumptions)
    assert all(f"[{rule}]" in told for rule in ROWS if rule not in ("runs-after-illness", "lifts-after-illness"))
    assert GO_ON in ill.advice


@pytest.mark.parametrize(("now", "ill", "left"), [("sun 20:00", "mon-sun", 0), ("sun 00:10", "mon-sat", 1)])
def test_a_week_of_illness_is_planned(now: str, ill: str, left: int) -> None:
    week = plan_week(asked(f"{RUNNER}now: {now}\nill: {ill}\n"))
    assert (week.outcome, len(week.sessions)) == ("solved", left)
    assert all(s.minutes <= 30 for s in week.sessions)


def test_a_file_may_state_an_illness() -> None:
    week = plan_week(asked(f"{JAMIE}ill: wed-thu\nrules: {{first-session-after-illness: {{minutes: 20}}}}\n"))
    after = [s for s in week.sessions if s.day in ("wed", "thu", "fri", "sat")]
    assert not {"wed", "thu"} & {s.day for s in after}
    assert [s.minutes for s in after if s.day == after[0].day] == [20]
    assert "week.yaml:8:6: 'x' is no day" in refusal(f"{JAMIE}ill: x\n")


# --- what is done -----------------------------------------------------------------------------------------------------


def test_past_a_broken_cap_nothing_is_added() -> None:
    request = asked(f"{JAMIE}want: {{run_minutes: 60-110}}\n")
    week = plan_week(request)
    later = sum(s.minutes for s in week.sessions if s.modality == "run" and begins(s) > WED)
    left = []
    for minutes in (10, 70, 120, 170):
        found = replan(request, week, News(WED, done=[f"easy-run=mon 12:00 {minutes} min"]))
        assert found.week is not None
        left.append(sum(s.minutes for s in found.week.sessions if s.modality == "run" and not s.done))
    assert left == sorted(left, reverse=True)
    assert (left[0] <= later, left[-2:]) == (True, [0, 0])


def test_what_was_missed_may_be_made_up_for_where_the_file_says_so() -> None:
    """With the rule off, a lost day may lengthen what is left; with it, it never does."""
    request = asked(f"{JAMIE}rules: {{missed-session: off}}\n")
    assert replan(request, plan_week(request), News(WED, lost=["thu"])).week is not None


def test_nobody_does_two_things_at_once(jamie: tuple[Request, Week]) -> None:
    first = jamie[1].sessions[0]
    planned = f"is taken as done as it was planned, Monday {first.start}-{first.end}; expected .* or --missed {first.id} if"
    with pytest.raises(InputError, match=f"^--done easy-run=mon {first.start} 20 min: at Monday .* {planned}"):
        replan(*jamie, News(WED, done=[f"easy-run=mon {first.start} 20 min"]))
    both = [f"easy-run=tue {hour} 20 min" for hour in ("07:00", "07:10")]
    with pytest.raises(InputError, match="easy run and easy run are both said to be done at Tuesday 07:10"):
        replan(*jamie, News(WED, done=both))


def test_a_visit_is_done_as_one() -> None:
    """However long its first session took, and though the rest of it is still to come."""
    request = asked("""
        goal: run-5k
        athlete: {experience: intermediate}
        availability: {mon-fri: 17:30-20:30, sat: 08:00-12:00}
    """)
    week = plan_week(request)
    first, behind = next(pair for pair in itertools.pairwise(week.sessions) if len({(s.day, s.visit) for s in pair}) == 1)
    for now, told in ((begins(first) + 5, []), (begins(first) + 200, [f"{first.id}=90 min"])):
        found = replan(request, week, News(now, done=told)).week
        assert found is not None
        assert [s.session for s in found.sessions if s.done and s.day == behind.day][:2] == [first.session, behind.session]
