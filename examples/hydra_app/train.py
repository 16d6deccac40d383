"""A Hydra application whose logging is configured by Hydra, with runlog's handlers in it.

Run it anywhere: `python train.py`, `python train.py steps=20 lr=0.3`, `python train.py --multirun lr=0.1,0.2`. Each job
is a run of its own.
"""

from __future__ import annotations

import logging

import hydra
from omegaconf import DictConfig, OmegaConf

import runlog

log = logging.getLogger(__name__)


@hydra.main(version_base="1.2", config_path="conf", config_name="config")
def train(config: DictConfig) -> None:
    """Walk down a parabola."""
    with runlog.start("hydra-app") as run:
        run.log_params({"lr": config.lr, "steps": config.steps})
        run.log_text("configuration", OmegaConf.to_yaml(config))
        x = 1.0
        for step in range(config.steps):
            x -= config.lr * 2 * x
            run.log("loss", x * x, step=step)
            log.debug("step %d", step, extra={"x": x})
        log.info("loss %.6f after %d steps", x * x, config.steps)


if __name__ == "__main__":
    train()
