"""Where a result goes: standard output, or a file that is there whole or not at all."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import nullcontext, suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from microcycle import writing
from microcycle.cli import interrupt
from microcycle.export.formats import KINDS


class Format(StrEnum):
    """What a planned week can be written as: the terminal's table, or a kind of file (export/formats.py)."""

    table = "table"
    json = "json"
    yaml = "yaml"
    markdown = "markdown"
    html = "html"
    svg = "svg"
    csv = "csv"
    ics = "ics"
    intervals = "intervals"


class Short(StrEnum):
    """What lists and checks can be written as."""

    table = "table"
    json = "json"


FormatOption = Annotated[
    Format | None,
    typer.Option("--format", "-f", help="How to write the result; else as the name OUT ends (.json, .csv ...), or table."),
]
ShortOrNamed = Annotated[
    Short | None,
    typer.Option("--format", "-f", help="How to write the result; else as the name OUT ends (.json), or table."),
]
ShortOption = Annotated[Short, typer.Option("--format", "-f", help="How to write the result.")]
OutOption = Annotated[
    str | None, typer.Option("--output", "-o", metavar="OUT", help="Write to this file instead of the terminal.")
]


_ENDINGS = {f".{ending}": name for name, kind in KINDS.items() for ending in kind.endings}


def format_of(given: Format | None, out: str | None) -> Format:
    """What was asked for, else what the name of the file says, else a table."""
    return given or Format(_ENDINGS.get(Path(out or "").suffix.lower(), "table"))


def as_json(format: Short | None, out: str | None) -> bool:
    """Whether JSON was asked for, by name or by that of the file."""
    return format is Short.json or (format is None and format_of(None, out) is Format.json)


def check_target(out: str | None, *read: str | None, kinds: tuple[str, ...] = ()) -> None:
    """Refuses a file that cannot be written, or is read, or somebody's, before any work is done. Raises InputError.

    Of what belongs to a person only these kinds are written over.
    """
    if out is None or out == "-":
        return
    writing.check(out)
    writing.apart(out, {name: "what is read here" for name in read if name}, "--output")
    writing.check_kind(out, *kinds)


def deliver(text: str, out: str | None = None) -> None:
    """Writes machine text as UTF-8, to standard output byte for byte; nothing of a command's result follows it."""
    if out is None or out == "-":
        interrupt.settle()
        put(text.encode("utf-8", "backslashreplace"))
        return
    if not writing.is_stream(out):  # a pipe may wait for its reader for ever
        interrupt.settle()
    write_file(text, out)


def put(data: str | bytes) -> None:
    """On standard output; a reader that leaves (`head`, a pager) has what it wanted, and ends nothing."""
    stream = getattr(sys.stdout, "buffer", None)
    with suppress(BrokenPipeError):
        sys.stdout.flush()
        if isinstance(data, str):
            sys.stdout.write(data)
        elif stream is None:
            sys.stdout.write(data.decode("utf-8"))
        else:
            stream.write(data)
        sys.stdout.flush()


def write_file(text: str, out: str, kind: str | None = None) -> None:
    """So that a reader never sees half a file (writing.py)."""
    write_parts((text,), out, kind)


def write_parts(parts: Iterable[str], out: str, kind: str | None = None) -> None:
    """As `write_file`, a text that is longer than one would hold in memory."""
    with nullcontext() if writing.is_stream(out) else interrupt.whole():
        writing.write(parts, out, kind)
