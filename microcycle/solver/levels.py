"""The ordered objective: levels one after the other, several in one sum while exact coefficients stay small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

from ortools.sat.python import cp_model

from microcycle.models.rule import Level
from microcycle.solver.encoding import Encoding

LARGEST = 2**50
"""Sums beyond this lose exactness in the solver's floating-point relaxation (2^53), with room for its own products."""


@dataclass(frozen=True)
class LevelSum:
    """One level as unit x (terms + constant); the terms are free of their common divisor."""

    level: Level | None
    """None for the tie-break that is no level: among equal weeks, visits in the earlier part of the day."""
    terms: tuple[tuple[int, cp_model.IntVar], ...]
    unit: int
    constant: int

    @property
    def most(self) -> int:
        return sum(n * upper_bound(v) for n, v in self.terms if n > 0)

    @property
    def least(self) -> int:
        return sum(n * upper_bound(v) for n, v in self.terms if n < 0)

    @property
    def expr(self) -> cp_model.LinearExprT:
        return cp_model.LinearExpr.weighted_sum([v for _, v in self.terms], [n for n, _ in self.terms])

    def total(self, reduced: int) -> int:
        """The level's value in its own weights, from the value of its reduced terms."""
        return self.unit * reduced + self.constant


def upper_bound(variable: cp_model.IntVar) -> int:
    """The largest value of an amount; its least is 0. (The proto's own lists take no negative index: they answer 0.)"""
    domain = variable.proto.domain
    return int(domain[len(domain) - 1])


def level_sums(enc: Encoding) -> list[LevelSum]:
    """Every level of the goal, in order."""
    found = []
    for level in enc.problem.levels:
        terms, constant = enc.level_terms(level)
        unit = gcd(*(n for n, _ in terms)) or 1
        found.append(LevelSum(level, tuple((n // unit, v) for n, v in terms), unit, constant))
    if enc.ties:
        found.append(LevelSum(None, tuple(enc.ties), 1, 0))
    return found


def pack(sums: Sequence[LevelSum], *, apart: bool = False) -> list[list[LevelSum]]:
    """Groups of neighbouring levels whose exact weighted sum stays under LARGEST; `apart` keeps each level alone."""
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
