"""What is written in a file and changes nothing in this week: told, so that nobody takes it for heeded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from microcycle.errors import Path, path_text
from microcycle.models.catalogue import Catalogue, expressions
from microcycle.models.clause import Bound, Condition
from microcycle.models.goal import Goal
from microcycle.models.naming import Naming
from microcycle.models.request import AFTER, Request, WindowSpec, check_days
from microcycle.models.selector import Piece
from microcycle.solver import names
from microcycle.solver.calendar import days_meant, given_way
from microcycle.solver.inforce import Draft, Situation
from microcycle.solver.menu import Menu
from microcycle.solver.problem import Placed

Idle = tuple[Path, str]
"""A place in the file, and why it changes nothing."""


def idle(
    request: Request,
    catalogue: Catalogue,
    goal: Goal,
    situation: Situation,
    food: Menu,
    drafts: Iterable[Draft],
    past: Iterable[Placed],
) -> list[str]:
    """A short note on each entry of the file without effect on this week."""
    found: dict[Path, str] = {}
    told = [
        *_unnamed(request),
        *given_way(request),
        *_daily(request),
        *_excluded(request, goal, food),
        *_never_met(catalogue, food, [*drafts], [*past]),
        *_not_in_force(request, catalogue, situation),
        *_no_such_shift(request),
    ]
    for path, why in told:
        found.setdefault(path, why)
    return [f"{_called(request, path)} changes nothing: {why}." for path, why in found.items()]


def _called(request: Request, path: Path) -> str:
    """`prefer.runs`, and of a list the item: `exclude tempo-run`."""
    item = isinstance(path[-1], int)
    return f"{path_text(path[:-1])} {request.document.get(path)}" if item else path_text(path)


def _unnamed(request: Request) -> Iterator[Idle]:
    """Shifts, places and sessions of the file's own that nothing in it names."""
    spec = request.spec
    rota = {name for shifts in spec.rota.values() for name in shifts}
    for name in spec.shifts:
        if name not in rota:
            yield ("shifts", name), "the rota never names it"
    windows: list[WindowSpec] = [window for some in spec.availability.values() for window in some]
    windows += [window for shift in spec.shifts.values() for window in shift.windows]
    places = {"home", *(window.place.strip().lower() for window in windows if window.place)}
    for name in spec.places:
        if name.strip().lower() not in places:
            yield ("places", name), "no window names it"
    said = {own.like for own in spec.sessions.values()}
    said |= {one.session for one in (*spec.done, *spec.missed, *spec.stay_close_to, *spec.history.last_week)}
    said |= {name for pin in spec.pinned for name in (pin.session, pin.counts_as) if name is not None}
    for name in spec.sessions:
        if name not in said and name not in spec.want:
            yield ("sessions", name), "it is neither pinned nor wanted"


def _daily(request: Request) -> Iterator[Idle]:
    for name, wish in request.spec.prefer.items():
        if wish.hours is None and len(days_meant(request, wish.days or ())) == 7:
            yield ("prefer", name), "it names all days"


def _excluded(request: Request, goal: Goal, food: Menu) -> Iterator[Idle]:
    offered = [kind for name, kind in food.kinds.items() if name in goal.menu or name in request.spec.want]
    pieces = [Piece(kind, n, short) for kind in offered for n in kind.lengths for short in (False, True)]
    for i, text in enumerate(request.spec.exclude):
        path = names.at(request, ("exclude",), i)
        of = names.expression(request, food.selectors, path, text)
        if not any(food.selectors.holds(of, piece) for piece in pieces):
            yield path, "this goal's menu has none"


def _never_met(catalogue: Catalogue, food: Menu, drafts: list[Draft], past: list[Placed]) -> Iterator[Idle]:
    """Wishes and rules of which no clause speaks of anything that this week may hold."""
    naming = Naming(catalogue.selector_rows, food.kinds)
    missing: dict[Path, list[str | None]] = {}
    for d in drafts:
        if d.path is not None:
            asks = isinstance(d.clause, Bound) and d.clause.min is not None
            # What a gate took is not on the menu because of the line of the file that shuts it.
            known = [*(one.piece for one in past), *(food.gone if d.rule.gate else ())]
            missing.setdefault(d.path, []).append(None if asks else _missing(food, known, expressions(d.clause)))
    for path, found in missing.items():
        if found[0] is not None and None not in found:
            yield path, f"this week's menu has no {naming.noun(found[0]).one}"


def _missing(food: Menu, known: list[Piece], named: Iterable[str]) -> str | None:
    """The first of the expressions that nothing on the menu is one of, nor among these."""
    for of in named:
        if not food.members(of) and not any(food.selectors.holds(of, piece) for piece in known):
            return of
    return None


def _not_in_force(request: Request, catalogue: Catalogue, situation: Situation) -> Iterator[Idle]:
    """Rules whose conditions this request does not meet."""
    for name, written in request.spec.rules.items():
        rule = catalogue.rules.get(name)
        conditions: list[Condition] = [clause.when for clause in rule.clauses] if rule else []
        if rule is None and isinstance(written, Mapping):
            own = written.get("when") or {}
            conditions = [{key: (value,) if isinstance(value, str) else tuple(value) for key, value in own.items()}]
        if conditions and not any(situation.holds(condition) for condition in conditions):
            yield ("rules", name), "it does not hold for this goal, experience or policy"


def _no_such_shift(request: Request) -> Iterator[Idle]:
    """Days by the name of a shift that this week's rota has not."""
    spec = request.spec
    lines: list[tuple[Path, tuple[int | str, ...]]] = [
        ((section, name), wish.days or ())
        for section, wishes in (("prefer", spec.prefer), ("forbid", spec.forbid))
        for name, wish in wishes.items()
    ]
    for name, rule in spec.rules.items():
        if isinstance(rule, Mapping) and "on" in rule and "family" in rule:
            lines.append((("rules", name), check_days(rule["on"], spec.shifts)))
    for path, days in lines:
        words = [word for word in days if isinstance(word, str)]
        if words and not days_meant(request, days):
            yield path, f"no day of this week is {words[0] if words[0].startswith(AFTER) else f'of the shift {words[0]}'}"
