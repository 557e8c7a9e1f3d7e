"""The thirteen goal cards as data: known names, the rulebook's numbers, and arithmetic that a week can hold.

`USUAL` gives for each card and class one set of sessions. At the lengths that the menu aims at, it has to
meet every target of the card and fit the days of the class: no card asks for what its week cannot give.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

import microcycle
from microcycle.models.goal import CLASSES, Demand, Experience, Goal, Range
from microcycle.models.rule import LEVELS
from microcycle.models.selector import Attributes, Piece, Selectors
from microcycle.models.session import Muscle, SessionKind

CATALOGUE = Path(microcycle.__file__).parent / "catalogue"


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((CATALOGUE / name).read_text(encoding="utf-8"))


def _rows(name: str, table: str) -> dict[str, dict[str, Any]]:
    """The rows of a catalogue file by id; empty where the file is not in the tree."""
    return {row["id"]: row for row in _read(name)[table]} if (CATALOGUE / name).exists() else {}


CARDS = {
    path.stem: Goal.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    for path in sorted((CATALOGUE / "goals").glob("*.toml"))
}
KINDS = {row["id"]: SessionKind.model_validate(row) for row in _read("sessions.toml")["kind"]}
SELECTORS = Selectors({k: Attributes.model_validate(v) for k, v in _read("selectors.toml").items()}, KINDS)
RULES = _rows("rules.toml", "rule")
POLICIES = _rows("policies.toml", "policy")
SOURCES = _rows("sources.toml", "source")

IDS = (
    "concurrent-beginner", "fat-loss", "health-longevity", "hybrid-advanced", "hybrid-vo2-strength",
    "hypertrophy", "return-maintenance", "run-10k", "run-5k", "run-half", "run-marathon", "sprint-team-sport",
    "strength-power",
)  # fmt: skip
RUN_CARDS = ("run-5k", "run-10k", "run-half", "run-marathon")
LEGS: tuple[Muscle, ...] = ("quads", "hamstrings", "glutes")
UPPER: tuple[Muscle, ...] = ("chest", "back")

# What a week of a class holds (rulebook B1, B3 and section 0).
REST_DAYS = {"beginner": 2, "intermediate": 1, "advanced": 1}
VISITS = {"beginner": 5, "intermediate": 8, "advanced": 12}
VISITS_A_DAY = {"beginner": 1, "intermediate": 2, "advanced": 2}
HARD_DAYS = {"beginner": 2, "intermediate": 3, "advanced": 3}
"""Never on neighbouring days of a cyclic week: so three, also for the advanced."""

USUAL: dict[str, tuple[str, str, str]] = {
    "run-5k": (
        "3 easy-run, 2 runner-strength",
        "1 intervals-vo2, 1 tempo-run, 1 long-run, 1 easy-run, 1 strides, 2 runner-strength",
        "1 intervals-vo2, 1 tempo-run, 1 long-run, 2 easy-run, 1 strides, 2 runner-strength, 1 upper",
    ),
    "run-10k": (
        "1 long-run, 2 easy-run, 2 runner-strength",
        "1 long-run, 1 intervals-vo2, 1 tempo-run, 2 easy-run, 2 runner-strength",
        "1 long-run, 1 intervals-vo2, 1 tempo-run, 2 easy-run, 2 runner-strength, 1 upper",
    ),
    "run-half": (
        "1 long-run, 3 easy-run, 1 runner-strength",
        "1 long-run, 1 tempo-run, 1 intervals-vo2, 2 easy-run, 1 runner-strength, 1 upper",
        "1 long-run, 1 tempo-run, 1 intervals-vo2, 3 easy-run, 1 runner-strength, 1 upper",
    ),
    "run-marathon": (
        "1 long-run, 3 easy-run, 1 runner-strength",
        "1 long-run, 1 marathon-pace-run, 1 medium-long-run, 2 easy-run, 1 runner-strength, 1 maintenance-lift",
        "1 long-run, 1 marathon-pace-run, 1 medium-long-run, 3 easy-run, 1 runner-strength, 1 maintenance-lift",
    ),
    "hybrid-vo2-strength": (
        "2 full-body, 2 easy-run",
        "1 heavy-lower, 1 upper, 1 full-body, 1 intervals-vo2, 1 tempo-touch, 1 easy-run",
        "1 leg-day, 1 push, 2 pull, 1 full-body, 1 intervals-vo2, 1 tempo-run, 2 easy-run",
    ),
    "strength-power": (
        "3 full-body, 1 easy-run",
        "2 heavy-lower, 2 upper, 1 plyo-power, 2 easy-run",
        "2 heavy-lower, 2 upper, 1 plyo-power, 2 easy-run",
    ),
    "hypertrophy": (
        "2 full-body, 1 upper, 2 easy-run",
        "2 leg-day, 1 push, 1 pull, 1 hypertrophy-upper, 1 easy-run, 1 bike-easy",
        "2 leg-day, 1 push, 1 pull, 1 hypertrophy-upper, 1 easy-run, 1 bike-easy",
    ),
    "fat-loss": (
        "2 full-body, 2 easy-run, 1 cardio-moderate, 1 walk",
        "2 full-body, 1 upper, 2 easy-run, 1 cardio-moderate, 1 hiit-any, 2 walk",
        "2 full-body, 1 upper, 2 easy-run, 1 cardio-moderate, 1 hiit-any, 2 walk",
    ),
    "health-longevity": (
        "2 full-body, 1 long-run, 1 moderate-run, 1 easy-run, 2 mobility",
        "2 full-body, 1 long-run, 1 moderate-run, 1 intervals-vo2, 2 mobility",
        "2 full-body, 1 long-run, 1 moderate-run, 1 intervals-vo2, 2 mobility",
    ),
    "sprint-team-sport": (
        "2 plyo-power, 1 full-body, 1 upper, 1 easy-run",
        "1 sprint-intervals, 1 plyo-power, 1 full-body, 1 upper, 1 easy-run",
        "1 sprint-intervals, 1 plyo-power, 1 heavy-lower, 1 upper, 1 easy-run",
    ),
    "concurrent-beginner": ("2 full-body, 1 upper, 1 hiit-any, 1 cardio-moderate", "", ""),
    "hybrid-advanced": (
        "",
        "1 heavy-lower, 1 upper, 1 full-body-circuit, 1 plyo-power, 1 hiit-run, 1 endurance-steady, 1 easy-run",
        "1 heavy-lower, 1 upper, 1 full-body-circuit, 1 plyo-power, 1 hiit-run, 1 endurance-steady, 1 easy-run",
    ),
    "return-maintenance": ("1 maintenance-lift, 2 easy-run",) * 3,
}
WEEKS = [(card, c) for card, weeks in USUAL.items() for c, week in zip(CLASSES, weeks, strict=True) if week]


def usual(card: str, experience: Experience) -> list[str]:
    """Kinds of the usual week, one entry a session."""
    parts = USUAL[card][CLASSES.index(experience)].split(", ")
    return [kind for n, kind in (part.split() for part in parts) for _ in range(int(n))]


def lengths(card: str, kind: str, experience: Experience) -> tuple[range, int]:
    """The lengths that a card allows a class for a kind, and the one that it aims at."""
    item = CARDS[card].menu[kind]
    assert experience in item.classes, f"{kind} is not for {experience}"
    minutes = KINDS[kind].minutes
    low, high = item.band(experience) or (minutes.min, minutes.max)
    return range(low, high + 1, item.step or minutes.step), item.aim_for(experience) or minutes.default


def measure(demand: Demand, muscle: Muscle | None, sessions: list[tuple[str, int]]) -> float:
    """A demand's measure over sessions (kind, minutes) that stand alone."""
    pieces = [Piece(KINDS[kind], minutes, finisher=False) for kind, minutes in sessions]
    pieces = [piece for piece in pieces if SELECTORS.holds(demand.of, piece)]
    if demand.quantity == "minutes":
        return sum(piece.minutes for piece in pieces)
    if demand.quantity == "sets":
        return sum(piece.kind.content(piece.minutes).sets.get(muscle, 0) for piece in pieces if muscle) / 2
    return len(pieces)


def find(card: str, of: str, quantity: str = "sessions", muscle: Muscle | None = None) -> Demand:
    """The one demand of a card on a selector; for sets, the one that names the muscle."""
    found = [
        demand
        for demand in CARDS[card].demands
        if demand.of == of and demand.quantity == quantity and (muscle is None or muscle in demand.muscles)
    ]
    assert len(found) == 1, f"{card}: {len(found)} demands on {quantity} of {of} {muscle or ''}"
    return found[0]


def shown(values: Range | None) -> str:
    return "-" if values is None else f"{values.min}-{values.target}-{values.max}"


def test_every_card_is_there() -> None:
    assert tuple(CARDS) == IDS
    assert set(USUAL) == set(IDS)


@pytest.mark.parametrize("card", IDS)
def test_names_are_known(card: str) -> None:
    goal = CARDS[card]
    assert goal.id == card
    for demand in goal.demands:
        SELECTORS.names(demand.of)
    assert set(goal.menu) <= set(KINDS)
    assert set(goal.sources) <= set(SOURCES)
    assert set(goal.refuse.values()) <= set(IDS) - {card}
    chosen = [goal.policies, *goal.class_policies.values(), *goal.offers.values()]
    for policy, value in (pair for choices in chosen for pair in choices.items()):
        assert value in POLICIES[policy]["values"]
    for rule, change in goal.rules.items():
        if RULES:
            assert set(change.params) <= set(RULES[rule].get("params", {}))


@pytest.mark.parametrize("card", IDS)
def test_levels_keep_sessions_above_interference(card: str) -> None:
    """No week drops sessions to please the spacing rules: `interference` never outranks `counts`."""
    levels = CARDS[card].levels
    assert sorted(levels) == sorted(LEVELS)
    assert levels.index("key") < levels.index("counts") < levels.index("interference")


@pytest.mark.parametrize("card", IDS)
def test_primaries_and_policies(card: str) -> None:
    goal = CARDS[card]
    assert goal.policies["hard_pairing"] == "separate-days"
    assert goal.must_choose is (card in ("hybrid-vo2-strength", "hybrid-advanced"))
    assert ("balanced" in goal.primary) is (
        card in ("fat-loss", "health-longevity", "concurrent-beginner", "return-maintenance")
    )
    assert (goal.primary == ("run",)) is (card in RUN_CARDS)
    pairing = {c: offer["hard_pairing"] for c, offer in goal.offers.items()}
    assert pairing == {
        "run-half": {"intermediate": "consolidate", "advanced": "consolidate"},
        "run-marathon": {"intermediate": "consolidate", "advanced": "consolidate"},
        "hybrid-vo2-strength": {"advanced": "consolidate"},
        "hybrid-advanced": {"intermediate": "separate-hours", "advanced": "separate-hours"},
        "sprint-team-sport": {"intermediate": "separate-hours", "advanced": "separate-hours"},
    }.get(card, {})


@pytest.mark.parametrize("card", IDS)
def test_menu_lengths_are_sensible(card: str) -> None:
    goal = CARDS[card]
    assert not {"race", "light-lift", "core", "rest"} & set(goal.menu)
    assert "strides" not in goal.menu or card == "run-5k"
    assert "mobility" not in goal.menu or card == "health-longevity"
    assert "walk" not in goal.menu or card == "fat-loss"
    for name, item in goal.menu.items():
        kind = KINDS[name]
        for experience in item.classes:
            allowed, aim = lengths(card, name, experience)
            where = f"{name} {experience} {allowed}"
            assert set(allowed) <= set(kind.lengths), where
            assert allowed[-1] == (item.band(experience) or (0, kind.minutes.max))[1], where
            assert aim in allowed, where
            assert len(allowed) <= 8, where
            if item.as_finisher:
                assert kind.finisher is not None, where
                assert set(allowed) <= set(kind.finisher.grid), where
                assert min(allowed) >= 15, where
            elif kind.modality in ("lift", "power") or kind.intensity == "hard":
                # The seed of the beginners' card lifts for 45 minutes, with a finisher behind.
                slack = 15 if card == "concurrent-beginner" else 10
                assert all(abs(m - kind.minutes.default) <= slack for m in allowed), where
            elif kind.counts:
                assert min(allowed) >= 20, where
            if name == "runner-strength":
                assert min(allowed) >= 35, where
            if name == "maintenance-lift":
                assert min(allowed) >= 30, where


@pytest.mark.parametrize("card", IDS)
def test_wanted_sessions_are_on_the_menu(card: str) -> None:
    """Whatever a class is asked for, its menu has a session that counts."""
    goal = CARDS[card]
    for demand in goal.demands:
        for experience in CLASSES:
            values = demand.for_class(experience)
            if values is not None and values.target:
                offered = [kind for kind, item in goal.menu.items() if experience in item.classes]
                menu = [(kind, lengths(card, kind, experience)[1]) for kind in offered]
                assert all(measure(demand, m, menu) for m in demand.muscles or (None,)), demand.of


@pytest.mark.parametrize(("card", "experience"), WEEKS)
def test_usual_week_meets_every_target(card: str, experience: Experience) -> None:
    kinds = usual(card, experience)
    bands = [lengths(card, kind, experience) for kind in kinds]
    week = [(kind, aim) for kind, (_, aim) in zip(kinds, bands, strict=True)]
    least = [(kind, min(allowed)) for kind, (allowed, _) in zip(kinds, bands, strict=True)]
    most = [(kind, max(allowed)) for kind, (allowed, _) in zip(kinds, bands, strict=True)]
    for demand in CARDS[card].demands:
        values = demand.for_class(experience)
        if values is None:
            continue
        assert None not in (values.min, values.target, values.max)
        for muscle in demand.muscles or (None,):
            amount = measure(demand, muscle, week)
            where = f"{demand.quantity} of {demand.of} {muscle or ''}: {amount} for {shown(values)}"
            assert (values.min or 0) <= amount <= (values.max or 0), where
            if demand.quantity == "minutes":
                assert abs(amount - (values.target or 0)) <= 10, where
                assert measure(demand, None, least) <= (values.target or 0), where
                assert measure(demand, None, most) >= (values.target or 0), where
            elif demand.quantity == "sets":
                assert amount >= (values.target or 0), where
            else:
                assert amount == values.target, where


@pytest.mark.parametrize(("card", "experience"), WEEKS)
def test_usual_week_fits_the_days(card: str, experience: Experience) -> None:
    kinds = [KINDS[kind] for kind in usual(card, experience) if KINDS[kind].counts]
    days = 7 - REST_DAYS[experience]
    assert len(kinds) <= min(VISITS[experience], days * VISITS_A_DAY[experience])
    assert sum(kind.modality == "lift" for kind in kinds) <= days
    assert sum(kind.modality in ("run", "cross") for kind in kinds) <= days
    hard = [k for k in kinds if k.intensity_at(lengths(card, k.id, experience)[1]) == "hard"]
    assert len(hard) <= HARD_DAYS[experience], [kind.id for kind in hard]


@pytest.mark.parametrize(("card", "experience"), WEEKS)
def test_usual_week_keeps_the_sweet_spot(card: str, experience: Experience) -> None:
    """Beside three runs three lifts are shorter than usual, beside four lifts runs are short (B4)."""
    goal = CARDS[card]
    budget = (goal.policies | goal.class_policies.get(experience, {}))["load_budget"]
    week = [(KINDS[kind], lengths(card, kind, experience)[1]) for kind in usual(card, experience)]
    lifts = [(kind, aim) for kind, aim in week if kind.modality == "lift"]
    runs = [(kind, aim) for kind, aim in week if kind.modality == "run" and kind.counts]
    if budget == "sweet-spot" and len(lifts) >= 3 and len(runs) >= 3:
        assert all(aim < kind.minutes.default for kind, aim in lifts)
    if budget == "sweet-spot" and len(lifts) >= 4:
        assert all(aim <= 25 for _, aim in runs)


@pytest.mark.parametrize("card", IDS)
def test_heavy_legs_and_hard_runs_never_meet(card: str) -> None:
    """Where hard days may meet, the card itself keeps hard runs off the days beside heavy legs."""
    goal = CARDS[card]
    for rule in ("hard-run-day-after-heavy-legs", "heavy-legs-day-after-hard-run"):
        apart = rule in goal.rules and goal.rules[rule].severity == "hard"
        assert apart is (goal.policies["back_to_back"] != "forbid")


@pytest.mark.parametrize("card", IDS)
def test_targets_fit_one_another(card: str) -> None:
    """Kinds add up: what is wanted of each fits the most of all."""
    for whole in ("lifts >= 30", "runs >= 20", "aerobic >= 20", "hard-aerobic"):
        if not any(demand.of == whole for demand in CARDS[card].demands):
            continue
        total = find(card, whole)
        for experience in CLASSES:
            limit = total.for_class(experience)
            if limit is None or limit.max is None:
                continue
            parts = [
                demand.for_class(experience)
                for demand in CARDS[card].demands
                if demand.of in KINDS
                and demand.quantity == "sessions"
                and SELECTORS.holds(whole, Piece(KINDS[demand.of], KINDS[demand.of].minutes.default, False))
            ]
            assert sum(part.min or 0 for part in parts if part) <= limit.max
            assert sum(part.target or 0 for part in parts if part) <= limit.max


@pytest.mark.parametrize("card", RUN_CARDS)
def test_long_run_keeps_its_share(card: str) -> None:
    """The long run aimed at is at most 45 % of the minutes wanted, 30 % past four runs."""
    for experience in CLASSES:
        runs = find(card, "runs >= 20").for_class(experience)
        minutes = find(card, "runs", "minutes").for_class(experience)
        assert runs is not None
        assert runs.target is not None
        assert minutes is not None
        assert minutes.target is not None
        aim = lengths(card, "long-run", experience)[1]
        if "long-run" in usual(card, experience):
            share = 45 if runs.target <= 4 else 30
            assert 100 * aim <= share * minutes.target, f"{aim} of {minutes.target}"


# The corrected cards of section 0: card, demand, then beginner, intermediate, advanced; "*" is not corrected
# there, "-" means that the class has no such demand.
CORRECTED = [
    *[(card, "hard-aerobic", "0-0-0", "*", "*") for card in (*RUN_CARDS, "hybrid-vo2-strength")],
    ("run-half", "lifts >= 30", "1-1-2", "*", "*"),
    ("run-marathon", "lifts >= 30", "1-1-2", "*", "*"),
    ("run-10k", "runs >= 20", "*", "4-5-5", "4-5-5"),
    ("run-half", "medium-long-run", "-", "-", "0-0-1"),
    ("run-marathon", "medium-long-run", "-", "0-1-1", "1-1-1"),
    ("run-marathon", "hard-aerobic", "0-0-0", "*", "1-1-2"),
    ("fat-loss", "lifts >= 30", "2-2-3", "*", "*"),
    ("hybrid-vo2-strength", "heavy-lower | leg-day", "-", "*", "1-1-2"),
    ("hybrid-vo2-strength", "full-body", "*", "*", "0-1-1"),
    ("hybrid-vo2-strength", "push", "-", "-", "1-1-2"),
    ("hybrid-vo2-strength", "pull", "-", "-", "1-2-2"),
    ("hybrid-advanced", "hard-aerobic", "-", "1-1-1", "1-1-1"),
    ("hybrid-advanced", "lifts >= 30", "-", "3-3-3", "3-3-3"),
    ("hybrid-advanced", "endurance-steady", "-", "0-1-1", "0-1-1"),
    ("strength-power", "heavy-legs", "0-0-0", "*", "*"),
    ("strength-power", "hard-aerobic", "0-0-0", "0-0-0", "0-0-0"),
    ("strength-power", "lifts >= 30", "*", "*", "4-4-4"),
    ("hypertrophy", "hypertrophy-upper", "-", "0-1-1", "*"),
    ("hypertrophy", "upper", "0-1-1", "-", "-"),
    ("hypertrophy", "full-body | leg-day", "2-2-2", "*", "*"),
    ("return-maintenance", "hard-aerobic", "0-0-0", "0-0-0", "0-0-0"),
    ("concurrent-beginner", "lifts >= 30", "*", "-", "-"),
    ("sprint-team-sport", "hard-aerobic", "0-0-0", "*", "*"),
]


@pytest.mark.parametrize(("card", "of", "beginner", "intermediate", "advanced"), CORRECTED)
def test_corrected_counts(card: str, of: str, beginner: str, intermediate: str, advanced: str) -> None:
    demand = find(card, of)
    for experience, wanted in zip(CLASSES, (beginner, intermediate, advanced), strict=True):
        if wanted != "*":
            assert shown(demand.for_class(experience)) == wanted, experience


@pytest.mark.parametrize(
    ("card", "muscle", "experience", "low", "high"),
    [
        *[("strength-power", leg, c, 4, 12) for leg in LEGS for c in CLASSES],
        *[("strength-power", m, c, 6, 12) for m in UPPER for c in CLASSES],
        *[("hybrid-vo2-strength", leg, c, 4, 12) for leg in LEGS for c in CLASSES[:2]],
        *[("hybrid-vo2-strength", m, c, 6, 12) for m in UPPER for c in CLASSES[:2]],
        *[("hybrid-vo2-strength", leg, "advanced", 6, 14) for leg in LEGS],
        *[(card, leg, c, 4, 10) for card in ("run-5k", "run-10k") for leg in LEGS for c in CLASSES],
        *[(card, m, c, 4, 8) for card in ("run-5k", "run-10k") for m in UPPER for c in CLASSES],
        *[(card, m, c, 2, 8) for card in RUN_CARDS[2:] for m in (*LEGS, *UPPER) for c in CLASSES],
    ],
)
def test_corrected_sets(card: str, muscle: Muscle, experience: Experience, low: int, high: int) -> None:
    values = find(card, "lifts", "sets", muscle).for_class(experience)
    assert values is not None
    assert (values.min, values.max) == (low, high)


@pytest.mark.parametrize(
    ("card", "of", "experience", "low", "high"),
    [
        ("run-10k", "runs", "advanced", 260, 400),
        ("run-half", "runs", "advanced", 280, 420),
        ("hybrid-advanced", "runs | endurance-steady", "advanced", 90, 200),
    ],
)
def test_corrected_minutes(card: str, of: str, experience: Experience, low: int, high: int) -> None:
    values = find(card, of, "minutes").for_class(experience)
    assert values is not None
    assert (values.min, values.max) == (low, high)


def test_corrected_menus() -> None:
    beginner_hard = [
        (card, kind)
        for card in (*RUN_CARDS, "hybrid-vo2-strength", "sprint-team-sport")
        for kind, item in CARDS[card].menu.items()
        if "beginner" in item.classes and KINDS[kind].modality == "run" and KINDS[kind].intensity == "hard"
    ]
    assert beginner_hard == []
    for card in ("fat-loss", "health-longevity"):
        assert max(lengths(card, "easy-run", "advanced")[0]) <= 60
    aerobic = find("run-marathon", "runs >= 20").advanced
    assert aerobic is not None
    assert aerobic.max == 6
    lifts = find("hypertrophy", "lifts >= 30").intermediate
    assert lifts is not None
    assert lifts.max == 5
    assert "tempo-touch" not in CARDS["return-maintenance"].menu
    assert max(lengths("run-marathon", "long-run", "advanced")[0]) == 150
    assert CARDS["hybrid-advanced"].refuse == {"beginner": "concurrent-beginner"}
    assert set(CARDS["concurrent-beginner"].refuse) == {"intermediate", "advanced"}
