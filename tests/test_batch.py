"""Rosters in, journals out: one solve for one question, resume, shards, caches, last week's plans, files."""

from __future__ import annotations

import csv
import json
import random
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rosters import Inline, by_id, ended, envelopes, read, small, went, written

from microcycle import load_request, plan_week
from microcycle.batch.anchored import Anchored
from microcycle.batch.export import export
from microcycle.batch.journal import Journal, Line, gone_from, lines, merged, record_of
from microcycle.batch.question import question
from microcycle.batch.roster import rows
from microcycle.batch.row import Row, shard_of
from microcycle.batch.run import Plan, run
from microcycle.batch.work import Settings
from microcycle.cli import athletes
from microcycle.errors import InputError
from microcycle.models.week import Week

BASE = {
    "athlete": {"experience": {"lift": "intermediate", "run": "beginner"}},
    "goal": "hybrid-vo2-strength",
    "primary": "lift",
    "availability": {"mon-fri": ["06:00-07:30", "17:30-20:30"], "sat": "08:00-12:00"},
}

# --- one question, one solve -----------------------------------------------------------------------------------------


def test_names_and_notes_are_no_part_of_the_question() -> None:
    pin = {"session": "easy-run", "day": "tue", "note": "with Ann"}
    one = question({**BASE, "athlete": {"name": "Ann"}, "pinned": [pin]})
    other = question({"pinned": [{**pin, "note": 'of "Bo"\n'}], **BASE, "athlete": {"name": "B\u200bo"}})
    assert one.hash == other.hash
    assert one.request == other.request
    assert "Ann" not in json.dumps(one.request)
    assert json.loads(other.answered(json.dumps(other.request, ensure_ascii=False)))["pinned"][0]["note"] == 'of "Bo"\n'
    assert question({**BASE, "goal": "run-5k"}).hash != one.hash
    nameless = question({**BASE, "athlete": {}, "pinned": [{"session": "easy-run", "day": "tue"}]})
    assert nameless.hash == one.hash
    assert json.loads(nameless.answered(json.dumps(nameless.request, ensure_ascii=False)))["athlete"] == {"name": ""}
    assert question({**BASE, "athlete": {"name": "\ue000name\ue001"}}).personal == {}
    assert question({**BASE, "athlete": {"name": "x" * 201}}).personal == {}


def test_who_asks_the_same_gets_the_same(tmp_path: Path) -> None:
    asked = [{"id": f"a{n}", "request": {**small(n % 3), "athlete": {"name": f"N{n}"}}} for n in range(30)]
    pool = Inline()
    tally = went(written(tmp_path / "r.jsonl", asked), tmp_path / "j.jsonl", pool)
    assert (pool.asked, tally.shared, tally.outcomes["solved"]) == (3, 27, 30)
    found = by_id(tmp_path / "j.jsonl")
    for n in range(30):
        line = found[f"a{n}"]
        assert line.get("same_as") == (None if n < 3 else f"a{n % 3}")
        assert line["week"]["athlete"] == f"N{n}"
    week = plan_week(load_request(asked[5]["request"]))  # type: ignore[arg-type]
    assert found["a5"]["week"] == json.loads(week.to_json())


def test_what_is_wrong_is_not_shared(tmp_path: Path) -> None:
    wrong = [{"id": f"a{n}", "goal": "run-6k"} for n in range(3)]
    tally = went(written(tmp_path / "r.jsonl", wrong), tmp_path / "j.jsonl")
    assert tally.outcomes == {"invalid": 3}
    assert [line["error"]["line"] for line in sorted(read(tmp_path / "j.jsonl"), key=lambda line: line["row"])] == [1, 2, 3]
    assert not any("same_as" in line for line in read(tmp_path / "j.jsonl"))


def test_a_cache_outlasts_the_run(tmp_path: Path) -> None:
    source = written(tmp_path / "r.jsonl", [*envelopes(6), {"id": "bad", "goal": "x"}])
    first, second = Inline(), Inline()
    went(source, tmp_path / "a.jsonl", first, cache=tmp_path / "cache", sort=True)
    went(source, tmp_path / "b.jsonl", second, cache=tmp_path / "cache", sort=True)
    assert (first.asked, second.asked) == (7, 1)
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(InputError, match="cannot hold answers"):
        went(source, tmp_path / "c.jsonl", cache=file)


# --- results --------------------------------------------------------------------------------------------------------


def test_a_line_is_what_plan_says(tmp_path: Path) -> None:
    asked = [*envelopes(4), {"id": "no", "goal": "run-10k", "availability": {"mon-fri": "18:00-19:30"},
                             "want": {"long-run": 1}, "forbid": {"long-run": "daily"}}]  # fmt: skip
    tally = went(written(tmp_path / "r.jsonl", asked), tmp_path / "j.jsonl", sort=True)
    found = read(tmp_path / "j.jsonl")
    assert [line["id"] for line in found] == ["u-0", "u-1", "u-2", "u-3", "no"]
    for line, one in zip(found, asked, strict=True):
        request = one["request"] if "request" in one else {k: v for k, v in one.items() if k != "id"}
        assert line["week"] == json.loads(plan_week(load_request(request), repairs=False).to_json())
    assert found[-1]["outcome"] == "infeasible"
    assert found[-1]["error"]["code"] == "infeasible"
    assert "forbid.long-run" in {fact["source"] for fact in found[-1]["week"]["conflict"]}
    summary = tally.summary()
    assert summary["outcomes"] == {"solved": 4, "infeasible": 1, "unknown": 0, "invalid": 0, "crashed": 0}
    assert summary["failed"] == 0
    assert [look["id"] for look in summary["look_at"]] == ["no"]


def test_nothing_personal_where_that_is_asked_for(tmp_path: Path) -> None:
    request = {**small(0), "athlete": {"name": "Ann Ondo", "bodyweight": "71.5 kg"},
               "pinned": [{"session": "easy-run", "day": "tue", "note": "after the clinic"}]}  # fmt: skip
    source = written(tmp_path / "r.jsonl", [{"id": "a", "meta": {"mail": "ann@example.org"}, "request": request}])
    went(source, tmp_path / "open.jsonl")
    went(source, tmp_path / "j.jsonl", settings=Settings(personal=False))
    texts = [(tmp_path / name).read_text(encoding="utf-8") for name in ("open.jsonl", "j.jsonl")]
    for word in ("Ann Ondo", "after the clinic", "ann@example.org", "Protein"):
        assert word.lower() in texts[0].lower()
        assert word.lower() not in texts[1].lower()
    assert "\ue000" not in texts[1]
    secret = {**request, "athlete": {"bodyweight": "heavy since the operation"}}
    source = written(tmp_path / "r.jsonl", [{"id": "a", "request": secret}])
    went(source, tmp_path / "no.jsonl", settings=Settings(personal=False))
    (line,) = read(tmp_path / "no.jsonl")
    assert "operation" not in json.dumps(line)
    source = tmp_path / "r.csv"
    source.write_text("id,want.lifts\na,02-Mar\n", encoding="utf-8")
    went(source, tmp_path / "sheet.jsonl", template=BASE, settings=Settings(personal=False))
    (told,) = read(tmp_path / "sheet.jsonl")
    assert told["error"]["message"] == "this cannot be meant; expected a number or a range such as 2-4"
    assert (line["error"]["path"], "expected a weight" in line["error"]["message"]) == ("athlete.bodyweight", True)


def test_rules_of_ones_own_are_refused_from_strangers(tmp_path: Path) -> None:
    own = {**small(0), "rules": {"mine": {"family": "streak", "of": "training", "max_days": 4}}}
    kinds = {**small(0), "sessions": {"match": {"like": "race"}}}
    tuned = {**small(0), "rules": {"rest-days-min": {"days": 2}}}
    source = written(tmp_path / "r.jsonl", [{"id": str(n), "request": r} for n, r in enumerate((own, kinds, tuned))])
    went(source, tmp_path / "j.jsonl", settings=Settings(own_rules=False), sort=True)
    assert [line["outcome"] for line in read(tmp_path / "j.jsonl")] == ["invalid", "invalid", "solved"]
    went(source, tmp_path / "k.jsonl", sort=True)
    assert [line["outcome"] for line in read(tmp_path / "k.jsonl")] == ["solved"] * 3


def test_a_limit_is_told_with_its_gap(tmp_path: Path) -> None:
    wide = {"goal": "hybrid-advanced", "primary": "run", "availability": {"mon-sun": "06:00-22:00"}}
    source = written(tmp_path / "r.jsonl", [{"id": "a", "request": wide}, {"id": "b", "request": wide}])
    tally = went(source, tmp_path / "j.jsonl", settings=Settings(work=0.01))
    assert (tally.outcomes, tally.failed, tally.shared) == ({"unknown": 2}, 2, 0)
    for line in read(tmp_path / "j.jsonl"):
        assert line["error"]["code"] == "limit"


# --- journals -------------------------------------------------------------------------------------------------------


def test_a_run_goes_on_where_it_was_torn(tmp_path: Path) -> None:
    source, whole = written(tmp_path / "r.jsonl", [*envelopes(12), "{"]), tmp_path / "whole.jsonl"
    went(source, whole, sort=True)
    text = whole.read_bytes()
    rng = random.Random(5)
    for cut in [0, 1, len(text) - 1, len(text), *(rng.randrange(len(text)) for _ in range(6))]:
        journal = tmp_path / "torn.jsonl"
        journal.write_bytes(text[:cut])
        pool = Inline()
        tally = went(source, journal, pool, sort=True)
        assert journal.read_bytes() == text
        assert tally.kept == text[:cut].count(b"\n")
        assert tally.outcomes == {"solved": 12, "invalid": 1}


def test_what_changed_is_solved_anew_and_what_left_is_gone(tmp_path: Path) -> None:
    asked, journal = envelopes(6), tmp_path / "j.jsonl"
    went(written(tmp_path / "r.jsonl", asked), journal)
    asked[2]["request"]["goal"] = "run-marathon"
    asked[4]["meta"] = "other"
    asked[3]["request"]["athlete"]["name"] = "New"
    del asked[0]
    tally = went(written(tmp_path / "r.jsonl", asked), journal)
    assert (tally.kept, tally.rows) == (2, 5)
    found = read(journal)
    assert [(line["row"], line["id"]) for line in found] == [(n, one["id"]) for n, one in enumerate(asked, 1)]
    fresh = tmp_path / "fresh.jsonl"
    went(tmp_path / "r.jsonl", fresh, sort=True)
    assert journal.read_bytes() == fresh.read_bytes()
    assert (tally.changed, tally.gone) == (3, 1)
    assert [line["id"] for line in read(tmp_path / "j.GONE.jsonl")] == ["u-0"], "it may be the wrong roster"
    assert not (tmp_path / "fresh.GONE.jsonl").exists()


def test_a_roster_that_ends_in_the_middle(tmp_path: Path) -> None:
    source, journal = tmp_path / "r.csv", tmp_path / "j.jsonl"
    source.write_text("id,athlete.name\n" + "".join(f"a{n},N{n}\n" for n in range(7)) + 'b,"Bo\nc,Cy\n', encoding="utf-8")
    with pytest.raises(InputError, match="never closed"):
        went(source, journal, template=BASE)
    assert sorted(by_id(journal)) == [f"a{n}" for n in range(7)], "what stands before is finished"
    assert {line["outcome"] for line in read(journal)} == {"solved"}


def test_two_runs_at_once(tmp_path: Path) -> None:
    source, journal = written(tmp_path / "r.jsonl", envelopes(1)), tmp_path / "j.jsonl"
    held = Journal(journal)
    with pytest.raises(InputError, match="another run is writing this journal"):
        went(source, journal)
    held.close()
    assert went(source, journal).rows == 1


def test_a_journal_is_read_when_it_is_locked(tmp_path: Path) -> None:
    """Whatever another run has written until then is seen: nothing is there twice, and nothing is lost."""
    journal, asked = tmp_path / "j.jsonl", envelopes(3)
    roster = written(tmp_path / "r.jsonl", asked)

    def late() -> Iterator[Row]:
        went(roster, journal)
        yield from list(rows(str(roster)))[:2]

    tally = run(Plan(late(), journal, Settings(), sort=True), Inline)
    assert (tally.kept, tally.gone) == (2, 1)
    assert sorted(by_id(journal)) == ["u-0", "u-1"]
    assert sorted(by_id(gone_from(journal))) == ["u-2"]


def test_links_and_rights_of_journals(tmp_path: Path) -> None:
    real, link = tmp_path / "real.jsonl", tmp_path / "link.jsonl"
    link.symlink_to("real.jsonl")
    asked = envelopes(3)
    went(written(tmp_path / "r.jsonl", asked[::-1]), link)
    real.chmod(0o600)
    tally = went(written(tmp_path / "r.jsonl", asked[:2]), link, sort=True)
    assert link.is_symlink()
    assert [line["id"] for line in read(real)] == ["u-0", "u-1"]
    ended(link, tally)
    (tmp_path / "victim").write_text("precious", encoding="utf-8")
    (tmp_path / ".all.jsonl.tmp").symlink_to("victim")
    merged([link], tmp_path / "all.jsonl", lambda _: None)
    assert (tmp_path / "victim").read_text(encoding="utf-8") == "precious"
    for name in ("real.jsonl", "all.jsonl", "link.GONE.jsonl"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    real.write_bytes(real.read_bytes().replace(b'"row":1', b'"row":"x"'))
    with pytest.raises(InputError, match="this line of the journal is damaged"):
        merged([link], tmp_path / "all.jsonl", lambda _: None)
    found = Anchored(real)
    assert found.damaged == 1
    for record in (b"[]", b"{", b'{"schema":"microcycle/run/1","rows":true,"roster_rows":2}', b"\xff"):
        (tmp_path / "link.RUN.json").write_bytes(record)
        assert record_of(link) is None


def test_what_the_cache_cannot_keep(tmp_path: Path) -> None:
    source, cache = written(tmp_path / "r.jsonl", envelopes(3)), tmp_path / "cache"
    went(source, tmp_path / "one.jsonl", cache=cache)
    with sqlite3.connect(cache / "answers.sqlite") as db:
        db.execute("UPDATE answers SET week = ?", (b"garbled",))
    tally = went(source, tmp_path / "two.jsonl", cache=cache)
    assert (tally.outcomes["solved"], tally.cached) == (3, 0), "what is damaged is solved anew"
    assert went(source, tmp_path / "three.jsonl", cache=cache).cached == 3
    with sqlite3.connect(cache / "answers.sqlite") as db:
        db.execute("DROP TABLE answers")
        db.execute("CREATE VIEW answers AS SELECT 1 AS key, 2 AS outcome, 3 AS head, 4 AS week")
    with pytest.raises(InputError, match="answers cannot be kept here"):
        went(source, tmp_path / "four.jsonl", cache=cache)


def test_what_is_wrong_is_told_where_it_stands_now(tmp_path: Path) -> None:
    wrong = {"id": "wrong", "request": {**small(1), "goal": "run"}}
    roster, journal = tmp_path / "r.jsonl", tmp_path / "j.jsonl"
    for before in (0, 2, 2, 1):
        tally = went(written(roster, [*envelopes(before), wrong]), journal)
        line = by_id(journal)["wrong"]
        assert (line["row"], line["error"]["line"]) == (before + 1, before + 1)
    assert tally.kept == 1, "who stands where they stood is not asked again"


def test_journals_of_other_limits_are_left_alone(tmp_path: Path) -> None:
    source, journal = written(tmp_path / "r.jsonl", envelopes(2)), tmp_path / "j.jsonl"
    went(source, journal)
    before = journal.read_bytes()
    with pytest.raises(InputError, match="made by another version or rulebook, or with other limits"):
        went(source, journal, settings=Settings(work=7.0))
    assert journal.read_bytes() == before
    with pytest.raises(InputError, match="no such file"):
        went(tmp_path / "none.jsonl", journal, overwrite=True)
    assert journal.read_bytes() == before
    went(source, journal, settings=Settings(work=7.0), overwrite=True)
    assert journal.read_bytes() != before
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Ann,\n", encoding="utf-8")
    with pytest.raises(InputError, match="no line of a journal"):
        went(source, letter)
    with pytest.raises(InputError, match="this is no journal, and is not written over"):
        went(source, letter, overwrite=True)
    assert letter.read_text(encoding="utf-8") == "Dear Ann,\n"


def test_an_id_that_is_there_twice(tmp_path: Path) -> None:
    asked = [*envelopes(2), {"id": "u-0", "request": small(9)}]
    tally = went(written(tmp_path / "r.jsonl", asked), tmp_path / "j.jsonl", sort=True)
    assert tally.outcomes == {"solved": 2, "invalid": 1}
    last = read(tmp_path / "j.jsonl")[-1]
    assert (last["id"], last["error"]["code"]) == ("#3", "duplicate-id")
    assert "'u-0' is that of row 1 already" in last["error"]["message"]


def test_nobody_is_a_roster(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text("\n\n", encoding="utf-8")
    assert went(tmp_path / "r.jsonl", tmp_path / "j.jsonl").rows == 0
    assert (tmp_path / "j.jsonl").read_bytes() == b""


def test_shards_come_together(tmp_path: Path) -> None:
    asked = [{"id": f"a{n}", "request": small(n % 5)} for n in range(24)]
    source = written(tmp_path / "r.jsonl", [*asked, "{"])
    went(source, tmp_path / "one.jsonl", sort=True)
    shards = [tmp_path / f"{k}.jsonl" for k in (1, 2, 3)]
    for k, shard in enumerate(shards, 1):
        ended(shard, went(source, shard, shard=(k, 3)))
        assert all(shard_of(line["id"], 3) == k for line in read(shard))
    seen: list[Line] = []
    merged(shards, tmp_path / "all.jsonl", seen.append)
    assert sorted(line.head["row"] for line in seen) == [*range(1, 26)]
    assert (tmp_path / "all.jsonl").read_bytes() == (tmp_path / "one.jsonl").read_bytes()
    for wrong, told in (([shards[0], shards[0]], "is there twice"), (shards[:2], "is in none of the journals")):
        with pytest.raises(InputError, match=told):
            merged(wrong, tmp_path / "wrong.jsonl", seen.append)
    last = read(tmp_path / "all.jsonl")[-2]
    cut = next(shard for shard in shards if f'"id":"{last["id"]}"' in shard.read_text())
    cut.write_bytes(b"".join(line for line in cut.read_bytes().splitlines(keepends=True) if last["id"].encode() not in line))
    with pytest.raises(InputError, match="has not been run to its end"):
        merged(shards, tmp_path / "wrong.jsonl", seen.append)
    other = tmp_path / "other.jsonl"
    ended(other, went(written(tmp_path / "r2.jsonl", asked), other, shard=(1, 3)))
    with pytest.raises(InputError, match="a shard of another roster"):
        merged([other, *(shard for shard in shards[1:] if shard != cut)], tmp_path / "wrong.jsonl", seen.append)
    assert not (tmp_path / "wrong.jsonl").exists()


def test_last_weeks_plan_holds(tmp_path: Path) -> None:
    request = BASE
    source = written(tmp_path / "r.jsonl", [{"id": "a", "request": request}])
    went(source, tmp_path / "then.jsonl")
    before = read(tmp_path / "then.jsonl")[0]["week"]["sessions"]
    changed = {**request, "availability": {**BASE["availability"], "sun": "08:00-12:00"}}  # type: ignore[dict-item]
    source = written(tmp_path / "r.jsonl", [{"id": "a", "request": changed}])
    went(source, tmp_path / "now.jsonl", anchor=Anchored(tmp_path / "then.jsonl").anchor)
    after = read(tmp_path / "now.jsonl")[0]["week"]["sessions"]
    spots = [{(s["session"], s["day"]) for s in sessions} for sessions in (before, after)]
    assert spots[0] == spots[1]
    everyone = written(tmp_path / "all.jsonl", envelopes(20))
    went(everyone, tmp_path / "first.jsonl")
    went(everyone, tmp_path / "second.jsonl", anchor=Anchored(tmp_path / "first.jsonl").anchor)
    first, second = (by_id(tmp_path / f"{name}.jsonl") for name in ("first", "second"))
    for id, line in first.items():
        assert line["week"]["sessions"] == second[id]["week"]["sessions"], "who asks for the same does the same"
    keys = ("session", "day", "start", "minutes", "visit")
    kept = [{key: session[key] for key in keys} for session in first["u-5"]["week"]["sessions"]]
    alone = plan_week(load_request({**small(5), "stay_close_to": kept}))
    assert json.loads(alone.to_json())["sessions"] == first["u-5"]["week"]["sessions"], "in a batch or alone"
    with pytest.raises(InputError, match="no such file"):
        Anchored(tmp_path / "none.jsonl")


def test_what_is_damaged_in_last_weeks_plans_is_told_and_left_out(tmp_path: Path) -> None:
    source, then = written(tmp_path / "r.jsonl", envelopes(3)), tmp_path / "then.jsonl"
    went(source, then, sort=True)
    whole = then.read_bytes().splitlines()
    five = json.dumps({**json.loads(whole[0]), "week": {**json.loads(whole[0])["week"], "windows": 5}}).encode()
    bare = json.dumps({key: value for key, value in json.loads(whole[0]).items() if key != "week"}).encode()
    gone = whole[0].replace(b'"session":"easy-run"', b'"session":"trail"')
    assert gone != whole[0]
    for texts, damaged in (
        ((five, whole[1], b"{", b"x"), [1, 3, 4]),
        ((five,), [1]),  # one athlete's line, or every one
        ((bare, b"{}"), [1, 2]),
        ((gone, *whole[1:]), []),  # a session of their own that is no more
    ):
        then.write_bytes(b"\n".join(texts) + b"\n")
        found = Anchored(then)
        assert [error.line for error in found.told] == damaged
        assert found.damaged == len(damaged)
        tally = went(source, tmp_path / f"now{len(damaged)}.jsonl", anchor=found.anchor)
        assert tally.outcomes == {"solved": 3}
    then.write_bytes(b"Dear Ann,\n")
    with pytest.raises(InputError, match="this is no line of a journal"):
        Anchored(then)


def test_a_journal_that_another_program_wrote_anew(tmp_path: Path) -> None:
    """With spaces of its own: all of it is read, and numbered anew where rows came before it."""
    asked = envelopes(3)
    source, journal = written(tmp_path / "r.jsonl", asked), tmp_path / "j.jsonl"
    went(source, journal, sort=True)
    for spaces in ((", ", ": "), (" , ", "  :  ")):
        spaced = [json.dumps(line, separators=spaces) for line in read(journal)]
        journal.write_text("\n".join(spaced) + "\n", encoding="utf-8")
        assert Anchored(journal).damaged == 0
        tally = went(source, journal, sort=True)
        assert (tally.kept, tally.damaged) == (3, 0)
        assert journal.read_text(encoding="utf-8").splitlines() == spaced
    went(written(tmp_path / "r.jsonl", [*envelopes(4)[3:], *asked]), journal, sort=True)
    assert [(line["id"], line["row"]) for line in read(journal)] == [("u-3", 1), ("u-0", 2), ("u-1", 3), ("u-2", 4)]


# --- workers that die -----------------------------------------------------------------------------------------------


def test_a_row_that_kills_its_worker_is_one_row(tmp_path: Path) -> None:
    asked = envelopes(40)
    asked[17]["request"]["athlete"]["age"] = 99
    source, pool = written(tmp_path / "r.jsonl", asked), Inline(deadly=99)
    tally = went(source, tmp_path / "j.jsonl", pool, sort=True)
    assert tally.outcomes == {"solved": 39, "crashed": 1}
    found = by_id(tmp_path / "j.jsonl")
    assert found["u-17"]["error"]["code"] == "worker"
    went(source, tmp_path / "calm.jsonl", Inline(), sort=True)
    calm = by_id(tmp_path / "calm.jsonl")
    assert all(found[id] == calm[id] for id in calm if id != "u-17")
    assert pool.asked < 80
    assert list(lines(tmp_path / "j.jsonl"))


def test_a_bug_is_one_athletes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from microcycle.batch import work

    good = work._answer

    def bad(week: Week, *rest: Any) -> work.Answer:
        if week.goal == "run-10k":
            raise ZeroDivisionError("oops")
        return good(week, *rest)

    monkeypatch.setattr(work, "_answer", bad)
    went(written(tmp_path / "r.jsonl", envelopes(3)), tmp_path / "j.jsonl", sort=True)
    found = read(tmp_path / "j.jsonl")
    assert [line["outcome"] for line in found] == ["solved", "crashed", "solved"]
    assert found[1]["error"]["message"] == "ZeroDivisionError: oops"


# --- files of athletes ----------------------------------------------------------------------------------------------

IDS = st.text(min_size=1, max_size=200) | st.sampled_from(
    ["CON", "con.txt", "../../x", "a" * 200, "A", "a", "=cmd()", ".", "é"]
)


@given(IDS, IDS)
def test_names_of_files_are_safe_and_apart(one: str, other: str) -> None:
    names = [athletes.file_name(id) for id in (one, other)]
    assert (names[0].lower() == names[1].lower()) == (one == other)
    for name in names:
        assert re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,120}", name)
        assert not re.fullmatch(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", name)
        assert ".." not in Path(name).parts


def test_a_file_for_each_athlete(tmp_path: Path) -> None:
    asked = [*envelopes(2), {"id": "../../x", **small(2)}, {"id": "CON", **small(3)}, {"id": "bad", "goal": "x"}]
    went(written(tmp_path / "r.jsonl", asked), tmp_path / "j.jsonl")
    folder = tmp_path / "deep" / "out"
    athletes.check_folder(str(folder), ["ics"])
    count = athletes.write_all(tmp_path / "j.jsonl", folder, athletes.parse_formats("json, markdown,csv"))
    assert (count, len(list(folder.iterdir()))) == (4, 12 + 2)  # their index, and the list of them
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "j.jsonl", "r.jsonl"]
    week = by_id(tmp_path / "j.jsonl")["u-1"]["week"]
    assert json.loads((folder / "u-1.json").read_text(encoding="utf-8")) == week
    with (folder / "u-1.csv").open(newline="", encoding="utf-8") as file:
        assert [row["session"] for row in csv.DictReader(file)] == [s["session"] for s in week["sessions"]]
    assert (folder / "u-0.md").read_text(encoding="utf-8").startswith("# Someone 0: ")
    for wrong, told in (("", "no format is named"), ("json,xml", "'xml' is no format of a file")):
        with pytest.raises(InputError, match=told):
            athletes.parse_formats(wrong)
    with pytest.raises(InputError, match="cannot hold files"):
        athletes.check_folder(str(tmp_path / "j.jsonl" / "x"), ["ics"])


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_a_table_of_all_sessions(tmp_path: Path, format: str) -> None:
    duckdb = pytest.importorskip("duckdb")
    asked = [
        *envelopes(3),
        {"id": "=cmd()|' /C calc'!A0", "request": {**small(4), "athlete": {"name": "+Ann"}}},
        {"id": "bad"},
    ]
    journal = tmp_path / "it's.jsonl"
    went(written(tmp_path / "r.jsonl", asked), journal)
    found = export(journal, format)
    assert found == tmp_path / f"it's.{format}"
    rows = duckdb.read_csv(str(found), all_varchar=True) if format == "csv" else duckdb.read_parquet(str(found))
    told = [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]
    journaled = by_id(journal)
    sessions = [
        (line["row"], s["day"], s["session"])
        for line in journaled.values()
        if line["week"]
        for s in line["week"]["sessions"]
    ]
    assert sorted((int(row["row"]), row["day"], row["session"]) for row in told if row["session"]) == sorted(sessions)
    assert [row["code"] for row in told if not row["session"]] == ["request"]
    assert {row["athlete"] for row in told if row["id"].startswith("'=cmd")} == {"'+Ann"}
    assert not any(str(value)[:1] in ("=", "+", "@") for row in told for value in row.values())
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([found.name, journal.name, "r.jsonl"])
