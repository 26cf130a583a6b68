"""Agents of which no profile says anything, started by the command line that a person would write."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import installation
from .installation import Package
from .setups import Environment, write


@dataclass(frozen=True)
class Plain:
    """One agent.

    Attributes:
        files: what of the person's HOME it needs; `--agent-files`.
        asks: whether it asks for a permission before it acts.
        unprepared: what a run ends with on a machine where nobody set it up.
        rejected: what it ends with when the model's service rejects its key; empty where it does not let that be known.
    """

    command: str
    package: Package
    prepare: Callable[[Path, str], Environment]
    files: tuple[str, ...] = ()
    protocol: str = "acp"
    asks: bool = True
    unprepared: str = "agent.logged-out"
    rejected: str = "agent.logged-out"


def _cline(home: Path, address: str) -> Environment:
    own = {"provider": "openai-compatible", "apiKey": "dummy", "model": "scripted", "baseUrl": f"{address}/v1"}
    kept = {"settings": own, "updatedAt": "2026-11-28T00:00:00.000Z", "tokenSource": "manual"}
    known = {
        "version": 1,
        "lastUsedProvider": "openai-compatible",
        "modes": {},
        "providers": {"openai-compatible": kept},
    }
    write(home / ".cline/data/settings/providers.json", known)
    return {"CLINE_API_KEY": "dummy", "CLINE_PROVIDER": "openai-compatible", "CLINE_MODEL": "scripted"}


def _copilot(home: Path, address: str) -> Environment:
    return {
        "COPILOT_PROVIDER_BASE_URL": f"{address}/v1",
        "COPILOT_PROVIDER_TYPE": "openai",
        "COPILOT_PROVIDER_API_KEY": "dummy",
        "COPILOT_MODEL": "scripted",
        "COPILOT_OFFLINE": "true",
    }


def _claude(home: Path, address: str) -> Environment:
    quiet = {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "CLAUDE_CODE_MAX_RETRIES": "1"}
    return {"ANTHROPIC_API_KEY": "dummy", "ANTHROPIC_BASE_URL": address, **quiet}


def _hermes(home: Path, address: str) -> Environment:
    (home / ".hermes").mkdir()
    settings = f"model:\n  provider: custom\n  default: scripted\n  base_url: {address}/v1\n  api_key: dummy\n"
    (home / ".hermes/config.yaml").write_text(settings)
    return {}


def _mini(home: Path, address: str) -> Environment:
    place = {"OPENAI_API_KEY": "dummy", "OPENAI_API_BASE": f"{address}/v1"}
    free = {"MSWEA_CONFIGURED": "true", "MSWEA_COST_TRACKING": "ignore_errors"}
    return {**place, **free, "MSWEA_MODEL_NAME": "openai/gpt-4o"}


def _nanocoder(home: Path, address: str) -> Environment:
    provider = {"name": "local", "baseUrl": f"{address}/v1", "apiKey": "dummy", "models": ["scripted"]}
    write(home / ".config/nanocoder/agents.config.json", {"nanocoder": {"providers": [provider]}})
    return {}


def _pi(home: Path, address: str) -> Environment:
    model = {"id": "scripted", "name": "scripted", "contextWindow": 100_000, "maxTokens": 4096}
    local = {"baseUrl": f"{address}/v1", "api": "openai-completions", "apiKey": "dummy", "models": [model]}
    write(home / ".pi/agent/models.json", {"providers": {"local": local}})
    write(home / ".pi/agent/settings.json", {"defaultProvider": "local", "defaultModel": "scripted"})
    return {}


_CLAUDE = "claude -p --output-format stream-json --verbose --dangerously-skip-permissions"
PLAIN = {
    "cline": Plain("cline --acp", installation.CLINE, _cline, files=(".cline",), rejected="agent.crashed"),
    "copilot": Plain("copilot --acp", installation.COPILOT, _copilot),
    "copilot-p": Plain(
        "copilot --allow-all-tools -p {prompt}", installation.COPILOT, _copilot, protocol="headless", asks=False
    ),
    "claude-p": Plain(_CLAUDE, installation.CLAUDE_CODE, _claude, protocol="headless", asks=False),
    "hermes": Plain("hermes acp", installation.HERMES, _hermes, files=(".hermes",), unprepared="agent.config"),
    "mini": Plain(
        "mini -y --exit-immediately -t {prompt}", installation.MINI, _mini, protocol="headless", asks=False,
        unprepared="agent.crashed",  # it asks for its set-up in the terminal, finds none, and says only "Aborted."
    ),
    "nanocoder": Plain(
        "nanocoder --acp", installation.NANOCODER, _nanocoder, files=(".config/nanocoder",), unprepared="agent.config"
    ),
    "pi": Plain(
        "pi --print --mode json", installation.PI, _pi, files=(".pi/agent",), protocol="headless", asks=False
    ),
    "pi-acp": Plain("pi-acp", installation.PI, _pi, files=(".pi/agent",), asks=False, rejected=""),
}  # fmt: skip
