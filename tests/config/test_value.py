import contextlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.config.form import FORMS
from kiro_worker.config.key import keys
from kiro_worker.config.value import Unfit, expected, from_node, from_text, from_value, shown
from kiro_worker.document import read_document


def text(name, written):
    return from_text(keys()[name], written)


def yaml(name, written):
    flaws = []
    node = read_document(f"x: {written}".encode(), "f", flaws)
    assert flaws == []
    return from_node(keys()[name], node.find("x"))


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("gates.each_task", "true", True),
        ("gates.each_task", "ON", True),
        ("gates.each_task", "0", False),
        ("gates.repair_rounds", "0", 0),
        ("gates.coverage_threshold", " 87.5 ", 87.5),
        ("gates.coverage_threshold", "100", 100.0),
        ("gates.coverage", "off", "off"),
        ("limits.run", "90", timedelta(seconds=90)),
        ("limits.run", "90s", timedelta(seconds=90)),
        ("limits.run", "30 m", timedelta(minutes=30)),
        ("limits.run", "1.5h", timedelta(minutes=90)),
        ("limits.run", "2d", timedelta(days=2)),
        ("agent.args", "--effort high --agent 'my one'", ("--effort", "high", "--agent", "my one")),
        ("agent.args", "", ()),
        ("spec.only", "2.1 2.10", ("2.1", "2.10")),
        ("spec.branches", "feature/a=spec-a b=spec-b", (("feature/a", "spec-a"), ("b", "spec-b"))),
        ("gates.test_command", "npm test && true", "npm test && true"),
        ("branch.pattern", "kiro/{spec}-{id}", "kiro/{spec}-{id}"),
        ("forge.api_url", "https://ghe.example.com/api/v3", "https://ghe.example.com/api/v3"),
        ("forge.repository", "acme/shop", "acme/shop"),
    ],
)
def test_text_becomes_the_value_it_means(name, written, value):
    found = text(name, written)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("gates.each_task", "yes", True),
        ("gates.coverage_threshold", "85", 85.0),
        ("gates.repair_rounds", "1", 1),
        ("limits.run", "90", timedelta(seconds=90)),
        ("limits.run", "'2h'", timedelta(hours=2)),
        ("spec.only", "[2.1, 2.10, '3']", ("2.1", "2.10", "3")),
        ("spec.only", "2.10", ("2.10",)),
        ("spec.until", "2.10", "2.10"),
        ("agent.args", "--effort high", ("--effort", "high")),
        ("gates.test_command", "npm test", "npm test"),
        ("gates.test_command", "[npm, test]", ("npm", "test")),
        ("gates.coverage", "off", "off"),
        ("gates.coverage", "'required'", "required"),
        ("spec.branches", "{feature/a: spec-a}", (("feature/a", "spec-a"),)),
        ("branch.base", "on", "on"),
    ],
)
def test_yaml_becomes_the_value_it_means(name, written, value):
    assert yaml(name, written) == value


@pytest.mark.parametrize(
    ("name", "written", "told"),
    [
        ("gates.each_task", "maybe", "is 'maybe'; write true or false"),
        ("gates.coverage_threshold", "80%", "is '80%'; write a number from 0 to 100"),
        ("gates.coverage_threshold", "101", "is 101; write a number from 0 to 100"),
        ("gates.coverage_threshold", "nan", "is 'nan'; write a number"),
        ("gates.coverage_threshold", "1e99", "is '1e99'; write a number"),
        ("gates.repair_rounds", "-1", "is -1; write a whole number from 0 to 20"),
        ("gates.repair_rounds", "1.5", "is '1.5'; write a whole number"),
        ("gates.coverage", "require", "is 'require'; write required"),
        ("gates.coverage", "x", "is 'x'; write one of required, off"),
        ("environment", "stagign", "is 'stagign'; write staging"),
        ("environment", "dev", "is 'dev'; write one of test, staging, production"),
        ("board.kind", "jira", "is 'jira'; write one of local, github"),
        ("limits.run", "soon", "is 'soon'; write a time such as 90s, 30m, 2h or a number of seconds"),
        ("limits.run", "0", "is '0'; write a time from 1s to 7d"),
        ("limits.run", "9999999h", "is '9999999h'; write a time from 1s to 7d"),
        ("agent.args", "'open", "in which a quotation does not end; close it"),
        ("spec.branches", "a b=c", "has 'a' without a value; write name=value"),
        ("branch.pattern", "kiro/{spec}", "has no {id}, so two runs could get one name; add it"),
        ("branch.pattern", "kiro/{specs}-{id}", "{specs} is not known; use {spec}, {timestamp} and {id}"),
        ("branch.pattern", "kiro//{id}", "git does not take as a name"),
        ("branch.pattern", "kiro/{{id}", "git does not take as a name"),
        ("branch.pattern", "", "has no {id}"),
        ("branch.base", "-rf", "git does not take as a name"),
        ("branch.base", "a..b", "git does not take as a name"),
        ("branch.base", "a.lock", "git does not take as a name"),
        ("branch.base", "@", "git does not take as a name"),
        ("remote", "https://x/y z", "git does not take as a name"),
        ("agent.name", " ", "is empty; name one"),
        ("agent.variables", "A-B", "is no name of an environment variable; write the name, not the value"),
        ("agent.files", "../x", "is not below the home folder; write it as ~/folder/file"),
        ("agent.files", "/etc/passwd", "is not below the home folder"),
        ("spec.path", "/abs", "is not relative; write the path from the repository's root"),
        ("spec.path", "a/../../b", "leaves the repository; write a path below its root"),
        ("spec.name", "a/b", "is a path; write the folder's name alone, or set spec.path"),
        ("gates.test_report", "../x.xml", "leaves the repository"),
        ("forge.api_url", "ghe.example.com", "is no web address; write it with https:// in front"),
        ("forge.api_url", "https://u:p@ghe.example.com", "holds a user name or password; leave that out"),
        ("forge.api_url", "file:///etc/passwd", "is no web address"),
        ("forge.repository", "shop", "is no repository; write owner/name"),
        ("commit.author_name", "A\nB", "which git does not take in a name"),
        ("commit.author_email", "<a@b>", "which git does not take in a name"),
        ("secret.github_token_place", "ghp token", "names no secret; write its name or ARN"),
        ("artifact.bucket", "s3://bucket/a", "is no bucket; write its name, without s3:// and without a path"),
        ("artifact.prefix", "a/../b", "is no beginning of an object's key; write it as team/runs"),
        ("artifact.key", "a b", "names no key; write its id, its ARN, or alias/its-name"),
        ("agent.model", "a\0b", "holds a NUL character; remove it"),
        ("agent.model", "x" * 9000, "is longer than 8192 characters; no setting needs that"),
        ("agent.args", "x " * 1001, "has more than 1000 entries; no setting needs that"),
    ],
)
def test_text_without_a_meaning_is_refused_with_a_cure(name, written, told):
    with pytest.raises(Unfit) as unfit:
        text(name, written)
    assert told in str(unfit.value)


@pytest.mark.parametrize(
    ("name", "written", "told"),
    [
        ("gates.coverage_threshold", "'80'", "is '80'; write a number from 0 to 100, without quotes"),
        ("gates.coverage_threshold", "[80]", "is a list; write a number from 0 to 100"),
        ("gates.each_task", "1", "is '1'; write true or false"),
        ("gates.each_task", "", "has no value; write one, or remove the line"),
        ("agent.name", "{a: b}", "is a mapping; write a text"),
        ("agent.args", "[[a]]", "has an entry that is no text (line 1); write each as one word or quote it"),
        ("agent.args", "{a: b}", "is a mapping; write a list, or words separated by spaces"),
        ("agent.args", "[~]", "has an entry that is no text"),
        ("spec.branches", "[a, b]", "is a list; write names with the value of each"),
        ("gates.test_command", "{a: b}", "is a mapping; write a command, or a list of its words"),
        ("limits.run", "[1]", "is a list; write a time such as"),
    ],
)
def test_yaml_of_the_wrong_kind_is_refused_with_a_cure(name, written, told):
    with pytest.raises(Unfit) as unfit:
        yaml(name, written)
    assert told in str(unfit.value)


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("agent.args", ["--effort", "high"], ("--effort", "high")),
        ("gates.test_command", ("npm", "test"), ("npm", "test")),
        ("spec.branches", [("a", "b")], (("a", "b"),)),
        ("gates.each_task", True, True),
        ("gates.repair_rounds", 1, 1),
        ("gates.coverage_threshold", 90, 90.0),
        ("limits.run", timedelta(hours=1), timedelta(hours=1)),
        ("limits.run", 90, timedelta(seconds=90)),
        ("agent.name", "opencode acp", "opencode acp"),
    ],
)
def test_a_flag_may_give_a_value_instead_of_text(name, given, value):
    assert from_value(keys()[name], given) == value


@pytest.mark.parametrize(
    ("name", "given"),
    [("gates.repair_rounds", True), ("agent.args", [1]), ("gates.test_command", ()), ("spec.branches", [("a",)]), ("agent.name", object()), ("limits.run", None)],
)  # fmt: skip
def test_a_flag_of_another_kind_is_refused(name, given):
    with pytest.raises(Unfit):
        from_value(keys()[name], given)


def test_every_form_is_used_and_known():
    used = {key.form for key in keys().values() if key.form}
    assert used == set(FORMS)


def test_every_default_fits_its_own_setting():
    for key in keys().values():
        assert from_value(key, key.default) == key.default


def test_every_default_can_be_written_as_text_and_read_again():
    for key in keys().values():
        assert from_text(key, shown(key.default)) == key.default


def test_each_setting_can_say_what_it_takes():
    assert all(expected(key) for key in keys().values())


@given(st.sampled_from(sorted(keys())), st.text(max_size=80))
def test_any_text_is_a_value_or_refused(name, written):
    with contextlib.suppress(Unfit):
        text(name, written)


@given(st.floats(min_value=1, max_value=600_000))
def test_a_shown_time_means_the_same_time(seconds):
    time = timedelta(seconds=round(seconds))
    assert text("limits.run", shown(time)) == time
