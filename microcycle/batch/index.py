"""What a run has to remember of each row, in a database on disk: memory stays the same however long the roster is."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from microcycle.batch.journal import Told
from microcycle.batch.work import Answer
from microcycle.errors import InputError
from microcycle.models.week import Week

_TABLES = """
CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, row INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS first (hash TEXT PRIMARY KEY, id TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kept (id TEXT PRIMARY KEY, input TEXT NOT NULL, at INTEGER NOT NULL, length INTEGER NOT NULL,
    was INTEGER NOT NULL, row INTEGER, outcome TEXT NOT NULL, head TEXT NOT NULL) WITHOUT ROWID;
"""
_ANSWERS = "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, outcome TEXT, head TEXT, week BLOB) WITHOUT ROWID"


class Kept(NamedTuple):
    """A line of the journal and whose it is."""

    id: str
    input: str
    at: int
    length: int
    was: int
    """Number of the row that it holds."""
    row: int | None
    """Number of the row in this run's roster; None as long as it was not met."""
    outcome: str
    head: str


class Index:
    """Ids, first questions and lines of a run; it vanishes with the process."""

    def __init__(self) -> None:
        # An empty name is a temporary file that nobody else sees.
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("PRAGMA cache_size=-1000")
        self._db.executescript(_TABLES)
        self._db.execute("BEGIN")

    def seen(self, id: str, row: int) -> int | None:
        """Which row has the id already; else it is this one from now on."""
        if self._db.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (_text(id), row)).rowcount:
            return None
        return int(self._db.execute("SELECT row FROM seen WHERE id = ?", (_text(id),)).fetchone()[0])

    def first(self, hash: str, id: str) -> str | None:
        """Who asked the question before, None if nobody did."""
        if self._db.execute("INSERT OR IGNORE INTO first VALUES (?, ?)", (hash, _text(id))).rowcount:
            return None
        return str(self._db.execute("SELECT id FROM first WHERE hash = ?", (hash,)).fetchone()[0])

    def keep(self, kept: Kept) -> None:
        """Where the line of an athlete stands; a later one counts."""
        self._db.execute("INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (_text(kept.id), *kept[1:]))

    def kept(self, id: str, input: str, row: int) -> tuple[str, str] | None:
        """Outcome and head of the line that was made of this very input, which is this row's from now on."""
        found = self._db.execute("SELECT outcome, head FROM kept WHERE id = ? AND input = ?", (_text(id), input)).fetchone()
        if found is None:
            return None
        self._db.execute("UPDATE kept SET row = ? WHERE id = ?", (row, _text(id)))
        return str(found[0]), str(found[1])

    def where(self, id: str) -> tuple[int, int] | None:
        """Begin and length of an athlete's line."""
        found = self._db.execute("SELECT at, length FROM kept WHERE id = ?", (_text(id),)).fetchone()
        return None if found is None else (int(found[0]), int(found[1]))

    def gone(self) -> Iterator[tuple[int, int]]:
        """Begin and length of the lines of athletes who are not in the roster any more."""
        yield from self._db.execute("SELECT at, length FROM kept WHERE row IS NULL AND substr(id, 1, 1) != '#' ORDER BY at")

    def in_order(self) -> Iterator[tuple[int, int, int]]:
        """(begin, length, row) of the lines of the roster's athletes, by row."""
        yield from self._db.execute("SELECT at, length, row FROM kept WHERE row IS NOT NULL ORDER BY row")

    def moved(self) -> bool:
        """Whether a line that is kept has another row's number."""
        return self._db.execute("SELECT 1 FROM kept WHERE row != was LIMIT 1").fetchone() is not None

    def close(self) -> None:
        self._db.close()


class Answers:
    """Answers to questions, by key; in a directory they outlast the run, else they vanish with the process."""

    def __init__(self, folder: Path | None) -> None:
        """Raises InputError for a directory that cannot be used."""
        self._folder = folder
        try:
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect("" if folder is None else folder / "answers.sqlite", isolation_level=None, timeout=60)
            # Several runs may share a directory, and a run may be killed.
            self._db.execute("PRAGMA journal_mode=WAL" if folder else "PRAGMA journal_mode=OFF")
            self._db.execute("PRAGMA synchronous=OFF")
            self._db.execute("PRAGMA cache_size=-1000")
            self._db.execute(_ANSWERS)
        except (sqlite3.Error, OSError) as error:
            raise InputError(str(folder), f"this cannot hold answers ({error})", expected="a writable directory") from None

    def get(self, key: str) -> Answer | None:
        """The answer to a question, if it is known."""
        with self._told():
            found = self._db.execute("SELECT outcome, head, week FROM answers WHERE key = ?", (key,)).fetchone()
        try:
            return _sound(*found) if found else None
        except (zlib.error, ValueError, TypeError, RecursionError):
            return None  # damaged on disk: it is solved again

    def put(self, key: str, answer: Answer) -> None:
        """Keeps an answer that holds for whoever asks."""
        week = None if answer.week is None else zlib.compress(answer.week.encode(), 1)
        with self._told():
            self._db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)", (key, answer.outcome, answer.head, week))

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self._db.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            place = str(self._folder or "the temporary directory")
            raise InputError(place, f"answers cannot be kept here ({error})", expected="a place with room") from None


def _sound(outcome: Any, head: Any, week: Any) -> Answer:
    """An answer as it was kept. Raises ValueError, TypeError or zlib.error for one that cannot have been."""
    data = json.loads(head)
    Told.model_validate({**data, "outcome": outcome})
    text = zlib.decompress(week).decode()
    if Week.model_validate_json(text).outcome != outcome:
        raise ValueError("this is another answer")
    return Answer(outcome, head, text, 0.0)


def _text(id: str) -> str:
    """Lone surrogates are no text for a database."""
    return id.encode("utf-8", "surrogatepass").decode("utf-8", "backslashreplace")
