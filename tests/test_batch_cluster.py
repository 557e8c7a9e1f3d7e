"""The same roster on a Dask cluster of this machine: the same bytes, also where workers, nannies or the scheduler die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rosters import envelopes, small, written
from test_batch_faults import POISON, ROOT, Batch, grown

from microcycle.batch.pools import Cluster
from microcycle.errors import InputError

pytest.importorskip("distributed")


class Dask:
    """A scheduler and two workers, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        path = os.pathsep.join((str(folder / "site"), str(ROOT)))
        self._env = {**os.environ, "PYTHONPATH": path, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
        self._folder, self.file = folder, folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-show", "--no-dashboard")
        while not self.file.exists():
            assert self.scheduler.poll() is None
            time.sleep(0.05)
        self.workers = [self._start("worker", "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1") for _ in range(2)]

    def _start(self, what: str, *more: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "distributed.cli.dask_" + what, "--scheduler-file", str(self.file), *more]
        with (self._folder / f"{what}.log").open("ab") as log:
            return subprocess.Popen(command, env=self._env, cwd=self._folder, stdout=log, stderr=log, start_new_session=True)

    @property
    def address(self) -> str:
        import json

        return str(json.loads(self.file.read_text(encoding="utf-8"))["address"])

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Dask]:
    (tmp_path / "dask").mkdir()
    found = Dask(tmp_path / "dask")
    try:
        yield found
    finally:
        found.close()


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    folder = tmp_path_factory.mktemp("calm")
    roster = written(folder / "roster.jsonl", [*envelopes(60), "{", {"id": "again", "request": small(3)}])
    assert Batch(folder, roster, folder / "calm.jsonl").end()[0] == 5
    return roster, (folder / "calm.jsonl").read_bytes()


def test_a_cluster_gives_the_same_bytes(tmp_path: Path, calm: tuple[Path, bytes], dask: Dask) -> None:
    roster, text = calm
    code, _, err = Batch(tmp_path, roster, tmp_path / "j.jsonl", "--cluster", dask.address).end()
    assert (code, "Traceback" in err) == (5, False), err
    assert (tmp_path / "j.jsonl").read_bytes() == text


def test_a_worker_and_then_a_nanny_that_die(tmp_path: Path, calm: tuple[Path, bytes], dask: Dask) -> None:
    roster, text = calm
    journal = tmp_path / "j.jsonl"
    batch = Batch(tmp_path, roster, journal, "--cluster", dask.address)
    grown(journal, 1, batch)
    worker, nanny = dask.workers
    # The worker is the nanny's child; the nanny begins another.
    (child,) = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()[-1:]
    os.kill(int(child), signal.SIGKILL)
    grown(journal, journal.stat().st_size + 1, batch)
    os.killpg(nanny.pid, signal.SIGKILL)
    code, _, err = batch.end()
    assert (code, "Traceback" in err) == (5, False), err
    assert journal.read_bytes() == text


def test_what_a_cluster_runs_on_writes_nothing_of_its_own(dask: Dask) -> None:
    """A task whose connection ended may be found to have failed whenever Python tidies up."""
    code = (
        "import logging, sys; from microcycle.batch.pools import Cluster; cluster = Cluster(sys.argv[1])\n"
        "for name in ('distributed.comm', 'tornado.application', 'tornado.general', 'asyncio'):\n"
        "    logging.getLogger(name).error('Traceback')\n"
        "cluster.close()"
    )
    found = subprocess.run([sys.executable, "-c", code, dask.address], capture_output=True, text=True, check=True)
    assert (found.stdout, found.stderr) == ("", "")


def test_a_scheduler_that_dies(tmp_path: Path, calm: tuple[Path, bytes], dask: Dask) -> None:
    roster, text = calm
    journal = tmp_path / "j.jsonl"
    batch = Batch(tmp_path, roster, journal, "--cluster", dask.address)
    grown(journal, 1, batch)
    os.killpg(dask.scheduler.pid, signal.SIGKILL)
    code, _, err = batch.end()
    assert code == 2, err
    assert "the workers are gone" in err
    assert "the same command again: it goes on" in err
    assert "Traceback" not in err
    assert journal.read_bytes().endswith(b"\n")
    assert Batch(tmp_path, roster, journal).end()[0] == 5
    assert journal.read_bytes() == text


def test_a_row_that_kills_workers_of_a_cluster(tmp_path: Path) -> None:
    folder = tmp_path / "dask"
    (folder / "site").mkdir(parents=True)
    (folder / "site" / "sitecustomize.py").write_text(POISON, encoding="utf-8")
    asked = envelopes(20)
    asked[5]["request"]["athlete"]["age"] = 99
    cluster = Dask(folder)
    try:
        roster = written(tmp_path / "r.jsonl", asked)
        code, out, err = Batch(tmp_path, roster, tmp_path / "j.jsonl", "--cluster", cluster.address).end()
    finally:
        cluster.close()
    assert code == 5, err
    assert "u-5 (line 6, crashed)" in out
    assert "solved   19" in " ".join(out.split()) or "solved 19" in " ".join(out.split())


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("tcp://10.1.2.3:8786", "can run code on every worker"),
        ("tcp://scheduler.example.org:8786", "can run code on every worker"),
        ("tls://127.0.0.1:8786", "tls needs its certificates"),
        ("http://127.0.0.1:8786", "is no scheduler's address"),
        ("tcp://127.0.0.1", "is no scheduler's address"),
        ("8786", "is no scheduler's address"),
    ],
)
def test_addresses_that_are_refused(address: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        Cluster(address)
