"""What a worker does: some questions in, for each the text of its answer out, whatever happens."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from microcycle.batch.row import Fault
from microcycle.errors import InputError
from microcycle.models.catalogue import catalogue
from microcycle.models.facts import sentences
from microcycle.models.reading import Document, validate
from microcycle.models.request import Request, RequestSpec
from microcycle.models.week import Week

ASK_FIRST = "Ask your clinician first."
"""What is left of advice where nothing personal is to be told."""
Asked = tuple[Mapping[str, Any], int | None]
"""A row's request, and its line."""


@dataclass(frozen=True)
class Settings:
    """How each athlete's week is solved."""

    work: float = 60.0
    """Deterministic time."""
    seconds: float = 120.0
    own_rules: bool = True
    """Rules and sessions of the athletes' own are heeded."""
    repairs: bool = False
    personal: bool = True
    """Names, notes and what concerns health stand in the answer."""


class Answer(NamedTuple):
    """What is known of one athlete's week."""

    outcome: str
    """solved, infeasible, unknown, invalid or crashed."""
    head: str
    """JSON of an object: a fault, the rules that the week breaks, what is in conflict."""
    week: str | None
    """The week's document in JSON, where there is one."""
    seconds: float
    memory_mb: int = 0
    """Most that the worker has had so far."""


def solve(asked: Sequence[Asked], settings: Settings) -> list[Answer]:
    """The answers in order. Raises nothing: what cannot be answered is told so."""
    found = [_solved(request, line, settings) for request, line in asked]
    peak = peak_mb()
    return [answer._replace(memory_mb=peak) for answer in found]


def peak_mb() -> int:
    """Most memory that this process has had, 0 where the system does not tell."""
    try:
        # Unlike the system's own figure, this one does not begin with what the parent process had.
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(status.partition("VmHWM:")[2].split()[0]) >> 10
    except (OSError, ValueError, IndexError):
        pass
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _solved(request: Mapping[str, Any], line: int | None, settings: Settings) -> Answer:
    from microcycle.solver.planning import planned  # the driver, which imports this module as well, needs no solver
    from microcycle.solver.search import Limits

    began = time.perf_counter()
    try:
        if not settings.own_rules:
            _refuse_own(request)
        document = Document("request", dict(request), {}, {})
        spec = validate(document, RequestSpec)
        week = planned(Request(spec, document), Limits(settings.work, settings.seconds), repairs=settings.repairs)
        return _answer(week, settings, time.perf_counter() - began)
    except InputError as error:
        fault = Fault.of(error, line)
        return failed("invalid", fault if settings.personal else unquoted(fault), time.perf_counter() - began)
    except MemoryError:
        fault = Fault("memory", "the worker's memory did not suffice")
    except Exception as error:  # a bug of ours is one athlete's, not the roster's
        fault = Fault("bug", f"{type(error).__name__}: {' '.join(str(error).split())[:300]}")
    return failed("crashed", fault, time.perf_counter() - began)


def failed(outcome: str, fault: Fault, seconds: float = 0.0) -> Answer:
    """The answer of an athlete without a week."""
    return Answer(outcome, _json({"error": fault.told()}), None, seconds)


def unquoted(fault: Fault) -> Fault:
    """Without what was written there, which may be personal."""
    _, found, expected = fault.message.rpartition("; expected ")
    inner = tuple(unquoted(mistake) for mistake in fault.mistakes)
    return replace(fault, message=f"this cannot be meant{found}{expected if found else ''}", mistakes=inner)


def _refuse_own(request: Mapping[str, Any]) -> None:
    for key in ("rules", "sessions"):
        written = request.get(key)
        for name, value in written.items() if isinstance(written, Mapping) else ():
            if key == "sessions" or _is_rule(value):
                raise InputError("request", f"{key} of one's own are not heeded here: {str(name)[:40]}", path=(key, name))


def _is_rule(value: Any) -> bool:
    return isinstance(value, Mapping) and "family" in value


def _answer(week: Week, settings: Settings, seconds: float) -> Answer:
    outcome = week.outcome if week.proven else "unknown"
    head: dict[str, Any] = {}
    if outcome == "infeasible":
        conflict = sentences(week.conflict, sources=False)
        fault = Fault("infeasible", f"these cannot all hold: {' '.join(conflict)}")
        head = {"error": fault.told(), "conflict": conflict}
    elif outcome == "unknown":
        gaps = [
            {"level": level.name, "value": level.value, "bound": level.bound} for level in week.levels if not level.proven
        ]
        told = "no week was found" if week.outcome == "unknown" else "a better week is not ruled out"
        head = {"error": Fault("limit", f"the limit was reached: {told}").told(), "gap": gaps}
    breaks = Counter(match.rule for match in week.matches)
    head["breaks"] = [{"rule": rule, "count": count} for rule, count in sorted(breaks.items())]
    data = week if settings.personal else _without_person(week)
    return Answer(outcome, _json(head), data.model_dump_json(), seconds)


def _without_person(week: Week) -> Week:
    """Without name, notes, figures on food, which tell the bodyweight, and what tells why care is needed."""
    sessions = tuple(session.model_copy(update={"note": ""}) for session in week.sessions)
    gates = tuple(f"{rule.id} (" for rule in catalogue().gated)
    assumptions = tuple(line for line in week.assumptions if not line.startswith(gates))
    bare = {"athlete": "", "sessions": sessions, "nutrition": (), "assumptions": assumptions}
    return week.model_copy(update=bare | ({"advice": (ASK_FIRST,)} if week.advice else {}))


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)
