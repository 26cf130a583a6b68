"""From a wish to a power that may be used: the newest version that fits, fetched, judged, locked and kept."""

from collections.abc import Sequence

from kiro_worker.config.powers import PowerSetting
from kiro_worker.power.fault import ContentMoved, NoFittingVersion, PowerRefused, SourceUnfit
from kiro_worker.power.finding import Finding
from kiro_worker.power.lock import Locked, locked_power
from kiro_worker.power.model import Power
from kiro_worker.power.source.port import Offer, Source
from kiro_worker.power.store import PowerStore
from kiro_worker.power.validate import judge
from kiro_worker.power.version import NoVersion, Range, Version, read_range, version_or_none
from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A power that somebody wants.

    Attributes:
        name: empty where it is not known yet.
        source: as it was given.
        folder: where it lies within that.
        range: which versions are taken; empty for any.
        key: the pinned key, in the form that is compared; empty for none.
    """

    name: str = ""
    source: str
    folder: str = ""
    range: str = ""
    key: str = ""

    @property
    def versions(self) -> Range:
        """Which versions are taken.

        Raises:
            SourceUnfit: the range is none.
        """
        try:
            return read_range(self.range)
        except NoVersion as error:
            cure = "Write one such as ^1.2, ~1.2.3 or >=1.2 <2."
            raise SourceUnfit(self.source, f"the range of versions {self.range!a} {error}", cure=cure) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Procured:
    """A power that was brought.

    Attributes:
        locked: as it is to be locked.
        findings: what was found in it that does not refuse it.
    """

    power: Power
    locked: Locked
    findings: tuple[Finding, ...] = ()


def wish_of(setting: PowerSetting | None, locked: Locked | None, *, key: str = "") -> Wish:
    """What is wanted of a power that the settings or the lock name; the settings decide.

    Args:
        setting: what the settings say of it.
        locked: what the lock says.
        key: the settings' key, in the form that is compared.

    Raises:
        SourceUnfit: a key is pinned that nothing could be checked with.
    """
    if setting is not None and setting.key and not key:
        # Taken for none, it would take every power.
        cure = "Write an OpenSSH public key (ssh-ed25519 AAAA…), or the 40 hex digits of an OpenPGP key."
        raise SourceUnfit(setting.source, "its `key:` is none that a signature could be checked with", cure=cure)
    if setting is not None:
        return Wish(
            name=setting.name, source=setting.source, folder=setting.folder, range=setting.version, key=key
        )  # fmt: skip
    assert locked is not None
    return Wish(
        name=locked.name, source=locked.source, folder=locked.folder, range=locked.range, key=locked.signer
    )  # fmt: skip


def choose(offers: Sequence[Offer], wanted: Range) -> Offer | None:
    """The newest version that fits. A source without versions only fits a range that takes all."""
    for offer in sorted((one for one in offers if one.version is not None), key=_newest, reverse=True):
        if offer.version is not None and offer.version in wanted:
            return offer
    bare = [offer for offer in offers if offer.version is None]
    return bare[0] if bare and str(wanted) == "*" else None


def _newest(offer: Offer) -> Version:
    assert offer.version is not None
    return offer.version


async def procure(wish: Wish, source: Source, store: PowerStore) -> Procured:
    """Bring the newest version that fits; it is in the store then.

    Raises:
        NoFittingVersion: there is none.
        PowerRefused: it is not sound.
        WorkerError: the source cannot be asked, or the signature does not fit.
    """
    return await bring(wish, source, await newest(wish, source), store)


async def newest(wish: Wish, source: Source) -> Offer:
    """The newest version that fits; nothing is fetched.

    Raises:
        NoFittingVersion: there is none.
    """
    wanted = wish.versions
    offers = await source.offers()
    offer = choose(offers, wanted)
    if offer is None:
        raise NoFittingVersion(wish.source, str(wanted), [str(one.version) for one in offers if one.version])
    return offer


async def restore(locked: Locked, wish: Wish, source: Source, store: PowerStore) -> Power:
    """The very power that is locked: from the cache, or else from its source.

    Where a key is pinned that did not sign what is locked, the cache is no help: it keeps what anybody published.

    Raises:
        ContentMoved: the source has something else under that version.
        NoFittingVersion: it is not offered any more.
    """
    kept = store.power(locked) if wish.key in {"", locked.signer} else None
    if kept is not None:
        return kept
    offers = await source.offers()
    offer = next((one for one in offers if _is_of(one, locked)), None)
    if offer is None and locked.commit:
        # Its tag is gone, or a branch went on; the commit itself may still be there.
        offer = Offer(version=version_or_none(locked.version), place="", commit=locked.commit)
    if offer is None:
        raise NoFittingVersion(wish.source, locked.version, [str(one.version) for one in offers if one.version])
    found = await bring(wish, source, offer, store)
    if not locked.holds(found.power):
        theirs, ours = found.power.hashes, locked.files
        moved = sorted(path for path in theirs.keys() | ours.keys() if theirs.get(path) != ours.get(path))
        raise ContentMoved(locked.name, locked.version, moved)
    return found.power


def _is_of(offer: Offer, locked: Locked) -> bool:
    if offer.version is None:
        return not locked.commit or offer.commit == locked.commit
    return offer.version == version_or_none(locked.version)


async def bring(wish: Wish, source: Source, offer: Offer, store: PowerStore) -> Procured:
    """Fetch what is offered, judge it and keep it.

    Raises:
        PowerRefused: it is not sound.
        SourceUnfit: it is another power.
        WorkerError: it cannot be had, or the signature does not fit.
    """
    package = await source.fetch(offer)
    judged = judge(package.entries, folder=package.folder)
    power = judged.power
    if power is None:
        raise PowerRefused(wish.source, judged.findings)
    if wish.name and power.name != wish.name:
        cure = f"Name it {power.name}, or name the folder of {wish.name}."
        raise SourceUnfit(wish.source, f"the power there is called {power.name}, not {wish.name}", cure=cure)
    wanted = Locked(
        name=power.name,
        source=wish.source,
        folder=wish.folder,
        range=wish.range,
        version=_version(power, offer),
        commit=package.commit,
        signer=package.signer,
    )
    store.keep(power.files)
    return Procured(power=power, locked=locked_power(power, wanted=wanted), findings=judged.findings)


def _version(power: Power, offer: Offer) -> str:
    version = offer.version or version_or_none(power.about.version)
    if version is not None:
        return str(version)
    return f"0.0.0+{offer.commit[:12]}" if offer.commit else f"0.0.0+{power.digest[7:19]}"
