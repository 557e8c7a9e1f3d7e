"""Counts and measures as people write them: `3` exactly, `2-4` a range, `~3` a target, `80-150 min`, `20-30 km`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from microcycle.errors import At, Unread, nearest_name, shown
from microcycle.models.clock import decimal_point, typed
from microcycle.models.naming import Noun

MEASURES = ("minutes", "run_minutes", "lift_minutes", "aerobic_minutes", "run_distance")
"""Measures of a whole week that may be wanted, beside counts of sessions."""
ENDS = ("min", "target", "max")
DAYS = ("days", "rest_days", "days_off", "off_days", "training_days", "free_days")
"""What people count that is no session: a rule counts days."""
_MEANT: Mapping[str, tuple[str, ...]] = {
    "run_distance": (
        "distance", "km", "kms", "kilometers", "kilometres", "mi", "mile", "miles", "mileage", "run_km", "run_kms",
        "run_miles", "run_mileage", "running_distance", "weekly_distance", "weekly_mileage", "weekly_km", "volume",
    ),
    "minutes": ("hours", "hrs", "hour", "time", "min", "mins", "minute", "duration", "total_minutes", "total_time"),
    "run_minutes": ("run_time", "run_hours", "run_mins", "running_minutes", "running_time", "running_hours"),
    "lift_minutes": ("lift_time", "lift_hours", "lift_mins", "lifting_minutes", "lifting_time", "lifting_hours"),
    "aerobic_minutes": ("aerobic_time", "aerobic_hours", "cardio_minutes", "cardio_time", "endurance_minutes"),
}  # fmt: skip
_BY_UNIT: Mapping[str, Mapping[str, str]] = {
    name: measures
    for names, measures in (
        (("run", "runs", "running"), {"metres": "run_distance", "minutes": "run_minutes"}),
        (("lift", "lifts", "lifting"), {"minutes": "lift_minutes"}),
        (("aerobic", "cardio"), {"minutes": "aerobic_minutes"}),
        (("sessions", "training"), {"minutes": "minutes", "metres": "run_distance"}),
    )
    for name in names
}
"""Groups of which people give the kilometres or the minutes where sessions are counted."""
_MILE = Fraction(1_609_344, 1000)


class _Unit(NamedTuple):
    what: str
    factors: Mapping[str, Fraction]
    most: int
    expected: str


_HOUR = dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), Fraction(60))
_MINUTE = dict.fromkeys(("", "m", "min", "mins", "minute", "minutes"), Fraction(1))
_COUNT = _Unit("number of sessions", {"": Fraction(1)}, 21, "0 to 21 sessions, such as 3, 2-4, ~3 or {min: 2, max: 4}")
_MINUTES = _Unit("number of minutes", {**_MINUTE, **_HOUR}, 5040, "0 to 5040 minutes, written 90, 80-150, ~120 or 2-3 h")
_METRES = _Unit(
    "distance",
    {
        **dict.fromkeys(("km", "kms", "k"), Fraction(1000)),
        **dict.fromkeys(("mi", "mile", "miles"), _MILE),
        **dict.fromkeys(("m", "metres", "meters"), Fraction(1)),
    },
    500_000,
    "a distance up to 500 km with its unit, such as 20 km, 20-30 km or ~15 mi",
)
_NUMBER = r"\d{1,6}(?:\.\d{1,3})?"
_WRITTEN = re.compile(
    rf"(?P<about>~\s*)?(?P<numbers>{_NUMBER}(?:\s*-\s*{_NUMBER}){{0,2}})\s*(?P<unit>[a-z]*)", re.IGNORECASE
)


def measure(key: str) -> str | None:
    """The measure that a key of `want` means, None for one of sessions; `run-minutes` is `run_minutes`."""
    name = key.strip().replace("-", "_")
    return name if name in MEASURES else None


def meant(key: str) -> str | None:
    """The measure that people mean by a key of `want` that is none."""
    name = _key(key)
    return next((found for found, words in _MEANT.items() if name in words), None)


def counts_days(key: str) -> bool:
    """Whether a key counts days, which are no sessions."""
    return _key(key) in DAYS


def _key(key: str) -> str:
    return typed(key).lower().replace("-", "_").replace(" ", "_")


def parse_amount(key: str, value: Any) -> Any:
    """What `want` says of a key as `{min, target, max}` in sessions, minutes or metres; other fields are kept.

    Raises At, with the path below the key. The value of a field that it does not know is left to the model.
    """
    name = measure(key)
    unit = _COUNT if name is None else _METRES if name == "run_distance" else _MINUTES
    try:
        if isinstance(value, Mapping):
            return {k: _single(unit, k, v) if k in ENDS and v is not None else v for k, v in value.items()}
        return _parsed(unit, value, ())
    except At as error:
        if name is not None:
            raise
        raise _of_key(key, value[error.path[0]] if isinstance(value, Mapping) else value) or error from None


def _of_key(key: str, value: Any) -> At | None:
    """What is wrong with the key where that, and not the amount, is a slip: `distance: 60 km`, `runs: 60 km`."""
    match = _WRITTEN.fullmatch(_text(value))
    unit = match["unit"].lower() if match else ""
    if near := meant(key) or (nearest_name(key, MEASURES) if unit else None):
        expected = f"a session, a group of sessions, or one of {', '.join(MEASURES)}"
        return At((), f"unknown key {shown(key)}", expected=expected, nearest=near, key=True, code="unknown-key")
    what = "metres" if unit in _METRES.factors and unit != "m" else "minutes" if unit in _MINUTES.factors else ""
    measured = _BY_UNIT.get(_key(key), {}).get(what) if unit else None
    if measured is None:
        return None
    expected = f"'{measured}: {_text(value)}', or {_COUNT.expected}"
    return At((), f"{key} counts sessions, and {shown(value)} is no number of them", expected=expected, nearest=measured,
              key=True)  # fmt: skip


def _text(value: Any) -> str:
    """The beginning of what is written, as a keyboard would give it."""
    known = isinstance(value, str | int | float) and not isinstance(value, bool)
    return decimal_point(typed(str(value)[:60])) if known else ""


def _single(unit: _Unit, field: str, value: Any) -> int:
    found = _parsed(unit, value, (field,))
    if len(found) != 3 or len(set(found.values())) != 1:
        raise At((field,), f"{shown(value)} is no single {unit.what}", expected=unit.expected)
    return found["min"]


def _parsed(unit: _Unit, value: Any, path: tuple[str, ...]) -> dict[str, int]:
    match = _WRITTEN.fullmatch(_text(value))
    factor = unit.factors.get(match["unit"].lower()) if match else None
    if match is None or factor is None:
        raise At(path, f"{shown(value)} is no {unit.what}", expected=unit.expected)
    numbers = [Fraction(n) * factor for n in re.findall(_NUMBER, match["numbers"])]
    whole = unit is _METRES or all(n.denominator == 1 for n in numbers)
    if not whole or max(numbers) > unit.most or (match["about"] and len(numbers) > 1):
        raise At(path, f"{shown(value)} is no {unit.what}", expected=unit.expected)
    if numbers != sorted(numbers):
        raise At(path, f"{shown(value)} runs backwards", expected="the least first, as in 2-4")
    low, *middle, high = [int(n) for n in (numbers * 2 if len(numbers) == 1 else numbers)]
    if match["about"]:
        return {"target": low}
    target = low if low == high else middle[0] if middle else None
    return {"min": low, "max": high} | ({} if target is None else {"target": target})


def step_of(key: str) -> int:
    """By how much a number of `want` changes sensibly: a session, 5 minutes, or half a kilometre or mile or so."""
    name = measure(key)
    return 1 if name is None else 500 if name == "run_distance" else 5


def amount(key: str, low: int | None, target: int | None, high: int | None, like: Any) -> Any:
    """What a file says for these ends, as `parse_amount` reads it: a number, a range, an aim, or one end by its name.

    A distance has the unit of what it stands for.
    """
    if high is None and low is None:
        return f"~{_number(key, target or 0, like)}"
    if low is None or high is None:
        ends = {"min": low, "target": target, "max": high}
        return {name: _number(key, value, like) for name, value in ends.items() if value is not None}
    return _number(key, low, like) if low == high else f"{_plain(key, low, like)}-{_number(key, high, like)}"


def amount_text(key: str, low: int | None, high: int | None, like: Any = None) -> str:
    """`2-3`, `at most 40 km`, `no` where there is to be none; a distance in the unit of what it stands for."""
    if high == 0:
        return "no"
    least, most = (_plain(key, n, like) if n else None for n in (low, high))
    name = measure(key)
    unit = "" if name is None else " minutes" if name != "run_distance" else " mi" if _in_miles(like) else " km"
    if least is None:
        return f"at most {most}{unit}" if most else "any number"
    return f"at least {least}{unit}" if most is None else f"{least if least == most else f'{least}-{most}'}{unit}"


def amount_words(key: str, low: int | None, high: int | None, noun: Noun, like: Any = None) -> str:
    """`2-3 lifts`, `1 long run`, `at most 40 km of running`: an amount and what it is of."""
    text = amount_text(key, low, high, like)
    if measure(key) is not None:
        return f"{text} {noun.doing}" if high == 0 else f"{text} of {noun.doing}"
    if not (low or high) and high is None:
        return f"{text} of {noun.many}"
    return f"{text} {noun.one if {low or None, high} <= {1, None} and (low or high) else noun.many}"


def _number(key: str, value: int, like: Any) -> int | str:
    if measure(key) != "run_distance":
        return value
    return f"{_plain(key, value, like)} {'mi' if _in_miles(like) else 'km'}"


def _plain(key: str, value: int, like: Any) -> str:
    if measure(key) != "run_distance":
        return str(value)
    return f"{float(value / (_MILE if _in_miles(like) else 1000)):.1f}".removesuffix(".0")


def _in_miles(like: Any) -> bool:
    """Whether an amount, or one of its ends, is written in miles."""
    if isinstance(like, Mapping):
        return any(_in_miles(value) for value in like.values())
    return re.search(r"\d\s*mi", str(like)) is not None


class Band(NamedTuple):
    """Lengths of a session in minutes: from `low` to `high`, or about `aim` (then both ends are 0)."""

    low: int
    high: int
    aim: int | None = None

    @property
    def text(self) -> str:
        return f"~{self.aim}" if self.aim else f"{self.low}-{self.high}"


BAND_EXPECTED = "minutes from 5 to 720, written 60, 60-90 or ~75"
_BAND = re.compile(r"(?P<about>~\s*)?(?P<low>\d{1,3})(?:\s*-\s*(?P<high>\d{1,3}))?\s*(?:m|min|mins|minutes)?")


def parse_band(value: Any) -> Band:
    """`60`, `60-90`, `60-90 min` or `~75`; raises ValueError."""
    if isinstance(value, Band):
        return value
    match = None if isinstance(value, float) else _BAND.fullmatch(_text(value))
    if match is None:
        raise Unread(f"{shown(value)} is no length of a session; expected {BAND_EXPECTED}", "not-a-length")
    low, high = int(match["low"]), int(match["high"] or match["low"])
    if low < 5 or high > 720 or (match["about"] and match["high"]):
        raise Unread(f"{shown(value)} is no length of a session; expected {BAND_EXPECTED}", "not-a-length")
    if low > high:
        raise ValueError(f"{shown(value)} runs backwards; expected the shorter length first, as in 60-90")
    return Band(0, 0, low) if match["about"] else Band(low, high)
