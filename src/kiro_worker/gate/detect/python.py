"""pytest and unittest: tests and coverage from one run, measured by the base branch's coverage settings."""

from collections.abc import Mapping
from typing import Literal

from kiro_worker.gate.base import BaseFiles, is_python_test, table
from kiro_worker.gate.detect import coveragerc
from kiro_worker.gate.detect.model import Asked, Detected, Follow, Need, Python
from kiro_worker.gate.detect.quickreport import quick_report

_NOWHERE = Python(command="python3", because="")
_IN_SCRATCH = {"COVERAGE_FILE": "{scratch}/coverage.data"}
_INSTALL = "Add it to the project's development requirements; the worker installs nothing unasked."

# Folders of the root that are packages by their look and are not what the tests are about.
_NOT_SOURCES = frozenset({"tests", "test", "docs", "doc", "examples", "benchmarks"})
_NOT_MODULES = frozenset({"setup.py", "conftest.py", "noxfile.py", "tasks.py", "fabfile.py"})


def detect(base: BaseFiles, asked: Asked) -> Detected | None:
    """See `detect`: pytest where it is configured, used or to be had; unittest otherwise."""
    found = style(base)
    if found is None:
        return None
    kind, because = found
    modules = (asked.python or _NOWHERE).modules
    if kind == "unittest" and "pytest" not in modules:
        return _unittest(base, asked, because)
    return _pytest(base, asked, because)


def style(base: BaseFiles) -> tuple[Literal["pytest", "unittest"], str] | None:
    """Which of the two the base is written for, and what shows it; None when it has no Python tests."""
    if configured := _pytest_settings(base):
        return "pytest", configured
    tests = tuple(path for path in sorted(base.paths) if is_python_test(path))
    if not tests:
        return None
    for path in tests:
        text = base.text(path)
        if "import pytest" in text or "from pytest" in text or "\ndef test_" in text:
            return "pytest", f"{path} is written for pytest"
    if any("unittest" in base.text(path) for path in tests):
        return "unittest", f"{tests[0]} and its like use unittest"
    return "pytest", f"there are tests such as {tests[0]}"


def _pytest(base: BaseFiles, asked: Asked, because: str) -> Detected:
    needs = [_module(asked, "pytest", "running the tests")]
    added = _added_options(base)
    # xunit1 is the family that tells a test's file and line; the cache could hold what an agent left there. Without
    # the plug-in that it belongs to, its setting would be an unknown one.
    has_cache = not any("no:cacheprovider" in option for option in added)
    cache = ("-o", "cache_dir={scratch}/pytest-cache") if has_cache else ()
    ran = ("-m", "pytest", "--junitxml={scratch}/junit.xml", "-o", "junit_family=xunit1", *cache)
    if not asked.coverage:
        return Detected(
            runner="pytest",
            because=because,
            commands=(("{python}", *ran),),
            junit=("{scratch}/junit.xml",),
            needs=tuple(needs),
        )
    modules = (asked.python or _NOWHERE).modules
    rules = coveragerc.of(base).with_branches(asked=asked.branches)
    sources = () if rules.has_sources else _sources(base.paths | asked.present)
    if "pytest_cov" in modules:
        measured = ("{python}", *ran, *_pytest_cov(added, sources))
    else:
        needs.append(_module(asked, "coverage", "measuring coverage", "pytest-cov or coverage"))
        measured = ("{python}", "-m", "coverage", "run", *_run_options(sources), *ran)
    return Detected(
        runner="pytest",
        because=because,
        commands=(measured,),
        follow=_report(rules, asked.python or _NOWHERE),
        junit=("{scratch}/junit.xml",),
        coverage=("{scratch}/coverage.json",),
        needs=tuple(needs),
        files={"coverage.ini": rules.ini()},
        environment={**_IN_SCRATCH, **_core(rules, asked.python or _NOWHERE, added)},
        coverage_cure="Install pytest-cov or coverage in the project's environment; see the output for what failed.",
        own_threshold=max(rules.fail_under, _option_threshold(added)),
    )


def _unittest(base: BaseFiles, asked: Asked, because: str) -> Detected:
    ran = ("-m", "unittest", "discover", "-v", *_start_folder(base))
    if not asked.coverage:
        return Detected(runner="unittest", because=because, commands=(("{python}", *ran),))
    rules = coveragerc.of(base).with_branches(asked=asked.branches)
    sources = () if rules.has_sources else _sources(base.paths | asked.present)
    return Detected(
        runner="unittest",
        because=because,
        commands=(("{python}", "-m", "coverage", "run", *_run_options(sources), *ran),),
        follow=_report(rules, asked.python or _NOWHERE),
        coverage=("{scratch}/coverage.json",),
        needs=(_module(asked, "coverage", "measuring coverage"),),
        files={"coverage.ini": rules.ini()},
        environment={**_IN_SCRATCH, **_core(rules, asked.python or _NOWHERE, ())},
        own_threshold=rules.fail_under,
    )


def _module(asked: Asked, name: str, wanted_for: str, tool: str = "") -> Need:
    python = asked.python or _NOWHERE
    return Need(
        tool=tool or name,
        wanted_for=wanted_for,
        cure=f"{_INSTALL} Looked with {python.command} ({python.because})."
        if python.because
        else f"{_INSTALL} No Python was found.",
        known=name in python.modules,
    )


def _pytest_cov(options: tuple[str, ...], sources: tuple[str, ...]) -> tuple[str, ...]:
    measures = any(option == "--cov" or option.startswith("--cov=") for option in options)
    wanted = () if measures else tuple(f"--cov={source}" for source in sources) or ("--cov",)
    # The report is made afterwards, when no code of the tests runs any more. The threshold is this gate's to judge:
    # left on, pytest's status would say "a test failed" for a low coverage.
    return (*wanted, "--cov-config={scratch}/coverage.ini", "--cov-report=", "--cov-fail-under=0")


def _run_options(sources: tuple[str, ...]) -> tuple[str, ...]:
    told = (f"--source={','.join(sources)}",) if sources else ()
    return ("--rcfile={scratch}/coverage.ini", *told)


def _report(rules: coveragerc.Rules, python: Python) -> tuple[Follow, ...]:
    # Isolated: neither the tree nor anything it can set is on the path of what judges it. A coverage plug-in may
    # live in the tree, and then there is no other way.
    start = ("{python}", "-m", "coverage") if rules.has_plugins else ("{python}", *python.apart, "-m", "coverage")
    rcfile = "--rcfile={scratch}/coverage.ini"
    report = "{scratch}/coverage.json"
    quick = quick_report(
        ("{python}", *python.apart), data="{scratch}/coverage.data", scratch="{scratch}", report=report
    )
    return (
        Follow(argv=(*start, "combine", "-a", "-q", rcfile), when="{scratch}/coverage.data.*"),
        *(() if rules.has_plugins or rules.has_branches else (quick,)),
        Follow(argv=(*start, "json", "-q", rcfile, "--fail-under=0", "-o", report), unless=report),
    )


def _core(rules: coveragerc.Rules, python: Python, options: tuple[str, ...]) -> Mapping[str, str]:
    """Lines alone are measured by `sys.monitoring` where it can: 1.2 times the bare run in place of 3.5."""
    branches = rules.has_branches or "--cov-branch" in options
    able = python.version >= (3, 14) or (python.version >= (3, 12) and not branches)
    plain = not rules.needs_tracer and not any(option.startswith("--cov-context") for option in options)
    recent = coveragerc.version_of(python.modules.get("coverage", "")) >= (7, 4)
    return {"COVERAGE_CORE": "sysmon"} if able and plain and recent else {}


def _sources(paths: frozenset[str]) -> tuple[str, ...]:
    """Where the code lies, so that a file no test imports counts as uncovered instead of not at all.

    >>> _sources(frozenset({"src/a/__init__.py", "tests/__init__.py"}))
    ('src',)
    >>> _sources(frozenset({"shop/__init__.py", "tests/__init__.py", "setup.py"}))
    ('shop',)
    >>> _sources(frozenset({"shop.py", "test_shop.py"}))
    ('.',)
    """
    source = ("src",) if any(path.startswith("src/") and path.endswith(".py") for path in paths) else ()
    packages = {path.split("/")[0] for path in paths if path.count("/") == 1 and path.endswith("/__init__.py")}
    loose = (path for path in paths if "/" not in path and path.endswith(".py") and path not in _NOT_MODULES)
    if not source and any(not is_python_test(path) for path in loose):
        return (".",)
    return (*source, *sorted(packages - _NOT_SOURCES - {"src"})) or (".",)


def _start_folder(base: BaseFiles) -> tuple[str, ...]:
    tests = [path for path in base.paths if is_python_test(path)]
    for folder in ("tests", "test"):
        if any(path.startswith(f"{folder}/") for path in tests):
            top = ("-t", ".") if f"{folder}/__init__.py" in base.paths else ()
            return ("-s", folder, *top)
    return ()


def _pytest_settings(base: BaseFiles) -> str:
    """Which file configures pytest."""
    own = base.first("pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml")
    if own:
        return f"{own} is there"
    if table(base.pyproject, "tool", "pytest"):
        return "pyproject.toml has [tool.pytest]"
    for path, section in (("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        if section in coveragerc.sections(base.text(path)):
            return f"{path} has [{section}]"
    conftest = base.named("conftest.py")
    return f"{conftest[0]} is there" if conftest else ""


def _added_options(base: BaseFiles) -> tuple[str, ...]:
    """The project's own `addopts`, from the one file that pytest would take them from."""
    import shlex

    pytest = table(base.pyproject, "tool", "pytest")
    added = table(pytest, "ini_options").get("addopts", pytest.get("addopts", ""))
    for path, section in (
        ("pytest.ini", "pytest"),
        (".pytest.ini", "pytest"),
        ("tox.ini", "pytest"),
        ("setup.cfg", "tool:pytest"),
    ):
        if path in base.paths and (settings := coveragerc.sections(base.text(path)).get(section)):
            added = settings.get("addopts", "") if path.endswith("pytest.ini") or not added else added
            break
    if isinstance(added, list):
        return tuple(str(option) for option in added)
    try:
        return tuple(shlex.split(str(added)))
    except ValueError:
        return ()


def _option_threshold(options: tuple[str, ...]) -> float:
    for at, option in enumerate(options):
        name, _, value = option.partition("=")
        if name == "--cov-fail-under":
            return coveragerc.number(value or (options[at + 1] if at + 1 < len(options) else ""))
    return 0.0
