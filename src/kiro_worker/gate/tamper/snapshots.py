"""What tests compare with, rewritten although the tests stay: the code's new answer became the expected one."""

import json
import re
from collections.abc import Iterator

from kiro_worker.changeset import ChangedFile, ChangeSet, How
from kiro_worker.expression import expression
from kiro_worker.gate.kind import FileKind, kind_of, language_of
from kiro_worker.gate.tamper.sign import Sign, Weight

_ENTRIES = (
    expression(r"^exports\[`(?P<key>(?:[^`\\]|\\.)*)`\] = `(?P<value>(?:[^`\\]|\\.)*)`;", re.MULTILINE),
    expression(r"^# name: (?P<key>[^\n]+)\n(?P<value>[\s\S]*?)^# ---", re.MULTILINE),
)
_CURE = "Mend the code so that it answers as recorded, or have the task say that the answer changes."


def snapshot_signs(change: ChangeSet) -> Iterator[Sign]:
    """Recorded answers and data of tests that are not what they were."""
    added = {file.after for file in change if file.how is How.ADDED and file.after}
    touched = "\n".join(
        _changed_lines(file)
        for file in change
        if kind_of(file.path) in {FileKind.TEST, FileKind.TEST_SUPPORT} and language_of(file.path)
    )
    for file in change:
        kind = kind_of(file.path)
        if file.how is How.ADDED or not file.is_plain:
            continue
        name = file.path.rsplit("/", 1)[-1]
        if file.how is How.DELETED and kind is FileKind.TEST_SUPPORT and not language_of(file.path):
            # Data that went while no test was changed: a test that looks for it finds nothing, and may say nothing.
            if not any(word in touched for word in (name, name.rsplit(".", 1)[0], file.path.split("/")[-2:][0])):
                yield _sign(
                    file, "data", f"{file.path}: data of tests is gone, and no test says so", file.old_text[:300], ""
                )
            continue
        if file.how is How.DELETED and file.before in added:
            continue
        if kind is FileKind.SNAPSHOT:
            yield from _snapshot(file, touched)
        elif kind is FileKind.TEST_SUPPORT and not language_of(file.path) and file.how is How.MODIFIED:
            yield from _data(file)


def _snapshot(file: ChangedFile, touched: str) -> Iterator[Sign]:
    old, new = _entries(file.old_text), _entries(file.text)
    if not old:
        if file.how is How.MODIFIED:
            yield _sign(file, "snapshot", f"{file.path}: a recorded answer is another now", "", file.text[:300])
        elif file.how is How.DELETED:
            yield _sign(file, "snapshot", f"{file.path}: a recorded answer is deleted", file.old_text[:300], "")
        return
    for key, value in old.items():
        if new.get(key) == value:
            continue
        title = re.sub(r" \d+$", "", key)
        last = re.split(r" > |\.|::", title)[-1].split("[", 1)[0]
        if key not in new and (last in touched or file.how is How.DELETED):
            continue  # its test is gone or renamed, and that is another finding
        yield Sign(
            code="tamper.snapshot",
            title=f"{key}: the recorded answer is {'another now' if key in new else 'gone'}",
            path=file.path,
            line=_line(file.text, key),
            before=value[:300],
            now=new.get(key, "")[:300],
            cure=_CURE,
            names=(title, last),
            weight=Weight.TOLD if last and last in touched else Weight.BLOCKS,
            subject=f"{file.path}::{key}",
        )


def _entries(text: str) -> dict[str, str]:
    return {found["key"]: found["value"] for pattern in _ENTRIES for found in pattern.finditer(text)}


def _changed_lines(file: ChangedFile) -> str:
    """The lines of a test file that the branch touches, old and new: a title in them is a test that it touches."""
    old, new = file.old_text.splitlines(), file.text.splitlines()
    kept = [old[number - 1] for number in sorted(file.removed) if number <= len(old)]
    return "\n".join(kept + [new[number - 1] for number in sorted(file.added) if number <= len(new)])


def _data(file: ChangedFile) -> Iterator[Sign]:
    """Data of tests: more of it is no sign, other is."""
    if not file.removed or _holds_more(file.old_text, file.text):
        return
    old, new = file.old_text.splitlines(), file.text.splitlines()
    yield _sign(
        file,
        "data",
        f"{file.path}: data that tests work with is other than before",
        "\n".join(old[number - 1] for number in sorted(file.removed)[:6] if number <= len(old)),
        "\n".join(new[number - 1] for number in sorted(file.added)[:6] if number <= len(new)),
        told=not _looks_expected(file.path),
    )


def _looks_expected(path: str) -> bool:
    return re.search(r"(?i)expect|golden|snapshot|result|want|output|approved|baseline", path) is not None


def _holds_more(old: str, new: str) -> bool:
    try:
        one, other = json.loads(old), json.loads(new)
    except (ValueError, RecursionError):
        lines = new.splitlines()
        return all(line in lines for line in old.splitlines())
    return _within(one, other)


def _within(one: object, other: object) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return all(key in other and _within(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return all(item in other for item in one)
    return one == other


def _line(text: str, key: str) -> int:
    place = text.find(key)
    return text.count("\n", 0, place) + 1 if place >= 0 else 0


def _sign(file: ChangedFile, what: str, title: str, before: str, now: str, *, told: bool = False) -> Sign:
    line = min(file.added, default=0)
    return Sign(
        code=f"tamper.{what}",
        title=title,
        path=file.path,
        line=line,
        before=before[:300],
        now=now[:300],
        cure=_CURE,
        weight=Weight.TOLD if told else Weight.BLOCKS,
        subject=file.path,
    )
