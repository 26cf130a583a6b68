"""Shells and languages: a script of the workspace may run, code in a word is for a person to see."""

from kiro_worker.policy.program.build import BUILDS, TOOLS, manages
from kiro_worker.policy.program.call import Call, Handler, Seen, Use, touch_paths
from kiro_worker.policy.shell.word import UNKNOWN

_INLINE = "command.inline-code"
_WORKSPACE = ("command.workspace-program", "a program of the workspace")
_WRAPS = ("command.wrapper", "what it starts is judged")
_TELLS = ("command.harmless", "it only tells of itself")

SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "rbash"})
_OTHER_SHELLS = frozenset({"fish", "csh", "tcsh", "pwsh", "powershell", "nu", "xonsh", "elvish", "cmd"})
_SHELL_VALUED = frozenset({"-o", "+o", "-O", "+O", "--rcfile", "--init-file"})

# Options behind which code stands, for each language.
_NODE = ("-e", "--eval", "-p", "--print", "-pe")
_CODE: dict[str, tuple[str, ...]] = {
    "python": ("-c",), "pypy": ("-c",), "ipython": ("-c",), "node": _NODE, "nodejs": _NODE, "ts-node": _NODE,
    "tsx": _NODE,
    "perl": ("-e", "-E"), "raku": ("-e",), "ruby": ("-e",), "irb": (), "php": ("-r", "-B", "-R", "-E"), "lua": ("-e",),
    "luajit": ("-e",), "Rscript": ("-e",), "R": ("-e",), "julia": ("-e", "-E", "--eval", "--print"), "iex": ("-e",
    "--eval"),
    "elixir": ("-e", "--eval", "--rpc-eval"), "erl": ("-eval",), "java": (), "groovy": ("-e",), "scala": ("-e",),
    "ghci": ("-e",), "runghc": ("-e",), "osascript": ("-e",), "tclsh": (), "expect": ("-c",), "guile": ("-c",),
    "sbcl": ("--eval",), "clojure": ("-e",), "psql": ("-c",), "mysql": ("-e",), "sqlite3": (), "deno": ("eval",),
}  # fmt: skip
_BUNDLES = frozenset({"python", "pypy", "perl", "ruby", "node", "nodejs", "php"})
_VALUED = frozenset({
    "-W", "-X", "-r", "--require", "--import", "--loader", "--experimental-loader", "-I", "-M", "-cp", "-classpath",
    "--class-path", "-C", "--env-file", "--test-reporter", "--test-reporter-destination", "--project", "-d",
    "--conditions",
})  # fmt: skip
_NO_CODE = frozenset({"-V", "-VV", "--version", "-v", "--help", "-h", "-version"})
# Modules of Python's that reach the network, read code from a word, or wait for a person.
_MODULES = frozenset({
    "http", "smtpd", "ftplib", "webbrowser", "telnetlib", "pdb", "code", "timeit", "asyncio", "idlelib", "xmlrpc",
    "ssl",
    "smtplib", "poplib", "imaplib", "nntplib", "antigravity", "turtledemo", "pydoc", "trace", "profile", "cProfile",
    "runpy", "IPython", "jupyter", "twine", "keyring", "awscli", "ansible",
})  # fmt: skip


def shells(call: Call) -> Seen:
    """`sh`, and `sh -c`: what it is given is read as this one was."""
    seen = Seen()
    at = 0
    while at < len(call.words):
        text = call.words[at].text
        if text in {"--", "-"}:
            at += 1
            break
        if not text.startswith(("-", "+")):
            break
        if text in _NO_CODE - {"-v", "-h"}:
            return seen.allow(*_TELLS)
        if not text.startswith("--") and text[0] == "-" and "c" in text:
            return _given(call, at, seen)
        if not text.startswith("--") and "s" in text:
            return _fed(call, seen)
        if text.startswith(("--rcfile", "--init-file")):
            seen.ask(_INLINE, "a start-up file of the shell's is not read")
        # `-euo pipefail`: the last of several letters may take a value.
        at += 2 if text in _SHELL_VALUED or text[-1] in "oO" else 1
    if at >= len(call.words) or call.words[at].text.startswith(("/dev/stdin", "/dev/fd", "/proc/")):
        return _fed(call, seen)
    seen.uses.append((call.words[at], Use.READ))
    touch_paths(call.behind(at + 1), seen)
    return seen.allow(*_WORKSPACE)


def _given(call: Call, at: int, seen: Seen) -> Seen:
    """`-c`, which takes the next word that is no option."""
    after = call.words[at + 1 :]
    if call.words[at].text.endswith("o"):
        after = after[1:]  # `-ceo pipefail`
    while after and after[0].text.startswith(("-", "+")) and after[0].text not in {"-", "--"}:
        after = after[2 if after[0].text in _SHELL_VALUED else 1 :]
    if after and after[0].text == "--":
        after = after[1:]
    if not after or not after[0].known:
        return seen.deny("command.unknown-script", "the shell's script is missing, or only known when it runs")
    seen.scripts.append(after[0].text)
    return seen.allow(*_WRAPS)


def _fed(call: Call, seen: Seen) -> Seen:
    """A shell that reads its script from its input."""
    one = call.invocation
    if one.stdin and not one.fed and UNKNOWN not in one.stdin:
        seen.scripts.extend(one.stdin)
        return seen.allow(*_WRAPS)
    return seen.deny("command.unseen-script", "the shell's script comes from elsewhere and cannot be seen; name a file")


def other_shells(call: Call) -> Seen:
    """Shells whose language is another."""
    return Seen().ask(_INLINE, f"{call.name} speaks another language than this policy reads; use sh")


def languages(call: Call) -> Seen:
    """An interpreter: a file of the workspace, a module, or code in a word or from its input."""
    seen = Seen()
    codes = _CODE[call.name]
    is_python = call.name in {"python", "pypy"}
    skip, script = False, -1
    for at, word in enumerate(call.words):
        text = word.text
        if skip:
            skip = False
        elif text.partition("=")[0] in codes or _bundled(call.name, text, codes):
            told = f"{call.name} {text.partition('=')[0][:20]} runs code that is in no file; write it into one"
            return seen.ask(_INLINE, told)
        elif text == "-m" and is_python:
            return _module(call, at + 1, seen)
        elif text in _NO_CODE:
            return seen.allow(*_TELLS)
        elif text in _VALUED and not (is_python and text in {"-d", "-I"}):
            skip = True
        elif not text.startswith("-") or text == "-":
            script = at
            break
    touch_paths(call, seen)
    if script < 0 and ((call.name == "java" and call.has("-jar")) or call.has("--test", "--check")):
        return seen.allow(*BUILDS)
    first = call.words[script].text if script >= 0 else "-"
    if first == "-" or first.startswith(("/dev/stdin", "/dev/fd", "/proc/self")):
        return seen.ask(_INLINE, f"{call.name} reads code from its input; write it into a file")
    if call.name == "deno":
        return _deno(call, first, seen)
    if call.name in {"psql", "mysql", "sqlite3"}:
        return seen.ask("command.unknown-subcommand", f"{call.name} is not known to stay in the workspace")
    if call.name != "java":
        seen.uses.append((call.words[script], Use.READ))
    return seen.allow(*_WORKSPACE)


def _bundled(name: str, text: str, codes: tuple[str, ...]) -> bool:
    """`-lne`, `-Ic`, `-ecode`: letters of which one means code."""
    if name not in _BUNDLES or text.startswith("--") or len(text) < 3 or text[0] != "-":
        return False
    letters = {code[1] for code in codes if len(code) == 2}
    # What stands behind a letter that takes a value is that value.
    ends = {"python": "WXmQ", "pypy": "WXm", "perl": "IMmCDdFx0", "ruby": "ICEFKrTx", "php": "dczFf"}.get(name, "rC")
    for letter in text[1:]:
        if letter in letters:
            return True
        if letter in ends:
            return False
    return False


def _module(call: Call, at: int, seen: Seen) -> Seen:
    name = call.words[at].text if at < len(call.words) else ""
    rest = call.behind(at + 1, name)
    if name == "coverage":
        return covers(rest)
    if name in TOOLS:
        return manages(rest)
    if not name or UNKNOWN in name or name.split(".")[0] in _MODULES:
        return seen.ask("command.unknown-subcommand", f"python -m {name} is not known to stay in the workspace")
    touch_paths(rest, seen)
    return seen.allow(*BUILDS)


def covers(call: Call) -> Seen:
    """`coverage run`: starts a module or a script."""
    name, at = call.sub()
    if name != "run":
        return manages(call)
    start = at + 1
    valued = {"--rcfile", "--source", "--omit", "--include", "--data-file", "--concurrency", "--context"}
    while start < len(call.words) and call.words[start].text.startswith("-") and call.words[start].text != "-m":
        start += 2 if call.words[start].text in valued else 1
    seen = languages(call.behind(start, "python"))
    touch_paths(call, seen)
    return seen


def _deno(call: Call, name: str, seen: Seen) -> Seen:
    if name not in {
        "test",
        "check",
        "lint",
        "fmt",
        "run",
        "task",
        "cache",
        "bench",
        "doc",
        "info",
        "compile",
        "install",
    }:
        return seen.ask("command.unknown-subcommand", f"deno {name} is not known to stay in the workspace")
    if any("://" in text for text in call.texts):
        return seen.ask("command.installs-elsewhere", "it runs code from the network")
    return seen.allow(*BUILDS)


def evals(call: Call) -> Seen:
    """`eval`: its words, joined, are a script."""
    if not all(word.known for word in call.words):
        return Seen().deny("command.unknown-script", "what eval runs is only known when it runs")
    seen = Seen(scripts=[" ".join(call.texts)])
    return seen.allow(*_WRAPS)


def sources(call: Call) -> Seen:
    """`source`: a script of the workspace."""
    seen = Seen()
    first = call.texts[0] if call.texts else ""
    if not first or first.startswith(("/dev/", "/proc/", "-")):
        return seen.deny("command.unseen-script", "what is sourced cannot be seen")
    seen.uses.append((call.words[0], Use.READ))
    return seen.allow(*_WORKSPACE)


def traps(call: Call) -> Seen:
    """`trap`: its first word is a script."""
    if call.words and not call.words[0].known:
        return Seen().deny("command.unknown-script", "what trap runs is only known when it runs")
    seen = Seen()
    words = [text for text in call.texts if text != "--"]
    if len(words) > 1 and words[0] not in {"-", "", "-p", "-l"}:
        seen.scripts.append(words[0])
    return seen.allow(*_WRAPS)


def aliases(call: Call) -> Seen:
    """`alias`: what a name will stand for is judged now."""
    seen = Seen()
    for word in call.words:
        name, sign, value = word.text.partition("=")
        if sign and not word.known:
            return seen.deny("command.unknown-script", f"what {name} would stand for is not known")
        if sign:
            seen.scripts.append(value)
    return seen.allow(*_WRAPS)


HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(SHELLS, shells),
    **dict.fromkeys(_OTHER_SHELLS, other_shells),
    **dict.fromkeys(_CODE, languages),
    "coverage": covers,
    "eval": evals,
    "source": sources,
    ".": sources,
    "trap": traps,
    "alias": aliases,
}
