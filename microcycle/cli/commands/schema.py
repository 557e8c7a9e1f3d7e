"""`microcycle schema`: JSON Schemas, of the constraints file for editors and of the results for programs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from microcycle.cli.output import OutOption, check_target, deliver


class Of(StrEnum):
    """What a schema can describe."""

    constraints = "constraints"
    week = "week"
    check = "check"
    why = "why"
    change = "change"
    alternatives = "alternatives"
    replan = "replan"


def schema(
    of: Annotated[
        Of,
        typer.Argument(metavar="[OF]", help="constraints (what you write), week, check, why, change, alternatives, replan."),
    ] = Of.constraints,
    out: OutOption = None,
) -> None:
    """Write the JSON Schema of the constraints file.

    For completion in your editor; the others describe the results.
    """
    import json

    check_target(out)
    deliver(json.dumps(_schema(of), indent=2, ensure_ascii=False) + "\n", out)


def _schema(of: Of) -> dict[str, Any]:
    if of is Of.constraints:
        return constraints()
    from microcycle.models.change import Alternatives, Change, Replan
    from microcycle.models.week import Check, Week
    from microcycle.models.why import Why

    models: dict[Of, Any] = {
        Of.week: Week,
        Of.check: Check,
        Of.why: Why,
        Of.change: Change,
        Of.alternatives: Alternatives,
        Of.replan: Replan,
    }
    # What is read is what is written, but the schema of writing knows nothing of fields that are left out.
    return {"$schema": _DRAFT, **models[of].model_json_schema(mode="validation")}


_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def constraints() -> dict[str, Any]:
    """The schema of RequestSpec with every name that the rulebook knows."""
    from microcycle.models.amounts import MEASURES
    from microcycle.models.catalogue import catalogue
    from microcycle.models.request import RequestSpec

    c = catalogue()
    found = RequestSpec.model_json_schema(mode="validation")
    properties = found["properties"]
    kinds, groups = list(c.kinds), list(c.selector_rows)
    properties["goal"] = {"enum": list(c.goals), "description": "What the week is for: `microcycle goals`."}
    properties["policies"] = {
        "type": "object",
        "additionalProperties": False,
        "description": "Choices where sources disagree: `microcycle policies`.",
        "properties": {p.id: {"enum": list(p.values), "description": p.question} for p in c.policies.values()},
    }
    properties["rules"] = {
        "type": "object",
        "description": "Changed rules (`microcycle rules`), and rules of your own: a family with its parameters.",
        "properties": {r.id: _rule(r) for r in c.rules.values()},
        "additionalProperties": {"type": "object", "required": ["family"]},
    }
    # Selectors may carry a bound on minutes (`runs > 45`), so names are proposed, not demanded.
    for name, more in (("want", list(MEASURES)), ("prefer", ["rest"]), ("forbid", ["rest"])):
        value = properties[name]["additionalProperties"]
        named = dict.fromkeys([*kinds, *groups, *more])
        properties[name]["properties"] = dict.fromkeys(named, value)
    text = {"type": "string", "examples": [*kinds, *groups]}
    properties["exclude"] = {
        "anyOf": [text, {"type": "array", "items": text}],
        "description": "Sessions that you never want.",
    }
    own = {"type": "string", "examples": kinds}
    for part in ("PinSpec", "Sighting"):
        found["$defs"][part]["properties"]["session"] = own
    found["$defs"]["OwnSession"]["properties"]["like"] = own
    return {
        "$schema": _DRAFT,
        "title": "microcycle constraints file",
        **{k: v for k, v in found.items() if k != "title"},
    }


def _rule(rule: Any) -> dict[str, Any]:
    # YAML 1.1 editors read `on` and `off` as true and false.
    severity = {"enum": ["hard", "soft", "tier4", "tier3", "tier2", "tier1", "on", "off", True, False]}
    properties: dict[str, Any] = {"severity": severity}
    for name, parameter in rule.params.items():
        properties[name] = {"type": "integer", "minimum": parameter.min, "maximum": parameter.max}
        properties[name]["default"] = parameter.default
    whole = {"type": "object", "properties": properties, "additionalProperties": False, "minProperties": 1}
    return {"description": rule.stated, "anyOf": [severity, whole]}
