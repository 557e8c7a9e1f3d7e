"""Turns a training goal, a calendar and a rulebook into the provably best week of running and lifting."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from microcycle.errors import AuditError, InputError, MicrocycleError

if TYPE_CHECKING:
    from microcycle.models.reading import Document
    from microcycle.models.request import Request
    from microcycle.models.week import Check, Week

__version__ = "0.1.0"
__all__ = [
    "AuditError",
    "Check",
    "InputError",
    "MicrocycleError",
    "Request",
    "Week",
    "__version__",
    "audit",
    "load_request",
    "plan_week",
]
_ELSEWHERE = {
    "Check": "microcycle.models.week",
    "Request": "microcycle.models.request",
    "Week": "microcycle.models.week",
}


def __getattr__(name: str) -> Any:
    """Models on demand: pydantic takes longer to import than `microcycle --help` takes to run."""
    if name in _ELSEWHERE:
        from importlib import import_module

        return getattr(import_module(_ELSEWHERE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load_request(source: str | Path | Mapping[str, Any]) -> Request:
    """A constraints file (YAML, TOML or JSON; `-` is standard input), or the same as a mapping.

    Raises InputError, which names file, line, column, what was expected and the nearest valid name.
    """
    from microcycle.models import reading

    made = reading.Document("request", dict(source), {}, {}) if isinstance(source, Mapping) else None
    document = made or reading.read(cast("str | Path", source))
    from microcycle.models.request import Request, RequestSpec  # behind complaints that need no model to be loaded

    return Request(reading.validate(document, RequestSpec), document)


def plan_week(
    request: Request,
    *,
    seconds: float | None = None,
    work: float | None = None,
    verify: bool = False,
    repairs: bool = True,
    stats: bool = False,
) -> Week:
    """The best week of a request, or the proof that there is none; look at `outcome` and `proven`.

    Where there is none, the document says what cannot all hold, and with `repairs` what would help.

    `seconds` on the wall and `work` in the solver's deterministic time limit the search (120 and 60 if not given);
    `verify` proves the answer a second time with presolve off; `stats` adds timings. Raises InputError for a request
    that cannot be meant and AuditError if the week fails its own audit, which is a bug of ours.
    """
    from microcycle.models.catalogue import catalogue
    from microcycle.solver.report import week_of
    from microcycle.solver.resolve import resolve

    problem = resolve(request, catalogue())
    # Only here, behind every complaint about the file: the solver takes longer to import than most weeks to solve.
    from microcycle.solver.guarded import Budget
    from microcycle.solver.repair import explained
    from microcycle.solver.search import TUNED, Limits
    from microcycle.solver.solve import solve

    given = {"seconds": seconds, "deterministic": work}
    limits = Limits(**{name: value for name, value in given.items() if value is not None})
    until = time.perf_counter() + limits.seconds
    # CP-SAT's own handler swallows an interrupt and goes on; Python's at least tells the caller afterwards.
    interruptible = {"catch_sigint_signal": False}
    result = solve(problem, limits, parameters=interruptible, verify=verify)
    why = None
    if result.outcome == "infeasible":
        why = explained(request, Budget(limits.deterministic, until, {**TUNED, **interruptible}), repairs=repairs)
    return week_of(request, problem, result, why, stats=stats)


def audit(request: Request, week: Week | Document | str | Path | Mapping[str, Any] | None = None) -> Check:
    """Judges a week by the request's rules: a planned Week, its JSON file, or a week by hand (file or mapping).

    Without `week`, the one that the request's own file holds under `week:`. Raises InputError. Never loads the
    solver.
    """
    from microcycle.models import reading
    from microcycle.models.catalogue import catalogue
    from microcycle.models.week import Week
    from microcycle.solver.audit import audit as judge
    from microcycle.solver.handmade import EXPECTED, read_week
    from microcycle.solver.report import check_of
    from microcycle.solver.resolve import resolve

    problem = resolve(request, catalogue(), hours="any")
    path: tuple[str | int, ...] = ()
    if week is None:
        document, path = request.document, ("week",)
        if request.spec.week is None:
            reading.fail(document, (), "the file holds no week to check", expected=f"{EXPECTED}, or a second file")
    elif isinstance(week, Week):
        document = reading.Document("week", week.model_dump(mode="json"), {}, {})
    elif isinstance(week, Mapping):
        document = reading.Document("week", dict(week), {}, {})
    elif isinstance(week, reading.Document):
        document = week
    else:
        document = reading.read(week)
    pieces = read_week(document, problem, request, path)
    return check_of(request, problem, pieces, judge(problem, pieces))
