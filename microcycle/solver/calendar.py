"""When there is time: windows and nights of the request's week, from the widest key to the narrowest."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, NamedTuple, TypeVar

from microcycle.errors import Path, nearest_name, shown
from microcycle.models import clock
from microcycle.models.clock import DAY_MIN, Nights, Span
from microcycle.models.reading import Document, fail
from microcycle.models.request import AFTER, NO_TIME, Request, Shift, WindowSpec
from microcycle.models.selector import Selectors
from microcycle.solver import names
from microcycle.solver.problem import Window

Hours = Literal["given", "any", "all"]
"""Which windows count: those of the file; any hour where it names none; all hours, whatever it states."""
DEFAULT_SLEEP = Span(23 * 60, 30 * 60)
"""23:00-06:00 (rulebook section 0)."""
SETUP_AWAY_MIN = 10
"""Minutes to get ready each side at a place that is named without its own (own choice, rulebook A note 4)."""
USEFUL_MIN, FEW_DAYS = 30, 2
"""A shorter window holds no session that a week is built on; on so few days not everything has room (own choices)."""
HOME = "home"
T = TypeVar("T")


@dataclass(frozen=True)
class Calendar:
    windows: tuple[Window, ...]
    """Sorted by time."""
    nights: Nights
    assumptions: tuple[str, ...]
    stated: tuple[Window, ...] | None = None
    """The file's own, where the windows are whole days."""

    @property
    def few(self) -> bool:
        """Whether two days at most have time for a session of use."""
        free = self.windows if self.stated is None else self.stated
        return len({w.day for w in free if w.close - w.open - 2 * w.setup >= USEFUL_MIN}) <= FEW_DAYS

    def after(self, over: int) -> Calendar:
        """What is still to come of it once a minute is over; windows keep their numbers."""
        stated = None if self.stated is None else windows_left(self.stated, over)
        return replace(self, windows=windows_left(self.windows, over), stated=stated)

    def without(self, days: Collection[int]) -> Calendar:
        """The same with no time on some days."""
        stated = None if self.stated is None else _without(self.stated, days)
        return replace(self, windows=_without(self.windows, days), stated=stated)


class _Free(NamedTuple):
    """A window as written, for one of the days that its key names."""

    day: int
    spec: WindowSpec
    path: Path

    @property
    def open(self) -> int:
        return self.day * DAY_MIN + self.spec.at.start

    @property
    def close(self) -> int:
        return self.day * DAY_MIN + self.spec.at.end


def calendar(request: Request, selectors: Selectors, *, hours: Hours = "given") -> Calendar:
    """The week's windows and nights. Raises InputError for what overlaps, contradicts itself or is unknown.

    Where the file names no window, that is an error, or with hours `any` all of them are free. With `all` the windows
    are whole days beside those that the file has `stated`.
    """
    shifts = _shifts_by_day(request)
    nights, notes = _nights(request, shifts)
    named = request.spec.availability or request.spec.shifts
    if hours == "any" and not named:
        # A session may end past midnight; nothing is placed here, so they may overlap.
        whole = tuple(Window(d, d, d * DAY_MIN, (d + 2) * DAY_MIN, 0, None, None, ()) for d in range(7))
        return Calendar(whole, nights, (*notes, "The file names no windows: no hour was ruled out."))
    if not request.spec.availability and not shifts:
        fail(
            request.document,
            ("availability",) if "availability" in request.spec.model_fields_set else (),
            "the file says nowhere when there is time",
            expected="'availability' with days and windows, such as {mon-fri: 17:30-20:00, sat: 08:00-12:00}",
            key=True,
        )
    found = [
        _Free(day, spec, names.at(request, path, i))
        for day, (path, specs) in sorted(_windows_by_day(request, shifts).items())
        for i, spec in enumerate(specs)
    ]
    found.sort(key=lambda free: (free.open, free.close))
    nights = nights._replace(free=tuple(tuple(free.spec.at for free in found if free.day == day) for day in range(7)))
    _no_overlap(request, found)
    allowed = {path: _only(request, selectors, path, spec) for path, spec in _written(request)}
    windows, assumed = [], dict[str, None]()
    for index, free in enumerate(found):
        setup = _setup(request, free, assumed)
        place = None if free.spec.place is None else free.spec.place.strip()
        windows.append(Window(index, free.day, free.open, free.close, setup, allowed[free.path], place, free.path))
    notes += [f"{SETUP_AWAY_MIN} minutes to get ready on each side are assumed for {place}." for place in assumed]
    if request.spec.sleep or any(shift.sleep is not None for _, shift in shifts.values()):
        notes += _asleep(windows, nights)
    if hours == "all":
        return Calendar(_whole_days(windows), nights, tuple(notes), tuple(windows))
    return Calendar(tuple(windows), nights, tuple(notes))


def _whole_days(windows: Sequence[Window]) -> tuple[Window, ...]:
    """Each day from midnight to midnight; what lies past it in a window of the evening before belongs to that."""
    late = [max((w.close - (d + 1) * DAY_MIN for w in windows if w.day == d), default=0) for d in range(7)]
    ends = [(d + 1) * DAY_MIN + max(0, late[d]) for d in range(7)]
    starts = [ends[6] - clock.WEEK_MIN, *ends[:6]]
    return tuple(Window(d, d, starts[d], ends[d], 0, None, None, ()) for d in range(7))


def day_of(
    request: Request, path: Path, written: str | date, *, key: bool = False, document: Document | None = None
) -> int | None:
    """The day of the week of an ISO date; None if it lies in another week.

    It stands at `path` of the request's own document, or of another one. Raises InputError.
    """
    document = document or request.document
    try:
        when = clock.parse_date(written)
    except ValueError as error:
        fail(document, path, error, key=key)
    if request.monday is None:
        where = "" if document is request.document else f" in {request.document.name}"
        fail(document, path, "a date needs to know its week", expected=f"'week_of', a Monday,{where}".rstrip(","), key=key)
    day = (when - request.monday).days
    return day if 0 <= day <= 6 else None


def _shifts_by_day(request: Request) -> dict[int, tuple[Path, Shift]]:
    """The rota's shift of each day of this week; dates outside the week are ignored, so a rota is pasted once."""
    found: dict[int, tuple[Path, Shift]] = {}
    named: dict[int, Path] = {}
    for written, shifts in request.spec.rota.items():
        path: Path = ("rota", written)
        try:
            first = clock.parse_date(written)
        except ValueError as error:
            fail(request.document, path, error, key=True)
        if request.monday is None:
            fail(request.document, path, "a rota needs to know its week", expected="'week_of', a Monday", key=True)
        for i, name in enumerate(shifts):
            at = names.at(request, path, i)
            free = name.strip().lower() in NO_TIME
            if name not in request.spec.shifts and not free:
                fail(request.document, at, f"unknown shift {shown(name)}", candidates=[*request.spec.shifts, "off"])
            day = (first - request.monday).days + i
            if not 0 <= day <= 6:
                continue
            if day in named:
                other = request.document.cite(named[day])
                message = f"the rota names {clock.DAY_NAMES[day]} twice (also {other})"
                fail(request.document, at, message, expected="one shift a day")
            named[day] = at
            if name in request.spec.shifts:
                found[day] = (("shifts", name), request.spec.shifts[name])
    return found


def days_meant(request: Request, written: Sequence[int | str]) -> tuple[int, ...]:
    """Days, and for the names of shifts those that have them, or (`after night`) follow one that has.

    Monday follows last week's Sunday, where the rota knows it.
    """
    has: dict[str, set[int]] = {}
    for first, shifts in request.spec.rota.items():
        for i, name in enumerate(shifts):
            day = 0 if request.monday is None else (clock.parse_date(first) - request.monday).days + i
            has.setdefault(name, set()).add(day)
    found = {day for day in written if isinstance(day, int)}
    for word in written:
        if isinstance(word, str):
            found |= has.get(word, set()) if word in request.spec.shifts else set()
            found |= {day + 1 for day in has.get(word.removeprefix(AFTER), ()) if word not in request.spec.shifts}
    return tuple(sorted(day for day in found if 0 <= day <= 6))


def _narrowest(request: Request, section: str, written: Mapping[str, T]) -> dict[int, tuple[int, Path, T]]:
    """For each day what the narrowest key says that names it (width 0: a date), in whatever order they stand."""
    rivals: dict[int, dict[int, list[Path]]] = {}
    found: dict[int, tuple[int, Path, T]] = {}
    for key, value in written.items():
        path: Path = (section, key)
        width, days = _days_of(request, path, key)
        for day in days:
            rivals.setdefault(day, {}).setdefault(width, []).append(path)
            if day not in found or found[day][0] > width:
                found[day] = (width, path, value)
    for day, (width, _, _) in sorted(found.items()):
        alike = rivals[day][width]
        if len(alike) > 1:
            fail(
                request.document,
                alike[1],
                f"{clock.DAY_NAMES[day]} is named here and in '{alike[0][-1]}' ({request.document.cite(alike[0])})",
                expected="one of them narrower than the other",
                key=True,
            )
    return found


def _days_of(request: Request, path: Path, key: str) -> tuple[int, tuple[int, ...]]:
    if clock.dated(key):
        day = day_of(request, path, key, key=True)
        return 0, () if day is None else (day,)
    try:
        days = clock.parse_days(key)
    except ValueError as error:
        fail(request.document, path, error, key=True)
    return len(days), days


def _windows_by_day(
    request: Request, shifts: Mapping[int, tuple[Path, Shift]]
) -> dict[int, tuple[Path, tuple[WindowSpec, ...]]]:
    """For each day the windows of a date, else of the rota, else of a day, else of a range of days."""
    best = _narrowest(request, "availability", request.spec.availability)
    found = {day: (path, specs) for day, (_, path, specs) in best.items()}
    for day, (path, shift) in shifts.items():
        if day not in best or best[day][0] > 0:
            found[day] = ((*path, "windows"), shift.windows)
    return found


def given_way(request: Request) -> list[tuple[Path, str]]:
    """Keys under `availability` that have the last word on no day of this week, and why."""
    shifts = _shifts_by_day(request)
    last = {path for path, _ in _windows_by_day(request, shifts).values()}
    found: list[tuple[Path, str]] = []
    for key in request.spec.availability:
        path: Path = ("availability", key)
        _, days = _days_of(request, path, key)
        if not days:
            found.append((path, "it lies in another week"))
        elif path not in last:
            ruled = [day for day in days if day in shifts]
            why = f"the rota has a shift on {clock.days_words(ruled)}" if ruled else "narrower keys name all of its days"
            found.append((path, why))
    return found


def _without(windows: Sequence[Window], days: Collection[int]) -> tuple[Window, ...]:
    found = []
    for window in windows:
        # What is open past midnight ends where such a day begins.
        close = min([window.close, *(day * DAY_MIN for day in days if day > window.day)])
        if window.day not in days and close - window.open > 2 * window.setup:
            found.append(replace(window, close=close))
    return tuple(found)


def windows_left(windows: Sequence[Window], over: int) -> tuple[Window, ...]:
    """What is still to come of the windows. Who is ready when a window is cut need not get ready again."""
    found = [replace(window, open=max(window.open, over - window.setup)) for window in windows]
    return tuple(window for window in found if window.open < window.close - 2 * window.setup)


def key_of(request: Request, day: int) -> str:
    """The key under `availability` that has the last word on a day, which may be new: its date, else its name."""
    keys = {width: key for key in request.spec.availability if (width := _width(request, key, day)) is not None}
    if 0 in keys:
        return keys[0]
    if day in _shifts_by_day(request) and request.monday is not None:
        return date.fromordinal(request.monday.toordinal() + day).isoformat()
    return keys.get(1, clock.DAYS[day])


def _width(request: Request, key: str, day: int) -> int | None:
    width, days = _days_of(request, ("availability", key), key)
    return width if day in days else None


def _nights(request: Request, shifts: Mapping[int, tuple[Path, Shift]]) -> tuple[Nights, list[str]]:
    """Bed and rising of each day. A night belongs to its evening: one that begins before noon, to the day before."""
    stated = {day: (width, span) for day, (width, _, span) in _narrowest(request, "sleep", request.spec.sleep).items()}
    for day, (_, shift) in shifts.items():
        if shift.sleep is not None and stated.get(day, (1, None))[0] > 0:
            stated[day] = (0, shift.sleep)
    spans = [stated[day][1] if day in stated else DEFAULT_SLEEP for day in range(7)]
    moved = [Span(s.start + DAY_MIN, s.end + DAY_MIN) if s.start < 720 else s for s in spans]
    nights = Nights(tuple(span.start for span in moved), tuple(moved[day - 1].end - DAY_MIN for day in range(7)))
    open_days = [day for day in range(7) if day not in stated]
    if not open_days:
        return nights, []
    when = "" if len(open_days) == 7 else f" on {clock.days_words(open_days)}"
    return nights, [f"Sleep 23:00-06:00 is assumed{when}: the file does not state it."]


def _asleep(windows: list[Window], nights: Nights) -> list[str]:
    """Windows that reach into a night as the file states it: both stand, but whoever wrote them should know."""
    days: dict[str, list[int]] = {}
    asleep = nights.asleep()
    for w in windows:
        if any(w.open < night.end and night.start < w.close for night in asleep):
            days.setdefault(clock.range_text((w.open - w.day * DAY_MIN, w.close - w.day * DAY_MIN)), []).append(w.day)
    return [
        f"The window {span} ({clock.days_words(on)}) reaches into your sleep: what has to stand there is told as a trade."
        for span, on in days.items()
    ]


def _written(request: Request) -> list[tuple[Path, WindowSpec]]:
    """Every window of the file, also of days and shifts that this week does without."""
    several: list[tuple[Path, tuple[WindowSpec, ...]]] = [
        (("availability", key), specs) for key, specs in request.spec.availability.items()
    ]
    several += [(("shifts", name, "windows"), shift.windows) for name, shift in request.spec.shifts.items()]
    return [(names.at(request, path, i), spec) for path, specs in several for i, spec in enumerate(specs)]


def _only(request: Request, selectors: Selectors, path: Path, spec: WindowSpec) -> str | None:
    """What may be done in a window, as one selector expression; None for everything."""
    written = [(names.at(request, (*path, "only"), i), name) for i, name in enumerate(spec.only)]
    return " | ".join(names.expression(request, selectors, at, name) for at, name in written) or None


def _setup(request: Request, free: _Free, assumed: dict[str, None]) -> int:
    """Minutes to get ready each side; the window's own, else its place's, else some for any place but home."""
    spec, places = free.spec, {name.strip().lower(): minutes for name, minutes in request.spec.places.items()}
    place = HOME if spec.place is None else spec.place.strip().lower()
    if spec.buffer is not None:
        setup = spec.buffer
    elif place in places or place == HOME:
        setup = places.get(place, 0)
    else:
        near = nearest_name(place, places)
        if near:
            message = f"unknown place {shown(spec.place)}"
            fail(request.document, (*free.path, "place"), message, candidates=[HOME, *request.spec.places])
        assumed[str(spec.place)] = None
        setup = SETUP_AWAY_MIN
    if free.spec.at.minutes <= 2 * setup:
        fail(
            request.document,
            free.path,
            f"{setup} minutes to get ready on each side leave no time in {clock.range_text(spec.at)}",
            expected="a longer window, or a shorter 'buffer'",
        )
    return setup


def _no_overlap(request: Request, found: list[_Free]) -> None:
    """Each window against the one that follows; the last against the first of the week after, where the week wraps."""
    pairs = [(one, other, 0) for one, other in itertools.pairwise(found)]
    if len(found) > 1 and request.spec.next == "cycle":
        pairs.append((found[-1], found[0], clock.WEEK_MIN))
    for one, other, shift in pairs:
        if other.open + shift < one.close:
            fail(
                request.document,
                other.path,
                f"the window {clock.range_text(other.spec.at)} of {clock.DAY_NAMES[other.day]} overlaps "
                f"{clock.range_text(one.spec.at)} of {clock.DAY_NAMES[one.day]} ({request.document.cite(one.path)})",
                expected="windows that do not overlap",
            )
