"""Session kinds: what a session is, how long it may be, and the typed steps that fill it."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Modality = Literal["run", "lift", "power", "cross", "mobility", "walk", "rest"]
Intensity = Literal["easy", "moderate", "hard"]
LegLoad = Literal["none", "light", "moderate", "heavy"]
Effort = Literal["easy", "steady", "marathon", "threshold", "interval", "sprint", "race"]
Muscle = Literal["quads", "hamstrings", "glutes", "calves", "chest", "back", "shoulders", "biceps", "triceps", "core"]
MUSCLES: tuple[Muscle, ...] = get_args(Muscle)
# The two words under which people write several muscles at once.
MUSCLE_GROUPS: Mapping[str, tuple[Muscle, ...]] = {"legs": MUSCLES[:4], "upper": MUSCLES[4:9]}

LONGEST_STRETCH_MIN = 20
"""Mobility up to this length may follow a session in its visit (own choice)."""
# Nobody times the rests of a lift to the minute: a lift may leave so much of its length unplanned.
LIFT_SLACK_MIN = 9
# Below this many sets an accessory exercise is not counted as hard sets.
ACCESSORY_HARD_FROM = 3


def _rising(span: tuple[int, int, int]) -> tuple[int, int, int]:
    if not 0 <= span[0] <= span[1] <= span[2]:
        raise ValueError(f"[least, usual, most] must rise from 0 or more, not {list(span)}")
    return span


def _spread_groups(muscles: object) -> object:
    """Write out "legs" and "upper", in the order of MUSCLES and without repeats."""
    if not isinstance(muscles, list | tuple) or not all(isinstance(m, str) for m in muscles):
        return muscles
    named = {single for muscle in muscles for single in MUSCLE_GROUPS.get(muscle, (muscle,))}
    return tuple(m for m in MUSCLES if m in named) + tuple(sorted(named.difference(MUSCLES)))


Span = Annotated[tuple[int, int, int], AfterValidator(_rising)]
Muscles = Annotated[tuple[Muscle, ...], BeforeValidator(_spread_groups)]
Source = Annotated[str, Field(pattern=r"^([A-Z][A-Z0-9]*|own)$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Minutes(_Frozen):
    """The lengths of a kind: min, min + step, ..., max. All in minutes and multiples of 5."""

    min: int = Field(ge=0)
    max: int
    step: int = Field(default=5, ge=5)
    default: int

    @model_validator(mode="after")
    def _on_grid(self) -> Minutes:
        if self.max < self.min:
            raise ValueError(f"max {self.max} is less than min {self.min}")
        off = [name for name in ("min", "max", "step", "default") if getattr(self, name) % 5]
        if off:
            raise ValueError(f"not a multiple of 5 minutes: {', '.join(off)}")
        if (self.max - self.min) % self.step:
            raise ValueError(f"steps of {self.step} from {self.min} never reach max {self.max}")
        if self.default not in self.grid:
            raise ValueError(f"default {self.default} is not one of {self.min}-{self.max} by {self.step}")
        return self

    @property
    def grid(self) -> range:
        return range(self.min, self.max + 1, self.step)


class Finisher(_Frozen):
    """How long a kind may be as a short finish to a lift in the same visit, by 5 minutes."""

    min: int = Field(ge=5, multiple_of=5)
    max: int = Field(ge=5, multiple_of=5)

    @model_validator(mode="after")
    def _ordered(self) -> Finisher:
        if self.max < self.min:
            raise ValueError(f"max {self.max} is less than min {self.min}")
        return self

    @property
    def grid(self) -> range:
        return range(self.min, self.max + 1, 5)


def clock_text(seconds: int) -> str:
    """A length for a reader: "20 s", "90 s", "3 min", "2:30 min"."""
    minutes, rest = divmod(seconds, 60)
    if rest:
        return f"{seconds} s" if seconds <= 90 else f"{minutes}:{rest:02} min"
    return f"{minutes} min"


class _Step(_Frozen):
    """A step grows by whole amounts (minutes, repeats, sets, rounds) from the least of its span to the most.

    Each also has `span`, `seconds(amount)` and `say(amount)`, the words for a plan (of seconds: Steady).
    """

    def fast_seconds(self, amount: int) -> int:  # noqa: ARG002
        return 0

    def half_sets(self, amount: int) -> dict[Muscle, int]:  # noqa: ARG002
        return {}


class Steady(_Step):
    """One effort without a break; `fast` is the percentage of it that is fast work."""

    do: Literal["steady"]
    effort: Effort
    words: str = ""
    minutes: Span
    by: int = Field(default=1, ge=1)
    fast: int = Field(default=0, ge=0, le=100)
    warm_up: bool = False

    @property
    def span(self) -> Span:
        return self.minutes

    def seconds(self, amount: int) -> int:
        return amount * 60

    def fast_seconds(self, amount: int) -> int:
        return amount * 60 * self.fast // 100

    def say(self, seconds: int) -> str:
        return f"{clock_text(seconds)} {self.words or self.effort}"


class Repeats(_Step):
    """Work and recovery in turn; no recovery after the last repeat."""

    do: Literal["repeats"]
    reps: Span
    work_s: int = Field(gt=0)
    work: Effort
    work_words: str
    recovery_s: int = Field(ge=0)
    recovery: Effort = "easy"
    recovery_words: str
    fast: bool = True

    @property
    def span(self) -> Span:
        return self.reps

    def seconds(self, amount: int) -> int:
        return amount * self.work_s + max(0, amount - 1) * self.recovery_s

    def fast_seconds(self, amount: int) -> int:
        return amount * self.work_s if self.fast else 0

    def say(self, amount: int) -> str:
        work = f"{amount} x {clock_text(self.work_s)} {self.work_words}"
        return f"{work} with {clock_text(self.recovery_s)} {self.recovery_words}"


class Worked(_Frozen):
    """A named exercise and the muscles whose sets it counts for: direct 1, indirect one half."""

    name: str
    direct: Muscles = ()
    indirect: Muscles = ()
    hard: bool = True

    @model_validator(mode="after")
    def _once(self) -> Worked:
        twice = set(self.direct) & set(self.indirect)
        if twice:
            raise ValueError(f"{self.name}: both direct and indirect: {', '.join(sorted(twice))}")
        return self

    def halves(self, sets: int) -> dict[Muscle, int]:
        if not self.hard or not sets:
            return {}
        return dict.fromkeys(self.direct, 2 * sets) | dict.fromkeys(self.indirect, sets)


class Exercise(_Step, Worked):
    """Sets of one lift; `set_s` is one set with the rest after it."""

    do: Literal["exercise"]
    sets: Span
    reps: str
    load: str = ""
    set_s: int = Field(gt=0)
    accessory: bool = False

    @property
    def span(self) -> Span:
        return self.sets

    def seconds(self, amount: int) -> int:
        return amount * self.set_s

    def half_sets(self, amount: int) -> dict[Muscle, int]:
        return {} if self.accessory and amount < ACCESSORY_HARD_FROM else self.halves(amount)

    def say(self, amount: int) -> str:
        load = f" @{self.load}" if "%" in self.load else f" ({self.load})" if self.load else ""
        return f"{self.name} {amount}x{self.reps}{load}"


class Circuit(_Step):
    """Rounds of stations, one set per station and round, with a rest between rounds."""

    do: Literal["circuit"]
    rounds: Span
    stations: tuple[Worked, ...] = Field(min_length=1)
    work_s: int = Field(gt=0)
    move_s: int = Field(ge=0)
    rest_s: int = Field(ge=0)

    @property
    def span(self) -> Span:
        return self.rounds

    def seconds(self, amount: int) -> int:
        each = len(self.stations) * (self.work_s + self.move_s)
        return amount * each + max(0, amount - 1) * self.rest_s

    def half_sets(self, amount: int) -> dict[Muscle, int]:
        return _added(station.halves(amount) for station in self.stations)

    def say(self, amount: int) -> str:
        names = ", ".join(station.name for station in self.stations)
        times = f"{self.work_s} s each, {self.move_s} s to move, {clock_text(self.rest_s)} between rounds"
        return f"{amount} rounds of {names} ({times})"


Step = Annotated[Steady | Repeats | Exercise | Circuit, Field(discriminator="do")]


def _added(parts: Iterable[Mapping[Muscle, int]]) -> dict[Muscle, int]:
    total: Counter[Muscle] = Counter()
    for part in parts:
        total.update(part)
    return {muscle: total[muscle] for muscle in MUSCLES if total[muscle]}


def _absorbs(step: Step) -> bool:
    """Easy running takes up what the counted work leaves; all else comes in whole amounts."""
    return isinstance(step, Steady) and not step.fast


@dataclass(frozen=True)
class PlannedStep:
    """One step as planned: the typed step, its amount (0 for plain minutes), its length, its words."""

    step: Steady | Repeats | Exercise | Circuit
    amount: int
    seconds: int
    text: str


@dataclass(frozen=True)
class Content:
    """What a session of one length holds; `sets` are hard sets per muscle in half sets."""

    steps: tuple[PlannedStep, ...]
    text: str
    fast_min: int
    sets: Mapping[Muscle, int]
    warm_up_min: int


@dataclass(frozen=True)
class _Ladder:
    """The order in which the counted steps of a kind grow, one whole amount per rung.

    A session takes the longest ladder that fits, never a rung out of turn: so more minutes cannot
    give less of anything, which picking the best fit anew for each length could.
    """

    seconds: tuple[int, ...]
    amounts: tuple[tuple[int, ...], ...]
    usual: int  # the rung on which every step has its usual amount


def _climb(steps: Sequence[Step]) -> _Ladder:
    """Main work first and accessories last, a set for each in turn: to the usual, then to the most."""
    counted = [step for step in steps if not _absorbs(step)]
    amounts = [step.span[0] for step in counted]
    rungs = [tuple(amounts)]
    usual = 0
    for goal in (1, 2):
        for accessory in (False, True):
            group = [i for i, s in enumerate(counted) if getattr(s, "accessory", False) is accessory]
            while any(amounts[i] < counted[i].span[goal] for i in group):
                for i in group:
                    limit = counted[i].span[goal]
                    if amounts[i] < limit:
                        amounts[i] = min(limit, amounts[i] + getattr(counted[i], "by", 1))
                        rungs.append(tuple(amounts))
        usual = len(rungs) - 1 if goal == 1 else usual
    totals = (sum(s.seconds(a) for s, a in zip(counted, rung, strict=True)) for rung in rungs)
    return _Ladder(tuple(totals), tuple(rungs), usual)


def _fill(
    steps: Sequence[Step], ladder: _Ladder, usual_at: int, slack_min: int, minutes: int
) -> tuple[tuple[int, ...], list[int], int]:
    """Amounts of the counted steps, seconds of the easy ones, seconds left over (negative: too short)."""
    easy = [step for step in steps if isinstance(step, Steady) and _absorbs(step)]
    given = [step.minutes[0] * 60 for step in easy]

    def rung(length: int, reserved: int, top: int) -> int:
        return max(0, bisect_right(ladder.seconds, length * 60 - reserved, 0, top + 1) - 1)

    at = rung(min(minutes, usual_at), sum(given), ladder.usual)
    if minutes > usual_at:
        # Longer than usual: no need to squeeze the warm-up for one more repeat.
        at = max(at, rung(minutes, sum(s.minutes[1] for s in easy) * 60, len(ladder.seconds) - 1))
    left = minutes * 60 - ladder.seconds[at] - sum(given)
    for i, step in enumerate(easy):
        more = max(0, min(left, step.minutes[1] * 60 - given[i]))
        if slack_min or i < len(easy) - 1:
            more -= more % 60  # odd seconds go to the cool-down, or to a lift's slack
        given[i] += more
        left -= more
    for i, step in reversed(list(enumerate(easy))):
        need = -(-(left - slack_min * 60) // 60) * 60 if slack_min else left
        more = max(0, min(need, step.minutes[2] * 60 - given[i]))
        given[i] += more
        left -= more
    return ladder.amounts[at], given, left


def misfit(steps: Sequence[Step], usual_at: int, slack_min: int, lengths: Iterable[int]) -> str | None:
    """Why the steps cannot make up one of the lengths; None when they can."""
    ladder = _climb(steps)
    for minutes in lengths:
        left = _fill(steps, ladder, usual_at, slack_min, minutes)[2]
        if left < 0:
            return f"the steps take at least {clock_text(minutes * 60 - left)}, more than {minutes} min"
        if left > slack_min * 60:
            return f"the steps leave {clock_text(left)} of {minutes} min empty (allowed: {slack_min} min)"
    return None


class SessionKind(_Frozen):
    """A kind of session as the catalogue or a coach defines it.

    Derive variants with `models.derive`, never with `model_copy`, which would skip every check here.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
    name: str = Field(min_length=1)
    short: str = Field(min_length=1, max_length=12)
    modality: Modality
    intensity: Intensity
    leg_load: LegLoad
    minutes: Minutes
    srpe: int = Field(ge=0, le=10)
    recovery_h: int = Field(ge=0)  # for the reader only; no rule may use it
    muscles: Muscles = ()
    hard_from: int | None = Field(default=None, gt=0)
    counts: bool = True  # False: never a lift, a run or a visit to any rule
    finisher: Finisher | None = None
    add_on_to: tuple[str, ...] = ()  # stands only in one visit with one of these kinds
    tags: tuple[str, ...] = ()
    sources: tuple[Source, ...] = Field(min_length=1)
    steps: tuple[Step, ...] = ()
    usual_at: int | None = None  # the length at which the steps are at their usual; else the default
    ancestors: tuple[str, ...] = ()  # what an own kind is like, and what that is like in turn (derive.derive)
    also: tuple[int, ...] = ()  # lengths off the band that are facts: a pinned or a past session (derive.at_length)

    @model_validator(mode="after")
    def _fillable(self) -> SessionKind:
        for step in self.steps:
            worked = step.stations if isinstance(step, Circuit) else [step]
            stray = {m for w in worked if isinstance(w, Worked) for m in (*w.direct, *w.indirect)}
            stray -= set(self.muscles)
            if stray:
                raise ValueError(f"{self.id}: works {', '.join(sorted(stray))}, not among its muscles")
        problem = misfit(self.steps, self.usual_length, self.slack_min, self.lengths)
        if problem:
            raise ValueError(f"{self.id}: {problem}")
        return self

    @cached_property
    def lineage(self) -> tuple[str, ...]:
        """The kinds that it is: itself and its ancestors."""
        return (self.id, *self.ancestors)

    @property
    def usual_length(self) -> int:
        return self.minutes.default if self.usual_at is None else self.usual_at

    @property
    def slack_min(self) -> int:
        return LIFT_SLACK_MIN if self.modality in ("lift", "power") else 0

    def ends_a_lift(self, minutes: int) -> bool:
        """Whether so short a piece, behind a lift, is the lift's end and no session of its own."""
        return self.counts and self.finisher is not None and minutes <= self.finisher.max

    def follows_lifts(self, minutes: int) -> bool:
        """Whether it is endurance work that may stand straight behind a lift as a session of its own."""
        short = self.finisher is None or self.ends_a_lift(minutes)
        return self.counts and not short and self.intensity_at(minutes) != "hard"

    def may_follow(self, first: SessionKind, minutes: int) -> bool:
        """Whether it may stand straight behind another session, in its visit: for the solver and for the audit.

        Strides behind an easy run, endurance work that is not hard behind a lift or jumps, short mobility behind any.
        """
        if self.add_on_to:
            return not set(first.lineage).isdisjoint(self.add_on_to)
        if self.counts:
            lift = first.counts and first.modality in ("lift", "power")
            return lift and (self.ends_a_lift(minutes) or self.follows_lifts(minutes))
        return self.modality == "mobility" and first.counts and minutes <= LONGEST_STRETCH_MIN

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """Every length that `content` knows: the kind's own, those it has as a finisher only, those that are facts."""
        return tuple(sorted({*self.minutes.grid, *(self.finisher.grid if self.finisher else ()), *self.also}))

    @cached_property
    def is_fast(self) -> bool:
        """Whether some of the session is fast work."""
        return any(step.fast_seconds(step.span[2]) for step in self.steps)

    @cached_property
    def _ladder(self) -> _Ladder:
        return _climb(self.steps)

    @cached_property
    def _contents(self) -> dict[int, Content]:
        return {}

    def load(self, minutes: int) -> int:
        """Session load in AU: session-RPE times minutes (FOS98)."""
        return self.srpe * minutes

    def intensity_at(self, minutes: int) -> Intensity:
        return "hard" if self.hard_from is not None and minutes >= self.hard_from else self.intensity

    def content(self, minutes: int) -> Content:
        """The session planned for `minutes`; raises ValueError for a length that the kind has not."""
        if minutes not in self._contents:
            if minutes not in self.lengths:
                raise ValueError(f"{self.id}: no length of {minutes} min (has {', '.join(map(str, self.lengths))})")
            self._contents[minutes] = self._planned(minutes)
        return self._contents[minutes]

    def _planned(self, minutes: int) -> Content:
        amounts, easy, _ = _fill(self.steps, self._ladder, self.usual_length, self.slack_min, minutes)
        counted, seconds = iter(amounts), iter(easy)
        planned: list[PlannedStep] = []
        for step in self.steps:
            if isinstance(step, Steady):
                length = next(seconds) if _absorbs(step) else step.seconds(next(counted))
                planned.append(PlannedStep(step, 0, length, step.say(length)))
            else:
                amount = next(counted)
                planned.append(PlannedStep(step, amount, step.seconds(amount), step.say(amount)))
        planned = [p for p in planned if p.seconds]
        fast = sum(p.step.fast_seconds(p.seconds // 60 if isinstance(p.step, Steady) else p.amount) for p in planned)
        warm_up = sum(p.seconds for p in planned if isinstance(p.step, Steady) and p.step.warm_up)
        return Content(
            steps=tuple(planned),
            text=", ".join(p.text for p in planned) or "nothing planned",
            fast_min=(fast + 30) // 60,
            sets=_added(p.step.half_sets(p.amount) for p in planned),
            warm_up_min=warm_up // 60,
        )
