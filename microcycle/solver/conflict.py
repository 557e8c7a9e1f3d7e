"""Why no week exists: hard rules and pins that cannot all hold, none of which can be left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from microcycle.errors import Path
from microcycle.models.clock import DAY_NAMES, hhmm
from microcycle.models.rule import Availability, Bound
from microcycle.solver.encoding import Encoding
from microcycle.solver.families import POSTS
from microcycle.solver.families.availability import post_pin
from microcycle.solver.problem import Pin, Problem, RuleInstance


@dataclass(frozen=True)
class Cause:
    """A hard rule with all its clauses, a line of the file, or a pin: what a person would drop as one thing."""

    text: str
    rule: str | None
    path: Path | None
    instances: tuple[RuleInstance, ...] = ()
    pin: Pin | None = None


def causes(problem: Problem) -> list[Cause]:
    """All that may be in conflict, the least negotiable first: pins, the file's lines, the rulebook's rows."""
    found = [Cause(_pinned(pin), None, pin.path, pin=pin) for pin in problem.pins]
    grouped: dict[tuple[str, Path | None], list[RuleInstance]] = {}
    for instance in problem.rules:
        if instance.hard and not isinstance(instance.clause, Availability):
            # The rulebook's counts are one cause for each selector, else "your goal's numbers" would be all there is.
            of = instance.clause.of if instance.rule.id == "session-counts" and isinstance(instance.clause, Bound) else ""
            grouped.setdefault((instance.rule.id + of, instance.path), []).append(instance)
    rules = [Cause(_stated(group), group[0].rule.id, path, tuple(group)) for (_, path), group in grouped.items()]
    return found + sorted(rules, key=lambda cause: cause.path is None)


def conflict(problem: Problem, parameters: dict[str, int | float | bool | str], work: float) -> tuple[Cause, ...]:
    """A minimal set of causes without a week, found by a deletion filter on a model without objective.

    `work` is deterministic time for each of its solves. Empty where the windows alone leave no week or where the
    limit was too small to tell.
    """
    enc = Encoding(problem)
    everything = causes(problem)
    guards = []
    for cause in everything:
        enc.guard = enc.model.new_bool_var("")
        guards.append(enc.guard)
        if cause.pin is not None:
            post_pin(enc, cause.pin)
        for instance in cause.instances:
            POSTS[instance.clause.family](enc, instance, instance.clause)
    enc.guard = None
    kept = list(range(len(everything)))
    core = _core(enc.model, guards, kept, parameters, work)
    if core is None:
        return ()
    kept = [n for n in kept if n in core]
    for candidate in reversed(list(kept)):
        core = _core(enc.model, guards, [n for n in kept if n != candidate], parameters, work)
        if core is not None:
            kept = [n for n in kept if n in core]
    return tuple(everything[n] for n in kept)


def _core(
    model: cp_model.CpModel,
    guards: Sequence[cp_model.IntVar],
    held: Sequence[int],
    parameters: dict[str, int | float | bool | str],
    work: float,
) -> set[int] | None:
    """Causes that suffice for infeasibility among those held (not always few); None if a week exists or time is up."""
    trial = model.clone()
    trial.clear_assumptions()
    trial.add_assumptions([guards[n] for n in held])
    solver = cp_model.CpSolver()
    for name, value in parameters.items():
        setattr(solver.parameters, name, value)
    solver.parameters.max_deterministic_time = work
    if solver.solve(trial) != cp_model.INFEASIBLE:
        return None
    found = set(solver.sufficient_assumptions_for_infeasibility())
    return {n for n in held if guards[n].index in found} if found else set()


def _pinned(pin: Pin) -> str:
    days = " or ".join(DAY_NAMES[day] for day in pin.days)
    at = f" at {hhmm(pin.start)}" if pin.start is not None else ""
    return f"{(pin.label or pin.kind.name)} is fixed on {days}{at}."


def _stated(group: Sequence[RuleInstance]) -> str:
    """The rule's statement with its numbers, or the bound that the goal or the file asks for."""
    rule, clause = group[0].rule, group[0].clause
    if rule.id in ("session-counts", "volume-targets") and isinstance(clause, Bound):
        clauses = [i.clause for i in group if isinstance(i.clause, Bound)]
        ends = [_bound(c) for c in clauses]
        if len(clauses) == 2 and clauses[0].min == clauses[1].max:
            ends = [_bound(clauses[1]).replace("at most", "exactly")]
        return f"{clause.of.capitalize()}: {', '.join(ends)}."
    if rule.id == "user-wish":
        return f"{(clause.text or rule.statement).partition(';')[0]}."
    return rule.statement.format(**group[0].params)


def _bound(clause: Bound) -> str:
    unit = {"sessions": "", "minutes": " minutes", "sets": " half sets", "metres": " m"}.get(
        clause.quantity, f" {clause.quantity}"
    )
    if clause.min is not None:
        return f"at least {clause.min}{unit}"
    return f"at most {clause.max}{unit}"
