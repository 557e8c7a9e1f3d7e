"""`python -m benchmarks run | compare | manifest | cards`: see benchmarks/README.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console

from benchmarks import cards, run, tables
from benchmarks.instances import SUITES
from benchmarks.rows import ROWS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("run", help="measure rows side by side on a suite")
    one.add_argument("--suite", default="standard", choices=sorted(SUITES))
    one.add_argument("--peers", default="default,floor", help=f"rows beside ours, of {', '.join(ROWS)}")
    one.add_argument("--every", type=int, default=1, help="only every n-th instance")
    one.add_argument("--repeats", type=int, default=3)
    one.add_argument("--cap", type=float, default=run.CAP_S, help="seconds a solve")
    one.add_argument("--out", type=Path, help="write the samples as JSON")
    two = commands.add_parser("compare", help="two written runs: what got slower or faster beyond noise")
    two.add_argument("before", type=Path)
    two.add_argument("after", type=Path)
    noted = commands.add_parser("manifest", help="solve a suite and record the proven values")
    noted.add_argument("--suite", default="standard", choices=sorted(SUITES))
    noted.add_argument("--cap", type=float, default=120.0)
    card = commands.add_parser("cards", help="every goal card x experience x calendar x history")
    card.add_argument("--part", default="1/1", help="only every n-th case, such as 2/6")
    chosen = parser.parse_args()
    if chosen.command == "run":
        names = run.names_of(chosen.peers)
        unknown = [name for name in names if name not in ROWS]
        if unknown:
            parser.error(f"unknown row {unknown[0]}; expected some of {', '.join(ROWS)}")
        return run.run(
            chosen.suite, names, every=chosen.every, repeats=chosen.repeats, cap=chosen.cap, out=chosen.out
        )  # fmt: skip
    if chosen.command == "compare":
        return tables.compare(run.read(chosen.before), run.read(chosen.after), Console(width=120))
    if chosen.command == "manifest":
        return run.write_manifest(chosen.suite, chosen.cap)
    return cards.main(chosen.part)


if __name__ == "__main__":
    sys.exit(main())
