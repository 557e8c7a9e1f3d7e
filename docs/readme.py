"""Runs what README.md shows: `python docs/readme.py` puts the real output under every command.

A block ```console holds `$ command` and its output. `<!-- file: NAME -->` before a block says that it is that file
from there on, `<!-- more: NAME -->` that it is added to it. `<!-- only: A | B -->` before a console block shows the
paragraphs that begin so, with `[...]` for others between them. `<!-- then: A | B -->`, or `then: all`, is the same in the
directory that the commands before have left.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
_BLOCK = re.compile(
    r"(?:^<!-- (?P<what>file|more|only|then): (?P<value>[^\n]+?) -->\n+)?"
    r"^```(?P<kind>\w+)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Shown:
    """A command of the README, the files that it has by then, and what stands under it."""

    command: str
    before: tuple[tuple[str, dict[str, str]], ...]
    """Commands in the same directory before it, each with its files."""
    files: dict[str, str]
    only: tuple[str, ...]
    text: str
    span: tuple[int, int]
    """Where in the README `text` is."""


def shown(readme: str) -> list[Shown]:
    """Every command that the README shows with its output, in order."""
    found, files = list[Shown](), dict[str, str]()
    for block in _BLOCK.finditer(readme):
        if block["what"] in ("file", "more"):
            before = files[block["value"]] if block["what"] == "more" else ""
            files = {**files, block["value"]: before + block["body"]}
        if block["kind"] == "console":
            first, text = block["body"].split("\n", 1)
            parts = (block["value"] or "").split("|") if block["what"] in ("only", "then") else []
            only = tuple(part.strip() for part in parts if part != "all")
            start = block.start("body") + len(first) + 1
            last = found[-1] if block["what"] == "then" else None
            run_before = (*last.before, (last.command, last.files)) if last else ()
            found.append(Shown(first.removeprefix("$ "), run_before, files, only, text, (start, block.end("body"))))
    return found


def output(one: Shown) -> str:
    """What the command prints now, in a directory with the examples and the files shown so far."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "TERM": "xterm"}
    environment |= {"PYTHONUTF8": "1", "NO_COLOR": "1", "COLUMNS": "100"}
    with tempfile.TemporaryDirectory() as directory:
        shutil.copytree(ROOT / "examples", Path(directory) / "examples")
        for command, files in (*one.before, (one.command, one.files)):
            for name, text in files.items():
                (Path(directory) / name).write_text(text, encoding="utf-8")
            name, *words = command.split()
            program = {"microcycle": [sys.executable, "-m", "microcycle"], "python": [sys.executable]}.get(name, [name])
            done = subprocess.run(
                [*program, *words], cwd=directory, env=environment, capture_output=True, encoding="utf-8", check=False
            )
    text = done.stderr + _chosen(done.stdout, one.only)
    return text + (f"[exit code {done.returncode}]\n" if done.returncode else "")


def _chosen(text: str, only: tuple[str, ...]) -> str:
    if not only:
        return text
    parts = [part for part in text.strip("\n").split("\n\n") if part.strip()]
    places = [i for i, part in enumerate(parts) if part.strip().startswith(only)]
    missing = [start for start in only if not any(parts[i].strip().startswith(start) for i in places)]
    if missing:
        raise SystemExit(f"README.md: no paragraph begins with {missing}")
    found = [parts[places[0]]]
    for before, i in pairwise(places):
        found += [parts[i]] if i == before + 1 else ["[...]", parts[i]]
    return "\n\n".join(found) + "\n"


def main() -> None:
    readme = README.read_text(encoding="utf-8")
    for one in reversed(shown(readme)):
        readme = readme[: one.span[0]] + output(one) + readme[one.span[1] :]
    README.write_text(readme, encoding="utf-8")


if __name__ == "__main__":
    main()
