"""A file for each athlete of a journal, under a name that is safe on every system."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

from microcycle.batch.journal import each
from microcycle.cli.output import write_file
from microcycle.errors import InputError
from microcycle.export.formats import KINDS, Options
from microcycle.models.week import Week

_UNSAFE = re.compile(r"[^a-z0-9._-]")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?$")
_LONGEST = 80
_INNER = tuple(f".{kind.ending.rpartition('.')[0]}" for kind in KINDS.values() if "." in kind.ending)
"""Ends of a name after which another format's ending would make one's file look like that of somebody else."""


def file_name(id: str) -> str:
    """A name for an athlete's files: the id where that is one, else what of it is, and some of its hash.

    Two ids never share a name, also where a file system does not tell upper case from lower.
    """
    safe = _UNSAFE.sub("-", id.lower())[:_LONGEST].strip(".-_")
    if safe == id and not _RESERVED.match(safe) and not safe.endswith(_INNER):
        return safe
    digest = hashlib.sha256(id.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{safe or 'athlete'}-{digest}" if not _RESERVED.match(safe) else f"athlete-{safe}-{digest}"


def parse_formats(text: str) -> list[str]:
    """`json,markdown`. Raises InputError."""
    known = list(KINDS)
    found = [word.strip() for word in text.split(",") if word.strip()]
    for word in found:
        if word not in known:
            raise InputError(
                "--format", f"'{word[:40]}' is no format of a file", expected=f"some of {', '.join(known)}, with commas"
            )
    if not found:
        raise InputError("--format", "no format is named", expected=f"some of {', '.join(known)}, with commas")
    return list(dict.fromkeys(found))


def check_folder(folder: str) -> None:
    """Makes the folder, before any work is done. Raises InputError."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(folder, f"this cannot hold files ({error.strerror})", expected="a writable directory") from None


def write_all(journal: Path, folder: Path, formats: Sequence[str]) -> int:
    """Writes the files of all athletes who have a week, or a reason why not, and counts the athletes. Raises InputError."""
    count = 0
    for line in each(journal):
        if line["week"] is None:
            continue
        week = Week.model_validate(line["week"])
        count += 1
        options = Options(owner=line["id"])
        for kind in (KINDS[format] for format in formats):
            if week.outcome == "solved" or kind.without_week != "nothing":
                path = folder / f"{file_name(line['id'])}.{kind.ending}"
                write_file(kind.write(week, options), os.fspath(path))
    return count
