"""What can go wrong with a forge.

* ForgeFault            the forge said no, in its own words, or something that is no answer
  + ForgeUnreachable    no usable answer after three tries
  + ForgeLimited        a rate limit that lasts longer than the worker waits
  + NothingToPropose    the branch has no commit that its base has not
  + ForgeCredential     the token or the App key is missing, wrong, or may not do this
* ForgeUnknown          the remote's address does not tell which forge it is
* ForgeSetting          a setting of the forge cannot be used as it is
"""

from typing import ClassVar

from kiro_worker.error import Fault, WorkerError


class ForgeFault(WorkerError):
    """The forge did not do what it was asked.

    Attributes:
        request: what was asked, as method and path, never with a credential in it.
        status: the HTTP status, 0 when there was none.
        request_id: the forge's own id of the request, which its support asks for.
    """

    code = "forge.refused"
    fault: ClassVar[Fault] = Fault.FORGE

    def __init__(
        self,
        *,
        purpose: str,
        request: str,
        said: str,
        status: int = 0,
        request_id: str = "",
        kept: str = "",
        next_step: str = "",
    ) -> None:
        self.purpose, self.request, self.said = purpose, request, said
        self.status, self.request_id = status, request_id
        facts = [request, f"HTTP {status}" if status else "", f"request id {request_id}" if request_id else ""]
        told = ", ".join(fact for fact in facts if fact)
        super().__init__(
            f"Could not {purpose} ({told}): {said}",
            kept=kept,
            next_step=next_step or "Look at the forge's own words, then run again: kiro-worker resume",
        )


class ForgeUnreachable(ForgeFault):
    """The forge gave no usable answer, three times."""

    code = "forge.unreachable"


class ForgeLimited(ForgeFault):
    """The forge allows no more requests for longer than the worker waits."""

    code = "forge.limited"


class NothingToPropose(ForgeFault):
    """There is nothing to merge."""

    code = "forge.nothing-to-propose"


class ForgeCredential(ForgeFault):
    """The credential is not there, not valid, or has not the right."""

    code = "forge.credential"
    fault = Fault.CREDENTIAL


class ForgeUnknown(WorkerError):
    """No forge is known at this address."""

    code = "forge.unknown"
    fault = Fault.CONFIG

    def __init__(self, *, remote: str, reason: str) -> None:
        self.remote = remote
        super().__init__(
            f"It cannot be told where the pull requests of {remote} belong: {reason}.",
            next_step="Set forge.kind to `github` (with forge.api_url for GitHub Enterprise Server, and "
            "forge.repository as owner/name), or to `local` to keep pull requests on this machine.",
        )


class ForgeSetting(WorkerError):
    """A setting of the forge cannot be used."""

    code = "forge.setting"
    fault = Fault.CONFIG

    def __init__(self, *, setting: str, reason: str, cure: str) -> None:
        self.setting = setting
        super().__init__(f"forge.{setting} cannot be used: {reason}.", next_step=cure)
