"""Who must not be planned like others: which gates are shut for a request, what they leave, and what they refuse.

A gate is a row of the rulebook (`Rule.gate`). Its clauses are hard rules like all others; beside that, what they allow
none of is not on the menu, and whatever the file asks for against them is refused where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from microcycle.errors import Path, shown
from microcycle.models.amounts import measure
from microcycle.models.care import Care
from microcycle.models.catalogue import Catalogue
from microcycle.models.clause import Bound, Condition, When
from microcycle.models.clock import DAY_MIN
from microcycle.models.gate import TEST, Refusal
from microcycle.models.goal import Experience, Goal
from microcycle.models.naming import Naming
from microcycle.models.reading import fail
from microcycle.models.request import Request, Want
from microcycle.models.rule import Rule
from microcycle.models.selector import Expression, Piece, Selectors
from microcycle.models.session import Muscle, SessionKind
from microcycle.solver import names
from microcycle.solver.inforce import Draft
from microcycle.solver.problem import Option, Pin

if TYPE_CHECKING:
    from microcycle.solver.menu import Allowed

NO_RUNNING_DAYS = 84
"""After a birth (rulebook-season 0b.3: twelve weeks, from memory)."""
Marks = Mapping[str, Mapping[str, Path]]
"""For the conditions `age` and `care` the values that hold, each with the place in the file that says so."""


# -- who -----------------------------------------------------------------------------------------------------------


def marks(request: Request, catalogue: Catalogue) -> Marks:
    """What holds of the athlete. Raises InputError for a birth in the future, and for what cannot both hold."""
    age, path = request.spec.athlete.age, ("athlete", "age")
    ages = {} if age is None else {f"under-{n}": path for n in (14, 16, 18) if age < n}
    ages |= {} if age is None else {f"{n}+": path for n in (50, 60) if age >= n}
    cares: dict[str, Path] = {}
    seen: dict[tuple[str, str], Path] = {}
    for i, care in enumerate(request.spec.athlete.care):
        at = _place(request, i, care)
        if (care.word, care.place.lower()) in seen:
            other = request.document.cite(seen[care.word, care.place.lower()])
            fail(request.document, at, f"'{care.word}' is said twice (also {other})", expected="one of them")
        seen[care.word, care.place.lower()] = at
        cares.setdefault(care.word, at)
        for mark in _further(request, catalogue, care, at):
            cares.setdefault(mark, at)
    if "pregnant" in cares and "postpartum" in cares:
        other = request.document.cite(cares["pregnant"])
        message = f"'postpartum' and 'pregnant' (also {other}) do not hold at once"
        fail(request.document, cares["postpartum"], message, expected="the one that holds now")
    return {"age": ages, "care": cares}


def _place(request: Request, index: int, care: Care) -> Path:
    """Where the file says it: of a list its item, of `{injury: knee}` its key."""
    path = names.at(request, ("athlete", "care"), index)
    written = request.document.get(path)
    return (*path, care.word) if isinstance(written, Mapping) and care.word in written else path


def _further(request: Request, catalogue: Catalogue, care: Care, at: Path) -> Iterator[str]:
    """What follows from a day or a place; what is not known is taken for the more careful."""
    if care.since is not None:
        monday, now = request.monday, request.spec.now
        if monday is None:
            yield "postpartum-12w"
            return
        passed = (monday - care.since).days
        if passed + (0 if now is None else now // DAY_MIN) < 0:
            message = f"{care.since} is still to come in the week of {monday}"
            fail(request.document, at, message, expected="the day of a birth, or 'pregnant' until then")
        if passed < NO_RUNNING_DAYS:
            yield "postpartum-12w"
    if care.word == "injury":
        words = set(re.findall(r"[a-z]+", care.place.lower()))
        hurt = [name for name, known in catalogue.regions.items() if words & known]
        yield from (f"injury-{name}" for name in hurt or catalogue.regions)


def _holds(known: Marks, condition: Condition) -> bool:
    return any(value in known.get(key, {}) for key, values in condition.items() for value in values)


def _cause(known: Marks, condition: Condition) -> Path:
    """Where the file says what shuts the gate."""
    return next(known[key][v] for key, values in condition.items() for v in values if v in known.get(key, {}))


# -- what is not planned at all ------------------------------------------------------------------------------------


def check_goal(request: Request, catalogue: Catalogue, known: Marks) -> None:
    """Refuses a goal that is not planned for this athlete, or the athlete; says which goal is open."""
    refusals = list(_refusals(catalogue, known))
    closed = {refusal.goal: refusal for _, refusal in refusals if refusal.goal is not None}
    for rule, refusal in refusals:
        said = request.document.cite(_cause(known, refusal.when))
        if refusal.goal is None and not refusal.test:
            fail(request.document, _cause(known, refusal.when), f"{refusal.told} [{rule.id}]")
        if refusal.goal == request.spec.goal:
            take = refusal.take
            while take in closed:
                take = closed[take].take
            expected = f"'{take}', which is open" if take else "another goal"
            message = f"{refusal.told} ({said}) [{rule.id}]"
            fail(request.document, ("goal",), message, expected=expected)


def check_names(request: Request, catalogue: Catalogue, known: Marks, pins: Iterable[Pin], selectors: Selectors) -> None:
    """Refuses what is fixed and is called by a distance to race, or a test, which is not planned for this athlete."""
    for rule, refusal in _refusals(catalogue, known):
        for pin in pins if refusal.race or refusal.test else ():
            raced = selectors.holds("race", Piece(pin.kind, min(pin.minutes), False)) or "pinned-only" in pin.kind.tags
            called = f"{pin.label} {pin.kind.name} {pin.kind.id} {pin.note}"
            pattern, instead = (refusal.race, "a shorter race") if refusal.race else (TEST, "a session without it")
            if (raced or refusal.test) and re.search(pattern, called):
                said = request.document.cite(_cause(known, refusal.when))
                message = f"{refusal.told} ({said}) [{rule.id}]"
                fail(request.document, pin.path, message, expected=instead)


def _refusals(catalogue: Catalogue, known: Marks) -> Iterator[tuple[Rule, Refusal]]:
    for rule in catalogue.gated:
        for refusal in rule.gate.refuses if rule.gate else ():
            if _holds(known, refusal.when):
                yield rule, refusal


# -- what the shut gates leave -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gates:
    """The gates that are shut for a request."""

    rules: tuple[Rule, ...]
    causes: Mapping[str, Path]
    """By rule id, where the file says what shuts it."""
    bounds: tuple[tuple[str, Bound], ...]
    """Their clauses in force: of some sessions none, of others no more than so many minutes."""
    selectors: Selectors

    def closing(self, piece: Piece, rules: Collection[str] | None = None) -> str | None:
        """Id of the gate, of these if any are named, that allows no such session."""
        alone = piece._replace(finisher=False)
        for rule, bound in self.bounds:
            if rules is not None and rule not in rules:
                continue
            most = bound.max
            if not isinstance(most, int) or not any(self.selectors.holds(bound.of, one) for one in (piece, alone)):
                continue
            if most < (piece.minutes if bound.quantity == "minutes" else 1):
                return rule
        return None

    def closed(self, piece: Piece) -> bool:
        return self.closing(piece) is not None

    def shutting(self, pieces: Sequence[Piece]) -> str | None:
        """Id of the gate that closes all of these, or most where several do together; None if some are open."""
        if not pieces or not all(map(self.closed, pieces)):
            return None
        return max(self.rules, key=lambda rule: sum(self.closing(piece, (rule.id,)) is not None for piece in pieces)).id

    def longest(self, of: Expression, shut: Sequence[Piece]) -> int:
        """Minutes of the longest such session, shorter than all of these, that is open; 0 if none is."""
        kinds = {piece.kind.id: piece.kind for piece in shut}.values()
        shorter = (Piece(kind, n, False) for kind in kinds for n in range(kind.minutes.min, min(p.minutes for p in shut)))
        left = (piece.minutes for piece in shorter if self.selectors.holds(of, piece) and not self.closed(piece))
        return max(left, default=0)

    @property
    def advice(self) -> tuple[str, ...]:
        return tuple(f"{rule.gate.advice} [{rule.id}]" for rule in self.rules if rule.gate and rule.gate.advice)

    @property
    def figures(self) -> bool:
        """Whether weight, food and energy may be told."""
        return all(rule.gate.figures for rule in self.rules if rule.gate)

    def instead(self) -> Iterator[tuple[str, Expression]]:
        """Kinds to offer where nothing of a group is left."""
        for rule in self.rules:
            yield from rule.gate.instead.items() if rule.gate else ()


def shut(catalogue: Catalogue, known: Marks, drafts: Sequence[Draft], selectors: Selectors) -> Gates:
    """The gates that are shut, with their clauses in force."""
    rules = tuple(rule for rule in catalogue.gated if rule.gate and _holds(known, rule.gate.when))
    causes = {rule.id: _cause(known, rule.gate.when) for rule in rules if rule.gate}
    found = ((d.rule.id, d.clause) for d in drafts if d.rule.id in causes)
    return Gates(rules, causes, tuple((id, c) for id, c in found if isinstance(c, Bound)), selectors)


def cited(drafts: Sequence[Draft], gates: Gates) -> list[Draft]:
    """The rules with the place in the file that shuts each gate, so that whoever meets one is sent there."""
    return [d._replace(path=gates.causes[d.rule.id]) if d.rule.id in gates.causes else d for d in drafts]


def held(
    goal: Goal, classes: Mapping[str, Experience], kinds: Mapping[str, SessionKind], facts: Mapping[str, Fraction]
) -> dict[str, Fraction]:
    """What running may not grow over: history's minutes, and where they are not known the lower ends of the card."""
    experience = classes["run"]
    weeks = [
        column.min
        for d in goal.demands
        if d.quantity == "minutes" and d.class_of == "run" and d.of not in kinds
        if (column := d.for_class(experience)) is not None and column.min is not None
    ]
    ends = {
        name: (item.band(experience) or (kinds[name].minutes.min,))[0]
        for name, item in goal.menu.items()
        if kinds[name].modality == "run" and kinds[name].counts and experience in item.classes and not item.as_finisher
    }
    longest = ends.get("long-run", max(ends.values(), default=None))
    found = {"run-minutes": min(weeks, default=None), "longest-run": longest}
    return {f"held-{name}": Fraction(n) for name, least in found.items() if (n := facts.get(name, least)) is not None}


def check_asked(request: Request, gates: Gates, kinds: Mapping[str, SessionKind]) -> None:
    """Refuses a number of sessions of which a gate leaves none."""
    from microcycle.solver.demands import MEASURED

    for key, want in request.spec.want.items() if gates.bounds else ():
        if not (want.min or want.target or want.minutes) or want.max == 0:
            continue
        path: Path = ("want", key)
        name = measure(key)
        of = MEASURED[name][0] if name else names.expression(request, gates.selectors, path, key, key=True)
        meant = [piece for piece in _pieces(kinds, want) if gates.selectors.holds(of, piece)]
        if rule := gates.shutting(meant):
            noun = Naming(gates.selectors.rows, kinds).noun(of)
            _refuse(request, gates, path, rule, f"{noun.many} are asked for", gates.longest(of, meant), key=True)


def _pieces(kinds: Mapping[str, SessionKind], want: Want) -> Iterator[Piece]:
    """Every session at every length, of those lengths that are asked for."""
    low, high, aim = want.minutes or (0, DAY_MIN, None)
    for kind in kinds.values():
        yield from (Piece(kind, n, False) for n in kind.lengths if (low <= n <= high if aim is None else n == aim))


def open_pins(request: Request, gates: Gates, pins: Sequence[Pin]) -> tuple[Pin, ...]:
    """The pins at the lengths that a gate leaves; refuses one of which it leaves nothing."""
    found = []
    for pin in pins:
        left = tuple(n for n in pin.minutes if not gates.closed(Piece(pin.kind, n, False)))
        if not left:
            shortest = Piece(pin.kind, min(pin.minutes), False)
            rule, most = str(gates.closing(shortest)), gates.longest(pin.kind.id, [shortest])
            named = f"{shown(pin.label or pin.kind.id)} of {shortest.minutes} minutes is fixed"
            _refuse(request, gates, pin.path, str(rule), named, most)
        found.append(pin if left == pin.minutes else replace(pin, minutes=left))
    return tuple(found)


def _refuse(request: Request, gates: Gates, path: Path, rule: str, asked: str, most: int, *, key: bool = False) -> NoReturn:
    """Refuses what a gate allows none of, or none but shorter ones, of so many minutes at most."""
    said = request.document.cite(gates.causes[rule])
    allowed = f"{most} minutes at most" if most else "no such session"
    expected = f"{most} minutes or fewer" if most else f"what `microcycle rules {rule}` leaves"
    fail(request.document, path, f"{asked} here, and {rule} allows {allowed} ({said})", expected=expected, key=key)


# -- what gives way ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Left:
    """What was on the menu and what is left of it, by which a floor is met or gives way."""

    gates: Gates
    options: Sequence[Option]
    gone: Sequence[Piece]
    """What the gates took."""

    def allowed(self, allowed: Allowed) -> Allowed:
        """What is allowed of a run, with the longest that is left of the long run where a gate took the rest."""
        if not any(piece.kind.id == "long-run" for piece in self.gone):
            return allowed
        left = [o.minutes for o in self.options if o.kind.id == "long-run" and not self.gates.closed(o.piece)]
        return replace(allowed, a_run=min(n for n in (max(left, default=0), allowed.a_run) if n is not None))

    def given_way(self, drafts: Sequence[Draft]) -> tuple[list[Draft], list[Lost]]:
        """The rules without floors and aims of which nothing is left, and these."""
        kept: list[Draft] = []
        lost: list[Lost] = []
        holds, closing = self.gates.selectors.holds, self.gates.closing
        for d in drafts:
            clause, of = d.clause, floor(d)
            went = [piece for piece in self.gone if of and holds(of, piece)]
            if not went or not of:
                kept.append(d)
                continue
            left = [o.piece for o in self.options if holds(of, o.piece) and closing(o.piece) is None]
            if not isinstance(clause, Bound):
                kept += [d] * bool(left)
                continue
            lacking = tuple(m for m in clause.muscles if not any(_sets(piece, m) for piece in left))
            if lacking or not left:
                rule = str(self.gates.shutting(went))
                lost.append(Lost(rule, clause.model_copy(update={"muscles": lacking}), frozenset(p.kind.id for p in went)))
            if left and (rest := tuple(m for m in clause.muscles if m not in lacking)) == clause.muscles:
                kept.append(d)
            elif left and rest:
                kept.append(d._replace(clause=clause.model_copy(update={"muscles": rest})))
        return kept, lost


class Lost(NamedTuple):
    """A floor or an aim that has given way, the gate behind which its sessions are, and their kinds."""

    rule: str
    clause: Bound
    kinds: frozenset[str]


def floor(d: Draft) -> Expression | None:
    """Of what the rulebook or the card asks for a least; the athlete's own is met or refused."""
    clause = d.clause
    if d.path is not None or not isinstance(clause, Bound | When) or clause.min is None:
        return None
    if isinstance(clause, When):
        return clause.then.of
    return None if clause.quantity == "days-without" else clause.of


def _sets(piece: Piece, muscle: Muscle) -> int:
    return piece.kind.content(piece.minutes).sets.get(muscle, 0)


def notes(request: Request, gates: Gates, lost: Sequence[Lost], naming: Naming) -> list[str]:
    """A line for each gate: what holds, and what of the card gives way."""
    found = []
    for rule in gates.rules:
        assert rule.gate is not None
        mine = [one for one in lost if one.rule == rule.id]
        # Tempo runs are told with hard runs where both were asked for.
        told = [a for a in mine if not any(a.kinds < b.kinds and b.clause.quantity == a.clause.quantity for b in mine)]
        things = list(dict.fromkeys(_thing(one.clause, naming) for one in told))
        way = f" What the goal asks of {_listed(things)} gives way." if things else ""
        weight = " `bodyweight` changes nothing." if not rule.gate.figures and request.spec.athlete.bodyweight else ""
        unsure = rule.id == "after-birth-gate" and request.monday is None
        more = " Without `week_of` the twelve weeks are taken as not over." if unsure else ""
        cause = request.document.cite(gates.causes[rule.id])
        found.append(f"{rule.id} ({cause}): {rule.gate.note}{way}{weight}{more}")
    return found


def _thing(bound: Bound, naming: Naming) -> str:
    if bound.quantity == "sets" and bound.muscles:
        return f"sets for {_listed(list(bound.muscles))}"
    noun = naming.noun(bound.of)
    return f"minutes of {noun.doing}" if bound.quantity == "minutes" else noun.many


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
