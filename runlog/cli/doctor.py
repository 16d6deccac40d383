"""``runlog doctor``: the state of what runlog depends on, and what configures ``logging`` in a program."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from runlog.cli.arguments import workspace_option
from runlog.cli.asking import confirm
from runlog.cli.json_text import json_text
from runlog.control_characters import in_one_line

if TYPE_CHECKING:
    from runlog.cli.program import Surroundings
    from runlog.diagnosis.findings import Finding
    from runlog.workspace_search import Found

PROGRAM = {"ignore_unknown_options": True, "allow_interspersed_args": False}
"""What follows is somebody's command line, with options of its own."""


@click.command("doctor", context_settings=PROGRAM)
@click.argument("program", nargs=-1, type=click.UNPROCESSED)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--all", "whole", is_flag=True, help="Read every run in full, not the newest 50.")
@click.option("--seal", is_flag=True, help="Close the files that dead processes left open.")
@click.option(
    "--bundle",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.zip",
    help="Write what helps to find a fault into a file to hand on; what goes in is listed first.",
)
@click.option("--yes", "-y", is_flag=True, help="Write the bundle without asking.")
@workspace_option
def command(program: Sequence[str], as_json: bool, whole: bool, seal: bool, bundle: Path | None, yes: bool) -> None:
    """Look at the workspace, its disk and its runs, at versions and variables; each line is OK or WARN with a remedy.

    With a program (runlog doctor -- python train.py), run it, and tell on stderr who configured logging in it, file by
    file and line by line; the exit code is the program's. Without one it is 0, or 3 where there is a warning.
    """
    if program:
        _watch(program, as_json)
    found = _found()
    if seal:
        from runlog.diagnosis.run_checks import seal as seal_all

        print(f"sealed {seal_all(found.folder)} segments")
    findings = list(_findings(found, whole=whole))
    if bundle is not None:
        _write_bundle(bundle, findings, found.folder, yes=yes)
        return
    if as_json:
        click.echo(json_text([one.as_json() for one in findings]), nl=False)
    else:
        for one in findings:
            print(finding_text(one))
    sys.exit(3 if any(one.remedy for one in findings) else 0)


@contextmanager
def in_mode() -> Iterator[None]:
    """Give a program the ``RUNLOG_MODE`` that was taken from the command line itself."""
    mode = _surroundings().mode
    if mode is not None:
        os.environ["RUNLOG_MODE"] = mode
    try:
        yield
    finally:
        os.environ.pop("RUNLOG_MODE", None)


def _surroundings() -> Surroundings:
    from runlog.cli.program import Surroundings

    return click.get_current_context().find_object(Surroundings) or Surroundings(None)


def _watch(program: Sequence[str], as_json: bool) -> None:
    from runlog.diagnosis.report_text import report_lines
    from runlog.diagnosis.script import run_program

    with in_mode():
        ran = run_program(program)
    if as_json:
        text = json_text({"code": ran.code, "processes": [one._asdict() for one in ran.processes]})
    else:
        text = "".join(f"{in_one_line(line)}\n" for line in ("", "runlog doctor:", *report_lines(ran.processes)))
    print(text, file=sys.stderr, end="")
    sys.exit(ran.code)


def _found() -> Found:
    """The workspace that is meant, and why; also where it is not there yet."""
    from runlog.workspace_search import found_at, search

    given = click.get_current_context().find_root().meta.get("runlog.workspace")
    found = search() if given is None else found_at(given, why="--workspace names it")
    if found.server:  # what of it is here is its outbox
        from runlog.remote.places import outbox_of
        from runlog.server_address import name_server

        if given is not None:
            name_server(found.server)
        return msgspec.structs.replace(found, folder=outbox_of(found.server))
    return found


def _findings(found: Found, *, whole: bool) -> Iterator[Finding]:
    from runlog.diagnosis.findings import Finding
    from runlog.diagnosis.outbox_checks import outbox_findings, place_of_outboxes
    from runlog.diagnosis.place_checks import place_findings
    from runlog.diagnosis.record_checks import index_findings, record_findings
    from runlog.diagnosis.run_checks import run_findings
    from runlog.diagnosis.server_checks import server_finding
    from runlog.diagnosis.surroundings import surroundings
    from runlog.diagnosis.tree import tree_lines

    logging = "; ".join(map(str.strip, tree_lines()))  # before a server is asked, which has loggers of its own
    yield from surroundings(_environment())
    if found.server:
        yield server_finding(found.server, found.why)
        yield from place_of_outboxes()
    yield from place_findings(found.folder, "runs for it are written there first" if found.server else found.why)
    yield from run_findings(found.folder, whole=whole)
    yield from record_findings(found.folder)
    yield from index_findings(found.folder)
    yield from outbox_findings()
    yield Finding("logging", f"{logging} (here; `runlog doctor -- PROGRAM` looks into it)")


def _environment() -> Mapping[str, str]:
    mode = _surroundings().mode
    return os.environ if mode is None else {**os.environ, "RUNLOG_MODE": mode}


def finding_text(one: Finding) -> str:
    """A finding in a line, with its remedy beneath."""
    line = f"{one.verdict:<5} {in_one_line(one.subject)}: {in_one_line(one.text)}"
    return f"{line}\n      fix: {in_one_line(one.remedy)}" if one.remedy else line


def _write_bundle(path: Path, findings: Sequence[Finding], folder: Path, *, yes: bool) -> None:
    from runlog.diagnosis.bundle import contents, write_bundle

    doctor = "".join(f"{finding_text(one)}\n" for one in findings)
    parts = contents(doctor, [one.as_json() for one in findings], folder)
    print(f"{in_one_line(str(path))} will hold, with secrets hidden:")
    for part in parts:
        print(f"  {part.name:<28} {len(part.text.encode()):>9,} bytes  {part.told}")
    if not yes:
        confirm("Write it?", "--yes")
    write_bundle(path, parts)
    print(f"wrote {in_one_line(str(path))}")
