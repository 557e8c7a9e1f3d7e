"""When life happens: the rest of a planned week, with what was done and missed, and as little changed as can be."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import cast

from microcycle.errors import InputError, Path
from microcycle.models.catalogue import catalogue
from microcycle.models.change import Replan, compared, spot
from microcycle.models.clock import DAY_MIN, DAY_NAMES, DAYS, Nights, hhmm, parse_days, week_minute_text, week_text
from microcycle.models.derive import at_length
from microcycle.models.edit import Edit, edited
from microcycle.models.pairing import paired
from microcycle.models.request import Request
from microcycle.models.week import Day, Fact, PlannedSession, Week
from microcycle.solver import anchor, wishes
from microcycle.solver.anchor import Anchor
from microcycle.solver.audit import audit
from microcycle.solver.calendar import key_of
from microcycle.solver.causes import causes
from microcycle.solver.giving import Ways
from microcycle.solver.nearest import nearest
from microcycle.solver.planning import planned
from microcycle.solver.problem import Placed, Problem
from microcycle.solver.questions import said_of, setting
from microcycle.solver.report import fact_of
from microcycle.solver.resolve import resolve
from microcycle.solver.search import INTERRUPTIBLE, Limits
from microcycle.solver.solve import Result, solve


@dataclass(frozen=True)
class News:
    """What happened to a week, as people say it."""

    now: int
    """Minute of the week; what began before is done unless it was missed."""
    missed: Sequence[str] = ()
    """Ids of sessions."""
    done: Sequence[str] = ()
    """`tue-1-easy-run=30 min` where it was of another length, `easy-run=tue 07:00 40 min` where it was not planned."""
    lost: Sequence[str] = ()
    """Days without time from now on."""
    added: Sequence[str] = ()
    """Sessions that are fixed from now on: `easy-run=sat 08:00`."""
    settings: Sequence[str] = ()
    """What the file says otherwise."""


def replanned(request: Request, week: Week, news: News, limits: Limits, *, moves: int | None = None) -> Replan:
    """The rest of the week: fewest changes behind the key sessions, then least movement, then as planned before.

    With `moves`, instead the best week that changes so many sessions at most. Raises InputError for news that cannot be.
    """
    if week.goal != request.spec.goal:
        raise InputError(request.document.name, f"the week was planned for {week.goal}", expected="a week of this file")
    stated = resolve(request, catalogue())
    gone, over, ahead = _told_apart(week, news, stated.nights)
    edits = [Edit(("now",), week_minute_text(news.now))]
    unplanned = [text for text in news.done if "=" in text and not _is_id(text, ())]
    edits.append(
        Edit(("done",), [*(_sighting(s, news.done) for s in over), *(_fixed(s, "day", "start") for s in unplanned)])
    )
    said: dict[Path, str] = {("done", n): f"--done {text}" for n, text in enumerate(unplanned, len(over))}
    # The week knows what was missed before it was planned anew, the file's own included.
    before = [m.model_dump() for m in week.missed] or request.document.get(("missed",)) or ()
    edits.append(Edit(("missed",), [*before, *(_missed(s) for s in gone)]))
    lost = {day for text in news.lost for day in _days(text, news.now)}
    edits += [Edit(("availability", key_of(request, day)), "none") for day in sorted(lost)]
    # What was fixed on a lost day is free to stand on another.
    free = {pin.path[1] for pin in stated.pins if set(pin.days) <= lost}
    kept = [pin for n, pin in enumerate(request.document.get(("pinned",)) or ()) if n not in free]
    if free or news.added:
        edits.append(Edit(("pinned",), [*kept, *(_pin(text, news.now) for text in news.added)]))
        said |= {("pinned", n): f"--add {text}" for n, text in enumerate(news.added, len(kept))}
    settings = [setting(request, text) for text in news.settings]
    other = edited(request, [*edits, *settings], {**said, **said_of(settings, news.settings)})
    problem, key = _key_level(other, limits)
    strict = None
    if key.outcome == "infeasible" and (aims := _aims(other, {edit.path for edit in settings})):
        # What is left of the week cannot hold all that the file counts on: as much of it as can be.
        strict, other = problem, edited(other, aims)
        problem, key = _key_level(other, limits)
    old = Anchor(tuple(_placed(problem, session) for session in ahead if problem.kinds[session.session].counts))
    if moves is not None:
        held = replace(old, changes=moves)
        after = planned(other, limits, problem=replace(problem, anchor=held), near=old)
        eased = _eased(request, strict, after) if strict else ()
        return _document(week, after, held, problem, ahead, gone, news.now, eased=eased, proven=key.proven)
    proven, held = key.proven, old
    if key.outcome == "solved":
        # Without loss on the key level.
        first = replace(problem, levels=problem.levels[:1])
        if (least := nearest(first, old, key.levels, limits, hours=True)) is not None:
            held, proven = replace(old, changes=least.changes, minutes=least.minutes), proven and least.proven
    after = planned(other, limits, problem=replace(problem, anchor=held), repairs=True)
    eased = _eased(request, strict, after) if strict else ()
    return _document(week, after, held, problem, ahead, gone, news.now, eased=eased, proven=proven)


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


# -- what is told ------------------------------------------------------------------------------------------------------


def _told_apart(
    week: Week, news: News, nights: Nights
) -> tuple[list[PlannedSession], list[PlannedSession], list[PlannedSession]]:
    """Sessions that were missed, that are over, and that are still ahead."""
    known = {session.id: session for session in week.sessions}
    for name in (*news.missed, *(text.partition("=")[0].strip() for text in news.done if _is_id(text, known))):
        if name not in known:
            raise InputError(f"'{name}'", "the week has no such session", expected=f"one of {', '.join(known)}")
    for text in news.done:
        if text.partition("=")[0].strip() in news.missed:
            raise InputError(f"'{text}'", "this session is said to be missed as well", expected="one or the other")
    gone = [session for session in week.sessions if session.id in news.missed]
    rest = [session for session in week.sessions if session.id not in news.missed]
    over = [session for session in rest if nights.minute(*spot(session)) < news.now]
    return gone, over, [session for session in rest if session not in over]


def _is_id(text: str, known: Iterable[str]) -> bool:
    name, sign, _ = text.partition("=")
    return not sign or name.strip() in known or name.strip()[:4] in {f"{day}-" for day in DAYS}


def _sighting(session: PlannedSession, done: Sequence[str]) -> dict[str, object]:
    day, start, minutes = session.day, session.start, session.minutes
    for text in done:
        name, sign, told = text.partition("=")
        if name.strip() == session.id and sign:
            asked = wishes.read(f"{session.session}={told}")
            day = cast(Day, DAYS[asked.days[0]]) if asked.days else day
            start = start if asked.start is None else hhmm(asked.start)
            minutes = asked.minutes or minutes
    found = {"session": session.session, "day": day, "minutes": minutes, "visit": session.visit}
    return {**found, "start": start} if start else found


def _missed(session: PlannedSession) -> dict[str, object]:
    return {"session": session.session, "day": session.day, "minutes": session.minutes}


def _pin(text: str, now: int) -> dict[str, object]:
    asked, found = wishes.read(text), _fixed(text, "day")
    last = max(asked.days or (0,)) * DAY_MIN + (DAY_MIN if asked.start is None else asked.start)
    if last < now:
        raise InputError(f"'{text}'", "this is over", expected=f"a time after {week_minute_text(now)}, or --done")
    return found


def _fixed(text: str, *needed: str) -> dict[str, object]:
    """`easy-run=sat 08:00 45 min` as the file has it. Raises InputError."""
    asked = wishes.read(text)
    found: dict[str, object] = {"session": asked.key}
    if asked.days:
        found["day"] = [DAYS[day] for day in asked.days]
    if asked.start is not None:
        found["start"] = hhmm(asked.start)
    if asked.minutes:
        found["minutes"] = asked.minutes
    missing = [name for name in needed if name not in found]
    if missing or asked.number:
        raise InputError(f"'{text}'", "this says not when", expected="SESSION=DAY HOUR such as easy-run=sat 08:00")
    return found


def _days(text: str, now: int) -> tuple[int, ...]:
    try:
        days = parse_days(text)
    except ValueError as error:
        raise InputError.of(f"--lost {text}", error) from None
    if over := [day for day in days if (day + 1) * DAY_MIN <= now]:
        expected = "a day that is still to come; what did not happen is told with --missed"
        raise InputError(f"--lost {text}", f"{DAY_NAMES[over[0]]} is over at {week_text(now)}", expected=expected)
    return days


def _placed(problem: Problem, session: PlannedSession) -> Placed:
    kind, day = at_length(problem.kinds[session.session], session.minutes), DAYS.index(session.day)
    start = None if session.start is None else problem.nights.minute(*spot(session))
    return Placed(kind, session.minutes, day, start, session.visit, session.finisher)


# -- the answer --------------------------------------------------------------------------------------------------------


def _document(
    before: Week,
    after: Week,
    held: Anchor,
    problem: Problem,
    ahead: Sequence[PlannedSession],
    gone: Sequence[PlannedSession],
    now: int,
    *,
    eased: tuple[Fact, ...],
    proven: bool,
) -> Replan:
    week = _renamed(after, ahead).model_copy(update={"revision": before.revision + 1})
    told = compared("", before, week, comparable=False)
    # What is over is no plan's to give up or to win.
    for side in ("came", "went"):
        told[side] = tuple(m for m in told[side] if not m.where or any(DAYS.index(d) >= now // DAY_MIN for d in m.where))
    pieces = [_placed(problem, s) for s in week.sessions if not s.done and problem.kinds[s.session].counts]
    changes, _, minutes = anchor.distance(held, pieces)
    return Replan(
        **{**told, "proven": proven and after.proven},
        missed=tuple(session.id for session in gone),
        eased=eased,
        changes=changes,
        minutes_moved=minutes,
    )


def _renamed(week: Week, ahead: Sequence[PlannedSession]) -> Week:
    """Sessions that were planned before keep their ids, wherever they stand now."""
    names: dict[int, str] = {}
    new = [n for n, session in enumerate(week.sessions) if not session.done]
    for kind in {session.session for session in ahead}:
        mine = [session for session in ahead if session.session == kind]
        theirs = [n for n in new if week.sessions[n].session == kind]
        for i, j in paired([spot(s) for s in mine], [spot(week.sessions[n]) for n in theirs]):
            names[theirs[j]] = mine[i].id
    taken = set(names.values())
    sessions = []
    for n, session in enumerate(week.sessions):
        name = names.get(n)
        if name is None:
            copies = (session.id, *(f"{session.id}-{k}" for k in range(2, 30)))
            name = next(text for text in copies if text not in taken)
        taken.add(name)
        sessions.append(session.model_copy(update={"id": name}))
    return week.model_copy(update={"sessions": tuple(sessions)})
