"""CSV as spreadsheets export it: columns are dotted keys of a constraints file, merged over a template."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import IO, Any, NoReturn

from microcycle.batch.cells import BadCell, put
from microcycle.batch.columns import Column, column_at, columns_of
from microcycle.batch.records import MISSING, Record, records
from microcycle.batch.row import Fault, Row, row_of
from microcycle.batch.template import check
from microcycle.errors import InputError, shown
from microcycle.models.reading import Document

_NO_TEXT = re.compile("[\udc80-\udcff]")
"""What is left of bytes that are no UTF-8."""
SAVE_AS = "expected the sheet saved as 'CSV UTF-8'"
_NAMES_DELIMITER = re.compile(r'"?sep=([^\w\s"]|\t)"?\s*', re.IGNORECASE)
"""Excel's own first line."""
_QUOTED = re.compile(r'"[^"]*"')


@dataclass(frozen=True)
class _Sheet:
    """What all rows of a sheet have in common."""

    name: str
    delimiter: str
    columns: tuple[Column, ...]
    """In the order in which they are heeded: a narrower key behind a wider one."""
    template: Mapping[str, Any]
    places: Mapping[str, int]
    """By their dotted keys."""


def sheet_rows(name: str, stream: IO[bytes], template: Mapping[str, Any] | Document | None) -> Iterator[Row]:
    """The athletes of a sheet; blank cells keep the template, `none` clears a key, lists are split at semicolons.

    Raises InputError for a sheet without an `id` column, with a column that no file knows, over a template that is wrong
    for all, or in which rows may be lost inside quotation marks.
    """
    start = getattr(stream, "peek", lambda _: b"")(2)[:2]
    # What spreadsheets call Unicode text begins with a mark of its own.
    encoding = "utf-16" if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    text = io.TextIOWrapper(stream, encoding=encoding, errors="surrogateescape", newline="")
    try:
        yield from _rows(name, text, template)
    except UnicodeDecodeError:
        raise InputError(name, "this is no UTF-16", expected=SAVE_AS.removeprefix("expected ")) from None
    finally:
        text.detach()


def _rows(name: str, text: IO[str], template: Mapping[str, Any] | Document | None) -> Iterator[Row]:
    found = records(name, text)
    heads = (record for record in found if record.text is None or record.text.strip())
    head, delimiter = next(heads, None), ""
    if head is not None and (named := _NAMES_DELIMITER.fullmatch(head.text or "")):
        head, delimiter = next(heads, None), named[1]
    if head is None:
        return
    sheet = _sheet(name, head, delimiter, template)
    number = 0
    for record in found:
        try:
            cells = record.cells(sheet.delimiter)
        except csv.Error:
            _refuse(name, record)
        if isinstance(cells, Fault):
            number += 1
            yield Row(number, f"#{number}", fault=cells, line=record.line)
        elif any(cell.strip() for cell in cells):
            number += 1
            yield _row(sheet, number, record, cells)


def _sheet(name: str, head: Record, delimiter: str, template: Mapping[str, Any] | Document | None) -> _Sheet:
    """What the first line says, with a template that fits it. Raises InputError."""
    # Most first lines have no quotation marks, and none of those is about a delimiter.
    delimiter = delimiter or max(",;\t", key=_QUOTED.sub("", head.text or "").count)
    try:
        cells = head.cells(delimiter)
    except csv.Error:
        _refuse(name, head)
    if isinstance(cells, Fault):
        raise InputError(name, cells.message, line=head.line)
    if place := next((n for n, cell in enumerate(cells, 1) if _NO_TEXT.search(cell)), None):
        expected = SAVE_AS.removeprefix("expected ")
        raise InputError(name, "this is no UTF-8", line=head.line, column=place, expected=expected)
    columns = columns_of(name, head.line, cells)
    if template is None:
        data: Mapping[str, Any] = {}
    else:
        document = template if isinstance(template, Document) else Document("template", dict(template), {}, {})
        check(document, columns)
        data = document.data
    ordered = sorted(columns, key=lambda column: (column.appends, len(column.parts)))
    places = {column.key: column.place for column in columns if column.name}
    return _Sheet(name, delimiter, tuple(ordered), data, places)


def _refuse(name: str, record: Record) -> NoReturn:
    raise InputError(name, f"{record.lines}, and no CSV: {MISSING}", line=record.line) from None


def _row(sheet: _Sheet, number: int, record: Record, cells: Sequence[str]) -> Row:
    data: dict[str, Any] = deepcopy(dict(sheet.template))
    meta: dict[str, Any] = {}
    id = ""
    faults: list[Fault] = []
    if any(cell.strip() for cell in cells[len(sheet.columns) :]):
        told = f"the row has {len(cells)} cells and the sheet {len(sheet.columns)} columns"
        faults.append(Fault("csv", _lines(record, cells) or told, line=record.line))
    for column in sheet.columns:
        cell = cells[column.place - 1].strip() if column.place <= len(cells) else ""
        if not cell:
            continue
        if fault := _unread(record, column, cell):
            faults.append(fault)
        elif column.name == "id":
            id = cell
        elif column.parts[0] == "meta":
            meta[".".join(column.parts[1:]) or "meta"] = cell
        else:
            try:
                put(data, column, cell)
            except BadCell as error:
                told = _lines(record, [cell]) or str(error)
                faults.append(_fault(record, column, told, error.code))
    row = row_of(number, record.line, {"id": id or None, "meta": meta or None, "request": data})
    if row.fault is not None and not faults:
        faults = [replace(row.fault, column=column_at(sheet.places, (row.fault.path or "").split(".")))]
    if faults:
        return replace(row, request=None, fault=min(faults, key=lambda fault: fault.column or 0), line=record.line)
    return replace(row, columns=sheet.places)


def _unread(record: Record, column: Column, cell: str) -> Fault | None:
    """What is wrong with a cell before anyone asks what it means."""
    if _NO_TEXT.search(cell):
        return _fault(record, column, f"this is no UTF-8; {SAVE_AS}")
    if not column.name:
        return _fault(record, column, f"{shown(cell)} stands under no name; expected a name for this column, or no cell")
    if column.parts[0] != "meta" and cell[:1] not in "[{" and (told := _lines(record, [cell])):
        return _fault(record, column, told)
    return None


def _lines(record: Record, cells: Sequence[str]) -> str | None:
    """What is told of a row with line breaks inside cells that hold no text of many lines."""
    broken = record.last > record.line and any("\n" in cell.strip() or "\r" in cell.strip() for cell in cells)
    return f"{record.lines}: {MISSING}" if broken else None


def _fault(record: Record, column: Column, told: str, code: str = "csv") -> Fault:
    return Fault(code, f"column {column.name or column.place}: {told}", column.key or None, record.line, column.place)
