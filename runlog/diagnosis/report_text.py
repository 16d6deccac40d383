"""What configured ``logging`` in each process of a program, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from runlog.diagnosis.process_names import grouped, named
from runlog.diagnosis.reports import ProcessReport
from runlog.diagnosis.words import level_name
from runlog.handlers.provenance import Place

MOST_CHANGES = 200
"""Changes told of a process."""
ENDED_EARLY = "killed, left by os._exit, or made another program by exec"
NOT_WATCHED = "the program could not be watched: it is no Python program, or was started with -I, -E or -S"


def report_lines(processes: Sequence[ProcessReport]) -> Iterator[str]:
    """What configured logging in each process. Those in which the same was done stand together.

    Args:
        processes: of the program; itself first.
    """
    if not processes:
        yield NOT_WATCHED
        return
    main, *others = processes
    changed = [one for one in others if one.changes and one.changes != main.changes]
    yield from _process_lines(main, named([main], processes))
    for group in grouped(changed, _done_in):
        yield ""
        yield from _process_lines(group[0], named(group, processes))


def _done_in(process: ProcessReport) -> str:
    return repr((process.changes, process.tree, process.muted, process.kept_from_root, process.ended))


def _process_lines(process: ProcessReport, called: str) -> Iterator[str]:
    yield f"logging was configured in {called} by:" if process.changes else f"nothing configured logging in {called}"
    for change in process.changes[:MOST_CHANGES]:
        yield f"  {change_text(change)}"
    if (more := len(process.changes) - MOST_CHANGES) > 0:
        yield f"  ... and {more} more changes; --json has all"
    if process.muted:
        yield f"disabled at the end: {', '.join(process.muted)}"
        yield "  fix: disable_existing_loggers=False in the configuration that disabled them"
    if process.kept_from_root:
        yield f"kept from root and from a run at the end, by propagate=False: {', '.join(process.kept_from_root)}"
        yield f"  fix: {_remedy_for_kept(process.kept_from_root[0])}"
    if process.tree:
        yield "loggers at the end:"
        yield from (f"  {line}" for line in process.tree)
    if not process.ended:
        yield f"{called} did not come to its end: {ENDED_EARLY}"


def _remedy_for_kept(name: str) -> str:
    return (
        f'`propagate: true` for each in the configuration, logging.getLogger("{name}").propagate = True after it, or '
        f'for the run alone runlog.start(..., capture={{"{name}": "INFO"}})'
    )


def change_text(change: Sequence[Any]) -> str:
    """A change in one line: where, by which package, what."""
    what, logger, value, by, place = change
    at = Place(*place)
    package = "" if at.package in {"__main__", ""} else f" [{at.package}]"
    return f"{at}{package}: {_done(what, logger or 'root', value, by)}"


def _done(what: str, logger: str, value: Any, by: str) -> str:
    function = "" if by == "assignment" else f" ({by})"
    if what == "call":
        return f"{by}() {value}".rstrip()
    if what == "disable":
        return f"logging.disable({level_name(value)})"
    if what == "level":
        return f"level of {logger} is {level_name(value)}{function}"
    if what == "handler level":
        handler, _, level = value.partition(" ")
        return f"level of {handler} is {level}{function}"
    if what in {"handler added", "handler removed"}:
        return (
            f"{value} {what.removeprefix('handler ')} {'to' if what.endswith('added') else 'from'} {logger}{function}"
        )
    if what == "handler closed":
        return f"{value} closed{function}"
    return f"{what} of {logger} is {value}{function}"
