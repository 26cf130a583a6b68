"""Programs that reach other machines, and those that rule this one."""

import re

from kiro_worker.policy.program.build import skip_options
from kiro_worker.policy.program.call import Call, Handler, Seen, Use, option_paths
from kiro_worker.policy.shell.word import Word

#: Fetch what an address names.
FETCHERS = frozenset({
    "curl", "wget", "http", "https", "xh", "aria2c", "httpie", "lynx", "w3m", "links", "elinks", "axel", "ping", "dig",
    "nslookup", "host", "traceroute", "whois", "drill", "lwp-request", "GET", "POST", "grpcurl", "websocat",
})  # fmt: skip
_SHELLS = (
    "ssh", "scp", "sftp", "rsh", "rlogin", "telnet", "ftp", "tftp", "nc", "ncat", "netcat", "socat", "mosh", "rsync",
    "ngrok",
    "cloudflared", "tailscale", "openvpn", "wg", "chisel", "frpc", "mail", "sendmail", "mutt", "torify", "proxychains",
    "sshfs", "ssh-keygen", "ssh-add", "ssh-agent", "ssh-copy-id", "gpg",
)  # fmt: skip
_SERVICES = (
    "gh", "glab", "hub", "aws", "gcloud", "gsutil", "az", "kubectl", "helm", "heroku", "vercel", "netlify", "fly",
    "flyctl",
    "firebase", "supabase", "docker", "docker-compose", "podman", "buildah", "skopeo", "twine", "svn", "hg", "ansible",
    "ansible-playbook", "cdk", "sam", "serverless", "sls", "pulumi", "vault", "op", "doctl", "wrangler", "railway",
    "eb",
    "kiro", "kiro-cli", "claude", "gemini", "codex", "opencode", "qwen", "ollama", "redis-cli", "mongosh", "mongo",
    "s3cmd",
    "rclone", "stripe", "twilio",
)  # fmt: skip
_RULERS = (
    "sudo", "doas", "su", "pkexec", "runuser", "chroot", "unshare", "nsenter", "mount", "umount", "insmod",
    "modprobe", "rmmod",
    "systemctl", "service", "reboot", "shutdown", "halt", "poweroff", "init", "telinit", "fdisk", "parted",
    "iptables", "nft",
    "ip", "ifconfig", "route", "useradd", "usermod", "userdel", "groupadd", "passwd", "chpasswd", "visudo",
    "crontab", "at",
    "batch", "systemd-run", "dbus-send", "busctl", "setcap", "chattr", "setfacl", "chown", "chgrp", "strace", "ltrace",
    "bpftrace", "perf", "kexec", "swapoff", "swapon", "sysctl", "losetup", "cryptsetup", "loginctl", "machinectl",
    "launchctl",
    "mknod", "pivot_root", "capsh", "newgrp", "sg", "screen", "tmux", "bwrap", "firejail", "kiro-worker", "shred",
    "mkfs",
    "debugfs", "enable", "bind", "complete", "fuser", "mapfile", "readarray", "gdb", "lldb",
)  # fmt: skip
_PEOPLE = (
    "vi", "vim", "nvim", "nano", "emacs", "ed", "ex", "pico", "micro", "top", "htop", "btop", "script", "dialog",
    "whiptail",
    "fzf", "code", "open", "xdg-open", "parallel", "uvicorn", "gunicorn", "flask", "hypercorn", "http-server", "serve",
    "live-server", "nodemon", "pm2", "supervisord",
)  # fmt: skip
_STARTING_RULERS = frozenset({"sudo", "doas", "runuser", "chroot", "unshare", "nsenter", "strace", "ltrace", "bwrap"})
_CURL_HIDES = (
    "--unix-socket",
    "--abstract-unix-socket",
    "-K",
    "--config",
    "--proxy",
    "-x",
    "--resolve",
    "--connect-to",
)
_CURL_WRITES = frozenset({
    "-o", "--output", "-O", "--output-document", "-P", "-D", "--dump-header", "-c", "--cookie-jar", "--trace", "-a",
})  # fmt: skip
_GIVES = frozenset({"-d", "--data", "--data-binary", "--data-raw", "-F", "--form"})
_GIVES_FILE = frozenset({"-T", "--upload-file", "--post-file", "--body-file"})
# A host behind a scheme that asks a web server, whatever stands before and behind it.
_ADDRESS = re.compile(
    r"(?:^|=)(?:https?|wss?)://(?:[^/?#@\s\\]*@)?(\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::\d+)?(?=[/?#]|$)", re.IGNORECASE
)
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104  # compared, never bound
_TELLS = ("command.harmless", "it only tells of itself")


def fetches(call: Call) -> Seen:
    """Asks another machine; whether it may is for the network's rules, see `addresses`."""
    seen = Seen()
    for at, word in enumerate(call.words):
        text, following = word.text, call.following(at)
        if text in _CURL_WRITES and not (call.name == "curl" and text in {"-O", "-P", "-a"}):
            seen.uses.append((following, Use.WRITE))
        elif text in _GIVES_FILE or (text in _GIVES and "@" in following.text):
            seen.uses.append((Word((following.text.rpartition("@")[2].partition(";")[0],)), Use.READ))
    option_paths(call, seen, Use.WRITE)
    return seen


def addresses(call: Call) -> tuple[str, ...] | None:
    """The hosts that a fetching program would ask; None when that cannot be told."""
    if any(text.startswith(_CURL_HIDES) for text in call.texts) or not all(word.known for word in call.words):
        return None
    found = [host_of(text) for text in call.texts]
    hosts = tuple(host for host in found if host)
    return hosts if hosts and None not in found else None


def host_of(text: str) -> str | None:
    """The host of an address; empty where a word is none, None where it cannot be told.

    >>> host_of("https://example.org:8/x"), host_of("-s"), host_of("localhost:80/x"), host_of("file:///etc/passwd")
    ('example.org', '', 'localhost', None)
    """
    if "://" in text:
        match = _ADDRESS.search(text)
        return match[1].strip("[]").lower() if match else None
    if text.startswith("-"):
        return ""
    host = text.partition("/")[0].rpartition("@")[2].partition(":")[0].lower()
    return host if host in _LOCAL or (re.fullmatch(r"[\w-]+(?:\.[\w-]+)+", host) is not None) else ""


def is_local(host: str) -> bool:
    """Whether it is this machine."""
    return host in _LOCAL


def opens_pipe(call: Call) -> Seen:
    """A shell or a pipe to elsewhere."""
    return Seen().deny("command.remote-shell", f"{call.name} reaches other machines in ways that cannot be judged")


def uses_service(call: Call) -> Seen:
    """A client of somebody's service."""
    if call.texts in (["--version"], ["version"], ["--help"]):
        return Seen().allow(*_TELLS)
    return Seen().ask("command.service", f"{call.name} acts on a service outside of this workspace")


def rules(call: Call) -> Seen:
    """Rules the machine, or another's account."""
    seen = Seen().deny("command.system", f"{call.name} acts on the machine and not on the workspace")
    at = skip_options(call.words, 0, {"-u", "-g", "-h", "-p", "-C", "-T", "-o", "-e", "-U"})
    if call.name in _STARTING_RULERS and at < len(call.words):
        seen.starts.append(call.rest(at))
    return seen


def waits_for_people(call: Call) -> Seen:
    """Waits for somebody, or serves until it is stopped."""
    return Seen().ask("command.interactive", f"{call.name} waits for a person or runs on until it is stopped")


def signals(call: Call) -> Seen:
    """`kill`: of jobs that this command line itself started."""
    targets = [text for text in call.texts if not text.startswith("-")]
    if (targets and all(text.startswith("%") or text == "0" for text in targets)) or call.texts == ["-l"]:
        return Seen().allow("command.harmless", "it ends what this command started")
    return Seen().ask("command.kills", "it ends processes that this command did not start")


HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(_PEOPLE, waits_for_people),
    **dict.fromkeys(_SHELLS, opens_pipe),
    **dict.fromkeys(_SERVICES, uses_service),
    **dict.fromkeys(_RULERS, rules),
    **dict.fromkeys(FETCHERS, fetches),
    **dict.fromkeys(("kill", "pkill", "killall", "xkill", "skill"), signals),
}
