"""A training as torchrun's documentation starts one: a process group, a sum over the ranks, one run."""

import logging
import os
import sys

import torch
import torch.distributed as dist

import runlog

logging.basicConfig(level="INFO")
log = logging.getLogger("train")
failing = "fail" in sys.argv and os.environ["TORCHELASTIC_RESTART_COUNT"] == "0"
if "fail" not in sys.argv:
    dist.init_process_group("gloo")
rank = int(os.environ["RANK"])
with runlog.start("ddp", outputs=False, capture_system=False) as run:
    log.info("rank %d begins", rank)
    for step in range(3):
        loss = torch.tensor(float(rank + step))
        if dist.is_initialized():
            dist.all_reduce(loss)
        run.log("loss", loss, step=step)
    if failing:
        raise ValueError("asked to fail")
    if dist.is_initialized():
        dist.barrier()
if dist.is_initialized():
    dist.destroy_process_group()
