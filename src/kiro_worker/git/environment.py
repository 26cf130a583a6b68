"""What a git process is given: its whole environment, in one of two profiles.

* local: near files that an agent wrote. Nobody's configuration, no credentials, no network, nothing that starts a
  program.
* remote: fetch, push and look. The user's own configuration and credential helpers, never a repository's; secrets
  only as environment variables.

Configuration goes in as GIT_CONFIG_COUNT, KEY and VALUE variables: they outrank every file and are in no argument
list.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from kiro_worker.error import Fault, WorkerError
from kiro_worker.git.fault import writing

Pairs = tuple[tuple[str, str], ...]

# Of git's own variables only these are the user's to set; the others (GIT_DIR, GIT_TRACE, …) would lead git astray.
_USERS_OWN = frozenset(
    {
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CONFIG_SYSTEM",
        "GIT_HTTP_USER_AGENT",
        "GIT_PROXY_SSL_CAINFO",
        "GIT_PROXY_SSL_CERT",
        "GIT_PROXY_SSL_KEY",
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "GIT_SSH_VARIANT",
        "GIT_SSL_CAINFO",
        "GIT_SSL_CAPATH",
        "GIT_SSL_CERT",
        "GIT_SSL_KEY",
        "GIT_SSL_NO_VERIFY",
    }
)

_EVERYWHERE: Pairs = (
    ("core.fsmonitor", "false"),
    ("core.pager", "cat"),
    ("core.quotePath", "false"),
    # Larger files are streamed into a pack, and told as binary: bounded memory on a file of any size.
    ("core.bigFileThreshold", "32m"),
    # The worker repacks its mirrors itself, and nothing may run on when a command is over.
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    # What is fetched stays a pack: only packs are shared with a clone, and only packs are watched.
    ("fetch.unpackLimit", "1"),
    ("fetch.writeCommitGraph", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("push.recurseSubmodules", "no"),
    ("push.followTags", "false"),
    ("push.gpgSign", "false"),
    ("push.negotiate", "false"),
    ("submodule.recurse", "false"),
    ("transfer.bundleURI", "false"),
    ("protocol.ext.allow", "never"),
    ("protocol.fd.allow", "never"),
    ("advice.detachedHead", "false"),
)

_LOCAL: Pairs = (
    ("protocol.allow", "never"),
    ("protocol.file.allow", "always"),
    ("credential.helper", ""),
    ("core.sshCommand", "false"),
    ("core.editor", "false"),
    ("core.autocrlf", "false"),
    ("core.safecrlf", "false"),
    ("core.untrackedCache", "false"),
    ("core.splitIndex", "false"),
    ("index.version", "2"),
    # A name that is `.git` to another system's files is refused here already.
    ("core.protectHFS", "true"),
    ("core.protectNTFS", "true"),
    ("commit.gpgSign", "false"),
    ("safe.directory", "*"),
)

#: What a command near an agent's files is told, but for the paths in it.
LOCAL_SETTINGS: Pairs = (*_EVERYWHERE, *_LOCAL)

_REMOTE: Pairs = (
    # A connection that carries less than this is a dead one.
    ("http.lowSpeedLimit", "200"),
    ("http.lowSpeedTime", "60"),
)


class HomeTampered(WorkerError):
    """Git's private home is not empty any more."""

    code = "git.home-tampered"
    fault = Fault.INTERNAL

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} must be an empty file, and somebody wrote into it.",
            next_step=f"Find out who did, then remove it: rm {path}",
        )


class Home:
    """A private home for git: an empty configuration file and nothing else.

    The file is a real one: given /dev/null, `git config --global` run as root replaces the device by a file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = path / "gitconfig"
        self.hooks = path / "hooks"
        self._made = False

    def ensure(self) -> None:
        """Make the home when it is not there.

        Raises:
            HomeTampered: the configuration has content, or hooks were put there.
            DiskFull, NotWritable: the home cannot be made.
        """
        if not self._made:
            with writing(self.path):
                self.hooks.mkdir(mode=0o700, parents=True, exist_ok=True)
                self.config.touch(mode=0o400)
            self._made = True
        if self.config.lstat().st_size or any(self.hooks.iterdir()):
            raise HomeTampered(self.config)


def temporary_home() -> Home:
    """A home that goes when the last who uses it goes."""
    import shutil
    import tempfile
    import weakref

    path = tempfile.mkdtemp(prefix="kiro-worker-git-")
    home = Home(Path(path))
    weakref.finalize(home, shutil.rmtree, path, ignore_errors=True)
    return home


def local_environment(own: Mapping[str, str], home: Home) -> dict[str, str]:
    """For commands near an agent's files, which need nothing of the user's but the search path."""
    return {
        "PATH": own.get("PATH", "/usr/local/bin:/usr/bin:/bin"),
        **({"TMPDIR": own["TMPDIR"]} if "TMPDIR" in own else {}),
        "HOME": str(home.path),
        "XDG_CONFIG_HOME": str(home.path),
        "GIT_CONFIG_GLOBAL": str(home.config),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_ALLOW_PROTOCOL": "file",
        "GIT_OPTIONAL_LOCKS": "0",
        **_quiet(),
        **configuration(
            (*LOCAL_SETTINGS, ("core.hooksPath", str(home.hooks)), ("core.attributesFile", str(home.config)))
        ),
    }


def remote_environment(own: Mapping[str, str], home: Home, secrets: Mapping[str, str]) -> dict[str, str]:
    """For commands that speak to the remote, with the user's configuration and the worker's secrets."""
    users = {name: value for name, value in own.items() if not name.startswith("GIT_") or name in _USERS_OWN}
    users.pop("LANGUAGE", None)
    users.pop("SSH_ASKPASS", None)
    given = {name: value for name, value in secrets.items() if not name.startswith("GIT_CONFIG_")}
    return {
        **users,
        **given,
        "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
        **_quiet(),
        **configuration(
            (
                *configured(own),
                *configured(secrets),
                *_EVERYWHERE,
                *_REMOTE,
                ("core.hooksPath", str(home.hooks)),
            )
        ),
    }


def own_environment(own: Mapping[str, str]) -> dict[str, str]:
    """For looking at the user's own clone: as the user would, but without taking a lock or starting a daemon."""
    users = {name: value for name, value in own.items() if not name.startswith("GIT_") or name in _USERS_OWN}
    users.pop("LANGUAGE", None)
    return {
        **users,
        "GIT_OPTIONAL_LOCKS": "0",
        **_quiet(),
        **configuration((*configured(own), ("core.fsmonitor", "false"), ("core.quotePath", "false"))),
    }


def _quiet() -> dict[str, str]:
    return {
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        # Empty, not absent: an absent one falls back to SSH_ASKPASS, which may open a window.
        "GIT_ASKPASS": "",
        "SSH_ASKPASS_REQUIRE": "never",
        "GIT_EDITOR": "false",
        "GIT_PAGER": "cat",
    }


def configuration(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Settings as the variables that git reads them from; of equal names the last one counts.

    >>> configuration([("gc.auto", "0")])
    {'GIT_CONFIG_COUNT': '1', 'GIT_CONFIG_KEY_0': 'gc.auto', 'GIT_CONFIG_VALUE_0': '0'}
    """
    told: dict[str, str] = {}
    count = 0
    for key, value in pairs:
        told[f"GIT_CONFIG_KEY_{count}"] = key
        told[f"GIT_CONFIG_VALUE_{count}"] = value
        count += 1
    return {"GIT_CONFIG_COUNT": str(count), **told}


def configured(environment: Mapping[str, str]) -> Pairs:
    """The settings that such variables hold; none when they are incomplete."""
    count = environment.get("GIT_CONFIG_COUNT", "0")
    numbers = range(int(count) if count.isascii() and count.isdigit() and len(count) < 4 else 0)
    try:
        return tuple(
            (environment[f"GIT_CONFIG_KEY_{number}"], environment[f"GIT_CONFIG_VALUE_{number}"]) for number in numbers
        )
    except KeyError:
        return ()
