import os
from pathlib import Path

import pytest

from kiro_worker.steering import About, Rank, choose, read_steering_file

CORPUS = Path(os.environ.get("KIRO_WORKER_CORPUS", Path(__file__).parents[2] / "../shared/corpus")) / "steering"


def steering(name: str, matter: str = "", body: str = "body"):
    return read_steering_file(name, f"---\n{matter}\n---\n{body}".encode() if matter else body.encode())


TECH = steering(".kiro/steering/tech.md")
SQL = steering(".kiro/steering/sql.md", "inclusion: fileMatch\nfileMatchPattern: ['**/*.sql', 'db/**']")
RELEASE = steering(".kiro/steering/release.md", "inclusion: manual")
PAYMENT = steering(
    ".kiro/steering/pay.md", "inclusion: auto\nname: payments\ndescription: Rules for refunds and card payments"
)


def ranks(about: About, *files):
    return {one.file.path.rpartition("/")[2]: one.rank for one in choose(files, about).applying}


@pytest.mark.parametrize(
    ("about", "applying"),
    [
        (About(), {"tech.md": Rank.ALWAYS}),
        (About(files=("db/schema.rb",)), {"tech.md": Rank.ALWAYS, "sql.md": Rank.MATCHED}),
        (About(files=("a/b.sql",)), {"tech.md": Rank.ALWAYS, "sql.md": Rank.MATCHED}),
        (About(files=("a/b.py",)), {"tech.md": Rank.ALWAYS}),
        (About(words="Follow #release here."), {"tech.md": Rank.ALWAYS, "release.md": Rank.ASKED}),
        (About(words="See docs/#release-notes and x#release"), {"tech.md": Rank.ALWAYS}),
        (About(words="Add #sql"), {"tech.md": Rank.ALWAYS, "sql.md": Rank.ASKED}),
        (About(words="Refund a payment by card"), {"tech.md": Rank.ALWAYS, "pay.md": Rank.FITTING}),
        (About(words="Refund it"), {"tech.md": Rank.ALWAYS}),
        (About(words="Write rules for the task"), {"tech.md": Rank.ALWAYS}),
    ],
)
def test_which_steering_applies_to_a_task(about, applying):
    assert ranks(about, TECH, SQL, RELEASE, PAYMENT) == applying


def test_every_decision_says_why():
    choice = choose((TECH, SQL, RELEASE, PAYMENT), About(files=("db/x",), words="nothing"))
    assert [one.reason for one in choice.applying] == ["it always applies", "db/x matches db/**"]
    assert [why for _, why in choice.others] == [
        "the task does not speak of what its description speaks of",
        "it is manual, and the task does not say #release",
    ]


def test_the_surest_comes_first_and_agents_md_before_all():
    files = (SQL, steering(".kiro/steering/a.md"), steering("AGENTS.md"), TECH)
    paths = [one.file.path for one in choose(files, About(files=("x.sql",))).applying]
    assert paths == ["AGENTS.md", ".kiro/steering/a.md", ".kiro/steering/tech.md", ".kiro/steering/sql.md"]


@pytest.mark.parametrize(
    "matter",
    ["inclusion: never", "inclusion: fileMatch", "inclusion: fileMatch\nfileMatchPattern: '[z-a]'", "inclusion: ["],
)
def test_what_cannot_be_judged_is_sent_rather_than_lost(matter):
    (one,) = choose((steering("x.md", matter),), About()).applying
    assert one.rank is Rank.ALWAYS
    assert one.reason.endswith("so it always applies")


def test_what_a_conflict_left_beside_a_file_is_no_standard():
    choice = choose((steering(".kiro/steering/tech.conflict.md"), TECH), About())
    assert [one.file.path for one in choice.applying] == [TECH.path]
    assert choice.others == ()


def test_real_steering_files_are_chosen_each_with_a_reason():
    if not CORPUS.is_dir():
        pytest.skip(f"there is no corpus of real files in {CORPUS}")
    files = [read_steering_file(f".kiro/steering/{path.name}", path.read_bytes()) for path in CORPUS.glob("*.md")]
    choice = choose(files, About(files=("server/index.html",), words="Add a button to the login page"))
    assert len(choice.applying) + len(choice.others) == len(files)
    assert {one.rank for one in choice.applying} >= {Rank.ALWAYS, Rank.MATCHED}
    assert all(why for _, why in choice.others)
