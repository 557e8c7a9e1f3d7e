"""Seeded requests of everyday size that solve quickly: a window on most days, one or two lengths of each session."""

from __future__ import annotations

from random import Random
from typing import Any

from benchmarks.tiny import LEADING, Spec
from microcycle.models.catalogue import catalogue
from microcycle.models.clock import DAYS

HOURS = ("06:00-07:30", "06:30-08:00", "12:00-13:15", "17:30-20:30", "18:30-20:00")
FULL = (
    "hybrid-advanced",
    "hybrid-vo2-strength",
    "run-5k",
    "run-10k",
    "run-marathon",
    "strength-power",
    "fat-loss",
    "run-5k",
)
"""Goals whose weeks hold many sessions, drawn more often."""
CLASSES = ("beginner", *["intermediate"] * 4, *["advanced"] * 4)
GOALS = (*sorted(catalogue().goals), *FULL)
POLICIES = {
    "hard_pairing": ("separate-hours", "consolidate"), "order": ("lift-first", "run-first", "either"),
    "separation": ("gap-none", "gap-3h"), "back_to_back": ("penalise", "two-then-easy"), "lift_spacing": ("dup",),
    "rest_mode": ("active-ok", "strict"), "gap_measure": ("start-to-start",),
}  # fmt: skip


def ordinary(seed: int, *, plain: bool = False) -> Spec:
    """A request of some goal on five to seven days; if `plain`, without history, pins and whatever names a day twice."""
    rng = Random(f"ordinary {seed}")
    goal = GOALS[seed % len(GOALS)]
    classes = [name for name in CLASSES if name not in catalogue().goals[goal].refuse]
    lift, run = rng.choice(classes), rng.choice(classes)
    spec: Spec = {
        "athlete": {"experience": {"lift": lift, "run": run}},
        "goal": goal,
        "grid": rng.choice((30, 30, 30, 60)),
        "availability": _days(rng),
        "want": _lengths(rng, goal, lift, run),
        "rules": {},
    }
    if goal in LEADING:
        spec["primary"] = rng.choice(("run", "lift"))
    if rng.random() < 0.3:
        names = rng.sample(sorted(POLICIES), rng.choice((1, 2)))
        spec["policies"] = {name: rng.choice(POLICIES[name]) for name in names}
    rows = [rule.id for rule in catalogue().rules.values() if rule.negotiable]
    optional = [name for name in rows if name != "missed-session" and "illness" not in name]
    spec["rules"] = dict.fromkeys(rng.sample(optional, rng.choice((0, 0, 2, 4))), "off")
    if not plain:
        _wishes(rng, spec)
    return spec


def _days(rng: Random) -> Spec:
    """The first day drawn is long, another may hold a second window."""
    days = rng.sample(DAYS, rng.choice((6,) * 9 + (7,)))
    found: Spec = {day: [rng.choice(HOURS)] for day in sorted(days, key=DAYS.index)}
    found[days[0]] = [rng.choice(("08:00-10:00", "07:00-09:15"))]
    if rng.random() < 0.25:
        found[days[0]].append("18:00-19:15")
    return found


def _lengths(rng: Random, goal: str, lift: str, run: str) -> Spec:
    """Every session of the card at its usual length, some at one more."""
    found: Spec = {}
    for name, item in catalogue().goals[goal].menu.items():
        kind = catalogue().kinds[name]
        experience: Any = lift if kind.modality in ("lift", "power") else run
        if experience in item.classes and not item.as_finisher:
            usual = item.aim_for(experience) or kind.minutes.default
            _, longest = item.band(experience) or (kind.minutes.min, kind.minutes.max)
            found[name] = {"minutes": f"{usual}-{min(longest, usual + rng.choice((0,) * 12 + (5,)))}"}
    return found


def _wishes(rng: Random, spec: Spec) -> None:
    """What people add: last week, a session fixed, days and hours liked or not, counts of their own."""
    kinds, days = sorted(spec["want"]), list(spec["availability"])
    if rng.random() < 0.3:
        spec["history"] = {
            "last_week": [{"session": rng.choice(kinds), "day": rng.choice(("fri", "sat", "sun")), "start": "18:00"}],
            "run_minutes": [110, 120, 130],
        }
        spec["next"] = rng.choice(("cycle", "open"))
    if rng.random() < 0.2:
        day = rng.choice(days)
        spec["pinned"] = [{"session": rng.choice(kinds), "day": day}]
        if rng.random() < 0.5:
            spec["pinned"] = [{"session": "easy-run", "day": day, "start": "20:15", "minutes": 30, "outside_windows": True}]
    if rng.random() < 0.3:
        spec["prefer"] = {rng.choice(("lifts", "runs", "rest")): rng.sample(DAYS, 2)}
        spec["prefer"]["hard"] = {"hours": rng.choice(("07:00-12:00", "18:00-21:00"))}
    if rng.random() < 0.1:
        spec["forbid"] = {rng.choice(("lifts", "hard-runs")): [rng.choice(DAYS)]}
    pinned = {pin["session"] for pin in spec.get("pinned", ())}
    if rng.random() < 0.2:
        spec["exclude"] = [rng.choice([kind for kind in kinds if kind not in pinned])]
        del spec["want"][spec["exclude"][0]]
    if rng.random() < 0.3:
        spec["want"] |= rng.choice(({"sessions": "6-8"}, {"lifts": "2-3"}, {"runs": "2-4"}, {"run_minutes": "60-160"}))
