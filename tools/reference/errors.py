"""docs/reference/errors.md: every code that a fault, a cause or a finding can have."""

import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import kiro_worker
from kiro_worker.agent.port import TurnOutcome
from kiro_worker.error import WorkerError
from kiro_worker.run.verdict import exit_status, verdict_of
from reference import MADE
from reference.source import calls, keyword, literals, texts
from reference.table import table

_LEFT_OUT = ("kiro_worker.testing", "kiro_worker.demo", "kiro_worker.__main__")

_HEAD = f"""\
# Errors

{MADE}

Each fault says what happened, what was kept and what to do next, and has a code that stays: people look it up here,
programs act on it. On a terminal it stands at the beginning of the line; in `run.json` it is `cause.code`; in `doctor
--json` it is `checks[].code`.

## Faults

"Ends as" is the [verdict](verdicts.md) of a run that it ends, and the exit status of any verb.

"""

_CAUSES_HEAD = """
## Reasons for which a run ends besides

Nothing was wrong with what the worker was given here; it is what came of the work. Where a gate is red, the code is
that of its first finding.

"""

_FINDINGS_HEAD = """
## Findings

What gates and the inspection of the agent's changes find. Those of the [spec reader](spec-format.md) have a page of
their own.

"""

# Faults whose verdict depends on more than their kind.
_ELSE = {"agent.not-ready": ", `CONFIG` (2) where it is missing or set up wrongly"}

# A code, and no file's name.
_CODE = re.compile(
    r"(?:tests|coverage|tamper|scope|bite|evidence)\.(?!(?:json|xml|ini|out|txt|py|log|info|lcov)$)[a-z-]+"
)

# Reasons, by code; `Ends as` and what it means.
CAUSES = {
    "run.interrupted": ("INTERRUPTED", "Somebody asked the run to stop, or the build's deadline came."),
    "run.timeout": ("TIMEOUT", "The run took longer than `limits.run`."),
    "run.publish-timeout": ("FORGE_FAULT", "The run was stopped, and the forge did not take the pull request in time."),
    "run.disk-full": ("INTERNAL", "The disk that holds the state folder is full."),
    "run.disk": ("INTERNAL", "The disk that holds the state folder gave an error."),
    "run.internal": ("INTERNAL", "A mistake of Kiro Worker's own; the receipt holds the traceback."),
    "agent.fills-disk": ("BUDGET", "A turn's files took more of the disk than they may; they were dropped."),
    "run.budget": ("BUDGET", "The changes of a task, or of the run, use a budget up."),
    "approval.stopped": ("INTERRUPTED", "A person looked at the changes and stopped the run."),
    "approval.skipped": ("NEEDS_INPUT", "A person skipped every task that was left."),
    "task.phantom": ("PHANTOM", "The agent said twice that a task is done, and changed nothing."),
    "task.bug-not-shown": ("NEEDS_INPUT", "The test that is to show a bug passes on the code that has the bug."),
    "gate.red": (
        "GATE_RED",
        "A gate is red without a finding; `gate.tests` or `gate.coverage` if that is known.",
    ),
    "agent.asked": ("NEEDS_INPUT", "The agent asked a person a question; the message is the question."),
    "agent.refused": ("AGENT_FAULT", "The model declined the task."),
    "agent.cut-short": ("AGENT_FAULT", "The model ran into its own limit of tokens or requests, twice."),
    "agent.cancelled": ("AGENT_FAULT", "The turn was cancelled, though the worker did not ask for it."),
    "agent.silent": ("STALLED", "Nothing came from the agent for longer than `limits.silence`."),
    "agent.timed-out": ("TIMEOUT", "One turn took longer than `limits.turn`."),
    "agent.over-budget": ("BUDGET", "The agent spent, or said, more than it may."),
    "agent.not-started": ("AGENT_FAULT", "The agent's program ended before it took a prompt."),
    "agent.logged-out": ("AGENT_FAULT", "Nobody is logged in to the agent any more."),
    "agent.config": ("CONFIG", "The agent does not accept how it was set up."),
    "agent.throttled": ("AGENT_FAULT", "The agent's service is overloaded or limits the rate; later it may work."),
    "agent.exhausted": ("AGENT_FAULT", "The account's allowance is used up; soon it will not work either."),
    "agent.crashed": ("AGENT_FAULT", "The agent's process ended in the middle of a turn."),
    "agent.protocol": ("AGENT_FAULT", "What the agent sent cannot be understood."),
}

FINDINGS = {
    "change.link-leaves": "A link leads out of the repository.",
    "change.submodule": "Another repository lies inside this one.",
    "change.filtered": "A file would have to be converted by a filter such as Git LFS, which the worker does not run.",
    "change.case-collision": "A name differs from another only in case, or in how its signs are composed.",
    "change.secret": "A file, its name or a link holds a credential of this run, or an added line looks like a secret.",
    "change.denied": "The policy forbids to change this file, whoever asked.",
    "change.needs-approval": "A person has to approve this change: the policy or the repository's governance says so.",
    "permission.needs-person": "The agent wanted to do something that only a person could have allowed.",
    "approval.modify": "What a person who looked at the changes wants to be different.",
    "tests.failed": "A test failed.",
    "tests.error": "A test could not be run to its end.",
    "tests.more": "More tests failed than are shown; the artifacts name them.",
    "tests.killed": "The test command was killed by a signal.",
    "tests.exit-status": "The test command ended with a status that says it failed, and no test says so.",
    "tests.silent": "The test command said nothing for longer than `limits.test_silence`.",
    "tests.timed-out": "The test command took longer than `limits.tests`.",
    "tests.status-swallowed": "Tests failed, and the test command ended as if they had not.",
    "tests.none-ran": "No test was run.",
    "tests.definition-changed": "The branch changed how the tests are run; the base branch's definition was used.",
    "tests.other-suite": "There is a second way to run tests, which was not used.",
    "coverage.low": "Fewer lines are covered than the threshold, or the project's own, asks for.",
    "coverage.low-branches": "Fewer branches are covered than the threshold asks for.",
    "coverage.not-measured": "Coverage could not be measured.",
    "coverage.foreign-files": "The report tells of files that are not part of the repository.",
    "tests.known-failure": "A test failed, failed on the merge base too, and may (`gates.known_failures: allow`).",
    "tests.not-alone": "A test passes by itself and fails among the others.",
    "tests.flaky": "A test says different things of the same code; its tries are told.",
    "tests.not-counted": "On the merge base the tests told what they said, and on the branch they do not.",
    "coverage.changed-low": "Fewer of the changed lines are covered than `gates.changed_coverage_threshold` asks for.",
    "coverage.changed-low-branches": "The same of the branches on changed lines, where they are asked for.",
    "coverage.path-low": "A part of the repository is below its own threshold (`gates.coverage_paths`).",
    "coverage.fell": "Coverage is below the merge base's by more than `gates.coverage_margin`.",
    "coverage.fell-branches": "The same of branches, where they are asked for.",
    "coverage.partial": "The report knows other files, and not the changed ones that it should know.",
    "coverage.other-code": "The report is about other code than what was changed.",
    "coverage.no-lines": "The report gives totals only, so the changed lines cannot be judged.",
    "coverage.path-not-measured": "No measured file fits the pattern of a threshold.",
    "coverage.report-stale": "The report is of other contents of a file.",
    "coverage.not-measured-files": "Changed files of a language that nothing measures.",
    "coverage.branches-not-measured": "Branches were asked for, and the report has none.",
    "tamper.deleted": "Tests that were on the base are nowhere now.",
    "tamper.gone": "Tests ran on the base and not now, although nobody changed their file.",
    "tamper.uncollected": "A test is there, and no runner takes it.",
    "tamper.skipped": "A mark, a call or the run itself keeps a test from running, or its failing from being seen.",
    "tamper.only": "With `only`, no other test of the file runs.",
    "tamper.emptied": "A test asserts nothing any more.",
    "tamper.assertions": "A test asserts less than before.",
    "tamper.weaker": "An assertion says less than before.",
    "tamper.trivial": "An assertion always holds, or an object equals anything.",
    "tamper.expectation": "Another result is expected of the same, or the same of another input.",
    "tamper.conditional": "What was always asserted is asserted only under a condition.",
    "tamper.cases": "Rows of a test's parameters are gone.",
    "tamper.swallowed": "A failing assertion is caught, or expected.",
    "tamper.wrapped": "A decorator may run something else in a test's place.",
    "tamper.mocked": "A test replaces what it tests and asserts what the replacement says.",
    "tamper.fixture": "Tests are given other values, or an autouse fixture patches or skips.",
    "tamper.plumbing": "Something decides for all tests (hooks, `collect_ignore`, leaving early), or cannot be read.",
    "tamper.setting": "A threshold, rule, selection or option of a checking tool is weaker.",
    "tamper.command": "A command that runs checks swallows their status, runs fewer, or is another script now.",
    "tamper.snapshot": "A recorded answer is rewritten or deleted.",
    "tamper.data": "Data that existing tests work with is other or gone.",
    "tamper.suppressed": "A tool is told to look away.",
    "tamper.insight": "Code asks whether it is being tested.",
    "scope.surprise": "A changed file that no task names.",
    "lint.found": "A linter found something that the branch brought in.",
    "types.found": "A type checker found something that the branch brought in.",
    "build.found": "The build found something that the branch brought in.",
    "security.found": "A scan for weaknesses found something that the branch brought in.",
    "licence.found": "A look at licences found something that the branch brought in.",
    "dependencies.found": "An audit of dependencies found something that the branch brought in.",
    "secrets.found": "What the branch adds looks like a secret.",
    "secrets.told": "The same, where it is often harmless, was on the base, or could not be read.",
    "check.told": "A check found something new that is below what blocks.",
    "check.definition-changed": "The branch changed what a check's command stands for, or how a tool is set up.",
    "bite.hollow": "A new or changed test passes without the change that it tests, or needs no more of it than names.",
    "bite.none": "No new or changed test would notice if what was changed did something else.",
    "bite.smoke": "A test calls what was changed, and would not notice what comes of it.",
    "bite.guard": "A test says that something stays as it was; it proves nothing that is new.",
    "bite.unknown": "Tests could not be tried without the change, and why.",
    "feedback.remark": "Somebody who may write to the repository said this on the pull request.",
    "feedback.check": "A check of the pull request that is not the worker's own fails.",
    "evidence.no-work": "A task was ticked by a worker, and its commits change nothing besides the spec.",
    "evidence.no-test": "A task was ticked by a worker, and no passing test is bound to a criterion that it names.",
    "evidence.no-test.told": "The same, where `gates.phantom` only tells.",
}


def faults() -> tuple[type[WorkerError], ...]:
    """Every kind of fault that the product has, by code."""
    for module in walk_packages(kiro_worker.__path__, "kiro_worker."):
        if not module.name.startswith(_LEFT_OUT):
            import_module(module.name)
    # Whoever has loaded this, such as a test, may have kinds of its own.
    ours = (fault for fault in _below(WorkerError) if fault.__module__.startswith("kiro_worker."))
    found = [fault for fault in ours if not fault.__module__.startswith(_LEFT_OUT)]
    return tuple(sorted(found, key=lambda fault: fault.code))


def _below(fault: type[WorkerError]) -> Iterator[type[WorkerError]]:
    for below in fault.__subclasses__():
        yield below
        yield from _below(below)


def meaning(fault: type[WorkerError]) -> str:
    """What a fault is, in one sentence: its docstring's first line."""
    return (fault.__doc__ or "").strip().partition("\n")[0]


def causes_in_source() -> frozenset[str]:
    """Every code that a run's reason has in the source."""
    written = {text for call in calls("Cause", "run") for text in texts(keyword(call, "code"))}
    return frozenset(written | {f"agent.{outcome}" for outcome in TurnOutcome if outcome is not TurnOutcome.ENDED})


def findings_in_source() -> frozenset[str]:
    """Every code that a finding has in the source."""
    from kiro_worker.gate.check.model import CODES
    from kiro_worker.gate.port import Bite
    from kiro_worker.run.steps import inspect

    hazards = {code for code, _, _ in vars(inspect)["_HAZARDS"].values()}
    written = {text for call in calls("Finding") for text in texts(keyword(call, "code"))}
    # Some are chosen in one place and used in another.
    chosen = {text for text in literals("gate", "evidence") if _CODE.fullmatch(text)}
    # These are put together: from a kind, and from the one word that a reader of tests says.
    made = {f"bite.{bite}" for bite in Bite if bite is not Bite.BITES}
    made |= {f"tamper.{word}" for word in literals("gate/tamper") if f"tamper.{word}" in FINDINGS}
    made |= {"evidence.no-test.told"}
    return frozenset(written | hazards | chosen | made | set(CODES)) - {fault.code for fault in faults()}


def page() -> str:
    """The page."""
    lines = [_HEAD.rstrip("\n"), ""]
    lines += table(("Code", "Ends as", "What it is", "Class"), map(_row, faults()))
    lines += [_CAUSES_HEAD.rstrip("\n"), ""]
    causes = ((f"`{code}`", f"`{verdict}`", means) for code, (verdict, means) in sorted(CAUSES.items()))
    lines += table(("Code", "Ends as", "What it is"), causes)
    lines += [_FINDINGS_HEAD.rstrip("\n"), ""]
    lines += table(("Code", "What it is"), ((f"`{code}`", means) for code, means in sorted(FINDINGS.items())))
    return "\n".join(lines) + "\n"


def _row(fault: type[WorkerError]) -> tuple[str, ...]:
    verdict = verdict_of(fault.fault)
    place = f"{fault.__module__.removeprefix('kiro_worker.')}.{fault.__name__}"
    ends = f"`{verdict}` ({exit_status(verdict)}){_ELSE.get(fault.code, '')}"
    return f"`{fault.code}`", ends, meaning(fault), f"`{place}`"
