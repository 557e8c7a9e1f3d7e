"""A run over a roster: rows to questions, questions to workers in a bounded window, answers to the journal."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from microcycle import __version__
from microcycle.batch import work
from microcycle.batch.columns import column_at
from microcycle.batch.index import Answers, Index, Kept
from microcycle.batch.journal import Journal, Line, damaged_in, gone_from, is_journal, line_of, lines, put_away, rewritten
from microcycle.batch.pools import Pool
from microcycle.batch.question import Question, canonical, question
from microcycle.batch.row import Fault, Row, shard_of
from microcycle.batch.tally import Tally
from microcycle.batch.work import Answer, Settings
from microcycle.errors import InputError, MicrocycleError

CHUNK = 4
"""Rows that go to a worker together: a millisecond of talk for a quarter of a second of work."""
AHEAD = 2
"""Chunks that wait for each worker."""
MOST_WAITING = 2000
"""Rows at most that wait for the answer to a question that another row has asked."""
STRIKES = 2
"""Workers that a row may kill before it is given up."""
SHARED = ("solved", "infeasible")
"""Answers that hold for whoever asks the same."""


class EngineLost(MicrocycleError):
    """The workers are gone for good; what was finished is in the journal."""


class _Open(NamedTuple):
    """A row, and what a line of it needs beside its answer."""

    row: Row
    input: str
    """All that the row says, as 16 hexadecimal digits."""
    question: Question | None
    """None for a row with a fault."""
    same_as: str | None


@dataclass
class Plan:
    """What a run is to do."""

    rows: Iterable[Row]
    journal: Path
    settings: Settings
    shard: tuple[int, int] = (1, 1)
    cache: Path | None = None
    sort: bool = False
    overwrite: bool = False
    anchor: Callable[[Row], Row] = lambda row: row
    seen: Callable[[str, bool], None] = field(default=lambda _outcome, _kept: None)
    """Called with the outcome of each row, and whether an earlier run had left it."""
    tally: Tally = field(default_factory=Tally)
    """What came of it so far."""


def fingerprint(settings: Settings) -> str:
    """What decides an answer beside the question: rulebook, versions, parameters and limits; 16 hexadecimal digits."""
    package = files("microcycle")
    sources = [package / "solver" / "search.py", *sorted(_tree(package / "catalogue"), key=str)]
    parts = [__version__, version("ortools"), repr(settings)]
    digest = hashlib.sha256("\n".join(parts).encode())
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _tree(folder: Any) -> Iterator[Any]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _tree(entry)
        elif entry.name.endswith(".toml"):
            yield entry


def run(plan: Plan, pool: Callable[[], Pool]) -> Tally:
    """Writes a line for each athlete and tells what came of them; the pool is made when there is work to do.

    Raises InputError for a roster or a journal that cannot be used, EngineLost where the workers are gone for good.
    """
    try:
        return _Run(plan, pool).done()
    finally:
        if isinstance(plan.rows, Generator):
            plan.rows.close()  # also where nobody reads it to its end: it holds a file


class _Run:
    def __init__(self, plan: Plan, pool: Callable[[], Pool]) -> None:
        self.plan, self.tally, self.index = plan, plan.tally, Index()
        self.run = fingerprint(plan.settings)
        self._make = pool
        self._torn: InputError | None = None
        self._pool: Pool | None = None
        self._spoiled: list[Line] = []
        """Lines of the journal that cannot be read."""
        self._rows = iter(plan.rows)
        # A roster that cannot be read leaves no journal behind, and none that was there is lost over it.
        self._first = next(self._rows, None)
        self.answers = Answers(plan.cache)
        self.journal = Journal(plan.journal)
        try:
            # Only now: whoever had the journal before may have written to it until then.
            self._lines = self._read()
            """In the journal, those of athletes who are no longer in the roster included."""
            self.journal.begin(anew=plan.overwrite)
        except BaseException:
            self.journal.close()
            raise
        self._chunk: list[_Open] = []
        self._flying: dict[Future[list[Answer]], list[_Open]] = {}
        self._waiting: dict[str, list[_Open]] = {}
        """Rows whose question is with a worker already, by its hash."""

    def _read(self) -> int:
        """Lines that an earlier run has left; they must be of this rulebook and these limits. Raises InputError."""
        path, count = self.plan.journal, 0
        refused: list[InputError] = []
        if self.plan.overwrite:
            if not is_journal(path):
                told = "this is no journal, and is not written over"
                raise InputError(str(path), told, expected="another name with -o")
            return 0

        def spoiled(line: Line, error: InputError) -> None:
            self._spoiled.append(line)
            refused.append(error)

        other = "this journal was made by another version or rulebook, or with other limits or options for the weeks"
        strange = InputError(str(path), other, expected="another name with -o, or --overwrite")
        for line in lines(path, spoiled):
            head = line.head
            if head["key"].rpartition(".")[2] != self.run:
                spoiled(line, strange)
                continue
            count += 1
            told = json.dumps({name: head[name] for name in ("error", "conflict", "breaks") if name in head})
            was, outcome = head["row"], head["outcome"]
            self.index.keep(Kept(head["id"], head["input"], line.at, line.length, was, None, outcome, told))
        if not count and refused and (strange in refused or not is_journal(path)):
            # Nothing in it is ours.
            raise strange if strange in refused else refused[0]
        self.tally.damaged = len(self._spoiled)
        return count + self.tally.damaged

    def done(self) -> Tally:
        try:
            self._solve()
            if self._torn is not None:
                raise self._torn
            self._settle()
        finally:
            if self._pool is not None:
                self._pool.close()
            self.answers.close()
            self.journal.close()
        self.index.close()
        return self.tally

    def _solve(self) -> None:
        try:
            for row in self._each():
                self._take(row)
            self._send()
            while self._flying or self._chunk:
                self._receive()
        except sqlite3.Error as error:
            told = f"what a run must remember cannot be kept there ({error})"
            raise InputError("temporary directory", told, expected="room, or another place in TMPDIR") from None

    def _each(self) -> Iterator[Row]:
        """The rows up to the end, or to where the roster cannot be read on: those before it are still finished."""
        try:
            yield from chain([self._first] if self._first else [], self._rows)
        except InputError as error:
            self._torn = error

    # -- rows in -------------------------------------------------------------------------------------------------------

    def _take(self, row: Row) -> None:
        self.tally.roster += 1
        first = self.index.seen(row.id, row.number)
        if first is not None:
            told = f"the id {row.id[:60]!r} is that of row {first} already; expected an id of its own"
            row = Row(
                row.number, f"#{row.number}", row.meta, fault=Fault("duplicate-id", told, "id", row.line), line=row.line
            )
        mine = shard_of(row.id, self.plan.shard[1]) == self.plan.shard[0]
        row = row if row.request is None else self.plan.anchor(row)
        asked = None if row.request is None else question(row.request)
        # Who was first is known in every shard, so that each says the same.
        same_as = self.index.first(asked.hash, row.id) if asked else None
        if not mine:
            return
        one = _Open(row, _input(row), asked, same_as)
        kept = self.index.kept(row.id, one.input, row.number)
        if kept is not None and not _elsewhere(row, *kept):
            outcome, head = kept
            self.tally.kept += 1
            self._count(row, outcome, head, None, kept=True)
            return
        self.tally.changed += kept is None and row.id[:1] != "#" and self.index.where(row.id) is not None
        if row.fault is not None:
            fault = row.fault if self.plan.settings.personal else work.unquoted(row.fault)
            self._write(one, work.failed("invalid", fault), None)
        elif asked is not None:
            self._ask(one, asked)

    def _ask(self, one: _Open, asked: Question) -> None:
        """Answers from what is known, waits with others who ask the same, or goes to a worker."""
        known = self.answers.get(self._key(asked))
        if known is not None:
            # Whoever asked it in this run has the first word.
            self.tally.shared += one.same_as is not None
            self.tally.cached += one.same_as is None
            self._write(one, known, None)
            return
        if asked.hash in self._waiting:
            self._waiting[asked.hash].append(one)
            while sum(map(len, self._waiting.values())) > MOST_WAITING:
                self._send()
                self._receive()
            return
        self._waiting[asked.hash] = []
        self._chunk.append(one)
        if len(self._chunk) >= CHUNK:
            self._send()

    def _send(self) -> None:
        if not self._chunk:
            return
        pool = self._workers()
        while len(self._flying) >= AHEAD * pool.workers + 1:
            self._receive()
        chunk, self._chunk = self._chunk, []
        self._submit(chunk)

    def _workers(self) -> Pool:
        if self._pool is None:
            self._pool = self._make()
        return self._pool

    def _submit(self, chunk: list[_Open]) -> None:
        try:
            self._flying[self._given(chunk)] = chunk
        except Exception as error:
            # The pool broke before it was told of this chunk.
            self._survive(error)
            self._alone(chunk)

    def _given(self, chunk: list[_Open]) -> Future[list[Answer]]:
        asked = [(one.question.request, one.row.line) for one in chunk if one.question is not None]
        return self._workers().submit(work.solve, asked, self.plan.settings)

    def _survive(self, error: BaseException) -> None:
        """Goes on where a worker was lost. Raises EngineLost where all of them are."""
        if not self._workers().died(error):
            raise EngineLost(f"the workers are gone ({type(error).__name__}: {error})") from error

    # -- answers out ---------------------------------------------------------------------------------------------------

    def _receive(self) -> None:
        """Takes what is finished, and waits for something if nothing is."""
        if not self._flying:
            self._send()
            return
        ready, _ = wait(self._flying, return_when=FIRST_COMPLETED)
        lost: list[_Open] = []
        for future in ready:
            chunk = self._flying.pop(future)
            try:
                answers = future.result()
            except (Exception, CancelledError) as error:
                self._survive(error)
                lost += chunk
                continue
            self.tally.worker_mb = max([self.tally.worker_mb, *(answer.memory_mb for answer in answers)])
            for one, answer in zip(chunk, answers, strict=True):
                self._answered(one, answer)
        if lost:
            self._alone(lost)

    def _alone(self, lost: list[_Open]) -> None:
        """Rows that were with a worker when one died, each by itself: whoever is alone with a dead worker has killed it."""
        pool = self._workers()
        if pool.loses_all:
            for future in list(self._flying):
                # All that a broken pool held is lost, but for what was finished before.
                if not future.done() or future.cancelled() or future.exception() is not None:
                    lost += self._flying.pop(future)
        pool.renew()
        for one in sorted(lost, key=lambda one: one.row.number):
            self._answered(one, self._tried(one))

    def _tried(self, one: _Open) -> Answer:
        for _ in range(STRIKES):
            try:
                return self._given([one]).result()[0]
            except (Exception, CancelledError) as error:
                self._survive(error)
                self._workers().renew()
        told = f"the worker died over this row, {STRIKES} times"
        return work.failed("crashed", Fault("worker", told, None, one.row.line))

    def _answered(self, one: _Open, answer: Answer) -> None:
        assert one.question is not None
        followers = self._waiting.pop(one.question.hash, [])
        self._write(one, answer, answer.seconds)
        if answer.outcome not in SHARED:
            # What is wrong with one is not taken for what is wrong with another.
            self._chunk += followers
            return
        self.answers.put(self._key(one.question), answer)
        for other in followers:
            self.tally.shared += 1
            self._write(other, answer, None)

    def _write(self, one: _Open, answer: Answer, seconds: float | None) -> None:
        row, same_as = one.row, one.same_as if answer.outcome in SHARED else None
        answer = _in_column(row, answer)
        line = line_of(row, one.question, self.run, one.input, answer, same_as, personal=self.plan.settings.personal)
        at = self.journal.append(line)
        self._lines += 1
        self.index.keep(Kept(row.id, one.input, at, len(line), row.number, row.number, answer.outcome, answer.head))
        self._count(row, answer.outcome, answer.head, seconds)

    def _count(self, row: Row, outcome: str, head: str, seconds: float | None, *, kept: bool = False) -> None:
        self.tally.add(row.number, row.id, outcome, head, seconds)
        self.plan.seen(outcome, kept)

    def _key(self, asked: Question) -> str:
        return f"{asked.hash}.{self.run}"

    def _settle(self) -> None:
        """The lines of this roster and no others, in its order where that was asked for or they must be written anew.

        Those of athletes who are not in it are put away, not lost: it may be the wrong roster.
        """
        gone = list(self.index.gone())
        if gone:
            put_away(self.plan.journal, iter(gone), gone_from(self.plan.journal))
            self.tally.gone = len(gone)
        if self._spoiled:
            put_away(self.plan.journal, ((line.at, line.length) for line in self._spoiled), damaged_in(self.plan.journal))
        if self.plan.sort or self._lines != self.tally.rows or self.index.moved():
            path = self.plan.journal
            rewritten(path, ((path, at, length, row) for at, length, row in self.index.in_order()))


def _elsewhere(row: Row, outcome: str, head: str) -> bool:
    """Whether what is wrong with a row was told of another line, or column, than the one where it stands now."""
    if outcome != "invalid" or row.line is None:
        return False
    error = json.loads(head)["error"]
    return error["line"] != row.line or (row.fault is None and error["column"] != _column(row, error))


def _in_column(row: Row, answer: Answer) -> Answer:
    """The answer with the sheet's column of what is wrong: whoever judged the request saw no sheet."""
    if answer.outcome != "invalid" or row.fault is not None or row.columns is None:
        return answer
    head = json.loads(answer.head)
    head["error"]["column"] = _column(row, head["error"])
    return answer._replace(head=json.dumps(head, separators=(",", ":"), ensure_ascii=False))


def _column(row: Row, error: Mapping[str, Any]) -> int | None:
    """Where in a row stands what an error's path leads to; places in lists have no column."""
    if row.columns is None or error["path"] is None:
        written: int | None = error["column"]
        return written
    names = re.sub(r"\[(?:\d+|'([^']*)')\]", lambda found: f".{found[1]}" if found[1] else "", error["path"])
    return column_at(row.columns, names.split("."))


def _input(row: Row) -> str:
    """All that a row says, as 16 hexadecimal digits."""
    fault = None if row.fault is None else row.fault.told()
    text = canonical([row.request, row.meta, fault])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
