"""Two tables: of texts with a secret, none of which is left, and of texts without one, which stay as they are."""

from __future__ import annotations

import json
import zipfile

import pytest

from runlog.redaction.patterns import DEFAULT
from runlog.redaction.redactor import Redactor
from support import further_innocents, further_secrets, innocent_texts, secret_texts

DEFAULTS = Redactor((), DEFAULT, ())
MANY = 120
SECRETS = [*secret_texts.ALL, *further_secrets.ALL]
INNOCENT = [*innocent_texts.ALL, *further_innocents.ALL]

PROGRAM = """
import json, logging, sys
import runlog

texts = json.load(open(sys.argv[1]))
root = logging.getLogger()
root.setLevel(logging.DEBUG)
for handler in runlog.handlers(console="DEBUG", file={"filename": "app.jsonl"}, run="DEBUG"):
    root.addHandler(handler)
root.addHandler(runlog.RotatingFileHandler("app.txt", format="text"))
log = logging.getLogger("runlog.tried")

with runlog.start("texts", capture={"stdout": True}) as run:
    for number, text in enumerate(texts):
        log.info(text)
        log.info("argument: %s", text)
        log.info("%s of %d", text, number)
        log.info("%(one)s", {"one": text})
        log.info("in a list: %s", [{"deep": (text,)}])
        if text.isascii():
            log.info("in bytes: %r", text.encode())
        log.info("extra", extra={"own": text, "raw": text.encode(), "deep": {"list": [text]}})
        try:
            raise ValueError(text)
        except ValueError:
            log.exception("it failed")
        run.log_params({f"param {number}": text})
        run.tag(f"tag {number}", text[:200])
        run.note(text)
        run.log("text", text)
        run.log_row("row", column=text)
        print(text)
"""

DOCTOR = """
import runpy, sys
sys.argv = ["runlog", "doctor", "--bundle", "out.zip", "--yes"]
runpy.run_module("runlog", run_name="__main__")
"""


@pytest.mark.parametrize("one", SECRETS, ids=lambda one: ascii(one.text[:40]))
def test_of_a_text_with_a_secret_the_secret_is_not_left(one):
    kept = DEFAULTS.text(one.text)
    assert one.secret in one.text
    assert one.secret not in kept
    assert DEFAULTS.text(kept) == kept


@pytest.mark.parametrize("text", INNOCENT, ids=lambda text: ascii(text[:40]))
def test_a_text_without_a_secret_stays_the_very_object(text):
    assert DEFAULTS.text(text) is text


def test_the_tables_are_long_and_say_nothing_twice():
    for texts in ([one.text for one in SECRETS], INNOCENT):
        assert len(set(texts)) == len(texts) >= MANY


@pytest.fixture(scope="module")
def texts_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("texts") / "texts.json"
    path.write_text(json.dumps([one.text for one in SECRETS]))
    return path


@pytest.mark.parametrize("switch", ["1", "0"], ids=["hidden", "not hidden"])
def test_no_secret_of_the_table_is_written_by_any_way_in(run_script, own_folder, texts_file, switch):
    variables = {f"OTHER_{number}": one.text for number, one in enumerate(SECRETS)}
    environment = {"RUNLOG_CAPTURE_ENV": "OTHER_*", "RUNLOG_REDACT": switch, **variables}
    ran = run_script(PROGRAM, str(texts_file), *(one.text for one in SECRETS), env=environment)
    run_script(DOCTOR, env=environment)
    with zipfile.ZipFile("out.zip") as archive:
        bundle = b"".join(map(archive.read, archive.namelist()))
    written = {
        str(path.relative_to(own_folder)): path.read_bytes()
        for path in own_folder.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".zip")
    }
    written["stderr"] = ran.stderr.encode()
    assert left_in(bundle) == []
    if switch == "0":
        assert all(left_in(data) for name, data in written.items() if name.endswith((".jsonl", ".txt", "stderr")))
    else:
        assert {name: left for name, data in written.items() if (left := left_in(data))} == {}


def left_in(data: bytes) -> list[str]:
    return [one.secret for one in SECRETS if one.secret.encode() in data]
