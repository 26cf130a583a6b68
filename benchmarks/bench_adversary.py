"""Every attack under every isolation, by name: as the table of `docs/security/adversary.md` says, or not.

The tests try what no isolation has a part in under the weakest alone; this tries it under all. With words, only the
expeditions of these names are made.
"""

import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from adversary.attack import KINDS  # noqa: E402  # the attacks lie beside the tests that use them
from adversary.expedition import make  # noqa: E402  # as they do
from adversary.judging import Unseen, judge  # noqa: E402  # as they do
from adversary.seen import Seen  # noqa: E402  # as they do
from adversary.table import ATTACKS, EXPEDITIONS  # noqa: E402  # as they do


def told(seen: Seen) -> tuple[int, int, int]:
    """How many attacks came to what is said of them, how many did not, and how many cannot be told here."""
    counted = [0, 0, 0]
    for attack in ATTACKS.values():
        if attack.during != seen.expedition.name:
            continue
        try:
            wrong = judge(attack, seen)
        except Unseen as unseen:
            counted[2] += 1
            print(f"  unseen    {attack.name}: {unseen}")
            continue
        counted[bool(wrong)] += 1
        if wrong:
            print(f"  WRONG     {attack.name}: {wrong}")
    return counted[0], counted[1], counted[2]


def main() -> int:
    wanted = sys.argv[1:]
    began = time.perf_counter()
    all_told = [0, 0, 0]
    for name, expedition in EXPEDITIONS.items():
        if wanted and name not in wanted:
            continue
        for kind in KINDS:
            seen = make(expedition, kind)
            try:
                print(f"{name}, {kind}")
                all_told = [sum(pair) for pair in zip(all_told, told(seen), strict=True)]
            finally:
                if seen.field is not None:
                    seen.field.close()
    right, wrong, unseen = all_told
    spent = time.perf_counter() - began
    print(f"\n{right} as the table says, {wrong} not, {unseen} not to be told here, in {spent:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
