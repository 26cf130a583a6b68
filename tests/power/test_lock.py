import json

import pytest

from kiro_worker.power.lock import Lock, Locked, LockUnreadable, Synced, locked_power, read_lock, write_lock
from kiro_worker.power.model import About, Power, digest_of, hash_of, power_file

COMMIT = "a" * 40
ONE = Locked(
    name="standards", source="https://example.org/s.git", folder="power", range="^1", version="1.2.0", commit=COMMIT,
    files={"steering/b.md": hash_of(b"b"), "POWER.md": hash_of(b"p")},
    synced=Synced(version="1.1.0", files={"b.md": hash_of(b"old")}),
)  # fmt: skip
OTHER = Locked(name="aaa", source="../aaa", version="0.1.0")


def changed(**more):
    body = json.loads(write_lock(Lock(powers=(ONE,))))
    body["powers"][0] |= more
    return json.dumps(body).encode()


def test_a_lock_is_read_as_it_was_written():
    lock = Lock(powers=(OTHER, ONE))
    assert read_lock(write_lock(lock)) == lock


def test_equal_locks_are_equal_bytes_whatever_their_order_was():
    turned = Locked(
        **{name: getattr(ONE, name) for name in Locked.__dataclass_fields__}
        | {"files": dict(reversed(ONE.files.items()))}
    )
    assert write_lock(Lock(powers=(ONE, OTHER))) == write_lock(Lock(powers=(OTHER, turned)))


def test_no_lock_and_an_empty_one_have_no_powers():
    assert read_lock(None) == read_lock(b" \n") == Lock()


def test_a_power_takes_the_place_of_the_one_with_its_name():
    lock = Lock().having(ONE).having(OTHER).having(Locked(name="standards", source="x", version="2.0.0"))
    assert [(each.name, each.version) for each in lock.powers] == [("aaa", "0.1.0"), ("standards", "2.0.0")]
    assert lock.without("aaa").find("aaa") is None


def test_a_locked_power_holds_only_what_is_byte_for_byte_the_same():
    power = Power(
        about=About(name="standards"), files=(power_file("POWER.md", b"p"), power_file("steering/b.md", b"b"))
    )
    locked = locked_power(power, wanted=Locked(name="", source="x", version="1.0.0"))
    assert locked.holds(power)
    assert locked.digest == power.digest == digest_of({"steering/b.md": hash_of(b"b"), "POWER.md": hash_of(b"p")})
    assert not locked.holds(Power(about=power.about, files=(power.files[0], power_file("steering/b.md", b"B"))))
    assert not locked.holds(Power(about=power.about, files=power.files[:1]))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "no JSON"),
        (b"[]", "schema"),
        (b'{"schema": "kiro-worker/power-lock/2", "powers": []}', "newer worker"),
        (b'{"schema": "kiro-worker/power-lock/1"}', "no list"),
        (b"<<<<<<< HEAD\n", "merge conflict"),
        (b" " * 5_000_000 + b"{}", "larger"),
        (changed(name=""), "no name"),
        (changed(version=3), "no plain text"),
        (changed(source="a\nb"), "no plain text"),
        (changed(commit="abc"), "no object id"),
        (changed(files={"../x.md": "0" * 64}), "no file with its hash"),
        (changed(files={"a//b.md": "0" * 64}), "no file with its hash"),
        (changed(files={"a.md": "0"}), "no file with its hash"),
        (changed(files={}), "changed by hand"),
        (changed(digest="sha256:0"), "changed by hand"),
        (changed(synced=[]), "no object"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_no_lock_is_refused_and_says_why(content, reason):
    with pytest.raises(LockUnreadable, match=reason) as caught:
        read_lock(content)
    assert caught.value.next_step


def test_a_power_that_stands_twice_is_refused():
    body = json.loads(write_lock(Lock(powers=(ONE,))))
    body["powers"] *= 2
    with pytest.raises(LockUnreadable, match="twice"):
        read_lock(json.dumps(body).encode())
