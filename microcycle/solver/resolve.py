"""Request and rulebook to Problem: every name looked up, every number settled, everything sorted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial

from microcycle.errors import InputError, Path, shown
from microcycle.models.amounts import measure
from microcycle.models.catalogue import Catalogue, nearest_row
from microcycle.models.clause import Bound, SpacingHours, When
from microcycle.models.clock import DAY_MIN, days_onward, past_sunday
from microcycle.models.goal import CLASSES, Experience, Goal
from microcycle.models.naming import Naming
from microcycle.models.reading import fail
from microcycle.models.request import Request
from microcycle.models.selector import Selectors
from microcycle.solver import gates, history, illness, mistakes, underway, zone
from microcycle.solver.calendar import Calendar, Hours, calendar
from microcycle.solver.demands import demands, waived
from microcycle.solver.idle import idle
from microcycle.solver.inforce import Draft, Situation, numbered, rule_changes, rules_in_force
from microcycle.solver.menu import Allowed, Menu, menu
from microcycle.solver.own import own_kinds
from microcycle.solver.pins import check_pins, choices
from microcycle.solver.places import MOST_VISITS, START_MIN, capped, past_pins, places
from microcycle.solver.problem import Place, Problem

FLOORS = {"strength-floor": "lifts", "endurance-floor": "aerobic"}
"""Rules that the athlete waives by wanting fewer of these."""
LIFT_AND_AEROBIC = ("lifts-and-power", "aerobic-any")
LIFT_THEN_AEROBIC = ("lifts-and-power", "aerobic")
WALK_RUN_BELOW_MIN = 60
"""Minutes of running a week below which a beginner is offered walk-runs (rulebook section 0)."""

NOBODY_LEADS = "Neither running nor lifting leads: the file names no 'primary', which decides between them."


def resolve(request: Request, catalogue: Catalogue, *, hours: Hours = "given", cut: bool = True) -> Problem:
    """The problem that a constraints file states. Raises InputError for what cannot be meant; it knows the other mistakes.

    With hours `any`, for a mere audit, there are no places, and a file without windows rules no hour out; with `all`
    every hour is free and the file's windows are `stated`. Not `cut`, windows have room for more visits than the rules
    allow, and runs are offered that a hard rule on growth forbids.
    """
    try:
        return _resolved(request, catalogue, hours, cut=cut)
    except InputError as error:
        if error.file == request.document.name and error.others is None:
            error.others = partial(mistakes.others, request.document, [error], partial(_judged, catalogue, hours))
        raise


def _judged(catalogue: Catalogue, hours: Hours, request: Request) -> None:
    _resolved(request, catalogue, hours, cut=True)


def _resolved(request: Request, catalogue: Catalogue, hours: Hours, *, cut: bool) -> Problem:
    spec = request.spec
    goal = _goal(request, catalogue)
    known = gates.marks(request, catalogue)
    gates.check_goal(request, catalogue, known)
    primary = _primary(request, goal)
    classes: dict[str, Experience] = {"lift": spec.athlete.experience.lift, "run": spec.athlete.experience.run}
    week_class = _week_class(classes, primary)
    _check_classes(request, goal, classes)
    policies, seasonal = _policies(request, catalogue, goal, week_class)
    kinds = own_kinds(request, catalogue)
    selectors = Selectors(dict(catalogue.selector_rows), kinds) if spec.sessions else catalogue.selectors
    facts, history_notes = history.facts(request)
    days = calendar(request, selectors, hours=hours)
    situation = _situation(request, goal, primary, classes, week_class, policies, facts, known, few_days=days.few)
    situation = replace(situation, facts={**facts, **gates.held(goal, classes, kinds, facts)})
    changes = rule_changes(request, catalogue)
    rules = rules_in_force(request, catalogue, goal, situation, selectors, changes)
    closing = gates.shut(catalogue, known, rules, selectors)
    rules = gates.cited(rules, closing)
    gates.check_asked(request, closing, kinds)
    allowed = _allowed(rules, _least_running(goal, classes))
    held = underway.done(request, kinds, days.nights)
    food = menu(
        request,
        goal,
        classes,
        kinds,
        selectors,
        allowed,
        closing,
        walk_runs=classes["run"] == "beginner" and facts.get("run-minutes", WALK_RUN_BELOW_MIN) < WALK_RUN_BELOW_MIN,
        cut=cut,
        nights=days.nights,
    )
    gates.check_names(request, catalogue, known, food.pins, selectors)
    left = gates.Left(closing, food.options, food.gone)
    drafts = [
        *rules,
        *demands(request, catalogue, goal, classes, primary, food, changes, left.allowed(allowed), days.nights),
    ]
    drafts, shut = left.given_way(drafts)
    drafts, given_way = _without_idle(drafts, food, request)
    drafts = [*illness.aimed_at(request, drafts), *illness.drafts(request, changes)]
    clocks = zone.clock_changes(request)
    # A coarser grid counts from the opening of a window, and whole days open at midnight.
    grid = spec.grid if days.stated is None else START_MIN
    if spec.ill:
        days = days.without(spec.ill)
    whole, over, gone = days, None, list[tuple[int, int]]()
    if spec.now is not None:
        over = underway.over(spec.now, held)
        left_pins = underway.pins_left(food.pins, spec.now, held, underway.missed(request, kinds, days.nights), days.nights)
        food, days = food.with_done(held, left_pins), days.after(over)
        gone = past_pins(food, held, over)
    check_pins(request, food.left, whole.windows if whole.stated is None else whole.stated, selectors)
    pin_notes = zone.check_pins(request, food.left, clocks)
    room: tuple[Place, ...] = ()
    if hours != "any":
        rules_now = drafts if cut else []
        room = places(
            food, whole.windows, clocks, rules_now, grid, wraps=spec.next == "cycle", held=held, gone=gone, over=over
        )
        _check_room(request, food, days, room)
    declared = spec.primary is not None or not goal.must_choose
    undecided = [] if declared else [NOBODY_LEADS]
    naming = Naming(catalogue.selector_rows, kinds)
    notes = [
        *gates.notes(request, closing, shut, naming),
        *undecided,
        *_experience_notes(request, primary, week_class),
        *seasonal,
        *given_way,
        *illness.notes(request),
        *days.assumptions,
        *food.assumptions,
    ]
    last_week = history.last_week(request, kinds, days.nights)
    notes += idle(request, catalogue, goal, situation, food, drafts, [*last_week, *held])
    notes += choices(food.pins)
    if spec.ill and (past := past_sunday(days_onward(request.document.get(("ill",))))):
        notes.append(f"ill: {past}.")
    if not capped(drafts):
        notes.append(f"No rule caps the visits of a day: {MOST_VISITS} at most are planned in one stretch of free time.")
    if "one-visit" in changes and changes["one-visit"].softens:
        notes.append("What shares a visit is planned by one-visit all the same: a week of your own may have it otherwise.")
    if spec.athlete.easy_pace is None and any(measure(key) == "run_distance" for key in spec.want):
        notes.append("Easy pace 9:00 a mile is assumed for the distance that you want: the file does not state it.")
    notes += [
        f"Your last weeks allow {allowed.a_week} minutes of running; what the goal asks for beyond can wait."
    ] * allowed.short_week
    problem = Problem(
        goal=goal.id,
        primary=primary,
        selectors=selectors,
        kinds=kinds,
        options=food.options,
        combos=food.combos,
        windows=days.windows,
        places=room,
        pins=food.left,
        rules=numbered(drafts),
        levels=goal.levels,
        history=last_week,
        wraps=spec.next == "cycle",
        nights=days.nights,
        grid=grid,
        stated=days.stated,
        reference=history.reference(request, kinds, days.nights),
        clock_changes=clocks.at,
        seconds_per_km=round((spec.athlete.easy_pace or 0) / 1000),
        declared_primary=declared,
        assumptions=(*notes, *history_notes, *zone.notes(clocks), *pin_notes),
        offers=() if closing.bounds else tuple(sorted(goal.offers.get(week_class, {}).items())),
        advice=(*closing.advice, *illness.advice(request)),
        figures=closing.figures,
        gates=closing.bounds,
        not_judged=tuple(name for name in ("run-minutes", "longest-run") if name not in facts),
        done=held,
        before=whole.windows if over is not None else (),
        gone=tuple(gone),
        kept=underway.kept(food.pins, held),
        experience={**classes, "class": week_class},
        policies=policies,
    )
    return underway.underway(problem, underway.missed(request, kinds, days.nights))


def _goal(request: Request, catalogue: Catalogue) -> Goal:
    name = request.spec.goal
    if name not in catalogue.goals:
        near = nearest_row(name, catalogue.goals)
        fail(request.document, ("goal",), f"unknown goal {shown(name)}", candidates=catalogue.goals, word=near)
    return catalogue.goals[name]


def _primary(request: Request, goal: Goal) -> str:
    wanted = request.spec.primary
    if wanted is None:
        return "balanced" if goal.must_choose else goal.primary[0]
    if wanted not in goal.primary:
        message = f"the goal {goal.id} cannot be led by '{wanted}'"
        fail(request.document, ("primary",), message, candidates=goal.primary)
    return wanted


def _week_class(classes: Mapping[str, Experience], primary: str) -> Experience:
    """Caps on the whole week follow the primary's class, the lower one where none leads (rulebook section 0)."""
    if primary in classes:
        return classes[primary]
    return min(classes.values(), key=CLASSES.index)


def _check_classes(request: Request, goal: Goal, classes: Mapping[str, Experience]) -> None:
    for experience, other in goal.refuse.items():
        if experience in classes.values():
            which = " and ".join(name for name, found in classes.items() if found == experience)
            whom = {"beginner": "beginners"}.get(experience, f"{experience} athletes")
            message = f"{goal.name} is not for {whom} ({which})"
            fail(request.document, ("goal",), message, expected=f"'{other}', which is")


def _policies(
    request: Request, catalogue: Catalogue, goal: Goal, week_class: Experience
) -> tuple[dict[str, str], list[str]]:
    """The value of every policy, and notes of those that the file sets although no rule of a single week asks."""
    chosen = {name: policy.default for name, policy in catalogue.policies.items()}
    chosen.update(goal.policies)
    chosen.update(goal.class_policies.get(week_class, {}))
    notes = []
    for name, value in request.spec.policies.items():
        path: Path = ("policies", name)
        if name not in catalogue.policies:
            message = f"unknown policy {shown(name)}"
            fail(request.document, path, message, candidates=catalogue.policies, key=True)
        if not isinstance(value, str) or value not in catalogue.policies[name].values:
            message = f"{shown(value)} is no choice of {name}"
            fail(request.document, path, message, candidates=catalogue.policies[name].values)
        if name not in catalogue.asked:
            notes.append(f"policies.{name} is not used yet: it is for seasons, and changes nothing in a single week.")
        chosen[name] = value
    return chosen, notes


def _situation(
    request: Request,
    goal: Goal,
    primary: str,
    classes: Mapping[str, Experience],
    week_class: str,
    policies: Mapping[str, str],
    facts: Mapping[str, Fraction],
    known: gates.Marks,
    *,
    few_days: bool,
) -> Situation:
    has = {
        *(f"history.{name}" for name in facts),
        *["pace"] * bool(request.spec.athlete.easy_pace),
        *["few-days"] * few_days,
    }
    values = {name: frozenset({value}) for name, value in policies.items()}
    values |= {
        "goal": frozenset({goal.id}),
        "primary": frozenset({primary}),
        "lift": frozenset({classes["lift"]}),
        "run": frozenset({classes["run"]}),
        "class": frozenset({week_class}),
        "age": frozenset(known["age"]),
        "care": frozenset(known["care"]),
        "has": frozenset(has),
    }
    return Situation(values, facts)


def _allowed(rules: Sequence[Draft], least_running: int) -> Allowed:
    """What the rules on growth say in this week, with the numbers of the athlete's history."""
    bounds = [(d, d.clause, d.clause.max) for d in rules if isinstance(d.clause, Bound) and isinstance(d.clause.max, int)]
    minutes = [(d, clause, most) for d, clause, most in bounds if clause.quantity == "minutes"]
    weeks = [most for d, c, most in minutes if d.rule.id == "weekly-run-ramp" or (d.rule.gate and c.per == "week")]
    # What the athlete has made a wish cuts no band.
    single = [(d, clause, most) for d, clause, most in minutes if d.rule.id == "single-run-spike" or d.rule.gate]
    runs = [(most, clause.of) for d, clause, most in single if d.severity == "hard" and clause.per == "session"]
    a_run, of = min(runs, default=(None, ""))
    a_week = min(weeks, default=None)
    return Allowed(of, a_run, a_week, a_week is not None and a_week < least_running, _behind_a_lift(rules))


def _behind_a_lift(rules: Iterable[Draft]) -> int:
    """Minutes of easy endurance work that no hard rule keeps out of the visit of a lift.

    Assumes that a rule which is read here speaks of every lift and of all that work; others are only posted.
    """
    most = DAY_MIN
    for clause in (d.clause for d in rules if d.severity == "hard"):
        if isinstance(clause, When) and clause.scope == "visit" and (clause.if_.of, clause.then.of) == LIFT_AND_AEROBIC:
            every = clause.if_.quantity in ("sessions", "visits") and clause.at_least in (0, 1)
            if every and isinstance(clause.max, int) and (clause.then.quantity == "minutes" or clause.max == 0):
                most = min(most, clause.max)
        if isinstance(clause, SpacingHours) and clause.one_visit and (clause.first, clause.then) == LIFT_THEN_AEROBIC:
            every = clause.same_muscle is None and not clause.unless_lighter
            most = 0 if every and int(clause.hours) > int(clause.tolerance) else most
    return most


def _least_running(goal: Goal, classes: Mapping[str, Experience]) -> int:
    """Minutes of running that the card asks for at least; 0 where it says nothing of them."""
    columns = [getattr(d, classes[d.class_of]) for d in goal.demands if (d.of, d.quantity) == ("runs", "minutes")]
    return max((column.min or 0 for column in columns if column is not None), default=0)


def _without_idle(drafts: list[Draft], food: Menu, request: Request) -> tuple[list[Draft], list[str]]:
    """Without minima that the athlete's own lines rule out, and without soft ones of sessions that the menu has not.

    A hard one falls only by such a line. It is told, as are the musts of the card; what the file itself asks for stays,
    and is a conflict.
    """
    found: list[Draft] = []
    fallen: dict[Path, list[str]] = {}
    naming = Naming(food.selectors.rows, food.kinds)
    for d in drafts:
        clause = d.clause
        if not isinstance(clause, Bound) or clause.min is None or clause.quantity == "days-without" or d.path is not None:
            found.append(d)
            continue
        at = waived(request, food.selectors, FLOORS.get(d.rule.id), int(clause.min))
        idle = not food.members(clause.of)
        if at is None and idle:
            at = next((path for piece, path in food.left_out if food.selectors.holds(clause.of, piece)), None)
        if at is None and not (idle and d.severity != "hard"):
            found.append(d)
        elif at is not None and (d.severity == "hard" or (d.severity == "tier4" and clause.quantity == "sessions")):
            noun, least = naming.noun(clause.of), int(clause.min)
            fallen.setdefault(at, []).append(f"at least {least} {noun.one if least == 1 else noun.many} [{d.rule.id}]")
    return found, [
        f"Given up, as your file wants it ({request.document.cite(at)}): {', '.join(dict.fromkeys(asked))}."
        for at, asked in fallen.items()
    ]


def _check_room(request: Request, food: Menu, days: Calendar, room: Sequence[Place]) -> None:
    """Refuses a calendar in which no session can stand at all; a week that has begun may be over."""
    if room or request.spec.done or request.spec.missed or request.spec.ill:
        return
    if request.spec.now is not None and not days.windows:
        fail(request.document, ("now",), "no time is left in this week", expected="an earlier time, or later windows")
    path: Path = ("availability",) if request.spec.availability else ("shifts",)
    shortest = min(o.minutes for o in food.options if not o.attached)
    message = "no window is open to any session of this goal" if days.windows else "the week has no window at all"
    expected = f"a window of {shortest} minutes or more, without the time to get ready"
    fail(request.document, path, message, expected=expected, key=True)


def _experience_notes(request: Request, primary: str, week_class: str) -> list[str]:
    """Which class sets the caps of the week, and what was assumed of it."""
    spoken = {"run": "your running", "lift": "your lifting"}.get(primary, "the lower of both")
    experience = request.spec.athlete.experience
    if "experience" not in request.spec.athlete.model_fields_set:
        return ["Intermediate experience is assumed in both lifting and running: the file does not state it."]
    words = {"lift": "lifting", "run": "running"}
    missing = [words[name] for name in words if name not in experience.model_fields_set]
    notes = [f"Intermediate experience is assumed in {name}: the file does not state it." for name in missing]
    if experience.lift != experience.run:
        notes.append(f"Caps on the whole week follow {spoken} ({week_class}).")
    return notes
