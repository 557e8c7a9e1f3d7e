"""Rosters for tests: small quick weeks, a pool that works at once, and journals read back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future
from pathlib import Path
from typing import Any

from microcycle.batch.journal import RUN_SCHEMA, beside
from microcycle.batch.roster import rows
from microcycle.batch.run import Plan, run
from microcycle.batch.tally import Tally
from microcycle.batch.work import Settings

GOALS = ("run-5k", "run-10k", "hypertrophy", "strength-power", "health-longevity")


def small(n: int) -> dict[str, Any]:
    """A request that is solved in no time; each `n` is another question."""
    days = {"mon-fri": f"18:{n % 12 * 5:02}-19:{n % 12 * 5:02}"}
    return {
        "goal": GOALS[n % len(GOALS)],
        "athlete": {"name": f"Someone {n}", "age": 20 + n // 12 % 60},
        "availability": days,
    }


def envelopes(count: int) -> list[dict[str, Any]]:
    return [{"id": f"u-{n}", "meta": {"n": n}, "request": small(n)} for n in range(count)]


def written(path: Path, data: Iterable[Any]) -> Path:
    """A roster in JSONL; what is a text already is written as it is."""
    lines = (one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in data)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def read(journal: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]


def by_id(journal: Path) -> dict[str, dict[str, Any]]:
    found = {line["id"]: line for line in read(journal)}
    assert len(found) == len(read(journal))
    return found


class Inline:
    """A pool without processes; a request of someone aged `deadly` kills its worker."""

    loses_all = True
    workers = 2

    def __init__(self, deadly: int | None = None) -> None:
        self.deadly, self.asked, self.renewed = deadly, 0, 0

    def submit(self, work: Callable[..., Any], *args: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.asked += len(args[0])
        if any(request.get("athlete", {}).get("age") == self.deadly is not None for request, _ in args[0]):
            future.set_exception(BrokenExecutor("a worker died"))
        else:
            future.set_result(work(*args))
        return future

    def died(self, error: BaseException) -> bool:
        return isinstance(error, BrokenExecutor)

    def renew(self) -> None:
        self.renewed += 1

    def close(self) -> None:
        pass


def went(source: Path | str, journal: Path, pool: Inline | None = None, template: Any = None, **more: Any) -> Tally:
    """A run in this process."""
    pool = pool or Inline()
    return run(Plan(rows(str(source), template), journal, more.pop("settings", Settings()), **more), lambda: pool)


def ended(journal: Path, tally: Tally) -> None:
    """What the command leaves beside a journal at the end of a run, as far as putting shards together needs it."""
    found = {"schema": RUN_SCHEMA, "rows": tally.rows, "roster_rows": tally.roster}
    beside(journal).write_text(json.dumps(found), encoding="utf-8")


def numbered(source: Path | str, template: Any = None) -> Iterator[tuple[str, str | None]]:
    """Ids and codes of a roster's rows."""
    return ((row.id, row.fault.code if row.fault else None) for row in rows(str(source), template))
