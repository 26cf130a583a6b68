"""Keep secrets out of everything that is written: logs, transcripts, commits, pull requests, errors."""

from kiro_worker.redact.redactor import Redactor
from kiro_worker.redact.secret import Secret
from kiro_worker.redact.stream import RedactingStream

__all__ = ["RedactingStream", "Redactor", "Secret"]
