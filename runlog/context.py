"""The current run: where a record goes that names no run.

In order: the innermost open run of this context (``with run:``, :func:`use`), else the process's run, which is
the newest open top-level run, else nothing. Threads do not inherit context variables, so a thread sees the
process's run unless its target was wrapped with :func:`bind`.

Stacks are plain tuples and leave no ContextVar tokens behind: a run may be ended in another context than the one it was
entered in (notebook cells, callbacks, executors).
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar

from runlog.journal import fork

T = TypeVar("T")


class Target(Protocol):
    """What a record is written to: an open run, or the process's own journal."""

    @property
    def id(self) -> str:
        """The run's id."""

    @property
    def name(self) -> str:
        """The name it is shown by."""

    @property
    def experiment_name(self) -> str:
        """The experiment it belongs to."""

    @property
    def rank(self) -> int | None:
        """This process's rank in a distributed run."""

    @property
    def step(self) -> int | None:
        """The step that was logged last."""

    @property
    def is_open(self) -> bool:
        """Whether it takes records."""

    @property
    def _is_guest(self) -> bool:
        """Whether another process owns it, to which the records that are made here may come, too."""

    def append_log(self, payload: bytes, /) -> bool:
        """Write the payload of a log record, at most 1 MiB. False: it could not be kept."""

    def write_event(self, kind: int, payload: bytes, flags: int = 0) -> bool:
        """Write an event of any size. False: it could not be kept."""

    def take_back_loss(self) -> None:
        """Count an event less as lost: it goes elsewhere."""

    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Log scalars."""


_entered: ContextVar[tuple[Target, ...]] = ContextVar("runlog_entered", default=())
_opened: tuple[Target, ...] = ()
_strangers: tuple[Target, ...] = ()
"""The entered targets that were no open top-level run when they were entered, such as child runs."""
_guard = threading.RLock()
"""Held while the module's own stacks change: children of a run are entered and left by many threads at once."""
_process_target: Target | None = None
sole: Target | None = None
"""The one run that every record of the process belongs to, whatever its context; None where it is not one."""


def _no_process_target() -> Target:
    from runlog.lifecycle.prologue import open_process_target

    return open_process_target()


_make_process_target: Callable[[], Target] = _no_process_target


def current() -> Target | None:
    """The run that a record made here belongs to, or None outside any run."""
    for target in reversed(_entered.get()):
        if target.is_open:
            return target
    return _opened[-1] if _opened else None


def set_process_target_factory(factory: Callable[[], Target]) -> None:
    """Say who makes the process's own journal when it is first needed."""
    global _make_process_target, _process_target
    _make_process_target, _process_target = factory, None


def process_target() -> Target:
    """The process's own journal, for what is recorded outside any run; made with the first call."""
    global _process_target
    if _process_target is None:
        _process_target = _make_process_target()
    return _process_target


def exchange_process_target(target: Target | None) -> Target | None:
    """Put another journal in the place of the process's own; None: one is made when it is needed.

    Returns:
        the one before.
    """
    global _process_target
    before, _process_target = _process_target, target
    return before


def opened(target: Target) -> None:
    """Make an open top-level run the process's run."""
    global _opened
    with _guard:
        _opened = (*_opened, target)
        _find_sole()


def closed(target: Target) -> None:
    """Take an ended run out of the process's and this context's stack."""
    global _opened
    with _guard:
        _opened = tuple(one for one in _opened if one is not target)
        leave(target)
        _find_sole()


def _find_sole() -> None:
    global sole
    sole = _opened[0] if len(_opened) == 1 and not _strangers else None


def open_targets() -> tuple[Target, ...]:
    """All open top-level runs of the process, oldest first."""
    return _opened


def enter(target: Target) -> None:
    """Make a run the innermost one of this context."""
    global _strangers
    _entered.set((*_entered.get(), target))
    with _guard:
        if all(target is not one for one in _opened):
            _strangers = (*_strangers, target)
            _find_sole()


def leave(target: Target) -> None:
    """Undo the innermost :func:`enter` of this run, if this context has one."""
    global _strangers
    stack = _entered.get()
    if any(target is one for one in stack):
        _entered.set(_without(target, stack))
        with _guard:
            _strangers = _without(target, _strangers)
            _find_sole()


def _without(target: Target, targets: tuple[Target, ...]) -> tuple[Target, ...]:
    """The targets less the last place of this one."""
    for index in range(len(targets) - 1, -1, -1):
        if targets[index] is target:
            return targets[:index] + targets[index + 1 :]
    return targets


@contextmanager
def use(target: Target) -> Iterator[Target]:
    """Send what is logged inside the block to ``target``, without ending it afterwards."""
    enter(target)
    try:
        yield target
    finally:
        leave(target)


def bind(function: Callable[..., T]) -> Callable[..., T]:
    """Wrap a thread's target so that it logs to the run that is current now.

    Needed only where several runs are open at once: a thread does not inherit its creator's context.
    """
    target = current()

    @functools.wraps(function)
    def bound(*args: object, **kwargs: object) -> T:
        if target is None:
            return function(*args, **kwargs)
        with use(target):
            return function(*args, **kwargs)

    return bound


def _in_forked_child() -> None:
    """Another thread of the parent may have held the lock."""
    global _guard
    _guard = threading.RLock()


fork.in_child(_in_forked_child)
