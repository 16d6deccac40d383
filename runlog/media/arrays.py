"""Arrays and tensors of other packages as numpy's."""

from __future__ import annotations

from typing import Any

from runlog.arrays import dense
from runlog.errors import MissingExtraError, WrongTypeError
from runlog.introspection import describe

_REGISTERED = 2
"""What numpy says in ``isbuiltin`` of a type that another package has added."""
_OWN_TYPES = {"bfloat": "float32", "float": "float32", "int": "int8", "uint": "uint8"}
"""By the beginning of such a type's name, the type of numpy's own that holds all of its values."""


def numpy_for(call: str, value: object) -> Any:
    """The package numpy.

    Raises:
        MissingExtraError: it is not installed; the message names the call and what it was given.
    """
    try:
        import numpy as np
    except ImportError as error:
        raise MissingExtraError(
            f"{call} needs numpy for {describe(value)} ({error}); run: pip install 'runlog-ml[images]'"
        ) from error
    return np


def as_numpy(call: str, value: Any, np: Any, argument: str = "value") -> Any:
    """The array itself; tensors are taken off their graph and device first, as torch asks for.

    Types that numpy does not have (bfloat16, float8, int4...), of torch, JAX and ml_dtypes, become float32 or int8,
    which hold their values exactly.

    Args:
        call: the method, for the message of an error.
        value: an array, tensor or sequence of numbers.
        np: numpy.
        argument: what the call names it, for what to do.

    Raises:
        WrongTypeError: it can't be read as an array.
    """
    try:
        if hasattr(type(value), "as_py"):  # a scalar of pyarrow
            value = value.as_py()
        for step in ("detach", "cpu"):
            if hasattr(type(value), step):
                value = getattr(value, step)()
        value = dense(value)
        return _in_own_type(np.asarray(_in_numpy(value) if hasattr(type(value), "numpy") else value))
    except Exception as error:
        raise WrongTypeError(
            f"{call}: {describe(value)} can't be read as an array ({type(error).__name__}: {error}); "
            f"convert it first, as in {argument}.float()"
        ) from error


def _in_own_type(array: Any) -> Any:
    """An array in a type that is numpy's own: packages may register others, which few of its functions take."""
    if array.dtype.isbuiltin != _REGISTERED:
        return array
    for name, own in _OWN_TYPES.items():
        if array.dtype.name.startswith(name):
            return array.astype(own)
    return array


def _in_numpy(tensor: Any) -> Any:
    try:
        return tensor.numpy()
    except TypeError:
        if not hasattr(type(tensor), "float"):
            raise
        return tensor.float().numpy()
