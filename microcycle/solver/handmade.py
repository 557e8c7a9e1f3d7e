"""A week that someone else made, to be checked: a planned week's JSON or a few lines by hand, read into pieces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from microcycle.errors import Path
from microcycle.models import clock
from microcycle.models.clock import DAY_MIN, DAY_NAMES
from microcycle.models.derive import at_length
from microcycle.models.reading import Document, fail
from microcycle.models.request import Request
from microcycle.models.session import SessionKind
from microcycle.models.week import WEEK_SCHEMA
from microcycle.solver.calendar import day_of
from microcycle.solver.pins import assigned, serves
from microcycle.solver.problem import Pin, Placed, Problem

REST = ("rest", "none", "off", "-", "")
EXPECTED = "'week:' with days, such as {mon: [{session: easy-run, minutes: 40}]}, or the JSON of a planned week"
_ENTRY_KEYS = ("session", "minutes", "start", "visit", "start_min")
# What a planned week's JSON says of a session beyond what is read here: it follows from the kind and its length.
_TOLD = ("id", "day", "date", "name", "short", "modality", "end", "pinned", "done", "finisher", "note",
         "distance_m", "content", "steps", "revision", "label")  # fmt: skip


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    session: Annotated[str, Field(max_length=100)]
    minutes: Annotated[int, Field(ge=5, le=720)] | None = None
    start: int | None = None
    visit: Annotated[int, Field(ge=1, le=20)] | None = None
    start_min: Annotated[int, Field(strict=True)] | None = None


@dataclass(frozen=True)
class _Line:
    """One session as written, with its day."""

    path: Path
    day: int
    entry: _Entry
    kind: SessionKind


def read_week(document: Document, problem: Problem, request: Request, path: Path = ()) -> tuple[Placed, ...]:
    """The pieces of the week at `path` of a document, day by day; raises InputError with its place.

    Entries of a day with the same `visit` follow each other without a break. One without is of the visit of the session
    that ends as it begins, if it may follow it there, and else a visit of its own.
    """
    data = document.get(path)
    if data == {} and not path:
        fail(document, path, "this file holds no week", expected=EXPECTED)
    if isinstance(data, Mapping) and ("sessions" in data or (not path and "schema" in data)):
        lines = _planned(document, problem, data, path)
    elif isinstance(data, Mapping) and "week" in data:
        return read_week(document, problem, request, (*path, "week"))
    else:
        lines = _by_hand(document, problem, request, data, path)
    pieces: list[Placed] = []
    for _, group in groupby(sorted(lines, key=lambda line: line.day), key=lambda line: line.day):
        pieces += _day(document, problem, list(group))
    return tuple(_pinned(problem.pins, pieces))


def _planned(document: Document, problem: Problem, data: Mapping[str, Any], path: Path) -> list[_Line]:
    if data.get("schema", WEEK_SCHEMA) not in (WEEK_SCHEMA, "microcycle/check/1"):
        fail(document, (*path, "schema"), "this is no week that can be checked", expected=f"'{WEEK_SCHEMA}'")
    outcome = data.get("outcome", "solved")
    if outcome != "solved":
        fail(document, (*path, "outcome"), "this file holds no week: none was found", expected="a solved week")
    sessions = data.get("sessions")
    if not isinstance(sessions, list):
        fail(document, (*path, "sessions"), "this is no list of sessions", expected="a list")
    lines = []
    for i, item in enumerate(sessions):
        here: Path = (*path, "sessions", i)
        if not isinstance(item, Mapping):
            fail(document, here, "this is no session", expected="a 'day', a 'session' and its 'minutes'")
        try:
            day = clock.parse_day(item.get("day"))
        except ValueError as error:
            fail(document, (*here, "day"), error)
        lines.append(_line(document, problem, {k: v for k, v in item.items() if k not in _TOLD}, here, day))
    return lines


def _by_hand(document: Document, problem: Problem, request: Request, data: Any, path: Path) -> list[_Line]:
    if not isinstance(data, Mapping):
        fail(document, path, "this is no week", expected=EXPECTED)
    lines: list[_Line] = []
    named: dict[int, Path] = {}
    for key, written in data.items():
        here: Path = (*path, key)
        for day in _days(document, request, key, here):
            if day in named:
                cited = document.cite(named[day])
                fail(document, here, f"{DAY_NAMES[day]} is named twice (also {cited})", key=True)
            named[day] = here
            lines += _lines_of(document, problem, written, here, day)
    return lines


def _days(document: Document, request: Request, key: Any, path: Path) -> tuple[int, ...]:
    if clock.dated(key):
        day = day_of(request, path, key, key=True, document=document)
        if day is None:
            fail(
                document,
                path,
                "this date lies in another week",
                expected=f"a day of the week of {request.monday}",
                key=True,
            )
        return (day,)
    try:
        return clock.parse_days(key)
    except ValueError as error:
        fail(document, path, error, expected=None if key != "week" else EXPECTED, key=True)


def _lines_of(document: Document, problem: Problem, written: Any, path: Path, day: int) -> list[_Line]:
    if written is None or (isinstance(written, str) and written.strip().lower() in REST):
        return []
    if isinstance(written, str | Mapping):
        return [_line(document, problem, written, path, day)]
    if not isinstance(written, list):
        fail(
            document,
            path,
            "this is no list of sessions",
            expected="such as [{session: easy-run, minutes: 40}], or rest",
        )
    return [_line(document, problem, item, (*path, i), day) for i, item in enumerate(written)]


def _line(document: Document, problem: Problem, item: Any, path: Path, day: int) -> _Line:
    if isinstance(item, str):
        item, named = {"session": item}, path
    else:
        named = (*path, "session")
    if not isinstance(item, Mapping):
        fail(document, path, "this is no session", expected="such as {session: easy-run, minutes: 40}")
    values = dict(item)
    for key in values:
        if key not in _ENTRY_KEYS:
            fail(document, (*path, key), f"unknown key '{str(key)[:40]}'", candidates=_ENTRY_KEYS, key=True)
    if "session" not in values:
        fail(document, path, "the session is missing", expected="'session' with a name of `microcycle sessions`")
    entry = _entry(document, values, path)
    try:
        if entry.start_min is not None:
            clock.begins_at(day, entry.start, entry.start_min)
    except ValueError as error:
        fail(document, (*path, "start" if entry.start is not None else "start_min"), str(error))
    if entry.session not in problem.kinds:
        fail(document, named, f"unknown session '{entry.session[:40]}'", candidates=problem.kinds)
    return _Line(path, day, entry, problem.kinds[entry.session])


def _entry(document: Document, values: dict[str, Any], path: Path) -> _Entry:
    readers: dict[str, Callable[[object], int]] = {"minutes": clock.parse_duration, "start": clock.parse_clock}
    for key, reader in readers.items():
        if values.get(key) is not None:
            try:
                values[key] = reader(values[key])
            except ValueError as error:
                fail(document, (*path, key), error)
    try:
        return _Entry.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        at = str(first["loc"][0])
        expected = {
            "start_min": "minutes from Monday 00:00, or none",
            "minutes": "5 to 720 minutes",
            "visit": "a number from 1 to 20",
            "session": "a session's name",
        }
        fail(
            document,
            (*path, at),
            f"this is no {'number of a visit' if at == 'visit' else at}",
            expected=expected.get(at),
        )


def _day(document: Document, problem: Problem, lines: list[_Line]) -> list[Placed]:
    """The pieces of one day; within a visit each starts where the one before ended."""
    named = {line.entry.visit for line in lines if line.entry.visit is not None}
    free = (n for n in range(1, 2 * len(lines) + 22) if n not in named)
    found: list[Placed] = []
    starts = [_start(problem, line) for line in lines]
    timed = [(start, n) for n, start in enumerate(starts) if start is not None]
    # In the order of the day, where that is known, so that what follows is met behind what it follows.
    for n in (n for _, n in sorted(timed)) if len(timed) == len(lines) else range(len(lines)):
        line, start = lines[n], starts[n]
        minutes = line.kind.minutes.default if line.entry.minutes is None else line.entry.minutes
        kind = at_length(line.kind, minutes)
        visit = line.entry.visit or _visit_before(found, start, kind, minutes) or next(free)
        before = [placed for placed in found if placed.visit == visit]
        if start is None and before:
            start = before[-1].end
        elif start is not None and before and before[-1].end is not None and start < before[-1].end:
            fail(
                document, (*line.path, "start"), "this starts before the session in front of it in its visit ends",
                expected=f"{clock.hhmm(before[-1].end - line.day * DAY_MIN)} or no 'start', or another 'visit'",
            )  # fmt: skip
        elif start is not None and before and before[-1].end is not None and start > before[-1].end:
            visit, before = next(free), []  # a visit has no break
        found.append(Placed(kind, minutes, line.day, start, visit, _finishes(kind, minutes, before)))
    return found


def _start(problem: Problem, line: _Line) -> int | None:
    if line.entry.start_min is not None or line.entry.start is None:
        return line.entry.start_min
    return problem.nights.minute(line.day, line.entry.start)


def _visit_before(found: list[Placed], start: int | None, kind: SessionKind, minutes: int) -> int | None:
    """The visit that a session goes on, which nobody has numbered: of the one that ends as it begins, if that is alone."""
    alone = [placed for placed in found if [other.visit for other in found].count(placed.visit) == 1]
    ends = (p for p in alone if start is not None and p.end == start and kind.may_follow(p.kind, minutes))
    return next((placed.visit for placed in ends), None)


def _finishes(kind: SessionKind, minutes: int, before: list[Placed]) -> bool:
    """A short easy piece behind a lift in its visit ends that lift; it is no session of its own."""
    behind_lift = any(placed.kind.modality in ("lift", "power") for placed in before)
    return behind_lift and kind.ends_a_lift(minutes)


def _pinned(pins: tuple[Pin, ...], pieces: list[Placed]) -> list[Placed]:
    """Each pin to a piece that is what it asks for: what the athlete fixed needs no window."""
    taken = assigned(pins, pieces, serves)
    return [
        placed if at not in taken else Placed(
            placed.kind, placed.minutes, placed.day, placed.start, placed.visit, placed.finisher,
            taken[at].index, None, taken[at].label,
        )
        for at, placed in enumerate(pieces)
    ]  # fmt: skip


__all__ = ["EXPECTED", "read_week"]
