"""A cell of a sheet as a constraints file would hold it: numbers, times, lists; and what spreadsheets make of them."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from microcycle.batch.columns import Column
from microcycle.errors import At, InputError
from microcycle.models import reading
from microcycle.models.amounts import measure, parse_amount
from microcycle.solver.wishes import fixed

_NUMBER = re.compile(r"-?[0-9]{1,9}")
_SECONDS = re.compile(r"(\d{1,2}:\d{2}):\d{2}(?=\s*(?:[ap]\.?m\.?)?\s*$)", re.IGNORECASE)
_TEXTS = ("athlete.name", "athlete.timezone")
"""What is never a number, a list or a date, whatever it looks like."""

# -- dates that a spreadsheet made of something else

_YEAR = r"(?:[-/. ,]+\d{2,4})?"
_IN_WORDS = re.compile(
    rf"\d{{1,2}}[-/. ]*(?P<behind>[^\W\d_]{{3,}})\.?{_YEAR}|(?P<before>[^\W\d_]{{3,}})[-/. ]*\d{{1,4}}{_YEAR}"
)
_IN_NUMBERS = re.compile(
    r"(?:\d{1,2}/\d{1,2}(?:/\d{2,4})?|\d{1,2}\. ?\d{1,2}\.(?: ?\d{2,4})?|\d{1,2}-\d{1,2}-\d{4}|\d{4}([-/.])\d{1,2}\1\d{1,2})"
    r"(?:[T ]\d{1,2}:\d{2}(?::\d{2})?)?"
)
_MONTHS = (
    " january february march april may june july august september october november december"
    " januar februar marz mrz april mai juni juli august september oktober november dezember"
    " janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre"
    " enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
    " gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"
)
"""In English, German, French, Spanish and Italian, without accents; three letters or more of one stand for it."""

FIXED = "such as easy-run=tue 18:30 45 min"


class BadCell(ValueError):
    """A cell that cannot be meant, with its code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def put(data: dict[str, Any], column: Column, cell: str) -> None:
    """Sets what a cell says in a request; `none` takes away. Raises BadCell."""
    *parents, last = column.parts
    takes = cell.lower() == "none" and not column.appends and parents[:1] != ["availability"]
    node: Any = data
    for n, part in enumerate(parents, 1):
        inside = node.get(part)
        if not isinstance(inside, dict):
            wide = _spread(column.parts[:n], inside)
            if takes and not wide:
                return
            inside = node[part] = wide
        node = inside
    if takes:
        node.pop(last, None)
    elif column.appends:
        node[last] = [*(node.get(last) or []), *_sessions(column, cell)]
    else:
        node[last] = _value(column, cell)


def _spread(keys: tuple[str, ...], written: Any) -> dict[str, Any]:
    """What is said of a whole, as keys beside which narrower ones have room: one word of experience is of both."""
    if keys == ("athlete", "experience") and isinstance(written, str):
        return {"lift": written, "run": written}
    if keys == ("sleep",) and isinstance(written, str):
        return {"daily": written}
    if keys[0] == "want" and len(keys) == 2 and isinstance(written, str | int | float):
        try:
            found = parse_amount(keys[1], written)
        except At as error:
            raise BadCell("csv", f"{error}; expected {error.expected}") from None
        # Metres without their unit would be no distance.
        return {end: f"{n} m" for end, n in found.items()} if measure(keys[1]) == "run_distance" else dict(found)
    return {}


def _value(column: Column, cell: str) -> Any:
    if column.key in _TEXTS:
        return cell
    if cell[:1] in "[{":
        return _braces(column, cell)
    for part in _split(cell):
        _refuse_date(column, part)
    parts = [_plain(part) for part in _split(cell)]
    return parts if ";" in cell else parts[0]


def _plain(text: str) -> Any:
    if _NUMBER.fullmatch(text):
        return int(text)
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    return " - ".join(_SECONDS.sub(r"\1", part) for part in re.split(r"\s*[-–]\s*(?=\d{1,2}:)", text)).replace(" - ", "-")


def _braces(column: Column, cell: str) -> Any:
    try:
        return reading.parse(cell, column.name, "yaml").data
    except InputError as error:
        raise BadCell("csv", f"{error.message}; expected a list or keys as in a constraints file") from None


def _refuse_date(column: Column, part: str) -> None:
    first = column.parts[0]
    if first not in ("want", "history", "athlete") or column.parts[:2] == ("history", "last_week"):
        return
    if _is_date(part):
        expected = (
            "a number or a range such as 2-4" if first == "want" else "what was typed, in a cell that is formatted as text"
        )
        raise BadCell("spreadsheet-date", f"'{part}': a spreadsheet made this a date; expected {expected}")


def _is_date(text: str) -> bool:
    if len(text) > 40:
        return False
    if _IN_NUMBERS.fullmatch(text):
        return True
    found = _IN_WORDS.fullmatch(text)
    if found is None:
        return False
    word = unicodedata.normalize("NFKD", found["behind"] or found["before"]).encode("ascii", "ignore").decode().lower()
    return len(word) >= 3 and f" {word}" in _MONTHS


def _sessions(column: Column, cell: str) -> list[Any]:
    """Sessions to fix, one behind the other: `easy-run=tue 18:30 45 min`, or keys between braces."""
    if cell[:1] == "[":
        found = _braces(column, cell)
        return found if isinstance(found, list) else [found]
    return [_session(column, part) for part in _split(cell)]


def _session(column: Column, text: str) -> Any:
    if text[:1] == "{":
        return _braces(column, text)
    key, _, when = (part.strip() for part in text.partition("="))
    if not key or not when:
        told = "it says not which session" if when else "it says not on which day"
    else:
        try:
            found = fixed(text, "day")
        except InputError as error:
            # The reader of questions knows more than a session can say: two of them, for example.
            told = "it says not on which day" if error.message == "this says not when" else error.message
        else:
            return found
    raise BadCell("csv", f"'{text[:60]}' is no session to fix: {told}; expected {FIXED}")


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]
