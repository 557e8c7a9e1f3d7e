"""Seeded requests that could break what the encoding assumes: pins of any length, windows, nights, what is done.

As small as those of `benchmarks.tiny`, so that all their weeks can be tried; which of them bind is left to chance.
"""

from __future__ import annotations

from random import Random
from typing import Any

from benchmarks.tiny import LENGTHS, LIFTS, Spec, hhmm, tiny
from microcycle.models.clock import DAYS

FAMILIES = ("spacing-hours", "spacing-hours", "spacing-hours", "spacing-days", "clock", "when", "bound", "habit", "streak")
LATE = ("22:00-00:30", "23:00-01:00", "21:30-23:00")
GENTLE = {"walk": "20-20", "mobility": "10-15", "yoga": "20-20", "core": "10-10"}
"""What counts for nothing, alone or behind a session."""


def odd(seed: int) -> Spec:
    """A request with one to three pins, mostly of lengths that are on no menu, and much else that is out of the ordinary."""
    rng = Random(f"odd {seed}")
    spec = tiny(rng.randrange(10**6), rng.choice(FAMILIES))
    for key in ("pinned", "prefer"):
        spec.pop(key, None)
    spec["rules"].setdefault(
        "visits-a-day",
        {"family": "bound", "quantity": "visits", "of": "training", "per": "day", "max": 2, "severity": "hard"},
    )
    if rng.random() < 0.6:
        spec["availability"] = _windows(rng)
    if rng.random() < 0.3:
        _own_kind(rng, spec)
    if rng.random() < 0.3:
        spec["rules"]["same-day-separation"] = "hard"
    if rng.random() < 0.3:
        kind = rng.choice(sorted(GENTLE))
        spec["want"][kind] = {"minutes": GENTLE[kind], "min": rng.choice((0, 1, 2)), "max": 3}
        spec["exclude"] = [name for name in spec["exclude"] if name != kind]
    if rng.random() < 0.3:
        spec["history"] = spec.get("history", {}) | {"last_week": [_sunday(rng, spec)]}
    spec["pinned"] = _pins(rng, spec)
    if rng.random() < 0.25:
        _begun(rng, spec)
    if rng.random() < 0.15:
        spec["week_of"] = rng.choice(("2026-03-23", "2026-10-19"))
        spec["athlete"]["timezone"] = "Europe/London"
    if rng.random() < 0.3:
        spec["rules"]["own-odd"] = _own_rule(rng, spec)
    return spec


def _own_rule(rng: Random, spec: Spec) -> Spec:
    """A rule of a file with whatever its family knows, of groups and of single lengths."""
    kinds = [kind for kind in spec["want"] if kind in LENGTHS]
    names = (
        "sessions",
        "runs",
        "lifts",
        *kinds,
        *(f"{kind} <= 40" for kind in kinds),
        *(k for k in GENTLE if k in spec["want"]),
    )
    one, other = rng.choice(names), rng.choice(names)
    measured = {"quantity": rng.choice(("sessions", "minutes")), "of": other}
    drawn: Spec = rng.choice((
        {"family": "spacing-hours", "first": one, "then": other, "hours": rng.choice((3, 6, 24, 48, 168, 200)),
         "order": rng.choice(("either", "first-then")), "unless_lighter": rng.random() < 0.5,
         "one_visit": rng.random() < 0.3, "measured": rng.choice(("end-to-start", "start-to-start"))},
        {"family": "when", "scope": rng.choice(("visit", "day")), "if": {"quantity": "sessions", "of": one},
         "then": measured, "max": rng.choice((0, 1, 30))},
        {"family": "clock", "of": one, "start_not_before": rng.choice(("07:00", "12:00")), "after": other,
         "ended_past": rng.choice(("07:00", "19:00"))},
        {"family": "longest-window", "of": one},
        {"family": "share", "part": measured, "whole": {"quantity": measured["quantity"], "of": one},
         "max": rng.choice((30, 60))},
    ))  # fmt: skip
    return {**drawn, "severity": rng.choice(("hard", "tier3"))}


def ending(seed: int) -> Spec:
    """An odd request with short easy work fixed where a lift may end, or to a day; a card that has such ends keeps them."""
    rng, spec = Random(f"ending {seed}"), odd(seed)
    kind = rng.choice(("bike-easy", "row-easy", "cardio-steady", "easy-run"))
    pin: Spec = {"session": kind, "minutes": rng.choice((15, 15, 20, 20, 12, 25))}
    lifts = [name for name in spec["want"] if name in LIFTS or name == "plyo-power"]
    fixed = [other for other in spec["pinned"] if "start" in other and other["session"] in lifts]
    if fixed and rng.random() < 0.6:
        lead = rng.choice(fixed)
        pin |= {"day": lead["day"], "start": _later(lead["start"], lead["minutes"])}
    else:
        day = rng.choice(list(spec["availability"]))
        pin["day"] = [day, rng.choice(list(spec["availability"]))] if rng.random() < 0.2 else [day]
        window = rng.choice(_listed(spec["availability"][day]))
        opens = (window if isinstance(window, str) else window["at"])[:5]
        if lifts and rng.random() < 0.75:
            shortest, longest = map(int, spec["want"][rng.choice(lifts)]["minutes"].split("-"))
            pin["start"] = _later(opens, rng.choice((shortest, longest)) + rng.choice((0, 0, 0, spec["grid"])))
    if "start" in pin:
        pin["outside_windows"] = True
    spec["pinned"] = [*spec["pinned"], pin]
    spec["exclude"] = [name for name in spec["exclude"] if name != kind]
    return spec


def _later(hour: str, minutes: int) -> str:
    return hhmm((int(hour[:2]) * 60 + int(hour[3:]) + minutes) % 1440)


def _listed(written: Any) -> list[Any]:
    return written if isinstance(written, list) else [written]


def _windows(rng: Random) -> Spec:
    """Two or three days of one to three windows, one of them perhaps past midnight, some with less time than they look."""
    found: Spec = {}
    for day in rng.sample(DAYS, rng.choice((2, 2, 3))):
        hours: list[Any] = [
            f"{hhmm(at)}-{hhmm(at + rng.choice((50, 60, 75, 90)))}" for at in rng.sample((360, 690, 1050), 2)
        ]
        hours = sorted(hours[: rng.choice((1, 2, 2))])
        if rng.random() < 0.3:
            hours.append(rng.choice(LATE))
        if rng.random() < 0.15:
            hours.insert(0, rng.choice(("00:00-01:30", "00:15-02:00")))
        if rng.random() < 0.25:
            hours[0] = {
                "at": hours[0],
                **rng.choice(({"buffer": 5}, {"only": ["runs"]}, {"only": ["lifts"], "place": "gym"})),
            }
        found[day] = hours
    return found


def _sunday(rng: Random, spec: Spec) -> Spec:
    """Last week's end, perhaps past midnight."""
    kind = rng.choice([kind for kind in spec["want"] if kind in LENGTHS])
    return {"session": kind, "day": "sun", "start": rng.choice(("18:00", "22:30", "23:40")), "minutes": rng.choice((40, 52))}


def _own_kind(rng: Random, spec: Spec) -> None:
    like = rng.choice([kind for kind in spec["want"] if kind in LENGTHS])
    spec["sessions"] = {"own-kind": {"like": like, "name": "Own kind", "minutes": LENGTHS[like][0]}}
    spec["want"]["own-kind"] = {"max": rng.choice((1, 2))}


def _pins(rng: Random, spec: Spec) -> list[Spec]:
    """One to three, often two on a day; at an hour inside a window or outside, or on a day, or on one of two."""
    known = [kind for kind in spec["want"] if kind in LENGTHS] + ["own-kind"] * ("sessions" in spec)
    days, found = list(spec["availability"]), list[Spec]()
    known += [kind for kind in GENTLE if kind in spec["want"]]
    for _ in range(rng.choice((1, 2, 2, 3))):
        kind = rng.choice(known)
        day = found[-1]["day"] if found and rng.random() < 0.5 else rng.sample(days, 1)
        day = [*day, rng.choice([d for d in DAYS if d not in day])] if rng.random() < 0.15 else day
        low, high = LENGTHS.get(kind, (30, 45))
        pin: Spec = {"session": kind, "day": day, "minutes": rng.choice((low, high, high + 10, low - 5, 33, 47, 52))}
        if rng.random() < 0.75:
            start = rng.choice((360, 365, 385, 690, 700, 720, 1050, 1065, 1110, 1320, 1390, 17))
            pin |= {"start": hhmm(start), "outside_windows": True}
        found.append(pin)
    return found


def _begun(rng: Random, spec: Spec) -> None:
    """A week that has begun, with something done."""
    now = rng.choice(("tue 12:00", "wed 00:30", "thu 17:30"))
    known = [kind for kind in spec["want"] if kind in LENGTHS]
    spec["now"] = now
    spec["done"] = [
        {"session": rng.choice(known), "day": day, "start": rng.choice(("06:00", "09:10")), "minutes": rng.choice((35, 47))}
        for day in rng.sample(("mon", "tue"), rng.choice((1, 2)))
    ]
