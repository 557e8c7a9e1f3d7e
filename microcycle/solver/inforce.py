"""Which rules hold for this request, how strictly and with which numbers: rulebook, card, policies, then the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from microcycle.errors import Path, nearest_name
from microcycle.models.catalogue import Catalogue, expressions
from microcycle.models.goal import Goal
from microcycle.models.reading import fail
from microcycle.models.request import Request
from microcycle.models.rule import (
    WEIGHTS,
    AnyClause,
    Condition,
    Level,
    Measure,
    Relative,
    Rule,
    Severity,
    Table,
)
from microcycle.models.selector import Selectors
from microcycle.solver.problem import RuleInstance

SOFT: tuple[Severity, ...] = ("tier4", "tier3", "tier2", "tier1")
_CLAUSE: TypeAdapter[AnyClause] = TypeAdapter(AnyClause)
_PLACEHOLDER = re.compile(r"\$([a-z_]+)")


@dataclass(frozen=True)
class Situation:
    """What conditions are read against, and what history knows."""

    values: Mapping[str, frozenset[str]]
    """For each condition key the values that hold."""
    facts: Mapping[str, int]
    """run-minutes, longest-run, weekly-load where known."""

    def holds(self, condition: Condition) -> bool:
        return all(self.values.get(key, frozenset()) & set(wanted) for key, wanted in condition.items())


@dataclass(frozen=True)
class Draft:
    """A clause in force, before it is numbered."""

    rule: Rule
    clause: AnyClause
    severity: Severity
    level: Level
    weight: int
    path: Path | None = None
    params: Mapping[str, int] = field(default_factory=dict)


def level_of(rule_level: Level, severity: Severity) -> Level:
    """Interference in tiers 2 and 1 is a matter of convenience (rulebook section 0)."""
    return "convenience" if rule_level == "interference" and severity in ("tier2", "tier1") else rule_level


def draft(
    rule: Rule,
    clause: AnyClause,
    severity: Severity,
    *,
    level: Level | None = None,
    weight: int = 1,
    path: Path | None = None,
) -> Draft:
    hard = severity == "hard"
    return Draft(
        rule,
        clause,
        severity,
        level or level_of(rule.level, severity),
        0 if hard else WEIGHTS[severity] * weight * rule.weight,
        path,
    )


def rules_in_force(
    request: Request,
    catalogue: Catalogue,
    goal: Goal,
    situation: Situation,
    selectors: Selectors,
) -> list[Draft]:
    """Every clause of the rulebook and of the file that this request is judged by."""
    changes = _changes(request, catalogue)
    found: list[Draft] = []
    for rule in catalogue.rules.values():
        severity, params = rule.severity, {name: p.default for name, p in rule.params.items()}
        for override in rule.overrides:
            if situation.holds(override.when):
                severity = override.severity or severity
                params.update(override.params)
        if rule.id in goal.rules:
            card = goal.rules[rule.id]
            severity = card.severity or severity
            params.update(card.params)
        change = changes.get(rule.id)
        if change is not None:
            severity = change.severity or severity
            params.update(change.params)
        if severity == "off":
            continue
        for clause in rule.clauses:
            strict = clause.severity or severity
            if change is not None and change.severity is not None:
                strict = change.severity
            if strict == "off" or not situation.holds(clause.when):
                continue
            filled = _filled(clause, params, situation)
            if filled is not None:
                drafted = draft(rule, filled, strict, path=change.path if change else None)
                found.append(replace(drafted, params=params))
    found += _own_rules(request, catalogue, selectors)
    return found


@dataclass(frozen=True)
class _Change:
    severity: Severity | None
    params: Mapping[str, int]
    path: Path


def _changes(request: Request, catalogue: Catalogue) -> dict[str, _Change]:
    """The file's changes of the rulebook's rows."""
    found = {}
    for name, written in request.spec.rules.items():
        path: Path = ("rules", name)
        rule = catalogue.rules.get(name)
        if rule is None:
            if isinstance(written, Mapping) and "family" in written:
                continue
            fail(request.document, path, f"unknown rule '{name[:40]}'", candidates=catalogue.rules, key=True)
        params: dict[str, int] = {}
        severity: Severity | None = None
        if isinstance(written, Mapping):
            for key, value in written.items():
                if key == "severity":
                    severity = _severity(request, (*path, key), value, rule)
                elif key in rule.params:
                    params[key] = _number(request, (*path, key), value, rule)
                else:
                    fail(
                        request.document,
                        (*path, str(key)),
                        f"'{str(key)[:40]}' is no parameter of {rule.id}",
                        candidates=["severity", *rule.params],
                        key=True,
                    )
        else:
            severity = _severity(request, path, written, rule)
        if severity not in (None, "hard") and not rule.negotiable:
            fail(
                request.document,
                path,
                f"'{rule.id}' is a fact of the calendar; it cannot be softened or switched off",
            )
        found[name] = _Change(severity, params, path)
    return found


def _severity(request: Request, path: Path, value: Any, rule: Rule) -> Severity:
    names: dict[str, Severity] = {
        "hard": "hard",
        "off": "off",
        "tier4": "tier4",
        "tier3": "tier3",
        "tier2": "tier2",
        "tier1": "tier1",
        "soft": rule.severity if rule.severity in SOFT else "tier4",
    }
    text = {True: "on", False: "off"}.get(value, value) if isinstance(value, bool) else value
    if not isinstance(text, str) or text not in names:
        fail(request.document, path, f"'{str(value)[:40]}' is no severity", candidates=names)
    return names[text]


def _number(request: Request, path: Path, value: Any, rule: Rule) -> int:
    limits = rule.params[str(path[-1])]
    if not isinstance(value, int) or isinstance(value, bool) or not limits.min <= value <= limits.max:
        fail(
            request.document,
            path,
            f"'{str(value)[:40]}' does not fit {rule.id}",
            expected=f"a whole number from {limits.min} to {limits.max}",
        )
    return value


def _filled(clause: AnyClause, params: Mapping[str, int], situation: Situation) -> AnyClause | None:
    """The clause with numbers for its `$names`; None where history does not know a fact that it needs."""
    update: dict[str, Any] = {}
    for name in type(clause).model_fields:
        value = getattr(clause, name)
        if isinstance(value, str) and "$" in value:
            update[name] = (
                params[value[1:]] if value.startswith("$") else _PLACEHOLDER.sub(lambda m: str(params[m[1]]), value)
            )
        elif isinstance(value, Table):
            steps = tuple((at, params[n[1:]] if isinstance(n, str) else n) for at, n in value.steps)
            update[name] = value.model_copy(update={"steps": steps})
        elif isinstance(value, Relative):
            fact = situation.facts.get(value.fact)
            if fact is None:
                return None
            percent = params[value.percent[1:]] if isinstance(value.percent, str) else value.percent
            limit = fact * (100 + percent) // 100
            update[name] = max(limit, fact + value.plus) if fact < value.small else limit
    return clause.model_copy(update=update) if update else clause


def _own_rules(request: Request, catalogue: Catalogue, selectors: Selectors) -> list[Draft]:
    """Rules of the athlete's or coach's own: a family with its parameters, cited by file and line."""
    found = []
    for name, written in request.spec.rules.items():
        if name in catalogue.rules or not isinstance(written, Mapping):
            continue
        path: Path = ("rules", name)
        body = {str(k): v for k, v in written.items()}
        severity = _severity(request, (*path, "severity"), body.pop("severity", "hard"), catalogue.rules["user-wish"])
        statement = body.pop("statement", name.replace("-", " ").capitalize())
        try:
            clause = _CLAUSE.validate_python(body)
        except ValidationError as error:
            _explain(request, path, error)
        for text in expressions(clause):
            try:
                selectors.names(text)
            except (KeyError, ValueError) as error:
                known = [*selectors.kinds, *selectors.rows]
                near = nearest_name(str(error.args[0]), known)
                fail(
                    request.document,
                    path,
                    f"{str(text)[:40]!r} names no session" + (f"; did you mean '{near}'?" if near else ""),
                )
        cited = f"own rule, {request.document.cite(path)}"
        rule = Rule(
            id=name if re.fullmatch(r"[a-z][a-z0-9-]*", name) else "own-rule",
            statement=str(statement)[:300],
            why="The athlete's or coach's own rule.",
            evidence="own choice",
            sources=(cited,),
            severity=severity,
            level="interference",
            unit="item",
            clauses=(clause,),
            match=f"{str(statement)[:300]} ({{where}})",
        )
        if severity != "off":
            found.append(draft(rule, clause, severity, path=path))
    return found


def _explain(request: Request, path: Path, error: ValidationError) -> None:
    families = ["bound", "share", "spacing-hours", "spacing-days", "when", "clock", "habit", "streak"]
    first = error.errors()[0]
    at = tuple(p for p in first["loc"] if isinstance(p, int) or (isinstance(p, str) and p not in families))
    if first["type"] == "union_tag_invalid":
        fail(request.document, (*path, "family"), "unknown family of rules", candidates=families)
    what = {"extra_forbidden": "is not a field of this family", "missing": "is missing"}.get(
        first["type"], "does not fit"
    )
    fail(
        request.document,
        (*path, *at),
        f"'{at[-1] if at else 'family'}' {what}",
        key=first["type"] == "extra_forbidden",
    )


def numbered(drafts: list[Draft]) -> tuple[RuleInstance, ...]:
    """The instances in a fixed order; one that can never match is left out by its family, not here."""
    return tuple(
        RuleInstance(i, d.rule, d.clause, d.severity, d.level, d.weight, d.path, d.params) for i, d in enumerate(drafts)
    )


__all__ = ["Draft", "Measure", "Situation", "draft", "level_of", "numbered", "rules_in_force"]
