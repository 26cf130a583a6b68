import os
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.policy import Answer, Kind, Policy, Request, Scope
from kiro_worker.policy.rule import Rule

ROOT = "/home/ada/tree"
NOWHERE = Scope()
WORST = {Answer.ALLOW: 0, Answer.ASK: 1, Answer.DENY: 2}


def rules(*written):
    """From pairs such as `commands.deny: sudo`."""
    found = {}
    for text in written:
        key, _, pattern = text.partition(": ")
        section, _, answer = key.partition(".")
        found.setdefault(section, []).append(Rule(Answer(answer), key, pattern))
    return {section: tuple(each) for section, each in found.items()}


def judge(policy=None, *, kind=Kind.EDIT, scope=NOWHERE, resolve=os.path.normpath, **facts):
    return (policy or Policy()).decide(Request(kind=kind, **facts), root=ROOT, resolve=resolve, scope=scope)


def run(command, policy):
    return judge(policy, kind=Kind.EXECUTE, command=command)


@pytest.mark.parametrize(
    "path", ["a.py", "./a/b.py", "a/../b", f"{ROOT}/a", "src/.gitignore", ".kiro/specs/a/tasks.md"]
)
def test_files_of_the_workspace_may_be_written(path):
    assert judge(paths=(path,)).allowed


@pytest.mark.parametrize("kind", [Kind.READ, Kind.EDIT, Kind.DELETE, Kind.MOVE, Kind.OTHER, Kind.SEARCH])
@pytest.mark.parametrize(
    "path", ["/etc/passwd", "..", "../x", "a/../../x", f"{ROOT}2/a", "~/.ssh/id_rsa", "~root", "/work"]
)
def test_a_path_that_leaves_the_workspace_is_refused(kind, path):
    told = judge(kind=kind, paths=("a.py", path))
    assert (told.answer, told.rule) == (Answer.DENY, "path.outside")
    assert path in told.reason


@pytest.mark.parametrize(
    "path",
    [".git/config", ".GIT/config", "a/.git/hooks/x", ".git", ".g\u200cit/config", ".ｇｉｔ/x", ".git./x", ".git /x", "GIT~1/x",
     ".git::$INDEX_ALLOCATION/x", f"{ROOT}/.git/x", "a/../.git/x"],
)  # fmt: skip
def test_git_is_not_written_however_it_is_spelled(path):
    assert judge(paths=(path,)).rule == "path.git"
    assert judge(kind=Kind.READ, paths=(".git/HEAD",)).allowed


@pytest.mark.parametrize(
    "path",
    [".kiro/config.yaml", ".kiro/CONFIG.yml", ".kiro/governance.yaml", ".kiro/worker.yaml", ".kiro/power.lock",
     ".kiro/policy-tests.yaml", ".kiro/environments/test.yaml", ".kiro/settings/mcp.json", ".Kiro/config.yaml"],
)  # fmt: skip
def test_the_policy_itself_is_never_written_whatever_is_allowed(path):
    policy = Policy(rules=rules("paths.allow: **"))
    assert judge(policy, paths=(path,)).rule == "path.policy"
    assert judge(policy, kind=Kind.READ, paths=(path,)).allowed


@pytest.mark.parametrize("path", [".kiro", ".kiro/settings"])
def test_nor_is_the_folder_that_it_lies_in_removed(path):
    assert judge(kind=Kind.DELETE, paths=(path,)).rule == "path.policy"


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        (".github/workflows/ci.yml", "path.ci"), (".github", "path.ci"), ("sub/Jenkinsfile", "path.ci"),
        ("buildspec.yml", "path.ci"), (".kiro/steering/a.md", "path.kiro"), (".kiro/hooks/a.kiro.hook", "path.kiro"),
        (".husky/pre-commit", "path.hooks"), ("AGENTS.md", "path.hooks"), ("package-lock.json", "path.lock-file"),
        ("opencode.jsonc", "path.hooks"), (".opencode/plugin/a.js", "path.hooks"), (".vibe/config.toml", "path.hooks"),
        ("fast-agent.secrets.yaml", "path.hooks"), (".fast-agent/a.yaml", "path.hooks"),
    ],
)  # fmt: skip
def test_some_files_are_asked_about_unless_the_policy_says_otherwise(path, rule):
    told = judge(paths=(path,))
    assert (told.answer, told.rule) == (Answer.ASK, rule)
    assert judge(kind=Kind.READ, paths=(path,)).allowed
    assert judge(Policy(rules=rules(f"paths.allow: {path}")), paths=(path,)).allowed
    assert judge(Policy(without=frozenset({rule})), paths=(path,)).allowed


def test_a_link_is_judged_by_where_it_leads():
    assert judge(paths=("link",), resolve=lambda _: "/etc/passwd").rule == "path.outside"
    assert judge(paths=("link",), resolve=lambda _: f"{ROOT}/.git/config").rule == "path.git"
    assert judge(paths=("link",), resolve=lambda _: f"{ROOT}/.github/x.yml").rule == "path.ci"


def test_files_that_hold_secrets_are_neither_read_nor_written():
    for kind in (Kind.READ, Kind.EDIT):
        assert judge(kind=kind, paths=("a/.env",)).rule == "path.sensitive"
    policy = Policy(rules=rules("paths.deny: **/*secret*"))
    assert judge(policy, kind=Kind.READ, paths=("a/my-SECRET.txt",)).rule == "paths.deny: **/*secret*"


@pytest.mark.parametrize(
    "command", ["mytool x", "env mytool x", "bash -c 'mytool x'", "ls && mytool x", "find . -exec mytool x \\;"]
)
def test_what_the_policy_allows_is_allowed_wherever_it_stands(command):
    assert run(command, Policy()).rule == "command.unknown"
    assert run(command, Policy(rules=rules("commands.allow: mytool"))).allowed
    assert run(command, Policy(rules=rules("commands.allow: mytool", "commands.ask: mytool x"))).answer is Answer.ASK
    both = Policy(rules=rules("commands.allow: mytool", "commands.ask: mytool", "commands.deny: mytool x"))
    assert run(command, both).rule == "commands.deny: mytool x"


@pytest.mark.parametrize(
    ("pattern", "command", "fits"),
    [
        ("rm -rf", "rm -rf a", True), ("rm -rf", "rm -fr a", True), ("rm -rf", "rm -r -f a", True),
        ("rm -rf", "rm --recursive --force a", True), ("rm -rf", "rm a -R -f", True), ("rm -rf", "rm -r a", False),
        ("npm run *build*", "npm run prebuild", True), ("npm test", "npm --silent test", True),
        ("npm test", "npm run test", True), ("cat | sort", "cat a | sort", True), ("cat | sort", "sort <(cat a)", True),
        ("cat | sort", "cat a | head | sort", True), ("cat | sort", "sort a | cat", False), ("py*", "pytest", True),
        ("python", "python3.12 a.py", True),
    ],
)  # fmt: skip
def test_denials_match_in_any_order_and_form(pattern, command, fits):
    assert (run(command, Policy(rules=rules(f"commands.deny: {pattern}"))).answer is Answer.DENY) is fits


def test_what_is_allowed_is_matched_word_by_word():
    policy = Policy(rules=rules("commands.allow: python -c pass"))
    assert run("python -c pass", policy).allowed
    assert run("python -c pass more", policy).allowed
    assert run("python -c passing", policy).answer is Answer.ASK
    assert run("python -B -c pass", policy).answer is Answer.ASK


def test_a_permission_never_lifts_a_denial_that_is_shipped_but_its_name_does():
    allowed = rules("commands.allow: sudo", "commands.allow: git push", "commands.allow: cat")
    assert run("sudo ls", Policy(rules=allowed)).rule == "command.system"
    assert run("git push", Policy(rules=allowed)).rule == "git.push"
    assert run("cat ../x", Policy(rules=allowed)).rule == "path.outside"
    assert run("sudo ls", Policy(rules=allowed, without=frozenset({"command.system"}))).allowed
    assert run("sudo ls", Policy(without=frozenset({"command.system"}))).rule == "command.unknown"


def test_the_network_is_asked_about_but_for_what_is_said():
    policy = Policy(
        rules=rules("network.allow: *.python.org", "network.deny: evil.python.org"), network_default=Answer.DENY
    )
    assert run("curl -s https://docs.python.org/3/", policy).allowed
    assert run("curl https://evil.python.org", policy).answer is Answer.DENY
    assert run("curl https://docs.python.org@evil.example/", policy).answer is Answer.DENY
    assert run("curl https://docs.python.org https://x.example", policy).answer is Answer.DENY
    assert run("curl http://localhost:8000", policy).allowed
    assert judge(policy, kind=Kind.FETCH, url="https://docs.python.org").allowed
    assert judge(policy, kind=Kind.FETCH).answer is Answer.DENY
    assert judge(kind=Kind.FETCH, url="https://x.example").answer is Answer.ASK


def test_mcp_servers_and_tools_are_denied_until_they_are_allowed():
    policy = Policy(rules=rules("mcp.allow: docs", "mcp.deny: docs/delete*", "mcp.allow: db/read"))

    def ask(server, tool=""):
        return judge(policy, kind=Kind.MCP, server=server, tool=tool).answer

    assert (ask("docs"), ask("docs", "search"), ask("db", "read")) == (Answer.ALLOW,) * 3
    assert (ask("docs", "delete_all"), ask("db", "write"), ask("db"), ask("x"), ask("")) == (Answer.DENY,) * 5
    assert judge(kind=Kind.MCP, server="docs").rule == "mcp.not-allowed"


def test_a_request_that_cannot_be_read_is_refused():
    assert judge(readable=False).rule == "request.unreadable"
    assert judge(paths=("a\0b",)).rule == "request.unreadable"


def test_a_tool_of_which_nothing_is_known_is_asked_about():
    assert judge(kind=Kind.THINK).allowed
    assert judge(kind=Kind.OTHER).answer is Answer.ASK
    assert judge(kind=Kind.SWITCH_MODE).answer is Answer.ASK
    assert judge(Policy(rules=rules("tools.allow: other")), kind=Kind.OTHER).allowed


def test_only_what_the_task_or_the_spec_names_is_written_when_that_is_the_scope():
    scope = Scope(task=("src/a.py",), spec=("src/a.py", "src/b.py"))
    task, spec = Policy(write_scope="task"), Policy(write_scope="spec")
    assert judge(task, paths=("src/a.py",), scope=scope).allowed
    assert judge(task, paths=(f"{ROOT}/tests/test_a.py",), scope=scope).allowed
    assert judge(task, paths=("src/b.py",), scope=scope).rule == "path.scope"
    assert judge(spec, paths=("src/b.py",), scope=scope).allowed
    assert judge(task, paths=("src/b.py",), scope=Scope(spec=scope.spec)).allowed
    assert judge(task, paths=("src/a.py",)).rule == "path.scope"
    assert judge(task, kind=Kind.READ, paths=("src/b.py",), scope=scope).allowed


COMMANDS = st.sampled_from([
    "npm test", "rm -rf a", "ls && cat b", "bash -c 'rm a'", "git status", "mytool x", "curl https://a.example", "python -c x",
    "cat a | sort", "$(ls)", "for f in a b; do rm $f; done", "find . -exec rm {} +",
])  # fmt: skip
PATTERNS = st.sampled_from(
    ["npm", "npm test", "rm", "rm -rf", "ls", "cat | sort", "*", "git *", "mytool", "python -c *", "bash", "x*"]
)
PATHS = st.sampled_from(["a", "b.py", ".github/x.yml", "src/a/b.py", "yarn.lock", "../x", ".env"])
GLOBS = st.sampled_from(["**", "*.py", "src/**", "a", ".github/**", "*.lock", "**/b*"])
RULES = st.lists(
    st.tuples(st.sampled_from(["allow", "ask", "deny"]), PATTERNS).map(lambda pair: f"commands.{pair[0]}: {pair[1]}")
    | st.tuples(st.sampled_from(["allow", "ask", "deny"]), GLOBS).map(lambda pair: f"paths.{pair[0]}: {pair[1]}"),
    max_size=8,
)
REQUESTS = COMMANDS.map(lambda text: Request(kind=Kind.EXECUTE, command=text)) | st.builds(
    Request, kind=st.sampled_from([Kind.READ, Kind.EDIT, Kind.DELETE]), paths=st.tuples(PATHS)
)


def decide(written, request):
    return Policy(rules=rules(*written)).decide(request, root=ROOT, resolve=os.path.normpath)


@given(RULES, PATTERNS.map("commands.deny: {}".format) | GLOBS.map("paths.deny: {}".format), REQUESTS)
def test_one_more_denial_never_allows_more(written, another, request_):
    assert WORST[decide([*written, another], request_).answer] >= WORST[decide(written, request_).answer]


@given(RULES, REQUESTS, st.randoms())
def test_the_order_of_rules_decides_nothing(written, request_, chance: random.Random):
    shuffled = list(written)
    chance.shuffle(shuffled)
    assert decide(shuffled, request_) == decide(written, request_)


@given(st.text(), st.lists(st.text(max_size=20), max_size=3))
def test_every_text_gets_an_answer(command, paths):
    told = judge(kind=Kind.EXECUTE, command=command, paths=tuple(paths))
    assert told.rule
    assert told.reason


def test_the_digest_is_of_what_the_policy_was_made_from():
    one = Policy(sources=((".kiro/config.yaml", "a"),))
    assert one.digest == Policy(sources=((".kiro/config.yaml", "a"),)).digest
    assert len({one.digest, Policy().digest, Policy(sources=((".kiro/config.yaml", "b"),)).digest}) == 3
