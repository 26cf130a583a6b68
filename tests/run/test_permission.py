import pytest

from kiro_worker.agent.port import Permission, ToolKind, ToolRequest
from kiro_worker.policy import Answer, Policy
from kiro_worker.policy.rule import Rule
from kiro_worker.run.approval import Permitted, Question
from kiro_worker.run.permission import consulting, permit_under, scope_of
from kiro_worker.spec import read_spec

TASKS = b"""- [ ] 1. Zones
  - [ ] 1.1 Add a zone
    - Change `src/zones.py`
  - [ ] 1.2 Print it
    - Change `src/cli.py`
"""


class Person:
    """Somebody who always says the same, and keeps what was asked."""

    def __init__(self, *, allows: bool) -> None:
        self.allows = allows
        self.asked: list[Question] = []

    async def allow(self, question: Question) -> Permitted:
        self.asked.append(question)
        return Permitted(allowed=self.allows, by="ada")

    async def ask(self, proposal):
        raise AssertionError(proposal)


def run(command: str, **more) -> ToolRequest:
    return ToolRequest(call="1", kind=ToolKind.EXECUTE, command=command, **more)


def edit(path: str) -> ToolRequest:
    return ToolRequest(call="1", kind=ToolKind.EDIT, title=f"Edit {path}", paths=(path,))


@pytest.mark.parametrize(
    ("request_", "allowed", "asks"),
    [
        (run("pytest -q"), True, False),
        (run("python3 -c 'print(1)'"), False, True),
        (run("git push"), False, False),
        (edit("src/zones.py"), True, False),
        (edit("../other"), False, False),
        (edit(".github/workflows/ci.yml"), False, True),
        (ToolRequest(call="1", readable=False), False, False),
        (ToolRequest(call="1", kind=ToolKind.FETCH, title="Fetch https://example.com/a"), False, True),
        (ToolRequest(call="1", server="docs", tool="search"), False, False),
    ],
)
def test_a_request_is_answered_by_the_policy_and_tells_whether_a_person_could_allow_it(
    tmp_path, request_, allowed, asks
):
    told = permit_under(Policy(), tmp_path)(request_)
    assert (told.allowed, told.asks) == (allowed, asks), told
    assert told.rule
    assert told.reason


def test_a_link_is_followed_at_the_moment_of_the_request(tmp_path):
    permit = permit_under(Policy(), tmp_path)
    (tmp_path / "here").mkdir()
    assert permit(edit("here/a.txt")).allowed
    (tmp_path / "here").rmdir()
    (tmp_path / "here").symlink_to("/etc")
    assert not permit(edit("here/a.txt")).allowed


def test_what_only_a_person_could_allow_is_told_once_for_each_request(tmp_path):
    heard = []
    permit = permit_under(Policy(), tmp_path, asked=lambda request, told: heard.append((request.command, told.answer)))
    for command in ("pytest", "node -e 1", "git push", "node -e 1"):
        permit(run(command))
    assert heard == [("node -e 1", Answer.ASK)] * 2


def test_rules_of_the_repository_hold(tmp_path):
    rules = {"commands": (Rule(Answer.ALLOW, "trusted_commands", "node -e", ".kiro/config.yaml:2:3"),)}
    assert permit_under(Policy(rules=rules), tmp_path)(run("node -e 1")).allowed


def test_a_task_is_about_what_it_names_and_a_spec_about_all():
    spec = read_spec("zones", {"tasks.md": TASKS, "design.md": b"# Design\n\n## CLI\n\n`src/cli.py` prints.\n"})
    scope = scope_of(spec, "1.1")
    assert "src/zones.py" in scope.task
    assert {"src/zones.py", "src/cli.py"} <= set(scope.spec)
    assert scope_of(spec, "").task == ()


def test_a_narrow_scope_holds_for_requests_too(tmp_path):
    spec = read_spec("zones", {"tasks.md": TASKS})
    permit = permit_under(Policy(write_scope="task"), tmp_path, scope=scope_of(spec, "1.1"))
    assert permit(edit("src/zones.py")).allowed
    assert not permit(edit("src/cli.py")).allowed
    assert permit(ToolRequest(call="1", kind=ToolKind.READ, paths=("src/cli.py",))).allowed


@pytest.mark.parametrize("allows", [True, False])
async def test_a_person_s_answer_is_the_answer_with_their_name(allows):
    person = Person(allows=allows)
    asked = Permission(allowed=False, rule="command.inline-code", reason="code in a word", asks=True)
    told = await consulting(person, "1.1")(run("node -e 1"), asked)
    assert (told.allowed, told.rule) == (allows, "command.inline-code")
    assert "ada" in told.reason
    assert person.asked == [Question(task="1.1", what="node -e 1", rule="command.inline-code", reason="code in a word")]


async def test_a_person_who_is_asked_is_not_told_that_nobody_is(tmp_path):
    person, request_ = Person(allows=True), run("node -e 1")
    permission = permit_under(Policy(), tmp_path)(request_)
    assert "none is asked" in permission.reason
    await consulting(person, "1.1")(request_, permission)
    assert "person" not in person.asked[0].reason
    assert permission.reason.startswith(person.asked[0].reason)


def test_an_agents_own_scratch_folder_is_its_own_and_what_a_link_there_leads_to_is_not(tmp_path):
    tree, scratch = tmp_path / "tree", tmp_path / "home" / "tmp"
    tree.mkdir()
    scratch.mkdir(parents=True)
    (scratch / "link").symlink_to(tmp_path)
    permit = permit_under(Policy(), tree, scratch=str(scratch))
    for command in (f"cat > {scratch}/notes.txt", f"cp notes.txt {scratch}/a", f"ls {scratch}/a"):
        assert permit(run(command)).allowed, command
    for path in ("../login.json", "link/login.json", ".."):
        told = permit(run(f"cat {scratch}/{path}"))
        assert (told.allowed, told.rule) == (False, "path.outside")
    assert not permit_under(Policy(), tree)(run(f"cat {scratch}/a")).allowed
