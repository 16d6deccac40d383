"""Whatever one run, entry or file of a workspace holds, each command and each part of the store answers for the others as before."""

from __future__ import annotations

import io
import json
import shutil
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from runlog import Experiment, Workspace
from runlog.cli.program import program
from runlog.errors import RunLogError
from runlog.models import Model
from runlog.store.backup import back_up
from runlog.store.compactor import Compactor
from runlog.store.contract import RecordSearch
from runlog.store.indexed import IndexedStore
from support.hostile_runs import PLANTS


class Surroundings(NamedTuple):
    """A workspace with a run like any other, and room beside it."""

    workspace: Workspace
    good: str
    room: Path

    @property
    def folder(self) -> Path:
        return Path(self.workspace.location)


def command(*arguments: str) -> str:
    """What a command prints; a fault that it does not tell of itself is raised."""
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(io.StringIO()), suppress(SystemExit):
        program.main(list(arguments), prog_name="runlog", standalone_mode=False)
    return out.getvalue()


def lines_about(text: str, *words: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if all(word in line for word in words)]


def listed(place: Surroundings) -> object:
    return lines_about(command("runs", "--limit", "1000"), "good")


def listed_as_json(place: Surroundings) -> object:
    return [one for one in map(json.loads, command("runs", "--json").splitlines()) if one["name"] == "good"]


def listed_by_a_query(place: Surroundings) -> object:
    return lines_about(command("runs", "metrics.m > 0.4 and params.p = 1"), "good")


def listed_by_the_index(place: Surroundings) -> object:
    store = IndexedStore(place.workspace.backend)
    found = [one for one in store.find_runs("", limit=1000).items if one.id == place.good]
    asked = [one.id for one in store.find_runs("metrics.m = 0.5 and params.p = 1 order by started").items]
    store.close()
    return [(one.status, one.params, one.metrics, one.tags) for one in found], place.good in asked


def shown(place: Surroundings) -> object:
    return command("show", "good")


def logs(place: Surroundings) -> object:
    return command("logs", "good", "--json"), command("logs", "good")


def metrics(place: Surroundings) -> object:
    return command("metrics", "good"), command("metrics", "good", "--json")


def searched(place: Surroundings) -> object:
    return lines_about(command("search", "found me"), "found me please")


def searched_by_the_index(place: Surroundings) -> object:
    store = IndexedStore(place.workspace.backend)
    found = [one.record.message for one in store.records(RecordSearch("please")).items if one.run_id == place.good]
    store.close()
    return found


def exported(place: Surroundings) -> object:
    return command("export", "good"), command("export", "good", "--format", "csv")


def told_by_the_doctor(place: Surroundings) -> object:
    text = command("doctor", "--json", "--all")
    return bool(json.loads(text)), "good" in text and "Traceback" in text


def backed_up(place: Surroundings) -> object:
    copy = place.room / "copy" / ".runlog"
    shutil.rmtree(copy, ignore_errors=True)
    back_up(place.folder, copy)
    text = command("-w", str(copy), "export", "good")
    shutil.rmtree(copy)
    return text


def compacted(place: Surroundings) -> object:
    command("compact")
    return command("export", "good")


def compacted_by_a_server(place: Surroundings) -> object:
    compactor = Compactor(lambda run_id: place.folder / "runs" / run_id, quiet=0.0, longest=0.0)
    compactor.start()
    for run in (place.folder / "runs").iterdir():
        compactor.note(run.name)
    while compactor._waiting:
        assert compactor._thread.is_alive()
    thread = compactor._thread
    compactor.stop()
    return thread is not None


def collected(place: Surroundings) -> object:
    with suppress(RunLogError):  # what a damaged run may name is kept
        command("gc", "--grace", "0", "--yes")
    return command("files", "good"), command("export", "good")


def experiments(place: Surroundings) -> object:
    return "fine" in place.workspace.experiments, place.workspace.experiments["fine"].id


def models(place: Surroundings) -> object:
    found = [(one.name, one.version) for one in Model.list(place.workspace) if one.name == "net"]
    return found, lines_about(command("models"), "net")


def run_objects(place: Surroundings) -> object:
    found = [one for one in place.workspace.runs() if one.id == place.good]
    return [(one.display_name, one.status, one.get_metrics()["m"]) for one in found]


def taken_in_by_a_server(place: Surroundings) -> object:
    store = IndexedStore(place.workspace.backend)
    store.refresh()
    store.refresh([place.good])
    summary = store.run(place.good)
    buckets = store.buckets(place.good, "m", 10)
    changes = store.changes(0).run_ids
    store.close()
    return summary.status, summary.params, buckets.total, place.good in changes


STEPS: list[Callable[[Surroundings], object]] = [
    listed,
    listed_as_json,
    listed_by_a_query,
    listed_by_the_index,
    shown,
    logs,
    metrics,
    searched,
    searched_by_the_index,
    exported,
    told_by_the_doctor,
    taken_in_by_a_server,
    run_objects,
    experiments,
    models,
    backed_up,
    compacted,
    compacted_by_a_server,
    collected,
]


@pytest.fixture
def place(workspace, own_folder, monkeypatch) -> Surroundings:
    """A workspace with a run like any other."""
    monkeypatch.setenv("RUNLOG_CAPTURE_SYSTEM", "0")
    (own_folder / "file.txt").write_text("content")
    with Experiment(workspace, "fine").start_logging(display_name="good", outputs=False, capture_logging=False) as run:
        for step in range(5):
            run.log("m", 0.1 + step / 10, step=step)
        run.log_params({"p": 1})
        run.set_tags({"t": "x"})
        run.log_row("r", a=1, b="x")
        run.upload_file("file.txt", str(own_folder / "file.txt"))
        run.append_log(msgspec_record("found me please"))
        run.register_model("net", model_path="file.txt")
    room = own_folder / "room"
    room.mkdir()
    return Surroundings(workspace, run.id, room)


def msgspec_record(message: str) -> bytes:
    from support.hostile_runs import encode, log

    return encode(log(template=message, logger="good"))


def tried(place: Surroundings, steps: list) -> dict[str, object]:
    """What each step answers, or the fault in it."""
    answers: dict[str, object] = {}
    for step in steps:
        try:
            answers[step.__name__] = step(place)
        except Exception:
            answers[step.__name__] = traceback.format_exc()
    return answers


@pytest.mark.parametrize("hostile", PLANTS)
def test_what_others_ask_of_their_runs_is_answered_as_before(place, hostile):
    reading = STEPS[:-4]
    before = tried(place, reading)
    PLANTS[hostile](place.folder)
    after = tried(place, STEPS)
    differing = {name: after[name] for name in before if after[name] != before[name]}
    differing |= {name: said for name, said in after.items() if "Traceback" in str(said)}
    assert not differing, "\n\n".join(f"{name}: {said}"[-1500:] for name, said in differing.items())


def of_the_run(name: str, *arguments: str) -> Callable[[Surroundings], object]:
    def step(place: Surroundings) -> object:
        return command(*arguments)

    step.__name__ = name
    return step


OF_THE_RUN = [
    of_the_run(" ".join(words), *words)
    for words in (
        ("show", "odd"),
        ("show", "odd", "--json"),
        ("show", "odd", "--system"),
        ("show", "odd", "--diff"),
        ("logs", "odd"),
        ("logs", "odd", "--json"),
        ("metrics", "odd"),
        ("metrics", "odd", "--json"),
        ("metrics", "odd", "m"),
        ("metrics", "odd", "d", "--csv"),
        ("metrics", "odd", "--download", "downloaded"),
        ("files", "odd"),
        ("files", "odd", "--download", "downloaded"),
        ("diff", "odd", "good"),
        ("export", "odd"),
        ("export", "odd", "--format", "csv"),
        ("search", "--run", "odd"),
        ("search", "--json"),
        ("wait", "odd", "--timeout", "0.01"),
        ("compact", "odd"),
        ("delete", "odd", "--yes"),
    )
]


def read_as_an_object(place: Surroundings) -> object:
    run = place.workspace.get_run("odd")
    told = [run.get_metrics(), run.get_details(), run.params, run.tags, run._repr_html_(), repr(run.system), run.status]
    told += [one.exception is None or one.exception.format() for one in run.records()]
    told += [repr(one) for one in run.records()]
    return [*told, run.to_pandas().to_string(), run.get_file_names(), list(run.get_children()), run.notes]


@pytest.mark.parametrize("hostile", PLANTS)
def test_the_run_itself_is_read_as_far_as_it_can_be(place, hostile):
    PLANTS[hostile](place.folder)
    faults = []
    for step in (read_as_an_object, *OF_THE_RUN):
        try:
            step(place)
        except (RunLogError, click.ClickException):
            pass
        except Exception:
            faults.append(f"{step.__name__}: {traceback.format_exc()[-1500:]}")
    assert not faults, "\n\n".join(faults)
