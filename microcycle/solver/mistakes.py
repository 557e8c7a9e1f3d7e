"""What else is wrong in a file that is refused: it is read again without what was found, as long as something is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from microcycle.errors import InputError, Path
from microcycle.models.catalogue import catalogue
from microcycle.models.edit import Edit, changed_document
from microcycle.models.reading import Document, validate
from microcycle.models.request import Request, RequestSpec

MOST_SOUGHT = 50
_TIMES = ("availability", "shifts", "rota", "sleep", "places", "now")
"""Without them, what is fixed may lie in no window."""
_NAMED = {"sessions": {"like": "easy-run"}, "shifts": {"windows": "none"}}
"""What others name stays, with as little in it as can be."""
_KEY_TO_ALL = ("week_of",)
"""Without it, what else is told need not be true."""
_GOAL = {("goal",), ("primary",)}
_OPEN_TO_ALL = "health-longevity"
"""Stands in for a goal that nobody knows."""
_OF_A_GOAL = ("contradiction", "no-window")
"""Mistakes that may be none with another goal; names are the same for all."""


def others(document: Document, first: Iterable[InputError], judge: Callable[[Request], object]) -> list[InputError]:
    """The mistakes beside the first ones: `judge` raises them one by one, each for an entry that is then taken out."""
    found: list[InputError] = []
    told = list(first)
    timeless = guessed = False
    # Of a row of keys without a value only the first is told.
    document = changed_document(document, [Edit(path, remove=True) for path in _empty(document.data)])
    while len(found) < MOST_SOUGHT:
        entries = dict.fromkeys(_entry(document, e.path) for e in told if e.code != "empty-value" or e.path in _GOAL)
        if None in entries:
            return found
        edits = [_gone(document, entry) for entry in entries if entry and entry not in _GOAL]
        if not _GOAL.isdisjoint(entries):
            guessed = True
            edits += [Edit(("primary",), remove=True)] * ("primary" in document.data)
            edits += [Edit(("goal",), _OPEN_TO_ALL)] * (not _known_goal(document))
        timeless |= any(edit.path[0] in _TIMES for edit in edits)
        document = changed_document(document, edits)
        try:
            judge(Request(validate(document, RequestSpec), document))
        except InputError as error:
            if error.file != document.name or _entry(document, error.path) is None:
                return found
            told = [error]
            follows = (timeless and error.code == "no-window") or (guessed and error.code in _OF_A_GOAL)
            found += [] if follows else told
        else:
            return found
    return found


def _empty(data: Any, path: Path = ()) -> list[Path]:
    items = list(data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ())
    return [found for key, value in items for found in ([(*path, key)] if value is None else _empty(value, (*path, key)))]


def _entry(document: Document, path: Path) -> Path | None:
    """The entry of a section in which a mistake lies; None where nothing can be said without it."""
    if path in _GOAL:
        return None if path == ("goal",) and _known_goal(document) else path
    if not path or path[0] in _KEY_TO_ALL or document.get(path[:1]) is None:
        return None
    entry = path[:3] if path[:2] == ("history", "last_week") else path[:2]
    if len(path) == 1:
        return path if path[0] not in RequestSpec.model_fields else None
    return entry if _there(document, entry) else None


def _known_goal(document: Document) -> bool:
    return document.get(("goal",)) in tuple(catalogue().goals)


def _there(document: Document, path: Path) -> bool:
    group = document.get(path[:-1])
    if isinstance(group, list):
        return isinstance(path[-1], int) and path[-1] < len(group)
    return isinstance(group, dict) and path[-1] in group


def _gone(document: Document, path: Path) -> Edit:
    section = str(path[0])
    if section in _NAMED and document.get(path) != _NAMED[section]:
        return Edit(path, _NAMED[section])
    return Edit(path, remove=True)
