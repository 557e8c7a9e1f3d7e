"""When life happens: the rest of a planned week, with what was done and missed, and as little changed as can be."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from microcycle.errors import InputError
from microcycle.models.catalogue import catalogue
from microcycle.models.change import Replan, compared
from microcycle.models.change import begun as begun_changes
from microcycle.models.clock import DAY_MIN, DAYS, parse_week_minute
from microcycle.models.edit import edited
from microcycle.models.lineage import follow
from microcycle.models.request import Request
from microcycle.models.rule import Level
from microcycle.models.week import Fact, Week
from microcycle.solver import anchor, illness
from microcycle.solver.anchor import Anchor
from microcycle.solver.audit import audit
from microcycle.solver.causes import causes
from microcycle.solver.inforce import rule_changes
from microcycle.solver.nearest import nearest
from microcycle.solver.news import Begun, News, aims, begun, given_way, placed
from microcycle.solver.pins import assigned, serves
from microcycle.solver.planning import planned
from microcycle.solver.problem import Pin, Placed, Problem
from microcycle.solver.report import fact_of
from microcycle.solver.resolve import resolve
from microcycle.solver.search import INTERRUPTIBLE, Limits
from microcycle.solver.solve import Result, solve


def replanned(request: Request, week: Week, news: News, limits: Limits, *, moves: int | None = None) -> Replan:
    """The rest of the week: as it was planned where it can stay so, else fewest changes behind the key sessions, then least
    movement, then as planned before.

    With `moves`, instead the best week that changes so many sessions at most. Nothing that is left becomes longer, and
    nothing is added, but for what the news ask for and a short session after an illness. Walks and the like, which count
    for nothing, stay where they are as far as the rest lets them. Raises InputError for news that cannot be.
    """
    if week.goal != request.spec.goal:
        raise InputError(request.document.name, f"the week was planned for {week.goal}", expected="a week of this file")
    this = begun(request, week, news)
    problem = resolve(this.request, catalogue())
    ahead = [placed(problem, session) for session in this.ahead]
    left = illness.eased(problem, this.request, this.known, ahead)
    this, problem = _unfixed(this, problem, ahead, left.stays)
    every = Anchor(left.stays, every=True)
    old = Anchor(tuple(piece for piece in left.stays if piece.kind.counts))
    only = _only(this, problem, left, ahead)
    # After an illness what can no longer stand where it was is better moved than gone.
    first = problem.levels[: problem.levels.index("counts") + 1 if left.moves else 1]
    yielding = _fixed(problem, left.hasty)
    yielding += [p for p in _displaced(this, problem, [*ahead, *left.stays], len(news.added)) if p not in yielding]
    behind = {day for _, days in illness.after(this.request.spec.ill) for day in days} if left.hasty else set[int]()
    # What is first by its day gives way to something gentle, and if nothing gentle can stand before it, the rest too.
    later = [piece for piece in left.stays if piece.day in behind]
    while yielding and _rest(this, problem, (only,), first, limits).key.outcome == "infeasible":
        this = replace(this, request=given_way(this.request, yielding, ()))
        problem = resolve(this.request, catalogue())
        yielding = _fixed(problem, later)
    if moves is None and not this.asks and not left.moves:
        as_it_was = (replace(old, changes=0, hours=0), replace(every, changes=0, exact=True))
        after = planned(this.request, limits, problem=replace(problem, anchors=as_it_was), near=every)
        if after.outcome == "solved":
            return _document(week, after, problem, this, eased={}, proven=True)
    missed = rule_changes(this.request, catalogue()).get("missed-session")
    rest = _rest(this, problem, (only,), first, limits) if missed is None or not missed.softens else None
    if rest is None or rest.key.outcome == "infeasible":
        rest = _rest(this, problem, (), first, limits)  # only then more than was planned
    problem, proven = rest.problem, rest.key.proven
    held: tuple[Anchor, ...] = (old if moves is None else replace(old, changes=moves),)
    if moves is None and rest.key.outcome == "solved":
        # Without loss on the first levels.
        whole = replace(problem, levels=first)
        if (least := nearest(whole, old, rest.key.levels, limits, hours=True)) is not None:
            held, proven = (replace(old, changes=least.changes, hours=least.hours),), proven and least.proven
            if len(every.sessions) > len(old.sessions):
                near = nearest(_held(whole, held), every, rest.key.levels, limits, hours=False)
                held = (*held, replace(every, changes=near.changes)) if near is not None else held
    after = planned(rest.request, limits, problem=_held(problem, held), repairs=moves is None, near=every)
    eased = _eased(rest.request, rest.strict, after) if rest.strict else {}
    return _document(week, after, problem, this, eased=eased, proven=proven)


def _held(problem: Problem, anchors: Collection[Anchor]) -> Problem:
    return replace(problem, anchors=(*problem.anchors, *anchors))


class _Rest(NamedTuple):
    """What is left of a week as it can be planned."""

    request: Request
    problem: Problem
    key: Result
    """The best that its first levels can come to."""
    strict: Problem | None
    """Where the file counts on more than there is, the problem before some of that became an aim."""


def _rest(this: Begun, problem: Problem, anchors: tuple[Anchor, ...], first: tuple[Level, ...], limits: Limits) -> _Rest:
    """What is left, if need be without all that the file counts on."""
    floors = [edit for key, edit in aims(this.request).items() if tuple(key.split(".", 1)) not in {p[:2] for p in this.new}]
    for edits in ([], floors) if floors else ([],):
        other = edited(this.request, edits) if edits else this.request
        stated = replace(resolve(other, catalogue()) if edits else problem, anchors=anchors)
        key = solve(replace(stated, levels=first), limits, parameters=INTERRUPTIBLE, lazy=False)
        found = _Rest(other, stated, key, problem if edits else None)
        if key.outcome != "infeasible":
            return found
    return found


def _only(this: Begun, problem: Problem, left: illness.Eased, ahead: Sequence[Placed]) -> Anchor:
    """No more than was planned, with what the news ask for; a short session that comes first is one for what was missed."""
    but = this.but(problem)
    missed = [session for session in this.missed if left.adds and DAYS.index(session.day) in this.request.spec.ill]
    most = sum(piece.kind.counts for piece in ahead) + sum(problem.kinds[s.session].counts for s in missed)
    extra = this.extra(problem)
    sessions = (*left.stays, *left.moves, *extra)
    return Anchor(sessions, every=True, only=True, but=but, most=most + len(extra) if left.moves else None)


def _unfixed(this: Begun, problem: Problem, before: Sequence[Placed], after: Sequence[Placed]) -> tuple[Begun, Problem]:
    """What was fixed gives way to an illness, where it would stand before it and not after it: at its hour, if it can."""
    request = given_way(this.request, _fixed(problem, before), after)
    return (this, problem) if request is this.request else (replace(this, request=request), resolve(request, catalogue()))


def _displaced(this: Begun, problem: Problem, planned: Sequence[Placed], added: int) -> list[Pin]:
    """What was fixed, and stood on a day that the news take away: it stands on another of its days, if it can."""
    if not (this.told.lost or this.told.ill) or any(path[0] == "pinned" for path in this.new):
        return []
    before, held = len(this.request.spec.pinned) - added, _fixed(problem, planned)
    return [pin for pin in problem.pins if pin not in held and int(pin.path[1]) < before]


def _fixed(problem: Problem, pieces: Sequence[Placed]) -> list[Pin]:
    """What is fixed and is one of the pieces."""
    return list(assigned(problem.pins, pieces, serves).values())


def _eased(request: Request, strict: Problem, after: Week) -> dict[str, Fact]:
    """What the file or the rulebook wants at least and the rest of the week cannot give, by what it is called there."""
    broken = {match.instance.index for match in audit(strict, [placed(strict, s) for s in after.sessions]).hard}
    found: dict[str, Fact] = {}
    for cause in causes(strict, request):
        key = f"want.{cause.path[1]}" if cause.path is not None and cause.path[0] == "want" else f"rules.{cause.rule}"
        if any(instance.index in broken for instance in cause.instances):
            found[key] = fact_of(request, cause)
    return found


# -- the answer --------------------------------------------------------------------------------------------------------


def _document(
    before: Week, after: Week, problem: Problem, this: Begun, *, eased: Mapping[str, Fact], proven: bool
) -> Replan:
    news = this.told.model_copy(update={"eased": tuple(dict.fromkeys([*this.told.eased, *eased]))})
    missed, ahead = ({session.id for session in some} for some in (this.missed, this.ahead))
    week = follow(before, after, missed, ahead).model_copy(update={"news": news})
    told = compared("", before, week, comparable=False)
    if after.outcome == "solved":
        told["sessions"] = begun_changes(before, week, missed, ahead)
    today = parse_week_minute(this.told.now) // DAY_MIN
    for side in ("came", "went"):
        # What is over is no plan's to give up or to win.
        told[side] = tuple(m for m in told[side] if not m.where or any(DAYS.index(day) >= today for day in m.where))
    # Whoever asks for them gets a week that is near to the one before, which theirs is not.
    told["repairs"] = tuple(repair.model_copy(update={"sessions": ()}) for repair in after.repairs)
    pieces = [placed(problem, s) for s in week.sessions if not s.done and problem.kinds[s.session].counts]
    planned = [placed(problem, session) for session in this.ahead]
    held = Anchor(tuple(piece for piece in planned if piece.kind.counts))
    changes, _, hours = anchor.distance(held, pieces) if after.outcome == "solved" else (None, 0, None)
    return Replan(
        **{**told, "proven": proven and after.proven},
        missed=tuple(session.id for session in this.missed),
        eased=tuple(eased.values()),
        illness=illness.told(this.request),
        advice=illness.GO_ON if this.request.spec.ill else "",
        changes=changes,
        hours_moved=hours,
    )
