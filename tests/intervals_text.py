"""A reader of the workout text of Intervals.icu, as its forum documents it, stricter than the hub: what is odd is an error.

Written from https://forum.intervals.icu/t/workout-builder/1163 and
https://forum.intervals.icu/t/workout-builder-syntax-quick-guide/123701, without a look at our writer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
REPEAT = re.compile(r"(?<!\w)(\d+)\s?x(?!\w)", re.IGNORECASE)
PACE = re.compile(r"(\d+):([0-5]\d)(?:-(\d+):([0-5]\d))?/(km|mi) pace", re.IGNORECASE)
HEART = re.compile(r"(\d+)(?:-(\d+))?% (hr|lthr)", re.IGNORECASE)
COMMAND = re.compile(r"\b(ramp|freeride|press lap|pace|hr|lthr|mmp|rpm|rpe|ss|c?z\d)\b|[%^<>=]", re.IGNORECASE)


class Odd(ValueError):
    """Text that the hub might take for something else."""


@dataclass(frozen=True)
class Step:
    cue: str
    seconds: int
    kind: str | None = None
    """`HR` or `LTHR` in percent, `km` or `mi` in seconds."""
    low: int = 0
    high: int = 0


@dataclass(frozen=True)
class Block:
    repeats: int
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Workout:
    blocks: tuple[Block, ...]
    text: tuple[str, ...]
    """Lines that belong to no step."""

    def unrolled(self) -> list[Step]:
        return [step for block in self.blocks for _ in range(block.repeats) for step in block.steps]


def parse(description: str) -> Workout:
    """The steps of a description. Raises Odd."""
    blocks: list[Block] = []
    text: list[str] = []
    for paragraph in re.split(r"\n[^\S\n]*\n", description):
        lines = [line for line in paragraph.split("\n") if line.strip()]
        marked = [line.startswith("-") for line in lines]
        if not any(marked):
            text += lines
            continue
        repeats = 1
        if not marked[0]:
            # A line before a set of steps: the number of times, and here nothing else.
            found = REPEAT.fullmatch(lines[0])
            if found is None:
                raise Odd(f"a line before steps: {lines[0]!r}")
            repeats = int(found[1])
            if repeats < 2:
                raise Odd("no repeat at all")
            lines, marked = lines[1:], marked[1:]
        elif text:
            raise Odd("steps after free text: a number in it could repeat them")
        if not lines or not all(marked):
            raise Odd(f"steps and text without a blank line between them: {paragraph!r}")
        blocks.append(Block(repeats, tuple(map(step, lines))))
    return Workout(tuple(blocks), tuple(text))


def step(line: str) -> Step:
    """One line with a dash: words, then how long, then how fast."""
    if not line.startswith("- "):
        raise Odd(f"a dash without a space: {line!r}")
    words = line[2:].split(" ")
    at = next((n for n, word in enumerate(words) if seconds(word) is not None), None)
    if at is None:
        raise Odd(f"no length: {line!r}")
    cue, target = " ".join(words[:at]), " ".join(words[at + 1 :])
    if any(char.isnumeric() for char in cue) or COMMAND.search(cue) or cue.startswith("-"):
        raise Odd(f"a cue that could be read otherwise: {cue!r}")
    length = seconds(words[at]) or 0
    if not target:
        return Step(cue, length)
    if found := PACE.fullmatch(target):
        slow = int(found[1]) * 60 + int(found[2])
        fast = int(found[3]) * 60 + int(found[4]) if found[3] else slow
        return Step(cue, length, found[5], slow, fast)
    if found := HEART.fullmatch(target):
        return Step(cue, length, found[3].upper(), int(found[1]), int(found[2] or found[1]))
    raise Odd(f"no target: {target!r}")


def seconds(word: str) -> int | None:
    """`1h2m30s`; None for what is no length."""
    found = DURATION.fullmatch(word)
    if not word or found is None:
        return None
    return sum(int(part or 0) * unit for part, unit in zip(found.groups(), (3600, 60, 1), strict=True))
