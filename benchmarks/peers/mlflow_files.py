"""MLflow into a folder of text files, its store of old."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.statement import Statement

from .mlflow_sqlite import mlflow_cases

REQUIREMENTS = ("mlflow",)


@contextmanager
def cases(folder: Path) -> Iterator[dict[str, Statement]]:
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    with mlflow_cases((folder / "mlruns").as_uri()) as statements:
        yield statements
