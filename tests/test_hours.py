"""An hour has one reading everywhere: past midnight, before bedtime, by day, over a clock change."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from asks import asked, resolved
from draws import draws
from icalendar import Calendar

import microcycle
from microcycle import News, audit, plan_week, replan
from microcycle.cli.render.grid import _rows
from microcycle.errors import InputError
from microcycle.export.calendar import to_calendar
from microcycle.export.data import to_yaml
from microcycle.export.formats import Options
from microcycle.export.sheet import to_csv
from microcycle.models import reading
from microcycle.models.catalogue import catalogue
from microcycle.models.clock import DAYS, parse_week_minute, week_minute_text
from microcycle.models.planned import PlannedSession
from microcycle.models.request import Request
from microcycle.models.week import Week
from microcycle.solver.handmade import read_week
from microcycle.solver.news import begun
from microcycle.solver.problem import DAY_MIN, Placed, Problem
from microcycle.solver.resolve import resolve

CHUNKS = 4
SLEEP = ("00:30-08:00", "02:00-10:00", "04:00-11:00", "08:30-15:30", "22:30-06:30", "01:00-07:00", "21:00-05:00")
WINDOWS = (
    "00:00-02:00", "00:30-03:00", "22:30-02:00", "23:30-01:30", "23:00-00:30", "02:00-04:00", "18:00-20:00", "05:00-08:00",
    "15:00-19:00", "20:00-23:30",
)  # fmt: skip
NIGHT_SHIFT = {"windows": ["16:30-19:00"], "sleep": "08:30-15:30"}
MONDAYS = (("2026-11-23", None), ("2026-03-23", "Europe/London"), ("2026-10-19", "America/New_York"), (None, None))
"""Two of them with a change of the clock."""


def nights(seed: int) -> dict[str, Any]:
    """A small week of somebody who is up at night: a window on most days, some of them past midnight."""
    rng = Random(f"nights {seed}")
    monday, zone = MONDAYS[seed % len(MONDAYS)]
    spec: dict[str, Any] = {
        "athlete": {"timezone": zone} if zone else {},
        "goal": rng.choice(("run-5k", "fat-loss", "health-longevity")),
        "grid": 30,
        "sleep": rng.choice(SLEEP),
        "availability": {day: rng.choice(WINDOWS) for day in rng.sample(DAYS, rng.choice((4, 5, 6)))},
        "want": {"easy-run": {"minutes": 30}} if rng.random() < 0.5 else {},
        "next": rng.choice(("cycle", "open")),
    }
    if monday:
        spec["week_of"] = monday
        if rng.random() < 0.3:
            first = date.fromisoformat(monday) + timedelta(days=rng.randrange(5))
            spec |= {"shifts": {"night": NIGHT_SHIFT}, "rota": {str(first): ["night"] * rng.choice((1, 2))}}
    day, window = rng.choice(list(spec["availability"].items()))
    if rng.random() < 0.4:
        spec["pinned"] = [{"session": "easy-run", "day": day, "start": window[:5], "minutes": 30}]
        if window > "22" and rng.random() < 0.7:
            spec["pinned"][0]["start"] = "00:00"
    if rng.random() < 0.3:
        spec["history"] = {"last_week": [{"session": "easy-run", "day": rng.choice(DAYS), "start": "00:30", "minutes": 30}]}
    return spec


def planned(seeds: range) -> list[tuple[int, Request, Problem, Week]]:
    found = []
    for seed in seeds:
        request = microcycle.load_request(nights(seed))
        try:
            week, problem = plan_week(request, repairs=False), resolve(request, catalogue())
        except InputError:
            continue
        if week.outcome == "solved":
            found.append((seed, request, problem, week))
    return found


def begun_by(week: Week, now: int) -> list[PlannedSession]:
    """A visit that has begun goes on."""
    begun = {(s.day, s.visit) for s in week.sessions if (s.start_min or 0) < now}
    return [s for s in week.sessions if (s.day, s.visit) in begun]


def told(week: Week) -> list[tuple[str, int, int, int | None, bool]]:
    return [(s.session, s.minutes, DAYS.index(s.day), s.start_min, s.finisher) for s in week.sessions]


def read(pieces: tuple[Placed, ...]) -> list[tuple[str, int, int, int | None, bool]]:
    return [(p.kind.id, p.minutes, p.day, p.start, p.finisher) for p in pieces]


def by_hand(week: Week) -> dict[str, Any]:
    lines: dict[str, Any] = {}
    for s in week.sessions:
        lines.setdefault(s.day, []).append({"session": s.session, "start": s.start, "minutes": s.minutes, "visit": s.visit})
    return lines


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_week_reads_back_as_it_was_planned(chunk: int) -> None:
    """Saved, by hand, as a table or a calendar, and once it has begun."""
    weeks = planned(range(chunk, draws(60), CHUNKS))
    assert len(weeks) * CHUNKS >= draws(30)
    past = 0
    for seed, request, problem, week in weeks:
        rng = Random(seed)
        past += any((s.start_min or 0) >= DAY_MIN * (DAYS.index(s.day) + 1) or (s.start or "") < "03" for s in week.sessions)
        texts = (week.to_json(), to_yaml(week))
        for text, kind in zip(texts, ("json", "yaml"), strict=True):
            document = reading.parse(text, f"saved.{kind}", kind)
            assert read(read_week(document, problem, request)) == told(week), seed
        check = audit(request, document)
        assert (check.hard, check.sessions) == ((), week.sessions), seed
        assert check.levels == {level.name: level.value for level in week.levels}, seed
        hand = reading.parse(json.dumps(by_hand(week)), "hand.json", "json")
        assert read(read_week(hand, problem, request)) == told(week), seed
        older = json.loads(week.to_json())
        for session in older["sessions"]:
            del session["start_min"]
        assert told(Week.model_validate(older)) == told(week), seed
        if week.week_of is not None:
            rows = list(csv.DictReader(io.StringIO(to_csv(week))))
            starts = {(row["day"], row["visit"]): f"{row['date']} {row['start']}" for row in reversed(rows)}
            events: Any = Calendar.from_ical(to_calendar(week, Options())).walk("VEVENT")
            assert sorted(starts.values()) == sorted(f"{event['dtstart'].dt:%Y-%m-%d %H:%M}" for event in events), seed
            hours = [datetime.fromisoformat(f"{row['date']} {row['start']}") for row in rows]
            since = [int((hour - datetime.combine(week.week_of, datetime.min.time())).total_seconds()) for hour in hours]
            assert [n // 60 for n in since] == [s.start_min for s in week.sessions], seed
        now = rng.choice([s.start_min or 0 for s in week.sessions]) + rng.choice((-5, 0, 5, 600))
        if 0 <= now < 7 * DAY_MIN:
            this = begun(request, week, News(now))
            over = [s for s in week.sessions if s not in this.ahead]
            assert over == begun_by(week, now), seed
            # What follows in a visit follows it.
            held = [(one.day[0], one.start_min) for one in this.request.spec.done if one.start_min is not None]
            leads = {(s.day, s.visit): (DAYS.index(s.day), s.start_min) for s in reversed(over)}
            assert held == [*reversed(leads.values())], seed
    assert past * 3 >= len(weeks)


def test_a_week_of_nights_goes_on_as_it_was_planned() -> None:
    for seed, request, _, week in planned(range(200, 200 + draws(3))):
        now = parse_week_minute("fri 00:30")
        found = replan(request, week, News(now))
        assert (found.changes, found.came, found.went) == (0, (), ()), seed
        assert found.week is not None
        assert [s.start_min for s in found.week.sessions if s.done] == [s.start_min for s in begun_by(week, now)], seed


OWL = """
goal: run-5k
sleep: 04:00-11:00
availability: {mon-thu: 23:30-02:00, sat: 00:00-02:30}
"""


@pytest.mark.parametrize(
    ("day", "hour", "minute"),
    [
        ("mon", "23:30", "mon 23:30"),  # in the window that begins there
        ("mon", "00:30", "tue 00:30"),  # in the one of its evening, rather than in Sunday's, which has none
        ("tue", "00:30", "wed 00:30"),  # its own before that of the evening before
        ("fri", "00:30", "fri 00:30"),  # in that of the evening before, where its own has none
        ("sat", "00:30", "sat 00:30"),  # in its own, which begins after midnight
        ("sun", "00:30", "mon 00:30"),  # in none: before rising, and this evening lasts so long
        ("sun", "12:00", "sun 12:00"),
    ],
)
def test_where_an_hour_is(day: str, hour: str, minute: str) -> None:
    """Of the week by hand, of what is done, fixed, asked for and known of last week."""
    problem = resolved(OWL)
    at = DAYS.index(day), int(hour[:2]) * 60 + int(hour[3:])
    meant = parse_week_minute(minute) + (7 * DAY_MIN if minute < day and day == "sun" and minute.startswith("mon") else 0)
    assert problem.nights.minute(*at) == meant
    line = f"session: easy-run, day: {day}, start: '{hour}', minutes: 30"
    pin = resolved(OWL + f"pinned: [{{{line}, outside_windows: true}}]").pins[0]
    assert pin.start == meant - at[0] * DAY_MIN
    past = resolved(OWL + f"history: {{last_week: [{{{line}}}]}}").history[0]
    assert past.start == meant - 7 * DAY_MIN
    request = asked(OWL)
    hand = reading.Document("hand", {day: [{"session": "easy-run", "start": hour, "minutes": 30}]}, {}, {})
    assert [piece.start for piece in read_week(hand, problem, request)] == [meant]
    assert microcycle.solver.wishes.parse(request, problem, f"easy-run={day} {hour}").start == at[1]


def test_a_saved_hour_needs_no_reading() -> None:
    """`start_min` goes before all that an hour might mean, and may not contradict it."""
    text = OWL + "now: wed 12:00\ndone: [{session: easy-run, day: tue, start: '00:30', start_min: 1470, minutes: 30}]"
    assert [piece.start for piece in resolved(text).done] == [1470]
    for wrong in ("1471", "30", "4350"):
        with pytest.raises(InputError, match=r"tue 00:30 is not minute \d+ of the week"):
            asked(text.replace("1470", wrong))
    hand = reading.Document("hand", {"tue": [{"session": "easy-run", "start": "00:30", "start_min": 29}]}, {}, {})
    with pytest.raises(InputError, match="tue 00:30 is not minute 29 of the week"):
        read_week(hand, resolved(OWL), asked(OWL))


def test_preferred_hours_past_midnight_are_those_of_the_night() -> None:
    nightly = OWL.replace("sat: 00:00-02:30", "sat: 18:00-20:00")
    found = plan_week(asked(nightly + "prefer: {easy-run: {hours: 00:30-02:00}}\nwant: {easy-run: 1}"))
    easy = next(s for s in found.sessions if s.session == "easy-run")
    assert easy.start == "00:30"
    assert not [match for match in found.matches if "prefer" in match.text]


def test_a_pin_of_the_night_is_planned_and_checked_alike() -> None:
    request = asked(OWL + "pinned: [{session: easy-run, day: tue, start: '00:30', minutes: 30}]")
    week = plan_week(request)
    pinned = next(s for s in week.sessions if s.pinned)
    assert (pinned.day, pinned.start, week_minute_text(pinned.start_min or 0)) == ("tue", "00:30", "wed 00:30")
    assert audit(request, week).legal
    assert "00:30" in microcycle.why_not(request, "easy-run=tue 00:30").question


def test_what_is_past_midnight_stands_with_its_evening() -> None:
    text = """
goal: run-5k
athlete: {experience: intermediate}
sleep: 04:00-11:00
availability: {mon: 23:00-01:30, wed: 12:00-13:00, thu: 23:00-02:00, sat: 12:00-14:00}
pinned: [{session: easy-run, day: thu, start: "00:45", minutes: 40}]
"""
    rows = _rows(plan_week(asked(text)))
    assert [("wed" in row or "sat" in row, "thu" in row) for row in rows] == [(True, False), (False, True)]
    assert all(session.start and session.start < "01:00" for visit in rows[1]["thu"] for session in visit)
