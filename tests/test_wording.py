"""Sentences for people: what was found in a week, told with its real numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from microcycle import audit, load_request
from microcycle.export import words
from microcycle.models.catalogue import catalogue
from microcycle.models.naming import Naming
from microcycle.models.week import Check, RuleMatch
from microcycle.solver.sentence import Count, decimal

NAMING = Naming(catalogue().selector_rows, catalogue().kinds)


@pytest.mark.parametrize(
    ("expression", "one", "many", "doing"),
    [
        ("lifts >= 30", "lift of 30 minutes or more", "lifts of 30 minutes or more", "lifting of 30 minutes or more"),
        ("runs > 45", "run over 45 minutes", "runs over 45 minutes", "running over 45 minutes"),
        ("hard < 90", "hard session under 90 minutes", "hard sessions under 90 minutes", "hard work under 90 minutes"),
        ("push", "push day", "push days", "push day"),
        ("tempo-touch", "easy run with some tempo", "easy runs with some tempo", "easy run with some tempo"),
        ("upper", "upper-body session", "upper-body sessions", "upper body"),
        ("intervals-vo2", "session of VO2max intervals", "sessions of VO2max intervals", "VO2max intervals"),
        (
            "intervals-vo2 | tempo-run | hill-repeats",
            "tempo run or session of VO2max intervals or hill repeats",
            "tempo runs or sessions of VO2max intervals or hill repeats",
            "VO2max intervals or tempo run or hill repeats",
        ),
        ("aerobic | walk", "endurance session or walk", "endurance sessions or walks", "endurance work or walk"),
    ],
)  # fmt: skip
def test_names_of_selectors(expression: str, one: str, many: str, doing: str) -> None:
    assert NAMING.noun(expression) == (one, many, doing)


def test_every_selector_and_kind_has_plain_words() -> None:
    for name in [*catalogue().selector_rows, *catalogue().kinds]:
        noun = NAMING.noun(name)
        assert noun.one != noun.many or name == "rest"
        assert all(word and not set(word) & set("{}|_") for word in noun)
    for name, row in catalogue().selector_rows.items():
        assert row.name, name
        assert row.doing, name


def test_short_names_fit_a_day_column() -> None:
    for kind in catalogue().kinds.values():
        assert max(map(len, kind.short.split())) <= 10, kind.id
        assert len(kind.short) <= 12, kind.id


@pytest.mark.parametrize(
    ("number", "spec", "expected"),
    [
        (1, "hard run", "1 hard run"), (2, "hard run", "2 hard runs"), (0, "hard run", "no hard runs"),
        (1, "day holds|days hold", "1 day holds"), (3, "day holds|days hold", "3 days hold"),
        (Fraction(19, 2), "hard set", "9.5 hard sets"), (Fraction(1, 2), "hard set", "0.5 hard sets"),
        (0, "none", "none"), (2, "none", "2"), (7, "", "7"), (None, "run", "unlimited"),
    ],
)  # fmt: skip
def test_counts(number: int | Fraction | None, spec: str, expected: str) -> None:
    text = "unlimited" if number is None else decimal(number, 1, up=False)
    assert format(Count(number, text), spec) == expected


def checked(goal: str, week: dict[str, Any], **fields: Any) -> Check:
    spec = {
        "athlete": {"experience": {"lift": "intermediate", "run": "intermediate"}},
        "goal": goal,
        "availability": {"daily": "06:00-22:00"},
        **fields,
    }
    return audit(load_request(spec), {"week": week})


FINDINGS: dict[str, tuple[str, dict[str, Any], dict[str, Any], str]] = {
    "one session short": (
        "run-5k", {"tue": [{"session": "tempo-run", "minutes": 40}], "sat": [{"session": "easy-run", "minutes": 30}]},
        {}, "2 runs of 20 minutes or more, at least 4 wanted",
    ),
    "none of a kind": (
        "run-5k", {"tue": [{"session": "tempo-run", "minutes": 40}]}, {},
        "No sessions of VO2max intervals or hill repeats, 1 aimed at",
    ),
    "sets of a muscle that is several": (
        "run-5k", {"tue": [{"session": "runner-strength", "minutes": 40}]}, {},
        "The glutes get 4.5 hard sets, 6 aimed at",
    ),
    "sets of a muscle that is one": (
        "run-5k", {"tue": [{"session": "runner-strength", "minutes": 40}]}, {},
        "The chest gets 2 hard sets, at least 4 wanted",
    ),
    "minutes": (
        "health-longevity", {"tue": [{"session": "easy-run", "minutes": 45}]}, {},
        "45 minutes of endurance work, at least 150 wanted",
    ),
    "minutes by a name of the card": (
        "fat-loss", {"tue": [{"session": "easy-run", "minutes": 45}]}, {},
        "45 minutes of endurance work and walking, 220 aimed at",
    ),
    "one day": (
        "hypertrophy", {"tue": [{"session": "push", "minutes": 50}]}, {},
        "The chest is trained on 1 day, at least 2 wanted",
    ),
    "length": (
        "run-5k", {"tue": [{"session": "intervals-vo2", "minutes": 50}]}, {},
        "Tuesday: VO2max intervals of 50 minutes instead of the usual 45",
    ),
    "past an aim of none": (
        "run-5k", {"tue": [{"session": "hill-repeats", "minutes": 45}]}, {}, "1 session of hill repeats, none aimed at"
    ),
    "two hard sessions that overlap": (
        "run-5k",
        {"tue": [{"session": "heavy-lower", "minutes": 60, "start": "08:00"},
                 {"session": "easy-run", "minutes": 30, "start": "08:30"}]},
        {}, "Tuesday: heavy lower body and easy run are 0 h apart, 6 wanted",
    ),
    "a wish for days": (
        "run-10k", {"wed": [{"session": "long-run", "minutes": 80}]}, {"prefer": {"long-run": ["sat", "sun"]}},
        "You prefer long runs on Saturday or Sunday; 1 is on other days",
    ),
    "a wish for rest": (
        "run-10k", {"sun": [{"session": "long-run", "minutes": 80}]}, {"prefer": {"rest": "sun"}},
        "You want rest on Sunday; the week trains that day",
    ),
    "a wish against": (
        "run-10k", {"tue": [{"session": "upper", "minutes": 40}]}, {"forbid": {"lifts": ["tue"]}},
        "You want no lifts on Tuesday; the week has 1",
    ),
    "distance": (
        "run-10k", {"tue": [{"session": "easy-run", "minutes": 60}]},
        {"want": {"run_distance": "20-30 km"}, "athlete": {"experience": "intermediate", "easy_pace": "6:00 /km"}},
        "9.9 km of running, at least 20 wanted",
    ),
    "what a goal has none of": (
        "hybrid-vo2-strength", {"mon": [{"session": "intervals-vo2", "minutes": 45}]},
        {"athlete": {"experience": "beginner"}, "primary": "lift"}, "1 hard endurance session, where none should be",
    ),
    "what the athlete wants none of": (
        "run-5k", {"mon": [{"session": "tempo-run", "minutes": 40}]}, {"want": {"tempo-run": 0}}, "1 tempo run, none wanted"
    ),
    "days of a week that wraps": (
        "run-10k",
        {"sat": [{"session": "upper", "minutes": 40, "start": "08:00"}],
         "tue": [{"session": "easy-run", "minutes": 40, "start": "08:00"}]},
        {"rules": {"mine": {"family": "spacing-hours", "first": "lifts", "then": "runs",
                             "hours": 80, "order": "first-then"}}},
        "Mine (Saturday to the Tuesday after)",
    ),
    "days that follow each other in a week that wraps": (
        "run-10k",
        {"sun": [{"session": "upper", "minutes": 40, "start": "18:00"}],
         "mon": [{"session": "easy-run", "minutes": 40, "start": "08:00"}]},
        {"rules": {"mine": {"family": "spacing-hours", "first": "lifts", "then": "runs",
                             "hours": 20, "order": "first-then"}}},
        "Mine (Sunday to Monday)",
    ),
    "all minutes": (
        "run-10k", {"tue": [{"session": "easy-run", "minutes": 60}]}, {"want": {"minutes": "~300"}},
        "60 minutes of training, 300 aimed at",
    ),
    "braces of the athlete's": (
        "run-10k", {"tue": [{"session": "easy-run", "minutes": 60}]},
        {"rules": {"mine": {"family": "bound", "quantity": "days", "of": "runs", "min": 2, "statement": "{a} b"}}},
        "{a} b (the week)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FINDINGS)
def test_findings_are_told_as_people_speak(name: str) -> None:
    goal, week, fields, expected = FINDINGS[name]
    assert expected in [match.text for match in checked(goal, week, **fields).matches]


def test_a_least_and_an_aim_of_one_fact_are_told_once() -> None:
    found = checked("run-5k", {"tue": [{"session": "easy-run", "minutes": 40}]})
    all_told = [match.text for match in found.matches if match.rule == "session-counts"]
    shown = [text for match, texts in words.traded(found.matches) if match.rule == "session-counts" for text in texts]
    assert "1 run of 20 minutes or more, at least 4 wanted" in all_told
    assert len(all_told) > len(shown)
    facts = [text.partition(", ")[0] for text in shown]
    assert len(facts) == len(set(facts))
    assert {text.partition(", ")[0] for text in all_told} == set(facts)


def test_two_limits_of_one_rule_are_told_once_and_the_dearer() -> None:
    def match(text: str, cost: int, severity: str = "soft") -> RuleMatch:
        return RuleMatch(
            rule="a", severity=severity, amount=1, where=(), text=text, tier="tier3", level="key", cost=cost, source=None
        )  # fmt: skip

    found = [match("Mon to Wed: 20 h apart, 24 wanted", 3), match("Mon to Wed: 20 h apart, 48 wanted", 9)]
    other = [match("Monday, Wednesday and Friday: a run", 1), match("Monday, Wednesday and Sunday: a run", 1)]
    told = [text for _, texts in words.traded([*found, *other]) for text in texts]
    assert told == ["Mon to Wed: 20 h apart, 48 wanted", *(m.text for m in other)]
    assert words.told([found[1], match(found[0].text, 0, "hard")]) == [match(found[0].text, 0, "hard")]


@pytest.mark.parametrize(
    ("name", "fields", "week", "sentence"),
    [
        (
            "late-hard-session",
            {"sleep": "22:00-06:00"},
            {"tue": [{"session": "intervals-vo2", "start": "21:00", "minutes": 45}]},
            "Tuesday: VO2max intervals ends at 21:45, 21:00 at the latest wanted",
        ),
        (
            "weekly-run-ramp",
            {"history": {"run_minutes": [100, 100, 100]}},
            {"tue": [{"session": "easy-run", "minutes": 90}], "sat": [{"session": "long-run", "minutes": 90}]},
            "180 minutes of running, at most 130 wanted after your last weeks",
        ),
        (
            "same-day-order",
            {"primary": "run"},
            {
                "tue": [
                    {"session": "heavy-lower", "start": "14:00", "minutes": 45},
                    {"session": "intervals-vo2", "start": "18:00", "minutes": 45},
                ]
            },
            "Tuesday: heavy lower body comes before VO2max intervals",
        ),
    ],
)
def test_two_halves_of_a_softened_rule_are_one_sentence(
    name: str, fields: dict[str, Any], week: dict[str, Any], sentence: str
) -> None:
    """The hard limit, which gives way now, and the soft one: both count, and only the dearer is told, in one list of two."""
    found = checked("hybrid-vo2-strength", week, **{"primary": "lift", **fields}, rules={name: "soft"})
    all_of_it = [match for match in found.matches if match.rule == name]
    assert len(all_of_it) > 1
    assert [match.text for match in words.told(all_of_it)] == [sentence]


def test_what_goes_by_another_name_borrows_no_steps() -> None:
    practice = {"session": "rugby practice", "counts_as": "sprint-intervals", "day": "tue", "start": "18:30", "minutes": 90}
    found = audit(
        load_request({"goal": "sprint-team-sport", "availability": {"daily": "06:00-22:00"}, "pinned": [practice]}),
        {"week": {"tue": [{"session": "sprint-intervals", "start": "18:30", "minutes": 90}]}},
    )
    (session,) = found.sessions
    assert session.content == "90 min rugby practice"
    assert [(step.text, step.seconds, step.effort) for step in session.steps] == [("90 min rugby practice", 5400, None)]
