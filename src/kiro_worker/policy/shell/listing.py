"""Which commands print nothing but names of files of the workspace, or numbers."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiro_worker.policy.shell.script import Invocation

_LISTERS = frozenset({
    "find", "fd", "ls", "git", "grep", "egrep", "fgrep", "rg", "nproc", "date", "basename", "wc", "seq",
})  # fmt: skip
_FILTERS = frozenset({"sort", "head", "tail", "uniq", "grep", "wc"})
_GIT = frozenset({"ls-files", "diff", "rev-parse", "merge-base"})
# Options by which a lister prints other text than names.
_OTHER_TEXT = (
    "-printf", "-fprintf", "-exec", "-ok", "--format", "--pretty", "--line-prefix", "--label", "--src-prefix",
    "--dst-prefix", "--prefix", "--replace", "--path-separator", "--context-separator", "--field-", "--color",
    "--hyperlink", "--pre",
)  # fmt: skip
_NAMES_ONLY = frozenset("lLc")


def prints_names(invocations: "tuple[Invocation, ...]") -> bool:
    """Whether all that these print are names that lie in the workspace; their own paths are judged elsewhere."""
    if not invocations:
        return False
    return all(_lists(one, first=at == 0) for at, one in enumerate(invocations))


def _lists(one: "Invocation", *, first: bool) -> bool:
    if not one.words or one.assigns or not all(word.known or word.inside for word in one.words):
        return False
    program, words = one.words[0].text, [word.text for word in one.words[1:]]
    if any(word.startswith(_OTHER_TEXT) for word in words):
        return False
    if not first and program in _FILTERS:
        return all(word.startswith("-") or program in {"grep", "head", "tail"} for word in words)
    if program not in _LISTERS:
        return False
    if program == "git":
        named = next((word for word in words if not word.startswith("-")), "")
        return named in _GIT and (named != "diff" or "--name-only" in words)
    if program in {"grep", "egrep", "fgrep", "rg"}:
        return _names_matches(words) or (program == "rg" and "--files" in words)
    if program == "date":
        return not any("/" in word or "." in word for word in words)
    return True


def _names_matches(words: list[str]) -> bool:
    short = {letter for word in words if word.startswith("-") and not word.startswith("--") for letter in word[1:]}
    return bool(short & _NAMES_ONLY) or any(word.startswith("--files-with") for word in words)
