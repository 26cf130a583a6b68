"""Redaction: megabytes a second on agent-like text, as ratios to the obvious ways of one run."""

import base64
import random
import re
import statistics
import string
import time
from collections.abc import Callable
from urllib.parse import quote, quote_plus

from kiro_worker.redact import Redactor, Secret

_CHUNK = 4096
_SIZE = 2 * 1024 * 1024
_PAIRS = 5


def main() -> None:
    random.seed(20261121)
    secrets = [Secret(f"SECRET_{n}", _value(n)) for n in range(100)]
    forms = sorted({form for secret in secrets for form in _forms(secret.value)}, key=len, reverse=True)
    redactor = Redactor(secrets)
    clean, hits = _text(None), _text(secrets)
    rows = [
        ("100 secrets, stream of 4 KiB, no hits", clean, lambda chunks: _stream(redactor, chunks), 50),
        ("100 secrets, stream of 4 KiB, a hit per 2 KiB", hits, lambda chunks: _stream(redactor, chunks), 50),
        ("100 secrets, whole chunks, no hits", clean, lambda chunks: _each(redactor, chunks), 50),
        ("no secrets, token shapes only, stream", clean, lambda chunks: _stream(Redactor(), chunks), 50),
    ]
    print(f"{len(forms)} forms of 100 secrets; {_SIZE >> 20} MiB in chunks of {_CHUNK} bytes; median of {_PAIRS} pairs")
    print(f"{'what':48} {'ours':>10} {'baseline: str.replace per form':>32} {'ratio':>7}  target")
    for name, text, ours, least in rows:
        mine, theirs = _race(ours, lambda chunks: _replace(forms, chunks), text)
        print(f"{name:48} {mine:7.0f} MB/s {theirs:27.1f} MB/s {mine / theirs:6.1f}x  >= {least} MB/s, >= 5x")
    pattern = re.compile("|".join(map(re.escape, forms)))
    mine, theirs = _race(
        rows[0][2], lambda chunks: [pattern.sub("*", c.decode()) for c in chunks], clean[: _SIZE // 64]
    )
    print(
        f"{'the same against one re alternation':48} {mine:7.0f} MB/s {theirs:27.1f} MB/s {mine / theirs:6.1f}x  >= 60x"
    )
    held = _held(redactor, clean)
    print(f"{'bytes held back after a whole line':48} {held:7d} bytes{'':37}  0 unless a prefix is pending")


def _value(number: int) -> str:
    length = random.randint(20, 60)
    extra = "/+=&'\" $" if number % 5 == 0 else ""
    return "".join(random.choices(string.ascii_letters + string.digits + extra, k=length))


def _forms(value: str) -> set[str]:
    import json
    import shlex

    raw = value.encode()
    forms = {
        value,
        json.dumps(value)[1:-1],
        quote(value, safe=""),
        quote_plus(value),
        shlex.quote(value).strip("'"),
        raw.hex(),
    }
    for before in range(3):
        inner = base64.b64encode(bytes(before) + raw).decode()[(0, 2, 3)[before] : (before + len(raw)) * 8 // 6]
        forms |= {inner, inner.replace("+", "-").replace("/", "_")}
    return forms


def _text(secrets: list[Secret] | None) -> bytes:
    words = ["".join(random.choices(string.ascii_lowercase, k=random.randint(2, 9))) for _ in range(3000)]
    lines, size = [], 0
    while size < _SIZE:
        line = " ".join(random.choices(words, k=random.randint(3, 14)))
        if secrets and random.random() < 0.03:
            line += f" token={random.choice(secrets).value}"
        lines.append(line + "\n")
        size += len(line) + 1
    return "".join(lines).encode()[:_SIZE]


def _stream(redactor: Redactor, chunks: list[bytes]) -> None:
    stream = redactor.stream()
    for chunk in chunks:
        stream.feed(chunk)
    stream.finish()


def _each(redactor: Redactor, chunks: list[bytes]) -> None:
    for chunk in chunks:
        redactor.bytes(chunk)


def _replace(forms: list[str], chunks: list[bytes]) -> None:
    for chunk in chunks:
        text = chunk.decode("utf-8", "replace")
        for form in forms:
            text = text.replace(form, "***")


def _race(
    ours: Callable[[list[bytes]], None], theirs: Callable[[list[bytes]], object], text: bytes
) -> tuple[float, float]:
    chunks = [text[at : at + _CHUNK] for at in range(0, len(text), _CHUNK)]
    few = chunks[: max(1, len(chunks) // 8)]
    mine, baseline = [], []
    for _ in range(_PAIRS):
        mine.append(len(text) / _seconds(ours, chunks) / 1e6)
        baseline.append(sum(map(len, few)) / _seconds(theirs, few) / 1e6)
    return statistics.median(mine), statistics.median(baseline)


def _seconds(what: Callable[[list[bytes]], object], chunks: list[bytes]) -> float:
    started = time.perf_counter()
    what(chunks)
    return time.perf_counter() - started


def _held(redactor: Redactor, text: bytes) -> int:
    stream = redactor.stream()
    return max(len(line) - len(stream.feed(line)) for line in text.splitlines(keepends=True)[:5000])


if __name__ == "__main__":
    main()
