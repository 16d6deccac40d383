"""Servers for the tests: one for all tests of a worker, and others for a test alone."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from support.server_process import Client, ServerProcess, started_server

_numbers = itertools.count()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that many tests share: each uses runs of its own."""
    with started_server(tmp_path_factory.mktemp("server") / ".runlog") as started:
        yield started


@pytest.fixture
def start_server(tmp_path) -> Iterator[Callable[..., ServerProcess]]:
    """`start_server(*options, env=)`: a server of the test's own."""
    with ExitStack() as stack:
        yield lambda *options, env=None: stack.enter_context(
            started_server(tmp_path / f"served-{next(_numbers)}", *options, env=env)
        )


@pytest.fixture
def start_with(start_server, tmp_path) -> Callable[..., ServerProcess]:
    """`start_with(**settings)`: a server with them."""

    def start(**settings):
        config = tmp_path / "server.yaml"
        config.write_text(json.dumps(settings))
        return start_server("--config", str(config))

    return start


@pytest.fixture(scope="session")
def reader(server: ServerProcess) -> Client:
    return server.client("reader")


@pytest.fixture(scope="session")
def writer(server: ServerProcess) -> Client:
    return server.client("writer")


@pytest.fixture(scope="session")
def admin(server: ServerProcess) -> Client:
    return server.client("admin")


@pytest.fixture
def run(writer: Client) -> str:
    """The id of a run that was claimed for the test."""
    run_id = f"run{next(_numbers)}"
    assert writer("PUT", f"/api/v1/runs/{run_id}").status_code == 201
    return run_id
