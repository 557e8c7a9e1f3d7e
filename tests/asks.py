"""Requests as people write them, for tests: read, resolved and, where it matters, solved."""

from __future__ import annotations

import textwrap

import pytest

from microcycle.errors import InputError
from microcycle.models import reading
from microcycle.models.catalogue import catalogue
from microcycle.models.clock import DAYS, hhmm
from microcycle.models.request import Request, RequestSpec
from microcycle.solver.problem import DAY_MIN, Placed, Problem, RuleInstance
from microcycle.solver.resolve import resolve

SKETCH = """
athlete: {name: Jamie, bodyweight: 160 lb, experience: {lift: intermediate, run: beginner}, easy_pace: "10:30 /mi", timezone: Europe/London}
goal: hybrid-vo2-strength
primary: lift
week_of: 2026-11-23
sleep: 23:00-06:00
availability:
  mon-fri: [06:00-07:30, 17:30-20:30]
  wed: {at: 18:00-19:30, only: [run], place: track, buffer: 10}
  sat: 08:00-12:00
  sun: none
shifts: {early: {windows: [15:30-19:30], sleep: 21:30-05:30}, late: {windows: [08:00-11:30], sleep: 23:30-07:15}}
rota: {2026-11-30: [early, early, late, late]}
pinned: [{session: easy-run, day: tue, start: "18:30", minutes: 45, note: run club, outside_windows: true}]
prefer: {long-run: [sat, sun], rest: sun}
forbid: {lifts: [tue]}
exclude: [hill-repeats]
want: {lifts: 3, runs: 2-3, easy-run: ~2, run_minutes: 80-150, long-run: {max: 1, minutes: 60-75}}
history: {longest_run_30d: 60 min, run_minutes: [80, 85, 90], last_week: [{session: long-run, day: sun, start: "09:00", minutes: 60}]}
policies: {hard_pairing: separate-days, separation: gap-6h}
rules: {easy-run-cap-on-lift-day: {minutes: 35, severity: hard}, prefer-separate-days: off}
sessions: {match: {like: race, modality: cross, minutes: 90}}
"""  # noqa: E501
"""The constraints file of the issue, without the dates of its own week in the rota."""
OWN = {
    "bound": "{family: bound, quantity: sessions, of: leg-lifts, on: fri, max: 0}",
    "bound-days": "{family: bound, quantity: days, of: run, min: 3, severity: tier3}",
    "bound-sets": "{family: bound, quantity: sets, of: lifts, muscles: [upper], max: 40}",
    "bound-visit": "{family: bound, quantity: minutes, of: sessions, per: visit, max: 95}",
    "share": "{family: share, part: {quantity: minutes, of: long-run}, whole: {quantity: minutes, of: runs}, max: 60}",
    "share-table": "{family: share, part: {quantity: minutes, of: long-run}, whole: {quantity: minutes, of: runs}, "
    "max: {over: {quantity: sessions, of: runs}, steps: [[0, 100], [3, 60]]}, severity: soft}",
    "spacing-hours": "{family: spacing-hours, first: runs, then: lifts, hours: 8}",
    "spacing-days": "{family: spacing-days, first: leg-lifts, then: intervals-vo2, days: [1], severity: tier3}",
    "when": "{family: when, scope: day, if: {quantity: sessions, of: lifts}, then: {quantity: minutes, of: runs}, max: 60}",
    "clock": "{family: clock, of: hard, end_not_after: 7:45 pm, severity: tier2}",
    "clock-bed": "{family: clock, of: run, start_not_before: wake+30}",
    "habit": "{family: habit, of: runs, severity: tier2}",
    "longest-window": "{family: longest-window, of: easy-run, severity: soft}",
    "first-after": "{family: first-after, of: training, among: easy-run, after: 0}",
    "streak": "{family: streak, of: training, max_days: 4}",
    "load-shape": "{family: load-shape, max_tenths: 20, severity: tier2}",
    "stability": "{family: stability, measure: sessions, severity: tier1}",
}
"""A rule of each family, as people write them."""
EVENINGS = "availability: {mon-fri: 17:30-20:30, sat-sun: 08:00-12:00}\n"
JAMIE = """
athlete: {experience: {lift: intermediate, run: beginner}}
goal: hybrid-vo2-strength
primary: lift
availability: {mon-fri: [06:00-07:30, 17:30-20:30], sat: 08:00-12:00}
pinned: [{session: easy-run, day: tue, start: "18:30", minutes: 45}]
forbid: {lifts: tue}
"""
"""Somebody whose lifts lead, with one run fixed."""


def asked(text: str, kind: str = "yaml") -> Request:
    """A request by its text."""
    document = reading.parse(textwrap.dedent(text), f"week.{kind}", kind)
    return Request(reading.validate(document, RequestSpec), document)


def resolved(text: str, *, goal: str = "run-10k", when: str = EVENINGS, kind: str = "yaml") -> Problem:
    """The problem of a request; goal and windows are added where it has none."""
    text = textwrap.dedent(text)
    text = text if "goal" in text else f"goal: {goal}\n{text}"
    return resolve(asked(text if "availability" in text or "rota" in text else when + text, kind), catalogue())


def refusal(text: str, **more: str) -> str:
    """The one line that refuses a request."""
    with pytest.raises(InputError) as caught:
        resolved(text, **more)
    return str(caught.value)


def windows(problem: Problem) -> list[str]:
    """`mon 17:30-20:30` of each window."""
    return [f"{DAYS[w.day]} {_clock(w.day, w.open)}-{_clock(w.day, w.close)}" for w in problem.windows]


def rooms(problem: Problem, day: str) -> list[str]:
    """`17:30-20:30` of each stretch in which visits may stand on a day, pins with their mark."""
    at = DAYS.index(day)
    found = {
        (p.low, end, f"{_clock(at, p.low)}-{_clock(at, end)}{'' if p.pin is None else f' pin {p.pin}'}")
        for p in problem.places
        if p.day == at and not p.joint
        for end in [p.close if p.pin is None else p.low + problem.options[p.options[0]].minutes]
    }
    return [text for _, _, text in sorted(found)]


def _clock(day: int, minute: int) -> str:
    return hhmm(minute - day * DAY_MIN)


def lengths(problem: Problem, kind: str, *, attached: bool = False) -> list[int]:
    """Minutes that a kind may be planned for."""
    return [o.minutes for o in problem.options if o.kind.id == kind and o.attached == attached]


def rule(problem: Problem, id: str) -> list[RuleInstance]:
    return [r for r in problem.rules if r.rule.id == id]


def bounds(problem: Problem, of: str, quantity: str = "sessions") -> dict[str, tuple[int, str]]:
    """`{min: (2, hard), ...}`: the bounds on a week's count of a selector; a target is the soft min above the least.

    `over` is the soft most of an athlete's own target.
    """
    found: dict[str, tuple[int, str]] = {}
    for r in problem.rules:
        clause = r.clause
        if clause.family != "bound" or (clause.of, clause.quantity, clause.per) != (of, quantity, "week") or clause.on:
            continue
        if r.rule.id not in ("session-counts", "volume-targets"):
            continue
        for end in ("min", "max"):
            value = getattr(clause, end)
            if isinstance(value, int):
                name = end if r.severity != "tier3" else {"min": "target", "max": "over"}[end]
                found[name] = (value, r.severity)
    return found


def sessions(pieces: tuple[Placed, ...]) -> list[str]:
    """`tue 18:30 easy-run 52` of each piece."""
    return [f"{DAYS[p.day]} {_clock(p.day, p.start or 0)} {p.kind.id} {p.minutes}" for p in pieces]
