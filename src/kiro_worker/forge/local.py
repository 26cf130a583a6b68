"""Pull requests without a server: kept in this machine's state database, with a forge's own rules."""

import sqlite3
from functools import cached_property

from kiro_worker.clock import Clock, SystemClock, stamp
from kiro_worker.forge import escape
from kiro_worker.forge.conversation import Activity, Conversation, answer_body
from kiro_worker.forge.fault import ForgeFault
from kiro_worker.forge.local_talk import LocalTalk
from kiro_worker.forge.plan import Create, Leave, Update, pick, plan
from kiro_worker.forge.port import (
    DESCRIPTION_LIMIT,
    CommitStatus,
    ForgeCheck,
    Proposal,
    Published,
    PullRequest,
    StatusState,
)
from kiro_worker.state import Migration, State
from kiro_worker.value import dataclass, replace

MIGRATIONS = (
    Migration(
        owner="forge",
        number=1,
        sql="""
        CREATE TABLE forge_pull_request (
            repository TEXT NOT NULL,
            number INTEGER NOT NULL,
            branch TEXT NOT NULL,
            base TEXT NOT NULL,
            title TEXT NOT NULL,
            body TEXT NOT NULL,
            draft INTEGER NOT NULL,
            stage TEXT NOT NULL CHECK (stage IN ('open', 'closed', 'merged')),
            head TEXT NOT NULL,
            created TEXT NOT NULL,
            updated TEXT NOT NULL,
            PRIMARY KEY (repository, number)
        ) STRICT;
        CREATE UNIQUE INDEX forge_one_open ON forge_pull_request (repository, branch, base) WHERE stage = 'open';
        CREATE TABLE forge_status (
            repository TEXT NOT NULL,
            oid TEXT NOT NULL,
            context TEXT NOT NULL,
            state TEXT NOT NULL,
            description TEXT NOT NULL,
            url TEXT NOT NULL,
            reported TEXT NOT NULL,
            PRIMARY KEY (repository, oid, context)
        ) STRICT;
        """,
    ),
)

# As many as a server's page holds.
_MOST = 50
_COLUMNS = "number, title, body, branch, base, draft, stage, head"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What a person changes about a pull request; None leaves a thing as it is."""

    title: str | None = None
    body: str | None = None
    base: str | None = None
    draft: bool | None = None


class LocalForge:
    """One repository's pull requests on this machine.

    Each call is one transaction, so any number of processes may publish at once and none sees half of a change.
    """

    def __init__(self, state: State, repository: str, clock: Clock | None = None) -> None:
        """Use the state database.

        Args:
            state: where everything is kept.
            repository: tells this repository's pull requests from others'; the remote's address.
            clock: stamps what is written.
        """
        state.migrate(MIGRATIONS)
        self._state = state
        self._repository = repository
        self._clock = clock or SystemClock()

    @property
    def name(self) -> str:
        """See `Forge.name`."""
        return "local"

    async def check(self) -> ForgeCheck:
        """See `Forge.check`."""
        return ForgeCheck(ready=True, detail=f"Pull requests are kept in {self._state.path}.")

    async def find(self, branch: str) -> PullRequest | None:
        """See `Forge.find`."""
        return await self._state.read(lambda connection: pick(self._of_branch(connection, branch)))

    async def publish(self, proposal: Proposal) -> Published:
        """See `Forge.publish`."""
        return await self._state.write(lambda connection: self._publish(connection, proposal))

    async def report(self, status: CommitStatus) -> bool:
        """See `Forge.report`."""
        row = (
            self._repository,
            status.commit,
            status.context,
            status.state.value,
            escape.line(status.description, limit=DESCRIPTION_LIMIT),
            status.url,
            stamp(self._clock.now()),
        )
        await self._state.write(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO forge_status VALUES (?, ?, ?, ?, ?, ?, ?)", row
            )
        )
        return True

    async def activity(self) -> tuple[Activity, ...]:
        """See `Conversations.activity`."""
        pulls = await self._state.read(lambda connection: self._where(connection, "stage = 'open'"))
        stamps = [(await self.talk.stamp(pull.number, pull.head), pull) for pull in pulls[:_MOST]]
        found = [
            (last, Activity(number=pull.number, branch=pull.branch, stamp=stamp)) for (last, stamp), pull in stamps
        ]
        return tuple(each for _, each in sorted(found, key=lambda pair: pair[0], reverse=True))

    async def conversation(self, number: int) -> Conversation | None:
        """See `Conversations.conversation`."""
        pulls = await self._state.read(lambda connection: self._where(connection, "number = ?", number))
        if not pulls:
            return None
        pull = pulls[0]
        return Conversation(
            id=str(number),
            number=number,
            url=pull.url,
            branch=pull.branch,
            head=pull.head,
            open=pull.open,
            remarks=await self.talk.remarks(number),
            checks=await self.talk.checks(pull.head),
        )

    async def may_write(self, account: str) -> bool:
        """See `Conversations.may_write`."""
        return await self.talk.may_write(account)

    async def notice(self, remark: str) -> bool:
        """See `Conversations.notice`."""
        return await self.talk.notice(remark)

    async def answer(self, number: int, key: str, text: str) -> str:
        """See `Conversations.answer`."""
        found = await self.conversation(number)
        if found is None:
            return ""
        return f"{found.url}#remark-{await self.talk.answer(number, answer_body(key, text))}"

    @cached_property
    def talk(self) -> LocalTalk:
        """What people and checks say here."""
        return LocalTalk(self._state, self._repository, self._clock)

    async def close(self) -> None:
        """See `Forge.close`; the state database is its opener's to close."""

    # What people do: a command of the worker's and the tests stand in for a web page.

    async def pull_requests(self) -> tuple[PullRequest, ...]:
        """Every pull request, newest first."""
        return await self._state.read(lambda connection: self._where(connection, "TRUE"))

    async def statuses(self, commit: str) -> tuple[CommitStatus, ...]:
        """The latest status of each context of a commit."""
        query = (
            "SELECT state, description, url, context FROM forge_status "
            "WHERE repository = ? AND oid = ? ORDER BY context"
        )
        rows = await self._state.read(lambda c: c.execute(query, (self._repository, commit)).fetchall())
        return tuple(
            CommitStatus(commit=commit, state=StatusState(state), description=description, url=url, context=context)
            for state, description, url, context in rows
        )

    async def edit(self, number: int, edit: Edit) -> PullRequest:
        """Change what a person may change.

        Raises:
            ForgeFault: there is no such pull request, or another open one has this branch and base.
        """

        def change(connection: sqlite3.Connection) -> PullRequest:
            pull = self._numbered(connection, number)
            changed = replace(
                pull,
                title=pull.title if edit.title is None else edit.title,
                body=pull.body if edit.body is None else edit.body,
                base=pull.base if edit.base is None else edit.base,
                draft=pull.draft if edit.draft is None else edit.draft,
            )
            self._store(connection, changed)
            return changed

        return await self._state.write(change)

    async def settle(self, number: int, *, merged: bool) -> PullRequest:
        """Close a pull request, merged or not.

        Raises:
            ForgeFault: there is no such pull request, or it was merged and cannot be closed without.
        """

        def change(connection: sqlite3.Connection) -> PullRequest:
            pull = self._numbered(connection, number)
            if pull.merged and not merged:
                raise self._refused(number, "close", "it was merged")
            pull = replace(pull, open=False, merged=merged)
            self._store(connection, pull)
            return pull

        return await self._state.write(change)

    async def reopen(self, number: int) -> PullRequest:
        """Open a closed pull request again.

        Raises:
            ForgeFault: there is none, it was merged, or another open one has taken its place.
        """

        def change(connection: sqlite3.Connection) -> PullRequest:
            pull = self._numbered(connection, number)
            if pull.merged:
                raise self._refused(number, "reopen", "it was merged")
            pull = replace(pull, open=True)
            self._store(connection, pull)
            return pull

        return await self._state.write(change)

    def _publish(self, connection: sqlite3.Connection, proposal: Proposal) -> Published:
        planned = plan(proposal, self._of_branch(connection, proposal.branch))
        match planned:
            case Leave(pull=pull, notes=notes):
                if pull.open and proposal.commit not in {"", pull.head}:
                    # A push moves the head of an open pull request; that alone is no change of it.
                    pull = replace(pull, head=proposal.commit)
                    self._store(connection, pull)
                return Published(pull_request=pull, change="unchanged", notes=notes)
            case Update(pull=pull, notes=notes):
                pull = replace(
                    pull,
                    body=pull.body if planned.body is None else planned.body,
                    base=planned.base or pull.base,
                    draft=pull.draft if planned.draft is None else planned.draft,
                    head=proposal.commit or pull.head,
                )
                self._store(connection, pull)
                return Published(pull_request=pull, change="updated", notes=notes)
            case Create(notes=notes):
                return Published(
                    pull_request=self._create(connection, proposal, planned), change="created", notes=notes
                )

    def _create(self, connection: sqlite3.Connection, proposal: Proposal, planned: Create) -> PullRequest:
        query = "SELECT coalesce(max(number), 0) + 1 FROM forge_pull_request WHERE repository = ?"
        (number,) = connection.execute(query, (self._repository,)).fetchone()
        now = stamp(self._clock.now())
        row = (self._repository, number, proposal.branch, proposal.base, planned.title, planned.body)
        connection.execute(
            "INSERT INTO forge_pull_request VALUES (?, ?, ?, ?, ?, ?, ?, 'open', ?, ?, ?)",
            (*row, int(proposal.draft), proposal.commit, now, now),
        )
        return self._numbered(connection, number)

    def _store(self, connection: sqlite3.Connection, pull: PullRequest) -> None:
        stage = "open" if pull.open else "merged" if pull.merged else "closed"
        row = (pull.title, pull.body, pull.base, int(pull.draft), stage, pull.head, stamp(self._clock.now()))
        try:
            connection.execute(
                "UPDATE forge_pull_request SET title = ?, body = ?, base = ?, draft = ?, stage = ?, head = ?, "
                "updated = ? WHERE repository = ? AND number = ?",
                (*row, self._repository, pull.number),
            )
        except sqlite3.IntegrityError as error:
            reason = f"another open pull request goes from {pull.branch} to {pull.base}"
            raise self._refused(pull.number, "change", reason) from error

    def _of_branch(self, connection: sqlite3.Connection, branch: str) -> tuple[PullRequest, ...]:
        return self._where(connection, "branch = ?", branch)

    def _numbered(self, connection: sqlite3.Connection, number: int) -> PullRequest:
        found = self._where(connection, "number = ?", number)
        if not found:
            raise self._refused(number, "find", f"{self._repository} has no such pull request on this machine")
        return found[0]

    def _where(self, connection: sqlite3.Connection, condition: str, *values: str | int) -> tuple[PullRequest, ...]:
        query = f"SELECT {_COLUMNS} FROM forge_pull_request WHERE repository = ? AND {condition} ORDER BY number DESC"  # noqa: S608  # the condition is a constant of this file
        return tuple(self._read(row) for row in connection.execute(query, (self._repository, *values)))

    def _read(self, row: tuple[int, str, str, str, str, int, str, str]) -> PullRequest:
        number, title, body, branch, base, draft, stage, head = row
        return PullRequest(
            number=number,
            url=f"local:{self._repository}/pull/{number}",
            title=title,
            body=body,
            branch=branch,
            base=base,
            draft=bool(draft),
            open=stage == "open",
            merged=stage == "merged",
            head=head,
        )

    @staticmethod
    def _refused(number: int, verb: str, reason: str) -> ForgeFault:
        return ForgeFault(
            purpose=f"{verb} pull request #{number}",
            request="local forge",
            said=f"{reason}.",
            kept="Nothing was changed.",
            next_step="List what there is: kiro-worker pr list",
        )
