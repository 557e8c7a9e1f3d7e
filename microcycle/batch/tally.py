"""What came of a run: counts, times, the rules that were broken and the conflicts met most often, who needs a look."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

OUTCOMES = ("solved", "infeasible", "unknown", "invalid", "crashed")
FAILED = ("unknown", "invalid", "crashed")
MOST_LOOKS, MOST_CONFLICTS = 20, 5


class Look(NamedTuple):
    """An athlete without a proven week, and the error of the journal's line."""

    row: int
    id: str
    outcome: str
    code: str
    path: str | None
    line: int | None
    column: int | None
    message: str

    @property
    def place(self) -> str:
        """`row 2`, `line 7, column 8`: as the file counts, where it does."""
        column = "" if self.column is None else f", column {self.column}"
        return f"row {self.row}" if self.line is None else f"line {self.line}{column}"


class Tally:
    """Counts of a run, whatever their number."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.breaks: Counter[str] = Counter()
        """Weeks that break a rule, by the rule."""
        self.conflicts: Counter[str] = Counter()
        self.worker_mb = 0
        self.shared = self.cached = self.kept = self.changed = self.gone = self.damaged = self.roster = 0
        """Answers that somebody else got in this run; that the cache had; lines that an earlier run left; of these, those
        of athletes who ask something else now, or are not there any more; lines that could not be read; rows of the roster,
        other shards' included."""
        self._seconds = array("f")
        self.looks: list[Look] = []
        """Athletes whom a coach must look at, the first of them."""

    def add(self, row: int, id: str, outcome: str, head: str, seconds: float | None) -> None:
        """An athlete; without `seconds` nothing was solved for this one."""
        self.outcomes[outcome] += 1
        told: Mapping[str, Any] = json.loads(head)
        self.breaks.update({entry["rule"]: 1 for entry in told.get("breaks", ())})
        if conflict := told.get("conflict"):
            self.conflicts[" ".join(conflict)[:500]] += 1
        if outcome != "solved":
            error = {key: told["error"].get(key) for key in Look._fields[3:]}
            self.looks = sorted([*self.looks, Look(row, id, outcome, **error)])[:MOST_LOOKS]
        if seconds is not None and outcome in ("solved", "infeasible", "unknown"):
            self._seconds.append(seconds)

    @property
    def rows(self) -> int:
        return self.outcomes.total()

    @property
    def failed(self) -> int:
        return sum(self.outcomes[name] for name in FAILED)

    def quantiles(self) -> dict[str, float]:
        """Median, p95 and p99 of the seconds that this run's solves took; empty without any."""
        ordered = sorted(self._seconds)
        if not ordered:
            return {}
        return {name: round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 4)
                for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))}  # fmt: skip

    def summary(self) -> dict[str, Any]:
        """All of it as data, ids and no names."""
        proven = self.outcomes["solved"] + self.outcomes["infeasible"]
        asked = proven + self.outcomes["unknown"]
        conflicts = _most(self.conflicts)[:MOST_CONFLICTS]
        return {
            "rows": self.rows,
            "outcomes": {name: self.outcomes[name] for name in OUTCOMES},
            "failed": self.failed,
            "roster_rows": self.roster,
            "kept": self.kept,
            "changed": self.changed,
            "gone": self.gone,
            "damaged": self.damaged,
            "shared": self.shared,
            "cached": self.cached,
            "proven_share": round(proven / asked, 6) if asked else None,
            "solve_seconds": self.quantiles(),
            "breaks": dict(_most(self.breaks)),
            "conflicts": [{"conflict": text, "count": count} for text, count in conflicts],
            # Where it is and what sort of thing, not what was written there: that may concern someone's health.
            "look_at": [{key: value for key, value in look._asdict().items() if key != "message"} for look in self.looks],
        }


def _most(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
