"""Illness and the days after it: nothing while it lasts, then by the table of rows on days off, one row gentler."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from microcycle.errors import InputError
from microcycle.models import clock
from microcycle.models.catalogue import catalogue
from microcycle.models.clause import Bound, FirstAfter
from microcycle.models.request import Request
from microcycle.models.rule import Rule
from microcycle.models.week import Fact
from microcycle.solver import history
from microcycle.solver.inforce import Change, Draft, draft, rule_changes, strictness
from microcycle.solver.problem import Option, Placed, Problem

FEW_DAYS = 3
"""Up to so many days of illness in a row the first numbers of a row hold, beyond the second."""
GENTLE_MIN = range(20, 31)
"""Minutes of the first session after an illness."""
LONGEST = 999
ROWS = (
    "illness-gate",
    "first-session-after-illness",
    "hard-after-illness",
    "runs-after-illness",
    "long-run-after-illness",
    "lifts-after-illness",
)
GO_ON = (
    "Go on only if you have no symptoms, neither during a session nor in the 24 hours after it; else stop and see a "
    "clinician."
)
_TO = re.compile(r"\s*(?:\.\.|\bto\b)\s*")


def days_of(request: Request, text: str, today: int) -> set[int]:
    """Days of this week that `tue-thu`, `tue, wed`, a date or `2026-11-24..2026-11-26` names. Raises InputError.

    What runs on past Sunday belongs to the week after.
    """
    found: set[int] = set()
    for part in text.split(","):
        ends = [end for end in _TO.split(part.strip()) if end]
        try:
            if any(end[:4].isdecimal() for end in ends):
                found |= _dated(request, text, ends)
                continue
            days = clock.parse_days(part)
        except ValueError as error:
            expected = "days such as tue-thu, or dates such as 2026-11-24..2026-11-26"
            raise InputError(f"--ill {text}", str(error).partition("; expected")[0], expected=expected) from None
        first = clock.parse_day(re.split(r"[-–]", part.strip())[0]) if "-" in part or "–" in part else min(days)
        found.update(day for day in days if day >= first)
    if not found:
        monday = request.monday
        raise InputError(f"--ill {text}", "none of these days is in this week", expected=f"a date of the week of {monday}")
    return found


def _dated(request: Request, text: str, ends: Sequence[str]) -> set[int]:
    if request.monday is None:
        raise InputError(f"--ill {text}", "a date needs to know its week", expected="days such as tue-thu")
    first, last = ((clock.parse_date(end) - request.monday).days for end in (ends[0], ends[-1]))
    return {day for day in range(7) if first <= day <= last}


def spells(ill: Collection[int]) -> Iterator[tuple[int, int]]:
    """First and last day of each illness."""
    for day in sorted(ill):
        if day - 1 not in ill:
            yield day, next(end for end in range(day, 7) if end + 1 not in ill)


def after(ill: Collection[int]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The length of each illness, and the days that follow it."""
    firsts = [first for first, _ in spells(ill)]
    for first, last in spells(ill):
        yield last - first + 1, tuple(range(last + 1, min((f for f in firsts if f > last), default=7)))


def drafts(request: Request, changes: Mapping[str, Change]) -> list[Draft]:
    """The rows on illness for this week's days."""
    ill = request.spec.ill
    if not ill:
        return []
    found: list[Draft] = []

    def add(rule: Rule, clause: Bound | FirstAfter) -> None:
        severity = strictness(None, rule.severity, changes[rule.id]) if rule.id in changes else rule.severity
        if severity != "off":
            numbers = {name: _number(rule, changes, name) for name in rule.params}
            found.append(draft(rule, clause, severity, params=numbers))

    gate, first, hard = (catalogue().rules[name] for name in ROWS[:3])
    none = partial(Bound, family="bound", quantity="sessions", max=0)
    add(gate, none(of="active-strict", on=tuple(ill)))
    for length, days in after(ill):
        if not days:
            continue
        minutes = _number(first, changes, "minutes")
        add(first, FirstAfter(family="first-after", of="training", among=_gentle(minutes), after=days[0] - 1))
        clear = _number(hard, changes, "days" if length <= FEW_DAYS else "more_days")
        add(hard, none(of="hard", on=days[:clear]))
        if days[clear:]:
            most = _number(hard, changes, "sessions")
            add(hard, Bound(family="bound", quantity="sessions", of="hard-aerobic", on=days, max=most, text=_MORE_HARD))
    return found


_MORE_HARD = "{value:hard endurance session} after illness, at most {limit} wanted"


def _number(rule: Rule, changes: Mapping[str, Change], name: str) -> int:
    change = changes.get(rule.id)
    written = change.params.get(name) if change is not None else None
    return written if written is not None else rule.params[name].default


def eased(problem: Problem, request: Request, pieces: Sequence[Placed]) -> list[Placed]:
    """What was planned, at the length that the rows leave it after an illness; none is cut below its shortest."""
    found, changes = list(pieces), rule_changes(request, catalogue())
    longest = history.facts(request)[0].get("longest-run", LONGEST)
    for length, days in after(request.spec.ill):
        for n, piece in enumerate(found):
            if piece.day in days:
                found[n] = replace(piece, minutes=_shortened(problem, piece, longest, changes, few=length <= FEW_DAYS))
    return found


def _shortened(problem: Problem, piece: Placed, longest: int, changes: Mapping[str, Change], *, few: bool) -> int:
    kind, most, rule = piece.kind, piece.minutes, "runs-after-illness"
    if problem.selectors.holds("long-runs", piece.piece):
        rule, most = "long-run-after-illness", min(most, longest)
    elif kind.modality in ("lift", "power"):
        rule = "lifts-after-illness"
    elif kind.modality not in ("run", "cross"):
        return most
    row = catalogue().rules[rule]
    if rule in changes and changes[rule].severity not in (None, "hard"):
        return most
    shortest = min((o.minutes for o in problem.options if o.kind.id == kind.id and not o.attached), default=0)
    return max(shortest, most * _number(row, changes, "percent" if few else "more_percent") // 100)


def gentle(problem: Problem) -> list[Option]:
    """What may come first after an illness, running before all else."""
    found = [o for o in problem.options if problem.selectors.holds(_gentle(GENTLE_MIN[-1]), o.piece) and o.kind.counts]
    return sorted(found, key=lambda o: (o.kind.id != "easy-run", o.kind.id))


def _gentle(minutes: int) -> str:
    return f"easy-aerobic <= {minutes} | light-lift <= {minutes}"


def told(request: Request) -> tuple[Fact, ...]:
    """What follows from the days of illness, each by its row."""
    if not request.spec.ill:
        return ()
    changes, days = rule_changes(request, catalogue()), [day for _, after_it in after(request.spec.ill) for day in after_it]
    found = []
    for name in ROWS if days else ROWS[:1]:
        rule = catalogue().rules[name]
        if name in changes and changes[name].severity not in (None, "hard"):
            continue
        text = rule.statement.format(**{n: _number(rule, changes, n) for n in rule.params})
        found.append(Fact(text=text, source=None, rule=name, day=None))
    return tuple(found)
