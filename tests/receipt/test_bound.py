from kiro_worker.receipt.bound import bounded


def test_honest_facts_stay_as_they_are():
    facts = {"a": "text", "b": [1, None, 2.5, {"c": ["d"]}], "e": {}}
    assert bounded(facts) == facts


def test_a_long_text_is_cut_and_counted():
    kept = bounded({"a": "x" * (3 * 1024 * 1024), "b": "y"})
    assert len(kept["a"]) == 2 * 1024 * 1024
    assert kept["b"] == ""
    assert kept["cut"] == {"characters": 1024 * 1024 + 1, "entries": 0}


def test_many_entries_are_cut_and_counted():
    kept = bounded({"a": [0] * 30_000, "b": {"c": 1}})
    assert len(kept["a"]) == 20_000
    assert kept["cut"] == {"characters": 0, "entries": 10_001}


def test_entries_come_whole_until_there_is_no_room():
    kept = bounded({"files": [{"path": "x" * 1000, "added": 1}] * 5_000})
    assert kept["files"][0] == {"path": "x" * 1000, "added": 1}
    assert 2_000 < len(kept["files"]) < 2_200
    assert kept["cut"]["entries"] >= 5_000 - len(kept["files"])


def test_what_goes_too_deep_ends_somewhere():
    deep = []
    for _ in range(5000):
        deep = [deep]
    assert bounded({"a": deep})["cut"]["entries"] == 1
