"""What stands in ``sys`` for a stream that takes no functions of others, such as one made in C++."""

from __future__ import annotations

from typing import Any

_OWN = frozenset({"write", "writelines", "flush", "fileno"})


class StandIn:
    """A stream that hands everything on to another one, and takes attributes in its place.

    Args:
        stream: The other one.
    """

    def __init__(self, stream: Any) -> None:
        object.__setattr__(self, "_stream", stream)

    @property
    def __class__(self) -> Any:
        """That of the stream, for those who ask with ``isinstance``."""
        return type(self._stream)

    @__class__.setter
    def __class__(self, value: Any) -> None:
        raise TypeError("the class of a captured stream can't be changed")

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "_stream"), name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _OWN:
            object.__setattr__(self, name, value)
        else:
            setattr(self._stream, name, value)

    def __delattr__(self, name: str) -> None:
        if name in _OWN:
            object.__delattr__(self, name)
        else:
            delattr(self._stream, name)

    def __iter__(self) -> Any:
        return iter(self._stream)

    def __enter__(self) -> Any:
        self._stream.__enter__()
        return self

    def __exit__(self, *error: object) -> Any:
        return self._stream.__exit__(*error)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self._stream.__reduce_ex__(protocol)

    def __repr__(self) -> str:
        return repr(self._stream)
