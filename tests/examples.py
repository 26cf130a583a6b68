"""Only files that hold an example are looked through for examples: to look through one, pytest loads all of it."""

from collections.abc import Generator
from pathlib import Path

import pytest
from _pytest.doctest import DoctestModule


class OnlyWhereThereAreSome:
    """A plugin for all folders; what stands in a conftest.py counts for those below it alone."""

    @pytest.hookimpl(wrapper=True)
    def pytest_collect_file(self, file_path: Path) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
        """Leave out the collector of examples where nothing begins like one."""
        collected = yield
        if any(isinstance(each, DoctestModule) for each in collected) and b">>>" not in file_path.read_bytes():
            return [each for each in collected if not isinstance(each, DoctestModule)]
        return collected
