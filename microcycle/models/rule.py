"""The rows of the rulebook as data: rules, policies, sources."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Literal

from pydantic import Field, model_validator

from microcycle.models.clause import AnyClause, Condition, Relative, Row, Severity, Table
from microcycle.models.gate import Gate
from microcycle.models.naming import numbered

WEIGHTS: dict[str, int] = {"tier4": 1000, "tier3": 200, "tier2": 50, "tier1": 10}
"""Weight of one unit of a soft rule by its tier (own choice, rulebook's head)."""
Evidence = Literal["trial", "cohort", "convention", "own choice"]
Level = Literal[
    "key",
    "counts",
    "priority-volume",
    "interference",
    "supporting-volume",
    "load-shape",
    "convenience",
]
LEVELS: tuple[Level, ...] = (
    "key",
    "counts",
    "priority-volume",
    "interference",
    "supporting-volume",
    "load-shape",
    "convenience",
)
Unit = Literal["item", "hour", "15 minutes", "5 minutes", "half set", "percentage points", "tenth", "10 AU", "100 m"]


class Parameter(Row):
    default: int
    min: int
    max: int

    @model_validator(mode="after")
    def _inside(self) -> Parameter:
        if not self.min <= self.default <= self.max:
            raise ValueError(f"default {self.default} is outside {self.min}-{self.max}")
        return self


class Override(Row):
    """Where `when` holds, another severity, level or statement, or other parameter values; later overrides win."""

    when: Condition
    severity: Severity | None = None
    params: dict[str, int] = Field(default_factory=dict)
    level: Level | None = None
    statement: str | None = None
    """What the rule asks there, where that is not what it asks otherwise."""


class _Number(int):
    """A parameter's value in a sentence."""

    def __format__(self, spec: str) -> str:
        return numbered(self, str(int(self)), spec) if spec else str(int(self))


class Rule(Row):
    """One row of the rulebook."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    statement: str
    """What it asks, in one sentence; `{name}` is a parameter's value, `{name:hard run}` with what it counts."""
    why: str
    evidence: Evidence
    sources: tuple[str, ...] = Field(min_length=1)
    severity: Severity
    level: Level
    unit: Unit
    weight: int = 1
    """Multiplies the tier's weight."""
    params: dict[str, Parameter] = Field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    clauses: tuple[AnyClause, ...] = Field(min_length=1)
    match: str
    """A plain sentence for one match; its fields {where} {first} {then} {amount} {value} {limit} are those
    that the family gives."""
    negotiable: bool = True
    """False: physical facts and gates, never demoted."""
    whole: bool = True
    """False: where it stands in the way only its numbers are offered to give way, upwards; all of it is nobody's wish."""
    safety: bool = False
    """Given up last of all: the evidence speaks of injury or illness."""
    gate: Gate | None = None
    """Who must not be planned like others."""
    lazy: bool = False
    """As a soft rule, left out of the model until a week breaks it: seldom broken, or costly to hold in mind."""

    @property
    def stated(self) -> str:
        """The statement, its parameters at their usual values."""
        return self.told(self.statement)

    def told(self, statement: str, params: Mapping[str, int] | None = None) -> str:
        """A statement with some parameters, the others at their usual values."""
        values = {**{name: parameter.default for name, parameter in self.params.items()}, **(params or {})}
        return statement.format(**{name: _Number(value) for name, value in values.items()})

    def says(self, params: Mapping[str, int]) -> str:
        """The statement with these numbers; at least none is any."""
        return re.sub(r"\bat least 0 (\w+)", r"any number of \1", self.told(self.statement, params))

    @property
    def conditions(self) -> list[Condition]:
        """Under which it or a clause of it holds, or holds otherwise."""
        found = [override.when for override in self.overrides] + [clause.when for clause in self.clauses]
        if self.gate is not None:
            found += [self.gate.when, *(refusal.when for refusal in self.gate.refuses)]
        return found

    @cached_property
    def open_fields(self) -> tuple[tuple[str, ...], ...]:
        """Of each clause, the fields that wait for a parameter or a fact of history."""
        return tuple(
            tuple(name for name in type(clause).model_fields if name != "text" and _is_open(getattr(clause, name)))
            for clause in self.clauses
        )


def _is_open(value: object) -> bool:
    if isinstance(value, Table):
        return any(isinstance(number, str) for _, number in value.steps)
    return isinstance(value, Relative) or (isinstance(value, str) and "$" in value)


class PolicyValue(Row):
    about: str


class Policy(Row):
    """A named choice that settles a disagreement between sources."""

    id: str
    question: str
    default: str
    values: dict[str, PolicyValue]
    sources: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _has_default(self) -> Policy:
        if self.default not in self.values:
            raise ValueError(f"default {self.default!r} is none of its values")
        return self


class Source(Row):
    id: str
    title: str
    kind: Literal["article", "trial", "review", "cohort", "guideline", "book", "web", "memory", "own choice"]
    seen: str
    """How far it was checked."""
