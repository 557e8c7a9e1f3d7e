"""Where the process begins: as little as possible before an interrupt is listened to, everything else behind it."""

import atexit
import gc
import os
import sys
from contextlib import suppress

from microcycle.cli import interrupt

MANY = 200_000
"""New objects between two looks for garbage."""


def main() -> None:
    """Entry point of the `microcycle` script and of `python -m microcycle`; ends the process."""
    interrupt.listen()
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


def _leave(code: object) -> None:
    """Ends the process as it stands: to take all modules apart first was a sixth of a plan, a fifth of `--help`."""
    atexit._run_exitfuncs()
    with suppress(OSError, ValueError, AttributeError):
        sys.stdout.flush()
        sys.stderr.flush()
        if code is None or isinstance(code, int):
            os._exit(code or 0)
    # The interpreter knows what to say of output that cannot be written.
    raise SystemExit(code)
