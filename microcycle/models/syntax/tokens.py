"""The tokens of JSON and TOML, whose standard parsers tell no positions and know no limits."""

import re
from typing import NamedTuple

from microcycle.models.syntax.source import MAX_DEPTH, MAX_DIGITS, Source


class Token(NamedTuple):
    """A piece of JSON or TOML: `kind` is str, nl, bare or the punctuation sign itself."""

    kind: str
    text: str
    offset: int


_DEEPER = {"[": 1, "{": 1, "]": -1, "}": -1}


def tokens_of(source: Source, pattern: re.Pattern[str]) -> list[Token]:
    """The tokens up to the first thing that is none (the parser proper will say what is wrong there).

    Refuses here what a parser would recurse into, convert or copy without end.
    """
    tokens: list[Token] = []
    depth = dots = offset = 0
    while match := pattern.match(source.text, offset):
        kind, text = str(match.lastgroup), match[0]
        if kind != "skip":
            tokens.append(Token(text if kind == "sign" else kind, text, offset))
        if kind == "bare" and text[0] in "+-0123456789" and len(text) > MAX_DIGITS + 2:
            source.too_long_number(source.at(offset), len(text))
        if kind in ("sign", "nl"):
            depth += _DEEPER.get(text, 0)
            dots = dots + 1 if text == "." else 0
            if depth > MAX_DEPTH or dots > MAX_DEPTH:
                source.too_deep(source.at(offset))
        offset = match.end()
    return tokens
