import pytest

from kiro_worker.config import ConfigInvalid, Sources
from kiro_worker.config.buildspec import read_buildspec
from kiro_worker.config.load import load
from kiro_worker.document import read_document

FULL = b"""
version: 0.2
run-as: root
env:
  shell: bash
  variables:
    COVERAGE_THRESHOLD: "85"
    NODE_ENV: test
  parameter-store:
    GITHUB_TOKEN: /kiro/github-token
  secrets-manager:
    NPM_TOKEN: npm:token
  exported-variables: [A]
  git-credential-helper: yes
phases:
  install:
    runtime-versions: {python: 3.11}
    commands:
      - pip install kiro-worker
      - npm ci
  pre_build:
    commands:
      - |
        export A=1
        make prepare
  build:
    commands:
      - npm test -- --coverage
    finally: [echo done]
  post_build: {commands: []}
reports: {r: {files: ['x.xml']}}
artifacts: {files: ['**/*']}
cache: {paths: [a]}
"""


def read(content):
    flaws = []
    buildspec = read_buildspec(read_document(content, "buildspec.yml", flaws), "buildspec.yml", flaws)
    return buildspec, [str(flaw) for flaw in flaws]


def test_commands_and_variables_are_read_and_the_rest_is_left_to_codebuild():
    buildspec, flaws = read(FULL)
    assert flaws == []
    assert buildspec.install_commands == ("pip install kiro-worker", "npm ci", "export A=1\nmake prepare\n")
    assert buildspec.test_commands == ("npm test -- --coverage",)
    assert {name: scalar.text for name, scalar in buildspec.variables.items()} == {
        "COVERAGE_THRESHOLD": "85",
        "NODE_ENV": "test",
    }
    assert set(buildspec.declared) == {"COVERAGE_THRESHOLD", "NODE_ENV", "GITHUB_TOKEN", "NPM_TOKEN"}


def test_the_base_branchs_commands_count():
    loaded = load(
        Sources(base={"buildspec.yml": FULL}, branch={"buildspec.yml": b"phases: {build: {commands: ['true']}}"})
    )
    assert loaded.buildspec.test_commands == ("npm test -- --coverage",)
    assert loaded.buildspec.path == "buildspec.yml"
    assert loaded.config.gates.coverage_threshold == 85.0
    assert loaded.settings["gates.coverage_threshold"].origin == "buildspec.yml:7:25 (base branch)"


@pytest.mark.parametrize("command", ["kiro-worker run", "cd x && /usr/bin/kiro-worker run", "python -m kiro_worker run", "exec kiro-worker run --json", "a\nkiro-worker run"])  # fmt: skip
def test_commands_that_start_the_worker_do_not_test_the_project(command):
    text = command.replace("\n", "\\n")
    buildspec, flaws = read(
        f'phases: {{install: {{commands: ["{text}", "npm ci"]}}, build: {{commands: ["npm test", "{text}"]}}}}'.encode()
    )
    assert flaws == []
    assert buildspec.install_commands == ("npm ci",)
    assert buildspec.test_commands == ()


@pytest.mark.parametrize("content", [b"", b"version: 0.2", b"env:\nphases:\n", b"env: {variables: }", b"phases: {build: {commands: }}", b"phases: {build: }"])  # fmt: skip
def test_a_buildspec_may_say_nothing(content):
    buildspec, flaws = read(content)
    assert flaws == []
    assert buildspec.test_commands == ()


@pytest.mark.parametrize(
    ("content", "flaw"),
    [
        (b"- a", "buildspec.yml:1:1: a buildspec is no mapping; write its entries as `name: value`"),
        (b"env: [a]", "buildspec.yml:1:6: env is no mapping"),
        (b"env: {variables: [a]}", "buildspec.yml:1:18: env.variables is no mapping"),
        (b"env: {variables: {A: [a]}}", "buildspec.yml:1:22: env.variables.A is no text"),
        (b"env: {parameter-store: x}", "buildspec.yml:1:24: env.parameter-store is no mapping"),
        (b"phases: x", "buildspec.yml:1:9: phases is no mapping"),
        (b"phases: {build: [x]}", "buildspec.yml:1:17: phases.build is no mapping"),
        (b"phases: {build: {commands: make test}}", "buildspec.yml:1:28: phases.build.commands is no list; write each command behind a dash"),
        (b"phases:\n  build:\n    commands:\n      - echo a: b\n", "buildspec.yml:4:9: YAML takes the colon after 'echo a' for a mapping; put the whole command in quotes"),
        (b"phases: {build: {commands: [[a]]}}", "buildspec.yml:1:29: this is no command; write it as one line of text"),
        (b"phases: {build: {commands: [{}]}}", "buildspec.yml:1:29: this is no command"),
    ],
)  # fmt: skip
def test_wrong_shapes_are_told_with_their_place(content, flaw):
    _, (told,) = read(content)
    assert told.startswith(flaw)


def test_a_misspelt_long_name_in_a_buildspec_is_a_fault():
    with pytest.raises(ConfigInvalid) as invalid:
        load(Sources(branch={"buildspec.yml": b"env:\n  variables:\n    KIRO_WORKER_GATES_COVERAGE_TRESHOLD: 1\n"}))
    (flaw,) = invalid.value.flaws
    assert str(flaw).startswith("buildspec.yml:3:42: 'KIRO_WORKER_GATES_COVERAGE_TRESHOLD' is no setting; did you mean")


def test_the_other_ending_is_read_too():
    loaded = load(Sources(branch={"buildspec.yaml": b"env: {variables: {REPAIR_ROUNDS: 7, SPEC_PATH: ''}}"}))
    assert loaded.settings["gates.repair_rounds"].origin == "buildspec.yaml:1:34"
    assert loaded.settings["spec.path"].origin == "default"
