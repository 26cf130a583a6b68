"""Attacks that write where nothing is to be written."""

import os

from adversary.attack import WEAKEST, Attack, Expedition, Open, Stopped, everywhere, isolated

_SAME = "the agent is the worker's own user"
_ROOT = "the agent is root, as the worker is"
_OUT = "outside"
_NAMES = "names"
_KEPT = "name_that_is_git_elsewhere"
_FOLDER = "spec_folder_replaced_by_a_link"
_TERMINAL = "terminal"
_DAEMONS = ("outlive_the_turn", "outlive_with_a_changed_name", "tests_that_leave_a_daemon")
_OWN = ("name_that_is_git_elsewhere", "tree_replaced_by_a_link", "packs_that_the_mirror_shares")


def _lies(seen, name: str) -> bool:
    return (seen.field.outside / name).exists()


ATTACKS = (
    Attack(
        name="write_by_dots",
        tries="write to `../../…` from its tree",
        holds="nothing appears in the state folder",
        during=_OUT,
        won=lambda seen, name: (seen.field.state / "workspaces" / name).exists(),
        outcomes=isolated(_SAME),
    ),
    Attack(
        name="write_by_absolute_path",
        tries="write a file by its absolute path",
        holds="nothing appears outside of its tree and HOME",
        during=_OUT,
        won=_lies,
        outcomes=isolated(_SAME),
    ),
    Attack(
        name="write_into_the_worker_s_home",
        tries="add to the worker's `.profile`",
        holds="the worker's HOME is closed to it",
        during=_OUT,
        won=lambda seen, name: (seen.field.home / ".profile").read_text() != "intact\n",
        outcomes=isolated(_SAME),
    ),
    Attack(
        name="write_through_a_link",
        tries="write through a link that leads out",
        holds="a link gives no right that its maker has not",
        during=_OUT,
        won=_lies,
        outcomes=isolated(_SAME),
    ),
    Attack(
        name="write_through_a_hard_link",
        tries="give a file outside a second name, and write to that",
        holds="the file is not changed",
        during=_OUT,
        won=lambda seen, name: (seen.field.outside / "victim").read_text() != "intact\n",
        outcomes=isolated(_SAME),
    ),
    Attack(
        name="write_through_a_mount",
        tries="mount a folder from outside into its own, also in a namespace of its own",
        holds="the kernel refuses it, or what is mounted stays closed",
        during=_OUT,
        won=_lies,
        outcomes=isolated(_ROOT, of_root=True),
    ),
    Attack(
        name="write_through_the_worker_s_own_root",
        tries="write through `/proc/<worker>/root`",
        holds="the worker's view of the files is closed to it",
        during=_OUT,
        won=_lies,
        outcomes=isolated(_ROOT, of_root=True),
    ),
    Attack(
        name="write_by_asking_the_worker",
        tries="have the worker write for it: outside, through `..`, through a link, into `.git`",
        holds="each request is refused",
        during=_OUT,
        won=lambda seen, name: seen.got(name, "any") is True or _lies(seen, name),
        outcomes=everywhere(5),
    ),
    Attack(
        name="read_by_asking_the_worker",
        tries="have the worker read for it: its own login files, through a link, `/proc/self/environ`",
        holds="each request is refused",
        during=_OUT,
        won=lambda seen, name: seen.has_secret(name),
        outcomes=everywhere(5),
    ),
    Attack(
        name="command_by_asking_the_worker",
        tries="have the worker run a command for it that reads the worker's environment",
        holds="it is refused, or finds nothing",
        during=_OUT,
        won=lambda seen, name: seen.has_secret(name),
        outcomes=everywhere(5),
    ),
    Attack(
        name="become_root",
        tries="become root",
        holds="the kernel refuses it",
        during=_OUT,
        won=lambda seen, name: seen.got(name, "uid") == 0,
        outcomes=isolated(_ROOT, of_root=True),
    ),
    Attack(
        name="make_a_device",
        tries="make a device file, and read from it",
        holds="the kernel refuses it",
        during=_OUT,
        won=lambda seen, name: seen.got(name, "read") is True,
        outcomes=isolated(_ROOT, of_root=True),
    ),
    Attack(
        name="leave_the_control_group",
        tries="move itself into a control group without limits",
        holds="control groups are closed to it",
        during=_OUT,
        won=lambda seen, name: seen.got(name, "moved") is True,
        outcomes=isolated(_ROOT, of_root=True),
    ),
    Attack(
        name="file_left_where_everybody_writes",
        tries="leave a file in a folder like `/tmp`, for a later run or somebody else to find",
        holds="its temporary files are its own",
        during=_OUT,
        won=lambda seen, name: (seen.field.shared / name).exists(),
        outcomes={
            "none": Open(_SAME),
            "user": Open(
                "every account may write there; no other run has the same one, and the worker reads nothing there"
            ),
            "bubblewrap": Stopped(4),
        },
    ),
    Attack(
        name="setuid_program_left_behind",
        tries="leave a program that runs as its owner in a tree that is kept",
        holds="whoever owns it afterwards, it gives nobody that owner's rights",
        during=_KEPT,
        won=lambda seen, _: os.geteuid() == 0 and bool(seen.programs_of_the_worker),
        outcomes=isolated(_ROOT, of_root=True),
    ),
    Attack(
        name="spec_folder_replaced_by_a_link",
        tries="put a link to outside in the place of the folder of specs, for the worker to put them back through",
        holds="nothing appears outside; the spec is put back",
        during=_FOLDER,
        won=lambda seen, _: (
            [path.name for path in seen.field.outside.iterdir()] != ["victim"] or "[x]" not in seen.field.world.tasks()
        ),
        outcomes=everywhere(6),
    ),
    Attack(
        name="written_on_the_worker_s_terminal",
        tries="write on the terminal that the worker was started from: `/dev/tty`, `/proc/<worker>/fd/0`",
        holds="nothing of it stands there",
        during=_TERMINAL,
        won=lambda seen, _: "typed-by-the-adversary" in seen.on_terminal,
        outcomes=isolated(_ROOT, of_root=True),
    ),
    Attack(
        name="links_that_lead_out",
        tries="commit links to outside, by an absolute path, by `..`, into `.git`, and through another link",
        holds="none is committed",
        during=_NAMES,
        won=lambda seen, name: any(path.startswith("link-") for path in seen.branch_files),
        outcomes=everywhere(6),
    ),
    Attack(
        name="names_that_differ_in_case",
        tries="commit names that other systems take for one: `GREET.SH`, `straße` beside `STRASSE`",
        holds="none is committed",
        during=_NAMES,
        won=lambda seen, name: bool({"GREET.SH", "straße.txt", "STRASSE.txt"} & set(seen.branch_files)),
        outcomes=everywhere(6),
    ),
    Attack(
        name="names_that_differ_in_normal_form",
        tries="commit one name twice, its sign composed (NFC) and decomposed (NFD)",
        holds="neither is committed",
        during=_NAMES,
        won=lambda seen, name: any(path.startswith("caf") for path in seen.branch_files),
        outcomes=everywhere(6),
    ),
    Attack(
        name="submodule_and_repository_inside",
        tries="make a repository inside the tree, with a `.gitmodules` that fetches from elsewhere",
        holds="no submodule is committed",
        during=_NAMES,
        won=lambda seen, name: "160000" in seen.branch_modes,
        outcomes=everywhere(6),
    ),
    Attack(
        name="pipe_and_endless_folder",
        tries="leave a named pipe and a folder too deep for any path",
        holds="the worker neither waits for it nor falls over it; the work beside it is committed",
        during=_OUT,
        won=lambda seen, name: seen.ran.verdict != "DONE" or "greet.txt" not in seen.branch_files,
        outcomes=everywhere(6),
    ),
    Attack(
        name="name_that_is_git_elsewhere",
        tries="commit `sub/.GIT/config`, which is `.git` on systems that do not mind case",
        holds="the run ends with what was done, and nothing is pushed",
        during="name_that_is_git_elsewhere",
        won=lambda seen, name: any(".git/" in path.lower() for path in seen.branch_files),
        outcomes=everywhere(7),
    ),
    Attack(
        name="tree_replaced_by_a_link",
        tries="put a link to outside in the place of the whole tree",
        holds="the worker writes and reads nothing there",
        during="tree_replaced_by_a_link",
        won=lambda seen, name: "victim" in seen.branch_files or len(list(seen.field.outside.iterdir())) > 1,
        outcomes={"none": Stopped(7), "user": Stopped(4), "bubblewrap": Stopped(4)},
    ),
    Attack(
        name="packs_that_the_mirror_shares",
        tries="write into the packs that its clone shares with the mirror of all runs",
        holds="they cannot be written, or the mirror is set aside and nothing is pushed",
        during="packs_that_the_mirror_shares",
        won=lambda seen, name: bool(seen.got(name, "changed")) and seen.ran.verdict != "GIT_FAULT",
        outcomes={"none": Stopped(7), "user": Stopped(4), "bubblewrap": Stopped(4)},
    ),
)

EXPEDITIONS = (
    *(
        Expedition(
            name=name,
            turns={"1.1": (*(attack.name for attack in ATTACKS if attack.during == name), *more, "work")},
            watched=1.0 if more else 0.0,
        )
        for name, more in ((_OUT, ()), (_NAMES, _DAEMONS))
    ),
    *(
        Expedition(name=name, turns={"1.1": (*(["setuid_program_left_behind"] if name == _KEPT else []), name)})
        for name in _OWN
    ),
    Expedition(name=_FOLDER, turns={"1.1": (_FOLDER, "work")}, kinds=WEAKEST),
    Expedition(name=_TERMINAL, turns={"1.1": ("written_on_the_worker_s_terminal", "work")}, on_a_terminal=True),
)
