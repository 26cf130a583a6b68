"""Every verb, in the order that `--help` shows; its module is loaded only when it is called."""


class Verb:
    """One verb: its name, the module in this package that does it, and one line for people."""

    # A plain class: importing `typing` or `dataclasses` would double the time that `--help` takes.
    __slots__ = ("module", "name", "summary")

    def __init__(self, name: str, module: str, summary: str) -> None:
        self.name = name
        self.module = module
        self.summary = summary


GROUPS: tuple[tuple[str, tuple[Verb, ...]], ...] = (
    (
        "Work",
        (
            Verb("run", "run", "implement the open tasks of a spec branch and keep its pull request true"),
            Verb("resume", "resume", "go on with a run that broke off, from its branch"),
            Verb("cancel", "cancel", "stop a run; its work so far is pushed"),
            Verb("poll", "poll", "look at the board once, begin what may be begun, and wait until that has ended"),
            Verb("watch", "watch", "take work from the board for ever, and keep the board true"),
            Verb("delegate", "delegate", "from an idea to a branch, a pull request and a card, which is worked on"),
            Verb("board", "board", "the cards of a board: add, list, move, show, and whether it can be used"),
            Verb("queue", "queue", "runs that wait for their turn on this machine: list, cancel, and work on them"),
            Verb("build", "build", "the run that a build of CodeBuild is asked for, and what is left to do after it"),
            Verb("demo", "demo", "watch the main job end to end on a bundled sample"),
        ),
    ),
    (
        "Look",
        (
            Verb("list", "list", "runs of this machine, newest first"),
            Verb("status", "status", "what is running now"),
            Verb("show", "show", "one run: verdict, tasks, gates, pull request"),
            Verb("logs", "logs", "what a run and its agent said; --follow goes on"),
            Verb("artifacts", "artifacts", "a run's files in the bucket: list them, and links for people that end"),
            Verb("receipt", "receipt", "a run's receipt: verify it, show it, make the keys that sign it"),
            Verb("evidence", "evidence", "what backs each criterion of a branch, and whether that still holds"),
            Verb("pr", "pr", "pull requests of the local forge, as text or as a page"),
            Verb("spec", "spec", "read a spec: its tasks, criteria and what is wrong with it"),
        ),
    ),
    (
        "Set up",
        (
            Verb("doctor", "doctor", "check git, agent, login, forge, tests and spec, with a cure for each fault"),
            Verb("config", "config", "show each setting and where it came from, or check them"),
            Verb("gc", "gc", "take away what killed runs left behind, and what nobody has used in a long time"),
            Verb("policy", "policy", "what an agent may do: check it, explain one answer, run its tests"),
            Verb("power", "power", "packages of standards: build, publish, install, update, and check them"),
            Verb("steering", "steering", "steering files: check and bring them, and what an agent is sent of them"),
            Verb("record", "record", "record a live agent session for replay"),
            Verb("deploy", "deploy", "on AWS: what it needs, whether that is allowed, do it, prove it, undo it"),
        ),
    ),
)

VERBS = {verb.name: verb for _, verbs in GROUPS for verb in verbs}


def overview() -> str:
    """The text of `kiro-worker --help`."""
    lines = [
        "usage: kiro-worker <verb> [options]",
        "",
        "Turns a spec branch into a tested pull request, without trusting the agent that wrote it.",
    ]
    for title, verbs in GROUPS:
        lines += ["", f"{title}:", *(f"  {verb.name:<9}  {verb.summary}" for verb in verbs)]
    lines += [
        "",
        "  --help, --version",
        "",
        "kiro-worker <verb> --help tells more of one verb. Exit statuses: docs/reference/verdicts.md",
    ]
    return "\n".join(lines)
