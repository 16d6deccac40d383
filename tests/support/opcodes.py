"""What the interpreter does between two points of a function: where CPython may let others run, and where it can't.

CPython looks for signals, and lets other threads run, after calls and on backward jumps (3.10: on jumps taken, too).
"""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable, Collection, Iterator
from types import CodeType
from typing import Any

SILENT = {
    *("LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_FAST_LOAD_FAST", "LOAD_FAST_BORROW", "LOAD_FAST_BORROW_LOAD_FAST_BORROW"),
    *("STORE_FAST", "STORE_FAST_LOAD_FAST", "STORE_FAST_STORE_FAST", "LOAD_DEREF", "LOAD_CONST", "LOAD_SMALL_INT"),
    *("LOAD_ATTR", "STORE_ATTR", "COMPARE_OP", "BINARY_OP", "BINARY_ADD", "BINARY_XOR", "BINARY_AND", "BINARY_MODULO"),
    *("DUP_TOP", "COPY", "SWAP", "ROT_TWO", "ROT_THREE", "ROT_FOUR", "POP_TOP", "NOP", "CACHE", "EXTENDED_ARG"),
    *("PUSH_NULL", "PRECALL", "BUILD_SLICE", "BUILD_TUPLE", "UNPACK_SEQUENCE", "STORE_SUBSCR", "STORE_SLICE"),
}
"""Opcodes after which nobody else gets to run."""
CONDITIONAL = {"POP_JUMP_IF_FALSE", "POP_JUMP_FORWARD_IF_FALSE"}
CALLS = {"CALL", "CALL_FUNCTION", "CALL_METHOD", "CALL_KW", "CALL_FUNCTION_KW", "CALL_FUNCTION_EX"}


class DisturbedError(AssertionError):
    """Others may run where nobody must."""


def instructions(function: Callable[..., Any] | CodeType) -> list[dis.Instruction]:
    return list(dis.get_instructions(function))


def variables(code: list[dis.Instruction]) -> Iterator[str]:
    """The variables that are read."""
    for one in code:
        if one.opname.startswith(("LOAD_FAST", "LOAD_DEREF", "LOAD_GLOBAL", "LOAD_NAME", "LOAD_CLOSURE")):
            yield from one.argval if isinstance(one.argval, tuple) else (one.argval,)
        elif one.opname == "STORE_FAST_LOAD_FAST":
            yield one.argval[1]


def reservations(code: list[dis.Instruction]) -> Iterator[int]:
    """Where the function reads `offset` last before it stores it: each is the begin of a reservation."""
    for store, instruction in enumerate(code):
        if instruction.opname == "STORE_ATTR" and instruction.argval == "offset":
            yield max(at for at in range(store) if code[at].opname == "LOAD_ATTR" and code[at].argval == "offset")


def check_silent(instruction: dis.Instruction) -> None:
    if instruction.opname not in SILENT:
        raise DisturbedError(f"{instruction.opname} {instruction.argrepr} at {instruction.offset}")
    if (
        instruction.opname == "LOAD_ATTR"
        and sys.version_info >= (3, 12)
        and instruction.arg is not None
        and instruction.arg & 1
    ):
        raise DisturbedError(f"the method {instruction.argrepr} at {instruction.offset}")


def check_until_call(code: list[dis.Instruction], start: int, store: str, numbers: Collection[str] = ()) -> None:
    """Nothing from ``start`` to the call of ``store`` lets others run, and that is the only thing that is called.

    Args:
        code: the function's instructions.
        start: where the reservation begins.
        store: the variable that holds what stores the record.
        numbers: other variables that may be read, which are numbers and bytes.
    """
    for at in range(start, len(code)):
        instruction = code[at]
        if instruction.opname in CALLS:
            named = set(variables(code[start:at]))
            if store not in named or not named <= {"cells", store, *numbers}:
                raise DisturbedError(f"of {sorted(named)} something is called that is not {store}")
            return
        check_silent(instruction)
    raise DisturbedError(f"{store} is never called")


def check_until_store(code: list[dis.Instruction], start: int, last: int) -> None:
    """Nothing from ``start`` to ``last`` lets others run; a condition in between falls through to the store."""
    for instruction in code[start : last + 1]:
        if instruction.opname in CONDITIONAL:
            if instruction.argval <= code[last].offset:
                raise DisturbedError(f"a jump within the window at {instruction.offset}")
        else:
            check_silent(instruction)


def last_store(code: list[dis.Instruction], opnames: set[str], name: str | None = None) -> int:
    """The last place that stores an item, or the attribute ``name``."""
    return max(at for at, one in enumerate(code) if one.opname in opnames and name in (None, one.argval))
