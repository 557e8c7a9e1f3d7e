"""Rosters: JSONL, a directory of constraints files or a spreadsheet's CSV, read row by row."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any, NoReturn, cast

from microcycle.batch.journal import RECORD
from microcycle.batch.row import MOST_BYTES, Fault, Row, row_of
from microcycle.batch.sheet import sheet_rows
from microcycle.errors import InputError
from microcycle.models import reading

EXPECTED = "a roster: JSONL, CSV with a column 'id', a directory of constraints files, .gz of the first two, or -"
_HALF = re.compile("[\ud800-\udfff]")
GZIP = b"\x1f\x8b"
DEEPEST = 60
"""Groups within groups that a row may have: no request needs ten, and a thousand would end the program."""


def rows(source: str, template: Mapping[str, Any] | reading.Document | None = None) -> Iterator[Row]:
    """The athletes of a roster in its order; `-` is standard input, `.gz` is unpacked, CSV is merged over a template.

    Raises InputError for a roster that cannot be read at all; what is wrong with one row is that row's fault.
    """
    path = Path(source)
    if not source:
        raise InputError("ROSTER", "the name is empty", expected=EXPECTED)
    if source != "-" and os.path.isdir(path):
        yield from _directory(path)
        return
    if path.suffix.lower() in reading.KINDS and path.suffix.lower() != ".json":
        raise InputError(source, "this is one athlete's constraints file, not a roster", expected=EXPECTED)
    with _opened(source) as stream:
        try:
            # Standard input has no name that says what it is.
            if is_sheet(source) or (source == "-" and template is not None):
                yield from sheet_rows(source, stream, template)
            else:
                yield from _lines(stream)
        except (OSError, EOFError, gzip.BadGzipFile) as error:
            raise InputError(source, f"the roster cannot be read to its end ({error})", expected="a whole file") from None


def count(source: str) -> int | None:
    """About how many rows a roster has, None where only reading it would tell."""
    path = Path(source)
    try:
        if path.is_dir():
            return sum(1 for _ in _files(path))
        if source == "-" or source.endswith(".gz") or not path.is_file():
            return None
        with path.open("rb") as file:
            lines = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
        return lines - is_sheet(source)
    except OSError:
        return None  # whoever reads it tells why


def is_sheet(source: str) -> bool:
    """Whether a roster is a spreadsheet's, by its name."""
    return source.removesuffix(".gz").lower().endswith((".csv", ".tsv"))


@contextmanager
def _opened(source: str) -> Iterator[IO[bytes]]:
    try:
        file: Any = open(source, "rb") if source != "-" else getattr(sys.stdin, "buffer", None) or io.BytesIO()  # noqa: SIM115
    except FileNotFoundError:
        raise InputError(source, "no such file", expected=EXPECTED) from None
    except (OSError, ValueError) as error:
        reading.refuse_file(Path(source), error)
    with file if source != "-" else nullcontext():
        # Whatever it is called: a pipe has no name.
        if source.endswith(".gz") or getattr(file, "peek", lambda _: b"")(2)[:2] == GZIP:
            with gzip.open(file) as unpacked:
                yield cast(IO[bytes], unpacked)
        else:
            yield file


def _lines(stream: IO[bytes]) -> Iterator[Row]:
    """JSONL; lines that hold nothing count as lines and are no rows."""
    line = number = 0
    while text := stream.readline(MOST_BYTES + 1):
        line += 1
        if len(text) > MOST_BYTES and not text.endswith(b"\n"):
            while (rest := stream.readline(MOST_BYTES)) and not rest.endswith(b"\n"):
                pass
            number += 1
            yield Row(number, f"#{number}", fault=_too_large(line), line=line)
            continue
        if line == 1:
            text = text.removeprefix(b"\xef\xbb\xbf")
        if text.strip():
            number += 1
            yield _line(number, line, text)


def _too_large(line: int | None) -> Fault:
    return Fault.too_large(line)


def _line(number: int, line: int, text: bytes) -> Row:
    unnamed = f"#{number}"
    try:
        data = json.loads(text, parse_constant=_no_number, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        return Row(
            number, unnamed, fault=Fault("json", f"this is no JSON ({error.msg})", line=line, column=error.colno), line=line
        )
    except UnicodeDecodeError as error:
        return Row(number, unnamed, fault=Fault("json", "this is no UTF-8", line=line, column=error.start + 1), line=line)
    except (ValueError, RecursionError) as error:
        told = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        return Row(number, unnamed, fault=Fault("json", f"this cannot be read: {told}", line=line), line=line)
    if told := "it is nested too deeply" if _is_deep(data) else _no_text(data):
        return Row(number, unnamed, fault=Fault("json", f"this cannot be read: {told}", line=line), line=line)
    return row_of(number, line, data)


def _no_text(data: Any) -> str:
    """What is wrong with half of a surrogate pair, which JSON can state and nobody can write as UTF-8."""
    halves = _HALF.search(json.dumps(data, ensure_ascii=False, default=str))
    return "half of a character (a lone surrogate) is no text" if halves else ""


def _is_deep(data: Any) -> bool:
    level = [data]
    for _ in range(DEEPEST):
        groups = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = [inner for group in groups for inner in group]
        if not level:
            return False
    return True


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        (twice, _), *_ = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"the key {twice[:40]!r} is there twice")
    return found


def _files(folder: Path) -> Iterator[Path]:
    """The constraints files in a directory: nothing hidden, no pipes, no records of our own runs."""
    for entry in folder.iterdir():
        ours = entry.name.endswith(RECORD) or entry.name.startswith(".")
        if entry.suffix.lower() in reading.KINDS and not ours and entry.is_file():
            yield entry


def _directory(folder: Path) -> Iterator[Row]:
    """A constraints file each, by name; the id is the file's name without its ending."""
    try:
        names = sorted(entry.name for entry in _files(folder))
    except OSError as error:
        raise InputError(str(folder), f"the directory cannot be read ({error.strerror})") from None
    for number, name in enumerate(names, 1):
        file = folder / name
        try:
            if file.stat().st_size > MOST_BYTES:
                yield Row(number, file.stem, fault=_too_large(None))
                continue
            document = reading.read(file)
        except InputError as error:
            yield Row(number, file.stem, fault=Fault.of(error))
            continue
        except OSError as error:
            yield Row(number, file.stem, fault=Fault("file", f"the file cannot be read ({error.strerror})"))
            continue
        if not isinstance(document.data, dict):
            yield Row(number, file.stem, fault=Fault("row", "this is no constraints file; expected 'key: value' lines"))
            continue
        if told := _no_text(document.data):
            yield Row(number, file.stem, fault=Fault("json", f"this cannot be read: {told}"))
            continue
        yield Row(number, file.stem, request=document.data)
