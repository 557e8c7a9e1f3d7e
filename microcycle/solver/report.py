"""From the solver's answer, or an audit, to the documents that people and programs read."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

from microcycle.models.catalogue import catalogue
from microcycle.models.clock import DAY_MIN, DAYS, hhmm
from microcycle.models.planned import Day, FreeTime, MissedSession, PlannedSession, SessionStep
from microcycle.models.request import Request, dated
from microcycle.models.session import Circuit, Exercise, PlannedStep, Repeats
from microcycle.models.week import (
    Check,
    Fact,
    FileChange,
    FileEdit,
    LevelResult,
    Measures,
    Offer,
    Repair,
    RepairSession,
    RuleMatch,
    SolveStats,
    Week,
)
from microcycle.solver.around import aims, gaps
from microcycle.solver.audit import Audit, Match
from microcycle.solver.measures import Measures as Figures
from microcycle.solver.measures import measures
from microcycle.solver.nutrition import nutrition
from microcycle.solver.problem import Placed, Problem
from microcycle.solver.underway import missed
from microcycle.solver.view import WeekView, in_time_order

if TYPE_CHECKING:
    from microcycle.solver.causes import Cause
    from microcycle.solver.repair import Change, Explained
    from microcycle.solver.repair import Repair as Mended
    from microcycle.solver.solve import Result

DISCLAIMER = "This is a plan from general rules, no medical advice: with pain, illness or doubt, ask a professional."
UNTIMED = "Some sessions have no time of day: gaps and order on their day, and their hours, were not judged."


def week_of(
    request: Request, problem: Problem, result: Result, explained: Explained | None = None, *, stats: bool = False
) -> Week:
    """The document of a planned week, or of why there is none; `stats` adds timings, which differ from run to run."""
    known = [[fact_of(request, cause) for cause in found.causes] for found in (explained.conflicts if explained else ())]
    pieces = in_time_order(result.pieces)
    sessions = _sessions(request, problem, pieces)
    solved = result.outcome == "solved"
    figures = measures(problem, pieces) if solved else None
    view = WeekView(problem, pieces)
    limit = None if result.proven else "clock" if result.stats.wall_limit_hit else "work"
    return Week(
        id=_hash(request, sessions),
        outcome=result.outcome,
        proven=result.proven,
        verified=result.verified,
        limit=cast(Any, limit),
        **_heading(request, problem),
        timezone=request.spec.athlete.timezone,
        easy_pace_s_per_km=problem.seconds_per_km or None,
        windows=_free(problem),
        sessions=sessions,
        missed=tuple(
            MissedSession(session=p.kind.id, day=cast(Day, DAYS[p.day]), minutes=p.minutes)
            for p in missed(request, problem.kinds, problem.nights)
        ),
        rest_days=_days(figures.rest_days) if figures else (),
        measures=_measures(problem, figures) if figures else None,
        levels=tuple(
            LevelResult(name=v.level, value=v.value, bound=v.bound, proven=v.proven) for v in result.levels
        ),
        matches=tuple(match_of(request, match) for match in in_order(problem, result.audit.matches if result.audit else ())),
        aims=aims(problem, view, sessions) if solved else (),
        gaps=gaps(problem, view, sessions) if solved else (),
        conflict=tuple(known[0]) if known else (),
        conflicts_found=explained.known if explained else 0,
        other_conflict=tuple(known[1]) if len(known) > 1 else (),
        repairs=tuple(_repair(repair) for repair in explained.repairs) if explained else (),
        assumptions=problem.assumptions,
        offers=_offers(problem) if solved else (),
        nutrition=nutrition(
            request.spec.athlete.bodyweight, figures.minutes, deficit=problem.goal == "fat-loss"
        ) if figures and problem.figures and request.spec.athlete.bodyweight else (),
        disclaimer=DISCLAIMER,
        stats=_stats(result) if stats else None,
    )  # fmt: skip


def check_of(request: Request, problem: Problem, pieces: Sequence[Placed], audit: Audit) -> Check:
    """The document of an audited week."""
    pieces = in_time_order(pieces)
    figures = measures(problem, pieces)
    return Check(
        **_heading(request, problem),
        legal=not audit.hard,
        sessions=_sessions(request, problem, pieces),
        rest_days=_days(figures.rest_days),
        measures=_measures(problem, figures),
        levels=audit.levels,
        matches=tuple(match_of(request, match) for match in in_order(problem, audit.matches)),
        assumptions=(*problem.assumptions, *((UNTIMED,) if audit.untimed else ())),
        disclaimer=DISCLAIMER,
    )


def fact_of(request: Request, cause: Cause) -> Fact:
    """A cause of a conflict as it is told."""
    day = None if cause.day is None else cast(Day, DAYS[cause.day])
    source = request.document.cite(cause.path) if cause.path else None
    return Fact(text=cause.text, source=source, rule=cause.rule, day=day)


def _repair(made: Mended) -> Repair:
    return Repair(
        changes=tuple(_change(change) for change in made.changes),
        sessions=tuple(
            RepairSession(day=s.day, start=s.start, session=s.session, short=s.short, minutes=s.minutes)
            for s in _sessions(made.request, made.problem, in_time_order(made.result.pieces))
        ),
        proven=made.result.proven,
    )


def _change(change: Change) -> FileChange:
    rule = catalogue().rules.get(change.cause.rule or "")
    return FileChange(
        text=change.text,
        gives_up=change.cause.standing,
        rule=change.cause.rule,
        why=f"{rule.why} ({', '.join(rule.sources)})" if rule and change.cause.path is None else None,
        edits=tuple(FileEdit(path=edit.path, value=edit.value, remove=edit.remove) for edit in change.edits),
    )


def _heading(request: Request, problem: Problem) -> dict[str, Any]:
    return {
        "athlete": request.spec.athlete.name,
        "goal": problem.goal,
        "goal_name": catalogue().goals[problem.goal].name,
        "primary": problem.primary,
        "week_of": request.monday,
        "advice": problem.advice,
        "distance_unit": _distance_unit(request),
    }


def _free(problem: Problem) -> tuple[FreeTime, ...]:
    """The windows of the file, also where a part of the week is over."""
    windows = {(window.open, window.close) for window in problem.stated or problem.windows}
    return tuple(FreeTime(open_min=start, close_min=end) for start, end in sorted(windows))


def _distance_unit(request: Request) -> str:
    """Miles for those who write their pace in miles."""
    return "mi" if re.search(r"m[il]", str(request.document.get(("athlete", "easy_pace")))) else "km"


def _hash(request: Request, sessions: Sequence[PlannedSession]) -> str:
    """Of the request's meaning, not of its spelling: key order, comments, names and spelled-out defaults change nothing."""
    unmeant: Any = {"week": True, "athlete": {"name"}, "pinned": {"__all__": {"note"}}}
    asked = request.spec.model_dump(mode="json", exclude=unmeant, exclude_defaults=True)
    got = [{name: getattr(s, name) for name in ("day", "session", "start", "minutes", "visit")} for s in sessions]
    asked = {name: value for name, value in asked.items() if value != {}}
    text = json.dumps([asked, got], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _sessions(request: Request, problem: Problem, pieces: Iterable[Placed]) -> tuple[PlannedSession, ...]:
    """In time order, visits of each day numbered from 1 again whatever they were called before."""
    found: list[PlannedSession] = []
    visits: dict[int, list[int]] = {}
    seen: Counter[str] = Counter()
    for placed in pieces:
        order = visits.setdefault(placed.day, [])
        if placed.visit not in order:
            order.append(placed.visit)
        visit = order.index(placed.visit) + 1
        day, kind = DAYS[placed.day], placed.kind
        name = f"{day}-{visit}-{kind.id}"
        seen[name] += 1
        content = kind.content(placed.minutes)
        whole = f"{placed.minutes} min {placed.label}"
        when = dated(request, placed.day)
        pin = None if placed.pin is None else problem.pins[placed.pin]
        known = problem.seconds_per_km and kind.modality == "run"
        found.append(
            PlannedSession(
                id=name if seen[name] == 1 else f"{name}-{seen[name]}",
                day=cast(Day, day),
                date=None if when is None else when.isoformat(),
                session=kind.id,
                name=_capital(placed.label) or kind.name,
                short=placed.label or kind.short,
                modality=kind.modality,
                start=None if placed.start is None else hhmm(placed.start % DAY_MIN),
                end=None if placed.end is None else hhmm(placed.end - placed.day * DAY_MIN),
                start_min=placed.start,
                minutes=placed.minutes,
                visit=visit,
                pinned=pin is not None,
                done=placed.done,
                finisher=placed.finisher,
                note=pin.note if pin else "",
                distance_m=problem.value("metres", None, placed.piece) if known else None,
                # What goes by another name is somebody else's, and only counts as the kind.
                content=whole if placed.label else content.text,
                steps=(SessionStep(do="steady", text=whole, seconds=60 * placed.minutes),)
                if placed.label
                else tuple(_step(step) for step in content.steps),
            )
        )
    return tuple(found)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _step(planned: PlannedStep) -> SessionStep:
    step = planned.step
    more: dict[str, Any] = {}
    if isinstance(step, Repeats):
        more = {"effort": step.work, "repeats": planned.amount, "work_s": step.work_s, "recovery_s": step.recovery_s}
    elif isinstance(step, Exercise):
        more = {"exercise": step.name, "sets": planned.amount, "reps": step.reps, "load": step.load or None}
    elif isinstance(step, Circuit):
        stations = tuple(station.name for station in step.stations)
        more = {"repeats": planned.amount, "work_s": step.work_s, "recovery_s": step.rest_s, "stations": stations}
    else:
        more = {"effort": step.effort}
    return SessionStep(do=step.do, text=planned.text, seconds=planned.seconds, **more)


def _days(days: Iterable[int]) -> tuple[Day, ...]:
    """Names of days; last week's and the copy's stand for the same weekday, each named once."""
    return cast(tuple[Day, ...], tuple(dict.fromkeys(DAYS[day % 7] for day in days)))


def _measures(problem: Problem, figures: Figures) -> Measures:
    return Measures(
        minutes={**figures.minutes, "total": figures.all_minutes},
        sessions={**figures.sessions, "total": figures.all_sessions},
        distance_m=dict(figures.metres) if problem.seconds_per_km else {},
        hard_days=_days(figures.hard_days),
        easy_share=None if figures.easy_share is None else round(float(figures.easy_share), 3),
        load=figures.load,
        load_by_day=figures.daily_load,
        monotony=None if figures.monotony is None else round(figures.monotony, 2),
        strain=None if figures.strain is None else round(figures.strain),
        sets={cast(Any, muscle): halves / 2 for muscle, halves in figures.half_sets.items()},
        longest_run=figures.longest_run_min,
    )


def in_order(problem: Problem, matches: Iterable[Match]) -> list[Match]:
    """Hard ones first; then by level in the goal's order, within it the rule that costs most in all."""
    matches = list(matches)
    totals: Counter[tuple[str, str]] = Counter()
    for match in matches:
        totals[match.instance.level, match.instance.rule.id] += match.cost

    def order(match: Match) -> tuple[object, ...]:
        instance = match.instance
        at = problem.levels.index(instance.level) if instance.level in problem.levels else len(problem.levels)
        total = totals[instance.level, instance.rule.id]
        return (
            not instance.hard,
            at,
            -total,
            instance.rule.id,
            match.finding.days,
            -match.cost,
            instance.index,
            match.text,
        )

    return sorted(matches, key=order)


def match_of(request: Request, match: Match) -> RuleMatch:
    """A match as the document has it."""
    return RuleMatch(
        rule=match.instance.rule.id,
        severity="hard" if match.instance.hard else "soft",
        amount=match.finding.amount,
        where=_days(match.finding.days),
        text=match.text,
        tier=match.instance.severity,
        level=match.instance.level,
        cost=match.cost,
        source=None if match.instance.path is None else request.document.cite(match.instance.path),
    )


def _offers(problem: Problem) -> tuple[Offer, ...]:
    policies = catalogue().policies
    return tuple(
        Offer(policy=name, value=value, text=policies[name].values[value].about)
        for name, value in problem.offers
        if problem.policies.get(name) != value
    )


def _stats(result: Result) -> SolveStats:
    stats = result.stats
    return SolveStats(
        seconds={name: round(value, 4) for name, value in stats.seconds.items()},
        deterministic=round(stats.deterministic, 4),
        variables=stats.variables,
        constraints=stats.constraints,
        solves=tuple(dict(solve) for solve in stats.solves),
    )
