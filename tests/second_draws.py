"""Requests and broken weeks for the second audit: seeded, of everyday size, with a bit of everything that a file may say."""

from __future__ import annotations

from random import Random
from typing import Any

from benchmarks.tiny import LEADING
from microcycle.models.catalogue import catalogue
from microcycle.models.clock import DAYS

Spec = dict[str, Any]
Row = dict[str, Any]
GOALS = tuple(sorted(catalogue().goals))
CLASSES = ("beginner", "intermediate", "intermediate", "advanced", "advanced")
HOURS = (
    "06:00-07:30", "06:15-08:00", "05:30-06:45", "12:00-13:15", "16:00-18:00", "17:30-20:30", "18:30-20:15", "07:00-11:00",
)  # fmt: skip
LATE = ("21:30-00:30", "22:00-01:15", "20:00-23:30")
NIGHTS = ("23:00-06:00", "22:30-05:15", "01:30-09:00", "02:00-09:30")
SHIFTS = {
    "early": {"windows": ["16:00-19:30"], "sleep": "21:30-05:00"},
    "late": {"windows": ["08:00-11:30"], "sleep": "23:30-07:15"},
    "night": {"windows": ["16:30-19:00"], "sleep": "08:30-15:30"},
    "free": {"windows": ["08:00-12:00", "15:00-19:00"], "sleep": "22:30-07:00"},
}
PARAMS = {
    "session-count-cap": ("visits", (5, 7, 9)), "hard-days-max": ("days", (1, 2, 3)), "hard-runs-max": ("sessions", (1, 2)),
    "rest-days-min": ("days", (1, 2, 3)), "overnight-gap": ("hours", (9, 12)), "max-sessions-per-day": ("visits", (1, 3)),
    "same-day-separation": ("hours", (4, 8)), "long-endurance-limit": ("sessions", (0, 2)),
    "max-consecutive-training-days": ("days", (3, 4)), "late-hard-session": ("least_minutes", (30, 90)),
    "heavy-legs-spacing": ("hours", (60, 72)), "hard-run-spacing": ("hours", (30, 72)),
}  # fmt: skip


MADE_HARD = (
    "tempo-touch-once", "power-apart-from-hiit", "beginner-no-hard-run", "consecutive-runs-beginner", "leg-days-max",
    "no-heavy-legs-before-long-run", "long-run-apart-from-hard-runs", "steady-cardio-limit",
    "lower-lift-after-easy-day", "per-session-sets", "monotony-max", "hard-run-day-after-heavy-legs",
    "heavy-legs-day-after-hard-run", "race-protect",
)  # fmt: skip
"""Soft rules of one sentence and one severity."""


def drawn(seed: int) -> Spec:
    """A file with a calendar, choices, pins, history and rules of some goal."""
    rng = Random(f"second audit {seed}")
    goal = GOALS[seed % len(GOALS)]
    card = catalogue().goals[goal]
    classes = [name for name in CLASSES if name not in card.refuse]
    lift, run = rng.choice(classes), rng.choice(classes)
    spec: Spec = {"goal": goal, "athlete": {"experience": {"lift": lift, "run": run}}, "grid": rng.choice((15, 30, 30, 60))}
    if goal in LEADING or rng.random() < 0.3:
        spec["primary"] = rng.choice([str(name) for name in card.primary])
    if rng.random() < 0.2:
        spec["athlete"]["age"] = rng.choice((35, 52, 60, 67))
    if rng.random() < 0.35:
        spec["week_of"] = rng.choice(("2026-11-23", "2026-10-19", "2027-03-22"))  # the clocks change on two of the Sundays
        spec["athlete"]["timezone"] = "Europe/London"
    _calendar(rng, spec)
    spec["want"] = _lengths(rng, spec, lift, run)
    spec["policies"] = {
        policy.id: rng.choice(sorted(policy.values))
        for policy in catalogue().policies.values()
        if policy.id not in IDLE and rng.random() < 0.2
    }
    spec["next"] = rng.choice(("cycle", "cycle", "open"))
    _history(rng, spec)
    _rules(rng, spec)
    _pins(rng, spec)
    _wishes(rng, spec)
    return spec


IDLE = ("taper_style", "deload_style", "ramp_model", "runner_strength_dose")
"""Choices that say nothing of a week by itself."""


def _calendar(rng: Random, spec: Spec) -> None:
    spec["sleep"] = rng.choice(NIGHTS) if rng.random() < 0.5 else {"daily": "23:00-06:30", "fri": "00:30-08:00"}
    if "week_of" in spec and rng.random() < 0.35:
        spec["shifts"] = SHIFTS
        spec["rota"] = {"2026-10-12": ["free"] * 7, spec["week_of"]: [rng.choice(sorted(SHIFTS)) for _ in DAYS]}
        return
    spec["places"] = {"gym": rng.choice((10, 20))}
    found: Spec = {"mon-fri": rng.choice(HOURS)} if rng.random() < 0.2 else {}  # the narrower key replaces the wider
    for day in sorted(rng.sample(DAYS, rng.choice((5, 6, 7, 7))), key=DAYS.index):
        hours = rng.sample(HOURS, rng.choice((1, 1, 2, 3)))
        if rng.random() < 0.15:
            hours.append(rng.choice(LATE))
        found[day] = [_window(rng, at) for at in _apart(hours)]
        if rng.random() < 0.05:
            found[day] = "none"
    spec["availability"] = found


def _apart(hours: list[str]) -> list[str]:
    """Windows of a day do not overlap."""
    found: list[str] = []
    for at in sorted(hours):
        if not found or at[:5] >= found[-1][6:]:
            found.append(at)
    return found


def _window(rng: Random, at: str) -> str | Spec:
    more: Spec = {}
    if rng.random() < 0.1:
        more["only"] = rng.choice((["runs"], ["lifts"], ["lifts", "easy-run"], ["aerobic"]))
    if rng.random() < 0.2:
        more |= rng.choice(({"buffer": 10}, {"place": "gym"}, {"place": "gym", "buffer": 5}))
    return {"at": at, **more} if more else at


def _lengths(rng: Random, spec: Spec, lift: str, run: str) -> Spec:
    """Every session of the card at its usual length, some at one or two more."""
    found: Spec = {}
    for name, item in catalogue().goals[spec["goal"]].menu.items():
        kind = catalogue().kinds[name]
        experience: Any = lift if kind.modality in ("lift", "power") else run
        if experience in item.classes and not item.as_finisher:
            usual = item.aim_for(experience) or kind.minutes.default
            shortest, longest = item.band(experience) or (kind.minutes.min, kind.minutes.max)
            low = max(shortest, usual - rng.choice((0, 0, 10)))
            found[name] = {"minutes": f"{low}-{min(longest, usual + rng.choice((0, 0, 5)))}"}
    return found


def _history(rng: Random, spec: Spec) -> None:
    history: Spec = {}
    kinds = sorted(spec["want"])
    if rng.random() < 0.3:
        days = rng.sample(("thu", "fri", "sat", "sun"), rng.choice((1, 2)))
        history["last_week"] = [
            {"session": rng.choice(kinds), "day": day, "start": rng.choice(("07:00", "18:15")), "minutes": 60}
            for day in days
        ]
    if rng.random() < 0.3:
        minutes = rng.choice((40, 75, 130, 180, 260))
        history["run_minutes"] = [minutes, minutes + rng.choice((0, 5, 8)), minutes + rng.choice((3, 10))]
    if rng.random() < 0.25:
        history["longest_run_30d"] = f"{rng.choice((42, 57, 66, 85, 110))} min"
    if rng.random() < 0.25:
        history["load"] = [rng.choice((1200, 1501, 1803, 2400)) for _ in range(rng.choice((2, 4, 5)))]
    if history:
        spec["history"] = history


def _rules(rng: Random, spec: Spec) -> None:
    rules: Spec = {}
    optional = sorted(rule.id for rule in catalogue().rules.values() if rule.negotiable and rule.severity == "hard")
    if rng.random() < 0.3:
        rules |= dict.fromkeys(rng.sample(optional, rng.choice((1, 3))), "off")
    if rng.random() < 0.4:
        for name in rng.sample(sorted(PARAMS), 2):
            rules[name] = {PARAMS[name][0]: rng.choice(PARAMS[name][1])}
    if rng.random() < 0.15:
        rules["weekly-time-cap"] = {"minutes": rng.choice((300, 420)), "severity": "hard"}
    if rng.random() < 0.35:
        rules |= dict.fromkeys(rng.sample(MADE_HARD, rng.choice((1, 2))), "hard")
    if rules:
        spec["rules"] = rules


def _pins(rng: Random, spec: Spec) -> None:
    """One to three sessions fixed, two of them perhaps on one day; some between the grid, some of an odd length."""
    if rng.random() < 0.4:
        return
    pins: list[Spec] = []
    days = rng.sample(DAYS, 2)
    for _ in range(rng.choice((1, 1, 2, 3))):
        kind = rng.choice([*sorted(spec["want"]), "easy-run", "walk"])
        pin: Spec = {"session": kind, "day": rng.choice(days)}
        if rng.random() < 0.6:
            pin["start"], pin["outside_windows"] = rng.choice(("06:10", "12:25", "18:00", "18:40")), True
        if rng.random() < 0.2 and "start" not in pin:
            pin["day"] = days
        if rng.random() < 0.6:
            pin["minutes"] = rng.choice((33, 40, 47, 50, 62))
        pins.append(pin)
    if rng.random() < 0.25:
        spec["sessions"] = {"club": {"like": rng.choice(OWN), "minutes": "45", "srpe": rng.choice((3, 6, 8))}}
        pins.append({"session": "club", "day": rng.choice(DAYS), "start": "19:30", "outside_windows": True})
    spec["pinned"] = pins


OWN = (
    "bike-easy",
    "cardio-hard",
    "endurance-steady",
    "heavy-full-body",
    "full-body-circuit",
    "easy-run",
    "hiit-run",
    "hike",
)


WISHES: tuple[Spec, ...] = (
    {"sessions": "4-8"}, {"lifts": "1-3"}, {"runs": "1-4"}, {"lifts": "~2"}, {"runs": {"min": 2}},
    {"upper-lifts": {"max": 2}}, {"aerobic >= 30": "1-4"}, {"hard": "0-2"}, {"run_minutes": "40-190"},
    {"aerobic_minutes": "40-260"}, {"minutes": "120-420"}, {"lift_minutes": "30-200"},
)  # fmt: skip


def _wishes(rng: Random, spec: Spec) -> None:
    if rng.random() < 0.2:
        spec["forbid"] = {rng.choice(("lifts", "hard-runs", "runs", "heavy-legs")): [rng.choice(DAYS)]}
    if rng.random() < 0.3:
        spec["want"] = spec["want"] | rng.choice(WISHES)
    if rng.random() < 0.15:
        kinds = [kind for kind in spec["want"] if kind in catalogue().kinds]
        kept = {pin["session"] for pin in spec.get("pinned", ())}
        if free := [kind for kind in kinds if kind not in kept]:
            spec["exclude"] = [rng.choice(free)]
            spec["want"] = {key: value for key, value in spec["want"].items() if key not in spec["exclude"]}


def mutated(rng: Random, sessions: list[Row], kinds: list[str]) -> list[Row]:
    """The week of a document with one to three things changed by hand: an hour, a day, a length, a session more or less.

    Empty where nothing is left, or where two visits would begin in one minute, of which neither comes first.
    """
    week: list[Row] = [{key: row[key] for key in KEPT} for row in sessions]
    for _ in range(rng.choice((1, 1, 2, 3))):
        change = rng.choice((_shift, _swap, _length, _less, None))
        if change is None:
            _more(rng, week, kinds)
        else:
            change(rng, week)
    return week if len({(row["day"], row["start"]) for row in week}) == len(week) else []


KEPT = ("day", "session", "start", "start_min", "minutes", "visit")


def begun(rng: Random, spec: Spec, sessions: list[Row]) -> Spec:
    """The file at some noon of its week, with what was done until then."""
    day = rng.choice(DAYS[1:6])
    noon = DAYS.index(day) * 1440 + 720
    done = [
        {key: row[key] for key in ("session", "day", "start", "minutes", "visit")}
        for row in sessions
        if row["start_min"] + row["minutes"] <= noon
    ]
    return {**spec, "now": f"{day} 12:00", "done": done}


def _visit(rng: Random, week: list[Row]) -> list[Row]:
    """All pieces of a visit: they follow each other without a break, whatever is done to them."""
    row = rng.choice(week)
    return [each for each in week if (each["day"], each["visit"]) == (row["day"], row["visit"])]


def _follow(visit: list[Row], start: int) -> None:
    """Puts a visit at a minute of the week."""
    for row in visit:
        row["start_min"], row["start"] = start, f"{start // 60 % 24:02}:{start % 60:02}"
        start += row["minutes"]


def _shift(rng: Random, week: list[Row]) -> None:
    if week:
        visit = _visit(rng, week)
        midnight = 1440 * DAYS.index(visit[0]["day"])
        length = sum(row["minutes"] for row in visit)
        start = visit[0]["start_min"] - midnight + rng.choice((-360, -120, -55, -5, 5, 20, 90, 240, 480))
        _follow(visit, midnight + min(max(start, 5 * 60), 24 * 60 - length - 5))


def _swap(rng: Random, week: list[Row]) -> None:
    one, other = rng.sample(DAYS, 2)
    for row in week:
        day = {one: other, other: one}.get(row["day"], row["day"])
        row["start_min"] += 1440 * (DAYS.index(day) - DAYS.index(row["day"]))
        row["day"] = day


def _length(rng: Random, week: list[Row]) -> None:
    if week:
        visit = _visit(rng, week)
        row = rng.choice(visit)
        row["minutes"] = max(10, row["minutes"] + rng.choice((-20, -10, -5, 5, 15, 30, 60)))
        _follow(visit, visit[0]["start_min"])


def _more(rng: Random, week: list[Row], kinds: list[str]) -> None:
    kind, day = rng.choice(kinds), rng.choice(DAYS)
    visit = 1 + max((each["visit"] for each in week), default=0)
    row = {"day": day, "session": kind, "minutes": catalogue().kinds[kind].minutes.default, "visit": visit}
    _follow([row], 1440 * DAYS.index(day) + rng.choice((rng.randrange(300, 1200), 360, 725, 1050)))
    week.append(row)


def _less(rng: Random, week: list[Row]) -> None:
    if week:
        week.remove(rng.choice(week))
