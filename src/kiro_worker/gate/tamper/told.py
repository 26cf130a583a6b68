"""What a sign of one test is made of."""

from kiro_worker.expression import expression
from kiro_worker.gate.tamper.sign import Deed, Sign, Weight
from kiro_worker.gate.tamper.test import WrittenTest

_LITERAL = expression(
    r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|(?<![\w.])-?\d+(?:[._]\d+)*(?:[eE][+-]?\d+)?|\b(?:True|False|None"
    r"|true|false|null|undefined|nil)\b"
)
SHOWN = 400

OTHER_RESULT = "Mend the code so that the old expectation holds, or have the task say that the behaviour changes."


def literals_in(text: str) -> frozenset[str]:
    """The numbers, texts and constants of a piece of code, without quotes."""
    return frozenset(
        literal[1:-1] if literal[0] in "\"'" else literal.replace("_", "") for literal in _LITERAL.findall(text)
    )


def sign_of(
    test: WrittenTest,
    what: str,
    title: str,
    line: int,
    *,
    before: str = "",
    now: str = "",
    cure: str = "",
    weight: Weight = Weight.BLOCKS,
    deed: Deed = Deed.CHANGE,
    values: tuple[str, ...] = (),
) -> Sign:
    """One sign about a test."""
    return Sign(
        code=f"tamper.{what}",
        title=title,
        path=test.path,
        line=line,
        before=before[:SHOWN],
        now=now[:SHOWN],
        cure=cure,
        weight=weight,
        deed=deed,
        names=(test.short,),
        values=values,
        subject=f"{test.path}::{test.name}",
    )
