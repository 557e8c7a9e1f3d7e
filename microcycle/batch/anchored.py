"""Last week's plans as what this week's stay close to, so that an upgrade does not reshuffle everyone."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

from microcycle.batch.index import Index, Kept
from microcycle.batch.journal import Line, is_journal, lines
from microcycle.batch.row import Row
from microcycle.errors import MOST_TOLD, InputError
from microcycle.models.catalogue import catalogue


class Anchored:
    """The weeks of an earlier journal, by id."""

    def __init__(self, journal: Path) -> None:
        """Raises InputError for what is no journal."""
        if not os.path.isfile(journal):
            raise InputError(str(journal), "no such file", expected="a journal that `microcycle batch` wrote")
        self._index = Index()
        self._file = os.open(journal, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        self.damaged = 0
        """Lines that cannot be read: whoever they are of has no week to stay close to."""
        self.told: list[InputError] = []
        """The first of them."""
        for line in lines(journal, self._spoiled):
            if line.head["outcome"] in ("solved", "unknown"):
                self._index.keep(Kept(line.head["id"], "", line.at, line.length, line.head["row"], None, "", ""))
        if self.told and not is_journal(journal):
            raise self.told[0]

    def _spoiled(self, _: Line, error: InputError) -> None:
        self.damaged += 1
        self.told += [error] * (self.damaged <= MOST_TOLD)

    def anchor(self, row: Row) -> Row:
        """The row with the week that its athlete had; one that says itself what to stay close to is left alone."""
        found = self._index.where(row.id)
        if row.request is None or "stay_close_to" in row.request or found is None:
            return row
        os.lseek(self._file, found[0], os.SEEK_SET)
        week = json.loads(os.read(self._file, found[1]))["week"]
        if week is None or not week["sessions"]:
            return row
        own = row.request.get("sessions")
        # A session of their own that the athlete, or the template, has no more is no reason to plan nothing.
        known = {*catalogue().kinds, *(own if isinstance(own, dict) else ())}
        kept = [
            {key: session[key] for key in ("session", "day", "start", "minutes", "visit") if session[key] is not None}
            for session in week["sessions"]
            if session["session"] in known
        ]
        return replace(row, request={**row.request, "stay_close_to": kept})
