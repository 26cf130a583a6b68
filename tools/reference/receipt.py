"""docs/reference/receipt.md: the events of a run's receipt and their facts."""

import ast
from collections.abc import Iterator, Mapping

from reference import MADE
from reference.source import calls, texts
from reference.table import table

_HEAD = f"""\
# The receipt of a run

{MADE}

`events.jsonl` in a run's folder is the truth about the run; `run.json` ([its schema](run.schema.json)), the page, the
summary and the worker's section of the pull request are made from it. One event is one line, a JSON object:

| Key | Meaning |
| --- | --- |
| `n` | its number, from 1 |
| `at` | when it was written: RFC 3339, UTC, milliseconds |
| `event` | its name, one of those below |
| `before` | the hash of the line before; 64 zeros in the first |
| `hash` | SHA-256, in hex, of this line as it is without `hash` |

and the facts of the event. A line is on the disk before the next thing is done, so a run that was killed has told all
that it did; only its last line may be cut off. Every text is redacted before it is written and hashed.

The hash is taken over the bytes of the line from the opening brace to the value of `before`, closed by a brace: JSON
without spaces, characters beyond ASCII as they are. `kiro-worker show` says where the chain is broken. It shows a
change by accident or by somebody who did not take the trouble; whoever can rewrite the whole file can make a new
chain, and signing is what will stop that.

Readers leave out events that they do not know, and facts that they do not know. What the agent said and did is in
`transcript.jsonl`.

## Events
"""

# Facts that several events have.
_TASK = "the task's id; empty for a repair of the whole"
_SECONDS = "how long it took"

EVENTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "run.started": (
        "The run has begun; nothing was looked at yet.",
        {
            "run": "its id",
            "version": "the worker's",
            "repository": "the remote's address, without credentials",
            "branch": "the branch to work on; empty for a new one",
            "agent": "as it was asked for",
            "environment": "`test`, `staging`, `production` or empty",
            "build_url": "the build that runs it, if there is one",
            "resumes": "the run that it goes on with; empty for a first one",
            "pid": "the worker's process",
        },
    ),
    "run.admitted": (
        "Everything that a run needs is there; nothing was spent.",
        {
            "branch": "the branch to work on; empty for a new one",
            "base": "the branch that the pull request goes to",
            "head": "the branch's commit; null for a new one",
            "base_head": "the base's commit",
            "spec": "its name",
            "spec_kind": "`feature` or `bugfix`",
            "plan": "the tasks to do, in their order: `id`, `title`, `purpose`, `criteria`",
            "criteria": "the spec's acceptance criteria: `id` and `text`",
            "done_before": "tasks that earlier runs finished on this branch: the same, and `commits`, oldest first",
            "open_besides": "required tasks that stay open because they were not selected",
            "notes": "what the settings left aside, and why",
            "settings": "where each setting that is no default came from",
        },
    ),
    "run.isolated": (
        "How the agent, set-up and tests are kept apart from the worker; see [isolation](isolation.md).",
        {
            "kind": "`none`, `user` or `bubblewrap`",
            "limits": "what they may take of the machine",
            "notes": "why nothing stronger could be had, and what could not be limited",
        },
    ),
    "run.noted": ("Something that a reader should know.", {"note": "a sentence"}),
    "run.stopping": (
        "Somebody, or the clock, wants the run to end; what is done is saved first.",
        {"code": "why, as in [errors](errors.md)", "message": "the same, for people"},
    ),
    "run.bug": (
        "A mistake of the worker's own.",
        {"step": "the step that it was in", "traceback": "Python's, its last 8,000 characters"},
    ),
    "run.decided": (
        "The verdict. It comes again when publishing it failed.",
        {
            "verdict": "one of [verdicts](verdicts.md)",
            "exit_status": "the process's",
            "cause": "why, or null: `code`, `message`, `kept`, `next_step`, `task`, `step`, `output`",
            "draft": "whether the pull request is to be a draft",
            "seconds": "since the run began",
        },
    ),
    "run.ended": (
        "The last line of a run that was not killed.",
        {"verdict": "the last one", "exit_status": "the process's", "seconds": "of the whole run"},
    ),
    "step.started": ("A step begins.", {"step": "its name, as in the [glossary](../glossary.md)", "task": _TASK}),
    "step.ended": ("The step is over, however.", {"step": "its name", "task": _TASK, "seconds": _SECONDS}),
    "lease.taken": (
        "The branch is this run's.",
        {"fence": "the lease's number, higher than any before", "store": "`sqlite`, `gitref` or `memory`"},
    ),
    "lease.released": ("The branch is free again.", {"fence": "the lease's number"}),
    "workspace.prepared": (
        "The working tree stands.",
        {
            "branch": "its branch; a new one has its name from here on",
            "base": "the base branch",
            "head": "the commit that it begins at",
            "fence": "the number that guards every push",
            "ahead": "commits that the base does not have",
            "behind": "commits of the base that it does not have",
            "conflicts": "files in which merging the base would conflict",
            "path": "where it is",
        },
    ),
    "workspace.kept": ("The working tree holds something that was not pushed, and stays.", {"path": "where it is"}),
    "project.set-up": (
        "The project's dependencies were seen to.",
        {"color": "`green`, `error` or `not-applicable`", "summary": "what was done", "seconds": _SECONDS},
    ),
    "agent.started": (
        "The agent is up; what it says of itself.",
        {
            "name": "its own name",
            "version": "its version",
            "mode": "the mode that it was set to",
            "model": "the model that it uses",
            "session": "the id of its session",
        },
    ),
    "turn.started": (
        "The agent was asked.",
        {
            "task": _TASK,
            "ask": "why: `first`, `nothing-changed`, `undone`, `cut-short`, `still-passes`, `repair`",
            "round": "which repair round; 0 outside of one",
            "prompt_sha256": "of the prompt, which is in the transcript",
        },
    ),
    "turn.ended": (
        "The agent's process tree is gone.",
        {
            "task": _TASK,
            "outcome": "`ended`, or what went wrong",
            "detail": "its own words about that",
            "seconds": _SECONDS,
            "usage": "what it says it cost: `credits`, `cost_usd`, `input_tokens`, `output_tokens`; null is unknown",
            "tools": "tool calls that came to an end",
            "kept_going": "prompts that had to be added to the first",
        },
    ),
    "permission.refused": (
        "The agent wanted to do what it may not.",
        {
            "task": _TASK,
            "asked": "the command, or what it called it",
            "rule": "the rule that decided",
            "reason": "why",
        },
    ),
    "changes.inspected": (
        "The worker looked at what the agent changed, and undid what may not stay.",
        {
            "task": _TASK,
            "files": "what is left: `path`, `kind` (git's letter), `added`, `deleted`",
            "undone": "what was undone: `code`, `title`, `path`",
            "claims": "files of the spec that were put back",
        },
    ),
    "commit.made": (
        "A commit of the worker's.",
        {
            "oid": "its id",
            "subject": "its first line",
            "task": _TASK,
            "kind": "`task`, `checkpoint`, `partial`, `repair` or `merge`",
            "files": "how many it changes, the tick not counted",
            "added": "lines",
            "deleted": "lines",
        },
    ),
    "commit.adopted": (
        "A commit that a killed run made and did not push is taken over.",
        {"oid": "its id", "run": "the run that made it"},
    ),
    "branch.pushed": ("The remote has it.", {"oid": "the branch's commit from now on"}),
    "gates.judged": (
        "The gates looked.",
        {
            "scope": "what was asked: `checkpoint`, `task`, `must-fail`, `final`",
            "task": _TASK,
            "commit": "what they looked at",
            "results": "one for each gate; see `gates` in the [schema](run.schema.json)",
        },
    ),
    "pull-request.published": (
        "The pull request is true to the verdict.",
        {
            "number": "its number",
            "url": "its address",
            "title": "its title",
            "change": "`created`, `updated` or `unchanged`",
            "draft": "whether it is one",
            "notes": "what could not be had, and what was done in place of it",
        },
    ),
}


def written() -> Mapping[str, frozenset[str]]:
    """Every event that the source writes, with the facts that it gives anywhere."""
    found: dict[str, set[str]] = {}
    for call in _writes():
        for name in texts(call.args[0]):
            found.setdefault(name, set()).update(each.arg for each in call.keywords if each.arg)
    return {name: frozenset(facts) for name, facts in found.items()}


def _writes() -> Iterator[ast.Call]:
    """Calls of `….journal.write(name, …)`; a journal is always called one."""
    for call in calls("write"):
        of = call.func.value if isinstance(call.func, ast.Attribute) else None
        owner = of.attr if isinstance(of, ast.Attribute) else getattr(of, "id", "")
        if owner.strip("_") == "journal":
            yield call


def page() -> str:
    """The page."""
    lines = [_HEAD]
    for name, (means, facts) in EVENTS.items():
        lines += [f"### `{name}`", "", means, ""]
        lines += table(("Fact", "Meaning"), ((f"`{fact}`", told) for fact, told in facts.items()))
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"
