"""Files that are written: whole or not at all, through links, to devices as they are, and over nothing of another kind."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path

from microcycle.errors import InputError

_HEAD = 1 << 16
"""Bytes that tell what a file is."""
_SETTINGS = (".yaml", ".yml", ".toml")
_TABLES = (".csv", ".tsv")
_OUR_TABLES = ("day,date,start,end,minutes,session,", "row,id,outcome,")
_DOCUMENT = re.compile(r'\A\s*(?:\{\s*"schema":\s*"|schema: )(microcycle/[a-z]+/\d+)')
_CONSTRAINTS = re.compile(r"""^["']?goal["']?\s*[:=]""", re.MULTILINE)
_OPEN = re.compile(r"(?:/dev|/proc/\d+)/fd/(\d+)")
CONSTRAINTS = "constraints file"
_PRECIOUS = ("microcycle/week/1", "microcycle/result/1", "microcycle/run/1")
"""What no question asked once more would give again: only the same kind replaces it."""
_DERIVED = ("calendar", "page", "table of sessions", "list of workouts", "JSON Schema")


def kind_of(head: bytes, name: str) -> str:
    """What sort of file begins so: one of those that this program writes, or somebody else's."""
    try:
        text = head[:_HEAD].decode("utf-8", "strict" if len(head) < _HEAD else "ignore").removeprefix("\ufeff")
    except UnicodeDecodeError:
        text = "\0"
    suffix = Path(name).suffix.lower()
    if head[:4] == b"PAR1":
        return "table of sessions"
    if "\0" in text:
        return "binary file"
    if found := _DOCUMENT.match(text):
        return found[1]
    if text.startswith("BEGIN:VCALENDAR"):
        return "calendar" if "\nPRODID:-//microcycle//" in text else "calendar of another program"
    if re.match(r"\s*<(?:\?xml|svg|!doctype|html)", text, re.IGNORECASE):
        return "page" if 'class="microcycle' in text else "page of another program"
    if text.lstrip()[:1] in ("{", "["):
        if re.match(r'\s*\{\s*"\$schema"', text):
            return "JSON Schema"
        if re.search(r'"goal"\s*:', text):
            return CONSTRAINTS
        return "list of workouts" if '"external_id"' in text and '"WORKOUT"' in text else "JSON file of another sort"
    if suffix in _TABLES or text.startswith(_OUR_TABLES):
        return "table of sessions" if text.startswith(_OUR_TABLES) else "table of another sort"
    if suffix in _SETTINGS or (suffix != ".md" and _CONSTRAINTS.search(text)):
        return CONSTRAINTS
    return "text"


def apart(written: str, read: Mapping[str, str], option: str, expected: str = "another name: it would be lost") -> None:
    """Raises InputError where a name that will be written leads to what is read; `read` tells what each of these is."""
    for name, what in read.items() if not is_stream(written) else ():
        if (name != "-" and os.path.realpath(written) == os.path.realpath(name)) or _is_same(written, name):
            raise InputError(option, f"{written} is {what}", expected=expected)


def _is_same(written: str, name: str) -> bool:
    try:
        one, other = os.stat(written), os.stat(0 if name == "-" else name)
    except (OSError, ValueError):
        return False
    return os.path.samestat(one, other)


def check(name: str) -> None:
    """Refuses a name that nothing can be written to, before any work is done. Raises InputError."""
    path = Path(name)
    with _told(name):
        if "\0" in name:
            raise InputError(name, "no file has such a name", expected="the name of a file to write")
        try:
            found = os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            if not path.parent.is_dir():
                told = f"there is no directory {path.parent}"
                raise InputError(name, told, expected="a directory that exists") from None
            return
    if stat.S_ISDIR(found.st_mode):
        raise InputError(name, "this is a directory", expected="the name of a file to write")


def check_kind(name: str, *kinds: str) -> None:
    """Refuses to write over a file that no kind of ours replaces, before any work is done. Raises InputError."""
    was = _kind_there(name)
    if was not in (None, "text", *_PRECIOUS, *_DERIVED, *kinds) and not (was or "").startswith("microcycle/"):
        _refuse_kind(name, was)


def is_stream(name: str) -> bool:
    """Whether a name leads to a device, a pipe or an open file: what is written there goes on, and replaces nothing."""
    try:
        mode = os.stat(name).st_mode
        return _descriptor(name) is not None or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
    except (OSError, ValueError):
        return False


def write(parts: Iterable[str], name: str, kind: str | None = None) -> None:
    """Writes a text under a name. Raises InputError where it cannot be, and leaves what was there as it was.

    Its kind is told where it cannot be seen: what a person's own file looks like may be a coincidence.
    """
    check(name)
    rest = iter(parts)
    first = next(rest, "")
    was, new = _kind_there(name), kind or kind_of(_bytes(first[:_HEAD]), "")
    new = "text" if new == CONSTRAINTS != kind else new
    if was not in (None, new, *_DERIVED) and (was in _PRECIOUS or not was.startswith("microcycle/")):
        _refuse_kind(name, was)
    with _told(name):
        if is_stream(name):
            descriptor = _descriptor(name)
            file = os.open(name, os.O_WRONLY) if descriptor is None else os.dup(descriptor)
            with os.fdopen(file, "wb") as out:
                out.writelines(map(_bytes, chain((first,), rest)))
        else:
            with replaced(Path(name)) as fresh, fresh.open("wb") as out:
                out.writelines(map(_bytes, chain((first,), rest)))


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A new file to be filled, which then takes the place of that one: all of it, or nothing. Raises OSError.

    A link's target is replaced, not the link. What replaces a file has its rights and is on disk before it does.
    """
    target = Path(os.path.realpath(path))
    was = os.stat(path) if path.exists() else None
    # Nobody can have put a link there: the name is not known before, and the file must be new.
    fresh = target.with_name(f"{leftover(target)}{os.urandom(8).hex()}.tmp")
    os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if was is None else 0o600))
    try:
        yield fresh
        if was is not None:
            with suppress(OSError, AttributeError):
                os.chown(fresh, was.st_uid, was.st_gid)
            os.chmod(fresh, stat.S_IMODE(was.st_mode))
            _on_disk(fresh)
        os.replace(fresh, target)
    finally:
        fresh.unlink(missing_ok=True)


def leftover(target: Path) -> str:
    """How the names begin under which a file is written until it is whole: a process that was killed may leave one."""
    from hashlib import sha256

    return f".microcycle-{sha256(target.name.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}-"


def _on_disk(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _kind_there(name: str) -> str | None:
    """What sort of file is there; None where there is none, or nothing in it, or it is no file that could be lost."""
    if is_stream(name):
        return None
    try:
        with open(name, "rb") as file:
            head = file.read(_HEAD)
    except (OSError, ValueError):
        return None  # whoever writes it tells why not
    return kind_of(head, name) if head.strip() else None


def _refuse_kind(name: str, was: str | None) -> None:
    what = "journal of `microcycle batch`" if was == "microcycle/result/1" else was or "file"
    what = f"document `{what}`" if what.startswith("microcycle/") else what
    told = f"a {what} is there, and is not written over by something else"
    raise InputError(name, told, expected="another name, or to remove it first")


def _descriptor(name: str) -> int | None:
    """The number of our own open file that a name such as /dev/stdout, or a link to it, stands for."""
    for _ in range(20):
        folder, base = os.path.split(name)
        name = os.path.join(os.path.realpath(folder or "."), base)
        if found := _OPEN.fullmatch(name):
            return int(found[1])
        if not os.path.islink(name):
            return None
        name = os.path.join(os.path.dirname(name), os.readlink(name))
    return None


def _bytes(text: str) -> bytes:
    # Half of a surrogate pair is no text: it is shown as JSON would write it.
    return text.encode("utf-8", "backslashreplace")


@contextmanager
def _told(name: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise  # its reader has what it wanted
    except OSError as error:
        raise InputError(name, f"the file cannot be written ({error.strerror})", expected="a writable place") from None
