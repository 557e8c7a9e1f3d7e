"""The rulebook for readers: lists of goals, sessions, rules and policies, and each one whole with its sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from microcycle.cli.render.screen import Screen
from microcycle.export.words import LETTERS, LEVEL_WORDS
from microcycle.models.catalogue import Catalogue
from microcycle.models.families import Family, FamilyField
from microcycle.models.goal import CLASSES, Demand, Goal, Range
from microcycle.models.naming import Naming
from microcycle.models.rule import Policy, Rule
from microcycle.models.session import SessionKind

SEVERITIES = {
    "hard": "must", "tier4": "nearly must", "tier3": "matters", "tier2": "matters a little", "tier1": "taste",
    "off": "off",
}  # fmt: skip

LEADING = {"run": "running", "lift": "lifting", "balanced": "neither"}


def goal_row(goal: Goal) -> tuple[str, str]:
    return goal.id, f"{goal.name}. {goal.about}"


def session_row(kind: SessionKind) -> tuple[str, str]:
    span = kind.minutes
    length = f"{span.min}-{span.max}" if span.max > span.min else f"{span.min}"
    return kind.id, f"{LETTERS[kind.modality]}  {kind.name}, {length} min, {kind.intensity}"


def rule_row(rule: Rule) -> tuple[str, str]:
    return rule.id, f"{rule.stated} ({SEVERITIES[rule.severity]})"


def policy_row(policy: Policy) -> tuple[str, str]:
    return policy.id, f"{policy.question} {' | '.join(_first(policy.default, policy.values))}"


def _first(default: str, values: Iterable[str]) -> list[str]:
    return [default, *(value for value in values if value != default)]


def listing(screen: Screen, rows: Sequence[tuple[str, str]], hints: Sequence[str]) -> None:
    """Names and one line each, and at the end where there is more."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=screen.width >= 80, overflow="fold", max_width=max(12, screen.width // 2))
    table.add_column(ratio=1, overflow="fold")
    for name, about in rows:
        table.add_row(Text(name, style="bold"), about)
    screen.console.print(table)
    screen.line()
    for hint in hints:
        screen.line(Text(hint, style="dim"))


def goal(screen: Screen, found: Goal, c: Catalogue) -> None:
    screen.line(Text(f"{found.name} ({found.id})", style="bold"))
    screen.line(found.about)
    leads = " or ".join(LEADING[primary] for primary in found.primary)
    screen.line(f"What may lead: {leads}" + (" (the file must say which)" if found.must_choose else ""))
    for experience, other in found.refuse.items():
        screen.line(f"Not for {experience}s: take {other}.")
    screen.heading("What a week holds (least-aim-most)")
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for head in ("", *CLASSES):
        table.add_column(Text(head, style="bold"))
    naming = Naming(c.selector_rows, c.kinds)
    for demand in found.demands:
        ranges = [_range(getattr(demand, experience)) for experience in CLASSES]
        if any(ranges):
            table.add_row(_demand(demand, naming), *ranges)
    screen.console.print(table)
    screen.heading("Sessions it may place")
    for name, item in found.menu.items():
        kind = c.kinds[name]
        only = f" ({', '.join(item.classes)})" if tuple(item.classes) != tuple(CLASSES) else ""
        finisher = " as a short end to a lift" if item.as_finisher else ""
        screen.item(f"{name}: {_minutes(item.minutes, kind)} min{finisher}{only}")
    if found.policies:
        screen.heading("Its choices where sources disagree")
        for name, value in found.policies.items():
            screen.item(f"{name}: {value}")
    for experience, offers in found.offers.items():
        for name, value in offers.items():
            screen.item(f"offered to {experience} athletes: {name}: {value}")
    _sources(screen, found.sources, c)


def _minutes(written: Any, kind: SessionKind) -> str:
    if isinstance(written, Mapping):
        return " / ".join(f"{name} {text}" for name, text in written.items())
    return str(written or f"{kind.minutes.min}-{kind.minutes.max}")


def _demand(demand: Demand, naming: Naming) -> str:
    noun = naming.noun(demand.of)
    if demand.quantity == "sets":
        return f"hard sets for {', '.join(demand.muscles)}"
    if demand.quantity == "minutes":
        return f"minutes of {demand.about or noun.doing}"
    return noun.many + (f" ({demand.about})" if demand.about else "")


def _range(found: Range | None) -> str:
    if found is None:
        return ""
    return "-".join("" if n is None else str(n) for n in (found.min, found.target, found.max))


def session(screen: Screen, kind: SessionKind, c: Catalogue) -> None:
    span = kind.minutes
    screen.line(Text(f"{kind.name} ({kind.id})", style="bold"))
    screen.line(f"{kind.modality}, {kind.intensity}, leg load {kind.leg_load}, effort {kind.srpe} of 10.")
    hard = f"; hard from {kind.hard_from} min" if kind.hard_from else ""
    screen.line(f"{span.min} to {span.max} minutes in steps of {span.step}, usually {span.default}{hard}.")
    if kind.finisher:
        screen.line(f"Also {kind.finisher.min} to {kind.finisher.max} minutes as a short end to a lift.")
    if kind.add_on_to:
        screen.line(f"Stands only behind: {', '.join(kind.add_on_to)}.")
    if not kind.counts:
        screen.line("Does not count as a session: rules on gaps, order and days do not see it.")
    screen.line(f"Legs or muscles need about {kind.recovery_h} h afterwards (for information).")
    screen.heading("What to do")
    for minutes in dict.fromkeys((span.min, span.default, span.max)):
        content = kind.content(minutes)
        screen.item(f"{minutes} min: {content.text}")
    usual = kind.content(span.default)
    if usual.sets:
        sets = ", ".join(f"{muscle} {halves / 2:g}" for muscle, halves in usual.sets.items())
        screen.line(f"Hard sets at {span.default} min: {sets}")
    _sources(screen, kind.sources, c)


def rule(screen: Screen, found: Rule, c: Catalogue) -> None:
    screen.line(Text(found.id, style="bold"))
    screen.line(found.stated)
    screen.line()
    screen.line(f"Why: {found.why}")
    screen.line(f"Evidence: {found.evidence}.")
    # As the solver has it: what matters little between runs and lifts is convenience.
    small = found.level == "interference" and found.severity in ("tier2", "tier1")
    level = LEVEL_WORDS["convenience" if small else found.level]
    screen.line(f"How strict: {SEVERITIES[found.severity]} ({found.severity}); weighed under '{level}'.")
    for override in found.overrides:
        parts = [override.severity or "", *(f"{name} {value}" for name, value in override.params.items())]
        where = "; ".join(f"{key}: {' or '.join(values)}" for key, values in override.when.items())
        changed = ", ".join(part for part in parts if part)
        told = [found.told(override.statement, override.params)] if override.statement else []
        screen.item(" ".join(filter(None, (changed, f"where {where}"))) + "".join(f": {text}" for text in told))
    if not found.negotiable:
        what = "A gate for those who need care" if found.gate else "A fact of the calendar"
        screen.line(f"{what}: it cannot be softened or switched off.")
        _sources(screen, found.sources, c)
        return
    screen.heading("In your file")
    example = ", ".join([*(f"{name}: {p.default}" for name, p in found.params.items()), "severity: hard"])
    screen.line(f"rules: {{{found.id}: {{{example}}}}}", indent=2)
    screen.line(f"rules: {{{found.id}: off}}", indent=2)
    for name, parameter in found.params.items():
        screen.item(f"{name}: {parameter.default}, from {parameter.min} to {parameter.max}")
    _sources(screen, found.sources, c)


def family(screen: Screen, found: Family, c: Catalogue) -> None:
    screen.line(Text(f"{found.id}, a family of rules", style="bold"))
    for paragraph in found.about.split("\n\n"):
        screen.line(" ".join(paragraph.split()))
    screen.heading("Its fields")
    _fields(screen, found.fields)
    screen.heading("What a rule of any family may have")
    _fields(screen, found.general)
    screen.line()
    groups = ", ".join(c.selector_rows)
    screen.line(
        f"Sessions: a name of `microcycle sessions` or a group, also 'runs > 45' or 'lifts | runs'. Groups: {groups}."
    )
    screen.heading("In your file, a rule of your own")
    for line in found.example.splitlines():
        screen.line(line, indent=2)
    screen.heading("Rules of the book in this family")
    screen.line(", ".join(rule.id for rule in using(found, c)))


def using(found: Family, c: Catalogue) -> list[Rule]:
    """The rulebook's rules with a clause of this family."""
    return [rule for rule in c.rules.values() if any(clause.family == found.id for clause in rule.clauses)]


def _fields(screen: Screen, fields: Iterable[FamilyField]) -> None:
    for field in fields:
        text = Text(field.name, style="bold")
        usual = "needed" if field.needed else f"else {field.default}" if field.default else ""
        text.append(f" ({usual})" if usual else "", style="not bold")
        screen.item(text.append(f": {field.about}. It takes {field.kind}.", style="not bold"))


def policy(screen: Screen, found: Policy, c: Catalogue) -> None:
    screen.line(Text(found.id, style="bold"))
    screen.line(found.question)
    screen.line()
    for value, row in found.values.items():
        text = Text(value, style="bold").append(" (default)" if value == found.default else "", style="not bold")
        screen.item(text.append(f": {row.about}", style="not bold"))
    changed = [g for g in c.goals.values() if g.policies.get(found.id, found.default) != found.default]
    if changed:
        screen.heading("Goals with another default")
        for card in changed:
            screen.item(f"{card.id}: {card.policies[found.id]}")
    if found.id not in c.asked:
        screen.line()
        screen.line("Not used yet: it is for seasons, and changes nothing in a single week.")
    screen.heading("In your file")
    other = next((value for value in found.values if value != found.default), found.default)
    screen.line(f"policies: {{{found.id}: {other}}}", indent=2)
    _sources(screen, found.sources, c)


def _sources(screen: Screen, ids: Iterable[str], c: Catalogue) -> None:
    screen.heading("Sources")
    for name in ids:
        source = c.sources[name]
        screen.item(f"{name}: {source.title} ({source.kind}; {source.seen})")
