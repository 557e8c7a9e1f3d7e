"""A planned or audited week as it leaves the program: frozen data whose JSON is versioned and names its units."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from microcycle.errors import At
from microcycle.models.clause import Severity
from microcycle.models.clock import DAY_MIN, DAYS, WEEK_MIN, Nights, Span, parse_clock, parse_week_minute
from microcycle.models.planned import Aim, Count, Day, DroppedVisit, FreeTime, Gap, Id, MissedSession, Part, PlannedSession
from microcycle.models.rule import Level
from microcycle.models.session import Muscle

WEEK_SCHEMA: Literal["microcycle/week/1"] = "microcycle/week/1"
CHECK_SCHEMA: Literal["microcycle/check/1"] = "microcycle/check/1"
Outcome = Literal["solved", "infeasible", "unknown"]


def _moment(text: str) -> str:
    parse_week_minute(text)
    return text


class Told(Part):
    """What happened to a week before it was planned anew, as far as it holds for the rest of it."""

    now: Annotated[str, AfterValidator(_moment)]
    """When that was: `wed 12:00`."""
    lost: tuple[Day, ...] = ()
    """Days without time, or that were when they had not come yet."""
    ill: tuple[Day, ...] = ()
    """Days of illness."""
    added: tuple[str, ...] = ()
    """Sessions that were fixed then: `easy-run=sat 08:00`."""
    settings: tuple[str, ...] = ()
    """What the file says otherwise: `want.lifts=2`."""
    eased: tuple[str, ...] = ()
    """What the rest of the week cannot give, and is an aim since: `want.lifts`, `rules.strength-floor`."""
    served: dict[str, Day] = Field(default_factory=dict, max_length=100)
    """The days on which sessions were fixed that were done otherwise, by their ids."""


class Measures(Part):
    """Figures of the week; modalities that do not occur are absent."""

    minutes: dict[str, Count]
    """By modality, everything included, and `total`."""
    sessions: dict[str, Count]
    """By modality and `total`, without finishers, strides, core, mobility and walks."""
    distance_m: dict[str, Count]
    """Empty where no pace is known."""
    hard_days: tuple[Day, ...]
    easy_share: Annotated[float, Field(ge=0, le=1)] | None
    """Part of the endurance minutes that is not fast work; null in a week without endurance."""
    load: Count
    """Session-RPE x minutes, in AU (FOS98)."""
    load_by_day: tuple[Count, ...] = Field(min_length=7, max_length=7)
    monotony: Annotated[float, Field(ge=0, le=1_000_000)] | None
    """Mean of the daily loads over their standard deviation (FOS98)."""
    strain: Count | None
    """Load x monotony (FOS98)."""
    sets: dict[Muscle, Annotated[float, Field(ge=0, le=1_000_000)]]
    """Hard sets of each muscle; a set that works it indirectly counts half."""
    longest_run: Count
    """Minutes."""

    @model_validator(mode="after")
    def _with_a_total(self) -> Self:
        if "total" not in self.minutes:
            raise At(("minutes",), "the total is missing", expected="'total' beside the modalities")
        return self


class LevelResult(Part):
    """What the week costs in one level of its goal's order; 0 is best, and an earlier level outranks all later ones."""

    name: Level
    value: int
    bound: int
    """No week that keeps the hard rules, and is as good in the levels before, costs less."""
    proven: bool
    """The value is the least possible."""


class RuleMatch(Part):
    """A rule that the week does not keep, and where."""

    rule: Id
    severity: Literal["hard", "soft"]
    amount: int
    where: tuple[Day, ...]
    """Empty where the whole week is meant."""
    text: str
    tier: Severity
    level: Level
    cost: int
    """In its level; 0 for a hard rule, which has no price."""
    source: str | None
    """`week.yaml:12` where the athlete's own file asks for it."""


_WORD = r"^[\w.-]+$"


class Offer(Part):
    """A choice of the athlete's that might suit, and that the program never makes by itself."""

    policy: Annotated[str, Field(pattern=_WORD)]
    value: Annotated[str, Field(pattern=_WORD)]
    text: str


class NutritionItem(Part):
    """A range to report beside the week, never a constraint."""

    item: Literal["protein", "energy", "carbohydrate"]
    low: int
    high: int
    unit: Literal["g/day", "kcal/week"]
    text: str
    sources: tuple[str, ...]


class Fact(Part):
    """One thing that a week has to keep: a hard rule, a line of the file, a session that is fixed, or a day's time."""

    text: str
    source: str | None
    """`week.yaml:12` where the athlete's own file says so."""
    rule: str | None
    """Id of the rule, where it is one."""
    day: Day | None
    """Where it is the time of a day, or that there is none."""


class FileEdit(Part):
    """A change of the constraints file: what stands at a path then, or that it is taken out."""

    path: tuple[str | int, ...]
    """Keys, and positions in lists from 0."""
    value: Any
    remove: bool


class FileChange(Part):
    """One thing given up, by as little as it takes."""

    text: str
    gives_up: str
    """What sort of thing it is: preference, own count, a rule by its evidence, pin, availability or safety."""
    rule: str | None
    why: str | None
    """What the rule is for, with its sources."""
    edits: tuple[FileEdit, ...]


class RepairSession(Part):
    day: Day
    start: str | None
    session: str
    short: str
    minutes: int


class Repair(Part):
    """Changes of the file with which there is a week, and that week; applied and solved before it is told."""

    changes: tuple[FileChange, ...]
    sessions: tuple[RepairSession, ...]
    proven: bool
    """The week is the best one then."""


class SolveStats(Part):
    """Only on request: these differ from run to run."""

    seconds: dict[str, float]
    deterministic: float
    variables: int
    constraints: int
    solves: tuple[dict[str, float | str], ...]


ABSENT = (
    "advice", "missed", "dropped", "news", "nutrition", "stats", "conflict", "conflicts_found", "other_conflict", "repairs",
    "verified", "eased", "behind", "illness",
)  # fmt: skip
"""Keys that are left out where they say nothing."""


class Report(Part):
    @model_serializer(mode="wrap")
    def _without_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        found: dict[str, Any] = handler(self)
        for key in ABSENT:
            if key in found and found[key] in (None, (), [], 0, ""):
                del found[key]
        return found

    def to_json(self) -> str:
        """The document as text, keys in the declared order, one byte sequence for one week."""
        return escaped(self.model_dump_json(indent=2)) + "\n"


INVISIBLE = re.compile("[\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def escaped(text: str) -> str:
    """JSON in which invisible and direction-changing characters do nothing to a terminal, and lone surrogates are UTF-8."""
    return INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class Week(Report):
    """The answer to a constraints file (`microcycle/week/1`)."""

    schema_: Literal["microcycle/week/1"] = Field(default=WEEK_SCHEMA, alias="schema")
    id: str
    """Hash of what was asked and of the week that came out."""
    revision: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    outcome: Outcome
    proven: bool
    """The week is proven best, or proven impossible."""
    verified: bool | None = None
    """Only where a second proof was asked for: whether it came to its end; it never ends otherwise than the first."""
    limit: Literal["work", "clock"] | None
    """What ended the search before its proof. Only a week cut off by the clock may differ between runs."""
    athlete: str
    goal: str
    goal_name: str
    primary: str
    week_of: date | None
    advice: tuple[str, ...] = ()
    """What comes before any plan, where the athlete needs care: it stands at the head of every answer and export."""
    distance_unit: Literal["km", "mi"]
    """Which unit the athlete writes; all numbers here are metric."""
    timezone: str | None = None
    """Name of the time zone, where the athlete's file says it."""
    easy_pace_s_per_km: int | None = None
    """Seconds for a kilometre of easy running, where the athlete's file says it."""
    windows: tuple[FreeTime, ...] = ()
    """In time order; empty where any hour would do."""
    sessions: tuple[PlannedSession, ...]
    """In time order; empty unless the outcome is solved."""
    missed: tuple[MissedSession, ...] = ()
    """In a week that has begun: what was planned and did not happen; it was taken off the targets."""
    dropped: tuple[DroppedVisit, ...] = ()
    """In a week that was planned anew: what earlier revisions had."""
    news: Told | None = None
    """In a week that was planned anew: what had happened."""
    rest_days: tuple[Day, ...]
    measures: Measures | None
    levels: tuple[LevelResult, ...]
    """In the goal's order, the most important first."""
    matches: tuple[RuleMatch, ...]
    """Soft rules that were traded, the dearest first."""
    aims: tuple[Aim, ...] = ()
    """What was asked of the week, the most important first."""
    gaps: tuple[Gap, ...] = ()
    """Rest that rules protect, in time order."""
    conflict: tuple[Fact, ...] = ()
    """Where infeasible: rules and facts that cannot all hold; none can be left out, as far as the work to prove it went."""
    conflicts_found: int = 0
    """How many such sets were found; there may be more."""
    other_conflict: tuple[Fact, ...] = ()
    """The second smallest of them."""
    repairs: tuple[Repair, ...] = ()
    """What would help, the cheapest first."""
    assumptions: tuple[str, ...]
    offers: tuple[Offer, ...]
    nutrition: tuple[NutritionItem, ...] = ()
    """Only where the bodyweight is known."""
    disclaimer: str
    stats: SolveStats | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_strays(cls, data: Any) -> Any:
        """What is told of sessions that somebody has taken out by hand goes with them."""
        parts = _rows(data, "sessions", "gaps", "aims")
        if parts is None or not (parts[1] or parts[2]):
            return data
        sessions, gaps, aims = parts
        known = [_of(session, "id") for session in sessions]
        kept = [gap for gap in gaps if _of(gap, "before") in known and _of(gap, "after") in known]
        counted = [_of(aim, "sessions") for aim in aims]
        strays = any(id not in known for ids in counted if isinstance(ids, list | tuple) for id in ids)
        return {**data, "gaps": kept, "aims": () if strays else aims}

    @model_validator(mode="before")
    @classmethod
    def _by_its_windows(cls, data: Any) -> Any:
        """An hour without its `start_min` stands in the window that holds it: past midnight in that of its evening."""
        parts = _rows(data, "sessions", "windows")
        if parts is None or not parts[0]:
            return data
        sessions, windows = parts
        ends = [(_of(window, "open_min"), _of(window, "close_min")) for window in windows]
        known = [Span(start, end) for start, end in ends if type(start) is int and type(end) is int]
        days = range(0, WEEK_MIN, DAY_MIN)
        free = tuple(tuple(Span(s.start - d, s.end - d) for s in known if d <= s.start < d + DAY_MIN) for d in days)
        nights = Nights((0,) * 7, (0,) * 7, free)
        return {**data, "sessions": [_timed(session, nights) for session in sessions]}

    @model_validator(mode="after")
    def _one_week(self) -> Self:
        monday = self.week_of
        if monday is None:
            return self
        if monday.weekday() or not 1900 <= monday.year < 3000:
            raise At(("week_of",), f"{monday} begins no week", expected="a Monday such as 2026-11-23")
        for n, session in enumerate(self.sessions):
            today = date.fromordinal(monday.toordinal() + DAYS.index(session.day)).isoformat()
            if session.date not in (None, today):
                told = f"{session.date} is not the {session.day} of the week of {monday}"
                raise At(("sessions", n, "date"), told, expected=today)
        return self


def _timed(session: Any, nights: Nights) -> Any:
    if not isinstance(session, dict) or session.get("start_min") is not None or session.get("day") not in DAYS:
        return session
    try:
        hour = parse_clock(session.get("start"))
    except ValueError:
        return session
    return {**session, "start_min": nights.minute(DAYS.index(session["day"]), hour)}


def _rows(data: Any, *names: str) -> list[Any] | None:
    """The lists of these names in what nothing is known of yet; None where any has another shape, and is to be refused."""
    found = [data.get(name) or () for name in names] if isinstance(data, dict) else [None]
    return found if all(isinstance(part, list | tuple) for part in found) else None


def _of(part: Any, name: str) -> Any:
    return part.get(name) if isinstance(part, dict) else getattr(part, name, None)


class Check(Report):
    """The audit of a week that someone else made (`microcycle/check/1`)."""

    schema_: Literal["microcycle/check/1"] = Field(default=CHECK_SCHEMA, alias="schema")
    athlete: str
    goal: str
    goal_name: str
    primary: str
    week_of: date | None
    advice: tuple[str, ...] = ()
    """What comes before any plan, where the athlete needs care: it stands at the head of every answer and export."""
    distance_unit: Literal["km", "mi"]
    legal: bool
    """No hard rule is broken."""
    sessions: tuple[PlannedSession, ...]
    rest_days: tuple[Day, ...]
    measures: Measures
    levels: dict[Level, int]
    """Cost by level in the goal's order, comparable with the values of a planned week."""
    matches: tuple[RuleMatch, ...]
    """Hard ones first, then the dearest."""
    assumptions: tuple[str, ...]
    disclaimer: str

    @property
    def hard(self) -> tuple[RuleMatch, ...]:
        return tuple(match for match in self.matches if match.severity == "hard")
