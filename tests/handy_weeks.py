"""Weeks for the tests of documents and views, made without the solver."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from microcycle import load_request
from microcycle.models import reading
from microcycle.models.catalogue import catalogue
from microcycle.models.clock import DAYS, hhmm
from microcycle.models.request import Request
from microcycle.models.week import Week
from microcycle.solver.audit import audit
from microcycle.solver.causes import Cause
from microcycle.solver.conflict import Conflict
from microcycle.solver.handmade import read_week
from microcycle.solver.repair import Explained
from microcycle.solver.report import week_of
from microcycle.solver.resolve import resolve

DATA = Path(__file__).parent / "data" / "week"


def made(
    file: Path = DATA / "jamie.yaml",
    week: Path = DATA / "hand.yaml",
    *,
    outcome: str = "solved",
    proven: bool = True,
    conflict: tuple[Cause, ...] = (),
    verified: bool | None = None,
) -> Week:
    """The document that a solver's result with this week would give."""
    return document(
        load_request(file), reading.read(week), outcome=outcome, proven=proven, conflict=conflict, verified=verified
    )


def document(
    request: Request,
    week: reading.Document,
    *,
    outcome: str = "solved",
    proven: bool = True,
    conflict: tuple[Cause, ...] = (),
    verified: bool | None = None,
) -> Week:
    problem = resolve(request, catalogue(), hours="any")
    pieces = read_week(week, problem, request) if outcome == "solved" else ()
    found = audit(problem, pieces) if outcome == "solved" else None
    levels = tuple(
        SimpleNamespace(level=level, value=value, bound=value if proven else value // 2, proven=proven or value == 0)
        for level, value in (found.levels if found else {}).items()
    )
    result: Any = SimpleNamespace(
        outcome=outcome,
        proven=proven,
        pieces=pieces,
        audit=found,
        levels=levels,
        stats=SimpleNamespace(wall_limit_hit=not proven),
        verified=verified,
    )
    why = Explained((Conflict(conflict, True),), 1, ()) if conflict else None
    return week_of(request, problem, result, why)


ZONES = (
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "America/Santiago",
    "Pacific/Apia",
    None,
)
MONDAYS = ("2026-10-19", "2026-10-26", "2027-03-22", "2027-03-08", "2027-03-29", "2026-08-31", "2026-11-23", None)
"""Most of them with a change of the clock in some of the zones."""
NAMES = ("Ada", "", 'Zoë; Öztürk, \\ "x"', "أحمد", "<script>alert(1)</script>")


@cache
def drawn(seed: int) -> Week:
    """A week of any sessions at any hour, good or not: past midnight, without a time, several in a visit, with notes."""
    rng = Random(f"drawn {seed}")
    zone, monday = rng.choice(ZONES), rng.choice(MONDAYS)
    owl = rng.random() < 0.4
    athlete = {"name": rng.choice(NAMES), "timezone": zone, "easy_pace": rng.choice(("6:00 /km", "10:15 /mi", None))}
    goal = rng.choice([goal for goal in catalogue().goals.values() if "intermediate" not in goal.refuse])
    spec: dict[str, Any] = {
        "athlete": {key: value for key, value in athlete.items() if value is not None},
        "goal": goal.id,
        "sleep": "03:30-10:00" if owl else "22:45-05:00",
        "primary": goal.primary[0],
        "availability": {"daily": "18:00-20:00"},
    }
    week = {
        day: [
            line for visit in range(rng.choice((0, 1, 1, 1, 2))) for line in _visit(rng, visit, day, zone, monday, owl=owl)
        ]
        for day in DAYS
    }
    if monday is not None:
        spec["week_of"] = monday
    return document(load_request(spec), reading.Document("week", week, {}, {}))


def _visit(rng: Random, visit: int, day: str, zone: str | None, monday: str | None, *, owl: bool) -> list[dict[str, Any]]:
    first, last = (630, 1590) if owl else (315, 1320)
    start: int | None = first + visit * (last - first) // 2 + 5 * rng.randrange((last - first) // 15)
    if rng.random() < 0.1:
        start = None
    elif zone and monday and start is not None:
        # A time that the clock leaves out is no time of a week.
        wall = datetime.fromisoformat(monday) + timedelta(days=DAYS.index(day), minutes=start)
        if wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != wall:
            start -= 240
    lines = []
    for n in range(rng.choice((1, 1, 2))):
        kind = rng.choice([kind for kind in catalogue().kinds.values() if kind.minutes.max])
        line = {"session": kind.id, "minutes": rng.choice(list(kind.minutes.grid)), "visit": visit + 1}
        lines.append(line | ({"start": hhmm(start)} if start is not None and n == 0 else {}))
    return lines
