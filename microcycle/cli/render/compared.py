"""Plain words for one week beside another: what it is worth, what moved, which rules came and went."""

from __future__ import annotations

from microcycle.export.words import LEVEL_WORDS, MEASURED, level_words, plural
from microcycle.models.change import Compared, Stand
from microcycle.models.rule import Level
from microcycle.models.week import RuleMatch


def hours(count: int) -> str:
    """`3 h`, `1 day`, `2 days and 5 h`."""
    days, rest = divmod(count, 24)
    return " and ".join([plural(days, "day")] * bool(days) + [f"{rest} h"] * bool(rest))


def change_head(found: Compared) -> str:
    """What the other week is worth, in one sentence."""
    proof = _unproven(found)
    if found.outcome == "infeasible":
        return f"No week is like that: these cannot all hold{proof}."
    if found.outcome == "unknown":
        return "No such week was found before the limit, and no proof that there is none."
    if found.outcome == "possible":
        return f"Like this there is a week; without it there is none{proof}."
    if found.outcome == "other":
        return f"The weeks have different goals: no price tells them apart{proof}."
    asked, price = found.comparable and found.question, _price(found)
    if price is None:
        if asked and not found.sessions:
            return f"The best week is like that already{proof}."
        return f"{'It costs nothing: that week is as good' if asked else 'The weeks are worth the same'}{proof}."
    if found.outcome == "better":
        return f"The other week is better{proof}: {price}."
    return f"{'It can be done, at a price' if asked else 'The other week is worse'}{proof}: {price}."


def worth(found: Compared) -> str:
    """`as good as the best`, `10 points more on convenience`."""
    return f"{_price(found) or 'as good as the best'}{_unproven(found)}."


def _unproven(found: Compared) -> str:
    return "" if found.proven else " (not proven)"


def _price(found: Compared) -> str | None:
    """Of the first level that differs: `10 points more on convenience`."""
    first = next((level for level in found.levels if level.before != level.after), None)
    if first is None:
        return None
    points = first.after - first.before
    return f"{abs(points)} points {'more' if points > 0 else 'fewer'} on {_level(found, first.name)}"


def level_changes(found: Compared) -> list[str]:
    """`convenience: 20 -> 40`: what differs, the most important first."""
    changed = [level for level in found.levels if level.before != level.after]
    return [f"{_level(found, level.name)}: {level.before} -> {level.after}" for level in changed]


def _level(found: Compared, level: Level) -> str:
    return LEVEL_WORDS[level] if found.week is None else level_words(found.week, level)


def session_changes(found: Compared) -> list[str]:
    """`intervals: Tue 17:30, 45 min -> Thu 18:00, 45 min`."""
    lines = []
    for moved in found.sessions:
        was, is_ = (_stand(side) for side in (moved.before, moved.after))
        told = f"{was} -> {is_}" if was and is_ else f"{was}: gone" if was else f"{is_}: new"
        lines.append(f"{moved.short}: {told}")
    return lines


def rules_changed(found: Compared) -> tuple[list[RuleMatch], list[RuleMatch]]:
    """What only the other week breaks, and what only the first; what both miss is told once, where it is worse."""
    came: list[RuleMatch] = []
    went = list(found.went)
    for match in found.came:
        short, _, limit = match.text.partition(", ")
        was = next((m for m in went if limit and m.text.endswith(f", {limit}") and m.rule == match.rule in MEASURED), None)
        if was is None:
            came.append(match)
            continue
        instead = match.model_copy(update={"text": f"{short} instead of {was.text.partition(', ')[0]}, {limit}"})
        if match.cost > was.cost:
            went.remove(was)
            came.append(instead)
        else:
            went[went.index(was)] = instead
    return came, went


def _stand(found: Stand | None) -> str:
    return (
        "" if found is None else f"{found.day.capitalize()}{f' {found.start}' if found.start else ''}, {found.minutes} min"
    )
