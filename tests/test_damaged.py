"""Weeks, journals, caches and arguments that were damaged, or made up by somebody: refused in a line, never fallen over.

`MICROCYCLE_DRAWS=5 pytest tests/test_damaged.py` draws five times as many.
"""

from __future__ import annotations

import copy
import json
import re
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from draws import draws
from handy_weeks import made
from rosters import envelopes, went, written
from typer.testing import CliRunner

from microcycle.batch.journal import damaged_in
from microcycle.cli.app import app
from microcycle.errors import InputError
from microcycle.export.formats import KINDS
from microcycle.models.reading import Document
from microcycle.models.saved import saved_week
from microcycle.solver.causes import Cause

RUN = CliRunner()
TIMES = draws(1)
FILE = """
athlete: {name: Kim, bodyweight: 70 kg, timezone: Europe/London, easy_pace: "6:00 /km"}
goal: run-5k
week_of: 2026-11-23
availability: {tue-thu: 18:00-19:00, sat: 09:00-10:30}
pinned: [{session: easy-run, day: tue, start: "18:10", minutes: 40, note: club}]
"""
OBEYED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ud800-\udfff]")
"""What does something to a terminal; line ends and tabs apart."""
DEEP: Any = "x"
for _ in range(80):
    DEEP = [DEEP]
JUNK: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 7, 10**30, -(10**30), 2**63, 0.5, 1e308, "", " ", "x", "mon", "25:00", "18:00", "7", "²",
    "2026-11-24", "2026-02-30", "a" * 5000, "\x1b[31mred\x07", "a\nb", "a\r\nEND:VEVENT", "\u202eevil", "\u2028", "\ud800",
    "\x9b2J", "\0", "<script>x</script>", "[x](javascript:y)", "https://x.y", "`", "=cmd()", "{0}", "../../x", [], {}, [[]],
    [None], [1], ["x"], {"a": 1}, [{}], {"session": "easy-run"}, DEEP,
)  # fmt: skip


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from places(value, (*path, key))


def damaged(rng: Random, data: Any) -> Any:
    """A copy with one to three things in it that are not as they were."""
    data = copy.deepcopy(data)
    for _ in range(rng.choice((1, 1, 2, 3))):
        path = rng.choice(list(places(data)))
        if not path:
            if rng.random() < 0.05:
                return rng.choice(JUNK)
            continue
        node = data
        for part in path[:-1]:
            node = node[part]
        what = rng.randrange(6)
        if what == 0:
            del node[path[-1]]
        elif what == 1 and isinstance(node, list):
            node.append(copy.deepcopy(rng.choice(node)))
        elif what == 2 and isinstance(node, dict):
            node[rng.choice(["x", "schema", "id", "\x1b[2J", "", *node])] = rng.choice(JUNK)
        elif what == 3 and isinstance(node[path[-1]], str):
            text = node[path[-1]]
            node[path[-1]] = text + rng.choice(["\x1b[31m", "\n", "\u202e", "x", "7", text])
        elif what == 4 and isinstance(node[path[-1]], int):
            node[path[-1]] = node[path[-1]] * rng.choice([-1, 2, 10, 10**6])
        else:
            node[path[-1]] = copy.deepcopy(rng.choice(JUNK))
    return data


def as_text(data: Any) -> str:
    return json.dumps(data, ensure_ascii=True).replace('"\\\\', '"\\')


def ran(*arguments: str) -> str:
    """A command that ends as it says, and what it wrote: nothing that a terminal would obey."""
    found = RUN.invoke(app, list(arguments))
    told = f"{arguments}\n{found.output[-600:]!r}"
    assert found.exit_code in (0, 2, 3, 4, 5), told
    assert found.exception is None or isinstance(found.exception, SystemExit), told
    assert OBEYED.search(found.stdout + found.stderr) is None, told
    return found.output


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Weeks as they are saved: planned, planned anew, and one that there is not."""
    folder = tmp_path_factory.mktemp("saved")
    file = folder / "file.yaml"
    file.write_text(FILE, encoding="utf-8")
    week, later = (str(folder / f"{name}.json") for name in ("week", "later"))
    ran("plan", str(file), "-o", week)
    ran("replan", str(file), week, "--now", "wed-12:00", "--lost", "thu", "--set", "want.lifts=1", "-o", later)
    none = json.loads(
        made(outcome="infeasible", conflict=(Cause("You want 9 lifts.", "own count", ("want", "lifts")),)).to_json()
    )
    return [*(json.loads(Path(name).read_text(encoding="utf-8")) for name in (week, later)), none]


def test_weeks(saved: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file.yaml").write_text(FILE, encoding="utf-8")
    Path("good.json").write_text(json.dumps(saved[0]), encoding="utf-8")
    rng = Random(15)
    for n in range(20 * TIMES):
        Path("bad.json").write_text(as_text(damaged(rng, rng.choice(saved))), encoding="utf-8")
        for format in rng.sample(list(KINDS), 3):
            ran("export", "bad.json", "--to", format)
        ran("diff", *rng.choice((("bad.json", "good.json"), ("good.json", "bad.json"))), "-f", rng.choice(("table", "json")))
        ran("check", "file.yaml", "bad.json")
        if n % 10 == 0:
            ran("replan", "file.yaml", "bad.json", "--now", rng.choice(("tue-12:00", "thu-20:00")), "-f", "table")
        if n % 20 == 19:
            ran("why", "file.yaml", "bad.json")


PLAIN: tuple[Any, ...] = (None, True, 0, 5, 10**30, 0.5, "", "x", [], [5], ["x"], {}, {"a": 1})


def test_each_value_of_a_week_replaced(saved: list[Any]) -> None:
    """A value of every shape at every place is a week, or refused: whoever reads first takes no shape for granted."""
    taken = set()
    for data in saved:
        for *parents, last in (path for path in places(data) if path):
            name = tuple("*" if isinstance(part, int) else part for part in (*parents, last))
            if name in taken:
                continue
            taken.add(name)
            node = data
            for part in parents:
                node = node[part]
            was = node[last]
            for value in PLAIN:
                node[last] = value
                with suppress(InputError):
                    saved_week(Document("bad.json", data, {}, {}))
            node[last] = was
    assert len(taken) > 100


def test_texts_of_somebody_else_stay_texts(saved: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every text of a saved week, one after the other, replaced by one that would do something."""
    monkeypatch.chdir(tmp_path)
    Path("file.yaml").write_text(FILE, encoding="utf-8")
    Path("good.json").write_text(json.dumps(saved[0]), encoding="utf-8")
    evil = "x\x1b[31mQ\u202e\x07`[l](http://e.x)`<b>\nEND:VEVENT"
    taken = set()
    for data in saved:
        for path in places(data):
            name = tuple("*" if isinstance(part, int) else part for part in path)
            *parents, last = path or ("",)
            node = data
            for part in parents:
                node = node[part]
            if not path or not isinstance(node[last], str) or name in taken:
                continue
            taken.add(name)
            was, node[last] = node[last], evil
            Path("bad.json").write_text(json.dumps(data), encoding="utf-8")
            node[last] = was
            page = ran("export", "bad.json", "--to", "markdown")
            if "stands in no planned week" in page or "bad.json:1:" in page:
                continue
            assert not re.search(r"(?<!\\)(?:\]\(|<b>)|http://", page), name
            lines = ran("export", "bad.json", "--to", "ics").splitlines()
            assert lines.count("END:VEVENT") == lines.count("BEGIN:VEVENT"), name
            ran("export", "bad.json", "--to", "csv")
            ran("export", "bad.json", "--to", "yaml")
            ran("diff", "good.json", "bad.json")
    assert len(taken) > 50


# --- journals and caches --------------------------------------------------------------------------------------------------


def test_journals(tmp_path: Path) -> None:
    """A damaged line costs itself: the run goes on and mends it, what stood there is put away, all others are kept."""
    rng, asked = Random(16), envelopes(4)
    roster, journal = written(tmp_path / "r.jsonl", asked), tmp_path / "j.jsonl"
    went(roster, journal, cache=tmp_path / "cache", sort=True)
    whole = journal.read_bytes()
    lines = whole.splitlines()
    for _ in range(30 * TIMES):
        spoiled = list(lines)
        for n in rng.sample(range(len(lines)), rng.choice((1, 1, 2))):
            if rng.random() < 0.7:
                changed = damaged(rng, json.loads(lines[n]))
                spoiled[n] = json.dumps(changed, separators=(",", ":")).encode()
            else:
                at = rng.randrange(len(lines[n]))
                spoiled[n] = lines[n][:at] + bytes([rng.choice((0, 9, 34, 91, 255))]) + lines[n][at + 1 :]
        journal.write_bytes(b"\n".join(spoiled) + b"\n")
        tally = went(roster, journal, cache=tmp_path / "cache", sort=True)
        assert tally.outcomes == {"solved": 4}
        again = journal.read_bytes().splitlines()
        for n, line in enumerate(spoiled):
            if line == lines[n]:
                assert again[n] == line
        if tally.damaged:
            assert all(line in spoiled for line in damaged_in(journal).read_bytes().splitlines()[-tally.damaged :])
            assert went(roster, journal, sort=True).damaged == 0


def test_caches(tmp_path: Path) -> None:
    rng, asked = Random(17), envelopes(2)
    roster, cache = written(tmp_path / "r.jsonl", asked), tmp_path / "cache"
    went(roster, tmp_path / "j.jsonl", cache=cache, sort=True)
    whole = (tmp_path / "j.jsonl").read_bytes()
    with sqlite3.connect(cache / "answers.sqlite") as db:
        rows = db.execute("SELECT key, outcome, head, week FROM answers").fetchall()
    for n in range(6 * TIMES):
        key, outcome, head, week = rng.choice(rows)
        text = json.dumps(damaged(rng, json.loads(zlib.decompress(week))))
        head = rng.choice((head, json.dumps(damaged(rng, json.loads(head))), "{", 5, b"\xff"))
        outcome = rng.choice((outcome, outcome, "infeasible", "x", None, 3))
        week = rng.choice((zlib.compress(text.encode()), zlib.compress(b"{}"), b"x", "x", None, 7, week))
        with sqlite3.connect(cache / "answers.sqlite") as db:
            db.execute("UPDATE answers SET outcome = ?, head = ?, week = ? WHERE key = ?", (outcome, head, week, key))
        journal = tmp_path / f"{n}.jsonl"
        assert went(roster, journal, cache=cache, sort=True).outcomes == {"solved": 2}
        assert [len(json.loads(line)["week"]["sessions"]) for line in journal.read_bytes().splitlines()] == [
            len(json.loads(line)["week"]["sessions"]) for line in whole.splitlines()
        ] or week not in (b"x", "x", None, 7)
        with sqlite3.connect(cache / "answers.sqlite") as db:
            db.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)", rows)


# --- arguments ------------------------------------------------------------------------------------------------------------

WORDS = (
    "", " ", "x", "-", "--", "=", "a=b", "mon", "Mon-Fri", "mon 25:00", "wed-12:00", "tue 7", "18:00", "-1", "1e309",
    "\udcff", "\x1b[31m", "\u202e", "a" * 300, "/dev/null/x", "x/y", "easy-run", "Easy Run", "easy-run=tue",
    "easy-run=tue 18:00 40 min", "easy-run=0", "lifts=4", "runs > x=mon", "rest=sun", "long-run=sat 08:00",
    "tue-1-easy-run", "tue-1-easy-run=30 min", "2026-11-24", "2026-11-23", "2026-02-30", "2026-11-24T12:00", "nan", "inf",
    "9" * 400, "\u00b2", "{}", "[", "ics", "json", "want.lifts=1", "want.runs=", "pinned.0=", "pinned.0.day=thu",
    "pinned.1={session: easy-run, day: thu}", "pinned.9=1", "goal=hypertrophy", "goal.x=1", "athlete.name=\udcff",
    "athlete={", "availability.sat=none", "availability.mon-fri.at=1", "=1", ".=1", "now=wed 12:00",
    "week_of=2026-11-30", "rules.x={family: bound}", "prefer.Long-run=sat", "forbid={rest: sun}",
)  # fmt: skip
COMMANDS = (
    "plan FILE", "plan FILE -f W", "plan FILE --time-limit W", "plan FILE -o W", "plan FILE --apply W", "plan W", "W W",
    "whatif FILE --set W", "whatif FILE --set W --set W", "why FILE --not W", "why FILE WEEK --not W", "why FILE W",
    "replan FILE WEEK --now W", "replan FILE WEEK --now tue-12:00 --missed W", "replan FILE WEEK --now tue-20:00 --done W",
    "replan FILE WEEK --now tue-12:00 --lost W", "replan FILE WEEK --now tue-12:00 --add W", "replan FILE W --now W",
    "replan FILE WEEK --now tue-12:00 --set W", "replan FILE WEEK --now tue-12:00 --max-moves W", "diff WEEK W",
    "export WEEK --to W", "export WEEK --to ics --times W", "export WEEK --to ics --alarm W", "export WEEK -o W",
    "export WEEK --to ics --starting W", "export WEEK --to ics --previous W", "export WEEK --to ics --owner W",
    "export WEEK --to intervals --weeks W", "check FILE W", "check FILE WEEK -f W", "alternatives FILE -n W", "diff W W",
    "init --goal W", "alternatives FILE --within W", "init -o W", "goals W", "sessions W", "rules W", "policies W",
    "schema W", "schema -o W", "batch W -o j.jsonl", "batch r.jsonl -o W", "batch r.jsonl -o j.jsonl --previous W",
    "batch r.jsonl -o j.jsonl --cache W", "batch r.jsonl -o j.jsonl --shard W", "batch r.jsonl -o j.jsonl --memory W",
    "batch r.jsonl -o j.jsonl --files W", "batch r.jsonl -o j.jsonl --max-failed W", "batch merge W -o W",
    "batch r.csv -o j.jsonl --template W", "batch r.jsonl -o j.jsonl --cluster W", "batch merge W W",
    "batch r.jsonl -o j.jsonl --files d -f W", "batch r.jsonl -o j.jsonl --export W",
)  # fmt: skip


def test_arguments(saved: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = Random(18)
    for n in range(60 * TIMES):
        folder = tmp_path / str(n)
        folder.mkdir()
        monkeypatch.chdir(folder)
        Path("file.yaml").write_text(FILE, encoding="utf-8")
        Path("week.json").write_text(json.dumps(saved[0]), encoding="utf-8")
        Path("r.jsonl").write_text('{"id": "a"\n', encoding="utf-8")
        Path("r.csv").write_text("id,goal\n,run-5k\n", encoding="utf-8")
        names = {"FILE": "file.yaml", "WEEK": "week.json"}
        parts = COMMANDS[n % len(COMMANDS)].split()
        ran(*(rng.choice(WORDS) if part == "W" else names.get(part, part) for part in parts))
        assert Path("file.yaml").read_text(encoding="utf-8") == FILE
        assert Path("week.json").read_text(encoding="utf-8") == json.dumps(saved[0])
