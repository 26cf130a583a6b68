"""What a run and its tasks may use up, and how near they are to it: pure rules."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from kiro_worker.agent.port import Usage
from kiro_worker.value import dataclass, field

# The share of a budget at which people are told.
WARN_AT = 0.8


class Unit(StrEnum):
    """What is counted."""

    CREDITS = "credits"
    COST = "US dollars"
    TOKENS = "tokens"
    TURNS = "turns"
    SECONDS = "seconds"
    FILES = "changed files"
    LINES = "changed lines"
    DISK = "MiB of disk"


Amounts = Mapping[Unit, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Limits; a unit that is not named, or is 0, has none.

    Attributes:
        run: for the run as a whole.
        task: for each task by itself.
    """

    run: Amounts = field(default_factory=dict)
    task: Amounts = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A limit that is near, or used up.

    Attributes:
        task: whose it is; empty for the run's own.
    """

    unit: Unit
    used: float
    limit: float
    task: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing is left."""
        return self.used >= self.limit

    def __str__(self) -> str:
        """In a person's words.

        >>> print(Reached(unit=Unit.CREDITS, used=4.1, limit=5, task="2.1"))
        4.1 of the 5 credits for task 2.1 are used (82 %)
        """
        whose = f"task {self.task}" if self.task else "the run"
        share = 100 * self.used / self.limit
        return f"{self.used:g} of the {self.limit:g} {self.unit} for {whose} are used ({share:.0f} %)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What was used so far.

    Attributes:
        run: by the run as a whole.
        tasks: by each of its tasks.
    """

    run: Amounts = field(default_factory=dict)
    tasks: Mapping[str, Amounts] = field(default_factory=dict)

    def plus(self, task: str, amounts: Amounts) -> "Spent":
        """With more used on a task; an empty one is the run's alone."""
        tasks = {**self.tasks, task: _sum(self.tasks.get(task, {}), amounts)} if task else self.tasks
        return Spent(run=_sum(self.run, amounts), tasks=tasks)


def amounts_of(usage: Usage) -> Amounts:
    """What a turn cost, as far as the agent told."""
    told: dict[Unit, float | None] = {
        Unit.CREDITS: usage.credits,
        Unit.COST: usage.cost_usd,
        Unit.TOKENS: _tokens(usage),
    }
    return {unit: amount for unit, amount in told.items() if amount is not None}


def reached(budget: Budget, spent: Spent, task: str) -> tuple[Reached, ...]:
    """Every limit of the run and of one task that is at least four fifths used; what is used up comes first."""
    near = (*_near(budget.run, spent.run, ""), *_near(budget.task, spent.tasks.get(task, {}), task))
    return tuple(sorted(near, key=lambda one: not one.is_over))


def _near(limits: Amounts, used: Amounts, task: str) -> Iterator[Reached]:
    for unit, limit in limits.items():
        if limit and used.get(unit, 0) >= WARN_AT * limit:
            yield Reached(unit=unit, used=used[unit], limit=limit, task=task)


def _tokens(usage: Usage) -> float | None:
    told = [count for count in (usage.input_tokens, usage.output_tokens) if count is not None]
    return sum(told) if told else None


def _sum(one: Amounts, other: Amounts) -> Amounts:
    return {unit: one.get(unit, 0) + other.get(unit, 0) for unit in one.keys() | other.keys()}
