"""Jobs of Hydra that run beside each other in one folder."""

from __future__ import annotations

import pytest

import runlog

PACKAGES = ["hydra-core"]
pytestmark = pytest.mark.integration

JOB = """
import logging, os, sys
import hydra, runlog
from hydra.core.hydra_config import HydraConfig

@hydra.main(version_base="1.3", config_path=None)
def main(_):
    with runlog.start("job", log_level="INFO") as run:
        logging.info("begun")
        print("open", flush=True)
        sys.stdin.readline()
        with open(os.path.join(HydraConfig.get().runtime.output_dir, "ckpt.pt"), "w") as file:
            file.write("weights")

main()
"""


def test_each_job_keeps_what_is_in_its_own_folder(environment, start_script):
    jobs = [
        start_script(JOB, f"hydra.run.dir=outputs/day/{number}", interpreter=environment(PACKAGES))
        for number in range(2)
    ]
    for job in jobs:
        assert "open\n" in iter(job.stdout.readline, "")
    for job in jobs:
        job.communicate("\n")
    kept = sorted(sorted(run.get_file_names()) for run in runlog.Workspace.from_config().runs())
    assert [names[0] for names in kept] == ["outputs/day/0/ckpt.pt", "outputs/day/1/ckpt.pt"]
    for number, names in enumerate(kept):
        assert all(name.startswith(f"outputs/day/{number}/") for name in names)
