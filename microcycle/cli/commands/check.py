"""`microcycle check FILE WEEK`: audits a week that someone else made."""

from __future__ import annotations

from typing import Annotated

import typer

from microcycle.cli import guard
from microcycle.cli.output import OutOption, ShortOrNamed, as_json, check_target, deliver


def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Constraints file with the rules to check by.")],
    week: Annotated[
        str | None,
        typer.Argument(metavar="[WEEK]", help="Week by hand, or JSON of `plan`; else FILE holds it under `week:`."),
    ] = None,
    format: ShortOrNamed = None,
    out: OutOption = None,
) -> None:
    """Check a week that someone else made."""
    from microcycle import audit, load_request
    from microcycle.errors import InputError
    from microcycle.models import reading

    check_target(out, file, week)
    if week == "-" and file == "-":
        raise InputError("-", "both files cannot come from standard input", expected="a file name for one of them")
    request = load_request(file)
    guard.remember(file, request.document.data)
    if week is None:
        found = audit(request)
    else:
        document = reading.read(week)
        guard.remember(week, document.data)
        found = audit(request, document)
    if as_json(format, out):
        deliver(found.to_json(), out)
    else:
        from microcycle.cli.render import table
        from microcycle.cli.render.screen import Screen

        with Screen.open(out) as screen:
            table.check(screen, found)
    raise typer.Exit(guard.DONE if found.legal else guard.INFEASIBLE)
