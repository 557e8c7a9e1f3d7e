"""What may be in conflict, each as one thing that a person would give up: a rule, a line of the file, a day's time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from microcycle.errors import Path
from microcycle.models.amounts import amount_words
from microcycle.models.catalogue import catalogue
from microcycle.models.clause import Availability, Bound
from microcycle.models.clock import DAY_MIN, DAY_NAMES, days_words, hhmm, range_text, week_text
from microcycle.models.naming import Naming, in_sentence
from microcycle.models.request import Request
from microcycle.models.selector import Piece
from microcycle.solver.anchor import Anchor
from microcycle.solver.menu import unwanted
from microcycle.solver.problem import Pin, Problem, RuleInstance, Window
from microcycle.solver.wishes import Wish

Standing = Literal["preference", "own count", "own choice", "convention", "cohort", "trial", "pin", "availability", "safety"]
"""How readily something is given up, most readily first: a rulebook's row stands as its evidence does, but for safety."""
STANDINGS: tuple[Standing, ...] = get_args(Standing)


@dataclass(frozen=True)
class Cause:
    """One thing that a week has to keep: a hard rule with all its clauses, a line of the file, a pin, or a day's time."""

    text: str
    standing: Standing
    path: Path | None
    """Where the file says so; None for the rulebook's own."""
    instances: tuple[RuleInstance, ...] = ()
    pin: Pin | None = None
    day: int | None = None
    wish: Wish | None = None
    anchor: Anchor | None = None

    @property
    def rule(self) -> str | None:
        """Id of the rule, the athlete's own included."""
        return self.instances[0].rule.id if self.instances else None

    @property
    def rank(self) -> int:
        return STANDINGS.index(self.standing)


NOT_MADE_UP = "What was missed or lost makes no session that is left longer, and brings no new one."
HOURS = Cause("Your time is as the file has it.", "availability", ("availability",))
"""All of the athlete's windows, where they cannot be told apart."""


def causes(problem: Problem, request: Request) -> list[Cause]:
    """All that may be in conflict, what is given up most readily first.

    A day's time is among them where the problem's places span days whose windows are merely `stated`.
    """
    found = [Cause(_pinned(pin), "pin", pin.path, pin=pin) for pin in problem.pins]
    grouped: dict[tuple[str, Path | None], list[RuleInstance]] = {}
    for instance in problem.rules:
        if (instance.hard or instance.index in problem.ceilings) and not isinstance(instance.clause, Availability):
            # The rulebook's counts are one cause for each selector, else "your goal's numbers" would be all there is.
            of = instance.clause.of if instance.rule.id == "session-counts" and isinstance(instance.clause, Bound) else ""
            grouped.setdefault((instance.rule.id + of, instance.path), []).append(instance)
    for (_, path), group in grouped.items():
        found.append(Cause(_stated(problem, request, group), _standing(group[0]), path, tuple(group)))
    found += [Cause(wish.text, "preference", None, wish=wish) for wish in problem.wishes]
    for anchor in problem.anchors:
        if anchor.only:
            found.append(Cause(NOT_MADE_UP, "preference", None, anchor=anchor))
        if anchor.changes is not None:
            most = "No session" if not anchor.changes else f"At most {anchor.changes} session{'s' * (anchor.changes > 1)}"
            found.append(Cause(f"{most} still to come may change.", "preference", None, anchor=anchor))
    for day in range(7) if problem.stated is not None else ():
        windows = [window for window in problem.stated or () if window.day == day]
        found.append(Cause(_time(day, windows), "availability", windows[0].path if windows else None, day=day))
    return sorted(found, key=lambda cause: (cause.rank, cause.path is None))


def coarse(request: Request) -> Cause:
    """The grid of starts, which holds without a rule."""
    return Cause(f"Sessions start every {request.spec.grid} minutes from a window's opening.", "preference", ("grid",))


def settled(request: Request, problem: Problem) -> Iterator[Cause]:
    """What stands in the way of the problem's wishes and no rule has a say in: what is over, done, or placed by others."""
    now = request.spec.now
    for wish in problem.wishes:
        over = [day for day in wish.days if now is not None and (day + 1) * DAY_MIN <= now]
        if now is not None and over:
            text = f"It is {week_text(now)}: {days_words(over)} {'is' if len(over) == 1 else 'are'} over."
            yield Cause(text, "availability", ("now",))
        held = [piece for piece in problem.done if piece.day in wish.days and wish.meant(problem, piece.piece)]
        if held:
            told = ", ".join(f"{in_sentence(piece.kind.name)} on {DAY_NAMES[piece.day]}" for piece in held)
            yield Cause(f"This is done: {told}.", "availability", ("done",))
        free = {o for place in problem.places if place.pin is None and not place.done for o in place.options}
        for day in wish.days if wish.start is not None else ():
            at = problem.nights.minute(day, wish.start or 0)
            windows = [window for window in problem.stated or problem.windows if window.day == day]
            if not any(window.open <= at < window.close for window in windows):
                yield Cause(_time(day, windows), "availability", windows[0].path if windows else None, day=day)
        pins = [pin for pin in problem.pins if wish.meant(problem, Piece(pin.kind, max(pin.minutes), False))]
        if pins and not any(wish.meant(problem, problem.options[o].piece) for o in free):
            yield Cause(f"{pins[0].kind.name} stands only where you have fixed it.", "pin", pins[0].path)


def left_out(request: Request, problem: Problem, causes: Iterable[Cause]) -> Iterator[Cause]:
    """What the file leaves out, where some cause asks for sessions of which nothing else is one."""
    holds, naming = problem.selectors.holds, Naming(catalogue().selector_rows, problem.kinds)
    pieces = [Piece(kind, kind.minutes.default, False) for kind in problem.kinds.values()]
    asked = [i.clause for cause in causes for i in cause.instances if isinstance(i.clause, Bound) and i.clause.min]
    none = [c.of for c in asked if c.quantity != "days-without" and not problem.members(c.of)]
    for text, path in unwanted(request, problem.selectors).items():
        if any(holds(of, piece) and holds(text, piece) for of in none for piece in pieces):
            yield Cause(f"You leave out {naming.noun(text).many}.", "own count", path)


def _standing(instance: RuleInstance) -> Standing:
    section = instance.path[0] if instance.path else None
    if section == "forbid":
        return "preference"
    if section == "want":
        return "own count"
    return "safety" if instance.rule.safety else instance.rule.evidence


def _pinned(pin: Pin) -> str:
    days = " or ".join(DAY_NAMES[day] for day in pin.days)
    at = f" at {hhmm(pin.start % DAY_MIN)}" if pin.start is not None else ""
    name = pin.label or pin.kind.name
    return f"{name[:1].upper()}{name[1:]} is fixed on {days}{at}."


def _time(day: int, windows: Sequence[Window]) -> str:
    if not windows:
        return f"There is no time on {DAY_NAMES[day]}."
    spans = [range_text((w.open - day * DAY_MIN, w.close - day * DAY_MIN)) for w in windows]
    return f"Your time on {DAY_NAMES[day]} is {' and '.join(spans)}."


def _stated(problem: Problem, request: Request, group: Sequence[RuleInstance]) -> str:
    """The rule's statement with its numbers, or the bound that the goal or the file asks for."""
    rule, clause = group[0].rule, group[0].clause
    if rule.id in ("session-counts", "volume-targets") and isinstance(clause, Bound):
        path = group[0].path
        like = request.document.get(path) if path else None
        return _asked([i.clause for i in group if isinstance(i.clause, Bound)], problem, path, like)
    if rule.id == "user-wish":
        text = (clause.text or rule.statement).partition(";")[0]
        return f"{text[:1].upper()}{text[1:]}."
    return rule.says(group[0].params)


def _asked(clauses: Sequence[Bound], problem: Problem, path: Path | None, like: Any) -> str:
    """`You want exactly 4 lifts.`, `This goal has no hard endurance sessions.`"""
    noun = Naming(catalogue().selector_rows, problem.kinds).noun(clauses[0].of)
    least = max((c.min for c in clauses if isinstance(c.min, int)), default=None)
    most = min((c.max for c in clauses if isinstance(c.max, int)), default=None)
    who = "This goal has" if path is None else "You want"
    exactly = "exactly " if least == most else ""
    return f"{who} {exactly}{amount_words(str(path[1]) if path else '', least, most, noun, like)}."
