"""Numbers of any size in a request are taken or refused, and never an error of the server."""

from __future__ import annotations

import pytest

NUMBERS = (
    "9" * 5_000,
    "9" * 400,
    "99999999999999999999",
    "-99999999999999999999",
    "9223372036854775808",
    "1e400",
    "nan",
)


def parameters_of(server, method):
    """Path and parameters of each route of a method."""
    paths = server.client("reader")("GET", "/api/v1/openapi.json").json()["paths"]
    for path, item in sorted(paths.items()):
        if method in item:
            yield path, list(item[method].get("parameters", ()))


def filled(path, run):
    values = {"run": run, "owner": run, "kind": "runs", "writer": "w" * 12, "stream": "events", "segment": "0"}
    for name in (one.partition("}")[0] for one in path.split("{")[1:]):
        path = path.replace("{" + name + "}", values.get(name.partition(":")[0], "x"))
    return path


@pytest.mark.parametrize("method", ["get", "put", "post"])
def test_no_parameter_of_any_route_is_too_large_for_the_server(server, admin, run, method):
    asked = 0
    for path, parameters in parameters_of(server, method):
        if path.endswith("events"):
            continue  # a stream that does not end
        for one in parameters:
            if one["in"] != "query":
                continue
            for number in NUMBERS:
                answer = admin(method.upper(), filled(path, run), params={one["name"]: number})
                assert answer.status_code < 500, (path, one["name"], number[:30], answer.text)
                asked += 1
    assert asked or method == "post"


@pytest.mark.parametrize("number", NUMBERS)
def test_no_header_with_a_number_is_too_large_for_the_server(admin, run, number):
    files = f"/api/v1/runs/{run}/files/a.txt"
    crash = f"/api/v1/runs/{run}/crashes/{'w' * 12}"
    for path in (files, crash):
        for name in ("Runlog-Time", "Range", "If-Range", "If-Match", "Last-Event-ID"):
            value = f"bytes={number}-{number}" if name == "Range" else number
            for method in ("PUT", "GET"):
                answer = admin(method, path, data=b"x" if method == "PUT" else None, headers={name: value})
                assert answer.status_code < 500, (method, path, name, number[:30], answer.text)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("form", ["limit {}", "duration > {}", "started > {}", "metrics.m < {}", "duration < {}d"])
def test_no_number_in_a_query_is_too_large_for_the_server(reader, number, form):
    answer = reader("GET", "/api/v1/runs", params={"query": form.format(number)})
    assert answer.status_code in {200, 400}
    if answer.status_code == 400:
        assert answer.json()["error"] == "bad_query"
