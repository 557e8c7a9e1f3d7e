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
from microcycle.models.selector import Expression
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


def days_of(request: Request, text: str) -> set[int]:
    """Days of this week that `tue-thu`, `tue, wed`, a date or `2026-11-24..2026-11-26` names. Raises InputError."""
    found = {day for day in days_ahead(request, text) if day < 7}
    if not found:
        monday = request.monday
        raise InputError(f"--ill {text}", "none of these days is in this week", expected=f"a date of the week of {monday}")
    return found


def days_ahead(request: Request, text: str) -> set[int]:
    """The same, with what runs on past Sunday, from day 7: it belongs to the week after."""
    found: set[int] = set()
    for part in text.split(","):
        ends = [end for end in _TO.split(part.strip()) if end]
        try:
            if any(end[:4].isdecimal() for end in ends):
                found |= _dated(request, text, ends)
                continue
            found.update(clock.days_onward(part))
        except ValueError as error:
            expected = "days such as tue-thu, or dates such as 2026-11-24..2026-11-26"
            raise InputError(f"--ill {text}", str(error).partition("; expected")[0], expected=expected) from None
    return found


def _dated(request: Request, text: str, ends: Sequence[str]) -> set[int]:
    if request.monday is None:
        raise InputError(f"--ill {text}", "a date needs to know its week", expected="days such as tue-thu")
    first, last = ((clock.parse_date(end) - request.monday).days for end in (ends[0], ends[-1]))
    return set(range(max(first, 0), min(last + 1, 14)))


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


def eased(problem: Problem, request: Request, known: Collection[int], planned: Sequence[Placed]) -> list[Placed]:
    """What the rows leave of what was planned, where and when it was planned, after an illness that was not `known` then."""
    found, before = list(planned), set(spells(known))
    for spell, (length, days) in zip(spells(request.spec.ill), after(request.spec.ill), strict=True):
        if spell not in before:
            behind = sorted((p for p in found if p.day in days), key=lambda p: (p.day, p.start or 0, p.visit))
            kept = _After(problem, request, days, few=length <= FEW_DAYS).of(behind)
            found = [*(piece for piece in found if piece.day not in days), *kept]
    return found


class _After:
    """The days after an illness."""

    def __init__(self, problem: Problem, request: Request, days: Sequence[int], *, few: bool) -> None:
        self.problem, self.few = problem, few
        self.changes = rule_changes(request, catalogue())
        self.longest = int(history.facts(request)[0].get("longest-run", LONGEST))
        self.done = [piece for piece in problem.done if piece.day in days and piece.kind.counts]
        self.near = days[: self.number("hard-after-illness", "days" if few else "more_days")]

    def number(self, rule: str, name: str) -> int:
        return _number(catalogue().rules[rule], self.changes, name)

    def of(self, planned: Sequence[Placed]) -> Iterator[Placed]:
        """A gentle one for the first session, nothing else on its day; hard ones too near are gone, others shorter."""
        first = self._first([piece for piece in planned if piece.kind.counts]) if not self.done else None
        hard = sum(self._is("hard-aerobic", piece) for piece in self.done)
        for piece in planned:
            if first is not None and piece is first:
                yield from self._gentle(piece)
            elif first is not None and piece.day == first.day and (piece.kind.counts or piece.visit == first.visit):
                continue
            elif not (self._is("hard", piece) and piece.day in self.near):
                hard += self._is("hard-aerobic", piece)
                if not self._is("hard-aerobic", piece) or hard <= self.number("hard-after-illness", "sessions"):
                    yield replace(piece, minutes=self._shortened(piece))

    def _first(self, planned: Sequence[Placed]) -> Placed | None:
        """Of the first day, what is gentle by itself before all else."""
        names = {o.kind.id for o in gentle(self.problem)}
        there = [piece for piece in planned if piece.day == planned[0].day]
        return next((piece for piece in there if piece.kind.id in names), planned[0] if planned else None)

    def _is(self, of: Expression, piece: Placed) -> bool:
        return self.problem.selectors.holds(of, piece.piece)

    def _gentle(self, piece: Placed) -> Iterator[Placed]:
        """As long as it may be, and of its own kind if that is gentle."""
        most = min(piece.minutes, self.number("first-session-after-illness", "minutes"))
        options = [o for o in gentle(self.problem) if not o.attached and o.minutes <= most]
        options.sort(key=lambda o: o.kind.id != piece.kind.id)
        best = max((o for o in options if o.kind.id == options[0].kind.id), key=lambda o: o.minutes, default=None)
        if best is not None:
            yield replace(piece, kind=best.kind, minutes=best.minutes, finisher=False)

    def _shortened(self, piece: Placed) -> int:
        """None is cut below its shortest."""
        kind, most, rule = piece.kind, piece.minutes, "runs-after-illness"
        if self._is("long-runs", piece):
            rule, most = "long-run-after-illness", min(most, self.longest)
        elif kind.modality in ("lift", "power"):
            rule = "lifts-after-illness"
        elif kind.modality not in ("run", "cross"):
            return most
        if rule in self.changes and self.changes[rule].severity not in (None, "hard"):
            return piece.minutes
        most = most * self.number(rule, "percent" if self.few else "more_percent") // 100
        lengths = {o.minutes for o in self.problem.options if (o.kind.id, o.attached) == (kind.id, piece.finisher)}
        return max((n for n in lengths if n <= most), default=min(piece.minutes, min(lengths, default=piece.minutes)))


def gentle(problem: Problem) -> list[Option]:
    """What may come first after an illness, running before all else."""
    found = [o for o in problem.options if problem.selectors.holds(_gentle(GENTLE_MIN[-1]), o.piece) and o.kind.counts]
    return sorted(found, key=lambda o: (o.kind.id != "easy-run", o.kind.id))


def _gentle(minutes: int) -> str:
    return f"easy-aerobic <= {minutes} | light-lift <= {minutes}"


def told(request: Request) -> tuple[Fact, ...]:
    """What follows from the days of illness, each by its row."""
    changes = rule_changes(request, catalogue())
    found: dict[tuple[str, str], Fact] = {}

    def say(rule: str, text: str) -> None:
        if rule not in changes or changes[rule].severity in (None, "hard"):
            found[rule, text] = Fact(text=text, source=None, rule=rule, day=None)

    def number(rule: str, name: str) -> int:
        return _number(catalogue().rules[rule], changes, name)

    for length, days in after(request.spec.ill):
        few = length <= FEW_DAYS
        say("illness-gate", f"Nothing is planned on {clock.days_words(request.spec.ill)}.")
        if not days:
            continue
        minutes, near = number(ROWS[1], "minutes"), days[: number(ROWS[2], "days" if few else "more_days")]
        say(ROWS[1], f"The first session after it is easy, {GENTLE_MIN[0]} to {minutes} minutes.")
        most = number(ROWS[2], "sessions")
        then = f"; then at most {most} hard endurance session{'s' * (most != 1)}" * (len(near) < len(days))
        say(ROWS[2], f"Nothing hard on {clock.days_words(near)}{then}.")
        runs, long_run, lifts = (number(rule, "percent" if few else "more_percent") for rule in ROWS[3:])
        say(ROWS[3], f"Runs keep {runs} % of their minutes, as far as they can be so short.")
        late = (
            "is no longer than planned, nor than the last ones" if long_run == 100 else f"keeps {long_run} % of its minutes"
        )
        say(ROWS[4], f"The long run {late}.")
        say(ROWS[5], f"Lifts keep {lifts} % of their minutes, and so of their sets, as far as they can be so short.")
    return tuple(found.values())
