"""A program that kills process groups (-9) within 50 ms of a fork: a run's process, and a child that has just begun to log.

Arguments: how many groups, and the seed of the moments. Prints a line for each: the run's id, and the status that it was given
before the kill, or ``killed``.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time

import runlog

LONGEST = 0.05
"""Seconds from the fork of the child to the kill."""


def live(said: int, *, ends: bool) -> None:
    """The life of a run's process, told through a pipe."""
    os.setpgid(0, 0)
    run = runlog.start("young", capture_system=False, outputs=False)
    run.log("parent", 1.0)
    os.write(said, f"{run.id}\n".encode())
    if os.fork() == 0:
        number = 0
        while True:
            run.log("child", number)
            number += 1
    if ends:
        run.complete()
        os.write(said, b"Completed\n")
    signal.pause()


def kill_one(moment: float, *, ends: bool) -> str:
    """Start a group, kill it, and give back what it told."""
    heard, said = os.pipe()
    group = os.fork()
    if group == 0:
        os.close(heard)
        live(said, ends=ends)
    os.close(said)
    with os.fdopen(heard) as lines:
        run_id = lines.readline().strip()
        time.sleep(moment)
        os.killpg(group, signal.SIGKILL)
        os.waitpid(group, 0)
        told = lines.readline().strip()
    return f"{run_id} {told or 'killed'}"


def main(count: str, seed: str) -> None:
    chance = random.Random(int(seed))
    runlog.start("first", outputs=False).complete()  # what it imports need not be imported in each group
    for number in range(int(count)):
        print(kill_one(chance.uniform(0, LONGEST), ends=number % 2 == 1), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
