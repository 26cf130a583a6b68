"""`kiro-worker power`, as its author and as a repository that uses it call it."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from kiro_worker.testing.git_remote import BareRemote, link
from power.sample import below, built, put, sources, ssh_key, steering

LOG = b"# Changelog\n\n## 1.1.0\n- Colder water.\n\n## 1.0.0\n- First.\n"


@pytest.fixture
def tea(tmp_path):
    """A repository of powers, with the first version of one."""
    remote = BareRemote(tmp_path / "tea.git")
    publish(remote, "1.0.0")
    return remote


def publish(remote, version, **more):
    files = built(version, f"Text of {version}.", **{"CHANGELOG.md": LOG}) | more
    remote.git("tag", f"v{version}", remote.commit(files))


def address(remote):
    return f"git+{remote.path}"


def test_a_power_is_installed_listed_updated_and_removed(fresh, tea):
    said = fresh("power", "install", address(tea), "--range", "^1")
    assert said.lines == ["tea 1.0.0 is installed (7 files)."], said.err
    assert (fresh.clone / ".kiro/power.lock").is_file()
    heading, row = fresh("power", "list").lines
    assert heading.split() == ["POWER", "VERSION", "RANGE", "SIGNED", "SYNCED", "SOURCE"]
    assert row.split() == ["tea", "1.0.0", "^1", "no", "never", address(tea)]
    publish(tea, "1.1.0")
    publish(tea, "2.0.0")
    assert fresh("power", "outdated").lines[1].split() == ["tea", "1.0.0", "1.1.0", "2.0.0", "^1"]
    assert fresh("power", "update", "--dry-run").lines[0] == "tea would be updated: 1.0.0 -> 1.1.0"
    assert fresh("power", "update").lines == ["tea was updated: 1.0.0 -> 1.1.0", "  ## 1.1.0", "  - Colder water."]
    assert fresh("power", "update", "tea").lines == ["tea 1.1.0 is up to date."]
    assert fresh("power", "remove", "tea").lines[0].startswith("tea 1.1.0 is removed from the lock.")
    assert fresh("power", "list").err == "No power is installed here.\n"


def test_on_a_terminal_it_is_told_that_a_source_is_asked(fresh, tea):
    said = fresh("power", "install", address(tea), terminal=True)
    assert said.err == f"bringing {address(tea)} ...\r\x1b[2K"
    assert fresh("power", "outdated").err == "Every power is up to date.\n"


def test_each_verb_has_a_document_for_programs(fresh, tea):
    told = fresh("power", "install", address(tea), "--json").json
    assert told["schema"] == "kiro-worker/power-install/1"
    assert [(each["name"], each["version"], each["files"]) for each in told["powers"]] == [("tea", "1.0.0", 7)]
    publish(tea, "1.1.0")
    assert fresh("power", "list", "--json").json["powers"][0]["commit"] == tea.git("rev-parse", "v1.0.0^{commit}")
    (standing,) = fresh("power", "outdated", "--json").json["powers"]
    assert (standing["fitting"], standing["outdated"]) == ("1.1.0", True)
    (updated,) = fresh("power", "update", "--json").json["powers"]
    assert (updated["before"], updated["now"], updated["new"]) == ("1.0.0", "1.1.0", True)
    assert updated["changes"] == "## 1.1.0\n- Colder water."
    assert fresh("power", "remove", "tea", "--json").json["schema"] == "kiro-worker/power-remove/1"


def test_what_the_settings_want_is_installed_at_once_and_told_until_then(fresh, tea):
    settings = f"powers:\n  - name: tea\n    source: {address(tea)}\n    version: ^1\n"
    put(fresh.clone, {".kiro/worker.yaml": settings.encode()})
    assert "tea is wanted and not installed" in fresh("power", "list").err
    assert fresh("power", "list", "--json").json["missing"] == ["tea"]
    assert fresh("power", "install").lines == ["tea 1.0.0"]
    refused = fresh("power", "remove", "tea")
    assert (refused.status, refused.err.splitlines()[0]) == (
        2,
        "power.wanted: tea is named in .kiro/worker.yaml, which decides about it.",
    )


def test_it_works_below_the_root_of_the_repository(fresh, tea):
    below_ = fresh.clone / "src" / "deep"
    below_.mkdir(parents=True)
    assert fresh("power", "install", address(tea), cwd=below_).status == 0
    assert (fresh.clone / ".kiro/power.lock").is_file()
    assert fresh("power", "list", "-C", str(below_), cwd=Path("/")).status == 0


def test_a_hostile_power_is_refused_with_what_is_wrong_and_nothing_is_written(fresh, tea):
    publish(tea, "1.2.0", **{"steering/x.md": link("../../../etc/passwd"), "hooks/hooks.json": b"{}\n"})
    said = fresh("power", "install", address(tea))
    assert said.status == 2
    assert said.err.startswith("power.refused: The power at ")
    assert "steering/x.md: error: This is a link." in said.err
    assert "[package.hook]" in said.err
    assert "kept: Nothing was changed." in said.err
    assert not (fresh.clone / ".kiro/power.lock").exists()
    assert not (fresh.state / "powers").exists()


def test_a_pinned_key_refuses_what_is_not_signed(fresh, tea, tmp_path):
    private, public = ssh_key(tmp_path / "keys")
    said = fresh("power", "install", address(tea), "--key", str(private.with_suffix(".pub")))
    assert (said.status, said.err.split(":")[0]) == (2, "power.signature")
    wrong = fresh("power", "install", address(tea), "--key", str(private))
    assert (wrong.status, "names no public key" in wrong.err) == (2, True)
    settings = ("-c", "gpg.format=ssh", "-c", f"user.signingKey={private}")
    tea.git(*settings, "tag", "-s", "-f", "-m", "x", "v1.0.0", tea.tip())
    assert fresh("power", "install", address(tea), "--key", public).lines == [
        "tea 1.0.0 is installed (7 files, signed)."
    ]
    assert fresh("power", "list").lines[1].split()[3] == "yes"


def test_a_power_may_lie_in_a_folder_of_its_source(fresh, tmp_path):
    put(tmp_path / "all", below("powers/tea", built("0.4.0")))
    assert fresh("power", "install", "../all", "--in", "powers/tea").lines == ["tea 0.4.0 is installed (6 files)."]
    gone = fresh("power", "install", "../nowhere")
    assert (gone.status, gone.err.split(":")[0]) == (2, "power.source")


def test_a_power_is_built_and_a_stale_one_is_told(fresh, tmp_path):
    folder = put(tmp_path / "tea", sources("1.2.0"))
    assert fresh("power", "build", "--check", str(folder)).status == 1
    said = fresh("power", "build", str(folder))
    assert said.lines == ["wrote POWER.md", "wrote plugin.json", "wrote skills/brew/SKILL.md", "tea 1.2.0: 3 files."]
    assert fresh("power", "build", "--check", cwd=folder).lines == ["tea 1.2.0: nothing to do."]
    put(folder, {"steering/brew.md": steering("Wait.")})
    stale = fresh("power", "build", "--check", "--json", cwd=folder)
    assert (stale.status, stale.json["written"]) == (1, ["skills/brew/SKILL.md"])
    put(folder, {"power.yaml": b"name: tea\n"})
    wrong = fresh("power", "build", cwd=folder)
    assert (wrong.status, wrong.err.split(":")[0]) == (2, "power.unbuilt")


def test_folders_and_single_files_are_validated_with_place_and_cure(fresh, tmp_path):
    folder = put(tmp_path / "tea", built())
    assert fresh("power", "validate", str(folder)).lines == [f"{folder}: tea 1.0.0 is sound."]
    put(folder, {"steering/odd.md": b"---\ninclusion: often\n---\nx\n", "run.sh": b"x\n"})
    said = fresh("power", "validate", str(folder), str(folder / "steering/brew.md"), str(folder / "POWER.md"))
    assert said.status == 1
    assert f"{folder}: steering/odd.md:2: error: `inclusion: often` is not known" in said.out
    assert said.lines[-3:] == [
        f"{folder}: refused (1 error, 1 warning).",
        f"{folder}/steering/brew.md: steering file is sound.",
        f"{folder}/POWER.md: tea 1.0.0 is sound.",
    ]
    told = fresh("power", "validate", str(folder), "--json").json
    assert (told["good"], told["powers"][0]["findings"][0]["code"]) == (False, "steering.inclusion")
    assert fresh("power", "validate", str(tmp_path / "gone")).status == 2


def test_a_power_is_published_by_its_version(fresh):
    folder = put(fresh.clone / "power", built("1.0.0", **{"CHANGELOG.md": LOG}))
    said = fresh("power", "publish", str(folder))
    assert (said.status, said.err.split(":")[0]) == (2, "power.not-publishable")
    for words in (
        ("add", "power"),
        ("-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "Tea"),
        ("push", "-q"),
    ):
        _git(fresh, *words)
    variables = {"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org"}
    assert (
        "can be published as the tag tea/v1.0.0" in fresh("power", "publish", "--dry-run", str(folder), **variables).out
    )
    _git(fresh, "config", "user.name", "A")
    _git(fresh, "config", "user.email", "a@example.org")
    done = fresh("power", "publish", str(folder), "--json").json
    assert (done["tag"], done["published"], done["changes"]) == ("tea/v1.0.0", True, "## 1.0.0\n- First.")
    assert "refs/tags/tea/v1.0.0" in fresh.world.remote.refs()


def _git(place, *words):
    subprocess.run(
        ["git", *words], cwd=place.clone, env=place.world.variables("laptop"), check=True, capture_output=True
    )


def test_a_lock_that_was_changed_by_hand_is_refused(fresh, tea):
    fresh("power", "install", address(tea))
    path = fresh.clone / ".kiro/power.lock"
    lock = json.loads(path.read_text())
    lock["powers"][0]["files"]["steering/brew.md"] = "0" * 64
    path.write_text(json.dumps(lock))
    said = fresh("power", "list")
    assert (said.status, "changed by hand" in said.err) == (2, True)


def test_text_of_a_power_cannot_command_the_terminal(fresh, tea, tmp_path):
    publish(tea, "1.1.0", **{"CHANGELOG.md": LOG.replace(b"Colder", b"\x1b]0;owned\x07\x1b[31mColder\xe2\x80\xae")})
    said = fresh("power", "install", address(tea))
    assert (said.status, "package.hidden" in said.err, "\x1b" in said.err) == (2, True, False)
    folder = put(tmp_path / "tea", {"POWER.md": b'---\nname: "\\e[31mtea"\ndescription: "\\e]0;x\\a"\n---\n'})
    said = fresh("power", "validate", str(folder))
    assert (said.status, "power.name" in said.out, "\x1b" in said.out) == (1, True, False)


CORPUS = Path(os.environ.get("KIRO_WORKER_CORPUS", Path(__file__).parents[2] / "../shared/corpus"))


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real powers and steering files is not on this machine")
def test_real_powers_and_steering_files_are_validated_and_those_that_fail_should(fresh):
    powers = [str(path) for path in sorted((CORPUS / "power").iterdir())]
    told = fresh("power", "validate", "--json", *powers).json
    assert told["good"]
    steering_ = [str(path) for path in sorted((CORPUS / "steering").iterdir())]
    told = fresh("power", "validate", "--json", *steering_).json
    failed = {
        Path(each["path"]).name: [one["code"] for one in each["findings"]]
        for each in told["powers"]
        if not each["good"]
    }
    # `inclusion: fileMatch` without a pattern: Kiro never gives them to anybody.
    assert failed
    assert {tuple(codes) for codes in failed.values()} == {("steering.no-pattern",)}
