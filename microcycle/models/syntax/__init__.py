"""The text of a YAML, JSON or TOML file -> plain data, and where each key and value stands."""

from importlib import import_module
from typing import Any

from microcycle.models.syntax.source import Position, Source, plain

__all__ = ["Position", "Source", "parse"]


def parse(source: Source, kind: str) -> Any:
    """The data of `source`, whose `keys` and `values` are filled; `kind` is yaml, json or toml.

    Only dict (text keys), list, str, int, float, bool and None come out. Raises InputError.
    """
    # Only the one that is needed: PyYAML alone takes longer to import than a file to read.
    reader = import_module(f"microcycle.models.syntax.{kind}_text")
    return plain(source, reader.data_of(source), ())
