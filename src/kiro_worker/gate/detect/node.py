"""npm, pnpm, yarn and bun: the `test` script, with reports asked for where its runner is known and alone."""

import re

from kiro_worker.expression import expression
from kiro_worker.gate.base import BaseFiles, table
from kiro_worker.gate.detect.model import Asked, Detected, Need

# What `npm init` writes.
_NO_TESTS = "no test specified"

# Anything that a shell would make something of; such a script is run as it is.
_SHELL = expression(r"[;|<>`$(){}*?\[\]!\\\n]|(?<!&)&(?!&)")

_JUNIT = "{scratch}/junit.xml"
_LCOV = "{scratch}/coverage/lcov.info"
_VITEST = (
    "--run", "--reporter=default", "--reporter=junit", f"--outputFile.junit={_JUNIT}",
)  # fmt: skip
_VITEST_COVERAGE = (
    "--coverage.enabled=true", "--coverage.reporter=lcovonly", "--coverage.reportsDirectory={scratch}/coverage",
    "--coverage.reportOnFailure=true",
)  # fmt: skip
_JEST = ("--ci", "--json", "--outputFile={scratch}/jest.json", "--testLocationInResults")
_JEST_COVERAGE = ("--coverage", "--coverageDirectory={scratch}/coverage", "--coverageReporters=lcovonly")
_NODE = (
    "--test-reporter=spec", "--test-reporter-destination=stdout", "--test-reporter=junit",
    f"--test-reporter-destination={_JUNIT}",
)  # fmt: skip
_NODE_COVERAGE = (
    "--experimental-test-coverage", "--test-reporter=lcov", "--test-reporter-destination={scratch}/lcov.info",
)  # fmt: skip
# What `node --test` itself takes for tests; from version 22.5 on it leaves them out of its coverage.
_NODE_TESTS = (
    "*.test.[cm]js", "*.test.js", "*.test.[cm]ts", "*.test.ts", "*-test.js", "*-test.[cm]js", "*_test.js",
    "*_test.[cm]js", "test-*.js", "*/test-*.js", "test.js", "*/test.js", "test/*", "*/test/*",
)  # fmt: skip

_CURE = (
    "Let the test script write lcov or Cobertura (vitest, jest, node --test, c8 and nyc all can) and set "
    "`gates.coverage_report` on the base branch."
)


def detect(base: BaseFiles, asked: Asked) -> Detected | None:
    """See `detect`: the `test` script of package.json, unless it is the one that only fails."""
    scripts = table(base.package_json, "scripts")
    script = scripts.get("test")
    manager = manager_of(base)
    if not isinstance(script, str) or not script.strip() or _NO_TESTS in script:
        return None
    because = f"package.json has the test script `{script}`"
    need = Need(tool=manager, program=manager, wanted_for="running the test script", cure=f"Install {manager}.")
    words = _last_command(script)
    if words[:2] == ("node", "--test") and script.strip().startswith("node"):
        return _node_test(base, asked, because, need, words)
    if "vitest" in words[:2]:
        return _vitest(base, asked, because, need, manager)
    if "jest" in words[:2]:
        return _jest(asked, because, need, manager)
    return Detected(
        runner=manager, because=because, commands=(run_script(manager, "test"),), needs=(need,), coverage_cure=_CURE
    )


def manager_of(base: BaseFiles) -> str:
    """The package manager that the project uses: as it says, or by its lock file."""
    said = str(base.package_json.get("packageManager", "")).split("@")[0]
    if said in {"npm", "pnpm", "yarn", "bun"}:
        return said
    locks = (("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"), ("bun.lock", "bun"), ("bun.lockb", "bun"))
    return next((manager for lock, manager in locks if lock in base.paths), "npm")


def run_script(manager: str, script: str, *options: str) -> tuple[str, ...]:
    """A script of package.json with options for its last command.

    >>> run_script("npm", "test", "--ci"), run_script("pnpm", "test", "--ci")
    (('npm', 'run', 'test', '--', '--ci'), ('pnpm', 'run', 'test', '--ci'))
    """
    between = ("--",) if manager == "npm" and options else ()
    return (manager, "run", script, *between, *options)


def _vitest(base: BaseFiles, asked: Asked, because: str, need: Need, manager: str) -> Detected:
    needs = [need]
    if asked.coverage:
        cure = "Add @vitest/coverage-v8 to devDependencies."
        provider = any(name in _dependencies(base) for name in ("@vitest/coverage-v8", "@vitest/coverage-istanbul"))
        needs.append(
            Need(tool="@vitest/coverage-v8", wanted_for="measuring coverage with vitest", cure=cure, known=provider)
        )
    options = (*_VITEST, *(_VITEST_COVERAGE if asked.coverage else ()))
    return Detected(
        runner="vitest",
        because=because,
        commands=(run_script(manager, "test", *options),),
        junit=(_JUNIT,),
        coverage=(_LCOV,) if asked.coverage else (),
        needs=tuple(needs),
        coverage_cure=_CURE,
    )


def _jest(asked: Asked, because: str, need: Need, manager: str) -> Detected:
    options = (*_JEST, *(_JEST_COVERAGE if asked.coverage else ()))
    return Detected(
        runner="jest",
        because=because,
        commands=(run_script(manager, "test", *options),),
        junit=("{scratch}/jest.json",),
        coverage=(_LCOV,) if asked.coverage else (),
        needs=(need,),
        coverage_cure=_CURE,
    )


def _node_test(base: BaseFiles, asked: Asked, because: str, need: Need, words: tuple[str, ...]) -> Detected:
    """Node takes options only before its file arguments, so the script's words are given to node themselves."""
    before = ((need.program, "run", "pretest"),) if table(base.package_json, "scripts").get("pretest") else ()
    options = (*_NODE, *(_NODE_COVERAGE if asked.coverage else ()))
    node = Need(tool="node", program="node", wanted_for="running the tests", cure="Install Node.js 20.11 or newer.")
    return Detected(
        runner="node",
        because=because,
        commands=(*before, ("node", "--test", *options, *words[2:])),
        junit=(_JUNIT,),
        coverage=("{scratch}/lcov.info",) if asked.coverage else (),
        needs=(*((need,) if before else ()), node),
        coverage_cure="Node.js 20.11 or newer writes lcov; install one.",
        no_code=_NODE_TESTS,
    )


def _last_command(script: str) -> tuple[str, ...]:
    """The words of the script's last command when it is plain; options after the script reach only that one.

    >>> _last_command("tsc && vitest run"), _last_command("jest | tee log"), _last_command("npx jest --runInBand")
    (('vitest', 'run'), (), ('npx', 'jest', '--runInBand'))
    """
    import shlex

    if _SHELL.search(script):
        return ()
    try:
        words = shlex.split(script.rsplit("&&", 1)[-1])
    except ValueError:
        return ()
    while words and (words[0] == "cross-env" or re.fullmatch(r"\w+=\S*", words[0])):
        words.pop(0)
    return tuple(words)


def _dependencies(base: BaseFiles) -> frozenset[str]:
    kinds = ("dependencies", "devDependencies", "optionalDependencies")
    return frozenset(name for kind in kinds for name in table(base.package_json, kind))
