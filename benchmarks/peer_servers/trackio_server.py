"""``python -m benchmarks.peer_servers.trackio_server FOLDER POINTS``, in trackio's environment: its self-hosted server.

Its client gathers calls of ten values and sends them from a thread; the time is from the first call to the end of
``finish()``, which waits for all to be sent.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import time
from pathlib import Path

from .points import METRICS, rows
from .serving import count_rows, free_port, peak_memory, report, serving

SERVER = (
    "import sys, trackio; "
    "trackio.show(open_browser=False, host='127.0.0.1', server_port=int(sys.argv[1]), block_thread=True)"
)


def main(folder: Path, points: int) -> None:
    port = free_port()
    offline = {"HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1"}
    os.environ.update(offline, TRACKIO_DIR=str(folder / "client"))
    import trackio

    home = folder / "trackio"
    command = [sys.executable, "-c", SERVER, str(port)]
    with serving(command, f"http://127.0.0.1:{port}", folder, TRACKIO_DIR=str(home)) as process:
        with contextlib.redirect_stdout(sys.stderr):
            run = trackio.init(
                project="bench", server_url=_address(folder), embed=False, auto_log_gpu=False, auto_log_cpu=False
            )
            given = list(rows(points))
            began = time.perf_counter()
            for step, values in given:
                run.log(values, step=step)
            trackio.finish()
            seconds = time.perf_counter() - began
        kept = count_rows(home / "bench.db", "metrics") * len(METRICS)
        report(points, kept, seconds, peak_memory(process), sorted(home.glob("bench.db*")))


def _address(folder: Path) -> str:
    """The address with the right to write, which the server prints at its start."""
    log = folder / "server.log"
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if found := re.search(r"http://\S+write_token=\S+", log.read_text(errors="replace")):
            return found[0]
        time.sleep(0.1)
    raise RuntimeError("trackio's server did not print an address with a write token")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
