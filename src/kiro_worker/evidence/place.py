"""Which files a test may be in, by what its runner says of it; many say only a class or a package."""

from collections.abc import Collection, Iterator

from kiro_worker.gate.kind import is_test, language_of
from kiro_worker.gate.port import TestCase

# Files of a package that one name is looked for in.
_MOST_FILES = 200


def paths_for(case: TestCase, paths: Collection[str]) -> tuple[str, ...]:
    """The files that a test may be in, the likeliest first.

    Args:
        case: as its runner reported it.
        paths: every file of the tree.

    >>> paths_for(TestCase(name="test_x", suite="tests.test_a.TestA"), {"pkg/tests/test_a.py", "tests/test_b.py"})
    ('pkg/tests/test_a.py',)
    """
    if case.path:
        return _by_path(case.path, paths)
    return tuple(dict.fromkeys((*_by_module(case.suite, paths), *_by_package(case, paths))))[:_MOST_FILES]


def _by_path(path: str, paths: Collection[str]) -> tuple[str, ...]:
    plain = path.replace("\\", "/").removeprefix("./")
    if plain in paths:
        return (plain,)
    # Of a part of the project, or of the machine that it was built on.
    ends = [each for each in paths if each.endswith(f"/{plain}") or plain.endswith(f"/{each}")]
    longest = max(map(len, ends), default=0)
    best = [each for each in ends if len(each) == longest]
    return tuple(best) if len(best) == 1 else ()


def _by_module(suite: str, paths: Collection[str]) -> Iterator[str]:
    """The module or class of a dotted name, the longest part of it that is a file."""
    names = suite.partition(" ")[0].partition("$")[0].split(".")
    if not all(names):
        return
    for count in range(len(names), 0, -1):
        stem = "/".join(names[:count])
        found = [each for each in paths if _is_stem(each, stem)]
        if found:
            yield from sorted(found, key=lambda path: (len(path), path))
            return


def _is_stem(path: str, stem: str) -> bool:
    bare = path.rpartition(".")[0]
    return bare == stem or bare.endswith(f"/{stem}")


def _by_package(case: TestCase, paths: Collection[str]) -> Iterator[str]:
    """Test files of the folder that a suite ends with: Go names packages, Rust names modules."""
    go = language_of("x.go") if case.name.startswith(("Test", "Fuzz", "Example")) and "/" in case.suite else ""
    folder = case.suite.rpartition("/")[2]
    for path in sorted(paths):
        if go and language_of(path) == go and is_test(path):
            above = path.rpartition("/")[0]
            if above == folder or above.endswith(f"/{folder}") or not above:
                yield path
        elif language_of(path) == "rust" and "::" in case.id:
            yield path
