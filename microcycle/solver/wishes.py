"""What a week is asked to be for once, beside all rules: a session on a day, at an hour, of a length, so many, or rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from microcycle.errors import InputError
from microcycle.models import clock
from microcycle.models.catalogue import catalogue
from microcycle.models.naming import Naming
from microcycle.models.request import Request
from microcycle.models.selector import Expression, Piece
from microcycle.solver import names
from microcycle.solver.demands import REST_DAY
from microcycle.solver.problem import Placed, Problem

if TYPE_CHECKING:
    from microcycle.solver.cpsat import Lit
    from microcycle.solver.encoding import Encoding

LONGEST = 999
EVERY = tuple(range(7))


@dataclass(frozen=True)
class Wish:
    """From `least` to `most` sessions of a selector on some days, if stated of these lengths, one at this minute of day."""

    text: str
    of: Expression
    days: tuple[int, ...] = EVERY
    start: int | None = None
    shortest: int = 0
    longest: int = LONGEST
    least: int = 1
    most: int | None = None

    def meant(self, problem: Problem, piece: Piece) -> bool:
        """Whether the wish speaks of such a session."""
        return self.shortest <= piece.minutes <= self.longest and problem.selectors.holds(self.of, piece)


def post(enc: Encoding, wish: Wish) -> None:
    """least <= how many are meant on the days <= most; with a start, how many visits of them begin at it."""
    problem = enc.problem
    terms: list[tuple[int, Lit]] = []
    for day in wish.days:
        for place in enc.days()[day]:
            here = [lit for lit, piece in enc.lits(place, wish.of) if wish.shortest <= piece.minutes <= wish.longest]
            if wish.start is None:
                terms += [(1, lit) for lit in here]
                continue
            mains = [lit for lit in here if lit in {enc.x[place, o] for o in problem.places[place].options}]
            at, span = problem.nights.minute(day, wish.start), enc.span[place]
            if mains and span.low <= at <= span.high and (at - span.low) % problem.grid == 0:
                begins = enc.model.new_bool()
                enc.imply(begins, enc.any(mains))
                enc.not_before(place, None, at, begins)
                enc.at_most(enc.start[place], at, begins)
                terms.append((1, begins))
    _, free, _, _ = enc.bounds(terms)
    enc.at_least(enc.sum(free), wish.least)
    if wish.most is not None:
        enc.at_most(enc.sum(free), wish.most)


def granted(problem: Problem, wish: Wish, pieces: Sequence[Placed]) -> bool:
    """Whether a finished week is as wished."""
    meant = [p for p in pieces if p.day in wish.days and wish.meant(problem, p.piece)]
    if wish.start is not None:
        meant = [p for p in meant if p.start == problem.nights.minute(p.day, wish.start)]
    return wish.least <= len(meant) and (wish.most is None or len(meant) <= wish.most)


_EXPECTED = "SESSION=WHAT such as intervals-vo2=thu, long-run='sun 08:00', lifts=4, easy-run='45 min' or rest=sun"
_CLOCK = re.compile(r"\d{1,2}(?:[:.h]\d{2}\s*(?:am|pm)?|\s*(?:am|pm))", re.IGNORECASE)
_LENGTH = re.compile(r"(\d{1,3})\s*(?:minutes|mins?|m)\b", re.IGNORECASE)
_COUNT = re.compile(r"(\d{1,2})(?:\s*-\s*(\d{1,2}))?")


def parse(request: Request, problem: Problem, written: str) -> Wish:
    """`intervals-vo2=thu`, `long-run=sun 08:00`, `lifts=4`, `easy-run=45 min`, `rest=sun`. Raises InputError."""
    key, days, start, minutes, count = read(written)
    if minutes == 0:
        _refuse(written, "a session of no minutes is none")
    if key == names.REST:
        if days is None or start is not None or minutes:
            _refuse(written, "rest is asked for by days")
        return Wish(f"You ask for rest on {clock.days_words(days)}.", REST_DAY, days, least=0, most=0)
    of = _known(request, problem, key, written)
    noun = Naming(catalogue().selector_rows, problem.kinds).noun(of)
    least, most = count or (1, None)
    wish = Wish("", of, days or EVERY, start, minutes or 0, minutes or LONGEST, least, most)
    if not any(wish.meant(problem, piece) for piece in problem.pieces) and least:
        lengths = sorted({p.minutes for p in problem.pieces if problem.selectors.holds(of, p)})
        menu = dict.fromkeys(option.kind.id for option in problem.options)
        told = f"{noun.many} of {', '.join(map(str, lengths))} minutes" if lengths else f"one of {', '.join(menu)}"
        if rule := _gate(problem, wish):
            _refuse(written, f"{rule} allows no such session", told)
        _refuse(written, f"this week's menu has no {noun.one}{f' of {minutes} minutes' if minutes else ''}", told)
    article = "an" if noun.one[0] in "aeiou" else "a"
    number = f"{least}{f'-{most}' if most != least else ''} " if count else f"{article} "
    text = f"{number}{noun.one if most == 1 or not count else noun.many}"
    text += f" of {minutes} minutes" if minutes else ""
    text += f" on {clock.days_words(days)}".replace(" and ", " or ") if days else ""
    text += f" at {clock.hhmm(start)}" if start is not None else ""
    return replace(wish, text=f"You ask for {text}.")


class Asked(NamedTuple):
    """What is written behind a session: days, a minute of the day, a length, a number from and to."""

    key: str
    days: tuple[int, ...] | None
    start: int | None
    minutes: int | None
    number: tuple[int, int] | None


def read(written: str) -> Asked:
    """`easy-run=tue 18:30 45 min` in its parts. Raises InputError."""
    key, sign, what = (part.strip() for part in written.partition("="))
    if not (key and sign and what):
        _refuse(written, "this is no question")
    clock_found, length = _CLOCK.search(what), _LENGTH.search(what)
    rest = what
    for found in (clock_found, length):
        rest = rest.replace(found[0], " ") if found else rest
    rest = " ".join(rest.split()).strip(", ").rstrip("- ")
    count = _COUNT.fullmatch(rest)
    if re.fullmatch(r"[-+\d][\d\s.-]*", rest) and not count:
        _refuse(written, f"'{rest[:40]}' is no number of sessions", "0 to 99 such as lifts=4 or runs=2-3")
    try:
        days = None if count or not rest else clock.parse_days(rest)
        start = clock.parse_clock(clock_found[0]) if clock_found else None
    except ValueError as error:
        _refuse(written, str(error).partition("; expected")[0])
    number = (int(count[1]), int(count[2] or count[1])) if count else None
    return Asked(key, days, start, int(length[1]) if length else None, number)


def fixed(written: str, *needed: str) -> dict[str, object]:
    """`easy-run=sat 08:00 45 min` as a pinned session of a file. Raises InputError."""
    asked = read(written)
    found: dict[str, object] = {"session": asked.key}
    if asked.days:
        found["day"] = [clock.DAYS[day] for day in asked.days]
    if asked.start is not None:
        found["start"] = clock.hhmm(asked.start)
    if asked.minutes is not None:
        found["minutes"] = asked.minutes
    if asked.number or any(name not in found for name in needed):
        _refuse(written, "this says not when", "SESSION=DAY HOUR such as easy-run=sat 08:00")
    return found


def _gate(problem: Problem, wish: Wish) -> str | None:
    """The gate behind which all is that is wished for."""
    meant = [p for kind in problem.kinds.values() for n in kind.lengths if wish.meant(problem, p := Piece(kind, n, False))]
    held = problem.selectors.holds
    shut = [next((rule for rule, bound in problem.gates if bound.max == 0 and held(bound.of, p)), None) for p in meant]
    return shut[0] if shut and all(shut) else None


def _known(request: Request, problem: Problem, key: str, written: str) -> Expression:
    # As the map and the week write it.
    called = {_plain(text): kind.id for kind in problem.kinds.values() for text in (kind.name, kind.short)}
    key = key if key in problem.kinds else called.get(_plain(key), key)
    try:
        return names.expression(request, problem.selectors, (), key)
    except InputError as error:
        raise InputError(f"'{written}'", error.message, expected=error.expected, nearest=error.nearest) from None


def _plain(name: str) -> str:
    return name.lower().replace("-", " ")


def _refuse(written: str, message: str, expected: str = _EXPECTED) -> NoReturn:
    raise InputError(f"'{written}'", message, expected=expected)
