"""What happened to a planned week, as people say it, and the file that says the same."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

from microcycle.errors import InputError, Path
from microcycle.models.amounts import measure
from microcycle.models.catalogue import catalogue
from microcycle.models.change import begins, spot
from microcycle.models.clause import AnyClause, Bound, LoadShape, Share, When
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
from microcycle.models.derive import at_length
from microcycle.models.edit import Edit, edited
from microcycle.models.lineage import visits
from microcycle.models.planned import Day, MissedSession, PlannedSession
from microcycle.models.request import Request
from microcycle.models.week import Told, Week
from microcycle.solver import illness, names, wishes
from microcycle.solver.calendar import key_of
from microcycle.solver.demands import MEASURED
from microcycle.solver.giving import Ways
from microcycle.solver.pins import assigned, has_room, serves, without
from microcycle.solver.problem import Pin, Placed, Problem
from microcycle.solver.questions import said_of, setting
from microcycle.solver.resolve import resolve
from microcycle.solver.underway import pins_left, told_to_be

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
    """Days without time, from now on; of a day that is over all was missed that is not told to be done."""
    added: Sequence[str] = ()
    """Sessions that are fixed from now on: `easy-run=sat 08:00`."""
    settings: Sequence[str] = ()
    """What the file says otherwise."""
    ill: Sequence[str] = ()
    """Days of illness, `tue-thu` or dates: what was planned from its onset on is missed, and the days after it are easy."""


@dataclass(frozen=True)
class Begun:
    """A week that has begun: the file that states what is left of it, and the sessions that were planned."""

    request: Request
    missed: tuple[PlannedSession, ...]
    """What did not happen, or will not, by these news."""
    ahead: tuple[PlannedSession, ...]
    """What is still to come."""
    new: frozenset[Path]
    """Keys that these news have set."""
    told: Told
    """All news so far that hold for the rest of the week."""
    added: tuple[str, ...]
    """Sessions that these news fix."""
    known: frozenset[int]
    """Days of illness that the week was planned with."""

    @property
    def asks(self) -> bool:
        """Whether these news ask for anything, or take time away: else the rest of the week may well stay as it is."""
        lost = any(session.day in self.told.lost for session in self.ahead)
        return bool(self.new or self.added) or lost

    def extra(self, problem: Problem) -> list[Placed]:
        """What these news fix beside what was planned, of any length that it may have."""
        asked = [wishes.fixed(text, "day") for text in self.added]
        pins = [(pin, self.request.spec.pinned[int(pin.path[1])].session) for pin in problem.pins]
        kinds = [pin.kind for one in asked for pin in [p for p, name in pins if name == one["session"]][:1]]
        return [Placed(kind, wishes.LONGEST, 0, None, 0) for kind in kinds]

    def but(self, problem: Problem) -> frozenset[str]:
        """Kinds of which these news may have asked for more."""
        found = {pin.kind.id for pin in problem.pins if any(path[0] == "pinned" for path in self.new)}
        for path in self.new:
            if path[0] == "want":
                name = measure(str(path[1]))
                of = MEASURED[name][0] if name else names.expression(self.request, problem.selectors, path[:2], str(path[1]))
                found |= {problem.options[o].kind.id for o in problem.members(of)}
        return frozenset(found)


def begun(request: Request, week: Week, news: News) -> Begun:
    """The week after the news, and those before that it remembers. Raises InputError for news that cannot be."""
    before = week.news or Told(now=week_minute_text(0))
    known = {day for text in before.ill for day in parse_days(text)} | set(request.spec.ill)
    told = [*before.settings, *news.settings]
    settings = [_setting(request, text) for text in told]
    new = frozenset(edit.path for edit in settings[len(before.settings) :])
    request = edited(request, settings, said_of(settings, told))
    earlier = [text for text in before.added if text not in news.added]
    request = _fixing(request, earlier)
    stated = resolve(request, catalogue())
    for session in week.sessions:
        if session.session not in stated.kinds:
            unknown = f"it knows no session '{session.session}', which the week has on {DAY_NAMES[DAYS.index(session.day)]}"
            raise InputError(request.document.name, unknown, expected="the file that the week was planned by")
    if news.now < parse_week_minute(before.now):
        expected = f"a time from {before.now} on, when this week was planned anew"
        raise InputError("--now", f"{week_text(news.now)} is before that", expected=expected)
    request, pins = _as_planned(request, stated, week, before, known, new)
    today = news.now // DAY_MIN
    ill = known.union(*(illness.days_of(request, text) for text in news.ill))
    lost = {day for text in news.lost for day in _days(text)}
    gone, over, ahead = _told_apart(week, news, stated.nights, _away(ill, known, lost, today))
    edits = [Edit(("now",), week_minute_text(news.now))]
    unplanned = [text for text in news.done if "=" in text and not _is_id(text, ())]
    fixed_on = _FixedOn(stated, pins, week, before)
    done = [
        *_sightings(over, fixed_on),
        *(wishes.fixed(text, "day", "start") for text in unplanned),
    ]
    said: dict[Path, str] = {("done", n): f"--done {told}" for n, (_, told) in enumerate(over) if told}
    said |= {("done", n): f"--done {text}" for n, text in enumerate(unplanned, len(over))}
    edits.append(Edit(("done",), done))
    # The week knows what was missed before it was planned anew, the file's own included.
    missed = [{**m.model_dump(), **fixed_on.extra(m)} for m in week.missed] or request.document.get(("missed",)) or ()
    edits.append(Edit(("missed",), [*missed, *({**_missed(session), **fixed_on.told(session)} for session in gone)]))
    due = resolve(edited(request, edits, said), catalogue())
    # A day that was lost has time again where the news give it some.
    known_lost = {d for t in before.lost for d in parse_days(t) if ("availability", key_of(request, d)) not in new}
    lost = known_lost | {day for day in lost if day >= today}
    edits += [Edit(("availability", key_of(request, day)), "none") for day in sorted(lost) if day >= today]
    if ill:
        edits.append(Edit(("ill",), [DAYS[day] for day in sorted(ill)]))
        said[("ill",)] = f"--ill {', '.join(news.ill)}"
    # What was fixed on a lost day is free to stand on another, and on a day of illness missed.
    away = {day for day in lost | ill if day >= today}
    request = edited(request, [_without(request, due, pin, away) for pin in due.pins if away.intersection(pin.days)])
    for text in news.added:
        if _is_over(text, news.now, stated.nights):
            raise InputError(
                f"--add {text}", "this is over", expected=f"a time after {week_minute_text(news.now)}, or --done"
            )
    other = edited(_fixing(request, news.added), edits, said)
    eased = tuple(key for key in before.eased if not any(path[:2] == tuple(key.split(".", 1)) for path in new))
    if eased:
        floors = aims(other)
        other = edited(other, [floors[key] for key in eased if key in floors])
    left = [text for text in earlier if not _is_over(text, news.now, stated.nights) and not _days_of(text) <= away]
    return Begun(
        other,
        tuple(gone),
        tuple(ahead),
        new,
        Told(
            now=week_minute_text(news.now),
            lost=tuple(cast(Day, DAYS[day]) for day in sorted(lost)),
            ill=tuple(cast(Day, DAYS[day]) for day in sorted(ill)),
            added=(*left, *news.added),
            settings=tuple(told),
            eased=eased,
            served={
                s.id: fixed_on.days[s.id] for s, t in over if s.id in fixed_on.days and ("=" in t or s.id in before.served)
            },
        ),
        tuple(text for text in news.added if text not in before.added),
        frozenset(known),
    )


def _without(request: Request, problem: Problem, pin: Pin, away: Collection[int]) -> Edit:
    """The file without some days of a pin, or without it where it has no room on the others."""
    left = set(pin.days).difference(away)
    room = pin.start is not None or has_room(pin, left, problem.windows, problem.selectors)
    return without(request, pin, away if room else pin.days)


def placed(problem: Problem, session: PlannedSession) -> Placed:
    """A session of a planned week."""
    kind, day = at_length(problem.kinds[session.session], session.minutes), DAYS.index(session.day)
    return Placed(kind, session.minutes, day, session.start_min, session.visit, session.finisher, done=session.done)


def _fixing(request: Request, texts: Sequence[str]) -> Request:
    """The file with more sessions fixed, behind those that it fixes itself."""
    kept = request.document.get(("pinned",)) or ()
    said: dict[Path, str] = {("pinned", n): f"--add {text}" for n, text in enumerate(texts, len(kept))}
    return (
        edited(request, [Edit(("pinned",), [*kept, *(wishes.fixed(t, "day") for t in texts)])], said) if texts else request
    )


def _as_planned(
    request: Request, stated: Problem, week: Week, before: Told, known: Collection[int], new: Collection[Path]
) -> tuple[Request, Sequence[Pin]]:
    """The file with what a week that was planned anew still has of what it fixes; and that.

    An illness, or a day that was lost, may have taken the rest.
    """
    touched = {day for _, days in illness.after(known) for day in days} | {d for t in before.lost for d in parse_days(t)}
    if week.news is None or not touched:
        return request, stated.pins
    pieces = _pieces(stated, week, before)
    held = _held(stated.pins, pieces, week)
    pins = [pin for pin in stated.pins if pin not in held.values() and touched.intersection(pin.days)]
    pins = [pin for pin in pins if pin.path not in {path[:2] for path in new}]
    done, ahead = ([p for at, p in enumerate(pieces) if at not in held and p.done == is_done] for is_done in (True, False))
    gone = [Placed(stated.kinds[m.session], m.minutes, DAYS.index(m.day), None, 0) for m in week.missed]
    other = given_way(request, pins_left(pins, parse_week_minute(before.now), done, gone, stated.nights), ahead)
    return other, stated.pins if other is request else resolve(other, catalogue()).pins


def given_way(request: Request, pins: Sequence[Pin], pieces: Sequence[Placed]) -> Request:
    """The file without what it fixes and none of the pieces is: what is only shorter stays fixed where it is."""
    left = [pin for pin in pins if pin not in assigned(pins, pieces, serves).values()]
    if not left:
        return request
    others = [piece for at, piece in enumerate(pieces) if at not in assigned(pins, pieces, serves)]

    def shorter(piece: Placed, pin: Pin) -> bool:
        return piece.minutes < min(pin.minutes) and serves(replace(piece, minutes=min(pin.minutes)), pin)

    rows = []
    for at, pin in assigned(left, others, shorter).items():
        row = {key: value for key, value in request.document.get(pin.path).items() if key not in ("day", "date", "each")}
        rows.append({**row, "day": DAYS[others[at].day], "minutes": others[at].minutes})
    request = edited(request, [without(request, pin) for pin in left])
    kept = request.document.get(("pinned",)) or ()
    return edited(request, [Edit(("pinned",), [*kept, *rows])]) if rows else request


class _FixedOn:
    """Which sessions of a week are what is fixed, and for what is fixed and no session of it something else may be."""

    def __init__(self, stated: Problem, pins: Sequence[Pin], week: Week, before: Told) -> None:
        pieces = _pieces(stated, week, before)
        held = _held(pins, pieces, week)
        self.days = {s.id: before.served.get(s.id, s.day) for at, s in enumerate(week.sessions) if at in held}
        """On which days, by their ids."""
        self._free = {(pin.kind.id, day) for pin in pins if pin not in held.values() for day in pin.days}

    def told(self, session: PlannedSession) -> dict[str, object]:
        """What a session of the week is said to have been."""
        return {"instead_of": self.days[session.id]} if session.id in self.days else self.extra(session)

    def extra(self, session: PlannedSession | MissedSession) -> dict[str, object]:
        return {} if (session.session, DAYS.index(session.day)) in self._free else {"extra": True}


def _held(pins: Sequence[Pin], pieces: Sequence[Placed], week: Week) -> dict[int, Pin]:
    """Which pieces of a week are what is fixed: first those that it says are."""
    order = sorted(range(len(pieces)), key=lambda at: not week.sessions[at].pinned)
    return {order[n]: pin for n, pin in assigned(pins, [pieces[at] for at in order], _is).items()}


def _is(piece: Placed, pin: Pin) -> bool:
    return (told_to_be if piece.fixed_on else serves)(piece, pin)


def _pieces(problem: Problem, week: Week, before: Told) -> list[Placed]:
    """The sessions of a planned week, with the days on which they were fixed that were done otherwise."""
    days = [(DAYS.index(before.served[s.id]),) if s.id in before.served else None for s in week.sessions]
    return [replace(placed(problem, s), fixed_on=fixed_on) for s, fixed_on in zip(week.sessions, days, strict=True)]


def aims(request: Request) -> dict[str, Edit]:
    """What the file and the rulebook want at least, and how the file says of each that it is an aim: `want.lifts`,
    `rules.strength-floor`. Rest is no such floor."""
    problem = resolve(request, catalogue())
    ways = Ways(request, problem)
    found = {f"want.{key}": ways.as_aim(("want", key), want.max) for key, want in request.spec.want.items() if want.min}
    for instance in problem.rules:
        known = instance.rule.id in catalogue().rules or instance.rule.id in request.spec.rules
        if instance.hard and known and _is_floor(instance.clause):
            found[f"rules.{instance.rule.id}"] = ways.softened(instance.rule.id)
    return found


def _is_floor(clause: AnyClause) -> bool:
    """Whether less of something can break the rule."""
    if isinstance(clause, Bound):
        return clause.min is not None and not clause.on and clause.quantity != "days-without"
    return isinstance(clause, Share | LoadShape) or (isinstance(clause, When) and clause.min is not None)


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


def _away(ill: Collection[int], known: Collection[int], lost: Collection[int], today: int) -> Callable[[int, bool], bool]:
    """Whether a session of a day, over or still to come, falls away: what began today, before the onset, does not.

    What stands on a day of illness that was `known` has been told to be done.
    """
    onsets = {day for day in ill if day - 1 not in ill}

    def away(day: int, is_over: bool) -> bool:
        if day in ill and day not in known:
            return not (is_over and day == today and day in onsets)
        return day in lost and day < today

    return away


def _told_apart(
    week: Week, news: News, nights: Nights, away: Callable[[int, bool], bool]
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
    # A visit that has begun goes on.
    starts = [(s.day, s.visit) for s in known.values() if begins(s) < news.now and s.id not in news.missed]
    firsts = [first for first, *_ in visits(known.values())]
    never = [(s.day, s.visit) for s in firsts if s.id in news.missed]
    for name, session in known.items():
        is_over = (session.day, session.visit) in starts or begins(session) < news.now
        unsaid = name not in said and ((session.day, session.visit) in never or away(spot(session)[0], is_over))
        if name in news.missed or unsaid:
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


def _sightings(over: Sequence[tuple[PlannedSession, str]], fixed_on: _FixedOn) -> Iterator[dict[str, object]]:
    """Sessions that are over; what follows in a visit follows it however long that took, or is still to take."""
    begun = set[object]()
    for session, told in over:
        found = _sighting(session, told)
        visit = (found["day"], found["visit"])
        if visit in begun:
            found = {key: value for key, value in found.items() if key not in ("start", "start_min")}
        elif found["visit"] is not None and found.get("start"):
            begun.add(visit)
        yield {**found, **fixed_on.told(session)}


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


def _days(text: str) -> tuple[int, ...]:
    try:
        return parse_days(text)
    except ValueError as error:
        raise InputError.of(f"--lost {text}", error) from None
