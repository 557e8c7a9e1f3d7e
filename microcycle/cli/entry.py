"""Where the process begins: as little as possible before an interrupt is listened to, everything else behind it."""

from microcycle.cli import interrupt


def main() -> None:
    """Entry point of the `microcycle` script and of `python -m microcycle`."""
    interrupt.listen()
    # Only now: these take long enough to import for someone to change their mind.
    from microcycle.cli.app import app
    from microcycle.cli.guard import guarded

    try:
        with guarded():
            app()
    finally:
        interrupt.finish()
