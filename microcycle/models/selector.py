"""Which sessions a rule, a demand or a wish speaks of: kinds by attribute and a band of minutes, by name."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from microcycle.models.session import Intensity, LegLoad, Modality, Muscle, Muscles, SessionKind


class Piece(NamedTuple):
    """What a selector judges: a kind at a length, alone or as a short finisher in a lift's visit."""

    kind: SessionKind
    minutes: int
    finisher: bool


class Attributes(BaseModel):
    """One row of selectors.toml: every criterion given must hold; a list is met by any of its members."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: str
    name: str = ""
    """What one such session is called in a sentence: `hard run`."""
    plural: str = ""
    """Of several; the name with an s where absent."""
    doing: str = ""
    """What its minutes are minutes of: `running`."""
    kinds: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    """Selector expressions, any of which is enough (before the other criteria)."""
    but: tuple[str, ...] = ()
    """Selector expressions that are taken out."""
    modality: tuple[Modality, ...] = ()
    intensity: tuple[Intensity, ...] = ()
    leg_load: tuple[LegLoad, ...] = ()
    tags: tuple[str, ...] = ()
    muscle: Muscle | None = None
    """Sessions that give this muscle at least one hard set."""
    works: Muscles = ()
    """Sessions that use any of these muscles, however lightly."""
    finisher: bool | None = None
    counts: bool | None = None
    over_default: int | None = None
    """At least so many minutes more than the kind's usual length (may be negative)."""


class Term(NamedTuple):
    name: str
    low: int
    high: int
    just: bool = False
    """That very kind as a session of its own: neither what is like it nor a finisher."""


_TERM = re.compile(r"^(?P<just>just\s+)?(?P<name>[a-z][a-z0-9-]*)(?:\s*(?P<op>>=|<=|>|<)\s*(?P<n>\d{1,3}))?$")
Expression = str
"""Terms joined by ` | `: a selector's or kind's name, optionally with a bound on minutes: `runs > 45`. A kind's name
means all that is like it, too; what people cannot write: `just easy-run`."""


@lru_cache(maxsize=4096)
def terms(expression: Expression) -> tuple[Term, ...]:
    """Splits a selector expression; raises ValueError that names the broken term."""
    found = []
    for part in expression.split("|"):
        match = _TERM.match(part.strip())
        if match is None:
            raise ValueError(f"{part.strip()[:40]!r} is no selector; expected a name such as 'lifts' or 'runs > 45'")
        op, n = match["op"], int(match["n"] or 0)
        low = {">=": n, ">": n + 1}.get(op or "", 0)
        high = {"<=": n, "<": n - 1}.get(op or "", 999)
        found.append(Term(match["name"], low, high, bool(match["just"])))
    return tuple(found)


MOST_REMEMBERED = 100_000
"""Judgements that are kept: the shipped rulebook comes to a tenth of it, athletes' own expressions to any number."""


class Selectors:
    """The named selectors and kinds of a catalogue, able to judge any piece by any expression."""

    def __init__(self, rows: dict[str, Attributes], kinds: dict[str, SessionKind]) -> None:
        self.rows = rows
        self.kinds = kinds
        self._memo: dict[tuple[str, str, int, bool], bool] = {}

    def names(self, expression: Expression) -> tuple[str, ...]:
        """The names in an expression; raises KeyError with the first one that is neither selector nor kind."""
        names = tuple(term.name for term in terms(expression))
        for name in names:
            if name not in self.rows and name not in self.kinds:
                raise KeyError(name)
        return names

    def holds(self, expression: Expression, piece: Piece) -> bool:
        """Whether the piece is one of the sessions that the expression names."""
        kind, minutes, finisher = piece
        key = (expression, kind.id, minutes, finisher)
        found = self._memo.get(key)
        if found is None:
            found = any(term.low <= minutes <= term.high and self._meant(term, piece) for term in terms(expression))
            # One for all athletes: what it knows of the rulebook's kinds holds for each, what a kind is at a length that
            # only one has does not.
            if kind is self.kinds.get(kind.id):
                if len(self._memo) >= MOST_REMEMBERED:
                    self._memo.clear()
                self._memo[key] = found
        return found

    def itself(self, expression: Expression) -> Expression:
        """The expression without what is only like the kinds that it names."""
        parts = (part.strip() for part in expression.split("|"))
        return " | ".join(f"just {part}" if terms(part)[0].name in self.kinds else part for part in parts)

    def by_name(self, expression: Expression) -> Expression:
        """What a count by name counts: of the kinds that it names, and all that is like them, no finishers."""
        found: list[str] = []
        for part, term in zip(expression.split("|"), terms(expression), strict=True):
            alike = [kind for kind in self.kinds.values() if term.name in kind.lineage]
            if any(kind.counts and kind.finisher for kind in alike):
                found += [f"just {part.strip().replace(term.name, kind.id, 1)}" for kind in alike]
            else:
                found.append(part.strip())
        return " | ".join(found)

    def _meant(self, term: Term, piece: Piece) -> bool:
        if term.just:
            return piece.kind.id == term.name and not piece.finisher
        row = self.rows.get(term.name)
        if row is None:
            return term.name in piece.kind.lineage
        kind = piece.kind
        return (
            (not row.kinds or any(name in row.kinds for name in kind.lineage))
            and (not row.any_of or any(self.holds(e, piece) for e in row.any_of))
            and not any(self.holds(e, piece) for e in row.but)
            and (not row.modality or kind.modality in row.modality)
            and (not row.intensity or kind.intensity_at(piece.minutes) in row.intensity)
            and (not row.leg_load or kind.leg_load in row.leg_load)
            and (not row.tags or any(tag in kind.tags for tag in row.tags))
            and (row.muscle is None or kind.content(piece.minutes).sets.get(row.muscle, 0) >= 2)
            and (not row.works or any(muscle in kind.muscles for muscle in row.works))
            and (row.finisher is None or row.finisher == piece.finisher)
            and (row.counts is None or row.counts == kind.counts)
            and (row.over_default is None or piece.minutes >= kind.minutes.default + row.over_default)
        )


Scope = Literal["visit", "day", "week"]
