"""Nothing is served that was not allowed by name: every route, with each role, and every way around them."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from fastapi.routing import APIRoute

from runlog.server.app import declared, make_api, make_app
from runlog.server.roles import Role
from runlog.server.service import Service
from runlog.server.settings import ServerSettings
from support.scripts import clean_environment
from support.server_process import ROLES, Client
from support.waiting import until

WRITER, SHA256 = "w" * 12, "0" * 64
VALUES = {
    "kind": "runs",
    "owner": "nobody",
    "run": "nobody",
    "writer": WRITER,
    "stream": "events",
    "segment": "0",
    "file": f"{WRITER}-events-000000.seal",
    "sha256": SHA256,
    "path": "a/b",
    "name": "experiments/none.json",
}
LEAST = {
    "GET /": None,
    "GET /healthz": None,
    "GET /readyz": None,
    "GET /metrics": "reader",
    "GET /api/v1/server": "reader",
    "GET /api/v1/openapi.json": "reader",
    "GET /api/v1/runs": "reader",
    "GET /api/v1/runs/{run}": "reader",
    "GET /api/v1/runs/{run}/metrics": "reader",
    "GET /api/v1/runs/{run}/series": "reader",
    "GET /api/v1/run-ids": "reader",
    "GET /api/v1/process-ids": "reader",
    "GET /api/v1/records": "reader",
    "GET /api/v1/events": "reader",
    "POST /api/v1/run-states": "reader",
    "POST /api/v1/run-journals": "reader",
    "POST /api/v1/run-summaries": "reader",
    "DELETE /api/v1/runs/{run}": "admin",
    "POST /api/v1/runs/{run}/attempt": "writer",
    "DELETE /api/v1/runs/{run}/attempt": "writer",
    "PUT /api/v1/{kind}/{owner}": "writer",
    "GET /api/v1/{kind}/{owner}/journal": "reader",
    "GET /api/v1/{kind}/{owner}/journal/{file}": "reader",
    "PUT /api/v1/{kind}/{owner}/journal/{writer}/{stream}/{segment}": "writer",
    "POST /api/v1/{kind}/{owner}/journal/{writer}/sign": "writer",
    "PUT /api/v1/{kind}/{owner}/crashes/{writer}": "writer",
    "GET /api/v1/{kind}/{owner}/crashes/{writer}": "reader",
    "HEAD /api/v1/blobs/{sha256}": "reader",
    "GET /api/v1/blobs/{sha256}": "reader",
    "PUT /api/v1/blobs/{sha256}": "writer",
    "POST /api/v1/blobs/missing": "reader",
    "GET /api/v1/runs/{run}/files/{path}": "reader",
    "PUT /api/v1/runs/{run}/files/{path}": "writer",
    "GET /api/v1/entries": "reader",
    "GET /api/v1/entries/{name}": "reader",
    "PUT /api/v1/entries/{name}": "writer",
    "DELETE /api/v1/entries/{name}": "writer",
}
"""Who may call what. A route that is not here is one that nobody thought of."""


def key_of(endpoint):
    return f"{endpoint.method} {re.sub(r':[a-z]+}', '}', endpoint.path)}"


ENDPOINTS = {key_of(one): one for one in declared()}


def call(client, key):
    method, _, path = key.partition(" ")
    filled = path.format(**VALUES)
    return client(method, filled, stream=True)


@pytest.fixture(scope="module")
def guarded(server):
    """One client for each kind of caller."""
    wrong = Client(server.url, "rl_" + "A" * 43)
    yield {"nobody": server.client(None), "wrong": wrong, **{role: server.client(role) for role in ROLES}}
    wrong.close()


def test_every_route_that_is_served_is_known_here_with_its_role():
    assert {key: one.role and one.role.word for key, one in ENDPOINTS.items()} == LEAST


def test_the_app_serves_nothing_but_what_was_declared(tmp_path):
    service = Service(tmp_path, ServerSettings())
    try:
        assert make_api(service).routes == []
        api = make_app(service)._app._app
        assert all(isinstance(route, APIRoute) for route in api.routes)
        served = {
            f"{method} {re.sub(r':[a-z]+}', '}', route.path)}" for route in api.routes for method in route.methods
        }
        assert served == set(LEAST)
    finally:
        service.close()


@pytest.mark.parametrize("key", sorted(LEAST))
def test_a_route_asks_for_its_role(guarded, key):
    least = LEAST[key]
    for caller, client in guarded.items():
        with call(client, key) as answer:
            status = answer.status_code
        if least is None:
            assert status == 200, caller
        elif caller in {"nobody", "wrong"}:
            assert status == 401, caller
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        elif Role.of(caller) < Role.of(least):
            assert status == 403, caller
        else:
            assert status not in {401, 403}, caller


@pytest.mark.parametrize(
    "path", ["/index.html", "/docs", "/redoc", "/openapi.json", "/api", "/api/v2/runs", "/static/x", "/api/v1/runs/"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "TRACE", "PATCH"])
def test_what_is_not_served_is_refused_alike_whether_it_is_there_or_not(guarded, path, method):
    assert guarded["nobody"](method, path).status_code == 401
    assert guarded["admin"](method, path).status_code in {404, 405}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
def test_the_page_at_the_address_is_read_and_nothing_else(guarded, method):
    assert guarded["nobody"](method, "/").status_code == 401
    assert guarded["admin"](method, "/").status_code in {404, 405}


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic cmw6cmw=",
        "Bearer rl_",
        "bearer null",
        "Bearer ' OR 1=1 --",
        "Token x",
        "Bearer " + "x" * 9_000,
    ],
)
def test_what_is_no_token_opens_nothing(server, header):
    answer = requests.get(f"{server.url}/api/v1/server", headers={"Authorization": header}, timeout=30)
    assert answer.status_code == 401


def test_a_token_counts_in_its_header_only(server):
    token = server.tokens["admin"]
    for query in (f"?token={token}", f"?access_token={token}", f"?authorization=Bearer%20{token}"):
        assert requests.get(f"{server.url}/api/v1/server{query}", timeout=30).status_code == 401
    assert requests.get(f"{server.url}/api/v1/server", cookies={"token": token}, timeout=30).status_code == 401
    assert requests.get(f"{server.url}/api/v1/server", auth=("admin", token), timeout=30).status_code == 401


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8420", "127.0.0.1.evil.example", "localhost.evil.example", ""]
)
def test_a_name_that_is_not_the_servers_is_refused(server, reader, host):
    """A page elsewhere may have its own name lead to this machine."""
    assert reader("GET", "/api/v1/server", headers={"Host": host}).status_code in {400, 421}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "file://"])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_page_of_another_server_may_not_call_this_one(admin, origin, method):
    refused = admin(method, "/api/v1/runs/forged", headers={"Origin": origin})
    assert (refused.status_code, refused.json()["error"]) == (403, "wrong_origin")
    assert "Access-Control-Allow-Origin" not in refused.headers


def test_its_own_pages_may(server, admin):
    assert admin("GET", "/api/v1/server", headers={"Origin": server.url}).status_code == 200
    assert admin("PUT", "/api/v1/runs/owned", headers={"Origin": server.url}).status_code == 201


def test_a_form_of_another_site_is_refused_where_the_browser_says_no_origin(admin):
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert admin("PUT", "/api/v1/runs/forged", headers=headers).status_code == 403


TRAVERSALS = (
    "..",
    "../server.sqlite",
    "../../etc/passwd",
    "a/../../x",
    "a/./b",
    "a//b",
    "/etc/passwd",
    "a\\..\\b",
    "C:\\x",
    "a\0b",
    "a\nb",
    ".",
    "a" * 300,
)


def quoted(text):
    return "".join(f"%{byte:02x}" for byte in text.encode())


@pytest.mark.parametrize("name", TRAVERSALS)
@pytest.mark.parametrize(
    "template",
    [
        "PUT /api/v1/runs/{}",
        "PUT /api/v1/processes/{}",
        "DELETE /api/v1/runs/{}",
        "GET /api/v1/runs/{}/journal",
        "GET /api/v1/runs/here/journal/{}",
        "PUT /api/v1/runs/here/journal/{}/events/0",
        "PUT /api/v1/runs/here/journal/wwwwwwwwwwww/{}/0",
        "PUT /api/v1/runs/here/journal/wwwwwwwwwwww/events/{}",
        "POST /api/v1/runs/here/journal/{}/sign",
        "PUT /api/v1/runs/here/crashes/{}",
        "GET /api/v1/runs/here/crashes/{}",
        "GET /api/v1/blobs/{}",
        "PUT /api/v1/blobs/{}",
        "GET /api/v1/runs/here/files/{}",
        "PUT /api/v1/runs/here/files/{}",
        "GET /api/v1/entries/{}",
        "PUT /api/v1/entries/{}",
        "PUT /api/v1/entries/experiments/{}",
        "PUT /api/v1/entries/models/{}/1.json",
        "DELETE /api/v1/entries/{}",
        "GET /api/v1/entries?folder={}",
    ],
)
def test_no_name_leads_out_of_its_place(server, admin, template, name):
    admin("PUT", "/api/v1/runs/here")
    before = tree(server.folder.parent)
    method, _, path = template.partition(" ")
    url = path.format(quoted(name))
    # The client must not tidy the path: it is sent as it stands.
    answer = raw(server, method, url, server.tokens["admin"])
    assert answer in {400, 404, 405, 422, 428}, (url, answer)
    assert tree(server.folder.parent) == before


def raw(server, method, target, token, body=b"{}"):
    """The status of a request whose target is sent as it stands."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        head = f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        head += f"Content-Length: {len(body)}\r\nConnection: close\r\nIf-None-Match: *\r\n\r\n"
        connection.sendall(head.encode() + body)
        return int(connection.makefile("rb").readline().split()[1])


def tree(folder):
    """Every file but those that the server writes by itself; a segment is the same once it is compacted."""
    own = ("index.sqlite", "search.sqlite", "server.sqlite", "server-stderr", ".runlog-stderr")
    found = [path for path in Path(folder).rglob("*") if not path.name.startswith(own)]
    compacted = {path.with_suffix(".seal") for path in found if path.suffix in {".compact", ".seal"}}
    others = {path for path in found if path.suffix not in {".compact", ".seal"} and ".compact" not in path.suffixes}
    return sorted(map(str, compacted | others))


def test_neither_tokens_nor_queries_are_in_the_log_of_the_server(server, reader):
    secret = server.tokens["reader"]
    reader("GET", f"/api/v1/runs?query=secretword&x={secret}")
    reader("GET", f"/api/v1/runs/{secret}")
    reader("GET", "/api/v1/server")
    assert "GET /api/v1/server 200" in server.told()
    for token in server.tokens.values():
        assert token not in server.told()
        assert token.encode() not in Path(f"/proc/{server.process.pid}/cmdline").read_bytes()
        assert token.encode() not in Path(f"/proc/{server.process.pid}/environ").read_bytes()
        assert token.encode() not in (server.folder / "server.sqlite").read_bytes()
    assert "secretword" not in server.told()


def test_a_path_can_not_forge_a_line_of_the_log(server, reader):
    reader("GET", "/api/v1/runs/a%0aFORGED%20line")
    assert "\nFORGED" not in server.told()


def command(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "runlog", *arguments, "-w", str(folder)],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_tokens_are_made_listed_and_revoked_from_the_command_line(server):
    secret = command(server.folder, "token", "create", "ada", "--role", "reader", "--for", "1d").stdout.strip()
    assert re.fullmatch(r"rl_[A-Za-z0-9_-]{43}", secret)
    client = Client(server.url, secret)
    assert client("GET", "/api/v1/server").json()["caller"] == {"name": "ada", "role": "reader"}

    def listed():
        tokens = json.loads(command(server.folder, "token", "list", "--json").stdout)
        (found,) = [one for one in tokens if one["name"] == "ada"]
        return found

    assert (listed()["role"], listed()["expires"] - listed()["created"]) == ("reader", 86_400)
    until(lambda: listed()["used"] is not None)
    assert secret not in command(server.folder, "token", "list").stdout
    assert command(server.folder, "token", "revoke", "ada").returncode == 0
    assert client("GET", "/api/v1/server").status_code == 401
    assert command(server.folder, "token", "revoke", "ada").returncode == 1
    client.close()


def test_a_server_for_others_does_not_start_before_there_is_a_token(tmp_path):
    done = command(tmp_path / "new", "server", "--host", "0.0.0.0", "--port", "0")
    assert done.returncode == 1
    assert "runlog token create" in done.stderr


def test_no_request_can_have_the_server_call_another_address(reader):
    """Nothing that a caller names is fetched: there is no field for an address, a webhook or a path of the server."""
    document = reader("GET", "/api/v1/openapi.json").json()
    named = {
        one["name"] for path in document["paths"].values() for way in path.values() for one in way.get("parameters", ())
    }
    asked = ("AttemptAsked", "HashesAsked", "IdsAsked", "Sign")
    named |= {field for shape in asked for field in document["components"]["schemas"][shape]["properties"]}
    assert not [one for one in named if re.search("ur[il]|source|hook|callback|address|target", one)]


@pytest.mark.parametrize("role", ["writer", "admin"])
@pytest.mark.parametrize(
    "asked",
    [
        {"root": {"level": 40, "seconds": 60, "time": 0}},
        {"root": {"level": 1_000_000, "seconds": 60, "time": 0}},
        {"root": {"level": 2**70, "seconds": 60, "time": 0}},
        {"root": {"level": 0, "seconds": 60, "time": 0}},
        {"root": {"level": 10, "seconds": 1e9, "time": 0}},
        {"root": {"level": 10, "seconds": -1, "time": 0}},
        {"root": {"level": 10, "seconds": 60, "time": 0}, "a.b": {"level": 31, "seconds": 60, "time": 0}},
        {"x" * 256: {"level": 10, "seconds": 60, "time": 0}},
        {f"x{number}": {"level": 10, "seconds": 60, "time": 0} for number in range(101)},
        ["root"],
    ],
    ids=lambda asked: json.dumps(asked)[:60],
)
def test_nobody_may_ask_for_levels_that_hide_errors_or_hold_for_days(guarded, run, role, asked):
    path = f"/api/v1/entries/runs/{run}/requests/levels.json"
    answer = guarded[role]("PUT", path, json=asked, headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.json()["error"]) == (422, "wrong_argument")
    assert guarded["reader"]("GET", path).status_code == 404


def test_a_writer_may_ask_for_more_records(guarded, run):
    path = f"/api/v1/entries/runs/{run}/requests/levels.json"
    asked = {"root": {"level": 30, "seconds": 86400, "time": 0}, "my.module": {"level": 1, "seconds": 1, "time": 0}}
    assert guarded["writer"]("PUT", path, json=asked, headers={"If-None-Match": "*"}).status_code == 201
    assert guarded["reader"]("GET", path).json() == asked
