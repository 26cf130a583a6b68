"""How complex code is, as the kept library lizard counts it: the sum of the cyclomatic complexity of its functions."""


def complexity(path: str, text: str) -> int:
    """The complexity of one file; 0 for a language that is not known."""
    import lizard  # type: ignore[import-untyped]

    try:
        found = lizard.analyze_file.analyze_source_code(path, text)
    except Exception:  # noqa: BLE001  # a reader of nine lines a language may stumble over hostile text; then it tells nothing
        return 0
    return sum(function.cyclomatic_complexity for function in found.function_list)


def growth(before: int, after: int) -> float:
    """By how many per cent it grew; code where there was none is not growth.

    >>> growth(10, 13), growth(0, 50), growth(10, 8)
    (30.0, 0.0, 0.0)
    """
    return max(0.0, 100.0 * (after - before) / before) if before else 0.0
