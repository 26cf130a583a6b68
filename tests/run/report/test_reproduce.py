from dataclasses import replace

import pytest

from kiro_worker.run.report.reproduce import commands, plain


@pytest.mark.parametrize(
    ("ran", "told"),
    [
        (
            (
                "/opt/v/bin/python3 -m pytest --junitxml=/r/junit.xml -o junit_family=xunit1 -o cache_dir=/r/c --cov "
                "--cov-config=/r/coverage.ini --cov-report= --cov-fail-under=0"
            ),
            "python3 -m pytest --cov",
        ),
        (
            (
                "node --test --test-reporter=spec --test-reporter-destination=stdout --test-reporter=junit "
                "--test-reporter-destination=/r/junit.xml"
            ),
            "node --test",
        ),
        ("npx vitest --run --reporter=junit --outputFile.junit=/r/junit.xml", "npx vitest --run"),
        ("bundle exec rspec --format progress --format json --out /r/rspec.json", "bundle exec rspec"),
        ("/usr/bin/go test ./... -coverprofile=/r/c.out && /usr/bin/go vet ./...", "go test ./... && go vet ./..."),
        ("/bin/sh -c 'make test && make lint'", "make test && make lint"),
        ("make -f /srv/Makefile test", "make test"),
        ("pytest -k 'a b'", "pytest -k 'a b'"),
        ("tox -c", "tox -c"),
        ("it 'never ends", ""),
    ],
)
def test_a_command_is_told_without_what_was_the_worker_s_own(ran, told):
    assert plain(ran) == told


def test_the_branch_is_fetched_at_what_was_judged_and_each_command_told_once(run):
    lines = commands(run, "c" * 40)
    assert lines == ("git fetch origin feature/x && git switch --detach cccccccccc", "pytest")


def test_a_branch_with_signs_that_a_shell_obeys_is_quoted(run):
    assert commands(replace(run, branch="x;$(id)"), "")[0].startswith("git fetch origin 'x;$(id)' && ")
    assert commands(replace(run, branch=""), "") == ()
