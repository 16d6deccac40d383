"""``run.log_confusion_matrix``, ``log_accuracy_table``, ``log_residuals`` and ``log_predictions``: one event each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runlog.documents.schemas import convert_document
from runlog.journal import clock
from runlog.records import DocumentLogged
from runlog.values import convert_step
from runlog.writing.scalars import description_of, name_of

if TYPE_CHECKING:
    from runlog.writing.recorder import RunRecorder


def log_document(
    recorder: RunRecorder, kind: str, name: str, value: Any, description: str, step: int | None = None
) -> None:
    """Keep a document as one event; nothing of it is kept where it does not fit its schema."""
    kept = name_of(recorder, name)
    number = convert_step(step)
    document = convert_document(kind, kept, value)
    recorder.describe(kept, kind, description_of(description))
    recorder.write(
        DocumentLogged(time=clock.now(), name=kept, schema=kind, document=document, step=recorder.note_step(number))
    )
