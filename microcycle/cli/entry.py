"""Where the process begins: as little as possible before an interrupt is listened to, everything else behind it."""

import gc
import os

from microcycle.cli import interrupt

MANY = 200_000
"""New objects between two looks for garbage."""


def main() -> None:
    """Entry point of the `microcycle` script and of `python -m microcycle`."""
    interrupt.listen()
    # What is imported stays: looking through it for garbage, again and again, was a fifteenth of a plan.
    gc.set_threshold(MANY)
    # Pydantic would read what every installed package says of itself, to find plugins that nobody wants here.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # Only now: these take long enough to import for someone to change their mind.
    from microcycle.cli.app import app
    from microcycle.cli.guard import guarded

    try:
        with guarded():
            app()
    finally:
        interrupt.finish()
