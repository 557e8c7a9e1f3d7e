"""TOML: the standard parser gives the data, a scan over the tokens the positions."""

import re
import tomllib
from typing import Any, NoReturn

from microcycle.errors import Path, shown
from microcycle.models.syntax.source import Position, Source
from microcycle.models.syntax.tokens import Token, tokens_of

_TOKEN = re.compile(
    r"""(?P<skip>[ \t\r]+|\#[^\n]*)|(?P<nl>\n)
    |(?P<str>\"{3}(?:\\.|[^\\])*?\"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')
    |(?P<sign>[\[\]{},=.])|(?P<bare>[^\s\[\]{},=."'\#]+)""",
    re.S | re.X,
)
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_CLOCK = re.compile(r"(?<![\w:\"'-])[0-9]{1,2}:[0-9]{2}(?![0-9:])")


def data_of(source: Source) -> Any:
    tokens = tokens_of(source, _TOKEN)
    try:
        data = tomllib.loads(source.text)
    except ValueError as error:
        _complain(source, tokens, str(error))
    _Scan(source, tokens).run()
    return data


def _complain(source: Source, tokens: list[Token], text: str) -> NoReturn:
    place = _PLACE.search(text)
    where = (int(place[1]), int(place[2])) if place and place[1] else source.at(len(source.text.rstrip()))
    if text.startswith(("Cannot", "Duplicate")):
        _Scan(source, [t for t in tokens if source.at(t.offset) <= where]).run()  # names both lines
    line = source.line(where[0])
    if clock := _CLOCK.search(re.sub(r"\"[^\"]*\"|'[^']*'", lambda m: '"' * len(m[0]), line)):
        source.refuse((where[0], clock.start() + 1), f"the time {clock[0]} without quotes", f'"{clock[0]}" in TOML')
    if text.startswith(("Illegal character '\\n'", "Unterminated string")):
        source.refuse(where, "a text whose quote is not closed", "a closing quote")
    message = text[: place.start()] if place else "a value that cannot be"
    source.refuse(where, f"this is no TOML ({message[:1].lower()}{message[1:]})", "'key = value' lines, texts in quotes")


class _Scan:
    """Finds the keys and values of TOML that tomllib accepts; on a cut-off text it stops at the cut."""

    def __init__(self, source: Source, tokens: list[Token]) -> None:
        self.source = source
        self.tokens = tokens
        self.next = 0
        self.tables: dict[Path, int] = {}
        self.lengths: dict[Path, int] = {}

    def run(self) -> None:
        self.source.add_value((), (1, 1))
        base: Path = ()
        while self.kind():
            if self.kind() == "[":
                base = self.header()
            elif self.kind() == "nl":
                self.next += 1
            else:
                self.pair(base)

    def kind(self) -> str:
        return self.tokens[self.next].kind if self.next < len(self.tokens) else ""

    def take(self) -> tuple[Token, Position]:
        token = self.tokens[self.next]
        self.next += 1
        return token, self.source.at(token.offset)

    def header(self) -> Path:
        _, where = self.take()
        many = self.kind() == "["
        self.next += many
        path: Path = ()
        parts = self.key()
        for i, (name, at) in enumerate(parts):
            path = (*path, name)
            self.source.keys.setdefault(path, at)
            self.source.values.setdefault(path, at)
            if many and i == len(parts) - 1:
                self.lengths[path] = self.lengths.get(path, 0) + 1
            if path in self.lengths:
                path = (*path, self.lengths[path] - 1)
                self.source.values.setdefault(path, where)
        if not many:
            self.once(path, where)
        while self.kind() == "]":
            self.next += 1
        return path

    def once(self, path: Path, where: Position) -> None:
        first = self.tables.setdefault(path, where[0])
        if first != where[0]:
            message = f"the table {shown(path[-1])} stands here and in line {first}"
            self.source.refuse(where, message, "each table once", path)

    def key(self) -> list[tuple[str, Position]]:
        parts = []
        while self.kind() in ("bare", "str", "."):
            token, where = self.take()
            if token.kind != ".":
                name = token.text if token.kind == "bare" else tomllib.loads(f"k={token.text}")["k"]
                parts.append((name, where))
        return parts

    def pair(self, base: Path) -> None:
        parts = self.key()
        if not parts or self.kind() != "=":
            self.next = len(self.tokens)
            return
        self.next += 1
        path = base
        for name, where in parts[:-1]:
            path = (*path, name)
            self.source.keys.setdefault(path, where)
            self.source.values.setdefault(path, where)
        path = (*path, parts[-1][0])
        self.source.add_key(path, parts[-1][1])
        self.value(path)

    def value(self, path: Path) -> None:
        if not self.kind():
            return
        token, where = self.take()
        self.source.add_value(path, where)
        if token.kind == "[":
            count = 0
            while self.kind() not in ("]", ""):
                if self.kind() in ("nl", ","):
                    self.next += 1
                else:
                    self.value((*path, count))
                    count += 1
            self.next += 1
        elif token.kind == "{":
            while self.kind() not in ("}", ""):
                if self.kind() in ("nl", ","):
                    self.next += 1
                else:
                    self.pair(path)
            self.next += 1
        else:
            while self.kind() in ("bare", "."):  # the rest of 1.5 or of a date and its time
                self.next += 1
