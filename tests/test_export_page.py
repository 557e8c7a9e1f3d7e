"""The page and the picture: valid, whole, harmless, readable, and about the week that they show."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from handy_weeks import document, drawn
from pages import HOSTILE, loads_nothing, parsed, text_of

from microcycle import load_request, plan_week
from microcycle.export import axis, charts, picture, words
from microcycle.export.formats import KINDS, PLAIN
from microcycle.export.page import to_page
from microcycle.export.picture import to_svg
from microcycle.export.svg import fitting, style, width
from microcycle.models.catalogue import catalogue
from microcycle.models.clock import DAYS
from microcycle.models.planned import DroppedVisit, FreeTime, KeptRule, MissedSession
from microcycle.models.reading import Document
from microcycle.models.week import RuleMatch, Week

EXAMPLES = sorted(path for path in (Path(__file__).parent.parent / "examples").iterdir() if path.is_file())
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def weeks() -> dict[str, Week]:
    """The week of every example, the one that has none among them."""
    return {path.stem: plan_week(load_request(path)) for path in EXAMPLES}


@pytest.fixture(scope="module")
def jamie(weeks: dict[str, Week]) -> Week:
    return weeks["jamie"]


def drawing(week: Week) -> ET.Element:
    return ET.fromstring(to_svg(week, PLAIN))


def blocks(tree: Any) -> list[str]:
    """Ids of the sessions that a picture shows."""
    return [found.get("data-session") for found in tree.iter() if found.get("data-session")]


def with_sessions(week: Week, change: Callable[[int, Any], dict[str, Any]]) -> Week:
    sessions = tuple(s.model_copy(update=change(n, s)) for n, s in enumerate(week.sessions))
    return week.model_copy(update={"sessions": sessions})


# -- the page ----------------------------------------------------------------------------------------------------------


def test_every_example_gives_a_valid_page_that_loads_nothing(weeks: dict[str, Week]) -> None:
    assert {week.outcome for week in weeks.values()} == {"solved", "infeasible"}
    for name, week in weeks.items():
        page = to_page(week, PLAIN)
        tree = parsed(page)
        assert page.startswith("<!DOCTYPE html>\n"), name
        loads_nothing(page)
        assert "default-src 'none'" in page
        assert tree.get("lang") == "en"
        assert text_of(tree.find(".//h1")) == words.title(week)
        assert text_of(tree.find(".//title")) == words.title(week)
        assert page == to_page(week, PLAIN)


def test_headings_tables_and_landmarks(weeks: dict[str, Week]) -> None:
    for name, week in weeks.items():
        tree = parsed(to_page(week, PLAIN))
        assert [child.tag for child in tree.find("body")] == ["header", "main", "footer"]
        levels = [int(e.tag[1]) for e in tree.iter() if isinstance(e.tag, str) and re.fullmatch("h[1-6]", e.tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels)), name
        for table in tree.iter("table"):
            assert all(head.get("scope") for head in table.iter("th"))
            assert len({len(list(row)) for row in table.iter("tr")}) == 1
        ids = [e.get("id") for e in tree.iter() if e.get("id")]
        assert len(ids) == len(set(ids))
        for element in tree.iter():
            assert all(id in ids for id in (element.get("aria-labelledby") or "").split())
        for svg in tree.iter("svg"):
            named = svg.get("aria-label") or svg.get("aria-labelledby") or svg.get("aria-hidden") == "true"
            assert named or svg.get("data-session"), name


def test_each_session_stands_once_in_picture_and_cards(weeks: dict[str, Week]) -> None:
    for name, week in weeks.items():
        if week.outcome != "solved":
            continue
        tree, ids = parsed(to_page(week, PLAIN)), [session.id for session in week.sessions]
        figure = next(f for f in tree.iter("figure") if f.get("class") == "week")
        cards = next(o for o in tree.iter("ol") if o.get("class") == "cards")
        assert blocks(figure) == blocks(cards) == blocks(drawing(week)) == ids, name
        for session, card in zip(week.sessions, cards, strict=True):
            told = text_of(card)
            assert words.clean(session.name, 200) in told
            assert f"{session.start}-{session.end}" in told
            steps = [text_of(item) for item in next(u for u in card.iter("ul") if u.get("class") == "steps")]
            assert steps == [step.text for step in session.steps] or steps == [session.content]
            assert all(" ".join(reason.split()) in told for reason in words.reasons(week, session))
        agenda = next(o for o in tree.iter("ol") if o.get("class") == "agenda")
        shown = [text_of(item) for item in agenda]
        for day, line in zip(DAYS, shown, strict=True):
            assert line.count(" min") == sum(session.day == day for session in week.sessions)
            assert ("rest" in line.split()) == (day in week.rest_days)


def test_the_page_tells_what_the_week_tells(weeks: dict[str, Week]) -> None:
    for name, week in weeks.items():
        told = text_of(parsed(to_page(week, PLAIN)))
        assert all(line in told for line in words.proof(week))
        assert week.disclaimer in told
        for match, texts in words.traded(week.matches):
            assert all(" ".join(text.split()).rstrip(".") in told for text in texts), name
            assert match.rule in told
        assert all(offer.text in told for offer in week.offers)
        assert all(" ".join(line.split()) in told for line in week.assumptions)
        for rule in {match.rule for match in week.matches} | {kept.rule for gap in week.gaps for kept in gap.rules}:
            known = catalogue().rules.get(rule)
            assert (known.stated if known else "A rule of your own") in told
            assert all(catalogue().sources[source].title in told for source in (known.sources if known else ()))


def test_without_a_week_the_page_says_why(weeks: dict[str, Week]) -> None:
    week = weeks["impossible"]
    page = to_page(week, PLAIN)
    told = text_of(parsed(page))
    assert week.repairs
    assert week.conflict
    assert all(change.text in told for repair in week.repairs for change in repair.changes)
    assert "You want exactly 3 lifts. (" in told
    assert "<svg" not in page
    unknown = week.model_copy(update={"outcome": "unknown", "proven": False, "limit": "work", "conflict": (), "repairs": ()})
    told = text_of(parsed(to_page(unknown, PLAIN)))
    assert "No week was found before the limit" in told
    assert "What cannot all hold" not in told
    assert KINDS["svg"].without_week == "nothing"


def test_what_others_wrote_does_no_harm(jamie: Week) -> None:
    for text in HOSTILE:
        week = with_sessions(jamie, lambda _n, _s, text=text: {"name": text, "short": text, "note": text, "content": text,  # type: ignore[misc]
                                                             "steps": ()})  # fmt: skip
        match = RuleMatch(
            rule="a-rule", severity="soft", amount=1, where=(), text=text, tier="tier1", level="key", cost=1, source=text
        )
        gap = jamie.gaps[0].model_copy(
            update={"rules": (KeptRule(rule="a-rule", severity="soft", hours=None, measured=None),)}
        )
        week = week.model_copy(update={
            "athlete": text, "matches": (match,), "assumptions": (text,), "gaps": (gap,),
            "aims": tuple(aim.model_copy(update={"what": text}) for aim in jamie.aims[:1]),
        })  # fmt: skip
        page, svg = to_page(week, PLAIN), to_svg(week, PLAIN)
        tree = parsed(page)
        loads_nothing(page)
        loads_nothing(svg)
        ET.fromstring(svg)
        assert not set("\u202e\u2067\u2069\x00\x07\ufffe") & set(page + svg)
        assert "49" not in text_of(tree.find(".//h1"))
        told = text_of(tree)
        assert words.clean(text, 200) in told
        assert "A rule of your own" in told
        assert text_of(tree.find(".//h1/bdi")) == words.clean(text, 40), "its direction is its own"
        assert {e.tag for e in tree.iter() if isinstance(e.tag, str)} <= {
            e.tag for e in parsed(to_page(jamie, PLAIN)).iter()
        }


def test_names_stay_inside_their_blocks(jamie: Week) -> None:
    for text in HOSTILE:
        week = with_sessions(jamie, lambda _n, _s, text=text: {"name": text, "short": text})  # type: ignore[misc]
        for block in (b for b in drawing(week).iter(f"{SVG}svg") if b.get("data-session")):
            room = float(block.get("width", "0"))
            for label in block.iter(f"{SVG}text"):
                if label.get("class") == "mc-name":
                    assert float(label.get("x", "0")) + width(label.text or "", 12) <= room
    assert fitting(("much too long", "long"), 30, 10) == "long"
    assert fitting(("much too long",), 30, 10).endswith("…")


def test_missed_dropped_done_and_notes(jamie: Week) -> None:
    week = with_sessions(jamie, lambda n, _s: {"done": n < 2, "note": "with Ada" if n == 2 else ""})
    missed = [MissedSession(session=id, day="mon", minutes=30) for id in ("easy-run", "my-own")]
    dropped = [
        DroppedVisit(id="x", name="Tempo run", start_min=25 * 60, day="mon", minutes=40, revision=2),
        DroppedVisit(id="y", name="Long run", start_min=None, day="sun", minutes=90, revision=2),
    ]
    week = week.model_copy(update={"missed": tuple(missed), "dropped": tuple(dropped)})
    told = text_of(parsed(to_page(week, PLAIN)))
    for line in (
        "Missed, and not made up for: easy run (Mon, 30 min).",
        "Missed, and not made up for: my-own (Mon, 30 min).",
        "No longer planned: tempo run (Mon, 40 min).",
        "No longer planned: long run (Sun, 90 min).",
        "with Ada",
    ):
        assert line in told
    assert told.count("with Ada") == 1
    svg = to_svg(week, PLAIN)
    assert svg.count("mc-done") == 1 + 2  # one of them in the style
    assert "done" in picture.told(week)
    assert ">done<" not in to_svg(jamie, PLAIN)


def test_charts_tell_what_they_show(weeks: dict[str, Week]) -> None:
    week = weeks["coach"]
    assert week.measures is not None
    told = ET.fromstring(charts.sets(week.measures, week.aims)).get("aria-label") or ""
    assert "quads 7, 4-12 sets asked for" in told
    assert all(f"{muscle} {words.number(sets)}" in told for muscle, sets in week.measures.sets.items())
    assert charts.sets(week.measures, week.aims).count("chart-out") == 0
    few = tuple(aim.model_copy(update={"value": 1, "low": 4}) if aim.unit == "sets" else aim for aim in week.aims)
    assert charts.sets(week.measures, few).count("chart-out") == sum(aim.unit == "sets" for aim in week.aims)
    load = charts.load(week.measures)
    assert "Load by day: Mon 385 hard, Tue 390, Wed 480 hard," in load
    assert load.count("chart-hard") == len(week.measures.hard_days)
    bars = [float(bar.get("height", "0")) for bar in ET.fromstring(load).iter("rect")]
    assert max(bars) == bars[week.measures.load_by_day.index(max(week.measures.load_by_day))]
    assert "80 % of the endurance minutes" in charts.easy(0.8)
    short = week.aims[0].model_copy(update={"low": 3, "high": 4, "value": 1})
    assert [words.standing(short), words.standing(short.model_copy(update={"value": 6}))] == ["2 short", "2 over"]
    assert "2 short" in text_of(parsed(to_page(week.model_copy(update={"aims": (short,)}), PLAIN)))


def test_distances_are_told_in_the_athletes_unit(weeks: dict[str, Week]) -> None:
    aim = next(aim for aim in weeks["fast-runner"].aims if aim.unit == "m")
    for unit, asked in (("km", "60-75 km"), ("mi", "37.3-46.6 mi")):
        week = weeks["fast-runner"].model_copy(update={"distance_unit": unit, "aims": (aim,)})
        assert asked in text_of(parsed(to_page(week, PLAIN)))


# -- the picture -------------------------------------------------------------------------------------------------------


def test_the_picture_stands_alone(weeks: dict[str, Week]) -> None:
    for week in weeks.values():
        svg = to_svg(week, PLAIN)
        tree = ET.fromstring(svg)
        loads_nothing(svg)
        assert svg == to_svg(week, PLAIN)
        assert tree.tag == f"{SVG}svg"
        names = (tree.get("aria-labelledby") or "").split()
        assert [tree.find(f"{SVG}{tag}").get("id") for tag in ("title", "desc")] == names  # type: ignore[union-attr]
        told = tree.find(f"{SVG}desc").text or ""  # type: ignore[union-attr]
        assert all(
            f"{session.start} {words.clean(session.name, 60)}, {session.minutes} min" in told for session in week.sessions
        )
        letters = Counter(
            e.text
            for b in tree.iter(f"{SVG}svg")
            if b.get("data-session")
            for e in b.iter()
            if e.get("class") == "mc-letter"
        )
        assert letters == Counter(words.LETTERS[session.modality] for session in week.sessions)


def test_sessions_stand_in_their_time(weeks: dict[str, Week]) -> None:
    for name, week in weeks.items():
        tree = drawing(week)
        axis_ = axis.fitted(week, picture.LENGTH, picture.LEAST, picture.MOST, picture.FOLD)
        places = {b.get("data-session"): b for b in tree.iter(f"{SVG}svg") if b.get("data-session")}
        for session in week.sessions:
            start = axis.start_in_day(session)
            assert start is not None
            place = places[session.id]
            column = (float(place.get("x", "0")) - picture.LEFT) // picture.COLUMN
            assert DAYS[int(column)] == session.day, name
            assert float(place.get("y", "0")) == pytest.approx(picture.HEAD + axis_.at(start), abs=0.1)
            high = axis_.at(start + session.minutes) - axis_.at(start) - 1
            assert float(place.get("height", "0")) == pytest.approx(max(picture.BLOCK, high), abs=0.1)


def test_hours_in_which_nothing_happens_are_folded(jamie: Week) -> None:
    found = axis.fitted(jamie, 440, 26, 48, 18)
    assert [(band.first, band.last) for band in found.bands] == [(360, 720), (1020, 1260)]
    assert found.at(720) == pytest.approx(6 * 42.2)
    assert found.at(1020) - found.at(720) == pytest.approx(18)
    assert found.at(900) == found.at(1020)
    whole = jamie.model_copy(update={"windows": (FreeTime(open_min=0, close_min=7 * 1440),)})
    assert axis.fitted(whole, 440, 26, 48, 18).bands[0].first == 300
    assert [axis.free(whole, day) for day in (0, 3, 6)] == [[(0, 1440)], [(0, 1440)], [(0, 1440)]]


def test_a_night_belongs_to_the_day_on_which_it_began(jamie: Week) -> None:
    late = with_sessions(jamie, lambda n, _s: {"start_min": 1440 - 30, "start": "23:30", "end": "00:20"} if n == 0 else {})
    late = late.model_copy(update={"windows": (*jamie.windows, FreeTime(open_min=1380, close_min=1560))})
    tree = drawing(late)
    place = next(b for b in tree.iter(f"{SVG}svg") if b.get("data-session") == late.sessions[0].id)
    assert float(place.get("x", "0")) < picture.LEFT + picture.COLUMN
    hours = [e.text for e in tree.iter() if e.get("class") == "mc-hour"]
    assert hours[-4:] == ["23:00", "00:00", "01:00", "02:00"] or hours[-3:] == ["24:00", "01:00", "02:00"]
    assert any(e.get("class") == "mc-midnight" for e in tree.iter())
    assert axis.free(late, 0)[-1] == (1380, 1560)
    assert axis.free(late, 1) == axis.free(jamie, 1)
    parsed(to_page(late, PLAIN))


def test_sessions_without_a_time_stand_above_the_hours(jamie: Week) -> None:
    untimed = with_sessions(jamie, lambda _n, _s: {"start": None, "end": None, "start_min": None})
    untimed = untimed.model_copy(update={"gaps": (), "windows": ()})
    tree = drawing(untimed)
    assert blocks(tree) == [session.id for session in jamie.sessions]
    assert not any(e.get("class") == "mc-hour" for e in tree.iter())
    told = text_of(parsed(to_page(untimed, PLAIN)))
    assert told.count("any time") == len(jamie.sessions)
    assert "None" not in told
    some = with_sessions(jamie, lambda n, _s: {"start": None, "end": None, "start_min": None} if n == 1 else {})
    tops = {b.get("data-session"): float(b.get("y", "0")) for b in drawing(some).iter(f"{SVG}svg") if b.get("data-session")}
    assert min(tops, key=tops.__getitem__) == jamie.sessions[1].id
    assert "None" not in to_svg(some, PLAIN)


def test_protected_rest_is_told_and_never_stands_on_itself(weeks: dict[str, Week]) -> None:
    assert "60 h of rest, at least 48 h" in to_svg(weeks["jamie"], PLAIN)
    assert "10.5 h apart" in to_svg(weeks["coach"], PLAIN)
    for week in weeks.values():
        bars = picture._bars(week)
        assert len(bars) <= picture.BARS
        for n, one in enumerate(bars):
            assert all(one.lane != b.lane or one.right < b.left or b.right < one.left for b in bars[n + 1 :])
        hard = [gap for gap in week.gaps if picture._hard(gap) and not picture._overnight(gap)]
        across = [gap for gap in hard if gap.before[:3] != gap.after[:3]]
        assert {(g.before, g.after) for g in across[: picture.LANES]} <= {(b.gap.before, b.gap.after) for b in bars}
    # From start to start, the hours between may be fewer than the rule names.
    gap = weeks["jamie"].gaps[0].model_copy(update={"hours": 47.2})
    assert picture._texts(gap)[0] == "47 h of rest"


# -- colours -----------------------------------------------------------------------------------------------------------


def themes() -> list[dict[str, str]]:
    """The colours in light and in the dark."""
    light, dark = style("colours.css").split("@media", 1)
    return [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part)) for part in (light, dark)]


def test_every_colour_is_defined_in_light_and_dark() -> None:
    light, dark = themes()
    assert set(light) == set(dark)
    local = {"fill", "edge", "text"}
    sheets = style("colours.css", "picture.css", "base.css", "page.css", "roster.css")
    used = set(re.findall(r"var\(--([\w-]+)\)", sheets))
    assert used - local == set(light)
    assert not re.findall(r"(?<!--page: )(?<!--paper: )#(?!000)[0-9a-f]{3,8}\b", sheets.replace(style("colours.css"), ""))
    for modality in words.MODALITIES:
        assert f".mc-{modality} {{" in sheets


def contrast(one: str, other: str) -> float:
    """Of the Web Content Accessibility Guidelines."""
    lights = []
    for colour in (one, other):
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def test_text_can_be_read_on_every_ground() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    for theme in themes():
        pairs = [(ink, ground) for ink in ("ink", "quiet") for ground in ("page", "paper", "free")]
        pairs += [(ink, ground) for ink in ("accent", "warn", "bad") for ground in ("page", "paper")]
        pairs += [(f"{m}-ink", f"{m}-fill") for m in words.MODALITIES] + [
            ("badge-ink", f"{m}-edge") for m in words.MODALITIES
        ]
        found = {pair: round(contrast(*(theme[name] for name in pair)), 2) for pair in pairs}
        assert {pair: value for pair, value in found.items() if value < 4.5} == {}
        # Marks that are no text.
        marks = [
            ("bar", "paper"),
            ("bar-hard", "paper"),
            ("warn", "paper"),
            *((f"{m}-edge", "paper") for m in words.MODALITIES),
        ]
        assert {pair for pair in marks if contrast(*(theme[name] for name in pair)) < 2.5} == set()


# -- any weeks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", range(4))
def test_drawn_weeks(chunk: int) -> None:
    """Any sessions at any hour: pages that a strict reader takes, pictures that are XML, each session in both."""
    for seed in range(chunk, 200, 4):
        week = drawn(seed)
        tree = parsed(to_page(week, PLAIN))
        told = text_of(tree)
        assert all(words.clean(session.name, 60) in told for session in week.sessions), seed
        picture = ET.fromstring(to_svg(week, PLAIN))
        assert "".join(picture.itertext()).count("min") >= len(week.sessions), seed


@pytest.mark.parametrize("days", [{"mon": "upper"}, {"mon": "easy-run", "thu": "easy-run"}, {"tue": "walk"}, {}])
def test_weeks_of_one_sort_or_of_nothing(days: dict[str, str]) -> None:
    """Without endurance, without lifts, without anything: what cannot be drawn is left out, in every format."""
    spec = {"goal": "health-longevity", "availability": {"daily": "18:00-20:00"}}
    lines = {day: [{"session": kind, "start": "18:00"}] for day, kind in days.items()}
    week = document(load_request(spec), Document("week", lines or {"mon": "rest"}, {}, {}))
    tree = parsed(to_page(week, PLAIN))
    assert ("Endurance minutes" in text_of(tree)) == ("easy-run" in days.values())
    for kind in KINDS.values():
        assert kind.write(week, PLAIN)
