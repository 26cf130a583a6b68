"""The same in other languages; what is read alone, so that no toolchain is needed."""

from hollow.case import Base, Edit, Hollow, swap

JEST = """import { total, dearest } from '../src/cart';

describe('cart', () => {
  test('adds up', () => {
    expect(total([10, 20])).toBe(30);
    expect(total([])).toBe(0);
  });

  it('knows the dearest', async () => {
    expect(dearest([10, 20])).toEqual(20);
  });
});
"""

SNAPSHOT = '// Jest Snapshot v1, https://goo.gl/fbAQLP\n\nexports[`receipt is printed 1`] = `\n"total 30"\n`;\n'

GO = """package cart

import "testing"

func TestTotal(t *testing.T) {
	if got := Total([]int{10, 20}); got != 30 {
		t.Fatalf("got %d", got)
	}
}

func TestDearest(t *testing.T) {
	got := Dearest([]int{10, 20})
	if got != 20 {
		t.Errorf("got %d, want 20", got)
	}
}
"""

RUST = """pub fn dearest(prices: &[i64]) -> i64 {
    *prices.iter().max().unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_dearest() {
        assert_eq!(dearest(&[10, 20]), 20);
    }

    #[test]
    fn one_price() {
        assert_eq!(dearest(&[7]), 7);
        assert!(dearest(&[7]) > 0);
    }
}
"""

JAVA = """package shop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class CartTest {
    @Test
    void addsUp() {
        assertEquals(30, Cart.total(10, 20));
    }

    @Test
    void knowsTheDearest() {
        assertEquals(20, Cart.dearest(10, 20));
    }
}
"""

KOTLIN = """package shop

import kotlin.test.Test
import kotlin.test.assertEquals

class CartTest {
    @Test
    fun `knows the dearest`() {
        assertEquals(20, dearest(listOf(10, 20)))
    }
}
"""

CSHARP = """using Xunit;

public class CartTests
{
    [Fact]
    public void KnowsTheDearest()
    {
        Assert.Equal(20, Cart.Dearest(10, 20));
    }

    [Theory]
    [InlineData(10, 5)]
    [InlineData(100, 0)]
    public void Ships(int paid, int costs)
    {
        Assert.Equal(costs, Cart.Shipping(paid));
    }
}
"""

RSPEC = """require 'cart'

RSpec.describe Cart do
  it 'adds up' do
    expect(Cart.total([10, 20])).to eq(30)
  end

  it 'knows the dearest' do
    expect(Cart.dearest([10, 20])).to eq(20)
  end
end
"""

PHPUNIT = """<?php

use PHPUnit\\Framework\\TestCase;

final class CartTest extends TestCase
{
    public function testDearest(): void
    {
        $this->assertSame(20, Cart::dearest([10, 20]));
    }
}
"""

POM = """<project>
  <build>
    <plugins>
      <plugin>
        <artifactId>maven-surefire-plugin</artifactId>
        <configuration>
          <trimStackTrace>false</trimStackTrace>
        </configuration>
      </plugin>
    </plugins>
  </build>
</project>
"""

JEST_SETTINGS = """module.exports = {
  testEnvironment: 'node',
  coverageThreshold: { global: { lines: 80 } },
};
"""

VITEST_SETTINGS = """import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { coverage: { thresholds: { lines: 80 } } },
});
"""

MOCHA = """const assert = require('assert');
const { dearest } = require('../cart');

describe('cart', function () {
  it('knows the dearest', function () {
    assert.strictEqual(dearest([10, 20]), 20);
  });
});
"""

JUNIT4 = """package shop;

import org.junit.Assert;
import org.junit.Test;

public class StockTest {
    @Test
    public void takes() {
        Assert.assertEquals(1, new Stock(3).take(2));
    }
}
"""

SYRUPY = "# serializer version: 1\n# name: test_receipt\n  'total 30'\n# ---\n"

PHPUNIT_XML = """<phpunit>
  <testsuites>
    <testsuite name="all">
      <directory>tests</directory>
    </testsuite>
  </testsuites>
</phpunit>
"""

FILES = {
    "vitest": ("vitest.config.ts", VITEST_SETTINGS),
    "mocha": ("test/dearest.js", MOCHA),
    "junit4": ("src/test/java/shop/StockTest.java", JUNIT4),
    "syrupy": ("tests/__snapshots__/test_receipt.ambr", SYRUPY),
    "phpunit": ("phpunit.xml", PHPUNIT_XML),
    "js": ("test/cart.test.ts", JEST),
    "snap": ("test/__snapshots__/receipt.test.ts.snap", SNAPSHOT),
    "jest": ("jest.config.js", JEST_SETTINGS),
    "go": ("cart_test.go", GO),
    "rust": ("src/lib.rs", RUST),
    "java": ("src/test/java/shop/CartTest.java", JAVA),
    "kotlin": ("src/test/kotlin/shop/CartTest.kt", KOTLIN),
    "csharp": ("tests/CartTests.cs", CSHARP),
    "ruby": ("spec/cart_spec.rb", RSPEC),
    "php": ("tests/CartTest.php", PHPUNIT),
    "pom": ("pom.xml", POM),
}


def base_of(kind: str) -> Base:
    path, text = FILES[kind]
    return Base(name=f"only-{kind}", files={path: text, "README.md": "A shop.\n"})


def _in(kind: str, name: str, why: str, *pairs: str) -> Hollow:
    return _case(kind, name, why, swap(*pairs))


def _case(kind: str, name: str, why: str, content: Edit | str | None) -> Hollow:
    path, _ = FILES[kind]
    return Hollow(
        name=name,
        why=why,
        base=base_of(kind),
        change={path: content},
        task="- [ ] 1. Sort the prices first\n",
        by=("tamper",),
        at=path,
        read_only=True,
    )


CASES = (
    _in("js", "js-skip", "`.skip` on a test.", "it('knows", "it.skip('knows"),
    _in("js", "js-skip-by-an-x", "`xit` is a skip too.", "it('knows", "xit('knows"),
    _in("js", "js-describe-skip", "A whole group.", "describe('cart'", "describe.skip('cart'"),
    _in("js", "js-only", "`.only` on one leaves all others out.", "test('adds up'", "test.only('adds up'"),
    _in("js", "js-todo", "A todo is not run.", "it('knows the dearest', async () => {\n    expect(dearest([10, 20])).toEqual(20);\n  });", "it.todo('knows the dearest');"),
    _in("js", "js-failing", "Expected to fail.", "it('knows", "it.failing('knows"),
    _in("js", "js-assertion-removed", "Nothing is expected any more.", "expect(dearest([10, 20])).toEqual(20);", "dearest([10, 20]);"),
    _in("js", "js-expect-without-a-matcher", "`expect` alone asserts nothing.", "expect(dearest([10, 20])).toEqual(20);", "expect(dearest([10, 20]));"),
    _in("js", "js-trivial", "`expect(true).toBe(true)`.", "expect(dearest([10, 20])).toEqual(20);", "dearest([10, 20]);\n    expect(true).toBe(true);"),
    _in("js", "js-weaker-matcher", "Anything that is defined will do.", ".toEqual(20)", ".toBeDefined()"),
    _in("js", "js-negated", "The opposite is expected.", ".toEqual(20)", ".not.toEqual(20)"),
    _in("js", "js-flipped", "Another number is expected.", ".toEqual(20)", ".toEqual(10)"),
    _in("js", "js-mocked", "The module under test is a mock.", "import { total, dearest } from '../src/cart';\n", "import { total, dearest } from '../src/cart';\n\njest.mock('../src/cart', () => ({ total: () => 30, dearest: () => 20 }));\n"),
    _in("js", "js-swallowed", "What is thrown is dropped.", "    expect(dearest([10, 20])).toEqual(20);\n", "    try {\n      expect(dearest([10, 20])).toEqual(20);\n    } catch {}\n"),
    _in("js", "js-deleted", "The test is gone.", "  it('knows the dearest', async () => {\n    expect(dearest([10, 20])).toEqual(20);\n  });\n", ""),
    _in("js", "js-commented-out", "The test is a comment now.", "  it('knows the dearest', async () => {\n    expect(dearest([10, 20])).toEqual(20);\n  });\n", "  // it('knows the dearest', async () => {\n  //   expect(dearest([10, 20])).toEqual(20);\n  // });\n"),
    _case("js", "js-file-deleted", "The file is gone.", None),
    _in("snap", "js-snapshot-rewritten", "The snapshot says what the broken code prints.", "total 30", "total 3000"),
    _in("jest", "js-threshold-lowered", "The coverage that is asked for is lower.", "lines: 80", "lines: 8"),
    _in("jest", "js-tests-ignored", "A folder of tests is not looked at.", "testEnvironment: 'node',\n", "testEnvironment: 'node',\n  testPathIgnorePatterns: ['cart'],\n"),
    _in("jest", "js-no-tests-is-fine", "It passes when there are no tests.", "testEnvironment: 'node',\n", "testEnvironment: 'node',\n  passWithNoTests: true,\n  testMatch: ['**/smoke/**'],\n"),
    _in("go", "go-skip", "`t.Skip` at the beginning.", "\tgot := Dearest([]int{10, 20})\n", '\tt.Skip("flaky")\n\tgot := Dearest([]int{10, 20})\n'),
    _in("go", "go-skip-when-short", "Skipped where tests are to be short, which is always.", "\tgot := Dearest([]int{10, 20})\n", "\tif !testing.Verbose() {\n\t\tt.SkipNow()\n\t}\n\tgot := Dearest([]int{10, 20})\n"),
    _in("go", "go-renamed", "A function of another name is no test.", "func TestDearest(t", "func testDearest(t"),
    _in("go", "go-logged", "The failure is logged, and nothing more.", 't.Errorf("got %d, want 20", got)', 't.Logf("got %d, want 20", got)'),
    _in("go", "go-not-built", "A build tag leaves the file out.", "package cart\n", "//go:build never\n\npackage cart\n"),
    _in("go", "go-main-of-its-own", "TestMain ends with status 0 whatever happens.", 'import "testing"\n', 'import (\n\t"os"\n\t"testing"\n)\n\nfunc TestMain(m *testing.M) {\n\tm.Run()\n\tos.Exit(0)\n}\n'),
    _in("go", "go-never-compared", "The condition never holds.", "if got != 20 {", "if got != 20 && false {"),
    _in("rust", "rust-ignore", "`#[ignore]`.", "    #[test]\n    fn knows", "    #[test]\n    #[ignore]\n    fn knows"),
    _in("rust", "rust-no-longer-a-test", "The attribute is gone.", "    #[test]\n    fn knows", "    fn knows"),
    _in("rust", "rust-expected-to-panic", "The failure itself is expected.", "    #[test]\n    fn knows", "    #[test]\n    #[should_panic]\n    fn knows"),
    _in("rust", "rust-assertion-removed", "Nothing is asserted any more.", "assert_eq!(dearest(&[10, 20]), 20);", "let _ = dearest(&[10, 20]);"),
    _in("rust", "rust-module-left-out", "The module of tests is never built.", "#[cfg(test)]\nmod tests", "#[cfg(any())]\nmod tests"),
    _in("java", "java-disabled", "`@Disabled`.", "    @Test\n    void knows", '    @Disabled("later")\n    @Test\n    void knows'),
    _in("java", "java-no-longer-a-test", "The annotation is gone.", "    @Test\n    void knows", "    void knows"),
    _in("java", "java-assertion-removed", "Nothing is asserted any more.", "assertEquals(20, Cart.dearest(10, 20));", "Cart.dearest(10, 20);"),
    _in("java", "java-trivial", "`assertTrue(true)`.", "assertEquals(20, Cart.dearest(10, 20));", "Cart.dearest(10, 20);\n        assertTrue(true);"),
    _in("java", "java-assumed", "An assumption that does not hold skips the test.", "        assertEquals(20, Cart.dearest(10, 20));", '        Assumptions.assumeTrue(System.getenv("SHOP") != null);\n        assertEquals(20, Cart.dearest(10, 20));'),
    _in("pom", "java-failures-ignored", "The build goes on after failing tests.", "<trimStackTrace>false</trimStackTrace>", "<trimStackTrace>false</trimStackTrace>\n          <testFailureIgnore>true</testFailureIgnore>"),
    _in("pom", "java-tests-skipped", "The build has no tests.", "<trimStackTrace>false</trimStackTrace>", "<trimStackTrace>false</trimStackTrace>\n          <skipTests>true</skipTests>"),
    _in("kotlin", "kotlin-ignored", "`@Ignore`.", "    @Test\n", "    @Ignore\n    @Test\n"),
    _in("csharp", "csharp-skip", "A reason to skip.", "[Fact]", '[Fact(Skip = "later")]'),
    _in("csharp", "csharp-case-taken-away", "One set of values is gone.", "    [InlineData(100, 0)]\n", ""),
    _in("csharp", "csharp-assertion-removed", "Nothing is asserted any more.", "Assert.Equal(20, Cart.Dearest(10, 20));", "Cart.Dearest(10, 20);"),
    _in("ruby", "ruby-pending", "`pending`.", "    expect(Cart.dearest([10, 20])).to eq(20)", "    pending 'later'\n    expect(Cart.dearest([10, 20])).to eq(20)"),
    _in("ruby", "ruby-skip-by-an-x", "`xit`.", "it 'knows", "xit 'knows"),
    _in("ruby", "ruby-focus", "One test in focus leaves the others out.", "it 'adds up' do", "fit 'adds up' do"),
    _in("php", "php-skipped", "`markTestSkipped`.", "        $this->assertSame", "        $this->markTestSkipped('later');\n        $this->assertSame"),
    _in("php", "php-incomplete", "`markTestIncomplete`.", "        $this->assertSame", "        $this->markTestIncomplete();\n        $this->assertSame"),
    _in("vitest", "vitest-threshold-lowered", "The coverage that is asked for is lower.", "lines: 80", "lines: 0"),
    _in("vitest", "vitest-files-left-out", "Files of tests are not looked at.", "test: { coverage", "test: { exclude: ['test/cart.test.ts'], coverage"),
    _in("vitest", "vitest-code-left-out", "The code is not measured.", "coverage: { thresholds", "coverage: { exclude: ['src/cart.ts'], thresholds"),
    _in("mocha", "mocha-skip", "`this.skip()`.", "    assert.strictEqual", "    this.skip();\n    assert.strictEqual"),
    _in("mocha", "mocha-returns", "What comes after the return never runs.", "    assert.strictEqual", "    return;\n    assert.strictEqual"),
    _in("mocha", "mocha-assert-ok-true", "`assert.ok(true)`.", "assert.strictEqual(dearest([10, 20]), 20)", "assert.ok(true)"),
    _in("js", "js-not-covered", "A comment takes code out of what is counted.", "import { total, dearest } from '../src/cart';\n", "import { total, dearest } from '../src/cart';\n\n/* istanbul ignore file */\n"),
    _in("js", "js-skip-if", "A condition that always holds.", "it('knows", "it.skipIf(true)('knows"),
    _in("go", "go-returns", "What comes after the return never runs.", "\tgot := Dearest([]int{10, 20})\n", "\treturn\n\tgot := Dearest([]int{10, 20})\n"),
    _in("go", "go-flipped", "Another number is expected.", "got != 20 {", "got != 10 {"),
    _in("go", "go-emptied", "There is nothing in the test.", '\tgot := Dearest([]int{10, 20})\n\tif got != 20 {\n\t\tt.Errorf("got %d, want 20", got)\n\t}\n', ""),
    _in("rust", "rust-trivial", "`assert!(true)`.", "assert_eq!(dearest(&[10, 20]), 20);", "assert!(true);"),
    _in("rust", "rust-flipped", "Another number is expected.", "dearest(&[10, 20]), 20", "dearest(&[10, 20]), 10"),
    _in("junit4", "java-ignore", "JUnit 4's `@Ignore`.", "    @Test\n", "    @Ignore\n    @Test\n"),
    _in("junit4", "java-expects-anything", "The failure itself is expected.", "    @Test\n", "    @Test(expected = AssertionError.class)\n"),
    _in("junit4", "java-swallowed", "What is thrown is dropped.", "        Assert.assertEquals(1, new Stock(3).take(2));\n", "        try {\n            Assert.assertEquals(1, new Stock(3).take(2));\n        } catch (Throwable ignored) {\n        }\n"),
    _case("java", "java-file-deleted", "The file is gone.", None),
    _in("syrupy", "python-snapshot-rewritten", "syrupy's snapshot says what the broken code prints.", "total 30", "total 31"),
    _in("phpunit", "php-folder-left-out", "A file of tests is left out.", "<directory>tests</directory>", "<directory>tests</directory>\n      <exclude>tests/CartTest.php</exclude>"),
    _in("php", "php-trivial", "`assertTrue(true)`.", "$this->assertSame(20, Cart::dearest([10, 20]))", "$this->assertTrue(true)"),
    _in("ruby", "ruby-deleted", "The test is gone.", "  it 'knows the dearest' do\n    expect(Cart.dearest([10, 20])).to eq(20)\n  end\n", ""),
    _in("ruby", "ruby-weaker-matcher", "Anything will do.", "to eq(20)", "not_to be_nil"),
    _in("kotlin", "kotlin-assertion-removed", "Nothing is asserted any more.", "assertEquals(20, dearest(listOf(10, 20)))", "dearest(listOf(10, 20))"),
    _in("csharp", "csharp-trivial", "`Assert.True(true)`.", "Assert.Equal(20, Cart.Dearest(10, 20))", "Assert.True(true)"),
)  # fmt: skip
