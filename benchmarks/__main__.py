"""`python -m benchmarks run | compare | tune | manifest | questions | rendering | batch | cards`: its README tells more."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console

from benchmarks import batch, cards, questions, rendering, run, tables, tune
from benchmarks.instances import SUITES
from benchmarks.rows import ROWS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    suite = argparse.ArgumentParser(add_help=False)
    suite.add_argument("--suite", default="standard", choices=sorted(SUITES))
    part = argparse.ArgumentParser(add_help=False)
    part.add_argument("--every", type=int, default=1, help="one instance in so many")
    one = commands.add_parser("run", parents=[suite, part], help="measure rows side by side on a suite")
    one.add_argument("--peers", default="default,floor", help=f"rows beside ours, all or some of {', '.join(ROWS)}")
    one.add_argument("--repeats", type=int, default=3)
    one.add_argument("--slow-repeats", type=int, default=1, help="of the rows that take long")
    one.add_argument("--cap", type=float, default=run.CAP_S, help="seconds a solve")
    one.add_argument("--memory", type=int, default=0, help="measure memory on so many instances")
    one.add_argument("--out", type=Path, help="write the samples as JSON")
    one.add_argument("--report", action="store_true", help="write tables and plots into benchmarks/README.md")
    two = commands.add_parser("compare", help="two written runs: what got slower or faster beyond noise")
    two.add_argument("before", type=Path)
    two.add_argument("after", type=Path)
    search = commands.add_parser("tune", parents=[suite, part], help="search parameters on one half of a suite")
    search.add_argument("--seconds", type=float, default=600.0, help="of the search; the other half comes on top")
    search.add_argument("--cap", type=float, default=run.CAP_S)
    noted = commands.add_parser("manifest", parents=[suite], help="solve a suite and record the proven values")
    noted.add_argument("--cap", type=float, default=120.0)
    most = commands.add_parser("peak", parents=[suite], help="megabytes that a row takes at most")
    most.add_argument("--row", default="ours", choices=ROWS)
    most.add_argument("--first", type=int, default=1)
    most.add_argument("--cap", type=float, default=run.CAP_S)
    commands.add_parser("questions", parents=[suite, part], help="what questions cost as multiples of one solve")
    commands.add_parser("rendering", parents=[suite, part], help="what writing a week takes beside planning it")
    many = commands.add_parser("batch", parents=[part], help="batches against bare loops, and what a million would cost")
    many.add_argument("--repeats", type=int, default=3)
    many.add_argument("--rows", type=int, default=2000, help="of the roster that repeats itself")
    many.add_argument("--many", type=int, default=100_000, help="rows for the driver's memory")
    many.add_argument("--report", action="store_true", help="write docs/scale.md")
    card = commands.add_parser("cards", help="every goal card x experience x calendar x history")
    card.add_argument("--part", default="1/1", help="only every n-th case, such as 2/6")
    chosen = parser.parse_args()
    if chosen.command == "run":
        try:
            names = run.names_of(chosen.peers)
        except KeyError as unknown:
            parser.error(f"unknown row {unknown}; expected some of {', '.join(ROWS)}")
        effort = run.Effort(chosen.every, chosen.repeats, chosen.slow_repeats, chosen.cap, chosen.memory)
        return run.run(chosen.suite, names, effort, out=chosen.out, report=chosen.report)
    if chosen.command == "batch":
        return batch.main(chosen.every, chosen.repeats, chosen.rows, chosen.many, report=chosen.report)
    if chosen.command == "compare":
        return tables.compare(run.read(chosen.before), run.read(chosen.after), Console(width=120))
    if chosen.command == "tune":
        return tune.main(chosen.suite, every=chosen.every, seconds=chosen.seconds, cap=chosen.cap)
    if chosen.command == "manifest":
        return run.write_manifest(chosen.suite, chosen.cap)
    if chosen.command == "peak":
        return run.peak(chosen.suite, chosen.row, chosen.first, chosen.cap)
    if chosen.command == "questions":
        return questions.main(chosen.suite, chosen.every)
    if chosen.command == "rendering":
        return rendering.main(chosen.suite, chosen.every)
    return cards.main(chosen.part)


if __name__ == "__main__":
    sys.exit(main())
