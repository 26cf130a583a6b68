"""What the gate is going to run: from the settings, or as detected on the base branch."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from kiro_worker.config.settings import GateSettings
from kiro_worker.gate.base import BaseFiles
from kiro_worker.gate.command import find_program, named_program, spell
from kiro_worker.gate.detect import LOOKED_FOR, Asked, Detected, Follow, Python, detect
from kiro_worker.gate.detect.coveragerc import of as coverage_rules
from kiro_worker.gate.fault import CommandMissing, NoTestCommand, ToolMissing
from kiro_worker.gate.place import COVERAGE_PLACES, TEST_PLACES
from kiro_worker.gate.port import Finding
from kiro_worker.value import dataclass, field

_CURE = (
    "Let the test command write coverage (pytest --cov --cov-report=xml, vitest --coverage, …) and, unless it lies at "
    "a well-known place, set `gates.coverage_report`; or set `gates.coverage: off`; on the base branch."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to run and which reports to expect.

    Attributes:
        because: where the command is from, for people.
        junit, coverage: patterns, absolute or relative to the tree.
        own_reports: whether the patterns are this command's own, or only places where reports often lie.
        raw_coverage: whether coverage.py's raw data in the tree is to be turned into a report.
        notes: what people should know though it stops nothing.
    """

    runner: str
    because: str
    commands: tuple[tuple[str, ...], ...]
    follow: tuple[Follow, ...] = ()
    junit: tuple[str, ...] = TEST_PLACES
    own_junit: bool = False
    coverage: tuple[str, ...] = COVERAGE_PLACES
    own_coverage: bool = False
    raw_coverage: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    no_coverage: str = ""
    coverage_cure: str = _CURE
    own_threshold: float = 0.0
    no_code: tuple[str, ...] = ()
    notes: tuple[Finding, ...] = ()

    def command_line(self) -> str:
        """The commands as a person would type them."""
        return " && ".join(shlex.join(words) for words in self.commands)


def plan_tests(
    settings: GateSettings,
    base: BaseFiles,
    *,
    tree: Path,
    scratch: Path,
    environment: Mapping[str, str],
    python: Python | None,
) -> Plan:
    """Decide what to run.

    Raises:
        NoTestCommand: when nothing is set and nothing was recognised.
        ToolMissing: when what was recognised needs a tool that is not there.
        CommandMissing: when the program that the settings name is not there.
        PathThresholdUnfit: when a threshold for a part of the repository is none.
    """
    if settings.coverage_paths:
        from kiro_worker.gate.ratchet import path_thresholds

        path_thresholds(settings)
    path = environment.get("PATH", "")
    if settings.test_command:
        plan = _of_settings(settings, base, path)
    else:
        asked = Asked(
            coverage=settings.coverage != "off",
            branches=settings.coverage_branches,
            python=python,
            present=_present(tree),
        )
        found = detect(base, asked)
        if not found:
            raise NoTestCommand(looked_for=LOOKED_FOR)
        _require_tools(found[0], tree, path)
        plan = _of_detected(found, settings)
    return _filled(plan, scratch, python)


def _of_settings(settings: GateSettings, base: BaseFiles, path: str) -> Plan:
    words = settings.test_command
    spelled = spell(words, path=path)
    program = named_program(words) if isinstance(words, str) else words[0]
    # One with a slash may be a file of the tree, which is looked for when it is run.
    if program and "/" not in program and find_program(program, path) is None:
        told = words if isinstance(words, str) else shlex.join(words)
        raise CommandMissing(command=told, reason=f"there is no {program} on the search path")
    rules = coverage_rules(base)
    return Plan(
        runner="",
        because="gates.test_command",
        commands=(spelled.argv,),
        junit=(settings.test_report,) if settings.test_report else TEST_PLACES,
        own_junit=bool(settings.test_report),
        coverage=(settings.coverage_report,) if settings.coverage_report else COVERAGE_PLACES,
        own_coverage=bool(settings.coverage_report),
        raw_coverage=not settings.coverage_report,
        files={"coverage.ini": rules.ini()},
        own_threshold=rules.fail_under,
        notes=(spelled.note,) if spelled.note else (),
    )


def _of_detected(found: tuple[Detected, ...], settings: GateSettings) -> Plan:
    first = found[0]
    junit = (settings.test_report,) if settings.test_report else first.junit
    coverage = (settings.coverage_report,) if settings.coverage_report else first.coverage
    return Plan(
        runner=first.runner,
        because=first.because,
        commands=first.commands,
        follow=first.follow,
        junit=junit or TEST_PLACES,
        own_junit=bool(junit),
        coverage=coverage or COVERAGE_PLACES,
        own_coverage=bool(coverage),
        files=first.files,
        environment=first.environment,
        no_coverage=first.no_coverage,
        coverage_cure=first.coverage_cure,
        own_threshold=first.own_threshold,
        no_code=first.no_code,
        notes=tuple(_other(first, other) for other in found[1:]),
    )


def _other(first: Detected, other: Detected) -> Finding:
    return Finding(
        code="tests.other-suite",
        title=f"A second suite was not run: {other.because}, and only {first.runner} was.",
        cure="Set `gates.test_command` on the base branch to one that runs both.",
    )


def _require_tools(found: Detected, tree: Path, path: str) -> None:
    for need in found.needs:
        if need.known:
            continue
        if need.program and "/" in need.program:
            there = (tree / need.program).is_file()
        else:
            there = bool(need.program) and find_program(need.program, path) is not None
        if not there:
            looked_in = f"the search path {path}" if need.program and "/" not in need.program else "the project"
            raise ToolMissing(tool=need.tool, wanted_for=need.wanted_for, looked_in=looked_in, cure=need.cure)


def _filled(plan: Plan, scratch: Path, python: Python | None) -> Plan:
    from dataclasses import replace

    interpreter = python.command if python is not None else "python3"

    def fill(text: str) -> str:
        return text.replace("{scratch}", str(scratch)).replace("{python}", interpreter)

    def fill_all(words: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(fill(word) for word in words)

    def fill_follow(follow: Follow) -> Follow:
        return Follow(argv=fill_all(follow.argv), when=fill(follow.when), unless=fill(follow.unless))

    return replace(
        plan,
        # A command from the settings is run as it is.
        commands=tuple(fill_all(words) for words in plan.commands) if plan.runner else plan.commands,
        follow=tuple(fill_follow(follow) for follow in plan.follow),
        junit=fill_all(plan.junit),
        coverage=fill_all(plan.coverage),
        environment={name: fill(value) for name, value in plan.environment.items()},
    )


def _present(tree: Path) -> frozenset[str]:
    """The tree's own packages and modules near the root, so that new ones count as uncovered."""
    found: set[str] = set()
    for entry in tree.iterdir():
        if entry.suffix == ".py" and entry.is_file():
            found.add(entry.name)
        elif entry.is_dir() and not entry.is_symlink() and (entry / "__init__.py").is_file():
            found.add(f"{entry.name}/__init__.py")
    source = tree / "src"
    if source.is_dir() and next(source.glob("*/*.py"), None) is not None:
        found.add("src/package/module.py")
    return frozenset(found)
