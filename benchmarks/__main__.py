"""The commands: ``python -m benchmarks COMMAND``."""

from __future__ import annotations

import sys

import click

from .interleave import Plan
from .peers.catalog import PEERS
from .peers.environments import default_base

_base = click.option("--base", default=None, help="Interpreter for the peers' environments (python3.11 where it runs).")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """What logging costs, measured beside other libraries. RUNLOG_BENCH_FOLDER says where to write (/var/tmp)."""


@main.command()
@click.option("--rounds", default=5, show_default=True)
@click.option("--slices", default=50, show_default=True, help="Turns of each subject in a round.")
@click.option("--milliseconds", default=3.0, show_default=True, help="Length of a turn.")
def calls(rounds: int, slices: int, milliseconds: float) -> None:
    """Cost of a call in the caller's thread, beside other handlers and libraries."""
    from .calls import calls_command

    calls_command(Plan(rounds, slices, milliseconds / 1000))


@main.command()
@click.option(
    "--seconds", default=10, show_default=True, help="Seconds of calls for each variant, and as much control."
)
def latency(seconds: int) -> None:
    """Single calls at 20,000 a second: alone, beside a computing thread, beside a disk writer."""
    from .latency import latency_command

    latency_command(seconds)


@main.command()
@_base
@click.argument("names", nargs=-1, type=click.Choice(list(PEERS)))
def peers(names: tuple[str, ...], base: str | None) -> None:
    """Metrics beside experiment trackers (all, or those NAMED), each in an environment and a process of its own."""
    from .peers.command import peers_command

    peers_command(names, base or default_base())


@main.command()
@click.option("--rounds", default=11, show_default=True, help="Fresh processes for each line.")
def starting(rounds: int) -> None:
    """From runlog.start() to the first run.log, with and without recording what the run runs on."""
    from .starting import starting_command

    starting_command(rounds)


@main.command()
@click.option("--rounds", default=11, show_default=True)
@click.option("--slices", default=30, show_default=True, help="Turns of each subject in a round.")
def redact(rounds: int, slices: int) -> None:
    """Looking for secrets in a text, and records with redaction on and off."""
    from .redaction import redact_command

    redact_command(Plan(rounds, slices))


@main.command()
def reading() -> None:
    """A run of 10 million points, a search of a million records, 10,000 tiny runs."""
    from .reading.command import reading_command

    reading_command()


@main.command()
@_base
@click.option("--points", default=200_000, show_default=True, help="Values that each server gets.")
def peer_servers(points: int, base: str | None) -> None:
    """The same points into MLflow's server and trackio's."""
    from .peer_servers.command import peer_servers_command

    peer_servers_command(points, base or default_base())


@main.command()
@_base
@click.option("--reading/--no-reading", "with_reading", default=True, show_default=True, help="The slower half.")
def check(base: str | None, *, with_reading: bool) -> None:
    """Every promised figure with OK or MISS; exit status 1 on a miss."""
    from .check import check_command

    sys.exit(0 if check_command(base or default_base(), with_reading=with_reading) else 1)


@main.command()
@click.option(
    "--part",
    "parts",
    multiple=True,
    type=click.Choice(["series", "runs", "search"]),
    help="Only this part; repeatable.",
)
@click.option("--share", default=1.0, show_default=True, help="Of the whole sizes: 0.01 shows how times grow.")
def store(parts: tuple[str, ...], share: float) -> None:
    """What the store answers, and its room: series of 100 million points, 10,000 runs, 10 million records."""
    from .store.command import store_command

    store_command(parts, share)


@main.command()
@click.option("--points", default=10_000_000, show_default=True, help="Values that are sent.")
@click.option("--records", default=1_000_000, show_default=True, help="Log records that are sent.")
def server(points: int, records: int) -> None:
    """What one server takes in of journals on disk, until it is there and until it is found; its memory."""
    from .server.command import server_command

    server_command(points, records)


main(prog_name="python -m benchmarks")
