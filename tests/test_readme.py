"""README.md shows what the program does: files, commands, outputs, numbers and its two one-line commands."""

from __future__ import annotations

import importlib.util
import platform
import re
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest

from microcycle.models.catalogue import catalogue
from microcycle.models.families import families

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
LOCKS = ("requirements.lock", "requirements-test.lock")


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("readme_script", ROOT / "docs" / "readme.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


SCRIPT = _script()
SHOWN = SCRIPT.shown(TEXT)


def _pins(name: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if match := re.match(r"^([a-z0-9-]+)==(\S+)", line):
            found.setdefault(match[1], set()).add(match[2])
    return found


def _as_recorded() -> bool:
    """Other versions of the solver, and other platforms, may choose another of several equally good weeks."""
    return (
        version("ortools") in _pins("requirements.lock")["ortools"]
        and sys.platform == "linux"
        and platform.machine() == "x86_64"
    )


def _determined(text: str) -> list[str]:
    """The lines that no choice among equally good weeks can change."""
    return [line for line in text.splitlines() if line.startswith(("Proven", "Infeasible", "[exit code", "{"))]


@pytest.mark.parametrize("one", SHOWN, ids=[f"{i}-{one.command}" for i, one in enumerate(SHOWN)])
def test_shown_output_is_what_is_printed(one: SCRIPT.Shown) -> None:  # type: ignore[name-defined]
    found = SCRIPT.output(one)
    if _as_recorded():
        assert found == one.text, "python docs/readme.py puts the real output into README.md"
    else:
        assert _determined(found) == _determined(one.text)


def test_enough_is_shown() -> None:
    assert len(SHOWN) >= 6
    assert {one.command.split()[0] for one in SHOWN} == {"microcycle", "python", "ls"}


@pytest.mark.parametrize("what", ["run", "test"])
def test_newcomers_command_is_one_line(what: str) -> None:
    blocks = re.findall(rf"<!-- newcomer: {what} -->\n+```bash\n(.*?)```", TEXT, re.DOTALL)
    assert len(blocks) == 1
    assert len(blocks[0].strip().splitlines()) == 1


NUMBERS = {10: "ten", 11: "eleven", 12: "twelve"}


def test_names_in_the_text_exist() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (ROOT / target).exists(), target
    tree = TEXT[TEXT.index("## Source tree") :]
    for name in re.findall(r"^ *(\w+)/ ", tree[: tree.index("Imports run")], re.MULTILINE):
        assert list(ROOT.glob(f"**/{name}/")), name
    names = catalogue()
    for policy in re.findall(r"microcycle policies ([a-z_]+)", TEXT):
        assert policy in names.policies
    for rule in re.findall(r"microcycle rules ([a-z0-9-]+)", TEXT):
        assert rule in {*names.rules, *families()}
    assert f"of one of {NUMBERS[len(families())]} families" in TEXT


def test_share_of_evidence_is_told_right() -> None:
    grades = Counter(rule.evidence for rule in catalogue().rules.values())
    assert "Fewer than a third of them rest on trials or cohorts" in TEXT
    assert 3 * (grades["trial"] + grades["cohort"]) < grades.total()


# --- what the two commands install --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LOCKS)
def test_lock_has_hashes_and_no_addresses(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-", re.sub(r"--hash=sha256:[0-9a-f]{64}", "", text), re.MULTILINE)
    entries = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)


def test_locks_agree_and_hold_every_dependency() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extra = project["optional-dependencies"]
    run, test = (_pins(name) for name in LOCKS)
    for name, versions in run.items():
        assert test[name] == versions, name
    for pins, wanted in ((run, project["dependencies"] + extra["build"]), (test, extra["test"])):
        for requirement in wanted:
            match = re.match(r"([A-Za-z0-9-]+)>=([\d.]+)$", requirement)
            assert match is not None, f"{requirement}: a name and a lower bound, no more"
            assert match[1].lower() in pins, requirement
