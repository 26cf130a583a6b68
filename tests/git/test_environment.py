import pytest

from kiro_worker.git.environment import (
    Home,
    HomeTampered,
    configuration,
    configured,
    local_environment,
    own_environment,
    remote_environment,
)

OWN = {
    "PATH": "/bin",
    "HOME": "/home/ada",
    "LANGUAGE": "de",
    "GITHUB_TOKEN": "t",
    "SSH_AUTH_SOCK": "/agent",
    "SSH_ASKPASS": "/usr/bin/window",
    "HTTPS_PROXY": "http://proxy",
    "GIT_DIR": "/elsewhere",
    "GIT_TRACE_CURL": "1",
    "GIT_SSH_COMMAND": "ssh -i key",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "user.name",
    "GIT_CONFIG_VALUE_0": "Ada",
}


@pytest.fixture
def home(tmp_path) -> Home:
    made = Home(tmp_path / "home")
    made.ensure()
    return made


def test_near_an_agents_files_nothing_of_the_user_is_handed_over(home):
    given = local_environment({**OWN, "TMPDIR": "/scratch"}, home)
    assert not {"GITHUB_TOKEN", "SSH_AUTH_SOCK", "HTTPS_PROXY", "GIT_DIR", "GIT_SSH_COMMAND"} & given.keys()
    assert (given["HOME"], given["GIT_CONFIG_NOSYSTEM"], given["LC_ALL"]) == (str(home.path), "1", "C")
    assert (given["PATH"], given["TMPDIR"]) == ("/bin", "/scratch")
    settings = dict(configured(given))
    assert settings["core.hooksPath"] == str(home.hooks)
    assert settings["core.fsmonitor"] == "false"
    assert settings["protocol.allow"] == "never"
    assert settings["credential.helper"] == ""
    assert "user.name" not in settings


def test_the_private_configuration_is_an_empty_file_and_no_device(home):
    assert local_environment({}, home)["GIT_CONFIG_GLOBAL"] == str(home.config)
    assert home.config.is_file()
    assert home.config.stat().st_size == 0


def test_to_the_remote_the_users_own_configuration_counts_but_no_variable_that_leads_astray(home):
    secrets = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.extraHeader",
        "GIT_CONFIG_VALUE_0": "Authorization: x",
        "GIT_SSL_CAINFO": "/ca",
    }
    given = remote_environment(OWN, home, secrets)
    assert (given["HOME"], given["SSH_AUTH_SOCK"], given["HTTPS_PROXY"]) == ("/home/ada", "/agent", "http://proxy")
    assert (given["GIT_SSH_COMMAND"], given["GIT_SSL_CAINFO"]) == ("ssh -i key", "/ca")
    assert not {"GIT_DIR", "GIT_TRACE_CURL", "SSH_ASKPASS", "LANGUAGE", "GIT_CONFIG_GLOBAL"} & given.keys()
    assert given["GIT_ASKPASS"] == ""
    settings = dict(configured(given))
    assert settings["user.name"] == "Ada"
    assert settings["http.extraHeader"] == "Authorization: x"
    assert settings["core.hooksPath"] == str(home.hooks)


def test_a_users_clone_is_looked_at_without_locks(home):
    given = own_environment(OWN)
    assert given["GIT_OPTIONAL_LOCKS"] == "0"
    assert "GIT_DIR" not in given
    assert dict(configured(given))["core.fsmonitor"] == "false"


def test_settings_come_back_from_the_variables_they_became():
    pairs = (("a.b", "c"), ("a.b", "d"), ("x.y", ""))
    assert configured(configuration(pairs)) == pairs


@pytest.mark.parametrize("count", ["", "x", "-1", "2", "99999", "²"])
def test_variables_that_do_not_hold_together_are_no_settings(count):
    assert configured({"GIT_CONFIG_COUNT": count, "GIT_CONFIG_KEY_0": "a.b"}) == ()


def test_a_home_that_somebody_wrote_into_is_refused(home):
    home.ensure()
    (home.hooks / "pre-commit").touch()
    with pytest.raises(HomeTampered):
        home.ensure()
