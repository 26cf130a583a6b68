"""This repository keeps its own standards as it asks of others: synced from `power/` by its own tool."""

from pathlib import Path

from kiro_worker.power.lock import LOCK_PATH, read_lock
from kiro_worker.power.model import hash_of
from kiro_worker.steering.folder import SteeringFolder
from kiro_worker.steering.judge import State, judge, paths_to_read, wanted_files

ROOT = Path(__file__).parents[2]
CURE = "run: kiro-worker power build power && kiro-worker power update && kiro-worker steering sync"


def test_our_steering_files_are_those_of_our_power():
    folder = SteeringFolder(ROOT)
    lock = read_lock((ROOT / LOCK_PATH).read_bytes())
    have, blocked = folder.read(paths_to_read(lock))
    found = list(judge(lock, have, blocked=blocked))
    assert len(found) >= 6
    assert {one.path: one.state for one in found if one.state is not State.CURRENT} == {}, CURE


def test_our_lock_is_of_the_power_as_it_lies_here():
    (power,) = read_lock((ROOT / LOCK_PATH).read_bytes()).powers
    assert power.source == "power"
    here = {path.name: hash_of(path.read_bytes()) for path in (ROOT / "power/steering").glob("*.md")}
    assert here == wanted_files(power), CURE
