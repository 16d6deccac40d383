"""Elements of arrays, tensors, series and scalars of other packages, as Python's values. No package is imported."""

from __future__ import annotations

import math
from typing import Any

from runlog import exact
from runlog.exact import ScalarText
from runlog.introspection import describe, is_array, loaded, shape_of


class UnfitError(Exception):
    """A value is none that can be kept; the text says what it is instead. Its cause is what reading it raised."""


def is_missing(kind: type) -> bool:
    """Whether a class is that of pandas' marks for missing values."""
    return kind.__name__ in {"NaTType", "NAType"} and kind.__module__.startswith("pandas.")


def is_span(kind: type) -> bool:
    """Whether a class is pandas' ``Period`` or ``Interval``, which stand in indexes of tables and are read as texts."""
    return kind.__name__ in {"Period", "Interval"} and kind.__module__.startswith("pandas")


def element_of(value: Any, kind: type) -> Any:
    """The one element of an array or tensor; ``item()`` is the documented way to it.

    Raises:
        UnfitError: it has several elements, or none that is a scalar.
    """
    shape = shape_of(value)
    if shape is None or math.prod(shape) != 1:
        raise UnfitError(f"{describe(value)} of shape {shape}")
    np = loaded("numpy")
    if np is not None and issubclass(kind, np.ndarray | np.generic):
        return _of_numpy(value, np)
    item = value.item() if hasattr(kind, "item") else value.numpy()
    if is_array(type(item)) and not (np is not None and issubclass(type(item), np.ndarray | np.generic)):
        raise UnfitError(f"{describe(value)} whose item() is no scalar")
    return item


def _of_numpy(value: Any, np: Any) -> Any:
    if hasattr(type(value), "mask") and np.all(value.mask):
        return None
    element = value if isinstance(value, np.generic) else value.reshape(-1)[0]
    if isinstance(element, np.datetime64 | np.timedelta64):
        return _of_numpy_time(element, np)
    if isinstance(element, np.longdouble):
        return exact.longdouble_text(element)
    item = element.item() if isinstance(element, np.generic | np.ndarray) else element
    if is_array(type(item)):
        raise UnfitError(f"{describe(value)} of {element.dtype} elements")
    return item


def _of_numpy_time(element: Any, np: Any) -> Any:
    """A moment or duration; ``item()`` gives a bare integer for what ``datetime`` can't hold, nanoseconds above all."""
    if np.isnat(element):
        return None
    item = element.item()
    if not isinstance(item, int):
        return item
    if isinstance(element, np.datetime64):
        return ScalarText(str(element), None, "datetime")
    if np.datetime_data(element.dtype)[0] == "ns":
        return exact.nanosecond_duration_text(int(element.astype("timedelta64[ns]").astype("int64")))
    return ScalarText(str(element), None, "timedelta")


def elements_of(value: Any) -> Any:
    """An iterable of the elements of an array, tensor or series of one dimension; raises what its package raises."""
    kind, np = type(value), loaded("numpy")
    # tolist() turns nanoseconds into bare integers and extended floats into objects: these go one by one.
    if np is not None and isinstance(value, np.ndarray) and (value.dtype.kind not in "biuf" or value.itemsize > 8):
        return iter(value)
    for method in ("tolist", "to_list", "to_pylist"):  # those of most packages, of polars, of pyarrow
        if hasattr(kind, method):
            return getattr(dense(value), method)()
    return value.numpy().tolist()


def dense(value: Any) -> Any:
    """A tensor of torch whose elements can be read: not sparse or quantised, with its signs applied."""
    torch = loaded("torch")
    if torch is None or not isinstance(value, torch.Tensor):
        return value
    if value.is_quantized:
        value = value.dequantize()
    if value.layout is not torch.strided:
        value = value.to_dense()
    return value.resolve_conj().resolve_neg()
