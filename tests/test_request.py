"""What a request asks for: the keys of its file, seen on the resolved problem and, where it matters, on the week."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from asks import EVENINGS, OWN, SKETCH, asked, bounds, lengths, refusal, resolved, rule, sessions, windows

from microcycle import load_request, plan_week
from microcycle.errors import InputError
from microcycle.models.amounts import amount_words
from microcycle.models.catalogue import catalogue
from microcycle.models.clause import Bound, Clock, SpacingHours
from microcycle.models.edit import edited
from microcycle.models.goal import CLASSES
from microcycle.models.naming import Noun
from microcycle.models.session import Modality
from microcycle.solver.audit import audit
from microcycle.solver.causes import causes
from microcycle.solver.giving import Ways
from microcycle.solver.inforce import Change, strictness
from microcycle.solver.problem import Placed, Problem
from microcycle.solver.resolve import resolve
from microcycle.solver.solve import Result, solve

EXAMPLES = Path(__file__).parent.parent / "examples"


def planned(text: str, **more: str) -> Result:
    """The solved week of a request; its audit raises if anything is amiss."""
    return solve(resolved(text, **more))


def at(pieces: tuple[Placed, ...], kind: str) -> list[str]:
    return [text for text in sessions(pieces) if f" {kind} " in text]


# --- the sketch of the issue ----------------------------------------------------------------------------------------


def test_the_sketch_is_planned_as_it_stands() -> None:
    problem = resolve(asked(SKETCH), catalogue())
    assert windows(problem)[:5] == [
        "mon 06:00-07:30", "mon 17:30-20:30", "tue 06:00-07:30", "tue 17:30-20:30", "wed 18:00-19:30",
    ]  # fmt: skip
    assert (problem.windows[4].only, problem.windows[4].place, problem.windows[4].setup) == ("runs", "track", 10)
    assert problem.kinds["match"].modality == "cross"
    assert not rule(problem, "prefer-separate-days")
    assert [r.severity for r in rule(problem, "easy-run-cap-on-lift-day")] == ["hard"]
    result = solve(problem)
    assert result.outcome == "solved"
    assert at(result.pieces, "easy-run")[0] == "tue 18:30 easy-run 45"
    assert sum(p.kind.modality == "lift" and p.kind.counts for p in result.pieces) == 3


# --- wants ----------------------------------------------------------------------------------------------------------

# The card of a 10 km goal, intermediate: runs of 20 minutes or more 4-5-5, lifts of 30 or more 1-1-2.
CARD = {"runs >= 20": {"min": (4, "tier4"), "target": (5, "tier3"), "max": (5, "hard")}}


def test_the_card_alone() -> None:
    assert bounds(resolved(""), "runs >= 20") == CARD["runs >= 20"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("3", {"min": (3, "hard"), "max": (3, "hard")}),
        ("'3'", {"min": (3, "hard"), "max": (3, "hard")}),
        ("3-6", {"min": (3, "hard"), "target": (5, "tier3"), "max": (6, "hard")}),
        ("2-4", {"min": (2, "hard"), "target": (4, "tier3"), "max": (4, "hard")}),
        ("2-3-5", {"min": (2, "hard"), "target": (3, "tier3"), "over": (3, "tier3"), "max": (5, "hard")}),
        ("~3", {"min": (3, "tier4"), "over": (3, "tier3"), "max": (5, "hard")}),
        ("~7", {"min": (4, "tier4"), "target": (7, "tier3"), "max": (7, "hard")}),
        ("{min: 5}", {"min": (5, "hard"), "max": (5, "hard")}),
        ("{min: 6}", {"min": (6, "hard"), "max": (6, "hard")}),
        ("{max: 3}", {"min": (3, "tier4"), "max": (3, "hard")}),
        ("{target: 4}", {"min": (4, "tier4"), "over": (4, "tier3"), "max": (5, "hard")}),
        ("{max: 6, target: 4}", {"min": (4, "tier4"), "over": (4, "tier3"), "max": (6, "hard")}),
    ],
)
def test_want_merges_with_the_card_field_by_field(written: str, expected: dict[str, Any]) -> None:
    problem = resolved(f"want: {{runs: {written}}}")
    assert bounds(problem, "runs") == expected
    assert bounds(problem, "runs >= 20") == {}


def test_want_of_a_band_stands_beside_the_card() -> None:
    problem = resolved("want: {runs > 45: 1-2}")
    assert bounds(problem, "runs > 45") == {"min": (1, "hard"), "max": (2, "hard")}
    assert bounds(problem, "runs >= 20") == CARD["runs >= 20"]


@pytest.mark.parametrize("key", ["lifts", "runs", "aerobic", "hard", "hard-runs", "leg-lifts", "sessions"])
def test_want_of_each_group(key: str) -> None:
    problem = resolved(f"want: {{{key}: 1-2}}", goal="hybrid-vo2-strength")
    ends = bounds(problem, key)
    assert (ends["min"], ends["max"]) == ((1, "hard"), (2, "hard"))


@pytest.mark.parametrize(
    ("key", "written", "of", "quantity", "expected"),
    [
        ("run_minutes", "80-150", "runs", "minutes", {"min": (80, "hard"), "max": (150, "hard")}),
        ("run-minutes", "80-150 min", "runs", "minutes", {"min": (80, "hard"), "max": (150, "hard")}),
        ("run_minutes", "2-3 h", "runs", "minutes", {"min": (120, "hard"), "max": (180, "hard")}),
        ("run_minutes", "{min: 80}", "runs", "minutes", {"min": (80, "hard"), "max": (360, "tier4")}),
        ("lift_minutes", "90", "lifts-and-power", "minutes", {"min": (90, "hard"), "max": (90, "hard")}),
        ("minutes", "{max: 300}", "all-minutes", "minutes", {"max": (300, "hard")}),
        ("run_distance", "20-30 km", "runs", "metres", {"min": (20_000, "hard"), "max": (30_000, "hard")}),
        ("run_distance", "{max: 15 mi}", "runs", "metres", {"max": (24_140, "hard")}),
        ("run_distance", "~12.5km", "runs", "metres", {"target": (12_500, "tier3")}),
    ],
)
def test_want_of_measures(key: str, written: str, of: str, quantity: str, expected: dict[str, Any]) -> None:
    found = bounds(resolved(f"want: {{{key}: {written}}}"), of, quantity)
    assert {end: found[end] for end in expected} == expected


def test_the_order_of_wants_changes_nothing() -> None:
    lines = ["runs: 0-2", "aerobic: ~3", "easy-run: {min: 1}", "lifts: 2-3", "hard: 1"]
    one, other = (resolved("want: {" + ", ".join(some) + "}") for some in (lines, lines[::-1]))
    assert [(r.clause, r.severity, r.weight) for r in one.rules] == [(r.clause, r.severity, r.weight) for r in other.rules]


def test_a_wanted_kind_comes_on_the_menu_and_the_card_makes_room() -> None:
    plain = resolved("", goal="run-5k")
    problem = resolved("athlete: {experience: beginner}\nwant: {tempo-run: 1, swim-easy: 1-2}", goal="run-5k")
    assert not lengths(plain, "swim-easy")
    assert lengths(problem, "swim-easy") == list(range(20, 61, 5))
    assert lengths(problem, "tempo-run")
    assert bounds(problem, "hard-aerobic")["max"] == (1, "hard")
    result = solve(problem)
    assert at(result.pieces, "tempo-run")
    assert at(result.pieces, "swim-easy")


def test_want_none_of_a_group() -> None:
    problem = resolved("want: {lifts: 0}", goal="hybrid-vo2-strength")
    assert {o.kind.modality for o in problem.options} <= {"run", "cross", "walk", "mobility"}
    assert bounds(problem, "lifts") == {"max": (0, "hard")}
    assert not [r for r in problem.rules if isinstance(r.clause, Bound) and r.clause.muscles and r.clause.min]
    assert not rule(problem, "strength-floor")
    assert solve(problem).outcome == "solved"
    pinned = resolved("want: {lifts: 0}\npinned: [{session: upper, day: sat, start: 08:00}]")
    assert solve(pinned).outcome == "infeasible"


def usual(problem: Problem, kind: str) -> list[tuple[Any, Any]]:
    clauses = [r.clause for r in rule(problem, "usual-length")]
    return [(c.min, c.max) for c in clauses if isinstance(c, Bound) and c.of == f"just {kind}"]


def test_minutes_of_a_kind() -> None:
    assert lengths(resolved("want: {easy-run: {minutes: 30-40}}"), "easy-run") == [30, 35, 40]
    assert lengths(resolved("want: {long-run: {max: 1, minutes: 100}}"), "long-run") == [100]
    about = resolved("want: {easy-run: {minutes: ~75}}")
    assert usual(about, "easy-run") == [(75, 75)]
    assert 75 in lengths(about, "easy-run")
    clamped = resolved("want: {easy-run: {minutes: 60-75}}")
    assert usual(clamped, "easy-run") == [(60, 60)]


@pytest.mark.parametrize(
    ("goal", "kind", "least"),
    [
        ("health-longevity", "bike-easy", 30),
        ("health-longevity", "row-easy", 20),
        ("health-longevity", "cardio-steady", 20),
        ("hybrid-advanced", "bike-easy", 30),
        ("hybrid-advanced", "row-easy", 20),
        ("strength-power", "row-easy", 20),
    ],
)
def test_no_finisher_collects_a_count(goal: str, kind: str, least: int) -> None:
    """What is asked for by name is a session of its own, of the card's lengths or of the kind's usual length and more."""
    lead = "primary: lift\n" if goal == "hybrid-advanced" else ""
    problem = resolved(f"{lead}want: {{{kind}: 2}}", goal=goal)
    asked_for = [
        r.clause for r in rule(problem, "session-counts") if r.path == ("want", kind) and isinstance(r.clause, Bound)
    ]
    counted = [problem.options[o] for clause in asked_for for o in problem.members(clause.of)]
    assert counted
    assert not any(o.finisher for o in counted)
    assert min(o.minutes for o in counted) == least
    sized = resolved(f"{lead}want: {{{kind}: {{min: 2, minutes: 15}}}}", goal=goal)
    assert lengths(sized, kind) == [15]
    assert bounds(sized, kind)["min"] == (2, "hard")


def test_the_cards_most_gives_way_to_counts_that_come_to_more_together() -> None:
    counts = "swim-easy: 2, bike-easy: 2, easy-run: 2"
    problem = resolved(f"primary: balanced\nwant: {{{counts}}}", goal="health-longevity")
    assert bounds(problem, "aerobic >= 20")["max"] == (6, "hard")
    problem = resolved("primary: balanced\nwant: {easy-run: 2, runs: 2}", goal="health-longevity")
    assert bounds(problem, "aerobic >= 20")["max"] == (4, "hard")


# --- prefer, forbid, exclude ----------------------------------------------------------------------------------------


def wishes(problem: Problem) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for r in rule(problem, "user-wish"):
        if isinstance(r.clause, Bound):
            found.append((r.clause.quantity, r.clause.of, r.clause.on, r.clause.min, r.clause.max, r.severity))
        if isinstance(r.clause, Clock):
            found.append((r.clause.of, r.clause.start_not_before, r.clause.end_not_after, r.severity))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("prefer: {long-run: [sat, sun]}", [("sessions", "long-run", (0, 1, 2, 3, 4), None, 0, "tier2")]),
        ("prefer: {long-run: weekend}", [("sessions", "long-run", (0, 1, 2, 3, 4), None, 0, "tier2")]),
        ("prefer: {rest: sun}", [("days", "active-gentle", (6,), None, 0, "tier2")]),
        ("forbid: {lifts: [tue]}", [("sessions", "lifts", (1,), None, 0, "hard")]),
        ("forbid: {lift: daily}", [("sessions", "lifts", (0, 1, 2, 3, 4, 5, 6), None, 0, "hard")]),
        ("forbid: {rest: [sat, sun]}", [("days", "active-gentle", (5, 6), 2, None, "hard")]),
        ("prefer: {easy-run: daily}", []),
        ("prefer: {easy-run: {hours: 06:00-09:00}}", [("easy-run", "06:00", "09:00", "tier2")]),
        ("prefer: {easy-run: 06:00-09:00}", [("easy-run", "06:00", "09:00", "tier2")]),
        ("prefer: {easy-run: {hours: 22:00-01:00}}", [("easy-run", "22:00", "25:00", "tier2")]),
        (
            "prefer: {easy-run: {days: sat, hours: 9am-11am}}",
            [("sessions", "easy-run", (0, 1, 2, 3, 4, 6), None, 0, "tier2"), ("easy-run", "09:00", "11:00", "tier2")],
        ),
    ],
)
def test_wishes(text: str, expected: list[tuple[Any, ...]]) -> None:
    assert wishes(resolved(text)) == expected


def test_wishes_are_followed_and_told() -> None:
    result = planned("prefer: {lifts: mon, easy-run: {hours: 19:00-20:30}}\nforbid: {lifts: [mon, tue, sun], runs: sat}")
    assert not {p.day for p in result.pieces if p.kind.modality == "lift" and p.kind.counts} & {0, 1, 6}
    assert not [p for p in result.pieces if p.kind.modality == "run" and p.day == 5]
    assert result.audit is not None
    told = [m.text for m in result.audit.matches if m.instance.rule.id == "user-wish"]
    assert any(text.startswith("You prefer lifts on Monday;") for text in told)


def test_exclude() -> None:
    problem = resolved("exclude: [hard-runs, long-run]")
    assert not [o for o in problem.options if problem.selectors.holds("hard-runs | long-run", o.piece)]
    assert lengths(problem, "easy-run")
    assert solve(problem).outcome == "solved"
    assert not lengths(resolved("exclude: intervals-vo2"), "intervals-vo2")
    long = resolved("exclude: [runs >= 90]", goal="run-marathon")
    assert max(lengths(long, "long-run")) < 90
    assert lengths(resolved("exclude: [hard]", goal="run-marathon"), "long-run")
    finisher = resolved("exclude: [cardio-steady]\nathlete: {experience: beginner}", goal="concurrent-beginner")
    assert not lengths(finisher, "cardio-steady", attached=True)


@pytest.mark.parametrize(
    ("text", "goal", "told"),
    [
        ("exclude: full-body", "health-longevity", ["at least 1 lift [strength-floor]"]),
        ("exclude: [lifts]", "run-5k", ["at least 1 lift [strength-floor]", "at least 1 session of strength for runners"]),
        ("want: {lifts: 0}", "run-5k", ["at least 1 lift [strength-floor]"]),
        ("want: {full-body: 0}", "health-longevity", ["at least 1 lift [strength-floor]"]),
        ("want: {lifts: 1}\nathlete: {age: 61}", "health-longevity", ["at least 2 lifts [strength-floor]"]),
        ("exclude: long-run", "run-marathon", ["at least 1 long run [session-counts]"]),
    ],
)
def test_a_must_that_the_file_gives_up_is_told(text: str, goal: str, told: list[str]) -> None:
    problem = resolved(text, goal=goal)
    (note,) = [line for line in problem.assumptions if line.startswith("Given up, as your file wants it (week.yaml:3)")]
    assert all(one in note for one in told)
    assert not rule(problem, "strength-floor") or "strength-floor" not in note


@pytest.mark.parametrize("goal", catalogue().goals)
def test_a_hard_least_falls_by_the_athletes_own_line_alone(goal: str) -> None:
    """Each card has sessions for every hard least; where the file asks for it and leaves it out, that is a conflict."""
    card = catalogue().goals[goal]
    for experience in (name for name in CLASSES if name not in card.refuse):
        problem = resolved(f"athlete: {{experience: {experience}}}\n", goal=goal)
        (floor,) = rule(problem, "strength-floor")
        assert floor.hard
        assert isinstance(floor.clause, Bound)
        assert problem.members(floor.clause.of)
    both = resolved(f"athlete: {{experience: {experience}}}\nexclude: lifts\nrules: {{strength-floor: hard}}", goal=goal)
    assert [r.hard for r in rule(both, "strength-floor")] == [True]


def test_what_is_left_out_is_named_where_a_rule_of_the_file_needs_it() -> None:
    request = asked("goal: health-longevity\nexclude: full-body\nrules: {strength-floor: {sessions: 2}}\n" + EVENINGS)
    told = ["Lifts: at least 2 a week.", "You leave out full-body sessions."]
    assert [fact.text for fact in plan_week(request).conflict] == told


def test_an_excluded_kind_may_be_pinned_but_stands_nowhere_else() -> None:
    problem = resolved("exclude: [hard-runs]\npinned: [{session: tempo-run, day: tue, start: 18:00}]")
    assert {(p.day, p.pin) for p in problem.places for o in p.options if problem.options[o].kind.id == "tempo-run"} == {
        (1, 0)
    }
    assert bounds(problem, "tempo-run")["max"][0] <= 1


# --- history --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "pace", "minutes", "assumed"),
    [
        ("60 min", None, 60, False),
        ("60", None, 60, False),
        ("1:15", None, 75, False),
        ("1 h 30 min", None, 90, False),
        ("8 km", "6:00 /km", 48, False),
        ("5 mi", "10:00 /mi", 50, False),
        ("8000 m", "5:00 /km", 40, False),
        ("8 km", None, 44, True),
    ],
)
def test_longest_run_is_a_time_or_a_distance(written: str, pace: str | None, minutes: int, assumed: bool) -> None:
    athlete = f'athlete: {{easy_pace: "{pace}"}}\n' if pace else ""
    problem = resolved(f"{athlete}history: {{longest_run_30d: {written}}}")
    (spike,) = [r.clause for r in rule(problem, "single-run-spike")]
    assert isinstance(spike, Bound)
    assert isinstance(spike.max, int)
    assert minutes <= spike.max <= minutes * 1.1 + 10
    assert any("pace 9:00 a mile is assumed" in note for note in problem.assumptions) == assumed


@pytest.mark.parametrize(
    ("written", "rule_id", "limits"),
    [
        ("run_minutes: [80, 85, 95]", "weekly-run-ramp", [95, 112]),  # a mean of 86 2/3: 95 1/3 and 112 2/3
        ("run_minutes: [100, 101, 101]", "weekly-run-ramp", [110, 130]),
        ("run_minutes: [100, 100, 100]", "weekly-run-ramp", [110, 130]),
        ("run_minutes: [20, 21, 21]", "weekly-run-ramp", [40, 40]),
        ("run_minutes: [31, 31, 30]", "weekly-run-ramp", [45, 45]),  # 30 2/3 and a quarter of an hour
        ("run_minutes: [59, 60, 60]", "weekly-run-ramp", [74, 77]),
        ("run_minutes: [60, 60, 60]", "weekly-run-ramp", [66, 78]),
        ("longest_run_30d: 5 mi", "single-run-spike", [55]),
        ("longest_run_30d: 59 min", "single-run-spike", [64]),
        ("load: [999, 1000, 1000, 1000]", "recoverable-load", [1099]),
    ],
)
def test_what_history_allows_is_rounded_once(written: str, rule_id: str, limits: list[int]) -> None:
    text = f"athlete: {{easy_pace: '10:00 /mi'}}\npolicies: {{load_budget: recoverable}}\nhistory: {{{written}}}"
    assert [r.clause.max for r in rule(resolved(text), rule_id) if isinstance(r.clause, Bound)] == limits


@pytest.mark.parametrize(
    "weeks", [[100, 150, 200], [25, 40, 60], [120, 180, 260], [0, 0, 200], [0, 0, 20], [300], [50, 40, 30]]
)
def test_what_was_run_last_week_may_be_run_again(weeks: list[int]) -> None:
    """The hard limit on growth is never below it; the tenth is a wish, and stays."""
    ramp = rule(resolved(f"history: {{run_minutes: {weeks}}}"), "weekly-run-ramp")
    wish, cap = (r.clause.max for r in ramp if isinstance(r.clause, Bound))
    assert isinstance(wish, int)
    assert isinstance(cap, int)
    mean = sum(weeks) / len(weeks)
    assert cap >= weeks[-1]
    assert cap == max(int(mean * 1.3), int(mean + 15) * (mean < 60), 40 * (mean < 60), weeks[-1])
    assert wish == max(int(mean * 1.1), int(mean + 15) * (mean < 60), 40 * (mean < 60))


def test_history_lists_are_oldest_first() -> None:
    # The mean of the last three of four weeks, 90: 10 % more is 99, and below 100 at least 30 minutes more (ramp).
    some, one = resolved("history: {run_minutes: [300, 80, 90, 100]}"), resolved("history: {run_minutes: 1:30}")
    ramps = [[r.clause.max for r in rule(p, "weekly-run-ramp") if isinstance(r.clause, Bound)] for p in (some, one)]
    assert ramps[0] == ramps[1] != []


def test_last_week_is_facts_of_any_length() -> None:
    problem = resolved(
        """
        history:
          last_week:
            - {session: long-run, day: sun, start: "09:00", minutes: 63}
            - {session: hike, day: sat, minutes: 97}
            - {session: upper, day: fri, visit: 1, start: 07:00, minutes: 50}
            - {session: easy-run, day: fri, visit: 1, minutes: 12}
        """
    )
    assert sessions(problem.history) == [
        "fri 07:00 upper 50", "fri 07:50 easy-run 12", "sat 12:00 hike 97", "sun 09:00 long-run 63",
    ]  # fmt: skip
    assert {p.day for p in problem.history} == {-3, -2, -1}
    assert solve(problem).outcome == "solved"


def test_what_is_not_judged_is_told() -> None:
    assert "Not judged without history" in " ".join(resolved("").assumptions)
    known = resolved("history: {longest_run_30d: 60, run_minutes: [80]}")
    assert known.not_judged == ()


# --- policies and rules ---------------------------------------------------------------------------------------------


def test_policies() -> None:
    problem = resolved("policies: {separation: gap-3h}")
    hours = {c.hours for r in rule(problem, "same-day-separation") if isinstance(c := r.clause, SpacingHours)}
    assert hours == {3}
    assert any(
        "policies.taper_style is not used yet" in n for n in resolved("policies: {taper_style: one-week}").assumptions
    )


def severities(text: str, id: str, **more: str) -> list[str]:
    return [r.severity for r in rule(resolved(text, **more), id)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{minutes: 300}", ["hard"]),
        ("on", ["hard"]),
        ("true", ["hard"]),
        ("hard", ["hard"]),
        ("soft", ["tier4"]),
        ("{minutes: 300, severity: tier2}", ["tier2"]),
        ("off", []),
        ("false", []),
    ],
)
def test_a_rule_that_is_off_is_switched_on(written: str, expected: list[str]) -> None:
    assert severities("", "weekly-time-cap") == []
    assert severities(f"rules: {{weekly-time-cap: {written}}}", "weekly-time-cap") == expected
    problem = resolved("rules: {weekly-time-cap: {minutes: 300}}")
    (cap,) = [r.clause for r in rule(problem, "weekly-time-cap")]
    assert isinstance(cap, Bound)
    assert cap.max == 300


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("on", ["hard", "tier3"]),
        ("hard", ["hard", "tier3"]),
        ("soft", ["tier4", "tier3"]),
        ("tier2", ["tier2", "tier2"]),
        ("{wanted: 12}", ["hard", "tier3"]),
        ("off", []),
    ],
)
def test_a_change_speaks_of_the_rule_as_a_whole(written: str, expected: list[str]) -> None:
    assert severities(f"rules: {{overnight-gap: {written}}}", "overnight-gap") == expected


@pytest.mark.parametrize("name", [rule.id for rule in catalogue().rules.values() if rule.negotiable])
def test_soft_softens_every_clause_and_hardens_none(name: str) -> None:
    """Also a clause that is hard by itself; what is soft already stays in its tier."""
    row = catalogue().rules[name]
    for severity in {row.severity, *(o.severity for o in row.overrides if o.severity)}:
        for clause in row.clauses:
            before = strictness(clause.severity, severity, None)
            after = strictness(clause.severity, severity, Change("soft", {}, ()))
            assert after == ("tier4" if before == "hard" else before)
            if clause.severity == "hard":
                assert strictness("hard", severity, Change("tier3", {}, ())) == "tier3"


@pytest.mark.parametrize("name", ["long-run-own-day", "easy-day-after-long-run", "same-muscle-48h", "late-hard-session"])
def test_the_repair_that_lets_a_rule_give_way_writes_that_and_no_more(name: str) -> None:
    """Its hard half becomes soft, its soft half stays as it is."""
    request = asked(f"goal: run-marathon\n{EVENINGS}")
    problem = resolve(request, catalogue())
    (cause,) = [cause for cause in causes(problem, request) if cause.rule == name]
    (step,) = Ways(request, problem).gone(cause)
    assert [(edit.path, edit.value) for edit in step.edits] == [(("rules", name), "soft")]
    softer = [r.severity for r in rule(resolve(edited(request, step.edits), catalogue()), name)]
    assert softer == ["tier4" if r.hard else r.severity for r in rule(problem, name)]


@pytest.mark.parametrize("written", ["soft", "{severity: soft}"])
def test_soft_speaks_of_own_rules_and_of_counts_too(written: str) -> None:
    assert severities(f"rules: {{long-run-own-day: {written}}}", "long-run-own-day") == ["tier3", "tier4"]
    assert "hard" not in severities(f"rules: {{session-counts: {written}}}", "session-counts")
    own = "rules: {mine: {family: bound, quantity: sessions, of: runs, max: 3, severity: soft}}"
    assert severities(own, "mine") == ["tier4"]


ORDERS = [
    ("hypertrophy", "", "bike-easy 20", "push 50", "the lift or jumps come first"),  # its card says lift-first
    ("hypertrophy", "order: priority-first", "bike-easy 20", "push 50", "the lift or jumps come first"),
    ("run-5k", "order: run-first", "runner-strength 40", "easy-run 30", "the endurance session comes first"),
    ("run-5k", "order: priority-first", "runner-strength 40", "tempo-run 40", "the key run comes first"),
    ("run-5k", "order: lift-first", "easy-run 30", "runner-strength 40", "the lift or jumps come first"),
]


@pytest.mark.parametrize(("goal", "policy", "first", "then", "statement"), ORDERS)
def test_order_on_a_day_is_a_must_under_eight_hours_and_a_wish_beyond(
    goal: str, policy: str, first: str, then: str, statement: str
) -> None:
    problem = resolved(f"policies: {{{policy}}}", goal=goal)
    kinds = [(problem.kinds[text.split()[0]], int(text.split()[1])) for text in (first, then)]

    def broken(minutes: int, *, swapped: bool = False) -> list[str]:
        """How strict what is broken is, so many minutes from the end of one to the start of the other."""
        (early, length), (late, other) = kinds[::-1] if swapped else kinds
        week = (Placed(early, length, 0, 360, 0), Placed(late, other, 0, 360 + length + minutes, 1))
        return [m.instance.severity for m in audit(problem, week).matches if m.instance.rule.id == "same-day-order"]

    assert broken(475) == ["hard", "tier2"]
    assert broken(480) == broken(660) == ["tier2"]
    assert broken(60, swapped=True) == broken(660, swapped=True) == []
    assert {statement in r.rule.statement for r in rule(problem, "same-day-order")} == {True}


def test_evening_lifts_stand_behind_morning_rides() -> None:
    """A card that puts lifts first bans none in the evening of a day that began with endurance work."""
    week = planned("sleep: 22:30-05:30", goal="hypertrophy", when="availability: {mon-fri: [06:00-06:25, 17:30-19:00]}\n")
    assert sum(piece.kind.modality == "lift" for piece in week.pieces) >= 3
    assert sum(piece.kind.modality in ("run", "cross") for piece in week.pieces) >= 1


@pytest.mark.parametrize(
    ("name", "text", "statement"),
    [
        ("hard-run-near-heavy-legs", "hard_pairing: separate-days", "do not share a day"),
        ("hard-run-near-heavy-legs", "hard_pairing: separate-hours", "on one day are {hours} hours apart"),
        ("hard-run-near-heavy-legs", "hard_pairing: consolidate", "Hard runs stand on days with leg work"),
        ("same-day-separation", "separation: gap-24h", "do not share a day"),
        ("same-day-separation", "separation: gap-3h", "at least {hours:hour} apart"),
        ("same-muscle-48h", "lift_spacing: dup", "unless the later one loads the legs less"),
        ("no-back-to-back-hard-days", "back_to_back: two-then-easy", "At most two hard days"),
        ("no-hard-or-long-run-on-lift-day", "lift_day_scope: auto", "without leg work"),
        ("no-hard-or-long-run-on-lift-day", "lift_day_scope: any", "without a lift"),
    ],
)
def test_a_rule_states_the_variant_that_is_in_force(name: str, text: str, statement: str) -> None:
    assert all(statement in r.rule.statement for r in rule(resolved(f"policies: {{{text}}}"), name))


def test_rules_that_speak_of_the_cards_numbers() -> None:
    assert severities("rules: {usual-length: off, overshoot: off}", "usual-length") == []
    assert severities("rules: {usual-length: off, overshoot: off}", "overshoot") == []
    assert set(severities("rules: {usual-length: tier3}", "usual-length")) == {"tier3"}
    assert set(severities("rules: {session-counts: tier4}", "session-counts")) == {"tier4"}
    assert severities("rules: {session-counts: off}\nwant: {runs: 3}", "session-counts") == ["hard", "hard"]
    assert severities("rules: {user-wish: tier4}\nprefer: {long-run: sat}\nforbid: {lifts: tue}", "user-wish") == [
        "hard",
        "tier4",
    ]


@pytest.mark.parametrize("name", OWN)
def test_own_rules_of_every_family(name: str) -> None:
    problem = resolved(f"rules:\n  my-{name}: {OWN[name]}")
    (found,) = rule(problem, f"my-{name}")
    assert found.rule.sources == ("own rule, week.yaml:4",)
    result = solve(problem)
    assert result.outcome == "solved"


def test_own_rules_bind_and_are_told_in_their_own_words() -> None:
    text = """
    rules:
      no-sat:
        family: bound
        quantity: sessions
        of: run
        on: [sat, sun]
        max: 0
        statement: "Saturdays are {for} the {}family."
        severity: tier1
      early-only:
        {family: clock, of: runs, end_not_after: "06:00", text: "{where}: {first} after {limit}", severity: tier1}
    """
    result = planned(text, when="availability: {mon: 17:30-20:00, sat-sun: 08:00-12:00}\n")
    assert result.audit is not None
    told = {m.instance.rule.id: m.text for m in result.audit.matches}
    assert told["no-sat"].startswith("Saturdays are {for} the {}family (")
    assert "after 06:00" in told["early-only"]


def test_own_rules_of_history_and_conditions() -> None:
    cap = "rules:\n  cap: {family: bound, quantity: minutes, of: runs, max: {fact: run-minutes, percent: 20}}"
    assert rule(resolved(cap), "cap") == []
    (known,) = [r.clause for r in rule(resolved(cap + "\nhistory: {run_minutes: [100]}"), "cap")]
    assert isinstance(known, Bound)
    assert known.max == 120
    lead = "rules:\n  cap: {family: bound, quantity: sessions, of: runs, max: 3, when: {primary: lift}}"
    assert rule(resolved(lead), "cap") == []
    assert rule(resolved(lead, goal="hypertrophy"), "cap")


def test_own_rules_on_one_day_leave_the_other_days_room() -> None:
    text = "rules:\n  one: {family: bound, quantity: visits, of: training, per: day, on: mon, max: 1}"
    open_days = "availability: {mon-sun: 06:00-22:00}\n"
    plain, one = resolved(open_days), resolved(open_days + text)
    assert len(plain.places) == len(one.places)


# --- own sessions ---------------------------------------------------------------------------------------------------


def test_own_sessions_may_be_like_each_other_in_any_order() -> None:
    text = """
    sessions:
      cup-game: {like: club-game, minutes: 120}
      club-game: {like: race, modality: cross, minutes: 90, name: "Game {home}"}
    want: {cup-game: 1}
    """
    problem = resolved(text)
    assert lengths(problem, "cup-game") == [120]
    assert problem.kinds["cup-game"].modality == "cross"
    assert problem.kinds["club-game"].name == "Game {home}"


def test_braces_in_names_reach_the_reader_unchanged() -> None:
    text = """
    sessions: {game: {like: hill-repeats, name: "Game {home} {}"}}
    want: {game: 1}
    prefer: {game: mon}
    forbid: {game: [mon, tue, wed]}
    rules: {late: {family: clock, of: game, end_not_after: 06:00, text: "{first} is late", severity: tier1}}
    """
    result = planned(text)
    assert result.audit is not None
    assert any("Game {home} {} is late" in m.text for m in result.audit.matches)


# --- the athlete ----------------------------------------------------------------------------------------------------


def test_experience() -> None:
    assert resolved("athlete: {experience: advanced}").experience == {
        "lift": "advanced", "run": "advanced", "class": "advanced",
    }  # fmt: skip
    mixed = resolved("athlete: {experience: {run: beginner}}")
    assert (mixed.experience["lift"], mixed.experience["class"]) == ("intermediate", "beginner")
    assert "Intermediate experience is assumed in lifting: the file does not state it." in mixed.assumptions
    assert "Caps on the whole week follow your running (beginner)." in mixed.assumptions


@pytest.mark.parametrize("name", [p.name for p in sorted(EXAMPLES.iterdir()) if p.suffix in (".yaml", ".toml", ".json")])
def test_a_mapping_means_what_its_file_means(name: str) -> None:
    request = load_request(EXAMPLES / name)
    again = load_request(request.document.data)
    assert again.spec == request.spec
    one, other = resolve(request, catalogue()), resolve(again, catalogue())
    assert (one.places, one.options, one.windows, one.pins) == (other.places, other.options, other.windows, other.pins)


def test_evenings() -> None:
    assert windows(resolved("")) == windows(resolve(asked("goal: run-10k\n" + EVENINGS), catalogue()))


# --- what changes nothing -------------------------------------------------------------------------------------------

ROTA = "week_of: 2026-11-23\nshifts: {late: {windows: 08:00-11:30}}\nrota: {2026-11-23: [late, late, late, late]}\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ROTA + "availability: {thu: none, fri: 08:00-12:00}",
         "availability.thu changes nothing: the rota has a shift on Thursday"),
        (ROTA + "availability: {2026-11-26: none, fri: 08:00-12:00}", None),
        (ROTA + "availability: {thu-fri: 08:00-12:00}", None),
        ("availability: {sat-sun: none, sat: 08:00-12:00, sun: 08:00-12:00}",
         "availability.sat-sun changes nothing: narrower keys name all of its days"),
        ("week_of: 2026-11-23\navailability: {daily: 17:00-20:00, 2026-12-24: none}",
         "availability.2026-12-24 changes nothing: it lies in another week"),
        (ROTA.replace("shifts: {", "shifts: {early: {windows: none}, "),
         "shifts.early changes nothing: the rota never names it"),
        ("places: {gym: 10}", "places.gym changes nothing: no window names it"),
        ("places: {gym: 10}\navailability: {daily: {at: 17:00-20:00, place: Gym}}", None),
        ("sessions: {match: {like: race}}", "sessions.match changes nothing: it is neither pinned nor wanted"),
        ("sessions: {match: {like: tempo-run}, cup: {like: match}}\nwant: {cup: 1}", None),
        ("exclude: [swim-easy]", "exclude swim-easy changes nothing: this goal's menu has none"),
        ("exclude: tempo-run", None),
        ("prefer: {runs: daily}", "prefer.runs changes nothing: it names all days"),
        ("prefer: {swim-easy: mon}", "prefer.swim-easy changes nothing: this week's menu has no easy swim"),
        ("forbid: {hike: mon}", "forbid.hike changes nothing: this week's menu has no hike"),
        ("forbid: {runs: mon}", None),
        ("rules: {mine: {family: bound, quantity: sessions, of: hike, max: 1}}",
         "rules.mine changes nothing: this week's menu"),
        ("rules: {mine: {family: bound, quantity: sessions, of: runs, max: 3, when: {primary: lift}}}",
         "rules.mine changes nothing: it does not hold for this goal, experience or policy"),
        ("rules: {muscle-frequency: soft}", "rules.muscle-frequency changes nothing: it does not hold"),
        ("rules: {weekly-run-ramp: soft}\nhistory: {run_minutes: [100, 100, 100]}", None),
        ("pinned: [{session: easy-run, day: mon-fri}]", "Easy run: on one of Monday to Friday."),
        ("pinned: [{session: easy-run, day: mon}, {session: easy-run, each: [wed, fri]}]", None),
    ],
)  # fmt: skip
def test_what_has_no_effect_is_told(text: str, told: str | None) -> None:
    notes = [note for note in resolved(text).assumptions if "changes nothing" in note or "on one of" in note]
    assert len(notes) == (told is not None), notes
    assert told is None or told in notes[0]


@pytest.mark.parametrize(
    ("until", "told", "heeded"),
    [
        ("", "Your history is taken to end with Sunday 22 November", 1),
        ("until: 2026-11-22, ", None, 1),
        ("until: 16.11.2026, ", "Your history ends with Monday 16 November: of the days since, nothing is known.", 1),
        ("until: 2026-11-15, ", "Its last week is older than the one before this, and is not heeded.", 0),
    ],
)
def test_history_says_until_when_it_is(until: str, told: str | None, heeded: int) -> None:
    text = f"week_of: 2026-11-23\nhistory: {{{until}last_week: [{{session: long-run, day: sun}}]}}"
    problem = resolved(text)
    notes = " ".join(note for note in problem.assumptions if note.startswith("Your history"))
    assert (told or "") in notes
    assert bool(notes) == (told is not None)
    assert len(problem.history) == heeded


# --- keys of want ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "near"),
    [
        ("distance: 60 km", "run_distance"), ("distance: 6", "run_distance"), ("km: 60", "run_distance"),
        ("mileage: 40 mi", "run_distance"), ("run: 60 km", "run_distance"), ("runs: {min: 20 km}", "run_distance"),
        ("run distance: 30 km", "run_distance"), ("run_distanse: 30 km", "run_distance"), ("hours: 6", "minutes"),
        ("run-time: 3 h", "run_minutes"), ("runs: 3 h", "run_minutes"), ("lifts: 90 min", "lift_minutes"),
        ("lifs: 3", "lifts"), ("rest-days: 2", None), ("days: 4", None), ("run_distance: 60 km", ""), ("runs: 3", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_key_of_want_is_told_of_the_key(written: str, near: str | None) -> None:
    if near == "":
        resolved(f"want: {{{written}}}")
        return
    with pytest.raises(InputError) as caught:
        resolved(f"want: {{{written}}}")
    assert (caught.value.line, caught.value.column, caught.value.nearest) == (3, 8, near)
    assert near is not None or "rest-days-min" in str(caught.value.expected)


@pytest.mark.parametrize("word", get_args(Modality))
def test_words_of_modalities_are_groups(word: str) -> None:
    if word != "rest":
        assert isinstance(resolved(f"forbid: {{{word}: sun}}"), Problem)


@pytest.mark.parametrize("hours", [0, 3])
def test_any_distance_is_not_called_at_least_none(hours: int) -> None:
    params = {name: p.default for name, p in catalogue().rules["same-day-separation"].params.items()}
    said = catalogue().rules["same-day-separation"].says(params | {"hours": hours})
    assert ("any number of hours apart" in said) == (hours == 0)
    assert "at least 0" not in said


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(0, 3, "at most 3 runs"), (0, 1, "at most 1 run"), (2, 3, "2-3 runs"), (1, 1, "1 run"), (0, 0, "no runs"),
     (0, None, "any number of runs"), (2, None, "at least 2 runs")],
)  # fmt: skip
def test_amounts_in_words(low: int, high: int | None, text: str) -> None:
    assert amount_words("runs", low, high, Noun("run", "runs", "running")) == text


@pytest.mark.parametrize("section", ["prefer", "forbid"])
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Long-run", "unknown session 'Long-run'"),
        ("long run", "unknown session 'long run'"),
        ("long_run", "unknown session 'long_run'"),
        ("Rest", "unknown session 'Rest'"),
        ("runs > x", "'runs > x' compares runs with no number of minutes"),
        ("Runs | lifts", "unknown session 'Runs'"),
        ("|", "unknown session ''"),
    ],
)
def test_names_of_wishes_are_told_with_their_place(section: str, name: str, told: str) -> None:
    message = refusal(f'{section}: {{"{name}": sat}}')
    assert re.match(rf"week\.yaml:\d+:\d+: {re.escape(told)}; expected ", message)
    near = {"Rest": "rest", "Runs | lifts": "runs", "|": None, "runs > x": None}.get(name, "long-run")
    assert ("did you mean" in message) is (near is not None)
    assert near is None or f"did you mean '{near}'?" in message
