"""The week as a picture (SVG): days beside each other, hours downwards, sessions in the time that there is for them.

Under the days stands the rest that rules protect, on a line of its own time: from the end of one session to the start of
another. Between sessions of one day it stands in the day. Colours come from `templates/colours.css`; letters tell the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from microcycle.export import words
from microcycle.export.axis import Axis, fitted, free, start_in_day
from microcycle.export.svg import element, fitting, label, style, width
from microcycle.models.clock import DAY_MIN, DAY_NAMES, DAYS, hhmm
from microcycle.models.planned import Gap, PlannedSession
from microcycle.models.week import Week

if TYPE_CHECKING:
    from microcycle.export.formats import Options

WIDTH, LEFT, COLUMN = 800, 44, 108
HEAD = 40
"""Of the days' names."""
LENGTH, LEAST, MOST, FOLD = 440, 26, 48, 18
"""Of the hours: about so long in all, an hour at least and at most, and what stands for hours that are left out."""
BLOCK, TWO_LINES, THREE_LINES = 17, 25, 47
"""Heights of blocks: the least, and those from which on there is a second and a third line."""
LANE, LANES, SOFT_LANES, BARS = 22, 3, 2, 6
"""Lines for protected rest: how high, at most so many, so many for what rules only prefer, and at most so many bars."""
OVERNIGHT_H = 12
"""Rest that is asked for overnight is drawn where there is nothing better to draw."""
PIN = "M3 0h4l-.6 3 2 2v1H5.6L5 10 4.4 6H1.6V5l2-2z"
TICK = "M1 5.5 4 8.5 9 2"


def to_svg(week: Week, options: Options) -> str:  # noqa: ARG001
    """A picture that stands alone: valid SVG without script, reference or font. Nothing of a week that was not found."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{drawn(week, alone=True)}\n'


def drawn(week: Week, *, alone: bool = False) -> str:
    """The `<svg>` element; unless `alone`, for a page that has its style."""
    axis = fitted(week, LENGTH, LEAST, MOST, FOLD)
    all_day = max((sum(s.start_min is None for s in week.sessions if s.day == day) for day in DAYS), default=0)
    top = HEAD + all_day * 38 + (6 if all_day else 0)
    bottom = top + max(axis.length, 0.0 if all_day else 60.0)
    parts = [_days(week, axis, top, bottom), *(_day(week, number, axis, top) for number in range(7))]
    rest, height = _rest(week, bottom + 14)
    parts += [*rest, _legend(week, bottom + 14 + height)]
    total = bottom + 14 + height + 26
    for line in week.advice if alone else ():
        parts.append(label(fitting((words.clean(line, 300),), WIDTH - LEFT - 6, 12), LEFT + 2, total + 10, "mc-name"))
        total += 18
    ids = (f"title-{week.id}", f"about-{week.id}")
    inside = [
        element("title", escape(words.title(week)), id=ids[0]),
        element("desc", escape(" ".join([*week.advice, told(week)])), id=ids[1]),
    ]
    if alone:
        inside += [element("style", sheet()), element("rect", width="100%", height="100%", class_="mc-paper")]
    return element(
        "svg", *inside, *parts,
        xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {total:.0f}", width=WIDTH if alone else None,
        height=f"{total:.0f}" if alone else None, role="img", aria_labelledby=" ".join(ids),
        class_="microcycle mc" if alone else "mc",
    )  # fmt: skip


@lru_cache(maxsize=1)
def sheet() -> str:
    """The style of a picture that stands alone."""
    return style("colours.css", "picture.css")


def told(week: Week) -> str:
    """The picture in sentences, for those who do not see it."""
    days = []
    for number, day in enumerate(DAYS):
        found = [_sentence(session) for session in week.sessions if session.day == day]
        if found or day in week.rest_days:
            days.append(f"{DAY_NAMES[number]}: {'; '.join(found) or 'rest'}.")
    return " ".join(days)


def _sentence(session: PlannedSession) -> str:
    mark = ", done" if session.done else ", fixed by you" if session.pinned else ""
    return f"{session.start or ''} {words.clean(session.name, 60)}, {session.minutes} min{mark}".strip()


def _x(day: float) -> float:
    return LEFT + day * COLUMN


def _days(week: Week, axis: Axis, top: float, bottom: float) -> str:
    """Names of the days, hours and lines."""
    parts = []
    every = 60 if axis.bands and axis.bands[0].per_min * 60 >= 22 else 120
    for minute, y in axis.hours(every):
        midnight = "mc-midnight" if minute == DAY_MIN else "mc-line"
        parts.append(element("line", x1=LEFT, x2=WIDTH, y1=top + y, y2=top + y, class_=midnight))
        parts.append(label(hhmm(minute % DAY_MIN), LEFT - 7, top + y + 3.5, "mc-hour", text_anchor="end"))
    for before in axis.bands[:-1]:
        y = top + before.end + FOLD / 2
        parts.append(element("line", x1=LEFT, x2=WIDTH, y1=y, y2=y, class_="mc-fold"))
    for day in range(7):
        name, date = words.day_head(week, day)
        parts.append(label(name, _x(day) + 8, 17, "mc-day"))
        if date:
            parts.append(label(date, _x(day) + 8, 32, "mc-small"))
        if day:
            parts.append(element("line", x1=_x(day), x2=_x(day), y1=6, y2=bottom, class_="mc-line"))
    return element("g", *parts)


def _day(week: Week, day: int, axis: Axis, top: float) -> str:
    """Free time, sessions and what is protected between them."""
    x, parts = _x(day) + 3, list[str]()
    for first, last in free(week, day) if axis.bands else ():
        for band in axis.bands:
            low, high = max(first, band.first), min(last, band.last)
            if low < high:
                y = axis.at(low)
                parts.append(
                    element("rect", x=x - 1, y=top + y, width=COLUMN - 4, height=axis.at(high) - y, rx=4, class_="mc-free")
                )
    if DAYS[day] in week.rest_days:
        parts.append(label("rest", x + COLUMN / 2 - 3, top + 24, "mc-rest", text_anchor="middle"))
    blocks: dict[str, tuple[float, float]] = {}
    untimed, below = HEAD, 0.0
    for session in (session for session in week.sessions if session.day == DAYS[day]):
        start = start_in_day(session)
        if start is None:
            parts.append(_block(session, x, untimed, 34))
            untimed += 38
            continue
        y = max(top + axis.at(start), below)
        height = max(BLOCK, top + axis.at(start + session.minutes) - y - 1)
        below = y + height + 1
        blocks[session.id] = (y, y + height)
        parts.append(_block(session, x, y, height))
    for gap in week.gaps:
        if gap.before in blocks and gap.after in blocks:
            parts.append(_between(gap, x + COLUMN / 2 - 3, blocks[gap.before][1], blocks[gap.after][0]))
    return element("g", *parts)


def _block(session: PlannedSession, x: float, y: float, height: float) -> str:
    """A session: its letter and name, and where there is room, when and how long. Nothing leaves its borders."""
    wide = COLUMN - 6
    marked = session.done or session.pinned
    lines = 3 if height >= THREE_LINES and session.start else 2 if height >= TWO_LINES else 1
    line = {1: height / 2 + 4.2, 2: height / 2 - 2.0, 3: 15.5}[lines]
    room = wide - 27 - (14 if marked else 0)
    short = words.clean(session.short, 200)
    names = (words.clean(session.name, 200), short[:1].upper() + short[1:])
    minutes = f"{session.minutes} min"
    when = {1: (), 2: (f"{session.start}, {minutes}" if session.start else minutes,), 3: (str(session.start), minutes)}
    parts = [
        element("rect", width=wide, height=height, rx=5, class_="mc-fill"),
        element("rect", width=18, height=height, rx=5, class_="mc-edge"),
        label(words.LETTERS[session.modality], 9, line, "mc-letter"),
        label(fitting(names, room, 12), 23, line, "mc-name"),
        *(label(text, 23, line + 13.5 * n, "mc-when") for n, text in enumerate(when[lines], 1)),
    ]
    if marked:
        mark = element("path", d=TICK, class_="mc-mark") if session.done else element("path", d=PIN, class_="mc-pin")
        parts.append(element("g", mark, transform=f"translate({wide - 14} {line - 10:g})"))
    kind = f"mc-block mc-{session.modality}{' mc-done' if session.done else ''}"
    return element(
        "svg", element("g", *parts, class_=kind), x=x, y=y, width=wide, height=height, data_session=session.id
    )  # fmt: skip


def _between(gap: Gap, x: float, top: float, bottom: float) -> str:
    """Rest between two sessions of a day."""
    if bottom - top < 24:
        return ""
    middle, text = (top + bottom) / 2, f"{_hours(gap)} apart"
    half = width(text, 11) / 2 + 4
    line = f"M{x:g} {top + 3:g}V{middle - 9:g}M{x:g} {middle + 9:g}V{bottom - 3:g}"
    return element(
        "g",
        element("path", d=line, class_="mc-rest-bar") if bottom - top >= 40 else "",
        element("rect", x=x - half, y=middle - 8, width=2 * half, height=16, rx=8, class_="mc-paper"),
        label(text, x, middle + 4, "mc-gap"),
    )


@dataclass(frozen=True)
class _Bar:
    """Protected rest as a bar: in which line, from where to where."""

    gap: Gap
    lane: int
    left: float
    right: float


def _rest(week: Week, top: float) -> tuple[list[str], float]:
    """The protected rest that tells most, and how high it stands."""
    bars = _bars(week)
    if not bars:
        return [], 0.0
    letters = {session.id: session for session in week.sessions}
    lanes = max(bar.lane for bar in bars) + 1
    soft = "" if all(_hard(bar.gap) for bar in bars) else "; dashed where they only prefer it"
    below = top + 18 + lanes * LANE
    parts = [
        label(f"Rest that rules protect{soft}", LEFT + 2, top + 8, "mc-small"),
        *(element("line", x1=_x(day), x2=_x(day), y1=top + 14, y2=below, class_="mc-line") for day in range(1, 7)),
    ]
    for bar in sorted(bars, key=lambda bar: (bar.lane, bar.left)):
        y = top + 26 + bar.lane * LANE
        text = fitting((*_texts(bar.gap), ""), bar.right - bar.left - 28, 11)
        half = width(text, 11) / 2 + 3 if text else 0
        middle = (bar.left + bar.right) / 2
        line = f"M{bar.left + 8:.1f} {y}H{middle - half:.1f}M{middle + half:.1f} {y}H{bar.right - 8:.1f}"
        parts += [
            element("path", d=line, class_=f"mc-rest-bar{'' if _hard(bar.gap) else ' mc-soft'}"),
            label(text, middle, y + 4, "mc-gap") if text else "",
            _dot(letters[bar.gap.before], bar.left, y),
            _dot(letters[bar.gap.after], bar.right, y),
        ]
    return parts, 26 + lanes * LANE


def _dot(session: PlannedSession, x: float, y: float) -> str:
    return element(
        "g",
        element("circle", cx=x, cy=y, r=7.5, class_="mc-edge"),
        label(words.LETTERS[session.modality], x, y + 3.8, "mc-letter"),
        class_=f"mc-block mc-{session.modality}",
    )


def _texts(gap: Gap) -> tuple[str, ...]:
    """What stands at a bar, from much to little."""
    least = max((rule.hours or 0 for rule in gap.rules), default=0)
    # Some rules count from start to start; their hours would not make sense beside these.
    least = least if least <= gap.hours else 0
    more = (f"{_hours(gap)} of rest, at least {least} h", f"{_hours(gap)}, at least {least}") if least else ()
    return (*more, f"{_hours(gap)} of rest", _hours(gap))


def _hours(gap: Gap) -> str:
    return f"{words.number(round(gap.hours, None if gap.hours >= 20 else 1))} h"


def _bars(week: Week) -> list[_Bar]:
    """Hard rules first, then who asks for most; what would stand on another is left out."""
    sessions = {session.id: session for session in week.sessions}
    found: list[_Bar] = []
    for gap in sorted(week.gaps, key=_rank):
        before, after = sessions[gap.before], sessions[gap.after]
        if before.start_min is None or after.start_min is None or before.day == after.day:
            continue
        if _overnight(gap) and len(found) >= 2:
            continue
        left, right = _x((before.start_min + before.minutes) / DAY_MIN), _x(after.start_min / DAY_MIN)
        if right - left < 24:
            continue
        lane = _lane(found, left, right, LANES if _hard(gap) else SOFT_LANES)
        if lane is not None and len(found) < BARS:
            found.append(_Bar(gap, lane, left, right))
    return found


def _lane(bars: Iterable[_Bar], left: float, right: float, lanes: int) -> int | None:
    """The first line in which there is room."""
    taken = {bar.lane for bar in bars if bar.left - 18 <= right and left <= bar.right + 18}
    return next((lane for lane in range(lanes) if lane not in taken), None)


def _hard(gap: Gap) -> bool:
    return any(rule.severity == "hard" for rule in gap.rules)


def _rank(gap: Gap) -> tuple[bool, bool, int]:
    return _overnight(gap), not _hard(gap), -max((rule.hours or 24 for rule in gap.rules), default=0)


def _overnight(gap: Gap) -> bool:
    return all(rule.hours is not None and rule.hours < OVERNIGHT_H for rule in gap.rules)


def _legend(week: Week, y: float) -> str:
    """What letters, marks and grounds mean."""
    parts, x = list[str](), float(LEFT + 2)

    def add(mark: str, text: str) -> None:
        nonlocal x
        parts.append(element("g", mark, transform=f"translate({x:g} {y:g})"))
        parts.append(label(text, x + 20, y + 11, "mc-small"))
        x += 20 + width(text, 11) + 16

    for modality in _modalities(week.sessions):
        dot = element("circle", cx=7.5, cy=7.5, r=7.5, class_="mc-edge")
        letter = label(words.LETTERS[modality], 7.5, 11.3, "mc-letter")
        add(element("g", dot, letter, class_=f"mc-block mc-{modality}"), words.MODALITIES[modality])
    if any(session.pinned and not session.done for session in week.sessions):
        add(element("path", d=PIN, class_="mc-pin", transform="translate(3 2)"), "fixed by you")
    if any(session.done for session in week.sessions):
        add(element("path", d=TICK, class_="mc-mark", transform="translate(3 2)"), "done")
    if week.windows and any(session.start for session in week.sessions):
        add(element("rect", width=15, height=15, rx=3, class_="mc-free"), "free time")
    return element("g", *parts, class_="mc-legend")


def _modalities(sessions: Iterable[PlannedSession]) -> list[str]:
    here = {session.modality for session in sessions}
    return [modality for modality in words.MODALITIES if modality in here]


__all__ = ["drawn", "sheet", "to_svg", "told"]
