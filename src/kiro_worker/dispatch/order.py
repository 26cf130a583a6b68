"""Which items are begun now: the most urgent first, fair between repositories, and never two on one branch."""

from collections import deque
from collections.abc import Iterable, Mapping

from kiro_worker.board.columns import folded
from kiro_worker.board.port import CardId
from kiro_worker.dispatch.item import WorkItem
from kiro_worker.dispatch.reason import Reason, Standing
from kiro_worker.value import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many runs there may be at once.

    Attributes:
        parallel: in all; 1 is one after another.
        per_repository: in one repository; 0 is no limit of its own.
        per_column: begun from one column, by its name on the board, compared as the board compares names.
    """

    parallel: int = 1
    per_repository: int = 0
    per_column: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A run that is under way, whoever began it.

    Attributes:
        column: the name of the column that its card came from; empty where that is not known.
    """

    repository: str
    branch: str
    column: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is begun now, and why the others are not.

    Attributes:
        begin: in the order in which they are to be begun.
        waiting: a reason for each of the others.
    """

    begin: tuple[WorkItem, ...]
    waiting: Mapping[CardId, Reason]


def choose(
    items: Iterable[WorkItem], running: Iterable[Running], limits: Limits, *, served: Mapping[str, str] | None = None
) -> Choice:
    """Choose what to begin when nothing speaks against any item; see `Turns`."""
    turns = Turns(items, running, limits, served=served)
    begin: list[WorkItem] = []
    while (item := turns.next()) is not None:
        turns.begin(item)
        begin.append(item)
    return Choice(begin=tuple(begin), waiting=turns.waiting)


class Turns:
    """Whose turn is next, one after another, as each may turn out not to be fit for work.

    Urgency decides first. Among the equally urgent, the repository with the fewest runs is next, then the one that was
    served the longest ago, so that one with hundreds of cards does not keep the others waiting; then age.

    Attributes:
        waiting: a reason for each of those that a limit kept back.
    """

    def __init__(
        self,
        items: Iterable[WorkItem],
        running: Iterable[Running],
        limits: Limits,
        *,
        served: Mapping[str, str] | None = None,
    ) -> None:
        """Take everything that may be begun.

        Args:
            items: in any order.
            running: what is under way.
            limits: how much there may be at once.
            served: when something was last begun in each repository, RFC 3339; empty for one that never had a turn.
        """
        self._under_way = _Load(running, limits, dict(served or {}))
        self.waiting: dict[CardId, Reason] = {}
        self._queues: dict[str, deque[WorkItem]] = {}
        for item in sorted(items, key=lambda each: (_urgency(each), *_age(each))):
            self._queues.setdefault(item.repository, deque()).append(item)

    def next(self) -> WorkItem | None:
        """The next that no limit keeps back; None when there is none."""
        while self._queues:
            if (full := self._under_way.full()) is not None:
                self._keep_back(full)
                return None
            repository = min(self._queues, key=self._turn)
            item = self._queues[repository].popleft()
            if not self._queues[repository]:
                del self._queues[repository]
            reason = self._under_way.refuses(item)
            if reason is None:
                return item
            self.waiting[item.id] = reason
        return None

    def begin(self, item: WorkItem) -> None:
        """It is begun, and counts from now on; one that `next` gave and that is not begun does not."""
        self._under_way.add(item)

    def refuses(self, item: WorkItem) -> Reason | None:
        """What keeps an item back that is not of these."""
        return self._under_way.full() or self._under_way.refuses(item)

    def _turn(self, repository: str) -> tuple[float, int, str, tuple[str, str]]:
        first = self._queues[repository][0]
        return (_urgency(first), *self._under_way.turn(repository), _age(first))

    def _keep_back(self, reason: Reason) -> None:
        for queue in self._queues.values():
            self.waiting.update((item.id, reason) for item in queue)
        self._queues.clear()


class _Load:
    def __init__(self, running: Iterable[Running], limits: Limits, served: dict[str, str]) -> None:
        self._limits, self._served = limits, served
        self._per_column = {folded(column): most for column, most in limits.per_column.items()}
        self._places: set[tuple[str, str]] = set()
        self._repositories: dict[str, int] = {}
        self._columns: dict[str, int] = {}
        self._all = 0
        for run in running:
            self._count(run.repository, run.branch, run.column)

    def turn(self, repository: str) -> tuple[int, str]:
        """The smaller, the sooner."""
        return self._repositories.get(repository, 0), self._served.get(repository, "")

    def add(self, item: WorkItem) -> None:
        self._count(item.repository, item.branch, item.card.place)
        # Later than any date: it has just had its turn.
        self._served[item.repository] = "~"

    def full(self) -> Reason | None:
        if self._all < self._limits.parallel:
            return None
        return _waits("dispatch.at-limit", f"{self._all} of {self._limits.parallel} runs are under way.")

    def refuses(self, item: WorkItem) -> Reason | None:
        if item.place in self._places:
            return _waits("dispatch.branch-busy", f"A run is already working on {item.branch}.")
        of_repository = self._repositories.get(item.repository, 0)
        if self._limits.per_repository and of_repository >= self._limits.per_repository:
            return _waits("dispatch.repository-limit", f"{of_repository} runs are under way in its repository.")
        column = folded(item.card.place)
        most = self._per_column.get(column)
        if most is not None and self._columns.get(column, 0) >= most:
            return _waits("dispatch.column-limit", f"{most} runs from {item.card.place} are under way.")
        return None

    def _count(self, repository: str, branch: str, column: str) -> None:
        self._all += 1
        self._places.add((repository, branch))
        self._repositories[repository] = self._repositories.get(repository, 0) + 1
        self._columns[folded(column)] = self._columns.get(folded(column), 0) + 1


def _waits(code: str, why: str) -> Reason:
    return Reason(code=code, standing=Standing.WAITING, why=why)


def _urgency(item: WorkItem) -> float:
    return float("inf") if item.card.priority is None else item.card.priority.rank


def _age(item: WorkItem) -> tuple[str, str]:
    return item.card.created or "~", item.id
