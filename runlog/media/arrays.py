"""Arrays and tensors of other packages as numpy's."""

from __future__ import annotations

from typing import Any

from runlog.errors import MissingExtraError, WrongTypeError
from runlog.introspection import describe


def numpy_for(call: str, value: object) -> Any:
    """The package numpy.

    Raises:
        MissingExtraError: it is not installed; the message names the call and what it was given.
    """
    try:
        import numpy as np
    except ImportError as error:
        raise MissingExtraError(
            f"{call} needs numpy for {describe(value)} ({error}); run: pip install runlog-ml[images]"
        ) from error
    return np


def as_numpy(call: str, value: Any, np: Any, argument: str = "value") -> Any:
    """The array itself; tensors are taken off their graph and device first, as torch asks for.

    Types that numpy does not have, such as bfloat16, become float32, which holds their values exactly.

    Args:
        call: the method, for the message of an error.
        value: an array, tensor or sequence of numbers.
        np: numpy.
        argument: what the call names it, for what to do.

    Raises:
        WrongTypeError: it can't be read as an array.
    """
    try:
        for step in ("detach", "cpu"):
            if hasattr(type(value), step):
                value = getattr(value, step)()
        return np.asarray(_in_numpy(value) if hasattr(type(value), "numpy") else value)
    except Exception as error:
        raise WrongTypeError(
            f"{call}: {describe(value)} can't be read as an array ({type(error).__name__}: {error}); "
            f"convert it first, as in {argument}.float()"
        ) from error


def _in_numpy(tensor: Any) -> Any:
    try:
        return tensor.numpy()
    except TypeError:
        if not hasattr(type(tensor), "float"):
            raise
        return tensor.float().numpy()
