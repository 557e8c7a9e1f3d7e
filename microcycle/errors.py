"""The exceptions of the package: one root, few children, each message one line that a person can act on."""

import difflib
from collections.abc import Iterable

Path = tuple[str | int, ...]

_LISTED = 16
_WORD = 60


class MicrocycleError(Exception):
    """Root of everything that this package raises on purpose."""


class AuditError(MicrocycleError):
    """A week failed its own audit: a bug of ours, never the user's."""


class InputError(MicrocycleError):
    """Something in a file (or on standard input) is wrong; says where, what was expected and what is nearest.

    `line` and `column` count from 1, columns in characters; `path` holds the keys and list positions (from 0)
    down to the value; `more` is the number of further problems that were found but are not told.
    """

    def __init__(
        self,
        file: str,
        message: str,
        *,
        line: int | None = None,
        column: int | None = None,
        expected: str | None = None,
        nearest: str | None = None,
        path: Path = (),
        more: int = 0,
    ) -> None:
        # Only the positional parts go to args: pickling (a batch worker's answer) calls the class with args.
        super().__init__(file, message)
        self.file = file
        self.message = message
        self.line = line
        self.column = column
        self.expected = expected
        self.nearest = nearest
        self.path = path
        self.more = more

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        parts = [self.message]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.nearest:
            parts.append(f"did you mean '{self.nearest}'?")
        more = f" (and {self.more} more)" if self.more else ""
        return " ".join(f"{place}: {'; '.join(parts)}{more}".split())


class At(ValueError):
    """A validator's objection that also knows the path below the validated model and what was expected.

    With `key` the objection is to the last key of the path, not to its value. `candidates` are the valid
    names: they fill `expected` (where it is not given) and `nearest`, the one most like `word`.
    """

    def __init__(
        self,
        path: Path,
        message: str,
        *,
        expected: str | None = None,
        nearest: str | None = None,
        key: bool = False,
        candidates: Iterable[str] = (),
        word: str | None = None,
    ) -> None:
        super().__init__(message)
        names = list(candidates)
        self.path = path
        self.key = key
        self.expected = expected or one_of(names)
        self.nearest = nearest or nearest_name(word, names)


def shown(value: object, limit: int = 40) -> str:
    """A value as it may stand in a message: one line, quoted if text, at most `limit` characters."""
    if value is None:
        return "an empty value"
    if isinstance(value, list | tuple | dict):
        return ("a group of keys" if isinstance(value, dict) else "a list") if value else "an empty list"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) >= 10**limit:
        return "this number"  # str() of thousands of digits is refused by Python, and useless
    text = value if isinstance(value, str) else str(value)
    if len(text) > limit:
        text = text[: limit - 3] + "..."
    text = "".join(c if c.isprintable() else "?" for c in text)
    return f"'{text}'" if isinstance(value, str) else text


def nearest_name(word: object, candidates: Iterable[str]) -> str | None:
    """The candidate most like `word`, or None if none is like it (case, `_`, `-` and spaces do not count)."""
    if not isinstance(word, str) or not 0 < len(word) <= _WORD:
        return None
    folded: dict[str, str] = {}
    for name in candidates:
        folded.setdefault(_fold(name), name)
    found = difflib.get_close_matches(_fold(word), list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def one_of(names: Iterable[str]) -> str | None:
    """`one of a, b, c`, shortened past a screenful; None without names."""
    listed = list(names)
    if not listed:
        return None
    if len(listed) == 1:
        return listed[0]
    tail = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
    return "one of " + ", ".join(listed[:_LISTED]) + tail


def _fold(name: str) -> str:
    return "".join("-" if c in "_ " else c for c in name.lower())
