"""CSV as spreadsheets export it: columns are dotted keys of a constraints file, merged over a template."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import IO, Any

from microcycle.batch.row import LONGEST_ID, MOST_BYTES, Fault, Row, row_of
from microcycle.errors import InputError, nearest_name, shown
from microcycle.models import reading
from microcycle.solver.wishes import fixed

OWN = ("id", "meta")
LISTS = ("pinned", "done", "missed", "stay_close_to")
"""Keys that hold a list, to which a column with a plus sign appends."""
_MADE_A_DATE = re.compile(r"\d{1,2}-[A-Za-z]{3}(?:-\d{2,4})?|[A-Za-z]{3}-\d{1,2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}")
_SECONDS = re.compile(r"(\d{1,2}:\d{2}):\d{2}(?=\s*(?:[ap]\.?m\.?)?\s*$)", re.IGNORECASE)
_NO_TEXT = re.compile("[\udc80-\udcff]")
"""What is left of bytes that are no UTF-8."""
SAVE_AS = "expected the sheet saved as 'CSV UTF-8'"
_NUMBER = re.compile(r"-?\d{1,9}")


class _Bad(ValueError):
    """A cell that cannot be meant, with its code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def sheet_rows(name: str, stream: IO[bytes], template: Mapping[str, Any] | None) -> Iterator[Row]:
    """The athletes of a sheet; blank cells keep the template, `none` clears a key, lists are split at semicolons.

    Raises InputError for a sheet without an `id` column, or with a column that no file knows.
    """
    start = getattr(stream, "peek", lambda _: b"")(2)[:2]
    # What spreadsheets call Unicode text begins with a mark of its own.
    encoding = "utf-16" if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    text = io.TextIOWrapper(stream, encoding=encoding, errors="surrogateescape", newline="")
    try:
        yield from _rows(name, text, template or {})
    finally:
        text.detach()


def _rows(name: str, text: IO[str], template: Mapping[str, Any]) -> Iterator[Row]:
    head = text.readline(MOST_BYTES)
    if not head.strip():
        return
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(_limited(head, text), delimiter=delimiter, strict=False)
    columns = [column.strip() for column in next(reader, [])]
    if place := next((n for n, column in enumerate(columns, 1) if _NO_TEXT.search(column)), None):
        raise InputError(name, "this is no UTF-8", line=1, column=place, expected=SAVE_AS.removeprefix("expected "))
    _check(name, columns)
    number = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            number += 1
            yield Row(number, f"#{number}", fault=Fault("csv", f"this is no row of a CSV ({error})", line=reader.line_num))
            continue
        if any(cell.strip() for cell in cells):
            number += 1
            yield _row(number, reader.line_num, columns, cells, template)


def _limited(head: str, text: IO[str]) -> Iterator[str]:
    yield head
    while line := text.readline(MOST_BYTES):
        yield line


def _check(name: str, columns: list[str]) -> None:
    from microcycle.models.request import RequestSpec

    known = [*OWN, *RequestSpec.model_fields]
    if "id" not in columns:
        raise InputError(name, "the sheet has no column 'id'", line=1, expected="an id for each athlete")
    for place, column in enumerate(columns, 1):
        first = column.removesuffix("+").split(".")[0]
        if column and first not in known:
            message = f"unknown column {shown(column)}"
            raise InputError(name, message, line=1, column=place, expected="a dotted key such as athlete.name or "
                             "availability.mon", nearest=nearest_name(first, known))  # fmt: skip
        if column and columns.index(column) != place - 1:
            raise InputError(name, f"the column {shown(column)} is there twice", line=1, column=place)
        if column.endswith("+") and first not in LISTS:
            raise InputError(name, f"nothing can be appended to {shown(column)}", line=1, column=place,
                             expected=f"one of {', '.join(f'{key}+' for key in LISTS)}")  # fmt: skip


def _row(number: int, line: int, columns: list[str], cells: list[str], template: Mapping[str, Any]) -> Row:
    data: dict[str, Any] = deepcopy(dict(template))
    envelope: dict[str, Any] = {"id": None}
    meta: dict[str, Any] = {}
    id = next((cell.strip() for column, cell in zip(columns, cells, strict=False) if column == "id"), "")
    fault: Fault | None = None
    if any(cell.strip() for cell in cells[len(columns) :]):
        fault = Fault("csv", f"the row has {len(cells)} cells and the sheet {len(columns)} columns", line=line)
    for place, (column, cell) in enumerate(zip(columns, cells, strict=False), 1):
        cell = cell.strip()
        if _NO_TEXT.search(cell):
            fault = fault or Fault("csv", f"column {column}: this is no UTF-8; {SAVE_AS}", None, line, place)
            id = "" if column == "id" else id
        if not column or not cell or column == "id":
            continue
        if column.startswith("meta"):
            meta[column.removeprefix("meta").lstrip(".") or "meta"] = cell
            continue
        try:
            _put(data, column, cell)
        except _Bad as error:
            fault = fault or Fault(error.code, f"column {column}: {error}", column.removesuffix("+"), line, place)
    if fault is not None and not id:
        return Row(number, f"#{number}", fault=fault, line=line)
    envelope |= {"id": id or None, "meta": meta or None, "request": data}
    if fault is not None and 0 < len(id) <= LONGEST_ID:
        return Row(number, id, meta or None, fault=fault, line=line)
    return row_of(number, line, envelope)


def _put(data: dict[str, Any], column: str, cell: str) -> None:
    *parents, last = column.removesuffix("+").split(".")
    node: Any = data
    for part in parents:
        inside = node.get(part)
        if not isinstance(inside, dict):
            # `experience: beginner` in the template makes room for experience.run.
            inside = node[part] = {}
        node = inside
    if column.endswith("+"):
        node[last] = [*(node.get(last) or []), *(_session(text) for text in _split(cell))]
    elif cell.lower() == "none" and parents[:1] != ["availability"]:
        node.pop(last, None)
    else:
        node[last] = _value(column, cell)


def _value(column: str, cell: str) -> Any:
    """A cell as a constraints file would hold it: numbers, times without seconds, lists at semicolons."""
    if column.startswith("want.") and _MADE_A_DATE.fullmatch(cell):
        raise _Bad("spreadsheet-date", f"'{cell}': a spreadsheet made this a date; expected a number or a range such as 2-4")
    if cell[:1] in "[{":
        try:
            return reading.parse(cell, column, "yaml").data
        except InputError as error:
            raise _Bad("csv", f"{error.message}; expected a list or keys as in a constraints file") from None
    parts = [_plain(part) for part in _split(cell)]
    return parts if ";" in cell else parts[0]


def _plain(text: str) -> Any:
    if _NUMBER.fullmatch(text):
        return int(text)
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    return " - ".join(_SECONDS.sub(r"\1", part) for part in re.split(r"\s*[-–]\s*(?=\d{1,2}:)", text)).replace(" - ", "-")


def _session(text: str) -> Any:
    """`easy-run=tue 18:30 45 min`, or keys between braces."""
    if text[:1] == "{":
        return _value("pinned", text)
    try:
        return fixed(text, "day")
    except InputError as error:
        raise _Bad("csv", f"'{text[:60]}': {error.message}; expected such as easy-run=tue 18:30 45 min") from None


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]
