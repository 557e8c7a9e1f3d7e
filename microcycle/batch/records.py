"""The lines of a sheet put together to records: one is complete when the quotation marks in it are even in number."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from typing import IO, NamedTuple

from microcycle.batch.row import MOST_BYTES, Fault
from microcycle.errors import InputError

MISSING = "is a quotation mark missing?"
_PIECE = 1 << 16
"""Characters of a line that are read at once: a line may have no end."""


class Record(NamedTuple):
    """A row of a sheet as it is written, which may be several lines of its file."""

    line: int
    """Where it begins."""
    last: int
    text: str | None
    """None for one that is larger than a row may be."""

    @property
    def lines(self) -> str:
        """What a person looks for who has lost rows to a quotation mark."""
        return f"lines {self.line} to {self.last} are one row"

    def cells(self, delimiter: str) -> list[str] | Fault:
        """Its cells, or what is wrong with it. Raises csv.Error where rows may be inside it that nobody would miss."""
        if self.text is None:
            return self._too_large(Fault.too_large(self.line))
        try:
            return next(csv.reader([self.text], delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            # The module's own limit of a cell, which all who use it share, is below what a row may have.
            if "field limit" in str(error):
                told = f"a cell of the row is larger than {csv.field_size_limit() >> 10} kB; expected one person's week"
                return self._too_large(Fault("size", told, line=self.line))
            if self.last > self.line:
                raise
            told = "this is no row of a CSV; expected quotation marks around whole cells, and each one inside them twice"
            return Fault("csv", told, line=self.line)

    def _too_large(self, fault: Fault) -> Fault:
        told = f"{fault.message.partition(';')[0]}, and {self.lines}: {MISSING}"
        return fault if self.last == self.line else replace(fault, message=told)


def records(name: str, text: IO[str]) -> Iterator[Record]:
    """The records of a sheet, whatever is wrong inside them; of one that is too large nothing is kept.

    Raises InputError at a quotation mark that is never closed, behind the records before it.
    """
    parts: list[str] = []
    first = line = 1
    size = quotes = 0
    for piece in _pieces(text):
        size += len(piece) if piece.isascii() else len(piece.encode("utf-8", "surrogatepass"))
        quotes += piece.count('"')
        if size <= MOST_BYTES:
            parts.append(piece)
        if not piece.endswith(("\n", "\r")):
            continue
        if quotes % 2 == 0:
            yield Record(first, line, "".join(parts) if size <= MOST_BYTES else None)
            parts.clear()
            first, size, quotes = line + 1, 0, 0
        line += 1
    if quotes % 2:
        message = "the quotation mark that opens here is never closed"
        raise InputError(name, message, line=first, expected="a second one behind the cell")
    if size:
        yield Record(first, line, "".join(parts) if size <= MOST_BYTES else None)


def _pieces(text: IO[str]) -> Iterator[str]:
    """Lines, and parts of long ones."""
    torn = False
    while piece := text.readline(_PIECE):
        # A piece may end between the two characters that end a line.
        if not (torn and piece == "\n"):
            yield piece
        torn = len(piece) == _PIECE and piece.endswith("\r")
