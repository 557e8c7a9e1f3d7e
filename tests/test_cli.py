"""The command line on real files: results, exit codes, files written, and what it leaves alone."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
import typer
import yaml
from asks import asked
from handy_weeks import DATA, made
from typer.testing import CliRunner

from microcycle import load_request
from microcycle.cli import guard, output
from microcycle.cli.app import app
from microcycle.errors import AuditError, InputError
from microcycle.models.catalogue import catalogue
from microcycle.models.families import classes, families
from microcycle.models.week import Check, Week
from microcycle.solver.resolve import resolve

RUN = CliRunner()
ROOT = Path(__file__).parent.parent
JAMIE, SMALL, IMPOSSIBLE, HAND = (str(DATA / f"{name}.yaml") for name in ("jamie", "small", "impossible", "hand"))
GOALS = sorted(catalogue().goals)


def command(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, as a person runs it."""
    return subprocess.run(
        [sys.executable, "-m", "microcycle", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": os.environ.get("PYTHONPATH", str(ROOT)), **environment},
        check=False,
    )


# --- plan -------------------------------------------------------------------------------------------------------


def test_plan_as_json_is_the_same_every_time() -> None:
    first, second = command("plan", SMALL, "--format", "json"), command("plan", SMALL, "--format", "json")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == second.stdout
    week = Week.model_validate_json(first.stdout)
    assert (week.outcome, week.proven, week.stats) == ("solved", True, None)
    assert json.loads(first.stdout)["schema"] == "microcycle/week/1"
    assert "stats" not in json.loads(first.stdout)


def test_plan_in_every_format() -> None:
    table = RUN.invoke(app, ["plan", JAMIE])
    assert table.exit_code == 0, table.output
    assert "Proven best" in table.stdout
    markdown = RUN.invoke(app, ["plan", JAMIE, "--format", "markdown"])
    assert markdown.stdout.startswith("# Jamie: ")
    data = json.loads(RUN.invoke(app, ["plan", JAMIE, "--format", "json"]).stdout)
    assert yaml.safe_load(RUN.invoke(app, ["plan", JAMIE, "--format", "yaml"]).stdout) == data
    rows = list(csv.DictReader(io.StringIO(RUN.invoke(app, ["plan", JAMIE, "-f", "csv"]).stdout, newline="")))
    assert [row["id"] for row in rows] == [session["id"] for session in data["sessions"]]


def test_plan_then_check_is_legal_and_costs_the_same(tmp_path: Path) -> None:
    target = tmp_path / "week.json"
    planned = RUN.invoke(app, ["plan", JAMIE, "-f", "json", "-o", str(target)])
    assert (planned.exit_code, planned.stdout) == (0, "")
    checked = RUN.invoke(app, ["check", JAMIE, str(target), "--format", "json"])
    assert checked.exit_code == 0, checked.output
    check, week = Check.model_validate_json(checked.stdout), Week.model_validate_json(target.read_text())
    assert check.legal
    assert check.levels == {level.name: level.value for level in week.levels}
    assert check.matches == week.matches


def test_infeasible() -> None:
    found = RUN.invoke(app, ["plan", IMPOSSIBLE])
    assert found.exit_code == 3
    assert "Infeasible, proven" in found.stdout
    data = json.loads(RUN.invoke(app, ["plan", IMPOSSIBLE, "-f", "json"]).stdout)
    assert (data["outcome"], data["proven"], data["sessions"]) == ("infeasible", True, [])


def test_csv_of_no_week_says_why_on_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    import microcycle

    assert RUN.invoke(app, ["plan", SMALL, "-f", "csv"]).stderr == ""
    table = RUN.invoke(app, ["plan", IMPOSSIBLE]).stdout
    found = RUN.invoke(app, ["plan", IMPOSSIBLE, "-f", "csv"])
    assert found.exit_code == 3
    assert len(found.stdout.splitlines()) == 1
    first, *conflict = found.stderr.splitlines()
    assert first == "Infeasible, proven: no week keeps all of these hard rules and facts."
    assert conflict
    assert all(line.startswith("- ") and line[2:20] in table for line in conflict)
    monkeypatch.setattr(microcycle, "plan_week", lambda *_, **__: made(outcome="unknown", proven=False))
    unknown = RUN.invoke(app, ["plan", JAMIE, "-f", "csv"])
    assert unknown.exit_code == 4
    assert "No week was found before the limit" in unknown.stderr


def test_limit_without_a_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    import microcycle

    monkeypatch.setattr(microcycle, "plan_week", lambda *_, **__: made(proven=False))
    found = RUN.invoke(app, ["plan", JAMIE, "--time-limit", "1"])
    assert found.exit_code == 4
    assert "Gap on" in found.stdout
    assert "leg day" in found.stdout, "the best week is still shown"


def test_a_second_proof_that_does_not_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import microcycle

    monkeypatch.setattr(microcycle, "plan_week", lambda *_, **__: made(verified=False))
    found = RUN.invoke(app, ["plan", JAMIE, "--verify"])
    assert found.exit_code == 4
    assert "Proven best" in found.stdout
    assert "second proof did not end" in found.stdout


def test_stats_and_verify() -> None:
    found = json.loads(RUN.invoke(app, ["plan", SMALL, "-f", "json", "--stats", "--verify"]).stdout)
    assert found["stats"]["solves"]
    assert found["stats"]["seconds"]["solve"] >= 0
    assert found["verified"] is True
    table = RUN.invoke(app, ["plan", SMALL, "--stats"]).stdout
    assert "Search" in table
    assert not re.search(r"\b1 (solves|variables|constraints)\b", table)


def test_standard_input_and_output() -> None:
    text = Path(SMALL).read_text(encoding="utf-8")
    found = RUN.invoke(app, ["plan", "-", "-f", "json", "-o", "-"], input=text)
    assert found.exit_code == 0
    assert json.loads(found.stdout)["athlete"] == "Sam"
    toml = 'goal = "health-longevity"\n[availability]\nmon-fri = "17:00-18:30"\nsat = "08:00-11:00"\n'
    assert RUN.invoke(app, ["check", "-", HAND], input=toml).exit_code == 3
    wrong = RUN.invoke(app, ["plan", "-"], input=toml.replace("18:30", "18:3x"))
    assert wrong.stderr.startswith("<stdin>:3:11: ")
    broken = RUN.invoke(app, ["plan", "-"], input="goal: run-5q\n")
    assert broken.exit_code == 2
    assert broken.stderr.startswith("<stdin>:1:7: ")


# --- check ------------------------------------------------------------------------------------------------------


def test_check_finds_a_hard_match() -> None:
    found = RUN.invoke(app, ["check", JAMIE, HAND, "--format", "json"])
    assert found.exit_code == 3
    check = Check.model_validate_json(found.stdout)
    assert "hard-run-near-heavy-legs" in {match.rule for match in check.hard}
    assert "breaks hard rules" in RUN.invoke(app, ["check", JAMIE, HAND]).stdout


def test_check_of_a_file_with_its_own_week() -> None:
    found = RUN.invoke(app, ["check", str(DATA / "with-week.yaml")])
    assert found.exit_code == 0, found.output
    assert "keeps every hard rule" in found.stdout


def test_check_needs_no_windows(tmp_path: Path) -> None:
    file = tmp_path / "week.yaml"
    text = "goal: hybrid-vo2-strength\nprimary: lift\nweek: {mon: [{session: leg-day, start: '14:00', minutes: 60}]}\n"
    file.write_text(text, encoding="utf-8")
    found = json.loads(RUN.invoke(app, ["check", str(file), "-f", "json"]).stdout)
    assert found["legal"]
    assert "The file names no windows: no hour was ruled out." in found["assumptions"]
    assert RUN.invoke(app, ["plan", str(file)]).exit_code == 2


def test_an_empty_week_has_no_blank_legend(tmp_path: Path) -> None:
    week = tmp_path / "rest.yaml"
    week.write_text("week: {mon: rest}\n", encoding="utf-8")
    found = RUN.invoke(app, ["check", SMALL, str(week)])
    assert "\n\n\n" not in found.stdout
    week.write_text("{}\n", encoding="utf-8")
    empty = RUN.invoke(app, ["check", SMALL, str(week)])
    assert (empty.exit_code, empty.stdout) == (2, "")
    assert "this file holds no week" in empty.stderr


def test_check_without_a_week() -> None:
    found = RUN.invoke(app, ["check", JAMIE])
    assert (found.exit_code, found.stdout) == (2, "")
    assert "holds no week" in found.stderr
    assert RUN.invoke(app, ["check", "-", "-"], input="goal: x").exit_code == 2


# --- reference --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["goals", "sessions", "rules", "policies"])
def test_reference(name: str) -> None:
    c = catalogue()
    rows: Any = {"goals": c.goals, "sessions": c.kinds, "rules": c.rules, "policies": c.policies}[name]
    listed = RUN.invoke(app, [name])
    assert listed.exit_code == 0
    assert all(re.search(rf"^{re.escape(id)}\b", listed.stdout, re.MULTILINE) for id in rows)
    assert name != "rules" or all(id in listed.stdout for id in c.reports)
    data = json.loads(RUN.invoke(app, [name, "--format", "json"]).stdout)
    assert [row["id"] for row in data] == list(rows)
    for id, row in rows.items():
        one = RUN.invoke(app, [name, id])
        assert one.exit_code == 0, one.output
        assert "Sources" in one.stdout
        assert all(source in one.stdout for source in row.sources)
        whole = json.loads(RUN.invoke(app, [name, id, "--format", "json"]).stdout)
        assert {source["id"] for source in whole["sources"]} == set(row.sources)


@pytest.mark.parametrize(
    ("arguments", "near"),
    [
        (["rules", "overnite-gap"], "overnight-gap"),
        (["sessions", "leg-dya"], "leg-day"),
        (["goals", "run-5q"], "run-5k"),
        (["policies", "order-"], "order"),
        (["init", "--goal", "run-5q"], "run-5k"),
    ],
)
def test_unknown_names(arguments: list[str], near: str) -> None:
    found = RUN.invoke(app, arguments)
    assert (found.exit_code, found.stdout) == (2, "")
    assert f"did you mean '{near}'?" in found.stderr
    assert found.stderr.count("\n") == 1


@pytest.mark.parametrize("name", families())
def test_a_family_of_rules_is_shown_with_an_example_that_is_read(name: str) -> None:
    found = RUN.invoke(app, ["rules", name])
    assert found.exit_code == 0, found.output
    family, words = families()[name], " ".join(found.stdout.split())
    own = set(classes()[name].model_fields) - {"severity", "when", "text", "family"}
    assert {field.name for field in family.fields} == {field.rstrip("_") for field in own}
    for field in (*family.fields, *family.general):
        assert f"{field.name} (" in words or f"{field.name}: " in words
        assert field.about in words
    using = [rule.id for rule in catalogue().rules.values() if any(c.family == name for c in rule.clauses)]
    assert all(rule in words for rule in using)
    data = json.loads(RUN.invoke(app, ["rules", name, "-f", "json"]).stdout)
    assert (data["id"], data["rules"]) == (name, using)
    request = "goal: hybrid-vo2-strength\nprimary: lift\navailability: {daily: 17:00-20:00}\n" + data["example"]
    lines = found.stdout.splitlines()
    assert all(f"  {line}" in lines for line in data["example"].splitlines())
    problem = resolve(asked(request), catalogue())
    added = {instance.rule.id for instance in problem.rules} - set(catalogue().rules)
    assert added == {data["example"].splitlines()[1].strip(" :")}


def test_the_needed_fields_of_a_family_are_needed() -> None:
    for name, clause in classes().items():
        needed = {field for field, info in clause.model_fields.items() if info.is_required() and field != "family"}
        if name in families():
            assert {f.name for f in families()[name].fields if f.needed} == {field.rstrip("_") for field in needed}


def test_families_are_mentioned_where_rules_are_listed() -> None:
    words = " ".join(RUN.invoke(app, ["rules"]).stdout.split())
    assert f"Families for rules of your own (microcycle rules FAMILY): {', '.join(families())}" in words
    near = RUN.invoke(app, ["rules", "spacing-day"])
    assert "did you mean 'spacing-days'?" in near.stderr


def test_all_keys_that_a_rule_lacks_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "week.yaml"
    file.write_text("goal: run-5k\navailability: {daily: 17:00-20:00}\nrules: {mine: {family: spacing-days}}\n")
    said = RUN.invoke(app, ["plan", str(file)]).stderr
    assert "the keys 'first', 'then' and 'days' are missing; expected what `microcycle rules spacing-days` shows" in said


def test_schema() -> None:
    schema = json.loads(RUN.invoke(app, ["schema"]).stdout)
    assert schema["properties"]["goal"]["enum"] == list(catalogue().goals)
    assert set(schema["properties"]["rules"]["properties"]) == set(catalogue().rules)
    assert schema["properties"]["policies"]["properties"]["order"]["enum"]
    assert "leg-day" in schema["properties"]["want"]["properties"]
    week = json.loads(RUN.invoke(app, ["schema", "week"]).stdout)
    assert {"schema", "sessions", "levels", "matches"} <= set(week["properties"])
    assert set(json.loads(made().to_json())) <= set(week["properties"])
    assert "legal" in json.loads(RUN.invoke(app, ["schema", "check"]).stdout)["properties"]
    for name, document in (("why", ["why", JAMIE]), ("change", ["why", JAMIE, "--not", "easy-run=mon"])):
        written = json.loads(RUN.invoke(app, [*document, "-f", "json"]).stdout)
        jsonschema.validate(written, json.loads(RUN.invoke(app, ["schema", name]).stdout))


# --- init -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("goal", GOALS)
def test_init_writes_a_file_that_is_read(goal: str, tmp_path: Path) -> None:
    from microcycle.solver.resolve import resolve

    target = tmp_path / "mine.yaml"
    found = RUN.invoke(app, ["init", "--goal", goal, "-o", str(target)])
    assert (found.exit_code, found.stdout) == (0, "")
    problem = resolve(load_request(target), catalogue())
    assert problem.goal == goal
    assert target.read_text(encoding="utf-8") == RUN.invoke(app, ["init", "--goal", goal]).stdout


def test_every_commented_line_of_init_is_true(tmp_path: Path) -> None:
    """What the template offers in comments is valid once the marks are taken away."""
    from microcycle.solver.resolve import resolve

    text = RUN.invoke(app, ["init", "--goal", "hybrid-vo2-strength"]).stdout
    options = ["week_of", "pinned", "  - {session", "prefer", "forbid", "exclude", "want", "history", "rules"]
    options += ["policies", "  hard_pairing"]
    lines = [
        line[2:] if line.startswith("# ") and line[2:].startswith(tuple(options)) else line for line in text.splitlines()
    ]
    lines = [re.sub(r"^  # (?=easy_pace|bodyweight|wed|sun)", "  ", line) for line in lines]
    target = tmp_path / "all.yaml"
    target.write_text("\n".join(lines), encoding="utf-8")
    spec = load_request(target).spec
    assert all((spec.pinned, spec.prefer, spec.forbid, spec.exclude, spec.want, spec.policies, spec.rules))
    assert spec.history.run_minutes
    assert spec.athlete.bodyweight
    resolve(load_request(target), catalogue())


def test_init_overwrites_nothing_and_needs_a_terminal(tmp_path: Path) -> None:
    target = tmp_path / "mine.yaml"
    target.write_text("mine", encoding="utf-8")
    found = RUN.invoke(app, ["init", "--goal", "run-5k", "-o", str(target)])
    assert found.exit_code == 2
    assert "exists already" in found.stderr
    assert target.read_text(encoding="utf-8") == "mine"
    asked = RUN.invoke(app, ["init"])
    assert asked.exit_code == 2
    assert "terminal" in asked.stderr


def test_answers_become_a_file(tmp_path: Path) -> None:
    from microcycle.cli.template import Answers, commented

    answers = Answers(
        "hybrid-vo2-strength",
        "run",
        'A "B" \\ #\u202e',
        "beginner",
        "advanced",
        "6am-7:30am, 17:30-20:30",
        "none",
        "17",
        ("injury: knee",),
    )
    target = tmp_path / "mine.yaml"
    target.write_text(commented(answers.goal, answers), encoding="utf-8")
    spec = load_request(target).spec
    assert spec.athlete.name == 'A "B" \\ #'
    assert (spec.athlete.experience.lift, spec.athlete.experience.run) == ("beginner", "advanced")
    assert spec.primary == "run"
    assert spec.athlete.age == 17
    assert [(care.word, care.place) for care in spec.athlete.care] == [("injury", "knee")]
    assert "bodyweight" not in target.read_text(encoding="utf-8")
    assert [len(windows) for windows in spec.availability.values()] == [2, 0]


def test_init_asks_again_where_there_is_no_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import questionary

    texts = iter(["Jo", "34 pregnant; medicine", "", "none", "06:00-07:30, 07:00-08:00", "", "17:30-20:00", ""])

    def text(_: str, **__: Any) -> Any:
        return SimpleNamespace(ask=lambda: next(texts))

    def select(_: str, choices: list[Any]) -> Any:
        return SimpleNamespace(ask=lambda: choices[0].value)

    monkeypatch.setattr(questionary, "text", text)
    monkeypatch.setattr(questionary, "select", select)
    monkeypatch.chdir(tmp_path)
    from microcycle.cli.commands import init

    said: list[str] = []
    monkeypatch.setattr("typer.echo", lambda message, **_: said.append(message))
    answers = init._ask()
    assert list(texts) == []
    assert (answers.weekdays, answers.weekend) == ("17:30-20:00", "")
    assert (answers.age, answers.cares) == ("34", ("pregnant", "medicine"))
    assert [line.partition(": ")[0] for line in said] == ["No week can be planned in this time"] * 2
    assert "no window" in said[0]
    assert "overlaps" in said[1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("", True), ("  ", True), ("34", True), ("17, injury: left knee", True), ("heart; eating", True), ("14", True),
        ("13", "nobody under 14"), ("34 pregnnt", "did you mean 'pregnant'?"), ("postpartum", "day of the birth"),
        ("200", "at most 110"), ("pregnant, postpartum: 2026-09-01", "do not hold at once"),
    ],
)  # fmt: skip
def test_init_takes_an_age_and_words_of_care(written: str, told: bool | str) -> None:
    from microcycle.cli.commands.init import _care

    found = _care(written)
    assert found is True if told is True else str(told) in str(found)


def test_init_offers_the_goals_that_are_open() -> None:
    from microcycle.cli.commands.init import _closed

    closed = {age: {goal for goal in GOALS if _closed(goal, age, ())} for age in ("14", "16", "18", "")}
    assert closed == {
        "14": {"run-half", "run-marathon", "fat-loss"},
        "16": {"run-marathon", "fat-loss"},
        "18": set(),
        "": set(),
    }
    assert _closed("fat-loss", "", ("eating",))


@pytest.mark.parametrize(
    ("name", "more", "begins"),
    [
        ("week.json", [], "{"),
        ("week.JSON", [], "{"),
        ("week.yaml", [], "schema: "),
        ("week.yml", [], "schema: "),
        ("week.md", [], "# "),
        ("week.csv", [], "day,date,"),
        ("week.txt", [], "Sam: "),
        ("week", [], "Sam: "),
        ("week.json", ["-f", "csv"], "day,date,"),
        ("week.json", ["--format", "table"], "Sam: "),
    ],
)
def test_the_name_of_the_file_says_the_format(
    name: str, more: list[str], begins: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import microcycle

    week = made(Path(SMALL), Path(HAND))
    monkeypatch.setattr(microcycle, "plan_week", lambda *_, **__: week)
    found = RUN.invoke(app, ["plan", SMALL, "-o", str(tmp_path / name), *more])
    assert (found.exit_code, found.stdout) == (0, "")
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)


def test_the_name_of_the_file_says_the_format_of_a_check(tmp_path: Path) -> None:
    for name, more, begins in (("a.json", [], "{"), ("b.json", ["-f", "table"], "Jamie: "), ("c.txt", [], "Jamie: ")):
        assert RUN.invoke(app, ["check", JAMIE, HAND, "-o", str(tmp_path / name), *more]).exit_code == 3
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)


# --- writing files ----------------------------------------------------------------------------------------------


def test_output_is_refused_where_it_cannot_go(tmp_path: Path) -> None:
    for target, part in ((tmp_path, "directory"), (tmp_path / "no" / "week.json", "no directory")):
        found = RUN.invoke(app, ["plan", SMALL, "-f", "json", "-o", str(target)])
        assert (found.exit_code, found.stdout) == (2, "")
        assert part in found.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "week.json"
    target.write_text("old", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(InputError, match="No space left"):
        output.write_file("new", str(target))
    assert target.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["week.json"]


def test_written_through_a_link_and_with_its_rights(tmp_path: Path) -> None:
    target, link = tmp_path / "real.txt", tmp_path / "link.txt"
    target.write_text("old", encoding="utf-8")
    target.chmod(0o640)
    link.symlink_to(target)
    output.write_file("new\r\n", str(link))
    assert link.is_symlink()
    assert target.read_bytes() == b"new\r\n"
    assert target.stat().st_mode & 0o777 == 0o640


READING = {
    "plan": ["plan {file}"],
    "why": ["why {file}", "why {file} {week}", "why {file} --not lifts=1"],
    "whatif": ["whatif {file} --set want.runs=2"],
    "alternatives": ["alternatives {file}"],
    "diff": ["diff {week} {file}", "diff {file} {week}"],
    "replan": ["replan {file} --now tue-12:00", "replan {file} {week} --now tue-12:00"],
    "check": ["check {file}", "check {file} {week}"],
    "export": ["export {week} --to json", "export {file} --to ics", "export {file} --to ics --previous {week}"],
    "init": [],
    "schema": [],
}
"""What reads files and has an `-o`; a batch's journal is looked at in test_cli_batch.py."""


def test_output_is_never_what_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its own name, another, or through a link: told before any work is done, and every byte is there."""
    commands: dict[str, Any] = getattr(typer.main.get_command(app), "commands", {})
    assert {name for name, c in commands.items() if any("-o" in p.opts for p in c.params)} == READING.keys()
    monkeypatch.chdir(tmp_path)
    names = {"file": "f.yaml", "week": "w.json"}
    Path("f.yaml").write_text(Path(SMALL).read_text(encoding="utf-8"), encoding="utf-8")
    Path("w.json").write_text(made(Path(SMALL), Path(HAND)).to_json(), encoding="utf-8")
    before = {name: Path(name).read_bytes() for name in names.values()}
    for line in (line for lines in READING.values() for line in lines):
        for what in (what for what in names if f"{{{what}}}" in line):
            name = names[what]
            for n, alias in enumerate((name, f"./{name}", f"soft-{name}", f"hard-{name}")):
                if n > 1 and not os.path.lexists(alias):
                    Path(alias).symlink_to(name) if n == 2 else Path(alias).hardlink_to(name)
                found = RUN.invoke(app, [*line.format(**names).split(), "-o", alias])
                assert (found.exit_code, found.stdout) == (2, ""), line
                assert f"{alias} is what is read here" in found.stderr
    with Path("f.yaml").open("rb") as file:
        done = subprocess.run(
            [sys.executable, "-m", "microcycle", "plan", "-", "-o", "f.yaml"], stdin=file, capture_output=True, check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    assert (done.returncode, b"f.yaml is what is read here" in done.stderr) == (2, True)
    assert {name: Path(name).read_bytes() for name in names.values()} == before


WEEK_TEXT = made(Path(SMALL), Path(HAND)).to_json()


@pytest.mark.parametrize(
    ("name", "there", "written", "kept"),
    [
        ("w.json", WEEK_TEXT.replace('"revision": 1', '"revision": 2'), ["plan", "-f", "json"], False),
        ("w.json", WEEK_TEXT, ["check", HAND, "-f", "json"], True),
        ("w.json", WEEK_TEXT, ["plan", "-f", "table"], True),
        ("c.json", '{"schema": "microcycle/check/1"}', ["plan", "-f", "json"], False),
        ("c.yaml", "schema: microcycle/week/1\n", ["plan", "-f", "yaml"], False),
        ("other.yaml", "goal: run-5k\n", ["plan"], True),
        ("other.yaml", "goal: run-5k\n", ["plan", "-f", "table"], True),
        ("base.yaml", "availability: {mon: 18:00-19:00}\n", ["plan"], True),
        ("other.toml", 'goal = "run-5k"\n', ["plan"], True),
        ("other", "# mine\ngoal: run-5k\n", ["plan"], True),
        ("other.json", '{"athlete": {"name": "Ann"}, "goal": "run-5k"}', ["plan"], True),
        ("r.jsonl", '{"id": "a", "goal": "run-5k"}\n', ["plan", "-f", "json"], True),
        ("j.jsonl", '{"schema":"microcycle/result/1","key":""}\n', ["plan", "-f", "json"], True),
        ("package.json", '{"name": "a package"}', ["plan"], True),
        ("p.png", "\x89PNG\0\0", ["plan"], True),
        ("r.csv", "id,goal\na,run-5k\n", ["plan"], True),
        ("s.csv", "day,date,start,end,minutes,session,name\n", ["plan"], False),
        ("c.ics", "BEGIN:VCALENDAR\r\nPRODID:-//Other//EN\r\n", ["plan"], True),
        ("c.ics", "BEGIN:VCALENDAR\r\nPRODID:-//microcycle//microcycle//EN\r\n", ["plan"], False),
        ("index.html", "<!doctype html><title>My page</title>", ["plan"], True),
        ("index.html", '<!DOCTYPE html>\n<html lang="en" class="microcycle">', ["plan"], False),
        ("week.txt", "Some week", ["plan"], False),
        ("week.md", "# Some week", ["plan"], False),
        ("empty.yaml", "", ["plan"], False),
    ],
)
def test_files_of_another_kind_are_not_written_over(
    name: str, there: str, written: list[str], kept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import microcycle

    week = made(Path(SMALL), Path(HAND))
    monkeypatch.setattr(microcycle, "plan_week", lambda *_, **__: week)
    target = tmp_path / name
    target.write_bytes(there.encode())
    found = RUN.invoke(app, [written[0], SMALL, *written[1:], "-o", str(target)])
    assert (found.exit_code, "is not written over" in found.stderr) == ((2, True) if kept else (0, False))
    assert (target.read_bytes() == there.encode()) is kept
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with a name")
def test_devices_and_pipes_are_written_to(tmp_path: Path) -> None:
    """As streams, and they are still there; what was in a file that is appended to as well."""
    arguments = ["schema", "week", "-o"]
    text = command("schema", "week").stdout
    (tmp_path / "null").symlink_to("/dev/null")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "out").symlink_to("/dev/stdout")
    with subprocess.Popen(["cat", "pipe"], cwd=tmp_path, stdout=subprocess.PIPE, text=True) as reader:
        assert command(*arguments, "pipe", cwd=tmp_path).returncode == 0
        assert reader.communicate(timeout=60)[0] == text
    assert command(*arguments, "null", cwd=tmp_path).returncode == 0
    for name in ("/dev/stdout", "out", "-"):
        assert command(*arguments, name, cwd=tmp_path).stdout == text
    with (tmp_path / "all").open("w", encoding="utf-8") as file:
        file.write("before\n")
        file.flush()
        run = [sys.executable, "-m", "microcycle", *arguments, "/dev/stdout"]
        subprocess.run(run, stdout=file, check=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert (tmp_path / "all").read_text(encoding="utf-8") == f"before\n{text}"
    assert (tmp_path / "pipe").is_fifo()
    assert (tmp_path / "null").is_char_device()
    assert (tmp_path / "out").is_symlink()


def test_names_that_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("loop").symlink_to("loop")
    for name, told in (("a" * 300, "File name too long"), ("loop", "symbolic links"), ("a\0b", "no file has such a name")):
        found = RUN.invoke(app, ["schema", "-o", name])
        assert (found.exit_code, told in found.stderr) == (2, True)
    # A name that is as long as can be leaves room for that of the file that it is written in at first.
    assert RUN.invoke(app, ["schema", "-o", "\u00e9" * 125]).exit_code == 0


def test_nothing_is_written_where_a_link_was_put(tmp_path: Path) -> None:
    """A new file has the rights of the umask, an old one its own; names that are not final are not known before."""
    (tmp_path / "victim").write_text("precious", encoding="utf-8")
    for name in (".week.txt.tmp", ".week.txt..tmp", "week.txt.tmp"):
        (tmp_path / name).symlink_to("victim")
    mask = os.umask(0o077)
    try:
        output.write_file("one", str(tmp_path / "week.txt"))
    finally:
        os.umask(mask)
    assert (tmp_path / "week.txt").stat().st_mode & 0o777 == 0o600
    output.write_file("two", str(tmp_path / "week.txt"))
    assert (tmp_path / "week.txt").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "victim").read_text(encoding="utf-8") == "precious"


# --- when something is wrong ------------------------------------------------------------------------------------


def test_bad_usage() -> None:
    for arguments in (["plan"], ["nothing"], ["plan", SMALL, "--format", "pdf"], ["plan", SMALL, "--time-limit", "-1"]):
        found = RUN.invoke(app, arguments)
        assert (found.exit_code, found.stdout) == (2, ""), arguments
        assert "Traceback" not in found.stderr


def test_bad_input_is_one_line(tmp_path: Path) -> None:
    bad = tmp_path / "bad\x1b[31m.yaml"
    bad.write_text("goal: run-5k\nathlete: {nmae: X}\n", encoding="utf-8")
    found = command("plan", str(bad))
    assert (found.returncode, found.stdout) == (2, "")
    assert re.fullmatch(r".*bad\?\[31m\.yaml:2:11: .*did you mean 'name'\?.*\n", found.stderr)


def test_a_bug_writes_a_reproduction_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import microcycle

    def fail(*_: object, **__: object) -> None:
        raise AuditError("the planned week breaks no-overlap")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(microcycle, "plan_week", fail)
    found = RUN.invoke(app, ["plan", SMALL])
    assert (found.exit_code, found.stdout) == (1, "")
    assert "bug of ours" in found.stderr
    assert "Traceback" not in found.stderr
    (report,) = tmp_path.glob("microcycle-bug-*.txt")
    assert report.name in found.stderr
    text = report.read_text(encoding="utf-8")
    assert "Traceback" in text
    assert "health-longevity" in text, "the file as it was read"


def test_a_bug_where_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("builtins.open", lambda *_, **__: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    assert "could not be written" in guard._reproduction()


def test_an_interrupt_ends_the_search(tmp_path: Path) -> None:
    roomy = tmp_path / "roomy.yaml"
    roomy.write_text(
        "goal: hybrid-vo2-strength\nprimary: run\navailability: {daily: 05:00-23:00}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [sys.executable, "-c", _SLOW, str(roomy)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "solving\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors == "Interrupted.\n"


@pytest.mark.parametrize("moment", [0, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 1.2])
def test_an_interrupt_at_any_moment_is_told_or_too_late(moment: float, tmp_path: Path) -> None:
    roomy, target = tmp_path / "roomy.yaml", tmp_path / "week.json"
    roomy.write_text("goal: run-10k\nathlete: {experience: advanced}\navailability: {daily: 06:00-22:00}\n")
    process = subprocess.Popen(
        [sys.executable, "-c", _LISTENING, "plan", str(roomy), "-f", "json", "-o", str(target)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "listening\n"
    time.sleep(moment)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, out, errors) in [(130, "", "Interrupted.\n"), (0, "", "")]
    assert [path.name for path in tmp_path.iterdir() if path != roomy] == ["week.json"] * target.exists()
    assert process.returncode != 0 or Week.model_validate_json(target.read_text(encoding="utf-8")).proven


_LISTENING = """
import os, sys
from microcycle.cli import entry, interrupt
listen = interrupt.listen
def told():
    listen()
    os.write(1, b"listening\\n")
interrupt.listen = told
sys.argv[0] = "microcycle"
entry.main()
"""


@pytest.mark.parametrize("delay", ["settle", "finish"])
def test_an_interrupt_behind_the_result_changes_nothing(delay: str) -> None:
    code = (
        "import atexit, os, signal, sys\n"
        "from microcycle.cli import entry, interrupt\n"
        "kill = lambda: os.kill(os.getpid(), signal.SIGINT)\n"
        "done = interrupt.settle\n"
        f"interrupt.settle = (lambda: (done(), kill())) if {delay!r} == 'settle' else done\n"
        f"atexit.register(kill if {delay!r} == 'finish' else int)\n"
        "sys.argv = ['microcycle', 'goals', 'run-5k']\n"
        "entry.main()\n"
    )
    # The environment as Python knows it: its line editor, where one is loaded, adds a width of its own behind its back.
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=dict(os.environ))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == command("goals", "run-5k").stdout


def test_an_interrupt_waits_for_a_file_to_be_whole(tmp_path: Path) -> None:
    code = (
        "import os, signal\n"
        "from microcycle.cli import interrupt, output\n"
        "interrupt.listen()\n"
        "move = os.replace\n"
        "os.replace = lambda *names: (os.kill(os.getpid(), signal.SIGINT), move(*names))\n"
        "output.write_file('whole', 'file.txt')\n"
        "print('not reached')\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path, env=environment
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Interrupted.\n")
    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [("file.txt", "whole")]


def test_a_process_that_ignores_interrupts_goes_on_doing_so() -> None:
    code = "import signal\nfrom microcycle.cli import interrupt\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    code += "interrupt.listen()\nassert signal.getsignal(signal.SIGINT) is signal.SIG_IGN\n"
    subprocess.run([sys.executable, "-c", code], check=True)


_SLOW = """
import os, sys, time, microcycle
from microcycle.cli import entry
def slow(*_, **__):
    os.write(1, b"solving\\n")  # print() may still hold its lock when the interrupt ends the process
    time.sleep(600)
microcycle.plan_week = slow
sys.argv = ["microcycle", "plan", sys.argv[1]]
entry.main()
"""


# --- help, imports, terminals -----------------------------------------------------------------------------------


def test_help_names_every_command_and_exit_code() -> None:
    found = RUN.invoke(app, ["--help"])
    assert found.exit_code == 0
    for word in ("plan", "check", "goals", "sessions", "rules", "policies", "schema", "init", "130"):
        assert word in found.stdout
    assert RUN.invoke(app, ["--version"]).stdout.startswith("microcycle 0.")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["rules"],
        ["goals", "run-5k"],
        ["schema"],
        ["check", JAMIE, HAND],
        ["plan", "none.yaml"],
    ],
)
def test_no_heavy_imports(arguments: list[str]) -> None:
    code = (
        "import sys, atexit\n"
        "heavy = {'ortools', 'pandas', 'numpy'}\n"
        "found = lambda: sorted(heavy & {name.split('.')[0] for name in sys.modules})\n"
        "atexit.register(lambda: print('HEAVY', found(), file=sys.stderr))\n"
        "from microcycle.cli.entry import main\n"
        f"sys.argv = ['microcycle', *{arguments!r}]\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "HEAVY []" in done.stderr, done.stderr


def test_help_imports_neither_pydantic_nor_rich() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "microcycle", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    found = {line.rsplit("|", 1)[1].strip() for line in done.stderr.splitlines() if "|" in line}
    assert not found & {"pydantic", "rich", "yaml", "questionary"}


@pytest.mark.parametrize("width", ["60", "80", "120"])
def test_terminals(width: str) -> None:
    plain = command("check", JAMIE, HAND, COLUMNS=width)
    assert plain.returncode == 3
    assert "\x1b" not in plain.stdout
    assert max(map(len, plain.stdout.splitlines())) <= int(width)
    ascii_only = command("check", JAMIE, HAND, COLUMNS=width, PYTHONIOENCODING="ascii")
    assert ascii_only.stdout.isascii()
    assert "?" not in ascii_only.stdout
    coloured = command("check", JAMIE, HAND, COLUMNS=width, FORCE_COLOR="1", TERM="xterm", NO_COLOR="")
    assert "\x1b[" in coloured.stdout


@pytest.mark.parametrize(
    ("environment", "plain"),
    [
        ({"LC_ALL": "C"}, True),
        ({"LC_ALL": "POSIX", "LANG": "en_GB.UTF-8"}, True),
        ({"LC_ALL": "", "LANG": "C"}, True),
        ({"LC_ALL": "", "LC_CTYPE": "C.UTF-8", "LANG": "C"}, True),  # what Python leaves to a process of its own
        ({"LC_ALL": "C.UTF-8", "TERM": "dumb"}, True),
        ({"LC_ALL": "", "LANG": ""}, False),
        ({"LC_ALL": "", "LANG": "C.UTF-8"}, False),
        ({"LC_ALL": "C.UTF-8", "LANG": "C"}, False),
        ({"LC_ALL": "", "LC_CTYPE": "C.UTF-8", "LANG": "en_GB.UTF-8"}, False),
    ],
)
def test_a_plain_locale_or_terminal_gets_ascii(environment: dict[str, str], plain: bool) -> None:
    found = command("check", JAMIE, HAND, cwd=None, **{"LC_CTYPE": "", **environment})
    assert found.returncode == 3
    assert found.stdout.isascii() is plain
    assert "?" not in found.stdout


def test_a_file_is_utf8_whatever_the_terminal(tmp_path: Path) -> None:
    command("check", JAMIE, HAND, "-o", str(tmp_path / "out.txt"), LC_ALL="C")
    assert "│" in (tmp_path / "out.txt").read_text(encoding="utf-8")


def test_a_pipe_gets_a_hundred_columns() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    done = subprocess.run(
        [sys.executable, "-m", "microcycle", "check", JAMIE, HAND],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment,
        check=False,
    )
    assert 90 < max(map(len, done.stdout.splitlines())) <= 100


NO_ROOM = "There is no room for what is to be written (No space left on device).\n"
CLOSED = "Standard output cannot be written (Bad file descriptor).\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device without room")
@pytest.mark.parametrize(
    ("arguments", "unbuffered", "where", "code", "told"),
    [
        (f"plan {SMALL}", "", ">/dev/full", 2, NO_ROOM),
        (f"plan {SMALL} -f json", "", ">/dev/full", 2, NO_ROOM),
        (f"plan {SMALL}", "", ">&-", 2, CLOSED),
        (f"plan {SMALL}", "", "<&- | true", 0, ""),
        (f"check {JAMIE} {HAND}", "", "| true", 3, ""),
        (f"check {JAMIE} {HAND}", "1", "| true", 3, ""),
        ("goals", "", ">/dev/full", 2, NO_ROOM),
        ("goals", "1", ">/dev/full", 2, NO_ROOM),
        ("goals", "1", ">&-", 2, CLOSED),
        ("goals", "", ">&- 2>&-", 2, ""),
        ("goals", "", "2>/dev/full >/dev/null", 0, ""),
        ("goals nobody", "", "2>/dev/full", 2, ""),
        ("--help", "", ">/dev/full", 2, NO_ROOM),
        ("--help", "", "| true", 0, ""),
        ("plan --help", "", ">&-", 2, CLOSED),
        ("--version", "", ">/dev/full", 2, NO_ROOM),
    ],
)
def test_what_standard_output_refuses(arguments: str, unbuffered: str, where: str, code: int, told: str) -> None:
    """Also where output is buffered, as it is for everybody: then it is refused only when it is flushed."""
    script = f"{sys.executable} -m microcycle {arguments} {where}; exit ${{PIPESTATUS[0]}}"
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}  # an empty one is none
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (code, told)
