"""Commands that run tests and other checks, made to pass whatever they find, or to run no more."""

import json
import re
from collections.abc import Iterator

from kiro_worker.changeset import ChangedFile, ChangeSet, How
from kiro_worker.expression import expression
from kiro_worker.gate.tamper.sign import Deed, Sign

_FILES = expression(
    r"(?:.*/)?(?:makefile|gnumakefile|justfile|.*\.mk|.*\.sh|package\.json|composer\.json|tox\.ini|noxfile\.py|jenkinsfile"
    r"|\.gitlab-ci\.yml|buildspec[^/]*\.ya?ml|\.travis\.yml|azure-pipelines[^/]*\.yml|taskfile\.ya?ml|rakefile|dockerfile"
    r"|\.pre-commit-config\.yaml|bitbucket-pipelines\.yml|cloudbuild\.ya?ml|appveyor\.yml|lefthook\.yml)"
    r"|\.rspec|sonar-project\.properties|\.github/(?:workflows|actions)/.*\.ya?ml|\.circleci/.*\.ya?ml|\.husky/.*|(?:.*/)?\.?ci/[^/]+|scripts?/[^/.]+|bin/[^/.]+",
    re.IGNORECASE,
)
_TOOLS = expression(
    r"\b(pytest|py\.test|unittest|tox|nox|jest|vitest|mocha|node\s+--test|tsx\s+--test|(?:npm|pnpm|yarn|bun)\s+(?:run\s+)?(?:test|lint)\S*"
    r"|go\s+test|go\s+vet|cargo\s+(?:test|clippy|nextest)|mvnw?\s|gradlew?\s|rspec|phpunit|pest|dotnet\s+test|ctest|bats"
    r"|make\s+(?:test|check|lint)\S*|ruff|flake8|mypy|pyright|eslint|tsc|pylint|bandit|coverage\s+(?:run|report)|golangci-lint"
    r"|rubocop|swift\s+test|mix\s+test|phpstan|staticcheck|shellcheck|playwright\s+test|cypress\s+run|semgrep|pip-audit)"
)
_SWALLOWS = expression(
    r"\|\|\s*(?:true\b|:|exit\s+0|echo\b|/bin/true|return\s+0|printf\b|\(\s*exit\s+0)|[;&]\s*(?:true|exit\s+0|:)\s*[\"',]*\s*$"
    r"|--exit-zero\b|\bsuccess_codes\s*=|--passWithNoTests\b|\bset\s+\+e\b|--suppress-no-test-exit-code|--no-error-on-unmatched|;\s*exit\s+0"
)
_PIPES = expression(r"(?<!\|)\|(?!\|)\s*(?:tee|grep|tail|head|cat|sed|awk|less|more|xargs|sort|tap-\w+|pino\S*|jq)\b")
_MEASURES = expression(
    r"--cov(?:=\S+|-branch)?(?![\w-])|--coverage(?:=\S+)?(?![\w-])|--strict-markers|-Werror|-race\b|-cover\w*"
)
_CONDITION = expression(
    r"^[ \t]*(?:-[ \t]*)?if[ \t]*:"
    r"(?!.*(?:always\(|success\(|failure\(|cancelled\(|pull_request|matrix\.|runner\.os|hashFiles))"
)
_CONTINUES = expression(
    r"^\.IGNORE\b|^[ \t]*ignore_(?:outcome|errors)[ \t]*=[ \t]*true"
    r"|^[ \t]*(?:-[ \t]*)?(?:continue-on-error|allow_failure|ignore_errors|continueOnError|ignore-failure)[ \t]*:"
    r"[ \t]*(?:true|yes)\b|^[ \t]*(?:-[ \t]*)?if[ \t]*:[ \t]*(?:[\"']?false|\$\{\{[ \t]*false[ \t]*\}\})"
    r"|^[ \t]*when[ \t]*:[ \t]*never\b|^[ \t]*on-failure[ \t]*:[ \t]*CONTINUE\b"
)
_LEAVES_OUT = expression(
    r"(?:^|\s)(?:-k[\s=]|--deselect\b|--ignore(?:-glob)?\b|-m[\s=]+[\"']?not\b|--no-cov\b|-p\s+no:|--testPathIgnorePatterns"
    r"|--testNamePattern|-run[\s=]|--skip\b|-DskipTests|-Dmaven\.test\.skip|--collect-only|--co(?=\s|$)|--lf\b|--exclude\b|-x\s+test\b"
    r"|--grep\b|--invert\b|--filter\b|--test-name-pattern)|\bpython[\d.]*\s+-OO?\b|PYTEST_ADDOPTS\s*="
)
_UNDER = expression(
    r"(?:--cov-fail-under|--fail-under|--min-coverage|--check-coverage|--lines|--branches|--max-warnings)[=\s]+(\d+)"
)
#: Files that are nothing but options of a tool.
_OPTIONS = expression(r"(?:.*/)?(?:\.rspec|sonar-project\.properties)")
_PASSED_OVER = expression(r"--tag\s+~|--exclude-pattern|--dry-run|^\s*sonar\.(?:\w+\.)*exclusions\s*=")
_COMMENT = expression(r"^\s*(?:#|//|REM\b)")
_CURE = "Let the command fail when what it runs fails, and run all that it ran."


def command_signs(change: ChangeSet) -> Iterator[Sign]:
    """Every such line, and every tool that nothing runs any more."""
    files = [file for file in change if file.is_plain and _FILES.fullmatch(file.path)]
    for file in files:
        yield from _added(file)
        yield from _options(file)
    yield from _unrun(files)


def _added(file: ChangedFile) -> Iterator[Sign]:
    lines = file.text.splitlines()
    before = {line.strip() for line in file.old_text.splitlines()}
    safe = "pipefail" in file.text
    is_tox = file.path.endswith("tox.ini")
    is_makefile = re.search(r"(?i)(?:makefile|\.mk)$", file.path) is not None
    for number in sorted(file.added):
        line = lines[number - 1] if number <= len(lines) else ""
        if line.strip() in before or _COMMENT.match(line):
            continue
        if _OPTIONS.fullmatch(file.path) and _PASSED_OVER.search(line):
            yield _sign(file, number, "it leaves something out", line)
            continue
        if _CONTINUES.search(line) and _TOOLS.search(_step(lines, number)):
            yield _sign(file, number, "what it runs may fail, and the build goes on", line)
        elif file.path.endswith((".yml", ".yaml")) and _CONDITION.search(line) and _TOOLS.search(_step(lines, number)):
            yield _sign(file, number, "it runs only under a condition now", line)
        elif not _TOOLS.search(_named(lines, number)):
            continue
        elif _SWALLOWS.search(line):
            yield _sign(file, number, "it passes whatever the tool finds", line)
        elif _PIPES.search(line) and not safe:
            yield _sign(file, number, "behind a pipe, the status of the tool is lost", line)
        elif (is_makefile and re.match(r"\t@?-", line)) or (
            is_tox and re.match(r"\s*(?:commands\s*=\s*)?-\s+\w", line)
        ):
            yield _sign(file, number, "a dash before it has its status ignored", line)


def _step(lines: list[str], number: int) -> str:
    """What a setting speaks of: the list item that it stands in, or all that is further in than it and around it."""
    depth = _depth(lines[number - 1])
    start, end = number - 1, number
    while (
        start > 0
        and not lines[start].lstrip().startswith("- ")
        and (not lines[start - 1].strip() or _depth(lines[start - 1]) >= depth - 2)
    ):
        start -= 1
    while (
        end < len(lines)
        and (not lines[end].strip() or _depth(lines[end]) >= depth)
        and not (lines[end].lstrip().startswith("- ") and _depth(lines[end]) <= depth)
    ):
        end += 1
    return "\n".join(lines[start:end])


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _named(lines: list[str], number: int) -> str:
    """The command of a line: with the lines before it that it goes on from; `set +e` speaks for those behind it."""
    start = number - 1
    while start > 0 and lines[start - 1].rstrip().endswith("\\"):
        start -= 1
    end = number + 6 if re.search(r"set\s+\+e", lines[number - 1]) else number
    alone = re.match(r"\s*(?:exit\s+0|true|:)\s*$", lines[number - 1])
    return "\n".join(lines[max(0, start - 1 if alone else start) : end])


def _options(file: ChangedFile) -> Iterator[Sign]:
    """Options that leave tests out, or ask for less."""
    removed = file.removed
    old = [line for number, line in enumerate(file.old_text.splitlines(), 1) if number in removed]
    if not old:
        return
    lines = file.text.splitlines()
    was = " ".join(old)
    for number in sorted(file.added):
        line = lines[number - 1] if number <= len(lines) else ""
        if not _TOOLS.search(line) or _COMMENT.match(line):
            continue
        tools = set(_tools(line))
        rivals = [each for each in old if tools & set(_tools(each))]
        more = [each[0].strip() for each in _LEAVES_OUT.finditer(line) if each[0].strip() not in was]
        if rivals and more:
            yield _sign(file, number, f"it leaves tests out: {more[0]}", line, before=rivals[0])
        elif rivals and (names := _only_files(line, was)):
            yield _sign(file, number, f"it runs only {names[0]}", line, before=rivals[0])
        whole = _whole_command(lines, number)
        if rivals and (less := [each for each in _MEASURES.findall(" ".join(rivals)) if each not in whole]):
            yield _sign(file, number, f"it measures no more: {less[0]}", line, before=rivals[0])
        one, other = _UNDER.search(" ".join(rivals)), _UNDER.search(line)
        other = other or _UNDER.search(whole)
        if one and _asks_less(one, other):
            yield _sign(file, number, "it asks for less", line, before=rivals[0])


def _asks_less(was: re.Match[str], now: re.Match[str] | None) -> bool:
    """Whether a limit is gone or lower; of warnings, higher."""
    if now is None:
        return True
    return int(now[1]) > int(was[1]) if "max-warnings" in was[0] else int(now[1]) < int(was[1])


def _whole_command(lines: list[str], number: int) -> str:
    """A command with the lines that it goes on with, behind a backslash."""
    end = number
    while end < len(lines) and lines[end - 1].rstrip().endswith("\\"):
        end += 1
    return " ".join(lines[number - 1 : end])


def _only_files(line: str, was: str) -> list[str]:
    """Files of tests that a command is given now, where it ran all that it found."""
    files = re.compile(r"(?<![\w=/.-])(?:[\w.-]+/)*[\w.-]+\.(?:py|[cm]?[jt]sx?|rb|php|go)(?:::[\w:]+)?(?![\w./])")
    tool = _TOOLS.search(line)
    named = files.findall(line[tool.end() :]) if tool else []
    return [] if files.search(was) else named


def _unrun(files: list[ChangedFile]) -> Iterator[Sign]:
    """Tools that lines of these files ran, and that none of them runs now."""
    now = {tool for file in files for line in _commands(file.path, file.text) for tool in _tools(line)}
    told = set[str]()
    for file in files:
        for line in _commands(file.path, file.old_text):
            for tool in _tools(line):
                if tool not in now and tool not in told and not _is_replaced(tool, now, files):
                    told.add(tool)
                    what = "it is deleted" if file.how is How.DELETED else "nothing here runs it any more"
                    yield _sign(file, 0, f"{tool}: {what}", "", before=line.strip())


def _is_replaced(tool: str, now: set[str], files: list[ChangedFile]) -> bool:
    """Whether another tool of its kind took its place: honest projects change their runner."""
    groups = (
        {"pytest", "py.test", "unittest", "tox", "nox", "make test", "make check"},
        {"jest", "vitest", "mocha", "node --test", "tsx --test", "npm test", "npm run test"},
        {"ruff", "flake8", "pylint", "make lint"},
        {"mypy", "pyright"},
        {"eslint", "biome", "npm run lint"},
        {"coverage run", "coverage report", "pytest"},
    )
    text = " ".join(file.text for file in files)
    return any(tool in group and (group - {tool}) & now for group in groups) or ("biome" in text and tool == "eslint")


def _commands(path: str, text: str) -> Iterator[str]:
    if path.rsplit("/", 1)[-1] in {"package.json", "composer.json"}:
        try:
            scripts = json.loads(text or "{}").get("scripts", {})
        except (ValueError, AttributeError, RecursionError):
            return
        yield from (str(command) for command in (scripts.values() if isinstance(scripts, dict) else ()))
        return
    for line in text.splitlines():
        if path.endswith(".py") and re.match(r"\s*(?:import|from|@)", line):
            continue
        if path.endswith(".pre-commit-config.yaml"):
            # A hook is named, not called.
            line = re.sub(r"^[ \t]*-[ \t]*id[ \t]*:", "run", line)  # noqa: PLW2901
        if not _COMMENT.match(line) and not re.search(
            r"\b(?:pip|npm|apt-get|brew|uv|go)\s+(?:install|i|get|add|ci)\b", line
        ):
            yield line


def _tools(line: str) -> list[str]:
    # A name is no call, and neither are the targets that a target of make needs.
    if re.match(
        r"(?:-[ \t]*)?(?:name|uses|id|key|path)[ \t]*:|(?:-[ \t]*)?(?:run[ \t]*:[ \t]*)?@?(?:echo|printf)\b",
        line.strip(),
    ):
        return []
    if re.match(r"[\w.-]+:[\w. \t-]*$", line):
        return []
    return [re.sub(r"\s+", " ", found.strip()) for found in _TOOLS.findall(line)]


def _sign(file: ChangedFile, line: int, why: str, now: str, *, before: str = "") -> Sign:
    name = file.path.rsplit("/", 1)[-1]
    return Sign(
        code="tamper.command",
        title=f"{file.path}: {why}",
        path=file.path,
        line=line,
        before=before.strip()[:300],
        now=now.strip()[:300],
        cure=_CURE,
        deed=Deed.SET,
        names=(name,) if "." in name else (),
    )
