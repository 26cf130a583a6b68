"""What keeps a gate from looking, as one tree of faults; a gate tells them as findings and never raises them.

* GateFault
  + NoTestCommand       nothing says how the tests are run
  + ToolMissing         a program or module that the tests or their coverage need is not there
  + ToolShadowed        the tree holds a module that would be imported in the place of a test tool
  + CommandMissing      the command's program is not there
  + SetupFailed         the project could not be prepared
  + PathThresholdUnfit  a threshold for a part of the repository is none
  + VariableRefused     a credential was to be handed to the tests
  + NoPipefail          a pipe may hide a failure, and no shell here can show it
  + ReportFault         a report that measured nothing, or not this tree, or not this run
    - ReportMissing  ReportEmpty  ReportStale  ReportElsewhere  ReportCommitted
    - ReportUnreadable (and `junit.NoTestReport`, one of another kind)
"""

from collections.abc import Iterable
from dataclasses import replace

from kiro_worker.error import Fault, WorkerError
from kiro_worker.gate.port import Finding

_DETAIL_LIMIT = 4000


class GateFault(WorkerError):
    """A gate could not look; the settings or the project are to be mended."""

    code = "gate.fault"
    fault = Fault.CONFIG

    def __init__(self, message: str, *, next_step: str, detail: str = "", path: str = "", line: int = 0) -> None:
        super().__init__(message, next_step=next_step)
        self.detail, self.path, self.line = detail, path, line

    def finding(self) -> Finding:
        """The same fault as something a gate found."""
        return Finding(
            code=self.code,
            title=one_line(self.message),
            detail=clip(self.detail),
            cure=self.next_step,
            path=self.path,
            line=self.line,
        )


class NoTestCommand(GateFault):
    """Nothing on the base branch says how the tests are run."""

    code = "gate.no-test-command"

    def __init__(self, *, looked_for: Iterable[str]) -> None:
        super().__init__(
            "No test command is set, and none was recognised on the base branch.",
            next_step="Set `gates.test_command` in .kiro/worker.yaml on the base branch (or TEST_COMMAND).",
            detail="Looked for: " + ", ".join(looked_for),
        )


class ToolMissing(GateFault):
    """A test or coverage tool is not there; the worker installs nothing unasked."""

    code = "gate.tool-missing"

    def __init__(self, *, tool: str, wanted_for: str, looked_in: str, cure: str) -> None:
        self.tool = tool
        super().__init__(f"{tool}, needed for {wanted_for}, was not found in {looked_in}.", next_step=cure)


class ToolShadowed(GateFault):
    """A file of the tree would be run in the place of a test tool."""

    code = "gate.tool-shadowed"

    def __init__(self, *, tool: str, path: str) -> None:
        super().__init__(
            f"{path} would be imported in the place of {tool}, so no result could be believed.",
            next_step=f"Rename {path}, or set `gates.test_command` on the base branch.",
            path=path,
        )


class CommandMissing(GateFault):
    """The program of a command is not there."""

    code = "gate.command-missing"

    def __init__(self, *, command: str, reason: str, setting: str = "gates.test_command") -> None:
        super().__init__(
            f"The command could not be run: {command}: {reason}.",
            next_step=f"Install it, or correct `{setting}` on the base branch.",
        )


class SetupFailed(GateFault):
    """The project's dependencies could not be installed."""

    code = "gate.setup-failed"

    def __init__(self, *, command: str, ended: str, output: str, cure: str) -> None:
        super().__init__(f"Preparing the project failed: {command} {ended}.", next_step=cure, detail=output)


class PathThresholdUnfit(GateFault):
    """`gates.coverage_paths` holds something else than a pattern and a percentage."""

    code = "gate.coverage-path"

    def __init__(self, *, pattern: str, why: str) -> None:
        super().__init__(
            f"In `gates.coverage_paths`, {one_line(pattern, 100)!r} {why}.",
            next_step="Write pattern=percentage, such as src/payments/**=95, on the base branch.",
        )


class VariableRefused(GateFault):
    """`gates.variables` names a credential that no test may have."""

    code = "gate.variable-refused"

    def __init__(self, *, names: Iterable[str]) -> None:
        told = ", ".join(sorted(names))
        super().__init__(
            f"`gates.variables` names what tests never get: {told}.",
            next_step="Take it out; give the tests a credential of their own under another name.",
        )


class NoPipefail(GateFault):
    """A pipe hides the status of all but its last command."""

    code = "gate.pipe-hides-status"

    def __init__(self, *, command: str) -> None:
        super().__init__(
            "Only the last command of a pipe is judged, for bash was not found.",
            next_step="Install bash, or take the pipe out of the command.",
            detail=command,
        )


class ReportFault(GateFault):
    """A report that cannot be believed."""

    code = "report.fault"

    def finding_of(self, gate: str) -> Finding:
        """The fault as a finding of the gate whose report it is: `coverage.report-missing`."""
        return replace(self.finding(), code=f"{gate}.{self.code.replace('.', '-')}")


class ReportMissing(ReportFault):
    """No report was written."""

    code = "report.missing"

    def __init__(self, *, kind: str, looked_for: Iterable[str], cure: str, detail: str = "") -> None:
        places = tuple(looked_for)
        told = f"Looked for: {', '.join(places)}" if places else ""
        where = f" to {places[0]}" if len(places) == 1 else ""
        super().__init__(
            f"The tests wrote no {kind} report{where}.",
            next_step=cure,
            detail="\n".join(part for part in (detail, told) if part),
        )


class ReportEmpty(ReportFault):
    """A report that measured nothing."""

    code = "report.empty"

    def __init__(self, *, path: str, what: str) -> None:
        super().__init__(
            f"{path} holds no {what}, so nothing was measured.",
            next_step="Point the tool at the project's own sources and run the tests through it.",
            path=path,
        )


class ReportStale(ReportFault):
    """A report of another run, or of other code."""

    code = "report.stale"

    def __init__(self, *, path: str, why: str) -> None:
        super().__init__(
            f"{path} is not of this run: {why}.",
            next_step="Let the test command write the report anew each time, and keep it out of the repository.",
            path=path,
        )


class ReportUnreadable(ReportFault):
    """A report that is no report."""

    code = "report.unreadable"

    def __init__(self, *, path: str, why: str, line: int = 0) -> None:
        super().__init__(
            f"{path} cannot be read as a report: {why}.",
            next_step="Look at what the test command writes there; docs/reference/gates.md lists the formats.",
            path=path,
            line=line,
        )


class ReportElsewhere(ReportFault):
    """A report about files that are not in the tree."""

    code = "report.elsewhere"

    def __init__(self, *, path: str, examples: Iterable[str]) -> None:
        told = ", ".join(examples)
        super().__init__(
            f"{path} is about files that are not in this tree.",
            next_step="Measure the tree itself, not an installed copy: install it editable, or name its source folder.",
            detail=f"For example: {told}",
            path=path,
        )


class ReportCommitted(ReportFault):
    """A report that is part of the repository and was not written by this run."""

    code = "report.committed"

    def __init__(self, *, path: str) -> None:
        super().__init__(
            f"{path} is committed into the repository and was not written by this run.",
            next_step=f"Run: git rm --cached {path}, add it to .gitignore, and let the tests write it.",
            path=path,
        )


def one_line(text: str, limit: int = 300) -> str:
    r"""A title: file names and test names may have anything in them.

    >>> one_line("a  test\nwith two lines")
    'a test with two lines'
    """
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def clip(text: str, limit: int = _DETAIL_LIMIT) -> str:
    r"""Text of at most `limit` characters: its first third and its end, for the end of a message says most.

    >>> clip("abcdefghij" * 3, 24)
    'abcdefgh\n[...]\nbcdefghij'
    """
    if len(text) <= limit:
        return text
    mark = "\n[...]\n"
    head = limit // 3
    return text[:head] + mark + text[len(text) - (limit - head - len(mark)) :]
