import pytest

from kiro_worker.config import ConfigInvalid, Sources
from kiro_worker.config.checks import Check, Checks
from kiro_worker.config.load import load
from kiro_worker.config.show import show

WORKER = ".kiro/worker.yaml"
ONE = "checks:\n  - name: style\n    command: make style\n"


def of(text, *, branch=None):
    base = {WORKER: text.encode()}
    return load(Sources(base=base, branch=dict(base) if branch is None else {WORKER: branch.encode()}))


def flaws(text):
    with pytest.raises(ConfigInvalid) as caught:
        of(text)
    return [str(flaw) for flaw in caught.value.flaws]


def test_a_check_is_read_with_all_that_is_said_of_it():
    loaded = of(
        "checks:\n"
        "  - {name: licences, command: [make, licences], kind: licence, format: junit, report: out/l.xml,\n"
        "     fails_at: high, baseline: false, paths: ['requirements/*', '*.toml']}\n"
        "  - name: mypy\n    off: true\n"
    )
    check = Check(
        name="licences", command=("make", "licences"), kind="licence", format="junit", report="out/l.xml",
        fails_at="high", baseline=False, paths=("requirements/*", "*.toml"),
    )  # fmt: skip
    assert loaded.checks == Checks(named=(check,), off=frozenset({"mypy"}))
    assert loaded.warnings == ()


def test_a_text_is_left_to_a_shell_and_the_rest_has_defaults():
    (check,) = of(ONE).checks.named
    assert check == Check(name="style", command="make style", kind="lint", format="plain", baseline=True)


def test_none_runs_no_check_of_the_repository():
    assert of("checks: none\n").checks == Checks(found=False)


def test_without_a_word_tools_that_the_base_configures_are_looked_for():
    assert load(Sources(base={}, branch={})).checks == Checks()


def test_a_branch_cannot_switch_its_own_checks_off():
    loaded = of(ONE, branch="checks: none\n")
    assert [check.name for check in loaded.checks.named] == ["style"]
    (warning,) = loaded.warnings
    assert warning.startswith(".kiro/worker.yaml:1:9: checks guard, and are not taken from the branch")


def test_without_a_base_there_are_none_but_those_that_are_found():
    loaded = load(Sources(branch={WORKER: ONE.encode()}))
    assert loaded.checks == Checks()
    assert loaded.warnings[0].endswith("The base branch is not known yet.")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("checks: all\n", "1:9: checks is a list; write `- name: …` and `command: …` for each, or `checks: none`"),
        ("checks:\n  - ruff\n", "2:5: a check is a mapping; write `name: …` and below it `command: …`"),
        ("checks:\n  - name: a\n", "2:5: a has no command; write `command: …`, or `off: true`"),
        ("checks:\n  - command: a\n", "2:5: a check needs a name; write `name: …`"),
        ("checks:\n  - {name: tests, command: x}\n", "2:12: name is 'tests', which is a gate of the worker's; choose another"),
        ("checks:\n  - {name: a/b, command: x}\n", "2:12: name is 'a/b'; use at most 40 letters, digits, `.`, `_` and `-`"),
        ("checks:\n  - {name: a, comand: x}\n", "2:15: 'comand' is nothing that a check has; did you mean command?"),
        ("checks:\n  - {name: a, command: x, format: sarf}\n", "2:35: format is 'sarf'; write sarif"),
        ("checks:\n  - {name: a, command: x, report: ../r}\n", "2:35: report is '../r', which leaves the repository; write a path below its root"),
        ("checks:\n  - {name: a, command: []}\n", "2:24: command is empty; write the command to run"),
        ("checks:\n  - {name: a, command: x, baseline: 1}\n", "2:37: baseline is '1'; write true or false"),
        ("checks:\n  - {name: a, command: x}\n  - {name: a, off: true}\n", "3:5: 'a' stands here a second time; keep one"),
        ("checks:\n  - {name: a, off: true, kind: lint}\n", "2:5: a is off; leave out kind, or `off`"),
        ("checks:\n  - {name: secrets, command: x}\n", "2:5: secrets is built in; choose another name, or write `off: true` for it"),
        ("checks:\n  - {name: a, command: {b: c}}\n", "2:24: command is no single value; write one word or text"),
        ("checks:\n  - {name: a, command: x, kind: ~}\n", "2:33: kind is no single value; write one word or text"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place_and_its_cure(text, told):
    assert flaws(text) == [f".kiro/worker.yaml:{told}"]


def test_everything_wrong_is_told_at_once():
    assert len(flaws("checks:\n  - {name: a, command: x, format: x, kind: y}\n  - b\n")) == 3


def test_an_environment_s_file_has_no_checks():
    files = {".kiro/environments/staging.yaml": ONE.encode()}
    with pytest.raises(ConfigInvalid) as caught:
        load(Sources(flags={"environment": "staging"}, base=files, branch=files))
    assert "checks belong to the repository; write them into .kiro/worker.yaml" in str(caught.value)


def test_too_many_are_refused():
    assert "more than 50" in flaws("checks:\n" + "".join(f"  - {{name: a{n}, command: x}}\n" for n in range(51)))[0]


def test_checks_are_shown_with_the_settings():
    loaded = of("checks:\n  - {name: style, command: [make, 'a b']}\n  - {name: mypy, off: true}\n")
    assert show(loaded, json=True)["checks"] == [
        {"name": "style", "kind": "lint", "command": "make 'a b'", "text": "make 'a b'"},
        {"name": "mypy", "kind": "", "command": "", "text": "off"},
    ]
    assert show(loaded, json=False)[-2:] == ("checks: style: make 'a b'", "checks: mypy: off")
    assert show(of("checks: none\n"), json=False)[-1] == "checks: *: none"


def test_a_command_reaches_no_terminal_as_it_is_and_shows_no_secret():
    token = "gh" + "p_" + "a1B2" * 9
    loaded = of(f'checks:\n  - {{name: a, command: "x \\e[2J {token}"}}\n')
    assert all(line.isprintable() for line in show(loaded, json=False))
    assert token not in str(show(loaded, json=True))
