"""A week that was saved, or that somebody sent, read back: its shape, and nothing in it that whoever shows it would obey."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from microcycle.errors import Path
from microcycle.models.reading import Document, fail, validate
from microcycle.models.week import Week

OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ud800-\udfff]")
"""Control characters, marks that turn the direction of a text or end a line, halves of characters."""
OWN_WORDS = frozenset(
    ("athlete", "name", "short", "note", "what", "text", "source", "assumptions", "added", "settings", "path", "value")
)
"""Keys below which an athlete's own words may stand, whatever they hold: these are cleaned wherever they are shown."""


def saved_week(document: Document) -> Week:
    """The week of a document. Raises InputError with the place of what cannot be of a week that was planned."""
    for path, text, key in _texts(document.data, ()):
        if found := OBEYED.search(text):
            told = f"the character U+{ord(found[0]):04X} stands in no planned week"
            fail(document, path, told, expected="what `microcycle plan FILE -o week.json` writes", key=key)
    return validate(document, Week)


def _texts(data: Any, path: Path) -> Iterator[tuple[Path, str, bool]]:
    """All texts but somebody's own words, where they stand, and whether they are keys."""
    if isinstance(data, str):
        yield path, data, False
    elif isinstance(data, dict):
        for key, value in data.items():
            yield (*path, key), str(key), True
            if key not in OWN_WORDS:
                yield from _texts(value, (*path, key))
    elif isinstance(data, list):
        for n, value in enumerate(data):
            yield from _texts(value, (*path, n))
