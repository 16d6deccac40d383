"""``python sample.py FOLDER``: a workspace that has something of everything, beside runs that nobody touches.

The folder gets ``work`` (with the workspace), ``home`` and ``canary``, which is what lies around a workspace.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from support import schema_documents
from support.scripts import clean_environment

VICTIMS = ("victim-0", "victim-1", "victim-2")
ALL = "everything"
COMPACTED = "compacted"
TOKENS = "tokens.json"
SECRET = "the canary's own secret\n"
ROOT = Path(__file__).resolve().parents[3]


def surroundings(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a user whose home and temporary files are in a folder."""
    home = folder / "home"
    own = {"HOME": home, "XDG_STATE_HOME": home / "state", "XDG_CACHE_HOME": home / "cache", "TMPDIR": folder / "tmp"}
    own |= {"XDG_CONFIG_HOME": home / "config", "PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), str(ROOT)])}
    return clean_environment({**{name: str(value) for name, value in own.items()}, "RUNLOG_QUIET": "1", **more})


def make_sample(folder: Path, **more: str) -> Path:
    """Make all of it in a process of its own; where the workspace is."""
    for name in ("work", "home", "tmp", "canary"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "canary" / "secret").write_text(SECRET)
    (folder / "canary" / "folder").mkdir(exist_ok=True)
    env = surroundings(folder, **more)
    for what in ("runs", "outside"):
        subprocess.run([sys.executable, __file__, what], cwd=folder / "work", env=env, check=True, timeout=300)
    return folder / "work" / ".runlog"


def make_full_sample(folder: Path) -> None:
    """The same with what servers leave on a machine, too; all of it again in ``sample``, to be copied from."""
    from support.server_process import started_server

    workspace = make_sample(folder)
    env = surroundings(folder)

    def python(*args: str, **more: str) -> None:
        subprocess.run([sys.executable, *args], cwd=folder / "work", env={**env, **more}, check=True, timeout=300)

    python(__file__, "points")
    python("-m", "runlog", "compact", COMPACTED)
    with started_server(workspace, env=env) as server:
        there = {"RUNLOG_URI": server.url, "RUNLOG_TOKEN": server.tokens["writer"]}
        python("-c", f"from runlog.remote.credentials import keep_token; keep_token('{server.url}', 'rl_a_token')")
        python(__file__, "remote", "kept-there", **there)
        for command in (["logs", ALL], ["search", "message"], ["metrics", ALL, "words"], ["show", "kept-there"]):
            subprocess.run(
                [sys.executable, "-m", "runlog", *command],
                cwd=folder,
                env={**env, **there},
                stdout=subprocess.DEVNULL,
                check=True,
            )
        assert server.stop() == 0
        python(__file__, "remote", "kept-here", **there)
    requests = workspace / "runs" / ALL / "requests"
    requests.mkdir()
    asked = {"level": 10, "seconds": 1e9, "time": time.time_ns(), "author": "me"}
    (requests / "levels.json").write_text(json.dumps({"app": asked}))
    (folder / "work" / "runlog.json").write_text(json.dumps({"workspace": ".runlog"}))
    (folder / "sample").mkdir()
    (folder / "sample" / TOKENS).write_text(json.dumps(server.tokens))
    for name in ("work", "home"):
        shutil.copytree(folder / name, folder / "sample" / name, symlinks=True)


def log_little(run, number: int) -> None:
    run.log_params({"number": number, "name": f"victim {number}"})
    run.set_tags({"untouched": "yes"})
    for step in range(20):
        run.log("loss", number + 1 / (step + 1), step=step)
    logging.getLogger("victim").warning("a record of victim %d", number)


def log_everything(run, files: Path) -> None:
    import numpy as np

    log = logging.getLogger("app.part")
    run.log_params({"lr": 0.1, "text": "x", "none": None, "exact": 10**30, "flag": True, "nested": {"a": [1, 2]}})
    run.set_tags({"team": "vision", "empty": ""})
    run.tag("gone")
    run.remove_tags(["gone"])
    run.add_properties({"made": "by hand"})
    run.description = "all that there is"
    run.display_name = "of everything"
    run.note("a *note*", author="me")
    for step in range(50):
        run.log("loss", 1 / (step + 1), step=step, description="the loss")
    for value in (1, True, 2**63, None, "a text", 10**40):
        run.log(f"a {type(value).__name__} {value}"[:40], value)
    run.log_list("Fibonacci", [0, 1, 1, 2, 10**30, None, "x"])
    run.log_row("wave", angle=1.0, cos=0.5, text="x")
    run.log_table("table", {"a": [1, 2], "b": ["x", None]})
    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8)
    run.log_image("picture", image=pixels, description="grey", step=1)
    boxes = [{"position": [1, 1, 4, 4], "domain": "pixel", "class": 1, "score": 0.5, "label": "one"}]
    run.log_image("overlay", image=pixels, masks={"truth": pixels % 2}, boxes=boxes, classes={0: "none", 1: "one"})
    run.log_text("words", "some words")
    run.log_text("many words", "many words " * 30_000)
    run.log_html("page", "<p>page</p>")
    run.log_histogram("weights", np.arange(100.0))
    run.log_figure("chart", plotly_figure())
    run.log_audio("sound", np.zeros(800, dtype=np.float32), 8_000)
    run.log_confusion_matrix("confusion", schema_documents.CONFUSION)
    (files / "a").mkdir(parents=True, exist_ok=True)
    (files / "a" / "file.txt").write_text("a file's text")
    (files / "weights.bin").write_bytes(bytes(5_000))
    run.upload_folder("outputs", files)
    run.log_list("long", ["more than an event holds " * 1_000] * 60)
    log.info("a %s message with %d", "plain", 3, extra={"rows": 3, "name_of": {"deep": [1, 2]}})
    log.debug("without arguments")
    try:
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise ValueError("outer") from error
    except ValueError:
        log.exception("it failed", stack_info=True)
    run.register_model("net", "outputs/a", tags={"kind": "test"}, description="a model")
    child = run.child_run("child")
    child.log("loss", 1.0)
    child.complete()


def plotly_figure() -> object:
    import plotly.graph_objects

    return plotly.graph_objects.Figure(data=[plotly.graph_objects.Bar(y=[1, 2])])


def log_outside() -> None:
    from runlog import RunLogHandler

    logging.basicConfig(level=logging.DEBUG, handlers=[RunLogHandler()])
    logging.getLogger("outside").warning("a record outside any run")


def log_runs() -> None:
    import runlog

    logging.basicConfig(level=logging.DEBUG, handlers=[logging.NullHandler()])
    logging.getLogger("before").warning("a record before any run")
    for number, run_id in enumerate(VICTIMS):
        with runlog.start("victims", run_id=run_id) as run:
            log_little(run, number)
    with runlog.start("everything", run_id=ALL, group="groups", description="d", tags={"a": "b"}) as run:
        log_everything(run, Path("../files"))
    failed = runlog.start("everything", run_id="failed")
    failed.fail(ValueError("it did not work"))


def log_points() -> None:
    import runlog

    with runlog.start("points", run_id=COMPACTED) as run:
        for step in range(5_000):
            run.log("loss", step / 7, step=step)


def log_remotely() -> None:
    import runlog

    with runlog.start("remote", run_id=sys.argv[2]) as run:
        run.log("loss", 1.0)
        logging.getLogger("app").warning("a record of a run on a server")


if __name__ == "__main__":
    {"runs": log_runs, "outside": log_outside, "points": log_points, "remote": log_remotely}[sys.argv[1]]()
