"""`make demo-remote`: the example with a server to keep its run."""

from __future__ import annotations

from runlog import Workspace
from support.scripts import run_script


def test_the_demo_leaves_its_run_on_the_server(own_folder, repository):
    done = run_script(own_folder, repository / "examples" / "demo_remote.py", "shown")
    (run,) = Workspace("shown/kept").runs()
    assert (run.status, len(run.get_metrics()["mse"]), len(run.get_file_names())) == ("Completed", 20, 20)
    assert "best alpha 0.40" in done.stdout
    assert "Completed" in done.stdout
