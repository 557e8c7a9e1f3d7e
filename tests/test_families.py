"""Each rule family on weeks that break it, keep it and stand on the boundary, by hand-counted amounts."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from typing import Any

import pytest
from builders import KINDS, WAKE, clause, options, pin, problem, rule, week, window
from hypothesis import given, settings
from hypothesis import strategies as st

from microcycle.models.clause import AnyClause
from microcycle.models.clock import Nights
from microcycle.solver.audit import Finding, WeekView, audit
from microcycle.solver.families import MATCHES, families, require_all
from microcycle.solver.measures import measures
from microcycle.solver.problem import DAY_MIN, MISSING, WEEK_MIN, Placed
from microcycle.solver.sentence import decimal


def findings(judged: AnyClause, pieces: tuple[Placed, ...], **fields: Any) -> list[Finding]:
    made = problem(**fields)
    return list(MATCHES[judged.family](made, judged, WeekView(made, pieces)))


def amounts(judged: AnyClause, *visits: str, **fields: Any) -> list[int]:
    return sorted(finding.amount for finding in findings(judged, week(*visits), **fields))


OPEN = {"wraps": False}
PAST_LEGS = {"wraps": False, "history": week("last-sun 18:00 legs 60")}
PAST_RUN = {"wraps": False, "history": week("last-sun 18:00 tempo-run 60")}


def bound(quantity: str, of: str, **fields: Any) -> AnyClause:
    return clause("bound", quantity=quantity, of=of, **fields)


TWO_RUNS = ("mon easy-run 30", "mon easy-run 20", "thu tempo-run 40")
BOUNDS = {
    "max kept": (bound("sessions", "runs", max=3), TWO_RUNS, []),
    "max broken": (bound("sessions", "runs", max=1), TWO_RUNS, [2]),
    "min kept": (bound("sessions", "runs", min=3), TWO_RUNS, []),
    "min broken": (bound("sessions", "runs", min=5), TWO_RUNS, [2]),
    "min broken by an empty week": (bound("sessions", "runs", min=2), (), [2]),
    "days": (bound("days", "runs", max=1), TWO_RUNS, [1]),
    "days without": (bound("days-without", "runs", min=6), TWO_RUNS, [1]),
    "days without, kept": (bound("days-without", "runs", min=5), TWO_RUNS, []),
    "started steps": (bound("minutes", "runs", max=84, step=5), TWO_RUNS, [2]),
    "a whole step": (bound("minutes", "runs", max=85, step=5), TWO_RUNS, [1]),
    "short by a started step": (bound("minutes", "runs", min=91, step=5), TWO_RUNS, [1]),
    "per day": (bound("minutes", "runs", max=45, per="day", step=5), TWO_RUNS, [1]),
    "per day, min only where there is one": (
        bound("minutes", "runs", min=45, per="day", step=5),
        TWO_RUNS,
        [1],
    ),
    "per session": (bound("minutes", "runs", max=20, per="session", step=5), TWO_RUNS, [2, 4]),
    "per session, min": (bound("minutes", "runs", min=30, per="session", step=5), TWO_RUNS, [2]),
    "on two days": (bound("sessions", "runs", max=0, on=(0, 1)), TWO_RUNS, [2]),
    "on a day, min": (bound("sessions", "runs", min=1, on=(1,)), TWO_RUNS, [1]),
    "fast minutes": (bound("fast-minutes", "runs", max=10), TWO_RUNS, [10]),
    "load": (bound("load", "runs", max=400, step=10), TWO_RUNS, [3]),
    "metres at 9:00 a mile": (bound("metres", "runs", max=15_000, step=100), TWO_RUNS, [12]),
    "visits": (
        bound("visits", "training", max=1),
        ("mon 07:00 legs 60 + easy-run 15", "mon 18:00 bike 30"),
        [1],
    ),
    "a visit is one": (bound("visits", "training", max=1), ("mon 07:00 legs 60 + easy-run 15",), []),
    "visits a day": (bound("visits", "training", max=1, per="day"), TWO_RUNS, [1]),
    "per visit": (bound("minutes", "aerobic", max=20, per="visit", step=5), ("mon legs 60 + bike 30",), [2]),
    "per visit, min": (
        bound("minutes", "aerobic", min=20, per="visit"),
        ("mon legs 60 + bike 15", "tue upper 60"),
        [5],
    ),
    "finishers are not main runs": (
        bound("sessions", "main-runs", max=0),
        ("mon upper 60 + easy-run 15",),
        [],
    ),
    "sets": (
        bound("sets", "lifts", min=16, muscles=("quads", "chest")),
        ("mon legs 60", "wed upper 60"),
        [8, 8],
    ),
    "sets, kept": (
        bound("sets", "lifts", min=8, muscles=("quads", "chest")),
        ("mon legs 60", "wed upper 60"),
        [],
    ),
    "most sets of a session": (
        bound("sets", "lifts", max=6, per="session"),
        ("mon legs 60", "wed full-body 60"),
        [2],
    ),
    "leg sets and runs": (
        bound("leg-sets-and-runs", "lifts | runs", max=9, muscles=("quads",)),
        ("mon legs 60", "wed easy-run 30"),
        [1],
    ),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_bound(name: str) -> None:
    judged, visits, expected = BOUNDS[name]
    assert amounts(judged, *visits) == expected


def share(most: object, **fields: Any) -> AnyClause:
    part = {"quantity": "minutes", "of": "long-run"}
    return clause("share", **{"part": part, "whole": {"quantity": "minutes", "of": "runs"}, "max": most} | fields)


TABLE = {"over": {"quantity": "sessions", "of": "runs"}, "steps": [(0, 60), (3, 45)]}
SHARES = {
    "kept on the boundary": (share(50), ("sat long-run 60", "mon easy-run 60"), []),
    "a started step above": (share(49), ("sat long-run 60", "mon easy-run 60"), [1]),
    "two started steps above": (share(44), ("sat long-run 60", "mon easy-run 60"), [2]),
    "at most ten": (share(0), ("sat long-run 60",), [10]),
    "no whole": (share(0), ("mon legs 60",), []),
    "table, below": (share(TABLE), ("sat long-run 60", "mon easy-run 40"), []),
    "table, reached": (share(TABLE), ("sat long-run 60", "mon easy-run 20", "tue easy-run 20"), [3]),
    "the largest": (share(30, largest=True), ("sat long-run 60", "wed long-run 60", "mon easy-run 40"), [2]),
    "their sum": (share(30), ("sat long-run 60", "wed long-run 60", "mon easy-run 40"), [9]),
    "gate closed": (
        share(30, where={"quantity": "minutes", "of": "runs"}, at_least=200),
        ("sat long-run 60", "mon easy-run 60"),
        [],
    ),
    "gate open": (
        share(30, where={"quantity": "minutes", "of": "runs"}, at_least=120),
        ("sat long-run 60", "mon easy-run 60"),
        [4],
    ),
}


@pytest.mark.parametrize("name", SHARES)
def test_share(name: str) -> None:
    judged, visits, expected = SHARES[name]
    assert amounts(judged, *visits) == expected


def hours(number: int, first: str = "heavy-legs", then: str = "hard-runs", **fields: Any) -> AnyClause:
    return clause("spacing-hours", first=first, then=then, hours=number, **fields)


LEGS_THEN_RUN = ("mon 07:00 legs 60", "mon 14:00 tempo-run 40")
LEGS_LEGS = ("mon 18:00 legs 60", "wed 12:00 legs 60")
SPACED: dict[str, tuple[AnyClause, tuple[str, ...], dict[str, Any], list[int]]] = {
    "kept on the boundary": (hours(6), LEGS_THEN_RUN, {}, []),
    "started hours short": (hours(7), ("mon 07:00 legs 60", "mon 13:55 tempo-run 40"), {}, [2]),
    "one started step short": (hours(9, step=3), LEGS_THEN_RUN, {}, [1]),
    "more than a step short": (hours(10, step=3), LEGS_THEN_RUN, {}, [2]),
    "start to start": (hours(7, measured="start-to-start"), LEGS_THEN_RUN, {}, []),
    "start to start, short": (hours(8, measured="start-to-start"), LEGS_THEN_RUN, {}, [1]),
    "either order": (hours(8), ("mon 07:00 tempo-run 60", "mon 14:00 legs 40"), {}, [2]),
    "first then": (hours(8, order="first-then"), ("mon 07:00 tempo-run 60", "mon 14:00 legs 40"), {}, []),
    "first then, broken": (hours(8, order="first-then"), LEGS_THEN_RUN, {}, [2]),
    "tolerance": (hours(48, "lifts", "lifts", tolerance=6, measured="start-to-start"), LEGS_LEGS, {}, []),
    "past the tolerance": (
        hours(48, "lifts", "lifts", tolerance=6, measured="start-to-start"),
        ("mon 18:00 legs 60", "wed 06:00 legs 60"),
        {},
        [6],
    ),
    "wrap": (hours(24), ("sun 18:00 legs 60", "mon 07:00 tempo-run 40"), {}, [12]),
    "no wrap": (hours(24), ("sun 18:00 legs 60", "mon 07:00 tempo-run 40"), OPEN, []),
    "history": (hours(24), ("mon 07:00 tempo-run 40",), PAST_LEGS, [12]),
    "history and wrap": (
        hours(24),
        ("mon 07:00 tempo-run 40", "sun 18:00 legs 60"),
        {"history": week("last-sun 18:00 legs 60")},
        [12, 12],
    ),
    "two of history are no pair": (
        hours(24),
        (),
        {"history": week("last-sat 18:00 legs 60", "last-sun 07:00 tempo-run 40")},
        [],
    ),
    "not with itself": (hours(200, "legs", "legs"), ("mon 07:00 legs 60",), {}, []),
    "each pair once": (hours(48, "lifts", "lifts"), ("mon 07:00 legs 60", "tue 07:00 upper 60"), {}, [25]),
    "a finisher is no pair in its visit": (
        hours(6, "lifts", "runs"),
        ("mon 07:00 legs 60 + easy-run 15",),
        {},
        [],
    ),
    "one visit": (hours(6, "lifts", "runs", one_visit=True), ("mon 07:00 legs 60 + easy-run 15",), {}, [6]),
    "one visit, in order": (
        hours(8, "runs", "lifts", one_visit=True, order="first-then"),
        ("mon 07:00 legs 60 + easy-run 15",),
        {},
        [],
    ),
    "one visit, no times": (
        hours(6, "lifts", "runs", one_visit=True),
        ("mon legs 60 + easy-run 15",),
        {},
        [6],
    ),
    "a finisher against another visit": (
        hours(6, "runs", "runs"),
        ("mon 07:00 legs 60 + easy-run 15", "mon 14:00 easy-run 30"),
        {},
        [1],
    ),
    "same day only": (hours(24, scope="same-day"), ("sun 18:00 legs 60", "mon 07:00 tempo-run 40"), {}, []),
    "next day only": (
        hours(24, scope="next-day"),
        ("sun 18:00 legs 60", "mon 07:00 tempo-run 40", "wed 07:00 legs 60", "wed 12:00 tempo-run 40"),
        {},
        [12],
    ),
    "untimed on one day": (hours(24), ("mon legs 60", "mon 07:00 tempo-run 40"), {}, []),
    "untimed on two days": (hours(24), ("mon legs 60", "tue tempo-run 40"), {}, [1]),
    "untimed on two days, kept": (hours(23), ("mon legs 60", "tue tempo-run 40"), {}, []),
    "no muscle in common": (
        hours(48, "lifts", "lifts", same_muscle=6),
        ("mon legs 60", "tue upper 60"),
        {},
        [],
    ),
    "a muscle in common": (
        hours(48, "lifts", "lifts", same_muscle=6),
        ("mon legs 60", "tue full-body 60"),
        {},
        [25],
    ),
    "too few sets of it in one": (
        hours(48, "lifts", "lifts", same_muscle=7),
        ("mon legs 60", "tue full-body 60"),
        {},
        [],
    ),
    "lighter may follow": (
        hours(48, "lifts", "lifts", unless_lighter=True),
        ("mon legs 60", "tue full-body 60"),
        {},
        [],
    ),
    "heavier may not": (
        hours(48, "lifts", "lifts", unless_lighter=True),
        ("mon full-body 60", "tue legs 60"),
        {},
        [25],
    ),
    "equal may not": (
        hours(48, "lifts", "lifts", unless_lighter=True),
        ("mon legs 60", "tue legs 60"),
        {},
        [25],
    ),
    "which starts first": (
        hours(8, "easy-run", "tempo-run", order="first-then"),
        ("mon 07:00 legs 60 + easy-run 15", "mon 07:30 tempo-run 20"),
        {},
        [],
    ),
    "a short night": (
        hours(12),
        ("sat 19:00 legs 60", "sun 08:00 tempo-run 40"),
        {"clock_changes": ((6 * DAY_MIN + 120, 60),)},
        [1],
    ),
    "the same night without a change": (hours(12), ("sat 19:00 legs 60", "sun 08:00 tempo-run 40"), {}, []),
    "a long night": (
        hours(12),
        ("sat 20:00 legs 60", "sun 08:00 tempo-run 40"),
        {"clock_changes": ((6 * DAY_MIN + 180, -60),)},
        [],
    ),
}


@pytest.mark.parametrize("name", SPACED)
def test_spacing_hours(name: str) -> None:
    judged, visits, fields, expected = SPACED[name]
    assert amounts(judged, *visits, **fields) == expected


def days(first: str, then: str, *offsets: int, **fields: Any) -> AnyClause:
    return clause("spacing-days", first=first, then=then, days=offsets, **fields)


DAYS_APART: dict[str, tuple[AnyClause, tuple[str, ...], dict[str, Any], list[int]]] = {
    "next day": (days("heavy-legs", "hard-runs", 1), ("mon legs 60", "tue tempo-run 40"), {}, [1]),
    "two days on": (days("heavy-legs", "hard-runs", 1), ("mon legs 60", "wed tempo-run 40"), {}, []),
    "the other way round": (days("heavy-legs", "hard-runs", 1), ("mon tempo-run 40", "tue legs 60"), {}, []),
    "both ways": (days("heavy-legs", "hard-runs", -1, 1), ("mon tempo-run 40", "tue legs 60"), {}, [1]),
    "same day": (days("heavy-legs", "hard-runs", 0), ("mon tempo-run 40", "mon legs 60"), {}, [1]),
    "same day, once however many": (
        days("heavy-legs", "hard-runs", 0),
        ("mon tempo-run 40", "mon legs 60", "mon tempo-run 30"),
        {},
        [1],
    ),
    "no pair with itself": (days("hard", "hard", 0), ("mon legs 60",), {}, []),
    "two of a sort": (days("hard", "hard", 0), ("mon legs 60", "mon tempo-run 30"), {}, [1]),
    "hard days in a row": (
        days("hard", "hard", 1),
        ("mon legs 60", "tue legs 60", "wed tempo-run 40"),
        {},
        [1, 1],
    ),
    "unordered pairs once": (days("hard", "hard", -1, 1), ("mon legs 60", "tue legs 60"), {}, [1]),
    "wrap": (days("hard", "hard", 1), ("sun legs 60", "mon tempo-run 40"), {}, [1]),
    "wrap, unordered": (days("hard", "hard", -1, 1), ("sun legs 60", "mon tempo-run 40"), {}, [1]),
    "wrap, backwards": (days("hard-runs", "heavy-legs", -1), ("sun legs 60", "mon tempo-run 40"), {}, [1]),
    "no wrap": (days("hard", "hard", 1), ("sun legs 60", "mon tempo-run 40"), OPEN, []),
    "history": (days("heavy-legs", "hard-runs", 1), ("mon tempo-run 40",), PAST_LEGS, [1]),
    "history, backwards": (days("hard-runs", "heavy-legs", -1), ("mon tempo-run 40",), PAST_LEGS, [1]),
    "history alone": (
        days("hard", "hard", 1),
        (),
        {"history": week("last-sat legs 60", "last-sun tempo-run 40")},
        [],
    ),
    "in a small week": (
        days("runs", "runs", 1, where={"quantity": "sessions", "of": "runs"}, at_most=2),
        ("mon easy-run 30", "tue easy-run 30"),
        {},
        [1],
    ),
    "in a week that is not small": (
        days("runs", "runs", 1, where={"quantity": "sessions", "of": "runs"}, at_most=2),
        ("mon easy-run 30", "tue easy-run 30", "fri easy-run 30"),
        {},
        [],
    ),
    "in order": (
        days("heavy-legs", "runs", 0, order="first-then"),
        ("mon 07:00 legs 60", "mon 18:00 easy-run 30"),
        {},
        [1],
    ),
    "in the other order": (
        days("heavy-legs", "runs", 0, order="first-then"),
        ("mon 18:00 legs 60", "mon 07:00 easy-run 30"),
        {},
        [],
    ),
    "in one visit": (
        days("heavy-legs", "runs", 0, order="first-then"),
        ("mon legs 60 + easy-run 15",),
        {},
        [1],
    ),
    "in one visit, other order": (
        days("runs", "heavy-legs", 0, order="first-then"),
        ("mon legs 60 + easy-run 15",),
        {},
        [],
    ),
    "order unknown": (
        days("heavy-legs", "runs", 0, order="first-then"),
        ("mon legs 60", "mon 18:00 easy-run 30"),
        {},
        [],
    ),
}


@pytest.mark.parametrize("name", DAYS_APART)
def test_spacing_days(name: str) -> None:
    judged, visits, fields, expected = DAYS_APART[name]
    assert amounts(judged, *visits, **fields) == expected


def when(scope: str, if_: tuple[str, str], then: tuple[str, str], **fields: Any) -> AnyClause:
    named = {key: {"quantity": q, "of": of} for key, (q, of) in (("if_", if_), ("then", then))}
    return clause("when", scope=scope, **named, **fields)


LIFT = ("sessions", "lifts")
RUN_MINUTES = ("minutes", "runs")
FEWER_MILES = {"over": {"quantity": "sessions", "of": "lifts"}, "steps": [(0, 300), (3, 60)]}
WHENS: dict[str, tuple[AnyClause, tuple[str, ...], dict[str, Any], list[int]]] = {
    "visit": (when("visit", LIFT, RUN_MINUTES, max=20, step=5), ("mon legs 60 + easy-run 30",), {}, [2]),
    "visit, kept": (when("visit", LIFT, RUN_MINUTES, max=20), ("mon legs 60", "mon easy-run 30"), {}, []),
    "visit, holds none": (
        when("visit", LIFT, ("days-without", "runs"), min=1),
        ("mon legs 60 + easy-run 15", "tue legs 60"),
        {},
        [1],
    ),
    "day": (when("day", LIFT, RUN_MINUTES, max=40, step=5), ("mon legs 60", "mon easy-run 50"), {}, [2]),
    "day, boundary": (
        when("day", LIFT, RUN_MINUTES, max=50, step=5),
        ("mon legs 60", "mon easy-run 50"),
        {},
        [],
    ),
    "day, another day": (when("day", LIFT, RUN_MINUTES, max=40), ("mon legs 60", "tue easy-run 50"), {}, []),
    "day, min": (
        when("day", LIFT, ("sessions", "runs"), min=1),
        ("mon legs 60", "tue legs 60 + easy-run 15"),
        {},
        [1],
    ),
    "threshold": (
        when("day", LIFT, RUN_MINUTES, at_least=2, max=0),
        ("mon legs 60", "mon easy-run 50"),
        {},
        [],
    ),
    "next day": (
        when("next-day", LIFT, RUN_MINUTES, max=40, step=5),
        ("mon legs 60", "tue easy-run 45"),
        {},
        [1],
    ),
    "next day, wrap": (
        when("next-day", LIFT, RUN_MINUTES, max=40),
        ("sun legs 60", "mon easy-run 41"),
        {},
        [1],
    ),
    "next day, no wrap": (
        when("next-day", LIFT, RUN_MINUTES, max=40),
        ("sun legs 60", "mon easy-run 45"),
        OPEN,
        [],
    ),
    "next day, open end and a min": (when("next-day", LIFT, RUN_MINUTES, min=1), ("sun legs 60",), OPEN, []),
    "next day, wrap and a min": (
        when("next-day", LIFT, RUN_MINUTES, min=30, step=5),
        ("sun legs 60",),
        {},
        [6],
    ),
    "next day, history": (when("next-day", LIFT, RUN_MINUTES, max=40), ("mon easy-run 45",), PAST_LEGS, [5]),
    "next day holds none": (
        when("next-day", LIFT, ("days-without", "runs"), min=1),
        ("mon legs 60", "tue easy-run 45"),
        {},
        [1],
    ),
    "after a day without": (
        when("next-day", ("days-without", "training"), ("sessions", "hard"), min=1),
        ("mon legs 60", "wed legs 60", "thu upper 60", "fri upper 60", "sat upper 60", "sun upper 60"),
        {},
        [],
    ),
    "days after": (
        when("days-after", LIFT, ("sessions", "hard-runs"), days=3, max=1),
        ("mon legs 60", "tue tempo-run 30", "thu tempo-run 30", "fri tempo-run 30"),
        {},
        [1],
    ),
    "days after, wrap": (
        when("days-after", LIFT, ("sessions", "hard-runs"), days=3, max=1),
        ("sat legs 60", "sun tempo-run 30", "tue tempo-run 30"),
        {},
        [1],
    ),
    "days after, open end": (
        when("days-after", LIFT, ("sessions", "hard-runs"), days=3, max=1),
        ("sat legs 60", "sun tempo-run 30", "tue tempo-run 30"),
        OPEN,
        [],
    ),
    "days after, history": (
        when("days-after", LIFT, ("sessions", "hard-runs"), days=3, max=0),
        ("wed tempo-run 30",),
        PAST_LEGS,
        [1],
    ),
    "days after, from Sunday at the earliest": (
        when("days-after", LIFT, ("sessions", "hard-runs"), days=3, max=0),
        ("mon tempo-run 30",),
        {"wraps": False, "history": week("last-sat legs 60")},
        [],
    ),
    "days after, open end and a min": (
        when("days-after", LIFT, ("sessions", "hard-runs"), days=2, min=1),
        ("sat legs 60",),
        OPEN,
        [],
    ),
    "a rest day within": (
        when("days-after", ("sessions", "hard"), ("days-without", "training"), days=2, min=1),
        ("mon legs 60", "tue upper 60", "wed upper 60"),
        {},
        [1],
    ),
    "week": (
        when("week", LIFT, RUN_MINUTES, at_least=2, max=60, step=10),
        ("mon upper 60", "tue upper 60", "wed easy-run 75"),
        {},
        [2],
    ),
    "week, not reached": (
        when("week", LIFT, RUN_MINUTES, at_least=2, max=60),
        ("mon upper 60", "wed easy-run 75"),
        {},
        [],
    ),
    "week, days": (when("week", LIFT, ("days", "runs"), max=0), ("mon upper 60", "wed easy-run 75"), {}, [1]),
    "table, low": (
        when("week", LIFT, RUN_MINUTES, max=FEWER_MILES),
        ("mon upper 60", "wed easy-run 75"),
        {},
        [],
    ),
    "table, high": (
        when("week", LIFT, RUN_MINUTES, max=FEWER_MILES, step=5),
        ("mon upper 60", "tue upper 60", "thu upper 60", "wed easy-run 75"),
        {},
        [3],
    ),
    "table of the day": (
        when(
            "day",
            LIFT,
            RUN_MINUTES,
            max={"over": {"quantity": "minutes", "of": "lifts"}, "steps": [(0, 60), (60, 30)]},
        ),
        ("mon upper 60", "mon easy-run 40", "tue upper 55", "tue easy-run 40"),
        {},
        [10],
    ),
}


@pytest.mark.parametrize("name", WHENS)
def test_when(name: str) -> None:
    judged, visits, fields, expected = WHENS[name]
    assert amounts(judged, *visits, **fields) == expected


def clock(of: str = "hard", **fields: Any) -> AnyClause:
    return clause("clock", of=of, **fields)


AWAKE = clock("training", outside="sleep")
AFTER_LATE = clock(start_not_before="07:00", after="training", ended_past="21:00")
CLOCKS: dict[str, tuple[AnyClause, tuple[str, ...], dict[str, Any], list[int]]] = {
    "two hours before bed": (clock(end_not_after="bed-120"), ("mon 20:00 legs 60",), {}, []),
    "five minutes late": (clock(end_not_after="bed-120"), ("mon 20:05 legs 60",), {}, [1]),
    "started hours": (clock(end_not_after="bed-120"), ("mon 21:05 legs 60",), {}, [2]),
    "one an item": (clock(end_not_after="bed-120", per="item"), ("mon 21:05 legs 60",), {}, [1]),
    "an own bedtime": (
        clock(end_not_after="bed-120"),
        ("tue 20:00 legs 60",),
        {"nights": Nights((1380, 1440, 1380, 1380, 1380, 1380, 1380), (WAKE,) * 7)},
        [],
    ),
    "past midnight": (clock(end_not_after="bed"), ("mon 23:30 legs 60",), {"nights": Nights((1500,) * 7, (WAKE,) * 7)}, []),
    "after rising": (clock(start_not_before="wake+60"), ("mon 07:00 legs 60",), {}, []),
    "too soon": (clock(start_not_before="wake+60"), ("mon 06:55 legs 60",), {}, [1]),
    "easy work is free": (clock(end_not_after="bed-120"), ("mon 22:00 easy-run 30",), {}, []),
    "untimed": (clock(end_not_after="00:10"), ("mon legs 60",), {}, []),
    "early": (clock(start_not_before="07:00"), ("mon 05:30 legs 60",), {}, [2]),
    "early after late": (AFTER_LATE, ("mon 20:05 upper 60", "tue 06:00 legs 60"), {}, [1]),
    "early, but not after late": (AFTER_LATE, ("mon 20:00 upper 60", "tue 06:00 legs 60"), {}, []),
    "early after late, wrap": (AFTER_LATE, ("sun 20:05 upper 60", "mon 06:00 legs 60"), {}, [1]),
    "early after late, no wrap": (AFTER_LATE, ("sun 20:05 upper 60", "mon 06:00 legs 60"), OPEN, []),
    "early after late, history": (
        AFTER_LATE,
        ("mon 06:00 legs 60",),
        {"wraps": False, "history": week("last-sun 20:30 upper 60")},
        [1],
    ),
    "awake": (AWAKE, ("mon 06:00 legs 60", "tue 22:30 easy-run 30"), {}, []),
    "up five minutes early": (AWAKE, ("mon 05:55 legs 60",), {}, [1]),
    "started quarters of an hour": (AWAKE, ("mon 05:40 legs 60",), {}, [2]),
    "up all the time before": (AWAKE, ("mon 05:00 easy-run 30",), {}, [4]),
    "to bed late": (AWAKE, ("mon 22:30 legs 60",), {}, [2]),
    "one visit takes once": (AWAKE, ("mon 05:30 upper 30 + easy-run 15",), {}, [2]),
    "a night by day": (
        AWAKE,
        ("mon 08:00 easy-run 30", "mon 15:30 easy-run 30", "tue 09:30 legs 60", "wed 15:00 easy-run 60"),
        {"nights": Nights((32 * 60 + 30,) * 7, (15 * 60 + 30,) * 7)},
        [2, 8],
    ),
    "Monday's night is Sunday's": (AWAKE, ("mon 00:30 easy-run 30",), {}, [8]),
    "asleep, untimed": (AWAKE, ("mon legs 60",), {}, []),
    "once for history and wrap": (
        AFTER_LATE,
        ("mon 06:00 legs 60", "sun 20:05 upper 60"),
        {"history": week("last-sun 20:30 upper 60")},
        [1],
    ),
}


@pytest.mark.parametrize("name", CLOCKS)
def test_clock(name: str) -> None:
    judged, visits, fields, expected = CLOCKS[name]
    assert amounts(judged, *visits, **fields) == expected


HABIT = clause("habit", of="runs")
HABITS = {
    "kept": (("mon 07:00 easy-run 30", "wed 10:59 easy-run 30"), []),
    "two parts": (("mon 10:59 easy-run 30", "wed 11:00 easy-run 30"), [1]),
    "three parts": (("mon 07:00 easy-run 30", "wed 15:59 easy-run 30", "fri 16:00 easy-run 30"), [2]),
    "each kind its own": (("mon 07:00 easy-run 30", "wed 17:00 tempo-run 30"), []),
    "other sessions": (("mon 07:00 upper 30", "wed 17:00 upper 30"), []),
    "untimed": (("mon 07:00 easy-run 30", "wed easy-run 30"), []),
}


@pytest.mark.parametrize("name", HABITS)
def test_habit(name: str) -> None:
    visits, expected = HABITS[name]
    assert amounts(HABIT, *visits) == expected


LONGEST = clause("longest-window", of="long-run")
WINDOWS = (
    window("wed", "17:00", "19:00", index=0),
    window("sat", "08:00", "11:00", setup=10, index=1),
    window("sun", "08:00", "12:00", setup=10, only="lifts", index=2),
    window("fri", "06:00", "16:00", index=3),
)
LONG = options("long-run", 60, 90, 120)
LONGEST_WINDOWS: dict[str, tuple[tuple[str, ...], dict[str, Any], list[int]]] = {
    "the weekend wins": (("sat 08:10 long-run 90",), {}, []),
    "as long, on a weekday": (("wed 17:00 long-run 90",), {}, [1]),
    "longer than useful is no better": (("fri 06:00 long-run 90",), {}, [1]),
    "in no window": (("mon 06:00 long-run 90",), {}, []),
    "untimed": (("wed long-run 90",), {}, []),
    "no place on the weekend": (("fri 06:00 long-run 90",), {"windows": (WINDOWS[0], WINDOWS[3])}, []),
    "longer is better": (("wed 17:00 long-run 90",), {"options": options("long-run", 60, 150)}, [1]),
    "a window that is too short does not count": (
        ("wed 17:00 long-run 90",),
        {"windows": (WINDOWS[0], window("sat", "08:00", "08:50", index=1))},
        [],
    ),
    "another kind": (("wed 17:00 easy-run 90",), {}, []),
}


@pytest.mark.parametrize("name", LONGEST_WINDOWS)
def test_longest_window(name: str) -> None:
    visits, fields, expected = LONGEST_WINDOWS[name]
    assert amounts(LONGEST, *visits, **{"windows": WINDOWS, "options": LONG} | fields) == expected


def test_longest_window_spares_pins_and_reads_the_window_of_a_piece() -> None:
    (piece,) = week("wed long-run 90")
    pinned = Placed(piece.kind, 90, 2, None, 0, pin=0, window=0)
    named = Placed(piece.kind, 90, 2, None, 0, window=0)
    pins = (pin("long-run", "wed", start="18:00", minutes=(90,)),)
    assert not findings(LONGEST, (pinned,), windows=WINDOWS, options=LONG, pins=pins)
    assert [f.amount for f in findings(LONGEST, (named,), windows=WINDOWS, options=LONG)] == [1]


ALL_DAYS = tuple(f"{day} easy-run 30" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))


def test_what_is_fixed_to_an_hour_is_spared_where_a_bound_says_so() -> None:
    pieces = [Placed(piece.kind, 60, 2, None, 0, pin=0) for piece in week("wed easy-run 60")]
    usual = {name: bound("minutes", "runs", max=40, per="session", pinned=name == "all") for name in ("all", "free")}
    at = {hour: (pin("easy-run", "wed", start=hour, minutes=(60,)),) for hour in ("18:00", None)}
    assert [f.amount for f in findings(usual["all"], tuple(pieces), pins=at["18:00"])] == [20]
    assert not findings(usual["free"], tuple(pieces), pins=at["18:00"])
    assert [f.amount for f in findings(usual["free"], tuple(pieces), pins=at[None])] == [20]


STREAKS: dict[str, tuple[int, tuple[str, ...], dict[str, Any], list[int]]] = {
    "boundary": (3, ALL_DAYS[:3], {}, []),
    "one over": (3, ALL_DAYS[:4], {}, [1]),
    "two over": (3, ALL_DAYS[:5], {}, [1, 1]),
    "every day of a cyclic week": (6, ALL_DAYS, {}, [1] * 7),
    "every day of an open week": (6, ALL_DAYS, OPEN, [1]),
    "wrap": (2, (*ALL_DAYS[:1], *ALL_DAYS[5:]), {}, [1]),
    "no wrap": (2, (*ALL_DAYS[:1], *ALL_DAYS[5:]), OPEN, []),
    "history": (1, ALL_DAYS[:1], PAST_RUN, [1]),
    "history alone": (1, (), {"history": week("last-sat easy-run 30", "last-sun easy-run 30")}, []),
    "one more than history": (
        2,
        ALL_DAYS[:2],
        {"wraps": False, "history": week("last-sat easy-run 30", "last-sun easy-run 30")},
        [1, 1],
    ),
    "other sessions": (1, ("mon upper 60", "tue upper 60"), {}, []),
}


@pytest.mark.parametrize("name", STREAKS)
def test_streak(name: str) -> None:
    most, visits, fields, expected = STREAKS[name]
    assert amounts(clause("streak", of="runs", max_days=most), *visits, **fields) == expected


FIRST = {
    "the first day is not short and easy": (("wed easy-run 45", "thu easy-run 30"), {}, [1]),
    "nor with another one": (("wed 07:00 easy-run 30", "wed 18:00 upper 50"), {}, [1]),
    "it is": (("wed easy-run 30", "thu long-run 95"), {}, []),
    "whatever stands before": (("mon long-run 95", "tue upper 50", "sun easy-run 30"), {}, []),
    "nothing follows": (("mon long-run 95", "tue upper 50"), {}, []),
    "the next week's are its own": (("mon long-run 95",), {"wraps": True}, []),
}


@pytest.mark.parametrize("name", FIRST)
def test_first_after(name: str) -> None:
    visits, fields, expected = FIRST[name]
    assert amounts(clause("first-after", of="training", among="runs <= 30", after=1), *visits, **fields) == expected


# Loads 90 x 6 and 0: mean 77.14, SD 31.49, monotony sqrt(6) = 2.449.
SIX_DAYS = ALL_DAYS[:6]


@pytest.mark.parametrize(
    ("tenths", "visits", "expected"),
    [
        (25, SIX_DAYS, []),
        (24, SIX_DAYS, [1]),
        (20, SIX_DAYS, [5]),
        (10, SIX_DAYS, [10]),
        (20, ALL_DAYS, [10]),
        (20, (), []),
        # One day of load: mean L/7, SD L sqrt(6)/7, monotony 0.408.
        (5, ALL_DAYS[:1], []),
        (4, ALL_DAYS[:1], [1]),
    ],
)
def test_load_shape(tenths: int, visits: tuple[str, ...], expected: list[int]) -> None:
    judged = clause("load-shape", max_tenths=tenths)
    assert amounts(judged, *visits) == expected
    for finding in findings(judged, week(*visits)):
        assert finding.value is None or Fraction(finding.value) > Fraction(tenths, 10)


def test_load_shape_boundary_is_exact() -> None:
    """Loads 30 x (7, 1, 5, 3, 6, 2, 4): mean 120, SD 60, monotony 2."""
    lengths = zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), (70, 10, 50, 30, 60, 20, 40), strict=True)
    visits = tuple(f"{day} easy-run {minutes}" for day, minutes in lengths)
    assert amounts(clause("load-shape", max_tenths=20), *visits) == []
    assert amounts(clause("load-shape", max_tenths=19), *visits) == [1]


def test_load_shape_tells_the_monotony() -> None:
    """Loads 3, 3, 3, 3 and three rests: mean 12/7, SD sqrt(108)/7, monotony 2/sqrt(3) = 1.1547."""
    judged = clause("load-shape", max_tenths=11)
    (finding,) = findings(judged, week(*ALL_DAYS[:4]))
    assert (finding.amount, finding.value) == (1, Fraction(116, 100))


REFERENCE = week("mon 07:00 easy-run 30", "wed 18:00 tempo-run 40", "wed 07:00 easy-run 30")
STABLE: dict[str, tuple[tuple[str, ...], list[int], list[int]]] = {
    "unchanged": (("mon 07:00 easy-run 30", "wed 18:00 tempo-run 40", "wed 07:00 easy-run 30"), [], []),
    "moved": (("tue 07:00 easy-run 30", "wed 18:00 tempo-run 40", "wed 07:00 easy-run 30"), [1], []),
    "gone": (("mon 07:00 easy-run 30",), [1, 1], []),
    "other minutes": (("mon 07:00 easy-run 60", "wed 18:00 tempo-run 40", "wed 07:00 easy-run 30"), [], []),
    "another hour": (
        ("mon 08:05 easy-run 30", "wed 17:00 tempo-run 40", "wed 07:00 easy-run 30"),
        [],
        [1, 2],
    ),
    "another kind": (("mon 07:00 bike 30", "wed 18:00 tempo-run 40", "wed 07:00 easy-run 30"), [1], []),
    "untimed": (("mon easy-run 30", "wed tempo-run 40", "wed easy-run 30"), [], []),
    "one of two on a day": (
        ("mon 07:00 easy-run 30", "wed 18:00 tempo-run 40", "wed 07:00 easy-run 30", "wed 12:00 easy-run 30"),
        [],
        [],
    ),
}


@pytest.mark.parametrize("name", STABLE)
def test_stability(name: str) -> None:
    visits, sessions, hours_moved = STABLE[name]
    assert amounts(clause("stability", measure="sessions"), *visits, reference=REFERENCE) == sessions
    assert amounts(clause("stability", measure="hours"), *visits, reference=REFERENCE) == hours_moved


FREE = clause("availability", what="windows")
EVENING = (window("mon", "17:00", "19:00", setup=10), window("tue", "06:00", "08:00", only="runs", index=1))
AVAILABLE: dict[str, tuple[tuple[str, ...], dict[str, Any], list[int]]] = {
    "inside": (("mon 17:10 legs 90",), {}, []),
    "set-up before": (("mon 17:05 legs 60",), {}, [1]),
    "set-up after": (("mon 18:00 legs 55",), {}, [1]),
    "on the boundary": (("mon 17:10 legs 85 + easy-run 15",), {}, []),
    "the finisher runs over": (("mon 17:20 legs 85 + easy-run 15",), {}, [1]),
    "another day": (("wed 17:10 legs 60",), {}, [1]),
    "kinds of the window": (("tue 06:00 easy-run 60",), {}, []),
    "not of the window": (("tue 06:00 legs 60",), {}, [1]),
    "untimed": (("mon legs 60",), {}, []),
    "untimed, too long": (("mon legs 85 + easy-run 20",), {}, [1]),
    "untimed, not of the window": (("tue legs 60",), {}, [1]),
    "pin kept": (("mon 17:30 legs 60",), {"pins": (pin("legs", "mon", start="17:30", minutes=(60,)),)}, []),
    "pin missed by the hour": (("mon 17:10 legs 60",), {"pins": (pin("legs", "mon", start="17:30"),)}, [1]),
    "pin missed by the day": (("mon 17:10 legs 60",), {"pins": (pin("legs", "tue", "wed"),)}, [1]),
    "pin missed by minutes": (("mon 17:10 legs 60",), {"pins": (pin("legs", "mon", minutes=(45, 50)),)}, [1]),
    "pin of any hour": (("mon 17:10 legs 60",), {"pins": (pin("legs", "mon", "tue"),)}, []),
    "pin without times": (("mon legs 60",), {"pins": (pin("legs", "mon", start="17:30"),)}, []),
    "two pins, one session": (
        ("mon 17:10 legs 60",),
        {"pins": (pin("legs", "mon"), pin("legs", "mon", index=1))},
        [1],
    ),
    "two pins that must not take each other's": (
        ("mon 17:10 easy-run 60", "tue 06:00 easy-run 60"),
        {"pins": (pin("easy-run", "mon", "tue"), pin("easy-run", "mon", index=1))},
        [],
    ),
}


@pytest.mark.parametrize("name", AVAILABLE)
def test_availability(name: str) -> None:
    visits, fields, expected = AVAILABLE[name]
    assert amounts(FREE, *visits, **{"windows": EVENING} | fields) == expected


def test_a_missing_pin_is_told_from_a_session_outside() -> None:
    pins = (pin("legs", "tue", start="17:30", minutes=(60,)),)
    found = findings(FREE, week("mon 12:00 easy-run 30"), windows=EVENING, pins=pins)
    assert [(f.first.visit == MISSING, f.value) for f in found if f.first] == [(False, None), (True, 60)]


def test_a_session_pinned_to_an_hour_may_stand_outside_windows() -> None:
    fixed = Placed(KINDS["legs"], 60, 2, 2 * DAY_MIN, 0, pin=0)
    assert not findings(FREE, (fixed,), windows=EVENING, pins=(pin("legs", "wed", start="00:00"),))
    assert findings(FREE, (fixed,), windows=EVENING, pins=(pin("legs", "wed"),))


def test_what_stands_behind_a_pinned_session_lies_in_a_window() -> None:
    fixed = Placed(KINDS["easy-run"], 30, 2, 2 * DAY_MIN + 1050, 0, pin=0)
    for minutes, broken in ((25, False), (35, True)):
        behind = Placed(KINDS["easy-run"], minutes, 2, 2 * DAY_MIN + 1080, 0)
        free = (window("wed", "17:55", "18:30"),)
        assert bool(findings(FREE, (fixed, behind), windows=free, pins=(pin("easy-run", "wed", start="17:30"),))) == broken


OVERLAP = clause("availability", what="overlap")
OVERLAPS: dict[str, tuple[tuple[str, ...], dict[str, Any], list[int]]] = {
    "touching": (("mon 07:00 legs 60", "mon 08:00 easy-run 30"), {}, []),
    "overlapping": (("mon 07:00 legs 60", "mon 07:55 easy-run 30"), {}, [1]),
    "by its finisher": (("mon 07:00 legs 60 + easy-run 15", "mon 08:10 easy-run 30"), {}, [1]),
    "untimed": (("mon legs 60", "mon easy-run 30"), {}, []),
    "wrap": (("sun 23:30 legs 60", "mon 00:15 easy-run 30"), {}, [1]),
    "no wrap": (("sun 23:30 legs 60", "mon 00:15 easy-run 30"), OPEN, []),
    "history": (("mon 00:15 easy-run 30",), {"history": week("last-sun 23:30 legs 60")}, [1]),
}


@pytest.mark.parametrize("name", OVERLAPS)
def test_overlap(name: str) -> None:
    visits, fields, expected = OVERLAPS[name]
    assert amounts(OVERLAP, *visits, **fields) == expected


def test_declaration() -> None:
    assert amounts(clause("declaration")) == []
    assert amounts(clause("declaration"), declared_primary=False) == [1]


def test_every_family_has_code_and_a_missing_one_is_named() -> None:
    assert families() == MATCHES.keys()
    with pytest.raises(RuntimeError, match="streak"):
        require_all({name: None for name in MATCHES if name != "streak"})


def test_a_limit_that_is_no_number_is_refused() -> None:
    with pytest.raises(TypeError, match="most"):
        amounts(bound("sessions", "runs", max="$most"), "mon easy-run 30")


def test_no_solver_is_loaded() -> None:
    code = (
        "import sys, microcycle.solver.audit, microcycle.solver.measures;"
        "sys.exit(any(m in sys.modules for m in ('ortools', 'numpy', 'pandas')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- audit ---


def test_audit_adds_up_levels_and_keeps_hard_rules_apart() -> None:
    rules = (
        *rule(hours(8), severity="hard"),
        *rule(hours(9), bound("sessions", "runs", min=3), severity="tier2"),
        *rule(clause("streak", of="runs", max_days=6), severity="tier1", level="convenience"),
        *rule(bound("sessions", "runs", max=0), severity="off"),
    )
    result = audit(problem(rules), week(*LEGS_THEN_RUN))
    assert [match.finding.amount for match in result.matches] == [2, 3, 2]
    assert [match.finding.amount for match in result.hard] == [2]
    assert result.levels["interference"] == 50 * (3 + 2)
    assert list(result.levels) == list(problem().levels)
    assert sum(result.levels.values()) == 250
    assert not result.untimed
    assert audit(problem(), week("mon legs 60")).untimed


PAIR = "{first} and {then} are {value} h apart on {where}, not {limit}."
SENTENCES: dict[str, tuple[AnyClause, str, tuple[str, ...], dict[str, Any], str]] = {
    "one day": (hours(8), PAIR, LEGS_THEN_RUN, {}, "Legs and tempo run are 6 h apart on Monday, not 8."),
    "over Sunday": (
        hours(24),
        PAIR,
        ("sun 18:00 legs 60", "mon 07:10 tempo-run 40"),
        {},
        "Legs and tempo run are 12.1 h apart on Sunday to Monday, not 24.",
    ),
    "over last Sunday": (
        days("hard", "hard", 1),
        "{where}: two hard days",
        ("mon legs 60",),
        PAST_RUN,
        "Last Sunday to Monday: two hard days",
    ),
    "week": (
        bound("sessions", "runs", max=1),
        "{where} has {value} runs, at most {limit} ({amount} too many)",
        TWO_RUNS,
        {},
        "The week has 3 runs, at most 1 (2 too many)",
    ),
    "sets of a muscle": (
        bound("sets", "lifts", min=9, muscles=("chest",)),
        "{first}: {value}, not {limit} ({muscle})",
        ("mon upper 60",),
        {},
        "Hard sets of lifting: 4, not 4.5 (chest)",
    ),
    "a measure of the week": (
        bound("minutes", "hard-runs | runs > 45", max=30),
        "{first}: {value}, not {limit}",
        TWO_RUNS,
        {},
        "Minutes of hard running or running over 45 minutes: 40, not 30",
    ),
    "some days of the week": (
        bound("sessions", "runs", max=0, on=(1, 3)),
        "{where}",
        TWO_RUNS,
        {},
        "Tuesday and Thursday",
    ),
    "after a late evening": (
        AFTER_LATE,
        "{where}: {first} at {value} after {then}",
        ("sun 20:05 upper 60", "mon 06:00 legs 60"),
        {},
        "Monday: legs at 06:00 after upper",
    ),
    "a share": (
        share(33),
        "{value} %, at most {limit}",
        ("sat long-run 60", "mon easy-run 61"),
        {},
        "49.6 %, at most 33",
    ),
    "the clock": (
        clock(end_not_after="bed-120"),
        "{first} ends at {value}, later than {limit}",
        ("mon 23:30 legs 60",),
        {},
        "Legs ends at 00:30, later than 21:00",
    ),
    "a streak": (
        clause("streak", of="runs", max_days=3),
        "{where}: {value} days in a row",
        ALL_DAYS[:4],
        {},
        "Monday to Thursday: 4 days in a row",
    ),
    "monotony": (
        clause("load-shape", max_tenths=20),
        "{value} against {limit}",
        SIX_DAYS,
        {},
        "2.45 against 2",
    ),
    "endless monotony": (clause("load-shape", max_tenths=20), "{value}", ALL_DAYS, {}, "Unlimited"),
    "a pin": (
        FREE,
        "{first} on {where}",
        (),
        {"pins": (pin("legs", "mon", "wed", "thu"),)},
        "Legs on Monday, Wednesday or Thursday",
    ),
    "habits": (HABIT, "{where}: {value}", HABITS["two parts"][0], {}, "Monday and Wednesday: 2"),
    "days after": (
        when("next-day", LIFT, RUN_MINUTES, max=40),
        "{where}: {then} after {first}, {value} min",
        ("sun legs 60", "mon easy-run 45"),
        {},
        "Sunday to Monday: easy run after legs, 45 min",
    ),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_sentences(name: str) -> None:
    judged, text, visits, fields, expected = SENTENCES[name]
    result = audit(problem(rule(judged, match=text), **fields), week(*visits))
    assert result.matches[0].text == expected


def test_a_clause_has_its_own_words() -> None:
    judged = bound("sessions", "runs", max=0, text="Too many")
    assert audit(problem(rule(judged)), week("mon easy-run 30")).matches[0].text == "Too many"


def test_what_is_outside_never_reads_as_inside() -> None:
    assert decimal(Fraction(45_001, 1000), 1, up=True) == "45.1"
    assert decimal(Fraction(44_999, 1000), 1, up=False) == "44.9"
    assert decimal(Fraction(-1, 2), 1, up=False) == "-0.5"
    assert decimal(6, 1, up=True) == "6"


def test_measures() -> None:
    pieces = week(
        "mon 07:00 legs 60 + easy-run 15", "tue tempo-run 40 + strides 10", "wed walk 30", "thu upper 60",
        "fri yoga 30", "sat long-run 100",
    )  # fmt: skip
    found = measures(problem(), pieces)
    assert found.minutes == {"lift": 120, "run": 165, "walk": 30, "mobility": 30}
    assert found.sessions == {"lift": 2, "run": 2}
    assert (found.all_minutes, found.all_sessions, found.aerobic_min) == (345, 4, 165)
    assert found.easy_share == Fraction(165 - 22, 165)
    assert found.hard_days == (0, 1, 5)
    assert found.rest_days == (2, 6)
    assert measures(problem(policies={"rest_mode": "active-ok"}), pieces).rest_days == (2, 4, 6)
    assert measures(problem(policies={"rest_mode": "strict"}), pieces).rest_days == (6,)
    assert found.daily_load == (465, 320, 30, 360, 60, 500, 0)
    assert found.load == 1735
    assert found.monotony == pytest.approx(1735 / 1908850**0.5)
    assert found.strain == pytest.approx(1735**2 / 1908850**0.5)
    assert found.half_sets == {"quads": 8, "glutes": 6, "chest": 8, "back": 8}
    assert found.longest_run_min == 100
    assert found.metres.keys() == {"run"}
    assert measures(problem(), ()).monotony is None


# --- a cyclic week has no first day ---

SYMMETRIC = {
    "bound": bound("minutes", "runs", max=40, per="day"),
    "bound of days": bound("days", "hard", max=1),
    "share": share(30),
    "hours": hours(48, "lifts", "lifts", measured="start-to-start"),
    "hours in order": hours(60, order="first-then"),
    "hours of one muscle": hours(90, "lifts", "lifts", same_muscle=6, unless_lighter=True),
    "hours in a visit": hours(8, "lifts", "runs", one_visit=True, scope="same-day"),
    "hours overnight": hours(16, "training", "training", scope="next-day"),
    "days": days("hard", "hard", 1),
    "days, both ways": days("heavy-legs", "runs", -2, -1, 1),
    "days, unordered": days("hard", "hard", -1, 0, 1),
    "days in order": days("heavy-legs", "runs", 0, order="first-then"),
    "when, visit": when("visit", LIFT, RUN_MINUTES, max=10),
    "when, day": when("day", LIFT, RUN_MINUTES, max=10),
    "when, next day": when("next-day", LIFT, RUN_MINUTES, min=40, max=60),
    "when, days after": when("days-after", LIFT, ("days-without", "runs"), days=3, min=2),
    "when, week": when("week", LIFT, RUN_MINUTES, max=FEWER_MILES),
    "early after late": AFTER_LATE,
    "habit": HABIT,
    "streak": clause("streak", of="training", max_days=2),
    "load shape": clause("load-shape", max_tenths=8),
    "overlap": OVERLAP,
}

VISITS = st.tuples(
    st.integers(0, 6),
    st.one_of(st.none(), st.integers(60, 264)),
    st.sampled_from(["easy-run 30", "tempo-run 45", "long-run 95", "legs 60 + easy-run 15", "upper 50"]),
)


def shifted(pieces: tuple[Placed, ...], by: int) -> tuple[Placed, ...]:
    def move(placed: Placed) -> Placed:
        wrapped = placed.day + by > 6
        start = None if placed.start is None else placed.start + by * DAY_MIN - WEEK_MIN * wrapped
        return Placed(placed.kind, placed.minutes, (placed.day + by) % 7, start, placed.visit, placed.finisher)

    return tuple(move(placed) for placed in pieces)


@given(st.lists(VISITS, max_size=10), st.integers(1, 6))
@settings(max_examples=150, deadline=None)
def test_a_cyclic_shift_changes_no_amount(visits: list[tuple[int, int | None, str]], by: int) -> None:
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    clocks = [None if at is None else f"{at * 5 // 60:02}:{at * 5 % 60:02}" for _, at, _ in visits]
    lines = (f"{names[day]} {at or ''} {what}" for (day, _, what), at in zip(visits, clocks, strict=True))
    pieces = week(*lines)
    for name, judged in SYMMETRIC.items():
        there = [sorted(f.amount for f in findings(judged, moved)) for moved in (pieces, shifted(pieces, by))]
        assert there[0] == there[1], name
