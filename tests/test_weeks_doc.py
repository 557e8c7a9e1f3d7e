"""docs/weeks.md is what its script would write today: every week is there, and a sample is solved again."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parent.parent / "docs"
_SPEC = importlib.util.spec_from_file_location("weeks_script", DOCS / "weeks.py")
assert _SPEC is not None
assert _SPEC.loader is not None
weeks = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(weeks)

TEXT = (DOCS / "weeks.md").read_text(encoding="utf-8")
SAMPLE = [
    ("run-half", "intermediate", "evenings", ""),
    ("hybrid-vo2-strength", "intermediate", "evenings", "lift"),
    ("health-longevity", "beginner", "ordinary", ""),
    ("run-marathon", "beginner", "ordinary", ""),
    ("sprint-team-sport", "advanced", "evenings", ""),
]


def sections() -> dict[tuple[str, str], str]:
    """The text of each week by goal and heading."""
    found = {}
    for part in re.split(r"(?m)^## ", TEXT)[1:]:
        goal = re.search(r"\(`([a-z0-9-]+)`\)", part)
        assert goal is not None
        for week in re.split(r"(?m)^### ", part)[1:]:
            title, _, body = week.partition("\n")
            found[goal[1], title] = body
    return found


def test_every_goal_and_experience_is_there_on_both_calendars() -> None:
    assert list(sections()) == [(row.goal, row.title) for row in weeks.rows()]
    assert len({row.goal for row in weeks.rows()}) == 13
    assert "Not proven" not in TEXT


@pytest.mark.parametrize("row", [weeks.Row(*row) for row in SAMPLE], ids=lambda row: f"{row.goal} {row.title}")
def test_levels_are_those_of_a_fresh_solve(row: Any) -> None:
    assert weeks.levels_line(weeks.planned(row)) in sections()[row.goal, row.title], "python docs/weeks.py"
