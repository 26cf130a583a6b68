from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiro_worker.gate.environment import _ADDRESSES, _PLAIN
from kiro_worker.gate.environment import test_environment as clean_environment
from kiro_worker.gate.fault import VariableRefused

WORKER = {
    "PATH": "/usr/local/bin:/usr/bin::.:relative",
    "HOME": "/home/dev",
    "LANG": "C.UTF-8",
    "LC_TIME": "C",
    "TZ": "Europe/Berlin",
    "GITHUB_TOKEN": "ghp",
    "AWS_SESSION_TOKEN": "aws",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2",
    "ANTHROPIC_API_KEY": "sk",
    "KIRO_WORKER_TOKEN": "x",
    "CODEBUILD_BUILD_ID": "b",
    "SSH_AUTH_SOCK": "/agent",
    "VIRTUAL_ENV": "/worker/venv",
    "PYTHONPATH": "/worker/src",
    "NODE_OPTIONS": "--require /worker/x.js",
    "LD_PRELOAD": "/x.so",
    "HTTPS_PROXY": "http://user:password@proxy:3128",
    "HTTP_PROXY": "http://proxy:3128",
    "PIP_INDEX_URL": "https://token@packages.example.com/simple",
    "TEST_DATABASE_URL": "postgres://localhost/test",
    "JAVA_HOME": "/opt/java",
    "TREE_SECRET": "no",
}


def made(tmp_path: Path, **more):
    return clean_environment(WORKER | more.pop("worker", {}), home=tmp_path / "home", tree=tmp_path / "tree", **more)


def test_only_what_is_named_comes_through(tmp_path):
    environment = made(tmp_path)
    inherited = {name for name in environment if environment[name] == WORKER.get(name)}
    assert inherited == {"LANG", "LC_TIME", "TZ", "JAVA_HOME", "HTTP_PROXY"}
    text = repr(environment)
    for secret in ("ghp", "aws", "sk", "/worker", "password", "token@", "/agent", "/home/dev"):
        assert f"'{secret}" not in text
        assert secret not in {"password", "token@"} or secret not in text


def test_home_and_temporary_files_are_the_run_s_own_and_closed_to_others(tmp_path):
    environment = made(tmp_path)
    assert environment["HOME"] == str(tmp_path / "home")
    assert Path(environment["TMPDIR"]).is_dir()
    assert Path(environment["TMPDIR"]).is_relative_to(tmp_path / "home")
    assert (tmp_path / "home").stat().st_mode & 0o077 == 0


def test_the_search_path_has_no_relative_entry_and_none_of_the_tree(tmp_path):
    (tmp_path / "tree/bin").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "tree/bin")
    environment = made(tmp_path, worker={"PATH": f"{tmp_path}/tree/bin:{tmp_path}/link:/usr/bin::.:bin"})
    assert environment["PATH"] == "/usr/bin"


def test_named_variables_are_handed_on_and_missing_ones_are_not_made_up(tmp_path):
    environment = made(tmp_path, variables=("TEST_DATABASE_URL", "HTTPS_PROXY", "NOT_SET"))
    assert environment["TEST_DATABASE_URL"] == WORKER["TEST_DATABASE_URL"]
    assert environment["HTTPS_PROXY"] == WORKER["HTTPS_PROXY"]
    assert "NOT_SET" not in environment


def test_a_shared_download_cache_can_be_named(tmp_path):
    environment = made(tmp_path, worker={"npm_config_cache": "/var/cache/npm"}, variables=("npm_config_cache",))
    assert environment["npm_config_cache"] == "/var/cache/npm"


@pytest.mark.parametrize(
    "name",
    [
        "GITHUB_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "KIRO_WORKER_X",
        "SSH_AUTH_SOCK",
        "HOME",
    ],
)
def test_credentials_are_refused_even_by_name(tmp_path, name):
    with pytest.raises(VariableRefused, match=name):
        made(tmp_path, variables=("TEST_DATABASE_URL", name))


def test_the_forge_s_and_the_agent_s_own_names_are_refused_too(tmp_path):
    with pytest.raises(VariableRefused, match=r"MY_FORGE_TOKEN.*MY_MODEL_KEY"):
        made(tmp_path, variables=("MY_MODEL_KEY", "MY_FORGE_TOKEN"), refused=("MY_FORGE_TOKEN", "MY_MODEL_KEY"))
    assert "LANG" not in made(tmp_path, refused=("LANG",))


def test_toolchains_below_the_real_home_are_still_found(tmp_path):
    (tmp_path / "dev/.rustup").mkdir(parents=True)
    environment = made(tmp_path, worker={"HOME": str(tmp_path / "dev")})
    assert environment["RUSTUP_HOME"] == str(tmp_path / "dev/.rustup")
    assert "PYENV_ROOT" not in environment


@settings(deadline=None)
@given(
    st.dictionaries(
        st.text(st.characters(codec="ascii", categories=["Lu"]), min_size=1, max_size=12), st.just("secret-4711")
    )
)
def test_no_unnamed_variable_ever_comes_through(tmp_path_factory, worker):
    root = tmp_path_factory.getbasetemp() / "any"
    environment = clean_environment(worker, home=root / "home", tree=root / "tree")
    allowed = {*_PLAIN, *_ADDRESSES}
    assert {name for name, value in environment.items() if value == "secret-4711"} <= allowed
    assert not any(word in name for name in allowed for word in ("TOKEN", "SECRET", "KEY", "PASSWORD", "CREDENTIAL"))
