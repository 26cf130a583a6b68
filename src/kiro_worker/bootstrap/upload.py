"""A run's files, put where the settings want them besides this machine."""

from typing import TYPE_CHECKING, Any

from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config.settings import Config
from kiro_worker.error import WorkerError
from kiro_worker.ids import RunId
from kiro_worker.value import dataclass

if TYPE_CHECKING:
    from kiro_worker.artifact.s3 import S3Artifacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """What became of a run's files.

    Attributes:
        place: where they are, for people; empty where the settings want them nowhere else.
        kept: how many are there.
        missed: the first that is not, and why; None where all are.
    """

    place: str = ""
    kept: int = 0
    missed: WorkerError | None = None


async def put_up(shop: Workshop, config: Config, run: RunId) -> Uploaded:
    """Put all files of a run up, the receipt with its last line first.

    It never fails: the run is over, and its work is on its branch. What is missed is told, and may be put up later.
    """
    if config.artifact.store != "s3":
        return Uploaded()
    wanted, remote = config.artifact, bucket_of(shop, config)
    place, kept = f"s3://{wanted.bucket}/{wanted.prefix.strip('/')}/{run}/", 0
    try:
        for name in sorted(await shop.artifacts().names(run), key=_order):
            await remote.keep(run, name, shop.machine.runs / run / name)
            kept += 1
    except WorkerError as fault:
        # What one file met, all others would: each would wait as long for it.
        return Uploaded(place=place, kept=kept, missed=fault)
    return Uploaded(place=place, kept=kept)


def bucket_of(shop: Workshop, config: Config, **more: Any) -> "S3Artifacts":
    """The bucket that the settings name."""
    from kiro_worker.artifact.s3 import S3Artifacts

    wanted = config.artifact
    return S3Artifacts(shop.aws, wanted.bucket, clock=shop.clock, prefix=wanted.prefix, key=wanted.key, **more)


def _order(name: str) -> tuple[bool, str]:
    return name not in {"events.jsonl", "run.json", "summary.md"}, name
