"""Calendars: another library reads the same hours out of them, and who had the old one takes the new one cleanly."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from handy_weeks import MONDAYS, ZONES, drawn, made
from ical.calendar import Calendar
from ical.calendar_stream import IcsCalendarStream
from ical.event import Event, EventStatus
from typer.testing import CliRunner

from microcycle import News, audit, load_request, plan_week, replan
from microcycle.cli.app import app
from microcycle.errors import InputError
from microcycle.export.calendar import to_calendar
from microcycle.export.formats import KINDS, Options
from microcycle.export.identity import coming_monday
from microcycle.export.words import clean
from microcycle.models.clock import DAYS, parse_week_minute
from microcycle.models.lineage import follow, visits
from microcycle.models.week import Week

EXAMPLES = Path(__file__).parent.parent / "examples"
MONDAY = date(2026, 11, 23)
RUN = CliRunner()
Entry = tuple[str, object, object]
"""Title, start and end: instants in UTC, local times, or days."""


@pytest.fixture(scope="module")
def jamie() -> Week:
    return plan_week(load_request(EXAMPLES / "jamie.yaml"))


def events(text: str) -> list[Event]:
    return IcsCalendarStream.calendar_from_ics(text).events


def expected(week: Week, monday: date, zone: ZoneInfo | None) -> Iterator[Entry]:
    """Title, start and end of each visit by the clock of the JSON: instants in UTC where there is a zone."""
    for visit in visits(week.sessions):
        title = " + ".join(clean(session.name, 200) for session in visit)
        first = visit[0]
        today = monday + timedelta(days=DAYS.index(first.day))
        if first.start is None or first.start_min is None:
            yield title, today, today + timedelta(days=1)
            continue
        tomorrow = first.start_min >= 1440 * (DAYS.index(first.day) + 1)
        start = datetime.combine(today + timedelta(days=tomorrow), time.fromisoformat(first.start))
        if zone is not None:
            start = start.replace(tzinfo=zone).astimezone(UTC)
        yield title, start, start + timedelta(minutes=sum(session.minutes for session in visit))


def read(event: Event) -> Entry:
    start, end = event.dtstart, event.end
    if isinstance(start, datetime) and isinstance(end, datetime) and start.tzinfo is not None:
        start, end = start.astimezone(UTC), end.astimezone(UTC)
    return event.summary or "", start, end


@pytest.mark.parametrize("chunk", range(4))
@pytest.mark.parametrize("times", ["zone", "utc", "floating"])
def test_another_library_reads_the_same_instants(chunk: int, times: Any) -> None:
    for seed in range(chunk, 200, 4):
        week = drawn(seed)
        options = Options(times=times, starting=None if week.week_of else MONDAY)
        if (times == "zone" and not week.timezone) or (times == "utc" and not (week.timezone and week.week_of)):
            with pytest.raises(InputError):
                to_calendar(week, options)
            continue
        zone = ZoneInfo(week.timezone) if week.timezone and times != "floating" else None
        text = to_calendar(week, options)
        assert list(map(read, events(text))) == list(expected(week, week.week_of or MONDAY, zone)), seed
        assert text == to_calendar(week, options)


@pytest.mark.parametrize("file", sorted(p.name for p in EXAMPLES.iterdir() if p.is_file() and p.stem != "impossible"))
def test_examples(file: str) -> None:
    week = plan_week(load_request(EXAMPLES / file), repairs=False)
    text = to_calendar(week, Options(starting=None if week.week_of else MONDAY))
    zone = ZoneInfo(week.timezone) if week.timezone else None
    assert list(map(read, events(text))) == list(expected(week, week.week_of or MONDAY, zone))
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")
    for event, visit in zip(events(text), visits(week.sessions), strict=True):
        for session in visit:
            assert session.content in (event.description or "")


def test_the_hour_that_comes_twice() -> None:
    """A session from 00:30 to 02:30 by old and new clock lasts the minutes that it has."""
    spec = {
        "athlete": {"timezone": "Europe/London"}, "goal": "health-longevity", "week_of": "2026-10-19",
        "sleep": "03:30-10:00", "availability": {"sat": "22:00-03:00"},
    }  # fmt: skip
    week = made_of(spec, {"sat": [{"session": "easy-run", "minutes": 75, "start": "00:30"}]})
    (event,) = events(to_calendar(week, Options()))
    # 00:30 on Sunday in British summer time is 23:30 UTC; the clock goes back at 01:00 UTC.
    start = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
    assert read(event) == ("Easy run", start, start + timedelta(minutes=75))
    longer = made_of(spec, {"sat": [{"session": "easy-run", "minutes": 75, "start": "01:00"}]})
    start = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    text = to_calendar(longer, Options())
    assert read(events(text)[0]) == ("Easy run", start, start + timedelta(minutes=75))
    assert "DTEND:20261025T011500Z" in text, "01:15 by the new clock, which a local time could not say"


def test_a_session_that_begins_at_midnight() -> None:
    """It belongs to the evening before, is told by the clock, and is read back."""
    spec = {"goal": "health-longevity", "week_of": "2026-11-23", "sleep": "03:30-10:00",
            "availability": {"sat": "22:00-03:00"}}  # fmt: skip
    week = made_of(spec, {"sat": [{"session": "easy-run", "minutes": 45, "start": "00:00"}]})
    (session,) = week.sessions
    assert (session.day, session.start, session.start_min) == ("sat", "00:00", 6 * 1440)
    (again,) = audit(load_request(spec), Week.model_validate_json(week.to_json())).sessions
    assert (again.day, again.start_min) == ("sat", 6 * 1440)
    assert read(events(to_calendar(week, Options()))[0])[1] == datetime(2026, 11, 29, 0, 0)


def made_of(spec: dict[str, Any], week: dict[str, Any]) -> Week:
    from handy_weeks import document

    from microcycle.models.reading import Document

    return document(load_request(spec), Document("week", week, {}, {}))


@pytest.mark.parametrize("name", [zone for zone in ZONES if zone])
@pytest.mark.parametrize("weeks", [None, 60])
def test_what_the_file_says_of_the_zone(jamie: Week, name: str, weeks: int | None) -> None:
    """For who does not know the zone by its name: at each hour of the week, or of all its repetitions, the same offset."""
    zone = ZoneInfo(name)
    for monday in (date.fromisoformat(monday) for monday in MONDAYS if monday):
        dated = {"week_of": None if weeks else monday, "timezone": name}
        options = Options(starting=monday, weeks=weeks) if weeks else Options()
        text = to_calendar(jamie.model_copy(update=dated), options)
        told = tzical(StringIO(text)).get(name)
        assert told is not None
        for hour in range(24 * 7 * (weeks or 1)):
            wall = datetime.combine(monday, time()) + timedelta(hours=hour, minutes=30)
            before, after = (wall.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
            if before == after:  # else the hour does not exist, or comes twice
                assert wall.replace(tzinfo=told).utcoffset() == before, wall


def test_a_zone_is_told_for_the_week_alone(jamie: Week) -> None:
    text = to_calendar(jamie, Options())
    assert "TZID:Europe/London" in text
    assert text.count("BEGIN:STANDARD") + text.count("BEGIN:DAYLIGHT") == 1
    changing = to_calendar(jamie.model_copy(update={"week_of": date(2026, 10, 19)}), Options())
    assert changing.count("BEGIN:STANDARD") == changing.count("BEGIN:DAYLIGHT") == 1
    # By the clock that ends there (RFC 5545, 3.6.5).
    assert "BEGIN:STANDARD\r\nDTSTART:20261025T020000" in changing
    years = jamie.model_copy(update={"week_of": None})
    text = to_calendar(years, Options(starting=date(2027, 1, 4), weeks=100))
    assert "BEGIN:DAYLIGHT\r\nDTSTART:20270328T010000\r\nRDATE:20280326T010000\r\n" in text


# --- the same entry ---------------------------------------------------------------------------------------------------


class Store:
    """A calendar that takes files: entries by UID, the newest wins, what is cancelled goes."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[int, Entry | None]] = {}

    def take(self, text: str) -> None:
        seen = set()
        for event in events(text):
            uid, sequence = event.uid, event.sequence or 0
            assert uid not in seen, "an entry stands twice in one file"
            seen.add(uid)
            if uid not in self.known or sequence >= self.known[uid][0]:
                self.known[uid] = (sequence, None if event.status is EventStatus.CANCELLED else read(event))

    def shown(self) -> list[Entry]:
        return sorted((entry for _, entry in self.known.values() if entry is not None), key=repr)


def shown(week: Week) -> list[Entry]:
    zone = ZoneInfo(week.timezone) if week.timezone else None
    return sorted(expected(week, week.week_of or MONDAY, zone), key=repr)


def test_a_calendar_that_had_the_old_week_takes_the_new_one(jamie: Week) -> None:
    request = load_request(EXAMPLES / "jamie.yaml")
    news = News(parse_week_minute("wed 12:00"), missed=["tue-1-easy-run"], lost=["thu"])
    first = replan(request, jamie, news).week
    assert first is not None
    assert [visit.id for visit in first.dropped if visit.missed] == ["tue-1-easy-run"]
    then = News(parse_week_minute("fri 12:00"), lost=["sat"])
    second = replan(request, first, then).week
    assert second is not None
    assert [week.revision for week in (jamie, first, second)] == [1, 2, 3]
    store = Store()
    for week in (jamie, first, second, second, first, jamie):
        store.take(to_calendar(week, Options()))
    assert store.shown() == shown(second), "old files that come late change nothing"
    skipping = Store()
    skipping.take(to_calendar(jamie, Options()))
    skipping.take(to_calendar(second, Options()))
    assert skipping.shown() == shown(second), "a calendar that missed a revision loses what was dropped in it"


def test_only_what_moved_is_newer(jamie: Week) -> None:
    news = News(parse_week_minute("wed 12:00"), lost=["thu"])
    new = replan(load_request(EXAMPLES / "jamie.yaml"), jamie, news).week
    assert new is not None
    before, after = ({e.uid: e for e in events(to_calendar(week, Options()))} for week in (jamie, new))
    moved = {uid for uid in before if uid in after and read(before[uid]) != read(after[uid])}
    assert moved, "lifting on Thursday goes elsewhere"
    for uid, event in after.items():
        assert ((event.sequence or 0) > 0) == (uid in moved or uid not in before or event.status is EventStatus.CANCELLED)


@pytest.mark.parametrize("chunk", range(4))
def test_any_week_after_any_other(chunk: int) -> None:
    for seed in range(chunk, 80, 4):
        weeks = [drawn(seed)]
        for number in (1, 2):
            other = drawn(1000 * number + seed)
            same = {"athlete": weeks[0].athlete, "week_of": weeks[0].week_of, "timezone": weeks[0].timezone}
            weeks.append(follow(weeks[-1], other.model_copy(update=same)))
        store = Store()
        options = Options(starting=None if weeks[0].week_of else MONDAY)
        for week in weeks:
            store.take(to_calendar(week, options))
            assert store.shown() == shown(week), seed
            ids = [session.id for session in week.sessions]
            assert len(set(ids)) == len(ids)
            assert {name for gap in week.gaps for name in (gap.before, gap.after)} <= set(ids)
            assert {name for aim in week.aims for name in aim.sessions or ()} <= set(ids)


def test_a_visit_that_is_taken_apart_or_put_together(jamie: Week) -> None:
    """The entry of the visit stays with the session that leads it; what joins it has no entry of its own any more."""
    one, two = jamie.sessions[0], jamie.sessions[1]
    joined = two.model_copy(update={"day": one.day, "visit": one.visit, "start_min": 17 * 60 + 30 + one.minutes})
    together = follow(jamie, jamie.model_copy(update={"sessions": (one, joined, *jamie.sessions[2:])}))
    apart = follow(together, jamie)
    store = Store()
    for week in (jamie, together, apart):
        store.take(to_calendar(week, Options()))
        assert store.shown() == shown(week)


def test_whose_week_it_is_tells_entries_apart(jamie: Week) -> None:
    def uids(week: Week, **options: Any) -> set[str]:
        return {event.uid for event in events(to_calendar(week, Options(**options)))}

    other = jamie.model_copy(update={"athlete": "Robin"})
    later = jamie.model_copy(update={"week_of": date(2026, 11, 30)})
    assert not uids(jamie) & (uids(other) | uids(later) | uids(jamie, owner="u-1"))
    assert uids(jamie, owner="u-1") == uids(other, owner="u-1")


# --- weeks without dates, alarms, bad input ---------------------------------------------------------------------------


def test_a_week_without_dates_recurs() -> None:
    week = drawn(next(seed for seed in range(99) if drawn(seed).week_of is None and drawn(seed).timezone == "Europe/London"))
    text = to_calendar(week, Options(starting=MONDAY, weeks=30))
    zone = ZoneInfo("Europe/London")
    for event, (_, first, _) in zip(events(text), expected(week, MONDAY, None), strict=True):
        each = [occurrence.dtstart for occurrence in Calendar(events=[event]).timeline]
        assert len(each) == 30
        if isinstance(first, datetime):
            walls = [moment.astimezone(zone).replace(tzinfo=None) for moment in each if isinstance(moment, datetime)]
            assert walls == [first + timedelta(weeks=n) for n in range(30)], "by the clock on the wall, summer or winter"
    assert "COUNT" not in to_calendar(week, Options(starting=MONDAY))
    today = to_calendar(week, Options(starting=coming_monday(date.today())))
    assert list(map(read, events(today))) == list(map(read, events(to_calendar(week, Options()))))
    assert [coming_monday(MONDAY + timedelta(days=n)) for n in (0, 1, 6)] == [MONDAY, *[date(2026, 11, 30)] * 2]


def test_alarms(jamie: Week) -> None:
    for event in events(to_calendar(jamie, Options(alarm_min=45))):
        assert [alarm.trigger for alarm in event.alarm] == [timedelta(minutes=-45)]
    assert "VALARM" not in to_calendar(jamie, Options())


def test_no_text_breaks_out_of_its_line(jamie: Week) -> None:
    hostile = "A\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:x;\\,\u202e\u2028" + "é" * 200
    first = jamie.sessions[0].model_copy(update={"name": hostile, "note": hostile})
    week = jamie.model_copy(update={"athlete": hostile, "sessions": (first, *jamie.sessions[1:])})
    text = to_calendar(week, Options())
    found = events(text)
    assert len(found) == len(visits(week.sessions))
    assert found[0].summary == clean(hostile, 200)
    assert clean(hostile, 500) in (found[0].description or "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def test_from_the_command_line(jamie: Week, tmp_path: Path) -> None:
    saved, out = tmp_path / "week.json", tmp_path / "week.ics"
    saved.write_text(jamie.to_json())
    assert RUN.invoke(app, ["export", str(saved), "-o", str(out)]).exit_code == 0
    assert out.read_bytes().decode() == to_calendar(jamie, Options())
    planned = RUN.invoke(app, ["plan", str(EXAMPLES / "jamie.yaml"), "-f", "ics"])
    assert planned.stdout_bytes.decode() == to_calendar(jamie, Options())
    utc = RUN.invoke(app, ["export", str(saved), "--to", "ics", "--times", "utc", "--alarm", "20"])
    assert utc.stdout_bytes.decode() == to_calendar(jamie, Options(times="utc", alarm_min=20))


def test_a_week_planned_afresh_replaces_an_old_one(jamie: Week, tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(jamie.to_json())
    spec = (EXAMPLES / "jamie.yaml").read_text().replace("sat: 08:00-12:00", "sat: 15:00-19:00")
    (tmp_path / "jamie.yaml").write_text(spec)
    assert RUN.invoke(app, ["plan", str(tmp_path / "jamie.yaml"), "-o", str(new)]).exit_code == 0
    store = Store()
    store.take(to_calendar(jamie, Options()))
    found = RUN.invoke(app, ["export", str(new), "--previous", str(old), "--to", "ics"])
    assert found.exit_code == 0, found.output
    store.take(found.stdout_bytes.decode())
    week = Week.model_validate(json.loads(new.read_text()))
    assert store.shown() == shown(week)
    assert len(store.known) == len(jamie.sessions), "what moved is the same entry"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--to", "isc"], "ics"),
        ([], "the format is missing"),
        (["--to", "ics", "--times", "local"], "expected one of zone, utc, floating"),
        (["--to", "ics", "--starting", "2026-11-30"], "the week has dates of its own"),
        (["--to", "ics", "--weeks", "3"], "the week has dates of its own"),
        (["--to", "ics", "--starting", "soon"], "expected a date such as"),
        (["-o", "no/such/place.ics"], "there is no directory"),
        (["--to", "ics", "--previous", "missing.json"], "missing.json"),
    ],
)
def test_what_cannot_be_meant(jamie: Week, tmp_path: Path, options: list[str], told: str) -> None:
    saved = tmp_path / "week.json"
    saved.write_text(jamie.to_json())
    found = RUN.invoke(app, ["export", str(saved), *options])
    assert found.exit_code == 2
    assert told in found.stderr
    assert found.stdout == ""


def test_what_a_week_without_dates_or_zone_cannot_have() -> None:
    week = made()
    undated = week.model_copy(update={"week_of": None, "timezone": "Europe/London"})
    with pytest.raises(InputError, match="no Monday"):
        to_calendar(undated, Options(starting=date(2026, 11, 24)))
    with pytest.raises(InputError, match="no fixed hours in UTC"):
        to_calendar(undated, Options(times="utc"))
    with pytest.raises(InputError, match="needs a time zone"):
        to_calendar(undated.model_copy(update={"timezone": None}), Options(times="zone"))


def test_no_week_is_no_calendar(tmp_path: Path) -> None:
    out = tmp_path / "week.ics"
    found = RUN.invoke(app, ["plan", str(EXAMPLES / "impossible.yaml"), "-o", str(out)])
    assert found.exit_code == 3
    assert "Infeasible" in found.stderr
    assert not out.exists()
    with pytest.raises(InputError):
        to_calendar(made(outcome="infeasible"), Options())


@pytest.mark.parametrize(
    ("format", "loaded"),
    [("csv", set()), ("json", set()), ("intervals", set()), ("ics", {"icalendar"}), ("svg", set()), ("html", {"jinja2"})],
)
def test_libraries_load_with_their_format(jamie: Week, tmp_path: Path, format: str, loaded: set[str]) -> None:
    saved = tmp_path / "week.json"
    saved.write_text(jamie.to_json())
    code = (
        "import sys; from microcycle.cli.app import app\n"
        f"try: app(['export', {str(saved)!r}, '--to', {format!r}, '-o', {str(tmp_path / 'out')!r}])\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print('loaded', *{'icalendar', 'jinja2', 'ortools', 'pandas', 'duckdb', 'distributed'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=EXAMPLES.parent, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"loaded", *loaded}
    assert (tmp_path / "out").stat().st_size


# --- over an older file, weeks that somebody has changed ----------------------------------------------------------------


@pytest.mark.parametrize("chunk", range(2))
def test_a_file_that_is_written_over_takes_its_entries_along(chunk: int) -> None:
    """Weeks planned afresh, which know nothing of each other: whoever takes file after file has the last week."""
    for seed in range(chunk, 40, 2):
        first = drawn(seed)
        same = {"athlete": first.athlete, "week_of": first.week_of, "timezone": first.timezone}
        weeks = [first, *(drawn(3000 + n + seed).model_copy(update=same) for n in (0, 100)), first]
        store, text = Store(), ""
        for week in weeks:
            options = Options(starting=None if week.week_of else MONDAY, before=text)
            text = to_calendar(week, options)
            store.take(text)
            assert store.shown() == shown(week), seed
            assert to_calendar(week, options._replace(before=text)) == text, "the same bytes over itself"


def test_other_weeks_and_other_peoples_files_are_left_alone(jamie: Week) -> None:
    text = to_calendar(jamie, Options())
    later = to_calendar(dated(jamie, date(2026, 11, 30)), Options())
    assert to_calendar(jamie, Options(before=later)) == text
    assert to_calendar(jamie, Options(before=text.replace("PRODID:-//microcycle", "PRODID:-//other"))) == text
    assert to_calendar(jamie, Options(before="BEGIN:VCALENDAR\r\nPRODID:-//microcycle//microcycle//EN\r\nx")) == text


def dated(week: Week, monday: date) -> Week:
    sessions = tuple(
        session.model_copy(update={"date": (monday + timedelta(days=DAYS.index(session.day))).isoformat()})
        for session in week.sessions
    )
    return week.model_copy(update={"week_of": monday, "sessions": sessions})


def test_blocks_of_a_template_are_rows_of_their_own(jamie: Week) -> None:
    week = jamie.model_copy(update={"week_of": None})
    one, two = (to_calendar(week, Options(starting=monday, weeks=4)) for monday in (MONDAY, date(2027, 1, 4)))
    assert not {event.uid for event in events(one)} & {event.uid for event in events(two)}


def test_export_over_a_file(jamie: Week, tmp_path: Path) -> None:
    saved, out = tmp_path / "week.json", tmp_path / "week.ics"
    saved.write_text(jamie.to_json())
    for _ in range(2):
        assert RUN.invoke(app, ["export", str(saved), "-o", str(out)]).exit_code == 0
        assert out.read_bytes().decode() == to_calendar(jamie, Options())
    less = json.loads(jamie.to_json())
    del less["sessions"][0]
    saved.write_text(json.dumps(less))
    for format in KINDS:
        found = RUN.invoke(app, ["export", str(saved), "--to", format])
        assert found.exit_code == 0, "what is told of a session that somebody took out goes with it"
    assert RUN.invoke(app, ["export", str(saved), "-o", str(out)]).exit_code == 0
    gone = [event for event in events(out.read_bytes().decode()) if event.status is EventStatus.CANCELLED]
    assert [(event.summary, event.sequence) for event in gone] == [(jamie.sessions[0].name, 1)]


def test_weeks_of_older_versions(jamie: Week, tmp_path: Path) -> None:
    """They told no minutes of the week, and nothing around the sessions."""
    data = json.loads(jamie.to_json())
    for key in ("aims", "gaps", "windows", "timezone"):
        del data[key]
    for session in data["sessions"]:
        del session["start_min"], session["revision"]
    saved = tmp_path / "week.json"
    saved.write_text(json.dumps(data))
    found = RUN.invoke(app, ["export", str(saved), "--to", "ics"])
    old = list(map(read, events(found.stdout_bytes.decode())))
    assert old == list(map(read, events(to_calendar(jamie, Options(times="floating")))))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda week: week["sessions"][0].update(start="18:30"), "mon 18:30 is not minute 1050 of the week"),
        (lambda week: week["sessions"][0].update(day="wed"), "wed 17:30 is not minute 1050 of the week"),
        (lambda week: week.update(week_of="2026-11-25"), "2026-11-25 begins no week; expected a Monday"),
        (lambda week: week.update(week_of="2026-11-30"), "2026-11-23 is not the mon of the week of 2026-11-30"),
        (lambda week: week.update(week_of="9999-12-27"), "begins no week"),
        (lambda week: week.update(timezone="Mars/Phobos"), "unknown time zone 'Mars/Phobos'"),
        (lambda week: week["sessions"][0].update(minutes=-50), "minutes"),
    ],
)
def test_weeks_that_contradict_themselves(jamie: Week, tmp_path: Path, change: Any, told: str) -> None:
    data = json.loads(jamie.to_json())
    change(data)
    saved = tmp_path / "week.json"
    saved.write_text(json.dumps(data, indent=1))
    found = RUN.invoke(app, ["export", str(saved), "--to", "ics"])
    assert (found.exit_code, found.stdout) == (2, "")
    assert told in found.stderr


def test_whose_previous_week(jamie: Week, tmp_path: Path) -> None:
    saved, other, later = (tmp_path / f"{name}.json" for name in ("week", "other", "later"))
    saved.write_text(jamie.to_json())
    other.write_text(jamie.model_copy(update={"athlete": "Robin"}).to_json())
    later.write_text(dated(jamie, date(2026, 11, 30)).to_json())
    for previous, told in ((other, "a week of 'Robin', not of 'Jamie'"), (later, "this is another week")):
        found = RUN.invoke(app, ["export", str(saved), "--to", "ics", "--previous", str(previous)])
        assert (found.exit_code, told in found.stderr) == (2, True)
    renamed = RUN.invoke(app, ["export", str(saved), "--to", "ics", "--previous", str(other), "--owner", "Robin"])
    uids = {event.uid for event in events(to_calendar(jamie, Options(owner="Robin")))}
    assert {event.uid for event in events(renamed.stdout_bytes.decode())} == uids


def test_replan_writes_what_the_name_says(jamie: Week, tmp_path: Path) -> None:
    saved, out = tmp_path / "week.json", tmp_path / "week.ics"
    saved.write_text(jamie.to_json())
    assert RUN.invoke(app, ["export", str(saved), "-o", str(out)]).exit_code == 0
    news = ["--now", "wed-12:00", "--lost", "thu"]
    found = RUN.invoke(app, ["replan", str(EXAMPLES / "jamie.yaml"), str(saved), *news, "-o", str(out)])
    assert found.exit_code == 0, found.output
    week = replan(load_request(EXAMPLES / "jamie.yaml"), jamie, News(parse_week_minute("wed 12:00"), lost=["thu"])).week
    assert week is not None
    assert out.read_bytes().decode() == to_calendar(week, Options())
    for text in (KINDS["html"].write(week, Options()), KINDS["markdown"].write(week, Options())):
        assert "Planned anew on Wednesday 12:00. No time any more on Thu." in text
        assert "no other week" not in text, "a week that was to change little is not the best of all"
