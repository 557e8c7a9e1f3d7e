"""A week as a Markdown page, to keep beside notes or to send."""

from __future__ import annotations

import re

from microcycle.export import words
from microcycle.export.words import clean
from microcycle.models.clock import DAYS
from microcycle.models.facts import sentences
from microcycle.models.week import RuleMatch, Week

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~&])")


def to_markdown(week: Week) -> str:
    """Headings, a table of the week, the figures, and the same sentences as in the terminal."""
    lines = [f"# {escape(words.title(week))}", ""]
    if line := words.when(week):
        lines += [line, ""]
    if week.measures is not None:
        lines += _table(week)
        pairs = words.measure_lines(week.measures, week.rest_days, week.distance_unit)
        lines += ["", *(f"- **{label}:** {escape(text)}" for label, text in pairs)]
    first, *rest = words.proof(week)
    lines += ["", f"**{first}** {' '.join(rest)}".rstrip()]
    lines += ["", *(f"- {escape(clean(line, 500))}" for line in sentences(week.conflict))] if week.conflict else []
    if week.other_conflict:
        told = (f"- {escape(clean(line, 500))}" for line in sentences(week.other_conflict))
        lines += ["", words.other_conflict(week), "", *told]
    if week.repairs:
        lines += ["", f"## {words.REPAIRS}", ""]
        lines += [f"{n}. {escape(clean(' '.join(words.repair(r)), 1200))}" for n, r in enumerate(week.repairs, 1)]
    lines += _section("What was traded, the worst first", [_match(*group) for group in words.traded(week.matches)])
    contents = [
        f"**{escape(clean(session, 60))}** ({days}): {escape(clean(steps, 400))}"
        for days, session, steps in words.contents(week.sessions)
    ]
    lines += _section("What to do", contents)
    notes = [
        f"{s.day.capitalize()} {escape(clean(s.name, 40))}: {escape(clean(s.note, 500))}" for s in week.sessions if s.note
    ]
    lines += ["", *(f"- {note}" for note in notes)] if notes else []
    lines += _section("Assumed", [escape(clean(line, 400)) for line in week.assumptions])
    offers = [f"`{offer.policy}: {offer.value}` under `policies`. {escape(offer.text)}" for offer in week.offers]
    lines += _section("You could also choose", offers)
    food = [f"**{label}:** {escape(text)}" for label, text in words.nutrition_lines(week)]
    lines += _section(words.FOOD, food)
    return "\n".join([*lines, "", f"*{week.disclaimer}*", ""])


def _table(week: Week) -> list[str]:
    lines = ["| Day | Time | | Session | Minutes |", "|---|---|---|---|---|"]
    for n, day in enumerate(DAYS):
        head = " ".join(words.day_head(week, n)).strip()
        if day in week.rest_days:
            lines.append(f"| {head} | | | rest | |")
            head = ""
        for visit in words.visits(week, day):
            for at, session in enumerate(visit):
                time = f"{session.start}-{session.end}" if session.start else ""
                name = ("+ " if at else "") + escape(clean(session.name, 60))
                name += " (fixed by you)" if session.pinned else ""
                lines.append(f"| {head} | {time} | {words.LETTERS[session.modality]} | {name} | {session.minutes} |")
                head = ""
    return lines


def _section(heading: str, items: list[str]) -> list[str]:
    return ["", f"## {heading}", "", *(f"- {item}" for item in items)] if items else []


def _match(match: RuleMatch, texts: list[str]) -> str:
    told = " ".join(escape(clean(text, 400)).rstrip(".") + "." for text in texts)
    source = f" ({escape(clean(match.source, 80))})" if match.source else ""
    return f"{told}{source} (`{match.rule}`)"


def escape(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", text)
