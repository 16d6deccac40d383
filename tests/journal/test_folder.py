"""Making a journal's folder, where signal handlers raise in the middle."""

from __future__ import annotations

import sys

import pytest

from runlog.journal.folder import make_folder


@pytest.mark.parametrize("existing", [True, False])
def test_what_a_signal_handler_raises_is_never_taken_for_an_answer_of_the_file_system(tmp_path, existing):
    interrupted = 0
    for number in range(1, 30):
        folder = tmp_path / str(number) / "runs" / "run"
        if existing:
            folder.mkdir(parents=True)
        left = number

        def interrupt(_frame, event, _argument):
            nonlocal left
            if event in ("call", "c_return"):
                left -= 1
                if left == 0:
                    raise ValueError("of a handler")

        sys.setprofile(interrupt)
        try:
            make_folder(folder)
        except ValueError:
            interrupted += 1
        finally:
            sys.setprofile(None)
        make_folder(folder)
        assert folder.is_dir()
    assert interrupted >= 1


def test_a_file_above_it_is_told_of(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        make_folder(tmp_path / "file" / "run")
