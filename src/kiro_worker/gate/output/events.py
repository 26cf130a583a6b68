"""The event stream of `go test -json` (test2json), followed while it comes: no report, and no bound on its length."""

from collections.abc import Mapping
from typing import Any

from kiro_worker.gate.output.told import Told, bounded, failure
from kiro_worker.gate.port import RED, Outcome, TestCase, TestCounts

_LONGEST = 256 * 1024
_MOST_TESTS = 200_000
# Tests and packages that have begun and not ended; no machine runs more at once.
_MOST_OPEN = 10_000
_OUTPUT = 3000
_ENDS = {"pass": Outcome.PASSED, "fail": Outcome.FAILED, "skip": Outcome.SKIPPED}


class GoEvents:
    """Takes pieces of standard output; tells the tests and the plain text in them."""

    def __init__(self) -> None:
        self._rest = b""
        self._ended: dict[tuple[str, str], TestCase] = {}
        self._said: dict[tuple[str, str], str] = {}
        self._broken: dict[str, str] = {}
        self.seen = False

    def add(self, piece: bytes) -> bytes:
        """Take a piece; what people would have seen of it comes back."""
        self._rest += piece
        *lines, self._rest = self._rest.split(b"\n")
        if len(self._rest) > _LONGEST:
            self._rest = b""
        return b"".join(self._line(line) for line in lines)

    def told(self) -> Told | None:
        """What the events told; None when there were none."""
        if not self.seen:
            return None
        cases = self.cases()
        ended = [case.outcome for case in cases]
        return Told(
            form="go",
            counts=TestCounts(
                passed=ended.count(Outcome.PASSED),
                failed=ended.count(Outcome.FAILED),
                errors=ended.count(Outcome.ERROR),
                skipped=ended.count(Outcome.SKIPPED),
            ),
            failures=bounded(case for case in cases if case.outcome in RED),
        )

    def cases(self) -> tuple[TestCase, ...]:
        """Every test; a test with subtests is told besides them, as Go counts it."""
        failed = {package for (package, _), case in self._ended.items() if case.outcome is Outcome.FAILED}
        broken = (
            failure("(package)", said, suite=package, error=True)
            for package, said in self._broken.items()
            if package not in failed
        )
        return (*self._ended.values(), *broken)

    def _line(self, line: bytes) -> bytes:
        import msgspec

        if not line.startswith(b"{") or len(line) > _LONGEST:
            return line + b"\n"
        try:
            event: Any = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError):
            return line + b"\n"
        if not isinstance(event, dict) or "Action" not in event:
            return line + b"\n"
        self.seen = True
        return self._event(event)

    def _event(self, event: Mapping[str, Any]) -> bytes:
        action = str(event["Action"])
        key = (str(event.get("Package") or event.get("ImportPath") or ""), str(event.get("Test", "")))
        if action in {"output", "build-output"}:
            said = str(event.get("Output", ""))
            if key in self._said or len(self._said) < _MOST_OPEN:
                self._said[key] = (self._said.get(key, "") + said)[-_OUTPUT:]
            return said.encode("utf-8", "replace")
        outcome = _ENDS.get(action)
        if outcome is not None and key[1] and len(self._ended) < _MOST_TESTS:
            self._ended[key] = self._case(key, outcome, event)
        elif action in {"fail", "build-fail"} and not key[1] and len(self._broken) < _MOST_OPEN:
            self._broken[key[0]] = self._said.get(key, "")
        if outcome is not None:
            self._said.pop(key, None)
        return b""

    def _case(self, key: tuple[str, str], outcome: Outcome, event: Mapping[str, Any]) -> TestCase:
        from kiro_worker.gate.output.compiled import GO_PLACE

        said = self._said.get(key, "") if outcome is not Outcome.PASSED else ""
        place = next((hit for line in said.splitlines() if (hit := GO_PLACE.fullmatch(line))), None)
        elapsed = event.get("Elapsed", 0)
        return TestCase(
            name=key[1][:1000],
            suite=key[0][:1000],
            outcome=outcome,
            path=place[1] if place else "",
            line=int(place[2]) if place and len(place[2]) < 8 else 0,
            seconds=float(elapsed) if isinstance(elapsed, int | float) else 0.0,
            message=said.strip(),
        )
