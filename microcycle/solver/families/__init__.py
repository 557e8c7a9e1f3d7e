"""One module per rule family, each saying it twice: `post()` for the solver, `matches()` in plain Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

from microcycle.models.clause import AnyClause
from microcycle.solver.families import (
    availability,
    bound,
    clock,
    declaration,
    first_after,
    habit,
    load_shape,
    longest_window,
    share,
    spacing_days,
    spacing_hours,
    stability,
    streak,
    when,
)
from microcycle.solver.problem import Problem
from microcycle.solver.view import Finding, WeekView

# Each function takes its own clause class only; the registry's key is what tells them apart.
Matches = Callable[[Problem, Any, WeekView], Iterator[Finding]]
MATCHES: Mapping[str, Matches] = {
    "availability": availability.matches,
    "bound": bound.matches,
    "clock": clock.matches,
    "declaration": declaration.matches,
    "first-after": first_after.matches,
    "habit": habit.matches,
    "load-shape": load_shape.matches,
    "longest-window": longest_window.matches,
    "share": share.matches,
    "spacing-days": spacing_days.matches,
    "spacing-hours": spacing_hours.matches,
    "stability": stability.matches,
    "streak": streak.matches,
    "when": when.matches,
}


def families() -> frozenset[str]:
    """The names of all families that a rule may use."""
    union = get_args(AnyClause)[0]
    return frozenset(get_args(clause.model_fields["family"].annotation)[0] for clause in get_args(union))


def require_all(registry: Mapping[str, object]) -> None:
    """RuntimeError if a family of the data has no function here, or the other way round."""
    stray = families() ^ registry.keys()
    if stray:
        raise RuntimeError(f"families without code, or code without family: {sorted(stray)}")


# The solver half of each family: same modules, same keys.
POSTS: Mapping[str, Callable[..., None]] = {
    "availability": availability.post,
    "bound": bound.post,
    "clock": clock.post,
    "declaration": declaration.post,
    "first-after": first_after.post,
    "habit": habit.post,
    "load-shape": load_shape.post,
    "longest-window": longest_window.post,
    "share": share.post,
    "spacing-days": spacing_days.post,
    "spacing-hours": spacing_hours.post,
    "stability": stability.post,
    "streak": streak.post,
    "when": when.post,
}
# A rule whose family nobody registered must not pass for a rule that is kept.
require_all(MATCHES)
require_all(POSTS)
