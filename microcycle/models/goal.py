"""Goal cards: what a week for a goal asks for, by experience class, and in which order it is worth having."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from microcycle.models.rule import LEVELS, Level, Quantity, Severity
from microcycle.models.selector import Expression
from microcycle.models.session import Muscle

Experience = Literal["beginner", "intermediate", "advanced"]
CLASSES: tuple[Experience, ...] = ("beginner", "intermediate", "advanced")
Primary = Literal["run", "lift", "balanced"]


class Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Range(Row):
    """Least, wanted and most; None leaves a side open. Past the target, more is worth nothing."""

    min: int | None = None
    target: int | None = None
    max: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _written(cls, value: Any) -> Any:
        return parse_range(value) if isinstance(value, (str, int)) else value

    @model_validator(mode="after")
    def _in_order(self) -> Range:
        known = [n for n in (self.min, self.target, self.max) if n is not None]
        if known != sorted(known):
            raise ValueError("expected min <= target <= max")
        return self


_RANGE = re.compile(r"^(?:(?P<about>~)?(?P<one>\d{1,5})|(?P<low>\d{1,5})\s*-\s*(?P<mid>\d{1,5}\s*-\s*)?(?P<high>\d{1,5}))$")


def parse_range(text: str | int) -> dict[str, int]:
    """`3` exactly, `2-4` a range, `~3` a target, `1-2-3` all three; raises ValueError on anything else."""
    match = _RANGE.match(str(text).strip()[:40])
    if match is None:
        raise ValueError(f"{str(text)[:40]!r} is no count; expected 3, 2-4, ~3 or 1-2-3")
    if match["about"]:
        return {"target": int(match["one"])}
    if match["one"]:
        return {"min": int(match["one"]), "target": int(match["one"]), "max": int(match["one"])}
    ends = {"min": int(match["low"]), "max": int(match["high"])}
    return {**ends, "target": int(match["mid"].rstrip(" -"))} if match["mid"] else ends


class Demand(Row):
    """A measure that the goal wants in a range, one Range for each class (written `"1-2-4"`, min-target-max)."""

    of: Expression
    quantity: Quantity = "sessions"
    muscles: tuple[Muscle, ...] = ()
    """For `sets` (whole sets here): a range for each of them."""
    class_of: Literal["lift", "run"]
    """Whose experience picks the column."""
    beginner: Range | None
    intermediate: Range | None
    advanced: Range | None
    level: Level
    weight: int = 1
    about: str = ""
    """For people: what the numbers are of, where the selector's name does not say it."""


class MenuItem(Row):
    """A kind that the card may place: its lengths, for whom, and how often (min-target-max)."""

    minutes: str | None = None
    """`35-55`; the catalogue's band where absent."""
    step: int | None = None
    aim: int | None = None
    """Length to aim at; the catalogue's default where absent. Off it costs tier 1 per 5 minutes."""
    classes: tuple[Experience, ...] = CLASSES
    as_finisher: bool = False
    """The kind stands only as a short finisher in a lift's visit."""


class RuleChange(Row):
    severity: Severity | None = None
    params: dict[str, int] = {}


class Goal(Row):
    """One goal card."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    name: str
    about: str
    primary: tuple[Primary, ...] = Field(min_length=1)
    """Modalities that may lead; the first is the default unless `must_choose`."""
    must_choose: bool = False
    """No default: the athlete names the primary."""
    sources: tuple[str, ...] = Field(min_length=1)
    levels: tuple[Level, ...] = LEVELS
    policies: dict[str, str] = {}
    class_policies: dict[Experience, dict[str, str]] = {}
    offers: dict[Experience, dict[str, str]] = {}
    """Policy values that the finished week mentions as a choice of the athlete's, by class."""
    refuse: dict[Experience, str] = {}
    """Classes for which the card is refused, with the card to take instead."""
    rules: dict[str, RuleChange] = {}
    demands: tuple[Demand, ...]
    menu: dict[str, MenuItem] = Field(min_length=1)
