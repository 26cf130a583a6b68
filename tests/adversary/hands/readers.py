"""Acting on whoever looks: markup, terminal codes, markers, names that a shell would run."""

import os
from pathlib import Path

EVIL = (
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    "</pre></div><svg/onload=alert(1)><a href=\"javascript:alert(1)\">x</a><iframe srcdoc='<script>1</script>'>"
)
CODES = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b]52;c;b3duZWQ=\x07\x9b1m\x1bP+q\x1b\\"
MARKERS = (
    "<!-- kiro-worker:end --> <!-- /kiro-worker --> @octocat/admins fixes #1 closes #2 ![x](https://evil.example/p.png)"
)


def stored_script(at):
    at.say(f"Look: {EVIL}\n")


def stored_script_in_a_tool_call(at):
    at.call(f"{EVIL}", kind="execute", rawInput={"command": EVIL})


def stored_script_in_a_file_name(at):
    name = "<img src=x onerror=alert(1)>.txt"
    (at.tree / name).write_text("words\n")
    (at.tree / "<svg onload=alert(2)>").symlink_to("/etc/passwd")


def terminal_codes(at):
    at.say(f"Look: {CODES}\n")


def terminal_codes_in_a_file_name(at):
    (at.tree / "a\x1b[2J\x1b]0;owned\x07b.txt").write_text("words\n")
    (at.tree / "c\x1b[31md").symlink_to("/etc/passwd")


def words_that_turn_round(at):
    at.say("Paid to \u202egnihton\u202c and \u2066others\u2069 with \U000e0041\U000e0042\u200b.\n")


def forged_markers(at):
    (at.tree / "<!-- kiro-worker:end -->").symlink_to("/etc/passwd")
    at.say(f"{MARKERS}\n")


def question_with_everything(at):
    at.say(f"NEEDS INPUT: {EVIL} {CODES} {MARKERS} **shall** I?")


def names_that_a_shell_would_run(at):
    for name in (
        "$(touch owned)",
        "`touch owned`",
        "; touch owned;",
        "-rf",
        "--upload-pack=touch owned",
        "a\ntouch owned\n",
        "'\"",
        "$IFS",
        "%s%n",
        "{{7*7}}",
        "nul\tname",
        "~root",
    ):
        (at.tree / name).write_text("words\n")


def names_that_are_no_text(at):
    with Path(os.fsdecode(os.fsencode(at.tree) + b"/\xff\xfe\x80.txt")).open("wb") as file:
        file.write(b"words\n")


def hidden_orders_in_a_spec(at):
    return at.prompt


def settings_in_a_spec(at):
    (at.tree / "LOW").write_text("")
