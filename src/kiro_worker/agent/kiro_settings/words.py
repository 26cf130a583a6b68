"""What both engines are told in words."""

from kiro_worker.agent.kiro_settings.fence import Fence

ABOUT = "Does one task of a spec for Kiro Worker"

_PROMPT = (
    "You work on one task of a specification, and nobody reads along. "
    "When a tool is refused, it stays refused: go on without it, or stop and say what was refused. "
    "Never say that something is done, tested or passing unless you did it and saw it in this conversation. "
    "What you change is compared with what you say."
)

_ALONE = (
    "Nobody can allow anything while you work. You may read and write files of the workspace with your file tools, but "
    "for those that are closed to you. Of commands, only these are run, with any arguments, alone or joined by "
    "`&&`, `||`, `;` or `|`: {commands}. A command line with anything else in it is refused as a whole; so are "
    "variables, wildcards, substitutions, and redirections other than to /dev/null."
)


def prompt(fence: Fence) -> str:
    """What the agent is told of its work and its limits: one that knows them does not try in vain."""
    if fence.answered:
        return _PROMPT
    plain = (f"`{command}`" for command in fence.trusted_commands if "|" not in command)
    return f"{_PROMPT}\n\n{_ALONE.format(commands=', '.join(dict.fromkeys(plain)))}"
