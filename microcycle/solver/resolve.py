"""Request and rulebook to Problem: every name looked up, every number settled, everything sorted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import ceil

from microcycle.errors import Path
from microcycle.models import clock
from microcycle.models.catalogue import Catalogue
from microcycle.models.clock import DAY_MIN, DAY_NAMES, WEEK_MIN
from microcycle.models.goal import CLASSES, Experience, Goal
from microcycle.models.reading import fail
from microcycle.models.request import Request, Sighting
from microcycle.models.rule import Bound, SpacingHours
from microcycle.models.selector import Selectors
from microcycle.models.session import SessionKind
from microcycle.solver.calendar import Calendar, calendar
from microcycle.solver.demands import demands
from microcycle.solver.inforce import Draft, Situation, numbered, rules_in_force
from microcycle.solver.menu import Menu, at_length, menu, own_kinds
from microcycle.solver.problem import Option, Pin, Place, Placed, Problem, Window

ASSUMED_S_PER_KM = 335
"""9:00 a mile: the pace of the mileage table (S000), where the athlete's is not known."""


def resolve(request: Request, catalogue: Catalogue) -> Problem:
    """The problem that a constraints file states. Raises InputError for what cannot be meant."""
    spec, document, notes = request.spec, request.document, list[str]()
    goal = _goal(request, catalogue)
    primary = _primary(request, goal)
    declared = spec.primary is not None or not goal.must_choose
    classes: dict[str, Experience] = {
        "lift": spec.athlete.experience.lift,
        "run": spec.athlete.experience.run,
    }
    week_class = _week_class(classes, primary)
    for experience, other in goal.refuse.items():
        if experience in classes.values():
            fail(document, ("goal",), f"{goal.name} is not for {experience}s", expected=f"'{other}', which is")
    policies = _policies(request, catalogue, goal, week_class)
    kinds = own_kinds(request, catalogue)
    selectors = Selectors(dict(catalogue.selector_rows), kinds)
    seconds_per_km = round((spec.athlete.easy_pace or 0) / 1000)
    facts = _facts(request, seconds_per_km or ASSUMED_S_PER_KM)
    situation = _situation(request, goal, primary, classes, week_class, policies, facts)
    days = calendar(request, selectors)
    rules = rules_in_force(request, catalogue, goal, situation, selectors)
    cap = _longest_run(rules)
    food = menu(
        request,
        goal,
        classes,
        kinds,
        selectors,
        cap,
        walk_runs=classes["run"] == "beginner" and facts.get("run-minutes", 999) < 60,
    )
    drafts = [*rules, *demands(request, catalogue, goal, classes, primary, food, selectors)]
    drafts = _without_idle(drafts, food, selectors, request)
    _check_pins(request, food.pins, days)
    places = _places(food, days, drafts, selectors, spec.grid)
    notes = [*_experience_note(request, primary, week_class), *days.assumptions, *food.assumptions, *notes]
    notes += _history_notes(request, facts)
    for skipped in days.skipped:
        hours = f"{clock.week_text(skipped.start)} to {clock.hhmm(skipped.end % DAY_MIN)}"
        notes.append(f"The clock goes forward: {hours} does not exist.")
    for doubled in days.doubled:
        hours = f"{clock.week_text(doubled.start)} to {clock.hhmm(doubled.end % DAY_MIN)}"
        notes.append(f"The clock goes back: {hours} comes twice; the first is meant.")
    return Problem(
        goal=goal.id,
        primary=primary,
        selectors=selectors,
        kinds=kinds,
        options=food.options,
        combos=food.combos,
        windows=days.windows,
        places=places,
        pins=food.pins,
        rules=numbered(drafts),
        levels=goal.levels,
        history=_history(request, kinds),
        wraps=spec.next == "cycle",
        bed=days.nights.bed,
        wake=days.nights.wake,
        grid=spec.grid,
        reference=_sightings(request, ("stay_close_to",), spec.stay_close_to, kinds, 0),
        clock_changes=days.clock_changes,
        seconds_per_km=seconds_per_km,
        declared_primary=declared,
        assumptions=tuple(notes),
        offers=tuple(sorted(goal.offers.get(week_class, {}).items())),
        not_judged=tuple(name for name in ("run-minutes", "longest-run") if name not in facts),
        experience={**classes, "class": week_class},
        policies=policies,
    )


def _goal(request: Request, catalogue: Catalogue) -> Goal:
    if request.spec.goal not in catalogue.goals:
        fail(
            request.document,
            ("goal",),
            f"unknown goal '{request.spec.goal[:40]}'",
            candidates=catalogue.goals,
        )
    return catalogue.goals[request.spec.goal]


def _primary(request: Request, goal: Goal) -> str:
    wanted = request.spec.primary
    if wanted is None:
        return goal.primary[0]
    if wanted not in goal.primary:
        fail(
            request.document,
            ("primary",),
            f"the goal {goal.id} cannot be led by '{wanted}'",
            candidates=goal.primary,
        )
    return wanted


def _week_class(classes: Mapping[str, Experience], primary: str) -> Experience:
    """Caps on the whole week follow the primary's class, the lower one where none leads (rulebook section 0)."""
    if primary in classes:
        return classes[primary]
    return min(classes.values(), key=CLASSES.index)


def _policies(request: Request, catalogue: Catalogue, goal: Goal, week_class: Experience) -> dict[str, str]:
    chosen = {name: policy.default for name, policy in catalogue.policies.items()}
    chosen.update(goal.policies)
    chosen.update(goal.class_policies.get(week_class, {}))
    for name, value in request.spec.policies.items():
        path: Path = ("policies", name)
        if name not in catalogue.policies:
            fail(
                request.document,
                path,
                f"unknown policy '{name[:40]}'",
                candidates=catalogue.policies,
                key=True,
            )
        if value not in catalogue.policies[name].values:
            fail(
                request.document,
                path,
                f"'{value[:40]}' is no choice of {name}",
                candidates=catalogue.policies[name].values,
            )
        chosen[name] = value
    return chosen


def _facts(request: Request, seconds_per_km: int) -> dict[str, int]:
    """What history says: mean run minutes of the last three weeks, longest run of 30 days, mean load of four weeks."""
    history, found = request.spec.history, dict[str, int]()
    if history.run_minutes:
        last = history.run_minutes[-3:]
        found["run-minutes"] = sum(last) // len(last)
    if history.longest_run_30d is not None:
        path: Path = ("history", "longest_run_30d")
        written = history.longest_run_30d
        try:
            found["longest-run"] = clock.parse_duration(written)
        except ValueError as first:
            try:
                metres = clock.parse_distance(written)
            except ValueError:
                fail(
                    request.document,
                    path,
                    str(first),
                    expected="a length of time such as 60 min, or a distance such as 8 km",
                )
            found["longest-run"] = metres * seconds_per_km // 60_000
        if not 0 < found["longest-run"] <= 720:
            fail(request.document, path, "this is no length of a run", expected="up to 12 hours")
    if history.load:
        found["weekly-load"] = sum(history.load[-4:]) // len(history.load[-4:])
    return found


def _situation(
    request: Request,
    goal: Goal,
    primary: str,
    classes: Mapping[str, Experience],
    week_class: str,
    policies: Mapping[str, str],
    facts: Mapping[str, int],
) -> Situation:
    age = request.spec.athlete.age or 0
    values = {name: frozenset({value}) for name, value in policies.items()}
    values |= {
        "goal": frozenset({goal.id}),
        "primary": frozenset({primary}),
        "lift": frozenset({classes["lift"]}),
        "run": frozenset({classes["run"]}),
        "class": frozenset({week_class}),
        "age": frozenset({f"{n}+" for n in (50, 60) if age >= n}),
        "has": frozenset(
            {f"history.{name}" for name in facts} | ({"pace"} if request.spec.athlete.easy_pace else set())
        ),
    }
    return Situation(values, facts)


def _longest_run(rules: Iterable[Draft]) -> int | None:
    """The hard cap that history puts on a single run, if any."""
    caps = [
        d.clause.max
        for d in rules
        if d.rule.id == "single-run-spike" and d.severity == "hard" and isinstance(d.clause, Bound)
    ]
    return min((c for c in caps if isinstance(c, int)), default=None)


def _without_idle(drafts: list[Draft], food: Menu, selectors: Selectors, request: Request) -> list[Draft]:
    """Leaves out soft minima of sessions that the menu has not, and a floor on lifts that the athlete has waived."""
    held: dict[str, bool] = {}

    def some(of: str) -> bool:
        if of not in held:
            held[of] = any(selectors.holds(of, o.piece) for o in food.options)
        return held[of]

    found = []
    for d in drafts:
        clause = d.clause
        if isinstance(clause, Bound) and clause.min is not None and clause.quantity != "days-without":
            if not some(clause.of) and d.path is None:
                continue
            if d.rule.id == "strength-floor" and _waived(request, "lifts", int(clause.min)):
                continue
            if d.rule.id == "endurance-floor" and _waived(request, "aerobic", int(clause.min)):
                continue
        found.append(d)
    return found


def _waived(request: Request, name: str, least: int) -> bool:
    want = request.spec.want.get(name)
    return want is not None and want.max is not None and want.max < least


def _check_pins(request: Request, pins: Sequence[Pin], days: Calendar) -> None:
    fixed: list[tuple[int, int, Pin]] = []
    for pin in pins:
        if pin.start is None:
            room = any(w.day in pin.days and w.close - w.open - 2 * w.setup >= min(pin.minutes) for w in days.windows)
            if not room:
                fail(
                    request.document,
                    (*pin.path, "day"),
                    f"no window of {_days(pin)} is long enough for this session",
                    expected="a longer window, or a 'start' with 'outside_windows: true'",
                )
            continue
        for day in pin.days:
            start = day * DAY_MIN + pin.start
            end = start + max(pin.minutes)
            inside = any(w.open <= start and end <= w.close for w in days.windows)
            if not inside and not pin.outside_windows:
                fail(
                    request.document,
                    (*pin.path, "start"),
                    f"{clock.hhmm(pin.start)} to {clock.hhmm(end % DAY_MIN)} on {DAY_NAMES[day]} lies in no window",
                    expected="a time inside a window, or 'outside_windows: true'",
                )
            for other_start, other_end, other in fixed:
                if start < other_end and other_start < end and len(pin.days) == 1 and len(other.days) == 1:
                    fail(
                        request.document,
                        pin.path,
                        f"this session is pinned over the one of {request.document.cite(other.path)}",
                        expected="pinned sessions that do not overlap",
                    )
            fixed.append((start, end, pin))


def _days(pin: Pin) -> str:
    return " or ".join(DAY_NAMES[day] for day in pin.days)


def _places(food: Menu, days: Calendar, drafts: Sequence[Draft], selectors: Selectors, grid: int) -> tuple[Place, ...]:
    """Visit places of every window, fixed pins cut out of it; sorted by day and time."""
    per_day = _visits_a_day(drafts)
    gaps = _Gaps(drafts, selectors)
    rough: list[
        tuple[
            int,
            int,
            int,
            int,
            int | None,
            int,
            int | None,
            tuple[int, bool] | None,
            list[Option],
            list[Option],
        ]
    ] = []
    room = 0
    for window in days.windows:
        for low, high, given in _rooms(window, food.pins, days, grid):
            mains, behind = _fitting(food, window, selectors, high - low)
            if not mains:
                continue
            room += 1
            for n in range(_visits(mains, high - low, per_day, gaps)):
                shortest = min(o.minutes for o in mains)
                latest = low + (high - low - shortest) // grid * grid
                rough.append((window.day, low, latest, high, window.index, room, None, given, mains, behind))
                del n
    for pin in food.pins:
        if pin.start is None:
            continue
        for day in pin.days:
            start = day * DAY_MIN + pin.start
            mains = [
                o for o in food.options if o.kind.id == pin.kind.id and o.minutes in pin.minutes and not o.attached
            ]
            room += 1
            rough.append((day, start, start, start + max(pin.minutes), None, room, pin.index, None, mains, []))
    rough.sort(key=lambda r: (r[0], r[1], r[5]))
    return tuple(
        Place(
            i,
            day,
            low,
            latest,
            close,
            window,
            room,
            pin,
            given,
            tuple(o.index for o in mains),
            tuple(o.index for o in behind),
        )
        for i, (day, low, latest, close, window, room, pin, given, mains, behind) in enumerate(rough)
    )


def _rooms(
    window: Window, pins: Sequence[Pin], days: Calendar, grid: int
) -> list[tuple[int, int, tuple[int, bool] | None]]:
    """Free stretches of a window for visits, without set-up time: cut at fixed pins and at clock changes.

    A pin with a choice of days leaves two versions of the window: whole where it stands elsewhere, cut where it stands.
    """
    whole = [(window.open + window.setup, window.close - window.setup)]
    for gap in days.skipped:
        whole = _cut(whole, gap.start, gap.end)
    for at, _ in days.clock_changes:
        whole = _cut(whole, at, at)
    choosing = None
    for pin in pins:
        if pin.start is None or (window.day not in pin.days and (window.day + 1) % 7 not in pin.days):
            continue
        for day in pin.days:
            start = day * DAY_MIN + pin.start
            if day == 0 and window.day == 6:
                start += WEEK_MIN
            end = start + max(pin.minutes)
            if start < window.close and window.open < end:
                if len(pin.days) == 1:
                    whole = _cut(whole, start, end)
                elif choosing is None:
                    choosing = (pin.index, start, end)
    rooms: list[tuple[int, int, tuple[int, bool] | None]]
    if choosing is None:
        rooms = [(low, high, None) for low, high in whole]
    else:
        index, start, end = choosing
        rooms = [(low, high, (index, False)) for low, high in whole]
        rooms += [(low, high, (index, True)) for low, high in _cut(whole, start, end)]
    return [(ceil(low / grid) * grid, high, given) for low, high, given in rooms if high > low]


def _cut(stretches: list[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    found = []
    for low, high in stretches:
        if end <= low or high <= start:
            found.append((low, high))
        else:
            found += [(a, b) for a, b in ((low, start), (end, high)) if b > a]
    return found


def _fitting(food: Menu, window: Window, selectors: Selectors, minutes: int) -> tuple[list[Option], list[Option]]:
    free = {(pin.kind.id, n) for pin in food.pins if pin.start is None and window.day in pin.days for n in pin.minutes}
    fixed_lengths = {(pin.kind.id, n) for pin in food.pins for n in pin.minutes}
    mains, behind = [], []
    for option in food.options:
        key = (option.kind.id, option.minutes)
        if window.only is not None and not selectors.holds(window.only, option.piece):
            continue
        if option.kind.id in food.pinned_only and key not in free:
            continue
        if key in fixed_lengths - free and option.minutes not in option.kind.minutes.grid:
            continue
        if option.attached:
            behind.append(option)
        elif option.minutes <= minutes:
            mains.append(option)
    shortest = {
        main: min((o.minutes for o in mains if o.kind.id == main), default=999) for main in {o.kind.id for o in mains}
    }
    behind = [
        o
        for o in behind
        if any((k, o.kind.id) in food.combos and n + o.minutes <= minutes for k, n in shortest.items())
    ]
    return mains, behind


def _visits_a_day(drafts: Sequence[Draft]) -> int:
    caps = [
        d.clause.max
        for d in drafts
        if isinstance(d.clause, Bound)
        and d.clause.per == "day"
        and d.clause.quantity == "visits"
        and d.severity == "hard"
    ]
    return min((c for c in caps if isinstance(c, int)), default=3)


class _Gaps:
    """Least minutes between two visits of one day by kinds, from the hard rules; None where they cannot share a day."""

    def __init__(self, drafts: Sequence[Draft], selectors: Selectors) -> None:
        self.selectors = selectors
        self.hours = [
            d.clause
            for d in drafts
            if d.severity == "hard" and isinstance(d.clause, SpacingHours) and d.clause.scope != "next-day"
        ]
        self.once = [
            d.clause
            for d in drafts
            if d.severity == "hard"
            and isinstance(d.clause, Bound)
            and d.clause.per == "day"
            and d.clause.quantity in ("visits", "sessions")
            and d.clause.max == 1
        ]
        self.between = lru_cache(maxsize=None)(self._between)

    def _between(self, first: Option, then: Option) -> int | None:
        holds = self.selectors.holds
        if any(holds(c.of, first.piece) and holds(c.of, then.piece) for c in self.once):
            return None
        least = 0
        for c in self.hours:
            pair = holds(c.first, first.piece) and holds(c.then, then.piece)
            if c.order == "either":
                pair = pair or (holds(c.then, first.piece) and holds(c.first, then.piece))
            if pair and c.same_muscle is None:
                start = first.minutes if c.measured == "start-to-start" else 0
                least = max(least, (int(c.hours) - int(c.tolerance)) * 60 - start)
        return least


def _visits(mains: Sequence[Option], minutes: int, per_day: int, gaps: _Gaps) -> int:
    """How many visits a stretch can hold: a second one only if some pair fits with the gap between them."""
    most = per_day
    shortest: dict[str, Option] = {}
    for option in mains:
        if not option.kind.counts:
            continue  # a walk or some stretching shares a visit or takes a free one; no place is made for it
        shortest.setdefault(option.kind.id, option)
    pairs = [
        gap + a.minutes + b.minutes
        for a in shortest.values()
        for b in shortest.values()
        if (gap := gaps.between(a, b)) is not None
    ]
    if most < 2 or not pairs or min(pairs) > minutes:
        return 1
    if most < 3 or min(pairs) + min(o.minutes for o in mains) > minutes:
        return 2
    return min(most, 3)


def _history(request: Request, kinds: Mapping[str, SessionKind]) -> tuple[Placed, ...]:
    return _sightings(request, ("history", "last_week"), request.spec.history.last_week, kinds, -7)


def _sightings(
    request: Request, path: Path, seen: Sequence[Sighting], kinds: Mapping[str, SessionKind], shift: int
) -> tuple[Placed, ...]:
    """Sessions that are facts: of last week (shift -7) or of a reference week. Without an hour, noon is taken."""
    found = []
    for i, one in enumerate(seen):
        if one.session not in kinds:
            fail(
                request.document,
                (*path, i, "session"),
                f"unknown session '{one.session[:40]}'",
                candidates=kinds,
            )
        if len(one.day) != 1:
            fail(request.document, (*path, i, "day"), "a session that was done has one day")
        kind = kinds[one.session]
        minutes = one.minutes if one.minutes is not None else kind.minutes.default
        day = one.day[0] + shift
        start = (
            None if one.start is None and shift == 0 else day * DAY_MIN + (one.start if one.start is not None else 720)
        )
        visit = one.visit if one.visit is not None else 100 + i
        found.append(Placed(at_length(kind, minutes), minutes, day, start, visit))
    return tuple(sorted(found, key=lambda p: (p.day, p.start or 0, p.visit)))


def _experience_note(request: Request, primary: str, week_class: str) -> list[str]:
    spoken = {"run": "your running", "lift": "your lifting"}.get(primary, "the lower of both")
    experience = request.spec.athlete.experience
    if "experience" not in request.spec.athlete.model_fields_set:
        return ["Intermediate experience is assumed in both lifting and running: the file does not state it."]
    if experience.lift != experience.run:
        return [f"Caps on the whole week follow {spoken} ({week_class})."]
    return []


def _history_notes(request: Request, facts: Mapping[str, int]) -> list[str]:
    missing = []
    if "run-minutes" not in facts:
        missing.append("how fast your running grows")
    if "longest-run" not in facts:
        missing.append("how far your longest run exceeds those before")
    notes = [f"Not judged without history: {' and '.join(missing)}."] if missing else []
    if (
        request.spec.athlete.easy_pace is None
        and isinstance(request.spec.history.longest_run_30d, str)
        and not _is_time(request.spec.history.longest_run_30d)
    ):
        notes.append("Easy pace 9:00 a mile is assumed: the file does not state it.")
    return notes


def _is_time(text: str) -> bool:
    try:
        clock.parse_duration(text)
    except ValueError:
        return False
    return True
