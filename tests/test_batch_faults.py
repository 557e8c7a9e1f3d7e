"""Batches that are struck: real processes killed, interrupted, out of room; whoever runs it again gets the same bytes."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rosters import by_id, envelopes, read, small, written

from microcycle.batch.journal import record_of

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")
MARK = "MICROCYCLE_TEST_RUN"
POISON = """
import os, signal
try:
    from microcycle.batch import work
except ImportError:
    work = None
if work is not None:
    solved = work._solved
    def poisoned(request, line, settings):
        if request.get("athlete", {}).get("age") == 99:
            os.kill(os.getpid(), signal.SIGKILL)
        return solved(request, line, settings)
    work._solved = poisoned
"""
"""Read by every interpreter at its start: whoever is 99 kills the worker."""


class Batch:
    """The command in a process of its own, and whatever it starts."""

    def __init__(
        self, folder: Path, roster: Path, journal: Path, *more: str, limit: Callable[[], None] | None = None
    ) -> None:
        self.mark = f"{folder}{random.random()}"
        path = os.pathsep.join((str(folder / "site"), str(ROOT)))
        env = {**os.environ, "PYTHONPATH": path, MARK: self.mark, "PYTHONDONTWRITEBYTECODE": "1"}
        command = [
            sys.executable,
            "-m",
            "microcycle",
            "batch",
            str(roster),
            "-o",
            str(journal),
            *([] if "--cluster" in more else ["--workers", "2"]),
            "--sort",
            *more,
        ]
        self.process = subprocess.Popen(
            command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=limit,
            start_new_session=True,
        )  # fmt: skip

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=120)
        return self.process.returncode, out, err

    def workers(self) -> list[int]:
        """Processes that this command has started and that are still there."""
        return [pid for pid in _marked(self.mark) if pid != self.process.pid]

    def gone(self) -> bool:
        """Whether all of them have ended, now or soon."""
        until = time.monotonic() + 20
        while self.workers() and time.monotonic() < until:
            time.sleep(0.05)
        return not self.workers()


def _marked(mark: str) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                environ = (entry / "environ").read_bytes()
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if f"{MARK}={mark}".encode() in environ and state != "Z":
                yield int(entry.name)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A roster and the sorted journal of a run that nothing disturbs."""
    folder = tmp_path_factory.mktemp("calm")
    roster = written(folder / "roster.jsonl", [*envelopes(48), "{", {"id": "again", "request": small(3)}])
    code, _, err = Batch(folder, roster, folder / "calm.jsonl").end()
    assert code == 5, err
    return roster, (folder / "calm.jsonl").read_bytes()


def grown(journal: Path, least: int, batch: Batch) -> None:
    """Waits until a journal has so many bytes, or the command has ended."""
    while batch.process.poll() is None and (not journal.exists() or journal.stat().st_size < least):
        time.sleep(0.01)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_a_worker_that_is_killed(tmp_path: Path, calm: tuple[Path, bytes]) -> None:
    roster, text = calm
    journal = tmp_path / "j.jsonl"
    batch = Batch(tmp_path, roster, journal)
    grown(journal, 1, batch)
    # The youngest is a worker, not the process that they all come from.
    os.kill(max(batch.workers()), signal.SIGKILL)
    code, _, err = batch.end()
    assert (code, "Traceback" in err) == (5, False), err
    assert journal.read_bytes() == text
    assert batch.gone()


def test_a_row_that_always_kills_its_worker(tmp_path: Path, calm: tuple[Path, bytes]) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(POISON, encoding="utf-8")
    asked = envelopes(30)
    asked[11]["request"]["athlete"]["age"] = 99
    code, out, err = Batch(tmp_path, written(tmp_path / "r.jsonl", asked), tmp_path / "j.jsonl").end()
    assert code == 5, err
    found = by_id(tmp_path / "j.jsonl")
    assert [id for id, line in found.items() if line["outcome"] != "solved"] == ["u-11"]
    assert (found["u-11"]["outcome"], found["u-11"]["error"]["code"]) == ("crashed", "worker")
    assert "u-11 (line 12, crashed)" in out
    before = {line["id"]: line["week"] for line in map(json.loads, calm[1].splitlines())}
    assert all(line["week"] == before[id] for id, line in found.items() if id != "u-11")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_a_driver_that_is_killed_twenty_times(tmp_path: Path, calm: tuple[Path, bytes]) -> None:
    roster, text = calm
    journal, rng, killed = tmp_path / "j.jsonl", random.Random(20), 0
    for n in range(20):
        batch = Batch(tmp_path, roster, journal, "--quiet")
        # Now somewhere at the start, now as soon as a little more is there.
        if n % 2:
            grown(journal, (journal.stat().st_size if journal.exists() else 0) + rng.randrange(1, 12_000), batch)
        else:
            time.sleep(rng.random())
        killed += batch.process.poll() is None
        batch.process.kill()
        batch.end()
        assert batch.gone()
    assert killed >= 12
    code, _, err = Batch(tmp_path, roster, journal).end()
    assert code == 5, err
    assert journal.read_bytes() == text
    assert sorted(entry.name for entry in tmp_path.glob("[!.]*")) == ["j.RUN.json", "j.jsonl"]
    assert not list(tmp_path.glob(".microcycle*"))


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_an_interrupt(tmp_path: Path, calm: tuple[Path, bytes]) -> None:
    roster, text = calm
    journal = tmp_path / "j.jsonl"
    batch = Batch(tmp_path, roster, journal)
    grown(journal, 1, batch)
    os.killpg(batch.process.pid, signal.SIGINT)
    code, _, err = batch.end()
    assert code == 130
    assert "the same command goes on from there" in err
    assert "Traceback" not in err
    assert batch.gone()
    assert journal.read_bytes().endswith(b"\n")
    record = record_of(journal)
    assert record is not None
    assert record["interrupted"]
    assert record["rows"] - len(read(journal)) in (-1, 0), "as far as it came"
    assert read(journal)
    assert Batch(tmp_path, roster, journal).end()[0] == 5
    assert journal.read_bytes() == text


def test_no_room(tmp_path: Path, calm: tuple[Path, bytes]) -> None:
    roster, text = calm
    journal = tmp_path / "j.jsonl"

    def little() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    code, _, err = Batch(tmp_path, roster, journal, limit=little).end()
    assert code == 2
    assert "the journal cannot be written" in err
    assert "Traceback" not in err
    size = journal.stat().st_size
    assert 0 < size <= 50_000
    assert read(journal)
    assert Batch(tmp_path, roster, journal).end()[0] == 5
    assert journal.read_bytes() == text
    code, _, err = Batch(tmp_path, roster, tmp_path / "no" / "j.jsonl").end()
    assert (code, "there is no directory" in err) == (2, True)
    if Path("/dev/full").exists():
        code, _, err = Batch(tmp_path, roster, Path("/dev/full")).end()
        assert (code, "Traceback" in err) == (2, False)


NASTY = ["../../x", "CON", "x" * 300, "\U0001f3c3", "=cmd()", "a/b", "nul.txt", " ", "-rf", "a\nb", "\x1b[31m"]


def test_rows_of_every_bad_kind(tmp_path: Path) -> None:
    rng = random.Random(3)
    bad: list[Any] = [
        "{", "[]", "null", '"x"', "\u0000", {"id": ""}, {"goal": "run-5k"}, {"id": "g", "goal": "run"}, {"id": "n"},
        {"id": "v", "goal": "run-5k", "availability": {"mon": "25:00-26:00"}},
        {"id": "t", "goal": "run-5k", "want": {"runs": -1}}, {"id": "w", "request": []}, {"id": "deep", "goal": [[[[]]]]},
        {"id": "many", "goal": "run-5k", "pinned": [{"session": "easy-run", "day": "mon"}] * 100},
        {"id": "own", "goal": "run-5k", "rules": {f"r{n}": {"family": "streak"} for n in range(300)}},
    ]  # fmt: skip
    asked: list[Any] = [*envelopes(150), *bad, *({"id": id, **small(5)} for id in NASTY)]
    rng.shuffle(asked)
    code, out, err = Batch(tmp_path, written(tmp_path / "r.jsonl", asked), tmp_path / "j.jsonl").end()
    assert (code, "Traceback" in err + out) == (5, False), err
    found = by_id(tmp_path / "j.jsonl")
    outcomes = [line["outcome"] for line in found.values()]
    refused = len(bad) + 2  # an id of 300 characters, and one of none
    assert (outcomes.count("invalid"), outcomes.count("solved")) == (refused, len(asked) - refused)
    assert all(line["error"]["code"] and line["error"]["message"] for line in found.values() if line["outcome"] == "invalid")
    assert "\x1b" not in out
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["j.RUN.json", "j.jsonl", "r.jsonl"]


def test_one_worker_or_two(tmp_path: Path, calm: tuple[Path, bytes]) -> None:
    roster, text = calm
    assert Batch(tmp_path, roster, tmp_path / "j.jsonl", "--workers", "1").end()[0] == 5
    assert (tmp_path / "j.jsonl").read_bytes() == text


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads a process's memory from /proc")
def test_large_rosters_take_little_memory(tmp_path: Path) -> None:
    """10,000 files, and a row of 100 MB between two that are fine."""
    folder, few = tmp_path / "files", tmp_path / "few"
    for where, count in ((folder, 10_000), (few, 20)):
        where.mkdir()
        for n in range(count):
            (where / f"u{n:05}.json").write_text(json.dumps(small(n % 10)), encoding="utf-8")
    huge = tmp_path / "huge.jsonl"
    with huge.open("w", encoding="utf-8") as file:
        file.write(json.dumps({"id": "first", **small(1)}) + "\n" + '{"id": "huge", "note": "')
        for _ in range(100):
            file.write("x" * (1 << 20))
        file.write('"}\n' + json.dumps({"id": "last", **small(2)}) + "\n")
    found = {}
    for roster, counts in ((few, (20, 0)), (folder, (10_000, 0)), (huge, (2, 1))):
        journal = tmp_path / f"{roster.stem}.journal"
        code, _, err = Batch(tmp_path, roster, journal, "--quiet").end()
        record = json.loads((tmp_path / f"{roster.stem}.RUN.json").read_text())
        assert (record["outcomes"]["solved"], record["outcomes"]["invalid"]) == counts, err
        assert code == (5 if counts[1] else 0)
        found[roster] = record["memory_mb"]["driver"]
    assert found[folder] < 1.5 * found[few]
    assert found[huge] < 1.5 * found[few]
    assert by_id(tmp_path / "huge.journal")["#2"]["error"] | {"message": ""} == {
        "code": "size", "path": None, "line": 2, "column": None, "message": "",
    }  # fmt: skip
