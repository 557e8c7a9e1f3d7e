"""Every goal card x experience x calendar x history: outcome, proof and time, as a table."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.tables import quantile
from microcycle.errors import InputError
from microcycle.models.catalogue import catalogue
from microcycle.models.goal import CLASSES
from microcycle.models.reading import parse, validate
from microcycle.models.request import Request, RequestSpec
from microcycle.solver.conflict import Conflict
from microcycle.solver.guarded import Budget
from microcycle.solver.repair import explained
from microcycle.solver.resolve import resolve
from microcycle.solver.search import TUNED, Limits
from microcycle.solver.solve import solve

CALENDARS: dict[str, dict[str, Any]] = {
    "roomy": {"daily": "06:00-22:00"},
    "sketch": {
        "mon-fri": ["06:00-07:30", "17:30-20:30"],
        "wed": {"at": "18:00-19:30", "only": ["runs"], "place": "track", "buffer": 10},
        "sat": "08:00-12:00",
        "sun": "none",
    },
    "evenings": {"mon-fri": "18:00-21:00", "sat-sun": "09:00-12:00"},
}
HISTORIES: dict[str, dict[str, Any]] = {
    "none": {},
    "some": {
        "longest_run_30d": "60 min",
        "run_minutes": [100, 110, 120],
        "last_week": [
            {"session": "long-run", "day": "sun", "start": "09:00", "minutes": 60},
            {"session": "full-body", "day": "fri", "start": "18:00", "minutes": 55},
        ],
    },
}


@dataclass(frozen=True)
class Case:
    goal: str
    lift: str
    run: str
    calendar: str
    history: str

    @property
    def name(self) -> str:
        return f"{self.goal} {self.lift[0]}{self.run[0]} {self.calendar} history {self.history}"

    def request(self) -> Request:
        """The case as a request; raises InputError where the card is not for this experience."""
        data: dict[str, Any] = {
            "athlete": {"experience": {"lift": self.lift, "run": self.run}},
            "goal": self.goal,
            "availability": CALENDARS[self.calendar],
            "history": HISTORIES[self.history],
        }
        if catalogue().goals[self.goal].must_choose:
            data["primary"] = "lift"
        document = parse(json.dumps(data), self.name, "json")
        return Request(validate(document, RequestSpec), document)


@dataclass(frozen=True)
class Answer:
    case: Case
    outcome: str
    proven: bool
    seconds: float
    solving: float
    work: float
    conflict: tuple[str, ...]
    """For an infeasible case, what cannot all hold."""


def cases() -> Iterator[Case]:
    """All 13 x 9 x 3 x 2 of them, in a fixed order."""
    for goal, lift, run, calendar, history in product(catalogue().goals, CLASSES, CLASSES, CALENDARS, HISTORIES):
        yield Case(goal, lift, run, calendar, history)


def answer(case: Case, limits: Limits | None = None) -> Answer:
    """Solves one case; a card that refuses the experience answers `refused`."""
    began = time.perf_counter()
    try:
        problem = resolve(case.request(), catalogue())
    except InputError:
        return Answer(case, "refused", True, time.perf_counter() - began, 0.0, 0.0, ())
    limits = limits or Limits(60, 10)
    result = solve(problem, limits)
    seconds = time.perf_counter() - began
    found: tuple[Conflict, ...] = ()
    if result.outcome == "infeasible":
        found = explained(case.request(), Budget(10, time.perf_counter() + 10, TUNED), repairs=False).conflicts
    return Answer(
        case,
        result.outcome,
        result.proven,
        seconds,
        result.stats.seconds.get("solve", 0.0),
        result.stats.deterministic,
        tuple(cause.rule or cause.standing for cause in found[0].causes) if found else (),
    )


def show(answers: list[Answer], console: Console) -> None:
    """A row a card and calendar, then what was not proven and what was infeasible."""
    table = Table("goal", "calendar", "solved", "infeasible", "refused", "proven", "median s", "p95 s", "worst s")
    for (goal, calendar), group in sorted(_grouped(answers).items()):
        tried = [a for a in group if a.outcome != "refused"]
        times = sorted(a.seconds for a in tried)
        if not tried:
            continue
        table.add_row(
            goal,
            calendar,
            str(sum(a.outcome == "solved" for a in tried)),
            str(sum(a.outcome == "infeasible" for a in tried)),
            str(len(group) - len(tried)),
            f"{sum(a.proven for a in tried)}/{len(tried)}",
            f"{statistics.median(times):.2f}",
            f"{quantile(times, 0.95):.2f}",
            f"{times[-1]:.2f}",
        )
    console.print(table)
    tried = [a for a in answers if a.outcome != "refused"]
    times = sorted(a.seconds for a in tried)
    p95 = quantile(times, 0.95)
    console.print(
        f"{len(tried)} weeks (and {len(answers) - len(tried)} refused): proven {sum(a.proven for a in tried)}, "
        f"median {statistics.median(times):.2f} s, p95 {p95:.2f} s, worst {times[-1]:.2f} s"
    )
    for a in tried:
        if a.outcome != "solved" or not a.proven:
            proven = "proven" if a.proven else "NOT proven"
            console.print(f"  {a.case.name}: {a.outcome}, {proven} {', '.join(a.conflict)}")


def _grouped(answers: list[Answer]) -> dict[tuple[str, str], list[Answer]]:
    found: dict[tuple[str, str], list[Answer]] = {}
    for a in answers:
        found.setdefault((a.case.goal, a.case.calendar), []).append(a)
    return found


def main(part: str = "1/1") -> int:
    """Runs the cases (or every n-th of them, `2/6`); 1 if one was not proven within 10 s."""
    number, parts = (int(n) for n in part.split("/"))
    answers = [answer(case) for n, case in enumerate(cases()) if n % parts == number - 1]
    show(answers, Console(width=120))
    return int(not all(a.proven for a in answers))
