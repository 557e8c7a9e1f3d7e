"""A file for each athlete of a journal, under a name that is safe on every system."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

from microcycle.batch.journal import each
from microcycle.cli.commands.plan import as_text
from microcycle.cli.output import Format, write_file
from microcycle.errors import InputError
from microcycle.models.week import Week

ENDINGS = {Format.json: "json", Format.yaml: "yaml", Format.markdown: "md", Format.csv: "csv"}
_UNSAFE = re.compile(r"[^a-z0-9._-]")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?$")
_LONGEST = 80


def file_name(id: str) -> str:
    """A name for an athlete's files: the id where that is one, else what of it is, and some of its hash.

    Two ids never share a name, also where a file system does not tell upper case from lower.
    """
    safe = _UNSAFE.sub("-", id.lower())[:_LONGEST].strip(".-_")
    if safe == id and not _RESERVED.match(safe):
        return safe
    digest = hashlib.sha256(id.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{safe or 'athlete'}-{digest}" if not _RESERVED.match(safe) else f"athlete-{safe}-{digest}"


def parse_formats(text: str) -> list[Format]:
    """`json,markdown`. Raises InputError."""
    known = [format.value for format in ENDINGS]
    found = [word.strip() for word in text.split(",") if word.strip()]
    for word in found:
        if word not in known:
            raise InputError(
                "--format", f"'{word[:40]}' is no format of a file", expected=f"some of {', '.join(known)}, with commas"
            )
    if not found:
        raise InputError("--format", "no format is named", expected=f"some of {', '.join(known)}, with commas")
    return [Format(word) for word in dict.fromkeys(found)]


def check_folder(folder: str) -> None:
    """Makes the folder, before any work is done. Raises InputError."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(folder, f"this cannot hold files ({error.strerror})", expected="a writable directory") from None


def write_all(journal: Path, folder: Path, formats: Sequence[Format]) -> int:
    """Writes the files of all athletes who have a week, or a reason why not, and counts the athletes. Raises InputError."""
    count = 0
    for line in each(journal):
        if line["week"] is None:
            continue
        week = Week.model_validate(line["week"])
        count += 1
        for format in formats:
            path = folder / f"{file_name(line['id'])}.{ENDINGS[format]}"
            write_file(as_text(week, format), os.fspath(path))
    return count
