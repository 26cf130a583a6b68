"""A git process that is kept running and asked many questions, one at a time."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from kiro_worker.git.fault import GitFailed, GitTooSlow
from kiro_worker.git.program import Git
from kiro_worker.process import Child

_SECONDS = 120.0


class Conversation:
    """One kept process; started by the first question, and anew after one that went wrong.

    Args:
        git: starts it.
        args: the command; it must answer each question before the next one.
        git_dir: the repository.
        environment: more variables for it.
        seconds: how long one question may take.
    """

    def __init__(
        self,
        git: Git,
        args: tuple[str, ...],
        *,
        git_dir: Path,
        environment: Mapping[str, str] | None = None,
        seconds: float = _SECONDS,
    ) -> None:
        self.git_dir = git_dir
        self._git = git
        self._args = args
        self._environment = environment or {}
        self._seconds = seconds
        self._child: Child | None = None
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def ask(self, question: bytes) -> AsyncIterator[asyncio.StreamReader]:
        """Put a question; the answer is read from what comes back, to its last byte.

        Raises:
            GitFailed: the process ended; or the subclass that fits.
        """
        async with self._turn:
            child = self._child or await self._git.start(
                self._args, git_dir=self.git_dir, environment=self._environment
            )
            self._child = child
            assert child.stdin is not None
            assert child.stdout is not None
            try:
                async with asyncio.timeout(self._seconds):
                    child.stdin.write(question)
                    await child.stdin.drain()
                    yield child.stdout
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                raise await self._ended(child) from error
            except TimeoutError as error:
                await self.close()
                raise GitTooSlow(self._args[0], status=0, words=f"no answer within {self._seconds:.0f} s") from error
            except BaseException:
                # What is left of a half-read answer must not become the next one.
                await self.close()
                raise

    async def _ended(self, child: Child) -> GitFailed:
        self._child = None
        status = await child.wait()
        words = b""
        if child.stderr is not None:
            words = await child.stderr.read(64 * 1024)
        await self._git.stop(child)
        from kiro_worker.git.words import words_of

        return GitFailed(self._args[0], status=status, words=self._git.redacted(words_of(words)))

    async def close(self) -> None:
        """End the process, if there is one; a later question starts another."""
        child, self._child = self._child, None
        if child is not None:
            await self._git.stop(child)
