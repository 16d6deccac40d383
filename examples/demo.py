"""Train the example in a folder of its own and say how to look at its run. `make demo` calls this.

usage: python examples/demo.py [FOLDER]
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from runlog import Workspace

TRAIN = Path(__file__).resolve().parent / "train_on_local" / "train.py"


def main(folder: Path) -> int:
    """Make the folder anew, train in it, and print the commands that show the run."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    workspace = Workspace.create("demo", location=folder)
    environment = {**os.environ, "RUNLOG_URI": workspace.location, "RUNLOG_EXPERIMENT": "train-on-local"}
    environment.pop("RUNLOG_RUN_ID", None)
    trained = subprocess.run([sys.executable, str(TRAIN)], cwd=folder, env=environment, check=False)
    if trained.returncode:
        return trained.returncode

    command = Path(sys.executable).with_name("runlog")
    shown = os.path.relpath(command) if command.is_relative_to(Path.cwd()) else command
    for arguments in ("show latest", "logs latest --level DEBUG", "metrics latest mse", "files latest"):
        print(f"  {shown} -w {folder} {arguments}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "demo")))
