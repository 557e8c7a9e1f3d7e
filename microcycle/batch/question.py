"""What is asked, whoever asks: requests that differ in names and notes alone are one question, solved once."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from microcycle.models.request import LONGEST_NAME, LONGEST_NOTE

OPEN, CLOSE = "\ue000", "\ue001"
"""Around what stands for a personal text until the answer is known: of the private use area, no person types them."""
NAME = f"{OPEN}name{CLOSE}"
_ODD = re.compile(f"[{OPEN}{CLOSE}\ud800-\udfff]")
"""What no name may hold that is put back unread: our marks, and what is no text."""


@dataclass(frozen=True)
class Question:
    """A request without its personal texts, and these."""

    hash: str
    """Of the request without them: 32 hexadecimal digits."""
    request: Mapping[str, Any]
    personal: Mapping[str, str]
    """What stands for each of them in the request, and in the answer."""

    def answered(self, text: str) -> str:
        """An answer in JSON with the personal texts back in their places."""
        for mark, said in self.personal.items():
            text = text.replace(mark, json.dumps(said, ensure_ascii=False)[1:-1])
        return text


def question(request: Mapping[str, Any]) -> Question:
    """The question of a request; a text that could not be an athlete's name or note stays in it, to be refused there.

    No name is a name like any other.
    """
    personal: dict[str, str] = {}
    athlete, pinned = request.get("athlete"), request.get("pinned")
    changed: dict[str, Any] = dict(request)
    if athlete is None and "athlete" not in request:
        athlete = {}
    if isinstance(athlete, Mapping) and _is_text(athlete.get("name", ""), LONGEST_NAME):
        personal[NAME] = athlete.get("name", "")
        changed["athlete"] = {**athlete, "name": NAME}
    if isinstance(pinned, list):
        changed["pinned"] = list(_noted(pinned, personal))
    text = canonical(changed)
    if sum(text.count(mark) for mark in (OPEN, CLOSE)) != 2 * len(personal):
        # Somebody does type them.
        personal, changed, text = {}, dict(request), canonical(request)
    return Question(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32], changed, personal)


def _noted(pinned: list[Any], personal: dict[str, str]) -> Iterator[Any]:
    for n, pin in enumerate(pinned):
        if isinstance(pin, Mapping) and _is_text(pin.get("note", ""), LONGEST_NOTE):
            mark = f"{OPEN}note{n}{CLOSE}"
            personal[mark] = pin.get("note", "")
            yield {**pin, "note": mark}
        else:
            yield pin


def _is_text(value: Any, longest: int) -> bool:
    return isinstance(value, str) and len(value) <= longest and _ODD.search(value) is None


def canonical(data: Any) -> str:
    """One text for one request, whatever the order of its keys."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
