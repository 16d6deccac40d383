"""What the endpoints of one app share."""

from __future__ import annotations

import threading
from pathlib import Path

from fastapi import Request

from runlog.errors import RunNotFoundError
from runlog.server.answers import json_bytes, plain_run
from runlog.server.attempts import Attempts
from runlog.server.database import Database
from runlog.server.ingesting import Slots
from runlog.server.journal_places import Kind
from runlog.server.keeper import Keeper
from runlog.server.known_tokens import KnownTokens
from runlog.server.measures import Measures
from runlog.server.news import Watcher
from runlog.server.settings import ServerSettings
from runlog.server.shared_glances import SharedGlances
from runlog.server.tokens import Token, Tokens
from runlog.server.turns import Turns
from runlog.server.upkeep import Upkeep
from runlog.store.contract import Changes
from runlog.store.folder import FolderBackend
from runlog.store.indexed import IndexedStore
from runlog.store.uploads import clear_uploads

PATIENCE = 0.05
"""Seconds that a request waits at most for records that a live writer of this machine is storing just now."""
REST = 10.0
"""How many times its own length a look at all runs is good for: at most a tenth of the time goes into looking."""


class Service:
    """A workspace's folder, and what the server keeps and counts beside it."""

    def __init__(self, folder: Path, settings: ServerSettings, *, own_token: str = "") -> None:
        """Open the folder, or make it.

        Args:
            folder: of the workspace.
            settings: of the server.
            own_token: the one token that is taken, where somebody runs the server for himself.

        Raises:
            ConfigurationError: a newer runlog made what is there.
            OSError: it can't be made.
        """
        self.settings = settings
        self.own_token = own_token
        self.backend = FolderBackend(folder)
        self.backend.patience = PATIENCE
        self.backend.prepare()
        clear_uploads(folder)
        self.database = Database(folder)
        self.tokens = Tokens(self.database)
        self.known_tokens = KnownTokens(self.database.path)
        self.keeper = Keeper(self.check, self.tokens.note_use)
        self.attempts = Attempts(self.database)
        self.measures = Measures()
        self.turns = Turns(settings.threads, settings.token_threads)
        self.slots = Slots(settings.ingests, settings.token_ingests)
        self.listeners = Slots(settings.listeners, settings.token_listeners)
        self.stopping = threading.Event()
        """Set once no more is to be begun."""
        self._closed = False
        self.watcher = Watcher(self._look_for_changes, lambda: bool(self.listeners.used))
        self.store = IndexedStore(self.backend, rest=REST, elsewhere=self.watcher.ask)
        self.news = self.watcher.news
        self.glances = SharedGlances(self._glance)
        self.upkeep = Upkeep(self.store, folder / Kind.RUN.value)

    @property
    def folder(self) -> Path:
        """Of the workspace."""
        return self.backend.folder

    def check(self) -> None:
        """See whether it can work.

        Raises:
            OSError: the folder is gone.
        """
        (self.folder / "workspace.json").stat()

    def fault(self) -> str:
        """What keeps it from working, as of a moment ago; empty where nothing does. It waits for nothing."""
        return self.keeper.fault() or ("" if self.own_token else self.known_tokens.fault())

    def start(self) -> None:
        """Begin what goes on beside the requests."""
        self.known_tokens.start()
        self.keeper.start()
        self.watcher.start()
        self.upkeep.start()

    def goes_on_with(self, listener: Token) -> bool:
        """Whether somebody who listens may go on: its token still is one, and the server does not stop."""
        return not self.stopping.is_set() and (bool(self.own_token) or self.known_tokens.is_valid(listener))

    def _look_for_changes(self, since: int) -> Changes:
        """What changed after a revision, once all runs were looked at where that is due."""
        self.store.refresh_runs()
        return self.store.changes(since)

    def _glance(self, run_id: str) -> str | None:
        """A run at a glance, as JSON; None where there is none."""
        try:
            return json_bytes(plain_run(self.store.run(run_id))).decode()
        except RunNotFoundError:
            return None

    def took_in(self, kind: Kind, owner: str, *, sealed: bool) -> None:
        """Bytes of a journal came.

        Args:
            kind: whose journal it is.
            owner: its id.
            sealed: a segment came to its end.
        """
        if sealed:
            self.measures.sealed.inc()
        if kind is Kind.RUN:
            self.store.note(owner)
            self.upkeep.note(owner, sealed=sealed)

    def delete_run(self, run_id: str) -> None:
        """Remove a run for good.

        Raises:
            RunNotFoundError: there is none.
            OSError: it can't be removed.
        """
        self.store.delete_run(run_id)

    def stop(self) -> None:
        """End what would go on for ever: the server is told to stop. For a signal handler."""
        self.stopping.set()

    def close(self) -> None:
        """Let everything go. Idempotent."""
        if not self._closed:
            self._closed = True
            self.stopping.set()
            self.known_tokens.stop()
            self.keeper.stop()
            self.watcher.stop()
            self.upkeep.stop()
            self.store.close()
            self.database.close()


def service_of(request: Request) -> Service:
    """What the app of a request works with."""
    service: Service = request.app.state.service
    return service


def caller_of(request: Request) -> Token:
    """Whose request it is."""
    token: Token = request.scope["runlog.token"]
    return token
