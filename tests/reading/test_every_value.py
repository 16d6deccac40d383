"""A value that one call takes breaks no reader, no query and no export, of its run or of another one."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from omegaconf.errors import OmegaConfBaseException

from runlog import Experiment
from runlog.cli.program import program
from runlog.errors import MetricNotFoundError, RunLogError
from runlog.server.answers import json_bytes, plain_run
from support.many_values import KINDS, VALUES
from support.run_calls import VALUES as DRAWN
from support.server_process import started_server

LOGGER = logging.getLogger("every.value")
CALLS = {
    "log": lambda run, name, value: run.log(name, value),
    "log_metrics": lambda run, name, value: run.log_metrics({name: value, "other": 1}, step=3),
    "log_list": lambda run, name, value: run.log_list(name, value),
    "log_list of it": lambda run, name, value: run.log_list(name, [1, value]),
    "log_row": lambda run, name, value: run.log_row(name, a=value),
    "log_table": lambda run, name, value: run.log_table(name, value),
    "log_table of it": lambda run, name, value: run.log_table(name, {"a": [1, value]}),
    "log_params": lambda run, name, value: run.log_params(value),
    "log_params of it": lambda run, name, value: run.log_params({name: value, "q": {name: [value, {"r": value}]}}),
    "tag": lambda run, name, value: run.tag(name, value),
    "add_properties": lambda run, name, value: run.add_properties({name: value}),
    "note": lambda run, name, value: run.note(value),
    "log_text": lambda run, name, value: run.log_text(name, value),
    "log_html": lambda run, name, value: run.log_html(name, value),
    "log_histogram": lambda run, name, value: run.log_histogram(name, value),
    "log_image": lambda run, name, value: run.log_image(name, image=value),
    "log_audio": lambda run, name, value: run.log_audio(name, value, 8000),
    "a name": lambda run, name, value: run.log(value, 1),
    "a step": lambda run, name, value: run.log(name, 1, step=value),
    "a description": lambda run, name, value: run.log(name, 1, value),
    "a display name": lambda run, name, value: setattr(run, "display_name", value),
    "a document": lambda run, name, value: run.log_residuals(name, document(value)),
    "an argument": lambda run, name, value: LOGGER.warning("it is %s", value),
    "extra": lambda run, name, value: LOGGER.warning("it", extra={"k": value}),
    "a message": lambda run, name, value: LOGGER.warning(value),
}
ANY = st.sampled_from(list(VALUES)).map(lambda name: VALUES[name]()) | DRAWN
ANY |= st.lists(st.sampled_from(list(VALUES)), max_size=3).map(lambda names: [VALUES[name]() for name in names])


def document(value) -> dict:
    data = {"bin_edges": [0, 1], "bin_counts": [1], "more": value}
    return {"schema_type": "residuals", "schema_version": "1.0.0", "data": data}


def perform(run, call: str, name: str, value: object) -> None:
    """Make a call, which takes the value, or refuses it by an error of ours; a configuration's own may pass through."""
    with contextlib.suppress(RunLogError, OmegaConfBaseException):
        CALLS[call](run, name, value)


def log_all(run, values) -> None:
    """Hand each value to each call."""
    for name, make in values.items():
        for call in CALLS:
            perform(run, call, f"{call} {name}", make())


def command(*arguments: str) -> str:
    """What a command prints. It must not fail, nor print what no terminal or file can take."""
    printed, code = io.StringIO(), None
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
        try:
            program.main(list(arguments), prog_name="runlog", standalone_mode=False)
        except SystemExit as end:
            code = end.code
    assert not code
    printed.getvalue().encode()
    return printed.getvalue()


def strict_json(lines: str) -> None:
    """Each line is JSON as the standard has it: without NaN, and of numbers that other programs read."""
    for line in lines.split("\n")[:-1]:
        json.loads(line, parse_constant=pytest.fail)


def read_run(run) -> None:
    """All of the library that reads one run."""
    run.get_metrics(shape="azure")
    for name, metric in run._backend.summaries([run.id])[run.id].metrics.items():
        if metric.kind == "scalar":
            series = run.series(name)
            str(series.to_pandas()), list(series)
            with contextlib.suppress(MetricNotFoundError):
                series.argmin(), series.argmax()
    str(run.to_pandas())
    str((run.params, run.tags, run.properties, run.notes))
    json.dumps(run.get_details_with_logs())
    for record in run.records():
        str(record)
    str(run.records().to_pandas())
    run._repr_html_().encode()
    run.records()._repr_html_().encode()


def read_by_commands(run, other) -> None:
    """All commands that print one run."""
    for arguments in (["show"], ["metrics"], ["metrics", "--csv"], ["logs"], ["logs", "--raw"]):
        command(arguments[0], run.id, *arguments[1:])
    command("diff", run.id, other.id, "--extremes")
    command("metrics", run.id, "--download", "downloads")
    command("export", run.id, "--format", "csv", "--output", "export.csv")
    command("export", run.id, "--format", "parquet", "--output", "export.parquet")
    command("doctor")
    json.loads(command("show", run.id, "--json"), parse_constant=pytest.fail)
    for arguments in (["metrics", "--json"], ["logs", "--json"], ["export"], ["diff", other.id, "--json"]):
        strict_json(command(arguments[0], run.id, *arguments[1:]))


def read_all_runs(workspace, run) -> None:
    """All that reads every run of a workspace."""
    runs = workspace.runs()
    str(runs.to_pandas())
    runs._repr_html_().encode()
    run.experiment._repr_html_().encode()
    command("runs", "-m", "m", "-m", "min(m)", "-p", "m", "-t", "m", "-n", "1000")
    strict_json(command("runs", "--json", "-n", "1000"))
    command("search", "it")
    strict_json(command("search", "it", "--json"))


def ask_about(workspace, run, most: int) -> None:
    """Queries over what a run has, compared with values of every kind."""
    names = [f"metrics.{quoted(name)}" for name in run.get_metrics()] + [
        f"{kind}.{quoted(name)}"
        for kind, values in (("params", run.params), ("tags", run.tags), ("properties", run.properties))
        for name in values
        if len(name) < 100
    ]
    for name in names[:: max(1, len(names) // most)]:
        literals = "1", "0.5", "nan", "'x'", "true", "1" * 400
        workspace.runs(" or ".join(f"{name} > {one} or not {name} != {one}" for one in literals) + f" order by {name}")


def quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def read_by_store(store, run) -> None:
    """What a server's routes answer from."""
    summary = store.run(run.id)
    json.loads(json_bytes(plain_run(summary)), parse_constant=pytest.fail)
    for name, metric in summary.metrics.items():
        if metric.kind == "scalar":
            store.buckets(run.id, name, 10)


def answers_about(workspace, run) -> tuple:
    """What is told of a run that has nothing to do with the others."""
    found = [one.id for one in workspace.runs("metrics.loss < 1 and params.alpha = 0.5")]
    shown = command("show", run.id), command("export", run.id)
    summary = workspace.backend.store().run(run.id)
    return found, shown, run.get_metrics(), summary.metrics, summary.params


@pytest.fixture
def other(workspace, monkeypatch):
    """A run like any other."""
    monkeypatch.setenv("RUNLOG_CAPTURE_SYSTEM", "0")
    monkeypatch.setattr(LOGGER, "handlers", [logging.NullHandler()])
    monkeypatch.setattr(logging.getLogger("runlog"), "level", logging.CRITICAL)
    with Experiment(workspace, "other").start_logging(outputs=False, run_id="other", capture_logging=False) as run:
        run.log("loss", 0.5)
        run.log_params({"alpha": 0.5})
    return run


@contextlib.contextmanager
def begun(workspace, run_id=None):
    """A run; what packages warn of when odd values become texts is theirs."""
    experiment = Experiment(workspace, "every-value")
    with warnings.catch_warnings(), experiment.start_logging(outputs=False, run_id=run_id) as run:
        warnings.simplefilter("ignore")
        yield run


@pytest.mark.parametrize("kind", KINDS)
def test_each_value_is_taken_or_refused_by_each_call_and_read_back(workspace, other, kind):
    before = answers_about(workspace, other)
    with begun(workspace) as run:
        log_all(run, KINDS[kind])
    assert run.dropped == 0
    read_run(run)
    read_by_commands(run, other)
    for name in KINDS[kind]:
        if f"log {name}" in run.get_metrics():
            command("metrics", run.id, f"log {name}")
            strict_json(command("metrics", run.id, f"log {name}", "--json"))
    read_all_runs(workspace, run)
    ask_about(workspace, run, most=60)
    read_by_store(workspace.backend.store(), run)
    assert answers_about(workspace, other) == before


def test_whatever_a_run_takes_every_reader_gives_back(workspace, other):
    before = answers_about(workspace, other)

    @settings(
        max_examples=12,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        phases=[Phase.reuse, Phase.generate],  # to make what fails smaller would take minutes
    )
    @given(st.lists(st.tuples(st.sampled_from(list(CALLS)), ANY), min_size=5, max_size=15))
    def check(calls) -> None:
        with begun(workspace) as run:
            for call, value in calls:
                perform(run, call, "m", value)
        assert run.dropped == 0
        read_run(run)
        read_by_commands(run, other)
        read_all_runs(workspace, run)
        ask_about(workspace, run, most=5)
        read_by_store(workspace.backend.store(), run)
        assert answers_about(workspace, other) == before

    check()


def test_a_server_answers_for_runs_with_values_of_every_type(workspace, other):
    for kind, values in KINDS.items():
        with begun(workspace, kind.replace(" ", "-")) as run:
            log_all(run, values)
    with started_server(Path(workspace.location)) as server:
        reader = server.client("reader")

        def told(path: str) -> dict:
            answer = reader("GET", f"/api/v1/{path}")
            assert answer.status_code == 200, (path, answer.text)
            return json.loads(answer.text, parse_constant=pytest.fail)

        assert len(told("runs?limit=1000")["items"]) == len(KINDS) + 1
        name = "log_params of it int"
        assert [one["id"] for one in told(f'runs?query=params."{name}" = 3 order by params."{name}"')["items"]] == [
            "numbers"
        ]
        assert told("records?q=it&limit=1000")["items"]
        for one in told("runs?limit=1000")["items"]:
            for name, metric in told(f"runs/{one['id']}")["metrics"].items():
                if metric["kind"] == "scalar" and name.startswith("log "):
                    told(f"runs/{one['id']}/series?name={name}")
        assert told("runs/other")["metrics"]["loss"]["last"] == 0.5
        assert "Traceback" not in server.told()
