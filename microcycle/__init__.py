"""Turns a training goal, a calendar and a rulebook into the provably best week of running and lifting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from microcycle.errors import AuditError, InputError, MicrocycleError, NoWeek

if TYPE_CHECKING:
    from microcycle.models.change import Alternatives, Change, Replan
    from microcycle.models.reading import Document
    from microcycle.models.request import Request
    from microcycle.models.week import Check, Week
    from microcycle.models.why import Cell, Why
    from microcycle.solver.news import News
    from microcycle.solver.search import Limits

__version__ = "0.1.0"
__all__ = [
    "Alternatives",
    "AuditError",
    "Change",
    "Check",
    "InputError",
    "MicrocycleError",
    "News",
    "NoWeek",
    "Replan",
    "Request",
    "Week",
    "Why",
    "__version__",
    "alternatives",
    "audit",
    "compare",
    "load_request",
    "plan_week",
    "replan",
    "what_if",
    "why",
    "why_not",
]
_ELSEWHERE = {
    "Alternatives": "microcycle.models.change",
    "Change": "microcycle.models.change",
    "News": "microcycle.solver.news",
    "Replan": "microcycle.models.change",
    "Why": "microcycle.models.why",
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


def load_request(source: str | Path | Document | Mapping[str, Any]) -> Request:
    """A constraints file (YAML, TOML or JSON; `-` is standard input), read already or not, or the same as a mapping.

    Raises InputError, which names file, line, column, what was expected and the nearest valid name.
    """
    from microcycle.models import reading

    if isinstance(source, reading.Document):
        document = source
    elif isinstance(source, Mapping):
        document = reading.Document("request", dict(source), {}, {})
    else:
        document = reading.read(source)
    from microcycle.models.request import Request, RequestSpec  # behind complaints that need no model to be loaded

    try:
        return Request(reading.validate(document, RequestSpec), document)
    except InputError as error:
        error.others = partial(_others, document, error.mistakes)
        raise


def _others(document: Document, first: list[InputError]) -> list[InputError]:
    """What is wrong in a file beyond its form, found by reading it without what is wrong in that."""
    from microcycle.models.catalogue import catalogue
    from microcycle.solver import mistakes
    from microcycle.solver.resolve import resolve

    return [*first, *mistakes.others(document, first, lambda request: resolve(request, catalogue(), hours="any"))]


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
    from microcycle.solver.resolve import resolve

    problem = resolve(request, catalogue())
    # Only here, behind every complaint about the file: the solver takes longer to import than most weeks to solve.
    from microcycle.solver.planning import planned

    return planned(request, _limits(seconds, work), verify=verify, repairs=repairs, stats=stats, problem=problem)


def why(
    request: Request,
    week: Week | Document | None = None,
    *,
    seconds: float | None = None,
    work: float | None = None,
    seen: Callable[[str, Cell], None] = lambda _short, _cell: None,
) -> Why:
    """The best week, or one that was saved, with its reasons: what holds each session, what another day or rule would cost.

    Limits are for each of the weeks that are solved for it; `seen` is called with a session's short name and a cell of the
    map as it is known. Raises NoWeek where the request has none, InputError for a saved week that breaks its hard rules.
    """
    from microcycle.solver.reasons import why

    return why(request, week, _limits(seconds, work), seen)


def why_not(request: Request, *wishes: str, seconds: float | None = None, work: float | None = None) -> Change:
    """The best week under wishes such as `intervals-vo2=thu`, beside the best week, with its price level by level.

    Where no week is as wished, the change holds the conflict. Raises InputError as `plan_week` does, also for a wish that
    cannot be meant, and NoWeek where the request has none to begin with.
    """
    from microcycle.solver.questions import why_not

    return why_not(request, wishes, _limits(seconds, work))


def what_if(request: Request, settings: Sequence[str], *, seconds: float | None = None, work: float | None = None) -> Change:
    """The best week if the file said otherwise (`availability.thu=none`, `want.lifts=4`) beside the best week as it is.

    Where only one of them has a week, the change says so. Raises InputError for a setting that cannot be.
    """
    from microcycle.solver.questions import what_if

    return what_if(request, settings, _limits(seconds, work))


def alternatives(
    request: Request, number: int = 3, *, within: int = 50, seconds: float | None = None, work: float | None = None
) -> Alternatives:
    """Up to so many weeks with most sessions on other days, as good as the best but for `within` points of convenience.

    Raises NoWeek where the request has none.
    """
    from microcycle.solver.questions import other_weeks

    return other_weeks(request, number, within, _limits(seconds, work))


def replan(
    request: Request,
    week: Week,
    news: News,
    *,
    moves: int | None = None,
    seconds: float | None = None,
    work: float | None = None,
) -> Replan:
    """The rest of a planned week after what happened, with the fewest changes, or with so many `moves` at most.

    Raises InputError for news that cannot be; where no rest of the week is left, the answer says what cannot all hold.
    """
    from microcycle.solver.replan import replanned

    return replanned(request, week, news, _limits(seconds, work), moves=moves)


def compare(before: Week, after: Week) -> Change:
    """What moved from one week to another, and which rules each of them breaks alone."""
    from microcycle.models.change import change

    alike = [(week.goal, week.missed, week.news) for week in (before, after)]
    return change("", before, after, comparable=alike[0] == alike[1])


def _limits(seconds: float | None, work: float | None) -> Limits:
    from microcycle.solver.search import Limits

    given = {"seconds": seconds, "deterministic": work}
    return Limits(**{name: value for name, value in given.items() if value is not None})


def audit(request: Request, week: Week | Document | str | Path | Mapping[str, Any] | None = None) -> Check:
    """Judges a week by the request's rules: a planned Week, its JSON file, or a week by hand (file or mapping).

    Without `week`, the one that the request's own file holds under `week:`. A week that was planned anew is judged with
    what happened to it. Raises InputError. Never loads the solver, but for the news of such a week.
    """
    from microcycle.models import reading
    from microcycle.models.catalogue import catalogue
    from microcycle.models.week import Week
    from microcycle.solver.audit import audit as judge
    from microcycle.solver.handmade import EXPECTED, read_week
    from microcycle.solver.report import check_of
    from microcycle.solver.resolve import resolve
    from microcycle.solver.underway import as_done

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
    if not path and isinstance(document.data, Mapping) and document.data.get("news"):
        from microcycle.solver.news import standing

        request = standing(request, reading.validate(document, Week))
    problem = resolve(request, catalogue(), hours="any")
    pieces = as_done(problem, read_week(document, problem, request, path))
    return check_of(request, problem, pieces, judge(problem, pieces))
