import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.forge import ForgeKind, ForgeSetting, ForgeUnknown, choose_forge, github_repository, parse_remote


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/ada/engine.git",
        "https://github.com/ada/engine",
        "https://github.com/ada/engine/",
        "https://user:secret@github.com/ada/engine.git",
        "https://GitHub.com/ada/engine.git",
        "ssh://git@github.com/ada/engine.git",
        "ssh://git@ssh.github.com:443/ada/engine.git",
        "git+ssh://git@github.com/ada/engine.git",
        "git@github.com:ada/engine.git",
        "github.com:ada/engine",
        "git@github.com:/ada/engine.git",
        "git://github.com/ada/engine.git",
        " https://github.com/ada/engine.git\n",
    ],
)
def test_every_address_of_github_names_the_same_repository(url):
    address = parse_remote(url)
    repository = github_repository(address)
    assert (repository.api_url, str(repository)) == ("https://api.github.com", "ada/engine")
    assert repository.graphql_url == "https://api.github.com/graphql"
    assert repository.host == "github.com"
    assert choose_forge("auto", address) is ForgeKind.GITHUB
    assert "secret" not in f"{address} {address!r}"


@pytest.mark.parametrize(
    "url", ["/srv/git/engine.git", "../engine", "engine.git", "file:///srv/git/engine%20x.git", "./a:b", "C", ""]
)
def test_a_path_belongs_to_this_machine(url):
    address = parse_remote(url)
    assert address.is_local
    assert choose_forge("auto", address) is ForgeKind.LOCAL
    assert (address.owner, address.name) == ("", "")


def test_a_file_address_is_unquoted():
    assert parse_remote("file:///srv/git/my%20engine.git").path == "/srv/git/my engine.git"


@pytest.mark.parametrize(
    ("url", "api", "graphql", "host"),
    [
        (
            "git@ghe.example.com:ada/engine.git",
            "https://ghe.example.com/api/v3",
            "https://ghe.example.com/api/graphql",
            "ghe.example.com",
        ),
        (
            "ssh://git@ghe.example.com:2222/ada/engine",
            "https://ghe.example.com/api/v3",
            "https://ghe.example.com/api/graphql",
            "ghe.example.com",
        ),
        (
            "https://acme.ghe.com/ada/engine.git",
            "https://api.acme.ghe.com",
            "https://api.acme.ghe.com/graphql",
            "acme.ghe.com",
        ),
    ],
)
def test_enterprise_addresses_are_known(url, api, graphql, host):
    repository = github_repository(parse_remote(url))
    assert (repository.api_url, repository.graphql_url, repository.host) == (api, graphql, host)


def test_settings_win_over_the_address():
    repository = github_repository(
        parse_remote("/srv/x"), api_url="https://ghe.example.com:8443/api/v3/", repository="ada/engine"
    )
    assert (repository.api_url, str(repository)) == ("https://ghe.example.com:8443/api/v3", "ada/engine")


@pytest.mark.parametrize(
    ("kind", "url", "api_url", "chosen"),
    [
        ("github", "/srv/x", "", "github"),
        ("local", "https://github.com/a/b", "", "local"),
        ("auto", "https://ghe.example.com/a/b", "https://ghe.example.com/api/v3", "github"),
        ("auto", "https://acme.ghe.com/a/b", "", "github"),
        ("auto", "http://127.0.0.1:8080/engine.git", "", "local"),
        ("auto", "http://localhost:8080/a/b.git", "http://localhost:9090", "github"),
        # GitHub's own runners always set the address of the API.
        ("auto", "/srv/git/engine.git", "https://api.github.com", "local"),
    ],
)
def test_the_forge_is_chosen_by_setting_then_address(kind, url, api_url, chosen):
    assert choose_forge(kind, parse_remote(url), api_url) == chosen


@pytest.mark.parametrize(
    "url", ["https://gitlab.com/a/b.git", "git@work:a/b", "https://notgithub.com/a/b", "https://evilghe.com/a/b"]
)
def test_an_unknown_forge_is_asked_for_and_not_guessed(url):
    with pytest.raises(ForgeUnknown, match="no forge that the worker knows") as caught:
        choose_forge("auto", parse_remote(url))
    assert "forge.kind" in caught.value.next_step


@pytest.mark.parametrize(
    "url",
    ["https://github.com/ada", "https://github.com/a/b/c", "https://github.com/../engine", "git@github.com:ada/.."],
)
def test_an_address_without_owner_and_name_is_told(url):
    with pytest.raises(ForgeUnknown, match="names no owner and repository"):
        github_repository(parse_remote(url))


@pytest.mark.parametrize("name", ["engine", "a/b/c", "/", "a/..", "a b/c", "a/b?x", "https://github.com/a/b"])
def test_a_malformed_repository_setting_is_told(name):
    with pytest.raises(ForgeSetting, match=r"forge\.repository cannot be used"):
        github_repository(parse_remote("/x"), repository=name)


@pytest.mark.parametrize(
    "api_url",
    [
        "ghe.example.com",
        "ftp://ghe.example.com",
        "https://",
        "https://u:p@h/api/v3",
        "https://h/?a=b",
        "https://[::1",
        "http://ghe.example.com/api/v3",
    ],
)
def test_a_malformed_or_unencrypted_api_address_is_told(api_url):
    with pytest.raises(ForgeSetting, match=r"forge\.api_url cannot be used") as caught:
        github_repository(parse_remote("/x"), api_url=api_url, repository="a/b")
    assert "u:p" not in "".join(caught.value.lines())


@given(st.text())
def test_any_text_is_taken_apart_without_fail(text):
    address = parse_remote(text)
    assert bool(address.owner) == bool(address.name)
    assert str(address) is not None


@given(st.sampled_from(["https://", "ssh://", "git@h:", "http://["]), st.text(max_size=20))
def test_any_address_is_taken_apart_without_fail(start, rest):
    parse_remote(start + rest)
    parse_remote(f"{start}user:hunter2@{rest}")
