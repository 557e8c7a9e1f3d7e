"""Where the process begins: as little as possible before an interrupt is listened to, everything else behind it."""

import atexit
import gc
import os
import sys
from contextlib import suppress
from io import TextIOWrapper

from microcycle.cli import interrupt

MANY = 200_000
"""New objects between two looks for garbage."""


def main() -> None:
    """Entry point of the `microcycle` script and of `python -m microcycle`; ends the process."""
    interrupt.listen()
    _open_what_is_closed()
    # What is imported stays: looking through it for garbage, again and again, was a fifteenth of a plan.
    gc.set_threshold(MANY)
    # Pydantic would read what every installed package says of itself, to find plugins that nobody wants here.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # Only now: these take long enough to import for someone to change their mind.
    from microcycle.cli.app import app
    from microcycle.cli.guard import guarded

    code: object = None
    try:
        with guarded():
            app()
    except SystemExit as end:
        code = end.code
    finally:
        interrupt.finish()
    _leave(code)


def _open_what_is_closed() -> None:
    """Daemons may start us without standard streams: the next file to be opened would take the place of one of them."""
    for number, name, flags in ((0, "stdin", os.O_RDONLY), (1, "stdout", os.O_RDONLY), (2, "stderr", os.O_WRONLY)):
        if getattr(sys, name) is None:
            # To a standard output that only reads, nothing can be written: it is told like any that refuses.
            file = os.open(os.devnull, flags)
            if file != number:
                os.dup2(file, number)
            os.set_inheritable(number, True)
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8", closefd=False))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _leave(code: object) -> None:
    """Ends the process as it stands: to take all modules apart first was a sixth of a plan, a fifth of `--help`."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        # What standard output refuses has been told (cli/guard.py).
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    if code is None or isinstance(code, int):
        os._exit(code or 0)
    raise SystemExit(code)
