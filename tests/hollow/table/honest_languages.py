"""Honest changes in other languages; read alone."""

from hollow.case import Edit, Honest, swap
from hollow.table.languages import FILES, base_of


def _in(kind: str, name: str, why: str, *pairs: str, task: str = "", behind: str = "") -> Honest:
    content: Edit = swap(*pairs, more=behind)
    path, _ = FILES[kind]
    return Honest(
        name=name,
        why=why,
        base=base_of(kind),
        change={path: content},
        task=task or "- [ ] 1. Tidy up\n",
        read_only=True,
    )


def _beside(kind: str, name: str, why: str, path: str, text: str) -> Honest:
    return Honest(
        name=name, why=why, base=base_of(kind), change={path: text}, task="- [ ] 1. Something new\n", read_only=True
    )


CASES = (
    _in("js", "js-one-more-test", "A test is added.", "  it('knows", "  it('takes one', () => {\n    expect(dearest([7])).toBe(7);\n  });\n\n  it('knows"),
    _in("js", "js-title-changed", "The same test by another title.", "'knows the dearest'", "'finds the dearest price'"),
    _in("js", "js-stricter-matcher", "`toEqual` became `toStrictEqual`.", ".toEqual(20)", ".toStrictEqual(20)"),
    _in("js", "js-reformatted", "Another layout.", "    expect(dearest([10, 20])).toEqual(20);\n", "    expect(\n      dearest([10, 20]),\n    ).toEqual(20);\n"),
    _beside("js", "js-collaborator-mocked", "What is mocked is not what is tested.", "test/news.test.ts", "import { fetched } from '../src/news';\n\njest.mock('../src/network', () => ({ get: () => Promise.resolve('pens') }));\n\ntest('fetches', async () => {\n  expect(await fetched()).toBe('pens');\n});\n"),
    _beside("js", "js-words-in-texts", "A text with the words of a skip in it.", "test/lint.test.ts", "import { weakens } from '../src/lint';\n\ntest('finds a skip', () => {\n  expect(weakens(\"it.skip('x')\")).toBe(true);\n  expect(weakens('expect(true).toBe(false)')).toBe(false);\n});\n"),
    _beside("snap", "js-new-snapshot", "A snapshot of a new test.", "test/__snapshots__/news.test.ts.snap", 'exports[`news 1`] = `"pens"`;\n'),
    _in("jest", "js-threshold-raised", "The coverage that is asked for is higher.", "lines: 80", "lines: 90"),
    _in("go", "go-table", "The test became a table with more rows.", '\tgot := Dearest([]int{10, 20})\n\tif got != 20 {\n\t\tt.Errorf("got %d, want 20", got)\n\t}\n', '\tfor _, c := range []struct {\n\t\tprices []int\n\t\twant   int\n\t}{{[]int{10, 20}, 20}, {[]int{7}, 7}} {\n\t\tif got := Dearest(c.prices); got != c.want {\n\t\t\tt.Errorf("got %d, want %d", got, c.want)\n\t\t}\n\t}\n'),
    _in("go", "go-renamed-well", "The same test by another name.", "func TestDearest(t", "func TestDearestOfMany(t"),
    _in("rust", "rust-code-changed", "Only what is not a test changes.", "*prices.iter().max().unwrap()", "prices.iter().copied().max().unwrap_or(0)"),
    _in("rust", "rust-one-more-test", "A test is added.", "    #[test]\n    fn one_price", "    #[test]\n    fn no_price() {\n        assert_eq!(dearest(&[]), 0);\n    }\n\n    #[test]\n    fn one_price"),
    _in("java", "java-named", "A display name.", "    @Test\n    void knows", '    @Test\n    @DisplayName("the dearest")\n    void knows'),
    _in("java", "java-fluent", "The same assertion by another library.", "assertEquals(20, Cart.dearest(10, 20));", "assertThat(Cart.dearest(10, 20)).isEqualTo(20);"),
    _in("pom", "java-plug-in-configured", "A setting of the tests' output.", "<trimStackTrace>false</trimStackTrace>", "<trimStackTrace>true</trimStackTrace>"),
    _in("csharp", "csharp-case-added", "One more set of values.", "    [InlineData(100, 0)]\n", "    [InlineData(100, 0)]\n    [InlineData(99, 5)]\n"),
    _in("ruby", "ruby-one-more-test", "A test is added.", "  it 'knows", "  it 'takes one' do\n    expect(Cart.dearest([7])).to eq(7)\n  end\n\n  it 'knows"),
    _in("php", "php-method-renamed", "The same test by another name.", "testDearest", "testTheDearestIsFound"),
)  # fmt: skip
