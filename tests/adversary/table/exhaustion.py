"""Taking more than its share, and staying after the end."""

import errno

from adversary.attack import KINDS, WEAKEST, Attack, Expedition, everywhere

_SHARE = "share"
_KEPT_MOST = 12 * 1024 * 1024


def _alone(name: str, tries: str, holds: str, won, **more) -> Attack:
    facts = {"during": name, "outcomes": everywhere(11), **more}
    return Attack(name=name, tries=tries, holds=holds, won=won, **facts)


ATTACKS = (
    _alone(
        "fork_bomb",
        "fork 150 processes where 64 are allowed",
        "the kernel refuses the 65th",
        lambda seen, name: (seen.got(name, "made") or 0) >= 100,
        unless="the number of processes is not limited",
        during=_SHARE,
    ),
    _alone(
        "memory_filled",
        "fill 512 MiB of memory where 160 are allowed",
        "it does not get them; the worker goes on",
        lambda seen, name: (seen.got(name, "mib") or 0) >= 512 or seen.ran.verdict == "INTERNAL",
        during=_SHARE,
    ),
    _alone(
        "one_file_grown",
        "write 4 MiB into one file where 1 is allowed",
        "the file does not grow further",
        lambda seen, name: max((told.get("size", 0) for told in seen.told(name)), default=0) > 1024 * 1024,
        during=_SHARE,
    ),
    _alone(
        "disk_filled",
        "fill the disk of the state folder with many files",
        "it is ended when it has taken its share (`budget.disk`), and its files are dropped",
        lambda seen, name: (
            seen.got(name, "error") == errno.ENOSPC
            or seen.ran.verdict != "BUDGET"
            or b"fill-1" in seen.everything_pushed
        ),
    ),
    _alone(
        "output_flood",
        "say 12 MB where 2 are allowed",
        "it is ended; what is kept is bounded",
        lambda seen, name: seen.got(name, "all") is True or seen.kept_size > _KEPT_MOST,
    ),
    _alone(
        "error_flood",
        "write 12 MB to its error output where 2 are allowed",
        "it is ended; what is kept is bounded",
        lambda seen, name: seen.got(name, "all") is True or seen.kept_size > _KEPT_MOST,
    ),
    _alone(
        "tests_that_flood",
        "have the tests print 30 MB",
        "what is kept is bounded",
        lambda seen, _: seen.kept_size > _KEPT_MOST,
    ),
    _alone(
        "deaf_to_the_end",
        "answer nothing, and do not end when asked",
        "it is ended at the turn's limit",
        lambda seen, name: seen.ran.verdict != "TIMEOUT" or any("got" in told for told in seen.told(name)),
    ),
    *(
        Attack(
            name=name,
            tries=tries,
            holds="it is gone when the run is over",
            during="names",
            won=lambda seen, name: seen.beats_after_the_end(name) > 0,
            outcomes=everywhere(11),
        )
        for name, tries in (
            ("outlive_the_turn", "leave a daemon: another session, no environment, no pipes, deaf to signals"),
            ("outlive_with_a_changed_name", "the same, called like a thread of the kernel"),
            ("tests_that_leave_a_daemon", "have the tests leave such a daemon"),
        )
    ),
)

_FLAGS = {
    "disk_filled": ("--set", "budget.disk=16"),
    "output_flood": ("--set", "budget.output=2000000"),
    "error_flood": ("--set", "budget.output=2000000"),
    "deaf_to_the_end": ("--set", "limits.turn=1s"),
}
# Bounded by what the worker reads or measures of them, whoever writes it; the others are ended, each kind of process in its way.
_BOUNDED = ("output_flood", "error_flood", "tests_that_flood", "disk_filled")
_LIMITS = ("isolation.processes=64", "isolation.memory=160", "isolation.file_size=1")

EXPEDITIONS = (
    Expedition(
        name=_SHARE,
        turns={"1.1": ("one_file_grown", "fork_bomb", "memory_filled", "work")},
        flags=tuple(word for limit in _LIMITS for word in ("--set", limit)),
    ),
    *(
        Expedition(
            name=attack.name,
            turns={"1.1": (attack.name,)},
            flags=_FLAGS.get(attack.name, ()),
            small_disk=40 if attack.name == "disk_filled" else 0,
            kinds=WEAKEST if attack.name in _BOUNDED else KINDS,
        )
        for attack in ATTACKS
        if attack.during == attack.name
    ),
)
