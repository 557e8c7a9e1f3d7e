"""How each cause can give way, and how the file says so: steps from the smallest to all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

from microcycle.errors import Path
from microcycle.models.amounts import ENDS, amount, amount_text, amount_words, measure, step_of
from microcycle.models.catalogue import catalogue
from microcycle.models.clause import Bound
from microcycle.models.clock import DAY_MIN, DAY_NAMES, DAYS, days_words, range_text
from microcycle.models.edit import Edit
from microcycle.models.naming import Naming, Noun, in_sentence
from microcycle.models.request import Request
from microcycle.models.rule import Rule
from microcycle.solver.calendar import key_of
from microcycle.solver.causes import Cause
from microcycle.solver.demands import MEASURED
from microcycle.solver.guarded import Longer
from microcycle.solver.inforce import is_on
from microcycle.solver.names import REST, expression
from microcycle.solver.pins import without
from microcycle.solver.places import START_MIN
from microcycle.solver.problem import Pin, Problem, Window

MOST_MORE = 7
"""So many sessions, or steps, are asked for beyond what is wanted."""


class Step(NamedTuple):
    text: str
    share: Fraction
    edits: tuple[Edit, ...]
    open: bool = False
    """It leaves more free than is needed: how much is, the best week tells."""


class Ladder(NamedTuple):
    """Ever larger changes of one thing, numbered from 1."""

    most: int
    step: Callable[[int], Step]
    steady: bool = True
    """Where a step helps, every larger one does."""


def _single(step: Step) -> Ladder:
    return Ladder(1, lambda _: step)


class Ways:
    """The ways in which causes of a request can give way."""

    def __init__(self, request: Request, problem: Problem) -> None:
        self.request, self.problem = request, problem

    def ladders(self, cause: Cause) -> Iterator[Ladder]:
        """Ways to give up a part of a cause."""
        if cause.pin is not None:
            yield from self._moved(cause.pin)
        elif cause.path is not None and cause.standing == "own count":
            yield from self._counts(cause.path)
        elif cause.path is not None and cause.standing == "preference" and cause.instances:
            yield from self._days_allowed(cause)
        elif cause.rule == "session-counts":
            yield from self._card_count(cause)
        elif cause.rule in catalogue().rules:
            yield from self._parameters(cause)

    def gone(self, cause: Cause) -> list[Step]:
        """Steps that give up all of a cause, or all that anybody would, the mildest first; none for a day's time."""
        whole, text, path = Fraction(1), cause.text, cause.path
        if cause.pin is not None:
            return [Step(f"Leave out what is fixed: {text}", whole, (without(self.request, cause.pin),))]
        if path == ("grid",):
            text = f"Let sessions start every {START_MIN} minutes instead of {self.request.spec.grid}."
            return [Step(text, whole, (Edit(path, START_MIN),))]
        if path is not None and cause.standing == "preference":
            return [Step(f"Give up: {text}", whole, (Edit(path, remove=True),), open=True)]
        if path is not None and cause.standing == "own count":
            return [Step(f"Take for an aim, not for a must: {text}", whole, (self.as_aim(path, None),))]
        if cause.rule is None:
            return []
        if cause.rule == "session-counts":
            return [ladder.step(ladder.most) for ladder in self._card_count(cause)]
        rule, params = cause.instances[0].rule, cause.instances[0].params
        if not rule.whole:
            most = {name: limits.max for name, limits in rule.params.items()}
            return [self._numbers(rule, params, most, whole)] if most != params else []
        told = f"Let the rule {cause.rule} give way where it must: {text}"
        return [Step(told, whole, (self._rule(cause.rule, {"severity": "soft"}),))]

    def as_aim(self, path: Path, most: int | None) -> Edit:
        """A line of `want` of which nothing must be, up to a number that stays."""
        want = self.request.spec.want[str(path[1])]
        aim = next(n for n in (want.target, want.min, want.max) if n is not None)
        return self._wanted(path, None, aim, most)

    def softened(self, rule: str) -> Edit:
        """A rule that gives way where it must."""
        return self._rule(rule, {"severity": "soft"})

    def _counts(self, path: Path) -> Iterator[Ladder]:
        """Fewer or more of what the file wants."""
        key = str(path[1])
        want = self.request.spec.want[key]
        low, target, high = want.min, want.target, want.max
        unit = step_of(key)
        exact = low == high and unit == 1
        noun = self._noun(key)
        like = self.request.document.get(path)
        old = amount_text(key, low, high, like)

        def told(least: int | None, most: int | None, share: Fraction, edit: Edit) -> Step:
            return Step(f"Ask for {amount_words(key, least, most, noun, like)} instead of {old}.", share, (edit,))

        def less(n: int) -> Step:
            assert low is not None
            least = max(0, low - n * unit)
            most = least if exact else high
            share = Fraction(low - least, max(low, 1))
            edit = self._wanted(path, least, None if target is None else min(target, most or target), most)
            return told(least, most, share, edit)

        def more(n: int) -> Step:
            assert high is not None
            most = high + n * unit
            least = most if exact else low
            edit = self._wanted(path, least, None if target is None else max(target, least or target), most)
            return told(least, most, Fraction(most - high, max(high, 1)), edit)

        if low:
            yield Ladder(-(-low // unit), less, not exact)
        if high is not None:
            yield Ladder(MOST_MORE if unit == 1 else max(MOST_MORE, high // unit), more, not exact)

    def _card_count(self, cause: Cause) -> Iterator[Ladder]:
        """More of something than the goal's card has."""
        clause = next((i.clause for i in cause.instances if isinstance(i.clause, Bound)), None)
        if clause is None or not isinstance(clause.max, int):
            return
        key, most = clause.of.replace("just ", ""), clause.max
        if key in self.request.spec.want:
            return
        noun = self._noun(key)

        def more(n: int) -> Step:
            text = f"Ask for up to {most + n} {noun.many}: the goal has at most {most}."
            return Step(text, Fraction(n, max(most, 1)), (Edit(("want", key), {"max": most + n}),))

        yield Ladder(MOST_MORE, more)

    def _days_allowed(self, cause: Cause) -> Iterator[Ladder]:
        """One of the forbidden days."""
        clause = cause.instances[0].clause
        for day in clause.on if isinstance(clause, Bound) and len(clause.on) > 1 else ():
            yield _single(self.allowed(cause, (day,)))

    def allowed(self, cause: Cause, days: Sequence[int]) -> Step:
        """Some of the days on which the file forbids something."""
        path, clause = cause.path, cause.instances[0].clause
        assert path is not None
        assert isinstance(clause, Bound)
        left = [DAYS[day] for day in clause.on if day not in days]
        what = "training" if path[1] == REST else self._noun(str(path[1])).many
        return Step(f"Allow {what} on {days_words(days)}.", Fraction(len(days), len(clause.on)), (Edit(path, left),))

    def _moved(self, pin: Pin) -> Iterator[Ladder]:
        """Shorter, at another hour, or on another day; which one is found when it is known that some would do."""
        least = min(pin.minutes)
        shorter = [n for n in pin.kind.minutes.grid if n < least][::-1]
        name, days = pin.label or in_sentence(pin.kind.name), " or ".join(DAY_NAMES[day] for day in pin.days)
        if pin.each:
            days = f"each of {days_words(pin.each)}"

        def cut(n: int) -> Step:
            text = f"Shorten the {name} on {days} from {least} to {shorter[n - 1]} minutes."
            return Step(text, Fraction(least - shorter[n - 1], least), (Edit((*pin.path, "minutes"), shorter[n - 1]),))

        yield Ladder(len(shorter), cut)
        written = self.request.document.get(pin.path)
        key = self.request.spec.pinned[int(pin.path[1])].days_key
        free = [Edit((*pin.path, name), remove=True) for name in ("start", "outside_windows") if name in written]
        if pin.start is not None:
            yield _single(Step("", Fraction(1, 4), tuple(free), open=True))
        if pin.each:
            return
        whole = Edit((*pin.path, "day"), "daily")
        moved = [whole] if key == "day" else [Edit((*pin.path, "date"), remove=True), whole]
        yield _single(Step("", Fraction(1, 2), (*moved, *free), open=True))

    def _parameters(self, cause: Cause) -> Iterator[Ladder]:
        """Each number of a rule, in either direction as far as the rulebook lets it go."""
        rule, params = cause.instances[0].rule, cause.instances[0].params
        for name, limits in rule.params.items():
            now = params[name]
            yield Ladder(now - limits.min, partial(self._number, rule, params, name, -1))
            yield Ladder(limits.max - now, partial(self._number, rule, params, name, 1))

    def _number(self, rule: Rule, params: Mapping[str, int], name: str, sign: int, n: int) -> Step:
        """A number of a rule by so many more or less."""
        limits = rule.params[name]
        # Less than all of it, however far.
        share = Fraction(n, limits.max - limits.min + 1)
        return self._numbers(rule, params, {name: params[name] + sign * n}, share)

    def _numbers(self, rule: Rule, params: Mapping[str, int], other: Mapping[str, int], share: Fraction) -> Step:
        """Other numbers of a rule."""
        changed = {name: value for name, value in other.items() if value != params[name]}
        told = ", ".join(f"{name.replace('_', ' ')} {value} instead of {params[name]}" for name, value in changed.items())
        stated = rule.says({**params, **changed})
        return Step(f"Relax the rule {rule.id} ({told}): {stated}", share, (self._rule(rule.id, changed),))

    def more_time(self, more: Longer, windows: Iterable[Window]) -> Step:
        """Longer time on a day beside the file's other windows, written under the day's own key."""
        midnight, name = more.day * DAY_MIN, DAY_NAMES[more.day]
        spans: list[tuple[int, int, Any]] = []
        new = range_text((more.open - midnight, more.close - midnight))
        added = more.close - more.open
        text = f"{added} minutes on {name}: {new}."
        for window in windows:
            if window.day != more.day:
                continue
            written = self.request.document.get(window.path)
            if window.index == more.window:
                added -= window.close - window.open
                old = range_text((window.open - midnight, window.close - midnight))
                text = f"{added} more minutes on {name}: {new} instead of {old}."
                written = {**written, "at": new} if isinstance(written, Mapping) else new
            spans.append((window.open, window.close, written))
        if more.window is None:
            spans.append((more.open, more.close, new))
        listed = [written for *_, written in sorted(spans, key=lambda span: span[:2])]
        value = listed[0] if len(listed) == 1 else listed
        return Step(text, Fraction(added, DAY_MIN), (Edit(("availability", key_of(self.request, more.day)), value),))

    # -- how the file says it ------------------------------------------------------------------------------------------

    def _rule(self, rule: str, changed: Mapping[str, int | str]) -> Edit:
        """A rule's severity or numbers, beside what the file says of it already."""
        path, written = ("rules", rule), self.request.document.get(("rules", rule))
        if isinstance(written, Mapping):
            return Edit(path, {**written, **changed})
        if written is None or is_on(written):
            return Edit(path, changed["severity"] if list(changed) == ["severity"] else dict(changed))
        return Edit(path, changed.get("severity", {"severity": written, **changed}))

    def _noun(self, key: str) -> Noun:
        name, selectors = measure(key), self.problem.selectors
        of = MEASURED[name][0] if name else expression(self.request, selectors, ("want", key), key)
        return Naming(catalogue().selector_rows, self.problem.kinds).noun(of)

    def _wanted(self, path: Path, low: int | None, target: int | None, high: int | None) -> Edit:
        """Other ends of a line of `want`, in the form and the unit that it has."""
        key, written = str(path[1]), self.request.document.get(path)
        if isinstance(written, Mapping):
            ends = {"min": low, "target": target, "max": high}
            kept = {name: value for name, value in written.items() if name not in ENDS}
            return Edit(path, {**{n: amount(key, v, v, v, written) for n, v in ends.items() if v is not None}, **kept})
        return Edit(path, amount(key, low, target, high, written))
