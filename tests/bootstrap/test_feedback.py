import pytest

from kiro_worker.bootstrap.feedback import ListenUnfit, address_of


@pytest.mark.parametrize(
    ("given", "address"),
    [("127.0.0.1:8780", ("127.0.0.1", 8780)), ("localhost:0", ("localhost", 0)), ("[::1]:1", ("::1", 1))],
)
def test_an_address_is_a_host_and_a_port(given, address):
    assert address_of(given) == address


@pytest.mark.parametrize(
    "given", ["8780", ":8780", "host:", "host:x", "host:65536", "::1:80", "host:-1", "host:1_0", ""]
)
def test_what_is_none_is_told(given):
    with pytest.raises(ListenUnfit):
        address_of(given)
