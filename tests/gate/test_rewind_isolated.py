"""Rewinding a tree in which tests run as somebody else: what they left is put right, and they can read what is there."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gate.branch import Branch, named
from kiro_worker.gate.baseline import look_at_base
from kiro_worker.gate.port import Outcome
from kiro_worker.isolation.confined import Confined
from kiro_worker.isolation.port import Ground
from kiro_worker.isolation.user import UserIsolation
from kiro_worker.process import Account, Restraint

PYTHON = Path("/usr/bin/python3")

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root starts processes as another user"),
    pytest.mark.skipif(not PYTHON.exists(), reason="there is no Python that every user may run"),
]

BASE = {
    "shop/__init__.py": "",
    "shop/cart.py": "def total(prices):\n    return sum(prices)\n",
    "tests/__init__.py": "",
    "tests/test_cart.py": "import os\nimport unittest\n\nfrom shop.cart import total\n\n\nclass Cart(unittest.TestCase):\n    def test_total(self):\n        self.assertEqual(total([1]), 1)\n\n    def test_writes(self):\n        # What tests make is their own account's, and so are the folders that they made anew.\n        os.makedirs('shop/more', exist_ok=True)\n        open('shop/more/left.txt', 'w').close()\n        os.chmod('shop/cart.py', 0o400)\n        self.assertNotEqual(os.geteuid(), 0)\n",
}
HEAD = {
    "shop/cart.py": "def total(prices):\n    return sum(prices)\n\n\ndef half(n):\n    return n / 2\n",
    "shop/more/news.py": "def news():\n    return 'new'\n",
    "tests/test_half.py": "import unittest\n\nfrom shop.cart import half\nfrom shop.more.news import news\n\n\nclass Half(unittest.TestCase):\n    def test_bites(self):\n        self.assertEqual((half(2), news()), (1, 'new'))\n\n    def test_hollow(self):\n        self.assertTrue(callable(half))\n",
}


@pytest.fixture
def state() -> Iterator[Path]:
    """Where other accounts get to: pytest's own folders are closed to them."""
    folder = Path(tempfile.mkdtemp(prefix="kiro-worker-rewind-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


async def test_the_base_and_the_bite_are_found_out_where_tests_run_as_another_user(project, children, state):
    project.tree, project.scratch, project.home = state / "tree", state / "scratch", state / "home"
    project.tree.mkdir()
    ground = Ground(tree=project.tree, homes=state, writable=(project.scratch,))
    isolation = UserIsolation(Account(uid=61234, gid=61234), state=state)
    if not (probe := await isolation.probe(children)).works:
        pytest.skip(probe.reason)
    project.path = "/usr/bin:/bin"
    project.children = Confined(children, isolation, ground, Restraint())
    branch = Branch(project, BASE, HEAD)
    bitten = await branch.bite()
    assert named(bitten) == {"test_bites": "bites", "test_hollow": "hollow"}, bitten.result.findings
    was = await look_at_base(branch.change, project.gate(coverage="off"), project.subject())
    assert was.outcomes == {
        "tests.test_cart.Cart::test_total": Outcome.PASSED,
        "tests.test_cart.Cart::test_writes": Outcome.PASSED,
    }, was
    for path, text in branch.after.items():
        assert (project.tree / path).read_text() == text
