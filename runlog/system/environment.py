"""Environment variables that are kept: a chosen list, and what a user adds. Secrets never."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from runlog.errors import WrongTypeError
from runlog.redaction import HIDDEN, as_utf8, is_secret_name, redact_text

CHOSEN = (
    "CUDA_VISIBLE_DEVICES",
    "CUDA_DEVICE_ORDER",
    "NVIDIA_VISIBLE_DEVICES",
    "HIP_VISIBLE_DEVICES",
    "CUBLAS_WORKSPACE_CONFIG",
    "NCCL_*",
    "OMP_*",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "RANK",
    "LOCAL_RANK",
    "GROUP_RANK",
    "WORLD_SIZE",
    "LOCAL_WORLD_SIZE",
    "MASTER_ADDR",
    "MASTER_PORT",
    "SLURM_*",
    "PYTHON*",
    "PYTORCH_*",
    "TORCH_*",
    "TF_CPP_*",
    "TF_DETERMINISTIC_OPS",
    "TF_ENABLE_*",
    "TF_XLA_FLAGS",
    "XLA_FLAGS",
    "JAX_*",
    "TOKENIZERS_PARALLELISM",
)
"""Names and patterns of what tells how a job was laid out and how libraries were set."""

VALUE_CHARACTERS = 2_000
"""A value is cut here: variables may hold whole lists of hosts."""


def patterns(capture_env: object) -> tuple[str, ...]:
    """The chosen names with those of ``RUNLOG_CAPTURE_ENV`` (comma between them) and of a call's own list.

    Raises:
        WrongTypeError: the call's is no list of texts.
    """
    if capture_env is None:
        own: Sequence[object] = ()
    elif isinstance(capture_env, list | tuple | set | frozenset):
        own = tuple(capture_env)
    else:
        raise WrongTypeError(
            f'capture_env is a list of names such as ["MY_*"], not {type(capture_env).__name__}: {capture_env!r}'
        )
    if wrong := [one for one in own if not isinstance(one, str)]:
        raise WrongTypeError(f"capture_env has names of variables, not {type(wrong[0]).__name__}: {wrong[0]!r}")
    listed = os.environ.get("RUNLOG_CAPTURE_ENV", "").split(",")
    return (*CHOSEN, *(name for one in (*listed, *map(str, own)) if (name := one.strip())))


def chosen_variables(environment: Mapping[str, str], wanted: Sequence[str]) -> dict[str, object]:
    """The variables that fit, by name; the value of one that is named like a secret is hidden."""
    exact = {one for one in wanted if not _signs_in(one)}
    beginnings = tuple(one[:-1] for one in wanted if one.endswith("*") and not _signs_in(one[:-1]))
    shapes = [one for one in wanted if one not in exact and one[:-1] not in beginnings]
    return {
        as_utf8(name): _value(name, value)
        for name, value in sorted(environment.items())
        if name in exact or name.startswith(beginnings) or (shapes and _fits(name, shapes))
    }


def _signs_in(name: str) -> bool:
    return any(sign in name for sign in "*?[")


def _fits(name: str, shapes: Sequence[str]) -> bool:
    from fnmatch import fnmatchcase  # each shape takes a while to compile

    return any(fnmatchcase(name, shape) for shape in shapes)


def _value(name: str, value: str) -> str:
    if is_secret_name(name):
        return HIDDEN
    kept = as_utf8(redact_text(value))
    return kept if len(kept) <= VALUE_CHARACTERS else f"{kept[:VALUE_CHARACTERS]}... ({len(kept)} characters)"
