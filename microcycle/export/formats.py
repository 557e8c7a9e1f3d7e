"""What a week can be written as; a format's libraries are loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from microcycle.models.week import Week

Times = Literal["zone", "utc", "floating"]


class Options(NamedTuple):
    """How a week is written, where that leaves a choice."""

    times: Times | None = None
    """Of calendars: in the athlete's zone, in UTC, or as the clock on the wall shows; else the zone where it is known."""
    alarm_min: int | None = None
    """Of calendars: minutes before each visit."""
    starting: date | None = None
    """Where the week has no dates: the Monday from which it recurs; else the coming one."""
    weeks: int | None = None
    """Where the week has no dates: how often it recurs; else without an end in a calendar, and once for a hub."""
    before: str = ""
    """Of calendars: the file that is written over; what it has of the same week and this one has not is cancelled."""
    owner: str | None = None
    """Whose week it is, where names do not tell: part of the ids of entries."""


PLAIN = Options()
MOST_BYTES = 1 << 20
"""Of a file that may be one of ours."""


def over(options: Options, format: str, path: Path) -> Options:
    """The same, with what the file has that is written over, where that matters."""
    if format != "ics" or not path.is_file() or path.stat().st_size > MOST_BYTES:
        return options
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        return options._replace(before=file.read())


def _json(week: Week, options: Options) -> str:  # noqa: ARG001
    return week.to_json()


def _yaml(week: Week, options: Options) -> str:  # noqa: ARG001
    from microcycle.export.data import to_yaml

    return to_yaml(week)


def _markdown(week: Week, options: Options) -> str:  # noqa: ARG001
    from microcycle.export.document import to_markdown

    return to_markdown(week)


def _csv(week: Week, options: Options) -> str:  # noqa: ARG001
    from microcycle.export.sheet import to_csv

    return to_csv(week)


def _ics(week: Week, options: Options) -> str:
    from microcycle.export.calendar import to_calendar

    return to_calendar(week, options)


def _intervals(week: Week, options: Options) -> str:
    from microcycle.export.hub import to_intervals

    return to_intervals(week, options)


def _html(week: Week, options: Options) -> str:
    from microcycle.export.page import to_page

    return to_page(week, options)


def _svg(week: Week, options: Options) -> str:
    from microcycle.export.picture import to_svg

    return to_svg(week, options)


class Kind(NamedTuple):
    """A format of files."""

    endings: tuple[str, ...]
    """Of file names that ask for it; none where a name says something else first."""
    write: Callable[[Week, Options], str]
    about: str
    without_week: Literal["why", "empty", "nothing"] = "why"
    """What is written where there is no week: the reasons, a table without rows, or no file."""
    named: str = ""
    """Ending of files that we name, where it is not the first of these."""

    @property
    def ending(self) -> str:
        return self.named or self.endings[0]


KINDS: Mapping[str, Kind] = {
    "json": Kind(("json",), _json, "all that is known of the week, for programs"),
    "yaml": Kind(("yaml", "yml"), _yaml, "the same as YAML"),
    "markdown": Kind(("md",), _markdown, "a document for notes and pull requests"),
    "html": Kind(("html", "htm"), _html, "a page for screens and paper, in one file"),
    "svg": Kind(("svg",), _svg, "a picture of the week", "nothing"),
    "csv": Kind(("csv",), _csv, "a row for each session, for spreadsheets", "empty"),
    "ics": Kind(("ics",), _ics, "a calendar with an entry for each visit", "nothing"),
    "intervals": Kind((), _intervals, "workouts for Intervals.icu and the watches behind it", "nothing", "intervals.json"),
}
