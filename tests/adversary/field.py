"""A machine with a worker, other people's secrets, a remote and an attacker."""

import atexit
import json
import shutil
import subprocess
import tempfile
from functools import cache
from importlib import util
from pathlib import Path
from typing import Any

from adversary.attack import Expedition
from adversary.server import Drop, Service, fresh_secret
from e2e.world import World
from kiro_worker.testing import adversary
from kiro_worker.testing.git_remote import BareRemote, GitHttpServer

HANDS = Path(__file__).parent / "hands"
PYTHON = next(
    (path for path in ("/usr/bin/python3", "/usr/local/bin/python3") if Path(path).exists()), shutil.which("python3")
)
PATH = "/usr/local/bin:/usr/bin:/bin"


class Field:
    """Set up for one expedition; `close` takes all of it away."""

    def __init__(self) -> None:
        # Not pytest's own: other users do not get through the folders above that.
        self.folder = Path(tempfile.mkdtemp(prefix="kiro-worker-adversary-"))
        self.folder.chmod(0o711)
        self.drop = Drop()
        self.world = World(folder=self.folder, remote=BareRemote(self.folder / "origin.git"))
        self.evil_remote = BareRemote(self.folder / "evil.git")
        served = self.folder / "served"
        served.mkdir(mode=0o700)
        self.http_remote = BareRemote(served / "other.git")
        self.secrets = {name: fresh_secret("ghp_") for name in ("forge", "deploy", "service", "key_agent", "other_run")}
        self.secrets["git"] = fresh_secret("pw")
        self.model_key = fresh_secret("sk-model-")
        self.served = GitHttpServer(folder=served, user="ada", password=self.secrets["git"])
        self.served.__enter__()
        self.http_remote.git("config", "http.receivepack", "true")
        self.home = self.folder / "laptop"
        self.var = self.folder / "var"
        self.state = self.var / "kiro-worker"
        self.sprung = self.folder / "sprung"
        self.outside = self.folder / "outside"
        # As /tmp is: everybody's, and nobody may take away what is another's.
        self.shared = self.folder / "shared"
        self._mounted, self._is_heard = False, True
        self._lay_out()
        self._services = (
            Service(self.home / "agent.sock", self.secrets["key_agent"]),
            Service(self.abstract, self.secrets["service"]),
        )

    @property
    def abstract(self) -> str:
        return f"{self.folder.name}-service"

    @property
    def forge_host(self) -> str:
        return self.served.url(self.http_remote).split("/")[2]

    def _lay_out(self) -> None:
        self.home.mkdir(mode=0o700)
        self.var.mkdir(mode=0o711)
        self.sprung.mkdir()
        self.sprung.chmod(0o777)
        self.outside.mkdir(mode=0o755)
        (self.outside / "victim").write_text("intact\n")
        self.shared.mkdir()
        self.shared.chmod(0o1777)
        trap = self.folder / "trap"
        trap.write_text(f'#!/bin/sh\n: >"{self.sprung}/$1"\nexit 0\n')
        trap.chmod(0o755)
        git = self.secrets["git"]
        for name, text in {
            ".gitconfig": "[credential]\n\thelper = store\n[user]\n\tname = ada\n",
            ".git-credentials": f"http://ada:{git}@{self.forge_host}\n",
            ".netrc": f"machine forge login ada password {git}\n",
            ".aws/credentials": f"[default]\naws_secret_access_key = {git}\n",
            ".config/gh/hosts.yml": f"github.com:\n  oauth_token: {git}\n",
            ".ssh/id_ed25519": f"-----BEGIN OPENSSH PRIVATE KEY-----\n{git}\n",
            ".profile": "intact\n",
            ".config/kiro-worker/secrets/DEPLOY_TOKEN": self.secrets["deploy"],
        }.items():
            _closed(self.home / name, text)

    def neighbours(self) -> None:
        """Another run's folders, as the worker makes them."""
        for name, text in {
            "workspaces/r-other/tree/notes.txt": self.secrets["other_run"],
            "homes/r-other/1.1/login.json": self.secrets["other_run"],
            "runs/r-other/transcript.jsonl": self.secrets["other_run"],
        }.items():
            _closed(self.state / name, text, above=self.state)

    def small_disk(self, mib: int) -> bool:
        """Put the state folder on a file system of its own; False where that is not to be had."""
        over = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=711", "adversary", str(self.var)],
            capture_output=True,
            check=False,
        )
        self._mounted = over.returncode == 0
        return self._mounted

    def facts(self) -> dict[str, Any]:
        return {
            "worker_home": str(self.home),
            "state": str(self.state),
            "outside": str(self.outside),
            "shared": str(self.shared),
            "remote": self.world.remote.url,
            "evil_remote": str(self.evil_remote.path),
            "http_remote": self.served.url(self.http_remote),
            "forge_host": self.forge_host,
            "trap": str(self.folder / "trap"),
            "sprung": str(self.sprung),
            "agent_socket": str(self.home / "agent.sock"),
            "abstract_socket": self.abstract,
            "dns": self.drop.udp,
        }

    def agent(self, expedition: Expedition) -> str:
        """The command line of the attacker, with its script."""
        tools = self.folder / "tools"
        tools.mkdir(mode=0o755, exist_ok=True)
        shutil.copy(adversary.__file__, tools / "adversary.py")
        shutil.copytree(_hands(), tools / "hands", dirs_exist_ok=True)
        plan = {
            "name": expedition.name,
            "hands": str(tools / "hands"),
            "turns": expedition.turns,
            "facts": self.facts(),
            "drop": self.drop.tcp,
        }
        (tools / "plan.json").write_text(json.dumps(plan))
        for path in tools.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        return f"{PYTHON} -B {tools}/adversary.py {tools}/plan.json {tools}"

    def variables(self) -> dict[str, str]:
        """The worker's environment: everything that an attacker would like to have."""
        return {
            "HOME": str(self.home),
            "XDG_STATE_HOME": str(self.var),
            "PATH": PATH,
            "GITHUB_TOKEN": self.secrets["forge"],
            "AWS_SECRET_ACCESS_KEY": self.secrets["forge"],
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": f"/v2/credentials/{self.secrets['forge']}",
            "SSH_AUTH_SOCK": str(self.home / "agent.sock"),
            "MODEL_API_KEY": self.model_key,
        }

    def site(self) -> str:
        """Where the tests of a project find pytest, whoever they run as."""
        folder = self.folder / "site"
        folder.mkdir(mode=0o755)
        for name in ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments", "py"):
            found = util.find_spec(name)
            assert found is not None
            assert found.origin is not None
            origin = Path(found.origin)
            if origin.name == "__init__.py":
                # With what was compiled of it: the Python of this machine would take a second to do that again.
                shutil.copytree(origin.parent, folder / name)
            else:
                shutil.copy(origin, folder / origin.name)
        return str(folder)

    def silence(self) -> None:
        """End the servers; what they heard is kept."""
        if self._is_heard:
            self._is_heard = False
            for service in self._services:
                service.close()
            self.drop.close()
            self.served.__exit__()

    def close(self) -> None:
        self.silence()
        if self._mounted:
            subprocess.run(["umount", "-l", str(self.var)], check=False)
        # Not shutil: an attacker makes folders deeper than Python's own walk goes.
        subprocess.run(["rm", "-rf", "--", str(self.folder)], check=False)


@cache
def _hands() -> Path:
    """The attacks, compiled once by the Python that runs them; it is told to write nothing where they lie."""
    folder = Path(tempfile.mkdtemp(prefix="kiro-worker-hands-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(HANDS, folder / "hands", ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run([str(PYTHON), "-m", "compileall", "-q", str(folder / "hands")], check=True)
    return folder / "hands"


def _closed(path: Path, text: str, *, above: Path | None = None) -> None:
    """A file that only its owner may read, in folders of the same kind."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if above is not None:
        for folder in path.parents:
            if folder.is_relative_to(above) and folder != above:
                folder.chmod(0o700)
    path.write_text(text)
    path.chmod(0o600)
