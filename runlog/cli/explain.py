"""``runlog explain``: why records of a logger reach their destinations in a program, or do not."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from runlog.cli.doctor import PROGRAM, in_mode
from runlog.control_characters import in_one_line
from runlog.levels import level_number


@click.command("explain", context_settings=PROGRAM)
@click.argument("logger")
@click.argument("level")
@click.argument("program", nargs=-1, required=True, type=click.UNPROCESSED)
def command(logger: str, level: str, program: Sequence[str]) -> None:
    """Run PROGRAM, and say why records of LOGGER and LEVEL do or do not reach the run log, the console and files in it.

    Such as: runlog explain transformers.trainer DEBUG -- python train.py. They are explained as things stand when a run
    ends, else at the end of the program. The explanation goes to stderr; the exit code is the program's.
    """
    from runlog.diagnosis.answer_text import answer_lines
    from runlog.diagnosis.script import run_program
    from runlog.diagnosis.words import level_name

    program = program[1:] if program[0] == "--" else program
    number = level_number(level)  # a level that does not exist is told of before the program runs
    with in_mode():
        ran = run_program(program, question=f"{level} {logger}")
    question = f"{logger or 'root'} {level_name(number or 0)}"
    text = "\n".join(map(in_one_line, answer_lines(question, ran.processes)))
    print(f"\n{text.rstrip()}", file=sys.stderr)
    sys.exit(ran.code)
