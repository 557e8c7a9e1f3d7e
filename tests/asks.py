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

EVENINGS = "availability: {mon-fri: 17:30-20:30, sat-sun: 08:00-12:00}\n"


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
        (p.low, p.close, f"{_clock(at, p.low)}-{_clock(at, p.close)}{'' if p.pin is None else f' pin {p.pin}'}")
        for p in problem.places
        if p.day == at
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
    """`{min: (2, hard), ...}`: the bounds on a week's count of a selector; a target is the soft min above the least."""
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
                name = "target" if end == "min" and r.severity == "tier3" else end
                found[name] = (value, r.severity)
    return found


def sessions(pieces: tuple[Placed, ...]) -> list[str]:
    """`tue 18:30 easy-run 52` of each piece."""
    return [f"{DAYS[p.day]} {_clock(p.day, p.start or 0)} {p.kind.id} {p.minutes}" for p in pieces]
