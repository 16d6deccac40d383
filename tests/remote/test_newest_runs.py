"""`runlog runs` and `latest` on a server: the newest are asked for, not all."""

from __future__ import annotations

import pytest

import runlog
from runlog import Workspace
from runlog.reading.run_reference import newest_first, resolve
from support.hostile_runs import ending, opening, segment_of

TIME = 1_600_000_000 * 10**9


@pytest.fixture
def crowd(server):
    """Ids of the server's 250 runs, the newest first."""
    names = [f"crowd{number:03}" for number in range(250)]
    for number, run in enumerate(names):
        folder = server.folder / "runs" / run
        folder.mkdir(parents=True)
        data = segment_of(run, [opening(run, time=TIME + number), ending()])
        (folder / "000000000001-events-000000.seal").write_bytes(data)
    return names[::-1]


@pytest.fixture
def asked(monkeypatch):
    """Paths that the client asks its server for."""
    from runlog.remote.transport import Transport

    paths, ask = [], Transport.request

    def request(self, method, path, **options):
        paths.append(path)
        return ask(self, method, path, **options)

    monkeypatch.setattr(Transport, "request", request)
    return paths


def test_all_runs_come_in_their_order_page_by_page(server, crowd):
    backend = Workspace(server.url).backend
    assert list(newest_first(backend)) == crowd
    assert next(newest_first(backend)) == crowd[0]


def test_the_newest_run_is_found_by_one_page(server, crowd, asked):
    backend = Workspace(server.url).backend
    assert resolve(backend, "latest~7") == crowd[6]
    assert asked.count("/runs") == 1
    assert "/run-states" not in asked


def test_a_run_that_is_still_here_only_is_the_newest(server, crowd):
    server.kill()
    run = runlog.start("here", outputs=False, capture_logging=False)
    server.start()
    backend = Workspace(server.url).backend
    assert list(newest_first(backend)) == [run.id, *crowd]
    run.complete()
    assert list(newest_first(backend)) == [run.id, *crowd]
