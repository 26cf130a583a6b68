"""What kind of file a path is, by its name alone: a test, what tests need, code, settings, prose, and so on."""

import re
from enum import StrEnum
from functools import lru_cache

from kiro_worker.expression import expression


class FileKind(StrEnum):
    """What a file of a project is for."""

    TEST = "test"  #: a runner collects tests from it
    TEST_SUPPORT = "test-support"  #: only tests need it: fixtures, helpers, their data
    SNAPSHOT = "snapshot"  #: what a test compares with, written by a tool
    CODE = "code"
    CONFIG = "config"  #: of the project, its tools, its build
    DOCS = "docs"
    SPEC = "spec"  #: what the worker works from
    DATA = "data"  #: none of the others: text, pictures, tables
    GENERATED = "generated"  #: written by a tool, or brought in from elsewhere


#: What is there only for tests: the rest is "the non-test part" of a change.
OF_TESTS = frozenset({FileKind.TEST, FileKind.TEST_SUPPORT, FileKind.SNAPSHOT})

_LANGUAGES = {
    "python": "py pyi pyx pxd pyw",
    "javascript": "js cjs mjs jsx",
    "typescript": "ts cts mts tsx",
    "component": "vue svelte astro",
    "go": "go",
    "rust": "rs",
    "java": "java",
    "kotlin": "kt kts",
    "scala": "scala sc",
    "groovy": "groovy",
    "ruby": "rb rake",
    "php": "php phtml",
    "csharp": "cs",
    "fsharp": "fs fsx",
    "visualbasic": "vb",
    "swift": "swift",
    "objectivec": "m mm",
    "c": "c h",
    "cpp": "cc cpp cxx hh hpp hxx ipp cu cuh",
    "dart": "dart",
    "elixir": "ex exs",
    "erlang": "erl hrl",
    "haskell": "hs lhs",
    "ocaml": "ml mli",
    "clojure": "clj cljs cljc edn",
    "lua": "lua",
    "perl": "pl pm t",
    "r": "r",
    "julia": "jl",
    "nim": "nim",
    "zig": "zig",
    "shell": "sh bash zsh ksh fish bats",
    "powershell": "ps1 psm1 psd1",
    "terraform": "tf",
    "sql": "sql",
    "solidity": "sol",
    "protobuf": "proto",
    "graphql": "graphql gql",
}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BY_EXTENSION = {extension: language for language, all_of in _LANGUAGES.items() for extension in all_of.split()}

_JS = r"\.[cm]?[jt]sx?"
_FOLDERS_OF_TESTS = _words(
    "test tests __tests__ __test__ spec specs testdata test_data test-data fixtures __fixtures__"
    " __mocks__ __snapshots__ integration_tests integration-tests unit_tests unit-tests e2e androidtest integrationtest"
    " testfixtures functional_tests uitests features cypress"
)
# These say little by themselves: a `spec` or `fixtures` folder beside sources may be the product's own.
_ONLY_WITH_CARE = frozenset({"spec", "specs", "features", "fixtures", "e2e"})
_SNAPSHOT_FOLDERS = _words(
    "__snapshots__ __image_snapshots__ __file_snapshots__ snapshots snapshot golden goldens expected expectations"
    " baselines cassettes approvals"
)
_SURE_SNAPSHOT_FOLDERS = frozenset({"__snapshots__", "__image_snapshots__", "__file_snapshots__"})
_SNAPSHOT = expression(
    r".*\.(?:snap|ambr|golden|snapshot|storyshot)|.*\.(?:approved|verified|received)\.[^.]+|.*\.golden\.[^.]+"
    r"|.*\.snap\.[^.]+"
)

_GENERATED_FOLDERS = frozenset({"node_modules", "bower_components", "site-packages", ".venv", "__pycache__", ".yarn"})
_GENERATED = expression(
    r"(?:package-lock|npm-shrinkwrap|packages\.lock|composer\.lock|deno\.lock)(?:\.json)?|(?:yarn|poetry|uv|pdm|cargo"
    r"|gemfile|pipfile|mix|flake|podfile|pubspec|bun|gradle|pixi)\.lock(?:b|file)?|pnpm-lock\.yaml|go\.(?:work\.)?sum"
    r"|pylock(?:\.[^.]+)?\.toml|.*\.min\.(?:js|css|mjs)|.*\.(?:js|css|mjs|cjs)\.map|.*_pb2(?:_grpc)?\.pyi?"
    r"|.*\.pb\.(?:go|cc|h)|.*\.g\.dart|.*\.freezed\.dart|zz_generated.*|.*\.designer\.cs|.*\.g\.cs|.*\.py[co]|.*\.class"
)

_CONFIG_FOLDERS = frozenset({".github", ".gitlab", ".circleci", ".vscode", ".idea", ".devcontainer", ".ci", ".husky"})
_CONFIG_NAMES = _words(
    "makefile gnumakefile dockerfile containerfile jenkinsfile rakefile gemfile podfile fastfile procfile vagrantfile"
    " justfile brewfile pipfile cmakelists.txt go.mod go.work package.json pom.xml build.gradle build.gradle.kts"
    " settings.gradle settings.gradle.kts build.sbt composer.json deno.json deno.jsonc tsconfig.json jsconfig.json"
    " nx.json turbo.json lerna.json project.json biome.json biome.jsonc angular.json babel.config.json jest.config.json"
    " pyrightconfig.json phpunit.xml phpunit.xml.dist phpstan.neon psalm.xml checkstyle.xml detekt.yml mix.exs"
    " gruntfile.js gulpfile.js cargo.toml rebar.config directory.build.props directory.build.targets global.json"
    " nuget.config manifest.in codeowners build.zig"
)
#: These are the product's own code anywhere but at the root of a project.
_CONFIG_AT_ROOT = _words("setup.py noxfile.py manage.py tasks.py dodo.py fabfile.py build.rs")
_CONFIG = expression(
    rf"\..+|.*\.(?:toml|ini|cfg|conf|ya?ml|properties|env|mk|csproj|fsproj|sln|gradle|cmake|bazel|bzl|neon|gemspec|nix)"
    rf"|(?:[a-z]+[-_.])?requirements?[^/]*\.(?:txt|in)|constraints[^/]*\.txt|tsconfig\..*\.json|tsconfig-.*\.json"
    rf"|.*[.-](?:config|conf|workspace){_JS}|\.?[a-z]+rc{_JS}|karma\.conf\.js|.*\.config\.json|dockerfile\..+|.*\.dockerfile"
)

_DOCS = expression(r".*\.(?:md|mdx|rst|adoc|asciidoc|org|tex)|(?:readme|licen[cs]e|changelog|changes|authors|notice"
    r"|copying|contributing|history|news|todo|security|code_of_conduct|maintainers|install)(?:\.txt)?")  # fmt: skip
_DOC_FOLDERS = frozenset({"docs", "doc", "documentation"})

_SUPPORT = expression(
    r"conftest\.py|(?:jest|vitest|mocha|karma|playwright|test|tests)[._-]?(?:global)?[._-]?(?:setup|teardown)"
    rf"(?:[._-](?:file|files|env))?{_JS}|setup[._-]?tests?{_JS}|(?:spec|rails|test)_helper\.rb|test_helper\.exs"
    r"|testmain\.go|tests?[._-]?(?:utils?|helpers?|support)\.[a-z]+"
)
#: Names that a runner collects, wherever they lie.
_TEST_NAME = expression(
    rf"test_.*\.py|.*_tests?\.py|tests\.py|.*[._-](?:test|spec|tests|specs|e2e|cy|test-d|itest|e2e-spec){_JS}"
    r"|.*[._-](?:test|spec)\.(?:vue|svelte)|.*_test\.(?:go|rs|exs|dart|cc|cpp|cxx|c|clj|cljs|cljc|lua|sh|jl|erl|nim|ml)"
    r"|.*_tests\.(?:rs|erl)|tests?\.rs|.*_unittest\.(?:cc|cpp)|.*_(?:spec|test)\.rb|test_.*\.rb|.*_spec\.lua"
    r"|.*_suite\.erl|.*\.bats|.*\.feature|.*\.robot|.*\.tftest\.hcl|.*\.tests?\.ps1|.*\.t|test_.*\.(?:c|cc|cpp|sh|lua)"
    r"|test[-_].*\.r|runtests\.jl|.*\.t\.sol"
)
#: Names whose capitals count: `LatestTest.java`, and not `Latest.java`.
_CAPITAL_TEST_NAME = expression(
    r".*(?:Tests?|TestCase|IT|ITCase|Spec|Specs|Steps)\.(?:java|kt|kts|scala|groovy|swift|php|cs|fs|vb|hs|cpp|cc|m|mm)"
)
_CAPITAL_TEST_PREFIX = expression(r"Test[A-Z0-9_].*\.(?:java|kt|scala|groovy|cs|swift|hs|cpp|php)")
#: In a folder of tests, their runners take every file of these languages.
_WHOLE_FOLDERS = expression(rf".*{_JS}")


def language_of(path: str) -> str:
    """Which language a file is written in, by its ending; empty for none that is known.

    >>> language_of("src/a.py"), language_of("web/app.tsx"), language_of("README.md")
    ('python', 'typescript', '')
    """
    name = path.rsplit("/", 1)[-1]
    return _BY_EXTENSION.get(name.rsplit(".", 1)[-1].lower(), "") if "." in name[1:] else ""


@lru_cache(maxsize=8192)
def kind_of(path: str) -> FileKind:
    """What a file is for.

    >>> str(kind_of("tests/test_zones.py")), str(kind_of("tests/conftest.py")), str(kind_of("src/postage/zones.py"))
    ('test', 'test-support', 'code')
    >>> str(kind_of("pyproject.toml")), str(kind_of("docs/guide.md")), str(kind_of(".kiro/specs/a/tasks.md"))
    ('config', 'docs', 'spec')
    """
    *folders, name = path.split("/")
    lower, plain = [folder.lower() for folder in folders], name.lower()
    if lower[:1] == [".kiro"] and (lower[1:2] in (["specs"], ["steering"])):
        return FileKind.SPEC
    if _GENERATED_FOLDERS & set(lower) or lower[:1] == ["vendor"] or _GENERATED.fullmatch(plain):
        return FileKind.GENERATED
    return _kind_of_tests(lower, folders, name) or _kind_besides(lower, path, plain)


def is_test(path: str) -> bool:
    """Whether a runner collects tests from it.

    >>> is_test("web/a.spec.ts"), is_test("src/test/java/ATest.java"), is_test("src/latest.py")
    (True, True, False)
    """
    return kind_of(path) is FileKind.TEST


def is_of_tests(path: str) -> bool:
    """Whether only tests need it: a test, its support, its snapshots.

    >>> is_of_tests("tests/data/a.json"), is_of_tests("src/a.py")
    (True, False)
    """
    return kind_of(path) in OF_TESTS


def _kind_of_tests(folders: list[str], as_written: list[str], name: str) -> FileKind | None:
    plain = name.lower()
    inside = _in_tests(folders) or any(re.fullmatch(r".+\.Tests?|.+Tests|.+-tests", one) for one in as_written)
    if _SNAPSHOT.fullmatch(plain) or _SURE_SNAPSHOT_FOLDERS & set(folders):
        return FileKind.SNAPSHOT
    if inside and language_of(name) == "" and (_SNAPSHOT_FOLDERS & set(folders) or _ends_as_snapshots(folders)):
        return FileKind.SNAPSHOT
    if _SUPPORT.fullmatch(plain) and (inside or not plain.startswith("test")):
        return FileKind.TEST_SUPPORT
    if _is_collected(folders, name, inside=inside):
        return FileKind.TEST
    # Settings of a tool and prose may lie among tests, and are settings and prose all the same.
    besides = plain in _CONFIG_NAMES or _DOCS.fullmatch(plain) or plain.endswith((".ini", ".cfg", "rc", ".config.js"))
    return FileKind.TEST_SUPPORT if inside and not besides else None


def _is_collected(folders: list[str], name: str, *, inside: bool) -> bool:
    plain = name.lower()
    if {"main"} & set(folders) and "src" in folders and not inside:
        return False  # src/main of Java and its kin holds no tests, whatever they are called
    if _TEST_NAME.fullmatch(plain) or _CAPITAL_TEST_NAME.fullmatch(name):
        return True
    if not inside:
        return False
    if _CAPITAL_TEST_PREFIX.fullmatch(name):
        return True
    if language_of(name) == "rust":
        return folders[-1:] == ["tests"]
    whole = {"test", "__tests__"} & set(folders) and not {"fixtures", "__fixtures__", "__mocks__", "testdata"} & set(
        folders
    )
    return bool(whole and _WHOLE_FOLDERS.fullmatch(plain) and not re.search(r"helper|util|setup|support|mock", plain))


def _in_tests(folders: list[str]) -> bool:
    found = _FOLDERS_OF_TESTS & set(folders)
    if not found:
        return False
    if found - _ONLY_WITH_CARE:
        return "main" not in folders[folders.index("src") :] if "src" in folders else True
    return folders[0] in _ONLY_WITH_CARE or "cypress" in folders


def _ends_as_snapshots(folders: list[str]) -> bool:
    return any(folder.endswith("-snapshots") for folder in folders)


def _kind_besides(folders: list[str], path: str, plain: str) -> FileKind:
    if _CONFIG_FOLDERS & set(folders) or plain in _CONFIG_NAMES or folders[:1] == [".kiro"]:
        return FileKind.CONFIG
    if not folders and plain in _CONFIG_AT_ROOT:
        return FileKind.CONFIG
    if _DOCS.fullmatch(plain) or (folders and folders[0] in _DOC_FOLDERS):
        return FileKind.DOCS
    if _CONFIG.fullmatch(plain) or (folders[-1:] == ["requirements"] and plain.endswith((".txt", ".in"))):
        return FileKind.CONFIG
    return FileKind.CODE if language_of(path) or "." not in plain else FileKind.DATA
