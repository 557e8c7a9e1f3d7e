"""Illness and the days after it: nothing while it lasts, then by the table of rows on days off, one row gentler."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
from microcycle.solver.gates import floor
from microcycle.solver.inforce import SOFT, Change, Draft, draft, rule_changes, strictness
from microcycle.solver.problem import Option, Placed, Problem

FEW_DAYS = 3
"""Up to so many days of illness in a row the first numbers of a row hold, beyond the second."""
GENTLE_MIN = range(20, 31)
"""Minutes of the first session after an illness."""
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


def aimed_at(request: Request, found: Sequence[Draft]) -> list[Draft]:
    """With days of illness, what the rulebook and the card want at least becomes an aim, and of a week's minutes only the
    share of the other days: what is lost is not poured into what is left. The athlete's own stays."""
    healthy = 7 - len(request.spec.ill)
    if healthy == 7:
        return [*found]
    asked = []
    for d in found:
        clause = d.clause
        if floor(d) is None:
            asked.append(d)
            continue
        if isinstance(clause, Bound) and clause.quantity in ("minutes", "metres") and clause.of not in catalogue().kinds:
            clause = clause.model_copy(update={"min": int(clause.min or 0) * healthy // 7})
        hard = d.severity == "hard"
        asked.append(draft(d.rule, clause, SOFT[0], level=d.level, params=d.params) if hard else d._replace(clause=clause))
    return asked


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

    gate, first, hard, _, long_run, _ = (catalogue().rules[name] for name in ROWS)
    sessions = partial(Bound, family="bound", quantity="sessions")
    done = Counter(day for session in request.spec.done for day in session.day)
    # What was done on such a day, before it or all the same, is nobody's to give up.
    for on in (tuple(day for day in ill if not done[day]), *((day,) for day in ill if done[day])):
        if on:
            add(gate, sessions(of="active-strict", on=on, max=done[on[0]]))
    for length, days in after(ill):
        if not days:
            continue
        minutes = _number(first, changes, "minutes")
        add(first, FirstAfter(family="first-after", of="training", among=_gentle(minutes), after=days[0] - 1))
        clear = _number(hard, changes, "days" if length <= FEW_DAYS else "more_days")
        add(hard, sessions(of="hard", on=days[:clear], max=0))
        if days[clear:]:
            most = _number(hard, changes, "sessions")
            add(hard, sessions(of="hard-aerobic", on=days, max=most, text=_MORE_HARD))
        if (longest := longest_run(request, changes, few=length <= FEW_DAYS)) is not None:
            minutes_of = partial(Bound, family="bound", quantity="minutes", per="session", step=5, text=_LONGER)
            add(long_run, minutes_of(of="long-runs", on=days, max=longest))
    return found


_MORE_HARD = "{value:hard endurance session} after illness, at most {limit} wanted"
_LONGER = "{where}: a long run of {value:minute} after illness, at most {limit} wanted"


def longest_run(request: Request, changes: Mapping[str, Change], *, few: bool) -> int | None:
    """Minutes of the longest long run after an illness, by those of late; None where they are not known.

    No long run is cut below its shortest.
    """
    late = history.facts(request)[0].get("longest-run")
    if late is None:
        return None
    percent = _number(catalogue().rules["long-run-after-illness"], changes, "percent" if few else "more_percent")
    return max(int(late * percent // 100), catalogue().kinds["long-run"].minutes.min)


def _number(rule: Rule, changes: Mapping[str, Change], name: str) -> int:
    change = changes.get(rule.id)
    written = change.params.get(name) if change is not None else None
    return written if written is not None else rule.params[name].default


@dataclass(frozen=True)
class Eased:
    """What the rows leave of what was planned."""

    stays: tuple[Placed, ...]
    """Where and when it was planned, as far as what comes first can."""
    moves: tuple[Placed, ...]
    """What may stand elsewhere, and a short easy session, should none that was planned come first."""
    hasty: tuple[Placed, ...]
    """Of what stays that which is first by its day, and not gentle."""
    adds: bool
    """Whether nothing gentle was planned, so that a short session may come beside what was, for what was missed."""


def eased(problem: Problem, request: Request, known: Collection[int], planned: Sequence[Placed]) -> Eased:
    """What the rows leave of what was planned after an illness that was not `known` then."""
    stays, moves, hasty, adds, before = list(planned), list[Placed](), list[Placed](), False, set(spells(known))
    for spell, (length, days) in zip(spells(request.spec.ill), after(request.spec.ill), strict=True):
        if spell not in before:
            behind = sorted((p for p in stays if p.day in days), key=lambda p: (p.day, p.start or 0, p.visit))
            found = _After(problem, request, days, few=length <= FEW_DAYS).of(behind)
            stays = [*(piece for piece in stays if piece.day not in days), *found.stays]
            moves += found.moves
            hasty += found.hasty
            adds |= found.adds
    return Eased(tuple(stays), tuple(moves), tuple(hasty), adds)


class _After:
    """The days after an illness."""

    def __init__(self, problem: Problem, request: Request, days: Sequence[int], *, few: bool) -> None:
        self.problem, self.few = problem, few
        self.changes = rule_changes(request, catalogue())
        self.longest = longest_run(request, self.changes, few=few)
        self.done = [piece for piece in problem.done if piece.day in days and piece.kind.counts]
        self.near = days[: self.number("hard-after-illness", "days" if few else "more_days")]

    def number(self, rule: str, name: str) -> int:
        return _number(catalogue().rules[rule], self.changes, name)

    def of(self, planned: Sequence[Placed]) -> Eased:
        """A gentle one first, nothing else on its day; hard ones too near are gone, others shorter."""
        counting = [piece for piece in planned if piece.kind.counts]
        there = [piece for piece in counting if piece.day == counting[0].day] if not self.done else []
        first = self._first(there)
        stays, moves = list[Placed](), list[Placed]()
        for piece in self._not_too_hard(planned, first):
            if piece is first:
                stays += self._gentle(piece)
            elif first is not None and piece.day == first.day and (piece.kind.counts or piece.visit == first.visit):
                moves.append(replace(piece, minutes=self._shortened(piece)))
            else:
                stays.append(replace(piece, minutes=self._shortened(piece)))
        if not there or first is not None:
            return Eased(tuple(stays), tuple(moves), (), adds=False)
        kinds = {o.kind.id for o in gentle(self.problem)}
        hasty = tuple(piece for piece in stays if piece.kind.counts and piece.day == there[0].day)
        adds = not any(piece.kind.id in kinds for piece in stays)
        return Eased(tuple(stays), (*moves, *self._gentle(there[0])), hasty, adds)

    def _first(self, there: Sequence[Placed]) -> Placed | None:
        """Of a day's sessions the one that is gentle by itself, or has a gentle one of its modality; never the long run."""
        kinds = [o.kind for o in gentle(self.problem)]
        alike = [piece for piece in there if not self._is("long-runs", piece)]
        itself = next((piece for piece in there if piece.kind.id in {kind.id for kind in kinds}), None)
        return itself or next((p for p in alike if p.kind.modality in {kind.modality for kind in kinds}), None)

    def _not_too_hard(self, planned: Sequence[Placed], first: Placed | None) -> Iterator[Placed]:
        left = self.number("hard-after-illness", "sessions") - sum(self._is("hard-aerobic", piece) for piece in self.done)
        for piece in planned:
            if piece is not first and self._is("hard", piece):
                left -= (late := piece.day not in self.near) and self._is("hard-aerobic", piece)
                if not late or (self._is("hard-aerobic", piece) and left < 0):
                    continue
            yield piece

    def _is(self, of: Expression, piece: Placed) -> bool:
        return self.problem.selectors.holds(of, piece.piece)

    def _gentle(self, piece: Placed) -> Iterator[Placed]:
        """As long as it may be, and of its own kind if that is gentle."""
        most = min(piece.minutes, self.number("first-session-after-illness", "minutes"))
        options = [o for o in gentle(self.problem) if not o.attached and o.minutes <= most]
        options.sort(key=lambda o: (o.kind.id != piece.kind.id, o.kind.modality != piece.kind.modality))
        best = max((o for o in options if o.kind.id == options[0].kind.id), key=lambda o: o.minutes, default=None)
        if best is not None:
            yield replace(piece, kind=best.kind, minutes=best.minutes, finisher=False)

    def _shortened(self, piece: Placed) -> int:
        """None is cut below its shortest."""
        kind, most, rule = piece.kind, piece.minutes, "runs-after-illness"
        if self._is("long-runs", piece):
            rule = "long-run-after-illness"
        elif kind.modality in ("lift", "power"):
            rule = "lifts-after-illness"
        elif kind.modality not in ("run", "cross"):
            return most
        if rule in self.changes and self.changes[rule].softens:
            return piece.minutes
        most = most * self.number(rule, "percent" if self.few else "more_percent") // 100
        if rule == "long-run-after-illness" and self.longest is not None:
            most = min(most, self.longest)
        lengths = {o.minutes for o in self.problem.options if (o.kind.id, o.attached) == (kind.id, piece.finisher)}
        return max((n for n in lengths if n <= most), default=min(piece.minutes, min(lengths, default=piece.minutes)))


def gentle(problem: Problem) -> list[Option]:
    """What may come first after an illness, running before all else."""
    found = [o for o in problem.options if problem.selectors.holds(_gentle(GENTLE_MIN[-1]), o.piece) and o.kind.counts]
    return sorted(found, key=lambda o: (o.kind.id != "easy-run", o.kind.id))


def _gentle(minutes: int) -> str:
    return f"easy-aerobic <= {minutes} | light-lift <= {minutes}"


def told(request: Request, *, planned: bool = True) -> tuple[Fact, ...]:
    """What follows from the days of illness, each by its row; with nothing `planned` before, nothing keeps its minutes."""
    changes = rule_changes(request, catalogue())
    found: dict[tuple[str, str], Fact] = {}

    def say(rule: str, text: str) -> None:
        if rule not in changes or not changes[rule].softens:
            found[rule, text] = Fact(text=text, source=None, rule=rule, day=None)

    def number(rule: str, name: str) -> int:
        return _number(catalogue().rules[rule], changes, name)

    for length, days in after(request.spec.ill):
        few = length <= FEW_DAYS
        say("illness-gate", f"Nothing is planned on {clock.days_words(request.spec.ill)}.")
        if not days:
            continue
        minutes, near = number(ROWS[1], "minutes"), days[: number(ROWS[2], "days" if few else "more_days")]
        say(ROWS[1], f"The first day of training after it is easy, with sessions of {minutes} minutes at most.")
        most = number(ROWS[2], "sessions")
        then = f"; then at most {most} hard endurance session{'s' * (most != 1)}" * (len(near) < len(days))
        say(ROWS[2], f"Nothing hard on {clock.days_words(near)}{then}.")
        runs, long_run, lifts = (number(rule, "percent" if few else "more_percent") for rule in ROWS[3:])
        longest = longest_run(request, changes, few=few)
        if planned:
            say(ROWS[3], f"Runs keep {runs} % of their minutes, as far as they can be so short.")
            late = "is no longer than planned" if long_run == 100 else f"keeps {long_run} % of its minutes"
            of_late = "" if longest is None else f", and lasts {longest} minutes at most, by those of late"
            say(ROWS[4], f"The long run {late}{of_late}.")
            say(ROWS[5], f"Lifts keep {lifts} % of their minutes, and so of their sets, as far as they can be so short.")
        elif longest is not None:
            say(ROWS[4], f"A long run lasts {longest} minutes at most, by those of late.")
    return tuple(found.values())


def notes(request: Request) -> list[str]:
    """What a week is planned by that was not planned before its illness."""
    if not request.spec.ill:
        return []
    facts = [f"{fact.text} [{fact.rule}]" for fact in told(request, planned=False)]
    return (
        [
            *facts,
            "What the goal and the rulebook want at least is an aim, and its minutes are those of the days without illness.",
        ]
        if facts
        else []
    )


def advice(request: Request) -> tuple[str, ...]:
    return (GO_ON,) if request.spec.ill else ()
