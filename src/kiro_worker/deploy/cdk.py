"""The CDK's command line, of the version that goes with the templates' library: it makes templates and deploys them."""

from collections.abc import Callable, Mapping
from pathlib import Path

from kiro_worker.deploy.fault import NoAssembly, NoCdk
from kiro_worker.process import Children, Command, Exit, Limits
from kiro_worker.value import dataclass

# Below the folder of the infrastructure, as `npm ci` puts it there.
_PACKAGE = "node_modules/aws-cdk"
_PROGRAM = "node_modules/.bin/cdk"
# Making templates takes ten seconds of a processor; a slow machine with nothing cached takes minutes.
_SYNTH = Limits(wall=900.0)
# A stack may wait for what AWS makes slowly; a silent hour is none of those.
_DEPLOY = Limits(wall=3 * 3600.0, silence=3600.0)
_QUIET = ("--no-notices", "--no-color")
_MOST_WORDS = 1500

OnLine = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Cdk:
    """The command line, called in the folder of the infrastructure.

    Attributes:
        infra: that folder.
        environment: of this process: the caller's credentials are in it, or named by it.
    """

    infra: Path
    environment: Mapping[str, str]

    @property
    def package(self) -> Path | None:
        """Where the CDK itself is; nothing where it is not installed."""
        folder = self.infra / _PACKAGE
        return folder if folder.is_dir() else None

    async def synth(self, environment: str, out: Path) -> None:
        """Make the templates of an environment.

        Args:
            environment: test, staging or production.
            out: the folder for them.

        Raises:
            NoCdk: it is not installed.
            NoAssembly: they could not be made.
        """
        over = await self._run(
            ("synth", "--quiet", "--output", str(out), "--context", f"environment={environment}"), _SYNTH
        )
        if over.status != 0 or not (out / "manifest.json").is_file():
            raise NoAssembly(folder=str(out), why=f"making them failed: {_last_words(over)}")

    async def bootstrap(self, account: str, region: str, policy: str = "", *, on_line: OnLine | None = None) -> Exit:
        """Make or renew the bootstrap of an account and region.

        Args:
            account: its number.
            region: its name.
            policy: the policy of CloudFormation's role; the CDK's own choice, everything, where it is empty.
            on_line: is told each line.
        """
        words = ("bootstrap", f"aws://{account}/{region}")
        more = ("--cloudformation-execution-policies", policy) if policy else ()
        # Without an app: bootstrapping needs no templates of ours.
        return await self._run((*words, *more, "--app", ""), _DEPLOY, on_line=on_line)

    async def deploy(self, stack: str, assembly: Path, *, on_line: OnLine | None = None) -> Exit:
        """Deploy one stack of an assembly, and none that it needs."""
        return await self._run(
            (
                "deploy", stack, "--app", str(assembly), "--exclusively", "--require-approval", "never",
                "--progress", "events",
            ),
            _DEPLOY, on_line=on_line,
        )  # fmt: skip

    async def destroy(self, stack: str, assembly: Path, *, on_line: OnLine | None = None) -> Exit:
        """Take one stack away, and none that needs it."""
        return await self._run(
            ("destroy", stack, "--app", str(assembly), "--exclusively", "--force"), _DEPLOY, on_line=on_line
        )

    async def _run(self, words: tuple[str, ...], limits: Limits, *, on_line: OnLine | None = None) -> Exit:
        program = self.infra / _PROGRAM
        if not program.exists():
            raise NoCdk(looked=str(program))
        command = Command(
            argv=(str(program.absolute()), *words, *_QUIET), cwd=self.infra, environment=self._variables()
        )
        lines = _Lines(on_line)
        async with Children() as children:
            over = await children.run(command, limits, on_output=lines.add)
        lines.end()
        return over

    def _variables(self) -> Mapping[str, str]:
        import sys

        # The environment of this very Python: `npm` and `node` are in it too, and the app is run by it.
        path = f"{Path(sys.executable).parent}:{self.environment.get('PATH', '')}"
        return {
            **self.environment,
            "PATH": path,
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
        }


class _Lines:
    """Cuts what a program says into lines."""

    def __init__(self, on_line: OnLine | None) -> None:
        self._on_line = on_line or (lambda _: None)
        self._open = {"stdout": b"", "stderr": b""}

    def add(self, stream: str, piece: bytes) -> None:
        *whole, self._open[stream] = (self._open[stream] + piece).split(b"\n")
        for line in whole:
            self._tell(line)

    def end(self) -> None:
        for line in self._open.values():
            self._tell(line)

    def _tell(self, line: bytes) -> None:
        text = line.decode(errors="replace").strip()
        if text:
            self._on_line(text)


def said(over: Exit) -> str:
    """All that a call said."""
    return (over.stderr + b"\n" + over.stdout).decode(errors="replace")


def _last_words(over: Exit) -> str:
    return " ".join(said(over).split())[-_MOST_WORDS:]
