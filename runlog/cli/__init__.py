"""The command line: one module for each command, and what they share."""

from __future__ import annotations


def main() -> None:
    """The console command ``runlog``."""
    from runlog.cli.program import run_program

    run_program()
