"""Changes of a constraints file: of what it says, and of its text with comments and order kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from microcycle.errors import InputError, Path, path_text
from microcycle.models.reading import Document, validate
from microcycle.models.request import Request, RequestSpec

T = TypeVar("T")


@dataclass(frozen=True)
class Edit:
    """A value for a key of the file, which may be new, or for an item of a list; with `remove` it is taken out."""

    path: Path
    value: Any = None
    remove: bool = False


def edited(request: Request, edits: Iterable[Edit], said: Mapping[Path, str] | None = None) -> Request:
    """The request that the file would state with these changes. Raises InputError if it would state none.

    What was `said` otherwise than in the file is cited so; else, keys that are new have no place of their own: they are
    cited by the nearest one around them.
    """
    changed = changed_document(request.document, edits, said)
    return Request(validate(changed, RequestSpec), changed)


def changed_document(document: Document, edits: Iterable[Edit], said: Mapping[Path, str] | None = None) -> Document:
    """The document with these changes, which need not be a request any more."""
    edits = in_order(edits)
    gone = [edit.path for edit in edits if edit.remove]
    data = deepcopy(document.data)
    for edit in edits:
        try:
            _apply(data, edit)
        except (LookupError, TypeError):
            nowhere = f"nothing can stand at {path_text(edit.path)}"
            expected = "a key of the file, or in a list a position from 0 to the next one that is free"
            raise InputError((said or {}).get(edit.path, document.name), nowhere, expected=expected) from None
    keys, values = (_without(places, gone) for places in (document.keys, document.values))
    told = {**_without(document.said, gone), **(said or {})}
    return Document(document.name, data, keys, values, said=told)  # no text of its own: see models.rewrite


def in_order(edits: Iterable[Edit]) -> list[Edit]:
    """Items are taken out from the end, so that the others keep their numbers until it is their turn.

    What several edits leave of the days of one row is what all of them leave.
    """
    found: list[Edit] = []
    days: dict[Path, int] = {}
    for edit in edits:
        if edit.path[-1] == "each" and edit.path in days:
            at = days[edit.path]
            found[at] = replace(edit, value=[day for day in found[at].value if day in edit.value])
        else:
            days[edit.path] = len(found)
            found.append(edit)
    gone = [edit.path[:-1] for edit in found if edit.path[-1] == "each" and not edit.remove and not edit.value]
    found = [Edit(e.path[:-1], remove=True) if e.path[:-1] in gone and e.path[-1] == "each" else e for e in found]
    taken = sorted((e for e in found if e.remove), key=lambda e: [(isinstance(p, int), str(p).zfill(9)) for p in e.path])
    return [e for e in found if not e.remove] + taken[::-1]


def _apply(data: Any, edit: Edit) -> None:
    *parents, last = edit.path
    node = data
    for part in parents:
        if isinstance(node, dict) and node.get(part) is None:
            node[part] = {}
        node = node[part]
    if edit.remove:
        del node[last]
    elif isinstance(node, list) and last == len(node):
        node.append(deepcopy(edit.value))
    else:
        node[last] = deepcopy(edit.value)


def _without(places: Mapping[Path, T], gone: Sequence[Path]) -> dict[Path, T]:
    """The places of what is left, or what was said of it, under the numbers that it has then."""
    found = dict(places)
    for path in gone:
        kept: dict[Path, T] = {}
        *parents, last = path
        depth = len(parents)
        for key, place in found.items():
            part = key[depth] if len(key) > depth and key[:depth] == tuple(parents) else None
            if part == last:
                continue
            if isinstance(last, int) and isinstance(part, int) and part > last:
                key = (*key[:depth], part - 1, *key[depth + 1 :])
            kept[key] = place
        found = kept
    return found
