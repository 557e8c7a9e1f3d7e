"""A text with its limits and its places; what each format's reader fills and complains through."""

import math
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, NoReturn

from microcycle.errors import InputError, Path, shown

MAX_DEPTH = 60
MAX_DIGITS = 30
MAX_TEXT = 20_000
MAX_VALUES = 100_000

_BREAK = re.compile(r"\r\n|\r|\n")
_SURROGATE = re.compile("[\ud800-\udfff]")

Position = tuple[int, int]
"""Line and column, both from 1, the column in characters."""


@dataclass
class Source:
    """A text and what is known of it; `keys` and `values` map paths to the positions of keys and values."""

    name: str
    text: str
    keys: dict[Path, Position] = field(default_factory=dict)
    values: dict[Path, Position] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._starts = [0, *(match.end() for match in _BREAK.finditer(self.text))]

    def at(self, offset: int) -> Position:
        """The position of a character of the text."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line, from 1; empty past the end."""
        bounds = [*self._starts, len(self.text)][number - 1 : number + 1]
        return self.text[slice(*bounds)].rstrip("\r\n") if len(bounds) == 2 else ""

    def refuse(self, where: Position | None, message: str, expected: str | None = None, path: Path = ()) -> NoReturn:
        line, column = where or (None, None)
        raise InputError(self.name, message, line=line, column=column, expected=expected, path=path, code="syntax") from None

    def add_key(self, path: Path, where: Position) -> None:
        """Notes a key; a second one of the same name is refused with both lines."""
        if path in self.keys:
            first = self.keys[path][0]
            key = shown(path[-1])
            self.refuse(where, f"the key {key} stands here and in line {first}", "each key once", path)
        self.keys[path] = where

    def add_value(self, path: Path, where: Position) -> None:
        self.values[path] = where
        if len(self.values) > MAX_VALUES:
            self.refuse(where, f"more than {MAX_VALUES} values", "a smaller file")

    def too_deep(self, where: Position) -> NoReturn:
        self.refuse(where, f"more than {MAX_DEPTH} levels of lists and keys inside each other", "fewer levels")

    def too_long_number(self, where: Position, length: int) -> NoReturn:
        self.refuse(where, f"a number of {length} characters", f"at most {MAX_DIGITS} digits")


def plain(source: Source, data: Any, path: Path) -> Any:
    """The data with TOML's times as the texts that YAML would give; refuses what no format should bring."""
    if isinstance(data, dict):
        for key in data:
            _check_text(source, key, (*path, key), source.keys)
        return {key: plain(source, value, (*path, key)) for key, value in data.items()}
    if isinstance(data, list):
        return [plain(source, value, (*path, i)) for i, value in enumerate(data)]
    if isinstance(data, str):
        _check_text(source, data, path, source.values)
    if isinstance(data, float) and not math.isfinite(data):
        source.refuse(source.values.get(path), "a number that is infinite or no number", "an ordinary number", path)
    if isinstance(data, datetime):
        return data.isoformat(sep=" ")
    if isinstance(data, date):
        return data.isoformat()
    if isinstance(data, time):
        return data.isoformat(timespec="auto" if data.second or data.microsecond else "minutes")
    return data


def _check_text(source: Source, text: str, path: Path, places: dict[Path, Position]) -> None:
    if len(text) > MAX_TEXT:
        source.refuse(places.get(path), f"a text of {len(text)} characters", f"at most {MAX_TEXT}", path)
    if _SURROGATE.search(text):
        source.refuse(places.get(path), "half of a character (a lone surrogate)", "whole characters", path)
