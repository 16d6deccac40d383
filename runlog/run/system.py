"""The part of a run that tells what it ran on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runlog.run.base import RunBase

if TYPE_CHECKING:
    from runlog.reading.system_facts import SystemFacts


class RunSystem(RunBase):
    """What is asked of a run about its surroundings."""

    @property
    def system(self) -> SystemFacts:
        """What the run ran on, by section.

        Sections are command, python, host, cpu, memory, gpu, container, git, environment and packages. Of a run that
        began a moment ago some may not be known yet; ``incomplete`` in a section says why it will stay so. A section
        that says nothing (``git`` outside a repository) is left out. Azure ML keeps the facts of git as properties
        (``azureml.git.commit``...), and no others.

        A child that runs in its parent's process has what the parent has.

        Returns:
            a read-only mapping of sections to mappings; ``.diff`` is the uncommitted change as text, or None.
        """
        from runlog.reading.system_facts import SystemFacts

        return SystemFacts.of_run(self._backend, self.state())
