"""The rulebook's data: every row parses, its names exist, nothing of the book is missing."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter

import microcycle
from microcycle.models.clause import Condition
from microcycle.models.rule import Policy, Rule, Source
from microcycle.models.selector import Attributes, Piece, Selectors
from microcycle.models.session import SessionKind

CATALOGUE = Path(microcycle.__file__).parent / "catalogue"
GOALS = (
    "run-5k", "run-10k", "run-half", "run-marathon", "hybrid-vo2-strength", "strength-power", "hypertrophy",
    "fat-loss", "health-longevity", "sprint-team-sport", "concurrent-beginner", "hybrid-advanced",
    "return-maintenance",
)  # fmt: skip
CLASSES = ("beginner", "intermediate", "advanced")
GATES = ("care-gate", "injury-gate", "after-birth-gate", "eating-gate", "minors")
CONDITIONS: dict[str, tuple[str, ...]] = {
    "goal": GOALS,
    "primary": ("run", "lift", "balanced"),
    "lift": CLASSES,
    "run": CLASSES,
    "class": CLASSES,
    "age": ("under-14", "under-16", "under-18", "50+", "60+"),
    "care": (
        "pregnant",
        "postpartum",
        "heart",
        "injury",
        "medicine",
        "eating",
        "postpartum-12w",
        "injury-legs",
        "injury-arms",
    ),
    "has": ("history.run-minutes", "history.longest-run", "history.weekly-load", "pace", "few-days", "never"),
}
REPORTS = ("readiness-downshift", "stop-signs", "avoid-failure-near-key", "sex-scale", "acwr")
# Their clauses come from the goal's card and the athlete's file.
AFTER_ILLNESS = (
    "first-session-after-illness hard-after-illness runs-after-illness long-run-after-illness lifts-after-illness"
)
FILLED = (
    "session-counts", "volume-targets", "weekly-sets", "usual-length", "overshoot", "user-wish", "missed-session",
    "illness-gate", *AFTER_ILLNESS.split(),
)  # fmt: skip
# They refuse goals and figures, and ask nothing of a week.
REFUSING = ("eating-gate", "minors")
BOOK = {
    "B1": """fit-availability no-overlap one-visit session-counts session-count-cap max-sessions-per-day weekly-time-cap
        rest-days-min max-consecutive-training-days overnight-gap late-hard-session early-after-late outside-sleep
        plan-stability one-primary""",
    "B2": """hard-run-near-heavy-legs hard-run-day-after-heavy-legs heavy-legs-day-after-hard-run
        same-day-separation same-day-order same-visit-cardio-cap easy-run-cap-on-lift-day
        no-hard-or-long-run-on-lift-day prefer-separate-days upper-pairs-with-run
        aerobic-freq-cap-lifting-goals steady-cardio-limit conditioning-style low-impact-swap
        long-endurance-limit""",
    "B3": """same-muscle-48h heavy-legs-spacing hard-days-max no-back-to-back-hard-days hard-runs-max
        hard-run-spacing key-run-freshness quality-early-week lower-lift-after-easy-day long-run-own-day
        no-heavy-legs-before-long-run easy-day-after-long-run plyo-fresh leg-days-max masters-recovery""",
    "B4": """sweet-spot-3-2 fourth-lift-shortens-runs third-run-trims-sets mileage-lifting-compat
        weekly-run-ramp single-run-spike long-run-share quality-volume-cap intensity-distribution weekly-sets
        per-session-sets muscle-frequency run-legs-count strength-floor endurance-floor monotony-max
        mobility-min beginner-no-hard-run""",
    "0 and C3": """consecutive-runs-beginner long-run-in-longest-window same-hours volume-targets usual-length
        overshoot user-wish recoverable-load steady-effort-after-heavy-legs tempo-touch-once
        power-apart-from-hiit concurrent-beginner-hiit-spacing full-body-after-sprints hard-runs-well-apart
        lifts-apart runs-apart long-run-apart-from-hard-runs medium-long-run-placement strides-fresh
        variety hard-days-well-apart short-run-before-long-run short-finishers
        walks-by-themselves lead-session""",
    "D, its race week": "race-protect",
    "the season's 0b": " ".join(GATES),
    "season, 1.6": f"missed-session illness-gate {AFTER_ILLNESS}",
}
POLICY_DEFAULTS = {
    "hard_pairing": "separate-days", "separation": "gap-6h", "gap_measure": "end-to-start",
    "order": "priority-first", "load_budget": "goal-table", "conditioning": "mixed",
    "rest_mode": "gentle-ok", "back_to_back": "forbid", "lift_spacing": "48h",
    "runner_strength_dose": "compact", "lift_day_scope": "auto", "taper_style": "two-week-exp",
    "deload_style": "planned", "ramp_model": "percent",
}  # fmt: skip
# Decided by seasons, which are not in a week's rules.
SEASON_POLICIES = ("taper_style", "deload_style", "ramp_model")
# What a sentence may say of a match, by the family of its clause.
FIELDS: dict[str, tuple[str, ...]] = {
    "bound": ("where", "value", "limit", "amount", "first", "muscle", "get"),
    "share": ("value", "limit", "amount"),
    "spacing-hours": ("where", "first", "then", "value", "limit", "amount"),
    "spacing-days": ("where", "first", "then", "amount"),
    "when": ("where", "value", "limit", "amount"),
    "clock": ("where", "first", "value", "limit", "amount"),
    "habit": ("first", "amount"),
    "longest-window": ("where", "first", "amount"),
    "streak": ("where", "value", "limit", "amount"),
    "first-after": ("where", "first", "amount"),
    "load-shape": ("value", "limit", "amount"),
    "stability": ("where", "first", "amount"),
    "availability": ("where", "first", "then", "fault"),
    "declaration": ("where", "first", "value", "limit"),
}


@cache
def toml(name: str) -> dict[str, Any]:
    return tomllib.loads((CATALOGUE / name).read_text(encoding="utf-8"))


@cache
def rules() -> tuple[Rule, ...]:
    return tuple(TypeAdapter(list[Rule]).validate_python(toml("rules.toml")["rule"]))


@cache
def policies() -> dict[str, Policy]:
    rows = TypeAdapter(list[Policy]).validate_python(toml("policies.toml")["policy"])
    assert len({p.id for p in rows}) == len(rows)
    return {p.id: p for p in rows}


@cache
def sources() -> dict[str, Source]:
    rows = TypeAdapter(list[Source]).validate_python(toml("sources.toml")["source"])
    assert len({s.id for s in rows}) == len(rows)
    return {s.id: s for s in rows}


@cache
def selectors() -> Selectors:
    rows = TypeAdapter(dict[str, Attributes]).validate_python(toml("selectors.toml"))
    kinds = TypeAdapter(list[SessionKind]).validate_python(toml("sessions.toml")["kind"])
    return Selectors(rows, {k.id: k for k in kinds})


def leaves(value: object) -> Iterator[object]:
    """Every plain value inside a model, however deep."""
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, (tuple, list)):
        for part in value:
            yield from leaves(part)
    else:
        yield value


def used(rule: Rule) -> set[str]:
    """Parameters that the clauses read: `$name`, alone or after a point of the day (`bed-$name`)."""
    found: set[str] = set()
    for clause in rule.clauses:
        texts = [leaf for leaf in leaves(clause.model_dump(exclude={"text"})) if isinstance(leaf, str)]
        found |= {name for text in texts for name in re.findall(r"\$([a-z_]+)", text)}
    return found


def expressions(value: object) -> Iterator[str]:
    """Selector expressions of a clause, at every depth."""
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if isinstance(value, dict):
        for key, part in value.items():
            if key in ("of", "first", "then", "after") and isinstance(part, str):
                yield part
            else:
                yield from expressions(part)


def asked(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


RULES = [pytest.param(rule, id=rule.id) for rule in rules()]


def test_ids_are_the_books_and_unique() -> None:
    ids = [rule.id for rule in rules()]
    assert len(ids) == len(set(ids))
    assert set(ids) == {name for names in BOOK.values() for name in names.split()}


def test_reports_are_only_these_five() -> None:
    rows = toml("rules.toml")["reports"]
    assert [row["id"] for row in rows] == list(REPORTS)
    assert all(row.keys() == {"id", "about"} and row["about"].endswith(".") for row in rows)
    assert not set(REPORTS) & {rule.id for rule in rules()}


def test_policies_are_the_books() -> None:
    assert {p.id: p.default for p in policies().values()} == POLICY_DEFAULTS
    for policy in policies().values():
        assert set(policy.sources) <= sources().keys()


def test_every_policy_of_a_week_changes_a_rule() -> None:
    read = {key for rule in rules() for condition in conditions(rule) for key in condition}
    assert policies().keys() - read == set(SEASON_POLICIES)


def test_filled_rows_are_never_in_force_by_themselves() -> None:
    for rule in rules():
        never = [clause.when == {"has": ("never",)} for clause in rule.clauses]
        assert never == ([True] if rule.id in (*FILLED, *REFUSING) else [False] * len(never))


def conditions(rule: Rule) -> list[Condition]:
    return [o.when for o in rule.overrides] + [c.when for c in rule.clauses]


@pytest.mark.parametrize("rule", RULES)
def test_sources_and_conditions_are_known(rule: Rule) -> None:
    assert set(rule.sources) <= sources().keys()
    for condition in conditions(rule):
        for key, values in condition.items():
            known = tuple(policies()[key].values) if key in policies() else CONDITIONS[key]
            assert values
            assert set(values) <= set(known), key


@pytest.mark.parametrize("rule", RULES)
def test_parameters_are_defined_used_and_in_range(rule: Rule) -> None:
    # A filled row has its numbers in its statement; whoever fills it reads them.
    stated = {field for _, field, _, _ in Formatter().parse(rule.statement) if field}
    assert (stated if rule.id in FILLED else used(rule)) == rule.params.keys()
    assert asked(rule.statement) <= rule.params.keys()
    for override in rule.overrides:
        assert override.severity or override.params or override.statement or override.level
        assert asked(override.statement or "") <= rule.params.keys()
        for name, value in override.params.items():
            assert rule.params[name].min <= value <= rule.params[name].max, name


@pytest.mark.parametrize("rule", RULES)
def test_expressions_name_selectors_that_pick_something(rule: Rule) -> None:
    for clause in rule.clauses:
        for text in expressions(clause):
            selectors().names(text)
            assert picked(text), text


def picked(expression: str) -> set[str]:
    """Kinds of which some length, alone or as a finisher, is meant."""
    return {
        kind.id
        for kind in selectors().kinds.values()
        for minutes in kind.lengths
        for finisher in (False, True)
        if selectors().holds(expression, Piece(kind, minutes, finisher))
    }


@pytest.mark.parametrize("name", sorted(toml("selectors.toml")))
def test_selectors_are_no_kinds_and_pick_something(name: str) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9-]*", name)
    assert name not in selectors().kinds
    row = selectors().rows[name]
    assert set(row.kinds) <= selectors().kinds.keys()
    for text in (*row.any_of, *row.but):
        selectors().names(text)
    assert picked(name)


@pytest.mark.parametrize("rule", RULES)
def test_sentences(rule: Rule) -> None:
    """Whole sentences for people, which ask only for what the family of the clause can tell."""
    assert rule.statement.endswith(".")
    assert rule.why.endswith(".")
    ids = {r.id for r in rules()} | selectors().rows.keys()
    variants = [override.statement for override in rule.overrides if override.statement]
    assert all(text.endswith(".") and text != rule.statement for text in variants)
    for text in (rule.statement, rule.why, rule.match, *variants):
        words = set(re.findall(r"[a-z]+(?:-[a-z0-9]+)+", text))
        assert not words & ids, text
    for clause in rule.clauses:
        assert asked(clause.text or rule.match) <= set(FIELDS[clause.family]), clause.family
        assert clause.text is None or clause.text != rule.match


@pytest.mark.parametrize("rule", RULES)
def test_evidence_names_what_it_rests_on(rule: Rule) -> None:
    kinds = {sources()[name].kind for name in rule.sources}
    if rule.evidence == "trial":
        assert kinds & {"trial", "review"}
    if rule.evidence == "cohort":
        assert kinds & {"cohort", "web"}
    if rule.evidence == "own choice":
        assert "D" in rule.sources


COUNTED = re.compile(
    r"(?<![\d.])(\d+) (?:(?:hard|rest|training|steady|endurance|half) )*((?:visit|minute|hour|day|run|session|lift|set)s?)\b"
)


@pytest.mark.parametrize("rule", RULES)
def test_statements_agree_with_their_numbers(rule: Rule) -> None:
    """Each with any of its numbers at none, one and two: `At most 1 hard run a week`."""
    for statement in (rule.statement, *(o.statement for o in rule.overrides if o.statement)):
        for name, parameter in rule.params.items():
            for number in {0, 1, 2} & set(range(parameter.min, parameter.max + 1)):
                told = rule.told(statement, {name: number})
                for counted, noun in COUNTED.findall(told):
                    assert noun.endswith("s") == (counted != "1"), told


def test_physical_facts_and_gates_alone_are_not_negotiable() -> None:
    assert [r.id for r in rules() if not r.negotiable] == ["fit-availability", "no-overlap", *GATES]
    assert [r.id for r in rules() if r.gate is not None] == list(GATES)
    assert all(r.severity == "hard" and r.safety for r in rules() if r.gate is not None)


PIECES = {
    "hard": ({"tempo-run", "leg-day", "plyo-power", "long-run"}, {"easy-run", "upper", "full-body"}),
    "hard-runs": ({"tempo-run", "race", "hiit-any"}, {"long-run", "tempo-touch", "plyo-power"}),
    "key-runs": ({"tempo-run", "long-run"}, {"hiit-any", "easy-run", "medium-long-run"}),
    "heavy-legs": ({"leg-day", "heavy-lower"}, {"full-body", "hill-repeats", "plyo-power"}),
    "leg-lifts": ({"leg-day", "full-body", "plyo-power"}, {"upper", "light-lift", "core", "long-run"}),
    "upper-lifts": ({"upper", "push", "pull", "hypertrophy-upper"}, {"core", "light-lift", "full-body"}),
    "aerobic": ({"easy-run", "bike-easy", "race"}, {"strides", "walk", "yoga", "plyo-power"}),
    "sessions": ({"easy-run", "upper", "plyo-power"}, {"strides", "walk", "yoga", "core", "rest"}),
    "steady-aerobic": ({"easy-run", "endurance-steady", "long-run"}, {"tempo-run", "walk"}),
    "active-gentle": ({"yoga", "walk", "mobility", "core", "easy-run"}, {"rest"}),
    "active-active": ({"core", "easy-run"}, {"yoga", "walk", "mobility", "rest"}),
    "straining": ({"tempo-touch", "strides", "plyo-power", "leg-day", "race"}, {"easy-run", "full-body", "upper"}),
    "on-hurt-legs": ({"easy-run", "strides", "walk-run", "hike", "full-body"}, {"bike-easy", "swim-easy", "upper", "core"}),
    "with-hurt-arms": ({"upper", "light-lift", "swim-easy", "row-easy"}, {"easy-run", "bike-easy", "heavy-lower", "core"}),
}  # fmt: skip


@pytest.mark.parametrize("name", PIECES)
def test_selectors_mean_what_the_book_says(name: str) -> None:
    inside, outside = PIECES[name]
    assert inside <= picked(name)
    assert not outside & picked(name)


@pytest.mark.parametrize(
    ("name", "kind", "minutes", "finisher", "expected"),
    [
        ("hard", "long-run", 90, False, True), ("hard", "long-run", 85, False, False),
        ("active-gentle", "walk", 30, False, False), ("active-gentle", "walk", 35, False, True),
        ("active-gentle", "mobility", 20, False, False), ("active-gentle", "mobility", 25, False, True),
        ("aerobic", "cardio-steady", 20, False, True), ("aerobic", "cardio-steady", 20, True, False),
        ("aerobic-minutes", "cardio-steady", 15, True, True),
        ("aerobic-minutes", "cardio-steady", 10, True, False),
        ("run-minutes", "easy-run", 15, True, True), ("run-minutes", "bike-easy", 30, False, False),
        ("taxing", "easy-run", 40, False, False), ("taxing", "easy-run", 45, False, True),
        ("full-length-lifts", "upper", 50, False, True), ("full-length-lifts", "upper", 45, False, False),
    ],
)  # fmt: skip
def test_bands(name: str, kind: str, minutes: int, finisher: bool, expected: bool) -> None:
    assert selectors().holds(name, Piece(selectors().kinds[kind], minutes, finisher)) is expected
