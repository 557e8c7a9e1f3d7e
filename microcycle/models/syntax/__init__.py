"""The text of a YAML, JSON or TOML file -> plain data, and where each key and value stands."""

from collections.abc import Callable
from typing import Any

from microcycle.models.syntax import json_text, toml_text, yaml_text
from microcycle.models.syntax.source import Position, Source, plain

__all__ = ["Position", "Source", "parse"]

_READERS: dict[str, Callable[[Source], Any]] = {
    "yaml": yaml_text.data_of,
    "json": json_text.data_of,
    "toml": toml_text.data_of,
}


def parse(source: Source, kind: str) -> Any:
    """The data of `source`, whose `keys` and `values` are filled; `kind` is yaml, json or toml.

    Only dict (text keys), list, str, int, float, bool and None come out. Raises InputError.
    """
    return plain(source, _READERS[kind](source), ())
