"""One call of a program, taken apart, and what is found out about it."""

from collections.abc import Callable, Collection
from enum import Enum

from kiro_worker.policy.decision import Decision, allow, ask, deny
from kiro_worker.policy.place import looks_like_path, paths_in
from kiro_worker.policy.shell.script import Invocation
from kiro_worker.policy.shell.word import Word
from kiro_worker.value import dataclass, field


class Use(Enum):
    """What a program does with a path."""

    READ = "read"
    WRITE = "write"
    REMOVE = "remove"
    TOUCH = "touch"  #: it reads it, and might write: what is protected for certain is held against it


@dataclass(slots=True)
class Seen:
    """What was found out about one call.

    Attributes:
        told: what the shipped policy says of the program; a rule of the repository may say otherwise, but for denials.
        uses: paths, and what is done with them.
        starts: commands that it starts in its own place.
        scripts: shell text that it runs.
    """

    told: list[Decision] = field(default_factory=list)
    uses: list[tuple[Word, Use]] = field(default_factory=list)
    starts: list[Invocation] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)

    def allow(self, rule: str, reason: str) -> "Seen":
        """The shipped policy lets it through."""
        self.told.append(allow(rule, reason))
        return self

    def ask(self, rule: str, reason: str) -> "Seen":
        """The shipped policy asks a person."""
        self.told.append(ask(rule, reason))
        return self

    def deny(self, rule: str, reason: str) -> "Seen":
        """Nothing in the repository can let it through, unless it switches the rule off by its name."""
        self.told.append(deny(rule, reason))
        return self


@dataclass(frozen=True, slots=True)
class Call:
    """A program call.

    Attributes:
        name: the program without its folder and version.
        words: its arguments.
    """

    name: str
    words: tuple[Word, ...]
    invocation: Invocation

    @property
    def texts(self) -> list[str]:
        """The arguments as far as they are known."""
        return [word.text for word in self.words]

    def sub(self, valued: Collection[str] = ()) -> tuple[str, int]:
        """The subcommand and where it stands: the first word that is no option and no option's value."""
        skip = False
        for at, word in enumerate(self.words):
            text = word.text
            if skip:
                skip = False
            elif text in valued:
                skip = True
            elif not text.startswith(("-", "+")):
                return text, at
        return "", len(self.words)

    def has(self, *options: str) -> bool:
        """Whether an option is given: as a word, with a value behind `=`, or among short letters."""
        for word in self.words:
            text = word.text
            if text == "--":
                return False
            if not text.startswith("-"):
                continue
            for option in options:
                if text == option or text.startswith(f"{option}="):
                    return True
                if len(option) == 2 and text[1:2] != "-" and option[1] in text:
                    return True
        return False

    def following(self, at: int) -> Word:
        """The word behind one."""
        return self.words[at + 1] if at + 1 < len(self.words) else Word(("",))

    def rest(self, start: int) -> Invocation:
        """The command that begins at an argument."""
        return self.invocation.with_words(self.words[start:])

    def behind(self, start: int, name: str = "") -> "Call":
        """The same call without its first arguments."""
        return Call(name or self.name, self.words[start:], self.invocation)


Handler = Callable[[Call], Seen]

#: Options behind which a program's output goes.
OUTPUT = frozenset({
    "-o", "--output", "--out", "--outdir", "--out-dir", "--outfile", "--output-file", "--output-dir", "--outDir",
    "--output-path", "--outputFile", "--dest", "--destination", "--target-dir", "--build-dir", "--junitxml",
    "--junit-xml", "--basetemp", "--report-file", "--log-file", "--coverageDirectory", "--prefix", "--target", "--root",
    "--cache-dir", "--install-dir",
})  # fmt: skip


def positionals(call: Call, valued: Collection[str] = ()) -> list[Word]:
    """The arguments that are neither options nor values of the options named; after `--` all are."""
    found: list[Word] = []
    skip = False
    for at, word in enumerate(call.words):
        text = word.text
        if skip:
            skip = False
        elif text == "--":
            return [*found, *call.words[at + 1 :]]
        elif text in valued:
            skip = True
        elif not text.startswith("-") or text == "-":
            found.append(word)
    return found


def option_paths(call: Call, seen: Seen, use: Use = Use.TOUCH) -> None:
    """Paths in the values of options: written where the option says output."""
    output = False
    for word in call.words:
        text = word.text
        if output:
            seen.uses.append((word, Use.WRITE))
        elif text.startswith("-"):
            writes = text.partition("=")[0] in OUTPUT or (text.startswith("-o") and not text.startswith("--"))
            for part in paths_in(text):
                if writes or looks_like_path(part):
                    seen.uses.append((Word((part,)), Use.WRITE if writes else use))
        output = text in OUTPUT


def touch_paths(call: Call, seen: Seen, use: Use = Use.TOUCH) -> None:
    """Every argument that can be a path, of a program of which no more is known."""
    option_paths(call, seen, use)
    for word in call.words:
        if word.text.startswith("-"):
            continue
        for part in paths_in(word.text):
            if looks_like_path(part):
                seen.uses.append((Word((part,), glob=word.glob, inside=word.inside), use))
