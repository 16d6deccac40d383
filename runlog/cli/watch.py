"""``runlog watch``: follows runs, and tells somebody when one ends or a metric meets a condition."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from runlog.cli.arguments import RunCommand, chosen_run, chosen_workspace, workspace_option
from runlog.cli.durations import DurationType
from runlog.control_characters import in_json, in_one_line
from runlog.errors import WrongValueError
from runlog.names import check_experiment_name
from runlog.reading.texts import local_time
from runlog.watching.command import ShellCommand
from runlog.watching.condition import Comparison, NotANumber, Silence, parse_condition
from runlog.watching.outbox import RETRY_FOR, Outbox, Target
from runlog.watching.run_watch import ENDS
from runlog.watching.watch import Watch, WorkspaceWatch
from runlog.watching.webhook import SECRET, TIMEOUT, Webhook

if TYPE_CHECKING:
    from runlog.watching.alert import Alert
    from runlog.workspace import Workspace

INTERVAL = 0.5
"""Seconds between two looks at the runs."""


class ConditionType(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since click 8.2
    """A condition on a metric."""

    name = "condition"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The condition; wrong use where it is none."""
        if isinstance(value, Comparison | NotANumber | Silence):
            return value
        try:
            return parse_condition(value)
        except WrongValueError as error:
            self.fail(str(error), param, ctx)


@click.command("watch", cls=RunCommand)
@click.argument("run", metavar="[RUN]", required=False)
@click.option("--experiment", "-e", help="Every run of this experiment, also those that begin later.")
@click.option("--all", "everything", is_flag=True, help="Every run of the workspace, also those that begin later.")
@click.option(
    "--on", "ends", multiple=True, type=click.Choice(list(ENDS)), help="Tell of such an end; repeatable. Default: end."
)
@click.option(
    "--if",
    "conditions",
    multiple=True,
    type=ConditionType(),
    metavar="CONDITION",
    help="Tell when it is met: 'loss > 10 for 3', 'loss is nan', 'no loss for 10m'; repeatable.",
)
@click.option("--exec", "commands", multiple=True, metavar="COMMAND", help="Call this shell command; repeatable.")
@click.option("--webhook", "urls", multiple=True, metavar="URL", help="POST JSON to this URL; repeatable.")
@click.option("--once", is_flag=True, help="Exit after the first alert.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.1),
    default=TIMEOUT,
    show_default=True,
    help="Seconds for a webhook's answer.",
)
@click.option(
    "--retry-for", type=DurationType(), default=RETRY_FOR, help="Try a webhook again for so long. Default: 1d."
)
@click.option("--json", "as_json", is_flag=True, help="Print alerts as JSON, one object a line.")
@workspace_option
def command(
    run: str | None,
    experiment: str | None,
    everything: bool,
    ends: tuple[str, ...],
    conditions: tuple[Any, ...],
    commands: tuple[str, ...],
    urls: tuple[str, ...],
    once: bool,
    timeout: float,
    retry_for: float,
    as_json: bool,
) -> None:
    """Tell when RUN ends, or when one of its metrics meets a condition.

    Each alert is printed, and handed to every --exec and --webhook. It is told once: an end for each attempt of a run,
    a condition for each run. Watching one run ends with the run, else with Ctrl-C.
    """
    if (run is not None) + (experiment is not None) + everything != 1:
        raise click.UsageError("name a run, or give one of --experiment and --all")
    workspace = chosen_workspace()
    targets: list[Target] = [_webhook(url, timeout) for url in urls]
    targets += [ShellCommand(one, {"RUNLOG_URI": workspace.location}) for one in commands]
    wanted = ends or (() if conditions else ("end",))
    watch = _watch(workspace, run, experiment, wanted, conditions)
    if run is None:
        _say(f"watching {len(watch)} runs, and those that begin from now on; Ctrl-C ends it")
    boxes = [Outbox(target, _say, retry_for=retry_for) for target in targets]
    try:
        _follow(watch, boxes, once=once, as_json=as_json)
        for box in boxes:
            box.wait()
    finally:
        _close(boxes)
    if any(box.failed for box in boxes):
        sys.exit(1)


def _watch(
    workspace: Workspace, run: str | None, experiment: str | None, ends: Sequence[str], conditions: Sequence[Any]
) -> Watch:
    if run is None:
        named = None if experiment is None else check_experiment_name(experiment)
        return WorkspaceWatch(workspace.backend, ends, conditions, named)
    watch = Watch(workspace.backend, ends, conditions)
    watch.add(chosen_run(workspace, run))
    return watch


def _webhook(url: str, timeout: float) -> Webhook:
    try:
        return Webhook(url, os.environ.get(SECRET, ""), timeout)
    except WrongValueError as error:
        raise click.BadParameter(str(error), param_hint="--webhook") from error


def _follow(watch: Watch, boxes: Sequence[Outbox], *, once: bool, as_json: bool) -> None:
    while True:
        for alert in watch.look():
            _print(alert, as_json=as_json)
            for box in boxes:
                box.put(alert)
            if once:
                return
        if watch.is_over:
            return
        time.sleep(INTERVAL)


def _print(alert: Alert, *, as_json: bool) -> None:
    line = in_json(alert.json().decode()) if as_json else f"{local_time(alert.time_ns)} {in_one_line(alert.text)}"
    print(line, flush=True)


def _say(line: str) -> None:
    print(f"runlog: {in_one_line(line)}", file=sys.stderr, flush=True)


def _close(boxes: Sequence[Outbox]) -> None:
    """End the deliveries, and say what did not arrive."""
    for box in boxes:
        missing = box.pending
        box.stop()
        if missing:
            _say(f"{box.target.label}: {missing} alerts were not delivered")
