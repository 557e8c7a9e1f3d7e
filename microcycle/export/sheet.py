"""A week as CSV: a row for each session, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from io import StringIO

from microcycle.export.words import clean
from microcycle.models.week import Week

COLUMNS = (
    "day", "date", "start", "end", "minutes", "session", "name", "modality", "visit", "pinned", "done", "finisher",
    "distance_m", "content", "note", "id",
)  # fmt: skip


def to_csv(week: Week) -> str:
    """Comma-separated, CRLF line ends (RFC 4180), the columns always the same."""
    buffer = StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for n, session in enumerate(week.sessions):
        values = session.model_dump(mode="json")
        if week.advice and n == 0:
            # A table has no head but its first row.
            values["note"] = " ".join(filter(None, [*week.advice, session.note]))
        writer.writerow([_cell(values[column]) for column in COLUMNS])
    return buffer.getvalue()


def _cell(value: object) -> str:
    """Text that no spreadsheet takes for a formula (a leading quote tells it so), and no line breaks."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = clean(str(value), 2000)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
