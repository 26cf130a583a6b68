"""What a slip on the command line is answered with: what is wrong, what was meant, and where to read on."""

import sys
from argparse import ArgumentParser
from typing import NoReturn

_USAGE_STATUS = 2
_UNKNOWN = "unrecognized arguments: "
_NO_VALUE = ": expected one argument"


class Parser(ArgumentParser):
    """A parser that answers in two lines; `run` has more options than a screen has lines."""

    def error(self, message: str) -> NoReturn:
        """Tell what is wrong, and end."""
        first = message.removeprefix(_UNKNOWN).split(" ")[0].partition("=")[0]
        hint = self._meant(first) if message.startswith(_UNKNOWN) else _joined(message)
        print(f"{self.prog}: {message}{hint}\n{self.prog} --help tells what it takes.", file=sys.stderr)
        sys.exit(_USAGE_STATUS)

    def _meant(self, option: str) -> str:
        from difflib import get_close_matches

        there = [name for action in self._actions for name in action.option_strings]
        near = get_close_matches(option, there, n=1)
        return f". Did you mean {near[0]}?" if near else ""


def _joined(message: str) -> str:
    """How a value is written that would be taken for an option of the worker's own, as another program's is."""
    if not message.endswith(_NO_VALUE):
        return ""
    option = message.removesuffix(_NO_VALUE).removeprefix("argument ").rpartition("/")[2]
    return f". A value that begins with a dash is joined to it: {option}=--value" if option.startswith("--") else ""
