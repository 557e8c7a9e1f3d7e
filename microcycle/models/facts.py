"""What cannot all hold, in sentences."""

from __future__ import annotations

from collections.abc import Iterable

from microcycle.models import clock
from microcycle.models.week import Fact


def sentences(conflict: Iterable[Fact], *, sources: bool = True) -> list[str]:
    """Each with its place; days that have the same time, or none, are told together."""
    found: dict[tuple[str, str | None], list[int]] = {}
    for fact in conflict:
        text, days = fact.text, []
        if fact.day is not None:
            days = [clock.DAYS.index(fact.day)]
            text = text.replace(clock.DAY_NAMES[days[0]], "{}")
        found.setdefault((text, fact.source), []).extend(days)
    lines = []
    for (text, source), days in found.items():
        told = text.replace("{}", clock.days_words(days)) if days else text
        lines.append(f"{told} ({source})" if source and sources else told)
    return lines
