"""How often a request is sent: reads until they are answered, writes never twice without a look in between."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from kiro_worker.clock import Clock
from kiro_worker.forge.fault import ForgeLimited, ForgeUnreachable
from kiro_worker.forge.github import limit
from kiro_worker.forge.github.credential import Credential
from kiro_worker.forge.github.refusal import words
from kiro_worker.forge.github.transport import AnswerLost, NotSent, Transport
from kiro_worker.forge.github.wire import Answer, Request
from kiro_worker.value import dataclass

TRIES = 3

_LONGEST_BACKOFF = 30.0
# GitHub's words for an overloaded GraphQL query, which comes with 200 or 502.
_OVERLOADED = ("something went wrong", "couldn't respond to your request in time", "timedout")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How the worker behaves towards GitHub.

    Attributes:
        between_writes: seconds; GitHub asks for one at least.
        patience: seconds to wait in all for a rate limit to pass; a primary one may take an hour.
    """

    between_writes: float = 1.0
    patience: float = 900.0


class Exchange:
    """Requests with everything about trying again, waiting and signing in anew."""

    def __init__(
        self, transport: Transport, credential: Credential, clock: Clock, manner: Manner | None = None
    ) -> None:
        self.credential = credential
        self._transport = transport
        self._clock = clock
        self._manner = manner or Manner()
        self._one_writer = asyncio.Lock()
        self._last_write: float | None = None

    async def read(self, request: Request) -> Answer:
        """Send a request that changes nothing, up to three times; the answer may be any definite one.

        Raises:
            ForgeUnreachable: no usable answer came.
            ForgeLimited: a rate limit lasts too long.
        """
        said = ""
        for nth in range(TRIES):
            asked = 0.0
            try:
                answer = await self._attempt(request)
            except (NotSent, AnswerLost) as problem:
                said = str(problem)
            else:
                if not is_transient(answer):
                    return answer
                said = f"HTTP {answer.status}, {words(answer)}"
                asked = limit.retry_after(answer, self._clock.now())
            if nth + 1 < TRIES:
                await self.back_off(nth, asked)
        raise self.unreachable(request, said)

    async def write(self, request: Request) -> Answer:
        """Send a request that changes something, again only when it surely was not carried out.

        To be used inside `writing`.

        Raises:
            AnswerLost: it may have been carried out; look before doing it again.
            ForgeUnreachable: it could not be sent.
            ForgeLimited: a rate limit lasts too long.
        """
        said = ""
        await self.pace()
        for nth in range(TRIES):
            try:
                answer = await self._attempt(request)
            except NotSent as problem:
                said = str(problem)
            else:
                if is_transient(answer):
                    raise AnswerLost(f"HTTP {answer.status}, {words(answer)}")
                return answer
            finally:
                self._last_write = self._clock.monotonic()
            if nth + 1 < TRIES:
                await self.back_off(nth)
        raise self.unreachable(request, said)

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Be the only writer of this process, from reading what is there to the last write."""
        async with self._one_writer:
            yield

    async def pace(self) -> None:
        """Wait until the next write is polite.

        A write does so itself; doing it before the read that the write rests on keeps the two close together.
        """
        if self._last_write is not None:
            left = self._manner.between_writes - (self._clock.monotonic() - self._last_write)
            if left > 0:
                await self._clock.sleep(left)

    async def back_off(self, nth: int, asked: float = 0.0) -> None:
        """Wait after the nth failure, or as long as was asked for, within bounds."""
        await self._clock.sleep(min(max(2.0**nth, asked), _LONGEST_BACKOFF))

    @staticmethod
    def unreachable(request: Request, said: str) -> ForgeUnreachable:
        """The fault after the last try."""
        return ForgeUnreachable(
            purpose=request.purpose,
            request=str(request),
            said=f"no usable answer in {TRIES} tries; the last: {said}.",
            kept=request.kept,
            next_step="Look at the network, the proxy and the forge's status page, then run: kiro-worker resume",
        )

    async def _attempt(self, request: Request) -> Answer:
        """One answer that is no rate limit, signed in anew once when that helps: neither means it was carried out."""
        renewed, waited, limits = False, 0.0, 0
        while True:
            answer = await self._transport.send(request, await self.credential.token())
            if answer.status == 401 and not renewed and await self.credential.refused(answer):
                renewed = True
                continue
            wait = limit.wait_of(answer, nth=limits, now=self._clock.now())
            if wait is None:
                return answer
            if waited + wait > self._manner.patience:
                raise self._limited(request, answer, wait)
            await self._clock.sleep(wait)
            waited, limits = waited + wait, limits + 1

    def _limited(self, request: Request, answer: Answer, wait: float) -> ForgeLimited:
        minutes = max(1, round(wait / 60))
        return ForgeLimited(
            purpose=request.purpose,
            request=str(request),
            said=f"{words(answer)}. It lasts {minutes} min more, the worker waits {self._manner.patience / 60:g} min.",
            status=answer.status,
            request_id=answer.request_id,
            kept=request.kept,
            next_step=f"Run again in {minutes} min: kiro-worker resume",
        )


def is_transient(answer: Answer) -> bool:
    """Whether the answer says nothing about the request: the server's own trouble."""
    if answer.status >= 500 or answer.status == 408:
        return True
    return answer.status == 200 and any(
        part in str(error.get("message", "")).lower() for error in limit.graphql_errors(answer) for part in _OVERLOADED
    )
