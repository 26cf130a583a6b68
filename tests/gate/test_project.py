from kiro_worker.clock import SystemClock
from kiro_worker.config.checks import Checks
from kiro_worker.config.settings import GateSettings, LimitSettings
from kiro_worker.gate import BaseFiles, Color
from kiro_worker.gate.project import Project

_WORKER = {"PATH": "/usr/bin:/bin", "GITHUB_TOKEN": "not-for-tests"}


def project_of(made, children, tmp_path, *, worker=_WORKER, **settings) -> Project:
    base = BaseFiles.of({path: text.encode() for path, text in made.base.items()})
    return Project(
        GateSettings(coverage="off", **settings),
        LimitSettings(),
        children,
        SystemClock(),
        base=base,
        buildspec=(),
        place=tmp_path / "place",
        kept=tmp_path / "kept",
        checks=Checks(),
        worker=worker,
        refused=(),
    )


async def test_a_project_is_set_up_and_judged_and_leaves_nothing_behind(project, children, tmp_path):
    project.write({"run.sh": 'test -f "$HOME/ready" && test -z "$GITHUB_TOKEN"\n'})
    made = project_of(project, children, tmp_path, setup_command='touch "$HOME/ready"', test_command="sh run.sh")
    assert (await made.prepare(project.tree)).color is Color.GREEN
    tests, _ = await made.judge(project.tree, "")
    assert tests.color is Color.GREEN
    assert (tmp_path / "place").exists()
    made.clear()
    assert not (tmp_path / "place").exists()
    made.clear()


async def test_folders_that_cannot_be_written_are_removed_and_links_are_not_followed(project, children, tmp_path):
    apart = tmp_path / "apart"
    (apart / "inner").mkdir(parents=True)
    apart.chmod(0o500)
    command = (
        f'mkdir -p "$HOME/go/mod" && touch "$HOME/go/mod/a" && ln -s {apart} "$HOME/out" && chmod -R a-w "$HOME/go"'
    )
    made = project_of(project, children, tmp_path, setup_command=command, test_command="true")
    assert (await made.prepare(project.tree)).color is Color.GREEN
    made.clear()
    assert not (tmp_path / "place").exists()
    assert (apart / "inner").exists()
    assert apart.stat().st_mode & 0o777 == 0o500
    apart.chmod(0o700)
