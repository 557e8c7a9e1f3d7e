"""A journal as a table, a row for each session: CSV for spreadsheets, Parquet for everything else."""

from __future__ import annotations

from pathlib import Path

from microcycle.errors import InputError
from microcycle.writing import replaced

FORMATS = {"csv": "HEADER, DELIMITER ','", "parquet": "FORMAT parquet, COMPRESSION zstd"}
_SESSION = (
    'STRUCT(day VARCHAR, date VARCHAR, start VARCHAR, "end" VARCHAR, minutes INTEGER, session VARCHAR, name VARCHAR, '
    "modality VARCHAR, visit INTEGER, pinned BOOLEAN, content VARCHAR, note VARCHAR)"
)
_COLUMNS = {
    "row": "BIGINT", "id": "VARCHAR", "outcome": "VARCHAR", "error": "STRUCT(code VARCHAR, message VARCHAR)",
    "week": f"STRUCT(athlete VARCHAR, goal VARCHAR, week_of VARCHAR, sessions {_SESSION}[])",
}  # fmt: skip
_TEXTS = (
    "id", "outcome", "code", "message", "athlete", "goal", "week_of", "day", "date", "start", "end", "session", "name",
    "modality", "content", "note",
)  # fmt: skip
"""Columns in which somebody's own words may stand: in a journal of somebody else's in all of them."""
_SAFE = r"""
    regexp_replace(trim(regexp_replace(regexp_replace("{0}", '[\p{{Cc}}\p{{Zl}}\p{{Zp}}]+', ' ', 'g'), '\p{{Cf}}', '', 'g')),
                   '^([=+@-])', '''\1') AS "{0}"
"""
"""What is invisible would be obeyed by a terminal. A spreadsheet takes what begins so for a formula; a quote before it says
that it is a text."""


def export(journal: Path, format: str) -> Path:
    """Writes the sessions of all athletes beside the journal and tells where; those without a week have one row without.

    Raises InputError where the extra is not there or the file cannot be written.
    """
    try:
        import duckdb
    except ImportError:
        expected = "the extra: pip install 'microcycle[export]'"
        raise InputError("--export", "the package 'duckdb' is not installed", expected=expected) from None
    target = journal.with_suffix(f".{format}")
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in _COLUMNS.items())
    safe = ", ".join(map(_SAFE.format, _TEXTS))
    rows = f"""
        SELECT row, id, outcome, error.code AS code, error.message AS message, week.athlete AS athlete, week.goal AS goal,
               week.week_of AS week_of, unnest(CASE WHEN len(week.sessions) > 0 THEN week.sessions ELSE [NULL] END) AS s
        FROM read_json(?, format = 'newline_delimited', columns = {{{columns}}}, maximum_object_size = 67108864)
    """
    flat = f"SELECT * EXCLUDE (s), s.* FROM ({rows})"
    query = f"SELECT * REPLACE ({safe}) FROM ({flat}) ORDER BY row, visit IS NULL, list_position(" \
            "['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], day), visit, start"  # fmt: skip
    try:
        with replaced(target) as fresh, duckdb.connect(":memory:") as db:
            db.execute("SET memory_limit = '1GB'")
            db.execute(f"COPY ({query}) TO '{_quoted(fresh)}' ({FORMATS[format]}, USE_TMP_FILE false)", [str(journal)])
    except (duckdb.Error, OSError) as error:
        told = " ".join(str(error).split())[:200]
        raise InputError(str(target), f"the table cannot be written ({told})", expected="a writable place") from None
    return target


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
