"""Weeks for the tests of documents and views, made without the solver."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from microcycle import load_request
from microcycle.models import reading
from microcycle.models.catalogue import catalogue
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
    request = load_request(file)
    problem = resolve(request, catalogue())
    pieces = read_week(reading.read(week), problem, request) if outcome == "solved" else ()
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
