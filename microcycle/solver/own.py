"""What the athlete or coach adds to the rulebook: kinds of session like another one, and rules of any family."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NoReturn, get_args

from pydantic import BaseModel, ValidationError

from microcycle.errors import Path, shown
from microcycle.models import clock, explain
from microcycle.models.amounts import MEASURES
from microcycle.models.catalogue import EXPRESSIONS, Catalogue, parameters
from microcycle.models.clause import AGES, CARE_MARKS, AnyClause, Bound, Measure, Table, When
from microcycle.models.derive import derive
from microcycle.models.goal import CLASSES, Primary
from microcycle.models.reading import fail, refuse
from microcycle.models.request import OwnSession, Request, check_days
from microcycle.models.rule import Rule
from microcycle.models.selector import Selectors
from microcycle.models.session import SessionKind
from microcycle.solver import names
from microcycle.solver.calendar import days_meant


class _Holder(BaseModel):
    """Reads one clause, so that its errors are told like all others."""

    rule: AnyClause


_NIGHT = re.compile(r"(?:bed|wake)(?:[+-]\d{1,3})?")
_LIMITS: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "spacing-hours": {"hours": (0, 336), "tolerance": (0, 168)},
    "share": {"max": (0, 100)},
    "streak": {"max_days": (1, 14)},
    "load-shape": {"max_tenths": (5, 60)},
}
"""What a number may be where the family itself says no more than that it is one."""
_FIELDS = ("where", "first", "then", "amount", "value", "limit", "muscle")
"""What a rule's own sentence may name in braces."""


def own_kinds(request: Request, catalogue: Catalogue) -> dict[str, SessionKind]:
    """The catalogue's kinds and the file's own, each like another (also of the file) but for what it states."""
    kinds = dict(catalogue.kinds)
    waiting = dict(request.spec.sessions)
    for name in waiting:
        _check_name(request, catalogue, name)
    while waiting:
        ready = [name for name, own in waiting.items() if own.like not in waiting]
        for name in ready:
            kinds[name] = _own_kind(request, kinds, name, waiting.pop(name))
        if not ready:
            name, own = next(iter(waiting.items()))
            fail(
                request.document,
                ("sessions", name, "like"),
                f"'{name}' is like {shown(own.like)}, which is in the end like '{name}' itself",
                candidates=catalogue.kinds,
            )
    return kinds


def _check_name(request: Request, catalogue: Catalogue, name: str) -> None:
    path: Path = ("sessions", name)
    if name in catalogue.kinds:
        _refuse_name(request, path, f"'{name}' is already a session of the rulebook", "a name of your own")
    if name in catalogue.selector_rows or f"{name}s" in catalogue.selector_rows:
        _refuse_name(request, path, f"'{name}' already names a group of sessions", "a name of your own")
    if name in (*MEASURES, names.REST, "daily", "week"):
        _refuse_name(request, path, f"'{name}' has a meaning of its own", "a name of your own")
    if not names.ID.match(name) or len(name) > 40:
        _refuse_name(request, path, f"{shown(name)} is no name of a session", "lower-case words such as club-match")


def _refuse_name(request: Request, path: Path, message: str, expected: str) -> NoReturn:
    fail(request.document, path, message, expected=expected, key=True)


def _own_kind(  # noqa: RET503
    request: Request, kinds: Mapping[str, SessionKind], name: str, own: OwnSession
) -> SessionKind:
    path: Path = ("sessions", name)
    base = names.kind_of(request, kinds, (*path, "like"), own.like)
    changes = own.model_dump(exclude_none=True, exclude={"like", "minutes"})
    changes.setdefault("name", name.replace("-", " ").capitalize())
    if own.minutes is not None:
        changes["minutes"] = own.minutes.text
    try:
        return derive(base, name, changes)
    except ValidationError as error:
        why = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
    except ValueError as error:
        why = str(error)
    fail(request.document, path, f"this session cannot be: {why[:200]}", expected="another length, or another 'like'")


def own_rules(request: Request, catalogue: Catalogue, selectors: Selectors) -> Iterator[tuple[Rule, AnyClause, Path]]:
    """Each rule of the file's own with its clause and its place; cited by file and line. Severity is not read here."""
    for name, written in request.spec.rules.items():
        if name in catalogue.rules:
            continue
        path: Path = ("rules", name)
        if not isinstance(written, Mapping) or "family" not in written:
            expected = "a rule of `microcycle rules`, or one of your own with its 'family'"
            message = f"unknown rule {shown(name)}"
            fail(request.document, path, message, expected=expected, candidates=catalogue.rules, key=True)
        if not names.ID.match(name) or len(name) > 60:
            _refuse_name(request, path, f"{shown(name)} is no name of a rule", "lower-case words such as no-late-legs")
        statement = written.get("statement", name.replace("-", " ").capitalize())
        if not isinstance(statement, str) or not 0 < len(statement.strip()) <= 300:
            fail(request.document, (*path, "statement"), "this is no sentence", expected="a text of 1 to 300 characters")
        clause = _clause(request, catalogue, selectors, path, written)
        if "on" in written and getattr(clause, "on", None) == ():
            continue  # no day of this week has such a shift: see idle.py
        # What people write may hold braces, which a sentence would take for one of its fields.
        plain = statement.strip().replace("{", "{{").replace("}", "}}")
        rule = Rule(
            id=name,
            statement=plain,
            why="The athlete's or coach's own rule.",
            evidence="own choice",
            sources=(f"own rule, {request.document.cite(path)}",),
            severity="hard",
            level="interference",
            unit="item",
            clauses=(clause,),
            match=f"{plain.rstrip('.')} ({{where}})",
        )
        yield rule, clause, path


def _clause(
    request: Request, catalogue: Catalogue, selectors: Selectors, path: Path, written: Mapping[str, Any]
) -> AnyClause:
    """The family with its parameters; days by their names, times of any clock, sessions as the rulebook spells them."""
    body = {key: value for key, value in written.items() if key not in ("severity", "statement")}
    if isinstance(body.get("when"), Mapping):
        body["when"] = {key: [v] if isinstance(v, str) else v for key, v in body["when"].items()}
    if "on" in body:
        try:
            body["on"] = days_meant(request, check_days(body["on"], request.spec.shifts) or clock.parse_days(body["on"]))
        except ValueError as error:
            fail(request.document, (*path, "on"), error)
    if "if" in body:
        body["if_"] = body.pop("if")  # Python lets no field be called `if`
    try:
        clause = _Holder.model_validate({"rule": body}).rule
    except ValidationError as error:
        from microcycle.models.families import families  # only for the hint: no plan needs the pages of families

        first = explain.problems(error, {"rule": body}, _Holder)[0]
        place = (*path, *(_spelled(written, part) for part in first.path[1:]))
        family = written["family"]
        hint = f"what `microcycle rules {family}` shows" if first.missing and family in families() else None
        problem = replace(first, path=place, expected=first.expected or hint)
        refuse(request.document, problem)
    _check_numbers(request, path, written, clause)
    _check_conditions(request, catalogue, path, clause)
    _check_text(request, path, clause)
    return clause.model_copy(update=_sessions(request, selectors, path, clause) | _points(request, path, clause))


def _spelled(written: Mapping[str, Any], part: str | int) -> str | int:
    return "if" if part == "if_" and "if" in written else part


def _check_numbers(request: Request, path: Path, written: Mapping[str, Any], clause: AnyClause) -> None:
    for name in parameters(clause):
        message = f"'${name}' is no number: a rule of your own has no parameters"
        at = next((field for field in written if f"${name}" in str(written[field])), "family")
        fail(request.document, (*path, at), message, expected="the number itself")
    for field, (low, high) in _LIMITS.get(clause.family, {}).items():
        value = getattr(clause, field)
        if isinstance(value, int) and not low <= value <= high:
            fail(request.document, (*path, field), f"{field} cannot be {value}", expected=f"{low} to {high}")
    _check_measures(request, path, clause)
    if clause.family == "clock" and (clause.after is None) != (clause.ended_past is None):
        fail(request.document, path, "'after' and 'ended_past' go together", expected="both or none")


def _check_measures(request: Request, path: Path, clause: AnyClause) -> None:
    """Days and visits are counted over a week, muscles have sets: what the families cannot measure otherwise."""
    weekly = ("days", "days-without")
    at: Path = (*path, "quantity")
    if isinstance(clause, Bound):
        if clause.quantity in weekly and clause.per != "week":
            fail(request.document, at, f"{clause.quantity} are counted over a week", expected="'per: week'")
        if clause.muscles and clause.quantity != "sets":
            fail(request.document, at, "only sets are counted by muscle", expected="'quantity: sets'")
        if clause.min is None and clause.max is None:
            fail(request.document, path, "this rule asks for nothing", expected="a 'min' or a 'max'", key=True)
    if isinstance(clause, When):
        if clause.min is None and clause.max is None:
            fail(request.document, path, "this rule asks for nothing", expected="a 'min' or a 'max'", key=True)
        tables = [t.over for t in (clause.min, clause.max) if isinstance(t, Table)]
        if clause.scope != "week" and any(m.quantity in (*weekly, "visits") for m in (clause.if_, clause.then, *tables)):
            fail(request.document, path, "days and visits are counted over a week", expected="'scope: week'", key=True)


def _check_conditions(request: Request, catalogue: Catalogue, path: Path, clause: AnyClause) -> None:
    """The conditions under which the rule holds, so that none is mistyped and silently never met."""
    known: dict[str, Iterable[str]] = {name: policy.values for name, policy in catalogue.policies.items()}
    known |= {"goal": catalogue.goals, "primary": get_args(Primary), "age": AGES, "care": CARE_MARKS}
    known |= dict.fromkeys(("lift", "run", "class"), CLASSES)
    known["has"] = ("history.run-minutes", "history.longest-run", "history.weekly-load", "pace", "few-days")
    for key, values in clause.when.items():
        at = (*path, "when", key)
        if key not in known:
            fail(request.document, at, f"unknown condition {shown(key)}", candidates=known, key=True)
        for value in values:
            if value not in known[key]:
                message = f"{shown(value)} is no value of {key}"
                fail(request.document, at, message, candidates=known[key], word=value)


def _check_text(request: Request, path: Path, clause: AnyClause) -> None:
    if clause.text is None:
        return
    try:
        fields = list(string.Formatter().parse(clause.text))
    except ValueError:
        fields = [("", "", "", "")]
    if any(name is not None and (name not in _FIELDS or spec or conversion) for _, name, spec, conversion in fields):
        expected = f"fields such as {{where}}, {{value}} or {{limit}} (one of {', '.join(_FIELDS)}); '{{{{' is a brace"
        fail(request.document, (*path, "text"), "the braces in this text are not understood", expected=expected)


def _sessions(request: Request, selectors: Selectors, path: Path, clause: AnyClause) -> dict[str, Any]:
    """The fields that name sessions, as the rulebook spells them."""
    found: dict[str, Any] = {}

    def spelled(text: str, *at: str) -> str:
        place = (*path, *("if" if part == "if_" else part for part in at))
        return names.expression(request, selectors, place, text)

    for field in type(clause).model_fields:
        value = getattr(clause, field)
        if field in EXPRESSIONS and isinstance(value, str):
            found[field] = spelled(value, field)
        elif isinstance(value, Measure):
            found[field] = value.model_copy(update={"of": spelled(value.of, field, "of")})
        elif isinstance(value, Table):
            over = value.over.model_copy(update={"of": spelled(value.over.of, field, "over", "of")})
            found[field] = value.model_copy(update={"over": over})
    return found


def _points(request: Request, path: Path, clause: AnyClause) -> dict[str, Any]:
    """Points of the day, in the 24-hour clock."""
    found: dict[str, Any] = {}
    for field in ("start_not_before", "end_not_after", "ended_past") if clause.family == "clock" else ():
        value = getattr(clause, field)
        if value is None or _NIGHT.fullmatch(value):
            continue
        try:
            found[field] = clock.hhmm(clock.parse_clock(value, end=True))
        except ValueError:
            message = f"{shown(value)} is no point of the day"
            fail(request.document, (*path, field), message, expected="a time such as 18:30, or bed-120 or wake+60")
    return found
