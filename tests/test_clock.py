"""Clock arithmetic: what is read, what is refused, and that what is written is read back."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from microcycle.models import clock, fields

READ: list[tuple[Callable[[Any], Any], Any, Any]] = [
    (clock.parse_clock, "06:30", 390),
    (clock.parse_clock, " 6:30 ", 390),
    (clock.parse_clock, "18:30", 1110),
    (clock.parse_clock, "6:30 pm", 1110),
    (clock.parse_clock, "6PM", 1080),
    (clock.parse_clock, "6 p.m.", 1080),
    (clock.parse_clock, "12am", 0),
    (clock.parse_clock, "12:15 am", 15),
    (clock.parse_clock, "12pm", 720),
    (clock.parse_clock, "23:59", 1439),
    (clock.parse_range, "06:00-07:30", (360, 450)),
    (clock.parse_range, "17:30 - 20:30", (1050, 1230)),
    (clock.parse_range, "5:30pm-8pm", (1050, 1200)),
    (clock.parse_range, "5:30pm–8pm", (1050, 1200)),
    (clock.parse_range, "6am to 7am", (360, 420)),
    (clock.parse_range, "17:30-8pm", (1050, 1200)),
    (clock.parse_range, "00:00-24:00", (0, 1440)),
    (clock.parse_range, "22:00-24:00", (1320, 1440)),
    (clock.parse_range, "06:00-00:00", (360, 1440)),
    (clock.parse_range, "22:00-02:00", (1320, 1560)),
    (clock.parse_range, "23:00-06:00", (1380, 1800)),
    (clock.parse_range, "12:00-00:00", (720, 1440)),
    (clock.parse_range, "13:00-01:00", (780, 1500)),
    (clock.parse_days, "mon", (0,)),
    (clock.parse_days, "Tues", (1,)),
    (clock.parse_days, "SUNDAY", (6,)),
    (clock.parse_days, "mon-fri", (0, 1, 2, 3, 4)),
    (clock.parse_days, "fri-mon", (0, 4, 5, 6)),
    (clock.parse_days, "mon, wed,fri", (0, 2, 4)),
    (clock.parse_days, "weekend,mon", (0, 5, 6)),
    (clock.parse_days, "weekdays", (0, 1, 2, 3, 4)),
    (clock.parse_days, "daily", tuple(range(7))),
    (clock.parse_days, ["thu", "tue"], (1, 3)),
    (clock.parse_duration, 45, 45),
    (clock.parse_duration, 45.0, 45),
    (clock.parse_duration, "45", 45),
    (clock.parse_duration, "45 min", 45),
    (clock.parse_duration, "1h", 60),
    (clock.parse_duration, "1 h 15 min", 75),
    (clock.parse_duration, "1h15", 75),
    (clock.parse_duration, "1.5 h", 90),
    (clock.parse_duration, "1:15", 75),
    (clock.parse_duration, "90m", 90),
    (clock.parse_duration, 0, 0),
    (clock.parse_distance, "5 mi", 8047),
    (clock.parse_distance, "13.1 miles", 21082),
    (clock.parse_distance, "8 km", 8000),
    (clock.parse_distance, "8k", 8000),
    (clock.parse_distance, "5000 m", 5000),
    (clock.parse_mass, "160 lb", 72575),
    (clock.parse_mass, "72.5 kg", 72500),
    (clock.parse_pace, "10:30 /mi", 391464),
    (clock.parse_pace, "10:30/mile", 391464),
    (clock.parse_pace, "6:00 /km", 360000),
    (clock.parse_pace, "6:00 min/km", 360000),
    (clock.parse_pace, "6 min per km", 360000),
    (clock.parse_clock, "18.30", 1110),
    (clock.parse_clock, clock.Written("18.30"), 1110),
    (clock.parse_clock, "18h30", 1110),
    (clock.parse_clock, "18 h", 1080),
    (clock.parse_clock, "6.30 pm", 1110),
    (clock.parse_clock, "１８：３０", 1110),
    (clock.parse_clock, "“18:30”", 1110),
    (clock.parse_clock, "18:30\u00a0", 1110),
    (clock.parse_range, "17.30–20.30", (1050, 1230)),
    (clock.parse_range, "17h30 - 20h", (1050, 1200)),
    (clock.parse_days, "mon−fri", (0, 1, 2, 3, 4)),
    (clock.parse_duration, "1,5 h", 90),
    (clock.parse_distance, "12,5 km", 12500),
    (clock.parse_mass, "72,5 kg", 72500),
    (clock.parse_date, "2026-11-23", date(2026, 11, 23)),
    (clock.parse_date, "23.11.2026", date(2026, 11, 23)),
    (clock.parse_date, "5.6.2026", date(2026, 6, 5)),
    (clock.parse_date, "23/11/2026", date(2026, 11, 23)),
    (clock.parse_date, "11/23/2026", date(2026, 11, 23)),
    (clock.parse_date, "06/06/2026", date(2026, 6, 6)),
    (clock.parse_date, "2026/11/23", date(2026, 11, 23)),
    (clock.parse_monday, "2026-11-23", date(2026, 11, 23)),
]

REFUSED: list[tuple[Callable[[Any], Any], Any, str]] = [
    (clock.parse_clock, "25:00", "expected 00:00 to 23:59"),
    (clock.parse_clock, "24:00", "only the end of a day"),
    (clock.parse_clock, "6:60", "such as 06:30"),
    (clock.parse_clock, "6", "such as 06:30"),
    (clock.parse_clock, "13 pm", "such as 06:30"),
    (clock.parse_clock, "6m", "such as 06:30"),
    (clock.parse_clock, 6, "such as 06:30"),
    (clock.parse_clock, True, "true is no time"),
    (clock.parse_clock, None, "an empty value is no time"),
    (clock.parse_range, "08:00-07:00", "a night that starts at 12:00 or later"),
    (clock.parse_range, "18:00-07:00", "at most 12 hours"),
    (clock.parse_range, "06:00-06:00", "ends when it starts"),
    (clock.parse_range, "00:00-00:00", "ends when it starts"),
    (clock.parse_range, "24:00-02:00", "only the end of a day"),
    (clock.parse_range, "22:00-26:00", "00:00 to 23:59"),
    (clock.parse_range, "5:30-8pm", "am or pm at both ends"),
    (clock.parse_range, "06:00", "such as 06:00-07:30"),
    (clock.parse_range, "06:00-07:00-08:00", "such as 06:00-07:30"),
    (clock.parse_day, "tusday", "did you mean 'tue'?"),
    (clock.parse_days, "mon,,tue", "days such as"),
    (clock.parse_days, [], "days such as"),
    (clock.parse_days, {"mon": 1}, "a group of keys is no list of days"),
    (clock.parse_duration, "soon", "such as 45"),
    (clock.parse_duration, 45.5, "such as 45"),
    (clock.parse_duration, -5, "-5 is no length of time; expected a length such as 45"),
    (clock.parse_duration, True, "such as 45"),
    (clock.parse_duration, "45:30", "h:mm"),
    (clock.parse_duration, "1:75", "h:mm"),
    (clock.parse_duration, "169 h", "longer than a week"),
    (clock.parse_duration, float("nan"), "nan is no length of time"),
    (clock.parse_distance, 5, "with its unit"),
    (clock.parse_distance, "5 lb", "with its unit"),
    (clock.parse_distance, "5000 km", "more than 1000 km"),
    (clock.parse_mass, "11 st", "such as 70 kg or 160 lb"),
    (clock.parse_mass, "72", "'72' is no weight; expected a weight with its unit such as 70 kg or 160 lb"),
    (clock.parse_mass, 72.5, "72.5 is no weight; expected a weight with its unit"),
    (clock.parse_mass, -70, "-70 is no weight"),
    (clock.parse_bodyweight, "3 lb", "'3 lb' is no bodyweight; expected 25 to 350 kg"),
    (clock.parse_bodyweight, "351 kg", "'351 kg' is no bodyweight"),
    (clock.parse_mass, "5000 lb", "more than 1000 kg"),
    (clock.parse_pace, "6:00", "such as 10:30 /mi"),
    (clock.parse_pace, "6 /km", "such as 10:30 /mi"),
    (clock.parse_pace, "0:30 /km", "2:00 to 30:00"),
    (clock.parse_pace, "12 km/h", "such as 10:30 /mi"),
    (clock.parse_clock, clock.Written("18.3"), "18.3 is no time of day"),
    (clock.parse_clock, 18.3, "18.3 is no time of day"),
    (clock.parse_mass, "1,500 kg", "with its unit"),
    (clock.parse_date, "05/06/2026", "may be two days; expected 2026-05-06 or 2026-06-05"),
    (clock.parse_date, "31.11.2026", "no day of the calendar"),
    (clock.parse_date, "2026-02-30", "no day of the calendar"),
    (clock.parse_date, "0001-01-01", "a year from 1970"),
    (clock.parse_monday, "2026-11-25", "is a Wednesday; expected a Monday, 2026-11-23"),
]

PARSERS = sorted({row[0] for row in READ + REFUSED}, key=lambda f: f.__name__)


@pytest.mark.parametrize(("parser", "text", "value"), READ)
def test_read(parser: Callable[[Any], Any], text: Any, value: Any) -> None:
    assert parser(text) == value


@pytest.mark.parametrize(("parser", "text", "phrase"), REFUSED)
def test_refused(parser: Callable[[Any], Any], text: Any, phrase: str) -> None:
    with pytest.raises(ValueError, match="expected") as caught:
        parser(text)
    assert phrase in str(caught.value)


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(
    "text",
    ["9" * 5000, "9" * 5000 + ":00", "x" * 1_000_000, " " * 100_000, "1" * 79],
    ids=["digits", "hours", "letters", "spaces", "short"],
)
def test_absurd_is_refused_and_not_echoed(parser: Callable[[Any], Any], text: str) -> None:
    with pytest.raises(ValueError, match="expected") as caught:
        parser(text)
    assert text[:41] not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("parser", PARSERS)
def test_absurd_number_is_refused(parser: Callable[[Any], Any]) -> None:
    with pytest.raises(ValueError, match="this number"):
        parser(10**6000)


def complaint(parser: Callable[[Any], Any], value: object) -> str | None:
    try:
        parser(value)
    except ValueError as error:
        return str(error)
    return None


@given(st.text(max_size=90) | st.integers() | st.floats() | st.none() | st.booleans() | st.lists(st.text()))
def test_any_value_is_read_or_refused(value: object) -> None:
    for parser in PARSERS:
        said = complaint(parser, value)
        assert said is None or "expected" in said


@given(st.integers(0, 1439))
def test_times_round_trip(minute: int) -> None:
    assert clock.parse_clock(clock.hhmm(minute)) == minute
    hour, rest = divmod(minute, 60)
    twelve = f"{(hour - 1) % 12 + 1}:{rest:02d} {'am' if hour < 12 else 'pm'}"
    assert clock.parse_clock(twelve) == minute


@given(st.integers(0, 1439), st.integers(1, 1440))
def test_ranges_round_trip(start: int, minutes: int) -> None:
    span = clock.Span(start, start + minutes)
    text = clock.range_text(span)
    if span.end <= 1440 or (start >= 720 and minutes <= 720):
        assert clock.parse_range(text) == span
    else:
        with pytest.raises(ValueError, match="expected"):
            clock.parse_range(text)


@given(st.integers(0, clock.WEEK_MIN))
def test_durations_round_trip(minutes: int) -> None:
    assert clock.parse_duration(clock.duration_text(minutes)) == minutes


@given(st.sets(st.integers(0, 6), min_size=1))
def test_days_round_trip(days: set[int]) -> None:
    assert clock.parse_days(clock.days_text(days)) == tuple(sorted(days))


@given(st.integers(200, 1800))
def test_paces_keep_their_seconds(seconds: int) -> None:
    for unit in ("km", "mi"):
        text = f"{seconds // 60}:{seconds % 60:02d} /{unit}"
        assert clock.pace_text(clock.parse_pace(text), unit) == text


@given(st.integers(1, 500), st.sampled_from(["km", "mi"]), st.sampled_from(["kg", "lb"]))
def test_distances_and_masses_keep_their_number(number: int, length: str, mass: str) -> None:
    assert clock.distance_text(clock.parse_distance(f"{number} {length}"), length) == f"{number} {length}"
    assert clock.mass_text(clock.parse_mass(f"{number} {mass}"), mass) == f"{number} {mass}"


@given(st.dates(date(1970, 1, 5), date(2199, 12, 31)))
def test_monday_of(day: date) -> None:
    monday = clock.monday_of(day)
    assert monday.weekday() == 0
    assert timedelta(0) <= day - monday < timedelta(7)
    assert clock.parse_monday(monday.isoformat()) == monday


def test_text_of_a_minute_of_the_week() -> None:
    assert clock.week_text(390) == "Monday 06:30"
    assert clock.week_text(clock.WEEK_MIN + 1440) == "Tuesday 00:00"
    assert clock.hhmm(1440) == "24:00"
    assert clock.hhmm(1560) == "02:00"
    assert clock.day_name(6) == "sun"


@pytest.mark.parametrize(
    ("days", "text"),
    [
        ([3], "Thursday"),
        ([6, 5], "Saturday and Sunday"),
        (range(5), "Monday to Friday"),
        ([0, 2, 4], "Monday, Wednesday and Friday"),
        ([0, 2, 3, 4], "Monday and Wednesday to Friday"),
        ([0, 1, 4, 5], "Monday, Tuesday, Friday and Saturday"),
        (range(7), "Monday to Sunday"),
    ],
)
def test_days_in_a_sentence(days: Iterable[int], text: str) -> None:
    assert clock.days_words(days) == text


FIELDS: list[tuple[Any, Any]] = [
    (fields.ClockTime, "6:30 pm"),
    (fields.TimeRange, "22:00-02:00"),
    (fields.Duration, "1:15"),
    (fields.Duration, 45),
    (fields.Distance, "5 mi"),
    (fields.Bodyweight, "160 lb"),
    (fields.Bodyweight, "72.5 kg"),
    (fields.DaysOrDates, ["mon-wed", "2026-11-28"]),
    (fields.DaysOrDates, "2026-11-28"),
    (fields.Pace, "10:30 /mi"),
    (fields.DayList, "fri-mon"),
    (fields.DayList, ["mon", "tue"]),
    (fields.DayIndex, "Tuesday"),
    (fields.IsoDate, "2026-11-25"),
    (fields.WeekDate, "2026-11-23"),
]


@pytest.mark.parametrize(("field", "value"), FIELDS)
def test_fields_read_back_what_they_write(field: Any, value: Any) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(field)
    read = adapter.validate_python(value)
    assert adapter.validate_json(adapter.dump_json(read)) == read
    schema = adapter.json_schema()
    kinds = {schema.get("type"), *(part["type"] for part in schema.get("anyOf", ()))}
    assert {str: "string", int: "number", list: "array"}[type(value)] in kinds


@pytest.mark.parametrize("field", [fields.ClockTime, fields.TimeRange, fields.Distance, fields.Pace])
def test_fields_refuse_bare_numbers(field: Any) -> None:
    with pytest.raises(ValidationError, match="expected"):
        TypeAdapter(field).validate_python(390)
