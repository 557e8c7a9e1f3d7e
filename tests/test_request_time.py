"""When a request has time: windows, nights, pins and clock changes, seen on the resolved problem and on the week."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from asks import EVENINGS, asked, lengths, refusal, resolved, rooms, rule, sessions, windows

from microcycle import audit, plan_week
from microcycle.models.catalogue import catalogue
from microcycle.models.clause import Bound
from microcycle.models.clock import DAY_MIN
from microcycle.models.edit import edited
from microcycle.solver.pins import without
from microcycle.solver.problem import Placed, Problem
from microcycle.solver.resolve import resolve
from microcycle.solver.solve import Result, solve

EXAMPLES = Path(__file__).parent.parent / "examples"


def planned(text: str, **more: str) -> Result:
    """The solved week of a request; its audit raises if anything is amiss."""
    return solve(resolved(text, **more))


def at(pieces: tuple[Placed, ...], kind: str) -> list[str]:
    return [text for text in sessions(pieces) if f" {kind} " in text]


# --- when there is time ---------------------------------------------------------------------------------------------


def test_the_narrower_key_replaces_the_wider_in_any_order() -> None:
    lines = ["mon-sun: 06:00-07:00", "mon-wed: 12:00-13:00", "tue: 18:00-19:00", "'wed,fri': none"]
    expected = [
        "mon 12:00-13:00", "tue 18:00-19:00", "thu 06:00-07:00", "sat 06:00-07:00", "sun 06:00-07:00",
    ]  # fmt: skip
    for some in (lines, lines[::-1], [*lines[2:], *lines[:2]]):
        assert windows(resolved("availability: {" + ", ".join(some) + "}")) == expected


def test_keys_of_one_width_may_meet_where_a_narrower_one_decides() -> None:
    both = "mon-wed: 18:00-19:00, wed-fri: 06:00-07:00"
    assert "Wednesday is named here and in 'mon-wed'" in refusal("availability: {" + both + "}")
    for text in (f"{both}, wed: 12:00-13:00", f"wed: 12:00-13:00, {both}"):
        assert "wed 12:00-13:00" in windows(resolved("availability: {" + text + "}"))


def test_a_date_before_the_rota_before_a_day() -> None:
    text = """
    week_of: 2026-11-23
    availability: {mon-fri: 18:00-20:00, tue: 06:00-07:00, 2026-11-25: 12:00-13:00, 2026-12-25: none}
    shifts: {early: {windows: 15:30-19:30, sleep: 21:30-05:30}}
    rota: {2026-11-16: [off, off], 2026-11-24: [early, early, off], 2027-01-04: early}
    """
    problem = resolved(text)
    assert windows(problem) == [
        "mon 18:00-20:00", "tue 15:30-19:30", "wed 12:00-13:00", "thu 18:00-20:00", "fri 18:00-20:00",
    ]  # fmt: skip
    assert problem.nights.bed[:3] == (1380, 1290, 1290)
    assert problem.nights.wake[1:4] == (360, 330, 330)


def test_a_window_may_cross_midnight_and_the_week() -> None:
    problem = resolved("availability: {fri: 22:00-02:00, sat: 02:00-04:00, sun: 23:00-01:30, mon: 01:30-03:00}")
    assert windows(problem) == ["mon 01:30-03:00", "fri 22:00-02:00", "sat 02:00-04:00", "sun 23:00-01:30"]
    assert problem.windows[-1].close == 7 * DAY_MIN + 90
    assert "overlaps" in refusal("availability: {sun: 23:00-01:30, mon: 01:00-03:00}")
    open_end = resolved("next: open\navailability: {sun: 23:00-01:30, mon: 01:00-03:00}")
    assert not open_end.wraps


@pytest.mark.parametrize(
    ("written", "minutes"),
    [
        ("{at: 08:00-10:00}", 0),
        ("{at: 08:00-10:00, place: home}", 0),
        ("{at: 08:00-10:00, place: Home}", 0),
        ("{at: 08:00-10:00, place: gym}", 15),
        ("{at: 08:00-10:00, place: gym, buffer: 5 min}", 5),
        ("{at: 08:00-10:00, place: pool}", 10),
        ("{at: 08:00-10:00, buffer: 0:20}", 20),
    ],
)
def test_set_up_time_is_of_the_place_on_each_side(written: str, minutes: int) -> None:
    problem = resolved(f"places: {{gym: 15}}\navailability: {{mon: 18:00-19:00, sat: {written}}}")
    assert problem.windows[1].setup == minutes
    assert rooms(problem, "sat") == [f"08:{minutes:02d}-{'10:00' if not minutes else f'09:{60 - minutes}'}"]
    assert any("assumed for pool" in note for note in problem.assumptions) == ("pool" in written)


def test_only_names_sessions_by_group_or_kind() -> None:
    problem = resolved("availability: {mon: 18:00-20:00, sat: {at: 08:00-11:00, only: [run, lifts]}}")
    assert problem.windows[1].only == "runs | lifts"
    runs = resolved("availability: {mon: 18:00-20:00, sat: {at: 08:00-11:00, only: run}}")
    kinds = {runs.options[o].kind.modality for p in runs.places if p.day == 5 for o in p.options}
    assert kinds == {"run"}


def test_other_clocks_and_units() -> None:
    problem = resolved("availability: {mon: 5:30pm-8pm, sat: 8am-12pm}\nathlete: {easy_pace: 6:00 /km}")
    assert windows(problem) == ["mon 17:30-20:00", "sat 08:00-12:00"]
    assert problem.seconds_per_km == 360
    assert asked("goal: run-5k\nathlete: {bodyweight: 160 lb}").spec.athlete.bodyweight == 72_575
    assert asked("goal: run-5k\nathlete: {bodyweight: 72.5 kg}").spec.athlete.bodyweight == 72_500
    toml = 'goal = "run-10k"\n[availability]\nmon = "17:30-20:00"\nsat = {at = "08:00-11:00", only = "runs"}\n'
    assert windows(resolved(toml, kind="toml")) == ["mon 17:30-20:00", "sat 08:00-11:00"]


def test_sleep_of_days_and_what_is_assumed() -> None:
    plain = resolved("")
    assert (plain.nights.bed[0], plain.nights.wake[0]) == (1380, 360)
    assert "Sleep 23:00-06:00 is assumed: the file does not state it." in plain.assumptions
    some = resolved("sleep: {mon-thu: 22:00-05:30, thu: 00:30-08:00}")
    assert (some.nights.bed[0], some.nights.wake[1], some.nights.bed[3], some.nights.wake[4]) == (1320, 330, 1470, 480)
    assert any("assumed on Friday to Sunday" in note for note in some.assumptions)
    whole = resolved("sleep: 22:30-06:30")
    assert set(whole.nights.bed) == {1350}
    assert not any("Sleep" in note for note in whole.assumptions)


@pytest.mark.parametrize(
    ("sleep", "window", "told"),
    [
        ("sleep: 22:30-06:00", "mon-wed: 06:00-22:30", None),
        ("sleep: 22:30-06:00", "mon-wed: 05:30-07:00", "05:30-07:00 (Monday to Wednesday)"),
        ("sleep: 22:30-06:00", "{mon: 21:00-22:35, tue: 20:00-22:00}", "21:00-22:35 (Monday)"),
        ("sleep: {mon: 00:30-08:00}", "{mon: 06:30-07:30, tue: 06:30-07:30}", "06:30-07:30 (Tuesday)"),
        ("", "mon-wed: 05:00-07:00", None),
    ],
)
def test_a_window_in_the_stated_night_is_told(sleep: str, window: str, told: str | None) -> None:
    window = window if window.startswith("{") else f"{{{window}}}"
    problem = resolved(f"{sleep}\navailability: {window}")
    notes = [note for note in problem.assumptions if "reaches into your sleep" in note]
    assert [told is not None and told in note for note in notes] == [True] * (told is not None)


NIGHTS = "week_of: 2026-11-23\nshifts: {night: {windows: [16:30-19:00], sleep: 08:30-15:30}}\nrota: {2026-11-23: night}\n"


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("sleep: 08:30-15:30\navailability: {mon-sat: 15:00-19:00}", "15:30"),
        ("sleep: 22:00-06:30\navailability: {mon-sat: 05:00-08:00}", "06:30"),
        ("availability: {mon-sat: 05:00-08:00}", "06:00"),
        ("sleep: 22:00-06:30\navailability: {mon-sat: 05:00-06:30}", None),
        (NIGHTS + "availability: {tue: [08:00-12:00, 15:00-19:00], wed-sat: 15:30-18:00}", "15:30"),
    ],
)
def test_sessions_stand_outside_sleep_where_they_fit(text: str, first: str | None) -> None:
    found = planned(text, goal="run-5k")
    assert found.audit is not None
    lost = [match.text for match in found.audit.matches if match.instance.rule.id == "outside-sleep"]
    assert len(found.pieces) >= 6
    if first is None:
        # It fits nowhere else: that costs sleep, and no session.
        assert "at the cost of 45 minutes of your sleep" in " ".join(lost)
    else:
        assert not lost
        assert min(text.split()[1] for text in sessions(found.pieces)) == first


def test_a_coarse_grid_begins_at_the_windows_opening() -> None:
    problem = resolved("grid: 30\navailability: {mon: 06:15-08:00, sat: 08:03-10:00}")
    assert next(p.low for p in problem.places) == 375
    assert next(p.low % DAY_MIN for p in problem.places if p.day == 5) == 485


# --- pins -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [5, 12, 52, 77, 181, 720])
@pytest.mark.parametrize("kind", ["easy-run", "intervals-vo2", "upper", "strides", "race", "walk", "hike"])
def test_a_pin_of_any_whole_minutes(kind: str, minutes: int) -> None:
    problem = resolved(f"pinned: [{{session: {kind}, day: sat, start: 08:00, minutes: {minutes}, outside_windows: true}}]")
    (pin,) = problem.pins
    assert pin.minutes == (minutes,)
    content = pin.kind.content(minutes)
    slack = 9 if kind == "upper" else 0
    assert minutes * 60 - slack * 60 <= sum(step.seconds for step in content.steps) <= minutes * 60
    assert (pin.kind.id, pin.kind.name) == (kind, catalogue().kinds[kind].name)
    assert [n for n in lengths(problem, kind) if n % 5] == [minutes] * (minutes % 5 > 0)


def test_a_pin_of_52_minutes_is_planned_and_checked(tmp_path: Path) -> None:
    result = planned("pinned: [{session: easy-run, day: tue, start: '18:33', minutes: 52, note: run club}]")
    assert at(result.pieces, "easy-run")[0] == "tue 18:33 easy-run 52"
    request = asked("goal: run-10k\n" + EVENINGS + "pinned: [{session: easy-run, day: tue, start: '18:33', minutes: 52}]")
    week = plan_week(request)
    file = tmp_path / "week.json"
    file.write_text(week.to_json(), "utf-8")
    check = audit(request, file)
    assert check.legal
    assert check.matches == week.matches
    free = planned("pinned: [{session: easy-run, day: tue, minutes: 52}]")
    assert [text for text in at(free.pieces, "easy-run") if text.endswith(" 52")] == ["tue 17:30 easy-run 52"]


def test_a_pin_cuts_its_window_in_two() -> None:
    problem = resolved("pinned: [{session: easy-run, day: tue, start: 18:17, minutes: 46}]")
    assert rooms(problem, "tue") == ["17:30-18:17", "18:17-19:03 pin 0", "19:05-20:30"]


def test_pins_need_no_set_up_time_and_reach_over_midnight() -> None:
    text = """
    availability: {sat: {at: 08:00-10:00, place: gym, buffer: 20}, mon: 00:00-02:00, tue: 18:00-20:00}
    pinned:
      - {session: upper, day: sat, start: 08:00, minutes: 45}
      - {session: easy-run, day: sun, start: 23:30, minutes: 60, outside_windows: true}
    """
    problem = resolved(text)
    assert rooms(problem, "sat") == ["08:00-08:45 pin 0", "08:45-09:40"]
    assert rooms(problem, "mon") == ["00:30-02:00"]
    assert rooms(resolved("next: open\n" + text.replace("\n    ", "\n")), "mon") == ["00:00-02:00"]


def test_a_pin_lies_in_sunday_nights_window() -> None:
    text = "availability: {sun: 22:00-02:00, wed: 18:00-20:00}\npinned: [{session: easy-run, day: mon, start: 00:30}]"
    problem = resolved(text)
    assert rooms(problem, "mon") == ["00:30-01:00 pin 0"]
    assert rooms(problem, "sun") == ["22:00-00:30", "01:00-02:00"]


def test_a_pin_by_date() -> None:
    text = "week_of: 2026-11-23\npinned: [{session: easy-run, date: 2026-11-26, start: 18:00}]"
    assert resolved(text).pins[0].days == (3,)


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("2026-11-26", (3,)),
        ('"2026-11-26"', (3,)),
        ("[2026-11-28, 2026-11-24]", (1, 5)),
        ("[sat, 2026-11-24, tue]", (1, 5)),
        ("[mon-wed, 2026-11-27]", (0, 1, 2, 4)),
    ],
)
@pytest.mark.parametrize("key", ["day", "date"])
def test_a_pin_on_days_or_dates(key: str, written: str, days: tuple[int, ...]) -> None:
    text = f"week_of: 2026-11-23\navailability: {{daily: 17:00-20:00}}\npinned: [{{session: easy-run, {key}: {written}}}]"
    assert resolved(text).pins[0].days == days


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("2026-12-08", "2026-12-08 is not in the week of 2026-11-23; expected a date from 2026-11-23 to six days later"),
        ("[tue, 2026-11-30]", ":4:41: 2026-11-30 is not in the week"),
        ("2026-11-31", "'2026-11-31' is no day of the calendar; expected days such as mon"),
        ("24.11.", "'24.11.' is no date; expected days such as mon"),
        ("tuseday", "a date such as 2026-11-23, or a list of them; did you mean 'tue'?"),
        ("3", "3 is no list of days; expected days such as mon"),
        ("[]", "an empty list is no day"),
        ("[[tue]]", "a list is no day"),
    ],
)
def test_a_pin_on_no_day(written: str, says: str) -> None:
    text = f"week_of: 2026-11-23\npinned: [{{session: easy-run, day: {written}, start: 18:00}}]"
    assert says in refusal(text)


def test_a_pin_on_a_date_needs_a_week() -> None:
    assert "a date needs to know its week" in refusal("pinned: [{session: easy-run, day: 2026-11-24, start: 18:00}]")


def test_a_pin_with_a_choice_of_days_leaves_the_window_whole_elsewhere() -> None:
    problem = resolved("pinned: [{session: easy-run, day: [tue, thu], start: 18:30, minutes: 45}]")
    for day, n in (("tue", 1), ("thu", 3)):
        assert rooms(problem, day) == ["17:30-18:30", "17:30-20:30", "18:30-19:15 pin 0", "19:15-20:30"]
        given = {p.given for p in problem.places if p.day == n and p.pin is None}
        assert given == {((0, n, False),), ((0, n, True),)}
    result = solve(problem)
    assert len([text for text in at(result.pieces, "easy-run") if text.endswith("18:30 easy-run 45")]) >= 1


def test_two_pins_with_a_choice_never_share_an_hour() -> None:
    text = """
    pinned:
      - {session: easy-run, day: [tue, thu], start: 18:30, minutes: 45}
      - {session: upper, day: [tue, thu], start: 18:45, minutes: 45}
      - {session: recovery-run, day: [tue, thu, sat], minutes: 25}
    """
    result = planned(text)
    days = {p.kind.id: p.day for p in result.pieces if p.pin in (0, 1)}
    assert days["easy-run"] != days["upper"]
    clash = text.replace("[tue, thu], start: 18:45", "tue, start: 18:45")
    clash = clash.replace("[tue, thu], start: 18:30", "[tue, wed], start: 18:30")
    assert {p.day for p in planned(clash).pieces if p.pin == 0} == {2}


def test_pins_that_could_be_one_session_are_two() -> None:
    text = """
    pinned:
      - {session: easy-run, day: tue}
      - {session: easy-run, day: [tue, thu], minutes: 35}
      - {session: easy-run, day: [tue, thu]}
    """
    result = planned(text)
    assert result.outcome == "infeasible" or len({p.pin for p in result.pieces if p.pin is not None}) == 3
    two = planned("pinned: [{session: easy-run, day: tue, minutes: 35}, {session: easy-run, day: [tue, thu]}]")
    assert sorted(p.pin for p in two.pieces if p.pin is not None) == [0, 1]
    assert {p.day for p in two.pieces if p.pin is not None} == {1, 3}


def test_a_pinned_length_stands_nowhere_else() -> None:
    problem = resolved("pinned: [{session: easy-run, day: tue, start: 18:00, minutes: 75}]", goal="hybrid-vo2-strength")
    long = {o.index for o in problem.options if (o.kind.id, o.minutes) == ("easy-run", 75)}
    holding = {(p.day, p.pin) for p in problem.places if long & set(p.options)}
    assert holding == {(1, 0)}
    race = resolved("pinned: [{session: race, day: sun, start: 09:00, minutes: 50}]")
    assert {(p.day, p.pin) for p in race.places for o in p.options if race.options[o].kind.id == "race"} == {(6, 0)}


def test_counts_as_and_labels() -> None:
    problem = resolved("pinned: [{session: 'run {club}', counts_as: easy-run, day: tue, start: 18:00, minutes: 50}]")
    assert (problem.pins[0].kind.id, problem.pins[0].label) == ("easy-run", "run {club}")
    result = solve(problem)
    assert any(p.label == "run {club}" for p in result.pieces)


def test_a_pin_that_clashes_is_infeasible_with_both_lines() -> None:
    week = plan_week(
        asked(f"goal: run-10k\n{EVENINGS}forbid: {{runs: tue}}\npinned: [{{session: easy-run, day: tue, start: 18:00}}]")
    )
    assert week.outcome == "infeasible"
    assert {fact.source for fact in week.conflict} == {"week.yaml:3", "week.yaml:4"}


def test_pins_and_what_may_be_done_in_a_window() -> None:
    text = "availability: {mon: 18:00-20:00, sat: {at: 08:00-11:00, only: runs}}\n"
    assert resolved(text + "pinned: [{session: upper, day: sat, start: 08:00}]").pins
    assert "no window of Saturday is open" in refusal(text + "pinned: [{session: upper, day: sat}]")
    assert "set-up included" in refusal(
        "availability: {mon: 18:00-20:00, sat: {at: 08:00-09:00, buffer: 15}}\n"
        "pinned: [{session: upper, day: sat, minutes: 50}]"
    )


# --- dates and clock changes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "monday", "changes", "note"),
    [
        ("Europe/London", "2026-03-23", ((6 * DAY_MIN + 120, 60),), "forward: Sunday 01:00 to 02:00"),
        ("Europe/London", "2026-10-19", ((6 * DAY_MIN + 120, -60),), "back: Sunday 01:00 to 02:00"),
        ("America/New_York", "2026-03-02", ((6 * DAY_MIN + 180, 60),), "forward: Sunday 02:00 to 03:00"),
        ("America/New_York", "2026-10-26", ((6 * DAY_MIN + 120, -60),), "back: Sunday 01:00 to 02:00"),
        ("Australia/Lord_Howe", "2026-09-28", ((6 * DAY_MIN + 150, 30),), "forward: Sunday 02:00 to 02:30"),
        ("Australia/Lord_Howe", "2026-03-30", ((6 * DAY_MIN + 120, -30),), "back: Sunday 01:30 to 02:00"),
        ("Asia/Kathmandu", "2026-03-23", (), ""),
        ("Europe/London", "2026-03-30", (), ""),
    ],
)
def test_clock_changes(zone: str, monday: str, changes: tuple[tuple[int, int], ...], note: str) -> None:
    problem = resolved(f"week_of: {monday}\nathlete: {{timezone: {zone}}}")
    assert problem.clock_changes == changes
    assert any(note in text for text in problem.assumptions if "clock goes" in text) == bool(changes)
    # What the zone itself says of the elapsed time between Saturday and Sunday noon.
    day = datetime.datetime.fromisoformat(monday).replace(tzinfo=ZoneInfo(zone)) + datetime.timedelta(days=5, hours=12)
    elapsed = (day + datetime.timedelta(days=1)).astimezone(datetime.UTC) - day.astimezone(datetime.UTC)
    found = problem.real(6 * DAY_MIN + 720) - problem.real(5 * DAY_MIN + 720)
    assert found == elapsed.total_seconds() // 60


def test_starts_in_a_skipped_or_doubled_hour() -> None:
    pin = "pinned: [{session: easy-run, day: sun, start: 01:30, minutes: 45, outside_windows: true}]"
    autumn = resolved(f"week_of: 2026-10-19\nathlete: {{timezone: Europe/London}}\n{pin}")
    assert any("Sunday 01:30 comes twice" in note for note in autumn.assumptions)
    assert any("the clock changes during the session; it ends at 01:15" in note for note in autumn.assumptions)
    assert "does not exist" in refusal(f"week_of: 2026-03-23\nathlete: {{timezone: Europe/London}}\n{pin}")
    assert resolved(f"athlete: {{timezone: Europe/London}}\n{pin}").clock_changes == ()


def test_windows_are_cut_at_a_clock_change() -> None:
    text = "athlete: {timezone: Europe/London}\navailability: {wed: 18:00-20:00, sat: 23:00-05:00}\nweek_of: "
    assert rooms(resolved(text + "2026-03-23"), "sat") == ["23:00-01:00", "02:00-05:00"]
    assert rooms(resolved(text + "2026-10-19"), "sat") == ["23:00-02:00", "02:00-05:00"]


# --- pins on each of several days, days by the name of a shift -------------------------------------------------------


def pins(problem: Problem) -> list[tuple[Any, ...]]:
    return [(p.kind.id, p.days, p.start, p.minutes, p.outside_windows, p.note) for p in problem.pins]


@pytest.mark.parametrize(
    ("each", "days"),
    [
        ("mon-fri", "mon tue wed thu fri"),
        ("[tue, thu]", "tue thu"), ("sun", "sun"), ("daily", "mon tue wed thu fri sat sun"),
        ("[2026-11-24, sat]", "tue sat"),
    ],
)  # fmt: skip
def test_a_pin_on_each_of_several_days_is_a_pin_on_every_one(each: str, days: str) -> None:
    row = "session: easy-run, start: '06:30', minutes: 45, outside_windows: true, note: club"
    one = resolved(f"week_of: 2026-11-23\npinned: [{{{row}, each: {each}}}]")
    apart = ", ".join(f"{{{row}, day: {day}}}" for day in days.split())
    other = resolved(f"week_of: 2026-11-23\npinned: [{apart}]")
    assert pins(one) == pins(other)
    assert [p.index for p in one.pins] == list(range(len(days.split())))
    assert [o.kind.id for o in one.options] == [o.kind.id for o in other.options]
    assert one.assumptions == other.assumptions
    assert [(r.rule.id, r.clause) for r in one.rules] == [(r.rule.id, r.clause) for r in other.rules]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("day: tue, each: mon", "has one of 'day', 'date' and 'each'"),
        ("each: mon-fir", "'fir' is no day"),
        ("each: 2026-12-08", "2026-12-08 is not in the week"),
        ("each: mon-fri, start: '05:00'", "05:00 to 05:30 on Monday lies in no window"),
    ],
)
def test_what_each_cannot_be(row: str, told: str) -> None:
    assert told in refusal(f"week_of: 2026-11-23\npinned: [{{session: easy-run, {row}}}]")


def test_no_more_than_sixty_sessions_are_pinned() -> None:
    row = "{session: strides, each: daily, start: '%02d:00', minutes: 5, outside_windows: true}"
    rows = ", ".join(row % hour for hour in range(6, 15))
    assert "63 sessions are pinned with it; expected at most 60" in refusal(f"pinned: [{rows}]")


def test_one_day_of_a_row_can_be_left_out_and_several_together() -> None:
    request = asked(f"goal: run-5k\n{EVENINGS}pinned: [{{session: easy-run, each: mon-wed, start: '18:00', minutes: 30}}]")
    mon, tue, wed = resolve(request, catalogue()).pins
    left = edited(request, [without(request, tue)])
    assert [p.days for p in resolve(left, catalogue()).pins] == [mon.days, wed.days]
    both = edited(request, [without(request, tue), without(request, mon)])
    assert [p.days for p in resolve(both, catalogue()).pins] == [wed.days]
    assert edited(request, [without(request, pin) for pin in (mon, tue, wed)]).spec.pinned == ()


NIGHTS = """
week_of: 2026-11-23
shifts: {night: {windows: 16:00-19:00}, day: {windows: 18:00-21:00}, off duty: {windows: 08:00-12:00}}
rota:
  2026-11-16: [day, day, day, day, day, night, night]
  2026-11-23: [day, night, night, day, off duty, off duty, night]
"""


@pytest.mark.parametrize(
    ("days", "meant"),
    [
        ("night", (1, 2, 6)),
        ("after night", (0, 2, 3)),
        ("[night, after night]", (0, 1, 2, 3, 6)),
        ("'mon, off duty'", (0, 4, 5)),
        ("after off duty", (5, 6)),
        ("{days: after day}", (1, 4)),
    ],
)
def test_days_by_the_name_of_a_shift(days: str, meant: tuple[int, ...]) -> None:
    problem = resolved(f"{NIGHTS}forbid: {{hard-runs: {days}}}")
    (clause,) = [r.clause for r in rule(problem, "user-wish")]
    assert isinstance(clause, Bound)
    assert clause.on == meant
    on = days.removeprefix("{days: ").strip("}")
    own = resolved(f"{NIGHTS}rules: {{x: {{family: bound, quantity: sessions, of: hard, max: 0, on: {on}}}}}")
    (clause,) = [r.clause for r in rule(own, "x")]
    assert isinstance(clause, Bound)
    assert clause.on == meant
    (clause,) = [r.clause for r in rule(resolved(f"{NIGHTS}prefer: {{hard-runs: {days}}}"), "user-wish")]
    assert isinstance(clause, Bound)
    assert {*clause.on} == {*range(7)} - {*meant}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("forbid: {hard-runs: before night}", "or 'after night'; did you mean 'after night'?"),
        ("forbid: {hard-runs: after nigth}", "'after nigth' is no day and no shift; expected days such as mon, one"),
        ("forbid: {hard-runs: after nigth}", "did you mean 'after night'?"),
        ("forbid: {hard-runs: wensday}", "'wensday' is no day; expected a day such as mon or Monday; did you mean 'wed'?"),
        ("prefer: {hard-runs: {days: [mon, nihgt]}}", "did you mean 'night'?"),
        ("rules: {x: {family: bound, quantity: sessions, of: hard, max: 0, on: nihgt}}", "did you mean 'night'?"),
    ],
)
def test_a_word_that_is_no_shift(text: str, told: str) -> None:
    assert told in refusal(NIGHTS + text)


def test_a_week_without_such_a_shift_is_told() -> None:
    days = NIGHTS.replace("night, night", "day, day").replace("duty, night", "duty, day")
    problem = resolved(f"{days}forbid: {{runs: night}}")
    assert not rule(problem, "user-wish")
    assert "forbid.runs changes nothing: no day of this week is of the shift night." in problem.assumptions
