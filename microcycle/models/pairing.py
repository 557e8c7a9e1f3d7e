"""Which of a kind's sessions is which in another week: pairs that move least in all."""

from __future__ import annotations

from collections.abc import Sequence

from microcycle.models.clock import WEEK_MIN


def paired(old: Sequence[int], new: Sequence[int]) -> list[tuple[int, int]]:
    """As many pairs as there can be, by position, of two ascending lists of minutes, so that they move least in all.

    Crossing pairs never move less, so it is enough to leave some of the longer list out.
    """
    if len(old) > len(new):
        return [(i, j) for j, i in paired(new, old)]
    unreached = WEEK_MIN * (len(new) + 1)
    best: list[list[tuple[int, list[tuple[int, int]]]]] = [[(0, [])] * (len(new) + 1)]
    for i, one in enumerate(old):
        row: list[tuple[int, list[tuple[int, int]]]] = [(unreached, [])]
        for j, other in enumerate(new):
            cost, pairs = best[i][j]
            row.append(min(row[j], (cost + abs(one - other), [*pairs, (i, j)]), key=lambda way: way[0]))
        best.append(row)
    return best[len(old)][len(new)][1]
