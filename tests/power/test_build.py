import pytest

from kiro_worker.git.fault import NotWritable
from kiro_worker.power.build import build
from kiro_worker.power.fault import PowerUnbuilt, SourceUnfit
from power.sample import built, put, sources, steering


def test_a_build_writes_both_formats_and_a_second_one_nothing(tmp_path):
    folder = put(tmp_path / "tea", sources("1.2.0"))
    first = build(folder, write=True)
    assert (first.name, first.version) == ("tea", "1.2.0")
    assert first.written == ("POWER.md", "plugin.json", "skills/brew/SKILL.md")
    made = built("1.2.0")
    assert {path: (folder / path).read_bytes() for path in made} == made
    assert build(folder, write=True).is_current
    assert not list(folder.rglob(".*"))


def test_a_check_writes_nothing_and_names_what_is_stale(tmp_path):
    folder = put(tmp_path / "tea", built("1.2.0"))
    (folder / "steering/brew.md").write_bytes(steering("Wait."))
    stale = build(folder, write=False)
    assert stale.written == ("skills/brew/SKILL.md",)
    assert not stale.is_current
    assert b"Wait." not in (folder / "skills/brew/SKILL.md").read_bytes()


def test_a_skill_whose_steering_file_is_gone_goes_too_but_no_skill_of_people(tmp_path):
    more = {"steering__wait.md": steering("Three minutes.", "wait"), "steering__shop.md": steering("Buy.", "shop")}
    folder = put(
        tmp_path / "tea",
        built(**more) | {"skills/mine/SKILL.md": b"---\nname: mine\n---\n", "skills/shop/notes.md": b"x\n"},
    )
    (folder / "steering/wait.md").unlink()
    (folder / "steering/shop.md").unlink()
    done = build(folder, write=True)
    assert done.removed == ("skills/shop/SKILL.md", "skills/wait/SKILL.md")
    assert sorted(path.relative_to(folder).as_posix() for path in (folder / "skills").rglob("*.md")) == [
        "skills/brew/SKILL.md", "skills/mine/SKILL.md", "skills/shop/notes.md",
    ]  # fmt: skip
    assert not (folder / "skills/wait").exists()


def test_nothing_is_written_through_a_link(tmp_path):
    folder = put(tmp_path / "tea", sources())
    (tmp_path / "elsewhere").mkdir()
    (folder / "skills").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotWritable, match="is a link"):
        build(folder, write=True)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_source_that_is_not_right_is_refused_with_everything_that_is_wrong(tmp_path):
    folder = put(tmp_path / "tea", {"power.yaml": b"name: ../x\n", "steering/a.md": b"x\n"})
    with pytest.raises(PowerUnbuilt) as caught:
        build(folder, write=True)
    assert len(caught.value.flaws) > 4
    with pytest.raises(SourceUnfit):
        build(tmp_path / "gone", write=True)
