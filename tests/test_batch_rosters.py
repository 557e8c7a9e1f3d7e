"""Rosters of every kind: what rows may hold, what a roster is not, sheets as spreadsheets export them."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rosters import envelopes, numbered, read, small, went, written

from microcycle.batch import roster
from microcycle.batch.row import MOST_BYTES
from microcycle.errors import InputError

BASE = {
    "athlete": {"experience": {"lift": "intermediate", "run": "beginner"}},
    "goal": "hybrid-vo2-strength",
    "primary": "lift",
    "availability": {"mon-fri": ["06:00-07:30", "17:30-20:30"], "sat": "08:00-12:00"},
}

# --- rosters --------------------------------------------------------------------------------------------------------


def test_envelopes_and_bare_requests(tmp_path: Path) -> None:
    bare = {"id": 7, "meta": "x", **small(0)}
    source = written(tmp_path / "r.jsonl", ["\ufeff" + json.dumps(envelopes(1)[0]), "", bare])
    found = list(roster.rows(str(source)))
    assert [(row.number, row.id, row.meta, row.line) for row in found] == [(1, "u-0", {"n": 0}, 1), (2, "7", "x", 3)]
    assert found[0].request == found[1].request == small(0)
    packed = tmp_path / "r.jsonl.gz"
    packed.write_bytes(gzip.compress(source.read_bytes()))
    assert list(roster.rows(str(packed))) == found


BAD_ROWS = {
    "{": "json", "[1]": "row", "3": "row", "null": "row", "[" * 9000: "json", '{"id": ' + "9" * 5000 + "}": "json",
    '{"id": "a", "goal": NaN}': "json", '{"id": "a", "id": "b"}': "json", "{}": "id", '{"id": ""}': "id",
    '{"id": "#1"}': "id", '{"id": ["a"]}': "id", '{"id": true}': "id", json.dumps({"id": "x" * 300}): "id",
    '{"id": "a", "request": 3}': "row", '{"id": "a", "request": {}, "rekuest": {}}': "row",
    '{"id": "a", "schema": "microcycle/request/9"}': "schema", json.dumps({"id": "a", "note": "x" * MOST_BYTES}): "size",
    '{"id": "a", "goal": "\\ud800"}': "json",
}  # fmt: skip


def test_rows_that_are_none(tmp_path: Path) -> None:
    source = tmp_path / "r.jsonl"
    for text, code in BAD_ROWS.items():
        written(source, [text, {"id": "fine", **small(0)}])
        (_, found), (id, fine) = numbered(source)
        assert (found, id, fine) == (code, "fine", None), text[:60]
    source.write_bytes(b'{"id": "caf\xe9"}\n{"id": "ok"}')
    assert list(numbered(source)) == [("#1", "json"), ("ok", None)]


def test_what_is_no_text_and_what_is_too_deep(tmp_path: Path) -> None:
    deep = '{"id": "deep", "request": {"goal": ' + '{"a":' * 700 + "1" + "}" * 700 + "}}"
    odd = [
        r'{"id": "\ud800", "meta": "\udfff", "goal": "x"}',
        '{"id": "name", "athlete": {"name": "\\ud800"}, "goal": "run-5k", "availability": {"mon-fri": "18:00-19:00"}}',
    ]
    source = written(tmp_path / "r.jsonl", [deep, *odd, *envelopes(1)])
    went(source, tmp_path / "j.jsonl", sort=True)
    found = read(tmp_path / "j.jsonl")  # all of it is UTF-8
    assert [line["outcome"] for line in found] == ["invalid", "invalid", "invalid", "solved"]
    assert [line["error"]["code"] for line in found[:3]] == ["json", "json", "json"]
    assert [line["id"] for line in found[:3]] == ["#1", "#2", "#3"]
    assert went(source, tmp_path / "j.jsonl").kept == 4


def test_about_how_many(tmp_path: Path) -> None:
    assert roster.count(str(written(tmp_path / "r.jsonl", envelopes(7)))) == 7
    (tmp_path / "r.csv").write_text("id\na\nb\n", encoding="utf-8")
    assert roster.count(str(tmp_path / "r.csv")) == 2
    assert (roster.count("-"), roster.count("r.jsonl.gz"), roster.count("none")) == (None, None, None)
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a.yaml").touch()
    assert roster.count(str(tmp_path / "d")) == 1


def test_what_a_roster_is_not(tmp_path: Path) -> None:
    """A file of one athlete, nothing at all; in a directory our own records, what is hidden, and pipes."""
    (tmp_path / "one.yaml").write_text("goal: run-5k\n", encoding="utf-8")
    for name, told in (("one.yaml", "one athlete's constraints file"), ("none.jsonl", "no such file; expected a roster")):
        with pytest.raises(InputError, match=told):
            next(roster.rows(str(tmp_path / name)))
    with pytest.raises(InputError, match="the name is empty"):
        next(roster.rows(""))
    for name in (".hidden.yaml", "plans.RUN.json"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.yaml")
    assert [row.id for row in roster.rows(str(tmp_path))] == ["one"]
    assert roster.count(str(tmp_path)) == 1


def test_standard_input_packed_or_a_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = b"".join(json.dumps(one).encode() + b"\n" for one in envelopes(2))
    for text, template in ((lines, None), (gzip.compress(lines), None), (b"id,goal\nu-0,run-5k\nu-1,run-5k\n", BASE)):
        stdin = SimpleNamespace(buffer=io.BufferedReader(io.BytesIO(text)))
        monkeypatch.setattr(sys, "stdin", stdin)
        assert list(numbered("-", template)) == [("u-0", None), ("u-1", None)]


def test_a_directory_of_files(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text('goal = "run-5k"\n', encoding="utf-8")
    (tmp_path / "a.yaml").write_text("goal: run-5k\navailability: {mon-fri: 18:00-19:00}\n", encoding="utf-8")
    (tmp_path / "c.yml").write_text("goal: [\n", encoding="utf-8")
    (tmp_path / "d.json").write_text("[]", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no roster", encoding="utf-8")
    assert list(numbered(tmp_path)) == [("a", None), ("b", None), ("c", "request"), ("d", "row")]


def test_rosters_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        list(roster.rows(str(tmp_path / "none.jsonl")))
    torn = tmp_path / "r.jsonl.gz"
    torn.write_bytes(gzip.compress(b'{"id": "a"}\n' * 10_000)[:200])
    with pytest.raises(InputError, match="cannot be read to its end"):
        list(roster.rows(str(torn)))
    journal = tmp_path / "j.jsonl"
    with pytest.raises(InputError):
        went(tmp_path / "none.jsonl", journal)
    assert not journal.exists()


# --- sheets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_sheet(tmp_path: Path, delimiter: str) -> None:
    rows = [
        [
            "id",
            "athlete.name",
            "meta.team",
            "athlete.experience",
            "availability.mon",
            "want.lifts",
            "pinned+",
            "policies.order",
        ],
        ["a1", "Ann", "red", "advanced", "18:30:00 - 20:30:00", "2-4", "easy-run=tue 18:30 45 min", "either"],
        ["a2", "", "", "", "none", "", "", "none"],
    ]
    source = tmp_path / "r.csv"
    quoted = "\r\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    source.write_bytes(b"\xef\xbb\xbf" + quoted.encode())
    one, two = roster.rows(str(source), {**BASE, "policies": {"order": "lift-first"}})
    assert (one.id, one.meta, one.line) == ("a1", {"team": "red"}, 2)
    assert one.request == {
        **BASE,
        "athlete": {"experience": "advanced", "name": "Ann"},
        "availability": {**BASE["availability"], "mon": "18:30-20:30"},  # type: ignore[dict-item]
        "want": {"lifts": "2-4"},
        "pinned": [{"session": "easy-run", "day": ["tue"], "start": "18:30", "minutes": 45}],
        "policies": {"order": "either"},
    }
    assert two.request == {**BASE, "availability": {**BASE["availability"], "mon": "none"}, "policies": {}}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("availability.mon", "6:30 PM-8:00 PM", "6:30 PM-8:00 PM"),
        ("availability.mon", "06:00-07:00;18:30:00-20:00:00", ["06:00-07:00", "18:30-20:00"]),
        ("forbid.lifts", "tue; thu", ["tue", "thu"]),
        ("want.runs", "3", 3),
        ("want.run_distance", "40-45 km", "40-45 km"),
        ("pinned", "[{session: easy-run, day: tue}]", [{"session": "easy-run", "day": "tue"}]),
        ("week_of", "2026-11-23", "2026-11-23"),
    ],
)
def test_cells(tmp_path: Path, column: str, cell: str, value: Any) -> None:
    source = tmp_path / "r.csv"
    source.write_text(f'id,{column}\na,"{cell}"\n', encoding="utf-8")
    (row,) = roster.rows(str(source), BASE)
    assert row.request is not None
    first, _, rest = column.partition(".")
    assert (row.request[first][rest] if rest else row.request[first]) == value


def test_sheets_that_are_no_utf_8(tmp_path: Path) -> None:
    source = tmp_path / "r.csv"
    text = "id,athlete.name,goal\na,Zoë,run-5k\nb,Bob,run-5k\nü,Cy,run-5k\n"
    source.write_bytes(text.encode("cp1252"))
    one, two, three = roster.rows(str(source), BASE)
    assert [row.fault.code if row.fault else None for row in (one, two, three)] == ["csv", None, "csv"]
    assert (one.id, two.id, three.id) == ("a", "b", "#3")
    assert one.fault is not None
    assert (one.fault.line, one.fault.column) == (2, 2)
    assert "column athlete.name: this is no UTF-8; expected the sheet saved as 'CSV UTF-8'" in one.fault.message
    source.write_bytes(text.replace("goal", "goäl").encode("cp1252"))
    with pytest.raises(InputError, match="this is no UTF-8"):
        next(roster.rows(str(source), BASE))
    for encoding in ("utf-16", "utf-8-sig"):
        source.write_bytes(text.replace(",", "\t").encode(encoding))
        assert [row.id for row in roster.rows(str(source), BASE) if row.fault is None] == ["a", "b", "ü"]


def test_cells_that_cannot_be_meant(tmp_path: Path) -> None:
    source = tmp_path / "r.csv"
    source.write_text("id,want.lifts,pinned+\na,02-Jan,\nb,2,run club\nc,3,\nc,3,,x\n", encoding="utf-8")
    found = list(roster.rows(str(source), BASE))
    assert [row.fault.code if row.fault else None for row in found] == ["spreadsheet-date", "csv", None, "csv"]
    fault = found[0].fault
    assert fault is not None
    assert (fault.line, fault.column, fault.path) == (2, 2, "want.lifts")
    assert "a spreadsheet made this a date" in fault.message
    for head, told in (
        ("name\n", "no column 'id'"),
        ("id,gaol\n", "did you mean 'goal'?"),
        ("id,goal,goal\n", "is there twice"),
        ("id,goal+\n", "nothing can be appended to"),
    ):
        source.write_text(head, encoding="utf-8")
        with pytest.raises(InputError, match=told.replace("?", r"\?")):
            list(roster.rows(str(source), BASE))
