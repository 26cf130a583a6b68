"""What the worker costs beside a shell script of the same bare commands.

Both fetch, clone, run the same agent process, run the same test command, commit and push; the script then posts one
request, the worker keeps its pull request on the local forge and writes its receipt and pages. `--long` measures the
60 s run as well.

The script starts agent and tests as they are, so that is what the worker is asked for, too: `--isolation none`. What it
costs on top to confine set-up, agent and tests, which it does unless it is told otherwise, has a row of its own, and
bench_isolation.py takes that apart. The processor time is that of all processes of one run, less the script's.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tests")]

from e2e.world import BIN, BRANCH, FOLDER, World  # noqa: E402  # the tests' own small world
from kiro_worker.testing.git_remote import BareRemote  # noqa: E402
from pair import in_turn, table  # noqa: E402

_SCRIPT = """
set -e
git -C "$mirror" fetch -q origin '+refs/heads/*:refs/heads/*'
git clone -q -b {branch} "$mirror" "$tree"
cd "$tree"
mkfifo "$tree.in" "$tree.out"
{replay} < "$tree.in" > "$tree.out" &
exec 3> "$tree.in"
cat {requests} >&3
sed '/"id": *3/q' "$tree.out" > /dev/null
exec 3>&-
wait
sh check.sh > "$tree.tests"
sed -i 's/- \\[ \\] 1.1/- [x] 1.1/' {folder}/tasks.md
rm -f lcov.info
git add -A
git -c user.name=x -c user.email=x@y commit -q --no-verify -m 'Greet a name'
git push -q "$remote" HEAD:refs/heads/{branch}
curl -s -o /dev/null -d '{{"title":"t"}}' "$forge"
"""


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Contest:
    """The same piece of work, again and again, for both."""

    def __init__(
        self, folder: Path, *, agent_seconds: float, test_seconds: float, forge: str, isolation: str = "none"
    ) -> None:
        self.folder, self.forge, self.isolation = folder, forge, isolation
        self.world = World(folder=folder, remote=BareRemote(folder / "origin.git"))
        self.world.spec(base={"check.sh": self._check(test_seconds)})
        self.world.turn(
            "1\\.1", {"wait": agent_seconds}, {"write": "greet.txt", "content": "hello\n"}, {"say": "Done."}
        )
        self.start = self.world.remote.tip(BRANCH)
        self.mirror = folder / "mirror.git"
        subprocess.run(("git", "clone", "-q", "--mirror", self.world.remote.url, str(self.mirror)), check=True)
        self.rounds = 0

    @staticmethod
    def _check(seconds: float) -> bytes:
        from e2e.world import CHECK

        return CHECK.replace(b"echo 'all checks passed'", b"sleep %.3f" % seconds)

    def _again(self) -> None:
        self.rounds += 1
        assert self.start is not None
        self.world.remote.git("update-ref", f"refs/heads/{BRANCH}", self.start)
        self.world.remote.git("update-ref", "-d", f"refs/kiro-worker/fence/{BRANCH}")

    def worker(self) -> None:
        """Ours."""
        self._again()
        options = ("--only", "1.1", "--isolation", self.isolation)
        words = [*self.world.arguments("run", *options, json_events=False), "--quiet"]
        subprocess.run(words, cwd=self.folder, env=self.world.variables("laptop"), check=True, capture_output=True)

    def script(self) -> None:
        """The bare commands."""
        self._again()
        tree = self.folder / f"tree-{self.rounds}"
        (tree.parent / "requests.jsonl").write_text(_requests(tree))
        script = _SCRIPT.format(
            branch=BRANCH,
            folder=FOLDER,
            replay=self.world.agent,
            requests=shlex.quote(str(tree.parent / "requests.jsonl")),
        )
        variables = {
            "mirror": str(self.mirror),
            "tree": str(tree),
            "remote": self.world.remote.url,
            "forge": self.forge,
        }
        environment = {**self.world.variables("script"), **variables, "PATH": f"{BIN}:{os.environ['PATH']}"}
        subprocess.run(("sh", "-c", script), cwd=self.folder, env=environment, check=True)


def _requests(tree: Path) -> str:
    """What a client sends for one turn, so that the agent does the same work without one."""
    prompt = '"prompt":[{"type":"text","text":"Task ID: 1.1"}]'
    return "\n".join((
        '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":1,"clientCapabilities":{}}}',
        f'{{"jsonrpc":"2.0","id":2,"method":"session/new","params":{{"cwd":"{tree}","mcpServers":[]}}}}',
        f'{{"jsonrpc":"2.0","id":3,"method":"session/prompt","params":{{"sessionId":"replay-1",{prompt}}}}}',
    )) + "\n"  # fmt: skip


def main() -> None:
    """Measure and print."""
    server = HTTPServer(("127.0.0.1", 0), _Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    forge = f"http://127.0.0.1:{server.server_port}/"
    lengths = [
        ("a run of 2.5 s", 1.2, 1.2, 7, "none", "≤ 1.08 ×"),
        ("the same, confined", 1.2, 1.2, 7, "auto", "told only"),
    ]
    if "--long" in sys.argv:
        lengths.append(("a run of 60 s", 40.0, 20.0, 3, "none", "≤ 1.01 ×"))
    rows = []
    for name, agent, tests, pairs, isolation, target in lengths:
        folder = Path(tempfile.mkdtemp(prefix="bench-overhead-"))
        contest = Contest(folder, agent_seconds=agent, test_seconds=tests, forge=forge, isolation=isolation)
        got = in_turn(contest.worker, contest.script, pairs)
        added = f"{1000 * (got.ours - got.baseline):+.0f} ms, {1000 * got.more_processor:+.0f} ms of processor"
        rows.append((f"{name}, {added}", f"{got.ours:.3f} s", f"{got.baseline:.3f} s", f"{got.ratio:.3f} ×", target))
        shutil.rmtree(folder)
    table("Own overhead of a run, against a shell script of the same bare commands", rows)


if __name__ == "__main__":
    main()
