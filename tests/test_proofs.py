"""Proofs beside weeks made by hand: what keeps the file's hard rules is never called impossible, own rules included."""

from __future__ import annotations

import pytest
import yaml
from asks import asked

from microcycle import audit, plan_week

LEGAL = {
    "hours that a lighter session need not keep": (
        """
goal: hybrid-vo2-strength
primary: lift
athlete: {experience: intermediate}
availability: {mon: 07:00-11:00}
rules:
  gap: {family: spacing-hours, first: sessions, then: sessions, hours: 6, unless_lighter: true}
  same-day-separation: off
  same-day-order: off
  strength-floor: off
want: {full-body: {minutes: 50, min: 1, max: 1}, easy-run: {minutes: 30, min: 1, max: 1}}
""",
        'mon: [{session: full-body, start: "07:00", minutes: 50}, {session: easy-run, start: "08:30", minutes: 30}]',
    ),
    "one session behind a lift is one at most": (
        """
goal: fat-loss
primary: balanced
athlete: {experience: intermediate}
availability: {mon: 07:00-09:00}
rules:
  one: {family: when, scope: visit, if: {quantity: sessions, of: lifts-and-power},
    then: {quantity: sessions, of: aerobic-any}, max: 1}
  same-visit-cardio-cap: off
pinned: [{session: full-body, day: mon, start: "07:00", minutes: 50}, {session: easy-run, day: mon, minutes: 30}]
""",
        """
  mon:
    - {session: full-body, start: "07:00", minutes: 50, visit: 1}
    - {session: easy-run, start: "07:50", minutes: 30, visit: 1}
""",
    ),
    "a walk that ends early enough for a rule of the day after": (
        """
goal: run-5k
athlete: {experience: intermediate}
availability: {mon: 18:00-20:00, tue: 06:00-07:00}
rules:
  walks-by-themselves: off
  late: {family: clock, of: runs, start_not_before: "09:00", after: walk, ended_past: "19:00"}
pinned: [{session: walk, day: mon, minutes: 30}, {session: easy-run, day: mon, minutes: 45},
  {session: easy-run, day: tue, minutes: 45}]
""",
        """
  mon: [{session: walk, start: "18:00", minutes: 30}, {session: easy-run, start: "18:30", minutes: 45}]
  tue: [{session: easy-run, start: "06:00", minutes: 45}]
""",
    ),
    "no session is a pair with itself a week later": (
        """
goal: run-5k
athlete: {experience: intermediate}
availability: {daily: 06:00-08:00}
rules: {wk: {family: spacing-hours, first: long-run, then: long-run, hours: 168}}
want: {lifts: 0, easy-run: 1}
pinned: [{session: long-run, day: sat, minutes: 75}]
""",
        """
  tue: [{session: easy-run, start: "06:00", minutes: 45}]
  sat: [{session: long-run, start: "06:00", minutes: 75}]
""",
    ),
}


@pytest.mark.parametrize("name", LEGAL)
def test_what_a_week_by_hand_keeps_is_not_impossible(name: str) -> None:
    text, week = LEGAL[name]
    request = asked(text)
    assert audit(request, yaml.safe_load(f"week:\n  {week}")).legal
    assert plan_week(request).outcome == "solved"


@pytest.mark.parametrize(
    "text",
    [
        # A share of nothing.
        """
availability: {mon-fri: 17:30-18:30, sat: 08:00-11:00}
want: {lifts: 0}
rules: {sh: {family: share, part: {quantity: minutes, of: runs}, whole: {quantity: minutes, of: lifts}, max: 50,
  severity: soft}}
""",
        # The best window for the lengths that a rule speaks of.
        """
availability: {mon: 17:30-18:15, tue: 17:30-18:15, wed: 17:30-18:15, thu: 17:30-19:00}
want: {easy-run: 2}
rules: {lw: {family: longest-window, of: "easy-run <= 40", severity: soft}}
""",
        # What was done behind a lift ran past its window.
        """
availability: {mon: 06:00-07:00, tue-sun: 06:00-07:30}
now: tue 12:00
rules: {lw: {family: longest-window, of: easy-run, severity: soft}}
done:
  - {session: runner-strength, day: mon, start: "06:00", minutes: 40, visit: 1}
  - {session: easy-run, day: mon, minutes: 30, visit: 1}
""",
        # What is fixed in a day's night stands behind what the day after begins with.
        """
sleep: 02:30-10:00
availability: {tue: 18:00-20:00, wed: [00:00-00:50, 18:00-20:00], sat: 12:00-14:00}
pinned:
  - {session: upper, day: tue, start: "00:50", minutes: 45, outside_windows: true}
  - {session: easy-run, day: wed, minutes: 30, start: "00:10"}
""",
        # The same at the end of a week that repeats itself.
        """
sleep: 02:30-10:00
next: cycle
availability: {sun: 18:00-20:00, mon: [00:00-00:50, 18:00-20:00], thu: 12:00-14:00}
pinned:
  - {session: upper, day: sun, start: "00:50", minutes: 45, outside_windows: true}
  - {session: easy-run, day: mon, minutes: 30, start: "00:10"}
""",
    ],
)
def test_the_audit_counts_what_the_solver_counts(text: str) -> None:
    week = plan_week(asked(f"goal: run-5k\nathlete: {{experience: intermediate}}\n{text}"))
    assert (week.outcome, week.proven) == ("solved", True)


def test_a_rule_that_the_solver_keeps_whatever_the_file_says_is_told() -> None:
    text = "goal: run-5k\nathlete: {experience: beginner}\navailability: {daily: 06:00-07:30}\nrules: {one-visit: off}\n"
    week = plan_week(asked(text))
    assert any("one-visit" in line for line in week.assumptions)
