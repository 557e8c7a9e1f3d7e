"""The ordered objective: levels one after the other, several in one sum while exact coefficients stay small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

from microcycle.models.rule import Level
from microcycle.solver.cpsat import Term, Var
from microcycle.solver.encoding import Encoding

LARGEST = 2**50
"""Sums beyond this lose exactness in the solver's floating-point relaxation (2^53), with room for its own products."""


@dataclass(frozen=True)
class LevelSum:
    """One level as unit x (terms + constant); the terms are free of their common divisor."""

    level: Level
    terms: tuple[Term, ...]
    unit: int
    constant: int
    least: int
    most: int
    """Bounds of the terms, each variable by itself."""

    @property
    def floor(self) -> int:
        """The smallest that the terms can come to: no week is worth less than nothing."""
        return -(self.constant // self.unit)

    def value(self, values: tuple[int, ...]) -> int:
        """What the terms come to in a solution."""
        return sum(n * values[v] for n, v in self.terms)

    def total(self, reduced: int) -> int:
        """The level's value in its own weights, from the value of its reduced terms."""
        return self.unit * reduced + self.constant

    def reduced(self, total: int) -> int:
        """What the terms come to where the level has this value."""
        return (total - self.constant) // self.unit


def level_sums(enc: Encoding) -> list[LevelSum]:
    """Every level of the goal, in order."""
    return [_sum(enc, level) for level in enc.problem.levels]


def _sum(enc: Encoding, level: Level) -> LevelSum:
    terms, constant = enc.level_terms(level)
    unit = gcd(*(n for n, _ in terms)) or 1
    reduced = tuple((n // unit, v) for n, v in terms)
    high = enc.model.high  # amounts and Booleans: the least of each is 0
    least, most = (sum(n * high[v] for n, v in reduced if n * sign > 0) for sign in (-1, 1))
    return LevelSum(level, reduced, unit, constant, least, most)


def pack(sums: Sequence[LevelSum], *, apart: bool = False) -> list[list[LevelSum]]:
    """Groups of neighbouring levels whose exact weighted sum stays under LARGEST; `apart` keeps each level alone.

    Assumes that `least` and `most` bound each level's terms: one unit of a level outweighs all below it.
    """
    groups: list[list[LevelSum]] = []
    product = 1
    for level in sums:
        size = level.most - level.least + 1
        if groups and not apart and product * size < LARGEST:
            groups[-1].append(level)
            product *= size
        else:
            groups.append([level])
            product = size
    return groups


def weighted(group: Sequence[LevelSum]) -> list[tuple[int, LevelSum]]:
    """Coefficient of each level in its group's sum: one unit outweighs everything below it."""
    found: list[tuple[int, LevelSum]] = []
    coefficient = 1
    for level in reversed(group):
        found.append((coefficient, level))
        coefficient *= level.most - level.least + 1
    return found[::-1]


def summed(group: Sequence[LevelSum]) -> list[Term]:
    """The terms of a group's sum, each variable once."""
    terms: dict[Var, int] = {}
    for coefficient, level in weighted(group):
        for n, v in level.terms:
            terms[v] = terms.get(v, 0) + coefficient * n
    return [(n, v) for v, n in terms.items()]
