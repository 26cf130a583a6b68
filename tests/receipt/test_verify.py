import hashlib
import os
import subprocess

import pytest

from kiro_worker.clock import SystemClock
from kiro_worker.receipt.chain import link_in
from kiro_worker.receipt.closing import closing_in
from kiro_worker.receipt.fault import ReceiptMissing
from kiro_worker.receipt.files import vouched
from kiro_worker.receipt.verify import Known, Reference, Standing, referred, verify
from kiro_worker.redact import Redactor
from kiro_worker.run.journal import Journal
from receipt.making import lines, make, rechained, with_facts


def standing(path, **known):
    return verify(path, Known(**known)).standing


# Without a key


def test_a_receipt_without_a_key_is_whole_and_says_what_that_does_not_show(tmp_path):
    judged = verify(make(tmp_path), Known())
    assert (judged.standing, judged.standing.exit_status) == (Standing.WHOLE, 0)
    assert "not signed" in judged.reasons[1]
    assert "cannot show" in judged.reasons[1]


def test_a_forger_who_makes_all_hashes_anew_is_not_seen_without_a_key(tmp_path):
    """The honest limit: this is what the second reason says, and what a key is for."""
    path = make(tmp_path)
    path.write_bytes(b"".join(rechained([*lines(path)[:1], *lines(path)[2:]])))
    assert standing(path) is Standing.WHOLE


def test_an_open_receipt_is_told_as_such(tmp_path):
    path = make(tmp_path, closed=False)
    judged = verify(path, Known())
    assert (judged.standing, judged.standing.exit_status) == (Standing.OPEN, 4)
    assert judged.reasons[0].startswith("The receipt is open: line 5, the closing line, is not there.")
    assert "at work, or was killed, or the end" in judged.reasons[0]
    assert "was killed." in verify(path, Known(state="died")).reasons[0]
    with path.open("ab") as file:
        file.write(b'{"n":5,"at":"2026')
    assert "was not finished" in verify(path, Known(state="died")).reasons[0]


def test_a_receipt_without_its_end_is_refused_where_the_run_is_known_to_have_ended(tmp_path):
    path = make(tmp_path)
    path.write_bytes(b"".join(lines(path)[:-1]))
    judged = verify(path, Known(verdict="DONE"))
    assert (judged.standing, judged.standing.exit_status) == (Standing.REFUSED, 1)
    assert judged.reasons[0].startswith("Line 5 is missing: the run ended (DONE)")


def test_a_changed_line_is_named(tmp_path):
    path = make(tmp_path)
    path.write_bytes(path.read_bytes().replace(b'"DONE"', b'"BUSY"'))
    judged = verify(path, Known())
    assert judged.standing is Standing.REFUSED
    assert judged.reasons == ("Line 4 was changed: its text does not fit its hash.",)


def test_a_receipt_that_is_not_there_is_a_fault(tmp_path):
    with pytest.raises(ReceiptMissing, match="No such file"):
        verify(tmp_path / "events.jsonl", Known())
    with pytest.raises(ReceiptMissing, match="Is a directory"):
        verify(tmp_path, Known())


# With a key


def test_a_signed_receipt_is_held_against_the_known_key(tmp_path, pair, other_pair):
    path = make(tmp_path, signer=pair.signer)
    assert standing(path, keys=(pair.public,)) is Standing.SIGNED
    assert standing(path, keys=(other_pair.public, pair.public)) is Standing.SIGNED
    judged = verify(path, Known(keys=(other_pair.public,)))
    assert judged.standing is Standing.REFUSED
    assert pair.public.fingerprint in judged.reasons[0]
    assert other_pair.public.fingerprint in judged.reasons[0]


def test_a_signature_of_an_unknown_key_shows_no_more_than_hashes(tmp_path, pair):
    judged = verify(make(tmp_path, signer=pair.signer), Known())
    assert judged.standing is Standing.WHOLE
    assert "with a key of their own" in judged.reasons[1]


@pytest.mark.parametrize(
    "forge",
    [
        lambda it: [*it[:1], *it[2:]],
        lambda it: [it[0], it[2], it[1], *it[3:]],
        lambda it: [*it[:3], it[1], *it[3:]],
        lambda it: [*it[:3], with_facts(it[3], verdict="BUSY"), it[4]],
        lambda it: [*it[:4], with_facts(it[4], at="2020-01-01T00:00:00.000Z")],
        lambda it: it[:2] + it[4:],
    ],
)
def test_hashes_made_anew_do_not_help_against_a_signature(tmp_path, pair, forge):
    path = make(tmp_path, signer=pair.signer)
    path.write_bytes(b"".join(rechained(forge(lines(path)))))
    judged = verify(path, Known(keys=(pair.public,)))
    assert judged.standing is Standing.REFUSED
    assert "signature that does not hold" in judged.reasons[0]
    # Not only with the key at hand: the line itself says who is to have signed.
    assert standing(path) is Standing.REFUSED


def test_a_signature_of_another_receipt_does_not_fit(tmp_path, pair):
    one, two = (lines(make(tmp_path, run, signer=pair.signer)) for run in ("r-1", "r-2"))
    foreign = {name: link_in(two[-1]).event.facts[name] for name in ("key", "public_key", "signature")}
    path = tmp_path / "r-1" / "events.jsonl"
    path.write_bytes(b"".join(rechained([*one[:4], with_facts(one[4], **foreign)])))
    assert "does not hold" in verify(path, Known(keys=(pair.public,))).reasons[0]


def test_a_receipt_whose_signature_was_taken_off_is_refused_where_a_key_is_known(tmp_path, pair):
    path = make(tmp_path, signer=pair.signer)
    bare = with_facts(lines(path)[-1], key="", public_key="", signature="")
    path.write_bytes(b"".join(rechained([*lines(path)[:-1], bare])))
    judged = verify(path, Known(keys=(pair.public,)))
    assert judged.standing is Standing.REFUSED
    assert "is not signed, and should be" in judged.reasons[0]
    assert standing(path) is Standing.WHOLE


def test_a_fingerprint_of_another_key_is_refused(tmp_path, pair, other_pair):
    path = make(tmp_path, signer=pair.signer)
    path.write_bytes(b"".join(rechained([*lines(path)[:-1], with_facts(lines(path)[-1], key=other_pair.signer.key)])))
    assert standing(path) is Standing.REFUSED


def test_a_signed_receipt_that_was_cut_is_never_taken_for_signed(tmp_path, pair):
    path = make(tmp_path, signer=pair.signer)
    whole = path.read_bytes()
    for kept in range(0, len(whole), 7):
        path.write_bytes(whole[:kept])
        assert standing(path, keys=(pair.public,)) in {Standing.OPEN, Standing.REFUSED}


def test_the_signature_can_be_checked_without_kiro_worker(tmp_path, pair):
    closing = closing_in(link_in(lines(make(tmp_path, signer=pair.signer))[-1]).event)
    (tmp_path / "statement").write_text(
        f"kiro-worker receipt 1\nrun r-1\nevents 4\nlast {closing.last}\nclosed {closing.at}\nkey {closing.key}\n"
    )
    (tmp_path / "signature").write_bytes(closing.signature)
    said = subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(pair.public_path), "-rawin",
         "-in", str(tmp_path / "statement"), "-sigfile", str(tmp_path / "signature")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr


# A run that goes on with another


def going_on(tmp_path, **more):
    before = make(tmp_path, "r-1", closed=False)
    events, last = referred(before)
    return before, make(tmp_path, "r-2", resumes="r-1", resumes_events=events, resumes_hash=last, **more)


def test_a_run_vouches_for_the_receipt_that_it_goes_on_with(tmp_path, pair):
    before, after = going_on(tmp_path, signer=pair.signer)
    assert standing(after, keys=(pair.public,)) is Standing.SIGNED
    before.write_bytes(b"".join(lines(before)[:-1]))
    judged = verify(after, Known(keys=(pair.public,)))
    assert judged.standing is Standing.REFUSED
    assert judged.reasons[0].startswith("The receipt of r-1, which this run goes on with, is not the one of then")


def test_an_open_receipt_is_held_against_what_the_later_run_wrote_down(tmp_path):
    before, _ = going_on(tmp_path)
    events, last = referred(before)
    later = Reference(by="r-2", run="r-1", events=events, last=last)
    judged = verify(before, Known(state="died", later=later))
    assert judged.standing is Standing.OPEN
    assert judged.reasons[1] == "r-2 went on with this run, and recorded exactly these 4 events."
    before.write_bytes(b"".join(lines(before)[:-1]))
    assert verify(before, Known(state="died", later=later)).reasons[0].startswith("Line 4 is missing or another one")


def test_a_later_run_counts_no_line_that_was_not_finished(tmp_path):
    before = make(tmp_path, "r-1", closed=False)
    told = referred(before)
    with before.open("ab") as file:
        file.write(b'{"n":5,')
    assert referred(before) == told
    assert referred(tmp_path / "r-0" / "events.jsonl") == (0, "")


def test_a_receipt_cannot_name_a_run_that_leads_elsewhere(tmp_path):
    path = make(tmp_path, "r-2", resumes="../../etc", resumes_events=4, resumes_hash="0" * 64)
    assert standing(path) is Standing.WHOLE


# Files beside it


@pytest.fixture
def beside(tmp_path):
    folder = tmp_path / "r-1"
    with Journal(folder / "events.jsonl", SystemClock(), Redactor()) as journal:
        journal.write("run.started", run="r-1")
        (folder / "prompts").mkdir()
        for name, content in (("prompts/001.txt", b"Do it."), ("transcript.jsonl", b"{}\n"), ("changes.diff", b"+1\n")):
            (folder / name).write_bytes(content)
        journal.write("turn.started", prompt=vouched("prompts/001.txt", b"Do it."))
        journal.write("turn.ended", transcript=vouched("transcript.jsonl", b"{}\n"))
        journal.write("files.kept", files=[vouched("changes.diff", b"+1\n")])
        journal.close("r-1")
    return folder


def test_files_beside_a_receipt_are_compared(beside):
    judged = verify(beside / "events.jsonl", Known())
    assert (judged.standing, judged.missing) == (Standing.WHOLE, ())


@pytest.mark.parametrize("name", ["prompts/001.txt", "transcript.jsonl", "changes.diff"])
def test_a_file_that_was_changed_is_named(beside, name):
    content = (beside / name).read_bytes()
    (beside / name).write_bytes(b"X" + content[1:])
    judged = verify(beside / "events.jsonl", Known())
    assert judged.standing is Standing.REFUSED
    assert judged.reasons[0] == f"{name} is not what the receipt vouches for."


def test_only_the_transcript_may_go_on(beside):
    for name in ("transcript.jsonl", "changes.diff"):
        with (beside / name).open("ab") as file:
            file.write(b"more\n")
    assert verify(beside / "events.jsonl", Known()).reasons[0] == "changes.diff is not what the receipt vouches for."


def test_a_file_that_is_not_there_is_told_and_no_fault(beside):
    (beside / "changes.diff").unlink()
    judged = verify(beside / "events.jsonl", Known())
    assert (judged.standing, judged.missing) == (Standing.WHOLE, ("changes.diff",))


def test_a_link_or_a_pipe_in_the_place_of_a_file_is_not_read(beside):
    (beside / "copy").write_bytes((beside / "changes.diff").read_bytes())
    (beside / "changes.diff").unlink()
    (beside / "changes.diff").symlink_to("copy")
    (beside / "prompts/001.txt").unlink()
    os.mkfifo(beside / "prompts/001.txt")
    assert standing(beside / "events.jsonl") is Standing.REFUSED


@pytest.mark.parametrize("name", ["/etc/hostname", "../../outside", "a/../../outside", "", "nul\0"])
def test_a_strangers_receipt_cannot_have_other_files_read(tmp_path, name):
    folder = tmp_path / "r-1"
    digest = hashlib.sha256(b"").hexdigest()
    with Journal(folder / "events.jsonl", SystemClock(), Redactor()) as journal:
        journal.write("run.started", run="r-1")
        journal.write("files.kept", files=[{"file": name, "bytes": 0, "sha256": digest}, "odd", None])
        journal.close("r-1")
    judged = verify(folder / "events.jsonl", Known())
    assert (judged.standing, judged.missing) == (Standing.WHOLE, ())
