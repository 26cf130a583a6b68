"""What the tests of languages other than Python assert, read by their shape."""

import re
from collections.abc import Iterator

from kiro_worker.expression import expression
from kiro_worker.gate.tamper.lex import arguments, closing, line_at
from kiro_worker.gate.tamper.test import Check
from kiro_worker.value import replace

_START = expression(
    r"(?<![\w$.!])(?:(?:t|suite|s|qt|is|c|chai|self|this|\$this|self::|static::)(?:\.|->|::)?)?"
    r"(?:expect\w*|assert\w*!?|require|Assert\w*|debug_assert\w*!|XCTAssert\w*|XCTFail|EXPECT_\w+|ASSERT_\w+|should\w*"
    r"|verify\w*|refute\w*|check\w*|Should|must\w*)"
    r"(?:(?:\.|->|::)\w+)*\s*(?=[({])"
    r"|(?<![\w$.])t\.(?:is|not|deepEqual|true|false|truthy|falsy|throws|throwsAsync|notThrows|like|regex|snapshot|same|equal"
    r"|match|ok|equals|strictEqual|strictSame)\s*(?=\()"
)
_MORE = expression(r"\s*(?:\.|->|\?\.)\s*(\w+)\s*")
_RUBY = expression(
    r"^[ \t]*((?:assert|refute|expect|must|should|is_expected|flunk|assert_raise)\w*\b[^\n]*"
    r"|[^\n]*\.(?:must|should)_?\w*[^\n]*)$",
    re.MULTILINE,
)
_GO = expression(r"\bif\s+([^{\n]+)\{[^}]*?\bt\.(?:Error|Fatal|Fail)\w*\s*\(")
_KOTLIN = expression(r"^[ \t]*(\S[^\n]{0,300}?)[ \t](should\w+|must\w+)[ \t]([^\n]+)$", re.MULTILINE)
_EQUAL = expression(
    r"(?i)^(?:not\.)?(?:to)?(?:be|equal|equals|eq|eql|same|strictequal|deepequal|deepstrictequal|stricteq|is|deepeq"
    r"|isequalto|tobe|toequal|tostrictequal|areequal|aresame|jsoneq|elementsmatch|countequals?|assertsame|assertequals"
    r"|assert_eq|assert_equal|shouldbe|tohavelength|tohavetextcontent|tohavebeencalledwith|tohavebeencalledtimes"
    r"|tohavebeenlastcalledwith|containsexactly|tomatchobject|tohaveproperty|tocontainequal|tobecloseto|errorIs"
    r"|assertcount|len|hassize|calledwith|equalvalues|exactly|tothrow|throws|assertthrows|toThrowError)$"
)
_LITERAL = expression(
    r"^[-+]?(?:\d|[\"'`\[{]|true\b|false\b|null\b|nil\b|undefined\b|None\b|Some\(|Ok\(|Err\(|vec!|\w+\{)"
)
_ALWAYS = expression(
    r"(?:expect|assert\w*|t\.ok|Assert\.\w*|assertThat)\W*\(?\s*(?:!!)?(?:true|1)\s*\)?"
    r"(?:\.(?:to\w*|is\w*|be)(?:\.\w+)*\(?\s*(?:true|1|truthy)?\s*\)?)?\)?;?",
    re.IGNORECASE,
)
_AT_LEAST_ZERO = expression(
    r"(?:length|len\([^)]*\)|size\(\)|size|count\(\)|count|Len\(\))\)?\s*(?:\)\s*\.toBeGreaterThanOrEqual\(\s*0\s*\)|>=\s*0\b)"
)


def checks_in(text: str, plain: str, start: int, end: int, language: str) -> Iterator[Check]:
    """Every assertion between two places."""
    if language in {"ruby", "elixir"}:
        yield from _of_lines(text, plain, start, end)
        return
    place = start
    while (found := _START.search(plain, place, end)) is not None:
        stop = _end_of_chain(plain, found.end(), end)
        check = _read(text[found.start() : stop], plain[found.start() : stop], line_at(text, found.start()), language)
        yield replace(check, weight=0) if _is_dropped(check.text, plain[place : found.start()]) else check
        place = max(stop, found.end() + 1)
    if language == "go":
        yield from _of_conditions(text, plain, start, end)
    if language == "kotlin":
        for infix in _KOTLIN.finditer(plain, start, end):
            whole, subject, expected = (_flat(text[infix.start(n) : infix.end(n)]) for n in (0, 1, 3))
            relation = "==" if infix[2] == "shouldBe" else "is true"
            yield Check(
                text=whole, line=line_at(text, infix.start(1)), subject=subject, expected=expected, relation=relation
            )


def _is_dropped(check: str, before: str) -> bool:
    """`expect(…).rejects.…` that nobody waits for: the test is over before it fails."""
    waited = re.search(r"(?:\bawait|\breturn|=>|[(,\[])\s*$", before) is not None
    return re.search(r"^expect\b.*\.\s*(?:rejects|resolves)\b", check) is not None and not waited


def _end_of_chain(plain: str, place: int, end: int) -> int:
    """Behind `expect(a).not.toBe(b)`: a call, and all that is called on it."""
    place = closing(plain, place)
    while place < end and (more := _MORE.match(plain, place, end)) is not None:
        place = more.end()
        if plain[place : place + 1] in {"(", "{"}:
            place = closing(plain, place)
    return min(place, end)


def _read(text: str, plain: str, line: int, language: str) -> Check:
    flat = _flat(text)
    weight = 0 if _ALWAYS.fullmatch(flat) or _AT_LEAST_ZERO.search(flat) else 1
    opened = min(place for place in (plain.find("("), plain.find("{")) if place >= 0)
    closed = closing(plain, opened)
    first = arguments(text[opened + 1 : closed - 1], plain[opened + 1 : closed - 1])
    name = re.split(r"\.|->|::", plain[:opened].strip())[-1].rstrip("!")
    if plain[closed:].strip(" ;\n\t"):
        return _of_chain(flat, line, weight, ", ".join(first), rest=text[closed:], plain=plain[closed:])
    if first and first[0] in {"t", "c", "self", "s.T()"} and language == "go":
        first = first[1:]
    if len(first) >= 2 and _EQUAL.match(name.removeprefix("assert").lstrip("_") or name):
        one, other = first[:2]
        literal_first = bool(_LITERAL.match(one)) and not _LITERAL.match(other)
        by_custom = language in {"go", "java", "kotlin", "php", "csharp"} and not _LITERAL.match(other)
        expected, subject = (one, other) if literal_first or by_custom else (other, one)
        if (one == other and "(" not in one) or (
            _LITERAL.match(one) and _LITERAL.match(other) and "(" not in flat.split("(", 1)[1].rstrip(");")
        ):
            weight = 0
        relation = "!=" if re.search(r"(?i)not|_ne\b", name) else "=="
        return Check(
            text=flat, line=line, weight=weight, subject=_flat(subject), expected=_flat(expected), relation=relation
        )
    if name == "expect" and language in {"javascript", "typescript"}:
        weight = 0  # without a matcher it states nothing
    return _of_condition(flat, line, weight, _flat(", ".join(first[:1])), negated=False)


def _of_chain(flat: str, line: int, weight: int, subject: str, *, rest: str, plain: str) -> Check:
    names = re.findall(r"(?:\.|->)\s*(\w+)", plain)
    opened = plain.rfind("(") if plain.rstrip(" ;\n").endswith(")") else -1
    outer = _last_call(plain)
    expected = _flat(rest[outer + 1 : closing(plain, outer) - 1]) if outer >= 0 and opened >= 0 else ""
    exact = bool(names) and _EQUAL.match(names[-1]) is not None
    relation = ("!=" if "not" in names else "==") if exact and expected else "is true"
    return Check(text=flat, line=line, weight=weight, subject=_flat(subject), expected=expected, relation=relation)


def _last_call(plain: str) -> int:
    """Where the argument list of the last call of a chain is opened."""
    place, last = 0, -1
    while (opened := plain.find("(", place)) >= 0:
        last, place = opened, closing(plain, opened)
    return last


def _of_condition(flat: str, line: int, weight: int, condition: str, *, negated: bool) -> Check:
    found = re.fullmatch(r"(.+?)\s*(===|!==|==|!=|<=|>=|<|>)\s*(.+)", condition)
    if found is None:
        return Check(text=flat, line=line, weight=weight, subject=condition, relation="is true")
    left, relation, right = found[1], found[2].replace("===", "==").replace("!==", "!="), found[3]
    if negated:
        relation = {"!=": "==", "==": "!=", "<": ">=", ">": "<=", "<=": ">", ">=": "<"}.get(relation, relation)
    if _LITERAL.match(left) and not _LITERAL.match(right):
        left, right = right, left
    return Check(text=flat, line=line, weight=weight, subject=left, expected=right, relation=relation)


def _of_conditions(text: str, plain: str, start: int, end: int) -> Iterator[Check]:
    """Go's own way: `if got != 4 { t.Errorf(…) }`."""
    for found in _GO.finditer(plain, start, end):
        condition = _flat(text[found.start(1) : found.end(1)]).split("; ")[-1]
        never = condition in {"false", "1 > 2", "1 == 2"}
        yield _of_condition(f"if {condition}", line_at(text, found.start()), 0 if never else 1, condition, negated=True)


def _of_lines(text: str, plain: str, start: int, end: int) -> Iterator[Check]:
    """Ruby and Elixir, where a line is a statement."""
    for found in _RUBY.finditer(plain, start, end):
        flat = _flat(text[found.start(1) : found.end(1)])
        line = line_at(text, found.start(1))
        weight = (
            0
            if re.fullmatch(r"assert\(?\s*true\s*\)?|assert_equal\s+(\S+),\s*\1|expect\(true\)\..*true.*", flat)
            else 1
        )
        if chain := re.fullmatch(r"expect\s*[({](.+?)[)}]\.(to|not_to|to_not)\s+(\w+)[ (]?(.*?)\)?", flat):
            exact = (
                chain[3] in {"eq", "eql", "equal", "be", "match_array", "contain_exactly", "raise_error"} and chain[4]
            )
            relation = ("==" if chain[2] == "to" else "!=") if exact else "is true"
            yield Check(text=flat, line=line, weight=weight, subject=chain[1], expected=chain[4], relation=relation)
        elif two := re.fullmatch(r"assert_(?:equal|same|raises?)[ (]\s*(.+?),\s*(.+?)\)?", flat):
            yield Check(text=flat, line=line, weight=weight, subject=two[2], expected=two[1], relation="==")
        else:
            condition = re.sub(r"^(?:assert|refute)\s*\(?", "", flat).rstrip(")")
            yield _of_condition(flat, line, weight, condition, negated=flat.startswith("refute"))


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
