"""A file for each athlete of a journal, under a name that is safe on every system, and a page that leads to all of them."""

from __future__ import annotations

import hashlib
import json
import os
import re
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from microcycle.batch.journal import each, lines
from microcycle.batch.tally import OUTCOMES
from microcycle.cli.output import write_file, write_parts
from microcycle.errors import InputError, nearest_name
from microcycle.export.formats import KINDS, Options, over
from microcycle.models.week import Week

_UNSAFE = re.compile(r"[^a-z0-9._-]")
_RESERVED = re.compile(r"(con|prn|aux|nul|index|com\d|lpt\d)(\..*)?$")
_LONGEST = 80
_INNER = tuple(f".{kind.ending.rpartition('.')[0]}" for kind in KINDS.values() if "." in kind.ending)
"""Ends of a name after which another format's ending would make one's file look like that of somebody else."""
INDEX = "index.html"
WRITTEN = ".microcycle-files"
"""Names of the files that a run has written, a line each."""


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
                "--format",
                f"'{word[:40]}' is no format of a file",
                expected=f"some of {', '.join(known)}, with commas",
                nearest=nearest_name(word, known),
            )
    if not found:
        raise InputError("--format", "no format is named", expected=f"some of {', '.join(known)}, with commas")
    return list(dict.fromkeys(found))


def check_folder(folder: str, formats: Sequence[str]) -> None:
    """Makes the folder, before any work is done. Raises InputError."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        ours = (Path(folder) / WRITTEN).exists()
        strange = (
            None if ours else next((path.name for path in Path(folder).iterdir() if _is_like(path.name, formats)), None)
        )
    except OSError as error:
        raise InputError(folder, f"this cannot hold files ({error.strerror})", expected="a writable directory") from None
    if strange is not None:
        told = f"{strange} is there, and no run of `batch` has written it"
        raise InputError(folder, told, expected="a directory for these files alone")


def write_all(journal: Path, folder: Path, formats: Sequence[str]) -> int:
    """Writes the files of all athletes who have a week, or a reason why not, and their index, and counts the athletes.

    Raises InputError.
    """
    count, began = 0, _now(folder)
    for line in each(journal):
        if line["week"] is None:
            continue
        week = Week.model_validate(line["week"])
        count += 1
        options = Options(owner=line["id"])
        for format, name in _files(line, formats):
            path = folder / name
            write_file(KINDS[format].write(week, over(options, format, path)), os.fspath(path))
    _write_index(journal, folder, formats)
    others = _swept(folder, formats, began)
    names = (f"{name}\n" for line in each(journal) for _, name in _files(line, formats))
    write_parts(chain(names, others), os.fspath(folder / WRITTEN))
    return count


def _now(folder: Path) -> float:
    """What time it is by the clock of the file system."""
    probe = folder / f"{WRITTEN}.now"
    write_file("", os.fspath(probe))
    found = probe.stat().st_mtime
    probe.unlink()
    return found


def _swept(folder: Path, formats: Sequence[str], began: float) -> Iterator[str]:
    """Takes away what earlier runs have written in these formats and this one has not; lines of what is left of theirs.

    Nobody should be sent a week that is no longer theirs.
    """
    try:
        before = (folder / WRITTEN).open(encoding="utf-8")
    except OSError:
        return iter(())  # the first run here
    with before:
        for path in map(folder.joinpath, map(str.strip, before)):
            mine = path.parent == folder and _is_like(path.name, formats) and path.is_file()
            if mine and path.stat().st_mtime < began:
                path.unlink()
    return (line for line in _lines(folder / WRITTEN) if not _is_like(line.strip(), formats))


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as file:
        yield from file


def _is_like(name: str, formats: Sequence[str]) -> bool:
    """Whether a file has a name that a run in these formats could give: a.intervals.json is none of JSON."""
    endings = {f".{kind.ending}": format for format, kind in KINDS.items()}
    ending = max((ending for ending in endings if name.endswith(ending)), key=len, default="")
    return name == INDEX or endings.get(ending) in formats


def _files(line: Mapping[str, Any], formats: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Format and name of each file that a line of the journal gives."""
    if line["week"] is None:
        return
    for format in formats:
        kind = KINDS[format]
        if line["week"]["outcome"] == "solved" or kind.without_week != "nothing":
            yield format, f"{file_name(line['id'])}.{kind.ending}"


def _write_index(journal: Path, folder: Path, formats: Sequence[str]) -> None:
    """Everyone in roster order, read one at a time: what is kept of each is where the line stands."""
    from microcycle.export.roster_page import MOST_LOOKS, Entry, to_roster_page

    counts: Counter[str] = Counter()
    rows, begins, lengths, needy = array("q"), array("q"), array("q"), bytearray()
    for line in lines(journal, weeks=False):  # they have just been written out
        counts[line.head["outcome"]] += 1
        rows.append(line.head["row"])
        begins.append(line.at)
        lengths.append(line.length)
        needy.append(line.head["outcome"] != "solved")
    order = sorted(range(len(rows)), key=rows.__getitem__)

    with journal.open("rb") as file:

        def entry(n: int) -> Entry:
            file.seek(begins[n])
            data = json.loads(file.read(lengths[n]))
            told = data["error"]["message"] if "error" in data else ""
            return Entry(data["row"], data["id"], data["outcome"], told, data["week"], tuple(_files(data, formats)))

        looks = map(entry, islice((n for n in order if needy[n]), MOST_LOOKS))
        told = {outcome: counts[outcome] for outcome in OUTCOMES}
        write_parts(to_roster_page(told, looks, map(entry, order)), os.fspath(folder / INDEX))
