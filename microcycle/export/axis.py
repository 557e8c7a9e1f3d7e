"""The hours of a week's days on paper: fitted to what the week holds, hours in which nothing ever happens folded away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from microcycle.models.clock import DAY_MIN, DAYS
from microcycle.models.planned import PlannedSession
from microcycle.models.week import Week

FOLD_FROM_MIN = 120
"""Empty time as long as this is folded."""
MOST_HOURS = 16
"""Where windows ask for more than this (whole days), the sessions alone decide what is shown."""
AROUND_MIN = 60


@dataclass(frozen=True)
class Band:
    """Hours that are shown, in minutes of the day; past 1440 they are those of the next date."""

    first: int
    last: int
    at: float
    """Where it begins on paper."""
    per_min: float

    @property
    def end(self) -> float:
        return self.at + (self.last - self.first) * self.per_min


@dataclass(frozen=True)
class Axis:
    """Where a minute of the day stands on paper."""

    bands: tuple[Band, ...]

    @property
    def length(self) -> float:
        return self.bands[-1].end if self.bands else 0.0

    def at(self, minute: int) -> float:
        """Minutes that are not shown stand at the nearest place that is."""
        for band in self.bands:
            if minute < band.first:
                return band.at
            if minute <= band.last:
                return band.at + (minute - band.first) * band.per_min
        return self.length

    def hours(self, every: int) -> Iterator[tuple[int, float]]:
        """Hours that are told beside the axis: the ends of bands, and every so many minutes between."""
        for band in self.bands:
            for minute in range(band.first, band.last + 1, 60):
                if minute in (band.first, band.last) or (minute % every == 0 and band.last - minute >= every):
                    yield minute, self.at(minute)


def fitted(week: Week, length: float, least: float, most: float, fold: float) -> Axis:
    """An axis of about this length: an hour takes `least` to `most`, hours that are folded away take `fold`."""
    bands = _bands(week)
    hours = sum(last - first for first, last in bands) / 60
    if not hours:
        return Axis(())
    per_hour = min(most, max(least, (length - fold * (len(bands) - 1)) / hours))
    found, at = list[Band](), 0.0
    for first, last in bands:
        found.append(Band(first, last, at, per_hour / 60))
        at = found[-1].end + fold
    return Axis(tuple(found))


def start_in_day(session: PlannedSession) -> int | None:
    """Minute of the session's day at which it starts, or None."""
    return None if session.start_min is None else session.start_min - DAYS.index(session.day) * DAY_MIN


def free(week: Week, day: int) -> list[tuple[int, int]]:
    """Windows in minutes of the day: those that open on it, and what is left on it of those that last whole days."""
    found = []
    for window in week.windows:
        opens, closes = window.open_min - day * DAY_MIN, window.close_min - day * DAY_MIN
        if 0 <= opens < DAY_MIN or (opens < 0 < closes and closes - opens > DAY_MIN):
            found.append((max(0, opens), min(closes, max(0, opens) + DAY_MIN)))
    return found


def _bands(week: Week) -> list[tuple[int, int]]:
    starts = [(start_in_day(session), session.minutes) for session in week.sessions]
    sessions = [(start, start + minutes) for start, minutes in starts if start is not None]
    if not sessions:
        return []
    windows = [span for day in range(7) for span in free(week, day)]
    bands = _merged([*sessions, *windows])
    if sum(last - first for first, last in bands) > MOST_HOURS * 60:
        bands = _merged((max(0, first - AROUND_MIN), last + AROUND_MIN) for first, last in sessions)
    return bands


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Whole hours around the spans; those nearer to each other than is worth a fold are one."""
    found: list[tuple[int, int]] = []
    for first, last in sorted((first // 60 * 60, -(-last // 60) * 60) for first, last in spans):
        if found and first - found[-1][1] < FOLD_FROM_MIN:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found
