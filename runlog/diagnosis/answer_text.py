"""Why records reach their destinations in a program, process by process and as a whole, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runlog.diagnosis.process_names import counted, grouped, named
from runlog.diagnosis.report_text import NOT_WATCHED
from runlog.diagnosis.reports import ProcessReport

_AT_TIMES = {(True,): "yes", (False,): "NO", (True, False): "at times"}


def answer_lines(question: str, processes: Sequence[ProcessReport]) -> Iterator[str]:
    """The explanations of each process; where they differ, first of all what holds for the program as a whole.

    Args:
        question: what was asked, as people write it: ``train.model INFO``.
        processes: of the program; itself first.
    """
    if not processes:
        yield NOT_WATCHED
        return
    answered = [one for one in processes if one.explained]
    silent = [one for one in processes if not one.explained]
    groups = grouped(answered, _text)
    if len(groups) > 1:
        yield f"{question} -> in the program as a whole:"
        yield from _whole(answered, processes)
    for group in groups:
        if len(groups) > 1 or silent:
            yield from ("", f"in {named(group, processes)}:")
        yield from _text(group[0]).splitlines()
    if silent:
        yield from ("", f"{named(silent, processes)} could not be asked: killed, or left by os._exit, before the end")


def _text(process: ProcessReport) -> str:
    return "\n\n".join(dict.fromkeys(process.explained))


def _whole(answered: Sequence[ProcessReport], processes: Sequence[ProcessReport]) -> Iterator[str]:
    for destination in dict.fromkeys(name for one in answered for name in one.answers):
        groups = grouped(answered, lambda one, name=destination: _reached(one, name))  # type: ignore[misc]
        told = [f"{_reached(group[0], destination)} in {counted(group, processes)}" for group in groups]
        yield f"  {destination}: {'; '.join(told)}"


def _reached(process: ProcessReport, destination: str) -> str:
    """Whether records reach a destination; one that a process does not have they can't."""
    answers = set(process.answers.get(destination, [False]))
    return _AT_TIMES[tuple(sorted(answers, reverse=True))]
