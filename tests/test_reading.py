"""Reading: each broken file is told at its place, positions are right, only InputError comes out."""

import io
import json
import pickle
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, model_validator

from microcycle.errors import At, InputError, nearest_name
from microcycle.models import fields, reading
from microcycle.models.syntax import yaml_text

BAD = Path(__file__).parent / "data" / "bad" / "syntax"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((BAD / "expected.toml").read_text("utf-8"))


def refused(action: Callable[[], object]) -> InputError:
    with pytest.raises(InputError) as caught:
        action()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600
    return caught.value


def text_refused(text: str | bytes, kind: str | None = "yaml") -> str:
    return str(refused(lambda: reading.parse(text, "f", kind)))


# --- the table of broken files ---


def test_every_broken_file_is_expected() -> None:
    assert sorted(EXPECTED) == sorted(f.name for f in BAD.iterdir() if f.name != "expected.toml")
    assert len(EXPECTED) >= 60


@pytest.mark.parametrize("loader", [yaml_text.LOADER, yaml.SafeLoader], ids=["c", "python"])
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_broken_file(name: str, loader: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_text, "LOADER", loader)
    error = refused(lambda: reading.read(BAD / name))
    row = EXPECTED[name]
    assert [error.line, error.column] == row.get("at", [None, None])
    assert row["says"] in str(error)
    assert error.file.endswith(name)
    assert error.expected


@pytest.mark.parametrize("kind", ["yaml", "json", "toml"])
@pytest.mark.parametrize("opening", ["[", "{"])
def test_open_brackets(kind: str, opening: str, tmp_path: Path) -> None:
    path = tmp_path / f"deep.{kind}"
    before = "a = " if kind == "toml" else ""
    middle = {"yaml": "a: ", "json": '"a": ', "toml": "a = "}[kind] if opening == "{" else ""
    path.write_text(before + (opening + middle) * 50_000)
    error = refused(lambda: reading.read(path))
    assert error.line == 1
    assert "levels" in error.message


def test_nested_block_lists() -> None:
    assert "levels" in text_refused("- " * 50_000)
    assert "levels" in text_refused("? " * 50_000) or "as a key" in text_refused("? " * 50_000)


@pytest.mark.parametrize("suffix", ["yaml", "toml", "json", "txt"])
def test_large_file(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"large.{suffix}"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    assert "larger than 1 MiB" in str(refused(lambda: reading.read(path)))


class Stream(io.BytesIO):
    """A standard input that counts what is taken from it."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        raw = super().read(size)
        self.taken += len(raw)
        return raw


def standard_input(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> Stream:
    stream = Stream(raw)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream))
    return stream


def test_large_standard_input_is_not_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = standard_input(b"a" * 5_000_000, monkeypatch)
    assert "larger than 1 MiB" in str(refused(lambda: reading.read("-")))
    assert stream.taken == reading.MAX_BYTES + 1


def test_many_values_and_a_long_text() -> None:
    assert "values" in text_refused("[" + "1," * 200_000 + "1]", "json")
    assert "values" in text_refused("- a\n" * 200_000)
    assert "a text of 30000 characters" in text_refused("a: " + "x" * 30_000)
    assert "a text of 30000 characters" in text_refused("x" * 30_000 + " = 1", "toml")


def test_directory_and_missing_file(tmp_path: Path) -> None:
    (tmp_path / "jamie.yaml").write_text("goal: run-5k\n")
    assert "this is a directory" in str(refused(lambda: reading.read(tmp_path)))
    assert refused(lambda: reading.read(tmp_path / "nofile.yaml")).nearest is None
    error = refused(lambda: reading.read(tmp_path / "jamei.yml"))
    assert error.nearest == str(tmp_path / "jamie.yaml")
    assert "no such file" in str(error)
    assert "no such file" in str(refused(lambda: reading.read(tmp_path / "none" / "jamie.yaml")))
    assert "cannot be read" in str(refused(lambda: reading.read("a\0b.yaml")))
    assert "cannot be read" in str(refused(lambda: reading.read("x" * 300)))
    assert "cannot be read" in str(refused(lambda: reading.read(tmp_path / "jamie.yaml" / "inner.yaml")))


def test_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_args: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", closed)
    assert "may not be read" in str(refused(lambda: reading.read(tmp_path / "jamie.yaml")))


# --- what is read ---

YAML = """\
# Jamie's week
athlete: {name: Jamie, bodyweight: 160 lb}
availability:
  mon-fri: [06:00-07:30, 17:30-20:30]
  wed: {at: 18:00-19:30, only: [run]}
  sun: off
rota:
  2026-11-23:
    - early
    - late
empty:
numbers: [1, -2, 1.5, 1e3, 0x10, 0o17, 007, .5, 1_000, "3"]
words: [true, False, null, ~, yes, on, 17:45, 2026-11-23, '', "~"]
text: |
  two
  lines
"""


def test_yaml_core_scalars() -> None:
    document = reading.parse(YAML, "jamie.yaml", "yaml")
    assert document.data == {
        "athlete": {"name": "Jamie", "bodyweight": "160 lb"},
        "availability": {
            "mon-fri": ["06:00-07:30", "17:30-20:30"],
            "wed": {"at": "18:00-19:30", "only": ["run"]},
            "sun": "off",
        },
        "rota": {"2026-11-23": ["early", "late"]},
        "empty": None,
        "numbers": [1, -2, 1.5, 1000.0, 16, 15, 7, 0.5, "1_000", "3"],
        "words": [True, False, None, None, "yes", "on", "17:45", "2026-11-23", "", "~"],
        "text": "two\nlines\n",
    }
    assert document.where(()) == (2, 1)
    assert document.where(("athlete", "name")) == (2, 17)
    assert document.where(("athlete", "name"), key=True) == (2, 11)
    assert document.where(("availability", "mon-fri", 1)) == (4, 26)
    assert document.where(("rota", "2026-11-23", 1)) == (10, 7)
    assert document.where(("rota", "2026-11-23"), key=True) == (8, 3)
    assert document.where(("athlete", "missing", 3)) == (2, 1)
    assert document.where(("nothing",)) == (2, 1)
    assert document.cite(("availability", "wed", "at")) == "jamie.yaml:5"
    assert document.get(("availability", "wed", "only", 0)) == "run"
    assert document.get(("availability", 3, "x")) is None


def test_toml_positions() -> None:
    text = (
        'goal = "run-5k"\nweek_of = 2026-11-23\nat = 17:45:00\n\n[athlete]\n'
        "experience = { lift = 'x', \"run\" = 2 }\n"
        "easy.pace = [\n  1.5, # a comment ]\n  [true, 2026-11-23 07:00:00],\n]\n"
        '[[pinned]]\nday = """mo"n"""\n[[pinned]]\nday = "tue"\n[pinned.more]\nx = 1\n'
    )
    document = reading.parse(text, "a.toml", "toml")
    assert document.data["at"] == "17:45"
    assert document.data["week_of"] == "2026-11-23"
    assert document.data["athlete"]["easy"]["pace"][1] == [True, "2026-11-23 07:00:00"]
    places = {
        ("goal",): (1, 8),
        ("athlete",): (5, 2),
        ("athlete", "experience", "run"): (6, 36),
        ("athlete", "easy"): (7, 1),
        ("athlete", "easy", "pace", 1, 1): (9, 10),
        ("pinned", 0): (11, 1),
        ("pinned", 0, "day"): (12, 7),
        ("pinned", 1, "day"): (14, 7),
        ("pinned", 1, "more", "x"): (16, 5),
    }
    assert {path: document.where(path) for path in places} == places
    assert document.where(("athlete", "experience", "run"), key=True) == (6, 28)


def test_formats_are_guessed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for raw in (b'\xef\xbb\xbf {"a": 1}', b"\xef\xbb\xbfa: 1", b"a: 1\r\n", b'[{"a": 1}]'):
        standard_input(raw, monkeypatch)
        document = reading.read("-")
        assert document.name == "<stdin>"
        assert document.data in ({"a": 1}, [{"a": 1}])
        path = tmp_path / "week.txt"
        path.write_bytes(raw)
        assert reading.read(str(path)).data == document.data
    assert reading.parse("\ufeffa: [1, x]", "f").where(("a", 1)) == (1, 8)
    assert reading.parse("a: 1\r\nb: 2\r\n", "f").where(("b",)) == (2, 4)
    assert reading.parse("a: x\u2028y\nb: 2\n", "f").where(("b",)) == (2, 4)


def node(document: reading.Document, text: str, path: tuple[str | int, ...]) -> None:
    """Every scalar of the data stands in the text where the document says."""
    value = document.get(path)
    if isinstance(value, dict | list):
        for step in value if isinstance(value, dict) else range(len(value)):
            node(document, text, (*path, step))
            if isinstance(step, str):
                assert starts(text, document.where((*path, step), key=True), step)
    else:
        assert starts(text, document.where(path), value)


def starts(text: str, where: tuple[int, int] | None, value: Any) -> bool:
    assert where
    rest = text.split("\n")[where[0] - 1][where[1] - 1 :].lstrip("'\"")
    return rest.startswith(str(value) if isinstance(value, str) else json.dumps(value))


WORD = st.text("abcé-:0 7", min_size=1, max_size=6)
DATA = st.recursive(
    st.integers(-(10**9), 10**9) | st.booleans() | st.none() | WORD,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORD, inner, max_size=4),
    max_leaves=12,
)


@given(DATA, st.sampled_from([None, 1, 3]))
def test_positions_in_json(data: Any, indent: int | None) -> None:
    text = json.dumps(data, indent=indent, ensure_ascii=False)
    document = reading.parse(text, "f", "json")
    assert document.data == data
    node(document, text, ())


class Dumper(yaml.SafeDumper):
    """Writes each text in quotes, as YAML 1.1 and 1.2 differ in what is plain, and no aliases."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


Dumper.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, "'"))


@given(DATA, st.booleans())
def test_positions_in_yaml(data: Any, flow: bool) -> None:
    text = yaml.dump(data, Dumper=Dumper, default_flow_style=flow, allow_unicode=True, width=10_000)
    if data is not None:
        document = reading.parse(text, "f", "yaml")
        assert document.data == data
        node(document, text, ())


PIECES = st.lists(
    st.sampled_from(
        [
            *"[]{}:,-'\"#&*!|>%@`?~\n\t =.\\/",
            "a",
            "b: ",
            "- ",
            "\n  ",
            "17:45",
            "1e9",
            '"""',
            "'''",
            "[[",
            "<<",
            "é",
        ]
    ),
    max_size=40,
).map("".join)


@settings(max_examples=1500)
@given(st.binary(max_size=60) | PIECES.map(str.encode), st.sampled_from(["yaml", "json", "toml", None]))
def test_any_bytes_are_read_or_refused(raw: bytes, kind: str | None) -> None:
    try:
        document = reading.parse(raw, "f", kind)
    except InputError as error:
        message = str(error)
    else:
        message = ""
        assert document.where(()) is not None
    assert "\n" not in message


# --- models ---


class Base(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Window(Base):
    at: fields.TimeRange
    only: tuple[str, ...] = ()


class Athlete(Base):
    name: str = ""
    bodyweight: fields.Bodyweight | None = None
    level: Literal["beginner", "intermediate", "advanced"] = "beginner"
    age: Annotated[int, Field(ge=10, le=100)] = 30


class Lift(Base):
    kind: Literal["lift"]
    sets: int = 0


class Run(Base):
    kind: Literal["run"]
    minutes: fields.Duration = 0


class Request(Base):
    athlete: Athlete
    goal: str
    availability: dict[str, Literal["none"] | fields.TimeRange | Window | list[fields.TimeRange | Window]] = {}
    sessions: list[Annotated[Lift | Run, Field(discriminator="kind")]] = []
    week_of: fields.WeekDate | None = None
    days: fields.DayList = ()
    by_day: dict[fields.DayIndex, int] = {}
    flag: bool = False

    @model_validator(mode="after")
    def goal_is_known(self) -> "Request":
        if self.goal == "bad-key":
            raise At(("athlete", "name"), "no such name", key=True, candidates=["name", "age"], word="nam")
        if self.goal == "plain":
            raise ValueError("this goal is plain; expected a better one; did you mean 'run-5k'?")
        return self


HEAD = "goal: run-5k\nathlete:\n  name: Jamie\n"
MODEL_CASES = [
    ("", "goal: run-5k\n", "1:1: the key 'athlete' is missing"),
    (
        "",
        "gaol: run-5k\nathlete: {}\n",
        "1:1: unknown key 'gaol'; expected one of athlete, goal, availability",
    ),
    ("", "gaol: run-5k\nathlete: {}\n", "did you mean 'goal'?"),
    (
        HEAD,
        "  aeg: 30\n",
        "4:3: unknown key 'aeg'; expected one of name, bodyweight, level, age; did you mean 'age'?",
    ),
    (
        HEAD,
        "  level: Beginer\n",
        "4:10: level cannot be 'Beginer'; expected one of beginner, intermediate, advanced",
    ),
    (HEAD, "  level: Beginer\n  age: 5\n  x: 1\n", "did you mean 'beginner'?"),
    (HEAD, "  age: 5\n", "4:8: age cannot be 5; expected at least 10"),
    (HEAD, "  age: old\n", "4:8: age cannot be 'old'; expected a whole number"),
    (HEAD, "  bodyweight: 11 st\n", "4:15: '11 st' is no weight; expected a weight with its unit such as 70 kg or 160 lb"),
    (HEAD, "flag: 17\n", "4:7: flag cannot be 17; expected true or false"),
    (
        HEAD,
        "availability: 06:00-07:00\n",
        "4:15: availability cannot be '06:00-07:00'; expected keys with values",
    ),
    (HEAD, "availability:\n  mon: 25:00-26:00\n", "5:8: '25:00' is no time of day; expected 00:00 to 23:59"),
    (HEAD, "availability:\n  mon: 08:00-07:00\n", "5:8: '08:00-07:00' is a range that ends before it starts"),
    (HEAD, "availability:\n  mon: nune\n", "5:8: 'nune' is no range of times"),
    (HEAD, "availability:\n  mon: nune\n", "did you mean 'none'?"),
    (
        HEAD,
        "availability:\n  mon: {at: 06:00-07:00, onyl: [run]}\n",
        "5:26: unknown key 'onyl'; expected one of at, only",
    ),
    (
        HEAD,
        "availability:\n  mon:\n    - 06:00-07:00\n    - {at: 06:00-06:00}\n",
        "7:12: '06:00-06:00' is empty",
    ),
    (HEAD, "availability:\n  mon:\n", "5:3: mon has no value; expected none, or a value"),
    (HEAD, "availability:\n  mon: {}\n", "5:3: the key 'at' is missing"),
    (
        HEAD,
        "sessions:\n  - {kind: lfit}\n",
        "5:12: unknown kind 'lfit'; expected one of lift, run; did you mean 'lift'?",
    ),
    (HEAD, "sessions:\n  - {sets: 3}\n", "5:5: the key 'kind' is missing"),
    (
        HEAD,
        "sessions:\n  - {kind: run, sets: 3}\n",
        "5:17: unknown key 'sets'; expected one of kind, minutes",
    ),
    (HEAD, "sessions:\n  - {kind: run, minutes: soon}\n", "5:26: 'soon' is no length of time"),
    (HEAD, "week_of: 2026-11-25\n", "4:10: 2026-11-25 is a Wednesday; expected a Monday, 2026-11-23"),
    (
        HEAD,
        "days: tusday\n",
        "4:7: 'tusday' is no day; expected a day such as mon or Monday; did you mean 'tue'?",
    ),
    (
        HEAD,
        "by_day:\n  tue: 1\n  mno: 1\n",
        "6:3: 'mno' is no day; expected a day such as mon or Monday; did you mean 'mon'?",
    ),
    (
        "",
        "goal: plain\nathlete: {}\n",
        "1:1: this goal is plain; expected a better one; did you mean 'run-5k'?",
    ),
    (
        "",
        "goal: bad-key\nathlete:\n  name: J\n",
        "3:3: no such name; expected one of name, age; did you mean 'name'?",
    ),
    ("", "- run-5k\n", "1:1: the file cannot be a list; expected keys with values"),
    ("", "run-5k\n", "1:1: the file cannot be 'run-5k'; expected keys with values"),
]


@pytest.mark.parametrize(("head", "text", "phrase"), MODEL_CASES)
def test_model_errors(head: str, text: str, phrase: str, tmp_path: Path) -> None:
    path = tmp_path / "week.yaml"
    path.write_text(head + text)
    error = refused(lambda: reading.load(path, Request))
    assert phrase in str(error)
    assert "nput should" not in str(error)


def test_load_gives_model_and_document(tmp_path: Path) -> None:
    path = tmp_path / "week.json"
    path.write_text('{"goal": "run-5k",\n "athlete": {"name": "Jamie"}}')
    request, document = reading.load(path, Request)
    assert request.athlete.name == "Jamie"
    assert document.where(("athlete", "name")) == (2, 22)
    path.write_text('{"goal": "run-5k",\n "athlete": {"nmae": "Jamie"}}')
    assert ":2:14: unknown key 'nmae'" in str(refused(lambda: reading.load(path, Request)))


def test_fail_points_and_proposes() -> None:
    document = reading.parse("prefer:\n  long-rnu: [sat]\n  rest: snu\n", "week.yaml")
    names = ["long-run", "easy-run", "rest"]
    error = refused(lambda: reading.fail(document, ("prefer", "long-rnu"), "unknown session", None, names, key=True))
    assert str(error) == (
        "week.yaml:2:3: unknown session; expected one of long-run, easy-run, rest; did you mean 'long-run'?"
    )
    error = refused(lambda: reading.fail(document, ("prefer", "rest"), "no day", "a day", ["mon", "sun"]))
    assert str(error) == "week.yaml:3:9: no day; expected a day; did you mean 'sun'?"
    assert error.path == ("prefer", "rest")


def test_errors_survive_a_process_border() -> None:
    error = refused(lambda: reading.parse("a: 1\na: 2", "week.yaml"))
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert (again.line, again.column, again.path) == (2, 1, ("a",))


NAMES = [
    "race", "hard-runs", "sessions", "easy-run", "long-run", "rest-days-min", "overnight-gap", "bodyweight", "lifts",
    "Europe/London", "run-half", "run-marathon", "tempo-touch", "tempo-run", "hybrid-vo2-strength",
]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("easyrun", "easy-run"),
        ("Easy_Run", "easy-run"),
        ("easy-rnu", "easy-run"),
        ("easy runs", "easy-run"),
        ("esy-rn", "easy-run"),
        ("rase", "race"),
        ("lift", "lifts"),
        ("overnite-gap", "overnight-gap"),
        ("rest_day_min", "rest-days-min"),
        ("hybrid-v02-strenght", "hybrid-vo2-strength"),
        ("weight", "bodyweight"),
        ("london", "Europe/London"),
        ("tempo", "tempo-run"),
        ("run-halfmarathon", "run-half"),
        ("sessionsofeverything", None),
        ("karate", None),
        ("hard_days", None),
        ("season", None),
        ("week", None),
        ("run", None),
        ("x", None),
        ("", None),
        ("y" * 61, None),
        (3, None),
    ],
)
def test_a_slip_has_a_nearest_name_and_another_word_has_none(word: object, near: str | None) -> None:
    assert nearest_name(word, NAMES) == near


def test_an_unknown_key_is_told_with_every_key_that_there_is() -> None:
    from microcycle.models.request import RequestSpec

    document = reading.parse("goal: run-5k\nseason: {weeks: 8}\n", "week.yaml")
    with pytest.raises(InputError) as caught:
        reading.validate(document, RequestSpec)
    told = str(caught.value)
    assert "; did you mean" not in told
    names = told.partition("expected one of ")[2].split(", ")
    assert names == [name for name in RequestSpec.model_fields if name not in ("race", "phase")]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('goal = "run-5k"\n', "toml"),
        ('# mine\n\n  goal = "run: 5k"\n', "toml"),
        ("[athlete]\nage = 40\n", "toml"),
        ("[[pinned]]  # club\nsession = 'easy-run'\n", "toml"),
        ('athlete.name = "Jo"\n', "toml"),
        ("goal: run-5k\n", "yaml"),
        ("- goal = 3\n", "yaml"),
        ("# only = a comment\ngoal: run-5k\n", "yaml"),
        ("want: {runs = 3: 4}\n", "yaml"),
        ('{"goal": "run-5k"}', "json"),
        ('["run-5k"]', "json"),
        ("{goal: run-5k}", "yaml"),
        ('{ "goal": 5}', "json"),
        ("{}", "json"),
        ("[\n1]", "json"),
        ("# only a comment", "yaml"),
        ("a" * 100_000, "yaml"),
    ],
)
def test_the_format_without_a_name(text: str, kind: str) -> None:
    assert reading._guess(text) == kind


def test_toml_without_a_name_has_its_positions() -> None:
    document = reading.parse('goal = "run-5k"\n[athlete]\nage = 400\n', "<stdin>")
    assert document.data == {"goal": "run-5k", "athlete": {"age": 400}}
    assert document.where(("athlete", "age")) == (3, 7)
    with pytest.raises(InputError, match=r"<stdin>:2:7: the time 17:30 without quotes"):
        reading.parse('goal = "run-5k"\nmon = 17:30-18:00\n', "<stdin>")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"goal": "run-5k", "availability": {"mon": ["17:00x-18:00"]}}, "request: availability.mon[0]: '17:00x' is no"),
        ({"goal": "run-5k", "athlete": {"nmae": "Jo"}}, "request: athlete.nmae: unknown key 'nmae'"),
        ({"goal": "run-5k", "availability": {"mo n": 5}}, "request: availability['mo n']: 5 is no window"),
        ({"goal": "run-5k", "pinned": [{"session": "easy-run"}]}, "request: pinned[0]: a pinned session needs its day"),
    ],
)
def test_a_mapping_has_paths_for_places(data: Any, says: str) -> None:
    from microcycle import load_request

    with pytest.raises(InputError) as caught:
        load_request(data)
    assert str(caught.value).startswith(says)
