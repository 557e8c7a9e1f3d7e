"""What a request asks for: the keys of its file, seen on the resolved problem and, where it matters, on the week."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from asks import EVENINGS, OWN, SKETCH, asked, bounds, lengths, refusal, resolved, rule, sessions, windows

from microcycle import load_request
from microcycle.models.catalogue import catalogue
from microcycle.models.clause import Bound, Clock, SpacingHours
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
        ("minutes", "{max: 300}", "sessions | finishers", "minutes", {"max": (300, "hard")}),
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
    return [(c.min, c.max) for c in clauses if isinstance(c, Bound) and c.of == kind]


def test_minutes_of_a_kind() -> None:
    assert lengths(resolved("want: {easy-run: {minutes: 30-40}}"), "easy-run") == [30, 35, 40]
    assert lengths(resolved("want: {long-run: {max: 1, minutes: 100}}"), "long-run") == [100]
    about = resolved("want: {easy-run: {minutes: ~75}}")
    assert usual(about, "easy-run") == [(75, 75)]
    assert 75 in lengths(about, "easy-run")
    clamped = resolved("want: {easy-run: {minutes: 60-75}}")
    assert usual(clamped, "easy-run") == [(60, 60)]


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
    assert any("taper_style is for seasons" in n for n in resolved("policies: {taper_style: one-week}").assumptions)


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
