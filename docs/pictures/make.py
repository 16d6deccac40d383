"""Make demo.svg from what the commands really print. `make pictures` calls this.

usage: python docs/pictures/make.py
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

HERE = Path(__file__).resolve().parent
DEMO = HERE.parents[1] / "examples" / "demo.py"
WIDTH = 104
COMMANDS = ("runlog show latest", "runlog metrics latest mse", "runlog logs latest --level DEBUG | tail -n 6")


def printed(command: str, folder: Path) -> str:
    """What a command prints on a terminal of this width, escape sequences included."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "FORCE_COLOR": "1", "COLUMNS": str(WIDTH), "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def main() -> None:
    """Run the demo in a folder that is thrown away, and draw the commands with what they print."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "demo"
        subprocess.run([sys.executable, str(DEMO), str(folder)], check=True, stdout=subprocess.DEVNULL)
        for command in COMMANDS:
            console.print(Text(f"$ {command}", style="bold"))
            console.print(Text.from_ansi(printed(command, folder).replace(str(folder), "~/demo").rstrip()))
            console.print()
    (HERE / "demo.svg").write_text(console.export_svg(title="runlog"), encoding="utf-8")


if __name__ == "__main__":
    main()
