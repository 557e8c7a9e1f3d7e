"""A file or standard input -> plain data with positions -> any model; every error names its place."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from microcycle.errors import At, Code, InputError, Path, code_of, nearest_name, one_of, path_text
from microcycle.models import syntax

if TYPE_CHECKING:
    from pydantic import BaseModel

    from microcycle.models.explain import Problem

MAX_BYTES = 1 << 20
KINDS = {".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".json": "json"}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_HALF = re.compile(r"[\ud800-\udfff]")
"""Half of a character; Python makes it of a byte on the command line that is no UTF-8."""
_TOML = re.compile(r"""\s*(?:[\w."'-]+\s*=|\[\[?\s*[A-Za-z_][\w.-]*\s*\]\]?\s*(?:\#.*)?$)""")
_JSON = re.compile(r"""\s*(?:\[|\{\s*["}])""")
"""In YAML's own lists and groups between brackets, keys have no quotes."""
_FIRST = 200
"""Characters of the first line that tell the format."""
_MODEL = TypeVar("_MODEL", bound="BaseModel")

__all__ = ["At", "Document", "fail", "load", "parse", "read", "refuse", "validate"]


@dataclass(frozen=True)
class Document:
    """What a file holds, and where. `data` is made of dict, list, str, int, float, bool and None."""

    name: str
    data: Any
    keys: dict[Path, syntax.Position]
    values: dict[Path, syntax.Position]
    text: str = ""
    kind: str = ""
    """yaml, toml or json; empty for what was never a text."""
    said: Mapping[Path, str] = field(default_factory=dict)
    """What did not come from the file, by whom it was said: `--set want.lifts=9`."""

    def where(self, path: Path, *, key: bool = False) -> syntax.Position | None:
        """Line and column of the value at `path` (with `key` of its key), else of the nearest known ancestor.

        An ancestor is shown by its key, if it has one: a missing key of `athlete` is told at `athlete`.
        """
        wanted = tuple(path)
        places = (self.keys, self.values) if key else (self.values, self.keys)
        while True:
            found = places[0].get(wanted) or places[1].get(wanted)
            if found or not wanted:
                return found
            wanted = wanted[:-1]
            places = (self.keys, self.values)

    def cite(self, path: Path) -> str:
        """`week.yaml:7`, the place of a key in words; or who said it, if it was not the file."""
        if said := self.spoken(path):
            return said
        where = self.where(path, key=True)
        if where is None and path:
            return path_text(path)  # what is no file has no lines
        return f"{self.name}:{where[0]}" if where else self.name

    def spoken(self, path: Path) -> str | None:
        """Who said what is at `path`, if it was not the file."""
        above = next((self.said[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.said), None)
        if above is not None or not path or path in self.keys or path in self.values:
            return above
        return next((said for at, said in self.said.items() if at[: len(path)] == path), None)

    def get(self, path: Path) -> Any:
        """The data at `path`, None if there is nothing."""
        node = self.data
        for part in path:
            if isinstance(node, dict):
                node = node.get(part)
            elif isinstance(node, list) and isinstance(part, int) and -len(node) <= part < len(node):
                node = node[part]
            else:
                return None
        return node


def read(source: str | FilePath) -> Document:
    """Reads a YAML, TOML or JSON file, or standard input for `-`. Raises InputError and nothing else.

    The suffix says the format; without a known one it is TOML if it begins with `key =` or `[table]`, JSON if with
    `{"` or `[`, otherwise YAML.
    """
    if str(source) == "-":
        stream = getattr(sys.stdin, "buffer", None)
        return parse(stream.read(MAX_BYTES + 1) if stream else b"", "<stdin>")
    path = FilePath(source)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        refuse_file(path, error)
    return parse(raw, str(source), KINDS.get(path.suffix.lower()))


def parse(raw: bytes | str, name: str, kind: str | None = None) -> Document:
    """The document in a text; `kind` is yaml, toml, json or None (guessed). Raises InputError."""
    if len(raw) > MAX_BYTES:
        raise InputError(name, "the file is larger than 1 MiB", expected="a file for one person's week", code="file")
    text = raw if isinstance(raw, str) else _decoded(raw, name)
    source = syntax.Source(name, text.removeprefix("\ufeff"))
    if found := _HALF.search(source.text):
        source.refuse(source.at(found.start()), "this is no UTF-8", "a text saved, or typed, as UTF-8")
    if found := _CONTROL.search(source.text):
        message = f"the control character {ord(found[0])} is no text"
        source.refuse(source.at(found.start()), message, "a text file in YAML, TOML or JSON")
    if not source.text.strip():
        raise InputError(name, "the file is empty", expected="a text in YAML, TOML or JSON", code="file")
    kind = kind or _guess(source.text)
    data = syntax.parse(source, kind)
    if kind == "yaml" and data is None:
        raise InputError(name, "the file holds nothing but comments", expected="'key: value' lines", code="file")
    return Document(name, data, source.keys, source.values, text, kind)


def load(source: str | FilePath, model: type[_MODEL]) -> tuple[_MODEL, Document]:
    """Reads a file into a model. Raises InputError with the place of the first problem."""
    document = read(source)
    return validate(document, model), document


def validate(document: Document, model: type[_MODEL]) -> _MODEL:
    """The document as a model. Raises InputError with the place of the first problem; it knows the others."""
    from pydantic import ValidationError  # only here: what is no file, or no YAML, can be told without it

    found: list[Problem] = []
    try:
        made = model.model_validate(document.data)
    except ValidationError as error:
        from microcycle.models.explain import problems

        found = problems(error, document.data, model)
    if document.kind == "yaml":
        from microcycle.models.explain import empties

        empty = empties(document.data, document.keys)
        found = [*empty, *(p for p in found if not _follows(document, p, empty))]
    if found:
        found.sort(key=lambda p: (p.missing, document.where(p.path, key=p.key) or (0, 0)))
        refuse(document, *found)
    return made


def _follows(document: Document, problem: Problem, empty: Iterable[Problem]) -> bool:
    """Whether it is told already that there is no value."""
    nothing = problem.path in document.values and document.get(problem.path) is None
    return nothing or any(problem.path[: len(e.path)] == e.path for e in empty)


def fail(
    document: Document,
    path: Path,
    message: str | ValueError,
    expected: str | None = None,
    candidates: Iterable[str] = (),
    *,
    key: bool = False,
    word: str | None = None,
    code: Code | None = None,
) -> NoReturn:
    """Raises InputError at `path`, for what only a look at the whole can find (unknown ids, overlaps ...).

    `candidates` are the valid names; the one nearest to `word`, else to the value there (with `key`: to the key),
    is proposed, and they stand in for `expected` where that is not given. Without a `code`, it is the one of an unknown
    name, or of what contradicts something else; the message may be what a parser said.
    """
    from microcycle.models.explain import Problem

    names = list(candidates)
    near = nearest_name(word or (path[-1] if key and path else document.get(path)), names)
    if isinstance(message, ValueError):
        code, message = code_of(message), str(message)
    kind: Code = code or ("unknown-name" if names else "contradiction")
    refuse(document, Problem(path, message, expected or one_of(names), near, key, code=kind))


def refuse(document: Document, problem: Problem, *others: Problem) -> NoReturn:
    """Raises InputError for a problem, with its line and column; it knows the others."""
    error = _error(document, problem)
    if others:
        error.others = lambda: [_error(document, other) for other in others]
    raise error from None


def _error(document: Document, problem: Problem) -> InputError:
    said = document.spoken(problem.path)
    line, column = (not said and document.where(problem.path, key=problem.key)) or (None, None)
    return InputError(
        said or document.name,
        problem.message,
        line=line,
        column=column,
        expected=problem.expected,
        nearest=problem.nearest,
        # Where a session stands in a list that news have made, nobody who said it has counted.
        path=() if said and not said.startswith("--set ") else problem.path,
        code=problem.code,
    )


def _guess(text: str) -> str:
    """The format of a text that is not blank, by the first line that is no comment."""
    first = next((line for line in text.lstrip().splitlines() if line.strip() and not line.lstrip().startswith("#")), "")
    if _TOML.match(first[:_FIRST]):
        return "toml"
    return "json" if _JSON.match(text) else "yaml"


def _decoded(raw: bytes, name: str) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError(name, "the file is UTF-16", line=1, column=1, expected="a file saved as UTF-8", code="file")
    zero = raw.find(0)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if zero < 0 or error.start < zero:
            _refuse_byte(raw, error.start, name)
    if zero >= 0:
        line, column = _byte_place(raw, zero)
        raise InputError(
            name,
            "this is a binary file",
            line=line,
            column=column,
            expected="a text file in YAML, TOML or JSON",
            code="file",
        )
    return text


def _refuse_byte(raw: bytes, offset: int, name: str) -> NoReturn:
    line, column = _byte_place(raw, offset)
    message = f"the byte 0x{raw[offset]:02X} (number {offset + 1} of the file) is no UTF-8"
    raise InputError(name, message, line=line, column=column, expected="a text file saved as UTF-8", code="file") from None


def _byte_place(raw: bytes, offset: int) -> syntax.Position:
    before = raw[:offset].removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace")
    return syntax.Source("", before).at(len(before))


def refuse_file(path: FilePath, error: Exception) -> NoReturn:
    name = str(path)
    nearest = None
    if isinstance(error, FileNotFoundError):
        message, expected = "no such file", "the name of a YAML, TOML or JSON file, or - for standard input"
        nearest = _nearest_file(path)
    elif isinstance(error, IsADirectoryError) or os.path.isdir(path):
        message, expected = "this is a directory", "a file"
    elif isinstance(error, PermissionError):
        message, expected = "the file may not be read", "permission to read it"
    else:
        text = error.strerror if isinstance(error, OSError) else str(error)
        message, expected = f"the file cannot be read ({text})", "a readable file"
    raise InputError(name, message, expected=expected, nearest=nearest, code="file") from None


def _nearest_file(path: FilePath) -> str | None:
    """The file beside the missing one whose name, without the suffix, is a slip away from its own."""
    try:
        files = sorted(entry for entry in path.parent.iterdir() if entry.is_file())
    except OSError:
        return None
    found = nearest_name(path.stem, [file.stem for file in files])
    return next((str(path.with_name(file.name)) for file in files if file.stem == found), None)
