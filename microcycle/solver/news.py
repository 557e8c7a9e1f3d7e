"""What happened to a planned week, as people say it, and the file that says the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import cast

from microcycle.errors import InputError, Path
from microcycle.models.catalogue import catalogue
from microcycle.models.change import begins
from microcycle.models.clock import (
    DAY_MIN,
    DAY_NAMES,
    DAYS,
    Nights,
    hhmm,
    parse_days,
    parse_week_minute,
    week_minute_text,
    week_text,
)  # fmt: skip
from microcycle.models.edit import Edit, edited
from microcycle.models.planned import Day, PlannedSession
from microcycle.models.request import Request
from microcycle.models.week import Told, Week
from microcycle.solver import wishes
from microcycle.solver.calendar import key_of
from microcycle.solver.questions import said_of, setting
from microcycle.solver.resolve import resolve

TOLD_OTHERWISE = {"now": "--now", "done": "--done", "missed": "--missed"}
"""Keys that say what happened, and the options that say it."""


@dataclass(frozen=True)
class News:
    """What happened to a week, as people say it."""

    now: int
    """Minute of the week; what began before is done unless it was missed."""
    missed: Sequence[str] = ()
    """Ids of sessions."""
    done: Sequence[str] = ()
    """`tue-1-easy-run=30 min` where it was otherwise than planned, `easy-run=tue 07:00 40 min` where it was not planned."""
    lost: Sequence[str] = ()
    """Days without time from now on."""
    added: Sequence[str] = ()
    """Sessions that are fixed from now on: `easy-run=sat 08:00`."""
    settings: Sequence[str] = ()
    """What the file says otherwise."""


@dataclass(frozen=True)
class Begun:
    """A week that has begun: the file that states what is left of it, and the sessions that were planned."""

    request: Request
    missed: tuple[PlannedSession, ...]
    """What did not happen, by these news."""
    ahead: tuple[PlannedSession, ...]
    """What is still to come."""
    new: frozenset[Path]
    """Keys that these news have set."""
    told: Told
    """All news so far that hold for the rest of the week."""


def begun(request: Request, week: Week, news: News) -> Begun:
    """The week after the news, and those before that it remembers. Raises InputError for news that cannot be."""
    stated = resolve(request, catalogue())
    for session in week.sessions:
        if session.session not in stated.kinds:
            told = f"it knows no session '{session.session}', which the week has on {DAY_NAMES[DAYS.index(session.day)]}"
            raise InputError(request.document.name, told, expected="the file that the week was planned by")
    before = week.news or Told(now=week_minute_text(0))
    if news.now < parse_week_minute(before.now):
        expected = f"a time from {before.now} on, when this week was planned anew"
        raise InputError("--now", f"{week_text(news.now)} is before that", expected=expected)
    gone, over, ahead = _told_apart(week, news, stated.nights)
    edits = [Edit(("now",), week_minute_text(news.now))]
    unplanned = [text for text in news.done if "=" in text and not _is_id(text, ())]
    done = [
        *(_sighting(session, told) for session, told in over),
        *(wishes.fixed(text, "day", "start") for text in unplanned),
    ]
    said: dict[Path, str] = {("done", n): f"--done {told}" for n, (_, told) in enumerate(over) if told}
    said |= {("done", n): f"--done {text}" for n, text in enumerate(unplanned, len(over))}
    edits.append(Edit(("done",), done))
    # The week knows what was missed before it was planned anew, the file's own included.
    missed = [m.model_dump() for m in week.missed] or request.document.get(("missed",)) or ()
    edits.append(Edit(("missed",), [*missed, *(_missed(s) for s in gone)]))
    lost = {day: text for text in news.lost for day in _days(text, news.now)}
    lost |= {day: DAYS[day] for text in before.lost for day in parse_days(text) if (day + 1) * DAY_MIN > news.now}
    edits += [Edit(("availability", key_of(request, day)), "none") for day in sorted(lost)]
    # What was fixed on a lost day is free to stand on another.
    free = {pin.path[1] for pin in stated.pins if set(pin.each or pin.days) <= lost.keys()}
    each = {pin.path[1]: [DAYS[day] for day in pin.each if day not in lost] for pin in stated.pins if pin.each}
    kept = [
        {**pin, "each": each[n]} if n in each else pin
        for n, pin in enumerate(request.document.get(("pinned",)) or ())
        if n not in free
    ]
    earlier = [
        text for text in before.added if not _is_over(text, news.now, stated.nights) and not _days_of(text) <= lost.keys()
    ]
    added = [*(text for text in earlier if text not in news.added), *news.added]
    for text in news.added:
        if _is_over(text, news.now, stated.nights):
            raise InputError(
                f"--add {text}", "this is over", expected=f"a time after {week_minute_text(news.now)}, or --done"
            )
    if free or added or any(set(pin.days) <= lost.keys() for pin in stated.pins):
        edits.append(Edit(("pinned",), [*kept, *(wishes.fixed(text, "day") for text in added)]))
        said |= {("pinned", n): f"--add {text}" for n, text in enumerate(added, len(kept))}
    settings = [_setting(request, text) for text in (*before.settings, *news.settings)]
    said |= said_of(settings, [*before.settings, *news.settings])
    return Begun(
        edited(request, [*edits, *settings], said),
        tuple(gone),
        tuple(ahead),
        frozenset(edit.path for edit in settings[len(before.settings) :]),
        Told(
            now=week_minute_text(news.now),
            lost=tuple(cast(Day, DAYS[day]) for day in sorted(lost)),
            added=tuple(added),
            settings=(*before.settings, *news.settings),
        ),
    )


def standing(request: Request, week: Week) -> Request:
    """The file as a week that was planned anew has it: with what it remembers of its news."""
    if week.news is None:
        return request
    news = News(parse_week_minute(week.news.now))
    return begun(request, week, replace(news)).request


def _setting(request: Request, text: str) -> Edit:
    edit = setting(request, text)
    if option := TOLD_OTHERWISE.get(str(edit.path[0])):
        raise InputError(f"--set {text}", "what happened is told otherwise", expected=option)
    if edit.path[0] == "week_of":
        raise InputError(f"--set {text}", "a week that has begun keeps its dates", expected="a plan of the other week")
    return edit


def _told_apart(
    week: Week, news: News, nights: Nights
) -> tuple[list[PlannedSession], list[tuple[PlannedSession, str]], list[PlannedSession]]:
    """Sessions that were missed, those that are over with what was said of them, and those that are still ahead."""
    known = {session.id: session for session in week.sessions}
    said: dict[str, str] = {}
    for text in (text for text in news.done if _is_id(text, known)):
        name = text.partition("=")[0].strip()
        if name in said:
            raise InputError(f"--done {text}", "this session is told twice", expected=f"one of it and '{said[name]}'")
        said[name] = text
    for name in (*news.missed, *said):
        if name not in known:
            raise InputError(f"'{name}'", "the week has no such session", expected=f"one of {', '.join(known)}")
        if name in said and name in news.missed:
            raise InputError(f"'{said[name]}'", "this session is said to be missed as well", expected="one or the other")
    gone, over, ahead = list[PlannedSession](), list[tuple[PlannedSession, str]](), list[PlannedSession]()
    for name, session in known.items():
        is_over = begins(session) < news.now
        if name in news.missed:
            gone.append(session)
        elif is_over or _was_before(said.get(name, ""), session, news.now, nights):
            over.append((session, said.get(name, "")))
        elif name in said:
            expected = f"when it was done: {name}='{DAYS[0]} 07:00'"
            raise InputError(f"--done {said[name]}", f"this is still to come at {week_text(news.now)}", expected=expected)
        else:
            ahead.append(session)
    return gone, over, ahead


def _was_before(told: str, session: PlannedSession, now: int, nights: Nights) -> bool:
    """Whether a session is told to have been done before now, whatever was planned."""
    if "=" not in told:
        return False
    asked = wishes.read(f"{session.session}={told.partition('=')[2]}")
    if asked.days is None and asked.start is None:
        return False
    day = DAYS.index(session.day)
    other = asked.days[0] if asked.days else day
    if asked.start is None:
        return begins(session) + (other - day) * DAY_MIN < now
    return nights.minute(other, asked.start) < now


def _is_id(text: str, known: Iterable[str]) -> bool:
    name, sign, _ = text.partition("=")
    return not sign or name.strip() in known or name.strip()[:4] in {f"{day}-" for day in DAYS}


def _sighting(session: PlannedSession, told: str) -> dict[str, object]:
    """A session that is over, as it was planned but for what was said of it."""
    day, start, minutes = session.day, session.start, session.minutes
    if "=" in told:
        asked = wishes.read(f"{session.session}={told.partition('=')[2]}")
        day = cast(Day, DAYS[asked.days[0]]) if asked.days else day
        start = start if asked.start is None else hhmm(asked.start)
        if asked.minutes == 0:
            raise InputError(f"--done {told}", "a session of no minutes was not done", expected=f"--missed {session.id}")
        minutes = minutes if asked.minutes is None else asked.minutes
    # What was done at another time was no part of the visit that it was planned for.
    planned = (day, start) == (session.day, session.start)
    found = {"session": session.session, "day": day, "minutes": minutes, "visit": session.visit if planned else None}
    if start == session.start and session.start_min is not None:
        found["start_min"] = session.start_min + (DAYS.index(day) - DAYS.index(session.day)) * DAY_MIN
    return {**found, "start": start} if start else found


def _missed(session: PlannedSession) -> dict[str, object]:
    return {"session": session.session, "day": session.day, "minutes": session.minutes}


def _days_of(text: str) -> set[int]:
    return set(wishes.read(text).days or ())


def _is_over(text: str, now: int, nights: Nights) -> bool:
    asked = wishes.read(text)
    if asked.days is None:
        return False
    day = max(asked.days)
    return ((day + 1) * DAY_MIN if asked.start is None else nights.minute(day, asked.start)) < now


def _days(text: str, now: int) -> tuple[int, ...]:
    try:
        days = parse_days(text)
    except ValueError as error:
        raise InputError.of(f"--lost {text}", error) from None
    if over := [day for day in days if (day + 1) * DAY_MIN <= now]:
        expected = "a day that is still to come; what did not happen is told with --missed"
        raise InputError(f"--lost {text}", f"{DAY_NAMES[over[0]]} is over at {week_text(now)}", expected=expected)
    return days
