"""Who must not be planned like others: what `athlete.care` and age close, refuse and say, wherever a week is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from asks import EVENINGS, asked, lengths, refusal, resolved, rule
from ordinary import ordinary
from typer.testing import CliRunner

from benchmarks.tiny import Spec, problem_of
from microcycle import News, alternatives, audit, plan_week, replan, what_if, why_not
from microcycle.batch.work import ASK_FIRST, _without_person
from microcycle.cli.app import app
from microcycle.cli.render import table
from microcycle.cli.render.screen import Screen
from microcycle.errors import InputError
from microcycle.export.formats import KINDS, PLAIN
from microcycle.models.catalogue import catalogue
from microcycle.models.clause import Bound
from microcycle.models.clock import parse_week_minute
from microcycle.models.goal import CLASSES
from microcycle.models.request import RequestSpec
from microcycle.models.selector import Piece
from microcycle.models.week import Week
from microcycle.solver.problem import Problem
from microcycle.solver.search import Limits
from microcycle.solver.solve import solve

GOALS = sorted(catalogue().goals)
WED = parse_week_minute("wed 12:00")
MONDAY = "week_of: 2026-11-23\n"
CLOSED: dict[str, tuple[str, ...]] = {
    "pregnant": ("straining", "hard"),
    "heart": ("straining", "hard"),
    "medicine": ("straining", "hard"),
    "{injury: knee}": ("straining", "all-running", "hike", "lifts-but-upper"),
    "{injury: left shoulder}": ("straining", "with-hurt-arms"),
    "{injury: head}": ("straining", "all-running", "lifts"),
    "injury": ("straining", "all-running", "lifts"),
    "{postpartum: 2026-09-01}": ("straining", "all-running", "heavy-legs"),
}
"""What each word of care closes, in the week of 23 November 2026."""
WEEK = """
athlete: {{care: {care}, bodyweight: 70 kg, experience: {experience}}}
goal: {goal}
week_of: 2026-11-23
availability: {{mon-fri: [06:00-07:30, 17:30-20:30], sat-sun: 08:00-12:00}}
"""


def closed(problem: Problem, care: str, piece: Piece) -> bool:
    return any(problem.selectors.holds(of, piece) for of in CLOSED[care])


# --- what is on the menu ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("goal", GOALS)
def test_what_care_closes_is_on_no_menu(goal: str) -> None:
    """Of any class, with and without history; something is left, and each gate says what it does."""
    for experience in (name for name in CLASSES if name not in catalogue().goals[goal].refuse):
        for care in CLOSED:
            for history in ("", "history: {run_minutes: [50, 55, 60], longest_run_30d: 30 min}\n"):
                problem = resolved(f"athlete: {{care: {care}, experience: {experience}}}\n{MONDAY}{history}", goal=goal)
                assert problem.options
                assert not any(closed(problem, care, option.piece) for option in problem.options), (experience, care)
                assert problem.advice
                assert problem.offers == ()
                # What is on no menu because of a gate is no reason to say that its line changes nothing.
                assert not [line for line in problem.assumptions if line.startswith("athlete.care")]
                told = [line for line in problem.assumptions if line.partition(" ")[0] in {r.id for r in catalogue().gated}]
                assert len(told) == len({id for id, _ in problem.gates})
                # Floors of which nothing is left have given way, those of the rulebook too.
                for clause in (instance.clause for instance in problem.rules if instance.path is None):
                    if isinstance(clause, Bound) and clause.min and clause.quantity != "days-without":
                        assert problem.members(clause.of), (care, clause.of)


@pytest.mark.parametrize(
    ("care", "stays"),
    [
        ("{injury: knee}", {"bike-easy", "upper"}),
        ("{injury: shoulder}", {"easy-run", "long-run"}),
        ("{injury: [knee]}", None),
        ("[{injury: foot}, {injury: wrist}]", {"bike-easy"}),
        ("{injury: nose}", {"bike-easy"}),
        ("{postpartum: 2026-09-01}", {"bike-easy", "runner-strength", "upper"}),
        ("{postpartum: 2026-08-31}", {"easy-run", "intervals-vo2", "long-run", "runner-strength", "tempo-run", "upper"}),
        ("pregnant", {"easy-run", "long-run", "runner-strength", "upper"}),
        ("eating", {"easy-run", "intervals-vo2", "long-run", "runner-strength", "tempo-run", "upper"}),
    ],
)
def test_what_stays(care: str, stays: set[str] | None) -> None:
    text = f"athlete: {{care: {care}}}\n{MONDAY}"
    if stays is None:
        assert "is no place of an injury" in refusal(text)
    else:
        assert {option.kind.id for option in resolved(text).options if option.kind.counts} == stays


@pytest.mark.parametrize(("monday", "runs"), [("2026-11-23", False), ("2026-11-30", True)])
def test_no_running_for_twelve_weeks_after_a_birth(monday: str, runs: bool) -> None:
    """Day 83 and day 84 after it; without the week's date they are taken as not over."""
    born = {"2026-11-23": "2026-09-01", "2026-11-30": "2026-09-07"}[monday]
    problem = resolved(f"athlete: {{care: {{postpartum: {born}}}}}\nweek_of: {monday}")
    assert bool(problem.members("runs")) == runs
    assert "by symptoms" in problem.advice[0]
    undated = resolved(f"athlete: {{care: {{postpartum: {born}}}}}")
    assert not undated.members("runs")
    assert any("Without `week_of`" in line for line in undated.assumptions)


def test_running_does_not_grow() -> None:
    """Not over history, and without it not over the lower ends of the card; nobody's rules of their own change that."""
    known = resolved(
        "athlete: {care: heart}\nrules: {weekly-run-ramp: off, single-run-spike: off}\n"
        "history: {run_minutes: [120, 110, 130], longest_run_30d: 50 min}\n"
    )
    unknown = resolved("athlete: {care: heart}")
    for problem, week, longest in ((known, 120, 50), (unknown, 225, 50)):
        most = {c.per: c.max for i in rule(problem, "care-gate") if isinstance(c := i.clause, Bound) and c.max != 0}
        assert most == {"week": week, "session": longest}
        assert max(lengths(problem, "long-run")) == max(lengths(problem, "easy-run")) == longest
    assert {i.path for i in rule(known, "care-gate")} == {("athlete", "care")}


def test_own_kinds_do_not_slip_through() -> None:
    own = "sessions: {mine: {like: intervals-vo2, intensity: easy}, hop: {like: heavy-lower, intensity: moderate}}\n"
    for name in ("mine", "hop"):
        told = refusal(f"athlete: {{care: pregnant}}\n{own}want: {{{name}: 1}}")
        assert "care-gate allows no such session (week.yaml:3)" in told
        assert resolved(f"{own}want: {{{name}: 1}}").options


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "goal", "told"),
    [
        (13, "health-longevity", "3:16: this tool plans for nobody under 14"),
        (14, "run-half", "2:7: a half marathon is for later: none is planned under 16 (week.yaml:3) [minors]; expected"),
        (15, "run-half", "expected 'run-10k', which is open"),
        (15, "run-marathon", "expected 'run-10k', which is open"),
        (16, "run-marathon", "expected 'run-half', which is open"),
        (17, "run-marathon", "2:7: a marathon is for later: none is planned under 18 (week.yaml:3) [minors]"),
        (17, "fat-loss", "expected 'health-longevity', which is open"),
        (14, "run-10k", None),
        (16, "run-half", None),
        (18, "run-marathon", None),
        (18, "fat-loss", None),
    ],
)  # fmt: skip
def test_goals_by_age(age: int, goal: str, told: str | None) -> None:
    text = f"athlete: {{age: {age}, bodyweight: 60 kg}}"
    if told is not None:
        assert told in refusal(text, goal=goal)
    else:
        assert resolved(text, goal=goal).figures == (age >= 18)


@pytest.mark.parametrize(
    ("age", "race", "told"),
    [
        (17, "city marathon", "a marathon is for later"),
        (17, "half-marathon", None),
        (15, "half marathon", "a half marathon is for later"),
        (15, "10 km", None),
        (18, "marathon", None),
    ],
)
def test_races_by_age(age: int, race: str, told: str | None) -> None:
    pin = f"{{session: {race}, counts_as: race, day: sun, start: '09:00', minutes: 90, outside_windows: true}}"
    text = f"athlete: {{age: {age}}}\npinned: [{pin}]\n"
    if told is not None:
        assert told in refusal(text)
    else:
        assert resolved(text).pins


@pytest.mark.parametrize(("who", "refused"), [("age: 17", True), ("care: heart", True), ("age: 18", False)])
@pytest.mark.parametrize("called", ["1RM test", "one-rep max", "5k time trial", "strength test"])
def test_no_test_is_fixed_for_whom_none_is_planned(who: str, refused: bool, called: str) -> None:
    pin = f"{{session: {called}, counts_as: upper, day: tue, minutes: 45}}"
    text = f"athlete: {{{who}}}\npinned: [{pin}]\n"
    if refused:
        assert "test" in refusal(text)
    else:
        assert resolved(text).pins
    assert resolved(text.replace(called, "blood test and lunch")).pins


@pytest.mark.parametrize(
    ("care", "told"),
    [
        ("pregnnt", "3:17: unknown care 'pregnnt'; expected pregnant, {postpartum: 2026-09-01}"),
        ("[heart, {injry: knee}]", "3:26: unknown care 'injry'"),
        ("postpartum", "3:17: the day of the birth is missing; expected {postpartum: 2026-09-01}"),
        ("{postpartum: soon}", "3:30: 'soon' is no date"),
        ("{postpartum: 2026-11-24}", "3:30: 2026-11-24 is still to come in the week of 2026-11-23"),
        ("[pregnant, {postpartum: 2026-09-01}]", "3:41: 'postpartum' and 'pregnant' (also week.yaml:3) do not hold at once"),
        ("[heart, heart]", "3:25: 'heart' is said twice (also week.yaml:3)"),
        ("{heart: bad}", "3:25: 'heart' says all by itself"),
        ("{injury: 3}", "3:26: 3 is no place of an injury"),
        ("{injury: knee, heart: 1}", "3:17: a group of keys is no care"),
        ("3", "3:17: unknown care 3"),
    ],
)
def test_what_is_no_care(care: str, told: str) -> None:
    assert f"week.yaml:{told}" in refusal(f"athlete: {{care: {care}}}\n{MONDAY}")


@pytest.mark.parametrize(
    ("care", "asks", "told"),
    [
        ("pregnant", "want: {tempo-run: 1}", "4:8: tempo runs are asked for here, and care-gate allows no such session"),
        ("pregnant", "want: {hard: ~1}", "4:8: hard sessions are asked for here, and care-gate"),
        (
            "heart",
            "want: {long-run: {minutes: 95-110}}",
            "4:8: long runs are asked for here, and care-gate allows 50 minutes at most",
        ),
        ("medicine", "pinned: [{session: intervals-vo2, day: tue}]", "4:10: 'intervals-vo2' of 45 minutes is fixed here"),
        (
            "heart",
            "pinned: [{session: long-run, day: sat, minutes: 90}]",
            "allows 50 minutes at most (week.yaml:3); expected",
        ),
        ("{injury: hip}", "want: {run_minutes: 60-90}", "4:8: runs are asked for here, and injury-gate"),
        ("{injury: elbow}", "want: {lifts: 2}", "4:8: lifts are asked for here, and injury-gate"),
        ("pregnant", "rules: {care-gate: soft}", "4:20: 'care-gate' protects those who need care; it cannot be softened"),
        ("heart", "rules: {care-gate: {severity: off}}", "'care-gate' protects those who need care"),
        ("heart", "rules: {minors: off}", "'minors' protects those who need care"),
        ("pregnant", "want: {tempo-run: 0-2, hard: 0-1, runs: 3}", None),
        ("{injury: hip}", "want: {lifts: 2}", None),
        ("{injury: elbow}", "want: {runs: 2}", None),
        ("heart", "pinned: [{session: easy-run, day: sat, minutes: 45}]", None),
    ],
)
def test_what_is_asked_against_a_gate(care: str, asks: str, told: str | None) -> None:
    """Refused where it stands, with the line that shuts the gate."""
    text = f"athlete: {{care: {care}}}\n{asks}"
    if told is None:
        assert resolved(text).options
    else:
        found = refusal(text)
        assert told in found
        assert "week.yaml:3" in found or "rules:" in asks


def test_eating_is_shown_no_figures_and_no_fat_loss() -> None:
    told = refusal("athlete: {care: eating}", goal="fat-loss")
    assert "2:7: losing fat is not planned with care for eating" in told
    assert "expected 'health-longevity', which is open" in told
    with_figures = plan_week(asked(WEEK.format(care="[]", goal="return-maintenance", experience="beginner")))
    without = plan_week(asked(WEEK.format(care="eating", goal="return-maintenance", experience="beginner")))
    assert with_figures.nutrition
    assert without.nutrition == ()
    assert [s.id for s in with_figures.sessions] == [s.id for s in without.sessions]
    texts = " ".join(kind.write(without, PLAIN) for kind in KINDS.values())
    assert "kcal" not in texts
    assert "70 kg" not in texts
    assert any("`bodyweight` changes nothing" in line for line in without.assumptions)


# --- solved weeks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(16))
def test_no_solved_week_holds_what_a_gate_closes(seed: int) -> None:
    """Drawn requests with care beside all else that they ask; what they ask against a gate is refused."""
    care = list(CLOSED)[seed % len(CLOSED)]
    spec: Spec = ordinary(seed, plain=True)
    written: Any = care if "{" not in care else dict([care.strip("{}").split(": ", 1)])
    spec["athlete"]["care"] = written
    spec["week_of"] = "2026-11-23"
    spec["want"] = {}
    problem = problem_of(spec)
    result = solve(problem, Limits(deterministic=10.0, seconds=600.0))
    assert result.outcome in ("solved", "infeasible")
    assert result.audit is None or result.audit.hard == ()
    assert not any(closed(problem, care, piece.piece) for piece in result.pieces)


@pytest.mark.parametrize("care", [care for care in CLOSED if care != "injury"])
def test_check_names_the_gate(care: str) -> None:
    """A week by hand that holds what a gate closes; without it the gate is kept."""
    text = WEEK.format(care=care, goal="hybrid-vo2-strength", experience="intermediate") + "primary: run\n"
    forbidden = {"shoulder": "upper", "knee": "easy-run"}
    bad = next((kind for place, kind in forbidden.items() if place in care), "intervals-vo2")
    broken = audit(asked(text), {"week": {"mon": [{"session": bad, "start": "17:30", "minutes": 45}]}})
    assert {match.rule for match in broken.hard} & {"care-gate", "injury-gate", "after-birth-gate"}
    assert any(match.source == "week.yaml:2" for match in broken.hard)
    kept = audit(asked(text), {"week": {"mon": [{"session": "bike-easy", "start": "17:30", "minutes": 30}]}})
    assert not {match.rule for match in kept.hard} & {"care-gate", "injury-gate", "after-birth-gate"}
    assert kept.advice == resolved(text).advice


@pytest.fixture(scope="module")
def pregnant() -> Week:
    return plan_week(asked(WEEK.format(care="pregnant", goal="run-5k", experience="beginner")))


def test_advice_stands_at_the_head_and_in_every_export(pregnant: Week) -> None:
    assert pregnant.proven
    assert pregnant.advice == ("Ask your clinician first, and train by this plan only as they agree. [care-gate]",)
    for name, kind in KINDS.items():
        text = kind.write(pregnant, PLAIN).replace("\r\n ", "")
        assert "Ask your clinician first" in text.replace("\n", " "), name
    bare = _without_person(pregnant)
    assert bare.advice == (ASK_FIRST,)
    assert not any("care-gate" in line for line in (*bare.assumptions, *bare.advice))


def test_what_a_gate_takes_is_told_whole(tmp_path: Path) -> None:
    """However much it is: sentences of ours are not cut, on paper or on a screen."""
    week = plan_week(asked(WEEK.format(care="{injury: right shoulder}", goal="hypertrophy", experience="advanced")))
    (told,) = (line for line in week.assumptions if line.startswith("injury-gate"))
    assert len(told) > 400
    with Screen.open(str(tmp_path / "table.txt")) as screen:
        table.week(screen, week)
    shown = " ".join((tmp_path / "table.txt").read_text(encoding="utf-8").split())
    for text in (shown, *(KINDS[name].write(week, PLAIN) for name in ("html", "markdown"))):
        assert told in text.replace("\\", "")


def test_every_way_to_ask_keeps_the_gate(pregnant: Week) -> None:
    request = asked(WEEK.format(care="pregnant", goal="run-5k", experience="beginner"))
    plain = asked(WEEK.format(care="[]", goal="run-5k", experience="beginner"))
    changed = what_if(plain, ["athlete.care=heart"])
    assert changed.week is not None
    assert changed.week.advice
    assert changed.week.measures is not None
    assert changed.week.measures.hard_days == ()
    with pytest.raises(InputError, match="care-gate allows no such session"):
        why_not(request, "tempo-run=tue")
    for other in alternatives(request, 1).others:
        assert other.week is not None
        assert other.week.advice
    anew = replan(request, pregnant, News(WED, settings=("athlete.care={injury: foot}",))).week
    assert anew is not None
    assert not any(session.modality == "run" and not session.done for session in anew.sessions)
    with pytest.raises(InputError, match="is fixed here, and care-gate"):
        replan(request, pregnant, News(WED, added=("tempo-run=fri 18:00",)))


def test_a_gate_stays_shut_past_what_was_done() -> None:
    """Hard and long on Monday, hurt since: nothing of it is added, and what was done stands."""
    problem = resolved(
        "athlete: {care: medicine}\nnow: wed 12:00\n"
        "history: {run_minutes: [60, 60, 60], longest_run_30d: 40 min}\n"
        "done: [{session: intervals-vo2, day: mon, start: '17:30', minutes: 60},"
        " {session: easy-run, day: tue, start: '17:30', minutes: 45}]\n",
        goal="run-5k",
    )
    gate = {(c.of, c.max): i.severity for i in rule(problem, "care-gate") if isinstance(c := i.clause, Bound)}
    assert gate == {("straining", 1): "hard", ("training-runs", 105): "hard", ("single-runs", 60): "hard"}
    result = solve(problem, Limits(deterministic=10.0, seconds=600.0))
    assert result.outcome == "solved"
    assert [piece.kind.id for piece in result.pieces if piece.kind.modality == "run" and not piece.done] == []


def test_no_repair_opens_a_gate() -> None:
    """The conflict names it with its line; what would help is something else."""
    own = "rules: {mine: {family: bound, quantity: sessions, of: hard, min: 1}}\n"
    week = plan_week(asked(WEEK.format(care="heart", goal="run-5k", experience="intermediate") + own))
    assert week.outcome == "infeasible"
    assert {(fact.rule, fact.source) for fact in week.conflict} == {("mine", "week.yaml:6"), ("care-gate", "week.yaml:2")}
    assert {change.rule for repair in week.repairs for change in repair.changes} <= {"mine"}


# --- sheets and programs ----------------------------------------------------------------------------------------------


def test_care_in_every_form() -> None:
    written = {"a": "heart", "b": ["heart", {"injury": "knee"}], "c": {"injury": "knee"}, "d": ["injury: knee", "medicine"]}
    found = {}
    for name, care in written.items():
        found[name] = RequestSpec.model_validate({"goal": "run-5k", "athlete": {"care": care}}).athlete.care
    told = {name: [(one.word, one.place) for one in cares] for name, cares in found.items()}
    assert told == {
        "a": [("heart", "")],
        "b": [("heart", ""), ("injury", "knee")],
        "c": [("injury", "knee")],
        "d": [("injury", "knee"), ("medicine", "")],
    }
    dumped = RequestSpec.model_validate({"goal": "run-5k", "athlete": {"care": written["b"]}}).model_dump(mode="json")
    assert dumped["athlete"]["care"] == written["b"]


def test_care_is_a_column_of_sheets(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(f"goal: run-5k\n{EVENINGS}", encoding="utf-8")
    rows = ["id,athlete.care,athlete.age", "a,pregnant,", "b,heart; injury: knee,", "c,,13", "d,pregnnt,"]
    (tmp_path / "roster.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    out = tmp_path / "plans.jsonl"
    command = ["batch", str(tmp_path / "roster.csv"), "--template", str(tmp_path / "base.yaml"), "-o", str(out), "--quiet"]
    assert CliRunner().invoke(app, command).exit_code == 5
    lines = {line["id"]: line for line in map(json.loads, out.read_text(encoding="utf-8").splitlines())}
    assert {name: line["outcome"] for name, line in lines.items()} == {
        "a": "solved",
        "b": "solved",
        "c": "invalid",
        "d": "invalid",
    }
    assert lines["a"]["week"]["advice"][0].startswith("Ask your clinician first")
    assert not any(session["modality"] == "run" for session in lines["b"]["week"]["sessions"])
    assert "nobody under 14" in lines["c"]["error"]["message"]
    assert "did you mean 'pregnant'?" in lines["d"]["error"]["message"]
