"""`microcycle batch` on the command line: what it refuses before any work, what it says at the end, the shipped team."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from rosters import by_id, envelopes, went, written
from test_batch_faults import ROOT, Batch
from typer.testing import CliRunner

from microcycle.cli import athletes
from microcycle.cli.app import app

RUN = CliRunner()
TEAM = ROOT / "examples" / "team"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--shard", "4/3"], "--shard: '4/3' is no part of a roster; expected K/N such as 3/16"),
        (["--shard", "x"], "is no part of a roster"),
        (["--rules", "mine"], "--rules: 'mine' is no choice; expected trusted or none"),
        (["--max-failed", "101%"], "is no share"),
        (["--memory", "1MB"], "is no memory for a worker"),
        (["--template", "x.yaml"], "only the rows of a CSV are merged over a template"),
        (["--previous", "none.jsonl"], "none.jsonl: no such file"),
        (["--cluster", "tcp://10.0.0.1:1"], "its messages are unpickled"),
        (["--export", "xlsx"], "'xlsx' is no kind of table; expected csv or parquet"),
        (["--files", "out", "--format", "pdf"], "'pdf' is no format of a file"),
        (["--workers", "0"], "--workers"),
        (["--overwrite", "--resume"], "--overwrite begins anew"),
        (["--format", "ics"], "expected --files DIR as well"),
        (["--files", "out", "--format", "icc"], "did you mean 'ics'?"),
        (["--max-failed", "0.5"], "expected a whole number of rows such as 3, or a share"),
        (["--insecure"], "there is no cluster to reach so"),
        (["--cluster", "tls://127.0.0.1:1", "--tls-ca", "none.pem"], "none.pem: no such file"),
        (["--workers", "4096"], "--workers: 4096 processes are more than"),
        (["--workers", "2", "--cluster", "tcp://127.0.0.1:1"], "a cluster has workers of its own"),
    ],
)
def test_what_is_refused_before_any_work(tmp_path: Path, options: list[str], told: str) -> None:
    source = written(tmp_path / "r.jsonl", envelopes(1))
    found = RUN.invoke(app, ["batch", str(source), "-o", str(tmp_path / "j.jsonl"), *options])
    assert (found.exit_code, found.stdout) == (2, "")
    assert told in " ".join(found.stderr.split())
    assert [path.name for path in tmp_path.iterdir()] == ["r.jsonl"]


def test_a_roster_or_a_journal_that_is_none(tmp_path: Path) -> None:
    gone = RUN.invoke(app, ["batch", str(tmp_path / "none.jsonl"), "-o", str(tmp_path / "j.jsonl")])
    assert (gone.exit_code, "no such file" in gone.stderr) == (2, True)
    assert not list(tmp_path.iterdir())
    assert RUN.invoke(app, ["batch"]).exit_code == 2
    assert "ROSTER" in RUN.invoke(app, ["batch", "--help"]).stdout
    missing = RUN.invoke(app, ["batch", "merge", str(tmp_path / "a.jsonl"), "-o", str(tmp_path / "b.jsonl")])
    assert (missing.exit_code, "no such file" in missing.stderr) == (2, True)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["r.csv", "-o", "r.csv", "--overwrite"], "r.csv is the roster"),
        (["r.csv", "-o", "linked.csv"], "linked.csv is the roster"),
        (["r.csv", "-o", "./base.yaml", "--overwrite"], "base.yaml is the template"),
        (["r.csv", "-o", "r.jsonl", "--export", "csv"], "r.csv is the roster"),
        (["r.csv", "-o", "j.jsonl", "--files", "."], ". is the directory of the"),
        (["team", "-o", "j.jsonl", "--files", "team"], "team is the roster"),
        (["r.csv", "-o", "j.jsonl", "--files", "j.jsonl"], "j.jsonl is the journal"),
        (["r.csv", "-o", "old.jsonl", "--previous", "old.jsonl"], "old.jsonl is last week's journal"),
        (["r.csv", "-o", "letter.txt", "--overwrite"], "this is no journal, and is not written over"),
        (["r.csv", "-o", "-"], "cannot go to standard output"),
    ],
)
def test_nothing_that_is_read_is_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.csv").write_text("id,goal\na,run-5k\n", encoding="utf-8")
    (tmp_path / "linked.csv").hardlink_to(tmp_path / "r.csv")
    (tmp_path / "base.yaml").write_text("availability: {mon-fri: 18:00-19:00}\n", encoding="utf-8")
    (tmp_path / "team").mkdir()
    (tmp_path / "old.jsonl").touch()
    (tmp_path / "letter.txt").write_text("Dear Ann,\n", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    template = ["--template", "base.yaml"] if options[0] == "r.csv" else []
    found = RUN.invoke(app, ["batch", *options, *template, "--workers", "1", "--quiet"])
    assert found.exit_code == 2
    assert told in found.stderr
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_damaged_lines_of_last_weeks_journal_are_told_where_they_stand(tmp_path: Path) -> None:
    source, then = written(tmp_path / "r.jsonl", envelopes(2)), tmp_path / "then.jsonl"
    went(source, then, sort=True)
    whole = then.read_bytes().splitlines()
    then.write_bytes(b"\n".join([b"x", whole[0][:200] + b"}", whole[1], *[b"{"] * 10]) + b"\n")
    options = ["--previous", str(then), "--memory", "1MB"]  # refused after that, before any work
    found = RUN.invoke(app, ["batch", str(source), "-o", str(tmp_path / "j.jsonl"), *options])
    assert found.exit_code == 2
    told = found.stderr.splitlines()
    assert told[:2] == [
        f"{then}:1: this is no line of a journal: no week to stay close to in there.",
        f"{then}:2: this line of the journal is damaged: no week to stay close to in there.",
    ]
    assert told[10] == f"{then}: 2 more lines of the same kind."


def test_files_of_weeks_that_are_gone_go(tmp_path: Path) -> None:
    source, journal, folder = tmp_path / "r.jsonl", tmp_path / "j.jsonl", tmp_path / "out"
    for asked, formats, there in (
        (envelopes(3), "ics,csv", ["u-0.csv", "u-0.ics", "u-1.csv", "u-1.ics", "u-2.csv", "u-2.ics"]),
        (envelopes(2), "ics", ["u-0.csv", "u-0.ics", "u-1.csv", "u-1.ics", "u-2.csv"]),
        (envelopes(1), "csv", ["u-0.csv", "u-0.ics", "u-1.ics"]),
    ):
        went(written(source, asked), journal)
        folder.mkdir(exist_ok=True)
        (folder / "mine.ics").touch()
        athletes.write_all(journal, folder, athletes.parse_formats(formats))
        names = sorted(path.name for path in folder.iterdir() if path.name[:1] == "u")
        assert names == there
        assert (folder / "mine.ics").exists()
    athletes.write_all(journal, folder, ["intervals"])
    athletes.write_all(journal, folder, ["json"])
    assert (folder / "u-0.intervals.json").exists(), "which is no JSON of a week"


def test_the_record_of_a_run_and_of_its_repetition(tmp_path: Path) -> None:
    source, journal = written(tmp_path / "r.jsonl", envelopes(4)), tmp_path / "j.jsonl"
    records = []
    for _ in range(2):
        assert Batch(tmp_path, source, journal, "--quiet").end()[0] == 0
        records.append(json.loads((tmp_path / "j.RUN.json").read_text(encoding="utf-8")))
    one, two = records
    assert one["run"] != two["run"]
    assert one["rules"] == two["rules"]
    assert one["solve_seconds"]["p50"] > 0
    assert two["solve_seconds"] == one["solve_seconds"], "what nothing was solved for tells of the run before"
    (tmp_path / "k.jsonl").write_bytes(journal.read_bytes())
    (tmp_path / "k.RUN.json").write_text(json.dumps(one), encoding="utf-8")
    merged = RUN.invoke(app, ["batch", "merge", str(tmp_path / "k.jsonl"), "-o", str(tmp_path / "all.jsonl")])
    assert merged.exit_code == 0, merged.stderr
    assert "4 athletes in" in merged.stdout
    record = json.loads((tmp_path / "all.RUN.json").read_text(encoding="utf-8"))
    assert (record["rows"], record["shard"], record["journal"]) == (4, "1/1", "all.jsonl")
    for out, told in ((tmp_path / "k.jsonl", "is one of the journals"), (source, "this is no journal")):
        again = RUN.invoke(app, ["batch", "merge", str(tmp_path / "k.jsonl"), "-o", str(out)])
        assert (again.exit_code, told in again.stderr) == (2, True)


def test_nobody(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text("", encoding="utf-8")
    found = RUN.invoke(app, ["batch", str(tmp_path / "r.jsonl"), "-o", str(tmp_path / "j.jsonl"), "--summary", "json"])
    assert found.exit_code == 0
    record = json.loads(found.stdout)
    assert (record["schema"], record["rows"], record["proven_share"]) == ("microcycle/run/1", 0, None)
    assert record == json.loads((tmp_path / "j.RUN.json").read_text(encoding="utf-8"))


def test_the_shipped_team(tmp_path: Path) -> None:
    journal, template = tmp_path / "plans.jsonl", str(TEAM / "base.yaml")
    options = ["--template", template, "--files", str(tmp_path / "plans"), "--export", "csv", "--quiet"]
    code, out, err = Batch(tmp_path, TEAM / "roster.csv", journal, *options).end()
    assert (code, err) == (5, "")
    found = by_id(journal)
    outcomes = {id: line["outcome"] for id, line in found.items()}
    assert outcomes == {
        "ada": "solved",
        "ben": "solved",
        "cem": "solved",
        "dee": "solved",
        "eli": "infeasible",
        "fay": "invalid",
    }
    assert found["fay"]["error"] == {
        "code": "spreadsheet-date", "path": "want.lifts", "line": 7, "column": 8,
        "message": "column want.lifts: '02-Mar': a spreadsheet made this a date; expected a number or a range such as 2-4",
    }  # fmt: skip
    assert "eli (row 5, infeasible): these cannot all hold: You want exactly 5 lifts." in " ".join(out.split())
    assert sorted(path.name for path in (tmp_path / "plans").iterdir()) == [
        ".microcycle-files", *(f"{id}.md" for id in ("ada", "ben", "cem", "dee", "eli")), "index.html",
    ]  # fmt: skip
    assert (tmp_path / "plans.csv").exists()
    record = json.loads((tmp_path / "plans.RUN.json").read_text(encoding="utf-8"))
    assert record["outcomes"] == {"solved": 4, "infeasible": 1, "unknown": 0, "invalid": 1, "crashed": 0}
    assert record["memory_mb"]["driver"] > 0
    assert not any(name in json.dumps(record) for name in ("Ada", "Eli", "team run"))
    lenient = Batch(
        tmp_path, TEAM / "roster.csv", journal, "--template", template, "--max-failed", "20%", "--summary", "json"
    )
    code, out, _ = lenient.end()
    assert (code, json.loads(out)["kept"]) == (0, 6)


def test_progress_without_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from microcycle.cli.render import roster

    monkeypatch.setattr(roster, "EVERY_S", 0.0)
    clock = [0.0]
    monkeypatch.setattr(roster, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    with roster.progress(103, quiet=False) as seen:
        for _ in range(90):
            clock[0] += 0.01
            seen("solved", True)
        for outcome in ("solved", "invalid"):
            clock[0] += 5
            seen(outcome, False)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "1 of 103 athletes, 0.0/s: 1 solved, 1 of them kept", "nothing is known of how long a week takes"
    assert lines[-1] == "92 of 103 athletes, 0.2/s: 91 solved, 1 invalid, 90 of them kept, about 60 s left"
    with roster.progress(None, quiet=False) as seen:
        clock[0] += 1
        seen("solved", False)
    assert capsys.readouterr().err == "1 athletes, 1.0/s: 1 solved\n"
    with roster.progress(None, quiet=True) as seen:
        seen("solved", False)
    assert capsys.readouterr().err == ""
