"""Wires the commands together: `microcycle plan FILE` and its neighbours."""

from __future__ import annotations

from typing import Annotated

import typer

from microcycle import __version__
from microcycle.cli.commands import batch, catalogue, check, export, init, plan, questions, replan, schema
from microcycle.cli.guard import Guarded

EPILOG = (
    "Exit codes: 0 done, 1 a bug of ours, 2 bad usage or input, 3 infeasible or a broken hard rule, "
    "4 limit reached without a proof, 5 rows of a batch failed, 130 interrupted."
)

app = typer.Typer(
    name="microcycle",
    cls=Guarded,
    help="The provably best week of running and lifting, from a file that says what you want and when you can.",
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"microcycle {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """The provably best week of running and lifting, from a file that says what you want and when you can."""


app.command("plan")(plan.plan)
app.add_typer(batch.app, name="batch", help="Plan a week for every athlete of a roster.")
app.command("export")(export.export)
app.command("check")(check.check)
app.command("why")(questions.why)
app.command("alternatives")(questions.alternatives)
app.command("replan")(replan.replan)
app.command("whatif")(questions.whatif)
app.command("diff")(questions.diff)
app.command("init")(init.init)
app.command("goals")(catalogue.goals)
app.command("sessions")(catalogue.sessions)
app.command("rules")(catalogue.rules)
app.command("policies")(catalogue.policies)
app.command("schema")(schema.schema)
