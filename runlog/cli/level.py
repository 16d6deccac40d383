"""``runlog level``: other levels for loggers of a running process."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from runlog.cli.arguments import RunCommand, chosen_run, chosen_workspace, run_argument, workspace_option
from runlog.cli.durations import DurationType
from runlog.cli.nothing_found import say
from runlog.control_characters import in_one_line
from runlog.errors import RunStateError, WrongValueError
from runlog.journal import clock
from runlog.levels import typed_level
from runlog.names import did_you_mean
from runlog.reading.counts import count_records
from runlog.reading.texts import duration_text
from runlog.state import ENDED
from runlog.writing.level_requests import LevelRequest, Requests, change, refusal, wanted
from runlog.writing.notes import login

if TYPE_CHECKING:
    from runlog.backend import Backend


@click.command("level", cls=RunCommand)
@run_argument
@click.argument("settings", metavar="LOGGER=LEVEL", nargs=-1)
@click.option("--for", "seconds", type=DurationType(), default="10m", show_default=True, help="For how long.")
@click.option("--list", "listed", is_flag=True, help="Print what holds.")
@click.option("--reset", is_flag=True, help="Put back all, or the loggers that are named.")
@workspace_option
def command(run: str, settings: tuple[str, ...], seconds: float, *, listed: bool, reset: bool) -> None:
    """Give loggers of RUN's processes another level for a while: `runlog level RUN my.module=DEBUG --for 5m`.

    LOGGER may be root. The processes look each second, and the run has a record of each change. A logger's own level
    is one thing, that of a handler another: `runlog level` does not change handlers.
    """
    workspace = chosen_workspace()
    backend, run_id = workspace.backend, chosen_run(workspace, run)
    if (listed and (settings or reset)) or not (settings or listed or reset):
        raise click.UsageError("give LOGGER=LEVEL, --list or --reset")
    if listed:
        _print(wanted(backend, run_id))
        return
    new = {} if reset else dict(_request(one, seconds) for one in settings)
    state = backend.state(run_id)
    if state.status in ENDED:
        raise RunStateError(f"run {run_id} has ended ({state.status}): there is no process whose levels could change")
    for told in _misspelt(backend, run_id, new):
        say(told)
    names = settings if reset and settings else tuple(wanted(backend, run_id))
    _print(change(backend, run_id, new, frozenset(names if reset else ())))


def _misspelt(backend: Backend, run_id: str, asked: Iterable[str]) -> Iterator[str]:
    """What is said of loggers that none of the run's records comes from, where one of a like name has some."""
    heard = count_records(backend.journal(run_id)).loggers
    for name in asked:
        is_heard = any(one == name or one.startswith(f"{name}.") for one in heard)
        if name != "root" and not is_heard and (hint := did_you_mean(name, heard)):
            yield f"no record of the run comes from {name!r}: {hint} It is asked for all the same."


def _request(setting: str, seconds: float) -> tuple[str, LevelRequest]:
    name, sign, level = setting.rpartition("=")
    if not sign or not name.strip() or not level.strip():
        raise click.UsageError(f"{setting!r} is not of the form LOGGER=LEVEL, such as my.module=DEBUG")
    request = LevelRequest(level=typed_level(level), seconds=seconds, time=clock.now(), author=login())
    if fault := refusal(name.strip(), request):
        raise WrongValueError(fault)
    return name.strip(), request


def _print(requests: Requests) -> None:
    lines: Sequence[str] = [
        f"{name}={logging.getLevelName(one.level)} for {duration_text(round(one.seconds_left * 1e9))}"
        + (f", asked for by {one.author}" if one.author else "")
        for name, one in sorted(requests.items())
    ]
    print("\n".join(map(in_one_line, lines)) or "every logger has its own level")
