"""What a rule about who must not be planned like others says beside its clauses: who it is for, and what is told."""

from __future__ import annotations

from pydantic import Field

from microcycle.models.clause import Condition, Row
from microcycle.models.selector import Expression

TEST = (
    r"(?i)\b(1|one)[ -]?(rm|rep[ -]max)\b|\b(max(imum)?|strength|fitness|all[ -]out)[ -](test|single|out)s?\b"
    r"|\btime[ -]trial\b"
)
"""A pattern of what a session is called that is a test."""


class Refusal(Row):
    """What is not planned at all for whom."""

    when: Condition
    goal: str | None = None
    """Id of a card; None refuses everything, or what is called a test."""
    take: str | None = None
    """The card to take instead."""
    race: str | None = None
    """A pattern of what such a race is called."""
    test: bool = False
    """What is called a test (`TEST`)."""
    told: str


class Gate(Row):
    """A rule with a gate cannot be softened; what its clauses allow none of is not on the menu."""

    when: Condition
    note: str
    """What holds, in a sentence or two: told under Assumed, before what gives way."""
    advice: str = ""
    """What stands at the head of the answer."""
    figures: bool = True
    """False: nothing is told of weight, food and energy."""
    refuses: tuple[Refusal, ...] = ()
    instead: dict[str, Expression] = Field(default_factory=dict)
    """Kinds that come on the menu where it had some of a group, and the gate leaves none of it."""
