"""One athlete of a roster as read: an id, what the caller wants back with it, and a request or what is wrong with it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from microcycle.errors import MOST_TOLD, InputError, nearest_name, path_text, shown

REQUEST_SCHEMA = "microcycle/request/1"
ENVELOPE = ("schema", "id", "meta", "request")
MOST_BYTES = 256 << 10
LONGEST_ID = 200


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row; codes stay the same from version to version."""

    code: str
    message: str
    path: str | None = None
    line: int | None = None
    column: int | None = None
    mistakes: tuple[Fault, ...] = ()
    """All that a request has wrong, each with a code of `errors.Code`."""

    @classmethod
    def of(cls, error: InputError, line: int | None = None) -> Fault:
        """An error of a file, or of a row that stands on a line."""
        found = tuple(cls(e.code, e.sentence, _path(e), e.line or line, e.column) for e in error.mistakes[:MOST_TOLD])
        return cls("request", error.sentence, _path(error), error.line or line, error.column, found)

    @classmethod
    def too_large(cls, line: int | None) -> Fault:
        """A row that no person's week can be."""
        return cls("size", f"the row is larger than {MOST_BYTES >> 10} kB; expected one person's week", line=line)

    def told(self) -> dict[str, Any]:
        """As it stands in a journal."""
        head = {"code": self.code, "path": self.path, "line": self.line, "column": self.column, "message": self.message}
        told = [{"code": m.code, "path": m.path, "message": m.message} for m in self.mistakes]
        return head | ({"mistakes": told} if told else {})


def _path(error: InputError) -> str | None:
    return path_text(error.path) if error.path else None


@dataclass(frozen=True)
class Row:
    """An athlete: either a request as plain data, or a fault."""

    number: int
    """In roster order, from 1."""
    id: str
    meta: Any = None
    request: Mapping[str, Any] | None = None
    fault: Fault | None = None
    line: int | None = None
    """Where the row stands in its file."""
    columns: Mapping[str, int] | None = field(default=None, repr=False, compare=False)
    """Of a sheet's row, in which column each dotted key stands; the same mapping for all of its rows."""


def row_of(number: int, line: int | None, data: Any) -> Row:
    """The row that an envelope, or a request with its `id` beside its keys, states."""
    unnamed = f"#{number}"
    if not isinstance(data, Mapping):
        return Row(number, unnamed, fault=Fault("row", "this is no athlete; expected {id: ..., request: {...}}", line=line))
    written = data.get("id")
    id = str(written) if isinstance(written, int) and not isinstance(written, bool) else written
    if not isinstance(id, str) or not 0 < len(id) <= LONGEST_ID or not id.strip() or id.startswith("#"):
        told = "the id is missing" if written is None else f"{shown(written)} is no id"
        expected = f"a text of 1 to {LONGEST_ID} characters that does not begin with #"
        return Row(number, unnamed, fault=Fault("id", f"{told}; expected {expected}", "id", line))
    meta = data.get("meta")
    request = data.get("request", data)
    if request is data:
        request = {key: value for key, value in data.items() if key not in ENVELOPE}
    elif unknown := [key for key in data if key not in ENVELOPE]:
        near = nearest_name(unknown[0], ENVELOPE)
        told = f"unknown key {shown(unknown[0])} beside 'request'; expected one of {', '.join(ENVELOPE)}"
        return Row(number, id, meta, fault=Fault("row", f"{told}{f'; did you mean {near!r}?' if near else ''}", line=line))
    if data.get("schema", REQUEST_SCHEMA) != REQUEST_SCHEMA:
        told = f"unknown schema {shown(data['schema'])}; expected {REQUEST_SCHEMA}"
        return Row(number, id, meta, fault=Fault("schema", told, "schema", line))
    if not isinstance(request, Mapping):
        return Row(number, id, meta, fault=Fault("row", "the request is no group of keys", "request", line))
    return Row(number, id, meta, request, line=line)


def shard_of(id: str, shards: int) -> int:
    """Which of so many shards an athlete belongs to, from 1; the same on every machine."""
    return int.from_bytes(hashlib.sha256(id.encode("utf-8", "surrogatepass")).digest()[:8], "big") % shards + 1
