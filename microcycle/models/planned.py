"""The sessions of a planned week, and what stands around them: rest, what was asked for, what became of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from microcycle.errors import At
from microcycle.models.clock import DAY_MIN, DAYS, hhmm
from microcycle.models.rule import Level
from microcycle.models.session import Modality

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-4]):[0-5]\d$")]
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=200)]
"""Of a rule, a kind of session or one that is planned."""
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Amount = Annotated[int | float, Field(ge=0, le=1_000_000_000)]
WeekMin = Annotated[int, Field(ge=-DAY_MIN, le=9 * DAY_MIN)]
"""Local minutes from Monday 00:00."""


class Part(BaseModel):
    # `schema` is a method of pydantic's own, so the field needs another name in Python.
    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, validate_by_name=True, serialize_by_alias=True
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        # Not by pydantic's `use_attribute_docstrings`: it took as long as all else at every start of the program.
        from microcycle.models.meanings import meanings

        found = handler(schema)
        fields = handler.resolve_ref_schema(found)["properties"]
        for name, about in meanings(cls).items():
            fields[cls.model_fields[name].alias or name]["description"] = about
        return found


class Sparse(Part):
    """Fields that say nothing are left out of the JSON."""

    @model_serializer(mode="wrap")
    def _without_none(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {key: value for key, value in handler(self).items() if value is not None}


class SessionStep(Sparse):
    """One step of a session; which of the optional fields are there depends on `do`."""

    do: Literal["steady", "repeats", "exercise", "circuit"]
    text: str
    seconds: Count
    effort: str | None = None
    """Of the step, or of the work in repeats: easy, steady, marathon, threshold, interval, sprint or race."""
    repeats: Count | None = None
    """Repeats, or rounds of a circuit."""
    work_s: Count | None = None
    recovery_s: Count | None = None
    exercise: str | None = None
    sets: Count | None = None
    reps: str | None = None
    load: str | None = None
    stations: tuple[str, ...] | None = None


class PlannedSession(Part):
    """One session of the week. Sessions of a day with the same `visit` follow each other without a break."""

    id: Id
    """Unique in its week, and the same for the same place in it: `mon-1-heavy-lower`."""
    day: Day
    date: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")] | None
    session: Id
    """Id of the kind (`microcycle sessions ID`)."""
    name: str
    """What the kind, or the athlete, calls it."""
    short: str
    modality: Modality
    start: Clock | None
    """Local time; null where a checked week gives none."""
    end: Clock | None
    start_min: WeekMin | None = None
    """Local minutes from Monday 00:00 to the start: past midnight the day's session is on the next date."""
    minutes: int = Field(ge=0, le=DAY_MIN)
    visit: Count
    """Counts the visits of its day from 1."""
    pinned: bool
    done: bool = False
    """It has been done: in a week that has begun."""
    finisher: bool
    """A short easy end to a lift: not counted as a session of its own."""
    note: str
    distance_m: Count | None
    """Runs only, and only where an easy pace is known: an estimate at that pace."""
    content: str
    steps: tuple[SessionStep, ...]
    revision: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    """Of the week, when the session last came to stand like this: at this time, this long, in this company."""

    @model_validator(mode="before")
    @classmethod
    def _of_older_weeks(cls, data: Any) -> Any:
        """Which told no `start_min`."""
        if isinstance(data, dict) and data.get("start_min") is None and data.get("day") in DAYS:
            hours, _, minutes = str(data.get("start") or "").partition(":")
            if hours.isdecimal() and minutes.isdecimal():
                return {**data, "start_min": DAY_MIN * DAYS.index(data["day"]) + 60 * int(hours) + int(minutes)}
        return data

    @model_validator(mode="after")
    def _one_time(self) -> Self:
        """Somebody may have changed one of the two by hand."""
        since = None if self.start_min is None else self.start_min - DAY_MIN * DAYS.index(self.day)
        if since is not None and not (0 <= since < 2 * DAY_MIN and hhmm(since % DAY_MIN) == self.start):
            told = f"{self.day} {self.start} is not minute {self.start_min} of the week, which `start_min` says"
            raise At(("start",), told, expected="both changed, or no start_min")
        return self


class DroppedVisit(Part):
    """A visit of an earlier revision of the week that is there no more, nor stands elsewhere."""

    id: Id
    """Of the session that led it."""
    name: str
    start_min: WeekMin | None
    """Where it stood last, in local minutes from Monday 00:00; null where it had no time."""
    day: Day
    minutes: Count
    revision: Annotated[int, Field(ge=1, le=1_000_000)]
    """Of the week, when it was dropped."""
    missed: bool = False
    """It was dropped because it had not happened."""


class FreeTime(Part):
    """Time that the athlete has, in local minutes from Monday 00:00; what must stay free around a session is within."""

    open_min: WeekMin
    close_min: WeekMin


class KeptRule(Part):
    """A rule on how far apart two sessions stand."""

    rule: Id
    severity: Literal["hard", "soft"]
    hours: Count | None
    """So many it wants; null where it counts days. Some rules put up with a little less."""
    measured: Literal["end-to-start", "start-to-start"] | None
    """Between what it counts them."""


class Gap(Part):
    """Rest between two sessions over which rules watch, and which is as long as they ask for."""

    before: str
    """Id of the session in front of it."""
    after: str
    hours: Annotated[float, Field(ge=-336, le=336)]
    """That pass from the end of one to the start of the other, clock changes or not."""
    rules: tuple[KeptRule, ...]


class Aim(Sparse):
    """What the goal or the athlete asks of the week, and what it holds."""

    what: str
    """Sessions, what is done, or a muscle."""
    unit: Literal["sessions", "min", "m", "sets"]
    level: Level
    low: Amount | None = None
    target: Amount | None = None
    high: Amount | None = None
    value: Amount
    sessions: tuple[str, ...] | None = None
    """Ids of those that are counted, where sessions are."""


class MissedSession(Part):
    """A session that was planned and did not happen."""

    session: Id
    day: Day
    minutes: Count
