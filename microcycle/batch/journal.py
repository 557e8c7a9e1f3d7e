"""The journal: one line of JSON for each athlete, appended as weeks are known, and read again to go on or to sort."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from itertools import pairwise
from operator import and_
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from microcycle.batch.question import Question
from microcycle.batch.row import LONGEST_ID, Row
from microcycle.batch.work import Answer
from microcycle.errors import InputError
from microcycle.models.reading import Document
from microcycle.models.saved import saved_week
from microcycle.models.week import escaped
from microcycle.writing import leftover, replaced

RESULT_SCHEMA = "microcycle/result/1"
RUN_SCHEMA = "microcycle/run/1"
RECORD = ".RUN.json"
MOST_RECORD = 1 << 20
"""Bytes of a record."""
_META = re.compile(rb',\s*"meta"\s*:')
"""Behind what a run needs of a line when it goes on. No text inside JSON can hold it: quotes are escaped there.

Another program may have written the lines anew, with spaces of its own.
"""


class Line(NamedTuple):
    """What a run needs of a line of a journal."""

    at: int
    """Byte at which it begins."""
    length: int
    head: dict[str, Any]
    """All of it but `meta` and `week`."""


def line_of(
    row: Row, question: Question | None, run: str, input: str, answer: Answer, same_as: str | None, *, personal: bool
) -> bytes:
    """The line of an athlete. The same answer gives the same bytes."""
    key = f"{question.hash if question else '-'}.{run}"
    head = {"schema": RESULT_SCHEMA, "key": key, "input": input, "row": row.number, "outcome": answer.outcome, "id": row.id}
    if same_as is not None:
        head["same_as"] = same_as
    meta = json.dumps(row.meta if personal else None, separators=(",", ":"), ensure_ascii=False)
    more = answer.head[1:-1]
    told = json.dumps(head, separators=(",", ":"), ensure_ascii=False)[:-1]
    week = answer.week if answer.week is None or question is None else question.answered(answer.week)
    text = f'{told}{"," if more else ""}{more},"meta":{meta},"week":{week or "null"}}}\n'
    return escaped(text).encode()


class _Mistake(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    code: str
    path: str | None
    message: str


class _Error(_Mistake):
    line: int | None
    column: int | None
    mistakes: list[_Mistake] = []


class _Break(BaseModel):
    model_config = ConfigDict(strict=True)

    rule: str
    count: int


class Told(BaseModel):
    """What is told of an answer beside its week: in a journal's line as in a cache."""

    model_config = ConfigDict(strict=True)

    outcome: Literal["solved", "infeasible", "unknown", "invalid", "crashed"]
    error: _Error | None = None
    conflict: list[str] = []
    breaks: list[_Break] = []

    @model_validator(mode="after")
    def _with_its_error(self) -> Self:
        if (self.error is None) != (self.outcome == "solved"):
            raise ValueError("a solved week and an error exclude each other")
        return self


class _Head(Told):
    schema_: Literal["microcycle/result/1"] = Field(alias="schema")
    key: str = Field(pattern=r"^(-|[0-9a-f]{32})\.[0-9a-f]{16}$")
    input: str = Field(pattern="^[0-9a-f]{16}$")
    row: int = Field(ge=1, lt=1 << 53)
    id: str = Field(min_length=1, max_length=LONGEST_ID)
    same_as: str | None = None


def lines(path: Path, spoiled: Callable[[Line, InputError], None] | None = None, *, weeks: bool = True) -> Iterator[Line]:
    """The lines of a journal; a torn one at its end is left out.

    Raises InputError for a line that is none, unless somebody takes what is `spoiled`. What stands behind the head is
    looked at as well, unless it has been before (`weeks`).
    """
    at = 0
    with path.open("rb") as file:
        for number, text in enumerate(file, 1):
            if not text.endswith(b"\n"):
                return
            try:
                yield Line(at, len(text), _head(text, weeks=weeks))
            # pydantic's and Unicode's errors are ValueErrors
            except (ValueError, KeyError, InputError, RecursionError) as error:
                told = "this line of the journal is damaged" if _tagged(text) else "this is no line of a journal"
                found = InputError(str(path), told, line=number, expected="a file that `microcycle batch` wrote")
                if spoiled is None:
                    raise found from error
                spoiled(Line(at, len(text), {}), found)
            at += len(text)


def _head(text: bytes, *, weeks: bool) -> dict[str, Any]:
    """What a run needs of a line. Raises ValueError or KeyError for a line that is damaged."""
    behind = _META.search(text)
    head: dict[str, Any] = json.loads(text[: behind.start()] + b"}" if behind else b"")
    told = _Head.model_validate(head)
    told.id.encode()  # half of a surrogate pair is no text
    if weeks:
        week = json.loads(text)["week"]
        found = None if week is None else saved_week(Document(f"line {told.row}", week, {}, {}))
        if (found.outcome if found else None) != told.outcome and told.outcome in ("solved", "infeasible"):
            raise ValueError("the week is another answer")
    return head


def _tagged(text: bytes) -> bool:
    return RESULT_SCHEMA.encode() in text[:200]


def each(path: Path) -> Iterator[dict[str, Any]]:
    """The whole of each line, one after the other."""
    with path.open("rb") as file:
        for text in file:
            if text.endswith(b"\n"):
                yield json.loads(text)


def whole(path: Path) -> int:
    """So many bytes of a journal are whole lines."""
    size = path.stat().st_size
    with path.open("rb") as file:
        end = size
        while end > 0:
            start = max(0, end - (1 << 16))
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0


def is_journal(path: Path) -> bool:
    """Whether a file is a journal, or empty."""
    spoiled: list[InputError] = []
    found = next(lines(path, lambda _, error: spoiled.append(error), weeks=False), None)
    if found is None and spoiled:
        with path.open("rb") as file:
            return any(map(_tagged, file))
    return True


def beside(journal: Path) -> Path:
    """Where the record of a run stands: `plans.RUN.json` beside `plans.jsonl`."""
    return journal.with_name(f"{journal.stem}{RECORD}")


class _Record(BaseModel):
    model_config = ConfigDict(strict=True)

    schema_: Literal["microcycle/run/1"] = Field(alias="schema")
    rows: int
    roster_rows: int
    rules: str = ""
    interrupted: bool = False
    solve_seconds: dict[str, float] = {}
    memory_mb: dict[str, int] = {}


def record_of(journal: Path) -> dict[str, Any] | None:
    """The record of the run that ended with this journal, if there is one that can be read."""
    try:
        with beside(journal).open("rb") as file:
            found: dict[str, Any] = json.loads(file.read(MOST_RECORD))
        return found | _Record.model_validate(found).model_dump(by_alias=True)
    except (OSError, ValueError, RecursionError):
        return None


class Journal:
    """A journal that is written to: whole lines, one after the other. Nobody else writes to it until it is closed."""

    def __init__(self, path: Path) -> None:
        """Raises InputError where it cannot be written, or another run is at it; what is there is left as it is."""
        self.path, self.size = path, 0
        if path.exists() and not path.is_file():
            raise InputError(str(path), "this is no file that can be read again", expected="the name of a file")
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
            _locked(self._file, path)
            # What was there may have been replaced by the run that had the lock.
            while not os.path.samestat(os.fstat(self._file), os.stat(path)):
                os.close(self._file)
                self._file = os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
                _locked(self._file, path)
        except OSError as error:
            raise _unwritable(path, error) from None

    def begin(self, *, anew: bool = False) -> None:
        """Behind what is there already, unless `anew`; what is torn is cut off. Raises InputError."""
        target = Path(os.path.realpath(self.path))
        try:
            for left in target.parent.glob(f"{leftover(target)}*"):
                left.unlink()  # of a run that was killed while it sorted: nobody else is at it
            self.size = 0 if anew else whole(self.path)
            os.ftruncate(self._file, self.size)
            os.lseek(self._file, self.size, os.SEEK_SET)
        except OSError as error:
            raise _unwritable(self.path, error) from None

    def append(self, line: bytes) -> int:
        """Writes a line and tells where it begins. Raises InputError where there is no room; nothing of it stays then."""
        at, left = self.size, memoryview(line)
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError as error:
            os.ftruncate(self._file, at)
            raise _unwritable(self.path, error) from None
        self.size += len(line)
        return at

    def close(self) -> None:
        """What was written is on disk then. Raises InputError."""
        try:
            os.fsync(self._file)
        except OSError as error:
            raise _unwritable(self.path, error) from None
        finally:
            os.close(self._file)


def _locked(file: int, path: Path) -> None:
    try:
        import fcntl
    except ImportError:  # Windows has no such locks
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        raise InputError(str(path), "another run is writing this journal", expected="to wait, or another name") from None
    except OSError:
        pass  # not every file system has locks


def put_away(path: Path, parts: Iterator[tuple[int, int]], into: Path) -> None:
    """Adds lines of a journal, each by its begin and length, to another file. Raises InputError."""
    try:
        file = os.open(into, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), _mode(path))
        with path.open("rb") as journal, os.fdopen(file, "ab") as out:
            for at, length in parts:
                journal.seek(at)
                out.write(journal.read(length))
    except OSError as error:
        raise _unwritable(into, error) from None


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def gone_from(journal: Path) -> Path:
    """Where the lines of athletes stand who are no longer in the roster: `plans.GONE.jsonl` beside `plans.jsonl`."""
    return journal.with_name(f"{journal.stem}.GONE.jsonl")


def damaged_in(journal: Path) -> Path:
    """Where lines stand that could not be read: `plans.DAMAGED.jsonl` beside `plans.jsonl`."""
    return journal.with_name(f"{journal.stem}.DAMAGED.jsonl")


def rewritten(path: Path, parts: Iterator[tuple[Path, int, int, int]]) -> None:
    """Replaces a journal by lines of journals: (file, begin, length, number of the row). Raises InputError."""
    opened: dict[Path, int] = {}
    try:
        with replaced(path) as fresh, fresh.open("wb", buffering=1 << 20) as out:
            for source, at, length, number in parts:
                if source not in opened:
                    opened[source] = os.open(source, os.O_RDONLY | getattr(os, "O_BINARY", 0))
                os.lseek(opened[source], at, os.SEEK_SET)
                out.write(_numbered(os.read(opened[source], length), number))
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        for file in opened.values():
            os.close(file)


_ROW = re.compile(rb'("row"\s*:\s*)\d+')


def _numbered(line: bytes, number: int) -> bytes:
    """The line with its row's number, which changes where rows came or went before it."""
    return _ROW.sub(rb"\g<1>%d" % number, line, count=1)


def _unwritable(path: Path, error: OSError) -> InputError:
    told = f"the journal cannot be written ({error.strerror}); what it holds is whole"
    return InputError(str(path), told, expected="a writable place with room; run it again to go on")


def merged(journals: Sequence[Path], out: Path, seen: Callable[[Line], None]) -> None:
    """Puts the journals of one roster's shards together, in roster order; `seen` is called with each line.

    Raises InputError for journals of other runs or not run to their end, and for rows that are there twice or not at all.
    """
    found: list[tuple[int, int, int, int]] = []
    run: str | None = None
    rows: int | None = None
    for n, path in enumerate(journals):
        if not os.path.isfile(path):
            raise InputError(str(path), "no such file", expected="a journal of `microcycle batch --shard`")
        record, before = record_of(path), len(found)
        # A shard that was run again has no damaged lines.
        for line in lines(path):
            this = line.head["key"].rpartition(".")[2]
            run = run or this
            if this != run:
                told = f"this journal was made by another version, rulebook or limits than {journals[0]}"
                raise InputError(str(path), told, expected="the shards of one roster")
            found.append((line.head["row"], n, line.at, line.length))
            seen(line)
        if record is None or record["interrupted"] or record["rows"] != len(found) - before:
            told = f"this shard has not been run to its end: {beside(path).name} does not say so"
            raise InputError(str(path), told, expected="the same command again, and its RUN.json beside it")
        rows = record["roster_rows"] if rows is None else rows
        if record["roster_rows"] != rows:
            raise InputError(
                str(path), f"this is a shard of another roster than {journals[0]}", expected="one roster's shards"
            )
    found.sort()
    for one, other in pairwise(found):
        if one[0] == other[0]:
            raise InputError(str(journals[other[1]]), f"row {one[0]} is there twice (also in {journals[one[1]]})",
                             expected="each shard once")  # fmt: skip
    missing = next((n for n, one in enumerate(found, 1) if one[0] != n), len(found) + 1)
    if missing <= (rows or 0):
        raise InputError(str(out), f"row {missing} is in none of the journals", expected="all shards of the roster")
    before = out.exists()
    journal = Journal(out)
    try:
        if not before:  # nobody reads in it who could not read the shards
            out.chmod(reduce(and_, map(_mode, journals), _mode(out)))
        rewritten(out, ((journals[n], at, length, row) for row, n, at, length in found))
    except InputError:
        if not before:
            out.unlink(missing_ok=True)
        raise
    finally:
        journal.close()
