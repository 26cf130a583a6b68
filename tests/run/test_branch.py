import re
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from e2e.world import FOLDER, TASKS
from kiro_worker.git import branch_ref
from kiro_worker.run.branch import branch_name

MOMENT = datetime(2026, 11, 21, 9, 5, 7, tzinfo=UTC)
PATTERN = "kiro/{spec}/{timestamp}-{id}"


def test_a_name_has_a_timestamp_and_an_id():
    assert (
        branch_name(PATTERN, spec="user-auth", moment=MOMENT, token="7f3a21") == "kiro/user-auth/20261121-090507-7f3a21"
    )


def test_a_pattern_of_the_settings_is_used():
    assert branch_name("bot/{id}", spec="x", moment=MOMENT, token="7f3a21") == "bot/7f3a21"


@given(st.text(max_size=40), st.text(max_size=20))
def test_whatever_the_spec_is_called_git_takes_the_name(spec, prefix):
    branch_ref(branch_name(f"{prefix}{{spec}}/x-{{id}}", spec=spec, moment=MOMENT, token="7f3a21"))


def test_no_two_names_are_the_same(world):
    world.spec()
    world.remote.commit({f"{FOLDER}/tasks.md": TASKS})
    world.honest()
    names = {world.run("--new-branch", "--only", "1.1").event("workspace.prepared")["branch"] for _ in range(2)}
    assert len(names) == 2


def test_a_name_that_is_taken_is_followed_by_another(world):
    """Two ids of one letter are soon the same, so a name is soon taken."""
    world.spec()
    world.remote.commit({f"{FOLDER}/tasks.md": TASKS})
    world.honest()
    # Every name that begins with one of these letters is there already, whatever follows.
    for letter in "0123456789abcde":
        world.remote.git("branch", f"bot/{letter}", "main")
    ran = world.run("--new-branch", "--only", "1.1", "--set", "branch.pattern=bot/{id}")
    assert ran.verdict == "DONE"
    assert re.fullmatch(r"bot/[0-9a-f]{6}", ran.event("workspace.prepared")["branch"])
