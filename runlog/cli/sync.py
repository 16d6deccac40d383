"""``runlog sync``: send what processes left behind."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from runlog.control_characters import in_one_line
from runlog.reading.texts import size_text
from runlog.server_address import name_server, server_address

if TYPE_CHECKING:
    from runlog.remote.outbox import Sending
    from runlog.remote.sync import Synced

Told = Callable[["Sending", int, int], None]


@click.command("sync")
@click.argument("servers", metavar="[SERVER]...", nargs=-1)
def command(servers: tuple[str, ...]) -> None:
    """Send all runs of this machine that a server does not have whole: to SERVER, or to each that there are runs for.

    It goes on where it was broken off. Runs that are being written are left to their processes. The exit code is 1
    where something could not be sent.
    """
    from runlog.remote.sync import sync_outboxes

    named = [server_address(one) for one in servers]
    for address in named:
        name_server(address)
    with _shown() as told:
        done = sync_outboxes(named or None, told)
    for one in done:
        _print(one)
    if not done:
        print("nothing was ever written for a server on this machine")
    if any(one.fault or not all(left.is_going_on for left in one.left) for one in done):
        sys.exit(1)


def _print(done: Synced) -> None:
    going_on = sum(one.is_going_on for one in done.left)
    parts = [f"sent {len(done.sent)} {'run' if len(done.sent) == 1 else 'runs'}, {size_text(done.bytes)}"]
    parts += [f"{going_on} {'is' if going_on == 1 else 'are'} being written"] if going_on else []
    parts += [f"registered {', '.join(done.models)}"] if done.models else []
    failed = [one for one in done.left if not one.is_going_on]
    deleted = len(done.deleted)
    parts += [f"{deleted} {'was' if deleted == 1 else 'were'} deleted there, and not sent"] if deleted else []
    parts += [f"{len(failed)} could not be sent"] if failed else []
    print(f"{done.address}: {'; '.join(parts)}")
    if done.fault:
        print(f"  models: {in_one_line(done.fault)}", file=sys.stderr)
    for left in failed:
        print(f"  {left.run_id}: {in_one_line(left.why)}", file=sys.stderr)


@contextmanager
def _shown() -> Iterator[Told]:
    """Show how far it is, where somebody looks."""
    if not sys.stderr.isatty():
        yield lambda _run, _sent, _left: None
        return
    from runlog.remote.waiting import advance, sending_bar

    with sending_bar() as bar:
        task = bar.add_task("sending", total=None)

        def told(one: Sending, sent: int, left: int) -> None:
            bar.update(task, description=f"sending {one.id}")
            advance(bar, task, sent, left)

        yield told
