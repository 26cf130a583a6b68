"""Takes secrets, and the recorded workspace's own place, out of a cassette."""

import codecs
from base64 import b64decode
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from kiro_worker.agent.record.effects import content_facts
from kiro_worker.agent.replay.cassette import WORKSPACE, Cassette, RecordedTurn, Step
from kiro_worker.redact import RedactingStream, Redactor


class Cleaning:
    """Cleans whole cassettes."""

    def __init__(self, redactor: Redactor, workspace: Path) -> None:
        self._redactor = redactor
        # The longer first, as one may be a part of the other.
        self._places = sorted({str(workspace), str(workspace.resolve())}, key=len, reverse=True)

    def cassette(self, cassette: Cassette) -> Cassette:
        """A cassette without secrets that plays in any folder."""
        return cassette._replace(
            agent=self._clean(dict(cassette.agent)),
            session=self._clean(dict(cassette.session)),
            turns=tuple(self._turn(turn) for turn in cassette.turns),
        )

    def _turn(self, turn: RecordedTurn) -> RecordedTurn:
        steps = self._steps(self._pieces(turn.steps))
        return turn._replace(name=self._clean(turn.name), regex=self._redactor.text(turn.regex), steps=tuple(steps))

    def _pieces(self, steps: Iterable[Step]) -> Iterator[Step]:
        """The steps with what was said and thought cleaned as one text: a secret may be cut over its pieces."""
        whole = {"say": _Words(self._redactor.stream()), "think": _Words(self._redactor.stream())}
        kept = [
            step._replace(value=whole[step.kind].feed(step.value)) if step.kind in whole else step for step in steps
        ]
        for kind, words in whole.items():
            if rest := words.finish():
                last = max(number for number, step in enumerate(kept) if step.kind == kind)
                kept[last] = kept[last]._replace(value=kept[last].value + rest)
        return iter(kept)

    def _steps(self, steps: Iterable[Step]) -> Iterator[Step]:
        for step in steps:
            more = dict(step.more)
            if "base64" in more:
                more |= content_facts(self._redactor.bytes(b64decode(more.pop("base64"))))
            elif "content" in more:
                more["content"] = self._redactor.text(more["content"])
            else:
                more = self._clean(more)
            yield step._replace(value=self._clean(step.value), more=more, needs=self._clean(step.needs))

    def _clean(self, value: Any) -> Any:
        return self._placed(self._redactor.json(value))

    def _placed(self, value: Any) -> Any:
        match value:
            case str():
                for place in self._places:
                    value = value.replace(place, WORKSPACE)
                return value
            case dict():
                return {key: self._placed(one) for key, one in value.items()}
            case list():
                return [self._placed(one) for one in value]
            case _:
                return value


class _Words:
    """A redacting stream of text."""

    def __init__(self, stream: RedactingStream) -> None:
        self._stream = stream
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, text: str) -> str:
        return self._utf8.decode(self._stream.feed(text.encode("utf-8", "replace")))

    def finish(self) -> str:
        return self._utf8.decode(self._stream.finish(), final=True)
