"""What is kept of compiled templates: it spares compiling them, and changes nothing of the page."""

import sys

import pytest

from kiro_worker.run.report import compiled
from kiro_worker.run.report.compiled import environment

NAME = "page.html.j2"


@pytest.fixture(autouse=True)
def keeping(monkeypatch):
    # The suite may be run by a Python that is told to keep nothing.
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


@pytest.fixture
def compilations(monkeypatch):
    """The templates that were compiled, in order."""
    done = []

    def listen(event, arguments):
        if event == "compile" and listening and str(arguments[1]) == "<template>":
            done.append(arguments[1])

    listening = True
    sys.addaudithook(listen)
    yield done
    listening = False


def test_a_template_is_compiled_by_the_first_process_only(tmp_path, compilations):
    environment(str, tmp_path / "kept").get_template(NAME)
    assert len(compilations) == 1
    environment(str, tmp_path / "kept").get_template(NAME)
    assert len(compilations) == 1


@pytest.mark.parametrize("harm", [b"", b"no code at all", b"j2"])
def test_what_is_no_code_is_made_anew(tmp_path, compilations, harm):
    environment(str, tmp_path).get_template(NAME)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(harm)
    environment(str, tmp_path).get_template(NAME)
    assert len(compilations) == 2
    assert len(kept.read_bytes()) > 1000


def test_code_of_another_text_is_not_taken(tmp_path, compilations):
    environment(str, tmp_path).get_template(NAME)
    (kept,) = tmp_path.iterdir()
    made = kept.read_bytes()
    other = environment(str, tmp_path)
    other.loader = compiled.jinja2.DictLoader({NAME: "another text"})
    assert other.get_template(NAME).render() == "another text"
    assert len(compilations) == 2
    assert kept.read_bytes() != made


def test_where_nothing_can_be_written_the_page_is_made_all_the_same(tmp_path, compilations):
    (tmp_path / "file").write_text("no folder")
    for _ in range(2):
        environment(str, tmp_path / "file" / "kept").get_template(NAME)
    assert len(compilations) == 2


def test_a_python_that_keeps_no_code_keeps_none_of_this(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    environment(str, tmp_path / "kept").get_template(NAME)
    assert not (tmp_path / "kept").exists()
