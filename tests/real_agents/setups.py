"""How each real agent is pointed at the scripted model; nothing of the person's own settings is used."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import installation
from .installation import Package

Environment = dict[str, str]


@dataclass(frozen=True)
class Setup:
    profile: str
    package: Package
    prepare: Callable[[Path, str], Environment]
    args: tuple[str, ...] = ()
    asks: bool = True


def _opencode(home: Path, address: str) -> Environment:
    models = {"scripted": {"name": "scripted", "tool_call": True, "limit": {"context": 100_000, "output": 4096}}}
    options = {"baseURL": f"{address}/v1", "apiKey": "dummy"}
    provider = {"npm": "@ai-sdk/openai-compatible", "name": "Local", "options": options, "models": models}
    settings = {"provider": {"local": provider}, "model": "local/scripted", "small_model": "local/scripted"}
    write(home / ".config/opencode/opencode.json", settings)
    return {}


def _gemini(home: Path, address: str) -> Environment:
    security = {"auth": {"selectedType": "gemini-api-key"}, "folderTrust": {"enabled": False}}
    write(home / ".gemini/settings.json", {"security": security, "general": {"enableAutoUpdate": False}})
    return {"GEMINI_API_KEY": "dummy", "GOOGLE_GEMINI_BASE_URL": address}


def _qwen(home: Path, address: str) -> Environment:
    settings = {
        "security": {"auth": {"selectedType": "openai"}, "folderTrust": {"enabled": False}},
        "tools": {"approvalMode": "default"},
        "general": {"enableAutoUpdate": False, "disableAutoUpdate": True},
    }
    write(home / ".qwen/settings.json", settings)
    return {"OPENAI_API_KEY": "dummy", "OPENAI_BASE_URL": f"{address}/v1", "OPENAI_MODEL": "scripted"}


def _vibe(home: Path, address: str) -> Environment:
    (home / ".vibe").mkdir(parents=True, exist_ok=True)
    (home / ".vibe/config.toml").write_text(
        'active_model = "scripted"\n'
        "enable_telemetry = false\nenable_update_checks = false\nenable_auto_update = false\n"
        f'[[providers]]\nname = "local"\napi_base = "{address}/v1"\napi_key_env_var = "LOCAL_KEY"\nbackend = "generic"\n'
        '[[models]]\nname = "scripted"\nprovider = "local"\nalias = "scripted"\n'
    )
    return {"LOCAL_KEY": "dummy"}


def _codex(home: Path, address: str) -> Environment:
    (home / ".codex").mkdir()
    (home / ".codex/config.toml").write_text(
        'model = "scripted"\nmodel_provider = "local"\n'
        f'[model_providers.local]\nname = "Local"\nbase_url = "{address}/v1"\n'
        'env_key = "OPENAI_API_KEY"\nwire_api = "responses"\n'
    )
    return {"OPENAI_API_KEY": "dummy"}


def _claude(home: Path, address: str) -> Environment:
    return {"ANTHROPIC_API_KEY": "dummy", "ANTHROPIC_BASE_URL": address}


def _fast_agent(home: Path, address: str) -> Environment:
    return {"GENERIC_API_KEY": "dummy", "GENERIC_BASE_URL": f"{address}/v1"}


def write(path: Path, settings: object) -> None:
    """Write a file of JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(settings))


SETUPS = {
    "opencode": Setup("opencode", installation.OPENCODE, _opencode),
    "gemini": Setup("gemini", installation.GEMINI, _gemini),
    "qwen": Setup("qwen", installation.QWEN, _qwen),
    "vibe": Setup("vibe", installation.VIBE, _vibe),
    "claude": Setup("claude", installation.CLAUDE, _claude),
    "claude-agent": Setup("claude-agent", installation.CLAUDE_AGENT, _claude),
    "codex": Setup("codex", installation.CODEX, _codex, asks=False),
    "fast-agent": Setup(
        "fast-agent", installation.FAST_AGENT, _fast_agent, args=("--model", "generic.scripted"), asks=False
    ),
}


def environment_of(setup: Setup, home: Path, address: str) -> Environment:
    """The whole environment of an agent that knows only the scripted model."""
    return environment_around(setup.package, home, setup.prepare(home, address))


def environment_around(package: Package, home: Path, own: Environment) -> Environment:
    """What any program needs besides an agent's own variables."""
    programs = installation.installed(package)
    path = os.pathsep.join((str(programs), os.environ["PATH"]))
    # As a run does it; also, Codex puts its sandbox's helpers into its HOME only where that is no folder for scratch.
    scratch = home / "tmp"
    scratch.mkdir(exist_ok=True)
    plain = {"PATH": path, "HOME": str(home), "TMPDIR": str(scratch), "LANG": "C.UTF-8", "NO_PROXY": "127.0.0.1"}
    return {**plain, **own}
