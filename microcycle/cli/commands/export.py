"""`microcycle export WEEK --to ics`: a planned week for calendars, printers, spreadsheets and training hubs."""

from __future__ import annotations

from typing import Annotated, Any, get_args

import typer

from microcycle.cli.commands.plan import exit_code, show
from microcycle.cli.commands.questions import LimitOption, read_week, week_in
from microcycle.cli.output import Format, OutOption, check_target, format_of
from microcycle.errors import InputError, nearest_name, shown
from microcycle.export.formats import KINDS, Options, Times


def export(
    week: Annotated[
        str, typer.Argument(metavar="WEEK", help="What `plan -o week.json` wrote, or a constraints file, or -.")
    ],
    to: Annotated[
        str | None, typer.Option("--to", "-t", metavar="FORMAT", help=f"One of {', '.join(KINDS)}; else as OUT ends.")
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
    owner: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Whose entries they are, if not the name tells: in a roster, the athlete's id."),
    ] = None,
    time_limit: LimitOption = None,
) -> None:
    """Write a planned week as a file to take along."""
    check_target(out, week, previous)
    format = _format(to, out)
    given = {"--times": times, "--alarm": alarm, "--starting": starting, "--weeks": weeks, "--previous": previous}
    heeded = {Format.ics: set(given), Format.intervals: {"--starting", "--weeks", "--previous"}, Format.json: {"--previous"}}
    if idle := [name for name, value in given.items() if value is not None and name not in heeded.get(format, set())]:
        raise InputError(idle[0], f"this says nothing to {format}", expected="--to ics")
    options = Options(_times(times), alarm, _date(starting), weeks, owner=owner)
    found: Any = week_in(week, time_limit)
    if previous is not None:
        found = _followed(previous, found, owner)
    show(found, format, out, options)
    raise typer.Exit(exit_code(found))


def _format(to: str | None, out: str | None) -> Format:
    if to is None:
        named = format_of(None, out)
        if named is Format.table:
            expected = f"one of {', '.join(KINDS)}, or -o with such an ending"
            raise InputError("--to", "the format is missing", expected=expected)
        return named
    if to not in KINDS:
        raise InputError("--to", f"{shown(to)} is no format of a file", expected=f"one of {', '.join(KINDS)}",
                         nearest=nearest_name(to, KINDS))  # fmt: skip
    return Format(to)


def _followed(previous: str, week: Any, owner: str | None) -> Any:
    """The week as what became of an earlier one. Raises InputError where it is somebody else's, or another week."""
    from microcycle.models.lineage import follow

    before = read_week(previous)
    if owner is None and before.athlete != week.athlete:
        raise InputError(previous, f"this is a week of {shown(before.athlete)}, not of {shown(week.athlete)}",
                         expected="the same athlete's, or --owner with the name that entries have")  # fmt: skip
    if before.week_of != week.week_of:
        raise InputError(previous, "this is another week", expected=f"one of {week.week_of or 'no date'}")
    return follow(before, week)


def _times(text: str | None) -> Any:
    known = get_args(Times)
    if text is not None and text not in known:
        raise InputError("--times", f"{shown(text)} is no way to write times", expected=f"one of {', '.join(known)}")
    return text


def _date(text: str | None) -> Any:
    from microcycle.models.clock import parse_date

    try:
        return None if text is None else parse_date(text)
    except ValueError as error:
        raise InputError.of("--starting", error) from None
