"""Settings for all tests: the same examples in every run, and a terminal that shows every character."""

import os

import pytest
from asks import JAMIE, asked
from hypothesis import settings

from microcycle import plan_week
from microcycle.models.request import Request
from microcycle.models.week import Week

settings.register_profile("deterministic", derandomize=True, deadline=None, database=None)
settings.load_profile("deterministic")
os.environ |= {"LC_ALL": "C.UTF-8", "TERM": "xterm"}


@pytest.fixture(scope="module")
def jamie() -> tuple[Request, Week]:
    return asked(JAMIE), plan_week(asked(JAMIE))
