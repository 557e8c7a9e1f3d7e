"""Documents as YAML, with the same names and order as their JSON."""

from __future__ import annotations

from pydantic import BaseModel


def to_yaml(document: BaseModel) -> str:
    """YAML that any reader gives back as it was: what looks like a time or a yes is quoted."""
    import yaml

    return yaml.safe_dump(
        document.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )
