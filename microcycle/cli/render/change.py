"""One week beside another for a terminal: the price, what moves, what is given up and what is won."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from microcycle.cli.render import grid, table, words
from microcycle.cli.render.screen import Screen, clean
from microcycle.models.change import Alternatives, Change
from microcycle.models.week import RuleMatch

STYLES = {"better": "bold green", "same": "bold green", "worse": "bold yellow", "infeasible": "bold red"}


def show(screen: Screen, found: Change) -> None:
    """The whole answer of `why --not`, `whatif` and `diff`."""
    if found.question:
        screen.line(Text(clean(found.question, 300), style="bold"))
    screen.line(Text(words.change_head(found), style=STYLES.get(found.outcome, "bold yellow")))
    for line in words.facts(found.conflict):
        screen.item(clean(line, 500))
    for line in words.level_changes(found):
        screen.line(line, indent=2)
    if not found.comparable and found.levels:
        screen.line("Each week is judged by its own file's numbers.", indent=2)
    if found.sessions:
        screen.heading("What moves")
        for line in words.session_changes(found):
            screen.item(clean(line, 200))
    _rules(screen, "What is given up", found.came)
    _rules(screen, "What is won", found.went)
    if found.week is not None and found.week.measures is not None:
        screen.line()
        grid.show(screen, found.week)


def _rules(screen: Screen, heading: str, matches: Iterable[RuleMatch]) -> None:
    told = list(matches)
    if told:
        screen.heading(heading)
        table.sentences(screen, told)


def alternatives(screen: Screen, found: Alternatives) -> None:
    """The whole answer of `alternatives`."""
    screen.line(Text(words.title(found.week), style="bold"))
    if not found.others:
        screen.line(f"No other week is as good, or costs up to {found.within} points more on convenience.")
    for number, other in enumerate(found.others, 1):
        moved = sum(c.before is not None and (c.after is None or c.after.day != c.before.day) for c in other.sessions)
        screen.heading(f"{number}. {words.plural(moved, 'session')} on other days; {words.worth(other)}")
        for line in words.session_changes(other):
            screen.item(clean(line, 200))
        if other.week is not None:
            screen.line()
            grid.show(screen, other.week)
