"""What came of a run: counts, times, the rules that were broken and the conflicts met most often, who needs a look."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Mapping
from typing import Any

OUTCOMES = ("solved", "infeasible", "unknown", "invalid", "crashed")
FAILED = ("unknown", "invalid", "crashed")
MOST_LOOKS, MOST_CONFLICTS = 20, 5


class Tally:
    """Counts of a run, whatever their number."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.breaks: Counter[str] = Counter()
        """Weeks that break a rule, by the rule."""
        self.conflicts: Counter[str] = Counter()
        self.worker_mb = 0
        self.shared = self.kept = 0
        """Answers that somebody had before, and lines that an earlier run left."""
        self._seconds = array("f")
        self.looks: list[tuple[int, str, str, str]] = []
        """(row, id, outcome, message) of athletes whom a coach must look at, the first of them."""

    def add(self, row: int, id: str, outcome: str, head: str, seconds: float | None) -> None:
        """An athlete; without `seconds` nothing was solved for this one."""
        self.outcomes[outcome] += 1
        told: Mapping[str, Any] = json.loads(head)
        self.breaks.update({entry["rule"]: 1 for entry in told.get("breaks", ())})
        if conflict := told.get("conflict"):
            self.conflicts[" ".join(conflict)[:500]] += 1
        if outcome != "solved":
            self.looks = sorted([*self.looks, (row, id, outcome, told["error"]["message"])])[:MOST_LOOKS]
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
            "kept": self.kept,
            "shared": self.shared,
            "proven_share": round(proven / asked, 6) if asked else None,
            "solve_seconds": self.quantiles(),
            "breaks": dict(_most(self.breaks)),
            "conflicts": [{"conflict": text, "count": count} for text, count in conflicts],
            "look_at": [dict(zip(("row", "id", "outcome", "message"), look, strict=True)) for look in self.looks],
        }


def _most(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
