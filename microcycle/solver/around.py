"""What stands around the sessions of a finished week: what was asked for, and the rest that rules protect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from microcycle.models.catalogue import catalogue
from microcycle.models.clause import Bound, SpacingDays, SpacingHours
from microcycle.models.naming import Naming
from microcycle.models.planned import Aim, Gap, KeptRule, PlannedSession
from microcycle.models.rule import Level
from microcycle.models.session import Muscle
from microcycle.solver.families import spacing_days, spacing_hours
from microcycle.solver.problem import Problem
from microcycle.solver.view import DAYS, WeekView, whole

ASKED = ("session-counts", "volume-targets", "weekly-sets", "overshoot")
"""The rules into which the goal's card and the file's wishes are written."""
UNITS = {"sessions": ("sessions", 1), "minutes": ("min", 1), "metres": ("m", 1), "sets": ("sets", 2)}
"""For each quantity its unit, and how many of the quantity are one."""
Key = tuple[str, str, Muscle | None]


def aims(problem: Problem, week: WeekView, sessions: Sequence[PlannedSession]) -> tuple[Aim, ...]:
    """The ranges that the week is to reach, by level and then as the card has them; `sessions` are the week's pieces."""
    found: dict[Key, tuple[Level, set[int], set[int]]] = {}
    for instance in problem.rules:
        clause = instance.clause
        if instance.rule.id not in ASKED or not isinstance(clause, Bound) or clause.per != "week" or clause.on:
            continue
        if clause.quantity not in UNITS or instance.severity == "off":
            continue
        for muscle in clause.muscles or (None,):
            _, lows, highs = found.setdefault((clause.quantity, clause.of, muscle), (instance.level, set(), set()))
            lows |= set() if clause.min is None else {whole(clause.min)}
            highs |= set() if clause.max is None else {whole(clause.max)}
    order = [*problem.levels, *(level for level, _, _ in found.values() if level not in problem.levels)]
    by_level = sorted(found, key=lambda key: order.index(found[key][0]))
    told = (_aim(problem, week, sessions, key, *found[key]) for key in by_level)
    # That nothing is asked for goes without saying, unless there is something.
    return tuple(aim for aim in told if aim.low or aim.target or aim.value)


def _aim(
    problem: Problem,
    week: WeekView,
    sessions: Sequence[PlannedSession],
    key: Key,
    level: Level,
    lows: set[int],
    highs: set[int],
) -> Aim:
    """The least of what is asked at least, and the most of what is asked at most; the target lies between them."""
    quantity, of, muscle = key
    unit, per = UNITS[quantity]
    noun = Naming(catalogue().selector_rows, problem.kinds).noun(of)
    between = {*(lows - {min(lows, default=0)}), *(highs - {max(highs, default=0)})}
    target = max(between, default=None)
    counted = {seen.rank for seen in week.of(of)} if quantity == "sessions" else None

    def number(value: int | None) -> int | float | None:
        return None if value is None else value // per if value % per == 0 else value / per

    return Aim(
        what=muscle or (noun.many if quantity == "sessions" else noun.doing),
        unit=cast(Any, unit),
        level=level,
        low=number(min(lows, default=None)),
        target=number(target),
        high=number(max(highs, default=None)),
        value=number(week.total(quantity, muscle, week.on(of, DAYS))) or 0,
        sessions=None if counted is None else tuple(s.id for n, s in enumerate(sessions) if n in counted),
    )


def gaps(problem: Problem, week: WeekView, sessions: Sequence[PlannedSession]) -> tuple[Gap, ...]:
    """Between sessions of the week and the next ones of which a rule wants them apart; only what the week keeps."""
    found: dict[tuple[int, int], list[KeptRule]] = {}
    for instance in problem.rules:
        clause = instance.clause
        if instance.severity == "off":
            continue
        if isinstance(clause, SpacingHours):
            pairs, hours, measured = spacing_hours.kept(clause, week), whole(clause.hours), clause.measured
        elif isinstance(clause, SpacingDays):
            pairs, hours, measured = spacing_days.kept(clause, week), None, None
        else:
            continue
        rule = KeptRule(rule=instance.rule.id, severity="hard" if instance.hard else "soft", hours=hours, measured=measured)
        for pair in pairs:
            known = found.setdefault(pair, [])
            if rule not in known:
                known.append(rule)
    here = week.here
    return tuple(
        Gap(
            before=sessions[first].id,
            after=sessions[then].id,
            hours=round((here[then].real_start - here[first].real_end) / 60, 2),
            rules=tuple(sorted(rules, key=lambda kept: (kept.severity != "hard", -(kept.hours or 24), kept.rule))),
        )
        for (first, then), rules in sorted(found.items())
    )
