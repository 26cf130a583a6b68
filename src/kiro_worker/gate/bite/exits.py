"""What is put at the beginning of a function to leave it early, in each language.

A condition that always holds stands before it where a compiler would else complain of code that is never reached.
"""

import re

from kiro_worker.expression import expression
from kiro_worker.gate.bite.blocks import end_of
from kiro_worker.gate.bite.bodies import Body
from kiro_worker.gate.bite.pymutate import Without

_JAVA_NUMBERS = frozenset({"int", "long", "short", "byte", "float", "double"})
_GO_NUMBER = expression(r"u?int(?:8|16|32|64)?|float(?:32|64)|byte|rune|uintptr")
_RUST_NUMBER = expression(r"[iu](?:8|16|32|64|128|size)")
_MODIFIERS = frozenset({"public", "private", "protected", "static", "final", ""})


def exit_of(language: str, body: Body, without: Without) -> str:
    """The statement; empty where the function can be left in no such way."""
    if language in {"javascript", "typescript"}:
        return _javascript(body, without, "" if language == "javascript" else " as any")
    if language == "go":
        return _go(body, without)
    if language == "rust":
        return _rust(body, without)
    return _java(body, without)


def _javascript(body: Body, without: Without, typed: str) -> str:
    if body.name == "constructor":
        return "if (Math.PI) throw new Error('taken away');" if without is Without.FAILURE else ""
    if body.end:
        value = {
            Without.NOTHING: "undefined",
            Without.STRANGE: "Symbol('strange')",
            Without.FAILURE: "(() => { throw new Error('taken away'); })()",
        }[without]
        return f"({value}{typed})"
    return {
        Without.NOTHING: f"if (Math.PI) return undefined{typed};",
        Without.STRANGE: f"if (Math.PI) return Symbol('strange'){typed};",
        Without.FAILURE: "if (Math.PI) throw new Error('taken away');",
    }[without]


def _go(body: Body, without: Without) -> str:
    if body.name in {"init", "main"}:
        return ""
    if without is Without.FAILURE:
        return 'if true { panic("taken away") };'
    results = _go_results(body.head)
    if results is None:
        return "" if without is Without.STRANGE else "if true { return };"
    values = [_go_value(kind, without) for kind in results]
    if without is Without.STRANGE and all(value.startswith("*new") for value in values):
        return ""
    return f"if true {{ return {', '.join(values)} }};"


def _go_value(kind: str, without: Without) -> str:
    if without is Without.STRANGE:
        if _GO_NUMBER.fullmatch(kind):
            return "77"
        if kind in {"string", "bool"}:
            return '"strange"' if kind == "string" else "true"
    return f"*new({kind})"


def _go_results(head: str) -> list[str] | None:
    """The types of a function's results; None where it has none.

    >>> _go_results("func (s *S) Add(a, b int) (int, error) {"), _go_results("func F() {")
    (['int', 'error'], None)
    >>> _go_results("func F(f func(int) int) (n int, err error) {")
    ['int', 'error']
    """
    at = head.find("func") + 4
    name = re.compile(r"\s*(?:\([^()]*\)\s*)?\w+").match(head, at)
    if name is None:
        return None
    opening = head.find("(", name.end())
    told = head[end_of(head, opening) :].strip().removesuffix("{").strip()
    if not told:
        return None
    if not told.startswith("("):
        return [told]
    parts = _split(told[1:-1])
    words = [part.split(None, 1) for part in parts]
    has_names = any(len(word) == 2 and word[0].isidentifier() and word[0] not in {"chan", "func"} for word in words)
    if not has_names:
        return parts
    kinds = [word[1] if len(word) == 2 else "" for word in words]
    for place in range(len(kinds) - 2, -1, -1):
        kinds[place] = kinds[place] or kinds[place + 1]
    return kinds


def _split(text: str) -> list[str]:
    """Parts between commas that stand in no brackets."""
    parts, depth = [""], 0
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts if part.strip()]


def _rust(body: Body, without: Without) -> str:
    failing = 'if true { panic!("taken away"); }'
    if without is Without.FAILURE:
        return failing
    told = body.head.rsplit("->", 1)
    kind = re.split(r"\bwhere\b", told[1])[0].strip().removesuffix("{").strip() if len(told) == 2 else ""
    value = _rust_value(kind, without)
    if without is Without.STRANGE:
        return f"if true {{ return {value}; }}" if value else ""
    if not kind:
        return "if true { return; }"
    return f"if true {{ return {value}; }}" if value else failing


def _rust_value(kind: str, without: Without) -> str:
    """A value of a plain type; empty for any other."""
    strange = without is Without.STRANGE
    if _RUST_NUMBER.fullmatch(kind):
        return "77" if strange else "0"
    if kind in {"f32", "f64"}:
        return "77.0" if strange else "0.0"
    if kind == "bool":
        return "true" if strange else "false"
    if kind == "String":
        return 'String::from("strange")' if strange else "String::new()"
    if re.fullmatch(r"&(?:'\w+ )?str", kind):
        return '"strange"' if strange else '""'
    if kind.startswith("Option<"):
        return "" if strange else "None"
    if kind.startswith("Vec<"):
        return "" if strange else "Vec::new()"
    if hit := re.fullmatch(r"(?:[\w:]*::)?Result<(.*)>", kind):
        first = _split(hit[1].replace("<", "(").replace(">", ")"))[0]
        inner = "()" if first == "()" else _rust_value(first.replace("(", "<").replace(")", ">"), without)
        return f"Ok({inner})" if inner else ""
    return ""


def _java(body: Body, without: Without) -> str:
    short = re.split(r"::|\.", body.name)[-1]
    hit = re.search(rf"([\w\]>]*)\s+{re.escape(short)}\s*\($", body.head[: _call(body.head, short)])
    kind = hit[1] if hit else ""
    if kind in _MODIFIERS:
        # A constructor: nothing may stand before what it calls first.
        return ""
    if without is Without.FAILURE:
        return 'if (true) throw new IllegalStateException("taken away");'
    if kind == "void":
        return "" if without is Without.STRANGE else "if (true) return;"
    strange = without is Without.STRANGE
    if kind in _JAVA_NUMBERS:
        return f"if (true) return ({kind}) {77 if strange else 0};"
    if kind == "char":
        return f"if (true) return '{'?' if strange else ' '}';"
    if kind == "boolean":
        return f"if (true) return {'true' if strange else 'false'};"
    if strange:
        return 'if (true) return "strange";' if kind == "String" else ""
    return "if (true) return null;"


def _call(head: str, name: str) -> int:
    hit = re.search(rf"(?<!\w){re.escape(name)}\s*\(", head)
    return hit.end() if hit else len(head)
