"""Documents as YAML, with the same names and order as their JSON."""

from __future__ import annotations

import re
from typing import Any

import yaml
from pydantic import BaseModel

from microcycle.models.week import INVISIBLE


def to_yaml(document: BaseModel) -> str:
    """YAML that any reader gives back as it was: what looks like a time or a yes is quoted."""
    data = document.model_dump(mode="json")
    text = _dump(data, plain=False)
    # Characters that a terminal would obey are escaped, and with them, for simplicity, every accent.
    return _dump(data, plain=True) if INVISIBLE.search(text) else text


def _dump(data: Any, *, plain: bool) -> str:
    return str(yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=not plain, width=100, default_flow_style=None))


# Several times as fast where the C library is there, as it is in all wheels of PyYAML.
_FAST: type[yaml.SafeDumper] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_FAST):  # type: ignore[misc, valid-type]
    """Quotes every time of day: some readers take 06:00 for 360."""


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    node: yaml.ScalarNode = dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="'" if _TIME.fullmatch(text) else None
    )
    return node


_TIME = re.compile(r"[\d:]+")
_Dumper.add_representer(str, _text)
