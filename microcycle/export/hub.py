"""A week for Intervals.icu, which keeps a training calendar and sends its workouts on to watches.

`to_intervals` writes what `POST /api/v1/athlete/{id}/events/bulk?upsert=true` takes: a list of events. Sending it is the
user's own step. The hub knows an event again by its `external_id` and updates it; what is no longer in a list it keeps,
so that sessions which were dropped must be deleted: `PUT .../events/bulk-delete` with `[{"external_id": ...}]`.

Runs and other endurance work have typed steps in `description`, in the text of the hub's workout builder:

    - easy 12m 6:38-5:33/km Pace

    4x
    - hard 3m 4:32-4:21/km Pace
    - jog 2m30s

What stands before the duration is shown on the watch; in it nothing may look like a duration, a target or a repeat, and
a line without a dash that holds `4x` repeats the steps below it. So a cue is only ever words, and free text comes after
the last step. What a lift consists of is free text altogether: the builder has no sets.

Fields and the way to upload: https://forum.intervals.icu/t/uploading-planned-workouts-to-intervals-icu/63624,
https://forum.intervals.icu/t/api-access-to-intervals-icu/609, https://intervals.icu/api/v1/docs. The text:
https://forum.intervals.icu/t/workout-builder/1163,
https://forum.intervals.icu/t/workout-builder-syntax-quick-guide/123701. That the server reads `7:15-7:00/km Pace` as a
range, slow end first: https://github.com/yerzhansa/enduragent/pull/229.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from microcycle.export.formats import Options
from microcycle.export.identity import entry_id, first_monday
from microcycle.export.targets import heart_range, pace_range
from microcycle.export.words import clean, whole
from microcycle.models.clock import DAYS
from microcycle.models.planned import PlannedSession, SessionStep
from microcycle.models.session import clock_text
from microcycle.models.week import Week, escaped

SPORTS: Mapping[str, str] = {
    "run": "Run", "lift": "WeightTraining", "power": "WeightTraining", "cross": "Workout", "mobility": "Workout",
    "walk": "Walk", "bike-easy": "Ride", "bike-hiit": "Ride", "row-easy": "Rowing", "swim-easy": "Swim", "hike": "Hike",
    "yoga": "Yoga",
}  # fmt: skip
"""The hub's names of sports, for modalities and for kinds that tell more."""
TIMED = ("run", "cross", "walk")
"""Modalities whose steps a watch can time."""
FAST = ("marathon", "threshold", "interval", "sprint", "race")
OWN_PACE = ("walk", "hill")
"""Words of steps that no range on the flat fits: walking, and anything uphill."""
WORDS: Mapping[str | None, str] = {
    "easy": "easy", "steady": "steady", "marathon": "marathon effort", "threshold": "threshold effort",
    "interval": "hard", "sprint": "very fast", "race": "race effort", None: "as planned",
}  # fmt: skip
"""Cues for efforts, where a step's own words could be misread."""
COMMANDS = ("ramp", "freeride", "press", "lap", "pace", "hr", "lthr", "mmp", "ftp", "css", "rpm", "rpe", "ss", "cz", "z")
"""Words that mean something to the workout builder."""


def to_intervals(week: Week, options: Options) -> str:
    """JSON, an event for each session; of a week without dates for as many weeks as asked for, else one.

    Times are local, lengths in seconds, distances in metres. The same text for the same week and options, but for the
    Monday of a week without dates. Raises InputError for a week that was not found.
    """
    monday = datetime.combine(first_monday(week, options), time())
    mondays = [monday + timedelta(weeks=n) for n in range(options.weeks or 1)]
    events = [_event(week, options, start, session) for start in mondays for session in week.sessions]
    return escaped(json.dumps(events, indent=2, ensure_ascii=False)) + "\n"


def _event(week: Week, options: Options, monday: datetime, session: PlannedSession) -> dict[str, Any]:
    # By the wall's clock: it is the hub that knows when clocks change.
    since = timedelta(days=DAYS.index(session.day)) if session.start_min is None else timedelta(minutes=session.start_min)
    event: dict[str, Any] = {
        "category": "WORKOUT",
        "start_date_local": (monday + since).isoformat(),
        "type": SPORTS.get(session.session) or SPORTS.get(session.modality, "Other"),
        "name": clean(session.name, 200),
        "description": _description(week, session),
        "moving_time": session.minutes * 60,
    }
    if session.distance_m is not None:
        event["distance"] = session.distance_m
    # By its own Monday also where the week has no dates: each repeat is an event that can be changed on its own.
    return event | {"external_id": entry_id(week, options, monday.date().isoformat(), session.id)}


def _description(week: Week, session: PlannedSession) -> str:
    parts = []
    told = False
    if session.modality in TIMED and session.steps:
        blocks = list(_blocks(week, session))
        parts = [_written(block) for block in blocks]
        told = all(line.told for block in blocks for line in block.lines)
    elif session.steps:
        parts = ["\n".join(_prose(step.text) for step in session.steps)]
        told = True
    parts += [] if told else [_prose(clean(session.content, 2000))]
    parts += [f"Note: {note}"] if (note := clean(session.note, 500)) else []
    parts += [_prose(whole(line)) for line in week.advice]
    return "\n\n".join(parts)


def _prose(text: str) -> str:
    """A line that is no step."""
    return clean(text, 2000).lstrip("-*+\u2010\u2011\u2012\u2013\u2014\u2212 ")


@dataclass(frozen=True)
class _Line:
    """A step; `told` if its cue says all that the step's own words do."""

    cue: str
    told: bool
    seconds: int
    target: str = ""


@dataclass(frozen=True)
class _Block:
    """Steps that are done so often in turn."""

    times: int
    lines: tuple[_Line, ...]


def _written(block: _Block) -> str:
    lines = [f"- {line.cue} {duration(line.seconds)} {line.target}".rstrip() for line in block.lines]
    return "\n".join([f"{block.times}x"] * (block.times > 1) + lines)


def _blocks(week: Week, session: PlannedSession) -> Iterator[_Block]:
    """The session's steps in order; single steps that follow each other are one block."""
    plain: list[_Line] = []
    for step in session.steps:
        if step.do != "repeats":
            plain.append(_line(week, session, step, step.seconds, _own_words(step)))
            continue
        work, rest = _repeat_words(step)
        hard = _line(week, session, step, step.work_s or 0, work)
        # Whoever jogs slower than asked between hard runs is not to be told off by the watch: no target.
        easy = _Line(*_cue(rest, "easy"), step.recovery_s or 0)
        times = step.repeats or 1
        if not easy.seconds:
            yield from _flushed(plain)
            yield _Block(times, (hard,))
            continue
        # After the last one no recovery is planned, so that it stands by itself.
        if times > 2:
            yield from _flushed(plain)
            yield _Block(times - 1, (hard, easy))
        elif times == 2:
            plain += [hard, easy]
        plain.append(hard)
    yield from _flushed(plain)


def _flushed(plain: list[_Line]) -> Iterable[_Block]:
    found = [_Block(1, tuple(plain))] if plain else []
    plain.clear()
    return found


def _line(week: Week, session: PlannedSession, step: SessionStep, seconds: int, words: str) -> _Line:
    return _Line(*_cue(words, step.effort), seconds, _target(week, session, step, seconds, words))


def _cue(words: str, effort: str | None) -> tuple[str, bool]:
    """The words themselves where nothing in them can be misread, else those of the effort; and whether it is they."""
    safe = _safe(words)
    return words if safe else WORDS.get(effort, WORDS[None]), safe


def _target(week: Week, session: PlannedSession, step: SessionStep, seconds: int, words: str) -> str:
    """`6:38-5:33/km Pace`, `60-70% HR`, or nothing."""
    effort = "recovery" if (session.session, step.effort) == ("recovery-run", "easy") else step.effort
    own = any(word in (words or step.text).casefold() for word in OWN_PACE)
    # A session of one fast step is a race, or of a length for which the kind has no content: no telling how fast.
    unknown = len(session.steps) == 1 and step.do != "repeats" and effort in FAST
    if effort is None or session.modality == "walk" or own or unknown:
        return ""
    if session.modality == "run" and week.easy_pace_s_per_km:
        paces = pace_range(week.easy_pace_s_per_km, effort, week.distance_unit)
        if paces is not None:
            slow, fast = (f"{s // 60}:{s % 60:02}" for s in paces)
            return f"{slow}-{fast}/{week.distance_unit} Pace"
    found = heart_range(effort, seconds)
    return f"{found[0]}-{found[1]}% HR" if found else ""


def duration(seconds: int) -> str:
    """`1h`, `2m30s`, `45s`."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    return "".join(f"{n}{unit}" for n, unit in ((hours, "h"), (minutes, "m"), (left, "s")) if n) or "0s"


def _own_words(step: SessionStep) -> str:
    """What a step's text says beside its length."""
    return clean(step.text.removeprefix(clock_text(step.seconds)), 60)


def _repeat_words(step: SessionStep) -> tuple[str, str]:
    """What the text of repeats says of the work and of the recovery; nothing where it is not of the catalogue's form."""
    head = f"{step.repeats} x {clock_text(step.work_s or 0)} "
    work, found, rest = step.text.removeprefix(head).rpartition(f" with {clock_text(step.recovery_s or 0)} ")
    return (clean(work, 60), clean(rest, 60)) if found and step.text.startswith(head) else ("", "")


def _safe(words: str) -> bool:
    """Whether nothing in a cue could be read as a duration, a target, a repeat or a command."""
    letters = "".join(c if unicodedata.category(c)[0] in "LM" else " " for c in words).casefold().split()
    plain = all(unicodedata.category(c)[0] in "LMZ" or c in ",.'()-" for c in words)
    return plain and words[:1].isalpha() and not any(word in COMMANDS for word in letters)
