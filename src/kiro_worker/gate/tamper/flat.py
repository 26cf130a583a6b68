"""Settings of tools as flat keys, whichever file they stand in: `coverage.report.fail-under`."""

import configparser
import json
import re
import tomllib
from collections.abc import Iterator

from kiro_worker.document import Listing, Node, Table, read_document

_MOST_TEXT = 512 * 1024
_MOST_KEYS = 20_000

Settings = dict[str, object]

#: Files that hold nothing but one tool's settings, and that tool.
_OF_ONE_TOOL = {
    "pytest.ini": "pytest", ".pytest.ini": "pytest", "pytest.toml": "pytest", ".coveragerc": "coverage",
    ".coveragerc.toml": "coverage", "ruff.toml": "ruff", ".ruff.toml": "ruff", "mypy.ini": "mypy", ".mypy.ini": "mypy",
    ".flake8": "flake8", ".pylintrc": "pylint", "pylintrc": "pylint", "pyrightconfig.json": "pyright",
    "jest.config.json": "jest", ".nycrc": "nyc", ".nycrc.json": "nyc", ".c8rc.json": "c8", ".c8rc": "c8",
    ".eslintrc": "eslint", ".eslintrc.json": "eslint", ".eslintrc.yml": "eslint", ".eslintrc.yaml": "eslint",
    "biome.json": "biome", "codecov.yml": "codecov", ".codecov.yml": "codecov", "codecov.yaml": "codecov",
    ".golangci.yml": "golangci", ".golangci.yaml": "golangci", ".rubocop.yml": "rubocop", "phpstan.neon": "phpstan",
    "clippy.toml": "clippy", ".bandit": "bandit", "detekt.yml": "detekt", ".swiftlint.yml": "swiftlint",
    "tarpaulin.toml": "tarpaulin", "analysis_options.yaml": "dart", ".mocharc.json": "mocha", ".mocharc.yml": "mocha",
}  # fmt: skip
_TOOLS = (
    "pytest|coverage|ruff|mypy|pyright|basedpyright|pylint|bandit|flake8|jest|nyc|c8|vitest|eslint|ava|mocha|tap|interrogate"
    "|diff-cover|pycodestyle|vulture|mutmut|lints|ty"
)


def tool_settings(path: str, text: str) -> Settings | None:
    r"""What a file sets of tools that judge code; None for one that sets nothing of them, or cannot be read.

    >>> tool_settings("pyproject.toml", "[tool.coverage.report]\nfail_under = 90")
    {'coverage.report.fail-under': 90}
    >>> tool_settings("setup.cfg", "[coverage:report]\nfail_under = 90")
    {'coverage.report.fail-under': '90'}
    """
    name = path.rsplit("/", 1)[-1]
    if len(text) > _MOST_TEXT:
        return None
    try:
        read = _read(name, text)
    except (ValueError, RecursionError, configparser.Error):
        return None
    if read is None:
        return None
    flat: Settings = {}
    for key, value in _flattened(read, ""):
        if len(flat) < _MOST_KEYS and (own := _named(path, name, key)):
            flat[own] = value
    return flat


def _read(name: str, text: str) -> object:
    if name.endswith(".toml"):
        return tomllib.loads(text)
    if name.endswith((".yml", ".yaml")):
        # YAML that is no plain document, such as one with tags of its own, sets nothing that is known here.
        node = read_document(text.encode(), name, [])
        return None if node is None else _plain(node)
    if name.endswith(".json") or name in {".nycrc", ".c8rc", ".eslintrc"}:
        return json.loads(_without_comments(text) or "{}")
    if name.endswith((".ini", ".cfg")) or name in {".coveragerc", ".flake8", ".pylintrc", "pylintrc", ".bandit"}:
        parser = configparser.ConfigParser(interpolation=None, strict=False, allow_no_value=True)
        parser.read_string(text)
        return {section: dict(parser[section]) for section in parser.sections()}
    return None


def _plain(node: Node) -> object:
    if isinstance(node, Table):
        return {key.text: _plain(value) for key, value in node.entries}
    if isinstance(node, Listing):
        return [_plain(each) for each in node.items]
    return node.text if node.kind != "null" else None


def _without_comments(text: str) -> str:
    kept = re.sub(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*[\s\S]*?\*/', lambda found: found[1] or "", text)
    return re.sub(r",(\s*[}\]])", r"\1", kept).strip()


def _flattened(value: object, prefix: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            name = str(key).replace("_", "-") if " " not in str(key) else str(key)
            yield from _flattened(inner, f"{prefix}.{name}" if prefix else name)
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        for number, inner in enumerate(value):
            module = inner.get("module", number) if isinstance(inner, dict) else number
            yield from _flattened(inner, f"{prefix}[{module}]")
    else:
        yield prefix, value


def _named(path: str, name: str, key: str) -> str:
    """The key below its tool's name; empty for what is no setting of a tool that judges code."""
    if path == ".kiro/worker.yaml":
        return f"worker.{key}"
    if re.fullmatch(r"(?:tsconfig|jsconfig)(?:[.-].*)?\.json", name):
        return f"typescript.{key}"
    if (tool := _OF_ONE_TOOL.get(name)) is not None:
        return f"{tool}.{re.sub(rf'^(?:{tool}|ini-options)(?:[.:]|$)', '', key).removeprefix('ini-options.')}"
    if name == "package.json":
        found = re.match(r"(jest|nyc|c8|ava|mocha|tap|vitest|eslintConfig)\.(.+)", key)
        return f"{found[1].removesuffix('Config')}.{found[2]}" if found else ""
    if name in {"setup.cfg", "tox.ini"}:
        found = re.match(rf"(?:tool:)?({_TOOLS})(?:[:.-](.+))?$", key)
        return f"{found[1]}.{found[2]}" if found and found[2] else ""
    if name in {"pyproject.toml", "cargo.toml", "Cargo.toml"}:
        if "pytest11" in key:
            return f"pytest.plugins.{key.rsplit('.', 1)[-1]}"
        found = re.match(rf"(?:tool\.|workspace\.)?({_TOOLS})\.(?:ini-options\.)?(.+)", key)
        return f"{found[1]}.{found[2]}" if found else ""
    return ""
