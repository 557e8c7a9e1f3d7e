"""Last week's plans as what this week's stay close to, so that an upgrade does not reshuffle everyone."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

from microcycle.batch.index import Index, Kept
from microcycle.batch.journal import lines
from microcycle.batch.row import Row
from microcycle.errors import InputError


class Anchored:
    """The weeks of an earlier journal, by id."""

    def __init__(self, journal: Path) -> None:
        """Raises InputError for what is no journal."""
        if not os.path.isfile(journal):
            raise InputError(str(journal), "no such file", expected="a journal that `microcycle batch` wrote")
        self._index = Index()
        self._file = os.open(journal, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        found = 0
        refused: list[InputError] = []
        for line in lines(journal, lambda _, error: refused.append(error)):
            found += 1
            if line.head["outcome"] in ("solved", "unknown"):
                self._index.keep(Kept(line.head["id"], "", line.at, line.length, line.head["row"], None, "", ""))
        if refused and not found:
            raise refused[0]
        self.damaged = len(refused)
        """Lines that cannot be read: whoever they are of has no week to stay close to."""

    def anchor(self, row: Row) -> Row:
        """The row with the week that its athlete had; one that says itself what to stay close to is left alone."""
        found = self._index.where(row.id)
        if row.request is None or "stay_close_to" in row.request or found is None:
            return row
        os.lseek(self._file, found[0], os.SEEK_SET)
        week = json.loads(os.read(self._file, found[1]))["week"]
        if week is None or not week["sessions"]:
            return row
        kept = [{key: session[key] for key in ("session", "day", "start", "minutes", "visit") if session[key] is not None}
                for session in week["sessions"]]  # fmt: skip
        return replace(row, request={**row.request, "stay_close_to": kept})
