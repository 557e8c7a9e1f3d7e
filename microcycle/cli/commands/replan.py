"""`microcycle replan FILE [WEEK]`: the rest of a week after what happened."""

from __future__ import annotations

from typing import Annotated

import typer

from microcycle.cli import guard
from microcycle.cli.commands.plan import FileArgument, interruptible, show
from microcycle.cli.commands.questions import SET, LimitOption, best_week, code_of, read_request, read_week
from microcycle.cli.output import Format, OutOption, Short, ShortOrNamed, deliver, format_of
from microcycle.errors import InputError, NoWeek


def replan(
    file: FileArgument,
    now: Annotated[
        str, typer.Option(metavar="TIME", help="What time it is: wed-12:00, or 2026-11-25T12:00 in a dated week.")
    ],
    week: Annotated[
        str | None, typer.Argument(metavar="[WEEK]", help="Week that was planned (JSON of `plan`); else FILE's best.")
    ] = None,
    missed: Annotated[list[str] | None, typer.Option(metavar="ID", help="A session that did not happen.")] = None,
    done: Annotated[
        list[str] | None,
        typer.Option(metavar="WHAT", help="What was done otherwise: ID='30 min', or easy-run='tue 07:00 40 min'."),
    ] = None,
    lost: Annotated[
        list[str] | None,
        typer.Option(metavar="DAY", help="A day without time: what is to come moves, what is over was missed."),
    ] = None,
    ill: Annotated[
        list[str] | None,
        typer.Option(metavar="DAYS", help="Days of illness, tue-thu or dates: nothing then, easy days after."),
    ] = None,
    add: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT", help="A session that is fixed now, one of those that the file wants: easy-run='sat 08:00'."
        ),
    ] = None,
    settings: Annotated[list[str] | None, SET] = None,
    max_moves: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, max=100, help="The best week with so many changes at most; else the fewest."),
    ] = None,
    format: ShortOrNamed = None,
    out: OutOption = None,
    time_limit: LimitOption = None,
) -> None:
    """The rest of a planned week after what happened; a preview, unless -o says where to write the new week."""
    import microcycle
    from microcycle.models.clock import parse_moment, past_sunday
    from microcycle.solver.illness import days_ahead

    if week == file == "-":
        raise InputError("-", "both files cannot come from standard input", expected="a file name for one of them")
    request = read_request(file, out, week)
    # Standard input has been read already where the week is that of the file.
    planned = read_week(week) if week else best_week(request, time_limit)
    if planned.outcome != "solved":
        raise NoWeek(file, proven=planned.proven)
    try:
        minute = parse_moment(now, request.spec.week_of)
    except ValueError as error:
        raise InputError.of("--now", error) from None
    news = microcycle.News(minute, missed or (), done or (), lost or (), add or (), settings or (), ill or ())
    found = interruptible(lambda: microcycle.replan(request, planned, news, moves=max_moves, seconds=time_limit))
    for text in ill or ():
        if past := past_sunday(days_ahead(request, text)):
            guard.say(f"--ill {' '.join(text.split())}: {past}.")
    if out is not None and found.week is not None:
        named = format_of(None, out)
        show(found.week, Format.json if named is Format.table else named, out)
    if format is Short.json and out != "-":
        deliver(found.to_json())
    elif out != "-":
        from microcycle.cli.render import change
        from microcycle.cli.render.screen import Screen

        with Screen.open() as screen:
            change.replan(screen, planned, found)
    raise typer.Exit(code_of(found))
