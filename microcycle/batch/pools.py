"""Where the work is done: processes of this machine, or a Dask cluster; the same futures either way."""

from __future__ import annotations

import ipaddress
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import connection
from typing import Any, Protocol
from urllib.parse import urlsplit

from microcycle.errors import InputError

COUNT_EVERY_S = 5.0
"""Seconds after which the workers of a cluster are counted anew."""
PRELOADED = ["microcycle.batch.work", "microcycle.solver.planning", "microcycle.models.catalogue"]
"""Loaded once, by the process that all workers come from."""


QUIET = "ignore:resource_tracker"


class Pool(Protocol):
    """What a run asks of its workers."""

    loses_all: bool
    """With a worker goes all that was submitted."""

    @property
    def workers(self) -> int: ...

    def submit(self, work: Callable[..., Any], *args: Any) -> Future[Any]: ...

    def died(self, error: BaseException) -> bool:
        """Whether a worker was lost over what was submitted, rather than the whole engine."""
        ...

    def renew(self) -> None:
        """Makes a pool that has lost a worker work again; all that was submitted before is lost."""
        ...

    def close(self) -> None: ...


class Processes:
    """Worker processes of this machine."""

    loses_all = True

    def __init__(self, workers: int, memory: int | None = None) -> None:
        """So many workers, each with so many bytes of address space at most, where the system can limit it."""
        self._workers, self._memory = workers, memory
        self._executor = self._new()

    def _new(self) -> ProcessPoolExecutor:
        # Workers that are killed cannot give back their semaphores. Python's tracker does it for them, and need not say so.
        known = os.environ.get("PYTHONWARNINGS")
        if QUIET not in (known or ""):
            os.environ["PYTHONWARNINGS"] = f"{known},{QUIET}" if known else QUIET
        methods = multiprocessing.get_all_start_methods()
        context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
        if hasattr(context, "set_forkserver_preload"):
            context.set_forkserver_preload(PRELOADED)
        return ProcessPoolExecutor(self._workers, context, _begin, (self._memory,))

    @property
    def workers(self) -> int:
        return self._workers

    def submit(self, work: Callable[..., Any], *args: Any) -> Future[Any]:
        return self._executor.submit(work, *args)

    def died(self, error: BaseException) -> bool:
        return isinstance(error, BrokenExecutor)

    def renew(self) -> None:
        self.close()
        self._executor = self._new()

    def close(self) -> None:
        """Ends the workers, whatever they are at: nobody waits for it any more."""
        processes = list((getattr(self._executor, "_processes", None) or {}).values())
        self._executor.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            # In Python 3.11 a shutdown that cancels may wait for ever. From 3.14 on there is kill_workers().
            process.kill()


def _begin(memory: int | None) -> None:
    """A worker's first act: interrupts are for the driver to hear, and without the driver there is nothing to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if memory is not None:
        with suppress(ImportError, ValueError, OSError):
            import resource

            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    """A driver that was killed cannot tell its workers, and they would wait for ever."""
    connection.wait([sentinel])
    os._exit(0)


LOGGERS = ("distributed", "distributed.client", "tornado", "tornado.application", "asyncio")
"""What Dask and what it runs on write of connections that end; each has a level of its own."""


class Cluster:
    """The workers of a Dask scheduler."""

    loses_all = False

    def __init__(self, address: str, *, insecure: bool = False, ca: str | None = None, cert: str | None = None,
                 key: str | None = None) -> None:  # fmt: skip
        """Raises InputError for an address that cannot be meant, is not safe, or where nobody answers."""
        secured = _checked(address, insecure=insecure, files=(ca, cert, key))
        try:
            from distributed import Client, Security
        except ImportError:
            expected = "the extra: pip install 'microcycle[cluster]'"
            raise InputError("--cluster", "the package 'distributed' is not installed", expected=expected) from None
        # What is lost is told by us, in one line.
        for name in LOGGERS:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        security = (
            Security(tls_ca_file=ca, tls_client_cert=cert, tls_client_key=key, require_encryption=True) if secured else None
        )
        try:
            self._client = Client(address, security=security, timeout=10, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            told = " ".join(str(error).split())[:200]
            raise InputError(address, f"no scheduler answers there ({told})", expected="a running Dask scheduler") from None
        self._executor = self._client.get_executor(retries=0, pure=False)
        self._workers, self._counted = 1, -COUNT_EVERY_S

    @property
    def workers(self) -> int:
        """As many as there were a moment ago: to ask takes a round trip, and clusters grow and shrink."""
        if time.monotonic() > self._counted + COUNT_EVERY_S:
            self.recount()
        return self._workers

    def recount(self) -> None:
        """Asks the scheduler how many there are. Where nobody answers any more, what was submitted will say so."""
        with suppress(Exception):
            self._workers = max(1, sum(int(n) for n in self._client.ncores().values()))
        self._counted = time.monotonic()

    def submit(self, work: Callable[..., Any], *args: Any) -> Future[Any]:
        future: Future[Any] = self._executor.submit(work, *args)
        return future

    def died(self, error: BaseException) -> bool:
        from distributed import KilledWorker

        return isinstance(error, KilledWorker)

    def renew(self) -> None:
        """The scheduler has done so."""

    def close(self) -> None:
        with suppress(Exception):
            self._client.close(timeout=2)


def _checked(address: str, *, insecure: bool, files: tuple[str | None, ...]) -> bool:
    """Whether an address is secured. Raises InputError."""
    parts = urlsplit(address)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if parts.scheme not in ("tcp", "tls") or not host or not port:
        raise InputError(
            "--cluster", f"'{address[:80]}' is no scheduler's address", expected="tcp://HOST:PORT or tls://HOST:PORT"
        )
    if parts.scheme == "tls":
        if not all(files):
            raise InputError("--cluster", "tls needs its certificates", expected="--tls-ca, --tls-cert and --tls-key")
        return True
    if not _is_loopback(host) and not insecure:
        told = "whoever reaches a scheduler over plain tcp can run code on every worker: its messages are unpickled"
        raise InputError("--cluster", told, expected="tls://, an address of this machine, or --insecure")
    return False


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False
