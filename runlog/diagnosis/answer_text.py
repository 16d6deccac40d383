"""Why records reach their destinations in a program, process by process and as a whole, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from runlog.diagnosis.explanation import CONSOLE, LAST_RESORT
from runlog.diagnosis.process_names import counted, grouped, named
from runlog.diagnosis.report_text import ENDED_EARLY, NOT_WATCHED
from runlog.diagnosis.reports import ProcessReport

_WORDS = {(): "NO", (False,): "NO", (True,): "yes", (True, False): "yes and NO by turns"}


def answer_lines(question: str, processes: Sequence[ProcessReport]) -> Iterator[str]:
    """The explanations of each process; where they differ, first of all what holds for the program as a whole.

    Args:
        question: what was asked, as people write it: ``train.model INFO``.
        processes: of the program; itself first.
    """
    if not processes:
        yield f"runlog: {NOT_WATCHED}"
        return
    answered = [one for one in processes if one.explained]
    silent = [one for one in processes if not one.explained]
    groups = grouped(answered, _text)
    if len(groups) > 1:
        yield f"{question} -> in the program as a whole:"
        yield from (*_whole(answered, processes), "")
    for group in groups:
        if len(groups) > 1 or silent:
            yield f"in {named(group, processes)}:"
        yield from (*_text(group[0]).splitlines(), "")
    if silent:
        yield f"runlog: {named(silent, processes)} could not be asked: {ENDED_EARLY}"


def _text(process: ProcessReport) -> str:
    return "\n\n".join(dict.fromkeys(process.explained))


def _whole(answered: Sequence[ProcessReport], processes: Sequence[ProcessReport]) -> Iterator[str]:
    places = dict.fromkeys(_place(name) for one in answered for name in one.answers)
    for place in places:
        groups = grouped(answered, partial(_reached, place=place))
        told = [f"{_reached(group[0], place)} in {counted(group, processes)}" for group in groups]
        yield f"  {place}: {'; '.join(told)}"


def _place(destination: str) -> str:
    """The console is one place, whether a handler writes there or ``logging`` for want of one."""
    return CONSOLE if destination == LAST_RESORT else destination


def _reached(process: ProcessReport, place: str) -> str:
    """Whether records reach a place; one that a process does not have they can't."""
    answers = {one for name, reached in process.answers.items() if _place(name) == place for one in reached}
    return _WORDS[tuple(sorted(answers, reverse=True))]
