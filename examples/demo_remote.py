"""Train the example with a server to keep its run, and say how to look at it. `make demo-remote` calls this.

usage: python examples/demo_remote.py [FOLDER]
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

TRAIN = Path(__file__).resolve().parent / "train_on_local" / "train.py"
RUNLOG = [sys.executable, "-m", "runlog"]


def main(folder: Path) -> int:
    """Make the folder anew, serve it, train against the server, read the run back from it, and end the server."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    kept, home = folder / "kept", folder / "trainer"
    home.mkdir()
    made = subprocess.run(
        [*RUNLOG, "token", "create", "trainer", "--role", "writer", "-w", str(kept)],
        check=True,
        capture_output=True,
        text=True,
    )
    with subprocess.Popen(
        [*RUNLOG, "server", "-w", str(kept), "-p", "0", "--access-log", str(folder / "access.jsonl")],
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[0]
            print(f"a server keeps runs in {kept}, at {address}")
            environment = {**os.environ, "HOME": str(home.absolute()), "RUNLOG_URI": address}
            environment |= {"RUNLOG_TOKEN": made.stdout.split()[-1], "RUNLOG_EXPERIMENT": "train-on-local"}
            environment.pop("RUNLOG_RUN_ID", None)
            trained = subprocess.run([sys.executable, str(TRAIN)], cwd=folder, env=environment, check=False)
            if trained.returncode:
                return trained.returncode
            print("what the server has of it:", flush=True)
            subprocess.run([*RUNLOG, "show", "latest"], env=environment, check=True)
        finally:
            server.terminate()
            server.wait()
    command = Path(sys.executable).with_name("runlog")
    shown = os.path.relpath(command) if command.is_relative_to(Path.cwd()) else command
    print(f"the server has ended; what it kept is a workspace:\n  {shown} -w {kept} logs latest --level DEBUG")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "demo-remote")))
