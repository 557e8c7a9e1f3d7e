"""A week as an iCalendar file (RFC 5545): an entry for each visit, which stays the same entry when the week changes.

An entry's UID is made of its owner, its week and the id of the session that leads it, which replanning keeps. SEQUENCE
counts the revisions of the week up to the visit's last change. Nothing depends on when the file is written but the first
Monday of a week without dates.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar import Alarm, Calendar, Event, Timezone
from icalendar.prop import vInt

from microcycle.errors import InputError, shown
from microcycle.export import words
from microcycle.export.formats import Options
from microcycle.export.identity import entry_id, first_monday
from microcycle.models.clock import DAYS
from microcycle.models.lineage import Visit, visits
from microcycle.models.week import Week

ENDLESS = timedelta(days=3653)
"""How far ahead the time zone of entries that recur without end is told."""
PRODID = "-//microcycle//microcycle//EN"
TELLING = ("summary", "dtstart", "dtend", "rrule", "status")
"""Properties of an entry whose change makes it a newer one."""
SMALL_HOURS_END = time(4)
_MINUTE = timedelta(minutes=1)


def to_calendar(week: Week, options: Options) -> str:
    """The same text for the same week and options. Raises InputError for a week that was not found, or has no such times."""
    return _Writer(week, options).text()


def _told(name: str, first: date, last: date) -> Timezone:
    """The clock of a zone between two days, and no more of it."""
    zone = Timezone.from_tzid(name, first_date=first, last_date=last)
    zone.pop("comment", None)
    part: Any
    for part in zone.subcomponents:
        if (gained := part.TZOFFSETTO - part.TZOFFSETFROM) > timedelta():
            # The library (7.3) tells by the new clock when it goes forward, where the old one is meant (RFC 5545, 3.6.5).
            later = [at.dt - gained for at in part["rdate"].dts] if "rdate" in part else []
            part.DTSTART -= gained
            if later:
                part.pop("rdate")
                part.add("rdate", later)
    return zone


def _entries(text: str) -> dict[str, Any]:
    """The entries of a calendar file that we have written, by UID; none of anything else."""
    try:
        found: Any = Calendar.from_ical(text) if f"PRODID:{PRODID}" in text else Calendar()
    except ValueError:
        return {}
    return {str(event["uid"]): event for event in found.walk("VEVENT") if "uid" in event and "dtstart" in event}


def _ical(event: Any, name: str) -> str:
    """A property as it is written, and in which zone."""
    return f"{event[name].params.get('TZID', '')} {event[name].to_ical().decode()}" if name in event else ""


def _sequence(event: Any) -> int:
    return int(event.get("sequence", 0))


class _Writer:
    def __init__(self, week: Week, options: Options) -> None:
        self.week, self.options = week, options
        self.monday = first_monday(week, options)
        self.times = options.times or ("zone" if week.timezone else "floating")
        if self.times != "floating" and week.timezone is None:
            raise InputError(
                "--times", f"'{self.times}' needs a time zone, and the week has none", expected="'timezone' under 'athlete'"
            )
        if self.times == "utc" and week.week_of is None:
            raise InputError("--times", "a week that recurs has no fixed hours in UTC", expected="zone or floating")
        try:
            self.zone = None if self.times == "floating" else ZoneInfo(week.timezone or "UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            told = f"unknown time zone {shown(week.timezone)}"
            raise InputError("week", told, expected="a name such as Europe/London") from None
        self.before = _entries(options.before)
        """By UID."""

    def text(self) -> str:
        calendar = Calendar()
        calendar.add("prodid", PRODID)
        calendar.add("version", "2.0")
        calendar.add("calscale", "GREGORIAN")
        calendar.add("method", "PUBLISH")
        calendar.add("x-wr-calname", words.title(self.week))
        if self.times == "zone":
            assert self.week.timezone is not None
            last = self.monday + (timedelta(days=8) if self.week.week_of or self.options.weeks else ENDLESS)
            last += timedelta(weeks=(self.options.weeks or 1) - 1)
            calendar.add("x-wr-timezone", self.week.timezone)
            calendar.add_component(_told(self.week.timezone, self.monday, last))
        for event in self._following([*self._planned(), *self._dropped()]):
            calendar.add_component(event)
        return str(calendar.to_ical(), "utf-8")

    def _planned(self) -> Iterator[Event]:
        for visit in visits(self.week.sessions):
            first = visit[0]
            event = self._event(first.id, max(session.revision for session in visit))
            event.add("summary", " + ".join(words.clean(session.name, 200) for session in visit))
            event.add("description", self._description(visit))
            event.add("categories", list(dict.fromkeys(words.MODALITIES.get(s.modality, s.modality) for s in visit)))
            event.add("status", "CONFIRMED")
            self._when(event, first.start_min, first.day, sum(session.minutes for session in visit))
            if self.options.alarm_min is not None and first.start_min is not None:
                alarm = Alarm()
                alarm.add("action", "DISPLAY")
                alarm.add("description", event["summary"])
                alarm.add("trigger", -self.options.alarm_min * _MINUTE)
                event.add_component(alarm)
            yield event

    def _dropped(self) -> Iterator[Event]:
        for visit in self.week.dropped:
            event = self._event(visit.id, visit.revision)
            event.add("summary", words.clean(visit.name, 400))
            event.add("status", "CANCELLED")
            self._when(event, visit.start_min, visit.day, visit.minutes)
            yield event

    def _event(self, id: str, revision: int) -> Event:
        # Another block of the same week, with a beginning of its own, is another row of entries.
        starting = f"every week from {self.options.starting}" if self.options.starting else "every week"
        when = self.week.week_of.isoformat() if self.week.week_of else starting
        event = Event()
        event.add("uid", f"{entry_id(self.week, self.options, when, id)}@microcycle")
        event.add("sequence", revision - 1)
        return event

    def _following(self, events: list[Event]) -> Iterator[Event]:
        """The entries as the next ones after those of the file that is written over."""
        for event in events:
            was = self.before.pop(str(event["uid"]), None)
            if was is not None:
                moved = any(_ical(was, name) != _ical(event, name) for name in TELLING)
                event["sequence"] = vInt(max(_sequence(event), _sequence(was) + moved))
            yield self._stamped(event)
        # What begins in the small hours of a Monday is of the Sunday before.
        first = datetime.combine(self.monday, SMALL_HOURS_END)
        for uid, was in self.before.items():
            start = was["dtstart"].dt
            start = start.replace(tzinfo=None) if isinstance(start, datetime) else datetime.combine(start, time(12))
            # Other weeks in the file are other weeks: they stay in people's calendars.
            if ("rrule" in was) != (self.week.week_of is None) or not (
                first <= start < first + timedelta(days=7) or "rrule" in was
            ):
                continue
            gone = Event()
            gone.add("uid", uid)
            gone.add("sequence", _sequence(was) + ("CANCELLED" not in _ical(was, "status")))
            gone.add("status", "CANCELLED")
            for name in ("summary", "dtstart", "dtend", "rrule"):
                if name in was:
                    gone[name] = was[name]
            yield self._stamped(gone)

    def _stamped(self, event: Event) -> Event:
        # Of the week, not of the clock: the file says the same whenever it is written.
        changed = datetime.combine(self.week.week_of or date(2024, 1, 1), time(), UTC) - timedelta(days=7)
        changed += _sequence(event) * _MINUTE
        event.add("dtstamp", changed)
        event.add("last-modified", changed)
        return event

    def _when(self, event: Event, start_min: int | None, day: str, minutes: int) -> None:
        if start_min is None:
            today = self.monday + timedelta(days=DAYS.index(day))
            event.add("dtstart", today)
            event.add("dtend", today + timedelta(days=1))
            event.add("transp", "TRANSPARENT")
        else:
            start = datetime.combine(self.monday, time()) + start_min * _MINUTE
            end = start + minutes * _MINUTE
            if self.zone is not None:
                start = start.replace(tzinfo=self.zone)
                # An hour that comes twice can be meant the second time in UTC only.
                instant = (start.astimezone(UTC), start.astimezone(UTC) + minutes * _MINUTE)
                end = instant[1].astimezone(self.zone)
                if self.times == "utc" or end.fold:
                    start, end = instant
            event.add("dtstart", start)
            event.add("dtend", end)
        if self.week.week_of is None:
            event.add("rrule", {"freq": "weekly", **({"count": self.options.weeks} if self.options.weeks else {})})

    def _description(self, visit: Visit) -> str:
        parts = []
        for session in visit:
            lines = [f"{words.clean(session.name, 200)}, {session.minutes} min", words.clean(session.content, 2000)]
            lines += [words.clean(session.note, 500)] if session.note else []
            lines += [f"Why here: {' '.join(reasons)}"] if (reasons := words.reasons(self.week, session)) else []
            parts.append("\n".join(lines))
        # Whoever opens an entry on a phone sees nothing else of the week.
        return "\n\n".join([*(words.whole(line) for line in self.week.advice), *parts])
