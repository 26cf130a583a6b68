"""Compilers, linters, test runners and package managers of every ecosystem that the gates know."""

import re

from kiro_worker.policy.program.call import Call, Handler, Seen, Use, option_paths, positionals, touch_paths
from kiro_worker.policy.shell.word import Word
from kiro_worker.value import dataclass

BUILDS = ("command.builds", "building and testing is the work")

# Tools that are let through with any words; what they read and write is in the workspace.
_PLAIN = frozenset({
    "pytest", "py.test", "tox", "nox", "flake8", "pylint", "mypy", "pyright", "pyre", "bandit", "vulture", "radon",
    "pydocstyle", "pycodestyle", "codespell", "sphinx-build", "mkdocs", "make", "gmake", "cmake", "ctest", "ninja",
    "meson", "bazel", "bazelisk", "gcc", "g++", "cc", "c++", "clang", "clang++", "ld", "as", "cpp", "clang-tidy",
    "cppcheck", "gcov", "gcovr", "lcov", "genhtml", "rustc", "golangci-lint", "staticcheck", "gotestsum", "govulncheck",
    "javac", "mvn", "mvnw", "gradle", "gradlew", "sbt", "ant", "kotlinc", "scalac", "detekt", "checkstyle", "tsc",
    "eslint", "jest", "vitest", "mocha", "ava", "tap", "c8", "nyc", "karma", "playwright", "cypress", "webpack", "vite",
    "rollup", "esbuild", "swc", "parcel", "turbo", "nx", "lerna", "next", "nuxt", "astro", "ng", "vue-tsc",
    "react-scripts", "stylelint", "markdownlint", "markdownlint-cli2", "biome", "oxlint", "knip", "depcheck", "bats",
    "tflint", "swiftc", "swiftlint", "swift", "msbuild", "csc", "fsc", "elixirc", "rebar3", "stack", "cabal", "ghc",
    "hlint", "dart", "flutter", "phpunit", "phpstan", "psalm", "pest", "phpcs", "rspec", "rake", "standardrb", "protoc",
    "buf", "sqlfluff", "pip-compile", "pip-audit", "pipdeptree", "autoconf", "automake", "autoreconf", "configure",
    "libtool", "pkg-config", "doxygen", "jar", "javadoc", "dune", "zig", "nim", "crystal", "just", "task", "invoke",
    "doit", "scons", "lint-imports", "interrogate", "deptry", "wasm-pack", "grunt", "gulp", "babel", "tsup",
    "terraform-docs", "llvm-cov", "llvm-profdata",
})  # fmt: skip
# Tools that write the files they are given.
_FORMATTERS = frozenset({
    "black", "isort", "ruff", "autopep8", "yapf", "autoflake", "pyupgrade", "prettier", "gofmt", "goimports", "rustfmt",
    "clang-format", "shfmt", "ktlint", "google-java-format", "scalafmt", "rubocop", "php-cs-fixer", "ormolu",
    "fourmolu",
    "swift-format", "swiftformat", "csharpier", "stylua", "taplo", "cmake-format", "buildifier", "djlint", "dprint",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool with subcommands; each field is words.

    Attributes:
        allows: subcommands that are let through.
        denies: those that publish, sign in, or change what the tool obeys elsewhere.
        runs: those behind which another command stands.
        valued: options before the subcommand that take a value.
        installs: subcommands that take names of packages.
    """

    allows: str
    denies: str = ""
    runs: str = ""
    valued: str = ""
    installs: str = ""


_NODE = (
    "install i in ins add ci clean-install test t tst it install-test cit run run-script rum start stop restart ls list"
    " ll la outdated audit explain why fund prune dedupe ddp rebuild rb root bin prefix help version pack"
    " query pkg sbom up update upgrade remove rm uninstall un info view workspace workspaces build lint format"
    " typecheck check dev setup"
    " cache fetch pm"
)
_NODE_DENIED = (
    "publish unpublish login adduser logout token owner access config set dist-tag dist-tags deprecate hook org profile"
    " star unstar team link ln whoami plugin policies trust"
)
_PIP = "install uninstall list show freeze check help download wheel index inspect debug hash cache"
_TERRAFORM = "apply destroy import login logout taint untaint state force-unlock workspace refresh"

TOOLS: dict[str, Tool] = {
    "npm": Tool(_NODE, _NODE_DENIED, "exec x", "--prefix -C -w --workspace --loglevel", "install i add"),
    "pnpm": Tool(_NODE, _NODE_DENIED, "exec x dlx", "-C --dir --filter -F", "install i add"),
    "yarn": Tool(_NODE, _NODE_DENIED, "exec x dlx", "--cwd", "add"),
    "bun": Tool(_NODE, _NODE_DENIED, "x", "--cwd", "install add"),
    "pip": Tool(_PIP, "config", installs="install"),
    "pip3": Tool(_PIP, "config", installs="install"),
    "uv": Tool(
        "sync lock add remove tree venv pip export version python build format help",
        "publish self auth",
        "run",
        "--project --directory --python -p --color --cache-dir",
        "add",
    ),
    "poetry": Tool(
        "install add remove update lock show check build env version sync about list help export",
        "publish config source self",
        "run",
        "-C --directory -P --project",
        "add",
    ),
    "pipenv": Tool("install sync lock graph check uninstall update verify clean", "", "run", "", "install"),
    "pdm": Tool(
        "install sync lock add remove update list show build test info venv",
        "publish config plugin self",
        "run",
        "",
        "add",
    ),
    "hatch": Tool("test build fmt env version dep status clean python", "publish config self", "run"),
    "rye": Tool("sync lock add remove test build fmt lint show list", "publish config self", "run"),
    "cargo": Tool(
        "build b check c test t bench run r doc d fmt clippy fix clean tree metadata update fetch add remove rm nextest"
        " llvm-cov tarpaulin audit deny machete generate-lockfile vendor version help init new package locate-project"
        " pkgid expand insta hack",
        "publish login logout owner yank config",
        "",
        "--config -Z --color -C",
        "add",
    ),
    "rustup": Tool("show component target which doc toolchain", "self default override"),
    "go": Tool(
        "build test vet fmt run mod get list version env doc tool generate install clean work fix help",
        "",
        "",
        "-C",
        "get",
    ),
    "dotnet": Tool(
        "build test restore run clean format list add remove sln new msbuild publish pack tool", "nuget dev-certs"
    ),
    "bundle": Tool(
        "install check update list show info lock outdated add remove pristine clean",
        "config plugin publish",
        "exec e",
        "",
        "add",
    ),
    "gem": Tool(
        "install list env build specification query contents which help", "push signin signout owner yank sources"
    ),
    "composer": Tool(
        "install update require remove dump-autoload dumpautoload validate show test outdated check licenses run"
        " run-script audit diagnose depends why normalize",
        "config global self-update archive",
        "exec",
        "-d --working-dir",
        "require",
    ),
    "mix": Tool(
        "test compile deps.get deps.compile deps.tree format credo dialyzer do ecto.create ecto.migrate run clean deps"
        " hex.audit local.hex local.rebar xref help phx.routes",
        "hex.publish hex.user hex.organization archive.install",
    ),
    "terraform": Tool("fmt validate init test providers version graph show output get", _TERRAFORM, "", "-chdir"),
    "tofu": Tool("fmt validate init test providers version graph show output get", _TERRAFORM, "", "-chdir"),
    "pre-commit": Tool("run validate-config validate-manifest sample-config", "install init-templatedir autoupdate"),
    "coverage": Tool("report html xml json lcov combine erase debug help annotate"),
    "conda": Tool("list info env", "config", "run"),
}
_ELSEWHERE = re.compile(r"(?:[a-z+]+://|git@|git\+|[\w.-]+@[\w.-]+:|github:|gitlab:|bitbucket:|file:)")
_ELSEWHERE_OPTIONS = frozenset({
    "--registry", "--index-url", "-i", "--extra-index-url", "--find-links", "--default-index", "--index",
    "--trusted-host",
    "--script-shell", "--userconfig", "--globalconfig", "--proxy", "--https-proxy", "--source",
})  # fmt: skip
# A package with a version, or an address: what `go` would fetch.
_FETCHED = re.compile(r"@[\w.-]+$|://")
_GO_STARTS = frozenset({"run", "install", "tool"})
_GLOBALLY = frozenset({"-g", "--global", "--location=global", "--break-system-packages", "--user"})
_PUBLISHES = re.compile(r":?(?:[\w.-]+:)*(?:publish|deploy|release|upload)[:\w-]*", re.IGNORECASE)
_TASK_RUNNERS = frozenset({
    "make", "gmake", "mvn", "mvnw", "gradle", "gradlew", "ant", "sbt", "just", "task", "rake", "turbo", "nx", "lerna",
})  # fmt: skip
_STARTS = {
    "make": ("SHELL=", "--eval", "MAKEFLAGS=", ".SHELLFLAGS="),
    "gmake": ("SHELL=", "--eval", "MAKEFLAGS=", ".SHELLFLAGS="),
    "go": ("-exec", "-toolexec", "-vettool"),
    "cargo": ("--config",),
    "cmake": ("-P", "-E"),
    "mvn": ("exec:exec",),
    "npm": ("--script-shell", "--node-options"),
}
#: Options of `npx`, `uv run`, `poetry run` and their like that take a value.
RUN_VALUED = frozenset({
    "--with", "--python", "-p", "--extra", "--group", "--project", "--directory", "--env-file", "--package", "-C",
    "--with-requirements", "--only-group", "--no-group", "-n", "--name", "-e", "--env", "-w", "--workspace",
})  # fmt: skip


def builds(call: Call) -> Seen:
    """A tool that is let through with any words."""
    seen = Seen()
    _hidden(call, seen)
    publishes = next((text for text in call.texts if _PUBLISHES.fullmatch(text)), "")
    if publishes and call.name in _TASK_RUNNERS:
        return seen.deny("command.publishes", f"{call.name} {publishes} reaches others; people publish")
    touch_paths(call, seen)
    return seen.allow(*BUILDS)


def formats(call: Call) -> Seen:
    """A tool that writes the files it is given."""
    seen = Seen()
    touch_paths(call, seen, Use.WRITE)
    seen.uses.extend((word, Use.WRITE) for word in positionals(call) if "." in word.text or word.inside)
    return seen.allow(*BUILDS)


def manages(call: Call) -> Seen:
    """A tool with subcommands."""
    tool = TOOLS[call.name]
    name, at = call.sub(tool.valued.split())
    seen = Seen()
    _hidden(call, seen)
    option_paths(call, seen)
    rest = call.behind(at + 1)
    if name in tool.denies.split():
        return seen.deny("command.publishes", f"{call.name} {name} reaches beyond this workspace; people do that")
    if name in tool.runs.split():
        return _runs(rest, seen)
    if name == "pip" and call.name == "uv":
        return manages(call.behind(at + 1, "pip"))
    if name in tool.installs.split():
        _installs(rest, seen)
    if call.name == "go" and name in _GO_STARTS and any(_FETCHED.search(text) for text in rest.texts):
        seen.ask("command.installs-elsewhere", f"go {name} fetches code and starts or installs it unseen")
    # `yarn lint` and `bun lint` run a script of package.json.
    is_script = call.name in {"yarn", "bun", "pnpm"} and re.fullmatch(r"[\w:-]+", name) is not None
    if name and name not in tool.allows.split() and not is_script:
        return seen.ask("command.unknown-subcommand", f"{call.name} {name} is not known to stay in the workspace")
    touch_paths(rest, seen)
    return seen.allow(*BUILDS)


def _runs(rest: Call, seen: Seen) -> Seen:
    if rest.name in {"npm", "pnpm"} and rest.has("--call", "-c", "--shell-mode"):
        return seen.ask("command.inline-code", "a command in a string of the package manager's; write it out")
    start = skip_options(rest.words, 0, RUN_VALUED)
    if start < len(rest.words):
        seen.starts.append(rest.rest(start))
    return seen.allow("command.wrapper", "what it starts is judged")


def skip_options(words: tuple[Word, ...], start: int, valued: "frozenset[str] | set[str]") -> int:
    """Where the first word stands that is no option and no option's value."""
    at = start
    while at < len(words):
        text = words[at].text
        if text == "--":
            return at + 1
        if not text.startswith("-") or text == "-":
            return at
        at += 2 if text in valued else 1
    return at


def _installs(rest: Call, seen: Seen) -> None:
    if any(text in _GLOBALLY for text in rest.texts):
        seen.ask("command.installs-globally", "it installs for more than this workspace")
    if any(text.partition("=")[0] in _ELSEWHERE_OPTIONS or _ELSEWHERE.match(text) for text in rest.texts):
        seen.ask("command.installs-elsewhere", "it installs from somewhere else than the registry that is set up")


def _hidden(call: Call, seen: Seen) -> None:
    for text in call.texts:
        if text.startswith(_STARTS.get(call.name, ("\1",))):
            seen.ask("command.starts-hidden", f"{text.partition('=')[0]} makes {call.name} start what is not seen here")


def installs_on_machine(call: Call) -> Seen:
    """Package managers of the machine."""
    if call.sub()[0] in {"list", "show", "info", "search", "policy", "versions", "which", "current"}:
        return Seen().allow("command.harmless", "it only tells what is installed")
    return Seen().ask("command.system-packages", f"{call.name} changes the machine; name what is needed in the set-up")


_MACHINE_MANAGERS = (
    "apt", "apt-get", "dnf", "yum", "apk", "pacman", "brew", "snap", "zypper", "dpkg", "rpm", "apt-cache", "nix-env",
    "pipx",
    "nvm", "pyenv", "rbenv", "asdf", "mise", "volta", "fnm", "corepack", "opam",
)  # fmt: skip

HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(_PLAIN, builds),
    **dict.fromkeys(_FORMATTERS, formats),
    **dict.fromkeys(TOOLS, manages),
    **dict.fromkeys(_MACHINE_MANAGERS, installs_on_machine),
}
