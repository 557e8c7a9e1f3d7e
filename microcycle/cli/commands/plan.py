"""`microcycle plan FILE`: the best week for a constraints file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from microcycle.cli import guard
from microcycle.cli.output import Format, FormatOption, OutOption, check_target, deliver, format_of, put, write_file
from microcycle.errors import InputError
from microcycle.export.formats import KINDS, PLAIN, Options, over
from microcycle.writing import CONSTRAINTS

T = TypeVar("T")
FileArgument = Annotated[str, typer.Argument(metavar="FILE", help="Constraints file (YAML, TOML or JSON), or -.")]


def plan(
    file: FileArgument,
    format: FormatOption = None,
    out: OutOption = None,
    time_limit: Annotated[
        float | None, typer.Option(metavar="S", min=0.01, max=86_400, help="Seconds to search at most.")
    ] = None,
    stats: Annotated[bool, typer.Option("--stats", help="Add how long the search took.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Prove the answer a second time, another way.")] = False,
    apply: Annotated[
        int | None,
        typer.Option("--apply", metavar="N", min=1, help="Write repair N of an impossible week into FILE, or into OUT."),
    ] = None,
) -> None:
    """Plan the best week for a constraints file."""
    from microcycle import load_request, plan_week

    # A repaired file may well take the place of the one that is read.
    check_target(out, *(() if apply else (file,)), kinds=(CONSTRAINTS,) if apply else ())
    request = load_request(file)
    guard.remember(file, request.document.data)
    week = interruptible(lambda: plan_week(request, seconds=time_limit, stats=stats, verify=verify))
    if apply is not None:
        repaired(request, week, apply, out)
        raise typer.Exit(guard.DONE)
    show(week, format_of(format, out), out)
    raise typer.Exit(exit_code(week))


def repaired(request: Any, week: Any, number: int, out: str | None) -> None:
    """Shows what a repair changes in the file, then writes it: into the file itself, or as OUT. Raises InputError."""
    from microcycle.models.edit import Edit
    from microcycle.models.rewrite import rewritten

    name = request.document.name
    if not week.repairs:
        why = "no repair was found for it" if week.outcome == "infeasible" else "it is not impossible"
        raise InputError(name, f"there is nothing to apply: {why}", expected="a file whose week is impossible")
    if number > len(week.repairs):
        known = f"a number from 1 to {len(week.repairs)}" if len(week.repairs) > 1 else "1"
        raise InputError(name, f"there is no repair {number}", expected=known)
    if out is None and name == "<stdin>":
        raise InputError(name, "standard input cannot be changed", expected="-o with a file to write, or a file to read")
    changes = week.repairs[number - 1].changes
    edits = [Edit(edit.path, edit.value, edit.remove) for change in changes for edit in change.edits]
    text = rewritten(request, edits)
    if out == "-":
        deliver(text, out)
        return
    target = out or name
    diff = difference(request.document.text, text, name, target)
    put(guard.printable(diff))
    if sys.stdin.isatty() and sys.stdout.isatty() and not typer.confirm(f"Write this to {target}?", default=True):
        put("Nothing was written.\n")
        return
    write_file(text, target, CONSTRAINTS)
    put(f"{guard.printable(target)} is written.\n")


def difference(old: str, new: str, name: str, target: str) -> str:
    """The changed lines as other programs show them."""
    from difflib import unified_diff

    lines = unified_diff(old.splitlines(), new.splitlines(), name, target, n=1, lineterm="")
    return "".join(f"{line}\n" for line in lines)


def exit_code(week: Any) -> int:
    """0 for a proven week, 3 for a proof that there is none, 4 without a proof, or without the second one asked for."""
    if not week.proven or week.verified is False:
        return guard.NO_PROOF
    return guard.INFEASIBLE if week.outcome == "infeasible" else guard.DONE


def show(week: Any, format: Format, out: str | None, options: Options = PLAIN) -> None:
    """Writes a planned week in any format, to standard output or a file; where there is none, what can tell why."""
    if format is Format.table:
        from microcycle.cli.render import table
        from microcycle.cli.render.screen import Screen

        with Screen.open(out) as screen:
            table.week(screen, week)
        return
    kind = KINDS[format]
    if out is not None and out != "-":
        options = over(options, format, Path(out))
    solved = week.outcome == "solved"
    if solved or kind.without_week != "nothing":
        deliver(kind.write(week, options), out)
    if not solved and kind.without_week != "why":
        _explain(week)


def _explain(week: Any) -> None:
    """Why there is no week, on standard error: a calendar or a table of sessions has no place for it."""
    from microcycle.export import words
    from microcycle.models.facts import sentences

    lines = [*words.proof(week), *(f"- {line}" for line in sentences(week.conflict))]
    guard.say(guard.printable("\n".join(lines)))


def interruptible(work: Callable[[], T], view: AbstractContextManager[object] | None = None) -> T:
    """Runs it beside the main thread, which stays free to be interrupted while the solver is at work.

    Meanwhile the view is shown, if there is none a sign of life.
    """
    from concurrent.futures import Future
    from threading import Thread

    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    # A daemon, for an interrupted solver cannot be stopped and must not keep the process alive.
    Thread(target=run, daemon=True).start()
    with view or _waiting("Planning the week"):
        return future.result()


def _waiting(text: str) -> AbstractContextManager[object]:
    """A sign of life on standard error, where someone looks at it."""
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console

    from microcycle.cli.render.screen import plain_terminal

    return Console(stderr=True).status(text, spinner="line" if plain_terminal() else "dots")
