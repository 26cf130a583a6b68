"""Where a test stands in a tree, in the languages that runners are known for."""

import pytest

from kiro_worker.evidence.sources import Sources
from kiro_worker.gate.port import TestCase

PYTHON = b'''import pytest

TEXT = """
# Validates: 9.9
"""

# Not this one.

# Validates: 1.1
@pytest.mark.parametrize("n", [1, 2])
def test_heavy(n):
    """A parcel.

    Validates: 1.2
    """
    # Validates: 1.3
    assert TEXT, "# Validates: 8.8"


class TestZones:
    class TestInner:
        NOTE = 1  # Validates: 7.7
        def test_heavy(self):
            assert True

    async def test_light(self):
        assert True


def helper():
    pass
'''
JS = b"""import { it } from 'vitest';
describe('zones', () => {
  // Validates: 1.1
  it('refuses heavy', () => {
    expect(1).toBe(1);
  });

  it.each([1, 2])("takes \\"%s\\" parcels", (n) => {
    expect(n).toBe(n);
  });
});
test('light', async () => {});
// Validates: 1.2
it.each([
  [1, 2],
])('adds %i and %i', (a, b) => {
  expect(a).toBe(b);
});
test.each`
  a    | b
  ${1} | ${2}
`("joins $a with ${b}", ({ a, b }) => {
  expect(a).toBe(b);
});
"""
GO = b"""package rates

// TestHeavy shows it.
// Validates: 1.1
func TestHeavy(t *testing.T) {
	t.Run("30 kg", func(t *testing.T) {})
}

func TestLight(t *testing.T) {}
"""
RUST = b"""pub fn quote() {}
#[cfg(test)]
mod tests {
    /// Validates: 1.1
    #[test]
    fn refuses_heavy() {
        assert!(true);
    }
}
"""
JAVA = b"""class RatesTest {
    // Validates: 1.1
    @Test
    void refusesHeavy() {
        assertTrue(true);
    }
}
"""
TREE = {
    "pkg/tests/test_rates.py": PYTHON,
    "web/zones.test.ts": JS,
    "rates/rates_test.go": GO,
    "src/quote.rs": RUST,
    "app/src/test/java/com/x/RatesTest.java": JAVA,
    "tests/broken_test.py": b"def test_x(:\n",
}


def find(name, suite="", path="", tree=TREE):
    return Sources(tree.get, tree).find(TestCase(name=name, suite=suite, path=path))


@pytest.mark.parametrize(
    ("name", "suite", "path", "lines"),
    [
        ("test_heavy[1]", "tests.test_rates", "", (9, 17, 11)),
        ("test_heavy[1]", "pkg.tests.test_rates", "pkg/tests/test_rates.py", (9, 17, 11)),
        ("test_heavy", "tests.test_rates.TestZones.TestInner", "", (23, 24, 23)),
        ("test_light", "tests.test_rates.TestZones", "", (26, 27, 26)),
        ("test_light (n=1)", "tests.test_rates.TestZones", "", (26, 27, 26)),
        ("test_light", "tests.test_rates.TestDerived", "", (26, 27, 26)),
        ("zones > refuses heavy", "web/zones.test.ts", "web/zones.test.ts", (3, 6, 4)),
        ("zones refuses heavy", "", "zones.test.ts", (3, 6, 4)),
        ("light", "", "/build/1/web/zones.test.ts", (12, 12, 12)),
        ('zones takes "2" parcels', "", "web/zones.test.ts", (8, 10, 8)),
        ("adds 1 and 2", "", "web/zones.test.ts", (13, 18, 16)),
        ("joins 1 with 2", "", "web/zones.test.ts", (19, 24, 22)),
        ("TestHeavy/30_kg", "example.com/mod/rates", "", (3, 7, 5)),
        ("TestLight", "example.com/mod/rates", "", (9, 9, 9)),
        ("quote::tests::refuses_heavy", "", "", (4, 8, 6)),
        ("tests::refuses_heavy", "", "", (4, 8, 6)),
        ("refuses_heavy", "", "", (4, 8, 6)),
        ("refusesHeavy", "com.x.RatesTest", "", (2, 6, 4)),
        ("refusesHeavy(int)[1]", "com.x.RatesTest$Inner", "", (2, 6, 4)),
    ],
)
def test_a_test_is_found_with_its_own_lines(name, suite, path, lines):
    found = find(name, suite, path)
    assert (found.first, found.last, found.line) == lines
    whole = TREE[found.path].decode().splitlines()
    assert found.text.splitlines() == whole[found.first - 1 : found.last]


def test_the_words_of_a_test_are_its_comments_and_its_docstring_and_no_other_string():
    words = "\n".join(find("test_heavy[1]", "tests.test_rates").words)
    assert [tag in words for tag in ("1.1", "1.2", "1.3", "8.8", "9.9")] == [True, True, True, False, False]
    assert "Not this one" not in words
    assert find("test_heavy", "tests.test_rates.TestZones.TestInner").words == ()


@pytest.mark.parametrize(
    ("name", "suite", "path"),
    [
        ("zones refuses heavy", "", "web/zones.test.ts"),
        ("TestHeavy", "example.com/mod/rates", ""),
        ("quote::tests::refuses_heavy", "", ""),
        ("refusesHeavy", "com.x.RatesTest", ""),
    ],
)
def test_comments_right_above_count_in_every_language(name, suite, path):
    assert any("Validates: 1.1" in words for words in find(name, suite, path).words)


def test_a_file_that_cannot_be_taken_apart_is_told_whole():
    found = find("test_x", "tests.broken_test", "tests/broken_test.py")
    assert (found.line, found.text, found.is_found) == (0, "def test_x(:\n", False)
    assert find("test_gone", path="pkg/tests/test_rates.py").line == 0
    # Made while the file is loaded: its module says where.
    assert find("test_made", "pkg.tests.test_rates").path == "pkg/tests/test_rates.py"


@pytest.mark.parametrize(
    ("name", "suite", "path"),
    [("test_x", "", ""), ("test_x", "nowhere.at.all", ""), ("x", "", "gone.py"), ("", "..", "")],
)
def test_what_is_nowhere_is_not_found(name, suite, path):
    assert find(name, suite, path) is None


def test_one_name_in_two_files_is_no_certain_place():
    tree = {"a/one_test.go": GO, "b/one_test.go": GO}
    assert find("TestHeavy", "example.com/a", tree=tree).path == "a/one_test.go"
    both = {"a/one_test.go": GO, "a/two_test.go": GO}
    assert find("TestHeavy", "example.com/a", tree=both) is None


@pytest.mark.parametrize(
    "content", [b"\0\1", b"def f():\n" + b" " * 5000 + b"(" * 5000, b"x = '\xff'\ndef test_x(): pass\n"]
)
def test_hostile_files_do_no_harm(content):
    Sources({"test_a.py": content}.get, {"test_a.py"}).find(TestCase(name="test_x", suite="test_a", path="test_a.py"))
