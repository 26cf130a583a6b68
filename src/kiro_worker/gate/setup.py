"""Preparing a project: its dependencies installed without credentials, once for each state of its lock files.

What is made here is used again only in the same run, and only while it is as setup left it. An agent, and a test, can
write into the folders that dependencies lie in; nothing of that may reach the gate or another run. So each folder is
sealed after the set-up, and one whose seal is broken is removed and made anew.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from kiro_worker.clock import Clock
from kiro_worker.config.settings import GateSettings, LimitSettings
from kiro_worker.folders import remove
from kiro_worker.gate.command import find_program
from kiro_worker.gate.environment import PYCACHE
from kiro_worker.gate.fault import CommandMissing, GateFault, SetupFailed, ToolMissing, clip
from kiro_worker.gate.libraries import Libraries, keep_libraries
from kiro_worker.gate.port import Color, GateResult
from kiro_worker.gate.record import Record
from kiro_worker.gate.seal import TOOL_CACHES, seal_of
from kiro_worker.gate.setupplan import SetupPlan, plan_setup
from kiro_worker.process import Children, Command, Ending, Exit, Limits, NotStarted
from kiro_worker.value import dataclass, field, replace

_KEPT_OUTPUT = 256 * 1024
_LIBRARIES = "libraries"
_TOLD_OUTPUT = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What setup did.

    Attributes:
        environment: the whole environment for the tests.
        result: for the report: green, an error with its cure, or not applicable when nothing was to be done.
        again: whether what was there was still good, so nothing was run.
        libraries: what was compiled of what it installed.
    """

    environment: Mapping[str, str]
    result: GateResult
    again: bool = False
    libraries: Libraries | None = None


async def prepare_project(
    tree: Path,
    *,
    settings: GateSettings,
    limits: LimitSettings,
    children: Children,
    clock: Clock,
    place: Path,
    environment: Mapping[str, str],
    buildspec: tuple[str, ...] = (),
) -> Prepared:
    """Install the project's dependencies, unless they are there as the last call of this run left them.

    Call it before the agent starts, and again before the gates: an agent that added a dependency changed a lock file,
    and one that wrote into an installed package broke its seal.

    Args:
        tree: the working tree.
        settings: of the base branch; `setup_command` goes before the buildspec and that before lock files.
        limits: how long each command may take.
        children: owns the processes.
        clock: measures.
        place: a folder of this run, outside the tree, that only the worker writes to.
        environment: from `test_environment`.
        buildspec: the commands of the base branch's `install` and `pre_build` phases, in order.
    """
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    plan = plan_setup(tree, settings, buildspec, place=place, environment=environment)
    if not plan.commands:
        summary = "setup is switched off" if plan.because else "there are no dependencies to install"
        result = GateResult(gate="setup", color=Color.NOT_APPLICABLE, summary=summary)
        return Prepared(environment=environment, result=result)
    # Python's compiled files are not sealed, so those that lie beside the sources are not believed.
    remove(place / "compiled")
    surroundings = {**environment, **plan.environment, PYCACHE: str(place / "compiled")}
    if plan.venv:
        surroundings["VIRTUAL_ENV"] = str(place / "venv")
        surroundings["PATH"] = f"{place / 'venv/bin'}:{environment.get('PATH', '')}"
    record = Record.of(place, tree, plan.folders)
    folders = tuple(tree / name for name in plan.folders if name not in record.own)
    _clear_caches(folders)
    key = plan.key(tree, environment.get("PATH", ""))
    if record.holds(key):
        summary = f"prepared before and unchanged ({plan.because})"
        result = GateResult(gate="setup", color=Color.GREEN, summary=summary, findings=plan.notes)
        kept = Libraries(folder=place / _LIBRARIES, seal=record.libraries) if record.libraries else None
        return Prepared(
            environment=_with_their_venv(surroundings, tree, plan), result=result, again=True, libraries=kept
        )
    # Should the worker be killed here, the next call finds no key and begins anew.
    replace(record, key="", seals={}, libraries="").write(place)
    for folder in (place / "venv", *folders):
        remove(folder)
    setup = _Setup(
        plan, tree, place, surroundings, children, Limits(wall=limits.setup.total_seconds(), kept_output=_KEPT_OUTPUT)
    )
    result = await setup.run(clock)
    final = _with_their_venv(surroundings, tree, plan)
    if result.color is not Color.GREEN:
        return Prepared(environment=final, result=result)
    installed = (place / "venv", *folders)
    libraries = await keep_libraries(
        place / "compiled", tree, final, children, folders=installed, into=place / _LIBRARIES
    )
    seals = {str(folder): seal_of(folder) for folder in installed}
    replace(record, key=key, seals=seals, libraries=libraries.seal if libraries else "").write(place)
    return Prepared(environment=final, result=result, libraries=libraries)


@dataclass(slots=True)
class _Setup:
    """One set-up that is being run."""

    plan: SetupPlan
    tree: Path
    place: Path
    environment: Mapping[str, str]
    children: Children
    limits: Limits
    output: list[str] = field(default_factory=list)

    async def run(self, clock: Clock) -> GateResult:
        """Run all commands; a fault is told, not raised."""
        began = clock.monotonic()
        color, summary, findings = Color.GREEN, f"prepared ({self.plan.because})", self.plan.notes
        try:
            await self._install()
        except GateFault as fault:
            color, summary, findings = Color.ERROR, fault.message, (fault.finding(), *self.plan.notes)
        return GateResult(
            gate="setup",
            color=color,
            summary=summary,
            findings=findings,
            seconds=clock.monotonic() - began,
            output=clip("\n".join(self.output), _KEPT_OUTPUT),
            command=self.plan.command_line(),
        )

    async def _install(self) -> None:
        for program in self.plan.programs:
            if "/" not in program and find_program(program, self.environment["PATH"]) is None:
                raise ToolMissing(
                    tool=program,
                    wanted_for=f"installing what {self.plan.because} names",
                    looked_in=f"the search path {self.environment['PATH']}",
                    cure=f"Install {program}, or set `gates.setup_command` on the base branch (`none` runs nothing).",
                )
        if self.plan.venv in {"pip", "bare"}:
            await self._run(self._venv_command())
        for words in self.plan.commands:
            await self._run(words)

    async def _run(self, words: tuple[str, ...]) -> None:
        command = Command(argv=words, cwd=self.tree, environment=self.environment)
        try:
            over = await self.children.run(command, self.limits)
        except NotStarted as error:
            raise CommandMissing(command=str(command), reason=error.message, setting=self._setting) from error
        said = (over.stdout + over.stderr).decode("utf-8", errors="replace")
        self.output.append(f"$ {command}\n{said}")
        if not over.ok:
            raise SetupFailed(
                command=str(command), ended=self._ended(over), output=said[-_TOLD_OUTPUT:], cure=self._cure(over)
            )

    def _ended(self, over: Exit) -> str:
        if over.ending is not Ending.EXITED:
            return f"took longer than {self.limits.wall:.0f} s and was ended"
        return f"ended with status {over.status}" if over.status >= 0 else f"was ended by signal {-over.status}"

    def _cure(self, over: Exit) -> str:
        if over.ending is not Ending.EXITED:
            return "Give it more time with `limits.setup`, or make it do less."
        return f"Run it by hand in a fresh clone, then correct `{self._setting}` or the lock files."

    @property
    def _setting(self) -> str:
        return self.plan.because if self.plan.users else "gates.setup_command"

    def _venv_command(self) -> tuple[str, ...]:
        # The environment's own folder is first on the path, and is still to be made.
        path = self.environment["PATH"].split(":", 1)[1]
        python = find_program("python3", path) or find_program("python", path)
        if python is None:
            raise ToolMissing(
                tool="python3",
                wanted_for="the project's environment",
                looked_in=f"the search path {path}",
                cure="Install Python with its venv module.",
            )
        bare = ("--without-pip",) if self.plan.venv == "bare" else ()
        return (python, "-I", "-m", "venv", *bare, str(self.place / "venv"))


def _with_their_venv(environment: Mapping[str, str], tree: Path, plan: SetupPlan) -> Mapping[str, str]:
    """A `.venv` that the project's own command made is the one it means to use."""
    for name in (".venv", "venv") if plan.users else ():
        folder = tree / name
        if (folder / "bin/python").exists():
            ours = f"{environment['VIRTUAL_ENV']}/bin:" if plan.venv else ""
            path = f"{folder}/bin:{environment['PATH'].removeprefix(ours)}"
            return {**environment, "VIRTUAL_ENV": str(folder), "PATH": path}
    return environment


def _clear_caches(folders: Iterable[Path]) -> None:
    """Remove what tools keep in a dependency folder: it is not sealed, and an agent may have written it."""
    for folder in folders:
        for cache in TOOL_CACHES if not folder.is_symlink() else ():
            remove(folder / cache)
