"""A process that takes a workspace into its search index and removes it from it again and again, until it is killed."""

from __future__ import annotations

import sys
from pathlib import Path

from runlog.store.folder import FolderBackend
from runlog.store.search import intake, journal_intake
from runlog.store.search.index import SearchIndex


def main(folder: str, records: str) -> None:
    intake.BATCH, journal_intake.RECORDS = 2, int(records)  # many small transactions: a kill finds one open
    index = SearchIndex(FolderBackend(Path(folder)))
    print("ready", flush=True)
    while True:
        index.refresh()


if __name__ == "__main__":
    main(*sys.argv[1:])
