"""Why a week is as it is, as it leaves the program (`microcycle/why/1`)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from microcycle.models.planned import Day, Part
from microcycle.models.rule import Level
from microcycle.models.week import Report, RuleMatch, Week

WHY_SCHEMA: Literal["microcycle/why/1"] = "microcycle/why/1"


class Price(Part):
    """What a level would cost more, or less where it is negative; the first level of a price is always for the worse."""

    level: Level
    points: int


class Cell(Part):
    """A kind of session on a day of the week."""

    day: Day
    held: bool
    """The week has it there."""
    possible: bool
    """Some week has it there."""
    price: tuple[Price, ...]
    """What the best such week costs more; empty where it is free, or where there is none."""
    proven: bool


class Obstacle(Part):
    """What a session would break on another day if everything else stayed: hard rules, at the best hour for it there."""

    day: Day
    rules: tuple[str, ...]
    """Ids; empty where the day has no room for it."""
    texts: tuple[str, ...]
    sources: tuple[str | None, ...]
    """Where the athlete's own file asks for each rule: `week.yaml:12`; None for the rulebook's."""


class Reason(Part):
    """Why a session stands where it does."""

    id: str
    """Of the session in the week."""
    pinned: bool
    obstacles: tuple[Obstacle, ...]
    """Days that are closed to it as long as the rest stays; the other days are open, if not for free."""


class Row(Part):
    session: str
    short: str
    cells: tuple[Cell, ...] = Field(min_length=7, max_length=7)
    """Monday to Sunday."""


class Trade(Part):
    """A soft rule that the week breaks, and what it would cost not to."""

    match: RuleMatch
    possible: bool
    price: tuple[Price, ...]
    """The first level is for the worse; empty where another week, as good, breaks other rules instead."""
    proven: bool


class Gain(Part):
    """What an hour more on a day would buy."""

    day: Day
    window: str
    """The time that the day would have: `17:30-21:00`."""
    price: tuple[Price, ...]
    """Points fewer are negative; empty where it buys nothing."""
    proven: bool


class Why(Report):
    """A week with its reasons; every price is that of a week that was solved for it, beside the best one."""

    schema_: Literal["microcycle/why/1"] = Field(default=WHY_SCHEMA, alias="schema")
    week: Week
    behind: tuple[Price, ...] = ()
    """What a saved week costs more than the best one, or less where it holds what the goal's menu does not; empty where it
    is as good."""
    rows: tuple[Row, ...]
    reasons: tuple[Reason, ...]
    trades: tuple[Trade, ...]
    gains: tuple[Gain, ...]
