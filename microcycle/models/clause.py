"""What a rule asks, as data: each family of rules is a clause with its own parameters."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from microcycle.errors import shown
from microcycle.models.care import CARES
from microcycle.models.fields import NUMBER
from microcycle.models.selector import Expression
from microcycle.models.session import Muscles


class Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Severity = Literal["hard", "tier4", "tier3", "tier2", "tier1", "off"]
Quantity = Literal[
    "sessions",
    "visits",
    "days",
    "days-without",
    "minutes",
    "fast-minutes",
    "load",
    "metres",
    "sets",
    "leg-sets-and-runs",
]
"""What is measured of the sessions that a selector names. `sets` is in half sets and needs `muscles`; `load`
in AU; `days` are days that hold such a session, `days-without` days that hold none; `visits` are visits that
hold one."""
Condition = dict[str, tuple[str, ...]]
"""Holds if, for each key, the request's value is in the list. Keys: every policy id, `goal`, `primary` (run,
lift, balanced), `lift` and `run` (experience classes), `class` (week-wide class), `age` (of `AGES`), `care` (of
`CARE_MARKS`), `has` (facts such as `history.run-minutes`, `history.longest-run`, `history.weekly-load`, `pace`;
`few-days`: two free days at most)."""
AGES = ("under-14", "under-16", "under-18", "50+", "60+")
CARE_MARKS = (*CARES, "postpartum-12w", "injury-legs", "injury-arms")
"""The words of `athlete.care`, the first twelve weeks after a birth, and the part of the body that is hurt."""


def _reference(text: str) -> str:
    if not re.fullmatch(r"\$[a-z_]+", text):
        raise ValueError(f"{shown(text)} is no number; expected a whole number")
    return text


_MOST = 1_000_000
Number = Annotated[int, Field(ge=0, le=_MOST), NUMBER] | Annotated[str, AfterValidator(_reference)]
"""A whole number, or `$name` of one of the rule's parameters."""
Whole = Annotated[int, Field(ge=0, le=_MOST), NUMBER]
StepSize = Annotated[int, Field(ge=1, le=_MOST), NUMBER]
DayOfWeek = Annotated[int, Field(ge=0, le=6), NUMBER]
DayOffset = Annotated[int, Field(ge=-6, le=6), NUMBER]


class Measure(Row):
    quantity: Quantity
    of: Expression


class Table(Row):
    """A step table: the value of the last step whose threshold the measure reaches."""

    over: Measure
    steps: tuple[tuple[Whole, Number], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ascending(self) -> Table:
        at = [threshold for threshold, _ in self.steps]
        if at[0] != 0 or at != sorted(set(at)):
            raise ValueError("steps start at 0 and ascend")
        return self


class Relative(Row):
    """A limit from history: fact x (100 + percent) / 100; below `small`, at least fact + `plus` and `least`.

    Never less than the fact `not_below`. What is `held` is history's, and without history the lower end of the goal's card.
    """

    fact: Literal["run-minutes", "longest-run", "weekly-load", "held-run-minutes", "held-longest-run"]
    percent: Number
    small: Whole = 0
    least: Whole = 0
    plus: Whole = 0
    not_below: Literal["last-run-minutes"] | None = None


class Clause(Row):
    """What clauses of every family have. `microcycle rules FAMILY` prints what the docstrings of their fields say.

    In the catalogue, a clause without `severity` or `text` takes its rule's.
    """

    severity: Severity | None = None
    """How strict; soft is tier4, the dearest of the tiers."""
    when: Condition = {}
    """The rule holds only if every condition does: goal, primary, lift, run, class, age, has, or a policy."""
    text: str | None = None
    """The sentence for a week that does not keep it; else the statement."""


class Bound(Clause):
    """The measure lies between min and max, per week, day, visit or session.

    A target is a soft min, an overshoot a soft max. Amount of a match: started `step`s outside the bound.
    """

    family: Literal["bound"]
    quantity: Quantity
    """What is measured; sets in half sets, load in minutes x effort, days with such a session or without."""
    of: Expression
    """Which sessions."""
    per: Literal["week", "day", "visit", "session"] = "week"
    """Measured over the week, or over each day, visit or session that has any."""
    min: Number | None = None
    """Not less."""
    max: Number | Relative | None = None
    """Not more."""
    step: StepSize = 1
    """So much outside counts once."""
    muscles: Muscles = ()
    """For sets: each of these muscles on its own."""
    on: tuple[DayOfWeek, ...] = ()
    """Only these days are counted."""
    pinned: bool = True
    """Per session: also those that are fixed to an hour."""


class Share(Clause):
    """100 x part <= max x whole. Amount: started `step` percentage points above max, at most 10 of them."""

    family: Literal["share"]
    part: Measure
    """What is compared."""
    largest: bool = False
    """The part is the largest single session instead of their sum."""
    whole: Measure
    """With what."""
    max: Number | Table
    """Percent of the whole."""
    step: StepSize = 5
    """So many percentage points above count once."""
    where: Measure | None = None
    """The rule holds only in weeks where this measure is within at_least or at_most."""
    at_least: Whole = 0
    """The least that `where` measures."""


class SpacingHours(Clause):
    """Between a session of `first` and one of `then`, at least `hours`; amount: started `step` hours short.

    `order`: either, or only pairs in which `first` comes first. `measured`: end-to-start, or start-to-start.
    Pieces of one visit are never a pair (but see `one_visit`); a session is no pair with itself.
    """

    family: Literal["spacing-hours"]
    first: Expression
    """The one of each pair."""
    then: Expression
    """The other of each pair."""
    hours: Number
    """So many hours lie between them."""
    tolerance: Number = 0
    """Hours that may be missing."""
    step: StepSize = 1
    """So many missing hours count once."""
    order: Literal["either", "first-then"] = "either"
    """Either: in both orders; first-then: only where the first comes first."""
    measured: Literal["end-to-start", "start-to-start"] = "end-to-start"
    """From the end of one to the start of the next, or from start to start."""
    scope: Literal["same-day", "next-day", "any"] = "any"
    """Which pairs: of one day, of a day and the next, or any."""
    same_muscle: Whole | None = None
    """Only pairs that train one muscle with so many half sets in both."""
    unless_lighter: bool = False
    """A lighter session may follow a heavier one at any distance."""
    one_visit: bool = False
    """Pieces of one visit are a pair, too."""


class SpacingDays(Clause):
    """No `then` on the days at these offsets from a day with `first` (0 is the same day, 1 the next).

    One match a day pair. Offsets look forward only. `order` matters on the same day alone: `first-then` means
    only a `first` that starts before the `then` (also within one visit).
    """

    family: Literal["spacing-days"]
    first: Expression
    """The one of each pair."""
    then: Expression
    """The other of each pair."""
    days: tuple[DayOffset, ...] = Field(min_length=1)
    """Days from the first to the other: 0 is the same day, 1 the next."""
    order: Literal["either", "first-then"] = "either"
    """Matters on the same day alone; first-then: only where the first starts first."""
    where: Measure | None = None
    """The rule holds only in weeks where this measure is within at_least or at_most."""
    at_most: Whole = 0
    """The most that `where` measures."""


class When(Clause):
    """Where measure `if_` reaches `at_least`, measure `then` is at most `max`, or at least `min`.

    `scope`: visit; day; next-day (`if_` on a day, `then` on the next); days-after (`then` summed over the
    next `days`); week. A Table in max or min is read over its own measure in the same scope as `if_` (week or
    day). Amount: started `step`s outside.
    """

    family: Literal["when"]
    scope: Literal["visit", "day", "next-day", "days-after", "week"]
    """Where both are measured; next-day and days-after: `then` on the day or days after `if`."""
    days: Annotated[int, Field(ge=1, le=6)] = 1
    """For days-after: how many days."""
    if_: Measure
    """The rule speaks where this measure reaches at_least."""
    at_least: Number = 1
    """So much of `if`."""
    then: Measure
    """There, this measure stays within min and max."""
    max: Number | Table | None = None
    """Not more."""
    min: Number | Table | None = None
    """Not less."""
    step: StepSize = 1
    """So much outside counts once."""

    @model_validator(mode="after")
    def _measurable(self) -> When:
        for measure in (self.if_, self.then):
            if self.scope != "week" and measure.quantity == "visits":
                raise ValueError("visits are counted over a week, not within one day or visit")
        return self


class Clock(Clause):
    """Starts not before, or ends not after, a point of the day, or stands outside sleep.

    A point is `bed` or `wake` with an offset in minutes (`bed-120`, `bed-$minutes`), or a clock time `07:00`.
    With `after`, only sessions on the day after a session of that selector that ended later than `ended_past`
    are judged. Amount: started hours outside (`hour`), or one (`item`); of sleep, started quarters of an hour.
    """

    family: Literal["clock"]
    of: Expression
    """Which sessions."""
    start_not_before: str | None = None
    """No start before it."""
    end_not_after: str | None = None
    """No end after it."""
    outside: Literal["sleep"] | None = None
    """No visit in the night before or behind it: what is lost of it is the time in bed on the shorter side."""
    per: Literal["hour", "item"] = "hour"
    """Each started hour outside counts, or each session once."""
    after: Expression | None = None
    """Only on the day after one of these sessions."""
    ended_past: str | None = None
    """And only if that ended later than this."""


class Habit(Clause):
    """Each kind of `of` keeps one part of the day (before 11:00, to 16:00, later).

    Amount: parts beyond the first.
    """

    family: Literal["habit"]
    of: Expression
    """Which sessions."""


class LongestWindow(Clause):
    """Sessions of `of` stand in the best window of the week: the longest, a weekend day before a weekday.

    Beyond the longest length that the kind may take, longer is no better. Amount: one a session elsewhere.
    """

    family: Literal["longest-window"]
    of: Expression
    """Which sessions."""


class Streak(Clause):
    """At most `max_days` days in a row hold a session of `of`.

    Amount: one for each longer run of max_days + 1 days.
    """

    family: Literal["streak"]
    of: Expression
    """Which sessions."""
    max_days: Number
    """So many days in a row."""


class FirstAfter(Clause):
    """The first day behind a day of the week that holds a session of `of` holds none but those of `among`.

    Amount: one.
    """

    family: Literal["first-after"]
    of: Expression
    """Which sessions."""
    among: Expression
    """What they may be on the first day that holds any."""
    after: DayOfWeek
    """The day behind which they are watched."""


class LoadShape(Clause):
    """Monotony (mean / population SD of the seven daily loads, Foster 1998) at most max_tenths / 10.

    Amount: started tenths above, at most 10. Weeks without any load are not judged.
    """

    family: Literal["load-shape"]
    max_tenths: Number
    """The highest monotony, in tenths: 20 is 2.0."""


class Stability(Clause):
    """Sessions of the reference week stay on their day and at their hour.

    One for each that moved to another day or is gone, and one for each started hour of difference on one day.
    """

    family: Literal["stability"]
    measure: Literal["sessions", "hours"]
    """Sessions that moved to another day, or hours that they moved by."""


class Availability(Clause):
    """Structure that the places of the model hold by themselves: windows with set-up time, and no overlap."""

    family: Literal["availability"]
    what: Literal["windows", "overlap", "visit"]


class Declaration(Clause):
    """The request names a primary modality where its goal asks for one; amount 1 where it does not."""

    family: Literal["declaration"]


AnyClause = Annotated[
    Bound
    | Share
    | SpacingHours
    | SpacingDays
    | When
    | Clock
    | Habit
    | LongestWindow
    | Streak
    | FirstAfter
    | LoadShape
    | Stability
    | Availability
    | Declaration,
    Field(discriminator="family"),
]
