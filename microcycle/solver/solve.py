"""The best week of a problem: parameters with their reasons, the levels in order, statuses, the audit."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Literal

from microcycle.errors import AuditError
from microcycle.models.rule import Level
from microcycle.solver import levels
from microcycle.solver.audit import Audit, audit
from microcycle.solver.calendar import Hours
from microcycle.solver.conflict import Budget, Cause, conflict
from microcycle.solver.cpsat import Answer, Model, Parameters, Var, run, true
from microcycle.solver.encoding import Encoding
from microcycle.solver.families import POSTS
from microcycle.solver.pins import assigned
from microcycle.solver.problem import Pin, Placed, Problem, RuleInstance

TUNED: Parameters = {
    "num_workers": 1,  # weeks are small: eight workers were slower than one; parallelise over athletes
    "random_seed": 1,
    "linearization_level": 2,  # the linear relaxation decides the solve time here
    "cp_model_probing_level": 0,
    "symmetry_level": 0,
    "max_presolve_iterations": 1,  # a second pass finds little: half the time of the costliest weeks, a sixth of the median
    "cut_level": 1,  # a median like 0, and far fewer weeks over a second
    "presolve_inclusion_work_limit": 0,  # or-tools #5274, #5293: wrong certified results after this presolve step
}

TURNS: tuple[tuple[float, Parameters], ...] = (
    (1.5, {}),
    (4.0, {"linearization_level": 1, "cut_level": 0}),
    (inf, {}),
)
"""Deterministic time that a solve gets before it is taken up again another way, with the week and the bound found so far.

How long a proof takes has a heavy tail, and a week that is hard with cuts is seldom hard without, nor the other way round.
"""
Search = tuple[tuple[float, Parameters], ...]
"""Parameters in the order in which a solve tries them, each with its deterministic time."""


@dataclass(frozen=True)
class Limits:
    """How long to try: deterministic time first, seconds on the wall as a backstop."""

    deterministic: float = 60.0
    seconds: float = 120.0


@dataclass(frozen=True)
class LevelValue:
    level: Level
    value: int
    bound: int
    proven: bool


@dataclass
class Stats:
    """Phases in seconds, solver work in deterministic time; for `--stats` and the benchmarks only."""

    seconds: dict[str, float] = field(default_factory=dict)
    solves: list[dict[str, float | str]] = field(default_factory=list)
    deterministic: float = 0.0
    variables: int = 0
    constraints: int = 0
    wall_limit_hit: bool = False
    turn: int = 0
    """Which of its ways the search has come to."""


@dataclass(frozen=True)
class Result:
    """What the solver says of a problem; `pieces` is empty unless a week was found."""

    outcome: Literal["solved", "infeasible", "unknown"]
    pieces: tuple[Placed, ...]
    levels: tuple[LevelValue, ...]
    audit: Audit | None
    stats: Stats
    conflict: tuple[Cause, ...] = ()
    """For an infeasible problem: hard rules and pins that cannot all hold, none of which can be left out."""
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
    for instance in problem.rules:
        if lazy and instance.rule.lazy and not instance.hard:
            waiting[instance.index] = instance
        else:
            POSTS[instance.clause.family](enc, instance, instance.clause)
    return enc, waiting


def solve(
    problem: Problem,
    limits: Limits | None = None,
    *,
    parameters: Parameters | None = None,
    apart: bool = False,
    lazy: bool = True,
    verify: bool = False,
    explain: bool = True,
    uncut: Callable[[Hours], Problem] | None = None,
) -> Result:
    """The best week of a problem, audited.

    `apart` solves each level by itself; `lazy` leaves costly rules out until a week breaks them; `verify` proves every
    answer again with presolve off; `explain` names the conflict where there is no week, from the same problem
    `uncut` if it is given (see `resolve`), and then tells whether time is part of it. None of them changes a level's value.

    Raises AuditError if the audit disagrees.
    """
    limits = limits or Limits()
    until = time.perf_counter() + limits.seconds
    stats = Stats()
    search = _search(parameters or {})
    encoded = _encoded(problem, stats, lazy=lazy)
    result = _run(encoded, limits, search, stats, apart=apart)
    if result.outcome == "infeasible" or verify:
        unpresolved = _search({**(parameters or {}), "cp_model_presolve": False})
        # What ended at once is as it was; more rules may have come to a week.
        encoded = encoded if result.outcome == "infeasible" else _encoded(problem, stats, lazy=lazy)
        again = _run(encoded, limits, unpresolved, stats, apart=apart)
        if _contradict(result, again):
            raise AuditError(f"presolve changes the answer: {_claims(result)} against {_claims(again)}")
        if again.outcome == "unknown" and result.outcome == "infeasible":
            return Result("unknown", (), (), None, stats)
        if verify:
            result = replace(result, verified=result.proven and again.proven)
    if result.outcome == "infeasible" and explain:
        whole, anytime = (problem, None) if uncut is None else (uncut("given"), uncut("all"))
        return replace(result, conflict=conflict(whole, search[0][1], Budget(limits.deterministic, until), anytime=anytime))
    return result


def _search(given: Parameters) -> Search:
    """What was given goes before what is tuned; turns that this makes alike are one."""
    turns = [(work, {**TUNED, **change, **given}) for work, change in TURNS]
    return tuple(turns) if turns[0][1] != turns[1][1] else ((inf, turns[0][1]),)


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
    began = time.perf_counter()
    encoded = encode(problem, lazy=lazy)
    _clocked(stats, "build", began)
    return encoded


def _run(encoded: Encoded, limits: Limits, search: Search, stats: Stats, *, apart: bool) -> Result:
    """Solves with the rules posted so far, audits, posts what the week breaks of the rest, until it breaks none of it.

    Leaving a cost out never raises an optimum, so a week that is optimal without a rule and keeps it is optimal; and what
    was proven of the levels above the rule's own stays true once it is posted.
    """
    enc, waiting = encoded
    problem = enc.problem
    known: list[LevelValue] = []
    best: _Found | None = None
    while True:
        stats.variables, stats.constraints = len(enc.model.high), len(enc.model.proto.constraints)
        found = _descend(enc, waiting.keys(), known, best, limits, search, stats, apart=apart)
        if isinstance(found, Result):
            # Nothing in this round before a limit: the week of the round before breaks no hard rule either.
            return found if best is None else _solved(problem, best, best.values, stats)
        if not found.broken:
            _check(found.audit, found.values, waiting)
            better = min((week for week in (found, best) if week), key=lambda week: _costs(problem, week))
            return _solved(problem, better, found.values, stats)
        best = found
        began = time.perf_counter()
        reached = {waiting[index].level for index in found.broken}
        posted = [waiting.pop(index) for index, instance in sorted(waiting.items()) if instance.level in reached]
        first = min(problem.levels.index(level) for level in reached)
        known = found.values[: first + 1]
        for instance in posted:
            POSTS[instance.clause.family](enc, instance, instance.clause)
        _clocked(stats, "build", began)


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
    """The week as the audit has it; the bounds without the rules that were not posted still hold."""
    known = {value.level: value for value in values}
    found = []
    for level in problem.levels:
        whole = week.audit.levels[level]
        value = known.get(level, LevelValue(level, whole, 0, False))
        found.append(LevelValue(level, whole, value.bound, value.proven and whole == value.value))
    return Result("solved", week.pieces, tuple(found), week.audit, stats)


def _descend(
    enc: Encoding,
    waiting: Collection[int],
    known: Sequence[LevelValue],
    before: _Found | None,
    limits: Limits,
    search: Search,
    stats: Stats,
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
            answer = _solve_group(model, group, limits, search, stats)
            if answer.status == "infeasible":
                if best or known:
                    raise AuditError("a level that was reached cannot be held")
                return Result("infeasible", (), (), None, stats)
            best = answer.values or best
            if not best:
                return Result("unknown", (), (), None, stats)
            if answer.status != "optimal":
                values += _open(best, group, answer)
                values += [_value(level, best, level.floor) for later in groups[number + 1 :] for level in later]
                return _judged(enc, best, values, stats)
        values += [_value(level, best, level.value(best), proven=True) for level in group]
        last = number + 1 == len(groups)
        if solved and not last:
            # A rule of a level so far may as well be posted now: what is found below would have to be found again.
            found = _judged(enc, best, values, stats)
            above = {value.level for value in values}
            early = {m.instance.index for m in found.audit.matches if m.instance.level in above} & set(waiting)
            if early:
                return replace(found, broken=frozenset(early))
        for level in group if not last else ():
            if level.terms:
                model.at_most(level.terms, level.value(best))
    found = _judged(enc, _earliest(enc, model, sums, best, limits, search, stats), values, stats)
    return replace(found, broken=frozenset(m.instance.index for m in found.audit.matches) & frozenset(waiting))


def _judged(enc: Encoding, best: tuple[int, ...], values: list[LevelValue], stats: Stats) -> _Found:
    began = time.perf_counter()
    pieces = read_off(enc, best)
    checked = audit(enc.problem, pieces)
    _clocked(stats, "audit", began)
    return _Found(pieces, values, checked, tuple(best[v] for v in enc.x.values()))


def _earliest(
    enc: Encoding,
    model: Model,
    sums: Sequence[levels.LevelSum],
    best: tuple[int, ...],
    limits: Limits,
    search: Search,
    stats: Stats,
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
    return _least("ties", model, [(v, n) for n, v in enc.ties], limits, search, stats).values or best


def _check(checked: Audit, values: list[LevelValue], waiting: Mapping[int, RuleInstance]) -> None:
    """The audit finds no hard match and, but for rules not posted, the very levels that the solver claims."""
    if checked.hard:
        raise AuditError(f"the planned week breaks {checked.hard[0].instance.rule.id}: {checked.hard[0].text}")
    for value in values:
        matches = [m for m in checked.matches if m.instance.level == value.level and m.instance.index not in waiting]
        found = sum(match.cost for match in matches)
        if found != value.value if value.proven else found > value.value:
            costs = ", ".join(f"{match.instance.rule.id} {match.cost}" for match in matches)
            raise AuditError(f"level {value.level}: the solver says {value.value}, the audit {found} ({costs})")


def _clocked(stats: Stats, phase: str, began: float) -> None:
    stats.seconds[phase] = stats.seconds.get(phase, 0.0) + time.perf_counter() - began


def _value(level: levels.LevelSum, best: tuple[int, ...], bound: int, *, proven: bool = False) -> LevelValue:
    return LevelValue(level.level, level.total(level.value(best)), level.total(bound), proven)


def _open(best: tuple[int, ...], group: list[levels.LevelSum], answer: Answer) -> list[LevelValue]:
    """Values of a group that was not finished; the solver's bound speaks of its first level."""
    first, *lower = levels.weighted(group)
    found = []
    for n, level in enumerate(group):
        bound = level.floor
        if n == 0 and answer.values:
            below = sum(c * other.least for c, other in lower)
            bound = max(bound, -((below - answer.bound) // first[0]) - (1 if lower else 0))
        found.append(_value(level, best, min(bound, level.value(best))))
    return found


def _solve_group(model: Model, group: list[levels.LevelSum], limits: Limits, search: Search, stats: Stats) -> Answer:
    """The least weighted sum of a group of levels."""
    terms: dict[Var, int] = {}
    for coefficient, level in levels.weighted(group):
        for n, v in level.terms:
            terms[v] = terms.get(v, 0) + coefficient * n
    return _least("+".join(level.level for level in group), model, list(terms.items()), limits, search, stats)


def _least(
    name: str, model: Model, objective: Sequence[tuple[Var, int]], limits: Limits, search: Search, stats: Stats
) -> Answer:
    """The least value of an objective, turn by turn until one ends with a proof or a limit is reached."""
    model.minimise([(n, v) for v, n in objective])
    best: Answer | None = None
    for turn, (work, parameters) in enumerate(search[stats.turn :], start=stats.turn):
        stats.turn = turn  # what this week was hard for, it is likely to be hard for again
        left = limits.deterministic - stats.deterministic
        began = time.perf_counter()
        answer = run(
            model,
            {
                **parameters,
                "max_deterministic_time": max(0.001, min(work, left)),
                "max_time_in_seconds": max(0.001, limits.seconds - stats.seconds.get("solve", 0.0)),
            },
        )
        _clocked(stats, "solve", began)
        stats.deterministic += answer.work
        stats.solves.append({"levels": name, "seconds": time.perf_counter() - began, "deterministic": answer.work})
        if answer.status in ("optimal", "infeasible"):
            return answer
        if answer.values:
            best = answer
            value = sum(n * answer.values[v] for v, n in objective)
            model.minimise([(n, v) for v, n in objective], answer.bound, value)
            model.hint({Var(v): value for v, value in enumerate(answer.values)})
        if answer.work < min(work, left):
            stats.wall_limit_hit = True
            break
        if stats.deterministic >= limits.deterministic:
            break
    return best or answer


def read_off(enc: Encoding, values: tuple[int, ...]) -> tuple[Placed, ...]:
    """The pieces of a solution, each visit at the earliest start that its placements, lengths and amounts allow.

    `values` holds the value of each of the model's variables, by index.
    """
    problem = enc.problem
    chosen = {key: bool(values[v]) for key, v in enc.x.items()}
    start = [span.low for span in enc.span]
    pushes = [
        (number, after, offset.value(values))
        for number, after, offset, given in enc.lower_bounds
        if all(true(lit, values) for lit in given)
    ]
    moved = True
    while moved:
        moved = False
        for number, after, offset in pushes:
            wanted = offset + (0 if after is None else start[after])
            if wanted > start[number]:
                start[number] += -((start[number] - wanted) // problem.grid) * problem.grid
                moved = True
    pieces = []
    visits = [0] * 7
    pin_of = _pins(enc, chosen)
    for place in problem.places:
        here = [o for o in enc.choices(place.index) if chosen[place.index, o]]
        at = start[place.index]
        if here:
            visits[place.day] += 1
        for o in here:
            option = problem.options[o]
            pin = pin_of.get((place.index, o))
            pieces.append(
                Placed(
                    option.kind,
                    option.minutes,
                    place.day,
                    at,
                    visits[place.day],
                    option.finisher,
                    pin,
                    place.window,
                    problem.pins[pin].label if pin is not None else "",
                )
            )
            at += option.minutes
    return tuple(pieces)


def _pins(enc: Encoding, chosen: dict[tuple[int, int], bool]) -> dict[tuple[int, int], int]:
    """Which placed option honours which pin, by place and option."""
    problem = enc.problem
    placed = [(place.index, o) for place in problem.places for o in place.options if chosen[place.index, o]]

    def serves(choice: tuple[int, int], pin: Pin) -> bool:
        place, option = problem.places[choice[0]], problem.options[choice[1]]
        here = place.pin == pin.index if pin.start is not None else place.pin is None and place.day in pin.days
        return here and option.kind.id == pin.kind.id and option.minutes in pin.minutes

    return {placed[at]: pin.index for at, pin in assigned(problem.pins, placed, serves).items()}
