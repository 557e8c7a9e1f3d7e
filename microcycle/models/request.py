"""The constraints file: who trains, for what, when there is time, what is fixed and what is wished."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from microcycle.errors import At, Unread, code_of, nearest_name, shown
from microcycle.models.amounts import BAND_EXPECTED, Band, parse_amount, parse_band
from microcycle.models.care import CareItem
from microcycle.models.clock import Span, begins_at, duration_text, parse_days, parse_days_or_shifts
from microcycle.models.fields import (
    NUMBER,
    Bodyweight,
    ClockTime,
    DayList,
    DaysAhead,
    DaysOrDates,
    DaysOrShifts,
    Duration,
    IsoDate,
    Pace,
    TimeRange,
    WeekDate,
    WeekMinute,
)
from microcycle.models.goal import Experience, Primary
from microcycle.models.reading import Document
from microcycle.models.session import Modality

T = TypeVar("T")
Name = Annotated[str, Field(min_length=1, max_length=80)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str | int | float | dict) and not isinstance(value, bool) else value


def _minutes(low: int, high: int) -> AfterValidator:
    def check(minutes: int) -> int:
        if not low <= minutes <= high:
            raise ValueError(f"{duration_text(minutes)} is out of range; expected {low} to {high} minutes")
        return minutes

    return AfterValidator(check)


SessionMinutes = Annotated[Duration, _minutes(5, 720)]
SetupMinutes = Annotated[Duration, _minutes(0, 240)]
_OneOrMore = BeforeValidator(_listed, json_schema_input_type=str | list[str])
Names = Annotated[tuple[Name, ...], Field(min_length=1, max_length=60), _OneOrMore]
"""One name or a list of them."""


class ExperienceByModality(Part):
    lift: Experience = "intermediate"
    run: Experience = "intermediate"


def _both(value: Any) -> Any:
    return {"lift": value, "run": value} if isinstance(value, str) else value


LONGEST_NAME, LONGEST_NOTE = 200, 500


class Athlete(Part):
    """Who trains. Experience is per modality; one word stands for both."""

    name: str = Field(default="", max_length=LONGEST_NAME)
    bodyweight: Bodyweight | None = None
    age: Annotated[int, Field(ge=10, le=110), NUMBER] | None = None
    experience: Annotated[
        ExperienceByModality, BeforeValidator(_both, json_schema_input_type=Experience | ExperienceByModality)
    ] = ExperienceByModality()
    easy_pace: Pace | None = None
    care: Annotated[
        tuple[CareItem, ...],
        Field(max_length=20),
        BeforeValidator(_listed, json_schema_input_type=CareItem | list[CareItem]),
    ] = ()
    """What makes hard work, running or figures on weight no matter of general rules: pregnancy, an injury ..."""
    timezone: str | None = Field(default=None, max_length=80)


class WindowSpec(Part):
    """Free time: `at` a range, and if need be what may be done there, where, and minutes to get ready each side."""

    at: TimeRange
    only: Names = ()
    place: Name | None = None
    buffer: SetupMinutes | None = None


def _window(value: Any) -> Any:
    if not isinstance(value, str | Mapping | WindowSpec):
        expected = "a range such as 17:30-20:00, {at: 17:30-20:00, only: runs}, a list of these, or none"
        raise ValueError(f"{shown(value)} is no window; expected {expected}")
    return {"at": value} if isinstance(value, str) else value


NO_TIME = ("none", "off", "rest", "-")


def _windows(value: Any) -> Any:
    if value is None or (isinstance(value, str) and not value.strip()):
        raise At((), "a day has no value", expected="none, or a window such as 17:30-20:30", code="empty-value")
    if isinstance(value, str) and value.strip().lower() in NO_TIME:
        return []
    return value if isinstance(value, list | tuple) else [value]


_Window = Annotated[WindowSpec, BeforeValidator(_window, json_schema_input_type=str | WindowSpec)]
Windows = Annotated[
    tuple[_Window, ...],
    Field(max_length=12),
    BeforeValidator(_windows, json_schema_input_type=str | WindowSpec | list[str | WindowSpec]),
]


def _night(span: Span) -> Span:
    if not 120 <= span.minutes <= 840:
        raise ValueError(f"{duration_text(span.minutes)} is no night; expected 2 to 14 hours of sleep, such as 23:00-06:30")
    return span


Night = Annotated[TimeRange, AfterValidator(_night)]


class Shift(Part):
    windows: Windows
    sleep: Night | None = None


class PinSpec(Part):
    """A session that is fixed: on one of `day` (days or dates) or on `each` of several, at `start` if it has an hour."""

    session: Name
    day: DaysOrDates | None = None
    date: DaysOrDates | None = None
    """The same as `day`."""
    each: DaysOrDates | None = None
    """On every one of these days: as many sessions."""
    start: ClockTime | None = None
    minutes: SessionMinutes | None = None
    counts_as: Name | None = None
    outside_windows: bool = False
    note: str = Field(default="", max_length=LONGEST_NOTE)

    @model_validator(mode="after")
    def _one_day(self) -> PinSpec:
        named = [name for name in ("day", "date", "each") if getattr(self, name) is not None]
        if len(named) != 1:
            problem = "needs its day" if not named else "has a day or a date, not both"
            problem = "has one of 'day', 'date' and 'each'" if "each" in named else problem
            expected = "either 'day: tue' (or a list, to choose from), 'day: 2026-11-24', or 'each: mon-fri' for all of them"
            raise At((), f"a pinned session {problem}", expected=expected, code="bad-value" if named else "missing-key")
        if self.outside_windows and self.start is None:
            raise At(("outside_windows",), "a session outside the windows needs its hour", expected="a 'start'", key=True)
        return self

    @property
    def days_key(self) -> str:
        """The key that names its days."""
        return next(name for name in ("day", "date", "each") if getattr(self, name) is not None)


class Sighting(Part):
    """A session that was done, or that a reference week holds."""

    session: Name
    day: DayList
    start: ClockTime | None = None
    minutes: SessionMinutes | None = None
    visit: Annotated[int, Field(ge=1, le=20), NUMBER] | None = None
    start_min: int | None = None
    """As a planned week tells it, minutes from its Monday 00:00: that leaves no doubt about an hour past midnight."""
    instead_of: DayList | None = None
    """The day on which it was `pinned`, where it was done otherwise."""
    extra: bool = False
    """It was no `pinned` session, whatever is pinned on its day."""

    @model_validator(mode="before")
    @classmethod
    def _with_its_day(cls, value: Any) -> Any:
        if isinstance(value, str):
            expected = "a session with its day such as {session: easy-run, day: tue, start: '18:30', minutes: 45}"
            raise At((), f"{shown(value)} says not when", expected=expected)
        return value

    @model_validator(mode="after")
    def _one_day(self) -> Sighting:
        if len(self.day) != 1:
            raise At(("day",), "a session that was done has one day", expected="a day such as sun")
        if self.instead_of is not None and len(self.instead_of) != 1:
            raise At(("instead_of",), "a session was fixed on one day", expected="a day such as sun")
        if self.start_min is not None:
            begins_at(self.day[0], self.start, self.start_min)
        return self


Weekly = Field(max_length=520)


class History(Part):
    """What the last weeks held; lists are oldest first."""

    until: IsoDate | None = None
    """The last day that it knows of: of an older one it is told, and what is no more last week's is not heeded."""
    longest_run_30d: str | int | float | None = None
    run_minutes: Annotated[
        tuple[Annotated[Duration, _minutes(0, 3000)], ...],
        Weekly,
        BeforeValidator(_listed, json_schema_input_type=str | int | list[str | int]),
    ] = ()
    load: Annotated[
        tuple[Annotated[int, Field(ge=0, le=30_000), NUMBER], ...],
        Weekly,
        BeforeValidator(_listed, json_schema_input_type=int | list[int]),
    ] = ()
    last_week: tuple[Sighting, ...] = Field(default=(), max_length=60)


class Preference(Part):
    days: DaysOrShifts | None = None
    hours: TimeRange | None = None

    @model_validator(mode="after")
    def _something(self) -> Preference:
        if self.days is None and self.hours is None:
            raise At((), "no day is named", expected="days such as [sat, sun], or {days: sat, hours: 08:00-10:00}")
        return self


def _preference(value: Any) -> Any:
    if isinstance(value, str) and re.search(r"\d", value):
        return {"hours": value}
    return {"days": value} if isinstance(value, str | list | tuple) else value


Wish = Annotated[Preference, BeforeValidator(_preference, json_schema_input_type=str | list[str] | Preference)]

Lengths = Annotated[
    Band,
    PlainValidator(parse_band),
    PlainSerializer(lambda band: band.text, return_type=str, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "integer", "minimum": 5, "maximum": 720}],
            "description": f"Expected {BAND_EXPECTED}.",
            "examples": ["60-90", 45, "~75"],
        }
    ),
]
"""A `Band` of minutes."""
Amount = Annotated[int, Field(ge=0), BeforeValidator(lambda value: value, json_schema_input_type=int | str)]


class Want(Part):
    """A count or measure: `3` exactly, `2-4` a range, `~3` a target, or the fields; kinds may get their minutes."""

    min: Amount | None = None
    target: Amount | None = None
    max: Amount | None = None
    minutes: Lengths | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Want:
        known = [n for n in (self.min, self.target, self.max) if n is not None]
        if known != sorted(known):
            raise At((), "the least, the target and the most are out of order", expected="min <= target <= max")
        if not known and self.minutes is None:
            raise At((), "nothing is asked for", expected="3, 2-4, ~3 or some of min, target, max, minutes")
        return self


def _wants(value: Any) -> Any:
    """What each key asks for, in its own unit: only the key knows whether 3 are sessions or minutes."""
    if not isinstance(value, Mapping):
        return value
    found = {}
    for key, written in value.items():
        try:
            found[key] = parse_amount(key, written) if isinstance(key, str) else written
        except At as error:
            raise At(
                (key, *error.path),
                str(error),
                expected=error.expected,
                nearest=error.nearest,
                key=error.key,
                code=error.code,
            ) from None
    return found


Wants = Annotated[
    dict[str, Annotated[Want, BeforeValidator(lambda value: value, json_schema_input_type=int | str | Want)]],
    Field(max_length=100),
    BeforeValidator(_wants, json_schema_input_type=dict[str, int | str | Want]),
]


def _on_grid(band: Band) -> Band:
    if band.aim is not None or band.low % 5 or band.high % 5:
        raise ValueError("this is no length that can be planned; expected multiples of 5 such as 60 or 60-90")
    return band


class OwnSession(Part):
    """A kind of the athlete's own, like one of the catalogue but for what is stated."""

    like: Name
    name: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    modality: Modality | None = None
    intensity: Literal["easy", "moderate", "hard"] | None = None
    leg_load: Literal["none", "light", "moderate", "heavy"] | None = None
    minutes: Annotated[Lengths, AfterValidator(_on_grid)] | None = None
    srpe: Annotated[int, Field(ge=0, le=10), NUMBER] | None = None


def _sleep(value: Any) -> Any:
    return {"daily": value} if isinstance(value, str) else value


def _refused(value: Any) -> Any:  # noqa: ARG001
    raise ValueError("seasons are not built yet; expected a week without it, and a race as a pinned session")


ShiftNames = Annotated[tuple[Name, ...], Field(min_length=1, max_length=800), _OneOrMore]
"""Shifts of the days from a date on: a year's rota is pasted once."""
Refused = Annotated[Any, PlainValidator(_refused), WithJsonSchema({"not": {}})]
Few = Field(max_length=100)


class RequestSpec(Part):
    """The constraints file as it is written. Times are local; names are those of `microcycle sessions` and `rules`."""

    athlete: Athlete = Athlete()
    goal: str
    primary: Primary | None = None
    week_of: WeekDate | None = None
    sleep: Annotated[dict[str, Night], Few, BeforeValidator(_sleep, json_schema_input_type=str | dict[str, str])] = {}
    availability: Annotated[dict[str, Windows], Field(max_length=500)] = {}
    shifts: Annotated[dict[str, Shift], Few] = {}
    rota: Annotated[dict[str, ShiftNames], Field(max_length=500)] = {}
    places: Annotated[dict[str, SetupMinutes], Few] = {}
    pinned: tuple[PinSpec, ...] = Field(default=(), max_length=60)
    prefer: Annotated[dict[str, Wish], Few] = {}
    forbid: Annotated[dict[str, Wish], Few] = {}
    exclude: Annotated[tuple[Name, ...], Few, _OneOrMore] = ()
    want: Wants = {}
    history: History = History()
    policies: Annotated[dict[str, Any], Few] = {}
    rules: Annotated[dict[str, Any], Field(max_length=200)] = {}
    sessions: Annotated[dict[str, OwnSession], Few] = {}
    stay_close_to: tuple[Sighting, ...] = Field(default=(), max_length=60)
    now: WeekMinute | None = None
    """What time it is: nothing is planned before it."""
    done: tuple[Sighting, ...] = Field(default=(), max_length=60)
    """What this week holds already."""
    missed: tuple[Sighting, ...] = Field(default=(), max_length=60)
    """What was planned for this week and did not happen: it is taken off the targets, not made up for."""
    ill: Annotated[DaysAhead, Few] = ()
    """Days of illness: they hold nothing, and the days after them are easy."""
    next: Literal["cycle", "open"] = "cycle"
    grid: Literal[5, 10, 15, 30, 60] = 5
    race: Refused = None
    phase: Refused = None
    week: Any = None
    """A week to check, in the same file (`microcycle check`)."""

    @field_validator("prefer", "forbid", mode="before")
    @classmethod
    def _shifts_are_known(cls, value: Any, info: ValidationInfo) -> Any:
        for name, wish in value.items() if isinstance(value, Mapping) else ():
            inner = isinstance(wish, Mapping) and "days" in wish
            try:
                check_days(wish["days"] if inner else wish, info.data.get("shifts") or {})
            except ValueError as error:
                message, _, expected = str(error).partition("; expected ")
                path = (name, "days") if inner else (name,)
                raise At(path, message, expected=expected, code=code_of(error)) from None
        return value


AFTER = "after "
"""Before the name of a shift: the day that follows one with it."""


def check_days(written: Any, shifts: Collection[str]) -> tuple[int | str, ...]:
    """Days and shifts of the file as written. Raises ValueError for a word that is neither.

    What is no text nor a list of them has other readers.
    """
    if not isinstance(written, str | list | tuple) or (isinstance(written, str) and re.search(r"\d", written)):
        return ()
    found = parse_days_or_shifts(written)
    for word in found:
        if isinstance(word, str) and word not in shifts and word.removeprefix(AFTER) not in shifts:
            last = word.rpartition(" ")[2]
            near = last if last in shifts else nearest_name(word.removeprefix(AFTER), shifts)
            if near:
                # Another word before the name of a shift, `before night`, can only be meant for the one that there is.
                after = AFTER if word.startswith(AFTER) or near == last else ""
                known = f"one of {', '.join(shifts)}, or 'after {near}'"
                expected = f"days such as mon, {known}; did you mean '{after}{near}'?"
                raise Unread(f"{shown(word)} is no day and no shift; expected {expected}", "unknown-name")
            parse_days(word)
    return found


@dataclass(frozen=True)
class Request:
    """A constraints file that has been read: what it says, and where it says so."""

    spec: RequestSpec
    document: Document

    @property
    def monday(self) -> date | None:
        return self.spec.week_of


def dated(request: Request, day: int) -> date | None:
    """The calendar date of a day of the week (0 is Monday), if the week has dates."""
    return None if request.monday is None else date.fromordinal(request.monday.toordinal() + day)


__all__ = ["Athlete", "Request", "RequestSpec", "dated"]
