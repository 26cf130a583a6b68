import json

import pytest

from kiro_worker.redact import Secret
from kiro_worker.secret.fault import SecretMalformed
from kiro_worker.secret.form import AppSignIn, GitSignIn, agent_variables, app_sign_in, git_sign_in
from kiro_worker.secret.place import place_of

PLACE = place_of("kiro-worker-test-git-credentials")
VALUE = "s3cret-value-0123456789"


def kept(content):
    return Secret("S", content if isinstance(content, str) else json.dumps(content))


def test_git_signs_in_with_a_name_and_a_password():
    found = git_sign_in(kept({"username": "git", "password": VALUE}), PLACE)
    assert found == GitSignIn(username="git", password=VALUE)
    assert VALUE not in repr(found)


def test_an_app_signs_in_with_its_ids_as_texts_or_numbers():
    found = app_sign_in(kept({"appId": 12, "installationId": "34", "privateKey": VALUE}), PLACE)
    assert found == AppSignIn(app_id="12", installation_id="34", private_key=VALUE)
    assert VALUE not in repr(found)


def test_an_agent_gets_each_variable_as_a_secret_of_its_own():
    assert agent_variables(kept({"KIRO_API_KEY": VALUE, "EMPTY": ""}), PLACE) == (Secret("KIRO_API_KEY", VALUE),)


@pytest.mark.parametrize(
    ("read", "content"),
    [
        (git_sign_in, VALUE),
        (git_sign_in, [VALUE]),
        (git_sign_in, {"username": "git"}),
        (git_sign_in, {"username": "", "password": VALUE}),
        (git_sign_in, {"username": "a:b", "password": VALUE}),
        (git_sign_in, {"username": "git", "password": [VALUE]}),
        (app_sign_in, {"appId": True, "installationId": "1", "privateKey": VALUE}),
        (agent_variables, VALUE),
        (agent_variables, {"A B": VALUE}),
        (agent_variables, {"KIRO_API_KEY": {"deep": VALUE}}),
        (agent_variables, {"KIRO_API_KEY": f"{VALUE}\0"}),
    ],
)
def test_what_has_another_form_is_refused_without_showing_it(read, content):
    with pytest.raises(SecretMalformed) as caught:
        read(kept(content), PLACE)
    assert VALUE not in "\n".join(caught.value.lines())
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("name", ["PATH", "LD_PRELOAD", "PYTHONPATH", "GIT_SSH_COMMAND", "AWS_ACCESS_KEY_ID", "HOME"])
def test_what_changes_how_programs_are_found_or_who_aws_sees_is_no_credential_of_an_agent(name):
    with pytest.raises(SecretMalformed, match=name):
        agent_variables(kept({name: VALUE}), PLACE)
