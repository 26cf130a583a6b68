"""Where real agents are installed, on demand, from the package registries into a folder outside the repository."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

CACHE = Path(os.environ.get("KIRO_WORKER_AGENTS", Path.home() / ".cache" / "kiro-worker" / "agents"))

_MINUTES_15 = 900


@dataclass(frozen=True)
class Package:
    """One agent's package: exact, as agents change from week to week."""

    registry: str
    name: str
    version: str
    program: str
    python: str = ""
    also: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        return CACHE / f"{self.name.replace('/', '_')}-{self.version}"

    @property
    def bin(self) -> Path:
        return self.folder / ("node_modules/.bin" if self.registry == "npm" else "bin")


OPENCODE = Package("npm", "opencode-ai", "1.18.33", "opencode")
GEMINI = Package("npm", "@google/gemini-cli", "0.61.0", "gemini")
QWEN = Package("npm", "@qwen-code/qwen-code", "0.24.4", "qwen")
VIBE = Package("pypi", "mistral-vibe", "3.0.2", "vibe-acp", python="3.12")
CODEX = Package("npm", "@agentclientprotocol/codex-acp", "2.6.0", "codex-acp", also=("@openai/codex@0.169.0",))
CLAUDE = Package("npm", "@zed-industries/claude-code-acp", "0.16.2", "claude-code-acp")
CLAUDE_AGENT = Package("npm", "@agentclientprotocol/claude-agent-acp", "0.100.0", "claude-agent-acp")
# Without a profile of ours; two of them want a newer Node.js than most machines have.
CLAUDE_CODE = Package("npm", "@anthropic-ai/claude-code", "2.1.328", "claude")
CLINE = Package("npm", "cline", "3.0.65", "cline")
COPILOT = Package("npm", "@github/copilot", "1.0.102", "copilot")
NANOCODER = Package("npm", "@nanocollective/nanocoder", "1.30.0", "nanocoder", also=("node@22.23.3",))
PI = Package("npm", "@earendil-works/pi-coding-agent", "1.6.0", "pi", also=("pi-acp@0.0.34", "node@22.23.3"))
HERMES = Package("pypi", "hermes-agent[acp]", "0.19.0", "hermes", python="3.12")
MINI = Package("pypi", "mini-swe-agent", "2.4.6", "mini", python="3.12")
AUGGIE = Package("npm", "@augmentcode/auggie", "0.36.0", "auggie")
FAST_AGENT = Package("pypi", "fast-agent-mcp", "0.10.46", "fast-agent-acp", python="3.13")


class NotInstallable(Exception):
    """A tool that the installation needs is not here."""


def installed(package: Package) -> Path:
    """The folder of the package's programs; installs it the first time."""
    if not (package.bin / package.program).exists():
        package.folder.mkdir(parents=True, exist_ok=True)
        for command in _commands(package):
            subprocess.run(command, check=True, timeout=_MINUTES_15, cwd=package.folder, stdin=subprocess.DEVNULL)
    return package.bin


def _commands(package: Package) -> list[list[str]]:
    if package.registry == "npm":
        npm = shutil.which("npm")
        if npm is None:
            raise NotInstallable(f"{package.name} needs npm")
        wanted = f"{package.name}@{package.version}"
        return [[npm, "install", "--prefix", str(package.folder), "--no-audit", "--no-fund", wanted, *package.also]]
    python = _python(package.python)
    pip = str(package.folder / "bin" / "pip")
    return [
        [python, "-m", "venv", str(package.folder)],
        [pip, "install", "--quiet", f"{package.name}=={package.version}"],
    ]


def _python(least: str) -> str:
    """A Python of at least this version: this one, or one that is called so on the PATH or kept by pyenv."""
    major, minor = (int(part) for part in least.split("."))
    if sys.version_info >= (major, minor):
        return sys.executable
    kept = sorted((Path.home() / ".pyenv" / "versions").glob(f"{least}.*/bin/python3"))
    for found in (*map(str, reversed(kept)), shutil.which(f"python{least}")):
        # A shim of pyenv is on the PATH for every version, and works only for the chosen one.
        if found and subprocess.run([found, "--version"], capture_output=True, check=False).returncode == 0:
            return found
    raise NotInstallable(f"it needs Python {least}")
