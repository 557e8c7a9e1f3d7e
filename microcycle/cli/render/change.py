"""One week beside another for a terminal: the price, what moves, what is given up and what is won."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from microcycle.cli.render import compared, grid, table
from microcycle.cli.render.screen import Screen
from microcycle.export import words
from microcycle.export.words import clean, whole
from microcycle.models.change import Alternatives, Change, Compared, Replan, SessionChange
from microcycle.models.facts import sentences
from microcycle.models.planned import PlannedSession
from microcycle.models.week import Week

STYLES = {
    "better": "bold green",
    "possible": "bold green",
    "same": "bold green",
    "worse": "bold yellow",
    "infeasible": "bold red",
}


def show(screen: Screen, found: Change) -> None:
    """The whole answer of `why --not`, `whatif` and `diff`."""
    if found.question:
        screen.line(Text(whole(found.question), style="bold"))
    screen.line(Text(compared.change_head(found), style=STYLES.get(found.outcome, "bold yellow")))
    if found.week is not None:
        table.advice(screen, found.week)
    _conflict(screen, found)
    for line in compared.level_changes(found):
        screen.line(line, indent=2)
    if not found.comparable and found.levels:
        screen.line("Each week is judged by its own file's numbers.", indent=2)
    if found.sessions:
        screen.heading("What moves")
        for line in compared.session_changes(found):
            screen.item(whole(line))
    _rules(screen, found)
    if found.week is not None and found.week.measures is not None:
        screen.line()
        grid.show(screen, found.week)


def _conflict(screen: Screen, found: Compared) -> None:
    for line in sentences(found.conflict):
        screen.item(whole(line))
    if found.repairs:
        # Two weeks that are there already have no command that would change them.
        table.repairs(screen, found.repairs, settings=bool(found.question) or isinstance(found, Replan))


def _rules(screen: Screen, found: Compared) -> None:
    came, went = compared.rules_changed(found)
    for heading, matches in (("What is given up", came), ("What is mended", went)):
        if matches:
            screen.heading(heading)
            table.rule_lines(screen, matches)


def alternatives(screen: Screen, found: Alternatives) -> None:
    """The whole answer of `alternatives`."""
    screen.line(Text(words.title(found.week), style="bold"))
    table.advice(screen, found.week)
    if not found.others:
        screen.line(f"No other week is as good, or costs up to {found.within} points more on convenience.")
    for number, other in enumerate(found.others, 1):
        moved = sum(c.before is not None and (c.after is None or c.after.day != c.before.day) for c in other.sessions)
        screen.heading(f"{number}. {words.plural(moved, 'session')} on other days; {compared.worth(other)}")
        for line in compared.session_changes(other):
            screen.item(whole(line))
        if other.week is not None:
            screen.line()
            grid.show(screen, other.week)


def replan(screen: Screen, before: Week, found: Replan) -> None:
    """The whole answer of `replan`: what is given up first."""
    screen.line(Text(words.title(before), style="bold"))
    missed = [session for session in before.sessions if session.id in found.missed]
    if missed:
        told = ", ".join(f"{clean(s.short, 40)} ({s.day.capitalize()}, {s.minutes} min)" for s in missed)
        screen.line(f"Missed, and not made up for: {told}.")
    for fact in found.illness:
        screen.item(whole(f"{fact.text} [{fact.rule}]"))
    if found.week is None:
        if found.advice:
            screen.line(found.advice)
        screen.line(Text(compared.change_head(found), style=STYLES.get(found.outcome, "bold yellow")))
        _conflict(screen, found)
        return
    table.advice(screen, found.week)
    over = {(s.session, s.day, s.start) for s in found.week.sessions if s.done}
    ahead = [change for change in found.sessions if not (change.before and change.after is None and _was(missed, change))]
    ahead = [c for c in ahead if c.after is None or (c.session, c.after.day, c.after.start) not in over]
    proof = "" if found.proven else " (not proven)"
    moved = f", by {compared.hours(found.hours_moved)} in all" if found.hours_moved else ""
    lines = compared.session_changes(found.model_copy(update={"sessions": tuple(ahead)}))
    if lines:
        verb = "changes" if len(lines) == 1 else "change"
        head = f"{words.plural(len(lines), 'session')} still to come {verb}{moved}{proof}."
    else:
        head = f"Nothing that is still to come changes{proof}."
    screen.line(Text(head, style="bold green" if found.proven else "bold yellow"))
    for line in lines:
        screen.item(whole(line))
    _rules(screen, found)
    screen.line()
    grid.show(screen, found.week)


def _was(missed: Iterable[PlannedSession], change: SessionChange) -> bool:
    return any((s.session, s.day) == (change.session, change.before.day if change.before else "") for s in missed)
