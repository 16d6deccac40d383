"""Names of the Azure ML SDK v1 that runlog does not have, or not yet: what to do instead.

Whoever changes the imports of a program is told so at the name, rather than that there is none.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import NoReturn, TypeVar

from runlog.errors import NotThereYetError

T = TypeVar("T")

_SUBMISSION = "runs are not submitted yet: `runlog run -- python train.py` runs a script as a run, on this machine"
_DATA = "there are no data sets here: read the data yourself, and log what it was with run.log_params or run.tag"
_SERVING = "models are registered and fetched here, not deployed: Model(workspace, name).download() fetches one"
_LOGIN = "a folder needs no login, and a server the token of `runlog login`: leave auth out"
_PIPELINE = "there are no pipelines here: run.child_run() and run.create_children() make runs beneath a run"
_WIDGET = "a run shows itself in a notebook: make it the last line of a cell, or call display(run)"
_SECRETS = "no secrets are kept here: take them from the environment, where runlog hides them from what it logs"
_MLFLOW = "runlog does not speak MLflow's API yet: use run.log and its kin"

MODULE: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *("ScriptRunConfig", "RunConfiguration", "Environment", "CondaDependencies", "ComputeTarget", "AmlCompute"),
            *("ComputeInstance", "ComputeTargetException", "Estimator", "HyperDriveConfig", "DockerConfiguration"),
            *("MpiConfiguration", "PyTorchConfiguration", "ContainerRegistry"),
        ),
        _SUBMISSION,
    ),
    **dict.fromkeys(
        ("Dataset", "Datastore", "TabularDataset", "FileDataset", "DataReference", "OutputFileDatasetConfig"), _DATA
    ),
    **dict.fromkeys(("Webservice", "AciWebservice", "AksWebservice", "InferenceConfig", "Image"), _SERVING),
    **dict.fromkeys(
        (
            "InteractiveLoginAuthentication",
            "ServicePrincipalAuthentication",
            "AzureCliAuthentication",
            "MsiAuthentication",
        ),
        _LOGIN,
    ),
    **dict.fromkeys(
        ("Pipeline", "PipelineData", "PipelineParameter", "PythonScriptStep", "PublishedPipeline"), _PIPELINE
    ),
    "RunDetails": _WIDGET,
    "Keyvault": _SECRETS,
}
"""What programs import from ``azureml.core`` and around it."""


def missing_from_module(name: str) -> Exception:
    """What is raised for a name that the module ``runlog`` does not have.

    ``from runlog import name`` makes an error of its own of an ``AttributeError``, and would lose what it says. It asks
    for the name by a function of importlib, which lets an ``ImportError`` pass.
    """
    remedy = MODULE.get(name)
    if remedy is None:
        return AttributeError(f"module 'runlog' has no attribute {name!r}")
    text = f"{name} of Azure ML is not in runlog: {remedy}"
    asks_for_import = sys._getframe(2).f_code.co_name == "_handle_fromlist"
    return NotThereYetError(text, name="runlog") if asks_for_import else AttributeError(text)


class _NotHere:
    """Stands for an attribute that a class does not have. It costs those that it has nothing."""

    def __init__(self, owner: str, name: str, remedy: str) -> None:
        self._name = name
        self._text = f"{owner}.{name} of Azure ML is not in runlog: {remedy}"

    def __get__(self, instance: object, owner: type) -> NoReturn:
        raise AttributeError(self._text, name=self._name, obj=instance or owner)


def without(names: Mapping[str, str]) -> Callable[[type[T]], type[T]]:
    """Let a class say of names of Azure ML's that it has not what to do instead.

    Args:
        names: each with that.
    """

    def mark(kind: type[T]) -> type[T]:
        for name, remedy in names.items():
            setattr(kind, name, _NotHere(kind.__name__, name, remedy))
        return kind

    return mark


WORKSPACE: Mapping[str, str] = {
    **dict.fromkeys(("compute_targets", "environments", "get_default_compute_target"), _SUBMISSION),
    **dict.fromkeys(("datasets", "datastores", "get_default_datastore", "set_default_datastore"), _DATA),
    **dict.fromkeys(("webservices", "images"), _SERVING),
    "get_default_keyvault": _SECRETS,
    "get_mlflow_tracking_uri": _MLFLOW,
}
EXPERIMENT: Mapping[str, str] = {"submit": _SUBMISSION}
RUN: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *("submit_child", "take_snapshot", "get_snapshot_id", "restore_snapshot", "get_environment", "clean"),
            *("get_best_run_by_primary_metric", "get_output", "get_hyperparameters"),
        ),
        _SUBMISSION,
    ),
    **dict.fromkeys(("input_datasets", "output_datasets"), _DATA),
    **dict.fromkeys(("get_secret", "get_secrets"), _SECRETS),
    **dict.fromkeys(("find_step_run", "get_steps", "get_pipeline_output"), _PIPELINE),
}
MODEL: Mapping[str, str] = dict.fromkeys(("deploy", "profile", "package"), _SERVING)
