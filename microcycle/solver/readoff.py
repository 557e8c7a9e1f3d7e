"""From a solution back to a week: what stands where, at the earliest starts that it allows."""

from __future__ import annotations

from microcycle.solver.cpsat import true
from microcycle.solver.encoding import Encoding
from microcycle.solver.pins import assigned
from microcycle.solver.problem import Pin, Placed


def read_off(enc: Encoding, values: tuple[int, ...]) -> tuple[Placed, ...]:
    """The pieces of a solution, each visit at the earliest start that its placements, lengths and amounts allow.

    `values` holds the value of each of the model's variables, by index.
    """
    problem = enc.problem
    chosen = {key: bool(values[v]) for key, v in enc.x.items()}
    start = [span.low for span in enc.span]
    pushes = [
        (number, after, offset.value(values))
        for number, after, offset, given in enc.lower_bounds
        if all(true(lit, values) for lit in given)
    ]
    moved = True
    while moved:
        moved = False
        for number, after, offset in pushes:
            wanted = offset + (0 if after is None else start[after])
            if wanted > start[number]:
                start[number] += -((start[number] - wanted) // problem.grid) * problem.grid
                moved = True
    pieces = []
    visits = [0] * 7
    pin_of = _pins(enc, chosen)
    for place in problem.places:
        here = [o for o in enc.choices(place.index) if chosen[place.index, o]]
        at = start[place.index]
        if here:
            visits[place.day] += 1
        for o in here:
            option = problem.options[o]
            pin = pin_of.get((place.index, o))
            pieces.append(
                Placed(
                    option.kind,
                    option.minutes,
                    place.day,
                    at,
                    visits[place.day],
                    option.finisher,
                    pin,
                    place.window,
                    problem.pins[pin].label if pin is not None else "",
                    place.done,
                )
            )
            at += option.minutes
    return tuple(pieces)


def _pins(enc: Encoding, chosen: dict[tuple[int, int], bool]) -> dict[tuple[int, int], int]:
    """Which placed option honours which pin, by place and option."""
    problem = enc.problem
    placed = [key for key, here in chosen.items() if here]

    def serves(choice: tuple[int, int], pin: Pin) -> bool:
        return choice[1] in problem.honouring(problem.places[choice[0]], pin)

    return {placed[at]: pin.index for at, pin in assigned(problem.pins, placed, serves).items()}
