"""The session kinds: every length filled, the rulebook's figures kept, coaches' own kinds, plain errors."""

from __future__ import annotations

import csv
import itertools
import pickle
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from microcycle.models.derive import derive
from microcycle.models.session import (
    LIFT_SLACK_MIN,
    MUSCLES,
    Minutes,
    Muscle,
    SessionKind,
    Steady,
    clock_text,
)

SESSIONS = files("microcycle").joinpath("catalogue/sessions.toml")
ROWS: list[dict[str, Any]] = tomllib.loads(SESSIONS.read_text(encoding="utf-8"))["kind"]
KINDS = {row["id"]: SessionKind.model_validate(row) for row in ROWS}
with (Path(__file__).parent / "data" / "session_table.csv").open(newline="") as table:
    TABLE = {row["id"]: row for row in csv.DictReader(table)}

# Where the content differs from the table: (column, the table's figure, ours, why).
CORRECTED = {
    "hiit-run": ("fast_min", 6, 4, "twelve 30/90 s repeats last 22:30 min; 25 min hold eight and a warm-up"),
    "hiit-any": ("fast_min", 6, 4, "twelve 30/90 s repeats last 22:30 min; 20 min hold eight and a warm-up"),
    "race": ("warm_up_min", 15, 0, "30 fast minutes in a race of 30: the warm-up comes before the start"),
}
LENGTHS = [(kind.id, minutes) for kind in KINDS.values() for minutes in kind.lengths]
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def sets_at_default(kind: str) -> Mapping[Muscle, int]:
    return KINDS[kind].content(KINDS[kind].minutes.default).sets


def row(kind: str, **changes: object) -> dict[str, Any]:
    return {**next(r for r in ROWS if r["id"] == kind), **changes}


def test_catalogue_is_the_table() -> None:
    assert len(ROWS) == len(KINDS) == 45
    assert set(KINDS) == set(TABLE)
    for field in ("name", "short"):
        assert len({getattr(kind, field) for kind in KINDS.values()}) == len(KINDS)


@each_kind
def test_figures_of_the_table(kind: SessionKind) -> None:
    told = TABLE[kind.id]
    minutes = kind.minutes
    assert [kind.modality, kind.intensity, kind.leg_load] == [
        told["modality"],
        told["intensity"],
        told["leg_load"],
    ]
    numbers = [minutes.min, minutes.max, minutes.step, minutes.default, kind.srpe, kind.recovery_h]
    assert numbers == [int(told[c]) for c in ("min", "max", "step", "default", "srpe", "recovery_h")]
    assert set(kind.muscles) == set(told["muscles"].split())
    content = kind.content(minutes.default)
    expected = {"warm_up_min": int(told["warm_up_min"]), "fast_min": int(told["fast_min"])}
    if kind.id in CORRECTED:
        column, book, ours, _ = CORRECTED[kind.id]
        assert expected[column] == book
        expected[column] = ours
    assert {"warm_up_min": content.warm_up_min, "fast_min": content.fast_min} == expected


@pytest.mark.parametrize(("kind_id", "minutes"), LENGTHS)
def test_steps_make_up_every_length(kind_id: str, minutes: int) -> None:
    kind = KINDS[kind_id]
    content = kind.content(minutes)
    used = sum(step.seconds for step in content.steps)
    slack = LIFT_SLACK_MIN if kind.modality in ("lift", "power") else 0
    assert (minutes - slack) * 60 <= used <= minutes * 60
    for planned in content.steps:
        assert planned.seconds > 0
        assert planned.text
        if isinstance(planned.step, Steady):
            assert planned.seconds <= planned.step.minutes[2] * 60
            assert planned.seconds >= planned.step.minutes[0] * 60
        else:
            assert planned.step.span[0] <= planned.amount <= planned.step.span[2]
            assert planned.seconds == planned.step.seconds(planned.amount)
    assert content.text == (", ".join(p.text for p in content.steps) or "nothing planned")
    assert 0 <= content.fast_min <= minutes
    assert content.sets.keys() <= set(kind.muscles)
    assert all(halves > 0 for halves in content.sets.values())
    assert kind.content(minutes) is content


@each_kind
def test_more_minutes_never_give_less(kind: SessionKind) -> None:
    contents = [kind.content(minutes) for minutes in kind.lengths]
    for shorter, longer in itertools.pairwise(contents):
        assert longer.fast_min >= shorter.fast_min
        assert all(longer.sets.get(m, 0) >= shorter.sets.get(m, 0) for m in MUSCLES)


@each_kind
def test_default_length_has_the_usual_amounts(kind: SessionKind) -> None:
    for planned in kind.content(kind.minutes.default).steps:
        if not isinstance(planned.step, Steady) or planned.step.fast:
            amount = planned.amount or planned.seconds // 60
            assert amount == planned.step.span[1], planned.text


@pytest.mark.parametrize(
    ("kind_id", "minutes", "text"),
    [
        ("intervals-vo2", 45, "12 min easy, 5 x 3 min at 3K-5K effort with 2:30 min jog, 8 min easy"),
        ("tempo-run", 40, "10 min easy, 22 min at threshold effort, 8 min easy"),
        ("tempo-touch", 35, "10 min easy, 2 x 5 min at tempo effort with 3 min easy, 12 min easy"),
        ("hiit-run", 25, "8 min easy, 8 x 30 s very hard with 90 s easy, 2:30 min easy"),
        ("walk-run", 30, "5 min walk, 8 x 1 min jog with 2 min walk, 3 min walk"),
        ("easy-run", 15, "15 min easy enough to talk in sentences"),
        (
            "runner-strength",
            40,
            "6 min warm-up, squat 3x5-6 (2-3 reps in reserve), Romanian deadlift 3x5 (2-3 reps in reserve), "
            "row 2x8, press 2x8, step-up 2x8",
        ),
        (
            "heavy-full-body",
            45,
            "8 min warm-up, squat 3x4 @82-88% 1RM, bench press 3x4 @82-88% 1RM, deadlift 2x3 @82-88% 1RM, row 2x5",
        ),
        (
            "core",
            15,
            "3 rounds of plank, side plank, dead bug, carry (45 s each, 15 s to move, 1 min between rounds)",
        ),
        ("rest", 0, "nothing planned"),
    ],
)
def test_printed_content(kind_id: str, minutes: int, text: str) -> None:
    assert KINDS[kind_id].content(minutes).text == text


def test_changes_of_section_0() -> None:
    assert KINDS["long-run"].minutes.step == 5
    assert (KINDS["marathon-pace-run"].intensity, KINDS["marathon-pace-run"].leg_load) == ("hard", "moderate")
    assert KINDS["medium-long-run"].intensity == "moderate"
    assert all(not KINDS["light-lift"].content(m).sets for m in KINDS["light-lift"].lengths)
    uncounted = {"core", "mobility", "yoga", "walk", "strides", "rest"}
    assert {kind.id for kind in KINDS.values() if not kind.counts} == uncounted
    assert {kind.id for kind in KINDS.values() if "pinned-only" in kind.tags} == {"race"}
    assert KINDS["strides"].add_on_to == ("easy-run",)


def test_length_decides_the_class_of_a_long_run() -> None:
    long_run = KINDS["long-run"]
    assert [long_run.intensity_at(m) for m in (85, 90)] == ["moderate", "hard"]
    assert KINDS["medium-long-run"].intensity_at(110) == "moderate"
    assert long_run.load(90) == 450
    assert {k for k, kind in KINDS.items() if kind.is_fast and kind.intensity != "hard"} == {
        "strides",
        "tempo-touch",
    }


def test_finishers() -> None:
    finishers = {k: kind.finisher for k, kind in KINDS.items() if kind.finisher}
    assert set(finishers) == {"easy-run", "cardio-steady", "cardio-moderate", "bike-easy", "row-easy", "mobility"}
    assert all(f.max == 20 for f in finishers.values())
    assert 15 in KINDS["easy-run"].lengths
    assert 15 not in KINDS["easy-run"].minutes.grid
    with pytest.raises(ValueError, match=r"easy-run: no length of 5 min \(has 10, 15, 20,"):
        KINDS["easy-run"].content(5)


@pytest.mark.parametrize("kind_id", ["heavy-lower", "leg-day", "heavy-full-body", "hypertrophy-full"])
def test_heavy_legs_load_the_big_leg_muscles(kind_id: str) -> None:
    for minutes in KINDS[kind_id].lengths:
        sets = KINDS[kind_id].content(minutes).sets
        assert min(sets["quads"], sets["hamstrings"], sets["glutes"]) >= 6, minutes


@pytest.mark.parametrize("kind_id", ["plyo-power", "full-body-circuit"])
def test_power_and_circuit_are_seen_by_muscle_spacing(kind_id: str) -> None:
    for minutes in KINDS[kind_id].lengths:
        assert KINDS[kind_id].content(minutes).sets["quads"] >= 6, minutes


@each_kind
def test_no_default_session_passes_eight_sets_of_a_muscle(kind: SessionKind) -> None:
    assert max(kind.content(kind.minutes.default).sets.values(), default=0) <= 16


CardWeek = tuple[str, str, tuple[int, int], tuple[int, int], dict[str, int]]
# Weeks of a card's usual lifts, the least and most weekly sets for legs and for chest and back, and
# where the default lengths do not do: the lengths that do, within 10 min of the default.
WEEKS: list[CardWeek] = [
    ("strength-power I", "heavy-lower heavy-lower upper upper", (4, 12), (6, 12), {}),
    ("strength-power A", "heavy-lower heavy-lower upper upper plyo-power", (4, 12), (6, 12), {}),
    ("strength-power B", "full-body full-body full-body", (4, 12), (6, 12), {}),
    ("hypertrophy B", "full-body full-body", (6, 10), (6, 10), {}),
    ("hypertrophy I, 4", "leg-day leg-day push pull", (10, 16), (10, 16), {"push": 60, "pull": 60}),
    ("hypertrophy I, 5", "leg-day leg-day push pull hypertrophy-upper", (10, 16), (10, 16), {}),
    ("hypertrophy A, 5", "leg-day leg-day push pull hypertrophy-upper", (12, 20), (12, 20), {}),
    ("hypertrophy A, 6", "leg-day leg-day push push pull pull", (12, 20), (12, 20), {}),
    ("hybrid-vo2-strength I", "heavy-lower upper full-body", (4, 12), (6, 12), {}),
    ("hybrid-vo2-strength A, 4", "leg-day push pull full-body", (6, 14), (8, 12), {}),
    ("hybrid-vo2-strength A, 5", "leg-day push pull pull full-body", (6, 14), (8, 20), {}),
    ("hybrid-advanced", "heavy-lower upper full-body-circuit plyo-power", (8, 12), (8, 12), {"upper": 55}),
    ("run-10k", "runner-strength runner-strength", (4, 10), (4, 8), {}),
    ("run-half", "runner-strength maintenance-lift", (2, 8), (2, 8), {}),
    ("run-marathon", "maintenance-lift maintenance-lift", (2, 8), (2, 8), {}),
    ("fat-loss I", "full-body full-body upper", (6, 10), (6, 10), {"upper": 40}),
    ("health-longevity", "full-body full-body", (4, 8), (4, 8), {}),
]


@pytest.mark.parametrize("card_week", WEEKS, ids=lambda card_week: card_week[0])
def test_weekly_sets_of_the_cards(card_week: CardWeek) -> None:
    _, week, legs, upper, lengths = card_week
    kinds = [KINDS[k] for k in week.split()]
    chosen = [kind.content(lengths.get(kind.id, kind.minutes.default)) for kind in kinds]
    for muscle in ("quads", "hamstrings", "glutes", "chest", "back"):
        least, most = upper if muscle in ("chest", "back") else legs
        assert 2 * least <= sum(content.sets.get(muscle, 0) for content in chosen) <= 2 * most, muscle


def test_accessories_count_from_three_sets() -> None:
    assert "calves" not in KINDS["leg-day"].content(55).sets  # two sets of calf raises
    assert sets_at_default("leg-day")["calves"] == 8
    assert KINDS["full-body"].content(55).sets["quads"] == 6  # squats only: two sets of lunges are too few
    assert KINDS["heavy-lower"].content(60).sets["quads"] == 8  # split squats end far from failure


# --- a coach's own kinds


def test_own_kind_of_another_modality() -> None:
    match = derive(KINDS["race"], "football-match", {"modality": "cross", "minutes": 90})
    assert (match.modality, match.intensity, match.leg_load, match.srpe) == ("cross", "hard", "heavy", 9)
    assert list(match.minutes.grid) == [90]
    assert match.sources == ("own",)
    assert match.tags == ("pinned-only",)
    content = match.content(90)
    assert (content.text, content.fast_min) == ("90 min Football match", 90)
    assert content.steps[0].step.effort == "race"  # type: ignore[union-attr]


def test_own_kind_keeps_the_steps_that_fit() -> None:
    base = KINDS["intervals-vo2"]
    own = derive(base, "club-track", {"name": "Club track night", "short": "track", "minutes": "50-60"})
    assert own.steps == base.steps
    assert [own.content(m).text for m in own.lengths] == [base.content(m).text for m in own.lengths]
    same = derive(KINDS["easy-run"], "trail-run", {"leg_load": "moderate"})
    assert (same.finisher, same.lengths) == (KINDS["easy-run"].finisher, KINDS["easy-run"].lengths)
    assert (same.name, same.short) == ("Trail run", "trail-run")


def test_own_kind_beyond_the_steps_scales_the_fast_share() -> None:
    own = derive(KINDS["intervals-vo2"], "long-fartlek", {"minutes": "60-90"})
    assert [own.content(m).fast_min for m in (60, 75, 90)] == [20, 25, 30]
    assert own.minutes.default == 75
    assert own.steps[0].effort == "interval"  # type: ignore[union-attr]
    ski = derive(KINDS["marathon-pace-run"], "ski-tour", {"modality": "cross", "minutes": "30-60"})
    assert [ski.content(m).fast_min for m in (30, 45, 60)] == [18, 27, 36]
    swim = derive(KINDS["easy-run"], "aqua-jog", {"modality": "cross", "minutes": "20-40"})
    assert (swim.content(20).fast_min, swim.minutes.default) == (0, 30)


def test_own_longer_lift_keeps_its_sets() -> None:
    own = derive(KINDS["heavy-lower"], "gym-with-coach", {"minutes": "60-120"})
    assert own.content(60).sets == KINDS["heavy-lower"].content(60).sets
    assert own.content(120).sets == KINDS["heavy-lower"].content(80).sets
    assert own.content(120).text.endswith("min of your own")
    judo = derive(KINDS["heavy-lower"], "judo", {"modality": "cross", "minutes": 75})
    assert (judo.content(75).text, judo.content(75).sets) == ("75 min Judo", {})


def test_own_kind_with_own_steps() -> None:
    steps = [{"do": "steady", "effort": "marathon", "minutes": [60, 60, 60], "fast": 100, "by": 5}]
    own = derive(KINDS["marathon-pace-run"], "mp-block", {"minutes": 60, "steps": steps})
    assert own.content(60).fast_min == 60


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"minutes": "an hour"}, "minutes: expected 90 or 60-90, not 'an hour'"),
        ({"minutes": 62}, "not a multiple of 5 minutes: min, max, default"),
        ({"minutes": "90-60"}, "max 60 is less than min 90"),
        ({"modality": "kayak"}, "modality\n.*Input should be 'run'"),
        ({"short": "much too long a name"}, "short\n.*at most 12 characters"),
        ({"like": "race"}, "like\n.*Extra inputs"),
    ],
)
def test_own_kind_errors(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        derive(KINDS["easy-run"], "own", changes)


# --- broken rows


STEADY = {"do": "steady", "effort": "easy", "minutes": [20, 30, 75]}


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (row("easy-run", colour="red"), "colour\n.*Extra inputs"),
        (row("easy-run", modality="jog"), "modality\n.*Input should be 'run'"),
        (row("easy-run", id="Easy Run"), "id\n.*match pattern"),
        (row("easy-run", sources=[]), "sources\n.*at least 1 item"),
        (row("easy-run", sources=["a blog"]), "sources.0\n.*match pattern"),
        (row("easy-run", muscles=["legs", "wings"]), r"muscles.4\n.*Input should be 'quads'"),
        (row("easy-run", muscles="legs"), "muscles\n.*valid tuple"),
        (row("easy-run", finisher={"min": 20, "max": 10}), "finisher\n.*max 10 is less than min 20"),
        (row("easy-run", steps=[{**STEADY, "do": "stroll"}]), "steps.0\n.*'stroll'.*expected tags"),
        (
            row("easy-run", steps=[{**STEADY, "minutes": [20, 80, 75]}]),
            r"steps.0.steady.minutes\n.*\[least, usual, most\] must rise from 0 or more, not \[20, 80, 75\]",
        ),
        (row("easy-run", steps=[STEADY]), "easy-run: the steps take at least 20 min, more than 10 min"),
        (
            row("easy-run", steps=[{**STEADY, "minutes": [10, 30, 60]}]),
            r"easy-run: the steps leave 5 min of 65 min empty \(allowed: 0 min\)",
        ),
        (
            row("push", minutes={"min": 35, "max": 80, "default": 50}),
            r"push: the steps leave 12 min of 80 min empty \(allowed: 9 min\)",
        ),
        (row("push", muscles=["chest", "triceps"]), "push: works shoulders, not among its muscles"),
        (row("full-body-circuit", muscles=["legs"]), "works back, biceps, chest, core, shoulders, triceps"),
    ],
)
def test_broken_rows_are_refused_by_name(broken: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SessionKind.model_validate(broken)


def test_a_muscle_counts_once_per_set() -> None:
    exercise = {**ROWS[[r["id"] for r in ROWS].index("push")]["steps"][1], "indirect": ["chest"]}
    with pytest.raises(ValidationError, match="bench press: both direct and indirect: chest"):
        SessionKind.model_validate(row("push", steps=[exercise]))


@pytest.mark.parametrize(
    ("minutes", "message"),
    [
        ({"min": 20, "max": 75, "default": 33}, "not a multiple of 5 minutes: default"),
        ({"min": 20, "max": 75, "step": 10, "default": 30}, "steps of 10 from 20 never reach max 75"),
        ({"min": 20, "max": 70, "step": 10, "default": 35}, "default 35 is not one of 20-70 by 10"),
        ({"min": 20, "max": 70, "default": 80}, "default 80 is not one of 20-70 by 5"),
        ({"min": 40, "max": 20, "default": 30}, "max 20 is less than min 40"),
        ({"min": -5, "max": 20, "default": 10}, "greater than or equal to 0"),
    ],
)
def test_minutes_off_the_grid(minutes: dict[str, int], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Minutes.model_validate(minutes)


def test_kinds_are_values() -> None:
    fresh = SessionKind.model_validate(row("push"))
    KINDS["push"].content(50)
    assert fresh == KINDS["push"]
    assert hash(fresh) == hash(KINDS["push"])
    again = pickle.loads(pickle.dumps(KINDS["push"]))
    assert again == fresh
    assert again.content(55) == fresh.content(55)
    with pytest.raises(ValidationError, match="frozen"):
        fresh.srpe = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(20, "20 s"), (60, "1 min"), (75, "75 s"), (90, "90 s"), (125, "2:05 min"), (0, "0 min")],
)
def test_clock_text(seconds: int, text: str) -> None:
    assert clock_text(seconds) == text


def test_no_solver_is_imported() -> None:
    code = "import sys, microcycle.models.session; print({'ortools', 'numpy', 'pandas'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
