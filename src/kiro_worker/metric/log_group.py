"""Lines as log events of their own, put into a group of CloudWatch Logs.

What a build prints is gathered into events of many lines each, and of those no metrics are made: an event has to be
one JSON object, as the specification of the embedded metric format says.
"""

import os

from kiro_worker.aws import Aws, AwsFault, AwsLibraryMissing
from kiro_worker.clock import Clock
from kiro_worker.metric.emf import Sink


class LogGroup:
    """See `Sink`; one stream of the group is made for each that is written to.

    Args:
        aws: asks.
        name: the group, which is there already.
        clock: stamps.
        otherwise: gets the lines that the group does not take; nothing of them is made there, but they can be read.
    """

    def __init__(self, aws: Aws, name: str, *, clock: Clock, otherwise: Sink) -> None:
        self._aws, self._name, self._clock, self._otherwise = aws, name, clock, otherwise
        self._stream = ""
        self._lines: list[str] = []

    def write(self, text: str) -> None:
        """Take a line; it goes out with `flush`."""
        self._lines.append(text)

    def flush(self) -> None:
        """Put what was written; returns when the group has it, or it has gone the other way."""
        lines, self._lines = self._lines, []
        try:
            self._put(lines)
        except (AwsFault, AwsLibraryMissing):
            for line in lines:
                self._otherwise.write(line)
            self._otherwise.flush()

    def _put(self, lines: list[str]) -> None:
        now = self._clock.now()
        if not self._stream:
            stream = f"metrics/{now:%Y/%m/%d}/{os.urandom(8).hex()}"
            self._aws.now("logs", "CreateLogStream", logGroupName=self._name, logStreamName=stream)
            self._stream = stream
        stamp = int(now.timestamp() * 1000)
        events = [{"timestamp": stamp, "message": line.rstrip("\n")} for line in lines]
        self._aws.now("logs", "PutLogEvents", logGroupName=self._name, logStreamName=self._stream, logEvents=events)
