"""Why no week exists: hard rules and pins that cannot all hold, none of which can be left out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

from microcycle.errors import Path
from microcycle.models.catalogue import catalogue
from microcycle.models.clause import Availability, Bound
from microcycle.models.clock import DAY_NAMES, hhmm
from microcycle.models.naming import Naming
from microcycle.solver.cpsat import Lit, Model, Parameters, Var, run
from microcycle.solver.encoding import Encoding
from microcycle.solver.families import POSTS
from microcycle.solver.families.availability import post_pin
from microcycle.solver.problem import Pin, Problem, RuleInstance
from microcycle.solver.sentence import decimal


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
    rules = [Cause(_stated(problem, group), group[0].rule.id, path, tuple(group)) for (_, path), group in grouped.items()]
    return found + sorted(rules, key=lambda cause: cause.path is None)


TIME = Cause("The time there is.", None, ("availability",))
"""The athlete's windows, which hold without a rule."""


class Budget(NamedTuple):
    """How long to look for the causes of a conflict."""

    work: float
    """Deterministic time for each solve."""
    until: float
    """`time.perf_counter` at the end of it all; what has not been left out by then is kept."""


def conflict(
    problem: Problem, parameters: Parameters, budget: Budget, *, anytime: Problem | None = None
) -> tuple[Cause, ...]:
    """A minimal set of causes without a week, found by a deletion filter on a model without objective.

    `anytime` is the same problem in a week that is all free, to tell whether the windows matter. Empty where the windows
    alone leave no week or where the budget was too small to tell; not minimal where it ended before the filter.
    """
    everything = causes(problem)
    model, guards = _guarded(problem, everything)
    kept = list(range(len(everything)))
    core = _core(model, guards, kept, parameters, budget)
    if core is None:
        return ()
    kept = [n for n in kept if n in core]
    for candidate in reversed(list(kept)):
        core = _core(model, guards, [n for n in kept if n != candidate], parameters, budget)
        if core is not None:
            kept = [n for n in kept if n in core]
    found = tuple(everything[n] for n in kept)
    if anytime is None or _stands(anytime, found, parameters, budget):
        return found
    return (*found, _time(problem, found))


def _stands(anytime: Problem, found: Sequence[Cause], parameters: Parameters, budget: Budget) -> bool:
    """Whether the causes conflict even in a week that is all free."""
    named = {(cause.text, cause.path) for cause in found}
    same = [cause for cause in causes(anytime) if (cause.text, cause.path) in named]
    model, guards = _guarded(anytime, same)
    return _core(model, guards, range(len(same)), parameters, budget) is not None


def _guarded(problem: Problem, given: Sequence[Cause]) -> tuple[Model, list[Var]]:
    """A model without objective in which each cause holds where its own literal is true."""
    enc = Encoding(problem, guarded=True)
    guards = [enc.model.new_bool() for _ in given]
    pins: dict[int, Lit] = {
        cause.pin.index: guard for cause, guard in zip(given, guards, strict=True) if cause.pin is not None
    }
    for cause, guard in zip(given, guards, strict=True):
        if cause.pin is not None:
            post_pin(enc, cause.pin, pins)
        enc.guard = guard
        for instance in cause.instances:
            POSTS[instance.clause.family](enc, instance, instance.clause)
        enc.guard = None
    return enc.model, guards


def _core(
    model: Model,
    guards: Sequence[Var],
    held: Sequence[int],
    parameters: Parameters,
    budget: Budget,
) -> set[int] | None:
    """Causes that suffice for infeasibility among those held (not always few); None if a week exists or time is up."""
    model.assume([guards[n] for n in held])
    left = max(0.001, budget.until - time.perf_counter())
    answer = run(model, {**parameters, "max_deterministic_time": budget.work, "max_time_in_seconds": left})
    if answer.status != "infeasible":
        return None
    return {n for n in held if guards[n] in answer.core}


def _pinned(pin: Pin) -> str:
    days = " or ".join(DAY_NAMES[day] for day in pin.days)
    at = f" at {hhmm(pin.start)}" if pin.start is not None else ""
    name = pin.label or pin.kind.name
    return f"{name[:1].upper()}{name[1:]} is fixed on {days}{at}."


def _stated(problem: Problem, group: Sequence[RuleInstance]) -> str:
    """The rule's statement with its numbers, or the bound that the goal or the file asks for."""
    rule, clause = group[0].rule, group[0].clause
    if rule.id in ("session-counts", "volume-targets") and isinstance(clause, Bound):
        return _asked([i.clause for i in group if isinstance(i.clause, Bound)], problem, group[0].path)
    if rule.id == "user-wish":
        text = (clause.text or rule.statement).partition(";")[0]
        return f"{text[:1].upper()}{text[1:]}."
    return rule.statement.format(**group[0].params)


def _asked(clauses: Sequence[Bound], problem: Problem, path: Path | None) -> str:
    """`You want exactly 4 lifts.`, `This goal has no hard endurance sessions.`"""
    noun = Naming(catalogue().selector_rows, problem.kinds).noun(clauses[0].of)
    least = max((c.min for c in clauses if isinstance(c.min, int)), default=None)
    most = min((c.max for c in clauses if isinstance(c.max, int)), default=None)
    quantity = clauses[0].quantity

    def told(number: int) -> str:
        if quantity == "minutes":
            return f"{number} minutes of {noun.doing}"
        if quantity == "metres":
            return f"{decimal(Fraction(number, 1000), 1, up=False)} km of {noun.doing}"
        return f"{number} {noun.one if number == 1 else noun.many}"

    who = "This goal has" if path is None else "You want"
    if most == 0:
        return f"{who} no {noun.many if quantity == 'sessions' else noun.doing}."
    if least is not None and least == most:
        return f"{who} exactly {told(least)}."
    ends = [f"at least {told(least)}"] if least is not None else []
    ends += [f"at most {told(most)}"] if most is not None else []
    return f"{who} {', '.join(ends)}."


def _time(problem: Problem, found: Sequence[Cause]) -> Cause:
    """The windows as a cause; where a session that the others ask for fits in none, that is said."""
    longest = max((w.close - w.open - 2 * w.setup for w in problem.windows), default=0)
    for clause in (instance.clause for cause in found for instance in cause.instances):
        if isinstance(clause, Bound) and clause.min and clause.quantity == "sessions" and clause.per == "week":
            options = [problem.options[o] for o in problem.members(clause.of)]
            least = min((option.minutes for option in options if not option.attached), default=0)
            if least > longest:
                name = Naming(catalogue().selector_rows, problem.kinds).noun(clause.of).one
                text = f"The time there is: a {name} takes {least} minutes or more, the longest window leaves {longest}."
                return replace(TIME, text=text)
    return TIME
