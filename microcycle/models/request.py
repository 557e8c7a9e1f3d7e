"""The constraints file: who trains, for what, when there is time, what is fixed and what is wished."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)

from microcycle.errors import At
from microcycle.models import clock
from microcycle.models.fields import ClockTime, DayList, Duration, Mass, Pace, TimeRange, WeekDate
from microcycle.models.goal import Experience, Primary, parse_range
from microcycle.models.reading import Document
from microcycle.models.session import Modality


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str | dict) else value


class ExperienceByModality(Part):
    lift: Experience = "intermediate"
    run: Experience = "intermediate"


def _both(value: Any) -> Any:
    return {"lift": value, "run": value} if isinstance(value, str) else value


class Athlete(Part):
    """Who trains. Experience is per modality; one word stands for both."""

    name: str = Field(default="", max_length=200)
    bodyweight: Mass | None = Field(default=None, ge=25_000, le=350_000)
    age: int | None = Field(default=None, ge=10, le=110)
    experience: Annotated[ExperienceByModality, BeforeValidator(_both)] = ExperienceByModality()
    easy_pace: Pace | None = None
    timezone: str | None = None


class WindowSpec(Part):
    """Free time: `at` a range, and if need be what may be done there, where, and minutes to get ready each side."""

    at: TimeRange
    only: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    place: str | None = Field(default=None, max_length=80)
    buffer: Duration | None = Field(default=None, le=240)


def _window(value: Any) -> Any:
    return {"at": value} if isinstance(value, str) else value


def _windows(value: Any) -> Any:
    if value is None or (isinstance(value, str) and value.strip().lower() in ("none", "off", "-", "")):
        return []
    return _listed(value)


Windows = Annotated[tuple[Annotated[WindowSpec, BeforeValidator(_window)], ...], BeforeValidator(_windows)]


class Shift(Part):
    windows: Windows
    sleep: TimeRange | None = None


class PinSpec(Part):
    """A session that is fixed: on one of `day`, at `start` if it has an hour."""

    session: str
    day: DayList | None = None
    date: str | None = None
    start: ClockTime | None = None
    minutes: Duration | None = Field(default=None, ge=5, le=720)
    counts_as: str | None = None
    outside_windows: bool = False
    note: str = Field(default="", max_length=500)

    @model_validator(mode="after")
    def _one_day(self) -> PinSpec:
        if (self.day is None) == (self.date is None):
            raise At((), "a pinned session needs its day", expected="either 'day: tue' or 'date: 2026-11-24'")
        if self.outside_windows and self.start is None:
            raise At(
                ("outside_windows",),
                "a session outside the windows needs its hour",
                expected="a 'start'",
                key=True,
            )
        return self


class Sighting(Part):
    """A session that was done, or that a reference week holds."""

    session: str
    day: DayList
    start: ClockTime | None = None
    minutes: Duration | None = Field(default=None, ge=5, le=720)
    visit: int | None = None


class History(Part):
    """What the last weeks held; lists are oldest first."""

    longest_run_30d: str | int | None = None
    run_minutes: tuple[Annotated[int, Field(ge=0, le=3000)], ...] = ()
    load: tuple[Annotated[int, Field(ge=0, le=30_000)], ...] = ()
    last_week: tuple[Sighting, ...] = ()


class Preference(Part):
    days: DayList | None = None
    hours: TimeRange | None = None


def _preference(value: Any) -> Any:
    return {"days": value} if isinstance(value, str | list | tuple) else value


Wish = Annotated[Preference, BeforeValidator(_preference)]


class Want(Part):
    """A count or measure: `3` exactly, `2-4` a range, `~3` a target, or the fields; a kind may also get minutes."""

    min: int | None = Field(default=None, ge=0, le=100_000)
    target: int | None = Field(default=None, ge=0, le=100_000)
    max: int | None = Field(default=None, ge=0, le=100_000)
    minutes: str | int | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Want:
        known = [n for n in (self.min, self.target, self.max) if n is not None]
        if known != sorted(known):
            raise At((), "the least, the target and the most are out of order", expected="min <= target <= max")
        if not known and self.minutes is None:
            raise At((), "nothing is asked for", expected="3, 2-4, ~3 or some of min, target, max, minutes")
        return self

    @property
    def band(self) -> tuple[int, int] | None:
        """Shortest and longest minutes asked for."""
        if self.minutes is None:
            return None
        found = parse_range(self.minutes)
        return found.get("min", found.get("target", 0)), found.get("max", found.get("target", 0))


def _want(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        raise ValueError("is no count; expected 3, 2-4, ~3 or some of min, target, max, minutes")
    if isinstance(value, str) and (found := _DISTANCE.match(value.strip()[:60])):
        unit = {"km": Fraction(1000), "k": Fraction(1000), "mi": Fraction(1609344, 1000)}[found["unit"]]
        return {key: int(n * unit) for key, n in parse_range(found["range"]).items()}
    return parse_range(value) if isinstance(value, str | int) else value


_DISTANCE = re.compile(r"^(?P<range>~?[\d\s-]+?)\s*(?P<unit>km|mi|k)$")
WantField = Annotated[Want, BeforeValidator(_want)]
MEASURES = ("minutes", "run_minutes", "lift_minutes", "aerobic_minutes", "run_distance")


class OwnSession(Part):
    """A kind of the athlete's own, like one of the catalogue but for what is stated."""

    like: str
    name: str | None = Field(default=None, max_length=60)
    modality: Modality | None = None
    intensity: Literal["easy", "moderate", "hard"] | None = None
    leg_load: Literal["none", "light", "moderate", "heavy"] | None = None
    minutes: str | int | None = None
    srpe: int | None = Field(default=None, ge=0, le=10)


def _sleep(value: Any) -> Any:
    return {"daily": value} if isinstance(value, str) else value


def _refused(value: Any) -> Any:  # noqa: ARG001
    raise ValueError("seasons are not built yet: plan a week without it, and pin a race as a session")


Refused = Annotated[Any, PlainValidator(_refused), WithJsonSchema({"not": {}})]
Map = dict[str, Any]


class RequestSpec(Part):
    """The whole constraints file as it is written. Times are local; names: `microcycle sessions` and `rules`."""

    athlete: Athlete = Athlete()
    goal: str
    primary: Primary | None = None
    week_of: WeekDate | None = None
    sleep: Annotated[dict[str, TimeRange], BeforeValidator(_sleep)] = {}
    availability: dict[str, Windows] = Field(default={})
    shifts: dict[str, Shift] = {}
    rota: dict[str, Annotated[tuple[str, ...], BeforeValidator(_listed)]] = {}
    places: dict[str, Duration] = {}
    pinned: tuple[PinSpec, ...] = Field(default=(), max_length=60)
    prefer: dict[str, Wish] = {}
    forbid: dict[str, Wish] = {}
    exclude: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    want: dict[str, WantField] = {}
    history: History = History()
    policies: dict[str, str] = {}
    rules: dict[str, Any] = {}
    sessions: dict[str, OwnSession] = {}
    stay_close_to: tuple[Sighting, ...] = ()
    next: Literal["cycle", "open"] = "cycle"
    grid: Literal[5, 10, 15, 30, 60] = 5
    race: Refused = None
    phase: Refused = None
    week: Any = None
    """A week to check, in the same file (`microcycle check`)."""


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


__all__ = ["Athlete", "Request", "RequestSpec", "clock", "dated"]
