"""Whatever the bytes are: no exception, and no more time than a reader that goes through them once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.spec import (
    classify,
    execution_order,
    read_bugfix,
    read_references,
    read_spec,
    resolve,
)

# A reader that takes quadratic time would need minutes for one of these, and runs into the suite's timeout.
SIZE = 200_000

pieces = st.sampled_from(
    [
        *(
            "- [ ] ",
            "- [x]* ",
            "- [",
            "] ",
            "1. ",
            "1.1 ",
            "  ",
            "\t",
            "\n",
            "\r\n",
            "\r",
            "# ",
            "### Requirement 1: ",
            "## ",
        ),
        *(
            "_Requirements: ",
            "_",
            "**",
            "1.1-9.9",
            ", ",
            "(",
            ")",
            "```",
            "~~~",
            "<!--",
            "-->",
            "WHEN ",
            " THEN ",
            " SHALL ",
        ),
        *(
            "THE ",
            "**User Story:** ",
            "#### Acceptance Criteria\n",
            "## Task Dependency Graph\n",
            '{"waves": [',
            "|",
            "> ",
        ),
        *(
            "Property 1: ",
            "**Validates: Requirements ",
            "\u2028",
            "\u3000",
            "\ufeff",
            "\0",
            "\u8981\u4ef6",
            "All",
            "N/A",
            ":",
            "\uff1a",
        ),
        *("## Glossary\n", "- **A**: b", "- \u2705 1.1 ", "\u2610 ", "\uff3b \uff3d", "9" * 30, "1." * 30, "\\"),
    ]
)
texts = st.lists(pieces | st.text(max_size=4), max_size=40).map("".join)
documents = st.one_of(texts.map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary(max_size=200))


@given(documents, documents, documents, documents)
def test_no_bytes_make_a_reader_fail(tasks: bytes, requirements: bytes, design: bytes, config: bytes):
    for stated in ("requirements.md", "bugfix.md"):
        files = {"tasks.md": tasks, stated: requirements, "design.md": design, ".config.kiro": config}
        spec = read_spec("x", files)
        for task in spec.tasks.tasks:
            resolve(spec, task)
            assert isinstance(task.details, tuple)
            assert task.title in task.text
            assert task.purpose
        order = execution_order(spec.tasks, include_optional=True)
        assert {task.id for task in order.tasks} == {leaf.id for leaf in spec.tasks.leaves if leaf.is_open}
        for criterion in spec.criteria:
            assert criterion.ears
        for section in spec.design.sections:
            assert spec.design.excerpt(section)
        assert all(told.message and told.cure and told.line >= 0 and told.column >= 1 for told in spec.diagnostics)


@given(documents)
def test_every_task_and_criterion_has_an_id_of_its_own_and_is_found_by_it(data: bytes):
    spec = read_spec("x", {"tasks.md": data, "requirements.md": data})
    assert all(spec.tasks.find(task.id) is task for task in spec.tasks.tasks)
    ids = [criterion.id for criterion in spec.criteria]
    assert len(set(ids)) == len(ids)


@given(documents)
def test_every_task_is_in_the_tree_exactly_once(data: bytes):
    tasks = read_spec("x", {"tasks.md": data}).tasks
    filed = [*tasks.roots, *(child for task in tasks.tasks for child in task.children)]
    assert sorted(filed) == sorted(task.id for task in tasks.tasks)
    for task in tasks.tasks:
        assert all(child.parent == task.id for child in tasks.children_of(task))
    assert {leaf.id for root in tasks.roots for leaf in tasks.leaves_of(tasks.find(root))} == {
        leaf.id for leaf in tasks.leaves
    }


@given(st.text())
def test_no_text_makes_a_classifier_fail(text: str):
    assert classify(text)
    assert isinstance(read_references(text), tuple)


def times(piece: str, size: int = SIZE) -> str:
    return piece * (size // len(piece))


HOSTILE = {
    "spaces before a separator": "- [ ]" + " " * SIZE + "a\u2028b",
    "brackets": times("- ["),
    "an open bracket": "- [" + "x" * SIZE,
    "a staircase": "".join(" " * depth + "- [ ] t\n" for depth in range(850)),
    "one parent": "- [ ] P\n" + times("  - [ ] c\n  x\n"),
    "deep numbers": "".join("- [ ] " + ".".join(["1"] * depth) + " t\n" for depth in range(1, 600)),
    "one number": times("- [ ] 1. t\n"),
    "a long number": "- [ ] " + times("1.") + " t\n- [ ] " + "9" * SIZE + ".1 t\n",
    "references": "- [ ] 1. t\n  - _Requirements: " + times("1.1, "),
    "references without commas": "- [ ] 1. t\n  - _Requirements: " + times("1.1 "),
    "open parentheses": "- [ ] 1. t\n  - _Requirements: " + times("("),
    "remarks that never close": "- [ ] 1. t\n  " + times("_a: x "),
    "bold remarks that never close": "- [ ] 1. t\n  " + times("**a:x "),
    "marks": "- [ ] 1. t\n  " + times("_*"),
    "fences": times("```\n"),
    "comments": times("<!--"),
    "comments within a fence": "```\n" + times("<!--\n") + "```\n-->",
    "comments in one line": times("<!-- -->"),
    "a heading of marks": "## " + "!" * SIZE,
    "a heading with a gap": "## A" + " " * SIZE + "1",
    "a heading closed in vain": "# a" + " " * SIZE + "b",
    "requirements within requirements": times("## Requirement 1\n### Requirement 2\n#### Requirement 3\n"),
    "sections within a section": "## 1. a\n" + times("#### 1. b\n"),
    "glossaries": times("## Glossary\n"),
    "a term": "## Glossary\n- **" + "a" * SIZE,
    "a label with a gap": "### Requirement 1\n**a**" + " " * SIZE + "x",
    "criteria": "### Requirement 1\n" + times("1. WHEN a THEN b SHALL c\n"),
    "one criterion": "### Requirement 1\n1. " + times("WHEN SHALL THE , "),
    "clauses": "".join(f"{number % 9999}.1 WHEN a\n# x\n" for number in range(SIZE // 16)),
    "properties": "### Property 1\n" + times("#### Property 2\n"),
    "graphs": times("# Task Dependency Graph\n"),
    "a nested graph": "# Task Dependency Graph\n```\n" + '{"waves":' + times("["),
    "carriage returns": "\r" * SIZE,
    "emoji": times("- \u2705 1.1 a\n"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_takes_no_more_than_linear_time(name: str):
    data = HOSTILE[name].encode()
    read_spec("x", {"tasks.md": data, "requirements.md": data, "design.md": data, ".config.kiro": data})
    read_bugfix(data)


def test_references_of_a_huge_spec_take_no_more_than_linear_time():
    numbers = range(1, 3_001)
    requirements = "".join(f"### Requirement {n}: A\n\n" + "".join(f"{m}. WHEN b THE c SHALL d\n" for m in range(1, 10))
                           for n in numbers)  # fmt: skip
    tasks = "".join(
        f"- [ ] {n}.{m} A\n  - _Requirements: {n}.1, {n}.3-{n}.5, {n}_\n" for n in numbers for m in (1, 2, 3)
    )
    spec = read_spec("huge", {"tasks.md": tasks.encode(), "requirements.md": requirements.encode()})
    assert {len(resolve(spec, task).criteria) for task in spec.tasks.tasks} == {9}
