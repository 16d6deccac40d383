"""Graphics processors, as far as the machine of the tests has any."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

ASKED = """
import json, sys
from runlog.system.gpu import gpu_facts
print(json.dumps([gpu_facts(), "pynvml" in sys.modules]))
"""


def has_library() -> bool:
    import ctypes

    try:
        ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return False
    return True


@pytest.mark.skipif(has_library(), reason="the driver's library is here")
def test_without_the_drivers_library_its_package_is_not_loaded_and_the_kernel_asked(run_script):
    pytest.importorskip("pynvml")
    facts, loaded = json.loads(run_script(ASKED).stdout)
    assert not loaded
    assert facts["count"] == len(list(Path("/proc/driver/nvidia").glob("gpus/*/information")))


@pytest.mark.skipif(not has_library(), reason="there is no driver's library here")
def test_with_the_drivers_library_each_device_has_its_name_and_memory(run_script):
    pytest.importorskip("pynvml")
    facts, loaded = json.loads(run_script(ASKED).stdout)
    assert loaded
    assert facts["count"] == len(facts.get("devices", ()))
    assert all(device["name"] and device["memory"] > 0 for device in facts.get("devices", ()))
