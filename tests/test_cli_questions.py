"""Repairs, reasons, wishes, differences and replans on the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
from handy_weeks import DATA
from typer.testing import CliRunner

from microcycle.cli.app import app
from microcycle.models.change import Change
from microcycle.models.week import Week
from microcycle.models.why import Why

RUN = CliRunner()
JAMIE, SMALL, IMPOSSIBLE = (str(DATA / f"{name}.yaml") for name in ("jamie", "small", "impossible"))


def test_a_repair_is_written_into_the_file(tmp_path: Path) -> None:
    file = tmp_path / "week.yaml"
    file.write_text(Path(IMPOSSIBLE).read_text(encoding="utf-8"), encoding="utf-8")
    data = json.loads(RUN.invoke(app, ["plan", str(file), "-f", "json"]).stdout)
    assert data["conflicts_found"] >= 1
    assert [change["gives_up"] for change in data["repairs"][0]["changes"]] == ["own count"]
    assert data["repairs"][0]["changes"][0]["edits"] == [{"path": ["want", "lifts"], "value": 2, "remove": False}]
    assert data["repairs"][0]["sessions"]
    found = RUN.invoke(app, ["plan", str(file), "--apply", "1"])
    assert found.exit_code == 0
    assert "-want: {lifts: 3}\n+want: {lifts: 2}\n" in found.stdout
    assert file.read_text(encoding="utf-8") == Path(IMPOSSIBLE).read_text(encoding="utf-8").replace("lifts: 3", "lifts: 2")
    assert RUN.invoke(app, ["plan", str(file)]).exit_code == 0
    again = RUN.invoke(app, ["plan", str(file), "--apply", "1"])
    assert again.exit_code == 2
    assert "there is nothing to apply: it is not impossible" in again.stderr


def test_a_repair_is_written_elsewhere(tmp_path: Path) -> None:
    target = tmp_path / "new.yaml"
    found = RUN.invoke(app, ["plan", IMPOSSIBLE, "--apply", "1", "-o", str(target)])
    assert found.exit_code == 0
    assert "lifts: 2" in target.read_text(encoding="utf-8")
    assert "lifts: 3" in Path(IMPOSSIBLE).read_text(encoding="utf-8")
    shown = RUN.invoke(app, ["plan", IMPOSSIBLE, "--apply", "1", "-o", "-"])
    assert shown.stdout == target.read_text(encoding="utf-8")


def test_repairs_that_cannot_be_applied() -> None:
    found = RUN.invoke(app, ["plan", IMPOSSIBLE, "--apply", "9"])
    assert (found.exit_code, found.stdout) == (2, "")
    assert "there is no repair 9; expected a number from 1 to 3" in found.stderr
    piped = RUN.invoke(app, ["plan", "-", "--apply", "1"], input=Path(IMPOSSIBLE).read_text(encoding="utf-8"))
    assert piped.exit_code == 2
    assert "standard input cannot be changed" in piped.stderr
    assert RUN.invoke(app, ["plan", IMPOSSIBLE, "--apply", "0"]).exit_code == 2


def test_why(tmp_path: Path) -> None:
    found = RUN.invoke(app, ["why", JAMIE])
    assert found.exit_code == 0, found.output
    text = " ".join(found.stdout.split())
    for heading in ("What it would cost to have", "What holds each session", "What was traded", "What an hour more"):
        assert heading in text
    assert "easy run: you have fixed it." in text
    assert RUN.invoke(app, ["why", JAMIE, "-o", str(tmp_path / "why.json")]).exit_code == 0
    why = Why.model_validate_json((tmp_path / "why.json").read_text(encoding="utf-8"))
    assert all(len(row.cells) == 7 for row in why.rows)


def test_why_not() -> None:
    found = RUN.invoke(app, ["why", JAMIE, "--not", "heavy-lower=sun 03:00"])
    assert found.exit_code == 3, found.output
    assert "You ask for a heavy lower-body session on Sunday at 03:00." in found.stdout
    assert "No week is like that: these cannot all hold." in found.stdout
    priced = RUN.invoke(app, ["why", JAMIE, "--not", "easy-run=mon", "-f", "json"])
    assert priced.exit_code == 0
    change = Change.model_validate_json(priced.stdout)
    assert (change.outcome, change.comparable) == ("worse", True)
    wrong = RUN.invoke(app, ["why", JAMIE, "--not", "easy-rum=mon"])
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "did you mean 'easy-run'?" in wrong.stderr


def test_why_of_a_saved_week_and_of_several_wishes(tmp_path: Path) -> None:
    saved = str(tmp_path / "week.json")
    RUN.invoke(app, ["plan", SMALL, "-o", saved])
    found = RUN.invoke(app, ["why", SMALL, saved])
    assert found.exit_code == 0, found.output
    assert found.stdout == RUN.invoke(app, ["why", SMALL]).stdout
    both = RUN.invoke(app, ["why", JAMIE, "--not", "heavy legs=fri", "--not", "rest=sat"])
    assert "You ask for a heavy lower-body session on Friday. You ask for rest on Saturday." in " ".join(both.stdout.split())
    unclear = RUN.invoke(app, ["why", SMALL, saved, "--not", "rest=sat"])
    assert (unclear.exit_code, "expected no WEEK" in unclear.stderr) == (2, True)
    assert "this is no planned week" in RUN.invoke(app, ["why", SMALL, SMALL]).stderr


def test_alternatives() -> None:
    found = RUN.invoke(app, ["alternatives", JAMIE, "-n", "2", "--within", "100"])
    assert found.exit_code == 0, found.output
    assert re.search(r"^1\. \d sessions? on other days; ", found.stdout, re.MULTILINE)
    written = json.loads(RUN.invoke(app, ["alternatives", JAMIE, "-n", "2", "-f", "json"]).stdout)
    jsonschema.validate(written, json.loads(RUN.invoke(app, ["schema", "alternatives"]).stdout))
    assert 1 <= len(written["others"]) <= 2


def test_replan(tmp_path: Path) -> None:
    saved, new = tmp_path / "week.json", tmp_path / "new.json"
    RUN.invoke(app, ["plan", JAMIE, "-o", str(saved)])
    arguments = ["replan", JAMIE, str(saved), "--now", "wed 12:00"]
    found = RUN.invoke(app, [*arguments, "--missed", "tue-1-easy-run"])
    assert found.exit_code == 0, found.output
    assert "Missed, and not made up for: easy run (Tue, 45 min)." in found.stdout
    assert "Nothing that is still to come changes." in found.stdout
    assert "= done" in found.stdout
    day = next(s.day for s in Week.model_validate_json(saved.read_text()).sessions if s.day not in ("mon", "tue", "wed"))
    written = RUN.invoke(app, [*arguments, "--lost", day, "-o", str(new)])
    assert written.exit_code == 0, written.output
    assert "still to come change" in written.stdout
    week = Week.model_validate_json(new.read_text(encoding="utf-8"))
    assert (week.revision, any(s.day == day for s in week.sessions)) == (2, False)
    again = RUN.invoke(app, ["replan", JAMIE, str(new), "--now", "fri 12:00", "-f", "json"])
    assert again.exit_code == 0, again.output
    document = json.loads(again.stdout)
    jsonschema.validate(document, json.loads(RUN.invoke(app, ["schema", "replan"]).stdout))
    assert (document["changes"], document["week"]["revision"]) == (0, 3)
    fewest = RUN.invoke(app, [*arguments, "--lost", day, "--max-moves", "0"])
    assert (fewest.exit_code, "No week is like that" in fewest.stdout) == (3, True)
    for wrong, told in (("--missed=mon-7-x", "has no such session"), ("--lost=someday", "is no day")):
        bad = RUN.invoke(app, [*arguments, wrong])
        assert bad.exit_code == 2
        assert told in bad.stderr
    dated = RUN.invoke(app, ["replan", JAMIE, str(saved), "--now", "2026-11-25T12:00"])
    assert (dated.exit_code, "Nothing that is still to come changes." in dated.stdout) == (0, True)
    other = RUN.invoke(app, ["replan", JAMIE, str(saved), "--now", "2026-12-02 12:00"])
    assert (other.exit_code, "is not in the week of 2026-11-23" in other.stderr) == (2, True)
    assert "no time of the week" in RUN.invoke(app, ["replan", JAMIE, str(saved), "--now", "soon"]).stderr
    assert "this is no planned week" in RUN.invoke(app, ["replan", JAMIE, JAMIE, "--now", "wed 12:00"]).stderr


def test_whatif_and_diff(tmp_path: Path) -> None:
    found = RUN.invoke(app, ["whatif", JAMIE, "--set", "availability.sat=none", "--set", "want.lifts=2"])
    assert found.exit_code == 0, found.output
    assert "availability.sat=none; want.lifts=2" in found.stdout
    assert "Each week is judged by its own file's numbers." in found.stdout
    saved = tmp_path / "week.json"
    RUN.invoke(app, ["plan", JAMIE, "-o", str(saved)])
    same = RUN.invoke(app, ["diff", str(saved), JAMIE])
    assert (same.exit_code, same.stdout.splitlines()[0]) == (0, "The weeks are worth the same.")
    other = json.loads(RUN.invoke(app, ["diff", str(saved), SMALL, "-f", "json"]).stdout)
    assert other["comparable"] is False
    assert other["sessions"]
    bad = RUN.invoke(app, ["diff", str(saved), IMPOSSIBLE])
    assert bad.exit_code == 3
    assert "No week is like that: these cannot all hold." in bad.stdout
    assert "Ask for 2 lifts instead of 3." in bad.stdout
    assert "--set" not in bad.stdout
    for command in ("why", "alternatives"):
        none = RUN.invoke(app, [command, IMPOSSIBLE])
        assert (none.exit_code, none.stdout) == (3, "")
        assert "`microcycle plan` says why" in none.stderr
        assert RUN.invoke(app, [command, JAMIE, "--time-limit", "0.01"]).exit_code == 4
    assert RUN.invoke(app, ["replan", IMPOSSIBLE, "--now", "wed 12:00"]).exit_code == 3
    mended = RUN.invoke(app, ["whatif", IMPOSSIBLE, "--set", "want.lifts=2"])
    assert (mended.exit_code, "Like this there is a week" in mended.stdout) == (0, True)
    assert RUN.invoke(app, ["diff", "-", "-"]).exit_code == 2
