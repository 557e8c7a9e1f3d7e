"""When there is time: windows, nights and clock changes of the request's week, from the widest key to the narrowest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from microcycle.errors import Path
from microcycle.models import clock
from microcycle.models.clock import DAY_MIN, Span
from microcycle.models.reading import fail
from microcycle.models.request import Request, Shift, WindowSpec
from microcycle.models.selector import Selectors
from microcycle.solver.problem import Window

DEFAULT_SLEEP = Span(23 * 60, 30 * 60)
"""23:00-06:00 (rulebook section 0)."""
SETUP_AWAY_MIN = 10
"""Minutes to get ready each side at a place that is named without its own (own choice, rulebook A note 4)."""
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")


class Nights(NamedTuple):
    bed: tuple[int, ...]
    wake: tuple[int, ...]


@dataclass(frozen=True)
class Calendar:
    windows: tuple[Window, ...]
    nights: Nights
    clock_changes: tuple[tuple[int, int], ...]
    skipped: tuple[Span, ...]
    """Local minutes of the week that do not exist."""
    doubled: tuple[Span, ...]
    """Local minutes of the week that come twice."""
    assumptions: tuple[str, ...]


def calendar(request: Request, selectors: Selectors) -> Calendar:
    """The week's windows, sorted."""
    notes: list[str] = []
    shifts = _shifts_by_day(request)
    nights = _nights(request, shifts, notes)
    if not request.spec.availability and not shifts:
        fail(
            request.document,
            (),
            "the file says nowhere when there is time",
            expected="'availability' with days and windows",
        )
    found: list[tuple[int, WindowSpec, Path]] = []
    for day, (path, specs) in sorted(_windows_by_day(request, shifts).items()):
        several = isinstance(request.document.get(path), list)
        found += [(day, spec, (*path, i) if several else path) for i, spec in enumerate(specs)]
    found.sort(key=lambda item: (item[0], item[1].at.start))
    _no_overlap(request, found)
    windows = []
    for index, (day, spec, path) in enumerate(found):
        for name in spec.only:
            _selector(request, selectors, (*path, "only"), name)
        windows.append(
            Window(
                index,
                day,
                day * DAY_MIN + spec.at.start,
                day * DAY_MIN + spec.at.end,
                _setup(request, spec),
                " | ".join(spec.only) or None,
                spec.place,
                path,
            )
        )
    changes, skipped, doubled = _clock_changes(request)
    return Calendar(tuple(windows), nights, changes, skipped, doubled, tuple(notes))


def day_of(request: Request, path: Path, written: str, *, key: bool = False) -> int | None:
    """The day of the week of an ISO date; None if it lies in another week."""
    try:
        when = clock.parse_date(written)
    except ValueError as error:
        fail(request.document, path, str(error), key=key)
    if request.monday is None:
        fail(request.document, path, "a date needs to know its week", expected="'week_of', a Monday", key=key)
    day = (when - request.monday).days
    return day if 0 <= day <= 6 else None


def _shifts_by_day(request: Request) -> dict[int, tuple[Path, Shift]]:
    """The rota's shift of each day of this week; dates outside the week are ignored, so a rota is pasted once."""
    found: dict[int, tuple[Path, Shift]] = {}
    for written, names in request.spec.rota.items():
        path: Path = ("rota", written)
        try:
            first = clock.parse_date(written)
        except ValueError as error:
            fail(request.document, path, str(error), key=True)
        if request.monday is None:
            fail(
                request.document,
                path,
                "a rota needs to know its week",
                expected="'week_of', a Monday",
                key=True,
            )
        several = isinstance(request.document.get(path), list)
        for i, name in enumerate(names):
            at = (*path, i) if several else path
            if name not in request.spec.shifts and name.lower() not in ("off", "none", "-"):
                fail(
                    request.document,
                    at,
                    f"unknown shift '{name[:40]}'",
                    candidates=[*request.spec.shifts, "off"],
                )
            day = (first - request.monday).days + i
            if 0 <= day <= 6 and name in request.spec.shifts:
                if day in found:
                    fail(request.document, at, f"the rota names {clock.DAY_NAMES[day]} twice")
                found[day] = (("shifts", name), request.spec.shifts[name])
    return found


def _windows_by_day(
    request: Request, shifts: Mapping[int, tuple[Path, Shift]]
) -> dict[int, tuple[Path, tuple[WindowSpec, ...]]]:
    """For each day the windows of the narrowest key that names it: rota and dates, then day, then day range."""
    best: dict[int, tuple[int, Path, tuple[WindowSpec, ...]]] = {}
    for key, specs in request.spec.availability.items():
        path: Path = ("availability", key)
        if _DATE.match(key):
            day = day_of(request, path, key, key=True)
            days: tuple[int, ...] = () if day is None else (day,)
            width = 0
        else:
            try:
                days = clock.parse_days(key)
            except ValueError as error:
                fail(request.document, path, str(error), key=True)
            width = len(days)
        for day in days:
            if day in best and best[day][0] == width:
                other = best[day][1]
                fail(
                    request.document,
                    path,
                    f"{clock.DAY_NAMES[day]} is named here and in '{other[-1]}' ({request.document.cite(other)})",
                    expected="one of them narrower than the other",
                    key=True,
                )
            if day not in best or best[day][0] > width:
                best[day] = (width, path, specs)
    found = {day: (path, specs) for day, (_, path, specs) in best.items()}
    for day, (path, shift) in shifts.items():
        if best.get(day, (1, (), ()))[0] > 0:
            found[day] = ((*path, "windows"), shift.windows)
    return found


def _nights(request: Request, shifts: Mapping[int, tuple[Path, Shift]], notes: list[str]) -> Nights:
    """Bed and rising of each day. A night belongs to the day on which it begins; before noon, to the day before."""
    spans: list[Span] = [DEFAULT_SLEEP] * 7
    widths = [99] * 7
    if not request.spec.sleep:
        notes.append("Sleep 23:00-06:00 is assumed: the file does not state it.")
    for key, span in request.spec.sleep.items():
        try:
            days = clock.parse_days(key)
        except ValueError as error:
            fail(request.document, ("sleep", key), str(error), key=True)
        for day in days:
            if len(days) < widths[day]:
                spans[day], widths[day] = span, len(days)
    for day, (_, shift) in shifts.items():
        if shift.sleep is not None:
            spans[day] = shift.sleep
    moved = [Span(s.start + DAY_MIN, s.end + DAY_MIN) if s.start < 720 else s for s in spans]
    return Nights(tuple(span.start for span in moved), tuple(moved[day - 1].end - DAY_MIN for day in range(7)))


def _setup(request: Request, spec: WindowSpec) -> int:
    if spec.buffer is not None:
        return spec.buffer
    if spec.place is None or spec.place == "home":
        return 0
    return request.spec.places.get(spec.place, SETUP_AWAY_MIN)


def _no_overlap(request: Request, found: list[tuple[int, WindowSpec, Path]]) -> None:
    for (day, spec, path), (later, following, there) in zip(found, [*found[1:], *found[:1]], strict=True):
        if path == there:
            continue
        start = later * DAY_MIN + following.at.start + (7 * DAY_MIN if (later, following.at) < (day, spec.at) else 0)
        if start < day * DAY_MIN + spec.at.end:
            fail(
                request.document,
                there,
                f"the window {clock.range_text(following.at)} of {clock.DAY_NAMES[later]} overlaps "
                f"{clock.range_text(spec.at)} of {clock.DAY_NAMES[day]} ({request.document.cite(path)})",
                expected="windows that do not overlap",
            )


def _selector(request: Request, selectors: Selectors, path: Path, name: str) -> None:
    try:
        selectors.names(name)
    except ValueError as error:
        fail(request.document, path, str(error))
    except KeyError:
        fail(
            request.document,
            path,
            f"unknown session '{name[:40]}'",
            candidates=[*selectors.kinds, *selectors.rows],
        )


def _clock_changes(
    request: Request,
) -> tuple[tuple[tuple[int, int], ...], tuple[Span, ...], tuple[Span, ...]]:
    """Clock changes within the dated week (and its tail), in local minutes of the week."""
    name = request.spec.athlete.timezone
    if name is None:
        return (), (), ()
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        fail(
            request.document,
            ("athlete", "timezone"),
            f"unknown time zone '{name[:40]}'",
            expected="a name such as Europe/London",
        )
    if request.monday is None:
        return (), (), ()
    changes, skipped, doubled = [], [], []
    midnight = datetime.combine(request.monday, datetime.min.time())
    moment = _utc(midnight - timedelta(days=1), zone)
    last = _utc(midnight + timedelta(days=8), zone)
    offset = moment.astimezone(zone).utcoffset()
    while moment < last:
        moment += timedelta(minutes=15)
        now = moment.astimezone(zone).utcoffset()
        assert now is not None
        assert offset is not None
        if now != offset:
            gain = int((now - offset).total_seconds()) // 60
            wall = moment.replace(tzinfo=None) + offset  # what the old clock would have shown
            minute = int((wall - midnight).total_seconds()) // 60
            if 0 <= minute < 7 * DAY_MIN:
                if gain > 0:
                    skipped.append(Span(minute, minute + gain))
                    changes.append((minute + gain, gain))
                else:
                    doubled.append(Span(minute + gain, minute))
                    changes.append((minute, gain))
            offset = now
    return tuple(changes), tuple(skipped), tuple(doubled)


def _utc(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)
