"""Small charts of a week's figures (SVG): load by day, the easy share, hard sets against what was asked."""

from __future__ import annotations

from microcycle.export import words
from microcycle.export.axis import Axis, Band, fitted, free, start_in_day
from microcycle.export.svg import element, label
from microcycle.models.clock import DAYS
from microcycle.models.planned import Aim
from microcycle.models.week import Measures, Week

WIDE = 320
"""Units of all charts: about a pixel each on a phone."""


def load(measures: Measures) -> str:
    """A bar for each day, darker on hard days, which are told by a word as well."""
    most, base, parts = max(*measures.load_by_day, 1), 112, list[str]()
    for n, (day, value) in enumerate(zip(DAYS, measures.load_by_day, strict=True)):
        x, height = n * WIDE / 7 + WIDE / 14, 84 * value / most
        hard = day in measures.hard_days
        parts += [
            element("rect", x=x - 15, y=base - height, width=30, height=max(height, 1.0), rx=2.0 if value else 0,
                    class_="chart-hard" if hard else "chart-bar"),
            label(str(value), x, base - height - 5, "chart-number") if value else "",
            label(day.capitalize(), x, base + 15, "chart-word"),
            label("hard" if hard else "" if value else "rest", x, base + 28, "chart-note") if hard or not value else "",
        ]  # fmt: skip
    line = element("line", x1=0, x2=WIDE, y1=base, y2=base, class_="chart-line")
    told = (f"{day.capitalize()} {n}{' hard' if day in measures.hard_days else ''}" for day, n in _days(measures))
    return _chart(f"Load by day: {', '.join(told)}.", 144, *parts, line)


def _days(measures: Measures) -> list[tuple[str, int]]:
    return list(zip(DAYS, measures.load_by_day, strict=True))


def easy(share: float) -> str:
    """A bar that is filled as far as the endurance work is easy."""
    percent = round(100 * share)
    return _chart(
        f"{percent} % of the endurance minutes are easy, {100 - percent} % fast.", 38,
        element("rect", y=2, width=WIDE, height=14, rx=3, class_="chart-hard"),
        element("rect", y=2, width=WIDE * share, height=14, rx=3, class_="chart-easy"),
        label(f"{percent} % easy", 0, 32, "chart-left"),
        label(f"{100 - percent} % fast", WIDE, 32, "chart-right") if percent < 100 else "",
    )  # fmt: skip


def sets(measures: Measures, aims: tuple[Aim, ...]) -> str:
    """A line for each muscle: its sets as a dot, the range that was asked for as a bar, the aim as a stroke."""
    asked = {aim.what: aim for aim in aims if aim.unit == "sets"}
    held = {str(muscle): count for muscle, count in measures.sets.items()}
    rows = [*held, *(name for name in asked if name not in held)]
    most = max([*held.values(), *(aim.high or aim.target or 0 for aim in asked.values()), 1])
    left, room = 78, WIDE - 78 - 82
    parts, told = list[str](), list[str]()
    for n, name in enumerate(rows):
        y, value, aim = n * 20 + 12, held.get(name, 0.0), asked.get(name)
        span = words.span(aim) if aim else ""
        parts += [
            label(words.clean(name, 14), left - 8, y + 4, "chart-right chart-ink"),
            element("line", x1=left, x2=left + room, y1=y, y2=y, class_="chart-line"),
        ]
        if aim is not None:
            low, high = aim.low or 0, most if aim.high is None else aim.high
            x, to = left + room * low / most, left + room * high / most
            parts.append(element("rect", x=x, y=y - 5, width=max(2.0, to - x), height=10, rx=2, class_="chart-range"))
            if aim.target is not None:
                at = left + room * aim.target / most
                parts.append(element("line", x1=at, x2=at, y1=y - 6, y2=y + 6, class_="chart-aim"))
        within = aim is None or not words.standing(aim)
        dot = left + room * value / most
        parts += [
            element("circle", cx=dot, cy=y, r=4.5, class_="chart-dot") if within
            else element("path", d=f"M{dot:.1f} {y - 6}l6 6l-6 6l-6-6z", class_="chart-out"),
            label(words.number(value), left + room + 14, y + 4, "chart-left chart-ink"),
            label(f"of {span}" if span else "", WIDE, y + 4, "chart-right") if span else "",
        ]  # fmt: skip
        told.append(
            f"{words.clean(name)} {words.number(value)}{f', {words.asked(aim)}' if aim and words.asked(aim) else ''}"
        )
    return _chart(f"Hard sets of each muscle: {'; '.join(told)}.", len(rows) * 20 + 4, *parts)


def strips(week: Week) -> list[str]:
    """A line for each day with its sessions in the time that there is for them; what it shows stands beside it in words."""
    axis = _across(week)
    found = []
    for day in range(7):
        parts = [element("rect", width=100, height=6, class_="strip-day")]
        for first, last in free(week, day) if axis.bands else ():
            x = axis.at(first)
            parts.append(element("rect", x=x, width=max(0.0, axis.at(last) - x), height=6, class_="strip-free"))
        for session in week.sessions:
            start = start_in_day(session)
            if session.day == DAYS[day] and start is not None:
                x = axis.at(start)
                wide = max(2.0, axis.at(start + session.minutes) - x)
                parts.append(
                    element("g", element("rect", x=x, width=wide, height=6, class_="mc-edge"),
                            class_=f"mc-{session.modality}")
                )  # fmt: skip
        found.append(
            element("svg", *parts, viewBox="0 0 100 6", preserveAspectRatio="none", aria_hidden="true", class_="strip mc")
        )
    return found


def _across(week: Week) -> Axis:
    """The hours of a day as a hundred parts."""
    axis = fitted(week, 1000, 1, 1000, 20)
    scale = 100 / axis.length if axis.length else 1
    return Axis(tuple(Band(b.first, b.last, b.at * scale, b.per_min * scale) for b in axis.bands))


def _chart(told: str, height: int, *parts: str) -> str:
    return element("svg", *parts, viewBox=f"0 0 {WIDE} {height}", role="img", aria_label=told, class_="chart")


__all__ = ["easy", "load", "sets", "strips"]
