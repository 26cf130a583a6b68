"""Read an evidence document back; it comes from a remote, where anybody who can push may have written it."""

import json
from typing import Any

from kiro_worker.error import Fault, WorkerError
from kiro_worker.evidence.document import SCHEMA
from kiro_worker.evidence.model import Evidence

MOST_BYTES = 8 * 1024 * 1024


class EvidenceUnreadable(WorkerError):
    """What was found in the place of evidence is none."""

    code = "evidence.unreadable"
    fault = Fault.CONFIG

    def __init__(self, *, place: str, reason: str) -> None:
        self.place, self.reason = place, reason
        super().__init__(
            f"{place} holds no evidence that can be read: {reason}",
            kept="Nothing was changed.",
            next_step="Run the worker on the branch again: it judges everything anew and writes the evidence again.",
        )


def read_evidence(content: bytes, *, place: str) -> Evidence:
    """The evidence in a document; fields that a later version added are passed over.

    Args:
        content: of the document.
        place: where it was found, for people.

    Raises:
        EvidenceUnreadable: it is larger than 8 MiB, no JSON, of another schema, or says a thing of the wrong kind.
    """
    if len(content) > MOST_BYTES:
        raise EvidenceUnreadable(place=place, reason=f"it has {len(content)} bytes, and at most {MOST_BYTES} are read")
    try:
        body: Any = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise EvidenceUnreadable(place=place, reason=str(error)[:300]) from error
    return evidence_of(body, place=place)


def evidence_of(body: Any, *, place: str) -> Evidence:
    """The evidence in a document that was read already, such as the one in a run's record.

    Raises:
        EvidenceUnreadable: it is of another schema, or says a thing of the wrong kind.
    """
    import msgspec

    if not isinstance(body, dict) or body.get("schema") != SCHEMA:
        raise EvidenceUnreadable(place=place, reason=f"its schema is not {SCHEMA}")
    try:
        return msgspec.convert(body, Evidence)
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise EvidenceUnreadable(place=place, reason=str(error)[:300]) from error
