"""Environment variables that change what programs do."""

import re
from collections.abc import Iterator

from kiro_worker.policy.decision import Decision, ask, deny
from kiro_worker.policy.shell.word import UNKNOWN, Word

_DENIED = frozenset({
    "BASH_ENV", "ENV", "IFS", "PROMPT_COMMAND", "PS4", "PS1", "SHELLOPTS", "BASHOPTS", "CDPATH", "GLOBIGNORE",
    "PERL5OPT",
    "PERL5DB", "PERL5LIB", "RUBYOPT", "PYTHONSTARTUP", "PYTHONHOME", "PYTHONINSPECT", "PYTHONBREAKPOINT",
    "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "SHELL", "HOME", "XDG_CONFIG_HOME", "ZDOTDIR",
    "SSH_ASKPASS",
    "SUDO_ASKPASS", "LESSOPEN", "LESSCLOSE", "MANPAGER", "MAKEFLAGS", "MAKEFILES", "GNUMAKEFLAGS", "RUSTC_WRAPPER",
    "CARGO_BUILD_RUSTC_WRAPPER", "PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_INDEX_URL",
    "UV_DEFAULT_INDEX", "BROWSER", "GREP_COLORS_COMMAND",
})  # fmt: skip
_PREFIXES = ("LD_", "DYLD_", "BASH_FUNC_", "GIT_", "KIRO_", "AWS_", "npm_config_", "NPM_CONFIG_")
_HARMLESS = frozenset({
    "GIT_TERMINAL_PROMPT", "GIT_OPTIONAL_LOCKS", "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_DATE",
    "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "GIT_COMMITTER_DATE", "npm_config_yes", "npm_config_loglevel",
    "NPM_CONFIG_LOGLEVEL", "AWS_REGION", "AWS_DEFAULT_REGION",
})  # fmt: skip
_PROGRAMS = frozenset({
    "EDITOR", "VISUAL", "PAGER", "GIT_PAGER", "GIT_EDITOR", "GIT_SEQUENCE_EDITOR", "CC", "CXX", "LD", "AR",
})  # fmt: skip
_HARMLESS_PROGRAMS = frozenset({
    "", "cat", "true", ":", "less", "more", "gcc", "g++", "clang", "clang++", "cc", "c++", "ld", "ar",
})  # fmt: skip
_OPTIONS = frozenset({
    "NODE_OPTIONS", "PYTEST_ADDOPTS", "MAVEN_OPTS", "GRADLE_OPTS", "GOFLAGS", "RUSTFLAGS", "CFLAGS", "CXXFLAGS",
})  # fmt: skip
_LOADS = re.compile(
    r"--?(?:r|require|import|loader|experimental-loader|eval|e|inspect\S*)(?:[= ]|$)|-javaagent|-agent(?:lib|path)"
    r"|-exec|-p\s|-fplugin|-wrapper|linker=|--plugin"
)
_SYSTEM_FOLDERS = frozenset({"/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin", "/sbin", "/usr/local/sbin"})


def judge_variable(name: str, value: Word) -> Iterator[Decision]:
    """What the shipped policy says against a variable."""
    if name == "PATH":
        for text in value.texts:
            # The old value may follow; any other unknown part is a folder that nobody has seen.
            unknown = [part for part in text.split(":") if UNKNOWN in part]
            if len(unknown) > 1 or any(part != UNKNOWN for part in unknown):
                yield ask("variable.program", "PATH would hold folders that are not known")
    elif name in _PROGRAMS:
        if any(text not in _HARMLESS_PROGRAMS for text in value.texts):
            yield ask("variable.program", f"{name} names a program that another one will start")
    elif name in _OPTIONS:
        if not value.known or any(_LOADS.search(text) for text in value.texts):
            yield ask("variable.program", f"{name} makes programs load what is not seen here")
    elif name not in _HARMLESS and (name in _DENIED or name.startswith(_PREFIXES)):
        yield deny("variable.acts", f"{name} changes which programs run, or what they obey")


def paths_of(name: str, value: Word) -> Iterator[Word]:
    """Paths in a variable's value."""
    for text in value.texts:
        for part in text.split(":") if "://" not in text else ():
            leaves = part.startswith(("/", "~", "../")) or part == ".." or "/../" in part
            if leaves and UNKNOWN not in part and not (name == "PATH" and part in _SYSTEM_FOLDERS):
                yield Word((part,))
