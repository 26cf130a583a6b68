"""How one headless program wants to be called and read, as data.

What Kiro's says comes from its reference pages, from its issue tracker, and from programs that drive it (`source`).
Its versions differ, so flags are offered by what `--help` lists and never by version number.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from kiro_worker.agent.port import TurnOutcome
from kiro_worker.agent.profile import Profile, ProfileUnreadable
from kiro_worker.value import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Offer:
    """A flag, with its value if it takes one, for programs that know it."""

    flag: str
    value: str = ""

    @property
    def arguments(self) -> tuple[str, ...]:
        """How it is given."""
        return (self.flag, self.value) if self.value else (self.flag,)


@dataclass(frozen=True, slots=True)
class Sign:
    """Words of the program, or of the service behind it, that tell how the turn ends."""

    words: str
    outcome: TurnOutcome
    source: str

    def is_in(self, text: str) -> bool:
        """Whether they stand in a text."""
        return re.search(self.words, text, re.IGNORECASE | re.MULTILINE) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """A headless program's habits.

    Attributes:
        help: arguments that make it list its flags; without them, none is offered.
        always: arguments for every turn.
        offers: of each group, the first that the program knows is given.
        model: the flag that takes a model's id.
        resume: the flag that takes a session's id.
        events: the argument that asks for JSON lines; what is none is noise then.
        answer_mark: what stands before an answer in a transcript; a pattern over the text with its colours.
        trailer: the line that tells what a turn cost, with groups `credits` and `time`.
        is_metered: whether a turn that worked always says so, by its cost or by its end.
        at_once: words after which the program only waits, or works for nothing; the turn is ended there.
        signs: words that tell of a failure once the program has ended.
        statuses: exit statuses that mean something.
    """

    help: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    offers: tuple[tuple[Offer, ...], ...] = ()
    model: str = "--model"
    resume: str = ""
    events: str = ""
    answer_mark: str = ""
    trailer: str = ""
    is_metered: bool = False
    at_once: tuple[Sign, ...] = ()
    signs: tuple[Sign, ...] = ()
    statuses: Mapping[int, TurnOutcome] = field(default_factory=lambda: MappingProxyType({}))

    def arguments(self, help_text: str) -> tuple[str, ...]:
        """The arguments for a program that lists these flags."""
        known = (next((offer for offer in group if lists(help_text, offer.flag)), None) for group in self.offers)
        return (*self.always, *(word for offer in known if offer is not None for word in offer.arguments))

    def sign_in(self, text: str) -> TurnOutcome | None:
        """What its own failures mean that a text tells of."""
        return next((sign.outcome for sign in self.signs if sign.is_in(text)), None)


def lists(help_text: str, flag: str) -> bool:
    """Whether a help text lists a flag.

    >>> lists("  --wrap <WHEN>  Control wrapping", "--wrap"), lists("--wrap-lines", "--wrap")
    (True, False)
    """
    return re.search(rf"(?<![\w-]){re.escape(flag)}(?![\w-])", help_text) is not None


PLAIN = Dialect()


def kiro(engine: str, *, own_agent: str = "", has_servers: bool = False) -> Dialect:
    """Kiro's dialect, with the engine that is to run.

    Args:
        engine: v2 or v3.
        own_agent: the agent whose file says what is trusted; beside one, Kiro heeds no flag of trust that is narrower.
        has_servers: whether it is a fault when an MCP server does not start.
    """
    return replace(
        _KIRO,
        always=("--no-interactive", "--agent", own_agent) if own_agent else _KIRO.always,
        offers=(
            # Which engine runs when none is named changed between versions (kiro.dev/docs/cli/agent-harness).
            (Offer(f"--{engine}"), Offer("--agent-engine", engine)),
            *_KIRO.offers,
            *(((Offer("--require-mcp-startup"),),) if has_servers else ()),
        ),
    )


_KIRO = Dialect(
    help=("--help",),
    # Without an agent of the worker's own. Nobody can answer a question in the middle of a headless turn: an untrusted
    # tool is refused or hangs, by version (kirodotdev/Kiro#7483), so trust is explicit, whatever the default.
    always=("--no-interactive", "--trust-all-tools"),
    offers=(
        (Offer("--wrap", "never"),),
        (Offer("--output-format", "stream-json"),),
    ),
    resume="--resume-id",
    events="stream-json",
    answer_mark=r"\x1b\[38;5;\d+m> \x1b\[(?:0|39)?m",
    trailer=r"▸\s*(?:Credits:\s*(?P<credits>\d+(?:\.\d+)?)\s*•\s*)?Time:\s*(?P<time>[\dhms. ]+)",
    is_metered=True,
    at_once=(
        Sign(r"^\s*confirm the following code in the browser", TurnOutcome.LOGGED_OUT, "aws/amazon-q-developer-cli"),
        Sign(r"/device\?user_code=", TurnOutcome.LOGGED_OUT, "aws/amazon-q-developer-cli"),
        # Before 2.27.1 the default agent answered, without the restrictions of the one that was asked for.
        Sign(r"agent .{0,120}not found, using", TurnOutcome.CONFIG, "kirodotdev/Kiro#11005"),
        Sign(r"no agent with name .{1,120} found", TurnOutcome.CONFIG, "aws/amazon-q-developer-cli"),
    ),
    signs=(
        Sign(r"60-minute credit limit exceeded", TurnOutcome.EXHAUSTED, "kirodotdev/Kiro#8709"),
        Sign(r"monthly (usage )?limit|MonthlyLimitReached", TurnOutcome.EXHAUSTED, "kirodotdev/Kiro#7212"),
        Sign(r"request was throttled by the service", TurnOutcome.THROTTLED, "kirodotdev/Kiro#10184"),
        Sign(r"kiro rate limit reached|request quota exceeded", TurnOutcome.THROTTLED, "kirodotdev/Kiro#9058"),
        Sign(
            r"ThrottlingException|ModelOverloadedError|model (is )?overloaded", TurnOutcome.THROTTLED, "dwalleck/cyril"
        ),
        Sign(r"InvalidModelId", TurnOutcome.CONFIG, "dwalleck/cyril"),
        Sign(r"ContextWindowOverflow", TurnOutcome.CUT_SHORT, "dwalleck/cyril"),
        Sign(r"^\s*authentication failed\.", TurnOutcome.LOGGED_OUT, "sortie-ai/sortie"),
        Sign(r"tool approval required but --no-interactive", TurnOutcome.CONFIG, "aws/amazon-q-developer-cli"),
    ),
    # kiro.dev/docs/reference/exit-codes: an MCP server that did not start; an agent that is not there.
    statuses=MappingProxyType({3: TurnOutcome.CONFIG, 4: TurnOutcome.CONFIG}),
)


_KIRO_SETTINGS = [{"dialect": "kiro", "engine": engine} for engine in ("v2", "v3")]


def dialect_of(profile: Profile, *, own_agent: str = "", has_servers: bool = False) -> Dialect:
    """The dialect that a profile's settings name; a program of which nothing is known speaks the plain one.

    Raises:
        ProfileUnreadable: when the settings name another.
    """
    settings = dict(profile.settings)
    if not settings:
        return PLAIN
    if settings not in _KIRO_SETTINGS:
        raise ProfileUnreadable(
            f"The profile {profile.name}", f"{settings} is no headless dialect; there is {_KIRO_SETTINGS}"
        )
    return kiro(settings["engine"], own_agent=own_agent, has_servers=has_servers)
