"""Sessions that the athlete has fixed: read, checked against the calendar, and told apart in a finished week."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from microcycle.errors import Path, shown
from microcycle.models import clock
from microcycle.models.clock import DAY_MIN, DAY_NAMES, DAYS, WEEK_MIN, Nights, days_words
from microcycle.models.derive import at_length
from microcycle.models.edit import Edit
from microcycle.models.reading import fail
from microcycle.models.request import PinSpec, Request
from microcycle.models.selector import Selectors
from microcycle.models.session import SessionKind
from microcycle.solver import names
from microcycle.solver.calendar import day_of
from microcycle.solver.problem import Option, Pin, Placed, Window

T = TypeVar("T")
NEAR_USUAL_MIN = 15
"""A pin without an hour and a length may be so much shorter or longer than usual."""
MOST_ALIKE = 8
"""Pins of one kind without an hour, but with different days or lengths: telling them apart costs 2 to that power."""


MOST_PINS = 60
MOST_CHOOSING = 5
"""Pins with a start and a choice of days that may meet in one window: each doubles the ways to cut it."""


def pins_of(request: Request, kinds: Mapping[str, SessionKind], on_menu: Collection[str], nights: Nights) -> tuple[Pin, ...]:
    """The pins of the file. One of a kind on the menu, with neither start nor length, leaves its length open."""
    rows = [pin for i, spec in enumerate(request.spec.pinned) for pin in _of_row(_pin(request, i, spec, kinds, on_menu))]
    found = tuple(replace(pin, index=index, start=_start(pin, nights)) for index, pin in enumerate(rows))
    if len(found) > MOST_PINS:
        message = f"{len(found)} sessions are pinned with it"
        fail(request.document, found[MOST_PINS].path, message, expected=f"at most {MOST_PINS} in a week")
    different: dict[str, set[object]] = {}
    for pin in found:
        if pin.start is None:
            different.setdefault(pin.kind.id, set()).add((pin.days, pin.minutes))
            if len(different[pin.kind.id]) > MOST_ALIKE:
                message = f"too many different pins of {pin.kind.name} without a start"
                fail(request.document, pin.path, message, expected=f"at most {MOST_ALIKE}, or a 'start' for some")
    return found


def _of_row(pin: Pin) -> list[Pin]:
    """The pins that a row of the file states: one, or one on each of its days."""
    return [replace(pin, days=(day,)) for day in pin.each] or [pin]


def choices(pins: Sequence[Pin]) -> list[str]:
    """Notes on pins that stand on one of several days: elsewhere the same words mean each of them."""
    return [f"{_called(pin)}: on one of {days_words(pin.days)}." for pin in pins if len(pin.days) > 1]


def _called(pin: Pin) -> str:
    return pin.label[:1].upper() + pin.label[1:] if pin.label else pin.kind.name


def without(request: Request, pin: Pin, days: Collection[int] = range(7)) -> Edit:
    """The file without a pin, or without some of its days; of a row that fixes one on each of several, without this one."""
    left = [DAYS[day] for day in pin.each or pin.days if day not in pin.days or day not in days]
    if left:
        return Edit((*pin.path, request.spec.pinned[int(pin.path[1])].days_key), left)
    # No empty list stays behind.
    return Edit(pin.path if len(request.spec.pinned) > 1 else pin.path[:1], remove=True)


def _pin(request: Request, index: int, spec: PinSpec, kinds: Mapping[str, SessionKind], on_menu: Collection[str]) -> Pin:
    path: Path = ("pinned", index)
    if spec.counts_as is not None:
        kind = names.kind_of(request, kinds, (*path, "counts_as"), spec.counts_as)
    elif spec.session not in kinds and spec.session != names.REST:
        expected = "a session of `microcycle sessions`, or 'counts_as' with the one that it is like"
        message = f"unknown session {shown(spec.session)}"
        fail(request.document, (*path, "session"), message, expected=expected, candidates=kinds)
    else:
        kind = names.kind_of(request, kinds, (*path, "session"), spec.session)
    if spec.minutes is not None:
        minutes: tuple[int, ...] = (spec.minutes,)
        kind = at_length(kind, spec.minutes)
    elif spec.start is None and any(name in on_menu for name in kind.lineage):
        usual = kind.minutes.default
        minutes = tuple(n for n in kind.minutes.grid if abs(n - usual) <= NEAR_USUAL_MIN)
    else:
        minutes = (kind.minutes.default,)
    label = spec.session.strip().replace("-", " ") if spec.counts_as is not None else ""
    days = _days(request, path, spec)
    each = days if spec.each is not None else ()
    return Pin(index, kind, days, spec.start, minutes, spec.outside_windows, spec.note, label, path, each)


def _start(pin: Pin, nights: Nights) -> int | None:
    """Past 1440 where on each of its days the hour is one of the night."""
    if pin.start is None:
        return None
    return min(nights.minute(day, pin.start) - day * DAY_MIN for day in pin.days)


def _days(request: Request, path: Path, spec: PinSpec) -> tuple[int, ...]:
    """The days that are named, of dates too; InputError for a date of another week."""
    key = spec.days_key
    written = spec.day or spec.date or spec.each
    found: set[int] = set()
    for i, part in enumerate(written or ()):
        if isinstance(part, tuple):
            found.update(part)
            continue
        at = names.at(request, (*path, key), i)
        day = day_of(request, at, part)
        if day is None:
            message = f"{part} is not in the week of {request.monday}"
            fail(request.document, at, message, expected=f"a date from {request.monday} to six days later, or a day")
        found.add(day)
    return tuple(sorted(found))


def check_pins(request: Request, pins: Sequence[Pin], windows: Sequence[Window], selectors: Selectors) -> None:
    """Refuses a pin that lies in no window and does not say so, one that fits in none, and one over another."""
    fixed: list[tuple[int, Pin]] = []
    for pin in pins:
        if pin.start is None:
            _check_room(request, pin, windows, selectors)
            continue
        for day in pin.days:
            start = day * DAY_MIN + pin.start
            end = start + max(pin.minutes)
            if not pin.outside_windows and not any(_within(w, start, end) for w in windows):
                fail(
                    request.document,
                    (*pin.path, "start"),
                    f"{clock.hhmm(start % DAY_MIN)} to {clock.hhmm(end % DAY_MIN)} on {DAY_NAMES[day]} lies in no window",
                    expected="a time inside a window, or 'outside_windows: true'",
                    code="no-window",
                )
        if len(pin.days) > 1:
            continue
        start = pin.days[0] * DAY_MIN + pin.start
        for other_start, other in fixed:
            if overlap(start, max(pin.minutes), other_start, max(other.minutes), wraps=request.spec.next == "cycle"):
                fail(
                    request.document,
                    pin.path,
                    f"this session is pinned over the one of {request.document.cite(other.path)}",
                    expected="pinned sessions that do not overlap",
                )
        fixed.append((start, pin))
    for window in windows:
        here = [pin for pin, *_ in meeting(window, pins, wraps=True) if len(pin.days) > 1]
        if len(here) > MOST_CHOOSING:
            message = f"too many pinned sessions may stand in the window of {request.document.cite(window.path)}"
            expected = f"at most {MOST_CHOOSING} with a choice of days"
            fail(request.document, here[MOST_CHOOSING].path, message, expected=expected)


def _within(window: Window, start: int, end: int) -> bool:
    """Whether a window holds the time; that of Sunday night also the first hours of Monday."""
    return any(window.open <= at and at + end - start <= window.close for at in (start, start + WEEK_MIN))


def _check_room(request: Request, pin: Pin, windows: Sequence[Window], selectors: Selectors) -> None:
    if has_room(pin, pin.days, windows, selectors):
        return
    least = min(pin.minutes)
    long = _long_enough(pin, pin.days, windows)
    days = " or ".join(DAY_NAMES[day] for day in pin.days)
    why = "is open to this session" if long else f"is long enough for {least} minutes, set-up included"
    fail(
        request.document,
        (*pin.path, request.spec.pinned[int(pin.path[1])].days_key),
        f"no window of {days} {why}",
        expected="another day or length, or a 'start' with 'outside_windows: true'",
        code="no-window",
    )


def has_room(pin: Pin, days: Collection[int], windows: Sequence[Window], selectors: Selectors) -> bool:
    """Whether what is fixed to some days, and no hour, has a window on one of them."""
    piece = Option(0, pin.kind, min(pin.minutes), False).piece
    return any(w.only is None or selectors.holds(w.only, piece) for w in _long_enough(pin, days, windows))


def _long_enough(pin: Pin, days: Collection[int], windows: Sequence[Window]) -> list[Window]:
    return [w for w in windows if w.day in days and w.close - w.open - 2 * w.setup >= min(pin.minutes)]


def meeting(window: Window, pins: Sequence[Pin], *, wraps: bool) -> Iterator[tuple[Pin, int, int, int]]:
    """Pins with a start that may stand in the way of a window, with day, start and end; also across Sunday night."""
    for pin in pins:
        for day in pin.days if pin.start is not None else ():
            assert pin.start is not None
            for shift in (-WEEK_MIN, 0, WEEK_MIN) if wraps else (0,):
                start = day * DAY_MIN + pin.start + shift
                end = start + max(pin.minutes)
                if start < window.close and window.open < end:
                    yield pin, day, start, end


def overlap(start: int, minutes: int, other: int, other_minutes: int, *, wraps: bool) -> bool:
    """Whether two sessions of a week overlap, by minutes of the week; with `wraps` also across Sunday night."""
    return any(
        start + shift < other + other_minutes and other < start + shift + minutes
        for shift in ((-WEEK_MIN, 0, WEEK_MIN) if wraps else (0,))
    )


def serves(piece: Placed, pin: Pin) -> bool:
    """Whether a piece is what is fixed; of one without an hour, its day says so."""
    on_time = pin.start is None or piece.start is None or piece.start == piece.day * DAY_MIN + pin.start
    return on_time and piece.kind.id == pin.kind.id and piece.minutes in pin.minutes and piece.day in pin.days


def assigned(pins: Sequence[Pin], pieces: Sequence[T], serves: Callable[[T, Pin], bool]) -> dict[int, Pin]:
    """Which piece, by its place in the list, serves which pin: as many pins as possible, each by a piece of its own."""
    serving: dict[int, Pin] = {}

    def served(pin: Pin, tried: set[int]) -> bool:
        for at, piece in enumerate(pieces):
            if at not in tried and serves(piece, pin):
                tried.add(at)
                if at not in serving or served(serving[at], tried):
                    serving[at] = pin
                    return True
        return False

    for pin in sorted(pins, key=lambda p: (p.start is None, len(p.days), p.index)):
        served(pin, set())
    return serving
