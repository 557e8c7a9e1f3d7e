"""What may be placed: the goal's menu, the athlete's own wishes and pins, each kind with its lengths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from microcycle.errors import Path
from microcycle.models.catalogue import Catalogue
from microcycle.models.goal import Experience, Goal, MenuItem
from microcycle.models.reading import fail
from microcycle.models.request import PinSpec, Request
from microcycle.models.selector import Selectors
from microcycle.models.session import SessionKind, derive
from microcycle.solver.calendar import day_of
from microcycle.solver.problem import Option, Pin


@dataclass(frozen=True)
class Menu:
    kinds: Mapping[str, SessionKind]
    """The catalogue's kinds and the athlete's own."""
    options: tuple[Option, ...]
    combos: frozenset[tuple[str, str]]
    pins: tuple[Pin, ...]
    aims: Mapping[str, int]
    """Usual minutes of each kind on the menu."""
    pinned_only: frozenset[str]
    """Kinds that stand nowhere but where they are pinned."""
    assumptions: tuple[str, ...]


def own_kinds(request: Request, catalogue: Catalogue) -> dict[str, SessionKind]:
    """The catalogue's kinds with the file's own; each of those is like another but for what it states."""
    kinds = dict(catalogue.kinds)
    for name, own in request.spec.sessions.items():
        path: Path = ("sessions", name)
        if own.like not in kinds:
            fail(request.document, (*path, "like"), f"unknown session '{own.like[:40]}'", candidates=kinds)
        if name in catalogue.selector_rows:
            fail(request.document, path, f"'{name[:40]}' already names a group of sessions", key=True)
        changes = own.model_dump(exclude_none=True, exclude={"like"})
        changes.setdefault("name", name.replace("-", " ").capitalize())
        try:
            kinds[name] = derive(kinds[own.like], name, changes)
        except ValidationError as error:
            what = error.errors()[0]
            fail(
                request.document,
                path,
                f"this session cannot be: {str(what['msg']).removeprefix('Value error, ')[:200]}",
            )
        except ValueError as error:
            fail(request.document, path, f"this session cannot be: {str(error)[:200]}")
    return kinds


def at_length(kind: SessionKind, minutes: int) -> SessionKind:
    """The kind, able to last so long: a fixed or past session may be shorter or longer than any planned one."""
    if minutes in kind.lengths:
        return kind
    low, high = min(kind.minutes.min, minutes), max(kind.minutes.max, minutes)
    try:
        return derive(kind, kind.id, {"minutes": f"{low // 5 * 5}-{-(-high // 5) * 5}"})
    except ValueError:
        return derive(kind, kind.id, {"minutes": str(minutes)})


def menu(
    request: Request,
    goal: Goal,
    classes: Mapping[str, Experience],
    kinds: Mapping[str, SessionKind],
    selectors: Selectors,
    longest_run: int | None,
    *,
    walk_runs: bool,
) -> Menu:
    """Options in a fixed order. `longest_run`: no run may be longer (minutes), so bands reach down to it."""
    document, notes = request.document, list[str]()
    for i, name in enumerate(request.spec.exclude):
        check_name(request, selectors, ("exclude", i) if len(request.spec.exclude) > 1 else ("exclude",), name)
    items = {name: item for name, item in goal.menu.items() if _class(kinds[name], classes) in item.classes}
    if walk_runs and "easy-run" in items:
        items["walk-run"] = MenuItem()
        notes.append("Walk-runs are offered: you ran less than an hour a week lately.")
    for name in request.spec.want:
        if name in kinds and name not in items:
            items[name] = MenuItem()
    pins = tuple(_pin(request, i, spec, kinds, items) for i, spec in enumerate(request.spec.pinned))
    pinned_only = frozenset({pin.kind.id for pin in pins} - set(items))
    lengths: dict[tuple[str, bool], set[int]] = {}
    aims: dict[str, int] = {}
    for name, item in items.items():
        kind = kinds[name]
        if any(_excluded(selectors, wanted, kind) for wanted in request.spec.exclude):
            continue
        if item.as_finisher:
            assert kind.finisher is not None
            lengths[name, True] = set(kind.finisher.grid) & set(_band(kind, item, _class(kind, classes)))
        elif kind.add_on_to:
            lengths[name, True] = set(kind.minutes.grid) & set(_band(kind, item, _class(kind, classes)))
        else:
            lengths[name, False] = _lengths(request, kind, item, classes, longest_run, notes)
            if not kind.counts and kind.modality == "mobility":
                lengths[name, True] = {n for n in lengths[name, False] if n <= 20}
        aims[name] = item.aim_for(_class(kind, classes)) or kind.minutes.default
    for pin in pins:
        lengths.setdefault((pin.kind.id, False), set()).update(pin.minutes)
    options: list[Option] = []
    by_pin = {(pin.kind.id, n): pin.kind for pin in pins for n in pin.minutes}
    for (name, attached), minutes in sorted(lengths.items()):
        for n in sorted(minutes):
            options.append(Option(len(options), by_pin.get((name, n), kinds[name]), n, attached))
    if not options:
        fail(document, ("exclude",), "nothing is left on the menu of this goal")
    return Menu(kinds, tuple(options), _combos(options), pins, aims, pinned_only, tuple(notes))


def _class(kind: SessionKind, classes: Mapping[str, Experience]) -> Experience:
    return classes["lift" if kind.modality in ("lift", "power") else "run"]


def _band(kind: SessionKind, item: MenuItem, experience: Experience) -> range:
    least, most = item.band(experience) or (kind.minutes.min, kind.minutes.max)
    return range(least, most + 1, item.step or kind.minutes.step)


def _lengths(
    request: Request,
    kind: SessionKind,
    item: MenuItem,
    classes: Mapping[str, Experience],
    longest_run: int | None,
    notes: list[str],
) -> set[int]:
    """The card's band; the athlete's own minutes replace it; a short history opens it downwards."""
    band = list(_band(kind, item, _class(kind, classes)))
    want = request.spec.want.get(kind.id)
    if want is not None and want.minutes is not None:
        path: Path = ("want", kind.id, "minutes")
        try:
            ends = want.band
        except ValueError as error:
            fail(request.document, path, str(error))
        assert ends is not None
        band = [n for n in kind.minutes.grid if ends[0] <= n <= ends[1]]
        if not band:
            fail(
                request.document,
                path,
                f"{kind.name} has no length between {ends[0]} and {ends[1]} minutes",
                expected=f"minutes from {kind.minutes.min} to {kind.minutes.max}",
            )
        return set(band)
    if longest_run is not None and kind.modality == "run" and min(band) > longest_run:
        shorter = [n for n in kind.minutes.grid if n <= longest_run] or [kind.minutes.min]
        notes.append(f"{kind.name}: shorter than this goal asks for, because of your longest run of late.")
        return set(shorter)
    return set(band)


def _combos(options: Iterable[Option]) -> frozenset[tuple[str, str]]:
    """Which kinds may follow which in one visit."""
    mains = {o.kind.id: o.kind for o in options if not o.attached}
    behind = {o.kind.id: o.kind for o in options if o.attached}
    return frozenset(
        (main.id, kind.id)
        for main in mains.values()
        for kind in behind.values()
        if (
            main.id in kind.add_on_to
            if kind.add_on_to
            else main.modality in ("lift", "power")
            if kind.counts
            else main.counts
        )
    )


def _excluded(selectors: Selectors, expression: str, kind: SessionKind) -> bool:
    return all(selectors.holds(expression, Option(0, kind, n, False).piece) for n in kind.minutes.grid)


def check_name(request: Request, selectors: Selectors, path: Path, name: str, *, key: bool = False) -> None:
    """Refuses what is neither a kind nor a group of kinds."""
    try:
        selectors.names(name)
    except ValueError as error:
        fail(request.document, path, str(error), key=key)
    except KeyError as error:
        found = str(error.args[0])
        fail(
            request.document,
            path,
            f"unknown session '{found[:40]}'",
            candidates=[*selectors.kinds, *selectors.rows],
            key=key,
        )


def _pin(
    request: Request,
    index: int,
    spec: PinSpec,
    kinds: Mapping[str, SessionKind],
    items: Mapping[str, MenuItem],
) -> Pin:
    path: Path = ("pinned", index)
    name = spec.counts_as or spec.session
    if name not in kinds:
        where = "counts_as" if spec.counts_as else "session"
        fail(request.document, (*path, where), f"unknown session '{name[:40]}'", candidates=kinds)
    kind = kinds[name]
    if spec.date is not None:
        day = day_of(request, (*path, "date"), spec.date)
        if day is None:
            assert request.monday is not None
            fail(
                request.document,
                (*path, "date"),
                f"this date is not in the week of {request.monday.isoformat()}",
            )
        days: tuple[int, ...] = (day,)
    else:
        assert spec.day is not None
        days = spec.day
    if spec.minutes is not None:
        minutes: tuple[int, ...] = (spec.minutes,)
        kind = at_length(kind, spec.minutes)
    else:
        item = items.get(name)
        minutes = (kind.minutes.default,) if item is None or spec.start is not None else tuple(kind.minutes.grid)
        if item is not None and spec.start is None:
            minutes = tuple(n for n in minutes if abs(n - kind.minutes.default) <= 15)
    label = spec.session.replace("-", " ") if spec.counts_as else ""
    return Pin(index, kind, days, spec.start, minutes, spec.outside_windows, spec.note, label, path)
