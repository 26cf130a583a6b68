"""What goes wrong with powers. Nothing of a power that is refused was written anywhere."""

from collections.abc import Sequence

from kiro_worker.error import Fault, WorkerError
from kiro_worker.flaw import Flaw
from kiro_worker.power.finding import Finding

_SHOWN = 20
_NOTHING = "Nothing was changed."


class PowerRefused(WorkerError):
    """A power is not sound, or hostile, and nothing of it was taken."""

    code = "power.refused"
    fault = Fault.CONFIG

    def __init__(self, source: str, findings: Sequence[Finding]) -> None:
        self.source, self.findings = source, tuple(findings)
        errors = [str(finding) for finding in findings if finding.severity == "error"]
        more = [f"… and {len(errors) - _SHOWN} more"] if len(errors) > _SHOWN else []
        super().__init__(
            "\n  ".join((f"The power at {source} is refused:", *errors[:_SHOWN], *more)),
            kept=_NOTHING,
            next_step="Have its author correct what is named; look again with: kiro-worker power validate FOLDER",
        )


class SourceUnfit(WorkerError):
    """A power's source cannot be used as it is given."""

    code = "power.source"
    fault = Fault.CONFIG

    def __init__(self, source: str, reason: str, *, cure: str = "") -> None:
        self.source = source
        super().__init__(
            f"{source!a} cannot be used as the source of a power: {reason}.",
            kept=_NOTHING,
            next_step=cure or "Name a git address, a folder, a .zip or .tar.gz file, or s3://bucket/name.",
        )


class NoFittingVersion(WorkerError):
    """A source offers no version that the range takes."""

    code = "power.no-version"
    fault = Fault.CONFIG

    def __init__(self, source: str, wanted: str, offered: Sequence[str]) -> None:
        told = ", ".join(offered[:8]) or "no version tag at all"
        super().__init__(
            f"{source} offers nothing that fits {wanted}; it has {told}.",
            kept=_NOTHING,
            next_step="Widen the range, or have a version published: kiro-worker power publish",
        )


class SignatureUnfit(WorkerError):
    """A key is pinned, and the power is not signed by it."""

    code = "power.signature"
    fault = Fault.CONFIG

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(
            f"The power at {source} is not signed by the pinned key: {reason}.",
            kept=_NOTHING,
            next_step="Ask its author; if the key was replaced, change `key:` of this power in .kiro/worker.yaml.",
        )


class ContentMoved(WorkerError):
    """A locked version has other content than when it was locked."""

    code = "power.content-moved"
    fault = Fault.CONFIG

    def __init__(self, name: str, version: str, paths: Sequence[str]) -> None:
        super().__init__(
            f"{name} {version} is not what it was when it was locked; {', '.join(paths[:5])} differ.",
            kept=_NOTHING,
            next_step=f"Ask its author why. To take it as it is now: kiro-worker power update {name} --as-it-is",
        )


class PowerMissing(WorkerError):
    """A power was named that is neither installed nor wanted here."""

    code = "power.missing"
    fault = Fault.CONFIG

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f"There is no power {name!a} here; there is {', '.join(known) or 'none'}.",
            kept=_NOTHING,
            next_step="Look with: kiro-worker power list; install one with: kiro-worker power install SOURCE",
        )


class PowerWanted(WorkerError):
    """The settings want a power that is to be removed, or a source is another than theirs."""

    code = "power.wanted"
    fault = Fault.CONFIG

    def __init__(self, name: str, place: str) -> None:
        super().__init__(
            f"{name} is named in {place}, which decides about it.",
            kept=_NOTHING,
            next_step=f"Change `powers:` in {place} first.",
        )


class PowerUnbuilt(WorkerError):
    """A power's own source is not right, so nothing could be made of it."""

    code = "power.unbuilt"
    fault = Fault.CONFIG

    def __init__(self, folder: str, flaws: Sequence[Flaw]) -> None:
        self.flaws = tuple(flaws)
        super().__init__(
            "\n  ".join((f"The power in {folder} cannot be built:", *map(str, flaws[:_SHOWN]))),
            kept=_NOTHING,
            next_step="Correct what is named, then run again: kiro-worker power build",
        )


class NotPublishable(WorkerError):
    """A power cannot be published as it is."""

    code = "power.not-publishable"
    fault = Fault.CONFIG

    def __init__(self, name: str, reason: str, *, cure: str) -> None:
        super().__init__(f"{name} was not published: {reason}.", kept="No tag was made.", next_step=cure)


class TagLost(WorkerError):
    """A version's tag did not reach the remote."""

    code = "power.tag-lost"
    fault = Fault.GIT

    def __init__(self, tag: str, remote: str, words: str) -> None:
        super().__init__(
            f"{remote} did not take the tag {tag}: {words or 'it said nothing'}",
            kept="The tag was taken away here again, so that nothing is half published.",
            next_step="See what the remote says, then publish again.",
        )
