"""One week beside another: what moved, what was won and what was given up (`microcycle/change/1`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Literal

from pydantic import Field

from microcycle.models.clock import DAY_MIN, DAYS
from microcycle.models.pairing import Spot, paired
from microcycle.models.planned import Part, PlannedSession
from microcycle.models.rule import Level
from microcycle.models.week import Fact, Repair, Report, RuleMatch, Week

CHANGE_SCHEMA: Literal["microcycle/change/1"] = "microcycle/change/1"
REPLAN_SCHEMA: Literal["microcycle/replan/1"] = "microcycle/replan/1"
ALTERNATIVES_SCHEMA: Literal["microcycle/alternatives/1"] = "microcycle/alternatives/1"


class Stand(Part):
    """Where a session stands."""

    day: str
    start: str | None
    minutes: int


class SessionChange(Part):
    """A session that is not where, or as long as, it was; without `before` it is new, without `after` it is gone."""

    session: str
    short: str
    before: Stand | None
    after: Stand | None


class LevelChange(Part):
    """What the two weeks cost in a level, in the goal's order; the first that differs decides which is better."""

    name: Level
    before: int
    after: int


class Compared(Report):
    """What is told of any two weeks."""

    schema_: str = Field(alias="schema")
    question: str
    outcome: Literal["better", "same", "worse", "other", "possible", "infeasible", "unknown"]
    """How the other week compares, by the levels; `other` where it has others, `possible` where only it is a week."""
    proven: bool
    """Both weeks are the best of their kind, or there is provably no other."""
    comparable: bool
    """Both are judged by the same levels and numbers: the difference of a level is a price."""
    levels: tuple[LevelChange, ...]
    sessions: tuple[SessionChange, ...]
    came: tuple[RuleMatch, ...]
    """Rules that only the other week breaks."""
    went: tuple[RuleMatch, ...]
    """Rules that it keeps and the first does not."""
    conflict: tuple[Fact, ...] = ()
    """Where there is no such week: what cannot all hold."""
    repairs: tuple[Repair, ...] = ()
    """What would help then, the cheapest first: further changes of the file, with which there is a week."""
    week: Week | None
    """The other week."""


class Change(Compared):
    """The answer to a question about another week."""

    schema_: Literal["microcycle/change/1"] = Field(default=CHANGE_SCHEMA, alias="schema")


class Replan(Compared):
    """The rest of a week that went otherwise than planned, beside the week that was planned."""

    schema_: Literal["microcycle/replan/1"] = Field(default=REPLAN_SCHEMA, alias="schema")
    missed: tuple[str, ...] = ()
    """Ids of sessions that did not happen; they are taken off the targets and not made up for."""
    eased: tuple[Fact, ...] = ()
    """What the file wants at least and the rest of the week cannot give: it was planned as an aim."""
    illness: tuple[Fact, ...] = ()
    """In a week with days of illness: what follows from them, each with the rule that says so."""
    advice: str = ""
    """After an illness: when to go on, and when not."""
    changes: int | None
    """Sessions still to come that are not as they were planned; walks and the like count for none. None without a week."""
    hours_moved: int | None
    """Between their old and new starts, in all, of those that are neither dropped nor new: 24 from a day to the next,
    and whole hours along the day."""


class Alternatives(Report):
    """Weeks that are really different from the best one, and nearly as good; the best of them first."""

    schema_: Literal["microcycle/alternatives/1"] = Field(default=ALTERNATIVES_SCHEMA, alias="schema")
    within: int
    """Points that they may cost more in convenience; in all else they are as good."""
    week: Week
    """The best week."""
    others: tuple[Change, ...]


def change(question: str, before: Week, after: Week, *, comparable: bool) -> Change:
    """The difference of two weeks; `after` may be one that could not be made."""
    return Change(**compared(question, before, after, comparable=comparable))


def compared(question: str, before: Week, after: Week, *, comparable: bool) -> dict[str, Any]:
    """The fields that are told of any two weeks."""
    found = after.outcome == "solved"
    solved = found and before.outcome == "solved"
    levels = _levels(before, after) if solved else ()
    first = next((level for level in levels if level.before != level.after), None)
    outcome = "same" if levels and before.goal == after.goal else "other"
    if first is not None and outcome == "same":
        outcome = "better" if first.after < first.before else "worse"
    if found and before.outcome == "infeasible":
        outcome = "possible"
    return {
        "question": question,
        "outcome": outcome if found else after.outcome,
        "proven": before.proven and after.proven,
        "comparable": comparable,
        "levels": levels,
        "sessions": tuple(_sessions(before.sessions, after.sessions)) if solved else (),
        "came": _only(after.matches, before.matches) if solved else (),
        "went": _only(before.matches, after.matches) if solved else (),
        "conflict": after.conflict,
        "repairs": after.repairs,
        "week": after if found else None,
    }


def _levels(before: Week, after: Week) -> tuple[LevelChange, ...]:
    values = {level.name: level.value for level in before.levels}
    names = [level.name for level in after.levels]
    if names != list(values):
        return ()
    return tuple(LevelChange(name=level.name, before=values[level.name], after=level.value) for level in after.levels)


def _only(these: Iterable[RuleMatch], those: Iterable[RuleMatch]) -> tuple[RuleMatch, ...]:
    """Matches that have none like them on the other side."""
    left = Counter((match.rule, match.text) for match in those)
    found = []
    for match in these:
        key = (match.rule, match.text)
        if left[key]:
            left[key] -= 1
        else:
            found.append(match)
    return tuple(found)


def begun(before: Week, after: Week, missed: Collection[str], ahead: Collection[str]) -> tuple[SessionChange, ...]:
    """What became of the sessions of a week that has begun: those over beside those done, those ahead beside the new."""
    sides: tuple[tuple[list[PlannedSession], list[PlannedSession]], ...] = (
        ([s for s in before.sessions if s.id not in ahead and s.id not in missed], [s for s in after.sessions if s.done]),
        ([s for s in before.sessions if s.id in missed], []),
        ([s for s in before.sessions if s.id in ahead], [s for s in after.sessions if not s.done]),
    )
    return tuple(sorted((found for old, new in sides for found in _sessions(old, new)), key=_first_day))


def _sessions(before: Sequence[PlannedSession], after: Sequence[PlannedSession]) -> list[SessionChange]:
    """Sessions of one kind are told apart by the least movement in all."""
    found: list[SessionChange] = []
    for kind in dict.fromkeys(s.session for s in (*before, *after)):
        old, new = ([s for s in some if s.session == kind] for some in (before, after))
        pairs = paired([spot(s) for s in old], [spot(s) for s in new])
        kept, met = {i for i, _ in pairs}, {j for _, j in pairs}
        found += [_changed(old[i], new[j]) for i, j in pairs if _moved(old[i], new[j])]
        found += [_changed(s, None) for i, s in enumerate(old) if i not in kept]
        found += [_changed(None, s) for j, s in enumerate(new) if j not in met]
    return sorted(found, key=_first_day)


def _moved(was: PlannedSession, is_: PlannedSession) -> bool:
    return _stand(was) != _stand(is_) or was.start_min != is_.start_min


def _stand(session: PlannedSession) -> Stand:
    return Stand(day=session.day, start=session.start, minutes=session.minutes)


def _changed(was: PlannedSession | None, is_: PlannedSession | None) -> SessionChange:
    named = was or is_
    assert named is not None
    before, after = (None if s is None else _stand(s) for s in (was, is_))
    return SessionChange(session=named.session, short=named.short, before=before, after=after)


def _first_day(found: SessionChange) -> int:
    stand = found.before or found.after
    return DAYS.index(stand.day) if stand else 0


def spot(session: PlannedSession) -> Spot:
    """Where in the week a session stands: its hour, past midnight that of its evening, or its day's beginning."""
    day = DAYS.index(session.day)
    return day, begins(session) - day * DAY_MIN


def begins(session: PlannedSession) -> int:
    """Minute of the week at which a session begins, or its day, where it has no hour."""
    return DAYS.index(session.day) * DAY_MIN if session.start_min is None else session.start_min
