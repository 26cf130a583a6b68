"""What every `Artifacts` promises, as tests: subclass, and give the fixture."""

import asyncio
import re
from pathlib import Path

import pytest

from kiro_worker.artifact.port import Artifacts
from kiro_worker.error import WorkerError
from kiro_worker.ids import RunId

RUN = RunId("r-01jd0000000000000000000000")
OTHER = RunId("r-01jd0000000000000000000001")


class ArtifactsContract:
    """Promises of one store. Give the fixture `artifacts`, an empty store."""

    async def test_what_is_kept_can_be_read(self, artifacts: Artifacts) -> None:
        place = await artifacts.keep(RUN, "summary.md", b"# Done\n")
        assert place
        assert await artifacts.read(RUN, "summary.md") == b"# Done\n"

    async def test_any_bytes_can_be_kept_even_none(self, artifacts: Artifacts) -> None:
        content = bytes(range(256)) * 5000
        await artifacts.keep(RUN, "all", content)
        await artifacts.keep(RUN, "none", b"")
        assert await artifacts.read(RUN, "all") == content
        assert await artifacts.read(RUN, "none") == b""

    async def test_a_file_is_kept_by_its_path_and_stays_where_it_was(
        self, artifacts: Artifacts, tmp_path: Path
    ) -> None:
        source = tmp_path / "junit.xml"
        source.write_bytes(b"x" * 3_000_001)
        await artifacts.keep(RUN, "reports/junit.xml", source)
        assert source.stat().st_size == 3_000_001
        source.unlink()
        assert await artifacts.read(RUN, "reports/junit.xml") == b"x" * 3_000_001

    async def test_keeping_again_replaces_the_whole(self, artifacts: Artifacts) -> None:
        await artifacts.keep(RUN, "run.json", b"a long first version")
        await artifacts.keep(RUN, "run.json", b"short")
        assert await artifacts.read(RUN, "run.json") == b"short"
        assert await artifacts.names(RUN) == ("run.json",)

    async def test_what_was_not_kept_is_not_there(self, artifacts: Artifacts) -> None:
        assert await artifacts.read(RUN, "run.json") is None
        assert await artifacts.names(RUN) == ()
        await artifacts.keep(RUN, "a/b", b"")
        assert await artifacts.read(RUN, "a/c") is None
        assert await artifacts.read(RUN, "a/b/c") is None

    async def test_names_are_those_of_one_run_sorted(self, artifacts: Artifacts) -> None:
        for name in ("b", "a/z", "a/b/c", "Ünï cödé.txt", "a.txt"):
            await artifacts.keep(RUN, name, b"1")
        await artifacts.keep(OTHER, "other", b"2")
        assert await artifacts.names(RUN) == ("a.txt", "a/b/c", "a/z", "b", "Ünï cödé.txt")
        assert await artifacts.names(OTHER) == ("other",)

    @pytest.mark.parametrize(
        "name",
        ["", "/etc/passwd", "../other", "a/../../b", "a//b", "a/", ".", "./a", "a\0b", "a\nb", "x" * 300, "y/" * 600],
    )
    async def test_a_name_that_is_no_plain_relative_path_is_refused(self, artifacts: Artifacts, name: str) -> None:
        with pytest.raises(WorkerError):
            await artifacts.keep(RUN, name, b"")
        with pytest.raises(WorkerError):
            await artifacts.read(RUN, name)
        assert await artifacts.names(RUN) == ()

    @pytest.mark.parametrize("run", ["", "..", ".", "a/b", "/", "r-\0", "-rf"])
    async def test_a_run_that_is_no_id_is_refused(self, artifacts: Artifacts, run: str) -> None:
        with pytest.raises(WorkerError):
            await artifacts.keep(RunId(run), "a", b"")
        with pytest.raises(WorkerError):
            await artifacts.names(RunId(run))

    async def test_many_writers_of_one_name_leave_one_whole_version(self, artifacts: Artifacts) -> None:
        versions = [bytes([65 + number]) * 200_000 for number in range(8)]
        await asyncio.gather(*(artifacts.keep(RUN, "log", version) for version in versions))
        assert await artifacts.read(RUN, "log") in versions
        assert await artifacts.names(RUN) == ("log",)

    async def test_a_missing_source_is_a_named_fault_and_the_earlier_version_stays(
        self, artifacts: Artifacts, tmp_path: Path
    ) -> None:
        await artifacts.keep(RUN, "log", b"earlier")
        with pytest.raises(WorkerError) as caught:
            await artifacts.keep(RUN, "log", tmp_path / "not-there")
        assert re.fullmatch(r"[a-z]+(?:[.-][a-z]+)+", caught.value.code)
        assert await artifacts.read(RUN, "log") == b"earlier"
        assert await artifacts.names(RUN) == ("log",)
