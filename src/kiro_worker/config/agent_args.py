"""Arguments that nobody may hand to an agent, since they would take it out of the worker's hands."""

from collections.abc import Iterator, Sequence

from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """Arguments that are refused for one reason.

    Attributes:
        flags: as the agents spell them.
        reason: why; it follows "because".
        programs: the agents that have them; empty for all.
        unless_headless: whether they are let through to a program that is run for each prompt: nobody can be asked
            there, so a person's command line says what it is trusted with and what it prints. Kiro's is the worker's.
    """

    flags: tuple[str, ...]
    reason: str
    programs: frozenset[str] = frozenset()
    unless_headless: bool = False

    def concerns(self, program: str, *, headless: bool = False) -> bool:
        """Whether an agent of that profile or program, spoken to in that way, may not get these flags."""
        if headless and self.unless_headless and not _is_one_of(program, _KIRO):
            return False
        return not self.programs or _is_one_of(program, self.programs)


def _is_one_of(program: str, known: frozenset[str]) -> bool:
    return any(program == name or program.startswith(f"{name}-") for name in known)


_KIRO = frozenset({"kiro"})
_CODEX = frozenset({"codex"})
# What Codex takes as `-c key=value`, in place of the flags that are refused.
_GUARDED = ("approval_policy", "approvals", "sandbox", "default_permissions", "permissions")
_OVERRIDDEN = "the worker answers each request for permission itself, and decides what the agent can reach"

# Kiro: kiro.dev/docs/reference/cli-commands. The others: each agent's own --help.
REFUSALS: tuple[Refusal, ...] = (
    Refusal(
        ("--trust-all-tools", "--trust-tools", "--yolo", "--dangerously-skip-permissions",
         "--dangerously-bypass-approvals-and-sandbox", "--allow-dangerously-skip-permissions", "--full-auto",
         "--auto-approve", "--approval-mode", "--permission-mode", "--allowed-tools", "--allowedTools",
         "--ask-for-approval", "--trust"),
        "the worker answers each request for permission itself",
        unless_headless=True,
    ),
    Refusal(("-a",), "it trusts all tools, and the worker answers each request for permission itself", _KIRO),
    Refusal(("-y",), "it allows everything, and the worker answers each request for permission itself",
            frozenset({"gemini", "qwen"}), unless_headless=True),
    Refusal(("--auto",), "it allows everything, and the worker answers each request for permission itself",
            frozenset({"opencode"}), unless_headless=True),
    Refusal(("-s", "--sandbox"), "the worker decides what the agent can reach", frozenset({"codex"}),
            unless_headless=True),
    Refusal(("--settings",), "settings can allow what the worker has to be asked for", frozenset({"claude"}),
            unless_headless=True),
    Refusal(("--no-interactive",), "the worker sets it where the protocol needs it"),
    Refusal(("--v1", "--v2", "--v3", "--agent-engine", "--tui", "--classic", "--legacy-ui"),
            "the engine belongs to the agent's profile: choose kiro-v2 or kiro-v3", _KIRO),
    Refusal(("--output-format", "--format", "--wrap"), "the worker reads the output and sets its format itself",
            frozenset({"kiro", "gemini", "qwen", "claude", "opencode"}), unless_headless=True),
    Refusal(("--acp", "--experimental-acp"), "the protocol belongs to agent.protocol", frozenset({"gemini", "qwen"})),
    Refusal(("--resume", "--resume-id", "--resume-picker", "--list-sessions", "--delete-session", "--session-id",
             "--continue"),
            "the worker decides which session goes on"),
    Refusal(("-r",), "the worker decides which session goes on", _KIRO),
    Refusal(("-c",), "the worker decides which session goes on", frozenset({"claude", "opencode"})),
    Refusal(("--cloud", "--repo"), "the work has to happen here, where it can be watched", _KIRO),
    Refusal(("--list-models", "--help", "--version"), "the agent would answer and do nothing"),
    Refusal(("--",), "what follows would be taken for the prompt, which the worker writes"),
)  # fmt: skip


def program_of(agent: str) -> str:
    """The profile or program that `agent.name` stands for.

    >>> program_of("kiro-v3"), program_of("/opt/bin/kiro-cli acp"), program_of("opencode acp")
    ('kiro-v3', 'kiro-cli', 'opencode')
    """
    import shlex

    try:
        words = shlex.split(agent)
    except ValueError:
        words = agent.split()
    return words[0].rpartition("/")[2] if words else ""


def refused_args(agent: str, args: Sequence[str], *, headless: bool = False) -> Iterator[tuple[str, str]]:
    """Each argument that may not be handed to an agent, and why.

    Args:
        agent: the profile or the command line.
        args: the arguments.
        headless: whether it is one process for each prompt, which can ask nobody.

    >>> list(refused_args("kiro", ["--effort", "high", "--cloud"]))
    [('--cloud', 'the work has to happen here, where it can be watched')]
    """
    program = program_of(agent)
    concerned = (refusal for refusal in REFUSALS if refusal.concerns(program, headless=headless))
    mine = {_spelling(flag): refusal.reason for refusal in concerned for flag in refusal.flags}
    letters = {flag[1]: flag for flag in mine if len(flag) == 2 and flag != "--"}
    for word in args:
        flag = word.partition("=")[0]
        if _spelling(flag) in mine:
            yield flag, mine[_spelling(flag)]
        elif word.startswith("-") and not word.startswith("--"):
            # `-ya` is `-y -a` to most argument parsers.
            for letter in dict.fromkeys(word[1:]):
                if letter in letters and word[1:].isalpha() and len(word) <= 5:
                    yield word, mine[letters[letter]]
                    break
    if not headless and _is_one_of(program, _CODEX):
        yield from ((override, _OVERRIDDEN) for override in _overrides(args))


def _spelling(flag: str) -> str:
    """One spelling for all that parsers of arguments take for the same: `--approvalMode`, `--approval_mode`.

    A single letter stays what it is; `-A` need not be `-a`.
    """
    if not flag.startswith("--"):
        return flag
    parted = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in flag.replace("_", "-"))
    return "--" + parted.lstrip("-")


def _overrides(args: Sequence[str]) -> Iterator[str]:
    """The settings in `-c key=value` that say who is asked, or what can be reached."""
    for word, following in zip(args, (*args[1:], ""), strict=True):
        if word in {"-c", "--config"}:
            override = following
        elif word.startswith("--config="):
            override = word.removeprefix("--config=")
        elif word.startswith("-c") and "=" in word:
            override = word[2:].lstrip("=")
        else:
            continue
        key = override.partition("=")[0].strip().strip("\"'")
        # A profile is a table of settings, may hold any of them, and may be given whole.
        of_profile = key.startswith("profiles") and any(guarded in override for guarded in _GUARDED)
        if of_profile or key.startswith(_GUARDED):
            yield f"-c {override}"
