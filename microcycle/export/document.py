"""A week as a Markdown page, to keep beside notes or to send: a fact a line, so that two of them compare line by line."""

from __future__ import annotations

import re
from collections.abc import Iterable

from microcycle.export import words
from microcycle.export.words import clean, whole
from microcycle.models.clock import DAYS
from microcycle.models.facts import sentences
from microcycle.models.planned import PlannedSession
from microcycle.models.week import RuleMatch, Week

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~&]|:(?=//)|(?<=\bwww)\.)", re.IGNORECASE)
"""What marks text up, or makes an address live."""
_OPENING = re.compile(r"^(?:(?=[-+=])|(\d+)(?=[.)](?:\s|$)))")
"""What begins a list or underlines a heading."""
_FACTS = {"Week": "; ", "Hard sets": ", "}
"""Figures of which there are too many for a line, and what stands between them."""


def to_markdown(week: Week) -> str:
    """Headings, a table of the week, the figures, and the same sentences as in the terminal."""
    lines = [f"# {escape(words.title(week))}"]
    if line := words.when(week):
        lines += ["", line]
    lines += [line for advice in week.advice for line in ("", f"**{escape(whole(advice))}**")]
    if week.measures is not None:
        lines += ["", *_table(week)]
    lines += _section("What came in between", [f"- {escape(line)}" for line in words.happened(week)])
    lines += ["", *_proof(week)]
    lines += ["", *(f"- {escape(whole(line))}" for line in sentences(week.conflict))] if week.conflict else []
    if week.other_conflict:
        told = (f"- {escape(whole(line))}" for line in sentences(week.other_conflict))
        lines += ["", words.other_conflict(week), "", *told]
    lines += _section(words.REPAIRS, _repairs(week))
    lines += _section(
        "What was traded, the worst first", [f"- {line}" for g in words.traded(week.matches) for line in _match(*g)]
    )
    lines += _section("In figures", _figures(week))
    lines += _section("What to do", [line for session in week.sessions for line in _session(week, session)][1:])
    lines += _section("Assumed", [f"- {escape(whole(line))}" for line in week.assumptions])
    offers = [f"- `{offer.policy}: {offer.value}` under `policies`. {escape(whole(offer.text))}" for offer in week.offers]
    lines += _section("You could also choose", offers)
    lines += _section(words.FOOD, [f"- **{label}:** {escape(text)}" for label, text in words.nutrition_lines(week)])
    return "\n".join([*lines, "", "---", "", f"*{escape(whole(week.disclaimer))}*", ""])


def _table(week: Week) -> list[str]:
    """A row for each session and each day of rest; each says which day it is, whatever stands above it."""
    lines = ["| Day | Time | Kind | Session | Minutes |", "|---|---|---|---|---:|"]
    for n, day in enumerate(DAYS):
        head = _day(week, n)
        if day in week.rest_days:
            lines.append(f"| {head} | | | rest | |")
        for visit in words.visits(week, day):
            for at, session in enumerate(visit):
                time = f"{session.start}-{session.end}" if session.start else ""
                name = ("+ " if at else "") + escape(clean(session.name, 60))
                name += " (fixed by you)" if session.pinned else ""
                kind = words.MODALITIES.get(session.modality, session.modality)
                lines.append(f"| {head} | {time} | {kind} | {name} | {session.minutes} |")
    return lines


def _day(week: Week, day: int) -> str:
    """`Mon 23 Nov`, or `Mon`."""
    return " ".join(words.day_head(week, day)).strip()


def _proof(week: Week) -> list[str]:
    first, *rest = words.proof(week)
    if week.outcome != "solved" or not week.proven:
        return [f"**{first}**", *([""] if rest else []), *(f"- {escape(line)}" for line in rest)]
    _, *rest = rest
    order = [f"{n}. {words.level_words(week, level.name)}" for n, level in enumerate(week.levels, 1)]
    return [f"**{first}** In this order:", "", *order, *(line for sentence in rest for line in ("", sentence))]


def _figures(week: Week) -> list[str]:
    lines = []
    pairs = words.measure_lines(week.measures, week.rest_days, week.distance_unit) if week.measures is not None else []
    for label, text in pairs:
        if label in _FACTS:
            lines += [f"- **{label}**", *(f"  - {escape(fact)}" for fact in text.split(_FACTS[label]))]
        else:
            lines.append(f"- **{label}:** {escape(text)}")
    return lines


def _repairs(week: Week) -> list[str]:
    """A numbered list of what to change, below each the week that it gives."""
    lines = []
    for number, repair in enumerate(week.repairs, 1):
        first, *more = words.repair_changes(repair)
        indent = " " * len(f"{number}. ")
        lines.append(f"{number}. {escape(whole(first))}")
        lines += [f"{indent}- {escape(whole(line))}" for line in more]
        days = words.repair_days(repair)
        lines += [f"{indent}- The week then:"] if days else []
        lines += [f"{indent}  - {escape(whole(line))}" for line in days]
    return lines


def _session(week: Week, session: PlannedSession) -> list[str]:
    """A heading, a step a line, and what the athlete noted; an empty line before each."""
    at = f"{_day(week, DAYS.index(session.day))}{f', {session.start}' if session.start else ''}"
    lines = ["", f"### {at}: {escape(clean(session.name, 60))}, {session.minutes} min", ""]
    steps = [step.text for step in session.steps] or [session.content]
    lines += [f"- {escape(whole(text))}" for text in steps]
    return [*lines, "", f"Note: {escape(clean(session.note, 500))}"] if session.note else lines


def _section(heading: str, lines: Iterable[str]) -> list[str]:
    found = list(lines)
    return ["", f"## {heading}", "", *found] if found else []


def _match(match: RuleMatch, texts: list[str]) -> list[str]:
    source = f" ({escape(clean(match.source, 80))})" if match.source else ""
    return [f"{escape(whole(text)).rstrip('.')}.{source} (`{match.rule}`)" for text in texts]


def escape(text: str) -> str:
    """Text that Markdown shows as it is, in a line of its own or within one."""
    return _OPENING.sub(r"\1\\", _SPECIAL.sub(r"\\\1", text))
