"""A program that reads runs: what can't be read is an error of runlog's own tree."""

import sys
from collections.abc import Callable
from pathlib import Path

import runlog
from runlog import Workspace
from runlog.errors import RunLogError

workspace = Workspace.from_config()
FOLDER = Path(sys.argv[1])


def each_run() -> None:
    for run in workspace.runs():
        assert run.id


def of(what: Callable[[runlog.Run], object]) -> Callable[[], object]:
    return lambda: what(workspace.get_run("everything"))


def each_content(run: runlog.Run, what: str) -> None:
    for refs in run.get_metrics().values():
        for ref in refs if isinstance(refs, list) else ():
            found = getattr(ref, what, None)
            if callable(found):
                found()


READING: list[Callable[[], object]] = [
    each_run,
    lambda: workspace.runs('experiment = "victims"').to_pandas(),
    of(lambda run: run.get_metrics()),
    of(lambda run: run.get_metrics(recursive=True)),
    of(lambda run: run.series("loss").values),
    of(lambda run: run.params),
    of(lambda run: run.tags),
    of(lambda run: run.notes),
    of(lambda run: dict(run.system)),
    of(lambda run: list(run.records())),
    *(of(lambda run, what=what: each_content(run, what)) for what in ("read", "boxes", "masks", "forms", "read_bytes")),
    of(lambda run: list(run.get_children())),
    of(lambda run: run.get_status()),
    of(lambda run: run.download_files(output_directory=FOLDER / "files")),
    of(lambda run: run.get_details()),
    of(
        lambda run: [
            ref.save(FOLDER / "media") for refs in run.get_metrics().values() for ref in refs if hasattr(ref, "save")
        ]
    ),
    lambda: list(workspace.records("message")),
    lambda: [model.download(FOLDER / "models") for model in workspace.models.values()],
    lambda: workspace.experiments,
]
for one in READING:
    try:
        one()
    except RunLogError as error:
        print(type(error).__name__, error)
