"""Which rules hold for a request, how strictly and with which numbers: rulebook, goal card, policies, then file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from microcycle.errors import Path, one_of, shown
from microcycle.models.catalogue import Catalogue
from microcycle.models.clause import AnyClause, Condition, Relative, Severity, Table
from microcycle.models.goal import Goal
from microcycle.models.reading import fail
from microcycle.models.request import Request
from microcycle.models.rule import WEIGHTS, Level, Rule
from microcycle.models.selector import Selectors
from microcycle.solver.own import own_rules
from microcycle.solver.problem import RuleInstance

STRICTNESS: tuple[Severity, ...] = ("hard", "tier4", "tier3", "tier2", "tier1", "off")
SOFT = STRICTNESS[1:5]
_NONE: frozenset[str] = frozenset()
_PLACEHOLDER = re.compile(r"\$([a-z_]+)")


@dataclass(frozen=True)
class Situation:
    """What conditions are read against, and what history knows."""

    values: Mapping[str, frozenset[str]]
    """For each condition key the values that hold."""
    facts: Mapping[str, Fraction]
    """run-minutes, last-run-minutes, longest-run, weekly-load where known."""

    def holds(self, condition: Condition) -> bool:
        return not condition or not any(self.values.get(key, _NONE).isdisjoint(wanted) for key, wanted in condition.items())


class Draft(NamedTuple):
    """A clause in force, before it is numbered."""

    rule: Rule
    clause: AnyClause
    severity: Severity
    level: Level
    weight: int
    path: Path | None = None
    params: Mapping[str, int] = {}


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
    params: Mapping[str, int] | None = None,
) -> Draft:
    hard = severity == "hard"
    return Draft(
        rule,
        clause,
        severity,
        level or level_of(rule.level, severity),
        0 if hard else WEIGHTS[severity] * weight * rule.weight,
        path,
        params or {},
    )


def rules_in_force(
    request: Request,
    catalogue: Catalogue,
    goal: Goal,
    situation: Situation,
    selectors: Selectors,
    changes: Mapping[str, Change],
) -> list[Draft]:
    """Every clause of the rulebook and of the file that this request is judged by."""
    found: list[Draft] = []
    for rule in catalogue.rules.values():
        severity, params = rule.severity, {name: p.default for name, p in rule.params.items()}
        statement, level = rule.statement, rule.level
        for override in rule.overrides:
            if situation.holds(override.when):
                severity = override.severity or severity
                params.update(override.params)
                statement, level = override.statement or statement, override.level or level
        if rule.id in goal.rules:
            card = goal.rules[rule.id]
            severity = card.severity or severity
            params.update(card.params)
        change = changes.get(rule.id)
        if change is not None:
            params.update(change.params)
            if severity == "off":
                # Whoever writes a number for a rule that nobody else asks for wants it kept.
                severity = "hard" if change.severity is None or change.severity == "soft" else change.severity
        told = rule
        if (statement, level) != (rule.statement, rule.level):
            told = rule.model_copy(update={"statement": statement, "level": level})
        for clause, fields in zip(rule.clauses, rule.open_fields, strict=True):
            strict = strictness(clause.severity, severity, change)
            if strict == "off" or not situation.holds(clause.when):
                continue
            filled = _filled(clause, fields, params, situation)
            if filled is not None:
                found.append(draft(told, filled, strict, path=change.path if change else None, params=params))
    for rule, clause, path in own_rules(request, catalogue, selectors):
        written = request.spec.rules[rule.id].get("severity", "hard")
        strict = strictness(None, "hard", Change(_severity(request, (*path, "severity"), written, rule), {}, path))
        filled = (
            _filled(clause, rule.open_fields[0], {}, situation) if strict != "off" and situation.holds(clause.when) else None
        )
        if filled is not None:
            found.append(draft(rule, filled, strict, path=path))
    return found


@dataclass(frozen=True)
class Change:
    """What the file says of a row of the rulebook."""

    severity: Severity | Literal["soft"] | None
    params: Mapping[str, int]
    path: Path

    @property
    def softens(self) -> bool:
        """Whether the rule may be broken by it, or is off."""
        return self.severity not in (None, "hard")


def strictness(own: Severity | None, rules: Severity, change: Change | None) -> Severity:
    """How strict a clause is: `own` where it states that itself, the rule's otherwise, as the file changes it.

    The file speaks of the rule as a whole: it can soften a clause with a severity of its own, never harden it.
    `soft` lets what is hard give way, in the dearest tier, and leaves what is soft as it is.
    """
    found: Severity = "off" if rules == "off" else own or rules
    if change is None or change.severity is None:
        return found
    if change.severity == "soft":
        return max(found, SOFT[0], key=STRICTNESS.index)
    return change.severity if own is None else max(own, change.severity, key=STRICTNESS.index)


def rule_changes(request: Request, catalogue: Catalogue) -> dict[str, Change]:
    """The file's changes of the rulebook's rows; rules of its own are none."""
    found = {}
    for name, written in request.spec.rules.items():
        path: Path = ("rules", name)
        rule = catalogue.rules.get(name)
        if rule is None:
            continue
        params: dict[str, int] = {}
        severity: Severity | Literal["soft"] | None = None
        if isinstance(written, Mapping):
            for key, value in written.items():
                if key == "severity":
                    severity = None if is_on(value) else _severity(request, (*path, key), value, rule)
                elif key in rule.params:
                    params[key] = _number(request, (*path, key), value, rule)
                else:
                    message = f"{shown(key)} is no parameter of {rule.id}"
                    fail(request.document, (*path, key), message, candidates=["severity", *rule.params], key=True)
            if not written:
                fail(request.document, path, "nothing is changed here", candidates=["severity", *rule.params])
        elif not is_on(written):
            severity = _severity(request, path, written, rule)
        if severity not in (None, "hard") and not rule.negotiable:
            what, expected = "is a fact of the calendar", "other windows or pins"
            if rule.gate is not None:
                what, expected = "protects those who need care", "no such line"
            fail(request.document, path, f"'{rule.id}' {what}; it cannot be softened or switched off", expected=expected)
        found[name] = Change(severity, params, path)
    return found


def is_on(value: Any) -> bool:
    """In force, as strictly as the rulebook has it (hard, where it has it off)."""
    return value is True or value == "on"


def _severity(request: Request, path: Path, value: Any, rule: Rule) -> Severity | Literal["soft"]:
    known: dict[str, Severity | Literal["soft"]] = {**{name: name for name in STRICTNESS}, "soft": "soft"}
    text = "off" if value is False else value
    if not isinstance(text, str) or text not in known:
        expected = f"{one_of(known)}, or a parameter of the rule" if len(path) == 2 and rule.params else one_of(known)
        fail(request.document, path, f"{shown(value)} is no severity", expected=expected, candidates=known)
    return known[text]


def _number(request: Request, path: Path, value: Any, rule: Rule) -> int:
    limits = rule.params[str(path[-1])]
    if not isinstance(value, int) or isinstance(value, bool) or not limits.min <= value <= limits.max:
        fail(
            request.document,
            path,
            f"{path[-1]} of {rule.id} cannot be {shown(value)}",
            expected=f"a whole number from {limits.min} to {limits.max}",
        )
    return value


def _filled(clause: AnyClause, fields: Iterable[str], params: Mapping[str, int], situation: Situation) -> AnyClause | None:
    """The clause with numbers for its open fields; None where history does not know a fact that it needs."""
    update: dict[str, Any] = {}
    for name in fields:
        value = getattr(clause, name)
        if isinstance(value, str):
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
            limit = fact * (100 + percent) / 100
            if fact < value.small:
                limit = max(limit, fact + value.plus, Fraction(value.least))
            if value.not_below is not None:
                limit = max(limit, situation.facts.get(value.not_below, limit))
            update[name] = int(limit)
    return clause.model_copy(update=update) if update else clause


def numbered(drafts: list[Draft]) -> tuple[RuleInstance, ...]:
    """The instances in a fixed order; one that can never match is left out by its family, not here."""
    return tuple(RuleInstance(i, *drafted) for i, drafted in enumerate(drafts))
