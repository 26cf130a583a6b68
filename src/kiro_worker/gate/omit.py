"""What the base branch's own settings keep from being measured: a changed file of these is not held against anybody."""

import re
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase

from kiro_worker.expression import expression
from kiro_worker.gate.base import BaseFiles, table
from kiro_worker.gate.detect import coveragerc
from kiro_worker.gate.stale import usually_excluded
from kiro_worker.policy.glob import BadPattern, compiled

# In a configuration written in JavaScript: the list of what coverage leaves out.
_EXCLUDED = expression(r"\bcoverage\b.{0,2000}?\bexclude\s*:\s*\[([^\]]{0,4000})\]", re.DOTALL)
_IGNORED = expression(r"\bcoveragePathIgnorePatterns\s*:\s*\[([^\]]{0,4000})\]")
_NOT_COLLECTED = expression(r"\bcollectCoverageFrom\s*:\s*\[([^\]]{0,4000})\]")
_TEXT = expression(r"""["'`]([^"'`\n]{1,300})["'`]""")
_SCRIPTED = ("jest.config.*", "vitest.config.*", "vite.config.*")
_JSON = (".nycrc", ".nycrc.json", ".c8rc", ".c8rc.json")


def left_out(base: BaseFiles) -> Callable[[str], bool]:
    r"""Says of a path whether the base branch keeps it from being measured.

    >>> is_out = left_out(BaseFiles.of({".coveragerc": b"[run]\nomit = */migrations/*"}))
    >>> is_out("shop/migrations/1.py"), is_out("shop/a.py")
    (True, False)
    """
    python = [_of_coverage(one) for one in _omitted(base)]
    globs = [one for pattern in _globs(base) if (one := _of_glob(pattern)) is not None]
    plain = tuple(_ignored(base))

    def is_out(path: str) -> bool:
        if path.endswith(".py"):
            return any(one.fullmatch(path) for one in python)
        return any(one.fullmatch(path) for one in globs) or any(_fits(one, path) for one in plain)

    return is_out


def excluded(base: BaseFiles) -> Callable[[str], bool]:
    r"""Says of a line of Python whether the base branch leaves it out of its reports, with what hangs on it.

    >>> is_out = excluded(BaseFiles.of({".coveragerc": b"[report]\nexclude_also =\n  def __repr__"}))
    >>> is_out("    def __repr__(self):"), is_out("x = 1  # pragma: no cover"), is_out("def f():")
    (True, True, False)
    """
    rules = coveragerc.of(base)
    lines = [
        line.strip() for key in ("exclude_lines", "exclude_also") for line in rules.get("report", key).splitlines()
    ]
    expressions = [one for line in lines if line and (one := _expression(line)) is not None]

    def is_out(line: str) -> bool:
        return usually_excluded(line) or any(one.search(line) for one in expressions)

    return is_out


def _expression(text: str) -> re.Pattern[str] | None:
    try:
        return re.compile(text)
    except re.error:
        return None


def _omitted(base: BaseFiles) -> Iterator[str]:
    rules = coveragerc.of(base).with_omit()
    for section in ("run", "report"):
        yield from (line.strip() for line in re.split(r"[,\n]", rules.get(section, "omit")) if line.strip())


def _of_coverage(pattern: str) -> re.Pattern[str]:
    """A pattern as coverage.py reads it: `*` stays in its folder, unless it begins or ends the pattern."""
    body = pattern.removeprefix("./")
    start = re.match(r"\*+/" if pattern.startswith("*") else r"\*\*/", body)
    body = body[start.end() :] if start else body
    inner = re.sub(r"/\*+$", "/\0", body)
    parts = {"\0": ".*", "**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    made = re.sub(r"\*\*/|[\0*?]|[^\0*?]+", lambda part: parts.get(part[0], re.escape(part[0])), inner)
    return re.compile(("(?:.*/)?" if start or pattern.startswith("*") else "") + made, re.DOTALL)


def _globs(base: BaseFiles) -> Iterator[str]:
    """Patterns of Vitest, c8, nyc and Jest's negated ones."""
    import json

    for path in base.named(*_SCRIPTED):
        text = base.text(path)
        yield from _texts(_EXCLUDED.findall(text))
        yield from (one[1:] for one in _texts(_NOT_COLLECTED.findall(text)) if one.startswith("!"))
    for path in (name for name in _JSON if name in base.contents):
        try:
            yield from _strings(table(json.loads(base.text(path))).get("exclude"))
        except (ValueError, RecursionError):
            continue
    jest = table(base.package_json, "jest")
    yield from (one[1:] for one in _strings(jest.get("collectCoverageFrom")) if one.startswith("!"))
    for tool in ("nyc", "c8"):
        yield from _strings(table(base.package_json, tool).get("exclude"))


def _ignored(base: BaseFiles) -> Iterator[str]:
    for path in base.named("jest.config.*"):
        yield from _texts(_IGNORED.findall(base.text(path)))
    yield from _strings(table(base.package_json, "jest").get("coveragePathIgnorePatterns"))


def _of_glob(pattern: str) -> re.Pattern[str] | None:
    try:
        return compiled(pattern.removeprefix("<rootDir>/"))
    except (BadPattern, re.error):
        return None


def _fits(pattern: str, path: str) -> bool:
    """Jest's patterns are expressions; those that are plain text, as most are, are looked for as such."""
    plain = pattern.replace("<rootDir>", "").replace("\\\\", "\\").replace("\\.", ".").strip("^$")
    return plain in f"/{path}" if re.fullmatch(r"[\w./@-]+", plain) else fnmatchcase(path, plain)


def _strings(value: object) -> Iterator[str]:
    return (one for one in value if isinstance(one, str)) if isinstance(value, list) else iter(())


def _texts(lists: Iterable[str]) -> Iterator[str]:
    return (text for one in lists for text in _TEXT.findall(one))
