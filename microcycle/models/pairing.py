"""Which of a kind's sessions is which in another week: pairs that move least in all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf

from microcycle.models.clock import DAY_MIN

Spot = tuple[int, int]
"""A day of the week and a minute of it."""


def apart(one: Spot, other: Spot) -> int:
    """Minutes between two spots: from one day to another at the same hour, then along the day.

    The same hour on another day is nearer than one that comes sooner: people's days are alike.
    """
    return DAY_MIN * abs(one[0] - other[0]) + abs(one[1] - other[1])


def paired(old: Sequence[Spot], new: Sequence[Spot], far: Callable[[Spot, Spot], int] = apart) -> list[tuple[int, int]]:
    """As many pairs as there can be, by position, so that they move least in all; those that stay are among them.

    Shortest augmenting paths with prices (Jonker and Volgenant, Computing 38, 1987).
    """
    if len(old) > len(new):
        return sorted((i, j) for j, i in paired(new, old, far))
    # Beside the distance one for all that do move: of pairings that move as little, the one that keeps most.
    weight = len(old) + 1
    cost = [[weight * far(one, other) + (one != other) for other in new] for one in old]
    price, met = [0.0] * len(new), [-1] * len(new)
    for i in range(len(old)):
        least, before = [inf] * len(new), [-1] * len(new)
        scanned: dict[int, float] = {}
        row, at, reached = i, -1, 0.0
        while True:
            for j in range(len(new)):
                if j not in scanned:
                    way = reached + cost[row][j] - price[j] - (cost[row][at] - price[at] if at >= 0 else 0)
                    if way < least[j]:
                        least[j], before[j] = way, at
            at = min((j for j in range(len(new)) if j not in scanned), key=lambda j: least[j])
            reached = scanned[at] = least[at]
            if met[at] < 0:
                break
            row = met[at]
        for j, length in scanned.items():
            price[j] += length - reached
        while at >= 0:
            met[at] = i if before[at] < 0 else met[before[at]]
            at = before[at]
    return sorted((i, j) for j, i in enumerate(met) if i >= 0)
