"""How a program ended, from its exit status."""

import signal

# Shells and isolation tools report a program that a signal ended as this much more than the signal's number.
_BY_SIGNAL = 128
_MOST_SIGNALS = 64


def signal_of(status: int) -> int:
    """The signal that ended a program, or the one within it; 0 for none.

    >>> signal_of(-9), signal_of(137), signal_of(1), signal_of(255)
    (9, 9, 0, 0)
    """
    if status < 0:
        return -status
    return status - _BY_SIGNAL if _BY_SIGNAL < status <= _BY_SIGNAL + _MOST_SIGNALS else 0


def fate_of(status: int) -> str:
    """What happened to it, to follow on its name.

    >>> fate_of(-9), fate_of(137), fate_of(3)
    ('ended by signal 9 (SIGKILL)', 'ended by signal 9 (SIGKILL), told as status 137', 'ended with status 3')
    """
    number = signal_of(status)
    if not number:
        return f"ended with status {status}"
    told = f"ended by signal {number}{_named(number)}"
    return told if status < 0 else f"{told}, told as status {status}"


def _named(number: int) -> str:
    try:
        return f" ({signal.Signals(number).name})"
    except ValueError:
        return ""
