"""``python -m benchmarks.peer_servers.mlflow_server FOLDER POINTS``, in MLflow's environment: a server over SQLite.

The client sends batches of 1,000 metrics, the most that MLflow takes, one after the other.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from .points import rows
from .serving import count_rows, free_port, peak_memory, report, serving

BATCH = 1_000


def main(folder: Path, points: int) -> None:
    import mlflow
    from mlflow.entities import Metric

    database, port = folder / "mlflow.db", free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--backend-store-uri", f"sqlite:///{database}", "--artifacts-destination", str(folder / "artifacts")]
    with serving(command, f"{url}/health", folder) as process:
        client = mlflow.MlflowClient(url)
        run_id = client.create_run(client.create_experiment("bench")).info.run_id
        metrics = [
            Metric(name, value, 1_700_000_000_000 + step, step)
            for step, values in rows(points)
            for name, value in values.items()
        ]
        began = time.perf_counter()
        for place in range(0, len(metrics), BATCH):
            client.log_batch(run_id, metrics=metrics[place : place + BATCH])
        seconds = time.perf_counter() - began
        kept = count_rows(database, "metrics")
        report(points, kept, seconds, peak_memory(process), sorted(folder.glob("mlflow.db*")))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
