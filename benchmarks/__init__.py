"""Measurements: ratios and tables made by the run itself, never a timed test."""
