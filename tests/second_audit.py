"""The hard rules once more, from their statements alone: a second audit, by another hand, sharing nothing with the first.

It was written from what `microcycle rules`, `sessions`, `goals` and `policies` tell, without a look at `solver/audit` and
`families`, and imports nothing of the solver: kinds, goals and parameters are data, all else is minutes of the week.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache, cached_property
from importlib.resources import files
from itertools import pairwise, product
from typing import Any, cast
from zoneinfo import ZoneInfo

from microcycle.models.catalogue import catalogue
from microcycle.models.derive import at_length, derive
from microcycle.models.goal import Experience, Goal
from microcycle.models.session import SessionKind

Spec = Mapping[str, Any]
DAY, HOUR, WEEK = 1440, 60, 7
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLASSES = ("beginner", "intermediate", "advanced")


@dataclass(frozen=True)
class Broken:
    rule: str
    sentence: str


@dataclass(frozen=True)
class Piece:
    """A session as it stands; `day` is 0 on Monday, negative in last week, 7 and more where the week comes round again."""

    kind: SessionKind
    like: frozenset[str]
    """Its own name and those of the kinds that it is like."""
    day: int
    start: int
    """Local minutes from this week's Monday 00:00."""
    minutes: int
    visit: int
    finisher: bool

    @property
    def end(self) -> int:
        return self.start + self.minutes

    @property
    def text(self) -> str:
        at = self.start - self.day * DAY
        return f"{DAYS[self.day % WEEK]} {at // HOUR:02}:{at % HOUR:02} {self.kind.id} {self.minutes}"

    def weeks_on(self, number: int) -> Piece:
        return replace(self, day=self.day + WEEK * number, start=self.start + WEEK * DAY * number)


# --- which sessions ----------------------------------------------------------------------------------------------

Group = Callable[[Piece], bool]


def modality(*names: str) -> Group:
    return lambda p: p.kind.modality in names


def is_hard(p: Piece) -> bool:
    """Hard by kind, or by length: long runs are from an hour and a half."""
    long_enough = p.kind.hard_from is not None and p.minutes >= p.kind.hard_from
    return p.kind.counts and (p.kind.intensity == "hard" or long_enough)


def long_run(p: Piece) -> bool:
    return p.kind.modality == "run" and "long" in p.kind.tags


def fast_run(p: Piece) -> bool:
    return p.kind.modality == "run" and is_hard(p) and not long_run(p)


def loads_legs(p: Piece) -> bool:
    return p.kind.leg_load in ("moderate", "heavy")


def counted(p: Piece) -> bool:
    return p.kind.counts


def a_session(p: Piece) -> bool:
    """One that counts as a session of its own."""
    return p.kind.counts and not p.finisher


def endurance(p: Piece) -> bool:
    return a_session(p) and p.kind.modality in ("run", "cross")


def endurance_work(p: Piece) -> bool:
    """Short ends of lifts, too."""
    return counted(p) and p.kind.modality in ("run", "cross")


def run(p: Piece) -> bool:
    return a_session(p) and p.kind.modality == "run"


def lift(p: Piece) -> bool:
    return p.kind.counts and p.kind.modality == "lift"


def lift_or_jumps(p: Piece) -> bool:
    return p.kind.counts and p.kind.modality in ("lift", "power")


def upper_body(p: Piece) -> bool:
    return lift(p) and p.kind.leg_load == "none"


def heavy_legs(p: Piece) -> bool:
    return lift(p) and p.kind.leg_load == "heavy"


def leg_work(p: Piece) -> bool:
    return lift_or_jumps(p) and loads_legs(p)


def hard_run(p: Piece) -> bool:
    """A hard run, or hard endurance work off the road that loads the legs."""
    return fast_run(p) or (p.kind.modality == "cross" and is_hard(p) and loads_legs(p))


def hard_endurance(p: Piece) -> bool:
    return is_hard(p) and p.kind.modality in ("run", "cross") and not long_run(p)


def key_run(p: Piece) -> bool:
    return fast_run(p) or long_run(p)


def demanding(p: Piece) -> bool:
    """What is neither easy nor upper body."""
    return is_hard(p) or leg_work(p) or long_run(p)


def taxing(p: Piece) -> bool:
    """What is more than rest, upper body and up to 40 easy minutes."""
    return demanding(p) or "tempo-touch" in p.like or (endurance(p) and p.minutes > 40)


def minutes_count(p: Piece) -> bool:
    """Endurance work whose minutes count: short ends of lifts from a quarter of an hour."""
    return counted(p) and p.kind.modality in ("run", "cross") and (not p.finisher or p.minutes >= 15)


def run_minutes_count(p: Piece) -> bool:
    return minutes_count(p) and p.kind.modality == "run"


GROUPS: Mapping[str, Group] = {
    "lifts": lift, "power": lambda p: counted(p) and p.kind.modality == "power", "lifts-and-power": lift_or_jumps,
    "runs": run, "aerobic": endurance, "cross-training": lambda p: endurance(p) and p.kind.modality == "cross",
    "aerobic-minutes": minutes_count, "run-minutes": run_minutes_count, "sessions": a_session, "training": counted,
    "hard": is_hard, "long-runs": long_run, "hard-runs": hard_run, "hard-aerobic": hard_endurance, "key-runs": key_run,
    "heavy-legs": heavy_legs, "leg-lifts": leg_work, "upper-lifts": upper_body,
    "easy-aerobic": lambda p: endurance(p) and p.kind.intensity == "easy",
    "easy-cross": lambda p: endurance(p) and p.kind.intensity == "easy" and p.kind.modality == "cross",
    "stretching": modality("mobility"),
}  # fmt: skip


def named(expression: str) -> Group:
    """Groups and kinds as people name them: `lifts >= 30`, `intervals-vo2 | tempo-run`."""
    parts = [part.strip() for part in expression.split("|")]
    if len(parts) > 1:
        groups = [named(part) for part in parts]
        return lambda p: any(group(p) for group in groups)
    found = re.fullmatch(r"([a-z0-9-]+)\s*(?:(>=|>)\s*(\d+))?", expression.strip())
    assert found is not None, expression
    name, over, number = found[1], found[2], int(found[3] or 0) + (found[2] == ">")
    group: Group = GROUPS.get(name, lambda p: name in p.like and not p.finisher)
    return (lambda p: group(p) and p.minutes >= number) if over else group


# --- reading the file --------------------------------------------------------------------------------------------


def clock(text: str) -> int:
    hours, minutes = text.split(":")
    return HOUR * int(hours) + int(minutes)


def span(text: str) -> tuple[int, int]:
    """Of a day, in minutes from its midnight; past midnight it goes on into the next."""
    start, end = (clock(part) for part in text.split("-"))
    return start, end if end > start else end + DAY


def days_of(written: object, monday: date | None) -> tuple[int, ...]:
    """`mon`, `mon-fri`, a date, or a list of them: days of this week."""
    if isinstance(written, date):
        written = written.isoformat()
    if isinstance(written, list | tuple):
        return tuple(sorted({day for each in written for day in days_of(each, monday)}))
    text = str(written)
    if text[:4].isdecimal():
        assert monday is not None
        since = (date.fromisoformat(text) - monday).days
        return (since,) if 0 <= since < WEEK else ()
    first, _, last = text.partition("-")
    return tuple(range(DAYS.index(first), DAYS.index(last or first) + 1))


def ends(written: Any) -> tuple[int | None, int | None]:
    """The least and the most of `3`, `2-4`, `~3` or `{min: 2, max: 4}`; an aim is neither."""
    if isinstance(written, Mapping):
        return written.get("min"), written.get("max")
    text = str(written)
    if text.startswith("~"):
        return None, None
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    return numbers[0], numbers[-1]


@dataclass(frozen=True)
class Window:
    day: int
    open: int
    close: int
    set_up: int
    only: tuple[str, ...]

    def holds(self, visit: Sequence[Piece]) -> bool:
        """The visit, with time to get ready on both sides; each of its pieces is of a kind that may stand there."""
        inside = self.open <= visit[0].start - self.set_up and visit[-1].end + self.set_up <= self.close
        return inside and all(not self.only or any(named(name)(p) for name in self.only) for p in visit)


@dataclass(frozen=True)
class Bounds:
    """So many that the file or the card counts."""

    rule: str
    what: str
    group: Group
    minutes: bool
    low: int | None
    high: int | None


@cache
def rulebook() -> Mapping[str, Mapping[str, Any]]:
    """Severity, parameters and what changes them, as `microcycle rules` shows; clauses are not looked at."""
    text = (files("microcycle") / "catalogue" / "rules.toml").read_text()
    return {rule["id"]: rule for rule in tomllib.loads(text)["rule"]}


MEASURES: Mapping[str, Group] = {
    "minutes": counted, "run_minutes": run_minutes_count, "aerobic_minutes": minutes_count, "lift_minutes": lift_or_jumps,
}  # fmt: skip


@dataclass(frozen=True)
class Law:
    """What a constraints file asks, and which rules with which numbers are in force for it."""

    spec: Spec

    # --- who, what for

    @cached_property
    def card(self) -> Goal:
        return catalogue().goals[self.spec["goal"]]

    @cached_property
    def lift_class(self) -> str:
        return self._experience("lift")

    @cached_property
    def run_class(self) -> str:
        return self._experience("run")

    def _experience(self, of: str) -> str:
        written = self.spec.get("athlete", {}).get("experience", "intermediate")
        return str(written if isinstance(written, str) else written.get(of, "intermediate"))

    @cached_property
    def primary(self) -> str:
        return str(self.spec.get("primary") or self.card.primary[0])

    @cached_property
    def week_class(self) -> str:
        """Caps on the whole week follow what leads; where nothing does, the lower of the two."""
        of = {"lift": self.lift_class, "run": self.run_class}
        return of.get(self.primary) or min(of.values(), key=CLASSES.index)

    @cached_property
    def age(self) -> int:
        return int(self.spec.get("athlete", {}).get("age") or 0)

    @cached_property
    def policies(self) -> Mapping[str, str]:
        found = {policy.id: policy.default for policy in catalogue().policies.values()}
        by_class = {str(name): values for name, values in self.card.class_policies.items()}
        return found | self.card.policies | by_class.get(self.week_class, {}) | dict(self.spec.get("policies", {}))

    # --- rules and their numbers

    def _when(self, conditions: Mapping[str, Sequence[str]]) -> bool:
        facts = {"goal": self.spec["goal"], "primary": self.primary, "lift": self.lift_class, "run": self.run_class}
        facts |= {"class": self.week_class, "has": "few-days" if self.few_days else "", **self.policies}
        return all(
            any(self.age >= int(value[:-1]) for value in values) if name == "age" else facts[name] in values
            for name, values in conditions.items()
        )

    def setting(self, rule: str) -> tuple[str, Mapping[str, int]]:
        """Severity and parameters: the book's, the card's over them, the file's over both."""
        row = rulebook()[rule]
        severity, params = row["severity"], {name: value["default"] for name, value in row.get("params", {}).items()}
        for change in row.get("overrides", ()):
            if self._when(change["when"]):
                severity, params = change.get("severity", severity), params | change.get("params", {})
        if rule in self.card.rules:
            change = self.card.rules[rule]
            severity, params = change.severity or severity, params | change.params
        written = self.spec.get("rules", {}).get(rule, {})
        written = {"severity": written} if isinstance(written, str) else written
        written = {"severity": "off"} if written is False else written
        return written.get("severity", severity), params | {k: v for k, v in written.items() if k != "severity"}

    def hard(self, rule: str) -> bool:
        return self.setting(rule)[0] == "hard"

    def never(self, rule: str) -> bool:
        """A rule of which a part says never or always: that part is hard, unless the file takes the rule back."""
        written = self.spec.get("rules", {}).get(rule, {})
        taken = written if isinstance(written, str | bool) else written.get("severity")
        return taken in (None, "hard")

    def number(self, rule: str, param: str) -> int:
        return int(self.setting(rule)[1][param])

    # --- what is fixed

    @cached_property
    def fixed(self) -> Sequence[Piece]:
        """A session for each pin, for counting: at its usual length where it has none."""
        return [
            Piece(*kind_of(self.spec, pin["session"]), 0, 0, pin.get("minutes") or self.lengths(pin)[0], 1, False)
            for pin in self.spec.get("pinned", ())
        ]

    def on_menu(self, kind: SessionKind) -> bool:
        """Whether the card, or the file by counting it, may place it; walk-runs where the last weeks held under an hour."""
        item = self.card.menu.get(kind.id)
        experience = self.lift_class if kind.modality in ("lift", "power") else self.run_class
        wanted: Spec = self.spec.get("want", {})
        weeks = self.spec.get("history", {}).get("run_minutes", ())[-3:]
        if kind.id == "walk-run" and weeks and sum(weeks) < HOUR * len(weeks):
            return True
        return kind.id in wanted or (item is not None and experience in item.classes)

    def has_finisher(self, p: Piece) -> bool:
        """Whether the card has lifts that end so: elsewhere who names a mere day means a session."""
        item = self.card.menu.get(p.kind.id)
        if item is None or not item.as_finisher or self.run_class not in item.classes:
            return False
        least, most = item.band(cast(Any, self.run_class)) or (0, HOUR)
        return least <= p.minutes <= most and p.kind.id not in self.spec.get("exclude", ())

    def offers(self, group: Group) -> bool:
        """Whether a session of the group is on the menu and not excluded."""
        names = {*self.card.menu, *self.spec.get("want", {})} & {*catalogue().kinds, *self.spec.get("sessions", {})}
        kinds = [kind_of(self.spec, name) for name in names - {*self.spec.get("exclude", ())}]
        return any(
            self.on_menu(kind) and group(Piece(kind, like, 0, 0, kind.minutes.default, 1, False)) for kind, like in kinds
        )

    def lengths(self, pin: Spec) -> Sequence[int]:
        """Of a fixed session: its own; else the usual, or where its hour is open too, up to a quarter of an hour off."""
        kind, _ = kind_of(self.spec, pin["session"])
        usual = kind.minutes.default
        if "minutes" in pin:
            return (pin["minutes"],)
        near = [n for n in kind.minutes.grid if abs(n - usual) <= 15]
        return (usual,) if "start" in pin or not self.on_menu(kind) else (usual, *near)

    # --- time

    @cached_property
    def monday(self) -> date | None:
        written = self.spec.get("week_of")
        return date.fromisoformat(str(written)) if written else None

    @cached_property
    def cyclic(self) -> bool:
        return bool(self.spec.get("next", "cycle") == "cycle")

    def hours_pass(self, start: int, end: int) -> int:
        """Minutes that pass between two local times, clock changes included."""
        zone = self.spec.get("athlete", {}).get("timezone")
        if zone is None or self.monday is None:
            return end - start
        midnight = datetime.combine(self.monday, datetime.min.time())
        first, last = (
            (midnight + timedelta(minutes=each)).replace(tzinfo=ZoneInfo(zone)).timestamp() for each in (start, end)
        )
        return round((last - first) / 60)

    @cached_property
    def shifts(self) -> Mapping[int, str]:
        found = {}
        for written, names in self.spec.get("rota", {}).items():
            for i, name in enumerate([names] if isinstance(names, str) else names):
                assert self.monday is not None
                since = (date.fromisoformat(str(written)) - self.monday).days + i
                found[since] = name
        return found

    @cached_property
    def windows(self) -> Sequence[Window]:
        """Of each day by the narrowest key that names it; a shift's on its days."""
        by_day: dict[int, Any] = {}
        keys = sorted(self.spec.get("availability", {}), key=lambda key: -len(days_of(key, self.monday)))
        for key in keys:
            by_day |= dict.fromkeys(days_of(key, self.monday), self.spec["availability"][key])
        by_day |= {day: self.spec["shifts"][name]["windows"] for day, name in self.shifts.items() if 0 <= day < WEEK}
        found = []
        for day, written in by_day.items():
            for each in written if isinstance(written, list | tuple) else [written]:
                if each in (None, "none"):
                    continue
                row = {"at": each} if isinstance(each, str) else each
                start, end = span(row["at"])
                set_up = row.get("buffer", self.spec.get("places", {}).get(row.get("place"), 0))
                only = row.get("only", ())
                only = (only,) if isinstance(only, str) else tuple(only)
                found.append(Window(day, day * DAY + start, day * DAY + end, int(set_up), only))
        return found

    @cached_property
    def few_days(self) -> bool:
        """Two days at most have half an hour free."""
        return len({each.day for each in self.windows if each.close - each.open - 2 * each.set_up >= 30}) <= 2

    def night(self, day: int) -> tuple[int, int]:
        """The night behind a day, in minutes of the week: what begins before noon does so past midnight."""
        written = self.spec.get("sleep", "23:00-06:00")
        by_key = {"daily": written} if isinstance(written, str) else dict(written)
        text = by_key.get(DAYS[day % WEEK], by_key.get("daily", "23:00-06:00"))
        if day in self.shifts:
            text = self.spec["shifts"][self.shifts[day]].get("sleep", text)
        start, end = (day * DAY + minute for minute in span(text))
        return (start, end) if start >= day * DAY + 12 * HOUR else (start + DAY, end + DAY)

    def minute(self, day: int, hour: str) -> int:
        """Of the week: past midnight an hour is of the evening before, as a window tells or the nights do."""

        def free(of: int, minute: int) -> bool:
            return any(each.day == of and each.open <= minute < each.close for each in self.windows)

        early = day * DAY + clock(hour)
        own = free(day, early), free(day, early + DAY)
        if own[0] != own[1]:
            return early + DAY * own[1]
        around = DAY * WEEK if day == 0 else 0
        if not own[0] and free((day - 1) % WEEK, early + around):
            return early
        return early + DAY * (early < self.night(day - 1)[1] and early + DAY <= self.night(day)[0])

    # --- counts

    @cached_property
    def bounds(self) -> Sequence[Bounds]:
        """What the file counts; where it does not, the most of the card, or as many as are fixed.

        A kind that nobody may place stands as often as it is fixed.
        """
        wanted = self.spec.get("want", {})
        found = []
        for key, written in wanted.items():
            low, high = ends(written)
            if key in MEASURES:
                found.append(Bounds("volume-targets", key, MEASURES[key], True, low, high))
            elif (low, high) != (None, None):
                found.append(Bounds("session-counts", key, named(key), False, low, high))
        counted_by_file = {bound.what for bound in found if bound.high is not None}
        for demand in self.card.demands:
            row = demand.for_class(cast(Experience, self.lift_class if demand.class_of == "lift" else self.run_class))
            plain = re.sub(r"\s*>.*", "", demand.of)
            if demand.quantity == "sessions" and row is not None and row.max is not None and plain not in counted_by_file:
                most = max(row.max, sum(map(named(demand.of), self.fixed)))
                found.append(Bounds("session-counts", demand.of, named(demand.of), False, None, most))
        for kind in {p.kind.id: p.kind for p in self.fixed}.values():
            if not self.on_menu(kind):
                number = sum(map(named(kind.id), self.fixed))
                found.append(Bounds("session-counts", kind.id, named(kind.id), False, None, number))
        return found


# --- the week ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Week:
    """The sessions to be judged, with last week's before them and, where the week repeats, itself behind them."""

    law: Law
    pieces: Sequence[Piece]

    @cached_property
    def before(self) -> Sequence[Piece]:
        rows = self.law.spec.get("history", {}).get("last_week", ())
        return [piece_of(self.law.spec, {"visit": 1, **row}, weeks=-1) for row in rows]

    @cached_property
    def all_around(self) -> Sequence[Piece]:
        after = [p.weeks_on(1) for p in self.pieces] if self.law.cyclic else []
        return sorted((*self.before, *self.pieces, *after), key=lambda p: (p.start, p.end))

    @cached_property
    def pairs(self) -> Sequence[tuple[Piece, Piece]]:
        """Each two sessions of which one at least is this week's, the earlier first; of the days, then of the hours."""
        around = sorted(self.all_around, key=lambda p: (p.day, p.start, p.visit))
        return [
            (a, b)
            for i, a in enumerate(around)
            for b in around[i + 1 :]
            if a.day < WEEK and b.day >= 0 and not (a.day < 0 and b.day >= WEEK)
        ]

    def on(self, day: int) -> Sequence[Piece]:
        return [p for p in self.pieces if p.day == day]

    @cached_property
    def days(self) -> Sequence[Sequence[Piece]]:
        return [self.on(day) for day in range(WEEK)]

    @cached_property
    def visits(self) -> Sequence[Sequence[Piece]]:
        """Pieces that follow each other, by day and hour."""
        keys = sorted({(p.day, p.visit) for p in self.pieces})
        return [sorted((p for p in self.pieces if (p.day, p.visit) == key), key=lambda p: p.start) for key in keys]

    @classmethod
    def of(cls, law: Law, rows: Sequence[Mapping[str, Any]]) -> Week:
        """A visit has no break: what begins later than the one before it ends is another one."""
        found: list[Piece] = []
        ends: dict[tuple[int, int], tuple[int, int]] = {}
        for n, piece in enumerate(sorted((piece_of(law.spec, row) for row in rows), key=lambda p: (p.start, p.end))):
            end, visit = ends.get((piece.day, piece.visit), (piece.start, piece.visit))
            visit = 1000 + n if piece.start > end else visit
            ends[piece.day, piece.visit] = (piece.end, visit)
            found.append(replace(piece, visit=visit))
        return cls(law, found)

    def count(self, group: Group) -> int:
        return sum(map(group, self.pieces))

    def neighbours(self, first: Group, then: Group, days: int = 1) -> Iterator[tuple[Piece, Piece]]:
        """One of `first` on a day, one of `then` so many days later."""
        return ((a, b) for a, b in self.pairs if b.day - a.day == days and first(a) and then(b))

    def same_day(self, first: Group, then: Group) -> Iterator[tuple[Piece, Piece]]:
        """Either way round, the earlier first."""
        return ((a, b) for a, b in self.pairs if a.day == b.day and ((first(a) and then(b)) or (then(a) and first(b))))

    def streaks(self, group: Group, longest: int) -> Iterator[int]:
        """First days of `longest` + 1 days in a row that all hold one of the group."""
        known = {p.day for p in self.all_around if group(p)}
        if self.law.cyclic:
            known |= {day + WEEK for day in known if day >= WEEK}
        for first in range(-WEEK, WEEK):
            row = range(first, first + longest + 1)
            if known.issuperset(row) and row[-1] >= 0:
                yield first

    def apart(self, a: Piece, b: Piece, *, start_to_start: bool) -> int:
        return self.law.hours_pass(a.start if start_to_start else a.end, b.start)


def piece_of(spec: Spec, row: Mapping[str, Any], weeks: int = 0) -> Piece:
    """A session of a week document, or of the file: kinds of the athlete's own are like others but for what is stated."""
    kind, like = kind_of(spec, row["session"])
    day = DAYS.index(row["day"])
    start = row.get("start_min")
    start = day * DAY + clock(row["start"]) if start is None else start
    minutes = row.get("minutes") or kind.minutes.default
    piece = Piece(kind, like, day, start, minutes, row["visit"], bool(row.get("finisher")))
    return piece.weeks_on(weeks)


def kind_of(spec: Spec, name: str) -> tuple[SessionKind, frozenset[str]]:
    own = spec.get("sessions", {}).get(name)
    if own is None:
        return catalogue().kinds[name], frozenset({name})
    kind, like = kind_of(spec, own["like"])
    return derive(kind, name, {key: value for key, value in own.items() if key not in ("like", "name")}), like | {name}


# --- the rules ---------------------------------------------------------------------------------------------------

Sentences = Iterator[str]
RULES: list[tuple[str, Callable[[Week, Law], Sentences]]] = []


def rule(name: str) -> Callable[[Callable[[Week, Law], Sentences]], Callable[[Week, Law], Sentences]]:
    def keep(judge: Callable[[Week, Law], Sentences]) -> Callable[[Week, Law], Sentences]:
        RULES.append((name, judge))
        return judge

    return keep


def told(pairs: Iterable[tuple[Piece, Piece]], words: str) -> Sentences:
    return (f"{a.text}, {b.text}: {words}" for a, b in pairs)


def too_near(week: Week, pairs: Iterator[tuple[Piece, Piece]], minutes: int, *, start_to_start: bool) -> Sentences:
    for a, b in pairs:
        apart = week.apart(a, b, start_to_start=start_to_start)
        if apart < minutes:
            yield f"{a.text}, {b.text}: {apart} minutes apart, {minutes} needed"


@rule("fit-availability")
def _fits(week: Week, law: Law) -> Sentences:
    for rows in (law.spec.get("pinned", ()), law.spec.get("done", ())):
        yield from (f"{row['session']} is not where it is fixed" for row in _served(law, rows, week.pieces)[1])
    stay = _staying(week, law)
    for visit in week.visits:
        free = [p for p in visit if p not in stay]
        if free and not any(window.holds(free) for window in law.windows):
            yield f"{free[0].text}: outside the time that there is"


def _staying(week: Week, law: Law) -> Sequence[Piece]:
    """What was done, and what is fixed at its hour."""
    rows = [pin for pin in law.spec.get("pinned", ()) if "start" in pin]
    return [p for each in (rows, law.spec.get("done", ())) for p in _served(law, each, week.pieces)[0]]


def _served(law: Law, pins: Sequence[Spec], pieces: Sequence[Piece]) -> tuple[Sequence[Piece], Sequence[Spec]]:
    """A session of its own, or the end of a lift, for as many pins as can be; and the pins without one."""

    def serves(p: Piece, pin: Spec) -> bool:
        where = days_of(pin.get("day", pin.get("date")), law.monday)
        on_time = "start" not in pin or p.start == law.minute(p.day, pin["start"])
        fits = p.kind.id == pin["session"] and p.minutes in law.lengths(pin) and p.day in where and on_time
        return fits and (not p.finisher or "start" in pin or law.has_finisher(p))

    candidates = [[p for p in pieces if serves(p, pin)] + [None] for pin in pins]
    best: Sequence[Piece | None] = max(
        (choice for choice in product(*candidates) if len({id(p) for p in choice if p}) == sum(map(bool, choice))),
        key=lambda choice: sum(map(bool, choice)),
    )
    missing = [pin for pin, piece in zip(pins, best, strict=True) if piece is None]
    return [piece for piece in best if piece is not None], missing


@rule("no-overlap")
def _overlap(week: Week, _: Law) -> Sentences:
    return told(((a, b) for a, b in week.pairs if a.start < b.end and b.start < a.end and b.day < WEEK), "at the same time")


@rule("one-visit")
def _in_one_visit(week: Week, law: Law) -> Sentences:
    stay = _staying(week, Law({**law.spec, "pinned": ()}))
    for visit in week.visits:
        for n, (first, then) in enumerate(pairwise(visit)):
            if (n or not _goes_with(first, then)) and not all(p in stay for p in visit):
                yield f"{then.text}: straight behind {first.text}"


def _goes_with(first: Piece, then: Piece) -> bool:
    if "strides" in then.like:
        return "easy-run" in first.like
    if then.kind.modality == "mobility":
        return counted(first) and then.minutes <= 20
    steady = then.finisher or then.kind.intensity_at(then.minutes) != "hard"
    return lift_or_jumps(first) and counted(then) and then.kind.finisher is not None and steady


@rule("session-count-cap")
def _visits_of_week(week: Week, law: Law) -> Sentences:
    number = sum(any(map(counted, visit)) for visit in week.visits)
    if number > law.number("session-count-cap", "visits"):
        yield f"{number} visits in the week"


@rule("max-sessions-per-day")
def _visits_of_day(week: Week, law: Law) -> Sentences:
    most = law.setting("max-sessions-per-day")[1]
    for day, pieces in enumerate(week.days):
        visits = sum(any(map(counted, visit)) for visit in week.visits if visit[0].day == day)
        limits = {
            "visits": (visits, most["visits"]),
            "lifts or jumps": (sum(map(lift_or_jumps, pieces)), 1),
            "endurance": (sum(map(endurance, pieces)), most["runs"]),
            "walks": (sum("walk" in p.like for p in pieces), 1),
            "mobility or yoga": (sum(p.kind.modality == "mobility" for p in pieces), 1),
        }
        yield from (f"{DAYS[day]}: {held} {what}, at most {limit}" for what, (held, limit) in limits.items() if held > limit)


@rule("weekly-time-cap")
def _time_of_week(week: Week, law: Law) -> Sentences:
    minutes = sum(p.minutes for p in week.pieces if counted(p))
    if minutes > law.number("weekly-time-cap", "minutes"):
        yield f"{minutes} minutes"


def ends_rest(law: Law) -> Group:
    """What a day of rest cannot hold, as chosen: anything but a short walk and mobility, but gentle things, or anything."""
    mode = law.policies["rest_mode"]

    def ends(p: Piece) -> bool:
        gentle = p.kind.modality in ("walk", "mobility")
        short = p.minutes <= (30 if p.kind.modality == "walk" else 20) and "yoga" not in p.like
        return p.kind.modality != "rest" and (mode == "strict" or not gentle or (mode == "gentle-ok" and not short))

    return ends


@rule("rest-days-min")
def _rest_days(week: Week, law: Law) -> Sentences:
    rest = sum(not any(map(ends_rest(law), pieces)) for pieces in week.days)
    if rest < law.number("rest-days-min", "days"):
        yield f"{rest} days of rest"


@rule("max-consecutive-training-days")
def _days_in_a_row(week: Week, law: Law) -> Sentences:
    most = law.number("max-consecutive-training-days", "days")
    return (f"more than {most} days in a row from day {first}" for first in week.streaks(ends_rest(law), most))


@rule("overnight-gap")
def _overnight(week: Week, law: Law) -> Sentences:
    return too_near(
        week,
        week.neighbours(counted, counted),
        HOUR * law.number("overnight-gap", "hours"),
        start_to_start=False,
    )


@rule("late-hard-session")
def _late(week: Week, law: Law) -> Sentences:
    if law.never("late-hard-session"):
        least = law.number("late-hard-session", "least_minutes")
        late = (p for p in week.pieces if is_hard(p) and p.end > law.night(p.day)[0] - least)
        yield from (f"{p.text}: ends within {least} minutes of bedtime" for p in late)


@rule("hard-run-near-heavy-legs")
def _legs_and_hard_run(week: Week, law: Law) -> Sentences:
    choice = law.policies["hard_pairing"]
    together = week.same_day(heavy_legs, hard_run)
    if choice == "separate-days":
        yield from told(together, "heavy legs and a hard run share the day")
    elif choice == "separate-hours":
        hours = law.number("hard-run-near-heavy-legs", "hours")
        yield from too_near(week, apart_visits(together), HOUR * hours, start_to_start=False)
    else:
        two = [day for day, pieces in enumerate(week.days) if sum(leg_work(p) or hard_run(p) for p in pieces) >= 2]
        after = ((a, b) for a, b in week.neighbours(lambda p: leg_work(p) or hard_run(p), demanding) if a.day in two)
        yield from told(after, "the day after two sessions of leg work or hard running is not easy")


def apart_visits(pairs: Iterator[tuple[Piece, Piece]]) -> Iterator[tuple[Piece, Piece]]:
    return ((a, b) for a, b in pairs if (a.day, a.visit) != (b.day, b.visit))


@rule("hard-run-day-after-heavy-legs")
def _hard_run_after_legs(week: Week, _: Law) -> Sentences:
    return told(week.neighbours(heavy_legs, hard_run), "a hard run on the day after heavy legs")


@rule("heavy-legs-day-after-hard-run")
def _legs_after_hard_run(week: Week, _: Law) -> Sentences:
    return told(week.neighbours(hard_run, heavy_legs), "heavy legs on the day after a hard run")


@rule("same-day-separation")
def _separation(week: Week, law: Law) -> Sentences:
    choice = law.policies["separation"]
    if choice == "gap-24h":
        yield from told(week.same_day(lift_or_jumps, endurance), "share the day")
    elif choice != "gap-none":
        numbers = law.setting("same-day-separation")[1]
        for group, hours in ((upper_body, numbers["upper_hours"]), (lift_or_jumps, numbers["hours"])):
            pairs = week.same_day(group, endurance)
            pairs = ((a, b) for a, b in pairs if group is upper_body or not (upper_body(a) or upper_body(b)))
            measured = law.policies["gap_measure"] == "start-to-start"
            yield from too_near(week, apart_visits(pairs), HOUR * hours, start_to_start=measured)


@rule("same-day-order")
def _order(week: Week, law: Law) -> Sentences:
    """Under so many hours; what is farther apart is but a wish."""
    near = HOUR * law.number("same-day-order", "hours")
    choice = law.policies["order"]
    if choice == "priority-first":
        choice = "key-run-first" if law.primary == "run" else "lift-first"
    second: Mapping[str, tuple[Group, Group]] = {
        "key-run-first": (lift_or_jumps, key_run), "run-first": (lift_or_jumps, endurance),
        "lift-first": (endurance_work, lift_or_jumps),
    }  # fmt: skip
    if choice in second:
        first, then = second[choice]
        pairs = ((a, b) for a, b in week.same_day(first, then) if first(a))
        yield from told(((a, b) for a, b in pairs if week.apart(a, b, start_to_start=False) < near), f"not {choice}")


@rule("same-visit-cardio-cap")
def _in_the_visit(week: Week, law: Law) -> Sentences:
    most = law.number("same-visit-cardio-cap", "minutes")
    for visit in week.visits:
        if any(map(lift_or_jumps, visit)):
            beside = [p for p in visit if p.kind.counts and p.kind.modality in ("run", "cross")]
            if sum(p.minutes for p in beside) > most or any(map(is_hard, beside)):
                yield f"{visit[0].text}: endurance work beside it is hard or over {most} minutes"


@rule("long-endurance-limit")
def _long_runs_of_lifters(week: Week, law: Law) -> Sentences:
    number = week.count(lambda p: run(p) and p.minutes >= 60)
    if law.primary == "lift" and number > law.number("long-endurance-limit", "sessions"):
        yield f"{number} runs of an hour or more"


def half_sets(p: Piece) -> Mapping[str, int]:
    return {str(muscle): sets for muscle, sets in at_length(p.kind, p.minutes).content(p.minutes).sets.items()}


HARD_HALF_SETS = 6
"""Three sets train a muscle hard."""


@rule("same-muscle-48h")
def _same_muscle(week: Week, law: Law) -> Sentences:
    if law.never("same-muscle-48h"):
        numbers = law.setting("same-muscle-48h")[1]
        pairs = (
            (a, b)
            for a, b in week.pairs
            if (heavy_legs(a) or heavy_legs(b)) and leg_work(a) and leg_work(b) and share_a_muscle(a, b)
            and not (law.policies["lift_spacing"] == "dup" and lighter(b, a))
        )  # fmt: skip
        yield from too_near(week, pairs, HOUR * (numbers["hours"] - numbers["tolerance"]), start_to_start=True)


def share_a_muscle(a: Piece, b: Piece) -> bool:
    one, other = half_sets(a), half_sets(b)
    return any(sets >= HARD_HALF_SETS <= other.get(muscle, 0) for muscle, sets in one.items())


def lighter(p: Piece, than: Piece) -> bool:
    """For the legs."""
    order = ("none", "light", "moderate", "heavy")
    return order.index(p.kind.leg_load) < order.index(than.kind.leg_load)


@rule("heavy-legs-spacing")
def _legs_apart(week: Week, law: Law) -> Sentences:
    numbers = law.setting("heavy-legs-spacing")[1]
    pairs = ((a, b) for a, b in week.pairs if heavy_legs(a) and heavy_legs(b))
    return too_near(week, pairs, HOUR * (numbers["hours"] - numbers["tolerance"]), start_to_start=True)


@rule("hard-days-max")
def _hard_days(week: Week, law: Law) -> Sentences:
    number = sum(any(map(is_hard, pieces)) for pieces in week.days)
    if number > law.number("hard-days-max", "days"):
        yield f"{number} hard days"


@rule("no-back-to-back-hard-days")
def _hard_after_hard(week: Week, law: Law) -> Sentences:
    longest = 2 if law.policies["back_to_back"] == "two-then-easy" else 1
    return (f"more than {longest} hard days in a row from day {first}" for first in week.streaks(is_hard, longest))


@rule("hard-runs-max")
def _hard_runs(week: Week, law: Law) -> Sentences:
    number = week.count(hard_run)
    if number > law.number("hard-runs-max", "sessions"):
        yield f"{number} hard runs"


@rule("hard-run-spacing")
def _hard_runs_apart(week: Week, law: Law) -> Sentences:
    numbers = law.setting("hard-run-spacing")[1]
    pairs = ((a, b) for a, b in week.pairs if hard_run(a) and hard_run(b))
    return too_near(week, pairs, HOUR * (numbers["hours"] - numbers["tolerance"]), start_to_start=True)


@rule("key-run-freshness")
def _fresh_for_key_runs(week: Week, law: Law) -> Sentences:
    if law.primary == "run":
        yield from told(((a, b) for a, b in week.same_day(leg_work, key_run) if leg_work(a)), "leg work before a key run")


@rule("long-run-own-day")
def _long_run_alone(week: Week, law: Law) -> Sentences:
    if law.primary == "run" and law.never("long-run-own-day"):
        yield from told(
            week.same_day(lift_or_jumps, lambda p: long_run(p) and p.minutes >= 90), "a lift on the long run's day"
        )


@rule("easy-day-after-long-run")
def _easy_after_long_run(week: Week, law: Law) -> Sentences:
    if law.never("easy-day-after-long-run"):
        yield from told(
            week.neighbours(lambda p: long_run(p) and p.minutes >= 120, taxing), "no easy day after the long run"
        )


@rule("medium-long-run-placement")
def _medium_long_run(week: Week, _: Law) -> Sentences:
    def medium(p: Piece) -> bool:
        return "medium-long-run" in p.like

    beside = (*week.neighbours(medium, long_run), *week.neighbours(long_run, medium), *week.same_day(medium, long_run))
    return told(beside, "a medium-long run beside the long run")


@rule("strides-fresh")
def _fresh_strides(week: Week, _: Law) -> Sentences:
    return told(week.neighbours(heavy_legs, lambda p: "strides" in p.like), "strides on the day after heavy legs")


@rule("fourth-lift-shortens-runs")
def _fourth_lift(week: Week, law: Law) -> Sentences:
    if law.policies["load_budget"] == "sweet-spot" and week.count(lift) >= 4:
        yield from (f"{p.text}: over 25 minutes beside four lifts" for p in week.pieces if run(p) and p.minutes > 25)


@rule("third-run-trims-sets")
def _third_run(week: Week, law: Law) -> Sentences:
    if law.policies["load_budget"] == "sweet-spot" and week.count(run) >= 3 and week.count(lift) >= 3:
        yield from (
            f"{p.text}: not shorter than usual" for p in week.pieces if lift(p) and p.minutes >= p.kind.minutes.default
        )


@rule("recoverable-load")
def _load(week: Week, law: Law) -> Sentences:
    weeks = law.spec.get("history", {}).get("load", ())[-4:]
    if law.policies["load_budget"] == "recoverable" and weeks:
        load = sum(p.kind.srpe * p.minutes for p in week.pieces if counted(p))
        most = Fraction(sum(weeks), len(weeks)) * (100 + law.number("recoverable-load", "percent")) / 100
        if load > most:
            yield f"a load of {load}, at most {most}"


@rule("weekly-run-ramp")
def _ramp(week: Week, law: Law) -> Sentences:
    weeks = law.spec.get("history", {}).get("run_minutes", ())[-3:]
    if weeks and law.never("weekly-run-ramp"):
        minutes = sum(p.minutes for p in week.pieces if run_minutes_count(p) and "race" not in p.like)
        mean = Fraction(sum(weeks), len(weeks))
        grown = mean * (100 + law.number("weekly-run-ramp", "cap")) / 100
        most = max(grown, mean + 15, Fraction(40)) if mean < 60 else grown
        most = max(most, Fraction(weeks[-1]))
        if minutes > most:
            yield f"{minutes} minutes of running, at most {most}"


@rule("single-run-spike")
def _spike(week: Week, law: Law) -> Sentences:
    longest = law.spec.get("history", {}).get("longest_run_30d")
    if longest is not None:
        most = Fraction(int(re.findall(r"\d+", str(longest))[0])) * (100 + law.number("single-run-spike", "percent")) / 100
        for p in week.pieces:
            if run_minutes_count(p) and not {"race", "walk-run"} & p.like and p.minutes > most:
                yield f"{p.text}: at most {most} minutes"


@rule("strength-floor")
def _lifts(week: Week, law: Law) -> Sentences:
    """What the file excludes is given up: where no lift is left, those that are fixed are all."""
    asked = law.number("strength-floor", "sessions")
    if not law.offers(lift):
        asked = min(asked, sum(map(lift, law.fixed)))
    if week.count(lift) < asked:
        yield "too few lifts"


# --- rules that are hard where the file makes them so ------------------------------------------------------------


@rule("tempo-touch-once")
def _touch_once(week: Week, _: Law) -> Sentences:
    number = week.count(lambda p: "tempo-touch" in p.like)
    if number > 1:
        yield f"{number} runs with a touch of tempo"


@rule("power-apart-from-hiit")
def _jumps_and_intervals(week: Week, _: Law) -> Sentences:
    return told(week.same_day(GROUPS["power"], very_hard_intervals), "jumps and very hard intervals share the day")


def very_hard_intervals(p: Piece) -> bool:
    return "hiit" in p.kind.tags


@rule("beginner-no-hard-run")
def _no_hard_run(week: Week, law: Law) -> Sentences:
    if law.run_class == "beginner":
        yield from (f"{p.text}: a hard run" for p in week.pieces if fast_run(p) and "race" not in p.like)


@rule("consecutive-runs-beginner")
def _runs_of_beginners(week: Week, law: Law) -> Sentences:
    if law.run_class == "beginner" and week.count(run) <= 3:
        yield from told(week.neighbours(run, run), "runs on neighbouring days")


@rule("no-heavy-legs-before-long-run")
def _legs_before_long_run(week: Week, _: Law) -> Sentences:
    return told(week.neighbours(heavy_legs, long_run), "heavy legs on the day before the long run")


@rule("long-run-apart-from-hard-runs")
def _long_run_and_hard_run(week: Week, _: Law) -> Sentences:
    yield from told(week.neighbours(hard_run, long_run), "a long run on the day after a hard run")
    yield from told(week.neighbours(long_run, hard_run), "a hard run on the day after a long run")


@rule("leg-days-max")
def _leg_days(week: Week, law: Law) -> Sentences:
    numbers = law.setting("leg-days-max")[1]
    growth = law.spec["goal"] == "hypertrophy" and week.count(run) >= 2
    most = min(numbers["days"], numbers["growth_days"]) if growth else numbers["days"]
    days = sum(any(map(leg_work, pieces)) for pieces in week.days)
    if days > most:
        yield f"{days} days of leg work"


@rule("steady-cardio-limit")
def _steady(week: Week, law: Law) -> Sentences:
    number = week.count(lambda p: endurance_work(p) and not is_hard(p))
    if law.primary != "run" and number > law.number("steady-cardio-limit", "sessions"):
        yield f"{number} steady endurance sessions"


@rule("lower-lift-after-easy-day")
def _easy_before_legs(week: Week, _: Law) -> Sentences:
    return told(week.neighbours(taxing, heavy_legs), "no easy day before heavy legs")


@rule("per-session-sets")
def _sets_of_session(week: Week, law: Law) -> Sentences:
    most = law.number("per-session-sets", "half_sets")
    return (f"{p.text}: over {most} half sets" for p in week.pieces if max(half_sets(p).values(), default=0) > most)


@rule("monotony-max")
def _monotony(week: Week, law: Law) -> Sentences:
    loads = [sum(p.kind.srpe * p.minutes for p in pieces) for pieces in week.days]
    mean = Fraction(sum(loads), WEEK)
    variance = sum((load - mean) ** 2 for load in loads) / WEEK
    if mean and mean**2 * 100 > law.number("monotony-max", "tenths") ** 2 * variance:
        yield "the days are too alike"


@rule("race-protect")
def _fresh_for_race(week: Week, _: Law) -> Sentences:
    def race(p: Piece) -> bool:
        return "race" in p.like

    def spoils(p: Piece) -> bool:
        return not race(p) and (key_run(p) or leg_work(p))

    yield from told((pair for days in (1, 2) for pair in week.neighbours(spoils, race, days)), "not fresh for the race")
    yield from told((*week.same_day(race, spoils), *week.neighbours(race, spoils)), "no easy day for or after the race")


# --- judging -----------------------------------------------------------------------------------------------------


def judged(spec: Spec, sessions: Sequence[Mapping[str, Any]]) -> list[Broken]:
    """What a week breaks of all that is hard: rules of the book in force, and what the file counts and forbids."""
    law = Law(spec)
    week = Week.of(law, sessions)
    found = [
        Broken(name, sentence)
        for name, judge in RULES
        if law.hard(name) or name in PARTLY_HARD
        for sentence in judge(week, law)
    ]
    for bound in law.bounds:
        held = sum(p.minutes if bound.minutes else 1 for p in week.pieces if bound.group(p))
        if held < (bound.low or 0) or (bound.high is not None and held > bound.high):
            found.append(Broken(bound.rule, f"{held} of {bound.what}, {bound.low} to {bound.high} wanted"))
    for what, where in spec.get("forbid", {}).items():
        days = days_of(where["days"] if isinstance(where, Mapping) else where, law.monday)
        found += [Broken("user-wish", f"{p.text}: forbidden") for p in week.pieces if p.day in days and named(what)(p)]
    return found


PARTLY_HARD = {
    "late-hard-session", "same-muscle-48h", "long-run-own-day", "easy-day-after-long-run", "weekly-run-ramp",
}  # fmt: skip
"""Rules of which the book has the lesser part soft, and the part that says never or always hard."""


def unasked(spec: Spec, sessions: Sequence[Mapping[str, Any]]) -> list[Broken]:
    """What a planner does not do, though a week by hand may: sessions and lengths that nobody offers, past hours."""
    law = Law(spec)
    pieces = [piece_of(spec, row) for row in sessions]
    given = [p for rows in ("pinned", "done") for p in _served(law, law.spec.get(rows, ()), pieces)[0]]
    found = []
    for p in pieces:
        if p in given:
            continue
        band = spec.get("want", {}).get(p.kind.id)
        lengths = re.findall(r"\d+", str(band["minutes"])) if isinstance(band, Mapping) and "minutes" in band else ()
        if p.kind.id in spec.get("exclude", ()):
            found.append(Broken("exclude", f"{p.text}: never wanted"))
        elif not p.finisher and p.kind.counts and not law.on_menu(p.kind):
            found.append(Broken("menu", f"{p.text}: on no menu"))
        elif not p.finisher and lengths and not int(lengths[0]) <= p.minutes <= int(lengths[-1]):
            found.append(Broken("want", f"{p.text}: {band} asked for"))
        if "now" in spec and p.start < moment(spec["now"]):
            found.append(Broken("now", f"{p.text}: before {spec['now']}"))
    kept = _served(law, spec.get("done", ()), pieces)[1]
    return found + [Broken("done", f"{row['session']} on {row['day']} was done") for row in kept]


def moment(text: str) -> int:
    day, hour = text.split()
    return DAYS.index(day) * DAY + clock(hour)
