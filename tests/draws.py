"""How much is drawn: the suite a part, a long run more (`MICROCYCLE_DRAWS=5` is five times the suite)."""

from __future__ import annotations

import os


def draws(n: int) -> int:
    return n * int(os.environ.get("MICROCYCLE_DRAWS", "1"))
