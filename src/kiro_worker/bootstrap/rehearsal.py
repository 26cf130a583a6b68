"""The rules that judge a change, tried on one that nobody made: what they compile at first use is then there."""

from kiro_worker.agent.failure import failure_in
from kiro_worker.changeset import ChangedFile, ChangeSet, How, Hunk
from kiro_worker.gate.check.secrets import judge_secrets
from kiro_worker.gate.scope import judge_scope
from kiro_worker.gate.tamper import judge_tamper
from kiro_worker.ids import Oid
from kiro_worker.policy import Policy
from kiro_worker.policy.change import ChangeContext, Changed
from kiro_worker.policy.scope import Scope
from kiro_worker.run.junk import is_junk

_NOBODY = Oid("0" * 40)
_PATHS = ("src/words.py", "tests/test_words.py", "tests/data/words.txt", "README.md", "pyproject.toml")
_TEXT = b"def test_words() -> None:\n    assert words('a b') == 2\n"


def rehearse(policy: Policy) -> None:
    """Judge it as the run will judge what its agent does; nothing comes of it."""
    failure_in("words")
    for path in _PATHS:
        is_junk(path)
    policy.judge_changes(tuple(Changed(path=path, added=1) for path in _PATHS), ChangeContext(scope=Scope()))
    hunks = (Hunk(0, 0, 1, 2),)
    files = tuple(ChangedFile(path=path, how=How.ADDED, after=_TEXT, hunks=hunks) for path in _PATHS)
    change = ChangeSet(base=_NOBODY, head=_NOBODY, files=files, base_tree=_NOBODY)
    judge_scope(change, "tell", named=_PATHS[:1])
    judge_secrets(change)
    judge_tamper(change, "tell")
