"""The sizes at which something logged is cut, with the reason for each number.

Reaching a limit never raises: a limit met on the third day must not end a training run. What is too long is kept in a
shorter form, and this is said once. ``docs/limits.md`` shows the same numbers beside Azure ML's.
"""

from __future__ import annotations

NAME_CHARACTERS = 255
"""Names of metrics and columns, keys of tags and parameters: Azure ML's and MLflow's bounds of 255 and 250 are met by
what anyone types, and a name this long still fits one line of a terminal or a chart's legend."""

TEXT_VALUE_CHARACTERS = 8_000
"""Values of tags and texts among the parameters: the largest that an MLflow server takes, so that nothing which comes
from an MLflow client is cut."""

DESCRIPTION_CHARACTERS = 5_000
"""Descriptions of runs and metrics: Azure ML's number, some two printed pages."""

PARAMETER_DEPTH = 32
"""Levels of nesting in the parameters of one call: more than a configuration has."""

PARAMETER_ITEMS = 100_000
"""Items of lists and mappings in the parameters of one call: with more of them it is a data set, no configuration."""

DISPLAY_NAME_CHARACTERS = 256
"""Display names of runs: Azure ML's number."""

EXPERIMENT_NAME_CHARACTERS = 255
"""Names of experiments: Azure ML's number, and the longest file name most systems take. Not cut: refused."""

MODEL_NAME_CHARACTERS = 255
"""Names of models: Azure ML's number. Not cut: refused."""

RUN_ID_CHARACTERS = 128
"""Ids of runs: what the header of a journal segment has room for. Not cut: refused."""

STEP_MIN, STEP_MAX = -(2**63), 2**63 - 1
"""Steps: a signed 64-bit field of a point. Not cut: refused, since no other step would be true."""

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
"""Integers that are points of kind int64."""

UINT64_MAX = 2**64 - 1
"""Integers above int64 that are points of kind uint64, and the largest a msgpack integer can be."""

DECIMAL_DIGITS_BITS = 2_048
"""Integers of more bits are written as hexadecimal text, fewer as decimal text: Python refuses very long decimal texts
(``sys.set_int_max_str_digits``, never below 640 digits) and takes quadratic time for them."""

HISTOGRAM_BINS = 65_536
"""Bins that a histogram is made with: more than any chart has pixels. Counts that are given may be more."""

INLINE_BYTES = 4_096
"""Content up to this size stands in its event instead of a file of its own, which would take a block of this size."""
