"""The textbook model: numbered sessions as optional intervals, every rule reified over them, one level after the other.

Written as the public shift-scheduling samples of CP-SAT are, with its default parameters. Where a visit may stand is taken
from `problem.places`; nothing is settled beforehand: each start is a variable, each pair of sessions has its own literals.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ortools.sat.python import cp_model

from benchmarks.peers import PeerAnswer
from benchmarks.peers.textbook_model import MOST, Expr, Lit, Session, Terms, Textbook, negated, total
from microcycle.models.clause import (
    Availability,
    Bound,
    Clock,
    Declaration,
    FirstAfter,
    Habit,
    LoadShape,
    LongestWindow,
    Measure,
    Share,
    SpacingDays,
    SpacingHours,
    Stability,
    Streak,
    When,
)
from microcycle.models.selector import Piece
from microcycle.solver.families.clock import QUARTER, minute_of_day
from microcycle.solver.problem import DAY_MIN, WEEK_MIN, Option, Placed, Problem, RuleInstance, Window

HOUR_MIN = 60
PARTS_OF_DAY = ((0, 660), (660, 960), (960, 2 * DAY_MIN))
LEGS = ("none", "light", "moderate", "heavy")
EFFORT = ("easy", "moderate", "hard")

# -- the families: each as its `matches` says ----------------------------------------------------------------------------


def availability(book: Textbook, instance: RuleInstance, clause: Availability) -> None:
    problem, model = book.problem, book.model
    assert instance.hard
    if clause.what == "visit":
        return  # by the places
    if clause.what == "overlap":
        intervals = [s.interval for s in book.sessions]
        late = max((piece.end for piece in problem.history if piece.end is not None), default=-WEEK_MIN)
        for s in book.sessions:
            model.add(s.start >= late).only_enforce_if(s.here)
            if problem.wraps:
                copy = s.start + WEEK_MIN, s.minutes, s.end + WEEK_MIN
                intervals.append(model.new_optional_interval_var(*copy, s.here, ""))
        model.add_no_overlap(intervals)
        return
    for pin in problem.pins:
        for s in book.sessions:
            if s.kind == pin.kind.id:
                book.serves[pin.index, s.number] = lit = model.new_bool_var("")
                there = {p: set(problem.honouring(problem.places[p], pin)) for p in s.at}
                model.add_bool_or([at for p, at in s.at.items() if there[p] & s.length.keys()]).only_enforce_if(lit)
                lengths = set().union(*there.values())
                model.add_bool_or([on for o, on in s.length.items() if o in lengths]).only_enforce_if(lit)
        model.add_exactly_one([lit for (n, _), lit in book.serves.items() if n == pin.index])
        if pin.start is not None:
            stands_on = [p.index for p in problem.places if pin.index in (p.fixed_at(False), p.fixed_at(True))]
            model.add_at_most_one([book.used(p) for p in stands_on])
    for s in book.sessions:
        model.add_at_most_one([lit for (_, n), lit in book.serves.items() if n == s.number])
    for place in problem.places:
        if place.joint:
            fixed = [s.at[place.index] for s in book.sessions if s.attached and place.index in s.at]
            model.add_implication(book.used(place.index), book.any(fixed))


def bound(book: Textbook, instance: RuleInstance, clause: Bound) -> None:
    problem, counted = book.problem, tuple(sorted(set(clause.on))) or tuple(range(7))
    measure = Measure(quantity=clause.quantity, of=clause.of)
    for muscle in clause.muscles or (None,):
        units: list[tuple[Terms, list[Lit]]] = []
        if clause.per == "week":
            units.append((book.measured(measure, counted, muscle), []))
        elif clause.per == "day":
            units += [(book.measured(measure, (day,), muscle), [book.on(day, clause.of)]) for day in counted]
        elif clause.per == "visit":
            places = [p.index for p in problem.places if p.day in counted]
            units += [(book.in_visit(measure, p, muscle), [book.at(p, clause.of)]) for p in places]
        else:
            for s in book.of(clause.of):
                given = [book.named(s, clause.of), book.any(s.day[day] for day in counted)]
                if not clause.pinned:
                    given.append(negated(book.any(at for p, at in s.at.items() if problem.places[p].pin is not None)))
                value = [(problem.value(clause.quantity, muscle, problem.pieces[o]), lit) for o, lit in s.length.items()]
                units.append((value, given))
        for terms, given in units:
            if clause.max is not None:
                assert isinstance(clause.max, int)
                book.upper(instance, terms, clause.max, clause.step, given if clause.per == "session" else ())
            if clause.min is not None:
                book.lower(instance, terms, int(clause.min), clause.step, given)


def share(book: Textbook, instance: RuleInstance, clause: Share) -> None:
    def week(measure: Measure) -> Terms:
        return book.measured(measure, range(7))

    whole, part, members = week(clause.whole), total(week(clause.part)), book.problem.members(clause.part.of)
    if clause.largest:
        part = book.model.new_int_var(0, 10**6, "")
        value, pieces = book.problem.value, book.problem.pieces
        singles = [
            total([(value(clause.part.quantity, None, pieces[o]), lit) for o, lit in s.length.items() if o in members])
            for s in book.of(clause.part.of)
        ]
        book.model.add_max_equality(part, [0, *singles])
    given = [] if clause.where is None else [book.reaches(week(clause.where), clause.at_least)]
    for n, lit in enumerate(book.ladder(instance)):
        for conditions, most in book.limits(clause.max, week) if n < MOST else ():
            allowed = [((most + clause.step * n) * m, v) for m, v in whole]
            book.model.add(100 * part <= total(allowed)).only_enforce_if(lit, *given, *conditions)


def spacing_hours(book: Textbook, instance: RuleInstance, clause: SpacingHours) -> None:
    problem, model = book.problem, book.model
    first, then = problem.members(clause.first), problem.members(clause.then)
    holds = problem.selectors.holds
    needed = (int(clause.hours) - int(clause.tolerance)) * HOUR_MIN
    apart = {"same-day": 0, "next-day": 1, "any": None}[clause.scope]
    unit = HOUR_MIN * clause.step
    if needed <= 0:
        return

    def space(early: Expr, late: Expr, given: list[Lit]) -> None:
        amount = book.amount(instance, -(-(needed + 2 * HOUR_MIN) // unit))
        model.add(late - early + unit * amount >= needed).only_enforce_if(*given)

    def leaving(s: Session) -> Expr:
        return book.real(s.end if clause.measured == "end-to-start" else s.start)

    for piece in problem.history:
        start = piece.day * DAY_MIN + DAY_MIN // 2 if piece.start is None else piece.start
        leaves = problem.real(start + (piece.minutes if clause.measured == "end-to-start" else 0))
        known = holds(clause.first, piece.piece), holds(clause.then, piece.piece)
        for t in book.sessions:
            lits = [
                lit
                for o, lit in t.length.items()
                if _concerned(clause, (*known, piece.piece), (o in first, o in then, problem.pieces[o]))
            ]
            day = t.day[piece.day + apart] if apart is not None and piece.day + apart >= 0 else None
            if lits and (apart is None or day is not None):
                space(leaves, book.real(t.start), [book.any(lits), *([] if day is None else [day])])
    memo: dict[tuple[int, int], bool] = {}

    def concerned(o: int, other: int) -> bool:
        if (o, other) not in memo:
            early, late = (o in first, o in then, problem.pieces[o]), (other in first, other in then, problem.pieces[other])
            memo[o, other] = _concerned(clause, early, late)
        return memo[o, other]

    for s in book.sessions:
        for t in book.sessions:
            partners: dict[frozenset[int], list[int]] = {}
            for o in s.length if s is not t else ():
                partners.setdefault(frozenset(other for other in t.length if concerned(o, other)), []).append(o)
            for others, own in partners.items():
                if not others:
                    continue
                pair = [book.chosen(s, own), book.chosen(t, others)]
                together = book.one_visit(s, t)
                if clause.one_visit and apart != 1 and (s.number, t.number) in book.behind:
                    amount = book.amount(instance, -(-needed // unit))
                    model.add(unit * amount >= needed).only_enforce_if(*pair, together)
                days = []
                if apart is not None:
                    lits = [book.both(s.day[d], t.day[d + apart]) for d in range(7 - apart)]
                    days = [book.any(lits)]
                space(leaving(s), book.real(t.start), [*pair, book.before(s, t), negated(together), *days])
                if problem.wraps and apart != 0:
                    days = [s.day[6], t.day[0]] if apart else []
                    gained = sum(n for _, n in problem.clock_changes)
                    space(leaving(s), t.start + WEEK_MIN - gained, [*pair, *days])


def _concerned(clause: SpacingHours, early: tuple[bool, bool, Piece], late: tuple[bool, bool, Piece]) -> bool:
    if not ((early[0] and late[1]) or (clause.order == "either" and early[1] and late[0])):
        return False
    if clause.unless_lighter and _strain(late[2]) < _strain(early[2]):
        return False
    if clause.same_muscle is None:
        return True
    ours, theirs = (piece.kind.content(piece.minutes).sets for piece in (early[2], late[2]))
    return any(sets >= clause.same_muscle <= theirs.get(muscle, 0) for muscle, sets in ours.items())


def _strain(piece: Piece) -> tuple[int, int]:
    return LEGS.index(piece.kind.leg_load), EFFORT.index(piece.kind.intensity_at(piece.minutes))


def spacing_days(book: Textbook, instance: RuleInstance, clause: SpacingDays) -> None:
    few = book.true
    if clause.where is not None:
        few = negated(book.reaches(book.measured(clause.where, range(7)), clause.at_most + 1))
    judged: set[tuple[int, int]] = set()
    for day in range(-7, 14):
        for offset in sorted(set(clause.days)):
            other = day + offset
            known = all(-7 <= d < (14 if book.problem.wraps else 7) for d in (day, other))
            if not known or not {day, other} & set(range(7)):
                continue
            if clause.first == clause.then and (min(day, other), max(day, other)) in judged:
                continue
            judged.add((min(day, other), max(day, other)))
            amount = book.amount(instance, 1)
            for pair in _pairs(book, clause, day, other):
                book.model.add(amount >= 1).only_enforce_if(*pair, few)


def _pairs(book: Textbook, clause: SpacingDays, day: int, other: int) -> Iterable[list[Lit]]:
    """What must hold for two different sessions to stand on these days, in the order that is asked for."""
    if min(day, other) < 0:
        yield [book.on(day, clause.first), book.on(other, clause.then)]
        return
    for s in book.of(clause.first):
        for t in book.of(clause.then):
            if s is not t:
                ordered = [book.before(s, t)] if clause.order == "first-then" and day == other else []
                yield [book.held(s, clause.first, day), book.held(t, clause.then, other), *ordered]


def when(book: Textbook, instance: RuleInstance, clause: When) -> None:
    problem = book.problem
    Read = Callable[[Measure], Terms]
    cases: list[tuple[Read, Read, bool, list[Lit]]] = []

    def on(days: Sequence[int]) -> Read:
        return lambda measure: book.measured(measure, days)

    def at(place: int) -> Read:
        return lambda measure: book.in_visit(measure, place)

    if clause.scope == "visit":
        cases += [(at(p.index), at(p.index), True, [book.used(p.index)]) for p in problem.places]
    elif clause.scope == "day":
        cases += [(on([day]), on([day]), True, []) for day in range(7)]
    elif clause.scope == "week":
        cases.append((on(range(7)), on(range(7)), True, []))
    else:
        reach = 1 if clause.scope == "next-day" else clause.days
        for day in range(-1 if problem.history else 0, 7):
            after = [d for d in range(day + 1, day + reach + 1) if d <= 6 or problem.wraps]
            cases.append((on([day]), on(after), len(after) == reach, []))
    for cause, effect, complete, some in cases:
        given = [*some, book.reaches(cause(clause.if_), int(clause.at_least))]
        if clause.max is not None:
            for conditions, limit in book.limits(clause.max, cause):
                book.upper(instance, effect(clause.then), limit, clause.step, [*given, *conditions])
        if clause.min is not None and complete:
            for conditions, limit in book.limits(clause.min, cause):
                book.lower(instance, effect(clause.then), limit, clause.step, [*given, *conditions])


def clock(book: Textbook, instance: RuleInstance, clause: Clock) -> None:
    problem = book.problem
    nights = [_late(book, clause, day) for day in range(7)]
    most, relief = (1, 2 * WEEK_MIN) if clause.per == "item" else (2 * WEEK_MIN // HOUR_MIN, HOUR_MIN)
    for s in book.of(clause.of):
        for point, sign, at in ((clause.start_not_before, 1, s.start), (clause.end_not_after, -1, s.end)):
            if point is not None:
                amount = book.amount(instance, most)
                for day in range(7):
                    limit = day * DAY_MIN + minute_of_day(problem, point, day)
                    given = [book.held(s, clause.of, day), nights[day]]
                    book.model.add(sign * at + relief * amount >= sign * limit).only_enforce_if(*given)
    for place in problem.places if clause.outside is not None else ():
        for night in problem.asleep(place.low, place.close) if not problem.held(place) else ():
            amount = book.amount(instance, -(-(night.end - night.start) // QUARTER))
            # Lost is what comes before rising or what comes after going to bed, whichever is less.
            rises = book.model.new_bool_var("")
            for s in book.of(clause.of):
                if place.index in s.at:
                    given = [s.at[place.index], book.held(s, clause.of, place.day), nights[place.day]]
                    book.model.add(QUARTER * amount >= night.end - s.start).only_enforce_if(rises, *given)
                    book.model.add(QUARTER * amount >= s.end - night.start).only_enforce_if(~rises, *given)


def _late(book: Textbook, clause: Clock, day: int) -> Lit:
    """Whether the day follows one with a late session, where the clause asks for that."""
    if clause.after is None:
        return book.true
    assert clause.ended_past is not None
    found = []
    for eve in (-1, 6) if day == 0 and book.problem.wraps else (day - 1,):
        point = eve * DAY_MIN + minute_of_day(book.problem, clause.ended_past, eve)
        if eve < 0:
            past = [p for p in book.problem.history if p.day == eve and p.end is not None and p.end > point]
            found += [book.true for p in past if book.problem.selectors.holds(clause.after, p.piece)]
            continue
        for s in book.of(clause.after):
            found.append(book.both(book.held(s, clause.after, eve), book.reaches([(1, s.end)], point + 1)))
    return book.any(found)


def habit(book: Textbook, instance: RuleInstance, clause: Habit) -> None:
    kinds: dict[str, list[Session]] = {}
    for s in book.of(clause.of):
        if not s.attached:
            kinds.setdefault(s.kind, []).append(s)
    for sessions in kinds.values():
        parts = [book.model.new_bool_var("") for _ in PARTS_OF_DAY]
        for s in sessions:
            minute = s.start - sum(day * DAY_MIN * lit for day, lit in enumerate(s.day))
            own = [book.model.new_bool_var("") for _ in PARTS_OF_DAY]
            book.model.add_exactly_one(own).only_enforce_if(s.here)
            for lit, part, (low, high) in zip(own, parts, PARTS_OF_DAY, strict=True):
                book.model.add(minute >= low).only_enforce_if(lit)
                book.model.add(minute <= high - 1).only_enforce_if(lit)
                book.model.add_implication(book.both(lit, book.named(s, clause.of)), part)
        book.upper(instance, [(1, part) for part in parts], 1, 1)


def longest_window(book: Textbook, instance: RuleInstance, clause: LongestWindow) -> None:
    problem = book.problem
    for s in book.of(clause.of):
        options = [o for o in problem.options if o.kind.id == s.kind and not o.attached]
        worth = {w.index: _worth(problem, w, options) for w in problem.windows}
        best = max(worth.values(), default=(0, 0))
        for p, at in s.at.items():
            window = problem.places[p].window
            if window is not None and options and worth[window] < best:
                book.pay(instance, 1, book.both(at, book.named(s, clause.of)))


def _worth(problem: Problem, window: Window, options: Sequence[Option]) -> tuple[int, int]:
    """Usable minutes of a window for one kind, and whether it is on a weekend; nothing where no length may stand."""
    room = window.close - window.open - 2 * window.setup
    fitting = [o for o in options if o.minutes <= room]
    if not any(window.only is None or problem.selectors.holds(window.only, o.piece) for o in fitting):
        return 0, 0
    return min(room, max(o.minutes for o in options)), int(window.day >= 5)


def streak(book: Textbook, instance: RuleInstance, clause: Streak) -> None:
    most = int(clause.max_days)
    for first in range(-6 if book.problem.history else 0, 7):
        days = range(first, first + most + 1)
        if days[-1] >= 0:
            book.upper(instance, [(1, book.on(day, clause.of)) for day in days], most, 1)


def first_after(book: Textbook, instance: RuleInstance, clause: FirstAfter) -> None:
    few = book.problem.members(clause.among)
    for day in range(clause.after + 1, 7):
        late = [
            book.both(book.held(s, clause.of, day), book.chosen(s, [o for o in s.length if o not in few]))
            for s in book.of(clause.of)
        ]
        early = book.any([book.on(other, clause.of) for other in range(clause.after + 1, day)])
        book.upper(instance, [(1, book.any(late)), (-1, early)], 0, 1)


def load_shape(book: Textbook, instance: RuleInstance, clause: LoadShape) -> None:
    model, value, pieces = book.model, book.problem.value, book.problem.pieces
    load = [value("load", None, piece) for piece in pieces]
    most = [max((load[o] for o in place.options), default=0) for place in book.problem.places]
    most = [n + max((load[o] for o in p.attached), default=0) for n, p in zip(most, book.problem.places, strict=True)]
    loads = [model.new_int_var(0, sum(most), "") for _ in range(7)]
    whole = model.new_int_var(0, sum(most), "")
    model.add(sum(loads) == whole)
    squares = [model.new_int_var(0, sum(most) ** 2, "") for _ in range(8)]
    for square, root in zip(squares, (*loads, whole), strict=True):
        model.add_multiplication_equality(square, [root, root])
    for day in range(7):
        done = [(load[o], book.both(lit, s.day[day])) for s in book.sessions for o, lit in s.length.items()]
        model.add(total(done) == loads[day])
    for n, lit in enumerate(book.ladder(instance)):
        tenths = int(clause.max_tenths) + n
        if n < MOST:
            model.add(7 * tenths**2 * sum(squares[:7]) >= (tenths**2 + 100) * squares[7]).only_enforce_if(lit)


def stability(book: Textbook, instance: RuleInstance, clause: Stability) -> None:
    model, days = book.model, dict[tuple[str, int], list[Placed]]()
    for piece in book.problem.reference:
        days.setdefault((piece.kind.id, piece.day), []).append(piece)
    for (kind, day), pieces in days.items():
        sessions = [s for s in book.sessions if s.kind == kind]
        if clause.measure == "sessions":
            book.lower(instance, [(1, s.day[day]) for s in sessions], len(pieces), 1)
            continue
        wanted = min((piece.start for piece in pieces if piece.start is not None), default=None)
        if wanted is None:
            continue
        amount = book.amount(instance, 3 * DAY_MIN // HOUR_MIN)
        for s in sessions:
            others = [t for t in sessions if t is not s]
            first = [s.day[day], *(~book.both(t.day[day], book.before(t, s)) for t in others)]
            model.add(s.start - wanted <= HOUR_MIN * amount).only_enforce_if(*first)
            model.add(wanted - s.start <= HOUR_MIN * amount).only_enforce_if(*first)


def declaration(book: Textbook, instance: RuleInstance, clause: Declaration) -> None:  # noqa: ARG001
    if not book.problem.declared_primary:
        book.pay(instance, 1, book.true)


POSTS: Mapping[str, Callable[[Textbook, RuleInstance, Any], None]] = {
    "availability": availability,
    "bound": bound,
    "clock": clock,
    "declaration": declaration,
    "first-after": first_after,
    "habit": habit,
    "load-shape": load_shape,
    "longest-window": longest_window,
    "share": share,
    "spacing-days": spacing_days,
    "spacing-hours": spacing_hours,
    "stability": stability,
    "streak": streak,
    "when": when,
}


# -- solving -------------------------------------------------------------------------------------------------------------


def solve(problem: Problem, seconds: float, *, parameters: Mapping[str, Any] | None = None) -> PeerAnswer:
    """Minimises each level in order and holds it while the next is minimised; default parameters but for those given."""
    unknown = {r.clause.family for r in problem.rules} - POSTS.keys()
    assert not unknown, f"no such family here: {sorted(unknown)}"
    began = time.perf_counter()
    book = Textbook(problem)
    for instance in problem.rules:
        if instance.severity != "off":
            POSTS[instance.clause.family](book, instance, instance.clause)
    built = time.perf_counter()
    building, pieces = built - began, tuple[Placed, ...]()
    solved = False
    for level in problem.levels:
        goal = book.level(level)
        book.model.minimize(goal)
        solver = cp_model.CpSolver()
        for name, value in {"num_workers": 1, **(parameters or {})}.items():
            setattr(solver.parameters, name, value)
        solver.parameters.max_time_in_seconds = max(0.001, seconds - (time.perf_counter() - began))
        status = solver.solve(book.model)
        solving = time.perf_counter() - built
        if status == cp_model.INFEASIBLE:
            assert not solved, "a level that was reached cannot be held"
            return PeerAnswer("infeasible", True, (), building, solving)
        assert status != cp_model.MODEL_INVALID, book.model.validate()
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            solved, pieces = True, _read_off(book, solver)
        if status != cp_model.OPTIMAL:
            return PeerAnswer("solved" if solved else "unknown", False, pieces, building, solving)
        book.model.add(goal <= round(solver.objective_value))
    return PeerAnswer("solved", True, pieces, building, time.perf_counter() - built)


def _read_off(book: Textbook, solver: cp_model.CpSolver) -> tuple[Placed, ...]:
    problem, found = book.problem, []
    pin_of = {n: pin for (pin, n), lit in book.serves.items() if solver.boolean_value(lit)}
    for s in sorted(book.sessions, key=lambda s: solver.value(s.start)):
        if solver.boolean_value(s.here):
            option = problem.options[next(o for o, lit in s.length.items() if solver.boolean_value(lit))]
            place = problem.places[next(p for p, lit in s.at.items() if solver.boolean_value(lit))]
            pin, start = pin_of.get(s.number), solver.value(s.start)
            label = problem.pins[pin].label if pin is not None else ""
            found.append(
                Placed(
                    *(option.kind, option.minutes, place.day, start, place.index, option.finisher, pin, place.window, label)
                )
            )
    return tuple(found)
