"""The standards power that this repository ships."""

from pathlib import Path

from kiro_worker.power.build import build
from kiro_worker.power.changelog import mentions
from kiro_worker.power.source.folder import read_folder
from kiro_worker.power.validate import judge
from kiro_worker.power.version import read_version

FOLDER = Path(__file__).parents[2] / "power"


def test_it_is_sound_and_can_be_installed_in_both_formats():
    judged = judge(read_folder(FOLDER))
    assert judged.findings == ()
    assert judged.power.about.forms == ("POWER.md", "plugin.json")


def test_what_is_generated_is_what_its_source_makes():
    built = build(FOLDER, write=False)
    assert built.is_current, "run: kiro-worker power build power"


def test_it_has_the_standards_that_were_asked_for():
    steering = judge(read_folder(FOLDER)).power.steering
    wanted = {"git-workflow.md", "testing-standards.md", "code-review.md", "deployment-practices.md", "spec-writing.md"}
    assert wanted | {"unattended-security.md"} == set(steering)


def test_its_version_has_a_part_in_the_changelog():
    power = judge(read_folder(FOLDER)).power
    assert mentions(power.find("CHANGELOG.md").decode(), read_version(power.about.version))


def test_each_standard_can_be_read_in_two_minutes():
    for name, file in judge(read_folder(FOLDER)).power.steering.items():
        assert len(file.content.split()) < 700, name
