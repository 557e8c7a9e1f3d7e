"""Our own model through HiGHS as a mixed-integer program: the same literals and rules, enforcement as big-M rows."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import index
from pathlib import Path
from typing import Any

from benchmarks.peers import PeerAnswer, lacking
from microcycle.solver import levels
from microcycle.solver.cpsat import Model
from microcycle.solver.problem import Placed, Problem
from microcycle.solver.readoff import read_off
from microcycle.solver.solve import encode

WITHOUT = frozenset({"load-shape"})
"""Families left out: monotony is a quotient of squares, which no linear row states."""
WORKER = Path(__file__).with_name("highs_worker.py")
PATIENCE = 60.0
"""Seconds beyond the limit after which the process is ended."""
EXACT: Mapping[str, Any] = {
    "output_flag": False,
    "threads": 1,
    "parallel": "off",
    "random_seed": 1,
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 0.0,
}
FASTER: Mapping[str, Any] = {**EXACT, "mip_heuristic_run_feasibility_jump": False, "mip_heuristic_effort": 0.01}

Terms = dict[int, int]
"""Coefficients by column."""


def solve(problem: Problem, seconds: float) -> PeerAnswer:
    """HiGHS as it comes, but for one thread and no gap."""
    return _solve(problem, seconds, EXACT, target=False)


def tuned(problem: Problem, seconds: float) -> PeerAnswer:
    """With the options that were found to help, and no search for less than nothing."""
    return _solve(problem, seconds, FASTER, target=True)


def _solve(problem: Problem, seconds: float, options: Mapping[str, Any], *, target: bool) -> PeerAnswer:
    began = time.perf_counter()
    enc, _ = encode(lacking(problem, WITHOUT))
    program = Program(enc.model)
    objectives = []
    for level in levels.level_sums(enc):
        terms, constant = program.terms([index(v) for _, v in level.terms], [n for n, _ in level.terms])
        objectives.append({"columns": list(terms), "coefficients": list(terms.values()), "floor": level.floor - constant})
    asked = json.dumps(
        {**program.arrays(), "objectives": objectives, "options": dict(options), "seconds": seconds, "target": target}
    )
    building = time.perf_counter() - began
    try:
        done = subprocess.run(
            [sys.executable, "-P", str(WORKER)], input=asked, capture_output=True, text=True, timeout=seconds + PATIENCE
        )
    except subprocess.TimeoutExpired:
        return PeerAnswer("unknown", False, (), building, seconds + PATIENCE)
    if done.returncode:
        raise RuntimeError(f"the process of HiGHS ended with {done.returncode}: {done.stderr[-2000:]}")
    found = json.loads(done.stdout)
    pieces: tuple[Placed, ...] = ()
    if found["values"] is not None:
        program.check(found["values"])
        pieces = read_off(enc, program.values(found["values"]))
    return PeerAnswer(found["outcome"], found["proven"], pieces, building, found["solving"])


@dataclass
class Program:
    """A model as rows over integer columns; a column counts the steps of a start grid."""

    model: Model
    lower: list[int] = field(default_factory=list)
    upper: list[int] = field(default_factory=list)
    scale: list[tuple[int, int]] = field(default_factory=list)
    """(first, step) of each variable: its value is first + step x column."""
    rows: list[tuple[Terms, int | None, int | None]] = field(default_factory=list)
    clique: dict[int, int] = field(default_factory=dict)
    """A set of columns of which at most one is 1, by column; each column is in one such set at most."""

    def __post_init__(self) -> None:
        for variable in self.model.proto.variables:
            first, step, most = _grid(list(variable.domain))
            self.scale.append((first, step))
            self.lower.append(0)
            self.upper.append(most)
        self._cliques()
        for constraint in self.model.proto.constraints:
            self._translate(constraint)

    def _cliques(self) -> None:
        for number, constraint in enumerate(self.model.proto.constraints):
            for which in ("at_most_one", "exactly_one"):
                if getattr(constraint, f"has_{which}")():
                    for literal in getattr(constraint, which).literals:
                        if literal >= 0:
                            self.clique.setdefault(int(literal), number)

    def _translate(self, constraint: Any) -> None:
        given = [int(literal) for literal in constraint.enforcement_literal]
        if constraint.has_linear():
            linear = constraint.linear
            domain = [int(end) for end in linear.domain]
            if len(domain) != 2:
                raise ValueError("a linear constraint over a domain with holes")
            terms, constant = self.terms(list(linear.vars), list(linear.coeffs))
            low, high = self._reach(terms)
            if low < domain[0] - constant:
                self._enforced(terms, domain[0] - constant, low, given, 1)
            if high > domain[1] - constant:
                self._enforced(terms, domain[1] - constant, high, given, -1)
        elif constraint.has_bool_or():
            self._clause([*constraint.bool_or.literals, *(_negated(literal) for literal in given)])
        elif constraint.has_bool_and():
            for literal in constraint.bool_and.literals:
                self._clause([literal, *(_negated(other) for other in given)])
        elif (constraint.has_at_most_one() or constraint.has_exactly_one()) and not given:
            exactly = constraint.has_exactly_one()
            literals = (constraint.exactly_one if exactly else constraint.at_most_one).literals
            terms, constant = self._literals(literals)
            self.rows.append((terms, 1 - constant if exactly else None, 1 - constant))
        else:
            raise ValueError(f"a constraint that no linear row states: {constraint}")

    def _enforced(self, terms: Terms, limit: int, extreme: int, given: Sequence[int], sign: int) -> None:
        """terms >= limit (sign 1) or <= limit (sign -1) where all of `given` hold; elsewhere `extreme` is in reach."""
        off, constant = self._literals([_negated(literal) for literal in given])
        slack = limit - extreme
        row = dict(terms)
        for column, n in off.items():
            row[column] = row.get(column, 0) + slack * n
        end = limit - slack * constant
        self.rows.append((row, end, None) if sign > 0 else (row, None, end))

    def _clause(self, literals: Iterable[int]) -> None:
        terms, constant = self._literals(literals)
        self.rows.append((terms, 1 - constant, None))

    def _literals(self, literals: Iterable[int]) -> tuple[Terms, int]:
        """A sum of literals as terms and a constant; -1 - v is the negation of v."""
        terms, constant = Terms(), 0
        for literal in literals:
            column, n = (literal, 1) if literal >= 0 else (-1 - literal, -1)
            constant += n < 0
            first, step = self.scale[column]
            constant += n * first
            terms[column] = terms.get(column, 0) + n * step
        return terms, constant

    def terms(self, variables: Sequence[int], coefficients: Sequence[int]) -> tuple[Terms, int]:
        """A sum over variables as terms over columns and a constant."""
        terms, constant = Terms(), 0
        for variable, n in zip(variables, coefficients, strict=True):
            if variable < 0:
                variable, n, constant = -1 - variable, -n, constant + n
            first, step = self.scale[variable]
            constant += n * first
            terms[variable] = terms.get(variable, 0) + n * step
        return {column: n for column, n in terms.items() if n}, constant

    def _reach(self, terms: Terms) -> tuple[int, int]:
        """Bounds of a sum, of each clique one column."""
        low, high = 0, 0
        ends: dict[int, tuple[int, int]] = {}
        for column, n in terms.items():
            worth = n * self.upper[column]
            if column in self.clique:
                least, most = ends.get(self.clique[column], (0, 0))
                ends[self.clique[column]] = (min(least, worth), max(most, worth))
            else:
                low, high = low + min(0, worth), high + max(0, worth)
        return low + sum(least for least, _ in ends.values()), high + sum(most for _, most in ends.values())

    def arrays(self) -> dict[str, Any]:
        starts, index, value = [0], list[int](), list[int]()
        for terms, _, _ in self.rows:
            index += terms.keys()
            value += terms.values()
            starts.append(len(index))
        return {
            "lower": self.lower,
            "upper": self.upper,
            "row_lower": [low for _, low, _ in self.rows],
            "row_upper": [high for _, _, high in self.rows],
            "starts": starts,
            "index": index,
            "value": value,
        }

    def values(self, columns: Sequence[int]) -> tuple[int, ...]:
        """The value of each of the model's variables."""
        return tuple(first + step * column for (first, step), column in zip(self.scale, columns, strict=True))

    def check(self, values: Sequence[int]) -> None:
        """The rounded solution keeps every row exactly; ArithmeticError if not."""
        if not all(low <= value <= high for low, value, high in zip(self.lower, values, self.upper, strict=True)):
            raise ArithmeticError("a column outside its bounds")
        for terms, low, high in self.rows:
            total = sum(n * values[column] for column, n in terms.items())
            if (low is not None and total < low) or (high is not None and total > high):
                raise ArithmeticError(f"a row is not kept: {low} <= {total} <= {high}")


def _negated(literal: int) -> int:
    return -1 - literal


def _grid(domain: Sequence[int]) -> tuple[int, int, int]:
    """(first, step, number of steps) of a domain given as pairs of ends; ValueError if it is no grid."""
    if len(domain) == 2:
        return int(domain[0]), 1, int(domain[1] - domain[0])
    firsts, lasts = domain[::2], domain[1::2]
    steps = {b - a for a, b in itertools.pairwise(firsts)}
    if firsts != lasts or len(steps) != 1:
        raise ValueError(f"a domain that is no grid: {domain}")
    return int(firsts[0]), int(steps.pop()), len(firsts) - 1
