"""Programs that read, write, move and remove files."""

import re

from kiro_worker.policy.program.call import Call, Handler, Seen, Use, option_paths, positionals
from kiro_worker.policy.shell.word import Word

_READS = ("file.reads", "it only reads")
_WRITES = ("file.writes", "it writes files of the workspace")
_HIDDEN = "command.starts-hidden"
_INLINE = "command.inline-code"

_TALKERS = frozenset({
    "echo", "printf", "true", "false", ":", "pwd", "exit", "return", "break", "continue", "shift", "wait", "jobs",
    "sleep", "seq", "date", "uname", "whoami", "id", "hostname", "nproc", "arch", "locale", "getconf", "tput", "clear",
    "reset", "cal", "expr", "let", "factor", "umask", "ulimit", "type", "which", "whereis", "times", "getopts", "read",
    "local", "fg", "bg", "disown", "tty", "groups", "free", "uptime", "ps", "df", "lscpu", "export", "declare",
    "typeset", "readonly", "unset", "test", "[", "tr", "numfmt", "logname", "users", "printenv", "set", "bc",
    "lsb_release", "stty", "man", "help", "unalias", "hash", "shuf", "pgrep", "history", "dirs", "shopt",
})  # fmt: skip
_READERS = frozenset({
    "cat", "head", "tail", "less", "more", "wc", "nl", "tac", "rev", "cut", "paste", "join", "comm", "diff", "cmp",
    "sdiff", "colordiff", "file", "stat", "ls", "dir", "vdir", "du", "realpath", "readlink", "basename", "dirname",
    "md5sum", "sha1sum", "sha224sum", "sha256sum", "sha384sum", "sha512sum", "cksum", "b2sum", "sum", "shasum", "md5",
    "od", "hexdump", "strings", "column", "fold", "fmt", "pr", "expand", "unexpand", "look", "bat", "batcat", "exa",
    "eza", "lsd", "tokei", "cloc", "scc", "zcat", "zless", "bzcat", "xzcat", "diffstat", "delta", "pygmentize", "nm",
    "objdump", "readelf", "size", "ldd", "cd", "pushd", "popd", "chdir", "yamllint", "actionlint", "shellcheck",
    "hadolint", "base64", "base32", "iconv", "xmllint", "glow", "tree",
})  # fmt: skip
# The first word is a pattern or program and no path.
_SEARCHERS = frozenset({"grep", "egrep", "fgrep", "zgrep", "rg", "ag", "ack", "jq", "ast-grep"})
_WRITERS = frozenset({
    "touch", "mkdir", "truncate", "tee", "mktemp", "split", "csplit", "gzip", "gunzip", "bzip2", "bunzip2", "xz",
    "unxz", "zstd", "dos2unix", "unix2dos", "sponge", "rename", "strip", "ranlib", "patch", "unzip", "zip", "ar",
    "mkfifo", "convert", "magick", "7z", "uniq", "xxd",
})  # fmt: skip
_VALUED = {
    "head": {"-n", "-c", "--lines", "--bytes"},
    "tail": {"-n", "-c", "--lines", "--bytes", "--pid"},
    "cut": {"-d", "-f", "-c", "-b"},
    "paste": {"-d"},
    "du": {"-d", "--max-depth", "--exclude"},
    "stat": {"-c", "-f", "--format", "--printf"},
    "diff": {"-I", "-x", "--exclude", "-L", "--label", "-U", "-C"},
    "column": {"-s", "-c", "-o", "-N"},
    "ls": {"-I", "--ignore", "-w"},
    "tree": {"-L", "-I", "-P", "--filelimit"},
    "touch": {"-d", "-t", "--date"},
    "mkdir": {"-m", "--mode"},
    "truncate": {"-s", "--size"},
    "split": {"-b", "-l", "-n", "-a"},
    "od": {"-A", "-t", "-N", "-j"},
}
_SEARCH_VALUED = frozenset({
    "-e", "-f", "-m", "-A", "-B", "-C", "-d", "-D", "--include", "--exclude", "--exclude-dir", "--glob", "--iglob",
    "--type", "--type-not", "--max-count", "--context", "--regexp", "--file", "--replace", "--max-depth", "--sort",
    "--threads", "--indent", "--after-context", "--before-context",
})  # fmt: skip
# In sed's language: addresses, substitutions, and then commands that run programs or write files.
_SED_ADDRESS = re.compile(r"(^|[;{}\n,!\s])/(?:\\.|[^/\\])*/I?", re.DOTALL)
_SED_SUBSTITUTE = re.compile(r"s([^\w\s\\])(?:\\.|(?!\1).)*\1(?:\\.|(?!\1).)*\1(\w*)", re.DOTALL)
_SED_ACTS = re.compile(r"(?:^|[;{}\n\x01\d$,!~+])\s*(?:e\b|[wWrR]\s*\S)")
_AWK_ACTS = re.compile(r"system\s*\(|\bgetline\b|\|&?\s*\"|\"\s*\||print[^;}\n]*>|@load|@include|print[^;}\n]*\|")


def talks(call: Call) -> Seen:
    """Prints, waits or computes; its words are no paths."""
    return Seen().allow("command.harmless", f"{call.name} reaches nothing")


def reads(call: Call) -> Seen:
    """Reads the files it is given."""
    seen = Seen().allow(*_READS)
    seen.uses.extend((word, Use.READ) for word in positionals(call, _VALUED.get(call.name, ())))
    option_paths(call, seen, Use.READ)
    return seen


def searches(call: Call) -> Seen:
    """Looks for a pattern in files."""
    seen = Seen().allow(*_READS)
    if call.has("--pre", "--hostname-bin", "--pager"):
        return seen.deny(_HIDDEN, f"an option of {call.name} starts a program; leave it out")
    valued = _SEARCH_VALUED | {"-g", "-t", "-T", "-r", "-j"} if call.name == "rg" else _SEARCH_VALUED
    if call.name == "jq":
        valued = frozenset({"-f", "--from-file", "--indent", "-L"})
    found = positionals(call, valued)
    given = any(text.startswith(("-e", "--regexp", "-f", "--file", "--from-file")) for text in call.texts)
    if not (given or (call.name == "rg" and call.has("--files"))):
        found = found[1:]
    seen.uses.extend((word, Use.READ) for word in found)
    for at, word in enumerate(call.words):
        if word.text in {"-f", "--file", "--from-file", "-L"} and (word.text != "-L" or call.name == "jq"):
            seen.uses.append((call.following(at), Use.READ))
    option_paths(call, seen, Use.READ)
    return seen


def sorts(call: Call) -> Seen:
    """`sort`: reads, and writes behind `-o`."""
    if call.has("--compress-program"):
        return Seen().deny(_HIDDEN, "sort --compress-program starts a program; leave it out")
    return reads(call)


def packs(call: Call) -> Seen:
    """`zip`: it can have another program test what it packed."""
    if call.has("-TT", "--unzip-command"):
        return Seen().deny(_HIDDEN, "zip -TT starts a program; leave it out")
    return writes(call)


def edits_stream(call: Call) -> Seen:
    """`sed`: its script may write and run programs; in place, its files are written."""
    in_place = any(re.match(r"-[a-zA-Z]*i|--in-place", text) for text in call.texts)
    seen = Seen()
    scripts: list[Word] = []
    files: list[Word] = []
    wants = ""
    for word in call.words:
        text = word.text
        if wants:
            (scripts if wants == "-e" else files).append(word)
            wants = ""
        elif text in {"-e", "--expression"}:
            wants = "-e"
        elif text.startswith(("-f", "--file")):
            seen.ask(_INLINE, "a script of sed's that is in a file is not read; give it with -e")
            wants = "-f" if text in {"-f", "--file"} else ""
        elif text.startswith(("--expression=", "-e")):
            scripts.append(Word((text.removeprefix("--expression=").removeprefix("-e"),)))
        elif not text.startswith("-") or text == "-":
            files.append(word)
    if not scripts and files:
        scripts.append(files.pop(0))
    if any(_sed_acts(word.text) for word in scripts):
        seen.ask(_INLINE, "this script of sed's writes files or runs programs by itself")
    seen.uses.extend((word, Use.WRITE if in_place else Use.READ) for word in files)
    return seen.allow(*(_WRITES if in_place else _READS))


def _sed_acts(script: str) -> bool:
    """Whether a script of sed's does more than print.

    >>> _sed_acts("s/where/w/;/write/d"), _sed_acts("/x/w/etc/x"), _sed_acts("s/a/b/e"), _sed_acts("1e id")
    (False, True, True, True)
    """
    rest = _SED_ADDRESS.sub("\\g<1>\x01", script)
    flags = [match[2] for match in _SED_SUBSTITUTE.finditer(rest)]
    return any(set(each) & set("ew") for each in flags) or bool(_SED_ACTS.search(_SED_SUBSTITUTE.sub("s", rest)))


def awks(call: Call) -> Seen:
    """`awk`: its program may do anything; what only prints is let through."""
    seen = Seen()
    found = positionals(call, {"-F", "-v", "--field-separator", "--assign"})
    if any(re.match(r"-[fiElD]|--(?:file|include|load|exec)", text) for text in call.texts):
        return seen.ask(_INLINE, "a program of awk's that is in a file is not read; give it as a word")
    if any(_AWK_ACTS.search(word.text) for word in found[:1]):
        seen.ask(_INLINE, "this program of awk's writes files or runs programs by itself")
    seen.uses.extend((word, Use.READ) for word in found[1:] if "=" not in word.text)
    return seen.allow(*_READS)


def writes(call: Call) -> Seen:
    """Writes the files it is given."""
    seen = Seen().allow(*_WRITES)
    seen.uses.extend((word, Use.WRITE) for word in positionals(call, _VALUED.get(call.name, ())))
    option_paths(call, seen, Use.WRITE)
    return seen


def removes(call: Call) -> Seen:
    """Removes the files it is given."""
    seen = Seen().allow("file.writes", "it removes files of the workspace")
    seen.uses.extend((word, Use.REMOVE) for word in positionals(call))
    return seen


def moves(call: Call) -> Seen:
    """`mv`: each name is written, and the old ones are gone."""
    seen = removes(call)
    option_paths(call, seen, Use.WRITE)
    _target(call, seen)
    return seen


def copies(call: Call) -> Seen:
    """`cp`: reads all but the last."""
    seen = Seen().allow(*_WRITES)
    found = positionals(call, {"-t", "--target-directory", "-S", "-m", "-o", "-g"})
    has_target = _target(call, seen)
    seen.uses.extend((word, Use.READ) for word in (found if has_target else found[:-1]))
    if not has_target:
        seen.uses.extend((word, Use.WRITE) for word in found[-1:])
    option_paths(call, seen, Use.WRITE)
    return seen


def links(call: Call) -> Seen:
    """`ln`: what a link leads to is held to the rules of writing, for it can be written through it."""
    seen = Seen().allow(*_WRITES)
    seen.uses.extend((word, Use.WRITE) for word in positionals(call, {"-t", "-S"}))
    option_paths(call, seen, Use.WRITE)
    _target(call, seen)
    return seen


def _target(call: Call, seen: Seen) -> bool:
    found = False
    for at, word in enumerate(call.words):
        if word.text in {"-t", "--target-directory"}:
            seen.uses.append((call.following(at), Use.WRITE))
            found = True
        elif word.text.startswith(("-t", "--target-directory=")):
            seen.uses.append((Word((word.text.removeprefix("--target-directory=").removeprefix("-t"),)), Use.WRITE))
            found = True
    return found


def changes_mode(call: Call) -> Seen:
    """`chmod`: never so that a file runs as its owner."""
    seen = Seen().allow(*_WRITES)
    found = positionals(call)
    if any(re.fullmatch(r"[ugoa]*[+=][rwxXt]*s\S*|[0-7]?[2467][0-7]{3}", text) for text in call.texts):
        return seen.deny("command.system", "a file that runs as its owner is never made")
    # A mode such as `-w` looks like an option; then every name is a file, and a mode taken for one does no harm.
    seen.uses.extend((word, Use.WRITE) for word in found)
    return seen


def archives(call: Call) -> Seen:
    """`tar`: some of its options start programs."""
    seen = Seen().allow(*_WRITES)
    acting = (
        "--to-command", "--checkpoint-action", "--use-compress-program", "--rsh-command", "--info-script",
        "--new-volume-script", "-I", "-F",
    )  # fmt: skip
    if call.has(*acting):
        return seen.deny(_HIDDEN, "an option of tar starts a program; leave it out")
    if call.has("-P", "--absolute-names"):
        return seen.deny("path.outside", "tar -P writes outside of the folder it runs in")
    found = positionals(call)
    seen.uses.extend((word, Use.WRITE) for word in found)
    option_paths(call, seen, Use.WRITE)
    return seen


def copies_blocks(call: Call) -> Seen:
    """`dd`: `of=` is written."""
    seen = Seen().allow(*_WRITES)
    for word in call.words:
        name, _, value = word.text.partition("=")
        if name in {"if", "of"}:
            seen.uses.append((Word((value,)), Use.WRITE if name == "of" else Use.READ))
    return seen


def queries_yaml(call: Call) -> Seen:
    """`yq`: reads, or writes in place; its expressions may read other files."""
    seen = Seen().allow(*_READS)
    use = Use.WRITE if call.has("-i", "--inplace", "--in-place") else Use.READ
    seen.uses.extend((word, use) for word in positionals(call, {"-o", "-p", "--output-format", "--input-format"}))
    if any(re.search(r"\b(?:load|env|strenv)\w*\s*\(", text) for text in call.texts):
        seen.ask(_INLINE, "this expression reads other files or the environment")
    return seen


HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(_TALKERS, talks),
    **dict.fromkeys(_READERS, reads),
    **dict.fromkeys(_SEARCHERS, searches),
    **dict.fromkeys(_WRITERS, writes),
    "sort": sorts,
    "zip": packs,
    "sed": edits_stream,
    "gsed": edits_stream,
    "awk": awks,
    "gawk": awks,
    "mawk": awks,
    "rm": removes,
    "rmdir": removes,
    "unlink": removes,
    "mv": moves,
    "cp": copies,
    "install": copies,
    "ln": links,
    "chmod": changes_mode,
    "tar": archives,
    "dd": copies_blocks,
    "yq": queries_yaml,
}
