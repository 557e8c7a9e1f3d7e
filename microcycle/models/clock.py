"""Times, days, durations, distances, masses and paces: text to integers and back, nothing but arithmetic."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple, Self

from microcycle.errors import Code, Unread, code_of, nearest_name, shown

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAY_MIN = 1440
WEEK_MIN = 10080

_POUND_G = Fraction(45_359_237, 100_000)
_MILE_M = Fraction(1_609_344, 1000)
METRES = {"km": 1000.0, "mi": float(_MILE_M)}
"""Of the units in which people run."""
_NOON = 720
_LONGEST_NIGHT_MIN = 720
_LONGEST_TEXT = 80
_DAY_WORDS = {
    **{day: i for i, day in enumerate(DAYS)},
    **{name.lower(): i for i, name in enumerate(DAY_NAMES)},
    "tues": 1,
    "weds": 2,
    "thur": 3,
    "thurs": 3,
}
_DAY_GROUPS = {
    "weekdays": range(5),
    "weekday": range(5),
    "weekend": range(5, 7),
    "weekends": range(5, 7),
    "daily": range(7),
    "all": range(7),
}

_CLOCK = re.compile(r"([0-9]{1,2})(?:(?:[:.]|\s?h\s?)([0-9]{2})|\s?(?P<full>h))?\s*([ap])?(?:\.?m\.?)?", re.IGNORECASE)
_SUFFIX = re.compile(r"[ap]\.?m\.?$", re.IGNORECASE)
_DASH = re.compile(r"\s*(?:-|\bto\b)\s*", re.IGNORECASE)
_COMMA = re.compile(r"(?<![0-9.,])([0-9]{1,4}),([0-9]{1,2})(?![0-9.,])")
"""Three digits behind a comma may be thousands, and are left to be refused."""
_TYPED: dict[int, int | str] = {
    **{0xFF01 + n: 0x21 + n for n in range(94)},  # full-width letters, digits and signs
    **dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f\u3000"), " "),
    **dict.fromkeys(map(ord, "‐‑‒–—−"), "-"),
}
_QUOTES = frozenset("\"'“”„‟«»‹›‘’‚‛")
_HOURS_MINUTES = re.compile(
    r"(?:([0-9]{1,4}(?:\.[0-9]{1,3})?)\s*(?:h|hr|hrs|hour|hours)(?![a-z]))?"
    r"\s*(?:([0-9]{1,5})\s*(?:m|min|mins|minute|minutes)?)?",
    re.IGNORECASE,
)
_COLON = re.compile(r"([0-9]{1,3}):([0-9]{2})")
_AMOUNT = re.compile(r"([0-9]{1,7}(?:\.[0-9]{1,6})?)\s*([a-z]*)", re.IGNORECASE)
_PACE = re.compile(
    r"([0-9]{1,2})(?::([0-9]{2}(?:\.[0-9]{1,3})?))?\s*(min|mins|minutes)?\s*(?:/|per)\s*([a-z]+)",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[^\W\d_][\w \-]{0,60}")
_YEAR_FIRST = re.compile(r"([0-9]{4})([-./])([0-9]{1,2})\2([0-9]{1,2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-./]) ?([0-9]{1,2})\2 ?([0-9]{4})")
_DATED = re.compile(r"[0-9]{4}[-./]|[0-9]{1,2}([-./]) ?[0-9]{1,2}\1")
_MILE_WORDS = frozenset({"mi", "mile", "miles"})
_KM_WORDS = frozenset({"km", "k", "kms", "kilometre", "kilometres", "kilometer", "kilometers"})
_METRE_WORDS = frozenset({"m", "metre", "metres", "meter", "meters"})
_POUND_WORDS = frozenset({"lb", "lbs", "pound", "pounds"})
_KG_WORDS = frozenset({"kg", "kgs", "kilo", "kilos", "kilogram", "kilograms"})

TIME_EXPECTED = "a time of day such as 06:30, 18:30 or 6:30 pm"
RANGE_EXPECTED = "a range of times such as 06:00-07:30 or 5:30pm-8pm"
NIGHT_EXPECTED = (
    "an end after the start, or a night that starts at 12:00 or later and lasts at most 12 hours, such as 22:00-02:00"
)
DAY_EXPECTED = "a day such as mon or Monday"
DAYS_EXPECTED = "days such as mon, mon-fri, 'mon,wed,fri', weekdays, weekend or daily"
DURATION_EXPECTED = "a length such as 45, 45 min, 1 h 15 min or 1:15 (h:mm)"
DISTANCE_EXPECTED = "a distance with its unit such as 5 mi, 8 km or 5000 m"
MASS_EXPECTED = "a weight with its unit such as 70 kg or 160 lb"
PACE_EXPECTED = "a pace such as 10:30 /mi or 6:00 /km"
DATE_EXPECTED = "a date such as 2026-11-23"
DAYS_OR_DATES_EXPECTED = f"{DAYS_EXPECTED}, {DATE_EXPECTED}, or a list of them"
_CODES: dict[str, Code] = {
    **dict.fromkeys(("no time of day", "only the end of a day", "no range of times", "unclear"), "not-a-time"),
    **dict.fromkeys(("no day", "no list of days"), "not-a-day"),
    **dict.fromkeys(("no date", "no day of the calendar"), "not-a-date"),
    "no time of the week": "not-a-time",
    "no length of time": "not-a-length",
}


class Span(NamedTuple):
    """A stretch of one day in minutes from its midnight; an end past 1440 lies on the next day."""

    start: int
    end: int

    @property
    def minutes(self) -> int:
        return self.end - self.start


class Written(float):
    """A number with a point as it was written: 18.30 may be a time, and 18.3 is none."""

    text: str

    def __new__(cls, text: str) -> Self:
        found = super().__new__(cls, text)
        found.text = str(text)
        return found


def typed(text: str) -> str:
    """What a keyboard would give: no full-width digits, typographic dashes and spaces, nor quotes around it."""
    text = text.translate(_TYPED).strip()
    return text[1:-1].strip() if len(text) > 2 and {text[0], text[-1]} <= _QUOTES else text


def decimal_point(text: str) -> str:
    """`72.5 kg` for `72,5 kg`."""
    return _COMMA.sub(r"\1.\2", text)


def parse_clock(text: object, *, end: bool = False) -> int:
    """Minute of the day (0-1439) of `06:30`, `6:30 pm`, `12am`, `18.30`, `18h30`; with `end` also 24:00 (1440)."""
    raw = _text(text.text if isinstance(text, Written) else text, "no time of day", TIME_EXPECTED)
    match = _CLOCK.fullmatch(raw)
    half = _SUFFIX.search(raw)
    if match is None or bool(half) != bool(match[4]) or not (half or match[2] or match["full"]):
        raise _refusal(text, "no time of day", TIME_EXPECTED)
    hour, minute = int(match[1]), int(match[2] or 0)
    if minute > 59 or (half and not 1 <= hour <= 12):
        raise _refusal(text, "no time of day", TIME_EXPECTED)
    if half:
        hour = hour % 12 + (12 if half[0].lower().startswith("p") else 0)
    minute += hour * 60
    if minute == DAY_MIN and not end:
        raise _refusal(text, "only the end of a day", "a start from 00:00 to 23:59")
    if minute > DAY_MIN:
        raise _refusal(text, "no time of day", "00:00 to 23:59, such as 06:30 or 6:30 pm")
    return minute


def parse_range(text: object) -> Span:
    """Start and end of `06:00-07:30`; `22:00-02:00` runs to 02:00 of the next day, an end of 00:00 is 24:00.

    An end before its start is a night only from 12:00 on and for at most 12 hours: 08:00-07:00 is a slip.
    """
    raw = _text(text, "no range of times", RANGE_EXPECTED)
    parts = _DASH.split(raw)
    if len(parts) != 2:
        raise _refusal(text, "no range of times", RANGE_EXPECTED)
    halves = [bool(_SUFFIX.search(part)) for part in parts]
    for part, half, other in zip(parts, halves, reversed(halves), strict=True):
        if other and not half and re.match(r"(0?[1-9]|1[0-2])(?![0-9])", part):
            raise _refusal(text, "unclear", "am or pm at both ends, such as 5:30pm-8pm")
    start, end = parse_clock(parts[0]), parse_clock(parts[1], end=True)
    if start == end:
        raise _refusal(text, "empty, it ends when it starts", RANGE_EXPECTED)
    if end == 0:
        end = DAY_MIN
    if end < start:
        end += DAY_MIN
        if start < _NOON or end - start > _LONGEST_NIGHT_MIN:
            raise _refusal(text, "a range that ends before it starts", NIGHT_EXPECTED)
    return Span(start, end)


def parse_day(text: object) -> int:
    """0 for Monday to 6 for Sunday; short and full English names in any case."""
    raw = _text(text, "no day", DAY_EXPECTED).lower()
    if raw not in _DAY_WORDS:
        near = nearest_name(raw, _DAY_WORDS)
        hint = f"; did you mean '{DAYS[_DAY_WORDS[near]]}'?" if near else ""
        raise _refusal(text, "no day", DAY_EXPECTED + hint)
    return _DAY_WORDS[raw]


def parse_days(value: object) -> tuple[int, ...]:
    """Days, sorted and each once, of `mon`, `mon-fri`, `fri-mon`, `mon,wed`, `weekend`, or a list of them."""
    return tuple(sorted({day % 7 for day in days_onward(value)}))


def days_onward(value: object) -> tuple[int, ...]:
    """As `parse_days`, but of a range that runs on past Sunday the days of the week after are those from 7 on."""
    if isinstance(value, list | tuple) and 0 < len(value) <= len(_DAY_WORDS):
        words = [_text(item, "no day", DAYS_EXPECTED) for item in value]
        return tuple(sorted({day for word in words for day in days_onward(word)}))
    raw = _text(value, "no list of days", DAYS_EXPECTED).lower()
    found: set[int] = set()
    for part in raw.split(","):
        word = part.strip()
        ends = _DASH.split(word)
        if word in _DAY_GROUPS:
            found.update(_DAY_GROUPS[word])
        elif len(ends) == 2:
            first, last = parse_day(ends[0]), parse_day(ends[1])
            found.update(range(first, first + (last - first) % 7 + 1))
        elif len(ends) == 1 and word:
            found.add(parse_day(word))
        else:
            raise _refusal(value, "no list of days", DAYS_EXPECTED)
    return tuple(sorted(found))


def past_sunday(days: Iterable[int]) -> str:
    """What is said of days that belong to the week after; nothing if there are none."""
    past = [day % 7 for day in days if day >= 7]
    verb = "belongs" if len(past) == 1 else "belong"
    return f"{days_words(past)} {verb} to the week after: say it there" if past else ""


def parse_days_or_shifts(value: object) -> tuple[int | str, ...]:
    """Days as `parse_days` reads them, sorted, then what else is named: `night`, `after night`.

    Only the file knows whether a shift is called so.
    """
    items = list(value) if isinstance(value, list | tuple) and 0 < len(value) <= len(_DAY_WORDS) else [value]
    days: set[int] = set()
    words: dict[str, None] = {}
    for item in items:
        for word in item.split(",") if isinstance(item, str) and len(item) <= _LONGEST_TEXT and "," in item else [item]:
            try:
                days.update(parse_days(word))
            except Unread:
                if not isinstance(word, str) or not _WORDS.fullmatch(typed(word)):
                    raise
                words[" ".join(typed(word).split())] = None
    return (*sorted(days), *words)


def days_or_shifts_text(found: Iterable[int | str]) -> str:
    """`mon,after night`; `parse_days_or_shifts` reads it back."""
    words = [word for word in found if isinstance(word, str)]
    days = days_text(day for day in found if isinstance(day, int))
    return ",".join(filter(None, (days, *words)))


def parse_days_or_dates(value: object) -> tuple[tuple[int, ...] | date, ...]:
    """Days as `parse_days` reads them, or an ISO date; of a list each item, in its order."""
    items = value if isinstance(value, list | tuple) and 0 < len(value) <= len(_DAY_WORDS) else [value]
    return tuple(_days_or_date(item) for item in items)


def dated(value: object) -> bool:
    """Whether it is meant to be a date."""
    return type(value) is date or (isinstance(value, str) and _DATED.match(typed(value[:_LONGEST_TEXT])) is not None)


def _days_or_date(value: object) -> tuple[int, ...] | date:
    try:
        if isinstance(value, list | tuple):
            raise _refusal(value, "no day", DAYS_OR_DATES_EXPECTED)
        return parse_date(value) if dated(value) else parse_days(value)
    except ValueError as error:
        message, _, rest = str(error).partition("; expected ")
        hint = rest[rest.find("; did you mean") :] if "; did you mean" in rest else ""
        raise Unread(f"{message}; expected {DAYS_OR_DATES_EXPECTED}{hint}", code_of(error)) from None


def parse_duration(value: object) -> int:
    """Minutes of `45`, `45 min`, `1h`, `1 h 15 min`, `1:15` (h:mm), `1.5 h`; at most a week."""
    raw = decimal_point(_number_or_text(value, "no length of time", DURATION_EXPECTED))
    if colon := _COLON.fullmatch(raw):
        if int(colon[1]) > 24 or int(colon[2]) > 59:
            raise _refusal(value, "no length in hours and minutes", DURATION_EXPECTED)
        return int(colon[1]) * 60 + int(colon[2])
    match = _HOURS_MINUTES.fullmatch(raw)
    if match is None or not (match[1] or match[2]):
        raise _refusal(value, "no length of time", DURATION_EXPECTED)
    minutes = Fraction(match[1] or 0) * 60 + int(match[2] or 0)
    if minutes.denominator != 1:
        raise _refusal(value, "no whole number of minutes", DURATION_EXPECTED)
    if minutes > WEEK_MIN:
        raise _refusal(value, "longer than a week", DURATION_EXPECTED)
    return int(minutes)


def parse_distance(value: object) -> int:
    """Metres, rounded, of `5 mi`, `8 km`, `8k`, `5000 m`; a bare number is refused; at most 1,000 km."""
    number, unit = _amount(value, "no distance", DISTANCE_EXPECTED)
    if unit in _MILE_WORDS:
        metres = number * _MILE_M
    elif unit in _KM_WORDS:
        metres = number * 1000
    elif unit in _METRE_WORDS:
        metres = number
    else:
        raise _refusal(value, "no distance", DISTANCE_EXPECTED)
    if metres > 1_000_000:
        raise _refusal(value, "more than 1000 km", DISTANCE_EXPECTED)
    return _rounded(metres)


def parse_mass(value: object) -> int:
    """Grams, rounded, of `160 lb`, `72.5 kg`; a bare number is refused; at most 1,000 kg."""
    number, unit = _amount(value, "no weight", MASS_EXPECTED)
    if unit in _POUND_WORDS:
        grams = number * _POUND_G
    elif unit in _KG_WORDS:
        grams = number * 1000
    else:
        raise _refusal(value, "no weight", MASS_EXPECTED)
    if grams > 1_000_000:
        raise _refusal(value, "more than 1000 kg", MASS_EXPECTED)
    return _rounded(grams)


def parse_bodyweight(value: object) -> int:
    """Grams, as `parse_mass` reads them, of a person: 25 to 350 kg."""
    grams = parse_mass(value)
    if not 25_000 <= grams <= 350_000:
        raise _refusal(value, "no bodyweight", "25 to 350 kg (55 to 770 lb)")
    return grams


def parse_pace(value: object) -> int:
    """Milliseconds per kilometre, rounded, of `10:30 /mi`, `6:00 /km`, `6 min/km`; 2:00 to 30:00 a kilometre.

    Milliseconds, because whole seconds per kilometre would turn 10:30 a mile into 10:29 on the way back.
    """
    raw = _text(value, "no pace", PACE_EXPECTED)
    match = _PACE.fullmatch(raw)
    if match is None or not (match[2] or match[3]) or Fraction(match[2] or 0) >= 60:
        raise _refusal(value, "no pace", PACE_EXPECTED)
    unit = match[4].lower()
    pace_ms = (int(match[1]) * 60 + Fraction(match[2] or 0)) * 1000
    if unit in _MILE_WORDS:
        pace_ms = pace_ms * 1000 / _MILE_M
    elif unit not in _KM_WORDS:
        raise _refusal(value, "no pace", PACE_EXPECTED)
    if not 120_000 <= pace_ms <= 1_800_000:
        raise _refusal(value, "no pace on foot", "2:00 to 30:00 a kilometre (3:13 to 48:17 a mile)")
    return _rounded(pace_ms)


def parse_date(value: object) -> date:
    """A date from 1970 to 2199: `2026-11-23`, `23.11.2026`, or `11/23/2026` where only one reading is a date."""
    if type(value) is date:
        return value
    raw = _text(value, "no date", DATE_EXPECTED)
    readings = _readings(raw)
    if not readings:
        raise _refusal(value, "no date", DATE_EXPECTED)
    found = {made for year, month, day in readings if (made := _date(year, month, day)) is not None}
    if not found:
        raise _refusal(value, "no day of the calendar", DATE_EXPECTED)
    if len(found) > 1:
        one, other = sorted(found)
        raise Unread(f"{shown(value)} may be two days; expected {one} or {other}", "not-a-date")
    (day,) = found
    if not 1970 <= day.year < 2200:
        raise Unread(f"{shown(value)} is out of reach; expected a year from 1970 to 2199", "not-a-date")
    return day


def _readings(raw: str) -> list[tuple[int, int, int]]:
    """Year, month and day, or both orders of month and day: only behind a point the day is always first."""
    if first := _YEAR_FIRST.fullmatch(raw):
        return [(int(first[1]), int(first[3]), int(first[4]))]
    last = _YEAR_LAST.fullmatch(raw)
    if last is None:
        return []
    one, other, year = int(last[1]), int(last[3]), int(last[4])
    return [(year, other, one)] if last[2] == "." else [(year, other, one), (year, one, other)]


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def parse_monday(value: object) -> date:
    """An ISO date that is a Monday; any other day is refused and its Monday named."""
    found = parse_date(value)
    if found.weekday() != 0:
        monday = monday_of(found)
        name = DAY_NAMES[found.weekday()]
        raise Unread(f"{found} is a {name}; expected a Monday, {monday} is the one of that week", "not-a-date")
    return found


def monday_of(day: date) -> date:
    """The Monday of the week that holds `day`."""
    return day - timedelta(days=day.weekday())


def hhmm(minute: int) -> str:
    """`06:30` for 390, `24:00` for 1440, and the clock of the next day past that."""
    if minute > DAY_MIN:
        minute %= DAY_MIN
    return f"{minute // 60:02d}:{minute % 60:02d}"


def range_text(span: Span | tuple[int, int]) -> str:
    """`22:00-02:00`; `parse_range` reads it back."""
    return f"{hhmm(span[0])}-{hhmm(span[1])}"


def day_name(day: int) -> str:
    """`mon` for 0."""
    return DAYS[day]


def days_text(days: Iterable[int]) -> str:
    """`mon-fri`, `sat,sun`, `mon,wed-fri`; `parse_days` reads it back."""
    return ",".join(_run_text(run) for run in _runs(days))


def days_words(days: Iterable[int]) -> str:
    """`Monday to Friday`, `Saturday and Sunday`, `Monday, Wednesday and Friday`: for sentences; at least one day."""
    parts: list[str] = []
    for run in _runs(days):
        names = [DAY_NAMES[day] for day in run]
        parts += [f"{names[0]} to {names[-1]}"] if len(run) > 2 else names
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


class Nights(NamedTuple):
    """For each day, minutes from its midnight to the start of its night, and to rising."""

    bed: tuple[int, ...]
    wake: tuple[int, ...]
    free: tuple[tuple[Span, ...], ...] = ((),) * 7
    """Each day's own windows; those of its evening go on past 1440."""

    def asleep(self) -> tuple[Span, ...]:
        """The nights that a session of the week can meet, in minutes of the week; a night shift's are by day."""
        return tuple(
            Span(day * DAY_MIN + self.bed[day % 7], (day + 1) * DAY_MIN + self.wake[(day + 1) % 7]) for day in range(-2, 8)
        )

    def minute(self, day: int, hour: int) -> int:
        """Minute of the week of an hour as people write it: of its day, or past the midnight that ends it.

        It is where one of the day's own windows holds it, else where one of the evening before does. Where that does not
        tell, an hour before rising is past midnight if the day's evening lasts so long.
        """
        early, late = (self._holds(day, at) for at in (hour, hour + DAY_MIN))
        if early == late:
            evening_before = not early and self._holds(day - 1, hour + DAY_MIN)
            late = not evening_before and hour < self.wake[day % 7] and hour + DAY_MIN <= self.bed[day % 7]
        return day * DAY_MIN + hour + DAY_MIN * late

    def past_midnight(self, hour: int) -> bool:
        """Whether an hour that is said of all days lies in windows of their evenings, and in none before."""
        early, late = (any(self._holds(day, at) for day in range(7)) for at in (hour, hour + DAY_MIN))
        return late and not early

    def _holds(self, day: int, minute: int) -> bool:
        return any(span.start <= minute < span.end for span in self.free[day % 7])


def begins_at(day: int, hour: int | None, start_min: int) -> None:
    """Refuses a minute of the week that is not this hour of the day, or of the night that follows."""
    since = start_min - day * DAY_MIN
    if not (0 <= since < 2 * DAY_MIN and hour in (None, since % DAY_MIN)):
        told = DAYS[day] if hour is None else f"{DAYS[day]} {hhmm(hour)}"
        message = f"{told} is not minute {start_min} of the week, which `start_min` says"
        raise ValueError(f"{message}; expected both changed, or no start_min")


def week_text(minute: int) -> str:
    """`Monday 06:30` for 390: a minute of the (cyclic) week."""
    day, rest = divmod(minute % WEEK_MIN, DAY_MIN)
    return f"{DAY_NAMES[day]} {hhmm(rest)}"


WEEK_MINUTE_EXPECTED = "a day and an hour such as wed 12:00"


def parse_moment(text: str, week_of: date | None) -> int:
    """`wed 12:00`, or in a dated week `2026-11-25 12:00`, as a minute of the week; ValueError for anything else."""
    found = re.fullmatch(r"\s*(\d{4}-\d\d-\d\d)[T\s](\S.*)", text)
    if found is None:
        return parse_week_minute(text)
    try:
        day = date.fromisoformat(found[1])
    except ValueError:
        raise _refusal(text, "no time of the week", WEEK_MINUTE_EXPECTED) from None
    if week_of is None or not 0 <= (day - week_of).days < len(DAYS):
        told = f"the week of {week_of}" if week_of else "a week without a date"
        raise ValueError(f"{shown(text)} is not in {told}; expected {WEEK_MINUTE_EXPECTED}")
    return (day - week_of).days * DAY_MIN + parse_clock(found[2])


def parse_week_minute(value: object) -> int:
    """`wed 12:00`, or `wed-12:00`, as a minute of the week; ValueError for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < WEEK_MIN:
        return value
    # A shell takes a dash more easily than a space.
    found = re.fullmatch(r"([A-Za-z]+)[\s-]+(\S.*)", typed(value)) if isinstance(value, str) else None
    day, hour = found.groups() if found else ("", "")
    try:
        return parse_day(day) * DAY_MIN + parse_clock(hour)
    except ValueError:
        raise _refusal(value, "no time of the week", WEEK_MINUTE_EXPECTED) from None


def week_minute_text(minute: int) -> str:
    """`wed 12:00`; `parse_week_minute` reads it back."""
    return f"{DAYS[minute // DAY_MIN]} {hhmm(minute % DAY_MIN)}"


def days_or_dates_text(found: Iterable[tuple[int, ...] | date]) -> list[str]:
    """`["tue,thu", "2026-11-28"]`; `parse_days_or_dates` reads it back."""
    return [part.isoformat() if isinstance(part, date) else days_text(part) for part in found]


def duration_text(minutes: int) -> str:
    """`45 min`, `1 h`, `1 h 15 min`; `parse_duration` reads it back."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def distance_text(metres: int, unit: str = "km") -> str:
    """`8 km`, `4.97 mi`: two decimals at most."""
    return f"{_decimals(Fraction(metres) / (_MILE_M if unit == 'mi' else 1000), 2)} {unit}"


def mass_text(grams: int, unit: str = "kg") -> str:
    """`72.5 kg`, `160 lb`: one decimal at most."""
    return f"{_decimals(Fraction(grams) / (_POUND_G if unit == 'lb' else 1000), 1)} {unit}"


def pace_text(pace_ms: int, unit: str = "km") -> str:
    """`6:00 /km` or `10:30 /mi`, to the second, from milliseconds per kilometre."""
    scaled = Fraction(pace_ms) * (_MILE_M / 1000 if unit == "mi" else 1)
    seconds = _rounded(scaled / 1000)
    return f"{seconds // 60}:{seconds % 60:02d} /{unit}"


def _refusal(value: object, what: str, expected: str) -> Unread:
    return Unread(f"{shown(value)} is {what}; expected {expected}", _CODES.get(what, "bad-value"))


def _text(value: object, what: str, expected: str) -> str:
    # The length is looked at first, so that no pattern ever meets a text of megabytes.
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT or not value.strip():
        raise _refusal(value, what, expected)
    return typed(value)


def _number_or_text(value: object, what: str, expected: str) -> str:
    if isinstance(value, bool):
        raise _refusal(value, what, expected)
    if isinstance(value, int | float):
        if not 0 <= value < 10_000_000:
            raise _refusal(value, what, expected)
        return str(int(value)) if value == int(value) else f"{value:.6f}".rstrip("0")
    return _text(value, what, expected)


def _amount(value: object, what: str, expected: str) -> tuple[Fraction, str]:
    match = _AMOUNT.fullmatch(decimal_point(_number_or_text(value, what, expected)))
    if match is None:
        raise _refusal(value, what, expected)
    return Fraction(match[1]), match[2].lower()


def _rounded(value: Fraction) -> int:
    return int(value + Fraction(1, 2))  # half up: round() would send halves to the even neighbour


def _decimals(value: Fraction, places: int) -> str:
    scale = 10**places
    whole, rest = divmod(_rounded(value * scale), scale)
    return f"{whole}.{rest:0{places}d}".rstrip("0").rstrip(".")


def _runs(days: Iterable[int]) -> list[list[int]]:
    """Days that follow each other, together."""
    runs: list[list[int]] = []
    for day in sorted(set(days)):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _run_text(run: Sequence[int]) -> str:
    return ",".join(DAYS[d] for d in run) if len(run) < 3 else f"{DAYS[run[0]]}-{DAYS[run[-1]]}"
