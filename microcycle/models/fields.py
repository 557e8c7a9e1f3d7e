"""Pydantic types of what people write (times, ranges, lengths, distances, days), as integers in the model."""

from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, PlainValidator, WithJsonSchema

from microcycle.errors import Unread, shown
from microcycle.models import clock


def _no_word(value: object) -> object:
    """Python counts with true and false; people do not."""
    if isinstance(value, bool):
        raise Unread(f"{shown(value)} is no number; expected a whole number", "not-a-number")
    return value


NUMBER = BeforeValidator(_no_word)
"""Behind the limits of a whole number: 3 or "3" is one, true is none."""


def _schema(expected: str, *examples: str, number: str | None = None) -> WithJsonSchema:
    """A schema for editors: a text with examples, or a bare number where `number` says what it counts."""
    about: dict[str, Any] = {"description": f"Expected {expected}.", "examples": list(examples)}
    if number is None:
        return WithJsonSchema({"type": "string", **about})
    bare = {"type": "number", "minimum": 0, "description": number}
    return WithJsonSchema({"anyOf": [{"type": "string"}, bare], **about})


ClockTime = Annotated[
    int,
    BeforeValidator(clock.parse_clock),
    PlainSerializer(clock.hhmm, return_type=str, when_used="json"),
    _schema(clock.TIME_EXPECTED, "06:30", "6:30 pm"),
]
"""Minute of the day, 0-1439."""


def _span(value: object) -> clock.Span:
    return value if isinstance(value, clock.Span) else clock.parse_range(value)


TimeRange = Annotated[
    clock.Span,
    PlainValidator(_span),
    PlainSerializer(clock.range_text, return_type=str, when_used="json"),
    _schema(clock.RANGE_EXPECTED, "06:00-07:30", "22:00-02:00", "5:30pm-8pm"),
]
"""A `Span` of minutes of the day; an end past 1440 lies on the next day."""

Duration = Annotated[
    int,
    BeforeValidator(clock.parse_duration),
    PlainSerializer(clock.duration_text, return_type=str, when_used="json"),
    _schema(clock.DURATION_EXPECTED, "45 min", "1 h 15 min", "1:15", number="Minutes."),
]
"""Minutes, 0-10080."""


def _distance_out(metres: int) -> str:
    return f"{metres} m"


Distance = Annotated[
    int,
    BeforeValidator(clock.parse_distance),
    PlainSerializer(_distance_out, return_type=str, when_used="json"),
    _schema(clock.DISTANCE_EXPECTED, "5 mi", "8 km", "5000 m"),
]
"""Metres."""


def _mass_out(grams: int) -> str:
    whole, rest = divmod(grams, 1000)
    return f"{whole}.{rest:03d} kg"


Bodyweight = Annotated[
    int,
    BeforeValidator(clock.parse_bodyweight),
    PlainSerializer(_mass_out, return_type=str, when_used="json"),
    _schema(clock.MASS_EXPECTED, "160 lb", "72.5 kg"),
]
"""Grams of a person, 25,000-350,000."""


def _pace_out(pace_ms: int) -> str:
    minutes, rest = divmod(pace_ms, 60_000)
    return f"{minutes}:{rest // 1000:02d}.{rest % 1000:03d} /km"


Pace = Annotated[
    int,
    BeforeValidator(clock.parse_pace),
    PlainSerializer(_pace_out, return_type=str, when_used="json"),
    _schema(clock.PACE_EXPECTED, "10:30 /mi", "6:00 /km"),
]
"""Milliseconds per kilometre."""

DayList = Annotated[
    tuple[int, ...],
    PlainValidator(clock.parse_days),
    PlainSerializer(clock.days_text, return_type=str, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
            "description": f"Expected {clock.DAYS_EXPECTED}.",
            "examples": ["mon", "mon-fri", "weekend", ["tue", "thu"]],
        }
    ),
]
"""Days of the week, 0 for Monday, sorted, each once."""

DaysAhead = Annotated[DayList, PlainValidator(lambda value: tuple(day for day in clock.days_onward(value) if day < 7))]
"""The same, but that what runs on past Sunday is of the week after: `fri-mon` is Friday to Sunday."""

DaysOrShifts = Annotated[
    tuple[int | str, ...],
    PlainValidator(clock.parse_days_or_shifts),
    PlainSerializer(clock.days_or_shifts_text, return_type=str, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
            "description": f"Expected {clock.DAYS_EXPECTED}, or a shift of the rota.",
            "examples": ["mon", "mon-fri", "weekend", ["tue", "thu"], "night", "after night"],
        }
    ),
]
"""Days of the week, and names of shifts or `after` one, which mean days of the rota."""

DaysOrDates = Annotated[
    tuple[tuple[int, ...] | date, ...],
    PlainValidator(clock.parse_days_or_dates),
    PlainSerializer(clock.days_or_dates_text, return_type=list[str], when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
            "description": f"Expected {clock.DAYS_OR_DATES_EXPECTED}.",
            "examples": ["tue", "mon-fri", "weekend", ["tue", "thu"], "2026-11-24", ["2026-11-24", "2026-11-26"]],
        }
    ),
]
"""Days of the week or a date; of a list each item, in its order."""

DayIndex = Annotated[
    int,
    BeforeValidator(clock.parse_day),
    PlainSerializer(clock.day_name, return_type=str, when_used="json"),
    _schema(clock.DAY_EXPECTED, "mon", "Saturday"),
]
"""One day of the week, 0 for Monday."""

IsoDate = Annotated[date, BeforeValidator(clock.parse_date), WithJsonSchema({"type": "string", "format": "date"})]
"""Any calendar date from 1970 to 2199."""

WeekDate = Annotated[
    date,
    BeforeValidator(clock.parse_monday),
    WithJsonSchema({"type": "string", "format": "date", "description": "A Monday, such as 2026-11-23."}),
]
"""The Monday that begins a week."""

WeekMinute = Annotated[
    int,
    BeforeValidator(clock.parse_week_minute),
    PlainSerializer(clock.week_minute_text, return_type=str, when_used="json"),
    _schema(clock.WEEK_MINUTE_EXPECTED, "wed 12:00", "sun 6:30 pm"),
]
"""Minute of the week, from Monday 00:00."""
