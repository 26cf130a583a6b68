"""Thresholds, rules and selections of the tools that judge code, made weaker."""

import re
import shlex
from collections.abc import Iterator

from kiro_worker.changeset import ChangedFile, ChangeSet, How
from kiro_worker.expression import expression
from kiro_worker.gate.kind import FileKind, kind_of
from kiro_worker.gate.tamper.flat import Settings, tool_settings
from kiro_worker.gate.tamper.sign import Deed, Sign, Weight

_LEAST = expression(
    r"fail-under|cov-fail-under|min-?coverage|minimum|target|coverage-?threshold|-threshold$|thresholds?\.|"
    r"^(?:nyc|c8)\.(?:branches|lines|functions|statements)$|score|^worker\..*(?:threshold|coverage-paths)",
    re.IGNORECASE,
)
_MOST = expression(
    r"max-(?:complexity|args|branches|returns|statements|warnings|errors|locals|nested)|^codecov\..*\.threshold$|cyclomatic"
    r"|^worker\..*(?:margin|flaky-reruns)",
    re.IGNORECASE,
)
_GROWS = expression(
    r"(?:^|\.)(?:omit|exclude(?:-lines|-also|-rules|-dirs|-files|s)?|(?:extend-)?ignore(?:-patterns|-paths|-imports|patterns"
    r"|s)?|extend-exclude|extend-per-file-ignores\..*|per-file-ignores(?:\..*)?|coveragePathIgnorePatterns"
    r"|testPathIgnorePatterns|modulePathIgnorePatterns|watchPathIgnorePatterns|ignorePatterns|norecursedirs|collect-ignore"
    r"|disable|disable-error-code|disabled|skips|deselect|partial-branches|excludeExtensions)$",
    re.IGNORECASE,
)
_SHRINKS = expression(
    r"(?:^|\.)(?:select|extend-select|source|source-pkgs|include|testpaths|testMatch|testRegex|collectCoverageFrom"
    r"|python-files|python-classes|python-functions|enable|enable-error-code|enabled|roots|extensions|files|plugins|packages"
    r"|required-plugins)$",
    re.IGNORECASE,
)
_STRICT = expression(
    r"(?:^|\.)(?:strict\w*|strict-[\w-]+|disallow-[\w-]+|warn-[\w-]+|check-untyped-defs|no-implicit-[\w-]+|noImplicit\w+"
    r"|noUnused\w+|noUnchecked\w+|noFallthrough\w+|exactOptional\w+|useUnknown\w+|alwaysStrict|branch|xfail-strict"
    r"|check-coverage|all|error-on-[\w-]+|extra-checks|checkJs|forbidOnly)$"
)
_LAX = expression(
    r"(?:^|\.)(?:ignore-errors|ignore-missing-imports|allow-(?:untyped|redefinition|any)[\w-]*|passWithNoTests"
    r"|implicit-optional|exit-zero|dangerouslyIgnore\w+|informational)$"
)
_LEVELS = {
    "off": 0, "0": 0, "false": 0, "ignore": 0, "none": 0, "skip": 0, "silent": 0, "allow": 0, "tell": 0, "basic": 1,
    "warn": 1, "warning": 1, "1": 1, "information": 1, "standard": 1, "block": 2, "error": 2, "2": 2, "strict": 2,
    "deny": 2, "forbid": 3, "on": 2, "required": 2, "true": 2,
}  # fmt: skip
_LEVEL_KEYS = expression(
    r"^(?:eslint|biome)\.(?:.*\.)?rules\.|^pyright\.|^lints\.|typeCheckingMode|follow-imports$|^worker\..*\."
    r"(?:coverage|baseline|known-failures|flaky|bite|tamper|scope|phantom)$"
)
#: What is left out everywhere: none of it is a project's own code.
_USUAL = expression(
    r"[*./\\^$]*(?:tests?|spec|\.?venv|env|build|dist|node_modules|docs?|\.git|\.tox|\.nox|site-packages|migrations|conftest"
    r"|setup|__init__|__main__|__pycache__|\.?eggs?|_version|version|coverage|\.next|out|target|vendor|generated|_pb2|\.d)"
    r"(?:[*./\\$)]|\.py|\.ts|\.js)*.{0,4}"
    r"|.*(?:TYPE_CHECKING|NotImplementedError|overload|abstractmethod|__name__|__repr__"
    r"|pragma|no cover|Protocol|\.\.\.).*",
    re.IGNORECASE,
)
_WEAK_WORDS = expression(
    r"--deselect|--ignore(?:-glob)?|-k$|-k=|-m$|-p$|-p=?\w|--no-cov$|--co$|--collect-only|--lf$|--sw$|--last-failed"
    r"|--maxfail|--continue-on-collection-errors|--suppress-no-test-exit-code|--noconftest|--no-strict"
)
_STRONG_WORDS = expression(r"--strict[\w-]*|--cov(?!-report)(?:[-=].*)?$|-Werror|--doctest-modules|--cov-branch")


def setting_signs(change: ChangeSet) -> Iterator[Sign]:
    """Every setting that is weaker than before, wherever it stood and stands."""
    files = [file for file in change if file.is_plain and _may_set(file.path)]
    before, after, where = Settings(), Settings(), dict[str, ChangedFile]()
    for file in files:
        for text, settings in ((file.old_text, before), (file.text, after)):
            found = tool_settings(file.path, text) if text.strip() else {}
            settings.update(found or {})
            where |= dict.fromkeys(found or {}, file)
        if (
            kind_of(file.path) is FileKind.CONFIG
            and file.text.strip()
            and file.old_text.strip()
            and tool_settings(file.path, file.text) is None
        ):
            yield from _of_lines(file)
    fresh = any(file.how is How.ADDED and file.path.rsplit("/", 1)[-1] in _MANIFESTS for file in change)
    yield from _before_others(change, before, fresh=fresh)
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if old != new and (why := _weaker(key, old, new)):
            yield _sign(where[key], key, old, new, why, fresh=fresh or _is_first(key, before))


def _is_first(key: str, before: Settings) -> bool:
    """Whether a linter or type checker has settings for the first time: rules that it leaves out were not on before."""
    tool = key.partition(".")[0]
    return tool in _JUDGES_OF_TEXT and not any(each.startswith(f"{tool}.") for each in before)


_JUDGES_OF_TEXT = frozenset({"ruff", "flake8", "pylint", "mypy", "pyright", "bandit", "eslint", "biome", "golangci"})

#: Where one of these is new, so is the project.
_MANIFESTS = {
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "package.json",
    "Cargo.toml",
    "go.mod",
    "pom.xml",
    "build.gradle",
}
_FIRST = {
    "pytest.ini": "pytest", ".pytest.ini": "pytest", "tox.ini": "pytest", ".coveragerc": "coverage",
    ".coveragerc.toml": "coverage", "jest.config.json": "jest", ".nycrc": "nyc", ".nycrc.json": "nyc",
}  # fmt: skip


def _before_others(change: ChangeSet, before: Settings, *, fresh: bool) -> Iterator[Sign]:
    """A new file of settings that is read in place of those that the project has."""
    for file in change:
        name = file.path.rsplit("/", 1)[-1]
        tool = _FIRST.get(name, "")
        if not tool or file.how is not How.ADDED or fresh or any(key.startswith(f"{tool}.") for key in before):
            continue
        found = tool_settings(file.path, file.text) or {}
        if any(key.startswith(f"{tool}.") for key in found):
            yield Sign(
                code="tamper.setting",
                title=f"{file.path}: its settings of {tool} stand in for those that the project has",
                path=file.path,
                line=1,
                now=file.text.strip()[:300],
                cure="Put the settings where the project has them, or have a task of the spec say that they move.",
                deed=Deed.SET,
                names=(name, tool),
                subject=file.path,
            )


def _may_set(path: str) -> bool:
    return kind_of(path) in {FileKind.CONFIG, FileKind.TEST_SUPPORT} and not path.startswith(".github/")


def _weaker(key: str, old: object, new: object) -> str:
    """Why a setting is weaker now; empty when it is not."""
    if key.endswith("addopts"):
        return _weaker_options(_words(old), _words(new))
    if key.startswith("pytest.plugins."):
        return "a plugin is loaded into the tests" if new is not None else ""
    if _LEVEL_KEYS.search(key):
        one, other = _level(old), _level(new)
        return "it is less strict" if one is not None and (0 if new is None else other or 0) < one else ""
    if _LEAST.search(key) and _number(old) is not None:
        return "it asks for less" if (_number(new) or 0.0) < (_number(old) or 0.0) else ""
    if _MOST.search(key) and _number(new) is not None:
        return "it lets more pass" if old is not None and (_number(new) or 0.0) > (_number(old) or 0.0) else ""
    if _GROWS.search(key):
        told = _items(old)
        more = [each for each in _items(new) if each not in told and not _is_usual(key, each)]
        return f"it leaves more out: {', '.join(more[:5])}" if more else ""
    if _SHRINKS.search(key):
        return _fewer(key, _items(old), _items(new))
    if _STRICT.search(key) and old is not None:
        return "it is switched off" if (_is_true(old) and not _is_true(new) and new is not None) or (
            _is_true(old) and new is None
        ) else ""  # fmt: skip
    if _LAX.search(key):
        return "it is switched on" if _is_true(new) and not _is_true(old) else ""
    return ""


def _is_usual(key: str, left_out: str) -> bool:
    """Whether projects leave that out everywhere; a runner that leaves tests out has little left."""
    return _USUAL.fullmatch(left_out) is not None and not (
        key.startswith(("pytest.", "jest.", "vitest.")) and _TESTS.fullmatch(left_out)
    )


_TESTS = expression(r"[*./]*(?:tests?|specs?|__tests__)[*./]*")

#: What pytest takes where nothing is said.
_BY_DEFAULT = {
    "python-files": ("test_*.py", "*.py"),
    "python-classes": ("Test", "Test*"),
    "python-functions": ("test", "test*", "test_*"),
}


def _fewer(key: str, old: list[str], new: list[str]) -> str:
    whole = key.rsplit(".", 1)[-1]
    if whole in _BY_DEFAULT and new and not old:
        return "" if set(_BY_DEFAULT[whole]) & set(new) else f"only these are taken now: {', '.join(new[:5])}"
    if whole == "include" and key.startswith("coverage.") and new and not old and "*" not in new:
        return f"only these are measured now: {', '.join(new[:5])}"
    fewer = [each for each in old if each not in new]
    if whole in {"testpaths", "roots", "source", "files", "include"} and (not new or (not old and new)):
        # Nothing named is everything; and the first that are named leave the rest out.
        return (
            ""
            if not new or whole in {"include", "files", "source"}
            else f"only these are looked at now: {', '.join(new[:5])}"
        )
    covered = [
        each for each in fewer if any(each.startswith(wide.rstrip("/*") + "/") or wide in {"ALL", "."} for wide in new)
    ]
    fewer = [
        each for each in fewer if each not in covered and not any(each != one and each.startswith(one) for one in new)
    ]
    return f"it takes less in: without {', '.join(fewer[:5])}" if old and fewer else ""


def _weaker_options(old: list[str], new: list[str]) -> str:
    more = [word for word in new if _WEAK_WORDS.match(word) and new.count(word) > old.count(word)]
    for number, word in enumerate(new):
        if (
            word in {"-k", "-m", "-p"}
            and word in old
            and new[number + 1 : number + 2] != old[old.index(word) + 1 :][:1]
        ):
            more.append(" ".join(new[number : number + 2]))
    less = [word for word in old if _STRONG_WORDS.match(word) and word not in new and not _still(word, new)]
    if not more and not less:
        return ""
    return "; ".join([f"with {', '.join(more[:5])}"] * bool(more) + [f"without {', '.join(less[:5])}"] * bool(less))


def _still(word: str, new: list[str]) -> bool:
    """Whether an option is there with another value that is no weaker: `--cov-fail-under=90` of `=80`."""
    name, _, value = word.partition("=")
    for other in new:
        same, _, now = other.partition("=")
        if same == name and (not _number(value) or (_number(now) or 0) >= (_number(value) or 0)):
            return not re.fullmatch(r"--cov", name) or now in {"", ".", value}
    return False


def _words(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(each) for each in value]
    try:
        return shlex.split(str(value or ""))
    except ValueError:
        return str(value or "").split()


def _items(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(each) for each in value]
    if value is None or isinstance(value, bool):
        return []
    return [
        item
        for item in re.split(r"[\s,]+" if "\n" not in str(value).strip() else r"[\n,]+\s*", str(value).strip())
        if item
    ]


def _level(value: object) -> int | None:
    first = value[0] if isinstance(value, list) and value else value
    return _LEVELS.get(str(first).lower())


def _number(value: object) -> float | None:
    found = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*%?\s*", str(value)) if not isinstance(value, bool) else None
    return float(found[1]) if found else None


def _is_true(value: object) -> bool:
    return value is True or str(value).lower() in {"true", "yes", "on", "1"}


def _sign(file: ChangedFile, key: str, old: object, new: object, why: str, *, fresh: bool) -> Sign:
    last = re.split(r"[.\]]", key)[-1] or key
    text = file.text or file.old_text
    told = (fresh and not key.endswith("addopts")) or _is_of_tests_only(key)
    return Sign(
        code="tamper.setting",
        title=f"{key}: {why}",
        path=file.path,
        line=_line(text, last) if file.text else 0,
        before=_shown(old),
        now=_shown(new),
        cure="Put the setting back, and mend what it shows; or have a task of the spec say that it changes.",
        weight=Weight.TOLD if told else Weight.BLOCKS,
        deed=Deed.SET,
        names=(last, last.replace("-", "_"), key.split(".", 1)[0]),
        subject=key,
    )


def _is_of_tests_only(key: str) -> bool:
    """Rules of lint for tests alone say little of the product."""
    return re.search(r"per-file-ignores\.[\"']?(?:tests?|\*\*/tests?)", key) is not None


def _line(text: str, key: str) -> int:
    for number, line in enumerate(text.splitlines(), 1):
        if key in line or key.replace("-", "_") in line:
            return number
    return 0


def _shown(value: object) -> str:
    return "" if value is None else str(value)[:300]


_LINE_NUMBER = expression(
    r"(?i)[\"']?\b(branches|lines|functions|statements|minimum(?:_coverage)?|fail_?under|threshold|autoUpdate|minimumCoverage"
    r"|min_?coverage|maximum|value)\b[\"']?\s*[:=>(]?\s*[\"']?(\d+(?:\.\d+)?|0?\.\d+)"
)
_LINE_EXCLUDES = expression(
    r"(?i)(exclude|ignore|omit|passWithNoTests:\s*true|skip(?:Tests)?\s*[:=>]\s*true|rules?:.*off|:\s*[\"']off[\"'])"
)


def _of_lines(file: ChangedFile) -> Iterator[Sign]:
    """Settings that are code or XML: the numbers and exclusions of the lines that differ."""
    added, removed = file.added, file.removed
    old = [line for number, line in enumerate(file.old_text.splitlines(), 1) if number in removed]
    new = [(number, line) for number, line in enumerate(file.text.splitlines(), 1) if number in added]
    if not re.search(r"(?i)coverage|threshold|test|lint|jacoco|minimum|rules", file.text + file.old_text):
        return
    now = {
        found[1].lower(): (float(found[2]), number, line)
        for number, line in new
        for found in _LINE_NUMBER.finditer(line)
    }
    for line in old:
        for found in _LINE_NUMBER.finditer(line):
            key, value = found[1].lower(), float(found[2])
            after = now.get(key)
            if key != "maximum" and (
                (after is None and not _LINE_NUMBER.search(file.text)) or (after and after[0] < value)
            ):
                told = after or (0.0, 0, "")
                yield _of_line(file, found[1], "it asks for less", told[1], before=line, now=told[2])
    for number, line in new:
        if _LINE_EXCLUDES.search(line) and not line.lstrip().startswith(("//", "*", "#", "<!--")) and line not in old:
            quoted = re.findall(r"[\"'`]([^\"'`]+)[\"'`]", line) or re.findall(r">([^<>]+)<", line)
            before = " ".join(old)
            if any(each not in before and not _USUAL.fullmatch(each) for each in quoted) or "true" in line:
                yield _of_line(file, "exclude", "it leaves more out", number, before="", now=line)


def _of_line(file: ChangedFile, key: str, why: str, line: int, *, before: str, now: str) -> Sign:
    return Sign(
        code="tamper.setting",
        title=f"{file.path}: {key}: {why}",
        path=file.path,
        line=line,
        before=before.strip()[:300],
        now=now.strip()[:300],
        cure="Put the setting back, and mend what it shows; or have a task of the spec say that it changes.",
        deed=Deed.SET,
        names=(key,),
    )
