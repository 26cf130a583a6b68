"""What became of the cases of a test: the rows of its parameters."""

import ast
from collections import Counter
from collections.abc import Iterator

from kiro_worker.gate.tamper.sign import Deed, Sign
from kiro_worker.gate.tamper.test import WrittenTest
from kiro_worker.gate.tamper.told import OTHER_RESULT, literals_in, sign_of


def case_signs(old: WrittenTest, new: WrittenTest) -> Iterator[Sign]:
    """Every sign in the rows of a test that was there before."""
    if not old.cases:
        return
    if not new.cases:
        if not set(old.literals) <= set(new.literals) and not _has_parameters(new):
            yield sign_of(
                new,
                "cases",
                f"{new.name}: its cases are gone",
                new.line,
                before="\n".join(old.cases[:8]),
                cure="Put the cases back.",
            )
        return
    gone = list((Counter(old.cases) - Counter(new.cases)).elements())
    fresh = list((Counter(new.cases) - Counter(old.cases)).elements())
    flipped = list[tuple[str, str]]()
    for row in list(gone):
        if (other := next((each for each in fresh if _same_input(row, each)), None)) is not None:
            gone.remove(row)
            fresh.remove(other)
            same = len(_items(row)) != len(_items(other)) or _items(row) == _items(other)
            flipped += [] if same else [(row, other)]
    if flipped:
        before, now = (tuple(side) for side in zip(*flipped, strict=True))
        yield sign_of(
            new,
            "expectation",
            f"{new.name}: another result is expected of the same",
            new.line,
            before="\n".join(before),
            now="\n".join(now),
            values=tuple(sorted(set().union(*map(literals_in, now)) - set().union(*map(literals_in, before)))),
            cure=OTHER_RESULT,
        )
    if len(gone) > len(fresh):
        yield sign_of(
            new,
            "cases",
            f"{new.name}: {len(gone) - len(fresh)} of its cases are gone",
            new.line,
            before="\n".join(gone[:8]),
            now="\n".join(fresh[:8]),
            deed=Deed.REMOVE,
            cure="Put the cases back.",
        )


def _has_parameters(new: WrittenTest) -> bool:
    return "parametrize" in new.names or "given" in new.names


def _same_input(row: str, other: str) -> bool:
    one, two = _items(row), _items(other)
    shared = min(len(one), len(two)) - (len(one) == len(two))
    return shared > 0 and one[:shared] == two[:shared]


def _items(row: str) -> list[str]:
    try:
        node = ast.parse(row, mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return [row]
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("param"):
        return [ast.unparse(each) for each in node.args]
    return [ast.unparse(each) for each in node.elts] if isinstance(node, ast.Tuple | ast.List) else [row]
