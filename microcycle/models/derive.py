"""Kinds made from kinds: a coach's own one, and one that lasts as long as a pinned or a past session did."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from microcycle.models.session import Finisher, Minutes, SessionKind, Steady, Step, misfit


def _minutes_from(base: Minutes, given: object) -> object:
    """90, "90", "60-90" or a whole Minutes table; what is none of these is left to the model to refuse."""
    text = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
    if not isinstance(text, str):
        return given
    low, _, high = (part.strip() for part in text.partition("-"))
    if not (low.isdecimal() and (high or low).isdecimal()):
        raise ValueError(f"minutes: expected 90 or 60-90, not {given!r}")
    least, most = int(low), int(high or low)
    middle = least + (most - least) // 10 * 5
    default = base.default if least <= base.default <= most else middle
    return {"min": least, "max": most, "step": 5, "default": default}


def derive(base: SessionKind, id: str, changes: Mapping[str, Any]) -> SessionKind:
    """A coach's own kind, `base` with some fields changed; minutes may be 90 or "60-90". It is one of what it is like.

    The base's steps are kept while they fit the new modality and lengths, else replaced as `_refilled` says.
    Raises ValueError (pydantic's too) naming the field at fault.
    """
    raw: dict[str, Any] = base.model_dump(exclude={"finisher", "steps", "minutes", "also"})
    raw |= {
        "id": id,
        "ancestors": base.lineage,
        "name": id.replace("-", " ").capitalize(),
        "short": id[:12],
        "sources": ("own",),
    }
    raw |= {"usual_at": base.usual_length} if "steps" not in changes else {"usual_at": None}
    raw |= {"minutes": base.minutes, "steps": base.steps}
    raw |= {"finisher": base.finisher if "minutes" not in changes else None} | dict(changes)
    minutes = Minutes.model_validate(_minutes_from(base.minutes, raw["minutes"]))
    raw["minutes"] = minutes
    if "steps" in changes:
        return SessionKind.model_validate(raw)
    lengths = {*minutes.grid, *(Finisher.model_validate(raw["finisher"]).grid if raw["finisher"] else ())}
    if raw["modality"] != base.modality or not _fits(base, base.steps, lengths):
        same = raw["modality"] == base.modality
        raw |= _refilled(base, raw["name"], lengths, minutes.default, by=5, keep=same)
    return SessionKind.model_validate(raw)


def at_length(kind: SessionKind, minutes: int) -> SessionKind:
    """The kind, able to last so long too: a fixed or a past session may be shorter or longer than any planned one.

    Any whole number of minutes will do; the content of the kind's own lengths is then not to be relied on.
    """
    if minutes in kind.lengths:
        return kind
    raw: dict[str, Any] = kind.model_dump(exclude={"finisher", "steps", "minutes"})
    raw |= {"finisher": kind.finisher, "minutes": kind.minutes, "steps": kind.steps, "also": (*kind.also, minutes)}
    lengths = {*kind.lengths, minutes}
    if not _fits(kind, kind.steps, {minutes}):
        raw |= _refilled(kind, kind.name, lengths, kind.minutes.default, by=1, keep=True)
    return SessionKind.model_validate(raw)


def _fits(base: SessionKind, steps: tuple[Step, ...], lengths: Collection[int]) -> bool:
    return misfit(steps, base.usual_length, base.slack_min, sorted(lengths)) is None


def _refilled(base: SessionKind, name: str, lengths: Collection[int], usual: int, *, by: int, keep: bool) -> dict[str, Any]:
    """Steps for lengths that the base's cannot fill: a longer lift keeps its sets (where `keep`) and ends with time of
    its own; anything else becomes one steady step with the base's share of fast minutes."""
    own_time = Steady(do="steady", effort="easy", words="of your own", minutes=(0, 0, max(lengths)))
    content = base.content(base.minutes.default)
    if keep and content.sets and _fits(base, (*base.steps, own_time), lengths):
        return {"steps": (*base.steps, own_time)}
    share = 100 * content.fast_min // base.minutes.default if base.minutes.default else 0
    main = max(base.steps, key=lambda s: s.fast_seconds(s.span[1]), default=own_time)
    effort = main.effort if isinstance(main, Steady) else getattr(main, "work", "easy")
    span = (min(lengths), usual, max(lengths))
    one = Steady(do="steady", effort=effort, words=name, minutes=span, fast=share, by=by)
    return {"steps": (one,), "usual_at": None}
