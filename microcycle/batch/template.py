"""What all athletes of a sheet have in common, checked before any of them is blamed for it."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from microcycle.batch.columns import OWN, Column
from microcycle.errors import InputError, Path
from microcycle.models.catalogue import catalogue
from microcycle.models.explain import problems
from microcycle.models.reading import Document, refuse
from microcycle.models.request import Request, RequestSpec
from microcycle.solver.resolve import resolve

_DEFINE = ("sessions", "shifts", "places")
"""Keys below which a column may define a name that the template uses."""
_UNKNOWN = "unknown "

Key = tuple[str, ...]


def check(template: Document, columns: Sequence[Column]) -> None:
    """Raises InputError for what is wrong with a template whatever the cells say: for what no column overrides.

    Beyond its form only names are judged. Whether a week can be made of it, the cells decide as well.
    """
    keys = [column.parts for column in columns if column.name and not column.appends and column.parts[0] not in OWN]
    data = deepcopy(template.data)
    for key in keys:
        _take_away(data, key)
    if ("goal",) in keys:
        # Any will do that is for all, whatever leads.
        data["goal"] = max(catalogue().goals.values(), key=lambda goal: (not goal.refuse, len(goal.primary))).id
    document = replace(template, data=data)
    try:
        spec = RequestSpec.model_validate(data)
    except ValidationError as error:
        found = [problem for problem in problems(error, data, RequestSpec) if _stands(problem.path, keys)]
        found.sort(key=lambda problem: (problem.missing, document.where(problem.path, key=problem.key) or (0, 0)))
        if found:
            refuse(document, *found)
        return
    if any(key[0] in _DEFINE for key in keys):
        return
    try:
        resolve(Request(spec, document), catalogue(), hours="any")
    except InputError as error:
        if error.message.startswith(_UNKNOWN) and _stands(error.path, keys):
            raise


def _stands(path: Path, keys: Sequence[Key]) -> bool:
    """Whether something is wrong at a path where no cell has a say."""
    names = tuple(part for part in path if isinstance(part, str))
    return bool(names) and not any(all(a == b for a, b in zip(names, key, strict=False)) for key in keys)


def _take_away(data: Any, key: Key) -> None:
    """What a cell would take the place of: the value at the key, or whatever is no group of keys on the way there."""
    *parents, last = key
    for part in parents:
        if part in data and not isinstance(data[part], dict):
            last = part
            break
        data = data.get(part, {})
    data.pop(last, None)
