"""`python -m benchmarks cards [--part 1/6]`."""

from __future__ import annotations

import argparse
import sys

from benchmarks import cards


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    cards_command = commands.add_parser("cards", help="every goal card x experience x calendar x history")
    cards_command.add_argument("--part", default="1/1", help="only every n-th case, such as 2/6")
    chosen = parser.parse_args()
    return cards.main(chosen.part)


if __name__ == "__main__":
    sys.exit(main())
