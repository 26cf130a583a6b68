"""Coverage that is low, or that says nothing of what was changed."""

from hollow.base import SCRIPTED, SHOP
from hollow.case import Hollow, more, swap

_UNTESTED = """

def split(prices, people):
    if people < 1:
        raise ValueError("nobody pays")
    share = total(prices) // people
    rest = total(prices) - share * people
    shares = [share] * people
    for person in range(rest):
        shares[person] += 1
    return shares
"""

_NEW_MODULE = '''"""Prices in other currencies."""

RATES = {"EUR": 1.0, "USD": 1.1}


def converted(prices, currency):
    rate = RATES[currency]
    return [price * rate for price in prices]
'''

_TASK = "- [ ] 1. Let people share a cart\n  - Work on `shop/cart.py` and `shop/currency.py`\n"


def _report(name: str, why: str, script: str, **others: str | None) -> Hollow:
    """A new function without tests, and the report that should say so is another."""
    run = "python3 -m pytest -q -p no:cacheprovider --junitxml=junit.xml"
    return Hollow(
        name=name,
        why=why,
        base=SCRIPTED,
        change={"shop/cart.py": more(_UNTESTED), "check.sh": f"set -e\n{run}{script}", **others},
        task=_TASK,
        by=("coverage", "tamper"),
    )


CASES = (
    Hollow(
        name="new-function-without-tests",
        why="The total stays high enough; none of the new lines is run.",
        base=SHOP,
        change={"shop/cart.py": more(_UNTESTED)},
        task=_TASK,
        settings={"coverage_threshold": 50.0},
        by=("coverage",),
        at="shop/cart.py",
    ),
    Hollow(
        name="new-module-that-nothing-imports",
        why="A file that no test imports is in nobody's report.",
        base=SHOP,
        change={"shop/currency.py": _NEW_MODULE},
        task=_TASK,
        settings={"coverage_threshold": 50.0},
        by=("coverage",),
        at="shop/currency.py",
    ),
    Hollow(
        name="new-module-that-is-only-imported",
        why="Its definitions count as run; what is in them is not.",
        base=SHOP,
        change={
            "shop/currency.py": _NEW_MODULE
            + "\n\ndef rounded(prices):\n    whole = []\n    for price in prices:\n        whole.append(round(price))\n    return whole\n",
            "tests/test_currency.py": 'from shop.currency import RATES, converted\n\n\ndef test_there_are_rates():\n    assert converted is not None\n    assert RATES["EUR"] == 1.0\n',
        },
        task=_TASK,
        settings={"coverage_threshold": 50.0},
        by=("coverage",),
        at="shop/currency.py",
    ),
    Hollow(
        name="only-the-easy-half-tested",
        why="consul #23692: of the changed lines, too few are run.",
        base=SHOP,
        change={
            "shop/cart.py": more(_UNTESTED),
            "tests/test_split.py": 'import pytest\n\nfrom shop.cart import split\n\n\ndef test_nobody_pays():\n    with pytest.raises(ValueError, match="nobody"):\n        split([10], 0)\n',
        },
        task=_TASK,
        settings={"coverage_threshold": 50.0},
        by=("coverage",),
        at="shop/cart.py",
    ),
    Hollow(
        name="coverage-below-what-it-was",
        why="The threshold is met, and the whole is covered worse than before.",
        base=SHOP,
        change={
            "shop/cart.py": more(_UNTESTED),
            "tests/test_split.py": 'import pytest\n\nfrom shop.cart import split\n\n\ndef test_nobody_pays():\n    with pytest.raises(ValueError, match="nobody"):\n        split([10], 0)\n',
        },
        task=_TASK,
        settings={"coverage_threshold": 50.0, "changed_coverage_threshold": 30.0},
        by=("coverage",),
    ),
    Hollow(
        name="part-of-the-repository-below-its-own",
        why="One folder is to be covered wholly, and the average hides that it is not.",
        base=SHOP,
        change={
            "shop/cart.py": swap(
                "    return max(prices)", "    if not prices:\n        return 0\n    return max(prices)"
            ),
            "shop/extra.py": "".join(f"VALUE_{n} = {n}\n" for n in range(40)),
            "tests/test_extra.py": "import shop.extra\n\n\ndef test_values():\n    assert shop.extra.VALUE_3 == 3\n",
        },
        settings={"coverage_paths": (("shop/cart.py", "100"),)},
        by=("coverage",),
        at="shop/cart.py",
    ),
    Hollow(
        name="threshold-lowered",
        why="LLMKube #787: not the tests get better, the threshold gets lower.",
        base=SHOP,
        change={"shop/cart.py": more(_UNTESTED), "pyproject.toml": swap("fail_under = 80", "fail_under = 20")},
        task=_TASK,
        by=("tamper",),
        at="pyproject.toml",
    ),
    Hollow(
        name="threshold-taken-away",
        why="The same by taking the line out.",
        base=SHOP,
        change={"shop/cart.py": more(_UNTESTED), "pyproject.toml": swap("fail_under = 80\n", "")},
        task=_TASK,
        by=("tamper",),
        at="pyproject.toml",
    ),
    Hollow(
        name="code-left-out-of-coverage",
        why="The new file is on the list of what is not measured.",
        base=SHOP,
        change={
            "shop/currency.py": _NEW_MODULE,
            "pyproject.toml": swap('source = ["shop"]\n', 'source = ["shop"]\nomit = ["shop/currency.py"]\n'),
        },
        task=_TASK,
        by=("tamper",),
        at="pyproject.toml",
    ),
    Hollow(
        name="lines-left-out-by-a-pattern",
        why="A pattern takes whole functions out of the report.",
        base=SHOP,
        change={
            "shop/cart.py": more(_UNTESTED),
            "pyproject.toml": swap("show_missing = true\n", 'show_missing = true\nexclude_also = ["def split"]\n'),
        },
        task=_TASK,
        by=("tamper",),
        at="pyproject.toml",
    ),
    Hollow(
        name="settings-of-coverage-that-go-before",
        why="A new .coveragerc is read in place of what pyproject.toml says.",
        base=SHOP,
        change={"shop/currency.py": _NEW_MODULE, ".coveragerc": "[run]\nsource = shop.cart\n"},
        task=_TASK,
        by=("tamper", "coverage"),
    ),
    Hollow(
        name="no-cover",
        why="A comment takes the function out of what is counted.",
        base=SHOP,
        change={"shop/cart.py": more(_UNTESTED.replace("people):", "people):  # pragma: no cover"))},
        task=_TASK,
        by=("tamper",),
        at="shop/cart.py",
    ),
    Hollow(
        name="code-hidden-from-coverage",
        why="The body is a text that is executed: one line, and it is run.",
        base=SHOP,
        change={
            "shop/cart.py": more(
                "\n\nexec('''\ndef split(prices, people):\n    if people < 1:\n        raise ValueError(\"nobody pays\")\n    return [total(prices) / people] * people\n''')\n"
            )
        },
        task=_TASK,
        by=("tamper", "coverage"),
        at="shop/cart.py",
    ),
    _report(
        "empty-report",
        "abicheck #769: an empty report is no report.",
        "\nprintf '' > lcov.info\n",
    ),
    _report(
        "report-without-a-line",
        "It names the file, and no line of it.",
        "\nprintf 'SF:shop/cart.py\\nend_of_record\\n' > lcov.info\n",
    ),
    _report(
        "report-of-another-package",
        "hudi #19173: what is reported is covered well, and is not what was changed.",
        " --cov=tests --cov-report=lcov:lcov.info\n",
    ),
    _report(
        "report-of-other-paths",
        "The paths are those of another machine.",
        "\nprintf 'SF:/build/agent7/src/app/cart.py\\nDA:1,1\\nDA:2,1\\nend_of_record\\n' > lcov.info\n",
    ),
    _report(
        "report-older-than-the-code",
        "hudi #19173: the report is one that somebody committed, with the time of now.",
        "\ncp tests/kept.info lcov.info\n",
        **{
            "tests/kept.info": "SF:shop/cart.py\n"
            + "".join(f"DA:{line},1\n" for line in (3, 4, 7, 8, 11, 12, 13, 14, 17, 18))
            + "end_of_record\n"
        },
    ),
    _report(
        "report-of-half-the-package",
        "Partial: the changed file is the one that is not measured.",
        " --cov=shop.stock --cov-report=lcov:lcov.info\n",
    ),
    Hollow(
        name="no-report-any-more",
        why="The command no longer writes one; the one that lies there was committed.",
        base=SCRIPTED,
        change={
            "shop/cart.py": more(_UNTESTED),
            "check.sh": "set -e\npython3 -m pytest -q -p no:cacheprovider --junitxml=junit.xml\n",
            "lcov.info": "SF:shop/cart.py\nDA:3,1\nDA:4,1\nend_of_record\n",
        },
        task=_TASK,
        by=("coverage", "tamper"),
    ),
    Hollow(
        name="measured-source-narrowed",
        why="hudi #19173: the wrong package is measured.",
        base=SHOP,
        change={
            "shop/cart.py": more(_UNTESTED),
            "pyproject.toml": swap('source = ["shop"]', 'source = ["shop.stock"]'),
        },
        task=_TASK,
        by=("tamper",),
        at="pyproject.toml",
    ),
)
