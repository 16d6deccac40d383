"""A plain model of a run: what `run.log*` calls should leave, said in lists and dictionaries.

It knows nothing of journals, events or processes. A test applies the same calls to a run and to the model, and compares
what is read back, in order and with types.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from runlog import Run
from runlog.errors import MetricKindError

DOCUMENTS = ("confusion_matrix", "accuracy_table", "residuals", "predictions")


class Call(NamedTuple):
    """A call of one of a run's methods."""

    method: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = {}


def perform(run: Run, calls: Iterable[Call]) -> list[bool]:
    """Make the calls; of each, whether the run took it (False: the name was of another kind)."""
    taken = []
    for method, args, kwargs in calls:
        try:
            getattr(run, method)(*args, **kwargs)
        except MetricKindError:
            taken.append(False)
        else:
            taken.append(True)
    return taken


def read_back(run: Run) -> dict[str, Any]:
    """What the run gives, in the form of :meth:`RunModel.expected`."""
    metrics = run.get_metrics()
    series = {name: run.series(name) for name in metrics if _is_scalar(metrics[name])}
    read = {
        "metrics": [(name, _read_metric(values)) for name, values in metrics.items()],
        "steps": {name: [point.step for point in one] for name, one in series.items()},
        "series": {name: list(one.values) for name, one in series.items()},
        "params": run.params,
        "tags": run.tags,
        "lost": run.dropped,
    }
    return typed(read)


def _is_scalar(values: Any) -> bool:
    return isinstance(values, list) and not any(hasattr(one, "time_ns") for one in values)


def _read_metric(values: Any) -> Any:
    if isinstance(values, Mapping) or _is_scalar(values):
        return values
    return [(one.step, _read_object(one)) for one in values]


def _read_object(one: Any) -> Any:
    if isinstance(one, Mapping):
        return dict(one)
    if hasattr(one, "masks"):
        return picture(one.read_bytes())
    content = one.read()
    return content if isinstance(content, str) else (list(content.counts), list(content.edges))


def picture(data: bytes) -> list[Any]:
    """The pixels of a picture's file."""
    import io

    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image).tolist()


def typed(value: Any) -> Any:
    """The value with the types of all its parts, so that 1, 1.0 and True differ, and not-a-number equals itself."""
    if isinstance(value, Mapping):
        return {name: typed(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [typed(one) for one in value]
    return type(value).__name__, repr(value)


def plain(value: Any) -> Any:
    """The Python value that a logged value stands for."""
    return value.item() if isinstance(value, np.generic | np.ndarray) else value


def spelt(name: str) -> str:
    """The one spelling of a name."""
    return unicodedata.normalize("NFC", name).strip()


class RunModel:
    """What was logged, by name."""

    def __init__(self) -> None:
        self.kinds: dict[str, str] = {}
        self.scalars: dict[str, list[tuple[int | None, Any]]] = {}
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.columns: dict[str, list[str]] = {}
        self.objects: dict[str, list[tuple[int | None, Any]]] = {}
        self.order: list[str] = []
        self.params: dict[str, Any] = {}
        self.tags: dict[str, str | None] = {}

    def apply(self, calls: Iterable[Call]) -> list[bool]:
        """Take the calls; of each, whether a run should."""
        return [self._apply(call) for call in calls]

    def expected(self) -> dict[str, Any]:
        """What :func:`read_back` should give."""
        return typed(
            {
                "metrics": [(name, self._metric(name)) for name in self.order],
                "steps": {name: [step for step, _ in self.scalars[name]] for name in self._scalar_names()},
                "series": {name: [value for _, value in self.scalars[name]] for name in self._scalar_names()},
                "params": self.params,
                "tags": self.tags,
                "lost": 0,
            }
        )

    def _scalar_names(self) -> list[str]:
        return [name for name in self.order if name in self.scalars]

    def _metric(self, name: str) -> Any:
        if name in self.scalars:
            return [value for _, value in self.scalars[name]]
        if name in self.rows:
            return {column: [row.get(column) for row in self.rows[name]] for column in self.columns[name]}
        return self.objects[name]

    def _apply(self, call: Call) -> bool:
        method = call.method.removeprefix("log_")
        if method in DOCUMENTS:
            return self._object(method, *call.args, **call.kwargs)
        taken: bool | None = getattr(self, f"_{method}")(*call.args, **call.kwargs)
        return taken is not False

    def _claim(self, name: str, kind: str, *, shows: bool = True) -> bool:
        """Use a name for a kind, unless it has another; it stands in the metrics from its first value on."""
        if self.kinds.setdefault(name, kind) != kind:
            return False
        if shows and name not in self.order:
            self.order.append(name)
        return True

    def _log(self, name: str, value: Any, description: str = "", step: int | None = None) -> bool:
        return self._metrics({name: value}, step)

    def _metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> bool:
        if any(self.kinds.get(spelt(name), "scalar") != "scalar" for name in metrics):
            return False
        for name, value in metrics.items():
            self._claim(spelt(name), "scalar")
            self.scalars.setdefault(spelt(name), []).append((step, plain(value)))
        return True

    def _list(self, name: str, value: list[Any], description: str = "") -> bool:
        if not self._claim(spelt(name), "scalar", shows=bool(value)):
            return False
        if value:
            self.scalars.setdefault(spelt(name), []).extend((None, plain(one)) for one in value)
        return True

    def _row(self, name: str, description: Mapping[str, Any] | None = None, **columns: Any) -> bool:
        row = {column: plain(value) for column, value in {**(description or {}), **columns}.items()}
        return self._claim(spelt(name), "row") and self._add_rows(spelt(name), list(row), [row])

    def _table(self, name: str, value: Mapping[str, list[Any]], description: str = "") -> bool:
        rows = [dict(zip(value, map(plain, cells), strict=True)) for cells in zip(*value.values(), strict=True)]
        return self._claim(spelt(name), "table") and self._add_rows(spelt(name), list(value), rows)

    def _add_rows(self, name: str, columns: list[str], rows: list[dict[str, Any]]) -> bool:
        known = self.columns.setdefault(name, [])
        known += [column for column in columns if column not in known]
        self.rows.setdefault(name, []).extend(rows)
        return True

    def _object(self, kind: str, name: str, value: Any, description: str = "", step: int | None = None) -> bool:
        if not self._claim(spelt(name), kind):
            return False
        self.objects.setdefault(spelt(name), []).append((step, value))
        return True

    def _image(self, name: str, *, image: Any, step: int | None = None) -> bool:
        return self._object("image", name, image.tolist(), "", step)

    def _text(self, name: str, text: str, step: int | None = None) -> bool:
        return self._object("text", name, text, "", step)

    def _histogram(self, name: str, *, counts: list[int], edges: list[float], step: int | None = None) -> bool:
        return self._object("histogram", name, (counts, edges), "", step)

    def _params(self, params: Mapping[str, Any]) -> None:
        self.params.update({spelt(name): plain(value) for name, value in params.items()})

    def _tag(self, key: str, value: Any = None) -> None:
        self._set_tags({key: value})

    def _set_tags(self, tags: Mapping[str, Any]) -> None:
        self.tags.update({spelt(key): None if value is None else str(value) for key, value in tags.items()})

    def _remove_tags(self, tags: list[str]) -> None:
        for key in tags:
            self.tags.pop(spelt(key), None)
