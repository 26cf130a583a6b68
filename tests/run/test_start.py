from pathlib import Path

import pytest

from kiro_worker.run.start import address_of


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("~/shop.git", "/home/ada/shop.git"),
        ("shop.git", "/srv/shop.git"),
        ("../$HOME/shop.git", "/$HOME/shop.git"),
        ("https://forge.example/~ada/shop.git", "https://forge.example/~ada/shop.git"),
        ("git@forge.example:~/shop.git", "git@forge.example:~/shop.git"),
    ],
)
def test_the_home_folder_stands_for_itself_in_a_path_and_nothing_else_is_expanded(monkeypatch, given, address):
    monkeypatch.setenv("HOME", "/home/ada")
    assert address_of(given, Path("/srv")) == address
