"""What is installed under which name."""

from __future__ import annotations

from importlib import metadata

import pytest


def test_the_distribution_installs_one_command_called_runlog():
    commands = metadata.distribution("runlog-ml").entry_points.select(group="console_scripts")
    assert [(command.name, command.value) for command in commands] == [("runlog", "runlog.cli:main")]


def test_pytest_finds_the_plugin():
    plugins = metadata.distribution("runlog-ml").entry_points.select(group="pytest11")
    assert [(plugin.name, plugin.value) for plugin in plugins] == [("runlog", "runlog.testing.plugin")]


def test_the_package_and_the_distribution_agree_on_the_version():
    import runlog

    assert metadata.version("runlog-ml") == runlog.__version__


def test_requirements_have_no_upper_bounds():
    requirements = metadata.requires("runlog-ml") or []
    assert requirements
    assert [line for line in requirements if "<" in line or "==" in line.split(";")[0]] == []


@pytest.mark.parametrize("extra", ["all", "charts", "dev", "images", "pandas", "parquet", "plot", "plotly", "progress"])
def test_an_extra_is_offered(extra):
    assert extra in (metadata.metadata("runlog-ml").get_all("Provides-Extra") or [])


def test_the_changelog_has_the_version(repository):
    import runlog

    assert f"## [{runlog.__version__}]" in (repository / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_package_says_that_it_is_typed(repository):
    assert (repository / "runlog" / "py.typed").exists()
