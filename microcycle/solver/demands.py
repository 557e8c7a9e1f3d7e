"""What the week should hold: the goal card's ranges merged with the file's wishes, as bounds like any other rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from microcycle.errors import Path
from microcycle.models.catalogue import Catalogue
from microcycle.models.clock import DAY_NAMES, hhmm
from microcycle.models.goal import Demand, Experience, Goal
from microcycle.models.reading import fail
from microcycle.models.request import MEASURES, Preference, Request
from microcycle.models.rule import Bound, Clock, Level, Quantity, Severity
from microcycle.models.selector import Selectors, terms
from microcycle.models.session import Muscle
from microcycle.solver.inforce import Draft, draft
from microcycle.solver.menu import Menu, check_name

_MEASURES: dict[str, tuple[str, Quantity]] = {
    "minutes": ("sessions | finishers", "minutes"),
    "run_minutes": ("runs", "minutes"),
    "lift_minutes": ("lifts-and-power", "minutes"),
    "aerobic_minutes": ("aerobic-minutes", "minutes"),
    "run_distance": ("runs", "metres"),
}


@dataclass(frozen=True)
class Wanted:
    """A merged demand: which ends the athlete wrote are hard, the card's own are soft but for its most."""

    of: str
    quantity: Quantity
    muscles: tuple[Muscle, ...]
    modality: str
    level: Level
    weight: int
    low: int | None
    target: int | None
    high: int | None
    hard_low: bool = False
    path: Path | None = None
    about: str = ""

    @property
    def name(self) -> str:
        """The selector or kind without its band of minutes."""
        return terms(self.of)[0].name


def demands(
    request: Request,
    catalogue: Catalogue,
    goal: Goal,
    classes: Mapping[str, Experience],
    primary: str,
    menu: Menu,
    selectors: Selectors,
) -> list[Draft]:
    """Bounds of the card and the file, with targets that saturate and an overshoot that costs a little."""
    wanted = [w for demand in goal.demands if (w := _from_card(demand, classes, primary)) is not None]
    wanted = _merged(request, wanted, menu, selectors, primary)
    found: list[Draft] = []
    for want in wanted:
        found += _bounds(catalogue, want)
    for name, aim in sorted(menu.aims.items()):
        lengths = [o.minutes for o in menu.options if o.kind.id == name and not o.attached]
        if len(lengths) > 1:
            clause = Bound(family="bound", quantity="minutes", of=name, per="session", min=aim, max=aim, step=5)
            found.append(draft(catalogue.rules["usual-length"], clause, "tier1"))
    for name in sorted(menu.pinned_only):
        pins = sum(1 for pin in menu.pins if pin.kind.id == name)
        clause = Bound(family="bound", quantity="sessions", of=name, max=pins)
        found.append(draft(catalogue.rules["session-counts"], clause, "hard"))
    found += _wishes(request, catalogue, selectors)
    return found


def _from_card(demand: Demand, classes: Mapping[str, Experience], primary: str) -> Wanted | None:
    column = getattr(demand, classes[demand.class_of])
    if column is None:
        return None
    leads = primary in (demand.class_of, "balanced")
    level = demand.level
    if level == "priority-volume" and not leads:
        level = "supporting-volume"
    counts = demand.quantity in ("sessions", "visits", "days")
    return Wanted(
        demand.of,
        demand.quantity,
        demand.muscles,
        demand.class_of,
        level,
        demand.weight * (2 if counts and primary == demand.class_of else 1),
        column.min,
        column.target,
        column.max,
        about=demand.about,
    )


def _members(want_of: str, selectors: Selectors, menu: Menu) -> set[tuple[str, int, bool]]:
    return {(o.kind.id, o.minutes, o.attached) for o in menu.options if selectors.holds(want_of, o.piece)}


def _merged(request: Request, wanted: list[Wanted], menu: Menu, selectors: Selectors, primary: str) -> list[Wanted]:
    """Field by field: what the file states replaces the card's number and is hard; the rest of the card gives way."""
    found = list(wanted)
    for key, want in request.spec.want.items():
        path: Path = ("want", key)
        if key in MEASURES:
            of, quantity = _MEASURES[key]
        else:
            check_name(request, selectors, path, key, key=True)
            of, quantity = key, "sessions"
        if want.minutes is not None and key not in menu.kinds:
            fail(
                request.document,
                (*path, "minutes"),
                "only a session has minutes of its own",
                expected=f"one of {', '.join(MEASURES[:4])} for a week's minutes",
                key=True,
            )
        if (want.min, want.target, want.max) == (None, None, None):
            continue
        name = terms(of)[0].name
        same = [
            n
            for n, w in enumerate(found)
            if w.quantity == quantity and not w.muscles and w.name == name and len(terms(w.of)) == 1
        ]
        modality = _modality(of, menu, selectors)
        level: Level = (
            "counts"
            if quantity == "sessions"
            else ("priority-volume" if primary in (modality, "balanced") else "supporting-volume")
        )
        base = found[same[0]] if same else Wanted(of, quantity, (), modality, level, 1, None, None, None)
        low = want.min if want.min is not None else base.low
        high = want.max if want.max is not None else base.high
        target = want.target if want.target is not None else base.target
        if want.target is not None:
            low, high = (
                (min(low, target) if low is not None and target is not None else low),
                (max(high, target) if high is not None and target is not None else high),
            )
        if want.max is not None and low is not None:
            low = min(low, want.max)
        if want.min is not None and high is not None:
            high = max(high, want.min)
        if target is not None:
            target = min(max(target, low or 0), high if high is not None else target)
        mine = replace(
            base,
            of=of,
            low=low,
            target=target,
            high=high,
            hard_low=want.min is not None,
            path=path,
        )
        if same:
            found[same[0]] = mine
        else:
            found.append(mine)
        found = [w if w.path is not None else _yields(w, mine, menu, selectors) for w in found]
    return found


def _yields(card: Wanted, mine: Wanted, menu: Menu, selectors: Selectors) -> Wanted:
    """A card's number gives way where the athlete's own makes it impossible."""
    if card.quantity != mine.quantity or card.muscles:
        return card
    theirs, ours = _members(card.of, selectors, menu), _members(mine.of, selectors, menu)
    if theirs and theirs <= ours and mine.high is not None:
        low = None if card.low is None else min(card.low, mine.high)
        target = None if card.target is None else min(card.target, mine.high)
        return replace(card, low=low, target=target)
    if ours and ours <= theirs and card.high is not None:
        least = max(mine.low or 0, mine.target or 0)
        return replace(card, high=max(card.high, least))
    return card


def _modality(of: str, menu: Menu, selectors: Selectors) -> str:
    lifts = any(o.kind.modality in ("lift", "power") and selectors.holds(of, o.piece) for o in menu.options)
    runs = any(o.kind.modality in ("run", "cross") and selectors.holds(of, o.piece) for o in menu.options)
    return "both" if lifts and runs else "lift" if lifts else "run"


def _bounds(catalogue: Catalogue, want: Wanted) -> list[Draft]:
    """The least, the target and the most of a demand."""
    counts = want.quantity in ("sessions", "visits", "days")
    unit = 2 if want.quantity == "sets" else 1
    step = 5 if want.quantity == "minutes" else 1000 if want.quantity == "metres" else 1
    rule = catalogue.rules["session-counts" if counts else "volume-targets"]
    base = {
        "family": "bound",
        "quantity": want.quantity,
        "of": want.of,
        "muscles": want.muscles,
        "step": step,
    }
    found = []
    if want.low:
        clause = Bound.model_validate({**base, "min": want.low * unit})
        severity: Severity = "hard" if want.hard_low else "tier4"
        found.append(draft(rule, clause, severity, level=want.level, weight=want.weight, path=want.path))
    if want.target and want.target != (want.low or 0):
        clause = Bound.model_validate({**base, "min": want.target * unit})
        found.append(draft(rule, clause, "tier3", level=want.level, weight=want.weight, path=want.path))
    if want.high is not None:
        clause = Bound.model_validate({**base, "max": want.high * unit})
        hard = counts or want.path is not None
        found.append(
            draft(rule, clause, "hard" if hard else "tier4", level=None if hard else want.level, path=want.path)
        )
    # Sets come with the lifts, which have a target of their own: more of them is no fault of a week.
    if want.target is not None and want.high != want.target and want.quantity != "sets":
        clause = Bound.model_validate({**base, "max": want.target * unit})
        found.append(draft(catalogue.rules["overshoot"], clause, "tier1", path=want.path))
    return found


def _wishes(request: Request, catalogue: Catalogue, selectors: Selectors) -> list[Draft]:
    """What the file prefers (soft) and forbids (hard)."""
    rule = catalogue.rules["user-wish"]
    found = []
    sections: tuple[tuple[str, Severity], ...] = (("forbid", "hard"), ("prefer", "tier2"))
    for section, severity in sections:
        wishes: Mapping[str, Preference] = getattr(request.spec, section)
        for name, wish in wishes.items():
            path: Path = (section, name)
            rest = name == "rest"
            if not rest:
                check_name(request, selectors, path, name, key=True)
            of = "active-gentle" if rest else name
            if wish.hours is not None and section == "forbid":
                fail(
                    request.document,
                    (*path, "hours"),
                    "hours can be preferred, not forbidden",
                    expected="a narrower window under 'availability', or 'prefer'",
                    key=True,
                )
            if wish.days is not None:
                named = set(wish.days)
                days = (
                    named
                    if (rest and section == "prefer") or (not rest and section == "forbid")
                    else set(range(7)) - named
                )
                text = _wish_text(section, name, wish)
                quantity: Quantity = "days" if rest else "sessions"
                if rest and section == "forbid":
                    clause: Bound | Clock = Bound(
                        family="bound",
                        quantity="days",
                        of=of,
                        on=tuple(sorted(named)),
                        min=len(named),
                        text=text,
                    )
                else:
                    clause = Bound(family="bound", quantity=quantity, of=of, on=tuple(sorted(days)), max=0, text=text)
                found.append(draft(rule, clause, severity, path=path))
            if wish.hours is not None:
                text = _wish_text(section, name, wish)
                clause = Clock(
                    family="clock",
                    of=of,
                    start_not_before=hhmm(wish.hours.start),
                    text=text,
                    end_not_after=f"{wish.hours.end // 60:02d}:{wish.hours.end % 60:02d}",
                )
                found.append(draft(rule, clause, severity, path=path))
    return found


def _wish_text(section: str, name: str, wish: Preference) -> str:
    days = " or ".join(DAY_NAMES[d] for d in wish.days or ())
    hours = f" {hhmm(wish.hours.start)}-{hhmm(wish.hours.end)}" if wish.hours else ""
    what = name.replace("-", " ")
    verb = "prefer" if section == "prefer" else "forbid"
    return f"You {verb} {what} on {days}{hours}; this week has it otherwise ({{where}})."
