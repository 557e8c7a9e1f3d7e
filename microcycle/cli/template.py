"""A constraints file for a first week, with comments that say what may be changed."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from microcycle.models.catalogue import catalogue
from microcycle.models.goal import CLASSES, Goal

ADULT = 18


@dataclass(frozen=True)
class Answers:
    """What `init` asks; times as they are written, comma-separated."""

    goal: str
    primary: str | None
    name: str
    lift: str
    run: str
    weekdays: str
    weekend: str
    age: str
    cares: tuple[str, ...]

    @property
    def figures(self) -> bool:
        """Whether a report on food is offered: not to minors, nor with care for eating."""
        return "eating" not in self.cares and int(self.age or ADULT) >= ADULT

    @classmethod
    def usual(cls, goal: Goal) -> Answers:
        """A start for the goal, to be changed: the middle class that it takes, mornings and evenings."""
        allowed = [name for name in CLASSES if name not in goal.refuse]
        level = "intermediate" if "intermediate" in allowed else allowed[0]
        primary = goal.primary[0] if goal.must_choose else None
        return cls(goal.id, primary, "", level, level, "06:00-07:30, 17:30-20:30", "08:00-12:00", "", ())


def commented(goal_id: str, answers: Answers) -> str:
    """The file as text; it is read by `load_request` as it stands."""
    goal = catalogue().goals[goal_id]
    athlete = [f"name: {_quoted(answers.name)}"] if answers.name else []
    if answers.age:
        athlete.append(f"age: {answers.age}")
    if answers.cares:
        athlete.append(f"care: [{', '.join(_quoted(care) for care in answers.cares)}]")
    athlete.append(f"experience: {{lift: {answers.lift}, run: {answers.run}}}")
    leads = ", ".join(goal.primary)
    offers = [f"#   {name}: {value}" for offered in goal.offers.values() for name, value in offered.items()]
    lines = [
        "# yaml-language-server: $schema=microcycle.schema.json",
        "# (for help in your editor: microcycle schema -o microcycle.schema.json)",
        "#",
        *textwrap.wrap(f"{goal.name}: {goal.about}", 100, initial_indent="# ", subsequent_indent="# "),
        "# Then: microcycle plan this-file.yaml",
        "",
        "athlete:",
        *(f"  {line}" for line in athlete),
        '  # easy_pace: "6:30 /km"     # or "10:30 /mi": gives distances',
        *(["  # bodyweight: 72 kg         # or 160 lb: gives a report on food"] if answers.figures else []),
        *([] if answers.cares else ["  # care: [pregnant]           # or heart, {injury: knee}, medicine, eating"]),
        "",
        f"{f'goal: {goal.id}':<30}# others: microcycle goals",
        f"{f'primary: {answers.primary}' if answers.primary else f'# primary: {goal.primary[0]}':<30}"
        f"# what wins where running and lifting meet: {leads}",
        "",
        "# When there is time. The narrower day replaces the wider: `wed` wins over `mon-fri`.",
        "availability:",
        f"  mon-fri: {_windows(answers.weekdays)}",
        f"  sat-sun: {_windows(answers.weekend)}",
        "  # wed: {at: 18:00-19:30, only: [runs], place: track, buffer: 10}",
        "  # sun: none",
        "",
        "sleep: 23:00-06:00            # hard sessions keep away from it; per day too: {mon-fri: ..., sat-sun: ...}",
        "",
        "# A Monday makes the week dated: the calendar has dates, and history counts.",
        "# week_of: 2026-11-23",
        "",
        "# What is fixed already.",
        "# pinned:",
        '#   - {session: easy-run, day: tue, start: "18:30", minutes: 45, note: run club, outside_windows: true}',
        "",
        "# What you would like (prefer), never want on a day (forbid) or never at all (exclude).",
        "# prefer: {long-run: [sat, sun], rest: sun}",
        "# forbid: {lifts: [tue]}",
        "# exclude: [hill-repeats]",
        "",
        "# Numbers of your own instead of the goal's: 3 exactly, 2-4 a range, ~3 to aim at.",
        "# want: {lifts: 3, runs: 2-3, run_minutes: 80-150}",
        "",
        "# What the last weeks held, oldest first: without it, growth is not judged.",
        "# history: {longest_run_30d: 60 min, run_minutes: [80, 85, 90]}",
        "",
        "# Choices where sources disagree: microcycle policies",
        "# policies:",
        *(dict.fromkeys(offers) or ["#   separation: gap-6h"]),
        "",
        "# Single rules, harder or softer or off: microcycle rules",
        "# rules: {prefer-separate-days: off}",
    ]
    return "\n".join(lines) + "\n"


def _windows(text: str) -> str:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    parts = [part for part in parts if part.lower() != "none"]
    return f"[{', '.join(_plain(part) for part in parts)}]" if parts else "none"


def _plain(window: str) -> str:
    return window if window.replace(":", "").replace("-", "").isdecimal() else _quoted(window)


def _quoted(text: str) -> str:
    """A YAML text in double quotes, whatever it holds."""
    shown = "".join(c for c in text if c.isprintable())
    return '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'
