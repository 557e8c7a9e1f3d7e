"""The shipped rulebook as a whole: it is checked here, once, and not whenever somebody plans a week."""

import shutil
from pathlib import Path

import pytest

from microcycle.models.catalogue import HERE, Catalogue, CatalogueError, catalogue, check


def test_it_holds_together() -> None:
    check(catalogue())


@pytest.mark.parametrize(
    ("file", "written", "instead", "told"),
    [
        ("rules.toml", 'hours = "$hours"', 'hours = "$hour"', "unknown parameter 'hour'"),
        ("rules.toml", 'id = "overnight-gap"', 'id = "no-overlap"', "no-overlap: defined twice"),
        ("selectors.toml", "[lifts]", "[lift]", "unknown selector or kind"),
        ("sources.toml", 'id = "FOS98"', 'id = "FOS97"', "unknown source 'FOS98'"),
        ("goals/run-5k.toml", 'id = "run-5k"', 'id = "run-6k"', "run-5k.toml: holds the goal 'run-6k'"),
        ("sessions.toml", "step = 5", "step = 7", "multiple of 5"),
    ],
)
def test_what_contradicts_something_else_is_found(tmp_path: Path, file: str, written: str, instead: str, told: str) -> None:
    shutil.copytree(HERE, tmp_path / "catalogue")
    path = tmp_path / "catalogue" / file
    text = path.read_text(encoding="utf-8")
    assert written in text
    path.write_text(text.replace(written, instead, 1), encoding="utf-8")
    with pytest.raises(CatalogueError, match=told):
        check(Catalogue(tmp_path / "catalogue"))


def test_a_goal_is_only_looked_for_among_the_cards() -> None:
    assert "../goals/run-5k" not in catalogue().goals
    assert len(catalogue().goals) == len(list(catalogue().goals.values())) == 13
