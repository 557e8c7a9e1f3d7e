"""Workouts for Intervals.icu: its text is read back to the same steps, ids stay, paces are what the formulas say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import intervals_text
import pytest
from handy_weeks import drawn, made
from intervals_text import Odd, Step, parse
from typer.testing import CliRunner

from microcycle import News, load_request, plan_week, replan
from microcycle.cli import athletes
from microcycle.cli.app import app
from microcycle.errors import InputError
from microcycle.export.calendar import to_calendar
from microcycle.export.formats import KINDS, PLAIN, Options
from microcycle.export.hub import SPORTS, TIMED, to_intervals
from microcycle.export.identity import coming_monday
from microcycle.export.targets import HEART, SHARES, heart_range, pace_range, speed, vo2
from microcycle.models.catalogue import catalogue
from microcycle.models.clock import DAYS, parse_week_minute
from microcycle.models.derive import at_length
from microcycle.models.planned import PlannedSession
from microcycle.models.session import Repeats, SessionKind, Steady
from microcycle.models.week import Week
from microcycle.solver.report import _step

EXAMPLES = sorted(p for p in (Path(__file__).parent.parent / "examples").iterdir() if p.is_file() and p.stem != "impossible")
KIND_IDS = sorted(kind.id for kind in catalogue().kinds.values() if kind.steps)
HOSTILE = (
    "5x",
    "10m 100%",
    "- 20m",
    "a\nb\n- 5m Z2",
    "\u202e5x gnol",
    "x" * 200,
    "1h 5:00/km Pace",
    "Press lap",
    "٣x",
    "½m",
    "",
)


@cache
def by_hand() -> Week:
    return made()


@cache
def example(path: Path) -> Week:
    return plan_week(load_request(path), repairs=False)


def events(week: Week, options: Options = PLAIN) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(to_intervals(week, options))
    return found


def of_kind(kind: SessionKind, minutes: int, **more: Any) -> PlannedSession:
    content = kind.content(minutes)
    base = by_hand().sessions[0].model_dump()
    steps = tuple(_step(step) for step in content.steps)
    fields = {key: getattr(kind, key) for key in ("name", "short", "modality")}
    fields |= {"id": "mon-1-x", "session": kind.id, "minutes": minutes, "note": "", "distance_m": None}
    fields |= {"content": content.text, "steps": steps}
    return PlannedSession.model_validate(base | fields | more)


def week_of(*sessions: PlannedSession, pace: int | None = None, unit: str = "km") -> Week:
    return by_hand().model_copy(update={"sessions": sessions, "easy_pace_s_per_km": pace, "distance_unit": unit})


def typed(kind: SessionKind, minutes: int) -> Iterator[tuple[int, str | None]]:
    """Seconds and effort of every step in turn, from the catalogue; recoveries have no effort."""
    for planned in kind.content(minutes).steps:
        step = planned.step
        if isinstance(step, Repeats):
            for n in range(planned.amount):
                if n and step.recovery_s:
                    yield step.recovery_s, None
                yield step.work_s, step.work
        else:
            yield planned.seconds, step.effort if isinstance(step, Steady) else None


# --- the text ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", KIND_IDS)
@pytest.mark.parametrize("pace", [None, 390])
def test_every_kind_at_every_length_is_read_back(id: str, pace: int | None) -> None:
    kind = catalogue().kinds[id]
    for minutes in kind.lengths:
        (event,) = events(week_of(of_kind(kind, minutes), pace=pace))
        read = parse(event["description"])
        assert event["moving_time"] == minutes * 60
        if kind.modality not in TIMED:
            assert read.blocks == ()
            assert len(read.text) == len(kind.content(minutes).steps)
            continue
        want = list(typed(kind, minutes))
        steps = read.unrolled()
        assert [step.seconds for step in steps] == [seconds for seconds, _ in want]
        assert sum(step.seconds for step in steps) == minutes * 60
        assert all(step.cue for step in steps)
        for step, (seconds, effort) in zip(steps, want, strict=True):
            if step.kind is None:
                continue
            assert effort is not None
            assert kind.modality == "run" or step.kind == "HR"
            assert (step.kind == "HR") == (pace is None or kind.modality != "run")
            name = "recovery" if (id, effort) == ("recovery-run", "easy") else effort
            ends = heart_range(name, seconds) if step.kind == "HR" else pace_range(390, name, "km")
            assert (step.low, step.high) == ends


def targets(id: str, minutes: int, pace: int | None = None) -> list[str | None]:
    (event,) = events(week_of(of_kind(catalogue().kinds[id], minutes), pace=pace))
    return [step.kind for step in parse(event["description"]).unrolled()]


def test_who_gets_a_target() -> None:
    assert targets("easy-run", 45, 360) == ["km"]
    assert targets("easy-run", 45) == ["HR"]
    assert targets("intervals-vo2", 40, 360) == ["km", *(["km", None] * 5)[:-1], "km"]
    assert targets("hill-repeats", 45, 360)[1:-1] == [None] * 15, "no pace uphill"
    assert targets("sprint-intervals", 35, 360)[1:-1] == [None] * 11
    assert targets("walk-run", 30, 360) == [None, *(["km", None] * 8)[:-1], None], "walking has none"
    assert targets("race", 60, 360) == [None]
    assert targets("walk", 30, 360) == [None]
    assert targets("bike-easy", 60, 360) == ["HR"]
    assert targets("cardio-hard", 35) == ["HR", *(["HR", None] * 5)[:-1], "HR"]
    assert targets("bike-hiit", 30)[1:-1] == [None] * 21, "the heart cannot follow half a minute"


def test_a_session_of_unknown_content_has_no_fast_target() -> None:
    """Intervals of 150 minutes are one step in a saved week: whoever fixed them knows what they hold."""
    kind = at_length(catalogue().kinds["intervals-vo2"], 150)
    for pace in (360, None):
        (event,) = events(week_of(of_kind(kind, 150), pace=pace))
        (step,) = parse(event["description"]).unrolled()
        assert (step.seconds, step.kind) == (9000, None)


def test_repeats_are_a_block_of_their_own() -> None:
    (event,) = events(week_of(of_kind(catalogue().kinds["intervals-vo2"], 40), pace=360))
    assert event["description"].startswith("- easy 10m 6:38-5:33/km Pace\n\n4x\n- hard 3m 4:32-4:21/km Pace\n")
    assert "\n- jog 2m30s\n\n- hard 3m" in event["description"]
    assert [block.repeats for block in parse(event["description"]).blocks] == [1, 4, 1]
    two = parse(events(week_of(of_kind(catalogue().kinds["tempo-touch"], 35)))[0]["description"])
    assert [block.repeats for block in two.blocks] == [1], "one repeat is none"


def test_words_that_were_left_out_of_a_cue_are_told_below() -> None:
    intervals, easy = (catalogue().kinds[id] for id in ("intervals-vo2", "easy-run"))
    assert parse(events(week_of(of_kind(intervals, 40)))[0]["description"]).text == (intervals.content(40).text,)
    read = parse(events(week_of(of_kind(easy, 40)))[0]["description"])
    assert read.text == ()
    assert read.unrolled()[0].cue == "easy enough to talk in sentences"


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("id", ["intervals-vo2", "tempo-run", "heavy-lower", "easy-run", "core"])
def test_nobodys_words_become_steps(text: str, id: str) -> None:
    kind, minutes = catalogue().kinds[id], catalogue().kinds[id].minutes.default
    plain = of_kind(kind, minutes)
    steps = tuple(
        step.model_copy(update={"text": step.text.replace("easy", text).replace("jog", text) if n % 2 else text})
        for n, step in enumerate(plain.steps)
    )
    named = plain.model_copy(update={"name": text, "short": text, "note": text, "content": text, "steps": steps})
    (event,) = events(week_of(named, pace=360))
    read, was = parse(event["description"]), parse(events(week_of(plain, pace=360))[0]["description"])
    assert [(s.seconds, s.kind, s.low) for s in read.unrolled()] == [(s.seconds, s.kind, s.low) for s in was.unrolled()]
    assert all(len(step.cue) <= 60 for step in read.unrolled())
    assert "\u202e" not in event["description"] + event["name"]
    assert "\n" not in event["name"]
    assert len(event["name"]) <= 200


def test_words_with_a_line_break_stay_in_their_line() -> None:
    plain = of_kind(catalogue().kinds["easy-run"], 30)
    step = plain.steps[0].model_copy(update={"text": "30 min slowly\n- 90m Z5"})
    read = parse(events(week_of(plain.model_copy(update={"steps": (step,), "note": "a\n\n3x\n- 10m"})))[0]["description"])
    assert read.unrolled() == [Step("easy", 1800, "HR", 60, 70)]
    assert read.text[-1] == "Note: a 3x - 10m"


@pytest.mark.parametrize(
    "text",
    ["-10m", "- fast", "- 5x 10m", "- do 10m 20m", "4x\nwords\n- 10m", "- 10m\nwords", "words\n- 10m", "- 10m 5:00 Pace",
     "- 10m 70 HR", "3x\n\n- 10m", "1x\n- 10m"],
)  # fmt: skip
def test_the_reader_is_strict(text: str) -> None:
    with pytest.raises(Odd):
        parse(text)


def test_the_reader_reads_what_is_documented() -> None:
    found = parse("- Warm up 1h2m30s 6:00-5:30/km Pace\n\n4x\n- 5m30s 75-80% HR\n- 30s\n\nWords 5x")
    first, (repeats, second) = found.blocks[0].steps[0], (found.blocks[1].repeats, found.blocks[1].steps)
    assert first == Step("Warm up", 3750, "km", 360, 330)
    assert (repeats, second) == (4, (Step("", 330, "HR", 75, 80), Step("", 30)))
    assert intervals_text.seconds("m") is None


# --- the events -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: Path) -> None:
    assert is_read_back(example(path))


@pytest.mark.parametrize("chunk", range(4))
def test_drawn_weeks(chunk: int) -> None:
    for seed in range(chunk, 200, 4):
        assert is_read_back(drawn(seed)), seed


def is_read_back(week: Week) -> bool:
    options = PLAIN if week.week_of else Options(starting=date(2026, 11, 23))
    text = to_intervals(week, options)
    found = json.loads(text)
    assert text == to_intervals(week, options), "the same bytes"
    assert len({event["external_id"] for event in found}) == len(found) == len(week.sessions) > 0
    monday = week.week_of or options.starting
    for event, session in zip(found, week.sessions, strict=True):
        day, _, clock = event["start_date_local"].partition("T")
        assert clock == f"{session.start or '00:00'}:00"
        late = session.start_min is not None and session.start_min >= 1440 * (DAYS.index(session.day) + 1)
        assert session.date in (None, (date.fromisoformat(day) - timedelta(days=late)).isoformat())
        assert monday is not None
        assert 0 <= (date.fromisoformat(day) - monday).days <= 7
        assert (event["category"], event["name"]) == ("WORKOUT", session.name)
        assert event["moving_time"] == session.minutes * 60
        assert event.get("distance") == session.distance_m
        assert event["type"] in SPORTS.values()
        read = parse(event["description"])
        assert sum(step.seconds for step in read.unrolled()) == (session.minutes * 60 if session.modality in TIMED else 0)
        for step, typed in zip(read.unrolled(), unrolled(session), strict=True):
            assert step.seconds == typed
        assert not session.note or read.text[-1] == f"Note: {session.note}"
    return True


def unrolled(session: PlannedSession) -> list[int]:
    """Seconds of the steps in turn, from the saved week."""
    found: list[int] = []
    for step in session.steps if session.modality in TIMED else ():
        if step.do == "repeats":
            found += ([step.work_s or 0, step.recovery_s or 0] * (step.repeats or 0))[:-1]
        else:
            found.append(step.seconds)
    return found


def test_ids_stay_when_the_week_is_planned_anew() -> None:
    path = next(path for path in EXAMPLES if path.stem == "jamie")
    old = example(path)
    news = News(parse_week_minute("wed 12:00"), missed=["tue-1-easy-run"], lost=["thu"])
    found = replan(load_request(path), old, news)
    new = found.week if hasattr(found, "week") else found
    assert isinstance(new, Week)
    before, after = ({e["external_id"]: e for e in events(week)} for week in (old, new))
    assert set(after) < set(before), "nothing new, and one that was dropped"
    moved = [id for id in after if after[id]["start_date_local"] != before[id]["start_date_local"]]
    assert [after[id]["name"] for id in moved] == ["Heavy lower body"]


def test_ids_are_those_of_the_calendar() -> None:
    week = by_hand()
    alone = [s for s in week.sessions if [o.visit for o in week.sessions if o.day == s.day].count(s.visit) == 1]
    calendar = to_calendar(week, PLAIN).replace("\r\n ", "")
    ids = {event["name"]: event["external_id"] for event in events(week)}
    assert len(alone) > 2
    assert all(f"UID:{ids[session.name]}@microcycle" in calendar for session in alone)
    assert not {e["external_id"] for e in events(week, Options(owner="someone"))} & set(ids.values())


def test_a_week_without_dates_is_put_where_it_is_asked_for() -> None:
    week = by_hand().model_copy(update={"week_of": None})
    two = events(week, Options(starting=date(2026, 11, 23), weeks=2))
    assert len(two) == 2 * len(week.sessions) == len({event["external_id"] for event in two})
    again = events(week, Options(starting=date(2026, 11, 30)))
    assert again == two[len(week.sessions) :], "the second week is the same wherever one begins"
    assert events(week)[0]["start_date_local"][:10] >= coming_monday(date.today()).isoformat()
    untimed = week.sessions[0].model_copy(update={"start": None, "start_min": None, "day": "wed"})
    (event,) = events(week.model_copy(update={"sessions": (untimed,)}), Options(starting=date(2026, 11, 23)))
    assert event["start_date_local"] == "2026-11-25T00:00:00"
    night = untimed.model_copy(update={"start_min": 7 * 1440 + 30})
    (event,) = events(week.model_copy(update={"sessions": (night,)}), Options(starting=date(2026, 11, 23)))
    assert event["start_date_local"] == "2026-11-30T00:30:00"


def test_refusals() -> None:
    with pytest.raises(InputError, match="there is no week"):
        to_intervals(made(outcome="unknown", proven=False), PLAIN)
    with pytest.raises(InputError, match="dates of its own"):
        to_intervals(by_hand(), Options(weeks=2))
    with pytest.raises(InputError, match="no Monday"):
        to_intervals(by_hand().model_copy(update={"week_of": None}), Options(starting=date(2026, 11, 24)))


def test_every_kind_has_a_sport() -> None:
    sports = {kind.id: SPORTS.get(kind.id) or SPORTS.get(kind.modality) for kind in catalogue().kinds.values() if kind.steps}
    assert None not in sports.values()
    assert (sports["row-easy"], sports["swim-easy"], sports["bike-hiit"], sports["yoga"]) == (
        "Rowing",
        "Swim",
        "Ride",
        "Yoga",
    )
    assert {sports[id] for id in ("upper", "core", "plyo-power")} == {"WeightTraining"}
    assert set(SPORTS) <= {*catalogue().kinds, *(kind.modality for kind in catalogue().kinds.values())}


# --- targets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("easy", [*range(210, 601, 15)])
@pytest.mark.parametrize("unit", ["km", "mi"])
def test_faster_efforts_are_faster(easy: int, unit: str) -> None:
    per = 1.609344 if unit == "mi" else 1
    ranges = {effort: pace_range(easy, effort, unit) for effort in SHARES}
    last = (10_000, 10_000)
    for effort in ("recovery", "easy", "steady", "marathon", "threshold", "interval"):
        found = ranges[effort]
        assert found is not None
        slow, fast = found
        assert slow > fast
        assert slow <= last[0]
        assert fast < last[1]
        assert 0.035 * fast < slow - fast < 0.25 * fast
        last = found
    around = ranges["easy"]
    assert around is not None
    assert around[0] > easy * per > around[1], "the athlete's own easy pace is easy"
    assert 0.68 * easy * per < last[1] < 0.75 * easy * per
    kilometres, miles = pace_range(easy, "threshold"), pace_range(easy, "threshold", "mi")
    assert kilometres is not None
    assert miles is not None
    assert all(abs(m - k * 1.609344) < 1.4 for k, m in zip(kilometres, miles, strict=True))


def test_paces_of_somebody_elses_calculator() -> None:
    """For 19:13 over 5 km: easy 8:16, marathon 7:02, threshold 6:38, intervals 6:12 a mile.

    https://triduffer.wordpress.com/2008/12/17/how-fast-should-you-run-during-training/
    """
    for effort, pace in (("marathon", 422), ("threshold", 398), ("interval", 372)):
        ends = pace_range(496 / 1.609344, effort, "mi")
        assert ends is not None
        assert ends[0] >= pace >= ends[1]


def test_the_curve_and_its_inverse() -> None:
    assert vo2(250) == pytest.approx(47.4645)
    assert all(speed(vo2(v)) == pytest.approx(v) for v in (90, 150, 250, 400))


def test_no_pace_beyond_the_tables() -> None:
    assert pace_range(150, "easy") is None
    assert pace_range(1200, "easy") is None
    assert pace_range(360, "sprint") is None
    (event,) = events(week_of(of_kind(catalogue().kinds["easy-run"], 30), pace=1200))
    assert parse(event["description"]).unrolled()[0].kind == "HR"


def test_hearts_beat_faster_with_effort() -> None:
    ends = [HEART[effort] for effort in ("easy", "steady", "marathon", "threshold", "interval")]
    assert ends == sorted(ends)
    assert all(50 <= low < high <= 100 for low, high in ends)
    assert set(HEART) == set(SHARES)
    assert heart_range("interval", 119) is None
    assert heart_range("interval", 120) == (92, 100)


# --- as a format ------------------------------------------------------------------------------------------------------


def test_command_and_files(tmp_path: Path) -> None:
    saved = tmp_path / "week.json"
    saved.write_text(by_hand().to_json(), encoding="utf-8")
    run = CliRunner().invoke(app, ["export", str(saved), "--to", "intervals"])
    assert run.exit_code == 0
    assert json.loads(run.stdout) == events(by_hand())
    named = CliRunner().invoke(app, ["export", str(saved), "-o", str(tmp_path / "out.json")])
    assert named.exit_code == 0
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["schema"] == "microcycle/week/1"
    assert KINDS["intervals"].endings == ()
    assert KINDS["intervals"].ending == "intervals.json"
    assert all(kind.ending == kind.endings[0] for name, kind in KINDS.items() if name != "intervals")


def test_files_of_two_athletes_stay_apart() -> None:
    names = {f"{athletes.file_name(id)}.{kind.ending}" for id in ("ada", "ada.intervals") for kind in KINDS.values()}
    assert len(names) == 2 * len(KINDS)
