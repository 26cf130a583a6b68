"""A recognised way to run the tests, as data.

In command lines, paths and environment values `{scratch}` stands for the gate's own folder and `{python}` for the
project's interpreter; nothing else is filled in.
"""

from collections.abc import Mapping

from kiro_worker.value import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Python:
    """The project's interpreter and what can be imported by it.

    Attributes:
        command: its full path.
        because: why this one, for people.
        modules: importable module name to its version, of those the gate cares for; an unknown version is empty.
        apart: options that keep all from it that the tree, the environment, or a test could have put in its way.
    """

    command: str
    because: str
    version: tuple[int, int] = (0, 0)
    modules: Mapping[str, str] = field(default_factory=dict)
    apart: tuple[str, ...] = ("-I",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a detector may look at besides the base's files.

    Attributes:
        coverage: whether coverage is to be measured.
        branches: whether branches are to be measured too, by tools that measure them only when told so.
        python: the interpreter, for a Python project.
        present: paths of the tree under test near its root; used for where sources lie, never for what is run.
    """

    coverage: bool = True
    branches: bool = False
    python: Python | None = None
    present: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A tool that has to be there before anything is run.

    Attributes:
        program: looked for on the search path, or in the tree when it has a `/`.
        known: whether the base's files already show that it is there; then nothing is looked for.
    """

    tool: str
    wanted_for: str
    cure: str
    program: str = ""
    known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """A command that turns what was measured into a report; run whatever the tests said.

    Attributes:
        when: run only when a file fits this pattern.
        unless: not run when a file fits this one: an earlier command has already done it.
    """

    argv: tuple[str, ...]
    when: str = ""
    unless: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detected:
    """How to run the tests once, and where their reports come out.

    Attributes:
        because: which file says so, for people.
        commands: run in order; the first that fails is the last.
        junit, coverage: patterns of the reports, absolute or relative to the tree; empty when there are none.
        files: written into the scratch folder first: name to contents.
        environment: added to what the commands get.
        no_coverage: why nothing of this kind can be measured; the coverage gate is then not applicable.
        own_threshold: a total percentage that the project's own settings ask for.
        no_code: patterns of files that a report tells of though they are tests themselves.
    """

    runner: str
    because: str
    commands: tuple[tuple[str, ...], ...]
    follow: tuple[Follow, ...] = ()
    junit: tuple[str, ...] = ()
    coverage: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    no_coverage: str = ""
    coverage_cure: str = "Let the tests write a coverage report and set `gates.coverage_report` on the base branch."
    own_threshold: float = 0.0
    no_code: tuple[str, ...] = ()
