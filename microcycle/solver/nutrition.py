"""What to eat for the week, as ranges with their sources (rulebook F): a report, never a constraint."""

from __future__ import annotations

from collections.abc import Mapping

from microcycle.models.week import NutritionItem

PROTEIN_MG_PER_KG = (1600, 2200)
"""Gains flatten near 1.6 g/kg with an interval up to 2.2 (MOR18); the founding articles go to 2.6."""
MET_TENTHS: Mapping[str, tuple[int, int]] = {"run": (70, 83), "lift": (35, 60), "power": (35, 60)}
"""Energy cost as multiples of rest, in tenths: easy running to 5 mph, lifting to powerlifting (MET)."""
CARBOHYDRATE_G_PER_KG: tuple[tuple[int, int, int, str], ...] = (
    (0, 3, 5, "a light week"),
    (45, 5, 7, "about an hour of training a day"),
    (90, 6, 10, "one to three hours of training a day"),
)
"""(mean minutes a day from, least, most, words): ranges of CHO, the borders between them are our own choice."""


def nutrition(grams: int, minutes: Mapping[str, int], *, deficit: bool) -> tuple[NutritionItem, ...]:
    """Protein and carbohydrate in g/day, the week's training in kcal, for a bodyweight in grams."""
    low, high = (_fives(grams * mg, 1_000_000) for mg in PROTEIN_MG_PER_KG)
    upper = " Eating less than you burn, aim at the upper end." if deficit else ""
    protein = NutritionItem(
        item="protein",
        low=low,
        high=high,
        unit="g/day",
        sources=("MOR18", "ACSMN", "S003"),
        text=f"1.6-2.2 g per kg of bodyweight; the founding articles name up to 2.6.{upper}",
    )
    found = [protein]
    known = {name: n for name, n in minutes.items() if name in MET_TENTHS and n}
    if known:
        kcal = [sum(n * MET_TENTHS[name][end] for name, n in known.items()) * grams // 600_000 for end in (0, 1)]
        others = any(n for name, n in minutes.items() if name not in (*MET_TENTHS, "total"))
        found.append(
            NutritionItem(
                item="energy",
                low=_tens(kcal[0]),
                high=_tens(kcal[1]),
                unit="kcal/week",
                sources=("MET",),
                text="What this week's running and lifting burn, by table values"
                + ("; other sessions are not counted." if others else "."),
            )
        )
    per_day = sum(n for name, n in minutes.items() if name not in ("total", "walk", "mobility")) / 7
    _, least, most, words = [row for row in CARBOHYDRATE_G_PER_KG if row[0] <= per_day][-1]
    found.append(
        NutritionItem(
            item="carbohydrate",
            low=_fives(grams * least, 1000),
            high=_fives(grams * most, 1000),
            unit="g/day",
            sources=("CHO",),
            text=f"{least}-{most} g per kg for {words}; most of it around the hard sessions.",
        )
    )
    return tuple(found)


def _fives(number: int, per: int) -> int:
    """To the nearest 5: more digits than the sources have would be a pretence."""
    return (number * 2 + 5 * per) // (10 * per) * 5


def _tens(number: int) -> int:
    return (number + 5) // 10 * 10
