"""A week as CSV: a row for each session, safe to open in a spreadsheet.

`day` is the one whose evening a session belongs to, as everywhere; `date` is the calendar's at its start.
"""

from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO

from microcycle.export.words import clean
from microcycle.models.planned import PlannedSession
from microcycle.models.week import Week

COLUMNS = (
    "day", "date", "start", "end", "minutes", "session", "name", "modality", "visit", "pinned", "done", "finisher",
    "distance_m", "content", "note", "id", "start_min",
)  # fmt: skip


def to_csv(week: Week) -> str:
    """Comma-separated, CRLF line ends (RFC 4180), the columns always the same."""
    buffer = StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for n, session in enumerate(week.sessions):
        values = session.model_dump(mode="json") | {"date": _date(week, session)}
        if week.advice and n == 0:
            # A table has no head but its first row.
            values["note"] = " ".join(filter(None, [*week.advice, session.note]))
        writer.writerow([_cell(values[column]) for column in COLUMNS])
    return buffer.getvalue()


def _date(week: Week, session: PlannedSession) -> str | None:
    """Past midnight it is the next day's."""
    if week.week_of is None or session.start_min is None:
        return session.date
    return (week.week_of + timedelta(minutes=session.start_min)).isoformat()


def _cell(value: object) -> str:
    """Text that no spreadsheet takes for a formula (a leading quote tells it so), and no line breaks."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = clean(str(value), 2000)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
