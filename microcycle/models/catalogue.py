"""The rulebook as loaded: kinds, selectors, rules, policies, sources, goal cards; `check` crosses every id with the rest."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from microcycle.errors import MicrocycleError, nearest_name
from microcycle.models.clause import AGES, CARE_MARKS, Measure, Relative, Table
from microcycle.models.goal import Goal
from microcycle.models.rule import Policy, Rule, Source
from microcycle.models.selector import Attributes, Selectors
from microcycle.models.session import SessionKind

HERE = Path(__file__).parent.parent / "catalogue"
_T = TypeVar("_T", bound=BaseModel)
MARKS = {"age": AGES, "care": CARE_MARKS}
CONDITION_KEYS = ("goal", "primary", "lift", "run", "class", "age", "care", "has")


class CatalogueError(MicrocycleError):
    """The shipped rulebook contradicts itself: a bug of ours."""


@dataclass(frozen=True)
class Catalogue:
    """Everything that the package knows before it meets an athlete; mappings keep the files' order.

    Each file is read when it is first asked for: no plan needs the sources, or other goals' cards. Raises
    CatalogueError for a row that cannot be; `check` finds what contradicts something else.
    """

    folder: Path
    """Of TOML files."""

    @cached_property
    def kinds(self) -> Mapping[str, SessionKind]:
        return _rows(self.folder / "sessions.toml", "kind", SessionKind)

    @cached_property
    def selector_rows(self) -> Mapping[str, Attributes]:
        rows = _toml(self.folder / "selectors.toml")
        return {name: _model(Attributes, row, name) for name, row in rows.items()}

    @cached_property
    def _rules_file(self) -> dict[str, Any]:
        return _toml(self.folder / "rules.toml")

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        return _by_id(_model(Rule, row, str(row.get("id"))) for row in self._rules_file["rule"])

    @cached_property
    def reports(self) -> Mapping[str, str]:
        return {row["id"]: row["about"] for row in self._rules_file.get("reports", [])}

    @cached_property
    def regions(self) -> Mapping[str, frozenset[str]]:
        """Words for places of an injury, by the part of the body whose sessions leave."""
        return {name: frozenset(words) for name, words in self._rules_file["regions"].items()}

    @cached_property
    def gated(self) -> tuple[Rule, ...]:
        """The rules on who must not be planned like others."""
        return tuple(rule for rule in self.rules.values() if rule.gate is not None)

    @cached_property
    def policies(self) -> Mapping[str, Policy]:
        return _rows(self.folder / "policies.toml", "policy", Policy)

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        return _rows(self.folder / "sources.toml", "source", Source)

    @cached_property
    def goals(self) -> Mapping[str, Goal]:
        return _Cards(self.folder / "goals")

    @cached_property
    def selectors(self) -> Selectors:
        """One for all requests, which remembers what it has judged."""
        return Selectors(dict(self.selector_rows), dict(self.kinds))

    @cached_property
    def asked(self) -> frozenset[str]:
        """The conditions that some rule depends on."""
        return frozenset(key for rule in self.rules.values() for condition in rule.conditions for key in condition)


class _Cards(Mapping[str, Goal]):
    """The goals, a file each that bears its name."""

    def __init__(self, folder: Path) -> None:
        self._files = {path.stem: path for path in sorted(folder.glob("*.toml"))}
        self._read: dict[str, Goal] = {}

    def __getitem__(self, name: str) -> Goal:
        if name not in self._read:
            self._read[name] = _model(Goal, _toml(self._files[name]), name)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The shipped rulebook, which the tests have checked."""
    return Catalogue(HERE)


def nearest_row(word: str, rows: Mapping[str, Any], also: Iterable[str] = ()) -> str | None:
    """The id that a word is a slip of, or of the row that people call so: the goal run-half is the half marathon."""
    called = {getattr(row, "name", id): id for id, row in rows.items()}
    return nearest_name(word, [*rows, *also]) or called.get(nearest_name(word, called) or "")


def _toml(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)


def _rows(path: Path, key: str, model: type[_T]) -> dict[str, _T]:
    return _by_id(_model(model, row, str(row.get("id"))) for row in _toml(path)[key])


def _model(model: type[_T], row: Any, name: str) -> _T:
    try:
        return model.model_validate(row)
    except ValidationError as error:
        raise CatalogueError(f"{name}: {error}") from error


def _by_id(rows: Iterable[_T]) -> dict[str, _T]:
    found: dict[str, _T] = {}
    for row in rows:
        name: str = row.id  # type: ignore[attr-defined]
        if name in found:
            raise CatalogueError(f"{name}: defined twice")
        found[name] = row
    return found


def check(c: Catalogue) -> None:
    """Every name that a row mentions exists, every parameter is defined and used; else CatalogueError."""
    selectors = c.selectors

    def known(where: str, what: str, name: str, names: Iterable[str]) -> None:
        listed = list(names)
        if name not in listed:
            near = nearest_name(name, listed)
            raise CatalogueError(f"{where}: unknown {what} {name!r}" + (f", did you mean {near!r}?" if near else ""))

    def expression(where: str, text: str) -> None:
        try:
            selectors.names(text)
        except KeyError as error:
            raise CatalogueError(f"{where}: unknown selector or kind {error}") from error
        except ValueError as error:
            raise CatalogueError(f"{where}: {error}") from error

    for name, row in c.selector_rows.items():
        if name in c.kinds:
            raise CatalogueError(f"{name}: both a selector and a kind")
        for text in (*row.any_of, *row.but):
            expression(f"selector {name}", text)
        for kind in row.kinds:
            known(f"selector {name}", "kind", kind, c.kinds)
    for kind_row in c.kinds.values():
        for source in kind_row.sources:
            known(kind_row.id, "source", source, c.sources)
    for policy in c.policies.values():
        for source in policy.sources:
            known(policy.id, "source", source, c.sources)
    for rule in c.rules.values():
        for source in rule.sources:
            known(rule.id, "source", source, c.sources)
        for condition in rule.conditions:
            for key, values in condition.items():
                known(rule.id, "condition", key, (*CONDITION_KEYS, *c.policies))
                if key in c.policies:
                    for value in values:
                        known(rule.id, f"value of {key}", value, c.policies[key].values)
                if key == "goal":
                    for value in values:
                        known(rule.id, "goal", value, c.goals)
                for value in values if key in MARKS else ():
                    known(rule.id, f"value of {key}", value, MARKS[key])
        for refusal in rule.gate.refuses if rule.gate else ():
            for name in filter(None, (refusal.goal, refusal.take)):
                known(rule.id, "goal", name, c.goals)
        for name, text in rule.gate.instead.items() if rule.gate else ():
            known(rule.id, "kind", name, c.kinds)
            expression(rule.id, text)
        used = set()
        for clause in rule.clauses:
            for text in expressions(clause):
                expression(rule.id, text)
            used |= set(parameters(clause))
        for name in used:
            known(rule.id, "parameter", name, rule.params)
        for override in rule.overrides:
            for name in override.params:
                known(rule.id, "parameter", name, rule.params)
    for name, goal in c.goals.items():
        if name != goal.id:
            raise CatalogueError(f"{name}.toml: holds the goal {goal.id!r}")
        for source in goal.sources:
            known(goal.id, "source", source, c.sources)
        for name in goal.menu:
            known(goal.id, "kind", name, c.kinds)
        for demand in goal.demands:
            expression(goal.id, demand.of)
        for name in goal.rules:
            known(goal.id, "rule", name, c.rules)
        for names in (goal.policies, *goal.class_policies.values(), *goal.offers.values()):
            for name, value in names.items():
                known(goal.id, "policy", name, c.policies)
                known(goal.id, f"value of {name}", value, c.policies[name].values)
        for other in goal.refuse.values():
            known(goal.id, "goal", other, c.goals)


_PARAMETER = re.compile(r"\$([a-z_]+)")
EXPRESSIONS = ("of", "first", "then", "after")


def expressions(clause: BaseModel) -> list[str]:
    """Every selector expression in a clause."""
    found = []
    for name in type(clause).model_fields:
        value = getattr(clause, name)
        if name in EXPRESSIONS and isinstance(value, str):
            found.append(value)
        elif isinstance(value, Measure):
            found.append(value.of)
        elif isinstance(value, Table):
            found.append(value.over.of)
    return found


def parameters(clause: BaseModel) -> list[str]:
    """Names of the rule's parameters that a clause reads (`$name`, also within a point of the day or a table)."""
    found = []
    for name in type(clause).model_fields:
        value = getattr(clause, name)
        if isinstance(value, str) and name != "text":
            found += _PARAMETER.findall(value)
        elif isinstance(value, Relative):
            found += _PARAMETER.findall(str(value.percent))
        elif isinstance(value, Table):
            found += [n for _, step in value.steps for n in _PARAMETER.findall(str(step))]
    return found
