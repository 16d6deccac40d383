"""Configuration objects of any make as names and values, known by what their classes document. Nothing is imported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from runlog.introspection import loaded, shape_of

Fields = Iterator[tuple[Any, Any]]


def fields_of(value: Any) -> Fields | None:
    """The names and values in a mapping or configuration object; None for anything else.

    Mappings, dataclasses, classes of attrs, pydantic and msgspec, named tuples, ``argparse.Namespace``, and what gives
    itself as a mapping by ``to_dict()`` (configurations of transformers and ml_collections).
    """
    kind = type(value)
    if isinstance(value, Mapping):
        return _items_of(value)
    if isinstance(value, type) or shape_of(value) is not None:
        return None
    names = _declared_names(value, kind)
    if names is not None:
        return ((name, _safely(lambda name=name: getattr(value, name))) for name in names)  # type: ignore[misc]
    whole = _as_mapping(value, kind)
    return None if whole is None else iter(whole.items())


def _declared_names(value: Any, kind: type) -> list[str] | None:
    """The fields that a class declares."""
    if hasattr(kind, "__dataclass_fields__"):
        return [one.name for one in loaded("dataclasses").fields(value)]  # type: ignore[union-attr]
    if hasattr(kind, "__attrs_attrs__"):
        return [one.name for one in kind.__attrs_attrs__]
    if hasattr(kind, "__struct_fields__"):
        return list(kind.__struct_fields__)
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        return list(kind._fields)
    argparse = loaded("argparse")
    if isinstance(value, SimpleNamespace) or (argparse is not None and isinstance(value, argparse.Namespace)):
        return list(vars(value))
    return None


def _as_mapping(value: Any, kind: type) -> Mapping[Any, Any] | None:
    """What an object gives by the method that its package has for it: pydantic 2, pydantic 1, others."""
    for method, mark in (("model_dump", "model_fields"), ("dict", "__fields__"), ("to_dict", "to_dict")):
        if hasattr(kind, mark) and callable(getattr(kind, method, None)):
            given = _safely(getattr(value, method))
            return given if isinstance(given, Mapping) else None
    return None


def _items_of(mapping: Mapping[Any, Any]) -> Fields:
    """The items of a mapping, each as far as it can be read: references in a configuration may lead nowhere."""
    for key in mapping:
        try:
            value = mapping[key]
        except Exception as error:
            value = _as_written(mapping, key, error)
        yield key, value


def _as_written(mapping: Any, key: Any, error: Exception) -> Any:
    """A value of OmegaConf that can't be worked out, as it stands in the file: ``${data.root}``, or ``???``."""
    omegaconf = loaded("omegaconf")
    if omegaconf is not None and isinstance(mapping, omegaconf.DictConfig):
        written = _safely(lambda: omegaconf.OmegaConf.to_container(mapping, resolve=False))
        if isinstance(written, Mapping):
            return written.get(key)
    return _unreadable(error)


def _safely(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except Exception as error:
        return _unreadable(error)


def _unreadable(error: Exception) -> str:
    return f"[can't be read: {type(error).__name__}]"
