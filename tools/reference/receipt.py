"""docs/reference/receipt.md: the events of a run's receipt and their facts."""

import ast
from collections.abc import Iterator, Mapping

from kiro_worker.receipt.closing import CLOSED, Closing, closing_facts
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
that it did; only its last line may be cut off. Tool calls and answers to requests come too quickly for that: they are
out of the worker at once, and on the disk within a second. Every text is redacted before it is written and hashed. An
event that would be larger than a few megabytes is cut, and `cut` counts what is missing.

The hash is taken over the bytes of the line from the opening brace to the value of `before`, closed by a brace: JSON
without spaces, characters beyond ASCII as they are.

## Is it true?

```console
$ kiro-worker receipt verify RUN      # or a file; --public-key FILE, --json
$ kiro-worker receipt show RUN        # the story; --task 2.1, --kind permission, --json
$ kiro-worker receipt key new         # a pair of keys; this machine's runs are signed from then on
```

| `verify` says | Exit | Meaning |
| --- | --- | --- |
| SIGNED | 0 | Every line is there, unchanged and in order, and the known key signed that. |
| WHOLE | 0 | The same by its hashes, with no known key to hold it against. |
| OPEN | 4 | It has no closing line: the run is at work or was killed, or the end was cut off. What is there holds. |
| REFUSED | 1 | A line was changed, cut, moved or put in, the signature does not hold, or a file beside it is another. |

**Without a key** the chain shows a change by accident, or by somebody who did not make all hashes anew. It cannot
show that the whole file was not written by somebody else: whoever can write it can make a new chain.

**With a key** nobody without the private key can change a closed receipt, cut it anywhere, or join two. The known key
is the one named with `--public-key`, else `receipt.pub` beside the operator's settings (`~/.config/kiro-worker/`).
Where one is known, a receipt that is not signed is refused: the signature could have been taken off. The worker signs
with the key in `KIRO_RECEIPT_PRIVATE_KEY`, or in the file that `KIRO_RECEIPT_PRIVATE_KEY_FILE` names, or in
`receipt.key` beside the settings; a file that others can read is refused, and a run that cannot be signed is not
begun. No setting of a repository has a say. Needs `pip install 'kiro-worker[receipt]'`.

**A run that was killed** leaves its receipt open. The run that goes on with it (`resume`) writes down how many events
that had and the hash of the last; `verify` of either holds one against the other, so a signed run vouches for the
killed one before it. Of a killed run that nobody went on with, nothing shows whether its end is there. Where this
machine's list says that a run ended, a receipt without its closing line is refused.

**Files beside it** are held against the hashes in `turn.started`, `turn.ended` and `files.kept`: each prompt, the
transcript up to the last turn's end, the diff, the gates' logs and reports. `summary.md`, `run.json` and `run.html`
are derived and can be made again.

A signature is over these lines, each with a line feed at its end, and can be checked without Kiro Worker:

```text
kiro-worker receipt 1
run RUN
events EVENTS
last LAST
closed AT
key KEY
```

`diff_sha256` is that of the output of `git diff-tree -p --binary --full-index --no-renames --no-ext-diff --no-textconv
--no-color SINCE OID`, with no attributes and no settings of its own.

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
            "item": "the board's id of the card that asks for it; empty for none",
            "attempt": "which try of that card it is, from 1 on",
            "feedback": "ids of what was said on the pull request and is seen to; `checks` for failing ones",
            "resumes": "the run that it goes on with; empty for a first one",
            "resumes_events": "how many events that run's receipt had then, without a closing line",
            "resumes_hash": "the hash of the last of them",
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
            "web": "the repository's own page; empty where it has none that is known",
            "spec": "its name",
            "spec_kind": "`feature` or `bugfix`",
            "plan": "the tasks to do, in their order: `id`, `title`, `purpose`, `criteria`",
            "criteria": "the spec's acceptance criteria: `id` and `text`",
            "done_before": "tasks that earlier runs finished on this branch: the same, and `commits`, oldest first",
            "open_besides": "required tasks that stay open because they were not selected",
            "notes": "what the settings left aside, and why",
            "settings": "where each setting that is no default came from",
            "settings_sha256": "of all settings; two runs with the same one were told the same",
            "policy_sha256": "of the policy that holds; empty where there is none",
            "agent": "`name` and `version`, as the agent says; null where no task needs one",
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
        {
            "fence": "the lease's number, higher than any before",
            "store": "`sqlite`, `gitref`, `postgres`, `dynamodb` or `memory`",
        },
    ),
    "item.claimed": (
        "The card that asks for the run shows that it is being worked on; only now, under the lease.",
        {"item": "the board's id of the card", "place": "the column that it stands in", "attempt": "which try it is"},
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
    "steering.synced": (
        "The repository's steering files were held against the powers that the base branch has locked.",
        {
            "powers": "each with `name` and `version`",
            "files": "what was written: `path`, `outcome` (`added`, `updated`, `merged`, `conflict`), and `clashes`",
            "waiting": "what a person has to settle first: `path`, `state` and `reason`",
            "current": "how many were up to date",
        },
    ),
    "steering.sent": (
        "Which of the repository's standards go with the next prompt.",
        {
            "task": _TASK,
            "sent": "each with `path`, `reason`, the `characters` that are sent `of` how many there are",
            "left_out": "the others, each with `path` and `reason`",
        },
    ),
    "turn.started": (
        "The agent was asked.",
        {
            "task": _TASK,
            "ask": "why: `first`, `nothing-changed`, `undone`, `cut-short`, `still-passes`, `repair`, `modify`",
            "round": "which repair round; 0 outside of one",
            "model": "the model that was asked for; empty is the agent's own choice",
            "prompt": "the redacted prompt's `file` in the run's folder, its `bytes` and `sha256`",
        },
    ),
    "approval.given": (
        "A person looked at the changes.",
        {
            "task": _TASK,
            "choice": "`approve`, `modify`, `skip` or `stop`",
            "words": "what is to be different",
            "by": "who, as this machine knows them",
            "asks": "why they were asked: `code`, `title` and `path` each; empty when they wanted to see everything",
            "diff_sha256": "SHA-256, in hex, of the patch that they saw",
        },
    ),
    "budget.near": (
        "A budget is nearly used up; said once for each.",
        {
            "unit": "what is counted",
            "used": "how much was used",
            "limit": "how much there is",
            "task": "the task whose budget it is; empty for the run's",
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
            "model": "the model that served last, as the agent says; empty is unknown",
            "left_out": "how many `tools`, `allowed` and `refused` are not told one by one",
            "transcript": "the transcript as it was then: its `file`, `bytes` and `sha256`",
        },
    ),
    "permission.allowed": (
        "The agent wanted to do what it may.",
        {
            "task": _TASK,
            "call": "the agent's id of the tool call",
            "kind": "`read`, `edit`, `execute` and so on",
            "asked": "the command, or what it called it",
            "paths": "the files that it names",
            "rule": "the rule that decided",
            "reason": "why",
        },
    ),
    "permission.refused": (
        "The agent wanted to do what it may not.",
        {
            "task": _TASK,
            "call": "the agent's id of the tool call",
            "kind": "`read`, `edit`, `execute` and so on",
            "asked": "the command, or what it called it",
            "paths": "the files that it names",
            "rule": "the rule that decided",
            "reason": "why",
        },
    ),
    "tool.ended": (
        "A tool call of the agent's is over; what it gave is in the transcript.",
        {
            "task": _TASK,
            "call": "the agent's id of it",
            "kind": "`read`, `edit`, `execute` and so on",
            "title": "what the agent called it",
            "status": "`completed` or `failed`",
            "output": "how many characters it gave",
        },
    ),
    "text.cleaned": (
        "A text that goes into prompts held what people do not see, which was taken out; told once for each text.",
        {
            "task": _TASK,
            "source": "which text",
            "removed": "for each `kind`: the `count`, and `line` and `column` of the first one",
        },
    ),
    "changes.inspected": (
        "The worker looked at what the agent changed, and undid what may not stay.",
        {
            "task": _TASK,
            "files": "what is left: `path`, `kind` (git's letter), `added`, `deleted`",
            "undone": "what was undone: `code`, `title`, `path`",
            "claims": "files of the spec that were put back",
            "junk": "new files that tools left behind; they were removed and are in no commit",
            "asks": "what a person has to approve: `code`, `title`, and `path`, empty for the change as a whole",
        },
    ),
    "feedback.read": (
        "What was said on the pull request, and is to be seen to, was read.",
        {
            "pull_request": "its number",
            "remarks": "each `code`, `title`, `path` and `line`; the words themselves are in the prompt",
            "left_out": "accounts whose remarks do not count, because they may not write to the repository",
        },
    ),
    "commit.made": (
        "A commit of the worker's.",
        {
            "oid": "its id",
            "subject": "its first line",
            "task": _TASK,
            "kind": "`task`, `checkpoint`, `partial`, `repair`, `feedback`, `steering`, `untick`, `task-file`, `merge`",
            "files": "how many it changes, the tick not counted",
            "added": "lines",
            "deleted": "lines",
            "unticked": "ids of the tasks whose ticks it takes back",
        },
    ),
    "commit.hashed": (
        "What the commit changed, as one hash.",
        {
            "oid": "its id",
            "task": _TASK,
            "since": "the commit that it is compared with",
            "diff_bytes": "the length of the patch",
            "diff_sha256": "of the patch; see below",
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
            "looked": "at the end: how many changed lines of code there are, and how many each kind of check saw",
            "change": "at the end: how many files and lines the branch changes",
        },
    ),
    "evidence.judged": (
        "What backs each criterion, and which ticks nothing backs.",
        {
            "commit": "what it is evidence of",
            "evidence": "as in [evidence.json](evidence.md); of long lists only the beginning",
        },
    ),
    "evidence.kept": (
        "The whole document is kept.",
        {
            "commit": "what it is evidence of",
            "ref": "where it is on the remote; empty where the remote does not take it",
            "document": "name, length and hash of the run's file",
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
            "commit": "the branch's commit that it was written for",
            "block_sha256": "of the worker's section of its text, as the worker gave it to the forge",
            "notes": "what could not be had, and what was done in place of it",
        },
    ),
    "commit-status.set": (
        "The forge shows the verdict on the commit.",
        {"commit": "which", "state": "`success` or `failure`", "text": "what it says"},
    ),
    "files.kept": (
        "Files that the run leaves beside its receipt: the diff, the gates' logs and reports.",
        {"files": "of each: `file`, `bytes` and `sha256`"},
    ),
    "receipt.closed": (
        "The last line. It counts what is before it, and nothing comes after it.",
        {
            "run": "the run's id",
            "events": "how many lines are before it",
            "last": "the hash of the line before it",
            "key": "`sha256:` and the SHA-256 of the public key; empty for a receipt that is not signed",
            "public_key": "the public key's 32 bytes in base64; empty without one",
            "signature": "the Ed25519 signature in base64; empty without one",
        },
    ),
}


def written() -> Mapping[str, frozenset[str]]:
    """Every event that the source writes, with the facts that it gives anywhere."""
    # The closing line is put together apart from all others: it is signed.
    closing = closing_facts(Closing(run="", events=0, last="", at=""), None)
    found: dict[str, set[str]] = {CLOSED: set(closing)}
    for call in _writes():
        for name in texts(call.args[0]):
            found.setdefault(name, set()).update(each.arg for each in call.keywords if each.arg)
    return {name: frozenset(facts) for name, facts in found.items()}


def _writes() -> Iterator[ast.Call]:
    """Calls of `….journal.write(name, …)` and `jot`; a journal is always called one."""
    for call in (*calls("write"), *calls("jot")):
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
