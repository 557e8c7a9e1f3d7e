"""Clock changes of a dated week in its athlete's time zone, in local minutes of the week."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from microcycle.errors import nearest_name, shown
from microcycle.models import clock
from microcycle.models.clock import DAY_MIN, WEEK_MIN, Span
from microcycle.models.reading import fail
from microcycle.models.request import Request
from microcycle.solver.problem import Pin


class ClockChanges(NamedTuple):
    at: tuple[tuple[int, int], ...] = ()
    """(minute of the week from which the new clock holds, minutes gained) of each change."""
    skipped: tuple[Span, ...] = ()
    """Local minutes of the week that do not exist."""
    doubled: tuple[Span, ...] = ()
    """Local minutes of the week that come twice; the first is meant."""


def clock_changes(request: Request) -> ClockChanges:
    """None without a time zone or a date. Raises InputError for an unknown zone."""
    zone = _zone(request)
    if zone is None or request.monday is None:
        return ClockChanges()
    changes, skipped, doubled = [], [], []
    midnight = datetime.combine(request.monday, datetime.min.time())
    start = (midnight - timedelta(days=2)).replace(tzinfo=UTC)
    for moment, before, after in _jumps(zone, start, hours=11 * 24):
        gain = round((after - before).total_seconds() / 60)
        wall = moment.replace(tzinfo=None) + before  # what the old clock would have shown
        minute = int((wall - midnight).total_seconds()) // 60
        if 0 <= minute < WEEK_MIN:
            if gain > 0:
                skipped.append(Span(minute, minute + gain))
                changes.append((minute + gain, gain))
            else:
                doubled.append(Span(minute + gain, minute))
                changes.append((minute, gain))
    return ClockChanges(tuple(changes), tuple(skipped), tuple(doubled))


def _jumps(zone: ZoneInfo, start: datetime, hours: int) -> Iterator[tuple[datetime, timedelta, timedelta]]:
    """Each moment at which the offset from UTC changes, to five minutes, with the offsets before and after."""

    def offset(moment: datetime) -> timedelta:
        return moment.astimezone(zone).utcoffset() or timedelta()

    before = offset(start)
    for hour in range(hours):
        if offset(start + timedelta(hours=hour + 1)) == before:
            continue
        for minute in range(5, 61, 5):
            moment = start + timedelta(hours=hour, minutes=minute)
            after = offset(moment)
            if after != before:
                yield moment, before, after
                before = after


def notes(changes: ClockChanges) -> list[str]:
    """What the athlete should know of the week's clock changes."""
    found = [
        f"The clock goes forward: {_from_to(span)} does not exist, and gaps count real hours." for span in changes.skipped
    ]
    return found + [
        f"The clock goes back: {_from_to(span)} comes twice; a start there means the first time, and gaps count real hours."
        for span in changes.doubled
    ]


def check_pins(request: Request, pins: tuple[Pin, ...], changes: ClockChanges) -> list[str]:
    """Refuses a start that does not exist; notes of those that come twice, and of sessions that the change cuts."""
    found = []
    for pin in pins:
        for day in pin.days if pin.start is not None else ():
            assert pin.start is not None
            start = day * DAY_MIN + pin.start
            end = start + max(pin.minutes)
            name = pin.label or pin.kind.name
            for span in changes.skipped:
                if span.start <= start < span.end:
                    fail(
                        request.document,
                        (*pin.path, "start"),
                        f"{_hhmm(pin.start)} does not exist on {clock.DAY_NAMES[day]}: the clock goes forward",
                        expected=f"a start before {_hhmm(span.start)} or from {_hhmm(span.end)} on",
                    )
            if any(span.start <= start < span.end for span in changes.doubled):
                found.append(f"{name}: {clock.week_text(start)} comes twice that night; the first time is meant.")
            for at, gain in changes.at:
                if start < at - max(gain, 0) < end:
                    real = clock.hhmm((end + gain) % DAY_MIN)
                    found.append(f"{name}: the clock changes during the session; it ends at {real} by the new time.")
    return found


def _zone(request: Request) -> ZoneInfo | None:
    name = request.spec.athlete.timezone
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = sorted(available_timezones())
        cities = {zone.rsplit("/", 1)[-1].lower(): zone for zone in known if "/" in zone}
        near = cities.get(name.strip().lower().replace(" ", "_")) or nearest_name(name, known)
        hint = f"a name such as Europe/London{f'; did you mean {near!r}?' if near else ''}"
        fail(request.document, ("athlete", "timezone"), f"unknown time zone {shown(name)}", expected=hint)


def _from_to(span: Span) -> str:
    return f"{clock.week_text(span.start)} to {_hhmm(span.end)}"


def _hhmm(minute: int) -> str:
    return clock.hhmm(minute % DAY_MIN)
