"""An independent audit of a finished week: each rule it breaks, in plain words, and the cost by level."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from microcycle.models.rule import Level
from microcycle.solver.families import MATCHES
from microcycle.solver.problem import Placed, Problem, RuleInstance
from microcycle.solver.sentence import sentence
from microcycle.solver.view import Finding, WeekView

__all__ = ["Audit", "Finding", "Match", "WeekView", "audit"]


@dataclass(frozen=True)
class Match:
    """A rule that the week does not keep, and where."""

    instance: RuleInstance
    finding: Finding

    @cached_property
    def text(self) -> str:
        """The plain sentence; KeyError if the rule's words have a field that no family fills."""
        return sentence(self.instance, self.finding)

    @property
    def family(self) -> str:
        return self.instance.clause.family

    @property
    def cost(self) -> int:
        """In its level; 0 for a hard rule, which has no price."""
        return 0 if self.instance.hard else self.instance.weight * self.finding.amount


@dataclass(frozen=True)
class Audit:
    """All matches, in the order of the problem's rules, and what the soft ones cost in each level."""

    matches: tuple[Match, ...]
    levels: dict[Level, int]
    untimed: bool
    """Some session has no time: its gaps and its order on its day, and its hours, were not judged."""

    @property
    def hard(self) -> tuple[Match, ...]:
        """The matches that no plan may have."""
        return tuple(match for match in self.matches if match.instance.hard)


def audit(problem: Problem, pieces: Iterable[Placed]) -> Audit:
    """Judges the pieces of one week by every rule instance of the problem.

    Raises KeyError for a family without code, TypeError for a limit that is not yet a number, ValueError for
    a length that a kind does not have.
    """
    week = WeekView(problem, tuple(pieces))
    matches: list[Match] = []
    levels: dict[Level, int] = dict.fromkeys(problem.levels, 0)
    for instance in problem.rules:
        if instance.severity == "off":
            continue
        for finding in MATCHES[instance.clause.family](problem, instance.clause, week):
            match = Match(instance, finding)
            matches.append(match)
            if instance.level in levels:
                levels[instance.level] += match.cost
    return Audit(tuple(matches), levels, untimed=any(not seen.timed for seen in week.here))
