"""The week at a glance: seven columns where there is room, a list of days where there is not."""

from __future__ import annotations

from rich.box import Box
from rich.table import Table
from rich.text import Text

from microcycle.cli.render.screen import Screen
from microcycle.export.words import LETTERS, MODALITIES, clean, day_head, visits
from microcycle.models.clock import DAYS
from microcycle.models.lineage import Visit
from microcycle.models.week import Check, Week

GRID_FROM = 80
COLOURS = {"run": "cyan", "lift": "magenta", "power": "yellow", "cross": "green", "mobility": "blue", "walk": "blue"}
# Lines between the days and under their names; nothing around, for that would cost two characters of 80.
_LINES = Box("    \n  │ \n ─┼ \n  │ \n ─┼ \n ─┼ \n  │ \n    \n")
_ASCII = Box("    \n  | \n -+ \n  | \n -+ \n -+ \n  | \n    \n", ascii=True)
PARTS = (("morning", 0), ("midday", 11), ("evening", 16))
"""Rows of the grid by the hour at which a visit starts."""


def show(screen: Screen, week: Week | Check) -> None:
    """Grid or list, and what the letters mean."""
    if screen.width >= GRID_FROM:
        screen.console.print(_grid(screen, week))
    else:
        _list(screen, week)
    legend = Text()
    for modality, word in MODALITIES.items():
        if any(session.modality == modality for session in week.sessions):
            legend.append(f"{LETTERS[modality]} ", style=f"bold {COLOURS[modality]}").append(f"{word}  ")
    if any(session.pinned for session in week.sessions):
        legend.append("* fixed by you  ")
    if any(session.done for session in week.sessions):
        legend.append("= done")
    legend.rstrip()
    if legend:
        screen.line(legend, indent=1)


def _grid(screen: Screen, week: Week | Check) -> Table:
    width = min(16, (screen.width - 6) // 7 - 1)
    table = Table(box=_ASCII if screen.ascii else _LINES, padding=(0, 0, 0, 1), show_edge=False, pad_edge=True)
    for day in range(7):
        name, at = day_head(week, day)
        short = f"{name} {at}" if width >= 10 else f"{name}\n{at}"
        table.add_column(Text(short.strip(), style="bold"), width=width, overflow="fold")
    rows = _rows(week)
    for number, row in enumerate(rows):
        cells = []
        for today in DAYS:
            texts = [_visit(visit, width) for visit in row.get(today, [])]
            if number == 0 and today in week.rest_days:
                texts.insert(0, Text("rest", style="italic"))
            cells.append(Text("\n").join(texts))
        table.add_row(*cells, end_section=number < len(rows) - 1)
    return table


def _rows(week: Week | Check) -> list[dict[str, list[Visit]]]:
    """For each part of the day that holds anything, the visits of each day; those without a time first."""
    rows: dict[int, dict[str, list[Visit]]] = {}
    for day in DAYS:
        hour = -1
        for visit in visits(week, day):
            # What is of a day past its midnight is of its evening.
            hour = hour if visit[0].start_min is None else visit[0].start_min // 60 - 24 * DAYS.index(day)
            part = max((n for n, (_, first) in enumerate(PARTS) if first <= hour), default=-1)
            rows.setdefault(part, {}).setdefault(day, []).append(visit)
    return [rows[part] for part in sorted(rows)] or [{}]


def _visit(visit: Visit, width: int) -> Text:
    """Start and letter, name, minutes; what follows in the same visit behind a plus sign."""
    text = Text()
    for n, session in enumerate(visit):
        colour = COLOURS.get(session.modality, "")
        head = f"{session.start} " if n == 0 and session.start else "+ " if n else ""
        mark = "=" if session.done else "*" if session.pinned else ""
        if n:
            text.append("\n")
        text.append(f"{head}{LETTERS[session.modality]}{mark}", style=f"bold {colour}")
        words = [word if len(word) <= width else f"{word[: width - 1]}." for word in clean(session.short, 24).split()]
        text.append(f"\n{' '.join(words)}\n", style=colour)
        text.append(f"{session.minutes} min")
    return text


def _list(screen: Screen, week: Week | Check) -> None:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    for n, day in enumerate(DAYS):
        name, at = day_head(week, n)
        head = Text(f" {name} {at}".rstrip(), style="bold")
        if day in week.rest_days:
            table.add_row(head, "", "-", Text("rest", style="italic"))
            head = Text()
        for visit in visits(week, day):
            for at_visit, session in enumerate(visit):
                colour = COLOURS.get(session.modality, "")
                span = f"{session.start}-{session.end}" if session.start else ""
                mark = "=" if session.done else "*" if session.pinned else ""
                lead = "+ " if at_visit else ""
                table.add_row(
                    head, span, Text(LETTERS[session.modality], style=f"bold {colour}"),
                    Text(f"{lead}{clean(session.name, 40)}{mark}, {session.minutes} min", style=colour),
                )  # fmt: skip
                head = Text()
    screen.console.print(table)
