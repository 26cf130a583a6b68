"""What tools leave behind and nobody commits: caches, compiled files, reports, what is installed, editors' own files.

Only files that are new count, and only such that come again by themselves: what a repository holds already is its own.
Folders that may hold what somebody wrote (`dist`, `build`, `bin`, `target`, `coverage`) are junk only where the names
below them are a tool's own.
"""

import re

from kiro_worker.expression import expression

_FOLDERS = (
    # of Python
    r"__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.hypothesis|\.tox|\.nox|\.ipynb_checkpoints|\.eggs|[^/]+\.egg-info"
    r"|\.venv|htmlcov|build/(?:lib|bdist\.[^/]+)|v?env/(?:bin|lib|lib64|include|share|Lib|Scripts)|\.pytype|\.pyre|__pypackages__"
    # of JavaScript
    r"|node_modules|\.nyc_output|\.next|\.nuxt|\.turbo|\.parcel-cache|\.svelte-kit|\.swc|\.vite|\.vitest|\.pnpm-store"
    r"|\.angular/cache|\.stryker-tmp|playwright-report|test-results/\.[^/]+|coverage/(?:lcov-report|tmp|\.tmp)|bower_components"
    # of what is compiled
    r"|target/(?:debug|release|classes|test-classes|surefire-reports|generated-sources|maven-status|site/jacoco|doc|tmp|nextest)"
    r"|\.gradle|build/(?:classes|reports|tmp|test-results|libs|kotlin|generated)|(?:bin|obj)/(?:Debug|Release)|TestResults"
    r"|\.dart_tool|\.build/(?:debug|release|checkouts)|CMakeFiles|_build/(?:dev|test|prod)"
    # of Ruby, PHP, clouds, editors and agents
    r"|vendor/bundle|\.phpunit\.cache|\.terraform|\.serverless|cdk\.out|\.scannerwork|\.direnv|\.vs"
    r"|\.kiro/sessions|\.fast-agent/(?:sessions|processes)|\.aider\.tags\.cache\.v\d+"
)
_FILES = (
    r"[^/]*\.py[co]|\.coverage|\.coverage\.[^/]+\.\d+\.[^/]+|coverage\.(?:xml|json|lcov|out|info)|lcov\.info|cover\.out"
    r"|coverage-final\.json|clover\.xml|nosetests\.xml|v?env/pyvenv\.cfg|pip-log\.txt|pip-delete-this-directory\.txt"
    r"|dist/[^/]+\.(?:whl|tar\.gz|egg)|\.DS_Store|Thumbs\.db|desktop\.ini|[^/]*~|\.[^/]*\.sw[op]"
    r"|\.eslintcache|\.stylelintcache|\.prettiercache|[^/]*\.tsbuildinfo|(?:npm-debug|yarn-debug|yarn-error|lerna-debug)\.log[^/]*"
    r"|\.pnpm-debug\.log|[^/]+\.class|[^/]+\.gc(?:da|no)|[^/]+\.profraw|hs_err_pid\d+\.log|__debug_bin\d*|\.rspec_status"
    r"|\.phpunit\.result\.cache|target/\.rustc_info\.json|target/CACHEDIR\.TAG|jacoco\.exec|nohup\.out|\.idea/workspace\.xml"
    r"|\.aider\.(?:chat|input)\.history(?:\.md)?|\.nanocoder/tasks\.json"
)
_KIRO = r"\.kiro/specs/[^/]+/tasks\.meta\.json"
_JUNK = expression(rf"(?:.*/)?(?:{_FOLDERS})/.*|(?:.*/)?(?:{_FILES})|{_KIRO}", re.DOTALL)

#: Below these, tests and programs keep what looks like a tool's: only what runs by itself is junk there.
_DATA = expression(r"(?:.*/)?(?:fixtures|testdata|test_data|resources|__fixtures__)/.*", re.DOTALL)
_EVERYWHERE = expression(
    r"(?:.*/)?(?:(?:__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.hypothesis)/.*|[^/]*\.py[co]|\.DS_Store|[^/]*~)",
    re.DOTALL,
)
_FOLDER = expression(rf"((?:.*?/)?(?:{_FOLDERS})/).*", re.DOTALL)

_SHOWN = 5


def is_junk(path: str) -> bool:
    """Whether a new file is one of these.

    >>> is_junk("src/__pycache__/a.cpython-311.pyc"), is_junk(".coverage"), is_junk(".coveragerc")
    (True, True, False)
    """
    return (_EVERYWHERE if _DATA.fullmatch(path) else _JUNK).fullmatch(path) is not None


def gathered(paths: tuple[str, ...]) -> tuple[str, ...]:
    """The same, with each folder of junk named once: a folder of installed packages holds thousands of files.

    >>> gathered(("web/node_modules/a/x.js", "web/node_modules/b/y.js", ".coverage"))
    ('web/node_modules/', '.coverage')
    """
    found = ((_FOLDER.fullmatch(path), path) for path in paths)
    return tuple(dict.fromkeys(folder[1] if folder else path for folder, path in found))


def told_junk(paths: tuple[str, ...]) -> str:
    """One line about them."""
    paths = gathered(paths)
    shown = ", ".join(paths[:_SHOWN]) + (f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else "")
    return f"What tools left behind was removed and is in no commit: {shown}."
