"""How many cases a property draws: the suite a part of them, a long run (MICROCYCLE_DRAWS=5) that many times as many."""

import os


def draws(n: int) -> int:
    return n * int(os.environ.get("MICROCYCLE_DRAWS", "1"))
