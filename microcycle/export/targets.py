"""How fast, or at which heart rate, an effort is: ranges for a watch, from an easy pace or from the highest heart rate.

Paces rest on one curve, the oxygen that running at v m/min costs (Daniels and Gilbert, Oxygen Power, 1979):
VO2 = -4.60 + 0.182258 v + 0.000104 v². Efforts are shares of VO2max as Daniels' Running Formula gives its zones: easy
59-74 %, marathon 75-84 %, threshold 83-88 %, intervals 95-100 %. The athlete's easy pace is taken for 67 % of VO2max,
at which the single easy pace of his tables lies (https://www.letsrun.com/forum/flat_read.php?thread=3704747; curve and
zones as in https://github.com/tlgs/vdot and https://www.geratools.com/vo2-from-race-calculator). That someone's easy
pace is just that is a convention; so are two ranges that Daniels has not, `recovery` (the slower half of easy) and
`steady` (the top of easy). Below a VO2max of 20 and above 85, about where his tables end, we tell no pace.

Heart rates are percentages of the highest one. Easy is 60-70 % as in the catalogue's sources (S003); the others are
zones 2 to 5 of the Norwegian Olympic scale (https://olt-skala.nif.no/en: 72, 82, 87 and 92 % are their borders). Zones
of heart rate are conventions too. The heart takes a minute or two to follow, so shorter work has no such range.

Sprints and races have neither: a sprint is as fast as one can, and a race may be a match.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

from microcycle.models.clock import METRES

EASY_SHARE = 0.67
SHARES: Mapping[str, tuple[float, float]] = {
    "recovery": (0.59, 0.67),
    "easy": (0.59, 0.74),
    "steady": (0.70, 0.75),
    "marathon": (0.75, 0.84),
    "threshold": (0.83, 0.88),
    "interval": (0.95, 1.00),
}
"""Of VO2max, from the slow end to the fast one."""
HEART: Mapping[str, tuple[int, int]] = {
    "recovery": (60, 70),
    "easy": (60, 70),
    "steady": (72, 82),
    "marathon": (82, 87),
    "threshold": (87, 92),
    "interval": (92, 100),
}
"""Percent of the highest heart rate."""
HEART_FROM_S = 120
VO2MAX = (20, 85)


def pace_range(easy_s_per_km: float, effort: str, unit: str = "km") -> tuple[int, int] | None:
    """Whole seconds for a kilometre or a mile, the slow end first; None where no pace belongs to the effort.

    Also None for an easy pace beyond the tables (about 3:27 to 10:40 a kilometre).
    """
    best = vo2(60_000 / easy_s_per_km) / EASY_SHARE
    if effort not in SHARES or not VO2MAX[0] <= best <= VO2MAX[1]:
        return None
    slow, fast = (round(60 * METRES[unit] / speed(share * best)) for share in SHARES[effort])
    return slow, fast


def vo2(speed: float) -> float:
    """Oxygen in ml a minute and kg of bodyweight, for a speed in m/min (Daniels and Gilbert 1979)."""
    return -4.60 + 0.182258 * speed + 0.000104 * speed * speed


def speed(vo2: float) -> float:
    """The other way round: m/min."""
    return (-0.182258 + sqrt(0.182258**2 + 4 * 0.000104 * (vo2 + 4.60))) / (2 * 0.000104)


def heart_range(effort: str, seconds: int) -> tuple[int, int] | None:
    """Percent of the highest heart rate, the low end first; None where no range belongs to such work."""
    return HEART.get(effort) if seconds >= HEART_FROM_S else None
