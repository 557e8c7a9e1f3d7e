"""A pydantic ValidationError -> problems in plain words, each at a path of the user's own file."""

import re
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError, WithJsonSchema
from pydantic.fields import FieldInfo
from typing_extensions import TypeAliasType

from microcycle.errors import At, Code, Path, code_of, nearest_name, one_of, shown


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong; with `key` the last key of the path is, not its value."""

    path: Path
    message: str
    expected: str | None = None
    nearest: str | None = None
    key: bool = False
    missing: bool = False
    code: Code = "bad-value"


@dataclass(frozen=True)
class _Found:
    """One of pydantic's errors: its path in the data, and the labels of union branches met on the way."""

    path: Path
    labels: tuple[tuple[int, str | int], ...]
    error: Mapping[str, Any]


_SHAPES = {
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "string": "a text",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozen_set": "a list",
    "iterable": "a list",
    "dict": "keys with values",
    "mapping": "keys with values",
    "model": "keys with values",
    "model_attributes": "keys with values",
    "dataclass": "keys with values",
    "date": "a date such as 2026-11-23",
    "date_from_datetime": "a date such as 2026-11-23",
    "datetime": "a date and time",
    "time": "a time such as 18:30",
    "none": "nothing",
    "enum": "a text",
}
_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}
_LENGTHS = {
    "too_short": "at least {min_length} of them",
    "too_long": "at most {max_length} of them",
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
}
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'")


def problems(error: ValidationError, data: Any, model: type[BaseModel]) -> list[Problem]:
    """The problems, at least one: of a union only the branch that was meant, a mistyped key only once."""
    found = [_located(item, data) for item in error.errors(include_url=False)]
    told = [_told(item, model) for item in _meant(found)]
    guesses = {(p.path[:-1], p.nearest) for p in told if p.key and p.nearest}
    kept = [p for p in told if not (p.missing and (p.path[:-1], p.path[-1]) in guesses)]
    return _together(dict.fromkeys(kept))


_BY_DAY = ("availability", "sleep")
_BY_SESSION = ("prefer", "forbid")


def empties(data: Any, lines: Mapping[Path, tuple[int, int]], path: Path = ()) -> list[Problem]:
    """Keys and items without a value, which YAML reads from `{mon, wed, fri: 17:30-20:30}` too: one for a row on a line."""
    if not isinstance(data, dict | list) or path == ("week",):
        return []
    items = list(data.items() if isinstance(data, dict) else enumerate(data))
    found: list[Problem] = []
    row: list[str | int] = []
    before: tuple[Any, Any] = ("", "")
    for key, value in items:
        here, above = ((*path, name) for name in (key, row[-1] if row else key))
        if row and lines.get(here, (0, 0))[0] != lines.get(above, (0, 0))[0]:
            row = []
        if value is None:
            row.append(key)
            found += [_comma(here, before) or _empty(here)] if len(row) == 1 else []
            continue
        before = (key, value)
        if row and not isinstance(value, dict) and isinstance(key, str):
            found[-1] = _parted(found[-1], [*map(str, row), key], value)
        row = []
        found += empties(value, lines, here)
    return found


def _empty(path: Path) -> Problem:
    expected = "none, or a value" if path[0] == "availability" else "a value, or the key left out"
    key = isinstance(path[-1], str)
    return Problem(path, f"{_subject(path)} has no value", expected, key=key, code="empty-value")


def _comma(path: Path, before: tuple[Any, Any]) -> Problem | None:
    """A number with a decimal comma between braces: of `{bodyweight: 72,5 kg}` YAML makes 72 and a key `5 kg`."""
    (key, value), rest = before, str(path[-1])
    if not (re.fullmatch(r"[~\d-]*\d", str(value)) and re.fullmatch(r"\d{1,2}\s*[a-z]*", rest, re.IGNORECASE)):
        return None
    message = f"between braces a comma ends a value: {shown(f'{value},{rest}')} is two of them"
    return Problem((*path[:-1], key), message, f"{value}.{rest}, or quotes around it")


def _parted(problem: Problem, keys: list[str], value: Any) -> Problem:
    """What was meant by keys with a comma between them, of which only the last one has a value."""
    first = problem.path[0]
    if len(problem.path) != 2 or first not in (*_BY_DAY, *_BY_SESSION):
        return problem
    joined = f"'{','.join(keys).lower()}'" if first in _BY_DAY else f"'{' | '.join(keys)}'"
    written = shown(value).strip("'") if isinstance(value, str) else "..."
    return replace(problem, expected=f"{'none' if first == 'availability' else 'a value'}, or {joined}: {written}")


def _together(found: Iterable[Problem]) -> list[Problem]:
    """Keys that one group lacks are told in one breath."""
    lacking: dict[Path, list[Problem]] = {}
    kept: list[Problem] = []
    for problem in found:
        if problem.missing:
            lacking.setdefault(problem.path[:-1], []).append(problem)
        else:
            kept.append(problem)
    for group in lacking.values():
        *most, last = (f"'{problem.path[-1]}'" for problem in group)
        names = f"the keys {', '.join(most)} and {last} are" if most else f"the key {last} is"
        kept.append(replace(group[0], message=f"{names} missing"))
    return kept


def _located(error: Mapping[str, Any], data: Any) -> _Found:
    path: list[str | int] = []
    labels: list[tuple[int, str | int]] = []
    steps = error["loc"][:-1] if error["type"] == "missing" else error["loc"]
    for step in steps:
        if (isinstance(data, dict) and step in data) or (
            isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data)
        ):
            path.append(step)
            data = data[step]
        elif step != "[key]":
            labels.append((len(path), step))
    return _Found(tuple(path), tuple(labels), error)


def _meant(found: list[_Found]) -> list[_Found]:
    """Of each union the errors of the branch that the user meant, if that is clear, or one error for all."""
    kept = [item for item in found if not item.labels]
    unions: dict[Path, dict[str | int, list[_Found]]] = {}
    for item in found:
        if item.labels:
            depth, label = item.labels[0]
            inner = _Found(item.path, item.labels[1:], item.error)
            unions.setdefault(item.path[:depth], {}).setdefault(label, []).append(inner)
    for at, branches in unions.items():
        kept += _branch(at, [_meant(items) for items in branches.values()])
    return kept


def _branch(at: Path, branches: list[list[_Found]]) -> list[_Found]:
    best = max(_closeness(at, items) for items in branches)
    near = [items for items in branches if _closeness(at, items) == best]
    if best == 2:
        return min(near, key=len)
    # Nothing fits better than the rest: one error that carries the others, to be told in one breath.
    # What a parser of ours said comes first: it knows more than "not this word".
    items = [item for branch in near for item in branch]
    items.sort(key=lambda item: item.error["type"] != "value_error")
    merged = {**items[0].error, "others": [item.error for item in items[1:]]}
    return [_Found(at, (), merged)]


def _closeness(at: Path, items: list[_Found]) -> int:
    """2: the value has this branch's shape and errs inside; 1: the right kind of value; 0: another shape."""
    if any(len(i.path) > len(at) or i.error["type"] in ("missing", "extra_forbidden") for i in items):
        return 2
    return int(any(not _shape(i.error["type"]) for i in items))


def _shape(kind: str) -> str | None:
    return _SHAPES.get(re.sub(r"_(type|parsing|from_float|parsing_size|attributes_type|required)$", "", kind))


def _told(found: _Found, model: type[BaseModel]) -> Problem:
    error, path = found.error, found.path
    kind, ctx = error["type"], error.get("ctx", {})
    if kind == "missing":
        name = str(error["loc"][-1])
        return Problem((*path, name), f"the key '{name}' is missing", missing=True, code="missing-key")
    if kind == "extra_forbidden":
        names = _names(model, error["loc"][:-1])
        key = path[-1] if path else ""
        message = f"unknown key {shown(key)}"
        return Problem(path, message, one_of(names, every=True), nearest_name(key, names), key=True, code="unknown-key")
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _tag_told(found)
    told = [_value_told(path, item) for item in (error, *error.get("others", ()))]
    first = told[0]
    key = error["loc"][-1:] == ("[key]",)
    if isinstance(ctx.get("error"), At) or len(told) == 1:
        return replace(first, key=first.key or key)
    expected = " or ".join(dict.fromkeys(p.expected for p in told if p.expected)) or None
    nearest = next((p.nearest for p in told if p.nearest), None)
    return replace(first, expected=expected, nearest=nearest, key=key)


def _tag_told(found: _Found) -> Problem:
    ctx = found.error.get("ctx", {})
    field = str(ctx.get("discriminator", "")).strip("'")
    names = _QUOTED.findall(str(ctx.get("expected_tags", "")))
    if "tag" not in ctx:
        message = f"the key '{field}' is missing"
        return Problem((*found.path, field), message, one_of(names), missing=True, code="missing-key")
    return Problem(
        (*found.path, field),
        f"unknown {field} {shown(ctx['tag'])}",
        one_of(names),
        nearest_name(ctx["tag"], names),
        code="unknown-name",
    )


def _value_told(path: Path, error: Mapping[str, Any]) -> Problem:
    kind, ctx = error["type"], error.get("ctx", {})
    value = error.get("input")
    cause = ctx.get("error")
    subject = f"{_subject(path)} cannot be {'empty' if value is None else shown(value)}"
    if isinstance(cause, At):
        return Problem((*path, *cause.path), str(cause), cause.expected, cause.nearest, cause.key, code=cause.code)
    if kind in ("value_error", "assertion_error"):
        text = str(cause) or "this cannot be"
        message, _, rest = text.partition("; expected ")
        expected, _, near = rest.partition("; did you mean '")
        return Problem(path, message, expected or None, near.removesuffix("'?") or None, code=code_of(cause))
    if kind in ("literal_error", "enum"):
        wanted = str(ctx.get("expected", ""))
        names = _QUOTED.findall(wanted) or re.split(r", | or ", wanted)
        return Problem(path, subject, one_of(names), nearest_name(value, names), code="unknown-name")
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return Problem(path, subject, f"{words} {ctx.get(name)}")
    if kind in _LENGTHS:
        if "actual_length" in ctx and value:
            subject = f"{_subject(path)} holds {ctx['actual_length']}"
        return Problem(path, subject, _LENGTHS[kind].format(**ctx))
    if shape := _shape(kind):
        return Problem(path, subject, shape)
    if kind == "multiple_of":
        return Problem(path, subject, f"a multiple of {ctx.get('multiple_of')}")
    if kind == "string_pattern_mismatch":
        return Problem(path, subject, f"a text in the form {ctx.get('pattern')}")
    text = str(error["msg"])
    return Problem(path, f"{subject} ({text[:1].lower()}{text[1:]})")


def _subject(path: Path) -> str:
    if not path:
        return "the file"
    last = path[-1]
    if isinstance(last, str):
        return shown(last)[1:-1]
    return f"item {last + 1}" + (f" of {shown(path[-2])[1:-1]}" if len(path) > 1 and isinstance(path[-2], str) else "")


def _names(model: type[BaseModel], loc: Iterable[str | int]) -> list[str]:
    """The keys that are valid where `loc` leads to: of each model there, or of the branch it names."""
    here: list[Any] = [model]
    for step in loc:
        flat = [part for annotation in here for part in _flat(annotation)]
        inside = [inner for annotation in flat for inner in _inside(annotation, step)]
        named = [a for a in flat if getattr(a, "__name__", None) == step or _tag(a) == step]
        here = inside or named or here
    names: dict[str, None] = {}
    for annotation in here:
        for part in _flat(annotation):
            part = _untagged(part)
            if isinstance(part, type) and issubclass(part, BaseModel):
                names |= dict.fromkeys(f.alias or name for name, f in part.model_fields.items() if not _refused(f))
    return list(names)


def _refused(field: FieldInfo) -> bool:
    """Whether a key is known only to be refused with a reason of its own: nobody should be sent to it."""
    return any(isinstance(m, WithJsonSchema) and m.json_schema == {"not": {}} for m in field.metadata)


def _flat(annotation: Any) -> list[Any]:
    """The branches of a union, tagged ones as they are."""
    if isinstance(annotation, TypeAliasType):
        return _flat(annotation.__value__)
    origin = get_origin(annotation)
    if origin is Annotated and not _tag(annotation):
        return _flat(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [part for arg in get_args(annotation) for part in _flat(arg)]
    return [annotation]


def _tag(annotation: Any) -> str | None:
    """What pydantic calls this branch of a discriminated union."""
    if get_origin(annotation) is Annotated:
        return next((m.tag for m in get_args(annotation)[1:] if isinstance(m, Tag)), None)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for field in annotation.model_fields.values():
            if get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1:
                return str(get_args(field.annotation)[0])
    return None


def _untagged(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _inside(annotation: Any, step: str | int) -> list[Any]:
    """The types that a value of this type holds under `step`."""
    annotation = _untagged(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [f.annotation for name, f in annotation.model_fields.items() if step in (name, f.alias)]
    origin, args = get_origin(annotation), get_args(annotation)
    if not isinstance(origin, type) or not args:
        return []
    if issubclass(origin, Mapping):
        return [args[1]] if isinstance(step, str) else []
    return [args[0]] if isinstance(step, int) else []
