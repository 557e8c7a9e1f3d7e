"""`why`, `whatif` and `diff`: other weeks beside the best one."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from microcycle.cli import guard
from microcycle.cli.commands.plan import interruptible
from microcycle.cli.output import Format, OutOption, Short, ShortOrNamed, check_target, deliver, format_of
from microcycle.errors import InputError

FileArgument = Annotated[str, typer.Argument(metavar="FILE", help="Constraints file (YAML, TOML or JSON), or -.")]
LimitOption = Annotated[
    float | None,
    typer.Option("--time-limit", metavar="S", min=0.01, max=86_400, help="Seconds to search at most, each week."),
]

SET = typer.Option("--set", metavar="KEY=VALUE", help="What the file would say: availability.thu=none, want.lifts=4.")


def why(
    file: FileArgument,
    wish: Annotated[
        str | None,
        typer.Option(
            "--not", metavar="WISH", help="Why not this way: intervals-vo2=thu, long-run='sun 08:00', lifts=4, rest=sun."
        ),
    ] = None,
    format: ShortOrNamed = None,
    out: OutOption = None,
    time_limit: LimitOption = None,
) -> None:
    """Why the week is as it is; with --not, the best week that is as wished, and its price."""
    import microcycle

    request = _read(file, out)
    if wish is not None:
        answer(interruptible(lambda: microcycle.why_not(request, wish, seconds=time_limit)), format, out)
    filling = _Filling()
    found = interruptible(lambda: microcycle.why(request, seconds=time_limit, seen=filling.add), filling)
    if as_json(format, out):
        deliver(found.to_json(), out)
    else:
        from microcycle.cli.render import reasons
        from microcycle.cli.render.screen import Screen

        with Screen.open(out) as screen:
            reasons.show(screen, found)
    raise typer.Exit(guard.DONE if found.week.proven else guard.NO_PROOF)


class _Filling:
    """The map of days and prices on standard error while it is proven, where someone looks at it."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, Any]] = {}
        self._live: Any = None

    def add(self, short: str, cell: Any) -> None:
        """A cell that is known now."""
        self._rows.setdefault(short, {})[cell.day] = cell

    def __rich__(self) -> Any:
        from microcycle.cli.render.reasons import flexibility

        return flexibility({short: dict(cells) for short, cells in list(self._rows.items())})

    def __enter__(self) -> None:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            self._live = Live(self, console=Console(stderr=True), transient=True, refresh_per_second=8)
            self._live.start()

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()


def whatif(
    file: FileArgument,
    settings: Annotated[list[str], SET],
    format: ShortOrNamed = None,
    out: OutOption = None,
    time_limit: LimitOption = None,
) -> None:
    """The best week if the file said otherwise, beside the best week as it is."""
    from microcycle import what_if

    request = _read(file, out)
    answer(interruptible(lambda: what_if(request, settings, seconds=time_limit)), format, out)


def alternatives(
    file: FileArgument,
    number: Annotated[int, typer.Option("--number", "-n", metavar="N", min=1, max=20, help="So many weeks at most.")] = 3,
    within: Annotated[
        int, typer.Option(metavar="POINTS", min=0, max=100_000, help="What they may cost more in convenience.")
    ] = 50,
    format: ShortOrNamed = None,
    out: OutOption = None,
    time_limit: LimitOption = None,
) -> None:
    """Really different weeks that are nearly as good: most sessions on other days."""
    import microcycle

    request = _read(file, out)
    found = interruptible(lambda: microcycle.alternatives(request, number, within=within, seconds=time_limit))
    if as_json(format, out):
        deliver(found.to_json(), out)
    else:
        from microcycle.cli.render import change
        from microcycle.cli.render.screen import Screen

        with Screen.open(out) as screen:
            change.alternatives(screen, found)
    raise typer.Exit(guard.DONE if found.week.proven and all(other.proven for other in found.others) else guard.NO_PROOF)


def replan(
    file: FileArgument,
    now: Annotated[str, typer.Option(metavar="TIME", help="What time it is: wed-12:00.")],
    week: Annotated[
        str | None, typer.Argument(metavar="[WEEK]", help="Week that was planned (JSON of `plan`); else FILE's best.")
    ] = None,
    missed: Annotated[list[str] | None, typer.Option(metavar="ID", help="A session that did not happen.")] = None,
    done: Annotated[
        list[str] | None,
        typer.Option(metavar="WHAT", help="What was done otherwise: ID='30 min', or easy-run='tue 07:00 40 min'."),
    ] = None,
    lost: Annotated[list[str] | None, typer.Option(metavar="DAY", help="A day without time from now on.")] = None,
    add: Annotated[
        list[str] | None, typer.Option(metavar="WHAT", help="A session that is fixed now: easy-run='sat 08:00'.")
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
    from microcycle.models.clock import parse_week_minute

    if week == file == "-":
        raise InputError("-", "both files cannot come from standard input", expected="a file name for one of them")
    request = _read(file, out)
    planned = saved(week) if week else interruptible(lambda: microcycle.plan_week(request, repairs=False))
    if planned.outcome != "solved":
        raise InputError(week or file, "there is no week in it", expected="a planned week, or a file that has one")
    try:
        minute = parse_week_minute(now)
    except ValueError as error:
        message, _, expected = str(error).partition("; expected ")
        raise InputError("--now", message, expected=expected) from None
    news = microcycle.News(minute, missed or (), done or (), lost or (), add or (), settings or ())
    found = interruptible(lambda: microcycle.replan(request, planned, news, moves=max_moves, seconds=time_limit))
    if out is not None and found.week is not None:
        from microcycle.cli.output import write_file

        write_file(found.week.to_json(), out) if out != "-" else deliver(found.week.to_json())
    if format is Short.json:
        deliver(found.to_json())
    elif out != "-":
        from microcycle.cli.render import change
        from microcycle.cli.render.screen import Screen

        with Screen.open() as screen:
            change.replan(screen, planned, found)
    raise typer.Exit(code_of(found))


def saved(name: str) -> Any:
    """A planned week from its file. Raises InputError."""
    from microcycle.models import reading
    from microcycle.models.week import WEEK_SCHEMA, Week

    document = reading.read(name)
    guard.remember(name, document.data)
    if not isinstance(document.data, dict) or document.data.get("schema") != WEEK_SCHEMA:
        raise InputError(name, "this is no planned week", expected="what `microcycle plan FILE -o week.json` writes")
    return reading.validate(document, Week)


def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="Week (JSON of `plan`), or a constraints file.")],
    after: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    format: ShortOrNamed = None,
    out: OutOption = None,
    time_limit: LimitOption = None,
) -> None:
    """What moved from one week to another, and which rules each of them breaks alone."""
    from microcycle import compare

    check_target(out)
    if before == after == "-":
        raise InputError("-", "both weeks cannot come from standard input", expected="a file name for one of them")
    weeks = [_week(name, time_limit) for name in (before, after)]
    for name, week in zip((before, after), weeks, strict=True):
        if week.outcome != "solved":
            raise InputError(name, "there is no week in it", expected="a planned week, or a file that has one")
    answer(compare(*weeks), format, out)


def _read(file: str, out: str | None) -> Any:
    from microcycle import load_request

    check_target(out)
    request = load_request(file)
    guard.remember(file, request.document.data)
    return request


def _week(name: str, time_limit: float | None) -> Any:
    """A saved week, or the best one of a constraints file. Raises InputError."""
    from microcycle import load_request, plan_week
    from microcycle.models import reading
    from microcycle.models.week import WEEK_SCHEMA, Week

    document = reading.read(name)
    guard.remember(name, document.data)
    if isinstance(document.data, dict) and document.data.get("schema") == WEEK_SCHEMA:
        return reading.validate(document, Week)
    request = load_request(document)
    return interruptible(lambda: plan_week(request, seconds=time_limit, repairs=False))


def as_json(format: Short | None, out: str | None) -> bool:
    """Whether JSON was asked for, by name or by that of the file."""
    return format is Short.json or (format is None and format_of(None, out) is Format.json)


def answer(found: Any, format: Short | None, out: str | None) -> None:
    """Writes a change as JSON or as a page, and leaves: 3 where there is no such week, 4 without a proof."""
    if as_json(format, out):
        deliver(found.to_json(), out)
    else:
        from microcycle.cli.render import change
        from microcycle.cli.render.screen import Screen

        with Screen.open(out) as screen:
            change.show(screen, found)
    raise typer.Exit(code_of(found))


def code_of(found: Any) -> int:
    """3 where there is provably no such week, 4 without a proof, else 0."""
    if not found.proven:
        return guard.NO_PROOF
    return guard.INFEASIBLE if found.outcome == "infeasible" else guard.DONE
