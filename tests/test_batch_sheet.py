"""Sheets as people save them: quotation marks that are missing, cells without end, dates, commas, headers, templates."""

from __future__ import annotations

import io
import itertools
import tracemalloc
from pathlib import Path
from typing import Any, get_args

import pytest
from rosters import by_id, read, went
from typer.testing import CliRunner

from microcycle.batch.row import MOST_BYTES, Fault, Row
from microcycle.batch.sheet import sheet_rows
from microcycle.cli.app import app
from microcycle.errors import Code, InputError
from microcycle.models import reading
from microcycle.models.request import RequestSpec

HEAD = "id,athlete.name,want.lifts\n"
GOOD = "goal: run-5k\navailability: {mon-fri: 18:00-19:30}\n"


def rows(text: str | bytes, template: Any = None) -> list[Row]:
    return list(sheet_rows("r.csv", io.BytesIO(text.encode() if isinstance(text, str) else text), template))


def one(text: str, template: Any = None) -> dict[str, Any]:
    """The request of a sheet's only row."""
    (row,) = rows(text, template)
    assert row.fault is None, row.fault
    return dict(row.request or {})


def fault(text: str) -> Fault:
    (row,) = rows(text)
    assert row.fault is not None, row.request
    return row.fault


def under(column: str, cell: str, delimiter: str = ",") -> str:
    return f'id{delimiter}{column}\na{delimiter}"{cell}"\n'


# --- records --------------------------------------------------------------------------------------------------------


def test_a_quotation_mark_that_is_never_closed() -> None:
    found = sheet_rows("r.csv", io.BytesIO(f'{HEAD}z,Zoe,1\na,"Ann,3\nb,Ben,2\n'.encode()), None)
    assert next(found).id == "z"
    with pytest.raises(InputError, match="the quotation mark that opens here is never closed") as told:
        next(found)
    assert (told.value.file, told.value.line) == ("r.csv", 3)
    with pytest.raises(InputError, match="never closed") as told:
        rows('id,"athlete.name\na,Ann\n')
    assert told.value.line == 1


def test_rows_between_two_quotation_marks_are_missed() -> None:
    between = 'a,"Ann,3\nb,Ben,2\nc,Cem",1\n'
    one, two, three = rows(f"{HEAD}z,Zoe,1\n{between}d,Dee,4\n")
    assert (one.id, two.id, three.id) == ("z", "a", "d")
    assert (two.line, three.line) == (3, 6)
    assert two.fault is not None
    assert (two.fault.code, two.fault.line, two.fault.column) == ("csv", 3, 2)
    assert "lines 3 to 5 are one row: is a quotation mark missing?" in two.fault.message
    with pytest.raises(InputError, match="lines 3 to 4 are one row, and no CSV: is a quotation mark missing") as told:
        rows(f'{HEAD}z,Zoe,1\na,"Ann,3\nb,"Ben,2\nc,Cem,1\n')
    assert told.value.line == 3
    assert "lines 2 to 3 are one row" in fault('id,goal\na,run-5k,"x\ny"\n').message, "behind the last column as well"
    assert "lines 2 to 3 are one row" in fault('id,goal\n"a\nb",run-5k\n').message


def test_line_breaks_where_they_belong() -> None:
    text = 'id,meta.notes,pinned+\r\na,"one\r\ntwo","{session: easy-run,\r\n day: tue}"\r\n\r\nb,x,"{session: x,\r\ny,z"\r\n'
    one, two = rows(text)
    assert (one.meta, one.line) == ({"notes": "one\r\ntwo"}, 2)
    assert one.request == {"pinned": [{"session": "easy-run", "day": "tue"}]}
    assert two.fault is not None
    assert (two.line, "lines 6 to 7 are one row" in two.fault.message) == (6, True)


def test_a_quotation_mark_in_one_line_is_that_rows() -> None:
    one, two = rows(f'{HEAD}a,"Ann"x,3\nb,Ben,2\n')
    assert one.fault is not None
    assert (one.id, one.fault.code, one.fault.line) == ("#1", "csv", 2)
    assert two.request == {"athlete": {"name": "Ben"}, "want": {"lifts": 2}}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_is_too_large_is_one_row(end: str) -> None:
    lines = "x,y" + end
    cell = lines * (MOST_BYTES // len(lines) + 1)
    text = HEAD.replace("\n", end) + f'a,"{cell}",3{end}b,{"z" * 140_000},2{end}c,{"z" * MOST_BYTES},2{end}d,Dee,1{end}'
    one, two, three, four = rows(text)
    assert [row.fault.code if row.fault else None for row in (one, two, three, four)] == ["size", "size", "size", None]
    behind = 2 + cell.count(end) + 1
    assert [row.line for row in (one, two, three, four)] == [2, behind, behind + 1, behind + 2]
    assert (one.id, four.id) == ("#1", "d")
    said = [row.fault.message for row in (one, two, three) if row.fault]
    assert f"larger than 256 kB, and lines 2 to {behind - 1} are one row: is a quotation mark missing?" in said[0]
    assert "a cell of the row is larger than 128 kB" in said[1]
    assert said[2] == "the row is larger than 256 kB; expected one person's week"
    with pytest.raises(InputError, match="never closed") as told:
        rows(HEAD + 'a,"' + cell)
    assert told.value.line == 2


def test_what_is_too_large_is_counted_in_bytes() -> None:
    (row,) = rows("id,goal,meta\na,run-5k," + "é" * (MOST_BYTES // 2) + "\n")
    assert row.fault is not None
    assert "the row is larger than 256 kB" in row.fault.message


class _Source(io.RawIOBase):
    """A cell that is made while it is read, so that nobody but its reader could hold it."""

    def __init__(self, line: bytes, times: int) -> None:
        self._parts = itertools.chain([b'id,meta\na,"'], itertools.repeat(line, times), [b'"\nb,x\n'])
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        self._left = self._left or next(self._parts, b"")
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        return count


@pytest.mark.parametrize(
    "line", [b"x" * 99 + b"\n", b"x" * 100, b'""' + b"x" * 96 + b"\r\n"], ids=["lines", "one line", "quotes"]
)
def test_a_cell_of_megabytes_takes_no_more_memory_than_a_smaller_one(line: bytes) -> None:
    peaks = []
    for times in (10_000, 30_000):
        tracemalloc.start()
        one, two = sheet_rows("r.csv", io.BufferedReader(_Source(line, times)), None)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert one.fault is not None
        assert (one.fault.code, two.id, two.meta) == ("size", "b", {"meta": "x"})
    assert peaks[1] < 1.1 * peaks[0]


def test_lines_are_counted_where_a_long_one_is_cut() -> None:
    for length in range((1 << 16) - 12, (1 << 16) + 3):
        (row,) = rows(b"id,goal,meta\r\n,,\r\n".replace(b"goal,meta", b"meta." + b"x" * length) + b"a,run\r\n")
        assert (row.id, row.line) == ("a", 3)


# --- columns --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ("athlete.nmae", "did you mean 'athlete.name'?"),
        ("Athlete.Name", "did you mean 'athlete.name'?"),
        ("athlete.experience.lit", "did you mean 'athlete.experience.lift'?"),
        ("athlete.name.first", "did you mean 'athlete.name'?"),
        ("athlete.shoes", "expected one of athlete.name, athlete.bodyweight"),
        ("availability.wednessday", "did you mean 'availability.wed'?"),
        ("Availability.Wed", "did you mean 'availability.wed'?"),
        ("availability.wed.palce", "did you mean 'availability.wed.place'?"),
        ("availability.2026-11-31", "expected a day or a date, such as availability.mon"),
        ("sleep.wendesday", "did you mean 'sleep.wed'?"),
        ("history.run_minuts", "did you mean 'history.run_minutes'?"),
        ("pinned.day", "expected 'pinned' alone"),
        ("want.", "expected a name behind 'want.'"),
        ("gaol", "did you mean 'goal'?"),
        ("id.x", "expected 'id' alone"),
        ("athlete.name+", "nothing can be appended to 'athlete.name'"),
    ],
)
def test_columns_that_no_file_knows(column: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        rows(f"id,goal,{column}\n")
    assert told in str(error.value)
    assert (error.value.line, error.value.column) == (1, 3)
    assert error.value.nearest == (told.split("'")[1] if "mean" in told else None)


def test_columns_that_files_know() -> None:
    known = "athlete.experience.lift,availability.mon-fri,availability.Wed,availability.2026-11-25,availability.sat.place,"
    known += "sleep,sleep.daily,history.last_week,want.runs > 45,prefer.x,forbid.x,rules.mine.family,policies.order,"
    known += "sessions.x.like,shifts.early.windows,rota.2026-11-23,places.gym,meta,meta.Team.x,done+,week_of"
    assert rows(f"id,{known}\n") == []
    assert rows('id,"meta.a;b;c"\na,x\n')[0].meta == {"a;b;c": "x"}
    with pytest.raises(InputError, match="no column 'id'; expected an id for each athlete; did you mean 'id'") as told:
        rows("\n\ngoal,ID\n")
    assert (told.value.line, told.value.column) == (3, 2)


def test_a_cell_under_no_name() -> None:
    found = fault("id,goal,,\na,run-5k,,oops\n")
    assert (found.code, found.line, found.column) == ("csv", 2, 4)
    assert "'oops' stands under no name" in found.message
    assert one("id,goal,,\na,run-5k,,\n") == {"goal": "run-5k"}


# --- cells ----------------------------------------------------------------------------------------------------------

DATES = (
    "02/03", "2/3/26", "02/03/2026", "2026-03-02", "2026-03-02 00:00:00", "02.03.", "02.03.2026",
    "Mar 2", "Mar-02", "02-Mar", "2-Mar-26", "Mar 2, 2026", "2-sept", "2. Mrz", "02.Mär", "2. März", "2. Okt 2026", "Dez 24",
    "2 mars", "02-févr.", "févr-26", "3-août", "02-ene", "2-dic", "4-mag", "02-gen", "2 ott", "2-GIU",
)  # fmt: skip


@pytest.mark.parametrize("cell", DATES)
def test_dates_that_a_spreadsheet_made(cell: str) -> None:
    for column in ("want.lifts", "history.longest_run_30d", "history.run_minutes", "athlete.bodyweight"):
        found = fault(under(column, cell))
        assert (found.code, found.path, found.column) == ("spreadsheet-date", column, 2), cell
        assert f"'{cell}': a spreadsheet made this a date; expected" in found.message
    for column in ("week_of", "availability.mon", "rota.2026-11-23", "pinned", "history.last_week", "athlete.name", "meta"):
        assert rows(under(column, cell))[0].fault is None, column


def test_what_is_no_date() -> None:
    for cell in ("40 min", "2.5", "12.5 km", "3-4", "2-3-4", "10:30 /mi", "6 min/km", "~3", "5 miles", "80-150 min",
                 "1 h 15 min", "3 - 4", "72.5 kg", "2 h", "beginner", "Europe/Rome", "20-30 km"):  # fmt: skip
        assert rows(under("want.lifts", cell))[0].fault is None, cell
    assert fault(under("history.run_minutes", "90; 02-Mar")).code == "spreadsheet-date"


LOCAL = [
    ("athlete.bodyweight", "72,5 kg", "72.5 kg"),
    ("want.run_distance", "5,5-8,25 km", "5.5-8.25 km"),
    ("history.longest_run_30d", "5,000 m", "5,000 m"),
    ("athlete.name", "Ann 2,5", "Ann 2,5"),
    ("week_of", "23.11.2026", "2026-11-23"),
    ("week_of", "3.8.2026", "2026-08-03"),
    ("availability.mon", "18.30-20.00", "18:30-20:00"),
    ("availability.mon", "6.00-7.30; 18.30-20.00", ["6:00-7:30", "18:30-20:00"]),
    ("sleep", "23.00-06.30", "23:00-06:30"),
    ("sleep.sat", "23.00-06.30", "23:00-06:30"),
]


@pytest.mark.parametrize(("column", "cell", "value"), LOCAL)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_cells_mean_what_a_file_means_by_the_same_words(column: str, cell: str, value: Any, delimiter: str) -> None:
    first, _, rest = column.partition(".")
    plain = {"goal": "run-5k", first: {rest: value} if rest else value}
    found = {"goal": "run-5k", **one(under(column, cell, delimiter))}
    assert RequestSpec.model_validate(found) == RequestSpec.model_validate(plain)


def test_hours_of_fixed_sessions_with_a_point() -> None:
    pin = [{"session": "easy-run", "day": ["tue"], "start": "18:30", "minutes": 45}]
    assert one(under("pinned+", "easy-run=tue 18.30 45 min", ";")) == {"pinned": pin}
    assert one(under("pinned+", "easy-run=tue 18:30 45 min", ";")) == {"pinned": pin}


@pytest.mark.parametrize("said", ["sep=;", '"sep=;"', "SEP=;", "\ufeffsep=;"])
def test_the_first_line_of_excel(said: str) -> None:
    one, two = rows(f"{said}\r\nid;want.lifts,goal\r\na;2\r\nb;2;3\r\n".replace(",goal", ""))
    assert (one.id, one.line, one.request) == ("a", 3, {"want": {"lifts": 2}})
    assert two.fault is not None
    assert two.fault.line == 4
    with pytest.raises(InputError, match="unknown column 'gaol'") as told:
        rows(f"{said}\nid;a,b,c,gaol\n".replace("a,b,c,", ""))
    assert (told.value.line, told.value.column) == (2, 2)
    assert rows("sep=|\nid|goal\na|run-5k\n")[0].request == {"goal": "run-5k"}


def test_what_is_said_of_a_whole_stands_beside_what_is_said_of_a_part() -> None:
    both = {"lift": "advanced", "run": "beginner"}
    for head, cells in (("athlete.experience,athlete.experience.lift", "beginner,advanced"),
                        ("athlete.experience.lift,athlete.experience", "advanced,beginner")):  # fmt: skip
        assert one(f"id,{head}\na,{cells}\n")["athlete"] == {"experience": both}
    template = {**reading.parse(GOOD, "t").data, "athlete": {"experience": "beginner"}, "sleep": "23:00-06:00",
                "want": {"lifts": "2-3", "run_distance": "20 km"}}  # fmt: skip
    assert one("id,athlete.experience.lift\na,advanced\n", template)["athlete"] == {"experience": both}
    assert one("id,athlete.experience.lift\na,none\n", template)["athlete"] == {"experience": {"run": "beginner"}}
    assert one("id,sleep.sat\na,00:00-08:00\n", template)["sleep"] == {"daily": "23:00-06:00", "sat": "00:00-08:00"}
    found = one("id,want.lifts.minutes,want.run_distance.max\na,60,25 km\n", template)["want"]
    assert found["lifts"] == {"min": 2, "max": 3, "minutes": 60}
    assert found["run_distance"] == {"min": "20000 m", "target": "20000 m", "max": "25 km"}
    assert one("id,want.lifts.minutes\na,none\n", {**template, "want": {"lifts": "~3"}})["want"] == {"lifts": {"target": 3}}
    for column in ("prefer.rest.hours", "policies.order"):
        assert "policies" not in one(f"id,{column}\na,none\n", template)
        assert one(f"id,{column}\na,none\n", {**template, "prefer": {"rest": "sun"}})["prefer"] == {"rest": "sun"}
    assert template["athlete"] == {"experience": "beginner"}, "the template is everybody's"


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("run club", "it says not on which day"),
        ("easy-run=", "it says not on which day"),
        ("easy-run=45 min", "it says not on which day"),
        ("easy-run=3", "it says not on which day"),
        ("=tue", "it says not which session"),
        ("easy-run=tusday", "'tusday' is no day"),
        ("easy-run=tue 25:00", "'25:00' is no time of day"),
    ],
)
def test_what_is_no_session_to_fix(cell: str, told: str) -> None:
    found = fault(under("pinned+", cell))
    assert (found.code, found.path, found.column) == ("csv", "pinned", 2)
    expected = "expected such as easy-run=tue 18:30 45 min"
    assert found.message == f"column pinned+: '{cell}' is no session to fix: {told}; {expected}"


def test_a_list_of_sessions_to_fix() -> None:
    cell = "[{session: easy-run, day: tue}, {session: long-run, day: sat}]"
    assert [pin["day"] for pin in one(under("pinned+", cell))["pinned"]] == ["tue", "sat"]


def test_the_first_fault_of_a_row_is_told_with_its_line() -> None:
    found = rows(f"id,want.lifts,pinned\n,02-Mar,[\n{'x' * 300},3,\nc,3,[\n")
    assert [(row.id, row.line) for row in found] == [("#1", 2), ("#2", 3), ("c", 4)]
    told = [(row.fault.code, row.fault.column) for row in found if row.fault]
    assert told == [("spreadsheet-date", 2), ("id", 1), ("csv", 3)]


def test_a_sheet_that_is_torn_in_the_middle_of_a_letter() -> None:
    found = sheet_rows("r.csv", io.BufferedReader(io.BytesIO("id\tgoal\na\tx\n".encode("utf-16") + b"A")), None)
    assert next(found).id == "a"
    with pytest.raises(InputError, match="this is no UTF-16"):
        next(found)


# --- where a request is wrong ---------------------------------------------------------------------------------------


def test_what_the_request_has_wrong_is_told_with_its_column(tmp_path: Path) -> None:
    source, journal = tmp_path / "r.csv", tmp_path / "j.jsonl"
    head = "id,athlete.bodyweight,availability,availability.tue,pinned+,want.lifts,want"
    bad = [
        ("a,heavy,,,,,", "athlete.bodyweight", 2),
        ("b,,,18:00-19:00;25:00-26:00,,,", "availability.tue[1]", 4),
        ("c,,,,esy-run=tue,,", "pinned[0].session", 5),
        ("d,,,,,99,", "want.lifts", 6),
        ("e,,,,,,{long run: 99}", "want['long run']", 7),
        ("f,,{wed: 7},,,,", "availability.wed", 3),
    ]
    source.write_text("\n".join([head, *(text for text, _, _ in bad), "g,71 kg,,,,,"]), encoding="utf-8")
    template = reading.parse(GOOD, "t").data
    went(source, journal, template=template, sort=True)
    found = [line["error"] for line in read(journal) if line["outcome"] == "invalid"]
    assert [(error["code"], error["line"]) for error in found] == [("request", n) for n in range(2, 8)]
    assert all({mistake["code"] for mistake in error["mistakes"]} <= {*get_args(Code)} for error in found)
    assert all(error["mistakes"][0]["path"] == error["path"] for error in found)
    assert [error["path"].removesuffix(".at") for error in found] == [path for _, path, _ in bad]
    assert [error["column"] for error in found] == [column for _, _, column in bad]
    assert list(found[0]) == ["code", "path", "line", "column", "message", "mistakes"]
    assert went(source, journal, template=template, sort=True).kept == 7


def test_a_column_that_moved_is_told_anew(tmp_path: Path) -> None:
    source, journal = tmp_path / "r.csv", tmp_path / "j.jsonl"
    for text, column in (("id,goal,primary\na,bogus,run\n", 2), ("id,primary,goal\na,run,bogus\n", 3)):
        source.write_text(text, encoding="utf-8")
        assert went(source, journal).kept == 0
        assert by_id(journal)["a"]["error"]["column"] == column
    assert went(source, journal).kept == 1


# --- templates ------------------------------------------------------------------------------------------------------


def refused(template: str, head: str) -> tuple[str, int | None, int | None] | None:
    """What is told of a template over a sheet with these columns, with its line and column; None where nothing is."""
    try:
        rows(f"{head}\n", reading.parse(template, "base.yaml"))
    except InputError as error:
        return f"{error.file}: {error.message}", error.line, error.column
    return None


@pytest.mark.parametrize(
    ("template", "head", "told"),
    [
        (GOOD, "id", None),
        (GOOD + "athlet: {age: 4}\n", "id,athlete.name", ("unknown key 'athlet'", 3, 1)),
        (GOOD + "athlete: {age: 4}\n", "id,athlete.name", ("age cannot be 4", 3, 16)),
        (GOOD + "athlete: {age: 4}\n", "id,athlete.age", None),
        (GOOD + "athlete: {age: 4}\n", "id,athlete", None),
        (GOOD + "athlete: five\n", "id,athlete.name", None),
        (GOOD.replace("run-5k", "bogus"), "id", ("unknown goal 'bogus'", 1, 7)),
        (GOOD.replace("run-5k", "bogus"), "id,goal", None),
        (GOOD.replace("goal: run-5k\n", ""), "id", ("the key 'goal' is missing", 1, 1)),
        (GOOD.replace("goal: run-5k\n", ""), "id,goal", None),
        (GOOD + "rules: {rest-days-mni: {days: 2}}\n", "id", ("unknown rule 'rest-days-mni'", 3, 9)),
        (GOOD.replace("goal: run-5k\n", "") + "rules: {rest-days-mni: {days: 2}}\n", "id,goal",
         ("unknown rule 'rest-days-mni'", 2, 9)),
        (GOOD + "rules: {mine: {of: training, max_days: 4}}\n", "id,rules.mine.family", None),
        (GOOD + "pinned: [{session: esy-run, day: tue}]\n", "id,pinned+", ("unknown session 'esy-run'", 3, 20)),
        (GOOD + "pinned: [{session: esy-run, day: tue}]\n", "id,pinned", None),
        (GOOD + "pinned: [{session: match, day: tue}]\n", "id,sessions.match.like", None),
        (GOOD + "shifts: {early: {sleep: 22:00-05:00}}\n", "id,shifts.early.windows", None),
        (GOOD + "primary: lift\n", "id,goal", None),
        (GOOD + "primary: lift\n", "id", None),
        ("goal: run-5k\n", "id,availability.mon", None),
        ("goal: run-5k\n", "id", None),
        (GOOD + "pinned: [{session: easy-run, day: 2026-11-24}]\n", "id,week_of", None),
        (GOOD + "pinned: [{session: easy-run, day: sun, start: '09:00'}]\n", "id,availability.sun", None),
    ],
)  # fmt: skip
def test_templates(template: str, head: str, told: tuple[str, int | None, int | None] | None) -> None:
    """Refused for what no cell can mend, and for nothing else."""
    assert refused(template, head) == (told and (f"base.yaml: {told[0]}", *told[1:]))


def test_a_template_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(f"{GOOD}athlet: {{}}\n", encoding="utf-8")
    (tmp_path / "r.csv").write_text("id\na\nb\n", encoding="utf-8")
    options = ["-o", str(tmp_path / "j.jsonl"), "--template", str(tmp_path / "base.yaml")]
    found = CliRunner().invoke(app, ["batch", str(tmp_path / "r.csv"), *options])
    assert (found.exit_code, found.stdout) == (2, "")
    assert "base.yaml:3:1: unknown key 'athlet'" in " ".join(found.stderr.split())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["base.yaml", "r.csv"]
