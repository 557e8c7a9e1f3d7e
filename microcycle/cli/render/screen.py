"""A terminal, a pipe or a file to write on: its width, its colours, and what characters it can show."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.padding import Padding
from rich.segment import Segment
from rich.text import Text

from microcycle.cli import interrupt
from microcycle.models.saved import OBEYED

PIPE_WIDTH = 100
_COERCED = ("C.UTF-8", "C.utf8", "UTF-8")
"""What Python sets LC_CTYPE to in a C locale (PEP 538)."""
WIDEST = 120
"""Beyond this, lines of prose are hard to follow."""
NARROWEST = 30
_PLAIN = str.maketrans({"–": "-", "—": "-", "−": "-", "×": "x", "•": "-", "·": "-", "…": "...", "’": "'", "─": "-"})


class _Tame(Console):
    """What any text says is shown, never obeyed: only styles make a terminal do something."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=OBEYED.sub(_shown, segment.text))


def _shown(found: re.Match[str]) -> str:
    return found[0] if found[0] == "\n" else "?"


@dataclass(frozen=True)
class Screen:
    """What renderers write on; everything is kept until the end, then goes out at once."""

    console: Console
    ascii: bool

    @property
    def width(self) -> int:
        return self.console.width

    @property
    def bullet(self) -> str:
        return "-" if self.ascii else "•"

    @classmethod
    @contextmanager
    def open(cls, out: str | None = None, width: int | None = None) -> Iterator[Screen]:
        """A screen on standard output, or on a file (no colours). Nothing is written if the block fails."""
        file = out is not None and out != "-"
        live = not file and (sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR")))
        encoding = "utf-8" if file else _encoding()
        plain = not encoding.lower().replace("-", "").startswith("utf")
        buffer = StringIO()
        console = _Tame(
            file=buffer,
            force_terminal=live,
            color_system="auto" if live else None,
            width=width or _width(live),
            markup=False,
            highlight=False,
            emoji=False,
            legacy_windows=False,
            soft_wrap=False,
        )
        yield cls(console, plain)
        text = "\n".join(line.rstrip() for line in buffer.getvalue().split("\n"))
        from microcycle.cli.output import deliver, put

        if out is not None and file:
            deliver(text, out)
            return
        interrupt.settle()
        if plain:
            text = text.translate(_PLAIN).encode(encoding, "replace").decode(encoding)
        put(text)

    def line(self, text: str | Text = "", *, indent: int = 0) -> None:
        """One paragraph, wrapped; continuation lines keep the indent."""
        self.console.print(Padding(text, (0, 0, 0, indent)) if indent else text)

    def item(self, text: str | Text, *, mark: str | None = None) -> None:
        """A paragraph behind a bullet, wrapped under itself."""
        from rich.table import Table

        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(ratio=1, overflow="fold")
        grid.add_row(f" {mark or self.bullet}", text)
        self.console.print(grid)

    def heading(self, text: str) -> None:
        self.console.print()
        self.console.print(Text(text, style="bold"))


def _encoding() -> str:
    """What standard output can show: what Python says, but ASCII where the environment asks for plain characters."""
    return "ascii" if plain_terminal() else getattr(sys.stdout, "encoding", None) or "ascii"


def plain_terminal() -> bool:
    """Whether the locale is explicitly C or POSIX, or the terminal a dumb one.

    Python takes a C locale for UTF-8 and sets LC_CTYPE accordingly: what it may have set says nothing. No locale at
    all is no wish for ASCII.
    """
    everything, kind, language = (os.environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    found = everything or (kind if kind not in _COERCED else "") or language
    return found in ("C", "POSIX") or os.environ.get("TERM") == "dumb"


def _width(live: bool) -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        found = int(columns)
    elif live and sys.stdout.isatty():
        try:
            found = os.get_terminal_size(sys.stdout.fileno()).columns or 80
        except (OSError, ValueError):
            found = 80
    else:
        found = PIPE_WIDTH
    return max(NARROWEST, min(WIDEST, found))
