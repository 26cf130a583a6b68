"""Running the tests once: in order, in time, with what they say kept within bounds."""

from collections.abc import Mapping
from pathlib import Path

from kiro_worker.gate.detect.model import Follow
from kiro_worker.gate.file import find
from kiro_worker.gate.output import GoEvents
from kiro_worker.gate.plan import Plan
from kiro_worker.process import Children, Command, Ending, Limits, NotStarted
from kiro_worker.process.tail import HeadAndTail
from kiro_worker.value import dataclass

# Parsers read this much; what is shown and kept is less.
_KEPT_OUTPUT = 4 * 1024 * 1024
_FOLLOW = Limits(wall=600, kept_output=64 * 1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How the test command ended.

    Attributes:
        missing: why its program could not be started; empty when it was.
        command: the last command that was run.
        output: both outputs as they came, with the middle left out when it is long.
        dropped: whether something was left out.
        events: what `go test -json` told; None for other runners.
    """

    ending: Ending
    status: int
    seconds: float
    output: str
    command: str
    missing: str = ""
    dropped: bool = False
    events: GoEvents | None = None

    @property
    def ok(self) -> bool:
        """Whether it ended by itself with status 0."""
        return not self.missing and self.ending is Ending.EXITED and self.status == 0


async def run_tests(plan: Plan, tree: Path, environment: Mapping[str, str], children: Children, limits: Limits) -> Ran:
    """Run the plan's commands until one fails; `limits.wall` is for all of them together."""
    surroundings = {**environment, **plan.environment}
    kept = HeadAndTail(_KEPT_OUTPUT)
    events = GoEvents() if plan.runner == "go" else None

    def hear(name: str, piece: bytes) -> None:
        kept.add(events.add(piece) if events is not None and name == "stdout" else piece)

    seconds = 0.0
    ran = Ran(ending=Ending.EXITED, status=0, seconds=0.0, output="", command="")
    for words in plan.commands:
        command = Command(argv=words, cwd=tree, environment=surroundings)
        left = None if limits.wall is None else max(0.01, limits.wall - seconds)
        try:
            over = await children.run(
                command, Limits(wall=left, silence=limits.silence, kept_output=4096), on_output=hear
            )
        except NotStarted as error:
            ran = Ran(
                ending=Ending.EXITED,
                status=127,
                seconds=seconds,
                output="",
                command=str(command),
                missing=error.message,
            )
            break
        seconds += over.seconds
        ran = Ran(ending=over.ending, status=over.status, seconds=seconds, output="", command=str(command))
        if not ran.ok:
            break
    said = kept.bytes().decode("utf-8", errors="replace")
    return Ran(
        ending=ran.ending,
        status=ran.status,
        seconds=seconds,
        output=said,
        command=ran.command,
        missing=ran.missing,
        dropped=kept.dropped > 0,
        events=events,
    )


async def run_follow(follow: tuple[Follow, ...], tree: Path, environment: Mapping[str, str], children: Children) -> str:
    """Turn what was measured into reports; what went wrong is returned for people to read."""
    said: list[str] = []
    for one in follow:
        if (one.when and not _is_there(one.when, tree)) or (one.unless and _is_there(one.unless, tree)):
            continue
        command = Command(argv=one.argv, cwd=tree, environment=environment)
        try:
            over = await children.run(command, _FOLLOW)
        except NotStarted as error:
            said.append(error.message)
            continue
        if not over.ok:
            told = (over.stdout + over.stderr).decode("utf-8", errors="replace").strip()
            said.append(f"{command} ended with status {over.status}:\n{told}")
    return "\n".join(said)


def _is_there(pattern: str, tree: Path) -> bool:
    return bool(find((pattern,), root=tree, roots=(tree, Path(pattern).parent), most=1))
