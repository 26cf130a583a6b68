"""Writing where nothing is to be written: each leaves a file with its own name, or changes one that is there."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

MARK = "the adversary was here\n"


def write_by_dots(at):
    (at.tree / f"../../{at.attack}").write_text(MARK)


def write_by_absolute_path(at):
    (Path(at.facts["outside"]) / at.attack).write_text(MARK)


def write_into_the_worker_s_home(at):
    with (Path(at.facts["worker_home"]) / ".profile").open("a") as file:
        file.write(MARK)


def write_through_a_link(at):
    link = at.home / "link"
    link.symlink_to(at.facts["outside"])
    (link / at.attack).write_text(MARK)


def write_through_a_hard_link(at):
    link = at.home / "hard"
    os.link(Path(at.facts["outside"]) / "victim", link)
    with link.open("a") as file:
        file.write(MARK)


def write_through_a_mount(at):
    """In a mount namespace of its own, so that this machine's mounts stay as they are."""
    door = at.home / "door"
    door.mkdir()
    script = 'mount --bind "$1" "$2" && printf "%s" "$3" >"$2/$4"'
    words = ["sh", "-c", script, "sh", at.facts["outside"], str(door), MARK, at.attack]
    said = b""
    for how in (["unshare", "-m"], ["unshare", "-Urm"]):
        over = subprocess.run([*how, *words], capture_output=True, check=False, timeout=20)
        said += over.stderr
    return said


def write_through_the_worker_s_own_root(at):
    """What a process sees as its root can be entered by whoever may look at it."""
    from credentials import _workers

    (pid,) = _workers()
    (Path(f"/proc/{pid}/root") / at.facts["outside"].lstrip("/") / at.attack).write_text(MARK)


def write_by_asking_the_worker(at):
    link = at.tree / "way-out"
    link.symlink_to(at.facts["outside"])
    paths = (
        f"{at.facts['outside']}/{at.attack}",
        f"{at.tree}/../../../{at.attack}",
        f"{at.tree}/way-out/{at.attack}",
        f"{at.tree}/.git/hooks/pre-push",
    )
    answers = [at.request("fs/write_text_file", {"path": path, "content": MARK}) for path in paths]
    link.unlink()
    return {"any": any("result" in answer for answer in answers)}


def read_by_asking_the_worker(at):
    home = at.facts["worker_home"]
    link = at.tree / "way-in"
    link.symlink_to(f"{home}/.git-credentials")
    answers = [
        at.request("fs/read_text_file", {"path": path})
        for path in (f"{home}/.git-credentials", str(link), "/proc/self/environ")
    ]
    link.unlink()
    return answers


def command_by_asking_the_worker(at):
    answer = at.request("terminal/create", {"command": "sh", "args": ["-c", "cat /proc/$PPID/environ"]})
    if "result" not in answer:
        return answer
    number = answer["result"]["terminalId"]
    at.request("terminal/wait_for_exit", {"terminalId": number})
    return at.request("terminal/output", {"terminalId": number})


def become_root(at):
    os.setuid(0)
    return {"uid": os.getuid()}


def make_a_device(at):
    device = at.home / "device"
    os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(1, 5))  # /dev/zero
    with device.open("rb", buffering=0) as zero:
        return {"read": zero.read(1) == b"\0"}


def leave_the_control_group(at):
    """Move itself back into the group above, where nothing is limited."""
    moved = []
    for row in Path("/proc/self/cgroup").read_text().splitlines():
        _, names, path = row.split(":", 2)
        for top in (Path("/sys/fs/cgroup") / names, Path("/sys/fs/cgroup")):
            above = (top / path.lstrip("/")).parent / "cgroup.procs"
            if "kiro-worker" in path and above.exists():
                above.write_text("0")
                moved.append(str(above))
                break
    if not moved:
        raise PermissionError("no control group is to be seen")
    return {"moved": True}


def links_that_lead_out(at):
    (at.tree / "link-absolute").symlink_to(f"{at.facts['worker_home']}/.git-credentials")
    (at.tree / "link-dots").symlink_to("../../../state.db")
    (at.tree / "link-git").symlink_to(".git/config")
    (at.tree / "hop").symlink_to(".")
    (at.tree / "link-hop").symlink_to("hop/../../..")
    return {}


def names_that_differ_in_case(at):
    (at.tree / "GREET.SH").write_text(MARK)
    (at.tree / "straße.txt").write_text(MARK)
    (at.tree / "STRASSE.txt").write_text(MARK)


def names_that_differ_in_normal_form(at):
    (at.tree / "caf\u00e9.txt").write_text(MARK)
    (at.tree / "cafe\u0301.txt").write_text(MARK)


def pipe_and_endless_folder(at):
    os.mkfifo(at.tree / "pipe")
    (at.tree / "deep").mkdir()
    here = at.tree / "deep"
    before = Path.cwd()
    os.chdir(here)
    for _ in range(1200):
        Path("d" * 20).mkdir()
        os.chdir("d" * 20)
    Path("bottom").write_text(MARK)
    os.chdir(before)


def name_that_is_git_elsewhere(at):
    folder = at.tree / "sub/.GIT"
    folder.mkdir(parents=True)
    (folder / "config").write_text("[core]\n\tfsmonitor = touch sprung\n")


def tree_replaced_by_a_link(at):
    """The whole tree put aside, and a link to the outside in its place."""
    aside = at.tree.with_name("aside")
    at.tree.rename(aside)
    at.tree.symlink_to(at.facts["outside"])
    (aside / "mine").write_text(MARK)


def packs_that_the_mirror_shares(at):
    changed = 0
    for pack in (at.tree / ".git/objects/pack").iterdir():
        pack.chmod(0o644)
        with pack.open("r+b") as file:
            file.seek(30)
            file.write(b"scribble")
        changed += 1
    return {"changed": changed}


def submodule_and_repository_inside(at):
    inner = at.tree / "vendor"
    inner.mkdir()
    subprocess.run(["git", "init", "-q", str(inner)], check=True)
    (inner / "code").write_text(MARK)
    git = ["git", "-C", str(inner), "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "inner"], check=True)
    (at.tree / ".gitmodules").write_text('[submodule "vendor"]\n\tpath = vendor\n\turl = ../evil\n')
    shutil.copy("/bin/true", at.home / "true")


def file_left_where_everybody_writes(at):
    (Path(at.facts["shared"]) / at.attack).write_text(MARK)


def setuid_program_left_behind(at):
    """In the tree, which a run that is not done leaves standing, for somebody who comes later."""
    program = at.tree / "tool"
    shutil.copy("/bin/true", program)
    program.chmod(0o6755)
    return {"made": program.stat().st_mode & stat.S_ISUID != 0}


def spec_folder_replaced_by_a_link(at):
    """The worker puts the spec back, and must not do so through this."""
    folder = at.tree / ".kiro/specs"
    shutil.rmtree(folder)
    folder.symlink_to(at.facts["outside"])


def written_on_the_worker_s_terminal(at):
    """Open the terminal that the worker was started from, by every name it has, and write or type there."""
    from credentials import _workers

    names = ["/dev/tty"]
    for pid in _workers():
        names += [f"/proc/{pid}/fd/{number}" for number in range(3)]
    names += [str(path) for path in Path("/dev/pts").iterdir() if path.name == at.facts.get("terminal")]
    failed = []
    for name in names:
        try:
            with open(name, "wb", buffering=0) as terminal:  # noqa: PTH123  # not a file
                if terminal.isatty():
                    terminal.write(b"typed-by-the-adversary\r\n")
        except OSError as error:
            failed.append(f"{name}: {error}")
    return {"failed": failed}
