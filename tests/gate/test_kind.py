"""What a file is for, by its name."""

import pytest

from kiro_worker.gate.kind import FileKind, is_of_tests, is_test, kind_of, language_of

_PATHS = {
    FileKind.TEST: """tests/test_zones.py test_root.py src/app/tests.py pkg/zones_test.py tests/unit/zones_test.py
        web/src/a.spec.ts web/a.test.tsx src/__tests__/a.jsx test/a.js test/unit/b.mjs a.test-d.ts cypress/e2e/a.cy.ts
        e2e/login.spec.ts pkg/a_test.go tests/it.rs src/parser/tests.rs src/test/java/a/AbTest.java
        src/test/kotlin/a/AbSpec.kt module/src/test/java/a/TestAb.java src/integrationTest/java/AbIT.java
        Foo.Tests/FooTests.cs spec/a_spec.rb test/a_test.rb test/test_a.rb tests/ATest.php AppTests/ATests.swift
        test/a_test.exs test/a_test.dart src/a_test.cc t/basic.t test/cli.bats tests/a.feature a.tftest.hcl""",
    FileKind.TEST_SUPPORT: """tests/conftest.py conftest.py src/pkg/conftest.py tests/helpers.py tests/__init__.py
        tests/data/a.json tests/fixtures/big.csv jest.setup.ts src/setupTests.ts vitest.setup.ts test/helper.js
        pkg/testdata/a.txt tests/common/mod.rs src/test/java/a/Builder.java src/test/resources/a.json
        Foo.Tests/Builder.cs spec/spec_helper.rb spec/models/x.rb src/__mocks__/fs.js""",
    FileKind.SNAPSHOT: """src/__snapshots__/a.test.ts.snap tests/__snapshots__/test_a.ambr pkg/testdata/x.golden
        tests/unit/expected/out.json tests/A.approved.txt Foo.Tests/A.verified.txt tests/a.spec.ts-snapshots/home.png
        tests/golden/report.html""",
    FileKind.CODE: """src/postage/zones.py src/kiro_worker/testing/clock.py src/latest.py contest.py Latest.java
        src/main/java/a/AbTest.java src/main/java/a/ABTests.java src/lib.rs app/a.rb src/pkg/specs/model.py
        app/fixtures/base.py sitecustomize.py bin/run src/tasks.py app/conf.py src/setup.py web/App.vue pkg/a.go
        src/protest.ts attest.go src/pkg/manifest.py db/schema.sql infra/main.tf examples/a.py""",
    FileKind.CONFIG: """pyproject.toml setup.cfg setup.py tox.ini .coveragerc package.json tsconfig.build.json
        .eslintrc.js jest.config.js web/vite.config.ts Makefile .github/workflows/ci.yml .gitlab-ci.yml Dockerfile go.mod
        Cargo.toml pom.xml build.gradle.kts requirements.txt requirements-dev.txt requirements/dev.txt .kiro/worker.yaml
        tests/pytest.ini noxfile.py phpunit.xml .pre-commit-config.yaml buildspec.yml""",
    FileKind.DOCS: "README README.md LICENSE docs/guide.md docs/conf.py CHANGELOG.md tests/README.md guide.rst",
    FileKind.SPEC: ".kiro/specs/a/tasks.md .kiro/specs/a/requirements.md .kiro/steering/product.md",
    FileKind.DATA: "src/data/a.csv src/app/templates/x.html assets/logo.png src/a.json",
    FileKind.GENERATED: """package-lock.json web/yarn.lock uv.lock go.sum Cargo.lock node_modules/a/index.js a_pb2.py
        vendor/a/b.go web/app.min.js src/__pycache__/a.cpython-311.pyc""",
}


@pytest.mark.parametrize(
    ("path", "kind"), [(path, kind) for kind, paths in _PATHS.items() for path in paths.split()], ids=str
)
def test_the_kind_of_a_file_follows_from_its_name(path: str, kind: FileKind) -> None:
    assert kind_of(path) is kind


def test_what_is_there_only_for_tests() -> None:
    paths = ("tests/test_a.py", "tests/conftest.py", "tests/golden/a.txt", "src/a.py", "pyproject.toml")
    assert [is_of_tests(path) for path in paths] == [True, True, True, False, False]
    assert [is_test(path) for path in paths] == [True, False, False, False, False]


def test_the_language_is_told_by_the_ending() -> None:
    assert [language_of(path) for path in ("a.py", "b/A.KT", ".eslintrc", "Makefile", "a.xyz", "x.test.tsx")] == [
        "python",
        "kotlin",
        "",
        "",
        "",
        "typescript",
    ]
