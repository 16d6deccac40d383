"""A server for the tests, and this machine's own places for what waits to be sent."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.server_process import ServerProcess, started_server

_numbers = itertools.count()


@pytest.fixture(autouse=True)
def own_places(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits to be sent, what was fetched and credentials are the test's own."""
    home = own_folder / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RUNLOG_CAPTURE_SYSTEM", "0")


@pytest.fixture
def start_server(tmp_path) -> Iterator[Callable[..., ServerProcess]]:
    """`start_server(*options)`: a server of the test's own."""
    with ExitStack() as stack:
        yield lambda *options: stack.enter_context(started_server(tmp_path / f"served-{next(_numbers)}", *options))


@pytest.fixture
def server(start_server, monkeypatch) -> ServerProcess:
    """A server that the environment names, with a writer's token."""
    started = start_server()
    monkeypatch.setenv("RUNLOG_URI", started.url)
    monkeypatch.setenv("RUNLOG_TOKEN", started.tokens["writer"])
    return started
