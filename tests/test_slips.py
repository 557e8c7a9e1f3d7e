"""Names and values with the slips that people make: told with line and column, or read as they were meant; nothing else."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from asks import SKETCH
from draws import draws

from microcycle.errors import InputError
from microcycle.models import reading
from microcycle.models.catalogue import catalogue
from microcycle.models.clock import DAYS
from microcycle.models.request import Request, RequestSpec
from microcycle.solver.problem import Problem, RuleInstance
from microcycle.solver.resolve import resolve

EXAMPLES = Path(__file__).parent.parent / "examples"
FILES: dict[str, Any] = {
    path.name: reading.read(path).data for path in sorted(EXAMPLES.iterdir()) if path.suffix in (".yaml", ".toml", ".json")
}
FILES["sketch"] = reading.parse(SKETCH, "sketch", "yaml").data

FREE = {"name", "note", "statement", "text", "week", "timezone"}
"""What anybody may write as they like; a time zone is a name of the system's own."""
KNOWN = {*catalogue().kinds, *catalogue().selector_rows}


def swapped(word: str) -> str:
    if not word[:3].isalpha():
        return word  # another number is another number
    return word[:1] + word[2:3] + word[1:2] + word[3:] if len(word) > 3 and word[1] != word[2] else word + word[-1:]


def wide(word: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in word)


SLIPS: dict[str, Callable[[str], Any]] = {
    "capital": str.capitalize,
    "capitals": str.upper,
    "space": lambda word: word.replace("-", " ").replace("_", " "),
    "plural": lambda word: word + "s",
    "singular": lambda word: word.removesuffix("s"),
    "underscore": lambda word: word.replace("-", "_"),
    "hyphen": lambda word: word.replace("_", "-"),
    "trailing blank": lambda word: word + " ",
    "leading blank": lambda word: " " + word,
    "doubled letter": lambda word: word[:2] + word[1:] if word[:2].isalpha() else word,
    "lost letter": lambda word: word[:2] + word[3:] if len(word) > 3 and word[:3].isalpha() else word,
    "transposed letters": swapped,
    "full width": wide,
    "no-break space": lambda word: word.replace(" ", "\u00a0") + "\u00a0",
    "typographic quotes": lambda word: f"“{word}”",
    "quotes within quotes": lambda word: f'"{word}"',
    "typographic dash": lambda word: word.replace("-", "–"),
    "comment glued": lambda word: word + "#note",
}
OF_VALUES: dict[str, Callable[[Any], Any]] = {
    "list for scalar": lambda value: [value],
    "scalar for list": lambda value: value[0] if isinstance(value, list) and len(value) == 1 else str(value),
    "number as text": lambda value: str(value),
    "text as number": lambda value: 3 if isinstance(value, str) and not any(map(str.isdigit, value)) else value,
    "nothing": lambda _value: None,
    "yes or no": lambda value: value if isinstance(value, bool) else True,
    "one level deeper": lambda value: {"x": value},
    "a date": lambda value: "2026-11-23" if isinstance(value, str) and value not in DAYS else value,
}


def nodes(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of all keys and values but those that are free, and of names that the file itself gives."""
    found: list[tuple[Any, ...]] = []
    children = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, child in children:
        if key in FREE:
            continue
        found.append((*path, key))
        found += nodes(child, (*path, key))
    return found


def read(data: Any) -> Problem:
    text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
    document = reading.parse(text, "slip.yaml", "yaml")
    return resolve(Request(reading.validate(document, RequestSpec), document), catalogue())


def _rule(found: RuleInstance) -> tuple[str, str, str, int]:
    """A rule in force; the name of one's own is free."""
    clause = found.clause.model_copy(update={"text": None}).model_dump_json()
    return found.rule.id if found.rule.id in catalogue().rules else "own", clause, found.severity, found.weight


def meaning(problem: Problem) -> Any:
    """All that a problem says, but for where and in which words the file says it."""
    return (
        [(o.kind.id, o.minutes, o.attached) for o in problem.options],
        [(w.open, w.close, w.setup, w.only) for w in problem.windows],
        [(p.kind.id, p.days, p.start, p.minutes, p.outside_windows) for p in problem.pins],
        sorted(_rule(rule) for rule in problem.rules),
        [(p.kind.id, p.minutes, p.day, p.start) for p in (*problem.history, *problem.done, *problem.reference)],
        (problem.goal, problem.primary, problem.levels, problem.wraps, problem.nights, problem.grid),
        (problem.seconds_per_km, problem.clock_changes, dict(problem.experience), dict(problem.policies)),
    )


BEFORE = {name: read(data) for name, data in FILES.items()}
MEANT = {name: meaning(problem) for name, problem in BEFORE.items()}


def slip(data: Any, path: tuple[Any, ...], kind: str) -> bool:
    """Makes the slip in place; whether it changed anything."""
    parent = data
    for part in path[:-1]:
        parent = parent[part]
    key, value = path[-1], parent[path[-1]]
    if kind.startswith("key: "):
        new = SLIPS[kind.removeprefix("key: ")](str(key))
        if isinstance(parent, list) or new in parent:
            return False
        if new in KNOWN and key in KNOWN:
            return False  # long-run and long-runs are two names
        items = [(new if name == key else name, held) for name, held in parent.items()]
        parent.clear()
        parent.update(items)
        return bool(new != key)
    if kind in SLIPS:
        if not isinstance(value, str):
            return False
        parent[key] = SLIPS[kind](value)
    elif kind == "yes or no" and path[0] == "rules" and (len(path) == 2 or key == "severity"):
        return False  # `on` in other words
    else:
        parent[key] = OF_VALUES[kind](value)
    return bool(parent[key] != value) or type(parent[key]) is not type(value)


def told(before: Problem, after: Problem) -> bool:
    """Whether what means something else now stands under what is assumed."""
    return bool({*after.assumptions} - {*before.assumptions})


def judge(name: str, path: tuple[Any, ...], kind: str) -> str | None:
    """What is wrong with how the slip is taken."""
    data = copy.deepcopy(FILES[name])
    if not slip(data, path, kind):
        return None
    try:
        after = read(data)
    except InputError as error:
        return None if error.line and error.column else f"no place: {error}"
    if meaning(after) == MEANT[name] or told(BEFORE[name], after):
        return None
    return "read as something else"


ALL = [(name, path) for name, data in FILES.items() for path in nodes(data)]
KINDS = [*SLIPS, *(f"key: {kind}" for kind in SLIPS), *OF_VALUES]


@pytest.mark.parametrize("part", range(4))
def test_a_slip_is_told_at_its_place_or_means_what_was_meant(part: int) -> None:
    random = Random(part)
    wrong = []
    for _ in range(draws(400)):
        (name, path), kind = random.choice(ALL), random.choice(KINDS)
        if fault := judge(name, path, kind):
            wrong.append((name, path, kind, fault))
    assert wrong == []
