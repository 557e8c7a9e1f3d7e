"""Documents as YAML, with the same names and order as their JSON."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from microcycle.models.week import INVISIBLE


def to_yaml(document: BaseModel) -> str:
    """YAML that any reader gives back as it was: what looks like a time or a yes is quoted."""
    data = document.model_dump(mode="json")
    text = _dump(data, plain=False)
    # Characters that a terminal would obey are escaped, and with them, for simplicity, every accent.
    return _dump(data, plain=True) if INVISIBLE.search(text) else text


def _dump(data: Any, *, plain: bool) -> str:
    import yaml

    return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=not plain, width=100, default_flow_style=None))
