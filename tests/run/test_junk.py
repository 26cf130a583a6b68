import pytest

from kiro_worker.run.junk import gathered, is_junk, told_junk


@pytest.mark.parametrize(
    "path",
    [
        "__pycache__/a.cpython-311.pyc",
        "src/a/__pycache__/b.pyc",
        "a.pyo",
        ".pytest_cache/v/cache/lastfailed",
        "web/.nyc_output/x.json",
        ".coverage",
        ".coverage.host.4711.XyZabc",
        "docs/.DS_Store",
        ".kiro/specs/greeting/tasks.meta.json",
        ".kiro/sessions/cli/a.jsonl",
        ".fast-agent/sessions/.locks/a.owner.lock",
        ".fast-agent/processes/.capacity.lock",
        ".aider.chat.history.md",
        ".aider.input.history",
        ".aider.tags.cache.v4/cache.db",
        ".nanocoder/tasks.json",
        "a.py~",
        "src/.a.py.swp",
        "node_modules/a/index.js",
        "web/node_modules/a/b/index.js",
        ".venv/lib/python3.11/site-packages/a.py",
        "venv/bin/python",
        "venv/pyvenv.cfg",
        "src/postage.egg-info/PKG-INFO",
        "dist/postage-1.0-py3-none-any.whl",
        "build/lib/postage/zones.py",
        "htmlcov/index.html",
        "coverage.xml",
        "coverage/lcov-report/index.html",
        "web/coverage/coverage-final.json",
        "npm-debug.log",
        "yarn-error.log",
        "target/debug/deps/a.d",
        "target/surefire-reports/TEST-a.xml",
        "app/build/reports/tests/index.html",
        ".gradle/8.1/checksums.lock",
        "src/App/obj/Debug/net8.0/App.dll",
        "web/.next/cache/a",
        "infra/.terraform/providers/a",
        "cover.out",
        "Zones.class",
    ],
)
def test_what_comes_again_by_itself_is_junk(path):
    assert is_junk(path)


@pytest.mark.parametrize(
    "path",
    [
        "a.py",
        ".coveragerc",
        ".coverage.toml",
        "src/pycache/a.py",
        "my__pycache__/a.txt",
        ".kiro/specs/greeting/tasks.md",
        "tasks.meta.json",
        ".fast-agent/fast-agent.yaml",
        ".aider.conf.yml",
        ".nanocoder/agents.config.json",
        "a.swp/readme",
        "cache/a",
        "dist/index.js",
        "build/render.py",
        "build.py",
        "bin/postage",
        "src/bin/Debugger.cs",
        "target/zones.py",
        "src/target/model.rs",
        "coverage/plan.py",
        "src/coverage/report.xml",
        "venv/notes.md",
        "env/settings.py",
        "src/env/bindings.py",
        "logs/app.log",
        "debug.log",
        "vendor/lib/a.go",
        "tests/fixtures/app/node_modules/a/index.js",
        "src/test/resources/Zones.class",
        "tests/fixtures/coverage.xml",
        "src/node_modules.py",
        ".env.example",
        ".vscode/settings.json",
    ],
)
def test_what_somebody_may_want_is_none(path):
    assert not is_junk(path)


def test_a_folder_of_junk_is_named_once():
    many = tuple(f"web/node_modules/p{n}/index.js" for n in range(9))
    assert gathered((*many, "a.pyc", "src/__pycache__/b.pyc")) == ("web/node_modules/", "a.pyc", "src/__pycache__/")
    assert told_junk(many).endswith("in no commit: web/node_modules/.")


def test_a_few_are_named_and_the_others_counted():
    assert told_junk(("a", "b")).endswith("in no commit: a, b.")
    assert told_junk(tuple("abcdefg")).endswith("a, b, c, d, e and 2 more.")
