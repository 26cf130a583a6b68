"""Texts here are only ever read, never run."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.policy.shell import UNKNOWN, Unparsable, read_script


def commands(text):
    return [[word.text for word in one.words] for one in read_script(text).invocations if one.words]


def places(text):
    return [one.at for one in read_script(text).invocations if one.words]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a; b && c || d & e", ["a", "b", "c", "d", "e"]),
        ("a | b |& c", ["a", "b", "c"]),
        ("(a; b); { c; }", ["a", "b", "c"]),
        ("echo $(a `b`) <(c) >(d)", ["b", "a", "c", "d", "echo"]),
        ('echo "x $(a "$(b)") y"', ["b", "a", "echo"]),
        ("if a; then b; elif c; then d; else e; fi", ["a", "b", "c", "d", "e"]),
        ("while a; do b; done; until c; do d; done", ["a", "b", "c", "d"]),
        ("for x in $(a); do b; done", ["a", "b"]),
        ("for ((i=$(a);i<1;i++)); do b; done", ["a", "b"]),
        ("case $(a) in x) b;; *) c;; esac", ["a", "b", "c"]),
        ("f() { a; }; function g { b; }; f", ["a", "b", "f"]),
        ("! a; [[ -n $(b) ]]; [ -f $(c) ]", ["a", "b", "c"]),
        ("x=$(a); y=(1 $(b)); echo $((1+$(c))) ${x:-$(d)}", ["a", "b", "c", "d", "echo"]),
        ("export X=$(a)", ["a", "export"]),
        ("a > $(b) < <(c)", ["b", "c", "a"]),
        ("cat <<END\n$(a)\nEND\n", ["a", "cat"]),
        ("cat <<'END'\n$(a)\nEND\n", ["cat"]),
        ("cat <<END | a && b\nx\nEND\nc", ["cat", "a", "b", "c"]),
        ("a\nb # c\n# d \\\ne", ["a", "b", "e"]),
    ],
)
def test_every_simple_command_is_found_wherever_it_stands(text, found):
    assert [words[0] for words in commands(text)] == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (r"$'\x72m' a", ["rm", "a"]),
        ("r''m \"x y\" a\\ b", ["rm", "x y", "a b"]),
        (r"\rm x", ["rm", "x"]),
        ('$"rm" x', ["rm", "x"]),
        ("r{m,} x", ["rm", "r", "x"]),
        ("a b{1..3} {c,d}e '{f,g}' \"{h,i}\" {j}", ["a", "b1", "b2", "b3", "ce", "de", "{f,g}", "{h,i}", "{j}"]),
        ("X=rm; $X -rf", ["rm", "-rf"]),
        ('X="a b"; echo "$X"', ["echo", "a b"]),
        ("a \\\n  b", ["a", "b"]),
        ("echo $HOME/x $PWD/y $# $(pwd)", ["echo", "~/x", "./y", "0", "."]),
    ],
)
def test_a_word_is_what_a_shell_makes_of_it(text, words):
    assert commands(text)[-1] == words


@pytest.mark.parametrize(
    "text",
    [
        "$X a", "X=a; X=$Y; $X", "false && X=a; $X", "read X; $X", "for X; do $X; done", "X=a; X+=b; $X", 'X="a b"; $X',
        "$(a) b", "`a`", "${X:-a}", "X=$X; $X", "export X=a; $X", "f() { X=a; }; $X", "(( X=1 )); $X", "X[1]=a; $X",
    ],
)  # fmt: skip
def test_what_only_the_running_shell_knows_is_unknown(text):
    assert UNKNOWN in commands(text)[-1][0]


def test_a_loop_variable_stands_for_each_of_its_words():
    last = read_script('for f in a b/*.py; do rm "$f"; done').invocations[-1]
    assert last.words[1].texts == ("a", "b/*.py")


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("wc -l $(git ls-files)", True),
        ("wc -l $(find . -name x | sort | head -3)", True),
        ('find . | while read -r f; do wc -l "$f"; done', True),
        ('for f in $(rg -l x); do wc "$f"; done', True),
        ("wc -l $(cat names)", False),
        ("wc -l $(echo /etc/passwd)", False),
        ("wc -l /etc/$(git ls-files)", False),
        ("wc -l $(git ls-files)/../..", False),
        ("wc -l $(find . -printf /etc/passwd)", False),
        ("wc -l $(find . | sed s,^,/etc/,)", False),
        ("wc -l $(date +/etc/passwd)", False),
        ("wc -l $(git diff --name-only --line-prefix=/etc/)", False),
        ('find . | while read -r f; do wc "$f"; done; read -r f < x; wc "$f"', False),
    ],
)  # fmt: skip
def test_names_that_listing_commands_print_lie_in_the_workspace(text, inside):
    assert [word.inside for word in read_script(text).invocations[-1].words][-1] is inside


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("cd a && b", ("a",)),
        ("cd a; b", ("a", "")),
        ("cd a || b", ("",)),
        ("cd a && cd b && c", ("a/b",)),
        ("cd a && cd .. && c", (".",)),
        ("(cd a); b", ("",)),
        ("if x; then cd a; fi; b", ("", "a")),
        ("command cd a && b", ("a",)),
        ("cd a && b 2>&1 | tail; c", ("", "a")),
        ("cd; b", (UNKNOWN,)),
        ("cd -; b", (UNKNOWN,)),
        ("cd $X; b", (UNKNOWN,)),
        ("popd; b", (UNKNOWN,)),
    ],
)
def test_it_is_known_where_each_command_may_run(text, at):
    assert places(text)[-1] == at


def test_what_feeds_a_command_is_known():
    cat, tee, shell = read_script("cat x | tee y | sh").invocations
    assert shell.fed == (cat, tee)
    assert read_script("sh <<END\nrm x\nEND\n").invocations[0].stdin == ("rm x\n",)
    assert read_script("sh <<< 'rm x'").invocations[0].stdin == ("rm x",)
    assert read_script("sh < x").invocations[0].stdin == (UNKNOWN,)
    assert [one.words[0].text for one in read_script("sh <(curl x)").invocations[-1].fed] == ["curl"]


@pytest.mark.parametrize(
    "text",
    [
        "echo 'a", "a; ;; b", "ls|", "a\0b", "a \u202e b", "{rm,-rf,/}", "r\\\nm x", "cat <<END\n`a`\nEND\n", "a <<END\nb",
        "echo `a \\`b\\``", "ls !(x)", "a \ud800", "x" * 300_000, "$(" * 100 + ")" * 100, "a {1..999}", "a " + "{b,c}" * 40,
        "\ue000\uf8e0 a", "; ".join(["a"] * 500),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_for_certain_is_unparsable(text):
    with pytest.raises(Unparsable):
        read_script(text)


PIECES = ["a", " ", "$(", ")", "`", "'", '"', "\\", "\n", "|", "&&", ";", "<<E", "\nE\n", "{", ",", "}", "$x", "${", "<(",
          ">", "<", "=", "if ", "then ", "fi", "for x in ", "do ", "done", "*", "[[ ", "]]", "((", "))", "#", "~", "é", "\0"]  # fmt: skip


@given(st.text() | st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_no_text_makes_it_stumble(text):
    with contextlib.suppress(Unparsable):
        read_script(text)
