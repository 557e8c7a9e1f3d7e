"""When life happens: the rest of a planned week, with what was done and missed, and as little changed as can be."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from microcycle.errors import InputError, Path
from microcycle.models.catalogue import catalogue
from microcycle.models.change import Replan, compared
from microcycle.models.clock import DAY_MIN, DAYS, parse_week_minute
from microcycle.models.derive import at_length
from microcycle.models.edit import Edit, edited
from microcycle.models.lineage import follow
from microcycle.models.planned import PlannedSession
from microcycle.models.request import Request
from microcycle.models.week import Fact, Week
from microcycle.solver import anchor
from microcycle.solver.anchor import Anchor
from microcycle.solver.audit import audit
from microcycle.solver.causes import causes
from microcycle.solver.giving import Ways
from microcycle.solver.nearest import nearest
from microcycle.solver.news import Begun, News, begun
from microcycle.solver.planning import planned
from microcycle.solver.problem import Placed, Problem
from microcycle.solver.report import fact_of
from microcycle.solver.resolve import resolve
from microcycle.solver.search import INTERRUPTIBLE, Limits
from microcycle.solver.solve import Result, solve


def replanned(request: Request, week: Week, news: News, limits: Limits, *, moves: int | None = None) -> Replan:
    """The rest of the week: fewest changes behind the key sessions, then least movement, then as planned before.

    With `moves`, instead the best week that changes so many sessions at most. Walks and the like, which count for nothing,
    stay where they are as far as the rest lets them. Raises InputError for news that cannot be.
    """
    if week.goal != request.spec.goal:
        raise InputError(request.document.name, f"the week was planned for {week.goal}", expected="a week of this file")
    this = begun(request, week, news)
    other = this.request
    problem, key = _key_level(other, limits)
    strict = None
    if key.outcome == "infeasible" and (aims := _aims(other, this.new)):
        # What is left of the week cannot hold all that the file counts on: as much of it as can be.
        strict, other = problem, edited(other, aims)
        problem, key = _key_level(other, limits)
    every = Anchor(tuple(_placed(problem, session) for session in this.ahead), every=True)
    old = Anchor(tuple(piece for piece in every.sessions if piece.kind.counts))
    proven = key.proven
    held: tuple[Anchor, ...] = (old if moves is None else replace(old, changes=moves),)
    if moves is None and key.outcome == "solved":
        # Without loss on the key level.
        first = replace(problem, levels=problem.levels[:1])
        if (least := nearest(first, old, key.levels, limits, hours=True)) is not None:
            held, proven = (replace(old, changes=least.changes, hours=least.hours),), proven and least.proven
            if len(every.sessions) > len(old.sessions):
                rest = nearest(replace(first, anchors=held), every, key.levels, limits, hours=False)
                held = (*held, replace(every, changes=rest.changes)) if rest is not None else held
    after = planned(other, limits, problem=replace(problem, anchors=held), repairs=moves is None, near=every)
    eased = _eased(request, strict, after) if strict else ()
    return _document(week, after, held[0], problem, this, eased=eased, proven=proven)


def _key_level(request: Request, limits: Limits) -> tuple[Problem, Result]:
    """The problem of what is left of the week, and the best that its first level can come to."""
    problem = resolve(request, catalogue())
    first = replace(problem, levels=problem.levels[:1])
    return problem, solve(first, limits, parameters=INTERRUPTIBLE, lazy=False)


def _aims(request: Request, new: Collection[Path]) -> list[Edit]:
    """What the file wants at least, as an aim: it counts, and no longer must be. What is `new` is meant as it is said."""
    ways = Ways(request, resolve(request, catalogue()))
    return [
        ways.as_aim(("want", key), want.max)
        for key, want in request.spec.want.items()
        if want.min and ("want", key) not in new
    ]


def _eased(request: Request, strict: Problem, after: Week) -> tuple[Fact, ...]:
    """What the file wants and the rest of the week cannot give."""
    broken = {match.instance.index for match in audit(strict, [_placed(strict, s) for s in after.sessions]).hard}
    wanted = [cause for cause in causes(strict, request) if cause.standing == "own count"]
    return tuple(fact_of(request, c) for c in wanted if any(instance.index in broken for instance in c.instances))


def _placed(problem: Problem, session: PlannedSession) -> Placed:
    kind, day = at_length(problem.kinds[session.session], session.minutes), DAYS.index(session.day)
    return Placed(kind, session.minutes, day, session.start_min, session.visit, session.finisher)


# -- the answer --------------------------------------------------------------------------------------------------------


def _document(
    before: Week, after: Week, held: Anchor, problem: Problem, this: Begun, *, eased: tuple[Fact, ...], proven: bool
) -> Replan:
    week = follow(before, after, {session.id for session in this.missed}).model_copy(update={"news": this.told})
    told = compared("", before, week, comparable=False)
    today = parse_week_minute(this.told.now) // DAY_MIN
    for side in ("came", "went"):
        # What is over is no plan's to give up or to win.
        told[side] = tuple(m for m in told[side] if not m.where or any(DAYS.index(day) >= today for day in m.where))
    # Whoever asks for them gets a week that is near to the one before, which theirs is not.
    told["repairs"] = tuple(repair.model_copy(update={"sessions": ()}) for repair in after.repairs)
    pieces = [_placed(problem, s) for s in week.sessions if not s.done and problem.kinds[s.session].counts]
    changes, _, hours = anchor.distance(held, pieces) if after.outcome == "solved" else (None, 0, None)
    return Replan(
        **{**told, "proven": proven and after.proven},
        missed=tuple(session.id for session in this.missed),
        eased=eased,
        changes=changes,
        hours_moved=hours,
    )
