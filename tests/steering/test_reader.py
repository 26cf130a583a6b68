import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.steering import Inclusion, read_steering_file

CORPUS = Path(os.environ.get("KIRO_WORKER_CORPUS", Path(__file__).parents[2] / "../shared/corpus")) / "steering"


@pytest.mark.parametrize(
    ("text", "inclusion", "body"),
    [
        ("# Plain\n", Inclusion.ALWAYS, "# Plain\n"),
        ("---\ninclusion: manual\n---\n# M\n", Inclusion.MANUAL, "# M\n"),
        ("---\r\ninclusion: always\r\n---\r\n# A\r\n", Inclusion.ALWAYS, "# A\n"),
        ("\ufeff---\ninclusion: auto\nname: x\n---\nbody", Inclusion.AUTO, "body"),
        ("---\n---\nbody", Inclusion.ALWAYS, "---\n---\nbody"),
        ("text\n---\ninclusion: manual\n---\n", Inclusion.ALWAYS, "text\n---\ninclusion: manual\n---\n"),
    ],
)
def test_front_matter_says_when_a_file_applies(text, inclusion, body):
    file = read_steering_file("x.md", text.encode())
    assert (file.inclusion, file.body, file.fault) == (inclusion, body, "")


@pytest.mark.parametrize(
    ("pattern", "read"),
    [
        ("'**/*.ts'", ("**/*.ts",)),
        ("['a/*', 'b/*']", ("a/*", "b/*")),
        ("'a/**, **/*.{js,ts}'", ("a/**", "**/*.{js,ts}")),
        ("[]", ()),
        ("3", ()),
    ],
)
def test_patterns_are_a_string_or_a_list(pattern, read):
    file = read_steering_file("x.md", f"---\ninclusion: fileMatch\nfileMatchPattern: {pattern}\n---\n".encode())
    assert (file.inclusion, file.patterns) == (Inclusion.FILE_MATCH, read)


@pytest.mark.parametrize("matter", ["inclusion: never", "inclusion: [", "- a list", "inclusion: {a: 1}"])
def test_a_front_matter_that_cannot_be_used_is_told_and_the_file_applies(matter):
    file = read_steering_file("x.md", f"---\n{matter}\n---\nbody".encode())
    assert file.inclusion is Inclusion.ALWAYS
    assert file.fault


@pytest.mark.parametrize(
    ("matter", "name", "description"),
    [
        ("name: api-design\ndescription: REST  rules", "api-design", "REST rules"),
        ("inclusion: auto", "house", ""),
        ("name: [a]\ndescription: 3", "house", ""),
    ],
)
def test_a_file_has_a_name_and_says_what_it_is_for(matter, name, description):
    file = read_steering_file(".kiro/steering/house.md", f"---\n{matter}\n---\nbody".encode())
    assert (file.name, file.description) == (name, description)


@given(st.binary(max_size=300))
def test_no_bytes_are_too_strange(content):
    read_steering_file("x.md", b"---\n" + content + b"\n---\n")
    read_steering_file("x.md", content)


def test_real_steering_files_are_read():
    if not CORPUS.is_dir():
        pytest.skip(f"there is no corpus of real files in {CORPUS}")
    files = [read_steering_file(path.name, path.read_bytes()) for path in CORPUS.glob("*.md")]
    assert files
    assert {file.inclusion for file in files} == set(Inclusion)
    assert sum(bool(file.fault) for file in files) <= len(files) / 50
    assert all(file.body.strip() for file in files if file.inclusion is Inclusion.ALWAYS)
