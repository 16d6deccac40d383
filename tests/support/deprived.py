"""Commands that take something away from the program behind them; a test is skipped by name where they may not."""

from __future__ import annotations

import functools
import shutil
import subprocess

import pytest

WITHOUT_OVERRIDE = ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner")
"""Even as root, the modes of files hold."""
NOBODY_KNOWN = ("unshare", "--user", "--map-user=54321", "--map-group=54321")
"""A user that no list of users has, as in a container that was given a number for one; the files' modes hold."""
FIRST_PROCESS = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")
"""The program is process 1 of a world of its own, as in a container."""
OWN_MOUNTS = ("unshare", "--mount")


@functools.cache
def _refusal(prefix: tuple[str, ...]) -> str:
    """Why this can't be done here; empty where it can."""
    if shutil.which(prefix[0]) is None:
        return f"there is no {prefix[0]} here"
    done = subprocess.run([*prefix, "true"], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr.strip() or f"{prefix[0]} may not"


def allowed(prefix: tuple[str, ...]) -> list[str]:
    """The command that goes before a program's; the test is skipped where this machine refuses it."""
    if why := _refusal(prefix):
        pytest.skip(why)
    return list(prefix)
