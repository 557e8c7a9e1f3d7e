"""The rulebook as loaded: kinds, selectors, rules, policies, sources and goal cards, every id cross-checked once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from microcycle.errors import MicrocycleError, nearest_name
from microcycle.models.goal import Goal
from microcycle.models.rule import Measure, Policy, Relative, Rule, Source, Table
from microcycle.models.selector import Attributes, Selectors
from microcycle.models.session import SessionKind

HERE = Path(__file__).parent.parent / "catalogue"
_T = TypeVar("_T", bound=BaseModel)
CONDITION_KEYS = ("goal", "primary", "lift", "run", "class", "age", "has")


class CatalogueError(MicrocycleError):
    """The shipped rulebook contradicts itself: a bug of ours."""


@dataclass(frozen=True)
class Catalogue:
    """Everything that the package knows before it meets an athlete; mappings keep the files' order."""

    kinds: Mapping[str, SessionKind]
    selector_rows: Mapping[str, Attributes]
    rules: Mapping[str, Rule]
    reports: Mapping[str, str]
    policies: Mapping[str, Policy]
    sources: Mapping[str, Source]
    goals: Mapping[str, Goal]

    @cached_property
    def selectors(self) -> Selectors:
        """One for all requests, which remembers what it has judged."""
        return Selectors(dict(self.selector_rows), dict(self.kinds))

    @cached_property
    def asked(self) -> frozenset[str]:
        """The conditions that some rule depends on."""
        return frozenset(key for rule in self.rules.values() for condition in rule.conditions for key in condition)


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The shipped rulebook; raises CatalogueError if it does not hold together."""
    return read_catalogue(HERE)


def read_catalogue(folder: Path) -> Catalogue:
    """A rulebook from a folder of TOML files, checked."""
    kinds = _rows(folder / "sessions.toml", "kind", SessionKind)
    rules_file = _toml(folder / "rules.toml")
    found = Catalogue(
        kinds=kinds,
        selector_rows={name: _model(Attributes, row, name) for name, row in _toml(folder / "selectors.toml").items()},
        rules=_by_id(_model(Rule, row, str(row.get("id"))) for row in rules_file["rule"]),
        reports={row["id"]: row["about"] for row in rules_file.get("reports", [])},
        policies=_rows(folder / "policies.toml", "policy", Policy),
        sources=_rows(folder / "sources.toml", "source", Source),
        goals=_by_id(_model(Goal, _toml(path), path.name) for path in sorted((folder / "goals").glob("*.toml"))),
    )
    _check(found)
    return found


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


def _check(c: Catalogue) -> None:
    """Every name that a row mentions exists; every parameter is defined and used."""
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
    for goal in c.goals.values():
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
