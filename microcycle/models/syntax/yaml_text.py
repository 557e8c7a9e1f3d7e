"""YAML from PyYAML's events: its composer recurses, and its own scalars read 17:45 as 1065, off as false."""

import re
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml

from microcycle.errors import Path, shown
from microcycle.models.clock import Written
from microcycle.models.syntax.source import MAX_DEPTH, MAX_DIGITS, Position, Source

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NO_BREAKS = {0x2028: " ", 0x2029: " "}  # PyYAML counts them as lines, editors do not
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class _Open:
    """A list or mapping whose end has not come yet; `key` is the key that waits for its value."""

    into: list[Any] | dict[str, Any]
    path: Path
    key: str | None = None


def data_of(source: Source) -> Any:
    stack: list[_Open] = []
    roots: list[Any] = []
    try:
        for event in yaml.parse(source.text.translate(_NO_BREAKS), Loader=LOADER):
            _event(source, event, stack, roots)
    except yaml.MarkedYAMLError as error:
        _error(source, error)
    except yaml.reader.ReaderError as error:
        source.refuse(source.at(int(error.position)), "a character that YAML does not allow", "plain text")
    return roots[0] if roots else None


def _event(source: Source, event: Any, stack: list[_Open], roots: list[Any]) -> None:
    where = (event.start_mark.line + 1, event.start_mark.column + 1)
    if isinstance(event, yaml.DocumentStartEvent) and roots:
        source.refuse(where, "a second document begins here", "one document in the file")
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        _refuse_repeat(source, where)
    if getattr(event, "tag", None):
        source.refuse(where, f"a type after '!' ({shown(event.tag)}) is not read", "a plain value or quotes")
    if isinstance(event, yaml.CollectionEndEvent):
        stack.pop()
    elif isinstance(event, yaml.NodeEvent):
        opens = isinstance(event, yaml.CollectionStartEvent)
        if opens and len(stack) >= MAX_DEPTH:
            source.too_deep(where)
        into = stack[-1] if stack else None
        if into is not None and isinstance(into.into, dict) and into.key is None:
            into.key = _key(source, event, into.path, where)
            return
        value: Any = ([] if isinstance(event, yaml.SequenceStartEvent) else {}) if opens else _scalar(source, event, where)
        path = _place(into, value, roots)
        source.add_value(path, where)
        if opens:
            stack.append(_Open(value, path))


def _place(into: _Open | None, value: Any, roots: list[Any]) -> Path:
    """Puts a value where it belongs and returns its path."""
    if into is None:
        roots.append(value)
        return ()
    if isinstance(into.into, list):
        into.into.append(value)
        return (*into.path, len(into.into) - 1)
    key, into.key = str(into.key), None
    into.into[key] = value
    return (*into.path, key)


def _key(source: Source, event: Any, path: Path, where: Position) -> str:
    """Keys stay the text that was written: `1`, `off` and `2026-11-23` are names here."""
    if not isinstance(event, yaml.ScalarEvent):
        source.refuse(where, "a list or mapping as a key", "a name before ':'")
    key = str(event.value)
    if not key:
        source.refuse(where, "a key is missing before ':'", "a name before ':'")
    if key == "<<" and event.implicit[0]:
        source.refuse(where, "merge keys ('<<') are not read", "the lines written out")
    source.add_key((*path, key), where)
    return key


def _scalar(source: Source, event: Any, where: Position) -> Any:
    text = str(event.value)
    if not event.implicit[0]:  # quoted, or a block of text
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _NO_NUMBER.fullmatch(text):
        source.refuse(where, f"{shown(text)} is no number to plan with", "an ordinary number")
    whole = _INT.fullmatch(text)
    if not whole and not _FLOAT.fullmatch(text):
        return text
    if len(text) > MAX_DIGITS + 2:
        source.too_long_number(where, len(text))
    if not whole:
        return Written(text)
    return int(text, 0 if text[:2] in ("0x", "0o") else 10)


def _refuse_repeat(source: Source, where: Position) -> NoReturn:
    message = "repeats by name ('&' and '*') are not read"
    source.refuse(where, message, "the lines written out, or quotes around a text that begins so")


def _error(source: Source, error: yaml.MarkedYAMLError) -> NoReturn:
    """PyYAML's complaint in plain words; both its parsers (C and Python) lead to the same text."""
    mark = error.problem_mark or error.context_mark
    where = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    opened = error.context_mark or mark
    start = (opened.line + 1, opened.column + 1) if opened else where
    problem, context = str(error.problem), str(error.context)
    indent = re.match(r"[ ]*\t", source.line(where[0]))
    character = source.line(where[0])[where[1] - 1 : where[1]]
    if character == "\t" or indent:
        column = indent.end() if indent else where[1]
        source.refuse((where[0], column), "a tab in the indentation", "spaces (YAML does not allow tabs there)")
    if "quoted scalar" in context and "end of stream" in problem:
        source.refuse(start, "the quote that opens here is never closed", "a closing quote")
    if "an alias" in context or "an anchor" in context:
        _refuse_repeat(source, start)
    if "escape" in problem:
        source.refuse(start, "a '\\' with a wrong sign after it", "'\\\\' for a backslash, or single quotes")
    if "flow" in context and "expected ',' or" in problem:
        close = "]" if "sequence" in context else "}"
        message = f"what opens here is not closed, or lacks a ',', before line {where[0]}"
        source.refuse(start, message, f"',' or '{close}'")
    if "values are not allowed" in problem:
        source.refuse(
            where,
            "a ':' where none can be",
            "'key: value' in a line of its own, or quotes around a text with ': '",
        )
    if "entries are not allowed" in problem:
        source.refuse(where, "a '-' where no list can begin", "the list in lines of its own, or in [ ]")
    if "could not find expected ':'" in problem:
        source.refuse(start, "a key without ':'", "'key: value'")
    if "cannot start any token" in problem:
        source.refuse(where, f"a text cannot begin with {shown(character)}", "quotes around the text")
    if "document start" in problem:
        source.refuse(where, "text after the end of the document", "one document in the file")
    if "block" in context and "expected" in problem:
        source.refuse(
            where,
            "this line does not fit the lines above it",
            "the same indentation as its neighbours, and 'key: value'",
        )
    source.refuse(where, f"this is no YAML ({problem})", "'key: value' lines")
