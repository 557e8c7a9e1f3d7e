"""The figures of a week that people compare: minutes, sessions, load, monotony, sets, rest days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

from microcycle.models.session import MUSCLES
from microcycle.solver.problem import Placed, Problem

AEROBIC = ("run", "cross")
REST_MODES = {"gentle-ok": "active-gentle", "active-ok": "active-active", "strict": "active-strict"}
"""For each value of the policy `rest_mode`, the selector of what ends a day of rest."""


@dataclass(frozen=True)
class Measures:
    """Figures of one week; modalities that do not occur are absent from the mappings."""

    minutes: Mapping[str, int]
    """By modality, finishers and add-ons included."""
    sessions: Mapping[str, int]
    """By modality, without finishers and without kinds that do not count (strides, core, yoga, walks)."""
    metres: Mapping[str, int]
    """By modality; known for running only."""
    aerobic_min: int
    """Running and cross-training."""
    easy_share: Fraction | None
    """(aerobic minutes - fast minutes) / aerobic minutes; None in a week without any."""
    hard_days: tuple[int, ...]
    rest_days: tuple[int, ...]
    """Days without anything that ends rest under the request's `rest_mode`."""
    daily_load: tuple[int, ...]
    """Session-RPE load of each day in AU (Foster 1998)."""
    monotony: float | None
    """Mean / population SD of the seven daily loads (Foster 1998); None where all are the same."""
    strain: float | None
    """Week load x monotony, in AU (Foster 1998)."""
    half_sets: Mapping[str, int]
    """Hard sets of each muscle, in half sets."""
    longest_run_min: int

    @property
    def all_minutes(self) -> int:
        return sum(self.minutes.values())

    @property
    def all_sessions(self) -> int:
        return sum(self.sessions.values())

    @property
    def load(self) -> int:
        return sum(self.daily_load)


def measures(problem: Problem, pieces: Iterable[Placed]) -> Measures:
    """Raises KeyError where the catalogue has no selector for the request's `rest_mode`."""
    week = tuple(pieces)
    minutes: Counter[str] = Counter()
    sessions: Counter[str] = Counter()
    metres: Counter[str] = Counter()
    sets: Counter[str] = Counter()
    loads = [0] * 7
    fast = 0
    for placed in week:
        kind, piece = placed.kind, placed.piece
        minutes[kind.modality] += placed.minutes
        sessions[kind.modality] += placed.counted
        metres[kind.modality] += problem.value("metres", None, piece)
        sets.update(kind.content(placed.minutes).sets)
        loads[placed.day] += problem.value("load", None, piece)
        fast += problem.value("fast-minutes", None, piece) if kind.modality in AEROBIC else 0
    aerobic = sum(minutes[modality] for modality in AEROBIC)
    monotony = _monotony(loads)
    hard = {placed.day for placed in week if placed.kind.intensity_at(placed.minutes) == "hard"}
    ends_rest = REST_MODES[problem.policies.get("rest_mode", "gentle-ok")]
    problem.selectors.names(ends_rest)
    active = {placed.day for placed in week if problem.selectors.holds(ends_rest, placed.piece)}
    runs = [placed.minutes for placed in week if placed.kind.modality == "run" and placed.kind.counts]
    return Measures(
        minutes=dict(+minutes),
        sessions=dict(+sessions),
        metres=dict(+metres),
        aerobic_min=aerobic,
        easy_share=Fraction(aerobic - fast, aerobic) if aerobic else None,
        hard_days=tuple(sorted(hard)),
        rest_days=tuple(day for day in range(7) if day not in active),
        daily_load=tuple(loads),
        monotony=monotony,
        strain=None if monotony is None else sum(loads) * monotony,
        half_sets={muscle: sets[muscle] for muscle in MUSCLES if sets[muscle]},
        longest_run_min=max(runs, default=0),
    )


def _monotony(loads: list[int]) -> float | None:
    total = sum(loads)
    variance = Fraction(7 * sum(load * load for load in loads) - total * total, 49)
    return float(Fraction(total, 7)) / sqrt(variance) if variance else None
