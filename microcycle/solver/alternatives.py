"""Weeks that are really different from the best one, and nearly as good."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from microcycle.errors import AuditError
from microcycle.models.rule import Level
from microcycle.solver import levels
from microcycle.solver.audit import audit
from microcycle.solver.cpsat import Model, Term
from microcycle.solver.encoding import Encoding
from microcycle.solver.problem import Placed, Problem
from microcycle.solver.readoff import read_off
from microcycle.solver.search import INTERRUPTIBLE, Limits, Search, Stats
from microcycle.solver.solve import LevelValue, Result, encode

LOSS: Level = "convenience"
"""Where an alternative may cost more; in every other level it is as good as the best week."""


def alternatives(problem: Problem, best: Result, number: int, within: int, limits: Limits) -> Iterator[Result]:
    """Up to so many weeks, each with the most sessions on other days than in any week before it, then the best such one.

    `within` is what they may cost more in convenience. The best week and each of them are told apart by how many sessions
    of a kind a day holds; one that differs in no day is none.
    """
    stats = Stats()
    search = Search(INTERRUPTIBLE, limits, stats)
    enc, _ = encode(problem)
    sums = levels.level_sums(enc)
    known: list[tuple[Placed, ...]] = [best.pieces]
    for _ in range(number):
        model = enc.model.copy()
        for level, value in zip(sums, best.levels, strict=True):
            model.at_most(level.terms, level.reduced(value.value + (within if level.level == LOSS else 0)))
        kept = [_kept(enc, model, pieces) for pieces in known]
        most = model.new_int(max(len(pieces) for pieces in known))
        for terms in kept:
            model.at_most([*terms, (-1, most)], 0)
        answer = search.least("alternatives", model, [(1, most)])
        if not answer.values or answer.values[most] >= min(len(_counted(pieces)) for pieces in known):
            return
        proven = answer.status == "optimal"
        for terms in kept:
            model.at_most(terms, answer.values[most])
        values = answer.values
        for group in levels.pack(sums):
            model.hint({v: values[v] for v in enc.x.values()})
            answer = search.least("alternatives", model, levels.summed(group))
            if not answer.values:
                break
            values, proven = answer.values, proven and answer.status == "optimal"
            for level in group:
                model.at_most(level.terms, level.value(values))
        pieces = read_off(enc, values)
        known.append(pieces)
        yield _result(problem, pieces, proven, stats)


def _counted(pieces: Sequence[Placed]) -> list[Placed]:
    return [piece for piece in pieces if piece.counted]


def _kept(enc: Encoding, model: Model, pieces: Sequence[Placed]) -> list[Term]:
    """Terms that come to how many sessions a week has of a kind on a day that these have too."""
    terms: list[Term] = []
    for (kind, day), count in sorted(Counter((piece.kind.id, piece.day) for piece in _counted(pieces)).items()):
        here = [lit for place in enc.days()[day] for lit, piece in enc.lits(place, kind) if not piece.finisher]
        same = model.new_int(count)
        for n in range(1, count + 1):
            # n or more of them there: n are the same.
            least = model.new_bool()
            model.at_most([*((1, lit) for lit in here), (-len(here), least)], n - 1)
            model.at_least([(1, same)], n, [least])
        terms.append((1, same))
    return terms


def _result(problem: Problem, pieces: tuple[Placed, ...], proven: bool, stats: Stats) -> Result:
    """The week with its levels as the audit has them. AuditError for a hard match, which cannot be."""
    found = audit(problem, pieces)
    if found.hard:
        raise AuditError(f"the alternative breaks {found.hard[0].instance.rule.id}: {found.hard[0].text}")
    values = tuple(LevelValue(level, found.levels[level], 0, proven) for level in problem.levels)
    return Result("solved", pieces, values, found, stats)
