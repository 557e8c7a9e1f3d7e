"""The exceptions of the package: one root, few children, each message one line that a person can act on."""

import re
from collections.abc import Callable, Iterable
from typing import Any, Literal, Self

Path = tuple[str | int, ...]
Code = Literal[
    "file",
    "syntax",
    "unknown-key",
    "missing-key",
    "empty-value",
    "unknown-name",
    "not-a-day",
    "not-a-date",
    "not-a-time",
    "not-a-length",
    "not-a-number",
    "bad-value",
    "no-window",
    "contradiction",
    "argument",
]
"""What kind of mistake it is; codes stay the same from version to version. The README says what each means."""
MOST_TOLD = 10
"""Mistakes of one file that are told."""

_LISTED = 16
_WORD = 60
_ALIKE, _ALIKE_SHORT = 0.75, 0.66
"""How alike a slip is at least (difflib), the second for words of up to three letters."""
_PART = 4
"""Letters from which on a part of a name may stand for it."""
_SEPARATORS = "-_ "
_BETWEEN = re.compile(r"[-_/ ]")


class MicrocycleError(Exception):
    """Root of everything that this package raises on purpose."""


class AuditError(MicrocycleError):
    """A week failed its own audit: a bug of ours, never the user's."""


class NoWeek(MicrocycleError):
    """There is no week to answer by: `proven` that there is none, or none was found within the limits."""

    def __init__(self, file: str, *, proven: bool) -> None:
        super().__init__(file, proven)
        self.file = file
        self.proven = proven

    def __str__(self) -> str:
        if self.proven:
            return f"{self.file}: no week keeps all that it asks for; `microcycle plan` says why and what would help"
        return f"{self.file}: no week was found before the limit; allow more time with --time-limit"


class InputError(MicrocycleError):
    """Something in a file (or on standard input) is wrong; says where, what was expected and what is nearest.

    `line` and `column` count from 1, columns in characters; `path` holds the keys and list positions (from 0)
    down to the value. `others` looks for what else is wrong in the file: nobody pays for it who does not tell it.
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
        code: Code = "argument",
        others: Callable[[], "list[InputError]"] | None = None,
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
        self.code = code
        self.others = others

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "others": None}

    def __reduce__(self) -> Any:
        return type(self), self.args, self.__getstate__()

    @property
    def mistakes(self) -> "list[InputError]":
        """All that is wrong in the file, this first or where its line comes; each once."""
        found = {(e.line, e.column, e.sentence): e for e in (self, *(self.others() if self.others else ()))}
        return sorted(found.values(), key=lambda e: (e.line or 0, e.column or 0))

    @classmethod
    def of(cls, name: str, error: ValueError) -> Self:
        """What is wrong with a word that stands in no file, from the sentence of whoever could not read it."""
        message, _, expected = str(error).partition("; expected ")
        return cls(name, message, expected=expected or None)

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        if self.line is None and self.path:
            place += f": {path_text(self.path)}"  # what is no file has no lines
        return " ".join(f"{place}: {self.sentence}".split())

    @property
    def sentence(self) -> str:
        """What is wrong, what was expected and what is nearest, without the place."""
        parts = [self.message]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.nearest:
            parts.append(f"did you mean '{self.nearest}'?")
        return " ".join("; ".join(parts).split())


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
        code: Code | None = None,
    ) -> None:
        super().__init__(message)
        names = list(candidates)
        self.path = path
        self.key = key
        self.expected = expected or one_of(names)
        self.nearest = nearest or nearest_name(word, names)
        self.code: Code = code or ("unknown-name" if names else "bad-value")


class Unread(ValueError):
    """A text that is none of what is expected, with its code."""

    def __init__(self, message: str, code: Code = "bad-value") -> None:
        super().__init__(message)
        self.code = code


def code_of(error: Exception) -> Code:
    """What kind of mistake a parser met."""
    return error.code if isinstance(error, At | Unread) else "bad-value"


def path_text(path: Path) -> str:
    """`availability.mon[0]`: keys and list positions (from 0), as Python would find them."""
    found = ""
    for part in path:
        plain = isinstance(part, str) and re.fullmatch(r"[\w-]{1,60}", part)
        found += f".{part}" if plain else f"[{shown(part)}]"
    return found.removeprefix(".")


def shown(value: object, limit: int = 40) -> str:
    """A value as it may stand in a message: one line, quoted if text, at most `limit` characters."""
    if value is None:
        return "an empty value"
    if isinstance(value, dict):
        return "a group of keys" if value else "an empty group of keys"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
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
    """The candidate that `word` is a slip of, or begins with, or else a part of; None if there is none.

    Case and separators do not count. Looser likeness would propose `race` for `karate`.
    """
    if not isinstance(word, str) or not 0 < len(word) <= _WORD:
        return None
    import difflib  # only for a slip: every start of the program would pay for it

    folded: dict[str, str] = {}
    for name in candidates:
        folded.setdefault(_fold(name), name)
    written = _fold(word)
    slips = difflib.get_close_matches(written, list(folded), n=1, cutoff=_ALIKE if len(written) > 3 else _ALIKE_SHORT)
    # So many letters more or less are no slip where the word begins with a whole name: run-halfmarathon is no run-marathon.
    begun = [name for name in folded if written.startswith(name) and len(name) >= _PART]
    if slips and begun and abs(len(written) - len(slips[0])) >= _PART:
        return folded[max(begun, key=len)]
    if slips:
        return folded[slips[0]]
    return min((name for name in folded.values() if _is_part(written, name)), key=len, default=None)


def one_of(names: Iterable[str], *, every: bool = False) -> str | None:
    """`one of a, b, c`, shortened past a screenful unless `every` one is wanted; None without names."""
    listed = list(names)
    if not listed:
        return None
    if len(listed) == 1:
        return listed[0]
    told = listed if every else listed[:_LISTED]
    tail = f" and {len(listed) - len(told)} more" if len(listed) > len(told) else ""
    return "one of " + ", ".join(told) + tail


def _fold(name: str) -> str:
    return "".join(c for c in name.lower() if c not in _SEPARATORS)


def _is_part(written: str, name: str) -> bool:
    """Whether the name has this as one of its words, or half of it or more begins or ends so."""
    folded = _fold(name)
    halves = 2 * len(written) >= len(folded) and (folded.startswith(written) or folded.endswith(written))
    return len(written) >= _PART and (halves or written in re.split(_BETWEEN, name.lower()))
