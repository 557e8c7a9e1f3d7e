"""`microcycle goals`, `sessions`, `rules`, `policies`: the rulebook, listed or one entry with its sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from microcycle.cli.output import Short, ShortOption, deliver

if TYPE_CHECKING:
    from microcycle.models.families import Family

RuleId = Annotated[
    str | None, typer.Argument(metavar="[ID or FAMILY]", help="Show this one whole, with its sources; or a family of rules.")
]
Id = Annotated[str | None, typer.Argument(metavar="[ID]", help="Show this one whole, with its sources.")]


def goals(id: Id = None, format: ShortOption = Short.table) -> None:
    """List the goals, or show one whole."""
    from microcycle.cli.render import reference
    from microcycle.models.catalogue import catalogue

    c = catalogue()
    _show("goal", c.goals, id, format, reference.goal_row, reference.goal)


def sessions(id: Id = None, format: ShortOption = Short.table) -> None:
    """List the kinds of sessions, or show one."""
    from microcycle.cli.render import reference
    from microcycle.models.catalogue import catalogue

    c = catalogue()
    _show("session", c.kinds, id, format, reference.session_row, reference.session)


def rules(id: RuleId = None, format: ShortOption = Short.table) -> None:
    """List the rules, or show one with its sources, or a family for rules of your own."""
    from microcycle.cli.render import reference
    from microcycle.models.catalogue import catalogue
    from microcycle.models.families import families

    c, known = catalogue(), families()
    if id in known:
        _show_family(known[id], format)
        return
    more = [(name, f"{about} (a report, never enforced)") for name, about in c.reports.items()]
    hint = f"Families for rules of your own (microcycle rules FAMILY): {', '.join(known)}"
    _show("rule", c.rules, id, format, reference.rule_row, reference.rule, more, hints=[hint], also=known)


def _show_family(found: Family, format: Short) -> None:
    import json
    from dataclasses import asdict

    from microcycle.cli.render import reference
    from microcycle.cli.render.screen import Screen
    from microcycle.models.catalogue import catalogue

    c = catalogue()
    if format is Short.json:
        data = {**asdict(found), "rules": [rule.id for rule in reference.using(found, c)]}
        deliver(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
        return
    with Screen.open() as screen:
        reference.family(screen, found, c)


def policies(id: Id = None, format: ShortOption = Short.table) -> None:
    """List the choices where sources disagree."""
    from microcycle.cli.render import reference
    from microcycle.models.catalogue import catalogue

    c = catalogue()
    _show("policy", c.policies, id, format, reference.policy_row, reference.policy)


def _show(
    what: str,
    rows: Mapping[str, Any],
    id: str | None,
    format: Short,
    row: Callable[[Any], tuple[str, str]],
    whole: Callable[[Any, Any, Any], None],
    more: Sequence[tuple[str, str]] = (),
    hints: Sequence[str] = (),
    also: Iterable[str] = (),
) -> None:
    """The list of rows (with `more` and `hints` at its end) or one whole; `also` are names that are known, too."""
    import json

    from microcycle.cli.render.screen import Screen
    from microcycle.errors import InputError
    from microcycle.models.catalogue import catalogue, nearest_row

    plural = "policies" if what == "policy" else f"{what}s"
    if id is not None and id not in rows:
        expected, near = f"a name that `microcycle {plural}` lists", nearest_row(id, rows, also)
        raise InputError(f"microcycle {plural}", f"there is no {what} '{id[:60]}'", nearest=near, expected=expected)
    if format is Short.json:
        c = catalogue()
        found = [_json(rows[name], c.sources) for name in ([id] if id else rows)]
        deliver(json.dumps(found[0] if id else found, indent=2, ensure_ascii=False) + "\n")
        return
    with Screen.open() as screen:
        if id is not None:
            whole(screen, rows[id], catalogue())
        else:
            from microcycle.cli.render.reference import listing

            hint = f"One of them whole: microcycle {plural} ID"
            listing(screen, [*(row(found) for found in rows.values()), *more], [hint, *hints])


def _json(found: Any, sources: Mapping[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = found.model_dump(mode="json", exclude_none=True)
    data["sources"] = [sources[name].model_dump(mode="json") for name in found.sources]
    return data
