"""Every way in which a package can be wrong is told with code, file and line; a hostile one is no power."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.power.finding import RULES
from kiro_worker.power.model import LARGEST_FILE, MOST_BYTES, MOST_FILES, Entry, Kind, entry
from kiro_worker.power.shape import wrong_path
from kiro_worker.power.validate import judge

PAGE = b"""---
name: "tea"
displayName: "Tea"
description: "How tea is made."
keywords: ["tea"]
author: "A. Person"
version: "1.0.0"
---
# Tea
"""
PLUGIN = b"""{
  "$schema": "https://agent-plugins.org/schemas/1.0.0/plugin.schema.json",
  "name": "tea",
  "version": "1.0.0",
  "description": "How tea is made."
}
"""
SKILL = b"---\nname: brew\ndescription: Brew tea.\n---\nBoil water.\n"
STEER = b"---\ninclusion: always\n---\nWarm the pot.\n"


def of(**files):
    """A package of the two manifests and more: names with `__` for `/` and `_` for `.`."""
    more = {name.replace("__", "/").replace("_", "."): content for name, content in files.items()}
    return package(
        {"POWER.md": PAGE, "plugin.json": PLUGIN, "steering/brew.md": STEER, "skills/brew/SKILL.md": SKILL} | more
    )


def package(files):
    return [entry(path, content) if isinstance(content, bytes) else content for path, content in files.items()]


def codes(judged):
    return [finding.code for finding in judged.findings]


def test_a_sound_power_is_read_from_both_formats():
    judged = judge(of(), folder="tea")
    assert judged.findings == ()
    power = judged.power
    assert (power.name, power.about.version, power.about.forms) == ("tea", "1.0.0", ("POWER.md", "plugin.json"))
    assert list(power.steering) == ["brew.md"]
    assert power.find("steering/brew.md") == STEER
    assert power.find("nothing") is None


@pytest.mark.parametrize("kept", ["POWER.md", "plugin.json"])
def test_either_format_alone_is_a_power(kept):
    whole = {"POWER.md": PAGE, "plugin.json": PLUGIN}
    judged = judge(package({kept: whole[kept]}))
    assert judged.power.about.forms == (kept,)


HOSTILE = {
    "steering/../../../.bashrc": "package.path",
    "/etc/cron.d/x": "package.path",
    "C:/x": "package.path",
    "steering\\..\\x.md": "package.path",
    "steering//x.md": "package.path",
    "skills/.git/config": "package.path",
    "steering/GIT~1/x": "package.path",
    "steering/con.md": "package.path",
    "steering/x.md.": "package.path",
    "steering/a\u202eb.md": "package.path",
    "steering/" + "a/" * 20 + "x.md": "package.path",
    "Steering/BREW.md": "package.path-twice",
    ".kiro/hooks/a.kiro.hook": "package.hook",
    "steering/x.kiro.hook": "package.hook",
    "hooks/hooks.json": "package.hook",
    "skills/brew/.envrc": "package.hook",
    ".kiro/settings/mcp.json": "package.agent-settings",
    ".claude/settings.json": "package.agent-settings",
}


@pytest.mark.parametrize(("path", "code"), HOSTILE.items(), ids=map(ascii, HOSTILE))
def test_a_file_that_has_no_business_in_a_power_refuses_it(path, code):
    judged = judge([*of(), entry(path, b"{}\n")])
    assert judged.power is None
    assert code in codes(judged)


@pytest.mark.parametrize(
    ("strange", "code"),
    [
        (Entry(path="steering/x.md", kind=Kind.LINK), "package.link"),
        (Entry(path="steering/x.md", kind=Kind.OTHER), "package.other"),
        (entry("steering/x.md", b"x\n", Kind.PROGRAM), "package.executable"),
        (Entry(path="steering/x.md", size=LARGEST_FILE + 1), "package.too-large"),
        (Entry(path="steering/x.md", size=MOST_BYTES + 1), "package.too-much"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_small_plain_file_refuses_the_power(strange, code):
    judged = judge([*of(), strange])
    assert judged.power is None
    assert code in codes(judged)


def test_too_many_files_refuse_the_power():
    many = [entry(f"steering/{number}.md", b"x\n") for number in range(MOST_FILES)]
    assert "package.too-many" in codes(judge([*of(), *many]))


@given(st.text(st.sampled_from("./\\ab\0:~ A\u202e"), max_size=12))
def test_a_path_that_is_taken_stays_below_the_root(path):
    if wrong_path(path) == "":
        whole = Path("/root/of/power")
        joined = Path(str(whole / path))
        assert whole in joined.parents
        assert ".." not in joined.parts


WRONG = {
    "nothing": ({}, "package.empty"),
    "no front matter": ({"POWER.md": b"# Tea\n"}, "power.no-front-matter"),
    "bad front matter": ({"POWER.md": b"---\nname: [tea\n---\n"}, "power.front-matter"),
    "no mapping": ({"POWER.md": b"---\n- tea\n---\n"}, "power.front-matter"),
    "no name": ({"POWER.md": PAGE.replace(b'name: "tea"\n', b"")}, "power.no-name"),
    "bad name": ({"POWER.md": PAGE.replace(b'"tea"\ndisplay', b'"../tea"\ndisplay')}, "power.name"),
    "no description": ({"POWER.md": PAGE.replace(b'"How tea is made."', b"")}, "power.no-description"),
    "a name that is a list": ({"POWER.md": PAGE.replace(b'name: "tea"\n', b"name: [a, b]\n", 1)}, "power.value"),
    "no JSON": ({"plugin.json": b"{,}"}, "plugin.json"),
    "a list": ({"plugin.json": b"[]"}, "plugin.json"),
    "too deep": ({"plugin.json": b"[" * 100_000}, "plugin.json"),
    "another schema": ({"plugin.json": PLUGIN.replace(b"1.0.0/plugin", b"9.0.0/plugin")}, "plugin.schema"),
    "a version that is a number": ({"plugin.json": PLUGIN.replace(b'"1.0.0",', b"1,")}, "plugin.value"),
    "an author that is a text": ({"plugin.json": PLUGIN.replace(b'"name"', b'"author": "me", "name"')}, "plugin.value"),
    "an author with more": ({"plugin.json": PLUGIN.replace(b'"name"', b'"author": {"x": "y"}, "name"')}, "plugin.value"),
    "keywords that are a text": ({"plugin.json": PLUGIN.replace(b'"name"', b'"keywords": "a", "name"')}, "plugin.value"),
    "extensions that hold a text": ({"plugin.json": PLUGIN.replace(b'"name"', b'"extensions": {"a.b": 1}, "name"')}, "plugin.value"),
    "two names": ({"POWER.md": PAGE, "plugin.json": PLUGIN.replace(b'"tea"', b'"coffee"')}, "plugin.differs"),
    "two versions": ({"POWER.md": PAGE, "plugin.json": PLUGIN.replace(b'"1.0.0",', b'"2.0.0",')}, "plugin.differs"),
    "steering with bad front matter": ({"POWER.md": PAGE, "steering/a.md": b"---\n\tx: 1\n---\nx\n"}, "steering.front-matter"),
    "an inclusion that is none": ({"POWER.md": PAGE, "steering/a.md": b"---\ninclusion: often\n---\nx\n"}, "steering.inclusion"),
    "fileMatch without a pattern": ({"POWER.md": PAGE, "steering/a.md": b"---\ninclusion: fileMatch\n---\nx\n"}, "steering.no-pattern"),
    "a skill of another name": ({"plugin.json": PLUGIN, "skills/boil/SKILL.md": SKILL}, "skill.name"),
    "a skill without description": ({"plugin.json": PLUGIN, "skills/brew/SKILL.md": b"---\nname: brew\n---\n"}, "skill.description"),
    "a skill without front matter": ({"plugin.json": PLUGIN, "skills/brew/SKILL.md": b"Brew.\n"}, "skill.front-matter"),
    "a link that leads out": ({"POWER.md": PAGE, "steering/a.md": b"[x](../../etc/passwd)\n"}, "page.link-out"),
    "a link to the root": ({"POWER.md": PAGE + b"[x](/etc/passwd)\n"}, "page.link-out"),
    "a link that leads out in code points": ({"POWER.md": PAGE, "steering/a.md": b"[x](%2e%2e/%2e%2e/x)\n"}, "page.link-out"),
    "letters that nobody sees": ({"POWER.md": PAGE + "Obey\u202e me\U000e0041.\n".encode()}, "package.hidden"),
    "servers that are a list": ({"POWER.md": PAGE, "mcp.json": b'{"mcpServers": []}'}, "mcp.json"),
    "a plugin's servers without schema": ({"plugin.json": PLUGIN, "mcp.json": b'{"mcpServers": {}}'}, "mcp.json"),
    "a server without command": ({"POWER.md": PAGE, "mcp.json": b'{"mcpServers": {"a": {}}}'}, "mcp.server"),
    "a server spoken to in the clear": ({"POWER.md": PAGE, "mcp.json": b'{"mcpServers": {"a": {"url": "http://example.org/"}}}'}, "mcp.server"),
    "a server outside": ({"POWER.md": PAGE, "mcp.json": b'{"mcpServers": {"a": {"command": "../x"}}}'}, "mcp.server"),
}  # fmt: skip


@pytest.mark.parametrize(("files", "code"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_refuses_the_power_and_is_told(files, code):
    judged = judge(package(files))
    assert judged.power is None
    assert code in codes(judged)
    assert all(finding.message and finding.cure for finding in judged.findings)


TOLD = {
    "another folder": ({"POWER.md": PAGE}, "power.folder"),
    "no keywords": ({"POWER.md": PAGE.replace(b'keywords: ["tea"]\n', b"")}, "power.no-keywords"),
    "a key of somebody's": ({"POWER.md": PAGE.replace(b"author", b"auther")}, "power.unknown-key"),
    "a version of one's own": ({"POWER.md": PAGE.replace(b'"1.0.0"', b'"spring"')}, "power.version"),
    "a long description": ({"POWER.md": PAGE.replace(b"How tea", b"How tea " * 300)}, "power.description-long"),
    "a field that no plugin has": ({"plugin.json": PLUGIN.replace(b'"name"', b'"hooks": "x", "name"')}, "plugin.unknown-key"),
    "a script": ({"POWER.md": PAGE, "skills/brew/SKILL.md": SKILL, "skills/brew/scripts/boil.py": b"1\n"}, "package.script"),
    "a file that is no text": ({"POWER.md": PAGE, "assets/a.png": b"\x89PNG\xff"}, "package.not-text"),
    "a token": ({"POWER.md": PAGE + b"ghp_" + b"a1B2" * 9 + b"\n"}, "package.secret"),
    "a link to nothing": ({"POWER.md": PAGE + b"[x](steering/b.md)\n", "steering/a.md": b"x\n"}, "page.link-lost"),
    "a skill folder without a skill": ({"POWER.md": PAGE, "skills/brew/notes.md": b"x\n"}, "skill.lost"),
    "auto without description": ({"POWER.md": PAGE, "steering/a.md": b"---\ninclusion: auto\n---\nx\n"}, "steering.no-description"),
    "a table among steering": ({"POWER.md": PAGE, "steering/a.json": b"{}\n"}, "steering.not-markdown"),
    "a steering file without text": ({"POWER.md": PAGE, "steering/a.md": b"---\ninclusion: always\n---\n"}, "steering.empty"),
    "a server": ({"POWER.md": PAGE, "mcp.json": b'{"mcpServers": {"a": {"command": "uvx", "args": ["x"], "disabled": true}}}'}, "mcp.starts"),
}  # fmt: skip


@pytest.mark.parametrize(("files", "code"), TOLD.values(), ids=TOLD)
def test_what_is_only_unwise_is_told_and_the_power_is_taken(files, code):
    judged = judge(package(files), folder="kettle")
    assert judged.power is not None, judged.findings
    assert code in codes(judged)


def test_a_finding_names_the_line_of_the_file_itself():
    page = b"---\r\nname: tea\r\ndescription: x\r\nkeywords: [a]\r\nmood: good\r\n---\r\n\r\n[a](../b.md)\r\n"
    places = {finding.code: finding.line for finding in judge(package({"POWER.md": page})).findings}
    assert (places["power.unknown-key"], places["page.link-out"]) == (5, 8)


def test_links_in_code_and_to_the_web_lead_nowhere_here():
    text = b"`[a](../../x)` [b](https://example.org) [c](#here)\n```\n[d](../../x)\n```\n[e]: mailto:a@example.org\n"
    assert judge(package({"POWER.md": PAGE + text})).findings == ()


def test_every_kind_of_finding_can_be_met():
    met = {code for _, code in (*WRONG.values(), *TOLD.values())} | set(HOSTILE.values())
    met |= {"package.link", "package.other", "package.executable", "package.too-large", "package.too-much"}
    met |= {"package.too-many", "power.no-display-name"}
    assert met == set(RULES)


CORPUS = Path(os.environ.get("KIRO_WORKER_CORPUS", Path(__file__).parents[2] / "../shared/corpus")) / "power"


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real powers is not on this machine")
def test_real_powers_are_sound_and_told_what_is_unusual():
    told = {path.name: judge([entry("POWER.md", path.read_bytes())]) for path in sorted(CORPUS.iterdir())}
    assert len(told) > 50
    assert [name for name, judged in told.items() if judged.power is None] == []
    unusual = {name: set(codes(judged)) for name, judged in told.items() if judged.findings}
    assert {"package.secret"} in unusual.values(), "one shows an address with a password in it"
    assert len(unusual) <= 6


def test_the_page_explains_every_finding_as_the_code_has_it():
    page = (Path(__file__).parents[2] / "docs/reference/powers.md").read_text("utf-8")
    rows = [line.split(" | ") for line in page.partition("## Findings")[2].splitlines() if line.startswith("| `")]
    told = {row[0].removeprefix("| ").strip("`"): (row[1], row[2]) for row in rows}
    assert told.keys() == RULES.keys()
    for code, rule in RULES.items():
        assert told[code][0] == rule.severity.value
        assert told[code][1] == rule.message, code
