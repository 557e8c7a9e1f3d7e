"""What the last weeks held, and other sessions that are facts, as numbers and pieces for the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from fractions import Fraction

from microcycle.errors import Path, shown
from microcycle.models import clock
from microcycle.models.clock import DAY_MIN, Nights
from microcycle.models.derive import at_length
from microcycle.models.reading import fail
from microcycle.models.request import History, Request, Sighting
from microcycle.models.session import SessionKind
from microcycle.solver import names
from microcycle.solver.problem import Placed

ASSUMED_S_PER_KM = 335
"""9:00 a mile: the pace of the mileage table (S000), where the athlete's is not known."""
LONGEST_RUN_MIN = 720
NOON = 720
_UNNUMBERED = 100
"""Visits without a number of their own are counted from here."""


def facts(request: Request) -> tuple[dict[str, Fraction], list[str]]:
    """Mean run minutes of three weeks and those of the last, longest run of 30 days, mean load of four weeks; and what
    was assumed. None is rounded: what is made of them is, once."""
    history, found = request.spec.history, dict[str, Fraction]()
    if history.run_minutes:
        found["run-minutes"] = _mean(history.run_minutes[-3:])
        found["last-run-minutes"] = Fraction(history.run_minutes[-1])
    notes: list[str] = []
    if history.longest_run_30d is not None:
        found["longest-run"], assumed = _longest_run(request, history.longest_run_30d)
        if assumed:
            notes.append("Easy pace 9:00 a mile is assumed for your longest run: the file does not state it.")
    if history.load:
        found["weekly-load"] = _mean(history.load[-4:])
    notes += _age(request)
    missing = []
    if "run-minutes" not in found:
        missing.append("how fast your running grows")
    if "longest-run" not in found:
        missing.append("how far your longest run exceeds those before")
    if missing:
        notes.insert(0, f"Not judged without history: {' and '.join(missing)}.")
    return found, notes


def _age(request: Request) -> list[str]:
    """Which days the history is taken to be of; InputError where it reaches into the week."""
    until, monday = request.spec.history.until, request.monday
    if monday is None or request.spec.history == History():
        return []
    sunday = monday - timedelta(days=1)
    if until is None:
        return [f"Your history is taken to end with {day_words(sunday)}: the file does not state until when it is."]
    if until > sunday:
        expected = f"a day before {monday}"
        fail(request.document, ("history", "until"), "history ends before its week begins", expected=expected)
    if until == sunday:
        return []
    gone = " Its last week is older than the one before this, and is not heeded." if _stale(request) else ""
    return [f"Your history ends with {day_words(until)}: of the days since, nothing is known.{gone}"]


def _stale(request: Request) -> bool:
    """Whether what it calls last week is older than that."""
    until, monday = request.spec.history.until, request.monday
    old = until is not None and monday is not None and (monday - until).days > len(clock.DAYS)
    return old and bool(request.spec.history.last_week)


def day_words(day: date) -> str:
    """`Sunday 22 November`."""
    return f"{clock.DAY_NAMES[day.weekday()]} {day.day} {day:%B}"


def _mean(weeks: Sequence[int]) -> Fraction:
    return Fraction(sum(weeks), len(weeks))


def _longest_run(request: Request, written: str | int | float) -> tuple[Fraction, bool]:
    """Minutes, and whether a pace was assumed to know them. `8000 m` is a distance, `60 m` a time."""
    path: Path = ("history", "longest_run_30d")
    expected = "a length of time such as 60 min, or a distance such as 8 km, of at most 12 hours"
    pace_ms = request.spec.athlete.easy_pace
    minutes: Fraction | None = None
    assumed = False
    with suppress(ValueError):
        minutes = Fraction(clock.parse_duration(written))
    if minutes is None or minutes > LONGEST_RUN_MIN:
        try:
            metres = clock.parse_distance(written)
        except ValueError:
            fail(request.document, path, f"{shown(written)} is no length of a run", expected=expected)
        # To the second: what is whole in miles and minutes a mile is not in metres and milliseconds.
        minutes = Fraction(round(Fraction(metres * (pace_ms or ASSUMED_S_PER_KM * 1000), 1_000_000)), 60)
        assumed = pace_ms is None
    if not 0 <= minutes <= LONGEST_RUN_MIN:
        fail(request.document, path, f"{shown(written)} is no length of a run", expected=expected)
    return minutes, assumed


def last_week(request: Request, kinds: Mapping[str, SessionKind], nights: Nights) -> tuple[Placed, ...]:
    """The sessions of the week before, on negative days; noon is taken where no hour is known."""
    found = sightings(request, ("history", "last_week"), request.spec.history.last_week, kinds, -7, nights)
    return () if _stale(request) else found


def reference(request: Request, kinds: Mapping[str, SessionKind], nights: Nights) -> tuple[Placed, ...]:
    """The week to stay close to."""
    return sightings(request, ("stay_close_to",), request.spec.stay_close_to, kinds, 0, nights)


def begins(one: Sighting, nights: Nights) -> int | None:
    """Minute of its week at which a session began, where that is known."""
    if one.start_min is not None:
        return one.start_min
    return None if one.start is None else nights.minute(one.day[0], one.start)


def sightings(
    request: Request, path: Path, seen: Sequence[Sighting], kinds: Mapping[str, SessionKind], shift: int, nights: Nights
) -> tuple[Placed, ...]:
    """The sessions at a path; pieces of one visit follow each other, and of this week, those without an hour have none."""
    found: list[Placed] = []
    ends: dict[tuple[int, int], int] = {}
    for i, one in enumerate(seen):
        kind = names.kind_of(request, kinds, (*path, i, "session"), one.session)
        minutes = one.minutes if one.minutes is not None else kind.minutes.default
        day = one.day[0] + shift
        visit = one.visit if one.visit is not None else _UNNUMBERED + i
        start = begins(one, nights)
        start = ends.get((day, visit)) if start is None else start + shift * DAY_MIN
        if start is not None and ends.get((day, visit), start) < start:
            visit = _UNNUMBERED + i  # a visit has no break
        if start is None and shift:
            start = day * DAY_MIN + NOON
        if start is not None:
            ends[day, visit] = start + minutes
        fixed_on = () if one.extra else one.instead_of
        found.append(Placed(at_length(kind, minutes), minutes, day, start, visit, fixed_on=fixed_on))
    return tuple(sorted(found, key=lambda p: (p.day, p.start or 0, p.visit)))
