"""What is hidden of texts that may hold a secret, before they are written anywhere.

What stands here needs no settings, and is cheap to import: the child process that gathers what a run runs on uses it.
:mod:`runlog.redaction.process` has the redactor that everything else goes through.
"""

from __future__ import annotations

from runlog.redaction.arguments import redact_arguments, redact_text
from runlog.redaction.names import HIDDEN, as_utf8, is_secret_name

__all__ = ["HIDDEN", "as_utf8", "is_secret_name", "redact_arguments", "redact_text"]
