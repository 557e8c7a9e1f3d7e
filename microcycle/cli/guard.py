"""What a person sees when something goes wrong: one line and an exit code, never a traceback."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from microcycle.cli.interrupt import INTERRUPTED
from microcycle.errors import MOST_TOLD, InputError, NoWeek

DONE, BUG, BAD_INPUT, INFEASIBLE, NO_PROOF, ROWS_FAILED = 0, 1, 2, 3, 4, 5
_NO_ROOM = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", None))
_REFUSED = (errno.EBADF, errno.EIO)
_read: dict[str, Any] = {}


def remember(name: str, data: Any) -> None:
    """Keeps what a command has read, for the reproduction file in case the rest fails."""
    _read[name] = data


class Guarded(TyperGroup):
    """A group whose commands end as `guarded` says, however they are called."""

    def make_context(self, *args: Any, **more: Any) -> Any:
        with guarded():  # --help and --version are told here
            return super().make_context(*args, **more)

    def invoke(self, ctx: Any) -> Any:
        with guarded():
            return super().invoke(ctx)


@contextmanager
def guarded() -> Iterator[None]:
    """Turns every exception into a message on standard error and an exit code, also what standard output refuses."""
    try:
        try:
            yield
        except (typer.Exit, typer.Abort, SystemExit):
            _flush()
            raise
        _flush()
    except (typer.Exit, typer.Abort, SystemExit):
        raise
    except InputError as error:
        found = error.mistakes
        for mistake in found[:MOST_TOLD]:
            say(printable(f"{mistake} [{mistake.code}]"))
        if len(found) > MOST_TOLD:
            say(f"and {len(found) - MOST_TOLD} more")
        _leave(BAD_INPUT)
    except NoWeek as error:
        say(printable(str(error)))
        _leave(INFEASIBLE if error.proven else NO_PROOF)
    except BrokenPipeError:
        _leave(DONE)  # the reader (`head`, a pager) has what it wanted
    except KeyboardInterrupt:
        say("Interrupted.")
        _leave(INTERRUPTED)
    except OSError as error:
        if error.errno in _NO_ROOM:
            say(f"There is no room for what is to be written ({error.strerror}).")
        elif error.errno in _REFUSED and error.filename is None:
            say(f"Standard output cannot be written ({error.strerror}).")
        else:
            _bug(error)
        # What it has refused is not to be told again by whoever flushes next.
        with suppress(OSError, ValueError, AttributeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _leave(BAD_INPUT)
    except Exception as error:
        if type(error).__module__.startswith(("typer", "click")):
            raise  # bad usage: typer tells it, with exit code 2
        _bug(error)


def _flush() -> None:
    """Here and not when the interpreter closes, where it would be told by nobody."""
    if sys.stdout is not None:
        with suppress(BrokenPipeError):
            sys.stdout.flush()


def _bug(error: Exception) -> NoReturn:
    say(f"{_short(error)}\nThis is a bug of ours, not of your file. {_reproduction()}")
    raise SystemExit(BUG)


def _leave(code: int) -> None:
    # `typer.Exit` would need typer around it, and typer shows no exit code of a SystemExit in another way.
    raise SystemExit(code)


def say(text: str) -> None:
    """A line or more on standard error, in characters that it can show."""
    encoding = getattr(sys.stderr, "encoding", None) or "ascii"
    with suppress(OSError):  # nobody listens
        print(text.encode(encoding, "replace").decode(encoding), file=sys.stderr, flush=True)


def printable(text: str) -> str:
    """Without escapes and other characters that a terminal would obey instead of showing."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)


def _short(error: Exception) -> str:
    text = " ".join(printable(str(error)).split())
    return f"{type(error).__name__}: {text[:300]}" if text else type(error).__name__


def _reproduction() -> str:
    """Writes what is needed to see the failure again; never overwrites another report."""
    import hashlib
    import json
    import platform
    import traceback
    from importlib.metadata import PackageNotFoundError, version

    from microcycle import __version__

    found = [f"microcycle {__version__}, Python {platform.python_version()}, {platform.system()}"]
    for package in ("ortools", "pydantic", "typer"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"{package} is not installed")
    found += ["", "$ " + " ".join(["microcycle", *sys.argv[1:]]), "", traceback.format_exc()]
    for name, data in _read.items():
        found += [f"--- {name}", json.dumps(data, indent=1, default=str, ensure_ascii=True), ""]
    text = "\n".join(found).encode("utf-8", "backslashreplace")
    name = f"microcycle-bug-{hashlib.sha256(text).hexdigest()[:8]}.txt"
    try:
        with suppress(FileExistsError), open(name, "xb") as file:
            file.write(text)
    except OSError as problem:
        return f"A report could not be written here ({problem.strerror})."
    return f"Please send {name}, which holds your command and the file as it was read."
