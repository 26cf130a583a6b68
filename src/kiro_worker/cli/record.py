"""`kiro-worker record`: one live session of an agent, recorded so that the replay agent can play it."""

import asyncio
import contextlib
import errno
import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from secrets import token_hex

from kiro_worker.agent.port import AgentEvent, PermissionDecided, ToolCalled, Turn, TurnLimits, TurnOutcome
from kiro_worker.agent.record import Recording, record
from kiro_worker.agent.replay import render
from kiro_worker.bootstrap.adapters import agent_for
from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.workshop import Workshop, workshop
from kiro_worker.cli.options import OptionUnfit, flags_of, setting_options
from kiro_worker.cli.terminal import print_json
from kiro_worker.config import Config
from kiro_worker.error import Fault, WorkerError
from kiro_worker.forge.escape import line as one_line
from kiro_worker.forge.escape import visible
from kiro_worker.policy import Policy
from kiro_worker.run.permission import permit_under
from kiro_worker.run.report.words import counted
from kiro_worker.run.verdict import Verdict, exit_status


class CassetteExists(WorkerError):
    """The file is there already."""

    code = "record.exists"
    fault = Fault.CONFIG

    def __init__(self, *, path: Path) -> None:
        super().__init__(
            f"{path} is there already.",
            kept="It is as it was.",
            next_step="Choose another name, or overwrite it with --force.",
        )


class NothingRecorded(WorkerError):
    """The agent never got as far as a prompt."""

    code = "record.nothing"
    fault = Fault.AGENT

    def __init__(self, *, outcome: TurnOutcome, detail: str) -> None:
        super().__init__(
            f"There was no session to record ({outcome}): {detail.rstrip('.') or 'the agent does not say why'}.",
            kept="No file was written.",
            next_step="Look at the agent: kiro-worker doctor",
        )


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    parser.add_argument("cassette", metavar="FILE", help="where to write the recording (docs/reference/cassette.md)")
    prompt = parser.add_mutually_exclusive_group()
    prompt.add_argument("--prompt", metavar="TEXT", help="what to ask the agent (standard input)")
    prompt.add_argument("--prompt-file", metavar="FILE", help="the same, from a file")
    parser.add_argument("-C", dest="folder", metavar="FOLDER", default=".", help="where the agent works; it may write")
    parser.add_argument("--force", action="store_true", help="overwrite the file")
    parser.add_argument("--json", action="store_true", help="one JSON document about the recording")
    setting_options(parser, sections=("agent", "limits"))


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    path = Path(given.cassette).absolute()
    if not given.force and path.exists():
        raise CassetteExists(path=path)
    _try_out(path)
    return asyncio.run(_call(given, path, _prompt(given)))


async def _call(given: Namespace, path: Path, prompt: str) -> int:
    machine = this_machine()
    async with workshop(machine) as shop:
        config = early_settings(machine, flags_of(given))
        recording = await _record(shop, config, prompt, Path(given.folder).absolute())
        detail = shop.redactor.text(recording.end.detail)
    if not recording.cassette.turns:
        raise NothingRecorded(outcome=recording.end.outcome, detail=detail)
    _write(path, render(recording.cassette), force=given.force)
    for what in recording.left_out:
        print(f"left out: {visible(what)}", file=sys.stderr)
    if given.json:
        print_json(_document(path, recording))
    else:
        print(f"{path}: {counted(len(recording.cassette.turns), 'turn')}. Play it: --agent 'kiro-worker-replay {path}'")
    if recording.end.outcome is TurnOutcome.ENDED:
        return 0
    print(visible(f"The turn ended as {recording.end.outcome}: {detail}"), file=sys.stderr)
    return exit_status(Verdict.AGENT_FAULT)


async def _record(shop: Workshop, config: Config, prompt: str, folder: Path) -> Recording:
    homes_folder = shop.machine.state / "homes" / f"record-{token_hex(4)}"
    _, homes = agent_for(shop, config, homes_folder, tap=lambda *_: None)
    limits = config.limits
    turn = Turn(
        prompt=prompt,
        workspace=folder,
        environment=homes.fresh("record"),
        permit=permit_under(Policy(), folder),
        limits=TurnLimits(wall=limits.turn, silence=limits.silence, start=limits.start),
    )

    def hear(event: AgentEvent) -> None:
        if told := _told(event):
            # A session costs money: that nobody reads along any more does not end it.
            with contextlib.suppress(BrokenPipeError):
                print(one_line(shop.redactor.text(told)), file=sys.stderr)

    try:
        return await record(
            lambda tap: agent_for(shop, config, homes_folder, tap=tap)[0], turn, hear, redactor=shop.redactor
        )
    finally:
        homes.clear()


def _told(event: AgentEvent) -> str:
    match event:
        case ToolCalled(title=title, status="completed" | "failed" as status):
            return f"{title} ({status})"
        case PermissionDecided(request=request, permission=permission) if not permission.allowed:
            return f"refused: {request.command or request.title} ({permission.reason})"
        case _:
            return ""


def _prompt(given: Namespace) -> str:
    if given.prompt_file:
        try:
            return Path(given.prompt_file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise OptionUnfit(
                f"The prompt cannot be read from {given.prompt_file}: {error}", next_step="Name a text file in UTF-8."
            ) from error
    if given.prompt is None and sys.stdin.isatty():
        raise OptionUnfit("There is no prompt.", next_step="Give one: --prompt TEXT, --prompt-file FILE, or a pipe")
    prompt = sys.stdin.read() if given.prompt is None else str(given.prompt)
    if not prompt.strip():
        raise OptionUnfit("The prompt is empty.", next_step="Say what the agent is to do: --prompt TEXT")
    return prompt


def _try_out(path: Path) -> None:
    """See that the file can be written, before a session is paid for.

    Raises:
        OptionUnfit: when it cannot.
    """
    beside = _beside(path)
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        beside.touch()
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        # Where nothing can be written, nothing can be removed either: that must not hide the reason.
        with contextlib.suppress(OSError):
            beside.unlink()


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{token_hex(4)}")


def _unwritable(path: Path, error: OSError) -> OptionUnfit:
    return OptionUnfit(
        f"{path} cannot be written: {error.strerror}.", next_step="Name a file in a folder that is there."
    )


def _write(path: Path, text: str, *, force: bool) -> None:
    """Write the file whole or not at all."""
    beside = _beside(path)
    try:
        beside.write_text(text, encoding="utf-8")
        if force:
            beside.replace(path)
        else:
            os.link(beside, path)
    except FileExistsError as error:
        raise CassetteExists(path=path) from error
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        # Where nothing can be written, nothing can be removed either: that must not hide the reason.
        with contextlib.suppress(OSError):
            beside.unlink()


def _document(path: Path, recording: Recording) -> dict[str, object]:
    return {
        "schema": "kiro-worker/record/1",
        "cassette": str(path),
        "turns": len(recording.cassette.turns),
        "outcome": recording.end.outcome.value,
        "left_out": list(recording.left_out),
    }
