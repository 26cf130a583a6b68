import pytest

from kiro_worker.config import ConfigInvalid, Sources
from kiro_worker.config.load import load
from kiro_worker.config.powers import PowerSetting, powers_in
from kiro_worker.config.show import show

WORKER = ".kiro/worker.yaml"
KEY = "ssh-ed25519 " + "A" * 68
ONE = "powers:\n  - name: standards\n    source: https://example.org/s.git\n"


def of(text, *, branch=None):
    base = {WORKER: text.encode()}
    return load(Sources(base=base, branch=dict(base) if branch is None else {WORKER: branch.encode()}))


def flaws(text):
    with pytest.raises(ConfigInvalid) as caught:
        of(text)
    return [str(flaw) for flaw in caught.value.flaws]


def test_a_power_is_read_with_all_that_is_said_of_it():
    more = f"    folder: power/\n    version: ^1.2 || 3.x\n    key: {KEY} a comment\n    steering: [git.md, 'ops/deploy.md']\n"
    (power,) = of(ONE + more).powers
    assert power == PowerSetting(
        name="standards", source="https://example.org/s.git", folder="power", version="^1.2 || 3.x",
        key=f"{KEY} a comment", steering=("git.md", "ops/deploy.md"),
    )  # fmt: skip


def test_only_name_and_source_are_needed():
    assert of(ONE).powers == (PowerSetting(name="standards", source="https://example.org/s.git"),)
    assert of("agent:\n  name: kiro\n").powers == ()


def test_a_branch_cannot_name_its_own_powers():
    loaded = of(ONE, branch=ONE.replace("example.org", "elsewhere.example"))
    assert [power.source for power in loaded.powers] == ["https://example.org/s.git"]
    (warning,) = loaded.warnings
    assert warning.startswith(".kiro/worker.yaml:2:3: powers guard, and are not taken from the branch")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("powers: none\n", ["1:9: powers is a list; write `- name: …` and `source: …` for each"]),
        ("powers: [standards]\n", ["1:10: a power is a mapping; write `name: …` and below it `source: …`"]),
        ("powers:\n  - name: a\n", ["2:5: a power needs a source; write `source: …`"]),
        ("powers:\n  - source: a\n", ["2:5: a power needs a name; write `name: …`"]),
        (ONE + ONE.removeprefix("powers:\n"), ["4:5: 'standards' stands here a second time; keep one"]),
        (ONE + "    verison: ^1\n", ["4:5: 'verison' is nothing that a power has; did you mean version?"]),
        (ONE + "    version: [1]\n", ["4:14: version is no single value; write one word or text"]),
        (ONE + "    version: $(x)\n", ["4:14: version is '$(x)'; write a range of versions such as ^1.2, ~1.2.3 or >=1.2 <2"]),
        (ONE + "    folder: ../x\n", ["4:13: folder is '../x', which leaves the repository; write a path below its root"]),
        (ONE + "    key: secret\n", ["4:10: key is 'secret'; write a public key as `ssh-ed25519 AAAA…`, or an OpenPGP key's 40 hex digits"]),
        (ONE + "    steering: ../x.md\n", ["4:15: steering is '../x.md'; write a file's name such as git-workflow.md"]),
        ("powers:\n  - name: ../a\n    source: x\n", ["2:11: name is '../a'; use 1 to 64 lower-case letters, digits, single hyphens and dots"]),
        ("powers:\n  - name: a\n    source: https://me:pw@example.org/x\n", ["3:13: source holds a password; leave that out"]),
        ("powers:\n  - name: a\n    source: --upload-pack=x\n", ["3:13: source is empty or begins with `-`; write an address or a path"]),
        ("powers:\n" + "  - {name: a, source: b}\n" * 21, ["2:3: powers has more than 20 entries; join some of them"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_place_and_cure(text, told):
    assert flaws(text) == [f"{WORKER}:{each}" for each in told]


def test_powers_belong_into_the_repository():
    with pytest.raises(ConfigInvalid, match="powers belong to the repository"):
        load(Sources(user=ONE.encode()))


def test_the_powers_are_shown_with_the_settings():
    loaded = of(ONE + f"    key: {KEY}\n    version: ^1\n")
    assert "powers: standards: https://example.org/s.git ^1 signed" in show(loaded, json=False)
    (told,) = show(loaded, json=True)["powers"]
    assert (told["name"], told["source"], told["version"]) == ("standards", "https://example.org/s.git", "^1")


def test_the_section_alone_can_be_read_whatever_else_is_wrong_in_the_file():
    assert [power.name for power in powers_in(b"agnet: x\n" + ONE.encode(), WORKER)] == ["standards"]
    assert (
        powers_in(None, WORKER) == powers_in(b"agent:\n  name: [\n", WORKER) == powers_in(b"- powers\n", WORKER) == ()
    )
    with pytest.raises(ConfigInvalid, match="powers is a list"):
        powers_in(b"powers: none\n", WORKER)
