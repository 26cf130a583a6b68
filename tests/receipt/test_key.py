import subprocess

import pytest

from kiro_worker.receipt.fault import KeyThere, KeyUnusable, KeyUnwritable
from kiro_worker.receipt.key import new_pair, private_key, public_key


def test_a_new_pair_signs_and_checks(pair):
    signature = pair.signer.sign(b"words")
    assert pair.public.holds(signature, b"words")
    assert not pair.public.holds(signature, b"other words")
    assert not pair.public.holds(signature[:-1] + bytes([signature[-1] ^ 1]), b"words")
    assert not pair.public.holds(b"", b"words")
    assert pair.signer.key == pair.public.fingerprint


def test_only_the_owner_can_read_the_private_file(pair):
    assert pair.private_path.stat().st_mode & 0o777 == 0o600
    assert pair.public_path.stat().st_mode & 0o777 == 0o644


def test_a_private_key_is_not_shown(pair):
    assert "PRIVATE" not in repr(pair.signer)
    body = pair.private_path.read_text().splitlines()[1]
    assert body not in repr(pair.signer)


def test_a_key_of_the_common_tools_is_taken(tmp_path):
    path = tmp_path / "openssl.key"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(path)], check=True)
    public = subprocess.run(["openssl", "pkey", "-in", str(path), "-pubout"], check=True, capture_output=True).stdout
    (tmp_path / "openssl.pub").write_bytes(public)
    assert private_key(path.read_text(), source="openssl").key == public_key(tmp_path / "openssl.pub").fingerprint


@pytest.mark.parametrize("there", ["receipt.key", "receipt.pub"])
def test_no_key_takes_the_place_of_another(tmp_path, there):
    (tmp_path / there).write_text("mine")
    with pytest.raises(KeyThere):
        new_pair(tmp_path / "receipt.key", tmp_path / "receipt.pub")
    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text() == "mine"


def test_no_key_is_written_through_a_link(tmp_path):
    (tmp_path / "receipt.key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KeyThere):
        new_pair(tmp_path / "receipt.key", tmp_path / "receipt.pub")
    assert not (tmp_path / "elsewhere").exists()


def test_a_place_that_takes_no_file_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(KeyUnwritable, match=r"file/receipt\.key could not be written"):
        new_pair(tmp_path / "file" / "receipt.key", tmp_path / "file" / "receipt.pub")


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (("-algorithm", "ed25519", "-aes256", "-pass", "pass:x"), "locked with a password"),
        (("-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:2048"), "another kind"),
    ],
)
def test_a_key_that_cannot_sign_is_refused_with_the_reason(command, reason):
    pem = subprocess.run(["openssl", "genpkey", *command], check=True, capture_output=True, text=True).stdout
    with pytest.raises(KeyUnusable, match=reason):
        private_key(pem, source="KEY")


@pytest.mark.parametrize("pem", ["", "words", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_what_is_no_key_is_not_quoted(pem):
    with pytest.raises(KeyUnusable) as raised:
        private_key(pem, source="KEY")
    assert "AAAA" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_public_key_that_is_none_is_refused(tmp_path, pair):
    with pytest.raises(KeyUnusable, match="No such file"):
        public_key(tmp_path / "none.pub")
    with pytest.raises(KeyUnusable, match="no public key in PEM"):
        public_key(pair.private_path)
