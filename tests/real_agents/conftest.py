import pytest


def pytest_collection_modifyitems(config, items):
    """Real agents run only when they are asked for by their marker, as `make test-agents` does."""
    if "real_agent" in config.getoption("-m"):
        return
    for item in items:
        if item.get_closest_marker("real_agent"):
            item.add_marker(pytest.mark.skip(reason="opt in with `make test-agents`"))
