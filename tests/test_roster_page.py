"""The page of a roster: who needs a look, everyone's week, links that lead somewhere, written as it is read."""

from __future__ import annotations

import json
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from handy_weeks import made
from pages import HOSTILE, loads_nothing, parsed, text_of
from rosters import Inline, small, went, written

from microcycle.batch.row import Fault
from microcycle.cli import athletes
from microcycle.export import words
from microcycle.export.roster_page import MOST_LOOKS, Entry, to_roster_page
from microcycle.models.clock import DAYS


@pytest.fixture(scope="module")
def roster(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A folder of files of a roster with every outcome, and its journal's lines by id."""
    folder = tmp_path_factory.mktemp("roster")
    impossible = {"goal": "run-5k", "availability": {"mon": "18:00-19:00"}, "want": {"lifts": 3}}
    deadly = small(3) | {"athlete": {"age": 77}}
    rows = [
        {"id": "index", "request": small(0)},
        {"id": "none", "request": impossible},
        {"id": "<script>alert(1)</script>", "request": small(1) | {"athlete": {"name": HOSTILE[1], "age": 30}}},
        {"id": "broken", "request": {"goal": "swim"}},
        {"id": "dead", "request": deadly},
        {"id": "late", "request": small(5)},
    ]
    source, journal = written(folder / "r.jsonl", rows), folder / "j.jsonl"
    went(source, journal, Inline(deadly=77))
    lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        if line["id"] == "late":
            told = Fault("limit", "the limit was reached: a better week is not ruled out").told()
            meta, week = line.pop("meta"), line.pop("week") | {"proven": False, "limit": "work"}
            line |= {"outcome": "unknown", "error": told, "meta": meta, "week": week}
    # As workers finish, not as the roster has them.
    order = [lines[n] for n in (3, 0, 5, 2, 4, 1)]
    journal.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in order), encoding="utf-8")
    (folder / "files").mkdir()
    athletes.write_all(journal, folder / "files", ["html", "svg", "csv"])
    return folder / "files", {line["id"]: line for line in lines}


def test_the_roster_page_leads_to_everyone(roster: tuple[Path, dict[str, Any]]) -> None:
    folder, lines = roster
    page = (folder / "index.html").read_text(encoding="utf-8")
    tree = parsed(page)
    loads_nothing(page)
    assert Counter(line["outcome"] for line in lines.values()) == {
        "solved": 2, "infeasible": 1, "invalid": 1, "crashed": 1, "unknown": 1,
    }  # fmt: skip
    rows = list(tree.find(".//tbody"))
    assert [text_of(row[0].find(".//bdi")) for row in rows] == [words.clean(id) for id in lines]
    targets = {e.get("href") for e in tree.iter("a") if not e.get("href").startswith("#")}
    assert {name for name in targets if not (folder / name).is_file()} == set()
    assert targets == {path.name for path in folder.iterdir()} - {"index.html", ".microcycle-files"}
    assert len({path.name.casefold() for path in folder.iterdir()}) == len(list(folder.iterdir()))
    assert len(targets) == 3 * 3 + 2  # who has no week has no picture
    anchors = {e.get("href")[1:] for e in tree.iter("a") if e.get("href").startswith("#")}
    assert anchors <= {row.get("id") for row in rows}
    assert len(anchors) == 4


def test_the_roster_page_tells_the_week_at_a_glance(roster: tuple[Path, dict[str, Any]]) -> None:
    folder, lines = roster
    tree = parsed((folder / "index.html").read_text(encoding="utf-8"))
    for row, line in zip(tree.find(".//tbody"), lines.values(), strict=True):
        cells = [cell for cell in row if cell.get("class") == "day"]
        if line["week"] is None or line["week"]["outcome"] != "solved":
            assert not cells
            continue
        for day, cell in zip(DAYS, cells, strict=True):
            held = [words.LETTERS[s["modality"]] for s in line["week"]["sessions"] if s["day"] == day]
            assert [b.text for b in cell.iter("b")] == held
            assert ("rest" in text_of(cell)) == (day in line["week"]["rest_days"])
        if line["outcome"] == "solved" and line["week"]["matches"]:
            assert words.clean(line["week"]["matches"][0]["text"], 120) in text_of(row)
    looks = [text_of(item) for item in next(u for u in tree.iter("ul") if u.get("class") == "looks")]
    assert [look.split()[0] for look in looks] == ["none", "broken", "dead", "late"]
    for look, id in zip(looks, ("none", "broken", "dead", "late"), strict=True):
        assert " ".join(words.clean(lines[id]["error"]["message"], 400).split()) in look
    totals = next(u for u in tree.iter("ul") if u.get("class") == "totals")
    assert [text_of(item) for item in totals] == [
        "2 solved", "1 no week can exist", "1 not proven in time", "1 request not usable", "1 crashed",
    ]  # fmt: skip


def test_a_name_that_the_index_has_is_nobodys() -> None:
    for id in ("index", "Index", "index.html"):
        assert athletes.file_name(id).startswith("athlete-index")
    assert athletes.file_name("indexa") == "indexa"
    assert len({athletes.file_name(id) for id in ("index", "INDEX", "Index")}) == 3


def test_the_roster_page_is_written_as_it_is_read() -> None:
    count, read = 20_000, 0
    text = made().to_json()

    def entries(number: int) -> Iterator[Entry]:
        nonlocal read
        for row in range(1, number + 1):
            read += 1
            yield Entry(row, f"u-{row}", "unknown", week=json.loads(text))

    counts = {"solved": 0, "unknown": count}
    stream = to_roster_page(counts, entries(MOST_LOOKS), entries(count))
    assert "<!DOCTYPE html>" in next(stream)
    assert read < MOST_LOOKS
    tracemalloc.start()
    size = 0
    while read < 1500:
        size += len(next(stream))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 1000 * (read - MOST_LOOKS) / 2
    assert peak < 1_500_000
    assert f"And {count - MOST_LOOKS} more, marked in the list." in "".join(to_roster_page(counts, (), ()))
    parsed("".join(to_roster_page({"solved": 0}, (), ())))
