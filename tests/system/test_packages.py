"""Installed packages, read from the names of their metadata's folders."""

from __future__ import annotations

import json
import sys
from importlib import metadata

from runlog.system.packages import installed_packages, normalised


def make(folder, name, **files):
    place = folder / name
    place.mkdir(parents=True)
    for file, content in files.items():
        (place / file.replace("_json", ".json")).write_text(content, encoding="utf-8")


def test_this_environment_is_what_importlib_says_it_is():
    told = {}
    for one in metadata.distributions():
        told.setdefault(normalised(one.metadata["Name"]), one.version)
    assert installed_packages(sys.path)["installed"] == told


def test_the_first_of_a_name_on_the_path_counts(own_folder):
    make(own_folder / "a", "My_Package-2.0.dist-info")
    make(own_folder / "b", "my.package-1.0.dist-info")
    assert installed_packages([str(own_folder / "a"), str(own_folder / "b")])["installed"] == {"my-package": "2.0"}


def test_eggs_are_packages_too(own_folder):
    make(own_folder, "old-1.5-py3.11.egg-info")
    make(own_folder, "tree.egg-info", **{"PKG-INFO": "Metadata-Version: 2.1\nName: tree\nVersion: 3.1\n"})
    assert installed_packages([str(own_folder)])["installed"] == {"old": "1.5", "tree": "3.1"}


def test_what_did_not_come_from_an_index_says_where_from(own_folder):
    editable = {"url": "file:///home/me/mine", "dir_info": {"editable": True}}
    from_git = {"url": "https://me:token@example.org/a.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}}
    make(own_folder, "mine-0.1.dist-info", direct_url_json=json.dumps(editable))
    make(own_folder, "theirs-0.2.dist-info", direct_url_json=json.dumps(from_git))
    make(own_folder, "broken-0.3.dist-info", direct_url_json="{")
    assert installed_packages([str(own_folder)])["direct"] == {
        "mine": {"url": "file:///home/me/mine", "editable": True},
        "theirs": {"url": "https://[redacted]@example.org/a.git", "commit": "abc"},
    }


def test_entries_that_lead_nowhere_are_passed_over(own_folder):
    (own_folder / "archive.zip").write_bytes(b"PK")
    make(own_folder / "a", "one-1.0.dist-info")
    path = [str(own_folder / "archive.zip"), str(own_folder / "missing"), str(own_folder / "a")]
    assert installed_packages(path)["installed"] == {"one": "1.0"}
