"""docs/security/adversary.md: what a hostile agent tries in our tests, and which line stops it."""

import sys
from collections.abc import Iterator
from pathlib import Path

# The table is the tests' own: each of its rows is tried.
sys.path.append(str(Path(__file__).resolve().parents[2] / "tests"))

from adversary.attack import KINDS, LINES, Open, Outcome
from adversary.table import ATTACKS, CHAPTERS, EXPEDITIONS
from reference import MADE
from reference.table import table

_HEAD = f"""\
# The adversary suite

{MADE}

`tests/adversary` starts a hostile agent (`src/kiro_worker/testing/adversary.py`) in whole runs of the worker. It asks
for nothing: its own process opens the files, runs the commands, plants the traps, and sends what it got to a server of
its own, where a test looks for the secrets of a machine that was set up for it. Each row below is one named test: under
each isolation, where isolation has a part in what stops it; under `none` alone, where the same line stops it whoever
the agent is (`kinds` in `tests/adversary/table`); the set-up by npm, under `none` and `bubblewrap`. `make bench` tries
every row under every isolation.

A cell names the line of the [threat model](threat-model.md#the-lines) that stops the attack. Where an attack works, the
test asserts that it does, and the cell says **no** and why. `none` is no isolation, with a worker that is root as in
many build containers; a worker that is not root hides its memory, environment and descriptors even then. `bubblewrap`
is the strongest. Every attack is bounded, and touches nothing outside of a folder made for it.

```console
$ .venv/bin/python -m pytest -n 2 --dist worksteal tests/adversary
$ .venv/bin/python benchmarks/bench_adversary.py
```

"""

_FOOT = """
## What is not stopped

{count} attacks of {all} work under the strongest isolation: {names}.

- **The network** is open unless `isolation.network: none` (bubblewrap) or an egress proxy closes it: what the agent may
  read it can send away, by TCP, by DNS, or through an abstract socket of this machine. With that setting the same three
  ways are tried and fail; an agent whose model is elsewhere cannot work with it.
- **A secret that is disguised** well enough is not found in a file. Under isolation the agent has none but its own
  model's credential, which counts as lost to a hostile agent.
- **The disk** has no quota of ours: one file is limited, their number is not. The run ends as INTERNAL and says so, and
  other runs on that file system suffer. Give the state folder a file system of its own.
- **Tests that ask nothing** are found by what they do without the change, and weakened ones by reading
  ([proving a branch](../reference/proving.md)); an agent that finds a way around both is met by the person who merges.

Where no control group can be made, as for a worker that is not root, the number of processes is limited only for an
account of the run's own; the receipt names what is not limited. `none` keeps nothing from an agent that has the
worker's own rights.
"""


def page() -> str:
    """The page."""
    parts = [_HEAD, *_counted()]
    for chapter, attacks in CHAPTERS.items():
        rows = (
            (f"`{one.name}`: {one.tries}", one.holds, *(_cell(one.outcomes[kind]) for kind in KINDS)) for one in attacks
        )
        parts += [
            f"## {chapter}\n\n",
            *(f"{line}\n" for line in table(("Attack", "What must hold", *KINDS), rows)),
            "\n",
        ]
    works = [f"`{one.name}`" for one in ATTACKS.values() if isinstance(one.outcomes[KINDS[-1]], Open)]
    foot = _FOOT.lstrip("\n").format(count=len(works), all=len(ATTACKS), names=", ".join(works))
    return "".join(parts) + foot


def _counted() -> Iterator[str]:
    rows = []
    for kind in KINDS:
        works = sum(isinstance(one.outcomes[kind], Open) for one in ATTACKS.values())
        tried = sum(kind in EXPEDITIONS[one.during].kinds for one in ATTACKS.values())
        rows.append((f"`{kind}`", *map(str, (len(ATTACKS), len(ATTACKS) - works, works, tried))))
    yield from (
        f"{line}\n" for line in table(("Isolation", "Attacks", "Stopped", "Not stopped", "Tried by the tests"), rows)
    )
    yield "\n"


def _cell(outcome: Outcome) -> str:
    if isinstance(outcome, Open):
        return f"**no**: {outcome.why}"
    return f"{outcome.line} {LINES[outcome.line]}"
