import json
from pathlib import Path

import jsonschema
import pytest

from kiro_worker.power.model import entry
from kiro_worker.power.render import is_generated, render
from kiro_worker.power.validate import judge
from power.sample import built, entries, sources, steering

OWN = Path(__file__).parents[2] / "power/plugin.json"

# Agent Plugins 1.0.0, sections 5.2 to 5.5, as a schema.
PLUGIN = {
    "type": "object",
    "required": ["$schema", "name"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"const": "https://agent-plugins.org/schemas/1.0.0/plugin.schema.json"},
        "name": {"type": "string", "maxLength": 64, "pattern": r"^(?!.*(?:--|\.\.))[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$"},
        "author": {
            "type": "object",
            "additionalProperties": False,
            "properties": {key: {"type": "string"} for key in ("name", "email", "url")},
        },
        "keywords": {"type": "array", "items": {"type": "string"}},
        "extensions": {"type": "object", "additionalProperties": {"type": "object"}},
    } | {key: {"type": "string"} for key in ("version", "description", "homepage", "repository", "license")},
}  # fmt: skip


def test_both_formats_are_made_and_nothing_is_found_in_them():
    files = built()
    judged = judge(entries(files), folder="tea")
    assert judged.findings == ()
    assert judged.power.about.forms == ("POWER.md", "plugin.json")
    assert (judged.power.about.display_name, judged.power.about.keywords) == ("Tea", ("tea", "kettle"))


@pytest.mark.parametrize("manifest", [built()["plugin.json"], OWN.read_bytes()], ids=["sample", "ours"])
def test_the_manifest_is_valid_against_the_published_rules(manifest):
    jsonschema.validate(json.loads(manifest), PLUGIN)


def test_each_steering_file_is_a_skill_with_the_same_text():
    files = built(**{"steering__brew.md": steering("Wait three minutes.")})
    skill = files["skills/brew/SKILL.md"].decode()
    assert skill.startswith('---\nname: brew\ndescription: "How to brew."\nlicense: "Apache-2.0"\n')
    assert skill.endswith("# brew\n\nWait three minutes.\n")


def test_the_page_tells_when_each_steering_file_applies():
    pattern = (
        b'---\ninclusion: fileMatch\nfileMatchPattern: ["a/**", "*.tf"]\nname: shop\ndescription: "a | b"\n---\nBuy.\n'
    )
    page = built(**{"steering__shop.md": pattern, "steering__wait.md": steering("x", "wait", "auto")})[
        "POWER.md"
    ].decode()
    assert "| [brew.md](steering/brew.md) | always | How to brew. |" in page
    assert "| [shop.md](steering/shop.md) | with `a/**`, `*.tf` | a \\| b |" in page
    assert "| [wait.md](steering/wait.md) | when its description fits |" in page


def test_what_is_made_again_is_the_same_and_only_what_is_made_is_generated():
    made = render(sources()).files
    assert render(built()).files == made
    assert all(map(is_generated, made))
    assert not any(map(is_generated, sources()))


@pytest.mark.parametrize(
    ("path", "content", "told"),
    [
        ("power.yaml", None, "this file is missing"),
        ("power.yaml", b"- a\n", "no mapping"),
        ("power.yaml", b"", "no mapping"),
        ("power.yaml", b"name: tea\n", "displayName is missing"),
        ("power.yaml", sources()["power.yaml"].replace(b"name: tea", b"name: ../tea"), "lower-case"),
        ("power.yaml", sources()["power.yaml"].replace(b"1.0.0", b"spring"), "three numbers"),
        ("power.yaml", sources()["power.yaml"] + b"mood: good\n", "'mood' is nothing"),
        ("power.yaml", sources()["power.yaml"].replace(b"[tea, kettle]", b"{a: b}"), "list of texts"),
        ("power.yaml", sources()["power.yaml"].replace(b"How tea is made.", b""), "description is empty"),
        ("steering/brew.md", b"# Brew\n", "name: brew"),
        ("steering/brew.md", steering("x", "other"), "name: brew"),
        ("steering/brew.md", b"---\nname: brew\n---\nx\n", "`description:`"),
        ("steering/brew.md", b"---\nname: [\n---\nx\n", "not valid YAML"),
        ("steering/Brew It.md", steering("x"), "becomes a skill's"),
    ],
)
def test_a_source_that_is_not_right_makes_nothing_and_says_why(path, content, told):
    files = sources() | {path: content}
    made = render({name: body for name, body in files.items() if body is not None})
    assert made.files == {}
    assert any(told in str(flaw) for flaw in made.flaws), made.flaws


def test_without_steering_there_is_no_power():
    only = {"power.yaml": sources()["power.yaml"]}
    assert [flaw.where for flaw in render(only).flaws] == ["steering/"]


def test_names_that_yaml_would_misread_come_back_as_they_were():
    own = sources()["power.yaml"].replace(
        b"displayName: Tea", "displayName: 'Tea: \"it\\'s\" – ☕ #1'".replace("\\'", "''").encode()
    )
    made = render(sources() | {"power.yaml": own}).files
    about = judge([entry(path, content) for path, content in made.items()]).power.about
    assert about.display_name == 'Tea: "it\'s" – ☕ #1'
