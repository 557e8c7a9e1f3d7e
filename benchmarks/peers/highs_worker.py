"""HiGHS in a process of its own: a MIP as JSON on standard input, its answer on standard output.

Run as a file, not as a module: the package would bring ortools, whose HiGHS clashes with this one.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import highspy
import numpy as np

Row = tuple[list[int], list[int], int]
"""Columns, coefficients and the most they may come to."""


def main() -> None:
    asked = json.load(sys.stdin)
    json.dump(answer(asked), sys.stdout)


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Objective by objective, each held by a row while the next is minimised."""
    best: list[int] | None = None
    proven, spent = True, 0.0
    held: list[Row] = []
    for objective in asked["objectives"]:
        columns, coefficients, floor = objective["columns"], objective["coefficients"], objective["floor"]

        def worth(solution: list[int], cols: list[int] = columns, coefs: list[int] = coefficients) -> int:
            return sum(n * solution[column] for column, n in zip(cols, coefs, strict=True))

        if best is None or worth(best) > floor:
            began = time.perf_counter()
            # A solver for each: the clock of one that runs again goes on.
            solver = _aimed(asked, objective, held, best)
            solver.setOptionValue("time_limit", max(0.01, asked["seconds"] - spent))
            solver.run()
            spent += time.perf_counter() - began
            status = solver.getModelStatus()
            if best is None and status in (
                highspy.HighsModelStatus.kInfeasible,
                highspy.HighsModelStatus.kUnboundedOrInfeasible,
            ):
                return {"outcome": "infeasible", "proven": True, "values": None, "solving": spent}
            if solver.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
                found = [round(value) for value in solver.getSolution().col_value]
                best = found if best is None or worth(found) <= worth(best) else best
            reached_floor = best is not None and worth(best) <= floor
            proven = status == highspy.HighsModelStatus.kOptimal or reached_floor
        if best is None:
            return {"outcome": "unknown", "proven": False, "values": None, "solving": spent}
        if not proven:
            break
        held.append((columns, coefficients, worth(best)))
    return {"outcome": "solved", "proven": proven, "values": best, "solving": spent}


def _aimed(asked: dict[str, Any], objective: dict[str, Any], held: list[Row], best: list[int] | None) -> highspy.Highs:
    """A solver for the next objective, with a row for each earlier one, from the week found for the last."""
    solver = highspy.Highs()
    for name, value in asked["options"].items():
        if solver.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise ValueError(f"option {name}")
    if asked["target"]:
        solver.setOptionValue("objective_target", float(objective["floor"]))
    model = _model(asked)
    costs = _floats([0] * model.num_col_)
    costs[objective["columns"]] = objective["coefficients"]
    model.col_cost_ = costs
    solver.passModel(model)
    for columns, coefficients, most in held:
        if columns:
            index = np.array(columns, dtype=np.int32)
            solver.addRow(-highspy.kHighsInf, float(most), len(columns), index, _floats(coefficients))
    if best is not None:
        start = highspy.HighsSolution()
        start.col_value = [float(value) for value in best]
        solver.setSolution(start)
    return solver


def _model(asked: dict[str, Any]) -> highspy.HighsLp:
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(asked["lower"]), len(asked["row_lower"])
    model.col_lower_, model.col_upper_ = _floats(asked["lower"]), _floats(asked["upper"])
    model.row_lower_, model.row_upper_ = _ends(asked["row_lower"], -1), _ends(asked["row_upper"], 1)
    model.integrality_ = [highspy.HighsVarType.kInteger] * model.num_col_
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.num_col_, model.a_matrix_.num_row_ = model.num_col_, model.num_row_
    model.a_matrix_.start_ = np.array(asked["starts"], dtype=np.int32)
    model.a_matrix_.index_ = np.array(asked["index"], dtype=np.int32)
    model.a_matrix_.value_ = _floats(asked["value"])
    return model


def _floats(numbers: list[int]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array(numbers, dtype=np.float64)


def _ends(numbers: list[int | None], sign: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([sign * highspy.kHighsInf if n is None else n for n in numbers], dtype=np.float64)


if __name__ == "__main__":
    main()
