"""Starts the observer in a program that ``runlog doctor -- PROGRAM`` runs: Python imports this module by its name.

The folder of this module is put in front of ``PYTHONPATH``. What another ``sitecustomize`` would have done is done
after it.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def observe() -> None:
    """Start the observer, from the runlog that doctor belongs to where this interpreter has none of its own."""
    home = str(HERE.parents[2])
    sys.path.append(home)
    try:
        from runlog.diagnosis import reporter

        reporter.begin()
    except Exception as error:  # the program is to run, whatever becomes of its observer
        sys.stderr.write(f"runlog: doctor can't watch this program: {error!r}\n")
    finally:
        sys.path.remove(home)


def hand_over() -> None:
    """Import the ``sitecustomize`` that would have been found without this one."""
    sys.path[:] = [one for one in sys.path if Path(one) != HERE]  # which stands there as it is
    ours = sys.modules.pop(__name__)
    importlib.invalidate_caches()
    try:
        importlib.import_module(__name__)
    except ModuleNotFoundError as error:
        if error.name != __name__:
            raise
    finally:
        sys.modules.setdefault(__name__, ours)


if __name__ == "sitecustomize":
    observe()
    hand_over()
