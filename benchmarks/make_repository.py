"""Makes a repository of about 200 MB with a long history.

    python benchmarks/make_repository.py FOLDER

It is like that of a grown project: the sources of Python's own standard library, and 28,000 commits that each put
other lines of it into one file, large files more often than small ones. At the end it is packed as a server packs it,
the newest content whole and older content as deltas. Making it takes about two minutes; it is found again when FOLDER
is kept.
"""

import random
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import IO

COMMITS = 28_000
LINES_ANEW = 150
IN_A_ROW = 30
SPEC = b"- [ ] 1. Log in\n"


def make_repository(path: Path, *, commits: int = COMMITS) -> Path:
    """A bare repository at `path` with the branches `main` and `feature/login`; made once, then found again."""
    if (path / "made").exists():
        return path
    subprocess.run(("git", "init", "-q", "--bare", "--initial-branch=main", str(path)), check=True)
    writer = subprocess.Popen(("git", "fast-import", "--quiet", "--done"), cwd=path, stdin=subprocess.PIPE)
    assert writer.stdin is not None
    _write(writer.stdin, _sources(), commits)
    writer.stdin.close()
    if writer.wait():
        raise SystemExit("git fast-import failed")
    subprocess.run(("git", "repack", "-a", "-d", "-f", "-q", "--window=5", "--depth=50"), cwd=path, check=True)
    (path / "made").touch()
    return path


def _sources() -> dict[bytes, list[bytes]]:
    """Path to lines."""
    root = Path(sysconfig.get_path("stdlib"))
    files = (path for path in sorted(root.rglob("*.py")) if "site-packages" not in path.parts)
    return {f"src/{path.relative_to(root)}".encode(): path.read_bytes().split(b"\n") for path in files}


def _write(stream: IO[bytes], texts: dict[bytes, list[bytes]], commits: int) -> None:
    noise = random.Random(7)
    names = list(texts)
    sizes = [len(text) for text in texts.values()]
    changed = names[0]
    lines = [line for text in texts.values() for line in text]
    for number in range(commits):
        if number % IN_A_ROW == 0:
            # One file for a while: git fast-import makes a delta against the blob before, whichever file that was.
            # The larger a file is, the more often it is changed.
            (changed,) = noise.choices(names, sizes)
        if number:
            start = noise.randrange(max(1, len(texts[changed]) - LINES_ANEW))
            taken = noise.randrange(len(lines) - LINES_ANEW)
            texts[changed][start : start + LINES_ANEW] = lines[taken : taken + LINES_ANEW]
        _commit(stream, "main", 1_600_000_000 + number * 60)
        for name in (changed,) if number else names:
            content = b"\n".join(texts[name])
            stream.write(b"M 100644 inline %b\ndata %d\n%b\n" % (name, len(content), content))
    _commit(stream, "feature/login", 1_700_000_000)
    stream.write(b"from refs/heads/main\nM 100644 inline .kiro/specs/login/tasks.md\n")
    stream.write(b"data %d\n%b\ndone\n" % (len(SPEC), SPEC))


def _commit(stream: IO[bytes], branch: str, when: int) -> None:
    who = f"Person <person@example.org> {when} +0000"
    stream.write(f"commit refs/heads/{branch}\ncommitter {who}\ndata 8\nA change\n".encode())


if __name__ == "__main__":
    print(make_repository(Path(sys.argv[1])))
