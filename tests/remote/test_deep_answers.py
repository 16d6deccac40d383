"""Answers that are nested so deeply that reading them raises an error of its own: as any other answer of no sense."""

from __future__ import annotations

import pytest

from runlog.errors import ServerError
from runlog.remote.api import ServerApi
from runlog.remote.many_runs import ManyRuns
from runlog.remote.transport import Transport
from support.hostile.proxy import Answer, started_proxy
from support.hostile.values import deep

DEEP = deep(5_000)
ASKING = {
    "server": lambda api: api.server(),
    "health": lambda api: api.check_health(),
    "claim": lambda api: api.claim("runs", "a-run"),
    "ids": lambda api: list(api.ids("run-ids")),
    "runs": lambda api: list(api.find_runs("")),
    "listing": lambda api: api.listing("runs", "a-run"),
    "entries": lambda api: api.entries("experiments"),
    "blobs": lambda api: api.missing_blobs(["0" * 64]),
    "attempt": lambda api: api.take_attempt("a-run"),
    "states": lambda api: ManyRuns(api).states(["a-run"]),
    "journals": lambda api: list(ManyRuns(api).journals({"a-run": {}})),
}
MSGPACK = {"states", "journals"}


@pytest.fixture(scope="module")
def proxy():
    with started_proxy(0, []) as started:
        yield started


@pytest.mark.parametrize("status", [200, 422])
@pytest.mark.parametrize("kind", DEEP, ids=["lists", "maps"])
@pytest.mark.parametrize("question", ASKING)
def test_an_answer_that_is_nested_too_deeply_is_an_error_of_the_server(proxy, question, kind, status):
    body = kind.msgpack if question in MSGPACK and status == 200 else kind.json
    proxy.answer = Answer("", status, {"content-type": "application/json"}, body)
    with pytest.raises(ServerError):
        ASKING[question](ServerApi(Transport(proxy.url)))
