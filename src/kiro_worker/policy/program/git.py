"""git: reading and staging are the agent's, history and remotes are the worker's."""

import re

from kiro_worker.policy.program.call import Call, Seen, Use, positionals
from kiro_worker.policy.shell.word import Word

_VALUED = frozenset({
    "-C", "-c", "--git-dir", "--work-tree", "--namespace", "--super-prefix", "--config-env", "--attr-source",
})  # fmt: skip
_ALLOWED = frozenset({
    "status", "diff", "log", "show", "add", "rm", "mv", "restore", "blame", "annotate", "grep", "ls-files", "ls-tree",
    "rev-parse", "describe", "shortlog", "cat-file", "diff-tree", "diff-index", "diff-files", "merge-base", "name-rev",
    "rev-list", "for-each-ref", "show-ref", "check-ignore", "check-attr", "whatchanged", "reflog", "version", "help",
    "stash", "checkout", "reset", "clean", "apply", "hash-object", "count-objects", "range-diff", "cherry",
    "show-branch", "stripspace", "switch", "branch", "tag",
})  # fmt: skip
_WORKERS = frozenset({
    "commit", "push", "config", "remote", "fetch", "pull", "merge", "rebase", "cherry-pick", "revert", "am", "init",
    "clone", "submodule", "worktree", "update-ref", "update-index", "filter-branch", "filter-repo", "replace", "notes",
    "gc", "prune", "repack", "bundle", "ls-remote", "send-email", "request-pull", "daemon", "http-push", "send-pack",
    "fetch-pack", "credential", "maintenance", "hook", "lfs", "svn", "p4", "archive", "bisect", "difftool", "mergetool",
    "instaweb", "gui", "citool", "commit-tree", "write-tree", "read-tree", "fast-import", "fast-export", "symbolic-ref",
    "sparse-checkout", "shell", "upload-pack", "receive-pack", "subtree", "format-patch", "fsck",
})  # fmt: skip
# Settings that only change what is shown.
_HARMLESS = re.compile(
    r"(?:color\.[\w.]+|advice\.\w+|core\.(?:quotepath|abbrev)|log\.(?:date|decorate|showsignature)|status\.\w+|column\.\w+"
    r"|diff\.(?:renames|noprefix|mnemonicprefix|algorithm|context)|user\.(?:name|email)|safe\.directory)(?:=.*)?"
    r"|core\.pager=(?:cat)?|pager\.\w+=(?:false|cat)?",
    re.IGNORECASE,
)
_ACTING = (
    "--ext-diff", "--textconv", "--open-files-in-pager", "--exec", "--upload-pack", "--receive-pack", "--unsafe-paths",
    "--pathspec-from-file", "--template", "--separate-git-dir",
)  # fmt: skip
_READING = frozenset({"status", "diff", "log", "show", "blame", "annotate", "grep", "ls-files", "ls-tree", "cat-file"})
_LISTING = ("--list", "-l", "--contains", "--merged", "--no-merged", "--show-current", "--points-at")
_CHANGING = frozenset({
    "-d", "-D", "-m", "-M", "-f", "-c", "-C", "-u", "-s", "--delete", "--move", "--force", "--edit-description",
    "--annotate", "--sign",
})  # fmt: skip


def gits(call: Call) -> Seen:
    """What a git command does."""
    name, at = call.sub(_VALUED)
    seen = Seen()
    _global_options(call, at, seen)
    rest = call.behind(at + 1)
    if not name or _only_reads(name, rest):
        return seen.allow("git.reads", "it only reads")
    if name in _WORKERS:
        told = "the worker commits and pushes" if name in {"commit", "push"} else "that is left to the worker"
        return seen.deny(f"git.{name}", f"git {name} is not the agent's: {told}")
    if name not in _ALLOWED:
        # An alias, or a program of that name somewhere on the search path.
        return seen.deny("git.unknown", f"git {name} is not known")
    if rest.has(*_ACTING) or (name == "grep" and any(text.startswith("-O") for text in rest.texts)):
        seen.deny("command.starts-hidden", f"an option of git {name} starts a program or leaves the workspace")
    if _moves_branch(name, rest):
        seen.ask("git.branches", f"branches and tags are the worker's; git {name} may only list them or restore files")
    _paths(rest, name, seen)
    return seen.allow("git.reads" if name in _READING else "git.tree", "it stays in the work tree")


def _only_reads(name: str, rest: Call) -> bool:
    if name == "config":
        return rest.texts[:1] in (["get"], ["list"]) or rest.has("--get", "--list", "-l", "--get-all", "--get-regexp")
    return name == "remote" and set(rest.texts) <= {"-v", "--verbose"}


def _global_options(call: Call, end: int, seen: Seen) -> None:
    for at, word in enumerate(call.words[:end]):
        option = word.text.partition("=")[0]
        if option.startswith("-c") and not option.startswith("--"):
            setting = call.following(at).text if word.text == "-c" else word.text[2:]
            if not _HARMLESS.fullmatch(setting):
                told = f"git -c {setting.partition('=')[0]} can start programs or change what git obeys"
                seen.deny("git.setting", told)
        elif option in {"--git-dir", "--work-tree", "--namespace", "--config-env", "--super-prefix"} or (
            option == "--exec-path" and "=" in word.text
        ):
            seen.deny("git.setting", f"git {option} makes git obey another folder")
        elif option == "-C":
            seen.uses.append((call.following(at), Use.READ))
        elif option in {"-p", "--paginate"}:
            seen.deny("git.setting", "git --paginate starts a program")


def _moves_branch(name: str, rest: Call) -> bool:
    texts = rest.texts
    if name in {"branch", "tag"}:
        return bool(set(texts) & _CHANGING) or (
            bool(positionals(rest, {"--sort", "--format"})) and not rest.has(*_LISTING)
        )
    if name == "switch":
        return True
    if name == "checkout":
        if "--" in texts:
            return bool({"-b", "-B", "--orphan"} & set(texts))
        named = [text for text in texts if not text.startswith("-")]
        return not named or rest.has("-b", "-B", "--orphan") or not all("." in text or "/" in text for text in named)
    return name == "reset" and any(sign in text for text in texts for sign in "~^@/") and "--" not in texts


def _paths(rest: Call, name: str, seen: Seen) -> None:
    use = Use.READ if name in _READING else Use.WRITE
    after = False
    for at, word in enumerate(rest.words):
        text = word.text
        if text.startswith("--output="):
            seen.uses.append((Word((text.partition("=")[2],)), Use.WRITE))
        elif text == "--output":
            seen.uses.append((rest.following(at), Use.WRITE))
        elif not text.startswith("-") and (after or _is_path(text)):
            seen.uses.append((word, use))
        after = after or text == "--"


def _is_path(text: str) -> bool:
    # `main:a/b`, `origin/main..HEAD` and `:(exclude)x` name what git keeps.
    return text.startswith(("/", "~", "./", "../", ".g", ".k")) or text in {".", ".."} or "/../" in text
