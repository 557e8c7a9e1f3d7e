"""The plain sentence of a match: a rule's own words filled with days, sessions and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from microcycle.models.catalogue import catalogue
from microcycle.models.clause import AnyClause, Availability, Bound, Clock, Measure, Quantity, Share, When
from microcycle.models.clock import DAY_MIN, DAY_NAMES, hhmm
from microcycle.models.naming import Naming, in_sentence, numbered
from microcycle.models.session import Muscle
from microcycle.solver.problem import MISSING, Placed, RuleInstance
from microcycle.solver.view import Finding

SINGULAR: tuple[Muscle, ...] = ("chest", "back", "core")
"""Muscles of which English has one."""


@dataclass(frozen=True)
class Count:
    """A number in a sentence; `{value:hard run}` names what is counted, `{value:day holds|days hold}` both numbers.

    A format spec of `none` reads 0 as a word; `km` reads metres.
    """

    number: int | Fraction | None
    text: str

    def __format__(self, spec: str) -> str:
        if not spec or self.number is None:
            return self.text
        if spec == "none":
            return self.text if self.number else "none"
        return numbered(self.number, self.text if self.number else "no", spec)


def sentence(instance: RuleInstance, finding: Finding) -> str:
    """The clause's text, or else its rule's; KeyError for a field that is none of those below."""
    clause = instance.clause
    muscle = finding.muscle or "muscle"
    text = (clause.text or instance.rule.match).format(
        where=where(clause, finding.days),
        first=session(finding.first) if finding.first else subject(clause),
        then=session(finding.then),
        amount=finding.amount,
        value=_count(clause, finding.value, finding.limit),
        limit=_count(clause, finding.limit, finding.limit),
        muscle=muscle,
        fault=_fault(finding),
        get="gets" if muscle in (*SINGULAR, "muscle") else "get",
    )
    # Where the athlete may have asked for what a rule has none of, nobody says that none was wanted.
    none = "none wanted" if instance.path and instance.path[0] == "want" else "where none should be"
    text = text.replace("at most 0 wanted", none).replace(", 0 wanted", f", {none}").replace(", none wanted", f", {none}")
    return text[:1].upper() + text[1:]


def where(clause: AnyClause, days: tuple[int, ...]) -> str:
    """`Tuesday`, `Sunday to Monday`, `Monday, Thursday and Saturday`, `the week`."""
    if not days:
        return "the week"
    names = [day_name(day) for day in days]
    if len(days) == 1:
        return names[0]
    if clause.family in ("spacing-hours", "spacing-days", "when", "streak"):
        # `Saturday to Tuesday` would read as if it were one week; `Sunday to Monday` does not.
        after = days[0] >= 0 and days[-1] >= 7 and days[-1] - days[0] > 1
        return f"{names[0]} to {f'the {names[-1]} after' if after else names[-1]}"
    pin = isinstance(clause, Availability) and clause.what == "windows"
    return f"{', '.join(names[:-1])} {'or' if pin else 'and'} {names[-1]}"


def day_name(day: int) -> str:
    return f"last {DAY_NAMES[day % 7]}" if day < 0 else DAY_NAMES[day % 7]


def session(placed: Placed | None) -> str:
    """A kind's name as it stands inside a sentence: `easy run`, `VO2max intervals`."""
    if placed is None:
        return "a session"
    # What the athlete calls it keeps its letters.
    return placed.label or in_sentence(placed.kind.name)


def _fault(finding: Finding) -> str:
    """What is amiss with a session that does not keep to the athlete's time, or is not there at all."""
    placed = finding.first
    if placed is None or placed.visit != MISSING:
        return "is outside your time"
    told = [] if placed.start is None else [hhmm(placed.start % DAY_MIN)]
    told += [] if finding.value is None else [f"{finding.value} min"]
    return f"is missing (fixed by you{': ' if told else ''}{', '.join(told)})"


def subject(clause: AnyClause) -> str:
    """What a clause about a whole week speaks of: `hard runs`, `minutes of running`."""
    if isinstance(clause, Bound):
        of, quantity = clause.of, clause.quantity
    elif isinstance(clause, Share | When):
        measure: Measure = clause.part if isinstance(clause, Share) else clause.if_
        of, quantity = measure.of, measure.quantity
    else:
        return "a session"
    noun = Naming(catalogue().selector_rows, catalogue().kinds).noun(of)
    if quantity == "sessions":
        return noun.many
    if quantity in ("visits", "days", "days-without"):
        word = quantity.removesuffix("-without")
        return f"{word} {'without' if quantity == 'days-without' else 'with'} {noun.many}"
    unit = {"minutes": "minutes", "fast-minutes": "fast minutes", "load": "load", "metres": "kilometres"}
    return f"{unit.get(quantity, 'hard sets')} of {noun.doing}"


def _quantity(clause: AnyClause) -> Quantity | None:
    if isinstance(clause, Bound):
        return clause.quantity
    return clause.then.quantity if isinstance(clause, When) else None


def _count(clause: AnyClause, number: int | Fraction | None, limit: int | Fraction | None) -> Count:
    if number is None:
        return Count(None, "unlimited")
    if isinstance(clause, Clock) and clause.outside is None:
        return Count(number, f"{int(number) // 60 % 24:02}:{int(number) % 60:02}")
    per = {"sets": 2, "leg-sets-and-runs": 2, "metres": 1000}.get(_quantity(clause) or "", 1)
    told = Fraction(number, per)
    if clause.family == "spacing-hours":
        told = max(told, Fraction(0))  # sessions that overlap are told by a rule of their own
    up = limit is not None and number > limit
    return Count(told, decimal(told, 2 if clause.family == "load-shape" else 1, up=up))


def decimal(number: int | Fraction, places: int, up: bool) -> str:
    """Rounded away from the limit, so that what is outside never reads as if it were inside: `45.1`, `6`."""
    scaled = (ceil if up else floor)(number * 10**places)
    units, rest = divmod(abs(scaled), 10**places)
    tail = f"{rest:0{places}}".rstrip("0")
    return f"{'-' if scaled < 0 else ''}{units}{'.' if tail else ''}{tail}"
