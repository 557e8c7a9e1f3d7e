"""A week as one HTML file: picture, proof, sessions with boxes to tick, figures, and the rules behind it with sources.

It needs no network and no script, and reads on paper, on a phone, by ear, and in the dark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from microcycle.export import charts, picture, words
from microcycle.export.svg import style
from microcycle.models.catalogue import catalogue
from microcycle.models.clock import DAYS, METRES
from microcycle.models.facts import sentences
from microcycle.models.planned import Aim, PlannedSession
from microcycle.models.week import Week

if TYPE_CHECKING:
    from microcycle.export.formats import Options

EVIDENCE = {
    "trial": "trials", "cohort": "cohort studies", "convention": "convention of the field", "own choice": "our own choice",
}  # fmt: skip
IN_CHARTS = ("Load", "Hard sets")


def to_page(week: Week, options: Options) -> str:  # noqa: ARG001
    """The whole file; the same week gives the same bytes. Of a week that was not found it tells why."""
    return environment().get_template("page.html.j2").render(_told(week))


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Templates of this package; whatever is no markup already is escaped."""
    found = Environment(
        loader=PackageLoader("microcycle.export", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    found.filters |= {"clean": words.clean, "whole": words.whole, "number": words.number, "plural": words.plural}
    found.globals |= {"LETTERS": words.LETTERS, "MODALITIES": words.MODALITIES}
    return found


@lru_cache(maxsize=4)
def sheets(*names: str) -> Markup:
    return Markup(style(*names))


class _Card(NamedTuple):
    """A session as the page tells it."""

    session: PlannedSession
    day: str
    when: str
    follows: str | None
    """Name of the session that it follows without a break."""
    steps: tuple[str, ...]
    reasons: list[str]


class _Behind(NamedTuple):
    """A rule that shaped the week."""

    id: str
    statement: str
    evidence: str
    sources: tuple[str, ...]


def _told(week: Week) -> dict[str, Any]:
    """All that the template shows."""
    first, *rest = words.proof(week)
    rules = list(_behind(week))
    measures = week.measures
    lines = [] if measures is None else words.measure_lines(measures, week.rest_days, week.distance_unit)
    return {
        "style": sheets("colours.css", "picture.css", "base.css", "page.css"),
        "distance": lambda metres: words.distance(metres, week.distance_unit),
        "title": words.title(week),
        "name": words.clean(week.athlete, 40),
        "goal": words.goal(week),
        "when": words.when(week),
        "proof": first,
        "order": rest,
        "standing": "open" if not week.proven else "none" if week.outcome == "infeasible" else "best",
        "week": week,
        "picture": Markup(picture.drawn(week)) if measures else None,
        "agenda": _agenda(week) if measures else [],
        "cards": list(_cards(week)),
        "conflict": sentences(week.conflict),
        "other": (words.other_conflict(week), sentences(week.other_conflict)) if week.other_conflict else None,
        "repairs": [words.repair(found) for found in week.repairs],
        "traded": words.traded(week.matches),
        "lines": [line for line in lines if line[0] not in IN_CHARTS],
        "load": next((text for name, text in lines if name == "Load"), ""),
        "charts": _charts(week),
        "aims": [_aim(aim, week.distance_unit) for aim in week.aims if aim.unit != "sets"],
        "happened": words.happened(week),
        "food": words.nutrition_lines(week),
        "food_head": words.FOOD,
        "repairs_head": words.REPAIRS,
        "rules": rules,
        "sources": _sources(week, rules),
    }


def _agenda(week: Week) -> list[tuple[tuple[str, str], Markup, bool, list[tuple[PlannedSession, bool]]]]:
    """The week for narrow screens: for each day its name, its strip, whether it is a rest day, and its sessions."""
    strips = charts.strips(week)
    return [
        (
            words.day_head(week, n),
            Markup(strips[n]),
            day in week.rest_days,
            [(session, at > 0) for visit in words.visits(week, day) for at, session in enumerate(visit)],
        )
        for n, day in enumerate(DAYS)
    ]


def _cards(week: Week) -> Iterator[_Card]:
    for n, day in enumerate(DAYS):
        for visit in words.visits(week, day):
            for at, session in enumerate(visit):
                yield _Card(
                    session,
                    " ".join(words.day_head(week, n)).strip(),
                    f"{session.start}-{session.end}" if session.start else "any time",
                    visit[at - 1].name if at else None,
                    tuple(step.text for step in session.steps) or ((session.content,) if session.content else ()),
                    words.reasons(week, session),
                )


def _charts(week: Week) -> dict[str, Markup]:
    measures = week.measures
    if measures is None:
        return {}
    found = {"load": charts.load(measures), "easy": "", "sets": ""}
    if measures.easy_share is not None:
        found["easy"] = charts.easy(measures.easy_share)
    if measures.sets or any(aim.unit == "sets" for aim in week.aims):
        found["sets"] = charts.sets(measures, week.aims)
    return {name: Markup(text) for name, text in found.items()}


def _aim(aim: Aim, unit: str) -> tuple[str, str, str, str, str]:
    """What, asked for, aimed at, held, how that stands."""
    word = {"min": " min", "m": f" {unit}"}.get(aim.unit, "")
    if aim.unit == "m":
        per = METRES[unit]
        low, target, high = (None if n is None else round(n / per, 1) for n in (aim.low, aim.target, aim.high))
        aim = aim.model_copy(update={"low": low, "target": target, "high": high, "value": round(aim.value / per, 1)})
    span, target_ = words.span(aim), "" if aim.target is None else words.number(aim.target)
    return words.clean(aim.what, 80), f"{span}{word}" if span else "", f"{target_}{word}" if target_ else "", (
        f"{words.number(aim.value)}{word}"
    ), words.standing(aim)  # fmt: skip


def _behind(week: Week) -> Iterator[_Behind]:
    """The rules that the week does not keep, that protect rest in it, or that cannot all hold; each once."""
    own = {match.rule: match.source for match in week.matches}
    kept = (rule.rule for gap in week.gaps for rule in gap.rules)
    facts = (fact.rule for fact in (*week.conflict, *week.other_conflict) if fact.rule)
    for id in dict.fromkeys((*own, *kept, *facts)):
        rule = catalogue().rules.get(id)
        if rule is None:
            where = f" ({words.clean(source, 80)})" if (source := own.get(id)) else ""
            yield _Behind(words.clean(id, 80), f"A rule of your own{where}.", "", ())
        else:
            yield _Behind(id, rule.stated, EVIDENCE[rule.evidence], rule.sources)


def _sources(week: Week, rules: Iterable[_Behind]) -> list[tuple[str, str]]:
    """Ids and titles, in the order of the catalogue."""
    named = {id for rule in rules for id in rule.sources} | {id for item in week.nutrition for id in item.sources}
    return [(id, source.title) for id, source in catalogue().sources.items() if id in named]


__all__ = ["environment", "sheets", "to_page"]
