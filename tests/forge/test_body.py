import re

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from kiro_worker.forge import body
from kiro_worker.forge.body import find_block, merge

RUN = "r-01jd0000000000000000000000"
SHA = "0" * 64
FORGED = [
    f"<!-- kiro:begin run=x v=1 sha256={SHA} -->",
    "<!-- kiro:begin -->",
    "<!-- kiro:end -->",
    merge("", "forged", run="r-other").body,
    merge("", "forged", run="r-other").body.replace("\n", "\r\n"),
    "```\n",
    "~~~~\n",
    "<!--",
    "-->",
    "<details>",
    "\r\n",
    "\n",
]
TEXT = st.lists(
    st.sampled_from(FORGED) | st.sampled_from([f"\n{f}\n" for f in FORGED]) | st.text(max_size=8), max_size=12
).map("".join)
BLOCK = st.lists(st.sampled_from(FORGED) | st.text(max_size=20), max_size=8).map("".join)


def merged(text: str, block: str = "report", run: str = RUN, **more) -> str:
    return merge(text, block, run=run, **more).body


def test_a_new_body_is_the_block_between_its_markers():
    told = merged("", "# Report\n\ntext")
    assert re.fullmatch(
        rf"<!-- kiro:begin run={RUN} v=1 sha256=[0-9a-f]{{64}} -->\n\n# Report\n\ntext\n\n<!-- kiro:end -->\n", told
    )
    block = find_block(told)
    assert (block.run, block.text.strip(), block.intact) == (RUN, "# Report\n\ntext", True)


def test_text_of_people_around_the_block_stays_as_it_is():
    first = merged("Please review soon.\n", "one")
    assert first.startswith("Please review soon.\n\n<!-- kiro:begin ")
    edited = first + "And a note below.\n"
    second = merged(edited, "two")
    assert second.startswith("Please review soon.\n\n<!-- kiro:begin ")
    assert second.endswith("<!-- kiro:end -->\n\nAnd a note below.\n")
    assert "one" not in second


def test_a_browser_that_changed_the_line_ends_edited_nothing():
    edited = merged("Hello", "one\n\ntwo").replace("\n", "\r\n") + "more\r\n"
    assert find_block(edited).intact
    again = merge(edited, "three", run=RUN)
    assert again.notes == ()
    assert again.body.startswith("Hello\r\n\r\n<!--")
    assert again.body.endswith("<!-- kiro:end -->\n\r\nmore\r\n")


def test_an_edit_inside_the_block_is_kept_below_it_and_told():
    edited = merged("Top", "one\ntwo").replace("one", "one, said Ada")
    again = merge(edited, "three", run=RUN)
    assert "one, said Ada\ntwo" in again.body
    assert again.notes == ("Somebody edited the worker's section: their text was kept below it.",)
    block = find_block(again.body)
    assert block.intact
    assert "Ada" not in block.text
    assert merged(again.body, "four").count("said Ada") == 1


def test_a_block_that_a_person_emptied_is_filled_again():
    emptied = merged("Top", "one").replace("one", "  ")
    assert merge(emptied, "two", run=RUN).notes == ()
    assert "two" in merged(emptied, "two")


def test_only_the_new_lines_of_a_large_edited_block_are_kept():
    report = "\n".join(f"- line {n} of the report" for n in range(1500))
    edited = merged("", report).replace("- line 7 of", "Ada: not this one!\n- line 7 of")
    again = merge(edited, report, run=RUN)
    assert again.body.count("Ada: not this one!") == 1
    assert again.body.count("- line 9 of the report") == 1
    assert len(again.body) < body.LIMIT


def test_people_who_leave_no_room_are_told_and_not_cut():
    theirs = "x" * 59_900
    again = merge(theirs, "report " * 100, run=RUN)
    assert again.body == theirs
    assert again.notes == (
        "The pull request's text leaves no room for the worker's section (60,000 characters in all); it stays.",
    )


def test_people_who_leave_little_room_are_told():
    again = merge("x" * 57_000, "report\n" * 2000, run=RUN)
    assert len(again.body) <= 60_000
    assert again.notes[0].startswith("The worker's section was shortened")
    assert re.fullmatch(r"The text around the worker's section leaves it only 2,\d\d\d characters\.", again.notes[1])


def test_a_block_is_not_hidden_by_unfinished_code_or_comments():
    for theirs in ("Look:\n```\ncode", "<!-- describe your change"):
        told = merged(theirs)
        assert told.startswith("<!-- kiro:begin")
        assert told.endswith(f"<!-- kiro:end -->\n\n{theirs}")


def test_a_marker_quoted_in_code_is_no_block():
    quoted = f"How it works:\n\n```\n<!-- kiro:begin run=r v=1 sha256={SHA} -->\n\nx\n\n<!-- kiro:end -->\n```\n"
    told = merge(quoted, "report", run=RUN)
    assert told.body.startswith(quoted)
    assert told.notes == ()


def test_a_forged_begin_does_not_swallow_what_people_wrote_after_it():
    theirs = f"<!-- kiro:begin run=r v=1 sha256={SHA} -->\nprecious\n"
    told = merged(merged(theirs), "second")
    assert told.startswith(theirs)


def test_nor_when_the_real_block_was_edited_too():
    theirs = f"<!-- kiro:begin run=r v=1 sha256={SHA} -->\nprecious\n"
    edited = merged(theirs).replace("report", "report, said Ada")
    told = merge(edited, "second", run=RUN)
    assert told.body.startswith(f"{theirs}\n<!-- kiro:begin run={RUN} ")
    assert "report, said Ada" in told.body


@pytest.mark.parametrize(
    "hostile",
    ["<!-- kiro:end -->", "<!--kiro:end-->", f"<!-- KIRO:begin run=r v=1 sha256={SHA} -->", "```\nopen", "<details>"],
)
def test_a_block_cannot_end_itself_or_swallow_what_follows(hostile):
    told = merged("Top\n", f"report\n{hostile}\nmore") + "Below.\n"
    again = merged(told, "second")
    assert again.startswith("Top\n\n<!--")
    assert again.endswith("<!-- kiro:end -->\n\nBelow.\n")
    assert find_block(told).intact


def test_a_run_id_cannot_leave_the_marker():
    told = merged("", "x", run="r --> <b> run=y")
    assert "<b>" not in told
    assert find_block(told).intact


def test_bodies_that_differ_in_line_ends_are_the_same():
    assert body.same("a\r\nb \r\n", "a\nb")
    assert not body.same("a\n\nb", "a\nb")


@given(TEXT, BLOCK)
@example("\n<!-- kiro:end -->", "")
def test_merging_again_changes_nothing(theirs, block):
    once = merged(theirs, block)
    again = merge(once, block, run=RUN)
    assert again.body == once
    assert "Somebody edited" not in "".join(again.notes)


@given(TEXT, BLOCK, BLOCK)
def test_people_s_text_outside_the_block_is_kept_byte_for_byte(theirs, first, second):
    found = find_block(theirs)
    before, after = (theirs[: found.start], theirs[found.end :]) if found else (theirs, "")
    kept = found.text.strip("\r\n") if found and not found.intact else ""
    once = merged(theirs, first)
    for told in (once, merged(once, second)):
        assert before in told or not before.strip()
        assert told.endswith(after) or not after.strip()
        assert kept in told
        assert len(told) >= len(before.strip()) + len(kept) + len(after.strip())


@given(TEXT, TEXT, BLOCK, BLOCK)
def test_what_people_write_around_an_existing_block_survives(above, below, first, second):
    told = above + "\n" + merged("", first) + "\n" + below
    found = find_block(told)
    assume(found.text.strip() == body.sendable(first).strip())
    assume(found.start == len(above) + 1)
    again = merged(told, second)
    assert again.startswith(above + "\n")
    assert again.endswith("\n" + below)
    assert find_block(again).intact or find_block(again).start <= found.start


@settings(max_examples=60)
@given(st.integers(0, 3000), st.lists(st.integers(0, 4000), max_size=5), st.integers(500, 5000), st.booleans())
def test_the_size_is_never_more_than_the_limit_unless_people_made_it_so(theirs, logs, limit, fenced):
    block = "\n\n".join(f"```\n{'l' * size}\n```" if fenced else "w " * (size // 2) for size in logs)
    text = "p" * theirs
    told = merge(text, block, run=RUN, limit=limit)
    assert len(told.body) <= max(limit, len(text))
    assert text in told.body
    assert merge(told.body, block, run=RUN, limit=limit).body == told.body
