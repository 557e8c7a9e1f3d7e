"""Seeded requests so small that all their weeks can be tried; each is made for one family of rules to bind."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from random import Random
from typing import Any

from microcycle.models.catalogue import catalogue
from microcycle.models.clock import DAYS
from microcycle.models.reading import parse, validate
from microcycle.models.request import Request, RequestSpec
from microcycle.solver.problem import Problem
from microcycle.solver.resolve import resolve

Spec = dict[str, Any]
RUNS = ("easy-run", "tempo-run", "intervals-vo2", "long-run", "hiit-run")
LIFTS = ("full-body", "upper", "heavy-lower", "push", "pull", "runner-strength")
OTHERS = ("bike-easy", "plyo-power", "hiit-any")
LENGTHS = {
    "easy-run": (20, 45), "tempo-run": (35, 45), "intervals-vo2": (35, 45), "long-run": (45, 90),
    "hiit-run": (15, 25), "full-body": (35, 50), "upper": (40, 50), "heavy-lower": (40, 55), "push": (40, 50),
    "pull": (40, 50), "runner-strength": (25, 35), "bike-easy": (20, 45), "plyo-power": (20, 30), "hiit-any": (20, 25),
}  # fmt: skip
GROUPS = (
    "runs", "lifts", "sessions", "training", "hard", "leg-lifts", "aerobic-any", "runs > 30", "lifts-and-power",
    "hard-runs | heavy-legs", "easy-run | upper", "demanding",
)  # fmt: skip
GENTLE = ("easy-run", "upper", "push", "pull", "full-body", "runner-strength", "bike-easy")
OPTIONAL = tuple(
    rule.id
    for rule in catalogue().rules.values()
    if rule.negotiable
    and rule.id not in ("session-counts", "volume-targets", "weekly-sets", "missed-session")
    and "illness" not in rule.id
)
"""Built-in rules that a tiny request may switch off: not the goal's own numbers, without which nothing is missed."""
LEADING = ("hybrid-vo2-strength", "hybrid-advanced")
SEVERITIES = ("hard", "hard", "tier4", "tier3", "tier2", "tier1")
AMOUNTS: dict[str, tuple[int, ...]] = {
    "sessions": (1, 2, 3), "visits": (1, 2, 3), "days": (1, 2), "minutes": (40, 60, 90), "load": (150, 250, 400),
    "metres": (5000, 9000), "fast-minutes": (10, 20), "days-without": (4, 5, 6),
}  # fmt: skip


def problem_of(spec: Spec, name: str = "tiny.json") -> Problem:
    """Raises InputError as reading the file would."""
    document = parse(json.dumps(spec), name, "json")
    return resolve(Request(validate(document, RequestSpec), document), catalogue())


def hhmm(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def tiny(seed: int, family: str) -> Spec:
    """A request of two to four days in which the family has a rule of its own, others perhaps too."""
    rng = Random(f"{family} {seed}")
    spec = _base(rng)
    rules: Spec = spec["rules"]
    RULES[family](rng, spec, rules)
    for n in range(rng.choice((0, 1, 1, 2))):
        other = rng.choice([name for name in RULES if name not in ("declaration", "first-after", family)])
        extra, aside = dict[str, Any](), deepcopy(spec)
        RULES[other](rng, aside, extra)
        rules.update({f"{name}-{n}": rule for name, rule in extra.items()})
        spec |= {key: aside[key] for key in ("pinned", "stay_close_to", "prefer") if key in aside}
    if rng.random() < 0.25:
        spec["want"][rng.choice(("sessions", "runs", "lifts", "hard"))] = rng.choice(("1-3", "2-4", "3", "4-5", "0-1"))
    if rng.random() < 0.15:
        kind = rng.choice([kind for kind in spec["want"] if kind in LENGTHS])
        spec["want"][kind] = {**spec["want"][kind], "min": rng.choice((1, 2)), "max": 3}
    return spec


def _base(rng: Random) -> Spec:
    goal, wide = rng.choice(sorted(catalogue().goals)), rng.random() < 0.35
    kinds = rng.sample(RUNS, 1 if wide else rng.choice((1, 2))) + rng.sample(LIFTS, 1 if wide else rng.choice((1, 1, 2)))
    kinds += [rng.choice(OTHERS)] if rng.random() < 0.25 and not wide else []
    kinds += ["strides"] if "easy-run" in kinds and rng.random() < 0.4 else []
    spec: Spec = {
        "athlete": {"experience": {"lift": rng.choice(_classes(goal)), "run": rng.choice(_classes(goal))}},
        "goal": goal,
        "grid": 60 if wide else rng.choice((30, 60)),
        "next": rng.choice(("cycle", "cycle", "open")),
        "want": {kind: {"minutes": _length(rng, kind, wide)} for kind in kinds if kind in LENGTHS},
        "exclude": sorted(set(catalogue().goals[goal].menu) - set(kinds)),
        "availability": _windows(rng, wide),
        "rules": {},
    }
    spec["want"].update({kind: {"max": 3} for kind in kinds if kind not in LENGTHS})
    if goal in LEADING:
        spec["primary"] = rng.choice(("run", "lift"))
    if rng.random() < 0.3:
        spec["sleep"] = rng.choice(("22:00-05:00", "00:30-07:30", "21:00-06:30"))
    if rng.random() < 0.4:
        spec["history"] = {"last_week": _history(rng, kinds)}
        if rng.random() < 0.5:
            spec["history"] |= {"longest_run_30d": rng.choice((40, 60)), "run_minutes": [60, 70, 80]}
    if rng.random() < 0.5:
        choices = {"hard_pairing": ("consolidate", "separate-hours"), "lift_spacing": ("dup",)}
        choices |= {"order": ("lift-first", "run-first", "either"), "separation": ("gap-none", "gap-3h", "gap-24h")}
        spec["policies"] = {name: rng.choice(choices[name]) for name in rng.sample(sorted(choices), 2)}
    off = rng.choice((0.3, 0.8, 0.95))
    spec["rules"] = {name: "off" for name in OPTIONAL if rng.random() < off}
    if spec["rules"].get("max-sessions-per-day"):
        # The solver offers three visits a window at most: the audit is told so.
        visits = {"family": "bound", "quantity": "visits", "of": "training", "per": "day", "max": rng.choice((2, 3))}
        spec["rules"]["visits-a-day"] = {**visits, "severity": "hard"}
    return spec


def _classes(goal: str) -> tuple[str, ...]:
    refused = catalogue().goals[goal].refuse
    return tuple(name for name in ("beginner", "intermediate", "advanced") if name not in refused)


def _length(rng: Random, kind: str, wide: bool) -> str:
    low, high = LENGTHS[kind]
    first = rng.randrange(low, high + 1, 5)
    return f"{first}-{first if wide else min(high, first + rng.choice((0, 0, 5)))}"


def _windows(rng: Random, wide: bool) -> Spec:
    """Two to four days with a window or two; if `wide`, one that lasts for hours: starts, or two visits, are free."""
    days = sorted(rng.sample(range(7), rng.choice((2, 3) if wide else (2, 3, 3, 4))))
    if rng.random() < 0.5:
        days = [(days[0] + n) % 7 for n in range(len(days))]
    found: dict[int, list[Any]] = {}
    for n, day in enumerate(days):
        start, length = 60 * rng.choice((6, 7, 11, 15, 18, 20)) + rng.choice((0, 0, 15)), rng.choice((60, 75, 90))
        if wide and n == 0:
            start, length = rng.choice((360, 420)), rng.choice((360, 480, 600, 720))
        window: Spec = {"at": f"{hhmm(start)}-{hhmm(start + length)}"}
        if rng.random() < 0.15:
            window |= {"buffer": rng.choice((5, 10)), "place": "track"}
        if rng.random() < 0.15:
            window["only"] = [rng.choice(("runs", "lifts", "aerobic-any"))]
        found[day] = [window]
        if not wide and start + length < 1200 and rng.random() < 0.25:
            found[day].append("20:30-21:45")
    return {DAYS[day]: windows for day, windows in sorted(found.items())}


def _history(rng: Random, kinds: Sequence[str]) -> list[Spec]:
    known = [kind for kind in kinds if kind in LENGTHS]
    return [
        {"session": rng.choice(known), "day": day, "start": rng.choice(("07:00", "18:00", "21:30")), "minutes": 45}
        for day in rng.sample(("fri", "sat", "sun"), rng.choice((1, 2)))
    ]


def _rule(rng: Random, family: str, **fields: Any) -> Spec:
    return {"family": family, "severity": rng.choice(SEVERITIES), **fields}


def _group(rng: Random, spec: Spec) -> str:
    """What a rule speaks of: mostly something that is on the menu."""
    kinds = [name for name in spec["want"] if name in LENGTHS]
    return rng.choice(GROUPS) if rng.random() < 0.25 else rng.choice((*kinds, "sessions", "sessions", "runs", "lifts"))


def _pressed(rng: Random, spec: Spec) -> str:
    """A group for a rule that is to bind: mostly a kind which the file asks for more than once."""
    kinds = [name for name in spec["want"] if name in LENGTHS]
    gentle = [name for name in kinds if name in GENTLE] or kinds
    if rng.random() < 0.3:
        return _group(rng, spec)
    kind: str = rng.choice(gentle)
    spec["want"][kind] = {**spec["want"][kind], "min": rng.choice((1, 2, 2)), "max": 4}
    return kind


def _row(rng: Random, spec: Spec) -> None:
    """Three days in a row, with a window each, at different hours."""
    first = rng.randrange(7)
    hours = rng.sample(("06:00-07:15", "07:30-08:30", "12:00-13:15", "18:00-19:15", "20:00-21:00"), 3)
    spec["availability"] = {DAYS[(first + n) % 7]: hours[n] for n in range(3)}


def _bound(rng: Random, spec: Spec, rules: Spec) -> None:
    quantity, per = rng.choice(sorted(AMOUNTS)), rng.choice(("week", "week", "day", "visit", "session"))
    if quantity in ("days", "days-without"):
        per = "week"
    if quantity == "visits" and per in ("visit", "session"):
        quantity = "minutes"
    n = rng.choice(AMOUNTS[quantity])
    ends: Spec = rng.choice(({"min": n}, {"max": n}, {"max": n - 1}))
    rule = _rule(rng, "bound", quantity=quantity, of=_group(rng, spec), per=per, **ends)
    if quantity == "load" or quantity == "minutes":
        rule["step"] = rng.choice((5, 30))
    if rng.random() < 0.2:
        rule["on"] = sorted(rng.sample(DAYS, 3))
    if rng.random() < 0.2:
        rule.pop("min", None)
        rule |= {"quantity": "sets", "of": "lifts", "muscles": rng.sample(("quads", "chest", "back"), 2), "max": 5}
    rules["own-bound"] = rule


def _share(rng: Random, spec: Spec, rules: Spec) -> None:
    part = {"quantity": rng.choice(("minutes", "load")), "of": _group(rng, spec)}
    rule = _rule(rng, "share", part=part, whole={**part, "of": "sessions"}, max=rng.choice((20, 30, 40, 50)))
    rule |= {"step": rng.choice((1, 5, 5)), "largest": rng.random() < 0.4}
    if rng.random() < 0.2:
        rule |= {"where": {"quantity": "sessions", "of": "sessions"}, "at_least": 2}
    elif rng.random() < 0.2:
        rule["max"] = {"over": {"quantity": "sessions", "of": "sessions"}, "steps": [[0, 50], [2, 30]]}
    rules["own-share"] = rule


def _spacing_hours(rng: Random, spec: Spec, rules: Spec) -> None:
    first = _pressed(rng, spec)
    rule = _rule(rng, "spacing-hours", first=first, then=rng.choice((first, _group(rng, spec))))
    rule["step"] = rng.choice((1, 1, 1, 3, 12))
    rule |= {"hours": rng.choice((2, 3, 5, 14, 24, 30, 48, 48)), "tolerance": rng.choice((0, 0, 1))}
    rule |= {"order": rng.choice(("either", "first-then")), "measured": rng.choice(("end-to-start", "start-to-start"))}
    rule["scope"] = rng.choice(("same-day", "next-day", "any", "any")) if rule["hours"] < 24 else "any"
    if rng.random() < 0.3:
        rule |= {"same_muscle": rng.choice((2, 6)), "unless_lighter": rng.random() < 0.5}
    if rule["scope"] != "same-day" and rng.random() < 0.8:
        _row(rng, spec)
    rule["one_visit"] = rng.random() < 0.2
    rules["own-hours"] = rule


def _spacing_days(rng: Random, spec: Spec, rules: Spec) -> None:
    days = rng.choice(([0], [1], [0, 1], [1, 2], [2], [3]))
    if days != [0]:
        _row(rng, spec)
    first = _pressed(rng, spec)
    rule = _rule(rng, "spacing-days", first=first, then=rng.choice((first, _group(rng, spec))), days=days)
    rule["order"] = rng.choice(("either", "first-then"))
    if rng.random() < 0.2:
        rule |= {"where": {"quantity": "sessions", "of": "sessions"}, "at_most": 2}
    rules["own-days"] = rule


def _when(rng: Random, spec: Spec, rules: Spec) -> None:
    scope = rng.choice(("visit", "day", "next-day", "days-after", "week"))
    cause = {"quantity": rng.choice(("sessions", "minutes")), "of": _pressed(rng, spec)}
    effect = {"quantity": rng.choice(("sessions", "minutes", "load")), "of": _group(rng, spec)}
    if rng.random() < 0.4 and scope == "week":
        cause = {"quantity": rng.choice(("days", "days-without")), "of": cause["of"]}
    least, amount = (30 if cause["quantity"] == "minutes" else 1), rng.choice((0, *AMOUNTS[effect["quantity"]]))
    limit: Any = amount
    if rng.random() < 0.2:
        limit = {"over": cause, "steps": [[0, amount + 1], [least + 1, max(0, amount - 1)]]}
    rule = _rule(rng, "when", scope=scope, if_=cause, at_least=least, then=effect, **{rng.choice(("min", "max")): limit})
    rule |= {"step": rng.choice((1, 5)) if effect["quantity"] == "minutes" else 1}
    if scope == "days-after":
        rule["days"] = rng.choice((1, 2, 3))
    if scope in ("next-day", "days-after"):
        _row(rng, spec)
    rules["own-when"] = rule


def _clock(rng: Random, spec: Spec, rules: Spec) -> None:
    rule = _rule(rng, "clock", of=_pressed(rng, spec), per=rng.choice(("hour", "item")))
    if rng.random() < 0.6:
        rule["start_not_before"] = rng.choice(("wake+60", "wake+120", "08:00", "10:30", "17:00"))
    else:
        rule["end_not_after"] = rng.choice(("bed-180", "bed-240", "09:00", "12:30", "19:30"))
    if rng.random() < 0.3:
        rule |= {"after": _group(rng, spec), "ended_past": rng.choice(("bed-120", "19:00", "08:00"))}
    rules["own-clock"] = rule
    if rng.random() < 0.2:
        spec["prefer"] = {rng.choice(("runs", "lifts")): {"hours": rng.choice(("09:00-11:00", "07:30-08:30"))}}


def _habit(rng: Random, spec: Spec, rules: Spec) -> None:
    _row(rng, spec)
    rules["own-habit"] = _rule(rng, "habit", of=_pressed(rng, spec))


def _longest_window(rng: Random, spec: Spec, rules: Spec) -> None:
    _row(rng, spec)
    day = rng.choice(list(spec["availability"]))
    spec["availability"][day] = rng.choice(("07:00-09:30", "16:00-18:00"))
    rules["own-window"] = _rule(rng, "longest-window", of=_pressed(rng, spec))


def _streak(rng: Random, spec: Spec, rules: Spec) -> None:
    _row(rng, spec)
    spec["want"]["sessions"] = {"min": rng.choice((2, 3, 3)), "max": 6}
    rules["own-streak"] = _rule(rng, "streak", of=rng.choice(("sessions", "training")), max_days=rng.choice((1, 2, 2)))


def _first_after(rng: Random, spec: Spec, rules: Spec) -> None:
    _row(rng, spec)
    among = rng.choice(("easy-aerobic <= 30", "aerobic", "lifts", "easy-run | upper"))
    rules["own-first"] = _rule(
        rng, "first-after", of=rng.choice(("sessions", "training")), among=among, after=rng.choice((0, 1, 2))
    )


def _load_shape(rng: Random, spec: Spec, rules: Spec) -> None:  # noqa: ARG001
    rules["own-shape"] = _rule(rng, "load-shape", max_tenths=rng.choice((5, 5, 6, 6, 8)))


def _stability(rng: Random, spec: Spec, rules: Spec) -> None:
    known = [kind for kind in spec["want"] if kind in LENGTHS]
    days = list(spec["availability"])
    spec["stay_close_to"] = [
        {"session": rng.choice(known), "day": rng.choice(days), "minutes": 45}
        | ({"start": rng.choice(("07:30", "10:00", "18:00"))} if rng.random() < 0.8 else {})
        for _ in range(rng.choice((1, 2, 3)))
    ]
    rules.pop("plan-stability", None)
    if rng.random() < 0.7:
        rules["own-stability"] = _rule(rng, "stability", measure=rng.choice(("sessions", "hours")))


def _availability(rng: Random, spec: Spec, rules: Spec) -> None:  # noqa: ARG001
    """Pins at an hour or on a day, inside and outside the windows; their lengths are on the menu.

    (Other lengths stand nowhere but where they are pinned, which the problem does not say in so many words.)
    """
    known, pins = [kind for kind in spec["want"] if kind in LENGTHS], []
    for _ in range(rng.choice((1, 1, 2))):
        pin: Spec = {"session": rng.choice(known), "day": rng.sample(DAYS, rng.choice((1, 1, 2)))}
        if rng.random() < 0.5:
            pin |= {"start": rng.choice(("05:00", "07:00", "12:30", "19:00")), "outside_windows": True}
        else:
            pin["day"] = rng.sample(list(spec["availability"]), min(len(spec["availability"]), len(pin["day"])))
        pin["minutes"] = int(spec["want"][pin["session"]]["minutes"].split("-")[0])
        pins.append(pin)
    spec["pinned"] = pins


def _declaration(rng: Random, spec: Spec, rules: Spec) -> None:
    spec["goal"] = rng.choice(LEADING)
    spec["athlete"] = {"experience": {"lift": "advanced", "run": "advanced"}}
    spec.pop("primary", None)
    spec["exclude"] = sorted(set(catalogue().goals[spec["goal"]].menu) - set(spec["want"]))
    rules.pop("one-primary", None)


RULES: dict[str, Callable[[Random, Spec, Spec], None]] = {
    "availability": _availability, "bound": _bound, "clock": _clock, "declaration": _declaration, "habit": _habit,
    "first-after": _first_after,
    "load-shape": _load_shape, "longest-window": _longest_window, "share": _share, "spacing-days": _spacing_days,
    "spacing-hours": _spacing_hours, "stability": _stability, "streak": _streak, "when": _when,
}  # fmt: skip
