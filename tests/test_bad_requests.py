"""Every broken constraints file is told at its place, with what was expected, exit code 2 and no traceback."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from microcycle.cli.app import app
from microcycle.cli.commands.schema import constraints
from microcycle.models import reading

BAD = Path(__file__).parent / "data" / "bad" / "request"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((BAD / "expected.toml").read_text("utf-8"))
SYNTAX = BAD.parent / "syntax"
RUN = CliRunner()


def test_every_broken_file_is_expected() -> None:
    assert sorted(EXPECTED) == sorted(f.name for f in BAD.iterdir() if f.name != "expected.toml")
    assert len(EXPECTED) >= 60


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_broken_request(name: str) -> None:
    row = EXPECTED[name]
    found = RUN.invoke(app, ["plan", str(BAD / name)])
    assert found.exit_code == 2, found.output
    assert found.stdout == ""
    line, column = row["at"]
    assert found.stderr.startswith(f"{BAD / name}:{line}:{column}: ")
    assert found.stderr.count("\n") == 1
    assert len(found.stderr) < 700
    for words in row["says"]:
        assert words in found.stderr
    assert "expected" in found.stderr or "missing" in found.stderr


@pytest.mark.parametrize("command", ["plan", "check"])
@pytest.mark.parametrize("file", [BAD / "unknown_goal.yaml", BAD / "pin_over_pin.yaml", SYNTAX / "alias_bomb.yaml"])
def test_in_a_process_of_its_own(command: str, file: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "microcycle", command, str(file)], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith(f"{file}:")
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize("name", sorted(f.name for f in SYNTAX.iterdir() if f.name != "expected.toml"))
def test_broken_syntax_ends_alike(name: str) -> None:
    found = RUN.invoke(app, ["plan", str(SYNTAX / name)])
    assert (found.exit_code, found.stdout) == (2, "")
    assert found.stderr.count("\n") == 1


# What only a look at the names, the calendar or the whole can tell is beyond an editor.
SEEN_BY_EDITORS = [
    "age_900",
    "deep_rules",
    "list_for_map",
    "list_forbid",
    "list_want",
    "map_for_list",
    "missing_goal",
    "null_goal",
    "number_exclude",
    "number_window",
    "own_missing_like",
    "parameter_text",
    "parameter_too_large",
    "phase",
    "policy_number",
    "race",
    "text_want",
    "thousand_pins",
    "true_minutes",
    "unknown_athlete_key",
    "unknown_experience",
    "unknown_experience_word",
    "unknown_goal",
    "unknown_key",
    "unknown_modality",
    "unknown_parameter",
    "unknown_policy",
    "unknown_policy_value",
    "unknown_primary",
    "unknown_severity",
    "unknown_severity_field",
    "want_null",
    "want_unknown_field",
    "whole_list",
    "whole_text",
]


@pytest.mark.parametrize("name", SEEN_BY_EDITORS)
def test_editors_see_it_too(name: str) -> None:
    document = reading.read(BAD / f"{name}.yaml")
    assert not Draft202012Validator(constraints()).is_valid(document.data)
