"""How people call what a selector expression means: `3 hard runs`, `running`, `no tempo run`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from microcycle.models.selector import Attributes, Term, terms
from microcycle.models.session import SessionKind

COUNTABLE = ("run", "walk", "lift", "day", "ride", "row", "swim", "hike", "circuit", "match")
"""A session whose name ends so is counted by its name: `two tempo runs`, but `two sessions of hill repeats`."""


class Noun(NamedTuple):
    one: str
    many: str
    doing: str
    """Where minutes are counted instead of sessions: `running`."""


@dataclass(frozen=True)
class Naming:
    """Names from the catalogue's selectors and kinds, and from the athlete's own kinds."""

    rows: Mapping[str, Attributes]
    kinds: Mapping[str, SessionKind]

    def noun(self, expression: str) -> Noun:
        """The words for an expression; several terms are joined by `or`. Raises ValueError on a broken expression."""
        found = [self._term(term) for term in terms(expression)]
        return Noun(_joined([n.one for n in found]), _joined([n.many for n in found]), _joined([n.doing for n in found]))

    def _term(self, term: Term) -> Noun:
        row = self.rows.get(term.name)
        if row is not None and row.name:
            noun = Noun(row.name, row.plural or f"{row.name}s", row.doing or f"{row.name}s")
        elif term.name in self.kinds:
            noun = _kind(self.kinds[term.name].name)
        else:
            noun = _kind(term.name.replace("-", " "))
        band = _band(term)
        return Noun(*(f"{word}{band}" for word in noun))


def numbered(number: int | Fraction, text: str, spec: str) -> str:
    """A number, as `text`, before what it counts: `hard run`, or `day holds|days hold` where an s is not enough."""
    one, _, many = spec.partition("|")
    return f"{text} {one if number == 1 else many or f'{one}s'}"


def in_sentence(name: str) -> str:
    """A kind's name inside a sentence; abbreviations keep their letters: `easy run`, `VO2max intervals`."""
    return name[0].lower() + name[1:] if name[1:2].islower() or name[1:2] in ("", "-", " ") else name


def _joined(words: list[str]) -> str:
    """`tempo runs or sessions of hill repeats or strides`: what shares its beginning is named behind the rest, once."""
    for start in ("sessions of ", "session of "):
        inside = [word.removeprefix(start) for word in words if word.startswith(start)]
        if inside:
            rest = [word for word in words if not word.startswith(start)]
            words = [*rest, start + " or ".join(dict.fromkeys(inside))]
    return " or ".join(dict.fromkeys(words))


@lru_cache(maxsize=1024)
def _kind(name: str) -> Noun:
    name = _plain(in_sentence(name))
    head, joint, tail = name.partition(" with ")
    last = head.split(" ")[-1].split("-")[-1]
    if last in COUNTABLE:
        ending = "es" if last.endswith("ch") else "s"
        return Noun(name, f"{head}{ending}{joint}{tail}", name)
    if " body" in name:
        return Noun(name.replace(" body", "-body session", 1), name.replace(" body", "-body sessions", 1), name)
    return Noun(f"session of {name}", f"sessions of {name}", name)


def _plain(text: str) -> str:
    """Without what a format string would read as its own."""
    return "".join(letter for letter in text if letter not in "{}|")


def _band(term: Term) -> str:
    if term.low and term.high < 999:
        return f" of {term.low} to {term.high} minutes"
    # Lengths are multiples of 5: `runs > 45` begins at 46 and means over 45.
    if term.low:
        return f" over {term.low - 1} minutes" if term.low % 5 == 1 else f" of {term.low} minutes or more"
    if term.high < 999:
        return f" under {term.high + 1} minutes" if term.high % 5 == 4 else f" of up to {term.high} minutes"
    return ""
