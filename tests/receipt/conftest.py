import pytest

from kiro_worker.receipt.key import new_pair, private_key, public_key


class Pair:
    def __init__(self, folder):
        self.private_path, self.public_path = folder / "receipt.key", folder / "receipt.pub"
        new_pair(self.private_path, self.public_path)
        self.signer = private_key(self.private_path.read_text(), source="a test")
        self.public = public_key(self.public_path)


@pytest.fixture(scope="session")
def pair(tmp_path_factory):
    return Pair(tmp_path_factory.mktemp("key"))


@pytest.fixture(scope="session")
def other_pair(tmp_path_factory):
    return Pair(tmp_path_factory.mktemp("other"))
