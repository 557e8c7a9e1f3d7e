"""Marks of SVG and HTML as text, escaped, and how much room a text takes."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from unicodedata import combining, east_asian_width

_NARROW, _WIDE = frozenset("fijlrtI.,:;'|!()[]-/ "), frozenset("mwMW@%")
_EM = 0.57
"""Width of a usual letter of a usual sans serif; nobody can know with which one the file will be read."""


def element(name: str, *inside: str, **attributes: object) -> str:
    """`class_` is class, `text_anchor` text-anchor; what is inside is markup already; None leaves an attribute out."""
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_shown(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{told}>{''.join(inside)}</{name}>" if inside else f"<{name}{told}/>"


def label(text: str, x: float, y: float, class_: str | None = None, **attributes: object) -> str:
    return element("text", escape(text), x=x, y=y, class_=class_, **attributes)


def _shown(value: object) -> str:
    return f"{round(value, 1):g}" if isinstance(value, float) else str(value)


def width(text: str, size: float) -> float:
    """About how wide a text is, rather too much than too little."""
    return sum(map(_letter, text)) * size


def _letter(letter: str) -> float:
    if combining(letter):
        return 0.0
    if east_asian_width(letter) in "WF" or ord(letter) > 0x1F000:
        return 1.0
    return 0.34 if letter in _NARROW else 0.88 if letter in _WIDE else 0.68 if letter.isupper() else _EM


def fitting(texts: tuple[str, ...], room: float, size: float) -> str:
    """The first of the texts that fits, else as much as fits of the last."""
    for text in texts:
        if width(text, size) <= room:
            return text
    cut = texts[-1]
    while cut and width(f"{cut}…", size) > room:
        cut = cut[:-1]
    return f"{cut.rstrip()}…" if cut else ""


def style(*names: str) -> str:
    """Sheets of this package, comments and indents taken out."""
    folder = files("microcycle.export") / "templates"
    lines = (line.strip() for name in names for line in (folder / name).read_text(encoding="utf-8").splitlines())
    return "\n".join(line for line in lines if line and not (line.startswith("/*") and line.endswith("*/")))
