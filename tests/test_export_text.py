"""CSV and Markdown say what the week says: other readers read both back, and a small change is a small difference."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from difflib import unified_diff
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from handy_weeks import drawn, made
from markdown_it import MarkdownIt
from markdown_it.token import Token

from microcycle import load_request, plan_week
from microcycle.export.document import escape, to_markdown
from microcycle.export.sheet import COLUMNS, to_csv
from microcycle.models.clock import DAYS
from microcycle.models.planned import PlannedSession
from microcycle.models.week import Week

EXAMPLES = sorted(p for p in (Path(__file__).parent.parent / "examples").iterdir() if p.is_file())
HOSTILE = (
    "a|b", "`c`", "<script>alert(1)</script>", "# no heading", "- no item", "1. no item", "1) no item", "+ no item",
    "[x](y)", "![x](y)", "*b* _c_ ~~d~~", "&lt;", "\\", "\\|", "===", "---", "a\n\n# b", "\u202e\u05d0\u05d1", "x" * 200,
    "> q", "$x$",
)  # fmt: skip


@cache
def example(path: Path) -> Week:
    return plan_week(load_request(path))


# --- CSV --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_csv_holds_the_sessions(path: Path) -> None:
    holds_all(example(path))


def test_csv_of_drawn_weeks() -> None:
    for seed in range(200):
        holds_all(drawn(seed))


def holds_all(week: Week) -> None:
    text = to_csv(week)
    assert text.count("\r\n") == text.count("\n") == len(week.sessions) + 1
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    assert (week.outcome != "solved") == (rows == [])
    assert [dict(row) for row in rows] == [
        {column: cell(dated(session) if column == "date" else getattr(session, column)) for column in COLUMNS}
        for session in week.sessions
    ]


def dated(session: PlannedSession) -> str | None:
    """The calendar's date, to which a session past midnight of the evening before belongs."""
    late = session.start_min is not None and session.start_min >= (DAYS.index(session.day) + 1) * 1440
    return str(date.fromisoformat(session.date) + timedelta(days=1)) if late and session.date else session.date


def cell(value: Any) -> str:
    """How a spreadsheet's user reads a value."""
    return {None: "", True: "yes", False: "no"}[value] if value is None or isinstance(value, bool) else str(value)


@pytest.mark.parametrize("text", HOSTILE)
def test_csv_keeps_its_rows_whatever_is_written(text: str) -> None:
    week = made()
    first = week.sessions[0].model_copy(update={"name": text, "note": f'"{text}", ;\t'})
    rows = list(csv.DictReader(io.StringIO(to_csv(week.model_copy(update={"sessions": (first,)})), newline=""), strict=True))
    shown = " ".join("".join(c for c in text.replace("\n", " ") if c.isprintable()).split())
    assert [row["name"].removeprefix("'") for row in rows] == [shown]
    assert rows[0]["note"] == f'"{shown}", ;'
    assert rows[0]["id"] == first.id


# --- Markdown ---------------------------------------------------------------------------------------------------------


def tokens(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(text)


def shown(token: Token) -> str:
    """What a reader sees of a line; anything but words, weight and code in it is a fault."""
    parts = []
    for child in token.children or []:
        assert child.type in ("text", "text_special", "code_inline", "strong_open", "strong_close", "em_open", "em_close")
        parts.append(child.content)
    return "".join(parts)


def table(text: str) -> list[list[str]]:
    """The cells of the only table, without its head."""
    rows: list[list[str]] = []
    found = tokens(text)
    for before, token in pairwise(found):
        if before.type == "tr_open":
            rows.append([])
        if before.type == "td_open":
            rows[-1].append(shown(token))
    assert sum(token.type == "table_open" for token in found) == 1
    return rows[1:]


def outline(text: str) -> dict[str, list[str]]:
    """Under each heading the lines of lists and paragraphs."""
    found: dict[str, list[str]] = {}
    here: list[str] = []
    opened = ""
    for token in tokens(text):
        if token.type == "inline" and opened == "heading_open":
            here = found.setdefault(shown(token), [])
        elif token.type == "inline" and opened not in ("td_open", "th_open"):
            here.append(shown(token))
        elif token.type == "hr":
            here = []
        opened = token.type
    return found


def rows_of(week: Week) -> Iterator[list[str]]:
    """Day, time, name and minutes of all sessions, and the days of rest."""
    for n, day in enumerate(DAYS):
        head = day.capitalize()
        if week.week_of is not None:
            at = date.fromordinal(week.week_of.toordinal() + n)
            head = f"{head} {at.day} {at:%b}"
        if day in week.rest_days:
            yield [head, "", "", "rest", ""]
        visit = 0
        for session in (session for session in week.sessions if session.day == day):
            time = f"{session.start}-{session.end}" if session.start else ""
            name = f"{'+ ' * (session.visit == visit)}{session.name}{' (fixed by you)' * session.pinned}"
            kind = "cross-training" if session.modality == "cross" else session.modality
            yield [head, time, kind, name, str(session.minutes)]
            visit = session.visit


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_markdown_holds_the_week(path: Path) -> None:
    told_in_markdown(example(path))


@pytest.mark.parametrize("chunk", range(2))
def test_markdown_of_drawn_weeks(chunk: int) -> None:
    for seed in range(chunk, 200, 2):
        told_in_markdown(drawn(seed))


def told_in_markdown(week: Week) -> None:
    text = to_markdown(week)
    found = outline(text)
    assert next(iter(found)).startswith(f"{week.athlete}: " if week.athlete else week.goal_name)
    if week.outcome != "solved":
        assert "|" not in text
        told = found[next(iter(found))]
        assert told[0] == "Infeasible, proven: no week keeps all of these hard rules and facts."
        assert len(told) > 1
        assert all(any(change.text in line for line in found["What would help, the cheapest first"])
                   for repair in week.repairs for change in repair.changes)  # fmt: skip
        return
    assert table(text) == list(rows_of(week))
    sections: dict[str, list[str]] = {}
    for session in week.sessions:
        days = [row[0] for row in rows_of(week) if row[0].startswith(session.day.capitalize())]
        heading = f"{days[0]}{f', {session.start}' if session.start else ''}: {session.name}, {session.minutes} min"
        # Two that are alike and have no time of day share it.
        told = sections.setdefault(heading, [])
        told += [*(step.text for step in session.steps), *([f"Note: {session.note}"] * bool(session.note))]
    assert sections.items() <= found.items()
    assert max(map(len, text.splitlines())) < 260
    assert "\n\n\n" not in text


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_shows_words_as_they_are(text: str) -> None:
    week = made()
    step = week.sessions[0].steps[0].model_copy(update={"text": text})
    first = week.sessions[0].model_copy(update={"name": text, "note": text, "steps": (step,)})
    found = week.model_copy(update={"athlete": text, "sessions": (first, *week.sessions[1:])})
    page, was = to_markdown(found), to_markdown(week)
    kept = " ".join("".join(c for c in text.replace("\n", " ") if c.isprintable()).split())
    short = kept if len(kept) <= 60 else f"{kept[:57]}..."
    assert table(page)[0][3] == short
    assert table(page)[1:] == table(was)[1:]
    heading = next(line for line in outline(page) if line.endswith(" min"))
    assert heading.endswith(f": {short}, {first.minutes} min")
    assert outline(page)[heading] == [kept, f"Note: {kept}"]
    assert [token.tag for token in tokens(page) if token.type == "heading_open"] == [
        token.tag for token in tokens(was) if token.type == "heading_open"
    ]


def test_one_change_is_few_lines() -> None:
    for path in EXAMPLES:
        week = example(path)
        for n, session in enumerate(week.sessions):
            longer = session.model_copy(update={"minutes": session.minutes + 5})
            assert different(week, n, longer) <= 2, "its row and its heading"
            steps = (*session.steps[:-1], session.steps[-1].model_copy(update={"text": "something else"}))
            assert different(week, n, session.model_copy(update={"steps": steps})) == 1
            assert different(week, n, session.model_copy(update={"note": "slowly"})) <= 2


def different(week: Week, n: int, session: Any) -> int:
    """How many lines came."""
    other = week.model_copy(update={"sessions": (*week.sessions[:n], session, *week.sessions[n + 1 :])})
    lines = unified_diff(to_markdown(week).split("\n"), to_markdown(other).split("\n"), n=0, lineterm="")
    return sum(line.startswith("+") and not line.startswith("+++") for line in lines)


def test_a_session_less_is_its_own_lines_less() -> None:
    week = next(example(path) for path in EXAMPLES if path.stem == "coach")
    without = week.model_copy(update={"sessions": tuple(s for s in week.sessions if s.id != week.sessions[1].id)})
    assert week.sessions[1].day == week.sessions[2].day
    lines = list(unified_diff(to_markdown(week).split("\n"), to_markdown(without).split("\n"), n=0))[2:]
    assert not [line for line in lines if line.startswith("+")], "the other session of the day keeps its row"
    assert len([line for line in lines if line.startswith("-")]) == 1 + 3 + len(week.sessions[1].steps)


@pytest.mark.parametrize(
    ("text", "expected"), [("1.6-2.2 g", "1.6-2.2 g"), ("2. x", "2\\. x"), ("- x", "\\- x"), ("a - b", "a - b")]
)
def test_only_what_needs_it_is_escaped(text: str, expected: str) -> None:
    assert escape(text) == expected
