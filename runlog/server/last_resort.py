"""The end of the process in its time, whatever its threads are doing: what was acknowledged is on the disk already."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading

_logger = logging.getLogger("runlog.server")


class LastResort:
    """Ends the process some seconds after SIGTERM or Ctrl-C, where it has not ended by itself.

    Python calls a signal's handler between two steps of the main thread only, and waits at its end for threads that
    work for requests. So a thread is told of signals by the system, and waits for nobody.
    """

    def __init__(self, seconds: float) -> None:
        """Nothing is begun yet.

        Args:
            seconds: that the end may take.
        """
        self._seconds = seconds
        self._tells: socket.socket | None = None
        self._before = -1
        self.is_clean = False
        """Whether all that is left are threads that nobody needs."""

    def begin(self) -> None:
        """Listen for signals. In a thread that gets none, there is nothing to be done."""
        if threading.current_thread() is threading.main_thread():
            hears, self._tells = socket.socketpair()
            self._tells.setblocking(False)
            self._before = signal.set_wakeup_fd(self._tells.fileno(), warn_on_full_buffer=False)
            threading.Thread(target=self._wait, args=(hears,), name="runlog-last-resort", daemon=True).start()

    def end(self) -> None:
        """Listen no more. An end that a signal began still has its time."""
        if self._tells is not None:
            signal.set_wakeup_fd(self._before)
            self._tells.close()

    def _wait(self, hears: socket.socket) -> None:
        with hears:
            while not {signal.SIGTERM, signal.SIGINT} & set(told := hears.recv(64)):
                if not told:
                    return
        threading.Event().wait(self._seconds)
        _logger.warning("the server ends now, though some of its threads are still at work")
        os._exit(0 if self.is_clean else 1)
