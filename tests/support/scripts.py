"""Scripts in child processes: the only honest way to test an import, an exit or a kill."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

PREFIXES = ("RUNLOG_", "SLURM_", "TORCHELASTIC_", "AZUREML_", "OMPI_", "PMI", "MASTER_", "LOCAL_")
NAMES = (
    *("NO_COLOR", "FORCE_COLOR", "COLUMNS", "PYTHONWARNINGS"),
    *("RANK", "WORLD_SIZE", "PBS_JOBID", "LSB_JOBID", "MPI_LOCALNRANKS"),
)

PATIENT = "from runlog.lifecycle import ending; ending.PATIENCE = 100\n"
"""First line of a script whose runs' ends wait for all facts: within two seconds a busy machine gathers only some."""


def variables_that_matter(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Names of the set variables that change what runlog does; the suite's own settings (RUNLOG_TEST_*) stay."""
    return [
        name
        for name in environment
        if name in NAMES or (name.startswith(PREFIXES) and not name.startswith("RUNLOG_TEST_"))
    ]


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment without what changes runlog's behaviour, with `extra` on top."""
    dropped = set(variables_that_matter())
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    environment["MPLBACKEND"] = "Agg"
    environment.update(extra or {})
    return environment


def write_script(folder: Path, code: str) -> Path:
    """Keep `code` (dedented) as a file of its own in `folder`, so that tracebacks show its lines."""
    number = sum(1 for _ in folder.glob("script_*.py"))
    path = folder / f"script_{number}.py"
    path.write_text(textwrap.dedent(code), encoding="utf-8")
    return path


def run_script(
    folder: Path,
    code: str | Path,
    *args: str,
    env: Mapping[str, str] | None = None,
    check: bool = True,
    stdin: str = "",
    timeout: float = 120,
    interpreter: str | Path = sys.executable,
    before: Sequence[str] = (),
) -> subprocess.CompletedProcess[str]:
    """Run Python code (or a script's path) in a fresh process in `folder`; its stdout and stderr come back as text.

    With `check`, a non-zero exit is an error that shows both. `interpreter` may be one with other packages, `before` a
    command that starts the process (:mod:`support.deprived`).
    """
    script = code if isinstance(code, Path) else write_script(folder, code)
    done = subprocess.run(
        [*before, str(interpreter), str(script), *args],
        cwd=folder,
        env=clean_environment(env),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if check and done.returncode != 0:
        raise AssertionError(f"{script.name} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


@contextmanager
def started_script(
    folder: Path,
    code: str | Path,
    *args: str,
    env: Mapping[str, str] | None = None,
    interpreter: str | Path = sys.executable,
    before: Sequence[str] = (),
) -> Iterator[subprocess.Popen[str]]:
    """A script that runs beside the test, with pipes to it; killed at the end where it still runs.

    Wait for what it prints (`process.stdout.readline()`), not for time to pass.
    """
    script = code if isinstance(code, Path) else write_script(folder, code)
    command = (*before, str(interpreter), "-u", str(script), *args)
    with started_command(folder, command, env=env) as process:
        yield process


@contextmanager
def started_program(folder: Path, *args: str, env: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """The same of whatever else Python is called with, such as `"-m", "uvicorn"`."""
    with started_command(folder, (sys.executable, "-u", *args), env=env) as process:
        yield process


@contextmanager
def started_command(
    folder: Path, command: Sequence[str], env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """The same of any command."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env=clean_environment(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()
