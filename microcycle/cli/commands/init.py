"""`microcycle init`: a first constraints file, by a few questions or as a commented template."""

from __future__ import annotations

import os
import re
import sys
from typing import Annotated, Any

import typer

from microcycle.cli import guard
from microcycle.cli.output import Format, check_target, deliver, write_file

DEFAULT_FILE = "week.yaml"


def init(
    goal: Annotated[
        str | None,
        typer.Option(
            "--goal", metavar="GOAL", help="A commented file for this goal, printed or (with -o) written; asks nothing."
        ),
    ] = None,
    out: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="File to write; it must not exist yet.")
    ] = None,
) -> None:
    """Write a first constraints file.

    Asks at most eight questions, writes week.yaml (or what -o says) and shows the week; with --goal it prints a
    commented file, or writes it to what -o says, and asks nothing.
    """
    from microcycle.cli.template import Answers, commented
    from microcycle.errors import InputError
    from microcycle.models.catalogue import catalogue

    _refuse_existing(out)
    if goal is not None:
        text = commented(_goal(goal), Answers.usual(catalogue().goals[goal]))
        deliver(text, out)
        if out and out != "-":
            typer.echo(f"Wrote {out}. Change what does not fit, then: microcycle plan {out}", err=True)
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError("microcycle init", "this asks questions and needs a terminal", expected="--goal GOAL")
    target = out or DEFAULT_FILE
    _refuse_existing(target)
    answers = _ask()
    write_file(commented(answers.goal, answers), target)
    typer.echo(f"Wrote {target}. This is the week that it gives:\n", err=True)
    _show(target)


def _goal(name: str) -> str:
    from microcycle.errors import InputError, nearest_name
    from microcycle.models.catalogue import catalogue

    goals = catalogue().goals
    if name not in goals:
        near = nearest_name(name, goals)
        raise InputError(
            "microcycle init", f"there is no goal '{name[:60]}'", expected="one of " + ", ".join(goals), nearest=near
        )
    return name


def _refuse_existing(out: str | None) -> None:
    from microcycle.errors import InputError

    if out is not None and os.path.isfile(out):
        raise InputError(out, "this file exists already", expected="a new name with -o, or remove it first")
    check_target(out)


def _ask() -> Any:
    """At most eight questions; Ctrl-C leaves without a file."""
    import questionary

    from microcycle.cli.template import Answers
    from microcycle.models import clock
    from microcycle.models.catalogue import catalogue

    def answer(question: Any) -> Any:
        found = question.ask()
        if found is None:
            raise KeyboardInterrupt
        return found

    def times(text: str) -> bool | str:
        try:
            for part in text.split(","):
                if part.strip().lower() not in ("", "none"):
                    clock.parse_range(part.strip())
        except ValueError as error:
            return str(error)
        return True

    name = str(answer(questionary.text("What shall we call you?")))[:60]
    hint = "such as 34, or 34 pregnant; heart, injury: knee, medicine, eating; or empty"
    care = answer(questionary.text(f"Your age, and anything that needs care? ({hint})", validate=_care))
    age, cares = _read_care(care)
    goals = {goal: card for goal, card in catalogue().goals.items() if _closed(goal, age, cares) is None}
    choices = [questionary.Choice(card.name, value=card.id, description=card.about) for card in goals.values()]
    goal = goals[answer(questionary.select("What is the week for?", choices=choices))]
    primary = None
    if len(goal.primary) > 1:
        words = {"run": "Running", "lift": "Lifting", "balanced": "Neither"}
        leads = [questionary.Choice(words[one], value=one) for one in goal.primary]
        primary = answer(questionary.select("What wins where running and lifting meet?", choices=leads))
    classes = [name for name in ("beginner", "intermediate", "advanced") if name not in goal.refuse]
    lift = answer(questionary.select("How long have you lifted?", choices=_levels(questionary, classes, "lift")))
    run = answer(questionary.select("How much do you run?", choices=_levels(questionary, classes, "run")))
    hint = "such as 06:00-07:30, 17:30-20:30, or none"
    while True:
        weekdays = answer(questionary.text(f"When is there time on a weekday? ({hint})", validate=times))
        weekend = answer(questionary.text(f"And on Saturday and Sunday? ({hint})", validate=times))
        answers = Answers(goal.id, primary, name, lift, run, weekdays, weekend, age, cares)
        if (why := _no_time(answers)) is None:
            return answers
        typer.echo(f"No week can be planned in this time: {why}. Once more:", err=True)


def _no_time(answers: Any) -> str | None:
    """What is wrong with the windows, as reading the file would tell it; None if they can be planned with."""
    from microcycle.cli.template import commented
    from microcycle.errors import InputError
    from microcycle.models import reading
    from microcycle.models.catalogue import catalogue
    from microcycle.models.request import Request, RequestSpec
    from microcycle.solver.resolve import resolve

    document = reading.parse(commented(answers.goal, answers), DEFAULT_FILE)
    try:
        resolve(Request(reading.validate(document, RequestSpec), document), catalogue())
    except InputError as error:
        if error.path[:1] != ("availability",):
            raise
        return error.message
    return None


def _read_care(text: str) -> tuple[str, tuple[str, ...]]:
    """Age and words of care: `34 pregnant`, `17, injury: knee`."""
    parts = [part.strip() for part in re.split(r"[,;]|(?<=\d)\s+(?=[a-z])", text.strip()) if part.strip()]
    age = parts.pop(0) if parts and parts[0].isdecimal() else ""
    return age, tuple(parts)


def _care(text: str) -> bool | str:
    """Whether the answer is understood, and somebody is planned for; else why not."""
    return _closed("health-longevity", *_read_care(text)) or True


def _closed(goal: str, age: str, cares: tuple[str, ...]) -> str | None:
    """Why nothing is planned for such an athlete and goal, as reading the file would tell it."""
    from microcycle.errors import InputError
    from microcycle.models import reading
    from microcycle.models.catalogue import catalogue
    from microcycle.models.request import Request, RequestSpec
    from microcycle.solver import gates

    athlete = {"care": list(cares)} | ({"age": int(age)} if age else {})
    document = reading.Document("microcycle init", {"goal": goal, "athlete": athlete}, {}, {})
    try:
        request = Request(reading.validate(document, RequestSpec), document)
        gates.check_goal(request, catalogue(), gates.marks(request, catalogue()))
    except InputError as error:
        return error.sentence
    return None


def _levels(questionary: Any, names: list[str], modality: str) -> list[Any]:
    about = {
        "lift": {"beginner": "new, or years off", "intermediate": "half a year and more", "advanced": "years"},
        "run": {
            "beginner": "under an hour a week",
            "intermediate": "one to four hours a week",
            "advanced": "over four hours a week for a year",
        },
    }[modality]
    return [questionary.Choice(f"{name} ({about[name]})", value=name) for name in names]


def _show(file: str) -> None:
    from microcycle import load_request, plan_week
    from microcycle.cli.commands.plan import exit_code, interruptible, show

    request = load_request(file)
    guard.remember(file, request.document.data)
    week = interruptible(lambda: plan_week(request))
    show(week, Format.table, None)
    raise typer.Exit(exit_code(week))
