"""The plain sentence of a match: a rule's own words filled with days, sessions and numbers."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from microcycle.models.rule import AnyClause, Availability, Bound, Clock, Measure, Share, When
from microcycle.models.selector import terms
from microcycle.solver.problem import Placed, RuleInstance
from microcycle.solver.view import Finding

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
UNITS = {
    "sessions": "", "visits": "visits with ", "days": "days with ", "days-without": "days without ",
    "minutes": "minutes of ", "fast-minutes": "fast minutes of ", "load": "AU of ", "metres": "metres of ",
    "sets": "half sets of ", "leg-sets-and-runs": "half sets and runs of ",
}  # fmt: skip
"""How the phrase for a measure begins."""


def sentence(instance: RuleInstance, finding: Finding) -> str:
    """The clause's text, or else its rule's; KeyError for a field that is none of those below."""
    clause = instance.clause
    text = (clause.text or instance.rule.match).format(
        where=where(clause, finding.days),
        first=session(finding.first) if finding.first else subject(clause, finding.muscle),
        then=session(finding.then),
        amount=finding.amount,
        value=_number(clause, finding.value, finding.limit),
        limit=_number(clause, finding.limit, finding.limit),
        muscle=finding.muscle or "a muscle",
    )
    return text[:1].upper() + text[1:]


def where(clause: AnyClause, days: tuple[int, ...]) -> str:
    """`Tuesday`, `Sunday to Monday`, `Monday, Thursday and Saturday`, `the week`."""
    if not days:
        return "the week"
    names = [day_name(day) for day in days]
    if len(days) == 1:
        return names[0]
    if clause.family in ("spacing-hours", "spacing-days", "when", "streak"):
        return f"{names[0]} to {names[-1]}"
    pin = isinstance(clause, Availability) and clause.what == "windows"
    return f"{', '.join(names[:-1])} {'or' if pin else 'and'} {names[-1]}"


def day_name(day: int) -> str:
    return f"last {DAY_NAMES[day % 7]}" if day < 0 else DAY_NAMES[day % 7]


def session(placed: Placed | None) -> str:
    """A kind's name as it stands inside a sentence: `easy run`, `VO2 intervals`."""
    if placed is None:
        return "a session"
    name = placed.label or placed.kind.name
    # Abbreviations and what the athlete calls it keep their letters.
    return name[0].lower() + name[1:] if not placed.label and name[1:2].islower() else name


def subject(clause: AnyClause, muscle: str | None) -> str:
    """What a clause about a whole week speaks of: `hard runs`, `minutes of long runs`, `half sets of chest`."""
    if isinstance(clause, Bound):
        of, quantity = clause.of, clause.quantity
    elif isinstance(clause, Share | When):
        measure: Measure = clause.part if isinstance(clause, Share) else clause.if_
        of, quantity = measure.of, measure.quantity
    else:
        return "a session"
    return UNITS[quantity] + (muscle or " or ".join(term.name.replace("-", " ") for term in terms(of)))


def _number(clause: AnyClause, number: int | Fraction | None, limit: int | Fraction | None) -> str:
    if number is None:
        return "unlimited"
    if isinstance(clause, Clock):
        return f"{int(number) // 60 % 24:02}:{int(number) % 60:02}"
    return decimal(number, 2 if clause.family == "load-shape" else 1, up=limit is not None and number > limit)


def decimal(number: int | Fraction, places: int, up: bool) -> str:
    """Rounded away from the limit, so that what is outside never reads as if it were inside: `45.1`, `6`."""
    scaled = (ceil if up else floor)(number * 10**places)
    units, rest = divmod(abs(scaled), 10**places)
    tail = f"{rest:0{places}}".rstrip("0")
    return f"{'-' if scaled < 0 else ''}{units}{'.' if tail else ''}{tail}"
