"""Where a result goes: standard output, or a file that is there whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from microcycle.cli import interrupt
from microcycle.errors import InputError
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


def check_target(out: str | None) -> None:
    """Refuses a file that cannot be written, before any work is done. Raises InputError."""
    if out is None or out == "-":
        return
    path = Path(out)
    if path.is_dir():
        raise InputError(out, "this is a directory", expected="the name of a file to write")
    if not path.parent.is_dir():
        raise InputError(out, f"there is no directory {path.parent}", expected="a directory that exists")


def deliver(text: str, out: str | None = None) -> None:
    """Writes machine text as UTF-8, to standard output byte for byte; nothing of a command's result follows it."""
    interrupt.settle()
    if out is not None and out != "-":
        write_file(text, out)
        return
    put(text.encode("utf-8"))


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


def write_file(text: str, out: str) -> None:
    """Under a temporary name in the same directory first, so that a reader never sees half a file."""
    write_parts((text,), out)


def write_parts(parts: Iterable[str], out: str) -> None:
    """As `write_file`, a text that is longer than one would hold in memory."""
    check_target(out)
    with interrupt.whole():
        _replace(parts, Path(out), out)


def _replace(parts: Iterable[str], path: Path, out: str) -> None:
    temporary = ""
    try:
        # A link's target is replaced, not the link.
        target = path.resolve()
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:80]}.", suffix=".tmp", dir=target.parent)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.writelines(parts)
        os.chmod(temporary, target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
        os.replace(temporary, target)
    except OSError as error:
        raise InputError(out, f"the file cannot be written ({error.strerror})", expected="a writable place") from None
    finally:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
