"""The peers by name."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True)
class Peer:
    """A tracker to compare with; peers of one environment share their installation."""

    name: str
    module: str
    environment: str

    @property
    def requirements(self) -> tuple[str, ...]:
        required: tuple[str, ...] = import_module(self.module).REQUIREMENTS
        return required


def _peer(name: str, module: str, environment: str) -> Peer:
    return Peer(name, f"benchmarks.peers.{module}", environment)


PEERS = {
    peer.name: peer
    for peer in (
        _peer("trackio", "trackio_local", "trackio"),
        _peer("tensorboardX", "tensorboardx", "tensorboardx"),
        _peer("wandb-offline", "wandb_offline", "wandb"),
        _peer("aim", "aim_local", "aim"),
        _peer("mlflow-sqlite", "mlflow_sqlite", "mlflow"),
        _peer("mlflow-files", "mlflow_files", "mlflow"),
    )
}
# What a check installs where no peer is there yet: the fastest one known, and the most used light one.
QUICK = ("trackio", "tensorboardX")
