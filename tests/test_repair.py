"""What would help where there is no week: minimal conflicts and cheapest repairs, judged by solves of other requests."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import islice

import pytest
from asks import asked
from draws import draws

from benchmarks.tiny import RULES, tiny
from microcycle import plan_week
from microcycle.errors import AuditError, InputError
from microcycle.models.catalogue import catalogue
from microcycle.models.clause import Availability
from microcycle.models.clock import DAY_MIN, DAYS, range_text
from microcycle.models.edit import Edit, edited
from microcycle.models.request import Request
from microcycle.models.rewrite import rewritten
from microcycle.models.week import Repair
from microcycle.solver.causes import HOURS, Cause, causes, coarse
from microcycle.solver.conflict import Conflicts
from microcycle.solver.guarded import Budget, Guarded
from microcycle.solver.places import START_MIN
from microcycle.solver.problem import Problem
from microcycle.solver.repair import Shop, explained
from microcycle.solver.resolve import resolve
from microcycle.solver.search import TUNED, Limits
from microcycle.solver.solve import solve

CHUNKS, EACH = 8, 6
"""So many generated requests without a week in all; a long run has more (`draws`)."""
EVENINGS = "availability: {mon-sun: 17:00-20:00}\n"


def impossible(chunk: int) -> Iterator[Request]:
    """Every CHUNKS-th of the tiny requests that cannot be met."""
    seed = chunk
    while True:
        for family in RULES:
            try:
                request = asked(json.dumps(tiny(seed, family)), "json")
                problem = resolve(request, catalogue())
            except InputError:
                continue
            if solve(problem, Limits(20.0, 600.0)).outcome == "infeasible":
                yield request
        seed += CHUNKS


def budget() -> Budget:
    return Budget(60.0, time.perf_counter() + 600.0, TUNED)


# --- on generated requests ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_generated_requests(chunk: int) -> None:
    for request in islice(impossible(chunk), draws(EACH)):
        found = explained(request, budget())
        assert found.conflicts
        for conflict in found.conflicts:
            assert conflict.minimal
            check_minimal(request, conflict.causes)
        assert found.repairs
        assert [repair.order for repair in found.repairs] == sorted(repair.order for repair in found.repairs)
        for repair in found.repairs:
            check_works(request, repair.edits)
        check_cheapest(request, found.repairs[0].order)


def check_minimal(request: Request, conflict: Sequence[Cause]) -> None:
    """No week keeps all of the causes, and one keeps all but any: solved as requests of their own."""
    if {cause.pin.index for cause in conflict if cause.pin} != set(range(len(request.spec.pinned))):
        return  # without a pin, the goal's numbers would be others
    assert not keeps(request, conflict)
    for member in conflict:
        if member.pin is None and member != HOURS:
            assert keeps(request, [cause for cause in conflict if cause is not member]), member.text


def keeps(request: Request, kept: Sequence[Cause]) -> bool:
    """Whether a week keeps these and no other causes, with the hours between rising and bed free on other days."""
    problem = resolve(request, catalogue())
    grid = request.spec.grid if HOURS in kept or ("grid",) in {cause.path for cause in kept} else START_MIN
    edits = [Edit(("grid",), grid)]
    # On a grid that is among the causes the days' time holds anyway.
    closed = set(range(7)) if grid > START_MIN or HOURS in kept else {cause.day for cause in kept}
    for day in set(range(7)) - closed:
        ours = [w for w in problem.windows if w.day == day]
        low = min([day * DAY_MIN + problem.nights.wake[day], *(w.open for w in ours)])
        high = max([day * DAY_MIN + min(problem.nights.bed[day], DAY_MIN), *(w.close for w in ours)])
        edits.append(Edit(("availability", DAYS[day]), range_text((low - day * DAY_MIN, high - day * DAY_MIN))))
    open_week = resolve(edited(request, edits), catalogue(), cut=False)
    names = {(cause.rule, cause.path, cause.text) for cause in kept}
    held = {i.index for c in causes(open_week, request) if (c.rule, c.path, c.text) in names for i in c.instances}
    rules = tuple(i for i in open_week.rules if i.index in held or (isinstance(i.clause, Availability) and i.hard))
    return solve(replace(open_week, rules=rules), Limits(60.0, 600.0)).outcome == "solved"


def check_works(request: Request, edits: Collection[Edit]) -> None:
    """The file's own text, changed and read again, has a week."""
    again = asked(rewritten(request, edits), request.document.kind)
    assert solve(resolve(again, catalogue()), Limits(20.0, 600.0)).outcome == "solved"


def check_cheapest(request: Request, order: object) -> None:
    """No single cause, given up by as little as will do, is cheaper."""
    problem: Problem = resolve(request, catalogue(), hours="all", cut=False)
    shop = Shop(request, Guarded(problem, causes(problem, request), budget()))
    single = [cause for cause in causes(problem, request) if shop.may_go(cause)] + [coarse(request)] * (
        request.spec.grid > START_MIN
    )
    alone = (shop.repair([cause]) for cause in single)
    best = min((repair.order for repair in alone if repair is not None), default=None)
    assert best is None or best == order


# --- one by one -----------------------------------------------------------------------------------------------------

HEAVY = "pinned: [{session: heavy-lower, day: mon, start: '18:00'}, {session: heavy-lower, day: tue, start: '18:00'}]\n"
BEGINNER = (
    "athlete: {experience: beginner}\ngoal: health-longevity\navailability: {tue: 18:00-19:30, thu: 18:00-19:30}\n"
    "want: {lifts: 3}\n"
)
CASES: dict[str, tuple[str, list[str]]] = {
    "a count, a rule, a day": (
        BEGINNER,
        [
            "Ask for 2 lifts instead of 3.",
            "45 minutes on ",
        ],
    ),
    "more time in a window": (
        "goal: hypertrophy\navailability: {mon-fri: 18:00-18:45, sat-sun: 09:00-09:50}\nwant: {leg-day: 1}\n",
        ["Ask for no leg days instead of 1.", "10 more minutes on Sunday: "],
    ),
    "days that are forbidden": (
        f"goal: run-10k\n{EVENINGS}want: {{long-run: 1}}\nforbid: {{long-run: daily}}\n",
        ["Allow long runs on "],
    ),
    "a pin that moves": (
        f"goal: strength-power\n{EVENINGS}{HEAVY}rules: {{heavy-legs-spacing: off, no-back-to-back-hard-days: off}}\n",
        ["Relax the rule same-muscle-48h (hours 30 instead of 48): ", "Move heavy lower body from Monday 18:00 to "],
    ),
    "a rule of which only the numbers give way": (
        "athlete: {experience: {lift: beginner, run: beginner}}\ngoal: health-longevity\n"
        "availability: {tue: 18:00-20:00, thu: 18:00-20:00}\nwant: {lifts: 2, swim-easy: 2}\n",
        ["Relax the rule max-sessions-per-day (visits 2 instead of 1): Visits a day: at most 2;"],
    ),
    "what others have fixed": (
        f"goal: strength-power\n{EVENINGS}want: {{lifts: 3-4}}\n"
        "pinned: [{session: team, counts_as: heavy-lower, day: mon, start: '18:00'}, "
        "{session: heavy-lower, day: tue, start: '18:00'}]\n",
        ["Move heavy lower body from Tuesday 18:00 to "],
    ),
    "safety, last": (
        "goal: run-10k\navailability: {mon-sun: 00:00-24:00}\nhistory: {longest_run_30d: 60}\n"
        "pinned: [{session: long-run, day: sat, start: '18:00', minutes: 100}]\n",
        ["Shorten the long run on Saturday from 100 to 65 minutes.", "Let the rule single-run-spike give way"],
    ),
    "a distance": (
        "goal: run-10k\navailability: {mon-sun: 00:00-24:00}\nwant: {run_distance: 40-45 km}\nhistory: {run_minutes: 100}\n",
        ["Ask for 23-45 km of running instead of 40-45 km.", "Let the rule weekly-run-ramp give way"],
    ),
    "a coarse grid": (
        "goal: run-5k\ngrid: 60\navailability: {mon: 18:00-19:20, wed: 18:00-19:00}\npolicies: {separation: gap-none}\n"
        "want: {easy-run: {min: 2, max: 2, minutes: 20}, runner-strength: {min: 2, max: 2, minutes: 30}}\n"
        "forbid: {training: [tue, thu, fri, sat, sun]}\n"
        "rules: {max-sessions-per-day: off, same-day-separation: off, same-day-order: off}\n",
        ["Let sessions start every 5 minutes instead of 60."],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_repairs(name: str) -> None:
    text, expected = CASES[name]
    week = plan_week(asked(text))
    told = [change.text for repair in week.repairs for change in repair.changes]
    for wanted in expected:
        assert any(found.startswith(wanted) for found in told), told
    for repair in week.repairs:
        again = asked(rewritten(asked(text), edits_of(repair)))
        assert plan_week(again).outcome == "solved"
        assert repair.sessions


def edits_of(repair: Repair) -> list[Edit]:
    return [Edit(edit.path, edit.value, edit.remove) for change in repair.changes for edit in change.edits]


def test_what_was_not_proven_minimal_is_no_bug_and_what_was_is_checked() -> None:
    request = asked(BEGINNER)
    problem = resolve(request, catalogue(), hours="all", cut=False)
    conflicts = Conflicts(Guarded(problem, causes(problem, request), budget()))
    found = conflicts.look()
    assert found is not None
    spare = next(n for n in range(len(conflicts.ground.causes)) if n not in found)
    conflicts.known = {found | {spare}: False}
    assert [conflict.minimal for conflict in conflicts.told(1)] == [False]
    conflicts.known = {found | {spare}: True}
    with pytest.raises(AuditError, match="not minimal"):
        conflicts.told(1)
    conflicts.known = {frozenset(sorted(found)[1:]): True}
    with pytest.raises(AuditError, match="do not conflict"):
        conflicts.told(1)
