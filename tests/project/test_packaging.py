"""What is installed under which name."""

from __future__ import annotations

import re
import runpy
import sys
from importlib import metadata
from types import SimpleNamespace

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


def described(repository, monkeypatch, url: str) -> str:
    """What an index would show of the package."""
    monkeypatch.setenv("SOURCES_URL", url)
    given = {}
    monkeypatch.setitem(sys.modules, "setuptools", SimpleNamespace(setup=given.update, find_packages=lambda **_: []))
    runpy.run_path(str(repository / "setup.py"))
    return f"{given['long_description']}\n{given['project_urls']}"


def test_the_page_in_an_index_has_no_link_that_leads_nowhere(repository, monkeypatch):
    links = re.findall(r"\]\(([^)]+)\)", described(repository, monkeypatch, ""))
    assert [one for one in links if not one.startswith(("http:", "https:", "#"))] == []


def test_where_the_sources_are_published_its_links_lead_there(repository, monkeypatch):
    text = described(repository, monkeypatch, "https://example.org/runlog")
    assert "](https://example.org/runlog/docs/getting-started.md)" in text
    assert "](https://example.org/runlog/docs/pictures/demo.svg)" in text
    assert "'Changelog': 'https://example.org/runlog/CHANGELOG.md'" in text
    assert re.findall(r"\]\((?!https://)[^)]+\)", text) == []


def test_the_core_has_what_the_readmes_commands_need():
    core = [line for line in metadata.requires("runlog-ml") or [] if ";" not in line]
    assert any(line.startswith("lark") for line in core)


def test_the_changelog_has_the_version(repository):
    import runlog

    assert f"## [{runlog.__version__}]" in (repository / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_package_says_that_it_is_typed(repository):
    assert (repository / "runlog" / "py.typed").exists()
