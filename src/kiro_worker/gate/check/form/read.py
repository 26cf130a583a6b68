"""From a report's file to what it tells, by the check's format."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kiro_worker.gate.check.form import other, plain, python, script
from kiro_worker.gate.check.form.sarif import read_sarif
from kiro_worker.gate.check.form.value import MOST_FOUND
from kiro_worker.gate.check.model import Told
from kiro_worker.gate.fault import ReportUnreadable
from kiro_worker.gate.file import read_report
from kiro_worker.gate.testjson import decode

MOST_BYTES = 64 * 1024 * 1024

_TEXT: Mapping[str, Callable[[str], Told]] = {
    "plain": plain.read_plain,
    "mypy": python.read_mypy,
    "tsc": script.read_tsc,
}
_JSON: Mapping[str, Callable[..., Told]] = {
    "sarif": read_sarif,
    "ruff": python.read_ruff,
    "pyright": python.read_pyright,
    "bandit": python.read_bandit,
    "pip-audit": python.read_pip_audit,
    "eslint": script.read_eslint,
    "npm-audit": script.read_npm_audit,
    "semgrep": other.read_semgrep,
    "shellcheck": other.read_shellcheck,
    "golangci": other.read_golangci,
}

#: A tool that has nothing to tell writes nothing at all in these.
MAY_BE_EMPTY = frozenset(_TEXT)


def read_form(form: str, path: Path, *, told: str) -> Told:
    """What a report tells.

    Args:
        form: one of `config.checks.FORMATS`.
        path: where it lies; hostile code may have written it.
        told: how people know it.

    Raises:
        ReportFault: when it cannot be read as what it should be.
    """
    if form in {"junit", "checkstyle"}:
        from kiro_worker.gate.check.form import markup

        read = markup.read_junit(path, told=told) if form == "junit" else markup.read_checkstyle(path, told=told)
    elif form in _TEXT:
        read = _TEXT[form](_body(path, told).decode("utf-8-sig", "replace"))
    else:
        log: Any = decode(_json(_body(path, told)), told=told)
        read = _JSON[form](log, told=told)
    if len(read.found) > MOST_FOUND:
        raise ReportUnreadable(path=told, why=f"it tells of more than {MOST_FOUND:,} things")
    return read


def _body(path: Path, told: str) -> bytes:
    return read_report(path, told=told, most=MOST_BYTES)


def _json(body: bytes) -> bytes:
    """JSON alone: `npm run` and other starters print lines of their own before it, and some a mark at its beginning."""
    plain = body.removeprefix(b"\xef\xbb\xbf").strip()
    if plain[:1] in {b"{", b"["}:
        return plain
    starts = [at for at in (plain.find(b"\n{"), plain.find(b"\n[")) if at >= 0]
    return plain[min(starts) + 1 :] if starts else plain
