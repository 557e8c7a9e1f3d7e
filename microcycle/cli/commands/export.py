"""`microcycle export WEEK --to ics`: a planned week for calendars, printers, spreadsheets and training hubs."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from microcycle.cli.commands.plan import exit_code, show
from microcycle.cli.commands.questions import LimitOption, read_week, week_in
from microcycle.cli.output import Format, OutOption, check_target, format_of
from microcycle.errors import InputError
from microcycle.export.formats import KINDS, Options


def export(
    week: Annotated[
        str, typer.Argument(metavar="WEEK", help="What `plan -o week.json` wrote, or a constraints file, or -.")
    ],
    to: Annotated[
        Format | None, typer.Option("--to", "-t", metavar="FORMAT", help=f"One of {', '.join(KINDS)}; else as OUT ends.")
    ] = None,
    out: OutOption = None,
    times: Annotated[
        str | None,
        typer.Option(
            metavar="HOW", help="Of calendars: zone (the athlete's, the default where it is known), utc or floating."
        ),
    ] = None,
    alarm: Annotated[
        int | None, typer.Option(metavar="MIN", min=0, max=10_080, help="Of calendars: remind so long before.")
    ] = None,
    starting: Annotated[
        str | None, typer.Option(metavar="MONDAY", help="Of a week without dates: from when it recurs; else the next one.")
    ] = None,
    weeks: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=520, help="Of a week without dates: how often it recurs.")
    ] = None,
    previous: Annotated[
        str | None,
        typer.Option(metavar="WEEK", help="The week that this one replaces, where `replan` did not make it: entries stay."),
    ] = None,
    time_limit: LimitOption = None,
) -> None:
    """Write a planned week as a file to take along."""
    check_target(out)
    format = to or format_of(None, out)
    if format is Format.table:
        raise InputError("--to", "the format is missing", expected=f"one of {', '.join(KINDS)}, or -o with such an ending")
    options = Options(_times(times), alarm, _date(starting), weeks)
    found: Any = week_in(week, time_limit)
    if previous is not None:
        from microcycle.models.lineage import follow

        found = follow(read_week(previous), found)
    show(found, format, out, options)
    raise typer.Exit(exit_code(found))


def _times(text: str | None) -> Any:
    if text not in (None, "zone", "utc", "floating"):
        raise InputError("--times", f"'{text}' is no way to write times", expected="zone, utc or floating")
    return text


def _date(text: str | None) -> Any:
    from microcycle.models.clock import parse_date

    try:
        return None if text is None else parse_date(text)
    except ValueError as error:
        raise InputError.of("--starting", error) from None
