"""What the week should hold: the goal card's ranges merged with the file's wishes, as bounds like any other rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from microcycle.errors import Path
from microcycle.models.amounts import MEASURES, measure
from microcycle.models.catalogue import Catalogue
from microcycle.models.clause import Bound, Clock, Quantity, Severity
from microcycle.models.clock import DAY_MIN, DAY_NAMES, Nights, hhmm
from microcycle.models.goal import Demand, Experience, Goal
from microcycle.models.naming import Naming, Noun
from microcycle.models.reading import fail
from microcycle.models.request import Preference, Request, Want
from microcycle.models.rule import WEIGHTS, Level
from microcycle.models.selector import Selectors, Term, terms
from microcycle.models.session import Muscle, SessionKind
from microcycle.solver import names
from microcycle.solver.calendar import days_meant
from microcycle.solver.history import ASSUMED_S_PER_KM
from microcycle.solver.inforce import Change, Draft, draft, strictness
from microcycle.solver.menu import Allowed, Menu, is_race

MEASURED: dict[str, tuple[str, Quantity]] = {
    "minutes": ("all-minutes", "minutes"),
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
    own_target: bool = False
    own_length: bool = False
    """The athlete says how long one of them is: so it counts, also where it ends a lift."""
    hard_low: bool = False
    hard_high: bool = False
    path: Path | None = None
    about: str = ""

    @property
    def asked(self) -> int:
        """What the athlete's own numbers ask for: who only says a most asks for none of what the card leaves out."""
        return max((self.low or 0) * self.hard_low, (self.target or 0) * self.own_target)

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
    changes: Mapping[str, Change],
    allowed: Allowed,
    nights: Nights,
) -> list[Draft]:
    """Bounds of the card and the file, with targets that saturate and an overshoot that costs a little."""
    # Whoever says how long a session is to be needs no card for that.
    sized = {key for key, want in request.spec.want.items() if want.minutes is not None}
    # Nor does whoever says how far to run ask for minutes as well.
    far = {measure(key) for key in request.spec.want}
    sized |= {"runs"} if "run_distance" in far and "run_minutes" not in far else set()
    cards = [d for d in goal.demands if not (d.quantity == "minutes" and d.of in sized)]
    wanted = [w for demand in cards if (w := _from_card(demand, classes, primary)) is not None]
    wanted = [_grown(_raced(w, menu), allowed) for w in wanted]
    wanted = _merged(request, wanted, menu, primary)
    found: list[Draft] = []
    naming = Naming(catalogue.selector_rows, menu.kinds)
    for want in wanted:
        found += _bounds(catalogue, want, naming.noun(want.of), menu.selectors)
    for name, aim in sorted(menu.aims.items()):
        alike = [kind.id for kind in menu.kinds.values() if _nearest(kind, menu.aims) == name]
        if len({o.minutes for o in menu.options if o.kind.id in alike and not o.attached}) > 1:
            of = " | ".join(f"just {kind}" for kind in alike)
            clause = Bound(family="bound", quantity="minutes", of=of, per="session", min=aim, max=aim, step=5, pinned=False)
            found.append(draft(catalogue.rules["usual-length"], clause, "tier1"))
    for name in sorted({name for name, *_ in menu.pinned_only} - menu.aims.keys()):
        pins = sum(1 for pin in menu.pins if pin.kind.id == name)
        clause = Bound(family="bound", quantity="sessions", of=f"just {name}", max=pins)
        found.append(draft(catalogue.rules["session-counts"], clause, "hard"))
    found += _wishes(request, catalogue, menu.selectors, naming, nights)
    return [drafted for d in found if (drafted := _changed(d, changes)) is not None]


def _nearest(kind: SessionKind, aims: Mapping[str, int]) -> str | None:
    """The kind itself, or what it is like, of which a usual length is known."""
    return next((name for name in kind.lineage if name in aims), None)


def _changed(drafted: Draft, changes: Mapping[str, Change]) -> Draft | None:
    """As the file's `rules` has it: what it says of counts and lengths at large, it does not say of its own numbers."""
    rule, severity = drafted.rule, drafted.severity
    change = changes.get(rule.id)
    own_number = drafted.path is not None and rule.id != "user-wish"
    if change is None or own_number or (rule.id == "user-wish" and severity == "hard"):
        return drafted
    strict = strictness(None if severity == rule.severity else severity, rule.severity, change)
    if strict == "off":
        return None
    level = drafted.level if rule.level != "interference" else None
    weight = drafted.weight // WEIGHTS[severity] // rule.weight if severity in WEIGHTS else 1
    return draft(rule, drafted.clause, strict, level=level, weight=weight, path=drafted.path or change.path)


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


def _raced(card: Wanted, menu: Menu) -> Wanted:
    """A race that is fixed stands in for a key run."""
    races = sum(is_race(pin, menu.selectors) for pin in menu.pins)
    if not races or card.level != "key" or card.quantity != "sessions":
        return card
    if not menu.members(card.of) <= menu.members("key-runs"):
        return card
    low, target = (None if n is None else max(0, n - races) for n in (card.low, card.target))
    return replace(card, low=low, target=target)


def _grown(card: Wanted, allowed: Allowed) -> Wanted:
    """History wins over the card: no more minutes are asked for than the rules on growth allow (rulebook section 0).

    In a short week, which has less than the card is made for, the least number of runs will do.
    """
    if allowed.short_week and card.quantity == "sessions" and card.name == "runs" and card.low:
        return replace(card, target=card.low)
    limit = {"runs": allowed.a_week, "long-run": allowed.a_run}.get(card.of) if card.quantity == "minutes" else None
    if limit is None:
        return card
    most = limit // 5 * 5
    low, target = (None if n is None else min(n, most) for n in (card.low, card.target))
    return replace(card, low=low, target=target)


def _merged(request: Request, wanted: list[Wanted], menu: Menu, primary: str) -> list[Wanted]:
    """Field by field: what the file states replaces the card's number and is hard; the rest of the card gives way.

    The order of the file's lines changes nothing: each is merged with the card as it stands, then the card yields.
    """
    mine: dict[int, Wanted] = {}
    new: list[Wanted] = []
    for key, want in sorted(request.spec.want.items()):
        path: Path = ("want", key)
        named = measure(key)
        of, quantity = MEASURED[named] if named else (_expression(request, menu.selectors, path, key), "sessions")
        if want.minutes is not None and of not in menu.kinds:
            fail(
                request.document,
                (*path, "minutes"),
                "only a session has minutes of its own",
                expected=f"one of {', '.join(MEASURES[:4])} for a week's minutes",
                key=True,
            )
        if (want.min, want.target, want.max) == (None, None, None):
            continue
        if quantity == "metres":
            want = _reachable(request, want)
        if (want.min or want.target) and not menu.members(of):
            fail(
                request.document,
                path,
                f"nothing on the menu of this goal is one of {of}",
                expected="a session by its own name, which puts it on the menu",
                key=True,
            )
        same = [n for n, w in enumerate(wanted) if _alike(w, of, quantity)]
        base = wanted[same[0]] if same else _plain(of, quantity, menu, primary)
        merged = _with(base, of, want, path)
        if not same:
            new.append(merged)
        elif same[0] in mine:
            other = request.document.cite(mine[same[0]].path or ())
            message = f"this is asked for twice (also {other})"
            fail(request.document, path, message, expected="one line for each", key=True)
        else:
            mine[same[0]] = merged
    asked = [*mine.values(), *new]
    found = [mine.get(n, w) for n, w in enumerate(wanted)]
    for own in asked:
        found = [w if w.path is not None else _yields(w, own, menu) for w in found]
    found = [w if w.path is not None else _with_counts(w, asked, menu) for w in found]
    return [*(w if w.path is not None else _with_pins(w, menu) for w in found), *new]


def _with_counts(card: Wanted, asked: Iterable[Wanted], menu: Menu) -> Wanted:
    """What the athlete's counts of several sessions come to together is more than a card's most: the card gives way."""
    if card.quantity != "sessions" or card.high is None:
        return card
    taken, together, theirs = frozenset[int](), 0, menu.members(card.of)
    for mine in asked:
        ours = menu.members(menu.selectors.by_name(mine.of))
        if mine.quantity == "sessions" and ours and ours <= theirs and not ours & taken:
            taken |= ours
            together += mine.asked
    return replace(card, high=max(card.high, together))


def _with_pins(card: Wanted, menu: Menu) -> Wanted:
    """What the athlete has fixed is more than a card's most: the card gives way, also to what may then end a lift."""
    if card.quantity != "sessions" or card.high is None or not menu.pins:
        return card
    held = (menu.options[o] for o in menu.members(card.of))
    members = {(o.kind.id, o.minutes) for o in held if not o.attached}
    fixed = sum(all((pin.kind.id, n) in members for n in pin.minutes) for pin in menu.pins)
    return replace(card, high=max(card.high, fixed))


def _reachable(request: Request, want: Want) -> Want:
    """A distance to the metre as one that lengths in steps of five minutes can meet."""
    if want.min is None or want.min != want.max:
        return want
    half = -(-150_000_000 // (request.spec.athlete.easy_pace or 1000 * ASSUMED_S_PER_KM))
    return want.model_copy(update={"min": max(0, want.min - half), "max": want.max + half})


def _expression(request: Request, selectors: Selectors, path: Path, key: str) -> str:
    return names.expression(request, selectors, path, key, key=True)


def _alike(card: Wanted, of: str, quantity: Quantity) -> bool:
    """Whether the card's demand is what the file speaks of: the same name, with or without a least useful length."""
    if card.quantity != quantity or card.muscles:
        return False
    bare = "|" not in of and terms(of)[0] == Term(of, 0, 999)
    return card.of == of or (bare and len(terms(card.of)) == 1 and card.name == of)


def _plain(of: str, quantity: Quantity, menu: Menu, primary: str) -> Wanted:
    """A demand that no card has."""
    modality = _modality(of, menu)
    leads = primary in (modality, "balanced")
    level: Level = "counts" if quantity == "sessions" else "priority-volume" if leads else "supporting-volume"
    return Wanted(of, quantity, (), modality, level, 1, None, None, None)


def _with(base: Wanted, of: str, want: Want, path: Path) -> Wanted:
    """The base with the file's numbers; its own give way where they contradict them."""
    low = want.min if want.min is not None else base.low
    high = want.max if want.max is not None else base.high
    target = want.target if want.target is not None else base.target
    if want.min is None and low is not None:
        low = min([low, *(n for n in (want.target, want.max) if n is not None)])
    if want.max is None and high is not None:
        high = max([high, *(n for n in (want.target, want.min) if n is not None)])
    if target is not None:
        target = min(max(target, low or 0), high if high is not None else target)
    return replace(
        base,
        of=of,
        low=low,
        target=target,
        high=high,
        own_target=want.target is not None,
        own_length=want.minutes is not None,
        hard_low=want.min is not None,
        hard_high=want.max is not None,
        path=path,
    )


def _yields(card: Wanted, mine: Wanted, menu: Menu) -> Wanted:
    """A card's number gives way where the athlete's own makes it impossible."""
    if card.quantity != mine.quantity or card.muscles:
        return card
    theirs, ours = menu.members(card.of), menu.members(mine.of)
    if theirs and theirs <= ours and mine.high is not None:
        low = None if card.low is None else min(card.low, mine.high)
        target = None if card.target is None else min(card.target, mine.high)
        card = replace(card, low=low, target=target)
    if ours and ours <= theirs and card.high is not None:
        card = replace(card, high=max(card.high, mine.asked))
    return card


def _modality(of: str, menu: Menu) -> str:
    held = {menu.options[o].kind.modality for o in menu.members(of)}
    lifts, runs = bool(held & {"lift", "power"}), bool(held & {"run", "cross"})
    return "both" if lifts and runs else "lift" if lifts else "run"


def _bounds(catalogue: Catalogue, want: Wanted, noun: Noun, selectors: Selectors) -> list[Draft]:
    """The least, the target and the most of a demand."""
    counts = want.quantity in ("sessions", "visits", "days")
    unit = 2 if want.quantity == "sets" else 1
    step = 5 if want.quantity == "minutes" else 1000 if want.quantity == "metres" else 1
    sets = want.quantity == "sets"
    rule = catalogue.rules["session-counts" if counts else "weekly-sets" if sets else "volume-targets"]
    fact = _fact(want, noun)
    of = selectors.by_name(want.of) if counts and not want.own_length else want.of
    bound = partial(_bound, want.quantity, of, want.muscles, step)
    found = []
    if want.low:
        clause = bound(want.low * unit, None, f"{fact}, at least {{limit}} wanted")
        severity: Severity = "hard" if want.hard_low else "tier4"
        found.append(draft(rule, clause, severity, level=want.level, weight=want.weight, path=want.path))
    if want.target and want.target != (want.low or 0):
        clause = bound(want.target * unit, None, f"{fact}, {{limit}} aimed at")
        found.append(draft(rule, clause, "tier3", level=want.level, weight=want.weight, path=want.path))
    if want.high is not None:
        clause = bound(None, want.high * unit, f"{fact}, at most {{limit}} wanted")
        hard = counts or want.hard_high
        found.append(draft(rule, clause, "hard" if hard else "tier4", level=None if hard else want.level, path=want.path))
    # Sets come with the lifts, which have a target of their own: more of them is no fault of a week.
    if want.target is not None and want.high != want.target and not sets:
        clause = bound(None, want.target * unit, f"{fact}, {{limit:none}} aimed at")
        if want.own_target:
            # The athlete's own number is meant both ways, and none at all is a wish to do without.
            level: Level = want.level if want.target else "key"
            tier: Severity = "tier3" if want.target else "tier4"
            found.append(draft(rule, clause, tier, level=level, weight=want.weight, path=want.path))
        else:
            found.append(draft(catalogue.rules["overshoot"], clause, "tier1", path=want.path))
    return found


@lru_cache(maxsize=4096)  # of one athlete and the next, most are the same card's
def _bound(
    quantity: Quantity, of: str, muscles: tuple[Muscle, ...], step: int, least: int | None, most: int | None, text: str
) -> Bound:
    return Bound(family="bound", quantity=quantity, of=of, muscles=muscles, step=step, min=least, max=most, text=text)


def _fact(want: Wanted, noun: Noun) -> str:
    """What the week holds of it, as the beginning of a sentence with `{value}`."""
    if want.quantity == "sets":
        return "the {muscle} {get} {value:hard set}"
    if want.quantity == "minutes":
        return f"{{value:minute}} of {want.about or noun.doing}"
    if want.quantity == "metres":
        return f"{{value}} km of {noun.doing}"
    return f"{{value:{noun.one}|{noun.many}}}"


def _wishes(request: Request, catalogue: Catalogue, selectors: Selectors, naming: Naming, nights: Nights) -> list[Draft]:
    """What the file prefers (soft) and forbids (hard)."""
    rule = catalogue.rules["user-wish"]
    found = []
    sections: tuple[tuple[str, Severity, Mapping[str, Preference]], ...] = (
        ("forbid", "hard", request.spec.forbid),
        ("prefer", "tier2", request.spec.prefer),
    )
    for section, severity, wishes in sections:
        for name, wish in sorted(wishes.items()):
            path: Path = (section, name)
            rest = name == names.REST
            of = REST_DAY if rest else _expression(request, selectors, path, name)
            noun = None if rest else naming.noun(of)
            if wish.hours is not None and (section == "forbid" or rest):
                fail(
                    request.document,
                    (*path, "hours"),
                    "hours can be preferred for sessions, and not forbidden",
                    expected="a narrower window under 'availability', or a session under 'prefer'",
                    key=True,
                )
            days = days_meant(request, wish.days or ())
            text = _wish_text(section, wish, days, noun)
            if days and (len(days) < 7 or section == "forbid"):
                found.append(draft(rule, _days_wish(section, of, days, text, rest=rest), severity, path=path))
            if wish.hours is not None:
                text = _wish_text(section, wish, days, noun, hours=True)
                later = DAY_MIN * nights.past_midnight(wish.hours.start)
                clause = Clock(
                    family="clock",
                    of=of,
                    start_not_before=_point(wish.hours.start + later),
                    end_not_after=_point(wish.hours.end + later),
                    text=text,
                )
                found.append(draft(rule, clause, severity, path=path))
    return found


REST_DAY = "active-gentle"
"""What a rest day does without."""


def _days_wish(section: str, of: str, named: tuple[int, ...], text: str, *, rest: bool) -> Bound:
    """Sessions on no other days than preferred, or on no forbidden one; for rest it is the other way round."""
    other = tuple(day for day in range(7) if day not in named)
    if rest and section == "forbid":
        return Bound(family="bound", quantity="days", of=of, on=named, min=len(named), text=text)
    if rest:
        return Bound(family="bound", quantity="days", of=of, on=named, max=0, text=text)
    days = named if section == "forbid" else other
    return Bound(family="bound", quantity="sessions", of=of, on=days, max=0, text=text)


def _point(minute: int) -> str:
    """A point of the day; past midnight the hours go on."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _wish_text(section: str, wish: Preference, named: tuple[int, ...], noun: Noun | None, *, hours: bool = False) -> str:
    """What was asked for; behind the semicolon, what the week holds instead."""
    names = [DAY_NAMES[day] for day in named]
    joint = " and " if noun is None or section == "forbid" else " or "
    days = joint.join(filter(None, (", ".join(names[:-1]), *names[-1:]))) if len(names) < 7 else "any day"
    if noun is None:
        asked = "rest" if section == "prefer" else "no rest"
        held = "that day" if len(names) == 1 else "on {value} of these days"
        return f"you want {asked} on {days}; the week trains {held}"
    if section == "forbid":
        return f"you want no {noun.many} on {days}; the week has {{value}}"
    if hours and wish.hours is not None:
        span = f"from {hhmm(wish.hours.start)} to {hhmm(wish.hours.end)}"
        return f"you prefer {noun.many} {span}; on {{where}} {{first}} starts or ends at {{value}}"
    return f"you prefer {noun.many} on {days}; {{value:is|are}} on other days"


def waived(request: Request, selectors: Selectors, name: str | None, least: int) -> Path | None:
    """Where the file wants fewer sessions of that name than a floor of the rulebook asks for."""
    for key, want in request.spec.want.items():
        path: Path = ("want", key)
        fewer = measure(key) is None and want.max is not None and want.max < least
        if fewer and _expression(request, selectors, path, key) == name:
            return path
    return None
