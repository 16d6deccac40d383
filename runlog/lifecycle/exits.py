"""How the process ends, and what its open runs end as.

=====================================================  ==========
end                                                    status
=====================================================  ==========
the program's last line, ``sys.exit()``                Completed
a notebook's kernel is shut down                       Completed
``sys.exit(n)`` with n not 0, uncaught exception       Failed
Ctrl-C, also where it is caught to exit; SIGTERM       Canceled
``os._exit``, SIGKILL                                  Crashed (judged by readers)
=====================================================  ==========

Python tells its exit hooks neither the exit code nor the exception. Whether the program ended by itself is seen from
its outermost frame, which then stands at a return. An uncaught exception is what the interpreter remembers as the last
that it printed (``sys.last_exc``), whoever replaced ``sys.excepthook``; that hook is observed, too, for what goes on at
a prompt. A code is seen by ``sys.exit`` and ``exit``, which are wrapped while a run is open. What is left is a
``SystemExit`` that was raised by hand: its code can't be known, and the run is Failed with that explanation;
``sys.exit(n)`` and ``with run:`` say it exactly.

What is called when the program is over already (exit hooks, a hook that calls ``sys.exit``) changes nothing, nor does
what is called within it and let go on (``sys.excepthook`` for an error that was caught, or for one of a thread).
"""

from __future__ import annotations

import atexit
import builtins
import functools
import sys
import threading
import traceback
from collections.abc import Callable
from types import FrameType, ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, cast

from runlog import context
from runlog.capturing.uncaught import MAIN_HOOK
from runlog.journal import fork
from runlog.lifecycle import open_runs, prologue, signals
from runlog.lifecycle.interrupts import held
from runlog.records import RunError
from runlog.statuses import CANCELED, COMPLETED, FAILED
from runlog.writing import recorder

if TYPE_CHECKING:
    from runlog.lifecycle.ending import Manner
    from runlog.run import Run

RETURNS = frozenset({"RETURN_VALUE", "RETURN_CONST"})
UNSEEN = (
    "the program ended by a SystemExit that it raised itself, whose code can't be seen: call sys.exit(n), or log "
    "inside `with run:`"
)


class _Seen:
    """What the hooks saw so far."""

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.exit: tuple[str, RunError | None] | None = None
        """What the program's last ``sys.exit`` would make of the runs."""
        self.code: int | None = None
        """The exit code of that."""
        self.printed = 0
        """The exception that was printed before, and did not end the program; by its address, not to keep it alive."""
        self.frame: FrameType | None = None


class _Exit:
    """``exit`` or ``quit`` of the ``site`` module, with its code noted."""

    def __init__(self, original: Callable[..., Any]) -> None:
        self.original = original

    def __call__(self, code: object = None) -> None:
        _note(code)
        self.original(code)

    def __repr__(self) -> str:
        return repr(self.original)


_seen = _Seen()
_watching = False
_before_exit: Any = sys.exit


def watch() -> None:
    """Learn how the process ends, from now on. Safe to call for each run."""
    global _watching, _before_exit
    if _seen.frame is None:
        _seen.frame = _outermost_frame()
    signals.watch()
    watch_child_process()
    if _watching:
        return
    _watching = True
    _seen.error, _seen.printed = None, id(_last_printed())
    MAIN_HOOK.observe(_note_error)
    _before_exit = sys.exit
    sys.exit = _exit  # type: ignore[assignment]
    for name in ("exit", "quit"):
        if (original := getattr(builtins, name, None)) is not None:
            setattr(builtins, name, _Exit(original))


def unwatch() -> None:
    """Put everything back once no run is open; a hook that another library wrapped since stays, and does nothing."""
    global _watching
    if not _watching or context.open_targets() or open_runs.children():
        return
    _watching = False
    signals.unwatch()
    MAIN_HOOK.leave(_note_error)
    if sys.exit is _exit:
        sys.exit = _before_exit
    for name in ("exit", "quit"):
        if isinstance(wrapper := getattr(builtins, name, None), _Exit):
            setattr(builtins, name, wrapper.original)


def _note_error(_kind: type[BaseException], error: BaseException, _traceback: TracebackType | None) -> bool:
    if not hasattr(sys, "ps1") and _is_main() and not _is_within_program():  # at a prompt it does not end the process
        _seen.error = error
    return False


def _exit(code: object = None, /) -> None:
    _note(code)
    _before_exit(code)


def _note(code: object) -> None:
    from runlog.lifecycle.verdicts import verdict_on_code

    if not _is_main() or not _is_within_program():
        return
    handled = sys.exc_info()[1]
    number = code if isinstance(code, int) else int(code is not None)
    if handled is not None or number != _seen.code:  # else an exit is handed on, as by a worker of multiprocessing
        _seen.exit, _seen.code = verdict_on_code(code, handled), number
    _seen.printed = id(_last_printed())


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()


def _is_within_program() -> bool:
    """Whether the caller was called by the program, which has not ended then. True where that can't be known."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_back is not None:
        frame = frame.f_back
    return _seen.frame is None or frame is _seen.frame


def _last_printed() -> BaseException | None:
    """The exception that the interpreter printed last, as one that nobody caught."""
    error = getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
    return error if isinstance(error, BaseException) else None


def _outermost_frame() -> FrameType | None:
    """The main thread's first frame: of the script, or of whatever started it."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _returned(frame: FrameType | None) -> bool:
    import dis

    if frame is None or frame.f_lasti < 0:
        return False
    return dis.opname[frame.f_code.co_code[frame.f_lasti]] in RETURNS


def verdict() -> tuple[str, RunError | None]:
    """What open runs end as, at the exit of the process."""
    from runlog.lifecycle.verdicts import verdict_on, verdict_on_code

    if (code := _code_of_child()) is not None:
        if _seen.error is not None:
            return verdict_on(_seen.error)
        return _seen.exit if _seen.exit is not None and _seen.code == code else verdict_on_code(code)
    if _returned(_seen.frame):
        return COMPLETED, None
    if _seen.error is not None:
        return verdict_on(_seen.error)
    if hasattr(sys, "ps1"):
        return COMPLETED, None
    if (error := _last_printed()) is not None and id(error) != _seen.printed:
        return verdict_on(error)
    return _seen.exit or (FAILED, RunError(message=UNSEEN, type="SystemExit"))


def end_all(status: str, error: RunError | None = None, manner: Manner | None = None) -> None:
    """End every run that this process owns, for good: the children, then the others, each the newest first."""
    from runlog.lifecycle.ending import Manner, end

    how = manner or Manner(status_first=status == CANCELED, finally_=True)
    for run in (*reversed(open_runs.children()), *reversed(context.open_targets())):
        if _is_owned(run):
            end(cast("Run", run), status, error, how)


def _at_exit() -> None:
    """Registered twice: Ctrl-C may come where the first call has done nothing yet."""
    with held() as interrupts:
        interrupts.swallow()
        if any(_is_owned(target) for target in (*context.open_targets(), *open_runs.children())):
            end_all(*verdict())
        _seen.frame = None  # it holds the program's globals, whose finalizers are still to run
        open_runs.release_all()
        prologue.close()


def _is_owned(target: object) -> bool:
    return bool(getattr(target, "_owns", False))


# -- processes of multiprocessing: they leave by os._exit, and run exit hooks since Python 3.13 only ---------------

_LEAVES_BY_CODE = frozenset({"multiprocessing.popen_fork", "multiprocessing.forkserver"})
_child_watched = False


def watch_child_process() -> None:
    """In a child of ``multiprocessing``: have the journals closed at its end. Safe to call for each run."""
    global _child_watched
    multiprocessing = sys.modules.get("multiprocessing.process")
    if _child_watched or multiprocessing is None or multiprocessing.parent_process() is None:
        return
    from multiprocessing.util import Finalize

    _child_watched = True
    Finalize(None, _at_child_exit, exitpriority=0)
    if sys.version_info >= (3, 13):
        _note_printed_error(multiprocessing)


def _at_child_exit() -> None:
    """Before Python 3.13 this runs inside a ``finally``: the exception that ends the child is the current one."""
    from runlog.lifecycle.verdicts import verdict_on

    error = sys.exc_info()[1]
    with held() as interrupts:
        interrupts.swallow()
        end_all(*(verdict() if error is None and sys.version_info >= (3, 13) else verdict_on(error)))
        open_runs.release_all()
        prologue.close()


def _note_printed_error(multiprocessing: ModuleType) -> None:
    """Learn which exception ends the child: it is gone when the exit hooks run, but is printed before."""
    main_function = multiprocessing.BaseProcess._bootstrap.__code__
    print_exc = traceback.print_exc

    @functools.wraps(print_exc)
    def noted(*args: Any, **kwargs: Any) -> None:
        if sys._getframe(1).f_code is main_function:
            _seen.error = sys.exc_info()[1]
        print_exc(*args, **kwargs)

    traceback.print_exc = noted


def _code_of_child() -> int | None:
    """The exit code of a forked child whose exit hooks are running; None in any other process, or at another time."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_globals.get("__name__") in _LEAVES_BY_CODE:
            code = frame.f_locals.get("code")
            return code if isinstance(code, int) else None
        frame = frame.f_back
    return None


def _in_forked_child() -> None:
    global _child_watched
    _child_watched = False
    _seen.error = _seen.exit = _seen.code = None
    _seen.printed = id(_last_printed())


fork.in_child(_in_forked_child)
recorder.in_child(watch_child_process)
atexit.register(_at_exit)
atexit.register(_at_exit)
