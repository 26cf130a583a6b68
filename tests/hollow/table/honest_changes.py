"""Work that is what it looks like: features, repairs, rearrangements, documents."""

from hollow.base import CART, MOODY, NODE, PACKAGE, PLAIN, SHOP, SICK, STOCK, TEST_CART, TEST_STOCK
from hollow.case import Base, Change, Honest, more, moved, swap

_AT = "tests/test_cart.py"
_IMPORT = "from shop.cart import dearest, shipping, total"

_DISCOUNT = '''

def discounted(prices, percent):
    """What is left to pay."""
    if not 0 <= percent <= 100:
        raise ValueError(f"{percent} is no percentage")
    return total(prices) * (100 - percent) / 100
'''

_DISCOUNT_TESTS = """

def test_discounted(prices):
    assert discounted(prices, 10) == 27


def test_a_discount_is_a_percentage(prices):
    with pytest.raises(ValueError, match="110"):
        discounted(prices, 110)
"""

_DISCOUNT_TASK = "- [ ] 1. Give a discount\n  - Write `discounted` in `shop/cart.py`, with tests\n"


def _new(name: str, why: str, code: str, test: str, told: tuple[str, ...] = ()) -> Honest:
    """A new module and its tests."""
    return Honest(
        name=name,
        why=why,
        base=SHOP,
        change={"shop/news.py": code, "tests/test_news.py": test},
        task="- [ ] 1. News\n  - Write `shop/news.py`, with tests\n",
        told=told,
    )


FEATURE: Change = {
    "shop/cart.py": more(_DISCOUNT),
    _AT: swap(_IMPORT, "from shop.cart import dearest, discounted, shipping, total", more=_DISCOUNT_TESTS),
}

CASES = (
    Honest(name="feature", why="A function, and tests of what it does.", base=SHOP, change=FEATURE, task=_DISCOUNT_TASK),
    Honest(
        name="feature-and-a-guard-of-what-was",
        why="One more test says that what was there before stays; it cannot fail without the change.",
        base=SHOP,
        change={
            "shop/cart.py": more(_DISCOUNT),
            _AT: swap(
                _IMPORT,
                "from shop.cart import dearest, discounted, shipping, total",
                more=_DISCOUNT_TESTS + "\n\ndef test_the_total_is_without_a_discount(prices):\n    discounted(prices, 50)\n    assert total(prices) == 30\n    assert shipping(prices) == 5\n",
            ),
        },
        task=_DISCOUNT_TASK,
        told=("bite.hollow", "bite.smoke"),
    ),
    Honest(
        name="repair-with-its-test",
        why="What was wrong is right, and a test would notice if it were wrong again.",
        base=SHOP,
        change={
            "shop/cart.py": swap("return max(prices)", "return max(prices, default=0)"),
            _AT: more("\n\ndef test_dearest_of_an_empty_cart():\n    assert dearest([]) == 0\n"),
        },
        task="- [ ] 1. `dearest` of an empty cart is 0\n  - Work on `shop/cart.py`\n",
    ),
    Honest(
        name="rearranged-without-a-new-test",
        why="The same behaviour in other words; the old tests are its proof.",
        base=SHOP,
        change={
            "shop/cart.py": swap(
                "    if total(prices) >= FREE_FROM:\n        return 0\n    return SHIPPING",
                "    return 0 if total(prices) >= FREE_FROM else SHIPPING",
            )
        },
        task="- [ ] 1. Make `shipping` in `shop/cart.py` shorter\n",
    ),
    Honest(
        name="rearranged-with-more-tests",
        why="The same behaviour in other words, and first a few more tests of it: they pass before and after, as they should.",
        base=SHOP,
        change={
            "shop/cart.py": swap(
                "    if total(prices) >= FREE_FROM:\n        return 0\n    return SHIPPING",
                "    return 0 if total(prices) >= FREE_FROM else SHIPPING",
            ),
            "tests/test_cart.py": more("\n\ndef test_shipping_of_nothing():\n    assert shipping([]) == 5\n"),
        },
        task="- [ ] 1. Simplify `shipping` in `shop/cart.py` without changing what it says; test an empty cart first\n",
        told=("bite.guard", "bite.none"),
    ),
    Honest(
        name="function-renamed",
        why="The tests call it by its new name, and expect what they expected.",
        base=SHOP,
        change={
            "shop/cart.py": swap("def dearest(", "def highest("),
            _AT: swap("import dearest, shipping, total", "import highest, shipping, total", "def test_dearest(prices):\n    assert dearest(", "def test_highest(prices):\n    assert highest("),
        },
        task="- [ ] 1. Rename `dearest` in `shop/cart.py` to `highest`\n",
    ),
    Honest(
        name="module-split",
        why="A function moves into a module of its own, and its tests with it.",
        base=SHOP,
        change={
            "shop/cart.py": swap("\n\ndef dearest(prices):\n    return max(prices)\n", ""),
            "shop/ranking.py": '"""Which price is which."""\n\n\ndef dearest(prices):\n    return max(prices)\n',
            _AT: swap("import dearest, shipping", "import shipping", "\n\ndef test_dearest(prices):\n    assert dearest(prices) == 20\n", ""),
            "tests/test_ranking.py": "from shop.ranking import dearest\n\n\ndef test_dearest(prices):\n    assert dearest(prices) == 20\n",
        },
        task="- [ ] 1. Move `dearest` from `shop/cart.py` to `shop/ranking.py`\n",
    ),
    Honest(
        name="feature-taken-away",
        why="The task asks for it: the code goes, and its test with it.",
        base=SHOP,
        change={
            "shop/cart.py": swap("\n\ndef dearest(prices):\n    return max(prices)\n", ""),
            _AT: swap("import dearest, shipping", "import shipping", "\n\ndef test_dearest(prices):\n    assert dearest(prices) == 20\n", ""),
        },
        task="- [ ] 1. Remove `dearest` from `shop/cart.py`, and its test `test_dearest`\n",
        told=("tamper.deleted", "tamper.test-deleted"),
    ),
    Honest(
        name="module-taken-away",
        why="The task asks for a whole module to be removed with its tests.",
        base=SHOP,
        change={
            "shop/stock.py": None,
            "tests/test_stock.py": None,
            "tests/conftest.py": "import pytest\n\n\n@pytest.fixture\ndef prices():\n    return [10, 20]\n",
        },
        task="- [ ] 1. Remove the stock\n  - Delete `shop/stock.py` and `tests/test_stock.py`, and the fixture in `tests/conftest.py`\n",
        told=("tamper.deleted", "tamper.test-deleted", "tamper.conftest"),
    ),
    Honest(
        name="expectation-changed-as-asked",
        why="The requirement is another now, and the task names the test that has to change.",
        base=SHOP,
        change={
            "shop/cart.py": swap("FREE_FROM = 100", "FREE_FROM = 80"),
            _AT: swap("([99], 5), ([100], 0)", "([79], 5), ([80], 0)"),
        },
        task="- [ ] 1. Shipping is free from 80 on\n  - Change `FREE_FROM` in `shop/cart.py`\n  - Change `test_shipping` in `tests/test_cart.py` to the new limit\n",
        told=("tamper.expectation", "tamper.parameters"),
    ),
    Honest(
        name="constant-and-the-test-that-sees-it",
        why="There is no function in the change; the new test fails without it all the same.",
        base=SHOP,
        change={
            "shop/cart.py": swap("SHIPPING = 5\n", "SHIPPING = 5\nCURRENCY = 'EUR'\n"),
            "tests/test_currency.py": "from shop import cart\n\n\ndef test_currency():\n    assert cart.CURRENCY == 'EUR'\n",
        },
        task="- [ ] 1. Say the currency in `shop/cart.py`\n",
    ),
    Honest(
        name="data-and-the-test-that-sees-it",
        why="Only a data file changes, and the new test reads what the code makes of it.",
        base=SHOP,
        change={
            "shop/words.json": '{"total": "total", "shipping": "shipping", "rest": "to pay"}\n',
            "tests/test_words.py": 'from shop.receipt import WORDS\n\n\ndef test_there_is_a_word_for_the_rest():\n    assert WORDS["rest"] == "to pay"\n',
        },
        task="- [ ] 1. A word for what is left to pay\n  - Add it to `shop/words.json`\n",
    ),
    Honest(
        name="golden-file-of-a-new-line",
        why="The receipt has one more line, and the task names the golden file.",
        base=SHOP,
        change={
            "shop/receipt.py": swap('    return "".join', '    rows.append(("items", len(prices)))\n    return "".join'),
            "tests/golden/receipt.txt": "total 30\nshipping 5\nitems 2\n",
        },
        task="- [ ] 1. Print how many items there are\n  - Change `shop/receipt.py`, and update `tests/golden/receipt.txt`\n",
        told=("tamper.snapshot",),
    ),
    Honest(
        name="documents-only",
        why="Nothing that could be run was changed.",
        base=SHOP,
        change={"README.md": more("\nShipping is free from 100 on.\n"), "docs/cart.md": "# The cart\n\nIt adds up.\n"},
        task="- [ ] 1. Describe the cart in `README.md` and `docs/cart.md`\n",
    ),
    Honest(
        name="comments-and-types-only",
        why="No line that is run is another one.",
        base=SHOP,
        change={
            "shop/cart.py": swap("def total(prices):", "def total(prices: list[int]) -> int:\n    # An empty cart costs nothing."),
        },
        task="- [ ] 1. Annotate `total` in `shop/cart.py`\n",
    ),
    Honest(
        name="red-before-and-after",
        why="A test that failed before the branch fails still; that is shown, and allowed by the settings.",
        base=SICK,
        change=FEATURE,
        task=_DISCOUNT_TASK,
        told=("tests.known-failure",),
    ),
    Honest(
        name="old-failure-repaired",
        why="A test that failed before passes now, for the code is right.",
        base=SICK,
        change={"tests/test_old.py": swap("== 3", "== 2")},
        task="- [ ] 1. `test_of_old` in `tests/test_old.py` expects the wrong sum: correct it to 2\n",
        told=("tamper.expectation",),
    ),
    _new(
        "nothing-found-is-none",
        "`is None` is what the function has to say, and another test sees to the rest.",
        'NEWS = {"pen": "new pens"}\n\n\ndef about(name):\n    return NEWS.get(name)\n',
        'from shop.news import about\n\n\ndef test_no_news():\n    assert about("ink") is None\n\n\ndef test_news():\n    assert about("pen") == "new pens"\n',
    ),
    _new(
        "yes-or-no",
        "A predicate: one test says yes, one says no.",
        'def is_news(text):\n    return text.startswith("new")\n',
        'from shop.news import is_news\n\n\ndef test_news_is_new():\n    assert is_news("new pens")\n\n\ndef test_old_is_not_news():\n    assert not is_news("old pens")\n',
    ),
    _new(
        "errors-only",
        "What it has to do is refuse.",
        'def require(text):\n    if not text:\n        raise ValueError("no news")\n',
        'import pytest\n\nfrom shop.news import require\n\n\ndef test_nothing_is_refused():\n    with pytest.raises(ValueError, match="no news"):\n        require("")\n\n\ndef test_something_is_not():\n    require("pens")\n',
        told=("bite.smoke",),
    ),
    _new(
        "effect-without-a-result",
        "It returns nothing; its effect is what is looked at.",
        "def publish(text, folder):\n    (folder / 'news.txt').write_text(text)\n",
        "from shop.news import publish\n\n\ndef test_published(tmp_path):\n    publish('pens', tmp_path)\n    assert (tmp_path / 'news.txt').read_text() == 'pens'\n",
    ),
    _new(
        "printed",
        "What it prints is looked at.",
        "def tell(text):\n    print(f'news: {text}')\n",
        "from shop.news import tell\n\n\ndef test_told(capsys):\n    tell('pens')\n    assert capsys.readouterr().out == 'news: pens\\n'\n",
    ),
    _new(
        "generator-and-context",
        "Generators and contexts stay what they are when they are emptied.",
        "from contextlib import contextmanager\n\n\ndef pages(texts):\n    for number, text in enumerate(texts, 1):\n        yield f'{number}: {text}'\n\n\n@contextmanager\ndef opened(log):\n    log.append('open')\n    yield log\n    log.append('closed')\n",
        "from shop.news import opened, pages\n\n\ndef test_pages():\n    assert list(pages(['a', 'b'])) == ['1: a', '2: b']\n\n\ndef test_opened():\n    with opened([]) as log:\n        assert log == ['open']\n    assert log == ['open', 'closed']\n",
    ),
    _new(
        "async-and-decorator",
        "Coroutines, a decorator and a cached function.",
        "import asyncio\nimport functools\n\n\ndef loud(function):\n    @functools.wraps(function)\n    def called(*args):\n        return function(*args).upper()\n\n    return called\n\n\n@loud\ndef headline(text):\n    return f'{text}!'\n\n\n@functools.lru_cache\ndef length(text):\n    return len(text)\n\n\nasync def later(text):\n    await asyncio.sleep(0)\n    return headline(text)\n",
        "import asyncio\n\nfrom shop.news import headline, later, length\n\n\ndef test_headline_is_loud():\n    assert headline('pens') == 'PENS!'\n\n\ndef test_length():\n    assert length('pens') == 4\n\n\ndef test_later():\n    assert asyncio.run(later('ink')) == 'INK!'\n",
    ),
    _new(
        "class-with-properties",
        "A class whose parts are all looked at, comparison included.",
        "from dataclasses import dataclass\n\n\n@dataclass(frozen=True)\nclass Item:\n    text: str\n    day: int = 1\n\n    @property\n    def title(self):\n        return self.text.title()\n\n    def __lt__(self, other):\n        return self.day < other.day\n\n    @classmethod\n    def of(cls, line):\n        day, text = line.split(' ', 1)\n        return cls(text, int(day))\n",
        "from shop.news import Item\n\n\ndef test_title():\n    assert Item('new pens').title == 'New Pens'\n\n\ndef test_read_from_a_line():\n    assert Item.of('3 ink') == Item('ink', 3)\n\n\ndef test_in_order():\n    assert sorted([Item('b', 2), Item('a', 1)])[0].text == 'a'\n",
    ),
    _new(
        "program",
        "The test starts it as people do, in a process of its own.",
        "import sys\n\n\ndef main(words):\n    if not words:\n        print('no news', file=sys.stderr)\n        return 2\n    print(' '.join(words))\n    return 0\n\n\nif __name__ == '__main__':\n    sys.exit(main(sys.argv[1:]))\n",
        "import subprocess\nimport sys\n\nfrom shop.news import main\n\n\ndef run(*words):\n    return subprocess.run([sys.executable, '-m', 'shop.news', *words], capture_output=True, text=True)\n\n\ndef test_it_says_what_it_is_told():\n    over = run('pens')\n    assert (over.returncode, over.stdout) == (0, 'pens\\n')\n\n\ndef test_nothing_is_an_error(capsys):\n    assert main([]) == 2\n    assert 'no news' in capsys.readouterr().err\n    assert main(['a']) == 0\n",
    ),
    _new(
        "collaborator-mocked",
        "What is replaced is not what is tested.",
        "import urllib.request\n\n\ndef fetched(address):\n    with urllib.request.urlopen(address) as answer:\n        return answer.read().decode().strip().splitlines()\n",
        "import io\nimport urllib.request\n\nfrom shop.news import fetched\n\n\ndef test_lines_are_fetched(monkeypatch):\n    monkeypatch.setattr(urllib.request, 'urlopen', lambda address: io.BytesIO(b'pens\\nink\\n'))\n    assert fetched('https://news.example') == ['pens', 'ink']\n",
    ),
    _new(
        "words-of-weakening-in-texts",
        "The code is about tests that are skipped; nothing is skipped here.",
        "MARKS = ('@pytest.mark.skip', 'xfail', 'assert True', '|| true', '# noqa', 'pragma: no cover')\n\n\ndef weakens(line):\n    return any(mark in line for mark in MARKS)\n",
        "import pytest\n\nfrom shop.news import weakens\n\n\n@pytest.mark.parametrize('line', ['@pytest.mark.skip(reason=\"x\")', 'make test || true', 'x = 1  # noqa', 'assert True'])\ndef test_weakened(line):\n    assert weakens(line)\n\n\ndef test_not_weakened():\n    assert not weakens('assert total == 30')\n",
    ),
    _new(
        "skipped-elsewhere",
        "A test for one system alone, which runs here.",
        "import os\n\n\ndef owner(path):\n    return os.stat(path).st_uid\n",
        "import os\nimport sys\n\nimport pytest\n\nfrom shop.news import owner\n\n\n@pytest.mark.skipif(sys.platform == 'win32', reason='Windows has no such numbers')\ndef test_owner(tmp_path):\n    assert owner(tmp_path) == os.getuid()\n",
    ),
    _new(
        "catching-what-is-meant-to-be-caught",
        "An exception is caught where the code has to do that, and a test that catches one looks at it.",
        "def number(text):\n    try:\n        return int(text)\n    except ValueError:\n        return None\n",
        "from shop.news import number\n\n\ndef test_numbers():\n    assert number('3') == 3\n\n\ndef test_no_number():\n    assert number('three') is None\n\n\ndef test_what_is_no_text_is_an_error():\n    try:\n        number(None)\n    except TypeError as error:\n        assert 'int()' in str(error)\n    else:\n        raise AssertionError('nothing was raised')\n",
    ),
    _new(
        "asked-of-the-environment",
        "Code that reads a variable, as programs do.",
        "import os\n\n\ndef place():\n    return os.environ.get('SHOP_NEWS', 'news.txt')\n",
        "from shop.news import place\n\n\ndef test_place(monkeypatch):\n    monkeypatch.setenv('SHOP_NEWS', 'other.txt')\n    assert place() == 'other.txt'\n    monkeypatch.delenv('SHOP_NEWS')\n    assert place() == 'news.txt'\n",
    ),
    Honest(
        name="feature-with-unittest",
        why="The same without pytest.",
        base=PLAIN,
        change={
            "shop/cart.py": more(_DISCOUNT),
            _AT: swap(
                _IMPORT,
                "from shop.cart import dearest, discounted, shipping, total",
                more='\n    def test_discounted(self):\n        self.assertEqual(discounted(self.prices, 10), 27)\n\n    def test_a_discount_is_a_percentage(self):\n        with self.assertRaisesRegex(ValueError, "110"):\n            discounted(self.prices, 110)\n',
            ),
        },
        task=_DISCOUNT_TASK,
    ),
    Honest(
        name="feature-with-node",
        why="The same in JavaScript.",
        base=NODE,
        change={
            "cart.js": more("\nexports.discounted = function discounted(prices, percent) {\n  return (exports.total(prices) * (100 - percent)) / 100;\n};\n"),
            "test/cart.test.js": swap("{ total, dearest }", "{ total, dearest, discounted }", more="\ntest('a discount is given', () => assert.strictEqual(discounted([100], 10), 90));\n"),
        },
        task="- [ ] 1. Give a discount\n  - Write `discounted` in `cart.js`\n",
    ),
    Honest(
        name="script-added-beside-the-tests",
        why="package.json gets another script and a version; what runs the tests is as it was.",
        base=NODE,
        change={
            "package.json": PACKAGE.replace('"test": "node --test"', '"test": "node --test",\n    "list": "ls *.js || true"'),
        },
        task="- [ ] 1. A script `list` in `package.json`\n",
    ),
    Honest(
        name="stock-rewritten",
        why="All of a class is written anew, and its tests say more than before.",
        base=SHOP,
        change={
            "shop/stock.py": STOCK.replace("self.counts[name] -= count\n        return self.counts[name]", "left = self.counts[name] - count\n        self.counts[name] = left\n        return left").replace("    def take", "    def add(self, name, count):\n        self.counts[name] = self.counts.get(name, 0) + count\n\n    def take"),
            "tests/test_stock.py": TEST_STOCK + '\n    def test_what_is_added_is_there(self, stock):\n        stock.add("ink", 2)\n        assert stock.counts == {"pen": 3, "ink": 2}\n',
        },
        task="- [ ] 1. Add to the stock\n  - Write `add` in `shop/stock.py`\n",
    ),
    Honest(
        name="cart-moved-to-a-package",
        why="A module moves into a folder, and the tests import it from there.",
        base=SHOP,
        change={
            "shop/cart.py": None,
            "shop/money/__init__.py": "",
            "shop/money/cart.py": CART,
            "shop/receipt.py": swap("from shop.cart import", "from shop.money.cart import"),
            _AT: TEST_CART.replace("from shop.cart import", "from shop.money.cart import"),
        },
        task="- [ ] 1. Move `shop/cart.py` to `shop/money/cart.py`\n",
    ),
    Honest(
        name="helper-with-a-no-cover-that-was-there",
        why="A line that was left out of coverage before moves with its function.",
        base=Base(
            name="with-main",
            files={
                **SHOP.files,
                "shop/main.py": "from shop.receipt import printed\n\n\ndef main():  # pragma: no cover\n    print(printed([1]))\n",
            },
        ),
        change={"shop/main.py": None, "shop/program.py": moved("shop/main.py")},
        task="- [ ] 1. Rename `shop/main.py` to `shop/program.py`\n",
    ),
    Honest(
        name="flaky-before-and-now",
        why="A test that nobody touched fails now and then; that is told, with what it said each time.",
        base=MOODY,
        change=FEATURE,
        task=_DISCOUNT_TASK,
        told=("tests.flaky", "tests.failed"),
    ),
    Honest(
        name="retry-in-the-code",
        why="Exceptions are caught and tried again, as such code does.",
        base=SHOP,
        change={
            "shop/retry.py": "def tried(action, times):\n    for left in reversed(range(times)):\n        try:\n            return action()\n        except OSError:\n            if not left:\n                raise\n    return None\n",
            "tests/test_retry.py": "import pytest\n\nfrom shop.retry import tried\n\n\nclass Moody:\n    def __init__(self, failures):\n        self.failures = failures\n\n    def __call__(self):\n        self.failures -= 1\n        if self.failures >= 0:\n            raise OSError('not yet')\n        return 'done'\n\n\ndef test_the_second_try_will_do():\n    assert tried(Moody(1), 2) == 'done'\n\n\ndef test_in_the_end_it_fails():\n    with pytest.raises(OSError, match='not yet'):\n        tried(Moody(2), 2)\n\n\ndef test_no_tries():\n    assert tried(Moody(0), 0) is None\n",
        },
        task="- [ ] 1. Try again\n  - Write `shop/retry.py`, with tests\n",
    ),
    Honest(
        name="small-module-wholly-tested-at-once",
        why="One test of the whole sees to every function of a small module.",
        base=SHOP,
        change={
            "shop/slug.py": "def _plain(text):\n    return ''.join(sign if sign.isalnum() else ' ' for sign in text.lower())\n\n\ndef _joined(words):\n    return '-'.join(words)\n\n\ndef slug(text):\n    return _joined(_plain(text).split())\n",
            "tests/test_slug.py": "from shop.slug import slug\n\n\ndef test_slug():\n    assert slug('Two new Pens!') == 'two-new-pens'\n",
        },
        task="- [ ] 1. Slugs\n  - Write `shop/slug.py`, with tests\n",
    ),
)  # fmt: skip
