"""A program and runlog in one zip file, as zipapp makes it: nothing of them lies in a folder."""

from __future__ import annotations

import json
import shutil
import sys
import zipapp
from pathlib import Path

import pytest

import runlog
from support.scripts import run_script

PROGRAM = """
import logging, sys
import runlog
from runlog.cli import main

def work():
    raise ValueError("asked to fail")

if len(sys.argv) > 1:
    sys.argv[0] = "runlog"
    sys.exit(main())
assert "program.pyz" in runlog.__file__
runlog.config.load("logging.yaml")
log = logging.getLogger("train")
with runlog.start("zip", capture={"stdout": True}) as run:
    log.info("begun", extra={"rows": 32})
    try:
        work()
    except ValueError:
        log.exception("failed")
    print("printed")
    run.log("loss", 0.5)
assert [one.id for one in runlog.Workspace.from_config().runs("metrics.loss < 1")] == [run.id]
"""
LOGGING = """
handlers:
  console: {class: runlog.ConsoleHandler, level: INFO}
  file: {class: runlog.RotatingFileHandler, filename: app.jsonl}
  run: {class: runlog.RunLogHandler}
root: {level: DEBUG, handlers: [console, file, run]}
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory, repository):
    """The zip file; what runlog needs is installed beside it, as compiled modules can't be in one."""
    folder = tmp_path_factory.mktemp("zip")
    source = folder / "source"
    shutil.copytree(repository / "runlog", source / "runlog", ignore=shutil.ignore_patterns("__pycache__"))
    (source / "__main__.py").write_text(PROGRAM)
    zipapp.create_archive(source, folder / "program.pyz")
    return folder / "program.pyz"


def test_its_run_has_records_source_lines_and_metrics(own_folder, archive):
    Path("logging.yaml").write_text(LOGGING)
    done = run_script(own_folder, archive)
    (run,) = runlog.Workspace.from_config().runs()
    assert (run.status, run.get_metrics()) == ("Completed", {"loss": [0.5]})
    begun, failed = run.records(logger="train")
    assert (begun.message, begun.extra) == ("begun", {"rows": 32})
    assert [frame.source for frame in failed.exception.frames] == ["work()", 'raise ValueError("asked to fail")']
    assert [record.message for record in run.records(logger="runlog.stdout")] == ["printed"]
    assert done.stdout == "printed\n"
    assert done.stderr.count("ValueError: asked to fail") == 1
    lines = [json.loads(line) for line in Path("app.jsonl").read_text().splitlines()]
    assert [line["message"] for line in lines if line["logger"] == "train"] == ["begun", "failed"]


def test_the_command_works_in_it(own_folder, archive):
    Path("logging.yaml").write_text(LOGGING)
    run_script(own_folder, archive)
    shown = run_script(own_folder, archive, "runs", "metrics.loss < 1", "--json").stdout
    assert json.loads(shown)["status"] == "Completed"
    assert run_script(own_folder, archive, "config", "check", "logging.yaml").returncode == 0
    schema = json.loads(run_script(own_folder, archive, "config", "schema").stdout)
    assert "handlers" in schema["properties"]


def test_a_process_that_it_spawns_attaches_to_its_run(own_folder, tmp_path_factory, repository):
    """A spawned process begins with the path of the program, which leads into the zip file."""
    folder = tmp_path_factory.mktemp("spawning")
    source = folder / "source"
    shutil.copytree(repository / "runlog", source / "runlog", ignore=shutil.ignore_patterns("__pycache__"))
    (source / "worker.py").write_text(
        "import logging, runlog\n"
        "def work(number):\n"
        "    logging.getLogger('worker').info('item %d', number)\n"
        "    runlog.current().log('number', number)\n"
    )
    (source / "__main__.py").write_text(
        "import multiprocessing, runlog, worker\n"
        "if __name__ == '__main__':\n"
        "    with runlog.start('zip', log_level='INFO') as run:\n"
        "        with multiprocessing.get_context('spawn').Pool(1, initializer=runlog.attach) as pool:\n"
        "            pool.map(worker.work, range(3))\n"
        "            pool.close()\n"
        "            pool.join()\n"
    )
    zipapp.create_archive(source, folder / "program.pyz")
    run_script(own_folder, folder / "program.pyz", interpreter=sys.executable)
    (run,) = runlog.Workspace.from_config().runs()
    assert run.get_metrics() == {"number": [0, 1, 2]}
    assert [record.message for record in run.records(logger="worker")] == ["item 0", "item 1", "item 2"]
