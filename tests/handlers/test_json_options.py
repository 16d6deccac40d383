"""Every option of python-json-logger's formatter, in our layout and in that of a format."""

from __future__ import annotations

import datetime as dt
import functools
import inspect
import json
import logging
import time

import pytest
from pythonjsonlogger import json as theirs

import runlog
from runlog import errors
from runlog.handlers import JsonFormatter

FORMAT = "%(levelname)s %(message)s"
layouts = pytest.mark.parametrize("fmt", [None, FORMAT], ids=["own", "format"])


def record(msg="hello", *args, exc_info=None, stack=None, **extra):
    return logging.getLogger("train").makeRecord(
        "train", logging.INFO, "/code/train.py", 12, msg, args, exc_info, "step", extra or None, stack
    )


def line(made, *args, **options):
    return json.loads(JsonFormatter(*args, **options).format(made))


@pytest.fixture
def failed():
    try:
        raise KeyError("lost")
    except KeyError as error:
        return record(exc_info=(KeyError, error, error.__traceback__), stack="Stack:\n  here")


def test_each_option_of_theirs_is_named_in_a_test_here():
    options = {
        name
        for one in (theirs.JsonFormatter, theirs.JsonFormatter.__mro__[1])
        for name, parameter in inspect.signature(one.__init__).parameters.items()
        if parameter.kind not in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
    } - {"self"}
    tests = inspect.getsource(inspect.getmodule(line))
    assert [name for name in options if f"{name}=" not in tests] == []


class TestNames:
    def test_a_format_chooses_the_fields(self):
        assert line(record(rows=3), fmt=FORMAT) == {"levelname": "INFO", "message": "hello", "rows": 3}

    @pytest.mark.parametrize(
        ("fmt", "style"),
        [
            ("%(levelname)-8s %(message)s", "%"),
            ("{levelname:>8} {message!s}", "{"),
            ("$levelname ${message} $$5", "$"),
            ("levelname, message", ","),
            (["levelname", "message"], "%"),
            (("levelname", "message"), "{"),
        ],
    )
    def test_in_each_style(self, fmt, style):
        assert line(record(), fmt, style=style) == {"levelname": "INFO", "message": "hello"}

    @pytest.mark.parametrize(("fmt", "style"), [("no field", "%"), ("{", "{"), ("$", "$"), ("{message}", "#")])
    def test_what_is_no_format_is_refused(self, fmt, style):
        with pytest.raises(ValueError, match=r"(?i)format|style|field|expected"):
            JsonFormatter(fmt, style=style)

    def test_validate_lets_a_format_pass_that_has_no_field(self):
        assert line(record(), "no field", validate=False) == {}

    def test_an_option_that_does_not_exist_is_refused(self):
        with pytest.raises(TypeError, match="rename_field"):
            JsonFormatter(rename_field={})


class TestTimes:
    def test_datefmt_holds_for_the_time(self):
        made = record()
        made.created = 0.5
        assert line(made, datefmt="%d.%m.%Y")["time"] == "01.01.1970"
        formatter = JsonFormatter("%(asctime)s", datefmt="%Y")
        formatter.converter = time.gmtime
        assert json.loads(formatter.format(made))["asctime"] == "1970"

    @layouts
    @pytest.mark.parametrize(("timestamp", "name"), [(True, "timestamp"), ("@timestamp", "@timestamp")])
    def test_timestamp_adds_the_time(self, fmt, timestamp, name):
        made = record()
        made.created = 0.5
        assert dt.datetime.fromisoformat(line(made, fmt, timestamp=timestamp)[name]).timestamp() == 0.5

    @layouts
    def test_timestamp_is_renamed_like_any_field(self, fmt):
        made = line(record(), fmt, timestamp=True, rename_fields={"timestamp": "when"})
        assert "when" in made
        assert "timestamp" not in made

    @layouts
    def test_without_timestamp_there_is_none(self, fmt):
        assert "timestamp" not in line(record(), fmt)


class TestRenaming:
    @pytest.mark.parametrize(
        ("theirs", "value"),
        [
            ("levelname", "INFO"),
            ("name", "train"),
            ("message", "hello"),
            ("pathname", "/code/train.py"),
            ("lineno", 12),
            ("funcName", "step"),
            ("threadName", "MainThread"),
            ("levelno", 20),
            ("module", "train"),
            ("filename", "train.py"),
            ("processName", "MainProcess"),
            ("rows", 3),
        ],
    )
    def test_their_names_of_fields_hold_in_the_own_layout(self, theirs, value):
        assert line(record(rows=3), rename_fields={theirs: "other"})["other"] == value

    @pytest.mark.parametrize("name", ["asctime", "time"])
    def test_the_time_is_renamed_by_either_name(self, name):
        made = line(record(), rename_fields={name: "@timestamp"})
        assert made["@timestamp"].endswith("Z")
        assert "time" not in made

    def test_an_exception_and_a_stack_are_renamed_by_either_name(self, failed):
        for names in (("exc_info", "stack_info"), ("exception", "stack")):
            made = line(failed, rename_fields=dict(zip(names, ("error.stack", "where"), strict=True)))
            assert "KeyError" in made["error.stack"]
            assert made["where"].startswith("Stack:")
            assert not {"exception", "stack"} & set(made)

    def test_a_format_is_renamed_too(self, failed):
        made = line(failed, FORMAT, rename_fields={"levelname": "level", "exc_info": "error"})
        assert made["level"] == "INFO"
        assert "KeyError" in made["error"]

    def test_the_order_of_fields_stays(self):
        assert list(line(record(), rename_fields={"levelname": "severity"}))[:4] == [
            *("time", "severity", "logger", "message")
        ]

    def test_no_field_is_lost_to_a_new_name(self):
        made = line(record(event="done"), rename_fields={"event": "message"})
        assert (made["message"], made["message_"]) == ("done", "hello")

    @layouts
    def test_missing_fields_are_left_out_unless_they_are_kept(self, fmt):
        names = {"exc_info": "error", "absent": "nowhere"}
        assert not {"error", "nowhere"} & set(line(record(), fmt, rename_fields=names))
        kept = line(record(), fmt, rename_fields=names, rename_fields_keep_missing=True)
        assert (kept["error"], kept["nowhere"]) == (None, None)


class TestFields:
    @layouts
    def test_static_fields_are_added(self, fmt):
        made = line(record(), fmt, static_fields={"service": "training"}, rename_fields={"service": "app"})
        assert made["app"] == "training"

    @layouts
    def test_defaults_fill_what_a_record_lacks(self, fmt):
        formatter = functools.partial(line, fmt=fmt, defaults={"team": "vision"}, rename_fields={"team": "group"})
        assert formatter(record())["group"] == "vision"
        assert formatter(record(team="text"))["group"] == "text"

    def test_defaults_fill_a_field_of_the_format(self):
        assert line(record(), "%(team)s %(message)s", defaults={"team": "vision"})["team"] == "vision"

    def test_reserved_attrs_are_no_extra_fields(self):
        made = line(record(rows=3, secret=4), reserved_attrs=["secret"])
        assert made["rows"] == 3
        assert "secret" not in made

    def test_attributes_that_are_not_reserved_become_fields(self):
        made = line(record("%d rows", 3), reserved_attrs=[])
        assert (made["levelno"], made["module"], made["msg"], made["args"]) == (20, "train", "%d rows", [3])
        assert (made["level"], made["message"]) == ("INFO", "3 rows")
        assert "levelname" not in made, "the layout has it already"

    def test_reserved_attrs_hold_for_a_format_as_theirs_do(self):
        made = line(record(rows=3, secret=4), FORMAT, reserved_attrs=["secret", *theirs_reserved()])
        assert made == {"levelname": "INFO", "message": "hello", "rows": 3}

    @layouts
    def test_prefix_stands_before_the_json(self, fmt):
        assert JsonFormatter(fmt, prefix="@cee: ").format(record()).startswith("@cee: {")

    @layouts
    def test_exceptions_and_stacks_may_be_lists_of_lines(self, fmt, failed):
        made = line(failed, fmt, exc_info_as_array=True, stack_info_as_array=True)
        exception, stack = ("exception", "stack") if fmt is None else ("exc_info", "stack_info")
        assert made[exception][0] == "Traceback (most recent call last):"
        assert made[exception][-1] == "KeyError: 'lost'"
        assert made[stack] == ["Stack:", "  here"]

    @layouts
    def test_so_may_an_exception_that_comes_as_text(self, fmt):
        made = record()
        made.exc_text = "Traceback\nKeyError"
        assert ["Traceback", "KeyError"] in line(made, fmt, exc_info_as_array=True).values()

    @layouts
    def test_otherwise_they_are_text(self, fmt, failed):
        assert sum(isinstance(value, list) for value in line(failed, fmt).values()) == 0

    def test_an_extra_field_called_exception_is_kept_beside_the_exception(self, failed):
        failed.exception = "mine"
        made = line(failed)
        assert made["exception_"] == "mine"
        assert "KeyError" in made["exception"]

    def test_a_format_may_name_the_run(self, workspace):
        assert line(record(), "%(run_id)s")["run_id"] == "-"
        with runlog.start("named") as run:
            assert line(record(), "%(run_id)s")["run_id"] == run.id


def theirs_reserved():
    return sorted(theirs.JsonFormatter("%(message)s").reserved_attrs)


class Point:
    def __init__(self, x):
        self.x = x


class PointEncoder(json.JSONEncoder):
    def default(self, o):
        return {"x": o.x} if isinstance(o, Point) else super().default(o)


def point(value):
    if isinstance(value, Point):
        return [value.x]
    raise TypeError(value)


class TestJson:
    @layouts
    def test_json_default_makes_json_of_objects(self, fmt):
        assert line(record(at=Point(3)), fmt, json_default=point)["at"] == [3]

    @layouts
    def test_json_encoder_makes_json_of_objects(self, fmt):
        assert line(record(at=Point(3)), fmt, json_encoder=PointEncoder)["at"] == {"x": 3}

    @layouts
    @pytest.mark.parametrize(
        ("options", "form"), [({"json_default": point}, [3]), ({"json_encoder": PointEncoder}, {"x": 3})]
    )
    def test_they_do_so_beside_what_json_has_no_form_for(self, fmt, options, form):
        made = line(record(at=Point(3), loss=float("nan"), keys={(1, 2): 3}, other=object), fmt, **options)
        assert (made["at"], made["loss"], made["keys"]) == (form, "NaN", {"(1, 2)": 3})

    @layouts
    def test_json_serializer_writes_it(self, fmt):
        def backwards(value, **options):
            return json.dumps({name: value[name] for name in reversed(value)}, **options)

        made = line(record(), fmt, json_serializer=backwards)
        assert list(made) == [*reversed(line(record(), fmt))]

    def test_json_serializer_may_give_bytes(self):
        assert line(record(), json_serializer=lambda value, **_: json.dumps(value).encode())["message"] == "hello"

    @layouts
    def test_json_indent_makes_several_lines(self, fmt):
        text = JsonFormatter(fmt, json_indent=2).format(record(loss=float("inf")))
        assert "\n  " in text
        assert json.loads(text)["loss"] == "Infinity"

    @layouts
    def test_json_ensure_ascii_escapes_all_else(self, fmt):
        assert '"größer"' in JsonFormatter(fmt).format(record("größer"))
        assert '"gr\\u00f6\\u00dfer"' in JsonFormatter(fmt, json_ensure_ascii=True).format(record("größer"))
        assert '"größer"' in JsonFormatter(fmt, json_ensure_ascii=False).format(record("größer"))

    @layouts
    @pytest.mark.parametrize(
        "options", [{}, {"json_ensure_ascii": False}, {"json_indent": None}, {"json_default": str}]
    )
    def test_a_line_is_one_line_that_a_terminal_only_shows(self, fmt, options):
        text = JsonFormatter(fmt, **options).format(record("a\x1b[31m\x9b\x7f\u202e\u2028\ud800b"))
        assert text.isprintable()
        assert json.loads(text)["message"] == "a\x1b[31m\x9b\x7f\u202e\u2028\ud800b"

    @layouts
    @pytest.mark.parametrize("option", ["json_default", "json_encoder", "json_serializer"])
    def test_what_can_not_be_called_is_refused(self, fmt, option):
        with pytest.raises(errors.WrongTypeError, match=f"{option} must be a function or a class"):
            JsonFormatter(fmt, **{option: "package.module.name"})

    @layouts
    def test_what_they_raise_costs_no_record(self, fmt):
        def broken(value, **_):
            raise RuntimeError("no")

        assert "kept" in JsonFormatter(fmt, json_serializer=broken).format(record("kept"))


def test_a_dict_that_is_logged_with_an_exception_stays_as_it_was(failed):
    failed.msg = {"event": "failed"}
    assert "KeyError" in line(failed)["exception"]
    assert failed.msg == {"event": "failed"}
