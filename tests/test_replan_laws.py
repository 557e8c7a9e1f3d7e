"""Laws of replanning over drawn weeks at drawn hours: no news, no change; done, missed, lost and ill, never more than was
planned.

The long run is MICROCYCLE_DRAWS=10 pytest tests/test_replan_laws.py.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from functools import cache
from random import Random

from asks import asked
from draws import draws
from ordinary import ordinary

from benchmarks.tiny import Spec
from microcycle import News, audit, plan_week, replan
from microcycle.errors import InputError
from microcycle.models.catalogue import catalogue
from microcycle.models.change import Replan
from microcycle.models.clock import DAY_MIN, DAYS
from microcycle.models.planned import PlannedSession
from microcycle.models.request import Request
from microcycle.models.selector import Piece
from microcycle.models.week import Week
from microcycle.solver.resolve import resolve

GENTLE_MIN = 30
Stand = tuple[str, str, str | None, int, bool]


def varied(seed: int) -> Spec:
    """An everyday request, now and then with a session fixed to one of several evenings, with more sessions fixed than the
    goal counts, time to get ready, or late hours."""
    spec = ordinary(seed)
    days = sorted(spec["availability"], key=DAYS.index)
    if seed % 8 == 0:
        on = Random(f"evenings {seed}").sample(DAYS, 2)
        club = {"session": "easy-run", "day": on, "start": "20:40", "minutes": 35, "outside_windows": True}
        spec["pinned"] = [*spec.get("pinned", ()), club]
    elif seed % 4 == 1:
        pin = {"session": "bike-easy", "start": "05:00", "minutes": 35, "outside_windows": True}
        spec["pinned"] = [*spec.get("pinned", ()), *({**pin, "day": day} for day in days[:3])]
    elif seed % 4 == 2:
        spec["availability"] = {day: [{"at": at, "buffer": 10} for at in spec["availability"][day]] for day in days}
    elif seed % 4 == 3:
        spec["sleep"] = "01:00-06:00"
        spec["availability"][days[-1]].append("22:50-00:50")
    return spec


@cache
def week_of(seed: int) -> tuple[Request, Week] | None:
    """A drawn week that is solved, or None; of every third what stands on several days is fixed to each of them, of every
    other third some of it to one of its day and others."""
    found = planned(spec := varied(seed))
    if found is None or seed % 3 == 2:
        return found
    free = [s for s in found[1].sessions if not s.pinned]
    rows = on_one_of(Random(f"one of {seed}"), free) if seed % 3 else on_each(free)
    return planned({**spec, "pinned": [*spec.get("pinned", ()), *rows]}) or found


def on_each(free: list[PlannedSession]) -> list[Spec]:
    days: dict[str, list[str]] = {}
    for s in free:
        days.setdefault(s.session, []).append(s.day)
    return [{"session": kind, "each": on} for kind, on in days.items() if len(on) == len(set(on)) > 1]


def on_one_of(rng: Random, free: list[PlannedSession]) -> list[Spec]:
    """At any hour or their own, at any length or their own."""
    rows: list[Spec] = []
    for s in rng.sample(free, min(len(free), rng.choice((1, 2, 3)))):
        days = [s.day, *rng.sample([day for day in DAYS if day != s.day], rng.choice((1, 1, 2)))]
        timed: Spec = {"start": s.start, "minutes": s.minutes, "outside_windows": True}
        whole: Spec = rng.choice((timed, {"minutes": s.minutes}, {}))
        rows.append({"session": s.session, "day": rng.sample(days, len(days)), **whole})
    return rows


def planned(spec: Spec) -> tuple[Request, Week] | None:
    request = asked(json.dumps(spec), "json")
    try:
        week = plan_week(request, repairs=False)
    except InputError:
        return None
    return (request, week) if week.outcome == "solved" and week.sessions else None


def weeks(law: str, n: int) -> Iterator[tuple[Random, Request, Week, int]]:
    """So many solved weeks, each with an hour of it: any, or just before or behind something."""
    found = filter(None, (week_of(seed) for seed in itertools.count()))
    for number, (request, week) in enumerate(itertools.islice(found, draws(n))):
        rng = Random(f"{law} {number}")
        edge = minute(rng.choice(week.sessions)) + rng.choice((-3, 0, 1, 20, 60))
        yield rng, request, week, min(max(rng.choice((edge, rng.randrange(7 * DAY_MIN))), 0), 7 * DAY_MIN - 1)


def minute(session: PlannedSession) -> int:
    assert session.start_min is not None
    return session.start_min


def stands(week: Week) -> list[Stand]:
    return [(s.session, s.day, s.start, s.minutes, s.finisher) for s in week.sessions]


def solved(found: Replan) -> Week:
    assert found.week is not None, (found.outcome, found.conflict)
    return found.week


def left(week: Week) -> dict[str, list[int]]:
    """Minutes of what is still to come, by kind, the longest first."""
    kinds = {s.session for s in week.sessions if not s.done}
    return {
        kind: sorted((s.minutes for s in week.sessions if s.session == kind and not s.done), reverse=True) for kind in kinds
    }


def no_more(here: dict[str, list[int]], before: dict[str, list[int]]) -> bool:
    """Whether each session has one of its kind in the other week that is as long."""
    return all(
        len(new) <= len(before.get(kind, ())) and all(n <= was for n, was in zip(new, before.get(kind, ()), strict=False))
        for kind, new in here.items()
    )


def as_begun(week: Week, now: int, but: Callable[[PlannedSession], bool] = lambda _: False) -> dict[str, list[int]]:
    """What of a week is still to come, but for some."""
    begun = [(s.day, s.visit) for s in week.sessions if minute(s) < now]
    ahead = [s for s in week.sessions if (s.day, s.visit) not in begun and not but(s)]
    ahead = [s.model_copy(update={"done": False}) for s in ahead]
    return left(week.model_copy(update={"sessions": tuple(ahead)}))


def test_without_news_nothing_changes() -> None:
    for rng, request, week, now in weeks("nothing", 12):
        first = replan(request, week, News(now))
        at = (request.document.data, now)
        assert (first.changes, first.hours_moved, first.eased, first.missed) == (0, 0, (), ()), at
        assert stands(solved(first)) == stands(week), at
        assert (first.came, first.went, first.sessions) == ((), (), ()), at
        assert [s.id for s in solved(first).sessions] == [s.id for s in week.sessions], at
        assert solved(first).revision == week.revision + 1
        later = rng.randrange(now, 7 * DAY_MIN)
        again = replan(request, Week.model_validate_json(solved(first).to_json()), News(later))
        assert stands(solved(again)) == stands(week), (*at, later)


def test_more_done_never_leaves_more() -> None:
    for rng, request, week, now in weeks("more done", 8):
        if now < DAY_MIN // 2:
            continue
        kind = rng.choice(["easy-run", *(s.session for s in week.sessions)])
        day = rng.randrange(now // DAY_MIN + 1) if now % DAY_MIN > 400 else max(0, now // DAY_MIN - 1)
        over = [s for s in week.sessions if minute(s) < now]
        hours = [(DAYS[day], "00:05"), *((s.day, s.start) for s in over)]
        before, changes, (on, hour) = as_begun(week, now), 0, rng.choice(hours[: rng.choice((1, 9))])
        for minutes in (15, 60, 120, 240):
            # Early enough that nothing of the week is in its way, or in the middle of what was done.
            done = f"{kind}={on} {hour} {minutes} min"
            try:
                found = replan(request, week, News(now, done=[done]))
            except InputError as error:
                if not any(told in str(error) for told in ("minutes", "not done yet", "both said", "taken as done")):
                    raise
                continue
            at = (request.document.data, now, done)
            if found.outcome == "infeasible":
                assert any("is fixed on" in fact.text for fact in found.conflict), at
                break
            here = left(solved(found))
            assert no_more(here, before), at
            assert found.changes is not None
            assert found.changes >= changes, at
            changes = found.changes


def test_what_is_lost_is_poured_into_nothing() -> None:
    for rng, request, week, now in weeks("lost", 12):
        over = [s for s in week.sessions if minute(s) < now]
        days = sorted({s.day for s in week.sessions if DAYS.index(s.day) >= now // DAY_MIN})
        missed = [s.id for s in over if rng.random() < 0.4]
        lost = rng.sample(days, min(len(days), rng.choice((0, 1, 1, 2))))
        done, early = done_early(rng, week, now)
        found = replan(request, week, News(now, missed=missed, lost=lost, done=early))
        at = (request.document.data, now, missed, lost, early)
        if early and found.outcome == "infeasible":
            # So late or so early that what is fixed has no hour left on its day.
            assert any("is fixed on" in fact.text for fact in found.conflict), at
            continue
        here, before = left(solved(found)), as_begun(week, now, done.__contains__)
        assert no_more(here, before), at
        assert not any(s.day in lost and not s.done for s in solved(found).sessions), at
        if not lost and not done:
            assert found.changes == 0, at
            assert here == before, at
        later = rng.randrange(now, 7 * DAY_MIN)
        assert audit(request, json.loads(solved(found).to_json())).legal, at
        again = replan(request, solved(found), News(later))
        assert stands(solved(again)) == stands(solved(found)), (*at, later)
        assert (again.changes, again.eased) == (0, ()), (*at, later)


def done_early(rng: Random, week: Week, now: int) -> tuple[list[PlannedSession], list[str]]:
    """Now and then a session that is still to come, or what is fixed of it, and how it was done in a night before."""
    ahead = [s for s in week.sessions if minute(s) >= now and not s.finisher]
    ahead = [s for s in ahead if [o.visit for o in week.sessions if o.day == s.day].count(s.visit) == 1]
    if not ahead or now < 240 or rng.random() < 0.5:
        return [], []
    one = rng.choice([s for s in ahead if s.pinned] or ahead)
    return [one], [f"{one.id}={DAYS[rng.randrange((now - 240) // DAY_MIN + 1)]} 03:10 {rng.choice((one.minutes, 20))} min"]


def test_few_moves_bring_nothing_new() -> None:
    for rng, request, week, now in weeks("moves", 4):
        over = [s.id for s in week.sessions if minute(s) < now]
        moves = rng.choice((0, 1, 2))
        found = replan(request, week, News(now, missed=over[-1:]), moves=moves)
        assert found.changes is not None
        assert found.changes <= moves
        assert no_more(left(solved(found)), as_begun(week, now)), (request.document.data, now, moves)


def test_a_day_that_is_over_is_lost_as_its_sessions_are_missed() -> None:
    for rng, request, week, now in weeks("over", 8):
        days = sorted({s.day for s in week.sessions if DAYS.index(s.day) < now // DAY_MIN}, key=DAYS.index)
        if not days:
            continue
        day = rng.choice(days)
        there = [s for s in week.sessions if s.day == day]
        done = [s.id for s in there if rng.random() < 0.3]
        by_day = replan(request, week, News(now, lost=[day], done=done))
        by_id = replan(request, week, News(now, missed=[s.id for s in there if s.id not in done], done=done))
        assert by_day == by_id, (request.document.data, now, day, done)


def test_after_an_illness_it_begins_gently() -> None:
    for rng, request, week, now in weeks("ill", 14):
        first = min(6, max(0, now // DAY_MIN + rng.choice((-2, -1, 0, 0, 1))))
        ill = set(range(first, min(7, first + rng.choice((1, 1, 2, 3, 4, 5, 7)))))
        word = f"{DAYS[first]}-{DAYS[max(ill)]}" if len(ill) > 1 else DAYS[first]
        done = [s.id for s in week.sessions if minute(s) < now and DAYS.index(s.day) in ill and rng.random() < 0.3]
        found = replan(request, week, News(now, ill=[word], done=done))
        judge(request, week, now, ill, solved(found), (request.document.data, now, word))
        assert found.illness[0].rule == "illness-gate"
        assert "clinician" in found.advice
        later = rng.randrange(now, 7 * DAY_MIN)
        again = replan(request, Week.model_validate_json(solved(found).to_json()), News(later))
        assert stands(solved(again)) == stands(solved(found)), (request.document.data, now, word, later)
        told = audit(request, json.loads(solved(found).to_json()))
        assert told.legal, (request.document.data, now, word, told.hard)


def judge(request: Request, week: Week, now: int, ill: set[int], after: Week, at: object) -> None:
    """The rows on illness, once more by hand."""
    selectors, kinds = resolve(request, catalogue()).selectors, resolve(request, catalogue()).kinds
    planned = as_begun(week, now, lambda s: DAYS.index(s.day) in ill)
    ahead = [s for s in after.sessions if not s.done]
    here = left(after)
    assert not any(DAYS.index(s.day) in ill for s in ahead), at
    behind = [s for s in after.sessions if DAYS.index(s.day) > max(ill) and kinds[s.session].counts]
    first = behind[:1] if behind and not behind[0].done else []
    others = after.model_copy(update={"sessions": tuple(s for s in after.sessions if s not in first)})
    assert no_more(left(others), planned), at
    missed = [s for s in week.sessions if DAYS.index(s.day) in ill and kinds[s.session].counts]
    assert sum(map(len, here.values())) <= sum(map(len, planned.values())) + len(missed), at
    for start in ([s for s in behind if s.day == one.day] for one in first):
        assert all(s.minutes <= GENTLE_MIN and kinds[s.session].intensity_at(s.minutes) == "easy" for s in start), at
    near = max(ill) + (2 if len(ill) <= 3 else 4)
    hard = [s for s in ahead if selectors.holds("hard", Piece(kinds[s.session], s.minutes, s.finisher))]
    assert not any(max(ill) < DAYS.index(s.day) <= near for s in hard), at
