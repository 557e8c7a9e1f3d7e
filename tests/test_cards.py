"""A sample of the cards table (`python -m benchmarks cards`): each week is solved and proven, or its card refuses it."""

from __future__ import annotations

import pytest

from benchmarks.cards import Case, answer, cases
from microcycle.models.catalogue import catalogue
from microcycle.solver.search import Limits

EVERY = 7
"""No factor of 13, 9, 3 or 2, so that every card, pair of experience, calendar and history comes up."""
SAMPLE = list(cases())[4::EVERY]


def test_the_table_is_whole() -> None:
    assert len(list(cases())) == 13 * 9 * 3 * 2
    for part in ("goal", "lift", "run", "calendar", "history"):
        assert {getattr(case, part) for case in SAMPLE} == {getattr(case, part) for case in cases()}


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: case.name)
def test_a_week_for_every_card_experience_and_calendar(case: Case) -> None:
    found = answer(case, Limits(seconds=600.0))
    refuse = catalogue().goals[case.goal].refuse
    assert found.outcome == ("refused" if {case.lift, case.run} & set(refuse) else "solved")
    assert found.proven
