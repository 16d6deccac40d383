"""A run of wandb beside ours: both capture what is printed, whichever began first and ends last."""

from __future__ import annotations

import pytest

import runlog

PACKAGES = ["wandb"]
pytestmark = pytest.mark.integration

CAPTURE = """
from wandb.sdk.lib import console_capture
seen = []
unhook = console_capture.capture_stdout(lambda text, _written: seen.append(text))
"""
OURS = "run = runlog.start('beside', capture={'stdout': True, 'stderr': True})\n"
PROGRAMS = {
    "theirs within": OURS + CAPTURE + "print('hello')\nrun.complete()\nprint('after')\n",
    "theirs before": CAPTURE + OURS + "print('hello')\nrun.complete()\nprint('after')\n",
    "theirs before, and unhooked within": CAPTURE + OURS + "print('hello')\nunhook()\nrun.complete()\nprint('after')\n",
}


def printed():
    (run,) = runlog.Workspace.from_config().runs()
    return [record.message for record in run.records(logger="runlog.stdout")]


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_what_is_printed_comes_to_both_once(environment, run_script, program):
    code = f"import sys, runlog\n{program}print(sorted(set(seen)), file=sys.stderr)\n"
    done = run_script(code, interpreter=environment(PACKAGES))
    assert done.stdout == "hello\nafter\n"
    assert printed() == ["hello"]
    assert "'hello'" in done.stderr


@pytest.mark.parametrize("first", ["ours", "theirs"])
@pytest.mark.parametrize("console", ["wrap", "redirect"])
def test_an_offline_run_of_theirs_ends_nothing_of_ours(environment, run_script, first, console):
    begin = [
        "run = runlog.start('beside', capture={'stdout': True})",
        f"theirs = wandb.init(mode='offline', project='x', settings=wandb.Settings(console='{console}', silent=True))",
    ]
    code = ["import logging, runlog, wandb", *(begin if first == "ours" else reversed(begin))]
    code += [
        "print('hello')",
        "logging.warning('recorded')",
        "theirs.finish()",
        "print('after theirs')",
        "run.complete()",
    ]
    done = run_script("\n".join(code), interpreter=environment(PACKAGES), timeout=300)
    assert [line for line in done.stdout.splitlines() if line in {"hello", "after theirs"}] == ["hello", "after theirs"]
    assert [line for line in printed() if line in {"hello", "after theirs"}] == ["hello", "after theirs"]
    (run,) = runlog.Workspace.from_config().runs()
    assert [record.message for record in run.records(logger="root")] == ["recorded"]
