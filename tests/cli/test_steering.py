"""The `steering` verbs on a clone with a power in a folder beside it."""

import pytest

from e2e.world import SPEC
from kiro_worker.steering.region import BEGIN, END

PAGE = "---\nname: standards\ndescription: Ours.\nversion: {}\nkeywords: [git]\n---\n# Standards\n"
ONE = "# Git\n\nOne change each.\n\nName the task.\n"
TWO = "# Git\n\nOne change each.\n\nName the task and the issue.\n"
LOCAL = f"{BEGIN}\nOur branches begin with x/.\n{END}\n"


class Power:
    """A power in a folder, of which a new version is written over the old one."""

    def __init__(self, fresh) -> None:
        self.folder = fresh.world.folder / "standards"
        self.fresh = fresh

    def write(self, version: str, **files: str) -> None:
        (self.folder / "steering").mkdir(parents=True, exist_ok=True)
        (self.folder / "POWER.md").write_text(PAGE.format(version))
        for name, text in files.items():
            (self.folder / f"steering/{name}.md").write_text(text)

    def install(self, version: str, **files: str) -> None:
        self.write(version, **files)
        said = self.fresh("power", "install", str(self.folder))
        assert said.status == 0, said.err

    def update(self, version: str, **files: str) -> None:
        self.write(version, **files)
        said = self.fresh("power", "update")
        assert said.status == 0, said.err


@pytest.fixture
def power(fresh) -> Power:
    return Power(fresh)


@pytest.fixture
def git(fresh):
    return fresh.clone / ".kiro/steering/git.md"


def states(said) -> dict[str, str]:
    return {one["path"].rpartition("/")[2]: one["state"] for one in said.json["files"]}


def test_a_repository_without_powers_needs_no_steering_file(fresh):
    said = fresh("steering", "check")
    assert (said.status, said.lines[0][:26]) == (0, "No power is installed here")
    assert fresh("steering", "sync").status == 0


def test_a_power_that_is_wanted_and_not_installed_is_missing(fresh):
    settings = fresh.clone / ".kiro/worker.yaml"
    settings.write_text(f"{settings.read_text()}powers:\n  - name: standards\n    source: ../standards\n")
    said = fresh("steering", "check")
    assert said.status == 1
    assert "the power standards; bring it with: kiro-worker power install" in said.out


def test_from_missing_to_current_to_outdated_with_local_additions(fresh, power, git):
    power.install("1.0.0", git=ONE, review="# Review\n")
    said = fresh("steering", "check", "--json")
    assert (said.status, states(said)) == (1, {"git.md": "missing", "review.md": "missing"})
    dry = fresh("steering", "sync", "--dry-run")
    assert (dry.status, git.exists()) == (0, False)
    assert fresh("steering", "sync").lines == [
        "added     .kiro/steering/git.md",
        "added     .kiro/steering/review.md",
        "3 files were written; commit them with the lock.",
    ]
    assert git.read_text() == ONE
    assert fresh("steering", "check").lines == ["2 of 2 steering files of standards 1.0.0 are up to date."]

    git.write_text(f"{ONE}\n{LOCAL}")
    assert fresh("steering", "check").status == 0
    power.update("1.1.0", git=TWO)
    assert states(fresh("steering", "check", "--json")) == {"git.md": "outdated", "review.md": "current"}
    assert fresh("steering", "sync").status == 0
    assert git.read_text() == f"{TWO}\n{LOCAL}"
    assert fresh("steering", "sync").lines == ["All 2 steering files are up to date."]


def test_a_conflict_is_told_kept_and_settled_by_hand(fresh, power, git):
    power.install("1.0.0", git=ONE)
    fresh("steering", "sync")
    ours = ONE.replace("Name the task.", "Name nothing.")
    git.write_text(ours)
    power.update("1.1.0", git=TWO)
    said = fresh("steering", "sync")
    beside = git.with_name("git.conflict.md")
    assert said.status == 1
    assert said.lines[0] == "conflict  .kiro/steering/git.conflict.md: 1 place for you to settle, then delete it"
    assert git.read_text() == ours
    assert "Name the task and the issue." in beside.read_text()
    assert states(fresh("steering", "check", "--json")) == {"git.md": "conflict"}
    assert fresh("steering", "sync").status == 1

    git.write_text(TWO.replace("task", "work"))
    beside.unlink()
    assert states(fresh("steering", "check", "--json")) == {"git.md": "local"}
    said = fresh("steering", "diff")
    assert said.status == 1
    assert "-Name the task and the issue." in said.lines
    assert "+Name the work and the issue." in said.lines


def test_only_required_files_are_brought(fresh, power, git):
    settings = fresh.clone / ".kiro/worker.yaml"
    wanted = f"powers:\n  - name: standards\n    source: {power.folder}\n    steering: [git.md]\n"
    settings.write_text(f"{settings.read_text()}{wanted}")
    power.write("1.0.0", git=ONE, review="# Review\n")
    assert fresh("power", "install").status == 0
    assert fresh("steering", "sync").status == 0
    assert git.exists()
    assert not git.with_name("review.md").exists()


def test_a_link_is_never_written_through(fresh, power, git):
    power.install("1.0.0", git=ONE)
    outside = fresh.world.folder / "outside.md"
    outside.write_text("mine\n")
    git.parent.mkdir(parents=True)
    git.symlink_to(outside)
    assert states(fresh("steering", "check", "--json")) == {"git.md": "broken"}
    assert fresh("steering", "sync").status == 1
    assert outside.read_text() == "mine\n"
    git.unlink()
    git.parent.rmdir()
    git.parent.symlink_to(fresh.world.folder)
    assert fresh("steering", "sync").status == 1
    assert not (fresh.world.folder / "git.md").exists()


def test_it_is_explained_what_a_task_is_sent(fresh):
    steering = fresh.clone / ".kiro/steering"
    steering.mkdir()
    (steering / "shell.md").write_text(
        "---\ninclusion: fileMatch\nfileMatchPattern: '*.txt'\n---\nSee #[[file:.env]].\n"
    )
    (steering / "house.md").write_text("---\ninclusion: manual\n---\nOn demand.\n")
    (fresh.clone / "AGENTS.md").write_text("Be kind.\n")
    said = fresh("steering", "explain", "--task", "1.1", "--json").json
    assert (said["spec"], said["task"]) == (SPEC, "1.1")
    assert [(one["path"], one["why"]) for one in said["sent"]] == [
        ("AGENTS.md", "always"),
        (".kiro/steering/shell.md", "matched"),
    ]
    left = {one["path"]: (one["offered"], one["reason"]) for one in said["left_out"]}
    assert left[".kiro/steering/house.md"] == (True, "it is manual, and the task does not say #house")
    assert left[".env"][0] is False
    told = fresh("steering", "explain", "--task", "3")
    assert told.lines[0] == "greeting: task 3 End loudly"
    assert "Not sent" in told.out
    assert fresh("steering", "explain").lines[0] == "greeting: the spec as a whole"
    wrong = fresh("steering", "explain", "--task", "9")
    assert wrong.status == 2
    assert "steering.task-unknown" in wrong.err


def test_other_agents_are_given_a_page_and_links_to_it(fresh):
    steering = fresh.clone / ".kiro/steering"
    steering.mkdir()
    (steering / "git.md").write_text("---\ndescription: How we commit\n---\n# Git\n")
    (steering / "sql.md").write_text("---\ninclusion: fileMatch\nfileMatchPattern: '**/*.sql'\n---\n# SQL\n")
    assert fresh("steering", "export").lines == ["made AGENTS.md", "made CLAUDE.md", "made GEMINI.md"]
    page = (fresh.clone / "CLAUDE.md").read_text()
    assert "- [.kiro/steering/git.md](.kiro/steering/git.md): How we commit" in page
    assert "- [.kiro/steering/sql.md](.kiro/steering/sql.md): for `**/*.sql`" in page
    assert (fresh.clone / "GEMINI.md").is_symlink()
    assert fresh("steering", "export").lines == ["Everything is there."]


def test_somebody_s_own_page_stays(fresh):
    (fresh.clone / "AGENTS.md").write_text("Ours.\n")
    (fresh.clone / "CLAUDE.md").write_text("Theirs.\n")
    said = fresh("steering", "export")
    assert said.status == 2
    assert "CLAUDE.md cannot be written" in said.err
    assert fresh("steering", "export", "--for", "gemini").lines == ["made GEMINI.md"]
    assert (fresh.clone / "AGENTS.md").read_text() == "Ours.\n"
    assert (fresh.clone / "CLAUDE.md").read_text() == "Theirs.\n"
