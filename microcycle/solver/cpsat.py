"""CP-SAT's own core: a model as the solver's lists of integers, and the one call that solves it.

`ortools.sat.python.cp_model` fills the same lists, but brings pandas along: importing that takes longer than most weeks
take to solve, and nearly half of a process's memory. Only this module knows the core.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ortools.sat.python import cp_model_helper as core

if TYPE_CHECKING:

    class Var:
        """A variable, or the negation ~v of a Boolean one: at run time an index of the solver, v or -1 - v.

        Here it is a type of its own, because arithmetic on an index would be a mistake: see Expr.
        """

        def __init__(self, index: int) -> None: ...
        def __index__(self) -> int: ...
        def __invert__(self) -> Var: ...
        def __lt__(self, other: Var | int) -> bool: ...
else:
    Var = int

Lit = Var | bool
"""A Boolean variable or its negation, or a value known when the model is built."""
Term = tuple[int, Var]
Status = Literal["optimal", "feasible", "infeasible", "unknown", "invalid"]
Parameters = Mapping[str, int | float | bool | str]
"""Fields of CP-SAT's SatParameters."""
_LEAST = -(2**63)
_BOOL = core.IntegerVariableProto()
_BOOL.domain.extend([0, 1])
_STATUS: Mapping[Any, Status] = {
    core.CpSolverStatus.OPTIMAL: "optimal",
    core.CpSolverStatus.FEASIBLE: "feasible",
    core.CpSolverStatus.INFEASIBLE: "infeasible",
    core.CpSolverStatus.UNKNOWN: "unknown",
    core.CpSolverStatus.MODEL_INVALID: "invalid",
}


@dataclass(frozen=True, slots=True)
class Expr:
    """A linear expression: terms (coefficient, variable), no variable negated, and a constant."""

    terms: tuple[Term, ...] = ()
    constant: int = 0

    def __add__(self, other: Expr | int) -> Expr:
        if isinstance(other, int):
            return Expr(self.terms, self.constant + other)
        return Expr((*self.terms, *other.terms), self.constant + other.constant)

    __radd__ = __add__

    def __neg__(self) -> Expr:
        return Expr(tuple((-n, v) for n, v in self.terms), -self.constant)

    def __sub__(self, other: Expr | int) -> Expr:
        return self + -other

    def __rsub__(self, other: int) -> Expr:
        return -self + other

    def value(self, values: tuple[int, ...]) -> int:
        """Its value in a solution: the values of all variables, by index."""
        return self.constant + sum(n * values[v] for n, v in self.terms)


def merged(terms: Iterable[Term]) -> tuple[Term, ...]:
    """The terms with each variable once."""
    found: dict[Var, int] = {}
    for n, v in terms:
        found[v] = found.get(v, 0) + n
    return tuple((n, v) for v, n in found.items() if n)


def negate(lit: Lit) -> Lit:
    return (not lit) if isinstance(lit, bool) else ~lit


def bounds(terms: Iterable[tuple[int, Lit]]) -> tuple[int, list[Term], int, int]:
    """(constant, free terms merged by variable, least, most) of a sum over literals."""
    constant, merged = 0, dict[Var, int]()
    for n, lit in terms:
        if lit is True:
            constant += n
        elif lit is not False:
            if lit < 0:  # n (1 - v)
                constant, n, lit = constant + n, -n, ~lit
            merged[lit] = merged.get(lit, 0) + n
    free = [(n, v) for v, n in merged.items() if n]
    low = high = constant
    for n, _ in free:
        if n < 0:
            low += n
        else:
            high += n
    return constant, free, low, high


def true(lit: Var, values: tuple[int, ...]) -> bool:
    """Whether a literal holds in a solution."""
    return not values[~lit] if lit < 0 else bool(values[lit])


class Model:
    """Variables and constraints as CP-SAT's lists; `proto` is what the solver reads."""

    def __init__(self) -> None:
        self.proto = core.CpModelProto()
        self.high: list[int] = []
        """The largest value of each variable."""
        self._variables = self.proto.variables
        self._constraints = self.proto.constraints

    def copy(self) -> Model:
        other = Model()
        other.proto.copy_from(self.proto)
        other.high = list(self.high)
        return other

    def new_bool(self) -> Var:
        self._variables.append(_BOOL)  # a copy; a quarter of what new_int takes
        self.high.append(1)
        return Var(len(self.high) - 1)

    def new_int(self, most: int) -> Var:
        """A variable from 0 to `most`."""
        self._variables.add().domain.extend([0, most])
        self.high.append(most)
        return Var(len(self.high) - 1)

    def new_grid(self, values: Sequence[int]) -> Var:
        """A variable with one of some values, in ascending order."""
        self._variables.add().domain.extend([end for value in values for end in (value, value)])
        self.high.append(values[-1])
        return Var(len(self.high) - 1)

    def fix(self, v: Var, value: int) -> None:
        domain = self._variables[v].domain
        domain.clear()
        domain.extend([value, value])

    def clause(self, lits: Sequence[Var]) -> None:
        """Some literal is true."""
        self._constraints.add().bool_or.literals.extend(lits)

    def imply(self, a: Var, b: Var) -> None:
        constraint = self._constraints.add()
        constraint.enforcement_literal.append(a)
        constraint.bool_and.literals.append(b)

    def at_most_one(self, lits: Sequence[Var]) -> None:
        self._constraints.add().at_most_one.literals.extend(lits)

    def exactly_one(self, lits: Sequence[Var]) -> None:
        self._constraints.add().exactly_one.literals.extend(lits)

    def at_most(self, terms: Sequence[Term], most: int, given: Sequence[Var] = ()) -> None:
        """sum(n v) <= most where all of `given` hold; each variable once and none negated."""
        constraint = self._constraints.add()
        if given:
            constraint.enforcement_literal.extend(given)
        linear = constraint.linear
        linear.vars.extend([v for _, v in terms])
        linear.coeffs.extend([n for n, _ in terms])
        linear.domain.extend([_LEAST, most])

    def at_least(self, terms: Sequence[Term], least: int, given: Sequence[Var] = ()) -> None:
        self.at_most([(-n, v) for n, v in terms], -least, given)

    def equal(self, terms: Sequence[Term], to: Var) -> None:
        """sum(n v) = to."""
        linear = self._constraints.add().linear
        linear.vars.extend([*(v for _, v in terms), to])
        linear.coeffs.extend([*(n for n, _ in terms), -1])
        linear.domain.extend([0, 0])

    def product(self, a: Var, b: Var) -> Var:
        """A variable that is a times b."""
        made = self.new_int(self.high[a] * self.high[b])
        product = self._constraints.add().int_prod
        for side, v in ((product.target, made), (product.exprs.add(), a), (product.exprs.add(), b)):
            side.vars.append(v)
            side.coeffs.append(1)
        return made

    def minimise(self, terms: Sequence[Term], least: int | None = None, most: int | None = None) -> None:
        """Replaces an earlier objective; `least` and `most` are known bounds of its best value."""
        self.proto.clear_objective()
        if least is not None and most is not None:
            self.proto.objective.domain.extend([least, most])
        self.proto.objective.vars.extend([v for _, v in terms])
        self.proto.objective.coeffs.extend([n for n, _ in terms])

    def hint(self, values: Mapping[Var, int]) -> None:
        """Where to look first; replaces an earlier hint."""
        self.proto.clear_solution_hint()
        self.proto.solution_hint.vars.extend(list(values))
        self.proto.solution_hint.values.extend(list(values.values()))

    def assume(self, lits: Sequence[Var]) -> None:
        """The next solve holds these; replaces earlier ones."""
        self.proto.assumptions.clear()
        self.proto.assumptions.extend(lits)


@dataclass(frozen=True)
class Answer:
    """What one call of the solver found."""

    status: Status
    values: tuple[int, ...]
    """Of all variables by index; empty without a solution."""
    bound: int
    """No solution has a smaller objective; without meaning where there is no objective."""
    work: float
    """Deterministic time."""
    core: frozenset[Var]
    """Assumptions that cannot hold together, where the model is infeasible; not always few, and empty if none is needed."""


def run(model: Model, parameters: Parameters) -> Answer:
    """Solves a model. ValueError if the model is invalid, AttributeError for a parameter that there is none of."""
    chosen = core.SatParameters()
    for name, value in parameters.items():
        setattr(chosen, name, value)
    solver = core.SolveWrapper()
    solver.set_parameters(chosen)
    response = solver.solve(model.proto)  # type: ignore[no-untyped-call]
    status = _STATUS[response.status]
    if status == "invalid":
        raise ValueError(core.CpSatHelper.validate_model(model.proto))
    return Answer(
        status,
        tuple(response.solution),
        response.inner_objective_lower_bound,
        response.deterministic_time,
        frozenset(map(Var, response.sufficient_assumptions_for_infeasibility)),
    )


def defaults(names: Iterable[str]) -> dict[str, Any]:
    """CP-SAT's own values of some parameters."""
    plain = core.SatParameters()
    return {name: getattr(plain, name) for name in names}
