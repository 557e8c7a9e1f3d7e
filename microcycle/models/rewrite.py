"""A constraints file's own text with changes in it, comments and order kept, through libraries that keep them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from io import StringIO
from typing import Any

from microcycle.errors import InputError
from microcycle.models.edit import Edit, edited, in_order
from microcycle.models.reading import parse
from microcycle.models.request import Request


def rewritten(request: Request, edits: Iterable[Edit]) -> str:
    """The text of the request's file with these changes; it says exactly what `edited` makes of the request.

    Raises InputError where the file cannot be changed so: what was not read from a text has none.
    """
    document, edits = request.document, in_order(edits)
    write = {"yaml": _yaml, "toml": _toml, "json": _json}.get(document.kind)
    expected = "the changes to be made by hand"
    if write is None:
        raise InputError(document.name, "this is no file that could be changed", expected=expected)
    try:
        found = write(document.text.replace("\r\n", "\n"), edits)
        said = parse(found, document.name, document.kind).data
    except (ValueError, InputError):  # these libraries do not read all that ours does
        said = None
    if said != edited(request, edits).document.data:
        raise InputError(document.name, "this file is written in a way that cannot be changed here", expected=expected)
    return found.replace("\n", "\r\n") if "\r\n" in document.text else found


def _yaml(text: str, edits: Iterable[Edit]) -> str:
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.error import YAMLError
    from ruamel.yaml.resolver import VersionedResolver

    class Resolver(VersionedResolver):
        """What looks like a date is a text, as for our own reader, also where there is no such day."""

        def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
            tag = super().resolve(kind, value, implicit)
            return self.DEFAULT_SCALAR_TAG if str(tag) == "tag:yaml.org,2002:timestamp" else tag

    def styled(value: Any) -> Any:
        """New groups stand in one line."""
        if isinstance(value, Mapping | list):
            made = CommentedMap(value) if isinstance(value, Mapping) else CommentedSeq(value)
            made.fa.set_flow_style()
            return made
        return value

    # The library counts these as lines, editors and our own reader do not.
    free = (chr(n) for n in range(0xE000, 0xF8FF) if chr(n) not in text)
    breaks = {mark: next(free) for mark in "\u2028\u2029"}
    for mark, other in breaks.items():
        text = text.replace(mark, other)
    yaml = YAML()
    yaml.Resolver = Resolver
    yaml.preserve_quotes = True
    yaml.width = 1_000_000  # no line is broken that was not
    # Lists below a key are either indented or not: as the first one is.
    dashes = re.search(r"^( *)[^\s#-].*:[^\S\n]*(?:#.*)?\n(?: *(?:#.*)?\n)*( *)- ", text, re.MULTILINE)
    offset = len(dashes[2]) - len(dashes[1]) if dashes else 0
    yaml.indent(mapping=_step(text), sequence=offset + 2, offset=max(0, offset))
    try:
        data = yaml.load(text)
    except YAMLError as error:
        raise ValueError("this is no YAML for the library") from error
    _apply(data, edits, styled, CommentedMap)
    out = StringIO()
    yaml.dump(data, out)
    found = out.getvalue()
    for mark, other in breaks.items():
        found = found.replace(other, mark)
    return found


def _toml(text: str, edits: Iterable[Edit]) -> str:
    import tomlkit

    try:
        document = tomlkit.parse(text)
    except tomlkit.exceptions.TOMLKitError as error:
        raise ValueError("this is no TOML for the library") from error
    _apply(document, edits, lambda value: value, tomlkit.table)
    return tomlkit.dumps(document)


def _json(text: str, edits: Iterable[Edit]) -> str:
    data = json.loads(text)
    _apply(data, edits, lambda value: value, dict)
    found = re.search(r"^([ \t]+)\S", text, re.MULTILINE)
    tail, step = "\n" if text.endswith("\n") else "", found[1] if found else "  "
    deep = re.search(rf"^{step}[ \t]+[^\s\]}}]", text, re.MULTILINE)
    if deep or "\n" not in text.strip():
        return json.dumps(data, indent=step if deep else None, ensure_ascii=False) + tail
    # A key to a line, whatever it holds.
    lines = (f"{step}{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in data.items())
    return "{\n" + ",\n".join(lines) + "\n}" + tail


def _step(text: str) -> int:
    """Spaces by which the file indents, from its first line that is."""
    found = re.search(r"^( +)[^\s#-]", text, re.MULTILINE)
    return len(found[1]) if found else 2


def _apply(data: Any, edits: Iterable[Edit], styled: Callable[[Any], Any], group: Callable[[], Any]) -> None:
    for edit in edits:
        node = data
        for part in edit.path[:-1]:
            if isinstance(node, MutableMapping) and node.get(_key(node, part)) is None:
                node[_key(node, part)] = group()
            node = node[_key(node, part)]
        last = _key(node, edit.path[-1])
        if edit.remove:
            del node[last]
        elif not isinstance(node, Mapping) and last == len(node):
            node.append(styled(edit.value))
        else:
            node[last] = styled(edit.value)


def _key(node: Any, part: str | int) -> Any:
    """The key of a group as its library knows it: a date, or a number, is no text to all of them."""
    if isinstance(part, int) or not isinstance(node, Mapping):
        return part
    return next((key for key in node if str(key) == part), part)
