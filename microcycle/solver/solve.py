"""The best week of a problem: parameters with their reasons, the levels in order, statuses, the audit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from microcycle.errors import AuditError
from microcycle.models.rule import Level
from microcycle.solver import anchor, levels, wishes
from microcycle.solver.audit import Audit, audit
from microcycle.solver.cpsat import Answer, Model, Parameters
from microcycle.solver.encoding import Encoding
from microcycle.solver.families import POSTS
from microcycle.solver.problem import Placed, Problem, RuleInstance
from microcycle.solver.readoff import read_off
from microcycle.solver.search import UNPRESOLVED, Limits, Search, Stats


@dataclass(frozen=True)
class LevelValue:
    level: Level
    value: int
    bound: int
    proven: bool


@dataclass(frozen=True)
class Result:
    """What the solver says of a problem; `pieces` is empty unless a week was found."""

    outcome: Literal["solved", "infeasible", "unknown"]
    pieces: tuple[Placed, ...]
    levels: tuple[LevelValue, ...]
    audit: Audit | None
    stats: Stats
    verified: bool | None = None
    """Where asked for: whether the second proof came to its end within the limits."""

    @property
    def proven(self) -> bool:
        return self.outcome == "infeasible" or (self.outcome == "solved" and all(v.proven for v in self.levels))


Encoded = tuple[Encoding, dict[int, RuleInstance]]
"""A problem in CP-SAT and the rules that wait, by index."""


def encode(problem: Problem, *, lazy: bool = False) -> Encoded:
    """The problem in CP-SAT and the rules left out, by index; with `lazy`, those are the soft rules that are lazy."""
    enc, waiting = Encoding(problem), dict[int, RuleInstance]()
    if not enc.x:
        enc.model.new_bool()  # a week that is over has a solution, too: one without values would be none
    for instance in problem.rules:
        if lazy and instance.rule.lazy and not instance.hard and instance.index not in problem.ceilings:
            waiting[instance.index] = instance
        else:
            POSTS[instance.clause.family](enc, instance, instance.clause)
    for wish in problem.wishes:
        wishes.post(enc, wish)
    for planned in problem.anchors:
        if planned.holds:
            anchor.post(enc, planned)
    for index, most in problem.ceilings.items():
        enc.cap(index, most)
    return enc, waiting


def solve(
    problem: Problem,
    limits: Limits | None = None,
    *,
    parameters: Parameters | None = None,
    apart: bool = False,
    lazy: bool = True,
    verify: bool = False,
) -> Result:
    """The best week of a problem, audited.

    `apart` solves each level by itself; `lazy` leaves costly rules out until a week breaks them; `verify` proves every
    answer again with presolve off. None of them changes a level's value.

    Raises AuditError if the audit disagrees.
    """
    limits = limits or Limits()
    stats, given = Stats(), parameters or {}
    search = Search(given, limits, stats)
    encoded = _encoded(problem, stats, lazy=lazy)
    result = _run(encoded, search, apart=apart)
    if result.outcome == "infeasible" or verify:
        unpresolved = Search({**given, **UNPRESOLVED}, limits, stats)
        # What ended at once is as it was; more rules may have come to a week.
        encoded = encoded if result.outcome == "infeasible" else _encoded(problem, stats, lazy=lazy)
        again = _run(encoded, unpresolved, apart=apart)
        if _contradict(result, again):
            raise AuditError(f"presolve changes the answer: {_claims(result)} against {_claims(again)}")
        if again.outcome == "unknown" and result.outcome == "infeasible":
            return Result("unknown", (), (), None, stats)
        if verify:
            result = replace(result, verified=result.proven and again.proven)
    return result


def _contradict(one: Result, other: Result) -> bool:
    """Whether two answers cannot both be true; either may have stopped before its proof."""
    if "unknown" in (one.outcome, other.outcome):
        return False
    if one.outcome != other.outcome:
        return True
    first = next(((a, b) for a, b in zip(one.levels, other.levels, strict=True) if a.value != b.value), None)
    # The first level in which they differ: whoever is worse there cannot have proven it.
    return first is not None and max(first, key=lambda level: level.value).proven


def _claims(result: Result) -> tuple[object, ...]:
    return result.outcome, tuple((v.level, v.value, v.proven) for v in result.levels)


def _encoded(problem: Problem, stats: Stats, *, lazy: bool) -> Encoded:
    with stats.clocked("build"):
        return encode(problem, lazy=lazy)


def _run(encoded: Encoded, search: Search, *, apart: bool) -> Result:
    """Solves with the rules posted so far, audits, posts what the week breaks of the rest, until it breaks none of it.

    Leaving a cost out never raises an optimum, so a week that is optimal without a rule and keeps it is optimal; and what
    was proven of the levels above the rule's own stays true once it is posted.
    """
    enc, waiting = encoded
    problem, stats = enc.problem, search.stats
    known: list[LevelValue] = []
    best: _Found | None = None
    while True:
        stats.variables, stats.constraints = len(enc.model.high), len(enc.model.proto.constraints)
        found = _descend(enc, waiting.keys(), known, best, search, apart=apart)
        if isinstance(found, Result):
            # Nothing in this round before a limit: the week of the round before breaks no hard rule either.
            return found if best is None else _solved(problem, best, best.values, stats)
        if not found.broken:
            _check(problem, found.pieces, found.audit, found.values, waiting)
            better = min((week for week in (found, best) if week), key=lambda week: _costs(problem, week))
            return _solved(problem, better, found.values, stats)
        best = found
        reached = {waiting[index].level for index in found.broken}
        posted = [waiting.pop(index) for index, instance in sorted(waiting.items()) if instance.level in reached]
        first = min(problem.levels.index(level) for level in reached)
        known = found.values[: first + 1]
        with stats.clocked("build"):
            for instance in posted:
                POSTS[instance.clause.family](enc, instance, instance.clause)


@dataclass(frozen=True)
class _Found:
    """A week, what is known of the levels down to where it was found, and the rules to post before going on."""

    pieces: tuple[Placed, ...]
    values: list[LevelValue]
    audit: Audit
    choices: tuple[int, ...]
    """Values of the variables that say what stands where, in the order of Encoding.x."""
    broken: frozenset[int] = frozenset()


def _costs(problem: Problem, week: _Found) -> list[int]:
    return [week.audit.levels[level] for level in problem.levels]


def _solved(problem: Problem, week: _Found, values: Sequence[LevelValue], stats: Stats) -> Result:
    """The week as the audit has it; bounds without the rules that were not posted hold down to the first open level."""
    known = {value.level: value for value in values}
    found: list[LevelValue] = []
    for level in problem.levels:
        whole, value = week.audit.levels[level], known.get(level)
        if value is None or not all(above.proven for above in found):
            found.append(LevelValue(level, whole, 0, False))
        else:
            found.append(LevelValue(level, whole, value.bound, value.proven and whole == value.value))
    return Result("solved", week.pieces, tuple(found), week.audit, stats)


def _descend(
    enc: Encoding,
    waiting: Collection[int],
    known: Sequence[LevelValue],
    before: _Found | None,
    search: Search,
    *,
    apart: bool,
) -> _Found | Result:
    """Level group by level group, each held while the next is improved, until a week breaks a rule that is waiting.

    `known` are levels proven before: all but the last of them can be reached again, the last is a bound. The search begins
    at the week found `before`.
    """
    model = enc.model.copy()  # what holds the levels must not stay in the encoding: more rules may follow
    best: tuple[int, ...] = ()
    sums = levels.level_sums(enc)
    for level, value in zip(sums, known, strict=False):
        model.at_least(level.terms, level.reduced(value.value))
        if value is not known[-1]:
            model.at_most(level.terms, level.reduced(value.value))
    if before is not None:
        model.hint(dict(zip(enc.x.values(), before.choices, strict=True)))
    values = list(known[:-1])
    groups = levels.pack(sums[len(values) :], apart=apart)
    for number, group in enumerate(groups):
        solved = not best or any(level.value(best) != level.floor for level in group)
        if solved:
            if best:
                model.hint({v: best[v] for v in enc.x.values()})
            answer = _solve_group(model, group, search)
            if answer.status == "infeasible":
                if best or known:
                    raise AuditError("a level that was reached cannot be held")
                return Result("infeasible", (), (), None, search.stats)
            best = answer.values or best
            if not best:
                return Result("unknown", (), (), None, search.stats)
            if answer.status != "optimal":
                values += _open(best, group, answer)
                values += [_value(level, best, level.floor) for later in groups[number + 1 :] for level in later]
                return _judged(enc, best, values, search.stats)
        values += [_value(level, best, level.value(best), proven=True) for level in group]
        last = number + 1 == len(groups)
        if solved and not last:
            # A rule of a level so far may as well be posted now: what is found below would have to be found again.
            found = _judged(enc, best, values, search.stats)
            above = {value.level for value in values}
            early = {m.instance.index for m in found.audit.matches if m.instance.level in above} & set(waiting)
            if early:
                return replace(found, broken=frozenset(early))
        for level in group if not last else ():
            if level.terms:
                model.at_most(level.terms, level.value(best))
    found = _judged(enc, _earliest(enc, model, sums, best, search), values, search.stats)
    return replace(found, broken=frozenset(m.instance.index for m in found.audit.matches) & frozenset(waiting))


def _judged(enc: Encoding, best: tuple[int, ...], values: list[LevelValue], stats: Stats) -> _Found:
    pieces = read_off(enc, best)
    with stats.clocked("audit"):
        checked = audit(enc.problem, pieces)
    return _Found(pieces, values, checked, tuple(best[v] for v in enc.x.values()))


def _earliest(
    enc: Encoding,
    model: Model,
    sums: Sequence[levels.LevelSum],
    best: tuple[int, ...],
    search: Search,
) -> tuple[int, ...]:
    """The same sessions at the same places, at no higher cost, each as early in the day as that allows.

    Where a habit may ask for a later part of the day, nothing else keeps a visit from drifting there for no gain.
    """
    if not any(best[v] for _, v in enc.ties):
        return best
    for v in enc.x.values():
        model.fix(v, best[v])
    for level in sums:
        model.at_most(level.terms, level.value(best))
    return search.least("ties", model, enc.ties).values or best


def _check(
    problem: Problem,
    pieces: Sequence[Placed],
    checked: Audit,
    values: list[LevelValue],
    waiting: Mapping[int, RuleInstance],
) -> None:
    """The audit finds no hard match and, but for rules not posted, the very levels that the solver claims."""
    if checked.hard:
        raise AuditError(f"the planned week breaks {checked.hard[0].instance.rule.id}: {checked.hard[0].text}")
    if ignored := [wish.text for wish in problem.wishes if not wishes.granted(problem, wish, pieces)]:
        raise AuditError(f"the planned week is not as wished: {ignored[0]}")
    if not anchor.keeps(problem, pieces):
        raise AuditError("the planned week changes more than it may")
    for index, most in problem.ceilings.items():
        if sum(match.finding.amount for match in checked.matches if match.instance.index == index) > most:
            raise AuditError(f"the planned week breaks {problem.rules[index].rule.id} further than it may")
    for value in values:
        matches = [m for m in checked.matches if m.instance.level == value.level and m.instance.index not in waiting]
        found = sum(match.cost for match in matches)
        if found != value.value if value.proven else found > value.value:
            costs = ", ".join(f"{match.instance.rule.id} {match.cost}" for match in matches)
            raise AuditError(f"level {value.level}: the solver says {value.value}, the audit {found} ({costs})")


def _value(level: levels.LevelSum, best: tuple[int, ...], bound: int, *, proven: bool = False) -> LevelValue:
    return LevelValue(level.level, level.total(level.value(best)), level.total(bound), proven)


def _open(best: tuple[int, ...], group: list[levels.LevelSum], answer: Answer) -> list[LevelValue]:
    """Values of a group that was not finished; the solver's bound speaks of its levels down to the first open one."""
    found = []
    left: int | None = answer.bound if answer.values else None
    parts = levels.weighted(group)
    for n, (coefficient, level) in enumerate(parts):
        value, bound = level.value(best), level.floor
        if left is not None:
            # All that is below comes to less than one unit of this level more than its least.
            bound = max(bound, (left - sum(c * lower.least for c, lower in parts[n + 1 :])) // coefficient)
        reached = left is not None and bound >= value
        found.append(_value(level, best, min(bound, value), proven=reached))
        left = left - coefficient * value if reached and left is not None else None
    return found


def _solve_group(model: Model, group: list[levels.LevelSum], search: Search) -> Answer:
    """The least weighted sum of a group of levels."""
    return search.least("+".join(level.level for level in group), model, levels.summed(group))
