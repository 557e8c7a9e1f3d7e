"""Views of a week: every width, no colour, ASCII, hostile names, and formats that their own readers read back."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from handy_weeks import DATA, made

from microcycle import audit, load_request
from microcycle.cli.output import Format
from microcycle.cli.render import table
from microcycle.cli.render.screen import Screen
from microcycle.export.data import to_yaml
from microcycle.export.document import to_markdown
from microcycle.export.formats import KINDS
from microcycle.export.sheet import COLUMNS, to_csv
from microcycle.export.words import clean
from microcycle.models.clock import DAY_NAMES
from microcycle.models.week import SolveStats, Week
from microcycle.solver.causes import Cause

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
HOSTILE = "[bold red]Zo\u00eb[/]\u202e\x1b[31m\t*_<b>|`" + "x" * 150


def shown(week: Week, monkeypatch: pytest.MonkeyPatch, *, width: int, encoding: str = "utf-8", color: bool = False) -> str:
    """What a terminal or pipe of this width and encoding gets."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setenv("COLUMNS", str(width))
    if color:
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("TERM", "xterm-256color")
    else:
        monkeypatch.delenv("FORCE_COLOR", raising=False)
    with Screen.open() as screen:
        table.week(screen, week)
    stream.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("width", [60, 79, 80, 100, 120])
def test_nothing_is_wider_than_the_screen(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(made(), monkeypatch, width=width)
    assert max(map(len, text.splitlines())) <= width
    assert not any(line != line.rstrip() for line in text.splitlines())


def test_a_grid_from_80_columns_a_list_below(monkeypatch: pytest.MonkeyPatch) -> None:
    grid, listing = (shown(made(), monkeypatch, width=width) for width in (80, 79))
    head = next(line for line in grid.splitlines() if "Mon" in line)
    assert re.findall("Mon|Tue|Wed|Thu|Fri|Sat|Sun", head) == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert "18:30-19:15 R" in listing
    assert "Mon 23 Nov" in listing
    for text in (grid, listing):
        assert text.count("rest") >= 3
        assert "R run  L lift" in text


def test_every_session_is_in_every_view(monkeypatch: pytest.MonkeyPatch) -> None:
    week = made()
    for width in (60, 80, 120):
        text = shown(week, monkeypatch, width=width)
        assert all(f"{session.minutes} min" in text for session in week.sessions)
        assert text.count("*") >= 2, "the pinned session and what the star means"
    markdown = to_markdown(week)
    assert all(session.name in markdown for session in week.sessions)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_other_encodings(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(made(), monkeypatch, width=80, encoding=encoding)
    assert text.isascii()
    assert "?" not in text
    assert "|" in text


def test_colour_only_where_it_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    plain = shown(made(), monkeypatch, width=80)
    coloured = shown(made(), monkeypatch, width=80, color=True)
    assert "\x1b" not in plain
    assert "\x1b[1;35m" in coloured or "\x1b[1;36m" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", shown(made(), monkeypatch, width=80, color=True))
    stripped = [line.rstrip() for line in ESCAPE.sub("", coloured).splitlines()]
    assert stripped == plain.splitlines()


def test_hostile_names_do_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    week = made().model_copy(update={"athlete": HOSTILE})
    first = shown(week, monkeypatch, width=80).splitlines()[0]
    assert first.startswith("[bold red]Zo\u00eb[/]")
    assert len(first) <= 80
    for text in (first, to_markdown(week), to_yaml(week), to_csv(week), week.to_json()):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert yaml.safe_load(to_yaml(week))["athlete"] == HOSTILE
    assert json.loads(week.to_json())["athlete"] == HOSTILE


def test_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    text = " ".join(shown(made(), monkeypatch, width=100).split())
    assert "Proven best: no other week of your goal's menu that keeps your hard rules is better." in text
    assert text.count("medical advice") == 1
    assert "What was traded" in text
    assert "[hard-run-near-heavy-legs]" in text
    assert "jamie.yaml:" in text, "the athlete's own rule is cited"
    assert "about 8.6 mi" in text


def test_what_is_traded_is_no_small_thing_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    week = made()
    (one, *_) = (match for match in week.matches if match.severity == "soft" and match.tier not in table.SMALL)
    twice = week.model_copy(update={"matches": (*week.matches, one.model_copy(update={"tier": "tier1", "cost": 1}))})
    text = " ".join(shown(twice, monkeypatch, width=100).split())
    assert text.count(one.text) == 1
    assert shown(twice, monkeypatch, width=100) == shown(week, monkeypatch, width=100)


def test_not_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    text = " ".join(shown(made(proven=False), monkeypatch, width=100).split())
    assert "Best week found before the time ran out" in text
    assert re.search(r"Gap on number of sessions: this week costs \d+ points, any week at least \d+", text)
    assert "Proven best:" not in text
    unknown = " ".join(shown(made(outcome="unknown", proven=False), monkeypatch, width=100).split())
    assert "No week was found" in unknown
    assert "--time-limit" in unknown


def test_infeasible(monkeypatch: pytest.MonkeyPatch) -> None:
    lifts = Cause("You want exactly 3 lifts.", "own count", ("want", "lifts"))
    days = [Cause(f"There is no time on {DAY_NAMES[day]}.", "availability", None, day=day) for day in (0, 1, 2, 4)]
    week = made(outcome="infeasible", conflict=(lifts, *days))
    for text in (shown(week, monkeypatch, width=100), to_markdown(week)):
        assert "Infeasible, proven" in text
        assert "exactly 3 lifts" in text
        assert "jamie.yaml:13" in text
        assert "There is no time on Monday to Wednesday and Friday." in text
        assert "What was traded" not in text
    data = json.loads(week.to_json())
    assert data["sessions"] == []
    assert [fact["day"] for fact in data["conflict"]] == [None, "mon", "tue", "wed", "fri"]
    assert week.measures is None


def test_check_view(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    found = audit(load_request(DATA / "jamie.yaml"), DATA / "hand.yaml")
    with Screen.open() as screen:
        table.check(screen, found)
    text = capsys.readouterr().out
    assert "breaks hard rules" in text
    assert "share the day" in text
    assert "no time of day" in text
    assert not found.legal
    assert found.hard == tuple(match for match in found.matches if match.severity == "hard")


def test_csv_is_read_back() -> None:
    week = made()
    rows = list(csv.DictReader(io.StringIO(to_csv(week), newline="")))
    assert [row["id"] for row in rows] == [session.id for session in week.sessions]
    assert tuple(rows[0]) == COLUMNS
    assert [int(row["minutes"]) for row in rows] == [session.minutes for session in week.sessions]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r\n=1", "\u200b=1", " =1"])
def test_csv_holds_no_formula(text: str) -> None:
    week = made()
    first = week.sessions[0].model_copy(update={"name": text, "note": text, "content": text})
    rows = list(csv.reader(io.StringIO(to_csv(week.model_copy(update={"sessions": (first,)})), newline="")))
    assert not any(cell[:1] in ("=", "+", "-", "@", "\t", "\r") for row in rows for cell in row)


def test_yaml_is_the_json() -> None:
    week = made()
    assert yaml.safe_load(to_yaml(week)) == json.loads(week.to_json())
    assert "start: '18:00'" in to_yaml(week)
    assert not re.search(r"(start|end): \d", to_yaml(week)), "some readers take 06:00 for 360"


def test_markdown_table_holds() -> None:
    week = made()
    named = week.sessions[0].model_copy(update={"name": "a|b `c` <i>", "note": "# no heading"})
    text = to_markdown(week.model_copy(update={"sessions": (named, *week.sessions[1:])}))
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}
    assert "\\<i\\>" in text


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("a\nb\tc", 20, "a b c"),
        ("\x1b[1mx", 20, "[1mx"),
        ("abcdefgh", 6, "abc..."),
        ("\u05d0\u05d1", 9, "\u05d0\u05d1"),
    ],
)
def test_clean(text: str, limit: int, expected: str) -> None:
    assert clean(text, limit) == expected


@pytest.mark.parametrize("write", [to_yaml, to_markdown, to_csv, Week.to_json])
def test_same_bytes(write: Callable[[Week], str]) -> None:
    assert write(made()) == write(made())


def test_nothing_is_written_if_the_view_fails(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"

    def fail() -> None:
        with Screen.open(str(target)) as screen:
            screen.line("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_one_solve_is_one_solve(monkeypatch: pytest.MonkeyPatch) -> None:
    stats = SolveStats(seconds={"solve": 0.5}, deterministic=0.1, variables=1, constraints=2, solves=({},))
    week = made().model_copy(update={"stats": stats})
    assert "1 variable, 2 constraints; 1 solve, 0.100 units" in shown(week, monkeypatch, width=100)


def test_each_kind_of_file_is_a_format() -> None:
    assert {format.value for format in Format} == {"table", *KINDS}
