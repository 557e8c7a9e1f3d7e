"""How much a property draws: the suite a little, a long run more of it."""

from __future__ import annotations

import os


def draws(n: int) -> int:
    """So many examples, times MICROCYCLE_DRAWS (1 where it is not set)."""
    return n * int(os.environ.get("MICROCYCLE_DRAWS", "1"))
