import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.steering import About, Rank, choose, needed, read_steering_file, resolved

API = b"Keep to #[[file:api/openapi.yaml:1-2]] and #[[folder:docs]].\nNever #[[file:../x]].\n"


def choice(*files: tuple[str, bytes], about: About | None = None):
    read = (read_steering_file(f".kiro/steering/{name}", content) for name, content in files)
    return choose(read, about or About(files=("a.sql",)))


def test_what_files_refer_to_is_sent_after_them():
    chosen = choice(("api.md", API))
    assert needed(chosen) == ("api/openapi.yaml", "docs/")
    found = resolved(chosen, {"api/openapi.yaml": b"one\ntwo\nthree\n", "docs/": b"a.md\n"})
    assert [(one.path, one.rank) for one in found.sent] == [
        (".kiro/steering/api.md", Rank.ALWAYS),
        ("api/openapi.yaml, lines 1 to 2", Rank.REFERRED),
        ("what is in docs/", Rank.REFERRED),
    ]
    assert found.texts[1:] == (("api/openapi.yaml, lines 1 to 2", "one\ntwo"), ("what is in docs/", "- docs/a.md"))


def test_what_cannot_be_had_is_told_and_its_mark_stays():
    found = resolved(choice(("api.md", API)), {"docs/": b"a.md"}, refused={"docs/": "the policy says no"})
    assert "#[[file:../x]]" in found.sent[0].text
    told = {one.path: one.reason.partition("; ")[2] for one in found.left}
    assert told == {
        "api/openapi.yaml, lines 1 to 2": "there is no such file",
        "what is in docs/": "the policy says no",
        "../x": "it leads out of the repository",
    }
    assert len(found.texts) == 1


def test_a_file_that_is_sent_anyway_is_not_sent_twice():
    chosen = choice(("a.md", b"See #[[file:.kiro/steering/b.md]] and #[[file:x]]"), ("b.md", b"See #[[file:x]]"))
    found = resolved(chosen, {"x": b"x", ".kiro/steering/b.md": b"b"})
    assert [one.path for one in found.sent] == [".kiro/steering/a.md", ".kiro/steering/b.md", "x"]


def test_marks_of_local_regions_are_not_sent_and_what_they_hold_is():
    body = b"# A\n\n<!-- kiro-worker: local -->\nCents.\n<!-- kiro-worker: end local -->\n"
    assert resolved(choice(("a.md", body)), {}).sent[0].text == "# A\n\nCents."


def test_the_least_sure_is_cut_first_and_offered():
    matching = b"---\ninclusion: fileMatch\nfileMatchPattern: '*.sql'\ndescription: Of tables\n---\n" + b"m\n" * 1000
    chosen = choice(("a.md", b"a\n" * 1000 + b"#[[file:x]]"), ("m.md", matching))
    whole = resolved(chosen, {"x": b"x\n" * 1000}, budget=9000)
    assert [one.cut for one in whole.sent] == [False, False, False]
    one_cut = resolved(chosen, {"x": b"x\n" * 1000}, budget=3500)
    assert [(one.path, one.cut) for one in one_cut.sent] == [
        (".kiro/steering/a.md", False),
        (".kiro/steering/m.md", True),
    ]
    assert one_cut.sent[1].text.endswith("[... cut; the rest is in .kiro/steering/m.md ...]")
    assert [one.path for one in one_cut.left] == ["x"]
    none = resolved(chosen, {"x": b"x"}, budget=2100)
    assert [one.path for one in none.sent] == [".kiro/steering/a.md", "x"]
    assert none.texts[-1] == (
        "further standards, not shown here; read in the repository those that fit the work",
        "- .kiro/steering/m.md: Of tables",
    )


@given(st.lists(st.binary(max_size=3000), max_size=6), st.integers(0, 5000))
def test_the_budget_holds_whatever_there_is(contents, budget):
    found = resolved(choice(*((f"{at}.md", body) for at, body in enumerate(contents))), {}, budget=budget)
    assert sum(len(one.text) for one in found.sent) <= budget
    assert {one.path for one in found.sent} | {one.path for one in found.left} >= {
        f".kiro/steering/{at}.md" for at in range(len(contents))
    }


@pytest.mark.parametrize("budget", [0, 900, 3000])
def test_one_endless_line_is_cut_too(budget):
    found = resolved(choice(("a.md", b"x" * 50_000)), {}, budget=budget)
    assert sum(len(one.text) for one in found.sent) <= budget
