"""What may be placed: the goal's menu, the athlete's own wishes and pins, each kind with its lengths."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from microcycle.errors import Path
from microcycle.models.amounts import measure
from microcycle.models.clock import DAY_MIN, Nights
from microcycle.models.goal import Experience, Goal, MenuItem
from microcycle.models.reading import fail
from microcycle.models.request import Request, Want
from microcycle.models.selector import Expression, Piece, Selectors
from microcycle.models.session import LONGEST_STRETCH_MIN, SessionKind
from microcycle.solver import names, underway
from microcycle.solver.gates import Gates, open_pins
from microcycle.solver.illness import GENTLE_MIN
from microcycle.solver.pins import pins_of
from microcycle.solver.problem import Choices, Option, Pin, Placed

LONG = "long-runs | medium-long-like"
NO_TOKEN_MIN = 30
"""A run of somebody who is no beginner is not cut below this to fit more of them into a week (own choice)."""


@dataclass(frozen=True)
class Allowed:
    """What the runs of late leave for this week, in minutes; None where they are not known."""

    single: Expression
    """The runs of which none may be longer than `a_run`."""
    a_run: int | None
    a_week: int | None
    short_week: bool
    """It is less than the card is made for."""
    behind_a_lift: int = DAY_MIN
    """Minutes of endurance work in the visit of a lift, by the hard rules."""


@dataclass(frozen=True)
class Menu(Choices):
    selectors: Selectors
    kinds: Mapping[str, SessionKind]
    """The catalogue's kinds and the athlete's own."""
    options: tuple[Option, ...]
    combos: frozenset[tuple[str, str]]
    pins: tuple[Pin, ...]
    """All that the file fixes, over or not: what follows from their number does not change as they are done."""
    aims: Mapping[str, int]
    """Usual minutes of each kind on the menu."""
    pinned_only: frozenset[tuple[str, int, bool]]
    """Kinds at lengths, attached or not, that stand nowhere but where they are pinned."""
    done_only: frozenset[tuple[str, int, bool]]
    """Kinds at lengths, attached or not, that stand nowhere but where they were done."""
    gone: tuple[Piece, ...]
    """What a gate leaves none of."""
    left_out: tuple[tuple[Piece, Path], ...]
    """What the card has and the file leaves out, with the place where it does so."""
    assumptions: tuple[str, ...]
    left: tuple[Pin, ...] = ()
    """The pins that are still to come."""

    def with_done(self, held: Sequence[Placed], left: tuple[Pin, ...]) -> Menu:
        """The same in a week that has begun: what was done is an option, if only where it was done."""
        lengths: dict[tuple[str, bool], set[int]] = {}
        for o in self.options:
            lengths.setdefault((o.kind.id, o.attached), set()).add(o.minutes)
        was = {(p.kind.id, p.minutes, n > 0): p.kind for visit in underway.visits(held) for n, p in enumerate(visit)}
        done_only = frozenset(key for key in was if key[1] not in lengths.get((key[0], key[2]), ()))
        # As they were done: a length of its own has content of its own.
        rows = {(o.kind.id, o.attached, o.minutes): o.kind for o in self.options}
        rows |= {(name, attached, n): kind for (name, n, attached), kind in was.items()}
        options = tuple(
            Option(i, kind, n, attached) for i, ((_, attached, n), kind) in enumerate(sorted(rows.items(), key=_row))
        )
        return replace(self, options=options, combos=_combos(options), done_only=done_only, left=left)


def menu(
    request: Request,
    goal: Goal,
    classes: Mapping[str, Experience],
    kinds: Mapping[str, SessionKind],
    selectors: Selectors,
    allowed: Allowed,
    gates: Gates,
    *,
    walk_runs: bool,
    cut: bool,
    nights: Nights,
) -> Menu:
    """Options in a fixed order. Bands of runs reach down to what is `allowed` of one, and in a short week
    to the shortest useful run; if `cut`, what is all longer than allowed, or behind a gate, is not offered."""
    notes: list[str] = []
    reach = _Reach(selectors, allowed, cut, goal, allowed.behind_a_lift if cut else DAY_MIN)
    left = unwanted(request, selectors)
    items = {name: item for name, item in goal.menu.items() if _class(kinds[name], classes) in item.classes}
    if walk_runs and "easy-run" in items:
        items.setdefault("walk-run", MenuItem())
        notes.append("Walk-runs are offered: you ran less than an hour a week lately.")
    if request.spec.ill and not any(_is_gentle(kinds[name]) for name in items):
        items.setdefault("light-lift", MenuItem())
    wanted = _wanted_kinds(request, kinds, selectors, left)
    for name in wanted:
        items.setdefault(name, _item(kinds[name], kinds, items))
    shut: dict[Piece, None] = {}
    for name, of in gates.instead():
        before = [p for n, item in items.items() for p in _of_card(kinds[n], item, classes) if selectors.holds(of, p)]
        if before and all(gates.closed(piece) for piece in before):
            items.setdefault(name, MenuItem())
    lengths: dict[tuple[str, bool], set[int]] = {}
    aims: dict[str, int] = {}
    left_out: list[tuple[Piece, Path]] = []
    for name, item in items.items():
        kind = kinds[name]
        offered: dict[bool, set[int]] = {}
        for attached, some in _lengths(request, kind, item, wanted.get(name), classes, reach, notes).items():
            for n in sorted(some):
                option = Option(0, kind, n, attached)
                at = next((path for text, path in left.items() if _refused(selectors, [text], option)), None)
                if at is None:
                    offered.setdefault(attached, set()).add(n)
                else:
                    left_out.append((option.piece, at))
        if gates.bounds:
            behind = [Option(0, kind, n, attached).piece for attached, some in offered.items() for n in some]
            shut |= dict.fromkeys(piece for piece in behind if gates.closed(piece))
            if cut:
                offered = {a: {n for n in some if Option(0, kind, n, a).piece not in shut} for a, some in offered.items()}
        offered = {attached: some for attached, some in offered.items() if some}
        lengths |= {(name, attached): some for attached, some in offered.items()}
        if offered:
            band = set[int]().union(*offered.values())
            band_wanted = wanted[name][1].minutes if name in wanted else None
            aim = band_wanted.aim if band_wanted is not None else None
            aim = aim or item.aim_for(_class(kind, classes)) or kind.minutes.default
            aims[name] = min(band, key=lambda n: (abs(n - aim), n))
    pins = open_pins(request, gates, pins_of(request, kinds, {name for name, _ in lengths}, nights))
    if any(is_race(pin, selectors) for pin in pins):
        # A race is long enough: nobody who has not asked for one gets a long run in its week.
        gone = {
            n
            for n in items
            if n not in wanted and selectors.holds(LONG, Option(0, kinds[n], kinds[n].minutes.max, False).piece)
        }
        lengths = {key: some for key, some in lengths.items() if key[0] not in gone}
    pinned = [(pin, n) for pin in pins for n in pin.minutes]
    fixed = {(pin.kind.id, n, False) for pin, n in pinned}
    fixed |= {(pin.kind.id, n, True) for pin, n in pinned if n <= reach.behind_a_lift and _may_follow(pin, n)}
    pinned_only = frozenset(key for key in fixed if key[1] not in lengths.get((key[0], key[2]), ()))
    for name, n, attached in fixed:
        lengths.setdefault((name, attached), set()).add(n)
    by_pin = {(pin.kind.id, n): pin.kind for pin in pins for n in pin.minutes}
    rows = [(name, attached, n) for (name, attached), some in sorted(lengths.items()) for n in sorted(some)]
    options = tuple(Option(i, by_pin.get((name, n), kinds[name]), n, attached) for i, (name, attached, n) in enumerate(rows))
    if all(option.attached for option in options):
        path: Path = ("exclude",) if request.spec.exclude else ("want",)
        message = "nothing is left on the menu of this goal"
        fail(request.document, path, message, expected="some session to be left over", key=True)
    return Menu(
        selectors,
        kinds,
        options,
        _combos(options),
        pins,
        aims,
        pinned_only,
        frozenset(),
        tuple(shut),
        tuple(left_out),
        tuple(notes),
        pins,
    )


def _may_follow(pin: Pin, minutes: int) -> bool:
    """Whether what is fixed brings an option behind a lift.

    Whoever fixes an easy run to a mere day wants a session, unless the card has lifts end so: it ends one at its hour only.
    """
    return pin.kind.follows_lifts(minutes) or (pin.start is not None and pin.kind.ends_a_lift(minutes))


def _row(row: tuple[tuple[str, bool, int], SessionKind]) -> tuple[str, bool, int]:
    return row[0]


def _item(kind: SessionKind, kinds: Mapping[str, SessionKind], items: Mapping[str, MenuItem]) -> MenuItem:
    """What the card has for a kind that it does not name: what it has for the one that this is like, at its lengths."""
    alike = (items[name] for name in kind.ancestors if name in items and kinds[name].minutes == kind.minutes)
    return next(alike, MenuItem())


def _class(kind: SessionKind, classes: Mapping[str, Experience]) -> Experience:
    return classes["lift" if kind.modality in ("lift", "power") else "run"]


def _of_card(kind: SessionKind, item: MenuItem, classes: Mapping[str, Experience]) -> list[Piece]:
    """What a card offers of a kind, as a session of its own."""
    if item.as_finisher or kind.add_on_to:
        return []
    return [Piece(kind, n, False) for n in _band(kind, item, _class(kind, classes))]


def unwanted(request: Request, selectors: Selectors) -> dict[str, Path]:
    """What the file leaves out, as expressions with their place: `exclude`, and wants of none at all."""
    found: dict[str, Path] = {}
    for i, text in enumerate(request.spec.exclude):
        path = names.at(request, ("exclude",), i)
        # What is only like a kind is on no card: whoever asks for it may do without that kind.
        found[selectors.itself(names.expression(request, selectors, path, text))] = path
    for key, want in request.spec.want.items():
        if want.max == 0 and measure(key) is None:
            path = ("want", key)
            found.setdefault(names.expression(request, selectors, path, key, key=True), path)
    return found


def _refused(selectors: Selectors, unwanted: Iterable[str], option: Option) -> bool:
    """Whether the option, alone or behind another session, is one of those left out."""
    alone = Option(0, option.kind, option.minutes, False).piece
    return any(selectors.holds(text, option.piece) or selectors.holds(text, alone) for text in unwanted)


def _wanted_kinds(
    request: Request, kinds: Mapping[str, SessionKind], selectors: Selectors, unwanted: Mapping[str, Path]
) -> dict[str, tuple[str, Want]]:
    """The kinds that `want` names, with their key and what it says: these are on the menu, whatever the goal."""
    found: dict[str, tuple[str, Want]] = {}
    for key, want in request.spec.want.items():
        path: Path = ("want", key)
        if measure(key) is not None:
            continue
        name = names.expression(request, selectors, path, key, key=True)
        if name not in kinds:
            continue
        if "race" in kinds[name].lineage and kinds[name].modality == kinds["race"].modality:
            fail(request.document, path, "a race is not planned", expected="a race as a pinned session", key=True)
        if name in found:
            fail(request.document, path, f"{name} is asked for twice", expected="one line for each session", key=True)
        options = [Option(0, kinds[name], n, False) for n in kinds[name].lengths]
        gone = [text for text in unwanted if all(_refused(selectors, [text], option) for option in options)]
        if want.min and gone:
            other = request.document.cite(unwanted[gone[0]])
            message = f"{name} is asked for here and left out at {other}"
            fail(request.document, path, message, expected="one or the other", key=True)
        if not (want.max == 0 or gone):
            found[name] = (key, want)
    return found


def is_race(pin: Pin, selectors: Selectors) -> bool:
    """Whether the athlete races: a match that only counts as a race comes every week."""
    return not pin.label and selectors.holds("race-like", Piece(pin.kind, max(pin.minutes), finisher=False))


class _Reach(NamedTuple):
    """How far bands reach down for a short history."""

    selectors: Selectors
    allowed: Allowed
    cut: bool
    """Whether what is longer goes."""
    goal: Goal
    behind_a_lift: int
    """Minutes of endurance work that the hard rules leave in the visit of a lift."""

    def of_goal(self, kind: SessionKind) -> bool:
        """Whether the goal's card asks for such a length."""
        return kind.id in self.goal.menu


def _lengths(
    request: Request,
    kind: SessionKind,
    item: MenuItem,
    wanted: tuple[str, Want] | None,
    classes: Mapping[str, Experience],
    reach: _Reach,
    notes: list[str],
) -> dict[bool, set[int]]:
    """Minutes as a visit's main piece (False) and behind one (True)."""
    if kind.add_on_to:
        return {True: set(kind.minutes.grid) & set(_band(kind, item, _class(kind, classes)))}
    if item.as_finisher:
        assert kind.finisher is not None
        behind = set(kind.finisher.grid) & set(_band(kind, item, _class(kind, classes)))
        if wanted is None:
            return {True: behind}
        return {True: behind, False: _main_lengths(request, kind, MenuItem(), wanted, classes, reach, notes)}
    main = _main_lengths(request, kind, item, wanted, classes, reach, notes)
    if request.spec.ill and _is_gentle(kind):
        # What comes first after an illness is short.
        main |= {n for n in kind.minutes.grid if n in GENTLE_MIN}
    if not kind.counts:
        return {False: main, True: {n for n in main if kind.modality == "mobility" and n <= LONGEST_STRETCH_MIN}}
    return {False: main, True: {n for n in main if n <= reach.behind_a_lift and kind.follows_lifts(n)}}


def _is_gentle(kind: SessionKind) -> bool:
    return kind.counts and kind.modality in ("run", "cross") and kind.intensity == "easy"


def _band(kind: SessionKind, item: MenuItem, experience: Experience) -> range:
    least, most = item.band(experience) or (kind.minutes.min, kind.minutes.max)
    return range(least, most + 1, item.step or kind.minutes.step)


def _main_lengths(
    request: Request,
    kind: SessionKind,
    item: MenuItem,
    wanted: tuple[str, Want] | None,
    classes: Mapping[str, Experience],
    reach: _Reach,
    notes: list[str],
) -> set[int]:
    """The card's band; the athlete's own minutes replace it or reach past it; a short history opens it downwards."""
    band = set(_band(kind, item, _class(kind, classes)))
    if item.minutes is None and kind.counts and kind.finisher is not None:
        # What is short enough to end a lift is no session of its own, unless somebody says how long it is to be.
        band = {n for n in band if n >= kind.minutes.default}
    if wanted is not None and wanted[1].minutes is not None:
        path: Path = ("want", wanted[0], "minutes")
        low, high, aim = wanted[1].minutes
        mine = {n for n in kind.minutes.grid if (low <= n <= high if aim is None else n == aim)}
        if not mine:
            steps = f" in steps of {kind.minutes.step}"
            between = f"of {aim}" if aim is not None else f"of {low}" if low == high else f"between {low} and {high}"
            message = f"{kind.name} has no length {between} minutes"
            expected = f"minutes from {kind.minutes.min} to {kind.minutes.max}{steps}"
            fail(request.document, path, message, expected=expected)
        return mine if aim is None else band | mine
    if kind.modality == "run" and reach.allowed.short_week:
        least = kind.minutes.min if _class(kind, classes) == "beginner" else NO_TOKEN_MIN
        band |= {n for n in kind.minutes.grid if least <= n <= max(band)}
    a_run = reach.allowed.a_run
    watched = a_run is not None and reach.selectors.holds(reach.allowed.single, Option(0, kind, min(band), False).piece)
    if a_run is not None and watched and min(band) > a_run:
        told = "this goal asks for" if reach.of_goal(kind) else "usual"
        notes.append(f"{kind.name}: shorter than {told}, because of your longest run of late.")
        shorter = {n for n in kind.minutes.grid if n <= a_run} or {kind.minutes.min}
        return shorter if reach.cut else band | shorter
    return band


def _combos(options: Collection[Option]) -> frozenset[tuple[str, str]]:
    """Which kinds may follow which in one visit."""
    mains = {o.kind.id: o.kind for o in options if not o.attached}
    behind = [o for o in options if o.attached]
    return frozenset((main.id, o.kind.id) for main in mains.values() for o in behind if o.kind.may_follow(main, o.minutes))


__all__ = ["Menu", "menu"]
