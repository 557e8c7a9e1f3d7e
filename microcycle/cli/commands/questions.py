"""`why`, `whatif`, `alternatives` and `diff`: other weeks beside the best one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from microcycle.cli import guard
from microcycle.cli.commands.plan import FileArgument, interruptible
from microcycle.cli.output import OutOption, Short, ShortOrNamed, as_json, check_target, deliver
from microcycle.errors import InputError, NoWeek

LimitOption = Annotated[
    float | None,
    typer.Option("--time-limit", metavar="S", min=0.01, max=86_400, help="Seconds to search at most, each week."),
]

SET = typer.Option("--set", metavar="KEY=VALUE", help="What the file would say: availability.thu=none, want.lifts=4.")


def why(
    file: FileArgument,
    week: Annotated[
        str | None, typer.Argument(metavar="[WEEK]", help="Week that was planned (JSON of `plan`); else FILE's best.")
    ] = None,
    wishes: Annotated[
        list[str] | None,
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

    request = read_request(file, out, week)
    if wishes:
        if week is not None:
            raise InputError(week, "what is asked for with --not is compared with the file's best week", expected="no WEEK")
        with as_document(request, format, out, time_limit):
            change = interruptible(lambda: microcycle.why_not(request, *wishes, seconds=time_limit))
        answer(change, format, out)
    saved, filling = read_week(week) if week else None, _Filling()
    with as_document(request, format, out, time_limit):
        found = interruptible(lambda: microcycle.why(request, saved, seconds=time_limit, seen=filling.add), filling)
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

    request = read_request(file, out)
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

    request = read_request(file, out)
    with as_document(request, format, out, time_limit):
        found = interruptible(lambda: microcycle.alternatives(request, number, within=within, seconds=time_limit))
    if as_json(format, out):
        deliver(found.to_json(), out)
    else:
        from microcycle.cli.render import change
        from microcycle.cli.render.screen import Screen

        with Screen.open(out) as screen:
            change.alternatives(screen, found)
    raise typer.Exit(guard.DONE if found.week.proven and all(other.proven for other in found.others) else guard.NO_PROOF)


def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="Week (JSON of `plan`), or a constraints file.")],
    after: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    format: ShortOrNamed = None,
    out: OutOption = None,
    time_limit: LimitOption = None,
) -> None:
    """What moved from one week to another, and which rules each of them breaks alone."""
    from microcycle import compare

    check_target(out, before, after)
    if before == after == "-":
        raise InputError("-", "both weeks cannot come from standard input", expected="a file name for one of them")
    answer(compare(week_in(before, time_limit), week_in(after, time_limit)), format, out)


@contextmanager
def as_document(request: Any, format: Short | None, out: str | None, time_limit: float | None) -> Iterator[None]:
    """Where there is no week to ask about, a program gets the document that says so."""
    try:
        yield
    except NoWeek:
        if as_json(format, out):
            deliver(best_week(request, time_limit, repairs=True).to_json(), out)
        raise


def read_request(file: str, out: str | None, *read: str | None) -> Any:
    """The request of a file, once it is known that the answer can be written, and not over what else is `read`."""
    from microcycle import load_request

    check_target(out, file, *read)
    request = load_request(file)
    guard.remember(file, request.document.data)
    return request


def read_week(name: str) -> Any:
    """A saved week. Raises InputError where there is none in it."""
    from microcycle.models import reading
    from microcycle.models.saved import saved_week

    document = reading.read(name)
    guard.remember(name, document.data)
    if not _is_week(document):
        raise InputError(name, "this is no planned week", expected="what `microcycle plan FILE -o week.json` writes")
    week = saved_week(document)
    if week.outcome != "solved":
        raise InputError(name, "there is no week in it", expected="a week that was found")
    return week


def best_week(request: Any, time_limit: float | None, *, repairs: bool = False) -> Any:
    """The best week of a request, or why there is none."""
    from microcycle import plan_week

    return interruptible(lambda: plan_week(request, seconds=time_limit, repairs=repairs))


def week_in(name: str, time_limit: float | None) -> Any:
    """A saved week, or the best one of a constraints file."""
    from microcycle import load_request
    from microcycle.models import reading
    from microcycle.models.saved import saved_week

    document = reading.read(name)
    guard.remember(name, document.data)
    if _is_week(document):
        return saved_week(document)
    return best_week(load_request(document), time_limit, repairs=True)


def _is_week(document: Any) -> bool:
    from microcycle.models.week import WEEK_SCHEMA

    return isinstance(document.data, dict) and document.data.get("schema") == WEEK_SCHEMA


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
