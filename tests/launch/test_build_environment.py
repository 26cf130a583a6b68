"""What a build is told and what it tells: nothing is lost on the way, and nothing becomes more than a value."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.config.key import PREFIX
from kiro_worker.config.secret_name import is_secret_name
from kiro_worker.config.source import stray
from kiro_worker.ids import is_run_id
from kiro_worker.launch import build_environment as names
from kiro_worker.launch.build_environment import (
    EXPORTED,
    BuildRequestUnusable,
    exports_of,
    fence_of,
    request_of,
    variables_of,
)
from kiro_worker.launch.port import LaunchRequest

OURS = {value for name, value in vars(names).items() if name.isupper() and isinstance(value, str) and value.isupper()}
PLAIN = {"BRANCH_NAME": "feature/login", "KIRO_WORKER_REPOSITORY": "https://github.com/acme/shop.git"}

text = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=20)
some = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=20)
run = st.from_regex(r"[A-Za-z0-9-]{1,30}", fullmatch=True)
requests = st.builds(
    LaunchRequest,
    token=some,
    run=run,
    repository=some,
    branch=some,
    spec=st.from_regex(r"[A-Za-z0-9_.-]{0,20}", fullmatch=True),
    item=text,
    resumes=run | st.just(""),
    attempt=st.integers(1, 99),
    feedback=st.lists(text, max_size=3).map(tuple),
    settings=st.dictionaries(text, text, max_size=3),
)


@given(requests, st.integers(0, 10**9))
def test_a_build_reads_the_request_that_it_was_started_with(request, fence):
    told = variables_of(request, fence=fence)
    assert request_of(told) == request
    assert fence_of(told) == fence


@given(text)
def test_what_a_run_says_last_is_one_value_and_never_a_command(said):
    script = exports_of(run="r-1", exit_status=10, said=said)
    shell = f'{script}printf "%s|%s" "$KIRO_WORKER_EXIT_STATUS" "$KIRO_WORKER_SAID"'
    done = subprocess.run(["/bin/sh", "-ec", shell], check=True, capture_output=True)
    assert done.stdout.decode() == f"10|{' '.join(said.split())}"


def test_last_words_that_are_too_long_lose_their_beginning():
    script = exports_of(run="r-1", exit_status=1, said="a" * 5_000 + " the end")
    (line,) = [each for each in script.splitlines() if "SAID" in each]
    assert "the end" in line
    assert len(line) < 1_100


def test_no_variable_is_taken_for_a_setting_or_for_a_secret():
    for name in OURS:
        assert not is_secret_name(name), name
        assert list(stray(name)) == [], name
        assert name.startswith(PREFIX) or name in {"BRANCH_NAME", "SPEC_PATH"}
    assert set(EXPORTED) <= OURS


def test_a_build_that_a_person_started_has_a_run_of_its_own_which_all_its_commands_agree_on():
    build = {**PLAIN, "CODEBUILD_BUILD_ID": "kiro-worker-test:1a2b", "CODEBUILD_START_TIME": "1795816800000"}
    first = request_of(build)
    assert is_run_id(first.run)
    assert first == request_of(dict(build))
    assert request_of({**build, "CODEBUILD_BUILD_ID": "kiro-worker-test:other"}).run != first.run
    assert (first.token, fence_of(build)) == ("kiro-worker-test:1a2b", 0)


def test_the_repository_of_such_a_build_is_the_source_of_its_project():
    build = {"BRANCH_NAME": "main", "CODEBUILD_SOURCE_REPO_URL": "https://github.com/acme/shop.git"}
    assert request_of(build).repository == "https://github.com/acme/shop.git"


@pytest.mark.parametrize(
    ("path", "spec"),
    [
        (".kiro/specs/login", "login"),
        ("./.kiro/specs/login/", "login"),
        ("docs/specs/login", ""),
        (".kiro/specs/a/b", ""),
        ("", ""),
    ],
)
def test_a_spec_path_names_a_spec_where_it_is_that_of_one(path, spec):
    assert request_of({**PLAIN, "SPEC_PATH": path}).spec == spec


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"BRANCH_NAME": ""}, "BRANCH_NAME is not set"),
        ({"KIRO_WORKER_REPOSITORY": ""}, "has no source"),
        ({"KIRO_WORKER_RUN_ID": "r-1; echo"}, "KIRO_WORKER_RUN_ID holds something else"),
        ({"KIRO_WORKER_ATTEMPT": "twice"}, "KIRO_WORKER_ATTEMPT holds"),
        ({"KIRO_WORKER_FEEDBACK": "IC_1"}, "KIRO_WORKER_FEEDBACK is no JSON"),
        ({"KIRO_WORKER_FEEDBACK": "[1]"}, "KIRO_WORKER_FEEDBACK is no list of texts"),
        ({"KIRO_WORKER_SETTINGS": "[]"}, "KIRO_WORKER_SETTINGS is no mapping"),
        ({"KIRO_WORKER_SETTINGS": "[" * 100_000}, "KIRO_WORKER_SETTINGS is no JSON"),
    ],
)
def test_variables_that_are_no_request_are_named(wrong, told):
    with pytest.raises(BuildRequestUnusable, match=told) as caught:
        request_of({**PLAIN, **wrong})
    assert caught.value.next_step


def test_a_fence_that_is_no_number_is_none():
    assert fence_of({"KIRO_WORKER_FENCE": "-1"}) == 0
