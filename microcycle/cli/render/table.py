"""A planned or checked week for a terminal: the grid, the figures, the proof, what was traded, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.table import Table
from rich.text import Text

from microcycle.cli.render import grid
from microcycle.cli.render.screen import Screen
from microcycle.export import words
from microcycle.export.words import clean, whole
from microcycle.models.facts import sentences
from microcycle.models.week import Check, Repair, RuleMatch, Week

SMALL = ("tier2", "tier1")


def week(screen: Screen, found: Week) -> None:
    """The whole answer of `plan`."""
    _head(screen, found)
    if found.measures is not None:
        grid.show(screen, found)
        screen.line()
        _figures(screen, found)
    _proof(screen, found)
    _conflict(screen, found)
    if found.outcome == "solved":
        _traded(screen, found.matches)
        _contents(screen, found)
    _assumed(screen, found.assumptions)
    _offers(screen, found)
    _nutrition(screen, found)
    _stats(screen, found)
    screen.line()
    screen.line(Text(found.disclaimer, style="dim"))


def check(screen: Screen, found: Check) -> None:
    """The whole answer of `check`."""
    _head(screen, found)
    grid.show(screen, found)
    screen.line()
    _figures(screen, found)
    screen.line()
    told = words.told(found.matches)
    broken = found.hard
    if found.legal:
        screen.line(Text("This week keeps every hard rule.", style="bold green"))
    else:
        screen.line(Text(f"This week breaks hard rules {words.plural(len(broken), 'time')}:", style="bold red"))
        rule_lines(screen, [match for match in told if match.severity == "hard"])
    soft = [match for match in told if match.severity == "soft"]
    if soft:
        screen.heading("What it gives away, the worst first")
        rule_lines(screen, soft)
    _assumed(screen, found.assumptions)
    screen.line()
    screen.line(Text(found.disclaimer, style="dim"))


def _head(screen: Screen, found: Week | Check) -> None:
    screen.line(Text(words.title(found), style="bold"))
    if line := words.when(found):
        screen.line(line)
    advice(screen, found)
    screen.line()


def advice(screen: Screen, found: Week | Check) -> None:
    """What comes before any plan."""
    for line in found.advice:
        screen.line(Text(whole(line), style="bold yellow"))


def _figures(screen: Screen, found: Week | Check) -> None:
    assert found.measures is not None
    pairs = words.measure_lines(found.measures, found.rest_days, found.distance_unit)
    _pairs(screen, pairs)


def _pairs(screen: Screen, pairs: Iterable[tuple[str, str]]) -> None:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    for label, text in pairs:
        table.add_row(Text(f" {label}", style="bold"), text)
    screen.console.print(table)


def _proof(screen: Screen, found: Week) -> None:
    first, *rest = words.proof(found)
    style = {"solved": "bold green" if found.proven else "bold yellow", "infeasible": "bold red"}
    if found.outcome == "solved":
        screen.line()
    screen.line(Text(first, style=style.get(found.outcome, "bold yellow")))
    for line in rest:
        screen.line(line, indent=2)


def _conflict(screen: Screen, found: Week) -> None:
    for line in sentences(found.conflict):
        screen.item(whole(line))
    if found.other_conflict:
        screen.line()
        screen.line(words.other_conflict(found))
        for line in sentences(found.other_conflict):
            screen.item(whole(line))
    if found.repairs:
        repairs(screen, found.repairs)
        screen.line()
        screen.line("To write the first of them into your file: microcycle plan FILE --apply 1")


def repairs(screen: Screen, found: Iterable[Repair], *, settings: bool = False) -> None:
    """What would help, numbered, each with the week that it gives; with the options of `--set` that ask for it."""
    screen.heading(words.REPAIRS)
    for number, repair in enumerate(found, 1):
        *changes, week = words.repair(repair)
        changes += [words.settings(repair)] if settings else []
        screen.item(Text("\n".join(whole(change) for change in changes)), mark=f"{number}.")
        if week:
            screen.item(Text(whole(week), style="dim"), mark="  ")


def _traded(screen: Screen, matches: Sequence[RuleMatch]) -> None:
    if not matches:
        screen.heading("Nothing was traded: every rule in force is kept.")
        return
    screen.heading("What was traded, the worst first")
    # Both lists of one: what stands in the first is not told again as a small thing.
    told = words.told(matches)
    small = [match for match in told if match.tier in SMALL]
    rule_lines(screen, [match for match in told if match.tier not in SMALL])
    if small and len(small) < len(told):
        screen.line(Text("Small things:"), indent=1)
    rule_lines(screen, small)


def rule_lines(screen: Screen, matches: Iterable[RuleMatch]) -> None:
    """One bullet for each rule, each fact once; its id stands dim at the end, for `microcycle rules ID`."""
    for match, texts in words.traded(matches):
        text = Text(" ".join(_ended(whole(sentence)) for sentence in texts))
        if match.source:
            text.append(f" ({clean(match.source, 80)})")
        text.append(f" [{match.rule}]", style="dim")
        screen.item(text)


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _contents(screen: Screen, found: Week) -> None:
    screen.heading("What to do")
    for days, session, steps in words.contents(found.sessions):
        text = Text(f"{clean(session, 60)} ({days}): ", style="bold")
        text.append(whole(steps), style="not bold")
        screen.item(text)
    for noted in found.sessions:
        if noted.note:
            screen.item(f"{noted.day.capitalize()} {clean(noted.name, 40)}: {clean(noted.note, 300)}")


def _assumed(screen: Screen, assumptions: Sequence[str]) -> None:
    if assumptions:
        screen.heading("Assumed")
        for line in assumptions:
            screen.item(whole(line))


def _offers(screen: Screen, found: Week) -> None:
    if found.offers:
        screen.heading("You could also choose")
        for offer in found.offers:
            text = Text(f"{offer.policy}: {offer.value}", style="bold")
            text.append(f" under 'policies'. {offer.text} [microcycle policies {offer.policy}]", style="not bold")
            screen.item(text)


def _nutrition(screen: Screen, found: Week) -> None:
    if found.nutrition:
        screen.heading(words.FOOD)
        _pairs(screen, words.nutrition_lines(found))


def _stats(screen: Screen, found: Week) -> None:
    if found.stats:
        stats = found.stats
        screen.heading("Search")
        seconds = ", ".join(f"{phase} {value:.3f} s" for phase, value in stats.seconds.items())
        size = f"{words.plural(stats.variables, 'variable')}, {words.plural(stats.constraints, 'constraint')}"
        screen.item(
            f"{seconds}; {size}; {words.plural(len(stats.solves), 'solve')}, {stats.deterministic:.3f} units of work"
        )
