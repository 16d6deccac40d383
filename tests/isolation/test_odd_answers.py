"""A server that answers with anything: training goes on, and a command says in one line what is wrong."""

from __future__ import annotations

import gc
import io
import json
import time
import traceback
import warnings
from contextlib import redirect_stderr, redirect_stdout

import pytest

from runlog.cli.program import run_program
from support.odd_server import ODD, odd_servers

COMMANDS = (
    ("runs",),
    ("runs", "metrics.m > 1"),
    ("show", "x"),
    ("show", "latest"),
    ("logs", "x"),
    ("logs", "--no-run"),
    ("metrics", "x"),
    ("search", "word"),
    ("files", "x"),
    ("files", "x", "--download", "downloaded"),
    ("export", "x"),
    ("diff", "x", "y"),
    ("models",),
    ("models", "net", "--download", "downloaded"),
    ("note", "x", "text"),
    ("level", "x", "logger", "DEBUG"),
    ("wait", "x", "--timeout", "1s"),
    ("delete", "x", "--yes"),
    ("sync",),
    ("doctor",),
)
LONG = 60.0
"""Seconds that no command may take, however busy the machine is: none waits for more than a few."""

TRAINING = """
import json, logging, os, sys, time
import runlog
from runlog import Experiment, Workspace

logging.basicConfig(level=logging.WARNING, filename="told.txt")
faults = {}
for name, address in json.loads(sys.argv[1]).items():
    os.environ["RUNLOG_URI"] = address
    for arguments in ({"run_id": "x"}, {"run_id": "y", "resume": "allow"}, {}):
        try:
            run = runlog.start("e", outputs=False, **arguments)
            run.log("m", 1.0)
            logging.getLogger("train").warning("goes on")
            run.log_params({"p": 1})
            run.complete()
        except Exception as error:
            faults[f"{name} {arguments}"] = repr(error)
    try:
        experiment = Experiment(Workspace(address), "e")
        experiment.start_logging(run_id="z", resume="allow", outputs=False).complete()
    except Exception as error:
        faults[f"{name} of a workspace"] = repr(error)
print(json.dumps(faults))
"""


@pytest.fixture(autouse=True)
def own_places(own_folder, monkeypatch):
    """What the client keeps is kept in the test's folder."""
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(own_folder / name.lower()))
    monkeypatch.setenv("RUNLOG_CAPTURE_SYSTEM", "0")


THERE = ("the same page without end", "another page without end", "an empty list in each place")
"""What answers with a list of no writers, which is how a server says that it has a run."""


def is_well_said(where: str, said: str) -> bool:
    """Whether it is what the caller asked to be told: that there is a run of the id that he gave."""
    return where.startswith(THERE) and "'run_id': 'x'" in where and said.startswith("RunExistsError")


def groups(names: list[str], count: int) -> list[list[str]]:
    return [names[at::count] for at in range(count)]


@pytest.mark.parametrize("names", groups(list(ODD), 6))
def test_training_goes_on_whatever_a_server_answers(run_script, own_folder, names):
    env = {name: str(own_folder / name.lower()) for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")}
    env |= {"RUNLOG_CAPTURE_SYSTEM": "0", "RUNLOG_QUIET": "1", "RUNLOG_SEND_SECONDS": "1"}
    with odd_servers(names) as addresses:
        ended = run_script(TRAINING, json.dumps(addresses), env=env)
    faults = json.loads(ended.stdout.splitlines()[-1])
    assert {where: said for where, said in faults.items() if not is_well_said(where, said)} == {}
    assert "Traceback" not in ended.stderr
    assert "Traceback" not in (own_folder / "told.txt").read_text()


def told(text: str) -> list[str]:
    """The lines that say why a command ends; warnings of what is left out of a list stand before them."""
    return [line for line in text.splitlines() if line.startswith("runlog: ")]


def ask(address: str, *arguments: str) -> tuple[int, str, str]:
    """How a command ends, and what it prints to stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    out.reconfigure = lambda **_: None
    code: object = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            run_program(["--workspace", address, *arguments])
        except SystemExit as end:
            code = end.code
        except BaseException:
            err.write(traceback.format_exc())
    with warnings.catch_warnings():  # connections that a command's process would take with it at its end
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    return (code if isinstance(code, int) else 0), out.getvalue(), err.getvalue()


@pytest.mark.parametrize("name", ODD)
def test_each_command_says_in_one_line_that_a_server_answers_oddly(name):
    faults = []
    with odd_servers([name]) as addresses:
        for arguments in COMMANDS:
            began = time.monotonic()
            code, out, err = ask(addresses[name], *arguments)
            if "Traceback" in err + out:
                faults.append(f"{arguments}: {err[-1200:]}")
            elif code == 1 and len(told(err)) != 1 and arguments[0] not in {"sync", "doctor"}:
                faults.append(f"{arguments}: {err}")
            elif time.monotonic() - began > LONG:
                faults.append(f"{arguments}: it took {time.monotonic() - began:.0f} s")
    assert not faults, "\n\n".join(faults)
