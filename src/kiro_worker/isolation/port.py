"""What keeps an agent, and the tests that it wrote, apart from the worker and from everything else on the machine."""

from pathlib import Path
from typing import Protocol

from kiro_worker.process import Children, Command
from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a process may touch.

    Attributes:
        tree: the working tree.
        homes: a folder in which every process has its HOME; no process gets more of it than that.
        writable: folders that it may write besides; those that are not there are left out.
        readable: files and folders outside the system that it may read.
        private: folders that it must not see, though they lie in something that it may see.
        network: whether it may reach the network.
    """

    tree: Path
    homes: Path | None = None
    writable: tuple[Path, ...] = ()
    readable: tuple[Path, ...] = ()
    private: tuple[Path, ...] = ()
    network: bool = True

    def own(self, command: Command) -> tuple[Path, ...]:
        """The command's HOME, where that is one of this ground.

        An agent says what is in the environment of the commands that it has run for it, so what HOME says is not
        believed.
        """
        home = Path(command.environment.get("HOME", "/"))
        inside = self.homes is not None and home.parent == self.homes and home.name not in {"", ".", ".."}
        return (home,) if inside and home.is_dir() and not home.is_symlink() else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Whether an isolation works here, found out by using it.

    Attributes:
        reason: why not, for people, with what they could do; empty when it does.
    """

    works: bool
    reason: str = ""


class Isolation(Protocol):
    """Holds processes to a ground.

    Between `settle` and `regain` the folders of the ground are the processes' to write in, and between `lend` and
    `close` a HOME is; before and after, nobody but the worker gets at them. None of them follows a link, and none
    touches a file that has another name elsewhere.
    """

    @property
    def name(self) -> str:
        """`none`, `user` or `bubblewrap`."""
        ...

    @property
    def own_account(self) -> bool:
        """Whether processes have an account that nobody else on the machine has."""
        ...

    async def probe(self, children: Children) -> Probe:
        """Try it out."""
        ...

    def confine(self, command: Command, ground: Ground) -> Command:
        """The command as it has to be started.

        Raises:
            NotStarted: or the subclass that fits; the program is not there, or out of reach for what is confined.
        """
        ...

    def settle(self, ground: Ground) -> None:
        """Give the ground's folders to processes that are about to start; none of them lives."""
        ...

    def regain(self, ground: Ground) -> None:
        """Close the ground's folders when the last process is gone: nothing of it gets in by their names."""
        ...

    def lend(self, home: Path) -> None:
        """Give a HOME to a process."""
        ...

    def close(self, home: Path) -> None:
        """Close a HOME."""
        ...

    def restore(self, ground: Ground) -> None:
        """Make everything in the tree the worker's own again, at the end of a run."""
        ...
