"""Turns a training goal, a calendar and a rulebook into the provably best week of running and lifting."""
