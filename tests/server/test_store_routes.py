"""What a server tells of its runs: lists, metrics, series, and what changes."""

from __future__ import annotations

import json
import math
import shutil
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from runlog import Workspace


@pytest.fixture
def logged(server, tmp_path):
    """A run of a workspace of this machine, put into the server's folder as whoever copies a folder does."""

    def log(name, values, say=lambda: None, **params):
        workspace = Workspace(tmp_path / f"own-{name}")
        with workspace_run(workspace, name) as run:
            run.log_params(params)
            say()
            for step, value in enumerate(values):
                run.log("loss", value, step=step)
        source = tmp_path / f"own-{name}" / "runs" / run.id
        shutil.copytree(source, server.folder / "runs" / run.id)
        return run.id

    return log


def workspace_run(workspace, name):
    from runlog import Experiment

    return Experiment(workspace, "served").start_logging(display_name=name, capture_system=False)


def fresh(reader, path, **options):
    answer = reader("GET", path, **options)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_runs_are_found_by_a_query_page_by_page(reader, logged):
    ids = [logged(f"found-{number}", [1.0], number=number) for number in range(3)]
    query = 'experiment = "served" and params.number >= 1 order by params.number'
    first = fresh(reader, "/api/v1/runs", params={"query": query, "limit": 1})
    second = fresh(reader, "/api/v1/runs", params={"query": query, "limit": 1, "cursor": first["cursor"]})
    assert [first["items"][0]["id"], second["items"][0]["id"]] == ids[1:]
    one = fresh(reader, f"/api/v1/runs/{ids[0]}")
    assert (one["name"], one["status"], one["params"]) == ("found-0", "Completed", {"number": 0})
    assert one["metrics"]["loss"]["last"] == 1.0


def test_whatever_was_logged_is_told_in_json(reader, logged):
    values = {
        "fraction": Fraction(1, 3),
        "decimal": Decimal("1.10"),
        "longdouble": np.longdouble("0.1"),
        "date": date(2026, 1, 31),
        "time": timedelta(days=1),
        "nan": math.nan,
        "huge": 10**5000,
        "large": 1 << 64,
        "gap": None,
    }
    told = {"fraction": "1/3", "decimal": "1.10", "longdouble": "0.1", "date": "2026-01-31", "time": "1 day, 0:00:00"}
    told |= {"nan": "NaN", "huge": hex(10**5000), "large": 1 << 64, "gap": None}
    for name, value in values.items():
        run = logged(f"json-{name}", [0.5, value], value=value, inner={"list": [value]})
        one = fresh(reader, f"/api/v1/runs/{run}")
        assert (one["params"]["value"], one["metrics"]["loss"]["last"]) == (told[name], told[name])
        assert fresh(reader, f"/api/v1/runs/{run}/metrics")["items"][0]["last"] == told[name]
        series = fresh(reader, f"/api/v1/runs/{run}/series", params={"name": " loss "})
        assert series["total"] == 2
        listed = fresh(reader, "/api/v1/runs", params={"query": f"params.value is not null and name = 'json-{name}'"})
        assert [item["id"] for item in listed["items"]] == ([run] if value is not None else [])


def test_a_query_that_can_not_be_read_is_refused_with_its_column(reader):
    refused = reader("GET", "/api/v1/runs", params={"query": "metrics.loss <"})
    assert (refused.status_code, refused.json()["error"]) == (400, "bad_query")
    assert refused.json()["detail"]["column"] > 1


@pytest.mark.parametrize(
    "query",
    [
        "'; DROP TABLE runs; --",
        'params.a = "\'; DROP TABLE runs; --"',
        'params."a\'b" = 1',
        "1 OR 1=1",
        'tags.x = "\0"',
    ],
)
def test_a_query_never_becomes_a_statement_of_the_database(server, reader, logged, query):
    run = logged("injected", [1.0])
    assert reader("GET", "/api/v1/runs", params={"query": query}).status_code in {200, 400}
    assert reader("GET", "/api/v1/runs", params={"cursor": query}).status_code in {200, 400}
    assert fresh(reader, f"/api/v1/runs/{run}")["id"] == run


def test_a_series_has_exact_extremes_and_not_a_number_is_null(reader, logged):
    values = [math.sin(number / 50) for number in range(5_000)]
    values[1_234], values[4_321], values[2_000] = 1e9, -1e9, math.nan
    run = logged("series", values)
    series = fresh(reader, f"/api/v1/runs/{run}/series", params={"name": "loss", "buckets": 100})
    assert len(series["low"]) <= 100
    assert (max(series["max"]), min(series["min"])) == (1e9, -1e9)
    assert (sum(series["count"]), series["total"], series["exact"]) == (5_000, 5_000, False)
    close = fresh(reader, f"/api/v1/runs/{run}/series", params={"name": "loss", "low": 1_999, "high": 2_001})
    assert close["exact"]
    assert close["first"] == [values[1_999], None, values[2_001]]
    assert fresh(reader, f"/api/v1/runs/{run}/metrics")["items"][0]["max"] == 1e9
    gone = reader("GET", f"/api/v1/runs/{run}/series", params={"name": "other"})
    assert (gone.status_code, gone.json()["error"]) == (404, "metric_not_found")


def test_log_records_are_found_by_their_words_page_by_page(reader, logged):
    import logging

    logger = logging.getLogger("served.words")
    run = logged("words", [1.0], say=lambda: [logger.warning("zebra number %d", number) for number in range(3)])
    first = fresh(reader, "/api/v1/records", params={"q": "zebra", "run": run, "level": "WARNING", "limit": 2})
    assert [one["message"] for one in first["items"]] == ["zebra number 2", "zebra number 1"]
    assert {(one["run"], one["logger"], one["level"]) for one in first["items"]} == {(run, "served.words", "WARNING")}
    rest = fresh(reader, "/api/v1/records", params={"q": "zebra", "run": run, "limit": 2, "cursor": first["cursor"]})
    assert [one["message"] for one in rest["items"]] == ["zebra number 0"]
    assert fresh(reader, "/api/v1/records", params={"q": "zebra", "level": "ERROR"})["items"] == []
    for injected in ("' OR 1=1", 'zebra" OR "x', "zebra NEAR(", "*", "a AND NOT b:c"):
        assert reader("GET", "/api/v1/records", params={"q": injected}).status_code in {200, 400}


def test_a_deleted_run_is_gone(server, admin, reader, logged):
    run = logged("deleted", [1.0])
    assert admin("DELETE", f"/api/v1/runs/{run}").status_code == 204
    assert admin("DELETE", f"/api/v1/runs/{run}").status_code == 404
    assert reader("GET", f"/api/v1/runs/{run}").status_code == 404
    assert not (server.folder / "runs" / run).exists()


def test_whoever_listens_hears_of_a_run_that_changes(server, reader, logged):
    with reader("GET", "/api/v1/events", stream=True) as everything:
        lines = everything.iter_lines(decode_unicode=True)
        assert next_event(lines)[0] == "begin"
        run = logged("heard", [1.0])
        assert reader("GET", f"/api/v1/runs/{run}").status_code == 200
        kind, content = next_event(lines)
        assert kind == "runs"
        assert run in content["changed"]
    with reader("GET", f"/api/v1/events?run={run}&since=0", stream=True) as one:
        kind, content = next_event(one.iter_lines(decode_unicode=True))
        assert (kind, content["id"], content["status"]) == ("run", run, "Completed")


def next_event(lines):
    found = {}
    for line in lines:
        if not line and "data" in found:
            return found["event"], json.loads(found["data"])
        name, _, value = line.partition(": ")
        found[name] = value
    raise AssertionError("the server ended the events")
