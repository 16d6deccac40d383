"""``python -m runlog`` is the command ``runlog``."""

from runlog.cli import main

main()
