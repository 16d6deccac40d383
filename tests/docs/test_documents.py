"""What the documents say is true: their code runs, their links lead somewhere, their lists are complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support import absent, documents
from support.scripts import clean_environment, run_script

PAGES = documents.pages()
RUNNER = Path(documents.__file__)
LINK = re.compile(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"")


def name_of(page):
    return str(page.relative_to(documents.ROOT))


def with_code(page):
    return any(documents.is_runnable(block) for block in documents.blocks(page))


@pytest.mark.parametrize("page", [page for page in PAGES if with_code(page)], ids=name_of)
def test_the_code_on_a_page_runs_from_top_to_bottom(page, own_folder):
    """With what it says is to be installed, and nothing else."""
    run_script(own_folder, RUNNER, str(page), env=absent.environment(absent.all_but(documents.packages(page))))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_marks_each_block_with_a_language_that_is_run_or_only_shown(page):
    known = {"python", "bash", "yaml", "console", "text", "json", "ini"}
    assert [(block.line, block.language) for block in documents.blocks(page) if block.language not in known] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_bash_block_is_made_of_commands_that_the_tests_run(page):
    """Others, such as those that install something, are marked `console`."""
    shown = [block for block in documents.blocks(page) if block.language == "bash" and not block.file]
    assert [block.line for block in shown if not documents.is_command(block)] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_links_of_a_page_lead_to_files_that_exist(page):
    text = page.read_text(encoding="utf-8")
    targets = [one or other for one, other in LINK.findall(text)]
    local = [target.split("#")[0] for target in targets if not target.startswith(("http:", "https:", "#", "mailto:"))]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_the_index_leads_to_every_page():
    index = documents.ROOT / "docs" / "index.md"
    linked = {one or other for one, other in LINK.findall(index.read_text(encoding="utf-8"))}
    others = {page.name for page in PAGES if page.parent == index.parent and page != index}
    assert others <= {target.split("#")[0] for target in linked}


def test_the_command_line_page_has_every_command_and_every_option():
    import click

    from runlog.cli.program import program

    text = (documents.ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    context = click.Context(program)
    missing = []
    for name in program.list_commands(context):
        command = program.get_command(context, name)
        assert command is not None
        if f"## runlog {name}" not in text:
            missing.append(name)
        section = text.partition(f"## runlog {name}\n")[2].partition("\n## ")[0]
        missing += [
            f"{name} {option.opts[-1]}"
            for one in (command, *getattr(command, "commands", {}).values())
            for option in one.params
            if isinstance(option, click.Option) and not any(f"`{flag}" in section for flag in option.opts)
        ]
    assert [one for one in missing if not one.endswith(("--workspace", "-w", "--help"))] == []


def test_the_pages_name_every_variable_that_the_source_reads():
    from support import source

    read = {
        name
        for path in source.modules()
        for name in re.findall(r"[\"'](RUNLOG_[A-Z_]+)[\"']", path.read_text(encoding="utf-8"))
    }
    text = (documents.ROOT / "docs" / "environment.md").read_text(encoding="utf-8")
    assert {name for name in read if f"`{name}`" not in text} == set()


def test_a_failing_block_fails_its_page(own_folder):
    """The check itself: a page that is wrong is found."""
    page = own_folder / "wrong.md"
    page.write_text("```python\nx = 1\n```\n\nthen\n\n```python\nassert x == 2\n```\n", encoding="utf-8")
    done = run_script(own_folder, RUNNER, str(page), check=False)
    assert done.returncode != 0
    assert "line 8" in done.stderr


def test_a_failing_command_fails_its_page(own_folder):
    page = own_folder / "wrong.md"
    page.write_text("```bash\nrunlog show no-such-run\n```\n", encoding="utf-8")
    assert run_script(own_folder, RUNNER, str(page), check=False, env=clean_environment()).returncode != 0
