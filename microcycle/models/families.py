"""The families of rules for whoever writes a rule of their own: what each means, its fields, and an example."""

from __future__ import annotations

import inspect
import types
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic_core import PydanticUndefined

from microcycle.models.catalogue import EXPRESSIONS
from microcycle.models.clause import AnyClause, Clause, Measure, Relative, Table
from microcycle.models.meanings import meanings

GENERAL = ("severity", "statement", "when", "text")
"""What a rule of any family may have; the other fields are the family's own."""

_POINT = "a time such as 18:30, or bed-120 or wake+60 (minutes from the night)"
_KINDS: dict[str, str] = {
    **dict.fromkeys(EXPRESSIONS, "sessions"),
    **dict.fromkeys(("start_not_before", "end_not_after", "ended_past"), _POINT),
    "severity": "hard, soft, tier4, tier3, tier2, tier1 or off",
    "on": "days, or shifts of the rota such as night or after night",
    "when": "conditions such as {primary: run} or {lift: [beginner, intermediate]}",
}
"""What a field takes where people write it otherwise than the model holds it."""
_STATEMENT = "the rule in one sentence, as it is told where it matters; else its name"
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
        fields=tuple(_field(clause, field) for field in own),
        general=tuple(_field(clause, field) for field in GENERAL),
        example="\n    ".join((f"rules:\n  {rule}:", f"family: {name}", *lines)),
    )


def _as_written(about: str) -> str:
    """The model's own description with keys as files have them, without what only the rulebook's rows may write."""
    return about.replace("`if_`", "`if`").replace(", `bed-$minutes`", "")


def _field(clause: type[Clause], field: str) -> FamilyField:
    name = field.rstrip("_")  # Python lets no field be called `if`
    found = clause.model_fields.get(field)
    default: str | None = "hard" if field == "severity" else ""
    if found is not None and field != "severity":
        default = None if found.default is PydanticUndefined else _written(found.default)
    kind = _KINDS.get(field)
    if kind is None or (found is not None and found.annotation is Measure):
        kind = "text" if found is None else _kind(found.annotation)
    about = meanings(clause).get(field, _STATEMENT)
    return FamilyField(name, kind, default, about[0].lower() + about[1:].rstrip("."))


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
