"""Writes docs/weeks.md: a solved week of every goal, every experience and two calendars, as a coach would read them.

Run with `python docs/weeks.py`; with `--times`, what each week took goes to standard error.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from microcycle import load_request, plan_week
from microcycle.export import words
from microcycle.models.catalogue import catalogue
from microcycle.models.clock import DAYS
from microcycle.models.goal import CLASSES
from microcycle.models.lineage import Visit
from microcycle.models.week import Week

TARGET = Path(__file__).with_suffix(".md")
CALENDARS: dict[str, dict[str, Any]] = {
    "ordinary": {"mon-fri": ["06:00-07:30", "17:30-20:30"], "sat-sun": "08:00-12:00"},
    "evenings": {"mon-fri": "18:00-21:00", "sat-sun": "09:00-12:00"},
}
HEAD = """\
# Weeks

Made by `docs/weeks.py`, read by a coach. Each goal, for one experience in both running and lifting, on two calendars:

- `ordinary`: Monday to Friday 06:00-07:30 and 17:30-20:30, Saturday and Sunday 08:00-12:00;
- `evenings`: Monday to Friday 18:00-21:00, Saturday and Sunday 09:00-12:00.

No history, no wishes, no pins. A line for each day; what one visit holds is joined by `+`. Then minutes, hard sets a
week, what the week costs in each level of its goal's order (0 is best; points are the rulebook's weights), and what
was traded. All are proven best unless a line says otherwise.
"""


class Row(NamedTuple):
    goal: str
    experience: str
    calendar: str
    primary: str

    @property
    def title(self) -> str:
        """The heading of its week, by which a test finds it again."""
        leads = f", {words.LEADS[self.primary]}" if self.primary else ""
        return f"{self.experience}, {self.calendar}{leads}"


def rows() -> Iterator[Row]:
    """Every week of the file in its order; where a goal needs to be told what leads, both."""
    for goal in catalogue().goals.values():
        for experience in CLASSES:
            if experience not in goal.refuse:
                for calendar in CALENDARS:
                    for primary in goal.primary if goal.must_choose else ("",):
                        yield Row(goal.id, experience, calendar, primary)


def planned(row: Row, *, stats: bool = False) -> Week:
    """The solved week of a row."""
    spec: dict[str, Any] = {
        "athlete": {"experience": {"lift": row.experience, "run": row.experience}},
        "goal": row.goal,
        "availability": CALENDARS[row.calendar],
    }
    if row.primary:
        spec["primary"] = row.primary
    return plan_week(load_request(spec), stats=stats)


def levels_line(week: Week) -> str:
    """`Levels: key 0, counts 0, interference 200`."""
    return "Levels: " + ", ".join(f"{level.name} {level.value}" for level in week.levels)


def text_of(row: Row, week: Week) -> str:
    """One week as markdown."""
    if week.measures is None:
        return f"### {row.title}\n\n{' '.join(words.proof(week))}\n"
    lines = [f"### {row.title}", "", "```text"]
    for n, day in enumerate(DAYS):
        visits = "; ".join(_visit(visit) for visit in words.visits(week, day))
        rest = "" if day not in week.rest_days else "rest, " if visits else "rest"
        lines.append(f"{DAYS[n].capitalize()}  {rest}{visits}")
    figures = dict(words.measure_lines(week.measures, week.rest_days, week.distance_unit))
    volumes = [f"{label} {line}" for label, line in figures.items() if label not in ("Week", "Load", "Hard sets")]
    lines += ["```", "", *(f"- {line}" for line in [f"{'; '.join(volumes)}; {figures['Week']}"])]
    if "Hard sets" in figures:
        lines.append(f"- Hard sets: {figures['Hard sets']}")
    lines.append(f"- {levels_line(week)}")
    if not week.proven:
        lines.append("- Not proven: the search ended before its proof.")
    lines += [f"- Traded: {'. '.join(texts)} (`{match.rule}`)" for match, texts in words.traded(week.matches)]
    return "\n".join(lines) + "\n"


def _visit(visit: Visit) -> str:
    return f"{visit[0].start} " + " + ".join(f"{session.name} {session.minutes}" for session in visit)


def _made(row: Row) -> tuple[str, str]:
    week = planned(row, stats=True)
    assert week.stats is not None
    seconds = sum(week.stats.seconds.values())
    time = f"{week.stats.deterministic:7.3f} {seconds:6.2f} s {week.outcome} {week.proven} {row.goal} {row.title}"
    return text_of(row, week.model_copy(update={"stats": None})), time


def main() -> None:
    parts, goal = [HEAD], ""
    wanted = list(rows())
    with ProcessPoolExecutor(2) as pool:
        for row, (text, time) in zip(wanted, pool.map(_made, wanted), strict=True):
            if "--times" in sys.argv:
                print(time, file=sys.stderr, flush=True)
            if row.goal != goal:
                goal = row.goal
                card = catalogue().goals[goal]
                parts.append(f"## {card.name} (`{goal}`)\n\n{card.about}\n")
            parts.append(text)
    TARGET.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
