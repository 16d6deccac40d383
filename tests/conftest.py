"""Fixtures for all tests.

Every test runs in an empty folder of its own (the current folder), without RUNLOG_* variables, and leaves `logging` and the
stack of open runs as it found them. pytest's own logging plugin is off: its handlers on the root logger would make
`logging.basicConfig` do nothing, which is among the things tested here. Use `heard` where a test asks what was logged.
"""

from __future__ import annotations

import functools
import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from support import scripts
from support.logging_state import Heard, kept_logging_state

if TYPE_CHECKING:
    import subprocess

    from runlog import Workspace

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as of a shell's background job: children would never see Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parent.parent

# How long an example takes says how busy the machine is. A test's own list of health checks takes the place of this one.
settings.register_profile("runlog", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("runlog")


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test's current folder; no variable of the surroundings reaches it."""
    for name in scripts.variables_that_matter():
        monkeypatch.delenv(name)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def own_logging_state(own_folder: Path) -> Iterator[None]:
    """Ends the runs a test left open and puts `logging` back as it was."""
    with kept_logging_state():
        yield
        end_open_runs()
    if (said_once := sys.modules.get("runlog.writing.said_once")) is not None:
        said_once._said.clear()  # a process falls silent after many things, and so would the tests that come last


def end_open_runs() -> None:
    """Cancel what is still open in this process, where runlog was imported at all."""
    context = sys.modules.get("runlog.context")
    if context is None:
        return
    open_runs = sys.modules.get("runlog.lifecycle.open_runs")
    children = () if open_runs is None else open_runs.children()
    for target in (*reversed(children), *reversed(context.open_targets())):
        try:
            target.cancel()
        finally:
            context.closed(target)


@pytest.fixture
def workspace(own_folder: Path) -> Workspace:
    """A new workspace in the current folder."""
    from runlog import Workspace

    return Workspace.create("test", location=own_folder)


@pytest.fixture
def heard() -> Iterator[Heard]:
    """Everything that reaches the root logger, at any level: `heard.records`, `heard.messages`."""
    handler = Heard()
    root = logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.NOTSET)
    yield handler
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.fixture
def run_script(own_folder: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`run_script(code, *args, env=, check=, stdin=, interpreter=, before=)`: Python code in a fresh process in the test's folder."""
    return functools.partial(scripts.run_script, own_folder)


@pytest.fixture
def start_script(own_folder: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """`start_script(code, *args, env=, interpreter=, before=)`: Python code in a process that runs beside the test; ended with the test."""
    with ExitStack() as stack:
        yield lambda *args, **kwargs: stack.enter_context(scripts.started_script(own_folder, *args, **kwargs))


@pytest.fixture(scope="session")
def repository() -> Path:
    """The repository's root."""
    return ROOT
