"""Settings for all tests: the same examples in every run, and a terminal that shows every character."""

import os

from hypothesis import settings

settings.register_profile("deterministic", derandomize=True, deadline=None, database=None)
settings.load_profile("deterministic")
os.environ |= {"LC_ALL": "C.UTF-8", "TERM": "xterm"}
