"""Other weeks: the price of a wish against the oracle, maps against single solves, differences against all pairings."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from math import prod
from random import Random

import oracle
import pytest
from asks import EVENINGS, asked, resolved
from hypothesis import given
from hypothesis import strategies as st
from ordinary import ordinary

from benchmarks.tiny import RULES, problem_of, tiny
from microcycle import NoWeek, compare, plan_week, what_if, why, why_not
from microcycle import alternatives as alternative_weeks
from microcycle.errors import InputError
from microcycle.models.catalogue import catalogue
from microcycle.models.clock import DAY_MIN
from microcycle.models.pairing import Spot, paired
from microcycle.solver import reasons
from microcycle.solver.alternatives import alternatives
from microcycle.solver.audit import audit
from microcycle.solver.flexibility import cells, levels_of, price, rows
from microcycle.solver.problem import Placed, Problem
from microcycle.solver.report import week_of
from microcycle.solver.resolve import resolve
from microcycle.solver.search import Limits
from microcycle.solver.solve import Result, solve
from microcycle.solver.wishes import Wish, granted, parse

CHUNKS, EACH = 6, 20
LIMITS = Limits(20.0, 600.0)
JAMIE = """
athlete: {experience: {lift: intermediate, run: beginner}}
goal: hybrid-vo2-strength
primary: lift
availability: {mon-fri: [06:00-07:30, 17:30-20:30], sat: 08:00-12:00}
forbid: {lifts: tue}
"""


def solvable(chunk: int) -> Iterator[tuple[Random, Problem, list[list[oracle.Plan]], Result]]:
    """Tiny requests that have a week, all of whose weeks can be tried."""
    for seed in itertools.count(chunk, CHUNKS):
        for family in RULES:
            try:
                problem = problem_of(tiny(seed, family))
            except InputError:
                continue
            days = oracle.plans(problem, limit=300)
            if days is None or prod(map(len, days)) > 2000:
                continue
            best = solve(problem, LIMITS)
            if best.pieces:
                yield Random(f"{seed} {family}"), problem, days, best


def wished(rng: Random, problem: Problem, best: Result) -> Wish:
    """Something about a session that the week holds, or might."""
    option = rng.choice([o for o in problem.options if not o.attached])
    kind, day = option.kind.id, rng.choice(sorted({place.day for place in problem.places}))
    starts = [p.start for p in best.pieces if p.kind.id == kind and p.start is not None]
    places = [place for place in problem.places if place.day == day]
    starts += [place.low for place in places] + [rng.randrange(p.low, p.high + 1, problem.grid) for p in places]
    at = rng.choice(starts)
    held = sum(p.kind.id == kind for p in best.pieces)
    return rng.choice(
        (
            Wish("a day", kind, (day,)),
            Wish("an hour", kind, (at // DAY_MIN,), start=at % DAY_MIN),
            Wish("a length", kind, shortest=option.minutes, longest=option.minutes),
            Wish("one fewer", kind, least=max(0, held - 1), most=max(0, held - 1)),
            Wish("one more", kind, least=held + 1, most=held + 1),
            Wish("rest", "active-gentle", (day,), least=0, most=0),
        )
    )


def as_wished(problem: Problem, wish: Wish, pieces: tuple[Placed, ...]) -> bool:
    found = [p for p in pieces if problem.selectors.holds(wish.of, p.piece) and p.day in wish.days]
    found = [p for p in found if wish.shortest <= p.minutes <= wish.longest]
    if wish.start is not None:
        found = [p for p in found if p.start is not None and p.start % DAY_MIN == wish.start]
    return len(found) >= wish.least and (wish.most is None or len(found) <= wish.most)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_price_of_a_wish(chunk: int) -> None:
    granted_at_all = 0
    for rng, problem, days, best in itertools.islice(solvable(chunk), EACH):
        wish = wished(rng, problem, best)
        truth = oracle.best(problem, days, partial(as_wished, problem, wish)).levels
        found = solve(replace(problem, wishes=(wish,)), LIMITS)
        assert found.proven
        assert (tuple(levels_of(found)) if found.pieces or found.outcome == "solved" else None) == truth, wish
        if found.outcome == "solved":
            assert granted(problem, wish, found.pieces)
            granted_at_all += 1
    assert granted_at_all >= EACH // 4


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_price_of_keeping_a_rule(chunk: int) -> None:
    asked_at_all = 0
    for rng, problem, days, best in itertools.islice(solvable(chunk), EACH):
        assert best.audit is not None
        if not best.audit.matches:
            continue
        match = rng.choice(best.audit.matches)
        index = match.instance.index
        most = sum(m.finding.amount for m in best.audit.matches if m.instance.index == index) - match.finding.amount

        def keeps(pieces: tuple[Placed, ...], p: Problem = problem, index: int = index, most: int = most) -> bool:
            return sum(m.finding.amount for m in audit(p, pieces).matches if m.instance.index == index) <= most

        truth = oracle.best(problem, days, keeps).levels
        found = solve(replace(problem, ceilings={index: most}), LIMITS)
        assert found.proven
        assert (tuple(levels_of(found)) if found.outcome == "solved" else None) == truth
        asked_at_all += 1
    assert asked_at_all >= EACH // 4


@pytest.mark.parametrize("seed", range(0, 24, 2))
def test_the_map_is_that_of_single_solves(seed: int) -> None:
    problem = problem_of(ordinary(seed, plain=True))
    best = solve(problem, LIMITS)
    assert best.outcome == "solved"
    found = {(cell.kind, cell.day): cell for cell in cells(problem, best, best.pieces, LIMITS)}
    assert found.keys() == {(kind, day) for kind in rows(best.pieces) for day in range(7)}
    for (kind, day), cell in found.items():
        other = solve(replace(problem, wishes=(Wish("", kind, (day,)),)), LIMITS)
        assert cell.proven
        if other.outcome == "infeasible":
            assert cell.price is None
        else:
            assert cell.price == price(problem, best, other)
        assert cell.held == any((p.kind.id, p.day) == (kind, day) for p in best.pieces)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_alternatives_differ_as_much_as_any_week_could(chunk: int) -> None:
    different = 0
    for _, problem, days, best in itertools.islice(solvable(chunk), EACH):
        if prod(map(len, days)) > 400:
            continue
        most = [v.value + (60 if v.level == "convenience" else 0) for v in best.levels]
        weeks = [tuple(p for plan in plans for p in plan.pieces) for plans in itertools.product(*days)]
        fine = [week for week in weeks if within(problem, week, most)]
        least = min(same(best.pieces, week) for week in fine)
        found = list(alternatives(problem, best, 2, 60, LIMITS))
        if least == same(best.pieces, best.pieces):
            assert not found
            continue
        different += 1
        assert same(best.pieces, found[0].pieces) == least
        values = [tuple(audit(problem, w).levels.values()) for w in fine if same(best.pieces, w) == least]
        assert tuple(levels_of(found[0])) == min(values)
        for other in found:
            assert all(value <= limit for value, limit in zip(levels_of(other), most, strict=True))
    assert different


def within(problem: Problem, week: tuple[Placed, ...], most: list[int]) -> bool:
    pins = [p.pin for p in week if p.pin is not None]
    found = audit(problem, week)
    values = [found.levels[level] for level in problem.levels]
    return len(pins) == len(set(pins)) and not found.hard and all(a <= b for a, b in zip(values, most, strict=True))


def same(one: tuple[Placed, ...], other: tuple[Placed, ...]) -> int:
    """How many sessions of a kind on a day two weeks share."""
    counts = [Counter((p.kind.id, p.day) for p in week if p.kind.counts and not p.finisher) for week in (one, other)]
    return (counts[0] & counts[1]).total()


# --- how a wish is written ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "of", "days", "start", "minutes", "count", "text"),
    [
        ("easy-run=thu", "easy-run", (3,), None, (0, 999), (1, None), "an easy run on Thursday"),
        ("runs = sat,sun", "runs", (5, 6), None, (0, 999), (1, None), "a run on Saturday or Sunday"),
        ("lift=tue 18:30", "lifts", (1,), 1110, (0, 999), (1, None), "a lift on Tuesday at 18:30"),
        ("lift=tue-18:30", "lifts", (1,), 1110, (0, 999), (1, None), "a lift on Tuesday at 18:30"),
        ("lifts=6:30 pm", "lifts", tuple(range(7)), 1110, (0, 999), (1, None), "a lift at 18:30"),
        ("easy-run=40 min", "easy-run", tuple(range(7)), None, (40, 40), (1, None), "an easy run of 40 minutes"),
        ("easy-run=40min fri", "easy-run", (4,), None, (40, 40), (1, None), "an easy run of 40 minutes on Friday"),
        ("lifts=4", "lifts", tuple(range(7)), None, (0, 999), (4, 4), "4 lifts"),
        ("lifts=2-3", "lifts", tuple(range(7)), None, (0, 999), (2, 3), "2-3 lifts"),
        ("rest=wed", "active-gentle", (2,), None, (0, 999), (0, 0), "rest on Wednesday"),
    ],
)
def test_wishes_as_they_are_written(
    written: str, of: str, days: tuple[int, ...], start: int | None, minutes: tuple[int, int], count: object, text: str
) -> None:
    wish = parse(asked(JAMIE), resolved(JAMIE), written)
    assert (wish.of, wish.days, wish.start) == (of, days, start)
    assert (wish.shortest, wish.longest) == minutes
    assert (wish.least, wish.most) == count
    assert wish.text == f"You ask for {text}."


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("thu", "'thu': this is no question; expected SESSION=WHAT"),
        ("easy-rnu=thu", "'easy-rnu=thu': unknown session 'easy-rnu'; expected a session or a group"),
        ("easy-run=someday", "'easy-run=someday': 'someday' is no day"),
        ("easy-run=25:00", "'easy-run=25:00'"),
        ("rest=3", "'rest=3': rest is asked for by days"),
        ("easy-run=7 min", "menu has no easy run of 7 minutes; expected easy runs of"),
        ("swim-easy=thu", "menu has no"),
    ],
)
def test_wishes_that_cannot_be_meant(written: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(asked(JAMIE), resolved(JAMIE), written)
    assert told in str(caught.value)


# --- the answers ----------------------------------------------------------------------------------------------------


def test_why_not_has_its_price_and_what_it_gives_up() -> None:
    found = why_not(asked(JAMIE), "easy-run=mon")
    assert (found.outcome, found.proven, found.comparable) == ("worse", True, True)
    first = next(level for level in found.levels if level.before != level.after)
    assert first.after > first.before
    assert sum(match.cost for match in found.came) > sum(match.cost for match in found.went)
    assert found.week is not None
    assert any((s.day, s.session) == ("mon", "easy-run") for s in found.week.sessions)


def test_what_cannot_be_has_its_conflict() -> None:
    found = why_not(asked(JAMIE), "lifts=tue")
    assert (found.outcome, found.proven, found.week) == ("infeasible", True, None)
    assert {fact.text for fact in found.conflict} == {"You ask for a lift on Tuesday.", "You want no lifts on Tuesday."}
    assert {fact.source for fact in found.conflict} == {None, "week.yaml:6"}


def test_what_the_week_has_already_costs_nothing() -> None:
    week = plan_week(asked(JAMIE))
    session = next(s for s in week.sessions if s.modality == "run")
    found = why_not(asked(JAMIE), f"{session.session}={session.day} {session.start}")
    assert (found.outcome, found.came, found.went) == ("same", (), ())


def test_what_if_the_file_said_otherwise() -> None:
    found = what_if(asked(JAMIE), ["availability.sat=none", "want.lifts=2"])
    assert found.question == "availability.sat=none; want.lifts=2"
    assert not found.comparable
    assert found.week is not None
    assert not any(s.day == "sat" for s in found.week.sessions)
    assert sum(s.modality == "lift" for s in found.week.sessions) == 2
    gone = what_if(asked(JAMIE), ["forbid="])
    assert gone.proven


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("lifts", "'lifts': this sets nothing; expected KEY=VALUE"),
        ("want.squash=3", "unknown session 'squash'"),
        ("rules=", "'rules=': the file has no rules to take out"),
        ("goal=run-11k", "did you mean 'run-10k'"),
        ("availability.mon=[", "'availability.mon=['"),
    ],
)
def test_settings_that_cannot_be_meant(setting: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        what_if(asked(JAMIE), [setting])
    assert told in str(caught.value)


def test_no_week_no_question() -> None:
    impossible = f"goal: run-10k\n{EVENINGS}want: {{long-run: 1}}\nforbid: {{long-run: daily}}\n"
    for question in (lambda r: why_not(r, "easy-run=mon"), alternative_weeks, why):
        with pytest.raises(NoWeek, match=r"^week\.yaml: no week keeps all") as caught:
            question(asked(impossible))
        assert caught.value.proven
    found = what_if(asked(impossible), ["want.long-run="])
    assert (found.outcome, found.proven, found.levels, found.sessions) == ("possible", True, (), ())
    assert found.week is not None
    neither = what_if(asked(impossible), ["want.lifts=1"])
    assert (neither.outcome, neither.week, bool(neither.conflict), bool(neither.repairs)) == ("infeasible", None, True, True)


def test_nothing_moves_for_nothing() -> None:
    found = what_if(asked(JAMIE), ["availability.sun=08:00-08:10"])
    assert (found.outcome, found.sessions) == ("same", ())
    week = plan_week(asked(JAMIE))
    there = why_not(asked(JAMIE), f"{week.sessions[0].session}={week.sessions[0].day}")
    assert (there.outcome, there.sessions) == ("same", ())


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ("lifts=-1", "'-1' is no number of sessions; expected 0 to 99"),
        ("lifts=99999999999", "'99999999999' is no number of sessions"),
        ("easy-run=0 min", "a session of no minutes is none"),
    ],
)
def test_wishes_that_cannot_be(wish: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        why_not(asked(JAMIE), wish)
    assert told in str(caught.value)


def test_an_hour_outside_the_day_is_told_with_the_day() -> None:
    found = why_not(asked(JAMIE), "heavy legs=thu 03:00")
    assert [fact.text for fact in found.conflict][1:] == ["Your time on Thursday is 06:00-07:30 and 17:30-20:30."]


def test_a_saved_week_of_more_than_the_menu() -> None:
    """A pin may bring what the goal's menu does not, and that may be worth more."""
    request = asked("""
        athlete: {experience: {lift: beginner, run: intermediate}}
        goal: run-10k
        availability: {mon-thu: [06:15-07:30, 20:00-21:15], fri: 12:00-13:00, sat-sun: 07:00-10:00}
        forbid: {lifts: sun}
        history: {longest_run_30d: 80 min, run_minutes: [150, 160, 170]}
    """)
    pinned = what_if(request, ["pinned=[{session: easy-run, day: thu}]"]).week
    assert pinned is not None
    problem = resolve(request, catalogue())
    best = solve(problem, LIMITS)
    this = reasons._as_saved(request, problem, best, pinned)
    assert price(problem, best, this)[0][1] < 0
    week = week_of(request, problem, this)
    assert (week.proven, week.limit) == (True, None)
    assert all(level.bound <= level.value for level in week.levels)


def test_several_wishes_at_once() -> None:
    both = why_not(asked(JAMIE), "heavy legs=fri", "rest=sat")
    assert both.question == "You ask for a heavy lower-body session on Friday. You ask for rest on Saturday."
    assert both.week is not None
    assert any(s.session == "heavy-lower" and s.day == "fri" for s in both.week.sessions)
    assert not any(s.day == "sat" for s in both.week.sessions)


BEGUN = """
goal: run-10k
availability: {mon-fri: [06:00-07:30, 17:30-20:30], sat: 08:00-12:00}
pinned: [{session: race, day: sat, start: "09:00", minutes: 60}]
now: wed 12:00
done: [{session: easy-run, day: mon, start: "06:30", minutes: 40}]
"""


@pytest.mark.parametrize(
    ("wish", "fact"),
    [
        ("race=fri", "Race or match stands only where you have fixed it. (week.yaml:4)"),
        ("lifts=mon", "It is Wednesday 12:00: Monday is over. (week.yaml:5)"),
        ("rest=mon", "This is done: easy run on Monday. (week.yaml:6)"),
    ],
)
def test_what_no_rule_has_a_say_in_is_told(wish: str, fact: str) -> None:
    found = why_not(asked(BEGUN), wish)
    assert found.outcome == "infeasible"
    assert fact in [f"{f.text} ({f.source})" for f in found.conflict]


def test_reasons_of_a_saved_week() -> None:
    request = asked(JAMIE)
    other = what_if(request, ["forbid.heavy-lower=sat"])
    assert other.week is not None
    found = why(request, other.week)
    assert [(s.day, s.start, s.session) for s in found.week.sessions] == [
        (s.day, s.start, s.session) for s in other.week.sessions
    ]
    assert (other.outcome == "worse") == bool(found.behind)
    assert all(cell.held == any(s.session == row.session and s.day == cell.day for s in other.week.sessions)
               for row in found.rows for cell in row.cells)  # fmt: skip
    best = why(request)
    assert why(request, best.week).model_dump(exclude={"week"}) == best.model_dump(exclude={"week"})
    lift_on_tuesday = asked(JAMIE.replace("forbid: {lifts: tue}", "pinned: [{session: upper, day: tue}]"))
    with pytest.raises(InputError, match="the week breaks a hard rule"):
        why(request, plan_week(lift_on_tuesday))


def test_reasons_of_a_week() -> None:
    told: list[tuple[str, str]] = []
    found = why(asked(JAMIE), seen=lambda short, cell: told.append((short, cell.day)))
    assert len(told) == 7 * len(found.rows)
    assert [trade.match for trade in found.trades] == list(found.week.matches)
    by_id = {session.id: session for session in found.week.sessions}
    for reason in found.reasons:
        closed = {obstacle.day for obstacle in reason.obstacles}
        assert by_id[reason.id].day not in closed
        if by_id[reason.id].modality == "lift":
            assert "tue" in closed
    again = json.loads(found.to_json())
    assert again["schema"] == "microcycle/why/1"
    assert again["week"]["id"] == found.week.id
    for trade in found.trades:
        assert trade.proven
        assert not trade.price or trade.price[0].points > 0
    for gain in found.gains:
        assert gain.price[0].points < 0


# --- differences ----------------------------------------------------------------------------------------------------

spots = st.lists(st.tuples(st.integers(0, 6), st.sampled_from((0, 1, 360, 400, 1439))), max_size=5)


@given(spots, spots)
def test_pairs_move_least(old: list[Spot], new: list[Spot]) -> None:
    found = paired(old, new)
    count = min(len(old), len(new))
    assert len({i for i, _ in found}) == len({j for _, j in found}) == count
    few, many = sorted((old, new), key=len)
    ways = [list(zip(few, some, strict=True)) for some in itertools.permutations(many, count)]
    # Least movement, and with it most that stay.
    assert cost([(old[i], new[j]) for i, j in found]) == min(map(cost, ways))


def cost(pairs: list[tuple[Spot, Spot]]) -> tuple[int, int]:
    return sum(1440 * abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, b in pairs), sum(a != b for a, b in pairs)


def test_a_week_beside_itself_is_the_same() -> None:
    week = plan_week(asked(JAMIE))
    found = compare(week, week)
    assert (found.outcome, found.sessions, found.came, found.went) == ("same", (), (), ())


def test_sessions_that_come_and_go() -> None:
    before, after = plan_week(asked(JAMIE)), plan_week(asked(JAMIE + "want: {lifts: 2, runs: 3}\n"))
    found = compare(before, after)
    count = sum(s.after is not None for s in found.sessions) - sum(s.before is not None for s in found.sessions)
    assert count == len(after.sessions) - len(before.sessions)
