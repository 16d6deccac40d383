"""Graphics processors: asked of NVIDIA's library where ``nvidia-ml-py`` is installed, else read from /proc.

No framework is imported, and no context made on a device.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

_DRIVER = Path("/proc/driver/nvidia")


def gpu_facts() -> dict[str, Any]:
    """``count``, and of a machine with any: ``devices`` (name, bytes of memory), ``driver``, ``cuda``."""
    if not _has_library():
        return _from_proc()
    nvml: Any  # the package has no types
    try:
        import pynvml as nvml
    except ImportError:
        return _from_proc()
    try:
        nvml.nvmlInit()
    except nvml.NVMLError:  # the package without a driver
        return _from_proc()
    try:
        return _from_library(nvml)
    except nvml.NVMLError as error:
        return {**_from_proc(), "incomplete": f"NVML: {error}"}
    finally:
        nvml.nvmlShutdown()


def _has_library() -> bool:
    """Whether the driver's library is there; asked of the system, as ``pynvml`` does, which takes longer to load."""
    if sys.platform != "linux":
        return True
    try:
        import ctypes

        ctypes.CDLL("libnvidia-ml.so.1")
    except (ImportError, OSError):
        return False
    return True


def _from_library(nvml: Any) -> dict[str, Any]:
    count = nvml.nvmlDeviceGetCount()
    handles = [nvml.nvmlDeviceGetHandleByIndex(number) for number in range(count)]
    devices = [
        {"name": _text(nvml.nvmlDeviceGetName(one)), "memory": int(nvml.nvmlDeviceGetMemoryInfo(one).total)}
        for one in handles
    ]
    version = nvml.nvmlSystemGetCudaDriverVersion()
    return {
        "count": count,
        "devices": devices,
        "driver": _text(nvml.nvmlSystemGetDriverVersion()),
        "cuda": f"{version // 1000}.{version % 1000 // 10}",
    }


def _from_proc() -> dict[str, Any]:
    """What the kernel's driver tells: names and its own version."""
    devices = []
    for path in sorted(_DRIVER.glob("gpus/*/information")):
        found = re.search(r"^Model:\s*(.+)$", _content(path), re.MULTILINE)
        devices.append({"name": found[1].strip() if found else "unknown"})
    facts: dict[str, Any] = {"count": len(devices)}
    if devices:
        facts["devices"] = devices
        found = re.search(r"Kernel Module\D*(\d+(?:\.\d+)+)", _content(_DRIVER / "version"))
        if found:
            facts["driver"] = found[1]
    return facts


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
