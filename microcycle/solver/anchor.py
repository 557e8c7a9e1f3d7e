"""How far a week is from one that was planned: sessions that change, and by how much they move in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from microcycle.models.pairing import Spot, paired
from microcycle.solver.problem import DAY_MIN, Placed, Problem

if TYPE_CHECKING:
    from microcycle.solver.cpsat import Term, Var
    from microcycle.solver.encoding import Encoding


HOUR, DAY_H, WEEK_H = 60, 24, 168


@dataclass(frozen=True)
class Anchor:
    """Sessions that were planned, and the most that may change."""

    sessions: tuple[Placed, ...]
    changes: int | None = None
    """Of each kind those that are not kept as they were, old or new, whichever are more."""
    hours: int | None = None
    """Between old and new starts, as many of a kind as can be paired, by the pairing that moves least: from day to day,
    then whole hours along the day.

    One without a counterpart weighs as much as one moved by a week: better moved than dropped.
    """
    every: bool = False
    """Walks, strides and the like count as well; else they are nobody's loss."""
    exact: bool = False
    """Walks and what stands behind another session keep their hour, too."""
    only: bool = False
    """Nothing else is planned than these, where and when ever, nor any of them longer."""
    but: frozenset[str] = frozenset()
    """Kinds of which more may be planned all the same."""
    most: int | None = None
    """So many of these sessions at most, of all that count."""

    @property
    def holds(self) -> bool:
        """Whether anything is demanded."""
        return self.only or self.changes is not None or self.hours is not None


def planned_before(pieces: Iterable[Placed]) -> Anchor:
    """The sessions of a week that are still to come, for another week to be near to."""
    return Anchor(tuple(piece for piece in pieces if not piece.done), every=True)


@dataclass(frozen=True)
class Distance:
    """Terms of the model that come to no less than the changes and the hours of what it holds, and can reach them."""

    changes: tuple[Term, ...]
    days: tuple[Term, ...]
    """In hours, from one day to another; sessions without a counterpart are a week away."""
    along: tuple[Term, ...]
    """Whole hours along the day."""


def post(enc: Encoding, anchor: Anchor) -> Distance:
    """Holds the distance to what may change, as far as the anchor says."""
    if anchor.only:
        _post_only(enc, anchor)
        if anchor.changes is None and anchor.hours is None:
            return Distance((), (), ())
    changes: list[Term] = []
    days: list[Term] = []
    along: list[Term] = []
    behind = {id(piece): visit for piece, visit in _behind(anchor.sessions)}
    offered = {option.kind.id for option in enc.problem.options if option.kind.counts or anchor.every}
    for kind in sorted(offered | {piece.kind.id for piece in anchor.sessions}):
        old = [piece for piece in anchor.sessions if piece.kind.id == kind]
        new = _choices(enc, kind)
        if not old:
            changes += [(1, lit) for _, lit, _ in new]
            days += [(WEEK_H, lit) for _, lit, attached in new if not attached]
            continue
        kept: list[Term] = [
            (1, lit) for piece in old for lit in _kept(enc, piece, visit=behind.get(id(piece)), exact=anchor.exact)
        ]
        most = enc.model.new_int(max(len(old), len(new)))
        changes.append((1, most))
        enc.at_least(enc.sum([(1, most), *kept]), len(old))
        enc.at_least(enc.sum([(1, most), *kept, *((-1, lit) for _, lit, _ in new)]), 0)
        if not all(piece.kind.counts for piece in old):
            continue
        whole, rest = _moved(enc, [piece for piece in old if piece.start is not None and id(piece) not in behind], new)
        days, along = days + whole, along + rest
    if anchor.changes is not None:
        enc.at_most(enc.sum(changes), anchor.changes)
    if anchor.hours is not None:
        enc.at_most(enc.sum([*days, *along]), anchor.hours)
    return Distance(tuple(changes), tuple(days), tuple(along))


def _post_only(enc: Encoding, anchor: Anchor) -> None:
    """Each new session needs an old one of its kind that is as long: by Hall's theorem, as many as are so long or longer."""
    new: dict[str, list[tuple[int, Var]]] = {}
    counting: list[Term] = []
    for place in enc.problem.places:
        for o in enc.choices(place.index) if not place.done else ():
            option = enc.problem.options[o]
            if option.kind.id not in anchor.but:
                new.setdefault(option.kind.id, []).append((option.minutes, enc.x[place.index, o]))
                counting += [(1, enc.x[place.index, o])] * option.kind.counts
    if anchor.most is not None:
        enc.at_most(enc.sum(counting), anchor.most)
    for kind, choices in sorted(new.items()):
        old = [piece.minutes for piece in anchor.sessions if piece.kind.id == kind]
        for least in sorted({n for n, _ in choices}):
            so_long = [(1, lit) for n, lit in choices if n >= least]
            enc.at_most(enc.sum(so_long), sum(n >= least for n in old))


def _is_only(anchor: Anchor, pieces: Sequence[Placed]) -> bool:
    here = [piece for piece in pieces if not piece.done and piece.kind.id not in anchor.but]
    if anchor.most is not None and sum(piece.kind.counts for piece in here) > anchor.most:
        return False
    for kind in {piece.kind.id for piece in here}:
        old, new = (sorted((p.minutes for p in some if p.kind.id == kind), reverse=True) for some in (anchor.sessions, here))
        if len(new) > len(old) or any(n > was for was, n in zip(old, new, strict=False)):
            return False
    return True


def _choices(enc: Encoding, kind: str) -> list[tuple[int, Var, bool]]:
    """(place, literal, attached) of every option of the kind that is still to come."""
    problem = enc.problem
    return [
        (place.index, enc.x[place.index, o], problem.options[o].attached)
        for place in problem.places
        if not place.done
        for o in enc.choices(place.index)
        if problem.options[o].kind.id == kind
    ]


def _behind(pieces: Sequence[Placed]) -> Iterator[tuple[Placed, Placed]]:
    """What stands behind another session in its visit, and that: it goes where that goes, and keeps no hour of its own."""
    leads: dict[tuple[int, int], Placed] = {}
    for piece in pieces:
        lead = leads.setdefault((piece.day, piece.visit), piece)
        if piece.finisher or lead is not piece:
            yield piece, lead


def _kept(enc: Encoding, piece: Placed, *, visit: Placed | None, exact: bool) -> Iterator[Var]:
    """Literals, one of them at most, that hold only where the piece stands as it was.

    One behind the first of its `visit` stands so on its day, or if `exact`, where that visit begins as it did.
    """
    problem = enc.problem
    begins = (visit or piece).start
    for place in problem.places:
        if place.day != piece.day or place.done:
            continue
        for o in enc.choices(place.index):
            option = problem.options[o]
            if option.kind.id != piece.kind.id or option.minutes != piece.minutes:
                continue
            if not option.kind.counts and not exact:
                # A walk is where it was at any hour of its day, what follows a session in its visit wherever that is.
                yield enc.x[place.index, o]
                continue
            if option.attached != (visit is not None):
                continue
            if option.attached and not exact:
                yield enc.x[place.index, o]
                continue
            span = enc.span[place.index]
            if begins is None or not span.low <= begins <= span.high:
                continue
            if span.low == span.high:
                yield enc.x[place.index, o]
            elif (begins - span.low) % problem.grid == 0:
                same = enc.model.new_bool()
                enc.imply(same, enc.x[place.index, o])
                enc.not_before(place.index, None, begins, same)
                enc.at_most(enc.start[place.index], begins, same)
                yield same


def _moved(enc: Encoding, old: Sequence[Placed], new: Sequence[tuple[int, Var, bool]]) -> tuple[list[Term], list[Term]]:
    """Hours between the pairs of an assignment of old sessions to new ones that leaves none over on both sides.

    From day to day, and along the day.
    """
    mains = [(place, lit) for place, lit, attached in new if not attached]
    places = sorted({place for place, _ in mains})
    model = enc.model
    days: list[Term] = [(WEEK_H, lit) for _, lit in mains]
    along: list[Term] = []
    if not old:
        return days, along
    alone = model.new_int(len(old))
    days.append((WEEK_H, alone))
    pairs = {(n, place): model.new_bool() for n in range(len(old)) for place in places}
    for (n, place), pair in pairs.items():
        span, day = enc.span[place], enc.problem.places[place].day
        wanted = _on(old[n], day)
        days.append((DAY_H * abs(old[n].day - day) - WEEK_H, pair))
        if span.low == span.high:
            along.append((abs(span.low - wanted) // HOUR, pair))
            continue
        # What is moved by less than so many hours and one is moved by so many.
        off = model.new_int(max(abs(span.low - wanted), abs(span.high - wanted)) // HOUR)
        along.append((1, off))
        enc.at_most(enc.start[place] - enc.sum([(HOUR, off)]), wanted + HOUR - 1, pair)
        enc.not_before(place, None, wanted - HOUR + 1 - enc.sum([(HOUR, off)]), pair)
    for n in range(len(old)):
        enc.at_most(enc.sum([(1, pairs[n, place]) for place in places]), 1)
    for place in places:
        here = [(-1, lit) for at, lit in mains if at == place]
        enc.at_most(enc.sum([*((1, pairs[n, place]) for n in range(len(old))), *here]), 0)
    every = [(1, pair) for pair in pairs.values()]
    enc.at_least(enc.sum([(1, alone), *every]), len(old))
    more = model.new_bool()
    # As many pairs as there are new ones, or, where those are more, as old ones.
    enc.at_least(enc.sum([*every, *((-1, lit) for _, lit in mains), (len(mains), more)]), 0)
    enc.at_least(enc.sum([*every, (-len(old), more)]), 0)
    return days, along


def _on(piece: Placed, day: int) -> int:
    """The minute of the week at which a day has the hour of a session."""
    assert piece.start is not None
    return piece.start + (day - piece.day) * DAY_MIN


def distance(anchor: Anchor, pieces: Sequence[Placed]) -> tuple[int, int, int]:
    """Changes, sessions without a counterpart, and hours between the others, worked out without a solver."""
    changes = alone = hours = 0
    here = [piece for piece in pieces if not piece.done and (piece.kind.counts or anchor.every)]
    behind = {id(piece): visit for some in (anchor.sessions, here) for piece, visit in _behind(some)}
    for kind in {piece.kind.id for piece in (*anchor.sessions, *here)}:
        old, new = ([p for p in some if p.kind.id == kind] for some in (anchor.sessions, here))
        was, is_ = (Counter(_place(p, behind.get(id(p)), exact=anchor.exact) for p in some) for some in (old, new))
        kept = (was & is_).total()
        changes += max(len(old), len(new)) - kept
        old_spots, new_spots = (
            [(p.day, _on(p, 0)) for p in some if p.start is not None and p.kind.counts and id(p) not in behind]
            for some in (old, new)
        )
        alone += abs(len(old_spots) - len(new_spots))
        hours += sum(_hours(old_spots[i], new_spots[j]) for i, j in paired(old_spots, new_spots, _hours))
    return changes, alone, hours


def _place(piece: Placed, visit: Placed | None, *, exact: bool) -> tuple[object, ...]:
    follows = visit is not None
    timed = exact or (piece.kind.counts and not follows)
    return piece.day, (visit or piece).start if timed else None, piece.minutes, (exact or piece.kind.counts) and follows


def _hours(one: Spot, other: Spot) -> int:
    return DAY_H * abs(one[0] - other[0]) + abs(one[1] - other[1]) // HOUR


def keeps(problem: Problem, pieces: Sequence[Placed]) -> bool:
    """Whether a finished week is as near to the problem's anchors as they demand."""
    return all(_is_near(anchor, pieces) for anchor in problem.anchors if anchor.holds)


def _is_near(anchor: Anchor, pieces: Sequence[Placed]) -> bool:
    if anchor.only and not _is_only(anchor, pieces):
        return False
    changes, alone, hours = distance(anchor, pieces)
    values, limits = (changes, alone * WEEK_H + hours), (anchor.changes, anchor.hours)
    return all(limit is None or value <= limit for value, limit in zip(values, limits, strict=True))
