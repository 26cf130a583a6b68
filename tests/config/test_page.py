import re
from pathlib import Path

from kiro_worker.config import Sources
from kiro_worker.config.key import keys, variables
from kiro_worker.config.load import load
from kiro_worker.config.page import meanings, page

PAGE = Path(__file__).parents[2] / "docs/reference/settings.md"


def test_the_page_of_settings_is_up_to_date():
    assert PAGE.read_text("utf-8") == page(), "run: python -m kiro_worker.config.page > docs/reference/settings.md"


def test_every_setting_has_a_meaning_and_no_meaning_is_left_over():
    for section in {key.section for key in keys().values()}:
        named = {key.name.rpartition(".")[2] for key in keys().values() if key.section is section}
        told = meanings(section)
        assert set(told) == named
        assert all(text.endswith(".") for text in told.values())


def test_no_two_settings_share_a_variable_or_a_flag():
    assert len(variables()) == sum(1 + bool(key.variable) for key in keys().values())
    assert len({key.flag for key in keys().values()}) == len(keys())


def test_the_example_on_the_page_can_be_loaded():
    (example,) = re.findall(r"```yaml\n(.*?)```", page(), re.DOTALL)
    loaded = load(Sources(branch={".kiro/worker.yaml": example.encode()}, base={".kiro/worker.yaml": example.encode()}))
    assert loaded.config.gates.test_command == "npm test"
    assert loaded.warnings == ()
