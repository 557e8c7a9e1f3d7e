"""Names in a constraints file: sessions, groups of them and expressions of both, as the rulebook spells them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NoReturn

from microcycle.errors import Path, nearest_name, shown
from microcycle.models.amounts import MEASURES, counts_days, meant
from microcycle.models.reading import fail
from microcycle.models.request import Request
from microcycle.models.selector import Selectors, terms
from microcycle.models.session import SessionKind

ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
"""How own sessions and own rules are spelled, like those of the rulebook."""
REST = "rest"
_MODALITIES = {"cross": "cross-training"}
"""Words that a session's `modality` may have and that are no group, nor the singular of one."""


def kind_of(request: Request, kinds: Mapping[str, SessionKind], path: Path, name: str) -> SessionKind:
    """The kind of that name; InputError for an unknown one, and for rest, which nobody can do or pin."""
    if name == REST:
        expected = "no session on that day; rest days are asked for by 'forbid: {sessions: sun}' or 'prefer: {rest: sun}'"
        fail(request.document, path, "rest is no session", expected=expected)
    if name not in kinds:
        fail(request.document, path, f"unknown session {shown(name)}", candidates=_sessions(kinds))
    return kinds[name]


def expression(request: Request, selectors: Selectors, path: Path, text: str, *, key: bool = False) -> str:
    """A selector expression spelled as in the rulebook (`run` is `runs`); InputError for unknown names."""
    parts = []
    for part in text.split("|"):
        try:
            (term,) = terms(part)
        except ValueError:
            word = re.split(r"[<>=]", part)[0].strip() or part
            if _spelled(selectors, word) is not None:
                told = f"{shown(part.strip())} compares {word} with no number of minutes"
                fail(request.document, path, told, expected="such as runs, 'runs > 45' or 'easy-run <= 30'", key=key)
            _unknown(request, selectors, path, word, key=key)
        name = None if term.just else _spelled(selectors, term.name)
        if name is None:
            _unknown(request, selectors, path, term.name, key=key)
        parts.append(part.strip().replace(term.name, name, 1))
    return " | ".join(parts)


def at(request: Request, path: Path, index: int) -> Path:
    """The path of an item of what may be written as a list or, where it is one, as the item itself."""
    return (*path, index) if isinstance(request.document.get(path), list) else path


def _spelled(selectors: Selectors, name: str) -> str | None:
    """The name, or the group that it is the singular of, or the kind that it is the plural of."""
    if name == REST:
        return None
    if name in selectors.kinds or name in selectors.rows:
        return name
    if f"{name}s" in selectors.rows:
        return f"{name}s"
    if name in _MODALITIES:
        return _MODALITIES[name]
    return name[:-1] if name.endswith("s") and name[:-1] in selectors.kinds else None


def _unknown(request: Request, selectors: Selectors, path: Path, word: str, *, key: bool) -> NoReturn:
    wanted = path[:1] == ("want",) and key
    if word == REST or (wanted and counts_days(word)):
        expected = "the rule: 'rules: {rest-days-min: {days: 2}}', or the day: 'prefer: {rest: sun}'"
        message = f"{'rest is' if word == REST else f'{word} are'} no session that can be counted"
        fail(request.document, path, message, expected=expected, key=key, code="unknown-key" if key else None)
    names = [*_sessions(selectors.kinds), *selectors.rows]
    if wanted and (near := meant(word) or nearest_name(word, [*names, *MEASURES])) in MEASURES:
        expected = f"a session, a group of sessions, or one of {', '.join(MEASURES)}"
        message = f"unknown key {shown(word)}"
        fail(request.document, path, message, expected, [near], key=True, word=near, code="unknown-key")
    expected = "a session or a group of `microcycle sessions`, such as easy-run, runs or 'runs > 45'"
    message = f"unknown session {shown(word)}"
    rest = [REST] if path[:1] in (("prefer",), ("forbid",)) else []
    fail(request.document, path, message, expected=expected, candidates=[*names, *rest], key=key, word=word)


def _sessions(kinds: Mapping[str, SessionKind]) -> list[str]:
    return [name for name in kinds if name != REST]
