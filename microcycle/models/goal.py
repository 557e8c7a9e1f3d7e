"""Goal cards: what a week for a goal asks for, by experience class, and in which order it is worth having."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from microcycle.models.clause import Quantity, Severity
from microcycle.models.rule import LEVELS, Level
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
    """A measure that the goal wants in a range, one for each class (written `"1-2-4"`, min-target-max)."""

    of: Expression
    quantity: Quantity = "sessions"
    muscles: tuple[Muscle, ...] = ()
    """For `sets` (whole sets here): a range for each of them."""
    class_of: Literal["lift", "run"]
    """Whose experience picks the column."""
    beginner: Range | None = None
    intermediate: Range | None = None
    advanced: Range | None = None
    """A class left out has no such demand."""
    level: Level
    weight: int = 1
    about: str = ""
    """What the minutes are minutes of, where the selectors do not say it well; of a count, a remark for readers."""

    def for_class(self, experience: Experience) -> Range | None:
        """The column of a class."""
        columns = {"beginner": self.beginner, "intermediate": self.intermediate, "advanced": self.advanced}
        return columns[experience]


_BAND = re.compile(r"^(?P<low>\d{1,3})-(?P<high>\d{1,3})$")


class MenuItem(Row):
    """A kind that the card may place: its lengths and for whom; how often is a demand.

    A class here is of lift experience for kinds of lifting and power, of run experience for all others.
    `minutes` and `aim` are one value for every class, or a table with one for each class in `classes`.
    """

    minutes: str | dict[Experience, str] | None = None
    """`35-55`; the catalogue's band where absent."""
    step: int | None = Field(default=None, ge=5, multiple_of=5)
    aim: int | dict[Experience, int] | None = None
    """Length to aim at; the catalogue's default where absent. Off it costs tier 1 per 5 minutes."""
    classes: tuple[Experience, ...] = CLASSES
    as_finisher: bool = False
    """The kind stands only as a short finisher in a lift's visit."""

    @model_validator(mode="after")
    def _fits(self) -> MenuItem:
        for table in (self.minutes, self.aim):
            if isinstance(table, dict) and set(table) != set(self.classes):
                raise ValueError(f"expected a value for each of {', '.join(self.classes)}")
        for experience in self.classes:
            band, aim = self.band(experience), self.aim_for(experience)
            if band and aim and not band[0] <= aim <= band[1]:
                raise ValueError(f"aim {aim} is outside {band[0]}-{band[1]}")
        return self

    def band(self, experience: Experience) -> tuple[int, int] | None:
        """Least and most minutes, None for the catalogue's; raises ValueError on a broken text."""
        text = self.minutes[experience] if isinstance(self.minutes, dict) else self.minutes
        if text is None:
            return None
        match = _BAND.match(text)
        if match is None or int(match["low"]) > int(match["high"]):
            raise ValueError(f"{text[:40]!r} is no band of minutes; expected 35-55")
        return int(match["low"]), int(match["high"])

    def aim_for(self, experience: Experience) -> int | None:
        """The length to aim at for a class; None is the catalogue's default."""
        return self.aim[experience] if isinstance(self.aim, dict) else self.aim


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
    """Classes, of either modality, for which the card is refused, with the card to take instead."""
    rules: dict[str, RuleChange] = {}
    demands: tuple[Demand, ...]
    menu: dict[str, MenuItem] = Field(min_length=1)
