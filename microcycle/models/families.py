"""The families of rules for whoever writes a rule of their own: what each means, its fields, and an example."""

from __future__ import annotations

import inspect
import types
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic_core import PydanticUndefined

from microcycle.models.catalogue import EXPRESSIONS
from microcycle.models.rule import AnyClause, Clause, Measure, Relative, Table

GENERAL = ("severity", "statement", "when", "text")
"""What a rule of any family may have; the other fields are the family's own."""

_POINT = "a time such as 18:30, or bed-120 or wake+60 (minutes from the night)"
_KINDS: dict[str, str] = {
    **dict.fromkeys(EXPRESSIONS, "sessions"),
    **dict.fromkeys(("start_not_before", "end_not_after", "ended_past"), _POINT),
    "severity": "hard, soft, tier4, tier3, tier2, tier1 or off",
    "on": "days",
    "when": "conditions such as {primary: run} or {lift: [beginner, intermediate]}",
}
"""What a field takes where people write it otherwise than the model holds it."""
_ABOUT: dict[str, str] = {
    "severity": "how strict; soft is tier4; one match of tier4 to tier1 weighs 1000, 200, 50 or 10",
    "statement": "the rule in one sentence, as it is told where it matters; else its name",
    "when": "the rule holds only if every condition does: goal, primary, lift, run, class, age, has, or a policy",
    "text": "the sentence for a week that does not keep it; else the statement",
    "quantity": "what is measured; sets in half sets, load in minutes x effort, days with such a session or without",
    "of": "which sessions",
    "first": "the one of each pair",
    "then": "the other of each pair",
    "part": "what is compared",
    "whole": "with what",
    "step": "so much outside counts once",
    "per": "measured over the week, or over each day, visit or session that has any",
    "min": "not less",
    "max": "not more",
    "muscles": "for sets: each of these muscles on its own",
    "on": "only these days are counted",
    "pinned": "per session: also those that are fixed to an hour",
    "largest": "the part is the largest single session instead of their sum",
    "share.max": "percent of the whole",
    "share.step": "so many percentage points above count once",
    "where": "the rule holds only in weeks where this measure is within at_least or at_most",
    "at_least": "the least that `where` measures",
    "at_most": "the most that `where` measures",
    "hours": "so many hours lie between them",
    "tolerance": "hours that may be missing",
    "spacing-hours.step": "so many missing hours count once",
    "order": "either: in both orders; first-then: only where the first comes first",
    "spacing-days.order": "matters on the same day alone; first-then: only where the first starts first",
    "measured": "from the end of one to the start of the next, or from start to start",
    "scope": "which pairs: of one day, of a day and the next, or any",
    "same_muscle": "only pairs that train one muscle with so many half sets in both",
    "unless_lighter": "a lighter session may follow a heavier one at any distance",
    "one_visit": "pieces of one visit are a pair, too",
    "spacing-days.days": "days from the first to the other: 0 is the same day, 1 the next",
    "when.scope": "where both are measured; next-day and days-after: `then` on the day or days after `if`",
    "when.days": "for days-after: how many days",
    "when.if": "the rule speaks where this measure reaches at_least",
    "when.at_least": "so much of `if`",
    "when.then": "there, this measure stays within min and max",
    "start_not_before": "no start before it",
    "end_not_after": "no end after it",
    "clock.per": "each started hour outside counts, or each session once",
    "after": "only on the day after one of these sessions",
    "ended_past": "and only if that ended later than this",
    "max_days": "so many days in a row",
    "max_tenths": "the highest monotony, in tenths: 20 is 2.0",
    "measure": "sessions that moved to another day, or hours that they moved by",
}
_EXAMPLES: dict[str, tuple[str, ...]] = {
    "bound": ("two-hard-runs", "quantity: sessions", "of: hard-runs", "max: 2"),
    "share": (
        "long-run-in-bounds",
        "part: {quantity: minutes, of: long-run}",
        "whole: {quantity: minutes, of: runs}",
        "max: 40",
        "severity: soft",
    ),
    "spacing-hours": ("eight-hours", "first: runs", "then: lifts", "hours: 8", "scope: same-day"),
    "spacing-days": ("fresh-for-intervals", "first: leg-lifts", "then: intervals-vo2", "days: [0, 1]"),
    "when": (
        "short-runs-on-lift-days",
        "scope: day",
        "if: {quantity: sessions, of: lifts}",
        "then: {quantity: minutes, of: runs}",
        "max: 45",
    ),
    "clock": ("done-by-eight", "of: hard-runs", 'end_not_after: "20:00"', "severity: soft"),
    "habit": ("same-time", "of: runs", "severity: tier2"),
    "longest-window": ("long-run-has-room", "of: long-run", "severity: soft"),
    "streak": ("four-in-a-row", "of: training", "max_days: 4"),
    "load-shape": ("not-monotonous", "max_tenths: 18", "severity: tier2"),
    "stability": ("as-last-time", "measure: sessions", "severity: tier1"),
}
"""Of each family that is of use outside the rulebook, a rule's name and its lines."""


@dataclass(frozen=True)
class FamilyField:
    """A key as people write it."""

    name: str
    kind: str
    default: str | None
    """As it is written; None if the key must be there, empty if it has none."""
    about: str

    @property
    def needed(self) -> bool:
        return self.default is None


@dataclass(frozen=True)
class Family:
    """A kind of rule with its own fields."""

    id: str
    about: str
    fields: tuple[FamilyField, ...]
    general: tuple[FamilyField, ...]
    """What every family has."""
    example: str
    """One row in YAML, as it stands in a constraints file."""


def families() -> dict[str, Family]:
    """Every family that someone may want a rule of, by its name."""
    return {name: _family(name, clause) for name, clause in classes().items() if name in _EXAMPLES}


def classes() -> dict[str, type[Clause]]:
    """The model of each family."""
    union, _ = get_args(AnyClause)
    return {get_args(clause.model_fields["family"].annotation)[0]: clause for clause in get_args(union)}


def _family(name: str, clause: type[Clause]) -> Family:
    own = [field for field in clause.model_fields if field not in (*Clause.model_fields, "family")]
    rule, *lines = _EXAMPLES[name]
    return Family(
        id=name,
        about=_as_written(inspect.getdoc(clause) or ""),
        fields=tuple(_field(name, clause, field) for field in own),
        general=tuple(_field(name, clause, field) for field in GENERAL),
        example="\n    ".join((f"rules:\n  {rule}:", f"family: {name}", *lines)),
    )


def _as_written(about: str) -> str:
    """The model's own description with keys as files have them, without what only the rulebook's rows may write."""
    return about.replace("`if_`", "`if`").replace(", `bed-$minutes`", "")


def _field(family: str, clause: type[Clause], field: str) -> FamilyField:
    name = field.rstrip("_")  # Python lets no field be called `if`
    found = clause.model_fields.get(field)
    default: str | None = "hard" if field == "severity" else ""
    if found is not None and field != "severity":
        default = None if found.default is PydanticUndefined else _written(found.default)
    kind = _KINDS.get(field)
    if kind is None or (found is not None and found.annotation is Measure):
        kind = "text" if found is None else _kind(found.annotation)
    return FamilyField(name, kind, default, _ABOUT.get(f"{family}.{name}") or _ABOUT[name])


def _written(value: Any) -> str:
    if value is None or value == () or value == {}:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kind(annotation: Any) -> str:
    """What a value of this type looks like in a file."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(args[0])
    if origin is Literal:
        return ", ".join(map(str, args[:-1])) + (" or " if len(args) > 1 else "") + str(args[-1])
    if origin in (Union, types.UnionType):
        # A number's text is a parameter of a rule in the book: own rules have none.
        parts = [_kind(arg) for arg in args if arg is not type(None) and not (_is_reference(arg) and len(args) > 1)]
        return ", or ".join(dict.fromkeys(parts))
    if origin is tuple:
        inner = _kind(args[0])
        return "a list of " + ("whole numbers" if inner == _SHAPES[int] else inner)
    return _SHAPES.get(annotation, "text")


def _is_reference(annotation: Any) -> bool:
    return get_origin(annotation) is Annotated and get_args(annotation)[0] is str


_SHAPES: dict[Any, str] = {
    int: "a whole number",
    bool: "true or false",
    Measure: "{quantity: minutes, of: runs}",
    Table: "by steps, {over: {quantity: sessions, of: runs}, steps: [[0, 100], [3, 60]]}",
    Relative: "from history, {fact: run-minutes, percent: 10}",
}
