"""MLflow into a SQLite file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.statement import Statement

from .scalars import TEN

REQUIREMENTS = ("mlflow",)


def tracking_uri(folder: Path) -> str:
    return f"sqlite:///{folder / 'mlflow.db'}"


@contextmanager
def cases(folder: Path) -> Iterator[dict[str, Statement]]:
    with mlflow_cases(tracking_uri(folder)) as statements:
        yield statements


@contextmanager
def mlflow_cases(uri: str) -> Iterator[dict[str, Statement]]:
    """The same calls, whatever the store."""
    import mlflow

    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment("bench")
    with mlflow.start_run():
        yield {
            "one": Statement('mlflow.log_metric("loss", 0.25, step=i)', {"mlflow": mlflow}),
            "ten": Statement("mlflow.log_metrics(ten, step=i)", {"mlflow": mlflow, "ten": TEN}),
        }
