"""JSON: the standard parser gives the data, a walk over the tokens the positions."""

import json
import re
from typing import Any

from microcycle.errors import shown
from microcycle.models.syntax.source import Source
from microcycle.models.syntax.tokens import Token, tokens_of

_TOKEN = re.compile(r'(?P<skip>\s+)|(?P<str>"(?:[^"\\]|\\.)*")|(?P<sign>[\[\]{},:])|(?P<bare>[^\s\[\]{},:"]+)', re.S)
_COMPLAINTS = (
    (
        "Expecting property name",
        "no key in double quotes",
        "'\"key\": value' without a comma after the last one",
    ),
    ("Illegal trailing comma", "a comma after the last one", "no comma before the bracket"),
    ("Expecting ':'", "a key without ':'", "':' and a value"),
    ("Expecting ','", "something that does not follow a value", "',' or the closing bracket"),
    ("Expecting value", "no value", "a text in double quotes, a number, true, false, null, '[' or '{'"),
    ("Extra data", "something after the end of the data", "one value in the file"),
    ("Unterminated string", "the quote that opens here is never closed", "a closing quote"),
    ("Invalid control character", "a line break or tab inside a text", "'\\n' or '\\t', or a closing quote"),
    ("Invalid", "a '\\' with a wrong sign after it", "'\\\\' for a backslash"),
)


def data_of(source: Source) -> Any:
    tokens = tokens_of(source, _TOKEN)
    for token in tokens:
        if token.kind == "bare" and token.text.lstrip("-") in ("NaN", "Infinity"):
            source.refuse(source.at(token.offset), f"{shown(token.text)} is no JSON number", "an ordinary number")
    try:
        data = json.loads(source.text)
    except json.JSONDecodeError as error:
        if error.pos >= len(source.text.rstrip()):
            source.refuse(source.at(error.pos), "the data ends too early", "the closing bracket")
        message, expected = next(
            ((m, e) for start, m, e in _COMPLAINTS if error.msg.startswith(start)),
            (f"no JSON ({error.msg})", "JSON"),
        )
        source.refuse(source.at(error.pos), message, expected)
    _find_positions(source, tokens)
    return data


def _find_positions(source: Source, tokens: list[Token]) -> None:
    """Walks the tokens of valid JSON; `path` is where the next value goes, None at its end: a key is due."""
    path: list[Any] = []
    opened: list[str] = []
    for token in tokens:
        where = source.at(token.offset)
        if token.kind in "]}":
            opened.pop()
            path.pop()
        elif token.kind == ",":
            path[-1] = path[-1] + 1 if opened[-1] == "[" else None
        elif opened and opened[-1] == "{" and path[-1] is None:
            path[-1] = json.loads(token.text) if "\\" in token.text else token.text[1:-1]
            source.add_key(tuple(path), where)
        elif token.kind != ":":
            source.add_value(tuple(path), where)
            if token.kind in "[{":
                opened.append(token.kind)
                path.append(0 if token.kind == "[" else None)
