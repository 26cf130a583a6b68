"""What a build says, line by line in order: kept here, and sent to the project's log group."""

import os
import threading
import time
from typing import Any

# A request of CloudWatch Logs takes at most a megabyte and ten thousand lines, and a line a quarter of one.
_MOST_LINES = 1_000
_MOST_LINE = 200_000
_EVERY = 0.2
_MASK = "***"


class BuildLog:
    """One build's log. Everything goes through one pipe, so that what the build and its commands say stays in order.

    Args:
        client: of CloudWatch Logs; None keeps the lines here alone.
        group: the log group.
        stream: the build's own stream.
        masked: values that no line may hold.
    """

    def __init__(self, client: Any, group: str, stream: str) -> None:
        self._client, self._group, self._stream = client, group, stream
        self.masked: tuple[str, ...] = ()
        self.lines: list[str] = []
        self.trouble = ""
        reading, self.writing = os.pipe()
        self._file = os.fdopen(reading, "r", encoding="utf-8", errors="replace", newline="\n")
        self._unsent: list[dict[str, Any]] = []
        self._made = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def say(self, line: str) -> None:
        """A line of CodeBuild's own."""
        moment = time.strftime("%Y/%m/%d %H:%M:%S", time.gmtime())
        os.write(self.writing, f"[Container] {moment} {line}\n".encode())

    def close(self) -> None:
        """Nobody says anything any more; what was said is sent."""
        os.close(self.writing)
        self._reader.join(10)
        self._file.close()

    def _read(self) -> None:
        sent = time.monotonic()
        for line in self._file:
            self._keep(line.removesuffix("\n"))
            if len(self._unsent) >= _MOST_LINES or time.monotonic() - sent > _EVERY:
                self._send()
                sent = time.monotonic()
        self._send()

    def _keep(self, line: str) -> None:
        for secret in self.masked:
            line = line.replace(secret, _MASK)
        self.lines.append(line)
        self._unsent.append({"timestamp": int(time.time() * 1000), "message": line[:_MOST_LINE] or " "})

    def _send(self) -> None:
        if self._client is None or not self._unsent:
            self._unsent.clear()
            return
        from botocore.exceptions import BotoCoreError, ClientError

        batch, self._unsent = self._unsent, []
        try:
            self._make()
            self._client.put_log_events(logGroupName=self._group, logStreamName=self._stream, logEvents=batch)
        except (BotoCoreError, ClientError) as error:
            # CodeBuild does not fail a build for it either; whoever looks for the log learns why there is none.
            self.trouble = str(error)

    def _make(self) -> None:
        """The stream; and the group, where nobody has made it and the role may."""
        if self._made:
            return
        names = {"logGroupName": self._group, "logStreamName": self._stream}
        try:
            self._client.create_log_stream(**names)
        except self._client.exceptions.ResourceAlreadyExistsException:
            pass
        except self._client.exceptions.ResourceNotFoundException:
            self._client.create_log_group(logGroupName=self._group)
            self._client.create_log_stream(**names)
        self._made = True
