"""A roster as one HTML file: who needs a look, and everyone's week at a glance; written as it is read, however long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from microcycle.export import words
from microcycle.export.page import environment, sheets
from microcycle.models.clock import DAYS, duration_text

MOST_LOOKS = 200
"""So many who need a look are told at the top; the rest are marked in the list."""
_BUFFER = 500
"""Parts of the template that are written together."""
MEANINGS = {
    "solved": "solved", "infeasible": "no week can exist", "unknown": "not proven in time", "invalid": "request not usable",
    "crashed": "crashed",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """What the page tells of one athlete."""

    row: int
    id: str
    outcome: str
    message: str = ""
    """Why there is a need to look."""
    week: Mapping[str, Any] | None = None
    """The saved week as data."""
    files: tuple[tuple[str, str], ...] = ()
    """Format and name of each file beside this page."""

    @property
    def name(self) -> str:
        return words.clean(self.week["athlete"], 60) if self.week else ""

    @property
    def days(self) -> list[list[str]]:
        """The modalities of each day in time order; of a rest day `rest`."""
        if not self.week or self.week["outcome"] != "solved":
            return []
        found: dict[str, list[str]] = {day: [] for day in DAYS}
        for session in self.week["sessions"]:
            found[session["day"]].append(session["modality"])
        return [found[day] or ["rest"] * (day in self.week["rest_days"]) for day in DAYS]

    @property
    def time(self) -> str:
        measures = self.week and self.week["measures"]
        return duration_text(measures["minutes"]["total"]) if measures else ""

    @property
    def traded(self) -> str:
        """The dearest of what was traded."""
        matches = self.week["matches"] if self.week and self.week["outcome"] == "solved" else ()
        return words.whole(matches[0]["text"]) if matches else ""

    @property
    def best_file(self) -> str | None:
        """What a click on the name opens: a page if there is one."""
        return next((name for format, name in self.files if format == "html"), self.files[0][1] if self.files else None)


def to_roster_page(counts: Mapping[str, int], looks: Iterable[Entry], entries: Iterable[Entry]) -> Iterator[str]:
    """The page in parts. `counts` are athletes by outcome; `looks` and `entries` are read one at a time, in that order."""
    shown = {outcome: count for outcome, count in counts.items() if count}
    needy = sum(count for outcome, count in shown.items() if outcome != "solved")
    stream = environment().get_template("roster.html.j2").stream(
        style=sheets("colours.css", "base.css", "roster.css"),
        counts=shown, meanings=MEANINGS, total=sum(shown.values()), needy=needy, more=max(0, needy - MOST_LOOKS),
        looks=looks, entries=entries, days=[day.capitalize() for day in DAYS],
    )  # fmt: skip
    stream.enable_buffering(_BUFFER)
    return iter(stream)


__all__ = ["MOST_LOOKS", "Entry", "to_roster_page"]
