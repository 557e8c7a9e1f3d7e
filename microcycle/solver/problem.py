"""The week to be planned as plain data: integers, sorted, no solver in it. Minutes count from Monday 00:00, local."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING

from microcycle.models.clause import AnyClause, Bound, Severity
from microcycle.models.clock import Nights, Span
from microcycle.models.rule import Level, Rule
from microcycle.models.selector import Expression, Piece, Selectors
from microcycle.models.session import Muscle, SessionKind

if TYPE_CHECKING:
    from microcycle.solver.anchor import Anchor
    from microcycle.solver.wishes import Wish

DAY_MIN = 1440
WEEK_MIN = 7 * DAY_MIN
MISSING = -1
"""The visit of a pinned session that a week lacks."""


@dataclass(frozen=True, slots=True)
class Option:
    """A kind at one length, as the visit's main piece or attached to one."""

    index: int
    kind: SessionKind
    minutes: int
    attached: bool
    """Stands only behind another piece in its visit (a finisher, strides, core)."""

    @property
    def piece(self) -> Piece:
        return Piece(self.kind, self.minutes, self.finisher)

    @property
    def finisher(self) -> bool:
        """A short aerobic piece behind a lift, as opposed to a session there, and to an add-on that never counts."""
        return self.attached and self.kind.counts and self.kind.ends_a_lift(self.minutes)


@dataclass(frozen=True, slots=True)
class Pin:
    """A session that the athlete has fixed: on one of its days, at `start` (minute of day, on into its night) if given."""

    index: int
    kind: SessionKind
    days: tuple[int, ...]
    start: int | None
    minutes: tuple[int, ...]
    outside_windows: bool
    note: str
    label: str
    """What the athlete calls it."""
    path: tuple[str | int, ...]
    """Where the file says so."""
    each: tuple[int, ...] = ()
    """The days of the row, where it fixes one on every one of several: this is the one of its day."""


@dataclass(frozen=True, slots=True)
class Window:
    """Free time on a day, [open, close); a visit keeps `setup` minutes free on both sides within it."""

    index: int
    day: int
    open: int
    close: int
    setup: int
    only: str | None
    """Selector expression of the kinds that may be done here; None for all."""
    place: str | None
    path: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Room for one visit: its start lies in [low, high], its end is at most `close`; a day's are in time order."""

    index: int
    day: int
    low: int
    high: int
    close: int
    window: int | None
    """None for the place of a pin with a fixed start."""
    room: int
    """Places of one room follow each other in time."""
    pin: int | None
    given: tuple[tuple[int, int, bool], ...]
    """(pin, day, whether it stands on that day): the room exists only then. For pins that may choose their day."""
    options: tuple[int, ...]
    """Main options that fit here."""
    attached: tuple[int, ...]
    """Options that may stand behind a main one here."""
    done: bool = False
    """It holds what was done, all of it."""
    joint: bool = False
    """It ends with the session that is fixed, straight behind another one: both of them or none."""
    lead: int | None = None
    """Of a joint one, the pin of its first session, if that is fixed too."""
    after: int | None = None
    """The place of its room without which it is not used: no two names for the same day."""

    def fixed_at(self, attached: bool) -> int | None:
        """The pin with a start that its main or its attached piece is."""
        if self.joint:
            return self.pin if attached else self.lead
        return None if attached else self.pin


@dataclass(frozen=True, slots=True)
class Placed:
    """One piece of a finished week, or of last week (negative day and times)."""

    kind: SessionKind
    minutes: int
    day: int
    start: int | None
    """Minute of the week; None where the week gives no time."""
    visit: int
    """Pieces with the same day and visit number belong to one visit, in list order."""
    finisher: bool = False
    pin: int | None = None
    window: int | None = None
    label: str = ""
    done: bool = False
    """It has been done: no rule can change it."""
    fixed_on: tuple[int, ...] | None = None
    """The day on which it was fixed, where that is told: none for what was not."""

    @property
    def piece(self) -> Piece:
        return Piece(self.kind, self.minutes, self.finisher)

    @property
    def counted(self) -> bool:
        """A session of its own: no walk, no stretching, no short end to a lift."""
        return self.kind.counts and not self.finisher

    @property
    def end(self) -> int | None:
        return None if self.start is None else self.start + self.minutes


@dataclass(frozen=True, slots=True)
class RuleInstance:
    """One clause of a rule as it is in force for this request: parameters are numbers, the severity is decided."""

    index: int
    rule: Rule
    clause: AnyClause
    severity: Severity
    level: Level
    weight: int
    """Cost of one unit of amount in its level; 0 for a hard clause."""
    path: tuple[str | int, ...] | None = None
    """Where the athlete's file asks for it; None for the rulebook's own."""
    params: Mapping[str, int] = field(default_factory=dict)
    """The rule's parameters as they are in force, for its statement."""

    @property
    def hard(self) -> bool:
        return self.severity == "hard"


class Choices:
    """Options with what judges them: which of them an expression names is worked out once."""

    options: tuple[Option, ...]
    selectors: Selectors

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """What a selector judges of each option, by its index."""
        return tuple(option.piece for option in self.options)

    @cached_property
    def _members(self) -> dict[Expression, frozenset[int]]:
        return {}

    def members(self, of: Expression) -> frozenset[int]:
        """Indices of the options that a selector holds."""
        if of not in self._members:
            holds = self.selectors.holds
            self._members[of] = frozenset([o for o, piece in enumerate(self.pieces) if holds(of, piece)])
        return self._members[of]


@dataclass(frozen=True)
class Problem(Choices):
    """All that the encoding, the families and the audit know of a request."""

    goal: str
    primary: str
    selectors: Selectors
    kinds: Mapping[str, SessionKind]
    options: tuple[Option, ...]
    combos: frozenset[tuple[str, str]]
    """(main kind, attached kind) pairs that may share a visit."""
    windows: tuple[Window, ...]
    places: tuple[Place, ...]
    pins: tuple[Pin, ...]
    rules: tuple[RuleInstance, ...]
    levels: tuple[Level, ...]
    history: tuple[Placed, ...]
    """Last week's sessions; empty where the week is cyclic only."""
    wraps: bool
    """The end of the week meets its own Monday."""
    nights: Nights
    grid: int
    stated: tuple[Window, ...] | None = None
    """The file's windows, where `windows` are whole days and those may give way (hours `all`, for conflicts)."""
    reference: tuple[Placed, ...] = ()
    """The week to stay close to."""
    done: tuple[Placed, ...] = ()
    """What this week holds already."""
    before: tuple[Window, ...] = ()
    """In a week that has begun, the windows as they were before."""
    gone: tuple[tuple[int, int], ...] = ()
    """Starts and ends of what was fixed and is over: it has cut the windows."""
    kept: frozenset[tuple[str, int]] = frozenset()
    """Kind and start of what was fixed at an hour, and has been done then."""
    clock_changes: tuple[tuple[int, int], ...] = ()
    """(minute of week, minutes gained) of each clock change in a dated week: real time is local minus the gained."""
    seconds_per_km: int = 0
    declared_primary: bool = True
    assumptions: tuple[str, ...] = ()
    offers: tuple[tuple[str, str], ...] = ()
    not_judged: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    """What comes before any plan."""
    figures: bool = True
    """Whether weight, food and energy may be told."""
    gates: tuple[tuple[str, Bound], ...] = ()
    """Clauses that leave nothing on the menu, with their rules' ids."""
    anchors: tuple[Anchor, ...] = ()
    """Weeks that were planned, and how near to them this one stays."""
    wishes: tuple[Wish, ...] = ()
    """What the week has to be beside all rules (for questions)."""
    ceilings: Mapping[int, int] = field(default_factory=dict)
    """The most that a soft rule's amount may come to, by its index (for questions, and for what is done already)."""
    experience: Mapping[str, str] = field(default_factory=dict)
    policies: Mapping[str, str] = field(default_factory=dict)

    @property
    def whole(self) -> tuple[Window, ...]:
        """The windows of the whole week, over or not."""
        return self.before or self.windows

    def real(self, minute: int) -> int:
        """Elapsed minutes at a local minute of the week: a night in which the clock goes forward is an hour shorter."""
        return minute - sum(gain for at, gain in self.clock_changes if minute >= at)

    @cached_property
    def _nights(self) -> tuple[Span, ...]:
        return self.nights.asleep()

    def asleep(self, start: int, end: int) -> list[Span]:
        """The nights, in minutes of the week, that meet this time."""
        return [night for night in self._nights if start < night.end and night.start < end]

    def fixed(self, placed: Placed) -> bool:
        """Whether the athlete has said at what hour this session is."""
        if placed.done:
            return (placed.kind.id, placed.start) in self.kept
        return placed.pin is not None and self.pins[placed.pin].start is not None

    def held(self, place: Place) -> bool:
        """Whether the athlete has said at what hour a session of this place is, done by now or not."""
        return any(self.said(place, o) for o in (*place.options, *place.attached))

    def said(self, place: Place, o: int) -> bool:
        """Whether the athlete has said at what hour an option of this place is, done by now or not."""
        option = self.options[o]
        if not place.done:
            return place.fixed_at(option.attached) is not None
        # What was done stands in its order, one behind the other.
        before = takewhile(lambda other: other != o, (*place.options, *place.attached))
        start = place.low + sum(self.options[other].minutes for other in before)
        return (option.kind.id, start) in self.kept

    @cached_property
    def metres_per_minute_x1000(self) -> int:
        """Easy running speed; 9:00 a mile where no pace is known (the assumption of the mileage table, S000)."""
        return 60_000_000 // (self.seconds_per_km or 335)

    def honouring(self, place: Place, pin: Pin) -> Iterator[int]:
        """The options at a place that would honour a pin, by itself or behind another session in its visit."""
        found: list[int] = []
        if pin.start is None and place.day in pin.days and not place.done:
            parts = ((place.options, False), (place.attached, True))
            found = [o for part, attached in parts if place.fixed_at(attached) is None for o in part]
        elif pin.start is not None:
            parts = ((place.options, False), (place.attached, True))
            found = [o for part, attached in parts if place.fixed_at(attached) == pin.index for o in part]
        for o in found:
            option = self.options[o]
            if option.kind.id == pin.kind.id and option.minutes in pin.minutes:
                yield o

    def value(self, quantity: str, muscle: Muscle | None, piece: Piece) -> int:
        """What one piece adds to a quantity that is summed: see `Quantity` in models.clause for the units."""
        if quantity in ("sessions", "visits"):
            return 1
        if quantity == "minutes":
            return piece.minutes
        if quantity == "fast-minutes":
            return piece.kind.content(piece.minutes).fast_min
        if quantity == "load":
            return piece.kind.load(piece.minutes)
        if quantity == "metres":
            return piece.minutes * self.metres_per_minute_x1000 // 1000 if piece.kind.modality == "run" else 0
        if quantity in ("sets", "leg-sets-and-runs"):
            sets = piece.kind.content(piece.minutes).sets
            most = max(sets.values(), default=0) if muscle is None else sets.get(muscle, 0)
            if quantity == "leg-sets-and-runs" and piece.kind.modality == "run":
                return 2
            return most
        raise ValueError(quantity)
