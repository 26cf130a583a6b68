"""Where a repository's powers come from, on this machine."""

from pathlib import Path

from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config.powers import powers_in
from kiro_worker.config.repository import WORKER_PATH
from kiro_worker.git.program import Git
from kiro_worker.power.fault import SourceUnfit
from kiro_worker.power.procure import Wish
from kiro_worker.power.shelf import Shelf
from kiro_worker.power.source.address import SourceKind, read_address
from kiro_worker.power.source.port import Source
from kiro_worker.power.source.signature import Signatures
from kiro_worker.power.store import PowerStore


def repository_root(folder: Path) -> Path:
    """The working tree around a folder, or the folder itself where there is none."""
    whole = folder.resolve()
    return next((each for each in (whole, *whole.parents) if (each / ".git").exists()), whole)


def power_store(shop: Workshop) -> PowerStore:
    """The offline cache of this machine."""
    return PowerStore(shop.machine.state / "powers")


def shelf_at(shop: Workshop, folder: Path) -> Shelf:
    """The powers of the repository around a folder, as it lies there.

    Raises:
        ConfigInvalid: its `powers:` cannot be used.
    """
    root = repository_root(folder)
    path = root / WORKER_PATH
    settings = powers_in(path.read_bytes() if path.is_file() else None, WORKER_PATH)
    return Shelf(root, settings, power_store(shop), lambda wish: source_of(shop, root, wish))


def source_of(shop: Workshop, root: Path, wish: Wish, *, git: Git | None = None) -> Source:
    """The source of a power; relative paths begin at the repository's root.

    Args:
        shop: the machine.
        root: of the repository.
        wish: names the source.
        git: with what signs in to it; the machine's own otherwise.

    Raises:
        SourceUnfit: it is none.
    """
    try:
        address = read_address(wish.source)
    except ValueError as error:
        raise SourceUnfit(wish.source, str(error)) from error
    scratch = shop.machine.state / "powers-scratch"
    signatures = Signatures(shop.git, environment=shop.machine.environment, scratch=scratch)
    match address.kind:
        case SourceKind.FOLDER:
            from kiro_worker.power.source.folder import FolderSource

            return FolderSource(root / address.text / wish.folder, source=wish.source, key=wish.key)
        case SourceKind.ARCHIVE:
            from kiro_worker.power.source.archive import ArchiveSource

            return ArchiveSource(
                root / address.text, folder=wish.folder, source=wish.source, signatures=signatures, key=wish.key
            )
        case SourceKind.S3:
            from kiro_worker.aws import Aws
            from kiro_worker.power.source.objects import ObjectSource
            from kiro_worker.power.source.s3 import S3Objects

            return ObjectSource(
                S3Objects(Aws(), address.bucket),
                address.key,
                folder=wish.folder,
                source=wish.source,
                signatures=signatures,
                pinned=wish.key,
            )
        case SourceKind.GIT:
            from kiro_worker.git.name import remote_url
            from kiro_worker.power.source.git import GitSource, Wanted

            wanted = Wanted(name=wish.name, folder=wish.folder, key=wish.key)
            url = address.text if _names_a_host(address.text) else str((root / address.text).resolve())
            return GitSource(git or shop.git, remote_url(url), wanted=wanted, signatures=signatures, scratch=scratch)


def _names_a_host(text: str) -> bool:
    return "://" in text or ":" in text.split("/", 1)[0]
