"""A look at an agent that spends nothing: is the program there, which version, is somebody logged in."""

import re
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

from kiro_worker.agent.failure import failure_in
from kiro_worker.agent.port import AgentCheck, TurnOutcome
from kiro_worker.agent.profile import Profile
from kiro_worker.expression import expression
from kiro_worker.process import Children, Command, Ending, Exit, Limits, NotStarted

_LIMITS = Limits(wall=30.0, kept_output=64 * 1024)
_VERSION = expression(r"\d+\.\d+[\w.+-]*")
_IS_OF_THE_FLAG = expression(
    r"(unknown|unrecognized|unexpected|invalid|no such) (option|argument|flag)s?:? *['\"`]?-", re.IGNORECASE
)
_LONGEST_DETAIL = 1000


async def look_at(
    profile: Profile, children: Children, environment: Mapping[str, str], *, limits: Limits = _LIMITS
) -> AgentCheck:
    """What can be learnt about a profile's agent without a prompt; a fault of the agent is an answer."""
    program = profile.command[0]
    found = shutil.which(program, path=environment.get("PATH", ""))
    if found is None:
        return _missing(profile, program)
    folder = Path(environment.get("HOME", "/"))
    cwd = folder if folder.is_dir() else Path("/")

    async def asked(arguments: tuple[str, ...]) -> Exit | None:
        argv = (str(Path(found).absolute()), *arguments)
        try:
            return await children.run(Command(argv=argv, cwd=cwd, environment=environment), limits)
        except NotStarted:
            return None

    try:
        await children.foresee(Command(argv=(str(Path(found).absolute()),), cwd=cwd, environment=environment))
    except NotStarted as fault:
        return AgentCheck(
            name=profile.name, outcome=TurnOutcome.NOT_STARTED, detail=fault.message, cure=fault.next_step
        )
    version = ""
    if profile.check.version:
        over = await asked(profile.check.version)
        told = "" if over is None else _words(over)
        if over is not None and _IS_OF_THE_FLAG.search(told):
            told = ""  # it runs, and only has no such option: not every version of a program has one
        elif over is None or not over.ok:
            outcome = failure_in(told) or TurnOutcome.NOT_STARTED
            return _fault(profile, outcome, told or f"{program} does not tell its version.")
        version = match[0] if (match := _VERSION.search(told)) else ""
    if profile.check.login:
        over = await asked(profile.check.login)
        told = "" if over is None else _words(over)
        if over is None or not over.ok or any(words in told for words in profile.check.logged_out):
            asked_of = " ".join((Path(program).name, *profile.check.login))
            return _fault(profile, TurnOutcome.LOGGED_OUT, _not_in(asked_of, over, told, limits), version)
    return AgentCheck(name=profile.name, version=version)


def _words(over: Exit) -> str:
    return b"\n".join(filter(None, (over.stdout.strip(), over.stderr.strip()))).decode("utf-8", "replace")


def _not_in(question: str, over: Exit | None, told: str, limits: Limits) -> str:
    """Why it is not known that somebody is logged in: what was asked, and what was seen."""
    if over is None:
        return f"`{question}` could not be started, so who is logged in is not known."
    if over.ending is not Ending.EXITED:
        return f"`{question}` did not answer within {limits.wall:g} s, so who is logged in is not known."
    return f"Nobody is logged in: `{question}` {f'says: {told}' if told else f'ended with status {over.status}.'}"


def _missing(profile: Profile, program: str) -> AgentCheck:
    """The search found no program of this name, which with a `/` in it is a place and not searched for at all."""
    if "/" not in program:
        return _fault(profile, TurnOutcome.NOT_STARTED, f"There is no program {program!r} on the agent's PATH.")
    place = Path(program).absolute()
    if not place.is_file():
        return _fault(profile, TurnOutcome.NOT_STARTED, f"There is no program at {place}.")
    detail = f"{place} is there, but is not marked as a program that may be started."
    cure = f"Run: chmod +x {shlex.quote(str(place))}"
    return AgentCheck(name=profile.name, outcome=TurnOutcome.NOT_STARTED, detail=detail, cure=cure)


def _fault(profile: Profile, outcome: TurnOutcome, detail: str, version: str = "") -> AgentCheck:
    install = f"Install it, or name another agent; the command is: {' '.join(profile.command)}"
    # A cure that only tells how to sign in is none where there is no program to sign in with.
    missing = outcome is TurnOutcome.NOT_STARTED and not profile.check.cure.startswith("Install")
    cure = ". Then: ".join(filter(None, (install if missing else "", profile.check.cure))) or install
    return AgentCheck(name=profile.name, version=version, outcome=outcome, detail=detail[:_LONGEST_DETAIL], cure=cure)
