"""The columns of a sheet: dotted keys of a constraints file, each checked before any row is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple, TypeAlias

from pydantic import BaseModel

from microcycle.errors import InputError, nearest_name, shown
from microcycle.models import clock
from microcycle.models.request import RequestSpec, WindowSpec

OWN = ("id", "meta")
LISTS = ("pinned", "done", "missed", "stay_close_to")
"""Keys that hold a list, to which a column with a plus sign appends."""
_FREE = ("meta", "want", "prefer", "forbid", "rules", "policies", "sessions", "shifts", "rota", "places")
"""Below these stand names that nobody knows before the rows are read."""
_BY_DAY = ("availability", "sleep")
_EXPECTED = "a dotted key such as athlete.name or availability.mon"
_DAY_WORDS = {
    **{name.lower(): day for name, day in zip(clock.DAY_NAMES, clock.DAYS, strict=True)},
    **{day: day for day in (*clock.DAYS, "weekdays", "weekend", "daily")},
}


@dataclass(frozen=True)
class Column:
    """A column of a sheet."""

    place: int
    """From 1."""
    name: str
    """As it is written; empty where nothing is."""

    @cached_property
    def key(self) -> str:
        return self.name.removesuffix("+")

    @cached_property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.key.split("."))

    @cached_property
    def appends(self) -> bool:
        return self.name.endswith("+")


def columns_of(name: str, line: int, cells: Sequence[str]) -> tuple[Column, ...]:
    """The columns that a sheet's first line names. Raises InputError for one that no file knows, or that is there twice."""
    columns = tuple(Column(place, cell.strip()) for place, cell in enumerate(cells, 1))
    if all(column.name != "id" for column in columns):
        place, near = next(((c.place, "id") for c in columns if c.name.lower() == "id"), (None, None))
        message, expected = "the sheet has no column 'id'", "an id for each athlete"
        raise InputError(name, message, line=line, column=place, expected=expected, nearest=near)
    seen: set[str] = set()
    for column in columns:
        if not column.name:
            continue
        _check(name, line, column)
        if column.name in seen:
            message = f"the column {shown(column.name)} is there twice"
            raise InputError(name, message, line=line, column=column.place)
        seen.add(column.name)
    return columns


def column_at(columns: Mapping[str, int], names: Sequence[str]) -> int | None:
    """The column of what stands below these keys of a request: the longest key that leads there."""
    keys = (".".join(names[:n]) for n in range(len(names), 0, -1))
    return next((columns[key] for key in keys if key in columns), None)


class _Step(NamedTuple):
    """One part of a key further down."""

    name: str | None
    """The part if it is valid, else the nearest that is."""
    below: _Below


_Below: TypeAlias = Callable[[str], _Step]


def _check(name: str, line: int, column: Column) -> None:
    below: _Below = _top
    nearest: list[str] = []
    for part in column.parts:
        step = below(part)
        if step.name is None:
            break
        nearest.append(step.name)
        below = step.below
    if tuple(nearest) != column.parts:
        known = nearest[:1] == [column.parts[0]]
        # What is right alone is no hint: `athlete` is not what `athlete.xyz` was meant to be.
        slip = None if not nearest or (known and len(nearest) == 1) else ".".join(nearest)
        if slip and nearest[0] in _BY_DAY:
            slip = slip.lower()
        message, expected = f"unknown column {shown(column.name)}", _expected(nearest[0]) if known else _EXPECTED
        raise InputError(name, message, line=line, column=column.place, expected=expected, nearest=slip)
    if column.appends and column.key not in LISTS:
        message, expected = f"nothing can be appended to {shown(column.key)}", f"one of {', '.join(f'{k}+' for k in LISTS)}"
        raise InputError(name, message, line=line, column=column.place, expected=expected)


def _expected(first: str) -> str:
    if first in _BY_DAY:
        return f"a day or a date, such as {first}.mon, {first}.mon-fri or {first}.2026-11-25"
    found = RequestSpec.model_fields.get(first)
    model = found and found.annotation
    if isinstance(model, type) and issubclass(model, BaseModel):
        return f"one of {', '.join(f'{first}.{name}' for name in model.model_fields)}"
    return f"a name behind '{first}.'" if first in _FREE else f"'{first}' alone"


def _top(part: str) -> _Step:
    name = _named(part, (*OWN, *RequestSpec.model_fields))
    if name in _FREE:
        return _Step(name, _free)
    if name == "sleep":
        return _Step(name, partial(_day, _nothing))
    if name == "availability":
        return _Step(name, partial(_day, partial(_field, WindowSpec)))
    return _Step(name, _nothing) if name == "id" else _field(RequestSpec, part)


def _field(model: type[BaseModel], part: str) -> _Step:
    name = _named(part, model.model_fields)
    inner: Any = None if name is None else model.model_fields[name].annotation
    is_model = isinstance(inner, type) and issubclass(inner, BaseModel)
    return _Step(name, partial(_field, inner) if is_model else _nothing)


def _day(below: _Below, part: str) -> _Step:
    for read in (clock.parse_days, clock.parse_date):
        try:
            read(part)
            return _Step(part, below)
        except ValueError:
            pass
    near = nearest_name(part, _DAY_WORDS)
    return _Step(near and _DAY_WORDS[near], below)


def _free(part: str) -> _Step:
    return _Step(part or None, _free)


def _nothing(_part: str) -> _Step:
    return _Step(None, _nothing)


def _named(part: str, names: Sequence[str] | Mapping[str, Any]) -> str | None:
    return part if part in names else nearest_name(part, names)
