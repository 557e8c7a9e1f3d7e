"""`microcycle batch ROSTER -o plans.jsonl`: a week for every athlete of a roster; `batch merge` for what ran in shards."""

from __future__ import annotations

import json
import os
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from microcycle import writing
from microcycle.cli import guard, interrupt
from microcycle.cli.output import Short, deliver, write_file
from microcycle.errors import InputError, shown
from microcycle.export.formats import KINDS

if TYPE_CHECKING:
    from microcycle.batch.run import Plan
    from microcycle.models.reading import Document

MEMORY = "4GB"
CROWDED = 8
"""Processes for each core, beyond which a machine does nothing but change between them."""
_SIZES = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


class Rosters(TyperGroup):
    """A group whose first word is a roster unless it is one of its commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or args[0] not in (*self.commands, "--help", "-h"):
            args = ["run", *args]
        elif args[0] in ("--help", "-h"):
            args = ["run", "--help"]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=Rosters, rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]})


@app.command("run", hidden=True)
def run(
    roster: Annotated[
        str, typer.Argument(metavar="ROSTER", help="JSONL, a directory of constraints files, CSV, .gz, or -.")
    ],
    out: Annotated[str, typer.Option("--output", "-o", metavar="JOURNAL", help="Where each athlete's week goes, as JSONL.")],
    template: Annotated[
        str | None, typer.Option(metavar="FILE", help="For CSV: the constraints file that each row is merged over.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=4096, help="Processes; else one for each core.")
    ] = None,
    cluster: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler: tls://HOST:PORT, or tcp:// of this machine.")
    ] = None,
    tls_ca: Annotated[
        str | None, typer.Option("--tls-ca", metavar="FILE", help="Certificate of the cluster's authority.")
    ] = None,
    tls_cert: Annotated[str | None, typer.Option("--tls-cert", metavar="FILE", help="Our certificate.")] = None,
    tls_key: Annotated[str | None, typer.Option("--tls-key", metavar="FILE", help="Our key.")] = None,
    insecure: Annotated[bool, typer.Option("--insecure", help="Allow plain tcp to another machine.")] = False,
    time_limit: Annotated[
        float, typer.Option(metavar="S", min=0.01, max=86_400, help="Seconds for each athlete at most.")
    ] = 120.0,
    work_limit: Annotated[
        float,
        typer.Option(
            "--deterministic-limit",
            metavar="W",
            min=0.001,
            max=1e6,
            help="Units of work for each at most: the same answer everywhere.",
        ),
    ] = 60.0,
    shard: Annotated[str | None, typer.Option(metavar="K/N", help="Only this part of the roster, such as 3/16.")] = None,
    cache: Annotated[str | None, typer.Option(metavar="DIR", help="Answers of earlier runs, kept for later ones.")] = None,
    previous: Annotated[
        str | None, typer.Option(metavar="JOURNAL", help="Last week's: stay as near to it as the rules allow.")
    ] = None,
    sort: Annotated[bool, typer.Option("--sort", help="Put the rows in roster order at the end.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Begin anew where the journal exists.")] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where the journal ends, which is what happens anyway.")
    ] = False,
    rules: Annotated[
        str, typer.Option(metavar="WHOSE", help="'trusted': rows may bring rules of their own; 'none': not.")
    ] = "trusted",
    repairs: Annotated[bool, typer.Option("--repairs", help="Look for what would help where no week exists.")] = False,
    personal: Annotated[
        bool, typer.Option("--personal/--no-personal", help="Names, notes, meta and food figures in the journal.")
    ] = True,
    max_failed: Annotated[
        str | None, typer.Option(metavar="SHARE", help="Exit 5 only where more rows fail than this: 0.1%, or a number.")
    ] = None,
    memory: Annotated[str, typer.Option(metavar="SIZE", help="Memory for each worker at most, such as 4GB.")] = MEMORY,
    format: Annotated[Short, typer.Option("--summary", help="How to write the summary.")] = Short.table,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    table: Annotated[
        str | None,
        typer.Option("--export", metavar="csv|parquet", help="A table of all sessions as well, beside the journal."),
    ] = None,
    folder: Annotated[
        str | None,
        typer.Option(
            "--files", metavar="DIR", help="A file for each athlete as well, and an index.html of all, in this directory."
        ),
    ] = None,
    formats: Annotated[
        str | None, typer.Option("--format", "-f", metavar="F,F", help=f"Of these files: {', '.join(KINDS)}.")
    ] = None,
) -> None:
    """Plan a week for every athlete of a roster; what was interrupted goes on with the same command."""
    from microcycle.batch import roster as rosters
    from microcycle.batch.export import FORMATS, export
    from microcycle.batch.journal import beside
    from microcycle.batch.run import EngineLost, Plan
    from microcycle.batch.run import run as go
    from microcycle.batch.work import Settings
    from microcycle.cli import athletes
    from microcycle.cli.render import roster as render
    from microcycle.export.words import plural

    if resume and overwrite:
        raise InputError("--resume", "--overwrite begins anew", expected="one of the two")
    if table is not None and table not in FORMATS:
        raise InputError("--export", f"{shown(table)} is no kind of table", expected=" or ".join(FORMATS))
    _check_targets(roster, out, template, previous, table, folder)
    if formats is not None and folder is None:
        raise InputError("--format", "there is no directory for such files", expected="--files DIR as well")
    wanted = athletes.parse_formats(formats or "markdown")
    if folder is not None:
        athletes.check_folder(folder, wanted)
    base = _template(template, roster)
    settings = Settings(work_limit, time_limit, _own(rules), repairs, personal)
    plan = Plan(
        rosters.rows(roster, base), Path(out), settings, _shard(shard), Path(cache) if cache else None, sort, overwrite
    )
    if previous is not None:
        from microcycle.batch.anchored import Anchored

        before = Anchored(Path(previous))
        plan.anchor = before.anchor
        for error in before.told:
            guard.say(f"{error.file}:{error.line}: {error.message}: no week to stay close to in there.")
        if more := before.damaged - len(before.told):
            guard.say(f"{previous}: {plural(more, 'more line')} of the same kind.")
    engine = cluster or "processes"
    bar = _max_failed(max_failed)
    pool = _pool(cluster, workers, _bytes(memory), insecure, tls_ca, tls_cert, tls_key)
    told = f"What is finished is in {out}: the same command goes on from there.\n"
    interrupt.tell(told, partial(_leave_record, plan, engine))
    with render.progress(None if quiet or shard else rosters.count(roster), quiet=quiet) as seen:
        plan.seen = seen
        try:
            tally = go(plan, pool)
        except EngineLost as error:
            raise InputError(cluster or "workers", str(error), expected="the same command again: it goes on") from None
    if folder is not None:
        athletes.write_all(Path(out), Path(folder), wanted)
    if table is not None:
        export(Path(out), table)
    record = render.record(tally, plan, engine)
    write_file(json.dumps(record, indent=2) + "\n", str(beside(Path(out))))
    if format is Short.json:
        deliver(json.dumps(record, indent=2) + "\n")
    else:
        from microcycle.cli.render.screen import Screen

        with Screen.open() as screen:
            render.summary(screen, tally, out)
    raise typer.Exit(guard.ROWS_FAILED if tally.failed > bar(tally.rows) else guard.DONE)


def _leave_record(plan: Plan, engine: str) -> None:
    """The record of a run that is interrupted, as far as it came; before its first row the journal may not be its own."""
    from microcycle.batch.journal import beside
    from microcycle.cli.render import roster as render

    if plan.tally.rows:
        record = render.record(plan.tally, plan, engine, interrupted=True)
        writing.write((json.dumps(record, indent=2) + "\n",), str(beside(plan.journal)))


@app.command("merge")
def merge(
    journals: Annotated[list[str], typer.Argument(metavar="JOURNAL...", help="What the shards of one roster wrote.")],
    out: Annotated[str, typer.Option("--output", "-o", metavar="JOURNAL", help="All of it, in roster order.")],
) -> None:
    """Put the journals of a roster's shards together."""
    from microcycle.batch.journal import beside, is_journal, merged, record_of
    from microcycle.batch.tally import Tally
    from microcycle.cli.render import roster as render
    from microcycle.cli.render.screen import Screen

    _check_journal(out, dict.fromkeys(journals, "one of the journals"))
    if Path(out).exists() and not is_journal(Path(out)):
        raise InputError(out, "this is no journal, and is not written over", expected="another name with -o")
    paths, tally = [Path(name) for name in journals], Tally()

    def seen(line: Any) -> None:
        tally.add(line.head["row"], line.head["id"], line.head["outcome"], json.dumps(line.head), None)

    merged(paths, Path(out), seen)
    records = [record for path in paths if (record := record_of(path))]
    tally.roster = tally.rows
    tally.worker_mb = max(record["memory_mb"].get("worker", 0) for record in records)
    write_file(json.dumps(render.merged_record(tally, records, out), indent=2) + "\n", str(beside(Path(out))))
    with Screen.open() as screen:
        render.summary(screen, tally, out)


def _check_targets(
    roster: str, out: str, template: str | None, previous: str | None, table: str | None, folder: str | None
) -> None:
    """Nothing that is read is written over. Raises InputError."""
    named = ((roster, "the roster"), (template, "the template"), (previous, "last week's journal"))
    read = {name: what for name, what in named if name}
    _check_journal(out, read)
    if table is not None:
        target = str(Path(out).with_suffix(f".{table}"))
        writing.apart(target, {**read, out: "the journal"}, "--export")
        writing.check_kind(target)
    if folder is not None:
        writing.apart(folder, {**read, out: "the journal"}, "--files")
        # A file of an athlete could have the name of one that is read.
        files = {name: what for name, what in read.items() if name != previous and os.path.isfile(name)}
        places = {str(Path(name).parent): f"the directory of {what}" for name, what in files.items()}
        writing.apart(folder, places, "--files", "one of its own for these files")


def _check_journal(out: str, read: dict[str, str]) -> None:
    """A journal and its record are files, and none that is read. Raises InputError."""
    from microcycle.batch.journal import beside

    if out == "-" or writing.is_stream(out):
        what = "standard output" if out == "-" else "a device or a pipe"
        raise InputError("--output", f"a journal cannot go to {what}", expected="the name of a file")
    writing.check(out)
    record = str(beside(Path(out)))
    for name in (out, record):
        writing.apart(name, read, "--output")
    writing.check_kind(record)


def _template(name: str | None, roster: str) -> Document | None:
    from microcycle.batch.roster import is_sheet

    if name is None:
        return None
    if not is_sheet(roster) and roster != "-":
        raise InputError(
            name, "only the rows of a CSV are merged over a template", expected="a roster that ends in .csv or .tsv, or -"
        )
    from microcycle.models import reading

    document = reading.read(name)
    if not isinstance(document.data, dict):
        raise InputError(name, "this is no constraints file", expected="'key: value' lines")
    return document


def _own(rules: str) -> bool:
    if rules not in ("trusted", "none"):
        raise InputError("--rules", f"'{rules}' is no choice", expected="trusted or none")
    return rules == "trusted"


def _shard(text: str | None) -> tuple[int, int]:
    if text is None:
        return 1, 1
    found = re.fullmatch(r"\s*(\d{1,6})\s*/\s*(\d{1,6})\s*", text)
    one, of = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= one <= of:
        raise InputError("--shard", f"'{text}' is no part of a roster", expected="K/N such as 3/16, from 1/16 to 16/16")
    return one, of


def _max_failed(text: str | None) -> Any:
    """How many of so many rows may fail."""
    if text is None:
        return lambda _rows: 0
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(%?)\s*", text)
    if found is None or (float(found[1]) > 100 if found[2] else "." in found[1]):
        raise InputError(
            "--max-failed", f"'{text}' is no share", expected="a whole number of rows such as 3, or a share such as 0.1%"
        )
    most = float(found[1])
    return (lambda rows: rows * most / 100) if found[2] else (lambda _rows: most)


def _bytes(text: str) -> int | None:
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt])i?b?\s*", text.lower())
    if text.lower() == "none":
        return None
    if found is None or (size := int(float(found[1]) * _SIZES[found[2]])) < 1 << 29:
        raise InputError(
            "--memory", f"'{text}' is no memory for a worker", expected="a size from 512MB on such as 4GB, or none"
        )
    return size


def _pool(cluster: str | None, workers: int | None, memory: int | None, insecure: bool, *tls: str | None) -> Any:
    from microcycle.batch.pools import Cluster, Processes
    from microcycle.export import words

    given = [name for name, value in zip(("--tls-ca", "--tls-cert", "--tls-key"), tls, strict=True) if value is not None]
    for name, value in zip(given, filter(None, tls), strict=True):
        if cluster is not None and not os.path.isfile(value):
            raise InputError(name, f"{value}: no such file", expected="a file in PEM format")
    if cluster is None and (given or insecure):
        raise InputError((*given, "--insecure")[0], "there is no cluster to reach so", expected="--cluster as well")
    if cluster is not None:
        if workers is not None:
            raise InputError("--workers", "a cluster has workers of its own", expected="--cluster or --workers")
        found = Cluster(cluster, insecure=insecure, ca=tls[0], cert=tls[1], key=tls[2])
        return lambda: found
    # Containers are given fewer cores than there are, where the system can tell.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    cores = cores or 1
    if workers is not None and workers > CROWDED * cores:
        told = f"{workers} processes are more than {words.plural(cores, 'core')} can serve"
        raise InputError("--workers", told, expected=f"{CROWDED * cores} at most, best {cores}")
    return lambda: Processes(workers or cores, memory)
