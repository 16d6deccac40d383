"""An environment of a test: the packages that it names, and runlog of this checkout."""

from __future__ import annotations

import pytest

PACKAGES = ["tqdm"]
pytestmark = pytest.mark.integration


def test_it_has_the_packages_and_runlog_of_this_checkout(environment, run_script, repository):
    done = run_script("import runlog, tqdm; print(runlog.__file__)", interpreter=environment(PACKAGES))
    assert done.stdout.strip() == str(repository / "runlog" / "__init__.py")


def test_it_is_made_once(environment):
    assert environment(PACKAGES) == environment(PACKAGES)
