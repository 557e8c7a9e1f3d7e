"""Plain words for what the documents hold as ids and numbers."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import groupby

from microcycle.models import clock, lineage
from microcycle.models.catalogue import catalogue
from microcycle.models.lineage import Visit
from microcycle.models.naming import in_sentence
from microcycle.models.planned import Aim, Gap, PlannedSession
from microcycle.models.rule import Level
from microcycle.models.week import Check, LevelResult, Measures, Repair, RuleMatch, Week

LETTERS = {"run": "R", "lift": "L", "power": "P", "cross": "X", "mobility": "M", "walk": "W", "rest": "-"}
MODALITIES = {
    "run": "run", "lift": "lift", "power": "power", "cross": "cross-training", "mobility": "mobility", "walk": "walk",
}  # fmt: skip
LEVEL_WORDS: Mapping[Level, str] = {
    "key": "key sessions",
    "counts": "number of sessions",
    "priority-volume": "volume of what leads",
    "interference": "runs and lifts out of each other's way",
    "supporting-volume": "volume of the rest",
    "load-shape": "hard days apart from easy ones",
    "convenience": "convenience",
}
VOLUMES = {
    "run": ("running volume", "lifting volume"),
    "lift": ("lifting volume", "running volume"),
    "balanced": ("training volume", "other volume"),
}
LEADS = {"run": "running leads", "lift": "lifting leads", "balanced": "neither leads"}


def title(week: Week | Check) -> str:
    """`Jamie: Raise VO2max and strength together (lifting leads)`, without the name where there is none."""
    name = clean(week.athlete, 40)
    return f"{name}: {goal(week)}" if name else goal(week)


def goal(week: Week | Check) -> str:
    return f"{week.goal_name} ({LEADS.get(week.primary, week.primary)})"


def when(week: Week | Check) -> str:
    """`Week of 23 November 2026`, or nothing."""
    return f"Week of {long_date(week.week_of)}" if week.week_of else ""


def long_date(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def day_head(week: Week | Check, day: int) -> tuple[str, str]:
    """Name and date of a day: `Mon`, `23 Nov`."""
    name = clock.DAYS[day].capitalize()
    if week.week_of is None:
        return name, ""
    at = week.week_of + timedelta(days=day)
    return name, f"{at.day} {at:%b}"


def day_names(days: Iterable[str]) -> str:
    return ", ".join(day.capitalize() for day in days) or "none"


def visits(week: Week | Check, day: str) -> list[Visit]:
    """The visits of a day in time order, each with its sessions."""
    return lineage.visits([session for session in week.sessions if session.day == day])


def number(value: float) -> str:
    """`8` or `8.5`: no trailing zero."""
    return f"{value:g}"


def measure_lines(measures: Measures, rest_days: Iterable[str], unit: str) -> list[tuple[str, str]]:
    """The week in figures: a short label and a line for each."""
    lines: list[tuple[str, str]] = []
    for modality, word in MODALITIES.items():
        minutes = measures.minutes.get(modality)
        if not minutes:
            continue
        count = measures.sessions.get(modality, 0)
        parts = [plural(count, "session")] if count else []
        parts.append(clock.duration_text(minutes))
        if metres := measures.distance_m.get(modality):
            parts.append(f"about {distance(metres, unit)}")
        if modality == "run" and count > 1:
            parts.append(f"longest {clock.duration_text(measures.longest_run)}")
        lines.append((word.capitalize(), ", ".join(parts)))
    hard = list(measures.hard_days)
    week = [
        f"{plural(measures.sessions.get('total', 0), 'session')}, {clock.duration_text(measures.minutes['total'])}",
        f"hard days: {day_names(hard)}",
        f"rest days: {day_names(rest_days)}",
    ]
    if measures.easy_share is not None:
        week.append(f"{round(100 * measures.easy_share)} % of endurance minutes easy")
    lines.append(("Week", "; ".join(week)))
    load = f"{measures.load} (effort x minutes)"
    if measures.monotony is not None:
        load += f", monotony {measures.monotony:.2f}, strain {measures.strain}"
    lines.append(("Load", load))
    if measures.sets:
        lines.append(("Hard sets", ", ".join(f"{muscle} {number(n)}" for muscle, n in measures.sets.items())))
    return lines


FOOD = "Food and energy (a report, nothing is planned by it)"


def nutrition_lines(week: Week) -> list[tuple[str, str]]:
    """`Protein`, `115-160 g/day. 1.6-2.2 g per kg ... (MOR18)`."""
    return [
        (item.item.capitalize(), f"{item.low}-{item.high} {item.unit}. {whole(item.text)} ({', '.join(item.sources)})")
        for item in week.nutrition
    ]


def plural(count: int, word: str) -> str:
    """`1 session`, `2 sessions`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def distance(metres: float, unit: str) -> str:
    """`8.1 mi`."""
    # An estimate from a pace: one decimal is all that it can bear.
    return f"{metres / clock.METRES[unit]:.1f} {unit}"


def level_words(week: Week, level: Level) -> str:
    """What a level is about, for someone who knows what leads this week."""
    if week.primary in VOLUMES and level in ("priority-volume", "supporting-volume"):
        return VOLUMES[week.primary][level == "supporting-volume"]
    return LEVEL_WORDS[level]


def proof(week: Week) -> list[str]:
    """What is proven about the week, in plain sentences."""
    if week.verified is None:
        return _proof(week)
    again = "Proven a second time, another way." if week.verified else "The second proof did not end within the limit."
    return [*_proof(week), again]


def _proof(week: Week) -> list[str]:
    if week.outcome == "infeasible":
        return ["Infeasible, proven: no week keeps all of these hard rules and facts."]
    if week.outcome == "unknown":
        return [
            "No week was found before the limit, and no proof that there is none.",
            "Allow more time with --time-limit.",
        ]
    if week.proven:
        order = ", then ".join(level_words(week, level.name) for level in week.levels)
        if week.news is not None:
            return [
                "Proven: of all weeks that change as little of the one before, or as was asked, none is better.",
                f"In this order: {order}.",
            ]
        return [
            "Proven best: no other week of your goal's menu that keeps your hard rules is better.",
            f"In this order: {order}.",
        ]
    cause = "the time" if week.limit == "clock" else "the work"
    found = [f"Best week found before {cause} ran out; a better one is not ruled out."]
    proven = [level_words(week, level.name) for level in week.levels if level.proven]
    if proven:
        found.append(f"Proven best on {', then '.join(proven)}.")
    open_levels = [level for level in week.levels if not level.proven and level.value > level.bound]
    return [*found, *(f"Gap on {level_words(week, level.name)}: {gap(level)}." for level in open_levels)]


def happened(week: Week) -> list[str]:
    """What came in between where a week was planned anew, and what became of it."""
    found = []
    if week.news is not None:
        told = [f"Planned anew on {parsed_moment(week.news.now)}."]
        told += [f"No time any more on {day_names(week.news.lost)}."] * bool(week.news.lost)
        told += [f"Ill on {day_names(week.news.ill)}."] * bool(week.news.ill)
        told += [f"Fixed since: {clean(', '.join(week.news.added), 300)}."] * bool(week.news.added)
        told += [f"The file says otherwise: {clean(', '.join(week.news.settings), 300)}."] * bool(week.news.settings)
        found.append(" ".join(told))
    kinds = catalogue().kinds
    for missed in week.missed:
        name = kinds[missed.session].name if missed.session in kinds else missed.session
        found.append(f"Missed, and not made up for: {_was(name, missed.day, missed.minutes)}.")
    dropped = [visit for visit in week.dropped if not visit.missed]
    return [*found, *(f"No longer planned: {_was(visit.name, visit.day, visit.minutes)}." for visit in dropped)]


def _was(name: str, day: str, minutes: int) -> str:
    return f"{in_sentence(clean(name, 100))} ({day.capitalize()}, {minutes} min)"


def parsed_moment(text: str) -> str:
    """`Wednesday 12:00`."""
    return clock.week_text(clock.parse_week_minute(text))


def other_conflict(week: Week) -> str:
    """How many conflicts there are beside the one that is told."""
    rest = week.conflicts_found - 1
    return f"{'Another conflict was' if rest == 1 else f'{rest} other conflicts were'} found beside it. The smallest:"


def repair(found: Repair) -> list[str]:
    """What to change, one line each, then what the evidence says of it, then the week that it gives."""
    days = repair_days(found)
    return [*repair_changes(found), f"The week then: {'; '.join(days)}." if days else ""]


def repair_changes(found: Repair) -> list[str]:
    """What to change, one line each, then what the evidence says of it."""
    warned = [change for change in found.changes if change.gives_up in WARNED and change.why]
    return [change.text for change in found.changes] + [f"{c.rule} is a rule because: {c.why}" for c in warned]


def repair_days(found: Repair) -> list[str]:
    """The week that it gives, a line for each day: `Tue 18:00 full body 55, 18:55 mobility 15`."""
    days = []
    for day, group in groupby(found.sessions, key=lambda session: session.day):
        parts = [f"{s.start or ''} {s.short} {s.minutes}".strip() for s in group]
        days.append(f"{day.capitalize()} {', '.join(parts)}")
    return days


def settings(found: Repair) -> str:
    """`--set want.lifts=2`: the changes as options of a command."""
    told = []
    for edit in (edit for change in found.changes for edit in change.edits):
        value = "" if edit.remove else edit.value if isinstance(edit.value, str) else json.dumps(edit.value)
        told.append(f"--set {shlex.quote('.'.join(map(str, edit.path)) + '=' + str(value))}")
    return " ".join(told)


WARNED = ("cohort", "trial", "safety")
"""Rules of which evidence is told when they are to give way."""
REPAIRS = "What would help, the cheapest first"


def gap(level: LevelResult) -> str:
    """How far a level may be from its best; points are the rulebook's weights."""
    return f"this week costs {level.value} points, any week at least {level.bound}"


def grouped(matches: Iterable[RuleMatch]) -> list[tuple[RuleMatch, list[str]]]:
    """Matches of one rule together, in the order given: the first of them, and the sentences of all."""
    found: dict[tuple[str, str, str | None], tuple[RuleMatch, list[str]]] = {}
    for match in matches:
        key = (match.rule, match.severity, match.source)
        texts = found.setdefault(key, (match, []))[1]
        if match.text not in texts:
            texts.append(match.text)
    return list(found.values())


SHORTFALLS = ("session-counts", "volume-targets", "weekly-sets")
MEASURED = (*SHORTFALLS, "overshoot")


def traded(matches: Iterable[RuleMatch]) -> list[tuple[RuleMatch, list[str]]]:
    """As `grouped`, but each fact once."""
    return grouped(told(matches))


def told(matches: Iterable[RuleMatch]) -> list[RuleMatch]:
    """The matches without those that say no more: of two limits of one rule that a fact misses only the dearer is left."""
    found = list(matches)
    dearest: dict[tuple[str, str], RuleMatch] = {}
    for match in found:
        key = _fact(match)
        dearest[key] = max(dearest.get(key, match), match, key=lambda m: (m.severity == "hard", m.cost, m.amount))
    kept = {id(match) for match in dearest.values()}
    return [match for match in found if id(match) in kept]


_LIMIT = re.compile(r"(?:at |not |none |\d).*\b(?:wanted|aimed at)\b|where none should be$")
"""`at most 130 wanted after your last weeks`, `21:00 at the latest wanted`: what a rule wants of a fact."""


def _fact(match: RuleMatch) -> tuple[str, str]:
    """What a rule says of the week, whatever it wants instead."""
    fact, _, limit = match.text.rstrip(".").rpartition(", ")
    return match.rule, fact if _LIMIT.match(limit) else match.text


def reasons(week: Week, session: PlannedSession) -> list[str]:
    """Why a session stands where it does, as far as the week itself tells: what it is for, and what it keeps clear of."""
    found = ["Fixed by you."] if session.pinned else []
    aim = next((aim for aim in week.aims if session.id in (aim.sessions or ())), None)
    if aim is not None:
        head = "A key session" if aim.level == "key" else "For your goal"
        found.append(f"{head}: {clean(aim.what, 120)}, {number(aim.value)} this week, {asked(aim)}.")
    names = {other.id: (in_sentence(clean(other.name, 60)), other.day) for other in week.sessions}
    for gap in week.gaps:
        if session.id in (gap.before, gap.after):
            other, day = names[gap.after if session.id == gap.before else gap.before]
            side = "before" if session.id == gap.before else "after"
            there = "" if day == session.day else f" on {day.capitalize()}"
            found.append(f"{number(round(gap.hours, 1))} h {side} {other}{there} ({kept(gap)}).")
    return found


def kept(gap: Gap) -> str:
    """What asks for a rest: `48 h wanted from start to start: same-muscle-48h, lifts-apart`."""
    most = max(gap.rules, key=lambda rule: rule.hours or 0)
    rules = ", ".join(dict.fromkeys(clean(rule.rule, 80) for rule in gap.rules))
    between = " from start to start" if most.measured == "start-to-start" else ""
    return f"{most.hours} h wanted{between}: {rules}" if most.hours else rules


def asked(aim: Aim) -> str:
    """`2-4 asked for, 3 aimed at`: of sessions, or of sets."""
    parts = [f"{span(aim)}{' sets' if aim.unit == 'sets' else ''} asked for"] if span(aim) else []
    parts += [f"{number(aim.target)} aimed at"] if aim.target is not None and aim.target not in (aim.low, aim.high) else []
    return ", ".join(parts)


def span(aim: Aim) -> str:
    """`2-4`, `at least 2`, or nothing where only an aim is named."""
    low, high = aim.low, aim.high
    return (
        number(low) if low == high and low is not None
        else f"{number(low)}-{number(high)}" if low is not None and high is not None
        else f"at least {number(low)}" if low is not None
        else f"at most {number(high)}" if high is not None
        else ""
    )  # fmt: skip


def standing(aim: Aim) -> str:
    """`1 short`, `2 over`, or nothing where the week holds what was asked."""
    if aim.low is not None and aim.value < aim.low:
        return f"{number(aim.low - aim.value)} short"
    if aim.high is not None and aim.value > aim.high:
        return f"{number(aim.value - aim.high)} over"
    return ""


def clean(text: str, limit: int | None = 60) -> str:
    """What someone else wrote, as it may stand anywhere: one line, nothing invisible, not too long."""
    shown = "".join(c if c.isprintable() else " " if c.isspace() else "" for c in text)
    shown = " ".join(shown.split())
    return shown if limit is None or len(shown) <= limit else shown[: limit - 3].rstrip() + "..."


def whole(text: str) -> str:
    """A sentence of ours, which is never cut: what it repeats of a file was shortened when it was made."""
    return clean(text, None)


def contents(sessions: Iterable[PlannedSession]) -> list[tuple[str, str, str]]:
    """What to do: days, session and steps, sessions that are alike told once."""
    found: dict[tuple[str, int, str], list[str]] = {}
    for session in sessions:
        days = found.setdefault((session.name, session.minutes, session.content), [])
        if session.day not in days:
            days.append(session.day)
    return [(day_names(days), f"{name}, {minutes} min", text) for (name, minutes, text), days in found.items()]
