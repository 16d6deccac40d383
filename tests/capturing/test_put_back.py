"""What others registered with the interpreter and with `logging` stays, and is as it was after the run."""

from __future__ import annotations

import pytest

import runlog

SEEN = """
import asyncio, atexit, builtins, codecs, contextvars, copyreg, decimal, faulthandler, gc, locale, logging
import logging.config, logging.handlers, multiprocessing, os, random, resource, signal, socket, subprocess, sys
import threading, time, traceback, warnings

def wakeup_fd():
    number = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(number)
    return number

def umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask

def seen():
    loop = asyncio.BaseEventLoop
    own = logging.getLogger("mine")
    spawned = multiprocessing.get_logger()
    return {
        "hooks": (sys.excepthook, threading.excepthook, sys.unraisablehook, sys.displayhook, warnings.showwarning),
        "exits": (sys.exit, builtins.exit, builtins.quit),
        "warnings": list(warnings.filters),
        "streams": [(one, dict(vars(one))) for one in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)],
        "root": (logging.root, type(logging.root), id(logging.root.handlers), type(logging.root.handlers),
                 list(logging.root.handlers), logging.root.level, list(logging.root.filters), logging.root.propagate),
        "last resort": (logging.lastResort, logging.lastResort.level, list(logging.lastResort.filters)),
        "loggers": (logging.getLoggerClass(), logging.getLogRecordFactory(), logging.raiseExceptions,
                    own.level, list(own.handlers), list(own.filters), own.propagate, own.disabled),
        "handlers": [(one.level, list(one.filters), one.formatter) for one in logging.root.handlers],
        "multiprocessing": (spawned.level, list(spawned.handlers), spawned.propagate),
        "names": {number: name for number, name in logging._levelToName.items() if name != "METRIC"},
        "classes": [dict(vars(one)) for one in (logging.Logger, logging.RootLogger, logging.Handler, logging.Manager)],
        "configuration": (logging.basicConfig, logging.config.dictConfig, logging.config.fileConfig,
                          logging.config.DictConfigurator.configure, logging.shutdown, logging.captureWarnings),
        "signals": (signal.signal, {number: signal.getsignal(number) for number in signal.valid_signals()}),
        "faulthandler": (faulthandler.is_enabled(), faulthandler.enable),
        "loops": (loop.call_exception_handler, asyncio.get_event_loop_policy()),
        "imports": (list(sys.meta_path), list(sys.path_hooks)),
        "tracing": (sys.gettrace(), sys.getprofile(), threading._trace_hook, threading._profile_hook),
        "delivery": (wakeup_fd(), signal.pthread_sigmask(signal.SIG_BLOCK, ()),
                     [signal.getitimer(one)[1] for one in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)]),
        "environment": dict(os.environ),
        "process": (umask(), os.getcwd(), os.getpgid(0), os.getsid(0),
                    resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_CORE)),
        "interpreter": (sys.getswitchinterval(), sys.getrecursionlimit(), sys.get_asyncgen_hooks(), list(sys.path),
                        sys.breakpointhook, sys.argv[:], sys.dont_write_bytecode, sys.__excepthook__),
        "garbage": (gc.isenabled(), gc.get_threshold(), list(gc.callbacks), gc.get_debug(), gc.get_freeze_count()),
        "chance": random.getstate(),
        "settings": (locale.setlocale(locale.LC_ALL), decimal.getcontext().prec, socket.getdefaulttimeout(),
                     time.tzname, multiprocessing.get_start_method(allow_none=True)),
        "tables": (dict(copyreg.dispatch_table), codecs.lookup_error("strict")),
        "functions": (builtins.print, builtins.open, builtins.__import__, builtins.input, os.fork, os._exit, os.write,
                      os.dup2, subprocess.Popen, subprocess.Popen.__init__, threading.Thread.start, threading.Thread.run,
                      traceback.print_exception, warnings.warn, logging.Formatter.formatException),
        "manager": (logging.root.manager, type(logging.root.manager), logging.root.manager.loggerClass,
                    logging.root.manager.logRecordFactory, logging.root.manager.disable),
    }

def differences(before, now):
    return [name for name in before if before[name] != now[name]]
"""
OTHERS = """
class Record(logging.LogRecord):
    pass

class OwnLogger(logging.Logger):
    pass

class OwnManager(logging.Manager):
    pass

logging.Logger.manager = logging.root.manager = OwnManager(logging.root)
logging.setLoggerClass(OwnLogger)
logging.setLogRecordFactory(Record)
logging.addLevelName(15, "VERBOSE")
logging.getLogger("mine").addHandler(logging.NullHandler())
logging.root.addHandler(logging.StreamHandler())
logging.root.addFilter(lambda record: True)
for owner, name in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook"), (warnings, "showwarning")):
    setattr(owner, name, lambda *args, **named: None)
sys.excepthook = lambda *args: sys.__excepthook__(*args)  # a failure of the test is to be seen
left, right = socket.socketpair()
right.setblocking(False)
signal.set_wakeup_fd(right.fileno())
signal.setitimer(signal.ITIMER_VIRTUAL, 10_000, 10_000)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
gc.callbacks.append(lambda *_: None)
gc.set_threshold(900, 5, 5)
sys.setswitchinterval(0.01)
sys.set_asyncgen_hooks(firstiter=lambda _: None)
os.umask(0o027)
socket.setdefaulttimeout(300)
decimal.getcontext().prec = 12
multiprocessing.set_start_method("spawn")
warnings.filterwarnings("error", category=BytesWarning)
def profiled(frame, event, argument):
    return None
def traced(frame, event, argument):
    return None
sys.setprofile(profiled)
sys.settrace(traced)
threading.setprofile(profiled)
threading.settrace(traced)
signal.signal(signal.SIGTERM, lambda *_: None)
signal.signal(signal.SIGUSR1, lambda *_: None)
"""


@pytest.mark.parametrize("others", ["", OTHERS], ids=["a bare interpreter", "others' registrations"])
@pytest.mark.parametrize(
    "capture", ["None", "True", "{'stdout': 'fd', 'stderr': 'fd', 'warnings': True, 'mine': 'DEBUG'}"]
)
def test_neither_import_nor_a_run_leaves_anything_changed(run_script, others, capture):
    run_script(
        SEEN
        + others
        + f"""
before = seen()
import runlog
assert differences(before, seen()) == [], differences(before, seen())
for _ in range(2):
    with runlog.start("x", capture={capture}, log_level="DEBUG"):
        now = seen()
        kept = {{"warnings", "last resort", "loggers", "handlers", "multiprocessing", "names", "tracing", "delivery",
                 "process", "interpreter", "garbage", "chance", "settings", "tables", "functions", "manager"}} - set(
            ["loggers"] if "mine" in {capture!r} else [])
        assert not kept & set(differences(before, now)) - {{"tracing"}}, differences(before, now)
        assert logging.root.handlers == before["root"][4] and id(logging.root.handlers) == before["root"][2]
    assert differences(before, seen()) == [], differences(before, seen())
"""
    )


def test_exit_functions_of_others_run_in_their_order(run_script):
    done = run_script("""
        import atexit
        atexit.register(print, "registered first")
        import runlog
        atexit.register(print, "registered second")
        run = runlog.start("x", capture=True)
        atexit.register(print, "registered third")
    """)
    assert done.stdout.splitlines() == ["registered third", "registered second", "registered first"]
    (run,) = runlog.Workspace.from_config().runs()
    assert run.status == "Completed"


def test_a_faulthandler_that_writes_to_a_file_of_others_goes_on_writing_there(run_script, own_folder):
    run_script(
        """
        import faulthandler, os, runlog
        file = open("theirs", "w")
        faulthandler.enable(file)
        runlog.start("x", capture=True).complete()
        assert faulthandler.is_enabled()
        os.abort()
        """,
        check=False,
    )
    assert "Aborted" in (own_folder / "theirs").read_text()


NAMES = """
PLACES = [(sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook"), (warnings, "showwarning"),
          (asyncio.BaseEventLoop, "call_exception_handler"), (logging, "basicConfig"), (logging.config, "dictConfig"),
          (logging.Logger, "callHandlers"), (logging.Logger, "removeHandler"), (faulthandler, "enable"),
          (sys, "stdout"), (sys, "stderr"), (sys, "meta_path")]

def saved():
    return [(owner, name, getattr(owner, name)) for owner, name in PLACES]

def put_back(saved):
    for owner, name, value in saved:
        setattr(owner, name, value)

def say(what):
    print(f"printed {what}")
    logging.warning("logged %s", what)
    warnings.warn(f"warned {what}", stacklevel=1)
    thread = threading.Thread(target=lambda: [][1], name=f"worker {what}")
    thread.start()
    thread.join()
    logging.basicConfig(force=True, handlers=[logging.NullHandler()])
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False})

warnings.simplefilter("always")
threading.excepthook = lambda args: None

def told(run):
    import re
    return sorted(found for one in run.records() if one.logger != "runlog"
                  for found in re.findall(r"(?:printed|logged|warned|worker) \\w+", one.message))
"""


def test_what_others_saved_within_a_run_and_put_back_later_records_nothing_and_the_next_run_all_once(run_script):
    run_script(
        SEEN
        + NAMES
        + """
import runlog
before = seen()
for number in range(5):
    with runlog.start("x", capture=True):
        own = saved()
    put_back(own)
    say("between")
    with runlog.start("none", capture=False, capture_logging=False) as none:
        say("elsewhere")
    assert told(none) == [], told(none)
    with runlog.start("next", capture=True) as run:
        say("within")
    assert told(run) == ["logged within", "printed within", "warned within", "worker within"], told(run)
    put_back(own)
deep = 0
function = logging.Logger.callHandlers
while function is not None:
    function, deep = getattr(function, "__wrapped__", None), deep + 1
assert deep <= 3, deep
""",
    )


def test_what_others_saved_before_and_put_back_within_a_run_harms_nothing(run_script):
    run_script(
        SEEN
        + NAMES
        + """
import runlog
own = saved()
run = runlog.start("x", capture=True)
put_back(own)
say("within")
run.complete()
say("after")
before = {name: value for _, name, value in own}
assert {name: getattr(owner, name) for owner, name, _ in own} == before
"""
    )


def test_what_others_put_over_ours_stays_and_works_and_ours_is_quiet(run_script):
    run_script(
        SEEN
        + NAMES
        + """
import runlog
called = []
def over(name, inner):
    def theirs(*args, **named):
        called.append(name)
        return inner(*args, **named)
    return theirs

with runlog.start("x", capture=True) as run:
    for owner, name, value in saved():
        if callable(value):
            setattr(owner, name, over(name, value))
    say("within")
    theirs = sys.stdout.write = over("write", sys.stdout.write)
    print("printed within")
assert told(run) == ["logged within", "printed within", "printed within", "warned within", "worker within"], told(run)
called.clear()
say("after")
assert {"excepthook", "showwarning", "basicConfig", "dictConfig", "callHandlers", "write"} <= set(called), called
assert sys.stdout.write is theirs
assert told(run) == ["logged within", "printed within", "printed within", "warned within", "worker within"]
"""
    )


def test_nothing_that_was_saved_holds_a_run(run_script):
    run_script(
        SEEN
        + NAMES
        + """
import gc, weakref
import runlog
run = runlog.start("x", capture=True, capture_system=False)
own = saved()
held = weakref.ref(run)
run.complete()
put_back(own)
del run
gc.collect()
assert held() is None, gc.get_referrers(held())
"""
    )
