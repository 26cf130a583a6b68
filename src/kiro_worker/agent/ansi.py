"""Text without the control sequences of a terminal.

Agents colour what they print also when nobody asked for it: without a terminal, with NO_COLOR, with TERM=dumb.
"""

from kiro_worker.expression import expression

# ECMA-48: control sequences, strings that end with ST (or BEL), and escapes of one letter. Each alternative runs over
# its text once, so that no input makes it slow.
_SEQUENCE = expression(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x1b\x9c]*(?:\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
_CONTROL = expression(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def plain(text: str) -> str:
    r"""The text that a person sees, line by line; of a line that was overwritten, the last state.

    >>> plain("\x1b[38;5;141m> \x1b[0mRed\r\n 10%\r100%\x07")
    '> Red\n100%'
    """
    # A terminal adds a return to the one that a program printed itself.
    text = text.replace("\r\r\n", "\n").replace("\r\n", "\n")
    if text.replace("\n", "").isprintable():  # many times quicker than any pattern, and most text is
        return text
    text = _SEQUENCE.sub("", text)
    if "\r" in text:
        text = "\n".join(_last_state(line) for line in text.split("\n"))
    return _CONTROL.sub("", text)


def _last_state(line: str) -> str:
    states = [state for state in line.split("\r") if state]
    return states[-1] if states else ""
