"""Why a week is as it is, for a terminal: the map of days and prices, what holds each session, what was traded for what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.table import Table
from rich.text import Text

from microcycle.cli.render.screen import Screen
from microcycle.cli.render.table import advice
from microcycle.export import words
from microcycle.export.words import clean, whole
from microcycle.models.clock import DAYS
from microcycle.models.rule import Level
from microcycle.models.week import Week
from microcycle.models.why import Cell, Obstacle, Price, Why

CODES: Mapping[Level, str] = {
    "key": "k", "counts": "n", "priority-volume": "p", "interference": "i", "supporting-volume": "s", "load-shape": "l",
    "convenience": "c",
}  # fmt: skip
HERE, FREE, NEVER, PENDING = "here", "free", "-", "..."


def show(screen: Screen, found: Why) -> None:
    """The whole answer of `why`."""
    screen.line(Text(words.title(found.week), style="bold"))
    advice(screen, found.week)
    if found.behind and found.behind[0].points > 0:
        screen.line(f"The file's best week is better: this one costs {prices(found.week, found.behind)}.")
    elif found.behind:
        screen.line(
            f"It costs {prices(found.week, found.behind)} than the file's best: your goal's menu does not hold all of it."
        )
    else:
        for line in words.proof(found.week):
            screen.line(line)
    screen.heading("What it would cost to have a session on another day")
    screen.console.print(flexibility({row.short: dict(zip(DAYS, row.cells, strict=True)) for row in found.rows}))
    for line in legend(found.week, [price for row in found.rows for cell in row.cells for price in cell.price[:1]]):
        screen.line(line, indent=1)
    screen.heading("What holds each session while the rest stays")
    names = {session.id: session for session in found.week.sessions}
    for reason in found.reasons:
        session = names[reason.id]
        head = f"{session.day.capitalize()} {session.start or ''} {clean(session.short, 40)}: "
        held = "you have fixed it." if reason.pinned else "it is done." if session.done else _held(reason.obstacles)
        screen.item(Text.assemble((head, "bold"), held))
    if any(obstacle.rules for reason in found.reasons for obstacle in reason.obstacles):
        screen.line("`microcycle rules NAME` says what such a rule asks.", indent=1)
    if found.trades:
        screen.heading("What was traded, and what it would cost not to")
        told = {id(match) for match in words.told(trade.match for trade in found.trades)}
        for trade in (trade for trade in found.trades if id(trade.match) in told):
            text = Text(f"{whole(trade.match.text).rstrip('.')}. ")
            text.append(_avoided(found.week, trade.possible, trade.price, trade.proven), style="bold")
            text.append(f" [{trade.match.rule}]", style="dim")
            screen.item(text)
    screen.heading("What an hour more would buy")
    for gain in found.gains:
        proof = "" if gain.proven else " (not proven)"
        screen.item(f"{gain.day.capitalize()} {gain.window}: {prices(found.week, gain.price)}{proof}.")
    if not found.gains:
        screen.line("Nothing, on any day.", indent=1)


def flexibility(rows: Mapping[str, Mapping[str, Cell]]) -> Table:
    """Sessions by days; a cell that is not known yet is left open."""
    table = Table(box=None, padding=(0, 1), pad_edge=True)
    table.add_column("")
    for day in DAYS:
        table.add_column(day.capitalize(), justify="right")
    for short, cells in rows.items():
        table.add_row(Text(clean(short, 18), style="bold"), *(_cell(cells.get(day)) for day in DAYS))
    return table


def _cell(cell: Cell | None) -> Text:
    if cell is None:
        return Text(PENDING, style="dim")
    if cell.held:
        return Text(HERE, style="bold")
    if not cell.possible:
        return Text(NEVER if cell.proven else "?", style="dim")
    if not cell.price:
        return Text(FREE, style="green")
    first = cell.price[0]
    return Text(f"{first.points} {CODES[first.level]}{'' if cell.proven else '?'}", style="yellow")


def legend(week: Week, found: Iterable[Price]) -> list[str]:
    """What stands in the cells."""
    levels = {price.level for price in found}
    lines = [f"{FREE}: another week, as good, has it there; {NEVER}: no week has."]
    if levels:
        told = "; ".join(f"{code} {words.level_words(week, level)}" for level, code in CODES.items() if level in levels)
        lines.append(f"Points are what the best week with it there costs more, first of all on: {told}.")
    return lines


def prices(week: Week, found: Sequence[Price]) -> str:
    """`200 points more on convenience, 50 fewer on key sessions`."""
    told = [
        f"{abs(price.points)} {'points ' if not n else ''}{'more' if price.points > 0 else 'fewer'} "
        f"on {words.level_words(week, price.level)}"
        for n, price in enumerate(found)
    ]
    return ", ".join(told)


def _held(obstacles: Sequence[Obstacle]) -> str:
    """`no room on Wed, Sun; same-muscle-48h closes Thu, Fri`."""
    parts = []
    if closed := [o.day for o in obstacles if not o.rules]:
        parts.append(f"no room on {words.day_names(closed)}")
    rules: dict[str, list[str]] = {}
    for obstacle in obstacles:
        for rule, source in zip(obstacle.rules, obstacle.sources, strict=True):
            rules.setdefault(f"{rule} ({source})" if source else rule, []).append(obstacle.day)
    parts += [f"{rule} closes {words.day_names(days)}" for rule, days in rules.items()]
    return f"{'; '.join(parts)}." if parts else "no hard rule; it could stand on any day."


def _avoided(week: Week, possible: bool, found: Sequence[Price], proven: bool) -> str:
    proof = "" if proven else " (not proven)"
    if not possible:
        return f"No week does without{proof}."
    if not found:
        return f"Another week, as good, breaks other rules instead{proof}."
    return f"Avoiding it costs {prices(week, found)}{proof}."
