"""The job on the page about resuming, killed (-9) and started again as a scheduler would."""

from __future__ import annotations

import signal
from pathlib import Path

from runlog import Workspace
from support import documents

KILLS = 2


def job(folder: Path) -> Path:
    page = documents.ROOT / "docs" / "resuming.md"
    (block,) = [one for one in documents.blocks(page) if one.file == "train.py"]
    path = folder / block.file
    path.write_text(block.code, encoding="utf-8")
    return path


def test_a_job_that_is_killed_twice_and_started_three_times_is_one_run_of_continuous_steps(own_folder, start_script):
    script = job(own_folder)
    for attempt in range(1, KILLS + 1):
        process = start_script(script)
        assert process.stdout.readline().startswith(f"attempt {attempt} from step ")
        for _ in range(5):
            assert process.stdout.readline().startswith("saved")
        process.kill()
        process.wait()
        assert process.returncode == -signal.SIGKILL
    process = start_script(script)
    _, errors = process.communicate()
    assert process.returncode == 0, errors

    (run,) = Workspace.from_config().runs()
    assert [one.status for one in run.attempts] == ["Crashed", "Crashed", "Completed"]
    loss = run.series("loss")
    assert loss.steps == list(range(20_000))
    assert set(loss.attempts) == {1, 2, 3}
    assert loss.attempts == sorted(loss.attempts)
    assert all(after < before for before, after in zip(loss.values, loss.values[1:], strict=False))
    assert len(run.series("loss", attempts="all")) >= 20_000
