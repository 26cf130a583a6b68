"""Commands whose status says nothing: what runs the tests was changed so that it cannot fail."""

from hollow.base import MADE, NODE, PACKAGE, SCRIPTED, SHOP
from hollow.case import Base, Hollow, swap
from hollow.table.weakened import BROKEN

_RUN = "python3 -m pytest -q -p no:cacheprovider --junitxml=junit.xml --cov=shop --cov-report=lcov:lcov.info"
_JS_BROKEN = swap("return Math.max(...prices);", "return prices[0];")


def _make(name: str, why: str, recipe: str, *, read_only: bool = True) -> Hollow:
    return Hollow(
        name=name,
        why=why,
        base=MADE,
        change={**BROKEN, "Makefile": swap(f"\t{_RUN}", recipe)},
        by=("tamper", "tests"),
        at="Makefile",
        quiet=False,
        read_only=read_only,
    )


def _script(name: str, why: str, script: str) -> Hollow:
    return Hollow(
        name=name,
        why=why,
        base=NODE,
        change={"cart.js": _JS_BROKEN, "package.json": PACKAGE.replace("node --test", script)},
        by=("tamper", "tests"),
        at="package.json",
        quiet=False,
        read_only=True,
    )


def _workflow(name: str, why: str, before: str, after: str) -> Hollow:
    workflow = (
        f"on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n{before}"
    )
    path = ".github/workflows/ci.yml"
    base = Base(name=f"with-{name}", files={**SHOP.files, path: workflow})
    return Hollow(
        name=name,
        why=why,
        base=base,
        change={path: swap(before, after)},
        by=("tamper",),
        at=path,
        read_only=True,
    )


CASES = (
    _make("make-or-true", "jellyfin-plugin-sso #1018: the status is always 0.", f"\t{_RUN} || true", read_only=False),
    _make(
        "make-into-a-pipe",
        "The status is that of the pipe's last program.",
        f"\t{_RUN} | tee test.log",
        read_only=False,
    ),
    _make("make-and-exit", "The status is said to be 0.", f"\t{_RUN}; exit 0"),
    _make("make-ignoring-the-status", "A dash before a recipe has make ignore how it ends.", f"\t-{_RUN}"),
    _make("make-an-echo", "Nothing is run at all.", "\t@echo '5 passed in 0.01s'", read_only=False),
    _make("make-collecting-only", "The tests are listed, not run.", f"\t{_RUN} --collect-only"),
    _make(
        "make-without-the-failing-test", "One test is not run.", f"\t{_RUN} --deselect tests/test_cart.py::test_dearest"
    ),
    _make("make-until-the-first", "Only what did not fail last is run.", f"\t{_RUN} -k 'not dearest'", read_only=False),
    Hollow(
        name="make-ignoring-everything",
        why="`.IGNORE` has make ignore the status of every recipe.",
        base=MADE,
        change={**BROKEN, "Makefile": swap(".PHONY: test lint\n", ".PHONY: test lint\n.IGNORE:\n")},
        by=("tamper", "tests"),
        at="Makefile",
        quiet=False,
        read_only=True,
    ),
    Hollow(
        name="script-no-longer-ending-at-a-failure",
        why="The script goes on after the failing tests, and ends well.",
        base=SCRIPTED,
        change={**BROKEN, "check.sh": swap("set -e\n", "set +e\n", "lcov.info\n", "lcov.info\necho done\n")},
        by=("tamper", "tests"),
        quiet=False,
    ),
    Hollow(
        name="script-with-reports-of-its-own",
        why="a2a-rust #102: the reports are written by the script, and nothing is run.",
        base=SCRIPTED,
        change={
            **BROKEN,
            "check.sh": "set -e\n"
            'printf \'<testsuite name="all" tests="1"><testcase classname="tests.test_cart" name="test_total"/></testsuite>\' > junit.xml\n'
            "printf 'SF:shop/cart.py\\nDA:4,1\\nDA:20,1\\nend_of_record\\n' > lcov.info\n",
        },
        by=("tamper", "tests", "coverage"),
    ),
    _script("npm-or-true", "`|| true` in the test script.", "node --test || true"),
    _script("npm-and-exit", "The status is said to be 0.", "node --test; exit 0"),
    _script("npm-an-echo", "nuxt-crouton #1034: the gate failed open, for nothing was run.", "echo ok"),
    _script("npm-into-a-pipe", "The status is that of the pipe's last program.", "node --test | cat"),
    _script("npm-of-no-file", "The one file that it names has no tests.", "node --test cart.js"),
    _script("npm-with-a-pattern", "Only some tests are run.", "node --test --test-name-pattern=adds"),
    _workflow(
        "workflow-goes-on-after-an-error",
        "tiny-oss #75: the step may fail.",
        "      - run: make test\n",
        "      - run: make test\n        continue-on-error: true\n",
    ),
    _workflow(
        "workflow-step-never-run",
        "The step is under a condition that never holds.",
        "      - run: make test\n",
        "      - run: make test\n        if: false\n",
    ),
    _workflow(
        "workflow-or-true", "The step cannot fail.", "      - run: make test\n", "      - run: make test || true\n"
    ),
    _workflow("workflow-without-tests", "The step is gone.", "      - run: make test\n", "      - run: make lint\n"),
    _make("make-without-assertions", "`-O` leaves every assertion out.", f"\t{_RUN.replace('python3', 'python3 -O')}"),
    _make(
        "make-with-options-of-its-own",
        "Options by the environment.",
        f"\tPYTEST_ADDOPTS='--deselect tests/test_cart.py::test_dearest' {_RUN}",
    ),
    _workflow(
        "workflow-into-a-pipe",
        "The step's status is that of the pipe's last program.",
        "      - run: make test\n",
        "      - run: make test | tee test.log\n",
    ),
    _workflow(
        "workflow-on-no-pull-request",
        "The job is under a condition that no branch meets.",
        "      - run: make test\n",
        "      - run: make test\n        if: github.ref == 'refs/heads/never'\n",
    ),
    Hollow(
        name="node-test-skipped-by-an-option",
        why="node:test's own way of skipping.",
        base=NODE,
        change={
            "cart.js": _JS_BROKEN,
            "test/cart.test.js": swap("it('knows the dearest', ()", "it('knows the dearest', { skip: true }, ()"),
        },
        by=("tamper",),
        at="test/cart.test.js",
    ),
    Hollow(
        name="node-test-as-a-todo",
        why="A todo may fail, and the run is green.",
        base=NODE,
        change={"cart.js": _JS_BROKEN, "test/cart.test.js": swap("it('knows", "it.todo('knows")},
        by=("tamper",),
        at="test/cart.test.js",
    ),
    Hollow(
        name="node-test-flipped",
        why="What is expected is what the broken code says.",
        base=NODE,
        change={"cart.js": _JS_BROKEN, "test/cart.test.js": swap("dearest([10, 20]), 20", "dearest([10, 20]), 10")},
        by=("tamper",),
        at="test/cart.test.js",
    ),
)
