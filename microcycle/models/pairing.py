"""Which of a kind's sessions is which in another week: pairs that move least in all."""

from __future__ import annotations

from collections.abc import Sequence

from microcycle.models.clock import WEEK_MIN


def paired(old: Sequence[int], new: Sequence[int]) -> list[tuple[int, int]]:
    """As many pairs as there can be, by position, of two ascending lists of minutes, so that they move least in all.

    Equal ones are among them, which never moves more (triangle inequality). Of the others, crossing pairs never move less:
    it is enough to leave some of the longer list out.
    """
    kept = _equal(old, new)
    left = [i for i in range(len(old)) if i not in kept]
    right = [j for j in range(len(new)) if j not in kept.values()]
    apart = _apart([old[i] for i in left], [new[j] for j in right])
    return sorted([*kept.items(), *((left[i], right[j]) for i, j in apart)])


def _equal(old: Sequence[int], new: Sequence[int]) -> dict[int, int]:
    i = j = 0
    found: dict[int, int] = {}
    while i < len(old) and j < len(new):
        if old[i] == new[j]:
            found[i] = j
        i, j = i + (old[i] <= new[j]), j + (new[j] <= old[i])
    return found


def _apart(old: Sequence[int], new: Sequence[int]) -> list[tuple[int, int]]:
    if len(old) > len(new):
        return [(i, j) for j, i in _apart(new, old)]
    unreached = WEEK_MIN * (len(new) + 1)
    best: list[list[tuple[int, list[tuple[int, int]]]]] = [[(0, [])] * (len(new) + 1)]
    for i, one in enumerate(old):
        row: list[tuple[int, list[tuple[int, int]]]] = [(unreached, [])]
        for j, other in enumerate(new):
            cost, pairs = best[i][j]
            row.append(min(row[j], (cost + abs(one - other), [*pairs, (i, j)]), key=lambda way: way[0]))
        best.append(row)
    return best[len(old)][len(new)][1]
