"""Ctrl-C: ends the process at once, whatever it is doing, but never in the middle of its result."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

INTERRUPTED = 130
_MESSAGE = b"Interrupted. "
_FRESH_LINE = b"\r\x1b[2K\x1b[?25h"
"""Takes away the sign of life, which hides the cursor."""


class _State:
    more = b""
    """What is said behind it."""
    last: Callable[[], None] | None = None
    """What is done before."""
    listening = False
    writing = False
    """Something is being written that must be whole."""
    waiting = False
    """An interrupt came meanwhile."""


def listen() -> None:
    """From here on an interrupt ends the process with exit code 130. For the entry point: it has the process to itself.

    No exception is raised: one may be swallowed on its way up (by an import, a destructor), and a solver in its thread
    makes the interpreter crash when it shuts down. A process that was told to ignore interrupts goes on doing so.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupted)
        _State.listening = True


def tell(more: str, last: Callable[[], None]) -> None:
    """What is said besides, should an interrupt come, and what is still done."""
    _State.more, _State.last = more.encode("utf-8", "replace"), last


def finish() -> None:
    """All is done: an interrupt while the interpreter shuts down changes nothing any more."""
    if _State.listening:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def settle() -> None:
    """The result is being written, and nothing follows it: it is too late for an interrupt."""
    _State.writing = True
    _State.waiting = False


@contextmanager
def whole() -> Iterator[None]:
    """What is written in the block is written whole; an interrupt that comes meanwhile takes effect behind it."""
    before = _State.writing
    _State.writing = True
    try:
        yield
    finally:
        _State.writing = before
        if _State.waiting and not before:
            _leave()


def _interrupted(*_: object) -> None:
    if _State.writing:
        _State.waiting = True
    else:
        _leave()


def _leave() -> None:
    try:
        if _State.last is not None:
            with suppress(Exception):
                _State.last()
        clear = os.isatty(2) and os.environ.get("TERM") != "dumb"
        os.write(2, (_FRESH_LINE if clear else b"") + (_MESSAGE + _State.more).rstrip() + b"\n")
    finally:
        os._exit(INTERRUPTED)
