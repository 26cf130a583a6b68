import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.flaw import Flaw
from kiro_worker.policy import Answer, Kind, Policy, Request, Scope
from kiro_worker.policy.case import read_cases
from kiro_worker.policy.change import ChangeContext, Changed
from kiro_worker.policy.complexity import complexity
from kiro_worker.policy.document import PolicyInvalid, read_policy

# As the guide to the IDE shows them.
CONFIG = b"""
security:
  # Never commit these files
  sensitive_files:
    - "**/.env*"
    - "**/*secret*"
    - "**/*credentials*"
    - "**/config/production.yaml"

  # Trusted shell commands (auto-accepted in Autopilot)
  trusted_commands:
    - "npm test"
    - "git status"

  # Auto-deny these commands
  denied_commands:
    - "rm -rf"
    - "sudo"
    - "curl | bash"

governance:
  # Require human approval for:
  require_approval:
    - file_changes_over: 10  # More than 10 files
    - lines_changed_over: 500  # More than 500 lines
    - files_matching: ["**/migration/**", "**/schema/**"]
"""
GOVERNANCE = b"""
require_human_approval:
  - file_patterns:
      - "**/migrations/**"
      - "**/Dockerfile"

  - change_types:
      - database_schema
      - security_config
      - ci_cd_pipeline
      - environment_variables

  - thresholds:
      files_changed: 10
      lines_added: 500
      complexity_increase: 20%
"""
NOWHERE = Scope()
FILES = {".kiro/config.yaml": CONFIG, ".kiro/governance.yaml": GOVERNANCE}


def judge(policy, kind, **facts):
    return policy.decide(Request(kind=kind, **facts), root="/w", resolve=os.path.normpath)


def whole(policy, *changes, scope=NOWHERE):
    told = policy.judge_changes(changes, ChangeContext(scope=scope))
    return {each.path: (each.decision.answer, each.decision.rule) for each in told}


def test_kiros_own_documents_are_read_as_they_are():
    policy = read_policy(FILES)
    assert judge(policy, Kind.EXECUTE, command="rm -fr a").rule == "denied_commands: rm -rf"
    assert judge(policy, Kind.EXECUTE, command="curl x.sh | bash").answer is Answer.DENY
    assert judge(policy, Kind.EXECUTE, command="npm test").rule == "trusted_commands: npm test"
    assert judge(policy, Kind.EDIT, paths=("a/my_secret.py",)).rule == "sensitive_files: **/*secret*"
    told = judge(policy, Kind.EDIT, paths=("db/migrations/1.py",))
    assert (told.answer, told.rule) == (Answer.ASK, "require_approval: **/migrations/**")
    assert ".kiro/governance.yaml:3:5" in told.reason


def test_nothing_written_is_the_shipped_policy():
    assert read_policy({}) == Policy()
    assert read_policy({".kiro/config.yaml": b"version: 1\nproject:\n  name: x\n"}).rules == {}


def test_our_own_section_stands_in_either_file():
    policy = read_policy({
        ".kiro/config.yml": b"policy:\n  write_scope: task\n  network: {default: deny, allow: [packages.example.org]}\n"
        b"  commands: {allow: [mytool], deny: npm publish}\n  without: [path.lock-file]\n",
        ".kiro/governance.yml": b"policy:\n  mcp: {allow: [docs]}\n  tools: allow\n  change_types:\n"
        b"    api: {paths: ['api/**'], content: ['^def ']}\nrequire_human_approval:\n- change_types: [api]\n",
    })  # fmt: skip
    assert (policy.write_scope, policy.network_default, policy.tools_default) == ("task", Answer.DENY, Answer.ALLOW)
    assert judge(policy, Kind.EXECUTE, command="mytool").allowed
    assert judge(policy, Kind.EXECUTE, command="curl https://packages.example.org").allowed
    assert judge(policy, Kind.MCP, server="docs", tool="x").allowed
    assert whole(policy, Changed(path="api/a"), scope=Scope(task=("api/",)))["api/a"] == (
        Answer.ASK,
        "change_types: api",
    )
    assert [path for path, _ in policy.sources] == [".kiro/config.yml", ".kiro/governance.yml"]


@pytest.mark.parametrize("policy", [Policy(), read_policy({".kiro/config.yaml": b"policy: {without: [path.kiro]}\n"})])
def test_tasks_and_ticks_of_another_spec_need_a_person(policy):
    path = ".kiro/specs/other/tasks.md"
    assert whole(policy, Changed(path=path)) == {path: (Answer.ASK, "path.spec")}


def test_everything_that_is_wrong_is_told_at_once_with_its_place():
    with pytest.raises(PolicyInvalid) as raised:
        read_policy({
            ".kiro/config.yaml": b"security:\n  trusted_comands: [a]\n  denied_commands:\n    - 'a |'\n    - [x]\n"
            b"policy:\n  write_scope: all\n  without: [path.cii, path.git]\n  paths: {deny: ['[z-a]']}\n"
            b"governance:\n  require_approval:\n    - change_types: [db]\n    - files_over: 3\n    - file_changes_over: many\n",
            ".kiro/config.yml": b"x: 1",
            ".kiro/governance.yaml": b"require_approval: []\nrequire_human_approval: 3\n",
        })  # fmt: skip
    told = "\n".join(map(str, raised.value.flaws))
    for expected in (
        ".kiro/config.yml:1:1: .kiro/config.yaml is there too",
        ".kiro/config.yaml:2:3: 'trusted_comands' means nothing here; did you mean trusted_commands?",
        ".kiro/config.yaml:4:7: 'a |' has a part without a command",
        ".kiro/config.yaml:5:7: denied_commands takes texts",
        ".kiro/config.yaml:7:16: write_scope takes one of repository, spec, task",
        ".kiro/config.yaml:8:13: 'path.cii' is no shipped rule that can be left out; did you mean path.ci?",
        ".kiro/config.yaml:8:23: 'path.git' is no shipped rule",
        ".kiro/config.yaml:9:18: '[z-a]' has brackets that make no set of letters",
        ".kiro/config.yaml:12:22: 'db' is no kind of change",
        ".kiro/config.yaml:13:7: 'files_over' means nothing here; did you mean file_changes_over?",
        ".kiro/config.yaml:14:26: file_changes_over takes a whole number",
        ".kiro/governance.yaml:1:1: 'require_approval' means nothing here",
        ".kiro/governance.yaml:2:25: write a list here",
    ):
        assert expected in told
    assert "nothing was started" in raised.value.message


@given(st.binary(max_size=60) | st.text().map(str.encode))
def test_no_document_makes_it_stumble(body):
    for path in (".kiro/config.yaml", ".kiro/governance.yaml"):
        try:
            policy = read_policy({path: b"policy: " + body})
        except PolicyInvalid as invalid:
            assert invalid.flaws  # noqa: PT017
        else:
            assert isinstance(policy, Policy)


def test_a_change_is_judged_file_by_file_and_as_a_whole():
    policy = read_policy(FILES)
    told = whole(
        policy,
        Changed(path="src/a.py", added=501, after="x = 1\n"),
        Changed(path="db/one.sql", after="create table a (b int);\n"),
        Changed(path="src/b.py", before="", after="import os\nos.environ['X']\n"),
        Changed(path=".github/workflows/ci.yml"),
        Changed(path="src/c.py", after="requests.get(url, verify=False)\n"),
        Changed(path=".git/config"),
        Changed(path=".kiro/config.yaml"),
        Changed(path="a/credentials.json"),
    )
    assert told == {
        "src/a.py": (Answer.ALLOW, "path.inside"),
        "db/one.sql": (Answer.ASK, "change_types: database_schema"),
        "src/b.py": (Answer.ASK, "change_types: environment_variables"),
        ".github/workflows/ci.yml": (Answer.ASK, "change_types: ci_cd_pipeline"),
        "src/c.py": (Answer.ASK, "change_types: security_config"),
        ".git/config": (Answer.DENY, "path.git"),
        ".kiro/config.yaml": (Answer.DENY, "path.policy"),
        "a/credentials.json": (Answer.DENY, "sensitive_files: **/*credentials*"),
        "": (Answer.ASK, "thresholds: lines_added"),
    }


def test_unchanged_lines_make_no_kind_of_change():
    policy = read_policy(FILES)
    text = "import os\nos.environ['X']\n"
    assert whole(policy, Changed(path="a.py", before=text, after=f"{text}y = 1\n"))["a.py"][0] is Answer.ALLOW


def test_more_files_than_allowed_need_a_person():
    policy = read_policy(FILES)
    changes = tuple(Changed(path=f"{n}.py") for n in range(11))
    assert whole(policy, *changes)[""] == (Answer.ASK, "thresholds: files_changed")
    assert "" not in whole(policy, *changes[:10])


def test_what_the_task_names_is_not_asked_about_but_what_governance_says_is():
    lock, flow = Changed(path="yarn.lock"), Changed(path=".github/workflows/ci.yml")
    scope = Scope(task=("yarn.lock", ".github/workflows/ci.yml"))
    assert whole(Policy(), lock, flow)["yarn.lock"] == (Answer.ASK, "path.lock-file")
    assert {answer for answer, _ in whole(Policy(), lock, flow, scope=scope).values()} == {Answer.ALLOW}
    assert whole(read_policy(FILES), flow, scope=scope)[flow.path][0] is Answer.ASK


def test_code_that_grows_more_complex_than_allowed_needs_a_person():
    simple = "def f(a):\n    if a:\n        return 1\n    return 2\n"
    harder = "def f(a, b):\n    if a:\n        return 1\n    if b:\n        return 3\n    return 2\n"
    assert (complexity("a.py", simple), complexity("a.py", harder), complexity("a.xyz", harder)) == (2, 3, 0)
    policy = read_policy(FILES)
    assert whole(policy, Changed(path="a.py", before=simple, after=harder))[""][1] == "thresholds: complexity_increase"
    assert "" not in whole(policy, Changed(path="a.py", before=harder, after=harder))
    assert "" not in whole(policy, Changed(path="a.py", before="", after=harder))


def test_the_scope_holds_for_what_was_changed_too():
    policy = read_policy({".kiro/config.yaml": b"policy: {write_scope: task}"})
    told = whole(policy, Changed(path="src/a.py"), Changed(path="src/b.py"), scope=Scope(task=("a.py",)))
    assert told["src/a.py"][0] is Answer.ALLOW
    assert told["src/b.py"] == (Answer.DENY, "path.scope")


def test_cases_are_read_with_what_is_wrong_in_them():
    flaws: list[Flaw] = []
    body = b"- {command: npm test, expect: allow}\n- {write: a, expect: ask, rule: x}\n- {mcp: a/b, expect: deny}\n"
    cases = read_cases(body, flaws)
    assert flaws == []
    assert [(case.subject, case.expect, case.rule) for case in cases] == [
        ("command npm test", Answer.ALLOW, ""), ("write a", Answer.ASK, "x"), ("mcp a/b", Answer.DENY, ""),
    ]  # fmt: skip
    assert (cases[2].request.server, cases[2].request.tool) == ("a", "b")
    read_cases(
        b"- {comand: x, expect: allow}\n- {command: x, expect: maybe}\n- x\n- {read: a, write: b, expect: ask}\n", flaws
    )
    assert [flaw.where for flaw in flaws] == [
        f"{'.kiro/policy-tests.yaml'}:{place}" for place in ("1:4", "1:3", "2:3", "3:3", "4:3")
    ]
