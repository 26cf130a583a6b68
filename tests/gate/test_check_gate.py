"""The checks' gate with real processes: what it runs, what it believes, and what it compares with the merge base."""

import asyncio
import json
import os
import shutil
from dataclasses import replace
from datetime import timedelta
from hashlib import sha1
from pathlib import Path

import pytest

from gate.changes import changes
from gate.conftest import TOOLS
from kiro_worker.changeset import ChangeSet
from kiro_worker.clock import SystemClock
from kiro_worker.config.checks import Check, Checks
from kiro_worker.config.settings import LimitSettings
from kiro_worker.gate import BaseFiles, Color, Subject
from kiro_worker.gate.check.gate import ChecksGate
from kiro_worker.gate.check.mark import Marks
from kiro_worker.gate.check.model import Found, Planned, Told
from kiro_worker.gate.check.redefined import redefined
from kiro_worker.ids import Oid

SAMPLES = Path(__file__).parent / "check_samples"
# As linters do: it fails when it found something.
CAT = "cat r.sarif; ! grep -q ruleId r.sarif"


def sarif(*results, **run):
    def result(rule, path, line, level):
        place = {"artifactLocation": {"uri": path}, "region": {"startLine": line}}
        return {
            "ruleId": rule,
            "level": level,
            "message": {"text": f"about {rule}"},
            "locations": [{"physicalLocation": place}],
        }

    return json.dumps({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}, "results": [result(*one) for one in results], **run}]})  # fmt: skip


class World:
    """A tree at the branch's head, which can be put back to the merge base."""

    def __init__(self, root, children):
        self.tree, self.scratch, self.kept = root / "tree", root / "scratch", root / "kept"
        self.children = children
        self.tree.mkdir()
        self.before: dict[str, str] = {}
        self.after: dict[str, str] = {}

    @property
    def change(self):
        made = changes(self.before, self.after)
        # As git has it: another content of the base is another tree.
        tree = Oid(sha1(repr(sorted(self.before.items())).encode(), usedforsecurity=False).hexdigest())
        return ChangeSet(base=made.base, head=made.head, files=made.files, base_tree=tree)

    def at(self, files):
        for path in {*self.before, *self.after} - set(files):
            (self.tree / path).unlink(missing_ok=True)
        for path, text in files.items():
            (self.tree / path).parent.mkdir(parents=True, exist_ok=True)
            (self.tree / path).write_text(text, encoding="utf-8")

    def gate(self, *named, off=(), found=False, seconds=30, at_once=2):
        base = BaseFiles.of({path: text.encode() for path, text in self.before.items()})
        checks = Checks(named=named, off=frozenset(off), found=found)
        limits = LimitSettings(checks=timedelta(seconds=seconds))
        return ChecksGate(
            checks, limits, self.children, SystemClock(), base=base, kept=self.kept, at_once=at_once
        )  # fmt: skip

    def subject(self, **environment):
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir()
        own = {"PATH": f"{TOOLS}:{os.environ['PATH']}", "HOME": str(self.scratch), **environment}
        return Subject(tree=self.tree, scratch=self.scratch, environment=own)

    async def judge(self, gate):
        """All checks, as the project runs them."""
        self.at(self.after)
        looks = await gate.look(self.subject(), self.change)
        base = {}
        if gate.wants_base(looks, self.change):
            self.at(self.before)
            base = await gate.look_at_base(self.subject(), looks, self.change)
            self.at(self.after)
        else:
            base = gate.known_base(looks, self.change)
        return gate.verdict(looks, base, self.change).results


@pytest.fixture
def world(tmp_path, children):
    made = World(tmp_path, children)
    made.before = {"src/a.py": "one\ntwo\nthree\n"}
    made.after = {"src/a.py": "zero\none\ntwo\nthree\nfour\n"}
    return made


def lint(command, **kwargs):
    return Check(name="style", command=command, **{"format": "sarif", **kwargs})


def codes(result):
    return [finding.code for finding in result.findings]


async def one(world, check, **kwargs):
    (result,) = await world.judge(world.gate(check, **kwargs))
    assert result.gate == check.name
    return result


def put(world, name, text, *, base=None):
    """A report that the check's command only prints, such as another tool would make of this state."""
    world.after[name] = text
    world.before[name] = text if base is None else base


async def test_nothing_found_is_green_and_tells_the_command_and_its_time(world):
    put(world, "r.sarif", sarif())
    result = await one(world, lint("cat r.sarif"))
    assert (result.color, result.summary, result.command) == (Color.GREEN, "nothing found", "cat r.sarif")
    assert result.seconds > 0


async def test_what_is_new_blocks_with_its_place_and_what_was_there_before_does_not(world):
    old = ("two-bad", "src/a.py", 2, "error")
    put(
        world,
        "r.sarif",
        sarif(("two-bad", "src/a.py", 3, "error"), ("four-bad", "src/a.py", 5, "warning")),
        base=sarif(old),
    )
    result = await one(world, lint(CAT))
    assert (result.color, result.summary) == (Color.RED, "1 new finding (1 was there before)")
    (finding,) = result.findings
    assert (finding.code, finding.title, finding.path, finding.line) == (
        "lint.found",
        "four-bad: about four-bad",
        "src/a.py",
        5,
    )
    assert finding.cure == f"Mend it; this shows it: {CAT}"


async def test_findings_that_only_moved_down_are_old(world):
    put(world, "r.sarif", sarif(("x", "src/a.py", 4, "error")), base=sarif(("x", "src/a.py", 3, "error")))
    result = await one(world, lint(CAT))
    assert (result.color, result.summary) == (Color.GREEN, "nothing new (1 was there before)")


async def test_an_untouched_line_that_became_wrong_is_new(world):
    # An import that the change made unused.
    put(world, "r.sarif", sarif(("unused", "src/a.py", 2, "error")), base=sarif())
    assert (await one(world, lint(CAT))).color is Color.RED


async def test_without_a_baseline_everything_blocks(world):
    put(world, "r.sarif", sarif(("x", "src/a.py", 2, "error")))
    assert (await one(world, lint(CAT, baseline=False))).color is Color.RED


async def test_the_base_is_looked_at_only_where_it_matters_and_only_once(world):
    put(world, "r.sarif", sarif(("x", "src/a.py", 4, "error")), base=sarif(("x", "src/a.py", 3, "error")))
    log = world.tree.parent / "log"
    check = lint(f"echo . >> {log}; cat r.sarif; exit 1")
    clean = Check(name="clean", command=f"echo . >> {log}; true")
    for runs in (3, 5):
        results = await world.judge(world.gate(check, clean))
        assert {result.color for result in results} == {Color.GREEN}
        assert log.read_text().count(".") == runs, "the second time, what was kept is taken"


async def test_what_was_kept_is_not_taken_for_another_check_or_when_it_is_damaged(world):
    put(world, "r.sarif", sarif(("x", "src/a.py", 4, "error")), base=sarif(("x", "src/a.py", 3, "error")))
    assert (await one(world, lint(CAT))).color is Color.GREEN
    (kept,) = world.kept.glob("*.json")
    for damage in ("", "{", '{"marks": [["a", "b", -1]]}', '{"marks": 3}'):
        kept.write_text(damage)
        assert (await one(world, lint(CAT))).color is Color.GREEN
    assert len(list(world.kept.iterdir())) == 1
    await one(world, lint("cat r.sarif; exit 2"))
    assert len(list(world.kept.iterdir())) == 2


async def test_at_most_fifty_looks_are_kept(world):
    put(world, "r.sarif", sarif(("x", "src/a.py", 4, "error")), base=sarif(("x", "src/a.py", 3, "error")))
    world.kept.mkdir()
    for number in range(60):
        (world.kept / f"old{number}.json").write_text("{}")
        os.utime(world.kept / f"old{number}.json", (1, 1))
    await one(world, lint(CAT))
    assert len(list(world.kept.iterdir())) == 50


@pytest.mark.parametrize(
    ("check", "code", "said"),
    [
        (lint("true"), "check.no-report", "style wrote no report to its output; it ended with status 0."),
        (lint("exit 1"), "check.no-report", "it ended with status 1"),
        (lint("true", report="out.sarif"), "check.no-report", "style wrote no report to out.sarif"),
        (lint("cat empty.sarif; exit 1"), "check.disagrees", "style ended with status 1, and its report tells of nothing"),
        (lint("cat none.sarif"), "check.looked-at-nothing", "style looked at nothing: its log holds no run with results"),
        (lint("echo '{'"), "check.report-unreadable", "style: its output cannot be read as a report"),
        (lint("no-such-tool-here ."), "check.not-run", "status 127"),
        (lint(("no-such-tool-here", ".")), "check.not-run", "there is no no-such-tool-here on the search path"),
        (lint(("./no-such-file",)), "check.not-run", "there is no file ./no-such-file"),
        (lint("kill -9 $$"), "check.crashed", "style was ended by signal 9"),
        (Check(name="style", command="exit 3", format="tsc"), "check.disagrees", "style ended with status 3"),
        (Check(name="style", command="cat ignored.json", format="eslint"), "check.looked-at-nothing", "no file fits its settings"),
        (Check(name="style", command="cat skipped.json", format="pip-audit"), "check.looked-at-nothing", "was skipped"),
    ],
)  # fmt: skip
async def test_a_check_that_did_not_look_is_an_error_and_never_green(world, check, code, said):
    put(world, "empty.sarif", sarif())
    put(world, "none.sarif", '{"version": "2.1.0", "runs": []}')
    put(world, "ignored.json", (SAMPLES / "eslint-ignored.json").read_text())
    put(world, "skipped.json", (SAMPLES / "pip-audit-skipped.json").read_text())
    result = await one(world, check)
    assert (result.color, codes(result)) == (Color.ERROR, [code])
    assert said in result.summary
    assert result.findings[0].cure


async def test_a_check_that_does_not_end_is_ended_and_an_error(world):
    result = await one(world, lint("echo begun; sleep 60"), seconds=0.3)
    assert (result.color, codes(result)) == (Color.ERROR, ["check.timed-out"])
    assert "begun" in result.findings[0].detail


async def test_a_report_of_before_is_not_taken_for_this_run_s(world):
    put(world, "out/r.sarif", sarif())
    (world.tree / "out").mkdir()
    result = await one(world, lint("true", report="out/r.sarif"))
    assert (result.color, codes(result)) == (Color.ERROR, ["check.no-report"])


async def test_a_report_is_read_from_its_file(world):
    put(world, "made.sarif", sarif(("x", "src/a.py", 5, "error")), base=sarif())
    result = await one(world, lint("mkdir -p out; cp made.sarif out/r.sarif; echo done; exit 1", report="out/*.sarif"))
    assert (result.color, codes(result)) == (Color.RED, ["lint.found"])


async def test_an_exit_status_that_hides_what_the_report_tells_changes_nothing(world):
    put(world, "r.sarif", sarif(("x", "src/a.py", 5, "error")), base=sarif())
    assert (await one(world, lint("cat r.sarif || true"))).color is Color.RED


async def test_a_pipe_hides_no_failure(world):
    result = await one(world, Check(name="style", command="sh -c 'echo src/a.py:5: bad; exit 1' | tail -n 5"))
    assert (result.color, result.findings[0].line) == (Color.RED, 5)


@pytest.mark.parametrize(
    ("fails_at", "status", "color"),
    [("", 0, Color.RED), ("warning", 0, Color.RED), ("error", 0, Color.GREEN), ("high", 1, Color.GREEN), ("note", 1, Color.RED)],
)  # fmt: skip
async def test_what_is_below_the_threshold_is_told_and_does_not_block(world, fails_at, status, color):
    put(world, "r.sarif", sarif(("x", "src/a.py", 5, "warning")), base=sarif())
    result = await one(world, lint(f"cat r.sarif; exit {status}", fails_at=fails_at))
    assert (result.color, codes(result)) == (color, ["lint.found" if color is Color.RED else "check.told"])


@pytest.mark.parametrize(("kind", "color"), [("lint", Color.RED), ("security", Color.GREEN)])
async def test_a_linter_that_fails_for_less_is_taken_at_its_word(world, kind, color):
    put(world, "r.sarif", sarif(("x", "src/a.py", 5, "note")), base=sarif())
    assert (await one(world, lint(CAT, kind=kind))).color is color
    assert (await one(world, lint("cat r.sarif", kind=kind))).color is Color.GREEN


async def test_the_status_of_a_plain_check_decides(world):
    assert (await one(world, Check(name="build", command="echo src/a.py:1: fine", kind="build"))).color is Color.GREEN
    result = await one(world, Check(name="build", command="echo it is broken; exit 2", kind="build"))
    assert (result.color, codes(result)) == (Color.GREEN, []), "it was as broken on the base"
    world.after["made"] = world.before["made"] = ""
    check = Check(name="build", command="grep -q four src/a.py && echo no; ! grep -q four src/a.py", kind="build")
    result = await one(world, check)
    assert (result.color, codes(result)) == (Color.RED, ["build.found"])
    assert result.findings[0].title == "ended with status 1: no"


async def test_a_plain_check_that_fails_in_another_way_than_on_the_base_blocks(world):
    put(world, "said", "3 broken links: a b c\n", base="2 broken images in 0.2 s\n")
    assert (await one(world, Check(name="links", command="cat said; false"))).color is Color.RED
    put(world, "said", "3 broken links in 0.9 s\n", base="2 broken links in 0.2 s\n")
    assert (await one(world, Check(name="links", command="cat said; false"))).color is Color.GREEN


async def test_a_check_about_other_files_is_not_run(world):
    result = await one(world, lint("false", paths=("*.md", "docs/**")))
    assert (result.color, result.summary) == (Color.NOT_APPLICABLE, "no changed file is one that it is about")
    assert (await one(world, lint("exit 3", paths=("src/**/*.py",)))).color is Color.ERROR


async def test_checks_run_side_by_side_and_builds_when_the_others_are_done(world):
    here = world.tree.parent
    wait = "for i in $(seq 100); do test -e {0}/{1} && exit 0; sleep 0.05; done; exit 1"
    one_, two = (
        Check(name=name, command=f"touch {here}/{name}; " + wait.format(here, other))
        for name, other in (("one", "two"), ("two", "one"))
    )
    build = Check(name="build", command=f"test -e {here}/one && test -e {here}/two", kind="build")
    results = await world.judge(world.gate(build, one_, two))
    assert {result.gate: result.color for result in results} == dict.fromkeys(("one", "two", "build"), Color.GREEN)


async def test_those_that_block_are_read_first(world):
    put(world, "r.sarif", sarif(("x", "src/a.py", 5, "error")), base=sarif())
    checks = (Check(name="fine", command="true"), lint("cat r.sarif"), Check(name="gone", command=("no-such-tool",)))
    assert [result.gate for result in await world.judge(world.gate(*checks))] == ["style", "gone", "fine"]


async def test_a_check_gets_no_more_of_the_environment_than_the_tests(world, monkeypatch):
    monkeypatch.setenv("WORKER_SECRET", "x")
    assert (await one(world, Check(name="env", command='test -z "$WORKER_SECRET"'))).color is Color.GREEN


async def test_an_old_finding_in_a_file_that_was_renamed_is_old(world):
    world.before["src/old.py"] = world.after["src/new.py"] = "bad line\n"
    put(world, "r.sarif", sarif(("x", "src/new.py", 1, "error")), base=sarif(("x", "src/old.py", 1, "error")))
    assert (await one(world, lint(CAT))).color is Color.GREEN


async def test_a_copy_of_a_bad_line_is_new(world):
    world.after["src/a.py"] = "one\ntwo\nthree\ntwo\n"
    twice = sarif(("x", "src/a.py", 2, "error"), ("x", "src/a.py", 4, "error"))
    put(world, "r.sarif", twice, base=sarif(("x", "src/a.py", 2, "error")))
    result = await one(world, lint(CAT))
    assert (result.color, [finding.line for finding in result.findings]) == (Color.RED, [4])


async def test_of_two_that_are_alike_the_one_on_the_untouched_line_is_the_old_one(world):
    world.before["src/a.py"], world.after["src/a.py"] = "one\ntwo\n", "two\none\ntwo\n"
    twice = sarif(("x", "src/a.py", 1, "error"), ("x", "src/a.py", 3, "error"))
    put(world, "r.sarif", twice, base=sarif(("x", "src/a.py", 2, "error")))
    assert [finding.line for finding in (await one(world, lint(CAT))).findings] == [1]


async def test_what_was_moved_and_copied_is_old_once(world):
    world.before["src/old.py"] = "bad line\n"
    world.after["src/new.py"] = world.after["src/newer.py"] = "bad line\n"
    twice = sarif(("x", "src/new.py", 1, "error"), ("x", "src/newer.py", 1, "error"))
    put(world, "r.sarif", twice, base=sarif(("x", "src/old.py", 1, "error")))
    assert (await one(world, lint(CAT))).summary == "1 new finding (1 was there before)"


async def test_a_named_check_that_could_look_at_neither_state_stops_the_branch(world):
    assert (await one(world, lint("echo broken"))).color is Color.ERROR


async def test_a_named_check_runs_for_prose_too(world):
    world.before, world.after = {"README.md": "a\n"}, {"README.md": "b\n"}
    assert (await one(world, Check(name="spelling", command="false", baseline=False))).color is Color.RED


async def test_a_build_waits_for_all_others(world):
    done = world.tree.parent / "done"
    slow = Check(name="slow", command=f"sleep 0.3; touch {done}")
    build = Check(name="build", command=f"test -e {done}", kind="build", baseline=False)
    results = await world.judge(world.gate(build, slow, at_once=4))
    assert [result.color for result in results] == [Color.GREEN, Color.GREEN]


async def test_where_the_base_could_not_be_looked_at_everything_in_a_changed_file_is_new(world):
    world.before["src/b.py"] = world.after["src/b.py"] = "b\n"
    results = sarif(("x", "src/a.py", 2, "error"), ("y", "src/b.py", 1, "error"))
    put(world, "r.sarif", results, base="broken")
    result = await one(world, lint(CAT))
    assert (result.color, [finding.path for finding in result.findings]) == (Color.RED, ["src/a.py"])
    assert result.summary == "1 new finding (1 was there before, the base could not be looked at)"
    assert len((await one(world, lint(CAT, kind="types"))).findings) == 2, "types reach further"
    assert list(world.kept.glob("*")) == [], "what could not look is not kept"


async def test_hundreds_of_findings_are_told_by_their_number(world):
    world.after["src/b.py"] = "x\n" * 150
    put(world, "r.sarif", sarif(*[("x", "src/b.py", line, "error") for line in range(1, 151)]), base=sarif())
    result = await one(world, lint(CAT))
    assert result.summary == "150 new findings"
    assert (len(result.findings), result.findings[-1].title) == (101, "50 more findings of style.")


def test_a_line_is_known_by_its_text_and_a_place_outside_of_the_tree_is_not_read(tmp_path):
    tree = tmp_path / "tree"
    tree.mkdir()
    (tmp_path / "outside").write_text("a\nb\n")
    (tree / "a.py").write_text("a\nb\n  a\n")
    (tree / "link").symlink_to(tmp_path / "outside")

    def mark(path, line, message="m"):
        (placed,), _ = Marks(tree).placed(Told(found=(Found(rule="r", message=message, path=path, line=line),)))
        return placed.mark

    assert mark("a.py", 1) == mark(f"{tree}/a.py", 3) == mark("a.py", 1, message="other")
    assert mark("a.py", 1) != mark("a.py", 2)
    for outside in ("link", "../outside", f"{tmp_path}/outside"):
        assert mark(outside, 1) == mark(outside, 2), "there is no line to go by"
        assert mark(outside, 1) != mark(outside, 1, message="other")


@pytest.mark.parametrize("end", ["exit 1", "kill -9 $$", "exit 130"])
async def test_what_a_scanner_for_secrets_found_is_not_shown(world, end):
    check = Check(name="leaks", command=f"echo src/a.py:5: found hunter2hunter2; {end}", kind="secrets")
    (result,) = await world.judge(world.gate(check))
    assert result.color in {Color.RED, Color.ERROR}
    assert "hunter2hunter2" not in str(
        replace(result, command="", findings=tuple(replace(one, cure="") for one in result.findings))
    )


async def test_a_report_without_end_is_refused(world):
    result = await one(world, Check(name="style", command="head -c 70000000 /dev/zero | tr '\\0' x", format="ruff"))
    assert (result.color, codes(result)) == (Color.ERROR, ["check.report-unreadable"])
    assert "more than 67,108,864 bytes" in result.summary
    assert len(result.output) < 100_000


@pytest.mark.parametrize(
    ("command", "path", "before", "after", "told"),
    [
        ("make lint", "Makefile", "lint:\n\tfalse\n", "lint:\n\ttrue\n", True),
        ("sh tools/lint.sh", "tools/lint.sh", "exit 1\n", "exit 0\n", True),
        ("npm run -s lint", "package.json", '{"scripts": {"lint": "false"}}', '{"scripts": {"lint": "true"}}', True),
        ("npm run -s ci", "package.json", '{"scripts": {"ci": "npm run a", "a": "x"}}', '{"scripts": {"ci": "npm run a", "a": "true"}}', True),
        ("npm run -s lint", "package.json", '{"scripts": {"lint": "a"}}', '{"scripts": {"lint": "a", "b": "c"}, "x": 1}', False),
        ("A=1 env B=2 ./tools/lint.sh src && x", "tools/lint.sh", "a", "b", True),
        ("mypy src/a.py", "src/a.py", "a", "b", False),
        ("cd web && python -u lint.py", "lint.py", "a", "b", True),
    ],
)  # fmt: skip
def test_a_branch_that_changes_what_a_command_stands_for_is_told(command, path, before, after, told):
    planned = Planned(check=Check(name="style", command=command), argv=(), because="checks:")
    finding = redefined(planned, changes({path: before}, {path: after}))
    assert (finding.code if finding else "") == ("check.definition-changed" if told else "")


async def test_a_check_that_the_branch_emptied_is_green_and_says_so(world):
    put(world, "lint.sh", "exit 0\n", base="exit 1\n")
    result = await one(world, Check(name="style", command="sh lint.sh"))
    assert (result.color, codes(result)) == (Color.GREEN, ["check.definition-changed"])


# What the base branch configures, with the real tools.

RUFF = {"pyproject.toml": '[tool.ruff.lint]\nselect = ["F"]\n'}
MYPY = {"pyproject.toml": "[tool.mypy]\nstrict = true\n"}


async def found(world, before, after, **kwargs):
    world.before, world.after = before, after
    return {result.gate: result for result in await world.judge(world.gate(found=True, **kwargs))}


async def test_ruff_is_run_where_the_base_configures_it(world):
    before = {**RUFF, "a.py": "import os\n"}
    results = await found(world, before, {**before, "a.py": "import os\nimport sys\n"})
    result = results["ruff"]
    assert (result.color, result.summary) == (Color.RED, "1 new finding (1 was there before)")
    assert [(one.code, one.title, one.line) for one in result.findings] == [
        ("lint.found", "F401: `sys` imported but unused", 2)
    ]


async def test_mypy_tells_what_a_change_broke_in_a_file_that_it_did_not_touch(world):
    before = {**MYPY, "a.py": "def f(x: int) -> int:\n    return x\n", "b.py": "from a import f\n\nf(1)\n"}
    results = await found(world, before, {**before, "a.py": "def f(x: str) -> str:\n    return x\n"})
    assert (results["mypy"].color, results["mypy"].findings[0].path, codes(results["mypy"])) == (
        Color.RED,
        "b.py",
        ["types.found"],
    )


async def test_mypy_that_cannot_parse_a_file_checked_none(world):
    results = await found(world, {**MYPY, "a.py": "x = 1\n"}, {**MYPY, "a.py": "def f(:\n"})
    assert (results["mypy"].color, codes(results["mypy"])) == (Color.ERROR, ["check.looked-at-nothing"])
    assert "a.py:1 cannot be parsed" in results["mypy"].summary


async def test_a_tool_that_nobody_named_and_that_could_look_at_neither_state_does_not_stop_the_branch(world):
    broken = {**MYPY, "old.py": "print 1\n"}
    results = await found(world, {**broken, "a.py": "x = 1\n"}, {**broken, "a.py": "x = 2\n"})
    assert results["mypy"].color is Color.NOT_APPLICABLE
    assert results["mypy"].summary.endswith("Neither could it on the base.")


async def test_caches_of_the_tree_are_not_believed(world):
    before = {**MYPY, "a.py": "x: int = 1\n"}
    after = {**MYPY, "a.py": "x: int = '1'\n"}
    world.before, world.after = before, after
    # A cache in which the file is good, with the date and size of the bad one.
    world.at({**before, "a.py": "x: str = '1'\n"})
    stat = (world.tree / "a.py").stat()
    done = await asyncio.create_subprocess_exec(
        str(TOOLS / "mypy"), ".", cwd=world.tree, stdout=asyncio.subprocess.DEVNULL
    )
    assert await done.wait() == 0
    world.at(after)
    os.utime(world.tree / "a.py", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert {one.gate: one.color for one in await world.judge(world.gate(found=True))}["mypy"] is Color.RED


async def test_a_branch_that_configures_a_tool_by_itself_changes_nothing(world):
    assert await found(world, {"a.py": "x = 1\n"}, {**RUFF, "a.py": "import os\n"}) == {}


@pytest.mark.parametrize(
    ("added", "told"), [('ignore = ["F401"]\n', True), ("[tool.other]\nx = 1\n", False), ("[broken", True)]
)  # fmt: skip
async def test_a_tool_that_the_branch_sets_up_otherwise_says_so(world, added, told):
    before = {**RUFF, "a.py": "x = 1\n"}
    planned = Planned(check=Check(name="ruff", command="ruff"), argv=(), because="pyproject.toml", named=False)
    finding = redefined(planned, changes(before, {**before, "pyproject.toml": RUFF["pyproject.toml"] + added}))
    assert (finding is not None) is told
    if added.startswith("ignore"):
        results = await found(world, before, {"pyproject.toml": RUFF["pyproject.toml"] + added, "a.py": "import os\n"})
        assert (results["ruff"].color, codes(results["ruff"])) == (Color.GREEN, ["check.definition-changed"])


async def test_what_is_off_or_named_otherwise_is_not_run_because_it_is_configured(world):
    before, after = {**RUFF, "a.py": "x = 1\n"}, {**RUFF, "a.py": "import os\n"}
    assert await found(world, before, after, off=("ruff",)) == {}
    world.before, world.after = before, after
    named = Check(name="ruff", command="true")
    (result,) = await world.judge(world.gate(named, found=True))
    assert (result.color, result.command) == (Color.GREEN, "true")


async def test_prose_is_no_reason_to_run_a_tool_that_nobody_named(world):
    before = {**RUFF, "README.md": "a\n"}
    results = await found(world, before, {**before, "README.md": "b\n"})
    assert (results["ruff"].color, results["ruff"].summary) == (Color.NOT_APPLICABLE, "only prose was changed")


async def test_a_configured_tool_that_is_not_installed_is_told_and_does_not_block(world):
    before = {"eslint.config.mjs": "export default [];\n", "a.js": "1\n"}
    results = await found(world, before, {**before, "a.js": "2\n"})
    assert results["eslint"].color is Color.NOT_APPLICABLE
    assert (
        "eslint is not installed in the project's environment; eslint.config.mjs sets it up"
        in results["eslint"].summary
    )


async def test_a_tool_of_the_machine_is_not_taken_for_the_project_s(world):
    world.before = world.after = RUFF
    (planned,) = world.gate(found=True).planned(
        world.tree, world.subject(VIRTUAL_ENV=str(world.tree.parent)).environment
    )
    assert planned.missing == "ruff is not installed in the project's environment"


def test_a_tool_that_nobody_named_and_that_is_missing_is_nothing_to_foresee(world):
    world.before = {"eslint.config.mjs": ""}
    assert world.gate(found=True).foresee(world.tree, {"PATH": os.environ["PATH"]}) == ()


def test_a_named_check_whose_program_is_not_there_is_foreseen(world):
    gate = world.gate(Check(name="a", command=("no-such-tool",)), Check(name="b", command="make x"), found=True)
    assert [finding.code for finding in gate.foresee(world.tree, {"PATH": os.environ["PATH"]})] == ["check.not-run"]


def test_secrets_are_looked_for_unless_the_base_says_otherwise(world):
    assert world.gate().secrets(world.change).color is Color.GREEN
    assert world.gate(off=("secrets",)).secrets(world.change).color is Color.NOT_APPLICABLE
