"""Programs that start another: they are let through, and what they start is judged in their place."""

import re

from kiro_worker.policy.program.build import RUN_VALUED, skip_options
from kiro_worker.policy.program.call import Call, Handler, Seen, Use, option_paths
from kiro_worker.policy.shell.listing import prints_names
from kiro_worker.policy.shell.word import UNKNOWN, Word

_WRAPS = ("command.wrapper", "what it starts is judged")
_READS = ("file.reads", "it only reads")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_SPLIT = "command.unknown-script"

# Each with its options that take a value, and how many words stand before the command.
_PLAIN: dict[str, tuple[str, int]] = {
    "nice": ("-n --adjustment", 0),
    "nohup": ("", 0),
    "timeout": ("-k -s --kill-after --signal", 1),
    "gtimeout": ("-k -s --kill-after --signal", 1),
    "time": ("-f -o --format --output", 0),
    "stdbuf": ("-i -o -e", 0),
    "setsid": ("", 0),
    "ionice": ("-c -n", 0),
    "chrt": ("", 1),
    "taskset": ("", 1),
    "builtin": ("", 0),
    "exec": ("-a", 0),
    "unbuffer": ("", 0),
    "xvfb-run": ("-s --server-args -n --server-num -e -f", 0),
    "busybox": ("", 0),
    "toybox": ("", 0),
    "caffeinate": ("-t -w", 0),
    "catchsegv": ("", 0),
    "coproc": ("", 0),
    "!": ("", 0),
    "noglob": ("", 0),
    "dotenv": ("-e -f", 0),
}
_PACKAGES = ("npx", "bunx", "uvx", "pnpx")
_FIND_RUNS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
_FIND_WRITES = frozenset({"-fprint", "-fprint0", "-fls", "-fprintf"})
_FIND_READS = frozenset({"-newer", "-samefile", "-anewer", "-cnewer", "-files0-from"})


def wraps(call: Call) -> Seen:
    """A wrapper that only changes how its command runs."""
    valued, before = _PLAIN[call.name]
    seen = Seen().allow(*_WRAPS)
    at = skip_options(call.words, 0, set(valued.split()))
    if call.name == "time":
        option_paths(Call(call.name, call.words[:at], call.invocation), seen, Use.WRITE)
    if at + before < len(call.words):
        seen.starts.append(call.rest(at + before))
    return seen


def packages(call: Call) -> Seen:
    """`npx prettier@3 .`: the name may carry a version."""
    seen = Seen().allow(*_WRAPS)
    if call.has("--call", "-c"):
        return seen.ask("command.inline-code", "a command in a string of the package manager's; write it out")
    at = skip_options(call.words, 0, RUN_VALUED)
    if at >= len(call.words):
        return seen
    text = call.words[at].text
    if text.startswith((".", "/", "git+", "github:")) or "://" in text or (":" in text and "@" not in text):
        return seen.ask("command.installs-elsewhere", "it runs a program from somewhere else than the registry")
    name = re.sub(r"(?<=.)@[\w.^~*-]+$", "", text)
    seen.starts.append(call.invocation.with_words((Word((name,)), *call.words[at + 1 :])))
    return seen


def environments(call: Call) -> Seen:
    """`env` and its like: variables first, then the command."""
    seen = Seen().allow(*_WRAPS)
    assigns: list[tuple[str, Word]] = []
    at = 0
    while at < len(call.words):
        text = call.words[at].text
        if text.startswith(("-C", "--chdir")):
            return seen.ask("path.unknown", "env --chdir runs it in another folder; use cd")
        if text.startswith(("-S", "--split-string")) or (re.match(r"-[a-zA-Z]+", text) and "S" in text):
            return seen.deny(_SPLIT, "env -S splits a string by rules of its own; write the words")
        if text in {"-u", "--unset"}:
            at += 2
        elif text.startswith("-"):
            at += 1
        elif _NAME.match(text):
            name, _, value = text.partition("=")
            assigns.append((name, Word((value,))))
            at += 1
        else:
            break
    words = call.words[at:] or (Word(("true",)),)
    seen.starts.append(call.invocation.with_words(words, tuple(assigns)))
    return seen


def commands(call: Call) -> Seen:
    """`command`: with `-v` it only tells where a program is."""
    if call.texts[:1] in (["-v"], ["-V"]):
        return Seen().allow("command.harmless", "it only tells where a program is")
    seen = Seen().allow(*_WRAPS)
    at = skip_options(call.words, 0, set())
    if at < len(call.words):
        seen.starts.append(call.rest(at))
    return seen


def hands_on(call: Call) -> Seen:
    """`xargs`: its command gets words that come from its input."""
    valued = {
        "-n",
        "-P",
        "-L",
        "-I",
        "-d",
        "-s",
        "-E",
        "--max-args",
        "--max-procs",
        "--max-lines",
        "--delimiter",
        "-J",
        "-R",
    }
    seen = Seen().allow(*_WRAPS)
    if any(text.startswith(("-a", "--arg-file")) for text in call.texts[:4]):
        return seen.ask("path.unknown", "the words of its command come from a file that is not read")
    at = skip_options(call.words, 0, valued)
    inner = call.words[at:] or (Word(("echo",)),)
    given = Word((UNKNOWN,), inside=prints_names(call.invocation.fed))
    mark = ""
    for n, text in enumerate(call.texts[:at]):
        if text in {"-I", "-J"}:
            mark = call.following(n).text
        elif text in {"-i", "--replace"}:
            mark = "{}"
        elif text.startswith(("-I", "-i", "--replace=")):
            mark = text.removeprefix("--replace=").removeprefix("-I").removeprefix("-i")
    words = tuple(_filled(word, mark, given) for word in inner) if mark else (*inner, given)
    seen.starts.append(call.invocation.with_words(words))
    return seen


def _filled(word: Word, mark: str, given: Word) -> Word:
    if mark not in word.text:
        return word
    text = word.text.replace(mark, UNKNOWN)
    starts = text.startswith((UNKNOWN, f"./{UNKNOWN}")) and ".." not in text
    return Word((text,), inside=given.inside and starts)


def finds(call: Call) -> Seen:
    """`find`: what it starts gets names from below the places it looks in."""
    seen = Seen().allow(*_READS)
    places: list[Word] = []
    for word in call.words:
        if word.text in {"-H", "-L", "-P"}:
            continue
        if word.text.startswith(("-", "(", "!", ")")):
            break
        places.append(word)
    deletes = any(word.text == "-delete" for word in call.words)
    seen.uses.extend((word, Use.WRITE if deletes else Use.READ) for word in places)
    for at, word in enumerate(call.words):
        if word.text in _FIND_WRITES:
            seen.uses.append((call.following(at), Use.WRITE))
        elif word.text in _FIND_READS:
            seen.uses.append((call.following(at), Use.READ))
        elif word.text in _FIND_RUNS:
            _finds_run(call, at + 1, seen)
    return seen


def _finds_run(call: Call, start: int, seen: Seen) -> None:
    ends = (at for at in range(start, len(call.words)) if call.words[at].text in {";", "+"})
    given = Word((UNKNOWN,), inside=True)
    words = tuple(_filled(word, "{}", given) for word in call.words[start : next(ends, len(call.words))])
    if words:
        seen.starts.append(call.invocation.with_words(words))


def finds_quickly(call: Call) -> Seen:
    """`fd`: the same with other words."""
    seen = Seen().allow(*_READS)
    runs = {"-x", "-X", "--exec", "--exec-batch"}
    at = next((n for n, word in enumerate(call.words) if word.text in runs), len(call.words))
    seen.uses.extend((word, Use.READ) for word in call.words[:at] if not word.text.startswith("-") and "/" in word.text)
    inner = tuple(word for word in call.words[at + 1 :] if word.text != ";")
    if inner:
        given = Word((UNKNOWN,), inside=True)
        words = tuple(_filled(word, "{}", given) for word in inner)
        seen.starts.append(call.invocation.with_words((*words, given)))
    return seen


def gives_to_shell(call: Call) -> Seen:
    """`watch`: gives its words to a shell."""
    at = skip_options(call.words, 0, {"-n", "--interval"})
    if not all(word.known for word in call.words[at:]):
        return Seen().deny(_SPLIT, "what it gives to a shell is only known when it runs")
    return Seen(scripts=[" ".join(word.text for word in call.words[at:])]).allow(*_WRAPS)


def locks(call: Call) -> Seen:
    """`flock`: a file, then a command or `-c` and a script."""
    seen = Seen().allow(*_WRAPS)
    at = skip_options(call.words, 0, {"-w", "--timeout", "-E", "--conflict-exit-code"})
    seen.uses.extend((word, Use.WRITE) for word in call.words[at : at + 1])
    rest = call.words[at + 1 :]
    if rest and rest[0].text in {"-c", "--command"}:
        if len(rest) < 2 or not rest[1].known:
            return seen.deny(_SPLIT, "what it gives to a shell is only known when it runs")
        seen.scripts.append(rest[1].text)
    elif rest:
        seen.starts.append(call.invocation.with_words(rest))
    return seen


HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(_PLAIN, wraps),
    **dict.fromkeys(_PACKAGES, packages),
    "env": environments,
    "cross-env": environments,
    "command": commands,
    "xargs": hands_on,
    "find": finds,
    "gfind": finds,
    "fd": finds_quickly,
    "fdfind": finds_quickly,
    "watch": gives_to_shell,
    "flock": locks,
}
